//! What was said, as far as a speech recogniser could tell: a draft until a person has signed it.

use crate::{LanguageCode, LanguageVote, Prob, Span, SpeakerId};
use serde::{Deserialize, Serialize};

/// Number of an utterance within its recording, counted from 0 in time order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UtteranceId(pub u32);

/// Number of a word within its recording, counted from 0 in the order of utterances.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct WordId(pub u32);

/// One token of the recogniser's vocabulary.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Token {
    /// Index in the vocabulary.
    pub id: u32,
    /// Natural logarithm of the probability the recogniser gave it.
    pub logprob: f32,
    /// When it was said, as the recogniser's attention tells, if it does.
    pub span: Option<Span>,
}

/// A sentence or a stretch between pauses.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Utterance {
    /// Number in the recording.
    pub id: UtteranceId,
    /// When.
    pub span: Span,
    /// What, with the recogniser's own spelling and punctuation, without surrounding space.
    pub text: String,
    /// The tokens of `text`; none where it was cut out of a longer one.
    pub tokens: Vec<Token>,
    /// Language it was transcribed in.
    pub language: LanguageCode,
    /// Mean natural log-probability per token, end-of-text of its window included.
    pub avg_logprob: f64,
    /// Probability that its window holds no speech, as the recogniser sees it.
    pub no_speech: Prob,
    /// Length of the text in bytes over its length when compressed; above 2.4 it repeats itself suspiciously.
    pub compression_ratio: f64,
    /// Sampling temperature the text was accepted at; 0 is beam search.
    pub temperature: f64,
    /// Why a person should listen.
    pub flags: Vec<Flag>,
}

/// Why a person should listen to an utterance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Flag {
    /// Much of it lies where no speech was found.
    OverSilence,
    /// The same words again and again.
    Loop,
    /// More syllables a second than people speak.
    TooFast,
    /// The recogniser itself doubted it.
    LowProbability,
    /// Some words have no time.
    UntimedWords,
    /// This window seemed to be in another language than the one used.
    LanguageUncertain,
    /// Two speakers talk at the same time.
    Overlap,
    /// It is doubtful who said it.
    SpeakerUncertain,
}

/// All utterances of a recording in time order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Transcript {
    /// Which language, and how that was decided.
    pub language: LanguageVote,
    /// Sorted by start.
    pub utterances: Vec<Utterance>,
}

/// One word with its place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Word {
    /// Number in the recording.
    pub id: WordId,
    /// The word with punctuation that clings to it, without surrounding space.
    pub text: String,
    /// When it was said, if that could be told.
    pub timing: Timing,
    /// Geometric mean of its tokens' probabilities.
    pub confidence: Prob,
    /// Who said it, where speakers were told apart and one is near.
    #[serde(default)]
    pub attribution: Option<Attribution>,
}

/// Who said a word.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Attribution {
    /// Who.
    pub speaker: SpeakerId,
    /// Share of the word that this speaker's turns cover, less the share that any other's cover; in `[-1, 1]`.
    pub margin: f64,
    /// Why it could have been somebody else.
    pub doubt: Option<AttributionDoubt>,
}

/// Why it is doubtful who said a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AttributionDoubt {
    /// Two talk at the same time.
    Overlap,
    /// Nobody was found to speak there.
    Gap,
    /// It lies where the speaker changes.
    Boundary,
    /// The voice was not told apart surely.
    Voice,
}

/// How a word got its time, or why it has none.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Timing {
    /// Found in the sound.
    Aligned {
        /// When.
        span: Span,
        /// How sharply the evidence points there, in `[0, 1]`.
        score: Prob,
    },
    /// Placed between neighbours that were found.
    Interpolated {
        /// When, roughly.
        span: Span,
    },
    /// Has no time.
    Untimed {
        /// Why.
        why: UntimedReason,
    },
}

impl Timing {
    /// When, if there is a time.
    pub fn span(&self) -> Option<Span> {
        match self {
            Timing::Aligned { span, .. } | Timing::Interpolated { span } => Some(*span),
            Timing::Untimed { .. } => None,
        }
    }
}

/// Why a word has no time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UntimedReason {
    /// The model has no known alignment heads.
    NoAlignmentHeads,
    /// The word's place in the sound is shorter than one frame.
    NoFrames,
    /// The word fell where no speech was found.
    OutsideSpeech,
}

/// An utterance with its words.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AlignedUtterance {
    /// The utterance.
    pub utterance: Utterance,
    /// Who said it, where speakers were told apart and one is near.
    #[serde(default)]
    pub speaker: Option<SpeakerId>,
    /// Its words, in order.
    pub words: Vec<Word>,
}

/// A transcript with word times.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AlignedTranscript {
    /// Which language, and how that was decided.
    pub language: LanguageVote,
    /// Sorted by start.
    pub utterances: Vec<AlignedUtterance>,
}

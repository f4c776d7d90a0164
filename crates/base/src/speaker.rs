//! Who speaks when, as far as sound alone can tell. Speakers have numbers until a person names them.

use crate::{ClipTime, Measured, Span};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Number of a speaker within a recording, counted from 0 by first appearance. Shown as `SPEAKER_00`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SpeakerId(pub u32);

impl fmt::Display for SpeakerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SPEAKER_{:02}", self.0)
    }
}

/// Number of a turn within its recording, counted from 0 in time order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TurnId(pub u32);

/// A stretch in which one speaker talks without a noticeable pause. Turns of different speakers may overlap.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Turn {
    /// Number in the recording.
    pub id: TurnId,
    /// Who.
    pub speaker: SpeakerId,
    /// When.
    pub span: Span,
    /// How much closer its voice is to its own speaker than to the next one, in similarity; below 0 it is closer to the
    /// other one. Both in the range of [`Speaker::cohesion`].
    pub margin: Measured<f64>,
    /// Why a person should listen before relying on it.
    pub doubts: Vec<TurnDoubt>,
}

/// Why it is doubtful who speaks a turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TurnDoubt {
    /// Too short for a voice to be told apart reliably.
    Short,
    /// The speaker never talks alone in it, so that another voice is in its sound.
    NeverAlone,
    /// Another speaker's voice is about as close.
    Close,
}

/// What is known of one speaker of a recording.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Speaker {
    /// Number.
    pub id: SpeakerId,
    /// How long he or she talks, overlapped speech included.
    pub speech: ClipTime,
    /// How much of it is overlapped by another speaker.
    pub overlapped: ClipTime,
    /// Part of the speech time of all speakers together, in `[0, 1]`.
    pub share: f64,
    /// Number of turns.
    pub turns: u32,
    /// Turns that began while another speaker talked and went on when that one had ended.
    pub interruptions: u32,
    /// Mean similarity of the pieces of this speaker's voice to each other, weighted by their length: how sure it is that
    /// they belong together. 1 is identical; `docs/methods/speakers.md` says what is usual.
    pub cohesion: Measured<f64>,
}

/// How speakers were told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SpeakerBasis {
    /// By their voices.
    Voices,
    /// By the channel that they were recorded on.
    Channels,
}

/// What a reader must know about how the number of speakers came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SpeakerNote {
    /// The number was given, not found.
    NumberGiven,
    /// There is not enough speech for as many speakers as were asked for.
    FewerThanAsked,
    /// More voices were found than were allowed; the closest were put together.
    JoinedToLimit,
    /// Fewer voices were found than were asked for; the least alike pieces of one voice were set apart.
    SplitToLimit,
    /// A channel carries more than one voice; those of one channel were told apart by their sound.
    SeveralOnChannel,
    /// Voices were described by what a telephone carries: they were told apart by that, and are not compared with others.
    NarrowBand,
}

/// Who speaks when in a recording.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Diarization {
    /// How they were told apart.
    pub basis: SpeakerBasis,
    /// How their number came about, where there is something to say.
    pub notes: Vec<SpeakerNote>,
    /// By number; empty where nobody speaks.
    pub speakers: Vec<Speaker>,
    /// Sorted by start, then by speaker.
    pub turns: Vec<Turn>,
    /// Mean embedding of each speaker, of length 1, in the order of `speakers`.
    pub voices: Vec<Vec<f32>>,
}

impl Diarization {
    /// Nobody speaks.
    pub fn silent() -> Diarization {
        Diarization {
            basis: SpeakerBasis::Voices,
            notes: Vec::new(),
            speakers: Vec::new(),
            turns: Vec::new(),
            voices: Vec::new(),
        }
    }

    /// Turns that have something in common with `span`, in order.
    pub fn within(&self, span: Span) -> impl Iterator<Item = &Turn> {
        // Turns are sorted by start: none behind the span counts.
        let end = self.turns.partition_point(|turn| turn.span.start() < span.end());
        self.turns[..end].iter().filter(move |turn| turn.span.intersection(span).is_some())
    }
}

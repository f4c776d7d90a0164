//! How speech sounded to models of emotion: what they were trained on, how well they did there, and their doubt. Nothing here
//! says what a person felt.

use crate::{ClipTime, Measured, ModelIdentity, Prob, Span, SpeakerId, TurnId};
use serde::{Deserialize, Serialize};
use std::fmt;

/// How a recording sounded to models of emotion.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EmotionAnalysis {
    /// The models that were asked, in the order of the settings.
    pub models: Vec<EmotionModelFacts>,
    /// Stretches of speech in time order, those that were not measured included.
    pub segments: Vec<SegmentEmotion>,
    /// By number; speakers of whom something was measured.
    pub speakers: Vec<SpeakerEmotion>,
}

/// A model, what it was trained on and what is known of its errors.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EmotionModelFacts {
    /// Which model.
    pub model: ModelIdentity,
    /// What it was trained on, for the sentence "sounded, to a model trained on ...".
    pub trained_on: String,
    /// Its licence, where it is not part of the program.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub licence: Option<String>,
    /// How well it does on speakers that it has never heard; nothing where that was not measured with this program.
    pub without_baseline: Option<EmotionAccuracy>,
    /// How well it does where other speech of the speaker is there to compare with; nothing for a model that does not compare.
    pub with_baseline: Option<EmotionAccuracy>,
}

/// Errors of a model on speakers and sentences that it was not trained on.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct EmotionAccuracy {
    /// Mean of the recalls of the classes, in `[0, 1]`.
    pub recall: f64,
    /// Its 95 % interval.
    pub recall_interval: [f64; 2],
    /// Mean of the recalls of high and low arousal, in `[0, 1]`.
    pub arousal_recall: f64,
    /// Its 95 % interval.
    pub arousal_interval: [f64; 2],
    /// Expected calibration error of the most likely class, in `[0, 1]`.
    pub calibration_error: f64,
}

/// A stretch of speech of one speaker.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SegmentEmotion {
    /// The turn that it is all or a part of, where speakers were told apart.
    pub turn: Option<TurnId>,
    /// Who speaks, where speakers were told apart.
    pub speaker: Option<SpeakerId>,
    /// Where.
    pub span: Span,
    /// How it sounded, or why that was not asked.
    pub sounded: Measured<Sounded, EmotionReason>,
}

/// How a stretch sounded to the models together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sounded {
    /// Probability of high arousal; that of low is the rest.
    pub high_arousal: Prob,
    /// What is said of it.
    pub arousal: ArousalLabel,
    /// Probabilities of the classes, in the order of [`EmotionClass::ALL`]; they sum to 1.
    pub classes: [Prob; 7],
    /// The class that is named, if one is likely enough.
    pub label: EmotionLabel,
    /// Probability of the likeliest class, less where models disagree.
    pub confidence: Prob,
    /// How far the models agree, from 0 to 1: 1 less the largest difference of what any two say of the classes.
    pub agreement: Measured<f64, EmotionReason>,
    /// Whether the speaker's other speech was there to compare with.
    pub condition: EmotionCondition,
    /// Where it lies on scales, if a model tells that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dimensions: Option<EmotionDimensions>,
    /// What each model says, in the order of [`EmotionAnalysis::models`]; empty where there is only one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub said: Vec<ModelSaid>,
}

/// Places on the scales of listeners, each from 0 to 1 with 0.5 in the middle.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct EmotionDimensions {
    /// From calm to excited.
    pub arousal: Prob,
    /// From weak to strong.
    pub dominance: Prob,
    /// From negative to positive.
    pub valence: Prob,
}

/// What one of several models says of a stretch.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelSaid {
    /// Probability of high arousal, if it tells that.
    pub high_arousal: Option<Prob>,
    /// Probabilities of the classes that it knows, in the order of [`EmotionClass::ALL`]. What is missing from 1 it gives
    /// to classes of its own that are none of these.
    pub classes: [Option<Prob>; 7],
    /// Where it puts the stretch on scales, if it tells that.
    pub dimensions: Option<EmotionDimensions>,
}

/// What is said of arousal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ArousalLabel {
    /// High: as in acted anger, fear, happiness.
    High,
    /// Low: as in acted boredom, disgust, sadness, and neutral speech.
    Low,
    /// Neither is likely enough.
    Undetermined,
}

/// A class of acted emotion.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EmotionClass {
    /// Anger.
    Anger,
    /// Boredom.
    Boredom,
    /// Disgust.
    Disgust,
    /// Fear.
    Fear,
    /// Happiness.
    Happiness,
    /// Sadness.
    Sadness,
    /// None of them.
    Neutral,
}

impl EmotionClass {
    /// All classes in the order in which they are kept.
    pub const ALL: [EmotionClass; 7] = [
        EmotionClass::Anger,
        EmotionClass::Boredom,
        EmotionClass::Disgust,
        EmotionClass::Fear,
        EmotionClass::Happiness,
        EmotionClass::Sadness,
        EmotionClass::Neutral,
    ];

    /// The name used in files.
    pub fn code(self) -> &'static str {
        match self {
            EmotionClass::Anger => "anger",
            EmotionClass::Boredom => "boredom",
            EmotionClass::Disgust => "disgust",
            EmotionClass::Fear => "fear",
            EmotionClass::Happiness => "happiness",
            EmotionClass::Sadness => "sadness",
            EmotionClass::Neutral => "neutral",
        }
    }

    /// Whether acted speech of this class counts as of high arousal (Schuller et al. 2009, ASRU, pages 552-557).
    pub fn is_high_arousal(self) -> bool {
        matches!(self, EmotionClass::Anger | EmotionClass::Fear | EmotionClass::Happiness)
    }
}

/// The class that is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EmotionLabel {
    /// This one.
    Class(EmotionClass),
    /// None is likely enough.
    Undetermined,
}

impl EmotionLabel {
    /// The name used in files.
    pub fn code(self) -> &'static str {
        match self {
            EmotionLabel::Class(class) => class.code(),
            EmotionLabel::Undetermined => "undetermined",
        }
    }
}

/// What there was to compare with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EmotionCondition {
    /// Other speech of the same speaker in the recording.
    WithBaseline,
    /// Nothing: as for a speaker met for the first time.
    WithoutBaseline,
}

/// Why it was not asked how something sounded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EmotionReason {
    /// Shorter than the models can judge.
    TooShort,
    /// The quality of the recording or of the speaker's part does not bear it.
    Quality,
    /// Others talk at the same time.
    Overlapped,
    /// Too few voiced frames.
    TooFewVoicedFrames,
    /// Digital silence.
    Silent,
    /// The samples are not a sound.
    Unreadable,
    /// No model was asked that tells it.
    NoModel,
    /// Only one model was asked, so that there is none to agree with.
    OnlyOneModel,
}

impl EmotionReason {
    /// The name used in files.
    pub fn code(self) -> &'static str {
        match self {
            EmotionReason::TooShort => "too_short",
            EmotionReason::Quality => "quality",
            EmotionReason::Overlapped => "overlapped",
            EmotionReason::TooFewVoicedFrames => "too_few_voiced_frames",
            EmotionReason::Silent => "silent",
            EmotionReason::Unreadable => "unreadable",
            EmotionReason::NoModel => "no_model",
            EmotionReason::OnlyOneModel => "only_one_model",
        }
    }
}

impl fmt::Display for EmotionReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// A speaker over the recording.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct SpeakerEmotion {
    /// Whose.
    pub speaker: SpeakerId,
    /// How long the measured stretches are together.
    pub measured: ClipTime,
    /// How much of that sounded of high arousal.
    pub high: ClipTime,
    /// How much of it sounded of low arousal.
    pub low: ClipTime,
}

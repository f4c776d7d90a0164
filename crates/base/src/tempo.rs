//! A voice and a conversation in time: what is usual for a speaker, how it changes, who answers how fast.

use crate::{Baseline, ClipTime, FormantCeiling, Hertz, Measured, PitchAgreement, Span, SpeakerId, TurnId};
use serde::{Deserialize, Serialize};

/// Whose usual values something is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BaselineOf {
    /// All utterances of the recording, because nobody is known to have said this one.
    Recording,
    /// The speaker's own utterances in this recording.
    Speaker(SpeakerId),
}

/// Between which frequencies pitch was searched, so that it can be searched there again.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct PitchRange {
    /// Lowest.
    pub floor: Hertz,
    /// Highest.
    pub ceiling: Hertz,
    /// Where the two come from.
    pub basis: PitchRangeBasis,
}

/// Where a range of pitch comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PitchRangeBasis {
    /// The settings ask for the same range for everybody.
    Fixed,
    /// From the speaker's own pitch in a first pass with a wide range.
    TwoPass,
    /// The settings' range, because the speaker has too little voice for one of his or her own.
    LittleVoice,
    /// The settings' range, because nobody is known to speak.
    SpeakerUnknown,
}

impl PitchRangeBasis {
    /// The name used in files.
    pub fn code(self) -> &'static str {
        match self {
            PitchRangeBasis::Fixed => "fixed",
            PitchRangeBasis::TwoPass => "two_pass",
            PitchRangeBasis::LittleVoice => "little_voice",
            PitchRangeBasis::SpeakerUnknown => "speaker_unknown",
        }
    }
}

/// How one speaker of a recording sounds, over all of his or her utterances.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SpeakerAcoustics {
    /// Who.
    pub speaker: SpeakerId,
    /// Utterances that are his or hers.
    pub utterances: u32,
    /// The range that pitch was searched in.
    pub pitch_range: PitchRange,
    /// How far the second estimate of pitch bears the first out, over all utterances where that is known.
    pub f0_agreement: Measured<PitchAgreement>,
    /// Up to which frequency formants were looked for.
    pub formant_ceiling: FormantCeiling,
    /// What is usual for this speaker.
    pub baseline: Baseline,
    /// Syllables a second over the utterances that have a rate, taken together, pauses included.
    pub speech_rate: Measured<f64>,
    /// The same without pauses.
    pub articulation_rate: Measured<f64>,
    /// Pauses within utterances.
    pub pauses: PauseTotals,
    /// How fast this speaker takes over from others.
    pub response: ResponseTimes,
    /// How the utterances' median pitch moves over the recording, in Hz a minute.
    pub f0_trend: Measured<Trend>,
    /// How the utterances' level moves over the recording, in dB a minute.
    pub intensity_trend: Measured<Trend>,
}

/// Pauses of one speaker.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct PauseTotals {
    /// How many.
    pub count: u32,
    /// How long together.
    pub total: ClipTime,
    /// The middle one's length.
    pub median: Measured<ClipTime>,
}

/// How long after the end of another's turn a speaker begins; below 0 where he or she begins before it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ResponseTimes {
    /// Turns that took over after the other had ended.
    pub gaps: u32,
    /// Turns that took over while the other still spoke.
    pub overlaps: u32,
    /// Turns that took over but do not count, because it is doubtful who speaks one of the two, or because they came later
    /// than an answer does.
    pub left_out: u32,
    /// Lower quartile.
    pub lower: Measured<ClipTime>,
    /// Median.
    pub median: Measured<ClipTime>,
    /// Upper quartile.
    pub upper: Measured<ClipTime>,
}

/// One turn that takes over from another speaker's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Response {
    /// The turn that takes over.
    pub turn: TurnId,
    /// Whose it is.
    pub speaker: SpeakerId,
    /// The turn before it.
    pub after: TurnId,
    /// Whose that is.
    pub to: SpeakerId,
    /// From the end of that turn to the beginning of this one; below 0 where they overlap.
    pub latency: ClipTime,
}

/// A straight line through values over time: the median slope, and where it lies with 95 % confidence.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trend {
    /// Change in a minute.
    pub per_minute: f64,
    /// Lower end of the interval.
    pub low: f64,
    /// Upper end of the interval.
    pub high: f64,
    /// Values that it rests on.
    pub utterances: u32,
}

/// What changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangedQuantity {
    /// Level, in dB.
    Level,
    /// Pitch, as a fraction of what is usual.
    Pitch,
}

impl ChangedQuantity {
    /// The name used in files.
    pub fn code(self) -> &'static str {
        match self {
            ChangedQuantity::Level => "level",
            ChangedQuantity::Pitch => "pitch",
        }
    }
}

/// A stretch in which a voice is above what is usual for it. It says nothing about why.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChangeSpan {
    /// When.
    pub span: Span,
    /// Who speaks, where that is known.
    pub speaker: Option<SpeakerId>,
    /// What lies above.
    pub quantity: ChangedQuantity,
    /// Mean over the frames of the span of what they lie above the baseline: dB, or a fraction (0.12 is 12 %).
    pub mean_deviation: f64,
    /// What is usual: dB, or Hz.
    pub baseline: f64,
    /// For whom.
    pub baseline_of: BaselineOf,
}

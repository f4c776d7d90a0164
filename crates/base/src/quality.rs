//! What the sound itself says about what can be measured on it.

use crate::{ClipTime, Decibels, Hertz, Measured, Span, SpeakerId, UndefinedReason, Verdict, VoiceMeasure};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A measure of quality, or why there is none.
pub type Quality<T> = Measured<T, QualityReason>;

/// Measures of a whole recording that need no model. Methods and limits: `docs/methods/quality.md`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SignalQuality {
    /// Largest absolute sample of any channel, in dB relative to full scale; above 0 in formats that allow it.
    pub peak_dbfs: Quality<Decibels>,
    /// Mean of the samples of the channel in which it is furthest from 0, as a part of full scale.
    pub dc_offset: Quality<f64>,
    /// Share of clipped samples in `[0, 1]`, of the channel that is clipped most.
    pub clipped_share: Quality<f64>,
    /// Highest frequency that was recorded: the edge above which there is next to nothing, or half the sample rate where
    /// there is no such edge.
    pub bandwidth_hz: Quality<Hertz>,
    /// Mean power of the noise, mean of the channels, in dB relative to that of a constant at full scale.
    pub noise_floor_dbfs: Quality<Decibels>,
    /// Mean power of the speech without the noise while someone speaks, in the same unit: the active level of ITU-T P.56.
    pub speech_level_dbfs: Quality<Decibels>,
    /// How long someone speaks in that sense, pauses up to 0.2 s included; found without a model.
    pub speech_time: Quality<ClipTime>,
    /// Active level of the speech over the level of the noise.
    pub snr_db: Quality<Decibels>,
    /// Where sound was lost while it was loud, in the channel that lost most.
    pub dropouts: Quality<Dropouts>,
    /// Hum of the mains, as far as there is any: of 50 and 60 Hz the one that is louder.
    pub hum: Quality<Hum>,
    /// How fast sound falls after it was loud, in dB a second: nine tenths of the falls are slower. A hint at
    /// reverberation, because rooms let nothing fall faster than they do themselves. Above 0.
    pub fall_db_per_s: Quality<Decibels>,
    /// How far the noise rises from the beginning to the end of a pause, in dB, the median of the pauses. A hint at
    /// automatic gain, which turns noise up while nobody speaks.
    pub pause_rise_db: Quality<Decibels>,
}

/// What the sound of a recording is like, and what may be measured on it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RecordingQuality {
    /// Measures of the sound.
    pub signal: SignalQuality,
    /// What may be measured on the recording as a whole; one a measure.
    pub verdicts: Vec<Verdict>,
    /// The same for each speaker, where speakers were told apart.
    pub speakers: Vec<SpeakerQuality>,
}

impl RecordingQuality {
    /// Whether `measure` may be taken on the speech of `speaker`; of the recording as a whole where nobody is known to
    /// speak or nothing is said of that speaker. What no verdict was given on may not be measured.
    ///
    /// # Errors
    /// The reason that takes the place of a value.
    pub fn allows(&self, measure: VoiceMeasure, speaker: Option<SpeakerId>) -> Result<(), UndefinedReason> {
        let own = speaker.and_then(|speaker| self.speakers.iter().find(|of| of.speaker == speaker));
        let verdicts = own.map_or(&self.verdicts, |own| &own.verdicts);
        let verdict = verdicts.iter().find(|verdict| verdict.measure == measure);
        verdict.map_or(Err(UndefinedReason::QualityUnknown), Verdict::allowed)
    }
}

/// What may be measured on one speaker's speech.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SpeakerQuality {
    /// Whose.
    pub speaker: SpeakerId,
    /// How long he or she talks alone.
    pub net_speech: ClipTime,
    /// One a measure.
    pub verdicts: Vec<Verdict>,
}

/// Sound that was lost.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Dropouts {
    /// How often.
    pub count: u64,
    /// How long in all.
    pub total: ClipTime,
    /// The first ones, in order; at most [`Dropouts::MOST_LISTED`].
    pub first: Vec<Dropout>,
}

impl Dropouts {
    /// How many are listed at most.
    pub const MOST_LISTED: usize = 50;
}

/// One stretch of lost sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dropout {
    /// Where; gives back the exact samples at the recording's rate.
    pub span: Span,
    /// What is there instead.
    pub kind: DropoutKind,
}

/// What stands where sound was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DropoutKind {
    /// The same value over and over, usually 0.
    Constant,
    /// A copy of what came just before, sample by sample.
    Repeated,
}

impl DropoutKind {
    /// The name used in files.
    pub fn code(self) -> &'static str {
        match self {
            DropoutKind::Constant => "constant",
            DropoutKind::Repeated => "repeated",
        }
    }
}

/// Lines of the mains in the sound.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Hum {
    /// 50 or 60 Hz.
    pub line_hz: Hertz,
    /// Power of the line or its clearest harmonic over that of the neighbourhood, in equal bandwidths; about 0 without hum.
    pub over_neighbourhood_db: Decibels,
    /// Mean power of the line and its harmonics, in dB relative to that of a constant at full scale.
    pub level_dbfs: Decibels,
}

/// Why a measure of quality has no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QualityReason {
    /// There is less sound than the measure needs; digital silence does not count as sound.
    TooShort,
    /// The sound is digital silence.
    Silent,
    /// Nothing stands out of the steady part of the sound as speech does.
    NoSpeech,
    /// Fewer pauses than the measure needs.
    TooFewPauses,
    /// Fewer stretches in which sound falls evenly than the measure needs.
    TooFewFalls,
    /// The noise hides what would be measured.
    TooNoisy,
    /// The sample rate is too low.
    NotRecorded,
}

impl QualityReason {
    /// The name used in files, for example `no_speech`.
    pub fn code(self) -> &'static str {
        match self {
            QualityReason::TooShort => "too_short",
            QualityReason::Silent => "silent",
            QualityReason::NoSpeech => "no_speech",
            QualityReason::TooFewPauses => "too_few_pauses",
            QualityReason::TooFewFalls => "too_few_falls",
            QualityReason::TooNoisy => "too_noisy",
            QualityReason::NotRecorded => "not_recorded",
        }
    }
}

impl fmt::Display for QualityReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

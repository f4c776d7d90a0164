//! What the sound itself says about what can be measured on it.

use crate::{ClipTime, Decibels, Hertz, Measured};
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
}

impl QualityReason {
    /// The name used in files, for example `no_speech`.
    pub fn code(self) -> &'static str {
        match self {
            QualityReason::TooShort => "too_short",
            QualityReason::Silent => "silent",
            QualityReason::NoSpeech => "no_speech",
        }
    }
}

impl fmt::Display for QualityReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

//! What is said of the quality of the sound, and of what may be measured on it.

pub(super) mod en;
pub(super) mod ko;

use voiceman_base::{Condition, DropoutKind, Hum, Obstacle, QualityReason, VoiceMeasure};

/// A property of the sound that is measured without a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SoundProperty {
    Peak,
    Offset,
    Clipped,
    Bandwidth,
    NoiseFloor,
    SpeechLevel,
    SpeechTime,
    Snr,
    Dropouts,
    Hum,
    Falls,
    PauseRise,
}

/// Messages on quality in one language.
pub(crate) struct QualityMessages {
    /// What the first table rests on.
    pub about_sound: &'static str,
    /// Caption and headings of the table of properties.
    pub sound_caption: &'static str,
    pub property: &'static str,
    pub value: &'static str,
    pub meaning: &'static str,
    pub name_of: fn(SoundProperty) -> &'static str,
    pub meaning_of: fn(SoundProperty) -> &'static str,
    pub reason: fn(QualityReason) -> &'static str,
    pub not_measured: fn(reason: &str) -> String,
    pub seconds: fn(seconds: f64, digits: usize) -> String,
    pub share_of_full_scale: fn(percent: &str) -> String,
    pub share_of_samples: fn(percent: &str) -> String,
    pub no_dropouts: &'static str,
    pub dropouts: fn(count: u64, seconds: &str) -> String,
    pub dropouts_at: fn(count: u64, seconds: &str, kinds: &str) -> String,
    pub dropout_kind: fn(DropoutKind) -> &'static str,
    pub hum: fn(&Hum) -> String,

    // What may be measured.
    pub about_verdicts: &'static str,
    pub speech_caption: &'static str,
    pub whose: &'static str,
    pub net_speech: &'static str,
    pub whole_recording: &'static str,
    pub net_speech_explained: &'static str,
    pub verdicts_caption: &'static str,
    pub measure: &'static str,
    pub against: &'static str,
    pub nothing_against: &'static str,
    pub yes: &'static str,
    pub no: &'static str,
    pub measure_name: fn(VoiceMeasure) -> &'static str,
    pub obstacle: fn(&Obstacle) -> String,
    pub little_speech: fn(needed: &str, whose: &str) -> String,
    pub untold: fn(condition: &str, reason: &str, measures: &str) -> String,
    pub condition: fn(Condition) -> &'static str,

    // Elsewhere in the report.
    pub bears_summary: fn(borne: usize, all: usize) -> String,
    pub shown_nonetheless: fn(measures: &str) -> String,
    pub of_sound: fn(property: &str) -> String,
}

/// Seconds cut to tenths, as [`crate::text::clock`] cuts them: what is less than needed does not read as enough.
fn tenths(time: voiceman_base::ClipTime) -> f64 {
    (time.micros().max(0) / 100_000) as f64 / 10.0
}

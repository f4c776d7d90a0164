//! A value that was measured, or the reason why there is none.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A value, or why it could not be measured. There is no default value anywhere.
///
/// In JSON: `{"value": 212.4}` or `{"undefined": "too_few_voiced_frames"}`. `R` names the reasons that a family of measures
/// can give, so that none of them has to be handled where it cannot arise.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measured<T, R = UndefinedReason> {
    /// The measured value.
    Value(T),
    /// Nothing could be measured, and why.
    Undefined(R),
}

/// Why a quantity has no value. The reports print it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UndefinedReason {
    /// Fewer voiced frames than the measure needs.
    TooFewVoicedFrames,
    /// Fewer regular periods of the voice than the measure needs.
    TooFewPeriods,
    /// The span is shorter than the analysis window.
    TooShort,
    /// The sound is digital silence.
    Silent,
    /// No words in the span, so nothing to count.
    NoWords,
    /// The words of the span have no times.
    Untimed,
    /// The writing of this language gives no syllable count.
    SyllablesNotCountable,
    /// Samples at full scale; the wave's shape is lost.
    Clipped,
    /// There is too little material of this recording to compare with.
    NoBaseline,
    /// There is only one speaker, so that there is nobody to tell apart from.
    OnlyOneSpeaker,
    /// Too little of a voice without other voices.
    TooLittleVoice,
    /// The quality gate found too much noise for this measure.
    TooNoisy,
    /// The quality gate found too little of the spectrum recorded for this measure.
    NarrowBand,
    /// The quality gate found hum of the mains too close to the speech.
    Hum,
    /// The quality gate found sound missing.
    SoundLost,
    /// The quality gate found that sound falls as slowly as in a room that rings.
    Reverberant,
    /// The quality gate found that the recorder changed its gain.
    AutomaticGain,
    /// The quality gate found a codec that leaves too much out.
    LossyCodec,
    /// The quality gate found too little speech of this speaker, or in the recording.
    TooLittleSpeech,
    /// The quality gate could not tell whether a condition of the measure is met.
    QualityUnknown,
    /// Fewer utterances with a value, or less time between them, than the measure needs.
    TooFewUtterances,
    /// The speaker takes over from others too seldom.
    TooFewResponses,
    /// The speaker makes no pauses.
    NoPauses,
    /// Two independent estimates of pitch agree in too few frames.
    PitchDisputed,
    /// No second estimate was made that the first could be held against.
    NoSecondEstimate,
}

impl UndefinedReason {
    /// The name used in files, for example `too_few_voiced_frames`.
    pub fn code(self) -> &'static str {
        match self {
            UndefinedReason::TooFewVoicedFrames => "too_few_voiced_frames",
            UndefinedReason::TooFewPeriods => "too_few_periods",
            UndefinedReason::TooShort => "too_short",
            UndefinedReason::Silent => "silent",
            UndefinedReason::NoWords => "no_words",
            UndefinedReason::Untimed => "untimed",
            UndefinedReason::SyllablesNotCountable => "syllables_not_countable",
            UndefinedReason::Clipped => "clipped",
            UndefinedReason::NoBaseline => "no_baseline",
            UndefinedReason::OnlyOneSpeaker => "only_one_speaker",
            UndefinedReason::TooLittleVoice => "too_little_voice",
            UndefinedReason::TooNoisy => "too_noisy",
            UndefinedReason::NarrowBand => "narrow_band",
            UndefinedReason::Hum => "hum",
            UndefinedReason::SoundLost => "sound_lost",
            UndefinedReason::Reverberant => "reverberant",
            UndefinedReason::AutomaticGain => "automatic_gain",
            UndefinedReason::LossyCodec => "lossy_codec",
            UndefinedReason::TooLittleSpeech => "too_little_speech",
            UndefinedReason::QualityUnknown => "quality_unknown",
            UndefinedReason::TooFewUtterances => "too_few_utterances",
            UndefinedReason::TooFewResponses => "too_few_responses",
            UndefinedReason::NoPauses => "no_pauses",
            UndefinedReason::PitchDisputed => "pitch_disputed",
            UndefinedReason::NoSecondEstimate => "no_second_estimate",
        }
    }
}

impl fmt::Display for UndefinedReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl<T, R> Measured<T, R> {
    /// The value, if there is one.
    pub fn value(self) -> Option<T> {
        match self {
            Measured::Value(value) => Some(value),
            Measured::Undefined(_) => None,
        }
    }

    /// Applies `f` to the value and keeps the reason otherwise.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Measured<U, R> {
        match self {
            Measured::Value(value) => Measured::Value(f(value)),
            Measured::Undefined(reason) => Measured::Undefined(reason),
        }
    }

    /// This, if `allowed`; otherwise the reason why it may not be told. What had no value keeps its own reason.
    pub fn where_allowed(self, allowed: Result<(), R>) -> Self {
        match (self, allowed) {
            (Measured::Value(_), Err(reason)) => Measured::Undefined(reason),
            (measured, _) => measured,
        }
    }

    /// The value of `option`, or `reason`.
    pub fn from_option(option: Option<T>, reason: R) -> Self {
        option.map_or(Measured::Undefined(reason), Measured::Value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_as_the_interface_says() {
        let value: Measured<f64> = Measured::Value(212.4);
        assert_eq!(serde_json::to_string(&value).unwrap_or_default(), r#"{"value":212.4}"#);
        let none: Measured<f64> = Measured::Undefined(UndefinedReason::TooFewVoicedFrames);
        assert_eq!(serde_json::to_string(&none).unwrap_or_default(), r#"{"undefined":"too_few_voiced_frames"}"#);
    }

    #[test]
    fn codes_are_the_names_in_files() {
        for reason in [UndefinedReason::TooShort, UndefinedReason::NoBaseline, UndefinedReason::SyllablesNotCountable] {
            assert_eq!(serde_json::to_string(&reason).unwrap_or_default(), format!("\"{}\"", reason.code()));
        }
    }
}

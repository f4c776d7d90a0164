//! English.

use super::{QualityMessages, SoundProperty, tenths};
use crate::text::{hertz, percent_to, unit, unit_beside};
use voiceman_base::{Condition, DropoutKind, Obstacle, QualityReason, VoiceMeasure};

pub(in crate::messages) static MESSAGES: QualityMessages = QualityMessages {
    about_sound: "Measured on the decoded samples of the whole recording, at its own sample rate and channel by channel, \
                  without a model. Where nothing could be measured, the reason stands in place of a value.",
    sound_caption: "What the sound is like",
    property: "Property",
    value: "Value",
    meaning: "What it says",
    name_of: |property| match property {
        SoundProperty::Peak => "Peak",
        SoundProperty::Offset => "Constant (DC) offset",
        SoundProperty::Clipped => "Clipped",
        SoundProperty::Bandwidth => "Bandwidth recorded",
        SoundProperty::NoiseFloor => "Noise floor",
        SoundProperty::SpeechLevel => "Speech level",
        SoundProperty::SpeechTime => "Time someone speaks",
        SoundProperty::Snr => "Signal-to-noise ratio",
        SoundProperty::Dropouts => "Dropouts",
        SoundProperty::Hum => "Hum of the mains",
        SoundProperty::Falls => "Fall of sound (hint at reverberation)",
        SoundProperty::PauseRise => "Rise of noise in pauses (hint at automatic gain)",
    },
    meaning_of: |property| match property {
        SoundProperty::Peak => "Largest sample, relative to full scale.",
        SoundProperty::Offset => "Mean of the samples; a fault of the recorder where it is far from 0.",
        SoundProperty::Clipped => "Samples where the wave was cut off at full scale; its shape is lost there.",
        SoundProperty::Bandwidth => {
            "Frequency above which there is next to nothing, whatever the sample rate. A telephone line ends at 3.4 to 4 kHz."
        }
        SoundProperty::NoiseFloor => "Mean power of all that is not speech, hum and rumble included.",
        SoundProperty::SpeechLevel => "Mean power of the speech, without the noise, while someone speaks (ITU-T P.56).",
        SoundProperty::SpeechTime => "Found by level alone; the speech regions of the model are another measure.",
        SoundProperty::Snr => "Speech level above the noise floor. The higher, the less noise is in what is measured.",
        SoundProperty::Dropouts => "Sound that was lost while it was loud: one value, or an exact copy, in its place.",
        SoundProperty::Hum => "How far a line of the mains stands out of its neighbourhood; about 0 dB without a hum.",
        SoundProperty::Falls => {
            "How fast sound dies away. Slow falls are those of a room that rings. A hint, not a reverberation time."
        }
        SoundProperty::PauseRise => {
            "How far noise rises within pauses, as a recorder lets it that turns itself up. A hint; about 0 dB without."
        }
    },
    reason: |reason| match reason {
        QualityReason::TooShort => "too little sound",
        QualityReason::Silent => "digital silence",
        QualityReason::NoSpeech => "nothing stands out of the noise as speech does",
        QualityReason::TooFewPauses => "too few pauses",
        QualityReason::TooFewFalls => "too few places where sound falls evenly",
        QualityReason::TooNoisy => "hidden by noise",
        QualityReason::NotRecorded => "the sample rate is too low",
    },
    not_measured: |reason| format!("not measured: {reason}"),
    seconds: |seconds, digits| unit(seconds, digits, "s"),
    share_of_full_scale: |percent| format!("{percent} of full scale"),
    share_of_samples: |percent| format!("{percent} of the samples"),
    no_dropouts: "none found",
    dropouts: |count, seconds| format!("{count}, {seconds} in all"),
    dropouts_at: |count, seconds, kinds| {
        format!("Sound was lost {count} {}, {seconds} in all ({kinds}):", if count == 1 { "time" } else { "times" })
    },
    dropout_kind: |kind| match kind {
        DropoutKind::Constant => "one value over and over",
        DropoutKind::Repeated => "a copy of the sound before",
    },
    hum: |hum| {
        format!(
            "{} at {} and its multiples; {}",
            unit(hum.over_neighbourhood_db.value(), 1, "dB"),
            unit(hum.line_hz.value(), 0, "Hz"),
            unit(hum.level_dbfs.value(), 1, "dBFS")
        )
    },

    about_verdicts: "Each measure of a voice needs sound of a certain quality. “May be measured” means that nothing known \
                     stands against it; it does not mean that a value is right. “Not” is no judgement \
                     of the recording: a value of that measure, taken on it, would not hold. The numbers that are needed, with \
                     their sources, stand in the description of the methods.",
    speech_caption: "Speech that measures can rest on",
    whose: "Whose",
    net_speech: "Speech (min:s)",
    whole_recording: "Whole recording",
    net_speech_explained: "For the whole recording: as long as the model found speech. For a speaker: without what others \
                           talk over.",
    verdicts_caption: "What may be measured",
    measure: "Measure",
    against: "What stands against it",
    nothing_against: "nothing known",
    yes: "may be measured",
    no: "not",
    measure_name: |measure| match measure {
        VoiceMeasure::Pitch => "Pitch",
        VoiceMeasure::Level => "Level, compared within the recording",
        VoiceMeasure::Jitter => "Jitter (irregular periods)",
        VoiceMeasure::Shimmer => "Shimmer (irregular amplitudes)",
        VoiceMeasure::Harmonicity => "Harmonics-to-noise ratio",
        VoiceMeasure::Formant1 => "1st formant",
        VoiceMeasure::Formant2 => "2nd formant",
        VoiceMeasure::Formant3 => "3rd formant",
        VoiceMeasure::Formant4 => "4th formant",
        VoiceMeasure::Spectrum => "Tilt and balance of the spectrum",
        VoiceMeasure::SpeechRate => "Speech rate",
        VoiceMeasure::Emotion => "How it sounds to a model of emotion",
        VoiceMeasure::SpeakerComparison => "Likeness of voices between recordings",
    },
    obstacle: |obstacle| match *obstacle {
        Obstacle::Unknown { condition, why } => {
            format!("{} not known: {}", capital((MESSAGES.condition)(condition)), (MESSAGES.reason)(why))
        }
        Obstacle::Noise { snr_db, needed_db } => format!(
            "Noise: speech is {} above it, {} are needed",
            unit_beside(snr_db.value(), needed_db.value(), 1, "dB"),
            unit(needed_db.value(), 0, "dB")
        ),
        Obstacle::Bandwidth { bandwidth_hz, needed_hz } => {
            format!("Bandwidth: up to {}, {} are needed", hertz(bandwidth_hz), hertz(needed_hz))
        }
        Obstacle::Clipping { share, most } => {
            format!("Clipping: {} of the samples, at most {} may be", percent_to(share, 3), percent_to(most, 2))
        }
        Obstacle::Hum { speech_over_hum_db, needed_db } => format!(
            "Hum: speech is {} above it, {} are needed",
            unit_beside(speech_over_hum_db.value(), needed_db.value(), 1, "dB"),
            unit(needed_db.value(), 0, "dB")
        ),
        Obstacle::Dropouts { share, most } => {
            format!("Dropouts: {} of the speech, at most {} may be", percent_to(share, 2), percent_to(most, 2))
        }
        Obstacle::Reverberation { fall_db_per_s, needed_db_per_s } => format!(
            "Reverberation: sound falls by {}, by {} where it is dry",
            unit_beside(fall_db_per_s.value(), needed_db_per_s.value(), 0, "dB/s"),
            unit(needed_db_per_s.value(), 0, "dB/s")
        ),
        Obstacle::AutomaticGain { rise_db, most_db } => format!(
            "Automatic gain: noise rises by {} in pauses, {} may be chance",
            unit_beside(rise_db.value(), most_db.value(), 1, "dB"),
            unit(most_db.value(), 0, "dB")
        ),
        Obstacle::Codec { kilobits_per_s, needed } => format!(
            "Lossy codec: {} a channel, {} are needed",
            unit_beside(kilobits_per_s, needed, 0, "kbit/s"),
            unit(needed, 0, "kbit/s")
        ),
        Obstacle::LittleSpeech { speech, needed } => format!(
            "Too little speech: {}, {} are needed",
            (MESSAGES.seconds)(tenths(speech), 1),
            unit(needed.seconds(), 0, "s")
        ),
    },
    little_speech: |needed, whose| format!("Too little speech, {needed} are needed: {whose}"),
    untold: |condition, reason, measures| {
        format!(
            "{} could not be told ({reason}), so that it is not known whether it stands against: {measures}.",
            capital(condition)
        )
    },
    condition: |condition| match condition {
        Condition::Noise => "noise",
        Condition::Bandwidth => "bandwidth",
        Condition::Clipping => "clipping",
        Condition::Hum => "hum",
        Condition::Dropouts => "dropouts",
        Condition::Reverberation => "reverberation",
        Condition::AutomaticGain => "automatic gain",
        Condition::Speech => "speech",
    },

    bears_summary: |borne, all| {
        format!("Of {all} measures of voices, {borne} may be taken on this recording; see “Quality of the sound”.")
    },
    shown_nonetheless: |measures| {
        format!(
            "The quality of this recording stands against: {measures}. The values are shown as measured; nothing may be \
             rested on them alone. See “Quality of the sound”."
        )
    },
    of_sound: |property| format!("Sound: {property}"),
};

/// `text` with a capital letter.
fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_their_last_digit_where_it_matters() {
        // 0.01 % may not read as 0 %.
        let text = (MESSAGES.obstacle)(&Obstacle::Clipping { share: 0.000_123, most: 0.000_1 });
        assert_eq!(text, "Clipping: 0.012% of the samples, at most 0.01% may be");
    }
}

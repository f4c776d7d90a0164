//! What the measures of a voice need. Where each number is from stands in `docs/methods/quality.md`.

use crate::settings::settings_digest;
use serde::{Deserialize, Serialize};
use voiceman_base::{Digest, VoiceMeasure};

/// From where on something is called noticeable, and what every measure needs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct QualitySettings {
    /// Falls of sound in dB a second below which reverberation is noticeable. Default 200, which speech in a room with a
    /// reverberation time of 0.6 s stays below if as much of it comes from the room as directly, and dry speech above.
    pub reverberant_below_db_per_s: f64,
    /// Rise of noise in pauses above which there is automatic gain, in dB. Default 2; a fixed gain gives less than 0.5.
    pub gain_above_db: f64,
    /// Level of mains lines over their neighbourhood from which there is a hum, in dB. Default 10; voices give up to 5.
    pub hum_from_db: f64,
    /// What pitch needs.
    pub pitch: Needs,
    /// What comparing levels needs.
    pub level: Needs,
    /// What jitter needs.
    pub jitter: Needs,
    /// What shimmer needs.
    pub shimmer: Needs,
    /// What the harmonics-to-noise ratio needs.
    pub harmonicity: Needs,
    /// What the first formant needs.
    pub formant1: Needs,
    /// What the second formant needs.
    pub formant2: Needs,
    /// What the third formant needs.
    pub formant3: Needs,
    /// What the fourth formant needs.
    pub formant4: Needs,
    /// What measures of the spectrum need.
    pub spectrum: Needs,
    /// What the speech rate needs.
    pub speech_rate: Needs,
    /// What a model of emotion needs.
    pub emotion: Needs,
    /// What comparing speakers needs.
    pub speaker_comparison: Needs,
}

/// What one measure needs. What is left out does not matter to it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Needs {
    /// Least signal-to-noise ratio, in dB.
    pub snr_db: Option<f64>,
    /// Least bandwidth, in hertz.
    pub bandwidth_hz: Option<f64>,
    /// Largest share of clipped samples, in `[0, 1]`.
    pub clipped_share: Option<f64>,
    /// Least level of the speech over a hum, in dB.
    pub over_hum_db: Option<f64>,
    /// Largest share of the speech that is lost in dropouts, in `[0, 1]`.
    pub lost_share: Option<f64>,
    /// Least rate of a lossy codec, in thousands of bits by second and channel.
    pub kilobits_per_s: Option<f64>,
    /// Least time someone speaks, in seconds.
    pub speech_s: Option<f64>,
    /// Whether the room must be dry.
    pub dry: bool,
    /// Whether the gain must be fixed.
    pub fixed_gain: bool,
}

/// A setting has a value that cannot be worked with.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("quality setting `{setting}` is {value}; it must be {range}")]
pub struct QualitySettingsError {
    /// Which setting.
    pub setting: String,
    /// What it is.
    pub value: f64,
    /// What it may be, in words.
    pub range: &'static str,
}

impl QualitySettings {
    /// Digest of all settings.
    pub fn digest(&self) -> Digest {
        settings_digest(self)
    }

    /// Whether these settings can be worked with.
    ///
    /// # Errors
    /// Names the first setting that is out of its range. Not-a-number is out of every range.
    pub fn check(&self) -> Result<(), QualitySettingsError> {
        let within = |setting: String, value: f64, low: f64, high: f64, range| {
            if (low..=high).contains(&value) { Ok(()) } else { Err(QualitySettingsError { setting, value, range }) }
        };
        let fall = self.reverberant_below_db_per_s;
        within("reverberant_below_db_per_s".into(), fall, 0.0, 2_000.0, "from 0 to 2000")?;
        within("gain_above_db".into(), self.gain_above_db, 0.0, 60.0, "from 0 to 60")?;
        within("hum_from_db".into(), self.hum_from_db, 0.0, 100.0, "from 0 to 100")?;
        for measure in VoiceMeasure::ALL {
            // Taken apart so that a new field cannot be forgotten.
            let Needs {
                snr_db,
                bandwidth_hz,
                clipped_share,
                over_hum_db,
                lost_share,
                kilobits_per_s,
                speech_s,
                dry: _,
                fixed_gain: _,
            } = self.needs(measure);
            for (name, value, low, high, range) in [
                ("snr_db", snr_db, -20.0, 120.0, "from -20 to 120"),
                ("bandwidth_hz", bandwidth_hz, 0.0, 200_000.0, "from 0 to 200000"),
                ("clipped_share", clipped_share, 0.0, 1.0, "from 0 to 1"),
                ("over_hum_db", over_hum_db, -60.0, 120.0, "from -60 to 120"),
                ("lost_share", lost_share, 0.0, 1.0, "from 0 to 1"),
                ("kilobits_per_s", kilobits_per_s, 0.0, 10_000.0, "from 0 to 10000"),
                ("speech_s", speech_s, 0.0, 36_000.0, "from 0 to 36000"),
            ] {
                if let Some(value) = value {
                    within(format!("{}.{name}", measure.code()), *value, low, high, range)?;
                }
            }
        }
        Ok(())
    }

    /// What `measure` needs.
    pub fn needs(&self, measure: VoiceMeasure) -> &Needs {
        match measure {
            VoiceMeasure::Pitch => &self.pitch,
            VoiceMeasure::Level => &self.level,
            VoiceMeasure::Jitter => &self.jitter,
            VoiceMeasure::Shimmer => &self.shimmer,
            VoiceMeasure::Harmonicity => &self.harmonicity,
            VoiceMeasure::Formant1 => &self.formant1,
            VoiceMeasure::Formant2 => &self.formant2,
            VoiceMeasure::Formant3 => &self.formant3,
            VoiceMeasure::Formant4 => &self.formant4,
            VoiceMeasure::Spectrum => &self.spectrum,
            VoiceMeasure::SpeechRate => &self.speech_rate,
            VoiceMeasure::Emotion => &self.emotion,
            VoiceMeasure::SpeakerComparison => &self.speaker_comparison,
        }
    }
}

impl Default for QualitySettings {
    fn default() -> Self {
        // What most have in common.
        let voice = Needs { lost_share: Some(0.01), speech_s: Some(1.0), ..Needs::default() };
        let irregularity = Needs {
            snr_db: Some(30.0),
            clipped_share: Some(0.0001),
            over_hum_db: Some(30.0),
            lost_share: Some(0.0),
            kilobits_per_s: Some(40.0),
            dry: true,
            ..voice
        };
        let formant =
            Needs { snr_db: Some(20.0), clipped_share: Some(0.01), kilobits_per_s: Some(16.0), dry: true, ..voice };
        QualitySettings {
            reverberant_below_db_per_s: 200.0,
            gain_above_db: 2.0,
            hum_from_db: 10.0,
            pitch: Needs { snr_db: Some(5.0), clipped_share: Some(0.01), over_hum_db: Some(15.0), ..voice },
            level: Needs { snr_db: Some(15.0), clipped_share: Some(0.0001), fixed_gain: true, ..voice },
            jitter: irregularity,
            shimmer: Needs { bandwidth_hz: Some(5_000.0), fixed_gain: true, ..irregularity },
            harmonicity: Needs { bandwidth_hz: Some(5_000.0), ..irregularity },
            formant1: Needs { bandwidth_hz: Some(4_100.0), ..formant },
            formant2: Needs { bandwidth_hz: Some(3_000.0), ..formant },
            formant3: Needs { bandwidth_hz: Some(4_100.0), kilobits_per_s: Some(40.0), ..formant },
            formant4: Needs { bandwidth_hz: Some(5_000.0), kilobits_per_s: Some(40.0), ..formant },
            spectrum: Needs {
                snr_db: Some(20.0),
                bandwidth_hz: Some(5_000.0),
                clipped_share: Some(0.001),
                kilobits_per_s: Some(40.0),
                dry: true,
                ..voice
            },
            speech_rate: Needs { snr_db: Some(5.0), speech_s: Some(5.0), ..voice },
            emotion: Needs {
                snr_db: Some(20.0),
                bandwidth_hz: Some(3_300.0),
                clipped_share: Some(0.01),
                kilobits_per_s: Some(32.0),
                speech_s: Some(2.0),
                dry: true,
                ..voice
            },
            speaker_comparison: Needs {
                snr_db: Some(10.0),
                bandwidth_hz: Some(3_000.0),
                clipped_share: Some(0.01),
                kilobits_per_s: Some(12.0),
                speech_s: Some(10.0),
                dry: true,
                ..voice
            },
        }
    }
}

//! What the measures of a voice need. Where each number is from stands in `docs/methods/quality.md`.

use serde::{Deserialize, Serialize};
use voiceman_base::VoiceMeasure;

/// From where on something is called noticeable, and what every measure needs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct QualitySettings {
    /// Falls of sound in dB a second below which reverberation is noticeable. Default 200, which speech in a room with a
    /// reverberation time of 0.6 s stays below if as much of it comes from the room as directly, and dry speech above.
    pub reverberant_below_db_per_s: f64,
    /// Rise of noise in pauses above which there is automatic gain, in dB. Default 2; a fixed gain gives less than 0.5.
    pub gain_above_db: f64,
    /// Level of mains lines over their neighbourhood from which there is a hum, in dB. Default 10; voices give up to 9.
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

impl QualitySettings {
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
                snr_db: Some(10.0),
                bandwidth_hz: Some(3_000.0),
                clipped_share: Some(0.01),
                kilobits_per_s: Some(12.0),
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

//! What a voice is like from period to period, and the spectrum of its voiced frames.

use crate::{Decibels, Hertz, Measured, UndefinedReason};
use serde::{Deserialize, Serialize};

/// Voice measures of one utterance. Definitions: `docs/methods/acoustics.md`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VoiceMeasures {
    /// Irregularity of the periods.
    pub jitter: Jitter,
    /// Irregularity of the amplitudes of periods.
    pub shimmer: Shimmer,
    /// Mean harmonics-to-noise ratio of the voiced frames.
    pub harmonicity: Measured<Decibels>,
    /// Mean smoothed cepstral peak prominence of the voiced frames.
    pub prominence: Measured<Decibels>,
    /// The lowest four formants over the voiced frames.
    pub formants: [Formant; 4],
    /// Highest frequency that formants were looked for in.
    pub formant_ceiling: Hertz,
    /// Mean level of the first harmonic over the second, not corrected for formants.
    pub first_harmonics: Measured<Decibels>,
    /// What the long-term spectrum of the voiced frames tells.
    pub spectrum: VoiceSpectrum,
}

impl VoiceMeasures {
    /// Every measure missing for the same reason.
    pub fn undefined(reason: UndefinedReason, formant_ceiling: Hertz) -> VoiceMeasures {
        let (share, level, frequency) =
            (Measured::Undefined(reason), Measured::Undefined(reason), Measured::Undefined(reason));
        VoiceMeasures {
            jitter: Jitter { absolute_s: share, local: share, rap: share, ppq5: share },
            shimmer: Shimmer { local: share, local_db: level, apq3: share, apq5: share, apq11: share },
            harmonicity: level,
            prominence: level,
            formants: [Formant { mean: frequency, median: frequency }; 4],
            formant_ceiling,
            first_harmonics: level,
            spectrum: VoiceSpectrum {
                bands: Measured::Undefined(reason),
                tilt: level,
                alpha_ratio: level,
                hammarberg: level,
                centroid: frequency,
            },
        }
    }
}

/// Up to which frequency the formants of a speaker were looked for, so that they can be looked for there again.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct FormantCeiling {
    /// Highest frequency.
    pub frequency: Hertz,
    /// Where it comes from.
    pub basis: FormantCeilingBasis,
}

/// Where a ceiling of formants comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FormantCeilingBasis {
    /// The settings ask for the same ceiling for everybody.
    Fixed,
    /// The one with which the speaker's own formants vary least.
    LeastVariance,
    /// By the speaker's pitch, because there is too little voice to try ceilings on, or too narrow a band.
    Pitch,
    /// The settings' ceiling, because no pitch is known either.
    Settings,
}

/// Irregularity of the periods. All but the first are parts of the mean period: 0.01 is 1 %.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Jitter {
    /// Mean difference of neighbouring periods, in seconds.
    pub absolute_s: Measured<f64>,
    /// The same as a part of the mean period.
    pub local: Measured<f64>,
    /// Relative average perturbation, over three periods.
    pub rap: Measured<f64>,
    /// Five-point period perturbation quotient.
    pub ppq5: Measured<f64>,
}

/// Irregularity of the amplitudes of periods. All but the level are parts of the mean amplitude: 0.01 is 1 %.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Shimmer {
    /// Mean difference of neighbouring amplitudes.
    pub local: Measured<f64>,
    /// Mean absolute difference of neighbouring levels.
    pub local_db: Measured<Decibels>,
    /// Amplitude perturbation quotient over 3 periods.
    pub apq3: Measured<f64>,
    /// Over 5 periods.
    pub apq5: Measured<f64>,
    /// Over 11 periods.
    pub apq11: Measured<f64>,
}

/// One formant over the voiced frames in which it was found.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Formant {
    /// Mean frequency.
    pub mean: Measured<Hertz>,
    /// Median frequency, which single wrong frames do not move.
    pub median: Measured<Hertz>,
}

/// What the long-term average spectrum of the voiced frames tells. None of it depends on the gain.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VoiceSpectrum {
    /// Level of each third-octave band from 100 Hz to 4 kHz over that of all of them together; 17 bands.
    pub bands: Measured<Vec<Decibels>>,
    /// Slope of the bands' mean power, in decibels an octave.
    pub tilt: Measured<Decibels>,
    /// Power from 1 to 5 kHz over that from 50 Hz to 1 kHz.
    pub alpha_ratio: Measured<Decibels>,
    /// Highest power below 2 kHz over the highest from 2 to 5 kHz.
    pub hammarberg: Measured<Decibels>,
    /// Mean frequency from 50 Hz to 5 kHz, weighted by power.
    pub centroid: Measured<Hertz>,
}

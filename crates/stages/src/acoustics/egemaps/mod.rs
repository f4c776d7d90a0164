//! The extended Geneva Minimalistic Acoustic Parameter Set: 88 functionals of 25 low-level descriptors, by their
//! published names.
//!
//! F. Eyben et al. 2016, "The Geneva Minimalistic Acoustic Parameter Set (GeMAPS) for Voice Research and Affective
//! Computing", IEEE Transactions on Affective Computing 7(2), 190-202. Units and scales are those of openSMILE's set
//! `eGeMAPSv02`, so that models trained on it can be fed; how near each functional comes stands in
//! `docs/methods/egemaps.md`. They are not Praat's measures of the same name: jitter, shimmer, harmonicity and formants of
//! this set serve such models and comparisons between recordings made alike, not phonetic statements.

mod assemble;
mod balance;
mod descriptors;
mod formants;
mod functionals;
mod harmonics;
mod mel;
mod names;
mod periods;
mod pitch;
mod spectrum;
mod spline;

pub use names::NAMES;

use descriptors::Tools;
use voiceman_base::{Measured, UndefinedReason};

/// Whose definitions are followed where the published program departs from the published text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Convention {
    /// openSMILE's, so that models trained on its output can be fed: the slopes fall with the level of the sound; `H1`
    /// and `H2` of the harmonic differences are the second and the third harmonic; amplitudes of formants are averaged
    /// over all frames, voiceless ones counting as -201 dB.
    #[default]
    OpenSmile,
    /// The paper's: slopes by least squares, `H1` and `H2` the first and the second harmonic, amplitudes of formants over
    /// voiced frames.
    Corrected,
}

/// How the set is measured. All other constants are the set's own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EgemapsSettings {
    /// Whose definitions are followed.
    pub convention: Convention,
}

/// The 88 functionals of one stretch of sound.
#[derive(Clone, Debug, PartialEq)]
pub struct Egemaps {
    /// In the order of [`NAMES`]; undefined where the stretch has nothing to take the functional of. Never infinite or NaN.
    pub values: [Measured<f64>; 88],
}

impl Egemaps {
    /// No value at all, for one reason.
    pub fn undefined(reason: UndefinedReason) -> Egemaps {
        Egemaps { values: [Measured::Undefined(reason); 88] }
    }

    /// The values with 0 where there is none, which is how openSMILE writes them: for feeding models that were trained on
    /// its output, and for nothing else.
    pub fn or_zero(&self) -> [f64; 88] {
        self.values.map(|value| value.value().unwrap_or(0.0))
    }

    /// The value of this name, or nothing when the set has no such name.
    pub fn get(&self, name: &str) -> Option<Measured<f64>> {
        NAMES.iter().position(|known| *known == name).map(|index| self.values[index])
    }
}

/// Measures sounds of one sample rate. Windows, transforms and filters are made once.
pub struct EgemapsExtractor {
    convention: Convention,
    tools: Tools,
}

impl EgemapsExtractor {
    /// An extractor for sounds of `sample_rate` samples a second, or nothing when the rate is too low: the set looks at
    /// frequencies up to 2 kHz at least.
    pub fn new(sample_rate: u32, settings: &EgemapsSettings) -> Option<EgemapsExtractor> {
        let tools = Tools::new(sample_rate, settings.convention)?;
        Some(EgemapsExtractor { convention: settings.convention, tools })
    }

    /// The functionals of `samples`, full scale being 1. All are undefined where the sound is shorter than one window of
    /// 60 ms (`TooShort`) or all samples are equal (`Silent`); those of voice where no frame is voiced
    /// (`TooFewVoicedFrames`). Samples that are no numbers count as 0.
    pub fn measure(&mut self, samples: &[f32]) -> Egemaps {
        if samples.iter().any(|sample| !sample.is_finite()) {
            let finite: Vec<f32> =
                samples.iter().map(|sample| if sample.is_finite() { *sample } else { 0.0 }).collect();
            return self.measure(&finite);
        }
        if !samples.windows(2).any(|pair| pair[0] != pair[1]) {
            return Egemaps::undefined(if samples.len() < 2 {
                UndefinedReason::TooShort
            } else {
                UndefinedReason::Silent
            });
        }
        match self.tools.describe(samples) {
            Some(descriptors) => assemble::functionals(&descriptors, self.convention),
            None => Egemaps::undefined(UndefinedReason::TooShort),
        }
    }
}

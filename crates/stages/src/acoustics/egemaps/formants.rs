//! Resonances of the vocal tract: roots of the linear prediction polynomial of a spectrum.
//!
//! J. Makhoul 1975, "Linear prediction: a tutorial review", Proceedings of the IEEE 63(4), 561-580. The autocorrelation
//! comes from the power spectrum up to 5.5 kHz, which is the sound at 11 kHz.
//!
//! What openSMILE 2.6 writes as formants of this set are no resonances: a synthetic vowel with resonances of 80 to 150 Hz
//! bandwidth at 500, 1500 and 2500 Hz reads 764, 1597 and 2626 Hz with bandwidths above 800 Hz, and noise reads much the
//! same. Its convention is followed in scale by a prediction from a flattened spectrum; see `docs/methods/egemaps.md`.

use super::super::roots;
use super::Convention;
use realfft::num_complex::Complex;
use realfft::{ComplexToReal, RealFftPlanner};
use std::f64::consts::PI;
use std::sync::Arc;

const HIGHEST_HZ: f64 = 5_500.0;
const ORDER: usize = 11;

/// Formants of the set.
pub(super) const FORMANTS: usize = 3;

/// Pre-emphasis of 6 dB per octave, as a factor of the sample before.
const PRE_EMPHASIS: f64 = 0.97;

/// The flattened spectrum: pre-emphasis, exponent of the power, and white noise beside it as a multiple of the whole. Chosen
/// on EmoDB by the correlation of the formants of single frames with openSMILE's.
const FLAT_PRE_EMPHASIS: f64 = 0.9;
const FLATTENING: f64 = 0.25;
const ADDED_NOISE: f64 = 3.0;

/// Range in which a root counts as a formant.
const RANGE_HZ: std::ops::Range<f64> = 50.0..5_450.0;

/// One resonance, in hertz.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Formant {
    pub(super) frequency: f64,
    pub(super) bandwidth: f64,
}

/// Finds formants in spectra of one bin width.
pub(super) struct FormantFinder {
    sample_rate: f64,
    flattened: bool,
    /// Weight of each bin, for pre-emphasis.
    weights: Vec<f64>,
    inverse: Arc<dyn ComplexToReal<f64>>,
    spectrum: Vec<Complex<f64>>,
    correlation: Vec<f64>,
    scratch: Vec<Complex<f64>>,
}

impl FormantFinder {
    /// For spectra of `bins` bins of `bin_hz` hertz, or nothing where they are too few.
    pub(super) fn new(
        bins: usize,
        bin_hz: f64,
        convention: Convention,
        planner: &mut RealFftPlanner<f64>,
    ) -> Option<FormantFinder> {
        let last = ((HIGHEST_HZ / bin_hz).round() as usize).min(bins.saturating_sub(1));
        if last <= ORDER {
            return None;
        }
        let inverse = planner.plan_fft_inverse(2 * last);
        let flattened = convention == Convention::OpenSmile;
        let (factor, exponent) = if flattened { (FLAT_PRE_EMPHASIS, FLATTENING) } else { (PRE_EMPHASIS, 1.0) };
        let weight = |bin: usize| {
            let angle = PI * bin as f64 / last as f64;
            (1.0 + factor * factor - 2.0 * factor * angle.cos()).powf(exponent)
        };
        Some(FormantFinder {
            flattened,
            weights: (0..=last).map(weight).collect(),
            sample_rate: 2.0 * last as f64 * bin_hz,
            spectrum: inverse.make_input_vec(),
            correlation: inverse.make_output_vec(),
            scratch: inverse.make_scratch_vec(),
            inverse,
        })
    }

    /// The lowest formants of a power spectrum, in order of frequency.
    pub(super) fn find(&mut self, power: &[f64]) -> [Option<Formant>; FORMANTS] {
        let mut found = [None; FORMANTS];
        for ((slot, power), weight) in self.spectrum.iter_mut().zip(power).zip(&self.weights) {
            // A square root twice is the flattening's exponent.
            let power = if self.flattened { power.sqrt().sqrt() } else { *power };
            *slot = Complex::new(power * weight, 0.0);
        }
        let done =
            self.inverse.process_with_scratch(&mut self.spectrum, &mut self.correlation, &mut self.scratch).is_ok();
        if self.flattened {
            self.correlation.iter_mut().take(1).for_each(|whole| *whole *= 1.0 + ADDED_NOISE);
        }
        let Some(polynomial) = prediction(&self.correlation).filter(|_| done) else { return found };
        let mut formants: Vec<Formant> = roots(&polynomial)
            .iter()
            .filter(|root| root.im > 0.0)
            .map(|root| Formant {
                frequency: root.arg() * self.sample_rate / (2.0 * PI),
                bandwidth: -root.norm().ln() * self.sample_rate / PI,
            })
            .filter(|formant| RANGE_HZ.contains(&formant.frequency) && formant.bandwidth.is_finite())
            .collect();
        formants.sort_by(|left, right| left.frequency.total_cmp(&right.frequency));
        for (slot, formant) in found.iter_mut().zip(formants) {
            *slot = Some(formant);
        }
        found
    }
}

/// Coefficients `1, a1, a2, ...` of the prediction error filter, by Levinson's and Durbin's recursion; nothing where the
/// sound gives none.
fn prediction(correlation: &[f64]) -> Option<[f64; ORDER + 1]> {
    let mut coefficients = [0.0; ORDER + 1];
    coefficients[0] = 1.0;
    let mut error = *correlation.first()?;
    for order in 1..=ORDER {
        if !(error > 0.0 && error.is_finite()) {
            return None;
        }
        let before = coefficients;
        let sum: f64 = (0..order).map(|index| before[index] * correlation[order - index]).sum();
        let reflection = -sum / error;
        for index in 1..=order {
            coefficients[index] = before[index] + reflection * before[order - index];
        }
        error *= 1.0 - reflection * reflection;
    }
    Some(coefficients)
}

/// All roots of a polynomial with leading coefficient 1. One that does not come to rest is given as far as it came: the
/// formants of such a frame are filtered like any others.
fn roots(polynomial: &[f64; ORDER + 1]) -> [Complex<f64>; ORDER] {
    let mut roots = [Complex::new(0.0, 0.0); ORDER];
    roots::circle(&mut roots);
    let _ = roots::find(&polynomial[1..], &mut roots);
    roots
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roots_are_those_the_polynomial_was_made_of() {
        let mut wanted = vec![Complex::new(0.6, 0.0)];
        for index in 1..=5 {
            let root = Complex::from_polar(1.0 - 0.03 * f64::from(index), 0.5 * f64::from(index));
            wanted.extend([root, root.conj()]);
        }
        let mut polynomial = vec![Complex::new(1.0, 0.0)];
        for root in &wanted {
            polynomial.push(Complex::new(0.0, 0.0));
            for index in (1..polynomial.len()).rev() {
                let before = polynomial[index - 1];
                polynomial[index] -= root * before;
            }
        }
        let real: [f64; ORDER + 1] = std::array::from_fn(|index| polynomial[index].re);
        for root in roots(&real) {
            let nearest = wanted.iter().map(|wanted| (wanted - root).norm()).fold(f64::INFINITY, f64::min);
            assert!(nearest < 1e-9, "{root} is {nearest} from a root");
        }
    }

    #[test]
    fn silence_has_no_formants() {
        let mut planner = RealFftPlanner::new();
        let mut finder = FormantFinder::new(257, 31.25, Convention::Corrected, &mut planner).expect("enough bins");
        assert_eq!(finder.find(&[0.0; 257]), [None; FORMANTS]);
    }
}

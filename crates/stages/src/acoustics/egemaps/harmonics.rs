//! Harmonics of a voiced frame: harmonicity, and levels of harmonics against each other.

use realfft::num_complex::Complex;
use realfft::{ComplexToReal, RealFftPlanner};
use std::sync::Arc;

/// The period is looked for as far as this share around the one of the pitch track.
const PERIOD_SEARCH: f64 = 0.25;

/// A harmonic's amplitude is the highest within this share of the fundamental frequency.
const HARMONIC_SEARCH: f64 = 0.5;

/// Limits of harmonicity in dB; beyond them it says no more than "none" and "all".
const HARMONICITY_LIMIT_DB: f64 = 100.0;

/// Amplitude of a harmonic below which its level stays constant.
const FLOOR: f64 = 1e-9;

/// Correlates spectra of one length.
pub(super) struct Harmonicity {
    sample_rate: f64,
    inverse: Arc<dyn ComplexToReal<f64>>,
    spectrum: Vec<Complex<f64>>,
    correlation: Vec<f64>,
    scratch: Vec<Complex<f64>>,
}

impl Harmonicity {
    /// For spectra of transforms of `length` samples.
    pub(super) fn new(length: usize, sample_rate: f64, planner: &mut RealFftPlanner<f64>) -> Harmonicity {
        let inverse = planner.plan_fft_inverse(length);
        Harmonicity {
            sample_rate,
            spectrum: inverse.make_input_vec(),
            correlation: inverse.make_output_vec(),
            scratch: inverse.make_scratch_vec(),
            inverse,
        }
    }

    /// `10 log10(r / (r0 - r))` in dB, `r` the highest autocorrelation near the period of `frequency`, `r0` that at lag 0;
    /// nothing without sound or where the period does not fit.
    pub(super) fn measure(&mut self, amplitudes: &[f64], frequency: f64) -> Option<f64> {
        for (slot, amplitude) in self.spectrum.iter_mut().zip(amplitudes) {
            *slot = Complex::new(amplitude * amplitude, 0.0);
        }
        // It fails on wrong buffer lengths only, and on imaginary parts at the ends, which are 0.
        self.inverse.process_with_scratch(&mut self.spectrum, &mut self.correlation, &mut self.scratch).ok()?;
        let period = self.sample_rate / frequency;
        let lags = ((period * (1.0 - PERIOD_SEARCH)).floor().max(1.0) as usize)
            ..(period * (1.0 + PERIOD_SEARCH)).ceil() as usize + 1;
        let whole = *self.correlation.first()?;
        let periodic = self.correlation.get(lags)?.iter().copied().fold(0.0, f64::max);
        if whole <= 0.0 {
            return None;
        }
        let ratio = periodic / (whole - periodic).max(f64::MIN_POSITIVE);
        Some((10.0 * ratio.max(f64::MIN_POSITIVE).log10()).clamp(-HARMONICITY_LIMIT_DB, HARMONICITY_LIMIT_DB))
    }
}

/// Level in dB of harmonic `number` of `frequency`: the highest amplitude near it.
pub(super) fn harmonic_level(amplitudes: &[f64], bin_hz: f64, frequency: f64, number: usize) -> f64 {
    peak_level(amplitudes, bin_hz, frequency * number as f64, frequency * HARMONIC_SEARCH)
}

/// Highest level in dB within `reach` hertz of `frequency`.
pub(super) fn peak_level(amplitudes: &[f64], bin_hz: f64, frequency: f64, reach: f64) -> f64 {
    let middle = (frequency / bin_hz).round().max(0.0) as usize;
    let reach = (reach / bin_hz).floor().max(0.0) as usize;
    let bins = middle.saturating_sub(reach).min(amplitudes.len())..(middle + reach + 1).min(amplitudes.len());
    20.0 * amplitudes[bins].iter().copied().fold(FLOOR, f64::max).log10()
}

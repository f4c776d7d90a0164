//! Loudness and mel-frequency cepstral coefficients from one bank of mel bands.

use std::f64::consts::PI;

/// Bands, from 20 Hz to 8 kHz or half the sample rate.
const BANDS: usize = 26;
const LOWEST_HZ: f64 = 20.0;
const HIGHEST_HZ: f64 = 8_000.0;

/// Coefficients kept, from the first.
pub(super) const COEFFICIENTS: usize = 4;

/// Lifter length, in coefficients (Young et al., The HTK Book).
const LIFTER: f64 = 22.0;

/// Energy of a band below which its logarithm and loudness stay constant.
const CEPSTRUM_FLOOR: f64 = 1e-8;
const LOUDNESS_FLOOR: f64 = 1e-9;

/// Exponent from intensity to loudness (Hermansky 1990).
const LOUDNESS_EXPONENT: f64 = 0.33;

/// The constant and the fall above 3 kHz of openSMILE's equal-loudness weight, found by regression of its loudness of
/// noise on our band energies, with a residual of 2e-6: see `docs/methods/egemaps.md`.
const LOUDNESS_SCALE: f64 = 1.0 / 3_298.0;
const FALL: f64 = 1.7027e31;

/// Triangular bands on the mel scale.
pub(super) struct MelBank {
    /// First bin and weights of each band.
    bands: Vec<(usize, Vec<f64>)>,
    /// Equal-loudness weight of each band.
    loudness: Vec<f64>,
    /// Cosines and lifter of each coefficient.
    cepstrum: Vec<Vec<f64>>,
    energies: Vec<f64>,
}

fn mel(hertz: f64) -> f64 {
    1_127.0 * (hertz / 700.0).ln_1p()
}

/// Hermansky 1990, "Perceptual linear predictive (PLP) analysis of speech", JASA 87(4), equation 7, at `hertz`.
fn equal_loudness(hertz: f64) -> f64 {
    let square = (2.0 * PI * hertz).powi(2);
    let low = (square + 56.8e6) * square * square / ((square + 6.3e6).powi(2) * (square + 0.38e9));
    low / (1.0 + square.powf(3.5) / FALL)
}

impl MelBank {
    /// A bank over spectra of `bins` bins of `bin_hz` hertz.
    pub(super) fn new(bins: usize, bin_hz: f64) -> MelBank {
        let highest = HIGHEST_HZ.min(bins.saturating_sub(1) as f64 * bin_hz);
        let (from, to) = (mel(LOWEST_HZ), mel(highest));
        let edge = |band: usize| from + (to - from) * band as f64 / (BANDS + 1) as f64;
        // The bin that the lowest frequency is rounded to stays outside, as it does in openSMILE.
        let first_bin = (LOWEST_HZ / bin_hz).round() as usize + 1;
        let band = |index: usize| {
            let (left, middle, right) = (edge(index), edge(index + 1), edge(index + 2));
            let weight = |bin: usize| {
                let place = mel(bin as f64 * bin_hz);
                ((place - left) / (middle - left)).min((right - place) / (right - middle)).max(0.0)
            };
            let start = (first_bin..bins).find(|bin| weight(*bin) > 0.0).unwrap_or(bins);
            let weights: Vec<f64> = (start..bins).map(weight).take_while(|weight| *weight > 0.0).collect();
            (start, weights)
        };
        let centre = |index: usize| 700.0 * (edge(index + 1) / 1_127.0).exp_m1();
        let cepstrum = |order: usize| {
            let order = order as f64;
            let lifter = 1.0 + 0.5 * LIFTER * (PI * order / LIFTER).sin();
            let scale = (2.0 / BANDS as f64).sqrt() * lifter;
            (0..BANDS).map(|band| scale * (PI * order * (band as f64 + 0.5) / BANDS as f64).cos()).collect()
        };
        MelBank {
            bands: (0..BANDS).map(band).collect(),
            loudness: (0..BANDS)
                .map(|index| (LOUDNESS_SCALE * equal_loudness(centre(index))).powf(LOUDNESS_EXPONENT))
                .collect(),
            cepstrum: (1..=COEFFICIENTS).map(cepstrum).collect(),
            energies: vec![0.0; BANDS],
        }
    }

    /// Loudness and the first cepstral coefficients of a power spectrum.
    pub(super) fn measure(&mut self, power: &[f64]) -> (f64, [f64; COEFFICIENTS]) {
        for (energy, (start, weights)) in self.energies.iter_mut().zip(&self.bands) {
            let bins = power.get(*start..).unwrap_or(&[]);
            *energy = bins.iter().zip(weights).map(|(power, weight)| power * weight).sum();
        }
        let mut loudness = 0.0;
        for (energy, weight) in self.energies.iter_mut().zip(&self.loudness) {
            loudness += weight * (LOUDNESS_EXPONENT * energy.max(LOUDNESS_FLOOR).ln()).exp();
            *energy = energy.max(CEPSTRUM_FLOOR).ln();
        }
        let mut coefficients = [0.0; COEFFICIENTS];
        for (coefficient, cosines) in coefficients.iter_mut().zip(&self.cepstrum) {
            *coefficient = cosines.iter().zip(&self.energies).map(|(cosine, energy)| cosine * energy).sum();
        }
        (loudness, coefficients)
    }
}

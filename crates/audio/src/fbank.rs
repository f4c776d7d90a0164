//! Logarithmic mel energies as Kaldi makes them, for speaker networks.
//!
//! Kaldi, `feat/feature-fbank.cc` and `feat/mel-computations.cc`, with the settings that CAM++ was trained on (3D-Speaker,
//! `FBank`; torchaudio's `compliance.kaldi.fbank`): frames of 25 ms every 10 ms that lie wholly within the sound, each
//! without its mean, pre-emphasis of 0.97, Povey's window, power spectrum of 512 points, triangular bands on the mel scale
//! from 20 Hz to 8 kHz, natural logarithm with a floor, no dither. Then every band without its mean over the piece.

use realfft::{RealFftPlanner, RealToComplex};
use std::f64::consts::TAU;
use std::sync::Arc;

const RATE: f64 = 16_000.0;
const LENGTH: usize = 400;
const HOP: usize = 160;
const FFT_LENGTH: usize = 512;
const PREEMPHASIS: f32 = 0.97;
const LOWEST_HZ: f64 = 20.0;

/// Makes logarithmic mel energies with a fixed number of bands.
pub struct FilterBank {
    fft: Arc<dyn RealToComplex<f32>>,
    window: Vec<f32>,
    /// Per band: first bin and weights.
    filters: Vec<(usize, Vec<f32>)>,
}

impl FilterBank {
    /// A front end of `bands` bands.
    pub fn new(bands: usize) -> FilterBank {
        let window = (0..LENGTH)
            .map(|index| (0.5 - 0.5 * (TAU * index as f64 / (LENGTH - 1) as f64).cos()).powf(0.85) as f32)
            .collect();
        FilterBank { fft: RealFftPlanner::new().plan_fft_forward(FFT_LENGTH), window, filters: filters(bands) }
    }

    /// Frames that `samples` samples at 16 kHz give.
    pub fn frames(samples: usize) -> usize {
        if samples < LENGTH { 0 } else { 1 + (samples - LENGTH) / HOP }
    }

    /// Samples that give exactly `frames` frames.
    pub fn samples(frames: usize) -> usize {
        if frames == 0 { 0 } else { LENGTH + (frames - 1) * HOP }
    }

    /// Mean-free logarithmic energies of a piece at 16 kHz, row-major `[frames, bands]`.
    pub fn features(&self, samples: &[f32]) -> Vec<f32> {
        let (frames, bands) = (FilterBank::frames(samples.len()), self.filters.len());
        let mut values = Vec::with_capacity(frames * bands);
        let mut frame = self.fft.make_input_vec();
        let mut spectrum = self.fft.make_output_vec();
        let mut scratch = self.fft.make_scratch_vec();
        let mut power = [0.0_f32; FFT_LENGTH / 2];
        for index in 0..frames {
            self.cut(&samples[index * HOP..][..LENGTH], &mut frame);
            if self.fft.process_with_scratch(&mut frame, &mut spectrum, &mut scratch).is_err() {
                continue; // Unreachable: the lengths come from the planner itself.
            }
            for (slot, bin) in power.iter_mut().zip(&spectrum) {
                *slot = bin.norm_sqr();
            }
            values.extend(self.filters.iter().map(|(first, weights)| {
                let energy: f32 = weights.iter().zip(&power[*first..]).map(|(weight, power)| weight * power).sum();
                energy.max(f32::EPSILON).ln()
            }));
        }
        for band in 0..bands {
            let mean = values.iter().skip(band).step_by(bands).map(|value| f64::from(*value)).sum::<f64>()
                / frames.max(1) as f64;
            values.iter_mut().skip(band).step_by(bands).for_each(|value| *value -= mean as f32);
        }
        values
    }

    fn cut(&self, samples: &[f32], frame: &mut [f32]) {
        let mean = samples.iter().sum::<f32>() / LENGTH as f32;
        let mut before = samples[0] - mean;
        for ((slot, sample), weight) in frame.iter_mut().zip(samples).zip(&self.window) {
            let centred = sample - mean;
            *slot = (centred - PREEMPHASIS * before) * weight;
            before = centred;
        }
        frame[LENGTH..].fill(0.0);
    }
}

/// Triangles between centres that lie evenly on the mel scale; the bin at half the sample rate is in none.
fn filters(bands: usize) -> Vec<(usize, Vec<f32>)> {
    let (low, high) = (mel(LOWEST_HZ), mel(RATE / 2.0));
    let step = (high - low) / (bands + 1) as f64;
    (0..bands)
        .map(|band| {
            let left = low + band as f64 * step;
            let weight = |bin: usize| {
                let place = mel(bin as f64 * RATE / FFT_LENGTH as f64);
                ((place - left) / step).min((left + 2.0 * step - place) / step) as f32
            };
            let first = (0..FFT_LENGTH / 2).find(|bin| weight(*bin) > 0.0).unwrap_or(0);
            (first, (first..FFT_LENGTH / 2).map(weight).take_while(|weight| *weight > 0.0).collect())
        })
        .collect()
}

fn mel(hertz: f64) -> f64 {
    1127.0 * (1.0 + hertz / 700.0).ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_and_samples_agree() {
        for frames in [1, 2, 150, 300] {
            assert_eq!(FilterBank::frames(FilterBank::samples(frames)), frames);
            assert_eq!(FilterBank::frames(FilterBank::samples(frames) - 1), frames - 1);
        }
        assert!(FilterBank::new(80).features(&[0.5; 399]).is_empty());
    }

    #[test]
    fn gain_changes_nothing() {
        let mut state = 1_u32;
        let mut noise = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (f64::from(state) / f64::from(u32::MAX) - 0.5) as f32
        };
        let quiet: Vec<f32> = (0..8_000).map(|n| 0.2 * noise() * (1.5 + (n as f32 * 0.002).sin())).collect();
        let loud: Vec<f32> = quiet.iter().map(|sample| sample * 4.0).collect();
        let bank = FilterBank::new(80);
        let furthest =
            bank.features(&quiet).iter().zip(bank.features(&loud)).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(furthest < 1e-3, "{furthest}");
        assert!(bank.features(&[0.0; 1_000]).iter().all(|value| *value == 0.0));
    }
}

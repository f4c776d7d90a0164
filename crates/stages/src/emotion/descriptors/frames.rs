//! Frames of 25 ms every 10 ms: power spectrum, mel energies, level, pitch and how periodic they are.

use crate::acoustics::{PitchSettings, PitchTracker, RangeMethod};
use realfft::{RealFftPlanner, RealToComplex};
use std::f64::consts::TAU;
use std::sync::Arc;

/// Samples a second.
pub(super) const RATE: u32 = 16_000;
const LENGTH: usize = 400;
const HOP: usize = 160;
const FFT_LENGTH: usize = 512;
/// Bins of a spectrum, 31.25 Hz apart.
pub(super) const BINS: usize = FFT_LENGTH / 2 + 1;
/// Mel bands from 50 to 7600 Hz.
pub(super) const BANDS: usize = 40;
/// Frames a second.
pub(super) const FRAME_RATE: f64 = 100.0;
/// Shortest stretch: half a second.
pub(super) const LEAST_SAMPLES: usize = 8_000;
/// How far below the 95th percentile of levels a frame still counts as sound of the voice, in dB.
const RANGE_DB: f64 = 35.0;
/// Power below everything that 16 bits can hold; keeps logarithms finite.
pub(super) const TINY: f64 = 1e-12;

/// As Praat's standard, but up to 600 Hz: excited voices go beyond 500.
pub(super) const PITCH: PitchSettings = PitchSettings {
    floor_hz: 75.0,
    ceiling_hz: 600.0,
    candidates: 15,
    silence_threshold: 0.03,
    voicing_threshold: 0.45,
    octave_cost: 0.01,
    octave_jump_cost: 0.35,
    voiced_unvoiced_cost: 0.14,
    range: RangeMethod::Fixed,
};

/// A stretch, frame by frame.
pub(super) struct Frames {
    /// Power by bin, `[frames, BINS]`.
    pub(super) power: Vec<Vec<f64>>,
    /// Natural logarithm of mel energies, `[frames, BANDS]`.
    pub(super) mel: Vec<Vec<f64>>,
    /// Level in dB.
    pub(super) level: Vec<f64>,
    /// Frequency in hertz, 0 where voiceless.
    pub(super) f0: Vec<f64>,
    /// Likeness of the sound to itself one period later, in `[-1, 1]`; 0 where voiceless.
    pub(super) periodicity: Vec<f64>,
    /// Which frames are no background.
    pub(super) sounding: Vec<usize>,
    /// Which of those are voiced; at least [`super::LEAST_VOICED`].
    pub(super) voiced: Vec<usize>,
    /// 95th percentile of levels.
    pub(super) top: f64,
}

impl Frames {
    /// Number of frames.
    pub(super) fn len(&self) -> usize {
        self.level.len()
    }

    /// Voiced stretches, as first frame and first frame behind.
    pub(super) fn voiced_runs(&self) -> Vec<(usize, usize)> {
        let mut runs: Vec<(usize, usize)> = Vec::new();
        for &frame in &self.voiced {
            match runs.last_mut() {
                Some((_, end)) if *end == frame => *end += 1,
                _ => runs.push((frame, frame + 1)),
            }
        }
        runs
    }
}

/// Makes frames.
pub(super) struct FrameMaker {
    fft: Arc<dyn RealToComplex<f64>>,
    window: Vec<f64>,
    filters: Vec<(usize, Vec<f64>)>,
}

impl FrameMaker {
    pub(super) fn new() -> FrameMaker {
        let window: Vec<f64> =
            (0..LENGTH).map(|index| 0.5 - 0.5 * (TAU * (index + 1) as f64 / (LENGTH + 1) as f64).cos()).collect();
        // So that a spectrum sums to the same whatever the window.
        let energy: f64 = window.iter().map(|value| value * value).sum();
        let window = window.into_iter().map(|value| value / energy.sqrt()).collect();
        FrameMaker { fft: RealFftPlanner::new().plan_fft_forward(FFT_LENGTH), window, filters: filters() }
    }

    /// Frames of at least [`LEAST_SAMPLES`] samples; nothing where too few are voiced.
    pub(super) fn frames(&self, samples: &[f32], pitch: &mut PitchTracker) -> Option<Frames> {
        let count = 1 + samples.len().checked_sub(LENGTH)? / HOP;
        let track = pitch.track(samples)?;
        // Relative to the loudest sample, so that the guards of logarithms do not depend on gain.
        let mut power = Vec::with_capacity(count);
        let (mut input, mut output) = (self.fft.make_input_vec(), self.fft.make_output_vec());
        let mut scratch = self.fft.make_scratch_vec();
        for index in 0..count {
            input.fill(0.0);
            let cut = &samples[index * HOP..][..LENGTH];
            for ((slot, sample), weight) in input.iter_mut().zip(cut).zip(&self.window) {
                *slot = f64::from(*sample) * weight;
            }
            self.fft.process_with_scratch(&mut input, &mut output, &mut scratch).ok()?;
            power.push(output.iter().map(|bin| bin.norm_sqr()).collect::<Vec<f64>>());
        }
        let level: Vec<f64> = power.iter().map(|bins| decibels(bins.iter().sum())).collect();
        let [top] = super::numbers::percentiles(&level, [95.0]);
        let mut f0 = vec![0.0; count];
        let mut periodicity = vec![0.0; count];
        for index in 0..count {
            let time = (index * HOP + LENGTH / 2) as f64 / f64::from(RATE);
            let place = ((time - track.first) / track.step).round();
            if place < 0.0 {
                continue;
            }
            if let Some(frequency) = track.frequencies.get(place as usize).copied().flatten() {
                f0[index] = frequency;
                periodicity[index] = likeness(samples, index * HOP, f64::from(RATE) / frequency);
            }
        }
        let sounding: Vec<usize> = (0..count).filter(|index| level[*index] > top - RANGE_DB).collect();
        let voiced: Vec<usize> = sounding.iter().copied().filter(|index| f0[*index] > 0.0).collect();
        if voiced.len() < super::LEAST_VOICED {
            return None;
        }
        let mel = power.iter().map(|bins| self.mel(bins)).collect();
        Some(Frames { power, mel, level, f0, periodicity, sounding, voiced, top })
    }

    fn mel(&self, bins: &[f64]) -> Vec<f64> {
        let energy = |(first, weights): &(usize, Vec<f64>)| {
            weights.iter().zip(&bins[*first..]).map(|(weight, power)| weight * power).sum::<f64>()
        };
        self.filters.iter().map(|filter| (energy(filter) + TINY).ln()).collect()
    }
}

/// In dB, with a floor far below what can be recorded.
pub(super) fn decibels(power: f64) -> f64 {
    10.0 * (power + TINY).log10()
}

/// Correlation of a frame with what comes one period later, normalised by the energies of both.
fn likeness(samples: &[f32], start: usize, period: f64) -> f64 {
    let lag = period.round() as usize;
    let end = (start + LENGTH).min(samples.len().saturating_sub(lag));
    let Some(one) = samples.get(start..end) else { return 0.0 };
    let other = &samples[start + lag..];
    let (mut product, mut own, mut later) = (0.0, 0.0, 0.0);
    for (a, b) in one.iter().zip(other) {
        let (a, b) = (f64::from(*a), f64::from(*b));
        product += a * b;
        own += a * a;
        later += b * b;
    }
    let scale = (own * later).sqrt();
    if scale > 0.0 { product / scale } else { 0.0 }
}

/// Triangles on the mel scale of HTK (1127 ln(1 + f / 700)), each with the peak 1.
fn filters() -> Vec<(usize, Vec<f64>)> {
    let mel = |hertz: f64| 1127.0 * (1.0 + hertz / 700.0).ln();
    let hertz = |mel: f64| 700.0 * ((mel / 1127.0).exp() - 1.0);
    let (low, high) = (mel(50.0), mel(7600.0));
    let edge = |number: usize| hertz(low + (high - low) * number as f64 / (BANDS + 1) as f64);
    let bin = f64::from(RATE) / FFT_LENGTH as f64;
    let filter = |band: usize| {
        let (left, middle, right) = (edge(band), edge(band + 1), edge(band + 2));
        let weights = (0..BINS).map(|index| {
            let frequency = index as f64 * bin;
            ((frequency - left) / (middle - left)).min((right - frequency) / (right - middle)).max(0.0)
        });
        let weights: Vec<f64> = weights.collect();
        let first = weights.iter().position(|weight| *weight > 0.0).unwrap_or(0);
        let end = weights.iter().rposition(|weight| *weight > 0.0).map_or(first, |last| last + 1);
        (first, weights[first..end].to_vec())
    };
    (0..BANDS).map(filter).collect()
}

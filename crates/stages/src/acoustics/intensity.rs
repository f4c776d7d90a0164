//! Level over time, as Praat's `To Intensity` gives it with its mean subtracted.
//!
//! At each time the samples under a window of `6.4 / floor` seconds, less their plain mean, are squared and averaged
//! with the weights of a Kaiser-20 window (`I0(20.24 sqrt(1 - x^2))`, x from -1 to 1); in decibels re 20 µPa, full scale
//! being 1 Pa. The window is long enough that the ripple of a voice at the floor stays below 0.00001 dB.

use super::arithmetic::sum;
use super::frames::FrameGrid;
use serde::{Deserialize, Serialize};
use std::f64::consts::PI;

/// Periods of the lowest pitch that the window effectively spans; it is twice as long in all.
const EFFECTIVE_PERIODS: f64 = 3.2;

/// Frames per effective window.
const FRAMES_PER_WINDOW: f64 = 4.0;

/// 20 µPa, squared: the threshold of hearing at 1 kHz.
const REFERENCE: f64 = 4e-10;

/// Levels of four frames in a row that differ by more border on digital silence: no room decays so fast.
const SILENCE_BORDER_DB: f64 = 60.0;

/// Independent sums.
const LANES: usize = 8;

/// How level is measured. Defaults: Praat's, for a lowest pitch of 75 Hz.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct IntensitySettings {
    /// Lowest pitch in hertz; it sets window (6.4 periods) and step (0.8 periods).
    pub floor_hz: f64,
}

impl Default for IntensitySettings {
    fn default() -> Self {
        IntensitySettings { floor_hz: 75.0 }
    }
}

/// Level of a sound at evenly spaced times.
#[derive(Clone, Debug, PartialEq)]
pub struct IntensityTrack {
    /// Middle of the first frame, in seconds after the first sample began.
    pub first: f64,
    /// Time between frames in seconds.
    pub step: f64,
    /// Level of each frame in decibels; -300 where there is nothing at all.
    pub levels: Vec<f64>,
}

impl IntensityTrack {
    /// Praat's stand-in for the level of nothing at all, in decibels.
    pub const NO_SOUND: f64 = -300.0;

    /// Level at `time` seconds, on Praat's cubic through the four frames around it; nothing more than half a step beyond
    /// the frames, where no window fits.
    ///
    /// Where speech borders on digital silence a cubic would overshoot by tens of decibels, so it is straight there.
    pub fn at(&self, time: f64) -> Option<f64> {
        let position = (time - self.first) / self.step;
        let last = self.levels.len().checked_sub(1)?;
        if position < -0.5 || position > last as f64 + 0.5 {
            return None;
        }
        let position = position.clamp(0.0, last as f64);
        let left = (position.floor() as usize).min(last);
        let right = (left + 1).min(last);
        let (level_left, level_right) = (self.levels[left], self.levels[right]);
        let (after, before) = (position - left as f64, 1.0 - (position - left as f64));
        let straight = before * level_left + after * level_right;
        let around = self.levels.get(left.wrapping_sub(1)).zip(self.levels.get(left + 2));
        let Some((outer_left, outer_right)) = around else { return Some(straight) };
        let all = [*outer_left, level_left, level_right, *outer_right];
        let highest = all.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let lowest = all.iter().copied().fold(f64::INFINITY, f64::min);
        if highest - lowest > SILENCE_BORDER_DB {
            return Some(straight);
        }
        let slope_left = 0.5 * (level_right - outer_left);
        let slope_right = 0.5 * (outer_right - level_left);
        let bend = 0.5 * (slope_right - slope_left)
            + (after - 0.5) * (slope_left + slope_right - 2.0 * (level_right - level_left));
        Some(straight - after * before * bend)
    }
}

/// Measures level in sounds of one sample rate. The window is made once.
pub struct IntensityMeter {
    sample_rate: f64,
    window_seconds: f64,
    step: f64,
    /// An odd number of weights.
    weights: Vec<f64>,
}

impl IntensityMeter {
    /// A meter for sounds of `sample_rate` samples a second, or nothing when a window would hold a single sample.
    pub fn new(sample_rate: u32, settings: &IntensitySettings) -> Option<IntensityMeter> {
        let sample_rate = f64::from(sample_rate);
        let effective = EFFECTIVE_PERIODS / settings.floor_hz;
        let sample_period = 1.0 / sample_rate;
        let half = (effective / sample_period).floor() as usize;
        if half == 0 {
            return None;
        }
        let weight = |n: usize| {
            let place = (n as f64 - half as f64) * sample_period / effective;
            bessel_i0((2.0 * PI * PI + 0.5) * (1.0 - place * place).max(0.0).sqrt())
        };
        Some(IntensityMeter {
            sample_rate,
            window_seconds: 2.0 * effective,
            step: effective / FRAMES_PER_WINDOW,
            weights: (0..=2 * half).map(weight).collect(),
        })
    }

    /// Level of `samples`, or nothing when they are shorter than one window.
    pub fn measure(&self, samples: &[f32]) -> Option<IntensityTrack> {
        let grid = FrameGrid::centred(samples.len(), self.sample_rate, self.window_seconds, self.step)?;
        let half = self.weights.len() / 2;
        let levels = (0..grid.frames).map(|index| {
            let sample_period = 1.0 / self.sample_rate;
            let nearest = ((grid.time(index) - 0.5 * sample_period) / sample_period).round().max(0.0) as usize;
            // Rounding may push the first and last window over the end by a sample.
            let start = nearest.saturating_sub(half);
            let end = (nearest + half + 1).min(samples.len()).max(start);
            let first_weight = (start + half).saturating_sub(nearest);
            decibels(mean_square(&samples[start.min(samples.len())..end], &self.weights[first_weight..]))
        });
        Some(IntensityTrack { first: grid.first, step: grid.step, levels: levels.collect() })
    }
}

/// Weighted mean of the squares of `samples` less their plain mean.
fn mean_square(samples: &[f32], weights: &[f64]) -> f64 {
    let mean = sum(samples) / samples.len().max(1) as f64;
    let length = samples.len().min(weights.len());
    let (samples, weights) = (&samples[..length], &weights[..length]);
    let mut squares = [0.0; LANES];
    let whole = length - length % LANES;
    for (samples, weights) in samples[..whole].chunks_exact(LANES).zip(weights[..whole].chunks_exact(LANES)) {
        for lane in 0..LANES {
            let value = f64::from(samples[lane]) - mean;
            squares[lane] += value * value * weights[lane];
        }
    }
    for (sample, weight) in samples[whole..].iter().zip(&weights[whole..]) {
        let value = f64::from(*sample) - mean;
        squares[0] += value * value * weight;
    }
    let total = sum(weights);
    if total > 0.0 { squares.iter().sum::<f64>() / total } else { 0.0 }
}

/// Decibels re 20 µPa of a mean square in Pa².
fn decibels(mean_square: f64) -> f64 {
    let relative = mean_square / REFERENCE;
    if relative < 1e-30 { IntensityTrack::NO_SOUND } else { 10.0 * relative.log10() }
}

/// Modified Bessel function of the first kind of order 0, by its power series; 60 terms reach double precision for
/// arguments up to 25.
fn bessel_i0(x: f64) -> f64 {
    let quarter = 0.25 * x * x;
    let mut term = 1.0;
    let mut sum = 1.0;
    for k in 1..60 {
        term *= quarter / f64::from(k * k);
        sum += term;
    }
    sum
}

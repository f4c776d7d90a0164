//! A sound at lower rates, as Praat's `Resample` makes it with a precision of 50.
//!
//! Everything above half the new rate is taken out of the spectrum, then each new sample is interpolated by sin(x)/x over 50
//! samples to each side. Where little is left near the edge of the spectrum, what exactly is taken out decides formants
//! (linear prediction sees the depth of the gap), so the length of the transform and its last bin are Praat's as well.

use super::super::arithmetic::dot;
use super::super::frames::FrameGrid;
use super::super::interpolate::sinc;
use realfft::RealFftPlanner;
use realfft::num_complex::Complex;
use std::f64::consts::PI;

/// Samples to each side of an interpolated one.
const PRECISION: usize = 50;

/// Silence before a sound and at least as much behind it, in samples.
const GUARD: usize = 1_000;

/// Longest transform. Longer sounds, 22 s at 48 kHz, are filtered in blocks with the sound itself around them, which bounds
/// memory and differs from one transform by less than -60 dB.
const LONGEST: usize = 1 << 20;

/// Brings sounds of one rate to others.
pub(crate) struct Resampler {
    from: f64,
    planner: RealFftPlanner<f64>,
}

impl Resampler {
    /// For sounds of so many samples a second.
    pub(crate) fn new(from: f64) -> Resampler {
        Resampler { from, planner: RealFftPlanner::new() }
    }

    /// `samples` at each of the rates `to`; the same stretch of time, so a first new sample need not lie on an old one.
    pub(crate) fn resample<const N: usize>(&mut self, samples: &[f64], to: [f64; N]) -> [Resampled; N] {
        let filtered = self.low_pass(samples, to);
        let mut index = 0;
        to.map(|rate| {
            let source = filtered.get(index).filter(|_| rate < self.from).map_or(samples, Vec::as_slice);
            index += 1;
            interpolate(source, self.from, rate)
        })
    }

    /// The sound without what lies above half of each rate; nothing for rates that are not lower.
    fn low_pass<const N: usize>(&mut self, samples: &[f64], to: [f64; N]) -> [Vec<f64>; N] {
        let mut filtered = to.map(|_| Vec::new());
        if to.iter().all(|rate| *rate >= self.from) {
            return filtered;
        }
        let length = (samples.len() + 2 * GUARD).next_power_of_two().min(LONGEST);
        let forward = self.planner.plan_fft_forward(length);
        let backward = self.planner.plan_fft_inverse(length);
        let mut block = vec![0.0; length];
        let mut spectrum = forward.make_output_vec();
        let mut part = spectrum.clone();
        let mut scratch = vec![Complex::new(0.0, 0.0); forward.get_scratch_len().max(backward.get_scratch_len())];
        let step = length - 2 * GUARD;
        for begin in (0..samples.len()).step_by(step) {
            // A block begins GUARD samples before `begin`, with silence where there are none.
            let missing = GUARD.saturating_sub(begin);
            let source = &samples[(begin + missing) - GUARD..(begin + length - GUARD).min(samples.len())];
            block.fill(0.0);
            block[missing..missing + source.len()].copy_from_slice(source);
            // Transforms only fail on wrong buffer lengths, which are right, or on imaginary ends, which are zero.
            let _ = forward.process_with_scratch(&mut block, &mut spectrum, &mut scratch);
            for (rate, filtered) in to.iter().zip(&mut filtered) {
                if *rate >= self.from {
                    continue;
                }
                part.copy_from_slice(&spectrum);
                cut(&mut part, (rate / self.from * length as f64).floor() as usize);
                let _ = backward.process_with_scratch(&mut part, &mut block, &mut scratch);
                let kept = GUARD..GUARD + step.min(samples.len() - begin);
                filtered.extend(block[kept].iter().map(|value| value / length as f64));
            }
        }
        filtered
    }
}

/// Takes out of a spectrum what lies at `edge` half bins and above. Real and imaginary parts count as neighbours, so that
/// an even edge leaves the bin below it its real part.
fn cut(spectrum: &mut [Complex<f64>], edge: usize) {
    let bin = (edge / 2).min(spectrum.len());
    if edge.is_multiple_of(2)
        && let Some(last) = spectrum[..bin].last_mut()
    {
        last.im = 0.0;
    }
    spectrum[bin..].fill(Complex::new(0.0, 0.0));
}

/// A sound at another rate.
pub(crate) struct Resampled {
    pub(crate) samples: Vec<f64>,
    pub(crate) rate: f64,
    /// Middle of the first sample, in seconds after the sound began.
    first: f64,
    /// Length of the sound before, in seconds.
    pub(crate) duration: f64,
}

impl Resampled {
    /// Frames of `window` seconds every `step` seconds, centred on the sound; nothing where not one fits.
    pub(crate) fn frames(&self, window: f64, step: f64) -> Option<FrameGrid> {
        let period = 1.0 / self.rate;
        let duration = period * self.samples.len() as f64;
        FrameGrid::around(self.first - 0.5 * period + 0.5 * duration, duration, window, step)
    }

    /// Index of the sample nearest to `time`; may be negative.
    pub(crate) fn nearest(&self, time: f64) -> isize {
        // Counted from 1, as Praat counts: where two samples are equally near, rounding decides as it does there.
        ((time - self.first) / (1.0 / self.rate) + 1.0 + 0.5).floor() as isize - 1
    }

    /// Index of the last sample at or before `time`; may be negative.
    pub(crate) fn before(&self, time: f64) -> isize {
        ((time - self.first) / (1.0 / self.rate) + 1.0).floor() as isize - 1
    }

    /// Lifts high frequencies by 6 dB an octave above `from` hertz.
    pub(crate) fn pre_emphasise(&mut self, from: f64) {
        let factor = (-2.0 * PI * from / self.rate).exp();
        let mut before = 0.0;
        for sample in &mut self.samples {
            let here = *sample;
            *sample = here - factor * before;
            before = here;
        }
    }
}

/// Interpolates `source`, which is a whole number of samples a second, to another whole number.
fn interpolate(source: &[f64], from: f64, to: f64) -> Resampled {
    let duration = source.len() as f64 / from;
    let count = (duration * to).round() as usize;
    let first = 0.5 * (duration - (count as f64 - 1.0) / to);
    let base = first * from - 0.5;
    // Fractions between samples come back after `phases` samples, which cover `stride` old ones.
    let divisor = common_divisor(from.round() as u64, to.round() as u64).max(1);
    let (phases, stride) = ((to.round() as u64 / divisor) as usize, (from.round() as u64 / divisor) as usize);
    let places: Vec<(isize, Vec<f64>)> = (0..phases.min(count))
        .map(|phase| {
            let position = base + phase as f64 * from / to;
            (position.floor() as isize + 1 - PRECISION as isize, weights(position - position.floor()))
        })
        .collect();
    let samples = (0..count).map(|index| {
        let (offset, weights) = &places[index % phases];
        let begin = offset + (index / phases * stride) as isize;
        let inside = usize::try_from(begin).ok().and_then(|begin| source.get(begin..begin + 2 * PRECISION));
        // Near the ends there are fewer samples to each side.
        inside.map_or_else(|| sinc(source, base + index as f64 * from / to, PRECISION), |inside| dot(inside, weights))
    });
    Resampled { samples: samples.collect(), rate: to, first, duration: 1.0 / from * source.len() as f64 }
}

/// What each of the `2 * PRECISION` samples around a place counts, `fraction` behind the last sample before it.
fn weights(fraction: f64) -> Vec<f64> {
    let weight = |distance: f64, reach: f64| {
        let sine = if distance == 0.0 { 1.0 } else { (PI * distance).sin() / (PI * distance) };
        sine * (0.5 + 0.5 * (PI * distance / (reach + PRECISION as f64)).cos())
    };
    let before = (0..PRECISION).rev().map(|k| weight(fraction + k as f64, fraction));
    let after = (0..PRECISION).map(|k| weight(1.0 - fraction + k as f64, 1.0 - fraction));
    before.chain(after).collect()
}

fn common_divisor(left: u64, right: u64) -> u64 {
    if right == 0 { left } else { common_divisor(right, left % right) }
}

//! A sound at lower rates, as Praat's `Resample` makes it with a precision of 50.
//!
//! Everything above half the new rate is taken out of the spectrum, then each new sample is interpolated by sin(x)/x over 50
//! samples to each side. Where little is left near the edge of the spectrum, what exactly is taken out decides formants
//! (linear prediction sees the depth of the gap), so the length of the transform and its last bin are Praat's as well.

use super::super::arithmetic::{dot, vectorized};
use super::super::frames::FrameGrid;
use super::super::interpolate::sinc;
use realfft::RealFftPlanner;
use realfft::num_complex::Complex;
use std::collections::BTreeMap;
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
    /// Where new samples lie between old ones, by the bits of the rate: sounds of the same length have the same.
    phases: BTreeMap<u64, Phases>,
}

/// What of the old samples counts how much for each new one, over and over.
struct Phases {
    /// Place of the first new sample among the old ones.
    base: f64,
    /// Old samples after which the places come back.
    stride: usize,
    /// First old sample and what each of `2 * PRECISION` from there on counts.
    places: Vec<(isize, Vec<f64>)>,
}

impl Resampler {
    /// For sounds of so many samples a second.
    pub(crate) fn new(from: f64) -> Resampler {
        Resampler { from, planner: RealFftPlanner::new(), phases: BTreeMap::new() }
    }

    /// `samples` at each of the rates `to`; the same stretch of time, so a first new sample need not lie on an old one.
    pub(crate) fn resample<const N: usize>(&mut self, samples: &[f64], to: [f64; N]) -> [Resampled; N] {
        let filtered = self.low_pass(samples, &to);
        let mut index = 0;
        to.map(|rate| {
            let source = filtered.get(index).filter(|_| rate < self.from).map_or(samples, Vec::as_slice);
            index += 1;
            self.interpolate(source, rate, (0.0, f64::INFINITY))
        })
    }

    /// As [`Resampler::resample`], one after the other, with samples only from the first to the second second of `within` and
    /// zeros elsewhere.
    pub(crate) fn each_within(
        &mut self,
        samples: &[f64],
        to: &[f64],
        within: (f64, f64),
        mut take: impl FnMut(Resampled),
    ) {
        let filtered = self.low_pass(samples, to);
        for (rate, filtered) in to.iter().zip(&filtered) {
            let source = if *rate < self.from { filtered } else { samples };
            take(self.interpolate(source, *rate, within));
        }
    }

    /// The sound without what lies above half of each rate; nothing for rates that are not lower.
    fn low_pass(&mut self, samples: &[f64], to: &[f64]) -> Vec<Vec<f64>> {
        let mut filtered = vec![Vec::new(); to.len()];
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

    /// Interpolates `source`, which is a whole number of samples a second, to another whole number, between two moments.
    fn interpolate(&mut self, source: &[f64], to: f64, (begin, end): (f64, f64)) -> Resampled {
        let from = self.from;
        let duration = source.len() as f64 / from;
        let count = (duration * to).round() as usize;
        let first = 0.5 * (duration - (count as f64 - 1.0) / to);
        let base = first * from - 0.5;
        let known = self.phases.remove(&to.to_bits()).filter(|known| known.base == base);
        let phases = known.unwrap_or_else(|| Phases::new(base, from, to));
        let mut samples = vec![0.0; count];
        let low = (((begin - first) * to).floor().max(0.0) as usize).min(count);
        let high = (((end - first) * to).ceil().max(0.0) as usize).saturating_add(1).clamp(low, count);
        let part = &mut samples[low..high];
        vectorized(fill, Gaps { source, phases: &phases, spacing: from / to, first: low, samples: part });
        self.phases.insert(to.to_bits(), phases);
        Resampled { samples, rate: to, first, duration: 1.0 / from * source.len() as f64 }
    }
}

impl Phases {
    /// Of a sound whose first new sample lies at `base`, from and to these rates.
    fn new(base: f64, from: f64, to: f64) -> Phases {
        // Fractions between samples come back after `count` samples, which cover `stride` old ones.
        let divisor = common_divisor(from.round() as u64, to.round() as u64).max(1);
        let (count, stride) = ((to.round() as u64 / divisor) as usize, (from.round() as u64 / divisor) as usize);
        let places = (0..count.max(1)).map(|phase| {
            let position = base + phase as f64 * from / to;
            (position.floor() as isize + 1 - PRECISION as isize, weights(position - position.floor()))
        });
        Phases { base, stride, places: places.collect() }
    }
}

/// New samples to be told from old ones.
struct Gaps<'a> {
    source: &'a [f64],
    phases: &'a Phases,
    /// Old samples from one new one to the next.
    spacing: f64,
    /// Which new sample is the first of `samples`.
    first: usize,
    samples: &'a mut [f64],
}

#[inline(always)]
fn fill(gaps: Gaps<'_>) {
    let Gaps { source, phases, spacing, first, samples } = gaps;
    for (index, sample) in (first..).zip(samples) {
        let (offset, weights) = &phases.places[index % phases.places.len()];
        let begin = offset + (index / phases.places.len() * phases.stride) as isize;
        let inside = usize::try_from(begin).ok().and_then(|begin| source.get(begin..begin + 2 * PRECISION));
        // Near the ends there are fewer samples to each side.
        *sample = match inside {
            Some(inside) => dot(inside, weights),
            None => sinc(source, phases.base + index as f64 * spacing, PRECISION),
        };
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

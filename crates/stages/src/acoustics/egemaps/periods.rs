//! Jitter and shimmer of a voiced frame, from its periods as the waveform shows them.

use std::ops::Range;

/// The next period is looked for as far as this share around the one of the pitch track.
const SEARCH: f64 = 0.1;

/// Correlation of neighbouring periods below which the walk through them ends.
const LEAST_CORRELATION: f64 = 0.5;

/// Irregularity of the periods of one frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Irregularity {
    /// Mean difference of neighbouring periods' lengths over their mean length.
    pub(super) jitter: f64,
    /// Mean difference of neighbouring periods' amplitudes, in dB.
    pub(super) shimmer_db: f64,
}

/// Walks through voiced stretches period by period.
#[derive(Default)]
pub(super) struct PeriodWalk {
    /// Where the walk stands, in samples, and the last period's length and amplitude.
    position: f64,
    last: Option<(f64, f64)>,
    held: Option<Irregularity>,
}

impl PeriodWalk {
    /// A voiceless frame: the next voiced one begins anew.
    pub(super) fn rest(&mut self) {
        *self = PeriodWalk::default();
    }

    /// Irregularity of the periods that frame `place` adds, or of those before it where it adds none.
    pub(super) fn measure(&mut self, samples: &[f32], place: Range<usize>, period: f64) -> Option<Irregularity> {
        let mut lengths = Vec::new();
        let mut differences = 0.0;
        let mut decibels = 0.0;
        let mut pairs = 0.0;
        self.position = self.position.max(place.start as f64);
        while self.position + (2.0 + SEARCH) * period + 2.0 < place.end as f64 {
            let start = self.position.round() as usize;
            let Some((length, correlation)) = next_period(samples, start, period) else { break };
            let amplitude = swing(samples, start, length);
            if correlation < LEAST_CORRELATION {
                self.last = None;
            } else {
                if let Some((length_before, amplitude_before)) = self.last {
                    differences += (length - length_before).abs();
                    if amplitude > 0.0 && amplitude_before > 0.0 {
                        decibels += (20.0 * (amplitude / amplitude_before).log10()).abs();
                    }
                    pairs += 1.0;
                }
                lengths.push(length);
                self.last = Some((length, amplitude));
            }
            self.position += length;
        }
        if pairs > 0.0 {
            let mean = lengths.iter().sum::<f64>() / lengths.len() as f64;
            self.held = Some(Irregularity { jitter: differences / pairs / mean, shimmer_db: decibels / pairs });
        }
        self.held
    }
}

/// The lag near `period` at which the wave after `start` repeats best, to a fraction of a sample, and the correlation there.
fn next_period(samples: &[f32], start: usize, period: f64) -> Option<(f64, f64)> {
    let width = period.round().max(2.0) as usize;
    let lags = ((period * (1.0 - SEARCH)).floor().max(2.0) as usize)..(period * (1.0 + SEARCH)).ceil() as usize + 1;
    let first = samples.get(start..start + width)?;
    let own = f64::from(product(first, first)).sqrt();
    let correlation = |lag: usize| -> Option<f64> {
        let second = samples.get(start + lag..start + lag + width)?;
        let norm = own * f64::from(product(second, second)).sqrt();
        Some(if norm > 0.0 { f64::from(product(first, second)) / norm } else { 0.0 })
    };
    let mut best: Option<(usize, f64)> = None;
    for lag in lags {
        let value = correlation(lag)?;
        if best.is_none_or(|(_, highest)| value > highest) {
            best = Some((lag, value));
        }
    }
    let (lag, middle) = best?;
    let (left, right) = (correlation(lag - 1)?, correlation(lag + 1)?);
    let bend = left - 2.0 * middle + right;
    let offset = if bend < 0.0 { (0.5 * (left - right) / bend).clamp(-0.5, 0.5) } else { 0.0 };
    Some((lag as f64 + offset, middle))
}

/// The scalar product, in eight sums that a processor can do at once.
fn product(left: &[f32], right: &[f32]) -> f32 {
    let (mut left, mut right) = (left.chunks_exact(8), right.chunks_exact(8));
    let mut sums = [0.0_f32; 8];
    for (left, right) in left.by_ref().zip(right.by_ref()) {
        for ((sum, left), right) in sums.iter_mut().zip(left).zip(right) {
            *sum += left * right;
        }
    }
    let rest: f32 = left.remainder().iter().zip(right.remainder()).map(|(left, right)| left * right).sum();
    sums.iter().sum::<f32>() + rest
}

/// Highest less lowest sample of a period.
fn swing(samples: &[f32], start: usize, length: f64) -> f64 {
    let end = (start + length.round().max(1.0) as usize).min(samples.len());
    let (lowest, highest) = samples
        .get(start..end)
        .unwrap_or(&[])
        .iter()
        .fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), sample| (low.min(*sample), high.max(*sample)));
    if lowest <= highest { f64::from(highest) - f64::from(lowest) } else { 0.0 }
}

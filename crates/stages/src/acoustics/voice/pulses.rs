//! Glottal pulses: one moment in every period of a voice, found in the waveform.
//!
//! The method is that of Praat's `Sound & Pitch: To PointProcess (cc)`, as its manual describes it: in each voiced interval
//! the first pulse is the highest excursion within half a period of the interval's middle; from there on to both sides,
//! the next pulse is where one period of the wave is most like the period around the pulse before, between 0.8 and 1.25
//! periods away, told between samples by a parabola. Pitch says which period to expect; where pulses lie, the wave says.

use super::super::arithmetic::{dot, vectorized};
use super::super::pitch::PitchTrack;

/// Nearest and furthest place of the next pulse, in periods.
const NEAREST: f64 = 0.8;
const FURTHEST: f64 = 1.25;

/// Likeness of neighbouring periods below which there is no pulse.
const LEAST_CORRELATION: f64 = 0.3;

/// Likeness above which one pulse beyond the edge of a voiced interval counts.
const EDGE_CORRELATION: f64 = 0.7;

/// Parts of the sound's peak below which a period is too quiet for a pulse, inside and beyond a voiced interval.
const QUIET: f64 = 0.01;
const EDGE_QUIET: f64 = 0.023_333;

/// What the search around one pulse found.
struct Next {
    /// Place in seconds.
    time: f64,
    /// Likeness of the two periods in `[-1, 1]`, a little more by interpolation; -1 where no maximum was found.
    correlation: f64,
    /// Highest absolute value of the period found.
    peak: f64,
}

/// Places of the glottal pulses in `samples`, in seconds after the first sample began, in ascending order.
///
/// `pitch` is the pitch track of the same samples. Without voiced frames there are no pulses.
pub fn pulses(samples: &[f64], sample_rate: f64, pitch: &PitchTrack) -> Vec<f64> {
    let wave = Wave { samples, sample_rate };
    let loudest = samples.iter().fold(0.0_f64, |peak, value| peak.max(value.abs()));
    let mut found = Vec::new();
    for (first, last) in voiced_intervals(pitch) {
        let start = pitch.time(first) - 0.5 * pitch.step;
        let end = pitch.time(last) + 0.5 * pitch.step;
        interval(&wave, pitch, (start, end), loudest, &mut found);
    }
    found
}

/// First and last frame of each run of voiced frames.
fn voiced_intervals(pitch: &PitchTrack) -> Vec<(usize, usize)> {
    let mut begun = 0;
    let runs = pitch.frequencies.chunk_by(|left, right| left.is_some() == right.is_some());
    runs.filter_map(|run| {
        let first = begun;
        begun += run.len();
        run.first().copied().flatten().map(|_| (first, begun - 1))
    })
    .collect()
}

/// Adds the pulses of one voiced interval to `found`.
fn interval(wave: &Wave, pitch: &PitchTrack, (start, end): (f64, f64), loudest: f64, found: &mut Vec<f64>) {
    let middle = 0.5 * (start + end);
    let Some(frequency) = frequency_at(pitch, middle) else { return };
    let Some(first) = wave.extremum(middle - 0.5 / frequency, middle + 0.5 / frequency) else { return };
    // A pulse beyond the edge of the interval before may be the first of this one.
    let taken = found.last().copied().unwrap_or(f64::NEG_INFINITY);
    let mut before = Vec::new();
    let mut time = first;
    while let Some(frequency) = frequency_at(pitch, time) {
        let next = wave.most_alike(time, 1.0 / frequency, (-FURTHEST / frequency, -NEAREST / frequency));
        time = if next.correlation > -1.0 { next.time } else { time - 1.0 / frequency };
        let free = time - taken > NEAREST / frequency;
        if time < start {
            if next.correlation > EDGE_CORRELATION && next.peak > EDGE_QUIET * loudest && free {
                before.push(time);
            }
            break;
        }
        if next.correlation > LEAST_CORRELATION && (next.peak == 0.0 || next.peak > QUIET * loudest) && free {
            before.push(time);
        }
    }
    found.extend(before.iter().rev());
    found.push(first);
    time = first;
    while let Some(frequency) = frequency_at(pitch, time) {
        let next = wave.most_alike(time, 1.0 / frequency, (NEAREST / frequency, FURTHEST / frequency));
        time = if next.correlation > -1.0 { next.time } else { time + 1.0 / frequency };
        if time >= end {
            if next.correlation > EDGE_CORRELATION && next.peak > EDGE_QUIET * loudest {
                found.push(time);
            }
            break;
        }
        if next.correlation > LEAST_CORRELATION && (next.peak == 0.0 || next.peak > QUIET * loudest) {
            found.push(time);
        }
    }
}

/// Pitch at `time` in hertz: on the line between the frames around it, or that of the nearest frame where the other one is
/// voiceless. Nothing where the nearest frame is voiceless or there is none within half a step.
fn frequency_at(pitch: &PitchTrack, time: f64) -> Option<f64> {
    let position = (time - pitch.first) / pitch.step;
    let last = pitch.frequencies.len().checked_sub(1)?;
    if !(position >= -0.5 && position <= last as f64 + 0.5) {
        return None;
    }
    let position = position.clamp(0.0, last as f64);
    let left = (position.floor() as usize).min(last);
    let share = position - left as f64;
    let (near, far, weight) = if share < 0.5 { (left, left + 1, share) } else { (left + 1, left, 1.0 - share) };
    let near = pitch.frequencies.get(near).copied().flatten()?;
    let far = pitch.frequencies.get(far).copied().flatten().unwrap_or(near);
    Some(near + weight * (far - near))
}

struct Wave<'a> {
    samples: &'a [f64],
    sample_rate: f64,
}

impl Wave<'_> {
    /// Index of the sample whose middle is nearest to `time`; may lie outside.
    fn nearest(&self, time: f64) -> isize {
        (time * self.sample_rate - 0.5).round() as isize
    }

    /// Place in seconds of the highest absolute value between `from` and `to`, told between samples by a parabola.
    fn extremum(&self, from: f64, to: f64) -> Option<f64> {
        // Both ends count even where they lie between two samples.
        let low = (from * self.sample_rate - 0.5).floor().max(0.0) as usize;
        let high = (to * self.sample_rate - 0.5).ceil().max(0.0) as usize;
        let within = self.samples.get(low..=high.min(self.samples.len().saturating_sub(1)))?;
        let (mut place, mut peak) = (None, -1.0);
        for (index, value) in within.iter().enumerate() {
            // Of equal excursions to both sides the upper one counts.
            if value.abs() > peak || (*value == peak && within[place.unwrap_or(index)] < 0.0) {
                (place, peak) = (Some(index), value.abs());
            }
        }
        let place = place?;
        let fraction = match within.get(place.wrapping_sub(1)).zip(within.get(place + 1)) {
            Some((before, after)) => {
                let curvature = 2.0 * within[place] - before - after;
                if curvature != 0.0 { 0.5 * (after - before) / curvature } else { 0.0 }
            }
            None => 0.0,
        };
        Some(((low + place) as f64 + fraction + 0.5) / self.sample_rate)
    }

    /// Where, between `from` and `to` seconds after `time`, the `window` seconds around are most like those around `time`.
    fn most_alike(&self, time: f64, window: f64, range: (f64, f64)) -> Next {
        vectorized(Wave::search, (self, time, window, range))
    }

    #[inline(always)]
    fn search((wave, time, window, (from, to)): (&Self, f64, f64, (f64, f64))) -> Next {
        let mut next = Next { time, correlation: -1.0, peak: 0.0 };
        let half = 0.5 * window;
        let (left, right) = (wave.nearest(time - half), wave.nearest(time + half));
        let low = ((time + from - half) * wave.sample_rate - 0.5).floor() as isize;
        let high = ((time + to - half) * wave.sample_rate - 0.5).ceil() as isize;
        let mut best = -1.0;
        // Nothing is alike outside of the range: it may end in a maximum.
        let (mut two_before, mut one_before) = (0.0, 0.0);
        let mut energies = None;
        for start in low..=high {
            let here = wave.likeness(left, right, start, &mut energies);
            if one_before >= here && one_before >= two_before && one_before > best {
                best = one_before;
                let (curvature, slope) = (2.0 * one_before - two_before - here, 0.5 * (here - two_before));
                let (shift, rise) =
                    if curvature > 0.0 { (slope / curvature, 0.5 * slope * slope / curvature) } else { (0.0, 0.0) };
                let place = (start - 1 - left) as f64 + shift;
                next.time = time + place / wave.sample_rate;
                next.correlation = one_before + rise;
                next.peak = wave.peak(start, start + right - left);
            }
            (two_before, one_before) = (one_before, here);
        }
        next
    }

    /// Correlation of the samples `left..=right` with as many from `start` on; pairs of which one lies outside of the
    /// sound are left out. `energies` are those of the two for the start before.
    #[inline(always)]
    fn likeness(&self, left: isize, right: isize, start: isize, energies: &mut Option<(f64, f64)>) -> f64 {
        let length = self.samples.len() as isize;
        let shift = start - left;
        let whole = left >= 0 && right < length && start >= 0 && right + shift < length;
        let from = left.max(0).max(-shift);
        let to = right.min(length - 1).min(length - 1 - shift);
        if from > to {
            return 0.0;
        }
        let here = &self.samples[from as usize..=to as usize];
        let there = &self.samples[(from + shift) as usize..=(to + shift) as usize];
        let (energy, other) = match *energies {
            Some((energy, other)) if whole && start > 0 => {
                let gone = self.samples[start as usize - 1];
                let come = self.samples[(right + shift) as usize];
                (energy, other + come * come - gone * gone)
            }
            _ => (dot(here, here), dot(there, there)),
        };
        *energies = whole.then_some((energy, other));
        if energy > 0.0 && other > 0.0 { dot(here, there) / (energy * other).sqrt() } else { 0.0 }
    }

    /// Highest absolute value of the samples `from..=to`.
    fn peak(&self, from: isize, to: isize) -> f64 {
        let length = self.samples.len() as isize;
        let (from, to) = (from.clamp(0, length), (to + 1).clamp(0, length));
        self.samples[from as usize..to.max(from) as usize].iter().fold(0.0, |peak, value| peak.max(value.abs()))
    }
}

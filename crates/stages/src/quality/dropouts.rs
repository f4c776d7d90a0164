//! Stretches in which sound was lost while it was loud: a player ran dry, packets of a call went missing, a cut was made.
//!
//! Two things can stand there: one value over and over, or a copy of what came just before, as receivers of calls put it
//! (ITU-T G.711 Appendix I does so in its simplest form). Both are looked for sample by sample, which real sound does not
//! repeat; what a lossy codec coded after the loss is not found. It must begin and end abruptly: the sound beside it on both
//! sides is loud. A gate that closes in a pause, padding and the silence between takes begin or end quietly and do not count.

use voiceman_base::{ClipTime, Dropout, DropoutKind, Dropouts, Quality, QualityReason, Span};

/// Shortest dropout, in seconds: half the shortest packet in use.
const LEAST_S: f64 = 0.005;
/// Longest dropout, in seconds. What is silent for longer is no accident of a moment.
const MOST_S: f64 = 1.0;
/// How much sound on each side must be loud, in seconds.
const SIDE_S: f64 = 0.005;
/// Loud is at most this far below the loudest moment nearby, in dB. Gates close further below.
const LOUD_DB: f64 = 25.0;
/// And at least this, in dB relative to full scale: below, samples of 16 bit repeat each other by chance.
const LEAST_LEVEL_DB: f64 = -60.0;
/// How far the loudest moment is looked for to both sides, in seconds.
const NEARBY_S: f64 = 1.0;
/// Length of a moment, in seconds.
const MOMENT_S: f64 = 0.01;
/// Distance from a copy to what it copies, in seconds.
const LAG_S: (f64, f64) = (0.0025, 0.1);
/// What repeats itself for longer than this many seconds is a tone made by a machine.
const MOST_REPEATED_S: f64 = 0.25;
/// Before a copy, the sound differs from what is copied by at least this much of its level, in dB.
const NEW_DB: f64 = 40.0;
/// Least absolute value that is clipped when it stays the same, not lost.
const CLIPPED: f32 = 0.98;
/// A peak is larger than this many samples on both sides.
const PEAK_REACH: usize = 3;
/// Peaks that are remembered, by value.
const PEAKS: usize = 4096;

/// Dropouts of one channel, piece by piece.
pub(super) struct DropoutFinder {
    rate: u32,
    /// Samples that are still needed.
    held: Vec<f32>,
    /// Number of the first one in the recording.
    first: u64,
    /// Where in `held` the search goes on.
    next: usize,
    /// Where in the recording the last dropout ended.
    end: u64,
    count: u64,
    samples: u64,
    listed: Vec<Dropout>,
    /// Last place in the recording of a peak with such a value, plus 1.
    peaks: Vec<(u32, u64)>,
}

impl DropoutFinder {
    pub(super) fn new(rate: u32) -> DropoutFinder {
        DropoutFinder {
            rate,
            held: Vec::new(),
            first: 0,
            next: 0,
            end: 0,
            count: 0,
            samples: 0,
            listed: Vec::new(),
            peaks: vec![(0, 0); PEAKS],
        }
    }

    /// Takes the next samples, or the `last` ones.
    pub(super) fn push(&mut self, samples: &[f32], last: bool) {
        self.held.extend_from_slice(samples);
        // Dropouts that may go on in the next piece wait for it.
        let ahead = if last { 0 } else { self.in_samples(MOST_S + NEARBY_S) + 1 };
        let stop = self.held.len().saturating_sub(ahead);
        while self.next < stop {
            let at = self.next;
            let (value, following) = (self.held[at], self.held.get(at + 1).copied());
            let found = if following == Some(value) {
                self.constant(at)
            } else if at > 0
                && value.abs() > self.held[at - 1].abs()
                && following.is_some_and(|next| value.abs() > next.abs())
            {
                self.repeated(at)
            } else {
                None
            };
            self.next = found.unwrap_or(at + 1);
        }
        let done = self.next.saturating_sub(self.in_samples(NEARBY_S + MOMENT_S));
        self.held.drain(..done);
        self.first += done as u64;
        self.next -= done;
    }

    /// How many there were and how long.
    pub(super) fn lost(&self) -> u64 {
        self.samples
    }

    /// What was found, once everything was pushed.
    pub(super) fn result(&self) -> Quality<Dropouts> {
        if self.first + (self.held.len() as u64) < (0.1 * f64::from(self.rate)) as u64 {
            return Quality::Undefined(QualityReason::TooShort);
        }
        Quality::Value(Dropouts {
            count: self.count,
            total: ClipTime::from_sample(self.samples, self.rate),
            first: self.listed.clone(),
        })
    }

    /// A run of one value that starts at `start`: notes it if it is a dropout, and says where to go on.
    fn constant(&mut self, start: usize) -> Option<usize> {
        let value = self.held[start];
        if value.abs() >= CLIPPED {
            return None;
        }
        let length = self.held[start..].iter().take_while(|sample| **sample == value).count();
        let end = start + length;
        let lasts = self.in_samples(LEAST_S)..=self.in_samples(MOST_S);
        if lasts.contains(&length) && self.is_loud_beside(start, end) {
            self.note(start, end, DropoutKind::Constant);
        }
        Some(end)
    }

    /// A peak at `at` that is also found a little before, with everything around it: notes that if it is a dropout, and says
    /// where to go on.
    fn repeated(&mut self, at: usize) -> Option<usize> {
        let around = self.held.get(at.checked_sub(PEAK_REACH)?..=at + PEAK_REACH)?;
        let value = self.held[at];
        let is_peak =
            around.iter().enumerate().all(|(index, sample)| index == PEAK_REACH || sample.abs() < value.abs());
        if !is_peak {
            return None;
        }
        let here = self.first + at as u64;
        let slot = (value.to_bits().wrapping_mul(0x9e37_79b1) >> 20) as usize % PEAKS;
        let (known, place) = std::mem::replace(&mut self.peaks[slot], (value.to_bits(), here + 1));
        if known != value.to_bits() || place == 0 {
            return None;
        }
        let lag = (here + 1 - place) as usize;
        let (shortest, longest) = LAG_S;
        if lag < self.in_samples(shortest) || lag > self.in_samples(longest) || lag > at {
            return None;
        }
        let equal = |index: usize| self.held.get(index).is_some_and(|sample| *sample == self.held[index - lag]);
        let end = (at..self.held.len()).find(|index| !equal(*index)).unwrap_or(self.held.len());
        let start = (lag..at).rev().find(|index| !equal(*index)).map_or(lag, |index| index + 1);
        let length = end - start;
        if length < self.in_samples(LEAST_S) {
            return None;
        }
        let is_new = self.first + start as u64 >= self.end;
        let lasts = length <= self.in_samples(MOST_REPEATED_S);
        if is_new && lasts && self.is_loud_within(start, end) && self.is_new_sound(start, lag) {
            self.note(start, end, DropoutKind::Repeated);
        }
        Some(end)
    }

    /// Whether what lies before `start` differs from what lies `lag` samples before that, so that the copy begins there; a
    /// steady tone goes on as it was.
    fn is_new_sound(&self, start: usize, lag: usize) -> bool {
        let side = self.in_samples(SIDE_S);
        let Some(from) = start.checked_sub(lag + side) else { return false };
        let (earlier, later) = (&self.held[from..from + side], &self.held[from + lag..start]);
        let differences: Vec<f32> = earlier.iter().zip(later).map(|(earlier, later)| later - earlier).collect();
        power(&differences) > power(later) * 10_f64.powf(-NEW_DB / 10.0)
    }

    fn note(&mut self, start: usize, end: usize, kind: DropoutKind) {
        self.end = self.first + end as u64;
        self.count += 1;
        self.samples += (end - start) as u64;
        let time = |index: usize| ClipTime::from_sample(self.first + index as u64, self.rate);
        if self.listed.len() < Dropouts::MOST_LISTED
            && let Ok(span) = Span::new(time(start), time(end))
        {
            self.listed.push(Dropout { span, kind });
        }
    }

    /// Whether it is loud just before `start` and just after `end`.
    fn is_loud_beside(&self, start: usize, end: usize) -> bool {
        let side = self.in_samples(SIDE_S);
        if start < side || end + side > self.held.len() {
            return false;
        }
        let least = self.least_loud(start, end);
        power(&self.held[start - side..start]) >= least && power(&self.held[end..end + side]) >= least
    }

    /// Whether it is loud anywhere in `start..end`.
    fn is_loud_within(&self, start: usize, end: usize) -> bool {
        let least = self.least_loud(start, end);
        self.held[start..end].chunks(self.in_samples(SIDE_S)).any(|side| power(side) >= least)
    }

    /// The power that is loud beside what is heard around `start..end`.
    fn least_loud(&self, start: usize, end: usize) -> f64 {
        let near = self.in_samples(NEARBY_S);
        let nearby = &self.held[start.saturating_sub(near)..(end + near).min(self.held.len())];
        let loudest = nearby.chunks(self.in_samples(MOMENT_S)).map(power).fold(0.0, f64::max);
        (loudest * 10_f64.powf(-LOUD_DB / 10.0)).max(10_f64.powf(LEAST_LEVEL_DB / 10.0))
    }

    fn in_samples(&self, seconds: f64) -> usize {
        ((f64::from(self.rate) * seconds).round() as usize).max(1)
    }
}

/// Mean square around the mean: an offset is not loud.
fn power(samples: &[f32]) -> f64 {
    let count = samples.len().max(1) as f64;
    let mean = samples.iter().map(|sample| f64::from(*sample)).sum::<f64>() / count;
    samples.iter().map(|sample| (f64::from(*sample) - mean).powi(2)).sum::<f64>() / count
}

//! Time in a recording, in integer microseconds from the first decoded sample.
//!
//! A microsecond is finer than a sample period up to 1 MHz, so sample positions survive the round trip.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::ops::{Add, Sub};

/// A position in a recording, or a length of it, in microseconds. Never negative in results.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ClipTime(i64);

impl ClipTime {
    /// The start of the recording.
    pub const ZERO: ClipTime = ClipTime(0);

    /// Builds a time from whole microseconds.
    pub const fn from_micros(micros: i64) -> Self {
        ClipTime(micros)
    }

    /// Builds a time from whole milliseconds.
    pub const fn from_millis(millis: i64) -> Self {
        ClipTime(millis * 1_000)
    }

    /// Builds a time from seconds, rounded to the nearest microsecond. Not-a-number becomes zero.
    pub fn from_seconds(seconds: f64) -> Self {
        ClipTime((seconds * 1e6).round() as i64)
    }

    /// The time of sample `sample` at `rate` samples a second, rounded to the nearest microsecond.
    pub fn from_sample(sample: u64, rate: u32) -> Self {
        let rate = i128::from(rate.max(1));
        ClipTime(((i128::from(sample) * 1_000_000 + rate / 2) / rate) as i64)
    }

    /// The sample nearest to this time at `rate` samples a second; negative times give sample 0.
    pub fn to_sample(self, rate: u32) -> u64 {
        ((i128::from(self.0.max(0)) * i128::from(rate) + 500_000) / 1_000_000) as u64
    }

    /// Whole microseconds.
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// Seconds; at most six digits after the point are meaningful.
    pub fn seconds(self) -> f64 {
        self.0 as f64 / 1e6
    }

    /// The distance between two times, never negative.
    pub fn abs_diff(self, other: ClipTime) -> ClipTime {
        ClipTime((self.0 - other.0).abs())
    }

    /// `self - other`, or zero when `other` is later.
    pub fn saturating_sub(self, other: ClipTime) -> ClipTime {
        ClipTime((self.0 - other.0).max(0))
    }
}

impl Add for ClipTime {
    type Output = ClipTime;
    fn add(self, other: ClipTime) -> ClipTime {
        ClipTime(self.0 + other.0)
    }
}

impl Sub for ClipTime {
    type Output = ClipTime;
    fn sub(self, other: ClipTime) -> ClipTime {
        ClipTime(self.0 - other.0)
    }
}

impl std::iter::Sum for ClipTime {
    fn sum<I: Iterator<Item = ClipTime>>(times: I) -> ClipTime {
        times.fold(ClipTime::ZERO, Add::add)
    }
}

/// `1:02:03.456`, hours only when there are any.
impl fmt::Display for ClipTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let millis = (self.0.abs() + 500) / 1_000;
        let (hours, minutes) = (millis / 3_600_000, millis / 60_000 % 60);
        let (seconds, millis) = (millis / 1_000 % 60, millis % 1_000);
        if hours > 0 {
            write!(f, "{sign}{hours}:{minutes:02}:{seconds:02}.{millis:03}")
        } else {
            write!(f, "{sign}{minutes}:{seconds:02}.{millis:03}")
        }
    }
}

/// A stretch of a recording; the end is not before the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "(ClipTime, ClipTime)", into = "(ClipTime, ClipTime)")]
pub struct Span {
    start: ClipTime,
    end: ClipTime,
}

/// The end of a span lies before its start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("span ends at {end}, before its start at {start}")]
pub struct SpanError {
    /// Where the span was to start.
    pub start: ClipTime,
    /// Where it was to end.
    pub end: ClipTime,
}

impl Span {
    /// A span from `start` to `end`.
    pub fn new(start: ClipTime, end: ClipTime) -> Result<Span, SpanError> {
        if end < start { Err(SpanError { start, end }) } else { Ok(Span { start, end }) }
    }

    /// A span that begins at `start` and ends at `end`, or is empty at `start` when `end` is earlier.
    pub fn clamped(start: ClipTime, end: ClipTime) -> Span {
        Span { start, end: end.max(start) }
    }

    /// First moment.
    pub fn start(self) -> ClipTime {
        self.start
    }

    /// The moment after the last.
    pub fn end(self) -> ClipTime {
        self.end
    }

    /// Length, zero or more.
    pub fn length(self) -> ClipTime {
        self.end - self.start
    }

    /// Whether `time` lies in `[start, end)`.
    pub fn contains(self, time: ClipTime) -> bool {
        self.start <= time && time < self.end
    }

    /// The common part, if it is longer than nothing.
    pub fn intersection(self, other: Span) -> Option<Span> {
        let (start, end) = (self.start.max(other.start), self.end.min(other.end));
        (start < end).then_some(Span { start, end })
    }

    /// The shortest span that covers both.
    pub fn hull(self, other: Span) -> Span {
        Span { start: self.start.min(other.start), end: self.end.max(other.end) }
    }
}

impl TryFrom<(ClipTime, ClipTime)> for Span {
    type Error = SpanError;
    fn try_from((start, end): (ClipTime, ClipTime)) -> Result<Span, SpanError> {
        Span::new(start, end)
    }
}

impl From<Span> for (ClipTime, ClipTime) {
    fn from(span: Span) -> Self {
        (span.start, span.end)
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.start, self.end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn sample_positions_round_trip(sample in 0_u64..4_000_000_000, rate in 1_u32..768_001) {
            prop_assert_eq!(ClipTime::from_sample(sample, rate).to_sample(rate), sample);
        }

        #[test]
        fn seconds_round_trip(micros in 0_i64..200_000_000_000) {
            let time = ClipTime::from_micros(micros);
            prop_assert_eq!(ClipTime::from_seconds(time.seconds()), time);
        }
    }

    #[test]
    fn shows_hours_only_when_there_are_any() {
        assert_eq!(ClipTime::from_millis(62_345).to_string(), "1:02.345");
        assert_eq!(ClipTime::from_millis(3_723_456).to_string(), "1:02:03.456");
    }

    #[test]
    fn a_span_does_not_run_backwards() {
        let (early, late) = (ClipTime::from_millis(1), ClipTime::from_millis(2));
        assert!(Span::new(late, early).is_err());
        assert!(serde_json::from_str::<Span>("[2000,1000]").is_err());
    }
}

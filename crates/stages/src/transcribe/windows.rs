//! Packs speech into windows of up to 30 s and maps their time back to the recording.

use std::ops::Range;
use voiceman_audio::Mono16k;
use voiceman_base::{ClipTime, Span, SpeechMap};

/// Longest window.
pub const MAX_WINDOW: ClipTime = ClipTime::from_millis(30_000);
/// A window is not ended before it holds this much, unless nothing follows.
const MIN_FILL: ClipTime = ClipTime::from_millis(20_000);

/// Pieces of a recording laid end to end, at most 30 s.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window {
    /// Speech regions, sorted and disjoint.
    pub pieces: Vec<Span>,
}

impl Window {
    /// Length of the pieces together.
    pub fn length(&self) -> ClipTime {
        self.pieces.iter().map(|piece| piece.length()).sum()
    }

    /// The moment of the recording at `time` of the window, and the piece it lies in. A moment between two pieces
    /// belongs to the later one, or to the earlier one if `ends` something.
    pub fn to_recording(&self, time: ClipTime, ends: bool) -> (usize, ClipTime) {
        let mut passed = ClipTime::ZERO;
        for (index, piece) in self.pieces.iter().enumerate() {
            let inside = time - passed;
            let last = index + 1 == self.pieces.len();
            if inside < piece.length() || last || (ends && inside == piece.length()) {
                return (index, piece.start() + inside.min(piece.length()));
            }
            passed = passed + piece.length();
        }
        (0, ClipTime::ZERO)
    }

    /// Sample ranges of the pieces at 16 kHz.
    pub fn sample_ranges(&self) -> impl Iterator<Item = Range<u64>> + '_ {
        self.pieces.iter().map(|piece| piece.start().to_sample(Mono16k::RATE)..piece.end().to_sample(Mono16k::RATE))
    }
}

/// Packs all speech into windows. Where a window must end, it ends before the longest pause of its last third.
pub fn pack(speech: &SpeechMap) -> Vec<Window> {
    let pieces: Vec<Span> = speech.regions().iter().flat_map(|region| split_to_fit(region.span)).collect();
    let mut windows = Vec::new();
    let mut first = 0;
    while first < pieces.len() {
        let mut filled = ClipTime::ZERO;
        let fits = pieces[first..].iter().take_while(|piece| {
            filled = filled + piece.length();
            filled <= MAX_WINDOW
        });
        let end = first + fits.count().max(1);
        let end = if end == pieces.len() { end } else { best_cut(&pieces, first, end) };
        windows.push(Window { pieces: pieces[first..end].to_vec() });
        first = end;
    }
    windows
}

/// Where to end the window that starts with piece `first` and could hold all before `end`.
fn best_cut(pieces: &[Span], first: usize, end: usize) -> usize {
    let mut filled = ClipTime::ZERO;
    let mut best = (ClipTime::ZERO, end);
    for next in first + 1..=end {
        filled = filled + pieces[next - 1].length();
        let pause = pieces[next].start() - pieces[next - 1].end();
        if (filled >= MIN_FILL || next == end) && pause >= best.0 {
            best = (pause, next);
        }
    }
    best.1
}

/// Voice activity cuts long speech itself; this only guards against settings that allow more than a window.
fn split_to_fit(span: Span) -> impl Iterator<Item = Span> {
    let parts = (span.length().micros() + MAX_WINDOW.micros() - 1).div_euclid(MAX_WINDOW.micros()).max(1);
    let at = move |part: i64| ClipTime::from_micros(span.start().micros() + span.length().micros() * part / parts);
    (0..parts).map(move |part| Span::clamped(at(part), at(part + 1)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use voiceman_base::{Prob, SpeechRegion};

    fn speech(spans: &[(i64, i64)]) -> SpeechMap {
        let region = |(start, end): &(i64, i64)| SpeechRegion {
            span: Span::clamped(ClipTime::from_millis(*start), ClipTime::from_millis(*end)),
            speech: Prob::ONE,
        };
        SpeechMap::new(spans.iter().map(region).collect()).unwrap_or_default()
    }

    #[test]
    fn cuts_at_the_longest_pause_of_the_last_third() {
        let windows = pack(&speech(&[(0, 10_000), (10_100, 21_000), (23_000, 26_000), (26_100, 40_000)]));
        assert_eq!(windows.iter().map(|window| window.pieces.len()).collect::<Vec<_>>(), [2, 2]);
    }

    #[test]
    fn time_maps_back_over_a_gap() {
        let window =
            Window { pieces: speech(&[(1_000, 2_000), (5_000, 6_000)]).regions().iter().map(|r| r.span).collect() };
        let at = |millis, ends| window.to_recording(ClipTime::from_millis(millis), ends);
        assert_eq!(at(500, false), (0, ClipTime::from_millis(1_500)));
        assert_eq!(at(1_000, false), (1, ClipTime::from_millis(5_000)));
        assert_eq!(at(1_000, true), (0, ClipTime::from_millis(2_000)));
        assert_eq!(at(9_000, true), (1, ClipTime::from_millis(6_000)));
    }

    proptest! {
        #[test]
        fn windows_hold_all_speech_once(lengths in proptest::collection::vec((1_i64..40_000, 0_i64..5_000), 0..80)) {
            let mut at = 0;
            let spans: Vec<(i64, i64)> = lengths.iter().map(|(length, gap)| {
                let start = at;
                at += length + gap;
                (start, start + length)
            }).collect();
            let map = speech(&spans);
            let windows = pack(&map);
            prop_assert_eq!(windows.iter().map(Window::length).sum::<ClipTime>(), map.speech_time());
            prop_assert!(windows.iter().all(|window| window.length() <= MAX_WINDOW && !window.pieces.is_empty()));
            let pieces: Vec<Span> = windows.iter().flat_map(|window| window.pieces.clone()).collect();
            prop_assert!(pieces.windows(2).all(|pair| pair[0].end() <= pair[1].start()));
        }
    }
}

//! Pieces of one voice each: what an embedding is made of.

use super::activity::Segment;
use std::ops::Range;

/// A stretch of one track that is short enough to hold one way of speaking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) track: usize,
    /// From its first frame to its last, short pauses included.
    pub(super) frames: Range<usize>,
    /// Frames in which the track talks and nobody else does, as ranges.
    pub(super) alone: Vec<Range<usize>>,
    /// Frames in which the track talks.
    pub(super) talking: Vec<Range<usize>>,
}

/// Frames in `ranges`.
pub(super) fn length(ranges: &[Range<usize>]) -> usize {
    ranges.iter().map(ExactSizeIterator::len).sum()
}

/// Cuts the segments of each track into pieces of at most `longest` frames; pauses up to `pause` frames belong to a piece.
/// Pieces come sorted by their start.
pub(super) fn pieces(segments: &[Segment], pause: usize, longest: usize) -> Vec<Piece> {
    let counts = Counts::of(segments);
    let mut tracks: Vec<&Segment> = segments.iter().collect();
    tracks.sort_by_key(|segment| (segment.track, segment.frames.start));
    let mut pieces = Vec::new();
    let turns = tracks.chunk_by(|a, b| a.track == b.track && b.frames.start <= a.frames.end + pause);
    for turn in turns {
        let (Some(first), Some(last)) = (turn.first(), turn.last()) else { continue };
        let (start, end) = (first.frames.start, last.frames.end);
        let parts = (end - start).div_ceil(longest.max(1)).max(1);
        for part in 0..parts {
            let frames = start + (end - start) * part / parts..start + (end - start) * (part + 1) / parts;
            let talking: Vec<Range<usize>> =
                turn.iter().filter_map(|segment| common(&segment.frames, &frames)).collect();
            if !talking.is_empty() {
                let alone = talking.iter().flat_map(|range| counts.alone(range)).collect();
                pieces.push(Piece { track: first.track, frames, alone, talking });
            }
        }
    }
    pieces.sort_by_key(|piece| (piece.frames.start, piece.track, piece.frames.end));
    pieces
}

/// The frames that two ranges share, if there are any.
pub(super) fn common(a: &Range<usize>, b: &Range<usize>) -> Option<Range<usize>> {
    let range = a.start.max(b.start)..a.end.min(b.end);
    (range.start < range.end).then_some(range)
}

/// How many talk, as the frames at which that changes.
struct Counts(Vec<(usize, i32)>);

impl Counts {
    fn of(segments: &[Segment]) -> Counts {
        let ends = segments.iter().flat_map(|segment| [(segment.frames.start, 1), (segment.frames.end, -1)]);
        let mut changes: Vec<(usize, i32)> = ends.collect();
        changes.sort_unstable();
        let mut talking = 0;
        let mut counts: Vec<(usize, i32)> = Vec::with_capacity(changes.len());
        for (frame, change) in changes {
            talking += change;
            match counts.last_mut() {
                Some((last, count)) if *last == frame => *count = talking,
                _ => counts.push((frame, talking)),
            }
        }
        Counts(counts)
    }

    /// Parts of `range`, in which somebody talks, where nobody else does.
    fn alone(&self, range: &Range<usize>) -> Vec<Range<usize>> {
        let from = self.0.partition_point(|(frame, _)| *frame <= range.start).saturating_sub(1);
        let steps = self.0[from..].windows(2).take_while(|steps| steps[0].0 < range.end);
        let single = steps.filter(|steps| steps[0].1 == 1);
        single.filter_map(|steps| common(&(steps[0].0..steps[1].0), range)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn segment(track: usize, frames: Range<usize>) -> Segment {
        Segment { track, frames }
    }

    #[test]
    fn overlap_is_left_out_of_what_is_alone() {
        let pieces = pieces(&[segment(0, 0..50), segment(1, 40..90)], 10, 100);
        assert_eq!(pieces.len(), 2);
        assert_eq!((&pieces[0].alone, &pieces[1].alone), (&vec![0..40], &vec![50..90]));
        assert_eq!(pieces[0].talking, [0..50]);
    }

    #[test]
    fn a_short_pause_is_part_of_a_piece_and_a_long_one_is_not() {
        let made = pieces(&[segment(0, 0..20), segment(0, 25..40), segment(0, 60..80)], 10, 100);
        assert_eq!(made.iter().map(|piece| piece.frames.clone()).collect::<Vec<_>>(), [0..40, 60..80]);
        assert_eq!(made[0].talking, [0..20, 25..40]);
    }

    proptest! {
        #[test]
        fn pieces_hold_all_that_is_said_once(
            spans in proptest::collection::vec((0_usize..4, 0_usize..50, 1_usize..400), 1..20),
            pause in 0_usize..30,
            longest in 1_usize..200,
        ) {
            let mut ends = [0; 4];
            let segments: Vec<Segment> = spans
                .iter()
                .map(|(track, gap, length)| {
                    let start = ends[*track] + gap + 1;
                    ends[*track] = start + length;
                    segment(*track, start..start + length)
                })
                .collect();
            let made = pieces(&segments, pause, longest);
            let said: usize = segments.iter().map(|segment| segment.frames.len()).sum();
            prop_assert_eq!(made.iter().map(|piece| length(&piece.talking)).sum::<usize>(), said);
            for piece in &made {
                prop_assert!(piece.frames.len() <= longest && length(&piece.alone) <= length(&piece.talking));
            }
        }
    }
}

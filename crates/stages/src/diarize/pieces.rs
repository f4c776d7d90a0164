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

/// How segments are cut, in frames.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cuts {
    /// Pauses up to this belong to a piece.
    pub(super) pause: usize,
    /// Longest piece.
    pub(super) longest: usize,
    /// Stretches at least this long in which others talk too are pieces of their own, so that what is said alone before and
    /// after them stays clean.
    pub(super) overlap: usize,
}

/// Cuts the segments of each track into pieces. Pieces come sorted by their start.
pub(super) fn pieces(segments: &[Segment], cuts: Cuts) -> Vec<Piece> {
    let Cuts { pause, longest, overlap } = cuts;
    let counts = Counts::of(segments);
    let mut tracks: Vec<&Segment> = segments.iter().collect();
    tracks.sort_by_key(|segment| (segment.track, segment.frames.start));
    let mut pieces = Vec::new();
    let turns = tracks.chunk_by(|a, b| a.track == b.track && b.frames.start <= a.frames.end + pause);
    for turn in turns {
        let (Some(first), Some(last)) = (turn.first(), turn.last()) else { continue };
        let alone: Vec<Range<usize>> = turn.iter().flat_map(|segment| counts.alone(&segment.frames)).collect();
        for stretch in stretches(first.frames.start..last.frames.end, &alone, overlap) {
            let (start, length) = (stretch.start, stretch.len());
            let parts = length.div_ceil(longest.max(1)).max(1);
            for part in 0..parts {
                let frames = start + length * part / parts..start + length * (part + 1) / parts;
                let within = |ranges: &mut dyn Iterator<Item = &Range<usize>>| -> Vec<Range<usize>> {
                    ranges.filter_map(|range| common(range, &frames)).collect()
                };
                let talking = within(&mut turn.iter().map(|segment| &segment.frames));
                if !talking.is_empty() {
                    let alone = within(&mut alone.iter());
                    pieces.push(Piece { track: first.track, frames, alone, talking });
                }
            }
        }
    }
    pieces.sort_by_key(|piece| (piece.frames.start, piece.track, piece.frames.end));
    pieces
}

/// `whole` cut where stretches of at least `overlap` frames begin and end in which nothing is said alone.
fn stretches(whole: Range<usize>, alone: &[Range<usize>], overlap: usize) -> Vec<Range<usize>> {
    let mut cut = Vec::new();
    let mut start = whole.start;
    let mut reached = whole.start;
    for (from, to) in alone.iter().map(|range| (range.start, range.end)).chain([(whole.end, whole.end)]) {
        if from - reached.min(from) >= overlap.max(1) {
            cut.extend([start..reached, reached..from]);
            start = from;
        }
        reached = to;
    }
    cut.push(start..whole.end);
    cut.retain(|range| !range.is_empty());
    cut
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
        let segments = [segment(0, 0..50), segment(1, 40..90)];
        let made = pieces(&segments, Cuts { pause: 10, longest: 100, overlap: 20 });
        assert_eq!(made.len(), 2);
        let only = |ranges: &[Range<usize>]| (ranges.len(), ranges[0].clone());
        assert_eq!((only(&made[0].alone), only(&made[1].alone)), ((1, 0..40), (1, 50..90)));
        assert_eq!(only(&made[0].talking), (1, 0..50));
        // Longer overlap is a piece of its own.
        let made = pieces(&segments, Cuts { pause: 10, longest: 100, overlap: 10 });
        let frames: Vec<(usize, Range<usize>)> = made.iter().map(|piece| (piece.track, piece.frames.clone())).collect();
        assert_eq!(frames, [(0, 0..40), (0, 40..50), (1, 40..50), (1, 50..90)]);
        assert!(made[1].alone.is_empty() && made[2].alone.is_empty());
    }

    #[test]
    fn a_short_pause_is_part_of_a_piece_and_a_long_one_is_not() {
        let made = pieces(
            &[segment(0, 0..20), segment(0, 25..40), segment(0, 60..80)],
            Cuts { pause: 10, longest: 100, overlap: 20 },
        );
        assert_eq!(made.iter().map(|piece| piece.frames.clone()).collect::<Vec<_>>(), [0..40, 60..80]);
        assert_eq!(made[0].talking, [0..20, 25..40]);
    }

    proptest! {
        #[test]
        fn pieces_hold_all_that_is_said_once(
            spans in proptest::collection::vec((0_usize..4, 0_usize..50, 1_usize..400), 1..20),
            pause in 0_usize..30,
            longest in 1_usize..200,
            overlap in 1_usize..60,
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
            let made = pieces(&segments, Cuts { pause, longest, overlap });
            let said: usize = segments.iter().map(|segment| segment.frames.len()).sum();
            prop_assert_eq!(made.iter().map(|piece| length(&piece.talking)).sum::<usize>(), said);
            for piece in &made {
                prop_assert!(piece.frames.len() <= longest && length(&piece.alone) <= length(&piece.talking));
            }
        }
    }
}

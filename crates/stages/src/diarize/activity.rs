//! From scores per window to tracks over the whole recording: who of the speakers of neighbouring windows is the same,
//! and who of them talks in each frame.

use std::ops::Range;

/// Speakers that a window can hold.
const LOCAL: usize = 3;
/// Permutations of the speakers of a window.
const ORDERS: [[usize; LOCAL]; 6] = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
/// Sets of speakers in the order of the network's outputs, one bit a speaker (powerset of 3 with at most 2 at once;
/// Plaquet & Bredin 2023).
const SETS: [u8; 7] = [0, 0b001, 0b010, 0b100, 0b011, 0b101, 0b110];
/// Share of the windows over a frame in which a track must talk to be among those that talk there.
const FEWEST_VOTES: f64 = 0.3;

/// Outputs that a network must have for this module.
pub(super) const CLASSES: usize = SETS.len();

/// Who talks in each frame of a window: one bit a speaker of the window.
pub(super) fn decide(scores: &[f32]) -> Vec<u8> {
    let best = |row: &[f32]| (1..row.len()).fold(0, |best, class| if row[class] > row[best] { class } else { best });
    scores.chunks_exact(CLASSES).map(|row| SETS[best(row)]).collect()
}

/// A track talks from the first frame of `frames` to the last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Segment {
    pub(super) track: usize,
    pub(super) frames: Range<usize>,
}

/// Windows of a recording: where each begins, in frames, and who talks in it.
#[derive(Default)]
pub(super) struct Windows {
    starts: Vec<usize>,
    masks: Vec<Vec<u8>>,
    /// For each window, the track of each of its speakers.
    tracks: Vec<[Option<usize>; LOCAL]>,
    count: usize,
}

impl Windows {
    /// Adds the window that begins at frame `start`; windows come in order. Its speakers become those of the window before
    /// who talk at the same time: of all ways to match them, the one with most common frames. A speaker who has less than
    /// `linked` frames in common with any is a new one.
    pub(super) fn push(&mut self, start: usize, mask: Vec<u8>, linked: usize) {
        let mut tracks = [None; LOCAL];
        if let (Some(before), Some(known)) = (self.masks.last(), self.tracks.last()) {
            let shift = start - self.starts.last().copied().unwrap_or(start);
            let mut common = [[0_usize; LOCAL]; LOCAL];
            for (old, new) in before.iter().skip(shift).zip(&mask).filter(|(old, new)| **old != 0 && **new != 0) {
                for (_, row) in common.iter_mut().enumerate().filter(|(a, _)| old >> a & 1 == 1) {
                    row.iter_mut().enumerate().filter(|(b, _)| new >> b & 1 == 1).for_each(|(_, count)| *count += 1);
                }
            }
            let together = |order: &[usize; LOCAL]| (0..LOCAL).map(|a| common[a][order[a]]).sum::<usize>();
            let order = ORDERS.iter().rev().max_by_key(|order| together(order)).unwrap_or(&ORDERS[0]);
            for (a, b) in order.iter().enumerate().filter(|(a, b)| common[*a][**b] >= linked.max(1)) {
                tracks[*b] = known[a];
            }
        }
        for (speaker, track) in tracks.iter_mut().enumerate() {
            if track.is_none() && mask.iter().any(|talks| talks >> speaker & 1 == 1) {
                *track = Some(self.count);
                self.count += 1;
            }
        }
        self.starts.push(start);
        self.masks.push(mask);
        self.tracks.push(tracks);
    }

    /// Who talks when. In each frame as many tracks talk as the windows over it say on average, rounded up from a half;
    /// those that most windows hear.
    pub(super) fn segments(&self) -> Vec<Segment> {
        let length = self.starts.iter().zip(&self.masks).map(|(start, mask)| start + mask.len()).max().unwrap_or(0);
        let mut open: Vec<Segment> = Vec::new();
        let mut closed = Vec::new();
        let mut first = 0;
        for frame in 0..length {
            while first < self.starts.len() && self.starts[first] + self.masks[first].len() <= frame {
                first += 1;
            }
            let talking = self.talking(first, frame);
            open.retain(|segment| {
                let goes_on = talking.contains(&segment.track);
                if !goes_on {
                    closed.push(segment.clone());
                }
                goes_on
            });
            for track in talking {
                match open.iter_mut().find(|segment| segment.track == track) {
                    Some(segment) => segment.frames.end = frame + 1,
                    None => open.push(Segment { track, frames: frame..frame + 1 }),
                }
            }
        }
        closed.append(&mut open);
        closed.sort_by_key(|segment| (segment.frames.start, segment.track));
        closed
    }

    /// Tracks that talk in `frame`; no window before `first` reaches it.
    fn talking(&self, first: usize, frame: usize) -> Vec<usize> {
        let mut votes: Vec<(usize, usize)> = Vec::with_capacity(2 * LOCAL);
        let (mut windows, mut voices) = (0_usize, 0_usize);
        for window in (first..self.starts.len()).take_while(|window| self.starts[*window] <= frame) {
            let Some(mask) = self.masks[window].get(frame - self.starts[window]) else { continue };
            windows += 1;
            voices += mask.count_ones() as usize;
            for speaker in (0..LOCAL).filter(|speaker| mask >> speaker & 1 == 1) {
                let Some(track) = self.tracks[window][speaker] else { continue };
                match votes.iter_mut().find(|(voted, _)| *voted == track) {
                    Some((_, count)) => *count += 1,
                    None => votes.push((track, 1)),
                }
            }
        }
        if windows == 0 {
            return Vec::new();
        }
        let talking = (2 * voices + windows) / (2 * windows);
        votes.sort_by_key(|(track, count)| (std::cmp::Reverse(*count), *track));
        votes.truncate(talking);
        votes.retain(|(_, count)| *count as f64 > FEWEST_VOTES * windows as f64);
        votes.into_iter().map(|(track, _)| track).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn window(spans: &[(u8, Range<usize>)], length: usize) -> Vec<u8> {
        let mut mask = vec![0; length];
        for (speakers, frames) in spans {
            mask[frames.clone()].iter_mut().for_each(|talks| *talks |= speakers);
        }
        mask
    }

    #[test]
    fn the_most_probable_set_is_taken() {
        let mut scores = vec![-9.0; 2 * CLASSES];
        scores[0] = 0.0;
        scores[CLASSES + 5] = 0.0;
        assert_eq!(decide(&scores), [0, 0b101]);
    }

    #[test]
    fn speakers_keep_their_track_whatever_their_place_in_a_window() {
        // Two speakers, heard in two windows that overlap by half, in another order.
        let mut windows = Windows::default();
        windows.push(0, window(&[(0b001, 10..60), (0b010, 60..100)], 100), 5);
        windows.push(50, window(&[(0b100, 0..10), (0b001, 10..50)], 100), 5);
        let tracks: Vec<(usize, Range<usize>)> =
            windows.segments().into_iter().map(|segment| (segment.track, segment.frames)).collect();
        assert_eq!(tracks, [(0, 10..60), (1, 60..100)]);
    }

    #[test]
    fn two_at_once_are_two() {
        let mut windows = Windows::default();
        windows.push(0, window(&[(0b001, 0..60), (0b010, 40..100)], 100), 5);
        let segments = windows.segments();
        assert_eq!(segments.len(), 2);
        assert_eq!((segments[0].frames.clone(), segments[1].frames.clone()), (0..60, 40..100));
    }

    proptest! {
        #[test]
        fn segments_are_disjoint_per_track_and_inside(
            masks in proptest::collection::vec(proptest::collection::vec(proptest::sample::select(SETS.to_vec()), 40), 1..12),
            step in 1_usize..40,
        ) {
            let mut windows = Windows::default();
            let last = masks.len() - 1;
            for (index, mask) in masks.into_iter().enumerate() {
                windows.push(index * step, mask, 3);
            }
            let segments = windows.segments();
            for segment in &segments {
                prop_assert!(segment.frames.start < segment.frames.end && segment.frames.end <= last * step + 40);
                for other in segments.iter().filter(|other| other.track == segment.track && *other != segment) {
                    let apart = other.frames.end < segment.frames.start || segment.frames.end < other.frames.start;
                    prop_assert!(apart);
                }
            }
        }
    }
}

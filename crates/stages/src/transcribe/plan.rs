//! Which windows are heard together, over all recordings of a batch.
//!
//! The language of a recording is decided by a vote of some of its windows before any of them is decoded, and the vote
//! does not depend on how many windows fit into memory: where the voters of a recording fit into one batch they are
//! heard, and decoded at once; otherwise they are heard for the vote alone first, and again to be decoded.

use std::collections::VecDeque;

/// A window of a recording of the batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// Which recording.
    pub(super) recording: usize,
    /// Which of its windows.
    pub(super) window: usize,
}

/// What is heard next.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Next {
    /// The windows.
    pub(super) places: Vec<Place>,
    /// Whether they are only asked for their language.
    pub(super) vote_only: bool,
}

/// A recording's windows that are still to be heard.
struct Left {
    recording: usize,
    /// Those that vote and have not been heard for it.
    voters: VecDeque<usize>,
    /// Its voters do not fit into one batch: they are heard for the vote alone.
    votes_alone: bool,
    /// Those that are to be decoded, voters first.
    windows: VecDeque<usize>,
}

/// Windows that are still to be heard, the first recording's first.
pub(super) struct Plan {
    left: VecDeque<Left>,
}

impl Plan {
    /// For recordings with so many windows each, of which `voters` vote: spread over the recording.
    pub(super) fn new(windows: &[usize], voters: usize) -> Plan {
        let left = windows.iter().enumerate().filter(|(_, windows)| **windows > 0).map(|(recording, windows)| {
            let voters = spread(*windows, voters);
            let rest = (0..*windows).filter(|window| !voters.contains(window));
            let windows = voters.iter().copied().chain(rest).collect();
            Left { recording, voters: voters.into(), votes_alone: false, windows }
        });
        Plan { left: left.collect() }
    }

    /// How many windows are still to be decoded.
    pub(super) fn len(&self) -> usize {
        self.left.iter().map(|left| left.windows.len()).sum()
    }

    /// Nothing more of a recording is to be heard.
    pub(super) fn give_up(&mut self, recording: usize) {
        self.left.retain(|left| left.recording != recording);
    }

    /// The next windows, at most `size`, which must not be 0. Nothing when all have been heard.
    pub(super) fn next(&mut self, size: usize) -> Option<Next> {
        let first = self.left.front_mut()?;
        if first.voters.len() > size || (first.votes_alone && !first.voters.is_empty()) {
            first.votes_alone = true;
            let count = size.min(first.voters.len());
            let places = first.voters.drain(..count).map(|window| Place { recording: first.recording, window });
            return Some(Next { places: places.collect(), vote_only: true });
        }
        let mut places = Vec::new();
        for left in &mut self.left {
            let room = size - places.len();
            // All voters of a recording or none: without them its language is not known.
            if room == 0 || left.voters.len() > room {
                break;
            }
            left.voters.clear();
            let count = room.min(left.windows.len());
            let taken = left.windows.drain(..count);
            places.extend(taken.map(|window| Place { recording: left.recording, window }));
        }
        self.left.retain(|left| !left.windows.is_empty());
        Some(Next { places, vote_only: false })
    }
}

/// `count` numbers below `of`, evenly spread.
pub(super) fn spread(of: usize, count: usize) -> Vec<usize> {
    let count = count.min(of);
    (0..count).map(|voter| voter * of / count.max(1)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn all(windows: &[usize], size: usize) -> Vec<(bool, Vec<(usize, usize)>)> {
        let mut plan = Plan::new(windows, 8);
        let place = |place: &Place| (place.recording, place.window);
        std::iter::from_fn(|| plan.next(size))
            .map(|next| (next.vote_only, next.places.iter().map(place).collect()))
            .collect()
    }

    #[test]
    fn voters_are_spread_and_come_first() {
        assert_eq!(spread(20, 4), [0, 5, 10, 15]);
        assert_eq!(spread(2, 8), [0, 1]);
        let batches = all(&[20], 8);
        assert_eq!(batches[0].1.iter().map(|place| place.1).collect::<Vec<_>>(), [0, 2, 5, 7, 10, 12, 15, 17]);
        assert!(batches.iter().all(|(vote_only, _)| !vote_only));
    }

    #[test]
    fn short_recordings_share_a_batch() {
        assert_eq!(all(&[1, 0, 2, 1], 8), [(false, vec![(0, 0), (2, 0), (2, 1), (3, 0)])]);
        // The voters of a recording stay together.
        assert_eq!(all(&[2, 3], 4)[1], (false, vec![(1, 0), (1, 1), (1, 2)]));
    }

    #[test]
    fn voters_that_do_not_fit_are_asked_alone_first() {
        let batches = all(&[3], 2);
        let expected = [(true, vec![0, 1]), (true, vec![2]), (false, vec![0, 1]), (false, vec![2])];
        let found: Vec<(bool, Vec<usize>)> =
            batches.into_iter().map(|(alone, places)| (alone, places.iter().map(|place| place.1).collect())).collect();
        assert_eq!(found, expected);
    }

    proptest! {
        #[test]
        fn every_window_is_decoded_once_after_all_voters_of_its_recording(
            windows in prop::collection::vec(0_usize..40, 0..12),
            size in 1_usize..40,
        ) {
            let mut decoded = Vec::new();
            let mut voted = vec![std::collections::BTreeSet::new(); windows.len()];
            for (vote_only, places) in all(&windows, size) {
                prop_assert!(!places.is_empty() && places.len() <= size);
                for (recording, window) in &places {
                    voted[*recording].insert(*window);
                }
                if vote_only {
                    continue;
                }
                for (recording, window) in places {
                    for voter in spread(windows[recording], 8) {
                        prop_assert!(voted[recording].contains(&voter), "{} {}", recording, voter);
                    }
                    decoded.push((recording, window));
                }
            }
            decoded.sort_unstable();
            let expected: Vec<(usize, usize)> =
                windows.iter().enumerate().flat_map(|(recording, count)| (0..*count).map(move |w| (recording, w))).collect();
            prop_assert_eq!(decoded, expected);
        }
    }
}

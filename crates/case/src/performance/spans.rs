//! How long something went on, however much of it was under way at once.

use std::time::Duration;

/// Stretches of time, joined where they overlap.
#[derive(Clone, Debug, Default)]
pub(super) struct Spans {
    /// Sorted and disjoint.
    joined: Vec<(Duration, Duration)>,
}

impl Spans {
    /// Adds the stretch of length `took` that ended at `end`. Cheap as long as the stretches come in the order of their
    /// ends.
    pub(super) fn add(&mut self, end: Duration, took: Duration) {
        let (mut begin, mut end) = (end.saturating_sub(took), end);
        let after = self.joined.iter().rev().take_while(|(later, _)| *later > end).count();
        let later = self.joined.split_off(self.joined.len() - after);
        while let Some((earlier, until)) = self.joined.pop_if(|(_, until)| *until >= begin) {
            (begin, end) = (begin.min(earlier), end.max(until));
        }
        self.joined.push((begin, end));
        self.joined.extend(later);
    }

    /// Time that any of them covers.
    pub(super) fn covered(&self) -> Duration {
        self.joined.iter().map(|(begin, end)| *end - *begin).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_covered_is_counted_once(stretches in proptest::collection::vec((0_u64..60, 0_u64..20), 0..30)) {
            let mut spans = Spans::default();
            let mut covered = [false; 60];
            for (end, took) in stretches {
                spans.add(Duration::from_secs(end), Duration::from_secs(took));
                for second in end.saturating_sub(took)..end {
                    covered[second as usize] = true;
                }
            }
            let expected = covered.iter().filter(|covered| **covered).count() as u64;
            prop_assert_eq!(spans.covered(), Duration::from_secs(expected));
        }
    }
}

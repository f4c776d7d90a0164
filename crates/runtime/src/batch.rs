//! How many items one batch of a stage may hold on one device.
//!
//! As many as the free memory carries, within the bounds of the stage. Where memory ran out all the same the bound is
//! halved, and it grows again after a number of batches that went well. That number doubles each time memory runs out,
//! so that a size which never fits is tried less and less often.

use voiceman_base::{BatchShape, Bytes};

/// Batches that must go well before the bound grows for the first time.
const GROW_AFTER: u32 = 8;
/// Most batches that are waited for before it is tried to grow again.
const GROW_AFTER_AT_MOST: u32 = 512;

/// Plans the batches of one stage on one device.
#[derive(Clone, Debug)]
pub struct Planner {
    shape: BatchShape,
    /// Most items as far as experience goes; from `shape.min` to `shape.max`.
    limit: usize,
    /// Batches that went well in a row, since the bound changed.
    successes: u32,
    /// How many of them make it grow.
    grow_after: u32,
}

/// What is to be done when memory ran out in a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// Try again with at most this many items.
    Halved(usize),
    /// The batch was as small as it can be: try another device.
    AtMinimum,
}

impl Planner {
    /// A planner for a processor, where more than the default is not worth its memory.
    pub fn on_processor(shape: BatchShape) -> Planner {
        Planner::new(BatchShape { max: shape.default, ..shape })
    }

    /// A planner that has seen nothing yet. Bounds that make no sense are moved to the nearest that do.
    pub fn new(shape: BatchShape) -> Planner {
        let min = shape.min.max(1);
        let max = shape.max.max(min);
        let shape = BatchShape { min, max, default: shape.default.clamp(min, max), ..shape };
        Planner { shape, limit: max, successes: 0, grow_after: GROW_AFTER }
    }

    /// How many items fit into `free` memory when so many take `memory` of them; nothing where not even the fewest do.
    ///
    /// `share` in (0, 1] makes batches smaller, because the device is hot or memory is short, but not smaller than the
    /// fewest. Where items are not known to take any memory the default of the stage counts.
    pub fn plan(&self, free: Bytes, memory: impl Fn(usize) -> Bytes, share: f64) -> Option<usize> {
        let size = match memory(self.shape.min).get() {
            0 => self.shape.default.min(self.limit),
            _ => (self.shape.min..=self.limit).rev().find(|items| memory(*items) <= free)?,
        };
        Some(((size as f64 * share.clamp(0.0, 1.0)) as usize).clamp(self.shape.min, size))
    }

    /// Most items as far as experience goes: less than the stage's own bound after memory ran out.
    pub fn limit(&self) -> usize {
        self.limit
    }

    /// Memory ran out in a batch that had `items` in memory at once.
    pub fn out_of_memory(&mut self, items: usize) -> Remedy {
        self.successes = 0;
        self.grow_after = (self.grow_after * 2).min(GROW_AFTER_AT_MOST);
        if items <= self.shape.min {
            self.limit = self.shape.min;
            return Remedy::AtMinimum;
        }
        // Batches that were begun before the bound was lowered may fail after: they lower it no further.
        self.limit = self.limit.min((items / 2).max(self.shape.min));
        Remedy::Halved(self.limit)
    }

    /// A batch went well.
    pub fn succeeded(&mut self) {
        if self.limit == self.shape.max {
            return;
        }
        self.successes += 1;
        if self.successes >= self.grow_after {
            self.successes = 0;
            self.limit = self.limit.saturating_mul(2).min(self.shape.max);
        }
    }
}

/// Batches as the specification of the runtime has them, by the name of a stage; 8 items for one that it does not name.
///
/// | stage | default | min | max | MB per item |
/// |---|---|---|---|---|
/// | stt | 8 | 1 | 32 | 2000 |
/// | alignment | 16 | 4 | 64 | 500 |
/// | diarization | 4 | 1 | 16 | 4000 |
/// | ser | 8 | 1 | 32 | 1500 |
/// | scoring | 32 | 8 | 128 | 100 |
/// | others | 8 | 1 | 8 | 500: eight items in the 4 GB of [`table_lease`](crate::memory::table_lease) |
pub fn specification_shape(stage: &str) -> BatchShape {
    let shape = |item, default, min, max, mega: u64| BatchShape {
        memory_fixed: Bytes::new(0),
        item,
        default,
        min,
        max,
        memory_per_item: Bytes::new(mega * 1_000_000),
    };
    match stage {
        "stt" => shape("window", 8, 1, 32, 2_000),
        "alignment" => shape("window", 16, 4, 64, 500),
        "diarization" => shape("window", 4, 1, 16, 4_000),
        "ser" => shape("utterance", 8, 1, 32, 1_500),
        "scoring" => shape("recording", 32, 8, 128, 100),
        _ => shape("item", 8, 1, 8, 500),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn mega(count: u64) -> Bytes {
        Bytes::new(count * 1_000_000)
    }

    fn plan(stage: &str, free_mega: u64) -> Option<usize> {
        let shape = specification_shape(stage);
        Planner::new(shape).plan(mega(free_mega), |items| shape.memory(items), 1.0)
    }

    #[test]
    fn size_is_free_memory_by_memory_of_an_item_within_bounds() {
        assert_eq!(plan("stt", 16_000), Some(8));
        assert_eq!(plan("stt", 15_999), Some(7));
        assert_eq!(plan("stt", 1_000_000), Some(32));
        assert_eq!(plan("stt", 1_999), None);
        assert_eq!(plan("alignment", 1_999), None);
        assert_eq!(plan("alignment", 2_000), Some(4));
        assert_eq!(plan("diarization", 1_000_000), Some(16));
        assert_eq!(plan("scoring", 800), Some(8));
        assert_eq!(plan("unheard of", 1_000_000), Some(8));
    }

    #[test]
    fn a_share_makes_batches_smaller_but_not_smaller_than_the_fewest() {
        let shape = specification_shape("alignment");
        let planner = Planner::new(shape);
        let halved = |free| planner.plan(mega(free), |items| shape.memory(items), 0.5);
        assert_eq!(halved(32_000), Some(32));
        assert_eq!(halved(8_000), Some(8));
        assert_eq!(halved(2_500), Some(4));
        assert_eq!(halved(1_000), None);
        assert_eq!(planner.plan(mega(8_000), |items| shape.memory(items), 0.75), Some(12));
    }

    #[test]
    fn an_item_of_no_known_size_takes_the_default() {
        let planner = Planner::new(specification_shape("ser"));
        assert_eq!(planner.plan(Bytes::default(), |_| Bytes::default(), 1.0), Some(8));
        assert_eq!(planner.plan(Bytes::default(), |_| Bytes::default(), 0.5), Some(4));
    }

    #[test]
    fn out_of_memory_halves_down_to_the_minimum_and_success_doubles_again() {
        let mut planner = Planner::new(specification_shape("alignment"));
        assert_eq!(planner.out_of_memory(16), Remedy::Halved(8));
        // A batch that ran beside it and was as large.
        assert_eq!(planner.out_of_memory(16), Remedy::Halved(8));
        assert_eq!(planner.out_of_memory(8), Remedy::Halved(4));
        assert_eq!(planner.out_of_memory(4), Remedy::AtMinimum);
        assert_eq!(planner.limit(), 4);
        let mut limits = Vec::new();
        for _ in 0..5 {
            (0..GROW_AFTER << 4).for_each(|_| planner.succeeded());
            limits.push(planner.limit());
        }
        assert_eq!(limits, [8, 16, 32, 64, 64]);
    }

    #[test]
    fn a_size_that_never_fits_is_tried_less_and_less_often() {
        let mut planner = Planner::new(specification_shape("diarization"));
        let mut failures = 0;
        for _ in 0..10_000 {
            match planner.limit() > 8 {
                true => {
                    failures += 1;
                    assert_eq!(planner.out_of_memory(16), Remedy::Halved(8));
                }
                false => planner.succeeded(),
            }
        }
        // 16 + 32 + ... + 512, then every 512 batches.
        assert_eq!(failures, 24);
    }

    proptest! {
        /// Whatever happens, a planned batch fits into the memory and into the bounds.
        #[test]
        fn a_planned_batch_fits(
            (min, more, default) in (0..10_usize, 0..100_usize, 0..200_usize),
            (fixed, per_item) in (0..50_000_u64, 1..5_000_u64),
            events in prop::collection::vec((any::<bool>(), 0..200_000_u64, 0.0..1.2_f64), 1..100),
        ) {
            let shape = BatchShape { item: "item", default, min, max: min + more, memory_fixed: Bytes::new(fixed), memory_per_item: Bytes::new(per_item) };
            let mut planner = Planner::new(shape);
            for (fails, free, share) in events {
                if let Some(size) = planner.plan(Bytes::new(free), |items| shape.memory(items), share) {
                    prop_assert!(size >= 1 && size >= min && size <= (min + more).max(1));
                    prop_assert!(fixed + size as u64 * per_item <= free);
                    prop_assert!(size <= planner.limit());
                    if fails {
                        let remedy = planner.out_of_memory(size);
                        let next = planner.plan(Bytes::new(free), |items| shape.memory(items), 1.0);
                        match remedy {
                            Remedy::Halved(most) => prop_assert!(most < size && next.is_some_and(|next| next <= most)),
                            Remedy::AtMinimum => prop_assert_eq!(size, min.max(1)),
                        }
                    } else {
                        planner.succeeded();
                    }
                } else {
                    prop_assert!(free < fixed + per_item * min.max(1) as u64);
                }
            }
        }
    }
}

//! Finds a stage whose memory grows from batch to batch.
//!
//! Over the last [`WINDOW`] batches, after the first [`WARM_UP`], memory is called leaking when all of this holds:
//!
//! - it rises more often than chance allows (Mann-Kendall: z of 5 or more, one in three million windows of pure noise);
//! - it rises all the time: between the medians of the four quarters of the window, each step is at least a quarter of
//!   the whole rise. A cache that is filled once, or that fills ever more slowly, does not do that;
//! - the second half of the window rises significantly by itself (z of 4 or more), so that noise on the flat end of a
//!   warm-up is not taken for steadiness;
//! - it rises by 5 % and 32 MiB at least between the first quarter and the last.
//!
//! How fast is the median of the slopes between all pairs of batches (Theil 1950, Sen 1968), which single odd batches
//! do not move. After a finding the window is emptied, so that a leak is told once every [`WINDOW`] batches.

use std::collections::VecDeque;
use std::fmt;
use voiceman_base::{Bytes, median};

/// Batches that are looked at; a multiple of 4.
pub const WINDOW: usize = 32;
/// Batches in which memory is expected to grow: models, caches and arenas come to their size.
pub const WARM_UP: usize = 8;
/// Least significance of the rise, in standard deviations of Mann and Kendall's statistic.
const SIGNIFICANT: f64 = 5.0;
/// Least significance of the rise in the second half of the window alone.
const STILL_SIGNIFICANT: f64 = 4.0;
/// Least share of the whole rise in each step from quarter to quarter; a steady rise has a third in each.
const STEADY: f64 = 0.25;
/// Least rise as a share of the memory of the first quarter.
const RISE: f64 = 0.05;
/// Least rise.
const LEAST_RISE: f64 = (32_u64 << 20) as f64;

/// Memory of the process after the batches of one stage.
#[derive(Clone, Debug, Default)]
pub struct Trend {
    seen: usize,
    window: VecDeque<f64>,
}

/// Memory grows steadily.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leak {
    /// By this much a batch.
    pub bytes_per_batch: Bytes,
    /// Median of the first quarter of the window.
    pub from: Bytes,
    /// Median of its last quarter.
    pub to: Bytes,
}

impl fmt::Display for Leak {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Leak { bytes_per_batch, from, to } = self;
        write!(f, "memory grows by {bytes_per_batch} a batch: from {from} to {to} in the last {WINDOW} batches")
    }
}

impl Trend {
    /// The process holds `held` after another batch of the stage. A leak, where that completes the proof of one.
    pub fn push(&mut self, held: Bytes) -> Option<Leak> {
        self.seen += 1;
        if self.seen <= WARM_UP {
            return None;
        }
        if self.window.len() == WINDOW {
            self.window.pop_front();
        }
        self.window.push_back(held.get() as f64);
        if self.window.len() < WINDOW {
            return None;
        }
        let leak = find(self.window.make_contiguous())?;
        self.window.clear();
        Some(leak)
    }
}

fn find(held: &[f64]) -> Option<Leak> {
    let quarters: Vec<f64> = held.chunks(WINDOW / 4).map(|quarter| median(quarter).unwrap_or(0.0)).collect();
    let (first, last) = (*quarters.first()?, *quarters.last()?);
    let rise = last - first;
    let steady = quarters.windows(2).all(|pair| pair[1] - pair[0] >= rise * STEADY);
    let significant = significance(held) >= SIGNIFICANT && significance(held.get(WINDOW / 2..)?) >= STILL_SIGNIFICANT;
    if rise < (first * RISE).max(LEAST_RISE) || !steady || !significant {
        return None;
    }
    let bytes = |value: f64| Bytes::new(value.max(0.0) as u64);
    Some(Leak { bytes_per_batch: bytes(slope(held)), from: bytes(first), to: bytes(last) })
}

/// Mann and Kendall's statistic in standard deviations: pairs that rise less pairs that fall.
fn significance(held: &[f64]) -> f64 {
    let balance: f64 = pairs(held).map(|(_, rise)| if rise == 0.0 { 0.0 } else { rise.signum() }).sum();
    let count = held.len() as f64;
    balance / (count * (count - 1.0) * (2.0 * count + 5.0) / 18.0).sqrt()
}

/// The median of the slopes between all pairs, a batch.
fn slope(held: &[f64]) -> f64 {
    median(&pairs(held).map(|(apart, rise)| rise / apart).collect::<Vec<f64>>()).unwrap_or(0.0)
}

/// Of each earlier and later batch, how many batches lie between them and by how much memory rose.
fn pairs(held: &[f64]) -> impl Iterator<Item = (f64, f64)> + '_ {
    let later = move |(index, early): (usize, &f64)| {
        let early = *early;
        held.iter().skip(index + 1).zip(1..).map(move |(late, apart)| (f64::from(apart), late - early))
    };
    held.iter().enumerate().flat_map(later)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const GIGA: f64 = 1e9;

    /// The batches after which a leak was told.
    fn told(held: impl IntoIterator<Item = f64>) -> Vec<(usize, Leak)> {
        let mut trend = Trend::default();
        let push = |(index, held): (usize, f64)| trend.push(Bytes::new(held as u64)).map(|leak| (index + 1, leak));
        held.into_iter().enumerate().filter_map(push).collect()
    }

    #[test]
    fn a_leak_of_one_percent_a_batch_is_found_as_soon_as_the_window_is_full() {
        let found = told((0..80).map(|batch| GIGA * 1.01_f64.powi(batch)));
        assert_eq!(found.iter().map(|(batch, _)| *batch).collect::<Vec<_>>(), [40, 72]);
        let (_, leak) = found[0];
        let rate = leak.bytes_per_batch.get() as f64 / (GIGA * 1.01_f64.powi(24));
        assert!((0.009..0.012).contains(&rate), "{rate}");
        assert!(leak.to_string().starts_with("memory grows by 1"), "{leak}");
    }

    #[test]
    fn steps_and_caches_that_fill_are_no_leak() {
        for step in 0..80 {
            let found = told((0..80).map(|batch| if batch < step { GIGA } else { 3.0 * GIGA }));
            assert_eq!(found, [], "a step at batch {step}");
        }
        for time_constant in [2.0, 5.0, 10.0, 20.0, 25.0] {
            let found = told((0..400).map(|batch| GIGA * (2.0 - (-f64::from(batch) / time_constant).exp())));
            assert_eq!(found, [], "a cache that fills in {time_constant} batches");
        }
    }

    #[test]
    fn a_leak_beside_large_single_batches_is_found() {
        let odd = |batch: i32| if batch % 5 == 0 { 0.8 * GIGA } else { 0.0 };
        let found = told((0..60).map(|batch| GIGA * (1.0 + 0.02 * f64::from(batch)) + odd(batch)));
        assert!(!found.is_empty());
    }

    #[test]
    fn a_small_process_may_grow_by_a_little() {
        assert_eq!(told((0..100).map(|batch| 40e6 + 0.5e6 * f64::from(batch))), []);
    }

    proptest! {
        /// A plateau with noise of up to 10 % either way, reached by a warm-up, over three hundred batches.
        #[test]
        fn noise_on_a_plateau_is_no_leak(
            noise in prop::collection::vec(-1.0..1.0_f64, 300),
            size in 0.0..0.1_f64,
            warm_up in 1.0..8.0_f64,
        ) {
            let held = noise.iter().enumerate().map(|(batch, noise)| {
                GIGA * (1.0 - 0.5 * (-(batch as f64) / warm_up).exp()) * (1.0 + size * noise)
            });
            prop_assert_eq!(told(held), []);
        }

        /// One percent a batch, under noise of up to 3 % either way, is found within a hundred batches.
        #[test]
        fn a_leak_under_noise_is_found(noise in prop::collection::vec(-0.03..0.03_f64, 100)) {
            let held = noise.iter().enumerate().map(|(batch, noise)| GIGA * 1.01_f64.powi(batch as i32) * (1.0 + noise));
            prop_assert!(!told(held).is_empty());
        }
    }
}

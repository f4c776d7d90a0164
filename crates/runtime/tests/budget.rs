//! The book of memory: what is granted, what is refused, and that it is right after every step.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use proptest::prelude::*;
use voiceman_base::Bytes;
use voiceman_runtime::catch;
use voiceman_runtime::memory::{Budget, Lease};

const GIGA: u64 = 1_000_000_000;

fn giga(count: u64) -> Bytes {
    Bytes::new(count * GIGA)
}

#[test]
fn a_lease_that_does_not_fit_is_refused_in_words() {
    let budget = Budget::new(giga(20));
    let held = budget.lease(giga(16), "stt").expect("it fits");
    let refused = budget.lease(giga(8), "diarization").expect_err("only 4 GB are left");
    assert_eq!(refused.to_string(), "lease 8.0 GB of memory for diarization: 16.0 GB of 20.0 GB are leased");
    assert!(!refused.is_in_vain());
    drop(held);
    assert!(budget.lease(giga(8), "diarization").is_ok());
    assert!(budget.lease(giga(21), "stt").expect_err("more than all").is_in_vain());
}

#[test]
fn what_is_really_free_counts_beside_the_book() {
    let budget = Budget::new(giga(128));
    budget.set_free(giga(10));
    let first = budget.lease(giga(8), "stt").expect("8 of 10 GB");
    let refused = budget.lease(giga(4), "alignment").expect_err("2 GB are left, as far as anybody knows");
    assert_eq!(
        refused.to_string(),
        "lease 4.0 GB of memory for alignment: 8.0 GB of 128.0 GB are leased, and 2.0 GB are really free"
    );
    // The next reading shows what the first lease took: 8 of 10 GB, and another program gave 3 back.
    budget.set_free(giga(5));
    let second = budget.lease(giga(4), "alignment").expect("4 of 5 GB");
    // A lease from before the reading says nothing about what is free now.
    drop(first);
    assert_eq!(budget.state().available(), giga(1));
    // One from after it does: nothing of it was in the reading.
    drop(second);
    assert_eq!(budget.state().available(), giga(5));
}

#[test]
fn a_panic_gives_the_lease_back() {
    let budget = Budget::new(giga(4));
    let panicked = catch(|| {
        let _lease = budget.lease(giga(4), "ser").expect("all of it");
        assert_eq!(budget.state().by_stage.get("ser"), Some(&giga(4)));
        panic!("the stage fails");
    });
    assert!(panicked.is_err());
    assert_eq!(budget.state().leased, Bytes::default());
    assert!(budget.state().by_stage.is_empty());
    assert_eq!(budget.state().most_leased, giga(4));
}

#[derive(Clone, Debug)]
enum Step {
    Lease(u64, usize),
    Release(usize),
    Read(u64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0..600_u64, 0..3_usize).prop_map(|(bytes, stage)| Step::Lease(bytes, stage)),
        3 => (0..8_usize).prop_map(Step::Release),
        1 => (0..1_500_u64).prop_map(Step::Read),
    ]
}

proptest! {
    /// Against a plain list of what is held: never over the total, never over what was really free, books in order.
    #[test]
    fn the_book_is_right_after_every_step(steps in prop::collection::vec(step(), 1..200)) {
        const STAGES: [&str; 3] = ["stt", "ser", "scoring"];
        const TOTAL: u64 = 1_000;
        let budget = Budget::new(Bytes::new(TOTAL));
        let mut held: Vec<(Lease, usize)> = Vec::new();
        let (mut free, mut readings) = (None, 0_usize);
        for step in steps {
            match step {
                Step::Lease(bytes, stage) => {
                    let leased: u64 = held.iter().map(|(lease, _)| lease.bytes().get()).sum();
                    let unseen: u64 = held.iter().filter(|(_, at)| *at == readings).map(|(lease, _)| lease.bytes().get()).sum();
                    let fits = leased + bytes <= TOTAL && free.is_none_or(|free| unseen + bytes <= free);
                    // Nothing at all can always be had, also where more is out than is there.
                    let lease = budget.lease(Bytes::new(bytes), STAGES[stage]);
                    prop_assert_eq!(lease.is_ok(), fits || bytes == 0);
                    held.extend(lease.ok().map(|lease| (lease, readings)));
                }
                Step::Release(index) if index < held.len() => drop(held.swap_remove(index)),
                Step::Release(_) => {}
                Step::Read(now) => {
                    budget.set_free(Bytes::new(now));
                    (free, readings) = (Some(now), readings + 1);
                }
            }
            let state = budget.state();
            prop_assert!(state.leased <= state.total);
            prop_assert_eq!(state.available(), budget.available());
            prop_assert_eq!(state.leased.get(), held.iter().map(|(lease, _)| lease.bytes().get()).sum::<u64>());
            prop_assert_eq!(state.leased.get(), state.by_stage.values().map(|bytes| bytes.get()).sum::<u64>());
        }
        held.clear();
        prop_assert_eq!(budget.state().leased, Bytes::default());
    }
}

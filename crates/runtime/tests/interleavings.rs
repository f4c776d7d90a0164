//! Every order in which threads can take their steps, over the code that more than one thread enters: leases of memory, and the
//! rest of batches on a hot device. Loom (after Norris & Demsky 2013) plays them all; one that waits for ever fails.
//!
//! The modules are those of the library, with loom's twins for what threads share. Everything else in a run belongs to the
//! one thread that owns the scheduler, or comes to it through a channel.

#![allow(clippy::expect_used, dead_code, reason = "tests, of which each uses a part of what it takes in")]

#[path = "../src/memory/budget.rs"]
mod budget;
#[path = "../src/drive/leave.rs"]
mod leave;
/// What `../src/sync.rs` is in the library.
mod sync {
    pub(crate) use loom::sync::atomic::AtomicBool;
    pub(crate) use loom::sync::{Arc, Condvar, Mutex, MutexGuard};
}

use budget::Budget;
use leave::{Leave, Paces};
use loom::thread;
use std::time::Duration;
use sync::Arc;
use voiceman_base::{Bytes, Cancelled, Watch};
use voiceman_runtime::heat::Pace;
use voiceman_runtime::{CancelToken, heat, schedule};

#[test]
fn leases_of_several_threads_never_pass_the_total_and_come_back() {
    loom::model(|| {
        let budget = Budget::new(Bytes::new(10));
        let stages = ["stt", "ser"].map(|stage| {
            let budget = budget.clone();
            thread::spawn(move || budget.lease(Bytes::new(6), stage).is_ok_and(|lease| lease.bytes() == Bytes::new(6)))
        });
        budget.set_free(Bytes::new(10));
        let state = budget.state();
        assert!(state.leased <= state.total);
        let granted = stages.map(|stage| stage.join().expect("nothing panics"));
        assert!(granted[0] || granted[1], "one of them at least finds it free");
        let state = budget.state();
        assert_eq!((state.leased, state.unseen), (Bytes::default(), Bytes::default()));
        assert!(state.most_leased <= Bytes::new(6) && state.by_stage.is_empty());
    });
}

/// A batch that rests because its device is too hot, and what it came to after `wake`.
fn rested(wake: fn(&Paces, &Leave)) -> Result<usize, Cancelled> {
    let paces = Arc::new(Paces::new(1));
    paces.set(0, Pace::Stopped);
    let leave = Arc::new(Leave::new(CancelToken::default(), Arc::clone(&paces), 0, 8));
    let batch = {
        let leave = Arc::clone(&leave);
        thread::spawn(move || leave.next_batch(5))
    };
    wake(&paces, &leave);
    batch.join().expect("nothing panics")
}

#[test]
fn a_batch_that_rests_goes_on_when_its_device_is_cool() {
    loom::model(|| assert_eq!(rested(|paces, _| paces.set(0, Pace::Full)), Ok(5)));
}

#[test]
fn a_batch_that_rests_goes_on_with_less_when_its_device_is_nearly_cool() {
    let half = |paces: &Paces, _: &Leave| paces.set(0, Pace::Throttled { share: 0.5, pause: Duration::ZERO });
    loom::model(move || assert_eq!(rested(half), Ok(4)));
}

#[test]
fn a_batch_that_rests_hears_that_it_should_stop() {
    loom::model(|| assert_eq!(rested(|_, leave| leave.stop()), Err(Cancelled)));
}

//! The book of a device's memory, and leases that are given back by themselves.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use voiceman_base::Bytes;

/// Memory that may be leased on one device. Clones are the same budget.
#[derive(Clone)]
pub struct Budget {
    book: Arc<Mutex<Book>>,
}

struct Book {
    total: u64,
    leased: u64,
    most_leased: u64,
    really_free: Option<u64>,
    /// Counts the readings of free memory.
    reading: u64,
    /// Leases that were granted since the last reading and are still held: no reading shows what they take.
    unseen: u64,
    by_stage: BTreeMap<&'static str, u64>,
}

/// What a budget holds at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BudgetState {
    /// All that may be leased.
    pub total: Bytes,
    /// Leased now; never more than `total`.
    pub leased: Bytes,
    /// Most that was leased at any moment so far.
    pub most_leased: Bytes,
    /// Free memory by the last reading; absent before the first.
    pub really_free: Option<Bytes>,
    /// Leased since that reading and still held.
    pub unseen: Bytes,
    /// Leased now, by stage; stages that hold nothing are absent.
    pub by_stage: BTreeMap<&'static str, Bytes>,
}

/// A lease was not granted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("lease {asked} of memory for {stage}: {leased} of {total} are leased{}", told_free(*.really_free))]
pub struct Refused {
    /// Who asked.
    pub stage: &'static str,
    /// For how much.
    pub asked: Bytes,
    /// What others held.
    pub leased: Bytes,
    /// All that may be leased.
    pub total: Bytes,
    /// Really free memory without what was leased since it was read; absent before the first reading.
    pub really_free: Option<Bytes>,
}

fn told_free(really_free: Option<Bytes>) -> String {
    really_free.map(|free| format!(", and {free} are really free")).unwrap_or_default()
}

impl Refused {
    /// It would have been refused even if nobody else held anything: waiting for others does not help.
    pub fn is_in_vain(&self) -> bool {
        self.asked > self.total
    }
}

impl BudgetState {
    /// The largest lease that would be granted now.
    pub fn available(&self) -> Bytes {
        Bytes::new(available(self.total.get(), self.leased.get(), self.really_free.map(Bytes::get), self.unseen.get()))
    }
}

impl Budget {
    /// A budget of `total`, of which nothing is leased.
    pub fn new(total: Bytes) -> Budget {
        let book = Book {
            total: total.get(),
            leased: 0,
            most_leased: 0,
            really_free: None,
            reading: 0,
            unseen: 0,
            by_stage: BTreeMap::new(),
        };
        Budget { book: Arc::new(Mutex::new(book)) }
    }

    /// Takes note of the memory that is really free now, by a reading of the device, the host or the container.
    pub fn set_free(&self, really_free: Bytes) {
        let mut book = self.lock();
        book.really_free = Some(really_free.get());
        book.reading += 1;
        book.unseen = 0;
    }

    /// Leases memory for a stage; dropping the lease gives it back.
    ///
    /// # Errors
    /// [`Refused`] when the budget, or the memory that is really free, does not suffice.
    pub fn lease(&self, bytes: Bytes, stage: &'static str) -> Result<Lease, Refused> {
        let mut book = self.lock();
        if bytes.get() > book.available() {
            return Err(Refused {
                stage,
                asked: bytes,
                leased: Bytes::new(book.leased),
                total: Bytes::new(book.total),
                really_free: book.really_free.map(|free| Bytes::new(free.saturating_sub(book.unseen))),
            });
        }
        book.leased += bytes.get();
        book.unseen += bytes.get();
        book.most_leased = book.most_leased.max(book.leased);
        *book.by_stage.entry(stage).or_default() += bytes.get();
        let reading = book.reading;
        drop(book);
        Ok(Lease { budget: self.clone(), bytes, stage, reading })
    }

    /// What is held now.
    pub fn state(&self) -> BudgetState {
        self.lock().state()
    }

    /// The largest lease that would be granted now, without the cost of a whole [`BudgetState`].
    pub fn available(&self) -> Bytes {
        Bytes::new(self.lock().available())
    }

    fn lock(&self) -> MutexGuard<'_, Book> {
        // No code of others runs under the lock, so a poisoned lock still guards a sound book.
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the book and the last reading leave; nothing where more is out than is there.
fn available(total: u64, leased: u64, really_free: Option<u64>, unseen: u64) -> u64 {
    let by_reading = really_free.map_or(u64::MAX, |free| free.saturating_sub(unseen));
    total.saturating_sub(leased).min(by_reading)
}

impl Book {
    fn available(&self) -> u64 {
        available(self.total, self.leased, self.really_free, self.unseen)
    }

    fn state(&self) -> BudgetState {
        BudgetState {
            total: Bytes::new(self.total),
            leased: Bytes::new(self.leased),
            most_leased: Bytes::new(self.most_leased),
            really_free: self.really_free.map(Bytes::new),
            unseen: Bytes::new(self.unseen),
            by_stage: self.by_stage.iter().map(|(stage, bytes)| (*stage, Bytes::new(*bytes))).collect(),
        }
    }
}

impl fmt::Debug for Budget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Budget").field(&self.state()).finish()
    }
}

/// Memory that a stage may use until this is dropped.
#[derive(Debug)]
#[must_use = "a lease that is dropped is given back"]
pub struct Lease {
    budget: Budget,
    bytes: Bytes,
    stage: &'static str,
    /// How many readings there were when it was granted.
    reading: u64,
}

impl Lease {
    /// How much.
    pub fn bytes(&self) -> Bytes {
        self.bytes
    }

    /// Who holds it.
    pub fn stage(&self) -> &'static str {
        self.stage
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let mut book = self.budget.lock();
        book.leased -= self.bytes.get();
        if book.reading == self.reading {
            book.unseen -= self.bytes.get();
        }
        let left = book.by_stage.get(self.stage).map_or(0, |held| held - self.bytes.get());
        if left == 0 {
            book.by_stage.remove(self.stage);
        } else {
            book.by_stage.insert(self.stage, left);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::panic::catch;
    use proptest::prelude::*;

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
}

//! The book of a device's memory, and leases that are given back by themselves.

use crate::sync::{Arc, Mutex, MutexGuard};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::PoisonError;
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

//! Memory is leased before it is used: nobody takes what another was promised.
//!
//! A [`Budget`] keeps the book of one device, or of the host; a [`Lease`] is a share of it that is given back when it is
//! dropped, also when a stage fails or panics. The book alone is not believed: a lease is refused too where less memory
//! is really free, because other programs and caches know nothing of it.
//!
//! What is *not* tracked: what a stage takes beyond its lease, until the next reading shows it; and a lease that was
//! granted before the last reading but not yet turned into memory by then, which the reading shows as free.

mod budget;
mod table;

pub use budget::{Budget, BudgetState, Lease, Refused};
pub use table::{MemoryStrategy, cache_threshold, caches_are_full, table_lease};

//! How work flows: bounded queues that push back, three steps that overlap, cancellation, caught panics.
//!
//! This crate knows no stage and no recording. Why nothing here can wait for ever stands in
//! `docs/decisions/0010-flow-cannot-deadlock.md`.

pub mod batch;
mod cancel;
pub mod device;
pub mod heat;
pub mod leak;
pub mod learnt;
pub mod memory;
mod overlap;
mod panic;
mod queue;

pub use cancel::CancelToken;
pub use overlap::{Chain, Failure, Outcome};
pub use panic::{Panicked, catch, install_quiet_hook};
pub use queue::{Handed, Limits, Queue, QueueState};

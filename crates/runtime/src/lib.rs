//! How work flows: a scheduler that decides what runs next, threads that do it, the devices they run on, and a machine
//! on paper to try it all out.
//!
//! This crate knows no stage and no recording. Why nothing here can wait for ever stands in
//! `docs/decisions/0010-flow-cannot-deadlock.md`.

pub mod batch;
mod cancel;
pub mod device;
mod drive;
pub mod heat;
pub mod leak;
pub mod learnt;
mod limits;
pub mod memory;
mod panic;
mod quit;
pub mod schedule;
pub mod simulate;
mod sync;

pub use cancel::CancelToken;
pub use drive::{AskCost, BuildExecutor, Drive, Executor, Failure, KeepResult, Leave, Node, Outcome, Trouble};
pub use limits::Limits;
pub use panic::{Panicked, catch, install_quiet_hook};
pub use quit::quit_at_once;

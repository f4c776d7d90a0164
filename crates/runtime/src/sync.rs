//! What threads share. `tests/interleavings.rs` puts the checked twins of these in their place and plays every order of steps.

pub(crate) use std::sync::atomic::AtomicBool;
pub(crate) use std::sync::{Arc, Condvar, Mutex, MutexGuard};

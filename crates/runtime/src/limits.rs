//! How much may wait between two stages.

/// How much may wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Recordings that may wait; one or more.
    pub capacity: usize,
    /// Once full, more come when fewer than this are left; from 1 to `capacity`.
    pub resume_below: usize,
}

impl Limits {
    /// What the specification asks for: five recordings, and on again with fewer than three.
    pub const FLOW: Limits = Limits { capacity: 5, resume_below: 3 };
}

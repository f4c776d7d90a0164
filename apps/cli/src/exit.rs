//! Exit codes. They are part of the interface: scripts rely on them.

use std::process::ExitCode;

/// How the program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Everything asked for was done.
    Done,
    /// The program itself failed: a bug.
    Bug,
    /// Wrong use of the command line or settings.
    Usage,
    /// Done, but some recordings failed; `case.json` says which and why.
    SomeFailed,
    /// No recording could be analysed.
    AllFailed,
    /// A model, a library or a device is missing.
    Missing,
    /// Interrupted; what was finished is kept.
    Interrupted,
}

impl Exit {
    /// How it ends when so many recordings are `good` and so many `bad`.
    pub fn of(good: usize, bad: usize) -> Exit {
        match (good, bad) {
            (_, 0) => Exit::Done,
            (0, _) => Exit::AllFailed,
            _ => Exit::SomeFailed,
        }
    }

    /// The number.
    pub fn code(self) -> u8 {
        match self {
            Exit::Done => 0,
            Exit::Bug => 1,
            Exit::Usage => 2,
            Exit::SomeFailed => 3,
            Exit::AllFailed => 4,
            Exit::Missing => 6,
            Exit::Interrupted => 130,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit.code())
    }
}

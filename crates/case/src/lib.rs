//! The case on disk: index, database, folders of recordings, cached artifacts, resume.
//!
//! ```text
//! CASE/
//!   case.json              index for people and programs; always whole, readable without a lock
//!   case.db                SQLite: the same facts and the history of runs; the only file with a lock
//!   performance.json       what the last run took
//!   recordings/STEM-HASH8/ results of one recording
//!   artifacts/ab/ab...json results of stages by id
//! ```
//!
//! Invariants: every file is written beside its place and renamed into it, so that an interruption leaves the old or
//! the new one, never a part. The database is written before the index and holds nothing that the index lacks, but for
//! the history of runs; either can be made again from the other. Nothing outside of the case folder is ever written.
//! Two runs with the same input and settings differ only in `performance.json`, in the section of the case report that
//! is made from it, and in the database.
//!
//! Formats: `docs/formats/case.md`, `docs/formats/artifact.md`, `docs/formats/performance.md`.

#![cfg_attr(test, allow(clippy::expect_used))]

mod artifacts;
mod atomic;
mod case;
mod database;
mod error;
mod index;
mod name;
mod performance;
mod recording;
mod status;

pub use artifacts::ARTIFACT_SCHEMA;
pub use case::{Case, CaseWarning, Finished};
pub use error::{CaseError, CaseErrorKind};
pub use index::CASE_SCHEMA;
pub use performance::{
    Bottleneck, DevicePerformance, DeviceReadingRecord, Failure, MemoryPerformance, ModelPerformance, NoticeRecord,
    PERFORMANCE_SCHEMA, Performance, PerformanceRecorder, ReadingRecord, RecordingPerformance, StagePerformance,
    StageRun,
};
pub use recording::{MadeBy, Recording, RecordingId, RecordingStatus, WrittenFile};
pub use status::{CaseStatus, Totals, is_case};

//! A recording of a case: which file, how far it has come, where its results are.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use voiceman_base::{ArtifactId, ClipTime, Digest};

/// Number of a recording in its case, counted from 1 in the order in which recordings came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RecordingId(pub(crate) u32);

impl RecordingId {
    /// The bare number.
    pub fn number(self) -> u32 {
        self.0
    }
}

impl fmt::Display for RecordingId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// How far a recording has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecordingStatus {
    /// Not yet finished.
    Pending,
    /// Its results are in its folder.
    Done,
    /// Could not be analysed.
    Failed,
}

impl RecordingStatus {
    /// All of them.
    pub(crate) const ALL: [RecordingStatus; 3] =
        [RecordingStatus::Pending, RecordingStatus::Done, RecordingStatus::Failed];

    /// The name used in files.
    pub fn name(self) -> &'static str {
        match self {
            RecordingStatus::Pending => "pending",
            RecordingStatus::Done => "done",
            RecordingStatus::Failed => "failed",
        }
    }
}

/// A recording of a case. Which one is said by path and digest together: the same file at two places is two recordings.
#[derive(Clone, Debug, PartialEq)]
pub struct Recording {
    /// Number in the case.
    pub id: RecordingId,
    /// Where the original lies, absolute.
    pub path: PathBuf,
    /// Digest of the original's bytes, once it was read.
    pub sha256: Option<Digest>,
    /// How far it has come.
    pub status: RecordingStatus,
    /// Why it failed, if it failed.
    pub error: Option<String>,
    /// Name of its folder under `recordings/`, once its digest is known.
    pub folder: Option<String>,
    /// Length of the sound, once it is done.
    pub duration: Option<ClipTime>,
    /// Which artifact each stage gave, by name of the stage; empty until it is done.
    pub artifacts: BTreeMap<String, ArtifactId>,
    /// The files in its folder, by name.
    pub files: Vec<WrittenFile>,
}

/// A result file of a recording.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WrittenFile {
    /// Name within the folder of the recording.
    pub name: String,
    /// Length.
    pub bytes: u64,
    /// Digest of the bytes.
    pub sha256: Digest,
}

/// What works on a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MadeBy {
    /// Name of the program.
    pub tool: String,
    /// Version of the program.
    pub version: String,
    /// Digest of all settings that change results.
    pub settings_sha256: Digest,
}

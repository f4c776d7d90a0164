//! `case.json`: the index of a case, in words of its file format.

use crate::error::{CaseError, CaseErrorKind};
use crate::name::{is_plain_name, path_bytes, path_from_bytes, shown};
use crate::recording::{MadeBy, Recording, RecordingId, RecordingStatus, WrittenFile};
use crate::status::Totals;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;
use voiceman_base::{ArtifactId, ClipTime, Digest};

/// Schema of the index.
pub const CASE_SCHEMA: &str = "voiceman.case/1";
/// Name of the index in the case folder.
pub(crate) const INDEX_FILE: &str = "case.json";
/// Newest number of the schema that this version reads.
const SCHEMA_NUMBER: u32 = 1;
/// The index of a case with a hundred thousand recordings is smaller than this.
const MAX_INDEX_BYTES: u64 = 1 << 30;
/// No recording is longer than this: thirty years.
const MAX_DURATION_S: f64 = 1e9;

/// The whole file. Keys that a later addition brings are read over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct CaseIndex {
    schema: String,
    tool: Tool,
    settings_sha256: Digest,
    recordings: Vec<RecordingEntry>,
    totals: Totals,
    /// Name of the file with the times of the last run, once there is one.
    performance: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Tool {
    name: String,
    version: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct RecordingEntry {
    id: RecordingId,
    path: String,
    /// The exact bytes in hexadecimal digits, where `path` cannot show them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    path_hex: Option<String>,
    sha256: Option<Digest>,
    status: RecordingStatus,
    error: Option<String>,
    folder: Option<String>,
    duration_s: Option<f64>,
    #[serde(default)]
    artifacts: BTreeMap<String, ArtifactId>,
    #[serde(default)]
    files: Vec<WrittenFile>,
}

/// Only the schema, to tell a newer file from a damaged one.
#[derive(Deserialize)]
struct SchemaOnly {
    schema: String,
}

impl CaseIndex {
    pub(crate) fn new(made_by: &MadeBy, recordings: &[Recording], performance: Option<&str>) -> CaseIndex {
        CaseIndex {
            schema: CASE_SCHEMA.to_owned(),
            tool: Tool { name: made_by.tool.clone(), version: made_by.version.clone() },
            settings_sha256: made_by.settings_sha256,
            recordings: recordings.iter().map(RecordingEntry::new).collect(),
            totals: Totals::of(recordings),
            performance: performance.map(str::to_owned),
        }
    }

    /// Reads the index in the case folder `root`; nothing when there is none.
    pub(crate) fn read(root: &Path) -> Result<Option<CaseIndex>, CaseError> {
        let path = root.join(INDEX_FILE);
        let damaged = || CaseError::new(CaseErrorKind::DamagedIndex, "read", &path);
        let length = match fs::metadata(&path) {
            Ok(facts) if facts.is_file() => facts.len(),
            Ok(_) => return Err(damaged()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(CaseError::io("read", &path, error)),
        };
        if length > MAX_INDEX_BYTES {
            return Err(damaged());
        }
        let bytes = fs::read(&path).map_err(|error| CaseError::io("read", &path, error))?;
        let schema: SchemaOnly = serde_json::from_slice(&bytes).map_err(|error| damaged().because(error))?;
        match schema.schema.strip_prefix("voiceman.case/").and_then(|number| number.parse::<u32>().ok()) {
            Some(found) if found > SCHEMA_NUMBER => {
                let kind = CaseErrorKind::NewerSchema { found, known: SCHEMA_NUMBER };
                Err(CaseError::new(kind, "read", &path))
            }
            Some(SCHEMA_NUMBER) => {
                let index: CaseIndex = serde_json::from_slice(&bytes).map_err(|error| damaged().because(error))?;
                if index.is_sound() { Ok(Some(index)) } else { Err(damaged()) }
            }
            _ => Err(damaged()),
        }
    }

    /// Whether the file says what this program can have written: no name leads out of the case folder, numbers are in
    /// their range.
    fn is_sound(&self) -> bool {
        self.recordings.iter().all(|entry| {
            let mut names = entry.folder.iter().chain(entry.files.iter().map(|file| &file.name));
            names.all(|name| is_plain_name(name))
                && entry.duration_s.is_none_or(|seconds| (0.0..=MAX_DURATION_S).contains(&seconds))
                && entry.path_hex.as_deref().is_none_or(|hex| bytes_from_hex(hex).is_some())
        })
    }

    /// The file's bytes.
    pub(crate) fn to_json(&self) -> Result<Vec<u8>, serde_json::Error> {
        let mut json = serde_json::to_vec_pretty(self)?;
        json.push(b'\n');
        Ok(json)
    }

    pub(crate) fn made_by(&self) -> MadeBy {
        MadeBy {
            tool: self.tool.name.clone(),
            version: self.tool.version.clone(),
            settings_sha256: self.settings_sha256,
        }
    }

    pub(crate) fn recordings(&self) -> Vec<Recording> {
        self.recordings.iter().map(RecordingEntry::recording).collect()
    }
}

impl RecordingEntry {
    fn new(recording: &Recording) -> RecordingEntry {
        let bytes = path_bytes(&recording.path);
        let hex = || bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        RecordingEntry {
            id: recording.id,
            path: shown(recording.path.as_os_str()),
            path_hex: std::str::from_utf8(bytes).is_err().then(hex),
            sha256: recording.sha256,
            status: recording.status,
            error: recording.error.clone(),
            folder: recording.folder.clone(),
            duration_s: recording.duration.map(ClipTime::seconds),
            artifacts: recording.artifacts.clone(),
            files: recording.files.clone(),
        }
    }

    fn recording(&self) -> Recording {
        let exact = self.path_hex.as_deref().and_then(bytes_from_hex);
        Recording {
            id: self.id,
            path: path_from_bytes(exact.as_deref().unwrap_or(self.path.as_bytes())),
            sha256: self.sha256,
            status: self.status,
            error: self.error.clone(),
            folder: self.folder.clone(),
            duration: self.duration_s.map(ClipTime::from_seconds),
            artifacts: self.artifacts.clone(),
            files: self.files.clone(),
        }
    }
}

fn bytes_from_hex(hex: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> =
        hex.chars().map(|digit| digit.to_digit(16).map(|digit| digit as u8)).collect::<Option<_>>()?;
    digits.len().is_multiple_of(2).then(|| digits.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect())
}

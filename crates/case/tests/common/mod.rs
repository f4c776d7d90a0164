//! What several tests of the case need.

#![allow(dead_code, reason = "each test file uses a part of it")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;
use voiceman_base::{Artifact, ArtifactId, ClipTime, Digest, Event, RecordingKey, StageIdentity};
use voiceman_case::{Case, Finished, MadeBy, RecordingId};

pub type TestResult = Result<(), Box<dyn std::error::Error>>;

pub fn made_by() -> MadeBy {
    MadeBy {
        tool: "voiceman".to_owned(),
        version: "0.1.0".to_owned(),
        settings_sha256: Digest::of(b"default settings"),
    }
}

/// A case in a new folder; the folder goes when the first value does.
pub fn new_case() -> Result<(tempfile::TempDir, PathBuf, Case), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let root = folder.path().join("CASE");
    let case = Case::create_or_open(&root, &made_by())?;
    Ok((folder, root, case))
}

pub fn add(case: &Case, path: impl AsRef<Path>) -> Result<RecordingId, Box<dyn std::error::Error>> {
    Ok(case.add(&[path.as_ref().to_owned()])?[0])
}

/// Registers `path` with `content` as its bytes and finishes it with one result file.
pub fn finish(case: &Case, path: &str, content: &[u8]) -> Result<RecordingId, Box<dyn std::error::Error>> {
    let id = case.identify(add(case, path)?, Digest::of(content))?;
    let files = vec![case.write(id, "analysis.json", format!("{{\"of\":\"{path}\"}}\n").as_bytes())?];
    case.finish(id, Finished { duration: ClipTime::from_millis(61_500), artifacts: artifacts_of(content), files })?;
    Ok(id)
}

pub fn artifacts_of(content: &[u8]) -> BTreeMap<String, ArtifactId> {
    BTreeMap::from([("vad".to_owned(), artifact(content).id)])
}

pub fn artifact(content: &[u8]) -> Artifact<Vec<u8>> {
    let identity = StageIdentity { id: "vad", version: 1, settings: Digest::of(b"vad"), models: Vec::new() };
    Artifact::new(&identity, vec![ArtifactId::from_digest(Digest::of(content))], content.to_vec())
}

/// A stage is done with a recording of a minute.
pub fn vad_finished(recording: RecordingKey) -> Event {
    let (took, audio) = (Duration::from_millis(90), ClipTime::from_millis(61_500));
    Event::StageFinished { recording, stage: "vad", took, audio, cached: false }
}

pub fn index(root: &Path) -> Result<serde_json::Value, Box<dyn std::error::Error>> {
    Ok(serde_json::from_slice(&fs::read(root.join("case.json"))?)?)
}

/// All files below `folder`, by their path within it.
pub fn files_below(folder: &Path) -> Result<BTreeMap<PathBuf, Vec<u8>>, Box<dyn std::error::Error>> {
    let (mut files, mut folders) = (BTreeMap::new(), vec![folder.to_owned()]);
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                folders.push(entry.path());
            } else {
                files.insert(entry.path().strip_prefix(folder)?.to_owned(), fs::read(entry.path())?);
            }
        }
    }
    Ok(files)
}

/// Copies a folder of committed data, so that the original stays as it is.
pub fn copy_folder(from: &Path, to: &Path) -> TestResult {
    for (name, bytes) in files_below(from)? {
        let target = to.join(name);
        if let Some(parent) = target.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(target, bytes)?;
    }
    Ok(())
}

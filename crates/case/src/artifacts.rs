//! Cached results of stages: `artifacts/ab/ab....json`, one file an artifact, named by its id.
//!
//! The file is one JSON object in a fixed order, so that the digest is over exact bytes of the file:
//!
//! ```text
//! {"schema":"voiceman.artifact/1","sha256":"<64 digits>","artifact":<bytes that sha256 is over>}\n
//! ```
//!
//! A file that is torn, changed, of another version or under another id's name is never trusted: it counts as absent,
//! with a warning, and is overwritten when the stage has run again.

use crate::atomic;
use crate::error::{CaseError, CaseErrorKind};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use voiceman_base::{Artifact, ArtifactId, Digest};

/// Schema of a cached artifact.
pub const ARTIFACT_SCHEMA: &str = "voiceman.artifact/1";
/// Folder of the artifacts in the case folder.
pub(crate) const ARTIFACTS_FOLDER: &str = "artifacts";
/// A whole day of talk gives a transcript that is smaller than this.
const MAX_ARTIFACT_BYTES: u64 = 1 << 30;

/// What stands before the digest, between digest and artifact, and after it.
const HEAD: &str = r#"{"schema":"voiceman.artifact/1","sha256":""#;
const MIDDLE: &str = r#"","artifact":"#;
const TAIL: &str = "}\n";

/// What was found under an id.
pub(crate) enum Loaded<T> {
    /// The artifact.
    Found(Artifact<T>),
    /// There is none.
    Absent,
    /// There is a file, but it cannot be trusted; why.
    Distrusted(&'static str),
}

/// Where the artifact `id` lies in the case folder `root`.
pub(crate) fn path_of(root: &Path, id: &ArtifactId) -> PathBuf {
    let id = id.to_string();
    root.join(ARTIFACTS_FOLDER).join(&id[..2]).join(format!("{id}.json"))
}

/// Reads the artifact `id`.
pub(crate) fn load<T: DeserializeOwned>(root: &Path, id: &ArtifactId) -> Result<Loaded<T>, CaseError> {
    let path = path_of(root, id);
    let failed = |error| CaseError::io("read", &path, error);
    match fs::symlink_metadata(&path) {
        Ok(facts) if !facts.is_file() => return Ok(Loaded::Distrusted("it is not a file")),
        Ok(facts) if facts.len() > MAX_ARTIFACT_BYTES => return Ok(Loaded::Distrusted("it is too large")),
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Loaded::Absent),
        Err(error) => return Err(failed(error)),
    }
    let bytes = fs::read(&path).map_err(failed)?;
    let payload = match checked_payload(&bytes) {
        Ok(payload) => payload,
        Err(why) => return Ok(Loaded::Distrusted(why)),
    };
    match serde_json::from_slice::<Artifact<T>>(payload) {
        Ok(artifact) if artifact.id == *id => Ok(Loaded::Found(artifact)),
        Ok(_) => Ok(Loaded::Distrusted("it is another artifact")),
        Err(_) => Ok(Loaded::Distrusted("another version of the program wrote it")),
    }
}

/// Writes `artifact` under its id.
pub(crate) fn store<T: Serialize>(root: &Path, artifact: &Artifact<T>) -> Result<(), CaseError> {
    let path = path_of(root, &artifact.id);
    let unwritable = |error| CaseError::new(CaseErrorKind::NotSerializable, "write", &path).because(error);
    let payload = serde_json::to_vec(artifact).map_err(unwritable)?;
    let digest = Digest::of(&payload).to_string();
    let bytes = [HEAD.as_bytes(), digest.as_bytes(), MIDDLE.as_bytes(), &payload, TAIL.as_bytes()].concat();
    if let Some(folder) = path.parent() {
        atomic::make_folder(folder)?;
    }
    atomic::write(&path, &bytes)
}

/// The bytes of the artifact in the file's `bytes`, if the file is whole and its digest right.
fn checked_payload(bytes: &[u8]) -> Result<&[u8], &'static str> {
    const TORN: &str = "it is not whole";
    if !bytes.starts_with(HEAD.as_bytes()) {
        return Err("it is no artifact of this version");
    }
    let rest = bytes.strip_prefix(HEAD.as_bytes()).ok_or(TORN)?;
    let (digest, rest) = rest.split_at_checked(64).ok_or(TORN)?;
    let payload =
        rest.strip_prefix(MIDDLE.as_bytes()).and_then(|rest| rest.strip_suffix(TAIL.as_bytes())).ok_or(TORN)?;
    if Digest::of(payload).to_string().as_bytes() == digest { Ok(payload) } else { Err("its digest is wrong") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use voiceman_base::StageIdentity;

    fn artifact() -> Artifact<Vec<f32>> {
        let identity = StageIdentity { id: "vad", version: 1, settings: Digest::of(b""), models: Vec::new() };
        Artifact::new(&identity, vec![ArtifactId::from_digest(Digest::of(b"input"))], vec![0.1, -3.25e-9, 1.0])
    }

    fn root() -> tempfile::TempDir {
        let root = tempfile::tempdir().expect("a folder");
        fs::create_dir(root.path().join(ARTIFACTS_FOLDER)).expect("artifacts folder");
        root
    }

    #[test]
    fn the_frame_says_the_schema() {
        assert!(HEAD.contains(ARTIFACT_SCHEMA));
    }

    #[test]
    fn what_was_stored_is_loaded_and_is_valid_json() -> Result<(), Box<dyn std::error::Error>> {
        let (root, artifact) = (root(), artifact());
        store(root.path(), &artifact)?;
        assert!(matches!(load(root.path(), &artifact.id)?, Loaded::Found(found) if found == artifact));
        let json: serde_json::Value = serde_json::from_slice(&fs::read(path_of(root.path(), &artifact.id))?)?;
        assert_eq!(json["schema"], ARTIFACT_SCHEMA);
        assert_eq!(json["artifact"]["stage"], "vad");
        let other = ArtifactId::from_digest(Digest::of(b"other"));
        assert!(matches!(load::<Vec<f32>>(root.path(), &other)?, Loaded::Absent));
        Ok(())
    }

    #[test]
    fn another_artifacts_file_and_another_type_are_not_trusted() -> Result<(), Box<dyn std::error::Error>> {
        let (root, artifact) = (root(), artifact());
        store(root.path(), &artifact)?;
        let other = ArtifactId::from_digest(Digest::of(b"other"));
        let place = path_of(root.path(), &other);
        fs::create_dir_all(place.parent().expect("a parent"))?;
        fs::copy(path_of(root.path(), &artifact.id), &place)?;
        assert!(matches!(load::<Vec<f32>>(root.path(), &other)?, Loaded::Distrusted(_)));
        assert!(matches!(load::<Vec<String>>(root.path(), &artifact.id)?, Loaded::Distrusted(_)));
        fs::remove_file(&place)?;
        fs::create_dir(&place)?;
        assert!(matches!(load::<Vec<f32>>(root.path(), &other)?, Loaded::Distrusted(_)));
        Ok(())
    }

    proptest! {
        #[test]
        fn any_changed_byte_and_any_cut_is_noticed(place: prop::sample::Index, change in 1_u8..=255, cut: bool) {
            let (root, artifact) = (root(), artifact());
            store(root.path(), &artifact).expect("stored");
            let path = path_of(root.path(), &artifact.id);
            let mut bytes = fs::read(&path).expect("read");
            let place = place.index(bytes.len());
            if cut {
                bytes.truncate(place);
            } else {
                bytes[place] ^= change;
            }
            fs::write(&path, &bytes).expect("written");
            let loaded = load::<Vec<f32>>(root.path(), &artifact.id).expect("readable");
            prop_assert!(matches!(loaded, Loaded::Distrusted(_)));
        }
    }
}

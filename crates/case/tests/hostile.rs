//! Cases that come from elsewhere: changed, scrambled or made up files never crash the program and never count as sound.

mod common;

use common::*;
use proptest::prelude::*;
use serde_json::json;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use voiceman_case::{Case, CaseErrorKind, CaseStatus};

/// A sound case with a few recordings, as files.
static SOUND: LazyLock<Vec<(PathBuf, Vec<u8>)>> = LazyLock::new(|| {
    let (_folder, root, case) = new_case().expect("a case");
    for number in 0..5 {
        finish(&case, &format!("/in/{number}.wav"), &[number]).expect("finished");
    }
    case.fail(add(&case, "/in/broken.wav").expect("added"), "decode: broken").expect("failed");
    drop(case);
    files_below(&root).expect("files").into_iter().collect()
});

/// The sound case again, in a new folder.
fn copy() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path().join("CASE");
    for (name, bytes) in SOUND.iter() {
        let target = root.join(name);
        fs::create_dir_all(target.parent().expect("a parent")).expect("a folder");
        fs::write(target, bytes).expect("a file");
    }
    (folder, root)
}

/// Works with a case that may be anything: every call gives a value or an error.
fn work(root: &Path) -> Result<(), voiceman_case::CaseError> {
    let case = Case::create_or_open(root, &made_by())?;
    let ids = case.add(&[PathBuf::from("/in/0.wav"), PathBuf::from("/in/new.wav")])?;
    for id in ids {
        let id = case.identify(id, voiceman_base::Digest::of(b"new"))?;
        case.is_done(id, &artifacts_of(b"new"))?;
        case.write(id, "analysis.json", b"{}")?;
        case.fail(id, "why")?;
    }
    case.recordings().map(drop)
}

/// A scrambled database may be noticed late; then it must be called damaged, and nothing else.
fn is_expected(error: &voiceman_case::CaseError) -> bool {
    matches!(
        error.kind(),
        CaseErrorKind::DamagedDatabase
            | CaseErrorKind::DamagedIndex
            | CaseErrorKind::NewerSchema { .. }
            | CaseErrorKind::UnknownRecording
            | CaseErrorKind::NotACase
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn a_scrambled_database_never_crashes(
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..20), cut in any::<Option<prop::sample::Index>>(),
    ) {
        let (_folder, root) = copy();
        let path = root.join("case.db");
        let mut bytes = fs::read(&path).expect("a database");
        for (place, byte) in changes {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        fs::write(&path, bytes).expect("written");
        if let Err(error) = work(&root) {
            prop_assert!(is_expected(&error), "{error:?}");
        }
    }

    #[test]
    fn a_scrambled_index_never_crashes(
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6), with_database: bool,
    ) {
        let (_folder, root) = copy();
        let path = root.join("case.json");
        let mut bytes = fs::read(&path).expect("an index");
        for (place, byte) in changes {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        fs::write(&path, bytes).expect("written");
        if !with_database {
            fs::remove_file(root.join("case.db")).expect("removed");
        }
        let status = CaseStatus::read(&root);
        prop_assert!(status.as_ref().err().is_none_or(is_expected));
        if let Err(error) = work(&root) {
            prop_assert!(is_expected(&error), "{error:?}");
        }
    }
}

/// Changes one value of a sound index and reads it without its database.
fn read_changed(place: &str, value: serde_json::Value) -> Result<(), voiceman_case::CaseError> {
    let (_folder, root) = copy();
    let mut json = index(&root).expect("an index");
    *json.pointer_mut(place).expect(place) = value;
    fs::write(root.join("case.json"), serde_json::to_vec(&json).expect("JSON")).expect("written");
    fs::remove_file(root.join("case.db")).expect("removed");
    CaseStatus::read(&root)?;
    work(&root)
}

#[test]
fn numbers_out_of_range_are_damage() {
    for (place, value) in [
        ("/recordings/0/duration_s", json!(1e300)),
        ("/recordings/0/duration_s", json!((-1.0))),
        ("/recordings/0/id", json!((-1))),
        ("/recordings/0/id", json!((1_u64 << 40))),
        ("/recordings/0/files/0/bytes", json!((-1))),
        ("/recordings/0/sha256", json!("../../x")),
        ("/recordings/0/artifacts/vad", json!("../../x")),
        ("/recordings/0/files/0/name", json!("../../x")),
        ("/recordings/0/status", json!("perfect")),
        ("/schema", json!("voiceman.case/0")),
        ("/schema", json!("voiceman.case/-1")),
        ("/schema", json!("voiceman.case/99999999999999999999")),
        ("/schema", json!("something.else/1")),
    ] {
        let error = read_changed(place, value.clone()).expect_err("damage");
        assert_eq!(error.kind(), CaseErrorKind::DamagedIndex, "{place} {value}");
    }
}

#[test]
fn the_largest_numbers_are_read_and_kept() {
    read_changed("/recordings/0/files/0/bytes", json!(u64::MAX)).expect("a length");
    read_changed("/recordings/0/duration_s", json!(1e9)).expect("thirty years");
    read_changed("/recordings/0/id", json!(u32::MAX)).map_err(|error| error.kind()).expect_err("no number is left");
}

#[test]
fn deep_and_large_json_is_damage() -> TestResult {
    let (_folder, root) = copy();
    fs::remove_file(root.join("case.db"))?;
    for text in ["[".repeat(100_000), format!("{{\"schema\":{}", "{\"a\":".repeat(100_000)), "0".repeat(1_000_000)] {
        fs::write(root.join("case.json"), text)?;
        assert_eq!(work(&root).expect_err("damage").kind(), CaseErrorKind::DamagedIndex);
    }
    Ok(())
}

#[cfg(unix)]
#[test]
fn links_never_lead_out_of_the_case() -> TestResult {
    for name in ["case.db", "case.db-wal", "case.db-journal"] {
        let (folder, root) = copy();
        let outside = folder.path().join("original.wav");
        fs::write(&outside, b"")?;
        if root.join(name).exists() {
            fs::remove_file(root.join(name))?;
        }
        std::os::unix::fs::symlink(&outside, root.join(name))?;
        assert_eq!(work(&root).expect_err(name).kind(), CaseErrorKind::DamagedDatabase);
        assert_eq!(fs::read(&outside)?, b"");
    }
    for name in ["recordings", "artifacts"] {
        let (folder, root) = copy();
        let outside = folder.path().join("originals");
        fs::create_dir(&outside)?;
        if root.join(name).exists() {
            fs::remove_dir_all(root.join(name))?;
        }
        std::os::unix::fs::symlink(&outside, root.join(name))?;
        assert_eq!(work(&root).expect_err(name).kind(), CaseErrorKind::NotAFolder);
        assert_eq!(fs::read_dir(&outside)?.count(), 0);
    }
    Ok(())
}

#[cfg(unix)]
#[test]
fn things_that_are_no_files_are_not_waited_for() -> TestResult {
    for name in ["case.db", "case.json"] {
        let (_folder, root) = copy();
        fs::remove_file(root.join(name))?;
        let status = std::process::Command::new("mkfifo").arg(root.join(name)).status()?;
        assert!(status.success());
        let kind = work(&root).map_err(|error| error.kind());
        match name {
            "case.db" => assert_eq!(kind, Err(CaseErrorKind::DamagedDatabase)),
            // The database has everything; the pipe is replaced by a file.
            _ => assert_eq!(kind, Ok(())),
        }
    }
    Ok(())
}

//! The program killed in the middle, again and again: what was finished stays, nothing finished is done twice, and the
//! end is the same in every byte as if nothing had happened.

#![cfg(unix)]
#![allow(clippy::expect_used, reason = "tests")]

mod common;

use common::{json, samples, voiceman};
use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::Stdio;

/// Short recordings, so that many kills hit many different moments.
const RECORDINGS: [&str; 4] =
    ["reading 0880.wav", "New Recording 7.m4a", "통화 녹음 240312_142233.m4a", "hotline 8 kHz.wav"];

/// Seconds are not asked for: after this many lines of events the program is killed.
const KILLED_AFTER: [usize; 8] = [2, 5, 9, 14, 20, 27, 35, 12];

/// Files of a case that must not depend on how it was made: all but times, the report over the case, which tells them, and
/// the database with its journal.
fn files(case: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    fn collect(folder: &Path, root: &Path, into: &mut BTreeMap<PathBuf, Vec<u8>>) {
        for entry in fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry")) {
            let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
            if path.is_dir() {
                collect(&path, root, into);
            } else if folder != root
                || !(name.starts_with("case.db") || name == "performance.json" || name == "report.html")
            {
                into.insert(path.strip_prefix(root).expect("below").to_owned(), fs::read(&path).expect("a file"));
            }
        }
    }
    let mut files = BTreeMap::new();
    collect(case, case, &mut files);
    files
}

/// Starts the program and kills it after so many lines of events, or lets it end. Gives stages that were worked out:
/// recording by its name, and stage.
fn run(input: &Path, case: &Path, kill_after: Option<usize>) -> Vec<(String, String)> {
    let mut child = voiceman()
        .arg("analyze")
        .arg(input)
        .arg("--out")
        .arg(case)
        .args(["--progress", "json"])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("starts");
    let lines = BufReader::new(child.stderr.take().expect("stderr")).lines();
    let (mut names, mut worked) = (BTreeMap::new(), Vec::new());
    for (count, line) in lines.enumerate() {
        let Ok(line) = line else { break };
        let event: serde_json::Value = serde_json::from_str(&line).unwrap_or_default();
        let text = |key: &str| event[key].as_str().unwrap_or_default().to_owned();
        match event["event"].as_str() {
            Some("recording_started") => {
                names.insert(event["recording"].as_u64(), text("name"));
            }
            Some("stage_finished") if event["cached"] == false => {
                let name = names.get(&event["recording"].as_u64()).cloned().unwrap_or_default();
                worked.push((name, text("stage")));
            }
            _ => {}
        }
        if Some(count) == kill_after {
            child.kill().expect("killed");
            break;
        }
    }
    let status = child.wait().expect("ends");
    assert_eq!(status.code(), if kill_after.is_some() { None } else { Some(0) });
    worked
}

#[test]
fn killed_again_and_again_it_ends_as_if_nothing_had_happened() {
    let folder = tempfile::tempdir().expect("a folder");
    let input = folder.path().join("in");
    fs::create_dir(&input).expect("a folder");
    for name in RECORDINGS {
        fs::copy(samples().join(name), input.join(name)).expect("a sample");
    }
    let (undisturbed, tortured) = (folder.path().join("undisturbed"), folder.path().join("tortured"));
    let once = run(&input, &undisturbed, None);
    let mut worked = Vec::new();
    for lines in KILLED_AFTER {
        worked.push(run(&input, &tortured, Some(lines)));
    }
    worked.push(run(&input, &tortured, None));

    let (expected, found) = (files(&undisturbed), files(&tortured));
    let missing: Vec<_> = expected.keys().filter(|path| !found.contains_key(*path)).collect();
    assert!(missing.is_empty(), "{missing:?}");
    let added: Vec<_> = found.keys().filter(|path| !expected.contains_key(*path)).collect();
    assert!(added.is_empty(), "{added:?}");
    for (path, bytes) in &expected {
        assert!(*bytes == found[path], "{} differs", path.display());
    }
    // A stage is worked out again only where its result was not on the disk when the program was killed; but decoding is
    // no result: sound is decoded again wherever somebody still needs it.
    let results = |worked: &[(String, String)]| worked.iter().filter(|(_, stage)| stage != "decode").count();
    let again = worked.iter().map(|worked| results(worked)).sum::<usize>() - results(&once);
    assert!(again <= 2 * KILLED_AFTER.len(), "{again} results were worked out again");
    let performance = json(&tortured.join("performance.json"));
    assert_eq!(performance["failures"].as_array().map(Vec::len), Some(0));
}

#[test]
fn a_model_that_vanishes_ends_the_run_and_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let case = folder.path().join("case");
    let home = PathBuf::from(std::env::var("VOICEMAN_HOME").unwrap_or_else(|_| {
        let data = std::env::var("XDG_DATA_HOME")
            .unwrap_or_else(|_| format!("{}/.local/share", std::env::var("HOME").expect("a home")));
        format!("{data}/voiceman")
    }));
    // A home with everything but the recogniser, which is there only by its name when the run begins.
    let other = folder.path().join("home");
    fs::create_dir(&other).expect("a folder");
    for part in ["blobs", "models", "compiled"] {
        std::os::unix::fs::symlink(home.join(part), other.join(part)).expect("a link");
    }
    let analyze = || {
        let mut command = voiceman();
        command.env("VOICEMAN_HOME", &other).arg("analyze").arg(common::reading()).arg("--out").arg(&case);
        common::ended(command.args(["--progress", "json"]).output().expect("starts"))
    };
    fs::remove_file(other.join("models")).expect("unlinked");
    let run = analyze();
    assert_eq!(run.code, Some(6), "{}", run.err);
    assert!(run.err.contains("models pull"), "{}", run.err);
    std::os::unix::fs::symlink(home.join("models"), other.join("models")).expect("a link");
    assert_eq!(analyze().code, Some(0));
}

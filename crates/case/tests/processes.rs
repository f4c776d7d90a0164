//! Several processes and killed processes. The ignored tests are what the child processes run.

mod common;

use common::*;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use voiceman_base::Digest;
use voiceman_case::{Case, CaseErrorKind, CaseStatus, CaseWarning, RecordingStatus};

/// Tells a child process which case it works on.
const CASE_VARIABLE: &str = "VOICEMAN_CASE_TEST_ROOT";
/// How a child's lines begin; the test harness prints others.
const MARK: &str = "child:";

/// Starts this test program again for one of its ignored tests.
fn start(
    child: &str,
    root: &Path,
) -> Result<(Child, impl Iterator<Item = String> + use<>), Box<dyn std::error::Error>> {
    let mut process = Command::new(std::env::current_exe()?)
        .args(["--exact", child, "--ignored", "--nocapture", "--test-threads=1"])
        .env(CASE_VARIABLE, root)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let output = process.stdout.take().ok_or("no output")?;
    let lines = BufReader::new(output).lines().map_while(Result::ok);
    let marked = lines.filter_map(|line| line.split_once(MARK).map(|(_, said)| said.to_owned()));
    Ok((process, marked))
}

fn child_root() -> PathBuf {
    PathBuf::from(std::env::var_os(CASE_VARIABLE).expect("run by the test beside it"))
}

#[allow(clippy::print_stdout, reason = "this is how the child process reports")]
fn say(what: &str) {
    println!("{MARK}{what}");
}

#[test]
#[ignore = "run as a child process by the tests beside it"]
fn child_holds_the_case() {
    let _case = Case::create_or_open(&child_root(), &made_by()).expect("a case");
    say("open");
    // Until the parent kills this process or, should a test fail, ends and so closes its input.
    std::io::copy(&mut std::io::stdin(), &mut std::io::sink()).expect("an end of the input");
}

#[test]
#[ignore = "run as a child process by the tests beside it"]
fn child_writes_forever() {
    let case = Case::create_or_open(&child_root(), &made_by()).expect("a case");
    for round in 0_u64.. {
        let path = format!("/in/{}.wav", round % 7);
        let id = add(&case, &path).expect("added");
        let id = case.identify(id, Digest::of(path.as_bytes())).expect("identified");
        let content = format!("{round}").repeat(20_000);
        let artifact = artifact(content.as_bytes());
        case.store(&artifact).expect("stored");
        let files = ["analysis.json", "report.html"]
            .map(|name| case.write(id, name, content.as_bytes()).expect("written"))
            .to_vec();
        let artifacts = artifacts_of(content.as_bytes());
        let duration = voiceman_base::ClipTime::from_micros(round as i64);
        case.finish(id, voiceman_case::Finished { duration, artifacts, files }).expect("finished");
        say(&round.to_string());
    }
}

#[test]
fn a_second_process_is_told_that_the_case_is_in_use() -> TestResult {
    let folder = tempfile::tempdir()?;
    let root = folder.path().join("CASE");
    let (mut child, mut lines) = start("child_holds_the_case", &root)?;
    assert_eq!(lines.next().as_deref(), Some("open"));

    for opened in [Case::create_or_open(&root, &made_by()), Case::open(&root)] {
        let error = opened.map(drop).expect_err("a case in use");
        assert_eq!(error.kind(), CaseErrorKind::Locked, "{error:?}");
        assert!(error.to_string().contains("another process"), "{error}");
        assert!(error.hint().contains("wait"), "{}", error.hint());
    }
    assert_eq!(CaseStatus::read(&root)?.totals.recordings, 0, "the status can be read meanwhile");

    child.kill()?;
    child.wait()?;
    Case::create_or_open(&root, &made_by())?;
    Ok(())
}

#[test]
fn a_second_opening_in_the_same_process_is_refused_too() -> TestResult {
    let (_folder, root, case) = new_case()?;
    let error = Case::open(&root).map(drop).expect_err("a case in use");
    assert_eq!(error.kind(), CaseErrorKind::Locked);
    // The refused opening must not have loosened the first one's lock.
    finish(&case, "/in/a.wav", b"a")?;
    let (mut child, mut lines) = start("child_holds_the_case", &root)?;
    assert_eq!(lines.next(), None, "the child could not open the case");
    child.wait()?;
    Ok(())
}

#[test]
fn a_killed_process_leaves_a_whole_case() -> TestResult {
    let folder = tempfile::tempdir()?;
    let root = folder.path().join("CASE");
    for rounds in [1, 2, 3, 5, 8, 13, 21] {
        let (mut child, lines) = start("child_writes_forever", &root)?;
        assert_eq!(lines.take(rounds).count(), rounds, "the child works");
        child.kill()?;
        child.wait()?;

        CaseStatus::read(&root)?;
        let case = Case::create_or_open(&root, &made_by())?;
        for warning in case.take_warnings() {
            assert!(matches!(warning, CaseWarning::LeftoversRemoved(_)), "{warning}");
        }
        for recording in case.recordings()?.into_iter().filter(|one| one.status == RecordingStatus::Done) {
            let folder = case.folder(recording.id)?;
            assert_eq!(recording.files.len(), 2);
            for file in &recording.files {
                assert_eq!(Digest::of(&std::fs::read(folder.join(&file.name))?), file.sha256, "{}", file.name);
            }
            for artifact in recording.artifacts.values() {
                assert!(case.load::<Vec<u8>>(artifact)?.is_some(), "a done recording has its artifacts");
            }
        }
        assert_eq!(CaseStatus::read(&root)?.recordings, case.recordings()?);
        assert_eq!(case.take_warnings(), Vec::new());
        let names = files_below(&root)?.into_keys().map(|name| name.to_string_lossy().into_owned());
        assert_eq!(names.filter(|name| name.ends_with(".tmp")).count(), 0);
    }
    Ok(())
}

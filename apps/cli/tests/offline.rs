//! Recordings stay on the machine: an analysis works where no socket can be had, and asks for none.

#![cfg(target_os = "linux")]
#![allow(clippy::expect_used, reason = "tests")]

mod common;

use common::{ended, json, reading, recordings, voiceman};
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::Command;

/// The signal of a system call that is not allowed, on every processor that the test runs on.
const SIGSYS: i32 = 31;

/// `command`, ended at once if it or what it starts asks for a socket.
fn without_sockets(command: &Command) -> Command {
    let mut caged = Command::new("python3");
    caged.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/common/without_sockets.py"));
    caged.arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => caged.env(name, value),
            None => caged.env_remove(name),
        };
    }
    caged
}

#[test]
fn who_asks_for_a_socket_is_ended() {
    let mut asking = Command::new("python3");
    asking.args(["-c", "import socket; print('before', flush=True); socket.socket()"]);
    let output = without_sockets(&asking).output().expect("python3 starts");
    let signal = output.status.signal();
    let run = ended(output);
    assert_eq!((run.out.as_str(), signal), ("before\n", Some(SIGSYS)), "{}", run.err);
}

#[test]
fn an_analysis_asks_for_no_socket() {
    let folder = tempfile::tempdir().expect("a folder");
    let (input, case) = (folder.path().join("in"), folder.path().join("case"));
    fs::create_dir(&input).expect("a folder");
    fs::copy(reading(), input.join("reading.wav")).expect("a recording");
    // This one is decoded by ffmpeg, which is watched along with us.
    let call = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../crates/audio/tests/data/ko.amr");
    fs::copy(call, input.join("call.amr")).expect("a recording");
    let mut command = voiceman();
    command.arg("analyze").arg(&input).arg("--out").arg(&case);
    let output = without_sockets(&command).output().expect("python3 starts");
    let signal = output.status.signal();
    let run = ended(output);
    assert_eq!((run.code, signal), (Some(0), None), "{}", run.err);
    let done = recordings(&case);
    assert_eq!(done.len(), 2);
    for (name, entry) in done {
        let place = case.join("recordings").join(entry["folder"].as_str().expect("a folder"));
        let analysis = json(&place.join("analysis.json"));
        assert!(analysis["utterances"].as_array().is_some_and(|heard| !heard.is_empty()), "{name}");
    }
}

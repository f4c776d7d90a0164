//! Ctrl-C where it is hard to hear: while a file is being decoded, and while something does not stop.

#![cfg(target_os = "linux")]
#![allow(clippy::expect_used, reason = "tests")]

mod common;

use common::{json, voiceman};
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Stdio};
use tempfile::TempDir;

/// A program that is decoding a recording through an ffmpeg that says nothing until the pipe is closed.
struct Decoding {
    folder: TempDir,
    child: Child,
    lines: BufReader<ChildStderr>,
    _pipe: File,
}

fn script(path: &Path, text: &str) {
    fs::write(path, format!("#!/bin/sh\n{text}\n")).expect("a script");
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("it may be run");
}

impl Decoding {
    /// `reader` comes in front of the `cat` that waits for the pipe.
    fn begin(reader: &str) -> Decoding {
        let folder = TempDir::new().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        let recording = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../crates/audio/tests/data/ko.amr");
        fs::copy(recording, at("call.amr")).expect("a recording that only ffmpeg decodes");
        assert!(Command::new("mkfifo").arg(at("pipe")).status().expect("mkfifo").success());
        script(&at("ffmpeg"), "echo ffmpeg version 0");
        script(&at("ffprobe"), &format!("{reader} cat '{}'; true", at("pipe").display()));
        let mut child = voiceman()
            .arg("analyze")
            .arg(at("call.amr"))
            .arg("--out")
            .arg(at("case"))
            .args(["--stages", "vad", "--progress", "json"])
            .args(["--set", &format!("decode.ffmpeg_program={:?}", at("ffmpeg"))])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("starts");
        let lines = BufReader::new(child.stderr.take().expect("stderr"));
        // Opening it waits for the other end, that is, until the file is being decoded.
        let pipe = File::options().write(true).open(at("pipe")).expect("the other end is opened");
        Decoding { folder, child, lines, _pipe: pipe }
    }

    fn case(&self) -> PathBuf {
        self.folder.path().join("case")
    }

    fn interrupt(&self) {
        let interrupt = Command::new("kill").args(["-INT", &self.child.id().to_string()]).status().expect("kill");
        assert!(interrupt.success());
    }

    /// The exit code and everything it still says.
    fn end(&mut self) -> (Option<i32>, String) {
        let mut rest = String::new();
        self.lines.read_to_string(&mut rest).expect("the rest");
        (self.child.wait().expect("it ends").code(), rest)
    }
}

#[test]
fn a_file_that_is_being_decoded_is_let_go() {
    let mut decoding = Decoding::begin("");
    decoding.interrupt();
    let (code, rest) = decoding.end();
    assert_eq!(code, Some(130), "{rest}");
    assert!(rest.contains("stopping") && rest.contains("to go on"), "{rest}");
    let entry = json(&decoding.case().join("case.json"))["recordings"][0].clone();
    assert_eq!(entry["status"], "pending", "an interruption is no failure: {entry}");
}

#[test]
fn the_second_one_ends_even_what_does_not_stop() {
    // In a session of its own it outlives what started it and holds its output open.
    let mut decoding = Decoding::begin("setsid");
    decoding.interrupt();
    let mut line = String::new();
    while !line.contains("stopping") {
        line.clear();
        assert!(decoding.lines.read_line(&mut line).expect("a line") > 0, "it ended at the first one");
    }
    decoding.interrupt();
    let (code, rest) = decoding.end();
    assert_eq!(code, Some(130), "{rest}");
    assert!(!rest.contains("to go on"), "it stopped by itself: {rest}");
}

//! The live view in a real terminal, and the metrics over HTTP.

#![cfg(target_os = "linux")]
#![allow(clippy::expect_used, reason = "tests")]

mod common;

use common::{samples, voiceman};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Command, Stdio};

/// What the program drew on a terminal of this width: every screen that was ever shown, as lines.
fn screens(columns: u16, arguments: &str) -> Vec<Vec<String>> {
    let rows = 24;
    let program = env!("CARGO_BIN_EXE_voiceman");
    let command = format!("stty cols {columns} rows {rows}; NO_COLOR=1 '{program}' {arguments}");
    // `script` runs it in a terminal of its own.
    let output = Command::new("script")
        .args(["--quiet", "--return", "--command", &command, "/dev/null"])
        .stdin(Stdio::null())
        .env_remove("VOICEMAN_PROGRESS")
        .output()
        .expect("script, of util-linux");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    let mut terminal = vt100::Parser::new(rows, columns, 0);
    let mut screens = Vec::new();
    // A screen is what stands there before the cursor goes up to draw anew.
    for part in output.stdout.split_inclusive(|byte| *byte == b'\r') {
        terminal.process(part);
        screens.push(terminal.screen().rows(0, columns).collect());
    }
    screens
}

#[test]
fn a_terminal_shows_recordings_machine_memory_and_queues() {
    let folder = tempfile::tempdir().expect("a folder");
    for columns in [100, 40] {
        let case = folder.path().join(columns.to_string());
        let recordings = ["통화 녹음 240312_142233.m4a", "call Diane and Sheila.mp3", "reading 0880.wav"];
        let named: Vec<String> =
            recordings.iter().map(|name| format!("'{}'", samples().join(name).display())).collect();
        let shown = screens(columns, &format!("analyze {} --out '{}'", named.join(" "), case.display()));
        let seen = |text: &str| shown.iter().flatten().any(|line| line.contains(text));
        assert!(seen("memory: "), "{columns}");
        assert!(seen("at work+waiting: "), "{columns}");
        assert!(seen("recordings"), "{columns}");
        if columns == 100 {
            assert!(seen("no temperature sensor") || seen("°C"));
            assert!(seen("통화 녹음"));
            assert!(seen("x real time"));
            assert!(seen("slowest stage: transcribe"));
        }
        // Nothing is left of what moved: each of these lines stands at most once on any screen.
        for screen in &shown {
            for text in ["memory: ", "at work+waiting: "] {
                let count = screen.iter().filter(|line| line.starts_with(text)).count();
                let totals = screen.iter().filter(|line| line.contains(" at most of ")).count();
                assert!(count <= 1 + totals, "{columns}: {screen:#?}");
            }
        }
    }
}

#[test]
fn metrics_are_offered_on_a_local_address_while_the_run_goes_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut child = voiceman()
        .arg("analyze")
        .arg(samples())
        .arg("--out")
        .arg(folder.path().join("case"))
        .args(["--metrics", "127.0.0.1:0", "--progress", "json"])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("starts");
    let mut lines = BufReader::new(child.stderr.take().expect("stderr")).lines().map_while(Result::ok);
    let first = lines.next().expect("a line");
    let address = first.strip_prefix("metrics: http://").and_then(|rest| rest.strip_suffix("/metrics"));
    let address = address.unwrap_or_else(|| panic!("{first}")).to_owned();
    // The first recording is done, the others are not.
    assert!(lines.by_ref().any(|line| line.contains("\"recording_finished\"")));
    let ask = |path: &str| {
        let mut client = TcpStream::connect(&address).expect("connects");
        write!(client, "GET {path} HTTP/1.1\r\nHost: here\r\n\r\n").expect("asked");
        let mut answer = String::new();
        client.read_to_string(&mut answer).expect("answered");
        answer
    };
    let answer = ask("/metrics");
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    for metric in [
        "voiceman_recordings{state=\"done\"} ",
        "voiceman_recordings{state=\"pending\"} ",
        "voiceman_stage_time_seconds_total{stage=\"transcribe\"} ",
        "voiceman_stage_batches_total{stage=\"transcribe\"} ",
        "voiceman_memory_budget_bytes ",
        "# EOF",
    ] {
        assert!(answer.contains(metric), "{metric}: {answer}");
    }
    assert!(ask("/").starts_with("HTTP/1.1 404"));
    lines.by_ref().for_each(drop);
    assert_eq!(child.wait().expect("ends").code(), Some(0));
}

#[test]
fn metrics_are_not_offered_to_others() {
    let run = common::run(["analyze", "x.wav", "--out", "x", "--metrics", "0.0.0.0:0"]);
    assert_eq!(run.code, Some(2), "{}", run.err);
    assert!(run.err.contains("127.0.0.1"), "{}", run.err);
}

//! The event stream of the real program against its schema and its order.

#![allow(clippy::expect_used, reason = "tests")]

mod common;

use common::{ended, samples, voiceman};
use serde_json::Value;
use std::fs;

#[test]
fn every_line_is_an_event_of_the_schema_in_the_order_of_the_stages() {
    let folder = tempfile::tempdir().expect("a folder");
    let bad = folder.path().join("bad.wav");
    fs::write(&bad, b"no sound").expect("a file");
    let case = folder.path().join("case");
    let analyze = || {
        let mut command = voiceman();
        command
            .arg("analyze")
            .arg(samples().join("reading 0880.wav"))
            .arg(samples().join("New Recording 7.m4a"))
            .arg(&bad);
        let run = ended(command.arg("--out").arg(&case).args(["--progress", "json"]).output().expect("starts"));
        assert_eq!(run.code, Some(3), "{}", run.err);
        let lines = run.err.lines().filter(|line| line.starts_with('{'));
        lines.map(|line| serde_json::from_str(line).expect("JSON")).collect::<Vec<Value>>()
    };
    let schema = serde_json::from_str(include_str!("../../../docs/formats/events.schema.json")).expect("a schema");
    let validator = jsonschema::validator_for(&schema).expect("a valid schema");
    let events = analyze();
    for event in &events {
        let errors: Vec<String> = validator.iter_errors(event).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{event}: {errors:?}");
    }
    let kind = |event: &Value| event["event"].as_str().unwrap_or_default().to_owned();
    assert_eq!(events.first().map(kind).as_deref(), Some("case_started"));
    assert_eq!(events.last(), Some(&serde_json::json!({"event": "case_finished", "done": 2, "failed": 1})));
    let of = |recording: u64, wanted: &str| {
        let of_recording = events.iter().filter(|event| event["recording"] == recording && kind(event) == wanted);
        of_recording.map(|event| event["stage"].as_str().unwrap_or_default().to_owned()).collect::<Vec<_>>()
    };
    let stages = ["decode", "vad", "transcribe", "align", "attribute", "acoustics", "language", "crosscheck", "score"];
    for recording in [0, 1] {
        for kind in ["stage_started", "stage_finished"] {
            let mut told = of(recording, kind);
            // Speakers are told apart beside the transcription.
            let place = |wanted: &str| told.iter().position(|stage| stage == wanted).expect("told");
            let beside = place("diarize");
            assert!(place("vad") < beside && beside < place("attribute"), "{told:?}");
            told.remove(beside);
            let measured = told.iter().position(|stage| stage == "quality").expect("told");
            told.remove(measured);
            let judged = told.iter().position(|stage| stage == "emotion").expect("told");
            assert!(measured <= judged, "{told:?}");
            told.remove(judged);
            // These two follow the same stage and wait for nothing of each other.
            let place = told.iter().position(|stage| stage == "acoustics" || stage == "language").expect("measured");
            told[place..place + 2].sort_unstable();
            assert_eq!(told, stages, "{kind}");
        }
        assert_eq!(of(recording, "recording_finished").len(), 1);
    }
    assert_eq!((of(1, "warning").len(), of(2, "recording_failed").len()), (1, 1));
    // A second time, only the recording that failed is tried again.
    let again = analyze();
    let kinds: Vec<String> = again.iter().filter(|event| event["recording"] != 2).map(kind).collect();
    assert_eq!(kinds.iter().filter(|kind| *kind == "recording_started").count(), 2);
    assert!(!kinds.iter().any(|kind| kind == "stage_started" || kind == "model_loaded"), "{kinds:?}");
}

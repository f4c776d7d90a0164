//! Exit codes, messages and help, without any analysis.

#![allow(clippy::expect_used, reason = "tests")]

mod common;

use common::{Run, ended, reading, run, voiceman};
use std::fs;
use std::process::Stdio;

fn refused(arguments: &[&str]) -> Run {
    let run = run(arguments);
    assert_eq!(run.code, Some(2), "{arguments:?}: {}", run.err);
    assert_eq!(run.out, "", "{arguments:?}");
    run
}

#[test]
fn help_is_as_reviewed() {
    for (name, arguments) in [
        ("help", vec!["--help"]),
        ("help_analyze", vec!["help", "analyze"]),
        ("help_models", vec!["help", "models"]),
        ("help_report", vec!["help", "report"]),
    ] {
        let run = run(arguments);
        assert_eq!((run.code, run.err.as_str()), (Some(0), ""));
        insta::assert_snapshot!(name, run.out);
    }
}

#[test]
fn versions_of_the_libraries_are_told() {
    let run = run(["--version"]);
    assert_eq!(run.code, Some(0));
    for part in [env!("CARGO_PKG_VERSION"), "onnxruntime 1.", "symphonia 0."] {
        assert!(run.out.contains(part), "{}", run.out);
    }
}

#[test]
fn the_settings_that_help_prints_are_taken_as_a_settings_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let settings = run(["help", "settings"]);
    let file = folder.path().join("settings.toml");
    fs::write(&file, settings.out).expect("a file");
    let case = folder.path().join("case");
    let mut command = voiceman();
    command.args(["analyze", "/nowhere/x.wav", "--out"]).arg(&case).arg("--config").arg(&file);
    let run = ended(command.output().expect("the program starts"));
    // Code 4, not 2: the settings were taken, the recording is not there.
    assert_eq!(run.code, Some(4), "{}", run.err);
}

#[test]
fn wrong_use_says_what_and_what_to_do() {
    refused(&["frobnicate"]);
    refused(&["analyze", "x.wav"]);
    refused(&["help", "frobnication"]);
    let analyze = |more: &[&str]| {
        let mut arguments = vec!["analyze", "x.wav", "--out", "/nowhere/case"];
        arguments.extend(more);
        refused(&arguments).err
    };
    assert!(analyze(&["--set", "vad.treshold=0.4"]).contains("did you mean `vad.threshold`?"));
    assert!(analyze(&["--set", "vad.threshold"]).contains("key=value"));
    assert!(analyze(&["--beam", "many"]).contains("--beam many"));
    assert!(analyze(&["--language", "Korean"]).contains("--language Korean"));
    assert!(analyze(&["--language", "zz"]).contains("whisper-base"));
    assert!(analyze(&["--model", "whisper-tiny.en", "--language", "ko"]).contains("which knows `en`"));
    assert!(analyze(&["--model", "whisper-giant"]).contains("whisper-base"));
    assert!(analyze(&["--model", "silero-vad"]).contains("its role is `vad`"));
    assert!(analyze(&["--set", "models.precision=exact"]).contains("weights8"));
    assert!(analyze(&["--stages", "fortune"]).contains("vad, transcribe"));
    assert!(analyze(&["--skip", "vad"]).contains("no stage is left"));
    assert!(analyze(&["--config", "/nowhere/s.toml"]).contains("/nowhere/s.toml"));
    assert!(analyze(&["--format", "docx"]).contains("srt, vtt, txt"));
}

#[test]
fn a_settings_file_is_blamed_by_line() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("s.toml");
    fs::write(&file, "[vad]\n# a comment\nthreshold = \"loud\"\n").expect("a file");
    let run = ended(
        voiceman()
            .args(["analyze", "x.wav", "--out", "/nowhere/case", "--config"])
            .arg(&file)
            .output()
            .expect("starts"),
    );
    assert_eq!(run.code, Some(2));
    assert!(run.err.contains("s.toml:3"), "{}", run.err);
}

#[test]
fn options_come_from_the_environment_and_are_blamed_by_name() {
    let run = ended(
        voiceman()
            .args(["analyze", "x.wav", "--out", "/nowhere/case"])
            .env("VOICEMAN_BEAM", "many")
            .output()
            .expect("starts"),
    );
    assert_eq!(run.code, Some(2));
    assert!(run.err.contains("VOICEMAN_BEAM"), "{}", run.err);
    let run = ended(
        voiceman()
            .args(["analyze", "x.wav", "--out", "/nowhere/case"])
            .env("VOICEMAN_VAD_THRESHOLD", "2")
            .output()
            .expect("starts"),
    );
    assert_eq!(run.code, Some(2));
    assert!(run.err.contains("VOICEMAN_VAD_THRESHOLD"), "{}", run.err);
}

#[test]
fn a_case_folder_that_cannot_be_used_is_wrong_use() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("letter.txt"), "not a case").expect("a file");
    let path = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    let recording = reading().to_string_lossy().into_owned();
    assert!(refused(&["analyze", &recording, "--out", &path("")]).err.contains("holds no case"));
    assert!(refused(&["analyze", &recording, "--out", &path("letter.txt")]).err.contains("not a folder"));
    assert!(refused(&["analyze", &recording, "--out", "/proc/case"]).err.contains("/proc/case"));
    assert!(refused(&["status", &path("")]).err.contains("holds no case"));
    assert!(refused(&["report", &path("gone")]).err.contains("gone"));
}

#[test]
fn missing_models_are_all_named_with_how_to_get_them() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = ended(
        voiceman()
            .arg("analyze")
            .arg(reading())
            .arg("--out")
            .arg(folder.path().join("case"))
            .env("VOICEMAN_HOME", folder.path().join("home"))
            .output()
            .expect("starts"),
    );
    assert_eq!(run.code, Some(6), "{}", run.err);
    let words: String = run.err.split_whitespace().collect::<Vec<_>>().join(" ").replace("│ ", "");
    assert!(words.contains("voiceman models pull"), "{words}");
    for model in ["silero-vad", "whisper-base", "mecab-ko-dic"] {
        assert!(words.contains(model), "{words}");
    }
    let doctor = ended(voiceman().arg("doctor").env("VOICEMAN_HOME", folder.path()).output().expect("starts"));
    assert_eq!(doctor.code, Some(6));
    assert!(doctor.out.lines().any(|line| line.starts_with("failure  model whisper-base")), "{}", doctor.out);
}

#[test]
fn the_doctor_finds_this_machine_well() {
    let run = run(["doctor"]);
    assert_eq!(run.code, Some(0), "{}", run.out);
    for what in ["machine", "memory", "disk", "inference library", "model silero-vad", "self-test"] {
        assert!(run.out.contains(&format!("ok       {what}")), "{}", run.out);
    }
}

#[test]
fn inspect_needs_no_models_and_tells_good_from_bad() {
    let folder = tempfile::tempdir().expect("a folder");
    let inspect = |paths: &[&std::path::Path]| {
        ended(
            voiceman()
                .args(["inspect", "--json"])
                .args(paths)
                .env("VOICEMAN_HOME", folder.path().join("none"))
                .output()
                .expect("starts"),
        )
    };
    let (good, bad) = (reading(), folder.path().join("bad.wav"));
    fs::write(&bad, "no sound").expect("a file");
    let run = inspect(&[&good]);
    assert_eq!((run.code, run.err.as_str()), (Some(0), ""));
    let facts: serde_json::Value = serde_json::from_str(&run.out).expect("JSON");
    assert_eq!((&facts["codec"], &facts["sample_rate"]), (&"pcm_s16le".into(), &16_000.into()));
    // A reading at 16 kHz that fills its bandwidth and was not clipped.
    let quality = &facts["quality"];
    assert_eq!(quality["clipped_share"]["value"], 0.0);
    assert!(
        quality["bandwidth_hz"]["value"].as_f64().is_some_and(|hertz| (6_000.0..=8_000.0).contains(&hertz)),
        "{quality}"
    );
    let ratio = quality["snr_db"]["value"].as_f64();
    assert!(ratio.is_some_and(|decibels| (10.0..60.0).contains(&decibels)), "{quality}");
    assert_eq!(quality["dropouts"]["value"]["count"], 0, "{quality}");
    let verdicts = facts["verdicts"].as_array().expect("verdicts");
    assert_eq!((verdicts.len(), &verdicts[0]["measure"]), (13, &"pitch".into()));
    let run = inspect(&[&good, &bad]);
    assert_eq!((run.code, run.out.lines().count()), (Some(3), 1));
    assert!(run.err.contains("bad.wav"), "{}", run.err);
    assert_eq!(inspect(&[&bad]).code, Some(4));
}

#[test]
fn a_reader_that_has_seen_enough_is_no_failure() {
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let mut child =
        voiceman().args(["help", "settings"]).stdout(writer).stderr(Stdio::piped()).spawn().expect("starts");
    let status = child.wait().expect("it ends");
    assert_eq!(status.code(), Some(0));
}

#[test]
fn completions_and_manual_are_written() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = ended(voiceman().arg("generate-docs").arg(folder.path()).output().expect("starts"));
    assert_eq!(run.code, Some(0), "{}", run.err);
    for name in ["voiceman.1", "voiceman-analyze.1", "voiceman.bash", "_voiceman", "voiceman.fish"] {
        assert!(folder.path().join(name).is_file(), "{name}");
    }
}

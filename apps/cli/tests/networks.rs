//! Speech networks of emotion from the folder that a user gives to the report, with tiny random checkpoints.

#![allow(clippy::expect_used, reason = "tests")]

mod common;

use common::{Run, ended, json, samples, voiceman};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const SCALES: &str = "wav2vec2-emotion-msp-dim";
const CLASSES: &str = "hubert-large-emotion-iemocap";

fn checkpoint(layout: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../crates/infer/tests/data/ser").join(layout)
}

/// A store of its own that lends the models of the usual one, and is written to without changing that.
fn home() -> tempfile::TempDir {
    let home = tempfile::tempdir().expect("a folder");
    let usual = match std::env::var_os("VOICEMAN_HOME") {
        Some(home) => PathBuf::from(home),
        None => PathBuf::from(std::env::var_os("HOME").expect("a home")).join(".local/share/voiceman"),
    };
    fs::create_dir_all(home.path().join("models")).expect("a folder");
    for entry in fs::read_dir(usual.join("models")).expect("models") {
        let entry = entry.expect("a model");
        std::os::unix::fs::symlink(entry.path(), home.path().join("models").join(entry.file_name())).expect("a link");
    }
    home
}

fn program(home: &Path) -> Command {
    let mut command = voiceman();
    command.env("VOICEMAN_HOME", home).env_remove("SER_DEVICE");
    command
}

fn give(home: &Path, name: &str, layout: &str) -> Run {
    let mut command = program(home);
    ended(command.args(["models", "pull", name, "--from"]).arg(checkpoint(layout)).output().expect("starts"))
}

/// Analyses a call with both networks; `more` are settings.
fn analyze(home: &Path, case: &Path, device: Option<&str>, more: &[&str]) -> Run {
    let mut command = program(home);
    command.arg("analyze").arg(samples().join("call Diane and Sheila.mp3")).arg("--out").arg(case);
    command.args(["--stages", "emotion", "--skip", "diarize"]);
    command.arg("--set").arg(format!("emotion.primary={SCALES}"));
    command.arg("--set").arg(format!("emotion.secondary={CLASSES}"));
    more.iter().for_each(|assignment| {
        command.args(["--set", assignment]);
    });
    device.iter().for_each(|device| {
        command.env("SER_DEVICE", device);
    });
    ended(command.output().expect("starts"))
}

fn written(case: &Path, name: &str) -> PathBuf {
    let recording = fs::read_dir(case.join("recordings")).expect("recordings").next().expect("one").expect("one");
    recording.path().join(name)
}

#[test]
fn networks_that_are_given_say_how_it_sounded_beside_the_model_of_the_program() {
    let (home, folder) = (home(), tempfile::tempdir().expect("a folder"));
    let listed = ended(program(home.path()).args(["models", "list"]).output().expect("starts"));
    assert!(listed.out.lines().any(|line| line.contains(SCALES) && line.contains("to give")), "{}", listed.out);
    let asked = analyze(home.path(), &folder.path().join("none"), None, &[]);
    assert_eq!(asked.code, Some(6), "{}", asked.err);
    assert!(asked.err.contains("--from FOLDER") && asked.err.contains("CC-BY-NC-SA-4.0"), "{}", asked.err);

    let given = give(home.path(), SCALES, "dimensions");
    assert_eq!(given.code, Some(0), "{}", given.err);
    assert!(given.err.contains("CC-BY-NC-SA-4.0, forbids commercial use"), "{}", given.err);
    let given = give(home.path(), CLASSES, "hubert");
    assert!(given.code == Some(0) && !given.err.contains("forbids"), "{}", given.err);
    let compiled = ended(program(home.path()).args(["models", "compile", SCALES]).output().expect("starts"));
    assert_eq!(compiled.code, Some(0), "{}", compiled.err);

    let case = folder.path().join("case");
    let run = analyze(home.path(), &case, Some("cpu"), &[]);
    assert_eq!(run.code, Some(0), "{}", run.err);
    let analysis = json(&written(&case, "analysis.json"));
    let names: Vec<&str> =
        analysis["emotion_models"].as_array().expect("models").iter().filter_map(|one| one["name"].as_str()).collect();
    assert_eq!(names, ["emodb-acoustic-2", SCALES, CLASSES]);
    let emotion = analysis["emotion"].as_array().expect("stretches");
    let judged: Vec<_> = emotion.iter().filter(|one| one.get("classes").is_some()).collect();
    assert!(!judged.is_empty(), "{emotion:?}");
    for one in judged {
        assert!(one["valence"]["value"].is_f64() && one["agreement"]["value"].is_f64(), "{one}");
        assert_eq!(one["models"].as_array().map(Vec::len), Some(3));
        assert!(one["models"][1].get("classes").is_none() && one["models"][2]["classes"]["anger"].is_f64());
    }
    let page = fs::read_to_string(written(&case, "report.html")).expect("a report");
    assert!(page.contains("CC-BY-NC-SA-4.0, forbids commercial use"));
    let performance = json(&case.join("performance.json"));
    let loaded = performance["models"].as_array().expect("models").iter().filter(|one| one["name"] == SCALES).count();
    assert_eq!(loaded, 1, "{performance}");

    // The other path of the flag.
    let other = folder.path().join("other");
    let run = analyze(home.path(), &other, None, &["run.gpu_ser=false"]);
    assert_eq!(run.code, Some(0), "{}", run.err);
    let bytes = |case: &Path| fs::read(written(case, "analysis.json")).expect("analysis");
    assert_eq!(bytes(&case), bytes(&other));
    // And with one network less, the other says the same.
    let alone = folder.path().join("alone");
    let run = analyze(home.path(), &alone, None, &["emotion.secondary="]);
    assert_eq!(run.code, Some(0), "{}", run.err);
    let fewer = json(&written(&alone, "analysis.json"));
    for (one, all) in fewer["emotion"].as_array().expect("stretches").iter().zip(emotion) {
        assert_eq!((&one["valence"], &one["models"][1]), (&all["valence"], &all["models"][1]));
    }
}

#[test]
fn a_device_that_the_other_models_do_not_run_on_is_refused() {
    let (home, folder) = (home(), tempfile::tempdir().expect("a folder"));
    assert_eq!(give(home.path(), SCALES, "dimensions").code, Some(0));
    assert_eq!(give(home.path(), CLASSES, "wavlm_stable").code, Some(0));
    let run = analyze(home.path(), &folder.path().join("case"), Some("cuda"), &["run.device=cpu"]);
    assert_eq!(run.code, Some(6), "{}", run.err);
    assert!(run.err.contains("networks of emotion on cuda:0") && run.err.contains("SER_DEVICE"), "{}", run.err);
    let run = analyze(home.path(), &folder.path().join("case"), Some("gpu"), &[]);
    assert_eq!(run.code, Some(2), "{}", run.err);
    assert!(run.err.contains("SER_DEVICE") && run.err.contains("run.ser_device"), "{}", run.err);
}

#[test]
fn what_is_no_such_network_is_said() {
    let (home, folder) = (home(), tempfile::tempdir().expect("a folder"));
    // A network of classes under the name of one of scales: it is what it is.
    assert_eq!(give(home.path(), SCALES, "wav2vec2").code, Some(0));
    let broken = folder.path().join("broken");
    fs::create_dir(&broken).expect("a folder");
    for name in ["model.safetensors", "config.json", "preprocessor_config.json"] {
        fs::copy(checkpoint("wavlm").join(name), broken.join(name)).expect("a file");
    }
    let config = fs::read_to_string(broken.join("config.json")).expect("settings");
    fs::write(broken.join("config.json"), config.replace("\"gelu\"", "\"relu\"")).expect("settings");
    let given = program(home.path()).args(["models", "pull", CLASSES, "--from"]).arg(&broken).output().expect("starts");
    assert_eq!(ended(given).code, Some(0));
    let run = ended(program(home.path()).args(["models", "compile", CLASSES]).output().expect("starts"));
    assert_eq!(run.code, Some(2), "{}", run.err);
    assert!(
        run.err.contains("its activations are not `gelu`") && run.err.contains("docs/methods/emotion.md"),
        "{}",
        run.err
    );
}

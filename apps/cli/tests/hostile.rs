//! Everything that can be wrong with a file, through the real program with the real models.

#![allow(clippy::expect_used, reason = "tests")]

mod common;

use common::{Run, ended, json, reading, recordings, samples, voiceman, wav, wav16};
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

fn analyze(input: &Path, case: &Path, more: &[&str]) -> Run {
    ended(voiceman().arg("analyze").arg(input).arg("--out").arg(case).args(more).output().expect("starts"))
}

/// The status of each recording, and whether its failure names it and says something after it.
fn states(case: &Path) -> Vec<(String, String, String)> {
    recordings(case)
        .into_iter()
        .map(|(name, entry)| {
            let text = |key: &str| entry[key].as_str().unwrap_or_default().to_owned();
            (name, text("status"), text("error"))
        })
        .collect()
}

#[test]
fn every_damage_is_a_line_and_the_rest_is_done() {
    let folder = tempfile::tempdir().expect("a folder");
    let (input, case) = (folder.path().join("in"), folder.path().join("case"));
    fs::create_dir(&input).expect("a folder");
    let file = |name: &str, bytes: &[u8]| fs::write(input.join(name), bytes).expect("a file");
    let whole = fs::read(reading()).expect("the sample");
    let mp3 = fs::read(samples().join("call Diane and Sheila.mp3")).expect("the sample");

    // Nothing can be heard in these.
    file("empty.wav", b"");
    file("one byte.mp3", b"R");
    file("text.flac", b"Dear court,\nthis is a letter.\n");
    file("only header.wav", &whole[..44]);
    file("cut in header.wav", &whole[..20]);
    file("no samples.wav", &wav16(&[]));
    fs::create_dir(input.join("folder.wav")).expect("a folder");
    // These are odd, and sound all the same.
    file("named wrong.ogg", &whole);
    file("cut.wav", &whole[..whole.len() / 2]);
    file("cut.mp3", &mp3[..mp3.len() / 3]);
    file("one sample.wav", &wav16(&[1000]));
    file("a tenth of a second.wav", &wav16(&[500; 1_600]));
    let mut promises = whole.clone();
    promises[4..8].copy_from_slice(&u32::MAX.to_le_bytes());
    promises[40..44].copy_from_slice(&u32::MAX.to_le_bytes());
    file("promises 4 GiB.wav", &promises);
    let nan: Vec<u8> = (0..16_000).flat_map(|_| f32::NAN.to_le_bytes()).collect();
    file("not a number.wav", &wav(3, 32, 1, 16_000, &nan));
    file("384 kHz.wav", &wav(1, 16, 1, 384_000, &[0; 768_000]));
    file("32 channels.wav", &wav(1, 16, 32, 16_000, &[0; 64 * 16_000]));
    file("plain.wav", &whole);

    let run = analyze(&input, &case, &["--stages", "vad", "--progress", "plain"]);
    assert_eq!(run.code, Some(3), "{}", run.err);
    assert_eq!(run.out.trim(), case.join("report.html").to_string_lossy());
    let states = states(&case);
    assert_eq!(states.len(), 17);
    let hopeless = [
        "empty.wav",
        "one byte.mp3",
        "text.flac",
        "only header.wav",
        "cut in header.wav",
        "no samples.wav",
        "folder.wav",
    ];
    for (name, status, error) in &states {
        if hopeless.contains(&name.as_str()) {
            assert_eq!(status, "failed", "{name}");
            assert!(error.len() > 20 && !error.contains('\n'), "{name}: {error}");
            assert!(run.err.contains(&format!("{name}: failed: {error}")), "{name}: {}", run.err);
        } else {
            assert_eq!((status.as_str(), error.as_str()), ("done", ""), "{name}");
        }
    }
    // What is missing is said, not passed over.
    for name in ["cut.wav", "promises 4 GiB.wav", "not a number.wav", "named wrong.ogg"] {
        let entry = recordings(&case).into_iter().find(|(other, _)| other == name).expect("the recording").1;
        let place = case.join("recordings").join(entry["folder"].as_str().expect("a folder"));
        let warnings = json(&place.join("analysis.json"))["source"]["warnings"].clone();
        assert!(warnings.as_array().is_some_and(|warnings| !warnings.is_empty()), "{name}");
    }
    // None of the originals changed, and nothing stands beside them.
    assert_eq!(fs::read_dir(&input).expect("the folder").count(), 17);
    assert!(fs::read(input.join("plain.wav")).expect("the original") == whole);

    let bad = analyze(&input.join("empty.wav"), &folder.path().join("bad"), &[]);
    assert_eq!(bad.code, Some(4), "{}", bad.err);
}

#[test]
fn ten_minutes_of_silence_have_no_words() {
    let folder = tempfile::tempdir().expect("a folder");
    let (input, case) = (folder.path().join("silence.wav"), folder.path().join("case"));
    fs::write(&input, wav16(&vec![0; 600 * 16_000])).expect("a file");
    let run = analyze(&input, &case, &[]);
    assert_eq!(run.code, Some(0), "{}", run.err);
    let (_, entry) = recordings(&case).pop().expect("the recording");
    let place = case.join("recordings").join(entry["folder"].as_str().expect("a folder"));
    let analysis = json(&place.join("analysis.json"));
    for nothing in ["speech", "utterances", "patterns", "findings"] {
        assert_eq!(analysis[nothing].as_array().map(Vec::len), Some(0), "{nothing}");
    }
    assert_eq!(analysis["assessment"]["recording"]["level"], "minimal");
}

#[cfg(unix)]
#[test]
fn names_of_every_kind_links_and_pipes() {
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::symlink;
    let folder = tempfile::tempdir().expect("a folder");
    let (input, case) = (folder.path().join("in"), folder.path().join("in/case"));
    fs::create_dir(&input).expect("a folder");
    let names: [&[u8]; 8] = [
        "통화 녹음.wav".as_bytes(),
        "\u{1110}\u{1169}\u{11bc}\u{1112}\u{116a} \u{1102}\u{1169}\u{11a8}\u{110b}\u{1173}\u{11b7}.wav".as_bytes(),
        b" leading and trailing .wav",
        b"quotes \"double\" 'single' `back`.wav",
        b"line\nbreak.wav",
        b"not \xff\xfe utf-8.wav",
        b"-rf.wav",
        b"<img src=x onerror=alert(1)>&amp;.wav",
    ];
    let whole = fs::read(reading()).expect("the sample");
    for name in names {
        fs::write(input.join(std::ffi::OsStr::from_bytes(name)), &whole).expect("a file");
    }
    symlink("nowhere", input.join("dangling.wav")).expect("a link");
    symlink("loop.wav", input.join("loop.wav")).expect("a link");
    symlink(".", input.join("round and round")).expect("a link");
    assert!(Command::new("mkfifo").arg(input.join("pipe.wav")).status().expect("mkfifo").success());

    let run = analyze(&input, &case, &["--stages", "vad"]);
    assert_eq!(run.code, Some(3), "{}", run.err);
    let states = states(&case);
    let failed: Vec<&str> =
        states.iter().filter(|(_, status, _)| status == "failed").map(|(name, ..)| name.as_str()).collect();
    assert_eq!(failed, ["dangling.wav", "loop.wav", "pipe.wav", "round and round"]);
    assert_eq!(states.iter().filter(|(_, status, _)| status == "done").count(), names.len());
    // Every line on stderr is about one thing: a name cannot begin a line of its own.
    assert!(!run.err.lines().any(|line| line.starts_with("break.wav")), "{}", run.err);
    for (_, entry) in recordings(&case).iter().filter(|(_, entry)| entry["status"] == "done") {
        let place = case.join("recordings").join(entry["folder"].as_str().expect("a folder"));
        let page = fs::read_to_string(place.join("report.html")).expect("a report");
        assert!(!page.contains("<img src=x onerror"));
    }
    // The case lies inside the input folder, and is not searched for recordings.
    let again = analyze(&input, &case, &["--stages", "vad"]);
    assert_eq!((again.code, recordings(&case).len()), (Some(3), states.len()), "{}", again.err);
}

/// Starts an analysis of several recordings and waits for the first `event` on stderr.
fn started(input: &Path, case: &Path, event: &str) -> (std::process::Child, BufReader<std::process::ChildStderr>) {
    let mut child = voiceman()
        .arg("analyze")
        .arg(input)
        .arg("--out")
        .arg(case)
        .args(["--progress", "json", "--set", "run.pipeline_overlap=false"])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("starts");
    let mut lines = BufReader::new(child.stderr.take().expect("stderr"));
    let mut line = String::new();
    while !line.contains(event) {
        line.clear();
        assert!(lines.read_line(&mut line).expect("a line") > 0, "it ended before {event}");
    }
    (child, lines)
}

fn several(folder: &Path) -> std::path::PathBuf {
    let input = folder.join("in");
    fs::create_dir(&input).expect("a folder");
    let whole = fs::read(reading()).expect("the sample");
    for number in 0..5_u8 {
        // One sample differs, so that each is another recording.
        let mut bytes = whole.clone();
        bytes[44] = number;
        fs::write(input.join(format!("{number}.wav")), bytes).expect("a file");
    }
    input
}

#[cfg(unix)]
#[test]
fn an_interrupted_run_says_how_to_go_on_and_goes_on() {
    use std::io::Read;
    let folder = tempfile::tempdir().expect("a folder");
    let (input, case) = (several(folder.path()), folder.path().join("case"));
    let (mut child, mut lines) = started(&input, &case, "recording_finished");
    let interrupt = Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("kill");
    assert!(interrupt.success());
    let mut rest = String::new();
    lines.read_to_string(&mut rest).expect("the rest");
    assert_eq!(child.wait().expect("it ends").code(), Some(130), "{rest}");
    let last = rest.lines().last().unwrap_or_default();
    assert!(last.contains("to go on") && last.contains("--out"), "{rest}");
    let states = states(&case);
    assert!(states.iter().any(|(_, status, _)| status == "done"));
    assert!(states.iter().any(|(_, status, _)| status == "pending"), "all were done before the interrupt: {states:?}");
    let run = analyze(&input, &case, &["--set", "run.pipeline_overlap=false"]);
    assert_eq!(run.code, Some(0), "{}", run.err);
    assert!(run.err.contains("nothing to do"), "{}", run.err);
    assert!(run.err.contains("5 done, 0 failed"), "{}", run.err);
}

#[test]
fn two_processes_do_not_work_on_one_case() {
    let folder = tempfile::tempdir().expect("a folder");
    let (input, case) = (several(folder.path()), folder.path().join("case"));
    let (mut child, _lines) = started(&input, &case, "case_started");
    let second = analyze(&input, &case, &[]);
    let status = ended(voiceman().arg("status").arg(&case).output().expect("starts"));
    child.kill().expect("kill");
    child.wait().expect("it ends");
    assert_eq!(second.code, Some(2), "{}", second.err);
    assert!(second.err.contains("another process works on this case"), "{}", second.err);
    assert_eq!((status.code, status.out.lines().count()), (Some(0), 5), "{}", status.err);
    // However the first one ended, the case can be gone on with.
    let after = analyze(&input, &case, &["--stages", "vad"]);
    assert_eq!(after.code, Some(0), "{}", after.err);
}

//! The whole way over the sample case with the real models: recordings in, report out.

#![allow(clippy::expect_used, reason = "tests")]

mod common;

use common::{ended, json, recordings, samples, voiceman};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Wrong letters, in percent of the letters said, that a sample may have. The Korean sentence, in which Whisper base
/// misses a word, has the most.
const MAX_LETTER_ERRORS: f64 = 25.0;

fn analyze(case: &Path, more: &[&str]) {
    let mut command = voiceman();
    let run = ended(command.arg("analyze").arg(samples()).arg("--out").arg(case).args(more).output().expect("starts"));
    assert_eq!(run.code, Some(0), "{}", run.err);
    assert_eq!(run.out.trim(), case.join("report.html").to_string_lossy());
}

/// `analysis.json` of every recording by name.
fn analyses(case: &Path) -> BTreeMap<String, PathBuf> {
    let place = |entry: &serde_json::Value| {
        assert_eq!(entry["status"], "done", "{entry}");
        case.join("recordings").join(entry["folder"].as_str().expect("a folder")).join("analysis.json")
    };
    recordings(case).iter().map(|(name, entry)| (name.clone(), place(entry))).collect()
}

/// Who says what in the call, from its labels in `benches/speech/telephone`.
#[test]
fn the_call_shows_who_said_what() {
    let folder = tempfile::tempdir().expect("a folder");
    let case = folder.path().join("case");
    let call = samples().join("call Diane and Sheila.mp3");
    let mut command = voiceman();
    let run = ended(command.arg("analyze").arg(call).arg("--out").arg(&case).output().expect("starts"));
    assert_eq!(run.code, Some(0), "{}", run.err);
    let analysis = json(analyses(&case).values().next().expect("one recording"));
    let said = |words: &str| {
        let utterances = analysis["utterances"].as_array().expect("utterances");
        let found = utterances.iter().find(|one| one["text"].as_str().is_some_and(|text| text.contains(words)));
        found.map(|utterance| utterance["speaker"].as_str().unwrap_or_default().to_owned()).expect(words)
    };
    let (diane, sheila) = (said("This is Diane"), said("Sheila"));
    assert_ne!(diane, sheila);
    assert_eq!((said("not much difference"), said("in New Jersey now")), (sheila, diane));
    let written = fs::read_dir(case.join("recordings")).expect("recordings").next().expect("one").expect("one").path();
    let rttm = fs::read_to_string(written.join("speakers.rttm")).expect("turns");
    let turns = analysis["turns"].as_array().expect("turns");
    assert_eq!(rttm.lines().count(), turns.len());
    let doubts = turns.iter().filter(|turn| !turn["doubts"].as_array().expect("doubts").is_empty()).count();
    assert!(doubts < turns.len() / 2, "{turns:?}");
}

/// Lower-case letters and digits of a text.
fn letters(text: &str) -> Vec<char> {
    text.to_lowercase().chars().filter(|letter| letter.is_alphanumeric()).collect()
}

/// Letters to insert, remove or replace to make one text of the other.
fn edits(left: &[char], right: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (index, letter) in left.iter().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], index + 1);
        for (column, other) in right.iter().enumerate() {
            let replaced = diagonal + usize::from(letter != other);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[right.len()]
}

#[test]
fn what_was_said_is_written_down_and_leads_to_its_place() {
    let folder = tempfile::tempdir().expect("a folder");
    let case = folder.path().join("case");
    analyze(&case, &[]);
    let found = analyses(&case);
    let labels = json(&samples().join("../transcripts.json"));
    let labels = labels.as_array().expect("labels");
    assert_eq!(found.len(), labels.len());
    for label in labels {
        let name = label["file"].as_str().expect("a name");
        let analysis = json(&found[name]);
        assert_eq!(analysis["language"]["code"], label["language"], "{name}");
        let utterances = analysis["utterances"].as_array().expect("utterances");
        let text = |utterance: &serde_json::Value| utterance["text"].as_str().unwrap_or_default().to_owned();
        let heard = utterances.iter().map(text).collect::<Vec<_>>().join(" ");
        let said = letters(label["text"].as_str().expect("a text"));
        let rate = 100.0 * edits(&said, &letters(&heard)) as f64 / said.len() as f64;
        assert!(rate <= MAX_LETTER_ERRORS, "{name}: {rate:.1} %: {heard}");
        let duration = analysis["source"]["duration_s"].as_f64().expect("a duration");
        for word in utterances.iter().flat_map(|utterance| utterance["words"].as_array().expect("words")) {
            if word["timing"] != "untimed" {
                let (start, end) = (word["start"].as_f64().expect("start"), word["end"].as_f64().expect("end"));
                assert!(0.0 <= start && start <= end && end <= duration + 1e-6, "{name}: {word}");
            }
        }
        // One person speaks in all of them but the call.
        let speakers = analysis["speakers"].as_array().expect("speakers").len();
        let call = name.starts_with("call");
        assert_eq!(speakers, if call { 2 } else { 1 }, "{name}");
        let known =
            |utterance: &serde_json::Value| utterance["speaker"].as_str().is_some_and(|id| id.starts_with("SPEAKER_0"));
        assert!(utterances.iter().all(known), "{name}: {utterances:?}");
        let synthetic = label["synthetic"] == true;
        assert_eq!(analysis["assessment"]["recording"]["level"] != "minimal", synthetic, "{name}");
        let patterns = analysis["patterns"].as_array().expect("patterns");
        let said =
            |family: &str, status: &str| patterns.iter().any(|hit| hit["family"] == family && hit["status"] == status);
        // Its text denies what happened, announces harm, and denies having announced it.
        for (family, status) in [("gaslighting", "asserted"), ("threat", "asserted"), ("threat", "negated")] {
            assert_eq!(said(family, status), synthetic, "{name}: {family} {status}: {patterns:?}");
        }
        let warned = !analysis["source"]["warnings"].as_array().expect("warnings").is_empty();
        assert_eq!(warned, label["whole"] == false, "{name}");
    }
    let page = fs::read_to_string(case.join("report.html")).expect("the report");
    assert!(labels.iter().all(|label| page.contains(label["file"].as_str().expect("a name"))));
}

#[test]
fn overlap_and_threads_do_not_change_a_byte() {
    let folder = tempfile::tempdir().expect("a folder");
    let (one, other) = (folder.path().join("one"), folder.path().join("other"));
    analyze(&one, &["--threads", "2"]);
    analyze(&other, &["--threads", "1", "--set", "run.pipeline_overlap=false"]);
    let (one, other) = (analyses(&one), analyses(&other));
    for (name, path) in &one {
        let same = fs::read(path).expect("analysis") == fs::read(&other[name]).expect("analysis");
        assert!(same, "{name} differs");
    }
}

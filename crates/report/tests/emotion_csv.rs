//! The table of emotion: every number has a value or a reason, and tells what `analysis.json` tells.
#![allow(clippy::expect_used, reason = "a failed expectation fails the test")]

mod common;

use voiceman_report::{emotion_csv, textgrid};

fn rows(text: &str) -> Vec<Vec<&str>> {
    assert!(text.ends_with("\r\n") && !text.contains('"'));
    text.trim_end().split("\r\n").map(|line| line.split(',').collect()).collect()
}

#[test]
fn every_number_has_a_value_or_a_reason() {
    for analysis in [
        common::emotion::with_emotion(common::english()),
        common::emotion::with_networks(common::without_speakers(common::english())),
    ] {
        let text = emotion_csv(&analysis).expect("emotion was asked for");
        let rows = rows(&text);
        let (head, rows) = rows.split_first().expect("a line of names");
        assert_eq!(rows.len(), analysis.emotion.as_ref().map_or(0, |emotion| emotion.segments.len()));
        for row in rows {
            assert_eq!(row.len(), head.len());
            for (place, name) in head.iter().enumerate() {
                if let Some(undefined) = head.iter().position(|other| *other == format!("{name}_undefined")) {
                    assert_ne!(row[place].is_empty(), row[undefined].is_empty(), "{name}");
                }
            }
        }
    }
}

#[test]
fn values_are_those_of_the_analysis() {
    let text = emotion_csv(&common::emotion::with_networks(common::english())).expect("emotion was asked for");
    let rows = rows(&text);
    let of = |row: usize, name: &str| {
        let place = rows[0].iter().position(|other| *other == name).expect("a column");
        rows[row][place]
    };
    assert_eq!((of(1, "arousal"), of(1, "arousal_label"), of(1, "label")), ("0.83", "undetermined", "undetermined"));
    assert_eq!((of(1, "agreement"), of(1, "scale_valence"), of(1, "anger")), ("0.25", "0.6", "0.83"));
    assert_eq!((of(3, "label"), of(3, "confidence"), of(3, "condition")), ("neutral", "0.9", "with_baseline"));
    assert_eq!((of(4, "speaker"), of(4, "anger_undefined"), of(4, "condition")), ("SPEAKER_00", "too_short", ""));
    let alone = emotion_csv(&common::emotion::with_emotion(common::english())).expect("emotion was asked for");
    assert!(alone.contains("only_one_model") && alone.contains("no_model"));
    assert_eq!(emotion_csv(&common::english()), None);
}

#[test]
fn tiers_of_praat_say_the_same() {
    let text = textgrid(&common::emotion::with_emotion(common::english())).expect("tiers");
    for said in [
        "\"model_arousal\"",
        "\"SPEAKER_00 high 0.83\"",
        "\"SPEAKER_00 low 0.90\"",
        "\"model_class\"",
        "\"SPEAKER_00 anger 0.83\"",
        "\"SPEAKER_00 undetermined\"",
        "\"SPEAKER_00 too_short\"",
    ] {
        assert!(text.contains(said), "{said}");
    }
    assert!(!textgrid(&common::english()).expect("tiers").contains("model_"));
}

//! `analysis.json` is what its schema says, down to the last key, and always the same bytes.
#![allow(clippy::expect_used, reason = "a failed expectation fails the test")]

mod common;

use proptest::prelude::*;
use serde_json::Value;
use voiceman_base::{LanguageCode, LanguageVote, Measured, Precision, RecordingAnalysis, UndefinedReason};
use voiceman_report::analysis_json;

fn schema() -> jsonschema::Validator {
    let text = include_str!("../../../docs/formats/analysis.schema.json");
    jsonschema::validator_for(&serde_json::from_str(text).expect("the schema is JSON")).expect("the schema is valid")
}

fn complaints(schema: &jsonschema::Validator, value: &Value) -> Vec<String> {
    schema.iter_errors(value).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

fn parsed(analysis: &RecordingAnalysis) -> Value {
    serde_json::from_str(&analysis_json(analysis)).expect("the output is JSON")
}

/// Only the stages up to the transcript were asked for.
fn transcript_only() -> RecordingAnalysis {
    let full = common::korean();
    RecordingAnalysis { acoustics: None, patterns: None, findings: None, assessment: None, ..full }
}

fn samples() -> Vec<RecordingAnalysis> {
    let mut given = common::english();
    if let Some(transcript) = &mut given.transcript {
        transcript.language = LanguageVote::Given(LanguageCode::ENGLISH);
    }
    vec![
        common::korean(),
        common::english(),
        given,
        common::silent(),
        common::bare("only a file.wav", 0),
        transcript_only(),
    ]
}

#[test]
fn output_is_what_the_schema_says() {
    let schema = schema();
    for analysis in samples() {
        assert_eq!(complaints(&schema, &parsed(&analysis)), Vec::<String>::new());
    }
}

/// Adds a key to every object of the output in turn.
fn with_unknown_key(value: &Value) -> Vec<Value> {
    let mut variants = Vec::new();
    match value {
        Value::Object(map) => {
            let mut grown = map.clone();
            grown.insert("zzz".to_owned(), Value::from(1));
            variants.push(Value::Object(grown));
            for (key, inner) in map {
                for changed in with_unknown_key(inner) {
                    let mut copy = map.clone();
                    copy.insert(key.clone(), changed);
                    variants.push(Value::Object(copy));
                }
            }
        }
        // The first element stands for all: they have the same shape.
        Value::Array(items) => {
            if let Some(first) = items.first() {
                variants.extend(with_unknown_key(first).into_iter().map(|changed| {
                    let mut copy = items.clone();
                    copy[0] = changed;
                    Value::Array(copy)
                }));
            }
        }
        _ => {}
    }
    variants
}

#[test]
fn the_schema_refuses_unknown_keys_everywhere() {
    let schema = schema();
    let variants = with_unknown_key(&parsed(&common::korean()));
    assert!(variants.len() > 25, "only {} objects", variants.len());
    for variant in variants {
        assert!(!schema.is_valid(&variant));
    }
}

#[test]
fn the_schema_refuses_wrong_values() {
    let schema = schema();
    let good = parsed(&common::korean());
    let changes: [(&str, Value); 7] = [
        ("/schema", Value::from("voiceman.analysis/2")),
        ("/source/sha256", Value::from("ABC")),
        ("/language/probability", Value::from(1.5)),
        ("/utterances/0/words/0/start", Value::Null),
        ("/acoustics/0/f0_mean_hz", Value::from(212.4)),
        ("/findings/0/evidence", Value::Array(Vec::new())),
        ("/assessment/recording/priority", Value::from(101)),
    ];
    for (path, value) in changes {
        let mut bad = good.clone();
        *bad.pointer_mut(path).expect("the path exists") = value;
        assert!(!schema.is_valid(&bad), "{path}");
    }
}

#[test]
fn the_schema_knows_every_reason() {
    let schema = schema();
    for reason in [
        UndefinedReason::TooFewVoicedFrames,
        UndefinedReason::TooShort,
        UndefinedReason::Silent,
        UndefinedReason::NoWords,
        UndefinedReason::Untimed,
        UndefinedReason::SyllablesNotCountable,
        UndefinedReason::Clipped,
        UndefinedReason::NoBaseline,
    ] {
        let mut analysis = common::korean();
        if let Some(features) = &mut analysis.acoustics {
            features.baseline.f0 = Measured::Undefined(reason);
        }
        assert_eq!(complaints(&schema, &parsed(&analysis)), Vec::<String>::new());
    }
}

#[test]
fn the_schema_knows_every_precision() {
    let schema = schema();
    for precision in [Precision::Float32, Precision::Float16, Precision::Weights8, Precision::Exact] {
        let mut analysis = common::korean();
        analysis.produced_by.models[0].precision = precision;
        assert_eq!(complaints(&schema, &parsed(&analysis)), Vec::<String>::new());
    }
}

#[test]
fn keys_stand_in_the_order_of_the_interface() {
    let text = analysis_json(&common::korean());
    let keys: Vec<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("  \"").and_then(|rest| rest.split_once('"')))
        .map(|(key, _)| key)
        .collect();
    assert_eq!(
        keys,
        [
            "schema",
            "not_asked_for",
            "source",
            "language",
            "speech",
            "utterances",
            "acoustics",
            "acoustics_baseline",
            "patterns",
            "findings",
            "assessment",
            "produced_by"
        ]
    );
    assert!(text.ends_with("}\n") && !text.ends_with("\n\n"));
}

#[test]
fn what_was_not_asked_for_is_named_and_missing() {
    let value = parsed(&transcript_only());
    let absent = value["not_asked_for"].as_array().expect("a list");
    assert_eq!(absent.len(), 5);
    for key in absent {
        assert!(value.get(key.as_str().expect("a name")).is_none(), "{key}");
    }
    assert!(value["utterances"].is_array());
    assert_eq!(parsed(&common::silent())["not_asked_for"], Value::Array(Vec::new()));
}

#[test]
fn numbers_are_decimals_of_at_most_six_digits() {
    for analysis in samples() {
        for line in analysis_json(&analysis).lines() {
            let value = line.rsplit(": ").next().unwrap_or_default().trim_end_matches(',');
            if value.starts_with(|c: char| c.is_ascii_digit() || c == '-')
                && value.contains('.')
                && !value.contains('"')
            {
                let digits = value.split_once('.').map_or(0, |(_, digits)| digits.len());
                assert!(digits <= 6 && !value.contains(['e', 'E']), "{line}");
            }
        }
    }
}

#[test]
fn a_small_analysis_in_full() {
    let lines = [(320, 1_500, "여보세요 \"잘\" 들려요?")];
    let mut analysis = common::bare("a<b>&\u{202e}.wav", 2_000);
    analysis.transcript = Some(voiceman_base::AlignedTranscript {
        language: LanguageVote::Given(LanguageCode::KOREAN),
        utterances: common::conversation(LanguageCode::KOREAN, &lines),
    });
    insta::assert_snapshot!(analysis_json(&analysis));
}

proptest! {
    #[test]
    fn any_text_comes_back_as_it_was(name in any::<String>(), text in any::<String>()) {
        let mut analysis = common::korean();
        analysis.source.file.name.clone_from(&name);
        if let Some(transcript) = &mut analysis.transcript {
            transcript.utterances[0].utterance.text.clone_from(&text);
        }
        let written = analysis_json(&analysis);
        prop_assert_eq!(&written, &analysis_json(&analysis.clone()));
        let value: Value = serde_json::from_str(&written).expect("the output is JSON");
        prop_assert_eq!(value["source"]["name"].as_str(), Some(name.as_str()));
        prop_assert_eq!(value["utterances"][0]["text"].as_str(), Some(text.as_str()));
    }
}

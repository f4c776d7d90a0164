//! `analysis.json` is what its schema says, down to the last key, and always the same bytes.
#![allow(clippy::expect_used, reason = "a failed expectation fails the test")]

mod common;

use proptest::prelude::*;
use serde_json::Value;
use voiceman_base::{
    Attribution, AttributionDoubt, Flag, LanguageCode, LanguageVote, Measured, Precision, RecordingAnalysis,
    SpeakerBasis, SpeakerId, SpeakerNote, TurnDoubt, UndefinedReason,
};
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
    let full = common::without_speakers(common::korean());
    RecordingAnalysis { quality: None, acoustics: None, patterns: None, findings: None, assessment: None, ..full }
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
        common::without_speakers(common::english()),
        common::silent(),
        common::emotion::with_emotion(common::korean()),
        common::emotion::with_emotion(common::without_speakers(common::english())),
        common::emotion::with_networks(common::english()),
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
    let changes: [(&str, Value); 13] = [
        ("/utterances/0/speaker", Value::from(0)),
        ("/utterances/0/words/0/speaker_margin", Value::from(1.5)),
        ("/utterances/0/words/0/speaker_doubt", Value::from("unknown")),
        ("/turns/0/speaker", Value::Null),
        ("/turns/0/margin", Value::from(0.3)),
        ("/speakers/0/id", Value::from("Kim")),
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
        UndefinedReason::TooFewPeriods,
        UndefinedReason::TooShort,
        UndefinedReason::Silent,
        UndefinedReason::NoWords,
        UndefinedReason::Untimed,
        UndefinedReason::SyllablesNotCountable,
        UndefinedReason::Clipped,
        UndefinedReason::NoBaseline,
        UndefinedReason::OnlyOneSpeaker,
        UndefinedReason::TooLittleVoice,
        UndefinedReason::TooNoisy,
        UndefinedReason::NarrowBand,
        UndefinedReason::Hum,
        UndefinedReason::SoundLost,
        UndefinedReason::Reverberant,
        UndefinedReason::AutomaticGain,
        UndefinedReason::LossyCodec,
        UndefinedReason::TooLittleSpeech,
        UndefinedReason::QualityUnknown,
        UndefinedReason::TooFewUtterances,
        UndefinedReason::TooFewResponses,
        UndefinedReason::NoPauses,
        UndefinedReason::PitchDisputed,
        UndefinedReason::NoSecondEstimate,
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
            "diarization",
            "turns",
            "speakers",
            "quality",
            "acoustics",
            "acoustics_baseline",
            "acoustics_speakers",
            "responses",
            "changes",
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
    assert_eq!(absent.len(), 15);
    for key in absent {
        assert!(value.get(key.as_str().expect("a name")).is_none(), "{key}");
    }
    assert!(value["utterances"].is_array());
    let silent = parsed(&common::silent());
    let absent: Vec<_> = silent["not_asked_for"].as_array().expect("a list").iter().collect();
    assert_eq!(absent, ["emotion", "emotion_models", "emotion_speakers"]);
}

#[test]
fn the_schema_knows_every_word_about_speakers() {
    let schema = schema();
    let mut analysis = common::korean();
    if let Some(found) = &mut analysis.diarization {
        found.basis = SpeakerBasis::Channels;
        found.notes = vec![
            SpeakerNote::NumberGiven,
            SpeakerNote::FewerThanAsked,
            SpeakerNote::JoinedToLimit,
            SpeakerNote::SplitToLimit,
            SpeakerNote::NarrowBand,
        ];
        found.turns[0].doubts = vec![TurnDoubt::Short, TurnDoubt::NeverAlone, TurnDoubt::Close];
    }
    let spoken = &mut analysis.transcript.as_mut().expect("a transcript").utterances[0];
    spoken.utterance.flags = vec![Flag::Overlap, Flag::SpeakerUncertain];
    let doubts =
        [AttributionDoubt::Overlap, AttributionDoubt::Gap, AttributionDoubt::Boundary, AttributionDoubt::Voice];
    for (word, doubt) in spoken.words.iter_mut().zip(doubts) {
        word.attribution = Some(Attribution { speaker: SpeakerId(0), margin: -0.5, doubt: Some(doubt) });
    }
    assert_eq!(complaints(&schema, &parsed(&analysis)), Vec::<String>::new());
}

#[test]
fn every_word_and_every_finding_names_its_speaker() {
    let mut analysis = common::korean();
    // The last utterance is nobody's.
    let last = &mut analysis.transcript.as_mut().expect("a transcript").utterances[5];
    last.speaker = None;
    last.words.iter_mut().for_each(|word| word.attribution = None);
    let value = parsed(&analysis);
    let said: Vec<_> = value["utterances"].as_array().expect("a list").iter().map(|line| &line["speaker"]).collect();
    let (first, second) = (Value::from("SPEAKER_00"), Value::from("SPEAKER_01"));
    assert_eq!(said, [&first, &second, &first, &second, &second, &Value::Null]);
    // The end of the second utterance is overlapped.
    let words = value["utterances"][1]["words"].as_array().expect("a list");
    assert_eq!(words.last().map(|word| &word["speaker_doubt"]), Some(&Value::from("overlap")));
    assert_eq!(words[0]["speaker_doubt"], Value::Null);
    let last = value["utterances"][5]["words"].as_array().and_then(|words| words.last()).expect("a word");
    assert_eq!((&last["speaker"], &last["speaker_margin"]), (&Value::Null, &Value::Null));
    assert!(last.as_object().is_some_and(|word| word.contains_key("speaker_doubt")));
    for key in ["patterns", "findings"] {
        assert!(value[key].as_array().is_some_and(|list| list.iter().all(|entry| entry["speaker"] == second)), "{key}");
    }
    let turns: Vec<_> = value["turns"].as_array().expect("a list").iter().map(|turn| &turn["doubts"]).collect();
    assert_eq!(turns.iter().filter(|doubts| doubts.as_array().is_some_and(|list| !list.is_empty())).count(), 2);
    assert_eq!(value["turns"][5]["margin"]["undefined"], "too_little_voice");
    assert_eq!(value["speakers"][0]["interruptions"], 1);
}

#[test]
fn a_finding_over_the_words_of_two_is_nobodys() {
    let mut analysis = common::korean();
    let findings = analysis.findings.as_mut().expect("findings");
    let other = findings[2].evidence[0].clone();
    findings[0].evidence.push(other.clone());
    assert_eq!(parsed(&analysis)["findings"][0]["speaker"], "SPEAKER_01");
    let findings = analysis.findings.as_mut().expect("findings");
    findings[0].evidence[1] = voiceman_base::EvidenceRef { utterance: voiceman_base::UtteranceId(0), ..other };
    assert_eq!(parsed(&analysis)["findings"][0]["speaker"], Value::Null);
}

#[test]
fn where_speakers_were_not_asked_for_words_say_nothing_of_them() {
    let value = parsed(&common::without_speakers(common::korean()));
    assert_eq!(value["utterances"][0]["speaker"], Value::Null);
    let word = value["utterances"][0]["words"][0].as_object().expect("a word");
    assert!(["speaker", "speaker_margin", "speaker_doubt"].iter().all(|key| !word.contains_key(*key)));
    let absent: Vec<_> = value["not_asked_for"].as_array().expect("a list").iter().collect();
    assert_eq!(absent, ["diarization", "turns", "speakers", "emotion", "emotion_models", "emotion_speakers"]);
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

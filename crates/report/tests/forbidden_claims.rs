//! No output claims what a program cannot know. The list runs over every source file of this crate, which holds all
//! templates and messages, and over rendered reports.
#![allow(clippy::expect_used, reason = "a failed expectation fails the test")]

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use voiceman_base::{SpeakerBasis, SpeakerNote, TurnDoubt};
use voiceman_report::{
    CaseRecording, CaseReport, ReportLanguage, analysis_json, case_html, html, srt, textgrid, txt, vtt,
};

/// Whole words, any letter case.
const FORBIDDEN_WORDS: [&str; 34] = [
    "lie",
    "lies",
    "lied",
    "liar",
    "lying",
    "deceive",
    "deceives",
    "deceived",
    "deceit",
    "deceptive",
    "deception",
    "truthful",
    "truthfulness",
    "untruthful",
    "honest",
    "honesty",
    "dishonest",
    "credible",
    "credibility",
    "sincere",
    "sincerity",
    "insincere",
    "personality",
    "propensity",
    "authentic",
    "authenticity",
    "genuine",
    "polygraph",
    "stressed",
    "guilty",
    "criminal",
    "psychopath",
    "dangerous",
    "veracity",
];

/// Anywhere, any letter case.
const FORBIDDEN_PHRASES: [&str; 38] = [
    "stress verdict",
    "stress level",
    "voice stress",
    "is the speaker",
    "same speaker",
    "speaker identified",
    "identity of the speaker",
    "not manipulated",
    "unaltered",
    "proves that",
    "proof of",
    "거짓말",
    "거짓",
    "허위",
    "진실",
    "진정성",
    "신빙성",
    "신뢰할 만한 진술",
    "진위",
    "기만",
    "속임",
    "속이",
    "성격",
    "인격",
    "성향",
    "동일인",
    "본인임",
    "화자임",
    "위조되지",
    "조작되지",
    "원본임",
    "스트레스",
    "범죄자",
    "유죄",
    "위험한 사람",
    "정직",
    "솔직",
    "사이코",
];

/// The forbidden claims in `text`.
fn claims(text: &str) -> Vec<&'static str> {
    let lower = text.to_lowercase();
    let words: std::collections::HashSet<&str> =
        lower.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty()).collect();
    let of_words = FORBIDDEN_WORDS.into_iter().filter(|claim| words.contains(claim));
    of_words.chain(FORBIDDEN_PHRASES.into_iter().filter(|claim| lower.contains(claim))).collect()
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("an entry").path();
        if path.is_dir() { sources(&path, found) } else { found.push(path) }
    }
}

#[test]
fn the_list_finds_what_it_should() {
    assert_eq!(claims("The speaker was LYING."), ["lying"]);
    assert_eq!(claims("이 진술은 신빙성이 없다"), ["신빙성"]);
    assert_eq!(claims("much of it lies where"), ["lies"]);
    assert!(claims("The client believed the relief was applied.").is_empty());
}

/// `lies` and `lie` as the verb of place are worded around in messages, but the comments may use them.
#[test]
fn messages_templates_and_scripts_claim_nothing() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    for folder in ["src", "assets"] {
        sources(&root.join(folder), &mut files);
    }
    assert!(files.len() > 20);
    for file in files {
        let text = fs::read_to_string(&file).expect("a text file");
        let without_comments: String =
            text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
        assert_eq!(claims(&without_comments), Vec::<&str>::new(), "{}", file.display());
    }
}

#[test]
fn rendered_reports_claim_nothing() {
    // What was said is not a claim of ours; these calls are harmless.
    let mut channels = common::english();
    let mut notes = common::korean();
    for analysis in [&mut channels, &mut notes] {
        let Some(found) = &mut analysis.diarization else { continue };
        found.basis = SpeakerBasis::Channels;
        found.notes = vec![
            SpeakerNote::FewerThanAsked,
            SpeakerNote::JoinedToLimit,
            SpeakerNote::SplitToLimit,
            SpeakerNote::NarrowBand,
        ];
        found.turns[0].doubts = vec![TurnDoubt::Short, TurnDoubt::NeverAlone, TurnDoubt::Close];
    }
    let analyses = [
        channels,
        notes,
        common::without_speakers(common::korean()),
        common::korean(),
        common::english(),
        common::silent(),
        common::emotion::with_emotion(common::english()),
        common::emotion::with_networks(common::english()),
        common::bare("a.wav", 1_000),
    ];
    for analysis in &analyses {
        let mut outputs = vec![analysis_json(analysis)];
        outputs.extend(srt(analysis));
        outputs.extend(vtt(analysis));
        outputs.extend(textgrid(analysis));
        for language in ReportLanguage::ALL {
            outputs.push(html(analysis, language, None));
            outputs.push(html(analysis, language, Some(b"OggS")));
            outputs.extend(txt(analysis, language));
            let recordings = vec![CaseRecording::new(analysis, "recordings/a/report.html")];
            outputs.push(case_html(
                &CaseReport {
                    recordings,
                    unread: vec!["old.wav".to_owned()],
                    voices: Some(common::voices()),
                    performance: Some(common::performance()),
                    ..CaseReport::default()
                },
                language,
            ));
        }
        for output in outputs {
            assert_eq!(claims(&output), Vec::<&str>::new());
        }
    }
}

#[test]
fn the_schema_has_no_field_for_them() {
    assert_eq!(claims(include_str!("../../../docs/formats/analysis.schema.json")), Vec::<&str>::new());
}

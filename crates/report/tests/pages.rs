//! The pages: well-formed, offline, escaped, and complete.
#![allow(clippy::expect_used, reason = "a failed expectation fails the test")]

mod common;
#[path = "common/markup.rs"]
mod markup;

use markup::Page;
use proptest::prelude::*;
use std::collections::HashSet;
use voiceman_base::{Digest, LanguageCode, RecordingAnalysis};
use voiceman_report::{CaseFailure, CaseRecording, CaseReport, ReportLanguage, case_html, html};

/// What people have called their files and said in them, and worse.
const HOSTILE: [&str; 10] = [
    "<script>alert(1)</script>.wav",
    "\"><img src=x onerror=alert(1)>.wav",
    "' onmouseover='alert(1)",
    "</script><script>alert(1)</script>",
    "]]><!--",
    "&lt;b&gt;&amp;",
    "gnp\u{202e}vaw.exe",
    "a\u{0}b\u{7}c\u{1b}[31m\nd",
    "\u{1100}\u{1161}\u{11a8} 각.wav",
    "javascript:alert(1)//\u{2028}\u{2029}",
];

fn page(analysis: &RecordingAnalysis, language: ReportLanguage, sound: Option<&[u8]>) -> (String, Page) {
    let text = html(analysis, language, sound);
    let read = markup::read(&text).unwrap_or_else(|fault| panic!("{fault}"));
    (text, read)
}

fn sound(text: &str) -> Vec<u8> {
    format!("OggS{text}").into_bytes()
}

fn all_pages() -> Vec<(String, Page)> {
    let analyses = [common::korean(), common::english(), common::silent(), common::bare("only.wav", 0)];
    let mut pages = Vec::new();
    for language in ReportLanguage::ALL {
        for analysis in &analyses {
            pages.push(page(analysis, language, None));
            pages.push(page(analysis, language, Some(&sound("sound"))));
        }
        let case = case_html(&case(&analyses), language);
        let read = markup::read(&case).unwrap_or_else(|fault| panic!("{fault}"));
        pages.push((case, read));
    }
    pages
}

fn case(analyses: &[RecordingAnalysis]) -> CaseReport {
    CaseReport {
        recordings: analyses
            .iter()
            .map(|analysis| {
                CaseRecording::new(analysis, format!("recordings/{}/report.html", analysis.source.file.name))
            })
            .collect(),
        failures: vec![CaseFailure { name: "broken<.m4a".to_owned(), reason: "decode `broken`: no track".to_owned() }],
        unread: vec!["old<.wav".to_owned()],
        voices: Some(common::voices()),
        performance: Some(common::performance()),
    }
}

#[test]
fn the_reader_of_pages_finds_faults() {
    assert!(markup::read("<!DOCTYPE html><p>a &amp; b<br></p>").is_ok());
    for bad in [
        "<p></p>",
        "<!DOCTYPE html><p>",
        "<!DOCTYPE html><p><b></p></b>",
        "<!DOCTYPE html><p>a & b</p>",
        "<!DOCTYPE html><p>a < b</p>",
        "<!DOCTYPE html><p title=a></p>",
        "<!DOCTYPE html><p title=\"<b>\"></p>",
        "<!DOCTYPE html><p id=\"a\" id=\"b\"></p>",
        "<!DOCTYPE html><p></p>left",
    ] {
        assert!(markup::read(bad).is_err(), "{bad}");
    }
}

#[test]
fn printed_points_add_up_as_printed() {
    let (_, read) = page(&common::english(), ReportLanguage::En, None);
    for printed in ["25.00", "6.25", "31.25", "6.40", "37.65"] {
        assert!(read.text.contains(printed), "{printed}");
    }
    assert!(read.text.contains("All contributions add up to 37.65; the priority is 37.65."));
}

#[test]
fn pages_name_no_other_place() {
    for (text, read) in all_pages() {
        for needle in ["http:", "https:", "//www", "url(", "@import", "file:", "/home", "/tmp", "/usr", "\\\\"] {
            assert!(!text.contains(needle), "{needle}");
        }
        for tag in &read.tags {
            assert!(!matches!(tag.name.as_str(), "link" | "img" | "iframe" | "object" | "embed" | "form" | "base"));
            for (name, value) in &tag.attributes {
                assert!(!name.starts_with("on") && name != "style" && name != "srcdoc", "{name}");
                match name.as_str() {
                    "src" => assert!(value.starts_with("data:audio/ogg;base64,"), "{value}"),
                    "href" => assert!(value.starts_with('#') || value.starts_with("./"), "{value}"),
                    _ => {}
                }
            }
        }
    }
}

#[test]
fn the_policy_allows_this_style_and_this_script_alone() {
    for (_, read) in all_pages() {
        let meta = read.tags.iter().find(|tag| tag.attribute("http-equiv") == Some("Content-Security-Policy"));
        let policy = meta.and_then(|tag| tag.attribute("content")).expect("a policy");
        assert!(policy.starts_with("default-src 'none'; "), "{policy}");
        assert!(!policy.contains("unsafe") && !policy.contains('*'));
        assert_eq!(read.styles.len(), 1);
        assert!(read.scripts.len() <= 1);
        for raw in read.styles.iter().chain(&read.scripts) {
            assert!(
                policy.contains(&format!("'sha256-{}'", base64(Digest::of(raw.as_bytes()).as_bytes()))),
                "{policy}"
            );
        }
    }
}

/// Base64 of 32 bytes, written the slow way, to check the page's own.
fn base64(bytes: &[u8]) -> String {
    let alphabet: Vec<char> = ('A'..='Z').chain('a'..='z').chain('0'..='9').chain(['+', '/']).collect();
    let bits: Vec<u8> = bytes.iter().flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1)).collect();
    let mut text: String = bits
        .chunks(6)
        .map(|six| alphabet[(0..6).fold(0, |sum, i| sum * 2 + usize::from(six.get(i).copied().unwrap_or(0)))])
        .collect();
    while !text.len().is_multiple_of(4) {
        text.push('=');
    }
    text
}

#[test]
fn anchors_are_unique_and_links_lead_somewhere() {
    for (_, read) in all_pages() {
        let ids: Vec<_> = read.tags.iter().filter_map(|tag| tag.attribute("id")).collect();
        let unique: HashSet<_> = ids.iter().collect();
        assert_eq!(ids.len(), unique.len());
        for target in read.tags.iter().filter_map(|tag| tag.attribute("href")).filter_map(|href| href.strip_prefix('#'))
        {
            assert!(unique.contains(&target), "#{target}");
        }
        for label in read.tags.iter().filter_map(|tag| tag.attribute("aria-labelledby")) {
            assert!(unique.contains(&label), "{label}");
        }
    }
}

#[test]
fn drawings_hold_numbers_only() {
    let mut drawn = 0;
    for (text, read) in all_pages() {
        assert!(!text.contains("NaN") && !text.contains(">inf<") && !text.contains("\"inf"));
        for tag in &read.tags {
            for name in ["x", "y", "x1", "x2", "y1", "y2", "width", "height", "cx", "cy", "r"] {
                if matches!(tag.name.as_str(), "line" | "rect" | "circle" | "text")
                    && let Some(value) = tag.attribute(name)
                {
                    assert!(value.parse::<f64>().is_ok_and(f64::is_finite), "{name}={value}");
                    drawn += 1;
                }
            }
            if let Some(path) = tag.attribute("d") {
                assert!(path.split(['M', 'V', 'H', ' ']).skip(1).all(|number| number.parse::<f64>().is_ok()), "{path}");
            }
        }
    }
    assert!(drawn > 100);
}

#[test]
fn every_control_has_a_name() {
    for (_, read) in all_pages() {
        for tag in read.tags.iter().filter(|tag| tag.attribute("role") == Some("img") || tag.name == "nav") {
            assert!(tag.attribute("aria-label").is_some_and(|label| !label.is_empty()), "{tag:?}");
        }
        assert_eq!(read.tags.iter().filter(|tag| tag.name == "main").count(), 1);
        assert_eq!(read.tags.iter().filter(|tag| tag.name == "h1").count(), 1);
        let language = read.tags.iter().find(|tag| tag.name == "html").and_then(|tag| tag.attribute("lang"));
        assert!(matches!(language, Some("ko" | "en")));
    }
}

#[test]
fn a_korean_report_from_end_to_end() {
    let (_, read) = page(&common::korean(), ReportLanguage::Ko, Some(&sound("sound")));
    for needle in [
        "녹음 분석 보고서",
        "초안",
        "통화 녹음 2026-03-02.m4a",
        "요약",
        "분석 대상",
        "대화 내용",
        "검토 우선순위",
        "지점 2 · 위협: 높아진 목소리로 말한 표현",
        "37.65",
        "유성음이 너무 적음",
        "이 보고서가 말하지 않는 것",
    ] {
        assert!(read.text.contains(needle), "{needle}");
    }
    let words: Vec<_> =
        read.tags.iter().filter(|tag| tag.name == "span" && tag.attribute("data-s").is_some()).collect();
    // All words but the one without a time.
    assert_eq!(words.len(), 40);
    assert_eq!(words[0].attribute("data-s"), Some("0.32"));
    let audio = read.tags.iter().find(|tag| tag.name == "audio").expect("the sound");
    assert_eq!(audio.attribute("src"), Some("data:audio/ogg;base64,T2dnU3NvdW5k"));
}

#[test]
fn speakers_are_told_apart_by_name_and_doubt_by_shape() {
    let classes = |read: &Page, wanted: &str| {
        let with =
            |tag: &&markup::Tag| tag.attribute("class").is_some_and(|class| class.split(' ').any(|c| c == wanted));
        read.tags.iter().filter(with).map(|tag| tag.name.clone()).collect::<Vec<_>>()
    };
    let (_, read) = page(&common::english(), ReportLanguage::En, Some(&sound("sound")));
    assert_eq!(classes(&read, "told").len(), 6);
    // Six lines, three findings with three lines of context each (of two cards), three contributions.
    assert_eq!(classes(&read, "speaker").len(), 6 + 3 + 2 * 3 + 3);
    // Two speakers, each with a doubtful turn.
    assert_eq!((classes(&read, "turn").len(), classes(&read, "thin").len()), (4, 2));
    let chart = read.tags.iter().find(|tag| tag.attribute("class") == Some("plot turns")).expect("the drawing");
    assert_eq!((chart.attribute("data-from"), chart.attribute("data-to")), (Some("0"), Some("25.5")));
    let (_, read) = page(&common::without_speakers(common::english()), ReportLanguage::En, None);
    for class in ["told", "speaker", "turn", "whose"] {
        assert!(classes(&read, class).is_empty(), "{class}");
    }
    assert!(!read.text.contains("SPEAKER") && read.text.contains("Voices are not told apart"));
}

/// What a reader reads, a line per element.
fn reading(read: &Page) -> String {
    read.text.split("  ").map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_korean_page_as_read() {
    let (_, read) = page(&common::korean(), ReportLanguage::Ko, Some(&sound("sound")));
    insta::assert_snapshot!(reading(&read));
}

#[test]
fn a_page_without_speech_as_read() {
    let (_, read) = page(&common::silent(), ReportLanguage::En, None);
    insta::assert_snapshot!(reading(&read));
}

#[test]
fn a_case_as_read() {
    let analyses = [common::korean(), common::english(), common::silent()];
    let read = markup::read(&case_html(&case(&analyses), ReportLanguage::Ko)).expect("well-formed");
    insta::assert_snapshot!(reading(&read));
}

#[test]
fn without_sound_the_page_says_so_and_offers_no_buttons() {
    let (_, read) = page(&common::english(), ReportLanguage::En, None);
    assert!(read.text.contains("This report was made without the sound."));
    assert!(!read.tags.iter().any(|tag| matches!(tag.name.as_str(), "audio" | "button")));
}

#[test]
fn both_languages_have_the_same_parts() {
    let tags = |language| {
        let (_, read) = page(&common::korean(), language, Some(&sound("sound")));
        read.tags.iter().map(|tag| tag.name.clone()).collect::<Vec<_>>()
    };
    assert_eq!(tags(ReportLanguage::Ko), tags(ReportLanguage::En));
}

/// The analysis with `text` wherever a recording, its name or its tools can bring text in.
fn poisoned(text: &str) -> RecordingAnalysis {
    let mut analysis = common::full(
        text,
        LanguageCode::ENGLISH,
        &[(0, 2_000, "one two"), (2_500, 4_000, "three four")],
        [&[0], &[1], &[2]],
    );
    let source = &mut analysis.source;
    for field in [&mut source.container, &mut source.codec, &mut source.decoder.name, &mut source.trimming] {
        *field = text.to_owned();
    }
    source.warnings[0].text = text.to_owned();
    for spoken in analysis.transcript.iter_mut().flat_map(|transcript| &mut transcript.utterances) {
        spoken.utterance.text = text.to_owned();
        for word in &mut spoken.words {
            word.text = text.to_owned();
        }
    }
    for hit in analysis.patterns.iter_mut().flatten() {
        hit.pattern = text.to_owned();
        hit.subtype = text.to_owned();
    }
    for evidence in analysis.findings.iter_mut().flatten().flat_map(|finding| &mut finding.evidence) {
        for measure in &mut evidence.measures {
            measure.name = text.to_owned();
        }
    }
    for model in &mut analysis.produced_by.models {
        model.name = text.to_owned();
        model.role = text.to_owned();
        model.runtime = text.to_owned();
    }
    for lexicon in &mut analysis.produced_by.lexicons {
        lexicon.name = text.to_owned();
        lexicon.version = text.to_owned();
    }
    if let Some(assessment) = &mut analysis.assessment {
        assessment.weights.version = text.to_owned();
    }
    analysis
}

/// The tags a page has with harmless text.
fn shape(read: &Page) -> Vec<(String, Vec<String>)> {
    read.tags
        .iter()
        .map(|tag| (tag.name.clone(), tag.attributes.iter().map(|(name, _)| name.clone()).collect()))
        .collect()
}

#[test]
fn hostile_texts_change_no_tag() {
    let (_, harmless) = page(&poisoned("plain"), ReportLanguage::En, Some(&sound("sound")));
    for text in HOSTILE {
        let (_, read) = page(&poisoned(text), ReportLanguage::En, Some(&sound("sound")));
        assert_eq!(shape(&read), shape(&harmless), "{text:?}");
        let shown = voiceman_report::text::visible(text);
        assert!(read.text.matches(&shown).count() > 10, "{text:?} is shown as {shown:?}");
        assert!(!read.text.contains(['\u{202e}', '\u{0}', '\u{1b}', '\u{2028}']));
    }
}

#[test]
fn hostile_names_stay_names_in_the_case_report() {
    let harmless = markup::read(&case_html(&case(&[poisoned("plain")]), ReportLanguage::En)).expect("well-formed");
    for text in HOSTILE {
        let mut hostile = case(&[poisoned(text)]);
        hostile.failures[0] = CaseFailure { name: text.to_owned(), reason: text.to_owned() };
        let read = markup::read(&case_html(&hostile, ReportLanguage::En)).expect("well-formed");
        assert_eq!(shape(&read), shape(&harmless), "{text:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn any_text_is_shown_and_changes_no_tag(text in any::<String>().prop_filter("blank", |text| !text.trim().is_empty())) {
        let (_, harmless) = page(&poisoned("plain"), ReportLanguage::Ko, None);
        let (_, read) = page(&poisoned(&text), ReportLanguage::Ko, None);
        prop_assert_eq!(shape(&read), shape(&harmless));
    }
}

#[test]
fn numbers_that_are_none_do_not_reach_a_drawing() {
    let mut analysis = common::korean();
    if let Some(assessment) = &mut analysis.assessment {
        assessment.recording.interval.low = f64::NAN;
        assessment.recording.priority = f64::INFINITY;
    }
    if let Some(findings) = &mut analysis.findings {
        findings[1].evidence[0].measures[0].value = f64::NAN;
    }
    let (text, _) = page(&analysis, ReportLanguage::En, None);
    assert!(!text.contains("NaN") && !text.contains("inf\""));
}

#[test]
fn the_case_is_sorted_by_priority_then_by_name() {
    let mut low = common::bare("b.wav", 1_000);
    low.assessment = Some(common::assessment(Vec::new()));
    let mut also_low = common::bare("a.wav", 1_000);
    also_low.assessment = low.assessment.clone();
    let none = common::bare("0.wav", 1_000);
    let analyses = [none, low, common::korean(), also_low];
    let read = markup::read(&case_html(&case(&analyses), ReportLanguage::En)).expect("well-formed");
    let links: Vec<_> = read
        .tags
        .iter()
        .filter_map(|tag| tag.attribute("href"))
        .filter(|href| href.starts_with("./") && !href.contains('#'))
        .collect();
    assert_eq!(
        links,
        [
            "./recordings/%ED%86%B5%ED%99%94%20%EB%85%B9%EC%9D%8C%202026-03-02.m4a/report.html",
            "./recordings/a.wav/report.html",
            "./recordings/b.wav/report.html",
            "./recordings/0.wav/report.html"
        ]
    );
    assert!(read.text.contains("4 recordings analysed") && read.text.contains("1 could not be analysed"));
    assert!(read.text.contains("broken<.m4a") && read.text.contains("decode `broken`: no track"));
}

#[test]
fn three_hours_stay_small() {
    let analysis = common::three_hours();
    let (text, read) = page(&analysis, ReportLanguage::En, None);
    assert_eq!(read.tags.iter().filter(|tag| tag.attribute("data-s").is_some()).count(), 29_999);
    // Words take most of it; the plots do not grow with the recording.
    assert!(text.len() < 4_500_000, "{} bytes", text.len());
    let longest = read.tags.iter().filter_map(|tag| tag.attribute("d")).map(str::len).max();
    assert!(longest.is_some_and(|length| length < 16_000), "{longest:?}");
}

//! The tree: every statement has its place, every number of the priority adds up, nothing is silently absent.
#![allow(clippy::expect_used, reason = "a failed expectation fails the test")]

mod common;

use proptest::prelude::*;
use voiceman_base::{Family, FindingId, RecordingAnalysis};
use voiceman_report::tree::{Block, Evidence, Place, PriorityEntry, Report, SectionId};
use voiceman_report::{ReportLanguage, build};

fn places(report: &Report) -> Vec<&Place> {
    let mut places = Vec::new();
    for block in report.sections.iter().flat_map(|section| &section.blocks) {
        match block {
            Block::Statements(list) => {
                for statement in list {
                    assert!(!statement.text.is_empty());
                    if let Evidence::Places { listed, total } = &statement.evidence {
                        assert!(listed.len() <= *total);
                        places.extend(listed);
                    }
                }
            }
            Block::Facts(facts) => places.extend(facts.iter().filter_map(|fact| fact.value.place.as_ref())),
            Block::Table(table) => {
                assert!(table.rows.iter().all(|row| row.len() == table.head.len()), "{}", table.caption);
                places.extend(table.rows.iter().flatten().filter_map(|cell| cell.place.as_ref()));
            }
            Block::Conversation(lines) => places.extend(lines.iter().map(|line| &line.place)),
            Block::Findings(groups) => {
                assert!(groups.iter().all(|group| !group.evidence.is_empty() && !group.findings.is_empty()));
                places.extend(groups.iter().flat_map(|group| &group.evidence).map(|entry| &entry.place));
            }
            Block::Priority(entry) => places.extend(
                entry
                    .categories
                    .iter()
                    .flat_map(|category| &category.contributions)
                    .filter_map(|contribution| contribution.place.as_ref()),
            ),
            Block::Curves(_) => {}
        }
    }
    places
}

#[test]
fn every_place_lies_in_the_file() {
    for analysis in [common::korean(), common::english(), common::silent()] {
        for language in ReportLanguage::ALL {
            let report = build(&analysis, language);
            assert_eq!(report.source.sha256, analysis.source.file.sha256);
            for place in places(&report) {
                assert!(place.span.end() <= analysis.source.duration);
                assert!(place.first_sample <= place.end_sample && place.end_sample <= analysis.source.samples);
                assert_eq!(place.span.start().to_sample(analysis.source.sample_rate), place.first_sample);
            }
        }
    }
    assert!(places(&build(&common::korean(), ReportLanguage::En)).len() > 20);
}

#[test]
fn findings_show_their_context_on_both_sides() {
    let report = build(&common::korean(), ReportLanguage::Ko);
    let Some([Block::Findings(groups), ..]) = report.section(SectionId::Findings).map(|s| s.blocks.as_slice()) else {
        panic!("no findings")
    };
    let entry = &groups[0].evidence[0];
    assert_eq!(entry.before.as_deref(), Some("여보세요, 지금 통화 괜찮으세요?"));
    assert_eq!(entry.after.as_deref(), Some("그런 말씀은 하지 말아 주세요."));
    let marked: Vec<_> = entry.quote.iter().filter(|word| word.marked).map(|word| word.text.as_str()).collect();
    assert_eq!(marked.join(" "), "돈 안 보내면 가만 안 둘 거야.");
    assert!(entry.listen.start() < entry.place.span.start() && entry.listen.end() > entry.place.span.end());
    // The wording and the raised voice rest on the same words and stand together, the warning by itself.
    assert_eq!(groups.iter().map(|group| group.findings.len()).collect::<Vec<_>>(), [2, 1]);
    assert_eq!(groups[0].findings[1].measures.len(), 2);
    assert_eq!(groups[1].findings[0].measures[0].label, "단어 신뢰도 평균");
    assert!(entry.curves.is_some());
}

#[test]
fn what_was_not_asked_for_is_said_in_its_place() {
    let only_transcript =
        RecordingAnalysis { acoustics: None, patterns: None, findings: None, assessment: None, ..common::english() };
    let report = build(&only_transcript, ReportLanguage::En);
    for id in [SectionId::Curves, SectionId::Findings, SectionId::Priority] {
        let section = report.section(id).expect("the section stands");
        let [Block::Statements(list)] = section.blocks.as_slice() else { panic!("{id:?}: {:?}", section.blocks) };
        assert!(list[0].text.contains("not asked for"), "{id:?}");
    }
    let bare = build(&common::bare("a.wav", 1_000), ReportLanguage::Ko);
    for id in
        [SectionId::Language, SectionId::Conversation, SectionId::Curves, SectionId::Findings, SectionId::Priority]
    {
        let section = bare.section(id).expect("the section stands");
        let [Block::Statements(list)] = section.blocks.as_slice() else { panic!("{id:?}: {:?}", section.blocks) };
        assert!(list[0].text.contains("요청하지 않은"), "{id:?}");
    }
}

#[test]
fn what_could_not_be_measured_is_listed_with_its_reason() {
    let report = build(&common::english(), ReportLanguage::En);
    let Some([Block::Table(table), ..]) = report.section(SectionId::NotMeasured).map(|s| s.blocks.as_slice()) else {
        panic!("no table")
    };
    let rows: Vec<Vec<&str>> =
        table.rows.iter().map(|row| row.iter().map(|cell| cell.text.as_str()).collect()).collect();
    assert_eq!(
        rows,
        [
            ["Mean pitch (Hz)", "too little voiced sound", "1", "0:12.8"],
            ["Median pitch (Hz)", "too little voiced sound", "1", "0:12.8"],
            ["Standard deviation of pitch (Hz)", "too little voiced sound", "1", "0:12.8"],
            ["Word times", "its place in the sound is shorter than one frame", "1", "0:22.1"],
        ]
    );
}

fn priority(report: &Report) -> &PriorityEntry {
    match report.section(SectionId::Priority).map(|section| section.blocks.as_slice()) {
        Some([Block::Priority(entry)]) => entry,
        other => panic!("{other:?}"),
    }
}

proptest! {
    #[test]
    fn the_priority_adds_up(
        points in prop::collection::vec((0_usize..6, -4.0_f64..40.0), 0..20)
    ) {
        let mut analysis = common::korean();
        let points: Vec<_> = points
            .into_iter()
            .enumerate()
            .map(|(index, (family, points))| (Family::ALL[family], FindingId(index as u32), points))
            .collect();
        analysis.assessment = Some(common::assessment(points.clone()));
        let report = build(&analysis, ReportLanguage::En);
        let entry = priority(&report);
        let mut listed = 0;
        for category in &entry.categories {
            let sum: f64 = category.contributions.iter().map(|contribution| contribution.points).sum();
            prop_assert!((sum - category.points).abs() < 1e-9);
            listed += category.contributions.len();
        }
        prop_assert_eq!(listed, points.len());
        let sum: f64 = entry.categories.iter().map(|category| category.points).sum();
        prop_assert!((sum - entry.points_sum).abs() < 1e-9);
        prop_assert!((entry.points_sum.clamp(0.0, 100.0) - entry.priority).abs() < 1e-9);
    }
}

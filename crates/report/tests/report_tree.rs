//! The tree: every statement has its place, every number of the priority adds up, nothing is silently absent.
#![allow(clippy::expect_used, reason = "a failed expectation fails the test")]

mod common;

use proptest::prelude::*;
use voiceman_base::{Family, FindingId, RecordingAnalysis, SpeakerBasis};
use voiceman_report::tree::{Block, Evidence, Place, PriorityEntry, Report, SectionId, SpeakerTag, TurnMark};
use voiceman_report::{ReportLanguage, build};

fn places(report: &Report) -> Vec<&Place> {
    let mut places = Vec::new();
    let mut left: Vec<&Block> = report.sections.iter().flat_map(|section| &section.blocks).collect();
    while let Some(block) = left.pop() {
        match block {
            Block::Heading(text) => assert!(!text.is_empty()),
            Block::Fold(fold) => {
                assert!(!fold.summary.is_empty() && !fold.blocks.is_empty());
                left.extend(&fold.blocks);
            }
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
            Block::Verdicts(table) => {
                assert!(!table.whose.is_empty(), "{}", table.caption);
                assert!(table.rows.iter().all(|row| row.bears.len() == table.whose.len()), "{}", table.caption);
            }
            Block::Turns(chart) => {
                let within = |turn: &TurnMark| turn.span.intersection(chart.span).is_some();
                assert!(!chart.rows.is_empty() && chart.rows.iter().all(|row| row.turns.iter().all(within)));
            }
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
    let only_transcript = RecordingAnalysis {
        quality: None,
        acoustics: None,
        patterns: None,
        findings: None,
        assessment: None,
        ..common::without_speakers(common::english())
    };
    let report = build(&only_transcript, ReportLanguage::En);
    for id in [SectionId::Quality, SectionId::Speakers, SectionId::Curves, SectionId::Findings, SectionId::Priority] {
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

const VOICE: &str = "Jitter, local (%); Shimmer, local (%); Harmonics-to-noise ratio (dB); Cepstral peak prominence, smoothed \
                     (dB); H1–H2 (dB); Spectral tilt (dB per octave); Alpha ratio (dB); Hammarberg index (dB); Spectral \
                     centroid (Hz); 1st formant, F1 (Hz); 2nd formant, F2 (Hz); 3rd formant, F3 (Hz); 4th formant, F4 (Hz)";

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
            ["Sound: Fall of sound (hint at reverberation)", "too few places where sound falls evenly", "1", "–"],
            ["Mean pitch (Hz)", "too little voiced sound", "1", "0:12.8"],
            ["Median pitch (Hz)", "too little voiced sound", "1", "0:12.8"],
            ["Standard deviation of pitch (Hz)", "too little voiced sound", "1", "0:12.8"],
            [VOICE, "too few regular periods of the voice", "1", "0:12.8"],
            ["Usual value: Pitch (Hz), SPEAKER_01", "too little material to compare with", "1", "–"],
            ["Usual value: Level (dB), SPEAKER_01", "too little material to compare with", "1", "–"],
            ["Pitch, change per minute (Hz), SPEAKER_01", "too few utterances, or too close together", "1", "–"],
            ["Level, change per minute (dB), SPEAKER_01", "too few utterances, or too close together", "1", "–"],
            ["Answers after, median (s), SPEAKER_01", "too few answers to others", "1", "–"],
            ["How close a turn's voice is to its own speaker", "too little of the voice alone", "1", "0:22.1"],
            ["Word times", "its place in the sound is shorter than one frame", "1", "0:22.1"],
        ]
    );
}

fn section_text(report: &Report, id: SectionId) -> String {
    let blocks = &report.section(id).expect("the section stands").blocks;
    let lists = blocks.iter().filter_map(|block| match block {
        Block::Statements(list) => Some(list),
        _ => None,
    });
    lists.flatten().map(|statement| statement.text.as_str()).collect::<Vec<_>>().join("\n")
}

#[test]
fn speakers_are_numbers_with_their_doubts() {
    let report = build(&common::english(), ReportLanguage::En);
    let section = report.section(SectionId::Speakers).expect("the section stands");
    let [Block::Statements(list), Block::Table(table), Block::Statements(_), Block::Turns(chart)] =
        section.blocks.as_slice()
    else {
        panic!("{:?}", section.blocks)
    };
    let text = section_text(&report, SectionId::Speakers);
    for needle in [
        "2 speakers were told apart by the sound of their voices.",
        "says nothing of who a person is",
        "was given by the user",
        "may be split into two numbers",
        "For 2 of 6 turns it is doubtful who speaks: too short for a voice to be told apart reliably (1); another \
         speaker's voice is about as close (1).",
    ] {
        assert!(text.contains(needle), "{needle}: {text}");
    }
    let doubtful = list.last().expect("a statement");
    let Evidence::Places { listed, total: 2 } = &doubtful.evidence else { panic!("{doubtful:?}") };
    assert_eq!(listed.iter().map(|place| place.utterance.map(|id| id.0)).collect::<Vec<_>>(), [Some(3), Some(5)]);
    let rows: Vec<Vec<&str>> =
        table.rows.iter().map(|row| row.iter().map(|cell| cell.text.as_str()).collect()).collect();
    assert_eq!(
        rows,
        [
            ["SPEAKER_00", "0:00.3", "0:08.2", "38.4%", "3", "0:00.2", "1", "0.71"],
            ["SPEAKER_01", "0:03.6", "0:13.2", "61.6%", "3", "0:00.2", "0", "0.65"],
        ]
    );
    assert_eq!(chart.rows.iter().map(|row| row.turns.len()).collect::<Vec<_>>(), [3, 3]);
    // Told apart by channels, it says what goes wrong with channels.
    let mut channels = common::english();
    if let Some(found) = &mut channels.diarization {
        found.basis = SpeakerBasis::Channels;
        found.turns.iter_mut().for_each(|turn| turn.doubts.clear());
    }
    let text = section_text(&build(&channels, ReportLanguage::En), SectionId::Speakers);
    assert!(text.contains("Several persons on one channel may have one number"), "{text}");
    assert!(text.contains("No turn was marked as doubtful; that does not mean that all are right."), "{text}");
    let text = section_text(&build(&common::silent(), ReportLanguage::En), SectionId::Speakers);
    assert_eq!(text, "Nobody was found to speak in this recording.");
}

#[test]
fn the_turns_of_a_long_recording_stand_in_several_charts() {
    let analysis = common::three_hours();
    let report = build(&analysis, ReportLanguage::En);
    let blocks = &report.section(SectionId::Speakers).expect("the section stands").blocks;
    let charts: Vec<_> =
        blocks.iter().filter_map(|block| if let Block::Turns(chart) = block { Some(chart) } else { None }).collect();
    assert_eq!(charts.len(), 12);
    assert_eq!(charts[0].span.start(), common::millis(0));
    assert!(charts.windows(2).all(|pair| pair[0].span.end() == pair[1].span.start() && pair[0].caption.is_none()));
    assert!(charts[11].span.end() == analysis.source.duration && charts[11].caption.is_some());
    // A turn over a border stands on both sides of it.
    let shown: usize = charts.iter().flat_map(|chart| &chart.rows).map(|row| row.turns.len()).sum();
    assert!((2_000..=2_024).contains(&shown), "{shown}");
}

#[test]
fn lines_findings_and_points_name_the_speaker() {
    let report = build(&common::english(), ReportLanguage::En);
    let Some([Block::Conversation(lines)]) = report.section(SectionId::Conversation).map(|s| s.blocks.as_slice())
    else {
        panic!("no conversation")
    };
    let label = |tag: &Option<SpeakerTag>| tag.as_ref().map(|tag| tag.label.clone()).unwrap_or_default();
    assert_eq!(
        lines.iter().map(|line| label(&line.speaker)).collect::<Vec<_>>(),
        ["SPEAKER_00", "SPEAKER_01", "SPEAKER_00", "SPEAKER_01", "SPEAKER_01", "SPEAKER_00"]
    );
    // The end of the second line is overlapped; nothing else of it is in doubt.
    let whose: Vec<_> = lines[1].words.iter().filter(|word| word.whose).map(|word| word.text.as_str()).collect();
    assert_eq!(whose, ["promise."]);
    let last = lines[1].words.last().expect("a word");
    assert_eq!(last.notes, ["doubtful who said it: two speakers talk at the same time"]);
    let Some([Block::Findings(groups), Block::Table(others)]) =
        report.section(SectionId::Findings).map(|s| s.blocks.as_slice())
    else {
        panic!("no findings")
    };
    assert!(groups.iter().flat_map(|group| &group.findings).all(|finding| label(&finding.speaker) == "SPEAKER_01"));
    let entry = &groups[0].evidence[0];
    let around = [&entry.before_speaker, &entry.quote_speaker, &entry.after_speaker].map(label);
    assert_eq!(around, ["SPEAKER_00", "SPEAKER_01", "SPEAKER_00"]);
    assert_eq!((others.head[1].as_str(), others.rows[0][1].text.as_str()), ("Speaker", "SPEAKER_01"));
    let points = priority(&report).categories.iter().flat_map(|category| &category.contributions);
    assert!(points.into_iter().all(|points| label(&points.speaker) == "SPEAKER_01"));
}

#[test]
fn an_utterance_of_nobody_says_so() {
    let mut analysis = common::english();
    analysis.transcript.as_mut().expect("a transcript").utterances[1].speaker = None;
    let report = build(&analysis, ReportLanguage::En);
    let Some([Block::Conversation(lines)]) = report.section(SectionId::Conversation).map(|s| s.blocks.as_slice())
    else {
        panic!("no conversation")
    };
    assert_eq!(lines[1].speaker, Some(SpeakerTag { id: None, label: "speaker not known".to_owned() }));
    let bare = build(&common::without_speakers(analysis), ReportLanguage::En);
    let Some([Block::Conversation(lines)]) = bare.section(SectionId::Conversation).map(|s| s.blocks.as_slice()) else {
        panic!("no conversation")
    };
    assert!(lines.iter().all(|line| line.speaker.is_none() && line.words.iter().all(|word| !word.whose)));
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

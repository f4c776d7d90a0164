//! The voice itself in the report: every measure with a value or what stands against it, and the way to the sound.
#![allow(clippy::expect_used, reason = "a failed expectation fails the test")]

mod common;

use voiceman_base::{
    Decibels, Measured, Obstacle, RecordingAnalysis, UndefinedReason, VoiceMeasure, VoiceMeasures, VoiceQuantity,
};
use voiceman_report::tree::{Block, Fold, SectionId, Table};
use voiceman_report::{ReportLanguage, acoustics_csv, build, html};

fn voices(analysis: &RecordingAnalysis, language: ReportLanguage) -> Vec<Block> {
    let report = build(analysis, language);
    let blocks = &report.section(SectionId::Voices).expect("the section stands").blocks;
    let start = blocks.iter().position(|block| matches!(block, Block::Heading(_))).expect("its heading");
    blocks[start..].to_vec()
}

fn tables(blocks: &[Block]) -> Vec<&Table> {
    blocks.iter().filter_map(|block| if let Block::Table(table) = block { Some(table) } else { None }).collect()
}

fn folds(blocks: &[Block]) -> Vec<&Fold> {
    blocks.iter().filter_map(|block| if let Block::Fold(fold) = block { Some(fold) } else { None }).collect()
}

/// The same recording over a telephone: only jitter and the second formant can be told.
fn telephone() -> RecordingAnalysis {
    let mut analysis = common::english();
    for utterance in &mut analysis.acoustics.as_mut().expect("acoustics").utterances {
        let whole = utterance.voice.clone();
        let narrow = VoiceMeasures::undefined(UndefinedReason::NarrowBand, whole.formant_ceiling);
        utterance.voice = VoiceMeasures { jitter: whole.jitter, ..narrow };
        utterance.voice.formants[1] = whole.formants[1];
    }
    let quality = analysis.quality.as_mut().expect("quality");
    let hertz = |value| voiceman_base::Hertz::new(value).expect("finite");
    let obstacle = Obstacle::Bandwidth { bandwidth_hz: hertz(3_400.0), needed_hz: hertz(5_000.0) };
    for speaker in &mut quality.speakers {
        for verdict in speaker.verdicts.iter_mut().filter(|verdict| verdict.measure == VoiceMeasure::Shimmer) {
            verdict.obstacles = vec![obstacle];
        }
    }
    analysis
}

#[test]
fn every_measure_has_its_sentence_and_a_value_or_a_reason() {
    for language in ReportLanguage::ALL {
        let blocks = voices(&common::english(), language);
        let table = tables(&blocks)[0];
        assert_eq!((table.head.len(), table.rows.len()), (4, VoiceQuantity::CHIEF.len()));
        assert!(table.rows.iter().flatten().all(|cell| !cell.text.is_empty()));
        // Two speakers in full, three tables of utterances.
        let folds = folds(&blocks);
        assert_eq!(folds.len(), 2 + 3);
        for fold in &folds[..2] {
            let table = tables(&fold.blocks)[0];
            assert_eq!(table.rows.len(), VoiceQuantity::ALL.len());
            assert!(table.rows.iter().flatten().all(|cell| !cell.text.is_empty()));
        }
        let columns: usize = folds[2..].iter().map(|fold| tables(&fold.blocks)[0].head.len() - 2).sum();
        assert_eq!(columns, VoiceQuantity::ALL.len());
    }
}

#[test]
fn the_usual_value_is_the_middle_one_and_the_ends_lead_to_their_sound() {
    let analysis = common::english();
    let features = analysis.acoustics.as_ref().expect("acoustics");
    let mut jitter: Vec<_> = features
        .utterances
        .iter()
        .filter(|utterance| utterance.speaker == Some(features.speakers[0].speaker))
        .filter_map(|utterance| Some((utterance.voice.jitter.local.value()?, utterance.span)))
        .collect();
    jitter.sort_by(|one, other| one.0.total_cmp(&other.0));
    assert_eq!(jitter.len(), 3);
    let blocks = voices(&analysis, ReportLanguage::En);
    let row = &tables(&folds(&blocks)[0].blocks)[0].rows[0];
    assert!(row[1].text.starts_with(&format!("{:.2} ±", 100.0 * jitter[1].0)), "{}", row[1].text);
    assert_eq!(row[2].text, "3 of 3");
    for (cell, (value, span)) in [(&row[3], jitter[0]), (&row[4], jitter[2])] {
        assert!(cell.text.starts_with(&format!("{:.2} (", 100.0 * value)), "{}", cell.text);
        assert_eq!(cell.place.as_ref().expect("a place").span, span);
    }
}

#[test]
fn over_the_telephone_the_report_says_what_is_missing_and_why() {
    let analysis = telephone();
    let blocks = voices(&analysis, ReportLanguage::En);
    let shimmer = &tables(&blocks)[0].rows[1];
    assert_eq!(shimmer[1].text, "Bandwidth: up to 3\u{202f}400\u{a0}Hz, 5\u{202f}000\u{a0}Hz are needed");
    // Without a verdict of the gate, the measure's own reason stands.
    let ungated = RecordingAnalysis { quality: None, ..analysis.clone() };
    let ungated = voices(&ungated, ReportLanguage::En);
    assert_eq!(tables(&ungated)[0].rows[1][1].text, "too narrow a band was recorded");
    let page = html(&analysis, ReportLanguage::En, None);
    assert!(page.contains("No utterance has a value: Shimmer, local (%) (too narrow a band was recorded); "));
    assert!(page.contains("Nothing of this could be measured in any utterance."));
    // No number in place of what was not measured: four columns of jitter stand, and two of the second formant.
    let heads: Vec<usize> = folds(&blocks)[2..]
        .iter()
        .map(|fold| tables(&fold.blocks).first().map_or(0, |table| table.head.len() - 2))
        .collect();
    assert_eq!(heads, [4, 0, 2]);
    let csv = acoustics_csv(&analysis).expect("acoustics was asked for");
    let names: Vec<&str> = csv.lines().next().unwrap_or_default().split(',').collect();
    let column = names.iter().position(|name| *name == "hnr_db").expect("a column");
    assert!(csv.lines().skip(1).all(|line| line.split(',').nth(column) == Some("")));
}

#[test]
fn reasons_stand_once_below_the_table() {
    let mut analysis = common::english();
    let features = analysis.acoustics.as_mut().expect("acoustics");
    features.utterances[0].voice.harmonicity = Measured::Undefined(UndefinedReason::Clipped);
    features.utterances[1].voice.harmonicity = Measured::Value(Decibels::new(11.0).expect("finite"));
    let blocks = voices(&analysis, ReportLanguage::En);
    let fold = folds(&blocks)[3];
    let table = tables(&fold.blocks)[0];
    assert_eq!((table.rows[0][2].text.as_str(), table.rows[3][2].text.as_str()), ("– (a)", "– (b)"));
    let Some(Block::Statements(below)) = fold.blocks.get(1) else { panic!("no statement below") };
    let said = "– stands where there is no value: (a) clipped at full scale; (b) too few regular periods of the voice.";
    assert_eq!(below[0].text, said);
}

#[test]
fn where_speakers_were_not_told_apart_the_recording_has_the_values() {
    let blocks = voices(&common::without_speakers(common::english()), ReportLanguage::En);
    assert_eq!(tables(&blocks)[0].head, ["Measure", "this recording", "What it is"]);
}

#[test]
fn four_speakers_stand_beside_each_other_and_no_more() {
    let mut analysis = common::english();
    let features = analysis.acoustics.as_mut().expect("acoustics");
    for number in 2..9 {
        let speaker = voiceman_base::SpeakerId(number);
        features.speakers.push(voiceman_base::SpeakerAcoustics { speaker, ..features.speakers[1].clone() });
    }
    let blocks = voices(&analysis, ReportLanguage::Ko);
    assert_eq!(tables(&blocks).iter().map(|table| table.head.len()).collect::<Vec<_>>(), [6, 6, 3]);
}

//! The quality of the sound: every property with its value or reason, every measure with what stands against it, of whom.
#![allow(clippy::expect_used, reason = "a failed expectation fails the test")]

mod common;

use voiceman_base::{
    Condition, Dropout, DropoutKind, Measured, Obstacle, QualityReason, RecordingAnalysis, VoiceMeasure,
};
use voiceman_report::tree::{Block, CellKind, Evidence, Report, SectionId, Statement, Table, VerdictTable, Weight};
use voiceman_report::{ReportLanguage, build, html};

fn blocks(report: &Report, id: SectionId) -> &[Block] {
    &report.section(id).expect("the section stands").blocks
}

fn statements(report: &Report, id: SectionId) -> Vec<&Statement> {
    let lists = blocks(report, id).iter().filter_map(|block| match block {
        Block::Statements(list) => Some(list),
        _ => None,
    });
    lists.flatten().collect()
}

fn tables(report: &Report) -> Vec<&Table> {
    let tables = blocks(report, SectionId::Quality).iter().filter_map(|block| match block {
        Block::Table(table) => Some(table),
        _ => None,
    });
    tables.collect()
}

fn verdicts(report: &Report) -> &VerdictTable {
    let mut found = blocks(report, SectionId::Quality).iter().filter_map(|block| match block {
        Block::Verdicts(table) => Some(table),
        _ => None,
    });
    found.next().expect("a table of verdicts")
}

fn texts(table: &Table) -> Vec<Vec<&str>> {
    table.rows.iter().map(|row| row.iter().map(|cell| cell.text.as_str()).collect()).collect()
}

#[test]
fn every_property_has_its_value_and_unit_or_its_reason() {
    let report = build(&common::english(), ReportLanguage::En);
    let sound = tables(&report)[0];
    let values: Vec<_> =
        sound.rows.iter().map(|row| (row[0].text.as_str(), row[1].text.replace(['\u{a0}', '\u{202f}'], " "))).collect();
    assert_eq!(
        values.iter().map(|(name, value)| (*name, value.as_str())).collect::<Vec<_>>(),
        [
            ("Bandwidth recorded", "3 412 Hz"),
            ("Signal-to-noise ratio", "25.2 dB"),
            ("Speech level", "-23.1 dBFS"),
            ("Noise floor", "-48.3 dBFS"),
            ("Time someone speaks", "0:20.4"),
            ("Peak", "-1.2 dBFS"),
            ("Clipped", "0.012% of the samples"),
            ("Constant (DC) offset", "-0.012% of full scale"),
            ("Dropouts", "2, 0.090 s in all"),
            ("Hum of the mains", "1.3 dB at 60 Hz and its multiples; -71.4 dBFS"),
            ("Fall of sound (hint at reverberation)", "not measured: too few places where sound falls evenly"),
            ("Rise of noise in pauses (hint at automatic gain)", "4.6 dB"),
        ]
    );
    assert_eq!(sound.rows[10][1].kind, CellKind::Reason);
    // What has no value stands among what was not measured as well.
    let Some(Block::Table(missing)) = blocks(&report, SectionId::NotMeasured).first() else { panic!("no table") };
    assert_eq!(
        texts(missing)[0],
        ["Sound: Fall of sound (hint at reverberation)", "too few places where sound falls evenly", "1", "–"]
    );
}

#[test]
fn every_measure_says_of_whom_it_may_be_taken_and_what_stands_against_it() {
    let report = build(&common::english(), ReportLanguage::En);
    assert_eq!(
        texts(tables(&report)[1]),
        [["Whole recording", "0:20.6"], ["SPEAKER_00", "0:07.9"], ["SPEAKER_01", "0:12.9"]]
    );
    let table = verdicts(&report);
    // Who speaks for less than ten seconds has a column of his own, because voices cannot be compared on it.
    assert_eq!(table.whose, ["Whole recording, SPEAKER_01", "SPEAKER_00"]);
    assert_eq!(table.rows.len(), VoiceMeasure::ALL.len());
    let row = |name: &str| table.rows.iter().find(|row| row.measure.starts_with(name)).expect(name);
    assert_eq!(row("Pitch").bears, [Some(true), Some(true)]);
    assert!(row("Pitch").against.is_empty());
    let plain = |name: &str| row(name).against.join("; ").replace(['\u{a0}', '\u{202f}'], " ");
    assert_eq!(row("Shimmer").bears, [Some(false), Some(false)]);
    assert_eq!(
        plain("Shimmer"),
        "Noise: speech is 25.2 dB above it, 30 dB are needed; Bandwidth: up to 3 412 Hz, 5 000 Hz are needed; Clipping: \
         0.012% of the samples, at most 0.01% may be; Automatic gain: noise rises by 4.6 dB in pauses, 2 dB may be chance"
    );
    assert_eq!(row("Likeness").bears, [Some(true), Some(false)]);
    assert_eq!(plain("Likeness"), "Too little speech: 7.9 s, 10 s are needed (SPEAKER_00)");
    let last = statements(&report, SectionId::Quality).pop().expect("a statement");
    assert_eq!(last.weight, Weight::Caution);
    assert!(last.text.starts_with("Reverberation could not be told (too few places where sound falls evenly)"));
    assert!(!last.text.contains("Pitch,") && last.text.contains("2nd formant, 3rd formant"), "{}", last.text);
}

#[test]
fn twenty_speakers_share_few_columns() {
    let mut analysis = common::english();
    let quality = analysis.quality.as_mut().expect("quality");
    let (brief, long) = (quality.speakers[0].clone(), quality.speakers[1].clone());
    quality.speakers = (0..20).map(|id| if id % 2 == 0 { brief.clone() } else { long.clone() }).collect();
    for (speaker, id) in quality.speakers.iter_mut().zip(0..) {
        speaker.speaker = voiceman_base::SpeakerId(id);
    }
    let report = build(&analysis, ReportLanguage::En);
    assert_eq!(tables(&report)[1].rows.len(), 21);
    let table = verdicts(&report);
    assert_eq!(table.whose.len(), 2);
    let likeness = &table.rows[VoiceMeasure::ALL.len() - 1];
    // One line for all who say too little, each with the time beside it in the other table.
    assert_eq!(likeness.against.len(), 1);
    assert!(likeness.against[0].ends_with("are needed: SPEAKER_00, SPEAKER_02, SPEAKER_04, SPEAKER_06, SPEAKER_08, SPEAKER_10, SPEAKER_12, SPEAKER_14, SPEAKER_16, SPEAKER_18"), "{likeness:?}");
}

#[test]
fn values_shown_against_the_verdict_carry_a_caution() {
    let report = build(&common::english(), ReportLanguage::En);
    let cautions: Vec<_> = statements(&report, SectionId::Curves);
    assert_eq!(cautions.len(), 1);
    assert!(cautions[0].weight == Weight::Caution && cautions[0].text.contains("Level, compared within the recording"));
    let mut borne = common::english();
    let quality = borne.quality.as_mut().expect("quality");
    quality.verdicts.iter_mut().for_each(|verdict| verdict.obstacles.clear());
    let report = build(&borne, ReportLanguage::En);
    assert!(statements(&report, SectionId::Curves).is_empty());
    let summary = statements(&report, SectionId::Summary);
    assert!(summary.iter().any(|one| one.text.starts_with("Of 13 measures of voices, 13 may be taken")), "{summary:?}");
}

#[test]
fn places_of_lost_sound_lead_to_the_sound() {
    let report = build(&common::korean(), ReportLanguage::Ko);
    let lost = statements(&report, SectionId::Quality)[1];
    let Evidence::Places { listed, total: 2 } = &lost.evidence else { panic!("{lost:?}") };
    assert_eq!(listed.iter().map(|place| place.first_sample).collect::<Vec<_>>(), [185_220, 595_350]);
    // More than are listed are counted.
    let mut many = common::korean();
    if let Measured::Value(lost) = &mut many.quality.as_mut().expect("quality").signal.dropouts {
        lost.count = 700;
        lost.first = (0..50)
            .map(|at| Dropout { span: common::span(at * 100, at * 100 + 20), kind: DropoutKind::Repeated })
            .collect();
    }
    let report = build(&many, ReportLanguage::Ko);
    let Evidence::Places { listed, total: 700 } = &statements(&report, SectionId::Quality)[1].evidence else {
        panic!("700 places")
    };
    assert_eq!(listed.len(), 12);
}

/// Every condition, obstacle and reason there is, in one analysis.
fn everything_against() -> RecordingAnalysis {
    let reasons = [
        QualityReason::TooShort,
        QualityReason::Silent,
        QualityReason::NoSpeech,
        QualityReason::TooFewPauses,
        QualityReason::TooFewFalls,
        QualityReason::TooNoisy,
        QualityReason::NotRecorded,
    ];
    let conditions = [
        Condition::Noise,
        Condition::Bandwidth,
        Condition::Clipping,
        Condition::Hum,
        Condition::Dropouts,
        Condition::Reverberation,
        Condition::AutomaticGain,
        Condition::Speech,
    ];
    let db = |value| voiceman_base::Decibels::new(value).expect("finite");
    let hz = |value| voiceman_base::Hertz::new(value).expect("finite");
    let mut obstacles = vec![
        Obstacle::Noise { snr_db: db(3.0), needed_db: db(30.0) },
        Obstacle::Bandwidth { bandwidth_hz: hz(3_400.0), needed_hz: hz(5_000.0) },
        Obstacle::Clipping { share: 0.3, most: 0.01 },
        Obstacle::Hum { speech_over_hum_db: db(-3.0), needed_db: db(15.0) },
        Obstacle::Dropouts { share: 0.021, most: 0.01 },
        Obstacle::Reverberation { fall_db_per_s: db(144.0), needed_db_per_s: db(200.0) },
        Obstacle::AutomaticGain { rise_db: db(7.7), most_db: db(2.0) },
        Obstacle::Codec { kilobits_per_s: 11.6, needed: 40.0 },
        Obstacle::LittleSpeech { speech: common::millis(700), needed: common::millis(1_000) },
    ];
    for (index, condition) in conditions.into_iter().enumerate() {
        obstacles.push(Obstacle::Unknown { condition, why: reasons[index % reasons.len()] });
    }
    let mut analysis = common::korean();
    let quality = analysis.quality.as_mut().expect("quality");
    quality.verdicts[0].obstacles = obstacles;
    quality.speakers.clear();
    analysis
}

#[test]
fn every_obstacle_has_words_in_both_languages() {
    let analysis = everything_against();
    let reasons = |language| verdicts(&build(&analysis, language)).rows[0].against.clone();
    let (english, korean) = (reasons(ReportLanguage::En), reasons(ReportLanguage::Ko));
    assert_eq!((english.len(), korean.len()), (17, 17));
    let hangul = |text: &String| text.chars().any(|letter| ('가'..='힣').contains(&letter));
    assert!(korean.iter().all(hangul) && !english.iter().any(hangul));
    insta::assert_snapshot!([english, korean].concat().join("\n").replace(['\u{a0}', '\u{202f}'], " "));
}

#[test]
fn of_silence_everything_has_a_reason() {
    let report = build(&common::silent(), ReportLanguage::En);
    assert!(tables(&report)[0].rows.iter().all(|row| row[1].text == "not measured: digital silence"));
    assert!(verdicts(&report).rows.iter().all(|row| row.bears == [Some(false)] && row.against.len() == 1));
    let page = html(&common::silent(), ReportLanguage::En, None);
    assert!(page.contains("class=\"bears-not\"") && !page.contains("class=\"bears\""));
}

//! The table of acoustics: as many fields in every line, a value or a reason for every quantity.

mod common;

use voiceman_report::acoustics_csv;

fn rows(text: &str) -> Vec<Vec<&str>> {
    text.lines().map(|line| line.split(',').collect()).collect()
}

#[test]
fn every_line_has_every_field_and_every_quantity_a_value_or_a_reason() {
    for analysis in [common::korean(), common::english(), common::without_speakers(common::english())] {
        let text = acoustics_csv(&analysis).expect("acoustics was asked for");
        assert!(text.ends_with("\r\n"));
        let rows = rows(&text);
        let utterances = analysis.acoustics.as_ref().map_or(0, |features| features.utterances.len());
        assert_eq!(rows.len(), 1 + utterances);
        let names = &rows[0];
        for row in &rows[1..] {
            assert_eq!(row.len(), names.len());
            for (index, name) in names.iter().enumerate().filter(|(_, name)| name.ends_with("_undefined")) {
                assert_eq!(names[index - 1], name.trim_end_matches("_undefined"));
                assert_ne!(row[index - 1].is_empty(), row[index].is_empty(), "{name}: {row:?}");
                assert!(row[index - 1].is_empty() || row[index - 1].parse::<f64>().is_ok_and(f64::is_finite));
            }
        }
    }
}

#[test]
fn an_utterance_stands_beside_the_own_baseline_of_its_speaker() {
    let text = acoustics_csv(&common::english()).expect("acoustics was asked for");
    let rows = rows(&text);
    let column = |name: &str| rows[0].iter().position(|found| *found == name).expect("a column");
    let of = column("baseline_of");
    assert!(rows[1..].iter().all(|row| row[of] == row[column("speaker")] || row[of] == "recording"));
    let unknown = acoustics_csv(&common::without_speakers(common::english())).expect("acoustics was asked for");
    assert!(unknown.lines().skip(1).all(|line| line.contains(",recording,")));
}

#[test]
fn without_acoustics_or_utterances_there_is_next_to_nothing() {
    let mut analysis = common::silent();
    assert_eq!(acoustics_csv(&analysis).map(|text| text.lines().count()), Some(1));
    analysis.acoustics = None;
    assert_eq!(acoustics_csv(&analysis), None);
}

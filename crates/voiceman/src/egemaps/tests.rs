//! The table of a recording made by hand, and the file in a case.

use super::*;
use crate::link::tests::{MODEL, ONE, analysis, fill};
use std::fs;
use voiceman_base::{Hertz, Obstacle, Turn, TurnId, Verdict};

const RATE: u32 = 16_000;

/// A recording of 3 s of a buzz at 140 Hz that swells and falls, so that levels and pitch have something to vary in.
fn wave(path: &Path, gain: f64) {
    let samples: Vec<i16> = (0..3 * RATE)
        .map(|index| {
            let time = f64::from(index) / f64::from(RATE);
            let phase = std::f64::consts::TAU * (140.0 * time + 1.5 * (3.0 * time).sin());
            let buzz: f64 = (1..20).map(|harmonic| (f64::from(harmonic) * phase).sin() / f64::from(harmonic)).sum();
            (gain * 6_000.0 * buzz * (1.0 + 0.5 * (5.0 * time).sin())) as i16
        })
        .collect();
    let bytes = 2 * samples.len() as u32;
    let mut file = Vec::new();
    file.extend(b"RIFF");
    file.extend((36 + bytes).to_le_bytes());
    file.extend(b"WAVEfmt ");
    file.extend(16_u32.to_le_bytes());
    file.extend([1_u16, 1].iter().flat_map(|field| field.to_le_bytes()));
    file.extend([RATE, 2 * RATE].iter().flat_map(|field| field.to_le_bytes()));
    file.extend([2_u16, 16].iter().flat_map(|field| field.to_le_bytes()));
    file.extend(b"data");
    file.extend(bytes.to_le_bytes());
    file.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
    fs::write(path, file).expect("written");
}

fn turn(id: u32, speaker: u32, from: i64, to: i64) -> Turn {
    Turn {
        id: TurnId(id),
        speaker: SpeakerId(speaker),
        span: Span::clamped(ClipTime::from_millis(from), ClipTime::from_millis(to)),
        margin: Measured::Undefined(UndefinedReason::OnlyOneSpeaker),
        doubts: Vec::new(),
    }
}

/// Two speakers: the second talks over the end of the first's turn. The first may not be asked for formants.
fn heard(clip: &AudioClip) -> RecordingAnalysis {
    let mut made = analysis("a.wav", &[ONE, ONE], 2, MODEL);
    made.source = clip.facts().clone();
    let found = made.diarization.as_mut().expect("speakers");
    found.turns = vec![turn(0, 0, 0, 2_000), turn(1, 1, 1_500, 3_000)];
    let hertz = |value| Hertz::new(value).expect("finite");
    let narrow = Obstacle::Bandwidth { bandwidth_hz: hertz(3_400.0), needed_hz: hertz(4_100.0) };
    for of in &mut made.quality.as_mut().expect("quality").speakers {
        of.verdicts = VoiceMeasure::ALL
            .map(|measure| Verdict {
                measure,
                obstacles: match (measure, of.speaker) {
                    (VoiceMeasure::Formant1, SpeakerId(0)) => vec![narrow],
                    _ => Vec::new(),
                },
                untold: Vec::new(),
            })
            .to_vec();
    }
    made
}

/// Fields by name, a map a row.
fn rows(text: &str) -> Vec<std::collections::BTreeMap<String, String>> {
    let mut lines = text.lines().map(|line| line.split(',').map(str::to_owned).collect::<Vec<_>>());
    let head = lines.next().expect("names");
    assert_eq!(head.len(), 8 + 2 * 88);
    assert_eq!(head[8..].iter().step_by(2).collect::<Vec<_>>(), NAMES.iter().collect::<Vec<_>>());
    lines
        .map(|row| {
            assert_eq!(row.len(), head.len());
            for pair in row[8..].chunks(2) {
                assert_ne!(pair[0].is_empty(), pair[1].is_empty(), "{pair:?}");
                assert!(pair[0].is_empty() || pair[0].parse::<f64>().is_ok_and(f64::is_finite));
            }
            head.iter().cloned().zip(row).collect()
        })
        .collect()
}

#[test]
fn every_functional_is_gated_by_a_measure_that_is_like_it() {
    let of = |name: &str| measure_of(name).unwrap_or_else(|| panic!("{name}"));
    assert!(NAMES.iter().all(|name| measure_of(name).is_some()));
    for (name, measure) in [
        ("F0semitoneFrom27.5Hz_sma3nz_amean", VoiceMeasure::Pitch),
        ("F1bandwidth_sma3nz_amean", VoiceMeasure::Formant1),
        ("F3amplitudeLogRelF0_sma3nz_amean", VoiceMeasure::Formant3),
        ("logRelF0-H1-H2_sma3nz_amean", VoiceMeasure::Spectrum),
        ("logRelF0-H1-A3_sma3nz_amean", VoiceMeasure::Formant3),
        ("loudnessPeaksPerSec", VoiceMeasure::Level),
        ("mfcc1V_sma3nz_amean", VoiceMeasure::Spectrum),
        ("MeanUnvoicedSegmentLength", VoiceMeasure::Pitch),
    ] {
        assert_eq!(of(name), measure, "{name}");
    }
}

#[test]
fn a_speaker_is_heard_where_nobody_else_talks_and_asked_for_what_the_gate_allows() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.wav");
    wave(&path, 1.0);
    let clip = decode(&path, &DecodeSettings::default()).expect("a clip");
    let analysis = heard(&clip);
    let text = table(&clip, &analysis, &EgemapsSettings::default()).expect("a table");
    let rows = rows(&text);
    let scopes: Vec<_> = rows.iter().map(|row| (row["scope"].as_str(), row["speaker"].as_str())).collect();
    assert_eq!(scopes, [("recording", ""), ("speaker", "SPEAKER_00"), ("speaker", "SPEAKER_01")]);
    let spans: Vec<_> =
        rows.iter().map(|row| [&row["start_s"], &row["end_s"], &row["sound_s"]].map(String::as_str)).collect();
    assert_eq!(spans, [["0", "3", "3"], ["0", "1.5", "1.5"], ["2", "3", "1"]]);
    assert_eq!(rows[1]["F1frequency_sma3nz_amean_undefined"], "narrow_band");
    assert!(rows[2]["F1frequency_sma3nz_amean"].parse::<f64>().is_ok_and(|hertz| hertz > 0.0));
    // 140 Hz is 28.2 semitones over 27.5 Hz; the glide is even about it.
    let pitch: f64 = rows[1]["F0semitoneFrom27.5Hz_sma3nz_percentile50.0"].parse().expect("a value");
    assert!((pitch - 28.2).abs() < 1.0, "{pitch}");
    // The recording has no verdicts: nothing may be told of it, and that is what it says.
    assert_eq!(rows[0]["HNRdBACF_sma3nz_amean_undefined"], "quality_unknown");
    let ungated = RecordingAnalysis { quality: None, ..analysis };
    let text = table(&clip, &ungated, &EgemapsSettings { convention: Convention::Corrected }).expect("a table");
    let rows = self::rows(&text);
    assert!(rows[0]["gated"] == "no" && rows[0]["convention"] == "corrected");
    assert!(rows[1]["F1frequency_sma3nz_amean"].parse::<f64>().is_ok());
}

#[test]
fn the_file_stands_beside_the_results_and_an_exchanged_original_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let (path, root) = (folder.path().join("a.wav"), folder.path().join("case"));
    wave(&path, 1.0);
    let clip = decode(&path, &DecodeSettings::default()).expect("a clip");
    fill(&root, &[heard(&clip)], b"1");
    let original = root.join("a.wav");
    fs::copy(&path, &original).expect("copied");
    let mut told = Vec::new();
    let run = |told: &mut Vec<Result<PathBuf, String>>| {
        egemaps(&root, false, &mut |_, written| {
            told.push(written.map_err(|error| error.with_hint()));
            true
        })
        .expect("a case");
    };
    run(&mut told);
    let first = fs::read(told[0].as_ref().expect("written")).expect("a file");
    run(&mut told);
    assert_eq!(fs::read(told[1].as_ref().expect("written")).expect("a file"), first);
    let recordings = Case::open(&root).expect("a case").recordings().expect("recordings");
    assert!(recordings[0].status == RecordingStatus::Done && recordings[0].artifacts.contains_key("analysis"));
    assert_eq!(recordings[0].files.iter().filter(|file| file.name == EGEMAPS_FILE).count(), 1);
    wave(&original, 0.5);
    run(&mut told);
    let refused = told[2].as_ref().expect_err("another sound");
    assert!(refused.contains("is not the sound that was analysed"), "{refused}");
    assert_eq!(fs::read(told[0].as_ref().expect("written")).expect("a file"), first);
}

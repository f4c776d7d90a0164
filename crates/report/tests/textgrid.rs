//! A TextGrid is what Praat reads: every tier tiles the recording, and no word with a time is lost.
#![allow(clippy::expect_used, reason = "a failed expectation fails the test")]

mod common;

use proptest::prelude::*;
use voiceman_base::{LanguageCode, RecordingAnalysis, SpeakerId};
use voiceman_report::textgrid;

#[derive(Debug)]
struct Tier {
    name: String,
    /// Start, end in microseconds, text.
    intervals: Vec<(i64, i64, String)>,
}

impl Tier {
    /// Intervals that say something.
    fn said(&self) -> Vec<(i64, i64, &str)> {
        let full = self.intervals.iter().filter(|(_, _, text)| !text.is_empty());
        full.map(|(start, end, text)| (*start, *end, text.as_str())).collect()
    }
}

/// Reads as Praat does: only numbers, quoted texts and `<flags>` count, whatever stands around them.
fn read(text: &str) -> Vec<Tier> {
    let mut values = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(|c: char| c == '"' || c == '[' || c == '<' || c.is_ascii_digit()) {
        let after = &rest[at + 1..];
        match rest.as_bytes()[at] {
            b'[' => rest = &after[after.find(']').expect("a bracket closes") + 1..],
            b'<' => rest = &after[after.find('>').expect("a flag ends") + 1..],
            b'"' => {
                let mut value = String::new();
                let mut characters = after.char_indices().peekable();
                let end = loop {
                    match characters.next().expect("a text ends") {
                        (_, '"') if characters.peek().is_some_and(|(_, next)| *next == '"') => {
                            value.push('"');
                            characters.next();
                        }
                        (end, '"') => break end,
                        (_, character) => value.push(character),
                    }
                };
                values.push(value);
                rest = &after[end + 1..];
            }
            _ => {
                let number = &rest[at..];
                let end = number.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(number.len());
                values.push(number[..end].to_owned());
                rest = &number[end..];
            }
        }
    }
    let mut values = values.into_iter();
    let mut next = || values.next().expect("a value");
    assert_eq!((next().as_str(), next().as_str()), ("ooTextFile", "TextGrid"));
    let (from, to) = (micros(&next()), micros(&next()));
    let mut tiers = Vec::new();
    for _ in 0..next().parse::<usize>().expect("a count") {
        assert_eq!(next(), "IntervalTier");
        let name = next();
        assert_eq!((micros(&next()), micros(&next())), (from, to));
        let count: usize = next().parse().expect("a count");
        let intervals: Vec<_> = (0..count).map(|_| (micros(&next()), micros(&next()), next())).collect();
        assert_eq!(intervals.first().map(|first| first.0), Some(0), "{name}");
        assert_eq!(intervals.last().map(|last| last.1), Some(to), "{name}");
        assert!(intervals.iter().all(|(start, end, _)| start < end), "{name}");
        assert!(intervals.windows(2).all(|pair| pair[0].1 == pair[1].0), "{name}");
        tiers.push(Tier { name, intervals });
    }
    assert_eq!(values.next(), None);
    tiers
}

fn micros(text: &str) -> i64 {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    assert!(part.len() <= 6, "{text}");
    format!("{whole}{part:0<6}").parse().expect("a number")
}

fn tiers(analysis: &RecordingAnalysis) -> Vec<Tier> {
    read(&textgrid(analysis).expect("there is something to write"))
}

#[test]
fn a_korean_call() {
    let tiers = tiers(&common::korean());
    assert_eq!(
        tiers.iter().map(|tier| tier.name.as_str()).collect::<Vec<_>>(),
        ["SPEAKER_00", "SPEAKER_01", "utterances", "words", "f0_median_hz", "intensity_db", "changes"]
    );
    assert_eq!(tiers[4].said()[0], (320_000, 3_100_000, "187.5 Hz (118-560 Hz)"));
    assert_eq!(tiers[4].said()[3].2, "too_few_voiced_frames (118-560 Hz)");
    assert_eq!(tiers[5].said()[0].2, "62.0 dB");
    // Both begin at the same moment.
    assert_eq!(tiers[6].said(), [(4_000_000, 6_500_000, "SPEAKER_00 level +4.2 dB / SPEAKER_00 pitch +17.0 %")]);
    let turns =
        [(320_000, 3_100_000, "turn 0"), (8_650_000, 12_200_000, "turn 2"), (22_100_000, 24_000_000, "turn 5 (short)")];
    assert_eq!(tiers[0].said(), turns);
    assert_eq!(tiers[2].said()[0], (320_000, 3_100_000, "여보세요, 지금 통화 괜찮으세요?"));
    // All but the one without a time.
    assert_eq!(tiers[3].said().len(), 40);
}

#[test]
fn the_beginning_of_a_file() {
    let mut analysis = common::bare("a.wav", 2_500);
    analysis.transcript = common::english().transcript;
    let lines = [(500, 1_500, "So he said \"no\"")];
    analysis.transcript.as_mut().expect("a transcript").utterances =
        common::conversation(LanguageCode::ENGLISH, &lines);
    let text = textgrid(&analysis).expect("a transcript");
    let wanted = "File type = \"ooTextFile\"\nObject class = \"TextGrid\"\n\nxmin = 0\nxmax = 2.5\ntiers? <exists>\nsize = 2\n\
                  item []:\n    item [1]:\n        class = \"IntervalTier\"\n        name = \"utterances\"\n        xmin = 0\n\
                  \x20       xmax = 2.5\n        intervals: size = 3\n        intervals [1]:\n            xmin = 0\n\
                  \x20           xmax = 0.5\n            text = \"\"\n        intervals [2]:\n            xmin = 0.5\n\
                  \x20           xmax = 1.5\n            text = \"So he said \"\"no\"\"\"\n";
    assert!(text.starts_with(wanted), "{text}");
    assert_eq!(read(&text)[1].said()[3].2, "\"no\"");
}

#[test]
fn nothing_to_write_gives_no_file() {
    assert_eq!(textgrid(&common::bare("a.wav", 1_000)), None);
    let mut only_speakers = common::silent();
    only_speakers.transcript = None;
    assert_eq!(textgrid(&only_speakers), None);
    let mut no_sound = common::korean();
    no_sound.source.duration = common::millis(0);
    assert_eq!(textgrid(&no_sound), None);
    let silent = tiers(&common::silent());
    assert!(silent.len() == 2 && silent.iter().all(|tier| tier.intervals.len() == 1));
}

#[test]
fn turns_of_one_speaker_that_touch_or_overlap_stay_two() {
    let mut analysis = common::korean();
    let turns = &mut analysis.diarization.as_mut().expect("speakers").turns;
    turns[3].span = common::span(12_000, 18_500);
    turns[4].span = common::span(18_500, 21_000);
    turns[1].span = common::span(3_000, 12_100);
    let said: Vec<_> = tiers(&analysis)[1].said().into_iter().map(|(start, end, _)| (start, end)).collect();
    assert_eq!(said, [(3_000_000, 12_000_000), (12_000_000, 18_500_000), (18_500_000, 21_000_000)]);
}

proptest! {
    #[test]
    fn any_call_gives_tiers_that_tile(
        lines in prop::collection::vec((0_i64..20_000, 0_i64..9_000, "[a-z\"가-힣<>\\[\\]0-9 ]{0,40}"), 0..12),
        speakers in prop::collection::vec(0_u32..3, 12),
        duration in 1_i64..25_000,
    ) {
        let mut lines: Vec<_> = lines.iter().map(|(start, length, text)| (*start, start + length, text.as_str())).collect();
        lines.sort_by_key(|line| line.0);
        let mut analysis = common::bare("a.wav", duration);
        let mut transcript = common::korean().transcript.expect("a transcript");
        transcript.utterances = common::conversation(LanguageCode::KOREAN, &lines);
        let mut found = common::diarization(&transcript.utterances);
        for (turn, speaker) in found.turns.iter_mut().zip(speakers) {
            turn.speaker = SpeakerId(speaker);
        }
        analysis.transcript = Some(transcript);
        analysis.diarization = Some(found);
        let tiers = tiers(&analysis);
        // What began together stands together, so that texts are counted, not intervals.
        let shown: usize = tiers.last().expect("words").said().iter().map(|(_, _, text)| text.split(" / ").count()).sum();
        let words = analysis.transcript.iter().flat_map(|t| &t.utterances).flat_map(|line| &line.words);
        let audible = |word: &&voiceman_base::Word| {
            word.timing.span().is_some_and(|span| span.start() < analysis.source.duration)
        };
        prop_assert!(shown >= words.filter(audible).count());
    }
}

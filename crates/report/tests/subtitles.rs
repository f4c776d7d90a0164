//! Subtitles: sorted, disjoint, within the recording, nothing lost, and readable where there is room.
#![allow(clippy::expect_used, reason = "a failed expectation fails the test")]

mod common;

use proptest::prelude::*;
use unicode_width::UnicodeWidthStr;
use voiceman_base::{AlignedTranscript, LanguageCode, LanguageVote, RecordingAnalysis, Timing, UntimedReason};
use voiceman_report::{ReportLanguage, srt, txt, vtt};

/// A cue as a player would read it from an SRT file.
#[derive(Debug)]
struct Cue {
    start: i64,
    end: i64,
    lines: Vec<String>,
}

fn read_srt(text: &str) -> Vec<Cue> {
    assert!(!text.contains('\r'));
    let mut cues = Vec::new();
    for (index, block) in text.split("\n\n").filter(|block| !block.is_empty()).enumerate() {
        let mut lines = block.lines();
        assert_eq!(lines.next(), Some((index + 1).to_string().as_str()));
        let (start, end) = lines.next().and_then(|times| times.split_once(" --> ")).expect("a line of times");
        cues.push(Cue { start: stamp(start), end: stamp(end), lines: lines.map(str::to_owned).collect() });
    }
    cues
}

fn stamp(text: &str) -> i64 {
    let numbers: Vec<i64> = text.split([':', ',']).map(|number| number.parse().expect("digits")).collect();
    assert_eq!((numbers.len(), text.len()), (4, 12), "{text}");
    ((numbers[0] * 60 + numbers[1]) * 60 + numbers[2]) * 1_000 + numbers[3]
}

fn analysis(language: LanguageCode, lines: &[(i64, i64, &str)], duration: i64) -> RecordingAnalysis {
    let mut analysis = common::bare("call.wav", duration);
    analysis.transcript = Some(AlignedTranscript {
        language: LanguageVote::Given(language),
        utterances: common::conversation(language, lines),
    });
    analysis
}

fn squeezed(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

#[test]
fn an_english_call() {
    insta::assert_snapshot!(srt(&common::english()).expect("there is a transcript"));
}

#[test]
fn a_korean_call() {
    insta::assert_snapshot!(vtt(&common::korean()).expect("there is a transcript"));
}

#[test]
fn a_korean_transcript_to_read() {
    insta::assert_snapshot!(txt(&common::korean(), ReportLanguage::Ko).expect("there is a transcript"));
}

#[test]
fn no_transcript_no_subtitles() {
    let bare = common::bare("a.wav", 1_000);
    assert_eq!((srt(&bare), vtt(&bare), txt(&bare, ReportLanguage::En)), (None, None, None));
    let silent = common::silent();
    assert_eq!(srt(&silent).as_deref(), Some(""));
    assert_eq!(vtt(&silent).as_deref(), Some("WEBVTT\n\nNOTE DRAFT / 초안\n"));
    assert!(txt(&silent, ReportLanguage::En).is_some_and(|text| text.contains("No words were transcribed.")));
}

#[test]
fn markup_in_speech_stays_text() {
    let said = analysis(LanguageCode::ENGLISH, &[(0, 3_000, "a --> b <i>c</i> {\\an8} & d")], 4_000);
    let written = vtt(&said).expect("there is a transcript");
    assert!(written.ends_with("a --&gt; b &lt;i&gt;c&lt;/i&gt; {\\an8} &amp; d\n"), "{written}");
    let written = srt(&said).expect("there is a transcript");
    assert!(written.ends_with("a → b ‹i>c‹/i> (\\an8) & d\n\n"), "{written}");
}

#[test]
fn long_utterances_are_parted_at_punctuation() {
    let text = "First we go to the station and wait there for the others. Then we take the late train home, \
                and nobody will know about it.";
    let cues = read_srt(&srt(&analysis(LanguageCode::ENGLISH, &[(0, 9_000, text)], 10_000)).expect("a transcript"));
    assert_eq!(cues.len(), 2);
    assert!(cues[0].lines.last().is_some_and(|line| line.ends_with("others.")), "{cues:?}");
}

#[test]
fn words_that_cling_are_not_parted() {
    let mut said = analysis(LanguageCode::KOREAN, &[(0, 2_000, "너 죽여버린다")], 3_000);
    // The recogniser gave three words, the text has one space.
    let transcript = said.transcript.as_mut().expect("a transcript");
    let words = &mut transcript.utterances[0].words;
    let mut third = words[1].clone();
    words[1].text = "죽여".to_owned();
    third.text = "버린다".to_owned();
    words.push(third);
    assert!(srt(&said).is_some_and(|text| text.ends_with("너 죽여버린다\n\n")));
}

#[test]
fn decomposed_hangul_and_endless_words_are_cut_between_letters() {
    let syllable = "\u{1112}\u{1161}\u{11ab}";
    let text = syllable.repeat(100);
    let cues = read_srt(&srt(&analysis(LanguageCode::KOREAN, &[(0, 20_000, &text)], 21_000)).expect("a transcript"));
    for line in cues.iter().flat_map(|cue| &cue.lines) {
        assert!(line.width() <= 42 && line.starts_with('\u{1112}') && line.ends_with('\u{11ab}'), "{line}");
    }
    let joined: String = cues.iter().flat_map(|cue| &cue.lines).cloned().collect();
    assert_eq!(joined, text);
}

#[test]
fn cues_stand_long_enough_to_read_where_there_is_room() {
    let lines = [(0, 300, "Yes."), (5_000, 5_400, "Forty characters said far too fast, man."), (9_000, 9_500, "No.")];
    let cues = read_srt(&srt(&analysis(LanguageCode::ENGLISH, &lines, 20_000)).expect("a transcript"));
    assert_eq!(cues.iter().map(|cue| cue.end - cue.start).collect::<Vec<_>>(), [1_000, 2_000, 1_000]);
}

#[test]
fn quick_exchanges_share_a_cue() {
    let lines = [
        (6_584, 7_400, "Hello."),
        (7_452, 8_200, "Hello."),
        (8_292, 8_850, "Oh, hello."),
        (8_912, 9_950, "I did not know you were there."),
    ];
    let cues = read_srt(&srt(&analysis(LanguageCode::ENGLISH, &lines, 12_000)).expect("a transcript"));
    let shown: Vec<_> = cues.iter().map(|cue| cue.lines.join(" / ")).collect();
    assert_eq!(shown, ["Hello. Hello.", "Oh, hello. I did not know you were there."]);
    assert!(cues.iter().all(|cue| cue.end - cue.start >= 1_000));
}

fn word() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => "[a-z]{1,9}[,.?!]?",
        6 => "[가-힣]{1,6}[,.?]?",
        1 => "[<>&{}\\-]{1,5}",
        1 => "[가-힣]{1,70}",
        1 => "\\PC{1,12}",
    ]
}

prop_compose! {
    /// Utterances in order, with overlaps, gaps and words without time.
    fn call()(
        lines in prop::collection::vec((0_i64..4_000, 0_i64..9_000, prop::collection::vec(word(), 1..40)), 0..12),
        untimed in prop::collection::vec(any::<bool>(), 480),
        spare in 0_i64..3_000,
    ) -> RecordingAnalysis {
        let mut now = 0;
        let mut spoken = Vec::new();
        for (step, length, words) in lines {
            now += step;
            spoken.push((now, now + length, words.join(" ")));
        }
        let end = spoken.iter().map(|line| line.1).max().unwrap_or(0) + spare;
        let borrowed: Vec<_> = spoken.iter().map(|(start, end, text)| (*start, *end, text.as_str())).collect();
        let mut analysis = analysis(LanguageCode::KOREAN, &borrowed, end);
        let words = analysis.transcript.iter_mut().flat_map(|t| &mut t.utterances).flat_map(|u| &mut u.words);
        for (word, untimed) in words.zip(untimed) {
            if untimed {
                word.timing = Timing::Untimed { why: UntimedReason::NoFrames };
            }
        }
        analysis
    }
}

proptest! {
    #[test]
    fn cues_are_sorted_disjoint_and_within_the_recording(analysis in call()) {
        let cues = read_srt(&srt(&analysis).expect("a transcript"));
        let duration = (analysis.source.duration.micros() / 1_000).max(1);
        for cue in &cues {
            prop_assert!(0 <= cue.start && cue.start < cue.end && cue.end <= duration, "{:?} of {}", cue, duration);
            prop_assert!(cue.end - cue.start <= 7_000);
        }
        for pair in cues.windows(2) {
            prop_assert!(pair[0].end + 80 <= pair[1].start, "{:?}", pair);
        }
    }

    #[test]
    fn a_short_cue_had_no_room(analysis in call()) {
        let cues = read_srt(&srt(&analysis).expect("a transcript"));
        let duration = (analysis.source.duration.micros() / 1_000).max(1);
        for (index, cue) in cues.iter().enumerate() {
            let characters: usize = cue.lines.iter().map(|line| line.chars().count()).sum();
            let readable = (characters as i64 * 50).clamp(1_000, 7_000);
            let room = cues.get(index + 1).map_or(duration, |next| next.start - 80);
            // Stand-ins for markup may be shorter than what they stand for.
            prop_assert!(cue.end - cue.start >= readable.min(room - cue.start), "{:?}", cue);
        }
    }

    #[test]
    fn no_text_is_lost(analysis in call()) {
        let cues = read_srt(&srt(&analysis).expect("a transcript"));
        let shown: String = cues.iter().flat_map(|cue| &cue.lines).map(|line| squeezed(line)).collect();
        let said: String = analysis
            .transcript
            .iter()
            .flat_map(|transcript| &transcript.utterances)
            .map(|spoken| squeezed(&voiceman_report::text::plain(&spoken.utterance.text)))
            .collect();
        // SRT's stand-ins on both sides back to what they stand for.
        let plain = |text: &str| text.replace('→', "-->").replace('‹', "<").replace('(', "{").replace(')', "}");
        prop_assert_eq!(plain(&shown), plain(&said));
    }

    #[test]
    fn lines_fit(analysis in call()) {
        let cues = read_srt(&srt(&analysis).expect("a transcript"));
        for line in cues.iter().flat_map(|cue| &cue.lines) {
            prop_assert!(line.width() <= 43, "{} columns: {}", line.width(), line);
        }
    }
}

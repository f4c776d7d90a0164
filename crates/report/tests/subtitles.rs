//! Subtitles: sorted, disjoint, within the recording, nothing lost, and readable where there is room.
#![allow(clippy::expect_used, reason = "a failed expectation fails the test")]

mod common;

use proptest::prelude::*;
use std::collections::BTreeMap;
use unicode_width::UnicodeWidthStr;
use voiceman_base::{
    AlignedTranscript, LanguageCode, LanguageVote, RecordingAnalysis, SpeakerId, Timing, UntimedReason,
};
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

/// SRT's stand-ins back to what they stand for; on both sides, for speech may hold them too.
fn meant(text: &str) -> String {
    text.replace('→', "-->").replace('‹', "<").replace('(', "{").replace(')', "}")
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
fn without_speakers_nothing_stands_before_the_text() {
    let analysis = common::without_speakers(common::english());
    let outputs = [srt(&analysis), vtt(&analysis), txt(&analysis, ReportLanguage::En)];
    for output in outputs.iter().flatten() {
        assert!(!output.contains("SPEAKER") && !output.contains("<v "), "{output}");
    }
    assert!(outputs[2].as_ref().is_some_and(|text| text.contains("[0:00.3] Hello, is")));
}

#[test]
fn an_utterance_of_nobody_is_marked_in_the_text_and_bare_in_subtitles() {
    let mut analysis = common::english();
    analysis.transcript.as_mut().expect("a transcript").utterances[0].speaker = None;
    let text = txt(&analysis, ReportLanguage::En).expect("a transcript");
    assert!(text.contains("[0:00.3] (speaker not known): Hello, is"), "{text}");
    assert!(srt(&analysis).is_some_and(|text| text.contains("\nHello, is this a good time to talk?\n")));
}

/// Words of one speaker begin within a moment of the other's.
#[test]
fn who_begins_together_is_shown_one_after_the_other() {
    let lines = [(0, 3_000, "I was here first, I think."), (50, 2_800, "No, I was."), (4_000, 4_100, "Right.")];
    let mut said = analysis(LanguageCode::ENGLISH, &lines, 6_000);
    speak(&mut said, &[0, 1, 0]);
    let shown: Vec<_> = read_srt(&srt(&said).expect("a transcript"))
        .into_iter()
        .map(|cue| (cue.start, cue.lines.join(" / ")))
        .collect();
    let wanted =
        [(0, "SPEAKER_00: I was here first, I think."), (200, "SPEAKER_01: No, I was."), (4_000, "SPEAKER_00: Right.")];
    assert_eq!(shown, wanted.map(|(start, text)| (start, text.to_owned())));
}

#[test]
fn at_the_very_end_two_share_a_cue_each_with_a_label() {
    let mut said = analysis(LanguageCode::ENGLISH, &[(0, 100, "Bye."), (20, 150, "Bye & out.")], 150);
    speak(&mut said, &[0, 1]);
    let cues = read_srt(&srt(&said).expect("a transcript"));
    assert_eq!(cues.len(), 1);
    assert_eq!(cues[0].lines, ["SPEAKER_00: Bye.", "SPEAKER_01: Bye & out."]);
    let written = vtt(&said).expect("a transcript");
    assert!(written.ends_with("\n<v SPEAKER_00>Bye.</v>\n<v SPEAKER_01>Bye &amp; out.</v>\n"), "{written}");
}

/// Gives the utterances to `speakers`, again and again.
fn speak(analysis: &mut RecordingAnalysis, speakers: &[u32]) {
    let spoken = analysis.transcript.iter_mut().flat_map(|transcript| &mut transcript.utterances);
    for (spoken, speaker) in spoken.zip(speakers.iter().cycle()) {
        spoken.speaker = Some(SpeakerId(*speaker));
    }
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
        prop_assert_eq!(meant(&shown), meant(&said));
    }

    #[test]
    fn lines_fit(analysis in call()) {
        let cues = read_srt(&srt(&analysis).expect("a transcript"));
        for line in cues.iter().flat_map(|cue| &cue.lines) {
            prop_assert!(line.width() <= 43, "{} columns: {}", line.width(), line);
        }
    }

    #[test]
    fn a_cue_is_of_one_speaker_and_says_which(analysis in call(), speakers in prop::collection::vec(0_u32..3, 1..6)) {
        let mut analysis = analysis;
        speak(&mut analysis, &speakers);
        let cues = read_srt(&srt(&analysis).expect("a transcript"));
        let duration = (analysis.source.duration.micros() / 1_000).max(1);
        for pair in cues.windows(2) {
            prop_assert!(pair[0].end + 80 <= pair[1].start, "{:?}", pair);
        }
        let mut shown: BTreeMap<String, Vec<char>> = BTreeMap::new();
        for cue in &cues {
            prop_assert!(0 <= cue.start && cue.start < cue.end && cue.end <= duration && cue.end - cue.start <= 7_000);
            let mut speaker = None;
            for line in &cue.lines {
                prop_assert!(line.width() <= 43, "{} columns: {}", line.width(), line);
                let rest = match line.split_once(": ").filter(|(label, _)| label.starts_with("SPEAKER_0")) {
                    Some((label, rest)) => {
                        // Two share a cue only where the recording ends before another could be shown.
                        prop_assert!(speaker.is_none() || cue.start + 400 > duration, "{:?} of {}", cue, duration);
                        speaker = Some(label.to_owned());
                        rest
                    }
                    None => line,
                };
                let Some(speaker) = speaker.clone() else { return Err(TestCaseError::fail("no label")) };
                shown.entry(speaker).or_default().extend(meant(&squeezed(rest)).chars());
            }
        }
        let mut said: BTreeMap<String, Vec<char>> = BTreeMap::new();
        for spoken in analysis.transcript.iter().flat_map(|transcript| &transcript.utterances) {
            let text = squeezed(&voiceman_report::text::plain(&spoken.utterance.text));
            let text = meant(&text);
            let speaker = spoken.speaker.map(|speaker| speaker.to_string()).unwrap_or_default();
            said.entry(speaker).or_default().extend(text.chars());
        }
        // Utterances that overlap take turns, so that only what was said can be compared, not its order.
        said.retain(|_, text| !text.is_empty());
        shown.values_mut().chain(said.values_mut()).for_each(|text| text.sort_unstable());
        prop_assert_eq!(shown, said);
    }
}

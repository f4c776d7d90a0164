//! Attribution as a whole, on small conversations.

use super::*;
use voiceman_base::{
    LanguageCode, LanguageVote, Measured, Prob, SpeakerBasis, Timing, Turn, TurnId, UndefinedReason, UntimedReason,
    Unwatched, Utterance, WordId,
};

fn span(start: i64, end: i64) -> Span {
    Span::clamped(ClipTime::from_millis(start), ClipTime::from_millis(end))
}

fn diarization(turns: &[(u32, i64, i64)]) -> Diarization {
    let turns: Vec<Turn> = turns
        .iter()
        .enumerate()
        .map(|(id, (speaker, start, end))| Turn {
            id: TurnId(id as u32),
            speaker: SpeakerId(*speaker),
            span: span(*start, *end),
            margin: Measured::Undefined(UndefinedReason::TooLittleVoice),
            doubts: Vec::new(),
        })
        .collect();
    let count = turns.iter().map(|turn| turn.speaker.0 as usize + 1).max().unwrap_or(0);
    let speakers = crate::diarize::speakers_of(&turns, count);
    Diarization { basis: SpeakerBasis::Voices, notes: Vec::new(), speakers, voices: Vec::new(), turns }
}

fn transcript(text: &str, words: &[(&str, Option<(i64, i64)>)]) -> AlignedTranscript {
    let timed: Vec<Word> = words
        .iter()
        .enumerate()
        .map(|(id, (text, times))| Word {
            id: WordId(id as u32),
            text: (*text).to_owned(),
            timing: match times {
                Some((start, end)) => Timing::Aligned { span: span(*start, *end), score: Prob::saturating(1.0) },
                None => Timing::Untimed { why: UntimedReason::NoFrames },
            },
            confidence: Prob::saturating(0.9),
            attribution: None,
        })
        .collect();
    let utterance = Utterance {
        id: UtteranceId(0),
        span: span(0, 4_000),
        text: text.to_owned(),
        tokens: Vec::new(),
        language: LanguageCode::ENGLISH,
        avg_logprob: -0.2,
        no_speech: Prob::saturating(0.0),
        compression_ratio: 1.0,
        temperature: 0.0,
        flags: Vec::new(),
    };
    let language = LanguageVote::Given(LanguageCode::ENGLISH);
    AlignedTranscript { language, utterances: vec![AlignedUtterance { utterance, speaker: None, words: timed }] }
}

fn attribute(transcript: AlignedTranscript, diarization: Diarization) -> AlignedTranscript {
    let mut stage = AttributeStage::new(AttributeSettings::default()).unwrap();
    let input = AttributeInput { transcript: Arc::new(transcript), diarization: Arc::new(diarization) };
    stage.run(vec![input], &Unwatched).remove(0).unwrap()
}

const QUESTION: &[(&str, Option<(i64, i64)>)] = &[
    ("Did", Some((0, 300))),
    ("you?", Some((300, 700))),
    ("No,", Some((1_200, 1_600))),
    ("never.", Some((1_600, 2_000))),
];

#[test]
fn an_utterance_is_cut_where_the_speaker_changes() {
    let found = attribute(transcript("Did you? No, never.", QUESTION), diarization(&[(0, 0, 800), (1, 1_100, 2_100)]));
    let parts: Vec<(&str, Option<SpeakerId>, Span)> = found
        .utterances
        .iter()
        .map(|aligned| (aligned.utterance.text.as_str(), aligned.speaker, aligned.utterance.span))
        .collect();
    assert_eq!(
        parts,
        [("Did you?", Some(SpeakerId(0)), span(0, 700)), ("No, never.", Some(SpeakerId(1)), span(1_200, 4_000)),]
    );
    let ids: Vec<u32> = found.utterances.iter().flat_map(|aligned| &aligned.words).map(|word| word.id.0).collect();
    assert_eq!(ids, [0, 1, 2, 3]);
    assert!(found.utterances.iter().all(|aligned| aligned.utterance.flags.is_empty()));
}

#[test]
fn one_speaker_leaves_everything_as_it_was() {
    let before = transcript("Did you? No, never.", QUESTION);
    let found = attribute(before.clone(), diarization(&[(0, 0, 2_100)]));
    assert_eq!(found.utterances.len(), 1);
    assert_eq!(found.utterances[0].utterance, before.utterances[0].utterance);
    assert_eq!(found.utterances[0].speaker, Some(SpeakerId(0)));
}

#[test]
fn words_that_both_say_at_once_carry_their_doubt() {
    let found =
        attribute(transcript("Did you? No, never.", QUESTION), diarization(&[(0, 0, 2_100), (1, 1_150, 2_100)]));
    let words: Vec<Attribution> =
        found.utterances.iter().flat_map(|aligned| &aligned.words).filter_map(|word| word.attribution).collect();
    assert_eq!((words[0].doubt, words[0].margin), (None, 1.0));
    assert_eq!((words[2].doubt, words[2].margin), (Some(AttributionDoubt::Overlap), 0.0));
    assert!(found.utterances.iter().any(|aligned| aligned.utterance.flags.contains(&Flag::Overlap)));
}

#[test]
fn words_in_gaps_go_to_the_closest_turn_or_to_nobody() {
    let near = attribute(transcript("Did you? No, never.", QUESTION), diarization(&[(0, 0, 800), (1, 2_050, 3_000)]));
    let doubts: Vec<Option<AttributionDoubt>> = near
        .utterances
        .iter()
        .flat_map(|aligned| &aligned.words)
        .map(|word| word.attribution.and_then(|attribution| attribution.doubt))
        .collect();
    assert_eq!(doubts[3], Some(AttributionDoubt::Gap));
    assert!(near.utterances.iter().any(|aligned| aligned.utterance.flags.contains(&Flag::SpeakerUncertain)));
    let nobody = attribute(transcript("Did you? No, never.", QUESTION), diarization(&[(0, 8_000, 9_000)]));
    assert_eq!(nobody.utterances[0].speaker, None);
    let silent = attribute(transcript("Did you? No, never.", QUESTION), Diarization::silent());
    assert_eq!(silent.utterances[0].speaker, None);
}

#[test]
fn words_without_times_stay_with_their_neighbours() {
    let words = [("One", Some((0, 300))), ("two", None), ("three", Some((400, 700)))];
    let found = attribute(transcript("One two three", &words), diarization(&[(0, 0, 800)]));
    let attribution = found.utterances[0].words[1].attribution.unwrap();
    assert_eq!((attribution.speaker, attribution.doubt), (SpeakerId(0), Some(AttributionDoubt::Gap)));
}

#[test]
fn a_text_that_does_not_hold_its_words_is_written_from_them() {
    let found = attribute(transcript("something else", QUESTION), diarization(&[(0, 0, 800), (1, 1_100, 2_100)]));
    assert_eq!(found.utterances[1].utterance.text, "No, never.");
}

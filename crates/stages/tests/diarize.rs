//! Diarization with stand-ins for its networks. What comes out of strange input, and that nothing depends on how work is
//! divided.

#![allow(clippy::unwrap_used, reason = "tests")]

mod common;
#[path = "common/voices.rs"]
mod voices;

use std::sync::Arc;
use voiceman_base::{
    Cancelled, ClipTime, Diarization, ModelIdentity, SpeakerNote, SpeechMap, Stage, StageErrorKind, TurnDoubt,
    Unwatched, Watch,
};
use voiceman_stages::diarize::{Band, DiarizeInput, DiarizeSettings, DiarizeStage, SpeakerEmbedder, SpeakerSegmenter};
use voiceman_stages::network::NetworkError;
use voices::{Embedder, Segmenter, input, sound, speakers_at, stage};

fn diarized_as(seconds: f64, spoken: &[(usize, f64, f64)], settings: DiarizeSettings) -> Diarization {
    let voices = spoken.iter().map(|(voice, ..)| voice + 1).max().unwrap_or(1);
    stage(voices, settings).run(vec![input(&sound(seconds, spoken))], &Unwatched).remove(0).unwrap()
}

fn diarized(seconds: f64, spoken: &[(usize, f64, f64)]) -> Diarization {
    diarized_as(seconds, spoken, DiarizeSettings::default())
}

const DIALOGUE: &[(usize, f64, f64)] =
    &[(3, 0.5, 4.0), (9, 4.5, 8.0), (3, 8.5, 12.0), (9, 12.5, 16.0), (3, 17.0, 22.0), (9, 22.5, 27.0)];

#[test]
fn a_dialogue_longer_than_a_window_has_two_speakers() {
    let found = diarized(28.0, DIALOGUE);
    assert_eq!(found.speakers.len(), 2);
    let middles: Vec<f64> = DIALOGUE.iter().map(|(_, start, end)| (start + end) / 2.0).collect();
    assert_eq!(speakers_at(&found, &middles), [[0], [1], [0], [1], [0], [1]]);
    for (turn, (_, start, end)) in found.turns.iter().zip(DIALOGUE) {
        assert!((turn.span.start().seconds() - start).abs() < 0.05, "{turn:?}");
        assert!((turn.span.end().seconds() - end).abs() < 0.05, "{turn:?}");
        assert!(turn.doubts.is_empty() && turn.margin.value().is_some_and(|margin| margin > 0.3), "{turn:?}");
    }
    assert!((found.speakers[0].share - 12.0 / 23.5).abs() < 0.02, "{:?}", found.speakers);
    assert_eq!((found.speakers[0].turns, found.speakers[1].turns), (3, 3));
}

#[test]
fn overlapped_speech_has_two_speakers() {
    let found = diarized(14.0, &[(2, 0.5, 7.0), (10, 5.0, 12.0)]);
    assert_eq!(speakers_at(&found, &[2.0, 6.0, 10.0]), [vec![0], vec![0, 1], vec![1]]);
    assert!((found.speakers[0].overlapped.seconds() - 2.0).abs() < 0.1, "{:?}", found.turns);
    assert_eq!((found.speakers[0].interruptions, found.speakers[1].interruptions), (0, 1));
}

#[test]
fn nobody_speaks_where_there_is_no_speech() {
    let silent = vec![0.0; 40_000];
    let empty = DiarizeInput { speech: Arc::new(SpeechMap::default()), ..input(&silent) };
    let found = stage(3, DiarizeSettings::default()).run(vec![empty, input(&silent)], &Unwatched);
    for found in found {
        let found = found.unwrap();
        assert!(found.speakers.is_empty() && found.turns.is_empty() && found.notes.is_empty());
    }
    // What sounds like a voice where no speech was found is none.
    let spoken = input(&sound(8.0, &[(1, 1.0, 6.0)]));
    let deaf = DiarizeInput { speech: Arc::new(SpeechMap::default()), ..spoken };
    assert!(stage(2, DiarizeSettings::default()).run(vec![deaf], &Unwatched).remove(0).unwrap().turns.is_empty());
}

#[test]
fn short_recordings_and_single_words_have_one_speaker() {
    let word = diarized(3.0, &[(4, 1.0, 1.4)]);
    assert_eq!((word.speakers.len(), word.turns.len()), (1, 1));
    assert!(word.speakers[0].cohesion.value().is_none());
    // Two tenths of a second, in a recording shorter than a frame's neighbourhood allows for much.
    let fragment = diarized(0.5, &[(4, 0.15, 0.35)]);
    assert_eq!(fragment.speakers.len(), 1);
    let tiny = diarized(0.03, &[(4, 0.0, 0.03)]);
    assert!(tiny.speakers.len() <= 1);
}

/// Hears one voice in every frame, behind the end of a recording too.
struct Lingering;

impl SpeakerSegmenter for Lingering {
    fn identity(&self) -> ModelIdentity {
        voices::identity("segmentation")
    }

    fn frame_step(&self) -> usize {
        voices::STEP
    }

    fn frame_length(&self) -> usize {
        voices::LENGTH
    }

    fn classes(&self) -> usize {
        7
    }

    fn segment(&mut self, sound: &[f32], length: usize) -> Result<Vec<f32>, NetworkError> {
        let frames = sound.len() / length * ((length - voices::LENGTH) / voices::STEP + 1);
        Ok([-6.0, -0.01, -6.0, -6.0, -6.0, -6.0, -6.0].repeat(frames))
    }
}

#[test]
fn a_recording_that_ends_while_somebody_speaks_ends_his_turn() {
    let mut stage = DiarizeStage::new(Lingering, Embedder, DiarizeSettings::default()).unwrap();
    for seconds in [0.4, 1.333, 2.0, 9.9, 11.07] {
        let found = stage.run(vec![input(&sound(seconds, &[(4, 0.0, seconds)]))], &Unwatched).remove(0).unwrap();
        assert_eq!(found.speakers.len(), 1, "{seconds}");
        let end = found.turns.last().map(|turn| turn.span.end().seconds());
        assert!(end.is_some_and(|end| (end - seconds).abs() < 0.02), "{seconds}: {end:?}");
    }
}

#[test]
fn all_overlap_is_two_speakers_with_their_doubt() {
    let found = diarized(10.0, &[(2, 1.0, 9.0), (10, 1.0, 9.0)]);
    assert_eq!(found.speakers.len(), 2);
    assert!(found.turns.iter().all(|turn| turn.doubts.contains(&TurnDoubt::NeverAlone)), "{:?}", found.turns);
}

#[test]
fn twenty_speakers_are_twenty() {
    let spoken: Vec<(usize, f64, f64)> =
        (0..40).map(|turn| (turn * 7 % 20, turn as f64 * 5.0, turn as f64 * 5.0 + 4.5)).collect();
    let found = diarized(200.0, &spoken);
    assert_eq!(
        found.speakers.len(),
        20,
        "{:?}",
        found.turns.iter().map(|t| (t.span.to_string(), t.speaker.0)).collect::<Vec<_>>()
    );
    let middles: Vec<f64> = (0..20).map(|turn| turn as f64 * 5.0 + 2.2).collect();
    assert_eq!(speakers_at(&found, &middles), (0..20).map(|number| vec![number]).collect::<Vec<_>>());
}

#[test]
fn a_number_that_was_asked_for_is_kept_and_said() {
    let exactly = |speakers| DiarizeSettings { speakers, ..DiarizeSettings::default() };
    let five = diarized_as(28.0, DIALOGUE, exactly(5));
    assert_eq!(five.speakers.len(), 5);
    assert_eq!(five.notes, [SpeakerNote::NumberGiven, SpeakerNote::SplitToLimit]);
    let one = diarized_as(28.0, DIALOGUE, exactly(1));
    assert_eq!((one.speakers.len(), one.notes), (1, vec![SpeakerNote::NumberGiven, SpeakerNote::JoinedToLimit]));
    let two = diarized_as(28.0, DIALOGUE, exactly(2));
    assert_eq!((two.speakers.len(), two.notes), (2, vec![SpeakerNote::NumberGiven]));
    let word = diarized_as(3.0, &[(4, 1.0, 1.4)], exactly(5));
    assert_eq!((word.speakers.len(), word.notes), (1, vec![SpeakerNote::NumberGiven, SpeakerNote::FewerThanAsked]));
    let limits = DiarizeSettings { min_speakers: 3, max_speakers: 3, ..DiarizeSettings::default() };
    assert_eq!(diarized_as(28.0, DIALOGUE, limits).speakers.len(), 3);
}

/// Lets a batch have only so many items.
struct AtMost(usize);

impl Watch for AtMost {
    fn progress(&self, done: ClipTime, total: ClipTime) {
        assert!(done <= total);
    }

    fn is_cancelled(&self) -> bool {
        false
    }

    fn next_batch(&self, wanted: usize) -> Result<usize, Cancelled> {
        Ok(wanted.min(self.0))
    }
}

/// Describes voices over a telephone in a way of its own.
struct Telephone;

impl SpeakerEmbedder for Telephone {
    fn identity(&self) -> ModelIdentity {
        Embedder.identity()
    }

    fn bands(&self) -> usize {
        Embedder.bands()
    }

    fn dimensions(&self) -> usize {
        Embedder.dimensions()
    }

    fn hears_narrow_band(&self) -> bool {
        true
    }

    fn embed(&mut self, band: Band, features: &[f32], frames: usize) -> Result<Vec<f32>, NetworkError> {
        let mut found = Embedder.embed(band, features, frames)?;
        if band == Band::Narrow {
            found.chunks_exact_mut(Embedder.dimensions()).for_each(|one| one.rotate_right(7));
        }
        Ok(found)
    }
}

#[test]
fn voices_over_a_telephone_are_told_apart_in_a_way_of_their_own_and_compared_in_that_of_all() {
    // The carriers and what is around them end below 4 kHz.
    let recording = || vec![input(&sound(28.0, DIALOGUE))];
    let segmenter = || Segmenter { voices: 10, fails: false };
    let settings = DiarizeSettings::default();
    let mut by_telephone = DiarizeStage::new(segmenter(), Telephone, settings.clone()).unwrap();
    let found = by_telephone.run(recording(), &Unwatched).remove(0).unwrap();
    assert_eq!((found.speakers.len(), found.notes.as_slice()), (2, &[SpeakerNote::NarrowBand][..]));
    let usual = stage(10, settings).run(recording(), &Unwatched).remove(0).unwrap();
    assert!(usual.notes.is_empty());
    assert_eq!(found.voices, usual.voices);
}

#[test]
fn neither_batches_nor_neighbours_change_a_result() {
    let other: &[(usize, f64, f64)] = &[(1, 0.0, 5.0), (12, 5.2, 9.0)];
    let inputs = || vec![input(&sound(28.0, DIALOGUE)), input(&sound(9.5, other))];
    let mut stage = stage(13, DiarizeSettings::default());
    let together = stage.run(inputs(), &AtMost(100));
    for size in [1, 2, 5] {
        for (one, all) in stage.run(inputs(), &AtMost(size)).into_iter().zip(&together) {
            assert_eq!(&one.unwrap(), all.as_ref().unwrap());
        }
    }
    let alone = stage.run(vec![input(&sound(9.5, other))], &AtMost(3)).remove(0).unwrap();
    assert_eq!(&alone, together[1].as_ref().unwrap());
}

#[test]
fn failures_say_what_they_are() {
    let mut full =
        DiarizeStage::new(Segmenter { voices: 2, fails: true }, Embedder, DiarizeSettings::default()).unwrap();
    let error = full.run(vec![input(&sound(5.0, &[(1, 1.0, 4.0)]))], &Unwatched).remove(0).unwrap_err();
    assert_eq!(error.kind, StageErrorKind::OutOfMemory);
    let wrong = DiarizeSettings { step_s: 20.0, ..DiarizeSettings::default() };
    let error = DiarizeStage::new(Segmenter { voices: 2, fails: false }, Embedder, wrong).err().unwrap();
    assert!(error.to_string().contains("step_s"), "{error}");
}

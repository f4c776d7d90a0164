//! Recordings of two channels: when they are gone by, and what comes out.

#![allow(clippy::unwrap_used, reason = "tests")]

mod common;
#[path = "common/voices.rs"]
mod voices;

use std::path::Path;
use std::sync::Arc;
use voiceman_audio::{DecodeSettings, decode};
use voiceman_base::{ClipTime, Diarization, SpeakerBasis, SpeakerNote, SpeechMap, Stage, TurnDoubt, Unwatched};
use voiceman_stages::diarize::{DiarizeInput, DiarizeSettings};
use voices::{everywhere, input, input_of, sound, speakers_at, stage};

/// A conversation: the first voice on one side, the second on the other, with an overlap.
const FIRST: &[(usize, f64, f64)] = &[(3, 0.5, 4.0), (3, 8.5, 12.0), (3, 17.0, 22.0)];
const SECOND: &[(usize, f64, f64)] = &[(9, 4.5, 8.0), (9, 12.5, 18.0), (9, 22.5, 27.0)];
const SECONDS: f64 = 28.0;

fn run(input: DiarizeInput, settings: DiarizeSettings) -> Diarization {
    stage(13, settings).run(vec![input], &Unwatched).remove(0).unwrap()
}

fn diarized(channels: &[Vec<f32>]) -> Diarization {
    run(input_of(channels), DiarizeSettings::default())
}

fn sides() -> [Vec<f32>; 2] {
    [sound(SECONDS, FIRST), sound(SECONDS, SECOND)]
}

/// `sound` with `share` of `other`.
fn with(sound: &[f32], other: &[f32], share: f32) -> Vec<f32> {
    sound.iter().zip(other).map(|(own, leak)| own + share * leak).collect()
}

/// Both channels leak into each other by `decibels`.
fn leaking(decibels: f32) -> Vec<Vec<f32>> {
    let [first, second] = sides();
    let share = 10_f32.powf(decibels / 20.0);
    vec![with(&first, &second, share), with(&second, &first, share)]
}

/// Everybody in the right place.
fn assert_right(found: &Diarization) {
    assert_eq!(found.speakers.len(), 2, "{:?}", found.turns);
    let at = speakers_at(found, &[2.0, 6.0, 10.0, 15.0, 17.5, 20.0, 25.0]);
    assert_eq!(at, [vec![0], vec![1], vec![0], vec![1], vec![1, 0], vec![0], vec![1]]);
}

#[test]
fn a_speaker_on_each_channel_is_told_apart_by_it() {
    let found = diarized(&sides());
    assert_eq!((found.basis, found.notes.as_slice()), (SpeakerBasis::Channels, [].as_slice()));
    assert_right(&found);
    for (turn, (_, start, end)) in found.turns.iter().filter(|turn| turn.speaker.0 == 0).zip(FIRST) {
        assert!((turn.span.start().seconds() - start).abs() < 0.1, "{turn:?}");
        assert!((turn.span.end().seconds() - end).abs() < 0.1, "{turn:?}");
    }
    // Both keep their voice, and a short word needs no doubt.
    assert!(found.voices.iter().all(|voice| !voice.is_empty()));
    assert!((found.speakers[0].overlapped.seconds() - 1.0).abs() < 0.2, "{:?}", found.speakers);
    // The second channel comes first when its speaker does.
    let [first, second] = sides();
    let turned = diarized(&[second, first]);
    assert_eq!(turned.basis, SpeakerBasis::Channels);
    assert_right(&turned);
}

#[test]
fn gains_and_weak_leaks_do_not_matter() {
    let [first, second] = sides();
    let quiet: Vec<f32> = second.iter().map(|sample| sample * 0.1).collect();
    for channels in [vec![first, quiet], leaking(-30.0), leaking(-20.0)] {
        let found = diarized(&channels);
        assert_eq!(found.basis, SpeakerBasis::Channels);
        // What leaks is no turn: nobody talks on both sides of a pause of the other.
        assert_right(&found);
    }
}

#[test]
fn one_sound_on_both_channels_is_told_apart_by_voices() {
    let [first, second] = sides();
    let both = with(&first, &second, 1.0);
    let turned: Vec<f32> = both.iter().map(|sample| 0.3 * sample).collect();
    let late: Vec<f32> = std::iter::repeat_n(0.0, 16).chain(both.iter().copied()).take(both.len()).collect();
    let nothing = vec![0.0; both.len()];
    let noise = sound(SECONDS, &[]);
    for channels in [
        vec![both.clone(), both.clone()],
        vec![both.clone(), turned],
        vec![both.clone(), late],
        vec![both.clone(), nothing],
        vec![both.clone(), noise],
        leaking(0.0),
        leaking(-6.0),
        leaking(-10.0),
    ] {
        let found = diarized(&channels);
        assert_eq!(found.basis, SpeakerBasis::Voices);
        assert_eq!(found.speakers.len(), 2);
    }
    // As the mean of both is told apart.
    let found = diarized(&[both.clone(), both.clone()]);
    assert_eq!(found, run(input(&both), DiarizeSettings::default()));
}

#[test]
fn a_number_that_channels_do_not_give_goes_by_voices() {
    let exactly = |speakers| DiarizeSettings { speakers, ..DiarizeSettings::default() };
    let found = run(input_of(&sides()), exactly(2));
    assert_eq!((found.basis, found.notes), (SpeakerBasis::Channels, vec![SpeakerNote::NumberGiven]));
    for speakers in [1, 3] {
        let found = run(input_of(&sides()), exactly(speakers));
        assert_eq!((found.basis, found.speakers.len()), (SpeakerBasis::Voices, speakers));
        assert!(found.notes.contains(&SpeakerNote::NumberGiven));
    }
    let never = DiarizeSettings { channels: false, ..DiarizeSettings::default() };
    assert_eq!(run(input_of(&sides()), never).basis, SpeakerBasis::Voices);
}

#[test]
fn two_voices_on_one_channel_are_two_speakers_and_that_is_said() {
    let first = sound(60.0, &[(3, 0.5, 6.0), (1, 13.0, 19.0), (3, 26.0, 32.0), (1, 39.0, 45.0)]);
    let second = sound(60.0, &[(9, 6.5, 12.5), (9, 19.5, 25.5), (9, 32.5, 38.5), (9, 46.0, 58.0)]);
    let found = diarized(&[first, second]);
    assert_eq!((found.basis, found.notes.clone()), (SpeakerBasis::Channels, vec![SpeakerNote::SeveralOnChannel]));
    assert_eq!(found.speakers.len(), 3);
    assert_eq!(speakers_at(&found, &[3.0, 9.0, 16.0, 29.0, 42.0, 50.0]), [[0], [1], [2], [0], [2], [1]]);
}

#[test]
fn short_words_are_as_sure_as_long_ones_on_a_channel_of_their_own() {
    let first = sound(20.0, &[(3, 0.5, 6.0), (3, 10.0, 19.0)]);
    let second = sound(20.0, &[(9, 7.0, 9.5), (9, 14.0, 14.5)]);
    let found = diarized(&[first, second]);
    assert_eq!(found.basis, SpeakerBasis::Channels);
    let word = found.turns.iter().find(|turn| turn.span.contains(ClipTime::from_millis(14_250)) && turn.speaker.0 == 1);
    assert!(!word.unwrap().doubts.contains(&TurnDoubt::Short), "{:?}", found.turns);
}

#[test]
fn strange_channels_are_no_reason_to_fail() {
    let nothing = input_of(&[vec![0.0; 40_000], vec![0.0; 40_000]]);
    let short = input_of(&[vec![0.5; 3], vec![-0.5; 3]]);
    let constant = input_of(&[vec![1.0; 40_000], vec![-1.0; 40_000]]);
    let deaf = DiarizeInput { speech: Arc::new(SpeechMap::default()), ..input_of(&sides()) };
    let three = input_of(&[sound(9.0, FIRST), sound(9.0, SECOND), sound(9.0, &[])]);
    for (index, input) in [nothing, short, constant, deaf, three].into_iter().enumerate() {
        let found = run(input, DiarizeSettings::default());
        assert_eq!(found.basis, SpeakerBasis::Voices, "{index}");
        assert!(index == 4 || found.turns.is_empty(), "{index}: {:?}", found.turns);
    }
}

#[test]
fn neighbours_do_not_change_what_channels_give() {
    let alone = diarized(&sides());
    let [first, _] = sides();
    let inputs = vec![input(&first), input_of(&sides()), input_of(&leaking(-6.0)), input_of(&sides())];
    let together = stage(13, DiarizeSettings::default()).run(inputs, &Unwatched);
    let bases: Vec<SpeakerBasis> = together.iter().map(|found| found.as_ref().unwrap().basis).collect();
    let (voices, channels) = (SpeakerBasis::Voices, SpeakerBasis::Channels);
    assert_eq!(bases, [voices, channels, voices, channels]);
    assert_eq!(together[1].as_ref().unwrap(), &alone);
    assert_eq!(together[3].as_ref().unwrap(), &alone);
}

/// A real recording: one person reads on the left, another on the right, for most of the time at once.
#[test]
fn a_real_recording_has_a_speaker_on_each_channel() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/channels/stereo_diarization.flac");
    let clip = Arc::new(decode(&path, &DecodeSettings::default()).unwrap());
    let audio = Arc::new(clip.mono_16k().unwrap());
    let both = DiarizeInput { speech: Arc::new(everywhere(&audio)), audio, clip: Arc::clone(&clip) };
    assert!(voiceman_stages::diarize::speakers_have_channels(&both.clip, &both.speech, &Unwatched).unwrap());
    // Its channels put together are one sound on both.
    let mean = clip.read_mean(0..clip.len()).unwrap();
    let mean = input_of(&[mean.clone(), mean]);
    assert!(!voiceman_stages::diarize::speakers_have_channels(&mean.clip, &mean.speech, &Unwatched).unwrap());
}

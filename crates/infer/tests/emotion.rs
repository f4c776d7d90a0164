//! The embedded model of emotion against its reference, and its independence of what is heard beside a stretch.

#![allow(clippy::unwrap_used)]

use serde::Deserialize;
use voiceman_base::{EmotionCondition, EmotionReason, Measured};
use voiceman_infer::AcousticEmotion;
use voiceman_stages::emotion::{EmotionModel, Judgement};

/// What rounding of the model file and of logarithms leaves.
const MAX_DIFFERENCE: f64 = 1e-4;
/// Largest relative difference of a descriptor: pitch is searched to 1e-4 of a sample, 3e-6 of itself at 500 Hz and 16 kHz, and
/// its spread moves by several times that.
const MAX_DESCRIPTOR_DIFFERENCE: f64 = 5e-5;

#[derive(Deserialize)]
struct Golden {
    file: String,
    descriptors: Vec<f64>,
    without_baseline: Probabilities,
    with_baseline: Probabilities,
}

#[derive(Deserialize)]
struct Probabilities {
    classes: Vec<f64>,
    high_arousal: f64,
}

fn golden() -> Vec<Golden> {
    serde_json::from_str(include_str!("data/emotion.json")).unwrap()
}

fn assert_close(file: &str, found: &Judgement, expected: &Probabilities) {
    assert_eq!(expected.classes.len(), found.classes.len());
    for (found, expected) in found.classes.iter().flatten().zip(&expected.classes) {
        assert!((found - expected).abs() < MAX_DIFFERENCE, "{file}: {found} and {expected}");
    }
    assert!(found.high_arousal.is_some_and(|found| (found - expected.high_arousal).abs() < MAX_DIFFERENCE));
}

#[test]
fn probabilities_are_those_of_the_reference() {
    let model = AcousticEmotion::embedded().unwrap();
    let golden = golden();
    let all: Vec<Vec<f64>> = golden.iter().map(|one| one.descriptors.clone()).collect();
    let (alone, together) = (model.judge(&all, false), model.judge(&all, true));
    assert!(golden.len() >= 10);
    for ((one, alone), together) in golden.iter().zip(&alone).zip(&together) {
        assert_eq!(alone.condition, Some(EmotionCondition::WithoutBaseline));
        assert_eq!(together.condition, Some(EmotionCondition::WithBaseline));
        assert_close(&one.file, alone, &one.without_baseline);
        assert_close(&one.file, together, &one.with_baseline);
    }
}

#[test]
fn descriptors_of_a_clip_are_those_that_the_model_was_trained_on() {
    let mut model = AcousticEmotion::embedded().unwrap();
    for one in golden().iter().take(4) {
        let path = format!("{}/../../benches/speech/emodb/{}.flac", env!("CARGO_MANIFEST_DIR"), one.file);
        let clip = voiceman_audio::decode(path.as_ref(), &voiceman_audio::DecodeSettings::default()).unwrap();
        let mono = clip.mono_16k().unwrap();
        let heard = model.listen(&[mono.read(0..mono.len()).unwrap()]).unwrap();
        let Measured::Value(values) = &heard[0] else { panic!("{}: {:?}", one.file, heard[0]) };
        for (value, expected) in values.iter().zip(&one.descriptors) {
            assert!(
                (value - expected).abs() < MAX_DESCRIPTOR_DIFFERENCE * (1.0 + expected.abs()),
                "{}: {value}, {expected}",
                one.file
            );
        }
    }
}

#[test]
fn a_few_stretches_are_no_baseline() {
    let model = AcousticEmotion::embedded().unwrap();
    let few: Vec<Vec<f64>> = golden().into_iter().take(4).map(|one| one.descriptors).collect();
    assert!(model.judge(&few, true).iter().all(|one| one.condition == Some(EmotionCondition::WithoutBaseline)));
    assert_eq!(model.judge(&few, true), model.judge(&few, false));
    assert!(model.judge(&[], true).is_empty());
}

#[test]
fn what_is_heard_beside_it_changes_nothing_without_a_baseline() {
    let model = AcousticEmotion::embedded().unwrap();
    let all: Vec<Vec<f64>> = golden().into_iter().map(|one| one.descriptors).collect();
    let together = model.judge(&all, false);
    for (one, expected) in all.iter().zip(&together) {
        assert_eq!(model.judge(std::slice::from_ref(one), false), [*expected]);
    }
}

#[test]
fn what_bears_no_descriptors_says_why() {
    let mut model = AcousticEmotion::embedded().unwrap();
    let found = model.listen(&[vec![], vec![0.0; 32_000], vec![0.2; 32_000], vec![f32::NAN; 32_000]]).unwrap();
    let why =
        [EmotionReason::TooShort, EmotionReason::Silent, EmotionReason::TooFewVoicedFrames, EmotionReason::Unreadable];
    assert_eq!(found, why.map(Measured::Undefined));
}

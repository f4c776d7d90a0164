//! The shape of `emotion`, `emotion_models` and `emotion_speakers` in `analysis.json`.

use serde::Serialize;
use std::collections::BTreeMap;
use voiceman_base::{
    ArousalLabel, Digest, EmotionAccuracy, EmotionAnalysis, EmotionClass, EmotionCondition, EmotionDimensions,
    EmotionLabel, EmotionModelFacts, EmotionReason, Measured, ModelSaid, Prob, SegmentEmotion, Sounded, TurnId,
};

/// A measured number, or why there is none.
type Judged = Measured<f64, EmotionReason>;

#[derive(Serialize)]
pub(super) struct EmotionView<'a> {
    turn: Option<TurnId>,
    speaker: Option<String>,
    start: f64,
    end: f64,
    /// Probability of high arousal.
    arousal: Judged,
    arousal_label: ArousalLabel,
    valence: Judged,
    dominance: Judged,
    #[serde(skip_serializing_if = "Option::is_none")]
    classes: Option<ClassesView>,
    label: &'static str,
    confidence: Judged,
    agreement: Judged,
    #[serde(skip_serializing_if = "Option::is_none")]
    condition: Option<EmotionCondition>,
    /// What each of several models says.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    models: Vec<SaidView<'a>>,
}

/// What a model says; what it does not tell is missing.
#[derive(Serialize)]
struct SaidView<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    high_arousal: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scales: Option<ScalesView>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    classes: BTreeMap<&'static str, f64>,
}

#[derive(Serialize)]
struct ScalesView {
    arousal: f64,
    dominance: f64,
    valence: f64,
}

#[derive(Serialize)]
struct ClassesView {
    anger: f64,
    boredom: f64,
    disgust: f64,
    fear: f64,
    happiness: f64,
    sadness: f64,
    neutral: f64,
}

#[derive(Serialize)]
pub(super) struct ModelFactsView<'a> {
    name: &'a str,
    sha256: Digest,
    trained_on: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    licence: Option<&'a str>,
    without_baseline: Option<EmotionAccuracy>,
    with_baseline: Option<EmotionAccuracy>,
}

#[derive(Serialize)]
pub(super) struct SpeakerEmotionView {
    speaker: String,
    measured_s: f64,
    high_s: f64,
    low_s: f64,
}

pub(super) fn segments(emotion: &EmotionAnalysis) -> Vec<EmotionView<'_>> {
    emotion.segments.iter().map(|one| segment(one, &emotion.models)).collect()
}

pub(super) fn models(emotion: &EmotionAnalysis) -> Vec<ModelFactsView<'_>> {
    let of = emotion.models.iter().map(|facts| ModelFactsView {
        name: &facts.model.name,
        sha256: facts.model.sha256,
        trained_on: &facts.trained_on,
        licence: facts.licence.as_deref(),
        without_baseline: facts.without_baseline,
        with_baseline: facts.with_baseline,
    });
    of.collect()
}

pub(super) fn speakers(emotion: &EmotionAnalysis) -> Vec<SpeakerEmotionView> {
    let of = emotion.speakers.iter().map(|one| SpeakerEmotionView {
        speaker: one.speaker.to_string(),
        measured_s: one.measured.seconds(),
        high_s: one.high.seconds(),
        low_s: one.low.seconds(),
    });
    of.collect()
}

fn segment<'a>(segment: &SegmentEmotion, models: &'a [EmotionModelFacts]) -> EmotionView<'a> {
    let sounded = match &segment.sounded {
        Measured::Value(sounded) => Ok(sounded),
        Measured::Undefined(why) => Err(*why),
    };
    let number = |of: &dyn Fn(&Sounded) -> Judged| sounded.map_or_else(Measured::Undefined, of);
    let scale = |part: fn(&EmotionDimensions) -> Prob| {
        number(&|sounded| match &sounded.dimensions {
            Some(found) => Measured::Value(part(found).value()),
            None => Measured::Undefined(EmotionReason::NoModel),
        })
    };
    EmotionView {
        turn: segment.turn,
        speaker: segment.speaker.map(|speaker| speaker.to_string()),
        start: segment.span.start().seconds(),
        end: segment.span.end().seconds(),
        arousal: number(&|sounded| Measured::Value(sounded.high_arousal.value())),
        arousal_label: sounded.map_or(ArousalLabel::Undetermined, |sounded| sounded.arousal),
        valence: scale(|found| found.valence),
        dominance: scale(|found| found.dominance),
        classes: sounded.ok().map(classes),
        label: sounded.map_or(EmotionLabel::Undetermined, |sounded| sounded.label).code(),
        confidence: number(&|sounded| Measured::Value(sounded.confidence.value())),
        agreement: number(&|sounded| sounded.agreement),
        condition: sounded.ok().map(|sounded| sounded.condition),
        models: sounded.map_or_else(
            |_| Vec::new(),
            |sounded| models.iter().zip(&sounded.said).map(|(facts, one)| said(&facts.model.name, one)).collect(),
        ),
    }
}

fn said<'a>(name: &'a str, one: &ModelSaid) -> SaidView<'a> {
    let scales = |found: EmotionDimensions| ScalesView {
        arousal: found.arousal.value(),
        dominance: found.dominance.value(),
        valence: found.valence.value(),
    };
    let classes = EmotionClass::ALL.iter().zip(one.classes);
    SaidView {
        name,
        high_arousal: one.high_arousal.map(Prob::value),
        scales: one.dimensions.map(scales),
        classes: classes.filter_map(|(class, probability)| Some((class.code(), probability?.value()))).collect(),
    }
}

fn classes(sounded: &Sounded) -> ClassesView {
    let of = |class: EmotionClass| {
        let found = EmotionClass::ALL.iter().zip(sounded.classes).find(|(one, _)| **one == class);
        found.map_or(0.0, |(_, probability)| probability.value())
    };
    ClassesView {
        anger: of(EmotionClass::Anger),
        boredom: of(EmotionClass::Boredom),
        disgust: of(EmotionClass::Disgust),
        fear: of(EmotionClass::Fear),
        happiness: of(EmotionClass::Happiness),
        sadness: of(EmotionClass::Sadness),
        neutral: of(EmotionClass::Neutral),
    }
}

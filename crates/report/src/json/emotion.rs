//! The shape of `emotion`, `emotion_models` and `emotion_speakers` in `analysis.json`.

use serde::Serialize;
use voiceman_base::{
    ArousalLabel, Digest, EmotionAccuracy, EmotionAnalysis, EmotionClass, EmotionCondition, EmotionLabel,
    EmotionReason, Measured, SegmentEmotion, Sounded, TurnId,
};

/// A measured number, or why there is none.
type Judged = Measured<f64, EmotionReason>;

#[derive(Serialize)]
pub(super) struct EmotionView {
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
    without_baseline: EmotionAccuracy,
    with_baseline: Option<EmotionAccuracy>,
}

#[derive(Serialize)]
pub(super) struct SpeakerEmotionView {
    speaker: String,
    measured_s: f64,
    high_s: f64,
    low_s: f64,
}

pub(super) fn segments(emotion: &EmotionAnalysis) -> Vec<EmotionView> {
    emotion.segments.iter().map(segment).collect()
}

pub(super) fn models(emotion: &EmotionAnalysis) -> Vec<ModelFactsView<'_>> {
    let of = emotion.models.iter().map(|facts| ModelFactsView {
        name: &facts.model.name,
        sha256: facts.model.sha256,
        trained_on: &facts.trained_on,
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

fn segment(segment: &SegmentEmotion) -> EmotionView {
    let sounded = match &segment.sounded {
        Measured::Value(sounded) => Ok(sounded),
        Measured::Undefined(why) => Err(*why),
    };
    let number = |of: &dyn Fn(&Sounded) -> Judged| sounded.map_or_else(Measured::Undefined, of);
    EmotionView {
        turn: segment.turn,
        speaker: segment.speaker.map(|speaker| speaker.to_string()),
        start: segment.span.start().seconds(),
        end: segment.span.end().seconds(),
        arousal: number(&|sounded| Measured::Value(sounded.high_arousal.value())),
        arousal_label: sounded.map_or(ArousalLabel::Undetermined, |sounded| sounded.arousal),
        valence: number(&|_| Measured::Undefined(EmotionReason::NoModel)),
        dominance: number(&|_| Measured::Undefined(EmotionReason::NoModel)),
        classes: sounded.ok().map(classes),
        label: match sounded.map(|sounded| sounded.label) {
            Ok(EmotionLabel::Class(class)) => class.code(),
            Ok(EmotionLabel::Undetermined) | Err(_) => "undetermined",
        },
        confidence: number(&|sounded| Measured::Value(sounded.confidence.value())),
        agreement: number(&|sounded| sounded.agreement),
        condition: sounded.ok().map(|sounded| sounded.condition),
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

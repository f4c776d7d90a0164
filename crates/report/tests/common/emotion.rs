//! What models of emotion said about a call.

use super::{millis, prob, span};
use voiceman_base::{
    ArousalLabel, Digest, EmotionAccuracy, EmotionAnalysis, EmotionClass, EmotionCondition, EmotionLabel,
    EmotionModelFacts, EmotionReason, Measured, ModelIdentity, Precision, RecordingAnalysis, SegmentEmotion, Sounded,
    SpeakerEmotion, SpeakerId, TurnId,
};

/// `analysis` with a stretch that sounded high, one that is undetermined and one of every reason.
pub fn with_emotion(mut analysis: RecordingAnalysis) -> RecordingAnalysis {
    let accuracy = |recall| EmotionAccuracy {
        recall,
        recall_interval: [recall - 0.05, recall + 0.05],
        arousal_recall: 0.888,
        arousal_interval: [0.855, 0.92],
        calibration_error: 0.057,
    };
    let sounded = |high: f64, arousal, label| Sounded {
        high_arousal: prob(high),
        arousal,
        classes: [high, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0 - high].map(prob),
        label,
        confidence: prob(high.max(1.0 - high)),
        agreement: Measured::Undefined(EmotionReason::OnlyOneModel),
        condition: EmotionCondition::WithBaseline,
    };
    let reasons = [
        EmotionReason::TooShort,
        EmotionReason::Quality,
        EmotionReason::Overlapped,
        EmotionReason::TooFewVoicedFrames,
        EmotionReason::Silent,
        EmotionReason::Unreadable,
        EmotionReason::NoModel,
        EmotionReason::OnlyOneModel,
    ];
    let said = [
        Measured::Value(sounded(0.83, ArousalLabel::High, EmotionLabel::Class(EmotionClass::Anger))),
        Measured::Value(sounded(0.55, ArousalLabel::Undetermined, EmotionLabel::Undetermined)),
        Measured::Value(sounded(0.1, ArousalLabel::Low, EmotionLabel::Class(EmotionClass::Neutral))),
    ];
    let all = said.into_iter().chain(reasons.map(Measured::Undefined)).enumerate();
    let known = analysis.diarization.is_some();
    let segments = all.map(|(index, sounded)| SegmentEmotion {
        turn: known.then_some(TurnId(index as u32)),
        speaker: known.then_some(SpeakerId(0)),
        span: span(index as i64 * 1_000, index as i64 * 1_000 + 900),
        sounded,
    });
    analysis.emotion = Some(EmotionAnalysis {
        models: vec![EmotionModelFacts {
            model: ModelIdentity {
                role: "emotion".to_owned(),
                name: "emodb-acoustic-1".to_owned(),
                sha256: Digest::of(b"emotion"),
                precision: Precision::Exact,
                runtime: "voiceman 0.1.0".to_owned(),
            },
            trained_on: "acted German speech (EmoDB)".to_owned(),
            without_baseline: accuracy(0.573),
            with_baseline: Some(accuracy(0.697)),
        }],
        segments: segments.collect(),
        speakers: vec![SpeakerEmotion {
            speaker: SpeakerId(0),
            measured: millis(2_700),
            high: millis(900),
            low: millis(900),
        }],
    });
    analysis
}

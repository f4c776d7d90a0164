//! What models of emotion said about a call.

use super::{millis, prob, span};
use voiceman_base::{
    ArousalLabel, Digest, EmotionAccuracy, EmotionAnalysis, EmotionClass, EmotionCondition, EmotionDimensions,
    EmotionLabel, EmotionModelFacts, EmotionReason, Measured, ModelIdentity, ModelSaid, Precision, RecordingAnalysis,
    SegmentEmotion, Sounded, SpeakerEmotion, SpeakerId, TurnId,
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
        dimensions: None,
        said: Vec::new(),
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
                name: "emodb-acoustic-2".to_owned(),
                sha256: Digest::of(b"emotion"),
                precision: Precision::Exact,
                runtime: "voiceman 0.1.0".to_owned(),
            },
            trained_on: "acted German speech (EmoDB)".to_owned(),
            licence: None,
            without_baseline: Some(accuracy(0.573)),
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

/// As [`with_emotion`], with a network of scales and one of four classes beside the first model; they differ on the first
/// stretch.
pub fn with_networks(analysis: RecordingAnalysis) -> RecordingAnalysis {
    let mut analysis = with_emotion(analysis);
    let Some(emotion) = &mut analysis.emotion else { return analysis };
    let network = |name: &str, licence: &str| EmotionModelFacts {
        model: ModelIdentity { name: name.to_owned(), ..emotion.models[0].model.clone() },
        trained_on: "English podcasts".to_owned(),
        licence: Some(licence.to_owned()),
        without_baseline: None,
        with_baseline: None,
    };
    let networks = [network("of-scales", "CC-BY-NC-SA-4.0"), network("of-classes", "Apache-2.0")];
    emotion.models.extend(networks);
    for (index, segment) in emotion.segments.iter_mut().enumerate() {
        let Measured::Value(sounded) = &mut segment.sounded else { continue };
        let scales = EmotionDimensions { arousal: prob(0.3), dominance: prob(0.4), valence: prob(0.6) };
        let few = [Some(0.2), None, None, None, Some(0.1), Some(0.1), Some(0.6)];
        sounded.agreement = Measured::Value(if index == 0 { 0.25 } else { 0.9 });
        if index == 0 {
            (sounded.arousal, sounded.label) = (ArousalLabel::Undetermined, EmotionLabel::Undetermined);
            sounded.confidence = prob(0.21);
        }
        sounded.dimensions = Some(scales);
        sounded.said = vec![
            ModelSaid { high_arousal: Some(prob(0.83)), classes: sounded.classes.map(Some), dimensions: None },
            ModelSaid { high_arousal: None, classes: [None; 7], dimensions: Some(scales) },
            ModelSaid { high_arousal: Some(prob(0.3)), classes: few.map(|class| class.map(prob)), dimensions: None },
        ];
    }
    analysis
}

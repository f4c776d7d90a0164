//! Emotion of every stretch as a table for spreadsheets and statistics; see `docs/formats/emotion-csv.md`.

use super::{filled, line, number};
use voiceman_base::{
    ArousalLabel, EmotionClass, EmotionCondition, EmotionDimensions, EmotionReason, Measured, Prob, RecordingAnalysis,
    Sounded,
};

/// A measured number, or why there is none.
type Judged = Measured<f64, EmotionReason>;

/// A line of names and one line a stretch; nothing when emotion was not asked for.
pub fn emotion_csv(analysis: &RecordingAnalysis) -> Option<String> {
    let emotion = analysis.emotion.as_ref()?;
    let mut head: Vec<String> =
        ["turn", "speaker", "start_s", "end_s", "arousal_label", "label", "condition"].map(str::to_owned).to_vec();
    let measured = ["arousal", "confidence", "agreement", "scale_arousal", "scale_dominance", "scale_valence"];
    let classes = EmotionClass::ALL.map(|class| class.code());
    head.extend(measured.iter().chain(&classes).flat_map(|name| [(*name).to_owned(), format!("{name}_undefined")]));
    let mut text = line(&head);
    for segment in &emotion.segments {
        let sounded = match &segment.sounded {
            Measured::Value(sounded) => Ok(sounded),
            Measured::Undefined(why) => Err(*why),
        };
        let (arousal, label, condition) = sounded.map_or(("undetermined", "undetermined", ""), names);
        let mut row = vec![
            segment.turn.map(|turn| turn.0.to_string()).unwrap_or_default(),
            segment.speaker.map(|speaker| speaker.to_string()).unwrap_or_default(),
            number(segment.span.start().seconds()),
            number(segment.span.end().seconds()),
            arousal.to_owned(),
            label.to_owned(),
            condition.to_owned(),
        ];
        let of = |part: &dyn Fn(&Sounded) -> Judged| sounded.map_or_else(Measured::Undefined, part);
        let scale = |part: fn(&EmotionDimensions) -> Prob| {
            of(&|sounded| match &sounded.dimensions {
                Some(found) => Measured::Value(part(found).value()),
                None => Measured::Undefined(EmotionReason::NoModel),
            })
        };
        let mut values = vec![
            of(&|sounded| Measured::Value(sounded.high_arousal.value())),
            of(&|sounded| Measured::Value(sounded.confidence.value())),
            of(&|sounded| sounded.agreement),
            scale(|found| found.arousal),
            scale(|found| found.dominance),
            scale(|found| found.valence),
        ];
        values.extend((0..classes.len()).map(|class| of(&|sounded| Measured::Value(sounded.classes[class].value()))));
        row.extend(values.into_iter().flat_map(|value| filled(value, EmotionReason::code)));
        text.push_str(&line(&row));
    }
    Some(text)
}

/// What is said of arousal, of the class, and what was compared with.
fn names(sounded: &Sounded) -> (&'static str, &'static str, &'static str) {
    let arousal = match sounded.arousal {
        ArousalLabel::High => "high",
        ArousalLabel::Low => "low",
        ArousalLabel::Undetermined => "undetermined",
    };
    let condition = match sounded.condition {
        EmotionCondition::WithBaseline => "with_baseline",
        EmotionCondition::WithoutBaseline => "without_baseline",
    };
    (arousal, sounded.label.code(), condition)
}

//! Several models together: weighted means, and how far they agree.

use super::model::Judgement;
use voiceman_base::{
    ArousalLabel, EmotionClass, EmotionCondition, EmotionLabel, EmotionReason, Measured, Prob, Sounded,
};

/// What the models say together, each with its weight. Nothing without any model of positive weight.
///
/// Probabilities are weighted means. Agreement is 1 less the largest total variation distance between the classes of two
/// models; confidence is the probability of the likeliest class times the agreement, so that a class on which models differ
/// is not named. Of arousal the same holds with the distance between its probabilities.
pub fn together(said: &[(f64, Judgement)]) -> Option<Sounded> {
    let total: f64 = said.iter().map(|(weight, _)| weight).sum();
    if !(total > 0.0 && total.is_finite()) {
        return None;
    }
    let mean = |of: &dyn Fn(&Judgement) -> f64| said.iter().map(|(weight, one)| weight * of(one)).sum::<f64>() / total;
    let mut classes = [0.0; 7];
    for (index, slot) in classes.iter_mut().enumerate() {
        *slot = mean(&|one| one.classes[index]);
    }
    let high = mean(&|one| one.high_arousal);
    if !classes.iter().chain([&high]).all(|value| value.is_finite()) {
        return None;
    }
    let agreement = 1.0 - largest(said, |one, other| distance(&one.classes, &other.classes));
    let arousal_agreement = 1.0 - largest(said, |one, other| (one.high_arousal - other.high_arousal).abs());
    let (likeliest, most) = EmotionClass::ALL
        .into_iter()
        .zip(classes)
        .fold((EmotionClass::Neutral, f64::NEG_INFINITY), |best, one| if one.1 > best.1 { one } else { best });
    let confidence = most * agreement;
    let named = confidence >= mean(&|one| one.class_threshold);
    let needed = mean(&|one| one.arousal_threshold);
    let arousal = match high {
        high if high > 0.5 && high * arousal_agreement >= needed => ArousalLabel::High,
        high if high < 0.5 && (1.0 - high) * arousal_agreement >= needed => ArousalLabel::Low,
        _ => ArousalLabel::Undetermined,
    };
    let compared = said.iter().all(|(_, one)| one.condition == EmotionCondition::WithBaseline);
    Some(Sounded {
        high_arousal: Prob::saturating(high),
        arousal,
        classes: classes.map(Prob::saturating),
        label: if named { EmotionLabel::Class(likeliest) } else { EmotionLabel::Undetermined },
        confidence: Prob::saturating(confidence),
        agreement: match said.len() {
            1 => Measured::Undefined(EmotionReason::OnlyOneModel),
            _ => Measured::Value(agreement),
        },
        condition: if compared { EmotionCondition::WithBaseline } else { EmotionCondition::WithoutBaseline },
    })
}

/// The largest of the distances between two of them; 0 for one alone.
fn largest(said: &[(f64, Judgement)], between: impl Fn(&Judgement, &Judgement) -> f64) -> f64 {
    let pairs = said.iter().enumerate().flat_map(|(index, one)| said[index + 1..].iter().map(move |two| (one, two)));
    pairs.map(|(one, two)| between(&one.1, &two.1)).fold(0.0, f64::max)
}

/// Total variation distance, in `[0, 1]`.
fn distance(one: &[f64; 7], other: &[f64; 7]) -> f64 {
    0.5 * one.iter().zip(other).map(|(a, b)| (a - b).abs()).sum::<f64>()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn says(class: usize, probability: f64, high_arousal: f64) -> Judgement {
        let mut classes = [(1.0 - probability) / 6.0; 7];
        classes[class] = probability;
        Judgement {
            classes,
            high_arousal,
            condition: EmotionCondition::WithBaseline,
            class_threshold: 0.6,
            arousal_threshold: 0.7,
        }
    }

    #[test]
    fn one_model_speaks_for_itself() {
        let sounded = together(&[(1.0, says(0, 0.8, 0.9))]).unwrap();
        assert_eq!(sounded.label, EmotionLabel::Class(EmotionClass::Anger));
        assert_eq!(sounded.arousal, ArousalLabel::High);
        assert_eq!(sounded.agreement, Measured::Undefined(EmotionReason::OnlyOneModel));
    }

    #[test]
    fn doubt_is_undetermined() {
        let sounded = together(&[(1.0, says(0, 0.5, 0.6))]).unwrap();
        assert_eq!((sounded.label, sounded.arousal), (EmotionLabel::Undetermined, ArousalLabel::Undetermined));
    }

    #[test]
    fn disagreement_lowers_confidence_and_agreement_does_not() {
        let alike = together(&[(1.0, says(0, 0.8, 0.9)), (1.0, says(0, 0.8, 0.9))]).unwrap();
        assert!((alike.confidence.value() - 0.8).abs() < 1e-12);
        assert_eq!(alike.agreement, Measured::Value(1.0));
        let apart = together(&[(3.0, says(0, 0.9, 0.9)), (1.0, says(5, 0.9, 0.1))]).unwrap();
        assert!(apart.confidence.value() < 0.2);
        assert_eq!((apart.label, apart.arousal), (EmotionLabel::Undetermined, ArousalLabel::Undetermined));
    }

    #[test]
    fn nothing_comes_of_nothing() {
        assert_eq!(together(&[]), None);
        assert_eq!(together(&[(0.0, says(0, 0.8, 0.9))]), None);
        assert_eq!(together(&[(1.0, says(0, f64::NAN, 0.9))]), None);
    }
}

//! Several models together: weighted means, and how far they agree.

use super::model::Judgement;
use voiceman_base::{
    ArousalLabel, EmotionClass, EmotionCondition, EmotionDimensions, EmotionLabel, EmotionReason, Measured, ModelSaid,
    Prob, Sounded,
};

/// A judgement with its weight.
type Said = (f64, Judgement);
/// Probabilities of all classes.
type Classes = [f64; 7];

/// What the models say together, each with its weight. Nothing without a model of positive weight that knows all classes
/// and one that tells arousal.
///
/// Probabilities are weighted means. A model that knows only some classes says nothing of the others: its probabilities
/// share out what the models that know all give to those it knows. Agreement is 1 less the largest distance between two
/// models: total variation of the classes, what a model gives to labels of its own that are none of the classes, and the
/// distance of arousal. Confidence is the probability of the likeliest class times the agreement, so that a class on which
/// models differ is not named. Of arousal the same holds with the distance of arousal alone.
pub fn together(said: &[Said]) -> Option<Sounded> {
    let usual = mean_classes(said.iter().filter_map(|(weight, one)| Some((*weight, known_all(one)?))))?;
    let heard: Vec<(f64, Classes)> =
        said.iter().filter_map(|(weight, one)| Some((*weight, spread(&one.classes, &usual)?))).collect();
    let classes = mean_classes(heard.iter().copied())?;
    let high = mean(said, |one| one.high_arousal)?;
    if !classes.iter().chain([&high]).all(|value| value.is_finite()) {
        return None;
    }
    let elsewhere = said.iter().map(|(_, one)| elsewhere(&one.classes));
    let class_distance = largest(&heard, |one, other| distance(&one.1, &other.1)).max(elsewhere.fold(0.0, f64::max));
    let arousal_distance = largest(said, |one, other| arousal_distance(&one.1, &other.1));
    let agreement = 1.0 - class_distance.max(arousal_distance);
    let (likeliest, most) = EmotionClass::ALL
        .into_iter()
        .zip(classes)
        .fold((EmotionClass::Neutral, f64::NEG_INFINITY), |best, one| if one.1 > best.1 { one } else { best });
    let confidence = most * agreement;
    // Without a threshold nothing is named: nothing would say how often that is right.
    let named = mean(said, |one| one.class_threshold).is_some_and(|needed| confidence >= needed);
    let needed = mean(said, |one| one.arousal_threshold).unwrap_or(f64::INFINITY);
    let arousal = match high {
        high if high > 0.5 && high * (1.0 - arousal_distance) >= needed => ArousalLabel::High,
        high if high < 0.5 && (1.0 - high) * (1.0 - arousal_distance) >= needed => ArousalLabel::Low,
        _ => ArousalLabel::Undetermined,
    };
    let mut conditions = said.iter().filter_map(|(_, one)| one.condition).peekable();
    let compared = conditions.peek().is_some() && conditions.all(|one| one == EmotionCondition::WithBaseline);
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
        dimensions: dimensions(said),
        said: if said.len() > 1 { said.iter().map(|(_, one)| told(one)).collect() } else { Vec::new() },
    })
}

/// The weighted mean over those that tell it; nothing where none of positive weight does.
fn mean(said: &[Said], of: impl Fn(&Judgement) -> Option<f64>) -> Option<f64> {
    let (sum, total) = said
        .iter()
        .filter_map(|(weight, one)| Some((*weight, of(one)?)))
        .fold((0.0, 0.0), |(sum, total), (weight, value)| (sum + weight * value, total + weight));
    (total > 0.0 && total.is_finite()).then(|| sum / total)
}

fn mean_classes(all: impl Iterator<Item = (f64, Classes)>) -> Option<Classes> {
    let (mut sum, mut total) = ([0.0; 7], 0.0);
    for (weight, classes) in all {
        sum.iter_mut().zip(classes).for_each(|(sum, value)| *sum += weight * value);
        total += weight;
    }
    (total > 0.0 && total.is_finite()).then(|| sum.map(|sum| sum / total))
}

/// The probabilities of a model that knows all classes.
fn known_all(one: &Judgement) -> Option<Classes> {
    one.classes.iter().all(Option::is_some).then(|| one.classes.map(Option::unwrap_or_default))
}

/// What a model says, with what `usual` says of the classes that it does not know; nothing of one that knows none.
fn spread(classes: &[Option<f64>; 7], usual: &Classes) -> Option<Classes> {
    if classes.iter().all(Option::is_some) {
        return Some(classes.map(Option::unwrap_or_default));
    }
    let total: f64 = classes.iter().flatten().sum();
    if total.is_nan() || total <= 0.0 {
        return None;
    }
    let known: f64 = classes.iter().zip(usual).filter_map(|(class, usual)| class.map(|_| usual)).sum();
    let mut spread = *usual;
    for (slot, class) in spread.iter_mut().zip(classes) {
        if let Some(class) = class {
            *slot = known * class / total;
        }
    }
    Some(spread)
}

/// What a model that knows classes gives to others than ours.
fn elsewhere(classes: &[Option<f64>; 7]) -> f64 {
    /// What rounding leaves of a sum of probabilities.
    const ROUNDING: f64 = 1e-6;
    let missing = 1.0 - classes.iter().flatten().sum::<f64>();
    if classes.iter().any(Option::is_some) && missing > ROUNDING { missing } else { 0.0 }
}

/// The largest of the distances between two of them; 0 for one alone.
fn largest<T>(all: &[T], between: impl Fn(&T, &T) -> f64) -> f64 {
    let pairs = all.iter().enumerate().flat_map(|(index, one)| all[index + 1..].iter().map(move |two| (one, two)));
    pairs.map(|(one, two)| between(one, two)).fold(0.0, f64::max)
}

/// Total variation distance, in `[0, 1]`.
fn distance(one: &Classes, other: &Classes) -> f64 {
    0.5 * one.iter().zip(other).map(|(a, b)| (a - b).abs()).sum::<f64>()
}

/// How far two models are apart in arousal, in `[0, 1]`; 0 where one does not tell it. A probability and a place on a scale
/// are no measures of the same: only when they lie on different sides of the middle are they apart.
fn arousal_distance(one: &Judgement, other: &Judgement) -> f64 {
    if let (Some(one), Some(other)) = (one.high_arousal, other.high_arousal) {
        return (one - other).abs();
    }
    let place = |of: &Judgement| of.high_arousal.or(of.dimensions.map(|found| found.arousal.value()));
    match (place(one), place(other)) {
        (Some(one), Some(other)) if (one - 0.5) * (other - 0.5) < 0.0 => (one - other).abs(),
        _ => 0.0,
    }
}

/// The weighted mean of the places on scales, over the models that tell them.
fn dimensions(said: &[Said]) -> Option<EmotionDimensions> {
    let of = |part: fn(&EmotionDimensions) -> Prob| {
        mean(said, |one| one.dimensions.map(|found| part(&found).value())).map(Prob::saturating)
    };
    Some(EmotionDimensions {
        arousal: of(|found| found.arousal)?,
        dominance: of(|found| found.dominance)?,
        valence: of(|found| found.valence)?,
    })
}

fn told(one: &Judgement) -> ModelSaid {
    ModelSaid {
        high_arousal: one.high_arousal.map(Prob::saturating),
        classes: one.classes.map(|class| class.map(Prob::saturating)),
        dimensions: one.dimensions,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn says(class: usize, probability: f64, high_arousal: f64) -> Judgement {
        let mut classes = [Some((1.0 - probability) / 6.0); 7];
        classes[class] = Some(probability);
        Judgement {
            classes,
            high_arousal: Some(high_arousal),
            dimensions: None,
            condition: Some(EmotionCondition::WithBaseline),
            class_threshold: Some(0.6),
            arousal_threshold: Some(0.7),
        }
    }

    /// A model of anger, happiness, sadness and neutral speech that has no thresholds and no baseline.
    fn of_four([anger, happiness, sadness, neutral]: [f64; 4]) -> Judgement {
        Judgement {
            classes: [Some(anger), None, None, None, Some(happiness), Some(sadness), Some(neutral)],
            high_arousal: Some(anger + happiness),
            dimensions: None,
            condition: None,
            class_threshold: None,
            arousal_threshold: None,
        }
    }

    fn on_scales(arousal: f64) -> Judgement {
        let [arousal, dominance, valence] = [arousal, 0.6, 0.3].map(Prob::saturating);
        let dimensions = Some(EmotionDimensions { arousal, dominance, valence });
        Judgement { classes: [None; 7], high_arousal: None, dimensions, ..of_four([0.0; 4]) }
    }

    #[test]
    fn one_model_speaks_for_itself() {
        let sounded = together(&[(1.0, says(0, 0.8, 0.9))]).unwrap();
        assert_eq!(sounded.label, EmotionLabel::Class(EmotionClass::Anger));
        assert_eq!(sounded.arousal, ArousalLabel::High);
        assert_eq!(sounded.agreement, Measured::Undefined(EmotionReason::OnlyOneModel));
        assert!(sounded.said.is_empty() && sounded.dimensions.is_none());
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
    fn a_model_that_knows_few_classes_says_nothing_of_the_others() {
        let bored = says(1, 0.7, 0.1);
        let sounded = together(&[(1.0, bored), (1.0, of_four([0.25; 4]))]).unwrap();
        assert!((sounded.classes[1].value() - 0.7).abs() < 1e-12, "{:?}", sounded.classes);
        let total: f64 = sounded.classes.iter().map(|class| class.value()).sum();
        assert!((total - 1.0).abs() < 1e-12);
        assert_eq!(sounded.condition, EmotionCondition::WithBaseline);
        assert_eq!(sounded.said[1].classes[1], None);
        // Both hear anger, one of them among seven.
        let angry = together(&[(1.0, says(0, 0.9, 0.9)), (1.0, of_four([0.94, 0.02, 0.02, 0.02]))]).unwrap();
        assert_eq!(angry.label, EmotionLabel::Class(EmotionClass::Anger));
        let apart = together(&[(1.0, says(0, 0.9, 0.9)), (1.0, of_four([0.02, 0.02, 0.02, 0.94]))]).unwrap();
        assert!(apart.confidence < angry.confidence && apart.label == EmotionLabel::Undetermined);
    }

    #[test]
    fn labels_that_are_none_of_ours_count_as_disagreement() {
        let surprised = of_four([0.2, 0.0, 0.0, 0.0]);
        let sounded = together(&[(1.0, says(0, 0.9, 0.9)), (1.0, surprised)]).unwrap();
        assert!(matches!(sounded.agreement, Measured::Value(value) if value <= 0.2 + 1e-12));
        assert_eq!(sounded.label, EmotionLabel::Undetermined);
        let classes = sounded.classes.map(Prob::value);
        assert!(classes.iter().all(|class| class.is_finite()));
    }

    #[test]
    fn scales_are_compared_by_side_and_change_no_probability() {
        let alone = together(&[(1.0, says(0, 0.9, 0.9))]).unwrap();
        let alike = together(&[(1.0, says(0, 0.9, 0.9)), (1.0, on_scales(0.55))]).unwrap();
        assert_eq!(
            (alike.classes, alike.high_arousal, alike.confidence),
            (alone.classes, alone.high_arousal, alone.confidence)
        );
        assert_eq!(alike.dimensions.map(|found| found.valence), Some(Prob::saturating(0.3)));
        assert_eq!(alike.arousal, ArousalLabel::High);
        let apart = together(&[(1.0, says(0, 0.9, 0.9)), (1.0, on_scales(0.3))]).unwrap();
        assert!(matches!(apart.agreement, Measured::Value(value) if (value - 0.4).abs() < 1e-12));
        assert_eq!((apart.label, apart.arousal), (EmotionLabel::Undetermined, ArousalLabel::Undetermined));
    }

    #[test]
    fn nothing_comes_of_nothing() {
        assert_eq!(together(&[]), None);
        assert_eq!(together(&[(0.0, says(0, 0.8, 0.9))]), None);
        assert_eq!(together(&[(1.0, says(0, f64::NAN, 0.9))]), None);
        // No model knows all classes.
        assert_eq!(together(&[(1.0, of_four([0.25; 4]))]), None);
    }
}

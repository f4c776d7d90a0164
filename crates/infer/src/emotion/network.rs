//! Speech networks as models of emotion: what their outputs mean.

use crate::compile::SpeechOutputs;
use crate::session::network_error;
use crate::speech::SpeechNetwork;
use voiceman_base::{EmotionClass, EmotionDimensions, EmotionModelFacts, EmotionReason, Measured, ModelIdentity, Prob};
use voiceman_stages::emotion::{EmotionModel, Judgement};
use voiceman_stages::network::NetworkError;

/// Labels of published checkpoints that mean one of our classes, in lower case. Others, such as surprise, have no class.
const LABELS: [(EmotionClass, &[&str]); 7] = [
    (EmotionClass::Anger, &["anger", "angry", "ang"]),
    (EmotionClass::Boredom, &["boredom", "bored", "bor"]),
    (EmotionClass::Disgust, &["disgust", "disgusted", "dis"]),
    (EmotionClass::Fear, &["fear", "fearful", "fea"]),
    (EmotionClass::Happiness, &["happiness", "happy", "hap", "joy"]),
    (EmotionClass::Sadness, &["sadness", "sad"]),
    (EmotionClass::Neutral, &["neutral", "neu"]),
];

/// A speech network with a head for emotion. It compares with nothing, and how often it is wrong was not measured with
/// this program; so it has no threshold from which on a class is named.
pub struct SpeechEmotion {
    network: SpeechNetwork,
    facts: EmotionModelFacts,
}

impl SpeechEmotion {
    /// A model over `network`.
    pub fn new(network: SpeechNetwork, identity: ModelIdentity, trained_on: &str, licence: &str) -> SpeechEmotion {
        let facts = EmotionModelFacts {
            model: identity,
            trained_on: trained_on.to_owned(),
            licence: Some(licence.to_owned()),
            without_baseline: None,
            with_baseline: None,
        };
        SpeechEmotion { network, facts }
    }

    fn judgement(&self, values: &[f64]) -> Judgement {
        let nothing = Judgement {
            classes: [None; 7],
            high_arousal: None,
            dimensions: None,
            condition: None,
            class_threshold: None,
            arousal_threshold: None,
        };
        match &self.network.shape().outputs {
            SpeechOutputs::Dimensions { arousal, dominance, valence } => {
                // The scale ends at 0 and 1; a regression may step over.
                let place = |of: &usize| values.get(*of).copied().map(Prob::saturating);
                let scales = place(arousal).zip(place(dominance)).zip(place(valence));
                let dimensions =
                    scales.map(|((arousal, dominance), valence)| EmotionDimensions { arousal, dominance, valence });
                Judgement { dimensions, ..nothing }
            }
            SpeechOutputs::Labels(labels) => {
                let classes = classes(labels, values);
                Judgement { classes, high_arousal: high_arousal(&classes), ..nothing }
            }
        }
    }
}

/// Probabilities of our classes; nothing for those that no label means.
fn classes(labels: &[String], scores: &[f64]) -> [Option<f64>; 7] {
    let most = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let powers: Vec<f64> = scores.iter().map(|score| (score - most).exp()).collect();
    let total: f64 = powers.iter().sum();
    let mut found = [None; 7];
    for (label, power) in labels.iter().zip(powers) {
        let label = label.trim().to_lowercase();
        let place = EmotionClass::ALL
            .iter()
            .position(|class| LABELS.iter().any(|(of, names)| of == class && names.contains(&label.as_str())));
        if let Some(place) = place {
            found[place] = Some(found[place].unwrap_or(0.0) + power / total);
        }
    }
    found
}

/// Probability of high arousal among the classes that are known; nothing unless some of both kinds are.
fn high_arousal(classes: &[Option<f64>; 7]) -> Option<f64> {
    let sum = |high: bool| {
        let of = EmotionClass::ALL.iter().zip(classes).filter(|(class, _)| class.is_high_arousal() == high);
        let known: Vec<f64> = of.filter_map(|(_, probability)| *probability).collect();
        (!known.is_empty()).then(|| known.iter().sum::<f64>())
    };
    let (high, low) = (sum(true)?, sum(false)?);
    (high + low > 0.0).then(|| high / (high + low))
}

impl EmotionModel for SpeechEmotion {
    fn facts(&self) -> EmotionModelFacts {
        self.facts.clone()
    }

    fn listen(&mut self, stretches: &[Vec<f32>]) -> Result<Vec<Measured<Vec<f64>, EmotionReason>>, NetworkError> {
        let against = |samples: &Vec<f32>| match samples {
            samples if samples.iter().any(|sample| !sample.is_finite()) => Some(EmotionReason::Unreadable),
            samples if samples.iter().all(|sample| *sample == 0.0) => Some(EmotionReason::Silent),
            _ => None,
        };
        let why: Vec<Option<EmotionReason>> = stretches.iter().map(against).collect();
        let heard: Vec<Vec<f32>> =
            stretches.iter().zip(&why).filter(|(_, why)| why.is_none()).map(|(samples, _)| samples.clone()).collect();
        let mut outputs = self.network.outputs(&heard).map_err(network_error)?.into_iter();
        let answer = |why: Option<EmotionReason>| match why {
            Some(why) => Measured::Undefined(why),
            None => match outputs.next().flatten() {
                Some(values) if values.iter().all(|value| value.is_finite()) => {
                    Measured::Value(values.into_iter().map(f64::from).collect())
                }
                Some(_) => Measured::Undefined(EmotionReason::Unreadable),
                None => Measured::Undefined(EmotionReason::TooShort),
            },
        };
        Ok(why.into_iter().map(answer).collect())
    }

    fn judge(&self, stretches: &[Vec<f64>], _: bool) -> Vec<Judgement> {
        stretches.iter().map(|values| self.judgement(values)).collect()
    }

    fn release_caches(&mut self) {
        self.network.release_caches();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_of_checkpoints_are_ours_where_they_mean_the_same() {
        let labels = ["neu", "ang", "Happy", "SADNESS", "surprised"].map(str::to_owned);
        let found = classes(&labels, &[0.0; 5]);
        assert_eq!(found, [Some(0.2), None, None, None, Some(0.2), Some(0.2), Some(0.2)]);
        assert_eq!(high_arousal(&found), Some(0.5));
        assert_eq!(high_arousal(&[Some(1.0), None, None, None, None, None, None]), None);
        assert_eq!(classes(&["ang".to_owned()], &[1e6])[0], Some(1.0));
    }
}

//! The embedded model of emotion behind [`EmotionModel`]: linear, over the program's own descriptors. Speech networks stand
//! in [`network`].
//!
//! Made by `reference/train_emotion.py`; the card is `docs/models/emotion-emodb-acoustic.md`.

mod baseline;
mod network;

use baseline::Baseline;
pub use network::SpeechEmotion;
use serde::Deserialize;
use voiceman_base::{
    Digest, EmotionAccuracy, EmotionClass, EmotionCondition, EmotionModelFacts, EmotionReason, Measured, ModelIdentity,
    Precision, UndefinedReason,
};
use voiceman_stages::emotion::descriptors::{DescriptorMeter, LEVEL_DESCRIPTORS, VERSION, names};
use voiceman_stages::emotion::{EmotionModel, Judgement};
use voiceman_stages::network::NetworkError;

/// The model as its script writes it.
const EMBEDDED: &[u8] = include_bytes!("emodb-acoustic-2.json");

/// What it was trained on, as reports say it.
const TRAINED_ON: &str = "acted German speech (EmoDB)";

/// A linear model of emotion.
pub struct AcousticEmotion {
    file: ModelFile,
    identity: ModelIdentity,
    meter: DescriptorMeter,
}

/// A model file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum EmotionModelError {
    /// It is not written as it must be.
    #[error("read the model of emotion")]
    Format(#[from] serde_json::Error),
    /// It is of another version, or its parts do not fit each other.
    #[error("use the model of emotion: {0} does not fit")]
    Shape(&'static str),
}

#[derive(Deserialize)]
struct ModelFile {
    schema: String,
    name: String,
    descriptors: String,
    names: Vec<String>,
    level_descriptors: usize,
    classes: Vec<EmotionClass>,
    /// Standard deviations beyond which a descriptor counts no more.
    clip: f64,
    usual_scale: Vec<f64>,
    least_scale: f64,
    least_others: usize,
    without_baseline: Condition,
    with_baseline: Condition,
}

/// The model of one condition.
#[derive(Deserialize)]
struct Condition {
    classes: Linear,
    /// Low and high arousal by a model of its own.
    arousal: Linear,
    /// What that counts in arousal, in `[0, 1]`; the sum over the classes counts the rest.
    arousal_weight: f64,
    class_threshold: f64,
    arousal_threshold: f64,
    measured: EmotionAccuracy,
}

/// `softmax((weights . clip((x - mean) / deviation) + bias) / temperature)`.
#[derive(Deserialize)]
struct Linear {
    temperature: f64,
    mean: Vec<f64>,
    deviation: Vec<f64>,
    weights: Vec<Vec<f64>>,
    bias: Vec<f64>,
}

impl Linear {
    fn fits(&self, inputs: usize, outputs: usize) -> bool {
        let rows = self.weights.len() == outputs && self.bias.len() == outputs;
        let columns = self.weights.iter().chain([&self.mean, &self.deviation]).all(|row| row.len() == inputs);
        rows && columns && self.temperature > 0.0 && self.deviation.iter().all(|value| *value > 0.0)
    }

    /// Probabilities of the outputs, which sum to 1.
    fn probabilities<const OUTPUTS: usize>(&self, values: &[f64], clip: f64) -> [f64; OUTPUTS] {
        let scaled: Vec<f64> = values
            .iter()
            .zip(&self.mean)
            .zip(&self.deviation)
            .map(|((value, mean), deviation)| ((value - mean) / deviation).clamp(-clip, clip))
            .collect();
        let mut found = [0.0; OUTPUTS];
        for ((slot, row), bias) in found.iter_mut().zip(&self.weights).zip(&self.bias) {
            *slot =
                (row.iter().zip(&scaled).map(|(weight, value)| weight * value).sum::<f64>() + bias) / self.temperature;
        }
        let most = found.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let powers = found.map(|logit| (logit - most).exp());
        let sum: f64 = powers.iter().sum();
        powers.map(|power| power / sum)
    }
}

impl Condition {
    fn fits(&self, inputs: usize) -> bool {
        let weight = (0.0..=1.0).contains(&self.arousal_weight);
        self.classes.fits(inputs, EmotionClass::ALL.len()) && self.arousal.fits(inputs, 2) && weight
    }
}

impl AcousticEmotion {
    /// The model that is part of the program.
    ///
    /// # Errors
    /// When the file does not fit this program, which a test rules out.
    pub fn embedded() -> Result<AcousticEmotion, EmotionModelError> {
        AcousticEmotion::read(EMBEDDED)
    }

    /// Which model that is.
    pub fn identity() -> ModelIdentity {
        identity(EMBEDDED, "emodb-acoustic-2")
    }

    fn read(bytes: &[u8]) -> Result<AcousticEmotion, EmotionModelError> {
        let file: ModelFile = serde_json::from_slice(bytes)?;
        let inputs = file.names.len();
        for (fits, what) in [
            (file.schema == "voiceman.emotion-model/2", "schema"),
            (file.descriptors == VERSION && file.names == names(), "descriptors"),
            (file.level_descriptors == LEVEL_DESCRIPTORS, "level descriptors"),
            (file.classes == EmotionClass::ALL, "classes"),
            (file.usual_scale.len() == inputs && file.usual_scale.iter().all(|scale| *scale > 0.0), "scale"),
            (file.clip > 0.0 && file.least_scale > 0.0 && file.least_others > 0, "limits"),
            (file.without_baseline.fits(inputs - LEVEL_DESCRIPTORS.min(inputs)), "weights without a baseline"),
            (file.with_baseline.fits(inputs), "weights with a baseline"),
        ] {
            if !fits {
                return Err(EmotionModelError::Shape(what));
            }
        }
        let meter = DescriptorMeter::new().ok_or(EmotionModelError::Shape("pitch range"))?;
        let identity = identity(bytes, &file.name);
        Ok(AcousticEmotion { file, identity, meter })
    }

    fn judgement(&self, values: &[f64], condition: EmotionCondition) -> Judgement {
        let model = match condition {
            EmotionCondition::WithBaseline => &self.file.with_baseline,
            EmotionCondition::WithoutBaseline => &self.file.without_baseline,
        };
        let classes: [f64; 7] = model.classes.probabilities(values, self.file.clip);
        let high = EmotionClass::ALL.iter().zip(classes).filter(|(class, _)| class.is_high_arousal());
        let summed: f64 = high.map(|(_, probability)| probability).sum();
        let [_, own] = model.arousal.probabilities(values, self.file.clip);
        Judgement {
            classes: classes.map(Some),
            high_arousal: Some((1.0 - model.arousal_weight) * summed + model.arousal_weight * own),
            dimensions: None,
            condition: Some(condition),
            class_threshold: Some(model.class_threshold),
            arousal_threshold: Some(model.arousal_threshold),
        }
    }
}

fn identity(bytes: &[u8], name: &str) -> ModelIdentity {
    ModelIdentity {
        role: "emotion".to_owned(),
        name: name.to_owned(),
        sha256: Digest::of(bytes),
        precision: Precision::Exact,
        runtime: format!("voiceman {}", env!("CARGO_PKG_VERSION")),
    }
}

impl EmotionModel for AcousticEmotion {
    fn facts(&self) -> EmotionModelFacts {
        EmotionModelFacts {
            model: self.identity.clone(),
            trained_on: TRAINED_ON.to_owned(),
            licence: None,
            without_baseline: Some(self.file.without_baseline.measured),
            with_baseline: Some(self.file.with_baseline.measured),
        }
    }

    fn listen(&mut self, stretches: &[Vec<f32>]) -> Result<Vec<Measured<Vec<f64>, EmotionReason>>, NetworkError> {
        let reason = |why| match why {
            UndefinedReason::TooShort => EmotionReason::TooShort,
            UndefinedReason::Silent => EmotionReason::Silent,
            UndefinedReason::TooFewVoicedFrames => EmotionReason::TooFewVoicedFrames,
            _ => EmotionReason::Unreadable,
        };
        let mut one = |samples: &Vec<f32>| match self.meter.measure(samples) {
            Measured::Value(values) => Measured::Value(values),
            Measured::Undefined(why) => Measured::Undefined(reason(why)),
        };
        Ok(stretches.iter().map(&mut one).collect())
    }

    fn judge(&self, stretches: &[Vec<f64>], same_voice: bool) -> Vec<Judgement> {
        let baseline = match same_voice && stretches.len() > self.file.least_others {
            true => Some(Baseline::new(stretches, &self.file.usual_scale, self.file.least_scale)),
            false => None,
        };
        let own = |values: &Vec<f64>| values[..values.len().saturating_sub(LEVEL_DESCRIPTORS)].to_vec();
        match baseline {
            Some(baseline) => (0..stretches.len())
                .map(|index| self.judgement(&baseline.relative(index), EmotionCondition::WithBaseline))
                .collect(),
            None => {
                stretches.iter().map(|values| self.judgement(&own(values), EmotionCondition::WithoutBaseline)).collect()
            }
        }
    }
}

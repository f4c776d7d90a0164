//! What the stage asks of a model of emotion. Tensors and weights stay on the other side.

use crate::network::NetworkError;
use voiceman_base::{EmotionCondition, EmotionDimensions, EmotionModelFacts, EmotionReason, Measured};

/// Says how speech sounded to it, in two steps: it listens to stretches one by one, then judges those of one voice together.
pub trait EmotionModel: Send {
    /// Which model, what it was trained on, and its measured errors.
    fn facts(&self) -> EmotionModelFacts;

    /// Hears stretches (16 kHz, full scale 1), and gives what it needs of each to judge it; one by one independent of the
    /// others.
    ///
    /// # Errors
    /// When the model cannot be run.
    fn listen(&mut self, stretches: &[Vec<f32>]) -> Result<Vec<Measured<Vec<f64>, EmotionReason>>, NetworkError>;

    /// Judges stretches of one voice in one recording by what [`EmotionModel::listen`] gave. Without `same_voice`
    /// it is not known that they are of one voice, and nothing is compared.
    fn judge(&self, stretches: &[Vec<f64>], same_voice: bool) -> Vec<Judgement>;

    /// Gives back memory that is held without need.
    fn release_caches(&mut self) {}
}

/// What a model says of a stretch. No model tells all of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Judgement {
    /// Probability of each class that it knows, in the order of [`voiceman_base::EmotionClass::ALL`]. What is missing from
    /// 1 it gives to classes of its own that are none of these.
    pub classes: [Option<f64>; 7],
    /// Probability of high arousal.
    pub high_arousal: Option<f64>,
    /// Where the stretch lies on scales.
    pub dimensions: Option<EmotionDimensions>,
    /// What it compared with, if it can compare.
    pub condition: Option<EmotionCondition>,
    /// Probability from which on a class is named, where it was chosen on speakers that the model had not heard.
    pub class_threshold: Option<f64>,
    /// Probability from which on arousal is called high or low, chosen in the same way.
    pub arousal_threshold: Option<f64>,
}

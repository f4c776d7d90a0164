//! What the stage asks of a model of emotion. Tensors and weights stay on the other side.

use crate::network::NetworkError;
use voiceman_base::{EmotionCondition, EmotionModelFacts, EmotionReason, Measured};

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

/// What a model says of a stretch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Judgement {
    /// Probability of each class, in the order of [`voiceman_base::EmotionClass::ALL`]; they sum to 1.
    pub classes: [f64; 7],
    /// Probability of high arousal.
    pub high_arousal: f64,
    /// What it compared with.
    pub condition: EmotionCondition,
    /// Probability from which on a class is named.
    pub class_threshold: f64,
    /// Probability from which on arousal is called high or low.
    pub arousal_threshold: f64,
}

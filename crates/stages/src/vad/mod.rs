//! Voice activity: where someone speaks.
//!
//! A [`SpeechDetector`] gives a speech probability per frame; [`regions`] turns probabilities into a [`SpeechMap`].

mod regions;

pub use regions::regions;

use crate::settings::settings_digest;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use voiceman_audio::Mono16k;
use voiceman_base::{
    BatchShape, Bytes, ClipTime, Cost, Digest, ModelIdentity, Prob, SpeechMap, Stage, StageError, StageErrorKind,
    StageIdentity, Watch,
};

/// Name of the stage.
pub const STAGE: &str = "vad";
/// Samples of one frame: 32 ms at 16 kHz.
pub const FRAME_SAMPLES: usize = 512;
/// Frames asked for at once; 16.4 s.
const BLOCK_FRAMES: usize = 512;

/// A network that hears speech. It carries its state from frame to frame of one recording.
pub trait SpeechDetector: Send {
    /// Which model.
    fn identity(&self) -> ModelIdentity;

    /// Forgets what was heard: a new recording begins.
    fn reset(&mut self);

    /// Speech probabilities of consecutive frames of [`FRAME_SAMPLES`] samples (16 kHz); `samples` holds whole frames.
    ///
    /// # Errors
    /// When the model cannot be run.
    fn hear(&mut self, samples: &[f32]) -> Result<Vec<f32>, Box<dyn std::error::Error + Send + Sync>>;
}

/// Settings of voice activity; all change results.
///
/// Missed speech is lost for good, while silence that is transcribed is flagged: the thresholds are lower than Silero's
/// own (0.5 and 0.35) and the padding is wide. `reference/measure_vad_conditions.py` measured what that gains.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct VadSettings {
    /// Speech begins at this probability.
    pub threshold: Prob,
    /// Speech ends below this probability (hysteresis).
    pub end_threshold: Prob,
    /// Speech shorter than this is dropped, in milliseconds.
    pub min_speech_ms: u32,
    /// A silence this long ends speech, in milliseconds.
    pub min_silence_ms: u32,
    /// Every region is widened by this much on both sides as far as its neighbours allow, in milliseconds.
    pub padding_ms: u32,
    /// A longer region is cut at its longest pause, or where speech was least probable, in seconds.
    pub max_region_s: u32,
}

impl Default for VadSettings {
    fn default() -> VadSettings {
        VadSettings {
            threshold: Prob::saturating(0.3),
            end_threshold: Prob::saturating(0.15),
            min_speech_ms: 250,
            min_silence_ms: 160,
            padding_ms: 400,
            max_region_s: 29,
        }
    }
}

impl VadSettings {
    /// Digest of the settings.
    pub fn digest(&self) -> Digest {
        settings_digest(self)
    }
}

/// What results of this stage depend on, told without loading the model.
pub fn identity(settings: &VadSettings, model: ModelIdentity) -> StageIdentity {
    StageIdentity { id: STAGE, version: 2, settings: settings.digest(), models: vec![model] }
}

/// What voice activity needs of a recording.
pub struct VadInput {
    /// The sound.
    pub audio: Arc<Mono16k>,
}

/// The stage.
pub struct VadStage<D> {
    detector: D,
    settings: VadSettings,
}

impl<D: SpeechDetector> VadStage<D> {
    /// A stage over `detector`.
    pub fn new(detector: D, settings: VadSettings) -> VadStage<D> {
        VadStage { detector, settings }
    }

    fn speech_map(&mut self, audio: &Mono16k, watch: &dyn Watch) -> Result<SpeechMap, StageError> {
        self.detector.reset();
        let block = (BLOCK_FRAMES * FRAME_SAMPLES) as u64;
        let mut probabilities = Vec::with_capacity(audio.len() as usize / FRAME_SAMPLES + 1);
        for start in (0..audio.len()).step_by(block as usize) {
            watch.check().map_err(|_| StageError::cancelled(STAGE))?;
            let samples = audio.read(start..start + block);
            let mut samples = samples.map_err(|error| StageError::new(STAGE, StageErrorKind::ReadSamples, error))?;
            samples.resize(samples.len().next_multiple_of(FRAME_SAMPLES), 0.0);
            let heard = self.detector.hear(&samples);
            probabilities.extend(heard.map_err(|error| StageError::new(STAGE, StageErrorKind::RunModel, error))?);
            watch.progress(ClipTime::from_sample((start + block).min(audio.len()), Mono16k::RATE), audio.duration());
        }
        Ok(regions(&probabilities, audio.duration(), &self.settings))
    }
}

impl<D: SpeechDetector> Stage for VadStage<D> {
    type Input = VadInput;
    type Output = SpeechMap;

    fn identity(&self) -> StageIdentity {
        identity(&self.settings, self.detector.identity())
    }

    fn shape() -> BatchShape {
        BatchShape::recordings(Bytes::mebi(16))
    }

    fn cost(input: &VadInput) -> Cost {
        Cost { items: 1, audio: input.audio.duration() }
    }

    fn run(&mut self, batch: Vec<VadInput>, watch: &dyn Watch) -> Vec<Result<SpeechMap, StageError>> {
        batch.iter().map(|input| self.speech_map(&input.audio, watch)).collect()
    }
}

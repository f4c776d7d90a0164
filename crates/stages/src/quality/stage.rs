//! The quality gate as a stage: what the sound is like, and what may be measured on it, of whom.

use super::{QualitySettings, QualitySettingsError, signal_quality_beside, verdicts};
use std::sync::Arc;
use voiceman_audio::AudioClip;
use voiceman_base::{
    BatchShape, Bytes, Cost, Diarization, Measured, Quality, QualityReason, RecordingQuality, SpeakerQuality,
    SpeechMap, Stage, StageError, StageErrorKind, StageIdentity, Watch,
};

/// Name of the stage.
pub const STAGE: &str = "quality";

/// What results of this stage depend on.
pub fn identity(settings: &QualitySettings) -> StageIdentity {
    StageIdentity { id: STAGE, version: 1, settings: settings.digest(), models: Vec::new() }
}

/// What the quality gate needs of a recording.
pub struct QualityInput {
    /// The sound.
    pub clip: Arc<AudioClip>,
    /// Where someone speaks.
    pub speech: Arc<SpeechMap>,
    /// Who speaks when, if speakers were told apart.
    pub diarization: Option<Arc<Diarization>>,
}

/// The stage.
pub struct QualityStage {
    settings: QualitySettings,
}

impl QualityStage {
    /// A stage with these settings.
    ///
    /// # Errors
    /// When a setting cannot be worked with.
    pub fn new(settings: QualitySettings) -> Result<QualityStage, QualitySettingsError> {
        settings.check()?;
        Ok(QualityStage { settings })
    }

    fn quality(&self, input: &QualityInput, watch: &dyn Watch) -> Result<RecordingQuality, StageError> {
        let signal = signal_quality_beside(&input.clip, &input.speech, watch)
            .map_err(|error| StageError::new(STAGE, StageErrorKind::ReadSamples, error))?;
        // What was measured until then is not what the whole recording is like.
        watch.check().map_err(|_| StageError::cancelled(STAGE))?;
        let facts = input.clip.facts();
        let spoken: Quality<_> = match input.speech.is_empty() {
            true => Measured::Undefined(QualityReason::NoSpeech),
            false => Measured::Value(input.speech.speech_time()),
        };
        let of_all = verdicts(&signal, facts, spoken, &self.settings);
        let speakers = input.diarization.iter().flat_map(|found| &found.speakers).map(|speaker| {
            let net_speech = speaker.speech.saturating_sub(speaker.overlapped);
            let verdicts = verdicts(&signal, facts, Measured::Value(net_speech), &self.settings);
            SpeakerQuality { speaker: speaker.id, net_speech, verdicts }
        });
        let speakers = speakers.collect();
        Ok(RecordingQuality { signal, verdicts: of_all, speakers })
    }
}

impl Stage for QualityStage {
    type Input = QualityInput;
    type Output = RecordingQuality;

    fn identity(&self) -> StageIdentity {
        identity(&self.settings)
    }

    fn shape() -> BatchShape {
        // Two hours at 48 kHz took 21 MB (docs/methods/quality.md).
        BatchShape::recordings(Bytes::mebi(24))
    }

    fn cost(input: &QualityInput) -> Cost {
        Cost { items: 1, audio: input.clip.duration() }
    }

    fn run(&mut self, batch: Vec<QualityInput>, watch: &dyn Watch) -> Vec<Result<RecordingQuality, StageError>> {
        batch.iter().map(|input| self.quality(input, watch)).collect()
    }
}

//! Everything that is known about one recording: what the reports are made from.

use crate::{
    AcousticFeatures, AlignedTranscript, Assessment, Diarization, Digest, EmotionAnalysis, Finding, ModelIdentity,
    PatternHit, RecordingQuality, SourceFacts, SpeechMap,
};
use serde::{Deserialize, Serialize};

/// The results for one recording. Parts whose stage was not asked for are `None`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RecordingAnalysis {
    /// File, container, decoder, warnings.
    pub source: SourceFacts,
    /// Where someone speaks.
    pub speech: Option<SpeechMap>,
    /// What was said.
    pub transcript: Option<AlignedTranscript>,
    /// Who speaks when.
    #[serde(default)]
    pub diarization: Option<Diarization>,
    /// What the sound is like, and what may be measured on it.
    #[serde(default)]
    pub quality: Option<RecordingQuality>,
    /// How it sounded.
    pub acoustics: Option<AcousticFeatures>,
    /// How it sounded to models of emotion.
    #[serde(default)]
    pub emotion: Option<EmotionAnalysis>,
    /// Wording that matters.
    pub patterns: Option<Vec<PatternHit>>,
    /// What a person should listen to.
    pub findings: Option<Vec<Finding>>,
    /// What to hear first.
    pub assessment: Option<Assessment>,
    /// What made all this.
    pub produced_by: ProducedBy,
}

/// Program, settings, models and lexicons behind a result.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProducedBy {
    /// `voiceman`.
    pub tool: String,
    /// Version of the program.
    pub version: String,
    /// Digest of all settings that change results.
    pub settings_sha256: Digest,
    /// Models that were run.
    pub models: Vec<ModelUsed>,
    /// Lexicons that were searched.
    pub lexicons: Vec<LexiconUsed>,
}

/// A model that was run; see [`ModelIdentity`].
pub type ModelUsed = ModelIdentity;

/// A lexicon that was searched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LexiconUsed {
    /// Name, for example `ko`.
    pub name: String,
    /// Version from the file.
    pub version: String,
    /// Digest of the file.
    pub sha256: Digest,
}

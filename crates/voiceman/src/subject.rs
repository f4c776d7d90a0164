//! A recording on its way: what is known of it so far. Every place is filled in once, by the node that it belongs to.

use crate::keys::Keys;
use crate::selection::StageName;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use voiceman_audio::{AudioClip, Mono16k};
use voiceman_base::{
    AcousticFeatures, AlignedTranscript, Assessment, Diarization, EmotionAnalysis, Finding, PatternHit, RecordingKey,
    RecordingQuality, SourceFacts, SpeechMap, StageError, StageErrorKind, Transcript,
};

/// A recording on its way.
pub(crate) struct Subject {
    /// Its number in the run.
    pub(crate) key: RecordingKey,
    /// Where it lies.
    pub(crate) path: PathBuf,
    /// What opening it told.
    pub(crate) opened: OnceLock<Opened>,
    /// What was decoded, where somebody needs it.
    pub(crate) sound: OnceLock<Sound>,
    pub(crate) speech: Place<SpeechMap>,
    pub(crate) transcript: Place<Transcript>,
    pub(crate) words: Place<AlignedTranscript>,
    pub(crate) diarization: Place<Diarization>,
    /// Words with their speakers.
    pub(crate) attributed: Place<AlignedTranscript>,
    pub(crate) quality: Place<RecordingQuality>,
    pub(crate) acoustics: Place<AcousticFeatures>,
    pub(crate) emotion: Place<EmotionAnalysis>,
    pub(crate) patterns: Place<Vec<PatternHit>>,
    pub(crate) findings: Place<Vec<Finding>>,
    pub(crate) assessment: Place<Assessment>,
}

/// Where the result of a stage comes to lie.
pub(crate) type Place<O> = OnceLock<Arc<O>>;

/// What opening a recording told.
pub(crate) struct Opened {
    pub(crate) facts: SourceFacts,
    pub(crate) keys: Keys,
    /// All of its results and files are in the case already.
    pub(crate) nothing_left: bool,
}

/// What was decoded of a recording.
pub(crate) struct Sound {
    pub(crate) clip: Arc<AudioClip>,
    pub(crate) mono: Arc<Mono16k>,
}

impl Subject {
    /// A recording of which only its place is known.
    pub(crate) fn new(key: RecordingKey, path: PathBuf) -> Subject {
        Subject {
            key,
            path,
            opened: OnceLock::new(),
            sound: OnceLock::new(),
            speech: OnceLock::new(),
            transcript: OnceLock::new(),
            words: OnceLock::new(),
            diarization: OnceLock::new(),
            attributed: OnceLock::new(),
            quality: OnceLock::new(),
            acoustics: OnceLock::new(),
            emotion: OnceLock::new(),
            patterns: OnceLock::new(),
            findings: OnceLock::new(),
            assessment: OnceLock::new(),
        }
    }

    /// The 16 kHz view of its sound, for `stage`.
    pub(crate) fn mono(&self, stage: &'static str) -> Result<Arc<Mono16k>, StageError> {
        self.sound.get().map(|sound| Arc::clone(&sound.mono)).ok_or_else(|| missing(stage))
    }

    /// Its sound at its own rate, for `stage`.
    pub(crate) fn clip(&self, stage: &'static str) -> Result<Arc<AudioClip>, StageError> {
        self.sound.get().map(|sound| Arc::clone(&sound.clip)).ok_or_else(|| missing(stage))
    }
}

impl Subject {
    /// Its words, with their speakers where those were told apart, for `stage`.
    pub(crate) fn spoken(&self, stage: &'static str) -> Result<Arc<AlignedTranscript>, StageError> {
        let attributed = self.opened.get().is_some_and(|opened| opened.keys.stage(StageName::Attribute).is_some());
        taken(if attributed { &self.attributed } else { &self.words }, stage)
    }
}

/// The result in a place, for `stage`.
pub(crate) fn taken<O>(place: &Place<O>, stage: &'static str) -> Result<Arc<O>, StageError> {
    place.get().map(Arc::clone).ok_or_else(|| missing(stage))
}

fn missing(stage: &'static str) -> StageError {
    StageError { stage, at: None, kind: StageErrorKind::ReadSamples, source: None }
}

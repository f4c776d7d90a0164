//! What can go wrong with a run, and what can go wrong with one recording of it.

use crate::discover::Unusable;
use crate::layers::SettingsError;
use std::error::Error as StdError;
use std::fmt::Write as _;
use std::time::Duration;
use voiceman_audio::{AudioError, AudioErrorKind};
use voiceman_base::{Bytes, LanguageCode, Precision, StageError, StageErrorKind};
use voiceman_case::CaseError;
use voiceman_infer::store::{StoreError, StoreErrorKind};
use voiceman_infer::{CompileError, DeviceError, InferError, LoadError, VocabularyError};
use voiceman_runtime::{Failure, Panicked};

/// A run could not begin or could not go on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Settings.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The given folders hold nothing that looks like a recording.
    #[error("find a recording in {0}")]
    NoRecording(String),
    /// The case folder.
    #[error(transparent)]
    Case(#[from] CaseError),
    /// Models that are needed are not on this machine.
    #[error("find the models {} on this machine", .0.join(", "))]
    ModelsMissing(Vec<String>),
    /// The model store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The inference library or a graph.
    #[error(transparent)]
    Infer(#[from] InferError),
    /// The device that graphs were to run on.
    #[error(transparent)]
    Device(#[from] DeviceError),
    /// The inference library computes on a GPU that the driver's management library does not show.
    #[error("read temperature and memory of {device}: NVIDIA's management library does not show it")]
    Unwatched {
        /// Which.
        device: voiceman_infer::Device,
    },
    /// Networks of emotion were asked onto a device that the other models do not run on.
    #[error("run networks of emotion on {wanted}: the other models do not run there")]
    SerDevice {
        /// Which.
        wanted: voiceman_infer::Device,
    },
    /// The model compiler.
    #[error(transparent)]
    Compile(#[from] CompileError),
    /// The vocabulary beside a model.
    #[error(transparent)]
    Vocabulary(#[from] VocabularyError),
    /// A model is used for what it is not made for.
    #[error("use model `{model}` to {to}: its role is `{role}`")]
    Role {
        /// Its name.
        model: String,
        /// What was asked of it.
        to: &'static str,
        /// What it is for.
        role: &'static str,
    },
    /// A language was asked for that the model for speech recognition does not know.
    #[error("transcribe `{language}` with model `{model}`, which knows {known}")]
    LanguageUnknown {
        /// The language.
        language: LanguageCode,
        /// The model.
        model: String,
        /// The languages it knows, in words.
        known: String,
    },
    /// The model cannot be compiled at the precision asked for.
    #[error("run model `{model}` at precision `{}`", precision.name())]
    Precision {
        /// The model.
        model: String,
        /// The precision.
        precision: Precision,
    },
    /// A decision names no proposal.
    #[error("decide on proposal `{0}`: there is none of that id")]
    NoProposal(String),
    /// What was proposed and decided before cannot be read.
    #[error("read `links.json` of the case: {0}")]
    Links(String),
    /// The lexicon, or what reads Korean.
    #[error("set up the language stage")]
    Language(#[source] Box<dyn StdError + Send + Sync>),
}

/// What kind of failure; decides the exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// The command line, the settings or the case folder.
    Usage,
    /// Nothing to analyse.
    NoRecording,
    /// A model or the inference library.
    Missing,
    /// A mistake in the program.
    Bug,
}

impl From<LoadError> for Error {
    fn from(error: LoadError) -> Error {
        match error {
            LoadError::Store(error) => Error::Store(error),
            LoadError::Compile(error) => Error::Compile(error),
            LoadError::Vocabulary(error) => Error::Vocabulary(error),
            LoadError::Infer(error) => Error::Infer(error),
            LoadError::Role { model, to, role } => Error::Role { model, to, role },
        }
    }
}

impl Error {
    /// What kind of failure.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Error::Settings(_)
            | Error::Case(_)
            | Error::Role { .. }
            | Error::LanguageUnknown { .. }
            | Error::Precision { .. }
            | Error::NoProposal(_)
            | Error::Links(_) => ErrorKind::Usage,
            Error::Compile(CompileError::Precision(_) | CompileError::NotSpeech(_) | CompileError::NoFile(_)) => {
                ErrorKind::Usage
            }
            Error::NoRecording(_) => ErrorKind::NoRecording,
            Error::Store(error) => match error.kind() {
                StoreErrorKind::Unknown => ErrorKind::Usage,
                StoreErrorKind::Manifest => ErrorKind::Bug,
                _ => ErrorKind::Missing,
            },
            Error::ModelsMissing(_)
            | Error::Infer(_)
            | Error::Device(_)
            | Error::Unwatched { .. }
            | Error::SerDevice { .. }
            | Error::Compile(_)
            | Error::Vocabulary(_)
            | Error::Language(_) => ErrorKind::Missing,
        }
    }

    /// The message with its causes, on one line.
    pub fn sentence(&self) -> String {
        match self {
            Error::Settings(error) => error.to_string(),
            _ => format!("failed to {}", chain(self)),
        }
    }

    /// What the user can do.
    pub fn hint(&self) -> Option<String> {
        match self {
            Error::Settings(error) => Some(error.hint()),
            Error::NoRecording(_) => {
                Some("name the files themselves: named files are taken whatever they are called".into())
            }
            Error::Case(error) => Some(error.hint()),
            Error::ModelsMissing(names) => Some(format!("run `voiceman models pull {}`", names.join(" "))),
            Error::Store(error) => error.hint(),
            Error::Infer(_) => Some("run `voiceman doctor`; it says what is missing and how to get it".into()),
            Error::Device(error) => Some(error.hint()),
            Error::Unwatched { .. } => Some(
                "install the whole driver, `libnvidia-ml.so.1` included; without it nobody watches the GPU's heat"
                    .into(),
            ),
            Error::Compile(CompileError::Precision(_)) => {
                Some("set `models.precision` to `weights8` or `float32`, or take `--device cuda`".into())
            }
            Error::SerDevice { wanted } => Some(format!(
                "take `--device {wanted}` for all models, or set `run.ser_device` (SER_DEVICE) to `auto` or `cpu`"
            )),
            Error::Compile(CompileError::NotSpeech(_) | CompileError::NoFile(_)) => {
                Some("docs/methods/emotion.md says which checkpoints can be used, and with which files".into())
            }
            Error::Compile(_) | Error::Vocabulary(_) => {
                Some("run `voiceman models verify`; pull a model again whose digest is wrong".into())
            }
            Error::LanguageUnknown { .. } => {
                Some("give one of its languages as a code of two or three letters, or leave `--language` out".into())
            }
            Error::NoProposal(_) => Some("`voiceman link CASE` lists the proposals, each with its id".into()),
            Error::Links(_) => {
                Some("move the file out of the case to begin anew; the decisions in it are not taken over then".into())
            }
            Error::Precision { .. } => Some("set `models.precision` to `weights8` or `float32`".into()),
            Error::Role { .. } => Some("`voiceman models list` shows the role of every model".into()),
            Error::Language(_) => {
                Some("run `voiceman models verify`, and install voiceman again if that finds nothing".into())
            }
        }
    }
}

/// One recording could not be analysed; the others are.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RecordingError {
    /// It is no file that could be a recording.
    #[error(transparent)]
    Unusable(#[from] Unusable),
    /// It could not be decoded.
    #[error(transparent)]
    Audio(#[from] AudioError),
    /// A stage failed.
    #[error(transparent)]
    Stage(#[from] StageError),
    /// Its results could not be stored.
    #[error(transparent)]
    Case(#[from] CaseError),
    /// A stage could not be set up; this ends the run.
    #[error(transparent)]
    Setup(Box<Error>),
    /// The case holds no analysis of it that this program reads.
    #[error("measure `{0}`: the case holds no analysis of it that this version of the program reads")]
    NoAnalysis(String),
    /// The original is not there as it was analysed.
    #[error("measure `{0}`: it is not the sound that was analysed")]
    OtherSound(String),
    /// There was not enough memory for it on any device.
    #[error("{stage}: get {needed} of memory")]
    NoMemory {
        /// Which stage.
        stage: &'static str,
        /// How much it asked for in vain.
        needed: Bytes,
    },
    /// A stage did not come to an end.
    #[error("{stage}: come to an end within {} s", limit.as_secs())]
    Stuck {
        /// Which stage.
        stage: &'static str,
        /// How long it was given.
        limit: Duration,
    },
    /// The device stopped answering, and no other can do it.
    #[error("{stage}: reach the device it ran on")]
    DeviceLost {
        /// Which stage.
        stage: &'static str,
    },
    /// A mistake in the program.
    #[error(transparent)]
    Panic(#[from] Panicked),
}

impl From<Failure<RecordingError>> for RecordingError {
    fn from(failure: Failure<RecordingError>) -> RecordingError {
        match failure {
            Failure::Error(error) => error,
            Failure::Panic(panicked) => RecordingError::Panic(panicked),
            Failure::OutOfMemory { stage, needed } => RecordingError::NoMemory { stage, needed },
            Failure::Stuck { stage, limit } => RecordingError::Stuck { stage, limit },
            Failure::DeviceLost { stage } => RecordingError::DeviceLost { stage },
        }
    }
}

impl RecordingError {
    /// Whether it is no failure but an interruption.
    pub(crate) fn is_cancelled(&self) -> bool {
        match self {
            RecordingError::Stage(error) => error.kind == StageErrorKind::Cancelled,
            RecordingError::Audio(error) => *error.kind() == AudioErrorKind::Cancelled,
            _ => false,
        }
    }

    /// What the user can do.
    pub fn hint(&self) -> Option<String> {
        match self {
            // The message says it.
            RecordingError::Unusable(_) => None,
            RecordingError::Audio(error) => Some(error.hint()),
            RecordingError::Stage(_) => {
                Some("run it again; if it fails again, please report it with `voiceman doctor`".into())
            }
            RecordingError::NoMemory { .. } => {
                Some("close other programs, or give the run more with --memory, and run it again".into())
            }
            RecordingError::NoAnalysis(_) => Some("run `voiceman analyze` on the case again".into()),
            RecordingError::OtherSound(_) => {
                Some("bring the original back to its place, or analyse what is there now".into())
            }
            RecordingError::Stuck { .. } => {
                Some("run it again; where the machine is only slow, raise run.stage_limit_s".into())
            }
            RecordingError::DeviceLost { .. } => {
                Some("look at the machine with `voiceman doctor`, or run it again with --device cpu".into())
            }
            RecordingError::Case(error) => Some(error.hint()),
            RecordingError::Setup(error) => error.hint(),
            RecordingError::Panic(_) => {
                Some("this is a mistake in voiceman; please report it with the recording's format".into())
            }
        }
    }

    /// The message with its causes and what to do, on one line.
    pub fn with_hint(&self) -> String {
        let mut text = match self {
            RecordingError::Unusable(_) | RecordingError::Panic(_) => self.to_string(),
            RecordingError::Setup(error) => error.sentence(),
            _ => format!("failed to {}", chain(self)),
        };
        if let Some(hint) = self.hint() {
            let _ = write!(text, "; {hint}");
        }
        crate::shown(std::path::Path::new(&text))
    }
}

/// An error and what caused it, on one line. Words that a message repeats from its cause are said once.
pub(crate) fn chain(error: &dyn StdError) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let words = error.to_string();
        if !text.contains(&words) {
            // Writing to a string cannot fail.
            let _ = write!(text, ": {words}");
        }
        cause = error.source();
    }
    text
}

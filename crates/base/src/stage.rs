//! What a stage is: a synchronous function object from typed values to typed values.

use crate::{Bytes, ClipTime, Digest, Span};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Everything about a stage that can change its results.
#[derive(Clone, Debug, PartialEq)]
pub struct StageIdentity {
    /// Name, for example `vad`.
    pub id: &'static str,
    /// Raised whenever the code gives other results for the same input and settings.
    pub version: u32,
    /// Digest of the settings that change results, and only of those.
    pub settings: Digest,
    /// Models used.
    pub models: Vec<ModelIdentity>,
}

/// Which weights, at which precision, run by which inference library.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelIdentity {
    /// What the model does, for example `stt`.
    pub role: String,
    /// Name in the model manifest.
    pub name: String,
    /// Digest of the published weights.
    pub sha256: Digest,
    /// Numeric precision of the compiled graph.
    pub precision: Precision,
    /// Inference library and version, for example `onnxruntime 1.31.1`.
    pub runtime: String,
}

/// Numeric precision of a model's weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Precision {
    /// 32-bit floating point throughout.
    Float32,
    /// 16-bit floating point, sums in 32 bit; for accelerators.
    Float16,
    /// 8-bit weights in blocks, 32-bit floating-point activations.
    Weights8,
    /// As published, nothing rounded: dictionaries and other tables. No precision of a network.
    Exact,
}

impl Precision {
    /// The name used in files and settings.
    pub fn name(self) -> &'static str {
        match self {
            Precision::Float32 => "float32",
            Precision::Float16 => "float16",
            Precision::Weights8 => "weights8",
            Precision::Exact => "exact",
        }
    }
}

/// What a stage makes its batches of, and what an item takes until that has been measured on this machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchShape {
    /// What is counted, for example `window` or `recording`.
    pub item: &'static str,
    /// Items in a batch where nothing else is known, and most on a processor: more than that only keeps an accelerator
    /// busy.
    pub default: usize,
    /// Fewest items that are worth a batch; one or more.
    pub min: usize,
    /// Most items that are worth having at once on an accelerator.
    pub max: usize,
    /// Memory of a batch whatever is in it, beyond what the loaded model holds.
    pub memory_fixed: Bytes,
    /// Memory of one item while it is worked on, besides.
    pub memory_per_item: Bytes,
}

impl BatchShape {
    /// Memory of a batch of `items`.
    pub fn memory(&self, items: usize) -> Bytes {
        let all = self.memory_per_item.get().saturating_mul(items as u64);
        Bytes::new(all.saturating_add(self.memory_fixed.get()))
    }

    /// A stage that takes one recording after another; each needs `memory`.
    pub const fn recordings(memory: Bytes) -> BatchShape {
        BatchShape {
            item: "recording",
            default: 1,
            min: 1,
            max: 1,
            memory_fixed: Bytes::new(0),
            memory_per_item: memory,
        }
    }
}

/// What one recording asks of a stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    /// Items of the stage's [`BatchShape`].
    pub items: usize,
    /// Sound that is worked through.
    pub audio: ClipTime,
}

/// Lets a running stage tell how far it is, learn that it should stop, and how much it may do at once.
pub trait Watch: Sync {
    /// `done` of `total` sound has been worked through. Cheap; call it as often as you like.
    fn progress(&self, done: ClipTime, total: ClipTime);

    /// Whether the user asked to stop.
    fn is_cancelled(&self) -> bool;

    /// Asks for leave to begin a batch of at most `wanted` items, and gives how many may be in it: from 1 to `wanted`,
    /// which must not be 0. Waits while the device has to cool down. Results must not depend on the answer.
    ///
    /// # Errors
    /// [`Cancelled`] when the user asked to stop, also while waiting.
    fn next_batch(&self, wanted: usize) -> Result<usize, Cancelled> {
        self.check().map(|()| wanted)
    }

    /// Returns early with [`Cancelled`] when the user asked to stop.
    fn check(&self) -> Result<(), Cancelled> {
        if self.is_cancelled() { Err(Cancelled) } else { Ok(()) }
    }
}

/// Nobody watches, and nobody asks to stop.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unwatched;

impl Watch for Unwatched {
    fn progress(&self, _done: ClipTime, _total: ClipTime) {}

    fn is_cancelled(&self) -> bool {
        false
    }
}

/// The user asked to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("interrupted")]
pub struct Cancelled;

/// A stage: owns no thread, queue, path or device. The runtime takes the lease, forms the batch and calls it.
pub trait Stage: Send {
    /// What one recording hands in.
    type Input: Send;
    /// What one recording gets back.
    type Output: Send;

    /// What results depend on besides the input.
    fn identity(&self) -> StageIdentity;

    /// How its work is divided; known without its models.
    fn shape() -> BatchShape
    where
        Self: Sized;

    /// What `input` asks of it; known without its models.
    fn cost(input: &Self::Input) -> Cost
    where
        Self: Sized;

    /// Gives back memory that is held without need, such as a model's caches.
    fn release_caches(&mut self) {}

    /// Works on a batch; one result per input, in the same order. An error concerns its recording alone.
    fn run(&mut self, batch: Vec<Self::Input>, watch: &dyn Watch) -> Vec<Result<Self::Output, StageError>>;
}

/// A stage failed on one recording.
#[derive(Debug, thiserror::Error)]
#[error("{stage}{}: {kind}", at.map(|at| format!(" at {at}")).unwrap_or_default())]
pub struct StageError {
    /// Stage that failed.
    pub stage: &'static str,
    /// Where in the recording, if that is known.
    pub at: Option<Span>,
    /// What kind of failure.
    pub kind: StageErrorKind,
    /// The failure underneath.
    #[source]
    pub source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// Kinds of failure of a stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StageErrorKind {
    /// The decoded samples could not be read back (scratch storage).
    ReadSamples,
    /// The model could not be run.
    RunModel,
    /// The model gave something that cannot be right, for example not-a-number everywhere.
    BadModelOutput,
    /// There was not enough memory. A smaller batch, or another device, may do.
    OutOfMemory,
    /// The device stopped answering.
    DeviceLost,
    /// The user asked to stop.
    Cancelled,
}

impl fmt::Display for StageErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            StageErrorKind::ReadSamples => "read the decoded samples back",
            StageErrorKind::RunModel => "run the model",
            StageErrorKind::BadModelOutput => "make sense of the model's output",
            StageErrorKind::OutOfMemory => "get enough memory",
            StageErrorKind::DeviceLost => "reach the device",
            StageErrorKind::Cancelled => "finish, because it was interrupted",
        })
    }
}

impl StageError {
    /// A failure of `stage` with its cause.
    pub fn new(
        stage: &'static str,
        kind: StageErrorKind,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> StageError {
        StageError { stage, at: None, kind, source: Some(source.into()) }
    }

    /// `stage` was interrupted.
    pub fn cancelled(stage: &'static str) -> StageError {
        StageError { stage, at: None, kind: StageErrorKind::Cancelled, source: None }
    }

    /// Says where in the recording it happened.
    pub fn at(mut self, span: Span) -> StageError {
        self.at = Some(span);
        self
    }
}

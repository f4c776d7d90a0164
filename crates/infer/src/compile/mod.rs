//! The model compiler: from a published checkpoint to ONNX graphs with fused operators.
//!
//! Compiled graphs are cached in a folder named by the digest of the weights, the precision, the version of this
//! compiler and the version of the inference library. A folder appears whole or not at all.

mod accelerator;
mod cache;
mod campplus;
mod differences;
mod graph;
mod network;
mod quantize;
mod segmentation;
mod speech;
mod whisper;

pub(crate) use accelerator::{buffer_names, held_name};
pub(crate) use cache::COMPILER_VERSION;
pub use campplus::EmbeddingShape;
pub(crate) use differences::EmbeddingDifferences;
pub(crate) use graph::matrix_product;
pub use segmentation::SegmentationShape;
pub use speech::{RelativePositions, SpeechFile, SpeechOutputs, SpeechShape, SpeechSource, compile_speech};
pub use whisper::WhisperShape;
pub(crate) use whisper::{cross_name, new_name, past_name};

use crate::checkpoint::{Checkpoint, CheckpointError, read_ctranslate2, read_pytorch};
use crate::device::Device;
use cache::{Compiled, Graphs, Origin, WeightFile, compiled, graph_file, read};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use voiceman_base::{Digest, Precision};
use whisper::WhisperCompiler;

/// A checkpoint could not be compiled.
#[derive(Debug, thiserror::Error)]
pub enum CompileError {
    /// The checkpoint is damaged or lacks something.
    #[error(transparent)]
    Checkpoint(CheckpointError),
    /// The checkpoint is not that of a Whisper network.
    #[error("compile the checkpoint as a Whisper network: {0}")]
    NotWhisper(&'static str),
    /// The checkpoint is not that of a speech network with a head for emotion.
    #[error("compile the checkpoint as a speech network: {0}")]
    NotSpeech(&'static str),
    /// A file of the checkpoint is not there.
    #[error("compile the checkpoint as a speech network: `{0}` is not among its files")]
    NoFile(&'static str),
    /// There are no such graphs.
    #[error("compile the checkpoint at precision `{}`: that one is for accelerators", .0.name())]
    Precision(Precision),
    /// A file could not be read.
    #[error("read `{path}`")]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The configuration beside the checkpoint is not what it should be.
    #[error("read the settings in `{path}`")]
    Config {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
    /// The weights are not those that were asked for.
    #[error("compile `{path}`: its digest is {found}, not {wanted}")]
    Digest {
        /// Which file.
        path: PathBuf,
        /// Digest of what lies there.
        found: Digest,
        /// Digest in the manifest.
        wanted: Digest,
    },
    /// Compiled files could not be written.
    #[error("write compiled graphs")]
    Write(#[from] io::Error),
}

/// What compiled graphs are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// The processor, with our own kernels for attention.
    Processor,
    /// A GPU, or whatever else ONNX Runtime's own operators run on; the processor too, more slowly.
    Accelerator,
}

impl Target {
    /// The graphs that are made for `device`.
    pub fn of(device: Device) -> Target {
        match device {
            Device::Cpu => Target::Processor,
            Device::Cuda(_) => Target::Accelerator,
        }
    }
}

/// Where a Whisper checkpoint lies and where its graphs go.
pub struct WhisperSource<'a> {
    /// `model.bin` of CTranslate2.
    pub model: &'a Path,
    /// `config.json` beside it, which names the alignment heads.
    pub config: &'a Path,
    /// Digest of `model`.
    pub sha256: Digest,
    /// Folder of all compiled graphs.
    pub compiled: &'a Path,
    /// Version of the inference library, see [`crate::Runtime::version`].
    pub runtime: &'a str,
}

#[derive(Deserialize)]
struct Config {
    #[serde(default)]
    alignment_heads: Vec<(usize, usize)>,
}

/// Compiled graphs on disk.
#[derive(Clone, Debug)]
pub struct CompiledWhisper {
    /// Folder that holds them.
    pub folder: PathBuf,
    /// Dimensions.
    pub shape: WhisperShape,
    /// Whether they were there already.
    pub cached: bool,
}

impl CompiledWhisper {
    /// File of the graph `name`: `encoder`, `decoder` or `align`; for accelerators also `windows` and `rows`.
    pub fn graph(&self, name: &str) -> PathBuf {
        self.folder.join(graph_file(name))
    }
}

/// Compiles a Whisper checkpoint, or finds what was compiled earlier.
///
/// # Errors
/// See [`CompileError`].
pub fn compile_whisper(
    source: &WhisperSource<'_>,
    precision: Precision,
    target: Target,
) -> Result<CompiledWhisper, CompileError> {
    if target == Target::Processor && precision == Precision::Float16 {
        return Err(CompileError::Precision(precision));
    }
    let variant = match target {
        Target::Processor => "",
        Target::Accelerator => "-accelerator",
    };
    let &WhisperSource { model, config, sha256, compiled: place, runtime } = source;
    let origin = Origin { model, sha256, compiled: place, runtime, precision, variant };
    let Compiled { folder, shape, cached } = compiled(&origin, |bytes, weights| {
        let config: Config = serde_json::from_slice(&read(config)?)
            .map_err(|error| CompileError::Config { path: config.to_owned(), source: error })?;
        let checkpoint = read_ctranslate2(&bytes)?;
        drop(bytes);
        let shape = WhisperShape::of(&checkpoint, config.alignment_heads)?;
        let mut compiler = WhisperCompiler { checkpoint: &checkpoint, shape: &shape, precision, weights };
        let graphs = graphs(&mut compiler, target)?;
        Ok((shape, graphs))
    })?;
    Ok(CompiledWhisper { folder, shape, cached })
}

/// The graphs for `target` with their names.
fn graphs<W: Write>(
    compiler: &mut WhisperCompiler<'_, W>,
    target: Target,
) -> Result<Vec<(&'static str, Vec<u8>)>, CompileError> {
    let aligns = !compiler.shape.alignment_heads.is_empty();
    let mut graphs = match target {
        Target::Processor => vec![("encoder", compiler.encoder()?), ("decoder", compiler.decoder()?)],
        Target::Accelerator => vec![
            ("encoder", compiler.accelerated_encoder()?),
            ("decoder", compiler.accelerated_decoder()?),
            ("windows", compiler.take_windows()),
            ("rows", compiler.take_rows()),
        ],
    };
    if aligns {
        let align = match target {
            Target::Processor => compiler.align()?,
            Target::Accelerator => compiler.accelerated_align()?,
        };
        graphs.push(("align", align));
    }
    Ok(graphs)
}

/// Where a speaker network's state dictionary lies and where its graph goes.
pub struct SpeakerSource<'a> {
    /// Checkpoint of PyTorch.
    pub model: &'a Path,
    /// Its digest.
    pub sha256: Digest,
    /// Folder of all compiled graphs.
    pub compiled: &'a Path,
    /// Version of the inference library, see [`crate::Runtime::version`].
    pub runtime: &'a str,
}

/// A compiled network of one graph.
#[derive(Clone, Debug)]
pub struct CompiledNetwork<S> {
    /// File of the graph.
    pub graph: PathBuf,
    /// Dimensions.
    pub shape: S,
    /// Whether it was there already.
    pub cached: bool,
}

/// Compiles a speaker segmentation network of pyannote's layout at float32, or finds what was compiled earlier.
///
/// # Errors
/// See [`CompileError`].
pub fn compile_segmentation(source: &SpeakerSource<'_>) -> Result<CompiledNetwork<SegmentationShape>, CompileError> {
    compile_speaker(source, "", segmentation::segmentation)
}

/// Compiles a CAM++ speaker embedding network at float32, or finds what was compiled earlier.
///
/// # Errors
/// See [`CompileError`].
pub fn compile_campplus(source: &SpeakerSource<'_>) -> Result<CompiledNetwork<EmbeddingShape>, CompileError> {
    compile_speaker(source, "", campplus::campplus)
}

/// The same network with `differences` added to some of its weights ([`EmbeddingDifferences`]).
///
/// # Errors
/// See [`CompileError`]; also when the differences are of another network.
pub(crate) fn compile_campplus_with(
    source: &SpeakerSource<'_>,
    differences: &EmbeddingDifferences<'_>,
) -> Result<CompiledNetwork<EmbeddingShape>, CompileError> {
    let variant = format!("-{}", Digest::of(differences.float16));
    compile_speaker(source, &variant, |checkpoint, weights| {
        campplus::campplus(&differences.added(checkpoint)?, weights)
    })
}

fn compile_speaker<S: Serialize + DeserializeOwned>(
    source: &SpeakerSource<'_>,
    variant: &str,
    template: impl FnOnce(&Checkpoint, &mut WeightFile) -> Result<Graphs<S>, CompileError>,
) -> Result<CompiledNetwork<S>, CompileError> {
    let &SpeakerSource { model, sha256, compiled: place, runtime } = source;
    let origin = Origin { model, sha256, compiled: place, runtime, precision: Precision::Float32, variant };
    let Compiled { folder, shape, cached } =
        compiled(&origin, |bytes, weights| template(&read_pytorch(&bytes)?, weights))?;
    Ok(CompiledNetwork { graph: folder.join(graph_file("network")), shape, cached })
}

#[cfg(test)]
mod tests;

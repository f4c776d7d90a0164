//! The model compiler: from a published checkpoint to ONNX graphs with fused operators.
//!
//! Compiled graphs are cached in a folder named by the digest of the weights, the precision, the version of this
//! compiler and the version of the inference library. A folder appears whole or not at all.

mod accelerator;
mod graph;
mod quantize;
mod whisper;

pub(crate) use accelerator::{buffer_names, held_name};
pub(crate) use graph::matrix_product;
pub use whisper::WhisperShape;
pub(crate) use whisper::{cross_name, new_name, past_name};

use crate::checkpoint::{CheckpointError, read_ctranslate2};
use crate::device::Device;
use graph::Weights;
use serde::Deserialize;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use voiceman_base::{Digest, Precision};
use whisper::WhisperCompiler;

/// Raised whenever the compiler writes other graphs for the same checkpoint.
pub(crate) const COMPILER_VERSION: u32 = 2;
const SHAPE_FILE: &str = "shape.json";
const WEIGHTS_FILE: &str = "weights.bin";

/// A checkpoint could not be compiled.
#[derive(Debug, thiserror::Error)]
pub enum CompileError {
    /// The checkpoint is damaged or lacks something.
    #[error(transparent)]
    Checkpoint(CheckpointError),
    /// The checkpoint is not that of a Whisper network.
    #[error("compile the checkpoint as a Whisper network: {0}")]
    NotWhisper(&'static str),
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
        self.folder.join(format!("{name}.onnx"))
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
    let runtime: String =
        source.runtime.chars().map(|c| if c.is_ascii_alphanumeric() || c == '.' { c } else { '-' }).collect();
    let suffix = match target {
        Target::Processor => "",
        Target::Accelerator => "-accelerator",
    };
    let name = format!("{}-{}-v{COMPILER_VERSION}-{runtime}{suffix}", source.sha256, precision.name());
    let folder = source.compiled.join(name);
    let shape_file = folder.join(SHAPE_FILE);
    if let Ok(text) = fs::read_to_string(&shape_file) {
        let config_error = |source| CompileError::Config { path: shape_file.clone(), source };
        let shape = serde_json::from_str(&text).map_err(config_error)?;
        return Ok(CompiledWhisper { folder, shape, cached: true });
    }
    let read = |path: &Path| fs::read(path).map_err(|source| CompileError::Read { path: path.to_owned(), source });
    let config: Config = serde_json::from_slice(&read(source.config)?)
        .map_err(|error| CompileError::Config { path: source.config.to_owned(), source: error })?;
    let bytes = read(source.model)?;
    let found = Digest::of(&bytes);
    if found != source.sha256 {
        return Err(CompileError::Digest { path: source.model.to_owned(), found, wanted: source.sha256 });
    }
    let checkpoint = read_ctranslate2(&bytes)?;
    drop(bytes);
    let shape = WhisperShape::of(&checkpoint, config.alignment_heads)?;
    fs::create_dir_all(source.compiled)?;
    let scratch = tempfile::tempdir_in(source.compiled)?;
    let weights = BufWriter::with_capacity(1 << 20, File::create(scratch.path().join(WEIGHTS_FILE))?);
    let weights = Weights::new(WEIGHTS_FILE, weights);
    let mut compiler = WhisperCompiler { checkpoint: &checkpoint, shape: &shape, precision, weights };
    for (name, graph) in graphs(&mut compiler, target)? {
        write(&scratch.path().join(format!("{name}.onnx")), &graph)?;
    }
    compiler.weights.finish()?.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
    // The shape is written last and its presence means that the folder is whole.
    write(&scratch.path().join(SHAPE_FILE), &serde_json::to_vec_pretty(&shape).map_err(io::Error::from)?)?;
    match fs::rename(scratch.path(), &folder) {
        Ok(()) => {
            let _moved_away = scratch.keep();
        }
        // Another process was faster; its result is the same.
        Err(_) if shape_file.exists() => {}
        Err(error) => return Err(CompileError::Write(error)),
    }
    Ok(CompiledWhisper { folder, shape, cached: false })
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

fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

#[cfg(test)]
mod tests;

//! Compiled graphs on disk: a folder named by what they were made from, which appears whole or not at all.

use super::CompileError;
use super::graph::Weights;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use voiceman_base::{Digest, Precision};

/// Raised whenever the compiler writes other graphs for the same checkpoint.
pub(crate) const COMPILER_VERSION: u32 = 2;
const SHAPE_FILE: &str = "shape.json";
const WEIGHTS_FILE: &str = "weights.bin";

/// Weights that are being written.
pub(super) type WeightFile = Weights<BufWriter<File>>;

/// A network's dimensions, and its graphs by name.
pub(super) type Graphs<S> = (S, Vec<(&'static str, Vec<u8>)>);

/// What graphs are made from, and where they go.
pub(super) struct Origin<'a> {
    /// Checkpoint file.
    pub(super) model: &'a Path,
    /// Its digest.
    pub(super) sha256: Digest,
    /// Folder of all compiled graphs.
    pub(super) compiled: &'a Path,
    /// Version of the inference library.
    pub(super) runtime: &'a str,
    /// Precision of the weights.
    pub(super) precision: Precision,
    /// Distinguishes graphs of the same checkpoint; empty or starting with a hyphen.
    pub(super) variant: &'a str,
}

/// What names a folder of graphs, and where it lies.
pub(super) struct Key<'a> {
    /// Digest of what they are made from.
    pub(super) sha256: Digest,
    /// Folder of all compiled graphs.
    pub(super) compiled: &'a Path,
    /// Version of the inference library.
    pub(super) runtime: &'a str,
    /// Precision of the weights.
    pub(super) precision: Precision,
    /// Distinguishes graphs of the same checkpoint; empty or starting with a hyphen.
    pub(super) variant: &'a str,
}

/// What lies in a folder of graphs.
pub(super) struct Compiled<S> {
    pub(super) folder: PathBuf,
    pub(super) shape: S,
    /// Whether it was there already.
    pub(super) cached: bool,
}

/// Graphs that were compiled earlier, or those that `build` makes of the checkpoint's bytes.
pub(super) fn compiled<S: Serialize + DeserializeOwned>(
    origin: &Origin<'_>,
    build: impl FnOnce(Vec<u8>, &mut WeightFile) -> Result<Graphs<S>, CompileError>,
) -> Result<Compiled<S>, CompileError> {
    let &Origin { model, sha256, compiled, runtime, precision, variant } = origin;
    compiled_with(&Key { sha256, compiled, runtime, precision, variant }, |weights| {
        let bytes = read(model)?;
        let found = Digest::of(&bytes);
        if found != sha256 {
            return Err(CompileError::Digest { path: model.to_owned(), found, wanted: sha256 });
        }
        build(bytes, weights)
    })
}

/// Graphs that were compiled earlier, or those that `build` makes.
pub(super) fn compiled_with<S: Serialize + DeserializeOwned>(
    key: &Key<'_>,
    build: impl FnOnce(&mut WeightFile) -> Result<Graphs<S>, CompileError>,
) -> Result<Compiled<S>, CompileError> {
    let Key { sha256, precision, variant, .. } = key;
    let runtime: String =
        key.runtime.chars().map(|c| if c.is_ascii_alphanumeric() || c == '.' { c } else { '-' }).collect();
    let name = format!("{sha256}-{}-v{COMPILER_VERSION}-{runtime}{variant}", precision.name());
    let folder = key.compiled.join(name);
    let shape_file = folder.join(SHAPE_FILE);
    if let Ok(text) = fs::read_to_string(&shape_file) {
        let config_error = |source| CompileError::Config { path: shape_file.clone(), source };
        let shape = serde_json::from_str(&text).map_err(config_error)?;
        return Ok(Compiled { folder, shape, cached: true });
    }
    fs::create_dir_all(key.compiled)?;
    let scratch = tempfile::tempdir_in(key.compiled)?;
    let weights = BufWriter::with_capacity(1 << 20, File::create(scratch.path().join(WEIGHTS_FILE))?);
    let mut weights = Weights::new(WEIGHTS_FILE, weights);
    let (shape, graphs) = build(&mut weights)?;
    for (name, graph) in graphs {
        write(&scratch.path().join(graph_file(name)), &graph)?;
    }
    weights.finish()?.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
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
    Ok(Compiled { folder, shape, cached: false })
}

/// Name of the file of the graph `name`.
pub(super) fn graph_file(name: &str) -> String {
    format!("{name}.onnx")
}

pub(super) fn read(path: &Path) -> Result<Vec<u8>, CompileError> {
    fs::read(path).map_err(|source| CompileError::Read { path: path.to_owned(), source })
}

fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

//! ONNX Runtime behind two types: [`Session`] and [`Tensor`]. No type of the inference library leaves this crate.

use crate::device::{self, Device};
use crate::kernels;
use ort::session::{SessionInputValue, builder::GraphOptimizationLevel};
use ort::value::{DynValue, TensorRef};
use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use voiceman_stages::network::{NetworkError, NoDevice, NoMemory};

/// The lowest version of the inference library's interface that is accepted: 1.24.
pub const LOWEST_RUNTIME: &str = "1.24";

/// Session setting that says where a graph's weight file may lie; without it only the working folder is allowed.
const WEIGHTS_FOLDER_KEY: &str = "session.model_external_initializers_file_folder_path";

/// Something went wrong in the inference library.
#[derive(Debug, thiserror::Error)]
pub enum InferError {
    /// The library is missing, damaged or of another version.
    #[error("load the inference library `{path}`: {detail}")]
    Library {
        /// Where it was looked for.
        path: PathBuf,
        /// What the loader says.
        detail: String,
    },
    /// A graph could not be loaded.
    #[error("load the graph `{graph}`: {detail}")]
    Load {
        /// Name of the graph.
        graph: String,
        /// What the library says.
        detail: String,
    },
    /// A graph failed while running.
    #[error("run the graph `{graph}` on inputs {inputs}: {detail}")]
    Run {
        /// Name of the graph.
        graph: String,
        /// Names and shapes of the inputs.
        inputs: String,
        /// What the library says.
        detail: String,
    },
    /// A tensor does not hold what was expected.
    #[error("read tensor `{tensor}`: {detail}")]
    Tensor {
        /// Its name or shape.
        tensor: String,
        /// What is wrong.
        detail: String,
    },
}

impl InferError {
    /// Whether it was for want of memory: of the processor's, which the library names in its own words, or of a device's; for
    /// what a graph computes, or for buffers that are bound to it.
    pub fn is_out_of_memory(&self) -> bool {
        let (InferError::Run { detail, .. } | InferError::Tensor { detail, .. }) = self else { return false };
        let detail = detail.to_ascii_lowercase();
        ["failed to allocate memory", "bad_alloc", "out of memory", "cudaerrormemoryallocation"]
            .iter()
            .any(|words| detail.contains(words))
    }

    /// Whether the device has stopped answering.
    pub fn is_device_lost(&self) -> bool {
        let InferError::Run { detail, .. } = self else { return false };
        let detail = detail.to_ascii_lowercase();
        [
            "device-side assert",
            "device is lost",
            "an illegal memory access",
            "cudaerrordevicesunavailable",
            "unspecified launch failure",
        ]
        .iter()
        .any(|words| detail.contains(words))
    }
}

/// An error of a graph in the words of the stage that asked, which must know whether a smaller batch may help.
pub(crate) fn network_error(error: InferError) -> NetworkError {
    if error.is_out_of_memory() {
        Box::new(NoMemory(error.to_string()))
    } else if error.is_device_lost() {
        Box::new(NoDevice(error.to_string()))
    } else {
        Box::new(error)
    }
}

/// The loaded inference library. One per process; cheap to clone.
#[derive(Clone)]
pub struct Runtime {
    inner: Arc<RuntimeInner>,
}

struct RuntimeInner {
    environment: ort::environment::Environment,
    path: PathBuf,
    version: String,
}

static RUNTIME: OnceLock<Result<Runtime, String>> = OnceLock::new();

impl Runtime {
    /// Loads the library at `path`, once per process; later calls give the one that is loaded.
    ///
    /// # Errors
    /// When it cannot be loaded or is older than [`LOWEST_RUNTIME`].
    pub fn load(path: &Path) -> Result<Runtime, InferError> {
        let loaded = RUNTIME.get_or_init(|| {
            let environment = ort::init_from(path).map_err(|error| error.to_string())?;
            let environment = environment.with_telemetry(false).build().map_err(|error| error.to_string())?;
            let version = version_of(path);
            Ok(Runtime { inner: Arc::new(RuntimeInner { environment, path: path.to_owned(), version }) })
        });
        loaded.clone().map_err(|detail| InferError::Library { path: path.to_owned(), detail })
    }

    /// Name and version, for example `onnxruntime 1.31.1`.
    pub fn version(&self) -> &str {
        &self.inner.version
    }

    /// What sessions are made in.
    pub(crate) fn environment(&self) -> &ort::environment::Environment {
        &self.inner.environment
    }

    /// Where it was loaded from.
    pub fn path(&self) -> &Path {
        &self.inner.path
    }
}

/// The wheels name the library by its full version, `libonnxruntime.so.1.31.1`. The name it was asked for by counts; where
/// that tells no version, a link may lead to one that does. The store's own links lead to names that are digests.
fn version_of(path: &Path) -> String {
    let told = version_in(path).or_else(|| version_in(&path.canonicalize().ok()?));
    format!("onnxruntime {}", told.as_deref().unwrap_or("of unknown version"))
}

/// The version in a file name: digits and points, with a point between them.
fn version_in(path: &Path) -> Option<String> {
    let name = path.file_name()?.to_str()?;
    let name = name.trim_end_matches(".dylib").trim_end_matches(".dll");
    let version = &name[name.find(|character: char| character.is_ascii_digit())?..];
    let plain =
        version.contains('.') && version.chars().all(|character| character.is_ascii_digit() || character == '.');
    plain.then(|| version.to_owned())
}

/// How and where a graph is run; changes speed, and rounding where the device is another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionOptions {
    /// Threads inside one operator on the processor; 0 takes all cores.
    pub threads: usize,
    /// Where it runs. A graph that cannot run there whole is refused.
    pub device: Device,
    /// Whether graphs of a fixed shape are recorded once and replayed on an accelerator.
    pub replay: bool,
}

impl SessionOptions {
    /// On the processor.
    pub const fn on_cpu(threads: usize) -> SessionOptions {
        SessionOptions { threads, device: Device::Cpu, replay: false }
    }
}

/// A loaded graph.
pub struct Session {
    session: ort::session::Session,
    name: String,
    shrinks: bool,
}

/// What is handed to a graph.
pub enum Input<'a> {
    /// Borrowed numbers with a shape.
    Float(&'a [usize], &'a [f32]),
    /// Borrowed 16-bit floats with a shape.
    Half(&'a [usize], &'a [half::f16]),
    /// Borrowed integers with a shape.
    Integer(&'a [usize], &'a [i64]),
}

impl Session {
    /// Loads the graph in file `path`; weight files are looked for beside it and mapped, not read.
    ///
    /// # Errors
    /// [`InferError::Load`].
    pub fn load(runtime: &Runtime, path: &Path, options: SessionOptions) -> Result<Session, InferError> {
        let (session, name) = open(runtime, path, options)?;
        Ok(Session { session, name, shrinks: false })
    }

    /// After its next run the library gives back to the system what it keeps of the processor's memory for later runs.
    pub fn shrink_at_next_run(&mut self) {
        self.shrinks = true;
    }

    /// Runs the graph and gives the named outputs, in that order.
    ///
    /// # Errors
    /// [`InferError::Run`] with the shapes of the inputs.
    pub fn run(&mut self, inputs: &[(&str, Input<'_>)], outputs: &[&str]) -> Result<Vec<Tensor>, InferError> {
        let name = self.name.clone();
        let fail = |detail: String| InferError::Run { graph: name.clone(), inputs: describe(inputs), detail };
        let mut values: Vec<(Cow<'_, str>, SessionInputValue<'_>)> = Vec::with_capacity(inputs.len());
        for (input_name, input) in inputs {
            let value = match input {
                Input::Float(shape, numbers) => TensorRef::from_array_view((shape.to_vec(), *numbers))
                    .map_err(|error| fail(error.to_string()))?
                    .into(),
                Input::Half(shape, numbers) => TensorRef::from_array_view((shape.to_vec(), *numbers))
                    .map_err(|error| fail(error.to_string()))?
                    .into(),
                Input::Integer(shape, numbers) => TensorRef::from_array_view((shape.to_vec(), *numbers))
                    .map_err(|error| fail(error.to_string()))?
                    .into(),
            };
            values.push((Cow::Borrowed(*input_name), value));
        }
        let shrinking = std::mem::take(&mut self.shrinks).then(shrinking).transpose();
        let shrinking = shrinking.map_err(|error| fail(error.to_string()))?;
        let results = match &shrinking {
            Some(options) => self.session.run_with_options(values, options),
            None => self.session.run(values),
        };
        let mut results = results.map_err(|error| fail(error.to_string()))?;
        outputs
            .iter()
            .map(|output| {
                results.remove(output).map(Tensor).ok_or_else(|| fail(format!("there is no output `{output}`")))
            })
            .collect()
    }
}

/// Run options that make the library give memory back to the system after the run.
fn shrinking() -> ort::Result<ort::session::RunOptions> {
    let mut options = ort::session::RunOptions::new()?;
    // Naming a device that has no pool of memory would fail the run.
    options.set("memory.enable_memory_arena_shrinkage", "cpu:0")?;
    Ok(options)
}

/// Held while a graph is loaded. The library has one table of operator domains for the whole process, looks whether ours
/// is in it and then puts it there: of two graphs that are loaded for the first time at the same moment, one would fail.
static LOADING: Mutex<()> = Mutex::new(());

/// Loads the graph in file `path`; gives it with its name.
pub(crate) fn open(
    runtime: &Runtime,
    path: &Path,
    options: SessionOptions,
) -> Result<(ort::session::Session, String), InferError> {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let folder = path.parent().map(|folder| folder.to_string_lossy().into_owned()).unwrap_or_default();
    let fail = |error: &dyn std::fmt::Display| InferError::Load { graph: name.clone(), detail: error.to_string() };
    let operators = kernels::operators().map_err(|error| fail(&error))?;
    let mut builder = ort::session::Session::builder(runtime.environment()).map_err(|error| fail(&error))?;
    builder = builder.with_optimization_level(GraphOptimizationLevel::Level3).map_err(|error| fail(&error))?;
    builder = builder.with_intra_threads(options.threads).map_err(|error| fail(&error))?;
    builder = device::configure(builder, options).map_err(|error| fail(&error))?;
    let _alone = LOADING.lock().unwrap_or_else(PoisonError::into_inner);
    builder = builder.with_operators(operators).map_err(|error| fail(&error))?;
    builder = builder.with_config_entry(WEIGHTS_FOLDER_KEY, &folder).map_err(|error| fail(&error))?;
    let session = builder.commit_from_file(path).map_err(|error| fail(&error))?;
    Ok((session, name))
}

fn describe(inputs: &[(&str, Input<'_>)]) -> String {
    let shapes = inputs.iter().map(|(name, input)| match input {
        Input::Float(shape, _) | Input::Integer(shape, _) | Input::Half(shape, _) => format!("{name}{shape:?}"),
    });
    shapes.collect::<Vec<_>>().join(" ")
}

/// Numbers with a shape, owned by the inference library.
pub struct Tensor(pub(crate) DynValue);

impl Tensor {
    /// Dimensions, slowest first.
    pub fn shape(&self) -> Vec<usize> {
        self.0.shape().iter().map(|dimension| usize::try_from(*dimension).unwrap_or(0)).collect()
    }

    /// The numbers, row-major.
    ///
    /// # Errors
    /// When they are not floats.
    pub fn floats(&self) -> Result<&[f32], InferError> {
        let extracted = self.0.try_extract_tensor::<f32>();
        extracted.map(|(_, numbers)| numbers).map_err(|error| self.unlike(error))
    }

    /// The numbers, row-major, where they are 16-bit floats.
    ///
    /// # Errors
    /// When they are not 16-bit floats.
    pub fn halves(&self) -> Result<&[half::f16], InferError> {
        let extracted = self.0.try_extract_tensor::<half::f16>();
        extracted.map(|(_, numbers)| numbers).map_err(|error| self.unlike(error))
    }

    /// The numbers, row-major, where they are 64-bit floats.
    ///
    /// # Errors
    /// When they are not 64-bit floats.
    pub fn doubles(&self) -> Result<&[f64], InferError> {
        let extracted = self.0.try_extract_tensor::<f64>();
        extracted.map(|(_, numbers)| numbers).map_err(|error| self.unlike(error))
    }

    fn unlike(&self, error: ort::Error) -> InferError {
        InferError::Tensor { tensor: format!("{:?}", self.shape()), detail: error.to_string() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn want_of_memory_is_known_by_the_words_of_the_library() {
        let run =
            |detail: &str| InferError::Run { graph: String::new(), inputs: String::new(), detail: detail.to_owned() };
        for detail in
            ["Failed to allocate memory for requested buffer of size 9", "std::bad_alloc", "CUDA error: out of memory"]
        {
            assert!(run(detail).is_out_of_memory(), "{detail}");
        }
        assert!(!run("Invalid rank for input").is_out_of_memory());
        let buffer = |detail: &str| InferError::Tensor { tensor: "[1]".to_owned(), detail: detail.to_owned() };
        assert!(buffer("Failed to allocate memory for requested buffer of size 9").is_out_of_memory());
        assert!(!buffer("it holds integers").is_out_of_memory());
        assert!(run("CUDA failure 700: an illegal memory access was encountered").is_device_lost());
    }

    #[test]
    fn the_version_is_told_by_the_name_that_was_asked_for() {
        for (name, version) in [
            ("/lib/libonnxruntime.so.1.31.1", Some("1.31.1")),
            ("/lib/libonnxruntime.1.31.1.dylib", Some("1.31.1")),
            ("/lib/libonnxruntime.so", None),
            ("/blobs/44112fbe06d7d689c57e11d3862031f64711007e4ee020f8eed5185fd2c1d3ab", None),
        ] {
            assert_eq!(version_in(Path::new(name)).as_deref(), version, "{name}");
        }
    }
}

//! From a model's name to a network that is ready: store, compiler and sessions together.

use crate::accelerated::AcceleratedWhisper;
use crate::compile::{
    COMPILER_VERSION, CompileError, CompiledNetwork, CompiledWhisper, SpeakerSource, SpeechFile, SpeechShape,
    SpeechSource, Target, WhisperSource, compile_campplus, compile_campplus_with, compile_segmentation, compile_speech,
    compile_whisper,
};
use crate::device::{Device, GPU_MODEL};
use crate::emotion::SpeechEmotion;
use crate::pitch::SwiftF0;
use crate::session::{InferError, Runtime, SessionOptions};
use crate::silero::SileroVad;
use crate::speakers::{Embedder, Segmenter, narrow_band};
use crate::speech::{Batching, SpeechNetwork};
use crate::store::{Model, ModelFile, ModelStore, Role, StoreError};
use crate::whisper::{VocabularyError, Whisper, read_vocabulary};
use std::path::Path;
use std::sync::Arc;
use voiceman_base::{ModelIdentity, Precision};
use voiceman_stages::transcribe::{Vocabulary, WhisperNetwork};

/// A model could not be made ready.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// A file is missing or wrong.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The checkpoint could not be compiled.
    #[error(transparent)]
    Compile(#[from] CompileError),
    /// The vocabulary could not be read.
    #[error(transparent)]
    Vocabulary(#[from] VocabularyError),
    /// The inference library or a graph could not be loaded.
    #[error(transparent)]
    Infer(#[from] InferError),
    /// The model is for something else.
    #[error("use model `{model}` to {to}: its role is `{role}`")]
    Role {
        /// Its name.
        model: String,
        /// What was asked of it.
        to: &'static str,
        /// What it is for.
        role: &'static str,
    },
}

/// A recogniser and what its tokens spell.
pub struct LoadedWhisper<N = Whisper> {
    /// The network.
    pub network: N,
    /// Its tokens.
    pub vocabulary: Arc<Vocabulary>,
}

/// Loads the inference library that the store holds, or that lies beside the installed program.
///
/// # Errors
/// When it is missing or cannot be loaded.
pub fn load_runtime(store: &ModelStore) -> Result<Runtime, LoadError> {
    Ok(Runtime::load(&store.runtime_library()?)?)
}

/// The identity of a model as results record it; needs neither its files nor the inference library.
///
/// What runs it is the inference library with its version and, for a model that is compiled, the version of the
/// compiler: another graph may round differently.
///
/// # Errors
/// When there is no such model, or no inference library for this machine.
pub fn model_identity(store: &ModelStore, name: &str, precision: Precision) -> Result<ModelIdentity, StoreError> {
    model_identity_on(store, name, precision, Device::Cpu)
}

/// The identity of a model that is run on `device`: another device may round differently.
///
/// # Errors
/// As [`model_identity`].
pub fn model_identity_on(
    store: &ModelStore,
    name: &str,
    precision: Precision,
    device: Device,
) -> Result<ModelIdentity, StoreError> {
    identity(store, name, precision, (device, Target::of(device)))
}

fn identity(
    store: &ModelStore,
    name: &str,
    precision: Precision,
    (device, target): (Device, Target),
) -> Result<ModelIdentity, StoreError> {
    let model = store.model(name)?;
    let library = match device {
        Device::Cpu => store.default_for(Role::Runtime)?,
        Device::Cuda(_) => store.manifest().find(GPU_MODEL)?,
    };
    let library = format!("{} {}", library.name(), library.version());
    let graphs = match (model.role(), target) {
        (Role::Stt | Role::Segmentation | Role::Embedding, Target::Processor) | (Role::Emotion, _) => {
            format!(", graphs {COMPILER_VERSION}")
        }
        (Role::Stt, Target::Accelerator) => format!(", graphs {COMPILER_VERSION} for accelerators"),
        _ => String::new(),
    };
    Ok(ModelIdentity {
        role: model.role().name().to_owned(),
        name: model.name().to_owned(),
        sha256: match model.role() {
            Role::Emotion => SpeechSource::sha256(&speech_files(store, model)),
            _ => *model.weights().sha256(),
        },
        precision,
        runtime: library + &graphs,
    })
}

/// The files of a speech network, in the order of the manifest; they need not be there.
fn speech_files(store: &ModelStore, model: &Model) -> Vec<SpeechFile> {
    let folder = store.home().join("models").join(model.name());
    let file = |file: &ModelFile| SpeechFile {
        name: file.name().to_owned(),
        path: folder.join(file.name()),
        sha256: *file.sha256(),
    };
    model.files().iter().map(file).collect()
}

/// Compiles the speech network `name` of the store at `precision`, or finds what was compiled earlier.
///
/// # Errors
/// When it is missing, is for something else, is no such network, or its graph cannot be written.
pub fn compile_emotion(
    store: &ModelStore,
    runtime: &Runtime,
    name: &str,
    precision: Precision,
) -> Result<CompiledNetwork<SpeechShape>, LoadError> {
    let model = store.model(name)?;
    if model.role() != Role::Emotion {
        return Err(LoadError::Role {
            model: name.to_owned(),
            to: "say how speech sounded",
            role: model.role().name(),
        });
    }
    store.folder(name)?;
    let files = speech_files(store, model);
    let source = SpeechSource { files: &files, compiled: &store.compiled_dir()?, runtime: runtime.version() };
    Ok(compile_speech(&source, precision)?)
}

/// Loads the speech network `name` as a model of emotion, for the device that `options` name; compiles it first where that
/// was not done yet.
///
/// # Errors
/// As [`compile_emotion`], and when the graph cannot be loaded or the device cannot run it.
pub fn load_emotion(
    store: &ModelStore,
    runtime: &Runtime,
    name: &str,
    precision: Precision,
    options: SessionOptions,
) -> Result<SpeechEmotion, LoadError> {
    let compiled = compile_emotion(store, runtime, name, precision)?;
    let identity = model_identity_on(store, name, precision, options.device)?;
    let mut network = SpeechNetwork::load(runtime, &compiled, options, Batching::on(options.device))?;
    if options.device != Device::Cpu {
        network.warm_up()?;
    }
    let model = store.model(name)?;
    Ok(SpeechEmotion::new(network, identity, model.trained_on(), model.licence()))
}

/// Loads the default network for voice activity.
///
/// # Errors
/// When it is missing or cannot be loaded.
pub fn load_silero(store: &ModelStore, runtime: &Runtime) -> Result<SileroVad, LoadError> {
    let model = store.default_for(Role::Vad)?;
    let path = store.path(model.name(), model.weights().name())?;
    Ok(SileroVad::load(runtime, &path, model_identity(store, model.name(), Precision::Float32)?)?)
}

/// Loads the default network for the second estimate of pitch.
///
/// # Errors
/// When it is missing or cannot be loaded.
pub fn load_pitch(store: &ModelStore, runtime: &Runtime, options: SessionOptions) -> Result<SwiftF0, LoadError> {
    let model = store.default_for(Role::Pitch)?;
    let path = store.path(model.name(), model.weights().name())?;
    Ok(SwiftF0::load(runtime, &path, model_identity(store, model.name(), Precision::Float32)?, options)?)
}

/// Loads the default network for telling speakers apart within a window; compiles it first where that was not done yet.
///
/// # Errors
/// When it is missing, cannot be compiled or loaded.
pub fn load_segmenter(store: &ModelStore, runtime: &Runtime, options: SessionOptions) -> Result<Segmenter, LoadError> {
    let model = store.default_for(Role::Segmentation)?;
    let (path, compiled) = (store.path(model.name(), model.weights().name())?, store.compiled_dir()?);
    let compiled = compile_segmentation(&speaker_source(model, &path, &compiled, runtime))?;
    let identity = model_identity(store, model.name(), Precision::Float32)?;
    Ok(Segmenter::load(runtime, &compiled, identity, options)?)
}

/// Loads the default network for how a voice sounds; compiles it first where that was not done yet.
///
/// # Errors
/// When it is missing, cannot be compiled or loaded.
pub fn load_embedder(store: &ModelStore, runtime: &Runtime, options: SessionOptions) -> Result<Embedder, LoadError> {
    let model = store.default_for(Role::Embedding)?;
    let (path, compiled) = (store.path(model.name(), model.weights().name())?, store.compiled_dir()?);
    let source = speaker_source(model, &path, &compiled, runtime);
    let compiled = compile_campplus(&source)?;
    let narrow = narrow_band(&source.sha256);
    let narrow = narrow.map(|differences| compile_campplus_with(&source, &differences)).transpose()?;
    let identity = model_identity(store, model.name(), Precision::Float32)?;
    Ok(Embedder::load(runtime, &compiled, narrow.as_ref(), identity, options)?)
}

fn speaker_source<'a>(model: &Model, path: &'a Path, compiled: &'a Path, runtime: &'a Runtime) -> SpeakerSource<'a> {
    SpeakerSource { model: path, sha256: *model.weights().sha256(), compiled, runtime: runtime.version() }
}

/// Compiles the Whisper checkpoint `name` of the store at `precision` for `target`, or finds what was compiled earlier.
///
/// # Errors
/// When it is missing, is no Whisper checkpoint, or its graphs cannot be written.
pub fn compile_model(
    store: &ModelStore,
    runtime: &Runtime,
    name: &str,
    precision: Precision,
    target: Target,
) -> Result<CompiledWhisper, LoadError> {
    let model = recogniser(store, name)?;
    let source = WhisperSource {
        model: &store.path(name, model.weights().name())?,
        config: &store.path(name, "config.json")?,
        sha256: *model.weights().sha256(),
        compiled: &store.compiled_dir()?,
        runtime: runtime.version(),
    };
    Ok(compile_whisper(&source, precision, target)?)
}

/// The vocabulary of the compiled model `name`.
///
/// # Errors
/// When its files are missing or malformed.
pub fn load_vocabulary(
    store: &ModelStore,
    name: &str,
    compiled: &CompiledWhisper,
) -> Result<Arc<Vocabulary>, LoadError> {
    let (tokenizer, config) = (store.path(name, "tokenizer.json")?, store.path(name, "config.json")?);
    Ok(Arc::new(read_vocabulary(&tokenizer, &config, compiled.shape.vocabulary)?))
}

/// Loads the Whisper model `name` at `precision`; compiles it first where that was not done yet.
///
/// # Errors
/// As [`compile_model`], and when a graph cannot be loaded.
pub fn load_whisper(
    store: &ModelStore,
    runtime: &Runtime,
    name: &str,
    precision: Precision,
    options: SessionOptions,
) -> Result<LoadedWhisper, LoadError> {
    let compiled = compile_model(store, runtime, name, precision, Target::Processor)?;
    let vocabulary = load_vocabulary(store, name, &compiled)?;
    let identity = model_identity(store, name, precision)?;
    Ok(LoadedWhisper { network: Whisper::load(runtime, &compiled, identity, options)?, vocabulary })
}

/// Loads the Whisper model `name` with the graphs for accelerators, on whatever device `options` name; compiles it first
/// where that was not done yet.
///
/// # Errors
/// As [`load_whisper`], and when the device cannot run a graph as a whole.
pub fn load_accelerated(
    store: &ModelStore,
    runtime: &Runtime,
    name: &str,
    precision: Precision,
    options: SessionOptions,
) -> Result<LoadedWhisper<AcceleratedWhisper>, LoadError> {
    let compiled = compile_model(store, runtime, name, precision, Target::Accelerator)?;
    let vocabulary = load_vocabulary(store, name, &compiled)?;
    let identity = identity(store, name, precision, (options.device, Target::Accelerator))?;
    Ok(LoadedWhisper { network: AcceleratedWhisper::load(runtime, &compiled, identity, options)?, vocabulary })
}

/// Loads the Whisper model `name` for the device that `options` name, with the graphs that are made for it.
///
/// # Errors
/// As [`load_whisper`] and [`load_accelerated`].
pub fn load_recogniser(
    store: &ModelStore,
    runtime: &Runtime,
    name: &str,
    precision: Precision,
    options: SessionOptions,
) -> Result<LoadedWhisper<Box<dyn WhisperNetwork>>, LoadError> {
    fn boxed<N: WhisperNetwork + 'static>(loaded: LoadedWhisper<N>) -> LoadedWhisper<Box<dyn WhisperNetwork>> {
        LoadedWhisper { network: Box::new(loaded.network), vocabulary: loaded.vocabulary }
    }
    match Target::of(options.device) {
        Target::Processor => load_whisper(store, runtime, name, precision, options).map(boxed),
        Target::Accelerator => load_accelerated(store, runtime, name, precision, options).map(boxed),
    }
}

fn recogniser<'s>(store: &'s ModelStore, name: &str) -> Result<&'s Model, LoadError> {
    let model = store.manifest().find(name)?;
    if model.role() == Role::Stt {
        return Ok(model);
    }
    Err(LoadError::Role { model: name.to_owned(), to: "transcribe", role: model.role().name() })
}

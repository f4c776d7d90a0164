//! Builds the stages from settings and models. Nothing is loaded here before a result is needed that is not there yet.

use crate::lazy::{BoxedStage, Build, Lazy};
use crate::settings::Settings;
use crate::{Error, Selection, StageName, lexicons};
use std::path::PathBuf;
use std::sync::Arc;
use voiceman_base::{
    AcousticFeatures, AlignedTranscript, Assessment, Finding, LexiconUsed, ModelIdentity, PatternHit, Precision,
    SpeechMap, Stage, StageIdentity, Transcript,
};
use voiceman_infer::korean::KoreanMorphemes;
use voiceman_infer::store::{Model, ModelStore, Role};
use voiceman_infer::{
    CompiledWhisper, Runtime, SessionOptions, SileroVad, Whisper, WhisperSource, compile_whisper, read_vocabulary,
};
use voiceman_stages::acoustics::{AcousticsInput, AcousticsStage};
use voiceman_stages::align::{self, AlignInput, AlignStage};
use voiceman_stages::crosscheck::{CrosscheckInput, CrosscheckStage};
use voiceman_stages::language::{LanguageInput, LanguageStage, MorphemeAnalyzer};
use voiceman_stages::score::{ScoreInput, ScoreStage};
use voiceman_stages::transcribe::{self, TranscribeInput, TranscribeStage};
use voiceman_stages::vad::{self, VadInput, VadStage};

/// All stages of a run.
pub struct Engines {
    /// The transcription branch.
    pub hearing: Hearing,
    /// The analysis branch.
    pub analysis: Analysis,
    /// Lexicons that are searched.
    pub lexicons: Vec<LexiconUsed>,
}

/// Stages of the transcription branch, which share the models.
pub struct Hearing {
    /// Where someone speaks.
    pub vad: Lazy<VadInput, SpeechMap>,
    /// What was said.
    pub transcribe: Lazy<TranscribeInput, Transcript>,
    /// When each word was said.
    pub align: Lazy<AlignInput, AlignedTranscript>,
}

/// The language stage.
type LazyLanguage = Lazy<LanguageInput, Vec<PatternHit>>;

/// Stages of the analysis branch, which need no inference.
pub struct Analysis {
    /// How it sounded.
    pub acoustics: Lazy<AcousticsInput, AcousticFeatures>,
    /// Wording that matters.
    pub language: LazyLanguage,
    /// Places to listen to.
    pub crosscheck: Lazy<CrosscheckInput, Vec<Finding>>,
    /// What to hear first.
    pub score: Lazy<ScoreInput, Assessment>,
}

impl Engines {
    /// The stages that `settings` describe, over the models in `store`.
    ///
    /// # Errors
    /// When a model that `selection` needs is not in the store, or a lexicon cannot be read.
    pub fn new(settings: &Settings, selection: &Selection, store: &Arc<ModelStore>) -> Result<Engines, Error> {
        let source = Arc::new(Source {
            store: Arc::clone(store),
            vad: store.default_for(Role::Vad)?.name().to_owned(),
            stt: settings.models.stt.clone(),
            precision: settings.models.precision,
            threads: settings.run.threads,
        });
        let (language, lexicons) = language(settings, selection, store)?;
        Ok(Engines { hearing: hearing(settings, &source)?, analysis: analysis(settings, language)?, lexicons })
    }
}

impl Engines {
    /// The models that `stage` uses.
    pub(crate) fn models_of(&self, stage: StageName) -> &[ModelIdentity] {
        let (hearing, analysis) = (&self.hearing, &self.analysis);
        let identity = match stage {
            StageName::Vad => hearing.vad.identity(),
            StageName::Transcribe => hearing.transcribe.identity(),
            StageName::Align => hearing.align.identity(),
            StageName::Acoustics => analysis.acoustics.identity(),
            StageName::Language => analysis.language.identity(),
            StageName::Crosscheck => analysis.crosscheck.identity(),
            StageName::Score => analysis.score.identity(),
        };
        &identity.models
    }
}

/// Where models come from.
struct Source {
    store: Arc<ModelStore>,
    vad: String,
    stt: String,
    precision: Precision,
    threads: usize,
}

impl Source {
    fn model(&self, name: &str) -> Result<&Model, Error> {
        Ok(self.store.manifest().find(name)?)
    }

    /// The identity of a model as the manifest has it; needs neither its files nor the inference library.
    fn identity(&self, name: &str, precision: Precision) -> Result<ModelIdentity, Error> {
        let model = self.model(name)?;
        Ok(ModelIdentity {
            role: model.role().name().to_owned(),
            name: model.name().to_owned(),
            sha256: *model.weights().sha256(),
            precision,
            runtime: format!("onnxruntime {}", self.store.default_for(Role::Runtime)?.version()),
        })
    }

    fn file(&self, name: &str, file: &str) -> Result<PathBuf, Error> {
        Ok(self.store.path(name, file)?)
    }

    fn runtime(&self) -> Result<Runtime, Error> {
        Ok(Runtime::load(&self.store.runtime_library()?)?)
    }

    fn detector(&self) -> Result<SileroVad, Error> {
        let path = self.file(&self.vad, self.model(&self.vad)?.weights().name())?;
        Ok(SileroVad::load(&self.runtime()?, &path, self.identity(&self.vad, Precision::Float32)?)?)
    }

    fn vocabulary(&self, compiled: &CompiledWhisper) -> Result<Arc<transcribe::Vocabulary>, Error> {
        let (tokenizer, config) = (self.file(&self.stt, "tokenizer.json")?, self.file(&self.stt, "config.json")?);
        Ok(Arc::new(read_vocabulary(&tokenizer, &config, compiled.shape.vocabulary)?))
    }

    /// The graphs of the speech recogniser, compiled now if they never were.
    fn compiled(&self, runtime: &Runtime) -> Result<CompiledWhisper, Error> {
        compiled(&self.store, &self.stt, self.precision, runtime)
    }
}

/// Compiles the checkpoint of model `name`, or finds what was compiled earlier.
pub(crate) fn compiled(
    store: &ModelStore,
    name: &str,
    precision: Precision,
    runtime: &Runtime,
) -> Result<CompiledWhisper, Error> {
    let weights = store.manifest().find(name)?.weights();
    let (model, config) = (store.path(name, weights.name())?, store.path(name, "config.json")?);
    let source = WhisperSource {
        model: &model,
        config: &config,
        sha256: *weights.sha256(),
        compiled: &store.compiled_dir()?,
        runtime: runtime.version(),
    };
    Ok(compile_whisper(&source, precision)?)
}

fn hearing(settings: &Settings, source: &Arc<Source>) -> Result<Hearing, Error> {
    let vad_identity = vad::identity(&settings.vad, source.identity(&source.vad, Precision::Float32)?);
    let stt_identity = source.identity(&source.stt, source.precision)?;
    let vad = {
        let (source, settings) = (Arc::clone(source), settings.vad.clone());
        lazy(vad_identity, move || Ok(VadStage::new(source.detector()?, settings.clone())))
    };
    let transcribe = {
        let (source, settings, identity) = (Arc::clone(source), settings.transcribe.clone(), stt_identity.clone());
        lazy(transcribe::identity(&settings, stt_identity), move || {
            let runtime = source.runtime()?;
            let compiled = source.compiled(&runtime)?;
            let options = SessionOptions { threads: source.threads };
            let network = Whisper::load(&runtime, &compiled, identity.clone(), options)?;
            Ok(TranscribeStage::new(network, source.vocabulary(&compiled)?, settings.clone()))
        })
    };
    let align = {
        let (source, settings) = (Arc::clone(source), settings.align.clone());
        lazy(align::identity(&settings), move || {
            let compiled = source.compiled(&source.runtime()?)?;
            Ok(AlignStage::new(source.vocabulary(&compiled)?, settings.clone()))
        })
    };
    Ok(Hearing { vad, transcribe, align })
}

fn analysis(settings: &Settings, language: LazyLanguage) -> Result<Analysis, Error> {
    let (acoustics, crosscheck, score) = (settings.acoustics, settings.crosscheck, settings.score.clone());
    Ok(Analysis {
        acoustics: ready(move || AcousticsStage::new(acoustics).map_err(unchecked))?,
        language,
        crosscheck: ready(move || CrosscheckStage::new(crosscheck).map_err(unchecked))?,
        score: ready(move || ScoreStage::new(score.clone()).map_err(unchecked))?,
    })
}

/// Settings that passed their check were refused after all.
fn unchecked(error: impl std::error::Error) -> Error {
    Error::Settings(crate::SettingsError::Together(error.to_string()))
}

/// The language stage. Without Korean morphemes, which only matter when it is asked for, it searches nothing.
fn language(
    settings: &Settings,
    selection: &Selection,
    store: &Arc<ModelStore>,
) -> Result<(LazyLanguage, Vec<LexiconUsed>), Error> {
    let wanted = selection.has(StageName::Language);
    let lexicons = if wanted { lexicons::load()? } else { Vec::new() };
    let used = lexicons.iter().map(|lexicon| lexicon.used()).collect();
    let dictionary = match wanted && lexicons.iter().any(|lexicon| lexicon.needs_morphemes()) {
        true => Some(store.folder(store.default_for(Role::Morphemes)?.name())?),
        false => None,
    };
    let settings = settings.language.clone();
    let build = move || {
        let open =
            |folder: &PathBuf| KoreanMorphemes::open(folder).map(|found| Box::new(found) as Box<dyn MorphemeAnalyzer>);
        let morphemes = dictionary.as_ref().map(open).transpose().map_err(|error| Error::Language(error.into()))?;
        LanguageStage::new(lexicons.clone(), morphemes, settings.clone()).map_err(|error| Error::Language(error.into()))
    };
    Ok((ready(build)?, used))
}

/// A stage that needs a model, of which only the identity is known so far.
fn lazy<S, F>(identity: StageIdentity, build: F) -> Lazy<S::Input, S::Output>
where
    S: Stage + 'static,
    F: Fn() -> Result<S, Error> + Send + 'static,
{
    Lazy::new(identity, boxed(build))
}

/// A stage that is cheap to build: its identity is asked of itself.
fn ready<S, F>(build: F) -> Result<Lazy<S::Input, S::Output>, Error>
where
    S: Stage + 'static,
    F: Fn() -> Result<S, Error> + Send + 'static,
{
    let identity = build()?.identity();
    Ok(Lazy::new(identity, boxed(build)))
}

fn boxed<S, F>(build: F) -> Build<S::Input, S::Output>
where
    S: Stage + 'static,
    F: Fn() -> Result<S, Error> + Send + 'static,
{
    Box::new(move || Ok(Box::new(build()?) as BoxedStage<S::Input, S::Output>))
}

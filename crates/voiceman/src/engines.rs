//! Builds the stages from settings and models. Nothing is loaded here before a result is needed that is not there yet.

mod emotion;

use crate::maker::Maker;
use crate::settings::Settings;
use crate::{Error, Selection, StageName, lexicons};
use std::sync::Arc;
use voiceman_base::{
    AcousticFeatures, AlignedTranscript, Assessment, Bytes, Diarization, EmotionAnalysis, Finding, LexiconUsed,
    ModelIdentity, PatternHit, Precision, RecordingQuality, SpeechMap, Stage, Transcript,
};
use voiceman_infer::korean::KoreanMorphemes;
use voiceman_infer::store::{ModelStore, Role};
use voiceman_infer::{
    Device, Runtime, SessionOptions, Target, compile_model, load_embedder, load_pitch, load_recogniser, load_runtime,
    load_runtime_for, load_segmenter, load_silero, load_vocabulary, model_identity, model_identity_on,
};
use voiceman_runtime::schedule::Place;
use voiceman_stages::acoustics::{self, AcousticsInput, AcousticsStage};
use voiceman_stages::align::{self, AlignInput, AlignStage};
use voiceman_stages::attribute::{AttributeInput, AttributeStage};
use voiceman_stages::crosscheck::{CrosscheckInput, CrosscheckStage};
use voiceman_stages::diarize::{self, DiarizeInput, DiarizeStage};
use voiceman_stages::emotion::EmotionInput;
use voiceman_stages::language::{LanguageInput, LanguageStage, MorphemeAnalyzer};
use voiceman_stages::quality::{QualityInput, QualityStage};
use voiceman_stages::score::{ScoreInput, ScoreStage};
use voiceman_stages::transcribe::{self, TranscribeInput, TranscribeStage};
use voiceman_stages::vad::{self, VadInput, VadStage};

/// Memory that an accelerator must have free before speech recognition goes there: the model, and a batch.
const TRANSCRIBE_MEMORY: Bytes = Bytes::mebi(4096);

/// All stages of a run.
pub struct Engines {
    /// The transcription branch.
    pub hearing: Hearing,
    /// The analysis branch.
    pub analysis: Analysis,
    /// Lexicons that are searched.
    pub lexicons: Vec<LexiconUsed>,
    /// Memory that an accelerator must have free to transcribe on it.
    pub transcribe_memory: Bytes,
    /// Where the stage of emotion runs.
    pub emotion_place: Place,
}

/// Stages of the transcription branch, which share the models.
pub struct Hearing {
    /// Where someone speaks.
    pub vad: Maker<VadInput, SpeechMap>,
    /// What was said.
    pub transcribe: Maker<TranscribeInput, Transcript>,
    /// When each word was said.
    pub align: Maker<AlignInput, AlignedTranscript>,
    /// Who speaks when.
    pub diarize: Maker<DiarizeInput, Diarization>,
    /// Who said each word.
    pub attribute: Maker<AttributeInput, AlignedTranscript>,
    /// What may be measured.
    pub quality: Maker<QualityInput, RecordingQuality>,
}

/// The language stage.
type LanguageMaker = Maker<LanguageInput, Vec<PatternHit>>;

/// Stages of the analysis branch, which need no inference.
pub struct Analysis {
    /// How it sounded.
    pub acoustics: Maker<AcousticsInput, AcousticFeatures>,
    /// How it sounded to models of emotion.
    pub emotion: Maker<EmotionInput, EmotionAnalysis>,
    /// Wording that matters.
    pub language: LanguageMaker,
    /// Places to listen to.
    pub crosscheck: Maker<CrosscheckInput, Vec<Finding>>,
    /// What to hear first.
    pub score: Maker<ScoreInput, Assessment>,
}

impl Engines {
    /// The stages that `settings` describe, over the models in `store`.
    ///
    /// # Errors
    /// When a model that `selection` needs is not in the store, or a lexicon cannot be read.
    pub fn new(
        settings: &Settings,
        selection: &Selection,
        store: &Arc<ModelStore>,
        accelerator: Option<Device>,
    ) -> Result<Engines, Error> {
        check_recogniser(settings, store)?;
        let source = Arc::new(Source {
            store: Arc::clone(store),
            vad: store.default_for(Role::Vad)?.name().to_owned(),
            stt: settings.models.stt.clone(),
            precision: settings.models.precision,
            gpu_precision: settings.models.gpu_precision,
            threads: settings.run.threads,
            accelerator,
            replay: settings.run.replay,
        });
        let (language, lexicons) = language(settings, selection, store)?;
        let (emotion, emotion_place) = emotion::emotion(settings, selection.has(StageName::Emotion), &source)?;
        Ok(Engines {
            hearing: hearing(settings, &source)?,
            analysis: analysis(settings, &source, emotion, language)?,
            lexicons,
            transcribe_memory: TRANSCRIBE_MEMORY,
            emotion_place,
        })
    }
}

impl Engines {
    /// The models that `stage` uses.
    pub(crate) fn models_of(&self, stage: StageName) -> &[ModelIdentity] {
        let (hearing, analysis) = (&self.hearing, &self.analysis);
        let identity = match stage {
            StageName::Vad => &hearing.vad.identity,
            StageName::Transcribe => &hearing.transcribe.identity,
            StageName::Align => &hearing.align.identity,
            StageName::Diarize => &hearing.diarize.identity,
            StageName::Attribute => &hearing.attribute.identity,
            StageName::Quality => &hearing.quality.identity,
            StageName::Acoustics => &analysis.acoustics.identity,
            StageName::Emotion => &analysis.emotion.identity,
            StageName::Language => &analysis.language.identity,
            StageName::Crosscheck => &analysis.crosscheck.identity,
            StageName::Score => &analysis.score.identity,
        };
        &identity.models
    }
}

/// Whether the model for speech recognition is one, knows the languages asked for, and runs at the precision asked for.
fn check_recogniser(settings: &Settings, store: &ModelStore) -> Result<(), Error> {
    let model = store.manifest().find(&settings.models.stt)?;
    let name = || model.name().to_owned();
    if model.role() != Role::Stt {
        return Err(Error::Role { model: name(), to: "transcribe", role: model.role().name() });
    }
    if let Some(language) = settings.transcribe.languages.iter().find(|language| !model.languages().contains(language))
    {
        let known = match model.languages() {
            few if few.len() <= 8 => few.iter().map(|code| format!("`{code}`")).collect::<Vec<_>>().join(", "),
            many => format!("{} others", many.len()),
        };
        return Err(Error::LanguageUnknown { language: *language, model: name(), known });
    }
    let precision = settings.models.precision;
    if model.precisions().contains(&precision) { Ok(()) } else { Err(Error::Precision { model: name(), precision }) }
}

/// Where models come from.
struct Source {
    store: Arc<ModelStore>,
    vad: String,
    stt: String,
    precision: Precision,
    gpu_precision: Precision,
    threads: usize,
    /// The accelerator that models run on, where there is one.
    accelerator: Option<Device>,
    replay: bool,
}

impl Source {
    /// Precision of the recogniser on a device.
    fn precision_on(&self, device: Device) -> Precision {
        if device == Device::Cpu { self.precision } else { self.gpu_precision }
    }

    /// The inference library; one serves a process, and that for an accelerator serves the processor as well.
    fn runtime(&self) -> Result<Runtime, Error> {
        match self.accelerator {
            Some(device) => Ok(load_runtime_for(&self.store, device)?),
            None => Ok(load_runtime(&self.store)?),
        }
    }

    fn identity(&self, name: &str, precision: Precision) -> Result<ModelIdentity, Error> {
        Ok(model_identity(&self.store, name, precision)?)
    }
}

fn hearing(settings: &Settings, source: &Arc<Source>) -> Result<Hearing, Error> {
    let vad_identity = vad::identity(&settings.vad, source.identity(&source.vad, Precision::Float32)?);
    let device = source.accelerator.unwrap_or_default();
    let stt_identity = model_identity_on(&source.store, &source.stt, source.precision_on(device), device)?;
    let vad = {
        let (source, settings) = (Arc::clone(source), settings.vad.clone());
        Maker::new(vad_identity, move |_| {
            Ok(VadStage::new(load_silero(&source.store, &source.runtime()?)?, settings.clone()))
        })
    };
    let transcribe = {
        let (source, settings) = (Arc::clone(source), settings.transcribe.clone());
        Maker::new(transcribe::identity(&settings, stt_identity), move |device| {
            // Number 0 is the processor; an accelerator that is lost or full leaves its work to it.
            let device = source.accelerator.filter(|_| device > 0).unwrap_or_default();
            let runtime = source.runtime()?;
            let options = SessionOptions { device, replay: source.replay, ..SessionOptions::on_cpu(source.threads) };
            let loaded = load_recogniser(&source.store, &runtime, &source.stt, source.precision_on(device), options)?;
            Ok(TranscribeStage::new(loaded.network, loaded.vocabulary, settings.clone()))
        })
    };
    let align = {
        let (source, settings) = (Arc::clone(source), settings.align.clone());
        Maker::new(align::identity(&settings), move |_| {
            let runtime = source.runtime()?;
            let compiled = compile_model(&source.store, &runtime, &source.stt, source.precision, Target::Processor)?;
            Ok(AlignStage::new(load_vocabulary(&source.store, &source.stt, &compiled)?, settings.clone()))
        })
    };
    let diarize = {
        let models = [Role::Segmentation, Role::Embedding].map(|role| {
            let name = source.store.default_for(role)?.name().to_owned();
            source.identity(&name, Precision::Float32)
        });
        let [segmentation, embedding] = models;
        let (source, settings) = (Arc::clone(source), settings.diarize.clone());
        Maker::new(diarize::identity(&settings, vec![segmentation?, embedding?]), move |_| {
            let runtime = source.runtime()?;
            let options = SessionOptions::on_cpu(source.threads);
            let segmenter = load_segmenter(&source.store, &runtime, options)?;
            let embedder = load_embedder(&source.store, &runtime, options)?;
            DiarizeStage::new(segmenter, embedder, settings.clone()).map_err(unchecked)
        })
    };
    let attribute = settings.attribute.clone();
    let attribute = ready(move || AttributeStage::new(attribute.clone()).map_err(unchecked))?;
    let quality = settings.quality.clone();
    let quality = ready(move || QualityStage::new(quality.clone()).map_err(unchecked))?;
    Ok(Hearing { vad, transcribe, align, diarize, attribute, quality })
}

fn analysis(
    settings: &Settings,
    source: &Arc<Source>,
    emotion: Maker<EmotionInput, EmotionAnalysis>,
    language: LanguageMaker,
) -> Result<Analysis, Error> {
    let (crosscheck, score) = (settings.crosscheck, settings.score.clone());
    Ok(Analysis {
        acoustics: acoustics(settings, source)?,
        emotion,
        language,
        crosscheck: ready(move || CrosscheckStage::new(crosscheck).map_err(unchecked))?,
        score: ready(move || ScoreStage::new(score.clone()).map_err(unchecked))?,
    })
}

/// The stage of acoustics, with a second estimate of pitch where the settings ask for one. Its network is small and takes one
/// thread, so that there may be one for each.
fn acoustics(settings: &Settings, source: &Arc<Source>) -> Result<Maker<AcousticsInput, AcousticFeatures>, Error> {
    let settings = settings.acoustics;
    if !settings.second_pitch.estimate {
        return ready(move || AcousticsStage::new(settings).map_err(unchecked));
    }
    let network = source.store.default_for(Role::Pitch)?.name().to_owned();
    let identity = acoustics::identity(&settings, Some(source.identity(&network, Precision::Float32)?));
    let source = Arc::clone(source);
    let build = move |_| {
        let network = load_pitch(&source.store, &source.runtime()?, SessionOptions::on_cpu(1))?;
        Ok(AcousticsStage::new(settings).map_err(unchecked)?.with_second(Box::new(network)))
    };
    Ok(Maker::new(identity, build).several())
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
) -> Result<(LanguageMaker, Vec<LexiconUsed>), Error> {
    let wanted = selection.has(StageName::Language);
    let lexicons = if wanted { lexicons::load()? } else { Vec::new() };
    let used = lexicons.iter().map(|lexicon| lexicon.used()).collect();
    let dictionary = match wanted && lexicons.iter().any(|lexicon| lexicon.needs_morphemes()) {
        true => Some(store.folder(store.default_for(Role::Morphemes)?.name())?),
        false => None,
    };
    let settings = settings.language.clone();
    let build = move || {
        let open = |folder: &std::path::PathBuf| {
            KoreanMorphemes::open(folder).map(|found| Box::new(found) as Box<dyn MorphemeAnalyzer>)
        };
        let morphemes = dictionary.as_ref().map(open).transpose().map_err(|error| Error::Language(error.into()))?;
        LanguageStage::new(lexicons.clone(), morphemes, settings.clone()).map_err(|error| Error::Language(error.into()))
    };
    Ok((ready(build)?, used))
}

/// A stage that is cheap to build: its identity is asked of itself.
fn ready<S, F>(build: F) -> Result<Maker<S::Input, S::Output>, Error>
where
    S: Stage + 'static,
    S::Input: 'static,
    S::Output: 'static,
    F: Fn() -> Result<S, Error> + Send + Sync + 'static,
{
    let identity = build()?.identity();
    Ok(Maker::new(identity, move |_| build()))
}

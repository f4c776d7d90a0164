//! The whole way of a recording through the program.
//!
//! ```text
//! prepare   file -> digest -> sound (native rate; 16 kHz for the models)
//! hear      sound -> vad -> transcribe -> align                             transcription branch, owns the models
//! analyse   sound, words -> acoustics, language -> crosscheck -> score      analysis branch
//!           -> analysis -> listening copy, reports, transcripts
//! ```
//!
//! The three steps run beside each other on different recordings, or one after another; results do not depend on it.
//! A result that the case holds already is taken from there, and no sound is decoded that nobody needs.

use crate::engines::{Analysis, Engines, Hearing};
use crate::error::RecordingError;
use crate::keys::{Identities, Key, Keys};
use crate::lazy::Lazy;
use crate::outputs::{LISTENING_FILE, Outputs};
use crate::selection::{Selection, StageName};
use crate::settings::Settings;
use crate::watching::{StageWatch, Teller};
use serde::Serialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use std::cell::OnceCell;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;
use voiceman_audio::{AudioClip, Mono16k, decode_watched, listening_copy, source_file_watched};
use voiceman_base::{
    AlignedTranscript, Artifact, Digest, ProducedBy, RecordingAnalysis, RecordingKey, SourceFacts, SpeechMap,
};
use voiceman_case::{Case, Finished, WrittenFile};
use voiceman_runtime::{CancelToken, Chain, Limits, Outcome};
use voiceman_stages::acoustics::AcousticsInput;
use voiceman_stages::align::AlignInput;
use voiceman_stages::crosscheck::CrosscheckInput;
use voiceman_stages::language::LanguageInput;
use voiceman_stages::score::ScoreInput;
use voiceman_stages::transcribe::TranscribeInput;
use voiceman_stages::vad::VadInput;

/// A run over the recordings of a case.
pub(crate) struct Flow<'a> {
    pub(crate) case: &'a Case,
    pub(crate) settings: &'a Settings,
    pub(crate) selection: &'a Selection,
    pub(crate) outputs: &'a Outputs,
    pub(crate) produced_by: &'a ProducedBy,
    pub(crate) identities: &'a Identities,
    pub(crate) teller: &'a Teller<'a>,
    pub(crate) cancel: &'a CancelToken,
}

/// A recording on its way.
struct Subject {
    key: RecordingKey,
    path: PathBuf,
    facts: SourceFacts,
    keys: Keys,
    sound: OnceCell<Sound>,
}

/// What was decoded of it.
struct Sound {
    clip: Arc<AudioClip>,
    mono: Arc<Mono16k>,
}

/// A recording with its words.
struct Heard {
    subject: Subject,
    speech: Option<Arc<SpeechMap>>,
    words: Option<Arc<AlignedTranscript>>,
}

/// What is left to do with a recording; nothing when all of its results are there.
type Left<T> = Option<Box<T>>;

impl Flow<'_> {
    /// Takes recordings through all steps, and tells `settled` what became of each as it happens.
    pub(crate) fn run(
        &self,
        jobs: &[(RecordingKey, PathBuf)],
        engines: Engines,
        settled: impl FnMut(usize, &Outcome<RecordingError>),
    ) -> Vec<Outcome<RecordingError>> {
        let Engines { mut hearing, mut analysis, .. } = engines;
        let overlap = self.settings.run.pipeline_overlap;
        Chain { overlap, limits: Limits::FLOW, cancel: self.cancel.clone() }.run(
            jobs.len(),
            |job| self.prepare(jobs[job].0, &jobs[job].1),
            |_, subject: Left<Subject>| subject.map(|subject| self.hear(&mut hearing, *subject)).transpose(),
            |_, heard: Left<Heard>| heard.map_or(Ok(()), |heard| self.analyse(&mut analysis, &heard)),
            settled,
        )
    }

    /// File -> digest -> what is left to do -> sound, if any of that needs it.
    fn prepare(&self, key: RecordingKey, path: &Path) -> Result<Left<Subject>, RecordingError> {
        self.teller.recording_started(key, path);
        let file = source_file_watched(path, &self.decode_watch(key))?;
        let id = self.case.identify(self.teller.id(key), file.sha256)?;
        self.teller.identified(key, id);
        let known = self.case.load::<SourceFacts>(&self.identities.decode_key(&file).id)?;
        if let Some(known) = known {
            let keys = Keys::new(self.identities, self.selection, &known.value);
            if self.case.is_done(id, &keys.by_name())? && self.is_kept(&keys.analysis)? {
                self.teller.recording_finished(key, true);
                return Ok(None);
            }
            if !self.needs_sound(&keys)? {
                self.teller.stage_cached(key, "decode", known.value.duration);
                self.teller.warnings(key, &known.value);
                let (facts, sound) = (known.value, OnceCell::new());
                return Ok(Some(Box::new(Subject { key, path: path.to_owned(), facts, keys, sound })));
            }
        }
        let sound = self.decode(key, path)?;
        let facts = sound.clip.facts().clone();
        self.teller.warnings(key, &facts);
        let keys = Keys::new(self.identities, self.selection, &facts);
        self.case.store(&Artifact::new(&self.identities.decode, keys.decode.inputs.clone(), facts.clone()))?;
        Ok(Some(Box::new(Subject { key, path: path.to_owned(), facts, keys, sound: OnceCell::from(sound) })))
    }

    /// Sound -> speech -> words.
    fn hear(&self, stages: &mut Hearing, subject: Subject) -> Result<Box<Heard>, RecordingError> {
        let sound = || self.sound(&subject);
        let speech = self
            .result(&subject, StageName::Vad, &mut stages.vad, || Ok(VadInput { audio: Arc::clone(&sound()?.mono) }))?;
        let Some(speech) = speech else { return Ok(Box::new(Heard { subject, speech: None, words: None })) };
        let transcript = self.result(&subject, StageName::Transcribe, &mut stages.transcribe, || {
            Ok(TranscribeInput { audio: Arc::clone(&sound()?.mono), speech: Arc::clone(&speech) })
        })?;
        let words = match transcript {
            None => None,
            Some(transcript) => self.result(&subject, StageName::Align, &mut stages.align, || {
                Ok(AlignInput { transcript, speech: Arc::clone(&speech) })
            })?,
        };
        Ok(Box::new(Heard { subject, speech: Some(speech), words }))
    }

    /// Words and sound -> acoustics, wording -> findings -> priority -> files.
    fn analyse(&self, stages: &mut Analysis, heard: &Heard) -> Result<(), RecordingError> {
        let Heard { subject, speech, words } = heard;
        let (mut acoustics, mut patterns, mut findings, mut assessment) = (None, None, None, None);
        if let (Some(speech), Some(words)) = (speech, words) {
            let transcript = || Arc::clone(words);
            acoustics = self.result(subject, StageName::Acoustics, &mut stages.acoustics, || {
                Ok(AcousticsInput { clip: Arc::clone(&self.sound(subject)?.clip), transcript: transcript() })
            })?;
            patterns = self.result(subject, StageName::Language, &mut stages.language, || {
                Ok(LanguageInput { transcript: transcript() })
            })?;
            if let Some(patterns) = patterns.clone() {
                findings = self.result(subject, StageName::Crosscheck, &mut stages.crosscheck, || {
                    Ok(CrosscheckInput { transcript: transcript(), acoustics: acoustics.clone(), patterns })
                })?;
            }
            if let Some(findings) = findings.clone() {
                assessment = self.result(subject, StageName::Score, &mut stages.score, || {
                    Ok(ScoreInput { findings, speech: Arc::clone(speech) })
                })?;
            }
        }
        let analysis = RecordingAnalysis {
            source: subject.facts.clone(),
            speech: speech.as_deref().cloned(),
            transcript: words.as_deref().cloned(),
            acoustics: acoustics.as_deref().cloned(),
            patterns: patterns.as_deref().cloned(),
            findings: findings.as_deref().cloned(),
            assessment: assessment.as_deref().cloned(),
            produced_by: self.produced_by.clone(),
        };
        self.write(subject, analysis)
    }

    /// Analysis -> listening copy, reports, transcripts; then the recording is done.
    fn write(&self, subject: &Subject, analysis: RecordingAnalysis) -> Result<(), RecordingError> {
        let id = self.teller.id(subject.key);
        let Keys { analysis: key, .. } = &subject.keys;
        let artifact = Artifact::new(&self.identities.analysis, key.inputs.clone(), analysis);
        self.case.store(&artifact)?;
        let (listening, listening_file) = self.listening(subject)?;
        let mut files = self.outputs.write(self.case, id, &artifact.value, Some(&listening))?;
        files.push(listening_file);
        let duration = subject.facts.duration;
        self.case.finish(id, Finished { duration, artifacts: subject.keys.by_name(), files })?;
        self.teller.recording_finished(subject.key, false);
        Ok(())
    }

    /// The result of one stage: from the case where it is, otherwise made now and kept. Nothing when it was not asked
    /// for.
    fn result<I, O>(
        &self,
        subject: &Subject,
        name: StageName,
        stage: &mut Lazy<I, O>,
        input: impl FnOnce() -> Result<I, RecordingError>,
    ) -> Result<Option<Arc<O>>, RecordingError>
    where
        I: Send + 'static,
        O: Serialize + DeserializeOwned + Send + 'static,
    {
        let Some(Key { id, inputs }) = subject.keys.stage(name) else { return Ok(None) };
        let audio = subject.facts.duration;
        if let Some(known) = self.case.load::<O>(id)? {
            self.teller.stage_cached(subject.key, name.name(), audio);
            return Ok(Some(Arc::new(known.value)));
        }
        let input = input()?;
        let begun = self.teller.stage_started(subject.key, name.name());
        let watch = StageWatch::new(self.teller, subject.key, name.name(), self.cancel);
        let value = stage.run(input, &watch, self.teller)?;
        let artifact = Artifact::new(stage.identity(), inputs.clone(), value);
        self.case.store(&artifact)?;
        self.teller.stage_finished(subject.key, name.name(), begun, audio);
        Ok(Some(Arc::new(artifact.value)))
    }

    /// Whether anything is missing that is made from sound.
    fn needs_sound(&self, keys: &Keys) -> Result<bool, RecordingError> {
        let heard = [StageName::Vad, StageName::Transcribe, StageName::Acoustics];
        let made_from_sound = heard.into_iter().filter_map(|stage| keys.stage(stage)).chain([&keys.listening]);
        for key in made_from_sound {
            if !self.is_kept(key)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether the case holds this result, whole.
    fn is_kept(&self, key: &Key) -> Result<bool, RecordingError> {
        Ok(self.case.load::<IgnoredAny>(&key.id)?.is_some())
    }

    /// The decoded sound; decoded now where it seemed unnecessary before.
    fn sound<'s>(&self, subject: &'s Subject) -> Result<&'s Sound, RecordingError> {
        match subject.sound.get() {
            Some(sound) => Ok(sound),
            None => {
                let sound = self.decode(subject.key, &subject.path)?;
                Ok(subject.sound.get_or_init(|| sound))
            }
        }
    }

    fn decode(&self, key: RecordingKey, path: &Path) -> Result<Sound, RecordingError> {
        let begun: Instant = self.teller.stage_started(key, "decode");
        let watch = self.decode_watch(key);
        let clip = decode_watched(path, &self.settings.decode, &watch)?;
        let mono = clip.mono_16k_watched(&watch)?;
        self.teller.stage_finished(key, "decode", begun, clip.duration());
        Ok(Sound { clip: Arc::new(clip), mono: Arc::new(mono) })
    }

    fn decode_watch(&self, key: RecordingKey) -> StageWatch<'_> {
        StageWatch::new(self.teller, key, "decode", self.cancel)
    }

    /// The listening copy: from the folder of the recording where it is whole, otherwise made now.
    fn listening(&self, subject: &Subject) -> Result<(Vec<u8>, WrittenFile), RecordingError> {
        let id = self.teller.id(subject.key);
        let key = &subject.keys.listening;
        if let Some(known) = self.case.load::<WrittenFile>(&key.id)? {
            let path = self.case.folder(id)?.join(LISTENING_FILE);
            if let Some(bytes) = std::fs::read(path).ok().filter(|bytes| Digest::of(bytes) == known.value.sha256) {
                return Ok((bytes, known.value));
            }
        }
        let bytes = listening_copy(&self.sound(subject)?.mono)?;
        let file = self.case.write(id, LISTENING_FILE, &bytes)?;
        self.case.store(&Artifact::new(&self.identities.listening, key.inputs.clone(), file.clone()))?;
        Ok((bytes, file))
    }
}

//! The whole way of a recording through the program.
//!
//! ```text
//! open        file -> digest -> what is there already -> sound (native rate; 16 kHz for the models)
//! vad         sound -> where someone speaks
//! transcribe  sound, speech -> what was said       ─┐                 windows of several recordings in one batch
//! align       transcript -> when each word was said ┤
//! diarize     sound, speech -> who speaks when      ┤                 beside the two, on other recordings
//! attribute   ──────────────────────────────────────┴─> who said each word
//! quality     sound, speech, speakers -> what may be measured
//! emotion     sound, speakers, quality -> how it sounded to models of emotion
//! acoustics   sound, words, speakers, what may be measured -> how it sounded     ─┐
//! language    words -> wording that matters                                      ─┤
//! crosscheck  ────────────────────────────────────────────────────────────────────┴─> places to listen to
//! score       findings -> what to hear first
//! write       analysis -> listening copy, reports, transcripts
//! ```
//!
//! The runtime works on several recordings at once, or on one after another; results do not depend on it. A result that
//! the case holds already is taken from there, and no sound is decoded that nobody needs.

use crate::engines::{Analysis, Engines, Hearing};
use crate::error::RecordingError;
use crate::keys::{Identities, Key, Keys};
use crate::outputs::{LISTENING_FILE, Outputs};
use crate::selection::{Selection, StageName};
use crate::settings::Settings;
use crate::subject::{Opened, Place as Slot, Sound, Subject, taken};
use crate::watching::Teller;
use crate::wiring::{self, FlowNode};
use serde::de::{DeserializeOwned, IgnoredAny};
use std::sync::Arc;
use std::time::Instant;
use voiceman_audio::{decode_watched, listening_copy, source_file_watched};
use voiceman_base::{
    AcousticFeatures, Artifact, Assessment, Digest, Finding, PatternHit, ProducedBy, RecordingAnalysis, SourceFacts,
    Watch,
};
use voiceman_case::{Case, Finished, WrittenFile};
use voiceman_runtime::schedule::Place::{Compute, Device};
use voiceman_stages::acoustics::AcousticsInput;
use voiceman_stages::align::AlignInput;
use voiceman_stages::attribute::AttributeInput;
use voiceman_stages::crosscheck::CrosscheckInput;
use voiceman_stages::diarize::DiarizeInput;
use voiceman_stages::emotion::EmotionInput;
use voiceman_stages::language::LanguageInput;
use voiceman_stages::quality::QualityInput;
use voiceman_stages::score::ScoreInput;
use voiceman_stages::transcribe::TranscribeInput;
use voiceman_stages::vad::VadInput;

/// A run over the recordings of a case.
pub(crate) struct Run {
    pub(crate) case: Arc<Case>,
    pub(crate) settings: Settings,
    pub(crate) selection: Selection,
    pub(crate) outputs: Outputs,
    pub(crate) produced_by: ProducedBy,
    pub(crate) identities: Identities,
    pub(crate) teller: Arc<Teller>,
    /// Whether models are loaded at once: some recording is pending.
    pub(crate) preload: bool,
}

/// The wiring. Each node names those it waits for, where it runs, what it takes and where its result comes to lie.
pub(crate) fn nodes(run: &Arc<Run>, engines: Engines) -> Vec<FlowNode> {
    use StageName::{
        Acoustics, Align, Attribute, Crosscheck, Diarize, Emotion, Language, Quality, Score, Transcribe, Vad,
    };
    let (
        Hearing { vad, transcribe, align, diarize, attribute, quality },
        Analysis { acoustics, emotion, language, crosscheck, score },
    ) = (engines.hearing, engines.analysis);
    let accelerated = Device { accelerator: Some(engines.transcribe_memory) };
    vec![
        /* 0 */ wiring::first(run, "decode", open),
        /* 1 */
        wiring::stage(
            run,
            Vad,
            &[0],
            Compute,
            vad,
            (|subject| Ok(VadInput { audio: subject.mono("vad")? }), |subject| &subject.speech),
        ),
        /* 2 */
        wiring::stage(
            run,
            Transcribe,
            &[1],
            accelerated,
            transcribe,
            (
                |subject| {
                    Ok(TranscribeInput {
                        audio: subject.mono("transcribe")?,
                        speech: taken(&subject.speech, "transcribe")?,
                    })
                },
                |subject| &subject.transcript,
            ),
        ),
        /* 3 */
        wiring::stage(
            run,
            Align,
            &[2],
            Compute,
            align,
            (
                |subject| {
                    Ok(AlignInput {
                        transcript: taken(&subject.transcript, "align")?,
                        speech: taken(&subject.speech, "align")?,
                    })
                },
                |subject| &subject.words,
            ),
        ),
        /* 4 */
        wiring::stage(
            run,
            Diarize,
            &[1],
            Compute,
            diarize,
            (
                |subject| {
                    Ok(DiarizeInput {
                        audio: subject.mono("diarize")?,
                        clip: subject.clip("diarize")?,
                        speech: taken(&subject.speech, "diarize")?,
                    })
                },
                |subject| &subject.diarization,
            ),
        ),
        /* 5 */
        wiring::stage(
            run,
            Attribute,
            &[3, 4],
            Compute,
            attribute,
            (
                |subject| {
                    Ok(AttributeInput {
                        transcript: taken(&subject.words, "attribute")?,
                        diarization: taken(&subject.diarization, "attribute")?,
                    })
                },
                |subject| &subject.attributed,
            ),
        ),
        /* 6 */
        wiring::stage(
            run,
            Quality,
            &[4],
            Compute,
            quality,
            (
                |subject| {
                    Ok(QualityInput {
                        clip: subject.clip("quality")?,
                        speech: taken(&subject.speech, "quality")?,
                        diarization: subject.diarization.get().cloned(),
                    })
                },
                |subject| &subject.quality,
            ),
        ),
        /* 7 */
        wiring::stage(
            run,
            Acoustics,
            &[5, 6],
            Compute,
            acoustics,
            (
                |subject| {
                    Ok(AcousticsInput {
                        clip: subject.clip("acoustics")?,
                        audio: subject.mono("acoustics")?,
                        transcript: subject.spoken("acoustics")?,
                        diarization: subject.diarization.get().cloned(),
                        quality: subject.quality.get().cloned(),
                    })
                },
                |subject| &subject.acoustics,
            ),
        ),
        /* 8 */
        wiring::stage(
            run,
            Emotion,
            &[6],
            engines.emotion_place,
            emotion,
            (
                |subject| {
                    Ok(EmotionInput {
                        audio: subject.mono("emotion")?,
                        speech: taken(&subject.speech, "emotion")?,
                        diarization: subject.diarization.get().cloned(),
                        quality: taken(&subject.quality, "emotion")?,
                    })
                },
                |subject| &subject.emotion,
            ),
        ),
        /* 9 */
        wiring::stage(
            run,
            Language,
            &[5],
            Compute,
            language,
            (|subject| Ok(LanguageInput { transcript: subject.spoken("language")? }), |subject| &subject.patterns),
        ),
        /* 10 */
        wiring::stage(
            run,
            Crosscheck,
            &[7, 9],
            Compute,
            crosscheck,
            (
                |subject| {
                    Ok(CrosscheckInput {
                        transcript: subject.spoken("crosscheck")?,
                        acoustics: subject.acoustics.get().cloned(),
                        patterns: taken(&subject.patterns, "crosscheck")?,
                    })
                },
                |subject| &subject.findings,
            ),
        ),
        /* 11 */
        wiring::stage(
            run,
            Score,
            &[10],
            Compute,
            score,
            (
                |subject| {
                    Ok(ScoreInput {
                        findings: taken(&subject.findings, "score")?,
                        speech: taken(&subject.speech, "score")?,
                    })
                },
                |subject| &subject.assessment,
            ),
        ),
        /* 12 */ wiring::last(run, "write", &[8, 11], write),
    ]
}

/// File -> digest -> what is there already -> sound, if anything is missing that is made from it.
fn open(run: &Run, subject: &Subject, watch: &dyn Watch) -> Result<Opened, RecordingError> {
    let Subject { key, path, .. } = subject;
    run.teller.recording_started(*key, path);
    let file = source_file_watched(path, watch)?;
    let id = run.case.identify(run.teller.id(*key), file.sha256)?;
    run.teller.identified(*key, id);
    if let Some(known) = run.case.load::<SourceFacts>(&run.identities.decode_key(&file).id)? {
        let facts = known.value;
        let keys = Keys::new(&run.identities, &run.selection, &facts);
        if run.case.is_done(id, &keys.by_name())? && run.is_kept(&keys.analysis)? {
            run.teller.recording_finished(*key, true);
            return Ok(Opened { facts, keys, nothing_left: true });
        }
        if run.take_what_is_there(subject, &keys, &facts)? {
            run.teller.stage_cached(*key, "decode", facts.duration);
            run.teller.warnings(*key, &facts);
            return Ok(Opened { facts, keys, nothing_left: false });
        }
        run.decode(subject, watch)?;
        run.teller.warnings(*key, &facts);
        return Ok(Opened { facts, keys, nothing_left: false });
    }
    let facts = run.decode(subject, watch)?;
    run.teller.warnings(*key, &facts);
    let keys = Keys::new(&run.identities, &run.selection, &facts);
    run.case.store(&Artifact::new(&run.identities.decode, keys.decode.inputs.clone(), facts.clone()))?;
    // Another file may have held the same sound.
    run.take_what_is_there(subject, &keys, &facts)?;
    Ok(Opened { facts, keys, nothing_left: false })
}

/// Analysis -> listening copy, reports, transcripts; then the recording is done.
fn write(run: &Run, subject: &Subject) -> Result<(), RecordingError> {
    let Some(Opened { facts, keys, .. }) = subject.opened.get() else { return Ok(()) };
    let id = run.teller.id(subject.key);
    let analysis = RecordingAnalysis {
        source: facts.clone(),
        speech: subject.speech.get().map(|speech| (**speech).clone()),
        transcript: subject.attributed.get().or(subject.words.get()).map(|words| (**words).clone()),
        diarization: subject.diarization.get().map(|found| (**found).clone()),
        quality: subject.quality.get().map(|quality| (**quality).clone()),
        acoustics: subject.acoustics.get().map(|acoustics: &Arc<AcousticFeatures>| (**acoustics).clone()),
        emotion: subject.emotion.get().map(|emotion| (**emotion).clone()),
        patterns: subject.patterns.get().map(|patterns: &Arc<Vec<PatternHit>>| (**patterns).clone()),
        findings: subject.findings.get().map(|findings: &Arc<Vec<Finding>>| (**findings).clone()),
        assessment: subject.assessment.get().map(|assessment: &Arc<Assessment>| (**assessment).clone()),
        produced_by: run.produced_by.clone(),
    };
    let artifact = Artifact::new(&run.identities.analysis, keys.analysis.inputs.clone(), analysis);
    run.case.store(&artifact)?;
    let (listening, listening_file) = run.listening(subject, keys)?;
    let mut files = run.outputs.write(&run.case, id, &artifact.value, Some(&listening))?;
    files.push(listening_file);
    run.case.finish(id, Finished { duration: facts.duration, artifacts: keys.by_name(), files })?;
    run.teller.recording_finished(subject.key, false);
    Ok(())
}

impl Run {
    /// Puts results that the case holds where they belong. Whether nothing is missing that is made from sound.
    fn take_what_is_there(&self, subject: &Subject, keys: &Keys, facts: &SourceFacts) -> Result<bool, RecordingError> {
        use StageName::{
            Acoustics, Align, Attribute, Crosscheck, Diarize, Emotion, Language, Quality, Score, Transcribe, Vad,
        };
        let speech = self.take(subject, keys, facts, Vad, &subject.speech)?;
        let transcript = self.take(subject, keys, facts, Transcribe, &subject.transcript)?;
        self.take(subject, keys, facts, Align, &subject.words)?;
        let diarization = self.take(subject, keys, facts, Diarize, &subject.diarization)?;
        self.take(subject, keys, facts, Attribute, &subject.attributed)?;
        let quality = self.take(subject, keys, facts, Quality, &subject.quality)?;
        let acoustics = self.take(subject, keys, facts, Acoustics, &subject.acoustics)?;
        let emotion = self.take(subject, keys, facts, Emotion, &subject.emotion)?;
        self.take(subject, keys, facts, Language, &subject.patterns)?;
        self.take(subject, keys, facts, Crosscheck, &subject.findings)?;
        self.take(subject, keys, facts, Score, &subject.assessment)?;
        let sound = speech && transcript && diarization && quality && acoustics && emotion;
        Ok(sound && self.listening_kept(subject, keys)?.is_some())
    }

    /// Puts one result where it belongs, if the case holds it. Whether it is not missing.
    fn take<O: DeserializeOwned>(
        &self,
        subject: &Subject,
        keys: &Keys,
        facts: &SourceFacts,
        name: StageName,
        slot: &Slot<O>,
    ) -> Result<bool, RecordingError> {
        let Some(key) = keys.stage(name) else { return Ok(true) };
        let Some(known) = self.case.load::<O>(&key.id)? else { return Ok(false) };
        let _ = slot.set(Arc::new(known.value));
        self.teller.stage_cached(subject.key, name.name(), facts.duration);
        Ok(true)
    }

    /// Whether the case holds this result, whole.
    fn is_kept(&self, key: &Key) -> Result<bool, RecordingError> {
        Ok(self.case.load::<IgnoredAny>(&key.id)?.is_some())
    }

    fn decode(&self, subject: &Subject, watch: &dyn Watch) -> Result<SourceFacts, RecordingError> {
        self.teller.stage_started(subject.key, "decode");
        let begun = Instant::now();
        let clip = decode_watched(&subject.path, &self.settings.decode, watch)?;
        let mono = clip.mono_16k_watched(watch)?;
        self.teller.stage_finished(subject.key, "decode", begun.elapsed(), clip.duration());
        let facts = clip.facts().clone();
        let _ = subject.sound.set(Sound { clip: Arc::new(clip), mono: Arc::new(mono) });
        Ok(facts)
    }

    /// The listening copy in the folder of the recording, if it is whole.
    fn listening_kept(&self, subject: &Subject, keys: &Keys) -> Result<Option<(Vec<u8>, WrittenFile)>, RecordingError> {
        let Some(known) = self.case.load::<WrittenFile>(&keys.listening.id)? else { return Ok(None) };
        let path = self.case.folder(self.teller.id(subject.key))?.join(LISTENING_FILE);
        let bytes = std::fs::read(path).ok().filter(|bytes| Digest::of(bytes) == known.value.sha256);
        Ok(bytes.map(|bytes| (bytes, known.value)))
    }

    /// The listening copy: from the folder of the recording where it is whole, otherwise made now.
    fn listening(&self, subject: &Subject, keys: &Keys) -> Result<(Vec<u8>, WrittenFile), RecordingError> {
        if let Some(kept) = self.listening_kept(subject, keys)? {
            return Ok(kept);
        }
        let mono = subject.mono("write").map_err(RecordingError::Stage)?;
        let bytes = listening_copy(&mono)?;
        let file = self.case.write(self.teller.id(subject.key), LISTENING_FILE, &bytes)?;
        self.case.store(&Artifact::new(&self.identities.listening, keys.listening.inputs.clone(), file.clone()))?;
        Ok((bytes, file))
    }
}

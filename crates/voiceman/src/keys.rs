//! Which result rests on which: the identity of every result of a recording, known as soon as its sound is.

use crate::engines::{Analysis, Engines, Hearing};
use crate::outputs::Outputs;
use crate::selection::{Selection, StageName};
use std::collections::BTreeMap;
use voiceman_base::{ArtifactId, Digest, IdHasher, ProducedBy, SourceFacts, SourceFile, StageIdentity};

/// What all results of a run depend on besides the recordings.
pub(crate) struct Identities {
    pub(crate) decode: StageIdentity,
    vad: StageIdentity,
    transcribe: StageIdentity,
    align: StageIdentity,
    diarize: StageIdentity,
    attribute: StageIdentity,
    quality: StageIdentity,
    acoustics: StageIdentity,
    emotion: StageIdentity,
    language: StageIdentity,
    crosscheck: StageIdentity,
    score: StageIdentity,
    pub(crate) listening: StageIdentity,
    pub(crate) analysis: StageIdentity,
    report: StageIdentity,
}

/// Identity of a result and of what it is made from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Key {
    pub(crate) id: ArtifactId,
    pub(crate) inputs: Vec<ArtifactId>,
}

/// Identities of all results of one recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Keys {
    pub(crate) decode: Key,
    stages: BTreeMap<StageName, Key>,
    pub(crate) listening: Key,
    pub(crate) analysis: Key,
    report: Key,
}

impl Identities {
    /// Of a run with these stages, results and reports.
    pub(crate) fn new(
        decode: StageIdentity,
        engines: &Engines,
        produced_by: &ProducedBy,
        outputs: &Outputs,
    ) -> Identities {
        let Hearing { vad, transcribe, align, diarize, attribute, quality } = &engines.hearing;
        let Analysis { acoustics, emotion, language, crosscheck, score } = &engines.analysis;
        let plain = |id, settings| StageIdentity { id, version: 1, settings, models: Vec::new() };
        Identities {
            decode,
            vad: vad.identity.clone(),
            transcribe: transcribe.identity.clone(),
            align: align.identity.clone(),
            diarize: diarize.identity.clone(),
            attribute: attribute.identity.clone(),
            quality: quality.identity.clone(),
            acoustics: acoustics.identity.clone(),
            emotion: emotion.identity.clone(),
            language: language.identity.clone(),
            crosscheck: crosscheck.identity.clone(),
            score: score.identity.clone(),
            listening: plain("listening", Digest::of(b"")),
            analysis: plain("analysis", produced_by_digest(produced_by)),
            report: plain("report", outputs.digest()),
        }
    }

    /// The identity of decoding `file`. Its name belongs to what decoding says about it.
    pub(crate) fn decode_key(&self, file: &SourceFile) -> Key {
        let name = Digest::of(file.name.as_bytes());
        let inputs = vec![ArtifactId::from_digest(file.sha256), ArtifactId::from_digest(name)];
        Key { id: ArtifactId::of(&self.decode, &inputs), inputs }
    }
}

impl Keys {
    /// All identities that follow from the sound that `facts` describe.
    pub(crate) fn new(identities: &Identities, selection: &Selection, facts: &SourceFacts) -> Keys {
        let decode = identities.decode_key(&facts.file);
        let sound = sound_id(&identities.decode, facts);
        let make = |identity: &StageIdentity, inputs: &[ArtifactId]| Key {
            id: ArtifactId::of(identity, inputs),
            inputs: inputs.to_vec(),
        };
        let vad = make(&identities.vad, &[sound]);
        let transcribe = make(&identities.transcribe, &[sound, vad.id]);
        let align = make(&identities.align, &[transcribe.id, vad.id]);
        let diarize = make(&identities.diarize, &[sound, vad.id]);
        let attribute = make(&identities.attribute, &[align.id, diarize.id]);
        // What the file says of its codec counts as well, and speakers where they are told apart.
        let speakers = selection.has(StageName::Diarize).then_some(diarize.id);
        let inputs: Vec<ArtifactId> = [decode.id, sound, vad.id].into_iter().chain(speakers).collect();
        let quality = make(&identities.quality, &inputs);
        // What takes words takes them with their speakers where those are told apart; otherwise it is another result.
        let words = if selection.has(StageName::Attribute) { attribute.id } else { align.id };
        // Acoustics takes speakers and what may be measured where those run.
        let measurable = selection.has(StageName::Quality).then_some(quality.id);
        let inputs: Vec<ArtifactId> = [sound, words].into_iter().chain(speakers).chain(measurable).collect();
        let acoustics = make(&identities.acoustics, &inputs);
        let inputs: Vec<ArtifactId> = [sound, vad.id, quality.id].into_iter().chain(speakers).collect();
        let emotion = make(&identities.emotion, &inputs);
        let language = make(&identities.language, &[words]);
        // The cross-check takes acoustics where they run; without them it is another result.
        let measured = selection.has(StageName::Acoustics).then_some(acoustics.id);
        let inputs: Vec<ArtifactId> = [words, language.id].into_iter().chain(measured).collect();
        let crosscheck = make(&identities.crosscheck, &inputs);
        let score = make(&identities.score, &[crosscheck.id, vad.id]);
        let listening = make(&identities.listening, &[sound]);
        let stages: BTreeMap<StageName, Key> = [
            (StageName::Vad, vad),
            (StageName::Transcribe, transcribe),
            (StageName::Align, align),
            (StageName::Diarize, diarize),
            (StageName::Attribute, attribute),
            (StageName::Quality, quality),
            (StageName::Acoustics, acoustics),
            (StageName::Emotion, emotion),
            (StageName::Language, language),
            (StageName::Crosscheck, crosscheck),
            (StageName::Score, score),
        ]
        .into_iter()
        .filter(|(stage, _)| selection.has(*stage))
        .collect();
        let parts: Vec<ArtifactId> = std::iter::once(decode.id).chain(stages.values().map(|key| key.id)).collect();
        let analysis = make(&identities.analysis, &parts);
        let report = make(&identities.report, &[analysis.id, listening.id]);
        Keys { decode, stages, listening, analysis, report }
    }

    /// The identity of what `stage` gives, if it runs.
    pub(crate) fn stage(&self, stage: StageName) -> Option<&Key> {
        self.stages.get(&stage)
    }

    /// All of them by name, as the case keeps them.
    pub(crate) fn by_name(&self) -> BTreeMap<String, ArtifactId> {
        let own = [
            ("decode", &self.decode),
            ("listening", &self.listening),
            ("analysis", &self.analysis),
            (REPORT, &self.report),
        ];
        let stages = self.stages.iter().map(|(stage, key)| (stage.name(), key));
        own.into_iter().chain(stages).map(|(name, key)| (name.to_owned(), key.id)).collect()
    }
}

/// Name of the written files among the results of a recording.
pub(crate) const REPORT: &str = "report";

/// The identity of written files, for reports that are written again from a case.
pub(crate) fn report_id(outputs: &Outputs, analysis: ArtifactId, listening: ArtifactId) -> ArtifactId {
    let identity = StageIdentity { id: REPORT, version: 1, settings: outputs.digest(), models: Vec::new() };
    ArtifactId::of(&identity, &[analysis, listening])
}

/// The sound itself: its samples, rate and channels, and the version of what makes the 16 kHz view of it. Not the file:
/// the same sound in another container gives the same results.
fn sound_id(decode: &StageIdentity, facts: &SourceFacts) -> ArtifactId {
    let mut hasher = IdHasher::new("sound/1");
    hasher.digest(&facts.samples_sha256).number(u64::from(facts.sample_rate)).number(u64::from(facts.channels));
    ArtifactId::of(decode, &[ArtifactId::from_digest(hasher.finish())])
}

fn produced_by_digest(produced_by: &ProducedBy) -> Digest {
    let ProducedBy { tool, version, settings_sha256, models, lexicons } = produced_by;
    let mut hasher = IdHasher::new("produced-by/1");
    hasher.text(tool).text(version).digest(settings_sha256).number(models.len() as u64);
    for model in models {
        hasher
            .text(&model.role)
            .text(&model.name)
            .digest(&model.sha256)
            .text(model.precision.name())
            .text(&model.runtime);
    }
    for lexicon in lexicons {
        hasher.text(&lexicon.name).text(&lexicon.version).digest(&lexicon.sha256);
    }
    hasher.finish()
}

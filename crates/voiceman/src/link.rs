//! Speakers of different recordings of a case who sound alike, proposed to a person.
//!
//! `links.json` in the case holds the proposals and what a person decided, when and who. The report over the case shows it;
//! no speaker of a recording changes by it, and no number is merged with another.

use crate::error::Error;
use crate::outputs::{self, REPORT_FILE};
use crate::utc::utc;
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::Path;
use std::time::SystemTime;
use voiceman_base::{ArtifactId, Digest, IdHasher, ModelIdentity, RecordingAnalysis, SpeakerId, Verdict, VoiceMeasure};
use voiceman_case::{Case, RecordingStatus};
use voiceman_report::ReportLanguage;
use voiceman_stages::link::{self, LinkedVoice, likenesses, rates_at};

/// Version of the format of `links.json`.
pub const LINKS_SCHEMA: &str = "voiceman.links/1";
/// Name of the file in the case.
pub const LINKS_FILE: &str = "links.json";

/// What a person says of a proposal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkDecision {
    /// Nobody has decided.
    Open,
    /// A person takes both for one.
    Confirmed,
    /// A person takes them for two.
    Refused,
}

/// What to do besides comparing.
#[derive(Clone, Debug, Default)]
pub struct LinkRequest {
    /// Proposals that a person confirms, by id.
    pub confirm: Vec<String>,
    /// Proposals that a person refuses, by id.
    pub refuse: Vec<String>,
    /// Proposals on which a decision is taken back, by id.
    pub reopen: Vec<String>,
    /// Who decides.
    pub by: Option<String>,
    /// Language of the report over the case; that of the report that is there where nothing is said.
    pub language: Option<ReportLanguage>,
}

/// The content of `links.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Links {
    /// [`LINKS_SCHEMA`].
    pub schema: String,
    /// How the error rates were measured.
    pub measured: MeasuredOn,
    /// Pairs that are less similar are not listed.
    pub least_similarity: f64,
    /// The most similar first.
    pub proposals: Vec<Proposal>,
    /// Speakers who were compared with nobody, and why.
    pub not_compared: Vec<NotCompared>,
    /// Names of recordings whose results this version cannot read: nobody in them was compared. Not kept.
    #[serde(skip)]
    pub unread: Vec<String>,
    /// All decisions, in the order in which they were made; also those on analyses that are no longer those of the case.
    #[serde(default)]
    pub decisions: Vec<Decided>,
}

/// A decision of a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decided {
    /// The proposal.
    pub id: String,
    /// One of the speakers.
    pub first: LinkedSpeaker,
    /// The other.
    pub second: LinkedSpeaker,
    /// What was decided.
    pub decision: LinkDecision,
    /// Who decided, if that was said.
    pub by: Option<String>,
    /// When, by the clock of the machine: UTC, to the second.
    pub at: String,
}

/// What the error rates rest on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MeasuredOn {
    /// Embedding model.
    pub model: String,
    /// People.
    pub people: u32,
    /// Pairs of recordings of one person.
    pub pairs_of_one: u32,
    /// Pairs of recordings of different people.
    pub pairs_of_two: u32,
}

/// A speaker of a recording.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkedSpeaker {
    /// File name of the recording.
    pub recording: String,
    /// Digest of the file.
    pub sha256: Digest,
    /// Identity of the analysis that numbered the speakers.
    pub analysis: ArtifactId,
    /// `SPEAKER_00`.
    pub speaker: String,
}

/// Two speakers who sound alike.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Proposal {
    /// Names the pair; the same as long as both analyses are.
    pub id: String,
    /// One of them.
    pub first: LinkedSpeaker,
    /// The other.
    pub second: LinkedSpeaker,
    /// Cosine of their mean embeddings.
    pub similarity: f64,
    /// Share of the measured pairs of different people that are at least as similar as the measured level below it.
    pub false_alarm: f64,
    /// The same of the two people of the measurement who are most often so similar.
    pub worst_false_alarm: f64,
    /// Share of the measured pairs of one person that are less similar than that level.
    pub miss: f64,
    /// What a person said.
    pub decision: LinkDecision,
}

/// A speaker who was compared with nobody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotCompared {
    /// Who.
    #[serde(flatten)]
    pub speaker: LinkedSpeaker,
    /// Why: `quality_not_asked_for`, `no_voice`, `no_measured_rates`, or what stands against it by the quality of the sound.
    pub why: Vec<String>,
}

/// Compares the speakers of all recordings of a case, writes `links.json`, and gives what it holds.
///
/// # Errors
/// When there is no case, `links.json` is damaged, or a decision names no proposal.
pub fn link(root: &Path, request: &LinkRequest) -> Result<Links, Error> {
    let case = Case::open(root)?;
    let known = read(root)?;
    let mut links = compare(&case)?;
    links.decisions = known.as_ref().map(|known| known.decisions.clone()).unwrap_or_default();
    let at = utc(SystemTime::now());
    for proposal in &mut links.proposals {
        if let Some(before) = known.iter().flat_map(|known| &known.proposals).find(|before| before.id == proposal.id) {
            proposal.decision = before.decision;
        }
    }
    let decisions = [
        (&request.confirm, LinkDecision::Confirmed),
        (&request.refuse, LinkDecision::Refused),
        (&request.reopen, LinkDecision::Open),
    ];
    for (ids, decision) in decisions {
        for id in ids {
            let proposal = links.proposals.iter_mut().find(|proposal| proposal.id == *id);
            let proposal = proposal.ok_or_else(|| Error::NoProposal(id.clone()))?;
            proposal.decision = decision;
            links.decisions.push(Decided {
                id: id.clone(),
                first: proposal.first.clone(),
                second: proposal.second.clone(),
                decision,
                by: request.by.clone(),
                at: at.clone(),
            });
        }
    }
    let mut text = serde_json::to_string_pretty(&links).map_err(|error| Error::Links(error.to_string()))?;
    text.push('\n');
    case.write_case_file(LINKS_FILE, text.as_bytes())?;
    let language = request.language.unwrap_or_else(|| language_there(root));
    links.unread = outputs::write_case(&case, language)?;
    Ok(links)
}

/// What was written before, if anything was.
pub(crate) fn read(root: &Path) -> Result<Option<Links>, Error> {
    match fs::read_to_string(root.join(LINKS_FILE)) {
        Ok(text) => {
            let links: Links = serde_json::from_str(&text).map_err(|error| Error::Links(error.to_string()))?;
            // Decisions of people are not thrown away because a newer program wrote them.
            if links.schema == LINKS_SCHEMA { Ok(Some(links)) } else { Err(Error::Links(links.schema)) }
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::Links(error.to_string())),
    }
}

/// The language of the report over the case that is there; English where there is none. Its first line says it.
fn language_there(root: &Path) -> ReportLanguage {
    let page = fs::read(root.join(REPORT_FILE)).unwrap_or_default();
    let head = String::from_utf8_lossy(page.get(..page.len().min(200)).unwrap_or_default()).into_owned();
    let found =
        ReportLanguage::ALL.into_iter().find(|language| head.contains(&format!("lang=\"{}\"", language.code())));
    found.unwrap_or(ReportLanguage::En)
}

/// A speaker with what he or she is compared by.
struct Candidate {
    recording: usize,
    speaker: LinkedSpeaker,
    model: ModelIdentity,
    voice: Vec<f32>,
}

fn compare(case: &Case) -> Result<Links, Error> {
    let (mut candidates, mut not_compared) = (Vec::new(), Vec::new());
    for (recording, entry) in case.recordings()?.into_iter().enumerate() {
        let Some(id) = entry.artifacts.get("analysis").filter(|_| entry.status == RecordingStatus::Done) else {
            continue;
        };
        let Some(analysis) = case.load::<RecordingAnalysis>(id)? else { continue };
        let Some(found) = &analysis.value.diarization else { continue };
        for (place, speaker) in found.speakers.iter().enumerate() {
            let linked = LinkedSpeaker {
                recording: analysis.value.source.file.name.clone(),
                sha256: analysis.value.source.file.sha256,
                analysis: *id,
                speaker: speaker.id.to_string(),
            };
            let voice = found.voices.get(place).filter(|voice| !voice.is_empty());
            match (obstacles(&analysis.value, speaker.id), voice) {
                (Ok(model), Some(voice)) => {
                    let (model, voice) = (model.clone(), voice.clone());
                    candidates.push(Candidate { recording, speaker: linked, model, voice });
                }
                (Ok(_), None) => not_compared.push(NotCompared { speaker: linked, why: vec!["no_voice".to_owned()] }),
                (Err(why), _) => not_compared.push(NotCompared { speaker: linked, why }),
            }
        }
    }
    let measured = link::MEASURED;
    let mut proposals = Vec::new();
    let voices: Vec<LinkedVoice<'_>> = candidates
        .iter()
        .map(|candidate| LinkedVoice { recording: candidate.recording, direction: &candidate.voice })
        .collect();
    for pair in likenesses(&voices, link::LEAST_SIMILARITY) {
        let (first, second) = (&candidates[pair.first], &candidates[pair.second]);
        // The same sound at two places is no news, and embeddings of two models cannot be compared.
        if first.speaker.sha256 == second.speaker.sha256 || first.model != second.model {
            continue;
        }
        let Some(rates) = rates_at(pair.similarity, &measured) else { continue };
        proposals.push(Proposal {
            id: pair_id(&first.speaker, &second.speaker),
            first: first.speaker.clone(),
            second: second.speaker.clone(),
            similarity: (pair.similarity * 1e6).round() / 1e6,
            false_alarm: rates.false_alarm,
            worst_false_alarm: rates.worst_false_alarm,
            miss: rates.miss,
            decision: LinkDecision::Open,
        });
    }
    let measured = MeasuredOn {
        model: link::MEASURED_MODEL.to_owned(),
        people: measured.people,
        pairs_of_one: measured.pairs_of_one,
        pairs_of_two: measured.pairs_of_two,
    };
    let (schema, least_similarity) = (LINKS_SCHEMA.to_owned(), link::LEAST_SIMILARITY);
    Ok(Links { schema, measured, least_similarity, proposals, not_compared, unread: Vec::new(), decisions: Vec::new() })
}

/// The model that a speaker's voice is described by, or what stands against comparing it.
fn obstacles(analysis: &RecordingAnalysis, speaker: SpeakerId) -> Result<&ModelIdentity, Vec<String>> {
    let why = |reason: &str| Err(vec![reason.to_owned()]);
    let model = analysis.produced_by.models.iter().find(|model| model.role == "embedding");
    let Some(model) = model.filter(|model| model.name == link::MEASURED_MODEL) else { return why("no_measured_rates") };
    let Some(quality) = &analysis.quality else { return why("quality_not_asked_for") };
    let own = quality.speakers.iter().find(|own| own.speaker == speaker);
    let verdict = |verdict: &&Verdict| verdict.measure == VoiceMeasure::SpeakerComparison;
    match own.and_then(|own| own.verdicts.iter().find(verdict)) {
        None => why("quality_not_asked_for"),
        Some(verdict) if verdict.bears() => Ok(model),
        Some(verdict) => Err(verdict.obstacles.iter().map(|obstacle| obstacle.kind().to_owned()).collect()),
    }
}

/// The same for a pair as long as both analyses are the same.
fn pair_id(first: &LinkedSpeaker, second: &LinkedSpeaker) -> String {
    let mut hasher = IdHasher::new("link/1");
    for speaker in [first, second] {
        hasher.digest(&speaker.sha256).text(&speaker.analysis.to_string()).text(&speaker.speaker);
    }
    hasher.finish().short()
}

#[cfg(test)]
pub(crate) mod tests;

//! Cross-check: from wording, sound and the recogniser's doubt to findings, which are places to listen to.
//!
//! Every hit of the lexicon that was asserted gives a [`FindingKind::Wording`]. Beside it may stand
//! [`FindingKind::WordingWithRaisedVoice`], when its utterance was louder or higher than is usual for its speaker, and
//! [`FindingKind::WordingOverDoubtfulWords`], a warning that the words themselves may be wrong. A finding says what was
//! measured and where; it says nothing about what anybody meant. Formulas: `docs/methods/findings.md`.

mod doubt;
mod raised;
mod settings;

#[cfg(test)]
mod tests;

pub use raised::RaisedBar;
pub use settings::{CrosscheckSettings, CrosscheckSettingsError};

use doubt::DoubtCheck;
use raised::RaisedVoiceCheck;
use std::sync::Arc;
use voiceman_base::{
    AcousticFeatures, AlignedTranscript, BatchShape, Bytes, ClipTime, Cost, EvidenceRef, Finding, FindingId,
    FindingKind, MeasureRef, PatternHit, PatternStatus, Prob, Stage, StageError, StageIdentity, Watch,
};

/// Name of the stage.
const STAGE: &str = "crosscheck";
/// Raised whenever the same input and settings give other findings.
const VERSION: u32 = 2;

/// What one recording hands in.
#[derive(Clone, Debug)]
pub struct CrosscheckInput {
    /// What was said, with the recogniser's confidence.
    pub transcript: Arc<AlignedTranscript>,
    /// How it sounded; nothing when acoustics was not run, and then no finding speaks of the voice.
    pub acoustics: Option<Arc<AcousticFeatures>>,
    /// Hits of the lexicon.
    pub patterns: Arc<Vec<PatternHit>>,
}

/// The cross-check: pure and instant, one list of findings per recording.
#[derive(Clone, Debug)]
pub struct CrosscheckStage {
    settings: CrosscheckSettings,
}

impl CrosscheckStage {
    /// A cross-check with `settings`.
    ///
    /// # Errors
    /// When a setting lies outside its range.
    pub fn new(settings: CrosscheckSettings) -> Result<CrosscheckStage, CrosscheckSettingsError> {
        settings.check()?;
        Ok(CrosscheckStage { settings })
    }
}

impl Stage for CrosscheckStage {
    type Input = CrosscheckInput;
    type Output = Vec<Finding>;

    fn identity(&self) -> StageIdentity {
        StageIdentity { id: STAGE, version: VERSION, settings: self.settings.digest(), models: Vec::new() }
    }

    fn shape() -> BatchShape {
        BatchShape::recordings(Bytes::mebi(1))
    }

    fn cost(input: &CrosscheckInput) -> Cost {
        let end = input.transcript.utterances.last().map_or(ClipTime::ZERO, |last| last.utterance.span.end());
        Cost { items: 1, audio: end }
    }

    fn run(&mut self, batch: Vec<CrosscheckInput>, watch: &dyn Watch) -> Vec<Result<Vec<Finding>, StageError>> {
        let crosscheck = |input: &CrosscheckInput| {
            watch.check().map_err(|_| StageError::cancelled(STAGE))?;
            Ok(findings(input, &self.settings))
        };
        batch.iter().map(crosscheck).collect()
    }
}

/// All findings of a recording, numbered in time order; where several stand on one hit, wording comes first.
fn findings(input: &CrosscheckInput, settings: &CrosscheckSettings) -> Vec<Finding> {
    let raised_voice = input.acoustics.as_deref().map(|acoustics| RaisedVoiceCheck::new(acoustics, settings));
    let doubt = DoubtCheck::new(&input.transcript, settings);
    let mut hits: Vec<&PatternHit> =
        input.patterns.iter().filter(|hit| hit.status == PatternStatus::Asserted).collect();
    hits.sort_by_key(|hit| (hit.span, hit.id));

    let mut findings = Vec::new();
    let mut add = |kind: FindingKind, hit: &PatternHit, strength: Prob, measures: Vec<MeasureRef>| {
        findings.push(Finding {
            id: FindingId(findings.len() as u32),
            kind,
            family: hit.family,
            strength,
            evidence: vec![EvidenceRef {
                span: hit.span,
                utterance: hit.utterance,
                words: hit.words.clone(),
                pattern: hit.id,
                measures,
            }],
        });
    };
    for hit in hits {
        add(FindingKind::Wording, hit, hit.severity, Vec::new());
        if let Some(raised) = raised_voice.as_ref().and_then(|check| check.of(hit.utterance)) {
            add(FindingKind::WordingWithRaisedVoice, hit, raised.strength, raised.measures);
        }
        if let Some(doubtful) = doubt.of(hit) {
            add(FindingKind::WordingOverDoubtfulWords, hit, doubtful.strength, doubtful.measures);
        }
    }
    findings
}

/// What a check found on a hit.
struct Found {
    strength: Prob,
    measures: Vec<MeasureRef>,
}

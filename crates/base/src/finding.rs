//! What a person should listen to, and where.

use crate::{BaselineOf, Family, PatternHitId, Prob, Span, UtteranceId, WordId};
use serde::{Deserialize, Serialize};

/// Number of a finding within its recording, counted from 0 in time order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FindingId(pub u32);

/// Kinds of finding. A finding is a place to listen to, never a conclusion.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FindingKind {
    /// Wording of a family, asserted.
    Wording,
    /// Wording of a family, said with level or pitch raised over the recording's own baseline.
    WordingWithRaisedVoice,
    /// Wording of a family over words that the recogniser doubted: a warning that the words themselves may be wrong.
    WordingOverDoubtfulWords,
}

impl FindingKind {
    /// The name used in files.
    pub fn name(self) -> &'static str {
        match self {
            FindingKind::Wording => "wording",
            FindingKind::WordingWithRaisedVoice => "wording_with_raised_voice",
            FindingKind::WordingOverDoubtfulWords => "wording_over_doubtful_words",
        }
    }
}

/// Something that a person should listen to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// Number in the recording.
    pub id: FindingId,
    /// Kind.
    pub kind: FindingKind,
    /// Family of the wording it rests on.
    pub family: Family,
    /// Strength in `[0, 1]`; how it is computed stands in `docs/methods/findings.md`.
    pub strength: Prob,
    /// What it rests on, at least one place.
    pub evidence: Vec<EvidenceRef>,
}

/// A place in the recording and what was found there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EvidenceRef {
    /// When.
    pub span: Span,
    /// In which utterance.
    pub utterance: UtteranceId,
    /// Which words.
    pub words: Vec<WordId>,
    /// Which hit of the lexicon.
    pub pattern: PatternHitId,
    /// Which measures.
    pub measures: Vec<MeasureRef>,
}

/// A measured value beside what is usual.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MeasureRef {
    /// Name with unit, as in `analysis.json`, for example `intensity_db`.
    pub name: String,
    /// Value at the place.
    pub value: f64,
    /// What is usual in this recording.
    pub baseline: f64,
    /// For whom that is usual.
    pub baseline_of: BaselineOf,
}

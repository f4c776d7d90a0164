//! Wording that matters: where a pattern of the lexicon was found.

use crate::{LanguageCode, Prob, Span, UtteranceId, WordId};
use serde::{Deserialize, Serialize};

/// Number of a hit within its recording, counted from 0 in time order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PatternHitId(pub u32);

/// Families of wording. What they mean stands in `docs/methods/language.md`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Family {
    /// Making somebody doubt their memory or perception.
    Gaslighting,
    /// Announcing harm.
    Threat,
    /// Pressing somebody into something against their will.
    Coercion,
    /// Insult and harassment.
    Harassment,
    /// Extortion and pressure to defraud.
    Extortion,
    /// Emotional manipulation.
    Manipulation,
}

impl Family {
    /// All families in the order of reports.
    pub const ALL: [Family; 6] = [
        Family::Gaslighting,
        Family::Threat,
        Family::Coercion,
        Family::Harassment,
        Family::Extortion,
        Family::Manipulation,
    ];

    /// The name used in files.
    pub fn name(self) -> &'static str {
        match self {
            Family::Gaslighting => "gaslighting",
            Family::Threat => "threat",
            Family::Coercion => "coercion",
            Family::Harassment => "harassment",
            Family::Extortion => "extortion",
            Family::Manipulation => "manipulation",
        }
    }
}

/// Whether the words were said as a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PatternStatus {
    /// Said as such.
    Asserted,
    /// Denied: "I did not say I would kill you".
    Negated,
}

/// A place where a pattern of the lexicon was found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PatternHit {
    /// Number in the recording.
    pub id: PatternHitId,
    /// Id of the pattern in the lexicon, for example `ko.threat.direct.kill`.
    pub pattern: String,
    /// Family of the pattern.
    pub family: Family,
    /// Subtype within the family, for example `direct`.
    pub subtype: String,
    /// Severity weight of the pattern, in `[0, 1]`.
    pub severity: Prob,
    /// Asserted or negated.
    pub status: PatternStatus,
    /// Language of the pattern.
    pub language: LanguageCode,
    /// Utterance it stands in.
    pub utterance: UtteranceId,
    /// Words it covers, at least one, in order.
    pub words: Vec<WordId>,
    /// Hull of the words' times; the utterance's span when the words have none.
    pub span: Span,
}

//! A statement: one wording of a family with the findings that rest on the same hit.

use super::ScoreSettings;
use super::load::Trust;
use voiceman_base::{Family, Finding, FindingId, FindingKind, WordId};

/// One wording and what raises or lowers its strength.
#[derive(Clone, Debug)]
pub(super) struct Statement {
    /// The wording.
    pub wording: FindingId,
    /// The raised voice it was said with.
    pub raised: Option<FindingId>,
    /// The doubt about its words.
    pub doubt: Option<FindingId>,
    /// Its words, sorted, each once; those of overlapping statements are counted once.
    pub words: Vec<WordId>,
    /// Severity of the wording, in `[0, 1]`.
    pub severity: f64,
    /// What a raised voice adds, as a factor of 1 or more.
    pub gain: f64,
    /// What doubt leaves, as a factor in `[0, 1]`.
    pub trust: f64,
}

impl Statement {
    /// Severity, times gain, times trust as far as `trust` says.
    pub fn strength(&self, trust: Trust) -> f64 {
        let trust = match trust {
            Trust::Full => 1.0,
            Trust::Weigh => self.trust,
            Trust::Leave if self.doubt.is_some() => 0.0,
            Trust::Leave => 1.0,
        };
        self.severity * self.gain * trust
    }
}

/// All statements of `family`, in the order of the findings. A raised voice or a doubt counts with the wording whose
/// hit it rests on; were there several, the strongest counts.
pub(super) fn statements(findings: &[Finding], family: Family, settings: &ScoreSettings) -> Vec<Statement> {
    let of_family = || findings.iter().filter(|finding| finding.family == family);
    let beside = |wording: &Finding, kind: FindingKind| {
        let pattern = wording.evidence.first().map(|place| place.pattern);
        of_family()
            .filter(|other| other.kind == kind && other.evidence.first().map(|place| place.pattern) == pattern)
            .map(|other| (other.id, other.strength.value()))
            .max_by(|left, right| left.1.total_cmp(&right.1))
    };
    let statement = |wording: &Finding| {
        let raised = beside(wording, FindingKind::WordingWithRaisedVoice);
        let doubt = beside(wording, FindingKind::WordingOverDoubtfulWords);
        let mut words: Vec<WordId> = wording.evidence.iter().flat_map(|place| place.words.iter().copied()).collect();
        words.sort_unstable();
        words.dedup();
        Statement {
            wording: wording.id,
            raised: raised.map(|(id, _)| id),
            doubt: doubt.map(|(id, _)| id),
            words,
            severity: wording.strength.value(),
            gain: 1.0 + settings.raised_voice_gain * raised.map_or(0.0, |(_, strength)| strength),
            trust: 1.0 - settings.doubt_loss * doubt.map_or(0.0, |(_, strength)| strength),
        }
    };
    of_family().filter(|finding| finding.kind == FindingKind::Wording).map(statement).collect()
}

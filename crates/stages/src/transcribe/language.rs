//! Which language a recording is in: a vote of speech windows, weighted by their speech.

use super::ONLY_LANGUAGE;
use super::vocabulary::Vocabulary;
use std::collections::BTreeMap;
use voiceman_base::{ClipTime, LanguageCandidate, LanguageCode, LanguageVote, Prob};

/// Candidates that are reported.
const REPORTED: usize = 5;

/// The vote of one recording.
pub(super) struct Ballot {
    allowed: Vec<LanguageCode>,
    shares: BTreeMap<LanguageCode, f64>,
    weight: f64,
}

impl Ballot {
    /// A vote among `allowed` languages, or among all that the model knows if there are none.
    pub(super) fn given(allowed: &[LanguageCode], vocabulary: &Vocabulary) -> Ballot {
        let known = &vocabulary.special.languages;
        let mut allowed: Vec<LanguageCode> = allowed.iter().copied().filter(|code| known.contains_key(code)).collect();
        if allowed.is_empty() {
            allowed = known.keys().copied().collect();
        }
        Ballot { allowed, shares: BTreeMap::new(), weight: 0.0 }
    }

    /// Most probable language of each window and its probability among the allowed ones. The first windows heard vote.
    pub(super) fn hear(
        &mut self,
        rows: &[&[f32]],
        lengths: &[ClipTime],
        vocabulary: &Vocabulary,
    ) -> Vec<(LanguageCode, f64)> {
        let votes = self.shares.is_empty();
        let mut best = Vec::with_capacity(rows.len());
        for (row, length) in rows.iter().zip(lengths) {
            let logprob = |code: &LanguageCode| {
                let token = vocabulary.special.languages.get(code).and_then(|token| row.get(*token as usize));
                token.map_or(f64::NEG_INFINITY, |logprob| f64::from(*logprob))
            };
            let largest = self.allowed.iter().map(logprob).fold(f64::NEG_INFINITY, f64::max);
            let weights: Vec<f64> = self.allowed.iter().map(|code| (logprob(code) - largest).exp()).collect();
            let total: f64 = weights.iter().sum();
            let top = weights.iter().zip(&self.allowed).max_by(|a, b| a.0.total_cmp(b.0));
            best.push(top.map_or((ONLY_LANGUAGE, 1.0), |(weight, code)| (*code, weight / total)));
            if votes {
                self.weight += length.seconds();
                for (weight, code) in weights.iter().zip(&self.allowed) {
                    *self.shares.entry(*code).or_default() += weight / total * length.seconds();
                }
            }
        }
        best
    }

    /// The language to decode in.
    pub(super) fn decided(&self, vocabulary: &Vocabulary) -> LanguageCode {
        self.result(vocabulary).decided().unwrap_or(ONLY_LANGUAGE)
    }

    /// The vote as it is reported.
    pub(super) fn result(&self, vocabulary: &Vocabulary) -> LanguageVote {
        match self.allowed[..] {
            [] => return LanguageVote::Given(ONLY_LANGUAGE),
            [only] if vocabulary.special.languages.contains_key(&only) => return LanguageVote::Given(only),
            _ => {}
        }
        let mut candidates: Vec<LanguageCandidate> = self
            .shares
            .iter()
            .map(|(code, share)| LanguageCandidate { code: *code, share: Prob::saturating(share / self.weight) })
            .collect();
        candidates.sort_by(|a, b| b.share.value().total_cmp(&a.share.value()).then(a.code.cmp(&b.code)));
        candidates.truncate(REPORTED);
        LanguageVote::Voted(candidates)
    }
}

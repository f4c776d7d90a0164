//! Which language a recording is in: a vote of speech windows, weighted by their speech.

use super::ONLY_LANGUAGE;
use super::vocabulary::Vocabulary;
use std::collections::{BTreeMap, BTreeSet};
use voiceman_base::{ClipTime, LanguageCandidate, LanguageCode, LanguageVote, Prob};

/// Candidates that are reported.
const REPORTED: usize = 5;

/// The vote of one recording.
pub(super) struct Ballot {
    allowed: Vec<LanguageCode>,
    /// Windows that have not voted yet.
    voters: BTreeSet<usize>,
    shares: BTreeMap<LanguageCode, f64>,
    weight: f64,
}

impl Ballot {
    /// A vote of the windows `voters` among `allowed` languages, or among all that the model knows if there are none.
    pub(super) fn given(allowed: &[LanguageCode], voters: Vec<usize>, vocabulary: &Vocabulary) -> Ballot {
        let known = &vocabulary.special.languages;
        let mut allowed: Vec<LanguageCode> = allowed.iter().copied().filter(|code| known.contains_key(code)).collect();
        if allowed.is_empty() {
            allowed = known.keys().copied().collect();
        }
        Ballot { allowed, voters: voters.into_iter().collect(), shares: BTreeMap::new(), weight: 0.0 }
    }

    /// Takes the vote of a window of this length, from the log-probabilities of its first token. A window that has voted
    /// already, or has no vote, changes nothing. Voters come in their order, so that sums round alike.
    pub(super) fn take(&mut self, window: usize, row: &[f32], length: ClipTime, vocabulary: &Vocabulary) {
        if !self.voters.remove(&window) {
            return;
        }
        let weights = self.weights(row, vocabulary);
        let total: f64 = weights.iter().sum();
        self.weight += length.seconds();
        for (weight, code) in weights.iter().zip(&self.allowed) {
            *self.shares.entry(*code).or_default() += weight / total * length.seconds();
        }
    }

    /// Most probable language of a window and its probability among the allowed ones.
    pub(super) fn most_probable(&self, row: &[f32], vocabulary: &Vocabulary) -> (LanguageCode, f64) {
        let weights = self.weights(row, vocabulary);
        let total: f64 = weights.iter().sum();
        let top = weights.iter().zip(&self.allowed).max_by(|a, b| a.0.total_cmp(b.0));
        top.map_or((ONLY_LANGUAGE, 1.0), |(weight, code)| (*code, weight / total))
    }

    /// Weights of the allowed languages, of which the largest is 1.
    fn weights(&self, row: &[f32], vocabulary: &Vocabulary) -> Vec<f64> {
        let logprob = |code: &LanguageCode| {
            let token = vocabulary.special.languages.get(code).and_then(|token| row.get(*token as usize));
            token.map_or(f64::NEG_INFINITY, |logprob| f64::from(*logprob))
        };
        let largest = self.allowed.iter().map(logprob).fold(f64::NEG_INFINITY, f64::max);
        self.allowed.iter().map(|code| (logprob(code) - largest).exp()).collect()
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

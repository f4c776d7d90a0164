//! Whether the words of a hit may be wrong: low confidence, or an utterance that looks invented.

use super::{CrosscheckSettings, Found};
use std::collections::BTreeMap;
use voiceman_base::{AlignedTranscript, BaselineOf, Flag, MeasureRef, PatternHit, Prob, UtteranceId, WordId, median};

/// Flags of an utterance that put all of its words in doubt.
const DOUBT_FLAGS: [Flag; 3] = [Flag::LowProbability, Flag::Loop, Flag::OverSilence];

/// Looks up how far the recogniser trusted the words of a hit.
pub(super) struct DoubtCheck<'a> {
    settings: &'a CrosscheckSettings,
    confidences: BTreeMap<WordId, f64>,
    flags: BTreeMap<UtteranceId, &'a [Flag]>,
    /// Median confidence over all words of the recording; nothing without words.
    usual: Option<f64>,
}

impl<'a> DoubtCheck<'a> {
    pub(super) fn new(transcript: &'a AlignedTranscript, settings: &'a CrosscheckSettings) -> DoubtCheck<'a> {
        let words = transcript.utterances.iter().flat_map(|aligned| &aligned.words);
        let confidences: BTreeMap<WordId, f64> = words.map(|word| (word.id, word.confidence.value())).collect();
        let flags = |aligned: &'a voiceman_base::AlignedUtterance| (aligned.utterance.id, &aligned.utterance.flags[..]);
        DoubtCheck {
            settings,
            usual: median(&confidences.values().copied().collect::<Vec<f64>>()),
            confidences,
            flags: transcript.utterances.iter().map(flags).collect(),
        }
    }

    /// The warning on `hit`, if its words are doubtful.
    pub(super) fn of(&self, hit: &PatternHit) -> Option<Found> {
        let confidences: Vec<f64> = hit.words.iter().filter_map(|word| self.confidences.get(word)).copied().collect();
        let least = confidences.iter().copied().min_by(f64::total_cmp);
        let mean = least.map(|_| confidences.iter().sum::<f64>() / confidences.len() as f64);

        let flags = self.flags.get(&hit.utterance).copied().unwrap_or_default();
        let flagged = flags.iter().any(|flag| DOUBT_FLAGS.contains(flag));
        let settings = self.settings;
        let low = mean.is_some_and(|mean| mean < settings.doubtful_mean_confidence)
            || least.is_some_and(|least| least < settings.doubtful_least_confidence);
        if !flagged && !low {
            return None;
        }
        let of_words = mean.zip(least).map_or(0.0, |(mean, least)| 1.0 - (mean + least) / 2.0);
        let of_flags = if flagged { settings.flagged_doubt } else { 0.0 };
        let baseline_of = BaselineOf::Recording;
        let measure =
            |name: &str, value: f64, baseline| MeasureRef { name: name.to_owned(), value, baseline, baseline_of };
        let measures = match (mean, least, self.usual) {
            (Some(mean), Some(least), Some(usual)) => {
                vec![measure("word_confidence_mean", mean, usual), measure("word_confidence_least", least, usual)]
            }
            _ => Vec::new(),
        };
        Some(Found { strength: Prob::saturating(of_words.max(of_flags)), measures })
    }
}

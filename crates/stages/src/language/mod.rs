//! Wording that matters: an aligned transcript in, places where a pattern of the lexicon stands out.
//!
//! What is found is wording, not intent. The patterns are data ([`Lexicon`]); the language of each utterance chooses
//! the lexicon, and where there is none nothing is searched: [`LanguageStage::languages`] says which are covered.
//! Families, negation and limits are described in `docs/methods/language.md`.

mod english;
mod korean;
mod lexicon;
mod morpheme;
mod pattern;
mod token;

pub use lexicon::{FindError, Lexicon, LexiconError, LexiconPattern, SCHEMA, TextHit};
pub use morpheme::{Morpheme, MorphemeAnalyzer, MorphemeError};
pub use pattern::PatternError;

use serde::{Deserialize, Serialize};
use std::ops::Range;
use std::sync::Arc;
use voiceman_base::{
    AlignedTranscript, AlignedUtterance, BatchShape, Bytes, ClipTime, Cost, Digest, Family, IdHasher, LanguageCode,
    LexiconUsed, PatternHit, PatternHitId, Span, Stage, StageError, StageErrorKind, StageIdentity, Watch, WordId,
};

const STAGE: &str = "language";

/// What is searched for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LanguageSettings {
    /// Families that are searched for.
    pub families: Vec<Family>,
}

impl Default for LanguageSettings {
    fn default() -> LanguageSettings {
        LanguageSettings { families: Family::ALL.to_vec() }
    }
}

impl LanguageSettings {
    /// Digest of everything that changes results. The order of the families does not.
    pub fn digest(&self) -> Digest {
        let mut hasher = IdHasher::new("language-settings/1");
        Family::ALL.iter().filter(|family| self.families.contains(family)).for_each(|family| {
            hasher.text(family.name());
        });
        hasher.finish()
    }
}

/// A language stage that cannot be set up.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LanguageError {
    /// A Korean lexicon, and nothing that takes Korean apart.
    #[error("search Korean text without a morpheme dictionary")]
    NoMorphemes,
    /// Two lexicons for one language.
    #[error("use two lexicons for `{0}`")]
    TwoLexicons(LanguageCode),
}

/// What the stage takes.
#[derive(Clone, Debug)]
pub struct LanguageInput {
    /// The words and their times.
    pub transcript: Arc<AlignedTranscript>,
}

/// Searches transcripts for wording.
pub struct LanguageStage {
    lexicons: Vec<Arc<Lexicon>>,
    morphemes: Option<Box<dyn MorphemeAnalyzer>>,
    settings: LanguageSettings,
}

impl LanguageStage {
    /// A stage that searches with `lexicons`, one a language.
    ///
    /// # Errors
    /// When two are for the same language, or one is Korean and `morphemes` is missing.
    pub fn new(
        lexicons: Vec<Arc<Lexicon>>,
        morphemes: Option<Box<dyn MorphemeAnalyzer>>,
        settings: LanguageSettings,
    ) -> Result<LanguageStage, LanguageError> {
        for (number, lexicon) in lexicons.iter().enumerate() {
            if lexicons[..number].iter().any(|other| other.language() == lexicon.language()) {
                return Err(LanguageError::TwoLexicons(lexicon.language()));
            }
        }
        if morphemes.is_none() && lexicons.iter().any(|lexicon| lexicon.needs_morphemes()) {
            return Err(LanguageError::NoMorphemes);
        }
        Ok(LanguageStage { lexicons, morphemes, settings })
    }

    /// Languages that are searched. In others nothing is found because nothing is looked for.
    pub fn languages(&self) -> Vec<LanguageCode> {
        self.lexicons.iter().map(|lexicon| lexicon.language()).collect()
    }

    /// The lexicons, for the record.
    pub fn lexicons_used(&self) -> Vec<LexiconUsed> {
        self.lexicons.iter().map(|lexicon| lexicon.used()).collect()
    }

    fn search(&self, transcript: &AlignedTranscript, watch: &dyn Watch) -> Result<Vec<PatternHit>, StageError> {
        let total = end_of(transcript);
        let mut hits = Vec::new();
        for utterance in &transcript.utterances {
            watch.check().map_err(|_| StageError::cancelled(STAGE))?;
            self.search_utterance(utterance, &mut hits)?;
            watch.progress(utterance.utterance.span.end(), total);
        }
        watch.progress(total, total);
        hits.sort_by(|a, b| (a.span, &a.words, &a.pattern).cmp(&(b.span, &b.words, &b.pattern)));
        for (hit, number) in hits.iter_mut().zip(0..) {
            hit.id = PatternHitId(number);
        }
        Ok(hits)
    }

    fn search_utterance(&self, aligned: &AlignedUtterance, hits: &mut Vec<PatternHit>) -> Result<(), StageError> {
        let utterance = &aligned.utterance;
        let Some(lexicon) = self.lexicons.iter().find(|lexicon| lexicon.language() == utterance.language) else {
            return Ok(());
        };
        let (text, ranges) = join_words(aligned);
        let found = lexicon
            .find(&text, self.morphemes.as_deref())
            .map_err(|error| StageError::new(STAGE, StageErrorKind::RunModel, error).at(utterance.span))?;
        for hit in found.into_iter().filter(|hit| self.settings.families.contains(&hit.pattern.family)) {
            let (words, span) = words_of(aligned, &ranges, &hit.range);
            hits.push(PatternHit {
                id: PatternHitId(0),
                pattern: hit.pattern.id.clone(),
                family: hit.pattern.family,
                subtype: hit.pattern.subtype.clone(),
                severity: hit.pattern.severity,
                status: hit.status,
                language: lexicon.language(),
                utterance: utterance.id,
                words,
                span,
            });
        }
        Ok(())
    }
}

/// The text of an utterance's words with a space between them, and the bytes of each word in it. The search runs over
/// this text, so that every hit falls on words whatever the recogniser's own spelling of the utterance is.
fn join_words(aligned: &AlignedUtterance) -> (String, Vec<Range<usize>>) {
    let mut text = String::new();
    let mut ranges = Vec::with_capacity(aligned.words.len());
    for word in &aligned.words {
        if !text.is_empty() {
            text.push(' ');
        }
        ranges.push(text.len()..text.len() + word.text.len());
        text.push_str(&word.text);
    }
    (text, ranges)
}

/// The words that share a byte with `range`, and the hull of their times or, where none has a time, the utterance's.
fn words_of(aligned: &AlignedUtterance, ranges: &[Range<usize>], range: &Range<usize>) -> (Vec<WordId>, Span) {
    let covered = || {
        let touching =
            |(_, word_range): &(_, &Range<usize>)| word_range.start < range.end && range.start < word_range.end;
        aligned.words.iter().zip(ranges).filter(touching).map(|(word, _)| word)
    };
    let span = covered().filter_map(|word| word.timing.span()).reduce(Span::hull);
    (covered().map(|word| word.id).collect(), span.unwrap_or(aligned.utterance.span))
}

fn end_of(transcript: &AlignedTranscript) -> ClipTime {
    transcript.utterances.iter().map(|aligned| aligned.utterance.span.end()).max().unwrap_or(ClipTime::ZERO)
}

impl Stage for LanguageStage {
    type Input = LanguageInput;
    type Output = Vec<PatternHit>;

    fn identity(&self) -> StageIdentity {
        let mut settings = IdHasher::new("language/1");
        settings.digest(&self.settings.digest());
        self.lexicons.iter().for_each(|lexicon| {
            settings.text(lexicon.language().as_str()).digest(&lexicon.digest());
        });
        let models = self.morphemes.iter().map(|morphemes| morphemes.identity()).collect();
        StageIdentity { id: STAGE, version: 1, settings: settings.finish(), models }
    }

    fn shape() -> BatchShape {
        BatchShape::recordings(Bytes::mebi(1))
    }

    fn cost(input: &LanguageInput) -> Cost {
        Cost { items: 1, audio: end_of(&input.transcript) }
    }

    fn run(&mut self, batch: Vec<LanguageInput>, watch: &dyn Watch) -> Vec<Result<Vec<PatternHit>, StageError>> {
        batch.iter().map(|input| self.search(&input.transcript, watch)).collect()
    }
}

#[cfg(test)]
mod tests;

//! A lexicon: language patterns as versioned data. `docs/formats/lexicon.md` describes the file.

use super::morpheme::{MorphemeAnalyzer, MorphemeError};
use super::pattern::{Choice, PatternError, Sequence, Sets};
use super::token::{Sentence, Token};
use super::{english, korean};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;
use voiceman_base::{Digest, Family, LanguageCode, LexiconUsed, PatternStatus, Prob};

/// Name and number of the file format.
pub const SCHEMA: &str = "voiceman.lexicon/1";

/// A lexicon that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LexiconError {
    /// Not TOML, or keys missing, unknown or of the wrong type.
    #[error("read the lexicon")]
    Format(#[from] toml::de::Error),
    /// Another format, or another number of it.
    #[error("use a lexicon of schema `{0}`, this program reads `{SCHEMA}`")]
    Schema(String),
    /// A language whose words this program cannot tell apart.
    #[error("use a lexicon for `{0}`, only `ko` and `en` can be searched")]
    Language(LanguageCode),
    /// The same id twice.
    #[error("use the lexicon, two patterns are named `{0}`")]
    DuplicateId(String),
    /// An id that does not say language, family and subtype.
    #[error("use pattern `{id}`, its name should begin with `{prefix}.`")]
    Id {
        /// The id.
        id: String,
        /// What it should begin with.
        prefix: String,
    },
    /// No sequence, or too few examples.
    #[error("use pattern `{0}`, it needs a sequence, two examples that match and one that does not")]
    Incomplete(String),
    /// A sequence that cannot be read.
    #[error("read sequence `{sequence}` of `{place}`")]
    Sequence {
        /// Pattern id, or the name of the set.
        place: String,
        /// The sequence.
        sequence: String,
        /// What is wrong with it.
        #[source]
        source: PatternError,
    },
}

/// A text could not be searched.
#[derive(Debug, thiserror::Error)]
pub enum FindError {
    /// Korean patterns are over morphemes.
    #[error("search Korean text without a morpheme dictionary")]
    NoMorphemes,
    /// The text could not be taken apart.
    #[error(transparent)]
    Morphemes(#[from] MorphemeError),
}

/// One pattern as the file has it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LexiconPattern {
    /// For example `ko.threat.direct.kill`.
    pub id: String,
    /// Family.
    pub family: Family,
    /// Subtype within the family, for example `direct`.
    pub subtype: String,
    /// Severity weight, in `[0, 1]`.
    pub severity: Prob,
    /// Sequences in the pattern language; one of them is enough.
    pub any_of: Vec<String>,
    /// Texts in which it must be found, asserted.
    #[serde(rename = "match")]
    pub examples: Vec<String>,
    /// Harmless texts in which it must not be found.
    pub no_match: Vec<String>,
    /// Texts in which it must be found, negated.
    #[serde(default)]
    pub negated: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    schema: String,
    version: String,
    language: LanguageCode,
    #[serde(default)]
    skip: Vec<String>,
    #[serde(default)]
    sets: BTreeMap<String, Vec<String>>,
    patterns: Vec<LexiconPattern>,
}

/// A place in a text where a pattern was found.
#[derive(Clone, Debug, PartialEq)]
pub struct TextHit<'a> {
    /// The pattern.
    pub pattern: &'a LexiconPattern,
    /// Asserted or negated.
    pub status: PatternStatus,
    /// Bytes of the text.
    pub range: Range<usize>,
}

/// Language patterns, ready to be searched for.
#[derive(Debug)]
pub struct Lexicon {
    language: LanguageCode,
    version: String,
    digest: Digest,
    patterns: Vec<LexiconPattern>,
    sequences: Vec<(usize, Sequence)>,
    /// Which sequences can begin with a form.
    starts: HashMap<String, Vec<usize>>,
    skip: Choice,
}

impl Lexicon {
    /// Reads a lexicon from the text of its file.
    ///
    /// # Errors
    /// See [`LexiconError`]; the lexicon is used as a whole or not at all.
    pub fn parse(text: &str) -> Result<Lexicon, LexiconError> {
        let file: File = toml::from_str(text)?;
        if file.schema != SCHEMA {
            return Err(LexiconError::Schema(file.schema));
        }
        if file.language != LanguageCode::KOREAN && file.language != LanguageCode::ENGLISH {
            return Err(LexiconError::Language(file.language));
        }
        let sets = read_sets(&file.sets)?;
        let skip = Choice::parse_all(&file.skip, &sets).map_err(|source| LexiconError::Sequence {
            place: "skip".to_owned(),
            sequence: file.skip.join("|"),
            source,
        })?;
        let mut lexicon = Lexicon {
            language: file.language,
            version: file.version,
            digest: Digest::of(text.as_bytes()),
            patterns: file.patterns,
            sequences: Vec::new(),
            starts: HashMap::new(),
            skip,
        };
        lexicon.read_patterns(&sets)?;
        Ok(lexicon)
    }

    fn read_patterns(&mut self, sets: &Sets) -> Result<(), LexiconError> {
        let mut ids = BTreeSet::new();
        for (number, pattern) in self.patterns.iter().enumerate() {
            if !ids.insert(pattern.id.as_str()) {
                return Err(LexiconError::DuplicateId(pattern.id.clone()));
            }
            let prefix = format!("{}.{}.{}", self.language, pattern.family.name(), pattern.subtype);
            if !pattern.id.strip_prefix(&prefix).is_some_and(|rest| rest.len() > 1 && rest.starts_with('.')) {
                return Err(LexiconError::Id { id: pattern.id.clone(), prefix });
            }
            if pattern.any_of.is_empty() || pattern.examples.len() < 2 || pattern.no_match.is_empty() {
                return Err(LexiconError::Incomplete(pattern.id.clone()));
            }
            for text in &pattern.any_of {
                let sequence = Sequence::parse(text, sets).map_err(|source| LexiconError::Sequence {
                    place: pattern.id.clone(),
                    sequence: text.clone(),
                    source,
                })?;
                for form in sequence.first_forms().collect::<BTreeSet<_>>() {
                    self.starts.entry(form.to_owned()).or_default().push(self.sequences.len());
                }
                self.sequences.push((number, sequence));
            }
        }
        Ok(())
    }

    /// Language of the patterns.
    pub fn language(&self) -> LanguageCode {
        self.language
    }

    /// Digest of the file.
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// Name, version and digest, for the record.
    pub fn used(&self) -> LexiconUsed {
        LexiconUsed { name: self.language.to_string(), version: self.version.clone(), sha256: self.digest }
    }

    /// All patterns in the order of the file.
    pub fn patterns(&self) -> &[LexiconPattern] {
        &self.patterns
    }

    /// Whether searching needs a [`MorphemeAnalyzer`].
    pub fn needs_morphemes(&self) -> bool {
        self.language == LanguageCode::KOREAN
    }

    /// All places where a pattern stands in `text`, by start, then end, then order of the file. Hits of one pattern do
    /// not overlap: the leftmost counts, and the longest there. Hits of different patterns may.
    ///
    /// # Errors
    /// When morphemes are needed and there is no analyzer, or it fails.
    pub fn find(&self, text: &str, morphemes: Option<&dyn MorphemeAnalyzer>) -> Result<Vec<TextHit<'_>>, FindError> {
        let sentences = if self.needs_morphemes() {
            korean::sentences(text, morphemes.ok_or(FindError::NoMorphemes)?.analyze(text)?)
        } else {
            english::sentences(text)
        };
        let mut hits: Vec<(Range<usize>, usize, PatternStatus)> = Vec::new();
        sentences.iter().for_each(|sentence| self.find_in(text, sentence, &mut hits));
        hits.sort_by_key(|(range, pattern, _)| (range.start, range.end, *pattern));
        Ok(hits
            .into_iter()
            .map(|(range, pattern, status)| TextHit { pattern: &self.patterns[pattern], status, range })
            .collect())
    }

    fn find_in(&self, text: &str, sentence: &Sentence, hits: &mut Vec<(Range<usize>, usize, PatternStatus)>) {
        // Where the last hit of each pattern in this sentence ended.
        let mut taken: HashMap<usize, usize> = HashMap::new();
        for (start, token) in sentence.iter().enumerate() {
            for (pattern, found) in self.longest_at(sentence, start, token) {
                let free_from = taken.entry(pattern).or_default();
                if start < *free_from {
                    continue;
                }
                *free_from = found.end;
                let status = if self.needs_morphemes() {
                    korean::status(text, sentence, &found)
                } else {
                    english::status(sentence, &found)
                };
                let end = sentence[found.start..found.end].iter().map(|token| token.range.end).max();
                hits.push((token.range.start..end.unwrap_or(token.range.end), pattern, status));
            }
        }
    }

    /// The longest match of each pattern that begins at a token.
    fn longest_at(&self, sentence: &Sentence, start: usize, token: &Token) -> BTreeMap<usize, super::pattern::Match> {
        let mut longest: BTreeMap<usize, super::pattern::Match> = BTreeMap::new();
        for &number in self.starts.get(&token.form).map_or(&[][..], Vec::as_slice) {
            let (pattern, sequence) = &self.sequences[number];
            if let Some(found) = sequence.match_at(sentence, start, &self.skip)
                && longest.get(pattern).is_none_or(|known| known.end < found.end)
            {
                longest.insert(*pattern, found);
            }
        }
        longest
    }
}

/// Sets may use sets whose names sort before theirs; that keeps them free of circles.
fn read_sets(sets: &BTreeMap<String, Vec<String>>) -> Result<Sets, LexiconError> {
    let mut read = Sets::new();
    for (name, options) in sets {
        let choice = Choice::parse_all(options, &read).map_err(|source| LexiconError::Sequence {
            place: format!("set {name}"),
            sequence: options.join("|"),
            source,
        })?;
        read.insert(name.clone(), choice);
    }
    Ok(read)
}

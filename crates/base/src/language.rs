//! Which language is spoken.

use crate::Prob;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// An ISO 639 code as Whisper uses them, two or three lower-case letters, for example `ko`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct LanguageCode([u8; 3]);

/// A text that is no language code.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a language code of two or three lower-case letters")]
pub struct ParseLanguageError(String);

impl LanguageCode {
    /// English.
    pub const ENGLISH: LanguageCode = LanguageCode(*b"en\0");
    /// Korean.
    pub const KOREAN: LanguageCode = LanguageCode(*b"ko\0");

    /// The letters.
    pub fn as_str(&self) -> &str {
        let length = if self.0[2] == 0 { 2 } else { 3 };
        std::str::from_utf8(&self.0[..length]).unwrap_or_default()
    }
}

impl FromStr for LanguageCode {
    type Err = ParseLanguageError;
    fn from_str(text: &str) -> Result<LanguageCode, ParseLanguageError> {
        let bytes = text.as_bytes();
        if !matches!(bytes.len(), 2 | 3) || !bytes.iter().all(u8::is_ascii_lowercase) {
            return Err(ParseLanguageError(text.chars().take(40).collect()));
        }
        let mut code = [0; 3];
        code[..bytes.len()].copy_from_slice(bytes);
        Ok(LanguageCode(code))
    }
}

impl TryFrom<String> for LanguageCode {
    type Error = ParseLanguageError;
    fn try_from(text: String) -> Result<LanguageCode, ParseLanguageError> {
        text.parse()
    }
}

impl From<LanguageCode> for String {
    fn from(code: LanguageCode) -> String {
        code.as_str().to_owned()
    }
}

impl fmt::Display for LanguageCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for LanguageCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One language and its share of the vote.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct LanguageCandidate {
    /// Which.
    pub code: LanguageCode,
    /// Share of the vote: mean probability over the windows asked, weighted by the speech in each.
    pub share: Prob,
}

/// The language of a recording.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum LanguageVote {
    /// The user said so.
    Given(LanguageCode),
    /// Voted over speech windows; best first, at least one, shares of the windows asked.
    Voted(Vec<LanguageCandidate>),
    /// No speech, so no language.
    NoSpeech,
}

impl LanguageVote {
    /// The language decided on, if there is speech.
    pub fn decided(&self) -> Option<LanguageCode> {
        match self {
            LanguageVote::Given(code) => Some(*code),
            LanguageVote::Voted(candidates) => candidates.first().map(|candidate| candidate.code),
            LanguageVote::NoSpeech => None,
        }
    }
}

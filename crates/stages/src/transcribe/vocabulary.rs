//! The recogniser's vocabulary: what tokens spell, and which tokens steer it.

use std::collections::BTreeMap;
use voiceman_base::LanguageCode;

/// Tokens of a Whisper model. A token may spell only a part of a letter: join bytes first, decode then.
#[derive(Clone, Debug, PartialEq)]
pub struct Vocabulary {
    /// Bytes of each token; empty for tokens that steer.
    pub spelling: Vec<Vec<u8>>,
    /// Tokens that steer.
    pub special: SpecialTokens,
}

/// Tokens that steer the recogniser.
#[derive(Clone, Debug, PartialEq)]
pub struct SpecialTokens {
    /// Begins every prompt.
    pub start_of_transcript: u32,
    /// Ends every text.
    pub end_of_text: u32,
    /// Asks for a transcript in the language spoken; English-only models lack it.
    pub transcribe: Option<u32>,
    /// Asks for text without time tokens.
    pub no_timestamps: u32,
    /// Its probability at the very start says that there is no speech.
    pub no_speech: u32,
    /// First time token; all above are time tokens.
    pub first_timestamp: u32,
    /// Tokens of languages; empty in English-only models.
    pub languages: BTreeMap<LanguageCode, u32>,
    /// Never produced.
    pub suppressed: Vec<u32>,
    /// Not produced as the first token.
    pub suppressed_at_start: Vec<u32>,
}

impl Vocabulary {
    /// How many tokens.
    pub fn len(&self) -> usize {
        self.spelling.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.spelling.is_empty()
    }

    /// Bytes that a token spells; nothing for tokens that steer or do not exist.
    pub fn bytes(&self, token: u32) -> &[u8] {
        self.spelling.get(token as usize).map_or(&[], Vec::as_slice)
    }

    /// Text of tokens; bytes that form no letter become U+FFFD.
    pub fn decode(&self, tokens: impl IntoIterator<Item = u32>) -> String {
        let bytes: Vec<u8> = tokens.into_iter().flat_map(|token| self.bytes(token).iter().copied()).collect();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// The prompt that asks for a transcript in `language`, without the start token.
    pub fn prompt_after_start(&self, language: LanguageCode) -> Vec<u32> {
        let language = self.special.languages.get(&language).copied();
        language.into_iter().chain(self.special.transcribe).chain([self.special.no_timestamps]).collect()
    }
}

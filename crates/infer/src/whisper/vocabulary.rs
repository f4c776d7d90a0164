//! Reads a Whisper vocabulary from `tokenizer.json` (Hugging Face's format) and the token lists of `config.json`.
//!
//! Only the table is needed: decoding joins the bytes of tokens. Letters in the table stand for bytes by GPT-2's
//! `bytes_to_unicode` (Radford et al. 2019, `encoder.py`).

use serde::Deserialize;
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::{fs, io};
use voiceman_base::LanguageCode;
use voiceman_stages::transcribe::{SpecialTokens, Vocabulary};

/// A vocabulary could not be read.
#[derive(Debug, thiserror::Error)]
pub enum VocabularyError {
    /// The file could not be read.
    #[error("read `{path}`")]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The file is not what it should be.
    #[error("read the vocabulary in `{path}`")]
    Json {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
    /// A token that every Whisper vocabulary has is not there.
    #[error("find the token `{token}` in `{path}`")]
    MissingToken {
        /// The token.
        token: &'static str,
        /// Which file.
        path: PathBuf,
    },
}

#[derive(Deserialize)]
struct Tokenizer {
    model: Model,
    added_tokens: Vec<Added>,
}

#[derive(Deserialize)]
struct Model {
    vocab: HashMap<String, u32>,
}

#[derive(Deserialize)]
struct Added {
    id: u32,
    content: String,
}

#[derive(Deserialize)]
struct Config {
    #[serde(default)]
    suppress_ids: Vec<u32>,
    #[serde(default)]
    suppress_ids_begin: Vec<u32>,
    #[serde(default)]
    lang_ids: Vec<u32>,
}

/// Reads a vocabulary for a network with `size` tokens.
///
/// # Errors
/// See [`VocabularyError`].
pub fn read_vocabulary(tokenizer: &Path, config: &Path, size: usize) -> Result<Vocabulary, VocabularyError> {
    let table: Tokenizer = read_json(tokenizer)?;
    let config: Config = read_json(config)?;
    let bytes_of = byte_alphabet();
    let mut spelling = vec![Vec::new(); size];
    for (word, id) in &table.model.vocab {
        if let Some(slot) = spelling.get_mut(*id as usize) {
            *slot = word.chars().filter_map(|letter| bytes_of.get(&letter).copied()).collect();
        }
    }
    let added: HashMap<&str, u32> = table.added_tokens.iter().map(|token| (token.content.as_str(), token.id)).collect();
    for id in added.values() {
        // Tokens that steer spell nothing.
        if let Some(slot) = spelling.get_mut(*id as usize) {
            slot.clear();
        }
    }
    let find = |token: &'static str| added.get(token).copied();
    let need = |token: &'static str| {
        find(token).ok_or_else(|| VocabularyError::MissingToken { token, path: tokenizer.to_owned() })
    };
    let multilingual = size >= 51_865;
    let languages: BTreeMap<LanguageCode, u32> = added
        .iter()
        .filter_map(|(word, id)| {
            let code = word.strip_prefix("<|")?.strip_suffix("|>")?.parse().ok()?;
            (multilingual && config.lang_ids.contains(id)).then_some((code, *id))
        })
        .collect();
    let no_timestamps = need("<|notimestamps|>")?;
    let special = SpecialTokens {
        start_of_transcript: need("<|startoftranscript|>")?,
        end_of_text: need("<|endoftext|>")?,
        transcribe: if multilingual { find("<|transcribe|>") } else { None },
        no_timestamps,
        no_speech: find("<|nospeech|>").or_else(|| find("<|nocaptions|>")).unwrap_or(no_timestamps - 1),
        first_timestamp: no_timestamps + 1,
        languages,
        suppressed: config.suppress_ids,
        suppressed_at_start: config.suppress_ids_begin,
    };
    Ok(Vocabulary { spelling, special })
}

fn read_json<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T, VocabularyError> {
    let bytes = fs::read(path).map_err(|source| VocabularyError::Read { path: path.to_owned(), source })?;
    serde_json::from_slice(&bytes).map_err(|source| VocabularyError::Json { path: path.to_owned(), source })
}

/// Which byte each letter of the table stands for: printable Latin-1 for itself, the rest from U+0100 on.
fn byte_alphabet() -> HashMap<char, u8> {
    let printable = |byte: &u8| matches!(byte, b'!'..=b'~' | 0xA1..=0xAC | 0xAE..=0xFF);
    let themselves = (0..=255_u8).filter(printable).map(|byte| (char::from(byte), byte));
    let moved = (0..=255_u8).filter(|byte| !printable(byte)).zip('\u{100}'..).map(|(byte, letter)| (letter, byte));
    themselves.chain(moved).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_alphabet_has_a_letter_for_every_byte() {
        let alphabet = byte_alphabet();
        assert_eq!(alphabet.len(), 256);
        assert_eq!(alphabet.get(&'Ġ'), Some(&b' '));
        assert_eq!(alphabet.get(&'A'), Some(&b'A'));
    }
}

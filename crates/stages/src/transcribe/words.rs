//! Groups tokens into words.

use super::vocabulary::Vocabulary;
use std::ops::Range;
use voiceman_base::LanguageCode;

/// Consecutive tokens that spell one word with the punctuation that clings to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WordTokens {
    /// Indices into the tokens.
    pub tokens: Range<usize>,
    /// Those of `tokens` that spell letters or digits rather than punctuation; all, if there are none.
    pub core: Range<usize>,
    /// The word without surrounding space.
    pub text: String,
}

/// Languages written without spaces: every letter is its own word.
const WITHOUT_SPACES: [&str; 6] = ["zh", "ja", "th", "lo", "my", "yue"];

/// Splits `tokens` at spaces; in languages without spaces at every letter. Punctuation joins the word before it, an
/// opening bracket or quotation mark the word after it. Every token belongs to exactly one word.
pub fn split_words(tokens: &[u32], vocabulary: &Vocabulary, language: LanguageCode) -> Vec<WordTokens> {
    let by_letter = WITHOUT_SPACES.contains(&language.as_str());
    let mut words: Vec<(Range<usize>, String)> = Vec::new();
    for (range, text) in whole_letters(tokens, vocabulary) {
        let starts = text.starts_with(char::is_whitespace) || (by_letter && !is_punctuation(&text));
        let after_opening = words.last().is_some_and(|(_, word)| is_opening(word));
        match words.last_mut() {
            Some((last, word)) if !starts || after_opening => {
                last.end = range.end;
                word.push_str(&text);
            }
            _ => words.push((range, text)),
        }
    }
    words
        .into_iter()
        .map(|(range, text)| {
            let spells = |index: &usize| {
                String::from_utf8_lossy(vocabulary.bytes(tokens[*index]))
                    .chars()
                    .any(|c| !is_mark(c) && !c.is_whitespace())
            };
            let first = range.clone().find(spells).unwrap_or(range.start);
            let last = range.clone().rev().find(spells).map_or(range.end, |last| last + 1);
            WordTokens { tokens: range, core: first..last, text: text.trim().to_owned() }
        })
        .collect()
}

/// Groups tokens until their bytes are whole letters.
fn whole_letters(tokens: &[u32], vocabulary: &Vocabulary) -> Vec<(Range<usize>, String)> {
    let mut groups = Vec::new();
    let (mut start, mut bytes) = (0, Vec::new());
    for (index, token) in tokens.iter().enumerate() {
        bytes.extend_from_slice(vocabulary.bytes(*token));
        let whole = std::str::from_utf8(&bytes).is_ok();
        // Four bytes that still form no letter never will.
        let hopeless = std::str::from_utf8(&bytes).is_err_and(|error| error.error_len().is_some() || bytes.len() > 64);
        if whole || hopeless || index + 1 == tokens.len() {
            groups.push((start..index + 1, String::from_utf8_lossy(&bytes).into_owned()));
            (start, bytes) = (index + 1, Vec::new());
        }
    }
    groups
}

fn is_mark(character: char) -> bool {
    character.is_ascii_punctuation() || "“”‘’„‚«»¿¡…。，！？：；、·「」『』（）《》〈〉—–～♪".contains(character)
}

fn is_punctuation(text: &str) -> bool {
    text.chars().all(|character| is_mark(character) || character.is_whitespace())
}

fn is_opening(text: &str) -> bool {
    let trimmed = text.trim();
    !trimmed.is_empty() && trimmed.chars().all(|character| "\"'“‘„«¿¡([{「『（《〈-".contains(character))
}

#[cfg(test)]
mod tests {
    use super::super::vocabulary::SpecialTokens;
    use super::*;
    use proptest::prelude::*;

    fn vocabulary(spelling: &[&[u8]]) -> Vocabulary {
        let special = SpecialTokens {
            start_of_transcript: 0,
            end_of_text: 0,
            transcribe: None,
            no_timestamps: 0,
            no_speech: 0,
            first_timestamp: 0,
            languages: std::collections::BTreeMap::new(),
            suppressed: Vec::new(),
            suppressed_at_start: Vec::new(),
        };
        Vocabulary { spelling: spelling.iter().map(|bytes| bytes.to_vec()).collect(), special }
    }

    fn words(spelling: &[&[u8]], language: LanguageCode) -> Vec<String> {
        let tokens: Vec<u32> = (0..spelling.len() as u32).collect();
        split_words(&tokens, &vocabulary(spelling), language).into_iter().map(|word| word.text).collect()
    }

    #[test]
    fn punctuation_clings_to_the_word_before_and_quotes_to_the_word_after() {
        let spelling: [&[u8]; 7] = [b" He", b" said", b",", b" \"", b"go", b"!", b"\""];
        assert_eq!(words(&spelling, LanguageCode::ENGLISH), ["He", "said,", "\"go!\""]);
    }

    #[test]
    fn a_syllable_cut_into_tokens_is_joined() {
        let hangul = "길".as_bytes();
        let spelling: [&[u8]; 4] = [b" ", &hangul[..2], &hangul[2..], " 한".as_bytes()];
        assert_eq!(words(&spelling, LanguageCode::KOREAN), ["길", "한"]);
    }

    proptest! {
        #[test]
        fn every_token_belongs_to_one_word(spelling in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..5), 0..40)) {
            let borrowed: Vec<&[u8]> = spelling.iter().map(Vec::as_slice).collect();
            let tokens: Vec<u32> = (0..spelling.len() as u32).collect();
            let words = split_words(&tokens, &vocabulary(&borrowed), LanguageCode::ENGLISH);
            let covered: Vec<usize> = words.iter().flat_map(|word| word.tokens.clone()).collect();
            prop_assert_eq!(covered, (0..spelling.len()).collect::<Vec<_>>());
            prop_assert!(words.iter().all(|word| word.core.start >= word.tokens.start && word.core.end <= word.tokens.end));
        }
    }
}

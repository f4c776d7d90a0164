//! English words and English negation.
//!
//! Contractions are opened, so that a pattern says a thing once: `I'll` is `i will`, `can't` is `can n't`, `gonna` is
//! `going to`. What opens into several words keeps the place of the written word for each of them.

use super::pattern::Match;
use super::token::{Sentence, Token};
use voiceman_base::PatternStatus;

/// Words that turn a statement round, wherever they stand in its scope.
const NEGATORS: &[&str] = &["n't", "not", "never", "no", "nobody", "none", "neither", "nor", "without"];

/// Words between a negator and the phrase that do not end the negator's scope: auxiliaries, verbs of saying and
/// wanting, small words.
const TRANSPARENT: &[&str] = &[
    "'d",
    "'s",
    "a",
    "about",
    "am",
    "an",
    "any",
    "anybody",
    "anyone",
    "are",
    "ask",
    "asked",
    "asking",
    "be",
    "been",
    "being",
    "claim",
    "claimed",
    "could",
    "did",
    "do",
    "does",
    "doing",
    "even",
    "ever",
    "exactly",
    "get",
    "going",
    "gone",
    "had",
    "have",
    "having",
    "her",
    "him",
    "how",
    "i",
    "intend",
    "intended",
    "is",
    "it",
    "just",
    "like",
    "mean",
    "meant",
    "might",
    "once",
    "one",
    "plan",
    "planned",
    "planning",
    "promise",
    "promised",
    "really",
    "said",
    "say",
    "saying",
    "says",
    "should",
    "so",
    "some",
    "such",
    "suggest",
    "suggested",
    "tell",
    "telling",
    "that",
    "the",
    "them",
    "threaten",
    "threatened",
    "threatening",
    "to",
    "told",
    "try",
    "trying",
    "us",
    "want",
    "wanted",
    "wants",
    "was",
    "way",
    "were",
    "will",
    "wish",
    "would",
    "you",
];

/// Verbs that carry a negation into the sentence they report. Before a phrase with a subject of its own, one of them
/// is needed: in "if you don't go I will ..." the negation belongs to another clause.
const REPORTING: &[&str] = &[
    "claim",
    "claimed",
    "mean",
    "meant",
    "promise",
    "promised",
    "said",
    "say",
    "saying",
    "says",
    "suggest",
    "suggested",
    "tell",
    "telling",
    "that",
    "threaten",
    "threatened",
    "threatening",
    "told",
    "so",
    "imply",
    "implied",
];

const SUBJECTS: &[&str] = &["i", "we", "you", "he", "she", "they", "it", "someone", "somebody"];

/// The sentences of a text.
pub(super) fn sentences(text: &str) -> Vec<Sentence> {
    let mut sentences = vec![Sentence::new()];
    let mut rest = text.char_indices().peekable();
    while let Some((start, first)) = rest.next() {
        if is_word_sign(first) {
            let mut end = start + first.len_utf8();
            while let Some((at, sign)) = rest.next_if(|(_, sign)| is_word_sign(*sign)) {
                end = at + sign.len_utf8();
            }
            if let Some(sentence) = sentences.last_mut() {
                open_word(&text[start..end], start, sentence);
            }
        } else if matches!(first, '.' | '!' | '?' | ';' | '\u{2026}' | '\n' | '。' | '！' | '？') {
            // A full stop inside a word, as in `3.5` or `a.m`, ends nothing.
            let ends = rest.peek().is_none_or(|(_, next)| !next.is_alphanumeric());
            if ends && sentences.last().is_some_and(|sentence| !sentence.is_empty()) {
                sentences.push(Sentence::new());
            }
        } else if matches!(first, ',' | ':' | '(' | ')' | '"' | '\u{201c}' | '\u{201d}' | '\u{2013}' | '\u{2014}')
            && let Some(sentence) = sentences.last_mut()
        {
            sentence.push(pause(start..start + first.len_utf8()));
        }
    }
    sentences
}

fn is_word_sign(sign: char) -> bool {
    sign.is_alphanumeric() || matches!(sign, '\'' | '\u{2019}')
}

fn pause(range: std::ops::Range<usize>) -> Token {
    Token { form: ",".to_owned(), tag: String::new(), range, pause: true }
}

/// Adds a written word, opened where it is a contraction.
fn open_word(written: &str, offset: usize, sentence: &mut Sentence) {
    let trimmed = written.trim_matches(['\'', '\u{2019}']);
    if trimmed.is_empty() {
        return;
    }
    let start = offset + written.find(trimmed).unwrap_or_default();
    let range = start..start + trimmed.len();
    let word = trimmed.to_lowercase().replace('\u{2019}', "'");
    let mut add = |form: &str| {
        sentence.push(Token { form: form.to_owned(), tag: String::new(), range: range.clone(), pause: false });
    };
    let whole: &[&str] = match word.as_str() {
        "can't" | "cannot" => &["can", "n't"],
        "won't" => &["will", "n't"],
        "ain't" => &["am", "n't"],
        "gonna" => &["going", "to"],
        "wanna" => &["want", "to"],
        "gotta" => &["got", "to"],
        "let's" => &["let", "us"],
        "i'ma" | "imma" => &["i", "am", "going", "to"],
        "'em" | "em" => &["them"],
        _ => &[],
    };
    if !whole.is_empty() {
        whole.iter().for_each(|form| add(form));
        return;
    }
    const ENDINGS: [(&str, &str); 7] =
        [("n't", "n't"), ("'ll", "will"), ("'re", "are"), ("'ve", "have"), ("'m", "am"), ("'d", "'d"), ("'s", "'s")];
    for (ending, opened) in ENDINGS {
        if let Some(stem) = word.strip_suffix(ending).filter(|stem| !stem.is_empty()) {
            add(stem);
            add(opened);
            return;
        }
    }
    add(&word);
}

/// Whether the phrase was said or denied: an odd number of negators in its scope denies it.
///
/// In scope are negators between the words of the phrase that no element asked for, and those before it, reached over
/// [`TRANSPARENT`] words. A comma ends the scope. A phrase with a subject of its own is only reached through a verb of
/// saying.
pub(super) fn status(sentence: &[Token], found: &Match) -> PatternStatus {
    let inside = found.loose.iter().filter(|&&at| is_negator(&sentence[at])).count();
    let before = negators_before(sentence, found.start);
    if (inside + before + found.turns).is_multiple_of(2) { PatternStatus::Asserted } else { PatternStatus::Negated }
}

fn negators_before(sentence: &[Token], start: usize) -> usize {
    let own_subject = SUBJECTS.contains(&sentence[start].form.as_str());
    let (mut negators, mut reported) = (0, false);
    for token in sentence[..start].iter().rev() {
        if token.pause {
            break;
        }
        if is_negator(token) {
            negators += usize::from(!own_subject || reported);
        } else if !TRANSPARENT.contains(&token.form.as_str()) {
            break;
        }
        reported |= REPORTING.contains(&token.form.as_str());
    }
    negators
}

fn is_negator(token: &Token) -> bool {
    NEGATORS.contains(&token.form.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn forms(text: &str) -> Vec<Vec<String>> {
        sentences(text).into_iter().map(|sentence| sentence.into_iter().map(|token| token.form).collect()).collect()
    }

    #[test]
    fn contractions_are_opened_and_sentences_split() {
        assert_eq!(forms("I’ll go, won't I?")[0], ["i", "will", "go", ",", "will", "n't", "i"]);
        assert_eq!(
            forms("He's gonna pay 3.5 now. 'Fine.'"),
            [vec!["he", "'s", "going", "to", "pay", "3", "5", "now"], vec!["fine"], vec![]]
        );
        assert_eq!(forms(""), [Vec::<String>::new()]);
    }

    #[test]
    fn places_are_those_of_the_written_words() {
        let text = "Ünder ’em, can't";
        let words: Vec<&str> = sentences(text)[0].iter().map(|token| &text[token.range.clone()]).collect();
        assert_eq!(words, ["Ünder", "em", ",", "can't", "can't"]);
    }

    proptest! {
        #[test]
        fn any_text_gives_places_in_order(text in "\\PC*|[a-zİß' ’.,]*") {
            let mut last = 0;
            for token in sentences(&text).into_iter().flatten() {
                prop_assert!(text.get(token.range.clone()).is_some());
                prop_assert!(token.range.start >= last && !token.form.is_empty());
                last = token.range.start;
            }
        }
    }
}

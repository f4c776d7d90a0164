//! How many syllables a text has when it is read aloud.
//!
//! Exact for Korean, where each written block is a syllable. For English, German, Spanish and French an estimate from
//! groups of vowel letters, with each language's rules for diphthongs and silent letters; `docs/methods/acoustics.md`
//! says how near it comes. Digits, abbreviations and letters of another script have no fixed reading, so a text with
//! them has no count: a guess would look like a measurement.

mod english;
mod german;
mod romance;

use english::english;
use german::german;
use romance::{french, spanish};
use voiceman_base::LanguageCode;

/// The number of syllables of `text` in `language`, or nothing when its writing does not tell.
pub fn count(text: &str, language: LanguageCode) -> Option<u32> {
    let count_word: fn(&str) -> Option<u32> = match language.as_str() {
        "ko" => hangul,
        "en" => english,
        "de" => german,
        "es" => spanish,
        "fr" => french,
        _ => return None,
    };
    words(text).try_fold(0_u32, |sum, word| Some(sum.saturating_add(count_word(word)?)))
}

/// Maximal stretches of letters and digits, with apostrophes inside kept.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let inside = |letter: char| letter.is_alphanumeric() || is_apostrophe(letter) || is_combining_mark(letter);
    text.split(move |letter| !inside(letter))
        .map(|word| word.trim_matches(is_apostrophe))
        .filter(|word| !word.is_empty())
}

fn is_apostrophe(letter: char) -> bool {
    matches!(letter, '\'' | '’')
}

/// Marks that follow their letter in decomposed spelling.
fn is_combining_mark(letter: char) -> bool {
    matches!(letter, '\u{300}'..='\u{36f}')
}

/// Blocks, or vowels where the blocks are spelled out in parts.
fn hangul(word: &str) -> Option<u32> {
    let mut syllables = 0;
    for letter in word.chars() {
        match letter {
            // Composed syllables; vowels of decomposed ones.
            '\u{ac00}'..='\u{d7a3}' | '\u{1160}'..='\u{11a7}' => syllables += 1,
            // Consonants of decomposed syllables.
            '\u{1100}'..='\u{115f}' | '\u{11a8}'..='\u{11ff}' => {}
            _ => return None,
        }
    }
    Some(syllables)
}

/// The word in lower case, accents composed; nothing when it is not all Latin letters or is written as an abbreviation.
fn latin(word: &str) -> Option<Vec<char>> {
    let mut letters: Vec<char> = Vec::with_capacity(word.len());
    let mut capitals = 0;
    for letter in word.chars() {
        if is_combining_mark(letter) {
            let base = letters.pop()?;
            letters.push(compose(base, letter)?);
        } else if is_apostrophe(letter) {
            letters.push('\'');
        } else if letter.is_alphabetic() && (letter as u32) < 0x180 {
            capitals += u32::from(letter.is_uppercase());
            letters.extend(letter.to_lowercase());
        } else {
            return None;
        }
    }
    let abbreviation = capitals > 1 && capitals as usize == letters.iter().filter(|letter| **letter != '\'').count();
    (!abbreviation).then_some(letters)
}

/// A letter with the accent that follows it in decomposed spelling.
fn compose(base: char, accent: char) -> Option<char> {
    let row = match accent {
        '\u{300}' => ["àèìòù", "aeiou"],
        '\u{301}' => ["áéíóúý", "aeiouy"],
        '\u{302}' => ["âêîôû", "aeiou"],
        '\u{303}' => ["ãñõ", "ano"],
        '\u{308}' => ["äëïöüÿ", "aeiouy"],
        '\u{327}' => ["ç", "c"],
        _ => return None,
    };
    row[1].chars().position(|letter| letter == base).and_then(|place| row[0].chars().nth(place))
}

/// Counts vowels, taking a pair for which `joined(first, second)` holds as one; a vowel joins one other at most.
fn vowels(letters: &[char], is_vowel: impl Fn(usize) -> bool, joined: impl Fn(char, char) -> bool) -> u32 {
    let mut count = 0;
    let mut place = 0;
    while place < letters.len() {
        if !is_vowel(place) {
            place += 1;
            continue;
        }
        count += 1;
        let pair = place + 1 < letters.len() && is_vowel(place + 1) && joined(letters[place], letters[place + 1]);
        place += if pair { 2 } else { 1 };
    }
    count
}

/// A word without a single vowel cannot be read by rule.
fn readable(syllables: u32) -> Option<u32> {
    (syllables > 0).then_some(syllables)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Any text is either counted or refused, and saying it twice takes twice as long.
        #[test]
        fn any_text_is_counted_or_refused(
            text in prop_oneof![".*", "[a-zA-Zéäüß'’ ]{0,40}", "[가-힣 0-9]{0,20}"],
            language in prop::sample::select(vec!["ko", "en", "de", "es", "fr", "ja"]),
        ) {
            let once = syllables(language, &text);
            let twice = syllables(language, &format!("{text} {text}"));
            prop_assert_eq!(once.map(|count| 2 * count), twice);
            prop_assert!(once.is_none_or(|count| count as usize <= text.chars().count() + 4 * text.len()));
        }
    }

    fn syllables(language: &str, text: &str) -> Option<u32> {
        count(text, language.parse().expect("a language code"))
    }

    #[test]
    fn korean_blocks_are_syllables() {
        assert_eq!(syllables("ko", "그는 이리저리 피하면서 길 한 옆으로 걸어갔다."), Some(19));
        // The same word composed and decomposed.
        assert_eq!(syllables("ko", "한글"), Some(2));
        assert_eq!(syllables("ko", "\u{1112}\u{1161}\u{11ab}\u{1100}\u{1173}\u{11af}"), Some(2));
    }

    #[test]
    fn what_has_no_fixed_reading_is_not_counted() {
        for text in ["3시에 만나", "ㅋㅋㅋ", "KTX 타고 가", "그건 okay"] {
            assert_eq!(syllables("ko", text), None, "{text}");
        }
        for text in ["at 5 o'clock", "the FBI came", "tsk tsk", "привет"] {
            assert_eq!(syllables("en", text), None, "{text}");
        }
        assert_eq!(syllables("ja", "こんにちは"), None);
    }

    #[test]
    fn nothing_said_has_no_syllables() {
        assert_eq!(syllables("en", ""), Some(0));
        assert_eq!(syllables("ko", " ... ?! "), Some(0));
    }

    #[test]
    fn english_words() {
        let words = [
            ("make", 1),
            ("table", 2),
            ("called", 1),
            ("wanted", 2),
            ("boxes", 2),
            ("makes", 1),
            ("system", 2),
            ("my", 1),
            ("yes", 1),
            ("beautiful", 3),
            ("question", 2),
            ("special", 2),
            ("being", 2),
            ("idea", 3),
            ("radio", 3),
            ("didn't", 2),
            ("can't", 1),
            ("I'm", 1),
            ("receive", 2),
            ("the", 1),
            ("apostle", 3),
            ("quilter", 2),
            ("Mr", 2),
            ("middle", 2),
            ("classes", 2),
            ("welcome", 2),
            ("gospel", 2),
            ("A", 1),
            ("café", 2),
            ("people", 2),
            ("you", 1),
            ("player", 2),
            ("played", 1),
            ("million", 2),
            ("video", 3),
            ("created", 3),
            ("treated", 2),
            ("settled", 2),
            ("absolutely", 4),
            ("element", 3),
            ("settlement", 3),
            ("someone", 2),
            ("principles", 3),
            ("maybe", 2),
        ];
        for (word, expected) in words {
            assert_eq!(syllables("en", word), Some(expected), "{word}");
        }
    }

    /// The ten sentences of the Berlin Database of Emotional Speech with the count that most of the 278 hand-labelled
    /// recordings of them have. People swallow syllables ("gehn"), so one more or less in a sentence is right as well.
    #[test]
    fn german_sentences_have_the_syllables_that_people_heard() {
        let sentences = [
            ("Der Lappen liegt auf dem Eisschrank.", 8),
            ("Das will sie am Mittwoch abgeben.", 9),
            ("Heute abend könnte ich es ihm sagen.", 11),
            ("Das schwarze Blatt Papier befindet sich da oben neben dem Holzstück.", 18),
            ("In sieben Stunden wird es soweit sein.", 10),
            ("Was sind denn das für Tüten, die da unter dem Tisch stehen?", 15),
            ("Sie haben es gerade hochgetragen und jetzt gehen sie wieder runter.", 20),
            ("An den Wochenenden bin ich jetzt immer nach Hause gefahren und habe Agnes besucht.", 24),
            ("Ich will das eben wegbringen und dann mit Karl was trinken gehen.", 16),
            ("Die wird auf dem Platz sein, wo wir sie immer hinlegen.", 14),
        ];
        for (sentence, heard) in sentences {
            let counted = syllables("de", sentence).unwrap_or(0);
            assert!(counted.abs_diff(heard) <= 1, "{counted} for {heard} in {sentence}");
        }
    }

    #[test]
    fn german_spanish_and_french_words() {
        let words = [
            ("de", "Eisschrank", 2),
            ("de", "Mittwoch", 2),
            ("de", "Tüten", 2),
            ("de", "gehen", 2),
            ("de", "Häuser", 2),
            ("de", "quer", 1),
            ("de", "sieben", 2),
            ("de", "schwarze", 2),
            ("de", "Theater", 3),
            ("de", "u\u{308}ber", 2),
            ("es", "arenas", 3),
            ("es", "blanquecinas", 4),
            ("es", "medio", 2),
            ("es", "asistencia", 4),
            ("es", "muy", 1),
            ("es", "día", 2),
            ("es", "poeta", 3),
            ("es", "guerra", 2),
            ("es", "ciudad", 2),
            ("es", "tiene", 2),
            ("fr", "consulat", 3),
            ("fr", "devient", 2),
            ("fr", "conservateur", 4),
            ("fr", "eaux", 1),
            ("fr", "forêts", 2),
            ("fr", "général", 3),
            ("fr", "que", 1),
            ("fr", "sous", 1),
            ("fr", "l'eau", 1),
            ("fr", "aujourd'hui", 3),
            ("fr", "jusqu'ici", 3),
            ("fr", "qu'il", 1),
            ("fr", "table", 1),
        ];
        for (language, word, expected) in words {
            assert_eq!(syllables(language, word), Some(expected), "{language} {word}");
        }
    }
}

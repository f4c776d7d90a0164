//! German: vowel letters, the usual pairs of them taken as one.

use super::{latin, readable, vowels};

/// Syllables of a German word.
pub(super) fn german(word: &str) -> Option<u32> {
    let letters = latin(word)?;
    let is_vowel = |place: usize| match letters[place] {
        'a' | 'e' | 'i' | 'o' | 'ä' | 'ö' | 'ü' | 'y' | 'é' | 'è' | 'ê' | 'á' | 'à' | 'ó' => true,
        'u' => !(place > 0 && letters[place - 1] == 'q'),
        _ => false,
    };
    let joined = |first: char, second: char| {
        matches!(
            (first, second),
            ('a', 'i' | 'u' | 'y' | 'a')
                | ('e', 'i' | 'u' | 'y' | 'e')
                | ('ä', 'u')
                | ('i', 'e')
                | ('o', 'o' | 'i' | 'y')
        )
    };
    readable(vowels(&letters, is_vowel, joined))
}

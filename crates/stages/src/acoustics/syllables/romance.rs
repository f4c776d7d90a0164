//! Spanish and French.

use super::{is_apostrophe, latin, readable, vowels};

/// Syllables of a Spanish word.
pub(super) fn spanish(word: &str) -> Option<u32> {
    let letters = latin(word)?;
    let is_vowel = |place: usize| match letters[place] {
        'a' | 'e' | 'i' | 'o' | 'á' | 'é' | 'í' | 'ó' | 'ú' | 'ü' => true,
        // Silent in "que", "guerra".
        'u' => {
            let after_q_or_g = place > 0 && matches!(letters[place - 1], 'q' | 'g');
            !(after_q_or_g && matches!(letters.get(place + 1), Some('e' | 'i' | 'é' | 'í')))
        }
        // "y" and "muy" end in a vowel, "ya" begins with a consonant.
        'y' => place + 1 == letters.len(),
        _ => false,
    };
    // A close vowel without accent joins its neighbour.
    let joined = |first: char, second: char| {
        matches!(first, 'i' | 'u' | 'ü') && second != first && !matches!(second, 'í' | 'ú')
            || matches!(second, 'i' | 'u' | 'y') && !matches!(first, 'í' | 'ú') && second != first
    };
    readable(vowels(&letters, is_vowel, joined))
}

/// Syllables of a French word, with its last e silent as in ordinary speech of the north.
pub(super) fn french(word: &str) -> Option<u32> {
    // "l'eau", "qu'il", "jusqu'ici": what stands before the apostrophe has lost its last vowel and leans on the next part.
    if let Some((before, after)) = word.rsplit_once(is_apostrophe) {
        let leaning = before.strip_suffix("qu").unwrap_or(before);
        let own = if leaning.chars().count() > 1 { french(leaning)? } else { 0 };
        return Some(own + french(after)?);
    }
    let letters = latin(word)?;
    let is_vowel = |place: usize| match letters[place] {
        'a' | 'e' | 'i' | 'o' | 'y' | 'à' | 'â' | 'ä' | 'é' | 'è' | 'ê' | 'ë' | 'î' | 'ï' | 'ô' | 'ö' | 'ù' | 'û'
        | 'ü' | 'œ' | 'æ' => true,
        // Silent in "que", "guerre".
        'u' => {
            let after_q_or_g = place > 0 && matches!(letters[place - 1], 'q' | 'g');
            !(after_q_or_g && matches!(letters.get(place + 1), Some('e' | 'é' | 'è' | 'ê' | 'i' | 'a' | 'o')))
        }
        _ => false,
    };
    // One vowel sound is often written with two or three letters; é and letters with two dots begin a new one.
    let mut syllables = 0;
    for place in 0..letters.len() {
        let begins = is_vowel(place)
            && (place == 0
                || !is_vowel(place - 1)
                || matches!(letters[place], 'é' | 'ë' | 'ï' | 'ü' | 'ö')
                || letters[place - 1] == 'é');
        syllables += u32::from(begins);
    }
    let text: String = letters.iter().collect();
    let silent_end = ["e", "es"].iter().any(|ending| {
        text.ends_with(ending) && letters.len() > ending.len() && !is_vowel(letters.len() - ending.len() - 1)
    });
    if silent_end && syllables > 1 {
        syllables -= 1;
    }
    readable(syllables)
}

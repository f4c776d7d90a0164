//! English: groups of vowel letters, with the silent e and the pairs that are read apart.
//!
//! English spelling does not tell syllables; the rules are right for most running words and wrong for some.

use super::{is_apostrophe, latin, readable};

/// Frequent words that the rules get wrong, and abbreviations and sounds written without vowels.
const EXCEPTIONS: [(&str, u32); 34] = [
    ("area", 3),
    ("areas", 3),
    ("business", 2),
    ("businesses", 3),
    ("different", 2),
    ("dr", 2),
    ("etc", 4),
    ("every", 2),
    ("everybody", 4),
    ("everyone", 3),
    ("everything", 3),
    ("evening", 2),
    ("family", 2),
    ("hm", 1),
    ("hmm", 1),
    ("hundred", 2),
    ("idea", 3),
    ("ideas", 3),
    ("interesting", 3),
    ("maybe", 2),
    ("mm", 1),
    ("mr", 2),
    ("mrs", 2),
    ("ms", 1),
    ("ok", 2),
    ("people", 2),
    ("poem", 2),
    ("quiet", 2),
    ("science", 2),
    ("shh", 1),
    ("society", 4),
    ("therefore", 2),
    ("wednesday", 2),
    ("whatever", 3),
];

/// Endings before which a silent e of the stem stays silent: "careful", "someone", "statement".
const AFTER_SILENT_E: [&str; 14] =
    ["ly", "ment", "ments", "ful", "fully", "ness", "one", "thing", "times", "where", "what", "body", "how", "land"];

/// Syllables of an English word.
pub(super) fn english(word: &str) -> Option<u32> {
    let letters = latin(word)?;
    let text: String = letters.iter().map(|letter| if is_apostrophe(*letter) { '\'' } else { *letter }).collect();
    let stem = text.strip_suffix("'s").unwrap_or(&text);
    if let Some((_, syllables)) = EXCEPTIONS.iter().find(|(written, _)| *written == stem) {
        return Some(*syllables);
    }
    let spoken = (0..letters.len()).filter(|place| begins(&letters, *place)).count() as u32;
    let silent = u32::from(ends_silently(stem)) + u32::from(has_silent_e_inside(stem));
    let mut syllables = if spoken > silent { spoken - silent } else { spoken.min(1) };
    // "didn't" and "isn't" have a syllable more than "did" and "is"; "can't" and "won't" do not.
    if ends_with_any(stem, &["dn't", "sn't", "tn't"]) {
        syllables += 1;
    }
    readable(syllables)
}

fn is_vowel(letters: &[char], place: usize) -> bool {
    match letters[place] {
        'a' | 'e' | 'i' | 'o' => true,
        'u' => !(place > 0 && letters[place - 1] == 'q'),
        // "yes" begins with a consonant, "my" and "system" have a vowel.
        'y' => place > 0 || letters.len() == 1,
        accented => "àáâäèéêëìíîïòóôöùúûü".contains(accented),
    }
}

/// Whether the letter at `place` begins a group of vowels that are read as one.
fn begins(letters: &[char], place: usize) -> bool {
    if !is_vowel(letters, place) {
        return false;
    }
    if place == 0 || !is_vowel(letters, place - 1) {
        return true;
    }
    let earlier = place.checked_sub(2).map(|place| letters[place]);
    let rest: String = letters[place + 1..].iter().collect();
    match (letters[place - 1], letters[place]) {
        // "being", "going", "trying"; not "their" or "rain".
        (_, 'i') => rest.starts_with("ng"),
        // "player", "royal", "beyond"; not "eye", "played", "they're".
        ('y', 'a' | 'o' | 'u') => true,
        ('y', 'e') => !matches!(rest.as_str(), "" | "s" | "d") && !rest.starts_with('\''),
        // "radio", "dial", "serious"; not "nation", "special", "marriage", "million", "union".
        ('i', 'a' | 'o' | 'u') => {
            let softened = matches!(earlier, Some('t' | 's' | 'c' | 'g' | 'x'));
            !(softened
                || letters[place] == 'a' && rest.starts_with('g')
                || letters[place] == 'o' && rest == "n" && matches!(earlier, Some('l' | 'n')))
        }
        // "actual"; not "language".
        ('u', 'a') => earlier != Some('g'),
        // "video", "theory"; not "surgeon".
        ('e', 'o') => !matches!(earlier, Some('g' | 'p')),
        // "create", "reaction"; not "cream", "treated".
        ('e', 'a') => {
            let created = place >= 3 && letters[place - 3..place - 1] == ['c', 'r'] && rest.starts_with('t');
            created || earlier == Some('r') && rest.starts_with("ct")
        }
        _ => false,
    }
}

/// Whether an e near the end is written only.
fn ends_silently(stem: &str) -> bool {
    let before = |ending: &str| stem.strip_suffix(ending).and_then(|rest| rest.chars().last());
    let consonant = |letter: Option<char>| letter.is_some_and(|letter| !"aeiouy".contains(letter));
    if stem.ends_with("es") {
        // "boxes", "wages" and "tables" keep it, "makes" and "miles" do not.
        let hissing = ends_with_any(stem, &["ses", "xes", "zes", "ches", "shes", "ges", "ces"]);
        consonant(before("es")) && !hissing && !consonant(before("les"))
    } else if stem.ends_with("ed") {
        // "wanted", "needed" and "settled" keep it, "called" does not.
        consonant(before("ed"))
            && !ends_with_any(stem, &["ted", "ded"])
            && !before("led").is_some_and(|letter| "bcdfgkptz".contains(letter))
    } else if stem.ends_with("le") {
        // "table" keeps it, "while" does not.
        !consonant(before("le"))
    } else {
        consonant(before("e"))
    }
}

/// Whether a silent e stands between a consonant and one of [`AFTER_SILENT_E`].
fn has_silent_e_inside(stem: &str) -> bool {
    AFTER_SILENT_E.iter().any(|ending| {
        let Some(rest) = stem.strip_suffix(ending).and_then(|rest| rest.strip_suffix('e')) else { return false };
        let mut backwards = rest.chars().rev();
        let (Some(last), Some(before)) = (backwards.next(), backwards.next()) else { return false };
        let consonant = |letter: char| !"aeiouy".contains(letter);
        // "largely" and "someone", not "element" and "settlement".
        rest.len() > 2 && consonant(last) && !(last == 'l' && consonant(before))
    })
}

fn ends_with_any(text: &str, endings: &[&str]) -> bool {
    endings.iter().any(|ending| text.ends_with(ending))
}

//! Names: how paths are shown, and safe folder names for recordings.

use std::ffi::OsStr;
use std::path::{Component, Path, PathBuf};
use voiceman_base::Digest;

/// Longest stem of a folder name, so that the name with digest and suffix stays far below the 255 bytes of most file
/// systems.
const MAX_STEM_BYTES: usize = 150;
/// Longest stem in characters, because some systems limit the whole path.
const MAX_STEM_CHARS: usize = 80;
/// Stem where nothing of the name is left.
const NAMELESS: &str = "recording";
/// Names that Windows keeps for devices, with or without an extension.
const RESERVED: [&str; 22] = [
    "con", "prn", "aux", "nul", "com1", "com2", "com3", "com4", "com5", "com6", "com7", "com8", "com9", "lpt1", "lpt2",
    "lpt3", "lpt4", "lpt5", "lpt6", "lpt7", "lpt8", "lpt9",
];

/// `name` as text; bytes that are not UTF-8 are written as `\xNN`.
pub(crate) fn shown(name: &OsStr) -> String {
    let mut text = String::new();
    for chunk in name.as_encoded_bytes().utf8_chunks() {
        text.push_str(chunk.valid());
        chunk.invalid().iter().for_each(|byte| text.push_str(&format!("\\x{byte:02X}")));
    }
    text
}

/// The exact bytes of a path.
pub(crate) fn path_bytes(path: &Path) -> &[u8] {
    path.as_os_str().as_encoded_bytes()
}

/// The path with these exact bytes.
#[cfg(unix)]
pub(crate) fn path_from_bytes(bytes: &[u8]) -> PathBuf {
    use std::os::unix::ffi::OsStrExt;
    PathBuf::from(OsStr::from_bytes(bytes))
}

/// The path with these bytes; where the system's paths are not bytes, what is not UTF-8 is replaced.
#[cfg(not(unix))]
pub(crate) fn path_from_bytes(bytes: &[u8]) -> PathBuf {
    PathBuf::from(String::from_utf8_lossy(bytes).into_owned())
}

/// Whether `name` is one plain component of a path, and not the name of a file still being written.
pub(crate) fn is_plain_name(name: &str) -> bool {
    let mut parts = Path::new(name).components();
    matches!((parts.next(), parts.next()), (Some(Component::Normal(part)), None) if part == name)
        && !name.contains(['/', '\\', '\0'])
        && !crate::atomic::is_leftover(OsStr::new(name))
}

/// A folder name for the recording at `path`: `STEM-HASH8`, and where `taken` says so `STEM-HASH8-2` and so on.
///
/// # Errors
/// When `taken` fails.
pub(crate) fn folder_name<E>(
    path: &Path,
    sha256: &Digest,
    taken: impl Fn(&str) -> Result<bool, E>,
) -> Result<String, E> {
    let first = format!("{}-{}", stem(path), sha256.short());
    let (mut name, mut number) = (first.clone(), 1_u64);
    while taken(&name)? {
        number += 1;
        name = format!("{first}-{number}");
    }
    Ok(name)
}

/// What two folder names must not share: file systems may ignore case, and composed and decomposed letters look alike.
pub(crate) fn folder_key(name: &str) -> String {
    compose_hangul(name).to_lowercase()
}

/// The file name of `path` without its extension, made safe for every file system: letters of all scripts stay, as do
/// spaces within; separators, control and invisible characters, and what Windows refuses become `_`.
fn stem(path: &Path) -> String {
    let name = shown(path.file_stem().unwrap_or_default());
    let safe: String =
        compose_hangul(&name).chars().map(|letter| if is_unsafe(letter) { '_' } else { letter }).collect();
    let mut stem = String::new();
    for letter in safe.trim_matches(is_edge).chars().take(MAX_STEM_CHARS) {
        if stem.len() + letter.len_utf8() > MAX_STEM_BYTES {
            break;
        }
        stem.push(letter);
    }
    let stem = stem.trim_end_matches(is_edge);
    let device = stem.split('.').next().unwrap_or_default().trim_end().to_lowercase();
    match stem {
        "" => NAMELESS.to_owned(),
        _ if RESERVED.contains(&device.as_str()) => format!("_{stem}"),
        _ => stem.to_owned(),
    }
}

/// Points and spaces at the edges of a name hide files or vanish on some systems.
fn is_edge(letter: char) -> bool {
    letter == '.' || letter.is_whitespace()
}

/// Characters that no file system should see, or that make a name look like another one.
fn is_unsafe(letter: char) -> bool {
    let refused = matches!(letter, '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|');
    let invisible = matches!(letter,
        '\u{00AD}' | '\u{061C}' | '\u{115F}' | '\u{1160}' | '\u{180E}' | '\u{200B}'..='\u{200F}' |
        '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' |
        '\u{FFA0}' | '\u{FFF0}'..='\u{FFFF}' | '\u{E0000}'..='\u{E0FFF}');
    let private = matches!(letter, '\u{E000}'..='\u{F8FF}' | '\u{F0000}'..='\u{10FFFF}');
    refused || invisible || private || letter.is_control() || (letter.is_whitespace() && letter != ' ')
}

/// Joins conjoining Hangul letters to syllables, as the Unicode Standard 3.12 computes it, so that a name from a system
/// that stores them apart looks right everywhere. Other characters stay as they are.
fn compose_hangul(text: &str) -> String {
    let [leading, vowel, trailing, syllable] = [0x1100, 0x1161, 0x11A7, 0xAC00];
    let [leadings, vowels, trailings] = [19, 21, 28];
    let mut composed = String::with_capacity(text.len());
    for letter in text.chars() {
        let last = composed.chars().next_back().map_or(0, u32::from);
        let code = u32::from(letter);
        let vowel_after_leading =
            (leading..leading + leadings).contains(&last) && (vowel..vowel + vowels).contains(&code);
        let open_syllable = (syllable..syllable + leadings * vowels * trailings).contains(&last)
            && (last - syllable).is_multiple_of(trailings);
        let trailing_after_open = open_syllable && (trailing + 1..trailing + trailings).contains(&code);
        let joined = if vowel_after_leading {
            char::from_u32(syllable + ((last - leading) * vowels + (code - vowel)) * trailings)
        } else if trailing_after_open {
            char::from_u32(last + code - trailing)
        } else {
            None
        };
        match joined {
            Some(joined) => {
                composed.pop();
                composed.push(joined);
            }
            None => composed.push(letter),
        }
    }
    composed
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn free_name(path: &Path, sha256: &Digest) -> String {
        folder_name(path, sha256, |_| Ok::<bool, ()>(false)).expect("a name")
    }

    fn name_of(path: &str) -> String {
        free_name(Path::new(path), &Digest::of(b"sound"))
    }

    #[test]
    fn letters_stay_and_dangerous_characters_go() {
        let hash = Digest::of(b"sound").short();
        for (path, stem) in [
            ("/in/call.wav", "call"),
            ("/in/통화 녹음 2026-11-25.m4a", "통화 녹음 2026-11-25"),
            ("/in/a:b*c?d\"e<f>g|h\\i.wav", "a_b_c_d_e_f_g_h_i"),
            ("/in/line\nbreak\ttab\u{7}.wav", "line_break_tab_"),
            ("/in/evil\u{202E}vaw.exe.wav", "evil_vaw.exe"),
            ("/in/ . hidden. .wav", "hidden"),
            ("/in/.wav", "wav"),
            ("/in/...", "recording"),
            ("/in/con.tar.wav", "_con.tar"),
            ("/in/NUL.wav", "_NUL"),
            ("/in/it's 100%.wav", "it's 100%"),
            ("/", "recording"),
        ] {
            assert_eq!(name_of(path), format!("{stem}-{hash}"), "{path:?}");
        }
    }

    #[test]
    fn decomposed_hangul_gives_the_same_letters_as_composed() {
        let decomposed = "\u{1112}\u{1161}\u{11AB}\u{1100}\u{1173}\u{11AF}\u{110B}\u{1161}";
        assert_eq!(compose_hangul(decomposed), "한글아");
        assert_eq!(folder_key(&name_of(&format!("{decomposed}.wav"))), folder_key(&name_of("한글아.wav")));
    }

    #[cfg(unix)]
    #[test]
    fn bytes_that_are_not_text_are_shown_and_kept() {
        let path = path_from_bytes(b"/in/caf\xE9 \xFF.wav");
        assert_eq!(shown(path.as_os_str()), r"/in/caf\xE9 \xFF.wav");
        assert_eq!(path_from_bytes(path_bytes(&path)), path);
        assert!(free_name(&path, &Digest::of(b"")).starts_with("caf_xE9 _xFF-"));
    }

    #[test]
    fn a_taken_name_gets_a_number() {
        let taken = [name_of("a.wav"), format!("{}-2", name_of("a.wav"))];
        let is_taken = |name: &str| Ok::<bool, ()>(taken.iter().any(|one| one == name));
        let third = folder_name(Path::new("a.wav"), &Digest::of(b"sound"), is_taken).expect("a name");
        assert_eq!(third, format!("{}-3", name_of("a.wav")));
    }

    #[test]
    fn long_names_are_cut_between_letters() {
        let name = name_of(&format!("{}.wav", "뷁".repeat(200)));
        assert!(name.len() < 200 && name.starts_with("뷁뷁"));
        assert_eq!(name_of(&format!("{}.wav", "a".repeat(250))).len(), MAX_STEM_CHARS + 9);
    }

    proptest! {
        #[test]
        fn every_name_is_one_safe_component(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let name = free_name(&path_from_bytes(&bytes), &Digest::of(&bytes));
            prop_assert!(name.len() <= 200 && !name.starts_with('.') && !name.is_empty());
            prop_assert!(!name.chars().any(is_unsafe));
            prop_assert_eq!(Path::new(&name).components().count(), 1);
        }

        #[test]
        fn every_text_gives_one_safe_component(text in "\\PC{0,120}") {
            let name = free_name(Path::new(&text), &Digest::of(text.as_bytes()));
            prop_assert!(name.len() <= 200 && !name.starts_with('.') && !name.chars().any(is_unsafe));
        }
    }
}

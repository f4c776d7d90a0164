//! Korean morphemes through `awabi`, which reads dictionaries compiled for MeCab.
//!
//! `awabi` panics on a damaged dictionary and on characters outside its tables, takes its dictionary only through a
//! configuration file that knows no spaces in paths, and tells no places. All of that ends here: files are checked
//! before it sees them, characters it cannot look up become spaces, and places are found by walking along the text.

use awabi::tokenizer::Tokenizer;
use std::fs::{self, File};
use std::io::{self, Read};
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use voiceman_base::{Digest, ModelIdentity, Precision};
use voiceman_stages::language::{Morpheme, MorphemeAnalyzer, MorphemeError};

/// Files of the dictionary that are read.
const FILES: [&str; 4] = ["sys.dic", "unk.dic", "matrix.bin", "char.bin"];
/// The number that the length of a compiled dictionary is hidden with (MeCab 0.996, `dictionary.cpp`).
const MAGIC: u32 = 0xef71_8f77;
/// Version of compiled dictionaries (same place).
const DICTIONARY_VERSION: u32 = 102;
/// Characters in the table of character kinds (MeCab 0.996, `char_property.cpp`): all of the basic plane but the last.
const CHARACTERS: u64 = 0xffff;
/// Longest text handed to `awabi` at once, in bytes: its path costs are 32-bit sums that a very long text overflows.
const PIECE: usize = 4_096;

/// A dictionary that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KoreanError {
    /// A file is missing or cannot be read.
    #[error("read `{path}` of the Korean dictionary", path = path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A file is not what its head says.
    #[error("use `{path}` of the Korean dictionary, {what}", path = path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        what: &'static str,
    },
    /// The dictionary could not be mapped into memory.
    #[error("load the Korean dictionary")]
    Load(#[source] io::Error),
    /// The folder for temporary files has a space in its path.
    #[error("load the Korean dictionary through `{path}`, whose path has a space", path = path.display())]
    TemporaryFolder {
        /// The folder.
        path: PathBuf,
    },
}

/// A text could not be taken apart; both mean that the dictionary is damaged in a way its head does not show.
#[derive(Debug, thiserror::Error)]
enum AnalysisError {
    #[error("follow the dictionary, it led out of its tables")]
    Dictionary,
    #[error("find morpheme `{0}` in the text")]
    Place(String),
}

/// Takes Korean text apart with a dictionary compiled for MeCab with the Sejong tag set (mecab-ko-dic).
pub struct KoreanMorphemes {
    tokenizer: Tokenizer,
    identity: ModelIdentity,
}

impl KoreanMorphemes {
    /// Opens the dictionary in a folder. It is mapped into memory, not read, so this takes milliseconds; only where the
    /// folder is not one of the model store is the dictionary read once for its digest.
    ///
    /// # Errors
    /// When a file is missing or its head does not fit its length.
    pub fn open(dictionary_dir: &Path) -> Result<KoreanMorphemes, KoreanError> {
        for name in FILES {
            check(&dictionary_dir.join(name))?;
        }
        let dictionary = dictionary_dir.join("sys.dic");
        let sha256 = digest(&dictionary).map_err(|source| KoreanError::Read { path: dictionary, source })?;
        let identity = ModelIdentity {
            role: "morphemes".to_owned(),
            name: "mecab-ko-dic".to_owned(),
            sha256,
            precision: Precision::Exact,
            runtime: "awabi 0.3.3".to_owned(),
        };
        Ok(KoreanMorphemes { tokenizer: load(dictionary_dir)?, identity })
    }

    fn analyze_piece(&self, piece: &str, offset: usize, found: &mut Vec<Surface>) -> Result<(), AnalysisError> {
        let tokens =
            catch_unwind(AssertUnwindSafe(|| self.tokenizer.tokenize(piece))).map_err(|_| AnalysisError::Dictionary)?;
        let mut at = 0;
        for (surface, feature) in tokens {
            let place = piece.get(at..).and_then(|rest| rest.find(&surface)).filter(|_| !surface.is_empty());
            let start = at + place.ok_or_else(|| AnalysisError::Place(surface.clone()))?;
            at = start + surface.len();
            found.push(Surface { range: offset + start..offset + at, text: surface, feature });
        }
        Ok(())
    }
}

impl MorphemeAnalyzer for KoreanMorphemes {
    fn identity(&self) -> ModelIdentity {
        self.identity.clone()
    }

    fn analyze(&self, text: &str) -> Result<Vec<Morpheme>, MorphemeError> {
        let composed = Composed::of(text);
        let mut surfaces = Vec::new();
        for piece in pieces(&composed.text) {
            self.analyze_piece(&composed.text[piece.clone()], piece.start, &mut surfaces)
                .map_err(|source| MorphemeError { bytes: text.len(), source: source.into() })?;
        }
        Ok(surfaces.iter().flat_map(|surface| surface.morphemes(&composed)).collect())
    }
}

/// `awabi` unwraps where a file is missing or too short, so look first.
fn check(path: &Path) -> Result<(), KoreanError> {
    let read = |source| KoreanError::Read { path: path.to_owned(), source };
    let damaged = |what| KoreanError::Damaged { path: path.to_owned(), what };
    let mut file = File::open(path).map_err(read)?;
    let length = file.metadata().map_err(read)?.len();
    let mut head = [0; 40];
    if length < head.len() as u64 {
        return Err(damaged("it is too short"));
    }
    file.read_exact(&mut head).map_err(read)?;
    let word = |at: usize| u32::from_le_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
    let half = |at: usize| u64::from(u16::from_le_bytes([head[at], head[at + 1]]));
    let expected = match path.extension().and_then(|extension| extension.to_str()) {
        Some("dic") if word(4) != DICTIONARY_VERSION => return Err(damaged("its version is not 102")),
        Some("dic") => {
            let parts = [24, 28, 32].map(|at| u64::from(word(at))).iter().sum::<u64>() + 72;
            if parts != length {
                return Err(damaged("its parts do not add up to its length"));
            }
            u64::from(word(0) ^ MAGIC)
        }
        _ if path.ends_with("matrix.bin") => 4 + half(0) * half(2) * 2,
        _ => 4 + u64::from(word(0)) * 32 + CHARACTERS * 4,
    };
    if expected == length { Ok(()) } else { Err(damaged("its length is not what its head says")) }
}

/// The digest of the dictionary. The model store names contents by their digest, which it has checked; elsewhere the
/// file is read.
fn digest(path: &Path) -> io::Result<Digest> {
    let contents = fs::canonicalize(path)?;
    match contents.file_name().and_then(|name| name.to_str()).map(str::parse) {
        Some(Ok(digest)) => Ok(digest),
        _ => Ok(Digest::of(&fs::read(path)?)),
    }
}

/// Hands the dictionary to `awabi` through a temporary configuration file and a link, which may have neither spaces
/// nor letters outside UTF-8 in their paths.
fn load(dictionary_dir: &Path) -> Result<Tokenizer, KoreanError> {
    let folder = tempfile::tempdir().map_err(KoreanError::Load)?;
    let plain = folder.path().to_str().filter(|path| !path.contains(char::is_whitespace));
    let plain = plain.ok_or_else(|| KoreanError::TemporaryFolder { path: folder.path().to_owned() })?;
    let dictionary = fs::canonicalize(dictionary_dir).map_err(KoreanError::Load)?;
    std::os::unix::fs::symlink(dictionary, folder.path().join("dictionary")).map_err(KoreanError::Load)?;
    let configuration = format!("{plain}/mecabrc");
    fs::write(&configuration, format!("dicdir = {plain}/dictionary\n")).map_err(KoreanError::Load)?;
    catch_unwind(|| Tokenizer::new(Some(&configuration)))
        .unwrap_or_else(|_| Err(io::Error::other("the dictionary could not be mapped")))
        .map_err(KoreanError::Load)
}

/// Stretches of at most [`PIECE`] bytes that end at a space where there is one, and hold more than spaces.
fn pieces(text: &str) -> Vec<Range<usize>> {
    let mut pieces = Vec::new();
    let mut start = 0;
    while start < text.len() {
        let mut end = text.len();
        if end - start > PIECE {
            let limit = text.floor_char_boundary(start + PIECE);
            end = text[start..limit].rfind(' ').map_or(limit, |space| start + space + 1);
        }
        if !text[start..end].trim().is_empty() {
            pieces.push(start..end);
        }
        start = end;
    }
    pieces
}

/// A text with its Hangul composed and everything that the dictionary has no kind for turned into spaces, and where
/// each byte of it comes from.
struct Composed {
    text: String,
    /// For each byte of `text`, and for its end, where its character begins in the original.
    origins: Vec<usize>,
}

impl Composed {
    fn of(original: &str) -> Composed {
        let mut composed = Composed { text: String::with_capacity(original.len()), origins: Vec::new() };
        let mut last: Option<(char, usize)> = None;
        for (at, sign) in original.char_indices() {
            let sign = if sign.is_control() || u64::from(u32::from(sign)) >= CHARACTERS { ' ' } else { sign };
            last = match last.and_then(|(before, start)| Some((compose(before, sign)?, start))) {
                Some(joined) => Some(joined),
                None => {
                    composed.push(last);
                    Some((sign, at))
                }
            };
        }
        composed.push(last);
        composed.origins.push(original.len());
        composed
    }

    fn push(&mut self, sign: Option<(char, usize)>) {
        if let Some((sign, start)) = sign {
            self.text.push(sign);
            self.origins.resize(self.text.len(), start);
        }
    }

    fn original(&self, range: &Range<usize>) -> Range<usize> {
        self.origins[range.start]..self.origins[range.end]
    }
}

/// One syllable from two parts: leading consonant and vowel, or an open syllable and a final consonant. The Unicode
/// Standard, section 3.12.
fn compose(first: char, second: char) -> Option<char> {
    let (first, second) = (u32::from(first), u32::from(second));
    let syllable = match (first, second) {
        (0x1100..=0x1112, 0x1161..=0x1175) => 0xac00 + ((first - 0x1100) * 21 + second - 0x1161) * 28,
        (0xac00..=0xd7a3, 0x11a8..=0x11c2) if (first - 0xac00).is_multiple_of(28) => first + second - 0x11a7,
        _ => return None,
    };
    char::from_u32(syllable)
}

/// The leading and final consonants of Unicode's conjoining block in order, as stand-alone letters.
const LEADS: &str = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ";
const FINALS: &str = "ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ";

/// Lower case, and conjoining consonants as stand-alone letters: the dictionary writes the ending of `간` now as `ᆫ`,
/// now as `ㄴ`, and that of `갑니다` even as a leading `ᄇ`.
fn plain_form(form: &str) -> String {
    let letter = |sign: char| {
        let (letters, first) = match sign {
            '\u{1100}'..='\u{1112}' => (LEADS, 0x1100),
            '\u{11a8}'..='\u{11c2}' => (FINALS, 0x11a8),
            _ => return sign,
        };
        letters.chars().zip(first..).find(|(_, code)| *code == u32::from(sign)).map_or(sign, |(letter, _)| letter)
    };
    form.chars().map(letter).flat_map(char::to_lowercase).collect()
}

/// One entry of the dictionary as it stands in the text.
struct Surface {
    text: String,
    feature: String,
    range: Range<usize>,
}

impl Surface {
    /// The morphemes of an entry. Entries that melted together say in column 8 what they are made of; compound nouns
    /// stay whole.
    fn morphemes(&self, composed: &Composed) -> Vec<Morpheme> {
        let columns: Vec<&str> = self.feature.split(',').collect();
        let column = |number: usize| columns.get(number).copied().unwrap_or("*");
        let whole = || vec![(self.text.as_str(), column(0))];
        let parts = match column(4) {
            "Inflect" | "Preanalysis" => parts(column(7)).unwrap_or_else(whole),
            _ => whole(),
        };
        let morpheme = |(form, tag): (&str, &str)| Morpheme {
            surface: self.text.clone(),
            lemma: plain_form(form),
            tag: tag.to_owned(),
            range: composed.original(&self.range),
        };
        parts.into_iter().map(morpheme).collect()
    }
}

/// `죽이/VV/*+어/EC/*` as forms and tags; nothing when it does not read so.
fn parts(expression: &str) -> Option<Vec<(&str, &str)>> {
    let part = |part: &'_ str| -> Option<(usize, usize)> {
        let form = part.find('/')?;
        let tag = part[form + 1..].find('/').map_or(part.len(), |tag| form + 1 + tag);
        (form > 0 && tag > form + 1).then_some((form, tag))
    };
    expression.split('+').map(|text| part(text).map(|(form, tag)| (&text[..form], &text[form + 1..tag]))).collect()
}

//! What patterns are held against: the words of an English text, the morphemes of a Korean one.

use std::ops::Range;

/// One word or morpheme.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token {
    /// English: the word in lower case. Korean: the dictionary form.
    pub form: String,
    /// Korean: part of speech. English: empty.
    pub tag: String,
    /// Bytes in the text.
    pub range: Range<usize>,
    /// A comma or the like: patterns step over it, negation does not.
    pub pause: bool,
}

/// The tokens of one sentence. Patterns never reach from one sentence into the next.
pub(super) type Sentence = Vec<Token>;

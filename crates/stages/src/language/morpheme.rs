//! Korean morphemes, as the lexicon wants them.

use std::ops::Range;
use voiceman_base::ModelIdentity;

/// The smallest meaningful piece of a Korean text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Morpheme {
    /// What stands in the text. Morphemes that melt into one written form share it, as `죽이` and `어` share `죽여`.
    pub surface: String,
    /// Dictionary form, composed, endings written with compatibility jamo: `죽이`, `어`, `ㄴ다고`.
    pub lemma: String,
    /// Part of speech in the Sejong tag set: `VV`, `EC`, `JKS` and so on.
    pub tag: String,
    /// Bytes of `surface` in the text. Never runs backwards from one morpheme to the next.
    pub range: Range<usize>,
}

/// A text could not be taken apart.
#[derive(Debug, thiserror::Error)]
#[error("take a text of {bytes} bytes apart into morphemes")]
pub struct MorphemeError {
    /// Length of the text.
    pub bytes: usize,
    /// The failure underneath.
    #[source]
    pub source: Box<dyn std::error::Error + Send + Sync>,
}

/// Takes Korean text apart into morphemes.
pub trait MorphemeAnalyzer: Send {
    /// Which dictionary and which program: results depend on both.
    fn identity(&self) -> ModelIdentity;

    /// The morphemes of `text` in order, white space left out. Any text is allowed, also one that is not Korean.
    ///
    /// # Errors
    /// When the dictionary turns out to be damaged.
    fn analyze(&self, text: &str) -> Result<Vec<Morpheme>, MorphemeError>;
}

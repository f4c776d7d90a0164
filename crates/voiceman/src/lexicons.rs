//! The lexicons of this program, which are part of it.

use crate::Error;
use std::sync::Arc;
use voiceman_stages::language::Lexicon;

const FILES: [&str; 2] = [include_str!("../../../lexicon/ko.toml"), include_str!("../../../lexicon/en.toml")];

/// Reads and checks all of them.
pub(crate) fn load() -> Result<Vec<Arc<Lexicon>>, Error> {
    let parse = |text: &&str| Lexicon::parse(text).map(Arc::new).map_err(|error| Error::Language(error.into()));
    FILES.iter().map(parse).collect()
}

//! What recordings say about themselves; no models needed.

use crate::discover::{Found, discover};
use crate::error::RecordingError;
use std::path::{Path, PathBuf};
use voiceman_audio::{DecodeSettings, probe};
use voiceman_base::SourceFacts;
use voiceman_runtime::catch;

/// Probes every recording that `paths` mean, in order, and hands what was found to `tell`, until that says no.
pub fn inspect(paths: &[PathBuf], tell: &mut dyn FnMut(&Path, Result<SourceFacts, RecordingError>) -> bool) {
    let settings = DecodeSettings::default();
    for found in discover(paths, None) {
        let facts = match &found {
            Found::Unusable(_, why) => Err(RecordingError::from(why.clone())),
            Found::Recording(path) => match catch(|| probe(path, &settings)) {
                Ok(result) => result.map_err(RecordingError::from),
                Err(panicked) => Err(RecordingError::from(panicked)),
            },
        };
        if !tell(found.path(), facts) {
            break;
        }
    }
}

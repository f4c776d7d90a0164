//! What recordings say about themselves; no models needed.

use crate::discover::{Found, discover};
use crate::error::RecordingError;
use serde::Serialize;
use std::path::{Path, PathBuf};
use voiceman_audio::{DecodeSettings, decode};
use voiceman_base::{SignalQuality, SourceFacts, StageError, StageErrorKind, Unwatched, Verdict};
use voiceman_runtime::catch;
use voiceman_stages::quality::{QualitySettings, signal_quality, verdicts};

/// What was found out about a recording.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Inspection {
    /// What decoding said.
    #[serde(flatten)]
    pub facts: SourceFacts,
    /// What the sound itself says.
    pub quality: SignalQuality,
    /// Which measures of voices it bears, all speakers taken together.
    pub verdicts: Vec<Verdict>,
}

/// Decodes every recording that `paths` mean, in order, and hands what was found to `tell`, until that says no.
pub fn inspect(paths: &[PathBuf], tell: &mut dyn FnMut(&Path, Result<Inspection, RecordingError>) -> bool) {
    let settings = DecodeSettings::default();
    for found in discover(paths, None) {
        let inspection = match &found {
            Found::Unusable(_, why) => Err(RecordingError::from(why.clone())),
            Found::Recording(path) => match catch(|| inspect_one(path, &settings)) {
                Ok(result) => result,
                Err(panicked) => Err(RecordingError::from(panicked)),
            },
        };
        if !tell(found.path(), inspection) {
            break;
        }
    }
}

fn inspect_one(path: &Path, settings: &DecodeSettings) -> Result<Inspection, RecordingError> {
    let clip = decode(path, settings)?;
    let quality = signal_quality(&clip, &Unwatched)
        .map_err(|error| StageError::new("quality", StageErrorKind::ReadSamples, error))?;
    let verdicts = verdicts(&quality, clip.facts(), quality.speech_time, &QualitySettings::default());
    Ok(Inspection { facts: clip.facts().clone(), quality, verdicts })
}

//! What is done in a case, what failed and why, what is left.

use crate::error::Error;
use serde::Serialize;
use std::path::Path;
use voiceman_case::CaseStatus;

/// How far one recording of a case has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RecordingState {
    /// `done`, `failed` or `pending`.
    pub status: &'static str,
    /// Where the original lies, written for people.
    pub path: String,
    /// Why it failed, if it failed.
    pub error: Option<String>,
    /// Name of its folder under `recordings/`, once its digest is known.
    pub folder: Option<String>,
}

/// Reads the state of the case in `root`; also while a run is going on.
///
/// # Errors
/// When there is no case, or its index is damaged.
pub fn status(root: &Path) -> Result<Vec<RecordingState>, Error> {
    let state = CaseStatus::read(root)?;
    Ok(state
        .recordings
        .into_iter()
        .map(|recording| RecordingState {
            status: recording.status.name(),
            path: crate::shown(&recording.path),
            error: recording.error,
            folder: recording.folder,
        })
        .collect())
}

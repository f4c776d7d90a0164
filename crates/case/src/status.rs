//! What is done, what failed and why, what is left: read from the index, also while a run is going on.

use crate::database::DATABASE_FILE;
use crate::error::{CaseError, CaseErrorKind};
use crate::index::{CaseIndex, INDEX_FILE};
use crate::recording::{MadeBy, Recording, RecordingStatus};
use serde::{Deserialize, Serialize};
use std::path::Path;
use voiceman_base::ClipTime;

/// State of a case.
#[derive(Clone, Debug, PartialEq)]
pub struct CaseStatus {
    /// What worked on it last.
    pub made_by: MadeBy,
    /// All recordings, by number.
    pub recordings: Vec<Recording>,
    /// How many of each.
    pub totals: Totals,
}

/// Sums over the recordings of a case.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Totals {
    /// All.
    pub recordings: usize,
    /// Finished.
    pub done: usize,
    /// Could not be analysed.
    pub failed: usize,
    /// Left.
    pub pending: usize,
    /// Sound of the finished ones, in seconds.
    pub audio_s: f64,
}

impl Totals {
    pub(crate) fn of(recordings: &[Recording]) -> Totals {
        let count = |status| recordings.iter().filter(|recording| recording.status == status).count();
        let done = recordings.iter().filter(|recording| recording.status == RecordingStatus::Done);
        let micros = done.filter_map(|recording| recording.duration).map(ClipTime::micros);
        Totals {
            recordings: recordings.len(),
            done: count(RecordingStatus::Done),
            failed: count(RecordingStatus::Failed),
            pending: count(RecordingStatus::Pending),
            audio_s: ClipTime::from_micros(micros.fold(0, i64::saturating_add)).seconds(),
        }
    }
}

impl CaseStatus {
    /// Reads the state of the case in folder `root`. Takes no lock and changes nothing.
    ///
    /// # Errors
    /// When the folder holds no case, or its index is missing, damaged or from a newer version.
    pub fn read(root: &Path) -> Result<CaseStatus, CaseError> {
        let Some(index) = CaseIndex::read(root)? else {
            let kind = if is_case(root) { CaseErrorKind::DamagedIndex } else { CaseErrorKind::NotACase };
            return Err(CaseError::new(kind, "read the case", root));
        };
        let recordings = index.recordings();
        Ok(CaseStatus { made_by: index.made_by(), totals: Totals::of(&recordings), recordings })
    }

    /// The recordings with this status, by number.
    pub fn with(&self, status: RecordingStatus) -> impl Iterator<Item = &Recording> {
        self.recordings.iter().filter(move |recording| recording.status == status)
    }
}

/// Whether folder `root` holds a case. Inputs are not looked for within one.
pub fn is_case(root: &Path) -> bool {
    [INDEX_FILE, DATABASE_FILE].iter().any(|name| root.join(name).is_file())
}

//! An open case: registers recordings, takes their results, keeps index and database in step.

use crate::artifacts::{self, ARTIFACTS_FOLDER, Loaded};
use crate::atomic;
use crate::database::{DATABASE_FILE, Database};
use crate::error::{CaseError, CaseErrorKind};
use crate::index::{CaseIndex, INDEX_FILE};
use crate::name::{folder_name, is_plain_name};
use crate::performance::Performance;
use crate::recording::{MadeBy, Recording, RecordingId, RecordingStatus, WrittenFile};
use crate::status::is_case;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use voiceman_base::{Artifact, ArtifactId, ClipTime, Digest};

/// Folder of the recordings in the case folder.
const RECORDINGS_FOLDER: &str = "recordings";
/// Name of the file with the times of the last run.
const PERFORMANCE_FILE: &str = "performance.json";

/// How often the index is written, at most, while every recording of a case changes once.
const INDEX_WRITES: usize = 64;

/// A case that this process alone works on. Usable from several threads.
pub struct Case {
    root: PathBuf,
    database: Mutex<Database>,
    warnings: Mutex<Vec<CaseWarning>>,
    /// Recordings in the index.
    recordings: AtomicUsize,
    /// Changes that the index does not have yet.
    unwritten: AtomicUsize,
}

impl Drop for Case {
    fn drop(&mut self) {
        // What cannot be written now is made anew when the case is opened next.
        let _ = self.settle();
    }
}

/// Something about the case that a person should know; the work goes on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CaseWarning {
    /// The database was missing and was made again.
    #[error("case.db was missing and was made again from case.json")]
    DatabaseRebuilt,
    /// The index was missing or damaged and was made again.
    #[error("case.json was missing or damaged and was made again from case.db")]
    IndexRebuilt,
    /// An interrupted run left files that were not yet in their place.
    #[error("{0} unfinished files of an interrupted run were removed")]
    LeftoversRemoved(usize),
    /// A cached result was not usable; its stage runs again.
    #[error("the cached result {id} is not used, because {why}; it is made again")]
    ArtifactDistrusted {
        /// Which.
        id: ArtifactId,
        /// Why.
        why: &'static str,
    },
}

/// What a finished recording has.
#[derive(Clone, Debug, PartialEq)]
pub struct Finished {
    /// Length of the sound.
    pub duration: ClipTime,
    /// Which artifact each stage gave, by name of the stage.
    pub artifacts: BTreeMap<String, ArtifactId>,
    /// The files that were written, as [`Case::write`] gave them.
    pub files: Vec<WrittenFile>,
}

impl Case {
    /// Opens the case in folder `root` for `made_by`, or makes one where there is nothing yet.
    ///
    /// Cleans up after an interrupted run, and makes the database again from the index or the index from the database
    /// when one of them is missing.
    ///
    /// # Errors
    /// When the folder holds other things, cannot be written, is worked on by another process, or belongs to a newer
    /// version; when the disk is full; when database or index are damaged beyond that. See [`CaseError::hint`].
    pub fn create_or_open(root: &Path, made_by: &MadeBy) -> Result<Case, CaseError> {
        prepare_root(root)?;
        Case::open_locked(root, Some(made_by))
    }

    /// Opens the case in folder `root` as it is, for writing reports again.
    ///
    /// # Errors
    /// As [`Case::create_or_open`], and when there is no case.
    pub fn open(root: &Path) -> Result<Case, CaseError> {
        if !is_case(root) {
            return Err(CaseError::new(CaseErrorKind::NotACase, "open the case", root));
        }
        Case::open_locked(root, None)
    }

    fn open_locked(root: &Path, made_by: Option<&MadeBy>) -> Result<Case, CaseError> {
        let mut database = Database::open(root)?;
        let index = CaseIndex::read(root);
        let mut warnings = Vec::new();
        if database.is_empty()? {
            match (index?, made_by) {
                (Some(index), _) => {
                    let inconsistent = |error: CaseError| match error.kind() {
                        CaseErrorKind::DamagedDatabase => {
                            CaseError::new(CaseErrorKind::DamagedIndex, "read", &root.join(INDEX_FILE)).because(error)
                        }
                        _ => error,
                    };
                    database.create(&index.made_by(), &index.recordings()).map_err(inconsistent)?;
                    warnings.push(CaseWarning::DatabaseRebuilt);
                }
                (None, Some(made_by)) => database.create(made_by, &[])?,
                (None, None) => return Err(CaseError::new(CaseErrorKind::NotACase, "open the case", root)),
            }
        } else {
            match index {
                Ok(Some(_)) => {}
                Ok(None) => warnings.push(CaseWarning::IndexRebuilt),
                Err(error) if error.kind() == CaseErrorKind::DamagedIndex => warnings.push(CaseWarning::IndexRebuilt),
                Err(error) => return Err(error),
            }
        }
        if let Some(made_by) = made_by {
            database.set_made_by(made_by)?;
        }
        let leftovers = remove_leftovers(root)?;
        if leftovers > 0 {
            warnings.push(CaseWarning::LeftoversRemoved(leftovers));
        }
        atomic::make_folder(&root.join(RECORDINGS_FOLDER))?;
        atomic::make_folder(&root.join(ARTIFACTS_FOLDER))?;
        let case = Case {
            root: root.to_owned(),
            database: Mutex::new(database),
            warnings: Mutex::new(warnings),
            recordings: AtomicUsize::new(0),
            unwritten: AtomicUsize::new(0),
        };
        case.write_index(&case.database())?;
        Ok(case)
    }

    /// The case folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// What worked on the case last.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn made_by(&self) -> Result<MadeBy, CaseError> {
        self.database().made_by()
    }

    /// Takes the warnings that have come up since the last call.
    pub fn take_warnings(&self) -> Vec<CaseWarning> {
        std::mem::take(&mut *self.warnings.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Registers the recordings at `paths` as pending, or finds the newest ones that were registered there before. Each
    /// path is made absolute first; links stay as they are named.
    ///
    /// # Errors
    /// When the case cannot be written.
    pub fn add(&self, paths: &[PathBuf]) -> Result<Vec<RecordingId>, CaseError> {
        let mut database = self.database();
        let mut ids = Vec::with_capacity(paths.len());
        for path in paths {
            let path = std::path::absolute(path).map_err(|error| CaseError::io("find", path, error))?;
            let known = database.recordings_at(&path)?.pop();
            ids.push(match known {
                Some(recording) => recording.id,
                None => database.add(&path)?,
            });
        }
        self.write_index(&database)?;
        Ok(ids)
    }

    /// Says which bytes the recording has. A recording is its path and digest together: where the file at the path is
    /// another one than before, this gives the number of that other recording, new or known, and the old one stays. The
    /// index says so with the next change that is written to it.
    ///
    /// # Errors
    /// When there is no such recording or the case cannot be written.
    pub fn identify(&self, id: RecordingId, sha256: Digest) -> Result<RecordingId, CaseError> {
        let mut database = self.database();
        let recording = database.recording(id)?;
        if recording.sha256 == Some(sha256) {
            return Ok(id);
        }
        let same = database.recordings_at(&recording.path)?.into_iter().find(|other| other.sha256 == Some(sha256));
        match (same, recording.sha256) {
            (Some(same), None) => {
                database.remove(id)?;
                Ok(same.id)
            }
            (Some(same), Some(_)) => Ok(same.id),
            (None, None) => {
                assign_folder(&mut database, recording, sha256)?;
                Ok(id)
            }
            (None, Some(_)) => {
                let id = database.add(&recording.path)?;
                let recording = database.recording(id)?;
                assign_folder(&mut database, recording, sha256)?;
                Ok(id)
            }
        }
    }

    /// One recording.
    ///
    /// # Errors
    /// When there is no such recording or the database cannot be read.
    pub fn recording(&self, id: RecordingId) -> Result<Recording, CaseError> {
        self.database().recording(id)
    }

    /// All recordings by number.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn recordings(&self) -> Result<Vec<Recording>, CaseError> {
        self.database().recordings()
    }

    /// Whether the recording is done with exactly these artifacts and its files are still there, with the length they
    /// had: then there is nothing to do.
    ///
    /// # Errors
    /// When there is no such recording or the database cannot be read.
    pub fn is_done(&self, id: RecordingId, artifacts: &BTreeMap<String, ArtifactId>) -> Result<bool, CaseError> {
        let recording = self.recording(id)?;
        if recording.status != RecordingStatus::Done || recording.artifacts != *artifacts {
            return Ok(false);
        }
        let folder = self.folder_path(&recording)?;
        let is_there = |file: &WrittenFile| {
            fs::symlink_metadata(folder.join(&file.name))
                .is_ok_and(|facts| facts.is_file() && facts.len() == file.bytes)
        };
        Ok(recording.files.iter().all(is_there))
    }

    /// The folder for the results of an identified recording; made if it is not there.
    ///
    /// # Errors
    /// When the recording has no digest yet or the folder cannot be made.
    pub fn folder(&self, id: RecordingId) -> Result<PathBuf, CaseError> {
        let folder = self.folder_path(&self.recording(id)?)?;
        atomic::make_folder(&folder)?;
        Ok(folder)
    }

    /// Writes the result file `name` of an identified recording, whole or not at all. A recording that was done is
    /// pending from here on until [`Case::finish`], so that an interruption never leaves old and new results mixed
    /// under the word "done".
    ///
    /// # Errors
    /// When `name` is not a plain file name, the recording has no digest yet, or the file cannot be written.
    pub fn write(&self, id: RecordingId, name: &str, bytes: &[u8]) -> Result<WrittenFile, CaseError> {
        let recording = self.recording(id)?;
        let folder = self.folder_path(&recording)?;
        let path = folder.join(name);
        if !is_plain_name(name) {
            return Err(CaseError::new(CaseErrorKind::BadFileName, "write", &path));
        }
        if recording.status == RecordingStatus::Done {
            let mut database = self.database();
            database.update(&Recording { status: RecordingStatus::Pending, ..recording })?;
            self.write_index(&database)?;
        }
        atomic::make_folder(&folder)?;
        atomic::write(&path, bytes)?;
        Ok(WrittenFile { name: name.to_owned(), bytes: bytes.len() as u64, sha256: Digest::of(bytes) })
    }

    /// The recording is done. Files of an earlier analysis with other artifacts that were not written again are removed:
    /// they would contradict the new ones. Files of the same analysis stay.
    ///
    /// # Errors
    /// When there is no such recording or the case cannot be written.
    pub fn finish(&self, id: RecordingId, finished: Finished) -> Result<(), CaseError> {
        let mut database = self.database();
        let recording = database.recording(id)?;
        let mut files: BTreeMap<String, WrittenFile> =
            finished.files.into_iter().map(|file| (file.name.clone(), file)).collect();
        for file in recording.files.iter().filter(|file| !files.contains_key(&file.name)).cloned().collect::<Vec<_>>() {
            if recording.artifacts == finished.artifacts {
                files.insert(file.name.clone(), file);
            } else if is_plain_name(&file.name) {
                remove_if_there(&self.folder_path(&recording)?.join(&file.name))?;
            }
        }
        database.update(&Recording {
            status: RecordingStatus::Done,
            error: None,
            duration: Some(finished.duration),
            artifacts: finished.artifacts,
            files: files.into_values().collect(),
            ..recording
        })?;
        self.note_change(&database)
    }

    /// The recording could not be analysed, because of `error`: what failed, on what, where, and what to do.
    ///
    /// # Errors
    /// When there is no such recording or the case cannot be written.
    pub fn fail(&self, id: RecordingId, error: &str) -> Result<(), CaseError> {
        let mut database = self.database();
        let recording = database.recording(id)?;
        database.update(&Recording { status: RecordingStatus::Failed, error: Some(error.to_owned()), ..recording })?;
        self.note_change(&database)
    }

    /// Writes a file over the whole case, for example `report.html`.
    ///
    /// # Errors
    /// When `name` is not a plain file name or belongs to the case itself, or the file cannot be written.
    pub fn write_case_file(&self, name: &str, bytes: &[u8]) -> Result<(), CaseError> {
        let path = self.root.join(name);
        let own = [INDEX_FILE, PERFORMANCE_FILE, RECORDINGS_FOLDER, ARTIFACTS_FOLDER];
        if !is_plain_name(name) || own.contains(&name) || name.starts_with(DATABASE_FILE) {
            return Err(CaseError::new(CaseErrorKind::BadFileName, "write", &path));
        }
        atomic::write(&path, bytes)
    }

    /// What the last run took; nothing where there is no such file, or none that can be read.
    pub fn performance(&self) -> Option<Performance> {
        serde_json::from_slice(&fs::read(self.root.join(PERFORMANCE_FILE)).ok()?).ok()
    }

    /// Writes `performance.json` and appends the run to the history in the database.
    ///
    /// # Errors
    /// When the case cannot be written.
    pub fn write_performance(&self, performance: &Performance) -> Result<(), CaseError> {
        let path = self.root.join(PERFORMANCE_FILE);
        let unwritable = |error| CaseError::new(CaseErrorKind::NotSerializable, "write", &path).because(error);
        let mut json = serde_json::to_string_pretty(performance).map_err(unwritable)?;
        json.push('\n');
        let mut database = self.database();
        database.add_run(performance.started_unix_s, &json)?;
        atomic::write(&path, json.as_bytes())?;
        self.write_index(&database)
    }

    /// The cached artifact `id`. One that is damaged counts as absent, with a warning.
    ///
    /// # Errors
    /// When the disk cannot be read.
    pub fn load<T: DeserializeOwned>(&self, id: &ArtifactId) -> Result<Option<Artifact<T>>, CaseError> {
        Ok(match artifacts::load(&self.root, id)? {
            Loaded::Found(artifact) => Some(artifact),
            Loaded::Absent => None,
            Loaded::Distrusted(why) => {
                let mut warnings = self.warnings.lock().unwrap_or_else(PoisonError::into_inner);
                warnings.push(CaseWarning::ArtifactDistrusted { id: *id, why });
                None
            }
        })
    }

    /// Keeps `artifact` for later runs.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn store<T: Serialize>(&self, artifact: &Artifact<T>) -> Result<(), CaseError> {
        artifacts::store(&self.root, artifact)
    }

    fn folder_path(&self, recording: &Recording) -> Result<PathBuf, CaseError> {
        match recording.folder.as_deref() {
            Some(name) if is_plain_name(name) => Ok(self.root.join(RECORDINGS_FOLDER).join(name)),
            _ => Err(CaseError::new(CaseErrorKind::UnknownRecording, "find the folder of", &recording.path)),
        }
    }

    fn database(&self) -> MutexGuard<'_, Database> {
        // A panic elsewhere leaves no half change behind: changes are transactions.
        self.database.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Brings `case.json` up to what the database holds.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn settle(&self) -> Result<(), CaseError> {
        let database = self.database();
        if self.unwritten.load(Ordering::SeqCst) > 0 { self.write_index(&database) } else { Ok(()) }
    }

    /// A recording has changed. The index of a large case is not written for each: writing it takes as long as it has
    /// recordings, and that for every recording would be their square. It is never more than a part of
    /// [`INDEX_WRITES`] behind, and whoever opens the case next finds the database and makes it anew.
    fn note_change(&self, database: &Database) -> Result<(), CaseError> {
        let unwritten = self.unwritten.fetch_add(1, Ordering::SeqCst) + 1;
        if unwritten * INDEX_WRITES >= self.recordings.load(Ordering::SeqCst) {
            return self.write_index(database);
        }
        Ok(())
    }

    /// Writes `case.json` from what the database holds.
    fn write_index(&self, database: &Database) -> Result<(), CaseError> {
        let path = self.root.join(INDEX_FILE);
        let performance = self.root.join(PERFORMANCE_FILE).is_file().then_some(PERFORMANCE_FILE);
        let recordings = database.recordings()?;
        let index = CaseIndex::new(&database.made_by()?, &recordings, performance);
        let unwritable = |error| CaseError::new(CaseErrorKind::NotSerializable, "write", &path).because(error);
        atomic::write(&path, &index.to_json().map_err(unwritable)?)?;
        self.recordings.store(recordings.len(), Ordering::SeqCst);
        self.unwritten.store(0, Ordering::SeqCst);
        Ok(())
    }
}

/// Gives an identified recording its digest and its folder name.
fn assign_folder(database: &mut Database, recording: Recording, sha256: Digest) -> Result<(), CaseError> {
    let folder = folder_name(&recording.path, &sha256, |name| database.has_folder(name))?;
    database.update(&Recording { sha256: Some(sha256), folder: Some(folder), ..recording })
}

/// Makes the case folder, and refuses one that holds other things.
fn prepare_root(root: &Path) -> Result<(), CaseError> {
    const ACTION: &str = "make the case folder";
    fs::create_dir_all(root).map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => CaseError::new(CaseErrorKind::NotAFolder, ACTION, root),
        _ => CaseError::io(ACTION, root, error),
    })?;
    if is_case(root) {
        return Ok(());
    }
    let entries = fs::read_dir(root).map_err(|error| CaseError::io(ACTION, root, error))?;
    for entry in entries {
        let entry = entry.map_err(|error| CaseError::io(ACTION, root, error))?;
        if !atomic::is_leftover(&entry.file_name()) {
            return Err(CaseError::new(CaseErrorKind::NotACase, "put a case into", root));
        }
    }
    Ok(())
}

/// Removes what interrupted writes left anywhere in the case.
fn remove_leftovers(root: &Path) -> Result<usize, CaseError> {
    let mut removed = atomic::remove_leftovers(root)?;
    for part in [RECORDINGS_FOLDER, ARTIFACTS_FOLDER] {
        for folder in atomic::folders_in(&root.join(part))? {
            removed += atomic::remove_leftovers(&folder)?;
        }
    }
    Ok(removed)
}

fn remove_if_there(path: &Path) -> Result<(), CaseError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(CaseError::io("remove", path, error)),
        _ => Ok(()),
    }
}

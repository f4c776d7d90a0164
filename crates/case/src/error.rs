//! What can go wrong with a case, and what to do about it.

use std::error::Error;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// Something failed on a file or folder of a case.
#[derive(Debug, thiserror::Error)]
pub struct CaseError {
    kind: CaseErrorKind,
    action: &'static str,
    path: PathBuf,
    #[source]
    source: Option<Box<dyn Error + Send + Sync>>,
}

/// Kinds of failure of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CaseErrorKind {
    /// The folder or file may not be written.
    NotWritable,
    /// No space is left, or the quota is used up.
    DiskFull,
    /// Another process works on the case.
    Locked,
    /// A newer version of the program wrote the file.
    NewerSchema {
        /// Schema number in the file.
        found: u32,
        /// Newest schema number that this version reads.
        known: u32,
    },
    /// The database is damaged.
    DamagedDatabase,
    /// The index is damaged, and there is no database to make it from.
    DamagedIndex,
    /// The folder holds other things and no case.
    NotACase,
    /// A file, link or other thing stands where a folder should be.
    NotAFolder,
    /// The case has no such recording.
    UnknownRecording,
    /// A name that is not a plain file name, or that belongs to the case itself.
    BadFileName,
    /// A value could not be written as JSON.
    NotSerializable,
    /// Reading or writing failed in another way.
    Io,
}

impl CaseError {
    pub(crate) fn new(kind: CaseErrorKind, action: &'static str, path: &Path) -> CaseError {
        CaseError { kind, action, path: path.to_owned(), source: None }
    }

    pub(crate) fn because(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> CaseError {
        self.source = Some(source.into());
        self
    }

    pub(crate) fn io(action: &'static str, path: &Path, error: io::Error) -> CaseError {
        let kind = match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => CaseErrorKind::DiskFull,
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => CaseErrorKind::NotWritable,
            io::ErrorKind::NotADirectory => CaseErrorKind::NotAFolder,
            _ => CaseErrorKind::Io,
        };
        CaseError::new(kind, action, path).because(error)
    }

    pub(crate) fn database(action: &'static str, path: &Path, error: rusqlite::Error) -> CaseError {
        use rusqlite::ErrorCode;
        let kind = match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => CaseErrorKind::Locked,
            Some(ErrorCode::DiskFull) => CaseErrorKind::DiskFull,
            Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
                CaseErrorKind::NotWritable
            }
            Some(ErrorCode::SystemIoFailure) => CaseErrorKind::Io,
            // What is left are files that are no database and contents that this program never writes.
            _ => CaseErrorKind::DamagedDatabase,
        };
        CaseError::new(kind, action, path).because(error)
    }

    /// What kind of failure.
    pub fn kind(&self) -> CaseErrorKind {
        self.kind
    }

    /// The file or folder it is about.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What a person can do about it, one sentence.
    pub fn hint(&self) -> String {
        match self.kind {
            CaseErrorKind::NotWritable => {
                "choose a case folder that you may write to, or change the permissions of this one".to_owned()
            }
            CaseErrorKind::DiskFull => {
                "free some space or choose a case folder on another disk, then run the same command again: \
                 what is finished is kept"
                    .to_owned()
            }
            CaseErrorKind::Locked => "wait until the other run is done, or stop it, then run the same command again; \
                 `voiceman status` may be used meanwhile"
                .to_owned(),
            CaseErrorKind::NewerSchema { .. } => "use a newer version of voiceman for this case".to_owned(),
            CaseErrorKind::DamagedDatabase => {
                "move case.db, case.db-wal and case.db-journal out of the case folder and run the same command \
                 again: the database is made again from case.json"
                    .to_owned()
            }
            CaseErrorKind::DamagedIndex => {
                "restore case.json or case.db from a backup; or move case.json out of the case folder and run the \
                 same command again, which registers the recordings anew and takes finished stages from artifacts/"
                    .to_owned()
            }
            CaseErrorKind::NotACase => "choose a new or empty folder, or one that holds a case".to_owned(),
            CaseErrorKind::NotAFolder => "choose another case folder, or move away what stands in its place".to_owned(),
            CaseErrorKind::Io => "check the disk, then run the same command again: what is finished is kept".to_owned(),
            CaseErrorKind::UnknownRecording | CaseErrorKind::BadFileName | CaseErrorKind::NotSerializable => {
                "this is a fault of the program; please report it".to_owned()
            }
        }
    }
}

impl fmt::Display for CaseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} `{}`: ", self.action, crate::name::shown(self.path.as_os_str()))?;
        match self.kind {
            CaseErrorKind::NotWritable => write!(f, "it is not writable"),
            CaseErrorKind::DiskFull => write!(f, "no space is left (ENOSPC)"),
            CaseErrorKind::Locked => write!(f, "another process works on this case"),
            CaseErrorKind::NewerSchema { found, known } => {
                write!(f, "a newer version wrote it (schema {found}, this version reads up to {known})")
            }
            CaseErrorKind::DamagedDatabase => write!(f, "the database is damaged"),
            CaseErrorKind::DamagedIndex => write!(f, "the index is damaged or missing"),
            CaseErrorKind::NotACase => write!(f, "the folder holds no case"),
            CaseErrorKind::NotAFolder => write!(f, "something that is not a folder stands there"),
            CaseErrorKind::UnknownRecording => write!(f, "the case has no such recording"),
            CaseErrorKind::BadFileName => write!(f, "not a plain file name"),
            CaseErrorKind::NotSerializable => write!(f, "a value has no JSON form"),
            CaseErrorKind::Io => write!(f, "reading or writing failed"),
        }
    }
}

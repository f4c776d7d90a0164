//! `case.db`: the facts of the index and the history of runs in SQLite, held by one process at a time.

use crate::error::{CaseError, CaseErrorKind};
use crate::name::{folder_key, path_bytes, path_from_bytes};
use crate::recording::{MadeBy, Recording, RecordingId, RecordingStatus, WrittenFile};
use rusqlite::{Connection, OptionalExtension, Row, Transaction, TransactionBehavior, params};
use std::fs;
use std::path::{Path, PathBuf};
use voiceman_base::{ArtifactId, ClipTime, Digest};

/// Name of the database in the case folder.
pub(crate) const DATABASE_FILE: &str = "case.db";
/// Marks the file as ours: the letters VMCS.
const APPLICATION_ID: i32 = 0x564D_4353;
/// Number of the schema below.
const SCHEMA_NUMBER: i32 = 1;

const SCHEMA: &str = "
CREATE TABLE made_by (
    only            INTEGER PRIMARY KEY CHECK (only = 1),
    tool            TEXT NOT NULL,
    version         TEXT NOT NULL,
    settings_sha256 TEXT NOT NULL
) STRICT;
CREATE TABLE recordings (
    id          INTEGER PRIMARY KEY,
    path        BLOB NOT NULL,
    sha256      TEXT,
    status      TEXT NOT NULL CHECK (status IN ('pending', 'done', 'failed')),
    error       TEXT,
    folder      TEXT,
    folder_key  TEXT UNIQUE,
    duration_us INTEGER,
    UNIQUE (path, sha256)
) STRICT;
CREATE TABLE artifacts (
    recording   INTEGER NOT NULL REFERENCES recordings (id) ON DELETE CASCADE,
    stage       TEXT NOT NULL,
    artifact    TEXT NOT NULL,
    PRIMARY KEY (recording, stage)
) STRICT;
CREATE TABLE files (
    recording   INTEGER NOT NULL REFERENCES recordings (id) ON DELETE CASCADE,
    name        TEXT NOT NULL,
    bytes       INTEGER NOT NULL,
    sha256      TEXT NOT NULL,
    PRIMARY KEY (recording, name)
) STRICT;
CREATE TABLE runs (
    id             INTEGER PRIMARY KEY,
    started_unix_s INTEGER NOT NULL,
    performance    TEXT NOT NULL
) STRICT;
";

/// The open database. Nobody else can open it until this is dropped, however the process ends.
pub(crate) struct Database {
    connection: Connection,
    path: PathBuf,
}

impl Database {
    /// Opens or makes the database in the case folder `root` and takes its lock. Tables may be missing: see
    /// [`Database::is_empty`].
    pub(crate) fn open(root: &Path) -> Result<Database, CaseError> {
        let path = root.join(DATABASE_FILE);
        let failed = |error| CaseError::database("open the database", &path, error);
        // Through a link, the database could be written outside of the case.
        for suffix in ["", "-wal", "-journal"] {
            let file = root.join(format!("{DATABASE_FILE}{suffix}"));
            if fs::symlink_metadata(&file).is_ok_and(|facts| !facts.is_file()) {
                return Err(CaseError::new(CaseErrorKind::DamagedDatabase, "open the database", &file));
            }
        }
        let connection = Connection::open(&path).map_err(failed)?;
        connection.busy_timeout(std::time::Duration::ZERO).map_err(failed)?;
        // Exclusive mode before the first access: the lock is taken with it and kept until the connection closes.
        connection.pragma_update(None, "locking_mode", "EXCLUSIVE").map_err(failed)?;
        connection.pragma_update(None, "journal_mode", "WAL").map_err(failed)?;
        connection.pragma_update(None, "synchronous", "FULL").map_err(failed)?;
        connection.pragma_update(None, "foreign_keys", true).map_err(failed)?;
        // The file may come from elsewhere: nothing in it is run.
        connection.pragma_update(None, "trusted_schema", false).map_err(failed)?;
        connection.execute_batch("BEGIN EXCLUSIVE; COMMIT;").map_err(failed)?;

        let check: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0)).map_err(failed)?;
        let number = |pragma: &str| connection.pragma_query_value(None, pragma, |row| row.get::<_, i32>(0));
        let (application, schema) =
            (number("application_id").map_err(failed)?, number("user_version").map_err(failed)?);
        let known = matches!((application, schema), (0, 0) | (APPLICATION_ID, SCHEMA_NUMBER));
        if application == APPLICATION_ID && schema > SCHEMA_NUMBER {
            let kind = CaseErrorKind::NewerSchema { found: schema as u32, known: SCHEMA_NUMBER as u32 };
            return Err(CaseError::new(kind, "open the database", &path));
        }
        if check != "ok" || !known {
            return Err(CaseError::new(CaseErrorKind::DamagedDatabase, "open the database", &path));
        }
        Ok(Database { connection, path })
    }

    /// Whether the tables are still to be made.
    pub(crate) fn is_empty(&self) -> Result<bool, CaseError> {
        let schema: i32 =
            self.connection.pragma_query_value(None, "user_version", |row| row.get(0)).map_err(self.failed())?;
        Ok(schema == 0)
    }

    /// Makes the tables and fills them with what an index said, in one step.
    pub(crate) fn create(&mut self, made_by: &MadeBy, recordings: &[Recording]) -> Result<(), CaseError> {
        self.change(|change| {
            change.execute_batch(SCHEMA)?;
            set_made_by(change, made_by)?;
            for recording in recordings {
                insert(change, recording)?;
            }
            change.pragma_update(None, "application_id", APPLICATION_ID)?;
            change.pragma_update(None, "user_version", SCHEMA_NUMBER)
        })
    }

    pub(crate) fn set_made_by(&mut self, made_by: &MadeBy) -> Result<(), CaseError> {
        self.change(|change| set_made_by(change, made_by))
    }

    pub(crate) fn made_by(&self) -> Result<MadeBy, CaseError> {
        let read =
            |row: &Row<'_>| Ok(MadeBy { tool: row.get(0)?, version: row.get(1)?, settings_sha256: parsed(row, 2)? });
        self.connection.query_row("SELECT tool, version, settings_sha256 FROM made_by", [], read).map_err(self.failed())
    }

    /// All recordings by number.
    pub(crate) fn recordings(&self) -> Result<Vec<Recording>, CaseError> {
        self.select("ORDER BY id", params![])
    }

    /// The recording with this number.
    pub(crate) fn recording(&self, id: RecordingId) -> Result<Recording, CaseError> {
        let unknown = || CaseError::new(CaseErrorKind::UnknownRecording, "find the recording", &self.path);
        self.select("WHERE id = ?1", params![id.0])?.pop().ok_or_else(unknown)
    }

    /// The recordings at `path`, the newest last.
    pub(crate) fn recordings_at(&self, path: &Path) -> Result<Vec<Recording>, CaseError> {
        self.select("WHERE path = ?1 ORDER BY id", params![path_bytes(path)])
    }

    /// Whether a folder of this name would meet another one.
    pub(crate) fn has_folder(&self, name: &str) -> Result<bool, CaseError> {
        self.connection
            .query_row("SELECT 1 FROM recordings WHERE folder_key = ?1", [folder_key(name)], |_| Ok(()))
            .optional()
            .map(|found| found.is_some())
            .map_err(self.failed())
    }

    /// Adds a pending recording at `path`.
    pub(crate) fn add(&mut self, path: &Path) -> Result<RecordingId, CaseError> {
        self.change(|change| {
            change
                .execute("INSERT INTO recordings (path, status) VALUES (?1, 'pending')", params![path_bytes(path)])?;
            change.query_row("SELECT last_insert_rowid()", [], |row| row.get(0).map(RecordingId))
        })
    }

    /// Removes a recording.
    pub(crate) fn remove(&mut self, id: RecordingId) -> Result<(), CaseError> {
        self.change(|change| change.execute("DELETE FROM recordings WHERE id = ?1", [id.0]).map(drop))
    }

    /// Stores everything about a recording that can change.
    pub(crate) fn update(&mut self, recording: &Recording) -> Result<(), CaseError> {
        self.change(|change| {
            change.execute("DELETE FROM recordings WHERE id = ?1", [recording.id.0])?;
            insert(change, recording)
        })
    }

    /// Appends a run to the history.
    pub(crate) fn add_run(&mut self, started_unix_s: u64, performance: &str) -> Result<(), CaseError> {
        self.change(|change| {
            let insert = "INSERT INTO runs (started_unix_s, performance) VALUES (?1, ?2)";
            change.execute(insert, params![started_unix_s as i64, performance]).map(drop)
        })
    }

    fn select(&self, which: &str, parameters: impl rusqlite::Params) -> Result<Vec<Recording>, CaseError> {
        let query = || {
            let columns = "id, path, sha256, status, error, folder, duration_us";
            let mut statement = self.connection.prepare(&format!("SELECT {columns} FROM recordings {which}"))?;
            let mut recordings =
                statement.query_map(parameters, read_recording)?.collect::<Result<Vec<Recording>, _>>()?;
            let mut artifacts =
                self.connection.prepare("SELECT stage, artifact FROM artifacts WHERE recording = ?1")?;
            let mut files =
                self.connection.prepare("SELECT name, bytes, sha256 FROM files WHERE recording = ?1 ORDER BY name")?;
            for recording in &mut recordings {
                let artifact = |row: &Row<'_>| Ok((row.get(0)?, ArtifactId::from_digest(parsed(row, 1)?)));
                let file = |row: &Row<'_>| {
                    let bytes: i64 = row.get(1)?;
                    Ok(WrittenFile { name: row.get(0)?, bytes: bytes as u64, sha256: parsed(row, 2)? })
                };
                recording.artifacts = artifacts.query_map([recording.id.0], artifact)?.collect::<Result<_, _>>()?;
                recording.files = files.query_map([recording.id.0], file)?.collect::<Result<_, _>>()?;
            }
            Ok(recordings)
        };
        query().map_err(self.failed())
    }

    /// Runs `make` as one change: all of it or nothing.
    fn change<T>(&mut self, make: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>) -> Result<T, CaseError> {
        let path = self.path.clone();
        let run = || {
            let change = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let value = make(&change)?;
            change.commit()?;
            Ok(value)
        };
        run().map_err(|error| CaseError::database("use the database", &path, error))
    }

    fn failed(&self) -> impl Fn(rusqlite::Error) -> CaseError + '_ {
        |error| CaseError::database("use the database", &self.path, error)
    }
}

fn set_made_by(change: &Transaction<'_>, made_by: &MadeBy) -> rusqlite::Result<()> {
    let insert = "INSERT OR REPLACE INTO made_by (only, tool, version, settings_sha256) VALUES (1, ?1, ?2, ?3)";
    change.execute(insert, params![made_by.tool, made_by.version, made_by.settings_sha256.to_string()]).map(drop)
}

fn insert(change: &Transaction<'_>, recording: &Recording) -> rusqlite::Result<()> {
    change.execute(
        "INSERT INTO recordings (id, path, sha256, status, error, folder, folder_key, duration_us)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        params![
            recording.id.0,
            path_bytes(&recording.path),
            recording.sha256.map(|digest| digest.to_string()),
            recording.status.name(),
            recording.error,
            recording.folder,
            recording.folder.as_deref().map(folder_key),
            recording.duration.map(ClipTime::micros),
        ],
    )?;
    for (stage, artifact) in &recording.artifacts {
        let insert = "INSERT INTO artifacts (recording, stage, artifact) VALUES (?1, ?2, ?3)";
        change.execute(insert, params![recording.id.0, stage, artifact.to_string()])?;
    }
    for file in &recording.files {
        let insert = "INSERT INTO files (recording, name, bytes, sha256) VALUES (?1, ?2, ?3, ?4)";
        change.execute(insert, params![recording.id.0, file.name, file.bytes as i64, file.sha256.to_string()])?;
    }
    Ok(())
}

fn read_recording(row: &Row<'_>) -> rusqlite::Result<Recording> {
    let path: Vec<u8> = row.get(1)?;
    let sha256: Option<String> = row.get(2)?;
    let status: String = row.get(3)?;
    let status = RecordingStatus::ALL.into_iter().find(|one| one.name() == status);
    let duration: Option<i64> = row.get(6)?;
    Ok(Recording {
        id: RecordingId(row.get(0)?),
        path: path_from_bytes(&path),
        sha256: sha256.map(|_| parsed(row, 2)).transpose()?,
        status: status.ok_or(rusqlite::Error::InvalidQuery)?,
        error: row.get(4)?,
        folder: row.get(5)?,
        duration: duration.map(ClipTime::from_micros),
        artifacts: std::collections::BTreeMap::new(),
        files: Vec::new(),
    })
}

/// The digest in column `column`.
fn parsed(row: &Row<'_>, column: usize) -> rusqlite::Result<Digest> {
    let text: String = row.get(column)?;
    text.parse().map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, Box::new(error))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_named_and_undoes_the_change() -> Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let mut database = Database::open(folder.path())?;
        let made_by = MadeBy { tool: "voiceman".to_owned(), version: "0".to_owned(), settings_sha256: Digest::of(b"") };
        database.create(&made_by, &[])?;
        // SQLite then answers as it does when the system says that no space is left.
        let pages: i64 = database.connection.pragma_query_value(None, "page_count", |row| row.get(0))?;
        database.connection.execute_batch(&format!("PRAGMA max_page_count = {pages}"))?;
        let long = folder.path().join("a".repeat(100_000));
        let error = database.add(&long).expect_err("a full disk");
        assert_eq!(error.kind(), CaseErrorKind::DiskFull, "{error:?}");
        assert_eq!(database.recordings()?, Vec::new());
        Ok(())
    }
}

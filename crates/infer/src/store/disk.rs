//! Reading and writing files of the store: hashed while streaming, flushed before they get their name.

use super::{ModelFile, StoreError};
use sha2::{Digest as _, Sha256};
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;
use voiceman_base::Digest;

const PIECE: usize = 1 << 18;

/// Where a model's link points, from its folder.
pub fn link_target(file: &ModelFile) -> PathBuf {
    Path::new("../../blobs").join(file.sha256().to_string())
}

/// Whether `path` is a file of exactly `bytes` bytes; links are followed.
pub fn has_size(path: &Path, bytes: u64) -> bool {
    fs::metadata(path).is_ok_and(|facts| facts.is_file() && facts.len() == bytes)
}

/// Digest of a file's contents.
pub fn digest_of(path: &Path) -> Result<Digest, StoreError> {
    let mut input = File::open(path).map_err(|source| StoreError::io("open", path, source))?;
    let mut hashing = Hashing { inner: io::sink(), hasher: Sha256::new() };
    copy(&mut input, &mut hashing).map_err(|source| StoreError::io("read", path, source))?;
    Ok(hashing.finish().1)
}

/// A file that is being written and hashed, not yet under its name.
pub struct Incoming(Hashing<NamedTempFile>);

impl Incoming {
    /// Starts a file in `folder`, which must be on the file system of the store.
    pub fn create(folder: &Path) -> Result<Incoming, StoreError> {
        let inner =
            NamedTempFile::new_in(folder).map_err(|source| StoreError::io("create a file in", folder, source))?;
        Ok(Incoming(Hashing { inner, hasher: Sha256::new() }))
    }

    /// Appends at most `limit` bytes and says how many there were. Failures of reading and of writing are told apart.
    pub fn append(&mut self, input: impl Read, limit: u64) -> Result<u64, AppendError> {
        let mut input = Marked { inner: input.take(limit), failed: false };
        copy(&mut input, &mut self.0).map_err(|source| {
            let path = self.0.inner.path().to_owned();
            if input.failed {
                AppendError::Read(source)
            } else {
                AppendError::Write(StoreError::io("write", &path, source))
            }
        })
    }

    /// Flushes the file, checks it, and gives it its name; `what` names it in the error.
    pub fn keep(self, digest: &Digest, path: &Path, what: &str) -> Result<(), StoreError> {
        let (file, found) = self.0.finish();
        if found != *digest {
            return Err(StoreError::wrong_digest(what, *digest, found));
        }
        let fail = |source| StoreError::io("write", path, source);
        // A temporary file is private; the store is as readable as its folder.
        file.as_file().set_permissions(fs::Permissions::from_mode(0o644)).map_err(fail)?;
        file.as_file().sync_all().map_err(fail)?;
        file.persist(path).map_err(|error| fail(error.error))?;
        sync_folder_of(path)
    }
}

/// Which side of a copy failed.
pub enum AppendError {
    /// The source.
    Read(io::Error),
    /// The store.
    Write(StoreError),
}

/// Makes `path` a link to `target`, whatever it was before; readers see the old or the new.
pub fn link(target: &Path, path: &Path) -> Result<(), StoreError> {
    let fail = |source| StoreError::io("link", path, source);
    let Some((folder, name)) = path.parent().zip(path.file_name()) else {
        return Err(fail(io::ErrorKind::InvalidInput.into()));
    };
    let mut temporary = std::ffi::OsString::from(".");
    temporary.push(name);
    let temporary = folder.join(temporary);
    match fs::remove_file(&temporary) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(fail(error)),
        _ => {}
    }
    symlink(target, &temporary).and_then(|()| fs::rename(&temporary, path)).map_err(fail)?;
    sync_folder_of(path)
}

/// Flushes the entry of `path` in its folder.
fn sync_folder_of(path: &Path) -> Result<(), StoreError> {
    let Some(folder) = path.parent() else { return Ok(()) };
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(|source| StoreError::io("flush", folder, source))
}

fn copy(input: &mut impl Read, output: &mut impl Write) -> io::Result<u64> {
    let mut piece = vec![0; PIECE];
    let mut total = 0;
    loop {
        match input.read(&mut piece) {
            Ok(0) => return Ok(total),
            Ok(count) => {
                output.write_all(&piece[..count])?;
                total += count as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// Remembers that reading failed.
struct Marked<R> {
    inner: R,
    failed: bool,
}

impl<R: Read> Read for Marked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.inner.read(buffer).inspect_err(|error| self.failed |= error.kind() != io::ErrorKind::Interrupted)
    }
}

/// Hashes what goes through.
struct Hashing<W> {
    inner: W,
    hasher: Sha256,
}

impl<W> Hashing<W> {
    fn finish(self) -> (W, Digest) {
        (self.inner, Digest::from_bytes(self.hasher.finalize().into()))
    }
}

impl<W: Write> Write for Hashing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.inner.write(bytes)?;
        self.hasher.update(&bytes[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

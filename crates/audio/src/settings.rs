//! Settings of decoding, and the identity that results of it carry.

use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use voiceman_base::{Digest, IdHasher, StageIdentity};

/// Version of Symphonia that is linked; a test holds it against `Cargo.lock`.
pub(crate) const SYMPHONIA_VERSION: &str = "0.6.1";

/// Version of the binding to libopus that is linked; a test holds it against `Cargo.lock`.
pub(crate) const OPUS_VERSION: &str = "0.7.7";

/// Limits and places for decoding. None of them changes the samples of a recording that decodes at all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DecodeSettings {
    /// Longest recording accepted, in seconds. Default 86400, a day.
    pub max_duration_s: u32,
    /// Most channels accepted. Default 32.
    pub max_channels: u16,
    /// Whether ffmpeg may be run for what the built-in decoders do not read.
    pub ffmpeg: FfmpegUse,
    /// The ffmpeg program; `ffprobe` is looked for beside it. Default: found through `PATH`.
    pub ffmpeg_program: Option<PathBuf>,
    /// Folder for decoded samples that do not fit into memory. Default: the system's temporary folder.
    pub scratch: Option<PathBuf>,
}

/// Whether ffmpeg may be run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FfmpegUse {
    /// Where it is installed and needed.
    #[default]
    Auto,
    /// Never.
    Off,
}

impl Default for DecodeSettings {
    fn default() -> DecodeSettings {
        DecodeSettings {
            max_duration_s: 24 * 3600,
            max_channels: 32,
            ffmpeg: FfmpegUse::Auto,
            ffmpeg_program: None,
            scratch: None,
        }
    }
}

impl DecodeSettings {
    /// Digest of what changes results: the versions of the built-in decoders. Limits, places and the use of ffmpeg only
    /// decide whether there is a result.
    pub fn digest(&self) -> Digest {
        let mut hasher = IdHasher::new("decode-settings/1");
        hasher.text(SYMPHONIA_VERSION).text(OPUS_VERSION);
        hasher.finish()
    }

    pub(crate) fn scratch(&self) -> PathBuf {
        self.scratch.clone().unwrap_or_else(std::env::temp_dir)
    }
}

/// The decoders that are linked, with their versions, one line for people.
pub fn versions() -> String {
    format!("decoders: symphonia {SYMPHONIA_VERSION}, opusic-sys {OPUS_VERSION}")
}

/// Identity of decoding, for artifact ids. For recordings that ffmpeg decoded, its version also matters; it stands in
/// [`SourceFacts`](voiceman_base::SourceFacts), and later stages should take the digest of the samples as their input.
pub fn identity(settings: &DecodeSettings) -> StageIdentity {
    StageIdentity { id: "decode", version: 1, settings: settings.digest(), models: Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_those_of_the_lock_file() {
        let lock = include_str!("../../../Cargo.lock");
        for (name, version) in [("symphonia", SYMPHONIA_VERSION), ("opusic-sys", OPUS_VERSION)] {
            assert!(lock.contains(&format!("name = \"{name}\"\nversion = \"{version}\"")), "{name} is not {version}");
        }
    }

    #[test]
    fn limits_do_not_change_the_identity() {
        let tight = DecodeSettings { max_channels: 1, ffmpeg: FfmpegUse::Off, ..DecodeSettings::default() };
        assert_eq!(identity(&tight), identity(&DecodeSettings::default()));
    }
}

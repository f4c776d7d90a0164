//! What is known about a recording before any model has seen it.

use crate::{ClipTime, Digest};
use serde::{Deserialize, Serialize};

/// The file as it lies on disk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceFile {
    /// File name without folders; bytes that are not UTF-8 are written as `\xNN`.
    pub name: String,
    /// Length in bytes.
    pub bytes: u64,
    /// Digest of the bytes.
    pub sha256: Digest,
}

/// What decoding said about a recording.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SourceFacts {
    /// The file.
    pub file: SourceFile,
    /// Container, for example `mp4`, `wav`, `rf64`, `ogg`.
    pub container: String,
    /// Codec, for example `aac-lc`, `pcm_s16le`, `opus`.
    pub codec: String,
    /// Samples a second of the decoded sound.
    pub sample_rate: u32,
    /// Channels of the decoded sound.
    pub channels: u16,
    /// Samples per channel after trimming.
    pub samples: u64,
    /// Length after trimming.
    pub duration: ClipTime,
    /// What decoded it.
    pub decoder: DecoderId,
    /// The trimming rule that was applied, in words, for example `edit list: 1024 samples of encoder delay removed`.
    pub trimming: String,
    /// Digest of the decoded samples after trimming: 32-bit little-endian floats, channels interleaved.
    pub samples_sha256: Digest,
    /// What a reader must know about this recording.
    pub warnings: Vec<SourceWarning>,
}

/// Software that turned bytes into samples.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecoderId {
    /// For example `symphonia`.
    pub name: String,
    /// For example `0.6.1`.
    pub version: String,
}

/// Something that a reader of the results must know about the recording.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SourceWarning {
    /// Which.
    pub kind: SourceWarningKind,
    /// Where in the decoded sound, if at one place.
    pub at: Option<ClipTime>,
    /// How much sound is missing, if known.
    pub missing: Option<ClipTime>,
    /// One sentence that says it in words, in English.
    pub text: String,
}

/// Kinds of warning about a recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SourceWarningKind {
    /// The file ends before the sound that its header promises.
    Truncated,
    /// A part in the middle could not be decoded and is missing.
    Damaged,
    /// Samples that were not finite were replaced by silence.
    NotFinite,
    /// The name says another format than the content.
    WrongExtension,
    /// Encoder delay or padding could not be told and is still in the sound.
    DelayUnknown,
    /// Bytes after the end of the container that are not sound.
    TrailingBytes,
}

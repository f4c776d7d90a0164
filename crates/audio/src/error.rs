//! What can go wrong with a recording, on which file, where, and what to do about it.

use std::error::Error;
use std::fmt;

/// A recording could not be decoded, resampled or encoded.
#[derive(Debug, thiserror::Error)]
#[error("{action} `{name}`: {kind}")]
pub struct AudioError {
    name: String,
    action: &'static str,
    kind: AudioErrorKind,
    #[source]
    source: Option<Box<dyn Error + Send + Sync>>,
}

/// A limit of [`DecodeSettings`](crate::DecodeSettings), or of the program, that a recording exceeds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LimitError {
    /// Longer than `max_duration_s`.
    Duration {
        /// The limit in seconds.
        max_s: u32,
    },
    /// More channels than `max_channels`.
    Channels {
        /// Channels of the recording.
        channels: u64,
        /// The limit.
        max: u16,
    },
    /// A sample rate outside 4 kHz to 768 kHz.
    SampleRate {
        /// Samples a second of the recording.
        rate: u64,
    },
}

/// Kinds of failure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AudioErrorKind {
    /// There is nothing at that path.
    NotFound,
    /// A symbolic link whose target does not exist.
    DanglingLink,
    /// Symbolic links that lead in a circle.
    LinkLoop,
    /// The file may not be read.
    PermissionDenied,
    /// A folder.
    Directory,
    /// A pipe, socket or device: not a file that can be read twice.
    NotAFile(&'static str),
    /// No bytes at all.
    Empty,
    /// The content is no sound format that is known here.
    UnknownFormat {
        /// The first bytes, printable ones as they are, others as `\xNN`.
        first_bytes: String,
    },
    /// The structure of the file contradicts itself before any sound could be read.
    Malformed {
        /// What is wrong, where.
        detail: String,
    },
    /// The file ends before the index without which its packets cannot be found (MP4 with the index last).
    IndexMissing,
    /// Known container, but nothing in it is sound.
    NoAudioTrack,
    /// The file is whole but holds not a single sample.
    NoSamples,
    /// Only ffmpeg could decode this, and it is not installed or switched off.
    NeedsFfmpeg {
        /// What it is, for example `amr_nb`.
        what: String,
    },
    /// ffmpeg was run and gave no sound.
    Ffmpeg {
        /// What it said or what happened to it.
        detail: String,
    },
    /// Beyond a limit.
    Limit(LimitError),
    /// Reading the file failed.
    Read,
    /// The file changed while it was being read.
    Changed,
    /// Decoded samples could not be written to or read from scratch storage.
    Scratch,
    /// The sample rate could not be converted.
    Resample,
    /// The listening copy could not be encoded.
    Encode,
    /// The user asked to stop.
    Cancelled,
}

impl AudioError {
    pub(crate) fn new(name: &str, action: &'static str, kind: AudioErrorKind) -> AudioError {
        AudioError { name: name.to_owned(), action, kind, source: None }
    }

    pub(crate) fn caused_by(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> AudioError {
        self.source = Some(source.into());
        self
    }

    /// What kind of failure.
    pub fn kind(&self) -> &AudioErrorKind {
        &self.kind
    }

    /// Name of the file, without folders.
    pub fn file_name(&self) -> &str {
        &self.name
    }

    /// What the user can do about it: one sentence.
    pub fn hint(&self) -> String {
        match &self.kind {
            AudioErrorKind::NotFound => "check the path".into(),
            AudioErrorKind::DanglingLink => "the file it points to was moved or is on a disk that is not there".into(),
            AudioErrorKind::LinkLoop => "give the path of the file itself".into(),
            AudioErrorKind::PermissionDenied => "allow reading it, or copy it to where you may read".into(),
            AudioErrorKind::Directory => "give the folder itself as an input, or a file in it".into(),
            AudioErrorKind::NotAFile(_) => "save the sound to a file first".into(),
            AudioErrorKind::Empty => "get the recording from its source again; this copy has no content".into(),
            AudioErrorKind::UnknownFormat { .. } => {
                "check that it is a sound recording; if another program plays it, convert it to WAV or FLAC there"
                    .into()
            }
            AudioErrorKind::Malformed { .. } => "get the recording from its source again; this copy is damaged".into(),
            AudioErrorKind::IndexMissing => {
                "get the whole file from its source again; the recording was cut off before its index was written"
                    .into()
            }
            AudioErrorKind::NoAudioTrack => "the file may hold only pictures or subtitles".into(),
            AudioErrorKind::NoSamples => "the recorder stored no sound; there is nothing to analyse".into(),
            AudioErrorKind::NeedsFfmpeg { what } => format!(
                "install ffmpeg (Debian, Ubuntu: apt install ffmpeg; macOS: brew install ffmpeg; Windows: winget install \
                 ffmpeg) and do not switch it off in the settings; {what} is only read through it"
            ),
            AudioErrorKind::Ffmpeg { .. } => {
                "try to play the file with `ffplay`; if it plays, convert it to WAV and analyse that".into()
            }
            AudioErrorKind::Limit(LimitError::Duration { .. }) => {
                "raise `max_duration_s`, or cut the recording into parts".into()
            }
            AudioErrorKind::Limit(LimitError::Channels { .. }) => {
                "raise `max_channels`, or export the channels that matter".into()
            }
            AudioErrorKind::Limit(LimitError::SampleRate { .. }) => {
                "the header is probably damaged; if not, convert the recording to 48 kHz".into()
            }
            AudioErrorKind::Read => "check the disk the file is on, and copy it elsewhere".into(),
            AudioErrorKind::Changed => "wait until it is completely written, then run again".into(),
            AudioErrorKind::Scratch => "free disk space, or set `scratch` to a folder with more of it".into(),
            AudioErrorKind::Cancelled => "run it again".into(),
            AudioErrorKind::Resample | AudioErrorKind::Encode => "please report this; it should not happen".into(),
        }
    }
}

impl fmt::Display for AudioErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AudioErrorKind::NotFound => f.write_str("there is no such file"),
            AudioErrorKind::DanglingLink => f.write_str("it is a link to something that does not exist"),
            AudioErrorKind::LinkLoop => f.write_str("it is a link that leads back to itself"),
            AudioErrorKind::PermissionDenied => f.write_str("reading it is not permitted"),
            AudioErrorKind::Directory => f.write_str("it is a folder"),
            AudioErrorKind::NotAFile(what) => write!(f, "it is a {what}, not a file"),
            AudioErrorKind::Empty => f.write_str("the file is empty"),
            AudioErrorKind::UnknownFormat { first_bytes } => {
                write!(f, "not a sound format that is known here; it begins with `{first_bytes}`")
            }
            AudioErrorKind::Malformed { detail } => write!(f, "the file is malformed: {detail}"),
            AudioErrorKind::IndexMissing => {
                f.write_str("the file ends before its index, so no sound can be found in it")
            }
            AudioErrorKind::NoAudioTrack => f.write_str("the file holds no sound track"),
            AudioErrorKind::NoSamples => f.write_str("the file holds not a single sample"),
            AudioErrorKind::NeedsFfmpeg { what } => write!(f, "the recording is {what}, which needs ffmpeg"),
            AudioErrorKind::Ffmpeg { detail } => write!(f, "ffmpeg gave no sound: {detail}"),
            AudioErrorKind::Limit(LimitError::Duration { max_s }) => {
                write!(f, "it is longer than the limit of {max_s} s")
            }
            AudioErrorKind::Limit(LimitError::Channels { channels, max }) => {
                write!(f, "it has {channels} channels, and the limit is {max}")
            }
            AudioErrorKind::Limit(LimitError::SampleRate { rate }) => {
                write!(f, "its sample rate of {rate} Hz is outside 4000 Hz to 768000 Hz")
            }
            AudioErrorKind::Read => f.write_str("reading the file failed"),
            AudioErrorKind::Changed => f.write_str("the file changed while it was being read"),
            AudioErrorKind::Scratch => f.write_str("scratch storage failed"),
            AudioErrorKind::Resample => f.write_str("the sample rate could not be converted"),
            AudioErrorKind::Encode => f.write_str("the Opus encoder failed"),
            AudioErrorKind::Cancelled => f.write_str("it was interrupted"),
        }
    }
}

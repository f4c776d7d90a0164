//! From bytes to sound: containers, codecs, hashes of file and samples; resampling, spectra.

#![cfg_attr(test, allow(clippy::expect_used))]

mod chunk_length;
mod clip;
pub mod decode;
mod error;
mod fbank;
mod ffmpeg;
mod foreign;
#[doc(hidden)]
pub mod fuzzing;
mod listening;
mod matroska;
mod mel;
mod mp4;
mod mpeg;
mod native;
mod ogg_pages;
mod pcm;
mod plan;
mod resample;
mod sbr;
mod settings;
mod sink;
mod sniff;
mod source;
mod store;
mod wave;

pub use clip::{AudioClip, Mono16k};
pub use decode::{decode, decode_watched, probe};
pub use error::{AudioError, AudioErrorKind, LimitError};
pub use fbank::FilterBank;
pub use ffmpeg::ffmpeg_version;
pub use listening::listening_copy;
pub use mel::{LogMel, MelFrontEnd, WINDOW_FRAMES, WINDOW_SAMPLES};
pub use settings::{DecodeSettings, FfmpegUse, identity, versions};
pub use source::{source_file, source_file_watched};
pub use store::MAX_SAMPLES_IN_MEMORY;

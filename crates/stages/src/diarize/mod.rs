//! Who speaks when.

mod network;

pub use network::{SpeakerEmbedder, SpeakerSegmenter};

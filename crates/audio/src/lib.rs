//! From bytes to sound: containers, codecs, hashes of file and samples; resampling, spectra.

mod clip;
mod store;

pub use clip::{AudioClip, Mono16k};
pub use store::MAX_SAMPLES_IN_MEMORY;

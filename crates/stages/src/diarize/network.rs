//! What diarization asks of its networks, batch first. Tensors stay on the other side.

use crate::network::NetworkError;
use voiceman_base::ModelIdentity;

/// Says who of a few speakers talks when, within one window.
pub trait SpeakerSegmenter: Send {
    /// Which model.
    fn identity(&self) -> ModelIdentity;

    /// Samples (16 kHz) from one frame to the next.
    fn frame_step(&self) -> usize;

    /// Samples that one frame sees; the first begins at sample 0.
    fn frame_length(&self) -> usize;

    /// Sets of speakers who talk at once that it tells apart, outputs per frame.
    fn classes(&self) -> usize;

    /// Hears windows of `length` samples, laid one after another, and gives the natural log-probabilities of the sets,
    /// row-major `[windows, frames, classes]`.
    ///
    /// # Errors
    /// When the model cannot be run.
    fn segment(&mut self, sound: &[f32], length: usize) -> Result<Vec<f32>, NetworkError>;

    /// Gives back memory that is held without need.
    fn release_caches(&mut self) {}
}

/// Says how a voice sounds, so that pieces of one speaker lie close together.
pub trait SpeakerEmbedder: Send {
    /// Which model.
    fn identity(&self) -> ModelIdentity;

    /// Mel bands it wants, see [`voiceman_audio::FilterBank`].
    fn bands(&self) -> usize;

    /// Numbers of an embedding.
    fn dimensions(&self) -> usize;

    /// Directions of length 1 along which embeddings differ for other reasons than the speaker, such as the channel.
    fn nuisance(&self) -> &[Vec<f32>] {
        &[]
    }

    /// Embeds pieces of `frames` frames each, features `[pieces, frames, bands]`: `[pieces, dimensions]`, of any length.
    ///
    /// # Errors
    /// When the model cannot be run.
    fn embed(&mut self, features: &[f32], frames: usize) -> Result<Vec<f32>, NetworkError>;

    /// Gives back memory that is held without need.
    fn release_caches(&mut self) {}
}

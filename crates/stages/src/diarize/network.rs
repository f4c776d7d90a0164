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

/// How much of the sound of voices a recording holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Band {
    /// More than a telephone carries.
    #[default]
    Wide,
    /// What a telephone carries.
    Narrow,
}

/// Says how a voice sounds, so that pieces of one speaker lie close together.
pub trait SpeakerEmbedder: Send {
    /// Which model.
    fn identity(&self) -> ModelIdentity;

    /// Mel bands it wants, see [`voiceman_audio::FilterBank`].
    fn bands(&self) -> usize;

    /// Numbers of an embedding.
    fn dimensions(&self) -> usize;

    /// Whether it describes the voices of a [`Band::Narrow`] in a way of their own. Such embeddings are not to be compared
    /// with those of a wide band.
    fn hears_narrow_band(&self) -> bool {
        false
    }

    /// Directions of length 1 along which embeddings differ for other reasons than the speaker, such as the channel.
    fn nuisance(&self) -> &[Vec<f32>] {
        &[]
    }

    /// Embeds pieces of `frames` frames each of recordings of `band`, features `[pieces, frames, bands]`:
    /// `[pieces, dimensions]`, of any length.
    ///
    /// # Errors
    /// When the model cannot be run.
    fn embed(&mut self, band: Band, features: &[f32], frames: usize) -> Result<Vec<f32>, NetworkError>;

    /// Gives back memory that is held without need.
    fn release_caches(&mut self) {}
}

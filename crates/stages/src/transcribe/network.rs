//! What transcription asks of a Whisper-like network, batch first. Tensors stay on the other side.

use crate::network::NetworkError;
use voiceman_audio::LogMel;
use voiceman_base::ModelIdentity;

/// An encoder that hears windows of 30 s, and a decoder that continues texts about them.
///
/// Windows are numbered from 0 in the order of the last [`encode`](WhisperNetwork::encode).
pub trait WhisperNetwork: Send {
    /// Which model.
    fn identity(&self) -> ModelIdentity;

    /// Bands of the log-mel spectrogram it was trained on.
    fn mels(&self) -> usize;

    /// Longest text in tokens, prompt included.
    fn text_length(&self) -> usize;

    /// Whether its attention is known to follow time.
    fn can_align(&self) -> bool;

    /// Hears windows; what was heard before is forgotten.
    ///
    /// # Errors
    /// When the model cannot be run.
    fn encode(&mut self, windows: &[LogMel]) -> Result<(), NetworkError>;

    /// Continues texts by one step and gives the natural log-probabilities of the next token,
    /// row-major `[sequences, vocabulary]`.
    ///
    /// # Errors
    /// When the model cannot be run.
    fn step(&mut self, step: &Step<'_>) -> Result<&[f32], NetworkError>;

    /// Attention of the alignment heads for whole texts, prompt included: one text per window, in order.
    ///
    /// # Errors
    /// When the model cannot be run.
    fn attention(&mut self, texts: &[Vec<u32>]) -> Result<Vec<Attention>, NetworkError>;

    /// Gives back memory that is held without need; what was heard before is forgotten.
    fn release_caches(&mut self) {}
}

/// So that the network can be chosen when the program runs.
impl<N: WhisperNetwork + ?Sized> WhisperNetwork for Box<N> {
    fn identity(&self) -> ModelIdentity {
        (**self).identity()
    }

    fn mels(&self) -> usize {
        (**self).mels()
    }

    fn text_length(&self) -> usize {
        (**self).text_length()
    }

    fn can_align(&self) -> bool {
        (**self).can_align()
    }

    fn encode(&mut self, windows: &[LogMel]) -> Result<(), NetworkError> {
        (**self).encode(windows)
    }

    fn step(&mut self, step: &Step<'_>) -> Result<&[f32], NetworkError> {
        (**self).step(step)
    }

    fn attention(&mut self, texts: &[Vec<u32>]) -> Result<Vec<Attention>, NetworkError> {
        (**self).attention(texts)
    }

    fn release_caches(&mut self) {
        (**self).release_caches();
    }
}

/// One step of decoding. Every window in `windows` has the same number of sequences, which stand side by side.
pub struct Step<'a> {
    /// Windows that are decoded, ascending.
    pub windows: &'a [usize],
    /// For each sequence, which sequence of the step before it continues; `None` begins anew.
    pub parents: Option<&'a [usize]>,
    /// New tokens, row-major `[sequences, tokens]`, the same number for every sequence.
    pub tokens: &'a [u32],
    /// How many sequences.
    pub sequences: usize,
    /// What is added to every logit before normalisation, as long as the vocabulary; forbidden tokens have
    /// [`FORBIDDEN`].
    pub bias: &'a [f32],
}

/// Added to the logit of a token that must not come. Finite, so that no infinity enters the arithmetic.
pub const FORBIDDEN: f32 = -1e9;

/// Attention weights of one window, row-major `[heads, tokens, frames]`; frames are 20 ms apart.
#[derive(Clone, Debug, PartialEq)]
pub struct Attention {
    /// How many heads.
    pub heads: usize,
    /// How many tokens, prompt included.
    pub tokens: usize,
    /// How many frames.
    pub frames: usize,
    /// The weights; each row over frames adds up to 1.
    pub weights: Vec<f32>,
}

impl Attention {
    /// The rows of a text of `tokens` tokens, from weights `[heads, rows, frames]` of which the rows behind its end are
    /// there only because other texts are longer.
    pub fn of_text(weights: &[f32], heads: usize, rows: usize, tokens: usize, frames: usize) -> Attention {
        let own = weights.chunks_exact((rows * frames).max(1)).flat_map(|head| head.iter().take(tokens * frames));
        Attention { heads, tokens, frames, weights: own.copied().collect() }
    }
}

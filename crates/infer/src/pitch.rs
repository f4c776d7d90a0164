//! SwiftF0's network behind [`PitchNetwork`].
//!
//! The graph of the swift-f0 package (L. Nieradzik 2025, MIT): `audio` `[1, samples]` at 16 kHz and the range `fmin`, `fmax`
//! give `pitch` and `confidence`, each `[1, frames]`, the pitch in 64 bits, 256 samples apart. It makes its spectra and all else within. The range
//! is always the network's own, so that the estimate owes nothing to any other.

use crate::session::{InferError, Input, Runtime, Session, SessionOptions, network_error};
use std::path::Path;
use voiceman_base::ModelIdentity;
use voiceman_stages::acoustics::{PitchEstimate, PitchNetwork};
use voiceman_stages::network::NetworkError;

/// Lowest and highest pitch that the network can tell, in hertz.
const RANGE: (f32, f32) = (46.875, 2_093.75);

/// The loaded network.
pub struct SwiftF0 {
    session: Session,
    identity: ModelIdentity,
}

impl SwiftF0 {
    /// Loads the graph at `path`.
    ///
    /// # Errors
    /// When it cannot be loaded.
    pub fn load(
        runtime: &Runtime,
        path: &Path,
        identity: ModelIdentity,
        options: SessionOptions,
    ) -> Result<SwiftF0, InferError> {
        Ok(SwiftF0 { session: Session::load(runtime, path, options)?, identity })
    }

    fn piece(&mut self, sound: &[f32]) -> Result<Vec<PitchEstimate>, InferError> {
        let inputs = [
            ("audio", Input::Float(&[1, sound.len()], sound)),
            ("fmin", Input::Float(&[], &[RANGE.0])),
            ("fmax", Input::Float(&[], &[RANGE.1])),
        ];
        let results = self.session.run(&inputs, &["pitch", "confidence"])?;
        let [pitches, confidences] = &results[..] else { return Ok(Vec::new()) };
        let pairs = pitches.doubles()?.iter().zip(confidences.floats()?);
        Ok(pairs.map(|(hertz, confidence)| PitchEstimate { hertz: *hertz, confidence: *confidence }).collect())
    }
}

impl PitchNetwork for SwiftF0 {
    fn identity(&self) -> ModelIdentity {
        self.identity.clone()
    }

    fn estimate(&mut self, sound: &[f32], length: usize) -> Result<Vec<PitchEstimate>, NetworkError> {
        // The graph takes one piece at a time; it is small, and larger batches would only leave the caches.
        let mut found = Vec::new();
        for piece in sound.chunks_exact(length.max(1)) {
            found.append(&mut self.piece(piece).map_err(network_error)?);
        }
        Ok(found)
    }

    fn release_caches(&mut self) {
        self.session.shrink_at_next_run();
    }
}

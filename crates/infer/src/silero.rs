//! Silero's voice activity network behind [`SpeechDetector`], many frames a call.
//!
//! The `sequence` graph of the silero-vad package: frames `[n, 64 + 512]`, each led by the last 64 samples of the
//! frame before, with the recurrent state handed from call to call.

use crate::session::{InferError, Input, Runtime, Session, SessionOptions, Tensor};
use std::path::Path;
use voiceman_base::ModelIdentity;
use voiceman_stages::vad::{FRAME_SAMPLES, SpeechDetector};

const CONTEXT: usize = 64;
const STATE: usize = 128;

/// The loaded network and what it remembers of the recording.
pub struct SileroVad {
    session: Session,
    identity: ModelIdentity,
    memory: Memory,
}

struct Memory {
    hidden: Vec<f32>,
    cell: Vec<f32>,
    context: Vec<f32>,
}

impl Memory {
    fn empty() -> Memory {
        Memory { hidden: vec![0.0; STATE], cell: vec![0.0; STATE], context: vec![0.0; CONTEXT] }
    }
}

impl SileroVad {
    /// Loads the graph at `path`.
    ///
    /// # Errors
    /// When it cannot be loaded.
    pub fn load(runtime: &Runtime, path: &Path, identity: ModelIdentity) -> Result<SileroVad, InferError> {
        // A recurrent network of this size gains nothing from a second thread.
        let session = Session::load(runtime, path, SessionOptions::on_cpu(1))?;
        Ok(SileroVad { session, identity, memory: Memory::empty() })
    }
}

impl SpeechDetector for SileroVad {
    fn identity(&self) -> ModelIdentity {
        self.identity.clone()
    }

    fn reset(&mut self) {
        self.memory = Memory::empty();
    }

    fn hear(&mut self, samples: &[f32]) -> Result<Vec<f32>, Box<dyn std::error::Error + Send + Sync>> {
        let frames = samples.len() / FRAME_SAMPLES;
        let mut rows = Vec::with_capacity(frames * (CONTEXT + FRAME_SAMPLES));
        for frame in samples.chunks_exact(FRAME_SAMPLES) {
            rows.extend_from_slice(&self.memory.context);
            rows.extend_from_slice(frame);
            self.memory.context.copy_from_slice(&frame[FRAME_SAMPLES - CONTEXT..]);
        }
        let inputs = [
            ("input", Input::Float(&[frames, CONTEXT + FRAME_SAMPLES], &rows)),
            ("h", Input::Float(&[1, 1, STATE], &self.memory.hidden)),
            ("c", Input::Float(&[1, 1, STATE], &self.memory.cell)),
        ];
        let results = self.session.run(&inputs, &["speech_probs", "hn", "cn"])?;
        let numbers =
            |tensor: Option<&Tensor>| tensor.map_or(Ok(Vec::new()), |tensor| tensor.floats().map(<[f32]>::to_vec));
        self.memory.hidden = numbers(results.get(1))?;
        self.memory.cell = numbers(results.get(2))?;
        Ok(numbers(results.first())?)
    }
}

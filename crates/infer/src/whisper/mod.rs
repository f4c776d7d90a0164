//! Whisper on ONNX Runtime: the graphs of the compiler behind [`WhisperNetwork`].

mod vocabulary;

pub use vocabulary::{VocabularyError, read_vocabulary};

use crate::compile::{CompiledWhisper, WhisperShape, cross_name, past_name, present_name};
use crate::session::{InferError, Input, Runtime, Session, SessionOptions, Tensor};
use voiceman_audio::LogMel;
use voiceman_base::ModelIdentity;
use voiceman_stages::transcribe::{Attention, NetworkError, Step, WhisperNetwork};

/// A Whisper network that is ready to run.
pub struct Whisper {
    identity: ModelIdentity,
    shape: WhisperShape,
    encoder: Session,
    decoder: Session,
    align: Option<Session>,
    state: State,
    names: Names,
}

/// What was heard and written last.
#[derive(Default)]
struct State {
    /// Keys and values of cross attention, one pair per layer: `[windows, heads, frames, head width]`.
    cross: Vec<Tensor>,
    /// Which window lies in each slot of `cross`. Windows that are still decoded are moved to the front.
    slots: Vec<usize>,
    /// Keys and values of the texts so far, one pair per layer.
    past: Vec<Tensor>,
    /// Log-probabilities of the last step.
    logprobs: Option<Tensor>,
}

/// Names of graph inputs and outputs, made once.
struct Names {
    cross: Vec<String>,
    past: Vec<String>,
    present: Vec<String>,
}

impl Names {
    fn new(layers: usize) -> Names {
        let of = |name: fn(&str, usize) -> String| {
            (0..layers).flat_map(|layer| ["key", "value"].map(|kind| name(kind, layer))).collect()
        };
        Names { cross: of(cross_name), past: of(past_name), present: of(present_name) }
    }
}

impl Whisper {
    /// Loads compiled graphs.
    ///
    /// # Errors
    /// When a graph cannot be loaded.
    pub fn load(
        runtime: &Runtime,
        compiled: &CompiledWhisper,
        identity: ModelIdentity,
        options: SessionOptions,
    ) -> Result<Whisper, InferError> {
        let load = |name: &str| Session::load(runtime, &compiled.graph(name), options);
        Ok(Whisper {
            identity,
            encoder: load("encoder")?,
            decoder: load("decoder")?,
            align: if compiled.shape.alignment_heads.is_empty() { None } else { Some(load("align")?) },
            state: State::default(),
            names: Names::new(compiled.shape.decoder_layers),
            shape: compiled.shape.clone(),
        })
    }

    /// Encoder states of the last windows and their shape, for golden tests at the seam.
    ///
    /// # Errors
    /// When the encoder cannot be run.
    pub fn encoder_states(&mut self, windows: &[LogMel]) -> Result<(Vec<usize>, Vec<f32>), InferError> {
        let states = self.run_encoder(windows, &["states"])?;
        let states = states.first().map(|tensor| Ok::<_, InferError>((tensor.shape(), tensor.floats()?.to_vec())));
        states.unwrap_or_else(|| Ok((Vec::new(), Vec::new())))
    }

    fn run_encoder(&mut self, windows: &[LogMel], outputs: &[&str]) -> Result<Vec<Tensor>, InferError> {
        let numbers: Vec<f32> = windows.iter().flat_map(|window| window.values.iter().copied()).collect();
        let shape = [windows.len(), self.shape.mels, 2 * self.shape.frames];
        self.encoder.run(&[("mel", Input::Float(&shape, &numbers))], outputs)
    }

    /// Numbers of one window in a tensor of `cross`.
    fn window_length(&self) -> usize {
        self.shape.heads * self.shape.frames * self.shape.head_width()
    }

    /// Brings `windows` to the first slots, in that order.
    fn bring_to_front(&mut self, windows: &[usize]) -> Result<(), InferError> {
        let length = self.window_length();
        for (slot, window) in windows.iter().enumerate() {
            let Some(found) = self.state.slots.iter().position(|held| held == window) else { continue };
            if found == slot {
                continue;
            }
            let (low, high) = (slot.min(found), slot.max(found));
            for tensor in &mut self.state.cross {
                let (front, back) = tensor.floats_mut()?.split_at_mut(high * length);
                front[low * length..(low + 1) * length].swap_with_slice(&mut back[..length]);
            }
            self.state.slots.swap(low, high);
        }
        Ok(())
    }
}

impl WhisperNetwork for Whisper {
    fn identity(&self) -> ModelIdentity {
        self.identity.clone()
    }

    fn mels(&self) -> usize {
        self.shape.mels
    }

    fn text_length(&self) -> usize {
        self.shape.text_length
    }

    fn can_align(&self) -> bool {
        self.align.is_some()
    }

    fn encode(&mut self, windows: &[LogMel]) -> Result<(), NetworkError> {
        // The old windows go first: two batches of keys and values need not fit into memory together.
        self.state = State::default();
        let names: Vec<String> = self.names.cross.clone();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        self.state.cross = self.run_encoder(windows, &names)?;
        self.state.slots = (0..windows.len()).collect();
        Ok(())
    }

    fn step(&mut self, step: &Step<'_>) -> Result<&[f32], NetworkError> {
        self.bring_to_front(step.windows)?;
        let length = self.window_length();
        let windows = step.windows.len();
        let tokens: Vec<i64> = step.tokens.iter().map(|token| i64::from(*token)).collect();
        let token_shape = [step.sequences, tokens.len() / step.sequences.max(1)];
        let parents: Vec<i64> = match step.parents {
            Some(parents) => parents.iter().map(|parent| *parent as i64).collect(),
            None => vec![0; step.sequences],
        };
        let parent_shape = [parents.len()];
        let cross_shape = [windows, self.shape.heads, self.shape.frames, self.shape.head_width()];
        let no_past = [1, self.shape.heads, 0, self.shape.head_width()];
        let bias_shape = [step.bias.len()];
        let mut inputs: Vec<(&str, Input<'_>)> = vec![
            ("tokens", Input::Integer(&token_shape, &tokens)),
            ("parents", Input::Integer(&parent_shape, &parents)),
            ("bias", Input::Float(&bias_shape, step.bias)),
        ];
        for (name, tensor) in self.names.cross.iter().zip(&self.state.cross) {
            inputs.push((name, Input::Float(&cross_shape, &tensor.floats()?[..windows * length])));
        }
        for (index, name) in self.names.past.iter().enumerate() {
            let past = self.state.past.get(index).filter(|_| step.parents.is_some());
            inputs.push((name, past.map_or(Input::Float(&no_past, &[]), Input::Tensor)));
        }
        let mut outputs: Vec<&str> = vec!["logprobs"];
        outputs.extend(self.names.present.iter().map(String::as_str));
        let mut results = self.decoder.run(&inputs, &outputs)?;
        self.state.past = results.split_off(1);
        self.state.logprobs = results.pop();
        match &self.state.logprobs {
            Some(logprobs) => Ok(logprobs.floats()?),
            None => Ok(&[]),
        }
    }

    fn attention(&mut self, texts: &[Vec<u32>]) -> Result<Vec<Attention>, NetworkError> {
        let windows: Vec<usize> = (0..texts.len()).collect();
        self.bring_to_front(&windows)?;
        let longest = texts.iter().map(Vec::len).max().unwrap_or(0);
        // Shorter texts are filled up by their last token; attention looks back only, so their rows do not change.
        let padded = |text: &Vec<u32>| {
            let last = text.last().copied().unwrap_or_default();
            text.iter().copied().chain(std::iter::repeat(last)).take(longest).map(i64::from).collect::<Vec<i64>>()
        };
        let tokens: Vec<i64> = texts.iter().flat_map(padded).collect();
        let token_shape = [texts.len(), longest];
        let mut inputs: Vec<(&str, Input<'_>)> = vec![("tokens", Input::Integer(&token_shape, &tokens))];
        let layers = self.shape.alignment_heads.iter().map(|(layer, _)| layer + 1).max().unwrap_or(0);
        for (name, tensor) in self.names.cross.iter().zip(&self.state.cross).take(2 * layers) {
            inputs.push((name, Input::Tensor(tensor)));
        }
        let Some(align) = &mut self.align else { return Ok(Vec::new()) };
        let results = align.run(&inputs, &["attention"])?;
        let heads = self.shape.alignment_heads.len();
        let all = match results.first() {
            Some(tensor) => tensor.floats()?,
            None => &[],
        };
        let frames = self.shape.frames;
        Ok(all
            .chunks_exact((heads * longest * frames).max(1))
            .map(|weights| Attention { heads, tokens: longest, frames, weights: weights.to_vec() })
            .collect())
    }
}

//! Whisper on ONNX Runtime: the graphs of the compiler behind [`WhisperNetwork`].

mod vocabulary;

pub use vocabulary::{VocabularyError, read_vocabulary};

use crate::compile::{CompiledWhisper, WhisperShape, cross_name, new_name, past_name};
use crate::session::{InferError, Input, Runtime, Session, SessionOptions, Tensor, network_error};
use half::f16;
use voiceman_audio::LogMel;
use voiceman_base::ModelIdentity;
use voiceman_stages::network::NetworkError;
use voiceman_stages::transcribe::{Attention, Step, WhisperNetwork};

/// Windows whose intermediate results are in memory together, in the encoder and in the pass that aligns. More of them
/// take more memory and no less time on a CPU.
const WINDOWS_AT_ONCE: usize = 2;

/// Rows that 8-bit products work on together. A row that is left over takes another way, with other rounding; so that no
/// result depends on what else is in its batch, rows are filled up to a multiple of this.
const ROWS: usize = 2;

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
    /// Keys `[windows, heads, 64, frames]` and values `[windows, heads, frames, 64]` of cross attention, 16-bit, one
    /// pair per layer.
    cross: Vec<Vec<f16>>,
    /// Which window lies in each slot of `cross`. Windows that are still decoded are moved to the front.
    slots: Vec<usize>,
    /// Keys and values of all tokens so far, one pair per layer: rows of the network's width.
    past: Vec<Vec<f32>>,
    /// For each sequence of the last step, the rows of `past` that are its own.
    history: Vec<Vec<i64>>,
    /// Log-probabilities of the last step.
    logprobs: Option<Tensor>,
}

/// Names of graph inputs and outputs, made once.
struct Names {
    cross: Vec<String>,
    past: Vec<String>,
    new: Vec<String>,
}

impl Names {
    fn new(layers: usize) -> Names {
        let of = |name: fn(&str, usize) -> String| {
            (0..layers).flat_map(|layer| ["key", "value"].map(|kind| name(kind, layer))).collect()
        };
        Names { cross: of(cross_name), past: of(past_name), new: of(new_name) }
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
    fn bring_to_front(&mut self, windows: &[usize]) {
        let length = self.window_length();
        for (slot, window) in windows.iter().enumerate() {
            let Some(found) = self.state.slots.iter().position(|held| held == window) else { continue };
            if found == slot {
                continue;
            }
            let (low, high) = (slot.min(found), slot.max(found));
            for numbers in &mut self.state.cross {
                let (front, back) = numbers.split_at_mut(high * length);
                front[low * length..(low + 1) * length].swap_with_slice(&mut back[..length]);
            }
            self.state.slots.swap(low, high);
        }
    }
}

impl Whisper {
    /// Hands each sequence the past of its parent, or none where texts begin anew.
    fn inherit(&mut self, step: &Step<'_>) {
        match step.parents {
            Some(parents) => {
                let of = |parent: &usize| self.state.history.get(*parent).cloned().unwrap_or_default();
                self.state.history = parents.iter().map(of).collect();
            }
            None => {
                self.state.past = vec![Vec::new(); self.names.past.len()];
                self.state.history = vec![Vec::new(); step.sequences];
            }
        }
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
        let numbers = windows.len() * self.window_length();
        self.state.cross = names.iter().map(|_| Vec::with_capacity(numbers)).collect();
        for part in windows.chunks(WINDOWS_AT_ONCE) {
            let heard = self.run_encoder(part, &names).map_err(network_error)?;
            for (held, new) in self.state.cross.iter_mut().zip(&heard) {
                held.extend_from_slice(new.halves()?);
            }
        }
        self.state.slots = (0..windows.len()).collect();
        Ok(())
    }

    fn step(&mut self, step: &Step<'_>) -> Result<&[f32], NetworkError> {
        self.bring_to_front(step.windows);
        let length = self.window_length();
        let windows = step.windows.len();
        let mut tokens: Vec<i64> = step.tokens.iter().map(|token| i64::from(*token)).collect();
        let added = tokens.len() / step.sequences.max(1);
        self.inherit(step);
        let past = self.state.history.first().map_or(0, Vec::len);
        let mut history: Vec<i64> = self.state.history.iter().flatten().copied().collect();
        let rows_run = step.sequences.next_multiple_of(ROWS);
        // The last window hears what is added; nobody looks at it.
        for _ in step.sequences..rows_run {
            tokens.extend_from_within(..added);
            history.extend_from_within(..past);
        }
        let token_shape = [rows_run, added];
        let history_shape = [rows_run, past];
        let cross_shapes = self.cross_shapes(windows);
        let rows = self.state.past.first().map_or(0, Vec::len) / self.shape.width;
        let past_shape = [rows, self.shape.width];
        let bias_shape = [step.bias.len()];
        let mut inputs: Vec<(&str, Input<'_>)> = vec![
            ("tokens", Input::Integer(&token_shape, &tokens)),
            ("history", Input::Integer(&history_shape, &history)),
            ("bias", Input::Float(&bias_shape, step.bias)),
        ];
        for (index, (name, numbers)) in self.names.cross.iter().zip(&self.state.cross).enumerate() {
            inputs.push((name, Input::Half(&cross_shapes[index % 2], &numbers[..windows * length])));
        }
        for (name, past) in self.names.past.iter().zip(&self.state.past) {
            inputs.push((name, Input::Float(&past_shape, past)));
        }
        let mut outputs: Vec<&str> = vec!["logprobs"];
        outputs.extend(self.names.new.iter().map(String::as_str));
        let mut results = self.decoder.run(&inputs, &outputs).map_err(network_error)?;
        for (past, new) in self.state.past.iter_mut().zip(&results[1..]) {
            past.extend_from_slice(&new.floats()?[..step.sequences * added * self.shape.width]);
        }
        // Row `rows + sequence * added + token` holds what was just computed.
        for (sequence, history) in self.state.history.iter_mut().enumerate() {
            history.extend((rows + sequence * added..rows + (sequence + 1) * added).map(|row| row as i64));
        }
        results.truncate(1);
        self.state.logprobs = results.pop();
        match &self.state.logprobs {
            Some(logprobs) => Ok(&logprobs.floats()?[..step.sequences * self.shape.vocabulary]),
            None => Ok(&[]),
        }
    }

    fn attention(&mut self, texts: &[Vec<u32>]) -> Result<Vec<Attention>, NetworkError> {
        let windows: Vec<usize> = (0..texts.len()).collect();
        self.bring_to_front(&windows);
        let mut attention = Vec::with_capacity(texts.len());
        for (part, texts) in texts.chunks(WINDOWS_AT_ONCE).enumerate() {
            attention.extend(self.attention_of(part * WINDOWS_AT_ONCE, texts).map_err(network_error)?);
        }
        Ok(attention)
    }

    fn release_caches(&mut self) {
        self.state = State::default();
        self.encoder.shrink_at_next_run();
        self.decoder.shrink_at_next_run();
        if let Some(align) = &mut self.align {
            align.shrink_at_next_run();
        }
    }
}

impl Whisper {
    /// Shapes of the keys and values of `windows` windows.
    fn cross_shapes(&self, windows: usize) -> [[usize; 4]; 2] {
        let (heads, frames, head_width) = (self.shape.heads, self.shape.frames, self.shape.head_width());
        [[windows, heads, head_width, frames], [windows, heads, frames, head_width]]
    }

    /// Attention for the texts of the windows in the slots from `first` on.
    fn attention_of(&mut self, first: usize, texts: &[Vec<u32>]) -> Result<Vec<Attention>, InferError> {
        let longest = texts.iter().map(Vec::len).max().unwrap_or(0).next_multiple_of(ROWS);
        // Shorter texts are filled up by their last token; attention looks back only, so their rows do not change.
        let padded = |text: &Vec<u32>| {
            let last = text.last().copied().unwrap_or_default();
            text.iter().copied().chain(std::iter::repeat(last)).take(longest).map(i64::from).collect::<Vec<i64>>()
        };
        let tokens: Vec<i64> = texts.iter().flat_map(padded).collect();
        let token_shape = [texts.len(), longest];
        let cross_shapes = self.cross_shapes(texts.len());
        let place = first * self.window_length()..(first + texts.len()) * self.window_length();
        let mut inputs: Vec<(&str, Input<'_>)> = vec![("tokens", Input::Integer(&token_shape, &tokens))];
        let layers = self.shape.alignment_heads.iter().map(|(layer, _)| layer + 1).max().unwrap_or(0);
        for (index, (name, numbers)) in self.names.cross.iter().zip(&self.state.cross).take(2 * layers).enumerate() {
            inputs.push((name, Input::Half(&cross_shapes[index % 2], &numbers[place.clone()])));
        }
        let Some(align) = &mut self.align else { return Ok(Vec::new()) };
        let results = align.run(&inputs, &["attention"])?;
        let all = match results.first() {
            Some(tensor) => tensor.floats()?,
            None => &[],
        };
        let (heads, frames) = (self.shape.alignment_heads.len(), self.shape.frames);
        Ok(all
            .chunks_exact((heads * longest * frames).max(1))
            .zip(texts)
            .map(|(weights, text)| Attention::of_text(weights, heads, longest, text.len(), frames))
            .collect())
    }
}

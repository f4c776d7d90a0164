//! Whisper on an accelerator: the graphs of the compiler's accelerator target behind [`WhisperNetwork`].
//!
//! Keys and values stay in the memory of the device from the encoder to the last step. What travels is small: tokens and
//! rows to the device, log-probabilities back.

use crate::bound::{Bound, Buffer, Memory, copy};
use crate::compile::{CompiledWhisper, WhisperShape, buffer_names, cross_name, held_name, past_name};
use crate::device::Device;
use crate::session::{InferError, Runtime, SessionOptions, Tensor, network_error};
use ort::value::TensorElementType;
use std::collections::BTreeMap;
use voiceman_audio::LogMel;
use voiceman_base::{ModelIdentity, Precision};
use voiceman_stages::network::NetworkError;
use voiceman_stages::transcribe::{Attention, Step, WhisperNetwork};

/// Windows that the encoder hears at once on a GPU: enough to fill it, with some 2 GB of intermediate results for the
/// largest network in 16 bit.
const WINDOWS_AT_ONCE_GPU: usize = 16;
/// The same on the processor, where more take memory and no less time.
const WINDOWS_AT_ONCE_CPU: usize = 2;
/// Rows for keys and values of texts to begin with, for every sequence of the first step.
const FIRST_ROWS: usize = 16;

/// A Whisper network that is ready to run on an accelerator.
pub struct AcceleratedWhisper {
    identity: ModelIdentity,
    shape: WhisperShape,
    kind: TensorElementType,
    options: SessionOptions,
    encoder: Bound,
    decoder: Bound,
    align: Option<Bound>,
    take_windows: Bound,
    take_rows: Bound,
    memory: Memory,
    names: Names,
    heard: Option<Heard>,
    /// Some of the windows of `heard`, in the order of the last step.
    chosen: Option<Chosen>,
    texts: Texts,
    logprobs: Option<Tensor>,
}

/// What the encoder writes into; kept from batch to batch, so that its recording for replay stays valid.
struct Heard {
    /// Windows that fit.
    capacity: usize,
    /// Keys and values of every layer, `[capacity, frames, width]`.
    cross: Vec<Buffer>,
    /// What the encoder reads.
    sound: Sound,
    /// Which recording for replay belongs to these buffers.
    recording: u64,
}

/// The sound of windows that are heard at once, and where what is heard goes.
struct Sound {
    /// How many windows.
    windows: usize,
    /// Log-mel, `[windows, mels, 2 frames]`: put together in the memory of the host, read on the device.
    mel: [Buffer; 2],
    /// Places of the windows, `[windows, 1]`: the same.
    slots: [Buffer; 2],
}

/// Keys and values of chosen windows.
struct Chosen {
    windows: Vec<usize>,
    cross: Vec<Buffer>,
}

/// Keys and values of all tokens so far.
#[derive(Default)]
struct Texts {
    /// Rows that fit.
    capacity: usize,
    /// Rows that are taken.
    taken: usize,
    /// Keys and values of every layer, `[capacity, width]`.
    past: Vec<Buffer>,
    /// For each sequence of the last step, the rows that are its own, oldest first.
    history: Vec<Vec<usize>>,
}

/// Names of buffers in graphs, made once.
struct Names {
    cross: Vec<String>,
    past: Vec<String>,
}

impl AcceleratedWhisper {
    /// Loads graphs that were compiled for accelerators.
    ///
    /// # Errors
    /// When a graph cannot be loaded, or cannot run on the device as a whole.
    pub fn load(
        runtime: &Runtime,
        compiled: &CompiledWhisper,
        identity: ModelIdentity,
        options: SessionOptions,
    ) -> Result<AcceleratedWhisper, InferError> {
        let shape = compiled.shape.clone();
        // Only the encoder always has the same shapes.
        let varying = SessionOptions { replay: false, ..options };
        let load = |name: &str| Bound::load(runtime, &compiled.graph(name), varying);
        let encoder = Bound::load(runtime, &compiled.graph("encoder"), options)?;
        let kind = match identity.precision {
            Precision::Float16 => TensorElementType::Float16,
            Precision::Float32 | Precision::Weights8 | Precision::Exact => TensorElementType::Float32,
        };
        Ok(AcceleratedWhisper {
            kind,
            memory: encoder.memory()?,
            encoder,
            decoder: load("decoder")?,
            align: if shape.alignment_heads.is_empty() { None } else { Some(load("align")?) },
            take_windows: load("windows")?,
            take_rows: load("rows")?,
            names: Names {
                cross: buffer_names(shape.decoder_layers, cross_name),
                past: buffer_names(shape.decoder_layers, past_name),
            },
            identity,
            shape,
            options,
            heard: None,
            chosen: None,
            texts: Texts::default(),
            logprobs: None,
        })
    }

    /// Encoder states of `windows` and their shape, for golden tests at the seam.
    ///
    /// # Errors
    /// When the encoder cannot be run.
    pub fn encoder_states(&mut self, windows: &[LogMel]) -> Result<(Vec<usize>, Vec<f32>), InferError> {
        let mut all = Vec::new();
        for states in self.hear(windows, &["states"])? {
            all.extend_from_slice(states.floats()?);
        }
        all.truncate(windows.len() * self.shape.frames * self.shape.width);
        Ok((vec![windows.len(), self.shape.frames, self.shape.width], all))
    }

    /// Windows that the encoder hears at once.
    fn part(&self) -> usize {
        match self.options.device {
            Device::Cpu => WINDOWS_AT_ONCE_CPU,
            Device::Cuda(_) => WINDOWS_AT_ONCE_GPU,
        }
    }

    fn cross_buffers(&self, windows: usize) -> Result<Vec<Buffer>, InferError> {
        let shape = [windows, self.shape.frames, self.shape.width];
        self.names.cross.iter().map(|_| self.memory.buffer(self.kind, &shape)).collect()
    }

    /// Makes room for `count` windows.
    ///
    /// For replay, all parts have the same number of windows, and buffers are kept where `count` fits and they are not
    /// wasteful. Otherwise they are as large as they must be.
    fn room(&mut self, count: usize) -> Result<Heard, InferError> {
        let part = self.part();
        let (capacity, most) = match self.options.replay {
            true => (count.next_multiple_of(part), 2 * count.next_multiple_of(part)),
            false => (count, count),
        };
        let recording = match self.heard.take() {
            Some(heard) if (count..=most).contains(&heard.capacity) => return Ok(heard),
            Some(heard) => heard.recording + 1,
            // 0 is what the library takes for a run that names none.
            None => 1,
        };
        let sound = self.sound(if self.options.replay { part } else { part.min(count) })?;
        Ok(Heard { capacity, cross: self.cross_buffers(capacity)?, sound, recording })
    }

    fn sound(&self, windows: usize) -> Result<Sound, InferError> {
        let both = |kind, shape: &[usize]| Ok([self.memory.staging(kind, shape)?, self.memory.buffer(kind, shape)?]);
        Ok(Sound {
            windows,
            mel: both(TensorElementType::Float32, &[windows, self.shape.mels, 2 * self.shape.frames])?,
            slots: both(TensorElementType::Int64, &[windows, 1])?,
        })
    }

    /// Hears windows and gives the outputs `fetched` of every part.
    fn hear(&mut self, windows: &[LogMel], fetched: &[&str]) -> Result<Vec<Tensor>, InferError> {
        // What belongs to the old windows goes first: both need not fit into memory together.
        self.chosen = None;
        self.texts = Texts::default();
        self.logprobs = None;
        let mut heard = self.room(windows.len())?;
        let part = self.part();
        let recording = self.options.replay.then_some(heard.recording);
        let mut results = Vec::new();
        for (index, windows) in windows.chunks(part).enumerate() {
            if !self.options.replay && heard.sound.windows != windows.len() {
                heard.sound = self.sound(windows.len())?;
            }
            heard.sound.fill(windows, index * part)?;
            self.encoder.clear();
            self.encoder.read("mel", &heard.sound.mel[1])?;
            self.encoder.read("slots", &heard.sound.slots[1])?;
            for (name, buffer) in self.names.cross.iter().zip(&mut heard.cross) {
                self.encoder.read(&held_name(name), buffer)?;
                self.encoder.write(name, buffer)?;
            }
            fetched.iter().try_for_each(|name| self.encoder.fetch(name))?;
            results.extend(self.encoder.run(fetched, recording)?);
        }
        self.heard = Some(heard);
        Ok(results)
    }

    /// Copies of the keys and values of `windows`, in that order.
    fn take(&mut self, windows: &[usize]) -> Result<Vec<Buffer>, InferError> {
        let mut taken = self.cross_buffers(windows.len())?;
        let Some(heard) = &self.heard else { return Ok(taken) };
        let graph = &mut self.take_windows;
        take(graph, &self.names.cross, (&heard.cross, windows), &mut taken)?;
        Ok(taken)
    }

    /// Makes sure that exactly `windows` are what the decoder reads.
    fn choose(&mut self, windows: &[usize]) -> Result<(), InferError> {
        let all = self.heard.as_ref().is_some_and(|heard| heard.capacity == windows.len() && in_order(windows));
        if all {
            self.chosen = None;
        } else if self.chosen.as_ref().is_none_or(|chosen| chosen.windows != windows) {
            // The old copies go first.
            self.chosen = None;
            self.chosen = Some(Chosen { windows: windows.to_vec(), cross: self.take(windows)? });
        }
        Ok(())
    }

    /// Makes room for `added` more rows. Rows that no text reads any more are given up where that helps.
    fn grow(&mut self, added: usize) -> Result<(), InferError> {
        if self.texts.taken + added <= self.texts.capacity {
            return Ok(());
        }
        let live: BTreeMap<usize, usize> = {
            let mut rows: Vec<usize> = self.texts.history.iter().flatten().copied().collect();
            rows.sort_unstable();
            rows.dedup();
            rows.into_iter().enumerate().map(|(new, old)| (old, new)).collect()
        };
        let capacity = self.texts.capacity.max(added * FIRST_ROWS).max(2 * (live.len() + added));
        let shape = [capacity, self.shape.width];
        let mut past: Vec<Buffer> =
            self.names.past.iter().map(|_| self.memory.buffer(self.kind, &shape)).collect::<Result<_, _>>()?;
        if !live.is_empty() {
            let rows: Vec<usize> = live.keys().copied().collect();
            take(&mut self.take_rows, &self.names.past, (&self.texts.past, &rows), &mut past)?;
        }
        for row in self.texts.history.iter_mut().flatten() {
            *row = live.get(row).copied().unwrap_or_default();
        }
        (self.texts.past, self.texts.capacity, self.texts.taken) = (past, capacity, live.len());
        Ok(())
    }

    /// One token for every sequence; gives the log-probabilities of the next where they are `wanted`.
    fn advance(
        &mut self,
        tokens: Vec<i64>,
        windows: usize,
        bias: &[f32],
        wanted: bool,
    ) -> Result<Option<Tensor>, InferError> {
        let sequences = tokens.len();
        self.grow(sequences)?;
        let position = self.texts.history.first().map_or(0, Vec::len);
        let rows: Vec<usize> = (self.texts.taken..self.texts.taken + sequences).collect();
        self.texts.history.iter_mut().zip(&rows).for_each(|(history, row)| history.push(*row));
        self.texts.taken += sequences;
        let history = integers(self.texts.history.iter().flatten().copied());
        let beams = sequences / windows.max(1);
        let decoder = &mut self.decoder;
        decoder.clear();
        decoder.integers("tokens", &[windows, beams], tokens)?;
        decoder.integers("position", &[1], integers([position]))?;
        decoder.integers("grouping", &[3], integers([windows, beams, self.shape.width]))?;
        decoder.integers("rows", &[sequences, 1], integers(rows))?;
        decoder.integers("history", &[sequences, position + 1], history)?;
        decoder.integers("count", &[1], vec![1])?;
        decoder.floats("bias", &[bias.len()], bias.to_vec())?;
        let cross = match (&self.chosen, &self.heard) {
            (Some(chosen), _) => &chosen.cross[..],
            (None, Some(heard)) => &heard.cross[..],
            (None, None) => &[],
        };
        for (name, buffer) in self.names.cross.iter().zip(cross) {
            decoder.read(name, buffer)?;
        }
        for (name, buffer) in self.names.past.iter().zip(&mut self.texts.past) {
            decoder.read(&held_name(name), buffer)?;
            decoder.write(name, buffer)?;
        }
        let fetched: &[&str] = if wanted { &["logprobs"] } else { &[] };
        fetched.iter().try_for_each(|name| decoder.fetch(name))?;
        Ok(decoder.run(fetched, None)?.pop())
    }

    /// Attention for the texts of `windows`.
    fn attention_of(&mut self, windows: &[usize], texts: &[Vec<u32>]) -> Result<Vec<Attention>, InferError> {
        let longest = texts.iter().map(Vec::len).max().unwrap_or(0);
        // Shorter texts are filled up by their last token; attention looks back only, so their rows do not change.
        let padded = |text: &Vec<u32>| {
            let last = text.last().copied().unwrap_or_default();
            text.iter().copied().chain(std::iter::repeat(last)).take(longest).map(i64::from).collect::<Vec<i64>>()
        };
        let tokens: Vec<i64> = texts.iter().flat_map(padded).collect();
        let cross = self.take(windows)?;
        let Some(align) = &mut self.align else { return Ok(Vec::new()) };
        align.clear();
        align.integers("tokens", &[texts.len(), longest], tokens)?;
        align.integers("position", &[longest], integers(0..longest))?;
        for (name, buffer) in self.names.cross.iter().zip(&cross).take(2 * self.shape.aligned_layers()) {
            align.read(name, buffer)?;
        }
        align.fetch("attention")?;
        let results = align.run(&["attention"], None)?;
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

impl Sound {
    /// Puts the sound of `windows`, which go to the places from `first` on, onto the device. Where they are fewer than
    /// fit, the last one stands for the rest: it is written to its place again, with the same numbers.
    fn fill(&mut self, windows: &[LogMel], first: usize) -> Result<(), InferError> {
        let fail = |detail: String| InferError::Tensor { tensor: "mel".to_owned(), detail };
        let last = windows.len().saturating_sub(1);
        let (_, mel) = self.mel[0].try_extract_tensor_mut::<f32>().map_err(|error| fail(error.to_string()))?;
        let (_, slots) = self.slots[0].try_extract_tensor_mut::<i64>().map_err(|error| fail(error.to_string()))?;
        let length = mel.len() / self.windows.max(1);
        for ((index, place), slot) in mel.chunks_exact_mut(length.max(1)).enumerate().zip(slots) {
            let Some(window) = windows.get(index.min(last)) else { break };
            if window.values.len() != place.len() {
                return Err(fail(format!("a window has {} numbers, not {}", window.values.len(), place.len())));
            }
            place.copy_from_slice(&window.values);
            *slot = (first + index.min(last)) as i64;
        }
        for [host, device] in [&mut self.mel, &mut self.slots] {
            copy(host, device)?;
        }
        Ok(())
    }
}

/// Takes `items` of the buffers `from` to the front of the buffers `into`.
fn take(
    graph: &mut Bound,
    names: &[String],
    (from, items): (&[Buffer], &[usize]),
    into: &mut [Buffer],
) -> Result<(), InferError> {
    graph.clear();
    graph.integers("taken", &[items.len()], integers(items.iter().copied()))?;
    graph.integers("into", &[items.len(), 1], integers(0..items.len()))?;
    for ((name, from), into) in names.iter().zip(from).zip(into) {
        graph.read(&format!("from_{name}"), from)?;
        graph.read(&held_name(name), into)?;
        graph.write(name, into)?;
    }
    graph.run(&[], None).map(drop)
}

fn integers(numbers: impl IntoIterator<Item = usize>) -> Vec<i64> {
    numbers.into_iter().map(|number| number as i64).collect()
}

fn in_order(windows: &[usize]) -> bool {
    windows.iter().enumerate().all(|(place, window)| place == *window)
}

impl WhisperNetwork for AcceleratedWhisper {
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
        self.hear(windows, &[]).map_err(network_error)?;
        Ok(())
    }

    fn step(&mut self, step: &Step<'_>) -> Result<&[f32], NetworkError> {
        match step.parents {
            Some(parents) => {
                let of = |parent: &usize| self.texts.history.get(*parent).cloned().unwrap_or_default();
                self.texts.history = parents.iter().map(of).collect();
            }
            None => {
                self.texts.taken = 0;
                self.texts.history = vec![Vec::new(); step.sequences];
            }
        }
        self.choose(step.windows).map_err(network_error)?;
        let added = step.tokens.len() / step.sequences.max(1);
        self.logprobs = None;
        // One token at a time: no token then sees a later one, and no mask is needed.
        for token in 0..added {
            let tokens = step.tokens.chunks_exact(added).map(|tokens| i64::from(tokens[token])).collect();
            let last = token + 1 == added;
            self.logprobs = self.advance(tokens, step.windows.len(), step.bias, last).map_err(network_error)?;
        }
        match &self.logprobs {
            Some(logprobs) => Ok(logprobs.floats()?),
            None => Ok(&[]),
        }
    }

    fn attention(&mut self, texts: &[Vec<u32>]) -> Result<Vec<Attention>, NetworkError> {
        // The decoder's own copies are not needed any more.
        self.chosen = None;
        let part = self.part();
        let mut attention = Vec::with_capacity(texts.len());
        for (index, texts) in texts.chunks(part).enumerate() {
            let windows: Vec<usize> = (index * part..index * part + texts.len()).collect();
            attention.extend(self.attention_of(&windows, texts).map_err(network_error)?);
        }
        Ok(attention)
    }
}

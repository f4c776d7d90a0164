//! A speech network whose inputs and outputs stay where they are, one set for every length: what a GPU records for one of
//! them, it can replay.

use super::{Numbers, Sounds};
use crate::bound::{Bound, Buffer, Memory, copy};
use crate::compile::{CompiledNetwork, SpeechShape};
use crate::session::{InferError, Runtime, SessionOptions};
use ort::value::{PrimitiveTensorElementType, TensorElementType};
use std::collections::BTreeMap;
use std::fmt::Debug;

/// The graph with its buffers by length.
pub(super) struct Kept {
    bound: Bound,
    memory: Memory,
    lengths: BTreeMap<usize, Buffers>,
    /// The last recording for replay; 0 is what the library takes for a run that names none.
    recording: u64,
    outputs: usize,
}

/// Put together in the memory of the host, read on the device; or written there and brought back.
type Pair = [Buffer; 2];

struct Buffers {
    recording: u64,
    inputs: Vec<(&'static str, Pair)>,
    /// `[rows, outputs]`.
    values: Pair,
}

impl Kept {
    pub(super) fn load(
        runtime: &Runtime,
        compiled: &CompiledNetwork<SpeechShape>,
        options: SessionOptions,
    ) -> Result<Kept, InferError> {
        let bound = Bound::load(runtime, &compiled.graph, options)?;
        let memory = bound.memory()?;
        Ok(Kept { bound, memory, lengths: BTreeMap::new(), recording: 0, outputs: compiled.shape.outputs.count() })
    }

    /// Gives the buffers back; what was recorded for them is not replayed again.
    pub(super) fn release(&mut self) {
        self.bound.clear();
        self.lengths.clear();
    }

    /// The outputs of all rows.
    pub(super) fn run(&mut self, sounds: &Sounds) -> Result<Vec<f32>, InferError> {
        if !self.lengths.contains_key(&sounds.length) {
            self.recording += 1;
            let buffers = self.buffers(sounds)?;
            self.lengths.insert(sounds.length, buffers);
        }
        let Some(buffers) = self.lengths.get_mut(&sounds.length) else { return Ok(Vec::new()) };
        for ((name, pair), (.., numbers)) in buffers.inputs.iter_mut().zip(&sounds.inputs) {
            match numbers {
                Numbers::Float(numbers) => fill(name, pair, numbers)?,
                Numbers::Integer(numbers) => fill(name, pair, numbers)?,
            }
        }
        self.bound.clear();
        for (name, [_, device]) in &buffers.inputs {
            self.bound.read(name, device)?;
        }
        self.bound.write("values", &mut buffers.values[1])?;
        self.bound.run(&[], Some(buffers.recording))?;
        let [host, device] = &mut buffers.values;
        copy(device, host)?;
        let values = host.try_extract_tensor::<f32>().map_err(|error| unlike("values", &error))?;
        Ok(values.1.to_vec())
    }

    fn buffers(&self, sounds: &Sounds) -> Result<Buffers, InferError> {
        let both = |kind, shape: &[usize]| -> Result<Pair, InferError> {
            Ok([self.memory.staging(kind, shape)?, self.memory.buffer(kind, shape)?])
        };
        let inputs = sounds.inputs.iter().map(|(name, shape, numbers)| {
            let kind = match numbers {
                Numbers::Float(_) => TensorElementType::Float32,
                Numbers::Integer(_) => TensorElementType::Int64,
            };
            Ok((*name, both(kind, shape)?))
        });
        Ok(Buffers {
            recording: self.recording,
            inputs: inputs.collect::<Result<_, InferError>>()?,
            values: both(TensorElementType::Float32, &[sounds.rows, self.outputs])?,
        })
    }
}

/// Puts `numbers` onto the device.
fn fill<T: PrimitiveTensorElementType + Copy + Debug>(
    name: &str,
    pair: &mut Pair,
    numbers: &[T],
) -> Result<(), InferError> {
    let [host, device] = pair;
    let (_, place) = host.try_extract_tensor_mut::<T>().map_err(|error| unlike(name, &error))?;
    if place.len() != numbers.len() {
        return Err(unlike(name, &format!("{} numbers for a place of {}", numbers.len(), place.len())));
    }
    place.copy_from_slice(numbers);
    copy(host, device)
}

fn unlike(name: &str, detail: &dyn std::fmt::Display) -> InferError {
    InferError::Tensor { tensor: name.to_owned(), detail: detail.to_string() }
}

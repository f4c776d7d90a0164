//! Speech networks with a head for emotion: stretches of sound in, outputs of the head out.
//!
//! What a stretch gives depends on the stretch alone. On the processor each is run by itself, as the reference does. On an
//! accelerator, stretches of like length are run together, padded to one of few lengths and in batches of one size, so that
//! the library meets few shapes, and those do not depend on what else is there; masks keep the padding out. With few shapes
//! a GPU can record what it does for each and replay it ([`SessionOptions::replay`]).

mod kept;

use crate::compile::{CompiledNetwork, RelativePositions, SpeechShape};
use crate::device::Device;
use crate::session::{InferError, Input, Runtime, Session, SessionOptions};
use kept::Kept;
use std::collections::BTreeMap;

/// Samples of the steps in which stretches are padded: 2 s up to 10 s, then 10 s.
const FINE_STEP: usize = 32_000;
const COARSE_STEP: usize = 160_000;
/// Stretches in a batch on an accelerator. Ten seconds take some 80 MB each in a large encoder.
const ACCELERATED_ROWS: usize = 8;

/// How stretches are put together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Batching {
    /// Stretches in a batch; fewer are filled up with silence.
    pub rows: usize,
    /// Whether stretches are padded to one of few lengths. Without it only those of one length are run together.
    pub pads: bool,
}

impl Batching {
    /// What is usual on `device`.
    pub fn on(device: Device) -> Batching {
        match device {
            Device::Cpu => Batching { rows: 1, pads: false },
            Device::Cuda(_) => Batching { rows: ACCELERATED_ROWS, pads: true },
        }
    }

    /// The length that a stretch of `samples` samples is run with.
    fn length(self, samples: usize) -> usize {
        match self.pads {
            false => samples,
            true if samples <= COARSE_STEP => samples.next_multiple_of(FINE_STEP),
            true => samples.next_multiple_of(COARSE_STEP),
        }
    }
}

/// A loaded speech network.
pub struct SpeechNetwork {
    graph: Graph,
    shape: SpeechShape,
    batching: Batching,
}

/// How the graph is run.
enum Graph {
    Plain(Session),
    /// In buffers that stay where they are.
    Kept(Box<Kept>),
}

/// Stretches of one length, as the graph wants them.
struct Sounds {
    rows: usize,
    /// Samples of a row.
    length: usize,
    /// What the graph reads: name, shape, numbers.
    inputs: Vec<(&'static str, [usize; 2], Numbers)>,
}

enum Numbers {
    Float(Vec<f32>),
    Integer(Vec<i64>),
}

impl SpeechNetwork {
    /// Loads a compiled network. Where shapes are few, it can be recorded and replayed.
    ///
    /// # Errors
    /// When the graph cannot be loaded.
    pub fn load(
        runtime: &Runtime,
        compiled: &CompiledNetwork<SpeechShape>,
        options: SessionOptions,
        batching: Batching,
    ) -> Result<SpeechNetwork, InferError> {
        let graph = match options.replay && batching.pads {
            true => Graph::Kept(Box::new(Kept::load(runtime, compiled, options)?)),
            false => {
                Graph::Plain(Session::load(runtime, &compiled.graph, SessionOptions { replay: false, ..options })?)
            }
        };
        Ok(SpeechNetwork { graph, shape: compiled.shape.clone(), batching })
    }

    /// Its dimensions.
    pub fn shape(&self) -> &SpeechShape {
        &self.shape
    }

    /// The outputs for each stretch (16 kHz, full scale 1); nothing for one that is shorter than a frame.
    ///
    /// # Errors
    /// When the graph fails.
    pub fn outputs(&mut self, stretches: &[Vec<f32>]) -> Result<Vec<Option<Vec<f32>>>, InferError> {
        let mut by_length: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (index, stretch) in stretches.iter().enumerate() {
            if self.shape.frames(stretch.len()) > 0 {
                by_length.entry(self.batching.length(stretch.len())).or_default().push(index);
            }
        }
        let mut found = vec![None; stretches.len()];
        for (length, indices) in by_length {
            for batch in indices.chunks(self.batching.rows.max(1)) {
                let sounds: Vec<&[f32]> = batch.iter().map(|index| stretches[*index].as_slice()).collect();
                let values = self.run(&sounds, length)?;
                for (index, values) in batch.iter().zip(values) {
                    found[*index] = Some(values);
                }
            }
        }
        Ok(found)
    }

    /// Runs a second of silence, so that the first stretch does not wait for what a device does once.
    ///
    /// # Errors
    /// When the graph fails.
    pub fn warm_up(&mut self) -> Result<(), InferError> {
        self.outputs(&[vec![0.0; 16_000]]).map(|_| ())
    }

    /// Gives back memory that is held without need.
    pub fn release_caches(&mut self) {
        match &mut self.graph {
            Graph::Plain(session) => session.shrink_at_next_run(),
            Graph::Kept(kept) => kept.release(),
        }
    }

    fn run(&mut self, stretches: &[&[f32]], length: usize) -> Result<Vec<Vec<f32>>, InferError> {
        let sounds = self.sounds(stretches, length);
        let values = match &mut self.graph {
            Graph::Plain(session) => run(session, &sounds)?,
            Graph::Kept(kept) => kept.run(&sounds)?,
        };
        let outputs = values.len() / sounds.rows;
        Ok(values.chunks(outputs.max(1)).take(stretches.len()).map(<[f32]>::to_vec).collect())
    }

    fn sounds(&self, stretches: &[&[f32]], length: usize) -> Sounds {
        let rows = self.batching.rows.max(1);
        let (frames, first_frames) = (self.shape.frames(length), self.shape.first_frames(length));
        let mut samples = vec![0.0; rows * length];
        for (row, stretch) in samples.chunks_mut(length).zip(stretches) {
            prepare(stretch, self.shape.normalisation, row);
        }
        // A row of silence that fills the batch up has one frame: a mean over none would be no number.
        let counts = |of: &dyn Fn(usize) -> usize| -> Vec<usize> {
            (0..rows).map(|row| stretches.get(row).map_or(1, |samples| of(samples.len()))).collect()
        };
        let within = mask(&counts(&|samples| self.shape.frames(samples)), frames);
        let mut inputs = vec![
            ("sound", [rows, length], Numbers::Float(samples)),
            ("frames", [rows, frames], Numbers::Float(within)),
        ];
        if self.shape.normalises_in_time {
            let first = mask(&counts(&|samples| self.shape.first_frames(samples)), first_frames);
            inputs.push(("first", [rows, first_frames], Numbers::Float(first)));
        }
        if let Some(relative) = self.shape.relative {
            inputs.push(("positions", [frames, frames], Numbers::Integer(positions(relative, frames))));
        }
        Sounds { rows, length, inputs }
    }
}

/// The outputs of all rows.
fn run(session: &mut Session, sounds: &Sounds) -> Result<Vec<f32>, InferError> {
    let inputs = sounds.inputs.iter().map(|(name, shape, numbers)| match numbers {
        Numbers::Float(numbers) => (*name, Input::Float(shape, numbers)),
        Numbers::Integer(numbers) => (*name, Input::Integer(shape, numbers)),
    });
    let results = session.run(&inputs.collect::<Vec<_>>(), &["values"])?;
    results.first().map_or(Ok(Vec::new()), |tensor| tensor.floats().map(<[f32]>::to_vec))
}

/// Writes `samples` to the beginning of `row`, at mean 0 and variance 1 where `normalisation` says what is added to the
/// variance.
fn prepare(samples: &[f32], normalisation: Option<f64>, row: &mut [f32]) {
    let Some(epsilon) = normalisation else {
        return row[..samples.len()].copy_from_slice(samples);
    };
    let count = samples.len().max(1) as f64;
    let mean = samples.iter().map(|sample| f64::from(*sample)).sum::<f64>() / count;
    let variance = samples.iter().map(|sample| (f64::from(*sample) - mean).powi(2)).sum::<f64>() / count;
    let deviation = (variance + epsilon).sqrt();
    for (place, sample) in row.iter_mut().zip(samples) {
        *place = ((f64::from(*sample) - mean) / deviation) as f32;
    }
}

/// 1 for the first `counts` of each row's `length` frames, then 0.
fn mask(counts: &[usize], length: usize) -> Vec<f32> {
    counts.iter().flat_map(|count| (0..length).map(move |frame| if frame < *count { 1.0 } else { 0.0 })).collect()
}

/// The bucket of every frame as seen from every other, `[frames, frames]`.
fn positions(relative: RelativePositions, frames: usize) -> Vec<i64> {
    let last = frames as i64 - 1;
    let buckets: Vec<i64> = (-last..=last).map(|ahead| relative.bucket(ahead)).collect();
    (0..frames).flat_map(|from| buckets[frames - 1 - from..][..frames].iter().copied()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_few() {
        let pads = Batching { rows: 1, pads: true };
        let lengths: Vec<usize> = (1..=300_000).step_by(997).map(|samples| pads.length(samples)).collect();
        let mut few = lengths.clone();
        few.dedup();
        assert_eq!(few, [32_000, 64_000, 96_000, 128_000, 160_000, 320_000]);
        assert_eq!(Batching::on(Device::Cpu).length(1234), 1234);
    }

    #[test]
    fn a_sound_has_mean_0_and_variance_1_where_it_lies_and_nothing_behind_it() {
        let samples: Vec<f32> = (0..100).map(|index| 0.3 + 0.01 * (index as f32).sin()).collect();
        let mut row = vec![0.0; 150];
        prepare(&samples, Some(1e-7), &mut row);
        let mean = row[..100].iter().sum::<f32>() / 100.0;
        let variance = row[..100].iter().map(|value| value * value).sum::<f32>() / 100.0;
        assert!(mean.abs() < 1e-4 && (variance - 1.0).abs() < 0.01, "{mean} {variance}");
        assert!(row[100..].iter().all(|value| *value == 0.0));
        prepare(&samples, None, &mut row);
        assert_eq!(row[..100], samples);
    }

    #[test]
    fn positions_are_those_of_the_other_as_seen_from_the_one() {
        let relative = RelativePositions { buckets: 8, furthest: 10 };
        let found = positions(relative, 3);
        assert_eq!(found, [0, 5, 6, 1, 0, 5, 2, 1, 0]);
    }
}

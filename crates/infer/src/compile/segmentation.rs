//! Graph of a speaker segmentation network of pyannote's layout, from its state dictionary.
//!
//! Bredin & Laurent 2021 and Plaquet & Bredin 2023; `PyanNet` and `SincNet` of pyannote.audio 3.0, `ParamSincFB` of
//! asteroid-filterbanks 0.4 (Ravanelli & Bengio 2018 with the cosine and sine filters of Pariente et al. 2020). The filters
//! are computed here, once.

use super::CompileError;
use super::cache::{Graphs, WeightFile};
use super::graph::{Attribute, Element};
use super::network::Network;
use crate::checkpoint::{Checkpoint, CheckpointError};
use serde::{Deserialize, Serialize};
use std::f64::consts::TAU;

const RATE: f64 = 16_000.0;
/// `min_low_hz` and `min_band_hz` of the published networks.
const LOWEST_HZ: f64 = 50.0;
const NARROWEST_HZ: f64 = 50.0;
/// Samples from one filter output to the next: `stride` of the published networks.
const STRIDE: usize = 10;
const POOL: usize = 3;
const NORM_EPSILON: f32 = 1e-5;
const LEAK: f32 = 0.01;

/// Dimensions of a segmentation network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SegmentationShape {
    /// Taps of a filter of the first layer.
    pub taps: usize,
    /// Taps of the two convolutions after it.
    pub kernels: [usize; 2],
    /// Bidirectional recurrent layers.
    pub layers: usize,
    /// Numbers that one direction of a layer remembers.
    pub hidden: usize,
    /// Fully connected layers behind them.
    pub linear: usize,
    /// Outputs per frame: sets of speakers who talk at once.
    pub classes: usize,
}

impl SegmentationShape {
    fn of(checkpoint: &Checkpoint) -> Result<SegmentationShape, CheckpointError> {
        let count =
            |name: &dyn Fn(usize) -> String| (0..).take_while(|index| checkpoint.contains(&name(*index))).count();
        Ok(SegmentationShape {
            taps: 2 * checkpoint.length("sincnet.conv1d.0.filterbank.n_", 1)? + 1,
            kernels: [
                checkpoint.length("sincnet.conv1d.1.weight", 2)?,
                checkpoint.length("sincnet.conv1d.2.weight", 2)?,
            ],
            layers: count(&|layer| format!("lstm.weight_ih_l{layer}")),
            hidden: checkpoint.length("lstm.weight_hh_l0", 1)?,
            linear: count(&|layer| format!("linear.{layer}.weight")),
            classes: checkpoint.length("classifier.bias", 0)?,
        })
    }

    /// Frames that `samples` samples give.
    pub fn frames(&self, samples: usize) -> usize {
        let valid = |length: usize, kernel: usize, stride: usize| (length.max(kernel) - kernel) / stride + 1;
        let pooled = valid(valid(samples, self.taps, STRIDE), POOL, POOL);
        self.kernels.iter().fold(pooled, |length, kernel| valid(valid(length, *kernel, 1), POOL, POOL))
    }

    /// Samples from one frame to the next.
    pub fn frame_step(&self) -> usize {
        STRIDE * POOL * POOL * POOL
    }

    /// Samples that one frame sees.
    pub fn frame_length(&self) -> usize {
        let grow = |length: usize, kernel: usize, stride: usize| kernel + (length - 1) * stride;
        let before = self.kernels.iter().rev().fold(1, |length, kernel| grow(grow(length, POOL, POOL), *kernel, 1));
        grow(grow(before, POOL, POOL), self.taps, STRIDE)
    }
}

/// One graph, `network`: `sound` `[n, 1, samples]` -> `log_probabilities` `[n, frames, classes]`.
pub(super) fn segmentation(
    checkpoint: &Checkpoint,
    weights: &mut WeightFile,
) -> Result<Graphs<SegmentationShape>, CompileError> {
    let shape = SegmentationShape::of(checkpoint)?;
    let mut network = Network::new("segmentation", checkpoint, weights);
    let sound = network.graph.input("sound", Element::Float, &["n", "1", "samples"]);
    let frames = network.sincnet(&shape, &sound)?;
    let mut value = network.recurrent(&shape, &frames)?;
    for layer in 0..shape.linear {
        value = network.linear(&format!("linear.{layer}"), &value)?;
        value = network.graph.op("LeakyRelu", &[&value], &[Attribute::Float("alpha", LEAK)]);
    }
    let scores = network.linear("classifier", &value)?;
    let classes = shape.classes.to_string();
    let output: [&str; 3] = ["n", "frames", &classes];
    let output = ("log_probabilities", Element::Float, &output[..]);
    network.graph.op_into("LogSoftmax", &[&scores], &[Attribute::Int("axis", -1)], output);
    Ok(network.finish(shape))
}

impl Network<'_> {
    fn sincnet(&mut self, shape: &SegmentationShape, sound: &str) -> Result<String, CompileError> {
        let filters = self.checkpoint.length("sincnet.norm1d.0.weight", 0)?;
        let bank = filter_bank(self.checkpoint, filters, shape.taps)?;
        self.weights.float("filters", &[filters, 1, shape.taps], &bank)?;
        let filters = self.graph.weight(self.weights, "filters");
        let normal = self.normalised("sincnet.wav_norm1d", sound)?;
        let filtered = self.graph.op("Conv", &[&normal, &filters], &[Attribute::Ints("strides", &[STRIDE as i64])]);
        let mut value = self.graph.op("Abs", &[&filtered], &[]);
        for layer in 0..=shape.kernels.len() {
            if layer > 0 {
                let name = format!("sincnet.conv1d.{layer}");
                let (kernel, bias) = (self.weight(&format!("{name}.weight"))?, self.weight(&format!("{name}.bias"))?);
                value = self.graph.op("Conv", &[&value, &kernel, &bias], &[]);
            }
            let window = [POOL as i64];
            let pooling = [Attribute::Ints("kernel_shape", &window), Attribute::Ints("strides", &window)];
            value = self.graph.op("MaxPool", &[&value], &pooling);
            value = self.normalised(&format!("sincnet.norm1d.{layer}"), &value)?;
            value = self.graph.op("LeakyRelu", &[&value], &[Attribute::Float("alpha", LEAK)]);
        }
        Ok(value)
    }

    fn normalised(&mut self, name: &str, value: &str) -> Result<String, CompileError> {
        let (scale, bias) = (self.weight(&format!("{name}.weight"))?, self.weight(&format!("{name}.bias"))?);
        let epsilon = [Attribute::Float("epsilon", NORM_EPSILON)];
        Ok(self.graph.op("InstanceNormalization", &[value, &scale, &bias], &epsilon))
    }

    /// `[n, features, frames]` -> `[n, frames, 2 hidden]`.
    fn recurrent(&mut self, shape: &SegmentationShape, value: &str) -> Result<String, CompileError> {
        let mut value = self.graph.op("Transpose", &[value], &[Attribute::Ints("perm", &[2, 0, 1])]);
        let merged = self.graph.integers(&[0, 0, -1]);
        for layer in 0..shape.layers {
            let inputs = self.checkpoint.length(&format!("lstm.weight_ih_l{layer}"), 1)?;
            let names = self.recurrent_weights(layer, inputs, shape.hidden)?;
            let attributes =
                [Attribute::Text("direction", "bidirectional"), Attribute::Int("hidden_size", shape.hidden as i64)];
            let output = self.graph.op("LSTM", &[&value, &names[0], &names[1], &names[2]], &attributes);
            // [frames, directions, n, hidden] -> [frames, n, directions * hidden]
            let together = self.graph.op("Transpose", &[&output], &[Attribute::Ints("perm", &[0, 2, 1, 3])]);
            value = self.graph.op("Reshape", &[&together, &merged], &[]);
        }
        Ok(self.graph.op("Transpose", &[&value], &[Attribute::Ints("perm", &[1, 0, 2])]))
    }

    /// Weights of a layer as ONNX wants them: both directions in one tensor, gates in the order input, output, forget,
    /// cell, where PyTorch has input, forget, cell, output.
    fn recurrent_weights(&mut self, layer: usize, inputs: usize, hidden: usize) -> Result<[String; 3], CompileError> {
        let (mut input, mut recurrent, mut bias) = (Vec::new(), Vec::new(), Vec::new());
        for direction in ["", "_reverse"] {
            let tensor = |kind: &str, shape: &[usize]| {
                let numbers = self.checkpoint.f32(&format!("lstm.{kind}_l{layer}{direction}"), shape)?;
                let gate = numbers.len() / 4;
                let ordered: Vec<f32> =
                    [0, 3, 1, 2].iter().flat_map(|i| &numbers[i * gate..][..gate]).copied().collect();
                Ok::<Vec<f32>, CheckpointError>(ordered)
            };
            input.extend(tensor("weight_ih", &[4 * hidden, inputs])?);
            recurrent.extend(tensor("weight_hh", &[4 * hidden, hidden])?);
            bias.extend(tensor("bias_ih", &[4 * hidden])?);
            bias.extend(tensor("bias_hh", &[4 * hidden])?);
        }
        let names = ["input", "recurrent", "bias"].map(|kind| format!("lstm.{layer}.{kind}"));
        self.weights.float(&names[0], &[2, 4 * hidden, inputs], &input)?;
        self.weights.float(&names[1], &[2, 4 * hidden, hidden], &recurrent)?;
        self.weights.float(&names[2], &[2, 8 * hidden], &bias)?;
        Ok(names.map(|name| self.graph.weight(self.weights, &name)))
    }

    fn linear(&mut self, name: &str, value: &str) -> Result<String, CompileError> {
        let weight = format!("{name}.weight");
        let (outputs, inputs) = (self.checkpoint.length(&weight, 0)?, self.checkpoint.length(&weight, 1)?);
        let numbers = self.checkpoint.f32(&weight, &[outputs, inputs])?;
        let turned: Vec<f32> = (0..inputs)
            .flat_map(|column| (0..outputs).map(move |row| (row, column)))
            .map(|(row, column)| numbers[row * inputs + column])
            .collect();
        let turned_name = format!("{name}.turned");
        self.weights.float(&turned_name, &[inputs, outputs], &turned)?;
        let (matrix, bias) = (self.graph.weight(self.weights, &turned_name), self.weight(&format!("{name}.bias"))?);
        let product = self.graph.op("MatMul", &[value, &matrix], &[]);
        Ok(self.graph.op("Add", &[&product, &bias], &[]))
    }

    /// A weight as the checkpoint has it.
    fn weight(&mut self, name: &str) -> Result<String, CompileError> {
        let shape = self.checkpoint.get(name)?.shape.clone();
        self.weights.float(name, &shape, &self.checkpoint.f32(name, &shape)?)?;
        Ok(self.graph.weight(self.weights, name))
    }
}

/// The band-pass filters `[filters, taps]`: one half with cosines, the other with sines of the same bands.
fn filter_bank(checkpoint: &Checkpoint, filters: usize, taps: usize) -> Result<Vec<f32>, CheckpointError> {
    let (bands, half) = (filters / 2, taps / 2);
    let name = |part: &str| format!("sincnet.conv1d.0.filterbank.{part}");
    let low = checkpoint.f32(&name("low_hz_"), &[bands, 1])?;
    let width = checkpoint.f32(&name("band_hz_"), &[bands, 1])?;
    let window = checkpoint.f32(&name("window_"), &[half])?;
    let mut bank = Vec::with_capacity(filters * taps);
    for sine in [false, true] {
        for band in 0..bands {
            let lower = LOWEST_HZ + f64::from(low[band].abs());
            let upper = (lower + NARROWEST_HZ + f64::from(width[band].abs())).clamp(LOWEST_HZ, RATE / 2.0);
            let span = 2.0 * (upper - lower);
            let left: Vec<f64> = (0..half)
                .map(|tap| {
                    let time = TAU * (tap as f64 - half as f64) / RATE;
                    let wave = match sine {
                        true => (lower * time).cos() - (upper * time).cos(),
                        false => (upper * time).sin() - (lower * time).sin(),
                    };
                    wave / (time / 2.0) * f64::from(window[tap]) / span
                })
                .collect();
            let (centre, sign) = if sine { (0.0, -1.0) } else { (1.0, 1.0) };
            bank.extend(left.iter().map(|value| *value as f32));
            bank.push(centre);
            bank.extend(left.iter().rev().map(|value| (sign * value) as f32));
        }
    }
    Ok(bank)
}

//! Graph of a CAM++ speaker embedding network, from its state dictionary.
//!
//! Wang et al. 2023, "CAM++: a fast and efficient network for speaker verification using context-aware masking";
//! `speakerlab/models/campplus` of 3D-Speaker. Normalisations that follow a convolution are folded into it.

use super::CompileError;
use super::cache::{Graphs, WeightFile};
use super::graph::{Attribute, Element};
use super::network::Network;
use crate::checkpoint::{Checkpoint, CheckpointError};
use serde::{Deserialize, Serialize};

const NORM_EPSILON: f32 = 1e-5;
/// Dilation of the blocks; the layout names no others.
const DILATIONS: [usize; 3] = [1, 2, 2];
/// Frames (20 ms) whose mean is the local context of a mask.
const CONTEXT: usize = 100;

/// Dimensions of an embedding network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EmbeddingShape {
    /// Mel bands per frame of 10 ms.
    pub bands: usize,
    /// Numbers of an embedding.
    pub dimensions: usize,
}

/// One graph, `network`: `features` `[n, frames, bands]` -> `embeddings` `[n, dimensions]`. All pieces of a call have the
/// same length.
pub(super) fn campplus(
    checkpoint: &Checkpoint,
    weights: &mut WeightFile,
) -> Result<Graphs<EmbeddingShape>, CompileError> {
    let channels = checkpoint.length("head.conv2.weight", 0)?;
    let rows = checkpoint.length("xvector.tdnn.linear.weight", 1)? / channels.max(1);
    // The head halves the bands three times.
    let shape = EmbeddingShape { bands: rows * 8, dimensions: checkpoint.length("xvector.dense.linear.weight", 0)? };
    let mut network = Network::new("campplus", checkpoint, weights);
    let bands = shape.bands.to_string();
    let features = network.graph.input("features", Element::Float, &["n", "frames", &bands]);
    let image = network.head(&features)?;
    let frames = network.time_delay(&image)?;
    let pooled = network.statistics(&frames);
    network.embedding(&pooled, &shape)?;
    Ok(network.finish(shape))
}

/// How a convolution moves over its input.
struct Motion<'a> {
    strides: &'a [i64],
    pads: &'a [i64],
    dilation: i64,
}

const ALONG_TIME: Motion<'static> = Motion { strides: &[1], pads: &[0, 0], dilation: 1 };

impl Network<'_> {
    /// `[n, frames, bands]` -> `[n, channels * bands / 8, frames]`.
    fn head(&mut self, features: &str) -> Result<String, CompileError> {
        let turned = self.graph.op("Transpose", &[features], &[Attribute::Ints("perm", &[0, 2, 1])]);
        let channel = self.graph.integers(&[1]);
        let image = self.graph.op("Unsqueeze", &[&turned, &channel], &[]);
        let mut value = self.convolution_2d("head.conv1", "head.bn1", 1, &image)?;
        value = self.graph.op("Relu", &[&value], &[]);
        for layer in ["head.layer1", "head.layer2"] {
            for (block, stride) in [(0, 2), (1, 1)] {
                value = self.residual(&format!("{layer}.{block}"), stride, &value)?;
            }
        }
        value = self.convolution_2d("head.conv2", "head.bn2", 2, &value)?;
        value = self.graph.op("Relu", &[&value], &[]);
        let flat = self.graph.integers(&[0, self.checkpoint.length("xvector.tdnn.linear.weight", 1)? as i64, -1]);
        Ok(self.graph.op("Reshape", &[&value, &flat], &[]))
    }

    fn residual(&mut self, name: &str, stride: i64, input: &str) -> Result<String, CompileError> {
        let first = self.convolution_2d(&format!("{name}.conv1"), &format!("{name}.bn1"), stride, input)?;
        let first = self.graph.op("Relu", &[&first], &[]);
        let second = self.convolution_2d(&format!("{name}.conv2"), &format!("{name}.bn2"), 1, &first)?;
        let shortcut = format!("{name}.shortcut.0");
        let beside = match self.checkpoint.contains(&format!("{shortcut}.weight")) {
            true => self.convolution_2d(&shortcut, &format!("{name}.shortcut.1"), stride, input)?,
            false => input.to_owned(),
        };
        let sum = self.graph.op("Add", &[&second, &beside], &[]);
        Ok(self.graph.op("Relu", &[&sum], &[]))
    }

    /// A square kernel that keeps the length and moves by `stride` over the bands.
    fn convolution_2d(&mut self, name: &str, norm: &str, stride: i64, input: &str) -> Result<String, CompileError> {
        let pad = self.checkpoint.length(&format!("{name}.weight"), 2)? as i64 / 2;
        let motion = Motion { strides: &[stride, 1], pads: &[pad; 4], dilation: 1 };
        self.convolution(name, Some(norm), &motion, input)
    }

    fn time_delay(&mut self, input: &str) -> Result<String, CompileError> {
        let name = "xvector.tdnn";
        let pad = self.checkpoint.length(&format!("{name}.linear.weight"), 2)? as i64 / 2;
        let motion = Motion { strides: &[2], pads: &[pad, pad], dilation: 1 };
        let norm = format!("{name}.nonlinear.batchnorm");
        let mut value = self.convolution(&format!("{name}.linear"), Some(&norm), &motion, input)?;
        value = self.graph.op("Relu", &[&value], &[]);
        for (index, dilation) in DILATIONS.iter().enumerate() {
            let block = format!("xvector.block{}", index + 1);
            let mut layer = 1;
            while self.checkpoint.contains(&format!("{block}.tdnnd{layer}.linear1.weight")) {
                let new = self.dense(&format!("{block}.tdnnd{layer}"), *dilation, &value)?;
                value = self.graph.op("Concat", &[&value, &new], &[Attribute::Int("axis", 1)]);
                layer += 1;
            }
            let transit = format!("xvector.transit{}", index + 1);
            value = self.activated(&format!("{transit}.nonlinear.batchnorm"), &value)?;
            value = self.convolution(&format!("{transit}.linear"), None, &ALONG_TIME, &value)?;
        }
        self.activated("xvector.out_nonlinear.batchnorm", &value)
    }

    /// A layer whose output is masked by its context.
    fn dense(&mut self, name: &str, dilation: usize, input: &str) -> Result<String, CompileError> {
        let value = self.activated(&format!("{name}.nonlinear1.batchnorm"), input)?;
        let norm = format!("{name}.nonlinear2.batchnorm");
        let value = self.convolution(&format!("{name}.linear1"), Some(&norm), &ALONG_TIME, &value)?;
        let value = self.graph.op("Relu", &[&value], &[]);
        let local = format!("{name}.cam_layer.linear_local");
        let pad = (self.checkpoint.length(&format!("{local}.weight"), 2)? / 2 * dilation) as i64;
        let motion = Motion { strides: &[1], pads: &[pad, pad], dilation: dilation as i64 };
        let local = self.convolution(&local, None, &motion, &value)?;
        let context = self.context(&value);
        let context = self.convolution(&format!("{name}.cam_layer.linear1"), None, &ALONG_TIME, &context)?;
        let context = self.graph.op("Relu", &[&context], &[]);
        let mask = self.convolution(&format!("{name}.cam_layer.linear2"), None, &ALONG_TIME, &context)?;
        let mask = self.graph.op("Sigmoid", &[&mask], &[]);
        Ok(self.graph.op("Mul", &[&local, &mask], &[]))
    }

    /// Mean over all time plus the mean over the stretch of [`CONTEXT`] frames that a frame lies in.
    fn context(&mut self, value: &str) -> String {
        let time = self.graph.integers(&[2]);
        let all = self.graph.op("ReduceMean", &[value, &time], &[Attribute::Int("keepdims", 1)]);
        let stretch = [CONTEXT as i64];
        let pooling = [
            Attribute::Ints("kernel_shape", &stretch),
            Attribute::Ints("strides", &stretch),
            Attribute::Int("ceil_mode", 1),
            Attribute::Int("count_include_pad", 0),
        ];
        let means = self.graph.op("AveragePool", &[value], &pooling);
        let last = self.graph.integers(&[3]);
        let column = self.graph.op("Unsqueeze", &[&means, &last], &[]);
        let repeats = self.graph.integers(&[1, 1, 1, CONTEXT as i64]);
        let repeated = self.graph.op("Expand", &[&column, &repeats], &[]);
        let flat = self.graph.integers(&[0, 0, -1]);
        let repeated = self.graph.op("Reshape", &[&repeated, &flat], &[]);
        let dimensions = self.graph.op("Shape", &[value], &[Attribute::Int("start", 2)]);
        let (start, axis) = (self.graph.integers(&[0]), self.graph.integers(&[2]));
        let local = self.graph.op("Slice", &[&repeated, &start, &dimensions, &axis], &[]);
        self.graph.op("Add", &[&all, &local], &[])
    }

    /// Mean and standard deviation (with n - 1) over time, `[n, 2 * channels, 1]`.
    fn statistics(&mut self, value: &str) -> String {
        let time = self.graph.integers(&[2]);
        let kept = [Attribute::Int("keepdims", 1)];
        let mean = self.graph.op("ReduceMean", &[value, &time], &kept);
        let centred = self.graph.op("Sub", &[value, &mean], &[]);
        let squares = self.graph.op("ReduceSumSquare", &[&centred, &time], &kept);
        let frames = self.graph.op("Shape", &[value], &[Attribute::Int("start", 2)]);
        let frames = self.graph.op("Cast", &[&frames], &[Attribute::Int("to", 1)]);
        let one = self.graph.scalar("one", 1.0);
        let freedom = self.graph.op("Sub", &[&frames, &one], &[]);
        let variance = self.graph.op("Div", &[&squares, &freedom], &[]);
        let deviation = self.graph.op("Sqrt", &[&variance], &[]);
        self.graph.op("Concat", &[&mean, &deviation], &[Attribute::Int("axis", 1)])
    }

    fn embedding(&mut self, pooled: &str, shape: &EmbeddingShape) -> Result<(), CompileError> {
        let norm = "xvector.dense.nonlinear.batchnorm";
        let column = self.convolution("xvector.dense.linear", Some(norm), &ALONG_TIME, pooled)?;
        let last = self.graph.integers(&[2]);
        let dimensions = shape.dimensions.to_string();
        let output: [&str; 2] = ["n", &dimensions];
        self.graph.op_into("Squeeze", &[&column, &last], &[], ("embeddings", Element::Float, &output[..]));
        Ok(())
    }

    /// A convolution with the normalisation after it, if there is one.
    fn convolution(
        &mut self,
        name: &str,
        norm: Option<&str>,
        motion: &Motion<'_>,
        input: &str,
    ) -> Result<String, CompileError> {
        let weight = format!("{name}.weight");
        let shape = self.checkpoint.get(&weight)?.shape.clone();
        let outputs = self.checkpoint.length(&weight, 0)?;
        let mut numbers = self.checkpoint.f32(&weight, &shape)?;
        let bias_name = format!("{name}.bias");
        let mut bias = match self.checkpoint.contains(&bias_name) {
            true => Some(self.checkpoint.f32(&bias_name, &[outputs])?),
            false => None,
        };
        if let Some(norm) = norm {
            let (scale, shift) = self.normalisation(norm, outputs)?;
            let row = numbers.len() / outputs.max(1);
            for (numbers, scale) in numbers.chunks_mut(row.max(1)).zip(&scale) {
                numbers.iter_mut().for_each(|number| *number *= scale);
            }
            let before = bias.unwrap_or_else(|| vec![0.0; outputs]);
            bias = Some(
                before.iter().zip(&scale).zip(&shift).map(|((bias, scale), shift)| bias * scale + shift).collect(),
            );
        }
        self.weights.float(&weight, &shape, &numbers)?;
        let mut inputs = vec![input.to_owned(), self.graph.weight(self.weights, &weight)];
        if let Some(bias) = bias {
            self.weights.float(&bias_name, &[outputs], &bias)?;
            inputs.push(self.graph.weight(self.weights, &bias_name));
        }
        let inputs: Vec<&str> = inputs.iter().map(String::as_str).collect();
        let dilations = vec![motion.dilation; motion.strides.len()];
        let attributes = [
            Attribute::Ints("strides", motion.strides),
            Attribute::Ints("pads", motion.pads),
            Attribute::Ints("dilations", &dilations),
        ];
        Ok(self.graph.op("Conv", &inputs, &attributes))
    }

    /// Normalisation and rectification of something that no convolution comes directly before.
    fn activated(&mut self, norm: &str, input: &str) -> Result<String, CompileError> {
        let channels = self.checkpoint.length(&format!("{norm}.running_mean"), 0)?;
        let (scale, shift) = self.normalisation(norm, channels)?;
        let (scale_name, shift_name) = (format!("{norm}.scale"), format!("{norm}.shift"));
        self.weights.float(&scale_name, &[channels, 1], &scale)?;
        self.weights.float(&shift_name, &[channels, 1], &shift)?;
        let scale = self.graph.weight(self.weights, &scale_name);
        let shift = self.graph.weight(self.weights, &shift_name);
        let scaled = self.graph.op("Mul", &[input, &scale], &[]);
        let shifted = self.graph.op("Add", &[&scaled, &shift], &[]);
        Ok(self.graph.op("Relu", &[&shifted], &[]))
    }

    /// Factor and summand per channel that a batch normalisation comes to once it is trained.
    fn normalisation(&self, norm: &str, channels: usize) -> Result<(Vec<f32>, Vec<f32>), CheckpointError> {
        let numbers = |part: &str| self.checkpoint.f32(&format!("{norm}.{part}"), &[channels]);
        let (mean, variance) = (numbers("running_mean")?, numbers("running_var")?);
        let affine = self.checkpoint.contains(&format!("{norm}.weight"));
        let weight = if affine { numbers("weight")? } else { vec![1.0; channels] };
        let bias = if affine { numbers("bias")? } else { vec![0.0; channels] };
        let scale: Vec<f32> =
            weight.iter().zip(&variance).map(|(weight, variance)| weight / (variance + NORM_EPSILON).sqrt()).collect();
        let shift = bias.iter().zip(&mean).zip(&scale).map(|((bias, mean), scale)| bias - mean * scale).collect();
        Ok((scale, shift))
    }
}

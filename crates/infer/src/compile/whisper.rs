//! Whisper checkpoints as three graphs that share one weight file.
//!
//! - `encoder`: log-mel windows `[W, mels, 3000]` to encoder states `[W, 1500, d]` and, once per window, the keys and
//!   values of every decoder layer's cross attention, `[W, heads, 1500, d / heads]`.
//! - `decoder`: one or more tokens for N sequences to the log-probabilities of the token after them, `bias` added to
//!   the logits. The N sequences belong to W windows, N / W each, in order, and read their window's keys and values
//!   once, however many they are. `history` says in which rows of the earlier keys and values a sequence's own past
//!   lies, so that beams part and join without a copy.
//! - `align`: a whole text for W windows to the attention of the alignment heads, `[W, heads, tokens, 1500]`.
//!
//! The network is that of Radford et al. 2022 (Robust Speech Recognition via Large-Scale Weak Supervision); names of
//! tensors are those of CTranslate2's converter.

use super::CompileError;
use super::graph::{Attribute, CONTRIB, Element, Graph, Weights};
use super::quantize::{BLOCK, quantize_rows};
use crate::checkpoint::{Checkpoint, CheckpointError, TensorData};
use crate::kernels::{DOMAIN, HEAD};
use serde::{Deserialize, Serialize};
use std::io::{self, Write};
use voiceman_base::Precision;

/// Dimensions of a Whisper network.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WhisperShape {
    /// Bands of the log-mel spectrogram.
    pub mels: usize,
    /// Width of the network.
    pub width: usize,
    /// Attention heads of each layer.
    pub heads: usize,
    /// Layers of the encoder.
    pub encoder_layers: usize,
    /// Layers of the decoder.
    pub decoder_layers: usize,
    /// Tokens of the vocabulary.
    pub vocabulary: usize,
    /// Encoder frames of a window.
    pub frames: usize,
    /// Longest text, prompt included, in tokens.
    pub text_length: usize,
    /// Layer and head of the decoder's cross attention that follow time, sorted.
    pub alignment_heads: Vec<(usize, usize)>,
}

impl WhisperShape {
    /// Width of one head.
    pub fn head_width(&self) -> usize {
        self.width / self.heads
    }

    /// Layers of the decoder up to the last with an alignment head.
    pub(crate) fn aligned_layers(&self) -> usize {
        self.alignment_heads.iter().map(|(layer, _)| layer + 1).max().unwrap_or(0)
    }

    /// Reads the dimensions off the checkpoint.
    ///
    /// # Errors
    /// When tensors are missing or do not fit together.
    pub fn of(checkpoint: &Checkpoint, alignment_heads: Vec<(usize, usize)>) -> Result<WhisperShape, CompileError> {
        let convolution = checkpoint.get("encoder/conv1/weight")?.shape.clone();
        let [width, mels, _] = convolution[..] else {
            return Err(CompileError::NotWhisper("its first layer is no convolution"));
        };
        let count = |side: &str| {
            (0..).take_while(|layer| checkpoint.contains(&format!("{side}/layer_{layer}/ffn/linear_0/weight"))).count()
        };
        let heads = match &checkpoint.get("encoder/num_heads")?.data {
            TensorData::Int16(heads) => heads.first().and_then(|heads| usize::try_from(*heads).ok()),
            TensorData::Int8(heads) => heads.first().and_then(|heads| usize::try_from(*heads).ok()),
            TensorData::Int32(heads) => heads.first().and_then(|heads| usize::try_from(*heads).ok()),
            TensorData::Float32(_) | TensorData::Float16(_) => None,
        };
        let heads = heads.filter(|heads| heads * HEAD == width);
        let rows = |name: &str| checkpoint.get(name).map(|tensor| tensor.shape.first().copied().unwrap_or(0));
        Ok(WhisperShape {
            mels,
            width,
            heads: heads.ok_or(CompileError::NotWhisper("its attention heads are not 64 wide"))?,
            encoder_layers: count("encoder"),
            decoder_layers: count("decoder"),
            vocabulary: rows("decoder/embeddings/weight")?,
            frames: rows("encoder/position_encodings/encodings")?,
            text_length: rows("decoder/position_encodings/encodings")?,
            alignment_heads,
        })
    }
}

/// Builds graphs from one checkpoint into one weight file.
pub(crate) struct WhisperCompiler<'a, W> {
    pub(crate) checkpoint: &'a Checkpoint,
    pub(crate) shape: &'a WhisperShape,
    pub(crate) precision: Precision,
    pub(crate) weights: &'a mut Weights<W>,
}

const EPSILON: f32 = 1e-5;
/// Numbers of the element types in ONNX.
const FLOAT32: i64 = 1;
const FLOAT16: i64 = 10;

impl<W: Write> WhisperCompiler<'_, W> {
    /// The graph `encoder`.
    pub(crate) fn encoder(&mut self) -> Result<Vec<u8>, CompileError> {
        let shape = self.shape.clone();
        let graph = &mut Graph::new("encoder");
        let (mels, frames) = (shape.mels.to_string(), (2 * shape.frames).to_string());
        let mel = graph.input("mel", Element::Float, &["windows", &mels, &frames]);
        let states = self.encoder_states(graph, &mel)?;
        let (frames, width) = (shape.frames.to_string(), shape.width.to_string());
        graph.output(&states, "states", Element::Float, &["windows", &frames, &width]);
        for layer in 0..shape.decoder_layers {
            let name = format!("decoder/layer_{layer}/attention/linear_1");
            let both = self.linear(graph, &states, &name, shape.width, 2 * shape.width)?;
            let halves =
                graph.ops("Split", "", &[&both], 2, &[Attribute::Int("axis", -1), Attribute::Int("num_outputs", 2)]);
            for ((half, kind), order) in halves.iter().zip(["key", "value"]).zip([[0, 2, 3, 1], [0, 2, 1, 3]]) {
                let by_head = self.split_heads(graph, half, &order);
                let halved = graph.op("Cast", &[&by_head], &[Attribute::Int("to", FLOAT16)]);
                graph.output(&halved, &cross_name(kind, layer), Element::Half, &cross_shape(kind, &shape));
            }
        }
        Ok(std::mem::replace(graph, Graph::new("")).encode())
    }

    /// The encoder's states `[W, 1500, d]` for `mel`, `[W, mels, 3000]` in 32-bit floats.
    pub(super) fn encoder_states(&mut self, graph: &mut Graph, mel: &str) -> Result<String, CompileError> {
        let shape = self.shape.clone();
        let mel = self.as_computed(graph, mel);
        let first = self.convolution(graph, &mel, "encoder/conv1", shape.mels, 1)?;
        let second = self.convolution(graph, &first, "encoder/conv2", shape.width, 2)?;
        let rows = graph.op("Transpose", &[&second], &[Attribute::Ints("perm", &[0, 2, 1])]);
        let positions = self.plain(graph, "encoder/position_encodings/encodings", &[shape.frames, shape.width])?;
        let mut state = graph.op("Add", &[&rows, &positions], &[]);
        for layer in 0..shape.encoder_layers {
            let prefix = format!("encoder/layer_{layer}");
            let attention = format!("{prefix}/self_attention");
            let normed = self.layer_norm(graph, &state, &format!("{attention}/layer_norm"))?;
            let [query, key, value] = self.query_key_value(graph, &normed, &attention)?;
            let heads = [Attribute::Int("num_heads", shape.heads as i64)];
            let context = graph.ops("MultiHeadAttention", CONTRIB, &[&query, &key, &value], 1, &heads).remove(0);
            let projected = self.linear(graph, &context, &format!("{attention}/linear_1"), shape.width, shape.width)?;
            state = graph.op("Add", &[&state, &projected], &[]);
            state = self.feed_forward(graph, &state, &format!("{prefix}/ffn"))?;
        }
        self.layer_norm(graph, &state, "encoder/layer_norm")
    }

    /// The graph `decoder`.
    pub(crate) fn decoder(&mut self) -> Result<Vec<u8>, CompileError> {
        let shape = self.shape.clone();
        let graph = &mut Graph::new("decoder");
        let tokens = graph.input("tokens", Element::Integer, &["sequences", "tokens"]);
        let history = graph.input("history", Element::Integer, &["sequences", "past"]);
        let vocabulary = shape.vocabulary.to_string();
        let bias = graph.input("bias", Element::Float, &[&vocabulary]);
        let cross = cross_inputs(graph, &shape, shape.decoder_layers);
        let width = shape.width.to_string();
        let past: Vec<[String; 2]> = (0..shape.decoder_layers)
            .map(|layer| {
                ["key", "value"].map(|kind| graph.input(&past_name(kind, layer), Element::Float, &["rows", &width]))
            })
            .collect();
        let length = graph.op("Shape", &[&history], &[Attribute::Int("start", 1), Attribute::Int("end", 2)]);
        let mut state = self.embed(graph, &tokens, Some(&length))?;
        for (layer, (past, cross)) in past.iter().zip(&cross).enumerate() {
            let prefix = format!("decoder/layer_{layer}");
            let attention = format!("{prefix}/self_attention");
            let normed = self.layer_norm(graph, &state, &format!("{attention}/layer_norm"))?;
            let [query, key, value] = self.query_key_value(graph, &normed, &attention)?;
            let inputs = [query.as_str(), &key, &value, &past[0], &past[1], &history];
            let context = graph.ops("HistoryAttention", DOMAIN, &inputs, 1, &[]).remove(0);
            for (new, kind) in [key, value].iter().zip(["key", "value"]) {
                graph.output(new, &new_name(kind, layer), Element::Float, &["sequences", "tokens", &width]);
            }
            let projected = self.linear(graph, &context, &format!("{attention}/linear_1"), shape.width, shape.width)?;
            state = graph.op("Add", &[&state, &projected], &[]);
            state = self.cross_attention(graph, &state, &prefix, cross)?;
            state = self.feed_forward(graph, &state, &format!("{prefix}/ffn"))?;
        }
        let last = graph.integer(-1);
        let state = graph.op("Gather", &[&state, &last], &[Attribute::Int("axis", 1)]);
        let state = self.layer_norm(graph, &state, "decoder/layer_norm")?;
        let logits = self.linear(graph, &state, "decoder/projection", shape.width, shape.vocabulary)?;
        let biased = graph.op("Add", &[&logits, &bias], &[]);
        let logprobs = graph.op("LogSoftmax", &[&biased], &[Attribute::Int("axis", -1)]);
        graph.output(&logprobs, "logprobs", Element::Float, &["sequences", &vocabulary]);
        Ok(std::mem::replace(graph, Graph::new("")).encode())
    }

    /// The graph `align`; stops at the last layer with an alignment head.
    pub(crate) fn align(&mut self) -> Result<Vec<u8>, CompileError> {
        let shape = self.shape.clone();
        let layers = shape.aligned_layers();
        let graph = &mut Graph::new("align");
        let tokens = graph.input("tokens", Element::Integer, &["windows", "tokens"]);
        let cross = cross_inputs(graph, &shape, layers);
        let mut state = self.embed(graph, &tokens, None)?;
        let mut followed = Vec::new();
        for (layer, cross) in cross.iter().enumerate() {
            let prefix = format!("decoder/layer_{layer}");
            let attention = format!("{prefix}/self_attention");
            let normed = self.layer_norm(graph, &state, &format!("{attention}/layer_norm"))?;
            let [query, key, value] = self.query_key_value(graph, &normed, &attention)?;
            let attributes = [Attribute::Int("num_heads", shape.heads as i64), Attribute::Int("unidirectional", 1)];
            let context = graph.ops("MultiHeadAttention", CONTRIB, &[&query, &key, &value], 1, &attributes).remove(0);
            let projected = self.linear(graph, &context, &format!("{attention}/linear_1"), shape.width, shape.width)?;
            state = graph.op("Add", &[&state, &projected], &[]);
            let heads: Vec<i64> =
                shape.alignment_heads.iter().filter(|(of, _)| *of == layer).map(|(_, head)| *head as i64).collect();
            if !heads.is_empty() {
                followed.push(self.attention_of_heads(graph, &state, &prefix, (&cross[0], Element::Half), &heads)?);
            }
            if layer + 1 < layers {
                state = self.cross_attention(graph, &state, &prefix, cross)?;
                state = self.feed_forward(graph, &state, &format!("{prefix}/ffn"))?;
            }
        }
        let borrowed: Vec<&str> = followed.iter().map(String::as_str).collect();
        let attention = graph.op("Concat", &borrowed, &[Attribute::Int("axis", 1)]);
        let (heads, frames) = (shape.alignment_heads.len().to_string(), shape.frames.to_string());
        graph.output(&attention, "attention", Element::Float, &["windows", &heads, "tokens", &frames]);
        Ok(std::mem::replace(graph, Graph::new("")).encode())
    }

    /// Attention of `heads` over the encoder frames, `[W, heads, tokens, frames]`, in 32-bit floats, for
    /// keys `[W, heads, 64, frames]`.
    pub(super) fn attention_of_heads(
        &mut self,
        graph: &mut Graph,
        state: &str,
        prefix: &str,
        (cross_key, element): (&str, Element),
        heads: &[i64],
    ) -> Result<String, CompileError> {
        let width = self.shape.width;
        let attention = format!("{prefix}/attention");
        let normed = self.layer_norm(graph, state, &format!("{attention}/layer_norm"))?;
        let query = self.linear(graph, &normed, &format!("{attention}/linear_0"), width, width)?;
        let query = self.split_heads(graph, &query, &[0, 2, 1, 3]);
        let query = self.as_single(graph, &query);
        let heads = graph.integers(heads);
        let query = graph.op("Gather", &[&query, &heads], &[Attribute::Int("axis", 1)]);
        let mut key = graph.op("Gather", &[cross_key, &heads], &[Attribute::Int("axis", 1)]);
        if element == Element::Half {
            key = graph.op("Cast", &[&key], &[Attribute::Int("to", FLOAT32)]);
        }
        let scale = graph.scalar("attention_scale", 1.0 / (self.shape.head_width() as f32).sqrt());
        let product = graph.op("MatMul", &[&query, &key], &[]);
        let scaled = graph.op("Mul", &[&product, &scale], &[]);
        Ok(graph.op("Softmax", &[&scaled], &[Attribute::Int("axis", -1)]))
    }

    fn cross_attention(
        &mut self,
        graph: &mut Graph,
        state: &str,
        prefix: &str,
        cross: &[String; 2],
    ) -> Result<String, CompileError> {
        let width = self.shape.width;
        let attention = format!("{prefix}/attention");
        let normed = self.layer_norm(graph, state, &format!("{attention}/layer_norm"))?;
        let query = self.linear(graph, &normed, &format!("{attention}/linear_0"), width, width)?;
        let inputs = [query.as_str(), &cross[0], &cross[1]];
        let context = graph.ops("CrossAttention", DOMAIN, &inputs, 1, &[]).remove(0);
        let projected = self.linear(graph, &context, &format!("{attention}/linear_2"), width, width)?;
        Ok(graph.op("Add", &[state, &projected], &[]))
    }

    /// `[W, rows, d]` to `[W, rows, heads, d / heads]`, its axes then put in `order`.
    pub(super) fn split_heads(&mut self, graph: &mut Graph, value: &str, order: &[i64; 4]) -> String {
        let shape = graph.integers(&[0, 0, self.shape.heads as i64, self.shape.head_width() as i64]);
        let split = graph.op("Reshape", &[value, &shape], &[]);
        graph.op("Transpose", &[&split], &[Attribute::Ints("perm", order)])
    }

    fn embed(&mut self, graph: &mut Graph, tokens: &str, past: Option<&str>) -> Result<String, CompileError> {
        let width = self.shape.width;
        let embedded = self.embed_tokens(graph, tokens)?;
        let positions = self.plain(graph, "decoder/position_encodings/encodings", &[self.shape.text_length, width])?;
        let count = graph.op("Shape", &[tokens], &[Attribute::Int("start", 1), Attribute::Int("end", 2)]);
        let axis = graph.integers(&[0]);
        let (start, end) = match past {
            Some(past) => (past.to_owned(), graph.op("Add", &[past, &count], &[])),
            None => (axis.clone(), count),
        };
        let positions = graph.op("Slice", &[&positions, &start, &end, &axis], &[]);
        Ok(graph.op("Add", &[&embedded, &positions], &[]))
    }

    /// Rows of the embedding for `tokens`.
    fn embed_tokens(&mut self, graph: &mut Graph, tokens: &str) -> Result<String, CompileError> {
        let (vocabulary, width) = (self.shape.vocabulary, self.shape.width);
        // 16 bit as most checkpoints store it: half the memory, and exact for those.
        let table = "decoder/embeddings/weight/half";
        if !self.weights.contains(table) {
            let tensor = self.checkpoint.get("decoder/embeddings/weight")?;
            match &tensor.data {
                TensorData::Float16(numbers) => self.weights.half(table, &[vocabulary, width], numbers)?,
                _ => {
                    let numbers = self.checkpoint.f32("decoder/embeddings/weight", &[vocabulary, width])?;
                    let numbers: Vec<half::f16> = numbers.into_iter().map(half::f16::from_f32).collect();
                    self.weights.half(table, &[vocabulary, width], &numbers)?;
                }
            }
        }
        let table = graph.weight(self.weights, table);
        let embedded = graph.op("Gather", &[&table, tokens], &[Attribute::Int("axis", 0)]);
        Ok(match self.precision {
            Precision::Float16 => embedded,
            _ => graph.op("Cast", &[&embedded], &[Attribute::Int("to", FLOAT32)]),
        })
    }

    /// The embedding of `tokens` at the positions in `position`, one for each token or one for all.
    pub(super) fn embed_at(&mut self, graph: &mut Graph, tokens: &str, position: &str) -> Result<String, CompileError> {
        let embedded = self.embed_tokens(graph, tokens)?;
        let shape = [self.shape.text_length, self.shape.width];
        let positions = self.plain(graph, "decoder/position_encodings/encodings", &shape)?;
        let positions = graph.op("Gather", &[&positions, position], &[Attribute::Int("axis", 0)]);
        Ok(graph.op("Add", &[&embedded, &positions], &[]))
    }

    /// A value in 32-bit floats, in the precision that the network computes in.
    fn as_computed(&self, graph: &mut Graph, value: &str) -> String {
        match self.precision {
            Precision::Float16 => graph.op("Cast", &[value], &[Attribute::Int("to", FLOAT16)]),
            _ => value.to_owned(),
        }
    }

    /// A value in the precision that the network computes in, in 32-bit floats.
    pub(super) fn as_single(&self, graph: &mut Graph, value: &str) -> String {
        match self.precision {
            Precision::Float16 => graph.op("Cast", &[value], &[Attribute::Int("to", FLOAT32)]),
            _ => value.to_owned(),
        }
    }

    pub(super) fn query_key_value(
        &mut self,
        graph: &mut Graph,
        value: &str,
        attention: &str,
    ) -> Result<[String; 3], CompileError> {
        let width = self.shape.width;
        let all = self.linear(graph, value, &format!("{attention}/linear_0"), width, 3 * width)?;
        let parts = graph.ops("Split", "", &[&all], 3, &[Attribute::Int("axis", -1), Attribute::Int("num_outputs", 3)]);
        <[String; 3]>::try_from(parts)
            .map_err(|_| CompileError::NotWhisper("its attention has no query, key and value"))
    }

    pub(super) fn feed_forward(
        &mut self,
        graph: &mut Graph,
        state: &str,
        prefix: &str,
    ) -> Result<String, CompileError> {
        let width = self.shape.width;
        let inner = self.checkpoint.get(&format!("{prefix}/linear_0/weight"))?.shape.first().copied().unwrap_or(0);
        let normed = self.layer_norm(graph, state, &format!("{prefix}/layer_norm"))?;
        let hidden = self.linear(graph, &normed, &format!("{prefix}/linear_0"), width, inner)?;
        let hidden = graph.op("Gelu", &[&hidden], &[]);
        let projected = self.linear(graph, &hidden, &format!("{prefix}/linear_1"), inner, width)?;
        Ok(graph.op("Add", &[state, &projected], &[]))
    }

    pub(super) fn layer_norm(&mut self, graph: &mut Graph, value: &str, name: &str) -> Result<String, CompileError> {
        let gamma = self.plain(graph, &format!("{name}/gamma"), &[self.shape.width])?;
        let beta = self.plain(graph, &format!("{name}/beta"), &[self.shape.width])?;
        Ok(graph.op("LayerNormalization", &[value, &gamma, &beta], &[Attribute::Float("epsilon", EPSILON)]))
    }

    fn convolution(
        &mut self,
        graph: &mut Graph,
        value: &str,
        name: &str,
        channels: usize,
        stride: i64,
    ) -> Result<String, CompileError> {
        let width = self.shape.width;
        let kernel = self.plain(graph, &format!("{name}/weight"), &[width, channels, 3])?;
        let bias = self.plain(graph, &format!("{name}/bias"), &[width])?;
        let attributes = [Attribute::Ints("pads", &[1, 1]), Attribute::Ints("strides", &[stride])];
        let convolved = graph.op("Conv", &[value, &kernel, &bias], &attributes);
        Ok(graph.op("Gelu", &[&convolved], &[]))
    }

    /// `value` times the weight `[rows, columns]` of layer `name`, transposed, plus its bias if it has one.
    pub(super) fn linear(
        &mut self,
        graph: &mut Graph,
        value: &str,
        name: &str,
        columns: usize,
        rows: usize,
    ) -> Result<String, CompileError> {
        let bias = format!("{name}/bias");
        let bias = if self.checkpoint.contains(&bias) { Some(self.plain(graph, &bias, &[rows])?) } else { None };
        match self.precision {
            Precision::Exact => Err(CompileError::NotWhisper("`exact` is a precision of tables, not of networks")),
            Precision::Float16 | Precision::Float32 => {
                let transposed = format!("{name}/weight/transposed");
                if !self.weights.contains(&transposed) {
                    let numbers = self.checkpoint.f32(&format!("{name}/weight"), &[rows, columns])?;
                    self.add(&transposed, &[columns, rows], &transpose(&numbers, columns))?;
                }
                let weight = graph.weight(self.weights, &transposed);
                let product = graph.op("MatMul", &[value, &weight], &[]);
                Ok(bias.map_or_else(|| product.clone(), |bias| graph.op("Add", &[&product, &bias], &[])))
            }
            Precision::Weights8 => {
                let (packed, scales) = (format!("{name}/weight/packed"), format!("{name}/weight/scales"));
                let blocks = columns.div_ceil(BLOCK);
                if !self.weights.contains(&packed) {
                    let numbers = self.checkpoint.f32(&format!("{name}/weight"), &[rows, columns])?;
                    let quantized = quantize_rows(&numbers, columns);
                    self.weights.bytes(&packed, &[rows, blocks, BLOCK], &quantized.bytes)?;
                    self.weights.float(&scales, &[rows, blocks], &quantized.scales)?;
                }
                let packed = graph.weight(self.weights, &packed);
                let scales = graph.weight(self.weights, &scales);
                let attributes = [
                    Attribute::Int("K", columns as i64),
                    Attribute::Int("N", rows as i64),
                    Attribute::Int("bits", 8),
                    Attribute::Int("block_size", BLOCK as i64),
                    Attribute::Int("accuracy_level", 4),
                ];
                let mut inputs = vec![value, &packed, &scales];
                if let Some(bias) = &bias {
                    inputs.extend(["", "", bias.as_str()]);
                }
                Ok(graph.ops("MatMulNBits", CONTRIB, &inputs, 1, &attributes).remove(0))
            }
        }
    }

    /// A weight as the checkpoint has it, in the precision that the network computes in.
    fn plain(&mut self, graph: &mut Graph, name: &str, shape: &[usize]) -> Result<String, CompileError> {
        if !self.weights.contains(name) {
            let numbers = self.checkpoint.f32(name, shape)?;
            self.add(name, shape, &numbers)?;
        }
        Ok(graph.weight(self.weights, name))
    }

    /// Adds a weight in the precision that the network computes in.
    fn add(&mut self, name: &str, shape: &[usize], numbers: &[f32]) -> io::Result<()> {
        match self.precision {
            Precision::Float16 => {
                let rounded: Vec<half::f16> = numbers.iter().map(|number| half::f16::from_f32(*number)).collect();
                self.weights.half(name, shape, &rounded)
            }
            _ => self.weights.float(name, shape, numbers),
        }
    }
}

/// Name of the encoder's output and the decoder's input for a layer's cross attention; `kind` is `key` or `value`.
pub(crate) fn cross_name(kind: &str, layer: usize) -> String {
    format!("cross_{kind}_{layer}")
}

/// Name of the decoder's input that holds a layer's keys or values of all earlier tokens.
pub(crate) fn past_name(kind: &str, layer: usize) -> String {
    format!("past_{kind}_{layer}")
}

/// Name of the decoder's output that holds a layer's keys or values of this step's tokens.
pub(crate) fn new_name(kind: &str, layer: usize) -> String {
    format!("new_{kind}_{layer}")
}

/// Shape of a layer's cross keys `[W, heads, 64, frames]` or values `[W, heads, frames, 64]`.
fn cross_shape(kind: &str, shape: &WhisperShape) -> [String; 4] {
    let (heads, frames, head_width) =
        (shape.heads.to_string(), shape.frames.to_string(), shape.head_width().to_string());
    let windows = "windows".to_owned();
    if kind == "key" { [windows, heads, head_width, frames] } else { [windows, heads, frames, head_width] }
}

fn cross_inputs(graph: &mut Graph, shape: &WhisperShape, layers: usize) -> Vec<[String; 2]> {
    let input = |graph: &mut Graph, kind: &str, layer| {
        graph.input(&cross_name(kind, layer), Element::Half, &cross_shape(kind, shape))
    };
    (0..layers).map(|layer| ["key", "value"].map(|kind| input(graph, kind, layer))).collect()
}

fn transpose(numbers: &[f32], columns: usize) -> Vec<f32> {
    let rows = numbers.len() / columns.max(1);
    let mut transposed = Vec::with_capacity(numbers.len());
    for column in 0..columns {
        transposed.extend((0..rows).map(|row| numbers[row * columns + column]));
    }
    transposed
}

impl From<CheckpointError> for CompileError {
    fn from(error: CheckpointError) -> CompileError {
        CompileError::Checkpoint(error)
    }
}

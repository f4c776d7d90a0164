//! The graphs of [`super::whisper`] for accelerators: only operators that ONNX Runtime has on them, and nothing that
//! would be computed on the processor in between.
//!
//! - `encoder`: log-mel windows `[W, mels, 3000]` to encoder states, and to the keys and values of every decoder layer's
//!   cross attention, `[1500, d]` a window, written into buffers `[capacity, 1500, d]` at the places in `slots`.
//! - `decoder`: one token for each of the sequences `[W, sequences]` to the log-probabilities of the token after it, and
//!   to its `count` best. Its keys and values are written into buffers `[rows, d]` at the places in `rows`; `history`
//!   says in which rows a sequence's own past lies, the new row last, so that beams part and join without a copy. The
//!   sequences of a window are rows of one attention over the window's keys and values, which are read once for all.
//! - `align`: whole texts for W windows to the attention of the alignment heads.
//! - `windows` and `rows`: take some windows, or some rows, of buffers into other buffers.
//!
//! Buffers are inputs and outputs at once: bound to the same memory, nothing is copied. Shapes that a graph would have
//! to compute are inputs, because that would happen on the processor. Keys are `[.., rows, d]` as they come out of the
//! layer, which is how the attention kernels of CUDA read them; see `docs/decisions/0014-accelerators.md`.

use super::CompileError;
use super::graph::{Attribute, CONTRIB, Element, Graph};
use super::whisper::{WhisperCompiler, WhisperShape, cross_name, past_name};
use std::io::Write;
use voiceman_base::Precision;

/// Name of the buffer that comes in; it goes out under the name of what it holds.
pub(crate) fn held_name(name: &str) -> String {
    format!("held_{name}")
}

/// Names of all buffers of one kind, keys and values of every layer in turn.
pub(crate) fn buffer_names(layers: usize, of: fn(&str, usize) -> String) -> Vec<String> {
    (0..layers).flat_map(|layer| ["key", "value"].map(|kind| of(kind, layer))).collect()
}

impl<W: Write> WhisperCompiler<'_, W> {
    /// Element type of activations, keys and values.
    fn element(&self) -> Element {
        if self.precision == Precision::Float16 { Element::Half } else { Element::Float }
    }

    /// The graph `encoder`.
    pub(crate) fn accelerated_encoder(&mut self) -> Result<Vec<u8>, CompileError> {
        let shape = self.shape.clone();
        let element = self.element();
        let mut graph = Graph::new("encoder");
        let (mels, columns) = (shape.mels.to_string(), (2 * shape.frames).to_string());
        let mel = graph.input("mel", Element::Float, &["windows", &mels, &columns]);
        let slots = graph.input("slots", Element::Integer, &["windows", "1"]);
        let state = self.encoder_states(&mut graph, &mel)?;
        let (frames, width) = (shape.frames.to_string(), shape.width.to_string());
        let single = self.as_single(&mut graph, &state);
        graph.output(&single, "states", Element::Float, &["windows", &frames, &width]);
        for layer in 0..shape.decoder_layers {
            let name = format!("decoder/layer_{layer}/attention/linear_1");
            let both = self.linear(&mut graph, &state, &name, shape.width, 2 * shape.width)?;
            let halves =
                graph.ops("Split", "", &[&both], 2, &[Attribute::Int("axis", -1), Attribute::Int("num_outputs", 2)]);
            for (half, kind) in halves.iter().zip(["key", "value"]) {
                put(&mut graph, &cross_name(kind, layer), element, &["capacity", &frames, &width], &slots, half);
            }
        }
        Ok(graph.encode())
    }

    /// The graph `decoder`.
    pub(crate) fn accelerated_decoder(&mut self) -> Result<Vec<u8>, CompileError> {
        let shape = self.shape.clone();
        let element = self.element();
        let mut graph = Graph::new("decoder");
        let tokens = graph.input("tokens", Element::Integer, &["windows", "beams"]);
        let position = graph.input("position", Element::Integer, &["1"]);
        let grouping = graph.input("grouping", Element::Integer, &["3"]);
        let rows = graph.input("rows", Element::Integer, &["sequences", "1"]);
        let history = graph.input("history", Element::Integer, &["sequences", "length"]);
        let count = graph.input("count", Element::Integer, &["1"]);
        let (vocabulary, width) = (shape.vocabulary.to_string(), shape.width.to_string());
        let bias = graph.input("bias", Element::Float, &[&vocabulary]);
        let cross = cross_inputs(&mut graph, element, &shape, shape.decoder_layers);
        let (flat, single) = (graph.integers(&[-1, shape.width as i64]), graph.integers(&[-1, 1, shape.width as i64]));
        let mut state = self.embed_at(&mut graph, &tokens, &position)?;
        for (layer, cross) in cross.iter().enumerate() {
            let prefix = format!("decoder/layer_{layer}");
            let attention = format!("{prefix}/self_attention");
            let normed = self.layer_norm(&mut graph, &state, &format!("{attention}/layer_norm"))?;
            let [query, key, value] = self.query_key_value(&mut graph, &normed, &attention)?;
            let [seen_keys, seen_values] = [(key, "key"), (value, "value")].map(|(new, kind)| {
                let new = graph.op("Reshape", &[&new, &flat], &[]);
                let kept = put(&mut graph, &past_name(kind, layer), element, &["capacity", &width], &rows, &new);
                graph.op("Gather", &[&kept, &history], &[Attribute::Int("axis", 0)])
            });
            let query = graph.op("Reshape", &[&query, &single], &[]);
            let context = self.attend(&mut graph, [&query, &seen_keys, &seen_values], false);
            let context = graph.op("Reshape", &[&context, &grouping], &[]);
            let name = format!("{attention}/linear_1");
            let projected = self.linear(&mut graph, &context, &name, shape.width, shape.width)?;
            state = graph.op("Add", &[&state, &projected], &[]);
            state = self.attend_across(&mut graph, &state, &prefix, cross)?;
            state = self.feed_forward(&mut graph, &state, &format!("{prefix}/ffn"))?;
        }
        let state = self.layer_norm(&mut graph, &state, "decoder/layer_norm")?;
        let logits = self.linear(&mut graph, &state, "decoder/projection", shape.width, shape.vocabulary)?;
        let logits = self.as_single(&mut graph, &logits);
        let biased = graph.op("Add", &[&logits, &bias], &[]);
        let logprobs = graph.op("LogSoftmax", &[&biased], &[Attribute::Int("axis", -1)]);
        let by_sequence = graph.integers(&[-1, shape.vocabulary as i64]);
        let logprobs = graph.op("Reshape", &[&logprobs, &by_sequence], &[]);
        graph.output(&logprobs, "logprobs", Element::Float, &["sequences", &vocabulary]);
        let best = graph.ops("TopK", "", &[&logprobs, &count], 2, &[Attribute::Int("axis", -1)]);
        graph.output(&best[0], "best_logprobs", Element::Float, &["sequences", "count"]);
        graph.output(&best[1], "best_tokens", Element::Integer, &["sequences", "count"]);
        Ok(graph.encode())
    }

    /// The graph `align`; stops at the last layer with an alignment head.
    pub(crate) fn accelerated_align(&mut self) -> Result<Vec<u8>, CompileError> {
        let shape = self.shape.clone();
        let layers = shape.aligned_layers();
        let mut graph = Graph::new("align");
        let tokens = graph.input("tokens", Element::Integer, &["windows", "tokens"]);
        let position = graph.input("position", Element::Integer, &["tokens"]);
        let cross = cross_inputs(&mut graph, self.element(), &shape, layers);
        let mut state = self.embed_at(&mut graph, &tokens, &position)?;
        let mut followed = Vec::new();
        for (layer, cross) in cross.iter().enumerate() {
            let prefix = format!("decoder/layer_{layer}");
            let attention = format!("{prefix}/self_attention");
            let normed = self.layer_norm(&mut graph, &state, &format!("{attention}/layer_norm"))?;
            let [query, key, value] = self.query_key_value(&mut graph, &normed, &attention)?;
            let context = self.attend(&mut graph, [&query, &key, &value], true);
            let name = format!("{attention}/linear_1");
            let projected = self.linear(&mut graph, &context, &name, shape.width, shape.width)?;
            state = graph.op("Add", &[&state, &projected], &[]);
            let heads: Vec<i64> =
                shape.alignment_heads.iter().filter(|(of, _)| *of == layer).map(|(_, head)| *head as i64).collect();
            if !heads.is_empty() {
                let key = self.split_heads(&mut graph, &cross[0], &[0, 2, 3, 1]);
                let key = (key.as_str(), self.element());
                followed.push(self.attention_of_heads(&mut graph, &state, &prefix, key, &heads)?);
            }
            if layer + 1 < layers {
                state = self.attend_across(&mut graph, &state, &prefix, cross)?;
                state = self.feed_forward(&mut graph, &state, &format!("{prefix}/ffn"))?;
            }
        }
        let borrowed: Vec<&str> = followed.iter().map(String::as_str).collect();
        let attention = graph.op("Concat", &borrowed, &[Attribute::Int("axis", 1)]);
        let (heads, frames) = (shape.alignment_heads.len().to_string(), shape.frames.to_string());
        graph.output(&attention, "attention", Element::Float, &["windows", &heads, "tokens", &frames]);
        Ok(graph.encode())
    }

    /// The graph `windows`: `to[into] = from[taken]` for the keys and values of cross attention.
    pub(crate) fn take_windows(&self) -> Vec<u8> {
        let (frames, width) = (self.shape.frames.to_string(), self.shape.width.to_string());
        self.take("windows", cross_name, &[&frames, &width])
    }

    /// The graph `rows`: the same for the keys and values of texts.
    pub(crate) fn take_rows(&self) -> Vec<u8> {
        self.take("rows", past_name, &[&self.shape.width.to_string()])
    }

    fn take(&self, name: &str, of: fn(&str, usize) -> String, item: &[&str]) -> Vec<u8> {
        let mut graph = Graph::new(name);
        let taken = graph.input("taken", Element::Integer, &["count"]);
        let into = graph.input("into", Element::Integer, &["count", "1"]);
        for buffer in buffer_names(self.shape.decoder_layers, of) {
            let from = graph.input(&format!("from_{buffer}"), self.element(), &[&["present"], item].concat());
            let items = graph.op("Gather", &[&from, &taken], &[Attribute::Int("axis", 0)]);
            put(&mut graph, &buffer, self.element(), &[&["capacity"], item].concat(), &into, &items);
        }
        graph.encode()
    }

    /// Attention of every row of the queries to the keys beside it; all `[batch, rows, d]`.
    fn attend(&self, graph: &mut Graph, [query, key, value]: [&str; 3], looks_back_only: bool) -> String {
        let attributes = [
            Attribute::Int("num_heads", self.shape.heads as i64),
            Attribute::Int("unidirectional", i64::from(looks_back_only)),
        ];
        graph.ops("MultiHeadAttention", CONTRIB, &[query, key, value], 1, &attributes).remove(0)
    }

    fn attend_across(
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
        let context = self.attend(graph, [&query, &cross[0], &cross[1]], false);
        let projected = self.linear(graph, &context, &format!("{attention}/linear_2"), width, width)?;
        Ok(graph.op("Add", &[state, &projected], &[]))
    }
}

/// Writes `items` into the buffer `name` at `places`; gives the buffer.
fn put(graph: &mut Graph, name: &str, element: Element, shape: &[&str], places: &str, items: &str) -> String {
    let held = graph.input(&held_name(name), element, shape);
    graph.op_into("ScatterND", &[&held, places, items], &[], (name, element, shape))
}

fn cross_inputs(graph: &mut Graph, element: Element, shape: &WhisperShape, layers: usize) -> Vec<[String; 2]> {
    let (frames, width) = (shape.frames.to_string(), shape.width.to_string());
    (0..layers)
        .map(|layer| {
            ["key", "value"].map(|kind| graph.input(&cross_name(kind, layer), element, &["windows", &frames, &width]))
        })
        .collect()
}

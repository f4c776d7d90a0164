//! The encoder of wav2vec 2.0, HuBERT and WavLM.
//!
//! Baevski et al. 2020 (wav2vec 2.0), Hsu et al. 2021 (HuBERT), Chen et al. 2022 (WavLM, with the gated relative position
//! bias of its section III-B); names of tensors and all details are those of `modeling_wav2vec2.py`, `modeling_hubert.py` and
//! `modeling_wavlm.py` of transformers 4.57.
//!
//! A stretch that is padded at its end gives what it gives alone: what is computed over time (the norm of the first
//! convolution, attention, the mean behind the encoder) heeds only the frames that lie within it, and the convolution of
//! positions finds zeros behind them, as at the end of a sound. Frames of a convolution without padding see no sample
//! behind the stretch as long as they begin early enough, which [`super::SpeechShape::frames`] counts.

use super::config::{EncoderConfig, FeatureNorm, Kind, LAYER_NORM_EPSILON};
use super::layers::Layers;
use crate::compile::CompileError;
use crate::compile::graph::{Attribute, Element};

/// Subtracted from the scores of frames behind a stretch: enough that nothing of them is left, and a 16-bit float.
const BEHIND: f32 = -10_000.0;
/// Outputs of the gate that are added up to one number (`gru_rel_pos_linear` in WavLM).
const GATE_PARTS: usize = 4;

/// The inputs of the graph beside the sound.
pub(super) struct Masks {
    /// 1 within the stretch, 0 behind it, `[n, frames, 1]`.
    pub(super) rows: String,
    /// What is added to scores, `[n, 1, 1, frames]`, in the precision that the network computes in.
    scores: String,
    /// As `rows` for the frames of the first convolution, `[n, 1, first_frames]`, where the norm there needs it.
    first: Option<String>,
    /// Number of the position bias between any two frames, `[frames, frames]`, in WavLM.
    positions: Option<String>,
}

/// Takes the encoder's tensors, whose names begin with `prefix`.
pub(super) struct Encoder<'a, 'b> {
    pub(super) layers: &'b mut Layers<'a>,
    pub(super) config: &'b EncoderConfig,
    pub(super) prefix: &'b str,
}

impl Encoder<'_, '_> {
    fn name(&self, of: &str) -> String {
        format!("{}{of}", self.prefix)
    }

    /// Declares the inputs that say where a stretch ends.
    pub(super) fn masks(&mut self) -> Result<Masks, CompileError> {
        let layers = &mut *self.layers;
        let frames = layers.input("frames", &["n", "frames"]);
        let (last, one, two) =
            (layers.graph().integers(&[2]), layers.graph().integers(&[1]), layers.graph().integers(&[1, 2]));
        let rows = layers.op("Unsqueeze", &[&frames, &last], &[]);
        let (nothing, behind) = (layers.graph().scalar("nothing", 1.0), layers.graph().scalar("behind", -BEHIND));
        let missing = layers.op("Sub", &[&frames, &nothing], &[]);
        let scores = layers.op("Mul", &[&missing, &behind], &[]);
        let scores = layers.op("Unsqueeze", &[&scores, &two], &[]);
        let scores = layers.as_computed(&scores);
        let first = match self.config.feat_extract_norm {
            FeatureNorm::Group => {
                let first = layers.input("first", &["n", "first_frames"]);
                Some(layers.op("Unsqueeze", &[&first, &one], &[]))
            }
            FeatureNorm::Layer => None,
        };
        let positions = (self.config.model_type == Kind::Wavlm)
            .then(|| layers.graph().input("positions", Element::Integer, &["frames", "frames"]));
        Ok(Masks { rows, scores, first, positions })
    }

    /// `sound` `[n, samples]` -> states `[n, frames, width]` before the first layer and after each.
    pub(super) fn states(&mut self, sound: &str, masks: &Masks) -> Result<Vec<String>, CompileError> {
        let features = self.features(sound, masks)?;
        let mut state = self.positioned(&features, masks)?;
        let bias = self.position_bias(masks)?;
        let (final_norm, epsilon) = (self.name("encoder.layer_norm"), self.config.layer_norm_eps);
        if !self.config.do_stable_layer_norm {
            state = self.layers.layer_norm(&state, &final_norm, epsilon)?;
        }
        let count = (0..).take_while(|layer| {
            self.layers.contains(&self.name(&format!("encoder.layers.{layer}.attention.q_proj.weight")))
        });
        let mut states = Vec::new();
        for layer in 0..count.count() {
            states.push(state.clone());
            state = self.layer(&state, layer, masks, bias.as_deref())?;
        }
        if self.config.do_stable_layer_norm {
            state = self.layers.layer_norm(&state, &final_norm, epsilon)?;
        }
        states.push(state);
        Ok(states)
    }

    /// The feature extractor: `[n, samples]` -> `[n, channels, frames]`.
    fn features(&mut self, sound: &str, masks: &Masks) -> Result<String, CompileError> {
        let channel = self.layers.graph().integers(&[1]);
        let sound = self.layers.op("Unsqueeze", &[sound, &channel], &[]);
        let mut value = self.layers.as_computed(&sound);
        for (layer, stride) in self.config.conv_stride.iter().enumerate() {
            let name = self.name(&format!("feature_extractor.conv_layers.{layer}"));
            let mut inputs = vec![value, self.layers.plain(&format!("{name}.conv.weight"))?];
            let bias = format!("{name}.conv.bias");
            if self.layers.contains(&bias) {
                inputs.push(self.layers.plain(&bias)?);
            }
            let inputs: Vec<&str> = inputs.iter().map(String::as_str).collect();
            value = self.layers.op("Conv", &inputs, &[Attribute::Ints("strides", &[*stride as i64])]);
            let norm = format!("{name}.layer_norm");
            value = match (self.config.feat_extract_norm, &masks.first) {
                (FeatureNorm::Group, Some(first)) if layer == 0 => self.norm_over_time(&value, &norm, first)?,
                (FeatureNorm::Group, _) => value,
                (FeatureNorm::Layer, _) => {
                    let rows = self.turned(&value);
                    let rows = self.layers.layer_norm(&rows, &norm, LAYER_NORM_EPSILON as f32)?;
                    self.turned(&rows)
                }
            };
            value = self.layers.op("Gelu", &[&value], &[]);
        }
        Ok(value)
    }

    /// `GroupNorm` with a group for each channel, over the frames within the stretch.
    fn norm_over_time(&mut self, value: &str, name: &str, first: &str) -> Result<String, CompileError> {
        let shape = self.layers.shape(&format!("{name}.weight"))?;
        let channels = shape.first().copied().unwrap_or(0);
        let (time, kept) = (self.layers.graph().integers(&[2]), [Attribute::Int("keepdims", 1)]);
        let single = self.layers.as_single(value);
        let count = self.layers.op("ReduceSum", &[first, &time], &kept);
        let within = self.layers.op("Mul", &[&single, first], &[]);
        let sum = self.layers.op("ReduceSum", &[&within, &time], &kept);
        let mean = self.layers.op("Div", &[&sum, &count], &[]);
        let centred = self.layers.op("Sub", &[&single, &mean], &[]);
        let within = self.layers.op("Mul", &[&centred, first], &[]);
        let squares = self.layers.op("ReduceSumSquare", &[&within, &time], &kept);
        let variance = self.layers.op("Div", &[&squares, &count], &[]);
        let deviation = self.deviation(&variance);
        let normal = self.layers.op("Div", &[&centred, &deviation], &[]);
        let column = |of: &str, layers: &mut Layers<'_>| {
            let numbers = layers.numbers(&format!("{name}.{of}"), &[channels])?;
            Ok::<_, CompileError>(layers.single(&format!("{name}.{of}.column"), &[channels, 1], &numbers)?)
        };
        let (scale, shift) = (column("weight", self.layers)?, column("bias", self.layers)?);
        let scaled = self.layers.op("Mul", &[&normal, &scale], &[]);
        let shifted = self.layers.op("Add", &[&scaled, &shift], &[]);
        Ok(self.layers.as_computed(&shifted))
    }

    /// Square root of a variance in 32-bit floats, kept from zero as a norm does.
    pub(super) fn deviation(&mut self, variance: &str) -> String {
        let epsilon = self.layers.graph().scalar("norm_epsilon", LAYER_NORM_EPSILON as f32);
        let above = self.layers.op("Add", &[variance, &epsilon], &[]);
        self.layers.op("Sqrt", &[&above], &[])
    }

    /// The projection of the features, plus what the convolution of positions makes of it: `[n, frames, width]`.
    fn positioned(&mut self, features: &str, masks: &Masks) -> Result<String, CompileError> {
        let mut rows = self.turned(features);
        if self.config.feat_proj_layer_norm {
            let norm = self.name("feature_projection.layer_norm");
            rows = self.layers.layer_norm(&rows, &norm, self.config.layer_norm_eps)?;
        }
        let projected = self.layers.linear(&rows, &self.name("feature_projection.projection"), 1.0)?;
        let mask = self.layers.as_computed(&masks.rows);
        let projected = self.layers.op("Mul", &[&projected, &mask], &[]);
        let kernel = self.positional_kernel()?;
        let bias = self.layers.plain(&self.name("encoder.pos_conv_embed.conv.bias"))?;
        // Of an even kernel's outputs the last is dropped (`SamePadLayer`), which is one zero less behind.
        let (before, behind) = (kernel.taps / 2, kernel.taps / 2 - usize::from(kernel.taps % 2 == 0));
        let pads = [before as i64, behind as i64];
        let attributes = [Attribute::Ints("pads", &pads), Attribute::Int("group", kernel.groups as i64)];
        let columns = self.turned(&projected);
        let positions = self.layers.op("Conv", &[&columns, &kernel.weight, &bias], &attributes);
        let positions = self.layers.op("Gelu", &[&positions], &[]);
        let positions = self.turned(&positions);
        Ok(self.layers.op("Add", &[&projected, &positions], &[]))
    }

    /// The kernel of positions `[width, width / groups, taps]`, whose columns along the last axis have the lengths `g`
    /// and the directions `v` (Salimans & Kingma 2016): the names of PyTorch 1 and 2.
    fn positional_kernel(&mut self) -> Result<Kernel, CompileError> {
        let name = self.name("encoder.pos_conv_embed.conv");
        let new = format!("{name}.parametrizations.weight.original1");
        let (length, direction) = match self.layers.contains(&new) {
            true => (format!("{name}.parametrizations.weight.original0"), new),
            false => (format!("{name}.weight_g"), format!("{name}.weight_v")),
        };
        let shape = self.layers.shape(&direction)?;
        let [width, depth, taps] = shape[..] else {
            return Err(CompileError::NotSpeech("its positional convolution has not three dimensions"));
        };
        if width == 0 || depth == 0 || taps == 0 {
            return Err(CompileError::NotSpeech("its positional convolution is empty"));
        }
        let lengths = self.layers.numbers(&length, &[1, 1, taps])?;
        let mut numbers = self.layers.numbers(&direction, &shape)?;
        for (tap, length) in lengths.iter().enumerate() {
            let squares = numbers.iter().skip(tap).step_by(taps).map(|number| f64::from(*number).powi(2));
            let factor = f64::from(*length) / squares.sum::<f64>().sqrt();
            numbers
                .iter_mut()
                .skip(tap)
                .step_by(taps)
                .for_each(|number| *number = (f64::from(*number) * factor) as f32);
        }
        let weight = self.layers.computed(&format!("{name}.kernel"), &shape, &numbers)?;
        Ok(Kernel { weight, taps, groups: width / depth })
    }

    /// WavLM's position bias `[1, heads, frames, frames]`, before it is gated.
    fn position_bias(&mut self, masks: &Masks) -> Result<Option<String>, CompileError> {
        let Some(positions) = &masks.positions else { return Ok(None) };
        let table = self.layers.plain(&self.name("encoder.layers.0.attention.rel_attn_embed.weight"))?;
        let bias = self.layers.op("Gather", &[&table, positions], &[Attribute::Int("axis", 0)]);
        let bias = self.layers.op("Transpose", &[&bias], &[Attribute::Ints("perm", &[2, 0, 1])]);
        let batch = self.layers.graph().integers(&[0]);
        Ok(Some(self.layers.op("Unsqueeze", &[&bias, &batch], &[])))
    }

    fn layer(&mut self, state: &str, layer: usize, masks: &Masks, bias: Option<&str>) -> Result<String, CompileError> {
        let name = self.name(&format!("encoder.layers.{layer}"));
        let (norm, last_norm) = (format!("{name}.layer_norm"), format!("{name}.final_layer_norm"));
        let epsilon = self.config.layer_norm_eps;
        if self.config.do_stable_layer_norm {
            let normed = self.layers.layer_norm(state, &norm, epsilon)?;
            let attended = self.attention(&normed, &name, masks, bias)?;
            let state = self.layers.op("Add", &[state, &attended], &[]);
            let normed = self.layers.layer_norm(&state, &last_norm, epsilon)?;
            let forwarded = self.feed_forward(&normed, &name)?;
            return Ok(self.layers.op("Add", &[&state, &forwarded], &[]));
        }
        let attended = self.attention(state, &name, masks, bias)?;
        let state = self.layers.op("Add", &[state, &attended], &[]);
        let state = self.layers.layer_norm(&state, &norm, epsilon)?;
        let forwarded = self.feed_forward(&state, &name)?;
        let state = self.layers.op("Add", &[&state, &forwarded], &[]);
        self.layers.layer_norm(&state, &last_norm, epsilon)
    }

    fn feed_forward(&mut self, value: &str, layer: &str) -> Result<String, CompileError> {
        let inner = self.layers.linear(value, &format!("{layer}.feed_forward.intermediate_dense"), 1.0)?;
        let inner = self.layers.op("Gelu", &[&inner], &[]);
        self.layers.linear(&inner, &format!("{layer}.feed_forward.output_dense"), 1.0)
    }

    /// Attention of every frame to all frames within the stretch.
    fn attention(
        &mut self,
        value: &str,
        layer: &str,
        masks: &Masks,
        bias: Option<&str>,
    ) -> Result<String, CompileError> {
        let name = format!("{layer}.attention");
        let heads = self.config.num_attention_heads;
        let width = self.layers.shape(&format!("{name}.q_proj.weight"))?.first().copied().unwrap_or(0);
        if width == 0 || width % heads != 0 {
            return Err(CompileError::NotSpeech("its width is no multiple of its attention heads"));
        }
        let scale = 1.0 / ((width / heads) as f32).sqrt();
        let query = self.layers.linear(value, &format!("{name}.q_proj"), scale)?;
        let key = self.layers.linear(value, &format!("{name}.k_proj"), 1.0)?;
        let content = self.layers.linear(value, &format!("{name}.v_proj"), 1.0)?;
        let query = self.by_head(&query, width, &[0, 2, 1, 3]);
        let key = self.by_head(&key, width, &[0, 2, 3, 1]);
        let content = self.by_head(&content, width, &[0, 2, 1, 3]);
        let mut scores = self.layers.op("MatMul", &[&query, &key], &[]);
        if let Some(bias) = bias {
            let gate = self.gate(value, &name, width)?;
            let gated = self.layers.op("Mul", &[&gate, bias], &[]);
            scores = self.layers.op("Add", &[&scores, &gated], &[]);
        }
        let scores = self.layers.op("Add", &[&scores, &masks.scores], &[]);
        let shares = self.layers.op("Softmax", &[&scores], &[Attribute::Int("axis", -1)]);
        let context = self.layers.op("MatMul", &[&shares, &content], &[]);
        let context = self.layers.op("Transpose", &[&context], &[Attribute::Ints("perm", &[0, 2, 1, 3])]);
        let flat = self.layers.graph().integers(&[0, 0, width as i64]);
        let context = self.layers.op("Reshape", &[&context, &flat], &[]);
        self.layers.linear(&context, &format!("{name}.out_proj"), 1.0)
    }

    /// WavLM's gate for the position bias, `[n, heads, frames, 1]`: with a and b from the frame's own part of the state
    /// and c a constant of the head, `a (b c - 1) + 2`.
    fn gate(&mut self, value: &str, attention: &str, width: usize) -> Result<String, CompileError> {
        let heads = self.config.num_attention_heads;
        let depth = width / heads;
        let name = format!("{attention}.gru_rel_pos_linear");
        let weight = self.layers.numbers(&format!("{name}.weight"), &[2 * GATE_PARTS, depth])?;
        let bias = self.layers.numbers(&format!("{name}.bias"), &[2 * GATE_PARTS])?;
        // Four outputs each are added up; so their rows are.
        let summed = |row: usize, column: usize| {
            (0..GATE_PARTS).map(|part| weight[(row * GATE_PARTS + part) * depth + column]).sum::<f32>()
        };
        let turned: Vec<f32> = (0..depth).flat_map(|column| [summed(0, column), summed(1, column)]).collect();
        let bias: Vec<f32> = bias.chunks(GATE_PARTS).map(|parts| parts.iter().sum()).collect();
        let matrix = self.layers.computed(&format!("{name}.summed"), &[depth, 2], &turned)?;
        let bias = self.layers.computed(&format!("{name}.summed_bias"), &[2], &bias)?;
        let constant = self.layers.plain(&format!("{attention}.gru_rel_pos_const"))?;
        let (one, two) = (self.layers.computed("one", &[1], &[1.0])?, self.layers.computed("two", &[1], &[2.0])?);
        let own = self.by_head(value, width, &[0, 2, 1, 3]);
        let product = self.layers.op("MatMul", &[&own, &matrix], &[]);
        let sum = self.layers.op("Add", &[&product, &bias], &[]);
        let opened = self.layers.op("Sigmoid", &[&sum], &[]);
        let halves = [Attribute::Int("axis", -1), Attribute::Int("num_outputs", 2)];
        let halves = self.layers.graph().ops("Split", "", &[&opened], 2, &halves);
        let product = self.layers.op("Mul", &[&halves[1], &constant], &[]);
        let less = self.layers.op("Sub", &[&product, &one], &[]);
        let product = self.layers.op("Mul", &[&halves[0], &less], &[]);
        Ok(self.layers.op("Add", &[&product, &two], &[]))
    }

    /// `[n, frames, width]` to `[n, frames, heads, width / heads]`, its axes then put in `order`.
    fn by_head(&mut self, value: &str, width: usize, order: &[i64; 4]) -> String {
        let heads = self.config.num_attention_heads;
        let shape = self.layers.graph().integers(&[0, 0, heads as i64, (width / heads) as i64]);
        let split = self.layers.op("Reshape", &[value, &shape], &[]);
        self.layers.op("Transpose", &[&split], &[Attribute::Ints("perm", order)])
    }

    /// Rows to columns and back.
    fn turned(&mut self, value: &str) -> String {
        self.layers.op("Transpose", &[value], &[Attribute::Ints("perm", &[0, 2, 1])])
    }
}

struct Kernel {
    weight: String,
    taps: usize,
    groups: usize,
}

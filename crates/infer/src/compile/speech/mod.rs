//! Speech networks with a head that says how speech sounded, from published checkpoints.
//!
//! One graph, `network`: `sound` `[n, samples]`, normalised and padded with zeros, and where each stretch ends, to `values`
//! `[n, outputs]`, as the head gives them. See [`encoder`] for the other inputs.
//!
//! | layout | told by | head |
//! |---|---|---|
//! | regression | `classifier.dense.weight` | mean over time, dense, tanh, `out_proj`; Wagner et al. 2023 |
//! | `*ForSequenceClassification` of transformers | `classifier.weight` | last state or a weighted sum of all, `projector`, mean over time, `classifier` |
//! | SpeechBrain's IEMOCAP | `wav2vec2.ckpt` | norm over all frames, mean over time, linear |

mod config;
mod encoder;
mod layers;

use super::cache::{Graphs, Key, WeightFile, compiled_with, graph_file, read};
use super::graph::{Attribute, Element};
use super::network::Network;
use super::{CompileError, CompiledNetwork};
use crate::checkpoint::{Checkpoint, read_pytorch, read_safetensors};
use config::{EncoderConfig, FeatureNorm, Kind, LAYER_NORM_EPSILON, normalisation, speechbrain_labels};
use encoder::Encoder;
use layers::Layers;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use voiceman_base::{Digest, IdHasher, Precision};

/// What one tensor of SpeechBrain's head is called here.
const SPEECHBRAIN_HEAD: &str = "head.0.w";

/// Dimensions of a speech network and what its outputs are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SpeechShape {
    /// Kernel and stride of the convolutions, in samples and frames.
    pub convolutions: Vec<(usize, usize)>,
    /// Whether the graph wants to know which frames of the first convolution lie within a stretch.
    pub normalises_in_time: bool,
    /// WavLM's relative positions.
    pub relative: Option<RelativePositions>,
    /// What is added to the variance where the sound is brought to mean 0 and variance 1 beforehand.
    pub normalisation: Option<f64>,
    /// What the outputs are.
    pub outputs: SpeechOutputs,
}

/// Outputs of a speech network.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SpeechOutputs {
    /// Numbers of which 0 to 1 is the scale that listeners had; the places of three of them.
    Dimensions {
        /// Place of arousal.
        arousal: usize,
        /// Place of dominance.
        dominance: usize,
        /// Place of valence.
        valence: usize,
    },
    /// Scores before a softmax, by the checkpoint's own labels.
    Labels(Vec<String>),
}

impl SpeechOutputs {
    /// How many there are.
    pub fn count(&self) -> usize {
        match self {
            SpeechOutputs::Dimensions { .. } => 3,
            SpeechOutputs::Labels(labels) => labels.len(),
        }
    }
}

/// Relative positions in buckets that grow with the distance (Raffel et al. 2020; WavLM's `num_buckets`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RelativePositions {
    /// How many buckets there are.
    pub buckets: usize,
    /// From this distance on all is one bucket, in frames.
    pub furthest: usize,
}

impl RelativePositions {
    /// The bucket of a frame that lies `ahead` frames behind another in time; negative before it.
    pub fn bucket(self, ahead: i64) -> i64 {
        let half = (self.buckets / 2) as i64;
        let exact = half / 2;
        let side = if ahead > 0 { half } else { 0 };
        let distance = ahead.abs();
        if distance < exact {
            return side + distance;
        }
        // In 32-bit floats as the reference, so that a distance on the border falls on the same side.
        let share = (distance as f32 / exact as f32).ln() / (self.furthest as f64 / exact as f64).ln() as f32;
        side + (exact + (share * (half - exact) as f32) as i64).min(half - 1)
    }
}

impl SpeechShape {
    /// Frames of the last convolution that lie within `samples` samples.
    pub fn frames(&self, samples: usize) -> usize {
        self.convolutions.iter().fold(samples, |length, of| within(length, *of))
    }

    /// The same of the first convolution.
    pub fn first_frames(&self, samples: usize) -> usize {
        self.convolutions.first().map_or(0, |of| within(samples, *of))
    }
}

/// Frames of a convolution with this kernel and stride over `length` values.
fn within(length: usize, (kernel, stride): (usize, usize)) -> usize {
    if length < kernel { 0 } else { (length - kernel) / stride.max(1) + 1 }
}

/// A file of a checkpoint.
#[derive(Clone, Debug)]
pub struct SpeechFile {
    /// Its published name.
    pub name: String,
    /// Where it lies.
    pub path: PathBuf,
    /// Its digest.
    pub sha256: Digest,
}

/// Where a speech network lies and where its graph goes.
pub struct SpeechSource<'a> {
    /// The files of the checkpoint, by their published names.
    pub files: &'a [SpeechFile],
    /// Folder of all compiled graphs.
    pub compiled: &'a Path,
    /// Version of the inference library, see [`crate::Runtime::version`].
    pub runtime: &'a str,
}

impl SpeechSource<'_> {
    /// What names the network: a digest over the names and digests of all its files. Its labels and how the sound is
    /// prepared are as much a part of it as its weights.
    pub fn sha256(files: &[SpeechFile]) -> Digest {
        let mut hasher = IdHasher::new("speech network/1");
        files.iter().for_each(|file| {
            hasher.text(&file.name).digest(&file.sha256);
        });
        hasher.finish()
    }

    fn file(&self, name: &str) -> Result<Option<Vec<u8>>, CompileError> {
        let Some(file) = self.files.iter().find(|file| file.name == name) else { return Ok(None) };
        let bytes = read(&file.path)?;
        let found = Digest::of(&bytes);
        match found == file.sha256 {
            true => Ok(Some(bytes)),
            false => Err(CompileError::Digest { path: file.path.clone(), found, wanted: file.sha256 }),
        }
    }

    fn needed(&self, name: &'static str) -> Result<Vec<u8>, CompileError> {
        self.file(name)?.ok_or(CompileError::NoFile(name))
    }
}

/// Compiles a speech network for emotion at float32 or float16, or finds what was compiled earlier.
///
/// # Errors
/// See [`CompileError`].
pub fn compile_speech(
    source: &SpeechSource<'_>,
    precision: Precision,
) -> Result<CompiledNetwork<SpeechShape>, CompileError> {
    if !matches!(precision, Precision::Float32 | Precision::Float16) {
        return Err(CompileError::NotSpeech("it is compiled at float32 or float16 only"));
    }
    let sha256 = SpeechSource::sha256(source.files);
    let &SpeechSource { compiled, runtime, .. } = source;
    let key = Key { sha256, compiled, runtime, precision, variant: "-speech" };
    let found = compiled_with(&key, |weights| Parts::read(source)?.graph(precision, weights))?;
    Ok(CompiledNetwork { graph: found.folder.join(graph_file("network")), shape: found.shape, cached: found.cached })
}

/// A checkpoint with all that is said beside it.
struct Parts {
    checkpoint: Checkpoint,
    config: EncoderConfig,
    /// What the names of the encoder's tensors begin with.
    prefix: &'static str,
    normalisation: Option<f64>,
    /// Labels that stand in a file of their own.
    labels: Option<String>,
}

impl Parts {
    fn read(source: &SpeechSource<'_>) -> Result<Parts, CompileError> {
        if let Some(encoder) = source.file("wav2vec2.ckpt")? {
            let mut checkpoint = Checkpoint::default();
            checkpoint.extend(Kind::Wav2vec2.prefix(), read_pytorch(&encoder)?.within("model."));
            drop(encoder);
            checkpoint.extend("head.", read_pytorch(&source.needed("model.ckpt")?)?);
            let prefix = Kind::Wav2vec2.prefix();
            let config = EncoderConfig::told_by(&checkpoint, prefix)?;
            let labels = String::from_utf8_lossy(&source.needed("label_encoder.txt")?).into_owned();
            return Ok(Parts {
                checkpoint,
                config,
                prefix,
                normalisation: Some(LAYER_NORM_EPSILON),
                labels: Some(labels),
            });
        }
        let config: EncoderConfig = serde_json::from_slice(&source.needed("config.json")?)
            .map_err(|_| CompileError::NotSpeech("its `config.json` is not that of wav2vec2, HuBERT or WavLM"))?;
        let checkpoint = match source.file("model.safetensors")? {
            Some(bytes) => read_safetensors(&bytes)?,
            None => read_pytorch(&source.needed("pytorch_model.bin")?)?,
        };
        let prefix = config.model_type.prefix();
        let normalisation = normalisation(source.file("preprocessor_config.json")?.as_deref())?;
        Ok(Parts { checkpoint, config, prefix, normalisation, labels: None })
    }

    fn shape(&self) -> Result<SpeechShape, CompileError> {
        let (config, prefix) = (&self.config, self.prefix);
        config.check()?;
        let kernel = |layer: usize| {
            self.checkpoint.length(&format!("{prefix}feature_extractor.conv_layers.{layer}.conv.weight"), 2)
        };
        let convolutions = config.conv_stride.iter().enumerate();
        let convolutions = convolutions.map(|(layer, stride)| Ok((kernel(layer)?, *stride)));
        let convolutions = convolutions.collect::<Result<Vec<_>, CompileError>>()?;
        let relative = match config.model_type {
            Kind::Wavlm => {
                let table = format!("{prefix}encoder.layers.0.attention.rel_attn_embed.weight");
                let buckets = self.checkpoint.length(&table, 0)?;
                let furthest = config.max_bucket_distance;
                if buckets < 4 || furthest <= buckets / 4 {
                    return Err(CompileError::NotSpeech("its relative positions are none"));
                }
                Some(RelativePositions { buckets, furthest })
            }
            Kind::Wav2vec2 | Kind::Hubert => None,
        };
        Ok(SpeechShape {
            convolutions,
            normalises_in_time: config.feat_extract_norm == FeatureNorm::Group,
            relative,
            normalisation: self.normalisation,
            outputs: self.outputs()?,
        })
    }

    fn outputs(&self) -> Result<SpeechOutputs, CompileError> {
        let count = |name: &str| self.checkpoint.length(name, 0);
        if let Some(text) = &self.labels {
            let outputs = count(&format!("{SPEECHBRAIN_HEAD}.weight"))?;
            return Ok(SpeechOutputs::Labels(speechbrain_labels(text, outputs)?));
        }
        if !self.checkpoint.contains("classifier.dense.weight") {
            return Ok(SpeechOutputs::Labels(self.config.labels(count("classifier.weight")?)?));
        }
        let labels = self.config.labels(count("classifier.out_proj.weight")?)?;
        let place = |name: &str| labels.iter().position(|label| label.eq_ignore_ascii_case(name));
        match (place("arousal"), place("dominance"), place("valence")) {
            (Some(arousal), Some(dominance), Some(valence)) if labels.len() == 3 => {
                Ok(SpeechOutputs::Dimensions { arousal, dominance, valence })
            }
            _ => Err(CompileError::NotSpeech("its outputs are not arousal, dominance and valence")),
        }
    }

    fn graph(&self, precision: Precision, weights: &mut WeightFile) -> Result<Graphs<SpeechShape>, CompileError> {
        let shape = self.shape()?;
        let mut layers = Layers { network: Network::new("speech", &self.checkpoint, weights), precision };
        let sound = layers.input("sound", &["n", "samples"]);
        let mut encoder = Encoder { layers: &mut layers, config: &self.config, prefix: self.prefix };
        let masks = encoder.masks()?;
        let states = encoder.states(&sound, &masks)?;
        let values = match (&shape.outputs, self.labels.is_some()) {
            (_, true) => {
                let pooled = pooled_normal(&mut encoder, states.last(), &masks.rows)?;
                layers.single_linear(&pooled, SPEECHBRAIN_HEAD)?
            }
            (SpeechOutputs::Dimensions { .. }, false) => {
                let state = states.last().ok_or(CompileError::NotSpeech("it has no layers"))?;
                let state = layers.as_single(state);
                let pooled = mean_over_time(&mut layers, &state, &masks.rows);
                let dense = layers.single_linear(&pooled, "classifier.dense")?;
                let dense = layers.op("Tanh", &[&dense], &[]);
                layers.single_linear(&dense, "classifier.out_proj")?
            }
            (SpeechOutputs::Labels(_), false) => {
                let state = self.summed(&mut layers, &states)?;
                // The mean of what a linear layer gives is what it gives for the mean.
                let pooled = mean_over_time(&mut layers, &state, &masks.rows);
                let projected = layers.single_linear(&pooled, "projector")?;
                layers.single_linear(&projected, "classifier")?
            }
        };
        layers.graph().output(&values, "values", Element::Float, &["n", "outputs"]);
        Ok(layers.network.finish(shape))
    }

    /// The last state, or the sum of all with the softmax of the checkpoint's weights, in 32-bit floats.
    fn summed(&self, layers: &mut Layers<'_>, states: &[String]) -> Result<String, CompileError> {
        let last = states.last().ok_or(CompileError::NotSpeech("it has no layers"))?;
        if !self.config.use_weighted_layer_sum {
            return Ok(layers.as_single(last));
        }
        let scores = layers.numbers("layer_weights", &[states.len()])?;
        let most = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let powers: Vec<f32> = scores.iter().map(|score| (score - most).exp()).collect();
        let total: f32 = powers.iter().sum();
        let mut sum: Option<String> = None;
        for (layer, (state, power)) in states.iter().zip(powers).enumerate() {
            let share = layers.graph().scalar(&format!("share_of_layer_{layer}"), power / total);
            let single = layers.as_single(state);
            let part = layers.op("Mul", &[&single, &share], &[]);
            sum = Some(match sum {
                Some(sum) => layers.op("Add", &[&sum, &part], &[]),
                None => part,
            });
        }
        sum.ok_or(CompileError::NotSpeech("it has no layers"))
    }
}

/// Mean over the frames within a stretch: `[n, frames, width]` and `[n, frames, 1]` to `[n, width]`.
fn mean_over_time(layers: &mut Layers<'_>, state: &str, rows: &str) -> String {
    let (time, dropped) = (layers.graph().integers(&[1]), [Attribute::Int("keepdims", 0)]);
    let within = layers.op("Mul", &[state, rows], &[]);
    let sum = layers.op("ReduceSum", &[&within, &time], &dropped);
    let count = layers.op("ReduceSum", &[rows, &time], &dropped);
    layers.op("Div", &[&sum, &count], &[])
}

/// The mean over time of the last state after it was brought to mean 0 and variance 1 over all its numbers at once, as
/// SpeechBrain's `output_norm` does.
fn pooled_normal(encoder: &mut Encoder<'_, '_>, state: Option<&String>, rows: &str) -> Result<String, CompileError> {
    let state = state.ok_or(CompileError::NotSpeech("it has no layers"))?;
    let layers = &mut *encoder.layers;
    let single = layers.as_single(state);
    let means = mean_over_time(layers, &single, rows);
    let (width, column) = (layers.graph().integers(&[1]), layers.graph().integers(&[2]));
    let mean = layers.op("ReduceMean", &[&means, &width], &[Attribute::Int("keepdims", 1)]);
    let wide = layers.op("Unsqueeze", &[&mean, &column], &[]);
    let centred = layers.op("Sub", &[&single, &wide], &[]);
    let squares = layers.op("Mul", &[&centred, &centred], &[]);
    let squares = mean_over_time(layers, &squares, rows);
    let variance = layers.op("ReduceMean", &[&squares, &width], &[Attribute::Int("keepdims", 1)]);
    let deviation = encoder.deviation(&variance);
    let layers = &mut *encoder.layers;
    let centred = layers.op("Sub", &[&means, &mean], &[]);
    Ok(layers.op("Div", &[&centred, &deviation], &[]))
}

#[cfg(test)]
mod tests;

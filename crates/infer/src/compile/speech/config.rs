//! What lies beside the tensors of a speech network: `config.json` and `preprocessor_config.json` as transformers writes
//! them, and the labels that SpeechBrain writes.

use crate::checkpoint::Checkpoint;
use crate::compile::CompileError;
use serde::Deserialize;
use std::collections::BTreeMap;

/// Added to the variance of the sound, as `Wav2Vec2FeatureExtractor.zero_mean_unit_var_norm` and `layer_norm` do.
const EXTRACTOR_EPSILON: f64 = 1e-7;
pub(super) const LAYER_NORM_EPSILON: f64 = 1e-5;
/// Width of a head of every published encoder of these kinds; used where no configuration says it.
const HEAD_WIDTH: usize = 64;

/// Kinds of encoders.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Kind {
    Wav2vec2,
    Hubert,
    Wavlm,
}

impl Kind {
    /// What the names of its tensors begin with.
    pub(super) fn prefix(self) -> &'static str {
        match self {
            Kind::Wav2vec2 => "wav2vec2.",
            Kind::Hubert => "hubert.",
            Kind::Wavlm => "wavlm.",
        }
    }
}

/// Where the feature extractor normalises.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum FeatureNorm {
    /// Once, each channel over time.
    Group,
    /// After every convolution, over the channels.
    Layer,
}

/// `config.json`; what it does not say has the value that transformers gives it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default)]
pub(super) struct EncoderConfig {
    pub(super) model_type: Kind,
    pub(super) num_attention_heads: usize,
    pub(super) conv_stride: Vec<usize>,
    pub(super) feat_extract_norm: FeatureNorm,
    pub(super) feat_proj_layer_norm: bool,
    pub(super) do_stable_layer_norm: bool,
    pub(super) layer_norm_eps: f32,
    pub(super) max_bucket_distance: usize,
    pub(super) use_weighted_layer_sum: bool,
    pub(super) id2label: BTreeMap<String, String>,
    hidden_act: String,
    feat_extract_activation: String,
    add_adapter: bool,
    conv_pos_batch_norm: bool,
}

impl Default for EncoderConfig {
    fn default() -> EncoderConfig {
        EncoderConfig {
            model_type: Kind::Wav2vec2,
            num_attention_heads: 12,
            conv_stride: vec![5, 2, 2, 2, 2, 2, 2],
            feat_extract_norm: FeatureNorm::Group,
            feat_proj_layer_norm: true,
            do_stable_layer_norm: false,
            layer_norm_eps: 1e-5,
            max_bucket_distance: 800,
            use_weighted_layer_sum: false,
            id2label: BTreeMap::new(),
            hidden_act: "gelu".to_owned(),
            feat_extract_activation: "gelu".to_owned(),
            add_adapter: false,
            conv_pos_batch_norm: false,
        }
    }
}

impl EncoderConfig {
    /// Of the layouts of published encoders the one that these tensors have; for checkpoints that say nothing of it.
    pub(super) fn told_by(checkpoint: &Checkpoint, prefix: &str) -> Result<EncoderConfig, CompileError> {
        let width = checkpoint.length(&format!("{prefix}feature_projection.projection.weight"), 0)?;
        let large = checkpoint.contains(&format!("{prefix}feature_extractor.conv_layers.1.layer_norm.weight"));
        Ok(EncoderConfig {
            num_attention_heads: width / HEAD_WIDTH,
            feat_extract_norm: if large { FeatureNorm::Layer } else { FeatureNorm::Group },
            do_stable_layer_norm: large,
            ..EncoderConfig::default()
        })
    }

    /// Whether it asks for nothing that the compiler cannot build.
    pub(super) fn check(&self) -> Result<(), CompileError> {
        let rules = [
            (self.hidden_act == "gelu" && self.feat_extract_activation == "gelu", "its activations are not `gelu`"),
            (!self.add_adapter, "it has an adapter"),
            (!self.conv_pos_batch_norm, "its positional convolution has a batch normalisation"),
            (self.num_attention_heads > 0, "it has no attention heads"),
        ];
        match rules.iter().find(|(holds, _)| !holds) {
            Some((_, what)) => Err(CompileError::NotSpeech(what)),
            None => Ok(()),
        }
    }

    /// The labels in the order of the outputs.
    pub(super) fn labels(&self, outputs: usize) -> Result<Vec<String>, CompileError> {
        let of = |place: usize| self.id2label.get(&place.to_string()).cloned();
        let labels = (0..outputs).map(of).collect::<Option<Vec<String>>>();
        labels.ok_or(CompileError::NotSpeech("its `id2label` does not name every output"))
    }
}

#[derive(Deserialize)]
#[serde(default)]
struct Preprocessor {
    do_normalize: bool,
    sampling_rate: u32,
}

impl Default for Preprocessor {
    fn default() -> Preprocessor {
        Preprocessor { do_normalize: true, sampling_rate: 16_000 }
    }
}

/// What is added to the variance where the sound is brought to mean 0 and variance 1 by `preprocessor_config.json`.
/// A missing file means what transformers does without one.
pub(super) fn normalisation(json: Option<&[u8]>) -> Result<Option<f64>, CompileError> {
    let found = json.map(serde_json::from_slice::<Preprocessor>).transpose();
    let found = found.map_err(|_| CompileError::NotSpeech("its `preprocessor_config.json` cannot be read"))?;
    let found = found.unwrap_or_default();
    match found.sampling_rate {
        16_000 => Ok(found.do_normalize.then_some(EXTRACTOR_EPSILON)),
        _ => Err(CompileError::NotSpeech("it wants another sampling rate than 16 kHz")),
    }
}

/// Labels in the order of the outputs, from SpeechBrain's `label_encoder.txt`: lines of `'label' => place`, up to a line
/// of equals signs.
pub(super) fn speechbrain_labels(text: &str, outputs: usize) -> Result<Vec<String>, CompileError> {
    let mut places = BTreeMap::new();
    for line in text.lines().take_while(|line| !line.starts_with("==")) {
        let parsed = line.split_once("=>").and_then(|(label, place)| {
            let label = label.trim().strip_prefix('\'')?.strip_suffix('\'')?;
            Some((place.trim().parse::<usize>().ok()?, label.to_owned()))
        });
        places.extend(parsed);
    }
    let labels = (0..outputs).map(|place| places.remove(&place)).collect::<Option<Vec<String>>>();
    labels.ok_or(CompileError::NotSpeech("its `label_encoder.txt` does not name every output"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_taken_in_the_order_of_their_places() {
        let text = "'sad' => 1\n'neu' => 0\n====================\n'starting_index' => 0\n";
        assert_eq!(speechbrain_labels(text, 2).unwrap(), ["neu", "sad"]);
        assert!(speechbrain_labels(text, 3).is_err());
        assert!(speechbrain_labels("", 1).is_err());
    }

    #[test]
    fn a_sound_is_normalised_unless_the_file_says_otherwise() {
        assert_eq!(normalisation(None).unwrap(), Some(1e-7));
        assert_eq!(normalisation(Some(b"{\"do_normalize\": false}")).unwrap(), None);
        assert!(normalisation(Some(b"{\"sampling_rate\": 8000}")).is_err());
        assert!(normalisation(Some(b"?")).is_err());
    }

    #[test]
    fn what_cannot_be_built_is_refused() {
        let config = |text: &str| serde_json::from_str::<EncoderConfig>(text).unwrap();
        assert!(config("{\"model_type\": \"wavlm\", \"torch_dtype\": \"float32\"}").check().is_ok());
        for text in ["{\"add_adapter\": true}", "{\"hidden_act\": \"relu\"}", "{\"num_attention_heads\": 0}"] {
            assert!(config(text).check().is_err(), "{text}");
        }
        assert!(serde_json::from_str::<EncoderConfig>("{\"model_type\": \"bert\"}").is_err());
    }
}

//! Speech networks of every published layout held against the reference, on tiny random checkpoints.
//!
//! Golden data: `reference/generate_ser.py` (transformers, float32; each piece alone and unpadded).

use serde::Deserialize;
use std::collections::BTreeMap;
use std::error::Error;
use std::path::{Path, PathBuf};
use voiceman_base::{Digest, EmotionReason, Measured, ModelIdentity, Precision, Prob};
use voiceman_infer::store::ModelStore;
use voiceman_infer::{
    Batching, CompileError, Device, SessionOptions, SpeechEmotion, SpeechFile, SpeechNetwork, SpeechOutputs,
    SpeechSource, compile_speech, load_runtime,
};
use voiceman_stages::emotion::{EmotionModel, Judgement};

type Outcome = Result<(), Box<dyn Error + Send + Sync>>;
type Failure = Box<dyn Error + Send + Sync>;

/// Of scores before a softmax and of dimensions: sums in another order over some ten layers.
const MAX_DIFFERENCE: f32 = 1e-3;
/// Of probabilities and of dimensions whose scale is 0 to 1.
const MAX_HALF_DIFFERENCE: f32 = 0.01;
/// Half a second: nothing shorter can be asked of the stage. A single frame has no mean in which rounding would even out.
const LEAST_JUDGED: usize = 8_000;
/// What neighbours and padding may change: rounding, where the library divides work otherwise.
const MAX_NEIGHBOUR_DIFFERENCE: f32 = 1e-4;

const ALONE: Batching = Batching { rows: 1, pads: false };

#[derive(Deserialize)]
struct Golden {
    clip: String,
    pieces: Vec<[usize; 2]>,
    outputs: ByLayout,
}

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)
}

/// Outputs of a network for several pieces.
type Outputs = Vec<Vec<f32>>;
type ByLayout = BTreeMap<String, Outputs>;

/// The golden outputs by layout, and the pieces of sound that they are of.
fn golden() -> Result<(ByLayout, Vec<Vec<f32>>), Failure> {
    let golden: Golden = serde_json::from_slice(&std::fs::read(data("ser/golden.json"))?)?;
    let clip = voiceman_audio::decode(&data(&golden.clip), &voiceman_audio::DecodeSettings::default())?;
    let mono = clip.mono_16k()?;
    let sound = mono.read(0..mono.len())?;
    Ok((golden.outputs, golden.pieces.iter().map(|[start, end]| sound[*start..*end].to_vec()).collect()))
}

fn files(layout: &str) -> Result<Vec<SpeechFile>, Failure> {
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(data("ser").join(layout))?.map(|entry| Ok(entry?.path())).collect::<Result<_, Failure>>()?;
    paths.sort();
    let file = |path: PathBuf| {
        let name = path.file_name().ok_or("a file without a name")?.to_string_lossy().into_owned();
        let sha256 = Digest::of(&std::fs::read(&path)?);
        Ok(SpeechFile { name, path, sha256 })
    };
    paths.into_iter().map(file).collect()
}

fn network(layout: &str, precision: Precision, batching: Batching) -> Result<SpeechNetwork, Failure> {
    network_with(layout, precision, batching, SessionOptions::on_cpu(1))
}

fn network_with(
    layout: &str,
    precision: Precision,
    batching: Batching,
    options: SessionOptions,
) -> Result<SpeechNetwork, Failure> {
    let runtime = load_runtime(&ModelStore::open(None)?)?;
    let (files, place) = (files(layout)?, tempfile::tempdir()?);
    let source = SpeechSource { files: &files, compiled: place.path(), runtime: runtime.version() };
    let compiled = compile_speech(&source, precision)?;
    assert!(!compiled.cached && compile_speech(&source, precision)?.cached, "{layout}");
    Ok(SpeechNetwork::load(&runtime, &compiled, options, batching)?)
}

fn outputs(network: &mut SpeechNetwork, pieces: &[Vec<f32>]) -> Result<Outputs, Failure> {
    let found = network.outputs(pieces)?;
    found.into_iter().map(|values| values.ok_or_else(|| "a piece without values".into())).collect()
}

fn largest_difference(found: &[Vec<f32>], expected: &[Vec<f32>]) -> f32 {
    assert_eq!(
        found.iter().map(Vec::len).collect::<Vec<_>>(),
        expected.iter().map(Vec::len).collect::<Vec<_>>(),
        "shapes"
    );
    let pairs = found.iter().flatten().zip(expected.iter().flatten());
    pairs
        .map(|(one, other)| (one - other).abs())
        .fold(0.0, |most, one| if one > most || one.is_nan() { one } else { most })
}

/// Values on a scale from 0 to 1.
fn scaled(network: &SpeechNetwork, values: &[Vec<f32>]) -> Outputs {
    let softmax = |row: &Vec<f32>| {
        let powers: Vec<f32> = row.iter().map(|value| value.exp()).collect();
        let total: f32 = powers.iter().sum();
        powers.iter().map(|power| power / total).collect()
    };
    match network.shape().outputs {
        SpeechOutputs::Dimensions { .. } => values.to_vec(),
        SpeechOutputs::Labels(_) => values.iter().map(softmax).collect(),
    }
}

#[test]
fn every_layout_says_what_the_reference_says() -> Outcome {
    let (golden, pieces) = golden()?;
    assert_eq!(golden.len(), 6);
    for (layout, expected) in golden {
        let mut network = network(&layout, Precision::Float32, ALONE)?;
        let difference = largest_difference(&outputs(&mut network, &pieces)?, &expected);
        assert!(difference < MAX_DIFFERENCE, "{layout}: {difference}");
        // What is compared differs between the pieces by far more than is allowed.
        let spread = largest_difference(&expected[..1], &expected[2..3]);
        assert!(spread > 10.0 * MAX_DIFFERENCE, "{layout}: {spread}");
    }
    Ok(())
}

#[test]
fn sixteen_bit_floats_change_less_than_a_hundredth_of_the_scale() -> Outcome {
    let (golden, mut pieces) = golden()?;
    pieces.retain(|piece| piece.len() >= LEAST_JUDGED);
    for (layout, mut expected) in golden {
        expected.truncate(pieces.len());
        let mut network = network(&layout, Precision::Float16, ALONE)?;
        let found = outputs(&mut network, &pieces)?;
        let difference = largest_difference(&scaled(&network, &found), &scaled(&network, &expected));
        assert!(difference < MAX_HALF_DIFFERENCE, "{layout}: {difference}");
        assert_ne!(found, expected, "{layout}");
    }
    Ok(())
}

#[test]
fn neighbours_and_padding_change_nothing() -> Outcome {
    let (golden, pieces) = golden()?;
    // A loud neighbour, longer than all, and too short a one.
    let loud = vec![pieces[2].iter().chain(&pieces[1]).map(|sample| 0.9 * sample.signum()).collect(), vec![0.1; 399]];
    let together: Vec<Vec<f32>> = pieces.iter().cloned().chain(loud).collect();
    for layout in golden.keys() {
        let alone = outputs(&mut network(layout, Precision::Float32, ALONE)?, &pieces)?;
        for rows in [1, 4, 7] {
            let mut network = network(layout, Precision::Float32, Batching { rows, pads: true })?;
            let mut found = network.outputs(&together)?;
            assert!(found.pop().is_some_and(|short| short.is_none()), "{layout}");
            found.pop();
            let found: Vec<Vec<f32>> = found.into_iter().flatten().collect();
            let difference = largest_difference(&found, &alone);
            assert!(difference < MAX_NEIGHBOUR_DIFFERENCE, "{layout}, {rows} rows: {difference}");
        }
    }
    Ok(())
}

#[test]
fn buffers_that_are_kept_for_replay_change_nothing() -> Outcome {
    let (golden, pieces) = golden()?;
    let batching = Batching { rows: 2, pads: true };
    let replaying = SessionOptions { replay: true, ..SessionOptions::on_cpu(1) };
    for layout in golden.keys() {
        for precision in [Precision::Float32, Precision::Float16] {
            let mut plain = network_with(layout, precision, batching, SessionOptions::on_cpu(1))?;
            let mut kept = network_with(layout, precision, batching, replaying)?;
            let expected = outputs(&mut plain, &pieces)?;
            assert_eq!(outputs(&mut kept, &pieces)?, expected, "{layout}");
            // The same buffers again, each stretch in another row than before and a shorter one over a longer; then new ones.
            let turned: Vec<Vec<f32>> = pieces.iter().rev().cloned().collect();
            let back: Vec<Vec<f32>> = expected.iter().rev().cloned().collect();
            let difference = largest_difference(&outputs(&mut kept, &turned)?, &back);
            assert!(difference < MAX_NEIGHBOUR_DIFFERENCE, "{layout}: {difference}");
            assert_eq!(outputs(&mut kept, &turned)?, outputs(&mut plain, &turned)?, "{layout}");
            kept.release_caches();
            assert_eq!(outputs(&mut kept, &pieces)?, expected, "{layout}");
        }
    }
    Ok(())
}

/// A network as a model of emotion, with the batches that are usual on `device`, run on the processor.
fn model(layout: &str, device: Device) -> Result<SpeechEmotion, Failure> {
    let identity = ModelIdentity {
        role: "emotion".to_owned(),
        name: layout.to_owned(),
        sha256: SpeechSource::sha256(&files(layout)?),
        precision: Precision::Float32,
        runtime: "any".to_owned(),
    };
    let network = network(layout, Precision::Float32, Batching::on(device))?;
    Ok(SpeechEmotion::new(network, identity, "nothing", "MIT"))
}

#[test]
fn batches_of_an_accelerator_say_what_the_processor_says() -> Outcome {
    let (golden, pieces) = golden()?;
    let stretches: Vec<Vec<f32>> = pieces.into_iter().chain([vec![0.0; 32_000], vec![0.1; 100]]).collect();
    for layout in golden.keys() {
        let mut judged = Vec::new();
        for device in [Device::Cpu, Device::Cuda(0)] {
            let mut model = model(layout, device)?;
            let heard = model.listen(&stretches)?;
            assert_eq!(heard[4..], [EmotionReason::Silent, EmotionReason::TooShort].map(Measured::Undefined));
            let values: Vec<Vec<f64>> = heard
                .into_iter()
                .filter_map(|one| if let Measured::Value(values) = one { Some(values) } else { None })
                .collect();
            assert_eq!(values.len(), 4);
            judged.push(model.judge(&values, true));
        }
        for (processor, accelerator) in judged[0].iter().zip(&judged[1]) {
            assert_eq!(numbers(processor).len(), numbers(accelerator).len(), "{layout}");
            for (one, other) in numbers(processor).iter().zip(numbers(accelerator)) {
                assert!((one - other).abs() < f64::from(MAX_NEIGHBOUR_DIFFERENCE), "{layout}: {one} and {other}");
            }
        }
    }
    Ok(())
}

/// All that a judgement says, as numbers.
fn numbers(judgement: &Judgement) -> Vec<f64> {
    let scales = judgement.dimensions.map(|found| [found.arousal, found.dominance, found.valence].map(Prob::value));
    let classes = judgement.classes.into_iter().flatten();
    classes.chain(judgement.high_arousal).chain(scales.into_iter().flatten()).collect()
}

#[test]
fn outputs_bear_the_names_of_the_checkpoint() -> Outcome {
    for (layout, labels) in [
        ("hubert", &["neu", "hap", "ang", "sad"][..]),
        ("speechbrain", &["neu", "ang", "hap", "sad"]),
        ("wavlm", &["neutral", "sad", "happy", "angry"]),
    ] {
        let SpeechOutputs::Labels(found) = network(layout, Precision::Float32, ALONE)?.shape().outputs.clone() else {
            return Err("no labels".into());
        };
        assert_eq!(found, labels, "{layout}");
    }
    let dimensions = SpeechOutputs::Dimensions { arousal: 0, dominance: 1, valence: 2 };
    assert_eq!(network("dimensions", Precision::Float32, ALONE)?.shape().outputs, dimensions);
    Ok(())
}

#[test]
fn what_is_missing_or_damaged_is_said() -> Outcome {
    let place = tempfile::tempdir()?;
    let compile = |files: &[SpeechFile], precision| {
        compile_speech(&SpeechSource { files, compiled: place.path(), runtime: "none" }, precision)
    };
    let whole = files("speechbrain")?;
    for missing in ["model.ckpt", "label_encoder.txt"] {
        let rest: Vec<SpeechFile> = whole.iter().filter(|file| file.name != missing).cloned().collect();
        let error = compile(&rest, Precision::Float32).err().ok_or("a part is enough")?;
        assert!(matches!(error, CompileError::NoFile(name) if name == missing), "{error}");
    }
    let mut other = whole.clone();
    other[0].sha256 = Digest::of(b"another file");
    assert!(matches!(compile(&other, Precision::Float32), Err(CompileError::Digest { .. })));
    assert_ne!(SpeechSource::sha256(&other), SpeechSource::sha256(&whole));
    assert!(matches!(compile(&whole, Precision::Weights8), Err(CompileError::NotSpeech(_))));
    // The encoder of another layout under this one's names.
    let mut mixed = files("wavlm")?;
    mixed.retain(|file| file.name != "model.safetensors");
    mixed.extend(files("wavlm_stable")?.into_iter().filter(|file| file.name == "model.safetensors"));
    assert!(matches!(compile(&mixed, Precision::Float32), Err(CompileError::Checkpoint(_))));
    Ok(())
}

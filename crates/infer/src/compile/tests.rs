//! What can be said of compiled graphs without running them, on a checkpoint of one layer a side.

use super::graph::Weights;
use super::whisper::WhisperCompiler;
use super::{CompileError, Target, WhisperShape, graphs};
use crate::checkpoint::{Checkpoint, CheckpointTensor, TensorData};
use crate::kernels::DOMAIN;
use crate::onnx::{ModelProto, TensorProto, tensor_proto::DataType};
use half::f16;
use prost::Message;
use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use voiceman_base::Precision;

type Outcome = Result<(), Box<dyn Error>>;

const MELS: usize = 8;
const WIDTH: usize = 128;
const INNER: usize = 256;
const FRAMES: usize = 10;
const VOCABULARY: usize = 12;
const TEXT: usize = 6;

/// A network of one layer a side; its numbers are spread over the whole range of 16-bit floats.
fn checkpoint() -> Checkpoint {
    let mut checkpoint = Checkpoint::default();
    let mut counter = 0_u32;
    let mut add = |name: &str, shape: &[usize]| {
        let numbers = (0..shape.iter().product::<usize>()).map(|_| {
            counter = counter.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let sign = if counter & 1 == 0 { 1.0 } else { -1.0 };
            sign * f32::from_bits(0x3300_0000 + (counter >> 8) % 0x1500_0000)
        });
        let data = TensorData::Float32(numbers.collect());
        checkpoint.insert(name.to_owned(), CheckpointTensor { shape: shape.to_vec(), data });
    };
    let mut linear = |name: &str, rows: usize, columns: usize| {
        add(&format!("{name}/weight"), &[rows, columns]);
        add(&format!("{name}/bias"), &[rows]);
    };
    for side in ["encoder", "decoder"] {
        let attention = format!("{side}/layer_0/self_attention");
        linear(&format!("{attention}/linear_0"), 3 * WIDTH, WIDTH);
        linear(&format!("{attention}/linear_1"), WIDTH, WIDTH);
        linear(&format!("{side}/layer_0/ffn/linear_0"), INNER, WIDTH);
        linear(&format!("{side}/layer_0/ffn/linear_1"), WIDTH, INNER);
    }
    for (index, rows) in [WIDTH, 2 * WIDTH, WIDTH].into_iter().enumerate() {
        linear(&format!("decoder/layer_0/attention/linear_{index}"), rows, WIDTH);
    }
    let norms = ["encoder/layer_0/self_attention", "decoder/layer_0/self_attention", "decoder/layer_0/attention"];
    let norms = norms.into_iter().chain(["encoder/layer_0/ffn", "decoder/layer_0/ffn", "encoder", "decoder"]);
    for name in norms {
        add(&format!("{name}/layer_norm/gamma"), &[WIDTH]);
        add(&format!("{name}/layer_norm/beta"), &[WIDTH]);
    }
    for (layer, channels) in [("encoder/conv1", MELS), ("encoder/conv2", WIDTH)] {
        add(&format!("{layer}/weight"), &[WIDTH, channels, 3]);
        add(&format!("{layer}/bias"), &[WIDTH]);
    }
    add("encoder/position_encodings/encodings", &[FRAMES, WIDTH]);
    add("decoder/position_encodings/encodings", &[TEXT, WIDTH]);
    add("decoder/embeddings/weight", &[VOCABULARY, WIDTH]);
    add("decoder/projection/weight", &[VOCABULARY, WIDTH]);
    let heads = TensorData::Int16(vec![2]);
    checkpoint.insert("encoder/num_heads".to_owned(), CheckpointTensor { shape: vec![], data: heads });
    checkpoint
}

/// The graphs by name, and the weight file.
struct Compiled {
    graphs: BTreeMap<&'static str, ModelProto>,
    weights: Vec<u8>,
}

fn compiled(precision: Precision, target: Target) -> Result<Compiled, Box<dyn Error>> {
    let checkpoint = checkpoint();
    let shape = WhisperShape::of(&checkpoint, vec![(0, 1)])?;
    let mut weights = Weights::new("weights.bin", Vec::new());
    let mut compiler = WhisperCompiler { checkpoint: &checkpoint, shape: &shape, precision, weights: &mut weights };
    let graphs = graphs(&mut compiler, target)?
        .into_iter()
        .map(|(name, bytes)| {
            Ok::<_, CompileError>((name, ModelProto::decode(&bytes[..]).map_err(std::io::Error::other)?))
        })
        .collect::<Result<_, _>>()?;
    Ok(Compiled { graphs, weights: weights.finish()? })
}

impl Compiled {
    /// Weights in the weight file by name: their type and bytes.
    fn external(&self) -> BTreeMap<String, (i32, &[u8])> {
        let of = |tensor: &TensorProto| {
            let entry = |key: &str| {
                let found = tensor.external_data.iter().find(|entry| entry.key() == key);
                found.and_then(|entry| entry.value().parse::<usize>().ok())
            };
            let (offset, length) = (entry("offset")?, entry("length")?);
            Some((tensor.name().to_owned(), (tensor.data_type(), self.weights.get(offset..offset + length)?)))
        };
        self.graphs
            .values()
            .filter_map(|model| model.graph.as_ref())
            .flat_map(|graph| graph.initializer.iter().filter_map(of))
            .collect()
    }
}

#[test]
fn sixteen_bit_weights_are_those_of_32_bit_rounded() -> Outcome {
    let wide = compiled(Precision::Float32, Target::Accelerator)?;
    let narrow = compiled(Precision::Float16, Target::Accelerator)?;
    let (wide, narrow) = (wide.external(), narrow.external());
    assert_eq!(wide.keys().collect::<Vec<_>>(), narrow.keys().collect::<Vec<_>>());
    let mut compared = 0;
    for (name, (kind, bytes)) in &wide {
        let (narrow_kind, narrow) = narrow[name];
        assert_eq!(narrow_kind, DataType::Float16 as i32, "{name}");
        if *kind == DataType::Float16 as i32 {
            assert_eq!(*bytes, narrow, "{name}");
            continue;
        }
        let rounded: Vec<u8> = bytes
            .as_chunks::<4>()
            .0
            .iter()
            .flat_map(|number| f16::from_f32(f32::from_le_bytes(*number)).to_le_bytes())
            .collect();
        assert_eq!(rounded, narrow, "{name}");
        compared += 1;
    }
    assert!(compared > 40, "{compared}");
    Ok(())
}

#[test]
fn an_accelerator_gets_nothing_that_would_run_on_the_processor() -> Outcome {
    for precision in [Precision::Float32, Precision::Float16] {
        let compiled = compiled(precision, Target::Accelerator)?;
        assert_eq!(
            compiled.graphs.keys().copied().collect::<Vec<_>>(),
            ["align", "decoder", "encoder", "rows", "windows"]
        );
        for (name, model) in &compiled.graphs {
            let graph = model.graph.as_ref().ok_or("a model without a graph")?;
            for node in &graph.node {
                // Shapes are computed on the processor, and so is what follows from them.
                assert!(!["Shape", "Size", "Range"].contains(&node.op_type()), "{name}: {}", node.op_type());
                assert_ne!(node.domain(), DOMAIN, "{name}: {}", node.op_type());
            }
        }
    }
    Ok(())
}

#[test]
fn what_is_held_on_the_device_goes_in_and_comes_out() -> Outcome {
    let compiled = compiled(Precision::Float16, Target::Accelerator)?;
    for (name, buffers) in [("encoder", 2), ("decoder", 2), ("windows", 2), ("rows", 2)] {
        let graph = compiled.graphs[name].graph.as_ref().ok_or("a model without a graph")?;
        let held: BTreeSet<&str> = graph.input.iter().filter_map(|input| input.name().strip_prefix("held_")).collect();
        assert_eq!(held.len(), buffers, "{name}");
        for buffer in held {
            // The operator itself gives the output: an operator in between would copy it.
            let maker = graph.node.iter().find(|node| node.output.iter().any(|output| output == buffer));
            assert_eq!(maker.map(|node| node.op_type()), Some("ScatterND"), "{name}: {buffer}");
            assert!(graph.output.iter().any(|output| output.name() == buffer), "{name}: {buffer}");
        }
    }
    Ok(())
}

#[test]
fn the_processor_gets_no_16_bit_arithmetic() -> Outcome {
    let source = tempfile::tempdir()?;
    let file = source.path().join("model.bin");
    let source = super::WhisperSource {
        model: &file,
        config: &file,
        sha256: voiceman_base::Digest::of(b""),
        compiled: source.path(),
        runtime: "none",
    };
    let refused = super::compile_whisper(&source, Precision::Float16, Target::Processor);
    assert!(matches!(refused, Err(CompileError::Precision(Precision::Float16))));
    Ok(())
}

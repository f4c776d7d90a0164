//! What can be said of the graphs without running them, on the tiny checkpoints of the tests.

use super::*;
use crate::onnx::ModelProto;
use prost::Message;
use std::error::Error;

fn graph(layout: &str, precision: Precision) -> Result<ModelProto, Box<dyn Error>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/ser").join(layout);
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().ok_or("a file without a name")?.to_string_lossy().into_owned();
        files.push(SpeechFile { name, sha256: Digest::of(&std::fs::read(&path)?), path });
    }
    let place = tempfile::tempdir()?;
    let source = SpeechSource { files: &files, compiled: place.path(), runtime: "none" };
    let compiled = compile_speech(&source, precision)?;
    Ok(ModelProto::decode(&std::fs::read(compiled.graph)?[..])?)
}

#[test]
fn an_accelerator_gets_nothing_that_would_run_on_the_processor() -> Result<(), Box<dyn Error>> {
    for layout in ["dimensions", "wav2vec2", "hubert", "wavlm", "wavlm_stable", "speechbrain"] {
        for precision in [Precision::Float32, Precision::Float16] {
            let graph = graph(layout, precision)?.graph.ok_or("a model without a graph")?;
            assert!(graph.node.len() > 50, "{layout}");
            for node in &graph.node {
                // Shapes are computed on the processor, and so is what follows from them.
                assert!(!["Shape", "Size", "Range"].contains(&node.op_type()), "{layout}: {}", node.op_type());
                assert_eq!(node.domain(), "", "{layout}: {}", node.op_type());
            }
        }
    }
    Ok(())
}

#[test]
fn inputs_are_those_that_the_layout_needs() -> Result<(), Box<dyn Error>> {
    for (layout, inputs) in [
        ("dimensions", &["sound", "frames"][..]),
        ("wav2vec2", &["sound", "frames", "first"]),
        ("wavlm", &["sound", "frames", "first", "positions"]),
        ("wavlm_stable", &["sound", "frames", "positions"]),
    ] {
        let graph = graph(layout, Precision::Float32)?.graph.ok_or("a model without a graph")?;
        assert_eq!(graph.input.iter().map(|input| input.name()).collect::<Vec<_>>(), inputs, "{layout}");
    }
    Ok(())
}

#[test]
fn near_positions_have_buckets_of_their_own_and_far_ones_share() {
    let of = RelativePositions { buckets: 320, furthest: 800 };
    assert_eq!([0, -1, 1, -79, 79].map(|ahead| of.bucket(ahead)), [0, 1, 161, 79, 239]);
    assert_eq!([-80, -800, -5000, 5000].map(|ahead| of.bucket(ahead)), [80, 159, 159, 319]);
    assert!((1..3000).all(|ahead| of.bucket(ahead) <= of.bucket(ahead + 1)));
}

#[test]
fn frames_are_those_of_convolutions_without_padding() {
    let shape = SpeechShape {
        convolutions: vec![(10, 5), (3, 2), (3, 2), (3, 2), (3, 2), (2, 2), (2, 2)],
        normalises_in_time: true,
        relative: None,
        normalisation: None,
        outputs: SpeechOutputs::Labels(Vec::new()),
    };
    assert_eq!([0, 399, 400, 719, 720, 16_000].map(|samples| shape.frames(samples)), [0, 0, 1, 1, 2, 49]);
    assert_eq!([9, 10, 16_000].map(|samples| shape.first_frames(samples)), [0, 1, 3199]);
}

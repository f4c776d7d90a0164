//! The graphs for accelerators, run on the processor: the same golden data hold them as hold the graphs for processors.
//!
//! What a GPU's own kernels compute is not tested here; `benches/gpu/run` does that where there is one.

use serde::Deserialize;
use std::error::Error;
use std::path::{Path, PathBuf};
use voiceman_audio::{LogMel, MelFrontEnd};
use voiceman_base::{LanguageCode, Precision, Unwatched};
use voiceman_infer::store::ModelStore;
use voiceman_infer::{
    AcceleratedWhisper, Device, LoadedWhisper, SessionOptions, load_accelerated, load_recogniser, load_runtime,
    load_whisper,
};
use voiceman_stages::transcribe::{Biases, Decoded, Search, TranscribeSettings, WhisperNetwork};

type Outcome = Result<(), Box<dyn Error + Send + Sync>>;
type Loaded = LoadedWhisper<AcceleratedWhisper>;

/// Six layers of float32 arithmetic in another order; states have a standard deviation of about 1.
const MAX_STATE_DIFFERENCE: f32 = 2e-2;
/// Of the first token's log-probability.
const MAX_LOGPROB_DIFFERENCE: f32 = 2e-2;
/// Of a mean log-probability.
const MAX_SCORE_DIFFERENCE: f64 = 0.05;
/// Of log-probabilities with 16-bit weights and activations; a rounding step of a logit of 16 is 0.0156.
const MAX_LOGPROB_DIFFERENCE_FLOAT16: f64 = 0.1;
/// Of attention weights, against the graph for processors, which keeps keys in 16 bit.
const MAX_ATTENTION_DIFFERENCE: f32 = 5e-3;

#[derive(Deserialize)]
struct Golden {
    state_rows: Vec<usize>,
    state_columns: Vec<usize>,
    clips: Vec<Clip>,
}

#[derive(Deserialize)]
struct Clip {
    file: String,
    language: LanguageCode,
    states: Vec<Vec<f32>>,
    first_tokens: Vec<(u32, f32)>,
    greedy: Vec<u32>,
    beam: Vec<u32>,
    beam_score: f64,
}

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)
}

fn golden() -> Result<Golden, Box<dyn Error + Send + Sync>> {
    Ok(serde_json::from_slice(&std::fs::read(data("whisper_base.json"))?)?)
}

/// Log-mel of the clips: 16-bit WAV files with a plain 44-byte header.
fn spectra(clips: &[Clip]) -> std::io::Result<Vec<LogMel>> {
    let front_end = MelFrontEnd::new(80);
    let spectrum = |clip: &Clip| {
        let bytes = std::fs::read(data(&clip.file))?;
        let (pairs, _) = bytes[44..].as_chunks::<2>();
        let samples: Vec<f32> = pairs.iter().map(|pair| f32::from(i16::from_le_bytes(*pair)) / 32_768.0).collect();
        Ok(front_end.log_mel(&samples))
    };
    clips.iter().map(spectrum).collect()
}

fn load(precision: Precision, replay: bool) -> Result<Loaded, Box<dyn Error + Send + Sync>> {
    let store = ModelStore::open(None)?;
    let runtime = load_runtime(&store)?;
    let options = SessionOptions { threads: 2, device: Device::Cpu, replay };
    Ok(load_accelerated(&store, &runtime, "whisper-base", precision, options)?)
}

fn decode<N: WhisperNetwork>(
    model: &mut LoadedWhisper<N>,
    clips: &[Clip],
    beam: u32,
) -> Result<Vec<Decoded>, Box<dyn Error + Send + Sync>> {
    model.network.encode(&spectra(clips)?)?;
    let start = model.vocabulary.special.start_of_transcript;
    let prompts: Vec<Vec<u32>> = clips
        .iter()
        .map(|clip| std::iter::once(start).chain(model.vocabulary.prompt_after_start(clip.language)).collect())
        .collect();
    let settings = TranscribeSettings { beam, ..TranscribeSettings::default() };
    let biases = Biases::new(&model.vocabulary);
    let search = Search { vocabulary: &model.vocabulary, biases: &biases, settings: &settings, max_tokens: 220 };
    search.decode(&mut model.network, &prompts, &vec![0.0; prompts.len()], &Unwatched)
}

#[test]
fn encoder_states_are_those_of_the_reference() -> Outcome {
    let golden = golden()?;
    let mut model = load(Precision::Float32, false)?;
    let (shape, states) = model.network.encoder_states(&spectra(&golden.clips)?)?;
    assert_eq!(shape, [golden.clips.len(), 1_500, 512]);
    for (index, clip) in golden.clips.iter().enumerate() {
        for (row, wanted) in golden.state_rows.iter().zip(&clip.states) {
            for (column, wanted) in golden.state_columns.iter().zip(wanted) {
                let found = states[(index * 1_500 + row) * 512 + column];
                assert!((found - wanted).abs() < MAX_STATE_DIFFERENCE, "{} {row} {column}: {found}", clip.file);
            }
        }
    }
    Ok(())
}

#[test]
fn tokens_are_those_of_the_reference() -> Outcome {
    let golden = golden()?;
    let mut model = load(Precision::Float32, false)?;
    for (decoded, clip) in decode(&mut model, &golden.clips, 1)?.iter().zip(&golden.clips) {
        assert_eq!(decoded.tokens, clip.greedy, "greedy, {}", clip.file);
        let difference = decoded.logprobs[0] - clip.first_tokens[0].1;
        assert!(difference.abs() < MAX_LOGPROB_DIFFERENCE, "{}: {difference}", clip.file);
    }
    for (decoded, clip) in decode(&mut model, &golden.clips, 5)?.iter().zip(&golden.clips) {
        assert_eq!(decoded.tokens, clip.beam, "beam, {}", clip.file);
        let difference = decoded.avg_logprob() - clip.beam_score;
        assert!(difference.abs() < MAX_SCORE_DIFFERENCE, "{}: {difference}", clip.file);
    }
    Ok(())
}

#[test]
fn attention_is_that_of_the_graph_for_processors() -> Outcome {
    let golden = golden()?;
    let store = ModelStore::open(None)?;
    let runtime = load_runtime(&store)?;
    let mut plain =
        load_whisper(&store, &runtime, "whisper-base", Precision::Float32, SessionOptions::on_cpu(2))?.network;
    let mut model = load(Precision::Float32, false)?;
    // The texts are of different lengths, and the windows more than are worked on at once.
    let texts: Vec<Vec<u32>> = golden.clips.iter().map(|clip| clip.greedy.clone()).collect();
    assert!(texts.len() > 2);
    plain.encode(&spectra(&golden.clips)?)?;
    model.network.encode(&spectra(&golden.clips)?)?;
    let (wanted, found) = (plain.attention(&texts)?, model.network.attention(&texts)?);
    for ((wanted, found), text) in wanted.iter().zip(&found).zip(&texts) {
        assert_eq!((found.heads, found.frames), (wanted.heads, wanted.frames));
        let length = text.len();
        for head in 0..found.heads {
            for token in 0..length {
                let row = |attention: &voiceman_stages::transcribe::Attention| {
                    let start = (head * attention.tokens + token) * attention.frames;
                    attention.weights[start..start + attention.frames].to_vec()
                };
                let largest = row(wanted).iter().zip(row(found)).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
                assert!(largest < MAX_ATTENTION_DIFFERENCE, "head {head}, token {token}: {largest}");
            }
        }
    }
    assert_eq!(found.len(), texts.len());
    Ok(())
}

#[test]
fn buffers_that_are_kept_for_replay_change_nothing() -> Outcome {
    let golden = golden()?;
    let mut plain = load(Precision::Float32, false)?;
    let mut model = load(Precision::Float32, true)?;
    // More windows than fit at once; fewer, so that one stands for two; and others in buffers that held something else.
    let wanted = decode(&mut plain, &golden.clips, 1)?;
    assert_eq!(decode(&mut model, &golden.clips, 1)?, wanted);
    assert_eq!(decode(&mut model, &golden.clips[1..2], 1)?[0].tokens, wanted[1].tokens);
    assert_eq!(decode(&mut model, &golden.clips[1..], 1)?[1].tokens, wanted[2].tokens);
    Ok(())
}

#[test]
fn sixteen_bits_give_the_same_words() -> Outcome {
    let golden = golden()?;
    let mut model = load(Precision::Float16, false)?;
    for (decoded, clip) in decode(&mut model, &golden.clips, 5)?.iter().zip(&golden.clips) {
        assert_eq!(decoded.tokens, clip.beam, "{}", clip.file);
        let difference = decoded.avg_logprob() - clip.beam_score;
        assert!(difference.abs() < MAX_LOGPROB_DIFFERENCE_FLOAT16, "{}: {difference}", clip.file);
    }
    Ok(())
}

#[test]
fn what_made_a_result_tells_the_graphs_apart() -> Outcome {
    let store = ModelStore::open(None)?;
    let runtime = load_runtime(&store)?;
    let options = SessionOptions::on_cpu(1);
    let plain = load_recogniser(&store, &runtime, "whisper-base", Precision::Float32, options)?.network.identity();
    let accelerated = load(Precision::Float32, false)?.network.identity();
    assert_eq!(accelerated.sha256, plain.sha256);
    assert_ne!(accelerated.runtime, plain.runtime);
    let refused = load_recogniser(&store, &runtime, "whisper-base", Precision::Float16, options);
    let Err(error) = refused else { return Err("the processor took 16-bit graphs".into()) };
    assert!(error.to_string().contains("float16"), "{error}");
    Ok(())
}

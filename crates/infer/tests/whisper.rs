//! Speech recognition held against the reference at its seams: mel, encoder states, first probabilities, tokens, times.
//!
//! Golden data: `reference/generate_whisper.py` (faster-whisper and CTranslate2, float32, same weights).

use serde::Deserialize;
use std::error::Error;
use std::path::{Path, PathBuf};
use voiceman_audio::{LogMel, MelFrontEnd, WINDOW_FRAMES};
use voiceman_base::{LanguageCode, Precision, Unwatched};
use voiceman_infer::store::ModelStore;
use voiceman_infer::{LoadedWhisper, SessionOptions, load_runtime, load_silero, load_whisper};
use voiceman_stages::transcribe::{Biases, Decoded, Search, Step, TranscribeSettings, WhisperNetwork};
use voiceman_stages::vad::SpeechDetector;

type Outcome = Result<(), Box<dyn Error + Send + Sync>>;

/// The reference computes its spectrum in double precision: differences are float rounding before a logarithm.
const MAX_MEL_DIFFERENCE: f32 = 2e-3;
/// Six layers of float32 arithmetic in another order; states have a standard deviation of about 1.
const MAX_STATE_DIFFERENCE: f32 = 2e-2;
/// Of the first token's log-probability in float32, where it is above -5.
const MAX_LOGPROB_DIFFERENCE: f32 = 2e-2;
/// Of the same with 8-bit weights.
const MAX_LOGPROB_DIFFERENCE_WEIGHTS8: f32 = 0.3;
/// The graph for many frames a call against the graph for one.
const MAX_SPEECH_DIFFERENCE: f32 = 1e-3;

#[derive(Deserialize)]
struct Golden {
    frames: Vec<usize>,
    state_rows: Vec<usize>,
    state_columns: Vec<usize>,
    clips: Vec<Clip>,
}

#[derive(Deserialize)]
struct Clip {
    file: String,
    language: LanguageCode,
    language_probability: f32,
    no_speech_probability: f32,
    mel: Vec<Vec<f32>>,
    states: Vec<Vec<f32>>,
    first_tokens: Vec<(u32, f32)>,
    greedy: Vec<u32>,
    beam: Vec<u32>,
    beam_score: f64,
    speech: Vec<f32>,
}

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)
}

fn golden() -> Result<Golden, Box<dyn Error + Send + Sync>> {
    Ok(serde_json::from_slice(&std::fs::read(data("whisper_base.json"))?)?)
}

/// Samples of a 16-bit WAV file with a plain 44-byte header, which these clips have.
fn samples(clip: &Clip) -> std::io::Result<Vec<f32>> {
    let bytes = std::fs::read(data(&clip.file))?;
    let (pairs, _) = bytes[44..].as_chunks::<2>();
    Ok(pairs.iter().map(|pair| f32::from(i16::from_le_bytes(*pair)) / 32_768.0).collect())
}

fn whisper(precision: Precision) -> Result<LoadedWhisper, Box<dyn Error + Send + Sync>> {
    let store = ModelStore::open(None)?;
    let runtime = load_runtime(&store)?;
    Ok(load_whisper(&store, &runtime, "whisper-base", precision, SessionOptions::on_cpu(2))?)
}

fn spectra(golden: &Golden) -> std::io::Result<Vec<LogMel>> {
    let front_end = MelFrontEnd::new(80);
    golden.clips.iter().map(|clip| Ok(front_end.log_mel(&samples(clip)?))).collect()
}

fn decode(model: &mut LoadedWhisper, golden: &Golden, beam: u32) -> Result<Vec<Decoded>, Box<dyn Error + Send + Sync>> {
    model.network.encode(&spectra(golden)?)?;
    let start = model.vocabulary.special.start_of_transcript;
    let prompts: Vec<Vec<u32>> = golden
        .clips
        .iter()
        .map(|clip| std::iter::once(start).chain(model.vocabulary.prompt_after_start(clip.language)).collect())
        .collect();
    let settings = TranscribeSettings { beam, ..TranscribeSettings::default() };
    let biases = Biases::new(&model.vocabulary);
    let search = Search { vocabulary: &model.vocabulary, biases: &biases, settings: &settings, max_tokens: 220 };
    search.decode(&mut model.network, &prompts, &vec![0.0; prompts.len()], &Unwatched)
}

#[test]
fn mel_is_that_of_the_reference() -> Outcome {
    let golden = golden()?;
    for (clip, spectrum) in golden.clips.iter().zip(spectra(&golden)?) {
        for (frame, wanted) in golden.frames.iter().zip(&clip.mel) {
            for (band, wanted) in wanted.iter().enumerate() {
                let found = spectrum.values[band * WINDOW_FRAMES + frame];
                let difference = (found - wanted).abs();
                assert!(difference < MAX_MEL_DIFFERENCE, "{} frame {frame} band {band}: {found} {wanted}", clip.file);
            }
        }
    }
    Ok(())
}

#[test]
fn encoder_states_are_those_of_the_reference() -> Outcome {
    let golden = golden()?;
    let mut model = whisper(Precision::Float32)?;
    let (shape, states) = model.network.encoder_states(&spectra(&golden)?)?;
    assert_eq!(shape, [golden.clips.len(), 1_500, 512]);
    for (index, clip) in golden.clips.iter().enumerate() {
        for (row, wanted) in golden.state_rows.iter().zip(&clip.states) {
            for (column, wanted) in golden.state_columns.iter().zip(wanted) {
                let found = states[(index * 1_500 + row) * 512 + column];
                assert!(
                    (found - wanted).abs() < MAX_STATE_DIFFERENCE,
                    "{} {row} {column}: {found} {wanted}",
                    clip.file
                );
            }
        }
    }
    Ok(())
}

#[test]
fn first_probabilities_are_those_of_the_reference() -> Outcome {
    let golden = golden()?;
    let limits = [(Precision::Float32, MAX_LOGPROB_DIFFERENCE), (Precision::Weights8, MAX_LOGPROB_DIFFERENCE_WEIGHTS8)];
    for (precision, limit) in limits {
        let mut model = whisper(precision)?;
        let vocabulary = model.vocabulary.clone();
        let biases = Biases::new(&vocabulary);
        model.network.encode(&spectra(&golden)?)?;
        let windows: Vec<usize> = (0..golden.clips.len()).collect();
        let start = vec![vocabulary.special.start_of_transcript; windows.len()];
        let sequences = windows.len();
        let step = Step { windows: &windows, parents: None, tokens: &start, sequences, bias: biases.none() };
        let rows = model.network.step(&step)?.to_vec();
        for (row, clip) in rows.chunks_exact(vocabulary.len()).zip(&golden.clips) {
            let languages = vocabulary.special.languages.values().map(|token| row[*token as usize].exp());
            let language = row[vocabulary.special.languages[&clip.language] as usize].exp() / languages.sum::<f32>();
            assert!((language - clip.language_probability).abs() < 0.02, "{}: {language}", clip.file);
            let no_speech = row[vocabulary.special.no_speech as usize].exp();
            assert!((no_speech - clip.no_speech_probability).abs() < 0.02, "{}: {no_speech}", clip.file);
        }
        let decoded = decode(&mut model, &golden, 1)?;
        for (decoded, clip) in decoded.iter().zip(&golden.clips) {
            let (token, wanted) = clip.first_tokens[0];
            assert_eq!(decoded.tokens.first(), Some(&token), "{}", clip.file);
            assert!((decoded.logprobs[0] - wanted).abs() < limit, "{}: {} {wanted}", clip.file, decoded.logprobs[0]);
        }
    }
    Ok(())
}

#[test]
fn tokens_are_those_of_the_reference() -> Outcome {
    let golden = golden()?;
    let mut model = whisper(Precision::Float32)?;
    for (decoded, clip) in decode(&mut model, &golden, 1)?.iter().zip(&golden.clips) {
        assert_eq!(decoded.tokens, clip.greedy, "greedy, {}", clip.file);
    }
    for (decoded, clip) in decode(&mut model, &golden, 5)?.iter().zip(&golden.clips) {
        assert_eq!(decoded.tokens, clip.beam, "beam, {}", clip.file);
        assert!((decoded.avg_logprob() - clip.beam_score).abs() < 0.05, "{}: {}", clip.file, decoded.avg_logprob());
    }
    Ok(())
}

#[test]
fn a_window_is_decoded_alike_alone_and_beside_others() -> Outcome {
    let all = golden()?;
    let mut model = whisper(Precision::Weights8)?;
    let together = decode(&mut model, &all, 5)?;
    for (index, clip) in golden()?.clips.into_iter().enumerate() {
        let alone = Golden { clips: vec![clip], ..golden()? };
        assert_eq!(decode(&mut model, &alone, 5)?[0].tokens, together[index].tokens, "{}", alone.clips[0].file);
    }
    Ok(())
}

#[test]
fn speech_probabilities_are_those_of_the_reference() -> Outcome {
    let store = ModelStore::open(None)?;
    let runtime = load_runtime(&store)?;
    let mut detector = load_silero(&store, &runtime)?;
    for clip in golden()?.clips {
        let mut samples = samples(&clip)?;
        samples.resize(samples.len().next_multiple_of(512), 0.0);
        detector.reset();
        // In two calls, so that the state handed on is tested as well.
        let middle = samples.len() / 1_024 * 512;
        let mut heard = detector.hear(&samples[..middle])?;
        heard.extend(detector.hear(&samples[middle..])?);
        assert_eq!(heard.len(), clip.speech.len());
        for (frame, (found, wanted)) in heard.iter().zip(&clip.speech).enumerate() {
            assert!((found - wanted).abs() < MAX_SPEECH_DIFFERENCE, "{} frame {frame}: {found} {wanted}", clip.file);
        }
    }
    Ok(())
}

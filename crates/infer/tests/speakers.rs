//! Speaker networks held against the reference: scores of segmentation, features and embeddings.
//!
//! Golden data: `reference/generate_speakers.py` (PyTorch, float32, same weights).

use serde::Deserialize;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use voiceman_audio::{DecodeSettings, FilterBank, decode};
use voiceman_base::{ClipTime, Prob, Span, SpeakerNote, SpeechMap, SpeechRegion, Stage, Unwatched};
use voiceman_infer::store::ModelStore;
use voiceman_infer::{Embedder, Segmenter, SessionOptions, load_embedder, load_runtime, load_segmenter};
use voiceman_stages::diarize::{Band, DiarizeInput, DiarizeSettings, DiarizeStage, SpeakerEmbedder, SpeakerSegmenter};

type Outcome = Result<(), Box<dyn Error + Send + Sync>>;

const WINDOW: usize = 160_000;
/// Of log-probabilities above -8; recurrent layers add up rounding over 589 frames.
const MAX_SCORE_DIFFERENCE: f32 = 5e-3;
/// Of natural logarithms of energies; the reference's sums have another order.
const MAX_FEATURE_DIFFERENCE: f32 = 2e-3;
/// Cosine distance.
const MAX_EMBEDDING_DISTANCE: f32 = 1e-5;

#[derive(Deserialize)]
struct Golden {
    frames: Vec<usize>,
    clips: Vec<Clip>,
}

#[derive(Deserialize)]
struct Clip {
    file: String,
    scores: Vec<Vec<f32>>,
    pieces: Vec<Piece>,
}

#[derive(Deserialize)]
struct Piece {
    frames: usize,
    features: Vec<Vec<f32>>,
    embedding: Vec<f32>,
    /// By the network for what a telephone carries.
    narrow: Vec<f32>,
}

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)
}

fn golden() -> Result<Golden, Box<dyn Error + Send + Sync>> {
    Ok(serde_json::from_slice(&std::fs::read(data("speakers.json"))?)?)
}

/// Samples of a 16-bit WAV file with a plain 44-byte header, which these clips have.
fn samples(clip: &Clip) -> std::io::Result<Vec<f32>> {
    let bytes = std::fs::read(data(&clip.file))?;
    let (pairs, _) = bytes[44..].as_chunks::<2>();
    Ok(pairs.iter().map(|pair| f32::from(i16::from_le_bytes(*pair)) / 32_768.0).collect())
}

fn window(samples: &[f32]) -> Vec<f32> {
    let mut window = samples[..samples.len().min(WINDOW)].to_vec();
    window.resize(WINDOW, 0.0);
    window
}

fn distance(a: &[f32], b: &[f32]) -> f32 {
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
    1.0 - dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
}

#[test]
fn segmentation_scores_are_those_of_the_reference() -> Outcome {
    let store = ModelStore::open(None)?;
    let runtime = load_runtime(&store)?;
    let mut network = load_segmenter(&store, &runtime, SessionOptions::on_cpu(1))?;
    assert_eq!((network.frame_step(), network.frame_length(), network.classes()), (270, 991, 7));
    let golden = golden()?;
    for clip in &golden.clips {
        let scores = network.segment(&window(&samples(clip)?), WINDOW)?;
        assert_eq!(scores.len(), 589 * 7);
        for (frame, wanted) in golden.frames.iter().zip(&clip.scores) {
            for (score, wanted) in scores[frame * 7..].iter().zip(wanted) {
                let same = (score - wanted).abs() < MAX_SCORE_DIFFERENCE || score.max(*wanted) < -8.0;
                assert!(same, "{}, frame {frame}: {score} instead of {wanted}", clip.file);
            }
        }
    }
    Ok(())
}

#[test]
fn embeddings_and_their_features_are_those_of_the_reference() -> Outcome {
    let store = ModelStore::open(None)?;
    let runtime = load_runtime(&store)?;
    let mut network = load_embedder(&store, &runtime, SessionOptions::on_cpu(1))?;
    assert_eq!((network.bands(), network.dimensions()), (80, 192));
    let bank = FilterBank::new(80);
    for clip in &golden()?.clips {
        let sound = samples(clip)?;
        for piece in &clip.pieces {
            let features = bank.features(&sound[..FilterBank::samples(piece.frames)]);
            assert_eq!(features.len(), piece.frames * 80);
            for (row, wanted) in [0, piece.frames / 2, piece.frames - 1].iter().zip(&piece.features) {
                for (value, wanted) in features[row * 80..].iter().zip(wanted) {
                    let same = (value - wanted).abs() < MAX_FEATURE_DIFFERENCE;
                    assert!(same, "{}, frame {row}: {value} instead of {wanted}", clip.file);
                }
            }
            let embedding = network.embed(Band::Wide, &features, piece.frames)?;
            let narrow = network.embed(Band::Narrow, &features, piece.frames)?;
            for (found, wanted) in [(&embedding, &piece.embedding), (&narrow, &piece.narrow)] {
                let distance = distance(found, wanted);
                assert!(distance < MAX_EMBEDDING_DISTANCE, "{} of {} frames: {distance}", clip.file, piece.frames);
            }
        }
    }
    Ok(())
}

/// What stands beside a window or a piece in a call must not change it.
#[test]
fn neighbours_in_a_batch_change_nothing() -> Outcome {
    let store = ModelStore::open(None)?;
    let runtime = load_runtime(&store)?;
    let mut segmenter = load_segmenter(&store, &runtime, SessionOptions::on_cpu(2))?;
    let mut embedder = load_embedder(&store, &runtime, SessionOptions::on_cpu(2))?;
    let clips = golden()?.clips;
    let windows = clips.iter().map(|clip| Ok(window(&samples(clip)?))).collect::<std::io::Result<Vec<_>>>()?;
    let bank = FilterBank::new(80);
    let pieces: Vec<Vec<f32>> =
        windows.iter().map(|window| bank.features(&window[..FilterBank::samples(200)])).collect();
    let alone = segmenter.segment(&windows[0], WINDOW)?;
    let embedded = embedder.embed(Band::Wide, &pieces[0], 200)?;
    for others in [1, 2, 5, 15] {
        let beside = |own: &[f32], other: &[f32]| [own.to_vec(), other.repeat(others)].concat();
        let together = segmenter.segment(&beside(&windows[0], &windows[1]), WINDOW)?;
        assert!(together[..alone.len()] == alone, "segmentation beside {others}");
        let together = embedder.embed(Band::Wide, &beside(&pieces[0], &pieces[1]), 200)?;
        assert!(together[..embedded.len()] == embedded, "embedding beside {others}");
    }
    Ok(())
}

/// The stage with the networks of the program.
fn stage() -> Result<DiarizeStage<Segmenter, Embedder>, Box<dyn Error + Send + Sync>> {
    let store = ModelStore::open(None)?;
    let runtime = load_runtime(&store)?;
    let options = SessionOptions::on_cpu(1);
    let segmenter = load_segmenter(&store, &runtime, options)?;
    Ok(DiarizeStage::new(segmenter, load_embedder(&store, &runtime, options)?, DiarizeSettings::default())?)
}

/// A recording with speech everywhere.
fn input(path: &Path) -> Result<DiarizeInput, Box<dyn Error + Send + Sync>> {
    let clip = Arc::new(decode(path, &DecodeSettings::default())?);
    let audio = Arc::new(clip.mono_16k()?);
    let span = Span::clamped(ClipTime::ZERO, audio.duration());
    let speech = Arc::new(SpeechMap::new(vec![SpeechRegion { span, speech: Prob::ONE }])?);
    Ok(DiarizeInput { audio, clip, speech })
}

/// The same sentence from a microphone and over telephones: by different networks, and only the latter says so.
#[test]
fn telephones_are_heard_by_the_network_for_them() -> Outcome {
    let mut stage = stage()?;
    let files = [("ko.wav", false), ("ko_alaw8k.wav", true), ("ko.amr", true), ("ko_gsm.wav", true)];
    for (file, narrow) in files {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../audio/tests/data").join(file);
        let found = stage.run(vec![input(&path)?], &Unwatched).remove(0)?;
        assert!(!found.speakers.is_empty(), "{file}");
        assert_eq!(found.notes.contains(&SpeakerNote::NarrowBand), narrow, "{file}");
    }
    Ok(())
}

/// Recordings that end in the middle of a word: the networks hear somebody beyond their end.
#[test]
fn a_recording_may_end_anywhere() -> Outcome {
    let mut stage = stage()?;
    let folder = tempfile::tempdir()?;
    let whole = std::fs::read(data("test.wav"))?;
    // From 1.2 s on, in 24 steps that are no multiple of anything.
    for bytes in (0..24).map(|step| 44 + 2 * (19_200 + step * 1_997)) {
        let path = folder.path().join("cut.wav");
        std::fs::write(&path, &whole[..bytes])?;
        let input = input(&path)?;
        let length = input.audio.duration();
        let found = stage.run(vec![input], &Unwatched).remove(0);
        let turns = found.map_err(|error| format!("{length}: {error}"))?.turns;
        assert!(!turns.is_empty() && turns.iter().all(|turn| turn.span.end() <= length), "{length}: {turns:?}");
    }
    Ok(())
}

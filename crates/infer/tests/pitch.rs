//! The network of the second estimate of pitch held against its own package, and the stage over it on real speech.
//!
//! Golden data: `reference/generate_pitch.py` (swift-f0 0.3.0).

use serde::Deserialize;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use voiceman_audio::{DecodeSettings, Mono16k, decode};
use voiceman_base::{ClipTime, Span, Unwatched};
use voiceman_infer::store::ModelStore;
use voiceman_infer::{SessionOptions, SwiftF0, load_pitch, load_runtime};
use voiceman_stages::acoustics::{FRAME_SAMPLES, PitchNetwork, SecondPitchSettings, SecondTrack};

type Outcome = Result<(), Box<dyn Error + Send + Sync>>;

/// As a part of the pitch: single precision, and another order of sums.
const MAX_PITCH_DIFFERENCE: f64 = 1e-3;
const MAX_CONFIDENCE_DIFFERENCE: f64 = 1e-3;
/// Half a second of digital silence behind each clip.
const SILENCE: usize = 8_000;

#[derive(Deserialize)]
struct Golden {
    clips: Vec<String>,
    pitch_hz: Vec<f64>,
    confidence: Vec<f64>,
}

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)
}

fn golden() -> Result<Golden, Box<dyn Error + Send + Sync>> {
    Ok(serde_json::from_slice(&fs::read(data("pitch.json"))?)?)
}

fn network() -> Result<SwiftF0, Box<dyn Error + Send + Sync>> {
    let store = ModelStore::open(None)?;
    Ok(load_pitch(&store, &load_runtime(&store)?, SessionOptions::on_cpu(1))?)
}

/// All clips, each with silence behind it, as 16-bit samples; the files have a plain 44-byte header.
fn joined(clips: &[String]) -> std::io::Result<Vec<i16>> {
    let mut sound = Vec::new();
    for clip in clips {
        let bytes = fs::read(data(clip))?;
        sound.extend(bytes[44..].as_chunks::<2>().0.iter().map(|pair| i16::from_le_bytes(*pair)));
        sound.extend([0; SILENCE]);
    }
    Ok(sound)
}

/// Through a WAV file and the decoder.
fn mono(sound: &[i16]) -> Result<Mono16k, Box<dyn Error + Send + Sync>> {
    let header = fs::read(data("test.wav"))?;
    let bytes = 2 * sound.len() as u32;
    let mut file = header[..44].to_vec();
    file[4..8].copy_from_slice(&(36 + bytes).to_le_bytes());
    file[40..44].copy_from_slice(&bytes.to_le_bytes());
    file.extend(sound.iter().flat_map(|sample| sample.to_le_bytes()));
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("sound.wav");
    fs::write(&path, file)?;
    Ok(decode(&path, &DecodeSettings::default())?.mono_16k()?)
}

fn whole(audio: &Mono16k) -> Span {
    Span::clamped(ClipTime::ZERO, audio.duration())
}

fn near(found: f64, expected: f64) -> bool {
    (found / expected - 1.0).abs() < MAX_PITCH_DIFFERENCE
}

#[test]
fn the_graph_says_what_its_package_says() -> Outcome {
    let golden = golden()?;
    let sound: Vec<f32> = joined(&golden.clips)?.iter().map(|sample| f32::from(*sample) / 32_768.0).collect();
    let found = network()?.estimate(&sound, sound.len())?;
    assert_eq!((found.len(), golden.pitch_hz.len()), (sound.len() / FRAME_SAMPLES, golden.confidence.len()));
    let mut voiced = 0;
    for (index, (estimate, (hertz, confidence))) in
        found.iter().zip(golden.pitch_hz.iter().zip(&golden.confidence)).enumerate()
    {
        // The package takes the confidence of digital silence away; here the stage does.
        let silent = sound[index * FRAME_SAMPLES..][..FRAME_SAMPLES].iter().all(|sample| sample.abs() < 1e-3);
        if silent {
            assert_eq!(*confidence, 0.0, "frame {index}");
            continue;
        }
        let difference = (f64::from(estimate.confidence) - confidence).abs();
        assert!(difference < MAX_CONFIDENCE_DIFFERENCE, "frame {index}: {estimate:?}, {confidence}");
        if *confidence > 0.5 {
            voiced += 1;
            assert!(near(estimate.hertz, *hertz), "frame {index}: {estimate:?}, {hertz}");
        }
    }
    assert!(voiced > 300, "{voiced} voiced frames are too few to prove anything");
    Ok(())
}

#[test]
fn piece_by_piece_gives_the_same_as_at_once() -> Outcome {
    let golden = golden()?;
    let audio = mono(&joined(&golden.clips)?)?;
    let settings = SecondPitchSettings::default();
    let track = SecondTrack::listen(&mut network()?, &audio, &[whole(&audio)], &settings, &Unwatched)?;
    assert_eq!(track.frames().len(), golden.pitch_hz.len());
    assert!(track.frames().len() > 600, "it must be more than one piece");
    for (index, (found, (hertz, confidence))) in
        track.frames().iter().zip(golden.pitch_hz.iter().zip(&golden.confidence)).enumerate()
    {
        match found {
            Some(found) => assert!(near(*found, *hertz) && *confidence > 0.499, "frame {index}"),
            None => assert!(*confidence < 0.501, "frame {index}: {hertz} Hz at {confidence}"),
        }
    }
    Ok(())
}

#[test]
fn what_is_said_elsewhere_changes_no_frame() -> Outcome {
    let golden = golden()?;
    let audio = mono(&joined(&golden.clips)?)?;
    let settings = SecondPitchSettings::default();
    let mut network = network()?;
    let all = SecondTrack::listen(&mut network, &audio, &[whole(&audio)], &settings, &Unwatched)?;
    let late = Span::clamped(ClipTime::from_seconds(11.0), ClipTime::from_seconds(13.0));
    let part = SecondTrack::listen(&mut network, &audio, &[late], &settings, &Unwatched)?;
    let frame = |seconds: f64| (seconds * 16_000.0 / FRAME_SAMPLES as f64) as usize;
    assert_eq!(all.frames()[frame(11.0)..frame(13.0)], part.frames()[frame(11.0)..frame(13.0)]);
    assert!(part.frames()[frame(11.0)..frame(13.0)].iter().any(Option::is_some));
    assert!(part.frames()[..frame(8.0)].iter().all(Option::is_none), "nobody asked for the first piece");
    Ok(())
}

//! The network of the second estimate of pitch held against its own package, and the stage over it on real speech.
//!
//! Golden data: `reference/generate_pitch.py` (swift-f0 0.3.0).

use serde::Deserialize;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use voiceman_audio::{AudioClip, DecodeSettings, Mono16k, decode};
use voiceman_base::{
    AlignedTranscript, AlignedUtterance, ClipTime, Hertz, LanguageCode, LanguageVote, Measured, PitchAgreement, Prob,
    Span, SpeakerId, Stage, Unwatched, Utterance, UtteranceAcoustics, UtteranceId,
};
use voiceman_infer::store::ModelStore;
use voiceman_infer::{SessionOptions, SwiftF0, load_pitch, load_runtime};
use voiceman_stages::acoustics::{
    AcousticsInput, AcousticsSettings, AcousticsStage, FRAME_SAMPLES, PitchNetwork, SecondPitchSettings, SecondTrack,
};

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
fn clip_of(sound: &[i16]) -> Result<AudioClip, Box<dyn Error + Send + Sync>> {
    let header = fs::read(data("test.wav"))?;
    let bytes = 2 * sound.len() as u32;
    let mut file = header[..44].to_vec();
    file[4..8].copy_from_slice(&(36 + bytes).to_le_bytes());
    file[40..44].copy_from_slice(&bytes.to_le_bytes());
    file.extend(sound.iter().flat_map(|sample| sample.to_le_bytes()));
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("sound.wav");
    fs::write(&path, file)?;
    Ok(decode(&path, &DecodeSettings::default())?)
}

fn mono(sound: &[i16]) -> Result<Mono16k, Box<dyn Error + Send + Sync>> {
    Ok(clip_of(sound)?.mono_16k()?)
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
    let track = SecondTrack::listen(&mut network()?, &audio, whole(&audio), &settings, &Unwatched)?;
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
fn a_part_is_heard_by_itself_however_short_it_is() -> Outcome {
    let golden = golden()?;
    let audio = mono(&joined(&golden.clips)?)?;
    let settings = SecondPitchSettings::default();
    let mut network = network()?;
    let mut listen = |audio: &Mono16k, start: f64, end: f64| {
        let span = Span::clamped(ClipTime::from_seconds(start), ClipTime::from_seconds(end));
        SecondTrack::listen(&mut network, audio, span, &settings, &Unwatched)
    };
    let part = listen(&audio, 11.0, 13.0)?;
    assert_eq!(part.frames().len(), 125);
    assert!(part.frames().iter().any(Option::is_some));
    // Three times as loud before and behind it, and nothing of it changes.
    let louder: Vec<i16> = joined(&golden.clips)?
        .into_iter()
        .enumerate()
        .map(|(index, sample)| if (176_000..208_000).contains(&index) { sample } else { sample.saturating_mul(3) })
        .collect();
    assert_eq!(listen(&mono(&louder)?, 11.0, 13.0)?, part);
    for (samples, frames) in [(0, 0), (1, 1), (100, 1), (300, 1), (700, 2), (1_100, 4)] {
        let end = 11.0 + f64::from(samples) / 16_000.0;
        assert_eq!(listen(&audio, 11.0, end)?.frames().len(), frames, "{samples} samples");
    }
    Ok(())
}

/// Each clip as an utterance of one speaker, with so many samples of digital silence before each; the network's frames lie
/// wherever they lie.
fn measured_after(silence: usize, clips: &[String]) -> Result<Vec<UtteranceAcoustics>, Box<dyn Error + Send + Sync>> {
    let (mut sound, mut utterances) = (Vec::new(), Vec::new());
    let at = |sample: usize| ClipTime::from_sample(sample as u64, Mono16k::RATE);
    for (index, clip) in clips.iter().enumerate() {
        sound.extend(vec![0_i16; silence * (index + 1)]);
        let begin = sound.len();
        let bytes = fs::read(data(clip))?;
        sound.extend(bytes[44..].as_chunks::<2>().0.iter().map(|pair| i16::from_le_bytes(*pair)));
        utterances.push(AlignedUtterance {
            utterance: Utterance {
                id: UtteranceId(index as u32),
                span: Span::clamped(at(begin), at(sound.len())),
                text: "said".to_owned(),
                tokens: Vec::new(),
                language: LanguageCode::ENGLISH,
                avg_logprob: 0.0,
                no_speech: Prob::ZERO,
                compression_ratio: 1.0,
                temperature: 0.0,
                flags: Vec::new(),
            },
            words: Vec::new(),
            speaker: Some(SpeakerId(0)),
        });
    }
    let clip = clip_of(&sound)?;
    let input = AcousticsInput {
        audio: Arc::new(clip.mono_16k()?),
        clip: Arc::new(clip),
        transcript: Arc::new(AlignedTranscript { language: LanguageVote::Given(LanguageCode::ENGLISH), utterances }),
        diarization: None,
        quality: None,
    };
    let mut stage = AcousticsStage::new(AcousticsSettings::default())?.with_second(Box::new(network()?));
    Ok(stage.run(vec![input], &Unwatched).pop().ok_or("one result per input")??.utterances)
}

#[test]
fn silence_between_utterances_changes_pitch_by_less_than_a_hundredth() -> Outcome {
    let golden = golden()?;
    let plain = measured_after(0, &golden.clips)?;
    for silence in [64, 128, 5_501] {
        for (before, after) in plain.iter().zip(measured_after(silence, &golden.clips)?) {
            let share = |found: Measured<PitchAgreement>| found.map(PitchAgreement::share).value().ok_or("a share");
            let hertz = |found: Measured<Hertz>| found.value().map(Hertz::value).ok_or("a pitch");
            for (what, before, after) in [
                ("mean", hertz(before.f0_mean)?, hertz(after.f0_mean)?),
                ("median", hertz(before.f0_median)?, hertz(after.f0_median)?),
                ("deviation", hertz(before.f0_sd)?, hertz(after.f0_sd)?),
                ("share", share(before.f0_agreement)?, share(after.f0_agreement)?),
            ] {
                assert!(
                    (after / before - 1.0).abs() < 0.01,
                    "{what} was {before} and is {after} after {silence} samples"
                );
            }
        }
    }
    Ok(())
}

//! Stand-ins for the networks of diarization: every voice is a carrier whose loudness wobbles, so that who speaks can be read
//! from the sound.
#![allow(clippy::unwrap_used, dead_code, reason = "tests, each of which uses a part of it")]

use super::common::clip;
use std::sync::Arc;
use voiceman_audio::Mono16k;
use voiceman_base::{ClipTime, Diarization, Digest, ModelIdentity, Precision, Prob, Span, SpeechMap, SpeechRegion};
use voiceman_stages::diarize::{Band, DiarizeInput, DiarizeSettings, DiarizeStage, SpeakerEmbedder, SpeakerSegmenter};
use voiceman_stages::network::{NetworkError, NoMemory};

pub const RATE: f64 = 16_000.0;
pub const STEP: usize = 270;
pub const LENGTH: usize = 991;
pub const BANDS: usize = 80;

/// Frequency of a voice: evenly spread over the mel bands.
pub fn carrier(voice: usize) -> f64 {
    700.0 * (((900.0 + 95.0 * voice as f64) / 1127.0).exp() - 1.0)
}

/// Sound in which `(voice, start, end)` speak, in seconds.
pub fn sound(seconds: f64, spoken: &[(usize, f64, f64)]) -> Vec<f32> {
    // Weak noise, so that a carrier does not reach every band.
    let mut state = 1_u32;
    let mut noise = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (f64::from(state) / f64::from(u32::MAX) - 0.5) as f32 * 0.04
    };
    let mut samples: Vec<f32> = (0..(seconds * RATE) as usize).map(|_| noise()).collect();
    for (voice, start, end) in spoken {
        let range = (start * RATE) as usize..((end * RATE) as usize).min(samples.len());
        for index in range {
            let time = index as f64 / RATE;
            let loudness = 0.1 * (1.2 + (time * 23.0).sin());
            samples[index] += (loudness * (std::f64::consts::TAU * carrier(*voice) * time).sin()) as f32;
        }
    }
    samples
}

/// Power of a voice in a stretch of sound (Goertzel 1958).
pub fn power(samples: &[f32], voice: usize) -> f64 {
    let coefficient = 2.0 * (std::f64::consts::TAU * carrier(voice) / RATE).cos();
    let (mut last, mut before) = (0.0, 0.0);
    for sample in samples {
        let next = f64::from(*sample) + coefficient * last - before;
        (before, last) = (last, next);
    }
    (last * last + before * before - coefficient * last * before) / (samples.len() * samples.len()) as f64
}

pub fn identity(role: &str) -> ModelIdentity {
    let sha256 = Digest::of(role.as_bytes());
    ModelIdentity {
        role: role.into(),
        name: role.into(),
        sha256,
        precision: Precision::Float32,
        runtime: "none".into(),
    }
}

/// Knows `voices` voices; in each window they are numbered as they appear, at most three of them.
pub struct Segmenter {
    pub voices: usize,
    pub fails: bool,
}

impl SpeakerSegmenter for Segmenter {
    fn identity(&self) -> ModelIdentity {
        identity("segmentation")
    }

    fn frame_step(&self) -> usize {
        STEP
    }

    fn frame_length(&self) -> usize {
        LENGTH
    }

    fn classes(&self) -> usize {
        7
    }

    fn segment(&mut self, sound: &[f32], length: usize) -> Result<Vec<f32>, NetworkError> {
        if self.fails {
            return Err(Box::new(NoMemory("it is full".into())));
        }
        let mut scores = Vec::new();
        for window in sound.chunks_exact(length) {
            let mut known: Vec<usize> = Vec::new();
            for frame in 0..(length - LENGTH) / STEP + 1 {
                let seen = &window[frame * STEP..frame * STEP + LENGTH];
                let mut heard: Vec<(f64, usize)> = (0..self.voices)
                    .map(|voice| (power(seen, voice), voice))
                    .filter(|(power, _)| *power > 3e-5)
                    .collect();
                heard.sort_by(|a, b| b.0.total_cmp(&a.0));
                let loudest = heard.first().map_or(0.0, |(power, _)| *power);
                heard.retain(|(power, _)| *power > 0.2 * loudest);
                heard.truncate(2);
                let mut local: Vec<usize> = Vec::new();
                for (_, voice) in heard {
                    if !known.contains(&voice) && known.len() < 3 {
                        known.push(voice);
                    }
                    local.extend(known.iter().position(|other| *other == voice));
                }
                local.sort_unstable();
                let class = match local[..] {
                    [] => 0,
                    [one] => one + 1,
                    [0, 1] => 4,
                    [0, _] => 5,
                    _ => 6,
                };
                scores.extend((0..7).map(|other| if other == class { -0.01 } else { -6.0 }));
            }
        }
        Ok(scores)
    }
}

/// Says in which bands the loudness wobbles.
pub struct Embedder;

impl SpeakerEmbedder for Embedder {
    fn identity(&self) -> ModelIdentity {
        identity("embedding")
    }

    fn bands(&self) -> usize {
        BANDS
    }

    fn dimensions(&self) -> usize {
        BANDS
    }

    fn embed(&mut self, _band: Band, features: &[f32], frames: usize) -> Result<Vec<f32>, NetworkError> {
        let piece = |features: &[f32]| -> Vec<f32> {
            let loud: Vec<f32> =
                (0..BANDS).map(|band| features.iter().skip(band).step_by(BANDS).map(|v| v * v).sum::<f32>()).collect();
            let most = loud.iter().copied().fold(0.0, f32::max);
            loud.iter().map(|value| (value / most.max(1e-6)).powi(6)).collect()
        };
        Ok(features.chunks_exact(frames * BANDS).flat_map(piece).collect())
    }
}

pub fn everywhere(audio: &Mono16k) -> SpeechMap {
    let span = Span::clamped(ClipTime::ZERO, audio.duration());
    SpeechMap::new(vec![SpeechRegion { span, speech: Prob::ONE }]).unwrap()
}

/// Sound of one or more channels as a stage is given it, with speech everywhere.
pub fn input_of(channels: &[Vec<f32>]) -> DiarizeInput {
    let clip = Arc::new(clip(16_000, channels).unwrap());
    let audio = Arc::new(clip.mono_16k().unwrap());
    DiarizeInput { speech: Arc::new(everywhere(&audio)), audio, clip }
}

/// Sound of one channel.
pub fn input(samples: &[f32]) -> DiarizeInput {
    input_of(&[samples.to_vec()])
}

pub fn stage(voices: usize, settings: DiarizeSettings) -> DiarizeStage<Segmenter, Embedder> {
    DiarizeStage::new(Segmenter { voices, fails: false }, Embedder, settings).unwrap()
}

/// Who speaks in the middle of each span, by number.
pub fn speakers_at(found: &Diarization, times: &[f64]) -> Vec<Vec<u32>> {
    let at = |time: &f64| {
        let time = ClipTime::from_seconds(*time);
        found.turns.iter().filter(|turn| turn.span.contains(time)).map(|turn| turn.speaker.0).collect()
    };
    times.iter().map(at).collect()
}

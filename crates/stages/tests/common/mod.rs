//! What several tests of the stages need.

#![allow(dead_code, reason = "each test file uses a part of it")]

use std::error::Error;
use std::fs;
use std::path::Path;
use voiceman_audio::{AudioClip, DecodeSettings, decode};
use voiceman_base::{AlignedUtterance, LanguageCode, Prob, Span, SpeakerId, Utterance, UtteranceId};

/// A recording of these channels, through a WAV file of 32-bit floats and the decoder.
pub fn clip(rate: u32, channels: &[Vec<f32>]) -> Result<AudioClip, Box<dyn Error>> {
    let count = channels.len() as u16;
    let frames = channels.first().map_or(0, Vec::len);
    let bytes = frames as u32 * u32::from(count) * 4;
    let mut file: Vec<u8> = Vec::new();
    file.extend_from_slice(b"RIFF");
    file.extend((36 + bytes).to_le_bytes());
    file.extend_from_slice(b"WAVEfmt ");
    file.extend(16_u32.to_le_bytes());
    file.extend(3_u16.to_le_bytes());
    file.extend(count.to_le_bytes());
    file.extend(rate.to_le_bytes());
    file.extend((rate * u32::from(count) * 4).to_le_bytes());
    file.extend((count * 4).to_le_bytes());
    file.extend(32_u16.to_le_bytes());
    file.extend_from_slice(b"data");
    file.extend(bytes.to_le_bytes());
    for frame in 0..frames {
        for channel in channels {
            file.extend(channel[frame].to_le_bytes());
        }
    }
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("sound.wav");
    fs::write(&path, file)?;
    Ok(decode(&path, &DecodeSettings::default())?)
}

/// A committed recording: rate and samples of its first channel.
pub fn speech(name: &str) -> Result<(u32, Vec<f32>), Box<dyn Error>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/acoustics").join(name);
    let clip = decode(&path, &DecodeSettings::default())?;
    Ok((clip.sample_rate(), clip.read(0, 0..clip.len())?))
}

/// Noise whose power falls with frequency to the power of `-2 tilt`: 0 is white, 1 is brown.
pub fn noise(rate: u32, seconds: f64, tilt: f64, seed: u64) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut white = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as f64 / (1_u64 << 53) as f64 - 0.5
    };
    let samples = (seconds * f64::from(rate)) as usize;
    // Fractional integration (Kasdin 1995): the impulse response of (1 - z^-1)^-tilt, leaking below 20 Hz.
    let taps = 2_048;
    let leak = 1.0 - 20.0 * std::f64::consts::TAU / f64::from(rate);
    let mut response = vec![1.0; taps];
    for tap in 1..taps {
        response[tap] = response[tap - 1] * (tap as f64 - 1.0 + tilt) / tap as f64 * leak;
    }
    let source: Vec<f64> = (0..samples + taps).map(|_| white()).collect();
    let shaped: Vec<f64> = source
        .windows(taps)
        .take(samples)
        .map(|window| window.iter().rev().zip(&response).map(|(value, weight)| value * weight).sum())
        .collect();
    let peak = shaped.iter().fold(0.0_f64, |peak, value| peak.max(value.abs()));
    shaped.iter().map(|value| (0.5 * value / peak) as f32).collect()
}

/// Gaussian noise with the spectrum of `like`, as steady as noise can be: babble of very many talkers.
pub fn noise_like(like: &[f32], seed: u64) -> Result<Vec<f32>, Box<dyn Error>> {
    let mut planner = realfft::RealFftPlanner::<f32>::new();
    let forward = planner.plan_fft_forward(like.len());
    let mut samples = like.to_vec();
    let mut shape = forward.make_output_vec();
    forward.process(&mut samples, &mut shape)?;
    // Smoothed over 100 Hz or so, or single lines would be heard.
    let reach = like.len() / 320;
    let powers: Vec<f32> = shape.iter().map(|bin| bin.norm_sqr()).collect();
    let amplitude = |bin: usize| {
        let around = &powers[bin.saturating_sub(reach)..(bin + reach).min(powers.len())];
        (around.iter().sum::<f32>() / around.len() as f32).sqrt()
    };
    let mut samples = noise(1_000, like.len() as f64 / 1_000.0, 0.0, seed);
    let mut spectrum = forward.make_output_vec();
    forward.process(&mut samples, &mut spectrum)?;
    for (bin, value) in spectrum.iter_mut().enumerate() {
        *value *= amplitude(bin);
    }
    // Neither constant nor half the rate have a phase.
    spectrum[0].im = 0.0;
    if let Some(last) = spectrum.last_mut() {
        last.im = 0.0;
    }
    let mut shaped = planner.plan_fft_inverse(like.len()).make_output_vec();
    planner.plan_fft_inverse(like.len()).process(&mut spectrum, &mut shaped)?;
    Ok(shaped)
}

/// Mean square of `samples`.
pub fn power(samples: &[f32]) -> f64 {
    samples.iter().map(|sample| f64::from(*sample).powi(2)).sum::<f64>() / samples.len().max(1) as f64
}

/// Active level of clean speech as a power, and the share of the time in which it is active: ITU-T P.56, method B.
pub fn active_level(rate: u32, samples: &[f32]) -> (f64, f64) {
    let keep = (-1.0 / (0.03 * f64::from(rate))).exp();
    let hangover = (0.2 * f64::from(rate)) as usize;
    let energy: f64 = samples.iter().map(|sample| f64::from(*sample).powi(2)).sum();
    let (mut first, mut second) = (0.0, 0.0);
    let envelope: Vec<f64> = samples
        .iter()
        .map(|sample| {
            first = keep * first + (1.0 - keep) * f64::from(sample.abs());
            second = keep * second + (1.0 - keep) * first;
            second
        })
        .collect();
    for step in 0..200 {
        let level = -0.5 * f64::from(step);
        let threshold = 10_f64.powf(level / 20.0);
        let mut left = 0;
        let mut active = 0_usize;
        for value in &envelope {
            left = if *value >= threshold { hangover } else { left.saturating_sub(1) };
            active += usize::from(left > 0);
        }
        if active > 0 && 10.0 * (energy / active as f64).log10() - level >= 15.9 {
            return (energy / active as f64, active as f64 / samples.len() as f64);
        }
    }
    (energy / samples.len() as f64, 1.0)
}

/// `speech` and `noise` together, the active level of the speech `snr` dB above the noise.
pub fn mixed(rate: u32, speech: &[f32], noise: &[f32], snr: f64) -> Vec<f32> {
    let gain = (active_level(rate, speech).0 / power(noise) / 10_f64.powf(snr / 10.0)).sqrt() as f32;
    speech.iter().zip(noise).map(|(speech, noise)| speech + gain * noise).collect()
}

/// An English utterance without words, heard without any doubt.
pub fn said(index: usize, span: Span, text: &str, speaker: Option<SpeakerId>) -> AlignedUtterance {
    AlignedUtterance {
        utterance: Utterance {
            id: UtteranceId(index as u32),
            span,
            text: text.to_owned(),
            tokens: Vec::new(),
            language: LanguageCode::ENGLISH,
            avg_logprob: -0.1,
            no_speech: Prob::ZERO,
            compression_ratio: 1.0,
            temperature: 0.0,
            flags: Vec::new(),
        },
        words: Vec::new(),
        speaker,
    }
}

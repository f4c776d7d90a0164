//! What several tests of the stages need.

#![allow(dead_code, reason = "each test file uses a part of it")]

use std::error::Error;
use std::fs;
use std::path::Path;
use voiceman_audio::{AudioClip, DecodeSettings, decode};

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

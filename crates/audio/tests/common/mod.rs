//! What the integration tests share; each uses a part of it.

#![allow(dead_code)]

use std::path::PathBuf;
use voiceman_audio::{AudioClip, DecodeSettings, decode};

/// A file of `tests/data`.
pub fn data(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)
}

/// Decodes a file of `tests/data` with the defaults.
pub fn decoded(name: &str) -> AudioClip {
    decode(&data(name), &DecodeSettings::default()).unwrap_or_else(|error| panic!("{error}: {}", error.hint()))
}

/// The mean of all channels at 16 kHz.
pub fn mono(clip: &AudioClip) -> Vec<f32> {
    let mono = clip.mono_16k().expect("resamples");
    mono.read(0..mono.len()).expect("reads")
}

/// The best normalised correlation of `b` with `a`, and by how many samples `b` is late, searched up to `reach`.
pub fn best_lag(a: &[f32], b: &[f32], reach: i64) -> (f64, i64) {
    let at =
        |samples: &[f32], index: i64| usize::try_from(index).ok().and_then(|i| samples.get(i)).copied().unwrap_or(0.0);
    let energy = |samples: &[f32]| samples.iter().map(|&x| f64::from(x).powi(2)).sum::<f64>();
    let scale = (energy(a) * energy(b)).sqrt().max(1e-12);
    (-reach..=reach)
        .map(|lag| {
            let product: f64 = (0..a.len() as i64).map(|n| f64::from(a[n as usize]) * f64::from(at(b, n + lag))).sum();
            (product / scale, lag)
        })
        .max_by(|x, y| x.0.total_cmp(&y.0))
        .expect("a lag")
}

/// Numbers that look random and are the same in every run (xorshift64*).
pub struct Random(pub u64);

impl Random {
    /// The next number.
    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// A number below `limit`.
    pub fn below(&mut self, limit: usize) -> usize {
        (self.next() >> 16) as usize % limit.max(1)
    }
}

/// A WAVE file with any header fields and any bytes of sound.
pub struct Wav {
    pub tag: u16,
    pub channels: u16,
    pub rate: u32,
    pub bits: u16,
    /// What the data chunk says its length is, if not the truth.
    pub declared: Option<u32>,
}

impl Wav {
    /// 16-bit sound of one channel at 16 kHz.
    pub fn plain() -> Wav {
        Wav { tag: 1, channels: 1, rate: 16_000, bits: 16, declared: None }
    }

    /// The file.
    pub fn bytes(&self, sound: &[u8]) -> Vec<u8> {
        let block = self.channels.wrapping_mul(self.bits / 8);
        let mut file = b"RIFF".to_vec();
        file.extend((36 + sound.len() as u32).to_le_bytes());
        file.extend(b"WAVEfmt \x10\0\0\0");
        file.extend(self.tag.to_le_bytes());
        file.extend(self.channels.to_le_bytes());
        file.extend(self.rate.to_le_bytes());
        file.extend(self.rate.wrapping_mul(u32::from(block)).to_le_bytes());
        file.extend(block.to_le_bytes());
        file.extend(self.bits.to_le_bytes());
        file.extend(b"data");
        file.extend(self.declared.unwrap_or(sound.len() as u32).to_le_bytes());
        file.extend(sound);
        file
    }
}

/// Writes a file into `folder`.
pub fn write(folder: &std::path::Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, bytes).expect("writes");
    path
}

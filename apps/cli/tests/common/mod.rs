//! Runs the real program, and makes recordings for it.

#![allow(dead_code, reason = "every test file uses another part")]

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// The program, with nothing of the caller's environment that would change what it says.
pub fn voiceman() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_voiceman"));
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy();
        if name.starts_with("VOICEMAN_") && name != "VOICEMAN_HOME" {
            command.env_remove(&*name);
        }
    }
    command.env("NO_COLOR", "1").stdin(Stdio::null());
    command
}

/// What a run gave: exit code, standard output, standard error.
pub struct Run {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

/// Runs the program with these arguments.
pub fn run<I: IntoIterator<Item = S>, S: AsRef<OsStr>>(arguments: I) -> Run {
    ended(voiceman().args(arguments).output().expect("the program starts"))
}

/// What a finished process gave.
pub fn ended(output: Output) -> Run {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Run { code: output.status.code(), out: text(&output.stdout), err: text(&output.stderr) }
}

/// The folder of sample recordings.
pub fn samples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples/recordings")
}

/// A short real recording of English.
pub fn reading() -> PathBuf {
    samples().join("reading 0880.wav")
}

/// A WAV file: `format` is 1 for whole numbers and 3 for floating point; `data` are the bytes of the samples.
pub fn wav(format: u16, bits: u16, channels: u16, rate: u32, data: &[u8]) -> Vec<u8> {
    let frame = channels * bits / 8;
    let mut bytes = b"RIFF".to_vec();
    bytes.extend((36 + data.len() as u32).to_le_bytes());
    bytes.extend(b"WAVEfmt \x10\0\0\0");
    bytes.extend(format.to_le_bytes());
    bytes.extend(channels.to_le_bytes());
    bytes.extend(rate.to_le_bytes());
    bytes.extend((rate * u32::from(frame)).to_le_bytes());
    bytes.extend(frame.to_le_bytes());
    bytes.extend(bits.to_le_bytes());
    bytes.extend(b"data");
    bytes.extend((data.len() as u32).to_le_bytes());
    bytes.extend(data);
    bytes
}

/// A 16-bit WAV file with one channel that holds `samples` at 16 kHz.
pub fn wav16(samples: &[i16]) -> Vec<u8> {
    let data: Vec<u8> = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
    wav(1, 16, 1, 16_000, &data)
}

/// A file of a case as JSON.
pub fn json(path: &Path) -> serde_json::Value {
    serde_json::from_slice(&std::fs::read(path).expect("a file")).expect("JSON")
}

/// The recordings of a case by file name: their entries in `case.json`.
pub fn recordings(case: &Path) -> Vec<(String, serde_json::Value)> {
    let index = json(&case.join("case.json"));
    let entries = index["recordings"].as_array().expect("recordings").clone();
    let name = |entry: &serde_json::Value| {
        let path = entry["path"].as_str().expect("a path");
        path.rsplit('/').next().unwrap_or(path).to_owned()
    };
    entries.into_iter().map(|entry| (name(&entry), entry)).collect()
}

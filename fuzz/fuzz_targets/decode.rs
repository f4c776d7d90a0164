//! The whole way from a file to samples, without ffmpeg.

#![no_main]

use libfuzzer_sys::fuzz_target;
use std::io::Write;
use voiceman_audio::{DecodeSettings, FfmpegUse, decode};

// The library's own hook ends the process at any panic. The decode path catches panics of decoders that are not ours, so
// here only a panic that is not caught counts; it ends the process as well.
fuzz_target!(init: std::panic::set_hook(Box::new(|_| ())), |bytes: &[u8]| {
    let settings = DecodeSettings { max_duration_s: 60, ffmpeg: FfmpegUse::Off, ..DecodeSettings::default() };
    let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
    file.write_all(bytes).expect("writes");
    if let Ok(clip) = decode(file.path(), &settings) {
        let samples = clip.read(0, 0..clip.len()).expect("reads");
        assert!(!samples.is_empty() && samples.iter().all(|sample| sample.is_finite()));
        clip.mono_16k().expect("converts");
    }
});

//! The box walker for MP4.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| voiceman_audio::fuzzing::mp4(bytes));

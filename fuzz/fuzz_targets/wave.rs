//! The chunk readers for RIFF, RF64, BW64 and Wave64.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| voiceman_audio::fuzzing::wave(bytes));

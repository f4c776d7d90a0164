//! All other readers of structure.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| voiceman_audio::fuzzing::other_containers(bytes));

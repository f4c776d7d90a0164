//! The listening copy decodes back to the same sound in the same place.

mod common;

use common::{best_lag, decoded, mono, write};
use voiceman_audio::{DecodeSettings, decode, listening_copy};

/// What one hears against what is measured: a click on a word must play that word.
const MAX_SHIFT_SAMPLES: i64 = 80; // 5 ms at 16 kHz

#[test]
fn it_has_the_length_and_the_times_of_the_recording() {
    let folder = tempfile::tempdir().expect("a folder");
    for file in ["ko.wav", "ko_stereo44k.m4a", "ko_alac.m4a"] {
        let original = decoded(file).mono_16k().expect("converts");
        let copy = listening_copy(&original).expect("encodes");
        let seconds = original.duration().seconds();
        assert!((copy.len() as f64) < 5_000.0 * seconds + 1_000.0, "{} bytes for {seconds} s", copy.len());
        let clip = decode(&write(folder.path(), "copy.opus", &copy), &DecodeSettings::default()).expect("decodes");
        assert_eq!(clip.len(), original.len() * 3, "{file}: at 48 kHz");
        assert_eq!(clip.facts().warnings, [], "{file}");
        let samples = original.read(0..original.len()).expect("reads");
        let (correlation, late) = best_lag(&samples, &mono(&clip), 400);
        assert!(correlation > 0.9 && late.abs() <= MAX_SHIFT_SAMPLES, "{file}: late {late}, correlation {correlation}");
    }
}

#[test]
fn the_same_sound_gives_the_same_bytes() {
    let copies: Vec<_> =
        (0..2).map(|_| listening_copy(&decoded("ko.wav").mono_16k().expect("converts")).expect("encodes")).collect();
    assert!(copies[0] == copies[1]);
}

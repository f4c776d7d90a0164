//! Every format that is read, against the WAV file that all fixtures were made from.
//!
//! The files that only ffmpeg reads need the `ffmpeg` and `ffprobe` programs; without them these tests fail.

mod common;

use common::{best_lag, data, decoded, mono};
use voiceman_audio::{AudioErrorKind, DecodeSettings, FfmpegUse, decode, probe};
use voiceman_base::SourceWarningKind::{self, DelayUnknown};

struct Case {
    file: &'static str,
    container: &'static str,
    codec: &'static str,
    decoder: &'static str,
    rate: u32,
    channels: u16,
    /// Samples after trimming.
    samples: u64,
    /// By how many samples at 16 kHz the sound may be late.
    late: std::ops::RangeInclusive<i64>,
    /// Least correlation with the original.
    correlation: f64,
    warnings: &'static [SourceWarningKind],
}

const EXACT: std::ops::RangeInclusive<i64> = 0..=0;
/// A quarter of a millisecond: what codecs shift phases by, and telephone filters.
const CLOSE: std::ops::RangeInclusive<i64> = -4..=4;

#[rustfmt::skip]
fn built_in() -> Vec<Case> {
    let case = |file, container, codec, rate, samples, late, correlation, warnings| Case {
        file, container, codec, decoder: "symphonia", rate, channels: 1, samples, late, correlation, warnings,
    };
    vec![
        Case { decoder: "voiceman", ..case("ko.wav", "wav", "pcm_s16le", 16_000, 62_208, EXACT, 0.999_999, &[][..]) },
        case("ko.flac", "flac", "flac", 16_000, 62_208, EXACT, 0.999_999, &[]),
        case("ko.ogg", "ogg", "vorbis", 16_000, 62_208, EXACT, 0.98, &[]),
        case("ko.opus", "ogg", "opus", 48_000, 186_624, CLOSE, 0.92, &[]),
        case("ko_opus.webm", "webm", "opus", 48_000, 186_624, CLOSE, 0.92, &[]),
        case("ko_opus.mp4", "mp4", "opus", 48_000, 186_624, CLOSE, 0.92, &[]),
        // This writer leaves the packet table's priming empty: 312 samples at 48 kHz stay.
        case("ko_opus.caf", "caf", "opus", 48_000, 187_200, 102..=106, 0.92, &[DelayUnknown]),
        case("ko.m4a", "mp4", "aac-lc", 16_000, 62_208, CLOSE, 0.99, &[]),
        case("ko_index_first.m4a", "mp4", "aac-lc", 16_000, 62_208, CLOSE, 0.99, &[]),
        case("ko_fragmented.mp4", "mp4", "aac-lc", 16_000, 62_464, CLOSE, 0.99, &[]),
        case("ko_video.mp4", "mp4", "aac-lc", 16_000, 62_208, CLOSE, 0.99, &[]),
        case("ko_no_edits.m4a", "mp4", "aac-lc", 16_000, 63_488, 1020..=1028, 0.99, &[DelayUnknown]),
        case("ko_aac.mkv", "matroska", "aac-lc", 16_000, 63_488, 1020..=1028, 0.99, &[DelayUnknown]),
        case("ko.aac", "adts", "aac-lc", 16_000, 63_488, 1020..=1028, 0.99, &[DelayUnknown]),
        case("ko.mp3", "mp3", "mp3", 16_000, 62_208, CLOSE, 0.98, &[]),
        case("ko_no_tag.mp3", "mp3", "mp3", 16_000, 63_360, 1100..=1110, 0.98, &[DelayUnknown]),
        case("ko.mp2", "mp2", "mp2", 16_000, 62_208, 476..=486, 0.9, &[DelayUnknown]),
        case("ko_ima.wav", "wav", "adpcm_ima_wav", 16_000, 63_271, CLOSE, 0.99, &[]),
        case("ko_ms.wav", "wav", "adpcm_ms", 16_000, 63_116, CLOSE, 0.99, &[]),
        case("ko_ulaw8k.wav", "wav", "pcm_mulaw", 8_000, 31_104, CLOSE, 0.9, &[]),
        case("ko_alaw8k.wav", "wav", "pcm_alaw", 8_000, 31_104, CLOSE, 0.9, &[]),
    ]
}

#[rustfmt::skip]
fn through_ffmpeg() -> Vec<Case> {
    let case = |file, container, codec, rate, samples, late, correlation| Case {
        file, container, codec, decoder: "ffmpeg", rate, channels: 1, samples, late, correlation, warnings: &[],
    };
    vec![
        case("ko_amr.3gp", "3gp", "amr_nb", 8_000, 31_200, 0..=160, 0.6),
        case("ko.amr", "amr_nb", "amr_nb", 8_000, 31_200, 0..=160, 0.6),
        case("ko.awb", "amr_wb", "amr_wb", 16_000, 62_400, 0..=160, 0.6),
        case("ko.wma", "asf (WMA, WMV)", "wmav2", 16_000, 61_952, -512..=-512, 0.9),
        case("ko.ac3", "ac3", "ac3", 48_000, 187_392, -300..=300, 0.9),
        case("ko_gsm.wav", "wav", "gsm_ms", 8_000, 31_360, CLOSE, 0.7),
    ]
}

fn check(cases: &[Case]) {
    let original = mono(&decoded("ko.wav"));
    let mut wrong = Vec::new();
    for case in cases {
        let clip = decoded(case.file);
        let facts = clip.facts();
        let (correlation, late) = best_lag(&original, &mono(&clip), 2_200);
        let warnings: Vec<_> = facts.warnings.iter().map(|warning| warning.kind).collect();
        let right = facts.container == case.container
            && facts.codec == case.codec
            && facts.decoder.name == case.decoder
            && facts.sample_rate == case.rate
            && facts.channels == case.channels
            && facts.samples == case.samples
            && clip.len() == case.samples
            && case.late.contains(&late)
            && correlation >= case.correlation
            && warnings == case.warnings;
        if !right {
            wrong.push(format!(
                "{}: {} {} {} {} Hz, {} channels, {} samples, late {late}, correlation {correlation:.4}, {}, {:?}",
                case.file,
                facts.container,
                facts.codec,
                facts.decoder.name,
                facts.sample_rate,
                facts.channels,
                facts.samples,
                facts.trimming,
                facts.warnings
            ));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn built_in_formats_give_the_original_sound_in_its_place() {
    check(&built_in());
}

#[test]
fn formats_through_ffmpeg_give_the_original_sound() {
    check(&through_ffmpeg());
}

/// Uncompressed and lossless copies of the first second, bit for bit.
#[test]
fn lossless_formats_are_bit_exact() {
    let original = decoded("ko.wav").read(0, 0..16_000).expect("reads");
    for (file, container, codec) in [
        ("ko_alac.m4a", "mp4", "alac"),
        ("ko_1s.aiff", "aiff", "pcm_s16be"),
        ("ko_1s.w64", "w64", "pcm_s16le"),
        ("ko_1s_rf64.wav", "rf64", "pcm_s16le"),
        ("ko_1s_f32.caf", "caf", "pcm_f32le"),
    ] {
        let clip = decoded(file);
        assert_eq!((clip.facts().container.as_str(), clip.facts().codec.as_str()), (container, codec), "{file}");
        assert_eq!(clip.facts().warnings, [], "{file}");
        assert_eq!(clip.len(), 16_000, "{file}");
        assert!(clip.read(0, 0..16_000).expect("reads") == original, "{file} differs");
    }
}

#[test]
fn both_channels_are_kept_apart_and_averaged_for_mono() {
    let clip = decoded("ko_stereo44k.m4a");
    assert_eq!((clip.sample_rate(), clip.channels(), clip.len()), (44_100, 2, 88_200));
    let (left, right) = (clip.read(0, 0..88_200).expect("reads"), clip.read(1, 0..88_200).expect("reads"));
    let power = |samples: &[f32]| samples.iter().map(|&x| f64::from(x).powi(2)).sum::<f64>();
    let ratio = 10.0 * (power(&left) / power(&right)).log10();
    // The encoder keeps 5.04 of the 6.02 dB.
    assert!((ratio - 5.04).abs() < 0.1, "channels are {ratio} dB apart");
    let mean = clip.read_mean(1_000..1_010).expect("reads");
    assert_eq!(mean[3], (left[1_003] + right[1_003]) * 0.5);
    let original = mono(&decoded("ko.wav"));
    let (correlation, late) = best_lag(&original[..32_000], &mono(&clip), 200);
    assert!(correlation > 0.94 && late.abs() <= 4, "late {late}, correlation {correlation}");
}

#[test]
fn sound_at_16_khz_passes_through_unchanged() {
    let clip = decoded("ko.wav");
    assert!(mono(&clip) == clip.read(0, 0..clip.len()).expect("reads"));
}

#[test]
fn probing_says_what_decoding_says() {
    for file in ["ko.wav", "ko.m4a", "ko_opus.webm", "ko.mp3"] {
        let facts = probe(&data(file), &DecodeSettings::default()).expect("probes");
        assert_eq!(&facts, decoded(file).facts(), "{file}");
    }
}

#[test]
fn hashes_are_those_of_the_bytes_and_of_the_samples() {
    let clip = decoded("ko.wav");
    let bytes = std::fs::read(data("ko.wav")).expect("reads");
    assert_eq!(clip.facts().file.sha256, voiceman_base::Digest::of(&bytes));
    assert_eq!(clip.facts().file.bytes, bytes.len() as u64);
    let samples = clip.read(0, 0..clip.len()).expect("reads");
    let little_endian: Vec<u8> = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
    assert_eq!(clip.facts().samples_sha256, voiceman_base::Digest::of(&little_endian));
    assert_eq!(
        clip.facts().samples_sha256,
        decoded("ko.flac").facts().samples_sha256,
        "lossless copies have equal samples"
    );
}

#[test]
fn without_ffmpeg_the_message_names_the_codec_and_what_to_install() {
    let off = DecodeSettings { ffmpeg: FfmpegUse::Off, ..DecodeSettings::default() };
    let missing = DecodeSettings { ffmpeg_program: Some("/nonexistent/ffmpeg".into()), ..DecodeSettings::default() };
    for (file, codec) in [("ko_amr.3gp", "amr_nb"), ("ko_gsm.wav", "gsm_ms"), ("ko.wma", "asf (WMA, WMV)")] {
        for settings in [&off, &missing] {
            let error = decode(&data(file), settings).expect_err("needs ffmpeg");
            assert_eq!(error.kind(), &AudioErrorKind::NeedsFfmpeg { what: codec.into() }, "{file}");
            assert!(error.to_string().contains(file) && error.hint().contains("install ffmpeg"), "{error}");
        }
    }
}

/// The signalled profile of an M4A is set to HE-AAC by changing its audio configuration: object type 5.
#[test]
fn signalled_he_aac_goes_to_ffmpeg() {
    let mut bytes = std::fs::read(data("ko.m4a")).expect("reads");
    let esds = bytes.windows(4).position(|four| four == b"esds").expect("has a configuration");
    let tag = (esds..bytes.len()).find(|&at| bytes[at] == 5 && bytes[at + 1] & 0x80 != 0).expect("decoder bytes");
    let config = tag + 5;
    bytes[config] = 5 << 3 | bytes[config] & 7;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("he.m4a");
    std::fs::write(&path, bytes).expect("writes");
    let off = DecodeSettings { ffmpeg: FfmpegUse::Off, ..DecodeSettings::default() };
    let error = decode(&path, &off).expect_err("needs ffmpeg");
    assert_eq!(error.kind(), &AudioErrorKind::NeedsFfmpeg { what: "he_aac".into() });
}

fn decoded_bytes(name: &str, bytes: &[u8]) -> voiceman_audio::AudioClip {
    let folder = tempfile::tempdir().expect("a folder");
    decode(&common::write(folder.path(), name, bytes), &DecodeSettings::default())
        .unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn tags_around_an_mp3_are_no_sound_and_no_damage() {
    let sound = std::fs::read(data("ko.mp3")).expect("reads");
    let tag = [&b"ID3\x04\0\0\0\0\x0f\x50"[..], &[0x55; 15 << 7 | 0x50]].concat();
    let end = [&b"TAG"[..], &[b' '; 125]].concat();
    let clip = decoded_bytes("tagged.mp3", &[&tag[..], &sound, &end].concat());
    assert_eq!(clip.facts().samples_sha256, decoded("ko.mp3").facts().samples_sha256);
    assert_eq!(clip.facts().warnings, []);
    let clip = decoded_bytes("rubbish.mp3", &[&sound[..], &[0x55; 500]].concat());
    assert_eq!(clip.facts().samples_sha256, decoded("ko.mp3").facts().samples_sha256);
    let kinds: Vec<_> = clip.facts().warnings.iter().map(|warning| warning.kind).collect();
    assert_eq!(kinds, [SourceWarningKind::TrailingBytes]);
}

#[test]
fn chunks_before_and_after_the_sound_are_passed_over() {
    let file = std::fs::read(data("ko.wav")).expect("reads");
    let chunk = |id: &[u8; 4], length: usize| {
        let padded = vec![7; length + length % 2];
        [&id[..], &(length as u32).to_le_bytes(), &padded].concat()
    };
    let bytes = [&file[..12], &chunk(b"bext", 603), &chunk(b"JUNK", 28), &file[12..], &chunk(b"LIST", 26)].concat();
    let clip = decoded_bytes("chunks.wav", &bytes);
    assert_eq!(clip.facts().samples_sha256, decoded("ko.wav").facts().samples_sha256);
    assert_eq!(clip.facts().warnings, []);
}

#[test]
fn a_second_stream_in_another_format_is_not_passed_over_silently() {
    let first = std::fs::read(data("ko.opus")).expect("reads");
    let second = std::fs::read(data("ko.ogg")).expect("reads");
    let clip = decoded_bytes("chained.ogg", &[&first[..], &second].concat());
    assert!(clip.len() >= decoded("ko.opus").len());
    let kinds: Vec<_> = clip.facts().warnings.iter().map(|warning| warning.kind).collect();
    assert_eq!(kinds, [SourceWarningKind::Damaged], "{:?}", clip.facts().warnings);
}

#[test]
fn opus_of_two_recordings_in_a_row_is_one_recording() {
    let file = std::fs::read(data("ko.opus")).expect("reads");
    let clip = decoded_bytes("twice.opus", &[&file[..], &file].concat());
    let single = decoded("ko.opus");
    assert_eq!(clip.len(), 2 * single.len(), "{:?}", clip.facts().warnings);
    let (a, b) =
        (single.read(0, 0..single.len()).expect("reads"), clip.read(0, single.len()..clip.len()).expect("reads"));
    assert!(a == b);
}

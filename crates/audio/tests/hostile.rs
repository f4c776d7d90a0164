//! Things that are no recordings, and recordings that contradict themselves: each ends in its own message, none hangs.

mod common;

use common::{Wav, data, write};
use std::path::Path;
use std::sync::atomic::{AtomicI64, Ordering};
use voiceman_audio::{
    AudioErrorKind, DecodeSettings, FfmpegUse, LimitError, decode, decode_watched, source_file_watched,
};
use voiceman_base::{ClipTime, SourceWarningKind, Watch};

fn kind_of(path: &Path) -> AudioErrorKind {
    let error = decode(path, &DecodeSettings::default()).expect_err("is no recording");
    assert!(!error.hint().is_empty());
    error.kind().clone()
}

fn sine(samples: usize) -> Vec<u8> {
    (0..samples).map(|n| ((n as f64 * 0.1).sin() * 10_000.0) as i16).flat_map(i16::to_le_bytes).collect()
}

#[test]
fn what_is_no_sound_is_told_by_its_first_bytes() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name, bytes: &[u8]| write(folder.path(), name, bytes);
    assert_eq!(kind_of(&file("empty.wav", b"")), AudioErrorKind::Empty);
    let unknown = |first_bytes: &str| AudioErrorKind::UnknownFormat { first_bytes: first_bytes.into() };
    assert_eq!(kind_of(&file("byte.mp3", b"R")), unknown("R"));
    assert_eq!(kind_of(&file("text.wav", b"Dear Sir,\nI write")), unknown("Dear Sir,\\x0aI writ"));
    assert_eq!(kind_of(&file("zeros.wav", &[0; 100_000])), unknown(&"\\x00".repeat(16)));
    assert_eq!(kind_of(&file("ones.mp3", &[0xff; 100_000])), unknown(&"\\xff".repeat(16)));
    let text = "All work and no play makes a dull recording.\n".repeat(5_000);
    assert!(matches!(kind_of(&file("long.m4a", text.as_bytes())), AudioErrorKind::UnknownFormat { .. }));
    let mut random = common::Random(7);
    let noise: Vec<u8> = (0..200_000).map(|_| random.next() as u8).collect();
    assert!(matches!(kind_of(&file("noise.mp3", &noise)), AudioErrorKind::UnknownFormat { .. }));
}

#[test]
fn headers_without_anything_behind_them_are_malformed() {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, bytes) in [
        ("riff.wav", &b"RIFF\x24\0\0\0WAVE"[..]),
        ("fmt.wav", b"RIFF\x24\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0"),
        ("data-first.wav", b"RIFF\x24\0\0\0WAVEdata\x04\0\0\0abcd"),
        ("flac.flac", b"fLaC"),
        ("ogg.ogg", b"OggS"),
        ("caf.caf", b"caff\0\x01\0\0"),
        ("aiff.aiff", b"FORM\0\0\0\x04AIFF"),
        ("ebml.mkv", b"\x1a\x45\xdf\xa3"),
    ] {
        let path = write(folder.path(), name, bytes);
        let kind = kind_of(&path);
        let plausible = matches!(
            kind,
            AudioErrorKind::Malformed { .. }
                | AudioErrorKind::NoAudioTrack
                | AudioErrorKind::NoSamples
                | AudioErrorKind::Ffmpeg { .. }
        );
        assert!(plausible, "{name}: {kind:?}");
    }
    let index_missing = write(folder.path(), "x.m4a", b"\0\0\0\x10ftypM4A \0\0\0\0\0\0\0\x20mdatabcd");
    assert_eq!(kind_of(&index_missing), AudioErrorKind::IndexMissing);
}

#[cfg(unix)]
#[test]
fn what_is_no_file_is_refused_without_opening_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    std::fs::create_dir(at("folder.wav")).expect("a folder");
    assert_eq!(kind_of(&at("folder.wav")), AudioErrorKind::Directory);
    let made = std::process::Command::new("mkfifo").arg(at("pipe.wav")).status().expect("mkfifo");
    assert!(made.success());
    assert_eq!(kind_of(&at("pipe.wav")), AudioErrorKind::NotAFile("pipe"));
    let _listener = std::os::unix::net::UnixListener::bind(at("socket.wav")).expect("a socket");
    assert_eq!(kind_of(&at("socket.wav")), AudioErrorKind::NotAFile("socket"));
    assert_eq!(kind_of(Path::new("/dev/zero")), AudioErrorKind::NotAFile("device"));
    assert_eq!(kind_of(&at("nothing.wav")), AudioErrorKind::NotFound);
    assert_eq!(kind_of(&at("nothing/x.wav")), AudioErrorKind::NotFound);
    std::os::unix::fs::symlink(at("nothing.wav"), at("dangling.wav")).expect("a link");
    assert_eq!(kind_of(&at("dangling.wav")), AudioErrorKind::DanglingLink);
    std::os::unix::fs::symlink(at("loop.wav"), at("loop.wav")).expect("a link");
    assert_eq!(kind_of(&at("loop.wav")), AudioErrorKind::LinkLoop);
    std::os::unix::fs::symlink(data("ko.wav"), at("good.wav")).expect("a link");
    assert!(decode(&at("good.wav"), &DecodeSettings::default()).is_ok());
}

#[cfg(unix)]
#[test]
fn a_file_that_may_not_be_read_says_so() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().expect("a folder");
    let path = write(folder.path(), "locked.wav", &Wav::plain().bytes(&sine(1_600)));
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o0)).expect("changes");
    // The superuser may read everything; everybody else gets the message.
    match std::fs::File::open(&path) {
        Ok(_) => assert!(decode(&path, &DecodeSettings::default()).is_ok()),
        Err(_) => assert_eq!(kind_of(&path), AudioErrorKind::PermissionDenied),
    }
}

#[cfg(unix)]
#[test]
fn any_name_works_also_through_ffmpeg() {
    use std::os::unix::ffi::OsStrExt;
    let folder = tempfile::tempdir().expect("a folder");
    for name in [
        &b"-i.amr"[..],
        b"concat:a|b.amr",
        b"http:x.amr",
        b"two words 'quoted' \"twice\".amr",
        b"line\nbreak.amr",
        "한글.amr".as_bytes(),
        "\u{1112}\u{1161}\u{11ab}.amr".as_bytes(),
        b"bytes\xff\xfe.amr",
        b"%d.amr",
        b"$(touch x);`touch y`.amr",
    ] {
        let path = folder.path().join(std::ffi::OsStr::from_bytes(name));
        std::fs::copy(data("ko.amr"), &path).expect("copies");
        let clip = decode(&path, &DecodeSettings::default()).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(clip.len(), 31_200, "{name:?}");
        assert_eq!(clip.facts().warnings, [], "{name:?}");
    }
    let name = folder.path().join(std::ffi::OsStr::from_bytes(b"bytes\xff\xfe.amr"));
    let clip = decode(&name, &DecodeSettings::default()).expect("decodes");
    assert_eq!(clip.facts().file.name, "bytes\\xff\\xfe.amr");
    assert_eq!(
        std::fs::read_dir(folder.path()).expect("lists").count(),
        10,
        "nothing was written beside the recordings"
    );
}

#[test]
fn very_short_sound_is_sound() {
    let folder = tempfile::tempdir().expect("a folder");
    let none = write(folder.path(), "none.wav", &Wav::plain().bytes(b""));
    assert_eq!(kind_of(&none), AudioErrorKind::NoSamples);
    for samples in [1, 1_600] {
        let path = write(folder.path(), "short.wav", &Wav::plain().bytes(&sine(samples)));
        let clip = decode(&path, &DecodeSettings::default()).expect("decodes");
        assert_eq!((clip.len(), clip.mono_16k().expect("converts").len()), (samples as u64, samples as u64));
        assert_eq!(clip.facts().warnings, []);
    }
    let one = Wav { rate: 48_000, ..Wav::plain() }.bytes(&sine(1));
    let clip = decode(&write(folder.path(), "one.wav", &one), &DecodeSettings::default()).expect("decodes");
    assert_eq!(clip.mono_16k().expect("converts").len(), 0, "a third of a sample rounds to none");
}

#[test]
fn many_channels_and_high_rates_are_sound_up_to_the_limits() {
    let folder = tempfile::tempdir().expect("a folder");
    let settings = DecodeSettings::default();
    let many = Wav { channels: 32, ..Wav::plain() }.bytes(&sine(3_200));
    let clip = decode(&write(folder.path(), "32.wav", &many), &settings).unwrap_or_else(|error| panic!("{error:?}"));
    assert_eq!((clip.channels(), clip.len()), (32, 100));
    let too_many = Wav { channels: 33, ..Wav::plain() }.bytes(&sine(3_300));
    let limit = LimitError::Channels { channels: 33, max: 32 };
    assert_eq!(kind_of(&write(folder.path(), "33.wav", &too_many)), AudioErrorKind::Limit(limit));
    for rate in [4_000, 384_000, 768_000] {
        let bytes = Wav { rate, ..Wav::plain() }.bytes(&sine(rate as usize / 10));
        let clip = decode(&write(folder.path(), "rate.wav", &bytes), &settings).expect("decodes");
        assert_eq!((clip.sample_rate(), clip.mono_16k().expect("converts").len()), (rate, 1_600));
    }
    for rate in [1, 3_999, 768_001, u32::MAX] {
        let path = write(folder.path(), "rate.wav", &Wav { rate, ..Wav::plain() }.bytes(&sine(100)));
        let limit = LimitError::SampleRate { rate: u64::from(rate) };
        assert_eq!(kind_of(&path), AudioErrorKind::Limit(limit), "{rate} Hz");
    }
    let zero = write(folder.path(), "zero.wav", &Wav { rate: 0, ..Wav::plain() }.bytes(&sine(100)));
    assert!(matches!(kind_of(&zero), AudioErrorKind::Malformed { .. }));
}

#[test]
fn a_recording_beyond_the_length_limit_is_refused_by_every_decoder() {
    let settings = DecodeSettings { max_duration_s: 2, ..DecodeSettings::default() };
    for file in ["ko.wav", "ko.m4a", "ko.mp3", "ko_opus.webm", "ko.amr"] {
        let error = decode(&data(file), &settings).expect_err("is too long");
        assert_eq!(error.kind(), &AudioErrorKind::Limit(LimitError::Duration { max_s: 2 }), "{file}");
    }
}

#[test]
fn a_header_that_promises_four_gigabytes_is_truncated_not_trusted() {
    let folder = tempfile::tempdir().expect("a folder");
    let bytes = Wav { declared: Some(u32::MAX - 1), ..Wav::plain() }.bytes(&sine(1_600));
    let clip = decode(&write(folder.path(), "big.wav", &bytes), &DecodeSettings::default()).expect("decodes");
    assert_eq!(clip.len(), 1_600);
    let [warning] = &clip.facts().warnings[..] else { panic!("{:?}", clip.facts().warnings) };
    assert_eq!(warning.kind, SourceWarningKind::Truncated);
    assert_eq!(warning.at, Some(ClipTime::from_millis(100)));
    assert_eq!(warning.missing, Some(ClipTime::from_sample((u64::from(u32::MAX) - 1 - 3_200) / 2, 16_000)));
}

#[test]
fn an_unfinished_header_gives_all_the_sound_and_a_warning() {
    let folder = tempfile::tempdir().expect("a folder");
    for declared in [0, u32::MAX] {
        let bytes = Wav { declared: Some(declared), ..Wav::plain() }.bytes(&sine(1_600));
        let clip = decode(&write(folder.path(), "open.wav", &bytes), &DecodeSettings::default()).expect("decodes");
        assert_eq!(clip.len(), 1_600);
        let kinds: Vec<_> = clip.facts().warnings.iter().map(|warning| (warning.kind, warning.missing)).collect();
        assert_eq!(kinds, [(SourceWarningKind::Truncated, None)]);
    }
}

#[test]
fn samples_that_are_no_numbers_become_silence_and_loud_ones_stay() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut samples = vec![0.5_f32; 1_600];
    samples[800] = f32::NAN;
    samples[900] = f32::NEG_INFINITY;
    samples[1_000] = 3.5;
    let sound: Vec<u8> = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
    let bytes = Wav { tag: 3, bits: 32, ..Wav::plain() }.bytes(&sound);
    let clip = decode(&write(folder.path(), "nan.wav", &bytes), &DecodeSettings::default()).expect("decodes");
    let decoded = clip.read(0, 0..1_600).expect("reads");
    assert_eq!((decoded[799], decoded[800], decoded[900], decoded[1_000]), (0.5, 0.0, 0.0, 3.5));
    let [warning] = &clip.facts().warnings[..] else { panic!("{:?}", clip.facts().warnings) };
    assert_eq!((warning.kind, warning.at), (SourceWarningKind::NotFinite, Some(ClipTime::from_millis(50))));
    assert!(warning.text.starts_with("2 samples"), "{}", warning.text);
}

#[test]
fn integer_and_float_widths_agree() {
    let folder = tempfile::tempdir().expect("a folder");
    let values = [0.0_f64, 0.25, -0.5, 0.875, -1.0];
    let wide = |tag, bits, encode: &dyn Fn(f64) -> Vec<u8>| {
        let sound: Vec<u8> = values.iter().flat_map(|&value| encode(value)).collect();
        let path = write(folder.path(), "width.wav", &Wav { tag, bits, ..Wav::plain() }.bytes(&sound));
        let clip = decode(&path, &DecodeSettings::default()).unwrap_or_else(|error| panic!("{bits} bits: {error}"));
        let expected: Vec<f32> = values.iter().map(|&value| value as f32).collect();
        assert_eq!(clip.read(0, 0..5).expect("reads"), expected, "{bits} bits, format {tag}");
    };
    wide(1, 8, &|value| vec![(value * 128.0 + 128.0) as u8]);
    wide(1, 16, &|value| ((value * 32_768.0) as i16).to_le_bytes().to_vec());
    wide(1, 24, &|value| ((value * 8_388_608.0) as i32).to_le_bytes()[..3].to_vec());
    wide(1, 32, &|value| ((value * 2_147_483_648.0) as i32).to_le_bytes().to_vec());
    wide(1, 64, &|value| ((value * 9_223_372_036_854_775_808.0) as i64).to_le_bytes().to_vec());
    wide(3, 32, &|value| (value as f32).to_le_bytes().to_vec());
    wide(3, 64, &|value| value.to_le_bytes().to_vec());
}

#[test]
fn a_wrong_extension_is_noted_and_the_content_wins() {
    let folder = tempfile::tempdir().expect("a folder");
    for (file, name) in [("ko.mp3", "x.wav"), ("ko.flac", "x.m4a"), ("ko.wav", "x.TXT"), ("ko.m4a", "x.mp3")] {
        let path = folder.path().join(name);
        std::fs::copy(data(file), &path).expect("copies");
        let clip = decode(&path, &DecodeSettings::default()).expect("decodes");
        let original = decode(&data(file), &DecodeSettings::default()).expect("decodes");
        assert_eq!(clip.facts().samples_sha256, original.facts().samples_sha256, "{file} as {name}");
        let kinds: Vec<_> = clip.facts().warnings.iter().map(|warning| warning.kind).collect();
        assert_eq!(kinds, [SourceWarningKind::WrongExtension], "{file} as {name}");
    }
}

#[test]
fn long_recordings_are_the_same_whether_they_spill_to_disk_or_not() {
    let folder = tempfile::tempdir().expect("a folder");
    // 21 million samples: more than are kept in memory.
    let sound: Vec<u8> = (0..21_000_000_u32).flat_map(|n| ((n % 30_011) as i16).to_le_bytes()).collect();
    let path = write(folder.path(), "long.wav", &Wav { rate: 48_000, ..Wav::plain() }.bytes(&sound));
    let settings = DecodeSettings { scratch: Some(folder.path().into()), ..DecodeSettings::default() };
    let clip = decode(&path, &settings).expect("decodes");
    for at in [0_u64, 16_777_210, 20_999_990] {
        let expected: Vec<f32> = (at..at + 10).map(|n| (n % 30_011) as f32 / 32_768.0).collect();
        assert_eq!(clip.read(0, at..at + 10).expect("reads"), expected, "at {at}");
    }
    assert_eq!(std::fs::read_dir(folder.path()).expect("lists").count(), 1, "scratch files have no name");
    let nowhere = DecodeSettings { scratch: Some(folder.path().join("missing")), ..DecodeSettings::default() };
    let error = decode(&path, &nowhere).expect_err("has no scratch space");
    assert_eq!(error.kind(), &AudioErrorKind::Scratch);
    let off = DecodeSettings { ffmpeg: FfmpegUse::Off, ..nowhere };
    assert!(decode(&data("ko.wav"), &off).is_ok(), "short recordings need no scratch space");
}

/// Asks to stop after it was looked at so many times.
struct StopsAfter(AtomicI64);

impl Watch for StopsAfter {
    fn progress(&self, _: ClipTime, _: ClipTime) {}

    fn is_cancelled(&self) -> bool {
        self.0.fetch_sub(1, Ordering::Relaxed) <= 0
    }
}

#[test]
fn a_decode_ends_wherever_it_is_asked_to_stop() {
    // Uncompressed sound, a codec that is built in, pages with holes looked for, and ffmpeg.
    for file in ["ko.wav", "ko.m4a", "ko.ogg", "ko.amr"] {
        let mut looks = 0;
        loop {
            let watch = StopsAfter(looks.into());
            match decode_watched(&data(file), &DecodeSettings::default(), &watch) {
                Err(error) => {
                    assert_eq!(*error.kind(), AudioErrorKind::Cancelled, "{file} after {looks} looks: {error}")
                }
                Ok(_) => break,
            }
            looks += 1;
        }
        assert!(looks > 2, "{file}: it was looked at {looks} times");
    }
    let clip = decode(&data("ko_stereo44k.m4a"), &DecodeSettings::default()).expect("decodes");
    let error = clip.mono_16k_watched(&StopsAfter(3.into())).expect_err("was asked to stop");
    assert_eq!(*error.kind(), AudioErrorKind::Cancelled);
    let error = source_file_watched(&data("ko.wav"), &StopsAfter(1.into())).expect_err("was asked to stop");
    assert_eq!(*error.kind(), AudioErrorKind::Cancelled);
}

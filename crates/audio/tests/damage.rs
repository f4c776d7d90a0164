//! Recordings that were cut or overwritten: what can be decoded is, in its place, and what is missing is said.

mod common;

use common::{Random, best_lag, data, decoded, mono, write};
use voiceman_audio::{AudioClip, DecodeSettings, decode};
use voiceman_base::SourceWarningKind::{Damaged, Truncated};

/// Every file of the corpus that is decoded here or by ffmpeg.
const CORPUS: [&str; 30] = [
    "ko.wav",
    "ko.flac",
    "ko.ogg",
    "ko.opus",
    "ko_opus.webm",
    "ko_opus.mp4",
    "ko_opus.caf",
    "ko.m4a",
    "ko_index_first.m4a",
    "ko_fragmented.mp4",
    "ko_no_edits.m4a",
    "ko_aac.mkv",
    "ko.aac",
    "ko.mp3",
    "ko_no_tag.mp3",
    "ko.mp2",
    "ko_ima.wav",
    "ko_ms.wav",
    "ko_ulaw8k.wav",
    "ko_stereo44k.m4a",
    "ko_alac.m4a",
    "ko_1s.aiff",
    "ko_1s.w64",
    "ko_1s_rf64.wav",
    "ko_1s_f32.caf",
    "ko_video.mp4",
    "ko.amr",
    "ko_amr.3gp",
    "ko.wma",
    "ko.ac3",
];

/// Files from whose beginning sound can be decoded without their end, and how many seconds a cut may cost beyond it:
/// a packet or two, a page of Ogg, a cluster of WebM, a fragment of MP4.
const PLAYABLE: [(&str, f64); 18] = [
    ("ko.wav", 0.01),
    ("ko.flac", 0.3),
    ("ko.ogg", 1.1),
    ("ko.opus", 1.1),
    ("ko_opus.webm", 0.1),
    ("ko_aac.mkv", 0.2),
    ("ko_index_first.m4a", 0.2),
    ("ko_fragmented.mp4", 0.7),
    ("ko.aac", 0.2),
    ("ko.mp3", 0.2),
    ("ko_no_tag.mp3", 0.2),
    ("ko.mp2", 0.2),
    ("ko_ima.wav", 0.1),
    ("ko_ulaw8k.wav", 0.01),
    ("ko_1s.aiff", 0.1),
    ("ko_1s.w64", 0.01),
    ("ko_1s_rf64.wav", 0.01),
    ("ko_1s_f32.caf", 0.1),
];

fn warned(clip: &AudioClip) -> bool {
    clip.facts().warnings.iter().any(|warning| matches!(warning.kind, Truncated | Damaged))
}

#[test]
fn a_cut_anywhere_is_never_silent() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut silent = Vec::new();
    for file in CORPUS {
        let whole = decoded(file);
        let bytes = std::fs::read(data(file)).expect("reads");
        for part in 1..16 {
            // Bare rows of frames cut exactly between two frames (in MP2, AC-3 and AMR these sixteenths would be) are
            // whole files of a shorter recording: nothing in them tells otherwise.
            let cut = bytes.len() * part / 16 + 40;
            let path = write(folder.path(), file, &bytes[..cut]);
            if let Ok(clip) = decode(&path, &DecodeSettings::default())
                && !warned(&clip)
                && clip.len() < whole.len()
            {
                silent.push(format!("{file} cut at {part}/16: {} of {} samples", clip.len(), whole.len()));
            }
        }
    }
    assert!(silent.is_empty(), "\n{}", silent.join("\n"));
}

#[test]
fn a_cut_loses_only_what_was_cut() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut wrong = Vec::new();
    for (file, cost) in PLAYABLE {
        let whole = decoded(file);
        let seconds = whole.duration().seconds();
        let reference = whole.read(0, 0..whole.len()).expect("reads");
        let bytes = std::fs::read(data(file)).expect("reads");
        for part in [6, 8, 11, 15] {
            let path = write(folder.path(), file, &bytes[..bytes.len() * part / 16]);
            let clip = match decode(&path, &DecodeSettings::default()) {
                Ok(clip) => clip,
                Err(error) => {
                    wrong.push(format!("{file} at {part}/16: {error}"));
                    continue;
                }
            };
            // Compressed formats spend bits unevenly: a quarter of a second each way.
            let least = seconds * f64::from(part as u32) / 16.0 - cost - 0.35;
            if clip.duration().seconds() < least {
                wrong.push(format!("{file} at {part}/16: {} of at least {least} s", clip.duration().seconds()));
            }
            let samples = clip.read(0, 0..clip.len()).expect("reads");
            // The last packet may differ, where decoders overlap packets.
            let same = samples.len().saturating_sub(clip.sample_rate() as usize / 20);
            if samples[..same] != reference[..same] {
                wrong.push(format!("{file} at {part}/16: other samples"));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// Where the length is promised, the missing part is known exactly.
#[test]
fn what_is_missing_is_counted_where_the_header_promises_it() {
    let folder = tempfile::tempdir().expect("a folder");
    for file in [
        "ko.wav",
        "ko.flac",
        "ko_index_first.m4a",
        "ko_opus.mp4",
        "ko_ulaw8k.wav",
        "ko_1s.w64",
        "ko_1s_rf64.wav",
        "ko_1s.aiff",
        "ko.mp3",
    ] {
        let whole = decoded(file).duration();
        let mut bytes = std::fs::read(data(file)).expect("reads");
        if file == "ko_opus.mp4" {
            bytes = index_first(&bytes);
        }
        let path = write(folder.path(), file, &bytes[..bytes.len() * 5 / 8]);
        let clip = decode(&path, &DecodeSettings::default()).unwrap_or_else(|error| panic!("{file}: {error}"));
        let warning = clip.facts().warnings.iter().find(|warning| warning.kind == Truncated);
        let warning = warning.unwrap_or_else(|| panic!("{file}: {:?}", clip.facts().warnings));
        assert_eq!(warning.at, Some(clip.duration()), "{file}");
        let missing = warning.missing.unwrap_or_else(|| panic!("{file}: {warning:?}"));
        // Whole packets at both ends of an MP3 are trimmed or not.
        let slack = if file == "ko.mp3" { 0.08 } else { 0.000_01 };
        let sum = (missing + clip.duration()).seconds();
        assert!((sum - whole.seconds()).abs() < slack, "{file}: {sum} s of {whole}");
    }
}

/// Moves the index of an MP4 to the front, where a recorder that streams would have put it.
fn index_first(bytes: &[u8]) -> Vec<u8> {
    let mut boxes = Vec::new();
    let mut at = 0;
    while at + 8 <= bytes.len() {
        let size = u32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]) as usize;
        boxes.push((&bytes[at + 4..at + 8], at..at + size));
        at += size;
    }
    let index = boxes.iter().find(|(kind, _)| *kind == b"moov").expect("an index").1.clone();
    let first = boxes[0].1.clone();
    let mut moov = bytes[index.clone()].to_vec();
    let offsets = moov.windows(4).position(|four| four == b"stco").expect("chunk offsets");
    let count = u32::from_be_bytes([moov[offsets + 8], moov[offsets + 9], moov[offsets + 10], moov[offsets + 11]]);
    for entry in 0..count as usize {
        let at = offsets + 12 + entry * 4;
        let old = u32::from_be_bytes([moov[at], moov[at + 1], moov[at + 2], moov[at + 3]]);
        moov[at..at + 4].copy_from_slice(&(old + index.len() as u32).to_be_bytes());
    }
    [&bytes[first.clone()], &moov[..], &bytes[first.end..index.start]].concat()
}

/// Bytes in the middle are overwritten: the length stays, the sound after the damage stays in its place.
#[test]
fn damage_in_the_middle_does_not_move_what_follows() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut wrong = Vec::new();
    for file in ["ko.flac", "ko.mp3", "ko.aac", "ko_index_first.m4a", "ko.ogg", "ko.opus", "ko_opus.mp4"] {
        let whole = decoded(file);
        let mut bytes = std::fs::read(data(file)).expect("reads");
        let middle = bytes.len() * 5 / 16;
        let mut random = Random(3);
        bytes[middle..middle + 700].iter_mut().for_each(|byte| *byte = random.next() as u8);
        let path = write(folder.path(), file, &bytes);
        let clip = decode(&path, &DecodeSettings::default()).unwrap_or_else(|error| panic!("{file}: {error}"));
        let difference = (clip.duration().seconds() - whole.duration().seconds()).abs();
        let (reference, samples) = (mono(&whole), mono(&clip));
        let tail = reference.len() * 10 / 16..reference.len() * 15 / 16;
        let end = tail.end.min(samples.len());
        let (correlation, late) = best_lag(&reference[tail.clone()], &samples[tail.start.min(end)..end], 3_000);
        // Codecs without checksums may decode nonsense without noticing; what they give keeps its length.
        let checked = matches!(file, "ko.flac" | "ko.ogg" | "ko.opus" | "ko.aac" | "ko.mp3");
        if difference > 0.08 || late.abs() > 1_200 || correlation < 0.9 || (checked && !warned(&clip)) {
            wrong.push(format!(
                "{file}: {difference} s, late {late}, correlation {correlation:.3}, {:?}",
                clip.facts().warnings
            ));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// WebM and Matroska have no marks to find the way again after damaged elements: the rest is lost, and counted.
#[test]
fn damage_in_webm_says_how_much_is_lost() {
    let folder = tempfile::tempdir().expect("a folder");
    let whole = decoded("ko_opus.webm").duration();
    let mut bytes = std::fs::read(data("ko_opus.webm")).expect("reads");
    bytes[4_000..4_700].fill(0xaa);
    let clip = decode(&write(folder.path(), "x.webm", &bytes), &DecodeSettings::default()).expect("decodes");
    let warning = clip.facts().warnings.iter().find(|warning| warning.kind == Truncated).expect("a warning");
    let sum = (clip.duration() + warning.missing.expect("a length")).seconds();
    assert!((sum - whole.seconds()).abs() < 0.1, "{sum} s of {whole}");
}

/// Discontinuous transmission: packets that ffmpeg does not decode leave silence, and a warning.
#[test]
fn pauses_that_were_not_sent_stay_pauses() {
    let clip = decoded("ko_dtx.amr");
    assert!(clip.facts().warnings.iter().any(|warning| warning.kind == Damaged), "{:?}", clip.facts().warnings);
    let (correlation, late) = best_lag(&mono(&decoded("ko.amr")), &mono(&clip), 1_000);
    assert!(correlation > 0.5 && late.abs() <= 320, "late {late}, correlation {correlation}");
}

/// A deterministic run of mutations over the corpus: nothing panics, hangs or claims sound beyond the limit.
#[test]
fn mutated_recordings_never_break_the_decoder() {
    let folder = tempfile::tempdir().expect("a folder");
    let settings =
        DecodeSettings { max_duration_s: 60, ffmpeg: voiceman_audio::FfmpegUse::Off, ..DecodeSettings::default() };
    for file in CORPUS {
        let original = std::fs::read(data(file)).expect("reads");
        let mut random = Random(0x5eed ^ original.len() as u64);
        for round in 0..40 {
            let bytes = mutate(&original, &mut random);
            let path = write(folder.path(), &format!("{round}-{file}"), &bytes);
            if let Ok(clip) = decode(&path, &settings) {
                assert!(clip.duration().seconds() <= 60.0 && !clip.is_empty(), "{file}, round {round}");
                assert!(
                    clip.read(0, 0..clip.len()).expect("reads").iter().all(|x| x.is_finite()),
                    "{file}, round {round}"
                );
            }
            std::fs::remove_file(path).expect("removes");
        }
    }
}

fn mutate(original: &[u8], random: &mut Random) -> Vec<u8> {
    let mut bytes = original.to_vec();
    for _ in 0..=random.below(4) {
        // Half of all changes hit the first kilobyte, where headers are.
        let reach = if random.below(2) == 0 { bytes.len() } else { bytes.len().min(1_024) };
        let at = random.below(reach);
        let count = random.below(64).min(bytes.len() - at);
        match random.below(6) {
            0 => bytes[at] ^= 1 << random.below(8),
            1 => bytes[at..at + count].fill(0xff),
            2 => bytes[at..at + count].fill(0),
            3 => drop(bytes.drain(at..at + count)),
            4 => {
                let part = bytes[at..at + count].to_vec();
                bytes.splice(at..at, part);
            }
            _ => bytes[at..at + count].iter_mut().for_each(|byte| *byte = random.next() as u8),
        }
        if bytes.len() < 16 {
            break;
        }
    }
    bytes
}

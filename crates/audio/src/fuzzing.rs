//! Doors for fuzzing: each runs one parser of this crate over bytes, and throws the result away. Not for other use.

use crate::matroska::MatroskaLayout;
use crate::mp4::{Mp4Layout, aac_config};
use crate::ogg_pages::OggPages;
use crate::wave::WaveLayout;
use crate::{chunk_length, foreign, mpeg, sbr, sniff};
use std::io::Cursor;

/// The box walker.
pub fn mp4(bytes: &[u8]) {
    let _ = Mp4Layout::read(&mut Cursor::new(bytes), bytes.len() as u64);
    let _ = aac_config(bytes);
}

/// RIFF, RF64, BW64 and Wave64.
pub fn wave(bytes: &[u8]) {
    if let Ok(layout) = WaveLayout::read(&mut Cursor::new(bytes), 0, bytes.len() as u64) {
        let _ = (layout.codec(), layout.frames_in(layout.available), layout.plain_header(layout.available));
    }
}

/// Everything else that reads structure: Matroska, Ogg, frames of MPEG audio and AAC, AIFF, CAF, AMR, ASF, and the test
/// that tells formats apart.
pub fn other_containers(bytes: &[u8]) {
    let length = bytes.len() as u64;
    let _ = MatroskaLayout::read(&mut Cursor::new(bytes), length);
    let _ = OggPages::read(&mut Cursor::new(bytes), 0, length).map(|pages| pages.gaps(1_000));
    let _ = mpeg::walk(&mut Cursor::new(bytes), 0, length);
    let _ = chunk_length::aiff(&mut Cursor::new(bytes), 0, length);
    let _ = chunk_length::caf(&mut Cursor::new(bytes), 0, length);
    let _ = foreign::stated_length(&mut Cursor::new(bytes), length);
    let _ = sniff::sniff(&mut Cursor::new(bytes), length);
    let _ = sbr::may_carry_replication(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{DecodeSettings, FfmpegUse, decode};

    /// What fuzzing found its way with, through all parsers and the decode path, unchanged.
    #[test]
    fn seeds_of_fuzzing_are_survived() -> std::io::Result<()> {
        let settings = DecodeSettings { max_duration_s: 60, ffmpeg: FfmpegUse::Off, ..DecodeSettings::default() };
        let mut count = 0;
        for target in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fuzz/seeds"))? {
            for entry in std::fs::read_dir(target?.path())? {
                let path = entry?.path();
                let bytes = std::fs::read(&path)?;
                mp4(&bytes);
                wave(&bytes);
                other_containers(&bytes);
                if let Ok(clip) = decode(&path, &settings) {
                    let samples = clip.read(0, 0..clip.len())?;
                    let sound = samples.iter().all(|sample| sample.is_finite());
                    assert!(!samples.is_empty() && sound, "{}", path.display());
                }
                count += 1;
            }
        }
        assert!(count > 150, "the seeds are there");
        Ok(())
    }

    /// A deterministic run of the fuzz targets over the committed corpus: a thousand mutations a file.
    #[test]
    fn parsers_survive_mutations_of_the_corpus() -> std::io::Result<()> {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data");
        let mut paths: Vec<_> =
            std::fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
        paths.sort();
        assert!(paths.len() > 30, "the corpus is there");
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        let mut next = move |limit: usize| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 11) as usize % limit.max(1)
        };
        for path in paths {
            let mut original = std::fs::read(path)?;
            original.truncate(6_000);
            for _ in 0..1_000 {
                let mut bytes = original.clone();
                for _ in 0..=next(3) {
                    let reach = if next(2) == 0 { 400 } else { usize::MAX };
                    let at = next(bytes.len().min(reach));
                    let count = next(9).min(bytes.len() - at);
                    match next(4) {
                        0 => bytes[at] = next(256) as u8,
                        1 => bytes[at..at + count].fill(0xff),
                        2 => bytes[at..at + count].fill(0),
                        _ => bytes.truncate(at.max(1)),
                    }
                }
                mp4(&bytes);
                wave(&bytes);
                other_containers(&bytes);
            }
        }
        Ok(())
    }
}

//! What files that ffmpeg decodes say about their own length: ffmpeg does not tell when they are cut.
//! AMR storage format: RFC 4867, section 5. ASF: Advanced Systems Format specification, section 3.2.

use crate::mpeg::read_up_to;
use std::io::{self, BufReader, Read, Seek, SeekFrom};

/// Bytes of an AMR-NB frame after its first byte, by mode; 8 is silence, 15 nothing.
const AMR_NB: [usize; 16] = [12, 13, 15, 17, 19, 20, 26, 31, 5, 0, 0, 0, 0, 0, 0, 0];

/// The same for AMR-WB; 9 is silence.
const AMR_WB: [usize; 16] = [17, 23, 32, 36, 40, 46, 50, 58, 60, 5, 0, 0, 0, 0, 0, 0];

const ASF_FILE_PROPERTIES: [u8; 16] = *b"\xa1\xdc\xab\x8c\x47\xa9\xcf\x11\x8e\xe4\x00\xc0\x0c\x20\x53\x65";

/// What a file says about its length.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct StatedLength {
    /// Seconds of sound in whole frames, if frames can be counted.
    pub(crate) seconds: Option<f64>,
    /// Whether the file is certainly cut.
    pub(crate) cut: bool,
}

/// Reads what a file that only ffmpeg decodes says about its length.
pub(crate) fn stated_length(file: &mut (impl Read + Seek), length: u64) -> io::Result<StatedLength> {
    file.seek(SeekFrom::Start(0))?;
    let mut head = vec![0; 4096];
    let read = read_up_to(file, &mut head)?;
    head.truncate(read);
    if head.starts_with(b"#!AMR-WB\n") {
        return amr(file, 9, length, &AMR_WB);
    }
    if head.starts_with(b"#!AMR\n") {
        return amr(file, 6, length, &AMR_NB);
    }
    let properties = head.windows(16).position(|guid| guid == ASF_FILE_PROPERTIES);
    let stated = properties.and_then(|at| Some(u64::from_le_bytes(*head.get(at + 40..)?.first_chunk()?)));
    // A live stream has no length: its size is 0.
    Ok(StatedLength { seconds: None, cut: stated.is_some_and(|stated| stated > length) })
}

fn amr(file: &mut (impl Read + Seek), start: u64, length: u64, sizes: &[usize; 16]) -> io::Result<StatedLength> {
    file.seek(SeekFrom::Start(start))?;
    let mut reader = BufReader::new(file);
    let (mut position, mut frames) = (start, 0_u64);
    while position < length {
        let mut first = [0];
        if read_up_to(&mut reader, &mut first)? == 0 {
            break;
        }
        let size = sizes[usize::from(first[0] >> 3 & 15)];
        position += 1 + size as u64;
        if position > length {
            break;
        }
        frames += 1;
        reader.seek_relative(size as i64)?;
    }
    Ok(StatedLength { seconds: Some(frames as f64 * 0.02), cut: position > length })
}

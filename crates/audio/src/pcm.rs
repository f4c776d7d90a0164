//! Uncompressed WAVE: integers of 8 to 64 bits and floats, any number of channels, straight into the sink.

use crate::error::AudioErrorKind;
use crate::mpeg::read_up_to;
use crate::sink::SampleSink;
use crate::wave::WaveLayout;
use std::io::{Read, Seek, SeekFrom};

/// Frames read at once.
const BLOCK_FRAMES: usize = 4096;

/// How a sample turns into a float in `[-1, 1)`: exact up to 24 bits, rounded to nearest above.
fn converter(tag: u16, bytes: usize) -> Option<fn(&[u8]) -> f32> {
    fn chunk<const N: usize>(bytes: &[u8]) -> [u8; N] {
        bytes.first_chunk().copied().unwrap_or([0; N])
    }
    Some(match (tag, bytes) {
        // Eight bits are unsigned, all others signed.
        (1, 1) => |bytes| (f32::from(bytes[0]) - 128.0) / 128.0,
        (1, 2) => |bytes| f32::from(i16::from_le_bytes(chunk(bytes))) / 32_768.0,
        (1, 3) => |bytes| (i32::from_le_bytes([0, bytes[0], bytes[1], bytes[2]]) >> 8) as f32 / 8_388_608.0,
        (1, 4) => |bytes| (f64::from(i32::from_le_bytes(chunk(bytes))) / 2_147_483_648.0) as f32,
        (1, 8) => |bytes| (i64::from_le_bytes(chunk(bytes)) as f64 / 9_223_372_036_854_775_808.0) as f32,
        (3, 4) => |bytes| f32::from_le_bytes(chunk(bytes)),
        (3, 8) => |bytes| f64::from_le_bytes(chunk(bytes)) as f32,
        _ => return None,
    })
}

/// Bytes a sample takes: a frame holds one per channel.
fn sample_bytes(layout: &WaveLayout) -> usize {
    usize::from(layout.block_bytes / layout.channels)
}

/// Whether [`decode`] reads this.
pub(crate) fn is_readable(layout: &WaveLayout) -> bool {
    layout.block_bytes.is_multiple_of(layout.channels) && converter(layout.tag, sample_bytes(layout)).is_some()
}

/// Reads all frames into `sink`. A frame that the file cuts is left out.
pub(crate) fn decode(
    file: &mut (impl Read + Seek),
    layout: &WaveLayout,
    sink: &mut SampleSink<'_>,
) -> Result<(), AudioErrorKind> {
    let (channels, bytes) = (usize::from(layout.channels), sample_bytes(layout));
    let Some(convert) = converter(layout.tag, bytes) else { return Ok(()) };
    let frame = channels * bytes;
    file.seek(SeekFrom::Start(layout.start)).map_err(|_| AudioErrorKind::Read)?;
    let mut left = layout.available / frame as u64;
    let mut buffer = vec![0; BLOCK_FRAMES * frame];
    let mut block = vec![Vec::with_capacity(BLOCK_FRAMES); channels];
    while left > 0 {
        let wanted = left.min(BLOCK_FRAMES as u64) as usize * frame;
        let read = read_up_to(file, &mut buffer[..wanted]).map_err(|_| AudioErrorKind::Read)?;
        for (channel, samples) in block.iter_mut().enumerate() {
            samples.clear();
            samples
                .extend(buffer[..read - read % frame].chunks_exact(bytes).skip(channel).step_by(channels).map(convert));
        }
        sink.push(&mut block)?;
        if read < wanted {
            return Err(AudioErrorKind::Changed);
        }
        left -= (read / frame) as u64;
    }
    Ok(())
}

//! The chunk structure of WAVE in its four forms: RIFF, RF64 and BW64 (EBU Tech 3306, ITU-R BS.2088), Sony Wave64.
//!
//! All are read into one [`WaveLayout`]; the sound itself is then handed to the demuxer as a plain WAVE whose lengths are
//! true. That reads files over 4 GiB, files whose header was never finished, and headers that promise too much.

use crate::error::AudioErrorKind;
use crate::mpeg::read_up_to;
use std::io::{Read, Seek, SeekFrom};

/// A format chunk longer than this is refused: the longest in use has 40 bytes, some carry codec tables.
const MAX_FORMAT_BYTES: u64 = 4096;

/// More chunks than this before the sound are refused.
const MAX_CHUNKS: usize = 4096;

/// Where the sound lies in a file and how it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct WaveLayout {
    /// `wav`, `rf64`, `bw64` or `w64`.
    pub(crate) container: &'static str,
    /// The format chunk as it is.
    pub(crate) format: Vec<u8>,
    /// Format tag; that of the sub-format where the tag is "extensible".
    pub(crate) tag: u16,
    pub(crate) channels: u16,
    pub(crate) rate: u32,
    pub(crate) block_bytes: u16,
    pub(crate) bits: u16,
    /// Frames of sound in a block: 1 for PCM.
    pub(crate) block_frames: u64,
    /// Frames of sound that the fact chunk states.
    pub(crate) fact_frames: Option<u64>,
    /// Where the sound begins.
    pub(crate) start: u64,
    /// Bytes of sound that there are.
    pub(crate) available: u64,
    /// Bytes of sound that the header promises; nothing where the header was never finished or leaves it open.
    pub(crate) promised: Option<u64>,
}

/// Layout of numbers in the three families.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Family {
    Riff,
    Rf64,
    Wave64,
}

const WAVE64_TAIL: [u8; 12] = *b"\xf3\xac\xd3\x11\x8c\xd1\x00\xc0\x4f\x8e\xdb\x8a";

impl WaveLayout {
    /// Reads the chunks of a file of `length` bytes up to its sound.
    pub(crate) fn read(file: &mut (impl Read + Seek), start: u64, length: u64) -> Result<WaveLayout, AudioErrorKind> {
        let mut magic = [0; 4];
        exact(file, start, &mut magic)?;
        let (family, container, mut position) = match &magic {
            b"RIFF" => (Family::Riff, "wav", start + 12),
            b"RF64" => (Family::Rf64, "rf64", start + 12),
            b"BW64" => (Family::Rf64, "bw64", start + 12),
            _ => (Family::Wave64, "w64", start + 40),
        };
        let mut long_data = None;
        let mut format = None;
        let mut fact = None;
        for _ in 0..MAX_CHUNKS {
            let Some(chunk) = Chunk::read(file, family, position, length)? else {
                return Err(malformed("it ends before its sound (`data`) begins"));
            };
            match &chunk.id {
                b"ds64" if family == Family::Rf64 => {
                    let mut sizes = [0; 24];
                    exact(file, chunk.start, &mut sizes)?;
                    long_data = Some(u64_at(&sizes, 8));
                }
                b"fmt " => {
                    if chunk.size < 16 || chunk.size > MAX_FORMAT_BYTES {
                        return Err(malformed("its format chunk (`fmt `) has an impossible length"));
                    }
                    let mut bytes = vec![0; chunk.size as usize];
                    exact(file, chunk.start, &mut bytes)?;
                    format = Some(bytes);
                }
                b"fact" if chunk.size >= 4 => {
                    let mut frames = [0; 8];
                    let count = if family == Family::Wave64 && chunk.size >= 8 { 8 } else { 4 };
                    exact(file, chunk.start, &mut frames[..count])?;
                    fact = Some(u64::from_le_bytes(frames));
                }
                b"data" => {
                    let format = format.ok_or_else(|| malformed("its sound comes before its format (`fmt `)"))?;
                    let declared = match (family, long_data) {
                        (Family::Rf64, Some(long)) if chunk.size == u64::from(u32::MAX) => long,
                        _ => chunk.size,
                    };
                    let left = length.saturating_sub(chunk.start);
                    let open = match family {
                        Family::Wave64 => declared == 0 && left > 0,
                        _ => {
                            declared == u64::from(u32::MAX)
                                || (declared == 0 && left > 0 && !chunk_follows(file, &chunk, length)?)
                        }
                    };
                    let promised = (!open).then_some(declared);
                    let available = promised.map_or(left, |promised| promised.min(left));
                    return WaveLayout::from_format(container, format, fact, chunk.start, available, promised);
                }
                _ => {}
            }
            position = chunk.next;
        }
        Err(malformed("it has too many chunks before its sound"))
    }

    fn from_format(
        container: &'static str,
        format: Vec<u8>,
        fact_frames: Option<u64>,
        start: u64,
        available: u64,
        promised: Option<u64>,
    ) -> Result<WaveLayout, AudioErrorKind> {
        let tag = match u16_at(&format, 0) {
            0xfffe if format.len() >= 26 => u16_at(&format, 24),
            tag => tag,
        };
        let (channels, rate, block_bytes, bits) = (
            u16_at(&format, 2),
            u32::from(u16_at(&format, 4)) | u32::from(u16_at(&format, 6)) << 16,
            u16_at(&format, 12),
            u16_at(&format, 14),
        );
        if channels == 0 || rate == 0 || block_bytes == 0 {
            return Err(malformed("its format chunk (`fmt `) says 0 channels, 0 Hz or 0 bytes"));
        }
        let block_frames = match tag {
            2 | 0x11 if format.len() >= 20 => u64::from(u16_at(&format, 18)).max(1),
            _ => 1,
        };
        Ok(WaveLayout {
            container,
            format,
            tag,
            channels,
            rate,
            block_bytes,
            bits,
            block_frames,
            fact_frames: fact_frames.filter(|&frames| frames > 0 && frames != u64::from(u32::MAX)),
            start,
            available,
            promised,
        })
    }

    /// Name of the codec.
    pub(crate) fn codec(&self) -> String {
        match (self.tag, self.bits) {
            (1, 1..=8) => "pcm_u8".into(),
            (1, bits) => format!("pcm_s{}le", u32::from(bits).div_ceil(8) * 8),
            (3, bits) => format!("pcm_f{bits}le"),
            (6, _) => "pcm_alaw".into(),
            (7, _) => "pcm_mulaw".into(),
            (2, _) => "adpcm_ms".into(),
            (0x11, _) => "adpcm_ima_wav".into(),
            (0x31, _) => "gsm_ms".into(),
            (0x45 | 0x64, _) => "adpcm_g726".into(),
            (0x50, _) => "mp2".into(),
            (0x55, _) => "mp3".into(),
            (0xff | 0x1600..=0x1602, _) => "aac".into(),
            (tag, _) => format!("wave format {tag:#06x}"),
        }
    }

    /// Whether Symphonia decodes it.
    pub(crate) fn is_built_in(&self) -> bool {
        matches!((self.tag, self.bits), (6 | 7, 8) | (2 | 0x11, _))
    }

    /// Whether each block is one frame, so that bytes count frames exactly.
    pub(crate) fn is_pcm(&self) -> bool {
        matches!(self.tag, 1 | 3 | 6 | 7)
    }

    /// Frames of sound in that many bytes.
    pub(crate) fn frames_in(&self, bytes: u64) -> u64 {
        (bytes / u64::from(self.block_bytes)).saturating_mul(self.block_frames)
    }

    /// The header of a plain WAVE around `bytes` of this sound.
    pub(crate) fn plain_header(&self, bytes: u64) -> Vec<u8> {
        let whole = bytes + self.format.len() as u64 + 20;
        // Sizes that 32 bits cannot hold are left open, as programs do that write WAVE into a pipe.
        let size = |bytes: u64| u32::try_from(bytes).unwrap_or(u32::MAX).to_le_bytes();
        let mut header = Vec::with_capacity(self.format.len() + 29);
        header.extend_from_slice(b"RIFF");
        header.extend_from_slice(&size(whole));
        header.extend_from_slice(b"WAVEfmt ");
        header.extend_from_slice(&size(self.format.len() as u64));
        header.extend_from_slice(&self.format);
        if self.format.len() % 2 == 1 {
            header.push(0);
        }
        header.extend_from_slice(b"data");
        header.extend_from_slice(&size(bytes));
        header
    }
}

struct Chunk {
    id: [u8; 4],
    start: u64,
    size: u64,
    next: u64,
}

impl Chunk {
    /// Reads a chunk header; nothing when there is no room for one.
    fn read(
        file: &mut (impl Read + Seek),
        family: Family,
        position: u64,
        length: u64,
    ) -> Result<Option<Chunk>, AudioErrorKind> {
        let header_bytes = if family == Family::Wave64 { 24 } else { 8 };
        if position.checked_add(header_bytes).is_none_or(|end| end > length) {
            return Ok(None);
        }
        let mut header = [0; 24];
        exact(file, position, &mut header[..header_bytes as usize])?;
        let id = [header[0], header[1], header[2], header[3]];
        let start = position + header_bytes;
        let overflow = || malformed("a chunk claims a length that no file can have");
        if family == Family::Wave64 {
            if header[4..16] != WAVE64_TAIL {
                // An unknown identifier is skipped like any other chunk that is of no use here.
                let size = u64_at(&header, 16)
                    .checked_sub(24)
                    .ok_or_else(|| malformed("a chunk is shorter than its header"))?;
                let next =
                    start.checked_add(size).and_then(|end| end.checked_next_multiple_of(8)).ok_or_else(overflow)?;
                return Ok(Some(Chunk { id: [0; 4], start, size, next }));
            }
            let declared = u64_at(&header, 16);
            let size = if declared == 0 && &id == b"data" {
                0
            } else {
                declared.checked_sub(24).ok_or_else(|| malformed("a chunk is shorter than its header"))?
            };
            let next = start.checked_add(size).and_then(|end| end.checked_next_multiple_of(8)).ok_or_else(overflow)?;
            return Ok(Some(Chunk { id, start, size, next }));
        }
        let size = u64::from(u32::from_le_bytes([header[4], header[5], header[6], header[7]]));
        Ok(Some(Chunk { id, start, size, next: start + size + size % 2 }))
    }
}

/// Whether another chunk follows an empty one, which tells an empty recording from a header that was never finished.
fn chunk_follows(file: &mut (impl Read + Seek), empty: &Chunk, length: u64) -> Result<bool, AudioErrorKind> {
    let next = Chunk::read(file, Family::Riff, empty.start, length)?;
    Ok(next.is_some_and(|chunk| {
        chunk.id.iter().all(u8::is_ascii_graphic) && chunk.start + chunk.size <= length.saturating_add(1)
    }))
}

fn malformed(detail: &str) -> AudioErrorKind {
    AudioErrorKind::Malformed { detail: detail.to_owned() }
}

fn exact(file: &mut (impl Read + Seek), position: u64, buffer: &mut [u8]) -> Result<(), AudioErrorKind> {
    file.seek(SeekFrom::Start(position)).map_err(|_| AudioErrorKind::Read)?;
    let read = read_up_to(file, buffer).map_err(|_| AudioErrorKind::Read)?;
    if read < buffer.len() { Err(malformed("it ends within its header")) } else { Ok(()) }
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    bytes.get(at..).and_then(<[u8]>::first_chunk).map_or(0, |chunk| u16::from_le_bytes(*chunk))
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    bytes.get(at..).and_then(<[u8]>::first_chunk).map_or(0, |chunk| u64::from_le_bytes(*chunk))
}

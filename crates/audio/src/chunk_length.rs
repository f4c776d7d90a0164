//! Whether AIFF and CAF files end within a chunk, so that a cut one can be read to its end.
//! AIFF-C draft of Apple, 1991; Apple Core Audio Format Specification 1.0.

use crate::mpeg::read_up_to;
use std::io::{self, Read, Seek, SeekFrom};

/// More chunks than this are not looked at.
const MAX_CHUNKS: usize = 4096;

/// Headers longer than this are not repaired. A packet table of a day has some megabytes.
const MAX_HEADER: u64 = 64 << 20;

/// A chunk that reaches beyond the end of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CutChunk {
    /// Where its content begins.
    pub(crate) content: u64,
    /// Bytes it should have.
    pub(crate) size: u64,
}

/// The chunk that an AIFF file of `length` bytes cuts.
pub(crate) fn aiff(file: &mut (impl Read + Seek), start: u64, length: u64) -> io::Result<Option<CutChunk>> {
    walk(file, start + 12, length, 8, |header| {
        let size = u64::from(u32::from_be_bytes([header[4], header[5], header[6], header[7]]));
        Some((size, size % 2))
    })
}

/// The chunk that a CAF file of `length` bytes cuts.
pub(crate) fn caf(file: &mut (impl Read + Seek), start: u64, length: u64) -> io::Result<Option<CutChunk>> {
    walk(file, start + 8, length, 12, |header| {
        let size = i64::from_be_bytes(*header.get(4..)?.first_chunk()?);
        // -1 marks a data chunk that reaches to the end, wherever that is.
        u64::try_from(size).ok().map(|size| (size, 0))
    })
}

/// Steps from chunk to chunk; `size` gives the length of a chunk and of the padding after it.
fn walk(
    file: &mut (impl Read + Seek),
    mut position: u64,
    length: u64,
    header_bytes: usize,
    size: impl Fn(&[u8; 12]) -> Option<(u64, u64)>,
) -> io::Result<Option<CutChunk>> {
    for _ in 0..MAX_CHUNKS {
        let mut header = [0; 12];
        file.seek(SeekFrom::Start(position))?;
        if position >= length || read_up_to(file, &mut header[..header_bytes])? < header_bytes {
            break;
        }
        let Some((size, padding)) = size(&header) else { break };
        let content = position + header_bytes as u64;
        match content.checked_add(size) {
            Some(end) if end <= length => position = end + padding,
            _ => return Ok(Some(CutChunk { content, size })),
        }
    }
    Ok(None)
}

impl CutChunk {
    /// The bytes of a CAF file before the content of this chunk, with its length set to what there is.
    pub(crate) fn repaired_caf_header(&self, file: &mut (impl Read + Seek), length: u64) -> io::Result<Vec<u8>> {
        if self.content > MAX_HEADER {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        let mut header = vec![0; self.content as usize];
        file.seek(SeekFrom::Start(0))?;
        file.read_exact(&mut header)?;
        let there = length - self.content;
        if let Some(size) = header.last_chunk_mut::<8>() {
            *size = there.to_be_bytes();
        }
        Ok(header)
    }

    /// Bytes that are missing from it.
    pub(crate) fn missing(&self, length: u64) -> u64 {
        self.size - (length - self.content)
    }
}

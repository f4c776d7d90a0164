//! How an Ogg file ends: with the page that says so, or cut. RFC 3533.

use crate::mpeg::read_up_to;
use std::io::{self, Read, Seek, SeekFrom};

/// An Ogg page has at most 65,307 bytes.
const MAX_PAGE: u64 = 65_307;

/// How a file ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OggEnd {
    /// With a whole page that is marked as the last.
    Marked,
    /// With a whole page that is not marked as the last, as some recorders leave it.
    Unmarked,
    /// Within a page.
    Cut,
}

/// Looks at the last pages of a file of `length` bytes.
pub(crate) fn ogg_end(file: &mut (impl Read + Seek), length: u64) -> io::Result<OggEnd> {
    let start = length.saturating_sub(2 * MAX_PAGE);
    file.seek(SeekFrom::Start(start))?;
    let mut tail = vec![0; (length - start) as usize];
    let read = read_up_to(file, &mut tail)?;
    tail.truncate(read);
    let last = (0..tail.len()).rev().find(|&at| tail[at..].starts_with(b"OggS\0"));
    let Some(page) = last.and_then(|at| tail.get(at..)) else { return Ok(OggEnd::Cut) };
    let whole = page.get(26).and_then(|&segments| page.get(27..27 + usize::from(segments))).is_some_and(|segments| {
        let size = 27 + segments.len() + segments.iter().map(|&size| usize::from(size)).sum::<usize>();
        size <= page.len()
    });
    Ok(match (whole, page.get(5).is_some_and(|flags| flags & 4 != 0)) {
        (false, _) => OggEnd::Cut,
        (true, true) => OggEnd::Marked,
        (true, false) => OggEnd::Unmarked,
    })
}

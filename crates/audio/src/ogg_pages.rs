//! The pages of an Ogg file, each with its checksum: which are whole, and how the file ends. RFC 3533.
//!
//! A demuxer may give up at the first page that is damaged. Handed only the whole ones, it goes on after the hole, and
//! the granule positions tell how long the hole is.

use crate::mpeg::{Gap, read_up_to};
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;

/// An Ogg page has at most 65,307 bytes.
const MAX_PAGE: usize = 65_307;

/// Stretches of whole pages beyond this are refused: such a file is rubble.
const MAX_STRETCHES: usize = 100_000;

/// A hole longer than this, an hour at 48 kHz, is not believed: a damaged count is likelier.
const MAX_HOLE: u64 = 3600 * 48_000;

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

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OggPages {
    /// Where whole pages lie, neighbours joined.
    pub(crate) whole: Vec<Range<u64>>,
    pub(crate) end: OggEnd,
    /// Places where bytes are no whole page.
    pub(crate) holes: Vec<Hole>,
    /// Samples that the last granule position counts, pre-skip taken off; nothing where several streams share the file.
    pub(crate) total: Option<u64>,
}

/// A place where pages are missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Hole {
    /// Samples up to there.
    pub(crate) after_samples: u64,
    pub(crate) bytes: u64,
}

/// What the walk carries along.
#[derive(Default)]
struct Count {
    serial: Option<u32>,
    several: bool,
    pre_skip: u64,
    granule: u64,
}

impl Count {
    fn take(&mut self, page: &[u8], payload: usize) {
        let number =
            |at: usize| page.get(at..).and_then(<[u8]>::first_chunk).map_or(0, |four| u32::from_le_bytes(*four));
        self.several |= self.serial.is_some_and(|serial| serial != number(14));
        self.serial = Some(number(14));
        let granule = u64::from(number(6)) | u64::from(number(10)) << 32;
        if let Some(head) = page.get(payload..).and_then(|payload| payload.strip_prefix(b"OpusHead")) {
            self.pre_skip = head.get(2..4).map_or(0, |bytes| u64::from(u16::from_le_bytes([bytes[0], bytes[1]])));
        }
        // All ones: no packet ends on this page.
        if granule != u64::MAX && granule < 1 << 62 {
            self.granule = granule;
        }
    }

    fn samples(&self) -> u64 {
        self.granule.saturating_sub(self.pre_skip)
    }
}

impl OggPages {
    /// Shares `missing` samples among the holes by their bytes.
    pub(crate) fn gaps(&self, missing: u64) -> Vec<Gap> {
        let bytes: u64 = self.holes.iter().map(|hole| hole.bytes).sum();
        let share = |hole: &Hole| (u128::from(missing) * u128::from(hole.bytes) / u128::from(bytes.max(1))) as u64;
        let gap = |hole: &Hole| Gap { after_samples: hole.after_samples, bytes: hole.bytes, samples: share(hole) };
        self.holes.iter().map(gap).filter(|gap| (1..=MAX_HOLE).contains(&gap.samples)).collect()
    }

    /// Walks over a file of `length` bytes from `start`.
    pub(crate) fn read(file: &mut (impl Read + Seek), start: u64, length: u64) -> io::Result<OggPages> {
        let table = crc_table();
        let mut pages = OggPages { whole: Vec::new(), end: OggEnd::Cut, holes: Vec::new(), total: None };
        let mut count = Count::default();
        let mut position = start;
        let mut buffer = vec![0; 8 * MAX_PAGE];
        while position < length && pages.whole.len() < MAX_STRETCHES {
            file.seek(SeekFrom::Start(position))?;
            let read = read_up_to(file, &mut buffer)?;
            let view = &buffer[..read];
            let is_last_view = position + read as u64 >= length;
            let mut at = 0;
            // A page that may reach beyond this view is looked at again in the next.
            while at < view.len() && (is_last_view || at + MAX_PAGE <= view.len()) {
                match page(&view[at..], &table) {
                    Some((size, is_last)) => {
                        pages.add(position + at as u64, size as u64, &count);
                        count.take(&view[at..at + size], 27 + usize::from(view[at + 26]));
                        pages.end = if is_last { OggEnd::Marked } else { OggEnd::Unmarked };
                        at += size;
                    }
                    None => {
                        pages.end = OggEnd::Cut;
                        let next = view[at + 1..].windows(4).position(|four| four == b"OggS");
                        at = next.map_or(view.len(), |next| at + 1 + next);
                    }
                }
            }
            if at == 0 {
                break;
            }
            // A capture pattern may straddle two views.
            position +=
                if at == view.len() && !is_last_view && pages.end == OggEnd::Cut { at as u64 - 3 } else { at as u64 };
        }
        pages.total = (!count.several && count.granule > 0).then(|| count.samples());
        Ok(pages)
    }

    fn add(&mut self, start: u64, size: u64, count: &Count) {
        match self.whole.last_mut() {
            Some(last) if last.end == start => last.end += size,
            last => {
                if let Some(last) = last {
                    self.holes.push(Hole { after_samples: count.samples(), bytes: start - last.end });
                }
                self.whole.push(start..start + size);
            }
        }
    }
}

/// Size of the page that `bytes` begin with, and whether it is marked as the last; nothing unless it is whole.
fn page(bytes: &[u8], table: &[u32; 256]) -> Option<(usize, bool)> {
    if !bytes.starts_with(b"OggS\0") {
        return None;
    }
    let segments = bytes.get(27..27 + usize::from(*bytes.get(26)?))?;
    let size = 27 + segments.len() + segments.iter().map(|&size| usize::from(size)).sum::<usize>();
    let page = bytes.get(..size)?;
    let stated = u32::from_le_bytes(*page.get(22..)?.first_chunk()?);
    let crc = page.iter().enumerate().fold(0_u32, |crc, (index, &byte)| {
        let byte = if (22..26).contains(&index) { 0 } else { byte };
        crc << 8 ^ table[usize::from((crc >> 24) as u8 ^ byte)]
    });
    (crc == stated).then_some((size, page[5] & 4 != 0))
}

/// The table of the polynomial 0x04c11db7, most significant bit first.
fn crc_table() -> [u32; 256] {
    std::array::from_fn(|index| {
        (0..8).fold((index as u32) << 24, |crc, _| if crc >> 31 == 1 { crc << 1 ^ 0x04c1_1db7 } else { crc << 1 })
    })
}

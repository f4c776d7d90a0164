//! Frames of MPEG audio (MP1, MP2, MP3) and ADTS (AAC): both are bare rows of frames without an index.
//!
//! A walk over the frame headers finds out what demuxers do not tell: whether the last frame is whole, how many frames the
//! encoder meant to write (Xing, Info and VBRI headers), and where bytes between frames were lost or overwritten.
//! ISO/IEC 11172-3, 13818-3 (MPEG audio); 13818-7 annex A (ADTS).

use std::io::{self, Read, Seek, SeekFrom};

/// How far into a file the first frame is searched, after tags.
const SEARCH_BYTES: usize = 1 << 16;

/// Most places of damage that are told apart; beyond that the rest is counted into the last.
const MAX_GAPS: usize = 256;

/// Which kind of frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FrameKind {
    /// MPEG audio of this layer.
    Mpeg { layer: u8 },
    /// AAC with an ADTS header; the audio object type.
    Adts { object_type: u8 },
}

/// What a frame header says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FrameHeader {
    pub(crate) kind: FrameKind,
    pub(crate) length: usize,
    pub(crate) rate: u32,
    pub(crate) samples: u32,
    pub(crate) channels: u8,
    side_info: usize,
}

const ADTS_RATES: [u32; 13] =
    [96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350];

/// The sample rate of an MPEG-4 sampling frequency index.
pub(crate) fn mpeg4_rate(index: u8) -> Option<u32> {
    ADTS_RATES.get(usize::from(index)).copied()
}

/// Bytes a header needs to be read.
const HEADER_BYTES: usize = 7;

impl FrameHeader {
    /// Reads a header of either kind.
    pub(crate) fn parse(bytes: &[u8]) -> Option<FrameHeader> {
        let &[first, second, third, fourth, fifth, sixth, _seventh] = bytes.first_chunk::<HEADER_BYTES>()?;
        if first != 0xff || second & 0xe0 != 0xe0 {
            return None;
        }
        if second & 0xf6 == 0xf0 {
            let length = usize::from(fourth & 3) << 11 | usize::from(fifth) << 3 | usize::from(sixth >> 5);
            let blocks = 1 + u32::from(bytes[6] & 3);
            return (length > HEADER_BYTES).then_some(FrameHeader {
                kind: FrameKind::Adts { object_type: (third >> 6) + 1 },
                length,
                rate: mpeg4_rate(third >> 2 & 15)?,
                samples: 1024 * blocks,
                channels: (third & 1) << 2 | fourth >> 6,
                side_info: 0,
            });
        }
        let version = second >> 3 & 3; // 0: MPEG 2.5, 2: MPEG 2, 3: MPEG 1
        let layer = 4 - (second >> 1 & 3);
        if version == 1 || layer == 4 {
            return None;
        }
        let bitrate = mpeg_bitrate(version == 3, layer, third >> 4)?;
        let rate = *[44_100_u32, 48_000, 32_000].get(usize::from(third >> 2 & 3))? >> (3 - version.max(1)).min(2);
        let padding = u32::from(third >> 1 & 1);
        let (samples, length) = match (layer, version) {
            (1, _) => (384, (12 * bitrate / rate + padding) * 4),
            (3, 0 | 2) => (576, 72 * bitrate / rate + padding),
            _ => (1152, 144 * bitrate / rate + padding),
        };
        let mono = fourth >> 6 == 3;
        let side_info = match (version == 3, mono) {
            (true, false) => 32,
            (true, true) | (false, false) => 17,
            (false, true) => 9,
        };
        let channels = if mono { 1 } else { 2 };
        let kind = FrameKind::Mpeg { layer };
        (length as usize > HEADER_BYTES).then_some(FrameHeader {
            kind,
            length: length as usize,
            rate,
            samples,
            channels,
            side_info,
        })
    }

    /// Whether two headers can belong to one stream.
    fn goes_with(&self, other: &FrameHeader) -> bool {
        self.kind == other.kind && self.rate == other.rate
    }
}

fn mpeg_bitrate(mpeg1: bool, layer: u8, index: u8) -> Option<u32> {
    const MPEG1_LAYER1: [u32; 14] = [32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448];
    const MPEG1_LAYER2: [u32; 14] = [32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384];
    const MPEG1_LAYER3: [u32; 14] = [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320];
    const MPEG2_LAYER1: [u32; 14] = [32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256];
    const MPEG2_OTHERS: [u32; 14] = [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160];
    let table = match (mpeg1, layer) {
        (true, 1) => MPEG1_LAYER1,
        (true, 2) => MPEG1_LAYER2,
        (true, _) => MPEG1_LAYER3,
        (false, 1) => MPEG2_LAYER1,
        (false, _) => MPEG2_OTHERS,
    };
    Some(table.get(usize::from(index).checked_sub(1)?)? * 1000)
}

/// Length of the ID3v2 tags that `bytes` begin with, given how to read on.
pub(crate) fn skip_id3v2(file: &mut (impl Read + Seek), length: u64) -> io::Result<u64> {
    let mut start = 0;
    // A second tag after the first is seen in the wild; more than a few are an attack.
    for _ in 0..8 {
        let mut header = [0; 10];
        file.seek(SeekFrom::Start(start))?;
        if start + 10 > length || read_up_to(file, &mut header)? < 10 || &header[..3] != b"ID3" {
            break;
        }
        let size = header[6..10].iter().fold(0_u64, |size, &byte| size << 7 | u64::from(byte & 0x7f));
        let footer = if header[5] & 0x10 != 0 { 10 } else { 0 };
        start += 10 + size + footer;
    }
    Ok(start.min(length))
}

/// Reads until the buffer is full or the file ends.
pub(crate) fn read_up_to(reader: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match reader.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

/// Finds the first place in `bytes` where three frames follow one another, or two of which the file cuts the second.
pub(crate) fn find_first_frame(bytes: &[u8], ends_here: bool) -> Option<(usize, FrameHeader)> {
    (0..bytes.len().min(SEARCH_BYTES)).find_map(|start| {
        let first = FrameHeader::parse(&bytes[start..])?;
        let mut position = start + first.length;
        for frames in 1..3 {
            if position == bytes.len() && ends_here {
                return Some((start, first));
            }
            let next = FrameHeader::parse(bytes.get(position..)?)?;
            if !next.goes_with(&first) {
                return None;
            }
            position += next.length;
            if frames == 1 && position > bytes.len() && ends_here {
                return Some((start, first));
            }
        }
        Some((start, first))
    })
}

/// Bytes between frames that are no frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Gap {
    /// Samples in the frames before it.
    pub(crate) after_samples: u64,
    /// How many bytes.
    pub(crate) bytes: u64,
    /// How many samples that many bytes hold on average in this file.
    pub(crate) samples: u64,
}

/// What a walk over all frames found.
#[derive(Clone, Debug)]
pub(crate) struct FrameWalk {
    /// The first frame's header.
    pub(crate) first: FrameHeader,
    /// Whole frames of sound, an information frame not counted.
    pub(crate) frames: u64,
    /// Samples in them, delay and padding included.
    pub(crate) samples: u64,
    /// Frames that the encoder says it wrote.
    pub(crate) promised_frames: Option<u64>,
    /// Whether the information frame gives delay and padding (LAME and compatible encoders).
    pub(crate) has_delay: bool,
    /// Whether the file ends within a frame.
    pub(crate) cut: bool,
    /// Lost parts.
    pub(crate) gaps: Vec<Gap>,
    /// Bytes after the last frame that are neither frame nor tag.
    pub(crate) trailing_bytes: u64,
}

/// Walks over all frames of a file whose sound begins somewhere after `start`.
pub(crate) fn walk(file: &mut (impl Read + Seek), start: u64, length: u64) -> io::Result<Option<FrameWalk>> {
    let mut window = Window::new(file, start, length)?;
    let head = window.peek(SEARCH_BYTES * 2)?;
    let ends_here = start + head.len() as u64 == length;
    let Some((offset, first)) = find_first_frame(head, ends_here) else { return Ok(None) };
    let mut walk = FrameWalk {
        first,
        frames: 0,
        samples: 0,
        promised_frames: None,
        has_delay: false,
        cut: false,
        gaps: Vec::new(),
        trailing_bytes: 0,
    };
    window.advance(offset as u64);
    let information = window.peek(first.length)?;
    if let Some((frames, has_delay)) = information_frame(information, &first) {
        (walk.promised_frames, walk.has_delay) = (frames, has_delay);
        window.advance(first.length as u64);
    }
    let mut frame_bytes = 0;
    while window.left() > 0 {
        let bytes = window.peek(HEADER_BYTES)?;
        match FrameHeader::parse(bytes).filter(|header| header.goes_with(&first)) {
            Some(header) if header.length as u64 <= window.left() => {
                walk.frames += 1;
                walk.samples += u64::from(header.samples);
                frame_bytes += header.length as u64;
                window.advance(header.length as u64);
            }
            Some(_) => {
                walk.cut = true;
                break;
            }
            None if is_tag(window.peek(16)?) => break,
            None if window.left() < HEADER_BYTES as u64 => {
                // Too short for a header: the beginning of a frame, or rubbish.
                walk.cut = window.peek(1)?.first() == Some(&0xff);
                walk.trailing_bytes = if walk.cut { 0 } else { window.left() };
                break;
            }
            None => match resynchronise(&mut window, &first)? {
                Some(bytes) => {
                    let samples = bytes.saturating_mul(walk.samples).checked_div(frame_bytes).unwrap_or(0);
                    note_gap(&mut walk.gaps, Gap { after_samples: walk.samples, bytes, samples });
                }
                None => {
                    let zeros = window.peek(SEARCH_BYTES)?.iter().all(|&byte| byte == 0);
                    walk.trailing_bytes = if zeros { 0 } else { window.left() };
                    break;
                }
            },
        }
    }
    Ok(Some(walk))
}

fn note_gap(gaps: &mut Vec<Gap>, gap: Gap) {
    let full = gaps.len() >= MAX_GAPS;
    match gaps.last_mut().filter(|_| full) {
        Some(last) => {
            last.bytes += gap.bytes;
            last.samples += gap.samples;
        }
        None => gaps.push(gap),
    }
}

/// Moves to the next place where two frames follow one another; gives the bytes passed over, or nothing at the end.
fn resynchronise<R: Read + Seek>(window: &mut Window<'_, R>, first: &FrameHeader) -> io::Result<Option<u64>> {
    let (origin, mut passed) = (window.position, 0_u64);
    loop {
        let left = window.left();
        let bytes = window.peek(SEARCH_BYTES)?;
        if bytes.len() <= HEADER_BYTES {
            window.return_to(origin)?;
            return Ok(None);
        }
        let ends_here = bytes.len() as u64 == left;
        let found = (1..bytes.len() - HEADER_BYTES).find(|&offset| {
            FrameHeader::parse(&bytes[offset..]).filter(|header| header.goes_with(first)).is_some_and(|header| {
                match bytes.get(offset + header.length..) {
                    Some(rest) if rest.len() >= HEADER_BYTES => {
                        FrameHeader::parse(rest).is_some_and(|next| next.goes_with(first)) || is_tag(rest)
                    }
                    Some(rest) => ends_here && rest.is_empty(),
                    None => false,
                }
            })
        });
        // Frames are shorter than 8 KiB: what begins in the last part of the window is looked at again in the next.
        let step = found.unwrap_or_else(|| if ends_here { bytes.len() } else { bytes.len() - 8192 }) as u64;
        window.advance(step);
        passed += step;
        if found.is_some() {
            return Ok(Some(passed));
        }
        if window.left() == 0 {
            window.return_to(origin)?;
            return Ok(None);
        }
    }
}

fn is_tag(bytes: &[u8]) -> bool {
    [&b"TAG"[..], b"APETAGEX", b"LYRICSBEGIN", b"ID3"].iter().any(|magic| bytes.starts_with(magic))
}

/// Reads a Xing, Info or VBRI header: promised frames, and whether delay and padding are given.
fn information_frame(frame: &[u8], header: &FrameHeader) -> Option<(Option<u64>, bool)> {
    if header.kind != (FrameKind::Mpeg { layer: 3 }) {
        return None;
    }
    let number = |at: usize| Some(u64::from(u32::from_be_bytes(*frame.get(at..)?.first_chunk()?)));
    if frame.get(36..40) == Some(b"VBRI") {
        return Some((number(36 + 14), false));
    }
    let tag = 4 + header.side_info;
    if !matches!(frame.get(tag..tag + 4)?, b"Xing" | b"Info") {
        return None;
    }
    let flags = number(tag + 4)?;
    let frames = if flags & 1 != 0 { number(tag + 8) } else { None };
    let sizes = [(1, 4), (2, 4), (4, 100), (8, 4)];
    let lame = tag + 8 + sizes.iter().filter(|(flag, _)| flags & flag != 0).map(|(_, size)| size).sum::<usize>();
    let has_delay = frame.get(lame..lame + 24).is_some_and(|bytes| bytes[0] != 0 && bytes[21..24] != [0; 3]);
    Some((frames, has_delay))
}

/// A buffered view that moves forward through a file.
struct Window<'f, R> {
    file: &'f mut R,
    buffer: Vec<u8>,
    /// Where in the buffer the view begins.
    offset: usize,
    /// Where in the file the view begins.
    position: u64,
    length: u64,
}

impl<'f, R: Read + Seek> Window<'f, R> {
    fn new(file: &'f mut R, start: u64, length: u64) -> io::Result<Self> {
        file.seek(SeekFrom::Start(start))?;
        Ok(Window { file, buffer: Vec::new(), offset: 0, position: start, length })
    }

    fn left(&self) -> u64 {
        self.length.saturating_sub(self.position)
    }

    fn peek(&mut self, count: usize) -> io::Result<&[u8]> {
        let count = (count as u64).min(self.left()) as usize;
        if self.offset + count > self.buffer.len() {
            let end = self.position + self.buffer.len().saturating_sub(self.offset) as u64;
            if self.offset > self.buffer.len() {
                self.buffer.clear();
                self.file.seek(SeekFrom::Start(self.position))?;
            } else {
                self.buffer.drain(..self.offset);
                self.file.seek(SeekFrom::Start(end))?;
            }
            self.offset = 0;
            let kept = self.buffer.len();
            let want = count.max(SEARCH_BYTES).max(kept);
            self.buffer.resize(want, 0);
            let read = read_up_to(self.file, &mut self.buffer[kept..])?;
            self.buffer.truncate(kept + read);
        }
        let end = (self.offset + count).min(self.buffer.len());
        Ok(&self.buffer[self.offset..end])
    }

    fn advance(&mut self, bytes: u64) {
        self.position += bytes;
        self.offset = self.offset.saturating_add(bytes as usize);
    }

    fn return_to(&mut self, position: u64) -> io::Result<()> {
        self.buffer.clear();
        self.offset = 0;
        self.position = position;
        self.file.seek(SeekFrom::Start(position)).map(|_| ())
    }
}

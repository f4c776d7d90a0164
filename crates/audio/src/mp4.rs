//! What the demuxer drops from MP4, M4A, 3GP and QuickTime files: edit lists, iTunes' gapless note, the AAC profile, and how
//! long the file should be. ISO/IEC 14496-12 (boxes), 14496-14 and 14496-1 (`esds`), 14496-3 (audio configuration);
//! Opus in ISOBMFF (`dOps`). The walker trusts no length and stops at fixed limits.

use crate::error::AudioErrorKind;
use crate::mpeg::{mpeg4_rate, read_up_to};
use std::io::{self, Read, Seek, SeekFrom};

/// Boxes within boxes deeper than this are not looked at.
const MAX_DEPTH: usize = 12;

/// More boxes than this are refused. A day of one-second fragments has 172,800 at the top.
const MAX_BOXES: usize = 1_000_000;

/// The longest box content that is read into memory.
const MAX_CONTENT: u64 = 1 << 16;

/// Entries of an edit list beyond this are refused.
const MAX_EDITS: usize = 1024;

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Mp4Layout {
    /// Four letters after `ftyp`, for example `M4A ` or `3gp4`.
    pub(crate) brand: String,
    /// Ticks a second in `segment_duration` of edit lists.
    pub(crate) movie_timescale: u32,
    pub(crate) tracks: Vec<Mp4Track>,
    /// Whether the sound lies in fragments.
    pub(crate) fragmented: bool,
    /// Whether there is an index (`moov`).
    pub(crate) has_index: bool,
    /// Whether packets (`mdat`) come before the end of the file.
    pub(crate) has_content: bool,
    /// Length the file should have, so that all boxes are whole.
    pub(crate) promised_length: u64,
    /// Priming, padding and length in samples, from iTunes.
    pub(crate) itunes: Option<ItunesGapless>,
    boxes: usize,
}

/// iTunes' note `iTunSMPB`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ItunesGapless {
    pub(crate) priming: u64,
    pub(crate) padding: u64,
    pub(crate) length: u64,
}

/// A track of an MP4 file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Mp4Track {
    pub(crate) id: u32,
    pub(crate) is_audio: bool,
    /// Four letters of the sample entry, for example `mp4a` or `samr`.
    pub(crate) codec: String,
    /// Ticks a second of the media.
    pub(crate) timescale: u32,
    /// Sum of all packet durations in ticks, 0 when fragmented.
    pub(crate) media_ticks: u64,
    pub(crate) edits: Vec<Edit>,
    pub(crate) aac: Option<AacConfig>,
    /// Samples at 48 kHz to drop at the start.
    pub(crate) opus_pre_skip: Option<u64>,
}

/// One entry of an edit list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Edit {
    /// Length in movie ticks; 0 means to the end.
    pub(crate) duration: u64,
    /// Start in media ticks; -1 is an empty edit.
    pub(crate) media_time: i64,
}

/// What an AAC audio configuration says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct AacConfig {
    /// Audio object type of the core: 2 is LC.
    pub(crate) object_type: u8,
    /// Samples a second of the core.
    pub(crate) rate: u32,
    /// Whether spectral band replication (HE-AAC) is signalled.
    pub(crate) sbr: bool,
}

impl Mp4Layout {
    /// Walks over the boxes of a file of `length` bytes.
    pub(crate) fn read(file: &mut (impl Read + Seek), length: u64) -> Result<Mp4Layout, AudioErrorKind> {
        let mut layout = Mp4Layout { promised_length: length, ..Mp4Layout::default() };
        layout.visit(file, 0, length, 0)?;
        Ok(layout)
    }

    fn visit<F: Read + Seek>(
        &mut self,
        file: &mut F,
        start: u64,
        end: u64,
        depth: usize,
    ) -> Result<(), AudioErrorKind> {
        let mut position = start;
        while let Some(header) = BoxHeader::read(file, position, end).map_err(|_| AudioErrorKind::Read)? {
            self.boxes += 1;
            if self.boxes > MAX_BOXES {
                return Err(AudioErrorKind::Malformed { detail: "it has more boxes than any recording".into() });
            }
            if depth == 0 {
                self.promised_length = self.promised_length.max(header.end);
                self.has_content |= &header.kind == b"mdat";
            }
            self.take(file, &header, end, depth)?;
            if header.end <= position || header.end >= end {
                break;
            }
            position = header.end;
        }
        Ok(())
    }

    fn take<F: Read + Seek>(
        &mut self,
        file: &mut F,
        header: &BoxHeader,
        parent_end: u64,
        depth: usize,
    ) -> Result<(), AudioErrorKind> {
        let end = header.end.min(parent_end);
        match &header.kind {
            b"ftyp" => {
                let content = header.content(file, end)?;
                self.brand =
                    content.iter().take(4).map(|&byte| char::from(byte)).filter(char::is_ascii_graphic).collect();
            }
            b"moov" | b"trak" | b"mdia" | b"minf" | b"stbl" | b"edts" | b"udta" | b"ilst" | b"wave" | b"mvex"
            | b"----"
                if depth < MAX_DEPTH =>
            {
                match &header.kind {
                    b"moov" => self.has_index |= header.end <= parent_end,
                    b"trak" => self.tracks.push(Mp4Track::default()),
                    b"mvex" => self.fragmented = true,
                    _ => {}
                }
                self.visit(file, header.start, end, depth + 1)?;
            }
            // `meta` has a version before its boxes in MP4, and none in QuickTime.
            b"meta" if depth < MAX_DEPTH => {
                let content = header.content(file, end)?;
                let skip = if content.get(4..8) == Some(b"hdlr") { 0 } else { 4 };
                self.visit(file, header.start + skip, end, depth + 1)?;
            }
            b"mvhd" => {
                let content = header.content(file, end)?;
                let at = if content.first() == Some(&1) { 20 } else { 12 };
                self.movie_timescale = u32_at(&content, at).unwrap_or(0);
            }
            b"data" => {
                let content = header.content(file, end)?;
                self.itunes = self.itunes.or_else(|| itunes_gapless(content.get(8..)?));
            }
            _ => {
                if let Some(index) = self.tracks.len().checked_sub(1) {
                    self.take_track_box(file, header, end, depth, index)?;
                }
            }
        }
        Ok(())
    }

    fn take_track_box<F: Read + Seek>(
        &mut self,
        file: &mut F,
        header: &BoxHeader,
        end: u64,
        depth: usize,
        index: usize,
    ) -> Result<(), AudioErrorKind> {
        let content = match &header.kind {
            b"tkhd" | b"mdhd" | b"hdlr" | b"elst" | b"stsd" | b"esds" | b"dOps" => header.content(file, end)?,
            b"stts" => {
                let ticks = sum_durations(file, header.start, end).map_err(|_| AudioErrorKind::Read)?;
                self.tracks[index].media_ticks = ticks;
                return Ok(());
            }
            _ => return Ok(()),
        };
        let track = &mut self.tracks[index];
        let long = content.first() == Some(&1);
        match &header.kind {
            b"tkhd" => track.id = u32_at(&content, if long { 20 } else { 12 }).unwrap_or(0),
            b"mdhd" => track.timescale = u32_at(&content, if long { 20 } else { 12 }).unwrap_or(0),
            // QuickTime has a second handler (of the data) in `minf`, which must not undo the first.
            b"hdlr" => track.is_audio |= content.get(8..12) == Some(b"soun"),
            b"elst" => track.edits = edits(&content, long)?,
            b"esds" => track.aac = track.aac.or_else(|| aac_config(decoder_specific(content.get(4..)?)?)),
            b"dOps" => {
                track.opus_pre_skip =
                    content.get(2..4).map(|bytes| u64::from(u16::from_be_bytes([bytes[0], bytes[1]])));
            }
            b"stsd" if track.is_audio => {
                let entry = header.start + 8;
                track.codec = content
                    .get(12..16)
                    .map(|four| four.iter().map(|&byte| char::from(byte)).collect())
                    .unwrap_or_default();
                let entry_end = (entry + u64::from(u32_at(&content, 8).unwrap_or(0))).min(end);
                // QuickTime's version 1 and 2 sound descriptions have more fields before the boxes.
                let more = match content.get(24..26) {
                    Some([0, 1]) => 16,
                    Some([0, 2]) => 36,
                    _ => 0,
                };
                if depth < MAX_DEPTH {
                    self.visit(file, entry + 36 + more, entry_end, depth + 1)?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// The first sound track, or that with an id.
    pub(crate) fn audio_track(&self, id: Option<u32>) -> Option<&Mp4Track> {
        self.tracks.iter().find(|track| track.is_audio && id.is_none_or(|id| track.id == id))
    }
}

struct BoxHeader {
    kind: [u8; 4],
    /// Where the content starts.
    start: u64,
    /// Where the box should end; may lie beyond the file.
    end: u64,
}

impl BoxHeader {
    /// Reads a header; nothing when there is no room for one before `limit` or it makes no sense.
    fn read(file: &mut (impl Read + Seek), position: u64, limit: u64) -> io::Result<Option<BoxHeader>> {
        if position.checked_add(8).is_none_or(|end| end > limit) {
            return Ok(None);
        }
        let mut bytes = [0; 16];
        file.seek(SeekFrom::Start(position))?;
        let read = read_up_to(file, &mut bytes)?;
        if read < 8 {
            return Ok(None);
        }
        let kind = [bytes[4], bytes[5], bytes[6], bytes[7]];
        let (start, size) = match u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]) {
            0 => (position + 8, limit - position),
            1 if read == 16 => {
                let long = bytes.last_chunk().map_or(0, |long: &[u8; 8]| u64::from_be_bytes(*long));
                (position + 16, long)
            }
            size => (position + 8, u64::from(size)),
        };
        let end = position.checked_add(size).filter(|&end| end >= start);
        Ok(end.map(|end| BoxHeader { kind, start, end }))
    }

    fn content(&self, file: &mut (impl Read + Seek), end: u64) -> Result<Vec<u8>, AudioErrorKind> {
        let mut content = vec![0; end.saturating_sub(self.start).min(MAX_CONTENT) as usize];
        file.seek(SeekFrom::Start(self.start)).map_err(|_| AudioErrorKind::Read)?;
        let read = read_up_to(file, &mut content).map_err(|_| AudioErrorKind::Read)?;
        content.truncate(read);
        Ok(content)
    }
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|chunk| u32::from_be_bytes(*chunk))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    bytes.get(at..)?.first_chunk().map(|chunk| u64::from_be_bytes(*chunk))
}

fn edits(content: &[u8], long: bool) -> Result<Vec<Edit>, AudioErrorKind> {
    let count = u32_at(content, 4).unwrap_or(0) as usize;
    if count > MAX_EDITS {
        return Err(AudioErrorKind::Malformed { detail: "its edit list has more entries than any recording".into() });
    }
    let entry = |index: usize| {
        if long {
            let at = 8 + index * 20;
            Some(Edit { duration: u64_at(content, at)?, media_time: u64_at(content, at + 8)?.cast_signed() })
        } else {
            let at = 8 + index * 12;
            let media_time = i64::from(u32_at(content, at + 4)?.cast_signed());
            Some(Edit { duration: u64::from(u32_at(content, at)?), media_time })
        }
    };
    Ok((0..count).map_while(entry).collect())
}

/// Adds up `stts`: count and duration in pairs of 32 bits.
fn sum_durations(file: &mut (impl Read + Seek), start: u64, end: u64) -> io::Result<u64> {
    file.seek(SeekFrom::Start(start))?;
    let mut reader = io::BufReader::new(file.take(end.saturating_sub(start)));
    let mut head = [0; 8];
    if read_up_to(&mut reader, &mut head)? < 8 {
        return Ok(0);
    }
    let count = u32::from_be_bytes([head[4], head[5], head[6], head[7]]);
    let mut total = 0_u64;
    for _ in 0..count {
        let mut pair = [0; 8];
        if read_up_to(&mut reader, &mut pair)? < 8 {
            break;
        }
        let samples = u64::from(u32::from_be_bytes([pair[0], pair[1], pair[2], pair[3]]));
        let ticks = u64::from(u32::from_be_bytes([pair[4], pair[5], pair[6], pair[7]]));
        total = total.saturating_add(samples.saturating_mul(ticks));
    }
    Ok(total)
}

/// ` 00000000 00000840 000001C0 00000000003F0000 ...`: zero, priming, padding, length, in hexadecimal.
fn itunes_gapless(text: &[u8]) -> Option<ItunesGapless> {
    let text = std::str::from_utf8(text).ok()?;
    let mut fields = text.split_ascii_whitespace();
    let mut number = |digits: usize| {
        fields.next().filter(|field| field.len() == digits).and_then(|field| u64::from_str_radix(field, 16).ok())
    };
    number(8).filter(|&zero| zero == 0)?;
    Some(ItunesGapless { priming: number(8)?, padding: number(8)?, length: number(16)? })
}

/// The decoder-specific bytes (tag 5) in an elementary stream descriptor.
fn decoder_specific(mut bytes: &[u8]) -> Option<&[u8]> {
    // At most a stream descriptor, a decoder descriptor and the bytes themselves.
    for _ in 0..3 {
        let (&tag, mut rest) = bytes.split_first()?;
        let mut length = 0_usize;
        for _ in 0..4 {
            let (&byte, after) = rest.split_first()?;
            rest = after;
            length = length << 7 | usize::from(byte & 0x7f);
            if byte & 0x80 == 0 {
                break;
            }
        }
        bytes = match tag {
            3 => {
                let flags = *rest.get(2)?;
                let url = if flags & 0x40 != 0 { 1 + usize::from(*rest.get(3)?) } else { 0 };
                rest.get(3 + usize::from(flags >> 7) * 2 + url + usize::from(flags >> 5 & 1) * 2..)?
            }
            4 => rest.get(13..)?,
            5 => return Some(&rest[..length.min(rest.len())]),
            _ => return None,
        };
    }
    None
}

/// Reads an AudioSpecificConfig (ISO/IEC 14496-3, 1.6.2.1).
pub(crate) fn aac_config(bytes: &[u8]) -> Option<AacConfig> {
    let mut bits = Bits { bytes, position: 0 };
    let object_type = |bits: &mut Bits<'_>| match bits.take(5)? {
        31 => bits.take(6).map(|more| 32 + more as u8),
        kind => Some(kind as u8),
    };
    let rate = |bits: &mut Bits<'_>| match bits.take(4)? {
        15 => bits.take(24),
        index => mpeg4_rate(index as u8),
    };
    let first = object_type(&mut bits)?;
    let core_rate = rate(&mut bits)?;
    let channels = bits.take(4)?;
    if first == 5 || first == 29 {
        rate(&mut bits)?;
        let object_type = object_type(&mut bits)?;
        return Some(AacConfig { object_type, rate: core_rate, sbr: true });
    }
    // Backward compatible signalling: after the general configuration, 0x2b7, object type 5, and a flag.
    let extension = || {
        bits.take(1)?;
        if bits.take(1)? == 1 {
            bits.take(14)?;
        }
        bits.take(1)?;
        (bits.take(11)? == 0x2b7 && bits.take(5)? == 5).then(|| bits.take(1))?
    };
    let sbr = matches!(first, 1..=4) && channels != 0 && { extension }() == Some(1);
    Some(AacConfig { object_type: first, rate: core_rate, sbr })
}

/// Bits of a byte sequence, most significant first.
pub(crate) struct Bits<'b> {
    pub(crate) bytes: &'b [u8],
    pub(crate) position: usize,
}

impl Bits<'_> {
    /// The next `count` bits (at most 32) as a number, or nothing past the end.
    pub(crate) fn take(&mut self, count: usize) -> Option<u32> {
        let mut value = 0;
        for _ in 0..count {
            let byte = *self.bytes.get(self.position / 8)?;
            value = value << 1 | u32::from(byte >> (7 - self.position % 8) & 1);
            self.position += 1;
        }
        Some(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    fn boxed(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
        [&(content.len() as u32 + 8).to_be_bytes()[..], kind, content].concat()
    }

    fn words(numbers: &[u32]) -> Vec<u8> {
        numbers.iter().flat_map(|number| number.to_be_bytes()).collect()
    }

    /// A sound track at 44.1 kHz with these edits, in a movie with 1,000 ticks a second.
    fn movie(edits: &[(u32, i32)], extra: &[u8]) -> Vec<u8> {
        let list: Vec<u32> =
            edits.iter().flat_map(|&(length, start)| [length, start.cast_unsigned(), 1 << 16]).collect();
        let list = words(&[&[0, edits.len() as u32], &list[..]].concat());
        let media = [
            boxed(b"mdhd", &words(&[0, 0, 0, 44_100, 0])),
            boxed(b"hdlr", b"\0\0\0\0\0\0\0\0soun\0\0\0\0"),
            boxed(b"minf", &boxed(b"stbl", &boxed(b"stts", &words(&[0, 2, 43, 1_024, 1, 500])))),
        ];
        let track = [
            boxed(b"tkhd", &words(&[0, 0, 0, 7])),
            boxed(b"edts", &boxed(b"elst", &list)),
            boxed(b"mdia", &media.concat()),
        ];
        let moov = [boxed(b"mvhd", &words(&[0, 0, 0, 1_000, 1_000])), boxed(b"trak", &track.concat()), extra.to_vec()];
        [boxed(b"ftyp", b"M4A \0\0\0\0"), boxed(b"moov", &moov.concat()), boxed(b"mdat", &[0; 100])].concat()
    }

    fn read(bytes: &[u8]) -> Mp4Layout {
        Mp4Layout::read(&mut Cursor::new(bytes), bytes.len() as u64).expect("a layout")
    }

    #[test]
    fn reads_clocks_edits_and_lengths() {
        let layout = read(&movie(&[(500, -1), (1_000, 2_112)], &[]));
        let track = layout.audio_track(Some(7)).expect("a track");
        assert_eq!((layout.brand.as_str(), layout.movie_timescale, track.timescale), ("M4A", 1_000, 44_100));
        assert_eq!(track.media_ticks, 43 * 1_024 + 500);
        assert_eq!(track.edits, [Edit { duration: 500, media_time: -1 }, Edit { duration: 1_000, media_time: 2_112 }]);
        assert!(layout.has_index && layout.has_content && !layout.fragmented);
    }

    #[test]
    fn promises_the_length_of_its_boxes() {
        let whole = movie(&[], &[]);
        let layout = read(&whole[..whole.len() - 60]);
        assert_eq!(layout.promised_length, whole.len() as u64);
        assert!(layout.has_index);
        assert!(!read(&whole[..60]).has_index);
    }

    #[test]
    fn reads_the_note_of_itunes() {
        let note = b" 00000000 00000840 000001C0 00000000003F31C0 00000000 00000000";
        let data = boxed(b"data", &[&[0, 0, 0, 1, 0, 0, 0, 0][..], note].concat());
        let item = boxed(b"----", &[boxed(b"mean", b"\0\0\0\0com.apple.iTunes"), data].concat());
        let meta = [&[0; 4][..], &boxed(b"hdlr", &[0; 24]), &boxed(b"ilst", &item)].concat();
        let layout = read(&movie(&[], &boxed(b"udta", &boxed(b"meta", &meta))));
        assert_eq!(layout.itunes, Some(ItunesGapless { priming: 2_112, padding: 448, length: 0x3f_31c0 }));
    }

    #[test]
    fn refuses_endless_edit_lists_and_nesting() {
        let edits = vec![(1, 1); MAX_EDITS + 1];
        let bytes = movie(&edits, &[]);
        assert!(Mp4Layout::read(&mut Cursor::new(&bytes), bytes.len() as u64).is_err());
        let deep = (0..1_000).fold(Vec::new(), |inner, _| boxed(b"udta", &inner));
        assert_eq!(read(&movie(&[], &deep)).tracks.len(), 1);
    }

    #[test]
    fn tells_kinds_of_aac_apart() {
        // LC, 44.1 kHz, stereo; HE-AAC named outright; LC with the backward compatible mark.
        assert_eq!(aac_config(&[0x12, 0x10]), Some(AacConfig { object_type: 2, rate: 44_100, sbr: false }));
        assert_eq!(aac_config(&[0x2b, 0x92, 0x08, 0x00]), Some(AacConfig { object_type: 2, rate: 22_050, sbr: true }));
        assert_eq!(
            aac_config(&[0x13, 0x90, 0x56, 0xe5, 0xa0]),
            Some(AacConfig { object_type: 2, rate: 22_050, sbr: true })
        );
        assert_eq!(aac_config(&[]), None);
    }
}

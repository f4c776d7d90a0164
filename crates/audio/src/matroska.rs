//! What the demuxer drops from Matroska and WebM: encoder delay, padding of the last block, and whether the file is whole.
//! RFC 9559 (Matroska), RFC 8794 (EBML). A flat walk: masters of interest are entered, everything else is skipped.

use crate::error::AudioErrorKind;
use crate::mpeg::read_up_to;
use std::io::{BufReader, Read, Seek};

/// More elements than this are refused. A day of 2.5 ms blocks has 69 million; of 20 ms blocks, 4.3 million.
const MAX_ELEMENTS: u64 = 100_000_000;

/// What was found.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct MatroskaLayout {
    /// `matroska` or `webm`.
    pub(crate) doc_type: String,
    pub(crate) tracks: Vec<MatroskaTrack>,
    /// Nanoseconds to drop at the end of the last block, by track number.
    pub(crate) last_discard: Option<(u64, i64)>,
    /// Duration in nanoseconds that the header states.
    pub(crate) duration_ns: Option<u64>,
    /// Whether an element reaches beyond the end of the file.
    pub(crate) cut: bool,
}

/// A track.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct MatroskaTrack {
    pub(crate) number: u64,
    pub(crate) is_audio: bool,
    /// For example `A_OPUS`.
    pub(crate) codec: String,
    /// Nanoseconds to drop at the start.
    pub(crate) codec_delay_ns: Option<u64>,
    pub(crate) codec_private: Vec<u8>,
}

impl MatroskaLayout {
    /// Walks over a file of `length` bytes.
    pub(crate) fn read(file: &mut (impl Read + Seek), length: u64) -> Result<MatroskaLayout, AudioErrorKind> {
        let mut walker = Walker { reader: BufReader::with_capacity(1 << 16, file), position: 0, length };
        walker.reader.rewind().map_err(|_| AudioErrorKind::Read)?;
        let mut layout = MatroskaLayout::default();
        let mut timestamp_scale = 1_000_000_u64;
        let mut duration = None;
        let mut block_track = 0;
        for _ in 0..MAX_ELEMENTS {
            let Some((id, size)) = walker.header()? else {
                layout.duration_ns = duration.map(|ticks: f64| (ticks * timestamp_scale as f64) as u64);
                layout.cut |= walker.position < length && length - walker.position < 12;
                return Ok(layout);
            };
            let beyond = size.is_some_and(|size| size > length - walker.position);
            layout.cut |= beyond;
            match id {
                // EBML header, Segment, Info, Tracks, TrackEntry, Cluster, BlockGroup: entered.
                0x1a45_dfa3 | 0x1853_8067 | 0x1549_a966 | 0x1654_ae6b | 0x1f43_b675 | 0xa0 => continue,
                0xae => {
                    layout.tracks.push(MatroskaTrack::default());
                    continue;
                }
                _ => {}
            }
            let Some(size) = size else {
                return Err(AudioErrorKind::Malformed {
                    detail: "an element of unknown length where none may be".into(),
                });
            };
            if beyond {
                layout.duration_ns = duration.map(|ticks: f64| (ticks * timestamp_scale as f64) as u64);
                return Ok(layout);
            }
            let track = layout.tracks.last_mut();
            match (id, track) {
                (0x4282, _) => layout.doc_type = text(&walker.content(size)?),
                (0x2a_d7b1, _) => timestamp_scale = number(&walker.content(size)?).max(1),
                (0x4489, _) => duration = float(&walker.content(size)?),
                (0xd7, Some(track)) => track.number = number(&walker.content(size)?),
                (0x83, Some(track)) => track.is_audio = number(&walker.content(size)?) == 2,
                (0x86, Some(track)) => track.codec = text(&walker.content(size)?),
                (0x56aa, Some(track)) => track.codec_delay_ns = Some(number(&walker.content(size)?)),
                (0x63a2, Some(track)) => track.codec_private = walker.content(size)?,
                // A block (in a group) or simple block: the track number comes first.
                (0xa1 | 0xa3, _) => {
                    let end = walker.position + size;
                    let is_simple = id == 0xa3;
                    block_track = walker.variable(true)?.unwrap_or(0);
                    walker.skip(end.saturating_sub(walker.position))?;
                    if is_simple || layout.last_discard.is_some_and(|(number, _)| number == block_track) {
                        layout.last_discard = layout.last_discard.filter(|(number, _)| *number != block_track);
                    }
                }
                (0x75a2, _) => {
                    let content = walker.content(size)?;
                    layout.last_discard = Some((block_track, signed(&content)));
                }
                _ => walker.skip(size)?,
            }
        }
        Err(AudioErrorKind::Malformed { detail: "it has more elements than any recording".into() })
    }

    /// The first sound track, or that with a number.
    pub(crate) fn audio_track(&self, number: Option<u64>) -> Option<&MatroskaTrack> {
        self.tracks.iter().find(|track| track.is_audio && number.is_none_or(|number| track.number == number))
    }
}

struct Walker<R> {
    reader: R,
    position: u64,
    length: u64,
}

impl<F: Read + Seek> Walker<BufReader<F>> {
    fn byte(&mut self) -> Result<Option<u8>, AudioErrorKind> {
        let mut byte = [0];
        let read = read_up_to(&mut self.reader, &mut byte).map_err(|_| AudioErrorKind::Read)?;
        self.position += read as u64;
        Ok((read == 1).then_some(byte[0]))
    }

    /// A number of variable length; with or without its length mark. Nothing at the end of the file.
    fn variable(&mut self, strip_mark: bool) -> Result<Option<u64>, AudioErrorKind> {
        let Some(first) = self.byte()? else { return Ok(None) };
        let more = first.leading_zeros();
        if more > 7 {
            return Err(AudioErrorKind::Malformed {
                detail: format!("no element begins at byte {}", self.position - 1),
            });
        }
        let mut value = u64::from(if strip_mark { first & (0x7f >> more) } else { first });
        for _ in 0..more {
            let Some(byte) = self.byte()? else { return Ok(None) };
            value = value << 8 | u64::from(byte);
        }
        Ok(Some(value))
    }

    /// Id and size of the next element; the size is nothing where it is left open.
    fn header(&mut self) -> Result<Option<(u64, Option<u64>)>, AudioErrorKind> {
        let Some(id) = self.variable(false)? else { return Ok(None) };
        let before = self.position;
        let Some(size) = self.variable(true)? else { return Ok(None) };
        let open = (1_u64 << (7 * (self.position - before))) - 1;
        Ok(Some((id, (size != open).then_some(size))))
    }

    fn content(&mut self, size: u64) -> Result<Vec<u8>, AudioErrorKind> {
        let mut content = vec![0; size.min(4096) as usize];
        let read = read_up_to(&mut self.reader, &mut content).map_err(|_| AudioErrorKind::Read)?;
        content.truncate(read);
        self.position += read as u64;
        self.skip(size - size.min(4096))?;
        Ok(content)
    }

    fn skip(&mut self, bytes: u64) -> Result<(), AudioErrorKind> {
        let bytes = bytes.min(self.length.saturating_sub(self.position));
        let signed = i64::try_from(bytes).map_err(|_| AudioErrorKind::Read)?;
        self.reader.seek_relative(signed).map_err(|_| AudioErrorKind::Read)?;
        self.position += bytes;
        Ok(())
    }
}

fn number(content: &[u8]) -> u64 {
    content.iter().take(8).fold(0, |value, &byte| value << 8 | u64::from(byte))
}

fn signed(content: &[u8]) -> i64 {
    let unused = 64 - 8 * content.len().clamp(1, 8) as u32;
    (number(content) << unused).cast_signed() >> unused
}

fn float(content: &[u8]) -> Option<f64> {
    let value = match content.len() {
        4 => f64::from(f32::from_be_bytes(*content.first_chunk()?)),
        8 => f64::from_be_bytes(*content.first_chunk()?),
        _ => return None,
    };
    (value.is_finite() && value > 0.0).then_some(value)
}

fn text(content: &[u8]) -> String {
    content.iter().take(64).map(|&byte| char::from(byte)).filter(char::is_ascii_graphic).collect()
}

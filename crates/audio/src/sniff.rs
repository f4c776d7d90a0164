//! Tells formats apart by their content. File names only ever lead to a warning.

use crate::mpeg::{self, FrameKind};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

/// Formats that are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// RIFF WAVE, RF64, BW64 or Sony Wave64.
    Wave,
    /// MP4, M4A, 3GP, QuickTime.
    Mp4,
    /// Matroska or WebM.
    Matroska,
    /// Ogg.
    Ogg,
    /// FLAC.
    Flac,
    /// Apple's Core Audio Format.
    Caf,
    /// AIFF or AIFF-C.
    Aiff,
    /// A row of MPEG audio frames.
    Mpeg,
    /// A row of AAC frames.
    Adts,
    /// One that only ffmpeg reads.
    Foreign(&'static str),
}

/// Bytes looked at.
const HEAD: usize = 1 << 17;

/// The format of a file, and where its sound begins after ID3 tags; nothing if it is no sound format.
pub(crate) fn sniff(file: &mut (impl Read + Seek), length: u64) -> io::Result<Option<(Format, u64)>> {
    let start = mpeg::skip_id3v2(file, length)?;
    file.seek(SeekFrom::Start(start))?;
    let mut head = vec![0; HEAD];
    let read = mpeg::read_up_to(file, &mut head)?;
    head.truncate(read);
    Ok(by_magic(&head).or_else(|| by_frames(&head, start + read as u64 == length)).map(|format| (format, start)))
}

fn by_magic(head: &[u8]) -> Option<Format> {
    let form = head.get(8..12);
    if head.starts_with(b"RIFF") || head.starts_with(b"RF64") || head.starts_with(b"BW64") {
        return match form {
            Some(b"WAVE") => Some(Format::Wave),
            Some(b"AVI ") => Some(Format::Foreign("avi")),
            Some(b"QLCM") => Some(Format::Foreign("qcp")),
            _ => None,
        };
    }
    if head.starts_with(b"FORM") {
        return matches!(form, Some(b"AIFF" | b"AIFC")).then_some(Format::Aiff);
    }
    if matches!(head.get(4..8), Some(b"ftyp" | b"moov" | b"mdat" | b"wide" | b"free" | b"skip" | b"pnot")) {
        return Some(Format::Mp4);
    }
    let magics: [(&[u8], Format); 24] = [
        (b"riff\x2e\x91\xcf\x11\xa5\xd6\x28\xdb", Format::Wave),
        (b"\x1a\x45\xdf\xa3", Format::Matroska),
        (b"OggS", Format::Ogg),
        (b"fLaC", Format::Flac),
        (b"caff\x00\x01", Format::Caf),
        (b"#!AMR-WB", Format::Foreign("amr_wb")),
        (b"#!AMR", Format::Foreign("amr_nb")),
        (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", Format::Foreign("asf (WMA, WMV)")),
        (b"FLV\x01", Format::Foreign("flv")),
        (b"\x00\x00\x01\xba", Format::Foreign("mpeg program stream")),
        (b"\x0b\x77", Format::Foreign("ac3")),
        (b"\x7f\xfe\x80\x01", Format::Foreign("dts")),
        (b".snd", Format::Foreign("au")),
        (b"wvpk", Format::Foreign("wavpack")),
        (b"MAC ", Format::Foreign("monkey's audio")),
        (b"TTA1", Format::Foreign("tta")),
        (b"MPCK", Format::Foreign("musepack")),
        (b"MP+", Format::Foreign("musepack")),
        (b"\x02dss", Format::Foreign("dss")),
        (b"\x03dss", Format::Foreign("dss")),
        (b"\x03ds2", Format::Foreign("ds2")),
        (b".RMF", Format::Foreign("realmedia")),
        (b".ra\xfd", Format::Foreign("realaudio")),
        (b"Creative Voice File", Format::Foreign("voc")),
    ];
    let found = magics.iter().find(|(magic, _)| head.starts_with(magic)).map(|(_, format)| *format);
    let transport = || head.len() > 376 && [0, 188, 376].iter().all(|&at| head[at] == 0x47);
    found.or_else(|| transport().then_some(Format::Foreign("mpeg transport stream")))
}

fn by_frames(head: &[u8], ends_here: bool) -> Option<Format> {
    let (_, first) = mpeg::find_first_frame(head, ends_here)?;
    Some(match first.kind {
        FrameKind::Mpeg { .. } => Format::Mpeg,
        FrameKind::Adts { .. } => Format::Adts,
    })
}

/// Whether the name of a file says another format than `format`; names without a known ending say nothing.
pub(crate) fn contradicts_extension(path: &Path, format: Format) -> Option<String> {
    let extension = path.extension()?.to_str()?.to_ascii_lowercase();
    let fits = match extension.as_str() {
        "wav" | "wave" | "w64" | "rf64" | "bwf" | "bw64" => format == Format::Wave,
        "mp4" | "m4a" | "m4b" | "m4v" | "3gp" | "3gpp" | "3ga" | "3g2" | "mov" | "qt" => format == Format::Mp4,
        "mkv" | "mka" | "webm" => format == Format::Matroska,
        "ogg" | "oga" | "opus" | "ogv" => format == Format::Ogg,
        "flac" => matches!(format, Format::Flac | Format::Ogg),
        "caf" => format == Format::Caf,
        "aif" | "aiff" | "aifc" => format == Format::Aiff,
        "mp1" | "mp2" | "mp3" | "mpga" => format == Format::Mpeg,
        "aac" => matches!(format, Format::Adts | Format::Mp4),
        "amr" | "awb" => matches!(format, Format::Foreign("amr_nb" | "amr_wb") | Format::Mp4),
        "wma" | "wmv" | "asf" => format == Format::Foreign("asf (WMA, WMV)"),
        "ac3" => format == Format::Foreign("ac3"),
        "avi" => format == Format::Foreign("avi"),
        "txt" | "pdf" | "jpg" | "jpeg" | "png" | "doc" | "docx" | "zip" | "html" | "json" | "xml" | "csv" => false,
        _ => true,
    };
    (!fits).then_some(extension)
}

/// The first bytes of a file for a message: printable ones as they are, others as `\xNN`.
pub(crate) fn printable_head(file: &mut (impl Read + Seek)) -> io::Result<String> {
    file.seek(SeekFrom::Start(0))?;
    let mut head = [0; 16];
    let read = mpeg::read_up_to(file, &mut head)?;
    Ok(head[..read].iter().fold(String::new(), |text, &byte| match byte {
        b' '..=b'~' if byte != b'`' && byte != b'\\' => text + &char::from(byte).to_string(),
        _ => text + &format!("\\x{byte:02x}"),
    }))
}

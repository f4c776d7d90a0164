//! The file on disk: opening it without hanging, hashing it, reading ranges of it.

use crate::error::{AudioError, AudioErrorKind};
use sha2::{Digest as _, Sha256};
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::{Path, PathBuf};
use symphonia::core::io::MediaSource;
use voiceman_base::{Digest, SourceFile, Unwatched, Watch};

/// A regular file that was opened read-only and hashed.
pub(crate) struct OpenSource {
    pub(crate) path: PathBuf,
    pub(crate) facts: SourceFile,
    pub(crate) file: File,
}

impl OpenSource {
    /// Opens and hashes `path`. Pipes, sockets and devices are refused before they are opened: opening them can block.
    pub(crate) fn open(path: &Path, watch: &dyn Watch) -> Result<OpenSource, AudioError> {
        let name = printable_name(path);
        let fail = |kind| AudioError::new(&name, "open", kind);
        let metadata = fs::metadata(path).map_err(|error| fail(missing(path, &error)).caused_by(error))?;
        refuse_what_is_no_file(&metadata).map_err(fail)?;
        if metadata.len() == 0 {
            return Err(fail(AudioErrorKind::Empty));
        }
        let mut file = File::open(path).map_err(|error| fail(missing(path, &error)).caused_by(error))?;
        let opened = file.metadata().map_err(|error| fail(AudioErrorKind::Read).caused_by(error))?;
        refuse_what_is_no_file(&opened).map_err(fail)?;
        let hashed = hash(&mut file, watch).map_err(|error| fail(AudioErrorKind::Read).caused_by(error))?;
        let Some((bytes, sha256)) = hashed else { return Err(fail(AudioErrorKind::Cancelled)) };
        if bytes != metadata.len() {
            return Err(fail(AudioErrorKind::Changed));
        }
        Ok(OpenSource { path: path.to_owned(), facts: SourceFile { name, bytes, sha256 }, file })
    }

    /// A second handle that reads from the start.
    pub(crate) fn reader(&self) -> io::Result<File> {
        let mut file = self.file.try_clone()?;
        file.seek(SeekFrom::Start(0))?;
        Ok(file)
    }
}

/// The file as it lies on disk, with the digest of its bytes, without decoding it.
///
/// # Errors
/// When it is no regular file, is empty, or cannot be read.
pub fn source_file(path: &Path) -> Result<SourceFile, AudioError> {
    source_file_watched(path, &Unwatched)
}

/// As [`source_file`], and ends soon after `watch` says that the user asked to stop.
///
/// # Errors
/// As [`source_file`], and [`AudioErrorKind::Cancelled`].
pub fn source_file_watched(path: &Path, watch: &dyn Watch) -> Result<SourceFile, AudioError> {
    OpenSource::open(path, watch).map(|source| source.facts)
}

fn missing(path: &Path, error: &io::Error) -> AudioErrorKind {
    match error.kind() {
        io::ErrorKind::NotFound if fs::symlink_metadata(path).is_ok() => AudioErrorKind::DanglingLink,
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => AudioErrorKind::NotFound,
        io::ErrorKind::PermissionDenied => AudioErrorKind::PermissionDenied,
        // `ErrorKind::FilesystemLoop` is not stable; a link that cannot be followed and is not dangling is a loop.
        _ if fs::symlink_metadata(path).is_ok_and(|link| link.is_symlink()) => AudioErrorKind::LinkLoop,
        _ => AudioErrorKind::Read,
    }
}

fn refuse_what_is_no_file(metadata: &fs::Metadata) -> Result<(), AudioErrorKind> {
    if metadata.is_file() {
        return Ok(());
    }
    if metadata.is_dir() {
        return Err(AudioErrorKind::Directory);
    }
    Err(AudioErrorKind::NotAFile(special_kind(metadata)))
}

#[cfg(unix)]
fn special_kind(metadata: &fs::Metadata) -> &'static str {
    use std::os::unix::fs::FileTypeExt;
    let kind = metadata.file_type();
    match () {
        () if kind.is_fifo() => "pipe",
        () if kind.is_socket() => "socket",
        () => "device",
    }
}

#[cfg(not(unix))]
fn special_kind(_: &fs::Metadata) -> &'static str {
    "device"
}

/// The name without folders; bytes that are not UTF-8 as `\xNN`, so that the name can stand in any text.
pub(crate) fn printable_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or(path.as_os_str());
    name.as_encoded_bytes().utf8_chunks().fold(String::new(), |mut text, chunk| {
        text.push_str(chunk.valid());
        chunk.invalid().iter().for_each(|byte| text.push_str(&format!("\\x{byte:02x}")));
        text
    })
}

/// Length and digest of a file; nothing when the user asked to stop.
fn hash(file: &mut File, watch: &dyn Watch) -> io::Result<Option<(u64, Digest)>> {
    let mut hasher = Sha256::new();
    let mut block = vec![0; 1 << 18];
    let mut bytes = 0;
    loop {
        if watch.is_cancelled() {
            return Ok(None);
        }
        match file.read(&mut block) {
            Ok(0) => break,
            Ok(read) => {
                hasher.update(&block[..read]);
                bytes += read as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(Some((bytes, Digest::from_bytes(hasher.finalize().into()))))
}

/// A file as the demuxers should see it: some header bytes of ours, then ranges of the file.
///
/// `promised` is the length that is claimed when asked. It may be longer than what there is: demuxers that give up on a
/// box that reaches past the end of the file then read on to the real end, where they get an end of file.
pub(crate) struct RangeSource {
    header: Vec<u8>,
    file: File,
    /// Ranges of the file, each with where it begins after the header.
    ranges: Vec<(u64, Range<u64>)>,
    available: u64,
    promised: u64,
    position: u64,
    forward_only: bool,
}

impl RangeSource {
    /// `header`, then `ranges` of `file`; claims `promised` bytes after the header.
    pub(crate) fn new(
        header: Vec<u8>,
        file: File,
        ranges: impl IntoIterator<Item = Range<u64>>,
        promised: u64,
    ) -> RangeSource {
        let mut available = 0;
        let place = |range: Range<u64>| {
            let start = available;
            available += range.end - range.start;
            (start, range)
        };
        let ranges = ranges.into_iter().map(place).collect();
        RangeSource {
            header,
            file,
            ranges,
            available,
            promised: promised.max(available),
            position: 0,
            forward_only: false,
        }
    }

    /// The same source, but for demuxers that look for an index at the end wherever they can jump.
    pub(crate) fn forward_only(self) -> RangeSource {
        RangeSource { forward_only: true, ..self }
    }

    fn claimed(&self) -> u64 {
        self.header.len() as u64 + self.promised
    }
}

impl Read for RangeSource {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let header_length = self.header.len() as u64;
        if self.position < header_length {
            let rest = &self.header[self.position as usize..];
            let count = rest.len().min(buffer.len());
            buffer[..count].copy_from_slice(&rest[..count]);
            self.position += count as u64;
            return Ok(count);
        }
        let offset = self.position - header_length;
        let index = self.ranges.partition_point(|(start, _)| *start <= offset);
        let Some((start, range)) = index.checked_sub(1).and_then(|index| self.ranges.get(index)) else { return Ok(0) };
        let within = range.start + (offset - start);
        let count = range.end.saturating_sub(within).min(buffer.len() as u64) as usize;
        if count == 0 {
            return Ok(0);
        }
        self.file.seek(SeekFrom::Start(within))?;
        let read = self.file.read(&mut buffer[..count])?;
        self.position += read as u64;
        Ok(read)
    }
}

impl Seek for RangeSource {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let target = match to {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::Current(delta) => self.position.checked_add_signed(delta),
            SeekFrom::End(delta) => self.claimed().checked_add_signed(delta),
        };
        self.position = target.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.position)
    }
}

impl MediaSource for RangeSource {
    fn is_seekable(&self) -> bool {
        !self.forward_only
    }

    fn byte_len(&self) -> Option<u64> {
        // Where more is claimed than there is, nobody should look for tags at the end.
        (self.promised == self.available && !self.forward_only).then(|| self.claimed())
    }
}

//! Decoded samples of one channel: in memory while they are few, in an unlinked scratch file beyond that.
//!
//! Three hours at 48 kHz in stereo are 4 GB; no stage needs more than a window of them at a time.

use std::fs::File;
use std::io::{self, Write};
use std::ops::Range;
use std::path::Path;

/// Samples above this number go to a scratch file: 4 Mi samples, 16 MiB, 87 s at 48 kHz. Several recordings with several
/// channels are in flight at once, so this bounds what they take together.
pub const MAX_SAMPLES_IN_MEMORY: usize = 4 << 20;

/// A growing sequence of samples.
pub(crate) struct StoreWriter {
    memory: Vec<f32>,
    /// [`MAX_SAMPLES_IN_MEMORY`], or less in tests.
    max_in_memory: usize,
    spill: Option<io::BufWriter<File>>,
    scratch: std::path::PathBuf,
    length: u64,
}

/// A finished sequence of samples that can be read at any place, from several threads.
#[derive(Debug)]
pub(crate) enum Store {
    /// Few enough to be held.
    Memory(Vec<f32>),
    /// In a scratch file that has no name any more: 32-bit little-endian floats.
    Spilled { file: File, length: u64 },
}

impl StoreWriter {
    /// An empty sequence that may spill into a file in `scratch`.
    pub(crate) fn new(scratch: &Path) -> StoreWriter {
        StoreWriter {
            memory: Vec::new(),
            max_in_memory: MAX_SAMPLES_IN_MEMORY,
            spill: None,
            scratch: scratch.to_owned(),
            length: 0,
        }
    }

    /// Appends samples.
    pub(crate) fn push(&mut self, samples: &[f32]) -> io::Result<()> {
        self.length += samples.len() as u64;
        if self.spill.is_none() {
            if self.memory.len() + samples.len() <= self.max_in_memory {
                self.memory.extend_from_slice(samples);
                return Ok(());
            }
            let mut spill = io::BufWriter::with_capacity(1 << 20, tempfile::tempfile_in(&self.scratch)?);
            write_samples(&mut spill, &std::mem::take(&mut self.memory))?;
            self.spill = Some(spill);
        }
        self.spill.as_mut().map_or(Ok(()), |spill| write_samples(spill, samples))
    }

    /// How many samples there are so far.
    pub(crate) fn len(&self) -> u64 {
        self.length
    }

    /// Ends the sequence.
    pub(crate) fn finish(self) -> io::Result<Store> {
        match self.spill {
            None => Ok(Store::Memory(self.memory)),
            Some(spill) => {
                let file = spill.into_inner().map_err(io::IntoInnerError::into_error)?;
                Ok(Store::Spilled { file, length: self.length })
            }
        }
    }
}

fn write_samples(writer: &mut impl Write, samples: &[f32]) -> io::Result<()> {
    let mut bytes = [0_u8; 4096];
    for block in samples.chunks(bytes.len() / 4) {
        for (slot, sample) in bytes.chunks_exact_mut(4).zip(block) {
            slot.copy_from_slice(&sample.to_le_bytes());
        }
        writer.write_all(&bytes[..block.len() * 4])?;
    }
    Ok(())
}

impl Store {
    /// How many samples there are.
    pub(crate) fn len(&self) -> u64 {
        match self {
            Store::Memory(samples) => samples.len() as u64,
            Store::Spilled { length, .. } => *length,
        }
    }

    /// The samples of `range`, cut to what exists.
    pub(crate) fn read(&self, range: Range<u64>) -> io::Result<Vec<f32>> {
        let end = range.end.min(self.len());
        let start = range.start.min(end);
        match self {
            Store::Memory(samples) => Ok(samples[start as usize..end as usize].to_vec()),
            Store::Spilled { file, .. } => {
                let mut bytes = vec![0; (end - start) as usize * 4];
                read_exact_at(file, &mut bytes, start * 4)?;
                Ok(bytes.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect())
            }
        }
    }
}

#[cfg(unix)]
fn read_exact_at(file: &File, bytes: &mut [u8], offset: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, bytes, offset)
}

#[cfg(windows)]
fn read_exact_at(file: &File, mut bytes: &mut [u8], mut offset: u64) -> io::Result<()> {
    while !bytes.is_empty() {
        match std::os::windows::fs::FileExt::seek_read(file, bytes, offset)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            read => {
                bytes = &mut bytes[read..];
                offset += read as u64;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// In memory or on disk, whole or in pieces: what was written is what is read.
        #[test]
        fn what_is_read_is_what_was_written(
            pieces in prop::collection::vec(prop::collection::vec(any::<f32>(), 0..3_000), 0..8),
            max_in_memory in 0_usize..6_000,
            ranges in prop::collection::vec((0_u64..30_000, 0_u64..30_000), 1..20),
        ) {
            let folder = tempfile::tempdir()?;
            let mut writer = StoreWriter { max_in_memory, ..StoreWriter::new(folder.path()) };
            let mut model: Vec<u32> = Vec::new();
            for piece in &pieces {
                writer.push(piece)?;
                model.extend(piece.iter().map(|sample| sample.to_bits()));
                prop_assert_eq!(writer.len(), model.len() as u64);
            }
            let store = writer.finish()?;
            prop_assert_eq!(store.len(), model.len() as u64);
            prop_assert_eq!(matches!(store, Store::Spilled { .. }), model.len() > max_in_memory);
            for (start, end) in ranges {
                let read: Vec<u32> = store.read(start..end)?.iter().map(|sample| sample.to_bits()).collect();
                let end = (end as usize).min(model.len());
                let start = (start as usize).min(end);
                prop_assert_eq!(&read[..], &model[start..end]);
            }
            prop_assert_eq!(std::fs::read_dir(folder.path())?.count(), 0, "scratch files have no name");
        }
    }
}

//! Where decoded blocks go: trimmed, checked, hashed, and stored channel by channel, in bounded memory.

use crate::error::{AudioErrorKind, LimitError};
use crate::settings::DecodeSettings;
use crate::store::{Store, StoreWriter};
use sha2::{Digest as _, Sha256};
use voiceman_base::{ClipTime, Digest, Watch};

/// Sample rates accepted.
const RATES: std::ops::RangeInclusive<u64> = 4_000..=768_000;

/// Silence is written in pieces of this many frames.
const SILENCE_BLOCK: u64 = 4096;

/// What to cut from the decoded sound.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Trim {
    /// Frames to drop at the start.
    pub(crate) start: u64,
    /// Frames to keep after that; all where nothing is said.
    pub(crate) keep: Option<u64>,
    /// Frames to drop at the end, of those that are there.
    pub(crate) drop_last: u64,
}

/// Whether the samples are wanted or only what can be said about them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keep {
    /// Store them.
    Samples,
    /// Only measure and hash them.
    FactsOnly,
}

/// What is wanted of one decode, and who watches it.
#[derive(Clone, Copy)]
pub(crate) struct Order<'a> {
    pub(crate) keep: Keep,
    pub(crate) settings: &'a DecodeSettings,
    pub(crate) watch: &'a dyn Watch,
}

impl Order<'_> {
    /// Ends the decode when the user asked to stop.
    pub(crate) fn check(&self) -> Result<(), AudioErrorKind> {
        self.watch.check().map_err(|_| AudioErrorKind::Cancelled)
    }
}

/// Takes decoded blocks.
pub(crate) struct SampleSink<'a> {
    order: Order<'a>,
    rate: u32,
    channels: usize,
    stores: Vec<StoreWriter>,
    hasher: Sha256,
    trim: Trim,
    /// Frames taken in before trimming.
    taken: u64,
    /// Frames given out after trimming.
    written: u64,
    held_back: Vec<Vec<f32>>,
    max_frames: u64,
    not_finite: u64,
    first_not_finite: Option<u64>,
    bytes: Vec<u8>,
}

/// What came of the sound.
#[derive(Debug)]
pub(crate) struct SinkResult {
    pub(crate) stores: Vec<Store>,
    pub(crate) samples_sha256: Digest,
    pub(crate) frames: u64,
    /// Samples that were not finite, and the first frame that held one.
    pub(crate) not_finite: Option<(u64, u64)>,
}

/// Checks what a header says against the limits, before anything is decoded.
pub(crate) fn check_limits(rate: u64, channels: u64, settings: &DecodeSettings) -> Result<(), AudioErrorKind> {
    if !RATES.contains(&rate) {
        return Err(AudioErrorKind::Limit(LimitError::SampleRate { rate }));
    }
    if channels > u64::from(settings.max_channels) {
        return Err(AudioErrorKind::Limit(LimitError::Channels { channels, max: settings.max_channels }));
    }
    Ok(())
}

impl<'a> SampleSink<'a> {
    pub(crate) fn new(
        rate: u32,
        channels: usize,
        trim: Trim,
        order: Order<'a>,
    ) -> Result<SampleSink<'a>, AudioErrorKind> {
        let settings = order.settings;
        check_limits(u64::from(rate), channels as u64, settings)?;
        let scratch = settings.scratch();
        let stores = match order.keep {
            Keep::Samples => (0..channels).map(|_| StoreWriter::new(&scratch)).collect(),
            Keep::FactsOnly => Vec::new(),
        };
        Ok(SampleSink {
            order,
            rate,
            channels,
            stores,
            hasher: Sha256::new(),
            trim,
            taken: 0,
            written: 0,
            held_back: vec![Vec::new(); channels],
            max_frames: u64::from(settings.max_duration_s) * u64::from(rate),
            not_finite: 0,
            first_not_finite: None,
            bytes: Vec::new(),
        })
    }

    pub(crate) fn rate(&self) -> u32 {
        self.rate
    }

    pub(crate) fn channels(&self) -> usize {
        self.channels
    }

    /// Frames taken in so far, before trimming.
    pub(crate) fn taken(&self) -> u64 {
        self.taken
    }

    /// The time in the trimmed sound of a frame before trimming.
    pub(crate) fn time_of(&self, taken: u64) -> ClipTime {
        ClipTime::from_sample(taken.saturating_sub(self.trim.start), self.rate)
    }

    /// Takes a block, one vector of equal length per channel; fails when the user asked to stop.
    pub(crate) fn push(&mut self, block: &mut [Vec<f32>]) -> Result<(), AudioErrorKind> {
        self.order.check()?;
        let frames = block.first().map_or(0, Vec::len);
        let skipped = self.trim.start.saturating_sub(self.taken).min(frames as u64) as usize;
        self.taken += frames as u64;
        if skipped == frames {
            return Ok(());
        }
        let held = self.held_back.first().map_or(0, Vec::len) as u64;
        let room = self.trim.keep.map_or(u64::MAX, |keep| keep.saturating_sub(self.written + held));
        let end = (skipped as u64 + room.min((frames - skipped) as u64)) as usize;
        if self.written + held + (end - skipped) as u64 > self.max_frames {
            return Err(AudioErrorKind::Limit(LimitError::Duration { max_s: self.order.settings.max_duration_s }));
        }
        for channel in block.iter_mut() {
            for (index, sample) in channel[skipped..end].iter_mut().enumerate() {
                if !sample.is_finite() {
                    *sample = 0.0;
                    self.not_finite += 1;
                    let frame = self.written + held + index as u64;
                    self.first_not_finite = Some(self.first_not_finite.map_or(frame, |first| first.min(frame)));
                }
            }
        }
        let views: Vec<&[f32]> = block.iter().map(|channel| &channel[skipped..end]).collect();
        if self.trim.drop_last == 0 {
            return self.write(&views);
        }
        for (held, samples) in self.held_back.iter_mut().zip(views) {
            held.extend_from_slice(samples);
        }
        let ready = self.held_back.first().map_or(0, Vec::len).saturating_sub(self.trim.drop_last as usize);
        self.release(ready)
    }

    /// Takes `frames` frames of silence, for sound that is known to be missing.
    pub(crate) fn silence(&mut self, mut frames: u64) -> Result<(), AudioErrorKind> {
        let mut block = vec![Vec::new(); self.channels];
        while frames > 0 {
            let count = frames.min(SILENCE_BLOCK);
            block.iter_mut().for_each(|channel| {
                channel.clear();
                channel.resize(count as usize, 0.0);
            });
            self.push(&mut block)?;
            frames -= count;
        }
        Ok(())
    }

    fn release(&mut self, ready: usize) -> Result<(), AudioErrorKind> {
        if ready == 0 {
            return Ok(());
        }
        let mut held = std::mem::take(&mut self.held_back);
        let views: Vec<&[f32]> = held.iter().map(|channel| &channel[..ready]).collect();
        let result = self.write(&views);
        held.iter_mut().for_each(|channel| drop(channel.drain(..ready)));
        self.held_back = held;
        result
    }

    fn write(&mut self, block: &[&[f32]]) -> Result<(), AudioErrorKind> {
        let frames = block.first().map_or(0, |channel| channel.len());
        self.bytes.resize(frames * block.len() * 4, 0);
        for (channel, samples) in block.iter().enumerate() {
            let slots = self.bytes.chunks_exact_mut(4).skip(channel).step_by(block.len());
            for (slot, sample) in slots.zip(*samples) {
                slot.copy_from_slice(&sample.to_le_bytes());
            }
        }
        self.hasher.update(&self.bytes);
        for (store, samples) in self.stores.iter_mut().zip(block) {
            store.push(samples).map_err(|_| AudioErrorKind::Scratch)?;
        }
        self.written += frames as u64;
        Ok(())
    }

    /// Ends the sound. What was held back is dropped if the sound `is_whole`, and kept if its end is missing anyway.
    pub(crate) fn finish(mut self, is_whole: bool) -> Result<SinkResult, AudioErrorKind> {
        if !is_whole {
            let held = self.held_back.first().map_or(0, Vec::len);
            self.release(held)?;
        }
        let stores: Result<Vec<Store>, _> = self.stores.into_iter().map(StoreWriter::finish).collect();
        Ok(SinkResult {
            stores: stores.map_err(|_| AudioErrorKind::Scratch)?,
            samples_sha256: Digest::from_bytes(self.hasher.finalize().into()),
            frames: self.written,
            not_finite: self.first_not_finite.map(|first| (self.not_finite, first)),
        })
    }
}

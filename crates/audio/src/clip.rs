//! Decoded sound: [`AudioClip`] at the recording's own rate with all channels, [`Mono16k`] for the models.

use crate::store::Store;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use voiceman_base::{ClipTime, SourceFacts, Span};

/// A decoded recording: 32-bit floats in `[-1, 1]`, planar, native rate, all channels. Read in pieces, from any thread.
#[derive(Debug)]
pub struct AudioClip {
    facts: SourceFacts,
    channels: Vec<Store>,
    scratch: PathBuf,
}

impl AudioClip {
    pub(crate) fn new(facts: SourceFacts, channels: Vec<Store>, scratch: PathBuf) -> AudioClip {
        AudioClip { facts, channels, scratch }
    }

    /// Where sound made from this one may spill to.
    pub(crate) fn scratch(&self) -> &Path {
        &self.scratch
    }

    /// What decoding said.
    pub fn facts(&self) -> &SourceFacts {
        &self.facts
    }

    /// Samples a second.
    pub fn sample_rate(&self) -> u32 {
        self.facts.sample_rate
    }

    /// How many channels.
    pub fn channels(&self) -> usize {
        self.channels.len()
    }

    /// Samples per channel.
    pub fn len(&self) -> u64 {
        self.channels.first().map_or(0, Store::len)
    }

    /// Whether there is no sound.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Length.
    pub fn duration(&self) -> ClipTime {
        ClipTime::from_sample(self.len(), self.sample_rate())
    }

    /// Samples `range` of one channel, cut to what exists.
    ///
    /// # Errors
    /// When the scratch file cannot be read back.
    pub fn read(&self, channel: usize, range: Range<u64>) -> io::Result<Vec<f32>> {
        self.channels.get(channel).map_or_else(|| Ok(Vec::new()), |store| store.read(range))
    }

    /// The mean of all channels over samples `range`, cut to what exists.
    ///
    /// # Errors
    /// When the scratch file cannot be read back.
    pub fn read_mean(&self, range: Range<u64>) -> io::Result<Vec<f32>> {
        let mut sum = self.read(0, range.clone())?;
        for channel in 1..self.channels() {
            for (total, sample) in sum.iter_mut().zip(self.read(channel, range.clone())?) {
                *total += sample;
            }
        }
        let scale = 1.0 / self.channels().max(1) as f32;
        sum.iter_mut().for_each(|sample| *sample *= scale);
        Ok(sum)
    }

    /// The mean of all channels over `span`.
    ///
    /// # Errors
    /// When the scratch file cannot be read back.
    pub fn read_mean_span(&self, span: Span) -> io::Result<Vec<f32>> {
        let rate = self.sample_rate();
        self.read_mean(span.start().to_sample(rate)..span.end().to_sample(rate))
    }
}

/// Sound at 16 kHz, one channel: the only type a model accepts. It can only come from the resampler.
#[derive(Debug)]
pub struct Mono16k {
    store: Store,
    name: String,
}

impl Mono16k {
    /// Samples a second.
    pub const RATE: u32 = 16_000;

    pub(crate) fn new(store: Store, name: String) -> Mono16k {
        Mono16k { store, name }
    }

    /// Name of the recording, for messages.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// How many samples.
    pub fn len(&self) -> u64 {
        self.store.len()
    }

    /// Whether there is no sound.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Length.
    pub fn duration(&self) -> ClipTime {
        ClipTime::from_sample(self.len(), Self::RATE)
    }

    /// Samples `range`, cut to what exists.
    ///
    /// # Errors
    /// When the scratch file cannot be read back.
    pub fn read(&self, range: Range<u64>) -> io::Result<Vec<f32>> {
        self.store.read(range)
    }

    /// The samples of `span`.
    ///
    /// # Errors
    /// When the scratch file cannot be read back.
    pub fn read_span(&self, span: Span) -> io::Result<Vec<f32>> {
        self.read(span.start().to_sample(Self::RATE)..span.end().to_sample(Self::RATE))
    }
}

//! From any rate to 16 kHz mono, by rubato's FFT resampler, as a stream and in place.
//!
//! The resampler works on blocks in the frequency domain; a longer block has a steeper edge. Blocks of at least 85 ms of
//! input with a Blackman-Harris window (squared) pass everything to 7.5 kHz and stop everything from 8.2 kHz on, for any
//! rate. Its delay is removed, and the length is what arithmetic says, not what blocks give.

use crate::clip::{AudioClip, Mono16k};
use crate::error::{AudioError, AudioErrorKind};
use crate::store::StoreWriter;
use audioadapter_buffers::direct::SequentialSlice;
use rubato::{Fft, FixedSync, Indexing, Resampler, WindowFunction};
use std::io;
use std::ops::Range;
use voiceman_base::{Unwatched, Watch};

/// Shortest block that is transformed at once, in input frames.
const MIN_BLOCK: u64 = 4096;

/// Samples that are copied at once where nothing is converted.
const COPY_BLOCK: u64 = 1 << 16;

impl AudioClip {
    /// The mean of all channels at 16 kHz. A recording at 16 kHz passes through unchanged.
    ///
    /// # Errors
    /// When scratch storage fails.
    pub fn mono_16k(&self) -> Result<Mono16k, AudioError> {
        self.mono_16k_watched(&Unwatched)
    }

    /// As [`AudioClip::mono_16k`], and ends soon after `watch` says that the user asked to stop.
    ///
    /// # Errors
    /// As [`AudioClip::mono_16k`], and [`AudioErrorKind::Cancelled`].
    pub fn mono_16k_watched(&self, watch: &dyn Watch) -> Result<Mono16k, AudioError> {
        self.resampled(|range| self.read_mean(range), watch)
    }

    /// One channel at 16 kHz, for recordings whose channels are not of the same sound. As [`AudioClip::mono_16k_watched`].
    ///
    /// # Errors
    /// As [`AudioClip::mono_16k_watched`].
    pub fn channel_16k_watched(&self, channel: usize, watch: &dyn Watch) -> Result<Mono16k, AudioError> {
        self.resampled(|range| self.read(channel, range), watch)
    }

    fn resampled(
        &self,
        read: impl Fn(Range<u64>) -> io::Result<Vec<f32>>,
        watch: &dyn Watch,
    ) -> Result<Mono16k, AudioError> {
        let fail = |kind| AudioError::new(&self.facts().file.name, "resample", kind);
        let scratch = self.scratch();
        let mut output = StoreWriter::new(scratch);
        if self.sample_rate() == Mono16k::RATE {
            let mut position = 0;
            while position < self.len() {
                watch.check().map_err(|_| fail(AudioErrorKind::Cancelled))?;
                let samples = read(position..position + COPY_BLOCK);
                let samples = samples.map_err(|error| fail(AudioErrorKind::Scratch).caused_by(error))?;
                output.push(&samples).map_err(|error| fail(AudioErrorKind::Scratch).caused_by(error))?;
                position += COPY_BLOCK;
            }
        } else {
            let read = |start: u64, count: u64| read(start..start + count);
            convert(read, self.len(), self.sample_rate(), &mut output, watch)
                .map_err(|(kind, cause)| fail(kind).caused_by(cause))?;
        }
        let store = output.finish().map_err(|error| fail(AudioErrorKind::Scratch).caused_by(error))?;
        Ok(Mono16k::new(store, self.facts().file.name.clone()))
    }
}

/// Samples at 16 kHz for `length` samples at `rate`: rounded to the nearest, half up.
pub(crate) fn output_length(length: u64, rate: u32) -> u64 {
    let rate = u128::from(rate.max(1));
    ((u128::from(length) * u128::from(Mono16k::RATE) * 2 + rate) / (rate * 2)) as u64
}

type Failure = (AudioErrorKind, Box<dyn std::error::Error + Send + Sync>);

fn convert(
    read: impl Fn(u64, u64) -> io::Result<Vec<f32>>,
    length: u64,
    rate: u32,
    output: &mut StoreWriter,
    watch: &dyn Watch,
) -> Result<(), Failure> {
    let resampling = |error: &dyn std::fmt::Display| (AudioErrorKind::Resample, error.to_string().into());
    let block = MIN_BLOCK * u64::from(rate.div_ceil(48_000));
    let window = WindowFunction::BlackmanHarris2;
    let mut resampler =
        Fft::<f32>::new_custom(rate as usize, Mono16k::RATE as usize, block as usize, 1, 1, window, FixedSync::Input)
            .map_err(|error| resampling(&error))?;
    let wanted = output_length(length, rate);
    let mut delay = resampler.output_delay() as u64;
    let mut converted = vec![0.0_f32; resampler.output_frames_max()];
    let mut position = 0;
    while output.len() < wanted {
        watch.check().map_err(|stopped| (AudioErrorKind::Cancelled, stopped.into()))?;
        let count = resampler.input_frames_next();
        let mut samples = read(position, count as u64).map_err(|error| (AudioErrorKind::Scratch, error.into()))?;
        position += samples.len() as u64;
        // Silence after the end pushes out what the resampler still holds.
        samples.resize(count, 0.0);
        let input = SequentialSlice::new(&samples, 1, count).map_err(|error| resampling(&error))?;
        let room = converted.len();
        let mut target = SequentialSlice::new_mut(&mut converted, 1, room).map_err(|error| resampling(&error))?;
        let (_, written) = resampler
            .process_into_buffer(&input, &mut target, Some(&Indexing::new()))
            .map_err(|error| resampling(&error))?;
        let skipped = delay.min(written as u64);
        delay -= skipped;
        let end = (skipped + (wanted - output.len())).min(written as u64);
        output
            .push(&converted[skipped as usize..end as usize])
            .map_err(|error| (AudioErrorKind::Scratch, error.into()))?;
    }
    Ok(())
}

/// Resamples what is in memory; for tests of this crate.
#[cfg(test)]
pub(crate) fn resample(samples: &[f32], rate: u32) -> Vec<f32> {
    let mut output = StoreWriter::new(std::path::Path::new("."));
    let read = |start: u64, count: u64| {
        let end = (start + count).min(samples.len() as u64);
        Ok(samples[start.min(end) as usize..end as usize].to_vec())
    };
    convert(read, samples.len() as u64, rate, &mut output, &Unwatched).expect("resamples");
    let store = output.finish().expect("in memory");
    store.read(0..store.len()).expect("in memory")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f64::consts::TAU;

    /// Largest deviation from level in the passband: a tenth of a decibel is below what intensity is compared to.
    const PASSBAND_DB: f64 = 0.1;
    /// What is left of sound that 16 kHz cannot hold. 16-bit recordings have their noise at -98 dB.
    const STOPBAND_DB: f64 = -100.0;

    fn tone(rate: u32, hertz: f64, seconds: f64) -> Vec<f32> {
        (0..(f64::from(rate) * seconds) as u64)
            .map(|n| (0.5 * (TAU * hertz * n as f64 / f64::from(rate)).sin()) as f32)
            .collect()
    }

    /// Level of the middle half of `samples`, dB against a sine of amplitude 0.5.
    fn level(samples: &[f32]) -> f64 {
        let middle = &samples[samples.len() / 4..samples.len() * 3 / 4];
        let power = middle.iter().map(|&sample| f64::from(sample).powi(2)).sum::<f64>() / middle.len() as f64;
        10.0 * (power / 0.125).log10()
    }

    #[test]
    fn passes_tones_to_7500_hz_at_the_same_level() {
        for rate in [8_000, 11_025, 22_050, 24_000, 32_000, 44_100, 48_000, 96_000, 192_000, 384_000, 768_000] {
            for hertz in [60.0, 440.0, 3_000.0, 5_000.0, 7_000.0, 7_500.0] {
                if hertz < f64::from(rate) * 0.46 {
                    let level = level(&resample(&tone(rate, hertz, 1.0), rate));
                    assert!(level.abs() < PASSBAND_DB, "{hertz} Hz at {rate} Hz: {level:.3} dB");
                }
            }
        }
    }

    #[test]
    fn stops_tones_from_8300_hz_on() {
        for rate in [22_050, 32_000, 44_100, 48_000, 96_000, 192_000, 768_000] {
            for hertz in [8_300.0, 9_000.0, 10_500.0, 15_000.0, 20_000.0, 40_000.0] {
                if hertz < f64::from(rate) * 0.49 {
                    let level = level(&resample(&tone(rate, hertz, 1.0), rate));
                    assert!(level < STOPBAND_DB, "{hertz} Hz at {rate} Hz: {level:.1} dB");
                }
            }
        }
    }

    #[test]
    fn a_tone_stays_in_phase() {
        // Half a sample at 16 kHz would be 11 degrees of a 1 kHz tone, an error of 0.19 of its amplitude.
        for rate in [8_000, 11_025, 22_050, 44_100, 48_000, 96_000, 384_000] {
            let resampled = resample(&tone(rate, 1_000.0, 1.0), rate);
            let direct = tone(16_000, 1_000.0, 1.0);
            let middle = 4_000..12_000;
            let worst = middle.map(|n| (resampled[n] - direct[n]).abs()).fold(0.0, f32::max);
            assert!(worst < 0.002, "{rate} Hz: off by {worst}");
        }
    }

    #[test]
    fn an_impulse_stays_in_place() {
        for (rate, at) in
            [(48_000_u32, 24_000_usize), (44_100, 22_050), (8_000, 4_000), (96_000, 48_000), (11_025, 5_513)]
        {
            let mut samples = vec![0.0; rate as usize];
            samples[at] = 1.0;
            let resampled = resample(&samples, rate);
            let peak = (0..resampled.len()).max_by(|&a, &b| resampled[a].abs().total_cmp(&resampled[b].abs()));
            let expected = at as f64 * 16_000.0 / f64::from(rate);
            let found = peak.expect("not empty") as f64;
            assert!((found - expected).abs() <= 0.5, "{rate} Hz: peak at {found}, not {expected}");
        }
    }

    #[test]
    fn the_length_is_exact_at_any_rate() {
        for rate in [4_000, 5_513, 7_999, 12_345, 16_001, 44_101, 47_999, 352_800, 767_999, 768_000] {
            for length in [1, 2, 100, 4_097, 30_011] {
                let expected = (length as f64 * 16_000.0 / f64::from(rate)).round() as usize;
                assert_eq!(resample(&vec![0.25; length], rate).len(), expected, "{length} at {rate} Hz");
            }
        }
    }

    #[test]
    fn silence_stays_silence() {
        assert!(resample(&[0.0; 44_100], 44_100).iter().all(|&sample| sample == 0.0));
    }
}

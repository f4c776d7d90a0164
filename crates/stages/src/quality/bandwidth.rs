//! The highest frequency that was recorded, whatever the sample rate says.
//!
//! A band limit, of a telephone line or a lossy codec, is an edge in the long-term mean spectrum: just below it there is
//! speech or noise, above it and up to half the sample rate next to nothing. The edge is where the mean level of the
//! 300 Hz below is furthest above the largest level beyond the 100 Hz that follow; that must be 15 dB or more. Where codecs
//! let the spectrum fade away instead, the recording ends where it is 75 dB below its loudest part for good. Without either
//! it is as wide as its sample rate allows.

use realfft::{RealFftPlanner, RealToComplex};
use std::f32::consts::TAU;
use std::sync::Arc;
use voiceman_base::{Hertz, Measured, Quality, QualityReason};

/// Frames are about this long, in seconds.
const FRAME_S: f64 = 0.05;
/// What is below an edge is looked at over this width, in hertz.
const BELOW_HZ: f64 = 300.0;
/// Widest slope of an edge.
const SLOPE_HZ: f64 = 100.0;
/// Levels are means over this much to both sides.
const SMOOTH_HZ: f64 = 40.0;
/// No edge is looked for below: there, spectra of speech are steep by themselves.
const LOWEST_HZ: f64 = 1_500.0;
/// Nor this close to half the sample rate, where the filters of resamplers and converters are.
const TOP_HZ: f64 = 150.0;
/// Smallest drop that is an edge.
const EDGE_DB: f64 = 15.0;
/// What is this far below the loudest part of the spectrum is next to nothing: noise of quiet rooms is above it, rounding to
/// 16 bit below.
const NOTHING_DB: f64 = 75.0;
/// Differences between levels even lower than this are no edges.
const FLOOR_DB: f64 = 95.0;

/// Power over frequency, summed over all frames of all channels.
pub(crate) struct LongTermSpectrum {
    fft: Arc<dyn RealToComplex<f32>>,
    window: Vec<f32>,
    rate: u32,
    power: Vec<f64>,
    frames: u64,
    /// Samples of each channel that do not fill a frame yet.
    rest: Vec<Vec<f32>>,
}

impl LongTermSpectrum {
    pub(crate) fn new(rate: u32) -> LongTermSpectrum {
        let length = ((f64::from(rate) * FRAME_S) as usize).next_power_of_two().max(16);
        let window = (0..length).map(|index| 0.5 - 0.5 * (TAU * index as f32 / length as f32).cos()).collect();
        LongTermSpectrum {
            fft: RealFftPlanner::new().plan_fft_forward(length),
            window,
            rate,
            power: vec![0.0; length / 2 + 1],
            frames: 0,
            rest: Vec::new(),
        }
    }

    /// Takes the next samples of a channel.
    pub(crate) fn push(&mut self, channel: usize, samples: &[f32]) {
        self.rest.resize(self.rest.len().max(channel + 1), Vec::new());
        let mut waiting = std::mem::take(&mut self.rest[channel]);
        waiting.extend_from_slice(samples);
        let mut frame = self.fft.make_input_vec();
        let mut spectrum = self.fft.make_output_vec();
        let mut scratch = self.fft.make_scratch_vec();
        let frames = waiting.chunks_exact(self.window.len());
        self.rest[channel] = frames.remainder().to_vec();
        for samples in frames {
            // A constant offset is no sound, and the window would spread it.
            let mean = samples.iter().sum::<f32>() / samples.len() as f32;
            for (slot, (sample, weight)) in frame.iter_mut().zip(samples.iter().zip(&self.window)) {
                *slot = (sample - mean) * weight;
            }
            if self.fft.process_with_scratch(&mut frame, &mut spectrum, &mut scratch).is_err() {
                continue; // Unreachable: the lengths come from the planner itself.
            }
            for (sum, bin) in self.power.iter_mut().zip(&spectrum) {
                *sum += f64::from(bin.norm_sqr());
            }
            self.frames += 1;
        }
    }

    /// The bandwidth, from everything that was pushed.
    pub(crate) fn bandwidth(&self) -> Quality<Hertz> {
        if self.frames == 0 {
            return Measured::Undefined(QualityReason::TooShort);
        }
        let bin_hz = f64::from(self.rate) / self.window.len() as f64;
        let half = f64::from(self.rate) / 2.0;
        let Some(levels) = self.levels(bin_hz) else { return Measured::Undefined(QualityReason::Silent) };
        let bins = |hertz: f64| (hertz / bin_hz).ceil() as usize;
        // Largest level from each bin on.
        let mut beyond = levels.clone();
        for bin in (1..beyond.len()).rev() {
            beyond[bin - 1] = beyond[bin - 1].max(beyond[bin]);
        }
        let fades = beyond.partition_point(|level| *level > -NOTHING_DB);
        let mut best = (EDGE_DB, half);
        for bin in bins(LOWEST_HZ)..levels.len().saturating_sub(bins(TOP_HZ)) {
            let below = &levels[bin.saturating_sub(bins(BELOW_HZ))..bin];
            let Some(above) = beyond.get(bin + bins(SLOPE_HZ)) else { break };
            let drop = below.iter().sum::<f64>() / below.len().max(1) as f64 - above;
            if drop > best.0 {
                best = (drop, bin as f64 * bin_hz);
            }
        }
        let faded = if fades < levels.len() { fades as f64 * bin_hz } else { half };
        Measured::from_option(Hertz::new(best.1.min(faded).min(half)), QualityReason::Silent)
    }

    /// Smoothed levels in dB below the loudest, not below the floor; nothing for digital silence.
    fn levels(&self, bin_hz: f64) -> Option<Vec<f64>> {
        let reach = (SMOOTH_HZ / bin_hz).round() as usize;
        let smoothed: Vec<f64> = (0..self.power.len())
            .map(|bin| {
                let around = &self.power[bin.saturating_sub(reach)..(bin + reach + 1).min(self.power.len())];
                around.iter().sum::<f64>() / around.len() as f64
            })
            .collect();
        let largest = smoothed.iter().copied().fold(0.0, f64::max);
        let level = |power: &f64| (10.0 * (power / largest).log10()).max(-FLOOR_DB);
        (largest > 0.0).then(|| smoothed.iter().map(level).collect())
    }
}

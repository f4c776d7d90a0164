//! Log-mel spectrogram as Whisper's front end makes it.
//!
//! Whisper, `whisper/audio.py` at commit 517a43ecd132a2089d85f4ebc044728a71d49f6e: Hann window of 400 samples, hop of
//! 160, centred frames with reflected edges, power spectrum, Slaney mel bands from 0 to 8 kHz, `log10` with a floor of
//! 1e-10, clamped to 8 below the window's largest value, then `(x + 4) / 4`. Frames behind the sound are 0, as in
//! faster-whisper 1.2.1 (`transcribe.py`, `pad_or_trim` of the features), not what silence would give
//! (`docs/decisions/0013-behind-the-sound.md`).

use realfft::{RealFftPlanner, RealToComplex};
use std::f64::consts::PI;
use std::sync::Arc;

/// Samples of a window: 30 s at 16 kHz.
pub const WINDOW_SAMPLES: usize = 480_000;
/// Frames of a window, 10 ms apart.
pub const WINDOW_FRAMES: usize = 3_000;
const FFT_LENGTH: usize = 400;
const HOP: usize = 160;
const BINS: usize = FFT_LENGTH / 2 + 1;
const FLOOR: f32 = 1e-10;
const RANGE: f32 = 8.0;
/// Stands in the frames behind the sound.
const BEHIND: f32 = 0.0;

/// A log-mel spectrogram of one window: row-major `[bands, WINDOW_FRAMES]`, Whisper's normalisation.
#[derive(Clone, Debug, PartialEq)]
pub struct LogMel {
    /// Number of mel bands.
    pub bands: usize,
    /// The numbers.
    pub values: Vec<f32>,
}

/// Makes log-mel spectrograms with a fixed number of bands.
pub struct MelFrontEnd {
    fft: Arc<dyn RealToComplex<f32>>,
    window: Vec<f32>,
    /// Per band: first bin and weights.
    filters: Vec<(usize, Vec<f32>)>,
}

impl MelFrontEnd {
    /// A front end of `bands` bands (80 or 128 in published models).
    pub fn new(bands: usize) -> MelFrontEnd {
        let window = (0..FFT_LENGTH)
            .map(|index| (0.5 - 0.5 * (2.0 * PI * index as f64 / FFT_LENGTH as f64).cos()) as f32)
            .collect();
        MelFrontEnd { fft: RealFftPlanner::new().plan_fft_forward(FFT_LENGTH), window, filters: slaney_filters(bands) }
    }

    /// The spectrogram of `samples` (16 kHz), filled up or cut to 30 s.
    pub fn log_mel(&self, samples: &[f32]) -> LogMel {
        let samples = &samples[..samples.len().min(WINDOW_SAMPLES)];
        let bands = self.filters.len();
        let mut values = vec![BEHIND; bands * WINDOW_FRAMES];
        let mut frame = self.fft.make_input_vec();
        let mut spectrum = self.fft.make_output_vec();
        let mut scratch = self.fft.make_scratch_vec();
        let mut power = [0.0_f32; BINS];
        // Frames whose centre lies within the sound, and the one after it.
        let sounding = (samples.len() / HOP + 1).min(WINDOW_FRAMES);
        for index in 0..sounding {
            for (offset, (slot, weight)) in frame.iter_mut().zip(&self.window).enumerate() {
                *slot = weight * sample_at(samples, (index * HOP + offset) as i64 - (FFT_LENGTH / 2) as i64);
            }
            if self.fft.process_with_scratch(&mut frame, &mut spectrum, &mut scratch).is_err() {
                continue; // Unreachable: the lengths come from the planner itself.
            }
            for (slot, bin) in power.iter_mut().zip(&spectrum) {
                *slot = bin.norm_sqr();
            }
            for (band, (first, weights)) in self.filters.iter().enumerate() {
                let energy: f32 = weights.iter().zip(&power[*first..]).map(|(weight, power)| weight * power).sum();
                values[band * WINDOW_FRAMES + index] = energy.max(FLOOR).log10();
            }
        }
        let sound = || (0..bands).map(|band| band * WINDOW_FRAMES..band * WINDOW_FRAMES + sounding);
        let largest = sound().flat_map(|frames| &values[frames]).copied().fold(f32::NEG_INFINITY, f32::max);
        for frames in sound() {
            values[frames].iter_mut().for_each(|value| *value = (value.max(largest - RANGE) + 4.0) / 4.0);
        }
        LogMel { bands, values }
    }
}

/// The sample at `index` of the 30 s window: reflected at its edges, silence after the sound.
fn sample_at(samples: &[f32], index: i64) -> f32 {
    let last = WINDOW_SAMPLES as i64 - 1;
    let index = if index < 0 {
        -index
    } else if index > last {
        2 * last - index
    } else {
        index
    };
    usize::try_from(index).ok().and_then(|index| samples.get(index)).copied().unwrap_or(0.0)
}

/// Triangular filters on Slaney's mel scale, each of unit area over frequency (librosa's `norm="slaney"`).
fn slaney_filters(bands: usize) -> Vec<(usize, Vec<f32>)> {
    let top = hertz_to_mel(8_000.0);
    let edges: Vec<f64> = (0..bands + 2).map(|edge| mel_to_hertz(top * edge as f64 / (bands + 1) as f64)).collect();
    let bin_hertz = 16_000.0 / FFT_LENGTH as f64;
    edges
        .windows(3)
        .map(|edges| {
            let (low, centre, high) = (edges[0], edges[1], edges[2]);
            let weight = |bin: usize| {
                let hertz = bin as f64 * bin_hertz;
                let slope = ((hertz - low) / (centre - low)).min((high - hertz) / (high - centre));
                (slope.max(0.0) * 2.0 / (high - low)) as f32
            };
            let first = (0..BINS).find(|bin| weight(*bin) > 0.0).unwrap_or(0);
            let weights = (first..BINS).map(weight).take_while(|weight| *weight > 0.0).collect();
            (first, weights)
        })
        .collect()
}

/// Slaney's Auditory Toolbox scale: linear below 1 kHz, logarithmic above.
fn hertz_to_mel(hertz: f64) -> f64 {
    if hertz < 1_000.0 { hertz * 3.0 / 200.0 } else { 15.0 + (hertz / 1_000.0).ln() / (6.4_f64.ln() / 27.0) }
}

fn mel_to_hertz(mel: f64) -> f64 {
    if mel < 15.0 { mel * 200.0 / 3.0 } else { 1_000.0 * ((mel - 15.0) * (6.4_f64.ln() / 27.0)).exp() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tone_is_loudest_in_the_band_around_it() {
        let tone: Vec<f32> = (0..16_000).map(|n| (2.0 * PI * 1_000.0 * f64::from(n) / 16_000.0).sin() as f32).collect();
        let mel = MelFrontEnd::new(80).log_mel(&tone);
        let column: Vec<f32> = (0..80).map(|band| mel.values[band * WINDOW_FRAMES + 50]).collect();
        let loudest = (0..80).max_by(|a, b| column[*a].total_cmp(&column[*b]));
        let centre = mel_to_hertz(hertz_to_mel(8_000.0) * (loudest.unwrap_or(0) + 1) as f64 / 81.0);
        assert!((centre - 1_000.0).abs() < 40.0, "loudest band is at {centre} Hz");
    }

    #[test]
    fn silence_is_even_and_nothing_stands_behind_it() {
        for samples in [0, 1, 159, 160, 5_000] {
            let silence = MelFrontEnd::new(80).log_mel(&vec![0.0; samples]);
            for band in silence.values.chunks_exact(WINDOW_FRAMES) {
                assert!(band[..samples / HOP + 1].iter().all(|value| *value == (FLOOR.log10() + 4.0) / 4.0));
                assert!(band[samples / HOP + 1..].iter().all(|value| *value == BEHIND));
            }
        }
    }
}

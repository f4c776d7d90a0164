//! Harmonics-to-noise ratio by forward cross-correlation, frame by frame as Praat's `To Harmonicity (cc)` gives it.
//!
//! A period of the lowest pitch is compared with the wave up to one such period later; the height `r` of the highest peak
//! of the normalised correlation is the part of the power that repeats, and `10 log10(r / (1 - r))` the ratio. Boersma 1993,
//! "Accurate short-term analysis of the fundamental frequency and the harmonics-to-noise ratio of a sampled sound", IFA
//! Proceedings 17, 97-110; cross-correlation instead of autocorrelation as in Praat's manual, "Sound: To Harmonicity (cc)".

use super::super::arithmetic::{dot, fast_length, sum};
use super::super::frames::FrameGrid;
use super::super::interpolate::peak;
use realfft::num_complex::Complex;
use realfft::{ComplexToReal, RealFftPlanner, RealToComplex};
use std::sync::Arc;

/// Samples to each side for the place and height of a peak; windows are shorter, so all of their samples count.
const DEPTH: usize = 700;

/// A peak between samples can be higher than both by this factor at most: half a sample away, sin(x)/x has fallen to 0.64.
const HIDDEN: f64 = 1.6;

/// How harmonicity is measured. Defaults: Praat's.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct HarmonicitySettings {
    /// Lowest pitch in hertz: it sets the window, one period.
    pub floor_hz: f64,
    /// Time between frames in seconds.
    pub step_s: f64,
    /// Frames whose peak is below this share of the whole sound's peak have no harmonicity.
    pub silence_threshold: f64,
}

impl Default for HarmonicitySettings {
    fn default() -> Self {
        HarmonicitySettings { floor_hz: 75.0, step_s: 0.01, silence_threshold: 0.1 }
    }
}

/// Measures harmonicity in sounds of one rate. Transforms and buffers are made once.
pub(crate) struct HarmonicityMeter {
    sample_rate: f64,
    settings: HarmonicitySettings,
    /// Samples of one window, and longest lag looked at.
    window: usize,
    /// Samples of one period of the lowest pitch.
    period: usize,
    forward: Arc<dyn RealToComplex<f64>>,
    backward: Arc<dyn ComplexToReal<f64>>,
    /// Samples of one frame less their local mean: a window and as many samples behind it as the longest lag.
    frame: Vec<f64>,
    padded: Vec<f64>,
    head: Vec<Complex<f64>>,
    whole: Vec<Complex<f64>>,
    scratch: Vec<Complex<f64>>,
    /// Correlation at lags `-longest..=longest`.
    correlation: Vec<f64>,
    maxima: Vec<usize>,
}

/// A sound whose harmonicity can be asked for.
pub(crate) struct HarmonicityFrames<'a> {
    meter: &'a mut HarmonicityMeter,
    samples: &'a [f64],
    /// Highest excursion of the whole sound from its mean.
    loudest: f64,
    /// Where the frames lie.
    pub(crate) grid: FrameGrid,
}

impl HarmonicityMeter {
    /// A meter for sounds of `sample_rate` samples a second, or nothing when a window would hold fewer than 4 samples.
    pub fn new(sample_rate: f64, settings: &HarmonicitySettings) -> Option<HarmonicityMeter> {
        let samples = (sample_rate / settings.floor_hz).floor();
        let half = (samples as usize / 2).checked_sub(1).filter(|half| *half >= 2)?;
        let window = 2 * half;
        let length = fast_length(2 * window);
        let mut planner = RealFftPlanner::new();
        let (forward, backward) = (planner.plan_fft_forward(length), planner.plan_fft_inverse(length));
        let scratch = forward.get_scratch_len().max(backward.get_scratch_len());
        Some(HarmonicityMeter {
            sample_rate,
            settings: *settings,
            window,
            period: samples as usize,
            frame: vec![0.0; 2 * window],
            padded: vec![0.0; length],
            head: forward.make_output_vec(),
            whole: forward.make_output_vec(),
            scratch: vec![Complex::new(0.0, 0.0); scratch],
            forward,
            backward,
            correlation: vec![0.0; 2 * window + 1],
            maxima: Vec::new(),
        })
    }

    /// Frames for `samples`, or nothing where not one fits.
    pub fn frames<'a>(&'a mut self, samples: &'a [f64]) -> Option<HarmonicityFrames<'a>> {
        let HarmonicitySettings { floor_hz, step_s, .. } = self.settings;
        let grid = FrameGrid::centred(samples.len(), self.sample_rate, 2.0 / floor_hz, step_s)?;
        if samples.len() < 2 * self.window {
            return None;
        }
        let mean = samples.iter().sum::<f64>() / samples.len() as f64;
        let loudest = samples.iter().fold(0.0_f64, |highest, value| highest.max((value - mean).abs()));
        Some(HarmonicityFrames { meter: self, samples, loudest, grid })
    }

    /// Fills in the correlation of `frame`, or nothing where it is silent.
    fn correlate(&mut self) -> Option<()> {
        let window = self.window;
        let energy = dot(&self.frame[..window], &self.frame[..window]);
        if !(energy > 0.0 && energy.is_finite()) {
            return None;
        }
        // Transforms only fail on wrong buffer lengths, which `new` makes right, or on imaginary ends, which are zero.
        self.padded[..window].copy_from_slice(&self.frame[..window]);
        self.padded[window..].fill(0.0);
        let _ = self.forward.process_with_scratch(&mut self.padded, &mut self.head, &mut self.scratch);
        self.padded[..2 * window].copy_from_slice(&self.frame);
        self.padded[2 * window..].fill(0.0);
        let _ = self.forward.process_with_scratch(&mut self.padded, &mut self.whole, &mut self.scratch);
        for (whole, head) in self.whole.iter_mut().zip(&self.head) {
            *whole *= head.conj();
        }
        if let Some((first, rest)) = self.whole.split_first_mut() {
            first.im = 0.0;
            if let Some(last) = rest.last_mut() {
                last.im = 0.0;
            }
        }
        let _ = self.backward.process_with_scratch(&mut self.whole, &mut self.padded, &mut self.scratch);
        let scale = 1.0 / self.padded.len() as f64;
        let mut other = energy;
        self.correlation[window] = 1.0;
        for lag in 1..=window {
            // The window behind `lag` loses a sample and gains one; the last lag has no sample to gain.
            let gone = self.frame[lag - 1];
            let come = self.frame.get(lag + window - 1).copied().unwrap_or(0.0);
            other += come * come - gone * gone;
            let value = if other > 0.0 { self.padded[lag] * scale / (energy * other).sqrt() } else { 0.0 };
            self.correlation[window + lag] = value;
            self.correlation[window - lag] = value;
        }
        Some(())
    }

    /// Height of the highest peak of the correlation, or nothing without one.
    fn strongest(&mut self) -> Option<f64> {
        let middle = self.window;
        let correlation = &self.correlation;
        let is_peak = |place: &usize| {
            let here = correlation[*place];
            here > 0.0 && here > correlation[place - 1] && here >= correlation[place + 1]
        };
        self.maxima.clear();
        self.maxima.extend((middle + 2..2 * middle).filter(is_peak));
        self.maxima.sort_by(|left, right| correlation[*right].total_cmp(&correlation[*left]));
        let mut best: Option<f64> = None;
        for place in &self.maxima {
            if best.is_some_and(|best| HIDDEN * correlation[*place] < best) {
                break;
            }
            let (at, height) = peak(correlation, *place, DEPTH);
            // Nothing above half the sample rate is a pitch.
            if at - middle as f64 <= 2.0 {
                continue;
            }
            // Heights above 1 come from windows with few periods; they are taken as that far below 1.
            let height = if height > 1.0 { 1.0 / height } else { height };
            best = Some(best.map_or(height, |best| best.max(height)));
        }
        best
    }
}

impl HarmonicityFrames<'_> {
    /// Harmonics-to-noise ratio of frame `index` in decibels, or nothing where the frame is too quiet or has no peak.
    pub fn frame(&mut self, index: usize) -> Option<f64> {
        if self.loudest <= 0.0 {
            return None;
        }
        let time = self.grid.time(index);
        let mean = self.local_mean(time);
        let loudness = self.local_peak(time, mean) / self.loudest;
        let start = self.left(time - 1.0 / self.meter.settings.floor_hz).max(0) as usize;
        let length = self.meter.frame.len();
        let source = self.samples.get(start.min(self.samples.len().checked_sub(length)?)..)?;
        self.meter.frame.iter_mut().zip(source).for_each(|(slot, sample)| *slot = sample - mean);
        self.meter.correlate()?;
        let strength = self.meter.strongest()?;
        let quiet = 2.0 - loudness.min(1.0) / self.meter.settings.silence_threshold;
        if strength <= quiet.max(0.0) {
            return None;
        }
        let strength = strength.clamp(1e-15, 1.0 - 1e-15);
        Some(10.0 * (strength / (1.0 - strength)).log10())
    }

    /// Index of the sample at or before `time`.
    fn left(&self, time: f64) -> isize {
        (time * self.meter.sample_rate - 0.5).floor() as isize
    }

    fn within(&self, from: isize, to: isize) -> &[f64] {
        let length = self.samples.len() as isize;
        let (from, to) = (from.clamp(0, length), to.clamp(0, length));
        &self.samples[from as usize..to.max(from) as usize]
    }

    /// Mean over one longest period to each side.
    fn local_mean(&self, time: f64) -> f64 {
        let right = self.left(time) + 1;
        let period = self.meter.period as isize;
        sum(self.within(right - period, right + period)) / (2 * period) as f64
    }

    /// Highest excursion within half a period.
    fn local_peak(&self, time: f64, mean: f64) -> f64 {
        let right = self.left(time) + 1;
        let half = (self.meter.period / 2 + 1).min(self.meter.window / 2) as isize;
        let around = self.within(right - half, right + half);
        around.iter().fold(0.0, |highest, value| highest.max((value - mean).abs()))
    }
}

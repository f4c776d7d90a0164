//! Short-time spectra: windows that begin at each step, and their Fourier transform.

use realfft::num_complex::Complex;
use realfft::{RealFftPlanner, RealToComplex};
use std::f64::consts::PI;
use std::ops::Range;
use std::sync::Arc;

/// Time between frames in seconds.
pub(super) const STEP: f64 = 0.01;

/// Shape of a window.
#[derive(Clone, Copy)]
pub(super) enum Shape {
    /// `0.54 - 0.46 cos`.
    Hamming,
    /// `exp(-x^2 / (2 0.4^2))`, `x` from -1 to 1.
    Gaussian,
}

/// Seconds to samples, rounded.
pub(super) fn samples_in(seconds: f64, sample_rate: f64) -> usize {
    (seconds * sample_rate + 0.5).floor() as usize
}

/// Transforms windows of one length. The transform is the next power of two long, the window not normalised.
pub(super) struct Spectrograph {
    window: Vec<f64>,
    hop: usize,
    /// Width of a bin in hertz.
    pub(super) bin_hz: f64,
    /// Samples in a transform.
    pub(super) length: usize,
    transform: Arc<dyn RealToComplex<f64>>,
    frame: Vec<f64>,
    output: Vec<Complex<f64>>,
    scratch: Vec<Complex<f64>>,
}

impl Spectrograph {
    pub(super) fn new(
        sample_rate: f64,
        seconds: f64,
        shape: Shape,
        planner: &mut RealFftPlanner<f64>,
    ) -> Option<Spectrograph> {
        let samples = samples_in(seconds, sample_rate);
        let hop = samples_in(STEP, sample_rate);
        if samples < 8 || hop == 0 {
            return None;
        }
        let last = (samples - 1) as f64;
        let weight = |n: usize| match shape {
            Shape::Hamming => 0.54 - 0.46 * (2.0 * PI * n as f64 / last).cos(),
            Shape::Gaussian => (-0.5 * ((2.0 * n as f64 / last - 1.0) / 0.4).powi(2)).exp(),
        };
        let length = samples.next_power_of_two();
        let transform = planner.plan_fft_forward(length);
        Some(Spectrograph {
            window: (0..samples).map(weight).collect(),
            hop,
            bin_hz: sample_rate / length as f64,
            length,
            frame: vec![0.0; length],
            output: transform.make_output_vec(),
            scratch: transform.make_scratch_vec(),
            transform,
        })
    }

    /// Whole windows in a sound of this many samples.
    pub(super) fn frames(&self, samples: usize) -> usize {
        samples.checked_sub(self.window.len()).map_or(0, |rest| rest / self.hop + 1)
    }

    /// Bins of a spectrum.
    pub(super) fn bins(&self) -> usize {
        self.output.len()
    }

    /// Samples under the window of frame `index`.
    pub(super) fn place(&self, index: usize) -> Range<usize> {
        index * self.hop..index * self.hop + self.window.len()
    }

    /// Writes the power of each bin of frame `index` to `power`. Out of range, it is 0 everywhere.
    pub(super) fn power(&mut self, samples: &[f32], index: usize, power: &mut [f64]) {
        power.fill(0.0);
        let Some(source) = samples.get(self.place(index)) else { return };
        for ((slot, sample), weight) in self.frame.iter_mut().zip(source).zip(&self.window) {
            *slot = f64::from(*sample) * weight;
        }
        self.frame[source.len()..].fill(0.0);
        // It fails on wrong buffer lengths only, which `new` makes right.
        if self.transform.process_with_scratch(&mut self.frame, &mut self.output, &mut self.scratch).is_ok() {
            power.iter_mut().zip(&self.output).for_each(|(slot, value)| *slot = value.norm_sqr());
        }
    }
}

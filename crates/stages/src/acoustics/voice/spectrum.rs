//! The long-term average spectrum of the voiced frames, and what is told from it.
//!
//! Mean of the power spectra of 40 ms Hann windows around the voiced pitch frames. Loud frames count more, as in a
//! recording's own long-term spectrum; nothing depends on the gain.

use realfft::num_complex::Complex;
use realfft::{RealFftPlanner, RealToComplex};
use std::f64::consts::PI;
use std::sync::Arc;

/// Length of a window in seconds: bins are 25 Hz apart.
const WINDOW_S: f64 = 0.04;

/// Bands of a third of an octave, from 100 Hz to 4 kHz, counted from 1 kHz.
const BANDS: std::ops::RangeInclusive<i32> = -10..=6;

/// How many bands there are.
pub const BAND_COUNT: usize = 17;

/// Upper edge of everything told here, in hertz: what the recording must hold.
pub const HIGHEST_HZ: f64 = 5_000.0;

/// Sums up the spectra of voiced frames in sounds of one rate.
pub(crate) struct SpectrumMeter {
    sample_rate: f64,
    window: Vec<f64>,
    transform: Arc<dyn RealToComplex<f64>>,
    frame: Vec<f64>,
    spectrum: Vec<Complex<f64>>,
    scratch: Vec<Complex<f64>>,
}

/// Power spectra, summed up.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LongTermSpectrum {
    /// Power by bin.
    power: Vec<f64>,
    /// Distance of bins in hertz.
    step: f64,
    /// How many frames are in it.
    frames: usize,
}

/// What a long-term spectrum tells.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SpectrumMeasures {
    /// Level of each third-octave band from 100 Hz to 4 kHz over that of all of them, in decibels.
    pub bands_db: [f64; BAND_COUNT],
    /// Slope of the line through the levels of the bands' mean bins by octave, in decibels.
    pub tilt_db_oct: f64,
    /// Power from 1 to 5 kHz over that from 50 Hz to 1 kHz, in decibels. B. Frøkjær-Jensen and S. Prytz 1976, "Registration
    /// of voice quality", Brüel & Kjær Technical Review 3, 3-17.
    pub alpha_ratio_db: f64,
    /// Strongest bin below 2 kHz over the strongest from 2 to 5 kHz, in decibels. B. Hammarberg et al. 1980, "Perceptual and
    /// acoustic correlates of abnormal voice qualities", Acta Oto-Laryngologica 90, 441-451.
    pub hammarberg_db: f64,
    /// Mean frequency from 50 Hz to 5 kHz, weighted by power, in hertz.
    pub centroid_hz: f64,
}

impl SpectrumMeter {
    /// For sounds of `sample_rate` samples a second, or nothing where they cannot hold 5 kHz.
    pub fn new(sample_rate: f64) -> Option<SpectrumMeter> {
        if sample_rate.is_nan() || sample_rate <= 2.0 * HIGHEST_HZ {
            return None;
        }
        let length = (WINDOW_S * sample_rate).round() as usize;
        let transform = RealFftPlanner::new().plan_fft_forward(length);
        let hann = |n: usize| 0.5 - 0.5 * (2.0 * PI * (n as f64 + 0.5) / length as f64).cos();
        Some(SpectrumMeter {
            sample_rate,
            window: (0..length).map(hann).collect(),
            frame: vec![0.0; length],
            spectrum: transform.make_output_vec(),
            scratch: transform.make_scratch_vec(),
            transform,
        })
    }

    /// Adds the spectrum around `time` seconds to `sum`; nothing where the samples are shorter than a window.
    pub fn add(&mut self, samples: &[f64], time: f64, sum: &mut LongTermSpectrum) {
        let length = self.window.len();
        let Some(latest) = samples.len().checked_sub(length) else { return };
        let begin = ((time - 0.5 * WINDOW_S) * self.sample_rate + 1e-6).round().max(0.0) as usize;
        let source = &samples[begin.min(latest)..];
        for ((slot, sample), weight) in self.frame.iter_mut().zip(source).zip(&self.window) {
            *slot = sample * weight;
        }
        // Transforms only fail on wrong buffer lengths, which `new` makes right.
        let _ = self.transform.process_with_scratch(&mut self.frame, &mut self.spectrum, &mut self.scratch);
        sum.power.resize(self.spectrum.len(), 0.0);
        sum.power.iter_mut().zip(&self.spectrum).for_each(|(sum, value)| *sum += value.norm_sqr());
        sum.step = self.sample_rate / length as f64;
        sum.frames += 1;
    }
}

impl LongTermSpectrum {
    /// What it tells, or nothing where it is of fewer than `least` frames or holds no sound above 2 kHz.
    pub fn measures(&self, least: usize) -> Option<SpectrumMeasures> {
        if self.frames < least.max(1) {
            return None;
        }
        let mut bands_db = [0.0; BAND_COUNT];
        let mut levels = [(0.0, 0.0); BAND_COUNT];
        for ((band, level), place) in bands_db.iter_mut().zip(&mut levels).zip(BANDS) {
            let octaves = f64::from(place) / 3.0;
            let edge = |offset: f64| 1_000.0 * (octaves + offset).exp2();
            let bins = self.bins(edge(-1.0 / 6.0), edge(1.0 / 6.0));
            *band = bins.iter().sum();
            *level = (octaves, 10.0 * (*band / bins.len().max(1) as f64).log10());
        }
        let whole: f64 = bands_db.iter().sum();
        bands_db.iter_mut().for_each(|band| *band = 10.0 * (*band / whole).log10());
        let decibels = |upper: f64, lower: f64| 10.0 * (upper / lower).log10();
        let power = |low: f64, high: f64| self.bins(low, high).iter().sum::<f64>();
        let highest = |low: f64, high: f64| self.bins(low, high).iter().copied().fold(0.0, f64::max);
        let first = self.index(50.0);
        let middle = self.bins(50.0, HIGHEST_HZ);
        let moment: f64 = middle.iter().enumerate().map(|(bin, power)| (first + bin) as f64 * self.step * power).sum();
        let found = SpectrumMeasures {
            bands_db,
            tilt_db_oct: slope(&levels),
            alpha_ratio_db: decibels(power(1_000.0, HIGHEST_HZ), power(50.0, 1_000.0)),
            hammarberg_db: decibels(highest(0.0, 2_000.0), highest(2_000.0, HIGHEST_HZ)),
            centroid_hz: moment / middle.iter().sum::<f64>(),
        };
        let all = [found.tilt_db_oct, found.alpha_ratio_db, found.hammarberg_db, found.centroid_hz];
        all.iter().chain(&found.bands_db).all(|value| value.is_finite()).then_some(found)
    }

    /// First bin at `frequency` or above, a hair below counting as at it.
    fn index(&self, frequency: f64) -> usize {
        (((frequency - 1e-6) / self.step).ceil().max(0.0) as usize).min(self.power.len())
    }

    /// Powers from `low` on and below `high`, in hertz.
    fn bins(&self, low: f64, high: f64) -> &[f64] {
        let (low, high) = (self.index(low), self.index(high));
        &self.power[low..high.max(low)]
    }
}

/// Slope of the line with the least squares through points.
fn slope(points: &[(f64, f64)]) -> f64 {
    let count = points.len() as f64;
    let mean = |part: fn(&(f64, f64)) -> f64| points.iter().map(part).sum::<f64>() / count;
    let (x, y) = (mean(|point| point.0), mean(|point| point.1));
    let both: f64 = points.iter().map(|point| (point.0 - x) * (point.1 - y)).sum();
    both / points.iter().map(|point| (point.0 - x).powi(2)).sum::<f64>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spectrum_that_falls_by_six_decibels_an_octave_says_so() -> Result<(), &'static str> {
        // Harmonics of 25 Hz, one a bin, with amplitudes as 1/f.
        let rate = 16_000.0;
        let samples: Vec<f64> = (0..1_600)
            .map(|n| {
                let turn = 2.0 * PI * 25.0 * f64::from(n) / rate;
                (1..300).map(|k| (turn * f64::from(k) + f64::from(k * k)).sin() / f64::from(k)).sum()
            })
            .collect();
        let mut meter = SpectrumMeter::new(rate).ok_or("16 kHz are enough")?;
        let mut sum = LongTermSpectrum::default();
        meter.add(&samples, 0.03, &mut sum);
        assert_eq!(sum.measures(2), None);
        let found = sum.measures(1).ok_or("measures")?;
        assert!((found.tilt_db_oct + 6.02).abs() < 0.5, "{}", found.tilt_db_oct);
        assert!(SpectrumMeter::new(8_000.0).is_none());
        assert!(SpectrumMeter::new(f64::NAN).is_none());
        Ok(())
    }
}

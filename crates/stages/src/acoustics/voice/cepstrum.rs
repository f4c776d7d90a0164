//! Smoothed cepstral peak prominence, frame by frame.
//!
//! J. Hillenbrand and R.A. Houde 1996, "Acoustic correlates of breathy vocal quality", Journal of Speech and Hearing
//! Research 39, 311-321, as Praat's `To PowerCepstrogram` and `Get CPPS` have it with the settings of Y. Maryn and D. Weenink
//! 2015, "Objective dysphonia measures in the program Praat", Journal of Voice 29, 35-43. A voice with clear harmonics has
//! a peak in the cepstrum at its period; how far it stands out of the straight line through the cepstrum is told in dB.

use super::super::arithmetic::{logarithms, sum, vectorized};
use super::super::frames::FrameGrid;
use super::resample::Resampled;
use realfft::num_complex::Complex;
use realfft::{RealFftPlanner, RealToComplex};
use std::sync::Arc;

/// Samples a second that the sound is brought to: twice the highest frequency looked at.
pub(crate) const RATE: f64 = 10_000.0;

/// Frequency above which the sound is lifted by 6 dB an octave, in hertz.
pub(crate) const EMPHASIS_FROM_HZ: f64 = 50.0;

/// Seconds of one window: six periods of 60 Hz under a Gaussian that effectively spans half of it.
const WINDOW_S: f64 = 0.1;

/// Seconds between frames.
const STEP_S: f64 = 0.002;

/// Length of the transform.
const TRANSFORM: usize = 1024;

/// Quefrencies of a cepstrum.
const BINS: usize = TRANSFORM / 2 + 1;

/// Highest and lowest pitch whose peak is looked for, in hertz.
const PITCH: (f64, f64) = (60.0, 330.0);

/// First and last quefrency that the trend is told from, in bins of 0.1 ms: 1 to 50 ms.
const TREND: (usize, usize) = (10, 500);

/// Seconds of time and bins of quefrency that are averaged.
const SMOOTH_S: f64 = 0.01;
const SMOOTH_BINS: f64 = 10.0;

/// Cepstra that are kept for the average over time: those of one frame's neighbours.
const KEPT: usize = 16;

/// Tells cepstral peaks. Window, transform and buffers are made once.
pub(crate) struct CepstralPeaks {
    window: Vec<f64>,
    transform: Arc<dyn RealToComplex<f64>>,
    frame: Vec<f64>,
    spectrum: Vec<Complex<f64>>,
    scratch: Vec<Complex<f64>>,
    /// Weights of the average over time, from the middle frame to one side.
    over_time: Vec<f64>,
    over_quefrency: Vec<f64>,
    /// The latest cepstra with the number of their frame.
    kept: Vec<(Option<usize>, Vec<f64>)>,
    mean: Vec<f64>,
    levels: Vec<f64>,
    sorted: Vec<f64>,
}

/// A sound, ready for its cepstral peaks to be told.
pub(crate) struct CepstralFrames<'a> {
    peaks: &'a mut CepstralPeaks,
    sound: &'a Resampled,
    /// Where the frames lie.
    pub(crate) grid: FrameGrid,
}

impl Default for CepstralPeaks {
    fn default() -> Self {
        let length = (WINDOW_S * RATE).round() as usize;
        let transform = RealFftPlanner::new().plan_fft_forward(TRANSFORM);
        CepstralPeaks {
            window: super::formants::gaussian(length),
            frame: vec![0.0; TRANSFORM],
            spectrum: transform.make_output_vec(),
            scratch: transform.make_scratch_vec(),
            transform,
            over_time: averaging(SMOOTH_S / STEP_S),
            over_quefrency: averaging(SMOOTH_BINS),
            kept: vec![(None, vec![0.0; BINS]); KEPT],
            mean: vec![0.0; BINS],
            levels: vec![0.0; BINS],
            sorted: Vec::with_capacity(BINS),
        }
    }
}

/// Weights, from the middle to one side, of the mean of a curve through points with straight lines between them, taken
/// over `width` points.
fn averaging(width: f64) -> Vec<f64> {
    // Integral from -infinity to x of a triangle of height 1 over [-1, 1].
    let below = |x: f64| match x {
        x if x <= -1.0 => 0.0,
        x if x <= 0.0 => 0.5 * (x + 1.0) * (x + 1.0),
        x if x <= 1.0 => 1.0 - 0.5 * (1.0 - x) * (1.0 - x),
        _ => 1.0,
    };
    let half = 0.5 * width;
    let weight = |point: usize| (below(half - point as f64) - below(-half - point as f64)) / width;
    (0..=(half + 1.0).ceil() as usize).map(weight).take_while(|weight| *weight > 1e-12).collect()
}

impl CepstralPeaks {
    /// Prepares a sound of [`RATE`] samples a second, or nothing where not one window fits.
    pub(crate) fn frames<'a>(&'a mut self, sound: &'a Resampled) -> Option<CepstralFrames<'a>> {
        // Praat counts these frames on the sound before it was resampled.
        let grid = FrameGrid::around(0.5 * sound.duration, sound.duration, WINDOW_S, STEP_S)?;
        self.kept.iter_mut().for_each(|(number, _)| *number = None);
        Some(CepstralFrames { peaks: self, sound, grid })
    }

    /// Puts the power cepstrum of the samples from `begin` on into `into`, times a constant.
    #[inline(always)]
    fn cepstrum(&mut self, samples: &[f64], into: usize) {
        let length = self.window.len().min(samples.len());
        let mean = sum(&samples[..length]) / length.max(1) as f64;
        for ((slot, sample), weight) in self.frame.iter_mut().zip(samples).zip(&self.window) {
            *slot = (sample - mean) * weight;
        }
        self.frame[length..].fill(0.0);
        // Transforms only fail on wrong buffer lengths, which are right.
        let _ = self.transform.process_with_scratch(&mut self.frame, &mut self.spectrum, &mut self.scratch);
        // A bin without any power is as far down as numbers go.
        let (lower, upper) = self.frame.split_at_mut(BINS);
        lower.iter_mut().zip(&self.spectrum).for_each(|(slot, value)| *slot = value.norm_sqr());
        logarithms(lower);
        upper.iter_mut().rev().zip(&lower[1..]).for_each(|(slot, level)| *slot = *level);
        let _ = self.transform.process_with_scratch(&mut self.frame, &mut self.spectrum, &mut self.scratch);
        let kept = &mut self.kept[into].1;
        kept.iter_mut().zip(&self.spectrum).for_each(|(slot, value)| *slot = value.re * value.re);
    }

    /// Prominence of the peak in `mean`, in decibels.
    #[inline(always)]
    fn prominence(&mut self) -> Option<f64> {
        let (shortest, longest) = (RATE / PITCH.1, RATE / PITCH.0);
        let (first, last) = (shortest.ceil() as usize, longest.floor() as usize);
        let kept = TREND.0..=TREND.1;
        self.levels.fill(0.0);
        for (offset, weight) in self.over_quefrency.iter().enumerate() {
            let (before, after) = (&self.mean[TREND.0 - offset..], &self.mean[TREND.0 + offset..]);
            // The middle is both before and after itself.
            let weight = if offset == 0 { 0.5 * weight } else { *weight };
            for ((level, before), after) in self.levels[kept.clone()].iter_mut().zip(before).zip(after) {
                *level += weight * (before + after);
            }
        }
        if !self.levels[kept.clone()].iter().all(|level| *level > 0.0 && level.is_finite()) {
            return None;
        }
        logarithms(&mut self.levels[kept.clone()]);
        self.levels[kept].iter_mut().for_each(|level| *level *= 10.0 / std::f64::consts::LN_10);
        let levels = &self.levels;
        let top = (first..=last).fold(first, |top, bin| if levels[bin] > levels[top] { bin } else { top });
        let (before, here, after) = (levels[top - 1], levels[top], levels[top + 1]);
        let (bend, slope) = (2.0 * here - before - after, 0.5 * (after - before));
        // At the edge of the range there is no peak to place between bins.
        let (place, height) = if top > first && top < last && bend > 0.0 {
            (top as f64 + slope / bend, here + 0.5 * slope * slope / bend)
        } else {
            (top as f64, here)
        };
        let (slope, intercept) = trend(levels, &mut self.sorted)?;
        Some(height - (intercept + slope * place)).filter(|value| value.is_finite())
    }
}

impl CepstralFrames<'_> {
    /// Cepstral peak prominence of frame `index` in decibels, smoothed with its neighbours in time and quefrency.
    pub fn frame(&mut self, index: usize) -> Option<f64> {
        vectorized(CepstralFrames::smoothed, (self, index))
    }

    #[inline(always)]
    fn smoothed((frames, index): (&mut Self, usize)) -> Option<f64> {
        let reach = frames.peaks.over_time.len() - 1;
        let last = frames.grid.frames.checked_sub(1)?;
        let (from, to) = (index.saturating_sub(reach), (index + reach).min(last));
        frames.peaks.mean.fill(0.0);
        let mut total = 0.0;
        for neighbour in from..=to {
            frames.provide(neighbour);
            let weight = frames.peaks.over_time[neighbour.abs_diff(index)];
            let CepstralPeaks { mean, kept, .. } = &mut *frames.peaks;
            mean.iter_mut().zip(&kept[neighbour % KEPT].1).for_each(|(mean, value)| *mean += weight * value);
            total += weight;
        }
        let scale = 1.0 / total;
        frames.peaks.mean.iter_mut().for_each(|mean| *mean *= scale);
        frames.peaks.prominence()
    }

    /// Makes sure that the cepstrum of a frame is among those kept.
    #[inline(always)]
    fn provide(&mut self, index: usize) {
        let place = index % KEPT;
        if self.peaks.kept[place].0 == Some(index) {
            return;
        }
        let samples = &self.sound.samples;
        let begin = self.sound.nearest(self.grid.time(index) - 0.5 * WINDOW_S);
        // Rounding may push a window over an end by a sample.
        let begin = (begin.max(0) as usize).min(samples.len().saturating_sub(self.peaks.window.len()));
        let end = (begin + self.peaks.window.len()).min(samples.len());
        self.peaks.cepstrum(&samples[begin..end], place);
        self.peaks.kept[place].0 = Some(index);
    }
}

/// Slope by bin and intercept of the robust line through the levels of [`TREND`]: H. Theil 1950 in its incomplete form,
/// the median slope between points half the range apart, then the median distance.
fn trend(levels: &[f64], sorted: &mut Vec<f64>) -> Option<(f64, f64)> {
    let (first, last) = TREND;
    let count = last - first + 1;
    let (pairs, apart) = (count / 2, count - count / 2);
    sorted.clear();
    sorted.extend((first..first + pairs).map(|bin| (levels[bin + apart] - levels[bin]) / apart as f64));
    let slope = middle(sorted)?;
    sorted.clear();
    sorted.extend((first..=last).map(|bin| levels[bin] - slope * bin as f64));
    Some((slope, middle(sorted)?))
}

/// The median; `values` come out in another order.
fn middle(values: &mut [f64]) -> Option<f64> {
    let half = values.len() / 2;
    if values.is_empty() {
        return None;
    }
    let even = values.len().is_multiple_of(2);
    let (below, upper, _) = values.select_nth_unstable_by(half, f64::total_cmp);
    let upper = *upper;
    if !even {
        return Some(upper);
    }
    below.iter().copied().max_by(f64::total_cmp).map(|lower| 0.5 * (lower + upper))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn averages_are_of_straight_lines() {
        let close = |found: &[f64], truth: &[f64]| {
            found.len() == truth.len() && found.iter().zip(truth).all(|(left, right)| (left - right).abs() < 1e-9)
        };
        assert!(close(&averaging(5.0), &[0.2, 0.2, 0.175, 0.025]), "{:?}", averaging(5.0));
        assert!(close(&averaging(10.0), &[0.1, 0.1, 0.1, 0.1, 0.1, 0.05]), "{:?}", averaging(10.0));
    }

    #[test]
    fn trends_are_straight_and_robust() -> Result<(), &'static str> {
        let mut levels: Vec<f64> = (0..BINS).map(|bin| 3.0 - 0.01 * bin as f64).collect();
        for bin in (20..400).step_by(5) {
            levels[bin] += 40.0;
        }
        let (slope, intercept) = trend(&levels, &mut Vec::new()).ok_or("a trend")?;
        assert!((slope + 0.01).abs() < 1e-9 && (intercept - 3.0).abs() < 1e-9, "{slope} {intercept}");
        Ok(())
    }
}

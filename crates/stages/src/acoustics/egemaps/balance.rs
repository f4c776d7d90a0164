//! How a spectrum's energy is spread: alpha ratio, Hammarberg index, slopes, flux.

use super::Convention;

/// Power below which a bin counts as this: -140 dB.
const FLOOR: f64 = 1e-14;

/// Measures of one spectrum.
#[derive(Clone, Copy, Default)]
pub(super) struct Balance {
    /// Energy from 1 to 5 kHz over that below 1 kHz, in dB.
    pub(super) alpha_ratio: f64,
    /// Highest bin below 2 kHz over the highest from 2 to 5 kHz, in dB.
    pub(super) hammarberg: f64,
    /// Slope of the regression line of level on frequency from 0 to 500 Hz, in dB per hertz.
    pub(super) slope_low: f64,
    /// The same from 500 to 1500 Hz.
    pub(super) slope_middle: f64,
}

/// Measures the balance of spectra of one bin width.
pub(super) struct BalanceMeter {
    low_end: usize,
    middle_end: usize,
    /// One past the last bin up to 5 kHz.
    high_end: usize,
    /// Bins below 5 kHz.
    flux_end: usize,
    slope_low: Regression,
    slope_middle: Regression,
    levels: Vec<f64>,
    amplitudes: Vec<f64>,
    before: Vec<f64>,
    any_before: bool,
}

impl BalanceMeter {
    pub(super) fn new(bins: usize, bin_hz: f64, convention: Convention) -> BalanceMeter {
        let from = |hertz: f64| ((hertz / bin_hz).ceil() as usize).min(bins);
        let slope_middle = Regression::new(500.0, 1_500.0, bin_hz, bins, convention);
        let flux_end = from(5_000.0);
        BalanceMeter {
            low_end: from(1_000.0),
            middle_end: from(2_000.0),
            high_end: ((5_000.0 / bin_hz).floor() as usize + 1).min(bins),
            flux_end,
            slope_low: Regression::new(0.0, 500.0, bin_hz, bins, convention),
            levels: vec![0.0; slope_middle.end()],
            slope_middle,
            amplitudes: vec![0.0; flux_end],
            before: vec![0.0; flux_end],
            any_before: false,
        }
    }

    /// Forgets the spectrum before.
    pub(super) fn restart(&mut self) {
        self.any_before = false;
    }

    /// Balance of a power spectrum.
    pub(super) fn measure(&mut self, power: &[f64]) -> Balance {
        for (level, power) in self.levels.iter_mut().zip(power) {
            *level = 10.0 * power.max(FLOOR).log10();
        }
        let sum = |bins: &[f64]| bins.iter().sum::<f64>().max(FLOOR);
        let highest = |bins: &[f64]| bins.iter().fold(FLOOR, |highest: f64, power| highest.max(*power));
        let (low, high) = (&power[..self.low_end], &power[self.low_end..self.high_end]);
        let (below, above) = (&power[..self.middle_end], &power[self.middle_end..self.high_end]);
        Balance {
            alpha_ratio: 10.0 * (sum(high) / sum(low)).log10(),
            hammarberg: 10.0 * (highest(below) / highest(above)).log10(),
            slope_low: self.slope_low.slope(&self.levels),
            slope_middle: self.slope_middle.slope(&self.levels),
        }
    }

    /// Root mean square difference of the amplitudes below 5 kHz from those of the spectrum before; 0 for the first.
    pub(super) fn flux(&mut self, power: &[f64]) -> f64 {
        let mut squares = 0.0;
        for ((now, before), power) in self.amplitudes.iter_mut().zip(&self.before).zip(power) {
            *now = power.sqrt();
            squares += (*now - before).powi(2);
        }
        std::mem::swap(&mut self.amplitudes, &mut self.before);
        let flux = if self.any_before { (squares / self.flux_end.max(1) as f64).sqrt() } else { 0.0 };
        self.any_before = true;
        flux
    }
}

/// A regression of levels on frequency over a band, as weights of the levels.
struct Regression {
    start: usize,
    weights: Vec<f64>,
}

impl Regression {
    /// openSMILE counts bins at the band's edges by the share of them inside, and takes for the number of bins the
    /// difference of the edges' bins, one too few. Its slope therefore falls by 0.0008 to 0.0009 (below 500 Hz) for each
    /// decibel of level. Least squares has no such fault.
    fn new(from_hz: f64, to_hz: f64, bin_hz: f64, bins: usize, convention: Convention) -> Regression {
        let (from, to) = (from_hz / bin_hz, to_hz / bin_hz);
        let (start, last) = (from.floor() as usize, (to.floor() as usize).min(bins.saturating_sub(1)));
        let share = |bin: usize| match convention {
            Convention::Corrected if (bin as f64) < from => 0.0,
            Convention::Corrected => 1.0,
            Convention::OpenSmile if bin == start => 1.0 - from.fract(),
            Convention::OpenSmile if bin == last && to.fract() > 0.0 => to.fract(),
            Convention::OpenSmile => 1.0,
        };
        let parts: Vec<(f64, f64)> = (start..=last).map(|bin| (bin as f64 * bin_hz, share(bin))).collect();
        let count = match convention {
            Convention::OpenSmile => last.saturating_sub(start) as f64,
            Convention::Corrected => parts.iter().map(|(_, share)| share).sum(),
        };
        let sum: f64 = parts.iter().map(|(frequency, share)| frequency * share).sum();
        let squares: f64 = parts.iter().map(|(frequency, share)| (frequency * share).powi(2)).sum();
        let divisor = count * squares - sum * sum;
        let weight = |(frequency, share): &(f64, f64)| {
            if divisor.abs() > 0.0 { share * (count * frequency - sum) / divisor } else { 0.0 }
        };
        Regression { start, weights: parts.iter().map(weight).collect() }
    }

    /// One past the last bin.
    fn end(&self) -> usize {
        self.start + self.weights.len()
    }

    fn slope(&self, levels: &[f64]) -> f64 {
        let levels = levels.get(self.start..).unwrap_or(&[]);
        self.weights.iter().zip(levels).map(|(weight, level)| weight * level).sum()
    }
}

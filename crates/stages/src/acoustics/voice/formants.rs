//! Formants by linear prediction, frame by frame as Praat's `To Formant (burg)` gives them.
//!
//! The sound is brought to twice the ceiling, lifted by 6 dB an octave, and cut into Gaussian windows; Burg's method fits
//! a predictor with two poles a formant (J.P. Burg 1967, in the form of N. Andersen 1974, "On the calculation of filter
//! coefficients for maximum entropy spectral analysis", Geophysics 39, 69-72). Its roots in the upper half of the unit
//! circle are the formants.

use super::super::arithmetic::vectorized;
use super::super::frames::FrameGrid;
use super::super::roots;
use super::resample::Resampled;
use realfft::num_complex::Complex;
use std::f64::consts::PI;

/// How many formants are told.
pub const FORMANTS: usize = 4;

/// Roots nearer than this to 0 Hz or the ceiling are no formants, in hertz.
const MARGIN: f64 = 50.0;

/// Independent sums.
const LANES: usize = 8;

/// Frames per effective window.
const FRAMES_PER_WINDOW: f64 = 4.0;

/// How formants are found. Defaults: Praat's.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct FormantSettings {
    /// Highest frequency looked at, in hertz: about 5500 for short vocal tracts, 5000 for long ones.
    pub ceiling_hz: f64,
    /// Formants expected below the ceiling.
    pub count: usize,
    /// Effective length of the window in seconds; in all it is twice as long.
    pub window_s: f64,
    /// Frequency above which the sound is lifted by 6 dB an octave, in hertz.
    pub emphasis_from_hz: f64,
}

impl Default for FormantSettings {
    fn default() -> Self {
        FormantSettings { ceiling_hz: 5500.0, count: 5, window_s: 0.025, emphasis_from_hz: 50.0 }
    }
}

/// Tells formants in sounds of one rate.
pub(crate) struct FormantFinder {
    settings: FormantSettings,
    rate: f64,
    window: Vec<f64>,
    burg: Burg,
    roots: Vec<Complex<f64>>,
}

/// A sound, ready for its formants to be told.
pub(crate) struct FormantFrames<'a> {
    finder: &'a mut FormantFinder,
    sound: &'a Resampled,
    /// Where the frames lie.
    pub(crate) grid: FrameGrid,
}

impl FormantFinder {
    /// As `settings` say.
    pub fn new(settings: &FormantSettings) -> FormantFinder {
        let rate = 2.0 * settings.ceiling_hz;
        let length = 2 * ((2.0 * settings.window_s * rate).floor() as usize / 2);
        let order = 2 * settings.count;
        FormantFinder {
            settings: *settings,
            rate,
            window: gaussian(length),
            burg: Burg::new(length, order),
            roots: vec![Complex::new(0.0, 0.0); order],
        }
    }

    /// Samples a second that sounds must have: twice the ceiling.
    pub(crate) fn rate(&self) -> f64 {
        self.rate
    }

    /// Prepares a pre-emphasised sound of the right rate, or nothing where not one window fits.
    pub(crate) fn frames<'a>(&'a mut self, sound: &'a Resampled) -> Option<FormantFrames<'a>> {
        let step = self.settings.window_s / FRAMES_PER_WINDOW;
        let grid = sound.frames(2.0 * self.settings.window_s, step)?;
        roots::circle(&mut self.roots);
        Some(FormantFrames { finder: self, sound, grid })
    }
}

impl FormantFrames<'_> {
    /// Frequencies of the lowest formants of frame `index` in hertz, ascending; fewer where fewer are found.
    pub fn frame(&mut self, index: usize) -> [Option<f64>; FORMANTS] {
        self.at(self.grid.time(index))
    }

    /// The same of a frame around `time`, in seconds after the sound began.
    pub(crate) fn at(&mut self, time: f64) -> [Option<f64>; FORMANTS] {
        let mut found = [None; FORMANTS];
        let FormantFinder { window, burg, roots, rate, .. } = &mut *self.finder;
        let half = (window.len() / 2) as isize;
        let right = self.sound.before(time) + 1;
        let length = self.sound.samples.len() as isize;
        let from = (right - half).clamp(0, length);
        let to = (right + half).clamp(from, length);
        let source = &self.sound.samples[from as usize..to as usize];
        let Some(coefficients) = burg.predict(source, window) else { return found };
        if !roots::find(coefficients, roots) {
            // Once more without the neighbour's roots.
            roots::circle(roots);
            if !roots::find(coefficients, roots) {
                roots::circle(roots);
                return found;
            }
        }
        let mut frequencies: Vec<f64> = roots
            .iter()
            .filter(|root| root.im > 0.0)
            .map(|root| root.arg() * *rate / (2.0 * PI))
            .filter(|frequency| (MARGIN..=0.5 * *rate - MARGIN).contains(frequency))
            .collect();
        frequencies.sort_by(f64::total_cmp);
        found.iter_mut().zip(frequencies).for_each(|(slot, frequency)| *slot = Some(frequency));
        found
    }
}

/// A Gaussian window that is zero just outside its ends.
pub(super) fn gaussian(length: usize) -> Vec<f64> {
    let middle = 0.5 * (length as f64 + 1.0);
    let edge = (-12.0_f64).exp();
    let weight = |n: usize| {
        let place = (n as f64 + 1.0 - middle) / (length as f64 + 1.0);
        ((-48.0 * place * place).exp() - edge) / (1.0 - edge)
    };
    (0..length).map(weight).collect()
}

/// Burg's method: the predictor whose forward and backward errors are smallest, one order after another.
struct Burg {
    forward: Vec<f64>,
    backward: Vec<f64>,
    /// `1 + c[0]/z + c[1]/z^2 + ...` whitens the sound.
    coefficients: Vec<f64>,
    earlier: Vec<f64>,
}

impl Burg {
    fn new(length: usize, order: usize) -> Burg {
        Burg {
            forward: vec![0.0; length],
            backward: vec![0.0; length],
            coefficients: vec![0.0; order],
            earlier: vec![0.0; order],
        }
    }

    /// Coefficients for `samples` under `window`, or nothing where there is no sound to predict.
    fn predict(&mut self, samples: &[f64], window: &[f64]) -> Option<&[f64]> {
        vectorized(Burg::fit, (self, samples, window))
    }

    #[inline(always)]
    fn fit<'a>((burg, samples, window): (&'a mut Burg, &[f64], &[f64])) -> Option<&'a [f64]> {
        let Burg { forward, backward, coefficients, earlier } = burg;
        let length = samples.len().min(window.len());
        for (index, (sample, weight)) in samples.iter().zip(window.iter()).enumerate() {
            forward[index] = sample * weight;
            backward[index] = forward[index];
        }
        if length <= coefficients.len() {
            return None;
        }
        for order in 0..coefficients.len() {
            // Forward errors from `order + 1` on meet backward errors one sample earlier.
            let ahead = &mut forward[order + 1..length];
            let behind = &mut backward[..length - order - 1];
            let (product, energy) = product_and_energy(ahead, behind);
            if !(energy > 0.0 && energy.is_finite()) {
                return None;
            }
            let reflection = 2.0 * product / energy;
            earlier.copy_from_slice(coefficients);
            coefficients[order] = -reflection;
            for index in 0..order {
                coefficients[index] = earlier[index] - reflection * earlier[order - 1 - index];
            }
            for (ahead, behind) in ahead.iter_mut().zip(behind.iter_mut()) {
                let (forward, backward) = (*ahead, *behind);
                *ahead = forward - reflection * backward;
                *behind = backward - reflection * forward;
            }
        }
        Some(coefficients)
    }
}

/// Sum of the products of two slices of the same length, and that of all their squares.
#[inline(always)]
fn product_and_energy(left: &[f64], right: &[f64]) -> (f64, f64) {
    let (mut product, mut energy) = ([0.0; LANES], [0.0; LANES]);
    let whole = left.len().min(right.len()) / LANES * LANES;
    for (left, right) in left[..whole].chunks_exact(LANES).zip(right[..whole].chunks_exact(LANES)) {
        for lane in 0..LANES {
            product[lane] += left[lane] * right[lane];
            energy[lane] += left[lane] * left[lane] + right[lane] * right[lane];
        }
    }
    for (left, right) in left[whole..].iter().zip(&right[whole..]) {
        product[0] += left * right;
        energy[0] += left * left + right * right;
    }
    (product.iter().sum(), energy.iter().sum())
}

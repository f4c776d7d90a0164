//! Hum of the mains: lines at 50 or 60 Hz and their multiples that never move.
//!
//! The sound is thinned out to 2 to 4 kHz and looked at in windows of one second, where a line that does not move has its
//! power within 2 Hz; a voice moves by more than that. In each window the power of each line is compared with that of its
//! neighbourhood, 4 to 9 Hz away on both sides. What counts are the powers that three quarters of the windows reach: those of
//! a hum are there, those of a voice are not, even if it is often at 100 Hz.

use realfft::{RealFftPlanner, RealToComplex};
use std::f64::consts::{PI, TAU};
use std::sync::Arc;
use voiceman_base::{Decibels, Hertz, Hum, Quality, QualityReason};

/// Rate below which the sound is not thinned out further, in hertz.
const RATE_HZ: f64 = 2_000.0;
/// Harmonics are looked for up to here, in hertz.
const HIGHEST_HZ: f64 = 450.0;
/// Length of a window, in seconds; the next one starts half of it later.
const WINDOW_S: f64 = 1.0;
/// Windows without which three quarters of them mean nothing; 2 s of sound.
const LEAST_WINDOWS: usize = 3;
/// Lines of the mains, in hertz.
const LINES_HZ: [f64; 2] = [50.0, 60.0];
/// A line is as wide as this to both sides, in hertz: the window's own width, and mains and clocks that are not exact.
const WIDTH_HZ: f64 = 2.0;
/// Neighbourhood on both sides, in hertz.
const NEAR_HZ: (f64, f64) = (4.0, 9.0);
/// What a line must have over its neighbourhood to be added to the others, in dB.
const CLEAR_DB: f64 = 6.0;
/// The median of its powers is at most this far above those that count, in dB: what speaks now and then is louder.
const STEADY_DB: f64 = 3.0;
/// Share of windows below whose powers those that count lie.
const QUIETER: f64 = 0.25;

/// Windows of all channels, piece by piece.
pub(super) struct HumFinder {
    thinned: Vec<Thinned>,
    rate_hz: f64,
    fft: Arc<dyn RealToComplex<f32>>,
    window: Vec<f32>,
    /// Powers of line and neighbourhood by line, harmonic and window.
    seen: Vec<Vec<Vec<(f32, f32)>>>,
}

impl HumFinder {
    pub(super) fn new(rate: u32, channels: usize) -> HumFinder {
        let factor = ((f64::from(rate) / RATE_HZ) as usize).max(1);
        let rate_hz = f64::from(rate) / factor as f64;
        let length = ((rate_hz * WINDOW_S).round() as usize).max(16);
        let length = length + length % 2;
        let window = (0..length).map(|index| (0.5 - 0.5 * (TAU * index as f64 / length as f64).cos()) as f32).collect();
        let harmonics = |line: f64| {
            let highest = HIGHEST_HZ.min(0.5 * rate_hz - 2.0 * NEAR_HZ.1);
            (1..).take_while(move |number| f64::from(*number) * line <= highest).count()
        };
        HumFinder {
            thinned: (0..channels).map(|_| Thinned::new(factor)).collect(),
            rate_hz,
            fft: RealFftPlanner::new().plan_fft_forward(length),
            window,
            seen: LINES_HZ.iter().map(|line| vec![Vec::new(); harmonics(*line)]).collect(),
        }
    }

    /// Takes the next samples of all channels, equally many of each.
    pub(super) fn push(&mut self, channels: &[Vec<f32>]) {
        for (thinned, samples) in self.thinned.iter_mut().zip(channels) {
            thinned.push(samples);
        }
        let length = self.window.len();
        let mut frame = self.fft.make_input_vec();
        let mut spectrum = self.fft.make_output_vec();
        let mut scratch = self.fft.make_scratch_vec();
        let weight: f32 = self.window.iter().map(|weight| weight * weight).sum();
        let scale = 2.0 / (weight * length as f32 * self.thinned.len().max(1) as f32);
        while self.thinned.iter().all(|thinned| thinned.out.len() >= length) {
            let mut powers = vec![0.0; length / 2 + 1];
            for thinned in &mut self.thinned {
                for (slot, (sample, weight)) in frame.iter_mut().zip(thinned.out.iter().zip(&self.window)) {
                    *slot = sample * weight;
                }
                thinned.out.drain(..length / 2);
                if self.fft.process_with_scratch(&mut frame, &mut spectrum, &mut scratch).is_err() {
                    continue; // Unreachable: the lengths come from the planner itself.
                }
                for (sum, bin) in powers.iter_mut().zip(&spectrum) {
                    *sum += scale * bin.norm_sqr();
                }
            }
            // Digital silence has no neighbourhood.
            if powers.iter().sum::<f32>() > 1e-11 {
                self.note(&powers);
            }
        }
    }

    fn note(&mut self, powers: &[f32]) {
        let bin_hz = self.rate_hz / self.window.len() as f64;
        let sum = |from_hz: f64, to_hz: f64| {
            let bins = (from_hz / bin_hz).round().max(1.0) as usize..=(to_hz / bin_hz).round() as usize;
            let count = bins.end().saturating_sub(*bins.start()) + 1;
            (powers.get(bins).map_or(0.0, |bins| bins.iter().sum::<f32>()), count as f32)
        };
        for (line, harmonics) in LINES_HZ.iter().zip(&mut self.seen) {
            for (number, windows) in harmonics.iter_mut().enumerate() {
                let middle = line * (number + 1) as f64;
                let (power, width) = sum(middle - WIDTH_HZ, middle + WIDTH_HZ);
                let (below, below_width) = sum(middle - NEAR_HZ.1, middle - NEAR_HZ.0);
                let (above, above_width) = sum(middle + NEAR_HZ.0, middle + NEAR_HZ.1);
                windows.push((power, (below + above) * width / (below_width + above_width)));
            }
        }
    }

    /// The louder hum of the two, once everything was pushed.
    pub(super) fn result(&self) -> Quality<Hum> {
        if self.seen.iter().any(Vec::is_empty) {
            return Quality::Undefined(QualityReason::NotRecorded);
        }
        if self.seen[0][0].len() < LEAST_WINDOWS {
            return Quality::Undefined(QualityReason::TooShort);
        }
        let found = LINES_HZ.iter().zip(&self.seen).filter_map(|(line, harmonics)| hum(*line, harmonics));
        let louder = |left: &Hum, right: &Hum| {
            left.over_neighbourhood_db.value().total_cmp(&right.over_neighbourhood_db.value())
        };
        Quality::from_option(found.max_by(louder), QualityReason::Silent)
    }
}

/// What the windows of the harmonics of one line say.
fn hum(line_hz: f64, harmonics: &[Vec<(f32, f32)>]) -> Option<Hum> {
    // By harmonic: power and that of the neighbourhood in the quieter windows, and whether that is a line of a hum.
    let below = |values: Vec<f32>, share: f64| f64::from(super::floor::quantile(values, share)).max(1e-20);
    let usual: Vec<(f64, f64, bool)> = harmonics
        .iter()
        .map(|windows| {
            let powers: Vec<f32> = windows.iter().map(|(power, _)| *power).collect();
            let (power, median) = (below(powers.clone(), QUIETER), below(powers, 0.5));
            let near = below(windows.iter().map(|(_, near)| *near).collect(), QUIETER);
            let is_steady = 10.0 * (median / power).log10() <= STEADY_DB;
            (power, near, is_steady && 10.0 * (power / near).log10() >= CLEAR_DB)
        })
        .collect();
    let clear: Vec<&(f64, f64, bool)> = usual.iter().filter(|(_, _, is_clear)| *is_clear).collect();
    let counting = if clear.is_empty() { usual.iter().take(1).collect() } else { clear };
    let power: f64 = counting.iter().map(|(power, _, _)| power).sum();
    let clearest = counting.iter().map(|(power, near, _)| power / near).fold(0.0, f64::max);
    Some(Hum {
        line_hz: Hertz::new(line_hz)?,
        over_neighbourhood_db: Decibels::new(10.0 * clearest.log10())?,
        level_dbfs: Decibels::new(10.0 * power.log10())?,
    })
}

/// A channel at a lower rate: every so many samples, a mean of their neighbours under a windowed sinc that lets pass what is
/// looked at and nothing that would fold back onto it.
struct Thinned {
    factor: usize,
    taps: Vec<f32>,
    rest: Vec<f32>,
    out: Vec<f32>,
}

impl Thinned {
    fn new(factor: usize) -> Thinned {
        let reach = (4 * factor) as i64;
        let ideal = |at: i64| {
            // Half the amplitude at 0.42 of the new rate; what folds back onto 450 Hz and below is 40 dB down.
            let cut = 0.42 / factor as f64;
            if at == 0 { 2.0 * cut } else { (TAU * cut * at as f64).sin() / (PI * at as f64) }
        };
        let taps = if factor == 1 {
            vec![1.0]
        } else {
            (-reach..=reach)
                .map(|at| (ideal(at) * (0.5 + 0.5 * (PI * at as f64 / reach as f64).cos())) as f32)
                .collect()
        };
        Thinned { factor, taps, rest: Vec::new(), out: Vec::new() }
    }

    fn push(&mut self, samples: &[f32]) {
        self.rest.extend_from_slice(samples);
        let mut start = 0;
        while start + self.taps.len() <= self.rest.len() {
            let near = &self.rest[start..start + self.taps.len()];
            self.out.push(dot(near, &self.taps));
            start += self.factor;
        }
        self.rest.drain(..start.min(self.rest.len()));
    }
}

/// The sum of the products, eight at a time: one by one, it would take most of the time of all measures.
fn dot(left: &[f32], right: &[f32]) -> f32 {
    let (mut left, mut right) = (left.chunks_exact(8), right.chunks_exact(8));
    let mut sums = [0.0; 8];
    for (left, right) in left.by_ref().zip(right.by_ref()) {
        for (sum, (left, right)) in sums.iter_mut().zip(left.iter().zip(right)) {
            *sum += left * right;
        }
    }
    let rest: f32 = left.remainder().iter().zip(right.remainder()).map(|(left, right)| left * right).sum();
    sums.iter().sum::<f32>() + rest
}

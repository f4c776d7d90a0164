//! Fundamental frequency by subharmonic summation, smoothed over time by dynamic programming.
//!
//! D. J. Hermes 1988, "Measurement of pitch by subharmonic summation", JASA 83(1), 257-264: amplitudes near local maxima
//! only, smoothed, on a logarithmic frequency axis, are summed over shifts by the harmonics with falling weights. The
//! constants of the set (range, 15 harmonics, weights 0.85^n, voicing 0.7) are those published for it; the path's costs
//! are ours, chosen on EmoDB against openSMILE's track.

use super::spline::Resampler;

const LOWEST_AXIS_HZ: f64 = 25.0;
const FLOOR_HZ: f64 = 55.0;
const CEILING_HZ: f64 = 1_000.0;
const HARMONICS: usize = 15;
const COMPRESSION: f64 = 0.85;
const CANDIDATES: usize = 6;

/// Bins to each side of a maximum that are kept.
const KEPT: usize = 2;

/// Voicing from which a frame is voiced.
const VOICING: f64 = 0.7;

/// Frames whose energy is this much below that of the loudest are voiceless: -45 dB. openSMILE has a fixed limit instead,
/// which would make voicing depend on how loud a recording is.
const QUIET: f64 = 3.2e-5;

/// Costs of the path: being below the voicing threshold or passing a voiced frame by, and its part that grows with the
/// distance; a candidate weaker than the best; an octave between neighbours; a change of voicing.
const WRONG_VOICING: f64 = 2.0;
const VOICING_DISTANCE: f64 = 4.0;
const WEAKER: f64 = 20.0;
const OCTAVE: f64 = 10.0;
const CHANGE: f64 = 1.0;

/// A frequency that a frame may have.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Candidate {
    /// In hertz, and its logarithm to base 2.
    frequency: f64,
    octave: f64,
    /// One less the mean of the subharmonic sum over its height here, at most 1.
    voicing: f64,
}

/// Collects frames one after another and then tells the best path.
pub(super) struct Summation {
    resampler: Resampler,
    /// Octaves between points of the axis.
    step: f64,
    shifts: Vec<(usize, f64)>,
    range: std::ops::Range<usize>,
    kept: Vec<f64>,
    smooth: Vec<f64>,
    axis: Vec<f64>,
    sum: Vec<f64>,
    /// Mean of the sum over the whole axis.
    mean: f64,
    frames: Vec<Vec<Candidate>>,
    energies: Vec<f64>,
}

impl Summation {
    /// For spectra of `bins` bins of `bin_hz` hertz.
    pub(super) fn new(bins: usize, bin_hz: f64) -> Summation {
        let highest = bins.saturating_sub(1) as f64 * bin_hz;
        let lowest_octave = LOWEST_AXIS_HZ.log2();
        let step = (highest.log2() - lowest_octave) / bins.saturating_sub(1).max(1) as f64;
        let point = |index: usize| (lowest_octave + step * index as f64).exp2() / bin_hz;
        let places: Vec<f64> = (0..bins).map(point).collect();
        let at = |hertz: f64| (hertz.log2() - lowest_octave) / step;
        let shift = |harmonic: usize| {
            (((harmonic as f64).log2() / step).round() as usize, COMPRESSION.powi(harmonic as i32 - 1))
        };
        Summation {
            resampler: Resampler::new(bins, &places),
            step,
            shifts: (1..=HARMONICS).map(shift).filter(|(shift, _)| *shift < bins).collect(),
            range: (at(FLOOR_HZ).ceil().max(1.0) as usize)
                ..(at(CEILING_HZ).floor() as usize + 1).min(bins.saturating_sub(1)),
            kept: vec![0.0; bins],
            smooth: vec![0.0; bins],
            axis: vec![0.0; bins],
            sum: vec![0.0; bins],
            mean: 0.0,
            frames: Vec::new(),
            energies: Vec::new(),
        }
    }

    /// Adds a frame by its amplitudes and its energy.
    pub(super) fn push(&mut self, amplitudes: &[f64], energy: f64) {
        self.energies.push(energy);
        self.enhance(amplitudes);
        self.resampler.resample(&self.smooth, &mut self.axis);
        // A spline may fall below 0 between peaks; amplitudes do not.
        self.axis.iter_mut().for_each(|value| *value = value.max(0.0));
        // Only the range of pitch is looked at, with a neighbour to each side; the mean is that of the whole axis.
        let (from, to) = (self.range.start - 1, self.range.end + 1);
        self.sum[from..to].fill(0.0);
        self.mean = 0.0;
        for (shift, weight) in &self.shifts {
            let shifted = &self.axis[*shift..];
            for (sum, value) in self.sum[from..to].iter_mut().zip(shifted.get(from..).unwrap_or(&[])) {
                *sum += weight * value;
            }
        }
        // The axis summed from its end, so that each shift's sum is read off.
        let mut rest = 0.0;
        let mut shifts = self.shifts.iter().rev().peekable();
        for (index, value) in self.axis.iter().enumerate().rev() {
            rest += value;
            while let Some((_, weight)) = shifts.next_if(|(shift, _)| *shift == index) {
                self.mean += weight * rest;
            }
        }
        self.mean /= self.axis.len() as f64;
        self.frames.push(self.candidates());
    }

    /// Keeps amplitudes next to local maxima and smooths them with the weights 1/4, 1/2, 1/4.
    fn enhance(&mut self, amplitudes: &[f64]) {
        let bins = self.kept.len().min(amplitudes.len());
        self.kept.fill(0.0);
        for bin in 1..bins.saturating_sub(1) {
            if amplitudes[bin] > amplitudes[bin - 1] && amplitudes[bin] >= amplitudes[bin + 1] {
                let around = bin.saturating_sub(KEPT)..(bin + KEPT + 1).min(bins);
                self.kept[around.clone()].copy_from_slice(&amplitudes[around]);
            }
        }
        self.smooth.copy_from_slice(&self.kept);
        for (slot, triple) in self.smooth.iter_mut().skip(1).zip(self.kept.windows(3)) {
            *slot = 0.25 * triple[0] + 0.5 * triple[1] + 0.25 * triple[2];
        }
    }

    /// The highest maxima of the sum.
    fn candidates(&self) -> Vec<Candidate> {
        let sum = &self.sum;
        let mut found: Vec<Candidate> = Vec::new();
        for index in self.range.clone() {
            let (left, middle, right) = (sum[index - 1], sum[index], sum[index + 1]);
            if !(middle > left && middle >= right && middle > 0.0) {
                continue;
            }
            let bend = left - 2.0 * middle + right;
            let offset = if bend < 0.0 { 0.5 * (left - right) / bend } else { 0.0 };
            let height = middle - 0.25 * (left - right) * offset;
            let octave = LOWEST_AXIS_HZ.log2() + (index as f64 + offset) * self.step;
            found.push(Candidate { frequency: octave.exp2(), octave, voicing: 1.0 - self.mean / height });
        }
        found.sort_by(|left, right| right.voicing.total_cmp(&left.voicing));
        found.truncate(CANDIDATES);
        found
    }

    /// Frequency of each frame in hertz, or nothing where it is voiceless. Forgets the frames.
    pub(super) fn finish(&mut self) -> Vec<Option<f64>> {
        let mut frames = std::mem::take(&mut self.frames);
        let energies = std::mem::take(&mut self.energies);
        let quiet = QUIET * energies.iter().copied().fold(0.0, f64::max);
        for (frame, energy) in frames.iter_mut().zip(energies) {
            if energy <= quiet {
                frame.clear();
            }
        }
        // State 0 of each frame is voiceless, the others are its candidates.
        let mut costs: Vec<f64> = Vec::new();
        let mut ways: Vec<Vec<usize>> = Vec::with_capacity(frames.len());
        for (index, frame) in frames.iter().enumerate() {
            let earlier: &[Candidate] = index.checked_sub(1).and_then(|before| frames.get(before)).map_or(&[], |f| f);
            let mut now = Vec::with_capacity(frame.len() + 1);
            let mut way = Vec::with_capacity(frame.len() + 1);
            for state in 0..=frame.len() {
                let here = state.checked_sub(1).map(|place| frame[place]);
                let best = costs
                    .iter()
                    .enumerate()
                    .map(|(from, cost)| {
                        let there = from.checked_sub(1).and_then(|place| earlier.get(place));
                        let change = match (there, here) {
                            (None, None) => 0.0,
                            (Some(there), Some(here)) => OCTAVE * (there.octave - here.octave).abs(),
                            _ => CHANGE,
                        };
                        (from, cost + change)
                    })
                    .min_by(|left, right| left.1.total_cmp(&right.1))
                    .unwrap_or((0, 0.0));
                now.push(best.1 + local_cost(frame, here));
                way.push(best.0);
            }
            costs = now;
            ways.push(way);
        }
        let last = costs.iter().enumerate().min_by(|left, right| left.1.total_cmp(right.1));
        let mut state = last.map_or(0, |(state, _)| state);
        let mut path = vec![None; frames.len()];
        for (index, frame) in frames.iter().enumerate().rev() {
            path[index] = state.checked_sub(1).map(|place| frame[place].frequency);
            state = ways[index][state];
        }
        path
    }
}

/// Cost of a frame's state by itself.
fn local_cost(frame: &[Candidate], state: Option<Candidate>) -> f64 {
    let best = frame.first().map_or(0.0, |candidate| candidate.voicing);
    let wrong = |distance: f64| WRONG_VOICING + VOICING_DISTANCE * distance;
    match state {
        None if best < VOICING => 0.0,
        None => wrong(best - VOICING),
        Some(candidate) => {
            let weaker = if best > 0.0 { WEAKER * (1.0 - candidate.voicing / best) } else { 0.0 };
            weaker + if candidate.voicing < VOICING { wrong(VOICING - candidate.voicing) } else { 0.0 }
        }
    }
}

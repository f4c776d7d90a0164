//! Fundamental frequency by autocorrelation with path finding, frame by frame as Praat's `To Pitch (ac)` gives it.
//!
//! P. Boersma 1993, "Accurate short-term analysis of the fundamental frequency and the harmonics-to-noise ratio of a
//! sampled sound", Proceedings of the Institute of Phonetic Sciences 17, 97-110. The choices that the paper leaves open
//! (frame places, rounding of window lengths, interpolation depths) are those of Praat 6.1.38; the golden tests hold
//! every frame against it.

use super::arithmetic::{fast_length, sum};
use super::frames::FrameGrid;
use super::interpolate::{parabola_peak, peak, sinc};
use super::path::PathFinder;
use super::range::RangeMethod;
use realfft::num_complex::Complex;
use realfft::{ComplexToReal, RealFftPlanner, RealToComplex};
use serde::{Deserialize, Serialize};
use std::f64::consts::PI;
use std::sync::Arc;

/// Periods of the lowest pitch in one window; three are what a Hann window needs.
const PERIODS_PER_WINDOW: f64 = 3.0;

/// Frames per window length; with a floor of 75 Hz this makes steps of 10 ms.
const FRAMES_PER_WINDOW: f64 = 4.0;

/// Samples to each side that tell how strong a candidate roughly is.
const FIRST_DEPTH: usize = 30;

/// Samples to each side for its final place and strength.
const FINAL_DEPTH: usize = 70;

/// How pitch is found. Defaults: Praat's standard settings of `To Pitch (ac)` with the range 75 to 500 Hz.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PitchSettings {
    /// Lowest pitch in hertz; it also sets window (3 periods) and step (0.75 periods).
    pub floor_hz: f64,
    /// Highest pitch in hertz.
    pub ceiling_hz: f64,
    /// Whether all voices are searched between these two, or each speaker's in a range of its own. It concerns the stage;
    /// a tracker searches where it is told.
    pub range: RangeMethod,
    /// Candidates per frame, voicelessness included.
    pub candidates: usize,
    /// Frames whose peak is below this share of the whole sound's peak are probably voiceless.
    pub silence_threshold: f64,
    /// Autocorrelation below which a frame is voiceless.
    pub voicing_threshold: f64,
    /// Preference for high candidates, per octave.
    pub octave_cost: f64,
    /// Cost of a jump by one octave between frames 10 ms apart.
    pub octave_jump_cost: f64,
    /// Cost of a change between voiced and voiceless between frames 10 ms apart.
    pub voiced_unvoiced_cost: f64,
}

impl Default for PitchSettings {
    fn default() -> Self {
        PitchSettings {
            floor_hz: 75.0,
            ceiling_hz: 500.0,
            range: RangeMethod::TwoPass,
            candidates: 15,
            silence_threshold: 0.03,
            voicing_threshold: 0.45,
            octave_cost: 0.01,
            octave_jump_cost: 0.35,
            voiced_unvoiced_cost: 0.14,
        }
    }
}

impl PitchSettings {
    /// Time between frames in seconds that goes with the floor: a quarter of a window.
    pub fn frame_step(&self) -> f64 {
        PERIODS_PER_WINDOW / self.floor_hz / FRAMES_PER_WINDOW
    }
}

/// A period that a frame may have.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Candidate {
    /// In hertz.
    pub(crate) frequency: f64,
    /// Normalised autocorrelation at its lag, at most 1.
    pub(crate) strength: f64,
}

/// Pitch of a sound at evenly spaced times.
#[derive(Clone, Debug, PartialEq)]
pub struct PitchTrack {
    /// Middle of the first frame, in seconds after the first sample began.
    pub first: f64,
    /// Time between frames in seconds.
    pub step: f64,
    /// Frequency of each frame in hertz, or nothing where it is voiceless.
    pub frequencies: Vec<Option<f64>>,
}

impl PitchTrack {
    /// Middle of frame `index`, in seconds after the first sample began.
    pub fn time(&self, index: usize) -> f64 {
        self.first + index as f64 * self.step
    }

    /// Time and frequency of the voiced frames, in order.
    pub fn voiced(&self) -> impl Iterator<Item = (f64, f64)> + '_ {
        let frames = self.frequencies.iter().enumerate();
        frames.filter_map(|(index, frequency)| frequency.map(|frequency| (self.time(index), frequency)))
    }

    /// Whether every frame within half a step of `time` is voiced, and there is one: a frame of another analysis that lies
    /// between a voiced and a voiceless one is not.
    pub fn is_voiced_around(&self, time: f64) -> bool {
        // Frames at half a step to both sides count, whatever rounding does.
        let (position, reach) = ((time - self.first) / self.step, 0.5 + 1e-6 / self.step);
        let (low, high) = ((position - reach).ceil().max(0.0), (position + reach).floor() + 1.0);
        if high <= low {
            return false;
        }
        let within = self.frequencies.get(low as usize..(high as usize).min(self.frequencies.len()));
        within.is_some_and(|frames| !frames.is_empty() && frames.iter().all(Option::is_some))
    }
}

/// Finds pitch in sounds of one sample rate. Windows, transforms and buffers are made once.
pub struct PitchTracker {
    settings: PitchSettings,
    sample_rate: f64,
    /// Highest pitch that this rate can carry, in hertz.
    ceiling: f64,
    window_seconds: f64,
    step: f64,
    /// Samples of the longest period: how far the local mean looks to each side.
    period: usize,
    window: Vec<f64>,
    /// One over the window's normalised autocorrelation, by lag; as many lags as `correlation` holds to one side.
    window_correction: Vec<f64>,
    /// First lag that is no candidate for being too long.
    lag_end: usize,
    forward: Arc<dyn RealToComplex<f64>>,
    backward: Arc<dyn ComplexToReal<f64>>,
    buffers: Buffers,
}

/// Working space of one frame.
struct Buffers {
    /// Windowed samples, then zeros; afterwards the autocorrelation.
    frame: Vec<f64>,
    spectrum: Vec<Complex<f64>>,
    scratch: Vec<Complex<f64>>,
    /// Normalised autocorrelation at lags `-n..=n`, so that interpolation near lag 0 sees both sides.
    correlation: Vec<f64>,
    /// Lags of the maxima kept, with their rough strength.
    maxima: Vec<Maximum>,
    candidates: Vec<Candidate>,
}

/// A local maximum of the autocorrelation.
#[derive(Clone, Copy)]
struct Maximum {
    lag: usize,
    frequency: f64,
    strength: f64,
}

impl PitchTracker {
    /// A tracker for sounds of `sample_rate` samples a second, or nothing when a window would hold fewer than 6 samples.
    pub fn new(sample_rate: u32, settings: &PitchSettings) -> Option<PitchTracker> {
        PitchTracker::with_step(sample_rate, settings, settings.frame_step())
    }

    /// As [`PitchTracker::new`], with frames every `step` seconds whatever the floor is: Praat's explicit time step.
    pub fn with_step(sample_rate: u32, settings: &PitchSettings, step: f64) -> Option<PitchTracker> {
        let sample_rate = f64::from(sample_rate);
        let sample_period = 1.0 / sample_rate;
        let window_seconds = PERIODS_PER_WINDOW / settings.floor_hz;
        let half_window =
            ((window_seconds / sample_period).floor() as usize / 2).checked_sub(1).filter(|half| *half >= 2)?;
        let window_length = 2 * half_window;
        let longest_lag = window_length / 2;
        let lag_end = (window_length as f64 / PERIODS_PER_WINDOW).floor() as usize + 2;
        // Zeros behind the window keep the circular correlation apart from itself up to the longest lag used.
        let transform_length = fast_length(window_length + longest_lag + 1);
        let mut planner = RealFftPlanner::new();
        let forward = planner.plan_fft_forward(transform_length);
        let backward = planner.plan_fft_inverse(transform_length);
        let scratch_length = forward.get_scratch_len().max(backward.get_scratch_len());
        let hann = |n: usize| 0.5 - 0.5 * ((n + 1) as f64 * 2.0 * PI / (window_length + 1) as f64).cos();
        let mut tracker = PitchTracker {
            settings: *settings,
            sample_rate,
            ceiling: settings.ceiling_hz.min(0.5 * sample_rate),
            window_seconds,
            step,
            period: (1.0 / sample_period / settings.floor_hz).floor() as usize,
            window: (0..window_length).map(hann).collect(),
            window_correction: Vec::new(),
            lag_end: lag_end.min(window_length).min(longest_lag),
            buffers: Buffers {
                frame: vec![0.0; transform_length],
                spectrum: forward.make_output_vec(),
                scratch: vec![Complex::new(0.0, 0.0); scratch_length],
                correlation: vec![0.0; 2 * longest_lag + 1],
                maxima: Vec::new(),
                candidates: Vec::new(),
            },
            forward,
            backward,
        };
        tracker.buffers.frame[..window_length].copy_from_slice(&tracker.window);
        tracker.autocorrelate();
        let whole = tracker.buffers.frame[0];
        tracker.window_correction = tracker.buffers.frame[..=longest_lag].iter().map(|value| whole / value).collect();
        Some(tracker)
    }

    /// Pitch of `samples`, or nothing when they are shorter than one window.
    pub fn track(&mut self, samples: &[f32]) -> Option<PitchTrack> {
        let grid = FrameGrid::centred(samples.len(), self.sample_rate, self.window_seconds, self.step)?;
        let mut track = PitchTrack { first: grid.first, step: grid.step, frequencies: vec![None; grid.frames] };
        let peak = highest_excursion(samples);
        if peak > 0.0 {
            let settings = self.settings;
            let mut finder = PathFinder::new(&settings, grid.step, self.ceiling);
            for index in 0..grid.frames {
                let loudness = self.load(samples, grid.time(index)) / peak;
                self.find_candidates(loudness > 0.0);
                finder.push(loudness.min(1.0), &self.buffers.candidates);
            }
            track.frequencies = finder.finish();
        }
        Some(track)
    }

    /// Puts the window around `time` into the buffer, without its local mean, and returns the highest absolute value
    /// within half a period of its middle.
    fn load(&mut self, samples: &[f32], time: f64) -> f64 {
        let length = self.window.len();
        // The sample to the right of `time`; frames lie so that windows stay inside, rounding aside.
        let sample_period = 1.0 / self.sample_rate;
        let right = ((time - 0.5 * sample_period) / sample_period + 1.0).floor() as isize;
        let within = |start: isize, count: usize| {
            let start = (start.max(0) as usize).min(samples.len().saturating_sub(count));
            &samples[start..(start + count).min(samples.len())]
        };
        let around = within(right - self.period as isize, 2 * self.period);
        let mean = sum(around) / (2 * self.period) as f64;
        let frame = &mut self.buffers.frame;
        let source = within(right - (length / 2) as isize, length);
        for ((slot, sample), weight) in frame.iter_mut().zip(source).zip(&self.window) {
            *slot = (f64::from(*sample) - mean) * weight;
        }
        frame[source.len()..].fill(0.0);
        let half_period = self.period / 2 + 1;
        let middle = (length / 2).saturating_sub(half_period)..(length / 2 + half_period).min(length);
        frame[middle].iter().fold(0.0, |highest, value| highest.max(value.abs()))
    }

    /// Replaces the buffered frame by its circular autocorrelation, times a constant.
    fn autocorrelate(&mut self) {
        let Buffers { frame, spectrum, scratch, .. } = &mut self.buffers;
        // Both transforms only fail on wrong buffer lengths, which `new` makes right, or on an inverse transform's first
        // or last imaginary part, which is set to zero here.
        let _ = self.forward.process_with_scratch(frame, spectrum, scratch);
        for value in spectrum.iter_mut() {
            *value = Complex::new(value.norm_sqr(), 0.0);
        }
        let _ = self.backward.process_with_scratch(spectrum, frame, scratch);
    }

    /// Finds the periods that the buffered frame may have.
    fn find_candidates(&mut self, any_sound: bool) {
        self.buffers.candidates.clear();
        if !any_sound {
            return;
        }
        self.autocorrelate();
        let longest_lag = self.window_correction.len() - 1;
        let Buffers { frame, correlation, maxima, candidates, .. } = &mut self.buffers;
        let energy = frame[0];
        if energy <= 0.0 || !energy.is_finite() {
            return;
        }
        correlation[longest_lag] = 1.0;
        for lag in 1..=longest_lag {
            let value = frame[lag] / energy * self.window_correction[lag];
            correlation[longest_lag + lag] = value;
            correlation[longest_lag - lag] = value;
        }
        let at = |lag: usize| correlation[longest_lag + lag];
        maxima.clear();
        let rising = |lag: &usize| {
            let value = at(*lag);
            value > 0.5 * self.settings.voicing_threshold && value > at(lag - 1) && value >= at(lag + 1)
        };
        maxima.extend((2..self.lag_end).filter(rising).map(|lag| {
            let place = parabola_peak(correlation, longest_lag + lag) - longest_lag as f64;
            Maximum { lag, frequency: self.sample_rate / place, strength: 0.0 }
        }));
        // How strong a maximum roughly is only matters where there are more of them than places.
        let places =
            self.settings.candidates.max((self.settings.ceiling_hz / self.settings.floor_hz) as usize).max(2) - 1;
        if maxima.len() > places {
            keep_strongest(maxima, places, correlation, self.sample_rate, &self.settings);
        }
        for maximum in maxima.iter() {
            // The peak lies less than a sample away; a pitch that is above the ceiling even so needs no closer look.
            if self.sample_rate / (maximum.lag + 1) as f64 >= self.ceiling {
                continue;
            }
            let (place, strength) = peak(correlation, longest_lag + maximum.lag, FINAL_DEPTH);
            candidates.push(Candidate {
                frequency: self.sample_rate / (place - longest_lag as f64),
                strength: reflect(strength),
            });
        }
    }
}

/// Keeps `places` maxima: a later one takes the place of the weakest so far, where a high frequency counts as strength.
fn keep_strongest(
    maxima: &mut Vec<Maximum>,
    places: usize,
    correlation: &[f64],
    sample_rate: f64,
    settings: &PitchSettings,
) {
    let middle = (correlation.len() / 2) as f64;
    for maximum in maxima.iter_mut() {
        maximum.strength = reflect(sinc(correlation, middle + sample_rate / maximum.frequency, FIRST_DEPTH));
    }
    let local =
        |maximum: &Maximum| maximum.strength - settings.octave_cost * (settings.floor_hz / maximum.frequency).log2();
    for index in places..maxima.len() {
        let newcomer = maxima[index];
        let mut weakest = (0, f64::INFINITY);
        for (place, kept) in maxima[..places].iter().enumerate() {
            if local(kept) < weakest.1 {
                weakest = (place, local(kept));
            }
        }
        if local(&newcomer) > weakest.1 {
            maxima[weakest.0] = newcomer;
        }
    }
    maxima.truncate(places);
}

/// Correlations above 1 come from windows with few periods; they are taken as that far below 1.
fn reflect(strength: f64) -> f64 {
    if strength > 1.0 { 1.0 / strength } else { strength }
}

/// The highest distance of a sample from the mean of all.
fn highest_excursion(samples: &[f32]) -> f64 {
    let mean = samples.iter().map(|sample| f64::from(*sample)).sum::<f64>() / samples.len().max(1) as f64;
    samples.iter().fold(0.0, |highest: f64, sample| highest.max((f64::from(*sample) - mean).abs()))
}

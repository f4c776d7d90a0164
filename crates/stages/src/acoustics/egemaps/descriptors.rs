//! The low-level descriptors of a sound, frame by frame, not smoothed yet.

use super::Convention;
use super::balance::{Balance, BalanceMeter};
use super::formants::{FORMANTS, Formant, FormantFinder};
use super::harmonics::{Harmonicity, harmonic_level, peak_level};
use super::mel::{COEFFICIENTS, MelBank};
use super::periods::{Irregularity, PeriodWalk};
use super::pitch::Summation;
use super::spectrum::{Shape, Spectrograph};
use realfft::RealFftPlanner;

/// Lowest sample rate, in hertz, at which the bands of the set hold anything.
const LOWEST_RATE: u32 = 5_000;

/// Windows in seconds: of voice, and of everything else.
const VOICE_WINDOW: f64 = 0.06;
const SHORT_WINDOW: f64 = 0.02;

/// The harmonics of a formant are looked for as far as this share of the fundamental frequency around it.
const FORMANT_SEARCH: f64 = 0.5;

/// What is measured of every short frame.
#[derive(Clone, Copy, Default)]
pub(super) struct Short {
    pub(super) loudness: f64,
    pub(super) cepstrum: [f64; COEFFICIENTS],
    pub(super) balance: Balance,
    pub(super) flux: f64,
    /// Mean of the squared samples, not windowed.
    pub(super) power: f64,
}

/// What is measured of voiced frames, levels in dB.
#[derive(Clone, Copy)]
pub(super) struct Voiced {
    /// In semitones above 27.5 Hz.
    pub(super) semitones: f64,
    pub(super) irregularity: Option<Irregularity>,
    pub(super) harmonicity: Option<f64>,
    /// `H1 - H2` and `H1 - A3`.
    pub(super) h1_h2: f64,
    pub(super) h1_a3: Option<f64>,
    pub(super) formants: [Option<Formant>; FORMANTS],
    /// Of the harmonics at the formants, relative to the fundamental.
    pub(super) amplitudes: [Option<f64>; FORMANTS],
}

/// Contours of a sound. Both begin with its first sample and advance by 10 ms.
pub(super) struct Descriptors {
    pub(super) short: Vec<Short>,
    /// Nothing where a frame is voiceless.
    pub(super) voiced: Vec<Option<Voiced>>,
}

/// What one sample rate needs.
pub(super) struct Tools {
    sample_rate: f64,
    convention: Convention,
    short: Spectrograph,
    voice: Spectrograph,
    mel: MelBank,
    balance: BalanceMeter,
    summation: Summation,
    harmonicity: Harmonicity,
    formants: FormantFinder,
    short_power: Vec<f64>,
    /// Amplitudes of all voice frames, one after another.
    amplitudes: Vec<f64>,
}

impl Tools {
    pub(super) fn new(sample_rate: u32, convention: Convention) -> Option<Tools> {
        if sample_rate < LOWEST_RATE {
            return None;
        }
        let sample_rate = f64::from(sample_rate);
        let mut planner = RealFftPlanner::new();
        let short = Spectrograph::new(sample_rate, SHORT_WINDOW, Shape::Hamming, &mut planner)?;
        let voice = Spectrograph::new(sample_rate, VOICE_WINDOW, Shape::Gaussian, &mut planner)?;
        Some(Tools {
            sample_rate,
            convention,
            mel: MelBank::new(short.bins(), short.bin_hz),
            balance: BalanceMeter::new(short.bins(), short.bin_hz, convention),
            summation: Summation::new(voice.bins(), voice.bin_hz),
            harmonicity: Harmonicity::new(voice.length, sample_rate, &mut planner),
            formants: FormantFinder::new(short.bins(), short.bin_hz, convention, &mut planner)?,
            short_power: vec![0.0; short.bins()],
            amplitudes: Vec::new(),
            short,
            voice,
        })
    }

    /// Descriptors of `samples`, or nothing when they are shorter than the longer window.
    pub(super) fn describe(&mut self, samples: &[f32]) -> Option<Descriptors> {
        let voice_frames = self.voice.frames(samples.len());
        if voice_frames == 0 {
            return None;
        }
        let pitch = self.pitch(samples, voice_frames);
        let mut walk = PeriodWalk::default();
        let mut descriptors = Descriptors { short: Vec::new(), voiced: Vec::with_capacity(voice_frames) };
        self.balance.restart();
        for index in 0..self.short.frames(samples.len()) {
            self.short.power(samples, index, &mut self.short_power);
            descriptors.short.push(self.short_frame(samples, index));
            match pitch.get(index).copied() {
                Some(Some(frequency)) => {
                    descriptors.voiced.push(Some(self.voiced_frame(samples, index, frequency, &mut walk)));
                }
                Some(None) => {
                    walk.rest();
                    descriptors.voiced.push(None);
                }
                None => {}
            }
        }
        Some(descriptors)
    }

    /// Pitch of each voice frame; keeps the frames' amplitudes.
    fn pitch(&mut self, samples: &[f32], frames: usize) -> Vec<Option<f64>> {
        let bins = self.voice.bins();
        self.amplitudes.resize(frames * bins, 0.0);
        for (index, amplitudes) in self.amplitudes.chunks_exact_mut(bins).enumerate() {
            self.voice.power(samples, index, amplitudes);
            amplitudes.iter_mut().for_each(|value| *value = value.sqrt());
            let part = samples.get(self.voice.place(index)).unwrap_or(&[]);
            self.summation.push(amplitudes, part.iter().map(|sample| f64::from(*sample).powi(2)).sum());
        }
        self.summation.finish()
    }

    fn short_frame(&mut self, samples: &[f32], index: usize) -> Short {
        let (loudness, cepstrum) = self.mel.measure(&self.short_power);
        let part = samples.get(self.short.place(index)).unwrap_or(&[]);
        let squares: f64 = part.iter().map(|sample| f64::from(*sample).powi(2)).sum();
        Short {
            loudness,
            cepstrum,
            balance: self.balance.measure(&self.short_power),
            flux: self.balance.flux(&self.short_power),
            power: squares / part.len().max(1) as f64,
        }
    }

    fn voiced_frame(&mut self, samples: &[f32], index: usize, frequency: f64, walk: &mut PeriodWalk) -> Voiced {
        let bins = self.voice.bins();
        let amplitudes = &self.amplitudes[index * bins..(index + 1) * bins];
        let level = |number: usize| harmonic_level(amplitudes, self.voice.bin_hz, frequency, number);
        let fundamental = level(1);
        let (first, second) = match self.convention {
            Convention::OpenSmile => (level(2), level(3)),
            Convention::Corrected => (fundamental, level(2)),
        };
        let formants = self.formants.find(&self.short_power);
        let at =
            |formant: Formant| peak_level(amplitudes, self.voice.bin_hz, formant.frequency, frequency * FORMANT_SEARCH);
        Voiced {
            semitones: 12.0 * (frequency / 27.5).log2(),
            irregularity: walk.measure(samples, self.voice.place(index), self.sample_rate / frequency),
            harmonicity: self.harmonicity.measure(amplitudes, frequency),
            h1_h2: first - second,
            h1_a3: formants[FORMANTS - 1].map(|formant| first - at(formant)),
            amplitudes: formants.map(|formant| formant.map(|formant| at(formant) - fundamental)),
            formants,
        }
    }
}

//! The 88 functionals of a sound's descriptors, in their order.

use super::super::statistics::{mean, population_deviation, quantiles};
use super::balance::Balance;
use super::descriptors::{Descriptors, Short, Voiced};
use super::formants::FORMANTS;
use super::functionals::{Movement, movement, normalised_deviation, segments, smooth, smooth_defined};
use super::mel::COEFFICIENTS;
use super::spectrum::STEP;
use super::{Convention, Egemaps, NAMES};
use voiceman_base::{Measured, UndefinedReason};

/// What openSMILE writes for the amplitude of a formant in a voiceless frame, in dB.
const VOICELESS_AMPLITUDE: f64 = -201.0;

/// Mean power below which the sound level stays constant: -120 dB.
const POWER_FLOOR: f64 = 1e-12;

/// Collects functionals in order.
struct Row {
    values: Vec<Measured<f64>>,
    /// Why one is undefined that comes next.
    reason: UndefinedReason,
}

impl Row {
    fn push(&mut self, value: Option<f64>) {
        self.values.push(Measured::from_option(value.filter(|value| value.is_finite()), self.reason));
    }

    fn moments(&mut self, values: &[f64]) {
        self.push(mean(values));
        self.push(normalised_deviation(values));
    }

    /// Moments, percentiles and slopes, as pitch and loudness have them. Gives the movement back.
    fn ten(&mut self, values: &[f64]) -> Movement {
        self.moments(values);
        let found = quantiles(values, [0.2, 0.5, 0.8]);
        for index in 0..3 {
            self.push(found.map(|found| found[index]));
        }
        self.push(found.map(|found| found[2] - found[0]));
        let movement = movement(values, STEP);
        for slopes in [&movement.rising, &movement.falling] {
            self.push(mean(slopes));
            self.push(population_deviation(slopes));
        }
        movement
    }
}

/// All functionals. Where they are undefined that is for want of voiced frames, or of voiceless ones.
pub(super) fn functionals(descriptors: &Descriptors, convention: Convention) -> Egemaps {
    let mut row = Row { values: Vec::with_capacity(NAMES.len()), reason: UndefinedReason::TooFewVoicedFrames };
    let voiced = |of: &dyn Fn(&Voiced) -> Option<f64>| defined(descriptors, |_, voice| voice.and_then(of));
    row.ten(&voiced(&|voice| Some(voice.semitones)));

    row.reason = UndefinedReason::TooShort;
    let loudness = every(descriptors, |short| short.loudness);
    let loudness_movement = row.ten(&loudness);
    row.moments(&every(descriptors, |short| short.flux));
    for index in 0..COEFFICIENTS {
        row.moments(&every(descriptors, |short| short.cepstrum[index]));
    }

    row.reason = UndefinedReason::TooFewVoicedFrames;
    row.moments(&voiced(&|voice| voice.irregularity.map(|irregularity| irregularity.jitter)));
    row.moments(&voiced(&|voice| voice.irregularity.map(|irregularity| irregularity.shimmer_db)));
    row.moments(&voiced(&|voice| voice.harmonicity));
    row.moments(&voiced(&|voice| Some(voice.h1_h2)));
    row.moments(&voiced(&|voice| voice.h1_a3));
    for index in 0..FORMANTS {
        row.moments(&voiced(&|voice| voice.formants[index].map(|formant| formant.frequency)));
        row.moments(&voiced(&|voice| voice.formants[index].map(|formant| formant.bandwidth)));
        row.moments(&formant_amplitudes(descriptors, index, convention));
    }

    let balances: [fn(&Balance) -> f64; 4] =
        [|found| found.alpha_ratio, |found| found.hammarberg, |found| found.slope_low, |found| found.slope_middle];
    let while_voiced = |of: &dyn Fn(&Short) -> f64| defined(descriptors, |short, voice| voice.map(|_| of(short)));
    for of in balances {
        row.moments(&while_voiced(&|short| of(&short.balance)));
    }
    row.moments(&while_voiced(&|short| short.flux));
    for index in 0..COEFFICIENTS {
        row.moments(&while_voiced(&|short| short.cepstrum[index]));
    }

    // Without a voiceless frame there is nothing to average; the stretch is too short to hold one.
    row.reason = UndefinedReason::TooShort;
    let while_voiceless = |of: &dyn Fn(&Short) -> f64| {
        defined(descriptors, |short, voice| if voice.is_none() { Some(of(short)) } else { None })
    };
    for of in balances {
        row.push(mean(&while_voiceless(&|short| of(&short.balance))));
    }
    row.push(mean(&while_voiceless(&|short| short.flux)));

    times(&mut row, descriptors, loudness_movement.peaks, loudness.len());
    row.push(
        mean(&descriptors.short.iter().map(|short| short.power).collect::<Vec<f64>>())
            .map(|power| 10.0 * power.max(POWER_FLOOR).log10()),
    );
    match row.values.try_into() {
        Ok(values) => Egemaps { values },
        // Not reached: the test on real speech counts them.
        Err(_) => Egemaps::undefined(UndefinedReason::TooShort),
    }
}

/// The functionals of time: peaks and segments per second, lengths of segments in seconds.
fn times(row: &mut Row, descriptors: &Descriptors, peaks: usize, frames: usize) {
    row.push((frames > 0).then(|| peaks as f64 / (frames as f64 * STEP)));
    let voicing: Vec<bool> = descriptors.voiced.iter().map(Option::is_some).collect();
    let found = segments(&voicing);
    // Segments are counted over the time from the first frame to the last, as their lengths are.
    let seconds = (voicing.len() as f64 - 1.0) * STEP;
    row.push((seconds > 0.0).then(|| found.voiced.len() as f64 / seconds));
    for (lengths, reason) in
        [(found.voiced, UndefinedReason::TooFewVoicedFrames), (found.voiceless, UndefinedReason::TooShort)]
    {
        row.reason = reason;
        let seconds: Vec<f64> = lengths.iter().map(|length| length * STEP).collect();
        row.push(mean(&seconds));
        row.push(population_deviation(&seconds));
    }
    row.reason = UndefinedReason::TooShort;
}

/// The smoothed contour of a descriptor that every short frame has.
fn every(descriptors: &Descriptors, of: impl Fn(&Short) -> f64) -> Vec<f64> {
    smooth(&descriptors.short.iter().map(of).collect::<Vec<f64>>())
}

/// The smoothed values of a descriptor over the frames that have it, one after another.
fn defined(descriptors: &Descriptors, of: impl Fn(&Short, Option<&Voiced>) -> Option<f64>) -> Vec<f64> {
    let frames = descriptors.short.iter().zip(&descriptors.voiced);
    let values: Vec<Option<f64>> = frames.map(|(short, voice)| of(short, voice.as_ref())).collect();
    smooth_defined(&values).into_iter().flatten().collect()
}

/// Smoothed amplitudes of a formant: nothing without voice at all, so that no mean is made of stand-ins only.
fn formant_amplitudes(descriptors: &Descriptors, index: usize, convention: Convention) -> Vec<f64> {
    let amplitude = |voice: &Option<Voiced>| voice.as_ref().and_then(|voice| voice.amplitudes[index]);
    let values: Vec<Option<f64>> = descriptors.voiced.iter().map(amplitude).collect();
    match convention {
        Convention::OpenSmile if values.iter().any(Option::is_some) => {
            smooth(&values.iter().map(|value| value.unwrap_or(VOICELESS_AMPLITUDE)).collect::<Vec<f64>>())
        }
        _ => smooth_defined(&values).into_iter().flatten().collect(),
    }
}

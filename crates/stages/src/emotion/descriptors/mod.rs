//! What a stretch of speech sounds like in numbers: the descriptors that the embedded model of emotion rests on.
//!
//! Sound at 16 kHz, frames of 25 ms every 10 ms: mel energies, cepstra, pitch, level and balance of the spectrum, then
//! their statistics over the stretch. All but the two of the family `level` are indifferent to gain. Definitions stand in
//! `docs/methods/emotion.md`; a change of any of them makes a new [`VERSION`], because models are trained on the values.

mod contour;
mod frames;
mod numbers;
mod spectrum;
mod timbre;

use crate::acoustics::PitchTracker;
use frames::{FrameMaker, Frames};
use voiceman_base::{Measured, UndefinedReason};

/// Names this set of descriptors in models and files.
pub const VERSION: &str = "voiceman-acoustic-1";

/// Least voiced frames of a stretch (10 ms each). Fewer carry no pitch contour.
const LEAST_VOICED: usize = 10;

/// Values of a stretch by the names of [`names`], none of them infinite or NaN.
pub type Descriptors = Vec<f64>;

/// Measures descriptors. Windows, filters and buffers are made once.
pub struct DescriptorMeter {
    maker: FrameMaker,
    pitch: PitchTracker,
}

impl DescriptorMeter {
    /// Nothing only if the pitch tracker refuses its own constants.
    pub fn new() -> Option<DescriptorMeter> {
        let pitch = PitchTracker::new(frames::RATE, &frames::PITCH)?;
        Some(DescriptorMeter { maker: FrameMaker::new(), pitch })
    }

    /// Descriptors of `samples` (16 kHz, full scale 1), in the order of [`names`].
    pub fn measure(&mut self, samples: &[f32]) -> Measured<Descriptors> {
        if samples.len() < frames::LEAST_SAMPLES {
            return Measured::Undefined(UndefinedReason::TooShort);
        }
        if samples.iter().all(|sample| *sample == 0.0) {
            return Measured::Undefined(UndefinedReason::Silent);
        }
        if samples.iter().any(|sample| !sample.is_finite()) {
            return Measured::Undefined(UndefinedReason::Clipped);
        }
        let Some(frames) = self.maker.frames(samples, &mut self.pitch) else {
            return Measured::Undefined(UndefinedReason::TooFewVoicedFrames);
        };
        let values: Descriptors = families(&frames).into_iter().flat_map(|(_, values)| values).collect();
        match values.iter().all(|value| value.is_finite()) {
            true => Measured::Value(values),
            // A contour without a single stretch of four voiced frames, or sound that is constant.
            false => Measured::Undefined(UndefinedReason::TooFewVoicedFrames),
        }
    }
}

/// Names of the descriptors: family and number in it, counted from 1; `f0_1` is the first of `f0`.
pub fn names() -> Vec<String> {
    let families = FAMILIES.iter();
    families.flat_map(|(family, count)| (1..=*count).map(move |number| format!("{family}_{number}"))).collect()
}

/// Families in order, and how many values each has.
pub const FAMILIES: [(&str, usize); 16] = [
    ("mel_mean", 20),
    ("mel_sd", 20),
    ("mel_voiced", 20),
    ("mfcc_mean", 13),
    ("mfcc_sd", 13),
    ("mfcc_voiced_mean", 13),
    ("mfcc_voiced_sd", 13),
    ("mfcc_delta_sd", 14),
    ("mfcc_delta2_sd", 14),
    ("energy", 13),
    ("f0", 9),
    ("f0_shape", 13),
    ("voicing", 10),
    ("spectrum", 46),
    ("modulation", 54),
    ("level", 2),
];

/// Number of descriptors at the end of the list that follow the gain of the recording.
pub const LEVEL_DESCRIPTORS: usize = 2;

fn families(frames: &Frames) -> Vec<(&'static str, Vec<f64>)> {
    let mut found = timbre::families(frames);
    found.extend(contour::families(frames));
    found.push(("spectrum", spectrum::balance(frames)));
    found.push(("modulation", spectrum::modulation(frames)));
    found.push(("level", contour::level(frames)));
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f64::consts::TAU;

    /// Noise in [-0.5, 0.5]: SplitMix64 of the index.
    fn noise(index: u64) -> f64 {
        let mut bits = index.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (bits ^ (bits >> 31)) as f64 / u64::MAX as f64 - 0.5
    }

    /// A voice-like sound: harmonics of a gliding pitch, in syllables.
    fn voice(seconds: f64, gain: f64) -> Vec<f32> {
        let mut phase = 0.0;
        (0..(seconds * 16_000.0) as usize)
            .map(|index| {
                let time = index as f64 / 16_000.0;
                phase += (150.0 + 40.0 * (2.0 * time).sin()) / 16_000.0;
                let sound: f64 = (1..20).map(|n| (TAU * phase * f64::from(n)).sin() / f64::from(n * n)).sum();
                let syllable = (TAU * 2.0 * time).sin().max(0.0) + 0.01;
                (gain * (sound * syllable + 1e-2 * noise(index as u64))) as f32
            })
            .collect()
    }

    fn values(samples: &[f32]) -> Vec<f64> {
        let measured = DescriptorMeter::new().map(|mut meter| meter.measure(samples));
        measured.and_then(Measured::value).unwrap_or_default()
    }

    #[test]
    fn there_are_as_many_as_names() {
        let found = values(&voice(2.0, 0.1));
        assert_eq!(found.len(), names().len());
        let sizes: Vec<_> = FAMILIES.iter().map(|(_, count)| *count).collect();
        assert_eq!(sizes.iter().sum::<usize>(), names().len());
    }

    #[test]
    fn families_are_as_long_and_named_as_they_say() {
        let mut meter = DescriptorMeter::new().unwrap();
        let frames = meter.maker.frames(&voice(2.0, 0.1), &mut meter.pitch).unwrap();
        let found: Vec<_> = families(&frames).iter().map(|(name, values)| (*name, values.len())).collect();
        assert_eq!(found, FAMILIES);
    }

    #[test]
    fn gain_changes_the_level_only() {
        let (quiet, loud) = (values(&voice(2.0, 0.2)), values(&voice(2.0, 0.8)));
        let own = quiet.len() - LEVEL_DESCRIPTORS;
        for ((name, quiet), loud) in names().iter().zip(&quiet).zip(&loud).take(own) {
            assert!((quiet - loud).abs() < 1e-3 * (1.0 + quiet.abs()), "{name}: {quiet} and {loud}");
        }
        for (quiet, loud) in quiet[own..].iter().zip(&loud[own..]) {
            assert!((loud - quiet - 12.04).abs() < 0.05);
        }
    }

    #[test]
    fn what_bears_no_descriptors_says_why() {
        let mut meter = DescriptorMeter::new().unwrap();
        let noise: Vec<f32> = (0..32_000).map(|index| 0.1 * noise(index) as f32).collect();
        for (samples, reason) in [
            (vec![], UndefinedReason::TooShort),
            (vec![0.1; 1], UndefinedReason::TooShort),
            (vec![0.0; 32_000], UndefinedReason::Silent),
            (vec![0.3; 32_000], UndefinedReason::TooFewVoicedFrames),
            (noise, UndefinedReason::TooFewVoicedFrames),
            (vec![f32::NAN; 32_000], UndefinedReason::Clipped),
        ] {
            assert_eq!(meter.measure(&samples), Measured::Undefined(reason));
        }
    }
}

//! Syllables told from sound: vowel nuclei, which are peaks of the level of a voice with a dip to each side.
//!
//! N. H. de Jong and T. Wempe 2009, "Praat script to detect syllable nuclei and measure speech rate automatically", Behavior
//! Research Methods 41, 385-390: peaks of intensity that stand out of what is before and behind them and that are voiced. The
//! level and the voicing are those of the stage, so that window and step differ from the script's; the depth of a dip was
//! chosen anew for them.

use serde::{Deserialize, Serialize};

/// Share of the frames that are not louder than what peaks are compared with: a single click must not hide all vowels.
const LOUD_SHARE: f64 = 0.99;

/// When a peak of the level is a vowel.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct NucleiSettings {
    /// How far the level falls between two vowels, in dB. Default 0.3; chosen on three actors of EmoDB.
    pub dip_db: f64,
    /// How far below the loudest frames a vowel may lie, in dB. Default 30; chosen on the same actors.
    pub below_loudest_db: f64,
}

impl Default for NucleiSettings {
    fn default() -> Self {
        NucleiSettings { dip_db: 0.3, below_loudest_db: 30.0 }
    }
}

/// Vowel nuclei among `frames`, evenly spaced by about 10 ms: level in dB, and whether it is voiced.
pub fn count_nuclei(frames: &[(f64, bool)], settings: &NucleiSettings) -> u32 {
    let levels: Vec<f64> = frames.iter().map(|(level, _)| *level).collect();
    let Some(loud) = super::statistics::quantile(&levels, LOUD_SHARE) else { return 0 };
    let least = loud - settings.below_loudest_db;
    let counts = |(level, voiced): (f64, bool)| voiced && level >= least;
    let mut found = 0;
    // A stretch of speech may begin within a vowel.
    let (mut lowest, mut peak) = (f64::NEG_INFINITY, None::<(f64, bool)>);
    for frame in frames {
        match peak {
            None if frame.0 - lowest >= settings.dip_db => peak = Some(*frame),
            None => lowest = lowest.min(frame.0),
            Some(highest) if frame.0 > highest.0 => peak = Some(*frame),
            Some(highest) if highest.0 - frame.0 >= settings.dip_db => {
                found += u32::from(counts(highest));
                (lowest, peak) = (frame.0, None);
            }
            Some(_) => {}
        }
    }
    found + u32::from(peak.is_some_and(counts))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::f64::consts::TAU;

    /// `count` bumps of 10 dB, 0.2 s each.
    fn bumps(count: u32, voiced: impl Fn(u32) -> bool) -> Vec<(f64, bool)> {
        let level = |index: u32| 60.0 - 5.0 * (TAU * f64::from(index) / 20.0).cos();
        (0..20 * count).map(|index| (level(index), voiced(index / 20))).collect()
    }

    #[test]
    fn every_voiced_bump_is_one_syllable() {
        let settings = NucleiSettings::default();
        assert_eq!(count_nuclei(&bumps(7, |_| true), &settings), 7);
        assert_eq!(count_nuclei(&bumps(7, |bump| bump % 2 == 0), &settings), 4, "a hiss is no vowel");
        assert_eq!(count_nuclei(&bumps(7, |_| false), &settings), 0);
        assert_eq!(count_nuclei(&[], &settings), 0);
        assert_eq!(count_nuclei(&[(60.0, true); 50], &settings), 1, "one long vowel");
    }

    #[test]
    fn what_is_far_below_the_loudest_is_no_syllable() {
        let mut frames = bumps(4, |_| true);
        frames.extend(bumps(3, |_| true).into_iter().map(|(level, voiced)| (level - 40.0, voiced)));
        assert_eq!(count_nuclei(&frames, &NucleiSettings::default()), 4);
    }

    proptest! {
        #[test]
        fn gain_and_silence_behind_it_change_nothing(
            levels in proptest::collection::vec((30.0..80.0_f64, proptest::bool::ANY), 1..200),
            gain in -40.0..40.0_f64,
        ) {
            let settings = NucleiSettings::default();
            let louder: Vec<_> = levels.iter().map(|(level, voiced)| (level + gain, *voiced)).collect();
            // Rounding may move a difference over the threshold, so the levels are whole steps.
            let whole = |frames: &[(f64, bool)]| -> Vec<(f64, bool)> {
                frames.iter().map(|(level, voiced)| ((level - frames[0].0).round(), *voiced)).collect()
            };
            prop_assert_eq!(count_nuclei(&whole(&levels), &settings), count_nuclei(&whole(&louder), &settings));
            prop_assert!(count_nuclei(&levels, &settings) as usize <= levels.len().div_ceil(2));
        }
    }
}

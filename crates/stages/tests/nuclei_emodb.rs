//! Vowel nuclei and ceilings of formants on actors whose syllables and vowels people labelled.

#[path = "common/ceilings.rs"]
mod ceilings;
#[path = "common/emodb.rs"]
mod emodb;

use std::error::Error;
use voiceman_stages::acoustics::{
    IntensityMeter, IntensitySettings, NucleiSettings, PitchSettings, PitchTracker, count_nuclei,
};

type TestResult = Result<(), Box<dyn Error>>;

/// Actors that no constant was chosen on.
const HELD_OUT: [&str; 3] = ["09", "11", "12"];
/// Mean error of the rate of single clips of two seconds; one syllable of eleven is 9 %.
const MAX_CLIP_ERROR: f64 = 0.15;
/// Error of the rate over all clips together.
const MAX_BIAS: f64 = 0.06;

#[test]
fn rates_from_sound_are_near_those_that_people_counted() -> TestResult {
    let labels = emodb::syllables()?;
    let (mut error, mut clips, mut found, mut truth) = (0.0, 0.0, 0.0, 0.0);
    for name in emodb::clips()?.iter().filter(|name| HELD_OUT.contains(&&name[..2])) {
        let (rate, samples) = emodb::sound(name)?;
        let duration = samples.len() as f64 / f64::from(rate);
        let (count, start, end) = emodb::whole_syllables(&labels[name], duration).ok_or("syllables")?;
        let part = &samples[(start * f64::from(rate)) as usize..(end * f64::from(rate)) as usize];
        let pitch = PitchTracker::new(rate, &PitchSettings::default()).and_then(|mut tracker| tracker.track(part));
        let level = IntensityMeter::new(rate, &IntensitySettings::default()).and_then(|meter| meter.measure(part));
        let (pitch, level) = pitch.zip(level).ok_or("long enough")?;
        let frames: Vec<(f64, bool)> = pitch
            .frequencies
            .iter()
            .enumerate()
            .filter_map(|(index, voiced)| Some((level.at(pitch.time(index))?, voiced.is_some())))
            .collect();
        let counted = f64::from(count_nuclei(&frames, &NucleiSettings::default()));
        error += (counted / count as f64 - 1.0).abs();
        clips += 1.0;
        found += counted;
        truth += count as f64;
    }
    assert!(clips > 100.0);
    assert!(error / clips < MAX_CLIP_ERROR, "mean error {}", error / clips);
    assert!((found / truth - 1.0).abs() < MAX_BIAS, "{found} nuclei for {truth} syllables");
    Ok(())
}

#[test]
fn women_have_higher_ceilings_than_men() -> TestResult {
    let of = |actor: &&str| Ok(ceilings::of_actor(actor, 2)?.ok_or("a ceiling")?);
    let women: Vec<f64> = ["08", "09"].iter().map(of).collect::<Result<_, Box<dyn Error>>>()?;
    let men: Vec<f64> = ["03", "11", "12"].iter().map(of).collect::<Result<_, Box<dyn Error>>>()?;
    let lowest = women.iter().copied().fold(f64::INFINITY, f64::min);
    let highest = men.iter().copied().fold(0.0, f64::max);
    assert!(lowest > highest, "women {women:?}, men {men:?}");
    Ok(())
}

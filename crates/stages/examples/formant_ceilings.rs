//! Which ceiling of formants is found for a speaker, and which people's labels of vowels would have given:
//! `cargo run --release -p voiceman-stages --example formant_ceilings`
//!
//! For each actor of EmoDB: the ceiling that is found without labels over all clips; and by ceiling the variance of log F1 and
//! log F2 within vowels (medians of the voiced frames of the middle half of each labelled vowel, vowels with at least five), as
//! Escudero, Boersma, Rauber and Bion 2009 choose by. Labels are used for nothing else.

#![expect(clippy::print_stdout, reason = "the numbers are what people look for")]

use std::collections::BTreeMap;
use std::error::Error;
use voiceman_stages::acoustics::{
    CEILINGS, PitchSettings, PitchTracker, VoiceMeter, VoiceSettings, VoiceTrack, median,
};

#[path = "../tests/common/ceilings.rs"]
mod ceilings;
#[path = "../tests/common/emodb.rs"]
mod emodb;

/// Fewest instances of a vowel that say something about its variance, and the shortest of them in seconds.
const LEAST_INSTANCES: usize = 5;
const SHORTEST_S: f64 = 0.04;

fn within_vowels(actor: &str, ceiling: f64) -> Result<f64, Box<dyn Error>> {
    let labels = emodb::vowels()?;
    let mut instances: BTreeMap<String, Vec<[f64; 2]>> = BTreeMap::new();
    for name in emodb::clips()?.iter().filter(|name| name.starts_with(actor)) {
        let (rate, samples) = emodb::sound(name)?;
        let settings = PitchSettings { floor_hz: 75.0, ceiling_hz: 600.0, ..PitchSettings::default() };
        let Some(pitch) = PitchTracker::new(rate, &settings).and_then(|mut tracker| tracker.track(&samples)) else {
            continue;
        };
        let mut track = VoiceTrack::default();
        VoiceMeter::new(rate, &VoiceSettings::default()).measure_below(ceiling, &samples, (&pitch, 0.0), &mut track);
        for (start, end, vowel) in labels.get(name).into_iter().flatten() {
            let quarter = 0.25 * (end - start);
            let middle = |time: f64| time > start + quarter && time < end - quarter && end - start > SHORTEST_S;
            let of = |formant: usize| {
                let within = track.formants.iter().filter(|(time, _)| middle(*time));
                let values: Vec<f64> = within.filter_map(|(_, found)| found[formant].map(f64::ln)).collect();
                median(&values)
            };
            if let Some((first, second)) = of(0).zip(of(1)) {
                instances.entry(vowel.clone()).or_default().push([first, second]);
            }
        }
    }
    let (mut sum, mut count) = (0.0, 0);
    for of in instances.values().filter(|of| of.len() >= LEAST_INSTANCES) {
        for formant in 0..2 {
            let mean = of.iter().map(|values| values[formant]).sum::<f64>() / of.len() as f64;
            sum += of.iter().map(|values| (values[formant] - mean).powi(2)).sum::<f64>();
        }
        count += of.len();
    }
    Ok(sum / f64::from(count.max(1) as u32))
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut sums = [0.0; 4];
    for actor in ["03", "08", "09", "10", "11", "12"] {
        let found = ceilings::of_actor(actor, 1)?.ok_or("a ceiling")?;
        let variances: Vec<f64> =
            CEILINGS.iter().map(|ceiling| within_vowels(actor, *ceiling)).collect::<Result<_, _>>()?;
        let at = |wanted: f64| {
            let index = CEILINGS.iter().position(|ceiling| *ceiling == wanted);
            index.map(|index| variances[index]).ok_or("a ceiling that was tried")
        };
        let best = CEILINGS.iter().zip(&variances).min_by(|left, right| left.1.total_cmp(right.1)).ok_or("some")?;
        let by_sex = if ["08", "09"].contains(&actor) { 5_500.0 } else { 5_000.0 };
        let row = [at(found)?, at(5_500.0)?, at(by_sex)?, *best.1];
        println!(
            "actor {actor}: {found} Hz found, variance {:.3}; at 5500 Hz {:.3}; at {by_sex} Hz {:.3}; least {:.3} at {} Hz",
            row[0], row[1], row[2], row[3], best.0
        );
        sums.iter_mut().zip(row).for_each(|(sum, value)| *sum += value / 6.0);
    }
    println!(
        "mean of the actors: found {:.3}, all at 5500 Hz {:.3}, by sex {:.3}, least {:.3}",
        sums[0], sums[1], sums[2], sums[3]
    );
    Ok(())
}

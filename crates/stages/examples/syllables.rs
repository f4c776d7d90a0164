//! How near vowel nuclei come to syllables that people counted: `cargo run --release -p voiceman-stages --example syllables`
//!
//! The clips of EmoDB, each from its first syllable to the end of the last whole one. Prints what different depths of a dip
//! give on actors 03, 08 and 10, which the default was chosen on, and what the default gives on 09, 11 and 12, which it was
//! not: mean error of the rate clip by clip, correlation, and the error over all clips together.

#![expect(clippy::print_stdout, reason = "the numbers are what people look for")]

use std::error::Error;
use voiceman_stages::acoustics::{
    IntensityMeter, IntensitySettings, NucleiSettings, PitchSettings, PitchTracker, count_nuclei,
};

#[path = "../tests/common/emodb.rs"]
mod emodb;

const CHOSEN_ON: [&str; 3] = ["03", "08", "10"];

struct Clip {
    actor: String,
    frames: Vec<(f64, bool)>,
    syllables: f64,
    seconds: f64,
}

fn clips() -> Result<Vec<Clip>, Box<dyn Error>> {
    let labels = emodb::syllables()?;
    let mut found = Vec::new();
    for name in emodb::clips()? {
        let (rate, samples) = emodb::sound(&name)?;
        let duration = samples.len() as f64 / f64::from(rate);
        let Some((count, start, end)) = emodb::whole_syllables(&labels[&name], duration) else { continue };
        let part = &samples[(start * f64::from(rate)) as usize..(end * f64::from(rate)) as usize];
        // As the stage has it for a speaker with little voice.
        let pitch = PitchTracker::new(rate, &PitchSettings::default()).and_then(|mut tracker| tracker.track(part));
        let level = IntensityMeter::new(rate, &IntensitySettings::default()).and_then(|meter| meter.measure(part));
        let Some((pitch, level)) = pitch.zip(level) else { continue };
        let frame = |(index, found): (usize, &Option<f64>)| Some((level.at(pitch.time(index))?, found.is_some()));
        let frames = pitch.frequencies.iter().enumerate().filter_map(frame).collect();
        found.push(Clip { actor: name[..2].to_owned(), frames, syllables: count as f64, seconds: end - start });
    }
    Ok(found)
}

fn line(clips: &[&Clip], settings: &NucleiSettings) -> (f64, String) {
    let rates = |clip: &&Clip| {
        let found = f64::from(count_nuclei(&clip.frames, settings));
        (found / clip.seconds, clip.syllables / clip.seconds)
    };
    let rates: Vec<(f64, f64)> = clips.iter().map(rates).collect();
    let count = rates.len() as f64;
    let mean = |of: &dyn Fn(&(f64, f64)) -> f64| rates.iter().map(of).sum::<f64>() / count;
    let error = mean(&|(found, truth)| (found / truth - 1.0).abs());
    let (x, y) = (mean(&|rate| rate.0), mean(&|rate| rate.1));
    let both = mean(&|rate| (rate.0 - x) * (rate.1 - y));
    let spread = (mean(&|rate| (rate.0 - x).powi(2)) * mean(&|rate| (rate.1 - y).powi(2))).sqrt();
    let guessed = mean(&|rate| (y / rate.1 - 1.0).abs());
    let text = format!(
        "{} clips: mean error {:.1} %, correlation {:.2}, all together {:+.1} %; saying {y:.1} of every clip would be {:.1} % off",
        rates.len(),
        100.0 * error,
        both / spread,
        100.0 * (x / y - 1.0),
        100.0 * guessed
    );
    (error, text)
}

fn main() -> Result<(), Box<dyn Error>> {
    let all = clips()?;
    let (chosen, held_out): (Vec<&Clip>, Vec<&Clip>) =
        all.iter().partition(|clip| CHOSEN_ON.contains(&clip.actor.as_str()));
    for below_loudest_db in [20.0, 25.0, 30.0] {
        for dip_db in [0.3, 0.5, 0.7, 1.0, 1.5, 2.0] {
            let (_, text) = line(&chosen, &NucleiSettings { dip_db, below_loudest_db });
            println!("dips of {dip_db} dB, {below_loudest_db} dB below the loudest: {text}");
        }
    }
    println!("held out, default: {}", line(&held_out, &NucleiSettings::default()).1);
    for actor in ["03", "08", "09", "10", "11", "12"] {
        let own: Vec<&Clip> = all.iter().filter(|clip| clip.actor == actor).collect();
        println!("actor {actor}: {}", line(&own, &NucleiSettings::default()).1);
    }
    Ok(())
}

//! The ceiling of formants that is found for an actor of EmoDB.

use super::emodb;
use std::error::Error;
use voiceman_stages::acoustics::{AcousticsSettings, CeilingFinder, PitchSettings, PitchTracker};

/// In hertz, over every `every`th clip of an actor, as the stage finds it: in stretches of 100 ms of voice.
pub fn of_actor(actor: &str, every: usize) -> Result<Option<f64>, Box<dyn Error>> {
    let clips: Vec<String> = emodb::clips()?.into_iter().filter(|name| name.starts_with(actor)).collect();
    let settings = AcousticsSettings::default();
    let mut finder = CeilingFinder::new(16_000, 8_000.0);
    for name in clips.iter().step_by(every) {
        let (rate, samples) = emodb::sound(name)?;
        let wide = PitchSettings {
            floor_hz: settings.range.first_floor_hz,
            ceiling_hz: settings.range.first_ceiling_hz,
            ..settings.pitch
        };
        let tracker = PitchTracker::with_step(rate, &wide, settings.pitch.frame_step());
        let Some(pitch) = tracker.and_then(|mut tracker| tracker.track(&samples)) else { continue };
        let mut starts = Vec::new();
        let mut run: Option<(usize, usize)> = None;
        for index in 0..=pitch.frequencies.len() {
            match (pitch.frequencies.get(index).copied().flatten(), run) {
                (Some(_), None) => run = Some((index, index)),
                (Some(_), Some((begin, _))) => run = Some((begin, index)),
                (None, Some((begin, last))) => {
                    let whole = (last - begin) / 10;
                    starts.extend((0..whole).map(|stretch| pitch.time(begin + 10 * stretch)));
                    run = None;
                }
                (None, None) => {}
            }
        }
        finder.add(&samples, &starts);
    }
    Ok(finder.best(settings.ceiling.min_stretches).map(|ceiling| ceiling.value()))
}

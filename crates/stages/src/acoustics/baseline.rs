//! What is usual in a recording or for a speaker, for comparing each utterance with.

use super::statistics::{median, median_absolute_deviation};
use voiceman_base::{Baseline, Decibels, Hertz, Measured, UndefinedReason, UtteranceAcoustics};

/// Median and median absolute deviation of the utterances' median pitch and of their intensity, each over the utterances
/// that have a value, of which there must be `least`.
///
/// The median, so that the utterances that stand out do not move what they are compared with.
pub(crate) fn baseline<'a>(utterances: impl Iterator<Item = &'a UtteranceAcoustics> + Clone, least: usize) -> Baseline {
    let pitches: Vec<f64> =
        utterances.clone().filter_map(|utterance| utterance.f0_median.value().map(Hertz::value)).collect();
    let levels: Vec<f64> =
        utterances.filter_map(|utterance| utterance.intensity.value().map(Decibels::value)).collect();
    Baseline {
        f0: usual(&pitches, least, median, Hertz::new),
        f0_mad: usual(&pitches, least, median_absolute_deviation, Hertz::new),
        intensity: usual(&levels, least, median, Decibels::new),
        intensity_mad: usual(&levels, least, median_absolute_deviation, Decibels::new),
    }
}

fn usual<Unit>(
    values: &[f64],
    least: usize,
    measure: fn(&[f64]) -> Option<f64>,
    unit: fn(f64) -> Option<Unit>,
) -> Measured<Unit> {
    let enough = values.len() >= least;
    Measured::from_option(measure(values).filter(|_| enough).and_then(unit), UndefinedReason::NoBaseline)
}

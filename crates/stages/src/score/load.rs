//! From statements to a family's load, and from load to points.

use super::ScoreSettings;
use super::statement::Statement;
use std::collections::BTreeMap;
use voiceman_base::{FindingId, WordId};

/// How statements over doubtful words count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trust {
    /// Not at all.
    Leave,
    /// As far as the doubt leaves them.
    Weigh,
    /// As if there were no doubt.
    Full,
}

/// What a family's statements amount to.
#[derive(Clone, Debug)]
pub(super) struct FamilyLoad {
    /// `peak_share * peak + (1 - peak_share) * density`, in `[0, 1]`.
    pub load: f64,
    /// How much of the load comes from each statement, in their order.
    pub parts: Vec<LoadPart>,
}

/// How much of a family's load comes from one statement.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct LoadPart {
    /// From its wording.
    pub wording: f64,
    /// From the voice raised with it.
    pub raised: f64,
}

/// What is counted once: a word, or a statement that names none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Word(WordId),
    Unplaced(FindingId),
}

impl FamilyLoad {
    /// The load of `statements` over `minutes` of speech.
    ///
    /// Peak: the largest strength, at most 1. Density: `1 - exp(-rate / full_rate)`, where the rate is the sum of
    /// strengths per minute; a statement's strength is spread evenly over its words, and a word that several
    /// statements share counts once, with the largest share.
    pub fn of(statements: &[Statement], trust: Trust, minutes: f64, settings: &ScoreSettings) -> FamilyLoad {
        let strengths: Vec<f64> = statements.iter().map(|statement| statement.strength(trust)).collect();
        let mut gravest: Option<(usize, f64)> = None;
        let mut places: BTreeMap<Place, (usize, f64)> = BTreeMap::new();
        for (index, (statement, strength)) in statements.iter().zip(&strengths).enumerate() {
            let peak = strength.min(1.0);
            if gravest.is_none_or(|(_, before)| peak > before) {
                gravest = Some((index, peak));
            }
            let share = strength / statement.words.len().max(1) as f64;
            for place in places_of(statement) {
                let holder = places.entry(place).or_insert((index, share));
                if share > holder.1 {
                    *holder = (index, share);
                }
            }
        }
        let mut counted = vec![0.0; statements.len()];
        for (index, share) in places.values() {
            counted[*index] += share;
        }
        let sum: f64 = counted.iter().sum();
        let density = 1.0 - (-sum / minutes / settings.full_rate_per_minute).exp();

        let mut parts = vec![LoadPart::default(); statements.len()];
        for (index, part) in parts.iter_mut().enumerate() {
            let from_density =
                if sum > 0.0 { (1.0 - settings.peak_share) * density * counted[index] / sum } else { 0.0 };
            // Gain multiplies the whole statement, so 1/gain of what it counts is the wording's own.
            part.wording = from_density / statements[index].gain;
            part.raised = from_density - part.wording;
        }
        let mut load = (1.0 - settings.peak_share) * density;
        if let Some((index, peak)) = gravest {
            let calm = (strengths[index] / statements[index].gain).min(1.0);
            parts[index].wording += settings.peak_share * calm;
            parts[index].raised += settings.peak_share * (peak - calm);
            load += settings.peak_share * peak;
        }
        FamilyLoad { load, parts }
    }
}

/// What `statement` is counted on.
fn places_of(statement: &Statement) -> Vec<Place> {
    match statement.words.as_slice() {
        [] => vec![Place::Unplaced(statement.wording)],
        words => words.iter().map(|word| Place::Word(*word)).collect(),
    }
}

/// Hundredths of a point for a total load in `[0, 1]`: `100 * (1 - exp(-k * load)) / (1 - exp(-k))`.
pub(super) fn points_of(load: f64, settings: &ScoreSettings) -> u32 {
    let saturation = settings.saturation;
    let points = 100.0 * (-saturation * load.clamp(0.0, 1.0)).exp_m1() / (-saturation).exp_m1();
    (points * 100.0).round() as u32
}

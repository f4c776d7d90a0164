//! Review priority: what to hear first. Every point has a finding behind it.
//!
//! All points are whole hundredths: contributions add up to their family's value and the values to the priority, and so
//! do the printed numbers when each is printed with two decimals. How they are computed: `docs/methods/score.md`.

use crate::{Family, FindingId};
use serde::{Deserialize, Serialize};

/// Priority of a recording for review.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Assessment {
    /// Over the whole recording.
    pub recording: Scored,
    /// The weights that were used.
    pub weights: ScoreWeights,
}

/// A priority with what it is made of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Scored {
    /// 0 to 100: the sum of the categories' values.
    pub priority: f64,
    /// Word for the priority.
    pub level: PriorityLevel,
    /// What the priority would be without, and with full trust in, doubtful words.
    pub interval: Interval,
    /// One entry per family, in the order of [`Family::ALL`], also where the value is 0.
    pub categories: Vec<CategoryScore>,
}

/// Part of a priority that comes from one family.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CategoryScore {
    /// Family.
    pub category: Family,
    /// Points of the priority that this family gives: the sum of its contributions.
    pub value: f64,
    /// What the value would be without, and with full trust in, this family's doubtful words, all else as it is.
    pub interval: Interval,
    /// Where the points come from.
    pub contributions: Vec<Contribution>,
}

/// Points that one finding gives, or takes away: a warning about doubtful words has points below zero.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Contribution {
    /// Which finding.
    pub finding: FindingId,
    /// How many points; below zero for a warning, 0 where the same words were counted with another finding.
    pub points: f64,
}

/// A range of values, `low` not above `high`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// Words for ranges of the priority: below 20, 40, 60, 80, and the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PriorityLevel {
    /// Below 20.
    Minimal,
    /// Below 40.
    Low,
    /// Below 60.
    Moderate,
    /// Below 80.
    High,
    /// 80 and above.
    Critical,
}

impl PriorityLevel {
    /// The level of a priority from 0 to 100.
    pub fn of(priority: f64) -> PriorityLevel {
        match priority {
            p if p < 20.0 => PriorityLevel::Minimal,
            p if p < 40.0 => PriorityLevel::Low,
            p if p < 60.0 => PriorityLevel::Moderate,
            p if p < 80.0 => PriorityLevel::High,
            _ => PriorityLevel::Critical,
        }
    }
}

/// Weights of the families, from a versioned settings file; they add up to 1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScoreWeights {
    /// Version of the weights file.
    pub version: String,
    /// Weight per family, in the order of [`Family::ALL`].
    pub families: Vec<(Family, f64)>,
}

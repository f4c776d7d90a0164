//! Score: from findings to a review priority, which helps a person decide what to hear first.
//!
//! Every point has a finding behind it, contributions add up to their family's value and the values to the priority, in
//! whole hundredths of a point so that the printed numbers add up as well. The gravest statement of a family and the
//! rate of its statements per minute of speech both count, so that one grave sentence is not lost in a long call and a
//! long call is not worse by being long. Formulas, reasons and a worked example: `docs/methods/score.md`.

mod allocate;
mod load;
mod settings;
mod statement;

#[cfg(test)]
mod tests;

pub use settings::{FamilyWeights, ScoreSettings, ScoreSettingsError, WEIGHTS_FILE};

use allocate::allocate;
use load::{FamilyLoad, Trust, points_of};
use statement::{Statement, statements};
use std::sync::Arc;
use voiceman_base::{
    Assessment, BatchShape, Bytes, CategoryScore, ClipTime, Contribution, Cost, Family, Finding, FindingId, Interval,
    PriorityLevel, Scored, SpeechMap, Stage, StageError, StageIdentity, Watch,
};

/// Name of the stage.
const STAGE: &str = "score";
/// Raised whenever the same input and settings give another assessment.
const VERSION: u32 = 1;

/// What one recording hands in.
#[derive(Clone, Debug)]
pub struct ScoreInput {
    /// Findings of the cross-check; the strength of a wording is the severity of its pattern.
    pub findings: Arc<Vec<Finding>>,
    /// Where someone speaks: rates are per minute of speech.
    pub speech: Arc<SpeechMap>,
}

/// The score: pure and instant, one assessment per recording.
#[derive(Clone, Debug)]
pub struct ScoreStage {
    settings: ScoreSettings,
}

impl ScoreStage {
    /// A score with `settings`.
    ///
    /// # Errors
    /// When a setting lies outside its range or the weights do not add up to 1.
    pub fn new(settings: ScoreSettings) -> Result<ScoreStage, ScoreSettingsError> {
        settings.check()?;
        Ok(ScoreStage { settings })
    }
}

impl Stage for ScoreStage {
    type Input = ScoreInput;
    type Output = Assessment;

    fn identity(&self) -> StageIdentity {
        StageIdentity { id: STAGE, version: VERSION, settings: self.settings.digest(), models: Vec::new() }
    }

    fn shape() -> BatchShape {
        BatchShape::recordings(Bytes::mebi(1))
    }

    fn cost(input: &ScoreInput) -> Cost {
        Cost { items: 1, audio: input.speech.regions().last().map_or(ClipTime::ZERO, |last| last.span.end()) }
    }

    fn run(&mut self, batch: Vec<ScoreInput>, watch: &dyn Watch) -> Vec<Result<Assessment, StageError>> {
        let score = |input: &ScoreInput| {
            watch.check().map_err(|_| StageError::cancelled(STAGE))?;
            Ok(assess(&input.findings, input.speech.speech_time(), &self.settings))
        };
        batch.iter().map(score).collect()
    }
}

/// The review priority of a recording with `speech` of speech.
fn assess(findings: &[Finding], speech: ClipTime, settings: &ScoreSettings) -> Assessment {
    let minutes = speech.seconds().max(settings.least_speech_s) / 60.0;
    let families = Family::ALL.map(|family| statements(findings, family, settings));
    let loads = |trust: Trust| -> Vec<f64> {
        let weighted = |(family, statements): (&Family, &Vec<Statement>)| {
            settings.weights.of(*family) * FamilyLoad::of(statements, trust, minutes, settings).load
        };
        Family::ALL.iter().zip(&families).map(weighted).collect()
    };
    let (without, weighed, trusted) = (loads(Trust::Leave), loads(Trust::Weigh), loads(Trust::Full));

    let priority = points_of(weighed.iter().sum(), settings);
    let values = allocate(priority, &weighed);
    // One family's value when only that family's load is another, all else as it is.
    let value_with = |index: usize, load: f64| {
        let others: f64 = weighed.iter().enumerate().filter(|(other, _)| *other != index).map(|(_, load)| load).sum();
        let total = others + load;
        if load > 0.0 { (f64::from(points_of(total, settings)) * load / total).round() as u32 } else { 0 }
    };

    let category = |(index, family): (usize, Family)| {
        let value = values[index];
        let doubtful = families[index].iter().any(|statement| statement.doubt.is_some());
        let (low, high) = if doubtful {
            (value_with(index, without[index]).min(value), value_with(index, trusted[index]).max(value))
        } else {
            (value, value)
        };
        CategoryScore {
            category: family,
            value: points(value.into()),
            interval: Interval { low: points(low.into()), high: points(high.into()) },
            contributions: contributions(&families[index], high, value, minutes, settings),
        }
    };
    let interval = Interval {
        low: points(points_of(without.iter().sum(), settings).into()),
        high: points(points_of(trusted.iter().sum(), settings).into()),
    };
    Assessment {
        recording: Scored {
            priority: points(priority.into()),
            level: PriorityLevel::of(points(priority.into())),
            interval,
            categories: Family::ALL.into_iter().enumerate().map(category).collect(),
        },
        weights: settings.printed(),
    }
}

/// Where a family's points come from: wording and raised voices give what the family would be worth if every word were
/// trusted (`high`), doubt takes away what is missing to its `value`. Sorted by finding.
fn contributions(
    statements: &[Statement],
    high: u32,
    value: u32,
    minutes: f64,
    settings: &ScoreSettings,
) -> Vec<Contribution> {
    let parts = FamilyLoad::of(statements, Trust::Full, minutes, settings).parts;
    let mut given: Vec<(FindingId, f64)> = Vec::new();
    let mut taken: Vec<(FindingId, f64)> = Vec::new();
    for (statement, part) in statements.iter().zip(parts) {
        given.push((statement.wording, part.wording));
        given.extend(statement.raised.map(|raised| (raised, part.raised)));
        taken.extend(
            statement.doubt.map(|doubt| (doubt, statement.strength(Trust::Full) - statement.strength(Trust::Weigh))),
        );
    }
    let share = |parts: &[(FindingId, f64)], total: u32, sign: i64| {
        let weights: Vec<f64> = parts.iter().map(|(_, weight)| *weight).collect();
        let amounts = allocate(total, &weights);
        let contribution = |((finding, _), amount): (&(FindingId, f64), u32)| Contribution {
            finding: *finding,
            points: points(sign * i64::from(amount)),
        };
        parts.iter().zip(amounts).map(contribution).collect::<Vec<_>>()
    };
    let mut contributions = share(&given, high, 1);
    contributions.extend(share(&taken, high - value, -1));
    contributions.sort_by_key(|contribution| contribution.finding);
    contributions
}

/// Points from whole hundredths. The nearest double prints as the decimal number with two digits that it stands for.
fn points(hundredths: i64) -> f64 {
    hundredths as f64 / 100.0
}

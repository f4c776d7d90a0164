//! What to hear first: every point with the finding behind it.

use super::{Context, findings};
use crate::text::visible;
use crate::tree::{Block, CategoryEntry, ContributionEntry, PriorityEntry};
use voiceman_base::{Contribution, Interval};

pub(super) fn blocks(context: &Context<'_>) -> Vec<Block> {
    let messages = context.messages;
    let Some(assessment) = &context.analysis.assessment else { return context.not_asked_for() };
    let scored = &assessment.recording;
    let categories: Vec<_> = scored
        .categories
        .iter()
        .map(|category| CategoryEntry {
            name: (messages.family)(category.category).to_owned(),
            weight: assessment
                .weights
                .families
                .iter()
                .find(|(family, _)| *family == category.category)
                .map(|(_, weight)| *weight),
            points: category.value,
            interval: ends(category.interval),
            contributions: category
                .contributions
                .iter()
                .map(|contribution| contribution_entry(context, contribution))
                .collect(),
        })
        .collect();
    vec![Block::Priority(PriorityEntry {
        priority: scored.priority,
        level: scored.level,
        level_word: (messages.level)(scored.level).to_owned(),
        interval: ends(scored.interval),
        points_sum: categories.iter().map(|category| category.points).sum(),
        categories,
        weights_version: visible(&assessment.weights.version),
    })]
}

fn ends(interval: Interval) -> (f64, f64) {
    (interval.low, interval.high)
}

fn contribution_entry(context: &Context<'_>, contribution: &Contribution) -> ContributionEntry {
    let finding = context.analysis.findings.iter().flatten().find(|finding| finding.id == contribution.finding);
    let number = contribution.finding.0.saturating_add(1);
    ContributionEntry {
        finding: contribution.finding,
        heading: finding
            .map_or_else(|| (context.messages.finding_link)(number), |finding| findings::heading(context, finding)),
        speaker: finding.and_then(|finding| context.finding_sayer(finding)),
        place: finding
            .and_then(|finding| finding.evidence.first())
            .map(|evidence| context.place(evidence.span, Some(evidence.utterance), &evidence.words)),
        points: contribution.points,
    }
}

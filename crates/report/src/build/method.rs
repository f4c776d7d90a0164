//! How the results were made: program, settings, models, lexicons, and what each part does.

use super::{Context, fact, whole_file};
use crate::text::visible;
use crate::tree::{Block, Cell, Table};

pub(super) fn blocks(context: &Context<'_>) -> Vec<Block> {
    let (analysis, messages) = (context.analysis, context.messages);
    let made = &analysis.produced_by;
    let mut steps = Vec::new();
    if analysis.speech.is_some() {
        steps.push(whole_file(messages.method_speech));
    }
    if analysis.transcript.is_some() {
        steps.push(whole_file(messages.method_transcript));
    }
    if let Some(found) = &analysis.diarization {
        steps.push(whole_file((messages.method_speakers)(found.basis)));
        if analysis.transcript.is_some() {
            steps.push(whole_file(messages.method_attribution));
        }
    }
    if let Some(features) = &analysis.acoustics {
        let channel = (messages.channel)(features.channel, analysis.source.channels);
        steps.push(whole_file((messages.method_acoustics)(&channel)));
    }
    if analysis.patterns.is_some() {
        steps.push(whole_file(messages.method_patterns));
    }
    if analysis.findings.is_some() {
        steps.push(whole_file(messages.method_findings));
    }
    if let Some(assessment) = &analysis.assessment {
        steps.push(whole_file((messages.method_priority)(&visible(&assessment.weights.version))));
    }
    steps.push(whole_file(messages.method_same_result));

    let mut blocks = vec![
        Block::Facts(vec![
            fact(messages.program, Cell::text(format!("{} {}", visible(&made.tool), visible(&made.version)))),
            fact(messages.settings_sha256, Cell::code(made.settings_sha256.to_string())),
        ]),
        Block::Statements(steps),
    ];
    blocks.extend(produced_by_tables(context.messages, made));
    blocks
}

/// Models and lexicons as tables; a sentence where no model was run.
pub(crate) fn produced_by_tables(messages: &crate::messages::Messages, made: &voiceman_base::ProducedBy) -> Vec<Block> {
    let head = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let mut blocks = Vec::new();
    if made.models.is_empty() {
        blocks.push(Block::Statements(vec![whole_file(messages.no_models)]));
    } else {
        let rows = made.models.iter().map(|model| {
            let role = (messages.model_role)(&model.role).map_or_else(|| visible(&model.role), str::to_owned);
            vec![
                Cell::text(role),
                Cell::text(visible(&model.name)),
                Cell::text(model.precision.name()),
                Cell::text(visible(&model.runtime)),
                Cell::code(model.sha256.to_string()),
            ]
        });
        blocks.push(Block::Table(Table {
            caption: messages.models.to_owned(),
            head: head(&[messages.role, messages.name, messages.precision, messages.runtime, messages.sha256]),
            rows: rows.collect(),
        }));
    }
    if !made.lexicons.is_empty() {
        let rows = made.lexicons.iter().map(|lexicon| {
            vec![
                Cell::text(visible(&lexicon.name)),
                Cell::text(visible(&lexicon.version)),
                Cell::code(lexicon.sha256.to_string()),
            ]
        });
        blocks.push(Block::Table(Table {
            caption: messages.lexicons.to_owned(),
            head: head(&[messages.name, messages.version, messages.sha256]),
            rows: rows.collect(),
        }));
    }
    blocks
}

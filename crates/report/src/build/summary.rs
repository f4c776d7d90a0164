//! What matters, in a few sentences.

use super::{Context, about, caution, findings, whole_file};
use crate::text::{clock, fixed, visible};
use crate::tree::{Block, Cell, SectionId, Statement, Table};
use voiceman_base::Finding;

/// How many findings stand in the summary.
const LISTEN_FIRST: usize = 5;

pub(super) fn blocks(context: &Context<'_>) -> Vec<Block> {
    let (analysis, messages) = (context.analysis, context.messages);
    let mut statements: Vec<Statement> = Vec::new();
    if let Some(speech) = &analysis.speech {
        statements.push(if speech.is_empty() {
            whole_file(messages.no_speech)
        } else {
            whole_file((messages.speech_found)(&clock(speech.speech_time()), &clock(analysis.source.duration)))
        });
    }
    if let Some(transcript) = &analysis.transcript
        && let Some(language) = context.language_name()
    {
        let words = transcript.utterances.iter().map(|utterance| utterance.words.len()).sum();
        statements.push(whole_file((messages.transcribed)(words, transcript.utterances.len(), &language)));
    }
    if let Some(findings) = &analysis.findings {
        statements.push(if findings.is_empty() {
            whole_file(messages.no_findings)
        } else {
            let places = findings
                .iter()
                .flat_map(|finding| finding.evidence.first())
                .map(|evidence| context.place(evidence.span, Some(evidence.utterance), &evidence.words))
                .collect();
            about((messages.findings_found)(findings.len()), places)
        });
    }
    if let Some(assessment) = &analysis.assessment {
        let scored = &assessment.recording;
        statements.push(whole_file((messages.priority_is)(&fixed(scored.priority, 1), (messages.level)(scored.level))));
    }
    if !analysis.source.warnings.is_empty() {
        statements.push(caution(whole_file((messages.warnings_found)(analysis.source.warnings.len()))));
    }
    statements.extend(context.left_out_statement());
    let mut blocks = vec![Block::Statements(statements)];
    blocks.extend(listen_first(context));
    blocks
}

/// The findings with most points, or the strongest where no priority was asked for; in time order among equals.
fn listen_first(context: &Context<'_>) -> Option<Block> {
    let messages = context.messages;
    let mut findings: Vec<_> = context.analysis.findings.iter().flatten().collect();
    let weight = |finding: &Finding| match &context.analysis.assessment {
        None => finding.strength.value(),
        Some(assessment) => assessment
            .recording
            .categories
            .iter()
            .flat_map(|category| &category.contributions)
            .filter(|contribution| contribution.finding == finding.id)
            .map(|contribution| contribution.points)
            .sum(),
    };
    findings.sort_by(|one, other| weight(other).total_cmp(&weight(one)));
    let rows: Vec<_> = findings
        .into_iter()
        .take(LISTEN_FIRST)
        .filter_map(|finding| {
            let evidence = finding.evidence.first()?;
            let words: Vec<_> =
                evidence.words.iter().filter_map(|id| context.word(*id)).map(|word| visible(&word.text)).collect();
            let place = context.place(evidence.span, Some(evidence.utterance), &evidence.words);
            Some(vec![
                Cell::number(clock(evidence.span.start())).at(place),
                Cell::text(findings::heading(context, finding)),
                Cell::text(words.join(" ")),
            ])
        })
        .collect();
    (!rows.is_empty()).then(|| {
        Block::Table(Table {
            caption: messages.listen_first.to_owned(),
            head: [messages.start, (messages.section)(SectionId::Findings), messages.words].map(str::to_owned).to_vec(),
            rows,
        })
    })
}

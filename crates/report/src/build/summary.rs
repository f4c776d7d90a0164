//! What matters, in a few sentences.

use super::{Context, about, caution, findings, quality, whole_file};
use crate::text::{clock, fixed, visible};
use crate::tree::{Block, Cell, SectionId, Statement, Table};
use std::collections::HashMap;
use voiceman_base::{Finding, FindingId};

/// How many places stand in the summary.
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
    if let Some(found) = &analysis.diarization
        && !found.speakers.is_empty()
    {
        statements.push(whole_file((messages.speakers_found)(found.speakers.len(), found.basis)));
    }
    statements.extend(quality::summary(context));
    if let Some(findings) = &analysis.findings {
        statements.push(if findings.is_empty() {
            whole_file(messages.no_findings)
        } else {
            let groups = findings::groups(findings);
            let places = groups
                .iter()
                .filter_map(|group| group.first()?.evidence.first())
                .map(|evidence| context.place(evidence.span, Some(evidence.utterance), &evidence.words))
                .collect();
            about((messages.findings_found)(groups.len()), places)
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

/// The places with most points, or the strongest where no priority was asked for; in time order among equals.
fn listen_first(context: &Context<'_>) -> Option<Block> {
    let messages = context.messages;
    let mut points: HashMap<FindingId, f64> = HashMap::new();
    for category in context.analysis.assessment.iter().flat_map(|assessment| &assessment.recording.categories) {
        for contribution in &category.contributions {
            *points.entry(contribution.finding).or_default() += contribution.points;
        }
    }
    let weight = |group: &Vec<&Finding>| -> f64 {
        match &context.analysis.assessment {
            None => group.iter().map(|finding| finding.strength.value()).fold(0.0, f64::max),
            Some(_) => group.iter().filter_map(|finding| points.get(&finding.id)).sum(),
        }
    };
    let mut groups = findings::groups(context.analysis.findings.as_deref()?);
    groups.sort_by(|one, other| weight(other).total_cmp(&weight(one)));
    let rows: Vec<_> = groups.iter().take(LISTEN_FIRST).filter_map(|group| row(context, group)).collect();
    let speaker = context.analysis.diarization.as_ref().map(|_| messages.speaker_label);
    (!rows.is_empty()).then(|| {
        Block::Table(Table {
            caption: messages.listen_first.to_owned(),
            head: [Some(messages.start), speaker, Some(messages.words), Some((messages.section)(SectionId::Findings))]
                .into_iter()
                .flatten()
                .map(str::to_owned)
                .collect(),
            rows,
        })
    })
}

fn row(context: &Context<'_>, group: &[&Finding]) -> Option<Vec<Cell>> {
    let evidence = group.first()?.evidence.first()?;
    let words: Vec<_> =
        evidence.words.iter().filter_map(|id| context.word(*id)).map(|word| visible(&word.text)).collect();
    let headings: Vec<_> = group.iter().map(|finding| findings::heading(context, finding)).collect();
    let place = context.place(evidence.span, Some(evidence.utterance), &evidence.words);
    let mut row = vec![Cell::number(clock(evidence.span.start())).at(place)];
    row.extend(Context::tag_cell(context.finding_sayer(group.first()?)));
    row.extend([Cell::text(words.join(" ")), Cell::text(headings.join("; "))]);
    Some(row)
}

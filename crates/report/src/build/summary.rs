//! What matters, in a few sentences.

use super::{Context, about, caution, whole_file};
use crate::text::{clock, fixed};
use crate::tree::{Block, Statement};

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
    vec![Block::Statements(statements)]
}

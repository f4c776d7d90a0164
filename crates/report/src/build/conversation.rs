//! The conversation: every utterance with its words, and why a person should listen.

use super::{Context, DOUBTFUL_BELOW, whole_file};
use crate::spacing::joins;
use crate::text::{percent, visible};
use crate::tree::{Block, Line, WordMark};
use voiceman_base::{AlignedUtterance, Timing};

pub(super) fn blocks(context: &Context<'_>) -> Vec<Block> {
    if context.analysis.transcript.is_none() {
        return context.not_asked_for();
    }
    if context.spoken().is_empty() {
        return vec![Block::Statements(vec![whole_file(context.messages.no_words)])];
    }
    vec![Block::Conversation(context.spoken().iter().map(|utterance| line(context, utterance)).collect())]
}

fn line(context: &Context<'_>, spoken: &AlignedUtterance) -> Line {
    let messages = context.messages;
    let utterance = &spoken.utterance;
    let decided = context.analysis.transcript.as_ref().and_then(|transcript| transcript.language.decided());
    let other_language =
        (decided != Some(utterance.language)).then(|| messages.language_or_code(utterance.language.as_str()));
    let joined = joins(spoken).unwrap_or_else(|| vec![false; spoken.words.len()]);
    let mut findings: Vec<_> = spoken.words.iter().flat_map(|word| context.findings_of(word.id)).copied().collect();
    findings.sort_unstable();
    findings.dedup();
    Line {
        utterance: utterance.id,
        place: context.utterance_place(spoken),
        speaker: context.tag(spoken.speaker),
        language: utterance.language.as_str().to_owned(),
        other_language,
        words: spoken.words.iter().zip(joined).map(|(word, joined)| mark(context, word, joined)).collect(),
        notes: utterance.flags.iter().map(|flag| (messages.flag)(*flag).to_owned()).collect(),
        findings,
    }
}

fn mark(context: &Context<'_>, word: &voiceman_base::Word, joined: bool) -> WordMark {
    let messages = context.messages;
    let mut notes = Vec::new();
    let doubtful = word.confidence.value() < DOUBTFUL_BELOW;
    if doubtful {
        notes.push((messages.word_doubtful)(&percent(word.confidence.value())));
    }
    match word.timing {
        Timing::Aligned { .. } => {}
        Timing::Interpolated { .. } => notes.push(messages.word_interpolated.to_owned()),
        Timing::Untimed { why } => notes.push((messages.word_untimed)((messages.untimed)(why))),
    }
    let doubt = word.attribution.and_then(|attribution| attribution.doubt);
    notes.extend(doubt.map(|doubt| (messages.word_whose)((messages.attribution_doubt)(doubt))));
    WordMark {
        id: word.id,
        text: visible(&word.text),
        joined,
        span: word.timing.span(),
        notes,
        doubtful,
        interpolated: matches!(word.timing, Timing::Interpolated { .. }),
        whose: doubt.is_some(),
        in_finding: !context.findings_of(word.id).is_empty(),
    }
}

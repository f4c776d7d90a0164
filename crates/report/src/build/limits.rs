//! What this recording and this run do not allow to say, made from the run; and the language.

use super::{Context, DOUBTFUL_BELOW, about, caution, whole_file};
use crate::text::{clock, fixed, percent, percent_to_tenth};
use crate::tree::{Block, Cell, Statement, Table};
use voiceman_base::{ClipTime, Flag, LanguageVote, Measured};

/// Below this much speech the usual values of a recording rest on a handful of utterances.
const LITTLE_SPEECH: ClipTime = ClipTime::from_millis(30_000);

/// A language with a smaller share of the vote is called uncertain: for every two windows that spoke for it, one did not.
const CERTAIN_LANGUAGE_SHARE: f64 = 2.0 / 3.0;

/// Telephone and other narrow recordings: wide speech needs 16 kHz.
const WIDE_SAMPLE_RATE: u32 = 16_000;

/// Every flag, in the order of the limits.
const FLAGS: [Flag; 8] = [
    Flag::OverSilence,
    Flag::Loop,
    Flag::TooFast,
    Flag::LowProbability,
    Flag::UntimedWords,
    Flag::LanguageUncertain,
    Flag::Overlap,
    Flag::SpeakerUncertain,
];

pub(super) fn blocks(context: &Context<'_>) -> Vec<Block> {
    let (analysis, messages) = (context.analysis, context.messages);
    let source = &analysis.source;
    let mut statements = Vec::new();
    if analysis.transcript.is_some() {
        statements.push(whole_file(messages.limit_draft));
    }
    match &analysis.diarization {
        None if analysis.transcript.is_some() || analysis.acoustics.is_some() => {
            statements.push(whole_file(messages.limit_speakers));
        }
        Some(found) if found.speakers.len() > 1 && analysis.acoustics.is_some() => {
            statements.push(whole_file(messages.limit_usual_of_all));
        }
        _ => {}
    }
    if !source.warnings.is_empty() {
        statements.push(caution(whole_file((messages.warnings_found)(source.warnings.len()))));
    }
    statements.extend(doubtful_words(context));
    statements.extend(flags(context));
    if source.sample_rate < WIDE_SAMPLE_RATE {
        let top = fixed(f64::from(source.sample_rate) / 2.0, 0);
        statements.push(whole_file((messages.limit_bandwidth)(source.sample_rate, &top)));
    }
    if source.channels > 1 {
        statements.push(whole_file((messages.limit_channels)(source.channels)));
    }
    if let (Some(speech), Some(features)) = (&analysis.speech, &analysis.acoustics) {
        if !speech.is_empty() && speech.speech_time() < LITTLE_SPEECH {
            statements.push(whole_file((messages.limit_little_speech)(&clock(speech.speech_time()))));
        }
        let baseline = &features.baseline;
        let mut reasons: Vec<_> =
            [undefined(baseline.f0), undefined(baseline.intensity)].into_iter().flatten().collect();
        reasons.dedup();
        for reason in reasons {
            statements.push(whole_file((messages.limit_no_baseline)((messages.undefined)(reason))));
        }
    }
    if let Some(transcript) = &analysis.transcript {
        if let LanguageVote::Voted(candidates) = &transcript.language
            && let Some(best) = candidates.first()
            && best.share.value() < CERTAIN_LANGUAGE_SHARE
        {
            let name = messages.language_or_code(best.code.as_str());
            let text = (messages.limit_language_vote)(&name, &percent_to_tenth(best.share.value()));
            statements.push(caution(whole_file(text)));
        }
        if analysis.patterns.is_some()
            && let Some(code) = transcript.language.decided()
            && !analysis.produced_by.lexicons.iter().any(|lexicon| lexicon.name == code.as_str())
        {
            let name = messages.language_or_code(code.as_str());
            statements.push(caution(whole_file((messages.limit_no_lexicon)(&name))));
        }
    }
    statements.extend(context.left_out_statement());
    vec![Block::Statements(statements)]
}

fn undefined<T>(measured: Measured<T>) -> Option<voiceman_base::UndefinedReason> {
    match measured {
        Measured::Value(_) => None,
        Measured::Undefined(reason) => Some(reason),
    }
}

fn doubtful_words(context: &Context<'_>) -> Option<Statement> {
    let messages = context.messages;
    let (mut doubtful, mut words) = (0, 0);
    let mut places = Vec::new();
    for utterance in context.spoken() {
        let here: Vec<_> = utterance.words.iter().filter(|word| word.confidence.value() < DOUBTFUL_BELOW).collect();
        words += utterance.words.len();
        doubtful += here.len();
        if !here.is_empty() {
            let ids: Vec<_> = here.iter().map(|word| word.id).collect();
            places.push(context.place(utterance.utterance.span, Some(utterance.utterance.id), &ids));
        }
    }
    (words > 0).then(|| {
        let share = percent(doubtful as f64 / words as f64);
        about((messages.limit_doubtful)(doubtful, words, &share, &percent(DOUBTFUL_BELOW)), places)
    })
}

fn flags<'a>(context: &'a Context<'_>) -> impl Iterator<Item = Statement> + 'a {
    FLAGS.into_iter().filter_map(|flag| {
        let flagged = context.spoken().iter().filter(|utterance| utterance.utterance.flags.contains(&flag));
        let places: Vec<_> = flagged.map(|utterance| context.utterance_place(utterance)).collect();
        (!places.is_empty()).then(|| {
            let text = (context.messages.limit_flag)(places.len(), (context.messages.flag)(flag));
            caution(about(text, places))
        })
    })
}

/// Language and candidates.
pub(super) fn language_blocks(context: &Context<'_>) -> Vec<Block> {
    let messages = context.messages;
    let Some(transcript) = &context.analysis.transcript else { return context.not_asked_for() };
    match &transcript.language {
        LanguageVote::NoSpeech => vec![Block::Statements(vec![whole_file(messages.no_speech)])],
        LanguageVote::Given(code) => {
            let name = messages.language_or_code(code.as_str());
            vec![Block::Statements(vec![whole_file((messages.language_given)(&name))])]
        }
        LanguageVote::Voted(candidates) => {
            let mut blocks = Vec::new();
            if let Some(best) = candidates.first() {
                let name = messages.language_or_code(best.code.as_str());
                let text = (messages.language_voted)(&name, &percent_to_tenth(best.share.value()));
                blocks.push(Block::Statements(vec![whole_file(text)]));
            }
            let rows = candidates.iter().map(|candidate| {
                let name = messages.language_or_code(candidate.code.as_str());
                vec![Cell::text(name), Cell::number(percent_to_tenth(candidate.share.value()))]
            });
            blocks.push(Block::Table(Table {
                caption: messages.language_candidates.to_owned(),
                head: vec![messages.language_label.to_owned(), messages.share.to_owned()],
                rows: rows.collect(),
            }));
            blocks
        }
    }
}

//! How stretches of speech sounded to models of emotion, with what is known of the models' errors beside it.

use super::{Context, caution, whole_file};
use crate::messages::Shown;
use crate::text::{clock, fixed, percent_to_tenth, visible};
use crate::tree::{Block, Cell, Statement, Table};
use std::collections::BTreeMap;
use voiceman_base::{
    ArousalLabel, EmotionAccuracy, EmotionAnalysis, EmotionClass, EmotionCondition, EmotionLabel, EmotionReason,
    Measured, SegmentEmotion, Sounded,
};

pub(super) fn blocks(context: &Context<'_>, emotion: &EmotionAnalysis) -> Vec<Block> {
    let messages = context.messages.emotion;
    let mut blocks = vec![Block::Statements(models(context, emotion))];
    if emotion.segments.iter().any(|segment| matches!(segment.sounded, Measured::Value(_))) {
        blocks.push(Block::Table(table(context, emotion)));
    } else {
        blocks.push(Block::Statements(vec![whole_file(messages.nothing)]));
    }
    let mut reasons: BTreeMap<EmotionReason, usize> = BTreeMap::new();
    for segment in &emotion.segments {
        if let Measured::Undefined(why) = segment.sounded {
            *reasons.entry(why).or_default() += 1;
        }
    }
    if !reasons.is_empty() {
        let said =
            reasons.iter().map(|(why, count)| whole_file((messages.not_measured)(*count, (messages.reason)(*why))));
        blocks.push(Block::Statements(said.collect()));
    }
    if !emotion.speakers.is_empty() {
        blocks.push(Block::Table(speakers(context, emotion)));
    }
    blocks
}

/// What the models are, and how wrong they are.
fn models(context: &Context<'_>, emotion: &EmotionAnalysis) -> Vec<Statement> {
    let messages = context.messages.emotion;
    let mut statements = vec![caution(whole_file(messages.not_felt))];
    for facts in &emotion.models {
        let with = facts.with_baseline.map(|found| (EmotionCondition::WithBaseline, found));
        let without = facts.without_baseline.map(|found| (EmotionCondition::WithoutBaseline, found));
        let accuracies = without.into_iter().chain(with);
        statements
            .extend(accuracies.map(|(condition, found)| caution(whole_file(accuracy(context, condition, &found)))));
    }
    statements.extend(messages.limits.iter().map(|limit| caution(whole_file(*limit))));
    for facts in &emotion.models {
        let name = visible(&facts.model.name);
        if facts.without_baseline.is_none() && facts.with_baseline.is_none() {
            statements.push(caution(whole_file((messages.errors_unknown)(&name))));
        }
        // Creative Commons marks what forbids commercial use so.
        if let Some(licence) = facts.licence.as_ref().filter(|licence| licence.split('-').any(|part| part == "NC")) {
            statements.push(caution(whole_file((messages.not_for_sale)(&name, &visible(licence)))));
        }
    }
    if emotion.models.len() > 1 {
        statements.push(whole_file(messages.together));
    }
    for facts in &emotion.models {
        let trained_on =
            (messages.trained_on)(&facts.trained_on).map_or_else(|| visible(&facts.trained_on), str::to_owned);
        statements.push(whole_file((messages.sounded)(&trained_on, &visible(&facts.model.name))));
    }
    statements
}

fn accuracy(context: &Context<'_>, condition: EmotionCondition, found: &EmotionAccuracy) -> String {
    let interval = |[low, high]: [f64; 2]| format!("{}–{}", percent_to_tenth(low), percent_to_tenth(high));
    (context.messages.emotion.accuracy)(
        condition,
        &Shown {
            recall: &percent_to_tenth(found.recall),
            recall_interval: &interval(found.recall_interval),
            arousal: &percent_to_tenth(found.arousal_recall),
            arousal_interval: &interval(found.arousal_interval),
            calibration: &percent_to_tenth(found.calibration_error),
        },
    )
}

fn table(context: &Context<'_>, emotion: &EmotionAnalysis) -> Table {
    let (messages, labels) = (context.messages.emotion, context.messages);
    let (speakers, several) = (context.analysis.diarization.is_some(), emotion.models.len() > 1);
    let mut head = vec![labels.start];
    head.extend(speakers.then_some(labels.speaker_label));
    head.extend([messages.arousal, messages.class, messages.condition]);
    head.extend(several.then_some(messages.agreement));
    let scales = emotion.segments.iter().any(has_scales);
    head.extend(scales.then_some(messages.scales));
    Table {
        caption: messages.caption.to_owned(),
        head: head.into_iter().map(str::to_owned).collect(),
        rows: emotion
            .segments
            .iter()
            .filter_map(|segment| row(context, segment, (speakers, several, scales)))
            .collect(),
    }
}

fn has_scales(segment: &SegmentEmotion) -> bool {
    matches!(&segment.sounded, Measured::Value(sounded) if sounded.dimensions.is_some())
}

/// A row for a stretch that was judged.
fn row(
    context: &Context<'_>,
    segment: &SegmentEmotion,
    (speakers, several, scales): (bool, bool, bool),
) -> Option<Vec<Cell>> {
    let Measured::Value(sounded) = &segment.sounded else { return None };
    let messages = context.messages.emotion;
    let mut cells = vec![Cell::number(clock(segment.span.start())).at(context.place(segment.span, None, &[]))];
    if speakers {
        cells.push(Cell::text(segment.speaker.map_or_else(|| "–".to_owned(), |speaker| speaker.to_string())));
    }
    let high = sounded.high_arousal.value();
    let shown = if sounded.arousal == ArousalLabel::Low { 1.0 - high } else { high };
    cells.push(Cell::text((messages.arousal_label)(sounded.arousal, &fixed(shown, 2))));
    cells.push(Cell::text(class(context, sounded)));
    cells.push(Cell::text((messages.compared)(sounded.condition)));
    if several {
        cells.push(match sounded.agreement {
            Measured::Value(value) => Cell::number(fixed(value, 2)),
            Measured::Undefined(why) => Cell::reason((messages.reason)(why)),
        });
    }
    if scales {
        cells.push(match &sounded.dimensions {
            Some(found) => {
                let all = [found.arousal, found.dominance, found.valence];
                Cell::number(all.map(|place| fixed(place.value(), 2)).join(" · "))
            }
            None => Cell::reason((messages.reason)(EmotionReason::NoModel)),
        });
    }
    Some(cells)
}

fn class(context: &Context<'_>, sounded: &Sounded) -> String {
    let messages = context.messages.emotion;
    let all = EmotionClass::ALL.into_iter().zip(sounded.classes);
    let likeliest = all.max_by(|one, other| one.1.value().total_cmp(&other.1.value()));
    let confidence = fixed(sounded.confidence.value(), 2);
    match (sounded.label, likeliest) {
        (EmotionLabel::Class(class), _) => format!("{}, {confidence}", (messages.class_name)(class)),
        (EmotionLabel::Undetermined, Some((class, _))) => {
            (messages.undetermined)((messages.class_name)(class), &confidence)
        }
        (EmotionLabel::Undetermined, None) => "–".to_owned(),
    }
}

fn speakers(context: &Context<'_>, emotion: &EmotionAnalysis) -> Table {
    let messages = context.messages.emotion;
    let rows = emotion.speakers.iter().map(|one| {
        vec![
            Cell::text(one.speaker.to_string()),
            Cell::number(clock(one.measured)),
            Cell::number(clock(one.high)),
            Cell::number(clock(one.low)),
        ]
    });
    Table {
        caption: messages.speakers_caption.to_owned(),
        head: [context.messages.speaker_label, messages.measured, messages.high, messages.low]
            .map(str::to_owned)
            .to_vec(),
        rows: rows.collect(),
    }
}

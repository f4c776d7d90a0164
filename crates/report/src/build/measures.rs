//! Pitch and level over time and per utterance; and what could not be measured.

use super::{Context, MAX_PLACES, quality, speakers, whole_file};
use crate::curves::{Labels, curves, stroke_length};
use crate::messages::Measure;
use crate::text::{clock, fixed};
use crate::tree::{Block, Cell, Place, Table};
use std::collections::BTreeMap;
use voiceman_base::{ClipTime, Measured, Timing, UndefinedReason, UtteranceAcoustics, VoiceQuantity};

/// The value of one measure.
pub(crate) fn value_of(measures: &UtteranceAcoustics, measure: Measure) -> Measured<f64> {
    match measure {
        Measure::F0Mean => measures.f0_mean.map(f64::from),
        Measure::F0Median => measures.f0_median.map(f64::from),
        Measure::F0Sd => measures.f0_sd.map(f64::from),
        Measure::Intensity => measures.intensity.map(f64::from),
        Measure::SpeechRate => measures.speech_rate,
        Measure::ArticulationRate => measures.articulation_rate,
    }
}

/// Plot, usual values and the table of all utterances.
pub(super) fn curve_blocks(context: &Context<'_>) -> Vec<Block> {
    let messages = context.messages;
    let Some(features) = &context.analysis.acoustics else { return context.not_asked_for() };
    let bands = context.analysis.findings.iter().flatten().flat_map(|finding| &finding.evidence);
    let column = stroke_length(features, context.whole());
    let labels = Labels {
        pitch: messages.pitch_axis.to_owned(),
        level: messages.level_axis.to_owned(),
        caption: (messages.curves_caption)(&fixed(column.seconds(), 2)),
    };
    let mut blocks: Vec<Block> = quality::caution_on_values(context).into_iter().collect();
    match curves(features, context.whole(), bands.map(|evidence| evidence.span).collect(), labels) {
        Some(curves) => blocks.push(Block::Curves(curves)),
        None => blocks.push(Block::Statements(vec![whole_file(messages.curves_empty)])),
    }
    let baseline = &features.baseline;
    blocks.push(Block::Table(Table {
        caption: messages.baseline_caption.to_owned(),
        head: vec![messages.quantity.to_owned(), messages.median.to_owned(), messages.deviation.to_owned()],
        rows: vec![
            vec![
                Cell::text(messages.pitch_axis),
                measured(context, baseline.f0.map(f64::from)),
                measured(context, baseline.f0_mad.map(f64::from)),
            ],
            vec![
                Cell::text(messages.level_axis),
                measured(context, baseline.intensity.map(f64::from)),
                measured(context, baseline.intensity_mad.map(f64::from)),
            ],
        ],
    }));
    if !features.utterances.is_empty() {
        let mut head = vec![messages.start.to_owned()];
        head.extend(context.analysis.diarization.as_ref().map(|_| messages.speaker_label.to_owned()));
        head.extend(Measure::ALL.map(|measure| (messages.measure)(measure).to_owned()));
        head.push(messages.pauses.to_owned());
        let rows = features.utterances.iter().map(|measures| {
            let place = context.place(measures.span, Some(measures.utterance), &[]);
            let mut row = vec![Cell::number(clock(measures.span.start())).at(place)];
            row.extend(Context::tag_cell(context.sayer(measures.utterance)));
            row.extend(Measure::ALL.map(|measure| measured(context, value_of(measures, measure))));
            row.push(Cell::number(measures.pauses.len().to_string()));
            row
        });
        blocks.push(Block::Table(Table { caption: messages.measures_caption.to_owned(), head, rows: rows.collect() }));
    }
    blocks
}

pub(super) fn measured(context: &Context<'_>, value: Measured<f64>) -> Cell {
    match value {
        Measured::Value(value) => Cell::number(fixed(value, 1)),
        Measured::Undefined(reason) => Cell::reason((context.messages.undefined)(reason)),
    }
}

/// How often a value is missing for one reason, and where first.
#[derive(Default)]
struct Missing {
    count: usize,
    places: Vec<Place>,
}

/// Every kind of value that is missing, with its reason, how often, and where first.
pub(super) fn missing_blocks(context: &Context<'_>) -> Vec<Block> {
    let messages = context.messages;
    // Ordered by the measure's place in the list, then by reason, so that the same run gives the same table.
    let mut missing: BTreeMap<(usize, String, &'static str), Missing> = BTreeMap::new();
    let mut note = |order: usize, quantity: String, reason: &'static str, place: Option<Place>| {
        let entry = missing.entry((order, quantity, reason)).or_default();
        entry.count += 1;
        if entry.places.len() < MAX_PLACES {
            entry.places.extend(place);
        }
    };
    for (quantity, reason) in quality::missing(context) {
        note(0, quantity, reason, None);
    }
    if let Some(features) = &context.analysis.acoustics {
        for (order, quantity, value) in [
            (1, messages.pitch_axis, features.baseline.f0.map(f64::from)),
            (2, messages.level_axis, features.baseline.intensity.map(f64::from)),
        ] {
            if let Some(reason) = reason(value) {
                note(order, (messages.baseline_of)(quantity), (messages.undefined)(reason), None);
            }
        }
        for of in &features.speakers {
            for (order, quantity, value) in [
                (80, (messages.baseline_of)(messages.pitch_axis), of.baseline.f0.map(f64::from)),
                (81, (messages.baseline_of)(messages.level_axis), of.baseline.intensity.map(f64::from)),
                (82, messages.pitch_trend.to_owned(), of.f0_trend.map(|trend| trend.per_minute)),
                (83, messages.level_trend.to_owned(), of.intensity_trend.map(|trend| trend.per_minute)),
                (84, messages.response_median.to_owned(), of.response.median.map(ClipTime::seconds)),
            ] {
                if let Some(reason) = reason(value) {
                    let quantity = (messages.quantity_of)(&quantity, &of.speaker.to_string());
                    note(order, quantity, (messages.undefined)(reason), None);
                }
            }
        }
        for measures in &features.utterances {
            for (order, measure) in Measure::ALL.into_iter().enumerate() {
                if let Some(reason) = reason(value_of(measures, measure)) {
                    let place = context.place(measures.span, Some(measures.utterance), &[]);
                    let quantity = (messages.measure)(measure).to_owned();
                    note(3 + order, quantity, (messages.undefined)(reason), Some(place));
                }
            }
            for (names, reason) in voice_missing(context, measures) {
                let place = context.place(measures.span, Some(measures.utterance), &[]);
                note(20, names, (messages.undefined)(reason), Some(place));
            }
        }
    }
    if let Some(found) = &context.analysis.diarization {
        for speaker in &found.speakers {
            if let Some(reason) = reason(speaker.cohesion) {
                let quantity = (messages.quantity_of)(messages.cohesion, &speaker.id.to_string());
                note(90, quantity, (messages.undefined)(reason), None);
            }
        }
        for turn in &found.turns {
            if let Some(reason) = reason(turn.margin) {
                let place = speakers::turn_place(context, turn);
                note(91, messages.turn_margin.to_owned(), (messages.undefined)(reason), Some(place));
            }
        }
    }
    for utterance in context.spoken() {
        for word in &utterance.words {
            if let Timing::Untimed { why } = word.timing {
                let place = context.place(utterance.utterance.span, Some(utterance.utterance.id), &[word.id]);
                note(99, messages.word_times.to_owned(), (messages.untimed)(why), Some(place));
            }
        }
    }

    let left_out = context.left_out_statement();
    let mut blocks = Vec::new();
    if missing.is_empty() {
        blocks.push(Block::Statements(vec![whole_file(messages.everything_measured)]));
    } else {
        let rows = missing.into_iter().map(|((_, quantity, reason), missing)| {
            let mut row = vec![Cell::text(quantity), Cell::reason(reason), Cell::number(missing.count.to_string())];
            let first = missing.places.into_iter().next();
            row.push(match first {
                Some(place) => Cell::number(clock(place.span.start())).at(place),
                None => Cell::text("–"),
            });
            row
        });
        blocks.push(Block::Table(Table {
            caption: messages.not_measured_caption.to_owned(),
            head: vec![
                messages.quantity.to_owned(),
                messages.reason.to_owned(),
                messages.count.to_owned(),
                messages.first_places.to_owned(),
            ],
            rows: rows.collect(),
        }));
    }
    if let Some(statement) = left_out {
        blocks.push(Block::Statements(vec![statement]));
    }
    blocks
}

/// The chief measures of the voice that an utterance lacks, those with the same reason together.
fn voice_missing(context: &Context<'_>, measures: &UtteranceAcoustics) -> Vec<(String, UndefinedReason)> {
    let mut missing: Vec<(Vec<&str>, UndefinedReason)> = Vec::new();
    for quantity in VoiceQuantity::CHIEF {
        let Some(why) = reason(quantity.of(&measures.voice)) else { continue };
        let name = (context.messages.voice.name)(quantity);
        match missing.iter_mut().find(|(_, known)| *known == why) {
            Some((names, _)) => names.push(name),
            None => missing.push((vec![name], why)),
        }
    }
    missing.into_iter().map(|(names, why)| (names.join("; "), why)).collect()
}

fn reason(value: Measured<f64>) -> Option<UndefinedReason> {
    match value {
        Measured::Value(_) => None,
        Measured::Undefined(reason) => Some(reason),
    }
}

//! How each speaker sounds over the recording, how that changes, and who answers how fast.

use super::measures::measured;
use super::{Context, voice, whole_file};
use crate::curves::{Labels, curves_of};
use crate::messages::ChangeWords;
use crate::text::{clock, fixed, percent_to_tenth, signed};
use crate::tree::{Block, Cell, Table};
use voiceman_base::{
    AcousticFeatures, ChangeSpan, ChangedQuantity, ClipTime, Measured, PitchAgreement, PitchRange, SpeakerAcoustics,
    Trend,
};

/// Most rows of the table of changes; `analysis.json` has them all.
const MAX_CHANGES: usize = 200;

/// Most speakers that have curves of their own.
const MAX_CURVES: usize = 12;

pub(super) fn blocks(context: &Context<'_>) -> Vec<Block> {
    let messages = context.messages;
    let Some(features) = &context.analysis.acoustics else { return context.not_asked_for() };
    let mut blocks = Vec::new();
    if features.speakers.is_empty() {
        blocks.push(Block::Statements(vec![whole_file(messages.voices_not_apart)]));
    } else {
        blocks.push(Block::Statements(
            [messages.voices_explained, messages.pitch_agreement_explained].map(whole_file).to_vec(),
        ));
        blocks.push(Block::Table(sound_table(context, features)));
        blocks.push(Block::Table(tempo_table(context, features)));
        blocks.push(Block::Statements(
            [messages.responses_explained, messages.trends_explained].map(whole_file).to_vec(),
        ));
        for speaker in features.speakers.iter().take(MAX_CURVES) {
            blocks.extend(curves(context, features, speaker).map(Block::Curves));
        }
    }
    blocks.extend(changes(context, features));
    blocks.extend(voice::blocks(context, features));
    blocks
}

fn head(labels: &[&str]) -> Vec<String> {
    labels.iter().map(|label| (*label).to_owned()).collect()
}

fn sound_table(context: &Context<'_>, features: &AcousticFeatures) -> Table {
    let messages = context.messages;
    let row = |of: &SpeakerAcoustics| {
        vec![
            Cell::text(of.speaker.to_string()),
            Cell::number(of.utterances.to_string()),
            Cell::text(range(context, of.pitch_range)),
            agreement(context, of.f0_agreement),
            measured(context, of.baseline.f0.map(f64::from)),
            measured(context, of.baseline.f0_mad.map(f64::from)),
            trend(context, of.f0_trend),
            measured(context, of.baseline.intensity.map(f64::from)),
            measured(context, of.baseline.intensity_mad.map(f64::from)),
            trend(context, of.intensity_trend),
        ]
    };
    Table {
        caption: messages.voices_caption.to_owned(),
        head: head(&[
            messages.speaker_label,
            messages.utterances_label,
            messages.pitch_range,
            messages.pitch_agreement,
            messages.pitch_usual,
            messages.deviation,
            messages.pitch_trend,
            messages.level_usual,
            messages.deviation,
            messages.level_trend,
        ]),
        rows: features.speakers.iter().map(row).collect(),
    }
}

fn tempo_table(context: &Context<'_>, features: &AcousticFeatures) -> Table {
    let messages = context.messages;
    let seconds = |time: Measured<ClipTime>| match time {
        Measured::Value(time) => Cell::number(fixed(time.seconds(), 2)),
        Measured::Undefined(reason) => Cell::reason((messages.undefined)(reason)),
    };
    let row = |of: &SpeakerAcoustics| {
        vec![
            Cell::text(of.speaker.to_string()),
            measured(context, of.speech_rate),
            measured(context, of.articulation_rate),
            Cell::number(of.pauses.count.to_string()),
            Cell::number(fixed(of.pauses.total.seconds(), 1)),
            seconds(of.pauses.median),
            Cell::number(of.response.gaps.to_string()),
            Cell::number(of.response.overlaps.to_string()),
            Cell::number(of.response.left_out.to_string()),
            seconds(of.response.lower),
            seconds(of.response.median),
            seconds(of.response.upper),
        ]
    };
    Table {
        caption: messages.tempo_caption.to_owned(),
        head: head(&[
            messages.speaker_label,
            messages.speech_rate,
            messages.articulation_rate,
            messages.pauses,
            messages.pauses_total,
            messages.pause_median,
            messages.response_gaps,
            messages.response_overlaps,
            messages.response_left_out,
            messages.response_lower,
            messages.response_median,
            messages.response_upper,
        ]),
        rows: features.speakers.iter().map(row).collect(),
    }
}

/// In what share of the voiced frames the second estimate of pitch bears the first out.
fn agreement(context: &Context<'_>, agreement: Measured<PitchAgreement>) -> Cell {
    match agreement {
        Measured::Value(agreement) => Cell::number(percent_to_tenth(agreement.share())),
        Measured::Undefined(reason) => Cell::reason((context.messages.undefined)(reason)),
    }
}

/// `59-223 Hz`, and where that is from.
fn range(context: &Context<'_>, range: PitchRange) -> String {
    let hertz = |value: f64| fixed(value, 0);
    let basis = (context.messages.range_basis)(range.basis);
    format!("{}–{} Hz ({basis})", hertz(range.floor.value()), hertz(range.ceiling.value()))
}

fn trend(context: &Context<'_>, trend: Measured<Trend>) -> Cell {
    match trend {
        Measured::Value(trend) => Cell::number(format!(
            "{} ({} – {})",
            signed(trend.per_minute, 2),
            signed(trend.low, 2),
            signed(trend.high, 2)
        )),
        Measured::Undefined(reason) => Cell::reason((context.messages.undefined)(reason)),
    }
}

fn curves(
    context: &Context<'_>,
    features: &AcousticFeatures,
    speaker: &SpeakerAcoustics,
) -> Option<crate::tree::Curves> {
    let messages = context.messages;
    let own = features.changes.iter().filter(|change| change.speaker == Some(speaker.speaker));
    let labels = Labels {
        pitch: messages.pitch_axis.to_owned(),
        level: messages.level_axis.to_owned(),
        caption: (messages.curves_of_speaker)(&speaker.speaker.to_string()),
    };
    curves_of(features, speaker, context.whole(), own.map(|change| change.span).collect(), labels)
}

fn changes(context: &Context<'_>, features: &AcousticFeatures) -> Vec<Block> {
    let messages = context.messages;
    if features.changes.is_empty() {
        return vec![Block::Statements(vec![whole_file(messages.no_changes)])];
    }
    let row = |change: &ChangeSpan| {
        let place = context.place(change.span, None, &[]);
        let mut row = vec![Cell::number(clock(change.span.start())).at(place)];
        row.push(Cell::number(fixed(change.span.length().seconds(), 1)));
        row.extend(Context::tag_cell(context.tag(change.speaker)));
        let words = ChangeWords { quantity: change.quantity, deviation: deviation(change), usual: usual(change) };
        row.push(Cell::text((messages.change)(&words)));
        row.push(Cell::text(context.baseline_name(change.baseline_of)));
        row
    };
    let mut labels = vec![messages.start, messages.length];
    labels.extend(context.analysis.diarization.as_ref().map(|_| messages.speaker_label));
    labels.extend([messages.change_label, messages.usual_of]);
    let mut blocks = vec![
        Block::Statements(vec![whole_file(messages.changes_explained)]),
        Block::Table(Table {
            caption: messages.changes_caption.to_owned(),
            head: head(&labels),
            rows: features.changes.iter().take(MAX_CHANGES).map(row).collect(),
        }),
    ];
    if features.changes.len() > MAX_CHANGES {
        let more = (messages.and_more)(features.changes.len() - MAX_CHANGES);
        blocks.push(Block::Statements(vec![whole_file(more)]));
    }
    blocks
}

fn deviation(change: &ChangeSpan) -> String {
    match change.quantity {
        ChangedQuantity::Level => format!("{} dB", signed(change.mean_deviation, 1)),
        ChangedQuantity::Pitch => format!("+{}", percent_to_tenth(change.mean_deviation)),
    }
}

fn usual(change: &ChangeSpan) -> String {
    let unit = match change.quantity {
        ChangedQuantity::Level => "dB",
        ChangedQuantity::Pitch => "Hz",
    };
    format!("{} {unit}", fixed(change.baseline, 1))
}

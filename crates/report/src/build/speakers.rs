//! Who speaks how much, how speakers were told apart, and where that is doubtful.

use super::{Context, about, caution, whole_file};
use crate::text::{clock, fixed, percent_to_tenth};
use crate::tree::{Block, Cell, Place, Statement, Table, TurnChart, TurnMark, TurnRow};
use voiceman_base::{ClipTime, Diarization, Measured, Span, Speaker, SpeakerBasis, Turn, TurnDoubt};

/// Every doubt, in the order in which they are listed.
const DOUBTS: [TurnDoubt; 3] = [TurnDoubt::Short, TurnDoubt::NeverAlone, TurnDoubt::Close];

/// A chart shows at least this much: then a second is a stroke of one unit and more.
const CHART: ClipTime = ClipTime::from_millis(600_000);

/// Most charts of a recording; the longer it is, the more of it each shows.
const MAX_CHARTS: i64 = 12;

pub(super) fn blocks(context: &Context<'_>) -> Vec<Block> {
    let messages = context.messages;
    let Some(found) = &context.analysis.diarization else { return context.not_asked_for() };
    if found.speakers.is_empty() {
        return vec![Block::Statements(vec![whole_file(messages.no_speakers)])];
    }
    let mut statements = vec![
        whole_file((messages.speakers_found)(found.speakers.len(), found.basis)),
        whole_file(messages.speakers_are_numbers),
    ];
    statements.extend(found.notes.iter().map(|note| caution(whole_file((messages.speaker_note)(*note)))));
    statements.push(caution(whole_file(match found.basis {
        SpeakerBasis::Voices => messages.limit_voices,
        SpeakerBasis::Channels => messages.limit_channel_speakers,
    })));
    statements.push(doubtful_turns(context, found));
    let mut blocks = vec![
        Block::Statements(statements),
        Block::Table(table(context, found)),
        Block::Statements([messages.interruptions_explained, messages.cohesion_explained].map(whole_file).to_vec()),
    ];
    blocks.extend(charts(context, found));
    blocks
}

/// Where a turn is, with the utterance of its speaker that it holds or is part of.
pub(super) fn turn_place(context: &Context<'_>, turn: &Turn) -> Place {
    let spoken = context.spoken();
    // Utterances are sorted by start: none behind the turn counts.
    let end = spoken.partition_point(|spoken| spoken.utterance.span.start() < turn.span.end());
    let within = spoken[..end].iter().rev().filter(|spoken| spoken.speaker == Some(turn.speaker));
    let common = |spoken: &&voiceman_base::AlignedUtterance| spoken.utterance.span.intersection(turn.span).is_some();
    // Of a turn with several utterances the first: those of one speaker follow each other.
    let utterance = within.take_while(common).last();
    context.place(turn.span, utterance.map(|spoken| spoken.utterance.id), &[])
}

fn doubtful_turns(context: &Context<'_>, found: &Diarization) -> Statement {
    let messages = context.messages;
    let doubtful: Vec<&Turn> = found.turns.iter().filter(|turn| !turn.doubts.is_empty()).collect();
    if doubtful.is_empty() {
        return whole_file(messages.no_doubtful_turns);
    }
    let reasons = DOUBTS.into_iter().filter_map(|doubt| {
        let count = doubtful.iter().filter(|turn| turn.doubts.contains(&doubt)).count();
        (count > 0).then(|| format!("{} ({count})", (messages.turn_doubt)(doubt)))
    });
    let text = (messages.doubtful_turns)(doubtful.len(), found.turns.len(), &reasons.collect::<Vec<_>>().join("; "));
    about(text, doubtful.into_iter().map(|turn| turn_place(context, turn)).collect())
}

fn table(context: &Context<'_>, found: &Diarization) -> Table {
    let messages = context.messages;
    Table {
        caption: messages.speakers_caption.to_owned(),
        head: [
            messages.speaker_label,
            messages.first_heard,
            messages.speech_time,
            messages.speech_share,
            messages.turns,
            messages.overlapped,
            messages.interruptions,
            messages.cohesion,
        ]
        .map(str::to_owned)
        .to_vec(),
        rows: found.speakers.iter().map(|speaker| row(context, found, speaker)).collect(),
    }
}

fn row(context: &Context<'_>, found: &Diarization, speaker: &Speaker) -> Vec<Cell> {
    let first = found.turns.iter().find(|turn| turn.speaker == speaker.id);
    vec![
        Cell::text(speaker.id.to_string()),
        first.map_or_else(
            || Cell::text("–"),
            |turn| Cell::number(clock(turn.span.start())).at(turn_place(context, turn)),
        ),
        Cell::number(clock(speaker.speech)),
        Cell::number(percent_to_tenth(speaker.share)),
        Cell::number(speaker.turns.to_string()),
        Cell::number(clock(speaker.overlapped)),
        Cell::number(speaker.interruptions.to_string()),
        match speaker.cohesion {
            Measured::Value(value) => Cell::number(fixed(value, 2)),
            Measured::Undefined(reason) => Cell::reason((context.messages.undefined)(reason)),
        },
    ]
}

/// The turns of the whole recording in charts of equal length, so that those of a long one stay apart.
fn charts(context: &Context<'_>, found: &Diarization) -> Vec<Block> {
    let whole = context.whole();
    let count = (whole.length().micros() / CHART.micros()).clamp(1, MAX_CHARTS);
    let border = |index: i64| ClipTime::from_micros(whole.length().micros() * index / count);
    let chart = |index: i64| {
        let span = Span::clamped(border(index), border(index + 1));
        let rows = found.speakers.iter().filter_map(|speaker| {
            let own = found.within(span).filter(|turn| turn.speaker == speaker.id);
            let turns = own.map(|turn| TurnMark { span: turn.span, doubtful: !turn.doubts.is_empty() }).collect();
            Some(TurnRow { speaker: context.tag(Some(speaker.id))?, turns })
        });
        let caption = (index + 1 == count).then(|| context.messages.turns_caption.to_owned());
        Block::Turns(TurnChart { span, rows: rows.collect(), caption })
    };
    (0..count).map(chart).collect()
}

//! The voice itself: what is usual of each measure for a speaker, and the values of every utterance.

use super::{Context, caution, whole_file};
use crate::messages::VoiceGroup;
use crate::text::{clock, fixed, hertz};
use crate::tree::{Block, Cell, Fold, Table};
use voiceman_base::{
    AcousticFeatures, Measured, SpeakerId, UndefinedReason, Usual, UtteranceAcoustics, VoiceMeasure, VoiceQuantity,
};

/// Most speakers beside each other in one table, so that it fits on a page.
const MAX_BESIDE: usize = 4;

/// Most rows of a table of utterances, so that pages of long recordings stay readable; files have them all.
const MAX_UTTERANCES: usize = 300;

/// The table of utterances that a quantity stands in.
fn group(quantity: VoiceQuantity) -> VoiceGroup {
    match quantity.gate() {
        VoiceMeasure::Jitter | VoiceMeasure::Shimmer => VoiceGroup::Periods,
        VoiceMeasure::Formant1 | VoiceMeasure::Formant2 | VoiceMeasure::Formant3 | VoiceMeasure::Formant4 => {
            VoiceGroup::Formants
        }
        _ => VoiceGroup::Spectrum,
    }
}

/// Someone whose voice was measured, or all of a recording whose speakers were not told apart.
struct Voice<'a> {
    label: String,
    speaker: Option<SpeakerId>,
    utterances: Vec<&'a UtteranceAcoustics>,
}

impl Voice<'_> {
    fn usual(&self, quantity: VoiceQuantity) -> Measured<Usual> {
        Usual::of(self.utterances.iter().map(|utterance| quantity.of(&utterance.voice)))
    }
}

pub(super) fn blocks(context: &Context<'_>, features: &AcousticFeatures) -> Vec<Block> {
    let messages = context.messages.voice;
    if features.utterances.is_empty() {
        return Vec::new();
    }
    let voices = voices(context, features);
    let mut blocks = vec![
        Block::Heading(messages.heading.to_owned()),
        Block::Statements(vec![
            whole_file(messages.about),
            caution(whole_file(messages.no_norms)),
            caution(whole_file(messages.differences)),
            whole_file(messages.in_files),
        ]),
    ];
    blocks.extend(voices.chunks(MAX_BESIDE).map(|beside| Block::Table(chief_table(context, beside))));
    blocks.extend(voices.iter().map(|voice| {
        Block::Fold(Fold {
            summary: (messages.fold_speaker)(&voice.label),
            blocks: vec![Block::Table(full_table(context, voice))],
        })
    }));
    // Quantities of one table stand beside each other in the order in which all are shown.
    blocks.extend(VoiceQuantity::ALL.chunk_by(|one, next| group(*one) == group(*next)).map(|quantities| {
        Block::Fold(Fold {
            summary: (messages.fold_utterances)(group(quantities[0]), features.utterances.len()),
            blocks: utterances(context, features, quantities),
        })
    }));
    blocks
}

fn voices<'a>(context: &Context<'_>, features: &'a AcousticFeatures) -> Vec<Voice<'a>> {
    let of = |speaker: Option<SpeakerId>| {
        let own = features.utterances.iter().filter(|utterance| speaker.is_none() || utterance.speaker == speaker);
        own.collect()
    };
    let speakers = features.speakers.iter().map(|own| Voice {
        label: own.speaker.to_string(),
        speaker: Some(own.speaker),
        utterances: of(Some(own.speaker)),
    });
    let voices: Vec<_> = speakers.collect();
    if !voices.is_empty() {
        return voices;
    }
    vec![Voice { label: context.messages.usual_of_recording.to_owned(), speaker: None, utterances: of(None) }]
}

/// A value in the unit of its name in the report.
pub(crate) fn shown(quantity: VoiceQuantity, value: f64) -> String {
    match quantity {
        VoiceQuantity::JitterLocal
        | VoiceQuantity::JitterRap
        | VoiceQuantity::JitterPpq5
        | VoiceQuantity::ShimmerLocal
        | VoiceQuantity::ShimmerApq3
        | VoiceQuantity::ShimmerApq5
        | VoiceQuantity::ShimmerApq11 => fixed(100.0 * value, 2),
        VoiceQuantity::JitterAbsolute => fixed(1e3 * value, 1),
        VoiceQuantity::ShimmerLocalDb => fixed(value, 2),
        VoiceQuantity::Harmonicity
        | VoiceQuantity::Prominence
        | VoiceQuantity::FirstHarmonics
        | VoiceQuantity::Tilt
        | VoiceQuantity::AlphaRatio
        | VoiceQuantity::Hammarberg => fixed(value, 1),
        VoiceQuantity::F1Median
        | VoiceQuantity::F2Median
        | VoiceQuantity::F3Median
        | VoiceQuantity::F4Median
        | VoiceQuantity::F1Mean
        | VoiceQuantity::F2Mean
        | VoiceQuantity::F3Mean
        | VoiceQuantity::F4Mean
        | VoiceQuantity::Centroid => fixed(value, 0),
    }
}

/// Median and deviation.
fn middle(quantity: VoiceQuantity, usual: Usual) -> Cell {
    Cell::number(format!("{} ± {}", shown(quantity, usual.median), shown(quantity, usual.deviation)))
}

/// What stands against a value: what the quality gate found and what it asks for, where that is the reason.
fn against(context: &Context<'_>, speaker: Option<SpeakerId>, quantity: VoiceQuantity, why: UndefinedReason) -> Cell {
    let found = context.analysis.quality.as_ref().and_then(|quality| {
        let own = speaker.and_then(|speaker| quality.speakers.iter().find(|own| own.speaker == speaker));
        let verdicts = own.map_or(&quality.verdicts, |own| &own.verdicts);
        let verdict = verdicts.iter().find(|verdict| verdict.measure == quantity.gate())?;
        verdict.obstacles.iter().find(|obstacle| obstacle.reason() == why)
    });
    Cell::reason(match found {
        Some(obstacle) => (context.messages.quality.obstacle)(obstacle),
        None => (context.messages.undefined)(why).to_owned(),
    })
}

fn chief_table(context: &Context<'_>, voices: &[Voice<'_>]) -> Table {
    let messages = context.messages.voice;
    let mut head = vec![messages.measure.to_owned()];
    head.extend(voices.iter().map(|voice| voice.label.clone()));
    head.push(messages.meaning.to_owned());
    let rows = VoiceQuantity::CHIEF.iter().map(|&quantity| {
        let mut row = vec![Cell::text((messages.name)(quantity))];
        row.extend(voices.iter().map(|voice| match voice.usual(quantity) {
            Measured::Value(usual) => middle(quantity, usual),
            Measured::Undefined(why) => against(context, voice.speaker, quantity, why),
        }));
        row.push(Cell::text((messages.explained)(quantity)));
        row
    });
    Table { caption: messages.caption.to_owned(), head, rows: rows.collect() }
}

fn full_table(context: &Context<'_>, voice: &Voice<'_>) -> Table {
    let messages = context.messages.voice;
    let ceiling = voice.utterances.first().map(|utterance| hertz(utterance.voice.formant_ceiling)).unwrap_or_default();
    let rows = VoiceQuantity::ALL.iter().map(|&quantity| {
        let mut values: Vec<(f64, &UtteranceAcoustics)> = Vec::new();
        for utterance in &voice.utterances {
            values.extend(quantity.of(&utterance.voice).value().map(|value| (value, *utterance)));
        }
        let extreme = |found: Option<&(f64, &UtteranceAcoustics)>| match found {
            Some((value, utterance)) => {
                let place = context.place(utterance.span, Some(utterance.utterance), &[]);
                let time = clock(utterance.span.start());
                Cell::number(format!("{} ({time})", shown(quantity, *value))).at(place)
            }
            None => Cell::text("–"),
        };
        let by_value =
            |one: &&(f64, &UtteranceAcoustics), other: &&(f64, &UtteranceAcoustics)| one.0.total_cmp(&other.0);
        vec![
            Cell::text((messages.name)(quantity)),
            match voice.usual(quantity) {
                Measured::Value(usual) => middle(quantity, usual),
                Measured::Undefined(why) => against(context, voice.speaker, quantity, why),
            },
            Cell::number((messages.of_utterances)(
                u32::try_from(values.len()).unwrap_or(u32::MAX),
                voice.utterances.len(),
            )),
            extreme(values.iter().min_by(by_value)),
            extreme(values.iter().max_by(by_value)),
            Cell::text((messages.explained)(quantity)),
        ]
    });
    Table {
        caption: (messages.speaker_caption)(&voice.label, &ceiling),
        head: [messages.measure, messages.usual, messages.rests_on, messages.least, messages.most, messages.meaning]
            .map(str::to_owned)
            .to_vec(),
        rows: rows.collect(),
    }
}

/// A row an utterance, a column a quantity that at least one utterance has; reasons stand once, below.
fn utterances(context: &Context<'_>, features: &AcousticFeatures, quantities: &[VoiceQuantity]) -> Vec<Block> {
    let messages = context.messages.voice;
    let has = |quantity: &&VoiceQuantity| {
        features.utterances.iter().any(|utterance| quantity.of(&utterance.voice).value().is_some())
    };
    let (columns, empty): (Vec<VoiceQuantity>, Vec<VoiceQuantity>) =
        quantities.iter().partition(|quantity| has(quantity));
    let mut blocks = Vec::new();
    if columns.is_empty() {
        blocks.push(Block::Statements(vec![whole_file(messages.nothing)]));
    } else {
        // In the order in which a reader meets them.
        let mut reasons: Vec<UndefinedReason> = Vec::new();
        let mut rows = Vec::new();
        for utterance in features.utterances.iter().take(MAX_UTTERANCES) {
            let place = context.place(utterance.span, Some(utterance.utterance), &[]);
            let mut row = vec![Cell::number(clock(utterance.span.start())).at(place)];
            row.extend(Context::tag_cell(context.tag(utterance.speaker)));
            row.extend(columns.iter().map(|quantity| match quantity.of(&utterance.voice) {
                Measured::Value(value) => Cell::number(shown(*quantity, value)),
                Measured::Undefined(why) => {
                    if !reasons.contains(&why) {
                        reasons.push(why);
                    }
                    Cell::reason(format!("– {}", mark(&reasons, why)))
                }
            }));
            rows.push(row);
        }
        let mut head = vec![context.messages.start.to_owned()];
        head.extend(context.analysis.diarization.as_ref().map(|_| context.messages.speaker_label.to_owned()));
        head.extend(columns.iter().map(|quantity| (messages.short)(*quantity).to_owned()));
        blocks.push(Block::Table(Table { caption: String::new(), head, rows }));
        if !reasons.is_empty() {
            let marks =
                reasons.iter().map(|why| format!("{} {}", mark(&reasons, *why), (context.messages.undefined)(*why)));
            let marks: Vec<_> = marks.collect();
            blocks.push(Block::Statements(vec![whole_file(format!("{} {}.", messages.no_value, marks.join("; ")))]));
        }
    }
    if !columns.is_empty() && features.utterances.len() > MAX_UTTERANCES {
        let more = features.utterances.len() - MAX_UTTERANCES;
        blocks.push(Block::Statements(vec![whole_file((messages.more_utterances)(more))]));
    }
    blocks.extend(left_out(context, features, &empty));
    blocks
}

/// `(a)`, by the place of the reason among those given.
fn mark(reasons: &[UndefinedReason], why: UndefinedReason) -> String {
    let place = reasons.iter().position(|reason| *reason == why).unwrap_or_default();
    let letter = char::from_u32('a' as u32 + place as u32).unwrap_or('z');
    format!("({letter})")
}

/// Quantities that no utterance has, with the reason of most.
fn left_out(context: &Context<'_>, features: &AcousticFeatures, empty: &[VoiceQuantity]) -> Option<Block> {
    let messages = context.messages.voice;
    let reason = |quantity: &VoiceQuantity| {
        let all = features.utterances.iter().map(|utterance| quantity.of(&utterance.voice));
        match Usual::of(all) {
            Measured::Undefined(why) => why,
            // Not reached: these have no value anywhere.
            Measured::Value(_) => UndefinedReason::NoBaseline,
        }
    };
    let names = empty
        .iter()
        .map(|quantity| format!("{} ({})", (messages.name)(*quantity), (context.messages.undefined)(reason(quantity))));
    let names: Vec<_> = names.collect();
    (!names.is_empty()).then(|| Block::Statements(vec![whole_file((messages.left_out)(&names.join("; ")))]))
}

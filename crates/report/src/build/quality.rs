//! What the sound is like, what may be measured on it and of whom, and what stands against the rest.

use super::{Context, about, caution, whole_file};
use crate::messages::{QualityMessages, SoundProperty};
use crate::text::{clock, hertz, percent_to, unit};
use crate::tree::{Block, Cell, Statement, Table, VerdictRow, VerdictTable};
use voiceman_base::{
    ClipTime, Condition, Dropouts, Measured, Obstacle, Quality, QualityReason, RecordingQuality, SignalQuality,
    Verdict, VoiceMeasure,
};

pub(super) fn blocks(context: &Context<'_>) -> Vec<Block> {
    let Some(quality) = &context.analysis.quality else { return context.not_asked_for() };
    let words = context.messages.quality;
    let subjects = subjects(context, quality);
    let mut blocks = vec![Block::Statements(vec![whole_file(words.about_sound)]), Block::Table(sound(words, quality))];
    blocks.extend(lost(context, quality));
    blocks.push(Block::Statements(vec![whole_file(words.about_verdicts)]));
    blocks.push(Block::Table(speech(words, &subjects)));
    blocks.push(Block::Statements(vec![whole_file(words.net_speech_explained)]));
    blocks.push(Block::Verdicts(verdicts(words, &subjects)));
    let untold = untold(words, &quality.verdicts);
    if !untold.is_empty() {
        blocks.push(Block::Statements(untold));
    }
    blocks
}

/// How many measures may be taken, in a sentence.
pub(super) fn summary(context: &Context<'_>) -> Option<Statement> {
    let verdicts = &context.analysis.quality.as_ref()?.verdicts;
    let borne = verdicts.iter().filter(|verdict| verdict.bears()).count();
    Some(whole_file((context.messages.quality.bears_summary)(borne, verdicts.len())))
}

/// A warning where values are shown that the quality of the recording stands against.
pub(super) fn caution_on_values(context: &Context<'_>) -> Option<Block> {
    let words = context.messages.quality;
    let shown = [VoiceMeasure::Pitch, VoiceMeasure::Level, VoiceMeasure::SpeechRate];
    let verdicts = &context.analysis.quality.as_ref()?.verdicts;
    let against = verdicts.iter().filter(|verdict| shown.contains(&verdict.measure) && !verdict.bears());
    let names: Vec<_> = against.map(|verdict| (words.measure_name)(verdict.measure)).collect();
    (!names.is_empty())
        .then(|| Block::Statements(vec![caution(whole_file((words.shown_nonetheless)(&names.join(", "))))]))
}

/// Properties of the sound that have no value, with the reason.
pub(super) fn missing(context: &Context<'_>) -> Vec<(String, &'static str)> {
    let words = context.messages.quality;
    let Some(quality) = &context.analysis.quality else { return Vec::new() };
    let properties = properties(words, &quality.signal).into_iter();
    let missing = properties.filter_map(|(property, value)| match value {
        Quality::Value(_) => None,
        Quality::Undefined(why) => Some(((words.of_sound)((words.name_of)(property)), (words.reason)(why))),
    });
    missing.collect()
}

/// Someone of whom something may be measured, or the whole recording.
struct Subject<'a> {
    label: String,
    speech: Quality<ClipTime>,
    verdicts: &'a [Verdict],
}

impl Subject<'_> {
    fn verdict(&self, measure: VoiceMeasure) -> Option<&Verdict> {
        self.verdicts.iter().find(|verdict| verdict.measure == measure)
    }

    /// What may be measured, by measure.
    fn bears(&self) -> Vec<Option<bool>> {
        VoiceMeasure::ALL.iter().map(|measure| self.verdict(*measure).map(Verdict::bears)).collect()
    }
}

/// The whole recording, then the speakers by number.
fn subjects<'a>(context: &Context<'a>, quality: &'a RecordingQuality) -> Vec<Subject<'a>> {
    let whole = match &context.analysis.speech {
        Some(speech) if speech.is_empty() => Measured::Undefined(QualityReason::NoSpeech),
        Some(speech) => Measured::Value(speech.speech_time()),
        None => quality.signal.speech_time,
    };
    let whole = Subject {
        label: context.messages.quality.whole_recording.to_owned(),
        speech: whole,
        verdicts: &quality.verdicts,
    };
    let speakers = quality.speakers.iter().map(|speaker| Subject {
        label: speaker.speaker.to_string(),
        speech: Measured::Value(speaker.net_speech),
        verdicts: &speaker.verdicts,
    });
    std::iter::once(whole).chain(speakers).collect()
}

/// Every property with its value in words.
fn properties(words: &QualityMessages, signal: &SignalQuality) -> Vec<(SoundProperty, Quality<String>)> {
    let dbfs = |level: voiceman_base::Decibels| unit(level.value(), 1, "dBFS");
    let SignalQuality {
        peak_dbfs,
        dc_offset,
        clipped_share,
        bandwidth_hz,
        noise_floor_dbfs,
        speech_level_dbfs,
        speech_time,
        snr_db,
        dropouts,
        hum,
        fall_db_per_s,
        pause_rise_db,
    } = signal;
    vec![
        (SoundProperty::Bandwidth, bandwidth_hz.map(hertz)),
        (SoundProperty::Snr, snr_db.map(|ratio| unit(ratio.value(), 1, "dB"))),
        (SoundProperty::SpeechLevel, speech_level_dbfs.map(dbfs)),
        (SoundProperty::NoiseFloor, noise_floor_dbfs.map(dbfs)),
        (SoundProperty::SpeechTime, speech_time.map(clock)),
        (SoundProperty::Peak, peak_dbfs.map(dbfs)),
        (SoundProperty::Clipped, clipped_share.map(|share| (words.share_of_samples)(&percent_to(share, 3)))),
        (SoundProperty::Offset, dc_offset.map(|offset| (words.share_of_full_scale)(&percent_to(offset, 3)))),
        (
            SoundProperty::Dropouts,
            dropouts.clone().map(|lost| match lost.count {
                0 => words.no_dropouts.to_owned(),
                count => (words.dropouts)(count, &lost_time(words, &lost)),
            }),
        ),
        (SoundProperty::Hum, hum.map(|hum| (words.hum)(&hum))),
        (SoundProperty::Falls, fall_db_per_s.map(|fall| unit(fall.value(), 0, "dB/s"))),
        (SoundProperty::PauseRise, pause_rise_db.map(|rise| unit(rise.value(), 1, "dB"))),
    ]
}

fn sound(words: &QualityMessages, quality: &RecordingQuality) -> Table {
    let rows = properties(words, &quality.signal).into_iter().map(|(property, value)| {
        vec![
            Cell::text((words.name_of)(property)),
            match value {
                Quality::Value(text) => Cell::text(text),
                Quality::Undefined(why) => Cell::reason((words.not_measured)((words.reason)(why))),
            },
            Cell::text((words.meaning_of)(property)),
        ]
    });
    Table {
        caption: words.sound_caption.to_owned(),
        head: [words.property, words.value, words.meaning].map(str::to_owned).to_vec(),
        rows: rows.collect(),
    }
}

/// Where sound was lost.
fn lost(context: &Context<'_>, quality: &RecordingQuality) -> Option<Block> {
    let words = context.messages.quality;
    let Quality::Value(lost) = &quality.signal.dropouts else { return None };
    if lost.count == 0 {
        return None;
    }
    let mut kinds: Vec<_> = lost.first.iter().map(|one| one.kind).collect();
    kinds.sort_unstable();
    kinds.dedup();
    let kinds: Vec<_> = kinds.into_iter().map(words.dropout_kind).collect();
    let text = (words.dropouts_at)(lost.count, &lost_time(words, lost), &kinds.join("; "));
    let places = lost.first.iter().map(|one| context.place(one.span, None, &[])).collect();
    // As a caution with all that there are, of which the report lists the first.
    let mut statement = about(text, places);
    if let crate::tree::Evidence::Places { total, .. } = &mut statement.evidence {
        *total = (*total).max(usize::try_from(lost.count).unwrap_or(usize::MAX));
    }
    Some(Block::Statements(vec![caution(statement)]))
}

fn lost_time(words: &QualityMessages, lost: &Dropouts) -> String {
    (words.seconds)(lost.total.seconds(), 3)
}

fn speech(words: &QualityMessages, subjects: &[Subject<'_>]) -> Table {
    let rows = subjects.iter().map(|subject| {
        vec![
            Cell::text(&subject.label),
            match subject.speech {
                Quality::Value(time) => Cell::number(clock(time)),
                Quality::Undefined(why) => Cell::reason((words.not_measured)((words.reason)(why))),
            },
        ]
    });
    Table {
        caption: words.speech_caption.to_owned(),
        head: [words.whose, words.net_speech].map(str::to_owned).to_vec(),
        rows: rows.collect(),
    }
}

fn verdicts(words: &QualityMessages, subjects: &[Subject<'_>]) -> VerdictTable {
    // People with the same answers share a column: there are rarely more than three, however many speak.
    let mut groups: Vec<(Vec<Option<bool>>, Vec<&str>)> = Vec::new();
    for subject in subjects {
        let bears = subject.bears();
        match groups.iter_mut().find(|(known, _)| *known == bears) {
            Some((_, labels)) => labels.push(&subject.label),
            None => groups.push((bears, vec![&subject.label])),
        }
    }
    let rows = VoiceMeasure::ALL.iter().enumerate().map(|(index, measure)| VerdictRow {
        measure: (words.measure_name)(*measure).to_owned(),
        bears: groups.iter().map(|(bears, _)| bears.get(index).copied().flatten()).collect(),
        against: against(words, subjects, *measure),
    });
    VerdictTable {
        caption: words.verdicts_caption.to_owned(),
        whose: groups.iter().map(|(_, labels)| labels.join(", ")).collect(),
        rows: rows.collect(),
    }
}

/// What stands against a measure, each once; with whom it concerns where that is not everybody.
fn against(words: &QualityMessages, subjects: &[Subject<'_>], measure: VoiceMeasure) -> Vec<String> {
    let mut reasons: Vec<(&Obstacle, Vec<usize>)> = Vec::new();
    for (index, subject) in subjects.iter().enumerate() {
        for obstacle in subject.verdict(measure).iter().flat_map(|verdict| &verdict.obstacles) {
            match reasons.iter_mut().find(|(known, _)| alike(known, obstacle)) {
                Some((_, whose)) => whose.push(index),
                None => reasons.push((obstacle, vec![index])),
            }
        }
    }
    let text = |(obstacle, whose): (&Obstacle, Vec<usize>)| {
        let labels: Vec<_> =
            whose.iter().filter_map(|index| subjects.get(*index)).map(|subject| &*subject.label).collect();
        match obstacle {
            // How much each has stands in a table of its own.
            Obstacle::LittleSpeech { needed, .. } if labels.len() > 1 => {
                (words.little_speech)(&(words.seconds)(needed.seconds(), 0), &labels.join(", "))
            }
            _ if labels.len() == subjects.len() => (words.obstacle)(obstacle),
            _ => format!("{} ({})", (words.obstacle)(obstacle), labels.join(", ")),
        }
    };
    reasons.into_iter().map(text).collect()
}

/// Whether two obstacles are one, told of two people.
fn alike(one: &Obstacle, other: &Obstacle) -> bool {
    match (one, other) {
        (Obstacle::LittleSpeech { needed: one, .. }, Obstacle::LittleSpeech { needed: other, .. }) => one == other,
        _ => one == other,
    }
}

/// Hints that could not be had, with the measures that would have asked for them.
fn untold(words: &QualityMessages, verdicts: &[Verdict]) -> Vec<Statement> {
    let of = |condition: Condition| {
        let asking = verdicts.iter().filter_map(|verdict| {
            let untold = verdict.untold.iter().find(|untold| untold.condition == condition)?;
            Some((verdict.measure, untold.why))
        });
        let asking: Vec<_> = asking.collect();
        let why = asking.first()?.1;
        let names: Vec<_> = asking.iter().map(|(measure, _)| (words.measure_name)(*measure)).collect();
        Some(caution(whole_file((words.untold)((words.condition)(condition), (words.reason)(why), &names.join(", ")))))
    };
    [Condition::Reverberation, Condition::AutomaticGain].into_iter().filter_map(of).collect()
}

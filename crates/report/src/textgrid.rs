//! Speakers, utterances and words as tiers of a TextGrid, which Praat and other tools of phoneticians read. Long text format,
//! UTF-8; see `docs/formats/textgrid.md`.
//!
//! Invariant: the intervals of every tier follow each other without gap or overlap from 0 to the end of the recording, and
//! none is empty in time. Times are whole microseconds until they are written.

use crate::text::plain;
use voiceman_base::{
    AcousticFeatures, ArousalLabel, ChangedQuantity, ClipTime, EmotionAnalysis, EmotionLabel, Measured,
    RecordingAnalysis, Sounded, Span, Turn, TurnDoubt, UtteranceAcoustics,
};

/// A word that has a place but no length is shown this long, so that it is not lost.
const LEAST_MICROS: i64 = 1_000;

/// A stretch with its text.
struct Interval {
    start: i64,
    end: i64,
    text: String,
}

/// A tier per speaker with its turns, then `utterances` and `words` where there is a transcript, then pitch, level and
/// changes where acoustics was asked for, then what models of emotion said; nothing when nothing was asked for, or when there is no
/// sound or nobody to make a tier of.
pub fn textgrid(analysis: &RecordingAnalysis) -> Option<String> {
    let duration = analysis.source.duration.micros();
    let mut tiers: Vec<(String, Vec<Interval>)> = Vec::new();
    if let Some(diarization) = &analysis.diarization {
        for speaker in &diarization.speakers {
            let own = diarization.turns.iter().filter(|turn| turn.speaker == speaker.id);
            let turns = own.map(|turn| (turn.span, turn_text(turn))).collect();
            tiers.push((speaker.id.to_string(), tiled(turns, duration)));
        }
    }
    if let Some(transcript) = &analysis.transcript {
        let utterances =
            transcript.utterances.iter().map(|spoken| (spoken.utterance.span, plain(&spoken.utterance.text)));
        tiers.push(("utterances".to_owned(), tiled(utterances.collect(), duration)));
        let words = transcript.utterances.iter().flat_map(|spoken| &spoken.words);
        let timed = words.filter_map(|word| Some((word.timing.span()?, plain(&word.text))));
        tiers.push(("words".to_owned(), tiled(timed.collect(), duration)));
    }
    if let Some(features) = analysis.acoustics.as_ref().filter(|features| !features.utterances.is_empty()) {
        tiers.extend(acoustic_tiers(features, duration));
    }
    if let Some(emotion) = analysis.emotion.as_ref().filter(|emotion| !emotion.segments.is_empty()) {
        tiers.extend(emotion_tiers(emotion, duration));
    }
    (duration > 0 && !tiers.is_empty()).then(|| written(&tiers, duration))
}

/// Median pitch and level of every utterance, and the changes of voices, as they stand in `analysis.json`.
fn acoustic_tiers(features: &AcousticFeatures, duration: i64) -> [(String, Vec<Interval>); 3] {
    let labelled = |label: fn(&UtteranceAcoustics) -> String| {
        let labelled = features.utterances.iter().map(|of| (of.span, label(of)));
        tiled(labelled.collect(), duration)
    };
    let pitch = labelled(|of| {
        let (floor, ceiling) = (of.pitch_range.floor.value(), of.pitch_range.ceiling.value());
        format!("{} ({floor:.0}-{ceiling:.0} Hz)", value(of.f0_median.map(f64::from), "Hz"))
    });
    let level = labelled(|of| value(of.intensity.map(f64::from), "dB"));
    let changes = features.changes.iter().map(|change| {
        let speaker = change.speaker.map(|speaker| format!("{speaker} ")).unwrap_or_default();
        let over = match change.quantity {
            ChangedQuantity::Level => format!("+{:.1} dB", change.mean_deviation),
            ChangedQuantity::Pitch => format!("+{:.1} %", 100.0 * change.mean_deviation),
        };
        (change.span, format!("{speaker}{} {over}", change.quantity.code()))
    });
    let changes = tiled(changes.collect(), duration);
    [("f0_median_hz".to_owned(), pitch), ("intensity_db".to_owned(), level), ("changes".to_owned(), changes)]
}

/// What models of emotion say of arousal and of classes, with the probability, as they stand in `analysis.json`.
fn emotion_tiers(emotion: &EmotionAnalysis, duration: i64) -> [(String, Vec<Interval>); 2] {
    let labelled = |label: fn(&Sounded) -> String| {
        let labelled = emotion.segments.iter().map(|of| {
            let speaker = of.speaker.map(|speaker| format!("{speaker} ")).unwrap_or_default();
            let said = match &of.sounded {
                Measured::Value(sounded) => label(sounded),
                Measured::Undefined(reason) => reason.code().to_owned(),
            };
            (of.span, format!("{speaker}{said}"))
        });
        tiled(labelled.collect(), duration)
    };
    let arousal = labelled(|sounded| {
        let high = sounded.high_arousal.value();
        match sounded.arousal {
            ArousalLabel::High => format!("high {high:.2}"),
            ArousalLabel::Low => format!("low {:.2}", 1.0 - high),
            ArousalLabel::Undetermined => "undetermined".to_owned(),
        }
    });
    let class = labelled(|sounded| match sounded.label {
        EmotionLabel::Class(class) => format!("{} {:.2}", class.code(), sounded.confidence.value()),
        EmotionLabel::Undetermined => "undetermined".to_owned(),
    });
    [("model_arousal".to_owned(), arousal), ("model_class".to_owned(), class)]
}

fn value(value: Measured<f64>, unit: &str) -> String {
    match value {
        Measured::Value(value) => format!("{value:.1} {unit}"),
        Measured::Undefined(reason) => reason.code().to_owned(),
    }
}

/// The turn's number in `analysis.json`, and why it is doubtful.
fn turn_text(turn: &Turn) -> String {
    let doubts: Vec<_> = turn.doubts.iter().map(|doubt| doubt_code(*doubt)).collect();
    let doubts = if doubts.is_empty() { String::new() } else { format!(" ({})", doubts.join(", ")) };
    format!("turn {}{doubts}", turn.id.0)
}

fn doubt_code(doubt: TurnDoubt) -> &'static str {
    match doubt {
        TurnDoubt::Short => "short",
        TurnDoubt::NeverAlone => "never_alone",
        TurnDoubt::Close => "close",
    }
}

/// Intervals that tile `0..duration` from labelled stretches, which may overlap: an earlier one ends where the next begins,
/// and those that begin together share one interval. Stretches without text are left out.
fn tiled(mut labelled: Vec<(Span, String)>, duration: i64) -> Vec<Interval> {
    labelled.retain(|(_, text)| !text.is_empty());
    labelled.sort_by_key(|(span, _)| span.start());
    let mut kept: Vec<Interval> = Vec::new();
    for (span, text) in labelled {
        let within = |time: ClipTime| time.micros().clamp(0, duration);
        let start = within(span.start());
        let end = within(span.end()).max(start + LEAST_MICROS).min(duration);
        match kept.last_mut() {
            Some(previous) if previous.start == start => {
                previous.end = previous.end.max(end);
                previous.text = format!("{} / {text}", previous.text);
            }
            _ => {
                if let Some(previous) = kept.last_mut() {
                    previous.end = previous.end.min(start);
                }
                kept.push(Interval { start, end, text });
            }
        }
    }
    let mut tiles = Vec::with_capacity(2 * kept.len() + 1);
    let mut now = 0;
    let gap = |start, end| Interval { start, end, text: String::new() };
    for interval in kept.into_iter().filter(|interval| interval.start < interval.end) {
        if now < interval.start {
            tiles.push(gap(now, interval.start));
        }
        now = interval.end;
        tiles.push(interval);
    }
    if now < duration {
        tiles.push(gap(now, duration));
    }
    tiles
}

fn written(tiers: &[(String, Vec<Interval>)], duration: i64) -> String {
    let mut text = "File type = \"ooTextFile\"\nObject class = \"TextGrid\"\n\n".to_owned();
    let end = seconds(duration);
    text.push_str(&format!("xmin = 0\nxmax = {end}\ntiers? <exists>\nsize = {}\nitem []:\n", tiers.len()));
    for (number, (name, intervals)) in (1..).zip(tiers) {
        text.push_str(&format!(
            "    item [{number}]:\n        class = \"IntervalTier\"\n        name = {}\n",
            quoted(name)
        ));
        text.push_str(&format!("        xmin = 0\n        xmax = {end}\n"));
        text.push_str(&format!("        intervals: size = {}\n", intervals.len()));
        for (number, interval) in (1..).zip(intervals) {
            let (start, end) = (seconds(interval.start), seconds(interval.end));
            text.push_str(&format!(
                "        intervals [{number}]:\n            xmin = {start}\n            xmax = {end}\n"
            ));
            text.push_str(&format!("            text = {}\n", quoted(&interval.text)));
        }
    }
    text
}

/// Praat's only escape: a quotation mark is written twice.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

/// Exact decimals of whole microseconds.
fn seconds(micros: i64) -> String {
    let text = format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

//! Subtitle cues from utterances: what stands on the screen, from when to when. Rules in `docs/formats/subtitles.md`.
//!
//! Two things outrank all rules: no text is lost, and cues never overlap. Where speakers are known, no cue holds the words
//! of two, unless the recording ends before another cue could be shown.

use crate::spacing::joins;
use crate::text::plain;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};
use voiceman_base::{AlignedUtterance, ClipTime, SpeakerId};

/// Columns of a line: 42 Latin letters or 21 Hangul syllables, which are twice as wide.
pub(crate) const LINE_COLUMNS: usize = 42;
/// Lines of a cue.
pub(crate) const MAX_LINES: usize = 2;
/// A cue stands at least this long where the next one leaves room.
pub(crate) const SHORTEST_MS: i64 = 1_000;
/// A cue stands at most this long.
pub(crate) const LONGEST_MS: i64 = 7_000;
/// Between two cues, two frames at 25 frames a second, so that the eye sees the change.
pub(crate) const GAP_MS: i64 = 80;
/// Characters a second that people can read; a cue stands longer where there is room.
const CHARACTERS_A_SECOND: i64 = 20;
/// Cues that would start closer together than this cannot be told apart and become one; of two speakers, the later waits.
const LEAST_APART_MS: i64 = 200;
/// A silence from this length is a good place to part two cues.
const PAUSE_MS: i64 = 300;

/// One cue. Times in whole milliseconds, which is what subtitle files hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cue {
    pub start_ms: i64,
    pub end_ms: i64,
    /// One; more only at the very end of a recording.
    pub parts: Vec<Part>,
}

/// What one speaker says in a cue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    /// Who, if that is known.
    pub speaker: Option<SpeakerId>,
    /// One or two lines; more only where words came too fast to part them.
    pub lines: Vec<String>,
}

impl Cue {
    /// Lets the cue stand until `end_ms`, within what it may.
    fn stretch(&mut self, end_ms: i64, duration_ms: i64) {
        self.end_ms = self.end_ms.max(end_ms.min(duration_ms)).min(self.start_ms + LONGEST_MS);
    }
}

/// Where the name of the speaker stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Label {
    /// Before the text, in the first line, which has less room for it.
    InLine,
    /// Outside of the text.
    Apart,
}

impl Label {
    /// Columns that the name takes of the first line.
    fn columns(self, speaker: Option<SpeakerId>) -> usize {
        match (self, speaker) {
            (Label::InLine, Some(speaker)) => in_line(speaker).width(),
            _ => 0,
        }
    }
}

/// What stands before the text of a speaker.
pub(crate) fn in_line(speaker: SpeakerId) -> String {
    format!("{speaker}: ")
}

/// Words of one speaker that stand together.
#[derive(Clone, Debug)]
struct Group {
    speaker: Option<SpeakerId>,
    /// Columns that the name of the speaker takes of the first line.
    label: usize,
    units: Vec<Unit>,
}

/// A word or a piece of a very long one, with its time.
#[derive(Clone, Debug)]
struct Unit {
    text: String,
    joined: bool,
    start_ms: i64,
    end_ms: i64,
}

/// A word whose time may not be known.
struct Said {
    text: String,
    joined: bool,
    /// Start and end in milliseconds.
    times: Option<(i64, i64)>,
}

/// The cues of `utterances`, sorted and disjoint, within `[0, duration]`.
pub(crate) fn cues(utterances: &[AlignedUtterance], duration: ClipTime, label: Label) -> Vec<Cue> {
    let duration_ms = (duration.micros() / 1_000).max(1);
    let mut groups = Vec::new();
    for utterance in utterances {
        let label = label.columns(utterance.speaker);
        let mut parts = Vec::new();
        split(units(utterance, LINE_COLUMNS - label), label, &mut parts);
        groups.extend(parts.into_iter().map(|units| Group { speaker: utterance.speaker, label, units }));
    }
    if utterances.iter().any(|utterance| utterance.speaker.is_some()) {
        // Utterances of two speakers may overlap: their cues take turns.
        groups.sort_by_key(|group| group.units.first().map(|unit| unit.start_ms));
    }
    place(gather(groups), duration_ms)
}

/// The words of an utterance with times, those wider than `columns` cut. The text is the utterance's own.
fn units(spoken: &AlignedUtterance, columns: usize) -> Vec<Unit> {
    let span = spoken.utterance.span;
    let (first_ms, last_ms) = (span.start().micros() / 1_000, span.end().micros() / 1_000);
    let mut said: Vec<Said> = match joins(spoken) {
        Some(joined) if !spoken.words.is_empty() => spoken
            .words
            .iter()
            .zip(joined)
            .map(|(word, joined)| {
                let span = word.timing.span();
                let times = span.map(|span| (span.start().micros() / 1_000, span.end().micros() / 1_000));
                Said { text: plain(&word.text), joined, times }
            })
            .collect(),
        // The words do not add up to the text: the text is what was said, so its times are shared out.
        _ => plain(&spoken.utterance.text)
            .split(' ')
            .map(|text| Said { text: text.to_owned(), joined: false, times: None })
            .collect(),
    };
    said.retain(|said| !said.text.is_empty());
    let timed = spread(&said, first_ms, last_ms);
    let units = said.into_iter().zip(timed).flat_map(|(said, (start_ms, end_ms))| {
        cut(Unit { text: said.text, joined: said.joined, start_ms, end_ms }, columns)
    });
    units.collect()
}

/// Times for all words: known ones made non-decreasing, unknown ones shared out by length between their neighbours.
fn spread(words: &[Said], first_ms: i64, last_ms: i64) -> Vec<(i64, i64)> {
    let mut times = Vec::with_capacity(words.len());
    let mut now = first_ms;
    let mut index = 0;
    while index < words.len() {
        if let Some((start, end)) = words[index].times {
            let start = start.max(now);
            let end = end.max(start);
            times.push((start, end));
            now = end;
            index += 1;
            continue;
        }
        let until =
            words[index..].iter().position(|word| word.times.is_some()).map_or(words.len(), |offset| index + offset);
        let limit = words.get(until).and_then(|word| word.times).map_or(last_ms, |(start, _)| start).max(now);
        let total: usize = words[index..until].iter().map(|word| word.text.chars().count()).sum();
        let (from, mut passed) = (now, 0);
        for word in &words[index..until] {
            let share = |characters: usize| from + (limit - from) * characters as i64 / total.max(1) as i64;
            let start = share(passed);
            passed += word.text.chars().count();
            times.push((start, share(passed)));
        }
        now = limit;
        index = until;
    }
    times
}

/// A unit wider than `limit` columns in pieces that fit, never cut inside a letter: combining marks and the later letters of a
/// decomposed Hangul syllable have no width of their own and stay with what they belong to.
fn cut(unit: Unit, limit: usize) -> Vec<Unit> {
    if unit.text.width() <= limit {
        return vec![unit];
    }
    let mut pieces: Vec<String> = Vec::new();
    let mut width = 0;
    for character in unit.text.chars() {
        let columns = character.width().unwrap_or(0);
        match pieces.last_mut() {
            Some(piece) if columns == 0 || width + columns <= limit => piece.push(character),
            _ => {
                pieces.push(character.to_string());
                width = 0;
            }
        }
        width += columns;
    }
    let count = pieces.len() as i64;
    let share = |index: i64| unit.start_ms + (unit.end_ms - unit.start_ms) * index / count;
    let piece = |(index, text): (usize, String)| Unit {
        text,
        joined: if index == 0 { unit.joined } else { true },
        start_ms: share(index as i64),
        end_ms: share(index as i64 + 1),
    };
    pieces.into_iter().enumerate().map(piece).collect()
}

/// Parts `units` until each group can stand as one cue, at the best place near the middle.
fn split(units: Vec<Unit>, label: usize, groups: &mut Vec<Vec<Unit>>) {
    if units.is_empty() {
        return;
    }
    if units.len() == 1 || fits(&units, label) {
        groups.push(units);
        return;
    }
    let at = best_part(&units);
    let mut units = units;
    let rest = units.split_off(at);
    split(units, label, groups);
    split(rest, label, groups);
}

fn fits(units: &[Unit], label: usize) -> bool {
    let (Some(first), Some(last)) = (units.first(), units.last()) else { return true };
    last.end_ms - first.start_ms <= LONGEST_MS && lines(units, label).is_some()
}

/// Index before which to part: close to the middle, after punctuation or at a pause rather than inside a phrase.
fn best_part(units: &[Unit]) -> usize {
    let total: usize = units.iter().map(|unit| unit.text.width() + 1).sum();
    let mut passed = 0;
    let mut best = (f64::INFINITY, 1);
    for index in 1..units.len() {
        passed += units[index - 1].text.width() + 1;
        let share = passed as f64 / total as f64;
        // Parting far from the middle leaves crumbs; except where it cannot be helped.
        let distance = (share - 0.5).abs() * 2.0;
        let pause = units[index].start_ms - units[index - 1].end_ms >= PAUSE_MS;
        let cost = distance + if distance > 0.7 { 2.0 } else { 0.0 } - bonus(&units[index - 1].text, pause)
            + if units[index].joined { 1.0 } else { 0.0 };
        if cost < best.0 {
            best = (cost, index);
        }
    }
    best.1
}

/// How good a place is after `text`.
fn bonus(text: &str, pause: bool) -> f64 {
    let after = match text.chars().next_back() {
        Some('.' | '?' | '!' | '…' | '。' | '？' | '！') => 0.8,
        Some(',' | ';' | ':' | '、' | '，' | '–' | '—') => 0.4,
        _ => 0.0,
    };
    after + if pause { 0.4 } else { 0.0 }
}

fn join(units: &[Unit]) -> String {
    let mut text = String::new();
    for unit in units {
        if !text.is_empty() && !unit.joined {
            text.push(' ');
        }
        text.push_str(&unit.text);
    }
    text
}

/// One line, or two of like length, if the text fits; the first has `label` columns less room.
fn lines(units: &[Unit], label: usize) -> Option<Vec<String>> {
    let whole = join(units);
    if label + whole.width() <= LINE_COLUMNS {
        return Some(vec![whole]);
    }
    if label + whole.width() > MAX_LINES * LINE_COLUMNS + 1 {
        return None;
    }
    let breaks = (1..units.len()).filter_map(|index| {
        let (upper, lower) = (join(&units[..index]), join(&units[index..]));
        let (up, low) = (label + upper.width(), lower.width());
        (up <= LINE_COLUMNS && low <= LINE_COLUMNS).then(|| {
            let cost = up.abs_diff(low) as f64 / LINE_COLUMNS as f64 - bonus(&units[index - 1].text, false)
                + if units[index].joined { 1.0 } else { 0.0 };
            (cost, vec![upper, lower])
        })
    });
    breaks.min_by(|one, other| one.0.total_cmp(&other.0)).map(|(_, lines)| lines)
}

/// Puts a group that the next one of the same speaker follows too soon together with it, where both fit one cue: quick
/// exchanges would otherwise flash by.
fn gather(groups: Vec<Group>) -> Vec<Group> {
    let mut gathered: Vec<Group> = Vec::with_capacity(groups.len());
    for group in groups {
        if let Some(previous) = gathered.last_mut()
            && previous.speaker == group.speaker
            && let (Some(first), Some(next)) = (previous.units.first(), group.units.first())
            && next.start_ms - GAP_MS - first.start_ms < SHORTEST_MS
        {
            let together = [previous.units.as_slice(), group.units.as_slice()].concat();
            if fits(&together, group.label) {
                previous.units = together;
                continue;
            }
        }
        gathered.push(group);
    }
    gathered
}

/// Gives each group its time on the screen.
fn place(groups: Vec<Group>, duration_ms: i64) -> Vec<Cue> {
    let last_start = (duration_ms - LEAST_APART_MS).max(0);
    let mut cues: Vec<Cue> = Vec::new();
    for Group { speaker, label, units } in groups {
        let (Some(first), Some(last)) = (units.first(), units.last()) else { continue };
        let lines = lines(&units, label).unwrap_or_else(|| vec![join(&units)]);
        let mut start_ms = first.start_ms.clamp(0, last_start);
        let mut end_ms = last.end_ms;
        if let Some(previous) = cues.last_mut() {
            let least = previous.start_ms + LEAST_APART_MS;
            let open = previous.parts.last_mut().filter(|part| part.speaker == speaker);
            match open {
                Some(part) if start_ms < least => {
                    part.lines.extend(lines);
                    previous.stretch(end_ms, duration_ms);
                    continue;
                }
                None if least > last_start => {
                    previous.parts.push(Part { speaker, lines });
                    previous.stretch(end_ms, duration_ms);
                    continue;
                }
                _ => {}
            }
            // Of two speakers who begin together, the later one is shown a moment late.
            start_ms = start_ms.max(least);
        }
        end_ms = end_ms.clamp(start_ms, duration_ms).min(start_ms + LONGEST_MS);
        cues.push(Cue { start_ms, end_ms, parts: vec![Part { speaker, lines }] });
    }
    for index in 0..cues.len() {
        let limit = cues.get(index + 1).map_or(duration_ms, |next| next.start_ms - GAP_MS);
        let cue = &mut cues[index];
        let lines = cue.parts.iter().flat_map(|part| &part.lines);
        let characters: usize = lines.map(|line| line.chars().count()).sum();
        let readable = (characters as i64 * 1_000 / CHARACTERS_A_SECOND).clamp(SHORTEST_MS, LONGEST_MS);
        let wanted = cue.end_ms.max(cue.start_ms + readable);
        cue.end_ms = wanted.min(limit).max(cue.start_ms + 1);
    }
    cues
}

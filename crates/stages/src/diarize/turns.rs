//! From pieces with speakers to turns and what they come to for each speaker.

use super::DiarizeSettings;
use super::pieces::{Piece, length};
use super::voice::Voice;
use std::ops::Range;
use voiceman_base::{
    ClipTime, Diarization, Measured, Span, Speaker, SpeakerBasis, SpeakerId, SpeakerNote, Turn, TurnDoubt, TurnId,
    UndefinedReason,
};

/// When frames are: they see more sound than lies between them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock {
    /// Samples from one frame to the next.
    pub(super) step: usize,
    /// Samples that a frame sees.
    pub(super) length: usize,
    pub(super) rate: u32,
    /// Length of the recording.
    pub(super) duration: ClipTime,
}

impl Clock {
    /// The sample with which the part of a frame begins that is its own: the middle of what it sees.
    pub(super) fn sample(&self, frame: usize) -> u64 {
        (frame * self.step + (self.length - self.step) / 2) as u64
    }

    pub(super) fn span(&self, frames: &Range<usize>) -> Span {
        // Sound before the first frame's own part is in that frame as well.
        let start = if frames.start == 0 { 0 } else { self.sample(frames.start) };
        let time = |sample| ClipTime::from_sample(sample, self.rate).min(self.duration);
        Span::clamped(time(start), time(self.sample(frames.end)))
    }

    /// The frame whose own part holds `time`.
    pub(super) fn frame(&self, time: ClipTime) -> usize {
        let before = (self.length - self.step) / 2;
        (time.to_sample(self.rate) as usize).saturating_sub(before) / self.step.max(1)
    }

    /// How long so many frames are, in seconds.
    pub(super) fn seconds(&self, frames: usize) -> f64 {
        (frames * self.step) as f64 / f64::from(self.rate)
    }
}

/// A piece with its speaker, and its voice where that could be described.
pub(super) struct Spoken<'a> {
    pub(super) piece: &'a Piece,
    pub(super) speaker: usize,
    pub(super) voice: Option<&'a Voice>,
    /// The same voice as it is described in all recordings.
    pub(super) compared: Option<&'a Voice>,
}

/// Turns and speakers of a recording. `spoken` is in time order; speakers are numbered without gaps.
pub(super) fn diarization(
    spoken: &[Spoken<'_>],
    basis: SpeakerBasis,
    notes: Vec<SpeakerNote>,
    clock: &Clock,
    settings: &DiarizeSettings,
) -> Diarization {
    let count = spoken.iter().map(|spoken| spoken.speaker + 1).max().unwrap_or(0);
    let of_speaker = |speaker: usize| spoken.iter().filter(move |own| own.speaker == speaker);
    let voices: Vec<Option<Voice>> =
        (0..count).map(|speaker| Voice::together(of_speaker(speaker).filter_map(|own| own.voice))).collect();
    let margin = Margins { voices: &voices, basis, settings };
    let pause = (settings.max_pause_s / clock.seconds(1)).round() as usize;
    let mut turns: Vec<Turn> = (0..count)
        .flat_map(|speaker| {
            let own: Vec<&Spoken<'_>> = spoken.iter().filter(|own| own.speaker == speaker).collect();
            turns_of(&own, pause).into_iter().map(|turn| margin.turn(&turn, clock)).collect::<Vec<Turn>>()
        })
        .filter(|turn| turn.span.length() > ClipTime::ZERO)
        .collect();
    turns.sort_by_key(|turn| (turn.span.start(), turn.speaker));
    // A speaker whose only turns were empty is none, so numbers follow the turns.
    let mut order: Vec<usize> = Vec::new();
    for (index, turn) in turns.iter_mut().enumerate() {
        let speaker = turn.speaker.0 as usize;
        let number = order.iter().position(|known| *known == speaker).unwrap_or_else(|| {
            order.push(speaker);
            order.len() - 1
        });
        (turn.id, turn.speaker) = (TurnId(index as u32), SpeakerId(number as u32));
    }
    let cohesion = |speaker: &usize| voices[*speaker].as_ref().and_then(|voice| voice.cohesion(settings));
    let cohesions: Vec<Option<f64>> = order.iter().map(cohesion).collect();
    let compared = |speaker: &usize| Voice::together(of_speaker(*speaker).filter_map(|own| own.compared));
    let directions = order.iter().map(|speaker| compared(speaker).map_or_else(Vec::new, |voice| voice.direction()));
    Diarization { basis, notes, speakers: speakers(&turns, &cohesions), voices: directions.collect(), turns }
}

/// Pieces of one speaker that follow each other without a long pause.
fn turns_of<'a, 'b>(own: &'b [&'a Spoken<'a>], pause: usize) -> Vec<Vec<&'b Spoken<'a>>> {
    let mut turns: Vec<(usize, Vec<&Spoken<'_>>)> = Vec::new();
    for spoken in own {
        let Some(range) = reach(spoken.piece) else { continue };
        match turns.last_mut() {
            Some((end, turn)) if range.start <= *end + pause => {
                *end = (*end).max(range.end);
                turn.push(spoken);
            }
            _ => turns.push((range.end, vec![spoken])),
        }
    }
    turns.into_iter().map(|(_, turn)| turn).collect()
}

/// From the first frame in which a piece talks to the last.
fn reach(piece: &Piece) -> Option<Range<usize>> {
    Some(piece.talking.first()?.start..piece.talking.last()?.end)
}

struct Margins<'a> {
    voices: &'a [Option<Voice>],
    basis: SpeakerBasis,
    settings: &'a DiarizeSettings,
}

impl Margins<'_> {
    fn turn(&self, spoken: &[&Spoken<'_>], clock: &Clock) -> Turn {
        let speaker = spoken.first().map_or(0, |spoken| spoken.speaker);
        let ranges = spoken.iter().filter_map(|spoken| reach(spoken.piece));
        let frames = ranges.reduce(|all, next| all.start.min(next.start)..all.end.max(next.end)).unwrap_or(0..0);
        let alone: usize = spoken.iter().map(|spoken| length(&spoken.piece.alone)).sum();
        let margin = self.margin(spoken);
        // A channel tells short turns apart as surely as long ones.
        let by_voice = self.basis == SpeakerBasis::Voices && self.voices.len() > 1;
        let doubts = [
            (TurnDoubt::Short, clock.seconds(alone) < self.settings.min_piece_s && by_voice),
            (TurnDoubt::NeverAlone, alone == 0),
            (TurnDoubt::Close, margin.value().is_some_and(|margin| margin < self.settings.close_margin)),
        ];
        Turn {
            id: TurnId(0),
            speaker: SpeakerId(speaker as u32),
            span: clock.span(&frames),
            margin,
            doubts: doubts.into_iter().filter(|(_, holds)| *holds).map(|(doubt, _)| doubt).collect(),
        }
    }

    /// Mean over the pieces, weighted by length, of how much closer each is to the rest of its speaker.
    fn margin(&self, spoken: &[&Spoken<'_>]) -> Measured<f64> {
        if self.voices.len() < 2 {
            return Measured::Undefined(UndefinedReason::OnlyOneSpeaker);
        }
        let (mut sum, mut weight) = (0.0, 0.0);
        for spoken in spoken {
            let (Some(voice), Some(own)) = (spoken.voice, self.voices[spoken.speaker].as_ref()) else { continue };
            let others = self.voices.iter().enumerate().filter(|(speaker, _)| *speaker != spoken.speaker);
            let others =
                others.filter_map(|(_, other)| other.as_ref()).map(|other| other.similarity(voice, self.settings));
            let Some(other) = others.reduce(f64::max) else { continue };
            let Some(own) = own.to_the_rest(voice, self.settings) else { continue };
            sum += voice.weight * (own - other);
            weight += voice.weight;
        }
        let known = weight > 0.0;
        Measured::from_option(known.then(|| sum / weight), UndefinedReason::TooLittleVoice)
    }
}

/// What the turns come to for each speaker.
pub(super) fn speakers(turns: &[Turn], cohesions: &[Option<f64>]) -> Vec<Speaker> {
    let spans =
        |speaker: usize| turns.iter().filter(move |turn| turn.speaker.0 as usize == speaker).map(|turn| turn.span);
    let all: ClipTime = turns.iter().map(|turn| turn.span.length()).sum();
    cohesions
        .iter()
        .enumerate()
        .map(|(speaker, cohesion)| {
            let speech: ClipTime = spans(speaker).map(Span::length).sum();
            let others = || turns.iter().filter(|turn| turn.speaker.0 as usize != speaker);
            Speaker {
                id: SpeakerId(speaker as u32),
                speech,
                overlapped: spans(speaker).map(|span| covered(span, others().map(|turn| turn.span))).sum(),
                share: speech.seconds() / all.seconds().max(f64::MIN_POSITIVE),
                turns: spans(speaker).count() as u32,
                interruptions: spans(speaker).filter(|span| others().any(|turn| interrupts(*span, turn.span))).count()
                    as u32,
                cohesion: Measured::from_option(*cohesion, UndefinedReason::TooLittleVoice),
            }
        })
        .collect()
}

/// The same, of speakers whose voices are not known.
#[cfg(test)]
pub(crate) fn speakers_of(turns: &[Turn], count: usize) -> Vec<Speaker> {
    speakers(turns, &vec![None; count])
}

/// How much of `span` is covered by `others`, which are sorted by their start and may overlap.
fn covered(span: Span, others: impl Iterator<Item = Span>) -> ClipTime {
    let mut total = ClipTime::ZERO;
    let mut reached = span.start();
    for common in others.filter_map(|other| other.intersection(span)) {
        if common.end() > reached {
            total = total + (common.end() - common.start().max(reached));
            reached = common.end();
        }
    }
    total
}

/// Whether `span` begins within `other` and goes on after it.
fn interrupts(span: Span, other: Span) -> bool {
    other.start() < span.start() && span.start() < other.end() && other.end() < span.end()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turn(speaker: u32, start: i64, end: i64) -> Turn {
        Turn {
            id: TurnId(0),
            speaker: SpeakerId(speaker),
            span: Span::clamped(ClipTime::from_millis(start), ClipTime::from_millis(end)),
            margin: Measured::Undefined(UndefinedReason::TooLittleVoice),
            doubts: Vec::new(),
        }
    }

    #[test]
    fn overlap_and_interruptions_are_counted_for_each_speaker() {
        let turns = [turn(0, 0, 5_000), turn(1, 4_000, 7_000), turn(0, 6_000, 6_500), turn(1, 9_000, 10_000)];
        let speakers = speakers(&turns, &[Some(0.6), None]);
        assert_eq!(speakers[0].speech, ClipTime::from_millis(5_500));
        assert_eq!(speakers[0].overlapped, ClipTime::from_millis(1_500));
        assert_eq!(speakers[1].overlapped, ClipTime::from_millis(1_500));
        assert_eq!((speakers[0].interruptions, speakers[1].interruptions), (0, 1));
        assert_eq!((speakers[0].turns, speakers[1].turns), (2, 2));
        assert!((speakers[0].share - 5.5 / 9.5).abs() < 1e-9);
        assert_eq!(speakers[1].cohesion, Measured::Undefined(UndefinedReason::TooLittleVoice));
    }

    #[test]
    fn frames_and_times_fit_together() {
        let clock = Clock { step: 270, length: 991, rate: 16_000, duration: ClipTime::from_millis(10_000) };
        for frame in [1, 2, 100, 588] {
            assert_eq!(clock.frame(clock.span(&(frame..frame + 1)).start()), frame);
        }
        assert_eq!(clock.span(&(0..600)), Span::clamped(ClipTime::ZERO, ClipTime::from_millis(10_000)));
    }
}

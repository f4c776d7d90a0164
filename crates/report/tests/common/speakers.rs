//! Who says it.

use super::millis;
use voiceman_base::{
    AlignedUtterance, Attribution, AttributionDoubt, BaselineOf, ClipTime, Diarization, Flag, Measured,
    RecordingAnalysis, Span, Speaker, SpeakerBasis, SpeakerId, SpeakerNote, Turn, TurnDoubt, TurnId, UndefinedReason,
};

/// Who says which line of six; the threats are all by the second speaker.
const SPEAKERS: [u32; 6] = [0, 1, 0, 1, 1, 0];

/// Two speakers over `lines`: a turn a line. The third of six lines begins while the one before it still runs, the fourth
/// is in a voice close to the other one, and the last is too short to tell.
pub fn diarization(lines: &[AlignedUtterance]) -> Diarization {
    let overlap = millis(250);
    let mut turns: Vec<Turn> = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        let before = turns.last().map(|turn| turn.span);
        let start = match before {
            Some(before) if index % 6 == 2 => before.end().saturating_sub(overlap),
            _ => line.utterance.span.start(),
        };
        let (margin, doubts) = match index % 6 {
            3 => (Measured::Value(0.031), vec![TurnDoubt::Close]),
            5 => (Measured::Undefined(UndefinedReason::TooLittleVoice), vec![TurnDoubt::Short]),
            _ => (Measured::Value(0.342), Vec::new()),
        };
        turns.push(Turn {
            id: TurnId(index as u32),
            speaker: SpeakerId(SPEAKERS[index % 6]),
            span: Span::clamped(start, line.utterance.span.end()),
            margin,
            doubts,
        });
    }
    let ids: std::collections::BTreeSet<SpeakerId> = turns.iter().map(|turn| turn.speaker).collect();
    let all: ClipTime = turns.iter().map(|turn| turn.span.length()).sum();
    let speaker = |id: SpeakerId| {
        let own: Vec<&Turn> = turns.iter().filter(|turn| turn.speaker == id).collect();
        let speech: ClipTime = own.iter().map(|turn| turn.span.length()).sum();
        let others = || turns.iter().filter(move |turn| turn.speaker != id);
        let common = |turn: &Turn| -> ClipTime {
            others().filter_map(|other| other.span.intersection(turn.span)).map(Span::length).sum()
        };
        let interrupts = |turn: &&&Turn| {
            let begins_in =
                |other: &Turn| other.span.start() < turn.span.start() && turn.span.start() < other.span.end();
            others().any(|other| begins_in(other) && other.span.end() < turn.span.end())
        };
        Speaker {
            id,
            speech,
            overlapped: own.iter().map(|turn| common(turn)).sum(),
            share: speech.seconds() / all.seconds().max(0.001),
            turns: own.len() as u32,
            interruptions: own.iter().filter(interrupts).count() as u32,
            cohesion: Measured::Value(0.71 - 0.06 * f64::from(id.0)),
        }
    };
    Diarization {
        basis: SpeakerBasis::Voices,
        notes: vec![SpeakerNote::NumberGiven],
        speakers: ids.iter().map(|id| speaker(*id)).collect(),
        voices: ids.iter().map(|id| vec![1.0 - id.0 as f32, id.0 as f32]).collect(),
        turns,
    }
}

/// Gives every line and its words to the speaker of its turn, with what is doubtful about it.
pub fn attribute(lines: &mut [AlignedUtterance], diarization: &Diarization) {
    for (index, (line, turn)) in lines.iter_mut().zip(&diarization.turns).enumerate() {
        line.speaker = Some(turn.speaker);
        for word in &mut line.words {
            let mut others = diarization.turns.iter().filter(|other| other.speaker != turn.speaker);
            let (margin, doubt) = match word.timing.span() {
                None => (0.0, Some(AttributionDoubt::Gap)),
                Some(span) if others.any(|other| other.span.intersection(span).is_some()) => {
                    (0.25, Some(AttributionDoubt::Overlap))
                }
                Some(_) if index % 6 == 3 => (1.0, Some(AttributionDoubt::Voice)),
                Some(_) => (1.0, None),
            };
            word.attribution = Some(Attribution { speaker: turn.speaker, margin, doubt });
        }
        let doubted = |doubt| line.words.iter().any(|word| word.attribution.is_some_and(|a| a.doubt == Some(doubt)));
        let flags = [(Flag::Overlap, AttributionDoubt::Overlap), (Flag::SpeakerUncertain, AttributionDoubt::Voice)];
        let held: Vec<_> = flags.into_iter().filter(|(_, doubt)| doubted(*doubt)).map(|(flag, _)| flag).collect();
        line.utterance.flags.extend(held);
    }
}

/// The analysis as it is where speakers were not asked for.
pub fn without_speakers(mut analysis: RecordingAnalysis) -> RecordingAnalysis {
    analysis.diarization = None;
    analysis.quality.iter_mut().for_each(|quality| quality.speakers.clear());
    for line in analysis.transcript.iter_mut().flat_map(|transcript| &mut transcript.utterances) {
        line.speaker = None;
        line.utterance.flags.retain(|flag| !matches!(flag, Flag::Overlap | Flag::SpeakerUncertain));
        line.words.iter_mut().for_each(|word| word.attribution = None);
    }
    if let Some(features) = &mut analysis.acoustics {
        features.speakers.clear();
        features.responses.clear();
        features.changes.iter_mut().for_each(|change| {
            change.speaker = None;
            change.baseline_of = BaselineOf::Recording;
        });
        features.utterances.iter_mut().for_each(|utterance| utterance.speaker = None);
    }
    let findings = analysis.findings.iter_mut().flatten().flat_map(|finding| &mut finding.evidence);
    for measure in findings.flat_map(|evidence| &mut evidence.measures) {
        measure.baseline_of = BaselineOf::Recording;
    }
    analysis
}

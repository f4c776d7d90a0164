//! Which stretches of speech are judged: turns, long ones cut where they are quietest.

use super::EmotionSettings;
use voiceman_base::{ClipTime, Diarization, EmotionReason, Span, SpeakerId, SpeechMap, TurnId};

/// A stretch before anything was measured on it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Stretch {
    pub(super) turn: Option<TurnId>,
    pub(super) speaker: Option<SpeakerId>,
    pub(super) span: Span,
}

/// Turns where speakers were told apart, otherwise stretches of speech; not cut yet.
pub(super) fn stretches(speech: &SpeechMap, diarization: Option<&Diarization>) -> Vec<Stretch> {
    match diarization {
        Some(found) => found
            .turns
            .iter()
            .map(|turn| Stretch { turn: Some(turn.id), speaker: Some(turn.speaker), span: turn.span })
            .collect(),
        None => {
            speech.regions().iter().map(|region| Stretch { turn: None, speaker: None, span: region.span }).collect()
        }
    }
}

/// Whether others talk in too much of `stretch`.
pub(super) fn is_overlapped(stretch: &Stretch, diarization: Option<&Diarization>, most: f64) -> bool {
    let Some(found) = diarization else { return false };
    let others = found.within(stretch.span).filter(|turn| Some(turn.speaker) != stretch.speaker);
    let shared: ClipTime = others.filter_map(|turn| turn.span.intersection(stretch.span)).map(Span::length).sum();
    shared.seconds() > most * stretch.span.length().seconds()
}

/// Where `span` is cut, given the sound of it at 16 kHz: pieces of the settings' lengths, each cut in the middle of the
/// quietest tenth of a second that leaves them so. Nothing is cut that is short enough.
pub(super) fn pieces(span: Span, samples: &[f32], settings: &EmotionSettings) -> Vec<Span> {
    const STEP: usize = 160;
    const WINDOW: usize = 10;
    let seconds = |steps: f64| (steps * 100.0) as usize;
    let (shortest, longest) = (seconds(settings.shortest_piece_s).max(WINDOW), seconds(settings.longest_piece_s));
    let energy: Vec<f64> =
        samples.chunks(STEP).map(|step| step.iter().map(|sample| f64::from(*sample).powi(2)).sum()).collect();
    let mut begin = 0;
    let mut found = Vec::new();
    let at = |step: usize| span.start() + ClipTime::from_sample((step * STEP) as u64, 16_000);
    while energy.len() - begin > longest {
        let last = (begin + longest).min(energy.len().saturating_sub(shortest));
        let quiet = |middle: &usize| -> f64 { energy[middle - WINDOW / 2..middle + WINDOW / 2].iter().sum() };
        let Some(cut) = (begin + shortest..=last).min_by(|a, b| quiet(a).total_cmp(&quiet(b))) else { break };
        found.push(Span::clamped(at(begin), at(cut)));
        begin = cut;
    }
    found.push(Span::clamped(at(begin), span.end()));
    found
}

/// Whether a piece of this length is judged.
pub(super) fn long_enough(span: Span, settings: &EmotionSettings) -> Result<(), EmotionReason> {
    if span.length().seconds() < settings.least_s { Err(EmotionReason::TooShort) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(start: f64, end: f64) -> Span {
        Span::clamped(ClipTime::from_seconds(start), ClipTime::from_seconds(end))
    }

    #[test]
    fn short_turns_stay_whole() {
        let settings = EmotionSettings::default();
        for seconds in [0.0, 0.5, 2.0, 9.9] {
            let samples = vec![0.1; (seconds * 16_000.0) as usize];
            assert_eq!(pieces(span(3.0, 3.0 + seconds), &samples, &settings), [span(3.0, 3.0 + seconds)]);
        }
    }

    #[test]
    fn long_turns_are_cut_in_pauses_into_pieces_that_meet() {
        let settings = EmotionSettings::default();
        let mut samples = vec![0.1_f32; 25 * 16_000];
        for pause in [6.0, 13.0, 20.0] {
            let at = (pause * 16_000.0) as usize;
            samples[at - 3_200..at + 3_200].fill(0.0);
        }
        let found = pieces(span(100.0, 125.0), &samples, &settings);
        assert!(found.windows(2).all(|two| two[0].end() == two[1].start()));
        assert_eq!(
            (found[0].start(), found.last().map(|last| last.end())),
            (span(100.0, 125.0).start(), Some(span(100.0, 125.0).end()))
        );
        for piece in &found {
            assert!((2.0..=10.0).contains(&piece.length().seconds()), "{piece:?}");
        }
        assert!((found[0].end().seconds() - 106.0).abs() < 0.2);
    }

    #[test]
    fn constant_sound_is_cut_too() {
        let found = pieces(span(0.0, 60.0), &vec![0.0; 60 * 16_000], &EmotionSettings::default());
        assert!(found.iter().all(|piece| (2.0..=10.0).contains(&piece.length().seconds())));
    }
}

//! Places words without frames of their own between neighbours that have a place.

use voiceman_base::{ClipTime, Span, Timing, UntimedReason, Word};

/// Gives words for which no frame was found the room between the words around them, in equal parts. Where there is no
/// room, or no timed word on one side, they stay untimed.
pub(super) fn interpolate(words: &mut [Word]) {
    let mut start = 0;
    while start < words.len() {
        let length = words[start..].iter().take_while(|word| has_no_frames(word)).count();
        if length == 0 {
            start += 1;
            continue;
        }
        let before = start.checked_sub(1).and_then(|index| words[index].timing.span());
        let after = words.get(start + length).and_then(|word| word.timing.span());
        if let (Some(before), Some(after)) = (before, after) {
            share(&mut words[start..start + length], before.end(), after.start());
        }
        start += length;
    }
}

fn has_no_frames(word: &Word) -> bool {
    matches!(word.timing, Timing::Untimed { why: UntimedReason::NoFrames })
}

fn share(words: &mut [Word], from: ClipTime, to: ClipTime) {
    let (room, count) = ((to - from).micros(), words.len() as i64);
    if room < count {
        return;
    }
    let at = |index: i64| from + ClipTime::from_micros(room * index / count);
    for (index, word) in (0..).zip(words) {
        word.timing = Timing::Interpolated { span: Span::clamped(at(index), at(index + 1)) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use voiceman_base::{Prob, WordId};

    fn aligned(start: i64, end: i64) -> Timing {
        let span = Span::clamped(ClipTime::from_millis(start), ClipTime::from_millis(end));
        Timing::Aligned { span, score: Prob::ONE }
    }

    fn interpolated(start: i64, end: i64) -> Timing {
        Timing::Interpolated { span: Span::clamped(ClipTime::from_millis(start), ClipTime::from_millis(end)) }
    }

    const NOWHERE: Timing = Timing::Untimed { why: UntimedReason::NoFrames };

    fn after_interpolation(timings: &[Timing]) -> Vec<Timing> {
        let word = |(id, timing): (usize, &Timing)| Word {
            id: WordId(id as u32),
            text: "word".to_owned(),
            timing: *timing,
            confidence: Prob::ONE,
            attribution: None,
        };
        let mut words: Vec<Word> = timings.iter().enumerate().map(word).collect();
        interpolate(&mut words);
        words.into_iter().map(|word| word.timing).collect()
    }

    #[test]
    fn words_share_the_room_between_their_neighbours() {
        let found = after_interpolation(&[aligned(0, 100), NOWHERE, NOWHERE, aligned(300, 400)]);
        assert_eq!(found[1..3], [interpolated(100, 200), interpolated(200, 300)]);
    }

    #[test]
    fn without_room_or_without_a_neighbour_a_word_stays_untimed() {
        let found = after_interpolation(&[NOWHERE, aligned(0, 100), NOWHERE, aligned(100, 200), NOWHERE]);
        assert_eq!([found[0], found[2], found[4]], [NOWHERE; 3]);
    }

    #[test]
    fn a_word_outside_speech_is_not_placed() {
        let outside = Timing::Untimed { why: UntimedReason::OutsideSpeech };
        assert_eq!(after_interpolation(&[aligned(0, 100), outside, aligned(300, 400)])[1], outside);
    }
}

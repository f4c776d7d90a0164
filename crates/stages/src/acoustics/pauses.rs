//! Silences between words.

use voiceman_base::{ClipTime, Pause, Span, Word};

/// Silences of at least `shortest` between neighbouring words that both have a time.
///
/// Next to a word without a time nothing can be said, because it fills part of the gap.
pub(crate) fn pauses(words: &[Word], shortest: ClipTime) -> Vec<Pause> {
    let gap = |pair: &[Word]| {
        let (before, after) = (pair[0].timing.span()?, pair[1].timing.span()?);
        let span = Span::new(before.end(), after.start()).ok()?;
        (span.length() >= shortest).then_some(Pause { span })
    };
    words.windows(2).filter_map(gap).collect()
}

/// How long somebody speaks in `span`: its length without the pauses in it.
pub(crate) fn speaking_time(span: Span, pauses: &[Pause]) -> ClipTime {
    let silent = pauses.iter().filter_map(|pause| pause.span.intersection(span)).map(Span::length).sum();
    span.length().saturating_sub(silent)
}

#[cfg(test)]
mod tests {
    use super::*;
    use voiceman_base::{Prob, Timing, UntimedReason, WordId};

    fn word(times: Option<(i64, i64)>) -> Word {
        let timing = match times {
            Some((start, end)) => Timing::Aligned {
                span: Span::clamped(ClipTime::from_millis(start), ClipTime::from_millis(end)),
                score: Prob::ONE,
            },
            None => Timing::Untimed { why: UntimedReason::NoFrames },
        };
        Word { id: WordId(0), text: "word".to_owned(), timing, confidence: Prob::ONE, attribution: None }
    }

    fn found(times: &[Option<(i64, i64)>]) -> Vec<(i64, i64)> {
        let words: Vec<Word> = times.iter().map(|times| word(*times)).collect();
        let millis = |time: ClipTime| time.micros() / 1_000;
        let found = pauses(&words, ClipTime::from_millis(300));
        found.iter().map(|pause| (millis(pause.span.start()), millis(pause.span.end()))).collect()
    }

    #[test]
    fn from_the_shortest_on() {
        assert_eq!(found(&[Some((0, 500)), Some((800, 900)), Some((1_199, 1_400))]), [(500, 800)]);
    }

    #[test]
    fn not_across_words_without_time_nor_backwards() {
        assert_eq!(found(&[Some((0, 500)), None, Some((2_000, 2_100))]), []);
        assert_eq!(found(&[Some((0, 2_500)), Some((2_000, 2_100))]), []);
        assert_eq!(found(&[]), []);
    }
}

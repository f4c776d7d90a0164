//! Utterances cut anew where the speaker changes.

use voiceman_base::{AlignedUtterance, ClipTime, Span, Utterance, Word};

/// The parts of `utterance` that one speaker says each, in order. An utterance of one speaker stays as it is.
pub(super) fn recut(utterance: &Utterance, words: Vec<Word>) -> Vec<AlignedUtterance> {
    let speaker = |word: &Word| word.attribution.map(|attribution| attribution.speaker);
    let parts: Vec<&[Word]> = words.chunk_by(|a, b| speaker(a) == speaker(b)).collect();
    if parts.len() < 2 {
        let speaker = words.first().and_then(speaker);
        return vec![AlignedUtterance { utterance: utterance.clone(), speaker, words }];
    }
    let texts = texts(&utterance.text, &parts);
    let spans = spans(utterance.span, &parts);
    let cut = parts.into_iter().zip(texts).zip(spans).map(|((part, text), span)| AlignedUtterance {
        // Its tokens are not known word by word any more.
        utterance: Utterance { span, text, tokens: Vec::new(), ..utterance.clone() },
        speaker: part.first().and_then(speaker),
        words: part.to_vec(),
    });
    cut.collect()
}

/// The text of each part, as it stands in `text`; from its words where they cannot be found there.
fn texts(text: &str, parts: &[&[Word]]) -> Vec<String> {
    let mut cut = Vec::with_capacity(parts.len());
    let mut at = 0;
    for part in parts {
        let begun = at;
        let mut first = None;
        for word in *part {
            let Some(found) = text.get(at..).and_then(|rest| rest.find(&word.text)) else {
                first = None;
                break;
            };
            first.get_or_insert(at + found);
            at += found + word.text.len();
        }
        match first.and_then(|first| text.get(first..at)) {
            Some(piece) => cut.push(piece.to_owned()),
            None => {
                at = begun;
                cut.push(part.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" "));
            }
        }
    }
    cut
}

/// When each part is: from its first word with a time to its last, the outer ends as they were.
fn spans(whole: Span, parts: &[&[Word]]) -> Vec<Span> {
    let last = parts.len() - 1;
    let mut reached = whole.start();
    let mut cut = Vec::with_capacity(parts.len());
    for (index, part) in parts.iter().enumerate() {
        let times = || part.iter().filter_map(|word| word.timing.span());
        let begins: Option<ClipTime> = times().map(Span::start).min();
        let ends: Option<ClipTime> = times().map(Span::end).max();
        let start = if index == 0 { whole.start() } else { begins.unwrap_or(reached) };
        let end = if index == last { whole.end() } else { ends.unwrap_or(start) };
        cut.push(Span::clamped(start, end));
        reached = end.max(start);
    }
    cut
}

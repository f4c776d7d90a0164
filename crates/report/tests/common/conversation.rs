//! What is said.

use super::{prob, span};
use voiceman_base::{AlignedUtterance, ClipTime, LanguageCode, Span, Timing, Utterance, UtteranceId, Word, WordId};

/// An utterance whose words are evenly spread over it.
pub fn spoken(id: u32, first_word: u32, language: LanguageCode, at: Span, text: &str) -> AlignedUtterance {
    let texts: Vec<&str> = text.split_whitespace().collect();
    let length = at.length().micros() / texts.len().max(1) as i64;
    let words = texts.iter().enumerate().map(|(index, text)| {
        let start = at.start() + ClipTime::from_micros(length * index as i64);
        Word {
            id: WordId(first_word + index as u32),
            text: (*text).to_owned(),
            timing: Timing::Aligned {
                span: Span::clamped(start, start + ClipTime::from_micros(length * 9 / 10)),
                score: prob(0.9),
            },
            confidence: prob(0.93),
            attribution: None,
        }
    });
    AlignedUtterance {
        words: words.collect(),
        utterance: Utterance {
            id: UtteranceId(id),
            span: at,
            text: text.to_owned(),
            tokens: Vec::new(),
            language,
            avg_logprob: -0.231_234_567_8,
            no_speech: prob(0.012),
            compression_ratio: 1.31,
            temperature: 0.0,
            flags: Vec::new(),
        },
        speaker: None,
    }
}

/// A conversation of `lines`, each from its start to its end in milliseconds.
pub fn conversation(language: LanguageCode, lines: &[(i64, i64, &str)]) -> Vec<AlignedUtterance> {
    let mut first_word = 0;
    let mut spoken_lines = Vec::new();
    for (id, (start, end, text)) in lines.iter().enumerate() {
        let line = spoken(id as u32, first_word, language, span(*start, *end), text);
        first_word += line.words.len() as u32;
        spoken_lines.push(line);
    }
    spoken_lines
}

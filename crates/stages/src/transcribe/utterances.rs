//! Cuts the text of a window into utterances: sentences, or stretches between pauses.

use super::compression::compression_ratio;
use super::vocabulary::Vocabulary;
use super::words::{WordTokens, split_words};
use super::{DoubtSettings, decode::Decoded};
use std::ops::Range;
use voiceman_base::{ClipTime, Flag, LanguageCode, Prob, Span, SpeechMap, Token, Utterance, UtteranceId};

/// A pause this long ends an utterance.
const PAUSE: ClipTime = ClipTime::from_millis(1_000);
/// A longer utterance is cut at its longest pause.
const LONGEST: ClipTime = ClipTime::from_millis(20_000);
/// Their full stop ends no sentence.
const ABBREVIATIONS: [&str; 12] =
    ["Mr.", "Mrs.", "Ms.", "Dr.", "St.", "Prof.", "vs.", "Nr.", "bzw.", "z.B.", "usw.", "No."];

/// A decoded window in the recording.
pub(super) struct DecodedWindow<'a> {
    /// Text and probabilities.
    pub(super) decoded: &'a Decoded,
    /// Place in the recording of each token, where it is known.
    pub(super) spans: &'a [Option<Span>],
    /// Hull of the window's pieces.
    pub(super) hull: Span,
    /// Language it was decoded in.
    pub(super) language: LanguageCode,
    /// Whether the window seemed to be in another language.
    pub(super) language_uncertain: bool,
    /// Probability that it holds no speech.
    pub(super) no_speech: f64,
}

impl DecodedWindow<'_> {
    /// Utterances in time order, numbered from `first_id`.
    pub(super) fn utterances(
        &self,
        vocabulary: &Vocabulary,
        speech: &SpeechMap,
        doubt: &DoubtSettings,
        first_id: u32,
    ) -> Vec<Utterance> {
        let words = split_words(&self.decoded.tokens, vocabulary, self.language);
        let mut cuts = Vec::new();
        self.cut(&words, 0..words.len(), &mut cuts);
        let utterances = cuts.into_iter().filter_map(|range| self.utterance(&words[range], vocabulary, speech, doubt));
        utterances.zip(first_id..).map(|(utterance, id)| Utterance { id: UtteranceId(id), ..utterance }).collect()
    }

    /// Place of a word: hull of the places of its tokens.
    fn place(&self, word: &WordTokens) -> Option<Span> {
        self.spans.get(word.core.clone())?.iter().flatten().copied().reduce(Span::hull)
    }

    /// Cuts `range` after sentence ends and long pauses, and again while a part is too long.
    fn cut(&self, words: &[WordTokens], range: Range<usize>, cuts: &mut Vec<Range<usize>>) {
        let mut start = range.start;
        for index in range.clone() {
            let last = index + 1 == range.end;
            if last || ends_sentence(&words[index].text) || self.pause_after(words, index) >= PAUSE {
                self.cut_long(words, start..index + 1, cuts);
                start = index + 1;
            }
        }
    }

    fn cut_long(&self, words: &[WordTokens], range: Range<usize>, cuts: &mut Vec<Range<usize>>) {
        let timed = words[range.clone()].iter().filter_map(|word| self.place(word)).reduce(Span::hull);
        let too_long = timed.is_some_and(|span| span.length() > LONGEST);
        // The longest pause that leaves at least two words on both sides.
        let inner = range.start + 1..range.end.saturating_sub(2);
        match inner.max_by_key(|index| self.pause_after(words, *index)).filter(|_| too_long) {
            Some(index) => {
                self.cut_long(words, range.start..index + 1, cuts);
                self.cut_long(words, index + 1..range.end, cuts);
            }
            None => cuts.push(range),
        }
    }

    fn pause_after(&self, words: &[WordTokens], index: usize) -> ClipTime {
        let places = (self.place(&words[index]), words.get(index + 1).and_then(|word| self.place(word)));
        match places {
            (Some(this), Some(next)) => next.start().saturating_sub(this.end()),
            _ => ClipTime::ZERO,
        }
    }

    fn utterance(
        &self,
        words: &[WordTokens],
        vocabulary: &Vocabulary,
        speech: &SpeechMap,
        doubt: &DoubtSettings,
    ) -> Option<Utterance> {
        let range = words.first()?.tokens.start..words.last()?.tokens.end;
        let ids = &self.decoded.tokens[range.clone()];
        let text = vocabulary.decode(ids.iter().copied()).trim().to_owned();
        if text.is_empty() {
            return None;
        }
        let timed = words.iter().filter_map(|word| self.place(word)).reduce(Span::hull);
        let span = timed.unwrap_or(self.hull);
        let logprobs = &self.decoded.logprobs[range.clone()];
        let avg_logprob =
            logprobs.iter().map(|logprob| f64::from(*logprob)).sum::<f64>() / logprobs.len().max(1) as f64;
        let mut utterance = Utterance {
            id: UtteranceId(0),
            span,
            compression_ratio: compression_ratio(&text),
            text,
            tokens: range
                .map(|index| Token {
                    id: self.decoded.tokens[index],
                    logprob: self.decoded.logprobs[index],
                    span: self.spans.get(index).copied().flatten(),
                })
                .collect(),
            language: self.language,
            avg_logprob,
            no_speech: Prob::saturating(self.no_speech),
            temperature: self.decoded.temperature,
            flags: Vec::new(),
        };
        utterance.flags = flags(&utterance, words.len(), speech, doubt, self.language_uncertain);
        Some(utterance)
    }
}

/// Why a person should listen to `utterance`.
fn flags(
    utterance: &Utterance,
    words: usize,
    speech: &SpeechMap,
    doubt: &DoubtSettings,
    other_language: bool,
) -> Vec<Flag> {
    let length = utterance.span.length();
    let spoken = speech.speech_within(utterance.span).micros() as f64;
    let letters = utterance.text.chars().filter(|character| character.is_alphanumeric()).count() as f64;
    let seconds = length.seconds().max(0.02);
    let checks = [
        (Flag::OverSilence, spoken < doubt.min_speech_share * length.micros() as f64),
        (Flag::Loop, words > 3 && utterance.compression_ratio > doubt.max_compression_ratio),
        (Flag::TooFast, words > 3 && letters / seconds > doubt.max_letters_per_second(utterance.language)),
        (Flag::LowProbability, utterance.avg_logprob < doubt.min_avg_logprob),
        (Flag::LanguageUncertain, other_language),
    ];
    checks.into_iter().filter_map(|(flag, raised)| raised.then_some(flag)).collect()
}

fn ends_sentence(word: &str) -> bool {
    let bare = word.trim_end_matches(['"', '\'', '”', '’', ')', '」', '』']);
    bare.ends_with(['.', '?', '!', '…', '。', '？', '！']) && !ABBREVIATIONS.contains(&word)
}

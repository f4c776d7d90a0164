//! Word times: groups a transcript's tokens into words and gives each its place.
//!
//! The default evidence is the recogniser's own attention (see [`attention`]), already attached to the tokens.

pub mod attention;
mod interpolate;

use crate::settings::settings_digest;
use crate::transcribe::{Vocabulary, split_words};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use voiceman_base::{
    AlignedTranscript, AlignedUtterance, BatchShape, Bytes, ClipTime, Cost, Digest, Flag, Prob, Span, SpeechMap, Stage,
    StageError, StageIdentity, Timing, Token, Transcript, UntimedReason, Utterance, Watch, Word, WordId,
};

/// Name of the stage.
pub const STAGE: &str = "align";

/// Settings of word times; all change results.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AlignSettings {
    /// A word that would last longer is cut to this, in milliseconds: attention drifts into pauses.
    pub max_word_ms: u32,
}

impl Default for AlignSettings {
    fn default() -> AlignSettings {
        AlignSettings { max_word_ms: 2_000 }
    }
}

impl AlignSettings {
    /// Digest of the settings.
    pub fn digest(&self) -> Digest {
        settings_digest(self)
    }
}

/// What results of this stage depend on, told without reading the vocabulary, which belongs to the transcript's model.
pub fn identity(settings: &AlignSettings) -> StageIdentity {
    StageIdentity { id: STAGE, version: 2, settings: settings.digest(), models: Vec::new() }
}

/// What word times need of a recording.
pub struct AlignInput {
    /// What was said.
    pub transcript: Arc<Transcript>,
    /// Where someone speaks.
    pub speech: Arc<SpeechMap>,
}

/// The stage.
pub struct AlignStage {
    vocabulary: Arc<Vocabulary>,
    settings: AlignSettings,
}

impl AlignStage {
    /// A stage for tokens that `vocabulary` spells.
    pub fn new(vocabulary: Arc<Vocabulary>, settings: AlignSettings) -> AlignStage {
        AlignStage { vocabulary, settings }
    }

    fn aligned(&self, input: &AlignInput) -> AlignedTranscript {
        let mut next = 0;
        let utterances = input.transcript.utterances.iter().map(|utterance| {
            let mut words = self.words(utterance, &input.speech, &mut next);
            interpolate::interpolate(&mut words);
            let mut utterance = utterance.clone();
            if words.iter().any(|word| matches!(word.timing, Timing::Untimed { .. })) {
                utterance.flags.push(Flag::UntimedWords);
            }
            AlignedUtterance { utterance, speaker: None, words }
        });
        AlignedTranscript { utterances: utterances.collect(), language: input.transcript.language.clone() }
    }

    fn words(&self, utterance: &Utterance, speech: &SpeechMap, next: &mut u32) -> Vec<Word> {
        let ids: Vec<u32> = utterance.tokens.iter().map(|token| token.id).collect();
        let groups = split_words(&ids, &self.vocabulary, utterance.language);
        let groups = groups.into_iter().filter(|group| !group.text.is_empty());
        groups
            .map(|group| {
                let id = WordId(*next);
                *next += 1;
                let core = &utterance.tokens[group.core.clone()];
                Word {
                    id,
                    timing: self.timing(core, speech),
                    confidence: confidence(core),
                    text: group.text,
                    attribution: None,
                }
            })
            .collect()
    }

    fn timing(&self, tokens: &[Token], speech: &SpeechMap) -> Timing {
        let longest = ClipTime::from_millis(i64::from(self.settings.max_word_ms));
        let Some(span) = tokens.iter().filter_map(|token| token.span).reduce(Span::hull) else {
            return Timing::Untimed { why: UntimedReason::NoFrames };
        };
        let span = Span::clamped(span.start(), span.end().min(span.start() + longest));
        let spoken = speech.speech_within(span);
        if spoken == ClipTime::ZERO {
            return Timing::Untimed { why: UntimedReason::OutsideSpeech };
        }
        let timed = tokens.iter().filter(|token| token.span.is_some()).count();
        let score = Prob::saturating(timed as f64 / tokens.len().max(1) as f64);
        Timing::Aligned { span, score }
    }
}

/// Geometric mean of the tokens' probabilities.
fn confidence(tokens: &[Token]) -> Prob {
    let mean = tokens.iter().map(|token| f64::from(token.logprob)).sum::<f64>() / tokens.len().max(1) as f64;
    Prob::saturating(mean.exp())
}

impl Stage for AlignStage {
    type Input = AlignInput;
    type Output = AlignedTranscript;

    fn identity(&self) -> StageIdentity {
        identity(&self.settings)
    }

    fn shape() -> BatchShape {
        BatchShape::recordings(Bytes::mebi(1))
    }

    fn cost(input: &AlignInput) -> Cost {
        let audio = input.transcript.utterances.last().map_or(ClipTime::ZERO, |utterance| utterance.span.end());
        Cost { items: 1, audio }
    }

    fn run(&mut self, batch: Vec<AlignInput>, _watch: &dyn Watch) -> Vec<Result<AlignedTranscript, StageError>> {
        batch.iter().map(|input| Ok(self.aligned(input))).collect()
    }
}

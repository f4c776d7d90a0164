//! Who said each word: where the transcript and the speakers meet.
//!
//! Every word goes to the speaker whose turns cover it best, but a sentence is not torn by one word: of all ways to give the
//! words of an utterance to speakers, the one is taken that leaves least of them uncovered for as few changes as possible
//! ([`path`]). Utterances are cut anew where the speaker changes.

mod path;
mod recut;
mod settings;

pub use settings::{AttributeSettings, AttributeSettingsError};

use path::{Candidate, cheapest};
use recut::recut;
use std::sync::Arc;
use voiceman_base::{
    AlignedTranscript, AlignedUtterance, Attribution, AttributionDoubt, BatchShape, Bytes, ClipTime, Cost, Diarization,
    Flag, Span, SpeakerId, Stage, StageError, StageIdentity, TurnDoubt, UtteranceId, Watch, Word,
};

/// Name of the stage.
pub const STAGE: &str = "attribute";

/// What results of this stage depend on.
pub fn identity(settings: &AttributeSettings) -> StageIdentity {
    StageIdentity { id: STAGE, version: 1, settings: settings.digest(), models: Vec::new() }
}

/// What attribution needs of a recording.
pub struct AttributeInput {
    /// Words with their times.
    pub transcript: Arc<AlignedTranscript>,
    /// Who speaks when.
    pub diarization: Arc<Diarization>,
}

/// The stage.
pub struct AttributeStage {
    settings: AttributeSettings,
}

impl AttributeStage {
    /// A stage with these settings.
    ///
    /// # Errors
    /// When a setting cannot be worked with.
    pub fn new(settings: AttributeSettings) -> Result<AttributeStage, AttributeSettingsError> {
        settings.check()?;
        Ok(AttributeStage { settings })
    }

    fn transcript(&self, input: &AttributeInput) -> AlignedTranscript {
        let mut utterances = Vec::with_capacity(input.transcript.utterances.len());
        for aligned in &input.transcript.utterances {
            let words = self.attributed(&aligned.words, &input.diarization);
            utterances.extend(recut(&aligned.utterance, words));
        }
        for (index, aligned) in utterances.iter_mut().enumerate() {
            aligned.utterance.id = UtteranceId(index as u32);
            self.flag(aligned);
        }
        AlignedTranscript { language: input.transcript.language.clone(), utterances }
    }

    /// The words of an utterance with their speakers.
    fn attributed(&self, words: &[Word], diarization: &Diarization) -> Vec<Word> {
        if diarization.speakers.is_empty() {
            return words.to_vec();
        }
        let heard: Vec<Heard> = words.iter().map(|word| self.hear(word, diarization)).collect();
        let mut speakers: Vec<SpeakerId> =
            heard.iter().flat_map(|heard| heard.shares.iter().map(|(speaker, _)| *speaker)).collect();
        speakers.sort_unstable();
        speakers.dedup();
        if speakers.is_empty() {
            return words.to_vec();
        }
        let candidates: Vec<Candidate> = heard
            .iter()
            .enumerate()
            .map(|(index, heard)| Candidate {
                seconds: heard.seconds,
                covered: speakers.iter().map(|speaker| heard.leaning(*speaker)).collect(),
                may_change: index > 0 && self.may_change(&words[index - 1], &words[index]),
            })
            .collect();
        let chosen = cheapest(&candidates, &self.settings);
        let attributed = words.iter().zip(&heard).zip(chosen).map(|((word, heard), speaker)| Word {
            attribution: Some(self.attribution(heard, speakers[speaker])),
            ..word.clone()
        });
        attributed.collect()
    }

    /// How much of a word each speaker covers.
    fn hear(&self, word: &Word, diarization: &Diarization) -> Heard {
        let Some(span) = word.timing.span() else { return Heard::default() };
        // The end of a word and its beginning are known to some hundredths of a second at best.
        let least = ClipTime::from_millis(40);
        let span = Span::clamped(span.start(), span.end().max(span.start() + least));
        let mut shares: Vec<(SpeakerId, f64)> = Vec::new();
        let mut doubtful = false;
        for turn in diarization.within(span) {
            let common = turn.span.intersection(span).map_or(ClipTime::ZERO, Span::length);
            let share = common.seconds() / span.length().seconds();
            doubtful |= turn.doubts.iter().any(|doubt| *doubt != TurnDoubt::Short);
            match shares.iter_mut().find(|(speaker, _)| *speaker == turn.speaker) {
                Some((_, known)) => *known = (*known + share).min(1.0),
                None => shares.push((turn.speaker, share)),
            }
        }
        let seconds = span.length().seconds();
        if shares.is_empty() {
            let near = self.nearest(span, diarization);
            return Heard {
                seconds,
                shares: near.map(|speaker| (speaker, 0.0)).into_iter().collect(),
                doubtful,
                gap: true,
            };
        }
        Heard { seconds, shares, doubtful, gap: false }
    }

    /// The speaker of the turn closest to `span`, if one is close enough.
    fn nearest(&self, span: Span, diarization: &Diarization) -> Option<SpeakerId> {
        let reach = ClipTime::from_seconds(self.settings.max_gap_s);
        let around = Span::clamped(span.start().saturating_sub(reach), span.end() + reach);
        let distance =
            |other: Span| other.start().saturating_sub(span.end()).max(span.start().saturating_sub(other.end()));
        diarization.within(around).min_by_key(|turn| distance(turn.span)).map(|turn| turn.speaker)
    }

    /// Whether a change of speaker is likely between two words: after the end of a sentence, and in a pause.
    fn may_change(&self, before: &Word, after: &Word) -> bool {
        let closes =
            before.text.trim_end_matches(['"', '\'', '”', '’', ')']).ends_with(['.', '?', '!', '…', '。', '？', '！']);
        let pause = before.timing.span().zip(after.timing.span()).map(|(before, after)| after.start() - before.end());
        closes || pause.is_some_and(|pause| pause.seconds() >= self.settings.pause_s)
    }

    fn attribution(&self, heard: &Heard, speaker: SpeakerId) -> Attribution {
        let own = heard.share(speaker);
        let other =
            heard.shares.iter().filter(|(known, _)| *known != speaker).map(|(_, share)| *share).fold(0.0, f64::max);
        let doubt = if heard.shares.is_empty() || heard.gap {
            Some(AttributionDoubt::Gap)
        } else if own >= self.settings.overlapped && other >= self.settings.overlapped {
            Some(AttributionDoubt::Overlap)
        } else if own - other < self.settings.sure_margin {
            Some(AttributionDoubt::Boundary)
        } else if heard.doubtful {
            Some(AttributionDoubt::Voice)
        } else {
            None
        };
        Attribution { speaker, margin: own - other, doubt }
    }

    fn flag(&self, aligned: &mut AlignedUtterance) {
        let doubts: Vec<Option<AttributionDoubt>> =
            aligned.words.iter().filter_map(|word| word.attribution).map(|attribution| attribution.doubt).collect();
        let overlapped = doubts.contains(&Some(AttributionDoubt::Overlap));
        let unsure =
            doubts.iter().filter(|doubt| doubt.is_some_and(|doubt| doubt != AttributionDoubt::Overlap)).count();
        let uncertain = unsure as f64 > self.settings.max_unsure * doubts.len() as f64;
        for (flag, holds) in [(Flag::Overlap, overlapped), (Flag::SpeakerUncertain, uncertain)] {
            if holds && !aligned.utterance.flags.contains(&flag) {
                aligned.utterance.flags.push(flag);
            }
        }
    }
}

/// A word as the speakers cover it.
#[derive(Default)]
struct Heard {
    /// Length; 0 where the word has no time.
    seconds: f64,
    /// Share of the word that each speaker covers, in `[0, 1]`.
    shares: Vec<(SpeakerId, f64)>,
    /// Whether a turn over it is itself doubtful.
    doubtful: bool,
    /// Whether nobody speaks there.
    gap: bool,
}

impl Heard {
    /// What speaks for `speaker`: the share that is covered, or half of it all for the closest one where nobody speaks.
    fn leaning(&self, speaker: SpeakerId) -> f64 {
        let close = self.gap && self.shares.iter().any(|(known, _)| *known == speaker);
        if close { 0.5 } else { self.share(speaker) }
    }

    fn share(&self, speaker: SpeakerId) -> f64 {
        self.shares.iter().find(|(known, _)| *known == speaker).map_or(0.0, |(_, share)| *share)
    }
}

impl Stage for AttributeStage {
    type Input = AttributeInput;
    type Output = AlignedTranscript;

    fn identity(&self) -> StageIdentity {
        identity(&self.settings)
    }

    fn shape() -> BatchShape {
        BatchShape::recordings(Bytes::mebi(8))
    }

    fn cost(input: &AttributeInput) -> Cost {
        let ends = input.transcript.utterances.iter().map(|aligned| aligned.utterance.span.end());
        Cost { items: 1, audio: ends.max().unwrap_or(ClipTime::ZERO) }
    }

    fn run(&mut self, batch: Vec<AttributeInput>, watch: &dyn Watch) -> Vec<Result<AlignedTranscript, StageError>> {
        let one = |input: &AttributeInput| {
            watch.check().map_err(|_| StageError::cancelled(STAGE))?;
            Ok(self.transcript(input))
        };
        batch.iter().map(one).collect()
    }
}

#[cfg(test)]
mod tests;

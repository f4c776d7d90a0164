//! Speech to text: packs speech into windows, lets a recogniser hear them in batches, decides the language by vote,
//! decodes, and cuts the texts into utterances with their place in the recording.

mod compression;
mod decode;
mod language;
mod network;
mod settings;
mod utterances;
mod vocabulary;
mod windows;
mod words;

pub use compression::compression_ratio;
pub use decode::{Biases, Decoded, Search};
pub use network::{Attention, FORBIDDEN, NetworkError, Step, WhisperNetwork};
pub use settings::{DoubtSettings, Fallback, TranscribeSettings};
pub use vocabulary::{SpecialTokens, Vocabulary};
pub use windows::{MAX_WINDOW, Window, pack};
pub use words::{WordTokens, split_words};

use crate::align::attention::{FRAMES_PER_SECOND, token_frames};
use language::Ballot;
use std::sync::Arc;
use utterances::DecodedWindow;
use voiceman_audio::{LogMel, MelFrontEnd, Mono16k};
use voiceman_base::{
    BatchShape, Bytes, ClipTime, Cost, LanguageCode, LanguageVote, ModelIdentity, Span, SpeechMap, Stage, StageError,
    StageErrorKind, StageIdentity, Transcript, Watch,
};

/// Name of the stage.
pub const STAGE: &str = "transcribe";

/// What results of this stage depend on, told without loading the model.
pub fn identity(settings: &TranscribeSettings, model: ModelIdentity) -> StageIdentity {
    StageIdentity { id: STAGE, version: 1, settings: settings.digest(), models: vec![model] }
}

/// What transcription needs of a recording.
pub struct TranscribeInput {
    /// The sound.
    pub audio: Arc<Mono16k>,
    /// Where someone speaks.
    pub speech: Arc<SpeechMap>,
}

/// The stage.
pub struct TranscribeStage<N> {
    network: N,
    vocabulary: Arc<Vocabulary>,
    settings: TranscribeSettings,
    front_end: MelFrontEnd,
    biases: Biases,
}

/// A heard window: its text and where its tokens lie.
struct Heard {
    decoded: Decoded,
    spans: Vec<Option<Span>>,
    no_speech: f64,
    language_uncertain: bool,
}

impl<N: WhisperNetwork> TranscribeStage<N> {
    /// A stage over `network`, whose tokens `vocabulary` spells.
    pub fn new(network: N, vocabulary: Arc<Vocabulary>, settings: TranscribeSettings) -> TranscribeStage<N> {
        let front_end = MelFrontEnd::new(network.mels());
        let biases = Biases::new(&vocabulary);
        TranscribeStage { network, vocabulary, settings, front_end, biases }
    }

    fn transcript(&mut self, input: &TranscribeInput, watch: &dyn Watch) -> Result<Transcript, StageError> {
        let windows = pack(&input.speech);
        if windows.is_empty() {
            return Ok(Transcript { language: LanguageVote::NoSpeech, utterances: Vec::new() });
        }
        let mut heard: Vec<Option<Heard>> = windows.iter().map(|_| None).collect();
        let mut vote = Ballot::given(&self.settings.languages, &self.vocabulary);
        let total = input.audio.duration();
        for batch in batches(windows.len(), self.settings.batch_windows as usize) {
            watch.check().map_err(|_| StageError::cancelled(STAGE))?;
            let chosen: Vec<&Window> = batch.iter().map(|index| &windows[*index]).collect();
            let results = self.hear(&input.audio, &chosen, &mut vote, watch)?;
            batch.iter().zip(results).for_each(|(index, result)| heard[*index] = Some(result));
            let done = windows.iter().zip(&heard).filter(|(_, heard)| heard.is_some());
            let done: ClipTime = done.map(|(window, _)| window.length()).sum();
            watch.progress(share(total, done, input.speech.speech_time()), total);
        }
        let language = vote.decided(&self.vocabulary);
        let mut utterances = Vec::new();
        for (window, heard) in windows.iter().zip(heard.iter().flatten()) {
            let decoded = DecodedWindow {
                decoded: &heard.decoded,
                spans: &heard.spans,
                hull: hull(window),
                language,
                language_uncertain: heard.language_uncertain,
                no_speech: heard.no_speech,
            };
            let first_id = utterances.len() as u32;
            utterances.extend(decoded.utterances(&self.vocabulary, &input.speech, &self.settings.doubt, first_id));
        }
        Ok(Transcript { language: vote.result(&self.vocabulary), utterances })
    }

    /// Encodes, votes (the first batch only), decodes and aligns one batch of windows.
    fn hear(
        &mut self,
        audio: &Mono16k,
        windows: &[&Window],
        vote: &mut Ballot,
        watch: &dyn Watch,
    ) -> Result<Vec<Heard>, StageError> {
        let spectra = windows.iter().map(|window| self.log_mel(audio, window)).collect::<Result<Vec<_>, _>>();
        let spectra = spectra.map_err(|error| StageError::new(STAGE, StageErrorKind::ReadSamples, error))?;
        let lengths: Vec<ClipTime> = windows.iter().map(|window| window.length()).collect();
        let heard = self.recognise(&spectra, &lengths, vote, watch);
        let (decoded, no_speech, other_language, frames) = heard.map_err(|error| {
            let kind = if watch.is_cancelled() { StageErrorKind::Cancelled } else { StageErrorKind::RunModel };
            let (first, last) = (windows.first(), windows.last());
            let span = first.zip(last).map(|(first, last)| hull(first).hull(hull(last)));
            let error = StageError::new(STAGE, kind, error);
            span.map_or_else(|| StageError { at: None, source: None, stage: STAGE, kind }, |span| error.at(span))
        })?;
        let results = decoded.into_iter().zip(no_speech).zip(other_language).zip(frames).zip(windows);
        Ok(results
            .map(|((((decoded, no_speech), language_uncertain), frames), window)| {
                let mut spans: Vec<Option<Span>> = frames.iter().map(|frames| token_span(window, *frames)).collect();
                spans.resize(decoded.tokens.len(), None);
                Heard { decoded, spans, no_speech, language_uncertain }
            })
            .collect())
    }

    #[expect(clippy::type_complexity, reason = "four parallel lists, taken apart at once by the only caller")]
    fn recognise(
        &mut self,
        spectra: &[LogMel],
        lengths: &[ClipTime],
        vote: &mut Ballot,
        watch: &dyn Watch,
    ) -> Result<(Vec<Decoded>, Vec<f64>, Vec<bool>, Vec<Vec<(usize, usize)>>), NetworkError> {
        let all: Vec<usize> = (0..spectra.len()).collect();
        let start = self.vocabulary.special.start_of_transcript;
        self.network.encode(spectra)?;
        watch.check()?;
        let tokens = vec![start; all.len()];
        let step =
            Step { windows: &all, parents: None, tokens: &tokens, sequences: all.len(), bias: self.biases.none() };
        let first = self.network.step(&step)?;
        let rows: Vec<&[f32]> = first.chunks_exact(self.vocabulary.len()).collect();
        let no_speech: Vec<f64> =
            rows.iter().map(|row| f64::from(row[self.vocabulary.special.no_speech as usize]).exp()).collect();
        let heard = vote.hear(&rows, lengths, &self.vocabulary);
        let language = vote.decided(&self.vocabulary);
        let other_language = heard.iter().map(|(code, share)| *code != language && *share > 0.5).collect();
        let mut prompt = vec![start];
        prompt.extend(self.vocabulary.prompt_after_start(language));
        let prompts = vec![prompt.clone(); all.len()];
        let max_tokens = (self.network.text_length() / 2).saturating_sub(prompt.len());
        let search =
            Search { vocabulary: &self.vocabulary, biases: &self.biases, settings: &self.settings, max_tokens };
        let decoded = search.decode(&mut self.network, &prompts, &no_speech, watch)?;
        let frames = self.align(&prompt, &decoded, lengths)?;
        Ok((decoded, no_speech, other_language, frames))
    }

    /// Frames of each token, from one pass over the finished texts.
    fn align(
        &mut self,
        prompt: &[u32],
        decoded: &[Decoded],
        lengths: &[ClipTime],
    ) -> Result<Vec<Vec<(usize, usize)>>, NetworkError> {
        if !self.network.can_align() {
            return Ok(vec![Vec::new(); decoded.len()]);
        }
        let end = self.vocabulary.special.end_of_text;
        let text =
            |decoded: &Decoded| prompt.iter().copied().chain(decoded.tokens.iter().copied()).chain([end]).collect();
        let texts: Vec<Vec<u32>> = decoded.iter().map(text).collect();
        let attention = self.network.attention(&texts)?;
        let frames = |length: &ClipTime| (length.seconds() * FRAMES_PER_SECOND).round() as usize;
        Ok(attention
            .iter()
            .zip(decoded)
            .zip(lengths)
            .map(|((attention, decoded), length)| {
                token_frames(attention, prompt.len(), decoded.tokens.len(), frames(length))
            })
            .collect())
    }

    fn log_mel(&self, audio: &Mono16k, window: &Window) -> std::io::Result<LogMel> {
        let mut samples = Vec::with_capacity(MAX_WINDOW.to_sample(Mono16k::RATE) as usize);
        for range in window.sample_ranges() {
            samples.extend(audio.read(range)?);
        }
        Ok(self.front_end.log_mel(&samples))
    }
}

impl<N: WhisperNetwork> Stage for TranscribeStage<N> {
    type Input = TranscribeInput;
    type Output = Transcript;

    fn identity(&self) -> StageIdentity {
        identity(&self.settings, self.network.identity())
    }

    fn shape() -> BatchShape {
        BatchShape { item: "window", default: 8, min: 1, max: 32, memory_per_item: Bytes::mebi(64) }
    }

    fn cost(input: &TranscribeInput) -> Cost {
        Cost { items: pack(&input.speech).len(), audio: input.audio.duration() }
    }

    fn run(&mut self, batch: Vec<TranscribeInput>, watch: &dyn Watch) -> Vec<Result<Transcript, StageError>> {
        batch.iter().map(|input| self.transcript(input, watch)).collect()
    }
}

/// Batches of window numbers. The first is spread over the whole recording, because it votes on the language; the
/// others follow in order.
fn batches(windows: usize, size: usize) -> Vec<Vec<usize>> {
    let size = size.max(1);
    let voters = windows.min(size);
    let first: Vec<usize> = (0..voters).map(|voter| voter * windows / voters.max(1)).collect();
    let rest: Vec<usize> = (0..windows).filter(|window| !first.contains(window)).collect();
    std::iter::once(first).chain(rest.chunks(size).map(<[usize]>::to_vec)).collect()
}

fn hull(window: &Window) -> Span {
    let (first, last) = (window.pieces.first(), window.pieces.last());
    first.zip(last).map_or(Span::clamped(ClipTime::ZERO, ClipTime::ZERO), |(first, last)| first.hull(*last))
}

/// Place of a token in the recording. A token that reaches over a gap between pieces lies in the piece that holds
/// more of it.
fn token_span(window: &Window, (first, end): (usize, usize)) -> Option<Span> {
    let time = |frame: usize| ClipTime::from_seconds(frame as f64 / FRAMES_PER_SECOND);
    if end <= first {
        return None;
    }
    let (first_piece, start) = window.to_recording(time(first), false);
    let (last_piece, end) = window.to_recording(time(end), true);
    if first_piece >= last_piece {
        return Some(Span::clamped(start, end));
    }
    let before = Span::clamped(start, window.pieces[first_piece].end());
    let after = Span::clamped(window.pieces[last_piece].start(), end);
    Some(if before.length() >= after.length() { before } else { after })
}

/// `total` times `done` over `of`.
fn share(total: ClipTime, done: ClipTime, of: ClipTime) -> ClipTime {
    ClipTime::from_seconds(total.seconds() * done.seconds() / of.seconds().max(1e-6)).min(total)
}

/// The only language of a model without language tokens.
pub(crate) const ONLY_LANGUAGE: LanguageCode = LanguageCode::ENGLISH;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_batch_is_spread_over_the_recording_and_every_window_comes_once() {
        let batches = batches(20, 4);
        assert_eq!(batches[0], [0, 5, 10, 15]);
        let mut all: Vec<usize> = batches.concat();
        all.sort_unstable();
        assert_eq!(all, (0..20).collect::<Vec<_>>());
        assert_eq!(super::batches(2, 8), [[0, 1]]);
    }
}

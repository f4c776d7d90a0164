//! Speech to text: packs speech into windows, lets a recogniser hear them in batches, decides the language by vote,
//! decodes, and cuts the texts into utterances with their place in the recording.

mod compression;
mod decode;
mod language;
mod network;
mod plan;
mod settings;
mod utterances;
mod vocabulary;
mod windows;
mod words;

pub use compression::compression_ratio;
pub use decode::{Biases, Decoded, Search};
pub use network::{Attention, FORBIDDEN, Step, WhisperNetwork};
pub use settings::{DoubtSettings, Fallback, TranscribeSettings};
pub use vocabulary::{SpecialTokens, Vocabulary};
pub use windows::{MAX_WINDOW, Window, pack};
pub use words::{WordTokens, split_words};

use crate::align::attention::{FRAMES_PER_SECOND, token_frames};
use crate::network::{NetworkError, kind_of};
use language::Ballot;
use plan::{Next, Place, Plan, spread};
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
    StageIdentity { id: STAGE, version: 3, settings: settings.digest(), models: vec![model] }
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

/// A recording of the batch on its way.
struct Subject<'a> {
    input: &'a TranscribeInput,
    windows: Vec<Window>,
    vote: Ballot,
    heard: Vec<Option<Heard>>,
    failed: Option<StageError>,
}

impl Subject<'_> {
    /// Its sound that has been worked through, as far as windows tell.
    fn done(&self) -> ClipTime {
        let total = self.input.audio.duration();
        let heard = self.heard.iter().filter(|heard| heard.is_some()).count();
        match (self.failed.is_some(), self.windows.len()) {
            (true, _) | (_, 0) => total,
            (false, windows) => ClipTime::from_micros(total.micros() / windows as i64 * heard as i64),
        }
    }
}

impl<N: WhisperNetwork> TranscribeStage<N> {
    /// A stage over `network`, whose tokens `vocabulary` spells.
    pub fn new(network: N, vocabulary: Arc<Vocabulary>, settings: TranscribeSettings) -> TranscribeStage<N> {
        let front_end = MelFrontEnd::new(network.mels());
        let biases = Biases::new(&vocabulary);
        TranscribeStage { network, vocabulary, settings, front_end, biases }
    }

    fn subject<'a>(&self, input: &'a TranscribeInput) -> Subject<'a> {
        let windows = pack(&input.speech);
        let heard = windows.iter().map(|_| None).collect();
        let voters = spread(windows.len(), self.settings.vote_windows as usize);
        let vote = Ballot::given(&self.settings.languages, voters, &self.vocabulary);
        Subject { input, windows, vote, heard, failed: None }
    }

    /// Hears all windows of all recordings, in batches over them.
    fn hear_all(&mut self, subjects: &mut [Subject<'_>], watch: &dyn Watch) {
        let counts: Vec<usize> = subjects.iter().map(|subject| subject.windows.len()).collect();
        let mut plan = Plan::new(&counts, self.settings.vote_windows as usize);
        let total: ClipTime = subjects.iter().map(|subject| subject.input.audio.duration()).sum();
        while plan.len() > 0 {
            let Ok(size) = watch.next_batch(plan.len()) else {
                give_up(subjects, &mut plan, |_| StageError::cancelled(STAGE));
                return;
            };
            let Some(next) = plan.next(size.max(1)) else { return };
            if let Err((kind, detail)) = self.hear(subjects, &mut plan, next, watch) {
                give_up(subjects, &mut plan, |subject| failure(kind, &detail, &subject.windows));
                return;
            }
            watch.progress(subjects.iter().map(Subject::done).sum(), total);
        }
    }

    /// Hears one batch of windows. An error that concerns a recording alone is that recording's; one that concerns all is
    /// given back.
    fn hear(
        &mut self,
        subjects: &mut [Subject<'_>],
        plan: &mut Plan,
        next: Next,
        watch: &dyn Watch,
    ) -> Result<(), (StageErrorKind, String)> {
        let (mut places, mut spectra) = (Vec::new(), Vec::new());
        for place in next.places {
            let Place { recording, window } = place;
            let subject = &mut subjects[recording];
            if subject.failed.is_some() {
                continue;
            }
            match self.log_mel(&subject.input.audio, &subject.windows[window]) {
                Ok(spectrum) => {
                    places.push(place);
                    spectra.push(spectrum);
                }
                Err(error) => {
                    let span = hull(&subject.windows[window]);
                    subject.failed = Some(StageError::new(STAGE, StageErrorKind::ReadSamples, error).at(span));
                    plan.give_up(recording);
                }
            }
        }
        if places.is_empty() {
            return Ok(());
        }
        let heard = self.recognise(subjects, &places, &spectra, next.vote_only, watch);
        match heard {
            Ok(heard) => {
                places.iter().zip(heard).for_each(|(place, heard)| {
                    subjects[place.recording].heard[place.window] = Some(heard);
                });
                Ok(())
            }
            Err(error) => Err((kind_of(&error, watch), error.to_string())),
        }
    }

    /// Encodes, takes votes, decodes and aligns one batch of windows; nothing comes back where only votes are wanted.
    fn recognise(
        &mut self,
        subjects: &mut [Subject<'_>],
        places: &[Place],
        spectra: &[LogMel],
        vote_only: bool,
        watch: &dyn Watch,
    ) -> Result<Vec<Heard>, NetworkError> {
        let all: Vec<usize> = (0..spectra.len()).collect();
        let start = self.vocabulary.special.start_of_transcript;
        self.network.encode(spectra)?;
        watch.check()?;
        let tokens = vec![start; all.len()];
        let step =
            Step { windows: &all, parents: None, tokens: &tokens, sequences: all.len(), bias: self.biases.none() };
        let first = self.network.step(&step)?;
        let rows: Vec<&[f32]> = first.chunks_exact(self.vocabulary.len()).collect();
        for (place, row) in places.iter().zip(&rows) {
            let subject = &mut subjects[place.recording];
            subject.vote.take(place.window, row, subject.windows[place.window].length(), &self.vocabulary);
        }
        if vote_only {
            return Ok(Vec::new());
        }
        let no_speech: Vec<f64> =
            rows.iter().map(|row| f64::from(row[self.vocabulary.special.no_speech as usize]).exp()).collect();
        let mut prompts = Vec::with_capacity(places.len());
        let mut other_language = Vec::with_capacity(places.len());
        for (place, row) in places.iter().zip(&rows) {
            let vote = &subjects[place.recording].vote;
            let language = vote.decided(&self.vocabulary);
            let (code, share) = vote.most_probable(row, &self.vocabulary);
            other_language.push(code != language && share > 0.5);
            let after = self.vocabulary.prompt_after_start(language);
            prompts.push(std::iter::once(start).chain(after).collect::<Vec<u32>>());
        }
        let prompt = prompts.first().map_or(0, Vec::len);
        let max_tokens = (self.network.text_length() / 2).saturating_sub(prompt);
        let search =
            Search { vocabulary: &self.vocabulary, biases: &self.biases, settings: &self.settings, max_tokens };
        let decoded = search.decode(&mut self.network, &prompts, &no_speech, watch)?;
        let windows: Vec<&Window> =
            places.iter().map(|place| &subjects[place.recording].windows[place.window]).collect();
        let frames = self.align(&prompts, &decoded, &windows)?;
        let results = decoded.into_iter().zip(no_speech).zip(other_language).zip(frames).zip(windows);
        Ok(results
            .map(|((((decoded, no_speech), language_uncertain), frames), window)| {
                let mut spans: Vec<Option<Span>> = frames.iter().map(|frames| token_span(window, *frames)).collect();
                spans.resize(decoded.tokens.len(), None);
                Heard { decoded, spans, no_speech, language_uncertain }
            })
            .collect())
    }

    /// Frames of each token, from one pass over the finished texts.
    fn align(
        &mut self,
        prompts: &[Vec<u32>],
        decoded: &[Decoded],
        windows: &[&Window],
    ) -> Result<Vec<Vec<(usize, usize)>>, NetworkError> {
        if !self.network.can_align() {
            return Ok(vec![Vec::new(); decoded.len()]);
        }
        let end = self.vocabulary.special.end_of_text;
        let text = |(prompt, decoded): (&Vec<u32>, &Decoded)| [prompt, &decoded.tokens[..], &[end]].concat();
        let texts: Vec<Vec<u32>> = prompts.iter().zip(decoded).map(text).collect();
        let attention = self.network.attention(&texts)?;
        let frames = |window: &Window| (window.length().seconds() * FRAMES_PER_SECOND).round() as usize;
        let parts = attention.iter().zip(prompts).zip(decoded).zip(windows);
        Ok(parts
            .map(|(((attention, prompt), decoded), window)| {
                token_frames(attention, prompt.len(), decoded.tokens.len(), frames(window))
            })
            .collect())
    }

    /// What was heard of a recording, as a transcript.
    fn transcript(&self, subject: Subject<'_>) -> Result<Transcript, StageError> {
        if let Some(error) = subject.failed {
            return Err(error);
        }
        if subject.windows.is_empty() {
            return Ok(Transcript { language: LanguageVote::NoSpeech, utterances: Vec::new() });
        }
        let language = subject.vote.decided(&self.vocabulary);
        let mut utterances = Vec::new();
        for (window, heard) in subject.windows.iter().zip(subject.heard.iter().flatten()) {
            let decoded = DecodedWindow {
                decoded: &heard.decoded,
                spans: &heard.spans,
                hull: hull(window),
                language,
                language_uncertain: heard.language_uncertain,
                no_speech: heard.no_speech,
            };
            let (speech, first_id) = (&subject.input.speech, utterances.len() as u32);
            utterances.extend(decoded.utterances(&self.vocabulary, speech, &self.settings.doubt, first_id));
        }
        Ok(Transcript { language: subject.vote.result(&self.vocabulary), utterances })
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
        // Measured with the base model (docs/methods/transcription.md): what the encoder takes for two windows, and keys and
        // values of each window with the texts that are tried for it.
        let (memory_fixed, memory_per_item) = (Bytes::mebi(370), Bytes::mebi(42));
        BatchShape { item: "window", default: 8, min: 1, max: 32, memory_fixed, memory_per_item }
    }

    fn cost(input: &TranscribeInput) -> Cost {
        Cost { items: pack(&input.speech).len(), audio: input.audio.duration() }
    }

    fn release_caches(&mut self) {
        self.network.release_caches();
    }

    fn run(&mut self, batch: Vec<TranscribeInput>, watch: &dyn Watch) -> Vec<Result<Transcript, StageError>> {
        let mut subjects: Vec<Subject<'_>> = batch.iter().map(|input| self.subject(input)).collect();
        self.hear_all(&mut subjects, watch);
        subjects.into_iter().map(|subject| self.transcript(subject)).collect()
    }
}

/// No recording that is not done yet will be.
fn give_up(subjects: &mut [Subject<'_>], plan: &mut Plan, error: impl Fn(&Subject<'_>) -> StageError) {
    for (recording, subject) in subjects.iter_mut().enumerate() {
        if subject.failed.is_none() && subject.heard.iter().any(Option::is_none) {
            subject.failed = Some(error(subject));
            plan.give_up(recording);
        }
    }
}

fn failure(kind: StageErrorKind, detail: &str, windows: &[Window]) -> StageError {
    let error = StageError::new(STAGE, kind, detail.to_owned());
    match windows.first().zip(windows.last()) {
        Some((first, last)) => error.at(hull(first).hull(hull(last))),
        None => error,
    }
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

/// The only language of a model without language tokens.
pub(crate) const ONLY_LANGUAGE: LanguageCode = LanguageCode::ENGLISH;

//! Transcription with a network made for the test: it "hears" what the test wrote for each window and is stricter than
//! a real one: it fails when sequences, parents or windows do not fit together.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

use std::collections::BTreeMap;
use voiceman_audio::LogMel;
use voiceman_base::{ClipTime, LanguageCode, ModelIdentity, Precision, Unwatched, Watch};
use voiceman_stages::network::NetworkError;
use voiceman_stages::transcribe::{
    Attention, Biases, FORBIDDEN, Fallback, Search, SpecialTokens, Step, TranscribeSettings, Vocabulary, WhisperNetwork,
};

const WORDS: [&str; 6] = [" a", " b", " c", " d", " e", "."];
const END: u32 = 6;
const START: u32 = 7;
const ENGLISH: u32 = 8;
const KOREAN: u32 = 9;
const TRANSCRIBE: u32 = 10;
const NO_SPEECH: u32 = 11;
const NO_TIMESTAMPS: u32 = 12;
const SIZE: usize = 14;

fn vocabulary() -> Vocabulary {
    let mut spelling: Vec<Vec<u8>> = WORDS.iter().map(|word| word.as_bytes().to_vec()).collect();
    spelling.resize(SIZE, Vec::new());
    let special = SpecialTokens {
        start_of_transcript: START,
        end_of_text: END,
        transcribe: Some(TRANSCRIBE),
        no_timestamps: NO_TIMESTAMPS,
        no_speech: NO_SPEECH,
        first_timestamp: NO_TIMESTAMPS + 1,
        languages: BTreeMap::from([(LanguageCode::ENGLISH, ENGLISH), (LanguageCode::KOREAN, KOREAN)]),
        suppressed: vec![START, ENGLISH, KOREAN, TRANSCRIBE],
        suppressed_at_start: vec![END],
    };
    Vocabulary { spelling, special }
}

/// Gives, for each window, the probabilities that `says` computes from the text so far.
struct Scripted {
    says: fn(window: usize, text: &[u32]) -> [f32; SIZE],
    windows: usize,
    texts: Vec<Vec<u32>>,
    rows: Vec<f32>,
    steps: usize,
}

impl Scripted {
    fn new(windows: usize, says: fn(usize, &[u32]) -> [f32; SIZE]) -> Scripted {
        Scripted { says, windows, texts: Vec::new(), rows: Vec::new(), steps: 0 }
    }
}

impl WhisperNetwork for Scripted {
    fn identity(&self) -> ModelIdentity {
        let sha256 = voiceman_base::Digest::of(b"scripted");
        let text = |text: &str| text.to_owned();
        ModelIdentity {
            role: text("stt"),
            name: text("scripted"),
            sha256,
            precision: Precision::Float32,
            runtime: text("none"),
        }
    }
    fn mels(&self) -> usize {
        80
    }
    fn text_length(&self) -> usize {
        40
    }
    fn can_align(&self) -> bool {
        false
    }
    fn encode(&mut self, windows: &[LogMel]) -> Result<(), NetworkError> {
        self.windows = windows.len();
        self.texts.clear();
        Ok(())
    }
    fn step(&mut self, step: &Step<'_>) -> Result<&[f32], NetworkError> {
        self.steps += 1;
        if !step.sequences.is_multiple_of(step.windows.len()) || !step.tokens.len().is_multiple_of(step.sequences) {
            return Err("sequences do not divide among windows".into());
        }
        if !step.windows.is_sorted() || step.windows.iter().any(|window| *window >= self.windows) {
            return Err("windows are not ascending or do not exist".into());
        }
        let added = step.tokens.len() / step.sequences;
        let mut texts = Vec::new();
        for sequence in 0..step.sequences {
            let mut text = match step.parents {
                None => Vec::new(),
                Some(parents) => self.texts.get(parents[sequence]).ok_or("a parent that does not exist")?.clone(),
            };
            text.extend(&step.tokens[sequence * added..(sequence + 1) * added]);
            texts.push(text);
        }
        self.texts = texts;
        let per_window = step.sequences / step.windows.len();
        self.rows.clear();
        for (sequence, text) in self.texts.iter().enumerate() {
            let spoken: Vec<u32> = text.iter().copied().filter(|token| *token < END).collect();
            let weights = (self.says)(step.windows[sequence / per_window], &spoken);
            let biased: Vec<f32> = weights.iter().zip(step.bias).map(|(w, b)| w.max(1e-9).ln() + b).collect();
            let largest = biased.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            let total: f32 = biased.iter().map(|value| (value - largest).exp()).sum();
            self.rows.extend(biased.iter().map(|value| value - largest - total.ln()));
        }
        Ok(&self.rows)
    }
    fn attention(&mut self, _texts: &[Vec<u32>]) -> Result<Vec<Attention>, NetworkError> {
        Err("not asked for".into())
    }
}

struct Stopped;

impl Watch for Stopped {
    fn progress(&self, _done: ClipTime, _total: ClipTime) {}
    fn is_cancelled(&self) -> bool {
        true
    }
}

fn only(tokens: &[(u32, f32)]) -> [f32; SIZE] {
    let mut weights = [1e-6; SIZE];
    tokens.iter().for_each(|(token, weight)| weights[*token as usize] = *weight);
    weights
}

fn texts(network: &mut Scripted, settings: &TranscribeSettings) -> Vec<String> {
    let vocabulary = vocabulary();
    let biases = Biases::new(&vocabulary);
    let search = Search { vocabulary: &vocabulary, biases: &biases, settings, max_tokens: 16 };
    let prompts = vec![vec![START, ENGLISH, TRANSCRIBE, NO_TIMESTAMPS]; network.windows];
    let windows = network.windows;
    let decoded = search.decode(network, &prompts, &vec![0.0; windows], &Unwatched).unwrap();
    decoded.iter().map(|decoded| vocabulary.decode(decoded.tokens.iter().copied())).collect()
}

/// Window 0 says "a b", window 1 says "c", window 2 "e e e e e", so they end at different steps.
fn different_lengths(window: usize, text: &[u32]) -> [f32; SIZE] {
    let script: &[u32] = [&[0, 1, END][..], &[2, END], &[4, 4, 4, 4, 4, END]][window];
    only(&[(script.get(text.len()).copied().unwrap_or(END), 1.0)])
}

#[test]
fn windows_that_end_early_do_not_disturb_the_others() {
    for beam in [1, 2, 5] {
        let settings = TranscribeSettings { beam, ..TranscribeSettings::default() };
        assert_eq!(
            texts(&mut Scripted::new(3, different_lengths), &settings),
            [" a b", " c", " e e e e e"],
            "beam {beam}"
        );
    }
}

/// Greedy takes "a" (0.6) and then cannot decide; "b c" is more probable as a whole.
fn a_trap_for_greedy(_window: usize, text: &[u32]) -> [f32; SIZE] {
    match text {
        [] => only(&[(0, 0.6), (1, 0.4)]),
        [0] => only(&[(2, 0.25), (3, 0.25), (4, 0.25), (5, 0.25)]),
        [1] => only(&[(2, 1.0)]),
        _ => only(&[(END, 1.0)]),
    }
}

#[test]
fn beam_search_finds_what_greedy_misses() {
    let settings = |beam| TranscribeSettings { beam, ..TranscribeSettings::default() };
    assert_eq!(texts(&mut Scripted::new(1, a_trap_for_greedy), &settings(5)), [" b c"]);
    assert_ne!(texts(&mut Scripted::new(1, a_trap_for_greedy), &settings(1)), [" b c"]);
}

/// Window 0 loops under beam search; window 1 is fine.
fn a_loop(window: usize, text: &[u32]) -> [f32; SIZE] {
    if window == 1 {
        return different_lengths(0, text);
    }
    // Going on is always a little more probable; drawing at a temperature ends sooner or later.
    only(&[(0, 0.6), (END, 0.4)])
}

#[test]
fn a_text_that_repeats_itself_is_drawn_anew_and_alike_every_time() {
    let fallback = Fallback { compression_ratio_threshold: 1.2, ..Fallback::default() };
    let settings = TranscribeSettings { beam: 1, fallback, ..TranscribeSettings::default() };
    let first = texts(&mut Scripted::new(2, a_loop), &settings);
    assert_eq!(first[1], " a b");
    assert!(first[0].len() < 16 * 2, "still loops: {first:?}");
    assert_eq!(first, texts(&mut Scripted::new(2, a_loop), &settings));
}

#[test]
fn forbidden_tokens_never_come() {
    fn wants_steering(_window: usize, text: &[u32]) -> [f32; SIZE] {
        if text.is_empty() { only(&[(END, 0.5), (START, 0.3), (13, 0.1), (3, 0.01)]) } else { only(&[(END, 1.0)]) }
    }
    assert_eq!(texts(&mut Scripted::new(1, wants_steering), &TranscribeSettings::default()), [" d"]);
    const { assert!(FORBIDDEN.is_finite()) };
}

#[test]
fn stopping_is_an_error_and_not_a_short_text() {
    let vocabulary = vocabulary();
    let (biases, settings) = (Biases::new(&vocabulary), TranscribeSettings::default());
    let search = Search { vocabulary: &vocabulary, biases: &biases, settings: &settings, max_tokens: 16 };
    let prompts = vec![vec![START, ENGLISH, TRANSCRIBE, NO_TIMESTAMPS]];
    let stopped = search.decode(&mut Scripted::new(1, different_lengths), &prompts, &[0.0], &Stopped);
    assert!(stopped.is_err());
}

//! What a window is decoded to does not depend on what else is in its batch, to the last bit: recordings are put into
//! batches by what memory is free and what happens to wait, and their results must be the same all the same.

use std::error::Error;
use std::path::Path;
use std::sync::Arc;
use voiceman_audio::{DecodeSettings, LogMel, MelFrontEnd, decode};
use voiceman_base::{
    Cancelled, ClipTime, LanguageCode, Precision, Prob, Span, SpeechMap, SpeechRegion, Stage, Transcript, Unwatched,
    Watch,
};
use voiceman_infer::store::ModelStore;
use voiceman_infer::{LoadedWhisper, SessionOptions, load_runtime, load_whisper};
use voiceman_stages::transcribe::{
    Attention, Biases, Decoded, Fallback, Search, Step, TranscribeInput, TranscribeSettings, TranscribeStage,
    WhisperNetwork,
};

type Outcome<T = ()> = Result<T, Box<dyn Error + Send + Sync>>;

/// Spectra of the three clips, and what each is made of with its end cut off: six windows with texts of all lengths.
fn spectra() -> Outcome<Vec<LogMel>> {
    let front_end = MelFrontEnd::new(80);
    let mut spectra = Vec::new();
    for name in ["test.wav", "test_ko.wav", "test_de.wav"] {
        let bytes = std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name))?;
        let (pairs, _) = bytes[44..].as_chunks::<2>();
        let samples: Vec<f32> = pairs.iter().map(|pair| f32::from(i16::from_le_bytes(*pair)) / 32_768.0).collect();
        spectra.push(front_end.log_mel(&samples));
        spectra.push(front_end.log_mel(&samples[..samples.len() / 3]));
    }
    Ok(spectra)
}

fn languages() -> Outcome<Vec<LanguageCode>> {
    let codes = ["en", "en", "ko", "ko", "de", "de"].map(str::parse::<LanguageCode>);
    Ok(codes.into_iter().collect::<Result<_, _>>()?)
}

fn whisper(precision: Precision, threads: usize) -> Outcome<LoadedWhisper> {
    let store = ModelStore::open(None)?;
    let runtime = load_runtime(&store)?;
    Ok(load_whisper(&store, &runtime, "whisper-base", precision, SessionOptions::on_cpu(threads))?)
}

/// What the network makes of some of the windows, heard together in this order.
#[derive(Debug, PartialEq)]
struct Heard {
    first: Vec<u32>,
    decoded: Decoded,
    attention: Attention,
}

fn hear(model: &mut LoadedWhisper, spectra: &[LogMel], order: &[usize]) -> Outcome<Vec<Heard>> {
    let languages = languages()?;
    let chosen: Vec<LogMel> = order.iter().map(|window| spectra[*window].clone()).collect();
    model.network.encode(&chosen)?;
    let start = model.vocabulary.special.start_of_transcript;
    let biases = Biases::new(&model.vocabulary);
    let all: Vec<usize> = (0..order.len()).collect();
    let tokens = vec![start; order.len()];
    let step = Step { windows: &all, parents: None, tokens: &tokens, sequences: order.len(), bias: biases.none() };
    let size = model.vocabulary.len();
    let first: Vec<Vec<u32>> = model
        .network
        .step(&step)?
        .chunks_exact(size)
        .map(|row| row.iter().map(|value| value.to_bits()).collect())
        .collect();
    let prompt = |window: &usize| {
        std::iter::once(start).chain(model.vocabulary.prompt_after_start(languages[*window])).collect::<Vec<u32>>()
    };
    let prompts: Vec<Vec<u32>> = order.iter().map(prompt).collect();
    let settings = TranscribeSettings::default();
    let search = Search { vocabulary: &model.vocabulary, biases: &biases, settings: &settings, max_tokens: 220 };
    let decoded = search.decode(&mut model.network, &prompts, &vec![0.0; order.len()], &Unwatched)?;
    let end = model.vocabulary.special.end_of_text;
    let text = |(prompt, decoded): (&Vec<u32>, &Decoded)| [prompt, &decoded.tokens[..], &[end]].concat();
    let texts: Vec<Vec<u32>> = prompts.iter().zip(&decoded).map(text).collect();
    let attention = model.network.attention(&texts)?;
    let parts = first.into_iter().zip(decoded).zip(attention);
    Ok(parts.map(|((first, decoded), attention)| Heard { first, decoded, attention }).collect())
}

fn check(precision: Precision, orders: &[&[usize]]) -> Outcome {
    let spectra = spectra()?;
    let mut model = whisper(precision, 2)?;
    let mut alone = Vec::new();
    for window in 0..spectra.len() {
        alone.extend(hear(&mut model, &spectra, &[window])?);
    }
    assert!(alone.iter().all(|heard| !heard.decoded.tokens.is_empty()));
    for order in orders {
        for (position, heard) in hear(&mut model, &spectra, order)?.iter().enumerate() {
            let (window, expected) = (order[position], &alone[order[position]]);
            assert!(heard.first == expected.first, "first probabilities of window {window} in {order:?}");
            assert_eq!(heard.decoded, expected.decoded, "window {window} in {order:?}");
            assert!(heard.attention == expected.attention, "attention of window {window} in {order:?}");
        }
    }
    let mut one_thread = whisper(precision, 1)?;
    for (heard, expected) in hear(&mut one_thread, &spectra, &[2, 3, 4])?.iter().zip(&alone[2..]) {
        assert!(heard == expected, "one thread gives other bits than two");
    }
    Ok(())
}

#[test]
fn with_8_bit_weights_a_window_is_heard_alike_in_every_batch() -> Outcome {
    let many = [0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5, 3];
    check(Precision::Weights8, &[&[0, 1], &[1, 0], &[4, 2, 0], &[5, 4, 3, 2, 1, 0], &many])
}

#[test]
fn with_32_bit_weights_a_window_is_heard_alike_in_every_batch() -> Outcome {
    check(Precision::Float32, &[&[5, 3, 1, 0, 2]])
}

/// Allows so many windows at once.
struct AtMost(usize);

impl Watch for AtMost {
    fn progress(&self, _done: ClipTime, _total: ClipTime) {}
    fn is_cancelled(&self) -> bool {
        false
    }
    fn next_batch(&self, wanted: usize) -> Result<usize, Cancelled> {
        Ok(wanted.min(self.0))
    }
}

/// A recording of clips one after another, speech throughout but for a short pause between them.
fn recording(folder: &Path, name: &str, clips: &[&str]) -> Outcome<TranscribeInput> {
    let (mut samples, mut regions) = (vec![0; 8_000], Vec::new());
    for clip in clips {
        let bytes = std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(clip))?;
        let at = |samples: &Vec<u8>| ClipTime::from_sample(samples.len() as u64 / 2, 16_000);
        let start = at(&samples);
        samples.extend_from_slice(&bytes[44..]);
        regions.push(SpeechRegion { span: Span::new(start, at(&samples))?, speech: Prob::ONE });
        samples.extend_from_slice(&[0; 16_000]);
    }
    let mut file = b"RIFF".to_vec();
    file.extend((36 + samples.len() as u32).to_le_bytes());
    file.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    file.extend(16_000_u32.to_le_bytes());
    file.extend(32_000_u32.to_le_bytes());
    file.extend(b"\x02\0\x10\0data");
    file.extend((samples.len() as u32).to_le_bytes());
    file.extend(samples);
    let path = folder.join(name);
    std::fs::write(&path, file)?;
    let clip = decode(&path, &DecodeSettings::default())?;
    Ok(TranscribeInput { audio: Arc::new(clip.mono_16k()?), speech: Arc::new(SpeechMap::new(regions)?) })
}

#[test]
fn a_recording_gets_the_same_transcript_whatever_is_heard_beside_it() -> Outcome {
    let folder = tempfile::tempdir()?;
    let (en, ko, de) = ("test.wav", "test_ko.wav", "test_de.wav");
    let recordings = || {
        Ok::<_, Box<dyn Error + Send + Sync>>(vec![
            recording(folder.path(), "1.wav", &[ko])?,
            recording(folder.path(), "2.wav", &[en, de, en, ko, en, en, en])?,
            recording(folder.path(), "3.wav", &[])?,
            recording(folder.path(), "4.wav", &[de])?,
        ])
    };
    let model = whisper(Precision::Weights8, 2)?;
    // One temperature to fall back to: the mixture of languages makes the recogniser draw.
    let fallback = Fallback { temperatures: vec![0.6], ..Fallback::default() };
    let settings = TranscribeSettings { vote_windows: 2, fallback, ..TranscribeSettings::default() };
    let mut stage = TranscribeStage::new(model.network, model.vocabulary, settings);
    let mut alone = Vec::new();
    for recording in recordings()? {
        alone.extend(stage.run(vec![recording], &Unwatched));
    }
    let alone: Vec<Transcript> = alone.into_iter().collect::<Result<_, _>>()?;
    assert!(alone[1].utterances.len() > 2 && alone[2].utterances.is_empty());
    for limit in [1, 3, 100] {
        let together: Vec<Transcript> =
            stage.run(recordings()?, &AtMost(limit)).into_iter().collect::<Result<_, _>>()?;
        for (recording, (found, expected)) in together.iter().zip(&alone).enumerate() {
            assert_eq!(found.language, expected.language, "recording {recording}, {limit} windows at once");
            for (found, expected) in found.utterances.iter().zip(&expected.utterances) {
                assert_eq!(found, expected, "recording {recording}, {limit} windows at once");
            }
        }
        assert!(together == alone, "{limit} windows at once");
        stage.release_caches();
    }
    Ok(())
}

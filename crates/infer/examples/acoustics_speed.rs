//! How fast voices are measured: `cargo run --release -p voiceman-infer --example acoustics_speed -- RECORDING...`
//!
//! Takes each recording as utterances of 5 s by two speakers in turn, without a gap, which is more speech than any
//! conversation holds, and prints seconds of sound per second of one thread's work, the best of three: of the stage of acoustics, once
//! with the same range of pitch and ceiling of formants for everybody, once with a range and a ceiling for each speaker, both
//! without the network of the second estimate, and once with everything; of the eGeMAPSv02 set; and of the descriptors of the
//! emotion model.

#![expect(clippy::print_stdout, reason = "the speed is what people look for")]

use std::error::Error;
use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;
use voiceman_audio::{DecodeSettings, decode};
use voiceman_base::{
    AlignedTranscript, AlignedUtterance, ClipTime, LanguageCode, LanguageVote, Prob, Span, SpeakerId, Stage, Unwatched,
    Utterance, UtteranceId,
};
use voiceman_infer::store::ModelStore;
use voiceman_infer::{SessionOptions, load_pitch, load_runtime};
use voiceman_stages::acoustics::egemaps::{EgemapsExtractor, EgemapsSettings};
use voiceman_stages::acoustics::{AcousticsInput, AcousticsSettings, AcousticsStage, CeilingMethod, RangeMethod};
use voiceman_stages::emotion::descriptors::DescriptorMeter;

const UTTERANCE: i64 = 5_000_000;

fn said(duration: ClipTime) -> AlignedTranscript {
    let utterance = |index: i64| AlignedUtterance {
        utterance: Utterance {
            id: UtteranceId(index as u32),
            span: Span::clamped(
                ClipTime::from_micros(index * UTTERANCE),
                ClipTime::from_micros(((index + 1) * UTTERANCE).min(duration.micros())),
            ),
            text: "said".to_owned(),
            tokens: Vec::new(),
            language: LanguageCode::ENGLISH,
            avg_logprob: 0.0,
            no_speech: Prob::ZERO,
            compression_ratio: 1.0,
            temperature: 0.0,
            flags: Vec::new(),
        },
        words: Vec::new(),
        speaker: Some(SpeakerId((index % 2) as u32)),
    };
    let count = (duration.micros() + UTTERANCE - 1) / UTTERANCE;
    AlignedTranscript {
        language: LanguageVote::Given(LanguageCode::ENGLISH),
        utterances: (0..count).map(utterance).collect(),
    }
}

/// Seconds that this thread has worked, so that what else the machine does matters little; where the system does not tell, seconds
/// since `started`.
fn clock(started: Instant) -> f64 {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanoseconds = told.and_then(|told| told.split_whitespace().next()?.parse::<f64>().ok());
    nanoseconds.map_or_else(|| started.elapsed().as_secs_f64(), |nanoseconds| 1e-9 * nanoseconds)
}

/// Best of three, in seconds.
fn least(mut work: impl FnMut() -> Result<(), Box<dyn Error>>) -> Result<f64, Box<dyn Error>> {
    let (mut best, started) = (f64::INFINITY, Instant::now());
    for _ in 0..3 {
        let begun = clock(started);
        work()?;
        best = best.min(clock(started) - begun);
    }
    Ok(best)
}

fn main() -> Result<(), Box<dyn Error>> {
    let store = ModelStore::open(None)?;
    let runtime = load_runtime(&store)?;
    for path in std::env::args().skip(1) {
        let clip = Arc::new(decode(path.as_ref(), &DecodeSettings::default())?);
        let input = AcousticsInput {
            audio: Arc::new(clip.mono_16k()?),
            transcript: Arc::new(said(clip.duration())),
            clip: Arc::clone(&clip),
            diarization: None,
            quality: None,
        };
        let seconds = clip.duration().seconds();
        let says = |what: &str, took: f64| println!("{path}: {what}, {:.0} x real time", seconds / took);
        let own = AcousticsSettings::default();
        let mut same = own;
        same.pitch.range = RangeMethod::Fixed;
        same.ceiling.method = CeilingMethod::Fixed;
        let network = || load_pitch(&store, &runtime, SessionOptions::on_cpu(1));
        let stages = [
            ("same range and ceiling, no second estimate", AcousticsStage::new(same)?),
            ("own range and ceiling, no second estimate", AcousticsStage::new(own)?),
            ("everything", AcousticsStage::new(own)?.with_second(Box::new(network()?))),
        ];
        for (what, mut stage) in stages {
            let took = least(|| {
                black_box(stage.run(vec![input.clone()], &Unwatched).pop().ok_or("one result")??);
                Ok(())
            });
            says(what, took?);
        }
        let samples = clip.read(0, 0..clip.len())?;
        if let Some(mut extractor) = EgemapsExtractor::new(clip.sample_rate(), &EgemapsSettings::default()) {
            let took = least(|| {
                black_box(extractor.measure(&samples));
                Ok(())
            });
            says("eGeMAPSv02", took?);
        }
        let sound = input.audio.read(0..input.audio.len())?;
        let mut meter = DescriptorMeter::new().ok_or("16 kHz are enough")?;
        let took = least(|| {
            // Turns of 10 s at most are what the stage of emotion hands on.
            sound.chunks(160_000).for_each(|turn| {
                black_box(meter.measure(turn));
            });
            Ok(())
        });
        says("descriptors of the emotion model", took?);
    }
    Ok(())
}

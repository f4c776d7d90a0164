//! How fast the acoustics stage is: `cargo run --release -p voiceman-stages --example acoustics_speed -- RECORDING...`
//!
//! Takes each recording as utterances of 5 s by two speakers in turn, without a gap, which is more speech than any
//! conversation holds, and prints seconds of sound per second: of the stage of acoustics, once with the same range of pitch and
//! ceiling of formants for everybody and once with a range and a ceiling for each speaker, without the network of the second
//! estimate; of the eGeMAPSv02 set; and of the descriptors of the emotion model.

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

fn main() -> Result<(), Box<dyn Error>> {
    for path in std::env::args().skip(1) {
        let clip = Arc::new(decode(path.as_ref(), &DecodeSettings::default())?);
        let audio = Arc::new(clip.mono_16k()?);
        let transcript = Arc::new(said(clip.duration()));
        for range in [RangeMethod::Fixed, RangeMethod::TwoPass] {
            let mut settings = AcousticsSettings::default();
            settings.pitch.range = range;
            if range == RangeMethod::Fixed {
                settings.ceiling.method = CeilingMethod::Fixed;
            }
            let mut stage = AcousticsStage::new(settings)?;
            let input = AcousticsInput {
                audio: Arc::clone(&audio),
                clip: Arc::clone(&clip),
                transcript: Arc::clone(&transcript),
                diarization: None,
                quality: None,
            };
            let begun = Instant::now();
            let found = stage.run(vec![input], &Unwatched).pop().ok_or("one result")??;
            let took = begun.elapsed().as_secs_f64();
            println!(
                "{path}: {range:?}, {:.0} x real time, {} changes, {:?}",
                clip.duration().seconds() / took,
                found.changes.len(),
                found.speakers.first().map(|of| of.pitch_range)
            );
        }
        let samples = clip.read(0, 0..clip.len())?;
        let begun = Instant::now();
        if let Some(mut extractor) = EgemapsExtractor::new(clip.sample_rate(), &EgemapsSettings::default()) {
            black_box(extractor.measure(&samples));
            println!(
                "{path}: eGeMAPSv02, {:.0} x real time",
                clip.duration().seconds() / begun.elapsed().as_secs_f64()
            );
        }
        let sound = audio.read(0..audio.len())?;
        let mut meter = DescriptorMeter::new().ok_or("16 kHz are enough")?;
        let begun = Instant::now();
        // Turns of 10 s at most are what the stage of emotion hands on.
        for turn in sound.chunks(160_000) {
            black_box(meter.measure(turn));
        }
        println!("{path}: descriptors, {:.0} x real time", clip.duration().seconds() / begun.elapsed().as_secs_f64());
    }
    Ok(())
}

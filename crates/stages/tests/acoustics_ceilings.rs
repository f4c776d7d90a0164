//! The ceiling of formants of each speaker, through the stage.

mod common;

use common::{clip, said};
use std::error::Error;
use std::sync::Arc;
use voiceman_base::{
    AcousticFeatures, AlignedTranscript, ClipTime, FormantCeilingBasis, LanguageCode, LanguageVote, Span, SpeakerId,
    Stage, Unwatched,
};
use voiceman_stages::acoustics::{AcousticsInput, AcousticsSettings, AcousticsStage, CeilingMethod};

type TestResult = Result<(), Box<dyn Error>>;

const RATE: u32 = 16_000;

/// A voice of `seconds` through a tract of five formants, those of 17.5 cm times `scale`, that glide up and down by a tenth.
fn voice(seconds: f64, pitch: f64, scale: f64) -> Vec<f32> {
    let rate = f64::from(RATE);
    let mut memory = [[0.0_f64; 2]; 5];
    let mut phase = 0.0;
    let sample = |index: u32| {
        let time = f64::from(index) / rate;
        phase += pitch * (1.0 + 0.02 * (5.0 * time).sin()) / rate;
        let mut wave = if phase >= 1.0 { 1.0 } else { 0.0 };
        phase = phase.fract();
        for (number, memory) in memory.iter_mut().enumerate() {
            let glide = 1.0 + 0.1 * (3.0 * time + number as f64).sin();
            let frequency = (500.0 + 1_000.0 * number as f64) * scale * glide;
            let radius = (-std::f64::consts::PI * (60.0 + 30.0 * number as f64) / rate).exp();
            let turn = std::f64::consts::TAU * frequency / rate;
            let next = wave + 2.0 * radius * turn.cos() * memory[0] - radius * radius * memory[1];
            *memory = [next, memory[0]];
            wave = next * (1.0 - radius);
        }
        (5.0 * wave) as f32
    };
    (0..(seconds * rate) as u32).map(sample).collect()
}

fn heard(
    samples: Vec<f32>,
    speaker: Option<SpeakerId>,
    method: CeilingMethod,
) -> Result<AcousticFeatures, Box<dyn Error>> {
    let clip = clip(RATE, &[samples])?;
    let span = Span::clamped(ClipTime::ZERO, clip.duration());
    let input = AcousticsInput {
        audio: Arc::new(clip.mono_16k()?),
        clip: Arc::new(clip),
        transcript: Arc::new(AlignedTranscript {
            language: LanguageVote::Given(LanguageCode::ENGLISH),
            utterances: vec![said(0, span, "said", speaker)],
        }),
        diarization: None,
        quality: None,
    };
    let mut settings = AcousticsSettings::default();
    settings.ceiling.method = method;
    let mut stage = AcousticsStage::new(settings)?;
    Ok(stage.run(vec![input], &Unwatched).pop().ok_or("one result")??)
}

fn ceiling(found: &AcousticFeatures) -> (f64, FormantCeilingBasis) {
    let own = found.speakers[0].formant_ceiling;
    assert_eq!(found.utterances[0].voice.formant_ceiling, own.frequency, "what is said is what was done");
    (own.frequency.value(), own.basis)
}

#[test]
fn a_shorter_tract_has_a_higher_ceiling_whatever_the_gain() -> TestResult {
    let someone = Some(SpeakerId(0));
    let long = heard(voice(6.0, 110.0, 0.95), someone, CeilingMethod::LeastVariance)?;
    let short = heard(voice(6.0, 110.0, 1.2), someone, CeilingMethod::LeastVariance)?;
    let quiet = voice(6.0, 110.0, 1.2).iter().map(|sample| 0.25 * sample).collect();
    let quiet = heard(quiet, someone, CeilingMethod::LeastVariance)?;
    assert_eq!(ceiling(&long).1, FormantCeilingBasis::LeastVariance);
    assert!(ceiling(&long).0 < ceiling(&short).0, "{:?}, {:?}", ceiling(&long), ceiling(&short));
    assert_eq!(ceiling(&quiet), ceiling(&short));
    Ok(())
}

#[test]
fn little_voice_leaves_it_to_the_pitch_and_nobody_to_the_settings() -> TestResult {
    let someone = Some(SpeakerId(0));
    let low = heard(voice(1.0, 110.0, 1.0), someone, CeilingMethod::LeastVariance)?;
    assert_eq!(ceiling(&low), (5_000.0, FormantCeilingBasis::Pitch));
    let high = heard(voice(1.0, 220.0, 1.0), someone, CeilingMethod::LeastVariance)?;
    assert_eq!(ceiling(&high), (5_500.0, FormantCeilingBasis::Pitch));
    let silent = heard(vec![0.0; 32_000], someone, CeilingMethod::LeastVariance)?;
    assert_eq!(ceiling(&silent), (5_500.0, FormantCeilingBasis::Settings));
    let fixed = heard(voice(6.0, 110.0, 1.0), someone, CeilingMethod::Fixed)?;
    assert_eq!(ceiling(&fixed), (5_500.0, FormantCeilingBasis::Fixed));
    let nobody = heard(voice(6.0, 110.0, 0.95), None, CeilingMethod::LeastVariance)?;
    assert_eq!(nobody.utterances[0].voice.formant_ceiling.value(), 5_500.0);
    Ok(())
}

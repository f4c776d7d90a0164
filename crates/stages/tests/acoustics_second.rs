//! The stage of acoustics with a second estimate of pitch, by networks that say what the test wants.

mod common;

use common::{clip, said, speech};
use std::error::Error;
use std::sync::Arc;
use voiceman_base::{
    AcousticFeatures, AlignedTranscript, ClipTime, Digest, LanguageCode, LanguageVote, Measured, ModelIdentity,
    Precision, Span, SpeakerId, Stage, StageErrorKind, UndefinedReason, Unwatched,
};
use voiceman_stages::acoustics::{
    AcousticsInput, AcousticsSettings, AcousticsStage, FRAME_SAMPLES, PitchEstimate, PitchNetwork, identity,
};
use voiceman_stages::network::{NetworkError, NoMemory};

type TestResult = Result<(), Box<dyn Error>>;

/// Says of every frame what a function says of its number within the piece.
struct Saying<F>(F);

impl<F: FnMut(usize) -> PitchEstimate + Send> PitchNetwork for Saying<F> {
    fn identity(&self) -> ModelIdentity {
        model()
    }

    fn estimate(&mut self, sound: &[f32], length: usize) -> Result<Vec<PitchEstimate>, NetworkError> {
        let frames = (length / FRAME_SAMPLES).max(1);
        Ok((0..sound.len() / length).flat_map(|_| 0..frames).map(&mut self.0).collect())
    }
}

/// Has no memory to say anything.
struct Full;

impl PitchNetwork for Full {
    fn identity(&self) -> ModelIdentity {
        model()
    }

    fn estimate(&mut self, _: &[f32], _: usize) -> Result<Vec<PitchEstimate>, NetworkError> {
        Err(Box::new(NoMemory("none left".to_owned())))
    }
}

fn model() -> ModelIdentity {
    ModelIdentity {
        role: "pitch".to_owned(),
        name: "saying".to_owned(),
        sha256: Digest::of(b"saying"),
        precision: Precision::Float32,
        runtime: "test".to_owned(),
    }
}

fn sure(hertz: f64) -> PitchEstimate {
    PitchEstimate { hertz, confidence: 0.9 }
}

fn none() -> PitchEstimate {
    PitchEstimate { hertz: 100.0, confidence: 0.1 }
}

/// A voice of 120 Hz and, from half of its three seconds on, of 240 Hz.
fn octave() -> (u32, Vec<f32>) {
    let rate = 16_000;
    let mut phase = 0.0;
    let sample = |index: u32| {
        let pitch = if index < 24_000 { 120.0 } else { 240.0 };
        phase += std::f64::consts::TAU * pitch / f64::from(rate);
        let wave: f64 = (1..=8).map(|harmonic| (f64::from(harmonic) * phase).sin() / f64::from(harmonic)).sum();
        (0.1 * wave) as f32
    };
    (rate, (0..48_000).map(sample).collect())
}

fn input((rate, samples): (u32, Vec<f32>)) -> Result<AcousticsInput, Box<dyn Error>> {
    let clip = clip(rate, &[samples])?;
    let span = Span::clamped(ClipTime::ZERO, clip.duration());
    Ok(AcousticsInput {
        audio: Arc::new(clip.mono_16k()?),
        clip: Arc::new(clip),
        transcript: Arc::new(AlignedTranscript {
            language: LanguageVote::Given(LanguageCode::ENGLISH),
            utterances: vec![said(0, span, "said", Some(SpeakerId(0)))],
        }),
        diarization: None,
        quality: None,
    })
}

fn heard(sound: (u32, Vec<f32>), network: Option<Box<dyn PitchNetwork>>) -> Result<AcousticFeatures, Box<dyn Error>> {
    let stage = AcousticsStage::new(AcousticsSettings::default())?;
    let mut stage = match network {
        Some(network) => stage.with_second(network),
        None => stage,
    };
    Ok(stage.run(vec![input(sound)?], &Unwatched).pop().ok_or("one result")??)
}

#[test]
fn frames_that_the_second_does_not_bear_out_do_not_count() -> TestResult {
    let alone = heard(octave(), None)?;
    let low = heard(octave(), Some(Box::new(Saying(|_| sure(120.0)))))?;
    let (alone, low_one) = (&alone.utterances[0], &low.utterances[0]);
    assert_eq!(alone.f0_agreement, Measured::Undefined(UndefinedReason::NoSecondEstimate));
    assert!(alone.f0_mean.value().is_some_and(|mean| (mean.value() - 180.0).abs() < 3.0));
    assert!(low_one.f0_mean.value().is_some_and(|mean| (mean.value() - 120.0).abs() < 1.0), "{:?}", low_one.f0_mean);
    assert!(low_one.f0_sd.value().is_some_and(|spread| spread.value() < 2.0));
    let agreement = low_one.f0_agreement.value().ok_or("both have pitch")?;
    assert!((agreement.share() - 0.5).abs() < 0.02, "{agreement:?}");
    assert_eq!(low.speakers[0].f0_agreement.value(), Some(agreement));
    assert!(low.contour.iter().filter_map(|point| point.f0).all(|pitch| pitch.value() < 150.0));
    // What does not rest on the pitch itself stays.
    assert_eq!((low_one.intensity, &low_one.voice), (alone.intensity, &alone.voice));
    Ok(())
}

#[test]
fn a_network_that_agrees_everywhere_changes_nothing_and_a_near_pitch_agrees() -> TestResult {
    let alone = heard(octave(), None)?;
    // The second half of its frames has the other pitch, and each is a tenth off.
    let both = heard(octave(), Some(Box::new(Saying(|frame| sure(if frame < 94 { 132.0 } else { 216.0 })))))?;
    let (alone, both) = (&alone.utterances[0], &both.utterances[0]);
    let agreement = both.f0_agreement.value().ok_or("both have pitch")?;
    assert!(agreement.share() > 0.98, "{agreement:?}");
    let mean = |of: &voiceman_base::UtteranceAcoustics| of.f0_mean.value().map(f64::from).ok_or("a mean");
    assert!((mean(alone)? - mean(both)?).abs() < 1.5, "but for the frames at the jump");
    Ok(())
}

#[test]
fn where_too_few_frames_are_left_there_is_no_pitch() -> TestResult {
    for network in [Box::new(Saying(|_| none())) as Box<dyn PitchNetwork>, Box::new(Saying(|_| sure(700.0)))] {
        let found = heard(octave(), Some(network))?;
        let one = &found.utterances[0];
        assert_eq!(one.f0_mean, Measured::Undefined(UndefinedReason::PitchDisputed));
        assert_eq!(one.f0_sd, Measured::Undefined(UndefinedReason::PitchDisputed));
        assert_eq!(one.f0_agreement.value().map(|agreement| agreement.agreed), Some(0));
        assert!(one.intensity.value().is_some());
        assert!(found.contour.iter().all(|point| point.f0.is_none()));
    }
    // No voice comes before no agreement.
    let silent = heard((16_000, vec![0.0; 32_000]), Some(Box::new(Saying(|_| sure(120.0)))))?;
    assert_eq!(silent.utterances[0].f0_mean, Measured::Undefined(UndefinedReason::Silent));
    assert_eq!(silent.utterances[0].f0_agreement, Measured::Undefined(UndefinedReason::Silent));
    assert_eq!(silent.speakers[0].f0_agreement, Measured::Undefined(UndefinedReason::Silent));
    Ok(())
}

#[test]
fn the_recordings_that_are_longer_than_a_piece_keep_their_order() -> TestResult {
    // Twelve seconds: the network's second piece says another pitch.
    let (rate, samples) = speech("leopard_en.wav")?;
    let long: Vec<f32> = samples.iter().chain(&samples).copied().collect();
    let mut calls = 0;
    let network = Saying(move |frame| {
        calls += usize::from(frame == 0);
        if calls > 1 { sure(1_000.0) } else { sure(110.0) }
    });
    let found = heard((rate, long), Some(Box::new(network)))?;
    // A piece has 8.192 s, from where the sound begins.
    let start = found.utterances[0].span.start();
    let last = found.contour.iter().filter(|point| point.f0.is_some()).map(|point| point.time).max();
    assert!(
        last.is_some_and(|last| last > ClipTime::from_seconds(5.0) && last - start < ClipTime::from_seconds(8.2)),
        "{last:?}"
    );
    Ok(())
}

#[test]
fn failures_have_their_kind() -> TestResult {
    let kind = |network: Box<dyn PitchNetwork>| -> Result<StageErrorKind, Box<dyn Error>> {
        let mut stage = AcousticsStage::new(AcousticsSettings::default())?.with_second(network);
        match stage.run(vec![input(octave())?], &Unwatched).pop() {
            Some(Err(error)) => Ok(error.kind),
            other => Err(format!("no failure: {other:?}").into()),
        }
    };
    assert_eq!(kind(Box::new(Full))?, StageErrorKind::OutOfMemory);
    assert_eq!(kind(Box::new(Saying(|_| sure(f64::NAN))))?, StageErrorKind::BadModelOutput);
    Ok(())
}

#[test]
fn results_name_the_network() -> TestResult {
    let settings = AcousticsSettings::default();
    let stage = AcousticsStage::new(settings)?;
    assert_eq!(stage.identity(), identity(&settings, None));
    let stage = stage.with_second(Box::new(Saying(|_| none())));
    assert_eq!(stage.identity(), identity(&settings, Some(model())));
    assert_ne!(identity(&settings, Some(model())), identity(&settings, None));
    Ok(())
}

//! Acoustics under the quality gate: what it forbids has no value anywhere, and says what stood against it.

mod common;

use common::{clip, said, speech};
use std::error::Error;
use std::sync::Arc;
use voiceman_base::{
    AcousticFeatures, AlignedTranscript, ClipTime, Decibels, LanguageCode, LanguageVote, Measured, Obstacle, Quality,
    QualityReason, RecordingQuality, SignalQuality, Span, SpeakerId, SpeakerQuality, Stage, UndefinedReason, Unwatched,
    Verdict, VoiceMeasure,
};
use voiceman_stages::acoustics::{AcousticsInput, AcousticsSettings, AcousticsStage};

type TestResult = Result<(), Box<dyn Error>>;

fn unknown_signal() -> SignalQuality {
    fn none<T>() -> Quality<T> {
        Measured::Undefined(QualityReason::TooShort)
    }
    SignalQuality {
        peak_dbfs: none(),
        dc_offset: none(),
        clipped_share: none(),
        bandwidth_hz: none(),
        noise_floor_dbfs: none(),
        speech_level_dbfs: none(),
        speech_time: none(),
        snr_db: none(),
        dropouts: none(),
        hum: none(),
        fall_db_per_s: none(),
        pause_rise_db: none(),
    }
}

fn verdicts(forbidden: &[(VoiceMeasure, Obstacle)]) -> Vec<Verdict> {
    let obstacles = |measure| forbidden.iter().filter(move |(of, _)| *of == measure).map(|(_, obstacle)| *obstacle);
    VoiceMeasure::ALL
        .map(|measure| Verdict { measure, obstacles: obstacles(measure).collect(), untold: Vec::new() })
        .to_vec()
}

fn noise() -> Result<Obstacle, &'static str> {
    let decibels = |value| Decibels::new(value).ok_or("finite");
    Ok(Obstacle::Noise { snr_db: decibels(2.0)?, needed_db: decibels(5.0)? })
}

/// Two utterances of the same voice, the second by the second speaker.
fn measured(quality: Option<RecordingQuality>) -> Result<AcousticFeatures, Box<dyn Error>> {
    let (rate, samples) = speech("leopard_en.wav")?;
    let span = Span::clamped(ClipTime::from_millis(500), ClipTime::from_millis(4_500));
    let said = |index, speaker| said(index, span, "said before", speaker);
    let clip = clip(rate, &[samples])?;
    let input = AcousticsInput {
        audio: Arc::new(clip.mono_16k()?),
        clip: Arc::new(clip),
        transcript: Arc::new(AlignedTranscript {
            language: LanguageVote::Given(LanguageCode::ENGLISH),
            utterances: vec![said(0, None), said(1, Some(SpeakerId(0)))],
        }),
        diarization: None,
        quality: quality.map(Arc::new),
    };
    let mut stage = AcousticsStage::new(AcousticsSettings::default())?;
    Ok(stage.run(vec![input], &Unwatched).pop().ok_or("one result per input")??)
}

#[test]
fn what_the_recording_does_not_bear_has_its_obstacle_for_a_value() -> TestResult {
    let free = measured(None)?;
    let borne = RecordingQuality { signal: unknown_signal(), verdicts: verdicts(&[]), speakers: Vec::new() };
    assert_eq!(measured(Some(borne.clone()))?, free, "without obstacles the gate changes nothing");
    assert!(free.contour.iter().any(|point| point.f0.is_some()));

    let noisy = RecordingQuality { verdicts: verdicts(&[(VoiceMeasure::Pitch, noise()?)]), ..borne.clone() };
    let found = measured(Some(noisy))?;
    for utterance in &found.utterances {
        assert_eq!(utterance.f0_mean, Measured::Undefined(UndefinedReason::TooNoisy));
        assert_eq!(utterance.f0_median, Measured::Undefined(UndefinedReason::TooNoisy));
        assert_eq!(utterance.f0_sd, Measured::Undefined(UndefinedReason::TooNoisy));
        assert_eq!(utterance.intensity, free.utterances[0].intensity, "levels were not forbidden");
    }
    assert!(found.contour.iter().all(|point| point.f0.is_none()), "nothing is drawn that may not be told");

    let unheard = Obstacle::Unknown { condition: voiceman_base::Condition::Noise, why: QualityReason::TooShort };
    let untold = [(VoiceMeasure::Level, unheard), (VoiceMeasure::SpeechRate, unheard)];
    let found = measured(Some(RecordingQuality { verdicts: verdicts(&untold), ..borne }))?;
    assert_eq!(found.utterances[0].intensity, Measured::Undefined(UndefinedReason::QualityUnknown));
    assert_eq!(found.utterances[0].speech_rate, Measured::Undefined(UndefinedReason::QualityUnknown));
    assert!(free.utterances[0].speech_rate.value().is_some());
    assert!(found.contour.iter().all(|point| point.intensity.is_none()));
    Ok(())
}

#[test]
fn a_speaker_is_judged_by_the_own_verdicts_and_others_by_the_recordings() -> TestResult {
    let little = Obstacle::LittleSpeech { speech: ClipTime::from_millis(400), needed: ClipTime::from_millis(1_000) };
    let quality = RecordingQuality {
        signal: unknown_signal(),
        verdicts: verdicts(&[]),
        speakers: vec![SpeakerQuality {
            speaker: SpeakerId(0),
            net_speech: ClipTime::from_millis(400),
            verdicts: verdicts(&[(VoiceMeasure::Pitch, little)]),
        }],
    };
    let found = measured(Some(quality))?;
    assert!(found.utterances[0].f0_median.value().is_some());
    assert_eq!(found.utterances[1].f0_median, Measured::Undefined(UndefinedReason::TooLittleSpeech));
    Ok(())
}

#[test]
fn without_verdicts_nothing_may_be_measured() -> TestResult {
    let quality = RecordingQuality { signal: unknown_signal(), verdicts: Vec::new(), speakers: Vec::new() };
    let found = measured(Some(quality))?;
    assert_eq!(found.utterances[0].f0_median, Measured::Undefined(UndefinedReason::QualityUnknown));
    Ok(())
}

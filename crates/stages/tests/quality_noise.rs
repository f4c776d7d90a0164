//! Noise floor and signal-to-noise ratio on real speech with noise of known power.

mod common;

use common::{active_level, clip, mixed, noise, noise_like, power, speech};
use std::error::Error;
use voiceman_base::{ClipTime, Prob, Quality, QualityReason, SignalQuality, Span, SpeechMap, SpeechRegion, Unwatched};
use voiceman_stages::quality::{signal_quality, signal_quality_beside};

/// What a noise is called, and its samples.
type Noise = (&'static str, Vec<f32>);
type TestResult = Result<(), Box<dyn Error>>;

/// What the estimate may be away from the ratio that was mixed.
const MAX_SNR_ERROR_DB: f64 = 2.0;
/// Recordings whose own noise is more than 40 dB below the speech, so that it does not count beside what is added.
const CLEAN: [&str; 3] = ["leopard_en.wav", "leopard_de.wav", "leopard_ko.wav"];

fn measured(rate: u32, samples: Vec<f32>) -> Result<SignalQuality, Box<dyn Error>> {
    Ok(signal_quality(&clip(rate, &[samples])?, &Unwatched)?)
}

/// Steady noises as long as `samples`.
fn noises(rate: u32, samples: &[f32]) -> Result<[Noise; 3], Box<dyn Error>> {
    let seconds = samples.len() as f64 / f64::from(rate) + 0.01;
    Ok([
        ("white", noise(rate, seconds, 0.0, 11)),
        ("pink", noise(rate, seconds, 0.5, 12)),
        ("babble-like", noise_like(samples, 13)?),
    ])
}

#[test]
fn the_ratio_is_found_within_2_db_from_0_to_30_db() -> TestResult {
    for name in CLEAN {
        let (rate, samples) = speech(name)?;
        for (kind, noise) in noises(rate, &samples)? {
            for snr in [0.0, 5.0, 10.0, 15.0, 20.0, 25.0, 30.0] {
                let quality = measured(rate, mixed(rate, &samples, &noise, snr))?;
                let found = quality.snr_db.value().ok_or("no ratio")?.value();
                assert!((found - snr).abs() <= MAX_SNR_ERROR_DB, "{name}, {kind}, {snr} dB: {found:.2} dB");
            }
        }
    }
    Ok(())
}

#[test]
fn floor_and_level_are_those_of_the_parts() -> TestResult {
    for name in CLEAN {
        let (rate, samples) = speech(name)?;
        for (kind, noise) in noises(rate, &samples)? {
            let all = mixed(rate, &samples, &noise, 10.0);
            let (level, share) = active_level(rate, &samples);
            let floor = 10.0 * (level / 10.0).log10();
            let quality = measured(rate, all)?;
            let found = quality.noise_floor_dbfs.value().ok_or("no floor")?.value();
            assert!((found - floor).abs() < 1.0, "{name}, {kind}: floor {found:.2} is {floor:.2} dB");
            let found = quality.speech_level_dbfs.value().ok_or("no level")?.value();
            assert!((found - 10.0 * level.log10()).abs() < 1.0, "{name}, {kind}: level {found:.2}");
            let time = quality.speech_time.value().ok_or("no time")?.seconds();
            let expected = share * samples.len() as f64 / f64::from(rate);
            assert!((time / expected - 1.0).abs() < 0.15, "{name}, {kind}: {time:.2} s of {expected:.2} s");
        }
    }
    Ok(())
}

#[test]
fn padding_a_quiet_ending_or_a_second_channel_change_nothing() -> TestResult {
    let (rate, samples) = speech("leopard_en.wav")?;
    let noisy = mixed(rate, &samples, &noise(rate, 7.0, 0.5, 3), 15.0);
    let value = |quality: SignalQuality| quality.snr_db.value().map(|snr| snr.value()).ok_or("no ratio");
    let plain = value(measured(rate, noisy.clone())?)?;
    let mut padded = vec![0.0; rate as usize * 2];
    padded.extend_from_slice(&noisy);
    padded.extend(vec![0.0; rate as usize * 3]);
    assert!((value(measured(rate, padded)?)? - plain).abs() < 0.3);
    let opposite: Vec<f32> = noisy.iter().map(|sample| -sample).collect();
    assert!((value(signal_quality(&clip(rate, &[noisy, opposite])?, &Unwatched)?)? - plain).abs() < 1e-6);
    Ok(())
}

#[test]
fn a_long_recording_is_measured_stretch_by_stretch() -> TestResult {
    // Two minutes, the noise of the second 10 dB louder: the mean power is 7.4 dB above that of the first.
    let (rate, samples) = speech("leopard_de.wav")?;
    let long: Vec<f32> = samples.iter().copied().cycle().take(rate as usize * 120).collect();
    let source = noise(rate, 121.0, 0.0, 5);
    let gain = (active_level(rate, &samples).0 / power(&source) / 100.0).sqrt() as f32;
    let louder = |index: usize| if index < rate as usize * 60 { 1.0 } else { 10_f32.sqrt() };
    let noisy =
        long.iter().zip(&source).enumerate().map(|(index, (speech, noise))| speech + louder(index) * gain * noise);
    let found = measured(rate, noisy.collect())?.snr_db.value().ok_or("no ratio")?.value();
    assert!((found - (20.0 - 10.0 * 5.5_f64.log10())).abs() < 1.0, "{found}");
    Ok(())
}

#[test]
fn known_pauses_give_the_noise_of_pauses() -> TestResult {
    let (rate, samples) = speech("leopard_de.wav")?;
    let second = rate as usize;
    let mut long = vec![0.0; 2 * second];
    long.extend_from_slice(&samples);
    long.extend(vec![0.0; 2 * second]);
    let noise = noise(rate, long.len() as f64 / f64::from(rate) + 0.1, 0.5, 8);
    let region = SpeechRegion {
        span: Span::new(
            ClipTime::from_seconds(2.0),
            ClipTime::from_sample(2 * second as u64 + samples.len() as u64, rate),
        )?,
        speech: Prob::ONE,
    };
    for snr in [0.0, 10.0, 20.0] {
        let clip = clip(rate, &[mixed(rate, &long, &noise, snr)])?;
        let quality = signal_quality_beside(&clip, &SpeechMap::new(vec![region])?, &Unwatched)?;
        let found = quality.snr_db.value().ok_or("no ratio")?.value();
        assert!((found - snr).abs() < 1.0, "{snr} dB: {found:.2} dB");
    }
    Ok(())
}

#[test]
fn nothing_that_is_steady_is_speech() -> TestResult {
    for rate in [8_000, 16_000, 44_100] {
        let tone: Vec<f32> =
            (0..4 * rate).map(|n| 0.3 * (n as f32 * 440.0 * std::f32::consts::TAU / rate as f32).sin()).collect();
        let square: Vec<f32> = tone.iter().map(|sample| if *sample < 0.0 { -1.0 } else { 1.0 }).collect();
        let sounds = [
            ("white", noise(rate, 4.0, 0.0, 1)),
            ("pink", noise(rate, 4.0, 0.5, 2)),
            ("brown", noise(rate, 4.0, 1.0, 3)),
            ("tone", tone),
            ("clipped", square),
        ];
        for (name, samples) in sounds {
            let quality = measured(rate, samples)?;
            assert_eq!(quality.snr_db, Quality::Undefined(QualityReason::NoSpeech), "{name} at {rate} Hz");
            assert!(quality.noise_floor_dbfs.value().is_some(), "{name} at {rate} Hz");
        }
    }
    Ok(())
}

#[test]
fn what_is_too_short_has_no_noise() -> TestResult {
    let (rate, samples) = speech("leopard_en.wav")?;
    for length in [1, 2, 100, 4_800] {
        let quality = measured(rate, samples[..length].to_vec())?;
        assert_eq!(quality.snr_db, Quality::Undefined(QualityReason::TooShort), "{length}");
        assert_eq!(quality.noise_floor_dbfs, Quality::Undefined(QualityReason::TooShort), "{length}");
    }
    Ok(())
}

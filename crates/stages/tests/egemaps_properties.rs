//! What must hold of eGeMAPSv02 for any sound: no number where there is nothing to measure, and no dependence on gain or on
//! silence around the speech.

mod common;

use common::{noise, speech};
use std::error::Error;
use voiceman_base::{Measured, UndefinedReason};
use voiceman_stages::acoustics::egemaps::{Convention, Egemaps, EgemapsExtractor, EgemapsSettings, NAMES};

fn measure(rate: u32, samples: &[f32], convention: Convention) -> Result<Egemaps, Box<dyn Error>> {
    let settings = EgemapsSettings { convention };
    Ok(EgemapsExtractor::new(rate, &settings).ok_or("rate too low")?.measure(samples))
}

fn all_finite(found: &Egemaps, what: &str) {
    for (name, value) in NAMES.iter().zip(&found.values) {
        assert!(value.value().is_none_or(f64::is_finite), "{what}: {name} is {value:?}");
    }
}

/// Whether a descriptor is one of the voice alone.
fn of_voice(name: &str) -> bool {
    name.contains("sma3nz") && !name.contains("UV") && !name.contains("amplitudeLogRelF0")
}

#[test]
fn nothing_to_measure_gives_reasons() -> Result<(), Box<dyn Error>> {
    for rate in [8_000, 16_000, 48_000] {
        let second = rate as usize;
        for (what, samples, reason) in [
            ("empty", vec![], UndefinedReason::TooShort),
            ("one sample", vec![0.5], UndefinedReason::TooShort),
            ("silence", vec![0.0; second], UndefinedReason::Silent),
            ("constant", vec![0.3; second], UndefinedReason::Silent),
            ("59 ms", noise(rate, 0.059, 0.0, 1), UndefinedReason::TooShort),
        ] {
            let found = measure(rate, &samples, Convention::OpenSmile)?;
            assert!(found.values.iter().all(|value| *value == Measured::Undefined(reason)), "{what} at {rate} Hz");
            assert!(found.or_zero().iter().all(|value| *value == 0.0));
        }
    }
    Ok(())
}

#[test]
fn rates_without_speech_have_no_extractor() {
    for rate in [0, 1, 100, 4_999] {
        assert!(EgemapsExtractor::new(rate, &EgemapsSettings::default()).is_none(), "{rate} Hz");
    }
    for rate in [5_000, 8_000, 11_025, 192_000, 768_000] {
        assert!(EgemapsExtractor::new(rate, &EgemapsSettings::default()).is_some(), "{rate} Hz");
    }
}

#[test]
fn noise_has_no_voice_and_no_number_stands_for_it() -> Result<(), Box<dyn Error>> {
    for rate in [8_000, 16_000, 48_000] {
        let found = measure(rate, &noise(rate, 1.0, 0.0, 7), Convention::OpenSmile)?;
        all_finite(&found, "noise");
        for (name, value) in NAMES.iter().zip(&found.values).filter(|(name, _)| of_voice(name)) {
            assert_eq!(*value, Measured::Undefined(UndefinedReason::TooFewVoicedFrames), "{name} at {rate} Hz");
        }
        assert!(found.get("loudness_sma3_amean").and_then(Measured::value).is_some_and(|loudness| loudness > 0.0));
        assert_eq!(found.get("VoicedSegmentsPerSec"), Some(Measured::Value(0.0)), "counted, and none there");
    }
    Ok(())
}

#[test]
fn spoilt_sound_gives_no_infinite_value() -> Result<(), Box<dyn Error>> {
    let (rate, samples) = speech("emodb_03a01Fa.wav")?;
    let clipped: Vec<f32> = samples.iter().map(|sample| (sample * 30.0).clamp(-1.0, 1.0)).collect();
    let holes: Vec<f32> = samples
        .iter()
        .enumerate()
        .map(|(index, sample)| {
            if index % 1_000 == 0 {
                f32::NAN
            } else if index % 7_777 == 0 {
                f32::INFINITY
            } else {
                *sample
            }
        })
        .collect();
    let click: Vec<f32> = (0..samples.len()).map(|index| if index == 9_000 { 1.0 } else { 0.0 }).collect();
    let huge: Vec<f32> = samples.iter().map(|sample| sample * 1e18).collect();
    let short = &samples[8_000..8_000 + rate as usize * 3 / 10];
    for (what, samples) in [
        ("clipped", clipped.as_slice()),
        ("holes", &holes),
        ("click", &click),
        ("huge", &huge),
        ("0.3 s", short),
        ("noise", &noise(rate, 0.5, 1.0, 3)),
    ] {
        for convention in [Convention::OpenSmile, Convention::Corrected] {
            all_finite(&measure(rate, samples, convention)?, what);
        }
    }
    Ok(())
}

/// Gain changes the level and nothing else; openSMILE's slopes are levels too.
#[test]
fn gain_changes_only_level() -> Result<(), Box<dyn Error>> {
    const LARGEST_CHANGE: f64 = 1e-3;
    for name in ["emodb_03a01Fa.wav", "leopard_ko.wav", "jfk_44100.wav"] {
        let (rate, samples) = speech(name)?;
        let quieter: Vec<f32> = samples.iter().map(|sample| sample * 0.5).collect();
        for convention in [Convention::OpenSmile, Convention::Corrected] {
            let (before, after) = (measure(rate, &samples, convention)?, measure(rate, &quieter, convention)?);
            for (index, descriptor) in NAMES.iter().enumerate() {
                let level = ["loudness", "Flux", "equivalent"].iter().any(|part| descriptor.contains(part))
                    || (convention == Convention::OpenSmile && descriptor.contains("slope"));
                // Bands of digital silence lie at the floor of the logarithm, which does not move with gain.
                let floored = descriptor.starts_with("mfcc") || descriptor.contains("UV");
                if level || floored {
                    continue;
                }
                let (before, after) = (before.values[index].value(), after.values[index].value());
                let (Some(before), Some(after)) = (before, after) else {
                    assert_eq!(before.is_some(), after.is_some(), "{name}: {descriptor}");
                    continue;
                };
                let change = (after - before).abs() / before.abs().max(1e-3);
                assert!(change < LARGEST_CHANGE, "{name}: {descriptor} was {before} and is {after}");
            }
        }
    }
    Ok(())
}

/// Half the amplitude is 6 dB less for the level and, by the exponent 0.33, a factor 2^0.66 for loudness.
#[test]
fn level_follows_gain() -> Result<(), Box<dyn Error>> {
    let (rate, samples) = speech("leopard_en.wav")?;
    let quieter: Vec<f32> = samples.iter().map(|sample| sample * 0.5).collect();
    let get = |samples: &[f32], name: &str| -> Result<f64, Box<dyn Error>> {
        let found = measure(rate, samples, Convention::OpenSmile)?.get(name).and_then(Measured::value);
        found.ok_or_else(|| name.into())
    };
    let fall = get(&samples, "equivalentSoundLevel_dBp")? - get(&quieter, "equivalentSoundLevel_dBp")?;
    assert!((fall - 20.0 * 2.0_f64.log10()).abs() < 1e-6, "{fall}");
    let ratio = get(&samples, "loudness_sma3_percentile80.0")? / get(&quieter, "loudness_sma3_percentile80.0")?;
    assert!((ratio - 2.0_f64.powf(0.66)).abs() < 1e-3, "{ratio}");
    Ok(())
}

/// Silence before and after speech changes no descriptor of the voice by more than 1 %. A whole number of steps is put
/// before, so that frames stay where they were in the speech.
#[test]
fn silence_around_speech_changes_no_voiced_descriptor() -> Result<(), Box<dyn Error>> {
    const LARGEST_CHANGE: f64 = 0.01;
    for name in ["leopard_en.wav", "leopard_de.wav", "leopard_ko.wav"] {
        let (rate, samples) = speech(name)?;
        let pad = vec![0.0; rate as usize / 2];
        let padded: Vec<f32> = pad.iter().chain(&samples).chain(&pad).copied().collect();
        let before = measure(rate, &samples, Convention::Corrected)?;
        let after = measure(rate, &padded, Convention::Corrected)?;
        for (index, descriptor) in
            NAMES.iter().enumerate().filter(|(_, name)| name.contains("sma3nz") && !name.contains("UV"))
        {
            let (Some(before), Some(after)) = (before.values[index].value(), after.values[index].value()) else {
                return Err(format!("{name}: {descriptor} is undefined").into());
            };
            let change = (after - before).abs() / before.abs().max(1e-9);
            assert!(change < LARGEST_CHANGE, "{name}: {descriptor} was {before} and is {after}");
        }
    }
    Ok(())
}

/// Harmonics of known pitch and level.
#[test]
fn a_steady_tone_complex_reads_as_it_was_made() -> Result<(), Box<dyn Error>> {
    for rate in [16_000_u32, 44_100, 48_000] {
        let (frequency, fall_db) = (200.0, 6.0);
        let sample = |index: usize| {
            let time = index as f64 / f64::from(rate);
            (1..=15)
                .map(|harmonic| {
                    let amplitude = 0.2 * 10.0_f64.powf(-fall_db * f64::from(harmonic - 1) / 20.0);
                    amplitude * (std::f64::consts::TAU * frequency * f64::from(harmonic) * time).sin()
                })
                .sum::<f64>() as f32
        };
        let samples: Vec<f32> = (0..rate as usize).map(sample).collect();
        let found = measure(rate, &samples, Convention::Corrected)?;
        let get = |name: &str| found.get(name).and_then(Measured::value).ok_or_else(|| format!("{name} at {rate} Hz"));
        let semitones = 12.0 * (frequency / 27.5).log2();
        assert!((get("F0semitoneFrom27.5Hz_sma3nz_amean")? - semitones).abs() < 0.1, "{rate} Hz");
        // The highest bin is taken as it is, so each harmonic may read up to half a bin's worth too low.
        assert!((get("logRelF0-H1-H2_sma3nz_amean")? - fall_db).abs() < 1.0, "{rate} Hz");
        assert!(get("jitterLocal_sma3nz_amean")? < 0.005, "{rate} Hz");
        assert!(get("shimmerLocaldB_sma3nz_amean")? < 0.1, "{rate} Hz");
        assert!(get("HNRdBACF_sma3nz_amean")? > 8.0, "{rate} Hz");
    }
    Ok(())
}

/// A vowel made of pulses through four resonances: the formants by the paper's definition are near them.
#[test]
fn formants_of_a_synthetic_vowel_are_near_its_resonances() -> Result<(), Box<dyn Error>> {
    /// Harmonics are 100 Hz apart, which is how finely the vowel shows its resonances.
    const LARGEST_ERROR_HZ: f64 = 120.0;
    let rate = 16_000;
    let mut wave: Vec<f64> = (0..rate as usize).map(|index| if index % 160 == 0 { 1.0 } else { 0.0 }).collect();
    let resonances = [(500.0, 80.0), (1_500.0, 100.0), (2_500.0, 150.0), (3_500.0, 200.0)];
    for (frequency, bandwidth) in resonances {
        let radius = (-std::f64::consts::PI * bandwidth / f64::from(rate)).exp();
        let turn = 2.0 * radius * (std::f64::consts::TAU * frequency / f64::from(rate)).cos();
        for index in 2..wave.len() {
            wave[index] += turn * wave[index - 1] - radius * radius * wave[index - 2];
        }
    }
    let peak = wave.iter().fold(0.0, |peak: f64, sample| peak.max(sample.abs()));
    let samples: Vec<f32> = wave.iter().map(|sample| (0.5 * sample / peak) as f32).collect();
    let found = measure(rate, &samples, Convention::Corrected)?;
    for (number, (frequency, _)) in resonances.iter().take(3).enumerate() {
        let name = format!("F{}frequency_sma3nz_amean", number + 1);
        let value = found.get(&name).and_then(Measured::value).ok_or("no formant")?;
        assert!((value - frequency).abs() < LARGEST_ERROR_HZ, "{name} is {value}");
    }
    Ok(())
}

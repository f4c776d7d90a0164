//! Hum, reverberation and automatic gain, on real speech that was given them by a known amount.

mod common;

use common::{active_level, clip, mixed, noise, power, speech};
use std::error::Error;
use std::f32::consts::TAU;
use voiceman_base::{Hum, Quality, QualityReason, SignalQuality, Unwatched};
use voiceman_stages::quality::signal_quality;

type TestResult = Result<(), Box<dyn Error>>;

/// What the level of a hum may be away from what was added.
const MAX_HUM_ERROR_DB: f64 = 1.5;
/// What is called a hum.
const HUM_DB: f64 = 10.0;
/// What is called automatic gain.
const RISE_DB: f64 = 2.0;

fn measured(rate: u32, samples: Vec<f32>) -> Result<SignalQuality, Box<dyn Error>> {
    Ok(signal_quality(&clip(rate, &[samples])?, &Unwatched)?)
}

fn hum(rate: u32, samples: Vec<f32>) -> Result<Hum, Box<dyn Error>> {
    Ok(measured(rate, samples)?.hum.value().ok_or("no hum measured")?)
}

/// `speech` and a hum with amplitudes of harmonics, `below` dB below the active level of the speech.
fn humming(rate: u32, speech: &[f32], line: f32, harmonics: &[f32], below: f64) -> Vec<f32> {
    let wave: Vec<f32> = (0..speech.len())
        .map(|n| {
            let phase = n as f32 * (line / rate as f32);
            let harmonic =
                |(index, amplitude): (usize, &f32)| amplitude * (TAU * (phase * (index + 1) as f32).fract()).sin();
            harmonics.iter().enumerate().map(harmonic).sum()
        })
        .collect();
    let gain = (active_level(rate, speech).0 / power(&wave) / 10_f64.powf(below / 10.0)).sqrt() as f32;
    speech.iter().zip(&wave).map(|(speech, hum)| speech + gain * hum).collect()
}

#[test]
fn hum_is_found_at_its_line_and_level() -> TestResult {
    for name in ["leopard_de.wav", "leopard_ko.wav"] {
        let (rate, samples) = speech(name)?;
        for line in [50.0, 60.0] {
            // Mains are within 0.2 Hz, clocks of recorders within 0.01 %.
            for off in [-0.15, 0.0, 0.15] {
                for below in [15.0, 20.0, 25.0] {
                    let found = hum(rate, humming(rate, &samples, line + off, &[1.0, 0.1, 0.2], below))?;
                    let case = format!("{name}, {line} Hz, {below} dB: {found:?}");
                    let expected = 10.0 * active_level(rate, &samples).0.log10() - below;
                    assert_eq!(found.line_hz.value(), f64::from(line), "{case}");
                    assert!(found.over_neighbourhood_db.value() >= HUM_DB, "{case}");
                    assert!((found.level_dbfs.value() - expected).abs() < MAX_HUM_ERROR_DB, "{case}: {expected:.1}");
                }
            }
        }
    }
    Ok(())
}

#[test]
fn no_voice_is_a_hum_however_deep() -> TestResult {
    for name in ["leopard_de.wav", "leopard_ko.wav", "pyannote_telephone.wav"] {
        let (rate, samples) = speech(name)?;
        // Played more slowly, fundamentals lie around 50 and 60 Hz and their multiples.
        for slower in [1.0, 0.9, 0.8, 0.7, 0.65, 0.6, 0.55, 0.5] {
            let found = hum((f64::from(rate) * slower) as u32, samples.clone())?;
            assert!(found.over_neighbourhood_db.value() < HUM_DB, "{name}, {slower}: {found:?}");
        }
    }
    Ok(())
}

#[test]
fn the_hum_of_1961_is_found() -> TestResult {
    // An American recording: lines at 60, 120 and 180 Hz stand 15 to 20 dB above their neighbourhood in its pauses.
    let (rate, samples) = speech("jfk_44100.wav")?;
    let found = hum(rate, samples)?;
    assert_eq!((found.line_hz.value(), found.over_neighbourhood_db.value() > HUM_DB), (60.0, true), "{found:?}");
    Ok(())
}

/// Speech in a room in which sound dies away by 60 dB in `seconds`: direct sound, and as much energy again that falls.
fn in_a_room(rate: u32, speech: &[f32], seconds: f64) -> Result<Vec<f32>, Box<dyn Error>> {
    let length = (seconds * 1.2 * f64::from(rate)) as usize;
    let mut response: Vec<f32> = noise(rate, length as f64 / f64::from(rate) + 0.01, 0.0, 21);
    response.truncate(length);
    for (index, value) in response.iter_mut().enumerate() {
        *value *= 10_f64.powf(-3.0 * index as f64 / f64::from(rate) / seconds) as f32;
    }
    let gain = (1.0 / response.iter().map(|value| value * value).sum::<f32>()).sqrt();
    response.iter_mut().for_each(|value| *value *= gain);
    response[0] += 1.0;
    // Convolved by way of the spectrum.
    let size = (speech.len() + length).next_power_of_two();
    let mut planner = realfft::RealFftPlanner::<f32>::new();
    let (forward, inverse) = (planner.plan_fft_forward(size), planner.plan_fft_inverse(size));
    let mut spectra = [forward.make_output_vec(), forward.make_output_vec()];
    for (spectrum, signal) in spectra.iter_mut().zip([speech, &response]) {
        let mut padded = signal.to_vec();
        padded.resize(size, 0.0);
        forward.process(&mut padded, spectrum)?;
    }
    let [mut product, other] = spectra;
    product.iter_mut().zip(&other).for_each(|(left, right)| *left *= right / size as f32);
    product[0].im = 0.0;
    product[size / 2].im = 0.0;
    let mut out = inverse.make_output_vec();
    inverse.process(&mut product, &mut out)?;
    out.truncate(speech.len() + rate as usize / 3);
    Ok(out)
}

#[test]
fn longer_rooms_let_sound_fall_more_slowly() -> TestResult {
    for name in ["leopard_en.wav", "leopard_de.wav", "leopard_ko.wav", "emodb_03a01Fa.wav", "emodb_10b01Lb.wav"] {
        let (rate, samples) = speech(name)?;
        let fall = |samples: Vec<f32>| -> Result<f64, Box<dyn Error>> {
            Ok(measured(rate, samples)?.fall_db_per_s.value().ok_or("no falls")?.value())
        };
        let mut falls = vec![fall(samples.clone())?];
        for seconds in [0.3, 0.6, 1.0] {
            falls.push(fall(in_a_room(rate, &samples, seconds)?)?);
        }
        assert!(falls.windows(2).all(|pair| pair[0] > pair[1]), "{name}: {falls:?}");
        // Dry speech is called dry, rooms from 0.6 s on are not.
        assert!(falls[0] > 200.0 && falls[2] < 200.0, "{name}: {falls:?}");
    }
    Ok(())
}

#[test]
fn noise_takes_the_hint_at_reverberation_away() -> TestResult {
    let (rate, samples) = speech("leopard_en.wav")?;
    let noisy = mixed(rate, &samples, &noise(rate, 6.0, 0.5, 3), 8.0);
    assert_eq!(measured(rate, noisy)?.fall_db_per_s, Quality::Undefined(QualityReason::TooNoisy));
    Ok(())
}

/// Utterances with pauses of about a second, in noise.
fn conversation(snr: f64, tilt: f64) -> Result<(u32, Vec<f32>), Box<dyn Error>> {
    let rate = 16_000;
    let mut all = Vec::new();
    for name in ["leopard_en.wav", "leopard_de.wav", "leopard_ko.wav"] {
        let (found, samples) = speech(name)?;
        assert_eq!(found, rate);
        let gain = (0.01 / active_level(rate, &samples).0).sqrt() as f32;
        for part in samples.chunks(2 * rate as usize) {
            all.extend(part.iter().map(|sample| gain * sample));
            all.extend(vec![0.0; rate as usize * 11 / 10]);
        }
    }
    let noise = noise(rate, all.len() as f64 / f64::from(rate) + 0.01, tilt, 31);
    Ok((rate, mixed(rate, &all, &noise, snr)))
}

/// The gain of a simple recorder: 20 dB up to -20 dBFS and less above, down within 10 ms and up within `release` seconds.
fn automatic_gain(rate: u32, samples: &[f32], release: f64) -> Vec<f32> {
    let keep = |seconds: f64| (-1.0 / (seconds * f64::from(rate))).exp() as f32;
    let (attack, release) = (keep(0.01), keep(release));
    let mut level = 1e-3_f32;
    samples
        .iter()
        .map(|sample| {
            let keep = if sample.abs() > level { attack } else { release };
            level = keep * level + (1.0 - keep) * sample.abs();
            sample * (0.1 / level).min(10.0)
        })
        .collect()
}

#[test]
fn noise_that_is_turned_up_in_pauses_is_noticed() -> TestResult {
    for (snr, tilt) in [(30.0, 0.0), (30.0, 0.5), (20.0, 0.0), (20.0, 0.5)] {
        let (rate, samples) = conversation(snr, tilt)?;
        let rise = |samples: Vec<f32>| -> Result<f64, Box<dyn Error>> {
            Ok(measured(rate, samples)?.pause_rise_db.value().ok_or("no pauses")?.value())
        };
        let plain = rise(samples.clone())?;
        assert!(plain.abs() < 0.5, "{snr} dB, {tilt}: {plain}");
        for release in [0.3, 1.0] {
            let found = rise(automatic_gain(rate, &samples, release))?;
            assert!(found > RISE_DB, "{snr} dB, {tilt}, {release} s: {found}");
        }
    }
    Ok(())
}

#[test]
fn without_pauses_nothing_is_said_about_gain() -> TestResult {
    let (rate, samples) = speech("librivox_0880.wav")?;
    assert_eq!(measured(rate, samples)?.pause_rise_db, Quality::Undefined(QualityReason::TooFewPauses));
    Ok(())
}

#[test]
fn short_sounds_have_no_hints() -> TestResult {
    for length in [1, 2, 4_800] {
        let quality = measured(16_000, noise(16_000, 1.0, 0.0, 1)[..length].to_vec())?;
        assert_eq!(quality.hum, Quality::Undefined(QualityReason::TooShort));
        assert!(quality.fall_db_per_s.value().is_none());
        assert_eq!(quality.pause_rise_db, Quality::Undefined(QualityReason::TooFewPauses));
    }
    Ok(())
}

//! Quality measures on real speech that was degraded by a known amount.

mod common;

use common::{clip, noise, speech};
use std::error::Error;
use std::f64::consts::PI;
use voiceman_base::{Measured, QualityReason, SignalQuality, Unwatched};
use voiceman_stages::quality::signal_quality;

type TestResult = Result<(), Box<dyn Error>>;

fn measured(rate: u32, channels: &[Vec<f32>]) -> Result<SignalQuality, Box<dyn Error>> {
    Ok(signal_quality(&clip(rate, channels)?, &Unwatched)?)
}

fn bandwidth(rate: u32, samples: Vec<f32>) -> Result<f64, Box<dyn Error>> {
    Ok(measured(rate, &[samples])?.bandwidth_hz.value().ok_or("no bandwidth")?.value())
}

/// A filter that halves the amplitude at `edge` hertz: a sinc under a Blackman window, 60 Hz from full to nothing or less.
fn low_pass(rate: u32, samples: &[f32], edge: f64) -> Vec<f32> {
    let reach = (f64::from(rate) * 0.05) as i64;
    let cut = edge / f64::from(rate);
    let taps: Vec<f64> = (-reach..=reach)
        .map(|at| {
            let ideal = if at == 0 { 2.0 * cut } else { (2.0 * PI * cut * at as f64).sin() / (PI * at as f64) };
            let phase = PI * (at + reach) as f64 / reach as f64;
            ideal * (0.42 - 0.5 * phase.cos() + 0.08 * (2.0 * phase).cos())
        })
        .collect();
    let at = |index: i64| usize::try_from(index).ok().and_then(|index| samples.get(index)).copied().unwrap_or(0.0);
    (0..samples.len() as i64)
        .map(|index| (-reach..=reach).zip(&taps).map(|(tap, weight)| weight * f64::from(at(index - tap))).sum::<f64>())
        .map(|sample| sample as f32)
        .collect()
}

/// As 16-bit files hold it.
fn rounded(samples: &[f32]) -> Vec<f32> {
    samples.iter().map(|sample| (sample * 32768.0).round() / 32768.0).collect()
}

#[test]
fn the_edge_of_a_filter_is_found_within_200_hz() -> TestResult {
    for (name, edges) in [
        ("leopard_en.wav", &[2_500.0, 3_400.0, 4_000.0, 5_500.0, 7_000.0][..]),
        ("leopard_ko.wav", &[3_400.0, 4_000.0, 7_000.0]),
        ("jfk_44100.wav", &[3_400.0, 4_000.0, 7_000.0]),
    ] {
        let (rate, samples) = speech(name)?;
        for edge in edges {
            let found = bandwidth(rate, rounded(&low_pass(rate, &samples, *edge)))?;
            assert!((found - edge).abs() < 200.0, "{name}: {edge} Hz was taken for {found} Hz");
        }
    }
    Ok(())
}

#[test]
fn the_edge_of_noise_is_found_at_any_rate() -> TestResult {
    for (rate, edge) in [(16_000, 6_000.0), (44_100, 15_500.0), (48_000, 20_000.0), (8_000, 3_400.0)] {
        let found = bandwidth(rate, rounded(&low_pass(rate, &noise(rate, 1.0, 0.0, 7), edge)))?;
        assert!((found - edge).abs() < 200.0, "{edge} Hz at {rate} Hz was taken for {found} Hz");
    }
    Ok(())
}

#[test]
fn what_fills_its_sample_rate_has_no_edge() -> TestResult {
    for rate in [8_000, 16_000, 44_100] {
        assert_eq!(bandwidth(rate, noise(rate, 2.0, 0.0, 7))?, f64::from(rate) / 2.0);
    }
    let (rate, samples) = speech("leopard_en_8000.wav")?;
    assert_eq!((rate, bandwidth(rate, samples)?), (8_000, 4_000.0));
    Ok(())
}

#[test]
fn recordings_that_were_limited_before_are_found_out() -> TestResult {
    // What is known of them: their sources hold nothing above.
    for (name, most) in
        [("emodb_03a01Fa.wav", 8_000.0), ("emodb_09a07Na.wav", 8_000.0), ("pyannote_telephone.wav", 4_000.0)]
    {
        let (rate, samples) = speech(name)?;
        let found = bandwidth(rate, samples)?;
        assert!(found < most + 200.0, "{name}: {found} Hz");
    }
    Ok(())
}

#[test]
fn a_spectrum_that_fades_away_ends_where_next_to_nothing_is_left() -> TestResult {
    // One pole after another: 24 dB less with every octave above 1 kHz.
    let rate = 48_000;
    let mut samples = noise(rate, 2.0, 0.0, 7);
    let keep = (-2.0 * std::f32::consts::PI * 1_000.0 / rate as f32).exp();
    for _ in 0..4 {
        let mut state = 0.0;
        for sample in &mut samples {
            state = keep * state + (1.0 - keep) * *sample;
            *sample = state;
        }
    }
    // The response of a pole in discrete time, to the fourth power.
    let level = |hertz: f64| {
        let (keep, phase) = (f64::from(keep), 2.0 * PI * hertz / f64::from(rate));
        -80.0 * ((1.0 - 2.0 * keep * phase.cos() + keep * keep).sqrt() / (1.0 - keep)).log10()
    };
    let expected = (1..24_000).map(f64::from).find(|hertz| level(*hertz) < -75.0).ok_or("it never fades")?;
    let found = bandwidth(rate, samples)?;
    assert!((found - expected).abs() < 400.0, "{expected} Hz was taken for {found} Hz");
    Ok(())
}

#[test]
fn the_share_of_clipped_samples_is_right_to_a_tenth_of_a_point() -> TestResult {
    for name in ["leopard_en.wav", "leopard_de.wav", "emodb_08a05Wa.wav"] {
        let (rate, samples) = speech(name)?;
        let peak = samples.iter().fold(0.0_f32, |peak, sample| peak.max(sample.abs()));
        for gain in [0.9, 1.5, 2.5, 5.0] {
            let louder: Vec<f32> = samples.iter().map(|sample| sample * gain / peak).collect();
            let cut: Vec<f32> = louder.iter().map(|sample| sample.clamp(-1.0, 1.0)).collect();
            let share = louder.iter().filter(|sample| sample.abs() >= 1.0).count() as f64 / louder.len() as f64;
            let found = measured(rate, &[cut])?.clipped_share.value().ok_or("no share")?;
            assert!((found - share).abs() < 0.001, "{name}, {gain}: {share} was taken for {found}");
        }
    }
    Ok(())
}

#[test]
fn peak_and_offset_are_those_of_the_worst_channel() -> TestResult {
    let tone = |gain: f32, offset: f32| -> Vec<f32> {
        (0..16_000).map(|n| gain * (2.0 * std::f32::consts::PI * n as f32 / 160.0).sin() + offset).collect()
    };
    let quality = measured(16_000, &[tone(0.25, 0.0), tone(0.5, -0.1)])?;
    let peak = quality.peak_dbfs.value().ok_or("no peak")?.value();
    assert!((peak - 20.0 * 0.6_f64.log10()).abs() < 0.01, "{peak}");
    let offset = quality.dc_offset.value().ok_or("no offset")?;
    assert!((offset + 0.1).abs() < 1e-4, "{offset}");
    assert_eq!(quality.clipped_share, Measured::Value(0.0));
    Ok(())
}

#[test]
fn opposite_channels_do_not_cancel_each_other() -> TestResult {
    let (rate, samples) = speech("leopard_en.wav")?;
    let samples = rounded(&low_pass(rate, &samples, 4_000.0));
    let opposite: Vec<f32> = samples.iter().map(|sample| -sample).collect();
    let both = measured(rate, &[samples.clone(), opposite])?;
    let one = measured(rate, &[samples])?;
    assert_eq!((both.bandwidth_hz, both.peak_dbfs), (one.bandwidth_hz, one.peak_dbfs));
    Ok(())
}

#[test]
fn where_there_is_nothing_nothing_is_measured() -> TestResult {
    let reasons = |quality: SignalQuality| {
        [
            quality.peak_dbfs.map(|_| ()),
            quality.dc_offset.map(|_| ()),
            quality.clipped_share.map(|_| ()),
            quality.bandwidth_hz.map(|_| ()),
        ]
    };
    assert_eq!(reasons(measured(16_000, &[vec![0.0; 40_000]])?), [Measured::Undefined(QualityReason::Silent); 4]);
    // One sample has a level, but no spectrum.
    let one = reasons(measured(16_000, &[vec![0.5]])?);
    assert_eq!(one[0], Measured::Value(()));
    assert_eq!(one[3], Measured::Undefined(QualityReason::TooShort));
    // An offset is no sound; a spectrum has nothing to show.
    let offset = measured(16_000, &[vec![0.5; 40_000]])?;
    assert_eq!(offset.bandwidth_hz, Measured::Undefined(QualityReason::Silent));
    Ok(())
}

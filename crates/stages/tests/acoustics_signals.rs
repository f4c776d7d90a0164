//! Pitch and level of signals whose truth is known, and what must not change them.

use proptest::prelude::*;
use std::f64::consts::TAU;
use voiceman_stages::acoustics::{IntensityMeter, IntensitySettings, PitchSettings, PitchTrack, PitchTracker};

/// Largest error of a steady tone's pitch, as a share.
const MAX_TONE_ERROR: f64 = 0.0005;

/// Largest error in a glide of one octave a second: half of how far it moves in a step.
const MAX_GLIDE_ERROR: f64 = 0.005;

/// Largest error of a tone's level in decibels.
const MAX_LEVEL_ERROR: f64 = 0.1;

fn track(samples: &[f32], rate: u32) -> Option<PitchTrack> {
    PitchTracker::new(rate, &PitchSettings::default())?.track(samples)
}

fn levels(samples: &[f32], rate: u32) -> Option<Vec<f64>> {
    Some(IntensityMeter::new(rate, &IntensitySettings::default())?.measure(samples)?.levels)
}

/// A sine whose frequency at each moment is `frequency(seconds)`.
fn sine(rate: u32, seconds: f64, amplitude: f64, frequency: impl Fn(f64) -> f64) -> Vec<f32> {
    let mut phase: f64 = 0.0;
    let samples = (seconds * f64::from(rate)) as usize;
    (0..samples)
        .map(|n| {
            let value = amplitude * phase.sin();
            phase = (phase + TAU * frequency(n as f64 / f64::from(rate)) / f64::from(rate)) % TAU;
            value as f32
        })
        .collect()
}

#[test]
fn tones_have_their_frequency_at_every_rate() {
    for rate in [8_000, 11_025, 16_000, 22_050, 44_100, 48_000, 96_000] {
        for frequency in [80.0, 123.4, 220.0, 480.0] {
            let pitch = track(&sine(rate, 0.5, 0.3, |_| frequency), rate).expect("half a second is enough");
            assert!(pitch.frequencies.iter().all(Option::is_some), "{frequency} Hz at {rate} is voiced");
            for (_, found) in pitch.voiced() {
                let error = (found / frequency - 1.0).abs();
                assert!(error < MAX_TONE_ERROR, "{found} Hz for {frequency} Hz at {rate}");
            }
        }
    }
}

#[test]
fn a_glide_is_followed() {
    let frequency = |time: f64| 100.0 * 2.0_f64.powf(time);
    let pitch = track(&sine(44_100, 2.0, 0.3, frequency), 44_100).expect("two seconds are enough");
    assert_eq!(pitch.voiced().count(), pitch.frequencies.len());
    for (time, found) in pitch.voiced() {
        assert!((found / frequency(time) - 1.0).abs() < MAX_GLIDE_ERROR, "{found} Hz at {time} s");
    }
}

#[test]
fn a_train_of_pulses_has_the_pitch_of_its_pulses() {
    let rate = 44_100_u32;
    let mut samples = vec![0.0; rate as usize];
    // 441 samples apart: 100 Hz exactly.
    samples.iter_mut().step_by(441).for_each(|sample| *sample = 0.8);
    let pitch = track(&samples, rate).expect("a second is enough");
    assert_eq!(pitch.voiced().count(), pitch.frequencies.len());
    for (_, found) in pitch.voiced() {
        assert!((found - 100.0).abs() < 0.05, "{found}");
    }
}

#[test]
fn the_level_of_a_tone_is_its_mean_square() {
    for rate in [8_000, 16_000, 44_100, 48_000] {
        for amplitude in [1.0, 0.1, 0.001] {
            let truth = 20.0 * (amplitude / 2.0_f64.sqrt() / 2e-5).log10();
            for level in levels(&sine(rate, 0.5, amplitude, |_| 200.0), rate).expect("half a second is enough") {
                assert!((level - truth).abs() < MAX_LEVEL_ERROR, "{level} dB for {truth} dB at {rate}");
            }
        }
    }
}

#[test]
fn an_offset_changes_neither_pitch_nor_level() {
    let plain = sine(16_000, 0.5, 0.25, |_| 150.0);
    let shifted: Vec<f32> = plain.iter().map(|sample| sample + 0.5).collect();
    let (plain_track, shifted_track) = (track(&plain, 16_000), track(&shifted, 16_000));
    let pairs =
        plain_track.iter().zip(&shifted_track).flat_map(|(plain, shifted)| plain.voiced().zip(shifted.voiced()));
    let mut compared = 0;
    for ((_, plain), (_, shifted)) in pairs {
        assert!((plain / shifted - 1.0).abs() < 1e-4);
        compared += 1;
    }
    assert!(compared > 40);
    for (plain, shifted) in levels(&plain, 16_000).iter().flatten().zip(levels(&shifted, 16_000).iter().flatten()) {
        assert!((plain - shifted).abs() < 0.01);
    }
}

#[test]
fn silence_and_short_sounds_have_no_pitch() {
    let silence = track(&vec![0.0; 16_000], 16_000).expect("a second is enough");
    assert_eq!(silence.voiced().count(), 0);
    let offset = track(&vec![0.25; 16_000], 16_000).expect("a second is enough");
    assert_eq!(offset.voiced().count(), 0);
    assert_eq!(track(&vec![0.1; 639], 16_000), None, "a window is 640 samples");
    assert_eq!(track(&[], 16_000), None);
    assert!(PitchTracker::new(100, &PitchSettings::default()).is_none(), "4 samples a window");
    assert!(PitchTracker::new(0, &PitchSettings::default()).is_none());
    assert!(IntensityMeter::new(0, &IntensitySettings::default()).is_none());
}

proptest! {
    /// Whatever the samples are, also infinite ones and not-a-number: what comes out is finite and within the range.
    #[test]
    fn nothing_but_finite_values_comes_out(
        samples in prop::collection::vec(any::<f32>(), 0..3_000),
        rate in prop::sample::select(vec![8_000_u32, 11_025, 16_000]),
    ) {
        if let Some(track) = track(&samples, rate) {
            for (time, frequency) in track.voiced() {
                prop_assert!(time.is_finite() && frequency.is_finite());
                prop_assert!(frequency > 70.0 && frequency < 500.0, "{frequency}");
            }
        }
    }

    /// A gain that is a power of two changes no bit of the frequencies, and the level by exactly as much.
    #[test]
    fn gain_changes_only_the_level(exponent in -6_i32..3, seed in 1_u32..1_000) {
        let gain = 2.0_f32.powi(exponent);
        let mut state = seed;
        let noise = |state: &mut u32| {
            *state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (f64::from(*state) / f64::from(u32::MAX) - 0.5) as f32
        };
        let plain: Vec<f32> =
            sine(8_000, 0.3, 0.1, |_| 140.0).iter().map(|sample| sample + 0.05 * noise(&mut state)).collect();
        let louder: Vec<f32> = plain.iter().map(|sample| gain * sample).collect();
        let frequencies = |samples: &[f32]| track(samples, 8_000).map(|track| track.frequencies);
        prop_assert_eq!(frequencies(&plain), frequencies(&louder));
        let change = 20.0 * f64::from(gain).log10();
        for (plain, louder) in levels(&plain, 8_000).iter().flatten().zip(levels(&louder, 8_000).iter().flatten()) {
            prop_assert!((louder - plain - change).abs() < 1e-6);
        }
    }
}

//! Voice measures of signals whose truth is known, what must not change them, and input meant to break them.

mod common;

use common::{noise, speech};
use proptest::prelude::*;
use std::error::Error;
use std::f64::consts::TAU;
use std::time::Instant;
use voiceman_stages::acoustics::{
    PeriodRules, PitchSettings, PitchTracker, VoiceMeter, VoiceSettings, VoiceTrack, jitter, mean, shimmer,
};

/// Largest jitter of a glide that has none: what sampling leaves.
const MAX_GLIDE_JITTER: f64 = 0.005;

/// Largest change by silence appended, as a share.
const MAX_CHANGE_BY_SILENCE: f64 = 0.01;

type TestResult = Result<(), Box<dyn Error>>;

fn voice(samples: &[f32], rate: u32) -> VoiceTrack {
    let mut track = VoiceTrack::default();
    if let Some(pitch) =
        PitchTracker::new(rate, &PitchSettings::default()).and_then(|mut tracker| tracker.track(samples))
    {
        VoiceMeter::new(rate, &VoiceSettings::default()).measure(samples, &pitch, 0.0, &mut track);
    }
    track
}

/// Damped waves at 700, 1220 and 2600 Hz, one set begun at each time, as loud as its second number says: a vowel.
fn vowel(rate: u32, seconds: f64, begins: &[(f64, f64)]) -> Vec<f32> {
    rung(rate, seconds, begins, 1.0)
}

/// The same, died away before the next one begins, so that no period reaches into another: a train of pulses.
fn pulse_train(rate: u32, seconds: f64, begins: &[(f64, f64)]) -> Vec<f32> {
    rung(rate, seconds, begins, 8.0)
}

fn rung(rate: u32, seconds: f64, begins: &[(f64, f64)], damping: f64) -> Vec<f32> {
    let mut samples = vec![0.0_f32; (seconds * f64::from(rate)) as usize];
    for (begin, level) in begins {
        let first = (begin * f64::from(rate)).ceil() as usize;
        for (index, sample) in samples.iter_mut().enumerate().skip(first).take((0.03 * f64::from(rate)) as usize) {
            let time = index as f64 / f64::from(rate) - begin;
            let ring: f64 = [(700.0, 60.0, 1.0), (1220.0, 70.0, 0.5), (2600.0, 120.0, 0.25)]
                .iter()
                .map(|(hertz, width, gain)| {
                    gain * (-TAU * 0.5 * damping * width * time).exp() * (TAU * hertz * time).sin()
                })
                .sum();
            *sample += (0.3 * level * ring) as f32;
        }
    }
    samples
}

/// Times a period apart that `period` gives for each index.
fn train(seconds: f64, period: impl Fn(usize, f64) -> f64) -> Vec<f64> {
    let mut times = vec![0.01];
    while let Some(last) = times.last().copied().filter(|last| *last < seconds - 0.02) {
        times.push(last + period(times.len(), last));
    }
    times
}

fn steady(times: &[f64]) -> Vec<(f64, f64)> {
    times.iter().map(|time| (*time, 1.0)).collect()
}

#[test]
fn a_train_with_two_percent_of_jitter_reads_two_percent() -> TestResult {
    for rate in [16_000, 44_100, 48_000] {
        // Evenly distributed between 3 % shorter and longer, periods differ by a third of that range on average: 2 %.
        let mut state = 1_u32;
        let mut chance = move || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            f64::from(state) / f64::from(u32::MAX) - 0.5
        };
        let mut times = vec![0.01];
        while let Some(last) = times.last().copied().filter(|last| *last < 3.98) {
            times.push(last + 0.008 * (1.0 + 0.06 * chance()));
        }
        let truth = jitter(&times, &PeriodRules::default()).local.ok_or("jitter of the train itself")?;
        assert!((truth - 0.02).abs() < 0.001, "{truth}");
        let found = jitter(&voice(&pulse_train(rate, 4.0, &steady(&times)), rate).pulses, &PeriodRules::default());
        let local = found.local.ok_or("jitter")?;
        assert!((local - truth).abs() < 0.0005, "{local} for {truth} at {rate}");
    }
    Ok(())
}

#[test]
fn a_smooth_glide_has_no_jitter() -> TestResult {
    for rate in [16_000, 44_100] {
        // An octave in two seconds.
        let times = train(2.0, |_, time| 1.0 / (110.0 * (0.5 * time).exp2()));
        let local = jitter(&voice(&vowel(rate, 2.0, &steady(&times)), rate).pulses, &PeriodRules::default()).local;
        let local = local.ok_or("jitter")?;
        assert!(local < MAX_GLIDE_JITTER, "{local} at {rate}");
    }
    Ok(())
}

#[test]
fn amplitudes_that_alternate_have_their_shimmer() -> TestResult {
    let times = train(2.0, |_, _| 0.008);
    let level = |index: usize| if index.is_multiple_of(2) { 0.95 } else { 1.05 };
    let begins: Vec<(f64, f64)> = times.iter().enumerate().map(|(index, time)| (*time, level(index))).collect();
    let track = voice(&pulse_train(16_000, 2.0, &begins), 16_000);
    let found = shimmer(&track.amplitudes, &PeriodRules::default());
    assert!((found.local.ok_or("shimmer")? - 0.1).abs() < 0.005, "{:?}", found.local);
    Ok(())
}

#[test]
fn formants_are_those_of_the_vowel() -> TestResult {
    let times = train(1.0, |_, _| 1.0 / 120.0);
    let track = voice(&vowel(16_000, 1.0, &steady(&times)), 16_000);
    for (number, truth) in [(0, 700.0), (1, 1220.0), (2, 2600.0)] {
        let values: Vec<f64> = track.formants.iter().filter_map(|(_, found)| found[number]).collect();
        let found = mean(&values).ok_or("formants")?;
        // Harmonics 120 Hz apart leave that much open.
        assert!((found / truth - 1.0).abs() < 0.08, "F{} is {found}, not {truth}", number + 1);
    }
    Ok(())
}

#[test]
fn noise_in_a_vowel_lowers_harmonicity_to_its_ratio() -> TestResult {
    let times = train(2.0, |_, _| 1.0 / 150.0);
    let clean = vowel(16_000, 2.0, &steady(&times));
    let hiss = noise(16_000, 2.0, 0.0, 7);
    let power = |samples: &[f32]| samples.iter().map(|value| f64::from(*value).powi(2)).sum::<f64>();
    for ratio in [10.0, 20.0] {
        let gain = (power(&clean) / power(&hiss) / 10_f64.powf(ratio / 10.0)).sqrt() as f32;
        let mixed: Vec<f32> = clean.iter().zip(&hiss).map(|(clean, hiss)| clean + gain * hiss).collect();
        let values: Vec<f64> = voice(&mixed, 16_000).harmonicity.iter().map(|(_, value)| *value).collect();
        let found = mean(&values).ok_or("harmonicity")?;
        // The best of many peaks is told, which noise makes a little too high.
        assert!((found - ratio).abs() < 2.0, "{found} dB for {ratio} dB");
    }
    Ok(())
}

/// All measures of a track, by name.
fn values(track: &VoiceTrack) -> Vec<(&'static str, Option<f64>)> {
    let rules = PeriodRules::default();
    let (jitter, shimmer) = (jitter(&track.pulses, &rules), shimmer(&track.amplitudes, &rules));
    let spectrum = track.spectrum.measures(1);
    let over = |values: Vec<f64>| mean(&values);
    vec![
        ("jitter", jitter.local),
        ("rap", jitter.rap),
        ("ppq5", jitter.ppq5),
        ("shimmer", shimmer.local),
        ("apq11", shimmer.apq11),
        ("hnr", over(track.harmonicity.iter().map(|(_, value)| *value).collect())),
        ("cpps", over(track.prominence.iter().map(|(_, value)| *value).collect())),
        ("f1", over(track.formants.iter().filter_map(|(_, found)| found[0]).collect())),
        ("f2", over(track.formants.iter().filter_map(|(_, found)| found[1]).collect())),
        ("f3", over(track.formants.iter().filter_map(|(_, found)| found[2]).collect())),
        ("f4", over(track.formants.iter().filter_map(|(_, found)| found[3]).collect())),
        ("h1_h2", mean(&track.harmonics)),
        ("tilt", spectrum.map(|found| found.tilt_db_oct)),
        ("alpha", spectrum.map(|found| found.alpha_ratio_db)),
        ("hammarberg", spectrum.map(|found| found.hammarberg_db)),
        ("centroid", spectrum.map(|found| found.centroid_hz)),
    ]
}

#[test]
fn appended_silence_changes_nothing_much() -> TestResult {
    // Recordings that do not break off inside a voice; what a cut there does, docs/methods/acoustics.md says.
    for name in ["leopard_ko.wav", "leopard_en.wav", "leopard_de.wav", "librivox_0880.wav"] {
        let (rate, samples) = speech(name)?;
        // Whole steps of every analysis, so that frames stay where they are: 0.4 s are 200 of 2 ms and 64 of 6.25 ms.
        let longer: Vec<f32> = samples.iter().copied().chain(vec![0.0; (0.4 * f64::from(rate)) as usize]).collect();
        for ((what, before), (_, after)) in values(&voice(&samples, rate)).iter().zip(values(&voice(&longer, rate))) {
            let (before, after) = (before.ok_or(*what)?, after.ok_or(*what)?);
            assert!(
                (after - before).abs() <= MAX_CHANGE_BY_SILENCE * before.abs(),
                "{name}: {what} was {before} and became {after}"
            );
        }
    }
    Ok(())
}

#[test]
fn gain_changes_no_voice_measure() -> TestResult {
    let (rate, samples) = speech("leopard_ko.wav")?;
    let quiet: Vec<f32> = samples.iter().map(|sample| 0.125 * sample).collect();
    for ((what, before), (_, after)) in values(&voice(&samples, rate)).iter().zip(values(&voice(&quiet, rate))) {
        let (before, after) = (before.ok_or(*what)?, after.ok_or(*what)?);
        assert!((after - before).abs() <= 1e-9 * before.abs(), "{what} was {before} and became {after}");
    }
    Ok(())
}

#[test]
fn nothing_is_found_in_nothing() {
    assert_eq!(voice(&[], 16_000), VoiceTrack::default());
    assert_eq!(voice(&[0.5], 16_000), VoiceTrack::default());
    assert_eq!(voice(&vec![0.0; 16_000], 16_000), VoiceTrack::default());
    assert_eq!(voice(&vec![0.25; 16_000], 16_000), VoiceTrack::default());
    let mut broken = vowel(16_000, 0.5, &steady(&train(0.5, |_, _| 0.008)));
    broken[4_000] = f32::NAN;
    assert_eq!(voice(&broken, 16_000), VoiceTrack::default(), "what is no number is not measured");
}

#[test]
fn rates_far_from_the_usual_are_borne() -> TestResult {
    for rate in [1_000, 4_000, 8_000, 11_025, 44_056, 96_000, 384_000] {
        let track = voice(&vowel(rate, 0.4, &steady(&train(0.4, |_, _| 0.008))), rate);
        for (what, value) in values(&track) {
            assert!(value.is_none_or(f64::is_finite), "{what} at {rate}");
        }
        assert!(rate < 8_000 || track.pulses.len() > 30, "{} pulses at {rate}", track.pulses.len());
    }
    Ok(())
}

proptest! {
    /// Whatever the samples are: what comes out is finite, and pulses ascend.
    #[test]
    fn nothing_but_finite_values_comes_out(
        samples in prop::collection::vec(-2.0_f32..2.0, 0..6_000),
        period in 20_usize..200,
        rate in prop::sample::select(vec![8_000_u32, 11_025, 16_000]),
    ) {
        // A period over and over is voice, with noise in it.
        let cycle: Vec<f32> = samples.iter().take(period).copied().collect();
        let repeated: Vec<f32> = samples
            .iter()
            .enumerate()
            .map(|(index, noise)| cycle.get(index % period).copied().unwrap_or(0.0) + 0.1 * noise)
            .collect();
        for sound in [&samples, &repeated] {
            let track = voice(sound, rate);
            prop_assert!(track.pulses.iter().all(|time| time.is_finite()));
            prop_assert!(track.pulses.windows(2).all(|pair| pair[0] <= pair[1]));
            for (what, value) in values(&track) {
                prop_assert!(value.is_none_or(f64::is_finite), "{}", what);
            }
        }
    }
}

/// Not a test of speed: prints how much sound a second of one thread measures, for `docs/methods/acoustics.md`.
#[test]
#[expect(clippy::print_stdout, reason = "the factor is the result that people look for")]
fn how_fast() -> TestResult {
    for name in ["jfk_44100.wav", "leopard_en.wav", "pyannote_telephone.wav"] {
        let (rate, samples) = speech(name)?;
        let begun = Instant::now();
        voice(&samples, rate);
        let seconds = samples.len() as f64 / f64::from(rate);
        println!("{name}: {:.0} times real time, pitch included", seconds / begun.elapsed().as_secs_f64());
    }
    Ok(())
}

//! Dropouts cut into real speech, and what only looks like them.

mod common;

use common::{clip, noise, speech};
use std::error::Error;
use voiceman_base::{DropoutKind, Dropouts, Quality, QualityReason, Unwatched};
use voiceman_stages::quality::signal_quality;

type TestResult = Result<(), Box<dyn Error>>;

fn dropouts(rate: u32, channels: &[Vec<f32>]) -> Result<Dropouts, Box<dyn Error>> {
    Ok(signal_quality(&clip(rate, channels)?, &Unwatched)?.dropouts.value().ok_or("not measured")?)
}

/// Places at least 0.3 s apart around which the sound is within 15 dB of the loudest moment, for `length` samples.
fn loud_places(rate: u32, samples: &[f32], length: usize) -> Vec<usize> {
    let moment = rate as usize / 200;
    let power = |at: usize| common::power(&samples[at..at + moment]);
    let loudest = (0..samples.len() - moment).step_by(moment).map(power).fold(0.0, f64::max);
    let mut places: Vec<usize> = Vec::new();
    for at in (rate as usize / 4..samples.len() - length - 2 * moment).step_by(moment) {
        let far = places.last().is_none_or(|last| at - last > rate as usize * 3 / 10);
        if far && power(at - moment) > 0.03 * loudest && power(at + length) > 0.03 * loudest {
            places.push(at);
        }
    }
    places
}

#[test]
fn holes_and_copies_are_found_where_they_are() -> TestResult {
    for name in ["leopard_en.wav", "leopard_de.wav", "leopard_ko.wav", "jfk_44100.wav", "librivox_0880.wav"] {
        let (rate, samples) = speech(name)?;
        for milliseconds in [5, 10, 20, 60] {
            let length = rate as usize * milliseconds / 1_000 + 1;
            let places = loud_places(rate, &samples, length);
            assert!(places.len() >= 3, "{name}: {places:?}");
            for kind in [DropoutKind::Constant, DropoutKind::Repeated] {
                let mut damaged = samples.clone();
                for place in &places {
                    match kind {
                        DropoutKind::Constant => damaged[*place..place + length].fill(0.0),
                        DropoutKind::Repeated => damaged.copy_within(place - length..*place, *place),
                    }
                }
                let found = dropouts(rate, &[damaged])?;
                let case = format!("{name}, {milliseconds} ms, {kind:?}: {found:?} for {places:?}");
                assert_eq!(found.count as usize, places.len(), "{case}");
                for (dropout, place) in found.first.iter().zip(&places) {
                    let (start, end) = (dropout.span.start().to_sample(rate), dropout.span.end().to_sample(rate));
                    // By chance, a sample beside it fits as well.
                    assert!(start.abs_diff(*place as u64) <= 2, "{case}");
                    assert!(end.abs_diff((place + length) as u64) <= 2, "{case}");
                    assert_eq!(dropout.kind, kind, "{case}");
                }
                let total = found.total.seconds() * f64::from(rate);
                assert!((total - (places.len() * length) as f64).abs() <= 4.0 * places.len() as f64, "{case}");
            }
        }
    }
    Ok(())
}

#[test]
fn real_recordings_have_none() -> TestResult {
    for name in [
        "leopard_en.wav",
        "leopard_de.wav",
        "leopard_ko.wav",
        "leopard_en_8000.wav",
        "jfk_44100.wav",
        "librivox_0880.wav",
        "pyannote_telephone.wav",
        "emodb_03a01Fa.wav",
        "emodb_08a05Wa.wav",
        "emodb_09a07Na.wav",
        "emodb_10b01Lb.wav",
    ] {
        let (rate, samples) = speech(name)?;
        assert_eq!(dropouts(rate, &[samples])?.count, 0, "{name}");
    }
    Ok(())
}

#[test]
fn silence_between_utterances_is_no_dropout() -> TestResult {
    for name in ["leopard_en.wav", "leopard_de.wav", "leopard_ko.wav"] {
        let (rate, samples) = speech(name)?;
        // A gate that lets nothing through 40 dB below the loudest 10 ms.
        let moment = rate as usize / 100;
        let loudest = samples.chunks(moment).map(common::power).fold(0.0, f64::max);
        let gate = |moment: &[f32]| {
            if common::power(moment) < 1e-4 * loudest { vec![0.0; moment.len()] } else { moment.to_vec() }
        };
        let gated: Vec<f32> = samples.chunks(moment).flat_map(gate).collect();
        assert!(gated.iter().filter(|sample| **sample == 0.0).count() > rate as usize / 2, "{name} has no pauses");
        assert_eq!(dropouts(rate, &[gated])?.count, 0, "{name}, gated");
        // Takes with digital silence around them.
        let mut takes = vec![0.0; rate as usize];
        for _ in 0..3 {
            takes.extend_from_slice(&samples);
            takes.extend(vec![0.0; rate as usize / 2]);
        }
        assert_eq!(dropouts(rate, &[takes])?.count, 0, "{name}, takes");
    }
    Ok(())
}

#[test]
fn machines_that_repeat_themselves_lose_nothing() -> TestResult {
    for rate in [8_000, 16_000, 44_100] {
        for hertz in [50.0, 100.0, 425.0, 1_000.0] {
            let tone = (0..2 * rate).map(|n| 0.3 * (n as f32 * hertz * std::f32::consts::TAU / rate as f32).sin());
            assert_eq!(dropouts(rate, &[tone.collect()])?.count, 0, "{hertz} Hz at {rate} Hz");
        }
        let square: Vec<f32> = (0..2 * rate).map(|n| if n / 100 % 2 == 0 { 1.0 } else { -1.0 }).collect();
        assert_eq!(dropouts(rate, &[square])?.count, 0, "clipped at {rate} Hz");
    }
    Ok(())
}

#[test]
fn pieces_and_channels_make_no_difference() -> TestResult {
    // Samples are read 2^19 at once.
    let rate = 44_100;
    let mut long = noise(rate, 26.0, 0.0, 3);
    for border in [1 << 19, 1 << 20] {
        long[border - 700..border + 700].fill(0.0);
    }
    let quiet = vec![0.0; long.len()];
    let found = dropouts(rate, &[quiet, long])?;
    assert_eq!(found.count, 2, "{found:?}");
    assert_eq!(found.first[0].span.start().to_sample(rate), (1 << 19) - 700);
    assert_eq!(found.first[1].span.end().to_sample(rate), (1 << 20) + 700);
    Ok(())
}

#[test]
fn the_list_ends_and_the_count_does_not() -> TestResult {
    let rate = 16_000;
    let mut sound = noise(rate, 20.0, 0.0, 3);
    for place in 1..100 {
        sound[place * 3_000..place * 3_000 + 160].fill(0.0);
    }
    let found = dropouts(rate, &[sound])?;
    assert_eq!((found.count, found.first.len()), (99, Dropouts::MOST_LISTED));
    Ok(())
}

#[test]
fn next_to_nothing_has_no_dropouts_to_count() -> TestResult {
    for length in [1, 100] {
        let quality = signal_quality(&clip(16_000, &[vec![0.5; length]])?, &Unwatched)?;
        assert_eq!(quality.dropouts, Quality::Undefined(QualityReason::TooShort));
    }
    Ok(())
}

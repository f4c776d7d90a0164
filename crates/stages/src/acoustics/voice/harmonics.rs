//! Level of the first harmonic over the second (H1-H2), from spectra of two periods between glottal pulses.
//!
//! A wide open quotient of the glottis, as in breathy voices, makes the first harmonic strong (D.H. Klatt and L.C. Klatt
//! 1990, "Analysis, synthesis, and perception of voice quality variations among female and male talkers", Journal of the
//! Acoustical Society of America 87, 820-857). Nothing is corrected for the formants: vowels differ too.

use super::periods::PeriodRules;
use realfft::num_complex::Complex;
use std::f64::consts::TAU;

/// H1-H2 in decibels at each of the `pulses`, in seconds and ascending, that has a regular period to each side.
///
/// A Hann window over exactly two periods is zero at every harmonic but the one looked at, so that they do not mix.
pub fn first_harmonics(samples: &[f64], sample_rate: f64, pulses: &[f64], rules: &PeriodRules) -> Vec<f64> {
    let regular = pulses.windows(3).filter(|around| rules.are_periods(around[1] - around[0], around[2] - around[1]));
    regular.filter_map(|around| difference(samples, sample_rate, around[0], around[2])).collect()
}

/// H1-H2 of the two periods between `from` and `to` seconds.
fn difference(samples: &[f64], sample_rate: f64, from: f64, to: f64) -> Option<f64> {
    let first = (from * sample_rate - 0.5).ceil().max(0.0) as usize;
    let last = ((to * sample_rate - 0.5).floor().max(0.0) as usize).min(samples.len().checked_sub(1)?);
    let within = samples.get(first..=last)?;
    // One turn of the pointer over both periods; its second and fourth power turn with the harmonics.
    let turn = TAU / (to - from);
    let mut pointer = Complex::from_polar(1.0, turn * ((first as f64 + 0.5) / sample_rate - from));
    let rotation = Complex::from_polar(1.0, turn / sample_rate);
    let zero = Complex::new(0.0, 0.0);
    let (mut fundamental, mut octave) = (zero, zero);
    for sample in within {
        let windowed = sample * (0.5 - 0.5 * pointer.re);
        let square = pointer * pointer;
        fundamental += square * windowed;
        octave += square * square * windowed;
        pointer *= rotation;
    }
    let (fundamental, octave) = (fundamental.norm_sqr(), octave.norm_sqr());
    (fundamental > 0.0 && octave > 0.0).then(|| 10.0 * (fundamental / octave).log10()).filter(|level| level.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn harmonics_of_known_level_are_told_apart() {
        let rate = 16_000.0;
        for (frequency, truth) in [(100.0, 6.0), (123.4, -3.0), (211.0, 12.0)] {
            let second = 10.0_f64.powf(-truth / 20.0);
            let samples: Vec<f64> = (0..16_000)
                .map(|n| {
                    let turn = TAU * frequency * (f64::from(n) + 0.5) / rate;
                    turn.sin() + second * (2.0 * turn + 1.0).sin() + 0.3 * (3.0 * turn).sin() + 0.2
                })
                .collect();
            let pulses: Vec<f64> = (1..50).map(|index| f64::from(index) / frequency).collect();
            let found = first_harmonics(&samples, rate, &pulses, &PeriodRules::default());
            assert!(found.len() > 40);
            for level in found {
                assert!((level - truth).abs() < 0.1, "{level} dB for {truth} dB at {frequency} Hz");
            }
        }
    }
}

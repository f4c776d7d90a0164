//! Irregularity of the amplitudes of periods: shimmer, as Praat's manual defines it under "Voice 3. Shimmer".

use super::periods::{PeriodRules, mean_of, ratio};

/// Part of a period to each side of a pulse over which its amplitude is taken.
const REACH: f64 = 0.2;

/// The amplitude of one period.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PeriodAmplitude {
    /// Its pulse in seconds.
    pub time: f64,
    /// Root mean square of the sound under a Hann window that is highest at the pulse, full scale being 1.
    pub amplitude: f64,
}

/// Shimmer; nothing where there are too few periods to compare.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ShimmerMeasures {
    /// Mean difference of neighbouring amplitudes as a part of the mean amplitude.
    pub local: Option<f64>,
    /// Mean absolute difference of neighbouring levels in decibels.
    pub local_db: Option<f64>,
    /// Amplitude perturbation quotients: mean distance of an amplitude from the mean of 3, 5 or 11 around it, as a part of
    /// the mean amplitude.
    pub apq3: Option<f64>,
    /// See [`ShimmerMeasures::apq3`].
    pub apq5: Option<f64>,
    /// See [`ShimmerMeasures::apq3`].
    pub apq11: Option<f64>,
}

/// Amplitudes at those `pulses`, in seconds and ascending, that have a regular period to each side.
pub fn amplitudes(samples: &[f64], sample_rate: f64, pulses: &[f64], rules: &PeriodRules) -> Vec<PeriodAmplitude> {
    let regular = pulses.windows(3).filter_map(|around| {
        let (left, right) = (around[1] - around[0], around[2] - around[1]);
        rules.are_periods(left, right).then_some((around[1], REACH * left, REACH * right))
    });
    regular
        .map(|(time, left, right)| PeriodAmplitude { time, amplitude: level(samples, sample_rate, time, left, right) })
        .filter(|found| found.amplitude > 0.0)
        .collect()
}

/// Root mean square around `time` under a window that falls to zero `left` seconds before and `right` seconds after it.
fn level(samples: &[f64], sample_rate: f64, time: f64, left: f64, right: f64) -> f64 {
    let first = ((time - left) * sample_rate - 0.5).ceil().max(0.0) as usize;
    let last = ((time + right) * sample_rate - 0.5).floor().max(0.0) as usize;
    let (mut energy, mut total) = (0.0, 0.0);
    for (index, sample) in samples.iter().enumerate().take(last + 1).skip(first) {
        let distance = (index as f64 + 0.5) / sample_rate - time;
        let width = if distance < 0.0 { left } else { right };
        let weight = 0.5 + 0.5 * (std::f64::consts::PI * distance / width).cos();
        energy += (sample * weight).powi(2);
        total += weight * weight;
    }
    if total > 0.0 { (energy / total).sqrt() } else { 0.0 }
}

/// Shimmer of amplitudes in ascending order of time.
pub fn shimmer(amplitudes: &[PeriodAmplitude], rules: &PeriodRules) -> ShimmerMeasures {
    let follows = |pair: &[PeriodAmplitude]| {
        rules.is_period(pair[1].time - pair[0].time)
            && ratio(pair[0].amplitude, pair[1].amplitude) <= rules.amplitude_factor
    };
    let steady = |around: &[PeriodAmplitude]| around.windows(2).all(follows);
    // The last amplitude is not part of the mean, as in Praat.
    let counted = amplitudes.split_last().map_or(amplitudes, |(_, rest)| rest);
    let Some(mean) = mean_of(counted.iter().map(|found| found.amplitude), rules.least) else {
        return ShimmerMeasures::default();
    };
    let pairs =
        || amplitudes.windows(2).filter(|pair| follows(pair)).map(|pair| (pair[0].amplitude, pair[1].amplitude));
    let quotient = |width: usize| {
        let distances = amplitudes.windows(width).filter(|around| steady(around)).map(|around| {
            let mean = around.iter().map(|found| found.amplitude).sum::<f64>() / width as f64;
            (around[width / 2].amplitude - mean).abs()
        });
        mean_of(distances, rules.least).map(|distance| distance / mean)
    };
    ShimmerMeasures {
        local: mean_of(pairs().map(|(left, right)| (left - right).abs()), rules.least).map(|distance| distance / mean),
        local_db: mean_of(pairs().map(|(left, right)| 20.0 * (left / right).log10().abs()), rules.least),
        apq3: quotient(3),
        apq5: quotient(5),
        apq11: quotient(11),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alternating_amplitudes_have_known_shimmer() -> Result<(), &'static str> {
        let amplitudes: Vec<PeriodAmplitude> = (0..100)
            .map(|index| PeriodAmplitude {
                time: f64::from(index) * 0.01,
                amplitude: if index % 2 == 0 { 0.95 } else { 1.05 },
            })
            .collect();
        let found = shimmer(&amplitudes, &PeriodRules::default());
        assert!((found.local.ok_or("local")? - 0.1).abs() < 1e-3);
        assert!((found.local_db.ok_or("dB")? - 20.0 * (1.05_f64 / 0.95).log10()).abs() < 1e-9);
        assert!((found.apq3.ok_or("apq3")? - 0.1 * 2.0 / 3.0).abs() < 1e-3);
        assert_eq!(shimmer(&[], &PeriodRules::default()), ShimmerMeasures::default());
        Ok(())
    }
}

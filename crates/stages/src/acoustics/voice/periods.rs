//! Irregularity of the periods: jitter, as Praat's manual defines it under "Voice 2. Jitter".
//!
//! Only differences between neighbouring pulses count that can be periods of one voice; a pulse that was missed or found
//! twice makes no jitter. Differences between pulses of the waveform, never between frames of a pitch track: a glide
//! moves those apart without any irregularity.

/// What counts as a period. Defaults: Praat's.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PeriodRules {
    /// Shortest period in seconds.
    pub shortest_s: f64,
    /// Longest period in seconds.
    pub longest_s: f64,
    /// Largest ratio of neighbouring periods.
    pub period_factor: f64,
    /// Largest ratio of neighbouring amplitudes.
    pub amplitude_factor: f64,
    /// Comparisons without which a measure has no value: one or two say nothing.
    pub least: usize,
}

impl Default for PeriodRules {
    fn default() -> Self {
        PeriodRules { shortest_s: 1e-4, longest_s: 0.02, period_factor: 1.3, amplitude_factor: 1.6, least: 10 }
    }
}

impl PeriodRules {
    /// Whether a difference between pulses, in seconds, can be a period.
    pub(crate) fn is_period(&self, seconds: f64) -> bool {
        (self.shortest_s..=self.longest_s).contains(&seconds)
    }

    /// Whether two neighbouring differences can both be periods of one voice.
    pub(crate) fn are_periods(&self, left: f64, right: f64) -> bool {
        self.is_period(left) && self.is_period(right) && ratio(left, right) <= self.period_factor
    }
}

/// The larger over the smaller of two positive numbers.
pub(crate) fn ratio(left: f64, right: f64) -> f64 {
    (left / right).max(right / left)
}

/// Jitter; nothing where there are too few periods to compare.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct JitterMeasures {
    /// Mean difference of neighbouring periods, in seconds.
    pub absolute_s: Option<f64>,
    /// The same as a part of the mean period.
    pub local: Option<f64>,
    /// Relative average perturbation: mean distance of a period from the mean of it and its neighbours, as a part of the
    /// mean period.
    pub rap: Option<f64>,
    /// Five-point period perturbation quotient: the same with two neighbours to each side.
    pub ppq5: Option<f64>,
}

/// Jitter of `pulses`, which are in ascending order, in seconds.
pub fn jitter(pulses: &[f64], rules: &PeriodRules) -> JitterMeasures {
    let periods: Vec<f64> = pulses.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let steady = |around: &[f64]| around.windows(2).all(|pair| rules.are_periods(pair[0], pair[1]));
    // A period fits if it goes with a neighbour, or lacks one: at both ends.
    let fits = |index: usize| {
        let with = |other: usize| periods.get(other).map(|other| ratio(periods[index], *other) <= rules.period_factor);
        let sides = [with(index.wrapping_sub(1)), with(index + 1)];
        rules.is_period(periods[index]) && sides.iter().any(|side| side.unwrap_or(true))
    };
    let fitting: Vec<f64> = (0..periods.len()).filter(|index| fits(*index)).map(|index| periods[index]).collect();
    let Some(mean_period) = mean_of(fitting.iter().copied(), rules.least) else { return JitterMeasures::default() };
    let absolute_s =
        mean_of(periods.windows(2).filter(|pair| steady(pair)).map(|pair| (pair[0] - pair[1]).abs()), rules.least);
    let quotient = |width: usize| {
        let distances = periods
            .windows(width)
            .filter(|around| steady(around))
            .map(|around| (around[width / 2] - around.iter().sum::<f64>() / width as f64).abs());
        mean_of(distances, rules.least).map(|distance| distance / mean_period)
    };
    JitterMeasures {
        absolute_s,
        local: absolute_s.map(|absolute| absolute / mean_period),
        rap: quotient(3),
        ppq5: quotient(5),
    }
}

/// Mean of at least `least` values.
pub(crate) fn mean_of(values: impl Iterator<Item = f64>, least: usize) -> Option<f64> {
    let (sum, count) = values.fold((0.0, 0_usize), |(sum, count), value| (sum + value, count + 1));
    (count >= least.max(1)).then(|| sum / count as f64).filter(|mean| mean.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alternating_periods_have_known_jitter() -> Result<(), &'static str> {
        // 9.9 and 10.1 ms in turn: every difference is 0.2 ms, 2 % of the mean.
        let mut time = 0.0;
        let pulses: Vec<f64> = (0..101)
            .map(|index| {
                time += if index % 2 == 0 { 0.0099 } else { 0.0101 };
                time
            })
            .collect();
        let found = jitter(&pulses, &PeriodRules::default());
        let local = found.local.ok_or("jitter")?;
        assert!((local - 0.02).abs() < 1e-9, "{local}");
        // The middle of three is 2/3 of a difference away from their mean, that of five 3/5 of it less 1/5.
        assert!((found.rap.ok_or("rap")? - 0.02 * 2.0 / 3.0).abs() < 1e-9);
        assert!((found.ppq5.ok_or("ppq5")? - 0.02 * 2.0 / 5.0).abs() < 1e-9);
        Ok(())
    }

    #[test]
    fn a_missed_pulse_makes_no_jitter() -> Result<(), &'static str> {
        let pulses: Vec<f64> = (0..60).filter(|index| *index != 30).map(|index| f64::from(index) * 0.008).collect();
        let local = jitter(&pulses, &PeriodRules::default()).local.ok_or("jitter")?;
        assert!(local < 1e-9, "{local}");
        Ok(())
    }

    #[test]
    fn few_pulses_give_nothing() {
        assert_eq!(jitter(&[], &PeriodRules::default()), JitterMeasures::default());
        assert_eq!(jitter(&[0.1, 0.11, 0.12, 0.13], &PeriodRules::default()), JitterMeasures::default());
    }
}

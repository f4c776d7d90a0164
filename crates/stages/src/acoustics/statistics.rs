//! Mean, median and spread of finite numbers. Each is nothing where there is nothing to take it of.

pub use voiceman_base::median;

/// Arithmetic mean.
pub fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// The value below which the share `part` of the values lies, straight between neighbouring values.
pub fn quantile(values: &[f64], part: f64) -> Option<f64> {
    quantiles(values, [part]).map(|[value]| value)
}

/// As [`quantile`], for several shares (Hyndman and Fan 1996, type 7).
pub(crate) fn quantiles<const N: usize>(values: &[f64], parts: [f64; N]) -> Option<[f64; N]> {
    let last = values.len().checked_sub(1)?;
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    Some(parts.map(|part| {
        let place = part.clamp(0.0, 1.0) * last as f64;
        let left = place.floor() as usize;
        let right = (left + 1).min(last);
        sorted[left] + (place - left as f64) * (sorted[right] - sorted[left])
    }))
}

/// Standard deviation of a sample (divisor n - 1), from two values on.
pub fn standard_deviation(values: &[f64]) -> Option<f64> {
    let mean = mean(values)?;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    (values.len() > 1).then(|| (squares / (values.len() - 1) as f64).sqrt())
}

/// Standard deviation of all there is (divisor n).
pub(crate) fn population_deviation(values: &[f64]) -> Option<f64> {
    let mean = mean(values)?;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    Some((squares / values.len() as f64).sqrt())
}

/// Median of the distances from the median.
pub fn median_absolute_deviation(values: &[f64]) -> Option<f64> {
    let middle = median(values)?;
    median(&values.iter().map(|value| (value - middle).abs()).collect::<Vec<_>>())
}

/// Level whose energy is the mean of the energies of `levels`, in decibels.
pub fn energy_mean(levels: &[f64]) -> Option<f64> {
    let energies: Vec<f64> = levels.iter().map(|level| 10.0_f64.powf(0.1 * level)).collect();
    mean(&energies).filter(|energy| *energy > 0.0).map(|energy| 10.0 * energy.log10())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn textbook_values() {
        let values = [1.0, 2.0, 4.0, 9.0];
        assert_eq!(mean(&values), Some(4.0));
        assert_eq!(median(&values), Some(3.0));
        assert_eq!(median(&[5.0, 1.0, 3.0]), Some(3.0));
        assert_eq!(quantile(&values, 0.25), Some(1.75));
        assert_eq!(quantile(&values, 1.0), Some(9.0));
        assert!(standard_deviation(&values).is_some_and(|spread| (spread - (38.0_f64 / 3.0).sqrt()).abs() < 1e-12));
        assert_eq!(median_absolute_deviation(&values), Some(1.5));
        // Twice the energy is 3.01 dB more; half the time at it and half at nothing gives the level back.
        assert!(energy_mean(&[60.0 + 10.0 * 2.0_f64.log10(), -300.0]).is_some_and(|level| (level - 60.0).abs() < 1e-9));
    }

    #[test]
    fn nothing_of_nothing() {
        assert_eq!(mean(&[]), None);
        assert_eq!(median(&[]), None);
        assert_eq!(quantile(&[], 0.5), None);
        assert_eq!(standard_deviation(&[3.0]), None);
        assert_eq!(median_absolute_deviation(&[]), None);
        assert_eq!(energy_mean(&[]), None);
    }
}

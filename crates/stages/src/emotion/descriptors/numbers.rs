//! Statistics of lists that are known to hold something; NaN of an empty one, which the caller turns into a reason.

use crate::acoustics;

/// Arithmetic mean.
pub(super) fn mean(values: &[f64]) -> f64 {
    acoustics::mean(values).unwrap_or(f64::NAN)
}

/// Standard deviation with divisor n.
pub(super) fn deviation(values: &[f64]) -> f64 {
    acoustics::population_deviation(values).unwrap_or(f64::NAN)
}

/// Percentiles with linear interpolation between the sorted values.
pub(super) fn percentiles<const N: usize>(values: &[f64], percents: [f64; N]) -> [f64; N] {
    acoustics::quantiles(values, percents.map(|percent| percent / 100.0)).unwrap_or([f64::NAN; N])
}

/// Percentiles 10, 25, 50, 75, 90, mean and standard deviation.
pub(super) fn seven(values: &[f64]) -> Vec<f64> {
    let mut found = percentiles(values, [10.0, 25.0, 50.0, 75.0, 90.0]).to_vec();
    found.extend([mean(values), deviation(values)]);
    found
}

/// Slope over five values by least squares, by value; two fewer at each end.
pub(super) fn slopes(values: &[f64]) -> Vec<f64> {
    values.windows(5).map(|five| (2.0 * (five[4] - five[0]) + five[3] - five[1]) / 10.0).collect()
}

/// Slope and mean of a straight line through `(place, value)` by least squares.
pub(super) fn line(points: &[(f64, f64)]) -> (f64, f64, f64) {
    let count = points.len() as f64;
    let (place, value) = points.iter().fold((0.0, 0.0), |sum, point| (sum.0 + point.0, sum.1 + point.1));
    let (place, value) = (place / count, value / count);
    let (above, below) = points.iter().fold((0.0, 0.0), |sum, point| {
        let away = point.0 - place;
        (sum.0 + away * (point.1 - value), sum.1 + away * away)
    });
    (above / below, place, value)
}

/// Pearson's correlation, 0 where one of the two is constant: then the one says nothing about the other.
pub(super) fn correlation(one: &[f64], other: &[f64]) -> f64 {
    let (mean_one, mean_other) = (mean(one), mean(other));
    let product: f64 = one.iter().zip(other).map(|(a, b)| (a - mean_one) * (b - mean_other)).sum();
    let scale = deviation(one) * deviation(other) * one.len() as f64;
    if scale > 0.0 { product / scale } else { 0.0 }
}

//! Statistics of lists that are known to hold something; NaN of an empty one, which the caller turns into a reason.

/// Arithmetic mean.
pub(super) fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Standard deviation with divisor n.
pub(super) fn deviation(values: &[f64]) -> f64 {
    let mean = mean(values);
    (values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / values.len() as f64).sqrt()
}

/// Percentiles with linear interpolation between the sorted values (Hyndman and Fan 1996, type 7).
pub(super) fn percentiles(values: &[f64], percents: &[f64]) -> Vec<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let at = |percent: &f64| {
        let place = percent / 100.0 * sorted.len().saturating_sub(1) as f64;
        let below = place.floor() as usize;
        let (Some(low), Some(high)) = (sorted.get(below), sorted.get(below + 1).or(sorted.last())) else {
            return f64::NAN;
        };
        low + (place - below as f64) * (high - low)
    };
    percents.iter().map(at).collect()
}

/// Percentiles 10, 25, 50, 75, 90, mean and standard deviation.
pub(super) fn seven(values: &[f64]) -> Vec<f64> {
    let mut found = percentiles(values, &[10.0, 25.0, 50.0, 75.0, 90.0]);
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

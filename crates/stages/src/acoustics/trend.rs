//! A line through values over time that single values do not bend.
//!
//! H. Theil 1950, "A rank-invariant method of linear and polynomial regression analysis", Indagationes Mathematicae 12;
//! P. K. Sen 1968, "Estimates of the regression coefficient based on Kendall's tau", Journal of the American Statistical
//! Association 63, 1379-1389: the median of the slopes between all pairs of points, and the interval between the slopes
//! whose ranks lie `1.96 sqrt(n (n - 1) (2 n + 5) / 18)` apart around it. The interval holds for values that are
//! independent of each other; utterances that follow each other are not quite, so it is rather too narrow.

use super::statistics::median;
use serde::{Deserialize, Serialize};
use voiceman_base::{Measured, Trend, UndefinedReason};

/// Values that are compared pair by pair at most; more of them are put together in groups of equal number, each with the
/// medians of its times and values. It bounds memory.
const MOST_POINTS: usize = 500;

/// Half the width of an interval of 95 % of a normal distribution, in standard deviations.
const WIDTH: f64 = 1.959_964;

/// When a trend may be told.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TrendSettings {
    /// Utterances with a value without which there is no trend. Default 10.
    pub min_utterances: usize,
    /// Seconds between the first and the last of them without which there is none: a slope by the minute is not told from
    /// less than a few minutes. Default 120.
    pub min_span_s: f64,
}

impl Default for TrendSettings {
    fn default() -> Self {
        TrendSettings { min_utterances: 10, min_span_s: 120.0 }
    }
}

/// The trend of `points`, times in seconds and values, sorted by time.
pub(crate) fn trend(points: &[(f64, f64)], settings: &TrendSettings) -> Measured<Trend> {
    let first = points.first().map_or(0.0, |point| point.0);
    let span = points.last().map_or(0.0, |point| point.0) - first;
    if points.len() < settings.min_utterances.max(3) || span < settings.min_span_s {
        return Measured::Undefined(UndefinedReason::TooFewUtterances);
    }
    let group = points.len().div_ceil(MOST_POINTS);
    let grouped: Vec<(f64, f64)> = points.chunks(group).filter_map(middle).collect();
    let mut slopes = Vec::with_capacity(grouped.len() * (grouped.len() - 1) / 2);
    for (index, left) in grouped.iter().enumerate() {
        let to = |right: &(f64, f64)| (right.0 > left.0).then(|| 60.0 * (right.1 - left.1) / (right.0 - left.0));
        slopes.extend(grouped[index + 1..].iter().filter_map(to));
    }
    slopes.sort_by(f64::total_cmp);
    let count = grouped.len() as f64;
    let apart = WIDTH * (count * (count - 1.0) * (2.0 * count + 5.0) / 18.0).sqrt();
    let all = slopes.len() as f64;
    let at = |rank: f64| slopes.get(rank.max(0.0) as usize).or(slopes.last()).copied();
    let lowest = (0.5 * (all - apart)).floor();
    let highest = (0.5 * (all + apart)).ceil();
    let found = median(&slopes).zip(at(lowest).zip(at(highest)));
    let trend = found.map(|(per_minute, (low, high))| Trend { per_minute, low, high, utterances: points.len() as u32 });
    Measured::from_option(trend, UndefinedReason::TooFewUtterances)
}

fn middle(points: &[(f64, f64)]) -> Option<(f64, f64)> {
    let times: Vec<f64> = points.iter().map(|point| point.0).collect();
    let values: Vec<f64> = points.iter().map(|point| point.1).collect();
    Some((median(&times)?, median(&values)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rising(count: u32, per_minute: f64) -> Vec<(f64, f64)> {
        (0..count).map(|index| f64::from(index) * 10.0).map(|time| (time, 100.0 + per_minute * time / 60.0)).collect()
    }

    #[test]
    fn a_line_gives_its_slope_and_an_outlier_does_not_bend_it() {
        let mut points = rising(30, 3.0);
        points[7].1 = 900.0;
        let found = trend(&points, &TrendSettings::default()).value().expect("thirty points over five minutes");
        assert!((found.per_minute - 3.0).abs() < 1e-9, "{found:?}");
        assert!(found.low <= 3.0 + 1e-9 && found.high >= 3.0 - 1e-9);
        assert_eq!(found.utterances, 30);
    }

    #[test]
    fn sen_1968_example() {
        // Sen 1968, section 6: seven points, the slope is 4; the steepest of all pairs has 6.
        let points = [(1.0, 9.0), (2.0, 15.0), (3.0, 19.0), (4.0, 20.0), (10.0, 45.0), (12.0, 55.0), (18.0, 78.0)];
        let settings = TrendSettings { min_utterances: 3, min_span_s: 0.0 };
        let found = trend(&points, &settings).value().expect("seven points");
        assert!((found.per_minute / 60.0 - 4.0).abs() < 0.01, "{found:?}");
        assert!(found.low < found.per_minute && found.high / 60.0 < 6.0 + 1e-9, "{found:?}");
    }

    #[test]
    fn too_few_or_too_close_have_none() {
        let none = Measured::Undefined(UndefinedReason::TooFewUtterances);
        assert_eq!(trend(&[], &TrendSettings::default()), none);
        assert_eq!(trend(&rising(9, 1.0), &TrendSettings::default()), none);
        let close: Vec<_> = (0..20).map(|index| (f64::from(index), 100.0)).collect();
        assert_eq!(trend(&close, &TrendSettings::default()), none);
    }

    #[test]
    fn thousands_of_points_are_grouped() {
        let found = trend(&rising(7_000, -0.5), &TrendSettings::default()).value().expect("enough");
        assert!((found.per_minute + 0.5).abs() < 1e-6, "{found:?}");
    }

    proptest! {
        #[test]
        fn the_interval_holds_the_slope(values in proptest::collection::vec(50.0..400.0_f64, 10..80)) {
            let points: Vec<_> = values.iter().enumerate().map(|(index, value)| (index as f64 * 20.0, *value)).collect();
            let found = trend(&points, &TrendSettings::default()).value().expect("enough");
            prop_assert!(found.low <= found.per_minute && found.per_minute <= found.high);
            prop_assert!(found.low.is_finite() && found.high.is_finite());
        }
    }
}

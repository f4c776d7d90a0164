//! From contours to functionals: smoothing, moments, percentiles, slopes, segments.

use super::super::statistics::{mean, population_deviation};

/// Length of the shorter segments, in frames, that do not count.
const SHORTEST: usize = 2;

/// Least height of a rise or fall, as a share of the contour's range.
const RELATIVE_HEIGHT: f64 = 0.1;

/// Moving average over three frames, fewer at the ends.
pub(super) fn smooth(values: &[f64]) -> Vec<f64> {
    let last = values.len().saturating_sub(1);
    let at = |index: usize| {
        let (left, right) = (index.saturating_sub(1), (index + 1).min(last));
        (values[left] + values[index] + values[right]) / 3.0
    };
    (0..values.len()).map(at).collect()
}

/// Moving average over those of three frames that have a value; frames without stay so.
pub(super) fn smooth_defined(values: &[Option<f64>]) -> Vec<Option<f64>> {
    let at = |index: usize| {
        values[index]?;
        let around = &values[index.saturating_sub(1)..(index + 2).min(values.len())];
        let (sum, count) = around.iter().flatten().fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
        Some(sum / count)
    };
    (0..values.len()).map(at).collect()
}

/// Standard deviation (divisor n) over the mean.
pub(super) fn normalised_deviation(values: &[f64]) -> Option<f64> {
    let mean = mean(values)?;
    let ratio = population_deviation(values)? / mean;
    ratio.is_finite().then_some(ratio)
}

/// Rises and falls of a contour, and its peaks.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Movement {
    /// Slope of each rise in units per second.
    pub(super) rising: Vec<f64>,
    /// Slope of each fall, as a positive number.
    pub(super) falling: Vec<f64>,
    /// Maxima.
    pub(super) peaks: usize,
}

/// The contour's turning points that rise and fall by more than a tenth of its range, and the slopes of the straight
/// lines between them, from its first value to its last. `step` is the time between values in seconds.
pub(super) fn movement(values: &[f64], step: f64) -> Movement {
    let highest = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let lowest = values.iter().copied().fold(f64::INFINITY, f64::min);
    let threshold = RELATIVE_HEIGHT * (highest - lowest);
    let mut points = turning_points(values, threshold);
    // The first rise begins with the contour, so a minimum before the first maximum is passed by.
    if points.first().is_some_and(|(_, is_peak)| !is_peak) {
        points.remove(0);
    }
    let peaks = points.iter().filter(|(_, is_peak)| *is_peak).count();
    if let Some((_, is_peak)) = points.last().copied() {
        points.insert(0, (0, false));
        points.push((values.len() - 1, !is_peak));
    }
    let mut movement = Movement { peaks, ..Movement::default() };
    for pair in points.windows(2) {
        let ((from, _), (to, rises)) = (pair[0], pair[1]);
        if from == to {
            continue;
        }
        let slope = (values[to] - values[from]) / ((to - from) as f64 * step);
        if rises { movement.rising.push(slope) } else { movement.falling.push(-slope) }
    }
    movement
}

/// Places of alternating maxima (`true`) and minima that stand out by more than `threshold` on both sides.
fn turning_points(values: &[f64], threshold: f64) -> Vec<(usize, bool)> {
    let mut points = Vec::new();
    let (mut low, mut high) = (0, 0);
    // Whether the contour rises towards the next maximum; not known before it has moved far enough.
    let mut rising = None;
    for (index, value) in values.iter().enumerate() {
        if *value > values[high] {
            high = index;
        }
        if *value < values[low] {
            low = index;
        }
        match rising {
            None if values[high] - values[low] > threshold => {
                let up = high > low;
                points.push((if up { low } else { high }, !up));
                rising = Some(up);
                (low, high) = if up { (high, high) } else { (low, low) };
            }
            Some(true) if values[high] - value > threshold => {
                points.push((high, true));
                rising = Some(false);
                (low, high) = (index, index);
            }
            Some(false) if value - values[low] > threshold => {
                points.push((low, false));
                rising = Some(true);
                (low, high) = (index, index);
            }
            // On the way up the lowest place is the one behind; it must not be taken for the next minimum.
            Some(true) => low = high,
            Some(false) => high = low,
            None => {}
        }
    }
    points
}

/// Lengths, in frames, of the stretches of voiced and of voiceless frames.
pub(super) struct Segments {
    pub(super) voiced: Vec<f64>,
    pub(super) voiceless: Vec<f64>,
}

/// Stretches of frames of one kind. A gap of a single frame does not part two voiced stretches; stretches of one or two
/// frames do not count; the length is the time from the first frame to the last, as openSMILE has it.
pub(super) fn segments(voiced: &[bool]) -> Segments {
    let mut bridged = voiced.to_vec();
    for index in 1..voiced.len().saturating_sub(1) {
        bridged[index] |= voiced[index - 1] && voiced[index + 1];
    }
    let mut segments = Segments { voiced: Vec::new(), voiceless: Vec::new() };
    for run in bridged.chunk_by(|left, right| left == right).filter(|run| run.len() > SHORTEST) {
        let length = (run.len() - 1) as f64;
        if run[0] { segments.voiced.push(length) } else { segments.voiceless.push(length) }
    }
    segments
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn smoothing_keeps_constants_and_gaps() {
        assert_eq!(smooth(&[2.0, 2.0, 2.0]), [2.0, 2.0, 2.0]);
        assert_eq!(smooth_defined(&[None, Some(1.0), Some(3.0), None]), [None, Some(2.0), Some(2.0), None]);
        assert!(smooth(&[]).is_empty());
    }

    #[test]
    fn slopes_of_a_saw_are_its_own() {
        let saw: Vec<f64> = (0..41).map(|index| f64::from(10 - (index % 20 - 10_i32).abs())).collect();
        let movement = movement(&saw, 0.01);
        assert_eq!(movement.peaks, 2);
        assert!(movement.rising.iter().chain(&movement.falling).all(|slope| (slope - 100.0).abs() < 1e-9));
        assert_eq!((movement.rising.len(), movement.falling.len()), (2, 2));
    }

    #[test]
    fn a_constant_does_not_move() {
        assert_eq!(movement(&[1.0; 20], 0.01), Movement::default());
        assert_eq!(movement(&[], 0.01), Movement::default());
    }

    #[test]
    fn short_stretches_do_not_count() {
        let pattern = [0, 0, 0, 1, 1, 1, 1, 0, 1, 1, 0, 0, 1, 1, 0, 0, 0, 0];
        let found = segments(&pattern.map(|value| value == 1));
        assert_eq!(found.voiced, [6.0]);
        assert_eq!(found.voiceless, [2.0, 3.0]);
    }
}

//! From contour points to what a plot can show: columns of lowest and highest value, and axes.

use crate::tree::{Column, Curves, Panel};
use voiceman_base::{AcousticFeatures, Baseline, ClipTime, ContourPoint, Span, SpeakerAcoustics};

/// Most columns of a plot: about one every one and a half units of its width, so that strokes do not touch.
const MAX_COLUMNS: usize = 560;

/// Up to so many points a plot shows each of them instead of columns.
const MAX_POINTS: usize = 840;

/// Names and captions of a plot.
pub(crate) struct Labels {
    pub pitch: String,
    pub level: String,
    pub caption: String,
}

/// The curves over `span`; nothing when nothing was measured there. The contour is sorted by time.
pub(crate) fn curves(features: &AcousticFeatures, span: Span, bands: Vec<Span>, labels: Labels) -> Option<Curves> {
    let from = features.contour.partition_point(|point| point.time < span.start());
    let until = features.contour.partition_point(|point| point.time < span.end());
    drawn(features, features.contour.get(from..until)?, &features.baseline, (span, bands), labels)
}

/// The curves of what `speaker` says within `span`, beside what is usual for him or her.
pub(crate) fn curves_of(
    features: &AcousticFeatures,
    speaker: &SpeakerAcoustics,
    span: Span,
    bands: Vec<Span>,
    labels: Labels,
) -> Option<Curves> {
    let own: Vec<Span> = features
        .utterances
        .iter()
        .filter(|utterance| utterance.speaker == Some(speaker.speaker))
        .map(|utterance| utterance.span)
        .collect();
    let mut points = Vec::new();
    for utterance in own {
        let from = features.contour.partition_point(|point| point.time < utterance.start().max(span.start()));
        let until = features.contour.partition_point(|point| point.time < utterance.end().min(span.end()));
        points.extend(features.contour.get(from..until).unwrap_or_default());
    }
    // Utterances of one speaker may overlap where he or she is taken up again.
    points.sort_by_key(|point: &ContourPoint| point.time);
    points.dedup_by_key(|point| point.time);
    drawn(features, &points, &speaker.baseline, (span, bands), labels)
}

fn drawn(
    features: &AcousticFeatures,
    points: &[ContourPoint],
    baseline: &Baseline,
    (span, bands): (Span, Vec<Span>),
    labels: Labels,
) -> Option<Curves> {
    let step = contour_step(features);
    let pitch = panel(
        labels.pitch,
        columns(points, span, step, |point| point.f0.map(f64::from)),
        baseline.f0.value().map(f64::from),
        10.0,
    );
    let level = panel(
        labels.level,
        columns(points, span, step, |point| point.intensity.map(f64::from)),
        baseline.intensity.value().map(f64::from),
        5.0,
    );
    if pitch.columns.is_empty() && level.columns.is_empty() {
        return None;
    }
    Some(Curves { span, pitch, level, bands, caption: labels.caption })
}

/// How much sound one stroke of a plot over `span` stands for.
pub(crate) fn stroke_length(features: &AcousticFeatures, span: Span) -> ClipTime {
    let step = contour_step(features);
    if shows_points(span, step) {
        step
    } else {
        step.max(ClipTime::from_micros(span.length().micros() / MAX_COLUMNS as i64))
    }
}

/// The distance of neighbouring points within an utterance.
fn contour_step(features: &AcousticFeatures) -> ClipTime {
    let distances = features.contour.windows(2).map(|pair| pair[1].time.saturating_sub(pair[0].time));
    distances.filter(|&distance| distance > ClipTime::ZERO).min().unwrap_or(ClipTime::from_millis(10))
}

fn shows_points(span: Span, step: ClipTime) -> bool {
    span.length().micros() <= step.micros().saturating_mul(MAX_POINTS as i64)
}

fn columns(
    points: &[ContourPoint],
    span: Span,
    step: ClipTime,
    value: impl Fn(&ContourPoint) -> Option<f64>,
) -> Vec<Column> {
    let measured = points.iter().filter_map(|point| Some((point.time, value(point)?)));
    if shows_points(span, step) {
        return measured.map(|(time, value)| Column { time, low: value, high: value }).collect();
    }
    let length = i128::from(span.length().micros().max(1));
    let bins = MAX_COLUMNS as i128;
    let mut columns: Vec<(i128, Column)> = Vec::new();
    for (time, value) in measured {
        let bin = (i128::from((time - span.start()).micros()) * bins / length).clamp(0, bins - 1);
        match columns.last_mut() {
            Some((last, column)) if *last == bin => {
                column.low = column.low.min(value);
                column.high = column.high.max(value);
            }
            _ => {
                let middle = ((2 * bin + 1) * length / (2 * bins)) as i64;
                let time = span.start() + ClipTime::from_micros(middle);
                columns.push((bin, Column { time, low: value, high: value }));
            }
        }
    }
    columns.into_iter().map(|(_, column)| column).collect()
}

/// An axis that holds all columns and the usual value, at least `least_range` high, marked at round numbers.
fn panel(label: String, columns: Vec<Column>, usual: Option<f64>, least_range: f64) -> Panel {
    let values = columns.iter().flat_map(|column| [column.low, column.high]).chain(usual);
    let (low, high) =
        values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)));
    let (low, high) = if low <= high { (low, high) } else { (0.0, least_range) };
    let spare = ((least_range - (high - low)) / 2.0).max(0.0);
    let step = round_step((high - low + 2.0 * spare) / 6.0);
    let first = ((low - spare) / step).floor();
    let last = ((high + spare) / step).ceil().max(first + 1.0);
    let ticks = (0..=(last - first) as u32).map(|index| (first + f64::from(index)) * step).collect();
    Panel { label, low: first * step, high: last * step, ticks, columns, usual }
}

/// The least of 1, 2 and 5 times a power of ten that is not below `step`.
fn round_step(step: f64) -> f64 {
    let power = 10_f64.powf(step.max(1e-6).log10().floor());
    [1.0, 2.0, 5.0].into_iter().map(|factor| factor * power).find(|&round| round >= step).unwrap_or(10.0 * power)
}

/// Round moments of `span` to mark on a time axis, at most ten or so.
pub(crate) fn time_ticks(span: Span) -> Vec<ClipTime> {
    const STEPS_MS: [i64; 18] = [
        50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000, 900_000,
        1_800_000, 3_600_000, 7_200_000,
    ];
    let length = span.length().micros() / 1_000;
    let step = STEPS_MS.into_iter().find(|step| length / step <= 9).unwrap_or(length / 9 + 1);
    let first = (span.start().micros() + step * 1_000 - 1).div_euclid(step * 1_000);
    (first..).map(|index| ClipTime::from_millis(index * step)).take_while(|&time| time <= span.end()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use voiceman_base::Hertz;

    fn point(millis: i64, f0: Option<f64>) -> ContourPoint {
        ContourPoint { time: ClipTime::from_millis(millis), f0: f0.and_then(Hertz::new), intensity: None }
    }

    #[test]
    fn a_long_contour_keeps_its_extremes() {
        let points: Vec<_> =
            (0..100_000).map(|i| point(i * 10, Some(if i == 77_777 { 480.0 } else { 120.0 }))).collect();
        let span = Span::clamped(ClipTime::ZERO, ClipTime::from_millis(1_000_000));
        let columns = columns(&points, span, ClipTime::from_millis(10), |point| point.f0.map(f64::from));
        assert_eq!(columns.len(), MAX_COLUMNS);
        assert_eq!(columns.iter().filter(|column| column.high == 480.0 && column.low == 120.0).count(), 1);
        assert!(columns.windows(2).all(|pair| pair[0].time < pair[1].time));
    }

    #[test]
    fn nothing_is_drawn_where_nothing_was_measured() {
        let points: Vec<_> = (0..100).map(|i| point(i * 10, (i < 50).then_some(200.0))).collect();
        let span = Span::clamped(ClipTime::ZERO, ClipTime::from_millis(1_000));
        let columns = columns(&points, span, ClipTime::from_millis(10), |point| point.f0.map(f64::from));
        assert!(columns.iter().all(|column| column.time < ClipTime::from_millis(500)));
    }

    #[test]
    fn axes_hold_their_values() {
        for (low, high) in [(0.0, 0.0), (199.9, 200.1), (-90.0, -3.0), (75.0, 500.0)] {
            let column = Column { time: ClipTime::ZERO, low, high };
            let panel = panel(String::new(), vec![column], Some(low), 10.0);
            assert!(panel.low <= low && high <= panel.high && panel.low < panel.high);
            assert!((2..=9).contains(&panel.ticks.len()), "{:?}", panel.ticks);
        }
    }

    #[test]
    fn time_axes_have_a_few_round_marks() {
        for length in [120, 9_000, 61_000, 3_600_000, 90_000_000] {
            let span = Span::clamped(ClipTime::from_millis(777), ClipTime::from_millis(777 + length));
            let ticks = time_ticks(span);
            assert!((1..=10).contains(&ticks.len()), "{length} gives {}", ticks.len());
        }
    }
}

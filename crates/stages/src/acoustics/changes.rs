//! Stretches in which a voice is above what is usual for it.
//!
//! From the voiced frames in which the speaker talks alone, of all of a speaker's utterances in time order. Each frame's
//! value is replaced by the median of the values at most half a window away, so that neither a single frame nor one
//! accented syllable makes a change. Frames whose median lies far enough above the baseline and that follow each other
//! without a long hole make a span.

use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, VecDeque};
use voiceman_base::{
    AcousticFeatures, Baseline, ChangeSpan, ChangedQuantity, ClipTime, Decibels, Hertz, Span, SpeakerId,
};

/// Where a voice counts as changed.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ChangeSettings {
    /// Level over the baseline from which on it is a change, in dB. Default 3, twice the power.
    pub level_db: f64,
    /// Pitch over the baseline from which on it is a change, as a fraction. Default 0.1, nearly two semitones.
    pub pitch_fraction: f64,
    /// Shortest change in seconds. Default 1.
    pub min_s: f64,
    /// Length of the window of the running median, in seconds. Default 1.
    pub smoothing_s: f64,
    /// Voiced frames in that window without which its median means nothing. Default 20, which is 0.2 s of voice.
    pub min_frames: usize,
    /// Longest time without a voiced frame that a change goes on over, in seconds. Default 0.5.
    pub bridge_s: f64,
}

impl Default for ChangeSettings {
    fn default() -> Self {
        ChangeSettings {
            level_db: 3.0,
            pitch_fraction: 0.1,
            min_s: 1.0,
            smoothing_s: 1.0,
            min_frames: 20,
            bridge_s: 0.5,
        }
    }
}

/// One voiced frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct VoicedFrame {
    /// Its middle in seconds from the start of the recording.
    pub(crate) time: f64,
    /// Pitch in hertz, if it may be told.
    pub(crate) pitch: Option<f32>,
    /// Level in decibels, if it may be told.
    pub(crate) level: Option<f32>,
}

/// Voiced frames by speaker; those of nobody known together.
pub(crate) type FramesBySpeaker = BTreeMap<Option<SpeakerId>, Vec<VoicedFrame>>;

/// All changes of a recording, in time order, by the baselines in `features`. `step` is the time between frames.
pub(crate) fn changes(
    frames: &FramesBySpeaker,
    features: &AcousticFeatures,
    step: f64,
    settings: &ChangeSettings,
) -> Vec<ChangeSpan> {
    let mut found = Vec::new();
    for (speaker, frames) in frames {
        let (baseline_of, baseline) = features.usual(*speaker);
        for quantity in [ChangedQuantity::Level, ChangedQuantity::Pitch] {
            let Some(usual) = usual(baseline, quantity) else { continue };
            let points: Vec<(f64, f64)> =
                frames.iter().filter_map(|frame| Some((frame.time, over(frame, quantity, usual)?))).collect();
            let threshold = match quantity {
                ChangedQuantity::Level => settings.level_db,
                ChangedQuantity::Pitch => settings.pitch_fraction,
            };
            let change = |stretch: Stretch| ChangeSpan {
                span: Span::clamped(ClipTime::from_seconds(stretch.start), ClipTime::from_seconds(stretch.end)),
                speaker: *speaker,
                quantity,
                mean_deviation: stretch.mean,
                baseline: usual,
                baseline_of,
            };
            found.extend(stretches(&points, threshold, step, settings).into_iter().map(change));
        }
    }
    found.sort_by_key(|change: &ChangeSpan| (change.span, change.speaker, change.quantity));
    found
}

fn usual(baseline: &Baseline, quantity: ChangedQuantity) -> Option<f64> {
    match quantity {
        ChangedQuantity::Level => baseline.intensity.value().map(Decibels::value),
        ChangedQuantity::Pitch => baseline.f0.value().map(Hertz::value).filter(|usual| *usual > 0.0),
    }
}

/// How far the frame lies above what is usual: dB, or a fraction.
fn over(frame: &VoicedFrame, quantity: ChangedQuantity, usual: f64) -> Option<f64> {
    match quantity {
        ChangedQuantity::Level => frame.level.map(|level| f64::from(level) - usual),
        ChangedQuantity::Pitch => frame.pitch.map(|pitch| f64::from(pitch) / usual - 1.0),
    }
}

/// A stretch above the threshold, in seconds, and the mean of the values in it.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Stretch {
    start: f64,
    end: f64,
    mean: f64,
}

/// Stretches of `points` (time, value; in time order) whose running median is at least `threshold`, from the first to the
/// last point that reaches it by itself: the median reaches it up to half a window too early and too late.
fn stretches(points: &[(f64, f64)], threshold: f64, step: f64, settings: &ChangeSettings) -> Vec<Stretch> {
    let smooth = running_median(points, 0.5 * settings.smoothing_s, settings.min_frames);
    let above: Vec<bool> = smooth.iter().map(|smooth| smooth.is_some_and(|smooth| smooth >= threshold)).collect();
    let mut found = Vec::new();
    let mut from = 0;
    for index in 0..points.len() {
        let goes_on = points.get(index + 1).zip(above.get(index + 1)).is_some_and(|(next, next_above)| {
            *next_above == above[index] && next.0 - points[index].0 <= settings.bridge_s
        });
        if goes_on {
            continue;
        }
        if above[index] {
            found.extend(stretch(&points[from..=index], threshold, step));
        }
        from = index + 1;
    }
    // Half a microsecond: times are sums of steps.
    found.retain(|stretch| stretch.end - stretch.start >= settings.min_s - 5e-7);
    found
}

fn stretch(points: &[(f64, f64)], threshold: f64, step: f64) -> Option<Stretch> {
    let first = points.iter().position(|point| point.1 >= threshold)?;
    let last = points.iter().rposition(|point| point.1 >= threshold)?;
    let inside = &points[first..=last];
    let mean = inside.iter().map(|point| point.1).sum::<f64>() / inside.len() as f64;
    Some(Stretch { start: (points[first].0 - 0.5 * step).max(0.0), end: points[last].0 + 0.5 * step, mean })
}

/// For each point the median of the values at most `reach` seconds away; nothing where they are fewer than `least`.
fn running_median(points: &[(f64, f64)], reach: f64, least: usize) -> Vec<Option<f64>> {
    // The window's values in time order and sorted.
    let mut window: VecDeque<(f64, f64)> = VecDeque::new();
    let mut sorted: Vec<f64> = Vec::new();
    let mut next = 0;
    let mut medians = Vec::with_capacity(points.len());
    for (time, _) in points {
        while let Some(point) = points.get(next).filter(|point| point.0 <= time + reach) {
            window.push_back(*point);
            let place = sorted.partition_point(|value| value.total_cmp(&point.1).is_lt());
            sorted.insert(place, point.1);
            next += 1;
        }
        while let Some(point) = window.front().copied().filter(|point| point.0 < time - reach) {
            window.pop_front();
            let place = sorted.partition_point(|value| value.total_cmp(&point.1).is_lt());
            sorted.remove(place);
        }
        let middle = sorted.len() / 2;
        let median = match sorted.len() {
            0 => None,
            length if length % 2 == 1 => Some(sorted[middle]),
            _ => Some(0.5 * (sorted[middle - 1] + sorted[middle])),
        };
        medians.push(median.filter(|_| sorted.len() >= least));
    }
    medians
}

#[cfg(test)]
mod tests {
    use super::super::statistics;
    use super::*;
    use proptest::prelude::*;

    const STEP: f64 = 0.01;

    /// Ten seconds of frames with `value` by time.
    fn frames(value: impl Fn(f64) -> Option<f64>) -> Vec<(f64, f64)> {
        let times = (0..1_000).map(|index| (f64::from(index) + 0.5) * STEP);
        times.filter_map(|time| Some((time, value(time)?))).collect()
    }

    fn found(points: &[(f64, f64)]) -> Vec<(f64, f64, f64)> {
        let settings = ChangeSettings::default();
        let round = |value: f64| (value * 100.0).round() / 100.0;
        let found = stretches(points, 3.0, STEP, &settings);
        found.iter().map(|stretch| (round(stretch.start), round(stretch.end), round(stretch.mean))).collect()
    }

    #[test]
    fn a_rise_of_two_seconds_is_one_span() {
        let raised = frames(|time| Some(if (3.0..5.0).contains(&time) { 6.0 } else { 0.0 }));
        assert_eq!(found(&raised), [(3.0, 5.0, 6.0)]);
    }

    #[test]
    fn short_and_small_rises_are_none() {
        assert_eq!(found(&frames(|time| Some(if (3.0..3.8).contains(&time) { 6.0 } else { 0.0 }))), []);
        assert_eq!(found(&frames(|time| Some(if (3.0..6.0).contains(&time) { 2.9 } else { 0.0 }))), []);
        assert_eq!(found(&frames(|_| None)), []);
    }

    #[test]
    fn syllables_join_and_long_holes_part() {
        // 0.2 s of voice in every 0.4 s.
        let syllables = frames(|time| (time % 0.4 < 0.2).then_some(if time < 4.0 { 5.0 } else { 0.0 }));
        let joined = found(&syllables);
        assert_eq!(joined.len(), 1, "{joined:?}");
        assert!(joined[0].0 < 0.01 && (3.6..=4.2).contains(&joined[0].1), "{joined:?}");
        let parted = found(&frames(|time| (!(4.0..4.6).contains(&time)).then_some(5.0)));
        assert_eq!(parted.len(), 2, "{parted:?}");
    }

    #[test]
    fn single_frames_an_octave_off_change_nothing() {
        let jumpy = frames(|time| Some(if ((time * 100.0) as u32).is_multiple_of(5) { 90.0 } else { 0.0 }));
        assert_eq!(found(&jumpy), []);
    }

    proptest! {
        #[test]
        fn the_running_median_is_the_median_of_the_window(
            steps in proptest::collection::vec((0.005..0.3_f64, -20.0..20.0_f64), 1..80), least in 1_usize..5,
        ) {
            let mut time = 0.0;
            let points: Vec<(f64, f64)> = steps.iter().map(|(step, value)| { time += step; (time, *value) }).collect();
            let running = running_median(&points, 0.5, least);
            for (index, (time, _)) in points.iter().enumerate() {
                let near: Vec<f64> = points
                    .iter()
                    .filter(|point| point.0 <= time + 0.5 && point.0 >= time - 0.5)
                    .map(|point| point.1)
                    .collect();
                let expected = statistics::median(&near).filter(|_| near.len() >= least);
                prop_assert_eq!(running[index], expected);
            }
        }

        #[test]
        fn spans_are_apart_in_order_and_long_enough(
            values in proptest::collection::vec(proptest::option::of(-10.0..10.0_f64), 0..900),
        ) {
            let points: Vec<(f64, f64)> = values
                .iter()
                .enumerate()
                .filter_map(|(index, value)| Some((index as f64 * STEP, (*value)? + 2.0)))
                .collect();
            let found = stretches(&points, 1.0, STEP, &ChangeSettings { smoothing_s: 0.1, min_frames: 1, ..ChangeSettings::default() });
            prop_assert!(found.windows(2).all(|pair| pair[0].end <= pair[1].start + STEP));
            prop_assert!(found.iter().all(|stretch| stretch.end - stretch.start >= 0.999 && stretch.mean.is_finite()));
        }
    }
}

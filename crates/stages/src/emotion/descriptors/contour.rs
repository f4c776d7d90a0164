//! Level, pitch and voicing as they go over a stretch.

use super::frames::{FRAME_RATE, Frames};
use super::numbers::{correlation, deviation, line, mean, percentiles, seven, slopes};

/// Frames of a voiced run that show a movement.
const LEAST_RUN: usize = 4;

/// The families of contours, in order.
pub(super) fn families(frames: &Frames) -> Vec<(&'static str, Vec<f64>)> {
    let semitones: Vec<f64> =
        frames.f0.iter().map(|f0| if *f0 > 0.0 { 12.0 * (f0 / 27.5).log2() } else { 0.0 }).collect();
    let voiced: Vec<f64> = frames.voiced.iter().map(|frame| semitones[*frame]).collect();
    let sounding: Vec<f64> = frames.sounding.iter().map(|frame| frames.level[*frame]).collect();
    let middle = mean(&sounding);
    let level: Vec<f64> = frames.level.iter().map(|level| level - middle).collect();
    let runs = frames.voiced_runs();
    vec![
        ("energy", energy(frames, &level)),
        ("f0", register(&voiced)),
        ("f0_shape", shape(frames, &semitones, &voiced, &level, &runs)),
        ("voicing", voicing(frames, &runs)),
    ]
}

/// Mean and 95th percentile of levels, in dB of full scale.
pub(super) fn level(frames: &Frames) -> Vec<f64> {
    let sounding: Vec<f64> = frames.sounding.iter().map(|frame| frames.level[*frame]).collect();
    vec![mean(&sounding), frames.top]
}

/// Percentiles (10, 25, 50, 75, 90), mean, deviation of the level about its mean in dB; mean rise and fall, deviation and
/// 90th percentile of its slope in dB per frame; peaks a second; share of frames that sound.
fn energy(frames: &Frames, level: &[f64]) -> Vec<f64> {
    let sounding: Vec<f64> = frames.sounding.iter().map(|frame| level[*frame]).collect();
    // Pauses count as as quiet as the quietest sound, so that the depth of silence says nothing.
    let quietest = sounding.iter().copied().fold(f64::INFINITY, f64::min);
    let filled: Vec<f64> = level.iter().map(|value| value.max(quietest)).collect();
    let slope = slopes(&filled);
    let rises: Vec<f64> = slope.iter().copied().filter(|value| *value > 0.0).collect();
    let falls: Vec<f64> = slope.iter().filter(|value| **value < 0.0).map(|value| -value).collect();
    let steep: Vec<f64> = slope.iter().map(|value| value.abs()).collect();
    let smooth: Vec<f64> = filled.windows(7).map(mean).collect();
    let peaks =
        smooth.windows(3).filter(|three| three[1] > three[0] && three[1] >= three[2] && three[1] > -15.0).count();
    let mut found = seven(&sounding);
    found.extend([mean(&rises), mean(&falls), deviation(&slope)]);
    found.extend(percentiles(&steep, [90.0]));
    found.push(peaks as f64 / frames.len() as f64 * FRAME_RATE);
    found.push(frames.sounding.len() as f64 / frames.len() as f64);
    found
}

/// Percentiles (10, 25, 50, 75, 90), mean, deviation, and the ranges 5 to 95 and 20 to 80 %, in semitones over 27.5 Hz.
fn register(voiced: &[f64]) -> Vec<f64> {
    let mut found = seven(voiced);
    let edges = percentiles(voiced, [5.0, 95.0, 20.0, 80.0]);
    found.extend([edges[1] - edges[0], edges[3] - edges[2]]);
    found
}

/// Movements within voiced runs of at least four frames: slope of the lines through them (mean, mean size, deviation, in
/// semitones a second), their range (mean, largest), steps from frame to frame (mean size, deviation, in semitones a
/// second), logarithm of their mean curvature; line through the whole contour: slope, deviation from it; share of upward
/// steps; correlation of pitch and level; last value over the median.
fn shape(frames: &Frames, semitones: &[f64], voiced: &[f64], level: &[f64], runs: &[(usize, usize)]) -> Vec<f64> {
    let (mut tilts, mut ranges, mut steps, mut curves) = (vec![], vec![], vec![], vec![]);
    for &(begin, end) in runs.iter().filter(|(begin, end)| end - begin >= LEAST_RUN) {
        let values = &semitones[begin..end];
        let points: Vec<(f64, f64)> =
            values.iter().enumerate().map(|(index, value)| (index as f64 / FRAME_RATE, *value)).collect();
        tilts.push(line(&points).0);
        let bounds = values
            .iter()
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(*value), high.max(*value)));
        ranges.push(bounds.1 - bounds.0);
        steps.extend(values.windows(2).map(|two| (two[1] - two[0]) * FRAME_RATE));
        curves.extend(values.windows(3).map(|three| (three[2] - 2.0 * three[1] + three[0]).abs()));
    }
    let sizes = |values: &[f64]| values.iter().map(|value| value.abs()).collect::<Vec<f64>>();
    let points: Vec<(f64, f64)> =
        frames.voiced.iter().zip(voiced).map(|(frame, value)| (*frame as f64 / FRAME_RATE, *value)).collect();
    let (slope, place, value) = line(&points);
    let rest: Vec<f64> = points.iter().map(|point| point.1 - value - slope * (point.0 - place)).collect();
    let levels: Vec<f64> = frames.voiced.iter().map(|frame| level[*frame]).collect();
    let [middle] = percentiles(voiced, [50.0]);
    let upward = steps.iter().filter(|step| **step > 0.0).count() as f64 / steps.len() as f64;
    vec![
        mean(&tilts),
        mean(&sizes(&tilts)),
        deviation(&tilts),
        mean(&ranges),
        // NaN, as the mean of nothing is, where there is no run.
        if ranges.is_empty() { f64::NAN } else { ranges.iter().copied().fold(0.0, f64::max) },
        mean(&sizes(&steps)),
        deviation(&steps),
        (mean(&curves) + 1e-3).ln(),
        slope,
        deviation(&rest),
        upward,
        correlation(voiced, &levels),
        voiced.last().copied().unwrap_or(f64::NAN) - middle,
    ]
}

/// Share of voiced frames, voiced runs a second, their length in seconds (mean, deviation); periodicity of voiced frames
/// (percentiles 25, 50, 75, 90, mean, deviation).
fn voicing(frames: &Frames, runs: &[(usize, usize)]) -> Vec<f64> {
    let lengths: Vec<f64> = runs.iter().map(|(begin, end)| (end - begin) as f64 / FRAME_RATE).collect();
    let periodicity: Vec<f64> = frames.voiced.iter().map(|frame| frames.periodicity[*frame]).collect();
    let mut found = vec![
        frames.voiced.len() as f64 / frames.len() as f64,
        runs.len() as f64 / frames.len() as f64 * FRAME_RATE,
        mean(&lengths),
        deviation(&lengths),
    ];
    found.extend(seven(&periodicity).into_iter().skip(1));
    found
}

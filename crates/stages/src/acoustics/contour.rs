//! Curves of pitch and level for plots, thinned out so that a report of a long recording stays small.

use super::sound::Frame;
use super::statistics::{energy_mean, median};
use voiceman_base::{ClipTime, ContourPoint, Decibels, Hertz};

/// How many frames of `step` seconds make one point, so that `measured` of sound makes at most `max_points`.
pub(crate) fn frames_per_point(measured: ClipTime, step: f64, max_points: usize) -> usize {
    let frames = (measured.seconds() / step).ceil().max(0.0);
    ((frames / max_points as f64).ceil() as usize).max(1)
}

/// Points for the frames of one utterance that begins at `start`: of each group of `group` frames the middle of their
/// times, the median of their pitches and the energy mean of their levels. A group with neither gives no point.
pub(crate) fn points(frames: &[Frame], start: ClipTime, group: usize) -> Vec<ContourPoint> {
    let point = |frames: &[Frame]| {
        let (first, last) = (frames.first()?, frames.last()?);
        let frequencies: Vec<f64> = frames.iter().filter_map(|frame| frame.frequency).collect();
        let levels: Vec<f64> = frames.iter().filter_map(|frame| frame.level).collect();
        let f0 = median(&frequencies).and_then(Hertz::new);
        let intensity = energy_mean(&levels).and_then(Decibels::new);
        let time = start + ClipTime::from_seconds(0.5 * (first.time + last.time));
        (f0.is_some() || intensity.is_some()).then_some(ContourPoint { time, f0, intensity })
    };
    frames.chunks(group.max(1)).filter_map(point).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_recordings_get_wider_steps_and_no_more_points() {
        assert_eq!(frames_per_point(ClipTime::from_seconds(100.0), 0.01, 10_000), 1);
        assert_eq!(frames_per_point(ClipTime::from_seconds(100.1), 0.01, 10_000), 2);
        assert_eq!(frames_per_point(ClipTime::from_seconds(3.0 * 3_600.0), 0.01, 10_000), 108);
        assert_eq!(frames_per_point(ClipTime::ZERO, 0.01, 10_000), 1);
    }

    #[test]
    fn groups_keep_the_median_pitch_and_the_energy() {
        let frame =
            |index: u32, frequency, level| Frame { time: f64::from(index) * 0.01, frequency, level, counts: true };
        let frames = [
            frame(0, Some(100.0), Some(60.0)),
            frame(1, None, Some(60.0)),
            frame(2, Some(400.0), None),
            frame(3, Some(110.0), Some(60.0)),
            frame(4, None, None),
        ];
        let points = points(&frames, ClipTime::from_seconds(2.0), 4);
        assert_eq!(points.len(), 1, "the last group holds nothing");
        assert_eq!(points[0].time, ClipTime::from_millis(2_015));
        assert_eq!(points[0].f0.map(Hertz::value), Some(110.0));
        assert!(points[0].intensity.is_some_and(|level| (level.value() - 60.0).abs() < 1e-9));
    }
}

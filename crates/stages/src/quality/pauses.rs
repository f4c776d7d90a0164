//! Noise that rises while nobody speaks: a hint at automatic gain.
//!
//! A gain changes all bands of a steady noise by the same number of decibels; speech never does. So pauses are where the
//! bands of the noise stand at one level above or below their own floor, and the rise is the level at the end of a pause
//! less that at its beginning. A fixed gain gives 0, the dying away of a voice or a room less than 0.

use super::floor::{Floor, quantile, smoothed};
use super::frames::Stretch;
use voiceman_base::{Decibels, Quality, QualityReason};

/// Powers are means over this many frames, about 0.1 s.
const SMOOTH: usize = 9;
/// Bands of a frame in a pause are this close to each other, as a standard deviation in dB; noise smoothed like this is
/// within 1.5 dB, speech beyond 5 dB.
const ALIKE_DB: f64 = 2.5;
/// Shortest pause, in seconds.
const LEAST_S: f64 = 0.4;
/// Frames at both ends of a pause into which its neighbours reach.
const EDGE: usize = 2;
/// Part of a pause that is its beginning, and its end.
const PART: usize = 4;
/// Pauses without which there is no result.
const LEAST_PAUSES: usize = 3;
/// Most pauses whose rise is kept, so that memory is bounded; more say nothing new.
const MOST_PAUSES: usize = 100_000;
/// Bands with less than this share of all power say nothing.
const FAINT: f64 = 1e-7;

/// Pauses of a recording.
pub(super) struct Pauses {
    step_s: f64,
    rises_db: Vec<f32>,
}

impl Pauses {
    pub(super) fn new(step_s: f64) -> Pauses {
        Pauses { step_s, rises_db: Vec::new() }
    }

    /// Takes the next stretch and its noise.
    pub(super) fn push(&mut self, stretch: &Stretch, floor: Option<&Floor>) {
        let Some(floor) = floor else { return };
        let all: f64 = floor.power();
        let bands: Vec<usize> = (1..stretch.bands).filter(|band| floor.noise[*band] > FAINT * all).collect();
        if bands.is_empty() {
            return;
        }
        let levels: Vec<Vec<f32>> = bands
            .iter()
            .map(|band| {
                let powers: Vec<f32> = (0..stretch.frames()).map(|frame| stretch.frame(frame)[*band]).collect();
                let noise = floor.noise[*band] as f32;
                smoothed(&powers, SMOOTH)
                    .iter()
                    .map(|power| 10.0 * (power.max(f32::MIN_POSITIVE) / noise.max(f32::MIN_POSITIVE)).log10())
                    .collect()
            })
            .collect();
        let count = bands.len() as f64;
        let level: Vec<Option<f32>> = (0..stretch.frames())
            .map(|frame| {
                let mean = levels.iter().map(|band| f64::from(band[frame])).sum::<f64>() / count;
                let spread = levels.iter().map(|band| (f64::from(band[frame]) - mean).powi(2)).sum::<f64>() / count;
                (!stretch.silent[frame] && spread.sqrt() < ALIKE_DB).then_some(mean as f32)
            })
            .collect();
        let mut start = 0;
        for run in level.chunk_by(|left, right| left.is_some() == right.is_some()) {
            let pause: Vec<f32> = run.iter().copied().flatten().collect();
            // What stands at the very beginning follows no speech.
            if start > 0 && pause.len() as f64 * self.step_s >= LEAST_S && self.rises_db.len() < MOST_PAUSES {
                let inner = &pause[EDGE..pause.len() - EDGE];
                let part = (inner.len() / PART).max(1);
                let mean = |values: &[f32]| values.iter().sum::<f32>() / values.len() as f32;
                self.rises_db.push(mean(&inner[inner.len() - part..]) - mean(&inner[..part]));
            }
            start += run.len();
        }
    }

    /// The median rise, once everything was pushed.
    pub(super) fn result(&self) -> Quality<Decibels> {
        if self.rises_db.len() < LEAST_PAUSES {
            return Quality::Undefined(QualityReason::TooFewPauses);
        }
        let median = f64::from(quantile(self.rises_db.clone(), 0.5));
        Quality::from_option(Decibels::new(median), QualityReason::TooFewPauses)
    }
}

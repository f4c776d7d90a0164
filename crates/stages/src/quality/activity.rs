//! The active level of speech and how long it lasts, after ITU-T Recommendation P.56 (2011), method B.
//!
//! Someone is active while the short-time power is above a threshold or was so in the last 0.2 s; the active level is the
//! energy over the active time. The threshold is the one that lies 15.9 dB below the active level that it gives, found among
//! all. Here the short-time power is that of the speech alone: what stands out of the noise, less the noise.

use super::floor::{Floor, smoothed};
use super::frames::Stretch;
use std::collections::VecDeque;

/// How long activity lasts after the power has gone, in seconds.
const HANGOVER_S: f64 = 0.2;
/// How far the threshold lies below the active level, in dB.
const MARGIN_DB: f64 = 15.9;
/// Thresholds are tried in steps of this, in dB.
const STEP_DB: f64 = 0.5;
/// The lowest threshold, in dB relative to full scale.
const LOWEST_DB: f64 = -120.0;
/// How many there are, up to +20 dB.
const STEPS: usize = 280;
/// Short-time powers of speech are means over this many frames, about as long as the envelope of P.56 takes to follow.
const SMOOTH: usize = 3;

/// Sums over a recording.
pub(super) struct Activity {
    /// Frames by the largest power of the frames of the hangover.
    held: Vec<u64>,
    recent: VecDeque<f32>,
    energy: f64,
    hangover: usize,
}

/// What someone speaks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Active {
    /// Mean power while active.
    pub(super) power: f64,
    /// Frames that are active.
    pub(super) frames: u64,
}

impl Activity {
    pub(super) fn new(step_s: f64) -> Activity {
        Activity {
            held: vec![0; STEPS],
            recent: VecDeque::new(),
            energy: 0.0,
            hangover: (HANGOVER_S / step_s).round().max(1.0) as usize,
        }
    }

    /// Takes the next stretch and its noise.
    pub(super) fn push(&mut self, stretch: &Stretch, floor: Option<&Floor>) {
        let mut speech = vec![0.0; stretch.frames()];
        if let Some(floor) = floor {
            let noise = floor.power() - floor.noise.first().copied().unwrap_or(0.0);
            let over: Vec<f32> =
                floor.heard.iter().map(|frame| stretch.frame(*frame)[1..].iter().sum::<f32>() - noise as f32).collect();
            for ((frame, power), stands_out) in floor.heard.iter().zip(smoothed(&over, SMOOTH)).zip(&floor.stands_out) {
                speech[*frame] = if *stands_out { power.max(0.0) } else { 0.0 };
            }
        }
        for power in speech {
            self.energy += f64::from(power);
            self.recent.push_back(power);
            if self.recent.len() > self.hangover {
                self.recent.pop_front();
            }
            let largest = f64::from(self.recent.iter().copied().fold(0.0, f32::max));
            let step = ((10.0 * largest.log10() - LOWEST_DB) / STEP_DB).floor();
            if step >= 0.0 {
                self.held[(step as usize).min(STEPS - 1)] += 1;
            }
        }
    }

    /// The active level; nothing if nobody was active.
    pub(super) fn active(&self) -> Option<Active> {
        let mut frames = 0;
        let mut found = None;
        for (step, count) in self.held.iter().enumerate().rev() {
            frames += count;
            if frames == 0 {
                continue;
            }
            let power = self.energy / frames as f64;
            let threshold = LOWEST_DB + step as f64 * STEP_DB;
            found = Some(Active { power, frames });
            if 10.0 * power.log10() - threshold >= MARGIN_DB {
                break;
            }
        }
        found
    }
}

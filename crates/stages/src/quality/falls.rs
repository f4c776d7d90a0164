//! How fast sound falls after it was loud: a hint at reverberation.
//!
//! Rooms let sound fall evenly, by 60 dB in their reverberation time, and nothing in them falls faster. So lines are laid
//! through the levels of short stretches, those that sound falls in evenly are kept, and the steepest tenth says how fast the
//! room allows: the idea of Ratnam et al. (2003), "Blind estimation of reverberation time", J. Acoust. Soc. Am. 114, and,
//! on sub-bands with lines through decays, of Löllmann et al. (2010), "An improved algorithm for blind reverberation time
//! estimation", IWAENC. It is no reverberation time: voices have ends of their own, and close microphones hear little room.

use super::floor::{Floor, quantile};
use super::frames::Stretch;
use voiceman_base::{Decibels, Quality, QualityReason};

/// Bands that are looked at by themselves, in hertz: where speech is, without the lowest, in which rooms ring by themselves.
const BANDS_HZ: [(f64, f64); 4] = [(300.0, 700.0), (700.0, 1_400.0), (1_400.0, 2_400.0), (2_400.0, 4_000.0)];
/// Levels in a line: five of 12 ms. More would find no line in dry speech.
const LEVELS: usize = 5;
/// A line starts at most this far below the loud moments of its band, in dB.
const START_DB: f64 = 25.0;
/// Loud moments are above this share of all.
const LOUD: f64 = 0.95;
/// A line ends at least this far above the noise of its band, in dB.
const ABOVE_NOISE_DB: f64 = 6.0;
/// Slowest fall, in dB a second.
const SLOWEST_DB_PER_S: f64 = 20.0;
/// How far levels are from the line, as root mean square, in dB.
const STRAIGHT_DB: f64 = 2.5;
/// Share of the falls that is slower than the result.
const SLOWER: f64 = 0.9;
/// Falls without which there is no result.
const LEAST_FALLS: usize = 30;
/// Signal-to-noise ratio below which ends are hidden, in dB.
const LEAST_SNR_DB: f64 = 15.0;
/// Falls are counted in steps of this, in dB a second.
const STEP_DB_PER_S: f64 = 2.0;
/// Number of steps, up to 2000 dB a second; frames cannot follow more.
const STEPS: usize = 1_000;

/// Falls of a recording.
pub(super) struct Falls {
    step_s: f64,
    /// Bands of a frame that each of the bands above is made of.
    members: Vec<Vec<usize>>,
    /// Falls by their steepness.
    counts: Vec<u64>,
}

impl Falls {
    /// `edges_hz` are those of the bands of a frame.
    pub(super) fn new(step_s: f64, edges_hz: &[f64]) -> Falls {
        let within = |(low, high): &(f64, f64)| {
            let middle = |band: &usize| 0.5 * (edges_hz[*band] + edges_hz[*band + 1]);
            (0..edges_hz.len() - 1).filter(|band| (*low..*high).contains(&middle(band))).collect()
        };
        Falls { step_s, members: BANDS_HZ.iter().map(within).collect(), counts: vec![0; STEPS] }
    }

    /// Takes the next stretch and its noise.
    pub(super) fn push(&mut self, stretch: &Stretch, floor: Option<&Floor>) {
        let Some(floor) = floor else { return };
        for members in self.members.iter().filter(|members| !members.is_empty()) {
            let level = |power: f64| 10.0 * power.max(1e-20).log10();
            let levels: Vec<f64> = (0..stretch.frames())
                .map(|frame| level(members.iter().map(|band| f64::from(stretch.frame(frame)[*band])).sum()))
                .collect();
            let heard = floor.heard.iter().map(|frame| levels[*frame] as f32).collect();
            let start = f64::from(quantile(heard, LOUD)) - START_DB;
            let end = level(members.iter().map(|band| floor.noise[*band]).sum()) + ABOVE_NOISE_DB;
            for line in levels.windows(LEVELS).filter(|line| line[0] >= start && line[LEVELS - 1] >= end) {
                if let Some(slope) = straight_fall(line, self.step_s) {
                    self.counts[((slope / STEP_DB_PER_S) as usize).min(STEPS - 1)] += 1;
                }
            }
        }
    }

    /// The result, beside the signal-to-noise ratio of the recording.
    pub(super) fn result(&self, snr_db: Quality<Decibels>) -> Quality<Decibels> {
        match snr_db {
            Quality::Undefined(reason) => return Quality::Undefined(reason),
            Quality::Value(snr) if snr.value() < LEAST_SNR_DB => return Quality::Undefined(QualityReason::TooNoisy),
            Quality::Value(_) => {}
        }
        let all: u64 = self.counts.iter().sum();
        if all < LEAST_FALLS as u64 {
            return Quality::Undefined(QualityReason::TooFewFalls);
        }
        let mut slower = SLOWER * all as f64;
        let step = self.counts.iter().position(|count| {
            slower -= *count as f64;
            slower <= 0.0
        });
        let middle = step.and_then(|step| Decibels::new((step as f64 + 0.5) * STEP_DB_PER_S));
        Quality::from_option(middle, QualityReason::TooFewFalls)
    }
}

/// How fast levels fall that lie on a line, in dB a second.
fn straight_fall(levels: &[f64], step_s: f64) -> Option<f64> {
    let count = levels.len() as f64;
    let middle = (count - 1.0) / 2.0;
    let mean = levels.iter().sum::<f64>() / count;
    let at = |index: usize| index as f64 - middle;
    let squares: f64 = (0..levels.len()).map(|index| at(index).powi(2)).sum();
    let slope = levels.iter().enumerate().map(|(index, level)| at(index) * level).sum::<f64>() / squares;
    let error = levels.iter().enumerate().map(|(index, level)| (level - mean - slope * at(index)).powi(2)).sum::<f64>();
    let fall = -slope / step_s;
    (fall > SLOWEST_DB_PER_S && (error / count).sqrt() <= STRAIGHT_DB).then_some(fall)
}

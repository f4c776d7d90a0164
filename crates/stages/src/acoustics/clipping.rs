//! Samples at full scale: where a recorder could not follow, and the level is lost.
//!
//! A sample counts when its absolute value is at least 0.98 and it equals a neighbour: a wave that was cut off is flat at
//! the top, one that only comes close is not. 0.98 is just below the largest value of 8-bit mu-law (32124 / 32768), the
//! lowest full scale in use. Sound that was clipped, then made quieter or strongly compressed, is not found this way.

/// Lowest absolute value that may be full scale.
pub(crate) const FULL_SCALE: f32 = 0.98;

/// How many samples were looked at and how many of them are clipped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ClippingCount {
    clipped: u64,
    samples: u64,
}

impl ClippingCount {
    /// Counts in one channel.
    pub(crate) fn of(samples: &[f32]) -> ClippingCount {
        let flat = |pair: &[f32]| pair[0] == pair[1] && pair[0].abs() >= FULL_SCALE;
        let mut clipped = 0;
        let mut before = false;
        for pair in samples.windows(2) {
            let here = flat(pair);
            // The first pair of a flat top adds two samples, each further pair one.
            clipped += u64::from(here) + u64::from(here && !before);
            before = here;
        }
        ClippingCount { clipped, samples: samples.len() as u64 }
    }

    /// Both counts together.
    pub(crate) fn plus(self, other: ClippingCount) -> ClippingCount {
        ClippingCount { clipped: self.clipped + other.clipped, samples: self.samples + other.samples }
    }

    /// Of two channels of the same sound, the one that is clipped more.
    pub(crate) fn worse(self, other: ClippingCount) -> ClippingCount {
        if other.clipped > self.clipped { other } else { self }
    }

    /// Share of clipped samples in `[0, 1]`; 0 where there are none at all.
    pub(crate) fn share(self) -> f64 {
        self.clipped as f64 / self.samples.max(1) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flat_tops_count_and_round_ones_do_not() {
        let tone = |gain: f32| -> Vec<f32> {
            (0..16_000).map(|n| (gain * (n as f32 * 0.05).sin()).clamp(-1.0, 1.0)).collect()
        };
        assert_eq!(ClippingCount::of(&tone(0.99)).share(), 0.0);
        // A sine of amplitude 2 is cut off above 1 for two thirds of the time.
        let share = ClippingCount::of(&tone(2.0)).share();
        assert!((share - 2.0 / 3.0).abs() < 0.01, "{share}");
        assert_eq!(ClippingCount::of(&[1.0, 1.0, 1.0, 0.0, -1.0]).clipped, 3);
        assert_eq!(ClippingCount::of(&[]).share(), 0.0);
    }
}

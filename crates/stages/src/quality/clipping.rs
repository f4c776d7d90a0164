//! Clipped samples of a whole channel.
//!
//! Where flat tops lie at the largest value of all, that value is where the recorder could not follow, and every sample at
//! it is clipped, also one that stands alone. Tops of both signs are looked at by themselves, because the largest negative
//! number of a format is larger than the largest positive one.

use crate::acoustics::{ClippingCount, FULL_SCALE};

/// Counts in one channel, piece by piece.
#[derive(Default)]
pub(super) struct Clipping {
    /// Flat tops at whatever level, as for single utterances.
    flat: ClippingCount,
    above: Top,
    below: Top,
    samples: u64,
}

/// The largest value of one sign.
#[derive(Default)]
struct Top {
    value: f32,
    count: u64,
    /// Whether two neighbours lay at it.
    is_flat: bool,
    before: bool,
}

impl Clipping {
    pub(super) fn push(&mut self, samples: &[f32]) {
        self.flat = self.flat.plus(ClippingCount::of(samples));
        self.samples += samples.len() as u64;
        for sample in samples {
            self.above.push(*sample);
            self.below.push(-*sample);
        }
    }

    /// Share of clipped samples in `[0, 1]`; 0 where there are none at all.
    pub(super) fn share(&self) -> f64 {
        let tops = (self.above.clipped() + self.below.clipped()) as f64 / self.samples.max(1) as f64;
        tops.max(self.flat.share())
    }
}

impl Top {
    fn push(&mut self, value: f32) {
        if value > self.value {
            *self = Top { value, ..Top::default() };
        }
        let here = value == self.value;
        self.count += u64::from(here);
        self.is_flat |= here && self.before;
        self.before = here;
    }

    fn clipped(&self) -> u64 {
        if self.is_flat && self.value >= FULL_SCALE { self.count } else { 0 }
    }
}

//! Where the frames of an analysis lie.

/// Evenly spaced frames, as many as fit, centred on the sound, as Praat places them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct FrameGrid {
    /// Middle of the first frame, in seconds after the first sample began.
    pub(crate) first: f64,
    /// Time between frames in seconds.
    pub(crate) step: f64,
    /// How many.
    pub(crate) frames: usize,
}

impl FrameGrid {
    /// Frames of `window` seconds every `step` seconds over `samples` samples, or nothing when not one fits.
    pub(crate) fn centred(samples: usize, sample_rate: f64, window: f64, step: f64) -> Option<FrameGrid> {
        let duration = 1.0 / sample_rate * samples as f64;
        FrameGrid::around(0.5 * duration, duration, window, step)
    }

    /// As [`FrameGrid::centred`], over `duration` seconds around `middle`.
    pub(crate) fn around(middle: f64, duration: f64, window: f64, step: f64) -> Option<FrameGrid> {
        // Not-a-number and zero steps fail here too.
        if !(duration.is_finite() && step > 0.0 && window <= duration) {
            return None;
        }
        let frames = ((duration - window) / step).floor() + 1.0;
        let first = middle - 0.5 * frames * step + 0.5 * step;
        Some(FrameGrid { first, step, frames: frames as usize })
    }

    /// Middle of frame `index`, in seconds after the first sample began.
    pub(crate) fn time(&self, index: usize) -> f64 {
        self.first + index as f64 * self.step
    }

    /// Number and middle of every frame.
    pub(crate) fn times(self) -> impl Iterator<Item = (usize, f64)> {
        (0..self.frames).map(move |index| (index, self.time(index)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_as_fit_and_centred() {
        let grid = FrameGrid::centred(16_000, 16_000.0, 0.04, 0.01).expect("a second is longer than 40 ms");
        assert_eq!(grid.frames, 97);
        assert!((grid.first - 0.02).abs() < 1e-9);
        assert!((grid.time(grid.frames - 1) - 0.98).abs() < 1e-9);
    }

    #[test]
    fn too_little_gives_none() {
        assert_eq!(FrameGrid::centred(639, 16_000.0, 0.04, 0.01), None);
        assert_eq!(FrameGrid::centred(0, 16_000.0, 0.04, 0.01), None);
        assert_eq!(FrameGrid::centred(16_000, 16_000.0, 0.04, 0.0), None);
        assert_eq!(FrameGrid::centred(16_000, 0.0, 0.04, 0.01), None);
    }
}

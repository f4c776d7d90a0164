//! A stretch relative to the other stretches of the same voice: over their median, in units of their median absolute
//! deviation.

use voiceman_stages::acoustics::median;

/// Up to here the others of every stretch are really the others; in more, one stretch moves no median.
const EXACT_UP_TO: usize = 64;

/// Makes the median absolute deviation of a normal distribution its standard deviation.
const TO_DEVIATION: f64 = 1.4826;

/// Stretches of one voice.
pub(super) struct Baseline<'a> {
    stretches: &'a [Vec<f64>],
    usual: &'a [f64],
    least: f64,
    /// Middle and scale over all, where there are many.
    all: Option<Vec<(f64, f64)>>,
}

impl<'a> Baseline<'a> {
    /// Over `stretches`, at least two; scales are at least `least` times the usual ones.
    pub(super) fn new(stretches: &'a [Vec<f64>], usual: &'a [f64], least: f64) -> Baseline<'a> {
        let mut baseline = Baseline { stretches, usual, least, all: None };
        if stretches.len() > EXACT_UP_TO {
            baseline.all = Some((0..usual.len()).map(|number| baseline.centre(number, None)).collect());
        }
        baseline
    }

    /// The stretch of this index relative to the others.
    pub(super) fn relative(&self, index: usize) -> Vec<f64> {
        let Some(own) = self.stretches.get(index) else { return Vec::new() };
        let centre = |number: usize| match &self.all {
            Some(all) => all[number],
            None => self.centre(number, Some(index)),
        };
        own.iter()
            .enumerate()
            .take(self.usual.len())
            .map(|(number, value)| {
                let (middle, scale) = centre(number);
                (value - middle) / scale
            })
            .collect()
    }

    /// Median and scale of a descriptor, without one stretch.
    fn centre(&self, number: usize, without: Option<usize>) -> (f64, f64) {
        let others = self.stretches.iter().enumerate().filter(|(index, _)| Some(*index) != without);
        let mut values: Vec<f64> = others.filter_map(|(_, values)| values.get(number)).copied().collect();
        // The caller rules out that there are none.
        let middle = median(&values).unwrap_or(0.0);
        values.iter_mut().for_each(|value| *value = (*value - middle).abs());
        let deviation = median(&values).unwrap_or(0.0);
        (middle, (TO_DEVIATION * deviation).max(self.least * self.usual[number]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stretch_is_no_part_of_its_own_baseline() {
        let stretches: Vec<Vec<f64>> = [1.0, 2.0, 3.0, 100.0].map(|value| vec![value]).to_vec();
        let baseline = Baseline::new(&stretches, &[1e-6], 0.5);
        // The others of 100 are 1, 2, 3: median 2, median absolute deviation 1.
        assert!((baseline.relative(3)[0] - 98.0 / 1.4826).abs() < 1e-9);
    }

    #[test]
    fn the_scale_never_falls_below_a_part_of_the_usual_one() {
        let stretches = vec![vec![1.0]; 5];
        assert_eq!(Baseline::new(&stretches, &[2.0], 0.5).relative(0), [0.0]);
        let mut other = stretches.clone();
        other[0][0] = 2.0;
        assert_eq!(Baseline::new(&other, &[2.0], 0.5).relative(0), [1.0]);
    }

    #[test]
    fn many_stretches_share_one_centre() {
        let stretches: Vec<Vec<f64>> = (0..101).map(|value| vec![f64::from(value)]).collect();
        assert_eq!(Baseline::new(&stretches, &[1.0], 0.5).relative(50), [0.0]);
    }
}

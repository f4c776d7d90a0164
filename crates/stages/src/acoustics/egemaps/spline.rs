//! Natural cubic splines through evenly spaced values, read at fixed places (Press et al., Numerical Recipes, 3.3).

/// Reads splines through as many values at the same places again and again.
pub(super) struct Resampler {
    /// For each place: the value to its left, how far it lies to the right of it in steps.
    places: Vec<(usize, f64)>,
    /// Factors of the elimination of the tridiagonal system.
    factors: Vec<f64>,
    bends: Vec<f64>,
}

impl Resampler {
    /// For curves of `values` values at 0, 1, 2, ..., read at `places`.
    pub(super) fn new(values: usize, places: &[f64]) -> Resampler {
        let place = |place: &f64| {
            let left = (place.max(0.0).floor() as usize).min(values.saturating_sub(2));
            (left, (place - left as f64).clamp(0.0, 1.0))
        };
        // Rows (1, 4, 1) for the second derivatives inside; those at the ends are 0.
        let mut factors = vec![0.0; values];
        for index in 1..values.saturating_sub(1) {
            factors[index] = 1.0 / (4.0 - factors[index - 1]);
        }
        Resampler { places: places.iter().map(place).collect(), factors, bends: vec![0.0; values] }
    }

    /// Values of the spline through `values` at the places.
    pub(super) fn resample(&mut self, values: &[f64], output: &mut [f64]) {
        let count = self.bends.len().min(values.len());
        self.bends.fill(0.0);
        for index in 1..count.saturating_sub(1) {
            let curvature = 6.0 * (values[index - 1] - 2.0 * values[index] + values[index + 1]);
            self.bends[index] = (curvature - self.bends[index - 1]) * self.factors[index];
        }
        for index in (1..count.saturating_sub(1)).rev() {
            self.bends[index] -= self.factors[index] * self.bends[index + 1];
        }
        for (slot, (left, right_share)) in output.iter_mut().zip(&self.places) {
            let (left, right_share) = (*left, *right_share);
            if left + 1 >= count {
                *slot = 0.0;
                continue;
            }
            let left_share = 1.0 - right_share;
            let cubic = |share: f64, bend: f64| share * (share * share - 1.0) * bend / 6.0;
            *slot = left_share * values[left]
                + right_share * values[left + 1]
                + cubic(left_share, self.bends[left])
                + cubic(right_share, self.bends[left + 1]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passes_through_its_values_and_follows_a_smooth_curve() {
        let values: Vec<f64> = (0..60).map(|index| (f64::from(index) * 0.2).sin()).collect();
        let places: Vec<f64> = (0..50).map(|index| 5.0 + f64::from(index)).collect();
        let mut output = vec![0.0; 50];
        Resampler::new(60, &places).resample(&values, &mut output);
        assert!(output.iter().zip(&values[5..]).all(|(found, value)| (found - value).abs() < 1e-12));
        let between: Vec<f64> = places.iter().take(45).map(|place| place + 0.37).collect();
        Resampler::new(60, &between).resample(&values, &mut output);
        assert!(output.iter().zip(&between).all(|(found, place)| (found - (place * 0.2).sin()).abs() < 1e-4));
    }
}

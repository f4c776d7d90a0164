//! Roots of polynomials with real coefficients, all at once: O. Aberth 1973, "Iteration methods for finding all zeros of a
//! polynomial simultaneously", Mathematics of Computation 27, 339-344.

use realfft::num_complex::Complex;

/// Most rounds; from roots of a neighbouring frame it takes about six, from a circle about twelve.
const MAX_ROUNDS: usize = 60;

/// A round that moves all roots together by less than this ends the search; the error then is its square or so.
const TOLERANCE: f64 = 1e-10;

/// Finds the roots of `z^n + c[0] z^(n-1) + ... + c[n-1]`, starting from `roots`, which has `n` entries, all different.
///
/// Whether it came to rest; if not, `roots` are not to be used.
pub(crate) fn find(coefficients: &[f64], roots: &mut [Complex<f64>]) -> bool {
    for _ in 0..MAX_ROUNDS {
        let mut moved = 0.0_f64;
        for index in 0..roots.len() {
            let here = roots[index];
            let (value, slope) = evaluate(coefficients, here);
            if value.norm_sqr() == 0.0 {
                continue;
            }
            let mut repulsion = Complex::new(0.0, 0.0);
            for (other, root) in roots.iter().enumerate() {
                if other != index {
                    repulsion += inverse(here - root);
                }
            }
            // Newton's step, bent away from the other roots.
            let step = value * inverse(slope - value * repulsion);
            roots[index] = here - step;
            // A sum, not the largest: not-a-number stays in it.
            moved += step.norm_sqr();
        }
        if !moved.is_finite() {
            return false;
        }
        if moved < TOLERANCE * TOLERANCE {
            return true;
        }
    }
    false
}

/// Starting points on a circle inside the unit circle, none real and no two conjugate.
pub(crate) fn circle(roots: &mut [Complex<f64>]) {
    let count = roots.len() as f64;
    for (index, root) in roots.iter_mut().enumerate() {
        *root = Complex::from_polar(0.9, std::f64::consts::TAU * (index as f64 + 0.3) / count);
    }
}

/// Value and slope at `z`, by Horner's rule.
fn evaluate(coefficients: &[f64], z: Complex<f64>) -> (Complex<f64>, Complex<f64>) {
    let mut value = Complex::new(1.0, 0.0);
    let mut slope = Complex::new(0.0, 0.0);
    for coefficient in coefficients {
        slope = slope * z + value;
        value = value * z + coefficient;
    }
    (value, slope)
}

/// `1 / z`, without the care that the general division takes for very large numbers.
fn inverse(z: Complex<f64>) -> Complex<f64> {
    z.conj() * (1.0 / z.norm_sqr())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_roots_are_found() {
        // (z - 0.5)(z + 0.25)(z^2 - 1.2 z + 0.72): two real roots and a pair at 45 degrees.
        let real = [-0.25, -0.125];
        let pair = [-1.2, 0.72];
        let product = [
            real[0] + pair[0],
            real[1] + real[0] * pair[0] + pair[1],
            real[1] * pair[0] + real[0] * pair[1],
            real[1] * pair[1],
        ];
        let mut roots = [Complex::new(0.0, 0.0); 4];
        circle(&mut roots);
        assert!(find(&product, &mut roots));
        for truth in [(0.5, 0.0), (-0.25, 0.0), (0.6, 0.6), (0.6, -0.6)] {
            let truth = Complex::new(truth.0, truth.1);
            assert!(roots.iter().any(|root| (root - truth).norm() < 1e-9), "{truth} is not in {roots:?}");
        }
    }

    #[test]
    fn what_is_no_number_does_not_come_to_rest() {
        let mut roots = [Complex::new(0.0, 0.0); 2];
        circle(&mut roots);
        assert!(!find(&[f64::NAN, 1.0], &mut roots));
    }
}

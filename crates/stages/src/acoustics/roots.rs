//! Roots of polynomials with real coefficients, all at once: O. Aberth 1973, "Iteration methods for finding all zeros of a
//! polynomial simultaneously", Mathematics of Computation 27, 339-344.

use super::arithmetic::vectorized;
use realfft::num_complex::Complex;

/// Most rounds; from roots of a neighbouring frame it takes about six, from a circle about twelve.
const MAX_ROUNDS: usize = 60;

/// A round that moves all roots together by less than this ends the search; the error then is its square or so.
const TOLERANCE: f64 = 1e-10;

/// Most roots that are found at once: of twelve poles. A number that vectors divide.
const MOST: usize = 12;

/// Finds the roots of `z^n + c[0] z^(n-1) + ... + c[n-1]`, starting from `roots`, which has `n` entries, all different, [`MOST`] at most.
///
/// Whether it came to rest; if not, `roots` are as far as they came.
pub(crate) fn find(coefficients: &[f64], roots: &mut [Complex<f64>]) -> bool {
    vectorized(search, (coefficients, roots))
}

#[inline(always)]
fn search((coefficients, roots): (&[f64], &mut [Complex<f64>])) -> bool {
    let count = roots.len();
    if count > MOST {
        return false;
    }
    // Real and imaginary parts apart, all roots beside each other; what lies behind the last one moves nothing.
    let (mut re, mut im) = ([0.0; MOST], [0.0; MOST]);
    for (index, root) in roots.iter().enumerate() {
        (re[index], im[index]) = (root.re, root.im);
    }
    let mut rests = false;
    for _ in 0..MAX_ROUNDS {
        let (value, slope) = evaluate(coefficients, &re, &im);
        let mut moved = 0.0_f64;
        for index in 0..count {
            let value = Complex::new(value.0[index], value.1[index]);
            let slope = Complex::new(slope.0[index], slope.1[index]);
            if value.norm_sqr() == 0.0 {
                continue;
            }
            // Newton's step, bent away from the other roots.
            let step = value * inverse(slope - value * repulsion(&re, &im, index, count));
            re[index] -= step.re;
            im[index] -= step.im;
            // A sum, not the largest: not-a-number stays in it.
            moved += step.norm_sqr();
        }
        rests = moved < TOLERANCE * TOLERANCE;
        if rests || !moved.is_finite() {
            break;
        }
    }
    for (index, root) in roots.iter_mut().enumerate() {
        *root = Complex::new(re[index], im[index]);
    }
    rests
}

/// Sum of `1 / (z - other)` over all other roots.
#[inline(always)]
fn repulsion(re: &[f64; MOST], im: &[f64; MOST], index: usize, count: usize) -> Complex<f64> {
    let (here_re, here_im) = (re[index], im[index]);
    let (mut sum_re, mut sum_im) = ([0.0; MOST], [0.0; MOST]);
    for other in 0..MOST {
        let (away_re, away_im) = (here_re - re[other], here_im - im[other]);
        // Of the root itself, and behind the last one, nothing is divided by nothing.
        let counts = if other == index || other >= count { 0.0 } else { 1.0 };
        let scale = counts / (away_re * away_re + away_im * away_im + (1.0 - counts));
        sum_re[other] = away_re * scale;
        sum_im[other] = -away_im * scale;
    }
    Complex::new(sum_re.iter().sum(), sum_im.iter().sum())
}

/// Starting points on a circle inside the unit circle, none real and no two conjugate.
pub(crate) fn circle(roots: &mut [Complex<f64>]) {
    let count = roots.len() as f64;
    for (index, root) in roots.iter_mut().enumerate() {
        *root = Complex::from_polar(0.9, std::f64::consts::TAU * (index as f64 + 0.3) / count);
    }
}

/// Real and imaginary parts of values at all roots.
type Parts = ([f64; MOST], [f64; MOST]);

/// Values and slopes at all of them, by Horner's rule.
#[inline(always)]
fn evaluate(coefficients: &[f64], re: &[f64; MOST], im: &[f64; MOST]) -> (Parts, Parts) {
    let (mut value_re, mut value_im) = ([1.0; MOST], [0.0; MOST]);
    let (mut slope_re, mut slope_im) = ([0.0; MOST], [0.0; MOST]);
    for coefficient in coefficients {
        for at in 0..MOST {
            let slope = slope_re[at] * re[at] - slope_im[at] * im[at] + value_re[at];
            slope_im[at] = slope_re[at] * im[at] + slope_im[at] * re[at] + value_im[at];
            slope_re[at] = slope;
            let value = value_re[at] * re[at] - value_im[at] * im[at] + coefficient;
            value_im[at] = value_re[at] * im[at] + value_im[at] * re[at];
            value_re[at] = value;
        }
    }
    ((value_re, value_im), (slope_re, slope_im))
}

/// `1 / z`, without the care that the general division takes for very large numbers.
#[inline(always)]
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

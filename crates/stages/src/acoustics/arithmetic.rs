//! Sums of products that the compiler can keep in vector registers.

/// Independent sums.
const LANES: usize = 8;

/// Does `work` on `on` with the widest vectors that this processor and the code for it have: 256 bits on most of x86-64, 128 on
/// ARM64. `work` is a function, not a closure, that is always inlined, and so is what it calls: nothing else is compiled for
/// those vectors. Sums keep the order in which they are written, whatever the width, and no product is rounded together with a
/// sum: results are the same to the last bit.
#[inline(always)]
pub(crate) fn vectorized<A, R>(work: impl FnOnce(A) -> R, on: A) -> R {
    pulp::Arch::new().dispatch(Work(work, on))
}

struct Work<F, A>(F, A);

impl<A, R, F: FnOnce(A) -> R> pulp::WithSimd for Work<F, A> {
    type Output = R;

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) -> R {
        (self.0)(self.1)
    }
}

/// Sum of the products of two slices, as far as the shorter one goes.
#[inline(always)]
pub(crate) fn dot(left: &[f64], right: &[f64]) -> f64 {
    let length = left.len().min(right.len());
    let (left, right) = (&left[..length], &right[..length]);
    let whole = length - length % LANES;
    let mut sums = [0.0; LANES];
    for (left, right) in left[..whole].chunks_exact(LANES).zip(right[..whole].chunks_exact(LANES)) {
        for lane in 0..LANES {
            sums[lane] += left[lane] * right[lane];
        }
    }
    let rest: f64 = left[whole..].iter().zip(&right[whole..]).map(|(left, right)| left * right).sum();
    sums.iter().sum::<f64>() + rest
}

/// Sum of numbers.
#[inline(always)]
pub(crate) fn sum<T: Copy + Into<f64>>(values: &[T]) -> f64 {
    let mut sums = [0.0; LANES];
    let mut lanes = values.chunks_exact(LANES);
    for values in &mut lanes {
        for lane in 0..LANES {
            sums[lane] += values[lane].into();
        }
    }
    sums.iter().sum::<f64>() + lanes.remainder().iter().map(|value| (*value).into()).sum::<f64>()
}

/// Natural logarithms of positive normal numbers, in place, to within 2e-14: the exponent, and the series of the inverse
/// hyperbolic tangent for a fraction between 0.7 and 1.4. It is several times faster than one call after another.
#[inline(always)]
pub(crate) fn logarithms(values: &mut [f64]) {
    // Bits of the square root of a half: fractions come to lie around 1.
    const LOWEST: u64 = 0x3fe6_a09e_667f_3bcd;
    for value in values {
        let bits = value.max(f64::MIN_POSITIVE).to_bits();
        let exponent = (bits.wrapping_sub(LOWEST) as i64) >> 52;
        let fraction = f64::from_bits(bits.wrapping_sub((exponent << 52) as u64));
        let s = (fraction - 1.0) / (fraction + 1.0);
        let square = s * s;
        let mut series = 2.0 / 17.0;
        for divisor in [15.0, 13.0, 11.0, 9.0, 7.0, 5.0, 3.0, 1.0] {
            series = series * square + 2.0 / divisor;
        }
        *value = exponent as i32 as f64 * std::f64::consts::LN_2 + s * series;
    }
}

/// The next even length from `least` on whose only prime factors are 2, 3 and 5: transforms of it are fast.
pub(crate) fn fast_length(least: usize) -> usize {
    let smooth = |length: &usize| {
        let mut rest = *length;
        for factor in [2, 3, 5] {
            while rest.is_multiple_of(factor) {
                rest /= factor;
            }
        }
        rest == 1
    };
    (least.max(2).next_multiple_of(2)..).step_by(2).find(smooth).unwrap_or(least)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_of_products() {
        let left: Vec<f64> = (0..21).map(f64::from).collect();
        assert_eq!(dot(&left, &left), 2870.0);
        assert_eq!(dot(&left, &left[..3]), 5.0);
        assert_eq!(dot(&[], &left), 0.0);
        assert_eq!((sum(&left), sum(&left[..3]), sum::<f32>(&[])), (210.0, 3.0, 0.0));
        assert_eq!(fast_length(7), 8);
        assert_eq!(fast_length(433), 450);
    }

    #[test]
    fn logarithms_are_those_of_the_library() {
        let values: Vec<f64> = (-300..300).flat_map(|e| [1.0, 1.37, 2.9, 9.99].map(|m| m * 10.0_f64.powi(e))).collect();
        let mut found = values.clone();
        logarithms(&mut found);
        for (value, found) in values.iter().zip(found) {
            assert!((found - value.ln()).abs() < 2e-14 * (1.0 + value.ln().abs()), "{value}: {found}");
        }
    }
}

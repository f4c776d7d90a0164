//! Softmax over a row, with an exponential that compilers turn into SIMD.

/// Turns scores into weights that add up to 1, after scaling. Scores that must not count are left out by the caller.
#[inline(always)]
pub(super) fn softmax(scores: &mut [f32], scale: f32) {
    let largest = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    for score in scores.iter_mut() {
        *score = exp_of_nonpositive((*score - largest) * scale);
    }
    // Sixteen partial sums: a single one would be added up one number at a time.
    let mut partial = [0.0_f32; 16];
    let (blocks, rest) = scores.as_chunks::<16>();
    for block in blocks {
        for (sum, weight) in partial.iter_mut().zip(block) {
            *sum += weight;
        }
    }
    let total: f32 = partial.iter().sum::<f32>() + rest.iter().sum::<f32>();
    let inverse = 1.0 / total;
    scores.iter_mut().for_each(|weight| *weight *= inverse);
}

/// `exp(x)` for `x <= 0`, relative error below 3e-7; 0 below -87.
///
/// `x = n ln 2 + r` with `|r| <= ln 2 / 2`, where adding 1.5 * 2^23 rounds `x / ln 2` to `n` and leaves `n` in the low
/// bits; `exp(r)` by the polynomial of Cephes' `expf` (Moshier 1992); `2^n` by shifting `n` into the exponent.
#[inline(always)]
fn exp_of_nonpositive(x: f32) -> f32 {
    const ROUND: f32 = 12_582_912.0;
    let x = x.max(-87.0);
    let shifted = x * std::f32::consts::LOG2_E + ROUND;
    let n = shifted - ROUND;
    let r = x - n * 0.693_359_4;
    let r = r + n * 2.121_944_4e-4;
    let mut polynomial = 1.987_569_1e-4;
    for coefficient in [1.398_199_9e-3, 8.333_452e-3, 4.166_579_6e-2, 1.666_666_5e-1, 0.5] {
        polynomial = polynomial * r + coefficient;
    }
    let power = polynomial * r * r + (r + 1.0);
    power * f32::from_bits((shifted.to_bits() << 23).wrapping_add(0x3f80_0000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exponential_is_close_to_the_exact_one() {
        for step in 0..87_000 {
            let x = -f64::from(step) / 1_000.0;
            let found = exp_of_nonpositive(x as f32);
            let exact = f64::from(x as f32).exp();
            assert!((f64::from(found) / exact - 1.0).abs() < 3e-7, "exp({x}) = {found}");
        }
    }

    #[test]
    fn weights_add_up_to_one_whatever_the_scores() {
        let mut scores: Vec<f32> = (0..1_500).map(|index| ((index * 7_919) % 977) as f32 - 400.0).collect();
        softmax(&mut scores, 0.125);
        assert!((scores.iter().sum::<f32>() - 1.0).abs() < 1e-5);
        assert!(scores.iter().all(|weight| weight.is_finite() && *weight >= 0.0));
    }
}

//! Sharing a whole number out in proportion, so that the parts add up exactly.

/// Shares `total` out in proportion to `weights` by largest remainders: each part is its exact share rounded down, and
/// what is left goes, one each, to the largest remainders, the earlier first. The parts add up to `total`, except that
/// nothing is shared out where no weight is above zero.
pub(super) fn allocate(total: u32, weights: &[f64]) -> Vec<u32> {
    let sum: f64 = weights.iter().sum();
    if sum <= 0.0 {
        return vec![0; weights.len()];
    }
    let exact: Vec<f64> = weights.iter().map(|weight| f64::from(total) * weight / sum).collect();
    let mut parts: Vec<u32> = exact.iter().map(|share| share.floor() as u32).collect();
    let mut by_remainder: Vec<usize> = (0..weights.len()).filter(|index| weights[*index] > 0.0).collect();
    by_remainder.sort_by(|left, right| exact[*right].fract().total_cmp(&exact[*left].fract()).then(left.cmp(right)));

    // Rounding in the division may make the floors miss by one in either direction.
    let shared: u32 = parts.iter().sum();
    for index in by_remainder.iter().cycle().take(total.saturating_sub(shared) as usize) {
        parts[*index] += 1;
    }
    let mut excess = shared.saturating_sub(total);
    for index in by_remainder.iter().rev() {
        if excess > 0 && parts[*index] > 0 {
            parts[*index] -= 1;
            excess -= 1;
        }
    }
    parts
}

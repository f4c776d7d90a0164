//! Values between samples: sin(x)/x interpolation under a raised-cosine window, and the peak of a curve so interpolated.
//!
//! Boersma 1993, "Accurate short-term analysis of the fundamental frequency and the harmonics-to-noise ratio of a
//! sampled sound", IFA Proceedings 17, equation 22, with the depths that Praat uses.

use super::arithmetic::vectorized;
use std::f64::consts::PI;

/// Terms that are summed at a time, in lanes that the compiler can keep in vector registers.
const LANES: usize = 8;

/// Terms are divided by in pairs: those so many lanes apart.
const HALF: usize = LANES / 2;

/// The value of the curve through `samples` at the fractional index `position`.
///
/// `depth` samples are used to each side, fewer near an end. Beyond the ends the end's value holds; without samples the
/// value is zero.
#[inline(always)]
pub(crate) fn sinc(samples: &[f64], position: f64, depth: usize) -> f64 {
    let (Some(first), Some(last)) = (samples.first(), samples.last()) else { return 0.0 };
    if position <= 0.0 {
        return *first;
    }
    if position >= (samples.len() - 1) as f64 {
        return *last;
    }
    let left = position.floor() as usize;
    let fraction = position - left as f64;
    if fraction == 0.0 {
        return samples[left];
    }
    let depth = depth.min(left + 1).min(samples.len() - 1 - left);
    if depth < 2 {
        return samples[left] + fraction * (samples[left + 1] - samples[left]);
    }
    if depth == 2 {
        return cubic(samples, left, fraction);
    }
    let before = &samples[left + 1 - depth..=left];
    let after = &samples[left + 1..=left + depth];
    let backwards = |k: usize, count: usize| {
        let mut values = [0.0; LANES];
        let source = before[depth - k - count..depth - k].iter().rev();
        values.iter_mut().zip(source).for_each(|(value, sample)| *value = *sample);
        values
    };
    let forwards = |k: usize, count: usize| {
        let mut values = [0.0; LANES];
        values[..count].copy_from_slice(&after[k..k + count]);
        values
    };
    let sum = side(backwards, fraction, depth) + side(forwards, 1.0 - fraction, depth);
    (PI * fraction).sin() * sum / (2.0 * PI)
}

/// Cubic between `samples[left]` and the next one, with the slopes that their outer neighbours give them.
#[inline(always)]
fn cubic(samples: &[f64], left: usize, fraction: f64) -> f64 {
    let (here, next) = (samples[left], samples[left + 1]);
    let slope_here = 0.5 * (next - samples[left - 1]);
    let slope_next = 0.5 * (samples[left + 2] - here);
    let rest = 1.0 - fraction;
    let bend = 0.5 * (slope_next - slope_here) + (fraction - 0.5) * (slope_here + slope_next - 2.0 * (next - here));
    rest * here + fraction * next - fraction * rest * bend
}

/// One side of the sum: `sample(k) (-1)^k / (distance + k) (1 + cos(pi (distance + k) / (distance + depth)))`, where
/// `samples(k, count)` gives the samples `k..k + count`, then zeros.
///
/// The cosines come from rotating a pointer in each lane, so that no term waits for the one before it.
#[inline(always)]
fn side(samples: impl Fn(usize, usize) -> [f64; LANES], distance: f64, depth: usize) -> f64 {
    let step = PI / (distance + depth as f64);
    let turned = |(sine, cosine): (f64, f64), (by_sine, by_cosine): (f64, f64)| {
        (sine * by_cosine + cosine * by_sine, cosine * by_cosine - sine * by_sine)
    };
    // Asking for a sine takes as long as four samples; where the lanes begin, and how far they go, follow from two.
    let one = sine_cosine(step);
    let mut lane_begins = sine_cosine(distance * step);
    let (mut sines, mut cosines, mut offsets) = ([0.0; LANES], [0.0; LANES], [0.0; LANES]);
    for lane in 0..LANES {
        (sines[lane], cosines[lane]) = lane_begins;
        offsets[lane] = distance + lane as f64;
        lane_begins = turned(lane_begins, one);
    }
    let two = turned(one, one);
    let four = turned(two, two);
    let (rotate_sine, rotate_cosine) = turned(four, four);
    let mut sums = [0.0; HALF];
    let mut start = 0;
    while start < depth {
        let values = samples(start, LANES.min(depth - start));
        let mut terms = [0.0; LANES];
        for lane in 0..LANES {
            terms[lane] = values[lane] * (1.0 + cosines[lane]);
        }
        // a / b + c / d is (a d + c b) / (b d): a division takes as long as many products.
        for lane in 0..HALF {
            let (near, far) = (offsets[lane], offsets[lane + HALF]);
            sums[lane] += (terms[lane] * far + terms[lane + HALF] * near) / (near * far);
        }
        for lane in 0..LANES {
            let cosine = cosines[lane];
            cosines[lane] = cosine * rotate_cosine - sines[lane] * rotate_sine;
            sines[lane] = cosine * rotate_sine + sines[lane] * rotate_cosine;
            offsets[lane] += LANES as f64;
        }
        start += LANES;
    }
    (sums[0] - sums[1]) + (sums[2] - sums[3])
}

/// Sine and cosine; of small angles, as most are here, by their series to within rounding.
#[inline(always)]
fn sine_cosine(angle: f64) -> (f64, f64) {
    if angle.abs() > 0.1 {
        return angle.sin_cos();
    }
    let square = angle * angle;
    let sine = angle * (1.0 - square / 6.0 * (1.0 - square / 20.0 * (1.0 - square / 42.0 * (1.0 - square / 72.0))));
    let cosine = 1.0 - 0.5 * square * (1.0 - square / 12.0 * (1.0 - square / 30.0 * (1.0 - square / 56.0)));
    (sine, cosine)
}

/// How near the place of a peak is told, in samples. At the highest pitch measured, 500 Hz, and the lowest rate in use,
/// 8 kHz, this is 3 mHz, a thousandth of what people hear.
const PEAK_TOLERANCE: f64 = 1e-4;

/// More steps than the search ever needs: golden sections alone come from 2 samples to the tolerance in 31.
const MAX_STEPS: usize = 60;

/// The highest point of the interpolated curve within one sample of the local maximum `samples[index]`: fractional
/// index and value. Brent's method (Brent 1973, "Algorithms for minimization without derivatives", chapter 5).
pub(crate) fn peak(samples: &[f64], index: usize, depth: usize) -> (f64, f64) {
    vectorized(search, (samples, index, depth))
}

#[inline(always)]
fn search((samples, index, depth): (&[f64], usize, usize)) -> (f64, f64) {
    if index == 0 || index + 1 >= samples.len() {
        return (index as f64, samples.get(index).copied().unwrap_or(0.0));
    }
    let golden = (3.0 - 5.0_f64.sqrt()) / 2.0;
    let middle = index as f64;
    let (mut low, mut high) = (middle - 1.0, middle + 1.0);
    let mut best = parabola_peak(samples, index);
    let mut best_value = sinc(samples, best, depth);
    // The second and third best so far; the maximum among the samples is known without interpolation.
    let (mut second, mut second_value) = (middle, samples[index]);
    if second_value > best_value {
        (best, second, best_value, second_value) = (second, best, second_value, best_value);
    }
    let (mut third, mut third_value) = (second, second_value);
    if second > best {
        high = second;
    } else if second < best {
        low = second;
    }
    let mut previous_step: f64 = high - low;
    let mut step: f64 = previous_step;
    for _ in 0..MAX_STEPS {
        let centre = 0.5 * (low + high);
        if (best - centre).abs() + 0.5 * (high - low) <= 2.0 * PEAK_TOLERANCE {
            break;
        }
        // A parabola through the three best points, as long as its steps shrink and stay inside.
        let r = (best - second) * (best_value - third_value);
        let mut q = (best - third) * (best_value - second_value);
        let mut p = (best - third) * q - (best - second) * r;
        q = 2.0 * (q - r);
        if q > 0.0 {
            p = -p;
        } else {
            q = -q;
        }
        let usable =
            q != 0.0 && p.abs() < (0.5 * q * previous_step).abs() && p > q * (low - best) && p < q * (high - best);
        // The curve is smooth: where its parabola is highest next to the best point, there is nothing left to find.
        if usable && p.abs() < PEAK_TOLERANCE * q {
            break;
        }
        previous_step = step;
        step = if usable {
            p / q
        } else {
            previous_step = if best < centre { high - best } else { low - best };
            golden * previous_step
        };
        let candidate = best + if step.abs() >= PEAK_TOLERANCE { step } else { PEAK_TOLERANCE.copysign(step) };
        let value = sinc(samples, candidate, depth);
        if value >= best_value {
            if candidate < best {
                high = best
            } else {
                low = best
            }
            (third, third_value, second, second_value) = (second, second_value, best, best_value);
            (best, best_value) = (candidate, value);
        } else {
            if candidate < best {
                low = candidate
            } else {
                high = candidate
            }
            if value >= second_value || second == best {
                (third, third_value, second, second_value) = (second, second_value, candidate, value);
            } else if value >= third_value || third == best || third == second {
                (third, third_value) = (candidate, value);
            }
        }
    }
    (best, best_value)
}

/// Where the parabola through a local maximum and its neighbours is highest, as a fractional index.
#[inline(always)]
pub(crate) fn parabola_peak(samples: &[f64], index: usize) -> f64 {
    let (before, here, after) = (samples[index - 1], samples[index], samples[index + 1]);
    let curvature = 2.0 * here - before - after;
    index as f64 + if curvature > 0.0 { 0.5 * (after - before) / curvature } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The sum as equation 22 prints it, without lanes or rotations.
    fn by_the_book(samples: &[f64], position: f64, depth: usize) -> f64 {
        let left = position.floor() as usize;
        let fraction = position - left as f64;
        let depth = depth.min(left + 1).min(samples.len() - 1 - left);
        let term = |sample: f64, distance: f64, side: f64| {
            let sine = (PI * distance).sin() / (PI * distance);
            sample * sine * (0.5 + 0.5 * (PI * distance / (side + depth as f64)).cos())
        };
        let before: f64 = (0..depth).map(|k| term(samples[left - k], fraction + k as f64, fraction)).sum();
        let after: f64 =
            (0..depth).map(|k| term(samples[left + 1 + k], 1.0 - fraction + k as f64, 1.0 - fraction)).sum();
        before + after
    }

    fn wave(frequency: f64, phase: f64) -> Vec<f64> {
        (0..400).map(|n| (2.0 * PI * frequency * f64::from(n) + phase).cos()).collect()
    }

    #[test]
    fn lanes_give_what_the_plain_sum_gives() {
        let samples = wave(0.131, 0.4);
        for (position, depth) in [(200.25, 70), (200.25, 30), (30.9, 70), (370.5, 70), (5.01, 70), (100.999, 33)] {
            let difference = sinc(&samples, position, depth) - by_the_book(&samples, position, depth);
            assert!(difference.abs() < 1e-12, "at {position} with depth {depth}: {difference}");
        }
    }

    #[test]
    fn a_wave_is_met_between_its_samples() {
        let samples = wave(0.2, 0.0);
        for position in [150.1, 180.5, 220.77] {
            let truth = (2.0 * PI * 0.2 * position).cos();
            assert!((sinc(&samples, position, 70) - truth).abs() < 1e-4);
        }
    }

    #[test]
    fn peaks_between_samples_are_found() {
        for place in [200.0, 200.31, 199.62, 200.499] {
            let frequency = 0.01;
            let samples: Vec<f64> = (0..400).map(|n| (2.0 * PI * frequency * (f64::from(n) - place)).cos()).collect();
            let index = place.round() as usize;
            let (found, value) = peak(&samples, index, 70);
            assert!((found - place).abs() < 1e-3, "{found} for {place}");
            assert!((value - 1.0).abs() < 1e-5, "height {value}");
        }
    }

    #[test]
    fn ends_and_nothing_are_safe() {
        assert_eq!(sinc(&[], 3.0, 70), 0.0);
        assert_eq!(sinc(&[2.0], 0.5, 70), 2.0);
        assert_eq!(sinc(&[2.0, 4.0], 0.5, 70), 3.0);
        assert_eq!(peak(&[1.0, 2.0], 0, 70), (0.0, 1.0));
    }
}

//! The noise of a stretch, from its frames with the least of everything, and which frames stand out of it.
//!
//! No detector of speech is asked, because those fail first where noise is loud. Every frame gets a score: how far its
//! bands are above a low quantile of their own powers (Stahl, Fischer & Bippus 2000, "Quantile based noise estimation for
//! spectral subtraction and Wiener filtering"), as a mean over the bands of decibels that are limited to both sides, so
//! that a frame counts as noise only if all its bands do. Frames with the lowest scores are pauses, closures of stops and
//! other gaps. The noise is the mean power of those, not their minimum: unlike the minimum statistics of Martin (2001), it
//! needs no correction that depends on how steady the noise is.

use super::frames::Stretch;

/// Least frames that are not silent, in seconds of sound.
pub(super) const LEAST_S: f64 = 1.0;
/// Quantile of the powers of a band that its frames are compared with.
const QUANTILE: f64 = 0.15;
/// A band counts for no less than this above the quantile, in dB, and no more.
const LIMITS_DB: (f32, f32) = (-5.0, 15.0);
/// Scores of noise are means over this many frames.
const SMOOTH: usize = 5;
/// Scores of speech are means over this many frames.
const SMOOTH_SPEECH: usize = 3;
/// Quantile of the scores where those of noise begin.
const FIRST: f64 = 0.02;
/// How far they reach from there, in dB: gives white noise all its frames, babble most of them.
const REACH_DB: f32 = 2.0;
/// Frames that are taken for noise in any case and at most: as shares, and as least number.
const TAKEN: (f64, f64, usize) = (0.06, 0.2, 8);
/// Powers more than this many times the median of the frames taken are no noise: next to none of a chi-squared
/// distribution with two degrees of freedom, the fewest that a band has.
const OUTLIER: f32 = 8.0;
/// Bands with less than this share of all power say nothing.
const FAINT: f64 = 1e-7;
/// A frame stands out when its score is this many standard deviations above that of noise, and at least and at most so
/// many dB.
const OUTSTANDING: (f32, f32, f32) = (4.0, 1.0, 6.0);

/// What a stretch is without what comes and goes.
pub(super) struct Floor {
    /// Mean power of the noise by band.
    pub(super) noise: Vec<f64>,
    /// Frames that are not silent.
    pub(super) heard: Vec<usize>,
    /// Which of those stand out of the noise.
    pub(super) stands_out: Vec<bool>,
}

impl Floor {
    /// Mean power of the noise in all bands.
    pub(super) fn power(&self) -> f64 {
        self.noise.iter().sum()
    }
}

/// Looks for the noise of `stretch`; nothing if there is less than a second that is not silent. `step_s` is the time
/// between frames; `is_pause` says which frames are known to be free of speech, if that is known.
pub(super) fn floor(stretch: &Stretch, step_s: f64, is_pause: Option<&dyn Fn(usize) -> bool>) -> Option<Floor> {
    let heard: Vec<usize> = (0..stretch.frames()).filter(|frame| !stretch.silent[*frame]).collect();
    if (heard.len() as f64) * step_s < LEAST_S {
        return None;
    }
    let counting = counting_bands(stretch, &heard);
    let low: Vec<f32> = (0..stretch.bands).map(|band| quantile(powers_of(stretch, &heard, band), QUANTILE)).collect();
    let known: Vec<usize> = match is_pause {
        Some(is_pause) => heard.iter().copied().filter(|frame| is_pause(*frame)).collect(),
        None => Vec::new(),
    };
    let scores = scores(stretch, &heard, &low, &counting);
    let quiet = if (known.len() as f64) * step_s >= LEAST_S {
        known
    } else {
        quietest(&smoothed(&scores, SMOOTH)).into_iter().map(|index| heard[index]).collect()
    };
    let noise: Vec<f64> = (0..stretch.bands).map(|band| mean_without_outliers(stretch, &quiet, band)).collect();
    let levels: Vec<f32> = noise.iter().map(|power| *power as f32).collect();
    let scores = smoothed(&self::scores(stretch, &heard, &levels, &counting), SMOOTH_SPEECH);
    let of_noise: Vec<f32> = heard
        .iter()
        .zip(&scores)
        .filter(|(frame, _)| quiet.binary_search(frame).is_ok())
        .map(|(_, score)| *score)
        .collect();
    let usual = quantile(of_noise.clone(), 0.5);
    let deviation = 1.4826 * quantile(of_noise.iter().map(|score| (score - usual).abs()).collect(), 0.5);
    let (deviations, least, most) = OUTSTANDING;
    let limit = usual + (deviations * deviation).clamp(least, most);
    let stands_out = scores.iter().map(|score| *score > limit).collect();
    Some(Floor { noise, heard, stands_out })
}

/// Bands that scores are made of: all but the lowest, in which nobody speaks, and those in which next to nothing is.
fn counting_bands(stretch: &Stretch, heard: &[usize]) -> Vec<usize> {
    let mut sums = vec![0.0; stretch.bands];
    for frame in heard {
        for (sum, power) in sums.iter_mut().zip(stretch.frame(*frame)) {
            *sum += f64::from(*power);
        }
    }
    let all: f64 = sums.iter().sum();
    (1..stretch.bands).filter(|band| sums[*band] > FAINT * all).collect()
}

/// Mean level of the bands of each frame above `reference`, in dB, limited band by band.
fn scores(stretch: &Stretch, heard: &[usize], reference: &[f32], counting: &[usize]) -> Vec<f32> {
    let (least, most) = LIMITS_DB;
    heard
        .iter()
        .map(|frame| {
            let powers = stretch.frame(*frame);
            let level = |band: &usize| {
                (10.0 * (powers[*band].max(f32::MIN_POSITIVE) / reference[*band].max(f32::MIN_POSITIVE)).log10())
                    .clamp(least, most)
            };
            counting.iter().map(level).sum::<f32>() / counting.len().max(1) as f32
        })
        .collect()
}

/// Numbers of the frames with the lowest scores, in order.
fn quietest(scores: &[f32]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_by(|left, right| scores[*left].total_cmp(&scores[*right]));
    let count = order.len() as f64;
    let first = scores[order[((FIRST * count) as usize).max(1).min(order.len() - 1)]];
    let near = order.partition_point(|index| scores[*index] <= first + REACH_DB);
    let (least, most, fewest) = TAKEN;
    let share = |share: f64| ((share * count) as usize).max(fewest).min(order.len());
    order.truncate(near.clamp(share(least), share(most)));
    order.sort_unstable();
    order
}

fn powers_of(stretch: &Stretch, frames: &[usize], band: usize) -> Vec<f32> {
    frames.iter().map(|frame| stretch.frame(*frame)[band]).collect()
}

fn mean_without_outliers(stretch: &Stretch, frames: &[usize], band: usize) -> f64 {
    let powers = powers_of(stretch, frames, band);
    let most = OUTLIER * quantile(powers.clone(), 0.5);
    let (sum, count) = powers
        .iter()
        .filter(|power| **power <= most)
        .fold((0.0, 0_usize), |(sum, count), power| (sum + f64::from(*power), count + 1));
    sum / count.max(1) as f64
}

/// The value below which a share of `values` lies; 0 of none.
pub(super) fn quantile(mut values: Vec<f32>, share: f64) -> f32 {
    if values.is_empty() {
        return 0.0;
    }
    let index = ((values.len() - 1) as f64 * share) as usize;
    *values.select_nth_unstable_by(index, f32::total_cmp).1
}

/// Means over `width` neighbours, fewer at the ends.
pub(super) fn smoothed(values: &[f32], width: usize) -> Vec<f32> {
    let reach = width / 2;
    (0..values.len())
        .map(|index| {
            let around = &values[index.saturating_sub(reach)..(index + reach + 1).min(values.len())];
            around.iter().sum::<f32>() / around.len() as f32
        })
        .collect()
}

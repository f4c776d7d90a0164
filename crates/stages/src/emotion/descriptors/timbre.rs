//! Mel energies and cepstra over a stretch. Davis and Mermelstein 1980 for the cepstra.

use super::frames::{BANDS, Frames};
use super::numbers::{deviation, mean, slopes};
use std::f64::consts::PI;

/// Pairs of bands.
const PAIRS: usize = BANDS / 2;
/// Cepstral coefficients, the one of the level included.
const CEPSTRA: usize = 14;
/// Below this no spread is told apart, in natural logarithms of energy.
const LEAST_SPREAD: f64 = 1e-3;

/// The families of timbre, in order.
pub(super) fn families(frames: &Frames) -> Vec<(&'static str, Vec<f64>)> {
    let all: Vec<f64> = frames.sounding.iter().flat_map(|frame| &frames.mel[*frame]).copied().collect();
    let level = mean(&all);
    let pairs: Vec<Vec<f64>> = (0..PAIRS)
        .map(|pair| frames.mel.iter().map(|mel| 0.5 * (mel[2 * pair] + mel[2 * pair + 1]) - level).collect())
        .collect();
    let cepstra = cepstra(frames);
    let sounding = |row: &Vec<f64>| chosen(row, &frames.sounding);
    let voiced = |row: &Vec<f64>| chosen(row, &frames.voiced);
    let voiced_means: Vec<f64> = pairs.iter().map(|row| mean(&voiced(row))).collect();
    let middle = mean(&voiced_means);
    let slopes_of: Vec<Vec<f64>> = cepstra.iter().map(|row| slopes(row)).collect();
    let curves: Vec<Vec<f64>> = slopes_of.iter().map(|row| slopes(row)).collect();
    let each = |rows: &[Vec<f64>], of: &dyn Fn(&Vec<f64>) -> f64| rows.iter().map(of).collect::<Vec<f64>>();
    let spread = |values: &[f64]| (deviation(values) + LEAST_SPREAD).ln();
    vec![
        ("mel_mean", each(&pairs, &|row| mean(&sounding(row)))),
        ("mel_sd", each(&pairs, &|row| spread(&sounding(row)))),
        ("mel_voiced", voiced_means.iter().map(|value| value - middle).collect()),
        ("mfcc_mean", each(&cepstra[1..], &|row| mean(&sounding(row)))),
        ("mfcc_sd", each(&cepstra[1..], &|row| spread(&sounding(row)))),
        ("mfcc_voiced_mean", each(&cepstra[1..], &|row| mean(&voiced(row)))),
        ("mfcc_voiced_sd", each(&cepstra[1..], &|row| spread(&voiced(row)))),
        ("mfcc_delta_sd", each(&slopes_of, &|row| spread(row))),
        ("mfcc_delta2_sd", each(&curves, &|row| spread(row))),
    ]
}

/// Cepstra by coefficient, `[CEPSTRA, frames]`: cosine transform of the mel energies, divided by half the bands.
fn cepstra(frames: &Frames) -> Vec<Vec<f64>> {
    let basis: Vec<Vec<f64>> = (0..CEPSTRA)
        .map(|order| {
            let angle = |band: usize| PI * order as f64 * (band as f64 + 0.5) / BANDS as f64;
            (0..BANDS).map(|band| angle(band).cos() / PAIRS as f64).collect()
        })
        .collect();
    // The level of the first coefficient does not matter: only spreads of it are used.
    let one = |row: &Vec<f64>, mel: &Vec<f64>| row.iter().zip(mel).map(|(a, b)| a * b).sum::<f64>();
    basis.iter().map(|row| frames.mel.iter().map(|mel| one(row, mel)).collect()).collect()
}

fn chosen(row: &[f64], frames: &[usize]) -> Vec<f64> {
    frames.iter().filter_map(|frame| row.get(*frame)).copied().collect()
}

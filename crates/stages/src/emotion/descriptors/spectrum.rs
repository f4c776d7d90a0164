//! How sound is spread over frequencies in voiced frames, and how fast it changes.

use super::frames::{BANDS, BINS, FRAME_RATE, Frames, TINY, decibels};
use super::numbers::{deviation, mean, percentiles};
use realfft::RealFftPlanner;
use std::f64::consts::TAU;

/// Distance of bins in hertz.
const BIN: f64 = 31.25;
/// Edges of the rates of change that are told apart, in hertz.
const RATES: [f64; 7] = [0.8, 2.0, 4.0, 7.0, 12.0, 20.0, 40.0];
/// Mel bands in a group whose changes are looked at together.
const GROUP: usize = 5;
/// Frames that a piece of a contour has when its rates of change are looked for: four seconds, filled up with zeros.
const PIECE: usize = 512;

/// Per measure of a frame's spectrum: mean, deviation, percentiles 20 and 80 over voiced frames; then mean and deviation of
/// the first harmonic over the second, in dB. The measures, in order: alpha ratio (50-1000 over 1000-5000 Hz), Hammarberg
/// index (strongest below over strongest from 2 to 5 kHz), 5-8 kHz over the rest (all in dB), slopes 20-500, 500-1500 and
/// 1500-5000 Hz in dB per kHz, logarithm of the centroid, flux, logarithms of the 85 and 50 % roll-off points, entropy.
pub(super) fn balance(frames: &Frames) -> Vec<f64> {
    let flux = flux(frames);
    let rows: Vec<[f64; 11]> = frames.voiced.iter().map(|frame| one(&frames.power[*frame], flux[*frame])).collect();
    let mut found = Vec::with_capacity(46);
    for measure in 0..11 {
        let values: Vec<f64> = rows.iter().map(|row| row[measure]).collect();
        found.extend([mean(&values), deviation(&values)]);
        found.extend(percentiles(&values, [20.0, 80.0]));
    }
    let over: Vec<f64> =
        frames.voiced.iter().map(|frame| harmonics(&frames.power[*frame], frames.f0[*frame])).collect();
    found.extend([mean(&over), deviation(&over)]);
    found
}

fn range(low: f64, high: f64) -> std::ops::Range<usize> {
    let at = |frequency: f64| ((frequency / BIN).ceil() as usize).min(BINS);
    at(low)..at(high)
}

fn one(power: &[f64], flux: f64) -> [f64; 11] {
    let total: f64 = power.iter().sum::<f64>() + TINY;
    let band = |low, high| decibels(power[range(low, high)].iter().sum());
    let strongest = |low, high| decibels(power[range(low, high)].iter().copied().fold(0.0, f64::max));
    let slope = |low, high| {
        let points: Vec<(f64, f64)> =
            range(low, high).map(|bin| (bin as f64 * BIN / 1000.0, decibels(power[bin]))).collect();
        super::numbers::line(&points).0
    };
    let centroid = power.iter().enumerate().map(|(bin, power)| bin as f64 * BIN * power).sum::<f64>() / total;
    let roll_off = |share: f64| {
        let mut sum = 0.0;
        let reached = power.iter().position(|power| {
            sum += power;
            sum >= share * total
        });
        (reached.unwrap_or(BINS - 1) as f64 * BIN + 50.0).ln()
    };
    let entropy = -power.iter().map(|power| power / total * (power / total + TINY).ln()).sum::<f64>();
    [
        band(50.0, 1000.0) - band(1000.0, 5000.0),
        strongest(0.0, 2000.0) - strongest(2000.0, 5000.0),
        band(5000.0, 8000.0) - band(50.0, 5000.0),
        slope(20.0, 500.0),
        slope(500.0, 1500.0),
        slope(1500.0, 5000.0),
        (centroid + 1.0).ln(),
        flux,
        roll_off(0.85),
        roll_off(0.5),
        entropy,
    ]
}

/// Distance of each frame's amplitudes, scaled to length 1, from those of the frame before.
fn flux(frames: &Frames) -> Vec<f64> {
    let scaled = |power: &Vec<f64>| {
        let length = (power.iter().sum::<f64>() + TINY).sqrt();
        power.iter().map(|power| power.sqrt() / length).collect::<Vec<f64>>()
    };
    let mut found = vec![0.0];
    for two in frames.power.windows(2) {
        let (before, after) = (scaled(&two[0]), scaled(&two[1]));
        found.push(before.iter().zip(&after).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt());
    }
    found
}

/// First over second harmonic in dB: the strongest bins within a quarter of the pitch.
fn harmonics(power: &[f64], f0: f64) -> f64 {
    let peak = |centre: f64| {
        let at = |frequency: f64| ((frequency / BIN).round().max(0.0) as usize).min(BINS - 1);
        decibels(power[at(centre - 0.25 * f0)..=at(centre + 0.25 * f0)].iter().copied().fold(0.0, f64::max))
    };
    peak(f0) - peak(2.0 * f0)
}

/// Logarithm of the power of changes of the mel energies, by group of five bands and rate of change; then the same of the
/// level, each rate relative to their mean. Kanedera et al. 1997 for what rates matter in speech.
pub(super) fn modulation(frames: &Frames) -> Vec<f64> {
    let all: Vec<f64> = frames.mel.iter().flatten().copied().collect();
    let [middle] = percentiles(&all, [50.0]);
    let mut found = Vec::with_capacity(54);
    for group in 0..BANDS / GROUP {
        let contour = |mel: &Vec<f64>| {
            // The depth of pauses is that of the noise, not of the voice.
            let bands = mel[group * GROUP..][..GROUP].iter();
            bands.map(|value| value.max(middle - 6.0)).sum::<f64>() / GROUP as f64
        };
        found.extend(rates(&frames.mel.iter().map(contour).collect::<Vec<_>>()));
    }
    let floor = frames.sounding.iter().map(|frame| frames.level[*frame]).fold(f64::INFINITY, f64::min);
    let level = rates(&frames.level.iter().map(|level| level.max(floor)).collect::<Vec<_>>());
    let middle = mean(&level);
    found.extend(level.iter().map(|value| value - middle));
    found
}

/// Logarithm of the mean power of the changes of a contour, by rate. Long contours in pieces, whose powers are averaged.
fn rates(contour: &[f64]) -> Vec<f64> {
    let fft = RealFftPlanner::<f64>::new().plan_fft_forward(PIECE);
    let (mut input, mut output) = (fft.make_input_vec(), fft.make_output_vec());
    let mut sums = [0.0; RATES.len() - 1];
    let pieces = contour.len().div_ceil(PIECE).max(1);
    for number in 0..pieces {
        let piece = &contour[contour.len() * number / pieces..contour.len() * (number + 1) / pieces];
        let middle = mean(piece);
        input.fill(0.0);
        for (index, (slot, value)) in input.iter_mut().zip(piece).enumerate() {
            let weight = 0.5 - 0.5 * (TAU * index as f64 / (piece.len().max(2) - 1) as f64).cos();
            *slot = (value - middle) * weight;
        }
        if fft.process(&mut input, &mut output).is_err() {
            return vec![f64::NAN; RATES.len() - 1]; // Unreachable: the lengths come from the planner itself.
        }
        for (sum, edges) in sums.iter_mut().zip(RATES.windows(2)) {
            let bin = |frequency: f64| (frequency * PIECE as f64 / FRAME_RATE).ceil() as usize;
            let bins = &output[bin(edges[0])..bin(edges[1])];
            *sum += bins.iter().map(|bin| bin.norm_sqr()).sum::<f64>() / (bins.len() * piece.len()) as f64;
        }
    }
    sums.iter().map(|sum| (sum / pieces as f64 + 1e-3).ln()).collect()
}

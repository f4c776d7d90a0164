//! Short-time powers in bands, and the stretches of a recording that are looked at together.
//!
//! Frames of 24 ms under a Hann window, every 12 ms. Bands are 90 Hz wide at least and a sixth of their lower edge, about
//! the resolution of hearing (Zwicker 1961, "Subdivision of the audible frequency range into critical bands"). Powers are
//! means over the channels, so that opposite channels do not cancel each other.

use realfft::{RealFftPlanner, RealToComplex};
use std::f64::consts::TAU;
use std::sync::Arc;

/// Length of a frame, in seconds; rounded up to what transforms quickly.
const FRAME_S: f64 = 0.024;
/// Upper edge of the lowest band, in hertz: there is no speech below.
const LOWEST_EDGE_HZ: f64 = 60.0;
/// Least width of a band, in hertz.
const BAND_HZ: f64 = 90.0;
/// Least width of a band as a part of its lower edge.
const BAND_SHARE: f64 = 0.16;
/// Length of a stretch, in seconds: enough for some pauses, and short beside the time in which rooms and roads change. The
/// last one is up to twice as long, because a rest would be too short by itself.
const STRETCH_S: f64 = 30.0;
/// Mean power below which a frame is digital silence: -110 dB, less than rounding to 16 bit makes.
const NOTHING: f64 = 1e-11;

/// Powers of consecutive frames.
pub(super) struct Stretch {
    /// Number of the first frame in the recording.
    pub(super) first: usize,
    /// Bands in a frame.
    pub(super) bands: usize,
    /// Mean square of the samples by frame and band; the sum over the bands is that of the frame.
    pub(super) powers: Vec<f32>,
    /// Frames that are digital silence, wholly or for a quarter at a time. They say nothing about noise: a file was padded,
    /// or a gate closed.
    pub(super) silent: Vec<bool>,
}

impl Stretch {
    /// How many frames.
    pub(super) fn frames(&self) -> usize {
        self.silent.len()
    }

    /// Powers of the bands of one frame.
    pub(super) fn frame(&self, frame: usize) -> &[f32] {
        &self.powers[frame * self.bands..(frame + 1) * self.bands]
    }
}

/// Makes stretches out of samples, piece by piece.
pub(super) struct Framer {
    fft: Arc<dyn RealToComplex<f32>>,
    window: Vec<f32>,
    /// Bins of each band.
    edges: Vec<usize>,
    /// What a squared amplitude of the transform adds to the mean square of a frame, of one channel.
    scale: f32,
    rate: u32,
    rest: Vec<Vec<f32>>,
    /// Constant offset of each channel, as far as it is known.
    offsets: Vec<Option<f32>>,
    waiting: Stretch,
}

impl Framer {
    pub(super) fn new(rate: u32, channels: usize) -> Framer {
        let length = quick_length((f64::from(rate) * FRAME_S).ceil() as usize);
        let window: Vec<f32> =
            (0..length).map(|index| (0.5 - 0.5 * (TAU * (index as f64 + 0.5) / length as f64).cos()) as f32).collect();
        let weight: f32 = window.iter().map(|weight| weight * weight).sum();
        let edges = edges(rate, length);
        let bands = edges.len() - 1;
        Framer {
            fft: RealFftPlanner::new().plan_fft_forward(length),
            scale: 2.0 / (weight * length as f32 * channels.max(1) as f32),
            window,
            edges,
            rate,
            rest: vec![Vec::new(); channels],
            offsets: vec![None; channels],
            waiting: Stretch { first: 0, bands, powers: Vec::new(), silent: Vec::new() },
        }
    }

    /// Seconds from one frame to the next.
    pub(super) fn step_s(&self) -> f64 {
        (self.window.len() / 2) as f64 / f64::from(self.rate)
    }

    /// Lower edges of the bands in hertz, and the upper edge of the last.
    pub(super) fn edges_hz(&self) -> Vec<f64> {
        let bin = f64::from(self.rate) / self.window.len() as f64;
        self.edges.iter().map(|edge| (*edge as f64 - 0.5).max(0.0) * bin).collect()
    }

    /// Takes the next samples of all channels, equally many of each.
    pub(super) fn push(&mut self, channels: &[Vec<f32>]) {
        for (channel, samples) in channels.iter().enumerate().take(self.rest.len()) {
            // A constant offset is no noise. That of a short rest of a recording would be something else.
            if !samples.is_empty() && (samples.len() as u64 >= u64::from(self.rate) || self.offsets[channel].is_none())
            {
                let sum: f64 = samples.iter().map(|sample| f64::from(*sample)).sum();
                self.offsets[channel] = Some((sum / samples.len() as f64) as f32);
            }
            self.rest[channel].extend_from_slice(samples);
        }
        let length = self.window.len();
        let held = self.rest.iter().map(Vec::len).min().unwrap_or(0);
        let mut start = 0;
        let mut frame = self.fft.make_input_vec();
        let mut spectrum = self.fft.make_output_vec();
        let mut scratch = self.fft.make_scratch_vec();
        while start + length <= held {
            let at = self.waiting.powers.len();
            self.waiting.powers.resize(at + self.waiting.bands, 0.0);
            let mut silent = true;
            for (rest, offset) in self.rest.iter().zip(&self.offsets) {
                let samples = &rest[start..start + length];
                silent &= has_silence(samples);
                let offset = offset.unwrap_or(0.0);
                for (slot, (sample, weight)) in frame.iter_mut().zip(samples.iter().zip(&self.window)) {
                    *slot = (sample - offset) * weight;
                }
                if self.fft.process_with_scratch(&mut frame, &mut spectrum, &mut scratch).is_err() {
                    continue; // Unreachable: the lengths come from the planner itself.
                }
                // The outermost bins stand for one frequency each, the others for two.
                spectrum[0] *= std::f32::consts::FRAC_1_SQRT_2;
                if let Some(last) = spectrum.last_mut() {
                    *last *= std::f32::consts::FRAC_1_SQRT_2;
                }
                for (power, edge) in self.waiting.powers[at..].iter_mut().zip(self.edges.windows(2)) {
                    *power += self.scale * spectrum[edge[0]..edge[1]].iter().map(|bin| bin.norm_sqr()).sum::<f32>();
                }
            }
            let total: f64 = self.waiting.powers[at..].iter().map(|power| f64::from(*power)).sum();
            self.waiting.silent.push(silent || total < NOTHING);
            start += length / 2;
        }
        self.rest.iter_mut().for_each(|rest| drop(rest.drain(..start.min(rest.len()))));
    }

    /// The next stretch, if it is full; after the `last` sample, what there is.
    pub(super) fn stretch(&mut self, last: bool) -> Option<Stretch> {
        let full = (STRETCH_S / self.step_s()) as usize;
        let waiting = &mut self.waiting;
        let count = match waiting.frames() {
            frames if frames >= 2 * full => full,
            frames if last => frames,
            _ => 0,
        };
        let powers = waiting.powers.drain(..count * waiting.bands).collect();
        let silent = waiting.silent.drain(..count).collect();
        let first = waiting.first;
        waiting.first += count;
        (count > 0).then_some(Stretch { first, bands: waiting.bands, powers, silent })
    }
}

/// Whether a quarter of `samples` or more are digital silence without a break.
fn has_silence(samples: &[f32]) -> bool {
    let enough = samples.len() / 4;
    let mut run = 0;
    for sample in samples {
        run = if *sample == 0.0 { run + 1 } else { 0 };
        if run > enough {
            return true;
        }
    }
    false
}

/// First bins of the bands, and the bin behind the last one.
fn edges(rate: u32, length: usize) -> Vec<usize> {
    let (bin_hz, bins) = (f64::from(rate) / length as f64, length / 2 + 1);
    let mut edges = vec![0];
    let mut edge = LOWEST_EDGE_HZ;
    loop {
        let bin = (edge / bin_hz).ceil() as usize;
        let width = BAND_HZ.max(BAND_SHARE * edge);
        // The last band takes what would be less than half a band.
        if (edge + 0.5 * width) / bin_hz >= bins as f64 {
            edges.push(bins);
            return edges;
        }
        if edges.last().is_some_and(|last| bin > *last) {
            edges.push(bin);
        }
        edge += width;
    }
}

/// The smallest even number from `length` on without prime factors above 5.
fn quick_length(length: usize) -> usize {
    let is_quick = |number: usize| {
        [2, 3, 5].iter().fold(number, |mut rest, prime| {
            while rest % prime == 0 {
                rest /= prime;
            }
            rest
        }) == 1
    };
    (length.max(8)..).find(|number| number % 2 == 0 && is_quick(*number)).unwrap_or(8)
}

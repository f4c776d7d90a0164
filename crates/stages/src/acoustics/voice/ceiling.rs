//! Up to which frequency the formants of one speaker are looked for.
//!
//! P. Escudero, P. Boersma, A. S. Rauber and R. A. H. Bion 2009, "A cross-dialect acoustic description of vowels: Brazilian and
//! European Portuguese", JASA 126, 1379-1393: of all ceilings the one is best for a speaker with which the formants of a vowel
//! vary least, as variance of log F1 and log F2. Running speech has no labels of vowels, so variance is told within stretches
//! of voice of 100 ms instead, around the line that fits it best: a vocal tract moves smoothly, formants that are missed or
//! invented jump. `docs/methods/acoustics.md` holds that against labels made by hand.

use super::formants::{FormantFinder, FormantSettings};
use super::resample::Resampler;
use serde::{Deserialize, Serialize};
use voiceman_base::Hertz;

/// Ceilings that are tried, in hertz.
pub const CEILINGS: [f64; 11] =
    [4_000.0, 4_250.0, 4_500.0, 4_750.0, 5_000.0, 5_250.0, 5_500.0, 5_750.0, 6_000.0, 6_250.0, 6_500.0];

/// Frames of one stretch, and the time between them in seconds: 100 ms.
const FRAMES: usize = 16;
const STEP_S: f64 = 0.006_25;

/// Half a window around the first and the last frame of a stretch, and a little more, in seconds.
const WINDOW_S: f64 = 0.03;

/// Length of one stretch in seconds.
pub(crate) const STRETCH_S: f64 = FRAMES as f64 * STEP_S;

/// Which ceiling is taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CeilingMethod {
    /// The same for everybody: `voice.formant_ceiling_hz`.
    Fixed,
    /// For each speaker the one with which his or her formants vary least.
    #[default]
    LeastVariance,
}

/// How a speaker's ceiling is found.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CeilingSettings {
    /// Which ceiling is taken.
    pub method: CeilingMethod,
    /// Stretches of 100 ms of voice without which the pitch decides. Default 25, which is 2.5 s of voice.
    pub min_stretches: usize,
    /// Most stretches that are looked at, spread evenly over all that the speaker says. Default 150; more take longer and
    /// change nothing.
    pub max_stretches: usize,
    /// Median pitch below which a speaker with few stretches is given 5000 Hz, otherwise 5500, in hertz. Default 160.
    pub low_pitch_hz: f64,
}

impl Default for CeilingSettings {
    fn default() -> Self {
        CeilingSettings { method: CeilingMethod::default(), min_stretches: 25, max_stretches: 150, low_pitch_hz: 160.0 }
    }
}

impl CeilingSettings {
    /// The ceiling for a voice of this median pitch: Praat's manual, "Sound: To Formant (burg)...", which has 5000 Hz for men
    /// and 5500 Hz for women.
    pub(crate) fn by_pitch(&self, pitch_hz: f64) -> Option<Hertz> {
        Hertz::new(if pitch_hz < self.low_pitch_hz { 5_000.0 } else { 5_500.0 })
    }
}

/// Finds the ceiling of one speaker in sounds of one rate.
pub struct CeilingFinder {
    resampler: Resampler,
    finders: Vec<FormantFinder>,
    /// Sum of the stretches' deviations, by ceiling.
    sums: Vec<f64>,
    stretches: usize,
}

impl CeilingFinder {
    /// For sounds of `sample_rate` samples a second that hold nothing above `highest_hz`, where no formants can be.
    pub fn new(sample_rate: u32, highest_hz: f64) -> CeilingFinder {
        let finder =
            |ceiling: &f64| FormantFinder::new(&FormantSettings { ceiling_hz: *ceiling, ..FormantSettings::default() });
        let finders: Vec<FormantFinder> =
            CEILINGS.iter().filter(|ceiling| **ceiling <= highest_hz).map(finder).collect();
        CeilingFinder {
            resampler: Resampler::new(f64::from(sample_rate)),
            sums: vec![0.0; finders.len()],
            finders,
            stretches: 0,
        }
    }

    /// Looks at the stretches of `samples` that begin at `starts`, in seconds after the first sample. One in which some
    /// ceiling has a frame without F1 or F2 does not count.
    pub fn add(&mut self, samples: &[f32], starts: &[f64]) {
        if starts.is_empty() || !samples.iter().all(|sample| sample.is_finite()) {
            return;
        }
        let samples: Vec<f64> = samples.iter().map(|sample| f64::from(*sample)).collect();
        let mut variances: Vec<Vec<Option<f64>>> = Vec::with_capacity(self.finders.len());
        let rates: Vec<f64> = self.finders.iter().map(FormantFinder::rate).collect();
        let earliest = starts.iter().copied().fold(f64::INFINITY, f64::min);
        let latest = starts.iter().copied().fold(0.0, f64::max);
        let within = (earliest - WINDOW_S, latest + STRETCH_S + WINDOW_S);
        let CeilingFinder { resampler, finders, .. } = self;
        resampler.each_within(&samples, &rates, within, |mut sound| {
            let Some(finder) = finders.get_mut(variances.len()) else { return };
            sound.pre_emphasise(FormantSettings::default().emphasis_from_hz);
            let mut frames = finder.frames(&sound);
            let unsteady = |start: &f64| {
                let times = (0..FRAMES).map(|frame| start + (frame as f64 + 0.5) * STEP_S);
                let found: Option<Vec<[f64; 2]>> = times
                    .map(|time| match frames.as_mut()?.at(time) {
                        [Some(first), Some(second), ..] => Some([first.ln(), second.ln()]),
                        _ => None,
                    })
                    .collect();
                found.map(|found| (0..2).map(|formant| unsteadiness(&found, formant)).sum::<f64>())
            };
            variances.push(starts.iter().map(unsteady).collect());
        });
        for stretch in 0..starts.len() {
            let of: Option<Vec<f64>> = variances.iter().map(|variances| variances[stretch]).collect();
            let Some(of) = of.filter(|of| !of.is_empty()) else { continue };
            // As deviations, so that one stretch with a wrong formant does not decide alone.
            self.sums.iter_mut().zip(of).for_each(|(sum, variance)| *sum += variance.sqrt());
            self.stretches += 1;
        }
    }

    /// The ceiling with the least mean deviation, or nothing where fewer than `least` stretches count.
    pub fn best(&self, least: usize) -> Option<Hertz> {
        if self.stretches < least.max(1) {
            return None;
        }
        let all = CEILINGS.iter().zip(&self.sums);
        all.min_by(|left, right| left.1.total_cmp(right.1)).and_then(|(ceiling, _)| Hertz::new(*ceiling))
    }
}

/// Mean square of what is left of `values` of one formant when the line that fits them best is taken away.
fn unsteadiness(values: &[[f64; 2]], formant: usize) -> f64 {
    let count = values.len() as f64;
    let mean = values.iter().map(|value| value[formant]).sum::<f64>() / count;
    let place = |index: usize| index as f64 - 0.5 * (count - 1.0);
    let numbered = || values.iter().enumerate();
    let slope = numbered().map(|(index, value)| place(index) * (value[formant] - mean)).sum::<f64>()
        / numbered().map(|(index, _)| place(index).powi(2)).sum::<f64>();
    numbered().map(|(index, value)| (value[formant] - mean - slope * place(index)).powi(2)).sum::<f64>() / count
}

/// Where stretches of voice begin: as many as fit one behind the other into each run of voiced frames, which are `step`
/// seconds apart. `voiced` holds the time of every voiced frame, ascending.
pub(crate) fn stretches(voiced: &[f64], step: f64) -> Vec<f64> {
    let mut starts = Vec::new();
    for run in voiced.chunk_by(|left, right| right - left < 1.5 * step) {
        let (Some(first), Some(last)) = (run.first(), run.last()) else { continue };
        let count = ((last - first) / STRETCH_S + 1e-9).floor() as usize;
        starts.extend((0..count).map(|index| first + index as f64 * STRETCH_S));
    }
    starts
}

/// At most `most` of `all`, evenly spread.
pub(crate) fn spread<T: Copy>(all: &[T], most: usize) -> Vec<T> {
    let kept = all.len().min(most);
    (0..kept).map(|index| all[index * all.len() / kept]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_steady_and_a_jump_is_not() {
        let line: Vec<[f64; 2]> = (0..16).map(|index| [6.0 + 0.01 * f64::from(index), 7.0]).collect();
        assert!(unsteadiness(&line, 0) < 1e-20 && unsteadiness(&line, 1) < 1e-20);
        let mut jump = line.clone();
        jump[8][0] += 0.5;
        assert!(unsteadiness(&jump, 0) > 0.005);
    }

    #[test]
    fn stretches_lie_within_runs() {
        let run = |from: f64, frames: u32| (0..frames).map(move |index| from + 0.01 * f64::from(index));
        let voiced: Vec<f64> = run(0.5, 10).chain(run(1.0, 11)).chain(run(2.0, 25)).collect();
        let found = stretches(&voiced, 0.01);
        assert_eq!(found.len(), 3, "{found:?}: ten frames are 90 ms from the first to the last");
        assert!((found[0] - 1.0).abs() < 1e-9 && (found[1] - 2.0).abs() < 1e-9 && (found[2] - 2.1).abs() < 1e-9);
        assert!(stretches(&[], 0.01).is_empty());
    }

    #[test]
    fn many_are_thinned_evenly() {
        let all: Vec<u32> = (0..1_000).collect();
        assert_eq!(spread(&all, 4), [0, 250, 500, 750]);
        assert_eq!(spread(&all[..3], 4), [0, 1, 2]);
        assert_eq!(spread(&all[..0], 4), [] as [u32; 0]);
    }

    #[test]
    fn too_little_or_nothing_below_the_ceilings_has_none() {
        let mut finder = CeilingFinder::new(16_000, 8_000.0);
        finder.add(&[0.0; 16_000], &[0.1, 0.2]);
        assert_eq!(finder.best(1), None, "silence has no formants");
        assert_eq!(CeilingFinder::new(8_000, 3_400.0).best(0), None);
    }
}

//! All voice measures of a sound together, with what they share computed once.

use super::super::pitch::PitchTrack;
use super::cepstrum::{self, CepstralPeaks};
use super::formants::{FORMANTS, FormantFinder, FormantSettings};
use super::harmonicity::{HarmonicityMeter, HarmonicitySettings};
use super::harmonics::first_harmonics;
use super::periods::PeriodRules;
use super::pulses::pulses;
use super::resample::Resampler;
use super::shimmer::{PeriodAmplitude, amplitudes};
use super::spectrum::{LongTermSpectrum, SpectrumMeter};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How voices are measured beyond pitch and level. Everything else is fixed; `docs/methods/acoustics.md` has it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct VoiceSettings {
    /// Highest frequency that formants are looked for in where a speaker has no ceiling of his or her own, in hertz: about
    /// 5500 for short vocal tracts, as most women have, 5000 for long ones, as most men have. Default 5500.
    pub formant_ceiling_hz: f64,
    /// Periods, or pairs of them, without which jitter and shimmer have no value. Default 10.
    pub min_periods: usize,
    /// Voiced frames without which harmonicity, formants, cepstral peaks and spectra have no value. Default 10.
    pub min_frames: usize,
}

impl Default for VoiceSettings {
    fn default() -> Self {
        VoiceSettings { formant_ceiling_hz: 5_500.0, min_periods: 10, min_frames: 10 }
    }
}

impl VoiceSettings {
    /// What counts as a period, and how many there must be.
    pub fn rules(&self) -> PeriodRules {
        PeriodRules { least: self.min_periods, ..PeriodRules::default() }
    }
}

/// Harmonicity at the voiced frames of a sound.
pub type HarmonicityTrack = Vec<(f64, f64)>;

/// Formants at the voiced frames of a sound: time, then frequencies in ascending order.
pub type FormantTrack = Vec<(f64, [Option<f64>; FORMANTS])>;

/// What was found in a sound, frame by frame and period by period. Times are seconds after the sound began.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct VoiceTrack {
    /// Glottal pulses, ascending.
    pub pulses: Vec<f64>,
    /// Amplitudes of the periods.
    pub amplitudes: Vec<PeriodAmplitude>,
    /// H1-H2 of the periods in decibels.
    pub harmonics: Vec<f64>,
    /// Harmonics-to-noise ratio in decibels.
    pub harmonicity: HarmonicityTrack,
    /// Formants in hertz.
    pub formants: FormantTrack,
    /// Smoothed cepstral peak prominence in decibels.
    pub prominence: Vec<(f64, f64)>,
    /// Spectrum of the voiced frames.
    pub spectrum: LongTermSpectrum,
}

/// Measures voices in sounds of one rate. What can be made once is made once.
pub struct VoiceMeter {
    settings: VoiceSettings,
    sample_rate: f64,
    resampler: Resampler,
    harmonicity: Option<HarmonicityMeter>,
    /// One for each ceiling that was asked for, by its bits.
    formants: BTreeMap<u64, FormantFinder>,
    peaks: CepstralPeaks,
    spectrum: Option<SpectrumMeter>,
}

impl VoiceMeter {
    /// A meter for sounds of `sample_rate` samples a second.
    pub fn new(sample_rate: u32, settings: &VoiceSettings) -> VoiceMeter {
        let sample_rate = f64::from(sample_rate);
        VoiceMeter {
            settings: *settings,
            sample_rate,
            resampler: Resampler::new(sample_rate),
            harmonicity: HarmonicityMeter::new(sample_rate, &HarmonicitySettings::default()),
            formants: BTreeMap::new(),
            peaks: CepstralPeaks::default(),
            spectrum: SpectrumMeter::new(sample_rate),
        }
    }

    /// Adds what is found in `samples` to `track`. `pitch` is their pitch track; `offset` is how many seconds after the
    /// beginning of the track they begin. Formants are looked for up to the ceiling of the settings.
    pub fn measure(&mut self, samples: &[f32], pitch: &PitchTrack, offset: f64, track: &mut VoiceTrack) {
        self.measure_below(self.settings.formant_ceiling_hz, samples, (pitch, offset), track);
    }

    /// As [`VoiceMeter::measure`], with formants up to `ceiling_hz`.
    pub fn measure_below(
        &mut self,
        ceiling_hz: f64,
        samples: &[f32],
        (pitch, offset): (&PitchTrack, f64),
        track: &mut VoiceTrack,
    ) {
        // Samples that are no numbers would spread through transforms to frames that are sound.
        let is_sound = self.sample_rate > 0.0 && samples.iter().all(|sample| sample.is_finite());
        if !is_sound || pitch.voiced().next().is_none() {
            return;
        }
        let samples: Vec<f64> = samples.iter().map(|sample| f64::from(*sample)).collect();
        self.periods(&samples, pitch, offset, track);
        if let Some(mut frames) = self.harmonicity.as_mut().and_then(|meter| meter.frames(&samples)) {
            let grid = frames.grid;
            let voiced = grid.times().filter(|(_, time)| pitch.is_voiced_around(*time));
            track.harmonicity.extend(voiced.filter_map(|(index, time)| Some((offset + time, frames.frame(index)?))));
        }
        if let Some(meter) = &mut self.spectrum {
            pitch.voiced().for_each(|(time, _)| meter.add(&samples, time, &mut track.spectrum));
        }
        self.resampled(ceiling_hz, &samples, (pitch, offset), track);
    }

    /// Pulses, and what is told from period to period.
    fn periods(&self, samples: &[f64], pitch: &PitchTrack, offset: f64, track: &mut VoiceTrack) {
        let rules = self.settings.rules();
        let found = pulses(samples, self.sample_rate, pitch);
        track.harmonics.extend(first_harmonics(samples, self.sample_rate, &found, &rules));
        let amplitudes = amplitudes(samples, self.sample_rate, &found, &rules);
        track.amplitudes.extend(amplitudes.into_iter().map(|at| PeriodAmplitude { time: offset + at.time, ..at }));
        track.pulses.extend(found.iter().map(|time| offset + time));
    }

    /// Formants and cepstral peaks, from the sound at lower rates.
    fn resampled(
        &mut self,
        ceiling_hz: f64,
        samples: &[f64],
        (pitch, offset): (&PitchTrack, f64),
        track: &mut VoiceTrack,
    ) {
        let settings = FormantSettings { ceiling_hz, ..FormantSettings::default() };
        let formants = self.formants.entry(ceiling_hz.to_bits()).or_insert_with(|| FormantFinder::new(&settings));
        let rates = [formants.rate(), cepstrum::RATE];
        let [mut wide, mut narrow] = self.resampler.resample(samples, rates);
        wide.pre_emphasise(FormantSettings::default().emphasis_from_hz);
        narrow.pre_emphasise(cepstrum::EMPHASIS_FROM_HZ);
        if let Some(mut frames) = formants.frames(&wide) {
            let voiced = frames.grid.times().filter(|(_, time)| pitch.is_voiced_around(*time));
            track.formants.extend(voiced.map(|(index, time)| (offset + time, frames.frame(index))));
        }
        if let Some(mut frames) = self.peaks.frames(&narrow) {
            let voiced = frames.grid.times().filter(|(_, time)| pitch.is_voiced_around(*time));
            track.prominence.extend(voiced.filter_map(|(index, time)| Some((offset + time, frames.frame(index)?))));
        }
    }
}

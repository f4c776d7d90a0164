//! From what was found frame by frame and period by period to the measures of an utterance, each with its conditions.

use super::super::statistics::{mean, median};
use super::formants::FORMANTS;
use super::measure::{VoiceSettings, VoiceTrack};
use super::periods::{jitter, mean_of};
use super::shimmer::shimmer;
use super::spectrum::HIGHEST_HZ;
use voiceman_base::{
    Decibels, Formant, Hertz, Jitter, Measured, Shimmer, UndefinedReason, VoiceMeasure, VoiceMeasures, VoiceSpectrum,
};

/// What a recording must hold, in hertz, for each formant: with room around it, and for the first that the telephone's
/// lower edge is not in its place. As the quality gate has it.
const FORMANT_BANDWIDTHS: [f64; FORMANTS] = [4_100.0, 3_000.0, 4_100.0, 5_000.0];

const FORMANT_MEASURES: [VoiceMeasure; FORMANTS] =
    [VoiceMeasure::Formant1, VoiceMeasure::Formant2, VoiceMeasure::Formant3, VoiceMeasure::Formant4];

/// What stands for or against the measures of an utterance.
pub struct VoiceConditions<'a> {
    /// Whether there is a voice at all.
    pub voice: Result<(), UndefinedReason>,
    /// Whether amplitudes mean anything.
    pub level: Result<(), UndefinedReason>,
    /// Highest frequency recorded; nothing where it is not known.
    pub bandwidth: Option<Hertz>,
    /// Highest frequency that formants were looked for in.
    pub formant_ceiling: Hertz,
    /// What the quality gate says.
    pub allowed: &'a dyn Fn(VoiceMeasure) -> Result<(), UndefinedReason>,
}

impl VoiceConditions<'_> {
    /// The value, or the first reason against it: no voice, then too narrow a band, then too little to measure, then what
    /// the gate says.
    fn measured<T>(
        &self,
        measure: VoiceMeasure,
        own: Result<(), UndefinedReason>,
        value: Option<T>,
        missing: UndefinedReason,
    ) -> Measured<T> {
        match self.voice.and(own) {
            Ok(()) => Measured::from_option(value, missing).where_allowed((self.allowed)(measure)),
            Err(reason) => Measured::Undefined(reason),
        }
    }

    /// Whether enough of the spectrum was recorded.
    fn reaches(&self, needed_hz: f64) -> Result<(), UndefinedReason> {
        match self.bandwidth {
            Some(bandwidth) if bandwidth.value() >= needed_hz => Ok(()),
            Some(_) => Err(UndefinedReason::NarrowBand),
            None => Err(UndefinedReason::QualityUnknown),
        }
    }
}

impl VoiceTrack {
    /// The measures of what was found, under `conditions`.
    pub fn measures(&self, settings: &VoiceSettings, conditions: &VoiceConditions<'_>) -> VoiceMeasures {
        let few = UndefinedReason::TooFewVoicedFrames;
        let wide = conditions.reaches(HIGHEST_HZ);
        let harmonicity = self.mean_over(self.harmonicity.iter().map(|(_, value)| *value), settings);
        let prominence = self.mean_over(self.prominence.iter().map(|(_, value)| *value), settings);
        let first_harmonics = mean_of(self.harmonics.iter().copied(), settings.min_periods).and_then(Decibels::new);
        // Clipping adds harmonics and cuts amplitudes off.
        let whole = wide.and(conditions.level);
        VoiceMeasures {
            jitter: self.jitter(settings, conditions),
            shimmer: self.shimmer(settings, conditions),
            harmonicity: conditions.measured(VoiceMeasure::Harmonicity, whole, harmonicity, few),
            prominence: conditions.measured(VoiceMeasure::Harmonicity, whole, prominence, few),
            formants: self.formants(settings, conditions),
            formant_ceiling: conditions.formant_ceiling,
            first_harmonics: conditions.measured(
                VoiceMeasure::Spectrum,
                whole,
                first_harmonics,
                UndefinedReason::TooFewPeriods,
            ),
            spectrum: self.spectrum(settings, conditions),
        }
    }

    fn mean_over(&self, values: impl Iterator<Item = f64>, settings: &VoiceSettings) -> Option<Decibels> {
        mean_of(values, settings.min_frames).and_then(Decibels::new)
    }

    fn jitter(&self, settings: &VoiceSettings, conditions: &VoiceConditions<'_>) -> Jitter {
        let found = jitter(&self.pulses, &settings.rules());
        let measured = |value| conditions.measured(VoiceMeasure::Jitter, Ok(()), value, UndefinedReason::TooFewPeriods);
        Jitter {
            absolute_s: measured(found.absolute_s),
            local: measured(found.local),
            rap: measured(found.rap),
            ppq5: measured(found.ppq5),
        }
    }

    fn shimmer(&self, settings: &VoiceSettings, conditions: &VoiceConditions<'_>) -> Shimmer {
        let found = shimmer(&self.amplitudes, &settings.rules());
        let own = conditions.reaches(HIGHEST_HZ).and(conditions.level);
        let few = UndefinedReason::TooFewPeriods;
        let measured = |value| conditions.measured(VoiceMeasure::Shimmer, own, value, few);
        Shimmer {
            local: measured(found.local),
            local_db: conditions.measured(VoiceMeasure::Shimmer, own, found.local_db.and_then(Decibels::new), few),
            apq3: measured(found.apq3),
            apq5: measured(found.apq5),
            apq11: measured(found.apq11),
        }
    }

    fn formants(&self, settings: &VoiceSettings, conditions: &VoiceConditions<'_>) -> [Formant; FORMANTS] {
        std::array::from_fn(|number| {
            let found: Vec<f64> = self.formants.iter().filter_map(|(_, found)| found[number]).collect();
            let enough = found.len() >= settings.min_frames;
            let own = conditions.reaches(FORMANT_BANDWIDTHS[number]);
            let measured = |value: Option<f64>| {
                let value = value.filter(|_| enough).and_then(Hertz::new);
                conditions.measured(FORMANT_MEASURES[number], own, value, UndefinedReason::TooFewVoicedFrames)
            };
            Formant { mean: measured(mean(&found)), median: measured(median(&found)) }
        })
    }

    fn spectrum(&self, settings: &VoiceSettings, conditions: &VoiceConditions<'_>) -> VoiceSpectrum {
        let found = self.spectrum.measures(settings.min_frames);
        let own = conditions.reaches(HIGHEST_HZ).and(conditions.level);
        let few = UndefinedReason::TooFewVoicedFrames;
        let decibels =
            |value: Option<f64>| conditions.measured(VoiceMeasure::Spectrum, own, value.and_then(Decibels::new), few);
        let bands = found.and_then(|found| found.bands_db.iter().map(|level| Decibels::new(*level)).collect());
        VoiceSpectrum {
            bands: conditions.measured(VoiceMeasure::Spectrum, own, bands, few),
            tilt: decibels(found.map(|found| found.tilt_db_oct)),
            alpha_ratio: decibels(found.map(|found| found.alpha_ratio_db)),
            hammarberg: decibels(found.map(|found| found.hammarberg_db)),
            centroid: conditions.measured(
                VoiceMeasure::Spectrum,
                own,
                found.and_then(|found| Hertz::new(found.centroid_hz)),
                few,
            ),
        }
    }
}

//! Whether an utterance was said louder or higher than is usual in its recording.

use super::{CrosscheckSettings, Found};
use std::collections::BTreeMap;
use voiceman_base::{AcousticFeatures, MeasureRef, Measured, Prob, UtteranceAcoustics, UtteranceId};

/// Compares utterances with the recording's own baseline.
///
/// The baseline is the recording's, not a speaker's: where two people with different voices speak, the difference
/// between them can look like a raised voice.
pub(super) struct RaisedVoiceCheck<'a> {
    utterances: BTreeMap<UtteranceId, &'a UtteranceAcoustics>,
    level: Yardstick,
    pitch: Yardstick,
}

/// What is usual for one measure, and how far above it counts.
struct Yardstick {
    /// Name of the measure in files.
    name: &'static str,
    /// Median of the recording; nothing when it was not measured or rests on too few utterances.
    usual: Option<f64>,
    /// Rise from which it counts, in the measure's unit.
    threshold: f64,
    /// Rise that must be exceeded because utterances vary that much anyway, in the measure's unit.
    noise: f64,
    /// Rise of full strength, in the measure's unit.
    full: f64,
}

impl<'a> RaisedVoiceCheck<'a> {
    pub(super) fn new(acoustics: &'a AcousticFeatures, settings: &CrosscheckSettings) -> RaisedVoiceCheck<'a> {
        let baseline = &acoustics.baseline;
        let enough = |measured: usize| measured > settings.baseline_utterances;
        let count = |is_measured: fn(&UtteranceAcoustics) -> bool| {
            acoustics.utterances.iter().filter(|utterance| is_measured(utterance)).count()
        };
        let levels = count(|utterance| utterance.intensity.value().is_some());
        let pitches = count(|utterance| utterance.f0_median.value().is_some());

        let usual_level = baseline.intensity.value().filter(|_| enough(levels)).map(f64::from);
        let usual_pitch = baseline.f0.value().filter(|_| enough(pitches)).map(f64::from).filter(|hertz| *hertz > 0.0);
        let pitch_scale = usual_pitch.unwrap_or(0.0);
        RaisedVoiceCheck {
            utterances: acoustics.utterances.iter().map(|utterance| (utterance.utterance, utterance)).collect(),
            level: Yardstick {
                name: "intensity_db",
                usual: usual_level,
                threshold: settings.raised_level_db,
                noise: noise(baseline.intensity_mad, settings),
                full: settings.full_level_db,
            },
            pitch: Yardstick {
                name: "f0_median_hz",
                usual: usual_pitch,
                threshold: settings.raised_pitch_fraction * pitch_scale,
                noise: noise(baseline.f0_mad, settings),
                full: settings.full_pitch_fraction * pitch_scale,
            },
        }
    }

    /// The rise of `utterance`, if one of its measures counts as raised. The strength is that of the clearer measure.
    pub(super) fn of(&self, utterance: UtteranceId) -> Option<Found> {
        let acoustics = self.utterances.get(&utterance)?;
        let level = self.level.rise(acoustics.intensity.map(f64::from));
        let pitch = self.pitch.rise(acoustics.f0_median.map(f64::from));
        let raised: Vec<(f64, MeasureRef)> = level.into_iter().chain(pitch).collect();
        let strength = raised.iter().map(|(strength, _)| *strength).max_by(f64::total_cmp)?;
        let measures = raised.into_iter().map(|(_, measure)| measure).collect();
        Some(Found { strength: Prob::saturating(strength), measures })
    }
}

impl Yardstick {
    /// Strength and measure, when `value` lies far enough above what is usual.
    fn rise(&self, value: Measured<f64>) -> Option<(f64, MeasureRef)> {
        let (value, baseline) = (value.value()?, self.usual?);
        let rise = value - baseline;
        (rise >= self.threshold && rise > self.noise)
            .then(|| (rise / self.full, MeasureRef { name: self.name.to_owned(), value, baseline }))
    }
}

/// The variation that a rise must exceed; none where the deviation is not known.
fn noise<T: Into<f64>>(deviation: Measured<T>, settings: &CrosscheckSettings) -> f64 {
    deviation.value().map_or(0.0, |deviation| settings.raised_deviations * deviation.into())
}

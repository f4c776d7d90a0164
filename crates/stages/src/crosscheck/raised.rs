//! Whether an utterance was said louder or higher than is usual for whoever says it.

use super::{CrosscheckSettings, Found};
use std::collections::BTreeMap;
use voiceman_base::{
    AcousticFeatures, Baseline, BaselineOf, MeasureRef, Measured, Prob, UtteranceAcoustics, UtteranceId,
};

/// Compares each utterance with the own baseline of its speaker.
///
/// An utterance of nobody known is compared with the recording's baseline, and the measure says so: where people with
/// different voices speak, the difference between them can look like a raised voice.
pub(super) struct RaisedVoiceCheck<'a> {
    utterances: BTreeMap<UtteranceId, (BaselineOf, &'a UtteranceAcoustics)>,
    /// Level and pitch for each baseline that an utterance is compared with.
    yardsticks: BTreeMap<BaselineOf, [Yardstick; 2]>,
}

/// What is usual for one measure, and how far above it counts.
struct Yardstick {
    /// Name of the measure in files.
    name: &'static str,
    /// For whom it is usual.
    usual_of: BaselineOf,
    /// Median of the speaker or the recording; nothing when it was not measured or rests on too few utterances.
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
        let mut compared: BTreeMap<BaselineOf, (&Baseline, Vec<&UtteranceAcoustics>)> = BTreeMap::new();
        let mut utterances = BTreeMap::new();
        for utterance in &acoustics.utterances {
            let (of, baseline) = acoustics.usual(utterance.speaker);
            utterances.insert(utterance.utterance, (of, utterance));
            compared.entry(of).or_insert_with(|| (baseline, Vec::new())).1.push(utterance);
        }
        // The recording's baseline rests on everybody's utterances.
        if let Some((_, utterances)) = compared.get_mut(&BaselineOf::Recording) {
            *utterances = acoustics.utterances.iter().collect();
        }
        let yardsticks =
            compared.into_iter().map(|(of, (baseline, own))| (of, yardsticks(of, baseline, &own, settings)));
        RaisedVoiceCheck { utterances, yardsticks: yardsticks.collect() }
    }

    /// The rise of `utterance`, if one of its measures counts as raised. The strength is that of the clearer measure.
    pub(super) fn of(&self, utterance: UtteranceId) -> Option<Found> {
        let (of, acoustics) = self.utterances.get(&utterance)?;
        let [level, pitch] = self.yardsticks.get(of)?;
        let level = level.rise(acoustics.intensity.map(f64::from));
        let pitch = pitch.rise(acoustics.f0_median.map(f64::from));
        let raised: Vec<(f64, MeasureRef)> = level.into_iter().chain(pitch).collect();
        let strength = raised.iter().map(|(strength, _)| *strength).max_by(f64::total_cmp)?;
        let measures = raised.into_iter().map(|(_, measure)| measure).collect();
        Some(Found { strength: Prob::saturating(strength), measures })
    }
}

/// For level and pitch, from `baseline`, which rests on `utterances`.
fn yardsticks(
    usual_of: BaselineOf,
    baseline: &Baseline,
    utterances: &[&UtteranceAcoustics],
    settings: &CrosscheckSettings,
) -> [Yardstick; 2] {
    let enough = |measured: usize| measured > settings.baseline_utterances;
    let levels = utterances.iter().filter(|utterance| utterance.intensity.value().is_some()).count();
    let pitches = utterances.iter().filter(|utterance| utterance.f0_median.value().is_some()).count();
    let usual_level = baseline.intensity.value().filter(|_| enough(levels)).map(f64::from);
    let usual_pitch = baseline.f0.value().filter(|_| enough(pitches)).map(f64::from).filter(|hertz| *hertz > 0.0);
    let pitch_scale = usual_pitch.unwrap_or(0.0);
    [
        Yardstick {
            name: "intensity_db",
            usual_of,
            usual: usual_level,
            threshold: settings.raised_level_db,
            noise: noise(baseline.intensity_mad, settings),
            full: settings.full_level_db,
        },
        Yardstick {
            name: "f0_median_hz",
            usual_of,
            usual: usual_pitch,
            threshold: settings.raised_pitch_fraction * pitch_scale,
            noise: noise(baseline.f0_mad, settings),
            full: settings.full_pitch_fraction * pitch_scale,
        },
    ]
}

impl Yardstick {
    /// Strength and measure, when `value` lies far enough above what is usual.
    fn rise(&self, value: Measured<f64>) -> Option<(f64, MeasureRef)> {
        let (value, baseline) = (value.value()?, self.usual?);
        let rise = value - baseline;
        let measure = || MeasureRef { name: self.name.to_owned(), value, baseline, baseline_of: self.usual_of };
        (rise >= self.threshold && rise > self.noise).then(|| (rise / self.full, measure()))
    }
}

/// The variation that a rise must exceed; none where the deviation is not known.
fn noise<T: Into<f64>>(deviation: Measured<T>, settings: &CrosscheckSettings) -> f64 {
    deviation.value().map_or(0.0, |deviation| settings.raised_deviations * deviation.into())
}

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

/// One measure of one baseline.
struct Yardstick {
    /// Name of the measure in files.
    name: &'static str,
    /// For whom it is usual.
    usual_of: BaselineOf,
    /// Nothing where no baseline was measured or it rests on too few utterances.
    bar: Option<RaisedBar>,
}

/// What is usual of a measure, and from where on it counts as raised: the one rule for it, in a recording and over a case
/// (`docs/methods/findings.md`). All values are in the measure's unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RaisedBar {
    usual: f64,
    /// Rise from which it counts.
    threshold: f64,
    /// Rise that must be exceeded because utterances vary that much anyway.
    noise: f64,
    /// Rise of full strength.
    full: f64,
}

impl RaisedBar {
    /// For levels in decibels, of which `usual` is the median over so many utterances as were `measured`, and `deviation` the
    /// median absolute deviation where that is known; nothing where they are too few.
    pub fn level(
        usual: f64,
        deviation: Option<f64>,
        measured: usize,
        settings: &CrosscheckSettings,
    ) -> Option<RaisedBar> {
        let (threshold, full) = (settings.raised_level_db, settings.full_level_db);
        RaisedBar { usual, threshold, noise: noise(deviation, settings), full }.resting_on(measured, settings)
    }

    /// The same for pitches in hertz.
    pub fn pitch(
        usual: f64,
        deviation: Option<f64>,
        measured: usize,
        settings: &CrosscheckSettings,
    ) -> Option<RaisedBar> {
        let (threshold, full) = (settings.raised_pitch_fraction * usual, settings.full_pitch_fraction * usual);
        let bar = RaisedBar { usual, threshold, noise: noise(deviation, settings), full };
        bar.resting_on(measured, settings).filter(|_| usual > 0.0)
    }

    fn resting_on(self, measured: usize, settings: &CrosscheckSettings) -> Option<RaisedBar> {
        (measured > settings.baseline_utterances).then_some(self)
    }

    /// Whether `value` is raised.
    pub fn is_raised(&self, value: f64) -> bool {
        let rise = value - self.usual;
        rise >= self.threshold && rise > self.noise
    }

    /// How clearly, 1 at the rise of full strength.
    fn strength(&self, value: f64) -> f64 {
        (value - self.usual) / self.full
    }
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
    let levels = utterances.iter().filter(|utterance| utterance.intensity.value().is_some()).count();
    let pitches = utterances.iter().filter(|utterance| utterance.f0_median.value().is_some()).count();
    let level_mad = baseline.intensity_mad.value().map(f64::from);
    let level = baseline.intensity.value().map(f64::from);
    let level = level.and_then(|usual| RaisedBar::level(usual, level_mad, levels, settings));
    let pitch_mad = baseline.f0_mad.value().map(f64::from);
    let pitch = baseline.f0.value().map(f64::from);
    let pitch = pitch.and_then(|usual| RaisedBar::pitch(usual, pitch_mad, pitches, settings));
    [Yardstick { name: "intensity_db", usual_of, bar: level }, Yardstick { name: "f0_median_hz", usual_of, bar: pitch }]
}

impl Yardstick {
    /// Strength and measure, when `value` lies far enough above what is usual.
    fn rise(&self, value: Measured<f64>) -> Option<(f64, MeasureRef)> {
        let (value, bar) = (value.value()?, self.bar?);
        let measure =
            || MeasureRef { name: self.name.to_owned(), value, baseline: bar.usual, baseline_of: self.usual_of };
        bar.is_raised(value).then(|| (bar.strength(value), measure()))
    }
}

/// The variation that a rise must exceed; none where the deviation is not known.
fn noise(deviation: Option<f64>, settings: &CrosscheckSettings) -> f64 {
    deviation.map_or(0.0, |deviation| settings.raised_deviations * deviation)
}

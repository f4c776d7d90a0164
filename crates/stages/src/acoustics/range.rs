//! Between which frequencies a speaker's pitch is searched: in two passes, so that a low voice is not taken for its upper
//! octave nor a high one for its lower.
//!
//! C. De Looze and D. Hirst 2008, "Detecting changes in key and range for the automatic modelling and coding of
//! intonation", Speech Prosody, 135-138: a first pass with a wide range gives the quartiles of the speaker's pitch; the
//! floor is 0.75 times the lower one, the ceiling 1.5 times the upper one. D. Hirst 2011, "The analysis by synthesis of
//! speech melody: from data to models", Journal of Speech Sciences 1, 55-83, takes 2.5 times the upper one for expressive speech; why that is
//! the default stands in `docs/methods/acoustics.md`.

use super::ceilings::FirstPass;
use super::statistics::quantile;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use voiceman_base::{Hertz, PitchRange, PitchRangeBasis, SpeakerId};

/// Which range is searched.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RangeMethod {
    /// The same for everybody: `floor_hz` to `ceiling_hz`.
    Fixed,
    /// One for each speaker, from a first pass.
    #[default]
    TwoPass,
}

/// How a speaker's own range is found.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RangeSettings {
    /// Lowest pitch of the first pass, in hertz. Default 60.
    pub first_floor_hz: f64,
    /// Highest pitch of the first pass, in hertz. Default 600.
    pub first_ceiling_hz: f64,
    /// The floor as a part of the lower quartile. Default 0.75.
    pub floor_factor: f64,
    /// The ceiling as a multiple of the upper quartile. Default 2.5.
    pub ceiling_factor: f64,
    /// Voiced frames of a speaker without which the range stays as in the settings. Default 200, which is 2 s of voice.
    pub min_voiced_frames: usize,
}

impl Default for RangeSettings {
    fn default() -> Self {
        RangeSettings {
            first_floor_hz: 60.0,
            first_ceiling_hz: 600.0,
            floor_factor: 0.75,
            ceiling_factor: 2.5,
            min_voiced_frames: 200,
        }
    }
}

impl RangeSettings {
    /// The range for a voice with these pitches, in hertz; nothing where they are too few. Both ends are whole hertz, so
    /// that they are exactly what is printed.
    pub fn of(&self, pitches: &[f64]) -> Option<(Hertz, Hertz)> {
        if pitches.len() < self.min_voiced_frames.max(1) {
            return None;
        }
        let floor = (self.floor_factor * quantile(pitches, 0.25)?).floor();
        let ceiling = (self.ceiling_factor * quantile(pitches, 0.75)?).ceil();
        Hertz::new(floor).zip(Hertz::new(ceiling)).filter(|_| floor >= 1.0 && ceiling > floor)
    }
}

/// The ranges of all speakers of a recording.
pub(crate) struct Ranges {
    method: RangeMethod,
    fixed: (Hertz, Hertz),
    own: BTreeMap<SpeakerId, (Hertz, Hertz)>,
}

impl Ranges {
    /// The same for everybody.
    pub(crate) fn fixed(method: RangeMethod, fixed: (Hertz, Hertz)) -> Ranges {
        Ranges { method, fixed, own: BTreeMap::new() }
    }

    /// With the ranges that follow from the pitches of a first pass.
    pub(crate) fn learn(&mut self, passes: &BTreeMap<SpeakerId, FirstPass>, settings: &RangeSettings) {
        if self.method == RangeMethod::TwoPass {
            let found = passes.iter().filter_map(|(speaker, pass)| Some((*speaker, settings.of(&pass.pitches)?)));
            self.own.extend(found);
        }
    }

    /// The range for what `speaker` says.
    pub(crate) fn of(&self, speaker: Option<SpeakerId>) -> PitchRange {
        let own = speaker.and_then(|speaker| self.own.get(&speaker));
        let basis = match (self.method, speaker, own) {
            (RangeMethod::Fixed, ..) => PitchRangeBasis::Fixed,
            (RangeMethod::TwoPass, None, _) => PitchRangeBasis::SpeakerUnknown,
            (RangeMethod::TwoPass, Some(_), None) => PitchRangeBasis::LittleVoice,
            (RangeMethod::TwoPass, Some(_), Some(_)) => PitchRangeBasis::TwoPass,
        };
        let (floor, ceiling) = own.copied().unwrap_or(self.fixed);
        PitchRange { floor, ceiling, basis }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(floor: f64, ceiling: f64) -> (Hertz, Hertz) {
        (Hertz::new(floor).expect("finite"), Hertz::new(ceiling).expect("finite"))
    }

    #[test]
    fn quartiles_give_the_range_in_whole_hertz() {
        // From 100 to 300 Hz: the quartiles are 150 and 250.
        let pitches: Vec<f64> = (0..=400).map(|index| 100.0 + 0.5 * f64::from(index)).collect();
        assert_eq!(RangeSettings::default().of(&pitches), Some(range(112.0, 625.0)));
        assert_eq!(RangeSettings::default().of(&pitches[..199]), None);
        let least = RangeSettings { min_voiced_frames: 0, ..RangeSettings::default() };
        assert_eq!(least.of(&[]), None);
    }

    #[test]
    fn each_range_says_where_it_comes_from() {
        let (known, quiet) = (SpeakerId(0), SpeakerId(1));
        let mut ranges = Ranges::fixed(RangeMethod::TwoPass, range(75.0, 500.0));
        let pass = |frames| FirstPass { pitches: vec![100.0; frames], ..FirstPass::default() };
        ranges.learn(&BTreeMap::from([(known, pass(300)), (quiet, pass(3))]), &RangeSettings::default());
        let of = |speaker| {
            let range = ranges.of(speaker);
            (range.floor.value(), range.ceiling.value(), range.basis)
        };
        assert_eq!(of(Some(known)), (75.0, 250.0, PitchRangeBasis::TwoPass));
        assert_eq!(of(Some(quiet)), (75.0, 500.0, PitchRangeBasis::LittleVoice));
        assert_eq!(of(None), (75.0, 500.0, PitchRangeBasis::SpeakerUnknown));
        let same = Ranges::fixed(RangeMethod::Fixed, range(75.0, 500.0));
        assert_eq!(same.of(Some(known)).basis, PitchRangeBasis::Fixed);
    }
}

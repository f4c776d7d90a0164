//! Thresholds of the cross-check.

use serde::{Deserialize, Serialize};
use voiceman_base::{Digest, IdHasher};

/// When a voice counts as raised and when words count as doubtful.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CrosscheckSettings {
    /// Level over the speaker's median in the recording from which a voice counts as raised, in dB. A change of 3 dB doubles the
    /// power and is plainly audible.
    pub raised_level_db: f64,
    /// Pitch over the speaker's median in the recording from which a voice counts as raised, as a fraction: 0.1 is 10 %, nearly two
    /// semitones, well above the error of the measurement.
    pub raised_pitch_fraction: f64,
    /// A rise must also be more than this many median absolute deviations, so that a lively speaker is measured
    /// against their own liveliness. 3 correspond to two standard deviations of a normal distribution.
    pub raised_deviations: f64,
    /// How many other utterances of the speaker must have been measured before "usual" means anything.
    pub baseline_utterances: usize,
    /// Rise in level at which the finding has full strength, in dB.
    pub full_level_db: f64,
    /// Rise in pitch at which the finding has full strength, as a fraction.
    pub full_pitch_fraction: f64,
    /// Words are doubtful when the mean of their confidences is below this.
    pub doubtful_mean_confidence: f64,
    /// Words are doubtful when one of them has a confidence below this.
    pub doubtful_least_confidence: f64,
    /// Least strength of the warning when the whole utterance is flagged as improbable, looping or over silence.
    pub flagged_doubt: f64,
}

/// A setting lies outside its range.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("crosscheck.{setting} is {value}, but must be {range}")]
pub struct CrosscheckSettingsError {
    /// Name of the setting.
    pub setting: &'static str,
    /// What it was set to.
    pub value: f64,
    /// What is allowed, in words.
    pub range: &'static str,
}

impl Default for CrosscheckSettings {
    fn default() -> CrosscheckSettings {
        CrosscheckSettings {
            raised_level_db: 3.0,
            raised_pitch_fraction: 0.10,
            raised_deviations: 3.0,
            baseline_utterances: 5,
            full_level_db: 12.0,
            full_pitch_fraction: 0.40,
            doubtful_mean_confidence: 0.6,
            doubtful_least_confidence: 0.3,
            flagged_doubt: 0.5,
        }
    }
}

impl CrosscheckSettings {
    /// Digest of all settings; all of them change results.
    pub fn digest(&self) -> Digest {
        let CrosscheckSettings {
            raised_level_db,
            raised_pitch_fraction,
            raised_deviations,
            baseline_utterances,
            full_level_db,
            full_pitch_fraction,
            doubtful_mean_confidence,
            doubtful_least_confidence,
            flagged_doubt,
        } = *self;
        let mut hasher = IdHasher::new("crosscheck-settings/1");
        hasher.number(baseline_utterances as u64);
        for number in [
            raised_level_db,
            raised_pitch_fraction,
            raised_deviations,
            full_level_db,
            full_pitch_fraction,
            doubtful_mean_confidence,
            doubtful_least_confidence,
            flagged_doubt,
        ] {
            hasher.number(number.to_bits());
        }
        hasher.finish()
    }

    /// Whether every setting lies in its range.
    ///
    /// # Errors
    /// Names the first that does not.
    pub fn check(&self) -> Result<(), CrosscheckSettingsError> {
        let positive = |value: f64| value.is_finite() && value > 0.0;
        let fraction = |value: f64| (0.0..=1.0).contains(&value);
        let not_negative = |value: f64| value.is_finite() && value >= 0.0;
        let rules = [
            ("raised_level_db", self.raised_level_db, positive(self.raised_level_db), "above 0"),
            ("raised_pitch_fraction", self.raised_pitch_fraction, positive(self.raised_pitch_fraction), "above 0"),
            ("raised_deviations", self.raised_deviations, not_negative(self.raised_deviations), "0 or more"),
            (
                "full_level_db",
                self.full_level_db,
                self.full_level_db.is_finite() && self.full_level_db >= self.raised_level_db,
                "at least raised_level_db",
            ),
            (
                "full_pitch_fraction",
                self.full_pitch_fraction,
                self.full_pitch_fraction.is_finite() && self.full_pitch_fraction >= self.raised_pitch_fraction,
                "at least raised_pitch_fraction",
            ),
            (
                "doubtful_mean_confidence",
                self.doubtful_mean_confidence,
                fraction(self.doubtful_mean_confidence),
                "from 0 to 1",
            ),
            (
                "doubtful_least_confidence",
                self.doubtful_least_confidence,
                fraction(self.doubtful_least_confidence),
                "from 0 to 1",
            ),
            ("flagged_doubt", self.flagged_doubt, fraction(self.flagged_doubt), "from 0 to 1"),
        ];
        match rules.into_iter().find(|(_, _, holds, _)| !holds) {
            Some((setting, value, _, range)) => Err(CrosscheckSettingsError { setting, value, range }),
            None => Ok(()),
        }
    }
}

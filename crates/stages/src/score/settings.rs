//! Weights of the review priority, read from the committed file `weights.toml`.

use serde::{Deserialize, Serialize};
use std::sync::LazyLock;
use voiceman_base::{Digest, Family, IdHasher, ScoreWeights};

/// The committed file, as it stands in the program.
pub const WEIGHTS_FILE: &str = include_str!("weights.toml");

/// How far the weights may miss 1: the rounding of six decimal fractions.
const MAX_WEIGHT_ERROR: f64 = 1e-9;

/// Weights and constants of the review priority. Missing keys take the committed value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScoreSettings {
    /// Version of the weights.
    #[serde(default = "committed_version")]
    pub version: String,
    /// Statements of full strength per minute of speech at which a family's density reaches `1 - 1/e`.
    #[serde(default = "committed_full_rate_per_minute")]
    pub full_rate_per_minute: f64,
    /// Least speech time that a rate is taken over, in seconds.
    #[serde(default = "committed_least_speech_s")]
    pub least_speech_s: f64,
    /// Share of a family's load that its gravest statement gives, in `[0, 1]`.
    #[serde(default = "committed_peak_share")]
    pub peak_share: f64,
    /// How fast load turns into points, above 0.
    #[serde(default = "committed_saturation")]
    pub saturation: f64,
    /// Most that a raised voice adds to a statement, as a share of it, 0 or more.
    #[serde(default = "committed_raised_voice_gain")]
    pub raised_voice_gain: f64,
    /// Most that doubt about the words takes from a statement, as a share of it, in `[0, 1]`.
    #[serde(default = "committed_doubt_loss")]
    pub doubt_loss: f64,
    /// Shares of the families.
    #[serde(default = "committed_weights")]
    pub weights: FamilyWeights,
}

/// Shares of the families in the review priority; each in `[0, 1]`, together 1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FamilyWeights {
    /// Share of [`Family::Gaslighting`].
    pub gaslighting: f64,
    /// Share of [`Family::Threat`].
    pub threat: f64,
    /// Share of [`Family::Coercion`].
    pub coercion: f64,
    /// Share of [`Family::Harassment`].
    pub harassment: f64,
    /// Share of [`Family::Extortion`].
    pub extortion: f64,
    /// Share of [`Family::Manipulation`].
    pub manipulation: f64,
}

/// A setting of the score is not usable.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ScoreSettingsError {
    /// A number lies outside its range.
    #[error("score.{setting} is {value}, but must be {range}")]
    OutOfRange {
        /// Name of the setting.
        setting: &'static str,
        /// What it was set to.
        value: f64,
        /// What is allowed, in words.
        range: &'static str,
    },
    /// The weights do not add up to 1.
    #[error("score.weights add up to {sum}, but must add up to 1")]
    WeightSum {
        /// What they add up to.
        sum: f64,
    },
}

/// The committed settings. The file is part of the program and has no missing key, which a test holds; a panic here
/// means that a broken program was built.
static COMMITTED: LazyLock<ScoreSettings> =
    LazyLock::new(|| toml::from_str(WEIGHTS_FILE).unwrap_or_else(|error| panic!("weights.toml: {error}")));

fn committed_version() -> String {
    COMMITTED.version.clone()
}

fn committed_full_rate_per_minute() -> f64 {
    COMMITTED.full_rate_per_minute
}

fn committed_least_speech_s() -> f64 {
    COMMITTED.least_speech_s
}

fn committed_peak_share() -> f64 {
    COMMITTED.peak_share
}

fn committed_saturation() -> f64 {
    COMMITTED.saturation
}

fn committed_raised_voice_gain() -> f64 {
    COMMITTED.raised_voice_gain
}

fn committed_doubt_loss() -> f64 {
    COMMITTED.doubt_loss
}

fn committed_weights() -> FamilyWeights {
    COMMITTED.weights
}

impl Default for ScoreSettings {
    fn default() -> ScoreSettings {
        COMMITTED.clone()
    }
}

impl FamilyWeights {
    /// The share of `family`.
    pub fn of(&self, family: Family) -> f64 {
        match family {
            Family::Gaslighting => self.gaslighting,
            Family::Threat => self.threat,
            Family::Coercion => self.coercion,
            Family::Harassment => self.harassment,
            Family::Extortion => self.extortion,
            Family::Manipulation => self.manipulation,
        }
    }
}

impl ScoreSettings {
    /// Digest of all settings; all of them change results.
    pub fn digest(&self) -> Digest {
        let ScoreSettings {
            version,
            full_rate_per_minute,
            least_speech_s,
            peak_share,
            saturation,
            raised_voice_gain,
            doubt_loss,
            weights,
        } = self;
        let mut hasher = IdHasher::new("score-settings/1");
        hasher.text(version);
        for number in [full_rate_per_minute, least_speech_s, peak_share, saturation, raised_voice_gain, doubt_loss] {
            hasher.number(number.to_bits());
        }
        for family in Family::ALL {
            hasher.number(weights.of(family).to_bits());
        }
        hasher.finish()
    }

    /// The weights as results print them. Where a number differs from the committed file of the same version, the
    /// version says `modified`, so that no result passes for one with the published weights.
    pub fn printed(&self) -> ScoreWeights {
        let modified = *self != *COMMITTED && self.version == COMMITTED.version;
        ScoreWeights {
            version: if modified { format!("{}, modified", self.version) } else { self.version.clone() },
            families: Family::ALL.map(|family| (family, self.weights.of(family))).to_vec(),
        }
    }

    /// Whether every setting lies in its range and the weights add up to 1.
    ///
    /// # Errors
    /// Names the first setting that does not.
    pub fn check(&self) -> Result<(), ScoreSettingsError> {
        let positive = |value: f64| value.is_finite() && value > 0.0;
        let fraction = |value: f64| (0.0..=1.0).contains(&value);
        let rules = [
            ("full_rate_per_minute", self.full_rate_per_minute, positive(self.full_rate_per_minute), "above 0"),
            ("least_speech_s", self.least_speech_s, positive(self.least_speech_s), "above 0"),
            ("peak_share", self.peak_share, fraction(self.peak_share), "from 0 to 1"),
            ("saturation", self.saturation, positive(self.saturation), "above 0"),
            (
                "raised_voice_gain",
                self.raised_voice_gain,
                self.raised_voice_gain.is_finite() && self.raised_voice_gain >= 0.0,
                "0 or more",
            ),
            ("doubt_loss", self.doubt_loss, fraction(self.doubt_loss), "from 0 to 1"),
        ];
        if let Some((setting, value, _, range)) = rules.into_iter().find(|(_, _, holds, _)| !holds) {
            return Err(ScoreSettingsError::OutOfRange { setting, value, range });
        }
        let shares = Family::ALL.map(|family| (family, self.weights.of(family)));
        if let Some((family, value)) = shares.into_iter().find(|(_, share)| !fraction(*share)) {
            return Err(ScoreSettingsError::OutOfRange { setting: family.name(), value, range: "from 0 to 1" });
        }
        let sum: f64 = shares.iter().map(|(_, share)| share).sum();
        if (sum - 1.0).abs() > MAX_WEIGHT_ERROR { Err(ScoreSettingsError::WeightSum { sum }) } else { Ok(()) }
    }
}

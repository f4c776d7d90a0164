//! Settings of the emotion stage. All of them change results.

use crate::settings::settings_digest;
use serde::{Deserialize, Serialize};
use voiceman_base::Digest;

/// Which stretches are judged, and by whom.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct EmotionSettings {
    /// Shorter stretches are not judged, in seconds.
    pub least_s: f64,
    /// Shortest piece of a turn that is cut, in seconds.
    pub shortest_piece_s: f64,
    /// Turns are cut when they are longer, in seconds.
    pub longest_piece_s: f64,
    /// Share of a stretch that others may talk in.
    pub most_overlapped: f64,
    /// Weight of the embedded model beside others.
    pub weight_embedded: f64,
}

impl Default for EmotionSettings {
    fn default() -> EmotionSettings {
        EmotionSettings {
            least_s: 1.0,
            shortest_piece_s: 2.0,
            longest_piece_s: 10.0,
            most_overlapped: 0.2,
            weight_embedded: 1.0,
        }
    }
}

/// A setting has a value that cannot be worked with.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("emotion setting `{setting}` is {value}; it must be {range}")]
pub struct EmotionSettingsError {
    /// Which setting.
    pub setting: &'static str,
    /// What it is.
    pub value: f64,
    /// What it may be.
    pub range: &'static str,
}

impl EmotionSettings {
    /// Digest of all settings.
    pub fn digest(&self) -> Digest {
        settings_digest(self)
    }

    /// Whether all settings can be worked with.
    ///
    /// # Errors
    /// Names the first that cannot. Not-a-number is out of every range.
    pub fn check(&self) -> Result<(), EmotionSettingsError> {
        let longest_from = 2.0 * self.shortest_piece_s;
        for (setting, value, low, high, range) in [
            ("least_s", self.least_s, 0.5, 60.0, "from 0.5 to 60"),
            ("shortest_piece_s", self.shortest_piece_s, 0.5, 60.0, "from 0.5 to 60"),
            ("longest_piece_s", self.longest_piece_s, longest_from, 600.0, "from twice `shortest_piece_s` to 600"),
            ("most_overlapped", self.most_overlapped, 0.0, 1.0, "from 0 to 1"),
            ("weight_embedded", self.weight_embedded, 1e-3, 1e3, "from 0.001 to 1000"),
        ] {
            if !(low..=high).contains(&value) {
                return Err(EmotionSettingsError { setting, value, range });
            }
        }
        Ok(())
    }
}

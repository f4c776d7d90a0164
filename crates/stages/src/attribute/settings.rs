//! Settings of attribution. All of them change results.

use crate::settings::settings_digest;
use serde::{Deserialize, Serialize};
use voiceman_base::Digest;

/// How words are given to speakers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AttributeSettings {
    /// A change of speaker within a phrase costs as much as a word of this length that its speaker does not cover, in
    /// seconds.
    pub change_s: f64,
    /// The same for a change after the end of a sentence or in a pause.
    pub easy_change_s: f64,
    /// A silence between words that makes a change of speaker likely, in seconds.
    pub pause_s: f64,
    /// A word where nobody speaks goes to the closest turn within this, in seconds.
    pub max_gap_s: f64,
    /// Share of a word that two speakers must each cover for it to be overlapped.
    pub overlapped: f64,
    /// A word is sure when its speaker covers this much more of it than any other.
    pub sure_margin: f64,
    /// Share of unsure words above which an utterance's speaker is uncertain.
    pub max_unsure: f64,
}

impl Default for AttributeSettings {
    fn default() -> AttributeSettings {
        AttributeSettings {
            change_s: 0.15,
            easy_change_s: 0.03,
            pause_s: 0.3,
            max_gap_s: 0.5,
            overlapped: 0.5,
            sure_margin: 0.5,
            max_unsure: 0.5,
        }
    }
}

/// A setting has a value that cannot be worked with.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("attribution setting `{setting}` is {value}; it must be from 0 to {most}")]
pub struct AttributeSettingsError {
    /// Which setting.
    pub setting: &'static str,
    /// What it is.
    pub value: f64,
    /// The largest value it may have.
    pub most: f64,
}

impl AttributeSettings {
    /// Digest of all settings.
    pub fn digest(&self) -> Digest {
        settings_digest(self)
    }

    /// Whether all settings can be worked with.
    ///
    /// # Errors
    /// Names the first that cannot.
    pub fn check(&self) -> Result<(), AttributeSettingsError> {
        let all = [
            ("change_s", self.change_s, 10.0),
            ("easy_change_s", self.easy_change_s, 10.0),
            ("pause_s", self.pause_s, 10.0),
            ("max_gap_s", self.max_gap_s, 10.0),
            ("overlapped", self.overlapped, 1.0),
            ("sure_margin", self.sure_margin, 1.0),
            ("max_unsure", self.max_unsure, 1.0),
        ];
        match all.into_iter().find(|(_, value, most)| !(0.0..=*most).contains(value)) {
            Some((setting, value, most)) => Err(AttributeSettingsError { setting, value, most }),
            None => Ok(()),
        }
    }
}

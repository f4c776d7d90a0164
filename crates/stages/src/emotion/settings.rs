//! Settings of the emotion stage. All of them change results.

use crate::settings::settings_digest;
use serde::{Deserialize, Serialize};
use voiceman_base::{Digest, Precision};

/// Longest piece that a speech network hears at once, in seconds: what it needs grows with the square of the length.
const LONGEST_HEARD_S: f64 = 30.0;

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
    /// Name in the manifest of a speech network that is asked besides; empty for none.
    pub primary: String,
    /// Name of another one; empty for none.
    pub secondary: String,
    /// Weight of the primary network.
    pub weight_primary: f64,
    /// Weight of the secondary network.
    pub weight_secondary: f64,
    /// Precision of the networks on a GPU; on the processor it is `float32`.
    pub gpu_precision: Precision,
}

impl Default for EmotionSettings {
    fn default() -> EmotionSettings {
        EmotionSettings {
            least_s: 1.0,
            shortest_piece_s: 2.0,
            longest_piece_s: 10.0,
            most_overlapped: 0.2,
            weight_embedded: 1.0,
            primary: String::new(),
            secondary: String::new(),
            weight_primary: 1.0,
            weight_secondary: 1.0,
            gpu_precision: Precision::Float32,
        }
    }
}

/// Settings that count without networks; their digest is that of all settings then, so that results do not change with
/// what is not asked.
#[derive(Serialize)]
struct WithoutNetworks {
    least_s: f64,
    shortest_piece_s: f64,
    longest_piece_s: f64,
    most_overlapped: f64,
    weight_embedded: f64,
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
    /// Digest of all settings that count.
    pub fn digest(&self) -> Digest {
        let &EmotionSettings { least_s, shortest_piece_s, longest_piece_s, most_overlapped, weight_embedded, .. } =
            self;
        match self.networks().next() {
            Some(_) => settings_digest(self),
            None => settings_digest(&WithoutNetworks {
                least_s,
                shortest_piece_s,
                longest_piece_s,
                most_overlapped,
                weight_embedded,
            }),
        }
    }

    /// Names of the speech networks that are asked, each with its weight.
    pub fn networks(&self) -> impl Iterator<Item = (&str, f64)> {
        let both = [(self.primary.as_str(), self.weight_primary), (self.secondary.as_str(), self.weight_secondary)];
        both.into_iter().filter(|(name, _)| !name.is_empty())
    }

    /// Whether all settings can be worked with.
    ///
    /// # Errors
    /// Names the first that cannot. Not-a-number is out of every range.
    pub fn check(&self) -> Result<(), EmotionSettingsError> {
        let longest_from = 2.0 * self.shortest_piece_s;
        let networks = self.networks().next().is_some();
        let (longest, longest_range) = match networks {
            true => (LONGEST_HEARD_S, "from twice `shortest_piece_s` to 30, where a network is asked"),
            false => (600.0, "from twice `shortest_piece_s` to 600"),
        };
        for (setting, value, low, high, range) in [
            ("least_s", self.least_s, 0.5, 60.0, "from 0.5 to 60"),
            ("shortest_piece_s", self.shortest_piece_s, 0.5, 60.0, "from 0.5 to 60"),
            ("longest_piece_s", self.longest_piece_s, longest_from, longest, longest_range),
            ("most_overlapped", self.most_overlapped, 0.0, 1.0, "from 0 to 1"),
            ("weight_embedded", self.weight_embedded, 1e-3, 1e3, "from 0.001 to 1000"),
            ("weight_primary", self.weight_primary, 1e-3, 1e3, "from 0.001 to 1000"),
            ("weight_secondary", self.weight_secondary, 1e-3, 1e3, "from 0.001 to 1000"),
        ] {
            if !(low..=high).contains(&value) {
                return Err(EmotionSettingsError { setting, value, range });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_of_networks_counts_where_one_is_asked() {
        let usual = EmotionSettings::default();
        // As it was before there were networks.
        let text = r#"{"least_s":1.0,"shortest_piece_s":2.0,"longest_piece_s":10.0,"most_overlapped":0.2,"weight_embedded":1.0}"#;
        assert_eq!(usual.digest(), Digest::of(text.as_bytes()));
        let weighted = EmotionSettings { weight_primary: 2.0, ..usual.clone() };
        assert_eq!(weighted.digest(), usual.digest());
        let asked = EmotionSettings { primary: "network".to_owned(), ..usual };
        let weighted = EmotionSettings { primary: "network".to_owned(), ..weighted };
        assert_ne!(asked.digest(), weighted.digest());
        assert_eq!(weighted.networks().collect::<Vec<_>>(), [("network", 2.0)]);
    }

    #[test]
    fn a_network_is_not_given_what_it_cannot_hear() {
        let long = EmotionSettings { longest_piece_s: 60.0, ..EmotionSettings::default() };
        assert!(long.check().is_ok());
        assert!(EmotionSettings { secondary: "network".to_owned(), ..long }.check().is_err());
    }
}

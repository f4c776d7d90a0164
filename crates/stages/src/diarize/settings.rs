//! Settings of diarization. All of them change results.

use super::Band;
use crate::settings::settings_digest;
use serde::{Deserialize, Serialize};
use voiceman_base::Digest;

/// How speakers are told apart. The similarities were chosen for the default embedding network on actors and speakers that
/// no reported number is from; `docs/methods/speakers.md`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DiarizeSettings {
    /// How many speakers there are, if that is known; 0 when it is to be found out.
    pub speakers: usize,
    /// There are at least so many speakers.
    pub min_speakers: usize,
    /// There are at most so many speakers; 0 for any number.
    pub max_speakers: usize,
    /// Whether a recording of two channels that carry different speakers is told apart by them.
    pub channels: bool,
    /// Length of the windows in which speakers are first told apart, in seconds; the network was trained on 10.
    pub window_s: f64,
    /// From one window to the next, in seconds.
    pub step_s: f64,
    /// Pauses of one speaker up to this are part of a turn, in seconds.
    pub max_pause_s: f64,
    /// Longest piece whose voice is described at once, in seconds.
    pub piece_s: f64,
    /// Shortest piece of a voice without other voices that can be told apart reliably, in seconds.
    pub min_piece_s: f64,
    /// Mean similarity above which two groups of pieces of usual cohesion are one speaker.
    pub same_voice: f64,
    /// The same over a telephone, where voices lie closer together.
    pub same_voice_narrow: f64,
    /// Mean similarity of the pieces of one speaker who speaks as people usually do.
    pub usual_cohesion: f64,
    /// How much more alike two groups must be for each unit that the less coherent of them is above the usual: who always
    /// sounds the same is more surely another person when he does not.
    pub cohesion_weight: f64,
    /// Similarity that pieces are granted per octave between their pitches: an excited voice lies higher and sounds less
    /// like itself.
    pub per_octave: f64,
    /// Pitches further apart than this count as this far apart, in octaves.
    pub max_octaves: f64,
    /// A voice is put to the closest other one when its pieces are, all together, by less than this longer than
    /// `min_piece_s` each, in seconds.
    pub min_speaker_s: f64,
    /// Unless they have this share of what all pieces have of that, in `[0, 1]`: so the shortest recordings have speakers too.
    pub min_speaker_share: f64,
    /// A turn whose voice is less than this closer to its speaker than to another is doubtful.
    pub close_margin: f64,
}

impl Default for DiarizeSettings {
    fn default() -> DiarizeSettings {
        DiarizeSettings {
            speakers: 0,
            min_speakers: 1,
            max_speakers: 0,
            channels: true,
            window_s: 10.0,
            step_s: 2.5,
            max_pause_s: 0.3,
            piece_s: 3.0,
            min_piece_s: 0.8,
            same_voice: 0.47,
            same_voice_narrow: 0.5,
            usual_cohesion: 0.6,
            cohesion_weight: 0.8,
            per_octave: 0.14,
            max_octaves: 1.15,
            min_speaker_s: 3.2,
            min_speaker_share: 0.2,
            close_margin: 0.05,
        }
    }
}

/// A setting has a value that cannot be worked with.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("diarization setting `{setting}` is {value}; it must be {range}")]
pub struct DiarizeSettingsError {
    /// Which setting.
    pub setting: &'static str,
    /// What it is.
    pub value: f64,
    /// What it may be, in words.
    pub range: &'static str,
}

impl DiarizeSettings {
    /// Digest of all settings.
    pub fn digest(&self) -> Digest {
        settings_digest(self)
    }

    /// Whether all settings can be worked with.
    ///
    /// # Errors
    /// Names the first that cannot.
    pub fn check(&self) -> Result<(), DiarizeSettingsError> {
        let seconds = [
            ("window_s", self.window_s, 2.0..=60.0, "from 2 to 60"),
            ("step_s", self.step_s, 0.5..=self.window_s, "from 0.5 to the length of a window"),
            ("max_pause_s", self.max_pause_s, 0.0..=5.0, "from 0 to 5"),
            ("piece_s", self.piece_s, 0.5..=10.0, "from 0.5 to 10"),
            ("min_piece_s", self.min_piece_s, 0.1..=self.piece_s, "from 0.1 to the length of a piece"),
            ("same_voice", self.same_voice, -1.0..=2.0, "from -1 to 2"),
            ("same_voice_narrow", self.same_voice_narrow, -1.0..=2.0, "from -1 to 2"),
            ("usual_cohesion", self.usual_cohesion, -1.0..=2.0, "from -1 to 2"),
            ("cohesion_weight", self.cohesion_weight, 0.0..=2.0, "from 0 to 2"),
            ("per_octave", self.per_octave, 0.0..=2.0, "from 0 to 2"),
            ("max_octaves", self.max_octaves, 0.0..=5.0, "from 0 to 5"),
            ("min_speaker_s", self.min_speaker_s, 0.0..=60.0, "from 0 to 60"),
            ("min_speaker_share", self.min_speaker_share, 0.0..=1.0, "from 0 to 1"),
            ("close_margin", self.close_margin, 0.0..=2.0, "from 0 to 2"),
        ];
        for (setting, value, allowed, range) in seconds {
            if !allowed.contains(&value) {
                return Err(DiarizeSettingsError { setting, value, range });
            }
        }
        let wrong = |setting, value: usize, range| Err(DiarizeSettingsError { setting, value: value as f64, range });
        match self {
            DiarizeSettings { speakers, .. } if *speakers > 100 => wrong("speakers", *speakers, "at most 100"),
            DiarizeSettings { min_speakers, .. } if !(1..=100).contains(min_speakers) => {
                wrong("min_speakers", *min_speakers, "from 1 to 100")
            }
            DiarizeSettings { min_speakers, max_speakers, .. } if (1..*min_speakers).contains(max_speakers) => {
                wrong("max_speakers", *max_speakers, "0, or at least `min_speakers`")
            }
            _ => Ok(()),
        }
    }

    /// The settings for voices of `band`.
    pub(super) fn of(&self, band: Band) -> DiarizeSettings {
        match band {
            Band::Wide => self.clone(),
            Band::Narrow => DiarizeSettings { same_voice: self.same_voice_narrow, ..self.clone() },
        }
    }

    /// Fewest and most speakers.
    pub(super) fn limits(&self) -> (usize, usize) {
        match (self.speakers, self.max_speakers) {
            (0, 0) => (self.min_speakers, usize::MAX),
            (0, most) => (self.min_speakers, most),
            (number, _) => (number, number),
        }
    }
}

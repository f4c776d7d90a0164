//! Settings of the acoustics stage. All of them change results.

use super::intensity::IntensitySettings;
use super::pitch::PitchSettings;
use super::voice::VoiceSettings;
use serde::{Deserialize, Serialize};
use voiceman_base::{Digest, IdHasher};

/// How voices are measured.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AcousticsSettings {
    /// How pitch is found.
    pub pitch: PitchSettings,
    /// How level is measured.
    pub intensity: IntensitySettings,
    /// How voices are measured from period to period.
    pub voice: VoiceSettings,
    /// Voiced frames in a row that count as voice. Noise is taken for voice in single frames, seldom in three; a vowel
    /// lasts longer. Default 5, which is 50 ms.
    pub min_voiced_run: usize,
    /// Voiced frames, in runs as above, without which pitch and level are not measured. Default 10, which is 100 ms, a
    /// short vowel.
    pub min_voiced_frames: usize,
    /// Share of all frames that voiced frames, in runs as above, must make up as well. Long noise now and then sounds
    /// voiced for a while. Default 0.12; noise with any spectrum between white and brown stays below it, speech above
    /// noise of its own loudness less 5 dB lies above.
    pub min_voiced_share: f64,
    /// Share of samples at full scale above which the level is not measured. Default 0.0001, where the peaks that are
    /// missing make it about 0.1 dB too low.
    pub max_clipped_share_level: f64,
    /// Share of samples at full scale above which pitch is not measured. Default 0.01, below which clipping moves the
    /// median pitch by less than 0.5 %.
    pub max_clipped_share_pitch: f64,
    /// Shortest silence between two words that is a pause, in seconds. Default 0.3.
    pub min_pause_s: f64,
    /// Utterances with a value without which there is no baseline: one utterance cannot differ from itself, and of two
    /// neither is the usual one. Default 3.
    pub min_baseline_utterances: usize,
    /// Most points of the contour over a recording; longer recordings get wider steps. Default 10000.
    pub max_contour_points: usize,
    /// Longest piece that is measured at once, in seconds; longer utterances are measured in pieces of equal length whose
    /// frames are taken together. It bounds memory. Default 60.
    pub max_piece_s: f64,
}

impl Default for AcousticsSettings {
    fn default() -> Self {
        AcousticsSettings {
            pitch: PitchSettings::default(),
            intensity: IntensitySettings::default(),
            voice: VoiceSettings::default(),
            min_voiced_run: 5,
            min_voiced_frames: 10,
            min_voiced_share: 0.12,
            max_clipped_share_level: 0.0001,
            max_clipped_share_pitch: 0.01,
            min_pause_s: 0.3,
            min_baseline_utterances: 3,
            max_contour_points: 10_000,
            max_piece_s: 60.0,
        }
    }
}

/// A setting has a value that cannot be worked with.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error("acoustics setting `{setting}` is {value}; it must be {range}")]
pub struct AcousticsSettingsError {
    /// Which setting.
    pub setting: &'static str,
    /// What it is.
    pub value: f64,
    /// What it may be, in words.
    pub range: &'static str,
}

impl AcousticsSettings {
    /// Digest of all settings.
    pub fn digest(&self) -> Digest {
        // Taken apart so that a new field cannot be forgotten.
        let AcousticsSettings {
            pitch,
            intensity,
            voice,
            min_voiced_run,
            min_voiced_frames,
            min_voiced_share,
            max_clipped_share_level,
            max_clipped_share_pitch,
            min_pause_s,
            min_baseline_utterances,
            max_contour_points,
            max_piece_s,
        } = self;
        let PitchSettings {
            floor_hz,
            ceiling_hz,
            candidates,
            silence_threshold,
            voicing_threshold,
            octave_cost,
            octave_jump_cost,
            voiced_unvoiced_cost,
        } = pitch;
        let VoiceSettings { formant_ceiling_hz, min_periods, min_frames } = voice;
        let mut hasher = IdHasher::new("acoustics-settings/1");
        for value in [
            floor_hz,
            ceiling_hz,
            silence_threshold,
            voicing_threshold,
            octave_cost,
            octave_jump_cost,
            voiced_unvoiced_cost,
            &intensity.floor_hz,
            formant_ceiling_hz,
            min_voiced_share,
            max_clipped_share_level,
            max_clipped_share_pitch,
            min_pause_s,
            max_piece_s,
        ] {
            hasher.number(value.to_bits());
        }
        for count in [
            candidates,
            min_voiced_run,
            min_voiced_frames,
            min_baseline_utterances,
            max_contour_points,
            min_periods,
            min_frames,
        ] {
            hasher.number(*count as u64);
        }
        hasher.finish()
    }

    /// Whether these settings can be worked with.
    ///
    /// # Errors
    /// Names the first setting that is out of its range. Not-a-number is out of every range.
    pub fn check(&self) -> Result<(), AcousticsSettingsError> {
        let pitch = &self.pitch;
        let within = |setting, value: f64, low: f64, high: f64, range| {
            if (low..=high).contains(&value) { Ok(()) } else { Err(AcousticsSettingsError { setting, value, range }) }
        };
        within("pitch.floor_hz", pitch.floor_hz, 20.0, 500.0, "from 20 to 500")?;
        within("pitch.ceiling_hz", pitch.ceiling_hz, pitch.floor_hz * 1.5, 4000.0, "from 1.5 times the floor to 4000")?;
        within("pitch.candidates", pitch.candidates as f64, 2.0, 100.0, "from 2 to 100")?;
        for (setting, value) in [
            ("pitch.silence_threshold", pitch.silence_threshold),
            ("pitch.voicing_threshold", pitch.voicing_threshold),
            ("min_voiced_share", self.min_voiced_share),
            ("max_clipped_share_level", self.max_clipped_share_level),
            ("max_clipped_share_pitch", self.max_clipped_share_pitch),
        ] {
            within(setting, value, 0.0, 1.0, "from 0 to 1")?;
        }
        for (setting, value) in [
            ("pitch.octave_cost", pitch.octave_cost),
            ("pitch.octave_jump_cost", pitch.octave_jump_cost),
            ("pitch.voiced_unvoiced_cost", pitch.voiced_unvoiced_cost),
        ] {
            within(setting, value, 0.0, 100.0, "from 0 to 100")?;
        }
        within("intensity.floor_hz", self.intensity.floor_hz, 20.0, 500.0, "from 20 to 500")?;
        within("voice.formant_ceiling_hz", self.voice.formant_ceiling_hz, 3_000.0, 8_000.0, "from 3000 to 8000")?;
        within("min_pause_s", self.min_pause_s, 0.05, 60.0, "from 0.05 to 60")?;
        within("max_piece_s", self.max_piece_s, 2.0, 600.0, "from 2 to 600")?;
        for (setting, count) in [
            ("min_voiced_run", self.min_voiced_run),
            ("min_voiced_frames", self.min_voiced_frames),
            ("min_baseline_utterances", self.min_baseline_utterances),
            ("max_contour_points", self.max_contour_points),
            ("voice.min_periods", self.voice.min_periods),
            ("voice.min_frames", self.voice.min_frames),
        ] {
            within(setting, count as f64, 1.0, 1e6, "from 1 to 1000000")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_can_be_worked_with_and_any_change_is_another_id() -> Result<(), Box<dyn std::error::Error>> {
        let defaults = AcousticsSettings::default();
        defaults.check()?;
        assert_eq!(toml::from_str::<AcousticsSettings>("")?, defaults);
        let changed: AcousticsSettings = toml::from_str("[pitch]\nceiling_hz = 600.0")?;
        assert_ne!(changed.digest(), defaults.digest());
        let changed: AcousticsSettings = toml::from_str("min_voiced_frames = 11")?;
        assert_ne!(changed.digest(), defaults.digest());
        Ok(())
    }

    #[test]
    fn unknown_and_impossible_settings_are_refused() -> Result<(), Box<dyn std::error::Error>> {
        assert!(toml::from_str::<AcousticsSettings>("min_pauses = 0.2").is_err());
        assert!(toml::from_str::<AcousticsSettings>("[pitch]\nfloor = 60.0").is_err());
        for text in [
            "[pitch]\nfloor_hz = 0.0",
            "[pitch]\nfloor_hz = nan",
            "[pitch]\nceiling_hz = 75.0",
            "[pitch]\ncandidates = 1",
            "[intensity]\nfloor_hz = -1.0",
            "min_pause_s = 0.0",
            "max_piece_s = inf",
            "max_contour_points = 0",
        ] {
            assert!(toml::from_str::<AcousticsSettings>(text)?.check().is_err(), "{text}");
        }
        Ok(())
    }
}

//! Settings of the acoustics stage. All of them change results.

use super::changes::ChangeSettings;
use super::intensity::IntensitySettings;
use super::nuclei::NucleiSettings;
use super::pitch::PitchSettings;
use super::range::RangeSettings;
use super::second::SecondPitchSettings;
use super::trend::TrendSettings;
use super::voice::{CeilingSettings, VoiceSettings};
use crate::settings::settings_digest;
use serde::{Deserialize, Serialize};
use voiceman_base::Digest;

/// How voices are measured.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AcousticsSettings {
    /// How pitch is found.
    pub pitch: PitchSettings,
    /// How a speaker's own range of pitch is found.
    pub range: RangeSettings,
    /// When a second estimate of pitch bears out the first.
    pub second_pitch: SecondPitchSettings,
    /// How level is measured.
    pub intensity: IntensitySettings,
    /// How voices are measured from period to period.
    pub voice: VoiceSettings,
    /// How a speaker's own ceiling of formants is found.
    pub ceiling: CeilingSettings,
    /// When a peak of the level is a vowel, where syllables are counted in the sound.
    pub nuclei: NucleiSettings,
    /// Share of an utterance's highest sample below which everything at its beginning and end is quiet and not measured: a
    /// hundredth, below which Praat has no glottal pulses either. 0 measures the whole span. Default 0.01.
    pub quiet_share: f64,
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
    /// Where a voice counts as changed.
    pub changes: ChangeSettings,
    /// When a trend over the recording may be told.
    pub trend: TrendSettings,
    /// How long after another speaker's end a turn can still be an answer, in seconds. Default 5; later it is a new
    /// beginning. Pauses between speakers of a conversation seldom last over 2 s.
    pub max_response_s: f64,
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
            range: RangeSettings::default(),
            second_pitch: SecondPitchSettings::default(),
            intensity: IntensitySettings::default(),
            voice: VoiceSettings::default(),
            ceiling: CeilingSettings::default(),
            nuclei: NucleiSettings::default(),
            quiet_share: 0.01,
            min_voiced_run: 5,
            min_voiced_frames: 10,
            min_voiced_share: 0.12,
            max_clipped_share_level: 0.0001,
            max_clipped_share_pitch: 0.01,
            min_pause_s: 0.3,
            min_baseline_utterances: 3,
            changes: ChangeSettings::default(),
            trend: TrendSettings::default(),
            max_response_s: 5.0,
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
        settings_digest(self)
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
            ("quiet_share", self.quiet_share),
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
        let range = &self.range;
        within("range.first_floor_hz", range.first_floor_hz, 20.0, 500.0, "from 20 to 500")?;
        let least = range.first_floor_hz * 1.5;
        within("range.first_ceiling_hz", range.first_ceiling_hz, least, 4000.0, "from 1.5 times the floor to 4000")?;
        within("range.floor_factor", range.floor_factor, 0.25, 1.0, "from 0.25 to 1")?;
        within("range.ceiling_factor", range.ceiling_factor, 1.25, 5.0, "from 1.25 to 5")?;
        let second = &self.second_pitch;
        within("second_pitch.min_confidence", second.min_confidence, 0.0, 1.0, "from 0 to 1")?;
        within("second_pitch.max_difference", second.max_difference, 0.01, 0.9, "from 0.01 to 0.9")?;
        let changes = &self.changes;
        within("changes.level_db", changes.level_db, 0.1, 60.0, "from 0.1 to 60")?;
        within("changes.pitch_fraction", changes.pitch_fraction, 0.01, 10.0, "from 0.01 to 10")?;
        within("changes.min_s", changes.min_s, 0.1, 600.0, "from 0.1 to 600")?;
        within("changes.smoothing_s", changes.smoothing_s, 0.01, 60.0, "from 0.01 to 60")?;
        within("changes.bridge_s", changes.bridge_s, 0.01, 60.0, "from 0.01 to 60")?;
        within("trend.min_span_s", self.trend.min_span_s, 1.0, 36_000.0, "from 1 to 36000")?;
        within("max_response_s", self.max_response_s, 0.1, 600.0, "from 0.1 to 600")?;
        within("intensity.floor_hz", self.intensity.floor_hz, 20.0, 500.0, "from 20 to 500")?;
        within("voice.formant_ceiling_hz", self.voice.formant_ceiling_hz, 3_000.0, 8_000.0, "from 3000 to 8000")?;
        within("ceiling.low_pitch_hz", self.ceiling.low_pitch_hz, 20.0, 1000.0, "from 20 to 1000")?;
        within("nuclei.dip_db", self.nuclei.dip_db, 0.05, 20.0, "from 0.05 to 20")?;
        within("nuclei.below_loudest_db", self.nuclei.below_loudest_db, 5.0, 90.0, "from 5 to 90")?;
        within("min_pause_s", self.min_pause_s, 0.05, 60.0, "from 0.05 to 60")?;
        within("max_piece_s", self.max_piece_s, 2.0, 600.0, "from 2 to 600")?;
        for (setting, count) in [
            ("min_voiced_run", self.min_voiced_run),
            ("min_voiced_frames", self.min_voiced_frames),
            ("min_baseline_utterances", self.min_baseline_utterances),
            ("max_contour_points", self.max_contour_points),
            ("range.min_voiced_frames", range.min_voiced_frames),
            ("changes.min_frames", changes.min_frames),
            ("trend.min_utterances", self.trend.min_utterances),
            ("ceiling.min_stretches", self.ceiling.min_stretches),
            ("ceiling.max_stretches", self.ceiling.max_stretches),
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
        let changed: AcousticsSettings = toml::from_str("[pitch]\nrange = \"fixed\"")?;
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
            "[range]\nceiling_factor = 1.0",
            "[range]\nfirst_ceiling_hz = 61.0",
            "[second_pitch]\nmax_difference = 0.0",
            "[changes]\npitch_fraction = 0.0",
            "[trend]\nmin_utterances = 0",
        ] {
            assert!(toml::from_str::<AcousticsSettings>(text)?.check().is_err(), "{text}");
        }
        Ok(())
    }
}

//! Settings, typed once. Those that change results stand apart from those that change speed.

use crate::layers::{Layers, Origin, SettingsError};
use crate::run_settings::RunSettings;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use voiceman_audio::DecodeSettings;
use voiceman_base::{Digest, IdHasher, Precision};
use voiceman_stages::acoustics::AcousticsSettings;
use voiceman_stages::align::AlignSettings;
use voiceman_stages::attribute::AttributeSettings;
use voiceman_stages::crosscheck::CrosscheckSettings;
use voiceman_stages::diarize::DiarizeSettings;
use voiceman_stages::emotion::EmotionSettings;
use voiceman_stages::language::LanguageSettings;
use voiceman_stages::quality::QualitySettings;
use voiceman_stages::score::ScoreSettings;
use voiceman_stages::transcribe::TranscribeSettings;
use voiceman_stages::vad::VadSettings;

/// The defaults, which are also the manual.
pub const DEFAULT_SETTINGS: &str = include_str!("default-settings.toml");

/// Keys that exist but have no default value.
const OPTIONAL: &[&str] = &["decode.ffmpeg_program", "decode.scratch"];

/// All settings of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Which models.
    pub models: ModelSettings,
    /// Decoding.
    pub decode: DecodeSettings,
    /// Where someone speaks.
    pub vad: VadSettings,
    /// What was said.
    pub transcribe: TranscribeSettings,
    /// When each word was said.
    pub align: AlignSettings,
    /// Who speaks when.
    pub diarize: DiarizeSettings,
    /// Who said each word.
    pub attribute: AttributeSettings,
    /// What may be measured.
    pub quality: QualitySettings,
    /// How it sounded.
    pub acoustics: AcousticsSettings,
    /// How it sounded to models of emotion.
    pub emotion: EmotionSettings,
    /// Wording that matters.
    pub language: LanguageSettings,
    /// Places to listen to.
    pub crosscheck: CrosscheckSettings,
    /// What to hear first.
    pub score: ScoreSettings,
    /// How fast; changes no result.
    pub run: RunSettings,
}

/// Which models are used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelSettings {
    /// Name of the speech recogniser in the manifest.
    pub stt: String,
    /// Precision of its weights on the processor.
    pub precision: Precision,
    /// Precision of its weights on a GPU.
    pub gpu_precision: Precision,
}

/// Where settings come from, besides the defaults and the environment variables of single settings.
#[derive(Clone, Debug, Default)]
pub struct SettingsSources {
    /// A settings file.
    pub config: Option<PathBuf>,
    /// `key=value` from environment variables of options.
    pub environment: Vec<(String, Origin)>,
    /// `key=value` from the command line, in order.
    pub command_line: Vec<(String, Origin)>,
}

impl Settings {
    /// The defaults.
    ///
    /// # Errors
    /// When the built-in file is wrong, which a test excludes.
    pub fn defaults() -> Result<Settings, SettingsError> {
        Settings::read_with(&SettingsSources::default(), |_| None)
    }

    /// Lays all sources on the defaults and checks the result.
    ///
    /// # Errors
    /// Names the value at fault and where it was given.
    pub fn read(sources: &SettingsSources) -> Result<Settings, SettingsError> {
        Settings::read_with(sources, |name| std::env::var(name).ok())
    }

    fn read_with(
        sources: &SettingsSources,
        environment: impl Fn(&str) -> Option<String>,
    ) -> Result<Settings, SettingsError> {
        let mut layers = Layers::new(DEFAULT_SETTINGS, OPTIONAL)?;
        if let Some(path) = &sources.config {
            layers.file::<Settings>(path)?;
        }
        layers.environment::<Settings>(environment)?;
        for (assignment, origin) in sources.environment.iter().chain(&sources.command_line) {
            layers.assignment::<Settings>(assignment, origin.clone())?;
        }
        let settings: Settings = layers.typed().map_err(|error| SettingsError::Together(error.message().to_owned()))?;
        settings.check()?;
        Ok(settings)
    }

    /// Whether values fit together and lie in their ranges.
    fn check(&self) -> Result<(), SettingsError> {
        let together = |error: &dyn std::error::Error| SettingsError::Together(error.to_string());
        self.diarize.check().map_err(|error| together(&error))?;
        self.attribute.check().map_err(|error| together(&error))?;
        self.quality.check().map_err(|error| together(&error))?;
        self.acoustics.check().map_err(|error| together(&error))?;
        self.emotion.check().map_err(|error| together(&error))?;
        self.crosscheck.check().map_err(|error| together(&error))?;
        self.score.check().map_err(|error| together(&error))?;
        let rules = [
            (self.transcribe.beam >= 1, "transcribe.beam must be 1 or more"),
            (self.transcribe.vote_windows >= 1, "transcribe.vote_windows must be 1 or more"),
            (self.transcribe.fallback.best_of >= 1, "transcribe.fallback.best_of must be 1 or more"),
            (
                self.vad.end_threshold.value() <= self.vad.threshold.value(),
                "vad.end_threshold must not exceed vad.threshold",
            ),
            (self.vad.max_region_s >= 1, "vad.max_region_s must be 1 or more"),
        ];
        match rules.into_iter().chain(self.run.checks()).find(|(holds, _)| !holds) {
            Some((_, rule)) => Err(SettingsError::Together(rule.to_owned())),
            None => Ok(()),
        }
    }

    /// Digest of all settings that change results, and of no others.
    pub fn sha256(&self) -> Digest {
        let Settings {
            models,
            decode,
            vad,
            transcribe,
            align,
            diarize,
            attribute,
            quality,
            acoustics,
            emotion,
            language,
            crosscheck,
            score,
            run: _,
        } = self;
        let mut hasher = IdHasher::new("settings/1");
        hasher.text(&models.stt).text(models.precision.name()).text(models.gpu_precision.name());
        for digest in [
            decode.digest(),
            vad.digest(),
            transcribe.digest(),
            align.digest(),
            diarize.digest(),
            attribute.digest(),
            quality.digest(),
            acoustics.digest(),
            emotion.digest(),
            language.digest(),
            crosscheck.digest(),
            score.digest(),
        ] {
            hasher.digest(&digest);
        }
        hasher.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(assignments: &[&str]) -> Result<Settings, SettingsError> {
        let origin = |text: &str| Origin::CommandLine(format!("--set {text}"));
        let command_line = assignments.iter().map(|text| ((*text).to_owned(), origin(text))).collect();
        Settings::read_with(&SettingsSources { command_line, ..SettingsSources::default() }, |_| None)
    }

    #[test]
    fn the_manual_says_what_the_stages_do_by_default() {
        let settings = Settings::defaults().expect("the built-in file");
        assert_eq!(settings.decode, DecodeSettings::default());
        assert_eq!(settings.vad, VadSettings::default());
        assert_eq!(settings.transcribe, TranscribeSettings::default());
        assert_eq!(settings.align, AlignSettings::default());
        assert_eq!(settings.diarize, DiarizeSettings::default());
        assert_eq!(settings.attribute, AttributeSettings::default());
        assert_eq!(settings.quality, QualitySettings::default());
        assert_eq!(settings.acoustics, AcousticsSettings::default());
        assert_eq!(settings.emotion, EmotionSettings::default());
        assert_eq!(settings.language, LanguageSettings::default());
        assert_eq!(settings.crosscheck, CrosscheckSettings::default());
        assert_eq!(settings.score, ScoreSettings::default());
    }

    #[test]
    fn the_manual_names_every_setting() {
        let settings = Settings::defaults().expect("the built-in file");
        let typed = toml::to_string(&settings).expect("as TOML");
        let layers = Layers::new(&typed, OPTIONAL).expect("as layers");
        assert_eq!(Layers::new(DEFAULT_SETTINGS, OPTIONAL).expect("the built-in file").keys(), layers.keys());
        for key in OPTIONAL {
            let name = key.rsplit('.').next().unwrap_or_default();
            assert!(DEFAULT_SETTINGS.contains(&format!("\n# {name} = ")), "{key}");
        }
    }

    #[test]
    fn only_what_changes_results_enters_the_digest() {
        let digest = |assignments: &[&str]| with(assignments).map(|settings| settings.sha256());
        let usual = digest(&[]).expect("defaults");
        assert_eq!(digest(&["run.threads=1", "run.pipeline_overlap=false", "decode.scratch=/x"]), Ok(usual));
        for change in ["transcribe.beam=1", "vad.threshold=0.6", "models.stt=other", "models.precision=float32"] {
            assert_ne!(digest(&[change]), Ok(usual), "{change}");
        }
    }

    #[test]
    fn values_must_fit_together() {
        let error = with(&["score.weights.threat=0.9"]).expect_err("more than 1");
        assert!(error.to_string().contains("score.weights add up to"), "{error}");
        assert!(with(&["transcribe.beam=0"]).is_err());
        assert!(with(&["vad.end_threshold=0.9"]).is_err());
        assert!(with(&["vad.threshold=1.5"]).expect_err("no probability").to_string().contains("vad.threshold"));
        assert!(with(&["transcribe.languages=[\"KO\"]"]).is_err());
    }
}

//! Settings of transcription; all change results.

use crate::settings::settings_digest;
use serde::{Deserialize, Serialize};
use voiceman_base::{Digest, LanguageCode};

/// Settings of transcription. Defaults are those of Whisper and faster-whisper unless said otherwise.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TranscribeSettings {
    /// Languages that may be spoken: none for all the model knows, one to give it, several to choose among.
    pub languages: Vec<LanguageCode>,
    /// Width of the beam search; 1 is greedy.
    pub beam: u32,
    /// Windows of a recording that vote on its language.
    pub vote_windows: u32,
    /// When and how a text is decoded again.
    pub fallback: Fallback,
    /// When a person is asked to listen.
    pub doubt: DoubtSettings,
}

/// When a text is not accepted, and what is tried then.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Fallback {
    /// Sampling temperatures tried in turn after beam search.
    pub temperatures: Vec<f64>,
    /// Texts drawn at each temperature; the most probable is kept.
    pub best_of: u32,
    /// Seed of the drawing.
    pub seed: u64,
    /// A text that compresses better than this repeats itself.
    pub compression_ratio_threshold: f64,
    /// A text with a mean log-probability below this is improbable.
    pub logprob_threshold: f64,
    /// An improbable text is not tried again where the window holds no speech with more than this probability.
    pub no_speech_threshold: f64,
}

/// When a person is asked to listen to an utterance.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DoubtSettings {
    /// Flag `over_silence`: less than this share of the utterance lies where speech was found.
    pub min_speech_share: f64,
    /// Flag `loop`: compresses better than this.
    pub max_compression_ratio: f64,
    /// Flag `low_probability`: mean log-probability below this.
    pub min_avg_logprob: f64,
    /// Flag `too_fast`: more letters and digits a second than this (alphabetic writing).
    pub max_letters_per_second_alphabetic: f64,
    /// Flag `too_fast`: more syllables a second than this (Hangul, kana, Chinese characters).
    pub max_letters_per_second_syllabic: f64,
}

impl Default for TranscribeSettings {
    fn default() -> TranscribeSettings {
        TranscribeSettings {
            languages: Vec::new(),
            beam: 5,
            vote_windows: 8,
            fallback: Fallback::default(),
            doubt: DoubtSettings::default(),
        }
    }
}

impl Default for Fallback {
    fn default() -> Fallback {
        Fallback {
            temperatures: vec![0.2, 0.4, 0.6, 0.8, 1.0],
            best_of: 5,
            seed: 0,
            compression_ratio_threshold: 2.4,
            logprob_threshold: -1.0,
            no_speech_threshold: 0.6,
        }
    }
}

impl Default for DoubtSettings {
    fn default() -> DoubtSettings {
        DoubtSettings {
            min_speech_share: 0.5,
            max_compression_ratio: 2.4,
            min_avg_logprob: -1.0,
            // Fast speech has 7 to 8 syllables a second (Pellegrino, Coupé, Marsico 2011), about three letters each.
            max_letters_per_second_alphabetic: 30.0,
            max_letters_per_second_syllabic: 12.0,
        }
    }
}

impl TranscribeSettings {
    /// Digest of the settings.
    pub fn digest(&self) -> Digest {
        settings_digest(self)
    }
}

impl DoubtSettings {
    /// The limit of flag `too_fast` for the writing of `language`.
    pub fn max_letters_per_second(&self, language: LanguageCode) -> f64 {
        match language.as_str() {
            "ko" | "ja" | "zh" | "yue" => self.max_letters_per_second_syllabic,
            _ => self.max_letters_per_second_alphabetic,
        }
    }
}

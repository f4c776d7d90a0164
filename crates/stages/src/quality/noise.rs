//! Noise and speech of a whole recording, and their ratio.

use super::activity::Activity;
use super::floor::Floor;
use super::frames::Stretch;
use voiceman_base::{ClipTime, Decibels, Quality, QualityReason};

/// Shortest active time that is taken for speech, in seconds: 0.2 s of it are the hangover after a single click.
const LEAST_SPEECH_S: f64 = 0.3;
/// Ratios below are not told from noise that is not quite steady, in dB.
const LEAST_SNR_DB: f64 = -4.0;

/// Sums over a recording.
pub(super) struct Noise {
    step_s: f64,
    energy: f64,
    frames: u64,
    activity: Activity,
}

/// What they come to.
pub(super) struct NoiseAndSpeech {
    pub(super) noise_floor_dbfs: Quality<Decibels>,
    pub(super) speech_level_dbfs: Quality<Decibels>,
    pub(super) speech_time: Quality<ClipTime>,
    pub(super) snr_db: Quality<Decibels>,
}

impl Noise {
    pub(super) fn new(step_s: f64) -> Noise {
        Noise { step_s, energy: 0.0, frames: 0, activity: Activity::new(step_s) }
    }

    /// Takes the next stretch and its noise.
    pub(super) fn push(&mut self, stretch: &Stretch, floor: Option<&Floor>) {
        if let Some(floor) = floor {
            self.energy += floor.power() * floor.heard.len() as f64;
            self.frames += floor.heard.len() as u64;
        }
        self.activity.push(stretch, floor);
    }

    pub(super) fn result(&self) -> NoiseAndSpeech {
        if self.frames == 0 {
            return NoiseAndSpeech::undefined(QualityReason::TooShort);
        }
        let noise = self.energy / self.frames as f64;
        let speech = self.activity.active().filter(|active| {
            active.frames as f64 * self.step_s >= LEAST_SPEECH_S && decibels(active.power / noise) >= LEAST_SNR_DB
        });
        let of_speech =
            |value: Option<f64>| Quality::from_option(value.and_then(Decibels::new), QualityReason::NoSpeech);
        NoiseAndSpeech {
            noise_floor_dbfs: Quality::from_option(Decibels::new(decibels(noise)), QualityReason::Silent),
            speech_level_dbfs: of_speech(speech.map(|active| decibels(active.power))),
            speech_time: Quality::from_option(
                speech.map(|active| ClipTime::from_seconds(active.frames as f64 * self.step_s)),
                QualityReason::NoSpeech,
            ),
            snr_db: of_speech(speech.map(|active| decibels(active.power / noise))),
        }
    }
}

impl NoiseAndSpeech {
    fn undefined(reason: QualityReason) -> NoiseAndSpeech {
        NoiseAndSpeech {
            noise_floor_dbfs: Quality::Undefined(reason),
            speech_level_dbfs: Quality::Undefined(reason),
            speech_time: Quality::Undefined(reason),
            snr_db: Quality::Undefined(reason),
        }
    }
}

fn decibels(ratio: f64) -> f64 {
    10.0 * ratio.log10()
}

//! Which later measures a recording bears, and what stands against the others.

use crate::{ClipTime, Decibels, Hertz, QualityReason, UndefinedReason};
use serde::{Deserialize, Serialize};

/// What can be measured of a voice, as far as the quality of the recording matters to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VoiceMeasure {
    /// Fundamental frequency.
    Pitch,
    /// Level, compared within the recording.
    Level,
    /// Irregularity of the periods.
    Jitter,
    /// Irregularity of the amplitudes of periods.
    Shimmer,
    /// Harmonics-to-noise ratio.
    Harmonicity,
    /// First formant.
    Formant1,
    /// Second formant.
    Formant2,
    /// Third formant.
    Formant3,
    /// Fourth formant.
    Formant4,
    /// Tilt, balance and centre of the spectrum.
    Spectrum,
    /// Syllables by time.
    SpeechRate,
    /// How it sounded to a model of emotion.
    Emotion,
    /// Likeness of voices between recordings.
    SpeakerComparison,
}

impl VoiceMeasure {
    /// All of them, in the order in which they are shown.
    pub const ALL: [VoiceMeasure; 13] = [
        VoiceMeasure::Pitch,
        VoiceMeasure::Level,
        VoiceMeasure::Jitter,
        VoiceMeasure::Shimmer,
        VoiceMeasure::Harmonicity,
        VoiceMeasure::Formant1,
        VoiceMeasure::Formant2,
        VoiceMeasure::Formant3,
        VoiceMeasure::Formant4,
        VoiceMeasure::Spectrum,
        VoiceMeasure::SpeechRate,
        VoiceMeasure::Emotion,
        VoiceMeasure::SpeakerComparison,
    ];

    /// The name used in files, for example `speaker_comparison`.
    pub fn code(self) -> &'static str {
        match self {
            VoiceMeasure::Pitch => "pitch",
            VoiceMeasure::Level => "level",
            VoiceMeasure::Jitter => "jitter",
            VoiceMeasure::Shimmer => "shimmer",
            VoiceMeasure::Harmonicity => "harmonicity",
            VoiceMeasure::Formant1 => "formant1",
            VoiceMeasure::Formant2 => "formant2",
            VoiceMeasure::Formant3 => "formant3",
            VoiceMeasure::Formant4 => "formant4",
            VoiceMeasure::Spectrum => "spectrum",
            VoiceMeasure::SpeechRate => "speech_rate",
            VoiceMeasure::Emotion => "emotion",
            VoiceMeasure::SpeakerComparison => "speaker_comparison",
        }
    }
}

/// What the quality of a recording says about one later measure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// Which measure.
    pub measure: VoiceMeasure,
    /// What stands against taking it; nothing if the recording bears it.
    pub obstacles: Vec<Obstacle>,
    /// What would stand against it if it could be told.
    pub untold: Vec<Untold>,
}

impl Verdict {
    /// Whether the measure may be taken.
    pub fn bears(&self) -> bool {
        self.obstacles.is_empty()
    }

    /// Nothing if the measure may be taken, otherwise the first obstacle as the reason that takes the place of a value.
    ///
    /// # Errors
    /// When there is an obstacle.
    pub fn allowed(&self) -> Result<(), UndefinedReason> {
        self.obstacles.first().map_or(Ok(()), |obstacle| Err(obstacle.reason()))
    }
}

impl Obstacle {
    /// The reason that takes the place of a value that this stands against.
    pub fn reason(&self) -> UndefinedReason {
        match self {
            Obstacle::Unknown { .. } => UndefinedReason::QualityUnknown,
            Obstacle::Noise { .. } => UndefinedReason::TooNoisy,
            Obstacle::Bandwidth { .. } => UndefinedReason::NarrowBand,
            Obstacle::Clipping { .. } => UndefinedReason::Clipped,
            Obstacle::Hum { .. } => UndefinedReason::Hum,
            Obstacle::Dropouts { .. } => UndefinedReason::SoundLost,
            Obstacle::Reverberation { .. } => UndefinedReason::Reverberant,
            Obstacle::AutomaticGain { .. } => UndefinedReason::AutomaticGain,
            Obstacle::Codec { .. } => UndefinedReason::LossyCodec,
            Obstacle::LittleSpeech { .. } => UndefinedReason::TooLittleSpeech,
        }
    }
}

/// Something that stands against a measure: what was found, and what the measure needs.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Obstacle {
    /// A condition of the measure is not known to be met.
    Unknown {
        /// Which condition.
        condition: Condition,
        /// Why it is not known.
        why: QualityReason,
    },
    /// Noise.
    Noise {
        /// Signal-to-noise ratio.
        snr_db: Decibels,
        /// Least ratio.
        needed_db: Decibels,
    },
    /// Too little of the spectrum was recorded.
    Bandwidth {
        /// Highest frequency recorded.
        bandwidth_hz: Hertz,
        /// Lowest one that is enough.
        needed_hz: Hertz,
    },
    /// Waves were cut off.
    Clipping {
        /// Share of clipped samples, in `[0, 1]`.
        share: f64,
        /// Largest share that does not matter.
        most: f64,
    },
    /// Hum of the mains beside the speech.
    Hum {
        /// Level of the speech over that of the hum.
        speech_over_hum_db: Decibels,
        /// Least ratio.
        needed_db: Decibels,
    },
    /// Sound was lost while it was loud.
    Dropouts {
        /// Lost time as a share of the time someone speaks.
        share: f64,
        /// Largest share that does not matter.
        most: f64,
    },
    /// Sound falls as slowly as in a room that rings.
    Reverberation {
        /// How fast nine tenths of the falls at most are, in dB a second.
        fall_db_per_s: Decibels,
        /// Least speed.
        needed_db_per_s: Decibels,
    },
    /// Noise rises in pauses, as automatic gain lets it.
    AutomaticGain {
        /// By how much.
        rise_db: Decibels,
        /// Largest rise that is taken for chance.
        most_db: Decibels,
    },
    /// A codec that leaves much out.
    Codec {
        /// Thousands of bits of the file by second and channel.
        kilobits_per_s: f64,
        /// Least rate.
        needed: f64,
    },
    /// Too little is spoken.
    LittleSpeech {
        /// How long someone speaks.
        speech: ClipTime,
        /// How long is enough.
        needed: ClipTime,
    },
}

impl Obstacle {
    /// The name used in files, for example `little_speech`.
    pub fn kind(&self) -> &'static str {
        match self {
            Obstacle::Unknown { .. } => "unknown",
            Obstacle::Noise { .. } => "noise",
            Obstacle::Bandwidth { .. } => "bandwidth",
            Obstacle::Clipping { .. } => "clipping",
            Obstacle::Hum { .. } => "hum",
            Obstacle::Dropouts { .. } => "dropouts",
            Obstacle::Reverberation { .. } => "reverberation",
            Obstacle::AutomaticGain { .. } => "automatic_gain",
            Obstacle::Codec { .. } => "codec",
            Obstacle::LittleSpeech { .. } => "little_speech",
        }
    }
}

/// A condition of a measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    /// Speech is louder than noise.
    Noise,
    /// Enough of the spectrum is there.
    Bandwidth,
    /// Waves are whole.
    Clipping,
    /// There is no hum beside the speech.
    Hum,
    /// No sound is missing.
    Dropouts,
    /// The room is dry.
    Reverberation,
    /// The gain is fixed.
    AutomaticGain,
    /// There is enough speech.
    Speech,
}

impl Condition {
    /// The name used in files.
    pub fn code(self) -> &'static str {
        match self {
            Condition::Noise => "noise",
            Condition::Bandwidth => "bandwidth",
            Condition::Clipping => "clipping",
            Condition::Hum => "hum",
            Condition::Dropouts => "dropouts",
            Condition::Reverberation => "reverberation",
            Condition::AutomaticGain => "automatic_gain",
            Condition::Speech => "speech",
        }
    }
}

/// A hint that could not be had: the measure may be taken, and whoever reads it must know that this was not looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Untold {
    /// What could not be told.
    pub condition: Condition,
    /// Why.
    pub why: QualityReason,
}

//! What the quality gate lets be measured of whom.

use super::sound::Frame;
use voiceman_base::{Hertz, RecordingQuality, SpeakerId, UndefinedReason, VoiceMeasure};

/// The verdicts on a recording, where there are any.
pub(crate) struct Gate<'a> {
    quality: Option<&'a RecordingQuality>,
}

impl<'a> Gate<'a> {
    /// Everything is allowed where the gate did not run: whoever left it out sees that in the result's parts.
    pub(crate) fn new(quality: Option<&'a RecordingQuality>) -> Gate<'a> {
        Gate { quality }
    }

    /// Whether `measure` may be taken on what `speaker` says, or the reason why not.
    pub(crate) fn allows(&self, measure: VoiceMeasure, speaker: Option<SpeakerId>) -> Result<(), UndefinedReason> {
        self.quality.map_or(Ok(()), |quality| quality.allows(measure, speaker))
    }

    /// Highest frequency recorded: as the gate found it, otherwise half of the sample rate.
    pub(crate) fn bandwidth(&self, sample_rate: u32) -> Option<Hertz> {
        let found = self.quality.and_then(|quality| quality.signal.bandwidth_hz.value());
        found.or_else(|| Hertz::new(0.5 * f64::from(sample_rate)))
    }

    /// `frame` without what may not be told of `speaker`.
    pub(crate) fn frame(&self, frame: Frame, speaker: Option<SpeakerId>) -> Frame {
        Frame {
            frequency: frame.frequency.filter(|_| self.allows(VoiceMeasure::Pitch, speaker).is_ok()),
            level: frame.level.filter(|_| self.allows(VoiceMeasure::Level, speaker).is_ok()),
            ..frame
        }
    }
}

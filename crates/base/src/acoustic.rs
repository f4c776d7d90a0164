//! How it sounded, in physical terms.

use crate::{
    BaselineOf, ChangeSpan, ClipTime, Decibels, Hertz, Measured, PitchRange, Response, Span, SpeakerAcoustics,
    SpeakerId, UtteranceId, VoiceMeasures,
};
use serde::{Deserialize, Serialize};

/// Acoustics of a recording, per utterance.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AcousticFeatures {
    /// Which channel was measured, counted from 0, or all of them averaged.
    pub channel: MeasuredChannel,
    /// One entry per utterance, in the same order.
    pub utterances: Vec<UtteranceAcoustics>,
    /// What is usual in this recording, whoever speaks.
    pub baseline: Baseline,
    /// One entry per speaker, by number; none where speakers were not told apart.
    pub speakers: Vec<SpeakerAcoustics>,
    /// Turns that take over from another speaker, in time order.
    pub responses: Vec<Response>,
    /// Stretches in which a voice is above what is usual for it, in time order.
    pub changes: Vec<ChangeSpan>,
    /// Pitch and level for plots: points at least 10 ms apart inside the utterances, nothing between them, in time order.
    /// Long recordings have wider steps, so that there are a few thousand points at most.
    pub contour: Vec<ContourPoint>,
}

impl AcousticFeatures {
    /// What an utterance of `speaker` is compared with, and whose that is: the speaker's own, or the recording's where
    /// nobody is known to speak.
    pub fn usual(&self, speaker: Option<SpeakerId>) -> (BaselineOf, &Baseline) {
        let own = speaker.and_then(|speaker| self.speakers.iter().find(|of| of.speaker == speaker));
        own.map_or((BaselineOf::Recording, &self.baseline), |own| (BaselineOf::Speaker(own.speaker), &own.baseline))
    }
}

/// What was measured of a recording with several channels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MeasuredChannel {
    /// The mean of all channels.
    Mean,
    /// The only channel.
    Single,
}

/// Acoustics of one utterance. Definitions are Praat's, on the part of its span that sounds, cut out
/// with a rectangular window.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UtteranceAcoustics {
    /// Which.
    pub utterance: UtteranceId,
    /// Who said it, where that is known.
    pub speaker: Option<SpeakerId>,
    /// What was measured: the utterance's span without the quiet at its beginning and end.
    pub span: Span,
    /// The range that pitch was searched in.
    pub pitch_range: PitchRange,
    /// How far the second estimate of pitch bears the first out. Frames that it does not bear out are in none of the next
    /// three.
    pub f0_agreement: Measured<PitchAgreement>,
    /// Mean fundamental frequency over voiced frames.
    pub f0_mean: Measured<Hertz>,
    /// Median fundamental frequency over voiced frames.
    pub f0_median: Measured<Hertz>,
    /// Standard deviation of the fundamental frequency over voiced frames (divisor n - 1).
    pub f0_sd: Measured<Hertz>,
    /// Energy mean of the intensity at the voiced frames, dB re 20 µPa if full scale were 1 Pa (Praat's convention).
    /// It compares utterances of one recording; across recordings it also compares recorders.
    pub intensity: Measured<Decibels>,
    /// What the voice is like from period to period, and its spectrum.
    pub voice: VoiceMeasures,
    /// Where the syllables of the next two were counted.
    pub syllables_from: SyllableBasis,
    /// Syllables over that span, pauses included, per second.
    pub speech_rate: Measured<f64>,
    /// Syllables over that span without pauses, per second.
    pub articulation_rate: Measured<f64>,
    /// Silences of 0.3 s and more between neighbouring words that have times.
    pub pauses: Vec<Pause>,
}

/// Voiced frames, and in how many of them a second, independent estimate bears the pitch out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PitchAgreement {
    /// Frames in which the first estimate, autocorrelation, found a pitch. At least 1.
    pub voiced: u32,
    /// Those of them in which the second found nearly the same.
    pub agreed: u32,
}

impl PitchAgreement {
    /// Share of the voiced frames that the second estimate bears out, from 0 to 1.
    pub fn share(self) -> f64 {
        f64::from(self.agreed) / f64::from(self.voiced.max(1))
    }
}

/// Where syllables were counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SyllableBasis {
    /// In the writing.
    Text,
    /// In the sound, as vowel nuclei, because the writing does not tell.
    Sound,
}

impl SyllableBasis {
    /// The name used in files.
    pub fn code(self) -> &'static str {
        match self {
            SyllableBasis::Text => "text",
            SyllableBasis::Sound => "sound",
        }
    }
}

/// A silence between words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pause {
    /// When.
    pub span: Span,
}

/// What is usual: median and median absolute deviation over the utterances of a speaker, or of all.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Baseline {
    /// Median of the utterances' median pitch.
    pub f0: Measured<Hertz>,
    /// Median absolute deviation of the utterances' median pitch.
    pub f0_mad: Measured<Hertz>,
    /// Median of the utterances' intensity.
    pub intensity: Measured<Decibels>,
    /// Median absolute deviation of the utterances' intensity.
    pub intensity_mad: Measured<Decibels>,
}

/// One point of the curves in the report.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ContourPoint {
    /// When.
    pub time: ClipTime,
    /// Fundamental frequency, or nothing where the sound is not voiced.
    pub f0: Option<Hertz>,
    /// Intensity as above, or nothing where it cannot be told.
    pub intensity: Option<Decibels>,
}

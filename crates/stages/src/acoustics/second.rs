//! A second estimate of pitch by a network that knows nothing of the first: neither autocorrelation nor the speaker's range.
//!
//! The network hears the 16 kHz view of the recording and says a pitch and how sure it is that there is one, every 16 ms.
//! The first estimate's frames are held against the nearest of these; those that the second does not bear out do not count
//! in any statistic of pitch. Two methods that go wrong in different ways seldom go wrong together.

use crate::network::{NetworkError, kind_of};
use serde::{Deserialize, Serialize};
use std::io;
use std::ops::Range;
use voiceman_audio::Mono16k;
use voiceman_base::{Cancelled, ModelIdentity, Span, StageError, StageErrorKind, Watch};

/// Samples from the middle of one of the network's frames to the next: 16 ms at 16 kHz. The first lies at 0.
pub const FRAME_SAMPLES: usize = 256;

/// Frames before and after a frame that it depends on.
const BEFORE: usize = 11;
const AFTER: usize = 10;

/// Frames of one piece. Longer pieces do not fit a processor's caches, shorter ones hear more twice.
const PIECE: usize = 512;

/// Pieces that the network is given at once.
const AT_ONCE: usize = 8;

/// A frame whose samples all stay below this has no pitch: to what is next to digital silence the network answers at random.
const SILENCE_PEAK: f32 = 1e-3;

/// Tells pitch from sound.
pub trait PitchNetwork: Send {
    /// Which network it is.
    fn identity(&self) -> ModelIdentity;

    /// Listens to `sound`, pieces of `length` samples at 16 kHz one behind the other, shape `[pieces, length]`. The result has
    /// the shape `[pieces, max(1, length / FRAME_SAMPLES)]`; pieces do not depend on each other.
    ///
    /// # Errors
    /// When the network cannot be run.
    fn estimate(&mut self, sound: &[f32], length: usize) -> Result<Vec<PitchEstimate>, NetworkError>;

    /// Gives back memory that is only kept to be fast.
    fn release_caches(&mut self) {}
}

/// What the network says of a frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PitchEstimate {
    /// The pitch, if there is one, in hertz.
    pub hertz: f64,
    /// How sure it is that there is one, from 0 to 1.
    pub confidence: f32,
}

/// When two estimates of pitch agree.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SecondPitchSettings {
    /// Whether there is a second estimate at all. Default true.
    pub estimate: bool,
    /// Confidence from which on a frame is voiced to the network. Default 0.5, for which the network is calibrated.
    pub min_confidence: f64,
    /// How far apart two pitches may lie, as a fraction of the second. Default 0.2: more is a gross error in the literature on
    /// pitch (A. de Cheveigné and H. Kawahara 2002, JASA 111, 1917-1930).
    pub max_difference: f64,
}

impl Default for SecondPitchSettings {
    fn default() -> Self {
        SecondPitchSettings { estimate: true, min_confidence: 0.5, max_difference: 0.2 }
    }
}

impl SecondPitchSettings {
    /// Whether `second`, where it found a pitch at all, bears out `first`; both in hertz.
    pub fn agree(&self, first: f64, second: Option<f64>) -> bool {
        second.is_some_and(|second| (first / second - 1.0).abs() <= self.max_difference)
    }
}

/// The second estimate of a part of a recording.
#[derive(Clone, Debug, PartialEq)]
pub struct SecondTrack {
    /// Pitch in hertz by frame; nothing where the network found none.
    frames: Vec<Option<f64>>,
}

impl SecondTrack {
    /// Listens to what of `audio` lies in `span`, and to nothing else: the frames lie where they lie within it, whatever is to
    /// be heard before and behind it.
    ///
    /// # Errors
    /// When the sound cannot be read, the network cannot be run or says what is no number, or `watch` says to stop.
    pub fn listen(
        network: &mut dyn PitchNetwork,
        audio: &Mono16k,
        span: Span,
        settings: &SecondPitchSettings,
        watch: &dyn Watch,
    ) -> Result<SecondTrack, SecondPitchError> {
        let end = span.end().to_sample(Mono16k::RATE).min(audio.len());
        let start = span.start().to_sample(Mono16k::RATE).min(end);
        let samples = (end - start) as usize;
        let mut frames = vec![None; frames_of(samples)];
        let pieces: Vec<Piece> = pieces(samples).collect();
        // What lies side by side and has the same length goes together.
        for batch in
            pieces.chunk_by(|left, right| left.sound.len() == right.sound.len()).flat_map(|run| run.chunks(AT_ONCE))
        {
            watch.check()?;
            let length = batch[0].sound.len();
            let mut sound = Vec::with_capacity(batch.len() * length);
            for piece in batch {
                sound.append(&mut audio.read(start + piece.sound.start as u64..start + piece.sound.end as u64)?);
            }
            let estimates = network.estimate(&sound, length)?;
            if sound.len() != batch.len() * length || estimates.len() != batch.len() * frames_of(length) {
                return Err(SecondPitchError::BadOutput);
            }
            let parts = estimates.chunks_exact(frames_of(length)).zip(sound.chunks_exact(length));
            for (piece, (estimates, sound)) in batch.iter().zip(parts) {
                let first = piece.frames.start - piece.sound.start / FRAME_SAMPLES;
                for frame in piece.frames.clone() {
                    let within = frame - piece.frames.start + first;
                    frames[frame] = pitch(estimates[within], frame_of(sound, within), settings)?;
                }
            }
        }
        Ok(SecondTrack { frames })
    }

    /// Pitch in hertz of the frame nearest to `time` seconds after the span began; nothing where there is none.
    pub fn at(&self, time: f64) -> Option<f64> {
        let nearest = (time * f64::from(Mono16k::RATE) / FRAME_SAMPLES as f64).round().max(0.0) as usize;
        // Behind the last frame there is less than one.
        let nearest = nearest.min(self.frames.len().checked_sub(1)?);
        self.frames[nearest]
    }

    /// Pitch in hertz of every frame.
    pub fn frames(&self) -> &[Option<f64>] {
        &self.frames
    }
}

/// Why there is no second estimate.
#[derive(Debug, thiserror::Error)]
pub enum SecondPitchError {
    /// Somebody said to stop.
    #[error("stopped")]
    Cancelled,
    /// The sound could not be read back.
    #[error("read the sound")]
    Sound(#[from] io::Error),
    /// The network could not be run.
    #[error("run the network of pitch")]
    Network(#[from] NetworkError),
    /// The network answered with too few or too many frames, or with something that is no number.
    #[error("the network of pitch gave no pitch")]
    BadOutput,
}

impl From<Cancelled> for SecondPitchError {
    fn from(_: Cancelled) -> Self {
        SecondPitchError::Cancelled
    }
}

impl SecondPitchError {
    /// As an error of `stage`.
    pub(crate) fn of_stage(self, stage: &'static str, watch: &dyn Watch) -> StageError {
        let kind = match &self {
            SecondPitchError::Cancelled => return StageError::cancelled(stage),
            SecondPitchError::Sound(_) => StageErrorKind::ReadSamples,
            SecondPitchError::Network(error) => kind_of(error, watch),
            SecondPitchError::BadOutput => StageErrorKind::BadModelOutput,
        };
        StageError::new(stage, kind, self)
    }
}

/// Frames of so many samples; the samples after the last whole frame have none of their own.
fn frames_of(samples: usize) -> usize {
    if samples == 0 { 0 } else { (samples / FRAME_SAMPLES).max(1) }
}

/// What the network hears at once, and the frames that it is asked for.
#[derive(Clone, Debug, PartialEq)]
struct Piece {
    frames: Range<usize>,
    sound: Range<usize>,
}

/// Cuts `samples` into pieces of which each has what its frames depend on.
fn pieces(samples: usize) -> impl Iterator<Item = Piece> {
    let all = frames_of(samples);
    (0..all).step_by(PIECE).map(move |start| {
        let end = (start + PIECE).min(all);
        let last = if end < all { ((end + AFTER) * FRAME_SAMPLES).min(samples) } else { samples };
        Piece { frames: start..end, sound: start.saturating_sub(BEFORE) * FRAME_SAMPLES..last }
    })
}

/// The samples that belong to frame `index` alone.
fn frame_of(sound: &[f32], index: usize) -> &[f32] {
    let start = (index * FRAME_SAMPLES).min(sound.len());
    &sound[start..(start + FRAME_SAMPLES).min(sound.len())]
}

/// The pitch that an estimate amounts to.
fn pitch(
    estimate: PitchEstimate,
    sound: &[f32],
    settings: &SecondPitchSettings,
) -> Result<Option<f64>, SecondPitchError> {
    let PitchEstimate { hertz, confidence } = estimate;
    if confidence.is_nan() {
        return Err(SecondPitchError::BadOutput);
    }
    let audible = sound.iter().any(|sample| sample.abs() >= SILENCE_PEAK);
    if !audible || f64::from(confidence) < settings.min_confidence {
        return Ok(None);
    }
    if hertz.is_finite() && hertz > 0.0 { Ok(Some(hertz)) } else { Err(SecondPitchError::BadOutput) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn two_pitches_agree_up_to_a_fifth() {
        let settings = SecondPitchSettings::default();
        assert!(settings.agree(119.0, Some(100.0)) && settings.agree(81.0, Some(100.0)));
        assert!(!settings.agree(200.0, Some(100.0)) && !settings.agree(50.0, Some(100.0)));
        assert!(!settings.agree(100.0, None));
    }

    #[test]
    fn silence_and_doubt_have_no_pitch_and_no_number_is_an_error() {
        let settings = SecondPitchSettings::default();
        let of = |hertz, confidence, peak: f32| pitch(PitchEstimate { hertz, confidence }, &[peak, -0.0], &settings);
        assert!(matches!(of(120.0, 0.9, 0.1), Ok(Some(hertz)) if hertz == 120.0));
        assert!(matches!(of(120.0, 0.49, 0.1), Ok(None)));
        assert!(matches!(of(120.0, 0.9, 0.0009), Ok(None)));
        assert!(matches!(of(f64::NAN, 0.1, 0.1), Ok(None)));
        assert!(of(f64::NAN, 0.9, 0.1).is_err());
        assert!(of(0.0, 0.9, 0.1).is_err());
        assert!(of(120.0, f32::NAN, 0.1).is_err());
    }

    #[test]
    fn times_have_their_nearest_frame() {
        let track = SecondTrack { frames: vec![Some(100.0), Some(101.0), None, Some(103.0)] };
        assert_eq!(track.at(0.007), Some(100.0));
        assert_eq!(track.at(0.009), Some(101.0));
        assert_eq!(track.at(0.03), None);
        assert_eq!(track.at(0.06), Some(103.0));
        assert_eq!(SecondTrack { frames: Vec::new() }.at(0.0), None);
    }

    proptest! {
        #[test]
        fn pieces_hold_every_frame_once_with_what_it_depends_on(samples in 0..3_000_000_usize) {
            let all = frames_of(samples);
            let mut next = 0;
            for piece in pieces(samples) {
                prop_assert_eq!(piece.frames.start, next);
                next = piece.frames.end;
                prop_assert!(piece.sound.start % FRAME_SAMPLES == 0 && piece.sound.end <= samples);
                prop_assert!(piece.sound.start <= piece.frames.start.saturating_sub(BEFORE) * FRAME_SAMPLES);
                let needed = ((piece.frames.end + AFTER) * FRAME_SAMPLES).min(samples);
                prop_assert!(piece.sound.end >= needed);
                let heard = frames_of(piece.sound.len());
                prop_assert!(piece.frames.end - piece.sound.start / FRAME_SAMPLES <= heard);
            }
            prop_assert_eq!(next, all);
        }
    }
}

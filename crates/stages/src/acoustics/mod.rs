//! How it sounded: pitch, level, pauses and rates of every utterance, at the recording's own sample rate.
//!
//! Each utterance's span is cut out with a rectangular window, all channels averaged, and measured by itself, so that a
//! value can be checked with other programs on the same cut. Definitions, conditions and tolerances stand in
//! `docs/methods/acoustics.md`.

mod baseline;
mod clipping;
mod contour;
pub mod egemaps;
mod frames;
mod intensity;
mod interpolate;
mod path;
mod pauses;
mod pitch;
mod rates;
mod settings;
mod sound;
mod statistics;
mod syllables;

pub(crate) use clipping::{ClippingCount, FULL_SCALE};
pub use intensity::{IntensityMeter, IntensitySettings, IntensityTrack};
pub use pitch::{PitchSettings, PitchTrack, PitchTracker};
pub use settings::{AcousticsSettings, AcousticsSettingsError};
pub use sound::energy_mean_level;
pub use statistics::{energy_mean, mean, median, median_absolute_deviation, standard_deviation};
pub use syllables::count as count_syllables;

use rates::Rates;
use sound::{Stretch, Tools};
use std::io;
use std::ops::Range;
use std::sync::Arc;
use voiceman_audio::AudioClip;
use voiceman_base::{
    AcousticFeatures, AlignedTranscript, AlignedUtterance, BatchShape, Bytes, ClipTime, Cost, MeasuredChannel, Span,
    Stage, StageError, StageErrorKind, StageIdentity, UtteranceAcoustics, Watch,
};

const STAGE: &str = "acoustics";

/// What one recording hands in.
#[derive(Clone, Debug)]
pub struct AcousticsInput {
    /// The sound at its native rate.
    pub clip: Arc<AudioClip>,
    /// Utterances to measure, with their words.
    pub transcript: Arc<AlignedTranscript>,
}

/// Measures the utterances of a recording.
#[derive(Clone, Debug)]
pub struct AcousticsStage {
    settings: AcousticsSettings,
}

impl AcousticsStage {
    /// A stage that measures as `settings` say.
    ///
    /// # Errors
    /// When a setting is out of its range.
    pub fn new(settings: AcousticsSettings) -> Result<AcousticsStage, AcousticsSettingsError> {
        settings.check()?;
        Ok(AcousticsStage { settings })
    }

    fn recording(&self, input: &AcousticsInput, watch: &dyn Watch) -> Result<AcousticFeatures, StageError> {
        let settings = &self.settings;
        let (clip, transcript) = (input.clip.as_ref(), input.transcript.as_ref());
        let total = spoken_time(transcript);
        let mut tools = Tools::new(clip.sample_rate(), settings);
        let group = contour::frames_per_point(total, 0.75 / settings.pitch.floor_hz, settings.max_contour_points);
        let mut features = Vec::with_capacity(transcript.utterances.len());
        let mut curve = Vec::new();
        let mut done = ClipTime::ZERO;
        for utterance in &transcript.utterances {
            watch.check().map_err(|_| StageError::cancelled(STAGE))?;
            let span = utterance.utterance.span;
            let stretch = self
                .stretch(clip, &mut tools, span, watch)
                .map_err(|error| StageError::new(STAGE, StageErrorKind::ReadSamples, error).at(span))?;
            // A stretch that was left unfinished must not pass for a whole one.
            watch.check().map_err(|_| StageError::cancelled(STAGE))?;
            features.push(self.utterance(utterance, &stretch));
            // Times of samples, not of the span's own ends: what was measured begins at a sample.
            let start = ClipTime::from_sample(span.start().to_sample(clip.sample_rate()), clip.sample_rate());
            curve.extend(contour::points(stretch.shown_frames(settings), start, group));
            done = done + span.length();
            watch.progress(done, total);
        }
        // Utterances come in order of their starts, but one may begin before the one before it ends.
        curve.sort_by_key(|point| point.time);
        Ok(AcousticFeatures {
            channel: if clip.channels() == 1 { MeasuredChannel::Single } else { MeasuredChannel::Mean },
            baseline: baseline::baseline(&features, settings.min_baseline_utterances),
            utterances: features,
            contour: curve,
        })
    }

    fn utterance(&self, utterance: &AlignedUtterance, stretch: &Stretch) -> UtteranceAcoustics {
        let measures = stretch.measures(&self.settings);
        let pauses = pauses::pauses(&utterance.words, ClipTime::from_seconds(self.settings.min_pause_s));
        let rates = Rates::of(utterance, &pauses);
        UtteranceAcoustics {
            utterance: utterance.utterance.id,
            span: utterance.utterance.span,
            f0_mean: measures.f0_mean,
            f0_median: measures.f0_median,
            f0_sd: measures.f0_sd,
            intensity: measures.intensity,
            speech_rate: rates.speech,
            articulation_rate: rates.articulation,
            pauses,
        }
    }

    /// Measures the samples of `span`, in pieces when it is long.
    fn stretch(&self, clip: &AudioClip, tools: &mut Tools, span: Span, watch: &dyn Watch) -> io::Result<Stretch> {
        let rate = clip.sample_rate();
        let range = span.start().to_sample(rate).min(clip.len())..span.end().to_sample(rate).min(clip.len());
        let mut stretch = Stretch::default();
        for piece in pieces(range.clone(), (self.settings.max_piece_s * f64::from(rate)) as u64) {
            if watch.is_cancelled() {
                break;
            }
            let offset = (piece.start - range.start) as f64 / f64::from(rate);
            let (samples, clipping) = read_piece(clip, piece)?;
            stretch.push(tools, &samples, clipping, offset);
        }
        Ok(stretch)
    }
}

/// Cuts `range` into the fewest pieces of at most `longest` samples, all of the same length but for rounding.
fn pieces(range: Range<u64>, longest: u64) -> impl Iterator<Item = Range<u64>> {
    let length = range.end.saturating_sub(range.start);
    let count = length.div_ceil(longest.max(1));
    let at = move |index: u64| range.start + (u128::from(length) * u128::from(index) / u128::from(count.max(1))) as u64;
    (0..count).map(move |index| at(index)..at(index + 1))
}

/// The mean of all channels over `range`, and how much of the worst channel is clipped: in a mean, one channel's flat
/// tops are hidden by the other's wave.
fn read_piece(clip: &AudioClip, range: Range<u64>) -> io::Result<(Vec<f32>, ClippingCount)> {
    let mut sum = clip.read(0, range.clone())?;
    let mut clipping = ClippingCount::of(&sum);
    for channel in 1..clip.channels() {
        let samples = clip.read(channel, range.clone())?;
        clipping = clipping.worse(ClippingCount::of(&samples));
        sum.iter_mut().zip(&samples).for_each(|(total, sample)| *total += sample);
    }
    let scale = 1.0 / clip.channels().max(1) as f32;
    sum.iter_mut().for_each(|sample| *sample *= scale);
    Ok((sum, clipping))
}

fn spoken_time(transcript: &AlignedTranscript) -> ClipTime {
    transcript.utterances.iter().map(|utterance| utterance.utterance.span.length()).sum()
}

impl Stage for AcousticsStage {
    type Input = AcousticsInput;
    type Output = AcousticFeatures;

    fn identity(&self) -> StageIdentity {
        StageIdentity { id: STAGE, version: 1, settings: self.settings.digest(), models: Vec::new() }
    }

    fn shape() -> BatchShape {
        // A piece of a minute at 48 kHz, its mean and one channel as 32-bit floats, and room for the frames.
        BatchShape::recordings(Bytes::mebi(32))
    }

    fn cost(input: &AcousticsInput) -> Cost {
        Cost { items: 1, audio: spoken_time(&input.transcript) }
    }

    fn run(&mut self, batch: Vec<AcousticsInput>, watch: &dyn Watch) -> Vec<Result<AcousticFeatures, StageError>> {
        batch.iter().map(|input| self.recording(input, watch)).collect()
    }
}

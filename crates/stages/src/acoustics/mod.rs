//! How it sounded: pitch, level, pauses and rates of every utterance, at the recording's own sample rate.
//!
//! Each utterance's span is cut out with a rectangular window, all channels averaged, and measured by itself, so that a
//! value can be checked with other programs on the same cut. What the quality gate forbids has its obstacle as a reason
//! in the place of a value. Definitions, conditions and tolerances stand in `docs/methods/acoustics.md`.

mod baseline;
mod clipping;
mod contour;
mod frames;
mod gate;
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
mod voice;

pub(crate) use clipping::{ClippingCount, FULL_SCALE};
pub use intensity::{IntensityMeter, IntensitySettings, IntensityTrack};
pub use pitch::{PitchSettings, PitchTrack, PitchTracker};
pub use settings::{AcousticsSettings, AcousticsSettingsError};
pub use sound::energy_mean_level;
pub use statistics::{energy_mean, mean, median, median_absolute_deviation, standard_deviation};
pub use syllables::count as count_syllables;
pub use voice::{
    FORMANTS, FormantTrack, HarmonicityTrack, JitterMeasures, LongTermSpectrum, PeriodAmplitude, PeriodRules,
    ShimmerMeasures, SpectrumMeasures, VoiceConditions, VoiceMeter, VoiceSettings, VoiceTrack, jitter, pulses, shimmer,
};

use gate::Gate;
use rates::Rates;
use sound::{Stretch, Tools};
use std::io;
use std::ops::Range;
use std::sync::Arc;
use voiceman_audio::AudioClip;
use voiceman_base::{
    AcousticFeatures, AlignedTranscript, AlignedUtterance, BatchShape, Bytes, ClipTime, Cost, Diarization, Hertz,
    MeasuredChannel, RecordingQuality, Span, Stage, StageError, StageErrorKind, StageIdentity, UtteranceAcoustics,
    VoiceMeasure, Watch,
};

const STAGE: &str = "acoustics";
/// Raised whenever the same input and settings give other results.
const VERSION: u32 = 3;

/// What one recording hands in.
#[derive(Clone, Debug)]
pub struct AcousticsInput {
    /// The sound at its native rate.
    pub clip: Arc<AudioClip>,
    /// Utterances to measure, with their words.
    pub transcript: Arc<AlignedTranscript>,
    /// Who speaks when; nothing where speakers were not told apart.
    pub diarization: Option<Arc<Diarization>>,
    /// What may be measured; nothing where the quality gate did not run, and then each measure has only the conditions
    /// of its own.
    pub quality: Option<Arc<RecordingQuality>>,
}

/// Measures the utterances of a recording.
#[derive(Clone, Debug)]
pub struct AcousticsStage {
    settings: AcousticsSettings,
    formant_ceiling: Hertz,
}

impl AcousticsStage {
    /// A stage that measures as `settings` say.
    ///
    /// # Errors
    /// When a setting is out of its range.
    pub fn new(settings: AcousticsSettings) -> Result<AcousticsStage, AcousticsSettingsError> {
        settings.check()?;
        let value = settings.voice.formant_ceiling_hz;
        let refused = AcousticsSettingsError { setting: "voice.formant_ceiling_hz", value, range: "a finite number" };
        Ok(AcousticsStage { settings, formant_ceiling: Hertz::new(value).ok_or(refused)? })
    }

    fn recording(&self, input: &AcousticsInput, watch: &dyn Watch) -> Result<AcousticFeatures, StageError> {
        let settings = &self.settings;
        let (clip, transcript) = (input.clip.as_ref(), input.transcript.as_ref());
        let gate = Gate::new(input.quality.as_deref());
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
            let bandwidth = gate.bandwidth(clip.sample_rate());
            features.push(self.utterance(utterance, &stretch, &gate, bandwidth));
            // Times of samples, not of the span's own ends: what was measured begins at a sample.
            let start = ClipTime::from_sample(span.start().to_sample(clip.sample_rate()), clip.sample_rate());
            let shown = stretch.shown_frames(settings).map(|frame| gate.frame(frame, utterance.speaker));
            curve.extend(contour::points(shown, start, group));
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

    fn utterance(
        &self,
        utterance: &AlignedUtterance,
        stretch: &Stretch,
        gate: &Gate<'_>,
        bandwidth: Option<Hertz>,
    ) -> UtteranceAcoustics {
        let allowed = |measure| gate.allows(measure, utterance.speaker);
        let (pitch, level) = (allowed(VoiceMeasure::Pitch), allowed(VoiceMeasure::Level));
        let rate = allowed(VoiceMeasure::SpeechRate);
        let measures = stretch.measures(&self.settings);
        let pauses = pauses::pauses(&utterance.words, ClipTime::from_seconds(self.settings.min_pause_s));
        let rates = Rates::of(utterance, &pauses);
        UtteranceAcoustics {
            utterance: utterance.utterance.id,
            span: utterance.utterance.span,
            f0_mean: measures.f0_mean.where_allowed(pitch),
            f0_median: measures.f0_median.where_allowed(pitch),
            f0_sd: measures.f0_sd.where_allowed(pitch),
            intensity: measures.intensity.where_allowed(level),
            voice: stretch.voice_measures(&self.settings, bandwidth, self.formant_ceiling, &allowed),
            speech_rate: rates.speech.where_allowed(rate),
            articulation_rate: rates.articulation.where_allowed(rate),
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
        StageIdentity { id: STAGE, version: VERSION, settings: self.settings.digest(), models: Vec::new() }
    }

    fn shape() -> BatchShape {
        // A piece of a minute at 48 kHz: its mean and one channel as 32-bit floats (23 MB), as 64-bit floats and twice
        // filtered (69 MB), twice resampled (10 MB), transforms (33 MB), and room for the frames.
        BatchShape::recordings(Bytes::mebi(144))
    }

    fn cost(input: &AcousticsInput) -> Cost {
        Cost { items: 1, audio: spoken_time(&input.transcript) }
    }

    fn run(&mut self, batch: Vec<AcousticsInput>, watch: &dyn Watch) -> Vec<Result<AcousticFeatures, StageError>> {
        batch.iter().map(|input| self.recording(input, watch)).collect()
    }
}

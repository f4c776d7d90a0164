//! How it sounded: pitch, level, pauses and rates of every utterance, at the recording's own sample rate.
//!
//! The sounding part of each utterance's span is cut out with a rectangular window, all channels averaged, and measured by
//! itself, so that a value can be checked with other programs on the same cut. What the quality gate forbids has its obstacle as a reason
//! in the place of a value. Definitions, conditions and tolerances stand in `docs/methods/acoustics.md`.

mod arithmetic;
mod baseline;
mod ceilings;
mod changes;
mod clipping;
mod contour;
pub mod egemaps;
mod frames;
mod gate;
mod intensity;
mod interpolate;
mod nuclei;
mod part;
mod path;
mod pauses;
mod pitch;
mod range;
mod rates;
mod responses;
mod roots;
mod second;
mod settings;
mod sound;
mod speakers;
mod statistics;
mod syllables;
mod trend;
mod voice;

pub use changes::ChangeSettings;
pub(crate) use clipping::{ClippingCount, FULL_SCALE};
pub use intensity::{IntensityMeter, IntensitySettings, IntensityTrack};
pub use nuclei::{NucleiSettings, count_nuclei};
pub use pitch::{PitchSettings, PitchTrack, PitchTracker};
pub use range::{RangeMethod, RangeSettings};
pub use second::{FRAME_SAMPLES, PitchEstimate, PitchNetwork, SecondPitchError, SecondPitchSettings, SecondTrack};
pub use settings::{AcousticsSettings, AcousticsSettingsError};
pub use sound::energy_mean_level;
pub use statistics::{energy_mean, mean, median, median_absolute_deviation, quantile, standard_deviation};
pub(crate) use statistics::{population_deviation, quantiles};
pub use syllables::count as count_syllables;
pub use trend::TrendSettings;
pub use voice::{
    CEILINGS, CeilingFinder, CeilingMethod, CeilingSettings, FORMANTS, FormantTrack, HarmonicityTrack, JitterMeasures,
    LongTermSpectrum, PeriodAmplitude, PeriodRules, ShimmerMeasures, SpectrumMeasures, VoiceConditions, VoiceMeter,
    VoiceSettings, VoiceTrack, jitter, pulses, shimmer,
};

use ceilings::FirstPass;
use changes::{FramesBySpeaker, VoicedFrame};
use gate::Gate;
use range::Ranges;
use rates::Rates;
use sound::{Frame, Piece, Stretch, Tools, Wanted};
use std::collections::BTreeMap;
use std::io;
use std::ops::Range;
use std::sync::Arc;
use voiceman_audio::{AudioClip, Mono16k};
use voiceman_base::{
    AcousticFeatures, AlignedTranscript, AlignedUtterance, BatchShape, Bytes, ClipTime, Cost, Diarization, Hertz,
    MeasuredChannel, ModelIdentity, PitchRange, RecordingQuality, Span, SpeakerId, Stage, StageError, StageErrorKind,
    StageIdentity, UtteranceAcoustics, VoiceMeasure, Watch,
};

const STAGE: &str = "acoustics";
/// Raised whenever the same input and settings give other results.
const VERSION: u32 = 7;

/// What results of this stage depend on, told without loading the model of the second estimate of pitch, if there is one.
pub fn identity(settings: &AcousticsSettings, second: Option<ModelIdentity>) -> StageIdentity {
    StageIdentity { id: STAGE, version: VERSION, settings: settings.digest(), models: second.into_iter().collect() }
}

/// What one recording hands in.
#[derive(Clone, Debug)]
pub struct AcousticsInput {
    /// The sound at its native rate.
    pub clip: Arc<AudioClip>,
    /// The same as the second estimate of pitch hears it.
    pub audio: Arc<Mono16k>,
    /// Utterances to measure, with their words.
    pub transcript: Arc<AlignedTranscript>,
    /// Who speaks when; nothing where speakers were not told apart.
    pub diarization: Option<Arc<Diarization>>,
    /// What may be measured; nothing where the quality gate did not run, and then each measure has only the conditions
    /// of its own.
    pub quality: Option<Arc<RecordingQuality>>,
}

/// Measures the utterances of a recording.
pub struct AcousticsStage {
    settings: AcousticsSettings,
    /// Makes the second estimate of pitch; without it every frame counts.
    second: Option<Box<dyn PitchNetwork>>,
    /// The range for whoever has none of his or her own.
    fixed_range: (Hertz, Hertz),
    formant_ceiling: Hertz,
}

impl AcousticsStage {
    /// A stage that measures as `settings` say, without a second estimate of pitch.
    ///
    /// # Errors
    /// When a setting is out of its range.
    pub fn new(settings: AcousticsSettings) -> Result<AcousticsStage, AcousticsSettingsError> {
        settings.check()?;
        let end = |setting, value| {
            Hertz::new(value).ok_or(AcousticsSettingsError { setting, value, range: "a finite number" })
        };
        let pitch = &settings.pitch;
        let fixed_range = (end("pitch.floor_hz", pitch.floor_hz)?, end("pitch.ceiling_hz", pitch.ceiling_hz)?);
        let formant_ceiling = end("voice.formant_ceiling_hz", settings.voice.formant_ceiling_hz)?;
        Ok(AcousticsStage { settings, second: None, fixed_range, formant_ceiling })
    }

    /// The same with a second estimate of pitch by `network`.
    pub fn with_second(self, network: Box<dyn PitchNetwork>) -> AcousticsStage {
        AcousticsStage { second: Some(network), ..self }
    }

    /// The second estimate of each part, if one is made.
    fn second(
        &mut self,
        input: &AcousticsInput,
        parts: &[Span],
        watch: &dyn Watch,
    ) -> Result<Option<Vec<SecondTrack>>, StageError> {
        let Some(network) = &mut self.second else { return Ok(None) };
        let settings = &self.settings.second_pitch;
        let heard = parts.iter().map(|part| {
            let track = SecondTrack::listen(network.as_mut(), &input.audio, *part, settings, watch);
            track.map_err(|error| error.of_stage(STAGE, watch))
        });
        heard.collect::<Result<Vec<SecondTrack>, StageError>>().map(Some)
    }

    fn recording(
        &self,
        input: &AcousticsInput,
        parts: &[Span],
        second: Option<&[SecondTrack]>,
        watch: &dyn Watch,
    ) -> Result<AcousticFeatures, StageError> {
        let settings = &self.settings;
        let (clip, transcript) = (input.clip.as_ref(), input.transcript.as_ref());
        let gate = Gate::new(input.quality.as_deref());
        let total = spoken_time(transcript);
        let mut tools = Tools::new(clip.sample_rate(), settings);
        let passes = self.first_pass(input, parts, &gate, &mut tools, watch)?;
        let mut ranges = Ranges::fixed(settings.pitch.range, self.fixed_range);
        ranges.learn(&passes, &settings.range);
        let ceilings = self.ceilings(input, &passes, &gate, watch)?;
        let step = settings.pitch.frame_step();
        let group = contour::frames_per_point(total, step, settings.max_contour_points);
        let mut features = Vec::with_capacity(transcript.utterances.len());
        let mut curve = Vec::new();
        let mut voiced = FramesBySpeaker::new();
        let bandwidth = gate.bandwidth(clip.sample_rate());
        let mut done = ClipTime::ZERO;
        for (index, (utterance, span)) in transcript.utterances.iter().zip(parts.iter().copied()).enumerate() {
            let speaker = utterance.speaker;
            let range = ranges.of(speaker);
            let ceiling = ceilings.of(speaker).frequency;
            let wanted = Wanted { pitch: (range.floor.value(), range.ceiling.value()), whole: Some(ceiling.value()) };
            let mut stretch = self.stretch(clip, &mut tools, wanted, span, watch)?;
            let start = first_sample(span, clip);
            if let Some(second) = second.and_then(|tracks| tracks.get(index)) {
                stretch.compare(second, &settings.second_pitch);
            }
            features.push(self.utterance((utterance, span), &stretch, (range, ceiling), (&gate, bandwidth)));
            let shown: Vec<Frame> = stretch.shown_frames(settings).map(|frame| gate.frame(frame, speaker)).collect();
            curve.extend(contour::points(&shown, start, group));
            let others = Others::during(utterance, input.diarization.as_deref());
            let alone = shown.iter().filter(|frame| frame.frequency.is_some()).map(|frame| VoicedFrame {
                time: start.seconds() + frame.time,
                pitch: frame.frequency.map(|pitch| pitch as f32),
                level: frame.level.map(|level| level as f32),
            });
            let own = voiced.entry(speaker).or_default();
            own.extend(alone.filter(|frame| !others.speak_at(ClipTime::from_seconds(frame.time))));
            done = done + utterance.utterance.span.length();
            watch.progress(done, total);
        }
        // Utterances come in order of their starts, but one may begin before the one before it ends.
        curve.sort_by_key(|point| point.time);
        voiced.values_mut().for_each(|frames| frames.sort_by(|left, right| left.time.total_cmp(&right.time)));
        let latest = ClipTime::from_seconds(settings.max_response_s);
        let takeovers = input.diarization.as_deref().map_or_else(Vec::new, |found| responses::takeovers(found, latest));
        let mut found = AcousticFeatures {
            channel: if clip.channels() == 1 { MeasuredChannel::Single } else { MeasuredChannel::Mean },
            baseline: baseline::baseline(features.iter(), settings.min_baseline_utterances),
            speakers: speakers::speakers(
                &features,
                input.diarization.as_deref(),
                &takeovers,
                (&ranges, &ceilings),
                settings,
            ),
            responses: takeovers.iter().filter(|takeover| takeover.counts).map(|takeover| takeover.response).collect(),
            changes: Vec::new(),
            utterances: features,
            contour: curve,
        };
        found.changes = changes::changes(&voiced, &found, step, &settings.changes);
        Ok(found)
    }

    /// The part of each utterance that is measured.
    fn parts(&self, input: &AcousticsInput, watch: &dyn Watch) -> Result<Vec<Span>, StageError> {
        let (clip, settings) = (input.clip.as_ref(), &self.settings);
        let part = |said: &AlignedUtterance| {
            watch.check().map_err(|_| StageError::cancelled(STAGE))?;
            let span = said.utterance.span;
            part::sounding(clip, span, settings.quiet_share, longest_piece(settings, clip))
                .map_err(|error| StageError::new(STAGE, StageErrorKind::ReadSamples, error).at(span))
        };
        input.transcript.utterances.iter().map(part).collect()
    }

    /// Pitch of each speaker in a wide range: what the speaker's own range and ceiling of formants follow from. Nothing where
    /// the settings ask for neither.
    fn first_pass(
        &self,
        input: &AcousticsInput,
        parts: &[Span],
        gate: &Gate<'_>,
        tools: &mut Tools,
        watch: &dyn Watch,
    ) -> Result<BTreeMap<SpeakerId, FirstPass>, StageError> {
        let settings = &self.settings;
        let mut passes: BTreeMap<SpeakerId, FirstPass> = BTreeMap::new();
        if settings.pitch.range == RangeMethod::Fixed && settings.ceiling.method == CeilingMethod::Fixed {
            return Ok(passes);
        }
        let wide = (settings.range.first_floor_hz, settings.range.first_ceiling_hz);
        for (utterance, span) in input.transcript.utterances.iter().zip(parts.iter().copied()) {
            let Some(speaker) = utterance.speaker else { continue };
            if gate.allows(VoiceMeasure::Pitch, Some(speaker)).is_err() {
                continue;
            }
            let stretch = self.stretch(&input.clip, tools, Wanted { pitch: wide, whole: None }, span, watch)?;
            let others = Others::during(utterance, input.diarization.as_deref());
            let start = first_sample(span, &input.clip).seconds();
            let alone = |time: f64| !others.speak_at(ClipTime::from_seconds(start + time));
            let voiced = stretch.pitches(settings, alone);
            let part = part::samples_of(span, &input.clip);
            passes.entry(speaker).or_default().add(&voiced, settings.pitch.frame_step(), &part);
        }
        Ok(passes)
    }

    fn utterance(
        &self,
        (utterance, part): (&AlignedUtterance, Span),
        stretch: &Stretch,
        (pitch_range, formant_ceiling): (PitchRange, Hertz),
        (gate, bandwidth): (&Gate<'_>, Option<Hertz>),
    ) -> UtteranceAcoustics {
        let allowed = |measure| gate.allows(measure, utterance.speaker);
        let (pitch, level) = (allowed(VoiceMeasure::Pitch), allowed(VoiceMeasure::Level));
        let rate = allowed(VoiceMeasure::SpeechRate);
        let measures = stretch.measures(&self.settings);
        let pauses = pauses::pauses(&utterance.words, ClipTime::from_seconds(self.settings.min_pause_s));
        let rates = Rates::of((utterance, part), &pauses, || stretch.nuclei(&self.settings));
        UtteranceAcoustics {
            utterance: utterance.utterance.id,
            speaker: utterance.speaker,
            span: part,
            pitch_range,
            f0_agreement: measures.f0_agreement.where_allowed(pitch),
            f0_mean: measures.f0_mean.where_allowed(pitch),
            f0_median: measures.f0_median.where_allowed(pitch),
            f0_sd: measures.f0_sd.where_allowed(pitch),
            intensity: measures.intensity.where_allowed(level),
            voice: stretch.voice_measures(&self.settings, bandwidth, formant_ceiling, &allowed),
            syllables_from: rates.basis,
            speech_rate: rates.speech.where_allowed(rate),
            articulation_rate: rates.articulation.where_allowed(rate),
            pauses,
        }
    }

    /// Measures the samples of `span`, in pieces when it is long.
    fn stretch(
        &self,
        clip: &AudioClip,
        tools: &mut Tools,
        wanted: Wanted,
        span: Span,
        watch: &dyn Watch,
    ) -> Result<Stretch, StageError> {
        let rate = clip.sample_rate();
        let range = part::samples_of(span, clip);
        let mut stretch = Stretch::default();
        for piece in pieces(range.clone(), longest_piece(&self.settings, clip)) {
            // A stretch that was left unfinished must not pass for a whole one.
            watch.check().map_err(|_| StageError::cancelled(STAGE))?;
            let offset = (piece.start - range.start) as f64 / f64::from(rate);
            let piece = read_piece(clip, piece)
                .map_err(|error| StageError::new(STAGE, StageErrorKind::ReadSamples, error).at(span))?;
            stretch.push(tools, wanted, &piece, offset);
        }
        watch.check().map_err(|_| StageError::cancelled(STAGE))?;
        Ok(stretch)
    }
}

/// Where others speak during an utterance: their voices are in its sound.
struct Others(Vec<Span>);

impl Others {
    fn during(utterance: &AlignedUtterance, diarization: Option<&Diarization>) -> Others {
        let Some((own, found)) = utterance.speaker.zip(diarization) else { return Others(Vec::new()) };
        let others = found.within(utterance.utterance.span).filter(|turn| turn.speaker != own);
        Others(others.map(|turn| turn.span).collect())
    }

    fn speak_at(&self, time: ClipTime) -> bool {
        self.0.iter().any(|span| span.contains(time))
    }
}

/// When the first sample of `span` begins: what was measured begins there, not at the span's own start.
fn first_sample(span: Span, clip: &AudioClip) -> ClipTime {
    ClipTime::from_sample(span.start().to_sample(clip.sample_rate()), clip.sample_rate())
}

/// Samples of the longest piece that is measured at once.
fn longest_piece(settings: &AcousticsSettings, clip: &AudioClip) -> u64 {
    (settings.max_piece_s * f64::from(clip.sample_rate())) as u64
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
fn read_piece(clip: &AudioClip, range: Range<u64>) -> io::Result<Piece> {
    let mut sum = clip.read(0, range.clone())?;
    let mut clipping = ClippingCount::of(&sum);
    for channel in 1..clip.channels() {
        let samples = clip.read(channel, range.clone())?;
        clipping = clipping.worse(ClippingCount::of(&samples));
        sum.iter_mut().zip(&samples).for_each(|(total, sample)| *total += sample);
    }
    let scale = 1.0 / clip.channels().max(1) as f32;
    sum.iter_mut().for_each(|sample| *sample *= scale);
    Ok(Piece { samples: sum, clipping })
}

fn spoken_time(transcript: &AlignedTranscript) -> ClipTime {
    transcript.utterances.iter().map(|utterance| utterance.utterance.span.length()).sum()
}

impl Stage for AcousticsStage {
    type Input = AcousticsInput;
    type Output = AcousticFeatures;

    fn identity(&self) -> StageIdentity {
        identity(&self.settings, self.second.as_ref().map(|network| network.identity()))
    }

    fn shape() -> BatchShape {
        // A piece of a minute at 48 kHz: its mean and one channel as 32-bit floats (23 MB), as 64-bit floats and twice
        // filtered (69 MB), twice resampled (10 MB), transforms (33 MB), room for the frames: 16 MB where three hours are voiced
        // throughout; and the network of the second estimate with what it keeps of a piece of 8 s.
        BatchShape::recordings(Bytes::mebi(224))
    }

    fn cost(input: &AcousticsInput) -> Cost {
        Cost { items: 1, audio: spoken_time(&input.transcript) }
    }

    fn release_caches(&mut self) {
        if let Some(network) = &mut self.second {
            network.release_caches();
        }
    }

    fn run(&mut self, batch: Vec<AcousticsInput>, watch: &dyn Watch) -> Vec<Result<AcousticFeatures, StageError>> {
        let one = |input: &AcousticsInput| {
            let parts = self.parts(input, watch)?;
            let second = self.second(input, &parts, watch)?;
            self.recording(input, &parts, second.as_deref(), watch)
        };
        batch.iter().map(one).collect()
    }
}

//! Who speaks when.
//!
//! A [`SpeakerSegmenter`] tells the speakers of short windows apart; the windows overlap, so that speakers are followed
//! from one to the next ([`activity`]). What one of them says is cut into [`pieces`], a [`SpeakerEmbedder`] describes the
//! voice of each, and [`cluster`] finds which pieces are one person. Where [`sides`] hears a speaker of his own on each of two
//! channels, each channel goes that way by itself ([`channels`]).

mod activity;
mod band;
mod channels;
mod cluster;
mod heard;
mod network;
mod pieces;
mod settings;
mod sides;
mod turns;
mod voice;

pub use heard::{Heard, HeardPiece, HeardVoice};
pub use network::{Band, SpeakerEmbedder, SpeakerSegmenter};
pub use settings::{DiarizeSettings, DiarizeSettingsError};
#[cfg(test)]
pub(crate) use turns::speakers_of;

use crate::acoustics::{PitchSettings, PitchTracker};
use crate::network::{NetworkError, kind_of};
use activity::{CLASSES, Segment, Windows, decide};
use cluster::cluster;
use pieces::{Cuts, Piece, common, pieces};
use sides::Lead;
use std::io;
use std::ops::Range;
use std::sync::Arc;
use turns::{Clock, Spoken, diarization};
use voice::Voice;
use voiceman_audio::{AudioClip, AudioError, AudioErrorKind, FilterBank, Mono16k};
use voiceman_base::{
    BatchShape, Bytes, ClipTime, Cost, Diarization, ModelIdentity, SpeakerBasis, SpeakerNote, SpeechMap, Stage,
    StageError, StageErrorKind, StageIdentity, Watch,
};

/// Name of the stage.
pub const STAGE: &str = "diarize";
/// Windows or pieces that a network is given at once. On a processor more take more memory and no less time.
const AT_ONCE: usize = 8;
/// A speaker of a window who has less than this in common with one of the window before is a new one, in seconds.
const LINKED_S: f64 = 0.3;
/// A voice is described without other voices from this much sound on, in seconds.
const SURELY_ALONE_S: f64 = 0.5;
/// Less sound than this is repeated until it is this long before its voice is described, in samples.
const SHORTEST: usize = 8_000;
/// Less sound than this has no voice, in samples.
const VOICELESS: usize = 1_600;
/// Pieces are cut to multiples of this many frames, so that many of them have the same length.
const FRAME_MULTIPLE: usize = 10;
/// Voiced frames without which a piece has no pitch.
const MIN_VOICED: usize = 10;

/// What results of this stage depend on, told without loading the models.
pub fn identity(settings: &DiarizeSettings, models: Vec<ModelIdentity>) -> StageIdentity {
    StageIdentity { id: STAGE, version: 4, settings: settings.digest(), models }
}

/// Whether a recording has two channels that carry different speakers, so that it is told apart by them.
///
/// # Errors
/// When the sound cannot be read back, or `watch` says to stop.
pub fn speakers_have_channels(clip: &AudioClip, speech: &SpeechMap, watch: &dyn Watch) -> Result<bool, StageError> {
    sides::sides(clip, speech, watch).map(|lead| lead.is_some()).map_err(|failure| failure.error(watch))
}

/// What diarization needs of a recording.
pub struct DiarizeInput {
    /// The sound, its channels put together.
    pub audio: Arc<Mono16k>,
    /// The sound with its channels.
    pub clip: Arc<AudioClip>,
    /// Where someone speaks; nobody is told apart elsewhere.
    pub speech: Arc<SpeechMap>,
}

/// The stage.
pub struct DiarizeStage<S, E> {
    segmenter: S,
    embedder: E,
    bank: FilterBank,
    pitch: Option<PitchTracker>,
    settings: DiarizeSettings,
}

impl<S: SpeakerSegmenter, E: SpeakerEmbedder> DiarizeStage<S, E> {
    /// A stage over two networks.
    ///
    /// # Errors
    /// When a setting cannot be worked with, or the segmenter does not tell apart the sets of speakers that are known here.
    pub fn new(segmenter: S, embedder: E, settings: DiarizeSettings) -> Result<DiarizeStage<S, E>, DiarizeError> {
        settings.check()?;
        if segmenter.classes() != CLASSES {
            return Err(DiarizeError::Classes { found: segmenter.classes(), wanted: CLASSES });
        }
        let bank = FilterBank::new(embedder.bands());
        let pitch = PitchTracker::new(Mono16k::RATE, &PitchSettings::default());
        Ok(DiarizeStage { segmenter, embedder, bank, pitch, settings })
    }

    /// Samples of a window, and frames from one to the next.
    fn steps(&self) -> (usize, usize) {
        let samples = |seconds: f64| (seconds * f64::from(Mono16k::RATE)).round() as usize;
        let step = (samples(self.settings.step_s) / self.segmenter.frame_step()).max(1);
        (samples(self.settings.window_s), step)
    }

    /// Where the windows of a recording begin in which somebody speaks, in frames.
    fn window_starts(&self, subject: &Subject) -> Vec<usize> {
        let (window, step) = self.steps();
        let step_samples = step * self.segmenter.frame_step();
        let more = (subject.audio.len() as usize).saturating_sub(window).div_ceil(step_samples);
        let speech: Vec<Range<usize>> = speech_samples(&subject.speech).collect();
        let spoken = |start: usize| speech.iter().any(|region| common(region, &(start..start + window)).is_some());
        (0..=more).filter(|index| spoken(index * step_samples)).map(|index| index * step).collect()
    }

    /// Tells the speakers of all windows apart.
    fn segment(&mut self, subjects: &mut [Subject], watch: &dyn Watch) -> Result<(), Failure> {
        let (window, _) = self.steps();
        let (step, seen) = (self.segmenter.frame_step(), self.segmenter.frame_length());
        let frames = (window.max(seen) - seen) / step + 1;
        let mut open: Vec<(usize, usize)> = Vec::new();
        for (index, subject) in subjects.iter().enumerate() {
            open.extend(self.window_starts(subject).into_iter().map(|start| (index, start)));
        }
        let total: ClipTime = subjects.iter().map(|subject| subject.audio.duration()).sum();
        let linked = (LINKED_S * f64::from(Mono16k::RATE) / step as f64) as usize;
        let mut masks: Vec<Vec<(usize, Vec<u8>)>> = subjects.iter().map(|_| Vec::new()).collect();
        let mut done = 0;
        while done < open.len() {
            let size = watch.next_batch((open.len() - done).min(AT_ONCE))?;
            let batch = &open[done..done + size];
            let mut sound = Vec::with_capacity(size * window);
            for (subject, start) in batch {
                let start = (start * step) as u64;
                let mut samples = subjects[*subject].audio.read(start..start + window as u64)?;
                samples.resize(window, 0.0);
                sound.append(&mut samples);
            }
            let scores = self.segmenter.segment(&sound, window)?;
            if scores.len() != size * frames * CLASSES || scores.iter().any(|score| score.is_nan()) {
                return Err(Failure::BadOutput("scores of the wrong number, or none"));
            }
            for ((subject, start), scores) in batch.iter().zip(scores.chunks_exact(frames * CLASSES)) {
                masks[*subject].push((*start, decide(scores)));
            }
            done += size;
            // Segmenting is about half of the work.
            let part = total.micros() / 2 * done as i64 / open.len() as i64;
            watch.progress(ClipTime::from_micros(part), total);
        }
        let pause = (self.settings.max_pause_s * f64::from(Mono16k::RATE) / step as f64).round() as usize;
        let longest = (self.settings.piece_s * f64::from(Mono16k::RATE) / step as f64) as usize;
        for (subject, masks) in subjects.iter_mut().zip(masks) {
            let mut windows = Windows::default();
            masks.into_iter().for_each(|(start, mask)| windows.push(start, mask, linked));
            let mut segments = spoken_segments(windows.segments(), &subject.speech, &subject.clock);
            if let Some((lead, channel)) = &subject.side {
                segments = lead.own(*channel, &segments, &subject.clock, pause);
            }
            subject.pieces = pieces(&segments, Cuts { pause, longest, overlap: linked });
            subject.voices = vec![None; subject.pieces.len()];
            subject.compared = vec![None; if subject.band == Band::Narrow { subject.pieces.len() } else { 0 }];
        }
        Ok(())
    }

    /// Describes the voice of every piece.
    fn describe(&mut self, subjects: &mut [Subject], watch: &dyn Watch) -> Result<(), Failure> {
        let mut open: Vec<(Band, usize, usize, usize)> = Vec::new();
        for (index, subject) in subjects.iter().enumerate() {
            let clock = &subject.clock;
            for (piece, described) in subject.pieces.iter().enumerate() {
                if follows_another(described, &subject.pieces, &self.settings, clock) {
                    continue;
                }
                let samples = samples_of(voice_of(described, &self.settings, clock), clock, subject.audio.len());
                if samples >= VOICELESS {
                    open.push((subject.band, frames_for(samples.max(SHORTEST)), index, piece));
                }
            }
        }
        // Pieces of one band and length are described together.
        open.sort_unstable();
        let total: ClipTime = subjects.iter().map(|subject| subject.audio.duration()).sum();
        let mut done = 0;
        while done < open.len() {
            let (band, frames, ..) = open[done];
            let alike =
                open[done..].iter().take_while(|(other, length, ..)| (*other, *length) == (band, frames)).count();
            let size = watch.next_batch(alike.min(AT_ONCE))?;
            let batch = &open[done..done + size];
            let mut features = Vec::new();
            let mut told = Vec::with_capacity(size);
            for (.., subject, piece) in batch {
                let Subject { audio, clock, pieces, .. } = &subjects[*subject];
                let ranges = voice_of(&pieces[*piece], &self.settings, clock);
                let sound = sound_of(audio, ranges, clock)?;
                let pitch = self.pitch.as_mut().and_then(|tracker| median_pitch(tracker, &sound));
                told.push((pitch, sound.len() as f64 / f64::from(Mono16k::RATE)));
                let mut sound: Vec<f32> = sound.iter().copied().cycle().take(sound.len().max(SHORTEST)).collect();
                sound.truncate(FilterBank::samples(frames));
                features.append(&mut self.bank.features(&sound));
            }
            let embeddings = self.embed(band, &features, frames, size)?;
            for (((.., subject, piece), embedding), (pitch, seconds)) in batch.iter().zip(embeddings).zip(&told) {
                subjects[*subject].voices[*piece] = Voice::new(&embedding, *pitch, *seconds);
            }
            if band == Band::Narrow {
                let embeddings = self.embed(Band::Wide, &features, frames, size)?;
                for (((.., subject, piece), embedding), (pitch, seconds)) in batch.iter().zip(embeddings).zip(&told) {
                    subjects[*subject].compared[*piece] = Voice::new(&embedding, *pitch, *seconds);
                }
            }
            done += size;
            let part = total.micros() / 2 + total.micros() / 2 * done as i64 / open.len() as i64;
            watch.progress(ClipTime::from_micros(part), total);
        }
        Ok(())
    }

    /// Embeddings of `count` pieces, without what does not tell speakers apart.
    fn embed(&mut self, band: Band, features: &[f32], frames: usize, count: usize) -> Result<Vec<Vec<f32>>, Failure> {
        let dimensions = self.embedder.dimensions();
        let embeddings = self.embedder.embed(band, features, frames)?;
        if embeddings.len() != count * dimensions {
            return Err(Failure::BadOutput("embeddings of the wrong size"));
        }
        let nuisance = self.embedder.nuisance();
        Ok(embeddings.chunks_exact(dimensions.max(1)).map(|embedding| without(embedding, nuisance)).collect())
    }

    fn clock(&self, input: &DiarizeInput) -> Clock {
        Clock {
            step: self.segmenter.frame_step(),
            length: self.segmenter.frame_length(),
            rate: Mono16k::RATE,
            duration: input.audio.duration(),
        }
    }

    /// What decides how the voices of a recording are described. Both of two channels go the same way, so that they can be
    /// compared.
    fn band(&self, input: &DiarizeInput, watch: &dyn Watch) -> Result<Band, Failure> {
        match self.embedder.hears_narrow_band() {
            true => band::band(&input.audio, watch),
            false => Ok(Band::Wide),
        }
    }

    /// Finds turns and voices of all subjects.
    fn hear(&mut self, subjects: &mut [Subject], watch: &dyn Watch) -> Result<(), Failure> {
        self.segment(subjects, watch)?;
        self.describe(subjects, watch)
    }

    fn diarize(&mut self, inputs: &[DiarizeInput], watch: &dyn Watch) -> Result<Vec<Diarization>, Failure> {
        let clocks: Vec<Clock> = inputs.iter().map(|input| self.clock(input)).collect();
        let mut ways = Vec::with_capacity(inputs.len());
        let mut bands = Vec::with_capacity(inputs.len());
        for (input, clock) in inputs.iter().zip(&clocks) {
            let band = self.band(input, watch)?;
            ways.push(match self.settings.channels {
                true => channels::subjects(input, *clock, band, watch)?,
                false => None,
            });
            bands.push(band);
        }
        let whole = |index: usize| Subject::whole(&inputs[index], clocks[index], bands[index]);
        let ways: Vec<Vec<Subject>> =
            ways.into_iter().enumerate().map(|(index, way)| way.unwrap_or_else(|| vec![whole(index)])).collect();
        let counts: Vec<usize> = ways.iter().map(Vec::len).collect();
        let mut subjects: Vec<Subject> = ways.into_iter().flatten().collect();
        self.hear(&mut subjects, watch)?;
        let mut found = Vec::with_capacity(inputs.len());
        let mut subjects = subjects.as_slice();
        for (index, count) in counts.into_iter().enumerate() {
            watch.check()?;
            let (own, rest) = subjects.split_at(count);
            subjects = rest;
            found.push(match own {
                [one] => one.diarization(&self.settings),
                both => match channels::diarization(both, &self.settings) {
                    Some(found) => found,
                    // Channels do not give what was asked for.
                    None => {
                        let mut subject = [whole(index)];
                        self.hear(&mut subject, watch)?;
                        subject[0].diarization(&self.settings)
                    }
                },
            });
        }
        Ok(found)
    }
}

/// A recording, or one channel of it, on its way through the stage.
struct Subject {
    audio: Arc<Mono16k>,
    speech: Arc<SpeechMap>,
    clock: Clock,
    band: Band,
    /// Where which channel leads, and which this is, where each channel goes by itself.
    side: Option<(Arc<Lead>, usize)>,
    pieces: Vec<Piece>,
    /// Voices of the pieces, where they have any.
    voices: Vec<Option<Voice>>,
    /// The same as they are described in every recording, so that they can be compared with others; empty where that is no
    /// other way.
    compared: Vec<Option<Voice>>,
}

impl Subject {
    fn whole(input: &DiarizeInput, clock: Clock, band: Band) -> Subject {
        let (audio, speech) = (Arc::clone(&input.audio), Arc::clone(&input.speech));
        Subject { audio, speech, clock, band, side: None, pieces: Vec::new(), voices: Vec::new(), compared: Vec::new() }
    }

    fn diarization(&self, settings: &DiarizeSettings) -> Diarization {
        let (spoken, mut notes) = self.spoken(settings);
        notes.extend(self.narrow());
        diarization(&spoken, SpeakerBasis::Voices, notes, &self.clock, settings)
    }

    /// Which pieces have a voice, and for each piece the one whose voice stands for its own, by its place among those: its
    /// own, or the closest one.
    fn voices_of_pieces(&self) -> (Vec<usize>, Vec<Option<usize>>) {
        let with_voice: Vec<usize> = (0..self.pieces.len()).filter(|piece| self.voices[*piece].is_some()).collect();
        let voice_of = (0..self.pieces.len()).map(|index| closest(index, &self.pieces, &with_voice)).collect();
        (with_voice, voice_of)
    }

    /// Pairs of voices that talk at the same time.
    fn apart(&self, voice_of: &[Option<usize>]) -> Vec<(usize, usize)> {
        let least = (LINKED_S / self.clock.seconds(1)).ceil() as usize;
        let pairs = at_the_same_time(&self.pieces, least).into_iter();
        pairs.filter_map(|(a, b)| voice_of[a].zip(voice_of[b])).filter(|(a, b)| a != b).collect()
    }

    /// That voices are described by what a telephone carries.
    fn narrow(&self) -> Option<SpeakerNote> {
        (self.band == Band::Narrow).then_some(SpeakerNote::NarrowBand)
    }

    /// The pieces in time order, each with its speaker.
    fn spoken(&self, settings: &DiarizeSettings) -> (Vec<Spoken<'_>>, Vec<SpeakerNote>) {
        let (with_voice, voice_of) = self.voices_of_pieces();
        let voices: Vec<Voice> = with_voice.iter().filter_map(|piece| self.voices[*piece].clone()).collect();
        let apart = self.apart(&voice_of);
        let speakers = cluster(&voices, &apart, &settings.of(self.band));
        let compared = if self.compared.is_empty() { &self.voices } else { &self.compared };
        let pieces = self.pieces.iter().zip(&voice_of).zip(&self.voices).zip(compared);
        let spoken = pieces.map(|(((piece, voice_of), voice), compared)| Spoken {
            piece,
            speaker: voice_of.map_or(0, |voice| speakers.labels[voice]),
            voice: voice.as_ref(),
            compared: compared.as_ref(),
        });
        (spoken.collect(), speakers.notes)
    }
}

/// The piece whose voice stands for that of piece `index`, by its place in `with_voice`: its own, or the closest one, of the
/// same track if that has any.
fn closest(index: usize, pieces: &[Piece], with_voice: &[usize]) -> Option<usize> {
    let own = &pieces[index];
    let gap = |other: &Piece| {
        let (before, after) = (&own.frames, &other.frames);
        before.start.saturating_sub(after.end).max(after.start.saturating_sub(before.end))
    };
    if let Ok(place) = with_voice.binary_search(&index) {
        return Some(place);
    }
    let known = with_voice.iter().enumerate();
    known.min_by_key(|(_, other)| (pieces[**other].track != own.track, gap(&pieces[**other]))).map(|(place, _)| place)
}

/// Pairs of pieces, which are in time order, in which two tracks talk at the same time for `least` frames.
fn at_the_same_time(pieces: &[Piece], least: usize) -> Vec<(usize, usize)> {
    let mut pairs = Vec::new();
    for (a, first) in pieces.iter().enumerate() {
        for (b, second) in pieces.iter().enumerate().skip(a + 1) {
            if second.frames.start >= first.frames.end {
                break;
            }
            let shared: usize = first
                .talking
                .iter()
                .flat_map(|range| second.talking.iter().filter_map(|other| common(range, other)))
                .map(|range| range.len())
                .sum();
            if first.track != second.track && shared >= least {
                pairs.push((a, b));
            }
        }
    }
    pairs
}

/// Whether enough of a piece is without other voices.
fn is_clean(piece: &Piece, settings: &DiarizeSettings, clock: &Clock) -> bool {
    clock.seconds(pieces::length(&piece.alone)) >= settings.min_piece_s.min(SURELY_ALONE_S)
}

/// Whether a piece is overlapped and goes on from, or into, one of the same track that is not: then it belongs to that one's
/// speaker, which says more than a mixture of voices would.
fn follows_another(piece: &Piece, pieces: &[Piece], settings: &DiarizeSettings, clock: &Clock) -> bool {
    let clean = |piece: &Piece| is_clean(piece, settings, clock);
    let touches = |other: &Piece| other.frames.start == piece.frames.end || other.frames.end == piece.frames.start;
    !clean(piece) && pieces.iter().any(|other| other.track == piece.track && touches(other) && clean(other))
}

/// The frames of a piece that its voice is described by: those without other voices, or all where those are too few.
fn voice_of<'p>(piece: &'p Piece, settings: &DiarizeSettings, clock: &Clock) -> &'p [Range<usize>] {
    if is_clean(piece, settings, clock) { &piece.alone } else { &piece.talking }
}

/// Frames of the filter bank for `samples`, cut so that many pieces have the same number.
fn frames_for(samples: usize) -> usize {
    FilterBank::frames(samples) / FRAME_MULTIPLE * FRAME_MULTIPLE
}

/// Samples of the recording in `ranges` of frames. A window reaches beyond the end of a recording, and what somebody is heard
/// to say there is not in it.
fn samples_of(ranges: &[Range<usize>], clock: &Clock, recording: u64) -> usize {
    let at = |frame: usize| clock.sample(frame).min(recording);
    ranges.iter().map(|range| (at(range.end) - at(range.start)) as usize).sum()
}

fn sound_of(audio: &Mono16k, ranges: &[Range<usize>], clock: &Clock) -> io::Result<Vec<f32>> {
    let mut sound = Vec::new();
    for range in ranges {
        sound.extend(audio.read(clock.sample(range.start)..clock.sample(range.end))?);
    }
    Ok(sound)
}

fn median_pitch(tracker: &mut PitchTracker, sound: &[f32]) -> Option<f64> {
    let mut pitches: Vec<f64> = tracker.track(sound)?.voiced().map(|(_, pitch)| pitch).collect();
    let middle = pitches.len() / 2;
    (pitches.len() >= MIN_VOICED).then(|| *pitches.select_nth_unstable_by(middle, f64::total_cmp).1)
}

/// An embedding without its parts along directions that say nothing about the speaker.
fn without(embedding: &[f32], directions: &[Vec<f32>]) -> Vec<f32> {
    let mut left = embedding.to_vec();
    for direction in directions {
        let part: f32 = left.iter().zip(direction).map(|(value, along)| value * along).sum();
        left.iter_mut().zip(direction).for_each(|(value, along)| *value -= part * along);
    }
    left
}

/// Segments in which somebody speaks, whole: voice activity says that there is speech, and the segmenter, which knows voices,
/// from when to when.
fn spoken_segments(mut segments: Vec<Segment>, speech: &SpeechMap, clock: &Clock) -> Vec<Segment> {
    let regions = speech.regions().iter();
    let regions: Vec<Range<usize>> =
        regions.map(|region| clock.frame(region.span.start())..clock.frame(region.span.end()) + 1).collect();
    segments.retain(|segment| {
        let first = regions.partition_point(|region| region.end <= segment.frames.start);
        regions.get(first).is_some_and(|region| region.start < segment.frames.end)
    });
    segments
}

fn speech_samples(speech: &SpeechMap) -> impl Iterator<Item = Range<usize>> {
    let sample = |time: ClipTime| time.to_sample(Mono16k::RATE) as usize;
    speech.regions().iter().map(move |region| sample(region.span.start())..sample(region.span.end()))
}

/// Why a batch failed.
enum Failure {
    Read(io::Error),
    Network(NetworkError),
    BadOutput(&'static str),
    Cancelled,
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Failure {
        Failure::Read(error)
    }
}

impl From<NetworkError> for Failure {
    fn from(error: NetworkError) -> Failure {
        Failure::Network(error)
    }
}

impl From<voiceman_base::Cancelled> for Failure {
    fn from(_: voiceman_base::Cancelled) -> Failure {
        Failure::Cancelled
    }
}

impl From<AudioError> for Failure {
    fn from(error: AudioError) -> Failure {
        match error.kind() {
            AudioErrorKind::Cancelled => Failure::Cancelled,
            _ => Failure::Read(io::Error::other(error)),
        }
    }
}

impl Failure {
    fn error(&self, watch: &dyn Watch) -> StageError {
        match self {
            Failure::Read(error) => StageError::new(STAGE, StageErrorKind::ReadSamples, error.to_string()),
            Failure::Network(error) => StageError::new(STAGE, kind_of(error, watch), error.to_string()),
            Failure::BadOutput(what) => StageError::new(STAGE, StageErrorKind::BadModelOutput, *what),
            Failure::Cancelled => StageError::cancelled(STAGE),
        }
    }
}

/// The stage cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum DiarizeError {
    /// A setting is wrong.
    #[error(transparent)]
    Settings(#[from] DiarizeSettingsError),
    /// The segmentation network is of another kind.
    #[error("use the segmentation network: it tells {found} sets of speakers apart, not {wanted}")]
    Classes {
        /// Sets that it tells apart.
        found: usize,
        /// Sets that it should.
        wanted: usize,
    },
}

impl<S: SpeakerSegmenter, E: SpeakerEmbedder> Stage for DiarizeStage<S, E> {
    type Input = DiarizeInput;
    type Output = Diarization;

    fn identity(&self) -> StageIdentity {
        identity(&self.settings, vec![self.segmenter.identity(), self.embedder.identity()])
    }

    fn shape() -> BatchShape {
        // Room for the first layers of the windows that are heard at once; the whole process takes 468 MB then
        // (docs/methods/speakers.md), and 32 MiB are the weights for telephones. Channels that go by themselves are held at 16 kHz,
        // 16 MiB each before they spill.
        let (memory_fixed, memory_per_item) = (Bytes::mebi(80 + 32 + 32), Bytes::mebi(14));
        BatchShape { item: "window", default: AT_ONCE, min: 1, max: AT_ONCE, memory_fixed, memory_per_item }
    }

    fn cost(input: &DiarizeInput) -> Cost {
        // Windows as long and as close as the settings usually have them.
        let usual = DiarizeSettings::default();
        let windows = ((input.audio.duration().seconds() - usual.window_s) / usual.step_s).max(0.0).ceil() as usize + 1;
        Cost { items: windows, audio: input.audio.duration() }
    }

    fn release_caches(&mut self) {
        self.segmenter.release_caches();
        self.embedder.release_caches();
    }

    fn run(&mut self, batch: Vec<DiarizeInput>, watch: &dyn Watch) -> Vec<Result<Diarization, StageError>> {
        match self.diarize(&batch, watch) {
            Ok(found) => found.into_iter().map(Ok).collect(),
            Err(failure) => batch.iter().map(|_| Err(failure.error(watch))).collect(),
        }
    }
}

//! The decode loop over Symphonia: packets in, blocks out, damage kept track of.

use crate::error::AudioErrorKind;
use crate::mpeg::Gap;
use crate::sbr;
use crate::sink::{Order, SampleSink, Trim};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::OnceLock;
use symphonia::core::codecs::CodecParameters;
use symphonia::core::codecs::audio::well_known::{CODEC_ID_AAC, CODEC_ID_OPUS};
use symphonia::core::codecs::audio::{AudioCodecParameters, AudioDecoder, AudioDecoderOptions};
use symphonia::core::codecs::registry::CodecRegistry;
use symphonia::core::errors::Error as SymphoniaError;
use symphonia::core::formats::probe::{Hint, Probe};
use symphonia::core::formats::{FormatOptions, FormatReader, Track, TrackType};
use symphonia::core::io::{MediaSource, MediaSourceStream};
use symphonia::core::meta::MetadataOptions;
use symphonia::core::packet::Packet;
use symphonia::core::units::Timestamp;

/// A jump in time stamps above this is not believed: it is a damaged time stamp, not a hole.
const MAX_HOLE_SECONDS: u64 = 3600;

/// Errors of a demuxer one after another after which it is given up.
const MAX_DEMUX_ERRORS: usize = 16;

/// What the demuxer says about the track that is decoded, for planning the trimming.
pub(crate) struct TrackView {
    pub(crate) id: u32,
    pub(crate) codec: &'static str,
    pub(crate) rate: u32,
    pub(crate) delay: Option<u32>,
    pub(crate) padding: Option<u32>,
    pub(crate) frames: Option<u64>,
}

/// What to do with a track.
pub(crate) struct Plan {
    pub(crate) trim: Trim,
    /// The rule in words.
    pub(crate) rule: String,
    /// Whether delay or padding may be left in the sound because nothing tells them.
    pub(crate) delay_unknown: bool,
    /// Frames that should be there after trimming, and how many may be missing without it meaning anything.
    pub(crate) promised: Option<(u64, u64)>,
}

/// How a container is to be read.
pub(crate) struct Reading {
    pub(crate) extension: &'static str,
    /// Whether the decoder's own handling of Opus pre-skip must be kept out, because the plan does it.
    pub(crate) own_opus_trim: bool,
    /// Jumps of time stamps up to this many milliseconds are rounding or jitter.
    pub(crate) hole_tolerance_ms: u64,
    /// Holes that were found beforehand.
    pub(crate) gaps: Vec<Gap>,
}

/// A part of the sound that is missing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lost {
    /// First frame, before trimming.
    pub(crate) from: u64,
    /// How many frames of silence stand for it; 0 where its length is not known.
    pub(crate) frames: u64,
    pub(crate) why: LostWhy,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LostWhy {
    /// A packet that could not be decoded.
    Packet,
    /// Time stamps jump, or bytes between frames are no frames.
    Hole,
    /// The structure is so damaged that the rest cannot be found.
    Structure,
    /// Another stream with a different format follows and was left out.
    OtherStream,
    /// The samples are not those whose checksum the encoder stored.
    Checksum,
}

/// A finished decode.
pub(crate) struct Decoded<'a> {
    pub(crate) sink: SampleSink<'a>,
    pub(crate) codec: &'static str,
    pub(crate) plan: Plan,
    pub(crate) lost: Vec<Lost>,
    /// Whether the file ended where the demuxer expected more.
    pub(crate) ended_early: bool,
    /// Sound tracks in the file.
    pub(crate) audio_tracks: usize,
}

/// Why nothing was decoded.
pub(crate) enum NativeError {
    /// Symphonia does not know it: ffmpeg may.
    Unsupported(String),
    /// A failure of its own.
    Failed(AudioErrorKind),
}

impl From<AudioErrorKind> for NativeError {
    fn from(kind: AudioErrorKind) -> NativeError {
        NativeError::Failed(kind)
    }
}

fn codecs() -> &'static CodecRegistry {
    static CODECS: OnceLock<CodecRegistry> = OnceLock::new();
    CODECS.get_or_init(|| {
        let mut registry = CodecRegistry::new();
        symphonia::default::register_enabled_codecs(&mut registry);
        registry.register_audio_decoder::<symphonia_adapter_libopus::OpusDecoder>();
        registry
    })
}

fn formats() -> &'static Probe {
    static FORMATS: OnceLock<Probe> = OnceLock::new();
    FORMATS.get_or_init(|| {
        let mut probe = Probe::new();
        symphonia::default::register_enabled_formats(&mut probe);
        probe
    })
}

/// Opens a container.
pub(crate) fn open(
    source: Box<dyn MediaSource>,
    reading: &Reading,
) -> Result<Box<dyn FormatReader + 'static>, NativeError> {
    let mut hint = Hint::new();
    hint.with_extension(reading.extension);
    let stream = MediaSourceStream::new(source, Default::default());
    let probed = contain(|| formats().probe(&hint, stream, FormatOptions::default(), MetadataOptions::default()));
    probed.unwrap_or(Err(SymphoniaError::DecodeError("its header is beyond all sense"))).map_err(from_open)
}

/// Runs code of a decoder; nothing if it panicked. This crate is built with overflow checks, which turn arithmetic of
/// decoders on damaged input that would wrap elsewhere into panics; what panicked is never used again.
fn contain<T>(run: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(run)).ok()
}

fn from_open(error: SymphoniaError) -> NativeError {
    match error {
        SymphoniaError::Unsupported(what) => NativeError::Unsupported(what.to_owned()),
        SymphoniaError::IoError(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
            NativeError::Failed(AudioErrorKind::Malformed { detail: "it ends within its header".into() })
        }
        SymphoniaError::IoError(_) => NativeError::Failed(AudioErrorKind::Read),
        other => NativeError::Failed(AudioErrorKind::Malformed { detail: other.to_string() }),
    }
}

/// The parameters of a sound track, with our own changes.
fn audio_parameters(track: &Track, reading: &Reading) -> Option<AudioCodecParameters> {
    let Some(CodecParameters::Audio(parameters)) = &track.codec_params else { return None };
    let mut parameters = parameters.clone();
    if parameters.codec == CODEC_ID_OPUS {
        // Opus is always decoded at 48 kHz, whatever rate the container notes for the original.
        parameters.sample_rate = Some(48_000);
        if reading.own_opus_trim {
            parameters.extra_data = None;
        }
    }
    Some(parameters)
}

/// Whether the AAC in a container carries spectral band replication without saying so.
pub(crate) fn has_hidden_replication(mut reader: Box<dyn FormatReader>, reading: &Reading) -> bool {
    let Some(track) = reader.default_track(TrackType::Audio) else { return false };
    let Some(parameters) = audio_parameters(track, reading) else { return false };
    if parameters.codec != CODEC_ID_AAC || parameters.sample_rate.is_none_or(|rate| rate > sbr::MAX_CORE_RATE) {
        return false;
    }
    let id = track.id;
    let mut verdicts = Vec::new();
    while verdicts.len() < sbr::PACKETS {
        match contain(|| reader.next_packet()).unwrap_or(Ok(None)) {
            Ok(Some(packet)) if packet.track_id == id => verdicts.push(sbr::may_carry_replication(&packet.data)),
            Ok(Some(_)) => {}
            _ => break,
        }
    }
    sbr::is_he_aac(&verdicts)
}

/// Decodes the main sound track of an opened container.
pub(crate) fn decode<'a>(
    mut reader: Box<dyn FormatReader>,
    reading: &Reading,
    order: Order<'a>,
    plan: impl FnOnce(&TrackView) -> Result<Plan, AudioErrorKind>,
) -> Result<Decoded<'a>, NativeError> {
    let audio_tracks = reader.tracks().iter().filter(|track| track.track_type() == Some(TrackType::Audio)).count();
    let unknown_tracks = reader.tracks().iter().any(|track| track.codec_params.is_none());
    let Some(track) = reader.default_track(TrackType::Audio).or_else(|| reader.first_track(TrackType::Audio)) else {
        return Err(if unknown_tracks {
            NativeError::Unsupported("a codec that is not built in".into())
        } else {
            NativeError::Failed(AudioErrorKind::NoAudioTrack)
        });
    };
    let track = track.clone();
    let mut state = State::new(&track, reading, order)?;
    let mut plan = Some(plan);
    let mut applied = None;
    let mut demux_errors = 0;
    let mut track_id = track.id;
    let mut ended_early = false;
    loop {
        // Damage can make a long way from one block of sound to the next.
        order.check()?;
        let Some(next) = contain(|| reader.next_packet()) else {
            state.note(LostWhy::Structure, 0);
            break;
        };
        let packet = match next {
            Ok(Some(packet)) => packet,
            Ok(None) => break,
            Err(SymphoniaError::ResetRequired) => {
                let next = reader.default_track(TrackType::Audio).cloned();
                match next.filter(|next| state.same_format(next, reading)) {
                    Some(next) => {
                        track_id = next.id;
                        state.restart(&next, reading)?;
                        continue;
                    }
                    None => {
                        state.note(LostWhy::OtherStream, 0);
                        break;
                    }
                }
            }
            Err(SymphoniaError::IoError(error)) => {
                ended_early = true;
                if error.kind() != io::ErrorKind::UnexpectedEof {
                    return Err(NativeError::Failed(AudioErrorKind::Read));
                }
                break;
            }
            Err(_) => {
                demux_errors += 1;
                if demux_errors >= MAX_DEMUX_ERRORS {
                    state.note(LostWhy::Structure, 0);
                    break;
                }
                continue;
            }
        };
        demux_errors = 0;
        if packet.track_id != track_id {
            continue;
        }
        state.expect(&packet, reading);
        if !state.decode(&packet) {
            continue;
        }
        if state.sink.is_none()
            && let Some(plan) = plan.take()
        {
            let view = TrackView {
                id: track.id,
                codec: state.codec,
                rate: state.rate,
                delay: track.delay,
                padding: track.padding,
                frames: track.num_frames,
            };
            let plan = plan(&view)?;
            state.sink = Some(SampleSink::new(state.rate, state.block.len(), plan.trim, order)?);
            applied = Some(plan);
        }
        state.deliver(reading)?;
    }
    if contain(|| state.decoder.finalize()).is_some_and(|result| result.verify_ok == Some(false))
        && state.lost.is_empty()
        && !ended_early
    {
        state.note(LostWhy::Checksum, 0);
    }
    state.flush_pending()?;
    match (state.sink, applied) {
        (Some(sink), Some(plan)) => {
            Ok(Decoded { sink, codec: state.codec, plan, lost: state.lost, ended_early, audio_tracks })
        }
        _ if state.failed_packets > 0 => Err(NativeError::Failed(AudioErrorKind::Malformed {
            detail: format!("none of its {} packets of sound could be decoded", state.failed_packets),
        })),
        _ => Err(NativeError::Failed(AudioErrorKind::NoSamples)),
    }
}

struct State<'a> {
    decoder: Box<dyn AudioDecoder>,
    codec: &'static str,
    rate: u32,
    /// Seconds per tick of packet times, as a fraction.
    tick: (u64, u64),
    sink: Option<SampleSink<'a>>,
    block: Vec<Vec<f32>>,
    /// Frames of silence to write before the next block.
    pending: u64,
    /// Frames taken by the sink and pending.
    position: u64,
    next_time: Option<Timestamp>,
    last_frames: u64,
    lost: Vec<Lost>,
    failed_packets: u64,
    next_gap: usize,
}

impl State<'_> {
    fn new<'a>(track: &Track, reading: &Reading, order: Order<'a>) -> Result<State<'a>, NativeError> {
        let parameters = audio_parameters(track, reading).ok_or(NativeError::Failed(AudioErrorKind::NoAudioTrack))?;
        if let (Some(rate), Some(channels)) = (parameters.sample_rate, &parameters.channels) {
            crate::sink::check_limits(u64::from(rate), channels.count() as u64, order.settings)?;
        }
        let options = AudioDecoderOptions::default().verify(true);
        let decoder = codecs().make_audio_decoder(&parameters, &options).map_err(from_open)?;
        let codec = decoder.codec_info().short_name;
        let rate = parameters.sample_rate.unwrap_or(0);
        let tick = track
            .time_base
            .map_or((1, u64::from(rate.max(1))), |base| (u64::from(base.numer.get()), u64::from(base.denom.get())));
        Ok(State {
            decoder,
            codec,
            rate,
            tick,
            sink: None,
            block: Vec::new(),
            pending: 0,
            position: 0,
            next_time: None,
            last_frames: 0,
            lost: Vec::new(),
            failed_packets: 0,
            next_gap: 0,
        })
    }

    fn same_format(&self, track: &Track, reading: &Reading) -> bool {
        audio_parameters(track, reading).is_some_and(|parameters| {
            parameters.codec == self.decoder.codec_params().codec
                && parameters.sample_rate.is_none_or(|rate| rate == self.rate)
                && parameters.channels.is_none_or(|channels| channels.count() == self.block.len())
        })
    }

    fn restart(&mut self, track: &Track, reading: &Reading) -> Result<(), NativeError> {
        let parameters = audio_parameters(track, reading).ok_or(NativeError::Failed(AudioErrorKind::NoAudioTrack))?;
        self.decoder = codecs().make_audio_decoder(&parameters, &AudioDecoderOptions::default()).map_err(from_open)?;
        self.next_time = None;
        Ok(())
    }

    fn frames_of(&self, ticks: u64) -> u64 {
        let frames =
            u128::from(ticks) * u128::from(self.tick.0) * u128::from(self.rate) / u128::from(self.tick.1.max(1));
        u64::try_from(frames).unwrap_or(u64::MAX)
    }

    /// Notes a lost part at the present position and puts silence in its place. Neighbouring parts become one.
    fn note(&mut self, why: LostWhy, frames: u64) {
        match self.lost.last_mut() {
            Some(last) if last.why == why && last.from + last.frames == self.position && frames > 0 => {
                last.frames += frames;
            }
            _ => self.lost.push(Lost { from: self.position, frames, why }),
        }
        self.pending += frames;
        self.position += frames;
    }

    /// Compares the time stamp of a packet with where it should begin.
    fn expect(&mut self, packet: &Packet, reading: &Reading) {
        if let Some(hole) = self.next_time.and_then(|expected| packet.pts.duration_from(expected)) {
            let frames = self.frames_of(hole.get());
            let tolerance = reading.hole_tolerance_ms * u64::from(self.rate) / 1000;
            if frames > tolerance.max(self.last_frames / 2) {
                let believed = frames <= MAX_HOLE_SECONDS * u64::from(self.rate.max(1));
                self.note(LostWhy::Hole, if believed { frames } else { 0 });
            }
        }
        self.next_time = (!packet.dur.is_zero()).then(|| packet.pts.saturating_add(packet.dur));
    }

    /// Decodes a packet into the block; false if it gave nothing.
    fn decode(&mut self, packet: &Packet) -> bool {
        let (decoder, block) = (&mut self.decoder, &mut self.block);
        let decoded = contain(|| {
            decoder.decode(packet).map(|buffer| {
                buffer.copy_to_vecs_planar::<f32>(block);
                (buffer.spec().rate(), buffer.spec().channels().count(), buffer.frames())
            })
        });
        if decoded.is_none() {
            let options = AudioDecoderOptions::default();
            if let Ok(fresh) = codecs().make_audio_decoder(self.decoder.codec_params(), &options) {
                self.decoder = fresh;
            }
        }
        let fits =
            |rate, channels| self.sink.as_ref().is_none_or(|sink| sink.rate() == rate && sink.channels() == channels);
        match decoded {
            Some(Ok((_, _, 0))) => false,
            Some(Ok((rate, channels, frames))) if fits(rate, channels) => {
                self.rate = rate;
                self.last_frames = frames as u64;
                true
            }
            _ => {
                self.failed_packets += 1;
                let frames = self.frames_of(packet.block_dur().get());
                let frames = if frames == 0 { self.last_frames } else { frames };
                self.note(LostWhy::Packet, frames);
                false
            }
        }
    }

    fn deliver(&mut self, reading: &Reading) -> Result<(), AudioErrorKind> {
        while let Some(gap) = reading.gaps.get(self.next_gap).filter(|gap| gap.after_samples <= self.position) {
            self.next_gap += 1;
            self.note(LostWhy::Hole, gap.samples);
        }
        self.flush_pending()?;
        if let Some(sink) = &mut self.sink {
            sink.push(&mut self.block)?;
            self.position = sink.taken();
        }
        Ok(())
    }

    fn flush_pending(&mut self) -> Result<(), AudioErrorKind> {
        if let Some(sink) = &mut self.sink {
            sink.silence(std::mem::take(&mut self.pending))?;
        }
        Ok(())
    }
}

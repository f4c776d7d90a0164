//! A recording in, an [`AudioClip`] out: tells the format by content, chooses the decoder, plans the trimming, and says
//! in warnings whatever a reader of the results must know. `docs/methods/decoding.md` has the rules in prose.

use crate::chunk_length;
use crate::clip::AudioClip;
use crate::error::{AudioError, AudioErrorKind};
use crate::ffmpeg;
use crate::foreign;
use crate::matroska::MatroskaLayout;
use crate::mp4::Mp4Layout;
use crate::mpeg;
use crate::native::{self, Decoded, LostWhy, NativeError, Plan, Reading, TrackView};
use crate::ogg_pages::{OggEnd, OggPages};
use crate::pcm;
use crate::plan;
pub use crate::settings::identity;
use crate::settings::{DecodeSettings, FfmpegUse, SYMPHONIA_VERSION};
use crate::sink::{Keep, Order, SampleSink, SinkResult, Trim, check_limits};
use crate::sniff::{self, Format};
use crate::source::{OpenSource, RangeSource};
use crate::store::Store;
use crate::wave::WaveLayout;
use std::path::Path;
use symphonia::core::io::MediaSource;
use voiceman_base::{ClipTime, DecoderId, SourceFacts, SourceWarning, SourceWarningKind, Unwatched, Watch};

/// Lost parts that get a warning each; beyond that one warning sums up.
const MAX_DAMAGE_WARNINGS: usize = 20;

/// A header that promises more than this, a year, is not believed; that sound is missing is still said.
const MAX_MISSING_SECONDS: u64 = 366 * 86_400;

/// For formats whose time stamps the demuxer only counts.
const NO_HOLES: u64 = u64::MAX >> 32;

/// Decodes a recording: native rate, all channels, delay and padding trimmed as the container says.
///
/// # Errors
/// When the file cannot be read, is no sound, is beyond a limit, or nothing of it can be decoded. A damaged recording of
/// which something can be decoded is no error: it has warnings.
pub fn decode(path: &Path, settings: &DecodeSettings) -> Result<AudioClip, AudioError> {
    decode_watched(path, settings, &Unwatched)
}

/// As [`decode`], and ends soon after `watch` says that the user asked to stop.
///
/// # Errors
/// As [`decode`], and [`AudioErrorKind::Cancelled`].
pub fn decode_watched(path: &Path, settings: &DecodeSettings, watch: &dyn Watch) -> Result<AudioClip, AudioError> {
    let (facts, stores) = run(path, Order { keep: Keep::Samples, settings, watch })?;
    Ok(AudioClip::new(facts, stores, settings.scratch()))
}

/// Decodes a recording without keeping its samples: what [`decode`] would say about it.
///
/// # Errors
/// As [`decode`].
pub fn probe(path: &Path, settings: &DecodeSettings) -> Result<SourceFacts, AudioError> {
    run(path, Order { keep: Keep::FactsOnly, settings, watch: &Unwatched }).map(|(facts, _)| facts)
}

/// What came of one decoder.
pub(crate) struct Outcome {
    pub(crate) container: String,
    pub(crate) codec: String,
    pub(crate) rate: u32,
    pub(crate) channels: usize,
    pub(crate) decoder: DecoderId,
    pub(crate) trimming: String,
    pub(crate) warnings: Vec<SourceWarning>,
    pub(crate) sound: SinkResult,
}

fn run(path: &Path, order: Order<'_>) -> Result<(SourceFacts, Vec<Store>), AudioError> {
    let source = OpenSource::open(path, order.watch)?;
    let name = source.facts.name.clone();
    let fail = |kind| AudioError::new(&name, "decode", kind);
    let length = source.facts.bytes;
    let mut reader = source.reader().map_err(|error| fail(AudioErrorKind::Read).caused_by(error))?;
    let sniffed = sniff::sniff(&mut reader, length).map_err(|error| fail(AudioErrorKind::Read).caused_by(error))?;
    let Some((format, start)) = sniffed else {
        let first_bytes =
            sniff::printable_head(&mut reader).map_err(|error| fail(AudioErrorKind::Read).caused_by(error))?;
        return Err(fail(AudioErrorKind::UnknownFormat { first_bytes }));
    };
    let job = Job { source: &source, start, length, order };
    let mut outcome = job.decode(format).map_err(fail)?;
    if let Some(extension) = sniff::contradicts_extension(path, format) {
        outcome.warnings.push(SourceWarning {
            kind: SourceWarningKind::WrongExtension,
            at: None,
            missing: None,
            text: format!("The file is named `.{extension}`, but its content is {}.", outcome.container),
        });
    }
    if outcome.sound.frames == 0 {
        return Err(fail(AudioErrorKind::NoSamples));
    }
    outcome.warnings.sort_by_key(|warning| (warning.at, warning.kind));
    let facts = SourceFacts {
        file: source.facts.clone(),
        container: outcome.container,
        codec: outcome.codec,
        sample_rate: outcome.rate,
        channels: u16::try_from(outcome.channels).unwrap_or(u16::MAX),
        samples: outcome.sound.frames,
        duration: ClipTime::from_sample(outcome.sound.frames, outcome.rate),
        decoder: outcome.decoder,
        trimming: outcome.trimming,
        samples_sha256: outcome.sound.samples_sha256,
        warnings: outcome.warnings,
    };
    Ok((facts, outcome.sound.stores))
}

/// One file on its way through.
struct Job<'j> {
    source: &'j OpenSource,
    /// Where the sound begins after ID3 tags.
    start: u64,
    length: u64,
    order: Order<'j>,
}

/// What a container says about its own end.
#[derive(Default)]
struct Ending {
    /// Whether the file is certainly cut.
    cut: bool,
    /// Frames that are missing, if that is known.
    missing: Option<u64>,
    /// Bytes after the end that are not sound.
    trailing_bytes: u64,
    /// What to say beyond the usual sentence.
    remark: Option<String>,
}

impl<'j> Job<'j> {
    fn decode(&self, format: Format) -> Result<Outcome, AudioErrorKind> {
        match format {
            Format::Wave => self.wave(),
            Format::Mp4 => self.mp4(),
            Format::Matroska => self.matroska(),
            Format::Ogg => self.ogg(),
            Format::Mpeg | Format::Adts => self.frames(format),
            Format::Flac => self.plain("flac", "flac"),
            Format::Caf => self.plain("caf", "caf"),
            Format::Aiff => self.plain("aiff", "aiff"),
            Format::Foreign(what) => self.foreign(what, what),
        }
    }

    fn reader(&self) -> Result<std::fs::File, AudioErrorKind> {
        self.source.reader().map_err(|_| AudioErrorKind::Read)
    }

    /// The file after its tags, to be read forward only if it is cut.
    fn forward(&self, cut: bool) -> Result<Box<dyn MediaSource>, AudioErrorKind> {
        let range = self.start..self.length;
        let source = RangeSource::new(Vec::new(), self.reader()?, [range], 0);
        Ok(Box::new(if cut { source.forward_only() } else { source }))
    }

    /// The file after its tags, claimed to be `promised` bytes long in all.
    fn whole(&self, promised: u64) -> Result<Box<dyn MediaSource>, AudioErrorKind> {
        let range = self.start..self.length;
        Ok(Box::new(RangeSource::new(Vec::new(), self.reader()?, [range], promised - self.start)))
    }

    fn foreign(&self, container: &str, what: &str) -> Result<Outcome, AudioErrorKind> {
        if self.order.settings.ffmpeg == FfmpegUse::Off {
            return Err(AudioErrorKind::NeedsFfmpeg { what: what.to_owned() });
        }
        let stated = foreign::stated_length(&mut self.reader()?, self.length).map_err(|_| AudioErrorKind::Read)?;
        ffmpeg::decode(&self.source.path, container, what, stated, self.order)
    }

    fn wave(&self) -> Result<Outcome, AudioErrorKind> {
        let layout = WaveLayout::read(&mut self.reader()?, self.start, self.length)?;
        check_limits(u64::from(layout.rate), u64::from(layout.channels), self.order.settings)?;
        let codec = layout.codec();
        let ending = Ending {
            cut: layout.promised.is_none_or(|promised| promised > layout.available),
            missing: layout.promised.map(|promised| layout.frames_in(promised) - layout.frames_in(layout.available)),
            trailing_bytes: 0,
            remark: layout.promised.is_none().then(|| {
                "The header was never finished and does not say how much sound there should be; all of it to the end of \
                 the file was decoded."
                    .to_owned()
            }),
        };
        let plan = plan::wave(&layout);
        if pcm::is_readable(&layout) {
            let channels = usize::from(layout.channels);
            let mut sink = SampleSink::new(layout.rate, channels, plan.trim, self.order)?;
            pcm::decode(&mut self.reader()?, &layout, &mut sink)?;
            let decoded = Decoded { sink, codec: "pcm", plan, lost: Vec::new(), ended_early: false, audio_tracks: 1 };
            let mut outcome = self.finish(layout.container, Ok(decoded), ending, Some(codec))?;
            outcome.decoder = DecoderId { name: "voiceman".into(), version: env!("CARGO_PKG_VERSION").into() };
            return Ok(outcome);
        }
        if !layout.is_built_in() {
            return self.foreign(layout.container, &codec);
        }
        let header = layout.plain_header(layout.available);
        let range = layout.start..layout.start + layout.available;
        let source = RangeSource::new(header, self.reader()?, [range], layout.available);
        let reading = Reading { extension: "wav", own_opus_trim: false, hole_tolerance_ms: NO_HOLES, gaps: Vec::new() };
        let reader = native::open(Box::new(source), &reading);
        let decoded = reader.and_then(|reader| native::decode(reader, &reading, self.order, |_| Ok(plan)));
        self.finish(layout.container, decoded, ending, Some(codec))
    }

    fn mp4(&self) -> Result<Outcome, AudioErrorKind> {
        let layout = Mp4Layout::read(&mut self.reader()?, self.length)?;
        let container = match layout.brand.as_str() {
            "qt" => "mov",
            brand if brand.starts_with("3g") => "3gp",
            _ => "mp4",
        };
        if !layout.has_index {
            return Err(AudioErrorKind::IndexMissing);
        }
        let Some(main) = layout.audio_track(None) else { return Err(AudioErrorKind::NoAudioTrack) };
        let foreign = match main.codec.as_str() {
            "samr" => Some("amr_nb".to_owned()),
            "sawb" => Some("amr_wb".to_owned()),
            _ => main.aac.and_then(plan::aac_needs_ffmpeg),
        };
        if let Some(codec) = foreign {
            return self.foreign(container, &codec);
        }
        let reading = Reading { extension: "mp4", own_opus_trim: true, hole_tolerance_ms: 20, gaps: Vec::new() };
        if main.aac.is_some_and(|aac| aac.rate <= crate::sbr::MAX_CORE_RATE) && self.has_hidden_replication(&reading) {
            return self.foreign(container, "he_aac");
        }
        let reader = native::open(self.whole(layout.promised_length)?, &reading);
        let plan = |view: &TrackView| Ok(plan::mp4(&layout, view));
        let decoded = reader.and_then(|reader| native::decode(reader, &reading, self.order, plan));
        let ending = Ending { cut: layout.promised_length > self.length, ..Ending::default() };
        let foreign = main.codec.clone();
        self.finish_or_foreign(container, decoded, ending, &foreign)
    }

    fn matroska(&self) -> Result<Outcome, AudioErrorKind> {
        let layout = MatroskaLayout::read(&mut self.reader()?, self.length)?;
        let container = if layout.doc_type == "webm" { "webm" } else { "matroska" };
        let Some(main) = layout.audio_track(None) else { return Err(AudioErrorKind::NoAudioTrack) };
        if let Some(codec) = main.aac().and_then(plan::aac_needs_ffmpeg) {
            return self.foreign(container, &codec);
        }
        let reading = Reading { extension: "mkv", own_opus_trim: true, hole_tolerance_ms: 100, gaps: Vec::new() };
        let low_rate = main.aac().is_some_and(|aac| aac.rate <= crate::sbr::MAX_CORE_RATE);
        if low_rate && self.has_hidden_replication(&reading) {
            return self.foreign(container, "he_aac");
        }
        let reader = native::open(self.forward(layout.cut)?, &reading);
        let plan = |view: &TrackView| Ok(plan::matroska(&layout, view));
        let decoded = reader.and_then(|reader| native::decode(reader, &reading, self.order, plan));
        let ending = Ending { cut: layout.cut, ..Ending::default() };
        self.finish_or_foreign(container, decoded, ending, &main.codec.clone())
    }

    fn ogg(&self) -> Result<Outcome, AudioErrorKind> {
        let pages = OggPages::read(&mut self.reader()?, self.start, self.length).map_err(|_| AudioErrorKind::Read)?;
        if pages.whole.is_empty() {
            return Err(AudioErrorKind::Malformed { detail: "not one of its pages is whole".into() });
        }
        let mut reading =
            Reading { extension: "ogg", own_opus_trim: false, hole_tolerance_ms: NO_HOLES, gaps: Vec::new() };
        let run = |reading: &Reading, keep| {
            let source = RangeSource::new(Vec::new(), self.reader()?, pages.whole.clone(), 0);
            let plan = |view: &TrackView| Ok(plan::ogg(&pages, view));
            native::open(Box::new(source), reading)
                .and_then(|reader| native::decode(reader, reading, Order { keep, ..self.order }, plan))
        };
        if let (false, Some(total)) = (pages.holes.is_empty(), pages.total) {
            // Pages are missing. What they held is the difference between what was counted when the file was written and
            // what is found now; a first run finds that out, so that the second can put silence in its place.
            let found = run(&reading, Keep::FactsOnly).map_or(total, |decoded| decoded.sink.taken());
            reading.gaps = pages.gaps(total.saturating_sub(found));
        }
        let ending = Ending {
            cut: pages.end != OggEnd::Marked,
            // What the last page counts is no promise of what should have followed it.
            remark: match pages.end {
                OggEnd::Marked => None,
                OggEnd::Unmarked => Some(
                    "The last page is whole but not marked as the last; the recording may have been cut off there."
                        .to_owned(),
                ),
                OggEnd::Cut => Some("The file ends within a page; how much sound is missing is not known.".to_owned()),
            },
            ..Ending::default()
        };
        self.finish_or_foreign("ogg", run(&reading, self.order.keep), ending, "a codec in Ogg that is not built in")
    }

    fn frames(&self, format: Format) -> Result<Outcome, AudioErrorKind> {
        let walk = mpeg::walk(&mut self.reader()?, self.start, self.length).map_err(|_| AudioErrorKind::Read)?;
        let Some(walk) = walk else {
            return Err(AudioErrorKind::Malformed { detail: "no row of frames could be found in it".into() });
        };
        let (container, extension) = match (format, walk.first.kind) {
            (Format::Adts, _) => ("adts", "aac"),
            (_, mpeg::FrameKind::Mpeg { layer: 1 }) => ("mp1", "mp1"),
            (_, mpeg::FrameKind::Mpeg { layer: 2 }) => ("mp2", "mp2"),
            _ => ("mp3", "mp3"),
        };
        check_limits(u64::from(walk.first.rate), u64::from(walk.first.channels), self.order.settings)?;
        let reading = Reading { extension, own_opus_trim: false, hole_tolerance_ms: NO_HOLES, gaps: walk.gaps.clone() };
        if let mpeg::FrameKind::Adts { object_type } = walk.first.kind {
            let config = crate::mp4::AacConfig { object_type, rate: walk.first.rate, sbr: false };
            if let Some(codec) = plan::aac_needs_ffmpeg(config) {
                return self.foreign(container, &codec);
            }
            if walk.first.rate <= crate::sbr::MAX_CORE_RATE && self.has_hidden_replication(&reading) {
                return self.foreign(container, "he_aac");
            }
        }
        let reader = native::open(self.whole(self.length)?, &reading);
        let plan = |view: &TrackView| Ok(plan::frames(&walk, view));
        let decoded = reader.and_then(|reader| native::decode(reader, &reading, self.order, plan));
        let lost =
            walk.promised_frames.map(|promised| promised.saturating_sub(walk.frames) * u64::from(walk.first.samples));
        let in_gaps: u64 = walk.gaps.iter().map(|gap| gap.samples).sum();
        let missing = lost.map(|lost| lost.saturating_sub(in_gaps)).filter(|&lost| lost > 0);
        let ending = Ending {
            cut: walk.cut || missing.is_some_and(|_| walk.gaps.is_empty()),
            missing,
            trailing_bytes: walk.trailing_bytes,
            remark: None,
        };
        self.finish_or_foreign(container, decoded, ending, container)
    }

    fn plain(&self, container: &'static str, extension: &'static str) -> Result<Outcome, AudioErrorKind> {
        let reading = Reading { extension, own_opus_trim: true, hole_tolerance_ms: 0, gaps: Vec::new() };
        let end = match container {
            "aiff" => chunk_length::aiff(&mut self.reader()?, self.start, self.length),
            "caf" => chunk_length::caf(&mut self.reader()?, self.start, self.length),
            _ => Ok(None),
        };
        let cut = end.map_err(|_| AudioErrorKind::Read)?;
        let source = match &cut {
            Some(chunk) if container == "caf" => {
                let header =
                    chunk.repaired_caf_header(&mut self.reader()?, self.length).map_err(|_| AudioErrorKind::Read)?;
                let range = chunk.content..self.length;
                Box::new(RangeSource::new(header, self.reader()?, [range], 0))
            }
            _ => self.forward(cut.is_some())?,
        };
        let reader = native::open(source, &reading);
        let plan = |view: &TrackView| Ok(plan::counted(container, view));
        let decoded = reader.and_then(|reader| native::decode(reader, &reading, self.order, plan));
        if cut.is_some() && matches!(decoded, Err(NativeError::Failed(AudioErrorKind::Malformed { .. }))) {
            return Err(AudioErrorKind::IndexMissing);
        }
        // Bytes count frames in uncompressed sound; elsewhere the header's own count tells what is missing.
        let missing = cut.as_ref().zip(decoded.as_ref().ok()).filter(|(_, decoded)| decoded.codec.starts_with("pcm"));
        let missing = missing.and_then(|(chunk, decoded)| {
            let there = self.length - chunk.content;
            let frames = u128::from(decoded.sink.taken()) * u128::from(chunk.missing(self.length));
            u64::try_from(frames / u128::from(there.max(1))).ok()
        });
        let ending = Ending { cut: cut.is_some(), missing, ..Ending::default() };
        self.finish_or_foreign(container, decoded, ending, container)
    }

    fn has_hidden_replication(&self, reading: &Reading) -> bool {
        let source = self.whole(self.length).ok();
        source
            .and_then(|source| native::open(source, reading).ok())
            .is_some_and(|reader| native::has_hidden_replication(reader, reading))
    }

    fn finish_or_foreign(
        &self,
        container: &str,
        decoded: Result<Decoded<'j>, NativeError>,
        ending: Ending,
        foreign: &str,
    ) -> Result<Outcome, AudioErrorKind> {
        match decoded {
            Err(NativeError::Unsupported(_)) => self.foreign(container, foreign),
            decoded => self.finish(container, decoded, ending, None),
        }
    }

    fn finish(
        &self,
        container: &str,
        decoded: Result<Decoded<'j>, NativeError>,
        ending: Ending,
        codec: Option<String>,
    ) -> Result<Outcome, AudioErrorKind> {
        let decoded = decoded.map_err(|error| match error {
            NativeError::Unsupported(what) => AudioErrorKind::Malformed { detail: what },
            NativeError::Failed(kind) => kind,
        })?;
        let codec = codec.unwrap_or_else(|| plan::codec_name(decoded.codec).to_owned());
        let Decoded { sink, plan, lost, ended_early, audio_tracks, .. } = decoded;
        let (rate, channels) = (sink.rate(), sink.channels());
        let mut warnings = damage_warnings(&lost, |frame| sink.time_of(frame), rate);
        let short_of = |written: u64| {
            plan.promised.and_then(|(promised, slack)| promised.checked_sub(written).filter(|&missing| missing > slack))
        };
        let structure_lost = lost.iter().any(|lost| lost.why == LostWhy::Structure);
        let fell_short = ended_early || ending.cut || structure_lost;
        let taken = sink.taken().saturating_sub(plan.trim.start);
        let is_whole = !fell_short && short_of(taken.min(plan.trim.keep.unwrap_or(u64::MAX))).is_none();
        let sound = sink.finish(is_whole)?;
        let missing = short_of(sound.frames).or(ending.missing.filter(|&missing| missing > 0));
        // A cut that takes away less than what is trimmed anyway loses no sound.
        let complete = plan.promised.is_some()
            && missing.is_none()
            && container != "caf"
            && ending.remark.is_none()
            && !structure_lost;
        if missing.is_some() || (fell_short && !complete) {
            warnings.push(truncated(sound.frames, rate, missing, ending.remark));
        }
        if plan.delay_unknown {
            warnings.push(SourceWarning {
                kind: SourceWarningKind::DelayUnknown,
                at: Some(ClipTime::ZERO),
                missing: None,
                text: format!(
                    "The file does not say how much {codec} encoder delay and padding it holds; they are still in the \
                     sound, and all times may be late by up to about 0.05 s."
                ),
            });
        }
        if ending.trailing_bytes > 0 {
            warnings.push(SourceWarning {
                kind: SourceWarningKind::TrailingBytes,
                at: Some(ClipTime::from_sample(sound.frames, rate)),
                missing: None,
                text: format!(
                    "{} bytes after the last frame are neither sound nor a known tag.",
                    ending.trailing_bytes
                ),
            });
        }
        if let Some((count, first)) = sound.not_finite {
            warnings.push(not_finite(count, first, rate));
        }
        let mut trimming = plan.rule;
        if audio_tracks > 1 {
            trimming.push_str(&format!("; the first of {audio_tracks} sound tracks was decoded"));
        }
        Ok(Outcome {
            container: container.to_owned(),
            codec,
            rate,
            channels,
            decoder: DecoderId { name: "symphonia".into(), version: SYMPHONIA_VERSION.into() },
            trimming,
            warnings,
            sound,
        })
    }
}

/// The warning that sound is missing at the end.
pub(crate) fn truncated(frames: u64, rate: u32, missing: Option<u64>, remark: Option<String>) -> SourceWarning {
    let at = ClipTime::from_sample(frames, rate);
    let missing = missing.filter(|&missing| missing / u64::from(rate.max(1)) <= MAX_MISSING_SECONDS);
    let missing = missing.map(|missing| ClipTime::from_sample(missing, rate));
    let text = remark.unwrap_or_else(|| match missing {
        Some(missing) => format!("The sound stops at {at}; the file promises {missing} more."),
        None => format!("The file ends within its sound, at {at}; how much is missing is not known."),
    });
    SourceWarning { kind: SourceWarningKind::Truncated, at: Some(at), missing, text }
}

/// The warning that samples were not finite.
pub(crate) fn not_finite(count: u64, first: u64, rate: u32) -> SourceWarning {
    let at = ClipTime::from_sample(first, rate);
    SourceWarning {
        kind: SourceWarningKind::NotFinite,
        at: Some(at),
        missing: None,
        text: format!("{count} samples, the first at {at}, were no finite numbers and were replaced by silence."),
    }
}

fn damage_warnings(lost: &[native::Lost], time_of: impl Fn(u64) -> ClipTime, rate: u32) -> Vec<SourceWarning> {
    let mut warnings: Vec<SourceWarning> = lost
        .iter()
        .take(MAX_DAMAGE_WARNINGS)
        .map(|lost| {
            let at = time_of(lost.from);
            let missing = (lost.frames > 0).then(|| ClipTime::from_sample(lost.frames, rate));
            let length = missing.map_or("a part of unknown length".to_owned(), |missing| format!("{missing} of sound"));
            let text = match lost.why {
                LostWhy::Packet => format!("At {at}, {length} could not be decoded; silence stands for it."),
                LostWhy::Hole if missing.is_some() => {
                    format!("At {at}, {length} is missing from the file; silence stands for it.")
                }
                LostWhy::Hole => format!("At {at}, time stamps jump by more than can be true; nothing was put there."),
                LostWhy::Structure => {
                    format!("After {at} the structure of the file is destroyed; the rest was not decoded.")
                }
                LostWhy::OtherStream => {
                    format!("At {at} another stream in a different format follows; it was not decoded.")
                }
                LostWhy::Checksum => {
                    "The decoded samples do not match the checksum that the encoder stored: some were changed later."
                        .to_owned()
                }
            };
            let at = (lost.why != LostWhy::Checksum).then_some(at);
            SourceWarning { kind: SourceWarningKind::Damaged, at, missing, text }
        })
        .collect();
    if let Some(rest) = lost.get(MAX_DAMAGE_WARNINGS..).filter(|rest| !rest.is_empty()) {
        let frames = rest.iter().map(|lost| lost.frames).sum();
        let missing = ClipTime::from_sample(frames, rate);
        warnings.push(SourceWarning {
            kind: SourceWarningKind::Damaged,
            at: Some(time_of(rest[0].from)),
            missing: Some(missing),
            text: format!("{} more places after that are damaged; {missing} of silence stands for them.", rest.len()),
        });
    }
    warnings
}

/// No trimming.
pub(crate) fn untrimmed(rule: &str, promised: Option<(u64, u64)>) -> Plan {
    Plan { trim: Trim::default(), rule: rule.to_owned(), delay_unknown: false, promised }
}

//! What to cut from the start and the end, decided from what each container says. Every decision has words.

use crate::decode::untrimmed;
use crate::matroska::{MatroskaLayout, MatroskaTrack};
use crate::mp4::{AacConfig, Edit, Mp4Layout, aac_config};
use crate::mpeg::{FrameKind, FrameWalk};
use crate::native::{Plan, TrackView};
use crate::ogg_pages::OggPages;
use crate::sink::Trim;
use crate::wave::WaveLayout;

/// Padding longer than this is not believed: encoders pad by less than two packets.
const MAX_PADDING_SECONDS: u64 = 2;

/// Lossless and uncompressed codecs have neither delay nor padding.
fn has_no_delay(codec: &str) -> bool {
    codec.starts_with("pcm") || matches!(codec, "flac" | "alac")
}

/// The name under which a codec of Symphonia stands in results.
pub(crate) fn codec_name(codec: &str) -> &str {
    if codec == "aac" { "aac-lc" } else { codec }
}

/// The AAC kinds that only ffmpeg decodes.
pub(crate) fn aac_needs_ffmpeg(config: AacConfig) -> Option<String> {
    match config.object_type {
        _ if config.sbr => Some("he_aac".into()),
        2 => None,
        // 0: the configuration is of another codec in the same box, such as MP3.
        0 => None,
        kind => Some(format!("aac object type {kind}")),
    }
}

/// WAVE: blocks are counted; compressed sound has a `fact` chunk that tells how much of the last block is sound.
pub(crate) fn wave(layout: &WaveLayout) -> Plan {
    let frames = layout.frames_in(layout.available);
    if layout.is_pcm() {
        return untrimmed("none needed: uncompressed sound has no delay or padding", Some((frames, 0)));
    }
    match layout.fact_frames {
        Some(keep) => Plan {
            trim: Trim { keep: Some(keep), ..Trim::default() },
            rule: format!("fact chunk: {keep} samples, the rest of the last block removed"),
            delay_unknown: false,
            promised: Some((keep, 0)),
        },
        None => untrimmed("no fact chunk: the last block is kept whole", Some((frames, 0))),
    }
}

/// Formats that count their samples in the header: FLAC, AIFF, CAF.
pub(crate) fn counted(container: &str, view: &TrackView) -> Plan {
    let frames = view.frames.filter(|&frames| frames > 0);
    if container == "caf" && !has_no_delay(view.codec) {
        // CAF counts valid frames, priming and remainder at the rate of the packets: 48 kHz for Opus, as decoded.
        return match (frames, view.delay, view.padding) {
            (Some(frames), delay, padding) if delay.is_some() || padding.is_some() => {
                let delay = u64::from(delay.unwrap_or(0));
                Plan {
                    trim: Trim { start: delay, keep: Some(frames), drop_last: 0 },
                    rule: format!(
                        "packet table: {delay} samples of encoder delay and {} of padding removed",
                        padding.unwrap_or(0)
                    ),
                    delay_unknown: false,
                    promised: Some((frames, 0)),
                }
            }
            _ => Plan {
                delay_unknown: !view.codec.starts_with("adpcm"),
                ..untrimmed(
                    "no packet table: nothing removed",
                    frames.map(|frames| (frames, u64::from(view.rate / 10))),
                )
            },
        };
    }
    untrimmed("none needed: the codec has no delay or padding", frames.map(|frames| (frames, 0)))
}

/// Ogg: pre-skip and granule positions, applied by the demuxer.
pub(crate) fn ogg(pages: &OggPages, view: &TrackView) -> Plan {
    let rule = match view.codec {
        "opus" => {
            format!("pre-skip: {} samples at 48 kHz removed; end by the last granule position", view.delay.unwrap_or(0))
        }
        "vorbis" => "end by the last granule position; Vorbis has no delay".to_owned(),
        _ => "none needed: the codec has no delay or padding".to_owned(),
    };
    // Short files may begin or end within a packet's overlap: less than the longest Vorbis block is no loss.
    untrimmed(&rule, pages.total.map(|total| (total, 8192)))
}

/// Bare rows of frames: only LAME and compatible encoders tell the delay of an MP3.
pub(crate) fn frames(walk: &FrameWalk, view: &TrackView) -> Plan {
    match (walk.first.kind, view.delay) {
        (FrameKind::Mpeg { layer: 3 }, Some(delay)) if walk.has_delay => untrimmed(
            &format!("LAME tag: {delay} samples of delay and {} of padding removed", view.padding.unwrap_or(0)),
            None,
        ),
        _ => Plan {
            delay_unknown: true,
            ..untrimmed("the format does not tell delay or padding: nothing removed", None)
        },
    }
}

impl MatroskaTrack {
    /// The AAC configuration, if the codec is AAC.
    pub(crate) fn aac(&self) -> Option<AacConfig> {
        self.codec.starts_with("A_AAC").then(|| aac_config(&self.codec_private)).flatten()
    }

    fn pre_skip(&self) -> Option<u64> {
        let bytes = self.codec_private.strip_prefix(b"OpusHead")?.get(2..4)?;
        Some(u64::from(u16::from_le_bytes([bytes[0], bytes[1]])))
    }
}

/// Matroska: `CodecDelay` at the start, `DiscardPadding` of the last block at the end.
pub(crate) fn matroska(layout: &MatroskaLayout, view: &TrackView) -> Plan {
    let track = layout.audio_track(Some(u64::from(view.id)));
    let frames = |nanoseconds: u64| {
        u64::try_from((u128::from(nanoseconds) * u128::from(view.rate) + 500_000_000) / 1_000_000_000)
            .unwrap_or(u64::MAX)
    };
    let delay = track.and_then(|track| track.pre_skip().or(track.codec_delay_ns.map(frames)));
    let padding = layout
        .last_discard
        .filter(|(number, nanoseconds)| *number == u64::from(view.id) && *nanoseconds > 0)
        .map(|(_, nanoseconds)| frames(nanoseconds.unsigned_abs()))
        .filter(|&padding| padding <= MAX_PADDING_SECONDS * u64::from(view.rate));
    // The header's duration is that of the last block's end, rounded to milliseconds, delay included.
    let slack = u64::from(view.rate) / 10;
    let promised = layout.duration_ns.map(|duration| {
        (frames(duration).saturating_sub(delay.unwrap_or(0)).saturating_sub(padding.unwrap_or(0)), slack)
    });
    if has_no_delay(view.codec) || view.codec == "vorbis" {
        return untrimmed("none needed: the codec has no delay", promised);
    }
    let start = delay.filter(|&delay| delay <= MAX_PADDING_SECONDS * u64::from(view.rate)).unwrap_or(0);
    Plan {
        trim: Trim { start, keep: None, drop_last: padding.unwrap_or(0) },
        rule: match delay {
            Some(_) => {
                format!("codec delay: {start} samples removed; discard padding: {} removed", padding.unwrap_or(0))
            }
            None => format!("no codec delay stated; discard padding: {} samples removed", padding.unwrap_or(0)),
        },
        delay_unknown: delay.is_none(),
        promised,
    }
}

/// MP4: the edit list, else iTunes' note, else Opus' pre-skip, else unknown.
pub(crate) fn mp4(layout: &Mp4Layout, view: &TrackView) -> Plan {
    let Some(track) = layout.audio_track(Some(view.id)).or_else(|| layout.audio_track(None)) else {
        return untrimmed("no track description: nothing removed", None);
    };
    let rescale = |ticks: u64, timescale: u32| {
        let timescale = u128::from(timescale.max(1));
        u64::try_from((u128::from(ticks) * u128::from(view.rate) + timescale / 2) / timescale).unwrap_or(u64::MAX)
    };
    let media = rescale(track.media_ticks, track.timescale);
    let known = (media > 0 && !layout.fragmented).then_some(media);
    let edits: Vec<&Edit> = track.edits.iter().filter(|edit| edit.media_time >= 0).collect();
    let empty = track
        .edits
        .iter()
        .filter(|edit| edit.media_time < 0)
        .fold(0_u64, |sum, edit| sum.saturating_add(edit.duration));
    let delayed = if empty > 0 {
        format!(
            "; an empty edit of {:.3} s before it was left out",
            empty as f64 / f64::from(layout.movie_timescale.max(1))
        )
    } else {
        String::new()
    };
    if let [edit] = edits[..]
        && (edit.media_time > 0 || track.opus_pre_skip.is_none() && layout.itunes.is_none() && has_no_delay(view.codec))
    {
        let start = rescale(edit.media_time.unsigned_abs(), track.timescale);
        let rest = known.map(|media| media.saturating_sub(start));
        let stated = (edit.duration > 0).then(|| rescale(edit.duration, layout.movie_timescale));
        // The edit's length is in movie ticks, often milliseconds: a difference below one tick is rounding.
        let tick = rescale(1, layout.movie_timescale) + 1;
        let keep = match (stated, rest) {
            (Some(stated), Some(rest)) if stated.saturating_add(tick) < rest => Some(stated),
            (_, rest) => rest,
        };
        return Plan {
            trim: Trim { start, keep, drop_last: 0 },
            rule: format!("edit list: {start} samples of encoder delay removed{}{delayed}", ending(keep)),
            delay_unknown: false,
            promised: keep.map(|keep| (keep, 0)),
        };
    }
    if let Some(note) = layout.itunes {
        let keep = (note.length > 0).then_some(note.length);
        return Plan {
            trim: Trim { start: note.priming, keep, drop_last: 0 },
            rule: format!(
                "iTunes note: {} samples of encoder delay and {} of padding removed",
                note.priming, note.padding
            ),
            delay_unknown: false,
            promised: keep.map(|keep| (keep, 0)),
        };
    }
    if let Some(pre_skip) = track.opus_pre_skip {
        let keep = known.map(|media| media.saturating_sub(pre_skip));
        return Plan {
            trim: Trim { start: pre_skip, keep, drop_last: 0 },
            rule: format!("pre-skip: {pre_skip} samples at 48 kHz removed{}{delayed}", ending(keep)),
            delay_unknown: false,
            promised: keep.map(|keep| (keep, 0)),
        };
    }
    let slack = u64::from(view.rate) / 10;
    let promised = known.map(|media| (media, slack));
    if has_no_delay(view.codec) {
        return untrimmed("none needed: the codec has no delay or padding", known.map(|media| (media, 0)));
    }
    let rule = if edits.len() > 1 {
        "edit list with several parts: not applied, nothing removed".to_owned()
    } else {
        format!("no edit list that tells the delay: nothing removed{delayed}")
    };
    Plan { delay_unknown: true, ..untrimmed(&rule, promised) }
}

fn ending(keep: Option<u64>) -> String {
    keep.map_or(String::new(), |keep| format!(", {keep} kept"))
}

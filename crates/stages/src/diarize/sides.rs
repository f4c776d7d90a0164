//! Whether the two channels of a recording carry different speakers, and which of them leads when.
//!
//! Recorders of calls put the two ends of a line on two channels, and interviewers give everybody a microphone. Then each
//! channel is loud when its own speaker talks, and what the other channel has meanwhile is silence, a weak leak, or other
//! sound. A stereo microphone, or one sound on both channels, is nearly as loud on both, and what both carry is alike.
//!
//! How loud a channel is counts relative to its own speech, so that gains do not matter. The constants were chosen on
//! composed conversations and a real recording (`docs/methods/speakers.md`).

use super::Failure;
use super::activity::Segment;
use super::turns::Clock;
use std::ops::Range;
use voiceman_audio::{AudioClip, Mono16k};
use voiceman_base::{SpeechMap, Watch};

/// Length of a frame in seconds.
const FRAME_S: f64 = 0.032;
/// A channel leads where it is this much louder than the other, in dB. Two cardioids crossed at 90 degrees hear a speaker 60
/// degrees to one side 8.5 dB apart, and rooms bring that closer together.
const LEADS_DB: f32 = 12.0;
/// Frames count in which a channel is at most this much below its own speech level, in dB.
const STRONG_DB: f32 = 8.0;
/// The speech level of a channel: so many of its frames during speech are below it.
const SPEECH_QUANTILE: f64 = 0.95;
/// A channel whose speech level is below this has no speech, in dB relative to a constant at full scale.
const SILENT_DB: f32 = -80.0;
/// Some channel leads in at least this share of the strong frames.
const LED_SHARE: f64 = 0.4;
/// Each channel leads in at least this share of them,
const LEADS_SHARE: f64 = 0.04;
/// and at least this long in all, in seconds.
const LEADS_S: f64 = 0.15;
/// At most this share of them carries the same sound on both channels.
const SHARED_SHARE: f64 = 0.1;
/// From this correlation on, two channels carry the same sound. Two people who talk at once have 0.0 to 0.2, with a leak of
/// -15 dB up to 0.5; one sound on both channels has 1, with much noise 0.6.
const SHARED_CORRELATION: f64 = 0.5;
/// Channels are compared over this many frames at once: in a quarter of a second, two voices have different pitches.
const BLOCK_FRAMES: usize = 8;
/// At most so many blocks are compared, evenly spread.
const MOST_BLOCKS: usize = 400;
/// Channels are shifted against each other by up to this much, in seconds: 1.7 m between microphones.
const SHIFT_S: f64 = 0.005;
/// They are compared at about this rate.
const COMPARED_RATE: u32 = 8_000;
/// Less than this of a channel's own sound between frames in which the other leads is none, in seconds.
const LEAST_OWN_S: f64 = 0.2;

/// How much louder the first channel is than the second, each relative to its own speech, frame by frame.
#[derive(Debug)]
pub(super) struct Lead {
    /// Samples of a frame, at the rate of the recording.
    frame: u64,
    rate: u32,
    /// In dB; below 0 the second channel is louder.
    lead_db: Vec<f32>,
}

/// The lead of each channel of a recording, if it has two and they carry different speakers.
pub(super) fn sides(clip: &AudioClip, speech: &SpeechMap, watch: &dyn Watch) -> Result<Option<Lead>, Failure> {
    if clip.channels() != 2 || speech.is_empty() {
        return Ok(None);
    }
    let rate = clip.sample_rate();
    let frame = ((f64::from(rate) * FRAME_S).round() as u64).max(1);
    let levels = [levels(clip, 0, frame, watch)?, levels(clip, 1, frame, watch)?];
    let frames = levels[0].len().min(levels[1].len());
    let spoken = spoken_frames(speech, frame, rate, frames);
    let (Some(first), Some(second)) = (speech_level(&levels[0], &spoken), speech_level(&levels[1], &spoken)) else {
        return Ok(None);
    };
    if first.min(second) < SILENT_DB {
        return Ok(None);
    }
    let relative = |frame: usize| (levels[0][frame] - first, levels[1][frame] - second);
    let lead_db: Vec<f32> = (0..frames).map(relative).map(|(first, second)| first - second).collect();
    let is_strong = |frame: &usize| {
        let (first, second) = relative(*frame);
        first.max(second) >= -STRONG_DB
    };
    let strong: Vec<usize> = spoken.into_iter().flatten().filter(is_strong).collect();
    let share = |count: usize| count as f64 / strong.len().max(1) as f64;
    let first_leads = strong.iter().filter(|frame| lead_db[**frame] >= LEADS_DB).count();
    let second_leads = strong.iter().filter(|frame| lead_db[**frame] <= -LEADS_DB).count();
    let less = first_leads.min(second_leads);
    let both_lead = share(less) >= LEADS_SHARE && less as f64 * FRAME_S >= LEADS_S;
    if !both_lead || share(first_leads + second_leads) < LED_SHARE {
        return Ok(None);
    }
    let nobody_leads: Vec<usize> = strong.iter().copied().filter(|frame| lead_db[*frame].abs() < LEADS_DB).collect();
    let shared = shared_frames(clip, &nobody_leads, frame, watch)?;
    let lead = Lead { frame, rate, lead_db };
    Ok((shared / strong.len().max(1) as f64 <= SHARED_SHARE).then_some(lead))
}

impl Lead {
    /// What remains of the segments of a channel without the frames in which the other one leads: what is heard there
    /// leaks from it. Gaps of up to `pause` frames stay.
    pub(super) fn own(&self, channel: usize, segments: &[Segment], clock: &Clock, pause: usize) -> Vec<Segment> {
        let sign = if channel == 0 { 1.0 } else { -1.0 };
        let is_own = |frame: usize| {
            let middle = clock.sample(frame) + clock.step as u64 / 2;
            let index = middle * u64::from(self.rate) / u64::from(Mono16k::RATE) / self.frame;
            // Behind the last whole frame nobody leads.
            usize::try_from(index)
                .ok()
                .and_then(|index| self.lead_db.get(index))
                .is_none_or(|lead| sign * lead > -LEADS_DB)
        };
        let least = (LEAST_OWN_S / clock.seconds(1)).ceil() as usize;
        let mut own = Vec::new();
        for segment in segments {
            let mut ranges: Vec<Range<usize>> = Vec::new();
            for frame in segment.frames.clone().filter(|frame| is_own(*frame)) {
                match ranges.last_mut() {
                    Some(range) if frame <= range.end + pause => range.end = frame + 1,
                    _ => ranges.push(frame..frame + 1),
                }
            }
            // What was short before is no remainder of a leak.
            let least = least.min(segment.frames.len());
            let ranges = ranges.into_iter().filter(|range| range.len() >= least);
            own.extend(ranges.map(|frames| Segment { track: segment.track, frames }));
        }
        own
    }
}

/// Power of the whole frames of a channel without their means, in dB relative to a constant at full scale, -90 at least.
fn levels(clip: &AudioClip, channel: usize, frame: u64, watch: &dyn Watch) -> Result<Vec<f32>, Failure> {
    let mut levels = Vec::with_capacity((clip.len() / frame) as usize);
    let mut start = 0;
    while start + frame <= clip.len() {
        watch.check()?;
        let end = (start + frame * 1_024).min(clip.len());
        for samples in clip.read(channel, start..end)?.chunks_exact(frame as usize) {
            let count = samples.len() as f64;
            let mean = samples.iter().map(|sample| f64::from(*sample)).sum::<f64>() / count;
            let power = samples.iter().map(|sample| (f64::from(*sample) - mean).powi(2)).sum::<f64>() / count;
            levels.push((10.0 * power.max(1e-9).log10()) as f32);
        }
        start += frame * 1_024;
    }
    Ok(levels)
}

/// Frames in which someone speaks, as sorted ranges.
fn spoken_frames(speech: &SpeechMap, frame: u64, rate: u32, frames: usize) -> Vec<Range<usize>> {
    let index = |time: voiceman_base::ClipTime| ((time.to_sample(rate) / frame) as usize).min(frames);
    speech.regions().iter().map(|region| index(region.span.start())..index(region.span.end())).collect()
}

/// The level of a channel's speech, if there is any.
fn speech_level(levels: &[f32], spoken: &[Range<usize>]) -> Option<f32> {
    let mut levels: Vec<f32> =
        spoken.iter().cloned().flatten().filter_map(|frame| levels.get(frame).copied()).collect();
    let place = (levels.len().checked_sub(1)? as f64 * SPEECH_QUANTILE) as usize;
    Some(*levels.select_nth_unstable_by(place, f32::total_cmp).1)
}

/// How many of `frames`, which are sorted, carry the same sound on both channels, as far as it was looked at.
fn shared_frames(clip: &AudioClip, frames: &[usize], frame: u64, watch: &dyn Watch) -> Result<f64, Failure> {
    // A frame alone says nothing of what a quarter of a second carries.
    let blocks: Vec<(usize, usize)> = frames
        .chunk_by(|a, b| a / BLOCK_FRAMES == b / BLOCK_FRAMES)
        .filter(|block| block.len() >= 2)
        .map(|block| (block[0] / BLOCK_FRAMES, block.len()))
        .collect();
    let step = blocks.len().div_ceil(MOST_BLOCKS).max(1);
    let thin = (clip.sample_rate() / COMPARED_RATE).max(1) as usize;
    let shift = (SHIFT_S * f64::from(clip.sample_rate()) / thin as f64).round() as usize;
    let (mut shared, mut looked_at) = (0, 0);
    for (block, count) in blocks.iter().step_by(step) {
        watch.check()?;
        let start = (block * BLOCK_FRAMES) as u64 * frame;
        let range = start..start + BLOCK_FRAMES as u64 * frame;
        let first = thinned(&clip.read(0, range.clone())?, thin);
        let second = thinned(&clip.read(1, range)?, thin);
        looked_at += count;
        if correlation(&first, &second, shift) >= SHARED_CORRELATION {
            shared += count;
        }
    }
    let all: usize = blocks.iter().map(|(_, count)| count).sum();
    Ok(if looked_at == 0 { 0.0 } else { shared as f64 * all as f64 / looked_at as f64 })
}

/// Means of `thin` samples each, without the mean of all. Aliasing is the same on both channels.
fn thinned(samples: &[f32], thin: usize) -> Vec<f64> {
    let mut thinned: Vec<f64> = samples
        .chunks_exact(thin)
        .map(|samples| samples.iter().map(|sample| f64::from(*sample)).sum::<f64>() / thin as f64)
        .collect();
    let mean = thinned.iter().sum::<f64>() / thinned.len().max(1) as f64;
    thinned.iter_mut().for_each(|value| *value -= mean);
    thinned
}

/// Largest absolute correlation over shifts of up to `shift` samples; 0 where one is silent.
fn correlation(first: &[f64], second: &[f64], shift: usize) -> f64 {
    let at = |first: &[f64], second: &[f64]| {
        let pairs = first.iter().zip(second);
        let (mut product, mut powers) = (0.0, (0.0, 0.0));
        for (a, b) in pairs {
            product += a * b;
            powers = (powers.0 + a * a, powers.1 + b * b);
        }
        let scale: f64 = (powers.0 * powers.1).sqrt();
        if scale > 0.0 { (product / scale).abs() } else { 0.0 }
    };
    let shift = shift.min(first.len().min(second.len()).saturating_sub(1));
    (0..=shift).map(|by| at(&first[by..], second).max(at(first, &second[by..]))).fold(0.0, f64::max)
}

//! Quality of the sound, as far as it needs no model.

mod activity;
mod bandwidth;
mod clipping;
mod dropouts;
mod falls;
mod floor;
mod frames;
mod hum;
mod noise;
mod pauses;
mod settings;
mod stage;
mod verdicts;

pub(crate) use bandwidth::LongTermSpectrum;
use clipping::Clipping;
use dropouts::DropoutFinder;
use falls::Falls;
use frames::Framer;
use hum::HumFinder;
use noise::Noise;
use pauses::Pauses;
use std::io;
use voiceman_audio::AudioClip;
use voiceman_base::{ClipTime, Decibels, Quality, QualityReason, SignalQuality, Span, SpeechMap, Watch};

pub use settings::{Needs, QualitySettings, QualitySettingsError};
pub use stage::{QualityInput, QualityStage, STAGE, identity};
pub use verdicts::verdicts;

/// Samples that are read at once.
const PIECE: u64 = 1 << 19;
/// This much beside a speech region is not taken for a pause, in seconds: edges of regions are never exact, and rooms ring.
const GUARD_S: f64 = 0.1;

/// Sums over one channel.
struct Channel {
    peak: f32,
    sum: f64,
    clipping: Clipping,
    dropouts: DropoutFinder,
}

impl Channel {
    fn new(rate: u32) -> Channel {
        Channel { peak: 0.0, sum: 0.0, clipping: Clipping::default(), dropouts: DropoutFinder::new(rate) }
    }
}

/// Measures all of `clip`. What was measured until `watch` asks to stop is given back.
///
/// # Errors
/// When decoded sound cannot be read back from the scratch file.
pub fn signal_quality(clip: &AudioClip, watch: &dyn Watch) -> io::Result<SignalQuality> {
    measure(clip, None, watch)
}

/// As [`signal_quality`], with the speech already found: where pauses last a second or more in a stretch of 30 s, the noise
/// is what is in them.
///
/// # Errors
/// When decoded sound cannot be read back from the scratch file.
pub fn signal_quality_beside(clip: &AudioClip, speech: &SpeechMap, watch: &dyn Watch) -> io::Result<SignalQuality> {
    measure(clip, Some(speech), watch)
}

fn measure(clip: &AudioClip, speech: Option<&SpeechMap>, watch: &dyn Watch) -> io::Result<SignalQuality> {
    if clip.is_empty() {
        return Ok(undefined(QualityReason::TooShort));
    }
    let mut channels: Vec<Channel> = (0..clip.channels()).map(|_| Channel::new(clip.sample_rate())).collect();
    let mut spectrum = LongTermSpectrum::new(clip.sample_rate());
    let mut framer = Framer::new(clip.sample_rate(), clip.channels());
    let step_s = framer.step_s();
    let mut noise = Noise::new(step_s);
    let mut falls = Falls::new(step_s, &framer.edges_hz());
    let mut pauses = Pauses::new(step_s);
    let mut hum = HumFinder::new(clip.sample_rate(), clip.channels());
    let mut start = 0;
    while start < clip.len() && !watch.is_cancelled() {
        let end = (start + PIECE).min(clip.len());
        let pieces =
            (0..clip.channels()).map(|number| clip.read(number, start..end)).collect::<io::Result<Vec<_>>>()?;
        for (number, (channel, samples)) in channels.iter_mut().zip(&pieces).enumerate() {
            channel.peak = samples.iter().fold(channel.peak, |peak, sample| peak.max(sample.abs()));
            channel.sum += samples.iter().map(|sample| f64::from(*sample)).sum::<f64>();
            channel.clipping.push(samples);
            channel.dropouts.push(samples, end == clip.len());
            // By channel, because opposite ones would cancel each other in a mean.
            spectrum.push(number, samples);
        }
        framer.push(&pieces);
        hum.push(&pieces);
        start = end;
        while let Some(stretch) = framer.stretch(end == clip.len()) {
            let is_pause =
                |frame: usize| speech.is_some_and(|map| is_pause(map, (stretch.first + frame) as f64 * step_s, step_s));
            let floor = floor::floor(&stretch, step_s, speech.is_some().then_some(&is_pause as &dyn Fn(usize) -> bool));
            noise.push(&stretch, floor.as_ref());
            falls.push(&stretch, floor.as_ref());
            pauses.push(&stretch, floor.as_ref());
        }
    }
    let peak = channels.iter().fold(0.0, |peak: f32, channel| peak.max(channel.peak));
    if peak == 0.0 {
        return Ok(undefined(QualityReason::Silent));
    }
    let offset = channels
        .iter()
        .map(|channel| channel.sum / clip.len() as f64)
        .fold(0.0, |furthest: f64, offset| if offset.abs() > furthest.abs() { offset } else { furthest });
    let clipped = channels.iter().map(|channel| channel.clipping.share()).fold(0.0, f64::max);
    let noise = noise.result();
    let most_lost = channels.iter().max_by_key(|channel| channel.dropouts.lost());
    Ok(SignalQuality {
        peak_dbfs: Quality::from_option(Decibels::new(20.0 * f64::from(peak).log10()), QualityReason::Silent),
        dc_offset: Quality::Value(offset),
        clipped_share: Quality::Value(clipped),
        bandwidth_hz: spectrum.bandwidth(),
        noise_floor_dbfs: noise.noise_floor_dbfs,
        speech_level_dbfs: noise.speech_level_dbfs,
        speech_time: noise.speech_time,
        snr_db: noise.snr_db,
        dropouts: most_lost.map_or(Quality::Undefined(QualityReason::TooShort), |channel| channel.dropouts.result()),
        hum: hum.result(),
        fall_db_per_s: falls.result(noise.snr_db),
        pause_rise_db: pauses.result(),
    })
}

/// Whether a frame that starts at `start_s` lies in a pause.
fn is_pause(speech: &SpeechMap, start_s: f64, step_s: f64) -> bool {
    let (start, end) =
        (ClipTime::from_seconds(start_s - GUARD_S), ClipTime::from_seconds(start_s + 2.0 * step_s + GUARD_S));
    let regions = speech.regions();
    // Regions are sorted: only the first one that ends later can reach into the frame.
    let next = regions.partition_point(|region| region.span.end() <= start);
    regions.get(next).is_none_or(|region| Span::start(region.span) >= end)
}

fn undefined(reason: QualityReason) -> SignalQuality {
    SignalQuality {
        peak_dbfs: Quality::Undefined(reason),
        dc_offset: Quality::Undefined(reason),
        clipped_share: Quality::Undefined(reason),
        bandwidth_hz: Quality::Undefined(reason),
        noise_floor_dbfs: Quality::Undefined(reason),
        speech_level_dbfs: Quality::Undefined(reason),
        speech_time: Quality::Undefined(reason),
        snr_db: Quality::Undefined(reason),
        dropouts: Quality::Undefined(reason),
        hum: Quality::Undefined(reason),
        fall_db_per_s: Quality::Undefined(reason),
        pause_rise_db: Quality::Undefined(reason),
    }
}

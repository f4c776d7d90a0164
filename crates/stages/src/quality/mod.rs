//! Quality of the sound, as far as it needs no model: level, offset, clipping, bandwidth.

mod bandwidth;
mod clipping;

use bandwidth::LongTermSpectrum;
use clipping::Clipping;
use std::io;
use voiceman_audio::AudioClip;
use voiceman_base::{Decibels, Measured, SignalQuality, UndefinedReason, Watch};

/// Samples that are read at once.
const PIECE: u64 = 1 << 19;

/// Sums over one channel.
#[derive(Default)]
struct Channel {
    peak: f32,
    sum: f64,
    clipping: Clipping,
}

/// Measures all of `clip`. What was measured until `watch` asks to stop is given back.
///
/// # Errors
/// When decoded sound cannot be read back from the scratch file.
pub fn signal_quality(clip: &AudioClip, watch: &dyn Watch) -> io::Result<SignalQuality> {
    if clip.is_empty() {
        return Ok(undefined(UndefinedReason::TooShort));
    }
    let mut channels: Vec<Channel> = (0..clip.channels()).map(|_| Channel::default()).collect();
    let mut spectrum = LongTermSpectrum::new(clip.sample_rate());
    let mut start = 0;
    while start < clip.len() && !watch.is_cancelled() {
        let end = (start + PIECE).min(clip.len());
        for (number, channel) in channels.iter_mut().enumerate() {
            let samples = clip.read(number, start..end)?;
            channel.peak = samples.iter().fold(channel.peak, |peak, sample| peak.max(sample.abs()));
            channel.sum += samples.iter().map(|sample| f64::from(*sample)).sum::<f64>();
            channel.clipping.push(&samples);
            // By channel, because opposite ones would cancel each other in a mean.
            spectrum.push(number, &samples);
        }
        start = end;
    }
    let peak = channels.iter().fold(0.0, |peak: f32, channel| peak.max(channel.peak));
    if peak == 0.0 {
        return Ok(undefined(UndefinedReason::Silent));
    }
    let offset = channels
        .iter()
        .map(|channel| channel.sum / clip.len() as f64)
        .fold(0.0, |furthest: f64, offset| if offset.abs() > furthest.abs() { offset } else { furthest });
    let clipped = channels.iter().map(|channel| channel.clipping.share()).fold(0.0, f64::max);
    Ok(SignalQuality {
        peak_dbfs: Measured::from_option(Decibels::new(20.0 * f64::from(peak).log10()), UndefinedReason::Silent),
        dc_offset: Measured::Value(offset),
        clipped_share: Measured::Value(clipped),
        bandwidth_hz: spectrum.bandwidth(),
    })
}

fn undefined(reason: UndefinedReason) -> SignalQuality {
    SignalQuality {
        peak_dbfs: Measured::Undefined(reason),
        dc_offset: Measured::Undefined(reason),
        clipped_share: Measured::Undefined(reason),
        bandwidth_hz: Measured::Undefined(reason),
    }
}

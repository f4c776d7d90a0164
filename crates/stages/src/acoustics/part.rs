//! Which part of an utterance's span is measured: that in which something is to be heard.
//!
//! Where a recogniser sets the ends of a span in the quiet around the words is chance. Frames are centred on what is measured,
//! as Praat's are, so that a span which is longer by a few milliseconds would move all of them, and with them every value.
//! What lies before the first and behind the last sample that is not quiet is therefore left out: quiet that is added to
//! a span, whether digital silence or the sound of a room, changes nothing at all.

use super::{pieces, read_piece};
use std::io;
use std::ops::Range;
use voiceman_audio::AudioClip;
use voiceman_base::{ClipTime, Span};

/// The part of `span` from the first to the last sample whose distance from zero reaches `share` of the highest one there;
/// the whole span where the share is 0 or there is nothing but silence. It is read in pieces of at most `longest` samples.
///
/// # Errors
/// When the samples cannot be read.
pub(crate) fn sounding(clip: &AudioClip, span: Span, share: f64, longest: u64) -> io::Result<Span> {
    let range = samples_of(span, clip);
    let pieces: Vec<Range<u64>> = pieces(range.clone(), longest).collect();
    let mut peaks = Vec::with_capacity(pieces.len());
    for piece in &pieces {
        let samples = read_piece(clip, piece.clone())?.samples;
        peaks.push(samples.iter().fold(0.0_f32, |peak, sample| peak.max(sample.abs())));
    }
    let peak = peaks.iter().copied().fold(0.0, f32::max);
    let quiet = (f64::from(peak) * share) as f32;
    if quiet <= 0.0 {
        return Ok(span);
    }
    let loud: Vec<&Range<u64>> =
        pieces.iter().zip(&peaks).filter(|(_, peak)| **peak >= quiet).map(|(at, _)| at).collect();
    let (Some(first), Some(last)) = (loud.first(), loud.last()) else { return Ok(span) };
    let is_loud = |sample: &f32| sample.abs() >= quiet;
    let before = read_piece(clip, (*first).clone())?.samples.iter().position(is_loud).unwrap_or(0) as u64;
    let samples = read_piece(clip, (*last).clone())?.samples;
    let behind = samples.iter().rev().position(is_loud).unwrap_or(0) as u64;
    let at = |sample: u64| ClipTime::from_sample(sample, clip.sample_rate());
    Ok(Span::clamped(at(first.start + before), at(last.end - behind)))
}

/// The samples whose times lie in `span`.
pub(crate) fn samples_of(span: Span, clip: &AudioClip) -> Range<u64> {
    let rate = clip.sample_rate();
    span.start().to_sample(rate).min(clip.len())..span.end().to_sample(rate).min(clip.len())
}

//! What a voice is like from period to period, and the spectrum of its voiced frames.
//!
//! Everything rests on a pitch track: frames without pitch are not looked at. Definitions are Praat's where it has any;
//! `docs/methods/acoustics.md` says which calls they answer to, and how near they come.

mod ceiling;
mod cepstrum;
mod formants;
mod harmonicity;
mod harmonics;
mod measure;
mod periods;
mod pulses;
mod resample;
mod shimmer;
mod spectrum;
mod summary;

pub use ceiling::{CEILINGS, CeilingFinder, CeilingMethod, CeilingSettings};
pub(crate) use ceiling::{STRETCH_S, spread, stretches};
pub use formants::FORMANTS;
pub use measure::{FormantTrack, HarmonicityTrack, VoiceMeter, VoiceSettings, VoiceTrack};
pub use periods::{JitterMeasures, PeriodRules, jitter};
pub use pulses::pulses;
pub use shimmer::{PeriodAmplitude, ShimmerMeasures, shimmer};
pub use spectrum::{LongTermSpectrum, SpectrumMeasures};
pub use summary::VoiceConditions;

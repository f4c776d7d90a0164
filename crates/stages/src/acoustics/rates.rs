//! How fast someone speaks: syllables a second with and without pauses.
//!
//! Syllables are counted in the text, which is nearer to what a person counts, and in the sound where the text does not tell.

use super::pauses::speaking_time;
use super::syllables;
use voiceman_base::{AlignedUtterance, ClipTime, Measured, Pause, Span, SyllableBasis, UndefinedReason};

/// Shortest speaking time that a rate is told of, in seconds: a single short syllable. Below it a rate is a matter of
/// where the recogniser happened to set the ends.
const MIN_SPEAKING_S: f64 = 0.1;

/// Rates of an utterance in syllables a second.
pub(crate) struct Rates {
    /// Where the syllables were counted.
    pub(crate) basis: SyllableBasis,
    /// Over the part that sounds.
    pub(crate) speech: Measured<f64>,
    /// Over that part without `pauses`.
    pub(crate) articulation: Measured<f64>,
}

impl Rates {
    /// Of an utterance and the part of its span that sounds; what a recogniser leaves of silence around it makes nobody
    /// slower. `nuclei` counts the syllables in the sound; it is asked where the text does not tell.
    pub(crate) fn of(
        (utterance, part): (&AlignedUtterance, Span),
        pauses: &[Pause],
        nuclei: impl FnOnce() -> Result<u32, UndefinedReason>,
    ) -> Rates {
        let said = &utterance.utterance;
        let (basis, counted) = match syllables::count(&said.text, said.language) {
            Some(0) => (SyllableBasis::Text, Err(UndefinedReason::NoWords)),
            Some(count) => (SyllableBasis::Text, Ok(count)),
            None => (SyllableBasis::Sound, nuclei()),
        };
        let syllables = counted.map(f64::from);
        // Pauses can hide next to a word without a time.
        let all_timed = !utterance.words.is_empty() && utterance.words.iter().all(|word| word.timing.span().is_some());
        Rates {
            basis,
            speech: rate(syllables, part.length()),
            articulation: rate(
                syllables.and_then(|count| if all_timed { Ok(count) } else { Err(UndefinedReason::Untimed) }),
                speaking_time(part, pauses),
            ),
        }
    }
}

fn rate(syllables: Result<f64, UndefinedReason>, time: ClipTime) -> Measured<f64> {
    match syllables {
        Ok(_) if time.seconds() < MIN_SPEAKING_S => Measured::Undefined(UndefinedReason::TooShort),
        Ok(count) => Measured::Value(count / time.seconds()),
        Err(reason) => Measured::Undefined(reason),
    }
}

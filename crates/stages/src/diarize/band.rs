//! Whether a recording holds more of voices than a telephone carries. What counts is the sound, not the sample rate.

use super::{Band, Failure};
use crate::quality::LongTermSpectrum;
use voiceman_audio::Mono16k;
use voiceman_base::{Measured, Watch};

/// A telephone ends at 3.4 kHz, a recording of 8,000 samples a second below 4. What ends here is no more than that, within
/// the 200 Hz to which ends are found.
const NARROW_BELOW_HZ: f64 = 4_200.0;
/// Samples that are read at once.
const AT_ONCE: u64 = 1 << 18;

/// The band of a recording, by where its long-term spectrum ends. Wide where that cannot be told.
pub(super) fn band(audio: &Mono16k, watch: &dyn Watch) -> Result<Band, Failure> {
    let mut spectrum = LongTermSpectrum::new(Mono16k::RATE);
    let mut start = 0;
    while start < audio.len() {
        watch.check()?;
        let end = (start + AT_ONCE).min(audio.len());
        spectrum.push(0, &audio.read(start..end)?);
        start = end;
    }
    Ok(band_of(&spectrum))
}

fn band_of(spectrum: &LongTermSpectrum) -> Band {
    match spectrum.bandwidth() {
        Measured::Value(end) if end.value() < NARROW_BELOW_HZ => Band::Narrow,
        _ => Band::Wide,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The band of many tones from 300 to `end` hertz.
    fn band_until(end: f64) -> Band {
        let mut state = 1_u32;
        let mut random = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            f64::from(state >> 8) / f64::from(1 << 24)
        };
        let tones: Vec<(f64, f64)> = (0..400).map(|_| (300.0 + (end - 300.0) * random(), random())).collect();
        let sample = |index: usize| -> f32 {
            let time = index as f64 / f64::from(Mono16k::RATE);
            let tone = |(hertz, phase): &(f64, f64)| (std::f64::consts::TAU * (hertz * time + phase)).sin();
            (tones.iter().map(tone).sum::<f64>() / 100.0) as f32
        };
        let mut spectrum = LongTermSpectrum::new(Mono16k::RATE);
        spectrum.push(0, &(0..48_000).map(sample).collect::<Vec<f32>>());
        band_of(&spectrum)
    }

    #[test]
    fn a_recording_is_narrow_when_it_ends_where_telephones_do() {
        assert_eq!(band_until(3_400.0), Band::Narrow);
        assert_eq!(band_until(3_950.0), Band::Narrow);
        assert_eq!(band_until(5_500.0), Band::Wide);
        assert_eq!(band_until(7_900.0), Band::Wide);
    }

    #[test]
    fn silence_is_not_narrow() {
        let mut spectrum = LongTermSpectrum::new(Mono16k::RATE);
        spectrum.push(0, &[0.0; 48_000]);
        assert_eq!(band_of(&spectrum), Band::Wide);
    }
}

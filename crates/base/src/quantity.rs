//! The numbers of [`VoiceMeasures`] one by one, and what is usual of each for a speaker.

use crate::{AcousticFeatures, Measured, SpeakerId, UndefinedReason, VoiceMeasure, VoiceMeasures, median};

/// One number of [`VoiceMeasures`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum VoiceQuantity {
    /// Mean difference of neighbouring periods, a part of the mean period.
    JitterLocal,
    /// The same in milliseconds.
    JitterAbsolute,
    /// Relative average perturbation of the periods, a part of the mean period.
    JitterRap,
    /// Five-point perturbation quotient of the periods, a part of the mean period.
    JitterPpq5,
    /// Mean difference of neighbouring amplitudes, a part of the mean amplitude.
    ShimmerLocal,
    /// The same in decibels.
    ShimmerLocalDb,
    /// Perturbation quotient of the amplitudes over 3 periods, a part of the mean amplitude.
    ShimmerApq3,
    /// Over 5 periods.
    ShimmerApq5,
    /// Over 11 periods.
    ShimmerApq11,
    /// Harmonics-to-noise ratio in decibels.
    Harmonicity,
    /// Smoothed cepstral peak prominence in decibels.
    Prominence,
    /// Median of the first formant in hertz.
    F1Median,
    /// Median of the second formant in hertz.
    F2Median,
    /// Median of the third formant in hertz.
    F3Median,
    /// Median of the fourth formant in hertz.
    F4Median,
    /// Mean of the first formant in hertz.
    F1Mean,
    /// Mean of the second formant in hertz.
    F2Mean,
    /// Mean of the third formant in hertz.
    F3Mean,
    /// Mean of the fourth formant in hertz.
    F4Mean,
    /// Level of the first harmonic over the second in decibels.
    FirstHarmonics,
    /// Slope of the long-term spectrum in decibels an octave.
    Tilt,
    /// Power above over power below 1 kHz in decibels.
    AlphaRatio,
    /// Highest power below 2 kHz over the highest above it in decibels.
    Hammarberg,
    /// Centre of the spectrum in hertz.
    Centroid,
}

impl VoiceQuantity {
    /// All of them, in the order in which they are shown.
    pub const ALL: [VoiceQuantity; 24] = [
        VoiceQuantity::JitterLocal,
        VoiceQuantity::JitterAbsolute,
        VoiceQuantity::JitterRap,
        VoiceQuantity::JitterPpq5,
        VoiceQuantity::ShimmerLocal,
        VoiceQuantity::ShimmerLocalDb,
        VoiceQuantity::ShimmerApq3,
        VoiceQuantity::ShimmerApq5,
        VoiceQuantity::ShimmerApq11,
        VoiceQuantity::Harmonicity,
        VoiceQuantity::Prominence,
        VoiceQuantity::FirstHarmonics,
        VoiceQuantity::Tilt,
        VoiceQuantity::AlphaRatio,
        VoiceQuantity::Hammarberg,
        VoiceQuantity::Centroid,
        VoiceQuantity::F1Median,
        VoiceQuantity::F2Median,
        VoiceQuantity::F3Median,
        VoiceQuantity::F4Median,
        VoiceQuantity::F1Mean,
        VoiceQuantity::F2Mean,
        VoiceQuantity::F3Mean,
        VoiceQuantity::F4Mean,
    ];

    /// One of each kind: what a reader needs who is no phonetician.
    pub const CHIEF: [VoiceQuantity; 13] = [
        VoiceQuantity::JitterLocal,
        VoiceQuantity::ShimmerLocal,
        VoiceQuantity::Harmonicity,
        VoiceQuantity::Prominence,
        VoiceQuantity::FirstHarmonics,
        VoiceQuantity::Tilt,
        VoiceQuantity::AlphaRatio,
        VoiceQuantity::Hammarberg,
        VoiceQuantity::Centroid,
        VoiceQuantity::F1Median,
        VoiceQuantity::F2Median,
        VoiceQuantity::F3Median,
        VoiceQuantity::F4Median,
    ];

    /// The name used in files, with the unit where there is one; without, it is a fraction.
    pub fn code(self) -> &'static str {
        match self {
            VoiceQuantity::JitterLocal => "jitter_local",
            VoiceQuantity::JitterAbsolute => "jitter_absolute_ms",
            VoiceQuantity::JitterRap => "jitter_rap",
            VoiceQuantity::JitterPpq5 => "jitter_ppq5",
            VoiceQuantity::ShimmerLocal => "shimmer_local",
            VoiceQuantity::ShimmerLocalDb => "shimmer_local_db",
            VoiceQuantity::ShimmerApq3 => "shimmer_apq3",
            VoiceQuantity::ShimmerApq5 => "shimmer_apq5",
            VoiceQuantity::ShimmerApq11 => "shimmer_apq11",
            VoiceQuantity::Harmonicity => "hnr_db",
            VoiceQuantity::Prominence => "cpps_db",
            VoiceQuantity::F1Median => "f1_median_hz",
            VoiceQuantity::F2Median => "f2_median_hz",
            VoiceQuantity::F3Median => "f3_median_hz",
            VoiceQuantity::F4Median => "f4_median_hz",
            VoiceQuantity::F1Mean => "f1_hz",
            VoiceQuantity::F2Mean => "f2_hz",
            VoiceQuantity::F3Mean => "f3_hz",
            VoiceQuantity::F4Mean => "f4_hz",
            VoiceQuantity::FirstHarmonics => "h1_h2_db",
            VoiceQuantity::Tilt => "spectral_tilt_db_oct",
            VoiceQuantity::AlphaRatio => "alpha_ratio_db",
            VoiceQuantity::Hammarberg => "hammarberg_db",
            VoiceQuantity::Centroid => "spectral_centroid_hz",
        }
    }

    /// Its value in `measures`, in the unit of [`VoiceQuantity::code`].
    pub fn of(self, measures: &VoiceMeasures) -> Measured<f64> {
        let VoiceMeasures { jitter, shimmer, formants: [first, second, third, fourth], spectrum, .. } = measures;
        match self {
            VoiceQuantity::JitterLocal => jitter.local,
            VoiceQuantity::JitterAbsolute => jitter.absolute_s.map(|seconds| 1e3 * seconds),
            VoiceQuantity::JitterRap => jitter.rap,
            VoiceQuantity::JitterPpq5 => jitter.ppq5,
            VoiceQuantity::ShimmerLocal => shimmer.local,
            VoiceQuantity::ShimmerLocalDb => shimmer.local_db.map(f64::from),
            VoiceQuantity::ShimmerApq3 => shimmer.apq3,
            VoiceQuantity::ShimmerApq5 => shimmer.apq5,
            VoiceQuantity::ShimmerApq11 => shimmer.apq11,
            VoiceQuantity::Harmonicity => measures.harmonicity.map(f64::from),
            VoiceQuantity::Prominence => measures.prominence.map(f64::from),
            VoiceQuantity::F1Median => first.median.map(f64::from),
            VoiceQuantity::F2Median => second.median.map(f64::from),
            VoiceQuantity::F3Median => third.median.map(f64::from),
            VoiceQuantity::F4Median => fourth.median.map(f64::from),
            VoiceQuantity::F1Mean => first.mean.map(f64::from),
            VoiceQuantity::F2Mean => second.mean.map(f64::from),
            VoiceQuantity::F3Mean => third.mean.map(f64::from),
            VoiceQuantity::F4Mean => fourth.mean.map(f64::from),
            VoiceQuantity::FirstHarmonics => measures.first_harmonics.map(f64::from),
            VoiceQuantity::Tilt => spectrum.tilt.map(f64::from),
            VoiceQuantity::AlphaRatio => spectrum.alpha_ratio.map(f64::from),
            VoiceQuantity::Hammarberg => spectrum.hammarberg.map(f64::from),
            VoiceQuantity::Centroid => spectrum.centroid.map(f64::from),
        }
    }

    /// What the quality gate is asked before it is measured.
    pub fn gate(self) -> VoiceMeasure {
        match self {
            VoiceQuantity::JitterLocal
            | VoiceQuantity::JitterAbsolute
            | VoiceQuantity::JitterRap
            | VoiceQuantity::JitterPpq5 => VoiceMeasure::Jitter,
            VoiceQuantity::ShimmerLocal
            | VoiceQuantity::ShimmerLocalDb
            | VoiceQuantity::ShimmerApq3
            | VoiceQuantity::ShimmerApq5
            | VoiceQuantity::ShimmerApq11 => VoiceMeasure::Shimmer,
            VoiceQuantity::Harmonicity | VoiceQuantity::Prominence => VoiceMeasure::Harmonicity,
            VoiceQuantity::F1Median | VoiceQuantity::F1Mean => VoiceMeasure::Formant1,
            VoiceQuantity::F2Median | VoiceQuantity::F2Mean => VoiceMeasure::Formant2,
            VoiceQuantity::F3Median | VoiceQuantity::F3Mean => VoiceMeasure::Formant3,
            VoiceQuantity::F4Median | VoiceQuantity::F4Mean => VoiceMeasure::Formant4,
            VoiceQuantity::FirstHarmonics
            | VoiceQuantity::Tilt
            | VoiceQuantity::AlphaRatio
            | VoiceQuantity::Hammarberg
            | VoiceQuantity::Centroid => VoiceMeasure::Spectrum,
        }
    }
}

/// What is usual: middle and spread of a quantity over utterances.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Usual {
    /// Median of the values.
    pub median: f64,
    /// Median absolute deviation from it, not scaled.
    pub deviation: f64,
    /// How many values there are.
    pub utterances: u32,
}

impl Usual {
    /// Fewer values say nothing about what is usual; the same number as for pitch and level by default.
    pub const LEAST: usize = 3;

    /// What is usual of `values`; the reason of most that have none where none has one, `NoBaseline` where there are
    /// fewer than [`Usual::LEAST`].
    pub fn of(values: impl IntoIterator<Item = Measured<f64>>) -> Measured<Usual> {
        let (mut found, mut reasons) = (Vec::new(), Vec::new());
        for value in values {
            match value {
                Measured::Value(value) => found.push(value),
                Measured::Undefined(reason) => reasons.push(reason),
            }
        }
        if found.is_empty() {
            return Measured::Undefined(commonest(&reasons).unwrap_or(UndefinedReason::NoBaseline));
        }
        if found.len() < Usual::LEAST {
            return Measured::Undefined(UndefinedReason::NoBaseline);
        }
        let utterances = u32::try_from(found.len()).unwrap_or(u32::MAX);
        let usual = median(&found).and_then(|middle| {
            let distances: Vec<f64> = found.iter().map(|value| (value - middle).abs()).collect();
            Some(Usual { median: middle, deviation: median(&distances)?, utterances })
        });
        Measured::from_option(usual, UndefinedReason::NoBaseline)
    }
}

impl AcousticFeatures {
    /// What is usual of `quantity` over the utterances of `speaker`.
    pub fn usual_voice(&self, speaker: SpeakerId, quantity: VoiceQuantity) -> Measured<Usual> {
        let own = self.utterances.iter().filter(|utterance| utterance.speaker == Some(speaker));
        Usual::of(own.map(|utterance| quantity.of(&utterance.voice)))
    }
}

/// The reason given most often, of several the first by order.
fn commonest(reasons: &[UndefinedReason]) -> Option<UndefinedReason> {
    let count = |of: &UndefinedReason| reasons.iter().filter(|reason| *reason == of).count();
    reasons.iter().copied().max_by(|one, other| count(one).cmp(&count(other)).then(other.cmp(one)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    const NONE: Measured<f64> = Measured::Undefined(UndefinedReason::NarrowBand);

    #[test]
    fn one_value_that_stands_out_moves_nothing() {
        let values = [1.0, 2.0, 3.0, 4.0, 500.0].map(Measured::Value);
        assert_eq!(Usual::of(values), Measured::Value(Usual { median: 3.0, deviation: 1.0, utterances: 5 }));
        let even = [Measured::Value(1.0), NONE, Measured::Value(2.0), Measured::Value(4.0), Measured::Value(9.0)];
        assert_eq!(Usual::of(even), Measured::Value(Usual { median: 3.0, deviation: 1.5, utterances: 4 }));
    }

    #[test]
    fn too_few_values_are_no_value_and_say_so() {
        assert_eq!(
            Usual::of([NONE, Measured::Undefined(UndefinedReason::TooShort), NONE]),
            Measured::Undefined(UndefinedReason::NarrowBand)
        );
        assert_eq!(
            Usual::of([Measured::Value(1.0), NONE, Measured::Value(2.0)]),
            Measured::Undefined(UndefinedReason::NoBaseline)
        );
        assert_eq!(Usual::of([]), Measured::Undefined(UndefinedReason::NoBaseline));
    }

    #[test]
    fn names_are_different_and_the_chief_ones_are_among_all() {
        assert_eq!(VoiceQuantity::ALL.map(VoiceQuantity::code).iter().collect::<HashSet<_>>().len(), 24);
        assert_eq!(VoiceQuantity::CHIEF.iter().collect::<HashSet<_>>().len(), 13);
        assert!(VoiceQuantity::CHIEF.iter().all(|chief| VoiceQuantity::ALL.contains(chief)));
    }
}

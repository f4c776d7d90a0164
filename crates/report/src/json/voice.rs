//! The shape of the voice measures in `analysis.json`: keys of an entry of `acoustics`.

use serde::{Serialize, Serializer};
use voiceman_base::{AcousticFeatures, Decibels, Measured, SpeakerId, Usual, VoiceMeasures, VoiceQuantity};

/// Shares are fractions: a jitter of 1 % is 0.01.
#[derive(Serialize)]
pub(super) struct VoiceView {
    jitter_local: Measured<f64>,
    jitter_absolute_ms: Measured<f64>,
    jitter_rap: Measured<f64>,
    jitter_ppq5: Measured<f64>,
    shimmer_local: Measured<f64>,
    shimmer_local_db: Measured<f64>,
    shimmer_apq3: Measured<f64>,
    shimmer_apq5: Measured<f64>,
    shimmer_apq11: Measured<f64>,
    hnr_db: Measured<f64>,
    cpps_db: Measured<f64>,
    f1_hz: Measured<f64>,
    f2_hz: Measured<f64>,
    f3_hz: Measured<f64>,
    f4_hz: Measured<f64>,
    f1_median_hz: Measured<f64>,
    f2_median_hz: Measured<f64>,
    f3_median_hz: Measured<f64>,
    f4_median_hz: Measured<f64>,
    formant_ceiling_hz: f64,
    h1_h2_db: Measured<f64>,
    spectral_tilt_db_oct: Measured<f64>,
    alpha_ratio_db: Measured<f64>,
    hammarberg_db: Measured<f64>,
    spectral_centroid_hz: Measured<f64>,
    ltas_db: Measured<Vec<f64>>,
}

impl VoiceView {
    pub(super) fn of(measures: &VoiceMeasures) -> VoiceView {
        let VoiceMeasures {
            jitter,
            shimmer,
            harmonicity,
            prominence,
            formants: [first, second, third, fourth],
            formant_ceiling,
            first_harmonics,
            spectrum,
        } = measures;
        let decibels = |measured: &Measured<Decibels>| measured.map(f64::from);
        VoiceView {
            jitter_local: jitter.local,
            jitter_absolute_ms: jitter.absolute_s.map(|seconds| 1e3 * seconds),
            jitter_rap: jitter.rap,
            jitter_ppq5: jitter.ppq5,
            shimmer_local: shimmer.local,
            shimmer_local_db: decibels(&shimmer.local_db),
            shimmer_apq3: shimmer.apq3,
            shimmer_apq5: shimmer.apq5,
            shimmer_apq11: shimmer.apq11,
            hnr_db: decibels(harmonicity),
            cpps_db: decibels(prominence),
            f1_hz: first.mean.map(f64::from),
            f2_hz: second.mean.map(f64::from),
            f3_hz: third.mean.map(f64::from),
            f4_hz: fourth.mean.map(f64::from),
            f1_median_hz: first.median.map(f64::from),
            f2_median_hz: second.median.map(f64::from),
            f3_median_hz: third.median.map(f64::from),
            f4_median_hz: fourth.median.map(f64::from),
            formant_ceiling_hz: formant_ceiling.value(),
            h1_h2_db: decibels(first_harmonics),
            spectral_tilt_db_oct: decibels(&spectrum.tilt),
            alpha_ratio_db: decibels(&spectrum.alpha_ratio),
            hammarberg_db: decibels(&spectrum.hammarberg),
            spectral_centroid_hz: spectrum.centroid.map(f64::from),
            ltas_db: spectrum.bands.clone().map(|bands| bands.into_iter().map(f64::from).collect()),
        }
    }
}

/// What is usual of each measure for a speaker, by the names of the measures.
pub(super) struct UsualVoiceView(Vec<(VoiceQuantity, Measured<Usual>)>);

#[derive(Serialize)]
struct UsualView {
    median: f64,
    mad: f64,
    utterances: u32,
}

impl UsualVoiceView {
    pub(super) fn of(features: &AcousticFeatures, speaker: SpeakerId) -> UsualVoiceView {
        let usual = |quantity| (quantity, features.usual_voice(speaker, quantity));
        UsualVoiceView(VoiceQuantity::ALL.into_iter().map(usual).collect())
    }
}

impl Serialize for UsualVoiceView {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let view =
            |usual: Usual| UsualView { median: usual.median, mad: usual.deviation, utterances: usual.utterances };
        serializer.collect_map(self.0.iter().map(|(quantity, usual)| (quantity.code(), usual.map(view))))
    }
}

//! The shape of what `analysis.json` says of voices and conversation in time.

use super::view::{BaselineView, SpeakerName, baseline_of_all};
use super::voice::UsualVoiceView;
use serde::{Serialize, Serializer};
use voiceman_base::{
    AcousticFeatures, BaselineOf, ChangeSpan, ChangedQuantity, ClipTime, FormantCeilingBasis, Measured, PitchAgreement,
    PitchRange, PitchRangeBasis, Response, SpeakerAcoustics, Trend, TurnId,
};

/// Whose usual values: `recording`, or `SPEAKER_00`.
pub(super) struct BaselineName(pub(super) BaselineOf);

impl Serialize for BaselineName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            BaselineOf::Recording => serializer.serialize_str("recording"),
            BaselineOf::Speaker(speaker) => serializer.collect_str(&speaker),
        }
    }
}

#[derive(Serialize)]
pub(super) struct RangeView {
    floor: f64,
    ceiling: f64,
    basis: PitchRangeBasis,
}

#[derive(Serialize)]
struct CeilingView {
    ceiling: f64,
    basis: FormantCeilingBasis,
}

#[derive(Serialize)]
pub(super) struct SpeakerAcousticsView {
    speaker: SpeakerName,
    utterances: u32,
    f0_range_hz: RangeView,
    f0_agreement_share: Measured<f64>,
    formant_ceiling_hz: CeilingView,
    baseline: BaselineView,
    speech_rate_syl_s: Measured<f64>,
    articulation_rate_syl_s: Measured<f64>,
    pauses: PausesView,
    responses: ResponsesView,
    voice: UsualVoiceView,
    f0_trend_hz_per_min: Measured<TrendView>,
    intensity_trend_db_per_min: Measured<TrendView>,
}

#[derive(Serialize)]
struct PausesView {
    count: u32,
    total_s: f64,
    median_s: Measured<f64>,
}

#[derive(Serialize)]
struct ResponsesView {
    gaps: u32,
    overlaps: u32,
    left_out: u32,
    lower_quartile_s: Measured<f64>,
    median_s: Measured<f64>,
    upper_quartile_s: Measured<f64>,
}

#[derive(Serialize)]
struct TrendView {
    slope: f64,
    low: f64,
    high: f64,
    utterances: u32,
}

#[derive(Serialize)]
pub(super) struct ResponseView {
    turn: TurnId,
    speaker: SpeakerName,
    after: TurnId,
    to: SpeakerName,
    latency_s: f64,
}

#[derive(Serialize)]
pub(super) struct ChangeView {
    start: f64,
    end: f64,
    speaker: Option<SpeakerName>,
    quantity: ChangedQuantity,
    #[serde(skip_serializing_if = "Option::is_none")]
    mean_deviation_db: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mean_deviation_share: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    baseline_db: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    baseline_hz: Option<f64>,
    baseline_of: BaselineName,
}

pub(super) fn range(range: PitchRange) -> RangeView {
    RangeView { floor: range.floor.value(), ceiling: range.ceiling.value(), basis: range.basis }
}

pub(super) fn speakers(features: &AcousticFeatures) -> Vec<SpeakerAcousticsView> {
    let view = |of: &SpeakerAcoustics| SpeakerAcousticsView {
        speaker: SpeakerName(of.speaker),
        utterances: of.utterances,
        f0_range_hz: range(of.pitch_range),
        f0_agreement_share: of.f0_agreement.map(PitchAgreement::share),
        formant_ceiling_hz: CeilingView {
            ceiling: of.formant_ceiling.frequency.value(),
            basis: of.formant_ceiling.basis,
        },
        baseline: baseline_of_all(features.channel, &of.baseline),
        speech_rate_syl_s: of.speech_rate,
        articulation_rate_syl_s: of.articulation_rate,
        pauses: PausesView {
            count: of.pauses.count,
            total_s: of.pauses.total.seconds(),
            median_s: of.pauses.median.map(ClipTime::seconds),
        },
        responses: ResponsesView {
            gaps: of.response.gaps,
            overlaps: of.response.overlaps,
            left_out: of.response.left_out,
            lower_quartile_s: of.response.lower.map(ClipTime::seconds),
            median_s: of.response.median.map(ClipTime::seconds),
            upper_quartile_s: of.response.upper.map(ClipTime::seconds),
        },
        voice: UsualVoiceView::of(features, of.speaker),
        f0_trend_hz_per_min: of.f0_trend.map(trend),
        intensity_trend_db_per_min: of.intensity_trend.map(trend),
    };
    features.speakers.iter().map(view).collect()
}

fn trend(trend: Trend) -> TrendView {
    TrendView { slope: trend.per_minute, low: trend.low, high: trend.high, utterances: trend.utterances }
}

pub(super) fn responses(features: &AcousticFeatures) -> Vec<ResponseView> {
    let view = |response: &Response| ResponseView {
        turn: response.turn,
        speaker: SpeakerName(response.speaker),
        after: response.after,
        to: SpeakerName(response.to),
        latency_s: response.latency.seconds(),
    };
    features.responses.iter().map(view).collect()
}

pub(super) fn changes(features: &AcousticFeatures) -> Vec<ChangeView> {
    let view = |change: &ChangeSpan| {
        let of = |quantity, value| (change.quantity == quantity).then_some(value);
        ChangeView {
            start: change.span.start().seconds(),
            end: change.span.end().seconds(),
            speaker: change.speaker.map(SpeakerName),
            quantity: change.quantity,
            mean_deviation_db: of(ChangedQuantity::Level, change.mean_deviation),
            mean_deviation_share: of(ChangedQuantity::Pitch, change.mean_deviation),
            baseline_db: of(ChangedQuantity::Level, change.baseline),
            baseline_hz: of(ChangedQuantity::Pitch, change.baseline),
            baseline_of: BaselineName(change.baseline_of),
        }
    };
    features.changes.iter().map(view).collect()
}

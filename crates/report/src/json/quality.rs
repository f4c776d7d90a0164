//! The shape of `quality` in `analysis.json`.

use serde::Serialize;
use voiceman_base::{
    ClipTime, Condition, DropoutKind, Obstacle, Quality, QualityReason, RecordingQuality, SignalQuality,
    SpeakerQuality, Verdict, VoiceMeasure,
};

#[derive(Serialize)]
pub(super) struct QualityView {
    peak_dbfs: Quality<f64>,
    dc_offset: Quality<f64>,
    clipped_share: Quality<f64>,
    bandwidth_hz: Quality<f64>,
    noise_floor_dbfs: Quality<f64>,
    speech_level_dbfs: Quality<f64>,
    speech_s: Quality<f64>,
    snr_db: Quality<f64>,
    dropouts: Quality<DropoutsView>,
    hum: Quality<HumView>,
    fall_db_per_s: Quality<f64>,
    pause_rise_db: Quality<f64>,
    verdicts: Vec<VerdictView>,
    speakers: Vec<SpeakerView>,
}

#[derive(Serialize)]
struct DropoutsView {
    count: u64,
    total_s: f64,
    first: Vec<DropoutView>,
}

#[derive(Serialize)]
struct DropoutView {
    start: f64,
    end: f64,
    kind: DropoutKind,
}

#[derive(Serialize)]
struct HumView {
    line_hz: f64,
    over_neighbourhood_db: f64,
    level_dbfs: f64,
}

#[derive(Serialize)]
struct SpeakerView {
    speaker: String,
    net_speech_s: f64,
    verdicts: Vec<VerdictView>,
}

#[derive(Serialize)]
struct VerdictView {
    measure: VoiceMeasure,
    bears: bool,
    obstacles: Vec<ObstacleView>,
    untold: Vec<UntoldView>,
}

/// What stands against a measure: `found`, and what is `needed`, in the unit of the measure that `kind` names.
#[derive(Serialize)]
struct ObstacleView {
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    found: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    needed: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    condition: Option<Condition>,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<QualityReason>,
}

#[derive(Serialize)]
struct UntoldView {
    condition: Condition,
    why: QualityReason,
}

pub(super) fn quality(quality: &RecordingQuality) -> QualityView {
    let SignalQuality {
        peak_dbfs,
        dc_offset,
        clipped_share,
        bandwidth_hz,
        noise_floor_dbfs,
        speech_level_dbfs,
        speech_time,
        snr_db,
        dropouts,
        hum,
        fall_db_per_s,
        pause_rise_db,
    } = quality.signal.clone();
    QualityView {
        peak_dbfs: peak_dbfs.map(|level| level.value()),
        dc_offset,
        clipped_share,
        bandwidth_hz: bandwidth_hz.map(|bandwidth| bandwidth.value()),
        noise_floor_dbfs: noise_floor_dbfs.map(|level| level.value()),
        speech_level_dbfs: speech_level_dbfs.map(|level| level.value()),
        speech_s: speech_time.map(ClipTime::seconds),
        snr_db: snr_db.map(|ratio| ratio.value()),
        dropouts: dropouts.map(|lost| DropoutsView {
            count: lost.count,
            total_s: lost.total.seconds(),
            first: lost
                .first
                .iter()
                .map(|one| DropoutView {
                    start: one.span.start().seconds(),
                    end: one.span.end().seconds(),
                    kind: one.kind,
                })
                .collect(),
        }),
        hum: hum.map(|hum| HumView {
            line_hz: hum.line_hz.value(),
            over_neighbourhood_db: hum.over_neighbourhood_db.value(),
            level_dbfs: hum.level_dbfs.value(),
        }),
        fall_db_per_s: fall_db_per_s.map(|fall| fall.value()),
        pause_rise_db: pause_rise_db.map(|rise| rise.value()),
        verdicts: verdicts(&quality.verdicts),
        speakers: quality.speakers.iter().map(speaker).collect(),
    }
}

fn speaker(quality: &SpeakerQuality) -> SpeakerView {
    let SpeakerQuality { speaker, net_speech, verdicts: of_speaker } = quality;
    SpeakerView { speaker: speaker.to_string(), net_speech_s: net_speech.seconds(), verdicts: verdicts(of_speaker) }
}

fn verdicts(verdicts: &[Verdict]) -> Vec<VerdictView> {
    let view = |verdict: &Verdict| VerdictView {
        measure: verdict.measure,
        bears: verdict.bears(),
        obstacles: verdict.obstacles.iter().map(obstacle).collect(),
        untold: verdict
            .untold
            .iter()
            .map(|untold| UntoldView { condition: untold.condition, why: untold.why })
            .collect(),
    };
    verdicts.iter().map(view).collect()
}

fn obstacle(obstacle: &Obstacle) -> ObstacleView {
    let numbers = |kind, found: f64, needed: f64| ObstacleView {
        kind,
        found: Some(found),
        needed: Some(needed),
        condition: None,
        why: None,
    };
    match *obstacle {
        Obstacle::Unknown { condition, why } => {
            ObstacleView { kind: "unknown", found: None, needed: None, condition: Some(condition), why: Some(why) }
        }
        Obstacle::Noise { snr_db, needed_db } => numbers("noise", snr_db.value(), needed_db.value()),
        Obstacle::Bandwidth { bandwidth_hz, needed_hz } => {
            numbers("bandwidth", bandwidth_hz.value(), needed_hz.value())
        }
        Obstacle::Clipping { share, most } => numbers("clipping", share, most),
        Obstacle::Hum { speech_over_hum_db, needed_db } => {
            numbers("hum", speech_over_hum_db.value(), needed_db.value())
        }
        Obstacle::Dropouts { share, most } => numbers("dropouts", share, most),
        Obstacle::Reverberation { fall_db_per_s, needed_db_per_s } => {
            numbers("reverberation", fall_db_per_s.value(), needed_db_per_s.value())
        }
        Obstacle::AutomaticGain { rise_db, most_db } => numbers("automatic_gain", rise_db.value(), most_db.value()),
        Obstacle::Codec { kilobits_per_s, needed } => numbers("codec", kilobits_per_s, needed),
        Obstacle::LittleSpeech { speech, needed } => numbers("little_speech", speech.seconds(), needed.seconds()),
    }
}

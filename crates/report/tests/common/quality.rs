//! What the sound of a recording is like.

use super::{millis, span};
use voiceman_base::{
    ClipTime, Condition, Decibels, Diarization, Dropout, DropoutKind, Dropouts, Hertz, Hum, Jitter, Measured, Obstacle,
    QualityReason, RecordingQuality, Shimmer, SignalQuality, SpeakerQuality, Untold, Verdict, VoiceMeasure,
};

/// The quality of a recording in which there is nothing to hear.
pub fn unheard() -> RecordingQuality {
    let why = QualityReason::Silent;
    let verdict = |measure| Verdict {
        measure,
        obstacles: vec![Obstacle::Unknown { condition: Condition::Speech, why: QualityReason::NoSpeech }],
        untold: vec![Untold { condition: Condition::AutomaticGain, why }],
    };
    let signal = SignalQuality {
        peak_dbfs: Measured::Undefined(why),
        dc_offset: Measured::Undefined(why),
        clipped_share: Measured::Undefined(why),
        bandwidth_hz: Measured::Undefined(why),
        noise_floor_dbfs: Measured::Undefined(why),
        speech_level_dbfs: Measured::Undefined(why),
        speech_time: Measured::Undefined(why),
        snr_db: Measured::Undefined(why),
        dropouts: Measured::Undefined(why),
        hum: Measured::Undefined(why),
        fall_db_per_s: Measured::Undefined(why),
        pause_rise_db: Measured::Undefined(why),
    };
    RecordingQuality { signal, verdicts: VoiceMeasure::ALL.map(verdict).to_vec(), speakers: Vec::new() }
}

/// The quality of a call over a line, as a whole and for the speakers told apart.
pub fn of_a_call(diarization: &Diarization) -> RecordingQuality {
    let decibels = |value: f64| Measured::from_option(Decibels::new(value), QualityReason::TooShort);
    let db = |value: f64| Decibels::new(value).expect("finite");
    let hz = |value: f64| Hertz::new(value).expect("finite");
    let lost = |start, end| Dropout { span: span(start, end), kind: DropoutKind::Constant };
    let signal = SignalQuality {
        peak_dbfs: decibels(-1.25),
        dc_offset: Measured::Value(-0.000_12),
        clipped_share: Measured::Value(0.000_123),
        bandwidth_hz: Measured::Value(hz(3_412.4)),
        noise_floor_dbfs: decibels(-48.26),
        speech_level_dbfs: decibels(-23.1),
        speech_time: Measured::Value(millis(20_400)),
        snr_db: decibels(25.2),
        dropouts: Measured::Value(Dropouts {
            count: 2,
            total: millis(90),
            first: vec![lost(4_200, 4_260), lost(13_500, 13_530)],
        }),
        hum: Measured::Value(Hum { line_hz: hz(60.0), over_neighbourhood_db: db(1.3), level_dbfs: db(-71.4) }),
        fall_db_per_s: Measured::Undefined(QualityReason::TooFewFalls),
        pause_rise_db: decibels(4.6),
    };
    let noise = Obstacle::Noise { snr_db: db(25.2), needed_db: db(30.0) };
    let bandwidth = |needed: f64| Obstacle::Bandwidth { bandwidth_hz: hz(3_412.4), needed_hz: hz(needed) };
    let gain = Obstacle::AutomaticGain { rise_db: db(4.6), most_db: db(2.0) };
    let clipping = Obstacle::Clipping { share: 0.000_123, most: 0.000_1 };
    let untold = Untold { condition: Condition::Reverberation, why: QualityReason::TooFewFalls };
    let verdicts = |speech: ClipTime| {
        let verdict = |measure: VoiceMeasure| {
            let (mut obstacles, asks_for_room, seconds) = match measure {
                VoiceMeasure::Pitch => (Vec::new(), false, 1.0),
                VoiceMeasure::SpeechRate => (Vec::new(), false, 5.0),
                VoiceMeasure::Level => (vec![clipping, gain], false, 1.0),
                VoiceMeasure::Jitter => (vec![noise, clipping], true, 1.0),
                VoiceMeasure::Shimmer => (vec![noise, bandwidth(5_000.0), clipping, gain], true, 1.0),
                VoiceMeasure::Harmonicity => (vec![noise, bandwidth(5_000.0), clipping], true, 1.0),
                VoiceMeasure::Formant1 | VoiceMeasure::Formant3 => (vec![bandwidth(4_100.0)], true, 1.0),
                VoiceMeasure::Formant4 | VoiceMeasure::Spectrum => (vec![bandwidth(5_000.0)], true, 1.0),
                VoiceMeasure::Formant2 => (Vec::new(), true, 1.0),
                VoiceMeasure::Emotion => (Vec::new(), true, 2.0),
                VoiceMeasure::SpeakerComparison => (Vec::new(), true, 10.0),
            };
            let needed = ClipTime::from_seconds(seconds);
            if speech < needed {
                obstacles.insert(0, Obstacle::LittleSpeech { speech, needed });
            }
            Verdict { measure, obstacles, untold: if asks_for_room { vec![untold] } else { Vec::new() } }
        };
        VoiceMeasure::ALL.map(verdict).to_vec()
    };
    let speakers = diarization.speakers.iter().map(|speaker| {
        let net_speech = speaker.speech.saturating_sub(speaker.overlapped);
        SpeakerQuality { speaker: speaker.id, net_speech, verdicts: verdicts(net_speech) }
    });
    RecordingQuality { signal, verdicts: verdicts(millis(20_400)), speakers: speakers.collect() }
}

//! What belongs to a case and to no recording.

use voiceman_base::{ClipTime, Measured, SpeakerId, Usual, UtteranceId};
use voiceman_report::{CaseBaseline, CaseDecision, CaseFinding, CaseProposal, CaseRaised, CaseVoice, CaseVoices};

/// What a run took, with a hot device and one without a sensor.
pub fn performance() -> voiceman_report::CasePerformance {
    let time = ClipTime::from_seconds;
    let device = |name: &str, temperature_c, throttled| voiceman_report::CaseDevice {
        name: name.to_owned(),
        busy: Some(0.93),
        temperature_c,
        throttled: time(throttled),
    };
    let stage = |name: &str, runs, active, rate| voiceman_report::CaseStage {
        name: name.to_owned(),
        runs,
        cached: 1,
        active: time(active),
        rate,
    };
    voiceman_report::CasePerformance {
        total: time(650.4),
        audio: time(21_066.0),
        mean: Some(time(3.6)),
        slowest: Some(("transcribe".to_owned(), 0.97)),
        peak: Some(voiceman_base::Bytes::new(812_000_000)),
        budget: Some(voiceman_base::Bytes::new(2_000_000_000)),
        devices: vec![device("a <fast> processor", None, 0.0), device("a card", Some((71.2, 84.0)), 62.0)],
        stages: vec![stage("transcribe", 181, 630.9, Some(33.4)), stage("score", 0, 0.0, None)],
    }
}

/// Voices across recordings: a confirmed pair with what is then usual, an open one, a refused one.
pub fn voices() -> CaseVoices {
    let voice = |recording: &str, speaker: u32, utterance| CaseVoice {
        recording: recording.to_owned(),
        speaker: SpeakerId(speaker).to_string(),
        page: Some(format!("recordings/{recording}/report.html")),
        utterance: Some(UtteranceId(utterance)),
    };
    let proposal = |id: &str, first, second, similarity, rates: [f64; 3], decision| CaseProposal {
        id: id.to_owned(),
        first,
        second,
        similarity,
        false_alarm: rates[0],
        worst_false_alarm: rates[1],
        miss: rates[2],
        decision,
    };
    let decided = |confirmed, by: Option<&str>| {
        Some(CaseDecision { confirmed, by: by.map(str::to_owned), at: Some("2026-03-04T09:12:44Z".to_owned()) })
    };
    let (first, second) = (|utterance| voice("a.wav", 1, utterance), |utterance| voice("b.wav", 0, utterance));
    let usual = |median, utterances| Measured::Value(Usual { median, deviation: 6.2, utterances });
    let raised = |voice, seconds, pitch: f64, over_recording, wording| CaseRaised {
        voice,
        start: ClipTime::from_seconds(seconds),
        pitch,
        over_case: pitch / 182.4 - 1.0,
        over_recording,
        wording,
    };
    let finding = |voice, seconds, (level, pitch), over_case| CaseFinding {
        voice,
        start: ClipTime::from_seconds(seconds),
        level,
        pitch,
        over_case,
    };
    CaseVoices {
        model: "campplus-zh-en".to_owned(),
        people: 4,
        pairs_of_one: 688,
        pairs_of_two: 2_352,
        least_similarity: 0.65,
        proposals: vec![
            proposal("1f0c22aa", first(1), second(2), 0.83, [0.0, 0.006, 0.554], decided(true, Some("J. Kim"))),
            proposal("9b3d01e7", second(2), voice("c.wav", 1, 0), 0.71, [0.0, 0.049, 0.391], None),
            proposal("02be77d4", first(1), voice("c.wav", 0, 3), 0.66, [0.001, 0.105, 0.295], decided(false, None)),
        ],
        not_compared: vec![(voice("d.wav", 0, 0), vec!["little_speech".to_owned(), "noise".to_owned()])],
        earlier_decisions: 2,
        baselines: vec![CaseBaseline {
            voices: vec![(first(1), usual(176.0, 14)), (second(2), usual(203.1, 9))],
            pitch: Some(usual(182.4, 23)),
            raised: vec![
                raised(first(4), 12.8, 241.0, Some((0.369, Some(true))), true),
                raised(second(5), 18.5, 222.7, Some((0.097, Some(false))), false),
                raised(second(7), 22.1, 219.0, None, false),
            ],
            findings: vec![
                finding(first(4), 12.8, (true, true), Some((0.321, true))),
                finding(first(6), 31.4, (false, true), Some((0.074, false))),
                finding(second(8), 40.2, (true, false), None),
            ],
        }],
    }
}

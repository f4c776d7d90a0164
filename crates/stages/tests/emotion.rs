//! The emotion stage with stand-ins for the models: what is judged, by whom, and why the rest is not.

#![allow(clippy::unwrap_used)]

use std::sync::{Arc, Mutex};
use voiceman_audio::{DecodeSettings, Mono16k, decode};
use voiceman_base::{
    ArousalLabel, BatchShape, ClipTime, Diarization, Digest, EmotionAccuracy, EmotionCondition, EmotionModelFacts,
    EmotionReason, Measured, ModelIdentity, Precision, Prob, Quality, QualityReason, RecordingQuality, SignalQuality,
    Span, SpeakerBasis, SpeakerId, SpeechMap, SpeechRegion, Stage, StageErrorKind, Turn, TurnId, Unwatched, Verdict,
    VoiceMeasure, Watch,
};
use voiceman_stages::emotion::{
    EmotionInput, EmotionModel, EmotionSettings, EmotionStage, Judgement, cost_in_stretches,
};
use voiceman_stages::network::{NetworkError, NoMemory};

/// Says high arousal of loud stretches, and compares where it may.
struct Loudness;

impl EmotionModel for Loudness {
    fn facts(&self) -> EmotionModelFacts {
        let accuracy = EmotionAccuracy {
            recall: 0.5,
            recall_interval: [0.4, 0.6],
            arousal_recall: 0.9,
            arousal_interval: [0.8, 0.95],
            calibration_error: 0.05,
        };
        EmotionModelFacts {
            model: ModelIdentity {
                role: "emotion".to_owned(),
                name: "loudness".to_owned(),
                sha256: Digest::of(b"loudness"),
                precision: Precision::Exact,
                runtime: "none".to_owned(),
            },
            trained_on: "nothing".to_owned(),
            licence: None,
            without_baseline: Some(accuracy),
            with_baseline: Some(accuracy),
        }
    }

    fn listen(&mut self, stretches: &[Vec<f32>]) -> Result<Vec<Measured<Vec<f64>, EmotionReason>>, NetworkError> {
        let peak = |samples: &Vec<f32>| samples.iter().fold(0.0_f64, |peak, sample| peak.max(f64::from(sample.abs())));
        let heard = |samples: &Vec<f32>| match peak(samples) {
            0.0 => Measured::Undefined(EmotionReason::Silent),
            peak => Measured::Value(vec![peak]),
        };
        Ok(stretches.iter().map(heard).collect())
    }

    fn judge(&self, stretches: &[Vec<f64>], same_voice: bool) -> Vec<Judgement> {
        let condition = if same_voice { EmotionCondition::WithBaseline } else { EmotionCondition::WithoutBaseline };
        let judged = |heard: &Vec<f64>| {
            let high_arousal = if heard[0] > 0.2 { 0.9 } else { 0.1 };
            let mut classes = [Some(0.0); 7];
            classes[0] = Some(high_arousal);
            classes[6] = Some(1.0 - high_arousal);
            Judgement {
                classes,
                high_arousal: Some(high_arousal),
                dimensions: None,
                condition: Some(condition),
                class_threshold: Some(0.8),
                arousal_threshold: Some(0.8),
            }
        };
        stretches.iter().map(judged).collect()
    }
}

fn span(start: f64, end: f64) -> Span {
    Span::clamped(ClipTime::from_seconds(start), ClipTime::from_seconds(end))
}

/// Thirty seconds: quiet, from 10 s on loud, from 20 s on nothing.
fn sound() -> Arc<Mono16k> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sound.wav");
    let data: Vec<u8> = (0..30 * 16_000_u32)
        .map(|index| match index / 160_000 {
            0 => 0.1,
            1 => 0.5,
            _ => 0.0,
        } * f64::from(index).sin())
        .flat_map(|sample: f64| ((sample * 32_767.0) as i16).to_le_bytes())
        .collect();
    let mut bytes = b"RIFF".to_vec();
    bytes.extend((36 + data.len() as u32).to_le_bytes());
    bytes.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    bytes.extend(16_000_u32.to_le_bytes());
    bytes.extend(32_000_u32.to_le_bytes());
    bytes.extend(b"\x02\0\x10\0data");
    bytes.extend((data.len() as u32).to_le_bytes());
    bytes.extend(data);
    std::fs::write(&path, bytes).unwrap();
    Arc::new(decode(&path, &DecodeSettings::default()).unwrap().mono_16k().unwrap())
}

fn quality(bears: bool) -> Arc<RecordingQuality> {
    let none = QualityReason::TooShort;
    let signal = SignalQuality {
        peak_dbfs: Quality::Undefined(none),
        dc_offset: Quality::Undefined(none),
        clipped_share: Quality::Undefined(none),
        bandwidth_hz: Quality::Undefined(none),
        noise_floor_dbfs: Quality::Undefined(none),
        speech_level_dbfs: Quality::Undefined(none),
        speech_time: Quality::Undefined(none),
        snr_db: Quality::Undefined(none),
        dropouts: Quality::Undefined(none),
        hum: Quality::Undefined(none),
        fall_db_per_s: Quality::Undefined(none),
        pause_rise_db: Quality::Undefined(none),
    };
    let obstacles = match bears {
        true => Vec::new(),
        false => vec![voiceman_base::Obstacle::Clipping { share: 0.5, most: 0.01 }],
    };
    let verdicts = vec![Verdict { measure: VoiceMeasure::Emotion, obstacles, untold: Vec::new() }];
    Arc::new(RecordingQuality { signal, verdicts, speakers: Vec::new() })
}

fn turn(id: u32, speaker: u32, start: f64, end: f64) -> Turn {
    Turn {
        id: TurnId(id),
        speaker: SpeakerId(speaker),
        span: span(start, end),
        margin: Measured::Value(0.5),
        doubts: Vec::new(),
    }
}

fn input(turns: Option<Vec<Turn>>, bears: bool) -> EmotionInput {
    let region = SpeechRegion { span: span(0.0, 30.0), speech: Prob::ONE };
    let diarization = |turns| Diarization {
        basis: SpeakerBasis::Voices,
        notes: Vec::new(),
        speakers: Vec::new(),
        turns,
        voices: Vec::new(),
    };
    EmotionInput {
        audio: sound(),
        speech: Arc::new(SpeechMap::new(vec![region]).unwrap()),
        diarization: turns.map(diarization).map(Arc::new),
        quality: quality(bears),
    }
}

fn stage() -> EmotionStage {
    EmotionStage::new(vec![(1.0, Box::new(Loudness))], EmotionSettings::default()).unwrap()
}

#[test]
fn turns_are_judged_and_the_rest_says_why_not() {
    let turns = vec![
        turn(0, 0, 1.0, 4.0),
        turn(1, 1, 5.0, 5.5),
        turn(2, 0, 11.0, 15.0),
        turn(3, 1, 16.0, 19.0),
        turn(4, 0, 16.5, 19.0),
        turn(5, 0, 21.0, 24.0),
    ];
    let found = stage().run(vec![input(Some(turns), true)], &Unwatched).remove(0).unwrap();
    let said: Vec<_> = found
        .segments
        .iter()
        .map(|segment| match &segment.sounded {
            Measured::Value(sounded) => Ok((sounded.arousal, sounded.condition)),
            Measured::Undefined(why) => Err(*why),
        })
        .collect();
    let with = EmotionCondition::WithBaseline;
    assert_eq!(
        said,
        [
            Ok((ArousalLabel::Low, with)),
            Err(EmotionReason::TooShort),
            Ok((ArousalLabel::High, with)),
            Err(EmotionReason::Overlapped),
            Err(EmotionReason::Overlapped),
            Err(EmotionReason::Silent),
        ]
    );
    assert_eq!(found.speakers.len(), 1);
    assert_eq!(
        (found.speakers[0].measured.seconds(), found.speakers[0].high.seconds(), found.speakers[0].low.seconds()),
        (7.0, 4.0, 3.0)
    );
}

#[test]
fn without_speakers_stretches_of_speech_are_cut_and_compared_with_nothing() {
    let found = stage().run(vec![input(None, true)], &Unwatched).remove(0).unwrap();
    assert!(found.segments.len() >= 3 && found.speakers.is_empty());
    for segment in &found.segments {
        assert!((2.0..=10.0).contains(&segment.span.length().seconds()) && segment.speaker.is_none());
        if let Measured::Value(sounded) = &segment.sounded {
            assert_eq!(sounded.condition, EmotionCondition::WithoutBaseline);
        }
    }
}

#[test]
fn bad_sound_is_not_judged() {
    let found = stage().run(vec![input(Some(vec![turn(0, 0, 1.0, 4.0)]), false)], &Unwatched).remove(0).unwrap();
    assert_eq!(found.segments[0].sounded, Measured::Undefined(EmotionReason::Quality));
    assert!(found.speakers.is_empty());
}

/// Lets through one stretch at a time.
struct OneByOne;

impl Watch for OneByOne {
    fn progress(&self, _done: ClipTime, _total: ClipTime) {}

    fn is_cancelled(&self) -> bool {
        false
    }

    fn next_batch(&self, _wanted: usize) -> Result<usize, voiceman_base::Cancelled> {
        Ok(1)
    }
}

#[test]
fn batches_and_other_recordings_change_nothing() {
    let turns = || Some((0..9).map(|id| turn(id, id % 2, 2.0 * f64::from(id), 2.0 * f64::from(id) + 1.9)).collect());
    let together = stage().run(vec![input(turns(), true), input(None, true)], &Unwatched);
    let alone = stage().run(vec![input(turns(), true)], &OneByOne);
    assert_eq!(together[0].as_ref().unwrap(), alone[0].as_ref().unwrap());
}

/// Tells how many stretches it was given at once, and fails when it should.
struct Told {
    model: Loudness,
    sizes: Arc<Mutex<Vec<usize>>>,
    fails: bool,
}

impl EmotionModel for Told {
    fn facts(&self) -> EmotionModelFacts {
        self.model.facts()
    }

    fn listen(&mut self, stretches: &[Vec<f32>]) -> Result<Vec<Measured<Vec<f64>, EmotionReason>>, NetworkError> {
        self.sizes.lock().unwrap().push(stretches.len());
        if self.fails { Err(Box::new(NoMemory("none is left".to_owned()))) } else { self.model.listen(stretches) }
    }

    fn judge(&self, stretches: &[Vec<f64>], same_voice: bool) -> Vec<Judgement> {
        self.model.judge(stretches, same_voice)
    }
}

/// Three recordings, of which the second has nothing to be heard.
fn three() -> Vec<EmotionInput> {
    let turns =
        |count| Some((0..count).map(|id| turn(id, 0, 2.0 * f64::from(id), 2.0 * f64::from(id) + 1.9)).collect());
    vec![input(turns(7), true), input(turns(7), false), input(turns(9), true)]
}

#[test]
fn stretches_of_several_recordings_are_heard_at_once_and_judged_apart() {
    let sizes = Arc::new(Mutex::new(Vec::new()));
    let told = Told { model: Loudness, sizes: Arc::clone(&sizes), fails: false };
    let mut of_all = EmotionStage::new(vec![(1.0, Box::new(told))], EmotionSettings::default()).unwrap();
    let together = of_all.run(three(), &Unwatched);
    assert_eq!(*sizes.lock().unwrap(), [16]);
    let items: Vec<usize> = three().iter().map(|input| cost_in_stretches(input).items).collect();
    assert_eq!(items, [7, 7, 9]);
    assert_eq!(cost_in_stretches(&input(None, true)).items, 3);
    for (together, input) in together.into_iter().zip(three()) {
        assert_eq!(together.unwrap(), stage().run(vec![input], &Unwatched).remove(0).unwrap());
    }
}

#[test]
fn want_of_memory_is_told_of_every_recording_of_the_batch() {
    let told = Told { model: Loudness, sizes: Arc::default(), fails: true };
    let mut fails = EmotionStage::new(vec![(1.0, Box::new(told))], EmotionSettings::default()).unwrap();
    for found in fails.run(three(), &Unwatched) {
        assert!(found.is_err_and(|error| error.kind == StageErrorKind::OutOfMemory));
    }
}

#[test]
fn no_speech_gives_nothing_and_a_stop_is_heard() {
    struct Stopped;
    impl Watch for Stopped {
        fn progress(&self, _done: ClipTime, _total: ClipTime) {}
        fn is_cancelled(&self) -> bool {
            true
        }
    }
    let silent = EmotionInput { speech: Arc::new(SpeechMap::default()), ..input(None, true) };
    let found = stage().run(vec![silent], &Unwatched).remove(0).unwrap();
    assert!(found.segments.is_empty() && found.models.len() == 1);
    let stopped = stage().run(vec![input(None, true)], &Stopped).remove(0);
    assert!(stopped.is_err_and(|error| error.kind == StageErrorKind::Cancelled));
    assert_eq!(EmotionStage::shape(), BatchShape::recordings(EmotionStage::shape().memory_per_item));
}

#[test]
fn settings_that_cannot_be_worked_with_are_refused() {
    for settings in [
        EmotionSettings { least_s: 0.0, ..EmotionSettings::default() },
        EmotionSettings { longest_piece_s: 3.0, ..EmotionSettings::default() },
        EmotionSettings { most_overlapped: f64::NAN, ..EmotionSettings::default() },
        EmotionSettings { weight_embedded: 0.0, ..EmotionSettings::default() },
    ] {
        assert!(EmotionStage::new(Vec::new(), settings).is_err());
    }
}

//! Makes [`Performance`] out of the events of a run.

use super::machine::MachineSums;
use super::stages::{Batch, StageSums, bottleneck};
use super::{
    Failure, ModelPerformance, NoticeRecord, PERFORMANCE_SCHEMA, Performance, RecordingPerformance, StageRun, factor,
    seconds, whole_micros,
};
use crate::recording::RecordingId;
use std::collections::BTreeMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use voiceman_base::{Bytes, Event, NoticeKind, RecordingKey};

/// Most notices that are kept; all are counted.
const KEPT_NOTICES: usize = 1_000;

/// Collects what a run takes.
#[derive(Clone, Debug)]
pub struct PerformanceRecorder {
    started_unix_s: u64,
    models: Vec<ModelPerformance>,
    stages: StageSums,
    machine: MachineSums,
    recordings: BTreeMap<RecordingKey, Vec<StageRun>>,
    finished: usize,
    failures: Vec<(RecordingKey, String)>,
    notice_counts: BTreeMap<NoticeKind, usize>,
    notices: Vec<(NoticeRecord, Option<RecordingKey>)>,
}

impl PerformanceRecorder {
    /// A run that began at `started`.
    pub fn new(started: SystemTime) -> PerformanceRecorder {
        PerformanceRecorder {
            // A clock before 1970 is wrong anyway; 0 shows it.
            started_unix_s: started.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()),
            models: Vec::new(),
            stages: StageSums::default(),
            machine: MachineSums::default(),
            recordings: BTreeMap::new(),
            finished: 0,
            failures: Vec::new(),
            notice_counts: BTreeMap::new(),
            notices: Vec::new(),
        }
    }

    /// Takes note of `event`, which happened `at` after the start.
    pub fn take(&mut self, at: Duration, event: &Event) {
        match event {
            Event::Machine { devices, memory_budget_bytes } => self.machine.machine(devices, *memory_budget_bytes),
            Event::Reading(reading) => {
                let since = self.machine.reading(at, reading, self.finished);
                self.stages.queues(&reading.queues, since);
            }
            Event::BatchFinished { stage, items, allowed, took, waited, memory_bytes, device: _, recordings: _ } => {
                let (items, allowed, took, waited, memory_bytes) = (*items, *allowed, *took, *waited, *memory_bytes);
                self.stages.batch(stage, at, &Batch { items, allowed, took, waited, memory_bytes });
            }
            Event::Notice { kind, stage, device, recording, text } => {
                *self.notice_counts.entry(*kind).or_default() += 1;
                if let Some(device) = device {
                    self.machine.notice(at, *kind, *device);
                }
                if self.notices.len() < KEPT_NOTICES {
                    let stage = stage.map(str::to_owned);
                    let (device, text) = (*device, text.clone());
                    let record = NoticeRecord { at_s: seconds(at), kind: *kind, stage, device, recording: None, text };
                    self.notices.push((record, *recording));
                }
            }
            Event::ModelLoaded { name, seconds: took, memory_bytes } => {
                let (seconds, memory_bytes) = (whole_micros(took.max(0.0)), *memory_bytes);
                self.models.push(ModelPerformance { name: name.clone(), seconds, memory_bytes });
            }
            Event::StageFinished { recording, stage, took, audio, cached } => {
                let audio_s = audio.seconds();
                if *cached {
                    self.stages.cached(stage);
                } else {
                    self.stages.ran(stage, at, *took, audio_s);
                }
                let run = StageRun { stage: (*stage).to_owned(), seconds: seconds(*took), audio_s, cached: *cached };
                self.recordings.entry(*recording).or_default().push(run);
            }
            Event::RecordingFinished { .. } => self.finished += 1,
            Event::RecordingFailed { recording, error } => {
                self.finished += 1;
                self.failures.push((*recording, error.clone()));
            }
            Event::CaseStarted { .. }
            | Event::RecordingStarted { .. }
            | Event::StageStarted { .. }
            | Event::StageProgress { .. }
            | Event::Warning { .. }
            | Event::CaseFinished { .. } => {}
        }
    }

    /// The run is over after `total`; `id` gives the number of a recording in the case.
    pub fn finish(
        self,
        total: Duration,
        peak_memory: Option<Bytes>,
        id: impl Fn(RecordingKey) -> RecordingId,
    ) -> Performance {
        let worked_on = |runs: &&Vec<StageRun>| runs.iter().any(|run| !run.cached);
        let worked = self.recordings.values().filter(worked_on).count();
        let mut by_id: BTreeMap<RecordingId, Vec<StageRun>> = BTreeMap::new();
        for (key, runs) in self.recordings {
            by_id.entry(id(key)).or_default().extend(runs);
        }
        let longest = |runs: &Vec<StageRun>| {
            runs.iter().filter(|run| !run.cached).map(|run| run.audio_s).max_by(f64::total_cmp).unwrap_or(0.0)
        };
        let (total_s, audio_s) = (seconds(total), whole_micros(by_id.values().map(longest).sum()));
        let stages = self.stages.finish();
        let (devices, memory, readings) = self.machine.finish(total);
        let notice =
            |(record, key): (NoticeRecord, Option<RecordingKey>)| NoticeRecord { recording: key.map(&id), ..record };
        Performance {
            schema: PERFORMANCE_SCHEMA.to_owned(),
            started_unix_s: self.started_unix_s,
            total_s,
            audio_s,
            real_time_factor: factor(total_s, audio_s),
            audio_s_per_s: factor(audio_s, total_s).filter(|_| audio_s > 0.0),
            mean_recording_s: factor(total_s, worked as f64),
            peak_rss_bytes: peak_memory.map(Bytes::get),
            memory,
            devices,
            bottleneck: bottleneck(&stages, total_s),
            models: self.models,
            stages,
            recordings: by_id.into_iter().map(recording_performance).collect(),
            failures: self.failures.into_iter().map(|(key, error)| Failure { recording: id(key), error }).collect(),
            notice_counts: self.notice_counts,
            notices: self.notices.into_iter().map(notice).collect(),
            readings,
        }
    }
}

fn recording_performance((recording, stages): (RecordingId, Vec<StageRun>)) -> RecordingPerformance {
    RecordingPerformance { recording, seconds: whole_micros(stages.iter().map(|run| run.seconds).sum()), stages }
}

#[cfg(test)]
mod tests {
    use super::*;
    use voiceman_base::ClipTime;

    fn finished(recording: usize, stage: &'static str, took: u64, audio: ClipTime, cached: bool) -> Event {
        let (recording, took) = (RecordingKey(recording), Duration::from_millis(took));
        Event::StageFinished { recording, stage, took, audio, cached }
    }

    fn recorded(events: &[Event], total: Duration) -> Performance {
        let mut recorder = PerformanceRecorder::new(UNIX_EPOCH + Duration::from_secs(1_800_000_000));
        for (second, event) in (1..).zip(events) {
            recorder.take(Duration::from_secs(second), event);
        }
        recorder.finish(total, Some(Bytes::mebi(500)), |key| RecordingId(key.0 as u32 + 1))
    }

    #[test]
    fn sums_leave_out_what_was_there_already() {
        let minute = ClipTime::from_seconds(60.0);
        let performance = recorded(
            &[
                Event::ModelLoaded { name: "whisper-base".into(), seconds: 0.8, memory_bytes: None },
                finished(1, "vad", 0, minute, true),
                finished(0, "vad", 300, minute, false),
                finished(0, "transcribe", 3_000, minute, false),
                finished(2, "words", 100, ClipTime::from_millis(100), false),
                finished(3, "words", 200, ClipTime::from_millis(200), false),
                Event::RecordingFailed { recording: RecordingKey(1), error: "decode: no sound".into() },
            ],
            Duration::from_secs(6),
        );
        assert_eq!(performance.started_unix_s, 1_800_000_000);
        assert_eq!(performance.audio_s, 60.3);
        assert_eq!(performance.real_time_factor, Some(6.0 / 60.3));
        assert_eq!(performance.mean_recording_s, Some(2.0));
        let vad = performance.stages.iter().find(|stage| stage.stage == "vad").expect("vad");
        assert_eq!((vad.runs, vad.cached, vad.seconds, vad.real_time_factor), (1, 1, 0.3, Some(0.005)));
        let words = performance.stages.iter().find(|stage| stage.stage == "words").expect("words");
        assert_eq!((words.seconds, words.audio_s), (0.3, 0.3));
        assert_eq!(performance.recordings[0].seconds, 3.3);
        assert_eq!(performance.failures[0].recording, RecordingId(2));
        let bottleneck = performance.bottleneck.expect("one");
        assert_eq!((bottleneck.stage.as_str(), bottleneck.share), ("transcribe", 0.5));
    }

    #[test]
    fn a_run_that_did_nothing_has_no_factor() {
        let there = finished(0, "vad", 0, ClipTime::from_seconds(5.0), true);
        let performance = recorded(&[there], Duration::from_millis(20));
        assert_eq!((performance.real_time_factor, performance.audio_s_per_s), (None, None));
        assert_eq!((performance.mean_recording_s, performance.bottleneck), (None, None));
        assert_eq!(performance.stages[0].real_time_factor, None);
    }

    #[test]
    fn all_notices_are_counted_and_the_first_ones_kept() {
        let notice = |kind| Event::Notice {
            kind,
            stage: Some("ser"),
            device: None,
            recording: Some(RecordingKey(4)),
            text: "halved".into(),
        };
        let mut events = vec![notice(NoticeKind::Halved); KEPT_NOTICES + 5];
        events.push(notice(NoticeKind::Stuck));
        let performance = recorded(&events, Duration::from_secs(2_000));
        assert_eq!(performance.notice_counts[&NoticeKind::Halved], KEPT_NOTICES + 5);
        assert_eq!(performance.notice_counts[&NoticeKind::Stuck], 1);
        assert_eq!(performance.notices.len(), KEPT_NOTICES);
        assert_eq!((performance.notices[1].at_s, performance.notices[1].recording), (2.0, Some(RecordingId(5))));
    }
}

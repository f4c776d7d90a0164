//! `performance.json`: what a run took. The only result file that differs between two runs of the same work.

use crate::recording::RecordingId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use voiceman_base::{Bytes, ClipTime};

/// Schema of the file.
pub const PERFORMANCE_SCHEMA: &str = "voiceman.performance/1";

/// What a run took.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Performance {
    /// Schema and its number.
    pub schema: String,
    /// When the run began, in seconds since 1970 UTC.
    pub started_unix_s: u64,
    /// From start to end, in seconds.
    pub total_s: f64,
    /// Sound of the recordings that were worked on, in seconds.
    pub audio_s: f64,
    /// `total_s` over `audio_s`: seconds per second of sound. Nothing when every result was there already.
    pub real_time_factor: Option<f64>,
    /// Most memory that the process held, in bytes. Nothing where the system does not tell.
    pub peak_rss_bytes: Option<u64>,
    /// Models that were loaded, in that order.
    pub models: Vec<ModelPerformance>,
    /// Sums per stage, by name.
    pub stages: Vec<StagePerformance>,
    /// Per recording, by number.
    pub recordings: Vec<RecordingPerformance>,
    /// Recordings that could not be analysed, in the order in which they failed.
    pub failures: Vec<Failure>,
}

/// The loading of a model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelPerformance {
    /// Name in the model manifest.
    pub name: String,
    /// How long it took, in seconds.
    pub seconds: f64,
}

/// What a stage took over all recordings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StagePerformance {
    /// Name of the stage.
    pub stage: String,
    /// How often it ran.
    pub runs: usize,
    /// How often its result was there already.
    pub cached: usize,
    /// Time over its runs, in seconds.
    pub seconds: f64,
    /// Sound that it ran over, in seconds.
    pub audio_s: f64,
    /// `seconds` over `audio_s`. Nothing when it did not run.
    pub real_time_factor: Option<f64>,
}

/// What a recording took.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RecordingPerformance {
    /// Number in the case.
    pub recording: RecordingId,
    /// Time over all of its stages, in seconds.
    pub seconds: f64,
    /// Its stages, in the order in which they ended.
    pub stages: Vec<StageRun>,
}

/// One stage on one recording.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StageRun {
    /// Name of the stage.
    pub stage: String,
    /// How long it took, in seconds.
    pub seconds: f64,
    /// Length of the sound, in seconds.
    pub audio_s: f64,
    /// The result was there already.
    pub cached: bool,
}

/// A recording that could not be analysed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Failure {
    /// Number in the case.
    pub recording: RecordingId,
    /// What failed, on what, where.
    pub error: String,
}

/// Collects what a run takes.
#[derive(Clone, Debug)]
pub struct PerformanceRecorder {
    started_unix_s: u64,
    models: Vec<ModelPerformance>,
    recordings: BTreeMap<RecordingId, Vec<StageRun>>,
    failures: Vec<Failure>,
}

impl PerformanceRecorder {
    /// A run that began at `started`.
    pub fn new(started: SystemTime) -> PerformanceRecorder {
        // A clock before 1970 is wrong anyway; 0 shows it.
        let started_unix_s = started.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        PerformanceRecorder { started_unix_s, models: Vec::new(), recordings: BTreeMap::new(), failures: Vec::new() }
    }

    /// A model was loaded.
    pub fn model_loaded(&mut self, name: &str, took: Duration) {
        self.models.push(ModelPerformance { name: name.to_owned(), seconds: seconds(took) });
    }

    /// A stage is done with a recording.
    pub fn stage_finished(
        &mut self,
        recording: RecordingId,
        stage: &str,
        took: Duration,
        audio: ClipTime,
        cached: bool,
    ) {
        let run = StageRun { stage: stage.to_owned(), seconds: seconds(took), audio_s: audio.seconds(), cached };
        self.recordings.entry(recording).or_default().push(run);
    }

    /// A recording could not be analysed.
    pub fn failed(&mut self, recording: RecordingId, error: &str) {
        self.failures.push(Failure { recording, error: error.to_owned() });
    }

    /// The run is over after `total`.
    pub fn finish(self, total: Duration, peak_memory: Option<Bytes>) -> Performance {
        let mut stages: BTreeMap<&str, StagePerformance> = BTreeMap::new();
        let mut audio = 0.0;
        for runs in self.recordings.values() {
            let longest = runs.iter().filter(|run| !run.cached).map(|run| run.audio_s).max_by(f64::total_cmp);
            audio += longest.unwrap_or(0.0);
            for run in runs {
                let sums = stages.entry(&run.stage).or_insert_with(|| StagePerformance {
                    stage: run.stage.clone(),
                    runs: 0,
                    cached: 0,
                    seconds: 0.0,
                    audio_s: 0.0,
                    real_time_factor: None,
                });
                if run.cached {
                    sums.cached += 1;
                } else {
                    sums.runs += 1;
                    sums.seconds += run.seconds;
                    sums.audio_s += run.audio_s;
                }
            }
        }
        let mut stages: Vec<StagePerformance> = stages.into_values().collect();
        for sums in &mut stages {
            sums.real_time_factor = factor(sums.seconds, sums.audio_s);
        }
        for sums in &mut stages {
            (sums.seconds, sums.audio_s) = (whole_micros(sums.seconds), whole_micros(sums.audio_s));
        }
        let (total_s, audio) = (seconds(total), whole_micros(audio));
        Performance {
            schema: PERFORMANCE_SCHEMA.to_owned(),
            started_unix_s: self.started_unix_s,
            total_s,
            audio_s: audio,
            real_time_factor: factor(total_s, audio),
            peak_rss_bytes: peak_memory.map(Bytes::get),
            models: self.models,
            stages,
            recordings: self.recordings.into_iter().map(recording_performance).collect(),
            failures: self.failures,
        }
    }
}

fn recording_performance((recording, stages): (RecordingId, Vec<StageRun>)) -> RecordingPerformance {
    RecordingPerformance { recording, seconds: whole_micros(stages.iter().map(|run| run.seconds).sum()), stages }
}

/// Seconds of work per second of sound, where there was sound.
fn factor(seconds: f64, audio_s: f64) -> Option<f64> {
    (audio_s > 0.0).then(|| seconds / audio_s)
}

/// Seconds with microseconds: finer is noise.
fn seconds(took: Duration) -> f64 {
    took.as_micros() as f64 / 1e6
}

/// A sum of seconds without the dust that adding them left behind the microseconds.
fn whole_micros(seconds: f64) -> f64 {
    (seconds * 1e6).round() / 1e6
}

/// Most memory that this process has held so far, as Linux tells it (`VmHWM`). Nothing on other systems.
pub fn peak_resident_memory() -> Option<Bytes> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(Bytes::new(kibibytes * 1_024))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_leave_out_what_was_there_already() {
        let mut recorder = PerformanceRecorder::new(UNIX_EPOCH + Duration::from_secs(1_800_000_000));
        let (one, two) = (RecordingId(1), RecordingId(2));
        let minute = ClipTime::from_seconds(60.0);
        recorder.model_loaded("whisper-base", Duration::from_millis(800));
        recorder.stage_finished(two, "vad", Duration::ZERO, minute, true);
        recorder.stage_finished(one, "vad", Duration::from_millis(300), minute, false);
        recorder.stage_finished(one, "transcribe", Duration::from_secs(3), minute, false);
        recorder.stage_finished(RecordingId(3), "words", Duration::from_millis(100), ClipTime::from_millis(100), false);
        recorder.stage_finished(RecordingId(4), "words", Duration::from_millis(200), ClipTime::from_millis(200), false);
        recorder.failed(two, "decode: no sound");
        let performance = recorder.finish(Duration::from_secs(6), Some(Bytes::mebi(500)));
        assert_eq!(performance.started_unix_s, 1_800_000_000);
        assert_eq!(performance.audio_s, 60.3);
        assert_eq!(performance.real_time_factor, Some(6.0 / 60.3));
        let vad = performance.stages.iter().find(|stage| stage.stage == "vad").expect("vad");
        assert_eq!((vad.runs, vad.cached, vad.seconds, vad.real_time_factor), (1, 1, 0.3, Some(0.005)));
        let words = performance.stages.iter().find(|stage| stage.stage == "words").expect("words");
        assert_eq!((words.seconds, words.audio_s), (0.3, 0.3));
        assert_eq!(performance.recordings[0].seconds, 3.3);
        assert_eq!(performance.failures.len(), 1);
    }

    #[test]
    fn a_run_that_did_nothing_has_no_factor() {
        let mut recorder = PerformanceRecorder::new(UNIX_EPOCH);
        recorder.stage_finished(RecordingId(1), "vad", Duration::ZERO, ClipTime::from_seconds(5.0), true);
        let performance = recorder.finish(Duration::from_millis(20), None);
        assert_eq!(performance.real_time_factor, None);
        assert_eq!(performance.stages[0].real_time_factor, None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_peak_covers_what_was_held() {
        let held = vec![1_u8; 64 << 20];
        let peak = peak_resident_memory().expect("the system tells");
        assert!(peak.get() >= held.iter().map(|byte| u64::from(*byte)).sum());
    }
}

//! `performance.json`: what a run took. With the section of the case report that is made from it, the only result that
//! differs between two runs of the same work.

mod machine;
mod recorder;
mod spans;
mod stages;

pub use recorder::PerformanceRecorder;

use crate::recording::RecordingId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::Duration;
use voiceman_base::NoticeKind;

/// Schema of the file.
pub const PERFORMANCE_SCHEMA: &str = "voiceman.performance/1";

/// What a run took. Files of earlier versions lack what has a default.
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
    /// `audio_s` over `total_s`: seconds of sound per second. Nothing when every result was there already.
    #[serde(default)]
    pub audio_s_per_s: Option<f64>,
    /// `total_s` over the number of recordings on which a stage ran. Nothing when none did on any.
    #[serde(default)]
    pub mean_recording_s: Option<f64>,
    /// Most memory that the process held, in bytes. Nothing where the system does not tell.
    pub peak_rss_bytes: Option<u64>,
    /// Memory on the processor's side, besides the peak.
    #[serde(default)]
    pub memory: MemoryPerformance,
    /// Processor and accelerators, by number. Empty when none were told.
    #[serde(default)]
    pub devices: Vec<DevicePerformance>,
    /// What the run waited for most. Nothing when no stage ran.
    #[serde(default)]
    pub bottleneck: Option<Bottleneck>,
    /// Models that were loaded, in that order.
    pub models: Vec<ModelPerformance>,
    /// Sums per stage, by name.
    pub stages: Vec<StagePerformance>,
    /// Per recording, by number.
    pub recordings: Vec<RecordingPerformance>,
    /// Recordings that could not be analysed, in the order in which they failed.
    pub failures: Vec<Failure>,
    /// How many notices of each kind there were.
    #[serde(default)]
    pub notice_counts: BTreeMap<NoticeKind, usize>,
    /// The first thousand notices, in order.
    #[serde(default)]
    pub notices: Vec<NoticeRecord>,
    /// Readings of the machine in order, evenly thinned to a thousand at most. Means and peaks are over all of them.
    #[serde(default)]
    pub readings: Vec<ReadingRecord>,
}

/// Memory on the processor's side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct MemoryPerformance {
    /// What the run might take, in bytes. Nothing when it was not told.
    pub budget_bytes: Option<u64>,
    /// Most that was leased at once, in bytes. Nothing without a reading.
    pub leased_peak_bytes: Option<u64>,
    /// By how much the process grew for each recording that ended, in bytes: the slope of the line of least squares
    /// through the kept readings of the second half of the run, when everything is loaded. Nothing with fewer than eight
    /// such readings, or when no recording ended between them.
    pub trend_bytes_per_recording: Option<f64>,
}

/// A device over the whole run. Means are weighted by the time between readings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DevicePerformance {
    /// Its number in other places of the file.
    pub device: usize,
    /// `cpu`, `cuda`, `unified` or `simulated`.
    pub kind: String,
    /// The name that its maker gave it.
    pub name: String,
    /// Its memory in bytes.
    pub memory_bytes: Option<u64>,
    /// Least memory of it that was free, in bytes.
    pub free_least_bytes: Option<u64>,
    /// Whether it has a temperature sensor that can be read.
    pub has_thermometer: bool,
    /// Mean share of the time in which it worked, in [0, 1].
    pub busy_mean: Option<f64>,
    /// Mean temperature in degrees Celsius.
    pub temperature_mean_c: Option<f64>,
    /// Highest temperature in degrees Celsius.
    pub temperature_max_c: Option<f64>,
    /// Mean power in watts.
    pub power_mean_w: Option<f64>,
    /// Highest power in watts.
    pub power_max_w: Option<f64>,
    /// Time in which it was slowed down or stopped because of its temperature, in seconds.
    pub throttled_s: f64,
    /// The part of that in which nothing was begun on it, in seconds.
    pub stopped_s: f64,
}

/// The stage that was at work for the largest part of the run. Of stages within 5 % of the run of each other it is the
/// one that recordings waited for longest: more of anything else would not have made the run shorter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bottleneck {
    /// Name of the stage.
    pub stage: String,
    /// Time in which it was at work on anything, in seconds.
    pub active_s: f64,
    /// `active_s` over `total_s`, in [0, 1].
    pub share: f64,
    /// How long recordings waited for it, together, in seconds.
    pub waited_s: f64,
}

/// The loading of a model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelPerformance {
    /// Name in the model manifest.
    pub name: String,
    /// How long it took, in seconds, together with the other models of its stage.
    pub seconds: f64,
    /// By how much the memory of the process grew meanwhile, in bytes.
    #[serde(default)]
    pub memory_bytes: Option<u64>,
}

/// What a stage took over all recordings.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
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
    /// Batches that it ran. 0 where it tells none.
    #[serde(default)]
    pub batches: usize,
    /// Items of its own kind in them, for example windows.
    #[serde(default)]
    pub items: usize,
    /// `items` over how many might have been in them. Nothing without batches.
    #[serde(default)]
    pub fill: Option<f64>,
    /// Time over its batches, in seconds; over its runs where it tells no batches.
    #[serde(default)]
    pub busy_s: f64,
    /// Time in which at least one of them was under way, in seconds: never more than the run took.
    #[serde(default)]
    pub active_s: f64,
    /// `audio_s` over `active_s`. Nothing when it did not run.
    #[serde(default)]
    pub audio_s_per_s: Option<f64>,
    /// How long recordings waited for it, together, in seconds.
    #[serde(default)]
    pub waited_s: f64,
    /// Most recordings that waited for it at once. Nothing without a reading that tells.
    #[serde(default)]
    pub waiting_max: Option<usize>,
    /// Mean of the recordings that waited for it, weighted by time. Nothing without a reading that tells.
    #[serde(default)]
    pub waiting_mean: Option<f64>,
    /// Most memory that one of its batches took beyond what was held before, in bytes. Nothing where not measured.
    #[serde(default)]
    pub memory_peak_bytes: Option<u64>,
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

/// The runtime did something that an operator should know.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NoticeRecord {
    /// When, in seconds since the start.
    pub at_s: f64,
    /// What kind.
    pub kind: NoticeKind,
    /// The stage concerned.
    pub stage: Option<String>,
    /// Number of the device concerned.
    pub device: Option<usize>,
    /// Number in the case of the recording concerned.
    pub recording: Option<RecordingId>,
    /// One sentence.
    pub text: String,
}

/// The state of the machine at one moment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReadingRecord {
    /// When, in seconds since the start.
    pub at_s: f64,
    /// Memory that the process held, in bytes.
    pub process_bytes: Option<u64>,
    /// Memory that was leased, in bytes.
    pub leased_bytes: u64,
    /// Its devices, by number.
    pub devices: Vec<DeviceReadingRecord>,
}

/// The state of a device at one moment. What it did not tell is absent.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct DeviceReadingRecord {
    /// Temperature in degrees Celsius.
    pub temperature_c: Option<f64>,
    /// Share of the time since the reading before in which it worked, in [0, 1].
    pub busy: Option<f64>,
    /// Memory that nobody used, in bytes.
    pub free_bytes: Option<u64>,
    /// Power in watts.
    pub power_w: Option<f64>,
}

/// Seconds of work per second of sound, or the reverse; nothing over nothing.
fn factor(of: f64, over: f64) -> Option<f64> {
    (over > 0.0).then(|| of / over)
}

/// Seconds with microseconds: finer is noise.
fn seconds(took: Duration) -> f64 {
    took.as_micros() as f64 / 1e6
}

/// A sum of seconds without the dust that adding them left behind the microseconds.
fn whole_micros(seconds: f64) -> f64 {
    (seconds * 1e6).round() / 1e6
}

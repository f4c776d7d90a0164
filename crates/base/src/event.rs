//! What the program says while it works. One stream feeds the progress bar, the log and the JSON lines.

use crate::ClipTime;
use serde::{Deserialize, Serialize, Serializer};
use std::time::Duration;

/// Position of a recording in the order of the run, counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct RecordingKey(pub usize);

/// Something happened. In JSON, times are seconds and their keys end in `_s`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// A run begins.
    CaseStarted {
        /// How many recordings.
        recordings: usize,
        /// Size of each one's file in bytes, in the order of the run; 0 where it cannot be told.
        file_bytes: Vec<u64>,
    },
    /// What the run works with.
    Machine {
        /// Processor and accelerators; their positions are the numbers in other events.
        devices: Vec<DeviceFacts>,
        /// Memory that the run may take on the processor's side, in bytes.
        memory_budget_bytes: u64,
    },
    /// The state of the machine: every few seconds, and at the end of a batch.
    Reading(MachineReading),
    /// A batch of a stage is done.
    BatchFinished {
        /// Which stage.
        stage: &'static str,
        /// Number of the device it ran on.
        device: usize,
        /// How many recordings were in it.
        recordings: usize,
        /// How many items of the stage's own kind, for example windows.
        items: usize,
        /// How many might have been.
        allowed: usize,
        /// How long it took.
        #[serde(rename = "took_s", serialize_with = "duration_seconds")]
        took: Duration,
        /// How long its recordings had been waiting, together.
        #[serde(rename = "waited_s", serialize_with = "duration_seconds")]
        waited: Duration,
        /// Memory that it took at most beyond what was held before, in bytes; nothing where that was not measured.
        memory_bytes: Option<u64>,
    },
    /// The runtime did something that an operator should know.
    Notice {
        /// What kind.
        kind: NoticeKind,
        /// The stage concerned.
        stage: Option<&'static str>,
        /// Number of the device concerned.
        device: Option<usize>,
        /// The recording concerned.
        recording: Option<RecordingKey>,
        /// One sentence.
        text: String,
    },
    /// A model was loaded, once per run.
    ModelLoaded {
        /// Name in the manifest.
        name: String,
        /// How long that took, together with the other models of its stage.
        #[serde(rename = "took_s")]
        seconds: f64,
        /// By how much the memory of the process grew meanwhile, whatever else was going on; nothing where the system does
        /// not tell. What a model maps and has not read yet is not in it.
        memory_bytes: Option<u64>,
    },
    /// Work on a recording begins.
    RecordingStarted {
        /// Which.
        recording: RecordingKey,
        /// Its name for people.
        name: String,
    },
    /// A stage begins on a recording.
    StageStarted {
        /// Which recording.
        recording: RecordingKey,
        /// Which stage.
        stage: &'static str,
    },
    /// A stage has come this far.
    StageProgress {
        /// Which recording.
        recording: RecordingKey,
        /// Which stage.
        stage: &'static str,
        /// Sound worked through.
        #[serde(rename = "done_s", serialize_with = "clip_seconds")]
        done: ClipTime,
        /// Sound in all.
        #[serde(rename = "total_s", serialize_with = "clip_seconds")]
        total: ClipTime,
    },
    /// A stage is done with a recording.
    StageFinished {
        /// Which recording.
        recording: RecordingKey,
        /// Which stage.
        stage: &'static str,
        /// How long it took.
        #[serde(rename = "took_s", serialize_with = "duration_seconds")]
        took: Duration,
        /// Length of the sound.
        #[serde(rename = "audio_s", serialize_with = "clip_seconds")]
        audio: ClipTime,
        /// The result was there already.
        cached: bool,
    },
    /// Something a person should know about a recording that goes on.
    Warning {
        /// Which recording.
        recording: RecordingKey,
        /// One sentence.
        text: String,
    },
    /// A recording is done.
    RecordingFinished {
        /// Which.
        recording: RecordingKey,
        /// Nothing had to be done.
        cached: bool,
    },
    /// A recording could not be analysed; the others go on.
    RecordingFailed {
        /// Which.
        recording: RecordingKey,
        /// What failed, on what, where, and what to do.
        error: String,
    },
    /// The run is over.
    CaseFinished {
        /// Recordings with results.
        done: usize,
        /// Recordings without.
        failed: usize,
    },
}

/// A device that a run works with.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DeviceFacts {
    /// `cpu`, `cuda`, `unified` or `simulated`.
    pub kind: &'static str,
    /// The name that its maker gave it.
    pub name: String,
    /// Its memory in bytes: all of it, whoever uses it.
    pub memory_bytes: Option<u64>,
    /// Whether it has a temperature sensor that can be read.
    pub has_thermometer: bool,
}

/// The state of the machine at one moment.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct MachineReading {
    /// By device number.
    pub devices: Vec<DeviceReading>,
    /// Memory that this process holds, in bytes.
    pub process_bytes: Option<u64>,
    /// Memory that is leased, in bytes.
    pub leased_bytes: u64,
    /// How many recordings wait, by stage, in the order of the flow.
    pub queues: Vec<QueueReading>,
}

/// The state of a device at one moment. What it does not tell is absent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct DeviceReading {
    /// Temperature in degrees Celsius.
    pub temperature_c: Option<f64>,
    /// Share of the time since the last reading in which it worked.
    pub busy: Option<f64>,
    /// Memory that nobody uses, in bytes.
    pub free_bytes: Option<u64>,
    /// Power in watts.
    pub power_w: Option<f64>,
}

/// How many recordings wait for a stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct QueueReading {
    /// The stage.
    pub stage: &'static str,
    /// Recordings that are ready for it.
    pub waiting: usize,
    /// Recordings that it works on.
    pub running: usize,
}

/// Kinds of notices, by the rule that was applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoticeKind {
    /// A device passed its warning temperature.
    Warm,
    /// A device passed its throttle temperature: batches are halved and pauses put between them.
    Throttled,
    /// A device passed its critical temperature: nothing is begun on it until it has cooled down.
    Stopped,
    /// A device cooled down: full speed again.
    Released,
    /// Memory ran out in a batch.
    OutOfMemory,
    /// Caches were released.
    CachesReleased,
    /// A batch is tried again at half its size.
    Halved,
    /// Work goes to the processor instead.
    MovedToCpu,
    /// A stage's memory grows from batch to batch.
    LeakSuspected,
    /// A stage took longer than its limit and was given up on one recording.
    Stuck,
    /// A device stopped answering.
    DeviceLost,
    /// Memory is short: less is begun at once.
    MemoryShort,
    /// What was measured in earlier runs could not be read or kept.
    Learnt,
}

impl NoticeKind {
    /// The name used in files and events.
    pub fn name(self) -> &'static str {
        match self {
            NoticeKind::Warm => "warm",
            NoticeKind::Throttled => "throttled",
            NoticeKind::Stopped => "stopped",
            NoticeKind::Released => "released",
            NoticeKind::OutOfMemory => "out_of_memory",
            NoticeKind::CachesReleased => "caches_released",
            NoticeKind::Halved => "halved",
            NoticeKind::MovedToCpu => "moved_to_cpu",
            NoticeKind::LeakSuspected => "leak_suspected",
            NoticeKind::Stuck => "stuck",
            NoticeKind::DeviceLost => "device_lost",
            NoticeKind::MemoryShort => "memory_short",
            NoticeKind::Learnt => "learnt",
        }
    }
}

fn clip_seconds<S: Serializer>(time: &ClipTime, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(time.seconds())
}

/// Whole microseconds; finer is noise.
fn duration_seconds<S: Serializer>(time: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(time.as_micros() as f64 / 1e6)
}

/// Takes events. Called from several threads; must not block for long.
pub trait EventSink: Send + Sync {
    /// Takes one event.
    fn emit(&self, event: Event);
}

/// Drops all events.
pub struct NoEvents;

impl EventSink for NoEvents {
    fn emit(&self, _event: Event) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_notices_are_those_in_the_stream() {
        for kind in [NoticeKind::Warm, NoticeKind::OutOfMemory, NoticeKind::MovedToCpu, NoticeKind::MemoryShort] {
            assert_eq!(serde_json::to_value(kind).expect("JSON"), kind.name());
        }
    }
}

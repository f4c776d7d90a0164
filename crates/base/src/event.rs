//! What the program says while it works. One stream feeds the progress bar, the log and the JSON lines.

use crate::ClipTime;
use serde::{Serialize, Serializer};
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
    },
    /// A model was loaded, once per run.
    ModelLoaded {
        /// Name in the manifest.
        name: String,
        /// How long that took.
        #[serde(rename = "took_s")]
        seconds: f64,
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

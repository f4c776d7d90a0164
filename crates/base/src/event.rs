//! What the program says while it works. One stream feeds the progress bar, the log and the JSON lines.

use crate::ClipTime;
use serde::Serialize;
use std::time::Duration;

/// Position of a recording in the order of the run, counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct RecordingKey(pub usize);

/// Something happened.
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
        done: ClipTime,
        /// Sound in all.
        total: ClipTime,
    },
    /// A stage is done with a recording.
    StageFinished {
        /// Which recording.
        recording: RecordingKey,
        /// Which stage.
        stage: &'static str,
        /// How long it took.
        took: Duration,
        /// Length of the sound.
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

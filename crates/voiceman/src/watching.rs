//! Tells what happens: to whoever watches the run, and to the record of what it took.

use crate::shown;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};
use voiceman_base::{ClipTime, Event, EventSink, RecordingKey, SourceFacts, Watch};
use voiceman_case::{Performance, PerformanceRecorder, RecordingId, peak_resident_memory};
use voiceman_runtime::CancelToken;

/// Passes events on and keeps count.
pub(crate) struct Teller<'a> {
    events: &'a dyn EventSink,
    begun: Instant,
    /// Number in the case of every recording of the run.
    ids: Mutex<Vec<RecordingId>>,
    /// Recordings that had nothing left to do.
    cached: Mutex<BTreeSet<RecordingKey>>,
    record: Mutex<PerformanceRecorder>,
}

impl<'a> Teller<'a> {
    /// For a run over the recordings `ids`.
    pub(crate) fn new(events: &'a dyn EventSink, ids: Vec<RecordingId>) -> Teller<'a> {
        let record = Mutex::new(PerformanceRecorder::new(SystemTime::now()));
        Teller { events, begun: Instant::now(), ids: Mutex::new(ids), cached: Mutex::default(), record }
    }

    /// The number of a recording in the case.
    pub(crate) fn id(&self, key: RecordingKey) -> RecordingId {
        lock(&self.ids)[key.0]
    }

    /// The file turned out to be another recording of the case than it seemed by its path.
    pub(crate) fn identified(&self, key: RecordingKey, id: RecordingId) {
        lock(&self.ids)[key.0] = id;
    }

    /// Whether there was nothing left to do with a recording.
    pub(crate) fn was_cached(&self, key: RecordingKey) -> bool {
        lock(&self.cached).contains(&key)
    }

    pub(crate) fn recording_started(&self, recording: RecordingKey, path: &Path) {
        let name = path.file_name().map_or_else(|| shown(path), |name| shown(name.as_ref()));
        self.emit(Event::RecordingStarted { recording, name });
    }

    pub(crate) fn recording_finished(&self, recording: RecordingKey, cached: bool) {
        if cached {
            lock(&self.cached).insert(recording);
        }
        self.emit(Event::RecordingFinished { recording, cached });
    }

    pub(crate) fn recording_failed(&self, recording: RecordingKey, error: String) {
        self.emit(Event::RecordingFailed { recording, error });
    }

    pub(crate) fn warnings(&self, recording: RecordingKey, facts: &SourceFacts) {
        for warning in &facts.warnings {
            self.emit(Event::Warning { recording, text: warning.text.clone() });
        }
    }

    pub(crate) fn stage_started(&self, recording: RecordingKey, stage: &'static str) -> Instant {
        self.emit(Event::StageStarted { recording, stage });
        Instant::now()
    }

    pub(crate) fn stage_finished(&self, recording: RecordingKey, stage: &'static str, begun: Instant, audio: ClipTime) {
        self.emit(Event::StageFinished { recording, stage, took: begun.elapsed(), audio, cached: false });
    }

    pub(crate) fn stage_cached(&self, recording: RecordingKey, stage: &'static str, audio: ClipTime) {
        self.emit(Event::StageFinished { recording, stage, took: Duration::ZERO, audio, cached: true });
    }

    /// What the run took.
    pub(crate) fn performance(&self) -> Performance {
        let record = lock(&self.record).clone();
        record.finish(self.begun.elapsed(), peak_resident_memory(), |key| self.id(key))
    }
}

impl EventSink for Teller<'_> {
    fn emit(&self, event: Event) {
        // The time is read under the lock, so that it never runs backwards in the record.
        let mut record = lock(&self.record);
        record.take(self.begun.elapsed(), &event);
        drop(record);
        self.events.emit(event);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Every change under these locks is a single call that does not panic half way.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Watches one stage on one recording; passes progress on by whole percents.
pub(crate) struct StageWatch<'a> {
    events: &'a dyn EventSink,
    recording: RecordingKey,
    stage: &'static str,
    cancel: &'a CancelToken,
    told: AtomicI64,
}

impl<'a> StageWatch<'a> {
    pub(crate) fn new(
        events: &'a dyn EventSink,
        recording: RecordingKey,
        stage: &'static str,
        cancel: &'a CancelToken,
    ) -> StageWatch<'a> {
        StageWatch { events, recording, stage, cancel, told: AtomicI64::new(-1) }
    }
}

impl Watch for StageWatch<'_> {
    fn progress(&self, done: ClipTime, total: ClipTime) {
        let percent = done.micros().saturating_mul(100) / total.micros().max(1);
        if self.told.fetch_max(percent, Ordering::Relaxed) < percent {
            self.events.emit(Event::StageProgress { recording: self.recording, stage: self.stage, done, total });
        }
    }

    fn is_cancelled(&self) -> bool {
        self.cancel.is_cancelled()
    }
}

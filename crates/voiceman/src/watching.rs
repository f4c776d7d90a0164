//! Tells what happens: to whoever watches the run, and to the record of what it took.

use crate::shown;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};
use voiceman_base::{Cancelled, ClipTime, Event, EventSink, NoticeKind, RecordingKey, SourceFacts, Watch};
use voiceman_case::{Performance, PerformanceRecorder, RecordingId};
use voiceman_runtime::device::process_peak;

/// Passes events on and keeps count.
pub(crate) struct Teller {
    events: Arc<dyn EventSink>,
    begun: Instant,
    /// Number in the case of every recording of the run.
    ids: Mutex<Vec<RecordingId>>,
    /// Recordings that had nothing left to do.
    cached: Mutex<BTreeSet<RecordingKey>>,
    record: Mutex<PerformanceRecorder>,
    /// Recordings that were told to have begun.
    started: Mutex<BTreeSet<RecordingKey>>,
}

impl Teller {
    /// For a run over the recordings `ids`.
    pub(crate) fn new(events: Arc<dyn EventSink>, ids: Vec<RecordingId>) -> Teller {
        let record = Mutex::new(PerformanceRecorder::new(SystemTime::now()));
        Teller {
            events,
            begun: Instant::now(),
            ids: Mutex::new(ids),
            cached: Mutex::default(),
            record,
            started: Mutex::default(),
        }
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
        if !lock(&self.started).insert(recording) {
            return;
        }
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

    /// Something that an operator should know.
    pub(crate) fn notice(&self, kind: NoticeKind, text: String) {
        self.emit(Event::Notice { kind, stage: None, device: None, recording: None, text });
    }

    pub(crate) fn warnings(&self, recording: RecordingKey, facts: &SourceFacts) {
        for warning in &facts.warnings {
            self.emit(Event::Warning { recording, text: warning.text.clone() });
        }
    }

    pub(crate) fn stage_started(&self, recording: RecordingKey, stage: &'static str) {
        self.emit(Event::StageStarted { recording, stage });
    }

    pub(crate) fn stage_finished(&self, recording: RecordingKey, stage: &'static str, took: Duration, audio: ClipTime) {
        self.emit(Event::StageFinished { recording, stage, took, audio, cached: false });
    }

    pub(crate) fn stage_cached(&self, recording: RecordingKey, stage: &'static str, audio: ClipTime) {
        self.emit(Event::StageFinished { recording, stage, took: Duration::ZERO, audio, cached: true });
    }

    /// What the run took.
    pub(crate) fn performance(&self) -> Performance {
        let record = lock(&self.record).clone();
        record.finish(self.begun.elapsed(), process_peak(), |key| self.id(key))
    }
}

impl EventSink for Teller {
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

/// Watches one stage on a batch of recordings, which it works through in their order; passes progress on by whole
/// percents of each.
pub(crate) struct BatchWatch<'a> {
    events: &'a dyn EventSink,
    recordings: Vec<Watched>,
    stage: &'static str,
    inner: &'a dyn Watch,
}

/// A recording of the batch.
struct Watched {
    key: RecordingKey,
    audio: ClipTime,
    told: AtomicI64,
}

impl<'a> BatchWatch<'a> {
    /// Over recordings with their lengths.
    pub(crate) fn new(
        events: &'a dyn EventSink,
        recordings: Vec<(RecordingKey, ClipTime)>,
        stage: &'static str,
        inner: &'a dyn Watch,
    ) -> BatchWatch<'a> {
        let watched = |(key, audio)| Watched { key, audio, told: AtomicI64::new(-1) };
        BatchWatch { events, recordings: recordings.into_iter().map(watched).collect(), stage, inner }
    }
}

impl Watch for BatchWatch<'_> {
    fn progress(&self, done: ClipTime, total: ClipTime) {
        // The stage counts in its own measure of sound; all recordings together are the whole of it.
        let all: ClipTime = self.recordings.iter().map(|watched| watched.audio).sum();
        let share = done.micros() as f64 / total.micros().max(1) as f64;
        let mut left = all.seconds() * share.min(1.0);
        for Watched { key, audio, told } in &self.recordings {
            let done = ClipTime::from_seconds(left.min(audio.seconds()));
            left -= done.seconds();
            let percent = done.micros().saturating_mul(100) / audio.micros().max(1);
            if told.fetch_max(percent, Ordering::Relaxed) < percent {
                self.events.emit(Event::StageProgress { recording: *key, stage: self.stage, done, total: *audio });
            }
            if left <= 0.0 {
                break;
            }
        }
    }

    fn is_cancelled(&self) -> bool {
        self.inner.is_cancelled()
    }

    fn next_batch(&self, wanted: usize) -> Result<usize, Cancelled> {
        self.inner.next_batch(wanted)
    }
}

//! What a running batch may do: go on, how much at once, or rest because its device is hot.

use crate::CancelToken;
use crate::heat::Pace;
use crate::schedule::DeviceId;
use crate::sync::{Arc, AtomicBool, Condvar, Mutex, MutexGuard};
use std::sync::PoisonError;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};
use voiceman_base::{Cancelled, ClipTime, Watch};

/// Longest time after which a resting batch notices that it should stop.
const ATTENTION: Duration = Duration::from_millis(100);

/// How each device is driven now.
pub(super) struct Paces {
    paces: Mutex<Vec<Pace>>,
    changed: Condvar,
}

impl Paces {
    pub(super) fn new(devices: usize) -> Paces {
        Paces { paces: Mutex::new(vec![Pace::Full; devices]), changed: Condvar::new() }
    }

    pub(super) fn set(&self, device: DeviceId, pace: Pace) {
        if let Some(held) = self.lock().get_mut(device) {
            *held = pace;
        }
        self.changed.notify_all();
    }

    fn of(paces: &[Pace], device: DeviceId) -> Pace {
        paces.get(device).copied().unwrap_or(Pace::Full)
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Pace>> {
        self.paces.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The [`Watch`] of one batch.
pub struct Leave {
    cancel: CancelToken,
    stop: AtomicBool,
    paces: Arc<Paces>,
    device: DeviceId,
    at_once: usize,
}

impl Leave {
    pub(super) fn new(cancel: CancelToken, paces: Arc<Paces>, device: DeviceId, at_once: usize) -> Leave {
        Leave { cancel, stop: AtomicBool::new(false), paces, device, at_once }
    }

    /// This batch should stop, whatever becomes of the run.
    pub(super) fn stop(&self) {
        // Under the lock: a batch that has just looked and is about to rest must not miss it.
        let paces = self.paces.lock();
        self.stop.store(true, Ordering::SeqCst);
        drop(paces);
        self.paces.changed.notify_all();
    }
}

impl Watch for Leave {
    fn progress(&self, _done: ClipTime, _total: ClipTime) {}

    fn is_cancelled(&self) -> bool {
        self.cancel.is_cancelled() || self.stop.load(Ordering::SeqCst)
    }

    fn next_batch(&self, wanted: usize) -> Result<usize, Cancelled> {
        let asked = Instant::now();
        let mut paces = self.paces.lock();
        loop {
            self.check()?;
            let most = |share: f64| ((self.at_once as f64 * share) as usize).max(1).min(wanted);
            let left = match Paces::of(&paces, self.device) {
                Pace::Full => return Ok(most(1.0)),
                Pace::Throttled { share, pause } => match pause.checked_sub(asked.elapsed()) {
                    None | Some(Duration::ZERO) => return Ok(most(share)),
                    Some(left) => left,
                },
                Pace::Stopped => ATTENTION,
            };
            let waited = self.paces.changed.wait_timeout(paces, left.min(ATTENTION));
            paces = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

//! Makes what holds models while the first recordings are still read.

use super::{BoxedExecutor, BuildExecutor};
use crate::CancelToken;
use crate::device::process_memory;
use crate::panic::catch;
use crate::schedule::{DeviceId, NodeId};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;
use voiceman_base::Bytes;

/// What is to be made, and for which device.
pub(super) type Wish<T, E> = ((NodeId, DeviceId), Arc<BuildExecutor<T, E>>);

/// An executor and the memory that making it took.
pub(super) type Made<T, E> = (BoxedExecutor<T, E>, Option<Bytes>);

/// Executors that are being made.
pub(super) struct Preload<T, E> {
    coming: BTreeMap<(NodeId, DeviceId), Receiver<Made<T, E>>>,
    thread: JoinHandle<()>,
    /// Closed when the thread has ended.
    working: Receiver<()>,
}

impl<T: 'static, E: 'static> Preload<T, E> {
    /// Makes one after another, in this order. An error is not told: it comes again, with the name of a recording, when
    /// the executor is needed.
    pub(super) fn begin(wishes: Vec<Wish<T, E>>, cancel: CancelToken) -> Preload<T, E> {
        let mut coming = BTreeMap::new();
        let mut orders = Vec::new();
        for ((node, device), build) in wishes {
            let (made, taken) = channel();
            coming.insert((node, device), taken);
            orders.push((device, build, made));
        }
        let (at_work, working) = channel();
        let thread = thread::spawn(move || {
            let _at_work = at_work;
            for (device, build, made) in orders {
                if cancel.is_cancelled() {
                    return;
                }
                let before = process_memory();
                if let Ok(Ok(executor)) = catch(|| build(device)) {
                    // Nobody may want it any more.
                    let _ = made.send((executor, grown(before)));
                }
            }
        });
        Preload { coming, thread, working }
    }

    /// Where the executor of a node arrives that is being made for the device; each is handed out once.
    pub(super) fn take(&mut self, node: NodeId, device: DeviceId) -> Option<Receiver<Made<T, E>>> {
        self.coming.remove(&(node, device))
    }

    /// Waits until nothing is made any more, and gives back what nobody wanted. What does not come to an end within
    /// `grace` is left behind, as a worker is that hangs.
    pub(super) fn end(self, grace: Duration) {
        drop(self.coming);
        if self.working.recv_timeout(grace) == Err(RecvTimeoutError::Disconnected) {
            let _ = self.thread.join();
        }
    }
}

/// Memory that this process holds more than `before`.
pub(super) fn grown(before: Option<Bytes>) -> Option<Bytes> {
    let now = process_memory()?;
    Some(Bytes::new(now.get().saturating_sub(before?.get())))
}

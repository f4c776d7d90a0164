//! Reads the devices every few seconds, on a thread of its own: a driver may take its time to answer.

use super::worker::Report;
use crate::device::Device;
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// The thread.
pub(super) struct Monitor {
    quit: Sender<()>,
    thread: JoinHandle<()>,
}

impl Monitor {
    /// Reads now, and every `poll` from now on.
    pub(super) fn start<T, E>(devices: Vec<Arc<dyn Device>>, poll: Duration, reports: Sender<Report<T, E>>) -> Monitor
    where
        T: Send + Sync + 'static,
        E: Send + 'static,
    {
        let (quit, asked) = channel::<()>();
        let thread = thread::spawn(move || {
            loop {
                let readings = devices.iter().map(|device| (device.read(), device.is_lost())).collect();
                if reports.send(Report::Readings(readings)).is_err() {
                    return;
                }
                match asked.recv_timeout(poll) {
                    Err(RecvTimeoutError::Timeout) => {}
                    Ok(()) | Err(RecvTimeoutError::Disconnected) => return,
                }
            }
        });
        Monitor { quit, thread }
    }

    /// Ends it. A reading that a driver has not answered is not waited for.
    pub(super) fn stop(self) {
        drop(self.quit);
        if self.thread.is_finished() {
            let _ = self.thread.join();
        }
    }
}

//! A thread that does one task at a time and says what came of it.

use super::preload::{Made, grown};
use super::{BuildExecutor, Executor, KeepResult, Leave, Trouble};
use crate::device::{PeakMemory, process_memory};
use crate::panic::{Panicked, catch};
use crate::schedule::{DeviceId, TaskId};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, JoinHandle};
use voiceman_base::{Bytes, DeviceReading};

/// What a worker is given.
pub(super) struct Task<T, E> {
    pub(super) task: TaskId,
    pub(super) what: What<T, E>,
}

pub(super) enum What<T, E> {
    Batch {
        batch: Vec<Arc<T>>,
        /// Nothing where it has to be built first.
        executor: Option<Box<dyn Executor<T, E>>>,
        /// Where it is being built already.
        coming: Option<Receiver<Made<T, E>>>,
        build: Arc<BuildExecutor<T, E>>,
        device: DeviceId,
        leave: Arc<Leave>,
        /// Whether its memory is measured: only one task at a time may be.
        measure: bool,
    },
    Keep {
        subject: Arc<T>,
        keep: Option<Arc<KeepResult<T, E>>>,
    },
}

/// What the driving thread is told.
pub(super) enum Report<T, E> {
    /// A task has ended.
    Ended(TaskEnded<T, E>),
    /// The devices were read; whether each is gone.
    Readings(Vec<(DeviceReading, bool)>),
}

/// What came of a task.
pub(super) struct TaskEnded<T, E> {
    pub(super) task: TaskId,
    /// By recording.
    pub(super) results: Vec<Result<(), Bad<E>>>,
    /// Memory that the batch took at most, where that was measured.
    pub(super) memory: Option<Bytes>,
    /// Memory that making the executor took, where that was measured.
    pub(super) built: Option<Bytes>,
    /// For the next batch.
    pub(super) executor: Option<Box<dyn Executor<T, E>>>,
}

/// Why a recording has no result.
pub(super) enum Bad<E> {
    Trouble(Trouble<E>),
    Panic(Panicked),
}

pub(super) struct Worker<T, E> {
    tasks: Sender<Task<T, E>>,
    thread: JoinHandle<()>,
}

impl<T: Send + Sync + 'static, E: Send + 'static> Worker<T, E> {
    pub(super) fn start(reports: Sender<Report<T, E>>) -> Worker<T, E> {
        let (tasks, given) = channel::<Task<T, E>>();
        let thread = thread::spawn(move || {
            for task in given {
                if reports.send(done(task)).is_err() {
                    return;
                }
            }
        });
        Worker { tasks, thread }
    }

    /// Gives it a task; hands it back where the thread is gone.
    pub(super) fn give(&self, task: Task<T, E>) -> Result<(), Task<T, E>> {
        self.tasks.send(task).map_err(|back| back.0)
    }

    /// Ends it and waits until it has ended; it has nothing to do.
    pub(super) fn dismiss(self) {
        drop(self.tasks);
        let _ = self.thread.join();
    }

    /// Goes on without it.
    pub(super) fn leave_behind(self) {
        drop(self);
    }
}

fn done<T, E>(Task { task, what }: Task<T, E>) -> Report<T, E> {
    match what {
        What::Keep { subject, keep } => {
            let kept = catch(|| keep.map_or(Ok(()), |keep| keep(&subject)));
            let result = match kept {
                Ok(Ok(())) => Ok(()),
                Ok(Err(error)) => Err(Bad::Trouble(Trouble::Failed(error))),
                Err(panicked) => Err(Bad::Panic(panicked)),
            };
            Report::Ended(TaskEnded { task, results: vec![result], memory: None, built: None, executor: None })
        }
        What::Batch { batch, executor, coming, build, device, leave, measure } => {
            let count = batch.len();
            // Taken into the closure, so that a panic throws it away with whatever state it was in.
            let worked = catch(move || {
                let (mut executor, built) = match executor {
                    Some(executor) => (executor, None),
                    None => match coming.and_then(|coming| coming.recv().ok()) {
                        Some(made) => made,
                        None => {
                            let before = process_memory();
                            (build(device)?, grown(before))
                        }
                    },
                };
                let peak = measure.then(PeakMemory::start);
                let results = executor.run(&batch, &*leave);
                // Before the report is sent: a recording's memory is free again when its end is known.
                drop(batch);
                Ok((results, executor, built, peak.and_then(PeakMemory::grown)))
            });
            match worked {
                Ok(Ok((results, executor, built, memory))) => {
                    let results = results.into_iter().map(|result| result.map_err(Bad::Trouble)).collect();
                    Report::Ended(TaskEnded { task, results, memory, built, executor: Some(executor) })
                }
                Ok(Err(error)) => without_executor(task, setup_failed(error, count)),
                Err(panicked) => {
                    without_executor(task, (0..count).map(|_| Err(Bad::Panic(panicked.clone()))).collect())
                }
            }
        }
    }
}

fn without_executor<T, E>(task: TaskId, results: Vec<Result<(), Bad<E>>>) -> Report<T, E> {
    Report::Ended(TaskEnded { task, results, memory: None, built: None, executor: None })
}

/// The executor could not be made: the first recording gets the error, the others of the batch are tried again and get
/// their own.
fn setup_failed<E>(error: E, count: usize) -> Vec<Result<(), Bad<E>>> {
    let mut results: Vec<Result<(), Bad<E>>> = vec![Err(Bad::Trouble(Trouble::Failed(error)))];
    results.extend((1..count).map(|_| Err(Bad::Trouble(Trouble::Cancelled))));
    results
}

//! Drives a run on a real machine: threads that do what the [`Scheduler`] says, and one that reads the devices.
//!
//! The thread that calls [`Drive::run`] owns the scheduler and everything that is told; it never works on a recording.
//! Worker threads know one task at a time. One that does not come back is left behind, and another takes its place.

mod leave;
mod monitor;
mod preload;
mod worker;

pub use leave::Leave;

use crate::device::{Device, process_memory};
use crate::leak::Trend;
use crate::learnt::Costs;
use crate::memory::{Lease, caches_are_full};
use crate::panic::Panicked;
use crate::schedule::{
    Action, DeviceId, DeviceSpec, Ended, Input, JobId, JobSpec, MachineSpec, NodeId, NodeSpec, Order, Place, Rules,
    Scheduler, TaskId, Verdict, Work,
};
use crate::{CancelToken, heat};
use leave::Paces;
use monitor::Monitor;
use preload::Preload;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};
use voiceman_base::{Bytes, Cost, DeviceReading, Event, EventSink, MachineReading, NoticeKind, QueueReading, Watch};
use worker::{Report, Task, TaskEnded, What, Worker};

/// Longest time after which the user's wish to stop is noticed.
const ATTENTION: Duration = Duration::from_millis(100);

/// One kind of work that every recording of type `T` passes.
pub struct Node<T, E> {
    /// What the scheduler knows of it.
    pub spec: NodeSpec,
    /// What a recording asks of it; nothing when there is nothing to do.
    pub cost: Box<AskCost<T>>,
    /// Makes what does the work on a device; called again after a panic.
    pub build: Arc<BuildExecutor<T, E>>,
    /// Writes the result, on an I/O thread.
    pub keep: Option<Arc<KeepResult<T, E>>>,
    /// Whether it is made while the first recordings are read; otherwise when a recording needs it.
    pub preload: bool,
}

/// Tells what a recording asks of a node.
pub type AskCost<T> = dyn Fn(&T) -> Option<Cost> + Send + Sync;
/// Makes an executor for a device.
pub type BuildExecutor<T, E> = dyn Fn(DeviceId) -> Result<Box<dyn Executor<T, E>>, E> + Send + Sync;
/// Writes a result.
pub type KeepResult<T, E> = dyn Fn(&T) -> Result<(), E> + Send + Sync;

/// Does a node's work.
pub trait Executor<T, E>: Send {
    /// Works on a batch; one result per recording, in the same order.
    fn run(&mut self, batch: &[Arc<T>], watch: &dyn Watch) -> Vec<Result<(), Trouble<E>>>;

    /// Gives back memory that it holds without need.
    fn release_caches(&mut self) {}
}

/// Why a recording has no result.
#[derive(Debug, PartialEq)]
pub enum Trouble<E> {
    /// It failed, and would fail again.
    Failed(E),
    /// There was not enough memory.
    OutOfMemory,
    /// The device stopped answering.
    DeviceLost,
    /// It stopped because it was asked to.
    Cancelled,
}

/// What became of a recording.
#[derive(Debug, PartialEq)]
pub enum Outcome<E> {
    /// All nodes are done.
    Done,
    /// A node failed; those behind it did not run.
    Failed(Failure<E>),
    /// The run was stopped before it was done.
    NotReached,
}

/// How a recording failed.
#[derive(Debug, PartialEq)]
pub enum Failure<E> {
    /// A node said so.
    Error(E),
    /// A node panicked.
    Panic(Panicked),
    /// There was not enough memory for it on any device.
    OutOfMemory {
        /// Where.
        stage: &'static str,
        /// For how much it asked in vain.
        needed: Bytes,
    },
    /// A node did not come to an end.
    Stuck {
        /// Which.
        stage: &'static str,
        /// How long it was given.
        limit: Duration,
    },
    /// The device was lost, and no other can do it.
    DeviceLost {
        /// Where.
        stage: &'static str,
    },
}

/// A run: the flow, the machine, and how work is arranged.
pub struct Drive<T, E> {
    /// The flow, in order.
    pub nodes: Vec<Node<T, E>>,
    /// The processor, then accelerators.
    pub devices: Vec<Arc<dyn Device>>,
    /// Memory that may be leased on each device.
    pub budgets: Vec<Bytes>,
    /// Threads for input and output.
    pub io_threads: usize,
    /// Threads for computing beside the devices' own.
    pub compute_threads: usize,
    /// How work is arranged.
    pub rules: Rules,
    /// Temperatures at which something is done; a device that tells its own lowers them.
    pub limits: heat::Limits,
    /// How often the devices are read.
    pub poll: Duration,
    /// What batches have taken on this machine so far.
    pub costs: Costs,
    /// Stops the run.
    pub cancel: CancelToken,
    /// Takes what happens.
    pub events: Arc<dyn EventSink>,
}

/// An executor of whatever kind.
type BoxedExecutor<T, E> = Box<dyn Executor<T, E>>;

/// A run that goes on.
struct Running<'a, T, E> {
    nodes: &'a [Node<T, E>],
    devices: &'a [Arc<dyn Device>],
    scheduler: Scheduler,
    costs: Costs,
    cancel: CancelToken,
    events: &'a dyn EventSink,
    began: Instant,
    make: &'a dyn Fn(JobId) -> T,
    /// Recordings that are begun and not over.
    subjects: BTreeMap<JobId, Arc<T>>,
    failures: BTreeMap<JobId, Failure<E>>,
    /// Executors that nobody uses now.
    executors: BTreeMap<(NodeId, DeviceId), Vec<BoxedExecutor<T, E>>>,
    /// Executors that are being made.
    preload: Preload<T, E>,
    idle: BTreeMap<(u8, DeviceId), Vec<Worker<T, E>>>,
    busy: BTreeMap<TaskId, Busy<T, E>>,
    paces: Arc<Paces>,
    reports: Sender<Report<T, E>>,
    readings: Vec<DeviceReading>,
    trends: BTreeMap<NodeId, Trend>,
    /// Memory of the program itself and of loaded models, as long as the run goes on.
    models: Vec<Lease>,
    /// How long something that hangs is waited for.
    grace: Duration,
    told_to_stop: bool,
}

/// A worker and what it works on.
struct Busy<T, E> {
    worker: Worker<T, E>,
    lane: (u8, DeviceId),
    node: NodeId,
    device: DeviceId,
    jobs: Vec<JobId>,
    leave: Arc<Leave>,
    /// The items of the batch, for what it taught about memory.
    at_once: usize,
}

impl<T: Send + Sync + 'static, E: Send + 'static> Drive<T, E> {
    /// Takes `jobs` through all nodes, in this order, and tells `settled` what became of each as it happens. `make`
    /// makes a recording when its turn comes; it is dropped when it is over.
    pub fn run(self, jobs: &[JobSpec], make: impl Fn(JobId) -> T, mut settled: impl FnMut(JobId, Outcome<E>)) -> Costs {
        let specs: Vec<NodeSpec> = self.nodes.iter().map(|node| node.spec.clone()).collect();
        let machine = self.machine();
        let (reports, told) = channel();
        let paces = Arc::new(Paces::new(self.devices.len()));
        let scheduler = Scheduler::new(specs, &machine, self.rules.clone(), jobs);
        let mut running = Running {
            preload: self.preload(&scheduler),
            scheduler,
            nodes: &self.nodes,
            devices: &self.devices,
            costs: self.costs,
            cancel: self.cancel.clone(),
            events: &*self.events,
            began: Instant::now(),
            make: &make,
            subjects: BTreeMap::new(),
            failures: BTreeMap::new(),
            executors: BTreeMap::new(),
            idle: BTreeMap::new(),
            busy: BTreeMap::new(),
            paces,
            reports: reports.clone(),
            readings: Vec::new(),
            trends: BTreeMap::new(),
            models: Vec::new(),
            grace: self.rules.time_limit.grace,
            told_to_stop: false,
        };
        running.hold_the_program();
        running.tell_machine(&self.budgets);
        let monitor = Monitor::start(self.devices.clone(), self.poll, reports);
        running.go(&told, &mut settled);
        monitor.stop();
        running.end()
    }

    /// Begins to make what the nodes wish, where they will need it.
    fn preload(&self, scheduler: &Scheduler) -> Preload<T, E> {
        let mut wishes = Vec::new();
        for (number, node) in self.nodes.iter().enumerate().filter(|(_, node)| node.preload && self.rules.overlap) {
            let devices = scheduler.devices_of(number).into_iter();
            wishes.extend(devices.map(|device| ((number, device), Arc::clone(&node.build))));
        }
        Preload::begin(wishes, self.cancel.clone())
    }

    fn machine(&self) -> MachineSpec {
        let spec = |(device, budget): (&Arc<dyn Device>, &Bytes)| DeviceSpec {
            budget: *budget,
            limits: device.thermal_limits().map_or(self.limits, |own| self.limits.lower(&own)),
            memory: device.facts().memory_bytes.map(Bytes::new),
        };
        MachineSpec {
            devices: self.devices.iter().zip(&self.budgets).map(spec).collect(),
            io_threads: self.io_threads,
            compute_threads: self.compute_threads,
        }
    }
}

/// What the scheduler asks about the recordings.
struct Asked<'a, T, E> {
    nodes: &'a [Node<T, E>],
    devices: &'a [Arc<dyn Device>],
    subjects: &'a BTreeMap<JobId, Arc<T>>,
    costs: &'a Costs,
}

impl<T, E> Work for Asked<'_, T, E> {
    fn cost(&self, job: JobId, node: NodeId) -> Option<Cost> {
        match self.subjects.get(&job) {
            Some(subject) => (self.nodes[node].cost)(subject),
            // Nothing is known before it was opened, and that is what the first node does.
            None => Some(Cost { items: 1, audio: voiceman_base::ClipTime::ZERO }),
        }
    }

    fn measured(&self, node: NodeId, device: DeviceId, items: usize) -> Option<Bytes> {
        let spec = &self.nodes[node].spec;
        self.costs.batch(self.devices[device].facts().kind, spec.name, items)
    }
}

impl<T: Send + Sync + 'static, E: Send + 'static> Running<'_, T, E> {
    fn go(&mut self, told: &Receiver<Report<T, E>>, settled: &mut impl FnMut(JobId, Outcome<E>)) {
        self.ask(Input::Tick, settled);
        while !self.scheduler.is_over() {
            self.heed_cancel(settled);
            let now = self.began.elapsed();
            let wait = self.scheduler.next_wake(now).saturating_sub(now).min(ATTENTION);
            match told.recv_timeout(wait) {
                Ok(Report::Ended(ended)) => {
                    // First, so that a batch that stopped because the user wished it is not taken for a stuck one.
                    self.heed_cancel(settled);
                    self.ended(ended, settled);
                }
                Ok(Report::Readings(readings)) => self.read(readings, settled),
                Err(RecvTimeoutError::Timeout) if wait < ATTENTION => self.ask(Input::Tick, settled),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
    }

    fn heed_cancel(&mut self, settled: &mut impl FnMut(JobId, Outcome<E>)) {
        if self.cancel.is_cancelled() && !std::mem::replace(&mut self.told_to_stop, true) {
            self.ask(Input::Cancel, settled);
        }
    }

    fn ask(&mut self, input: Input, settled: &mut impl FnMut(JobId, Outcome<E>)) {
        let now = self.began.elapsed();
        let work = Asked { nodes: self.nodes, devices: self.devices, subjects: &self.subjects, costs: &self.costs };
        for action in self.scheduler.handle(now, input, &work) {
            self.act(action, settled);
        }
    }

    fn act(&mut self, action: Action, settled: &mut impl FnMut(JobId, Outcome<E>)) {
        match action {
            Action::Start(order) => self.start(order),
            Action::Keep { task, job, node } => self.keep(task, job, node),
            Action::Stop(task) => {
                if let Some(busy) = self.busy.get(&task) {
                    busy.leave.stop();
                }
            }
            Action::Abandon(task) => {
                if let Some(busy) = self.busy.remove(&task) {
                    busy.leave.stop();
                    busy.worker.leave_behind();
                }
            }
            Action::ReleaseCaches(device) => self.release_caches(device),
            Action::Pace { device, pace } => self.paces.set(device, pace),
            Action::Settle(job, verdict) => {
                let outcome = self.outcome(job, verdict);
                self.subjects.remove(&job);
                settled(job, outcome);
            }
            Action::Tell(event) => self.events.emit(event),
        }
    }

    fn outcome(&mut self, job: JobId, verdict: Verdict) -> Outcome<E> {
        let stage = |node: NodeId| self.nodes[node].spec.name;
        Outcome::Failed(match verdict {
            Verdict::Done => return Outcome::Done,
            Verdict::NotReached => return Outcome::NotReached,
            Verdict::Failed { node } => match self.failures.remove(&job) {
                Some(failure) => failure,
                None => Failure::Panic(Panicked { message: format!("{} gave no result", stage(node)), location: None }),
            },
            Verdict::OutOfMemory { node, needed } => Failure::OutOfMemory { stage: stage(node), needed },
            Verdict::Stuck { node, limit } => Failure::Stuck { stage: stage(node), limit },
            Verdict::DeviceLost { node } => Failure::DeviceLost { stage: stage(node) },
        })
    }

    fn start(&mut self, order: Order) {
        let Order { task, node, device, place, jobs, at_once, .. } = order;
        let batch: Vec<Arc<T>> = jobs.iter().map(|job| self.subject(*job)).collect();
        let executor = self.executors.get_mut(&(node, device)).and_then(Vec::pop);
        let coming = if executor.is_none() { self.preload.take(node, device) } else { None };
        let leave = Arc::new(Leave::new(self.cancel.clone(), Arc::clone(&self.paces), device, at_once));
        let on_device = matches!(place, Place::Device { .. });
        if on_device {
            self.tell_reading();
        }
        let lane = (lane_of(place), device);
        let what = What::Batch {
            batch,
            executor,
            coming,
            build: Arc::clone(&self.nodes[node].build),
            device,
            leave: Arc::clone(&leave),
            measure: on_device && device == 0,
        };
        self.hand_over(task, lane, what, Busy0 { node, device, jobs, leave, at_once });
    }

    fn keep(&mut self, task: TaskId, job: JobId, node: NodeId) {
        let leave = Arc::new(Leave::new(self.cancel.clone(), Arc::clone(&self.paces), 0, 1));
        let subject = self.subject(job);
        let what = What::Keep { subject, keep: self.nodes[node].keep.clone() };
        let busy = Busy0 { node, device: 0, jobs: vec![job], leave, at_once: 1 };
        self.hand_over(task, (lane_of(Place::Io), 0), what, busy);
    }

    fn subject(&mut self, job: JobId) -> Arc<T> {
        let make = self.make;
        Arc::clone(self.subjects.entry(job).or_insert_with(|| Arc::new(make(job))))
    }

    fn hand_over(&mut self, task: TaskId, lane: (u8, DeviceId), what: What<T, E>, known: Busy0) {
        let mut task_of = Task { task, what };
        // A worker whose thread is gone hands the task back; a new one takes it.
        let worker = loop {
            let worker = self.idle.get_mut(&lane).and_then(Vec::pop);
            let worker = worker.unwrap_or_else(|| Worker::start(self.reports.clone()));
            match worker.give(task_of) {
                Ok(()) => break worker,
                Err(back) => task_of = back,
            }
        };
        let Busy0 { node, device, jobs, leave, at_once } = known;
        self.busy.insert(task, Busy { worker, lane, node, device, jobs, leave, at_once });
    }

    fn ended(&mut self, ended: TaskEnded<T, E>, settled: &mut impl FnMut(JobId, Outcome<E>)) {
        let TaskEnded { task, results, memory, built, executor } = ended;
        // A task that was left behind ended after all: its worker and executor go.
        let Some(busy) = self.busy.remove(&task) else { return };
        if let Some(built) = built {
            self.hold(busy.node, busy.device, built);
        }
        if let Some(executor) = executor {
            self.executors.entry((busy.node, busy.device)).or_default().push(executor);
        }
        self.idle.entry(busy.lane).or_default().push(busy.worker);
        let mut ended = Vec::with_capacity(results.len());
        for (job, result) in busy.jobs.iter().zip(results) {
            ended.push(match result {
                Ok(()) => Ended::Done,
                Err(worker::Bad::Trouble(Trouble::OutOfMemory)) => Ended::OutOfMemory,
                Err(worker::Bad::Trouble(Trouble::DeviceLost)) => Ended::DeviceLost,
                Err(worker::Bad::Trouble(Trouble::Cancelled)) => Ended::Cancelled,
                Err(worker::Bad::Trouble(Trouble::Failed(error))) => {
                    self.failures.insert(*job, Failure::Error(error));
                    Ended::Failed
                }
                Err(worker::Bad::Panic(panicked)) => {
                    self.failures.insert(*job, Failure::Panic(panicked));
                    Ended::Failed
                }
            });
        }
        let on_device = matches!(self.nodes[busy.node].spec.place, Place::Device { .. });
        if let Some(memory) = memory {
            let kind = self.devices[busy.device].facts().kind;
            self.costs.observe(kind, self.nodes[busy.node].spec.name, busy.at_once, memory);
        }
        self.ask(Input::Ended { task, results: ended, memory }, settled);
        if on_device {
            self.tell_reading();
            if let Some(held) = process_memory() {
                self.look_for_leaks(busy.node, held);
                self.look_after_caches(busy.device, held);
            }
        }
    }

    /// The program was there before the run and counts as well.
    fn hold_the_program(&mut self) {
        let lease = process_memory().and_then(|held| self.scheduler.budget(0)?.lease(held, "program").ok());
        self.models.extend(lease);
    }

    /// What a loaded model takes stays taken.
    fn hold(&mut self, node: NodeId, device: DeviceId, built: Bytes) {
        let stage = self.nodes[node].spec.name;
        let lease = self.scheduler.budget(device).and_then(|budget| budget.lease(built, stage).ok());
        self.models.extend(lease);
    }

    /// At the end of a batch, never within one: what caches hold above their share of this machine is given back.
    fn look_after_caches(&mut self, device: DeviceId, held: Bytes) {
        let machine = self.devices.first().and_then(|processor| processor.facts().memory_bytes).map(Bytes::new);
        if !machine.is_some_and(|machine| caches_are_full(held, self.scheduler.leased(0), machine)) {
            return;
        }
        self.release_caches(device);
        self.events.emit(Event::Notice {
            kind: NoticeKind::CachesReleased,
            stage: None,
            device: Some(device),
            recording: None,
            text: "caches held more than their share of this machine's memory, and were given back".to_owned(),
        });
    }

    fn release_caches(&mut self, device: DeviceId) {
        let of_device = self.executors.iter_mut().filter(|((_, on), _)| *on == device);
        of_device.flat_map(|(_, executors)| executors).for_each(|executor| executor.release_caches());
    }

    fn look_for_leaks(&mut self, node: NodeId, held: Bytes) {
        let stage = self.nodes[node].spec.name;
        if let Some(leak) = self.trends.entry(node).or_default().push(held) {
            self.events.emit(Event::Notice {
                kind: NoticeKind::LeakSuspected,
                stage: Some(stage),
                device: None,
                recording: None,
                text: format!("{stage}: {leak}"),
            });
        }
    }

    fn read(&mut self, readings: Vec<(DeviceReading, bool)>, settled: &mut impl FnMut(JobId, Outcome<E>)) {
        for (device, (reading, is_lost)) in readings.iter().enumerate() {
            if *is_lost {
                self.ask(Input::Lost { device }, settled);
                continue;
            }
            let (temperature_c, free) = (reading.temperature_c, reading.free_bytes.map(Bytes::new));
            self.ask(Input::Reading { device, temperature_c, free }, settled);
        }
        self.readings = readings.into_iter().map(|(reading, _)| reading).collect();
        self.tell_reading();
    }

    fn tell_machine(&self, budgets: &[Bytes]) {
        let devices = self.devices.iter().map(|device| device.facts()).collect();
        let memory_budget_bytes = budgets.first().copied().unwrap_or_default().get();
        self.events.emit(Event::Machine { devices, memory_budget_bytes });
    }

    fn tell_reading(&self) {
        let queues: Vec<QueueReading> = self.scheduler.queues();
        let process_bytes = process_memory().map(Bytes::get);
        let leased_bytes = self.scheduler.leased(0).get();
        self.events.emit(Event::Reading(MachineReading {
            devices: self.readings.clone(),
            process_bytes,
            leased_bytes,
            queues,
        }));
    }

    fn end(self) -> Costs {
        // Executors go first: models give their memory back before anybody looks at it.
        drop(self.executors);
        self.preload.end(self.grace);
        self.idle.into_values().flatten().for_each(Worker::dismiss);
        self.costs
    }
}

/// What is known of a task besides its worker.
struct Busy0 {
    node: NodeId,
    device: DeviceId,
    jobs: Vec<JobId>,
    leave: Arc<Leave>,
    at_once: usize,
}

/// Threads of different kinds are kept apart, so that none that computes ever waits for a disk.
fn lane_of(place: Place) -> u8 {
    match place {
        Place::Io => 0,
        Place::Compute => 1,
        Place::Device { .. } => 2,
    }
}

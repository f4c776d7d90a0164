//! Decides what runs next: a state machine that is told what happened and says what is to be done.
//!
//! It has no thread, no clock and no device, so that a whole night's work can be played through in a moment, and every
//! rule (queues, memory, heat, remedies, time limits) is tested on the same code that runs on a real machine. One
//! thread owns it; nobody waits inside it. Why it always comes to an end stands in
//! `docs/decisions/0010-flow-cannot-deadlock.md`.

mod choose;
mod gate;
mod jobs;
mod order;
mod room;
mod spec;
mod trouble;
mod usual;

pub use order::best_order;
pub use spec::{
    Action, DeviceId, DeviceSpec, Ended, Input, JobId, JobSpec, MachineSpec, NodeId, NodeSpec, Order, Place, Rules,
    TaskId, TimeLimit, Verdict, Work,
};

use crate::batch::Planner;
use crate::heat::{self, Governor, Pace};
use crate::memory::{Budget, Lease};
use gate::Gate;
use jobs::{Job, Ready};
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;
use usual::Usual;
use voiceman_base::{Bytes, ClipTime, Event, NoticeKind, QueueReading};

/// Longest time after which the scheduler wants to be asked again.
pub const TICK: Duration = Duration::from_secs(5);
/// A longer time between two calls means that the program itself was stopped.
const SUSPENDED: Duration = Duration::from_secs(15);
/// A batch that waited longer for its device to cool down may itself be what keeps it hot.
const LONGEST_REST: Duration = Duration::from_secs(3600);
/// An accelerator that does not cool down in this time, with nothing running on it, is left alone for good.
const LONGEST_COOLING: Duration = Duration::from_secs(1800);

/// The state of a run.
pub struct Scheduler {
    nodes: Vec<NodeSpec>,
    /// For each node, those that wait for it.
    successors: Vec<Vec<NodeId>>,
    rules: Rules,
    lanes: Vec<Lane>,
    devices: Vec<Device>,
    /// By node, then by device.
    planners: Vec<Vec<Planner>>,
    /// Batches that run, by node, then by device.
    running: Vec<Vec<usize>>,
    /// Recordings in these batches, by node.
    in_work: Vec<usize>,
    usual: Vec<Usual>,
    gates: Vec<Gate>,
    ready: Vec<Ready>,
    jobs: Vec<Job>,
    /// The first recording that is not over.
    current: JobId,
    over: usize,
    /// Recordings that keep memory in use.
    holding: usize,
    tasks: BTreeMap<TaskId, Task>,
    /// Recordings that may be over.
    touched: Vec<JobId>,
    /// Results that wait for a thread to write them.
    unkept: VecDeque<(JobId, NodeId)>,
    next_task: u64,
    cancelled: bool,
    last: Duration,
}

/// Threads of one kind on one device.
struct Lane {
    kind: LaneKind,
    device: DeviceId,
    threads: usize,
    busy: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LaneKind {
    Io,
    Compute,
    Device,
}

struct Device {
    budget: Budget,
    governor: Governor,
    memory: Option<Bytes>,
    /// Stopped answering.
    lost: bool,
    /// When the last batch on it ended.
    rested_since: Duration,
    /// Share of a batch that its memory allows.
    memory_share: f64,
    /// Since when it is too hot for anything.
    stopped_since: Option<Duration>,
    /// Since when a batch waits for memory with nothing running that could give some back.
    short_since: Option<Duration>,
    /// Batches that run on it.
    running: usize,
}

struct Task {
    kind: Kind,
    lane: usize,
    node: NodeId,
    jobs: Vec<JobId>,
    items: usize,
    at_once: usize,
    allowed: usize,
    audio: ClipTime,
    begun: Duration,
    waited: Duration,
    limit: Duration,
    deadline: Duration,
    /// By how much the deadline was put off, because time passed in which it could not work.
    rested: Duration,
    /// Was asked to stop because it took too long.
    asked: bool,
    lease: Option<Lease>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Batch,
    Keep,
}

impl Scheduler {
    /// A run over `jobs`, in the order in which they are to be taken.
    pub fn new(nodes: Vec<NodeSpec>, machine: &MachineSpec, rules: Rules, jobs: &[JobSpec]) -> Scheduler {
        let mut lanes = vec![
            Lane { kind: LaneKind::Io, device: 0, threads: machine.io_threads.max(1), busy: 0 },
            Lane { kind: LaneKind::Compute, device: 0, threads: machine.compute_threads.max(1), busy: 0 },
        ];
        let device_lane = |device| Lane { kind: LaneKind::Device, device, threads: 1, busy: 0 };
        lanes.extend((0..machine.devices.len()).map(device_lane));
        let devices: Vec<Device> = machine.devices.iter().map(Device::new).collect();
        let mut successors = vec![Vec::new(); nodes.len()];
        for (node, spec) in nodes.iter().enumerate() {
            spec.after.iter().for_each(|before| successors[*before].push(node));
        }
        let planner = |spec: &NodeSpec, device: usize| match (spec.place, device) {
            (Place::Device { .. }, 0) => Planner::on_processor(spec.shape),
            _ => Planner::new(spec.shape),
        };
        let planners =
            nodes.iter().map(|spec| (0..devices.len()).map(|device| planner(spec, device)).collect()).collect();
        let mut ready: Vec<Ready> = nodes.iter().map(|_| Ready::default()).collect();
        let jobs: Vec<Job> = jobs.iter().map(|job| Job::new(*job, nodes.len())).collect();
        for (node, _) in nodes.iter().enumerate().filter(|(_, spec)| spec.after.is_empty()) {
            ready[node].any.extend(0..jobs.len());
        }
        Scheduler {
            gates: nodes.iter().map(|spec| Gate::new(rules.queue, spec.shape.default)).collect(),
            running: nodes.iter().map(|_| vec![0; devices.len()]).collect(),
            in_work: vec![0; nodes.len()],
            usual: nodes.iter().map(|_| Usual::default()).collect(),
            successors,
            nodes,
            rules,
            lanes,
            devices,
            planners,
            ready,
            jobs,
            current: 0,
            over: 0,
            holding: 0,
            tasks: BTreeMap::new(),
            touched: Vec::new(),
            unkept: VecDeque::new(),
            next_task: 0,
            cancelled: false,
            last: Duration::ZERO,
        }
    }

    /// Takes note of what happened at `now`, and says what is to be done, in that order.
    pub fn handle(&mut self, now: Duration, input: Input, work: &dyn Work) -> Vec<Action> {
        let mut out = Vec::new();
        self.let_time_pass(now);
        match input {
            Input::Tick => {}
            Input::Ended { task, results, memory } => self.ended(now, task, &results, memory, work, &mut out),
            Input::Reading { device, temperature_c, free } => {
                self.reading(now, device, temperature_c, free, &mut out);
            }
            Input::Lost { device } => self.lost(now, device, "stopped answering", &mut out),
            Input::Cancel => self.cancel(&mut out),
        }
        self.watch_over(now, &mut out);
        self.give_up_on_heat(now, &mut out);
        // Before, because one after another the next recording begins when this one is over; after, for those that found
        // no memory.
        self.settle_what_is_over(&mut out);
        self.start_what_can(now, work, &mut out);
        self.settle_what_is_over(&mut out);
        out
    }

    /// Whether every recording is over and nothing runs.
    pub fn is_over(&self) -> bool {
        self.over == self.jobs.len() && self.tasks.is_empty()
    }

    /// When it wants to be asked again, if nothing happens before.
    pub fn next_wake(&self, now: Duration) -> Duration {
        let deadlines = self.tasks.values().map(|task| task.deadline);
        let rests = self.devices.iter().filter_map(|device| match device.governor.pace() {
            Pace::Throttled { pause, .. } => Some(device.rested_since + pause),
            _ => None,
        });
        let patience =
            self.devices.iter().filter_map(|device| device.short_since.map(|since| since + self.rules.patience));
        deadlines.chain(rests).chain(patience).filter(|at| *at > now).fold(now + TICK, Duration::min)
    }

    /// How many recordings wait for each node and are worked on there.
    pub fn queues(&self) -> Vec<QueueReading> {
        let first = |node: NodeId| self.nodes[node].after.is_empty();
        let of = |(node, spec): (NodeId, &NodeSpec)| QueueReading {
            stage: spec.name,
            // All recordings lie before the first node: that is no queue.
            waiting: if first(node) { 0 } else { self.ready[node].len() },
            running: self.in_work[node],
        };
        self.nodes.iter().enumerate().map(of).collect()
    }

    /// The memory that is leased on a device.
    pub fn leased(&self, device: DeviceId) -> Bytes {
        self.devices.get(device).map_or(Bytes::default(), |device| device.budget.state().leased)
    }

    /// The memory of a device, for leases that live outside of batches, such as those of loaded models.
    pub fn budget(&self, device: DeviceId) -> Option<Budget> {
        self.devices.get(device).map(|device| device.budget.clone())
    }

    /// Deadlines do not run while the program itself was stopped, or while a device has to cool down.
    fn let_time_pass(&mut self, now: Duration) {
        let passed = now.saturating_sub(self.last);
        let suspended = if passed > SUSPENDED { passed - TICK } else { Duration::ZERO };
        self.last = now.max(self.last);
        for task in self.tasks.values_mut() {
            let cooling = self.devices[self.lanes[task.lane].device].governor.pace() != Pace::Full;
            let shift = match cooling && self.rules.heat && task.rested < LONGEST_REST {
                true => passed,
                false => suspended,
            };
            task.rested += shift;
            task.deadline += shift;
        }
        for device in &mut self.devices {
            device.short_since = device.short_since.map(|since| since + suspended);
            device.stopped_since = device.stopped_since.map(|since| since + suspended);
        }
    }

    fn reading(
        &mut self,
        now: Duration,
        number: DeviceId,
        temperature_c: Option<f64>,
        free: Option<Bytes>,
        out: &mut Vec<Action>,
    ) {
        let Some(device) = self.devices.get_mut(number) else { return };
        if let Some(free) = free {
            device.budget.set_free(free);
            let used = device.memory.map(|memory| 1.0 - free.get() as f64 / memory.get().max(1) as f64);
            let share = used.filter(|_| self.rules.memory).map_or(1.0, heat::memory_share);
            let short = share < 1.0;
            if short && device.memory_share == 1.0 {
                out.push(notice(NoticeKind::MemoryShort, None, Some(number), None, format!(
                    "over 90 % of the memory of device {number} is in use ({free} are free): caches are released and batches shrink by a quarter"
                )));
                out.push(Action::ReleaseCaches(number));
            }
            device.memory_share = share;
        }
        if self.rules.heat {
            let before = device.governor.pace();
            let change = device.governor.read(now, temperature_c);
            if let Some(change) = change {
                out.push(notice(change.kind(), None, Some(number), None, format!("device {number}: {change}")));
            }
            let pace = device.governor.pace();
            if pace != before {
                device.stopped_since = (pace == Pace::Stopped).then_some(now);
                out.push(Action::Pace { device: number, pace });
            }
        }
    }

    fn cancel(&mut self, out: &mut Vec<Action>) {
        self.cancelled = true;
        let waiting: Vec<JobId> = (0..self.jobs.len()).filter(|job| !self.jobs[*job].is_over()).collect();
        for job in waiting {
            if self.jobs[job].fate.is_none() && !self.has_everything(job) {
                self.doom(job, Verdict::NotReached);
            }
        }
        out.extend(self.tasks.iter().filter(|(_, task)| task.kind == Kind::Batch).map(|(task, _)| Action::Stop(*task)));
    }

    fn number(&mut self) -> TaskId {
        self.next_task += 1;
        TaskId(self.next_task)
    }
}

impl Device {
    fn new(spec: &DeviceSpec) -> Device {
        Device {
            budget: Budget::new(spec.budget),
            governor: Governor::new(spec.limits),
            memory: spec.memory,
            lost: false,
            rested_since: Duration::ZERO,
            memory_share: 1.0,
            stopped_since: None,
            short_since: None,
            running: 0,
        }
    }
}

fn notice(
    kind: NoticeKind,
    stage: Option<&'static str>,
    device: Option<DeviceId>,
    recording: Option<voiceman_base::RecordingKey>,
    text: String,
) -> Action {
    Action::Tell(Event::Notice { kind, stage, device, recording, text })
}

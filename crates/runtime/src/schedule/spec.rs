//! What the scheduler is told about the work and the machine, and what it says.

use crate::heat;
use crate::limits::Limits;
use std::time::Duration;
use voiceman_base::{BatchShape, Bytes, ClipTime, Cost, Event, RecordingKey};

/// Position of a node in the flow; later nodes have larger numbers.
pub type NodeId = usize;
/// Position of a job in the order in which recordings are taken.
pub type JobId = usize;
/// Number of a device; 0 is the processor.
pub type DeviceId = usize;

/// A number that a started task bears until it has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TaskId(pub u64);

/// One kind of work that every recording passes.
#[derive(Clone, Debug)]
pub struct NodeSpec {
    /// Name of the stage.
    pub name: &'static str,
    /// Nodes that must be done with a recording before this one begins; all of them have smaller numbers.
    pub after: Vec<NodeId>,
    /// Which threads do it.
    pub place: Place,
    /// What its batches are made of.
    pub shape: BatchShape,
    /// How many batches of it may run at the same time on one device.
    pub instances: usize,
    /// Its memory stays in use until the recording is over, like decoded sound.
    pub holds_memory: bool,
    /// Results of all earlier nodes must be on disk before it begins.
    pub after_kept: bool,
    /// Its own result is written by the I/O threads afterwards, beside whatever comes next.
    pub keeps: bool,
}

/// Which threads do a node's work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Threads that may wait for disks: reading, decoding, writing.
    Io,
    /// Processor threads that never wait for anything.
    Compute,
    /// The thread of an accelerator with this much free memory, and of the processor where there is none.
    Device {
        /// Free memory without which the processor does it; nothing keeps it on the processor.
        accelerator: Option<Bytes>,
    },
}

/// A device as the scheduler sees it.
#[derive(Clone, Debug)]
pub struct DeviceSpec {
    /// Memory that may be leased.
    pub budget: Bytes,
    /// Temperatures at which something must be done.
    pub limits: heat::Limits,
    /// All of its memory, where it tells.
    pub memory: Option<Bytes>,
}

/// What a run works with.
#[derive(Clone, Debug)]
pub struct MachineSpec {
    /// The processor, then accelerators.
    pub devices: Vec<DeviceSpec>,
    /// Threads for input and output, decoding included; one or more.
    pub io_threads: usize,
    /// Threads for computing beside the devices' own; one or more.
    pub compute_threads: usize,
}

/// How work is arranged. Results do not depend on it.
#[derive(Clone, Debug, PartialEq)]
pub struct Rules {
    /// Whether recordings are worked on beside each other; otherwise one after another, one stage at a time.
    pub overlap: bool,
    /// Whether memory is leased and batches follow what is free; otherwise batches have their default size.
    pub memory: bool,
    /// Whether temperatures are heeded.
    pub heat: bool,
    /// How many recordings may wait for a node.
    pub queue: Limits,
    /// How long a stage may take.
    pub time_limit: TimeLimit,
    /// How long a batch waits for memory that somebody else holds before the next remedy is taken.
    pub patience: Duration,
}

/// How long a stage may take on a batch before it counts as stuck.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TimeLimit {
    /// For a batch without sound.
    pub base: Duration,
    /// Seconds for each second of sound, until the stage has shown how long it takes.
    pub per_audio: f64,
    /// Afterwards: this many times as long as it usually takes for as much sound, where that is less.
    pub times_usual: f64,
    /// How long a stage that was asked to stop may take to do so.
    pub grace: Duration,
}

impl Rules {
    /// The defaults of the specification.
    pub const DEFAULT: Rules = Rules {
        overlap: true,
        memory: true,
        heat: true,
        queue: Limits::FLOW,
        time_limit: TimeLimit {
            base: Duration::from_secs(300),
            per_audio: 20.0,
            times_usual: 20.0,
            grace: Duration::from_secs(30),
        },
        patience: Duration::from_secs(60),
    };
}

/// What the scheduler asks about the work while it decides. Cheap: called for every recording and node.
pub trait Work {
    /// What a recording asks of a node; nothing when there is nothing to do, because it was not asked for or is there
    /// already. Called when all nodes before it are done.
    fn cost(&self, job: JobId, node: NodeId) -> Option<Cost>;
    /// Memory of a batch of so many items of a node on a device, as measured on this machine; nothing while that is not
    /// known. Not less for more items.
    fn measured(&self, node: NodeId, device: DeviceId, items: usize) -> Option<Bytes>;
}

/// What happened.
#[derive(Clone, Debug)]
pub enum Input {
    /// Time has passed.
    Tick,
    /// A task has ended.
    Ended {
        /// Which.
        task: TaskId,
        /// What became of each of its recordings, in the order in which they were handed over.
        results: Vec<Ended>,
        /// Memory that it took at most, where that was measured.
        memory: Option<Bytes>,
    },
    /// The state of a device.
    Reading {
        /// Which.
        device: DeviceId,
        /// Temperature in degrees Celsius, where there is a sensor that answers.
        temperature_c: Option<f64>,
        /// Memory that nobody uses, where the device tells.
        free: Option<Bytes>,
    },
    /// A device stopped answering.
    Lost {
        /// Which.
        device: DeviceId,
    },
    /// The user asked to stop.
    Cancel,
}

/// What became of a recording in a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// The result is there.
    Done,
    /// It failed, and would fail again.
    Failed,
    /// There was not enough memory.
    OutOfMemory,
    /// The device stopped answering.
    DeviceLost,
    /// It stopped because it was asked to.
    Cancelled,
}

/// What is to be done now.
#[derive(Clone, Debug)]
pub enum Action {
    /// Begin a task.
    Start(Order),
    /// Write the results of `node` for `job`, on an I/O thread, as task `task`.
    Keep {
        /// Its number.
        task: TaskId,
        /// The recording.
        job: JobId,
        /// Whose result.
        node: NodeId,
    },
    /// Ask a running task to stop.
    Stop(TaskId),
    /// Give a task up: nobody waits for it any more.
    Abandon(TaskId),
    /// Give back the memory that models hold without need on a device.
    ReleaseCaches(DeviceId),
    /// From now on, work on a device is begun like this.
    Pace {
        /// Which device.
        device: DeviceId,
        /// How.
        pace: heat::Pace,
    },
    /// A recording is over.
    Settle(JobId, Verdict),
    /// Something to tell.
    Tell(Event),
}

/// A batch to be worked on.
#[derive(Clone, Debug, PartialEq)]
pub struct Order {
    /// Its number.
    pub task: TaskId,
    /// What is done.
    pub node: NodeId,
    /// Where.
    pub device: DeviceId,
    /// Which threads.
    pub place: Place,
    /// On which recordings.
    pub jobs: Vec<JobId>,
    /// Items of all of them together.
    pub items: usize,
    /// Most items that may be in memory at once.
    pub at_once: usize,
    /// Their sound.
    pub audio: ClipTime,
}

/// What became of a recording.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// All nodes are done and everything is written.
    Done,
    /// A node failed on it.
    Failed {
        /// Which.
        node: NodeId,
    },
    /// There was not enough memory for it, on no device.
    OutOfMemory {
        /// At which node.
        node: NodeId,
        /// For how much it asked in vain.
        needed: Bytes,
    },
    /// A node did not come to an end.
    Stuck {
        /// Which.
        node: NodeId,
        /// How long it was given.
        limit: Duration,
    },
    /// The device was lost, and no other can do it.
    DeviceLost {
        /// At which node.
        node: NodeId,
    },
    /// The run was stopped before it was done.
    NotReached,
}

/// A recording before anything is known about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JobSpec {
    /// Its number in the run.
    pub key: RecordingKey,
}

//! Plays a script through.

use super::script::{Script, SimulatedEvent};
use crate::heat::{self, Pace};
use crate::schedule::{
    Action, DeviceId, DeviceSpec, Ended, Input, JobId, JobSpec, MachineSpec, NodeId, Order, Scheduler, TICK, TaskId,
    Verdict, Work,
};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::time::Duration;
use voiceman_base::{Bytes, ClipTime, Cost, Event, NoticeKind, RecordingKey};

/// Longest night: ten days.
const LONGEST: Duration = Duration::from_secs(864_000);

/// What came of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Played {
    /// When everything was over.
    pub took: Duration,
    /// What became of each recording; nothing for one that was forgotten, which must not happen.
    pub verdicts: Vec<Option<Verdict>>,
    /// Every batch, in the order in which they began.
    pub batches: Vec<Begun>,
    /// Every notice, in order.
    pub notices: Vec<Told>,
    /// How devices were driven, as it changed.
    pub paces: Vec<(Duration, DeviceId, Pace)>,
    /// How long each device worked.
    pub busy: Vec<Duration>,
    /// Highest temperature of each device.
    pub hottest_c: Vec<Option<f64>>,
    /// Most memory that was in truth in use by batches on each device.
    pub most_used: Vec<Bytes>,
    /// Most memory that was leased on each device.
    pub most_leased: Vec<Bytes>,
    /// Most recordings that ever waited before each stage.
    pub most_waiting: Vec<usize>,
    /// Most recordings that were begun and not over.
    pub most_open: usize,
    /// How often the scheduler was asked.
    pub steps: usize,
}

/// A batch.
#[derive(Clone, Debug, PartialEq)]
pub struct Begun {
    /// When it began.
    pub at: Duration,
    /// When it ended, in whatever way.
    pub ended: Option<Duration>,
    /// What it was.
    pub order: Order,
    /// Name of the stage.
    pub stage: &'static str,
}

/// A notice.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    /// When.
    pub at: Duration,
    /// Of which kind.
    pub kind: NoticeKind,
    /// In words.
    pub text: String,
}

/// Plays `script` through.
pub fn play(script: &Script) -> Played {
    Machine::new(script).play()
}

/// Something that will happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Next {
    TaskEnds(TaskId),
    Happens(usize),
    Poll,
}

struct Machine<'a> {
    script: &'a Script,
    scheduler: Scheduler,
    recordings: Recordings<'a>,
    now: Duration,
    agenda: BinaryHeap<Reverse<(Duration, u64, Next)>>,
    entries: u64,
    devices: Vec<State>,
    tasks: BTreeMap<TaskId, Running>,
    open: usize,
    seen: Vec<bool>,
    played: Played,
}

struct State {
    temperature_c: Option<f64>,
    warmer_by: f64,
    taken_mb: i64,
    used: Bytes,
    running: usize,
    lost: bool,
    since: Duration,
}

enum Running {
    Batch { begun: usize, results: Vec<Ended>, memory: Bytes, hangs: Option<bool> },
    Keep,
}

/// The recordings, as the scheduler asks about them.
struct Recordings<'a> {
    script: &'a Script,
    audio_s: Vec<f64>,
}

impl Work for Recordings<'_> {
    fn cost(&self, job: JobId, node: NodeId) -> Option<Cost> {
        let audio = self.audio_s[job];
        Some(Cost { items: self.script.stages[node].items(audio), audio: ClipTime::from_seconds(audio) })
    }

    fn measured(&self, _node: NodeId, _device: DeviceId, _items: usize) -> Option<Bytes> {
        None
    }
}

impl<'a> Machine<'a> {
    fn new(script: &'a Script) -> Machine<'a> {
        let recordings = Recordings { script, audio_s: lengths(script) };
        let jobs: Vec<JobSpec> = (0..recordings.audio_s.len()).map(|job| JobSpec { key: RecordingKey(job) }).collect();
        let spec = |device: &super::SimulatedDevice| DeviceSpec {
            budget: Bytes::mebi(device.budget_mb.unwrap_or(device.memory_mb)),
            limits: heat::Limits::SPECIFICATION,
            memory: Some(Bytes::mebi(device.memory_mb)),
        };
        let machine = MachineSpec {
            devices: script.devices.iter().map(spec).collect(),
            io_threads: script.io_threads,
            compute_threads: script.compute_threads,
        };
        let state = |device: &super::SimulatedDevice| State {
            temperature_c: device.heat.map(|heat| heat.idle_c),
            warmer_by: 0.0,
            taken_mb: 0,
            used: Bytes::default(),
            running: 0,
            lost: false,
            since: Duration::ZERO,
        };
        let devices: Vec<State> = script.devices.iter().map(state).collect();
        let played = Played {
            took: Duration::ZERO,
            verdicts: vec![None; jobs.len()],
            batches: Vec::new(),
            notices: Vec::new(),
            paces: Vec::new(),
            busy: vec![Duration::ZERO; devices.len()],
            hottest_c: devices.iter().map(|device| device.temperature_c).collect(),
            most_used: vec![Bytes::default(); devices.len()],
            most_leased: vec![Bytes::default(); devices.len()],
            most_waiting: vec![0; script.stages.len()],
            most_open: 0,
            steps: 0,
        };
        Machine {
            scheduler: Scheduler::new(script.nodes(), &machine, script.rules(), &jobs),
            seen: vec![false; jobs.len()],
            script,
            recordings,
            now: Duration::ZERO,
            agenda: BinaryHeap::new(),
            entries: 0,
            devices,
            tasks: BTreeMap::new(),
            open: 0,
            played,
        }
    }

    fn play(mut self) -> Played {
        for (index, event) in self.script.events.iter().enumerate() {
            if let Some(at) = event.at() {
                self.enter(at, Next::Happens(index));
            }
        }
        self.enter(Duration::ZERO, Next::Poll);
        // A run that has not come to an end by then never will; what it left undone shows in the verdicts.
        while !self.scheduler.is_over() && self.now < LONGEST {
            let wake = self.scheduler.next_wake(self.now);
            match self.agenda.peek() {
                Some(Reverse((at, ..))) if *at <= wake => {
                    let Some(Reverse((at, _, next))) = self.agenda.pop() else { break };
                    self.now = self.now.max(at);
                    self.warm_up();
                    self.happen(next);
                }
                _ => {
                    self.now = wake;
                    self.warm_up();
                    self.ask(Input::Tick);
                }
            }
        }
        self.played.took = self.now;
        self.played
    }

    fn enter(&mut self, at: Duration, next: Next) {
        self.entries += 1;
        self.agenda.push(Reverse((at, self.entries, next)));
    }

    fn ask(&mut self, input: Input) {
        self.played.steps += 1;
        for action in self.scheduler.handle(self.now, input, &self.recordings) {
            self.act(action);
        }
        for (most, queue) in self.played.most_waiting.iter_mut().zip(self.scheduler.queues()) {
            *most = (*most).max(queue.waiting);
        }
        for (device, most) in self.played.most_leased.iter_mut().enumerate() {
            *most = (*most).max(self.scheduler.leased(device));
        }
    }

    fn happen(&mut self, next: Next) {
        match next {
            Next::Poll => {
                self.enter(self.now + TICK, Next::Poll);
                for device in 0..self.devices.len() {
                    let (temperature_c, free) = (self.devices[device].temperature_c, Some(self.free(device)));
                    self.ask(Input::Reading { device, temperature_c, free });
                }
            }
            Next::TaskEnds(task) => self.task_ends(task),
            Next::Happens(index) => self.script_says(index),
        }
    }

    fn script_says(&mut self, index: usize) {
        match &self.script.events[index] {
            SimulatedEvent::MemoryTaken { device, mb, .. } => self.devices[*device].taken_mb += mb,
            SimulatedEvent::Warmer { device, by_c, .. } => self.devices[*device].warmer_by += by_c,
            SimulatedEvent::ThermometerFails { device, .. } => self.devices[*device].temperature_c = None,
            SimulatedEvent::Lost { device, .. } => {
                self.devices[*device].lost = true;
                self.ask(Input::Lost { device: *device });
            }
            SimulatedEvent::Suspended { for_s, .. } => {
                // The clock goes on, nothing else does.
                let pause = Duration::from_secs_f64(*for_s);
                self.now += pause;
                let later = std::mem::take(&mut self.agenda).into_iter();
                self.agenda = later.map(|Reverse((at, entry, next))| Reverse((at + pause, entry, next))).collect();
                self.ask(Input::Tick);
            }
            SimulatedEvent::Cancel { .. } => self.ask(Input::Cancel),
            SimulatedEvent::Fails { .. } | SimulatedEvent::Hangs { .. } | SimulatedEvent::NeverFits { .. } => {}
        }
    }

    fn act(&mut self, action: Action) {
        match action {
            Action::Start(order) => self.begin(order),
            Action::Keep { task, node, .. } => {
                let seconds = self.script.stages[node].keep_s.unwrap_or_default();
                self.tasks.insert(task, Running::Keep);
                self.enter(self.now + Duration::from_secs_f64(seconds), Next::TaskEnds(task));
            }
            Action::Stop(task) => {
                let obeys = match self.tasks.get(&task) {
                    Some(Running::Batch { hangs: Some(obeys), .. }) => *obeys,
                    _ => true,
                };
                if let Some(Running::Batch { results, .. }) = self.tasks.get_mut(&task).filter(|_| obeys) {
                    results.iter_mut().for_each(|result| *result = Ended::Cancelled);
                    self.enter(self.now + Duration::from_millis(100), Next::TaskEnds(task));
                }
            }
            Action::Abandon(task) => {
                self.finish(task);
            }
            Action::ReleaseCaches(_) => {}
            Action::Pace { device, pace } => self.played.paces.push((self.now, device, pace)),
            Action::Settle(job, verdict) => {
                self.open -= usize::from(self.seen[job]);
                self.played.verdicts[job] = Some(verdict);
            }
            Action::Tell(Event::Notice { kind, text, .. }) => {
                self.played.notices.push(Told { at: self.now, kind, text });
            }
            Action::Tell(_) => {}
        }
    }

    fn begin(&mut self, order: Order) {
        let (device, node, task) = (order.device, order.node, order.task);
        let stage = &self.script.stages[node];
        let memory = Bytes::mebi(stage.batch_mb + stage.true_item_mb.unwrap_or(stage.item_mb) * order.at_once as u64);
        for job in &order.jobs {
            self.open += usize::from(!std::mem::replace(&mut self.seen[*job], true));
        }
        self.played.most_open = self.played.most_open.max(self.open);
        let fits = memory <= self.free(device);
        let result = |job: &JobId| {
            if self.devices[device].lost {
                Ended::DeviceLost
            } else if !fits || self.has(*job, node, |event| matches!(event, SimulatedEvent::NeverFits { .. })) {
                Ended::OutOfMemory
            } else if self.has(*job, node, |event| matches!(event, SimulatedEvent::Fails { .. })) {
                Ended::Failed
            } else {
                Ended::Done
            }
        };
        let results: Vec<Ended> = order.jobs.iter().map(result).collect();
        let hangs = self.script.events.iter().find_map(|event| match event {
            SimulatedEvent::Hangs { recording, stage: name, obeys }
                if *name == stage.name && order.jobs.contains(recording) =>
            {
                Some(*obeys)
            }
            _ => None,
        });
        let audio: f64 = order.jobs.iter().map(|job| self.recordings.audio_s[*job]).sum();
        let takes = match fits {
            true => stage.takes(order.items, audio, self.script.devices[device].speed),
            false => Duration::from_millis(10),
        };
        let name = self.scheduler.queues()[node].stage;
        let begun = self.played.batches.len();
        self.played.batches.push(Begun { at: self.now, ended: None, order, stage: name });
        let memory = if fits { memory } else { Bytes::default() };
        let state = &mut self.devices[device];
        state.used = Bytes::new(state.used.get() + memory.get());
        state.running += 1;
        self.played.most_used[device] = self.played.most_used[device].max(state.used);
        self.tasks.insert(task, Running::Batch { begun, results, memory, hangs });
        if hangs.is_none() {
            self.enter(self.now + takes, Next::TaskEnds(task));
        }
    }

    fn has(&self, job: JobId, node: NodeId, kind: impl Fn(&SimulatedEvent) -> bool) -> bool {
        self.script
            .events
            .iter()
            .filter(|event| kind(event))
            .any(|event| event.meets(job, &self.script.stages[node].name))
    }

    fn task_ends(&mut self, task: TaskId) {
        match self.finish(task) {
            Some(Running::Batch { results, memory, .. }) => {
                self.ask(Input::Ended { task, results, memory: Some(memory) });
            }
            Some(Running::Keep) => self.ask(Input::Ended { task, results: vec![Ended::Done], memory: None }),
            None => {}
        }
    }

    /// Takes a task off the machine; nothing if it had ended already.
    fn finish(&mut self, task: TaskId) -> Option<Running> {
        let running = self.tasks.remove(&task)?;
        if let Running::Batch { begun, memory, .. } = &running {
            let batch = &mut self.played.batches[*begun];
            batch.ended = Some(self.now);
            let state = &mut self.devices[batch.order.device];
            state.used = Bytes::new(state.used.get() - memory.get());
            state.running -= 1;
        }
        Some(running)
    }

    fn free(&self, device: DeviceId) -> Bytes {
        let state = &self.devices[device];
        let taken = (state.taken_mb.max(0) as u64) << 20;
        Bytes::new((self.script.devices[device].memory_mb << 20).saturating_sub(taken + state.used.get()))
    }

    /// Brings temperatures and working times up to now.
    fn warm_up(&mut self) {
        for (device, state) in self.devices.iter_mut().enumerate() {
            let passed = self.now.saturating_sub(state.since);
            state.since = self.now;
            if state.running > 0 {
                self.played.busy[device] += passed;
            }
            let (Some(heat), Some(temperature)) = (self.script.devices[device].heat, state.temperature_c) else {
                continue;
            };
            let goal = state.warmer_by + if state.running > 0 { heat.full_c } else { heat.idle_c };
            let left = (-passed.as_secs_f64() / heat.time_constant_s).exp();
            let temperature = goal + (temperature - goal) * left;
            state.temperature_c = Some(temperature);
            let hottest = &mut self.played.hottest_c[device];
            *hottest = Some(hottest.map_or(temperature, |hottest| hottest.max(temperature)));
        }
    }
}

impl SimulatedEvent {
    fn at(&self) -> Option<Duration> {
        match self {
            SimulatedEvent::MemoryTaken { at_s, .. }
            | SimulatedEvent::Warmer { at_s, .. }
            | SimulatedEvent::ThermometerFails { at_s, .. }
            | SimulatedEvent::Lost { at_s, .. }
            | SimulatedEvent::Suspended { at_s, .. }
            | SimulatedEvent::Cancel { at_s } => Some(Duration::from_secs_f64(*at_s)),
            SimulatedEvent::Fails { .. } | SimulatedEvent::Hangs { .. } | SimulatedEvent::NeverFits { .. } => None,
        }
    }

    fn meets(&self, job: JobId, name: &str) -> bool {
        match self {
            SimulatedEvent::Fails { recording, stage }
            | SimulatedEvent::NeverFits { recording, stage }
            | SimulatedEvent::Hangs { recording, stage, .. } => *recording == job && stage == name,
            _ => false,
        }
    }
}

/// Lengths of all recordings, drawn by SplitMix64 (Steele, Lea, Flood 2014).
fn lengths(script: &Script) -> Vec<f64> {
    let mut state = script.seed;
    let mut draw = move || {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    };
    let mut lengths = Vec::new();
    for group in &script.recordings {
        let [shortest, longest] = group.audio_s;
        lengths.extend((0..group.count).map(|_| shortest * (longest / shortest).powf(draw())));
    }
    lengths
}

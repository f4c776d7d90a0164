//! What is begun next: later nodes first, so that recordings leave before new ones come; batches over recordings, as
//! large as memory, heat and the queue behind allow.

use super::jobs::State;
use super::room::Short;
use super::{Action, DeviceId, JobId, Kind, Lane, LaneKind, NodeId, Order, Place, Scheduler, Task, Work};
use crate::heat::Pace;
use crate::memory::Lease;
use std::time::Duration;
use voiceman_base::{Bytes, ClipTime, Cost};

/// What a look at everything that could begin led to.
enum Found {
    /// This begins.
    Begun(Action),
    /// Nothing, but something else changed: it is worth looking again.
    Changed,
    /// Nothing.
    Nothing,
}

/// What became of the attempt to form a batch.
enum Formed {
    /// Here it is.
    Batch(Box<Order>),
    /// No recording can be taken now.
    Nothing,
    /// There is not enough memory now.
    Short(Short),
}

/// Recordings of a batch that is being put together.
#[derive(Default)]
struct Gathered {
    jobs: Vec<(JobId, Cost)>,
    items: usize,
    audio: ClipTime,
    waited: Duration,
}

impl Scheduler {
    /// Begins everything that can begin now.
    pub(super) fn start_what_can(&mut self, now: Duration, work: &dyn Work, out: &mut Vec<Action>) {
        while let Some(action) = self.next_keep(now).or_else(|| self.next_batch(now, work, out)) {
            out.push(action);
        }
    }

    /// Results are written before anything else is begun on the I/O threads: they are small, and safe only then.
    fn next_keep(&mut self, now: Duration) -> Option<Action> {
        let lane = self.lanes.iter().position(|lane| lane.kind == LaneKind::Io)?;
        if self.lanes[lane].is_full() || (!self.rules.overlap && !self.tasks.is_empty()) {
            return None;
        }
        let (job, node) = self.unkept.pop_front()?;
        let limit = self.rules.time_limit.base;
        let task = self.number();
        self.lanes[lane].busy += 1;
        let running = Task {
            kind: Kind::Keep,
            lane,
            node,
            jobs: vec![job],
            items: 1,
            at_once: 1,
            allowed: 1,
            audio: ClipTime::ZERO,
            begun: now,
            waited: Duration::ZERO,
            limit,
            deadline: now + limit,
            rested: Duration::ZERO,
            asked: false,
            lease: None,
        };
        self.tasks.insert(task, running);
        Some(Action::Keep { task, job, node })
    }

    fn next_batch(&mut self, now: Duration, work: &dyn Work, out: &mut Vec<Action>) -> Option<Action> {
        loop {
            match self.look(now, work, out) {
                Found::Begun(action) => return Some(action),
                Found::Changed => self.settle_what_is_over(out),
                Found::Nothing => return None,
            }
        }
    }

    fn look(&mut self, now: Duration, work: &dyn Work, out: &mut Vec<Action>) -> Found {
        if self.cancelled || (!self.rules.overlap && (!self.tasks.is_empty() || !self.unkept.is_empty())) {
            return Found::Nothing;
        }
        // A node that finds no memory has precedence over those before it: what they took would come to wait for it.
        let mut short = vec![false; self.devices.len()];
        for node in (0..self.nodes.len()).rev() {
            for lane in 0..self.lanes.len() {
                let device = self.lanes[lane].device;
                if short[device] || !self.may_begin(now, node, lane) {
                    continue;
                }
                match self.form(now, node, lane, work) {
                    Formed::Batch(order) => {
                        self.devices[device].short_since = None;
                        return Found::Begun(Action::Start(*order));
                    }
                    Formed::Nothing => {}
                    Formed::Short(found) => {
                        if self.without_memory(now, (node, device), &found, out) {
                            return Found::Changed;
                        }
                        short[device] = true;
                    }
                }
            }
        }
        Found::Nothing
    }

    /// Whether a batch of `node` may begin on `lane` as far as threads, heat and the device are concerned.
    fn may_begin(&self, now: Duration, node: NodeId, number: usize) -> bool {
        let lane = &self.lanes[number];
        let device = &self.devices[lane.device];
        let spec = &self.nodes[node];
        let fits = lane.kind
            == match spec.place {
                Place::Io => LaneKind::Io,
                Place::Compute => LaneKind::Compute,
                Place::Device { .. } => LaneKind::Device,
            };
        let rested = match device.governor.pace() {
            Pace::Full => true,
            Pace::Throttled { pause, .. } => now >= device.rested_since + pause,
            Pace::Stopped => false,
        };
        fits && !lane.is_full()
            && !device.lost
            && self.running[node][lane.device] < spec.instances.max(1)
            && (rested || !self.rules.heat)
    }

    /// Whether `device` is an accelerator that `node` may use.
    fn is_accelerator_for(&self, node: NodeId, device: DeviceId) -> bool {
        let Place::Device { accelerator: Some(needed) } = self.nodes[node].place else { return false };
        let found = &self.devices[device];
        device > 0 && !found.lost && found.budget.state().total >= needed
    }

    /// Whether some accelerator does `node`.
    pub(super) fn is_accelerated(&self, node: NodeId) -> bool {
        (1..self.devices.len()).any(|device| self.is_accelerator_for(node, device))
    }

    /// Where `node` is done as long as nothing goes wrong.
    pub(crate) fn devices_of(&self, node: NodeId) -> Vec<DeviceId> {
        let accelerators = (1..self.devices.len()).filter(|device| self.is_accelerator_for(node, *device));
        let accelerators: Vec<DeviceId> = accelerators.collect();
        if accelerators.is_empty() { vec![0] } else { accelerators }
    }

    /// Recordings that are ready for `node` on `device`, in their order.
    fn candidates(&self, node: NodeId, device: DeviceId) -> impl Iterator<Item = JobId> + '_ {
        let accelerated = self.is_accelerated(node);
        let ready = &self.ready[node];
        let here = if device == 0 { !accelerated } else { self.is_accelerator_for(node, device) };
        let any = here.then_some(&ready.any).into_iter().flatten();
        let processor = (device == 0).then_some(&ready.processor).into_iter().flatten();
        processor.chain(any).copied().filter(|job| self.rules.overlap || *job == self.current)
    }

    /// How many recordings the queues behind `node` can take.
    fn room_behind(&mut self, node: NodeId) -> usize {
        let mut room = usize::MAX;
        for index in 0..self.successors[node].len() {
            let next = self.successors[node][index];
            let coming: usize = self.nodes[next].after.iter().map(|before| self.in_work[*before]).sum();
            let load = self.ready[next].len() + coming;
            room = room.min(self.gates[next].room(load));
        }
        room
    }

    fn form(&mut self, now: Duration, node: NodeId, lane: usize, work: &dyn Work) -> Formed {
        let device = self.lanes[lane].device;
        let Some(first) = self.candidates(node, device).next() else { return Formed::Nothing };
        let room = if self.rules.overlap { self.room_behind(node) } else { 1 };
        if room == 0 {
            return Formed::Nothing;
        }
        let shape = self.nodes[node].shape;
        let memory = |items: usize| work.measured(node, device, items).unwrap_or(shape.memory(items));
        let reserve = self.reserve(node, device, work);
        let Some(allowed) = self.batch_size(node, device, memory, reserve) else {
            if reserve > Bytes::default() {
                // Others are on their way, and what they hold comes back.
                return Formed::Nothing;
            }
            let needed = memory(shape.min);
            return Formed::Short(Short { job: first, needed, in_vain: self.is_in_vain(device, first, needed) });
        };
        let gathered = self.gather(now, node, device, allowed, room, work);
        if gathered.jobs.is_empty() {
            return Formed::Nothing;
        }
        let at_once = gathered.items.min(allowed).max(1);
        let first = gathered.jobs[0].0;
        let lease = match self.take_lease(node, device, memory(at_once)) {
            Ok(lease) => lease,
            Err(needed) => {
                return Formed::Short(Short { job: first, needed, in_vain: self.is_in_vain(device, first, needed) });
            }
        };
        Formed::Batch(Box::new(self.begin(now, node, lane, gathered, (at_once, allowed), lease)))
    }

    /// Recordings for a batch of up to `allowed` items. A recording with more than that goes alone; the stage divides it.
    fn gather(
        &mut self,
        now: Duration,
        node: NodeId,
        device: DeviceId,
        allowed: usize,
        room: usize,
        work: &dyn Work,
    ) -> Gathered {
        let mut gathered = Gathered::default();
        let candidates: Vec<JobId> = self.candidates(node, device).take(room.min(allowed)).collect();
        for job in candidates {
            let (cost, since, alone) = match self.jobs[job].state[node] {
                State::Ready { cost, since, alone } => (cost, since, alone),
                // Before the first node nobody has asked yet.
                _ => match work.cost(job, node) {
                    Some(cost) => (cost, now, false),
                    None => {
                        self.ready[node].remove(job);
                        self.done(now, job, node, work);
                        self.touched.push(job);
                        continue;
                    }
                },
            };
            let full = gathered.items + cost.items > allowed;
            if !gathered.jobs.is_empty() && (full || alone) {
                break;
            }
            gathered.add(job, cost, now.saturating_sub(since));
            if alone || gathered.items >= allowed {
                break;
            }
        }
        gathered
    }

    /// Notes down that a batch runs.
    fn begin(
        &mut self,
        now: Duration,
        node: NodeId,
        lane: usize,
        gathered: Gathered,
        (at_once, allowed): (usize, usize),
        lease: Option<Lease>,
    ) -> Order {
        let Gathered { jobs: gathered, items, audio, waited } = gathered;
        let jobs: Vec<JobId> = gathered.iter().map(|(job, _)| *job).collect();
        let device = self.lanes[lane].device;
        let task = self.number();
        for (job, cost) in gathered {
            self.ready[node].remove(job);
            self.jobs[job].open += 1;
            self.jobs[job].state[node] = State::Running { cost };
        }
        self.lanes[lane].busy += 1;
        self.running[node][device] += 1;
        self.devices[device].running += 1;
        self.in_work[node] += jobs.len();
        let limit = self.usual[node].limit(&self.rules.time_limit, audio);
        let order =
            Order { task, node, device, place: self.nodes[node].place, jobs: jobs.clone(), items, at_once, audio };
        let running = Task {
            kind: Kind::Batch,
            lane,
            node,
            jobs,
            items,
            at_once,
            allowed,
            audio,
            begun: now,
            waited,
            limit,
            deadline: now + limit,
            rested: Duration::ZERO,
            asked: false,
            lease,
        };
        self.tasks.insert(task, running);
        order
    }

    /// Puts a recording back before a node.
    pub(super) fn again(&mut self, now: Duration, job: JobId, node: NodeId, alone: bool, on_processor: bool) {
        let State::Running { cost } = self.jobs[job].state[node] else { return };
        if self.jobs[job].fate.is_some() {
            return;
        }
        self.jobs[job].state[node] = State::Ready { cost, since: now, alone };
        let ready = &mut self.ready[node];
        let _ = if on_processor { ready.processor.insert(job) } else { ready.any.insert(job) };
    }
}

impl Gathered {
    fn add(&mut self, job: JobId, cost: Cost, waited: Duration) {
        self.jobs.push((job, cost));
        self.items += cost.items;
        self.audio = self.audio + cost.audio;
        self.waited += waited;
    }
}

impl Lane {
    fn is_full(&self) -> bool {
        self.busy >= self.threads
    }
}

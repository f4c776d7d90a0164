//! What ends, and what is done when it did not end well: out of memory, a lost device, a stuck stage.

use super::{
    Action, DeviceId, Ended, JobId, Kind, LONGEST_COOLING, NodeId, Scheduler, Task, TaskId, Verdict, Work, notice,
};
use crate::batch::Remedy;
use std::time::Duration;
use voiceman_base::{Bytes, Event, NoticeKind};

impl Scheduler {
    pub(super) fn ended(
        &mut self,
        now: Duration,
        number: TaskId,
        results: &[Ended],
        memory: Option<Bytes>,
        work: &dyn Work,
        out: &mut Vec<Action>,
    ) {
        // A task that was given up may still end; nobody waits for it.
        let Some(mut task) = self.take(now, number) else { return };
        if task.kind == Kind::Keep {
            self.keep_ended(now, &task, results, work);
            return;
        }
        self.tell_batch(now, &task, memory, out);
        let device = self.lanes[task.lane].device;
        let mut short = Vec::new();
        for (index, job) in task.jobs.clone().into_iter().enumerate() {
            match results.get(index).copied().unwrap_or(Ended::Failed) {
                Ended::Done => self.made(now, &mut task, job, work),
                // In company, whose fault it was is not known: each is tried alone.
                Ended::Failed if task.jobs.len() > 1 => self.again(now, job, task.node, true, device == 0),
                Ended::Failed => self.doom(job, Verdict::Failed { node: task.node }),
                Ended::OutOfMemory => short.push(job),
                Ended::DeviceLost => self.device_failed(now, &task, job, out),
                Ended::Cancelled if self.cancelled => self.doom(job, Verdict::NotReached),
                Ended::Cancelled => self.gave_up(now, &task, job),
            }
        }
        if short.is_empty() {
            self.planners[task.node][device].succeeded();
            self.usual[task.node].learn(now.saturating_sub(task.begun), task.audio);
        } else {
            self.out_of_memory(now, &task, &short, out);
        }
    }

    /// Takes a task off the books.
    fn take(&mut self, now: Duration, number: TaskId) -> Option<Task> {
        let task = self.tasks.remove(&number)?;
        let device = self.lanes[task.lane].device;
        self.lanes[task.lane].busy -= 1;
        if task.kind == Kind::Batch {
            self.running[task.node][device] -= 1;
            self.devices[device].running -= 1;
            self.devices[device].rested_since = now;
            self.in_work[task.node] -= task.jobs.len();
            for job in &task.jobs {
                self.jobs[*job].open -= 1;
                self.touched.push(*job);
            }
        }
        Some(task)
    }

    /// A node is done with a recording.
    fn made(&mut self, now: Duration, task: &mut Task, job: JobId, work: &dyn Work) {
        if self.nodes[task.node].holds_memory {
            let lease = task.lease.take();
            self.holding += usize::from(lease.is_some() && self.jobs[job].held.is_empty());
            self.jobs[job].held.extend(lease);
        }
        if self.nodes[task.node].keeps {
            self.jobs[job].unkept += 1;
            self.unkept.push_back((job, task.node));
        }
        self.done(now, job, task.node, work);
    }

    fn keep_ended(&mut self, now: Duration, task: &Task, results: &[Ended], work: &dyn Work) {
        for job in &task.jobs {
            self.touched.push(*job);
            if results.first() != Some(&Ended::Done) {
                self.doom(*job, Verdict::Failed { node: task.node });
            }
            self.kept(now, *job, work);
        }
    }

    /// Caches are released, the batch is halved; at the smallest size the processor takes over; there, the recording
    /// that cannot even be done alone fails.
    fn out_of_memory(&mut self, now: Duration, task: &Task, short: &[JobId], out: &mut Vec<Action>) {
        let device = self.lanes[task.lane].device;
        let (stage, node) = (self.nodes[task.node].name, task.node);
        let tell = |kind, text| notice(kind, Some(stage), Some(device), None, text);
        out.push(tell(
            NoticeKind::OutOfMemory,
            format!(
                "{stage}: memory ran out on device {device} with {} {}s in a batch",
                task.at_once, self.nodes[node].shape.item
            ),
        ));
        out.push(Action::ReleaseCaches(device));
        out.push(tell(NoticeKind::CachesReleased, format!("{stage}: caches of device {device} are released")));
        match self.planners[node][device].out_of_memory(task.at_once) {
            Remedy::Halved(size) => {
                out.push(tell(NoticeKind::Halved, format!("{stage}: tried again with {size} at most")));
                short.iter().for_each(|job| self.again(now, *job, node, false, device == 0));
            }
            // Several recordings at the smallest size: each alone first.
            Remedy::AtMinimum if task.jobs.len() > 1 => {
                short.iter().for_each(|job| self.again(now, *job, node, true, device == 0));
            }
            Remedy::AtMinimum if device > 0 => {
                for job in short {
                    self.tell_moved(node, device, *job, out);
                    self.again(now, *job, node, false, true);
                }
            }
            Remedy::AtMinimum => {
                let needed = task.lease.as_ref().map(|lease| lease.bytes()).unwrap_or_default();
                short.iter().for_each(|job| self.doom(*job, Verdict::OutOfMemory { node, needed }));
            }
        }
    }

    /// A batch ended because its device is gone.
    fn device_failed(&mut self, now: Duration, task: &Task, job: JobId, out: &mut Vec<Action>) {
        let device = self.lanes[task.lane].device;
        self.lost(now, device, "stopped answering", out);
        if device == 0 {
            self.doom(job, Verdict::DeviceLost { node: task.node });
        } else {
            self.again(now, job, task.node, false, false);
        }
    }

    /// Nothing more is begun on a device; what runs on it gets a last chance to end.
    pub(super) fn lost(&mut self, now: Duration, number: DeviceId, why: &str, out: &mut Vec<Action>) {
        // Without the processor there is nothing to go on with: its batches fail one by one.
        if number == 0 || self.devices.get(number).is_none_or(|device| device.lost) {
            return;
        }
        self.devices[number].lost = true;
        out.push(notice(
            NoticeKind::DeviceLost,
            None,
            Some(number),
            None,
            format!("device {number} {why}: its work goes to another one"),
        ));
        for (task, running) in &mut self.tasks {
            if self.lanes[running.lane].device == number && !running.asked {
                running.asked = true;
                running.deadline = now + self.rules.time_limit.grace;
                out.push(Action::Stop(*task));
            }
        }
    }

    /// Leaves accelerators alone that do not cool down although nothing runs on them.
    pub(super) fn give_up_on_heat(&mut self, now: Duration, out: &mut Vec<Action>) {
        let hot = |device: &super::Device| {
            let since = device.stopped_since.filter(|_| device.running == 0);
            since.is_some_and(|since| now >= since + LONGEST_COOLING)
        };
        for number in (1..self.devices.len()).filter(|number| hot(&self.devices[*number])).collect::<Vec<_>>() {
            self.lost(now, number, "does not cool down", out);
        }
    }

    /// Asks tasks that take too long to stop, and gives up those that do not.
    pub(super) fn watch_over(&mut self, now: Duration, out: &mut Vec<Action>) {
        let late: Vec<TaskId> =
            self.tasks.iter().filter(|(_, task)| task.deadline <= now).map(|(number, _)| *number).collect();
        for number in late {
            let Some(task) = self.tasks.get_mut(&number) else { continue };
            if !task.asked {
                task.asked = true;
                task.deadline = now + self.rules.time_limit.grace;
                let (stage, device) = (self.nodes[task.node].name, self.lanes[task.lane].device);
                out.push(notice(
                    NoticeKind::Stuck,
                    Some(stage),
                    Some(device),
                    None,
                    format!("{stage}: no end after {} s; asked to stop", task.limit.as_secs()),
                ));
                out.push(Action::Stop(number));
                continue;
            }
            out.push(Action::Abandon(number));
            let Some(task) = self.take(now, number) else { continue };
            match task.kind {
                Kind::Keep => {
                    self.jobs[task.jobs[0]].unkept -= 1;
                    self.touched.push(task.jobs[0]);
                    self.doom(task.jobs[0], Verdict::Stuck { node: task.node, limit: task.limit });
                }
                Kind::Batch => task.jobs.clone().into_iter().for_each(|job| self.gave_up(now, &task, job)),
            }
        }
    }

    /// A recording of a batch that did not end. In a batch of several nobody knows whose fault it was: each is tried
    /// alone. A batch that ended because its device is gone goes to another device.
    fn gave_up(&mut self, now: Duration, task: &Task, job: JobId) {
        let device = self.lanes[task.lane].device;
        if self.devices[device].lost {
            self.again(now, job, task.node, false, false);
        } else if task.jobs.len() > 1 {
            self.again(now, job, task.node, true, device == 0);
        } else {
            self.doom(job, Verdict::Stuck { node: task.node, limit: task.limit });
        }
    }

    fn tell_batch(&self, now: Duration, task: &Task, memory: Option<Bytes>, out: &mut Vec<Action>) {
        out.push(Action::Tell(Event::BatchFinished {
            stage: self.nodes[task.node].name,
            device: self.lanes[task.lane].device,
            recordings: task.jobs.len(),
            items: task.items,
            allowed: task.allowed,
            took: now.saturating_sub(task.begun),
            waited: task.waited,
            memory_bytes: memory.map(Bytes::get),
        }));
    }

    pub(super) fn tell_moved(&self, node: NodeId, device: DeviceId, job: JobId, out: &mut Vec<Action>) {
        let stage = self.nodes[node].name;
        out.push(notice(
            NoticeKind::MovedToCpu,
            Some(stage),
            Some(device),
            Some(self.jobs[job].key),
            format!("{stage}: does not fit into the memory of device {device}; the processor does it"),
        ));
    }

    pub(super) fn tell_short(&self, node: NodeId, device: DeviceId, job: JobId, needed: Bytes, out: &mut Vec<Action>) {
        let (stage, state) = (self.nodes[node].name, self.devices[device].budget.state());
        out.push(notice(
            NoticeKind::MemoryShort,
            Some(stage),
            Some(device),
            Some(self.jobs[job].key),
            format!(
                "{stage} waits for {needed} of memory on device {device}: {} of {} are leased",
                state.leased, state.total
            ),
        ));
    }
}

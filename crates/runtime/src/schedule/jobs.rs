//! The recordings of a run: how far each is, and what becomes of it.

use super::{Action, JobId, JobSpec, NodeId, Scheduler, Verdict, Work};
use crate::memory::Lease;
use std::collections::BTreeSet;
use std::time::Duration;
use voiceman_base::{Cost, RecordingKey};

/// A recording.
pub(super) struct Job {
    pub(super) key: RecordingKey,
    /// By node.
    pub(super) state: Vec<State>,
    /// Batches and writing that go on for it, and results that wait to be written.
    pub(super) open: usize,
    /// Results that are not written yet.
    pub(super) unkept: usize,
    /// Memory that stays in use until it is over.
    pub(super) held: Vec<Lease>,
    /// What becomes of it, where that is settled before all nodes are done.
    pub(super) fate: Option<Verdict>,
    settled: bool,
}

/// How far a recording is with a node.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum State {
    /// Waits for nodes before.
    Blocked,
    /// Waits for its turn since then.
    Ready {
        cost: Cost,
        since: Duration,
        /// Must not share a batch: somebody in its last one did not come to an end.
        alone: bool,
    },
    /// Is worked on.
    Running { cost: Cost },
    /// Done, or there was nothing to do.
    Done,
}

/// Recordings that are ready for a node.
#[derive(Default)]
pub(super) struct Ready {
    /// On whatever device.
    pub(super) any: BTreeSet<JobId>,
    /// Only on the processor.
    pub(super) processor: BTreeSet<JobId>,
}

impl Ready {
    pub(super) fn len(&self) -> usize {
        self.any.len() + self.processor.len()
    }

    pub(super) fn remove(&mut self, job: JobId) {
        let _ = self.any.remove(&job) || self.processor.remove(&job);
    }
}

impl Job {
    pub(super) fn new(spec: JobSpec, nodes: usize) -> Job {
        let state = vec![State::Blocked; nodes];
        Job { key: spec.key, state, open: 0, unkept: 0, held: Vec::new(), fate: None, settled: false }
    }

    pub(super) fn is_over(&self) -> bool {
        self.settled
    }
}

impl Scheduler {
    /// Whether all nodes are done with a recording.
    pub(super) fn has_everything(&self, job: JobId) -> bool {
        self.jobs[job].state.iter().all(|state| *state == State::Done)
    }

    /// Nothing further is begun for a recording.
    pub(super) fn doom(&mut self, job: JobId, verdict: Verdict) {
        if self.jobs[job].fate.is_none() {
            self.jobs[job].fate = Some(verdict);
        }
        self.ready.iter_mut().for_each(|ready| ready.remove(job));
        self.touched.push(job);
    }

    /// A node is done with a recording: those behind it may have become ready.
    pub(super) fn done(&mut self, now: Duration, job: JobId, node: NodeId, work: &dyn Work) {
        self.jobs[job].state[node] = State::Done;
        let mut next: Vec<NodeId> = self.successors[node].clone();
        while let Some(node) = next.pop() {
            if self.unblock(now, job, node, work) == Some(State::Done) {
                next.extend(&self.successors[node]);
            }
        }
    }

    /// Makes a node ready for a recording if nothing stands before it any more, or done if there is nothing to do.
    pub(super) fn unblock(&mut self, now: Duration, job: JobId, node: NodeId, work: &dyn Work) -> Option<State> {
        let subject = &self.jobs[job];
        let free = self.nodes[node].after.iter().all(|before| subject.state[*before] == State::Done)
            && (!self.nodes[node].after_kept || subject.unkept == 0);
        if subject.fate.is_some() || subject.state[node] != State::Blocked || !free {
            return None;
        }
        let state = match work.cost(job, node) {
            Some(cost) => State::Ready { cost, since: now, alone: false },
            None => State::Done,
        };
        if state != State::Done {
            self.ready[node].any.insert(job);
        }
        self.jobs[job].state[node] = state;
        Some(state)
    }

    /// A result was written.
    pub(super) fn kept(&mut self, now: Duration, job: JobId, work: &dyn Work) {
        self.jobs[job].unkept -= 1;
        let waiting = (0..self.nodes.len()).filter(|node| self.nodes[*node].after_kept);
        for node in waiting.collect::<Vec<_>>() {
            if self.unblock(now, job, node, work) == Some(State::Done) {
                self.done(now, job, node, work);
            }
        }
    }

    /// Says what became of recordings that are over since the last call.
    pub(super) fn settle_what_is_over(&mut self, out: &mut Vec<Action>) {
        for job in std::mem::take(&mut self.touched) {
            if self.jobs[job].settled || self.jobs[job].open > 0 || self.jobs[job].unkept > 0 {
                continue;
            }
            let verdict = match &self.jobs[job].fate {
                // Stopped, but what it was at came to its end.
                Some(Verdict::NotReached) if self.has_everything(job) => Verdict::Done,
                Some(fate) => fate.clone(),
                None if self.has_everything(job) => Verdict::Done,
                None => continue,
            };
            let subject = &mut self.jobs[job];
            subject.settled = true;
            self.holding -= usize::from(!std::mem::take(&mut subject.held).is_empty());
            subject.state = Vec::new();
            self.over += 1;
            out.push(Action::Settle(job, verdict));
        }
        while self.jobs.get(self.current).is_some_and(|job| job.settled) {
            self.current += 1;
        }
    }
}

//! How much memory a batch may have, what it leaves to others, and what is done where there is none.

use super::{Action, DeviceId, JobId, NodeId, Scheduler, Verdict, Work};
use crate::heat::Pace;
use crate::memory::Lease;
use std::time::Duration;
use voiceman_base::Bytes;

/// A batch that found no memory.
pub(super) struct Short {
    pub(super) job: JobId,
    pub(super) needed: Bytes,
    /// It would not fit if nothing else ran.
    pub(super) in_vain: bool,
}

impl Scheduler {
    /// How many items may be in memory at once beside a `reserve` for what comes behind; nothing where not even the fewest fit.
    pub(super) fn batch_size(
        &self,
        node: NodeId,
        device: DeviceId,
        memory: impl Fn(usize) -> Bytes,
        reserve: Bytes,
    ) -> Option<usize> {
        let shape = self.nodes[node].shape;
        let found = &self.devices[device];
        let heat = match found.governor.pace() {
            Pace::Throttled { share, .. } if self.rules.heat => share,
            _ => 1.0,
        };
        if !self.rules.memory {
            let size = (shape.default as f64 * heat) as usize;
            return Some(size.max(shape.min).min(self.planners[node][device].limit()));
        }
        let state = found.budget.state();
        let free = Bytes::new(state.available().get().saturating_sub(reserve.get()));
        self.planners[node][device].plan(free, memory, heat * found.memory_share)
    }

    /// Whether so much memory would not be free for `job` on `device` if no other recording were there: what the program, its
    /// models and this recording hold stays. Unknown as long as something runs.
    pub(super) fn is_in_vain(&self, device: DeviceId, job: JobId, needed: Bytes) -> bool {
        let state = self.devices[device].budget.state();
        let stays = match self.devices[device].running {
            0 => {
                let holders = self.nodes.iter().filter(|node| node.holds_memory);
                let held: u64 = holders.filter_map(|node| state.by_stage.get(node.name)).map(|held| held.get()).sum();
                let own: u64 = self.jobs[job].held.iter().map(|lease| lease.bytes().get()).sum();
                state.leased.get().saturating_sub(held.saturating_sub(own))
            }
            _ => 0,
        };
        needed.get() + stays > state.total.get()
    }

    /// Memory that `node` must leave to those behind it, because what it takes comes to wait for them. A recording that is the
    /// only one there leaves none: whether those behind it can do it is for them to find.
    pub(super) fn reserve(&self, node: NodeId, device: DeviceId, work: &dyn Work) -> Bytes {
        let alone = self.holding == 0 && self.devices[device].running == 0;
        if !self.nodes[node].holds_memory || alone {
            return Bytes::default();
        }
        let elsewhere = |node: NodeId| device == 0 && self.is_accelerated(node);
        let behind = (node + 1..self.nodes.len()).filter(|node| !elsewhere(*node));
        let fewest = |node: NodeId| {
            let shape = self.nodes[node].shape;
            work.measured(node, device, shape.min).unwrap_or(shape.memory(shape.min))
        };
        behind.map(fewest).max().unwrap_or_default()
    }

    pub(super) fn take_lease(&self, node: NodeId, device: DeviceId, needed: Bytes) -> Result<Option<Lease>, Bytes> {
        if !self.rules.memory || needed == Bytes::default() {
            return Ok(None);
        }
        self.devices[device].budget.lease(needed, self.nodes[node].name).map(Some).map_err(|_| needed)
    }

    /// A batch finds no memory on a device. Others may give some back; where nobody can, caches are released, then the
    /// processor takes over, then the one recording fails. Whether that changed anything.
    pub(super) fn without_memory(
        &mut self,
        now: Duration,
        (node, device): (NodeId, DeviceId),
        short: &Short,
        out: &mut Vec<Action>,
    ) -> bool {
        let Short { job, needed, in_vain } = *short;
        if self.devices[device].running > 0 {
            self.devices[device].short_since = None;
            return false;
        }
        let since = *self.devices[device].short_since.get_or_insert(now);
        if since == now {
            self.tell_short(node, device, job, needed, out);
            out.push(Action::ReleaseCaches(device));
        }
        if !in_vain && now < since + self.rules.patience {
            return false;
        }
        self.devices[device].short_since = None;
        if device > 0 {
            self.tell_moved(node, device, job, out);
            self.ready[node].remove(job);
            let _ = self.ready[node].processor.insert(job);
        } else {
            self.doom(job, Verdict::OutOfMemory { node, needed });
        }
        true
    }
}

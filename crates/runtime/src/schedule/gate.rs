//! Lets recordings through to a node until enough of them wait for it, and again when most of these are through.

use crate::limits::Limits;

/// What stands before a node.
#[derive(Clone, Copy, Debug)]
pub(super) struct Gate {
    limits: Limits,
    /// Was full and has not drained yet.
    holding: bool,
}

impl Gate {
    /// A gate before a node whose batches usually hold `batch` items. At least a whole batch may wait, so that many
    /// short recordings fill one.
    pub(super) fn new(limits: Limits, batch: usize) -> Gate {
        let capacity = limits.capacity.max(batch).max(1);
        let grown = capacity / limits.capacity.max(1);
        let resume_below = (limits.resume_below * grown.max(1)).clamp(1, capacity);
        Gate { limits: Limits { capacity, resume_below }, holding: false }
    }

    /// How many more may come when `load` wait or are on their way.
    pub(super) fn room(&mut self, load: usize) -> usize {
        if load >= self.limits.capacity {
            self.holding = true;
        } else if load < self.limits.resume_below {
            self.holding = false;
        }
        if self.holding { 0 } else { self.limits.capacity - load }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closes_at_five_and_opens_below_three() {
        let mut gate = Gate::new(Limits::FLOW, 1);
        let rooms: Vec<usize> = [0, 4, 5, 4, 3, 2, 4, 9].into_iter().map(|load| gate.room(load)).collect();
        assert_eq!(rooms, [5, 1, 0, 0, 0, 3, 1, 0]);
    }

    #[test]
    fn a_whole_batch_may_wait() {
        let mut gate = Gate::new(Limits::FLOW, 16);
        assert_eq!(gate.room(15), 1);
        assert_eq!((gate.room(16), gate.room(9), gate.room(8)), (0, 0, 8));
    }
}

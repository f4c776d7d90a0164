//! A bounded queue between two threads. Full, it makes the sender wait: nothing is ever dropped.
//!
//! After it has been full, senders wait until it has drained to [`Limits::resume_below`], so that a fast sender works
//! in stretches instead of waking for every single item.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// How much a queue holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Items that fit; one or more.
    pub capacity: usize,
    /// Once full, a sender goes on when fewer items than this are left; from 1 to `capacity`.
    pub resume_below: usize,
}

impl Limits {
    /// What the flow between stages uses: five recordings, and on again with fewer than three.
    pub const FLOW: Limits = Limits { capacity: 5, resume_below: 3 };
}

/// What is in a queue and who waits for it, at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct QueueState {
    /// Items in the queue.
    pub queued: usize,
    /// Threads that wait for room.
    pub waiting_senders: usize,
    /// Threads that wait for an item.
    pub waiting_receivers: usize,
}

/// An item that the queue did not take, because it was closed.
#[derive(Debug, PartialEq, Eq)]
pub struct Handed<T>(pub T);

/// A bounded queue. Clones are the same queue.
pub struct Queue<T> {
    shared: Arc<Shared<T>>,
}

struct Shared<T> {
    inner: Mutex<Inner<T>>,
    /// Anything changed. One condition for all: a handful of threads wait here at most.
    changed: Condvar,
}

struct Inner<T> {
    items: VecDeque<T>,
    limits: Limits,
    /// Was full and has not drained to `resume_below` yet.
    holding_back: bool,
    /// No more items are taken; those inside can still be received.
    closed: bool,
    waiting_senders: usize,
    waiting_receivers: usize,
}

impl<T> Clone for Queue<T> {
    fn clone(&self) -> Self {
        Queue { shared: Arc::clone(&self.shared) }
    }
}

impl<T> Queue<T> {
    /// An empty queue; limits outside their ranges are moved to the nearest that makes sense.
    pub fn new(limits: Limits) -> Queue<T> {
        let capacity = limits.capacity.max(1);
        let limits = Limits { capacity, resume_below: limits.resume_below.clamp(1, capacity) };
        let inner = Inner {
            items: VecDeque::with_capacity(capacity),
            limits,
            holding_back: false,
            closed: false,
            waiting_senders: 0,
            waiting_receivers: 0,
        };
        Queue { shared: Arc::new(Shared { inner: Mutex::new(inner), changed: Condvar::new() }) }
    }

    /// Puts an item in, waiting for room.
    ///
    /// # Errors
    /// Hands the item back when the queue is closed, also while waiting.
    pub fn send(&self, item: T) -> Result<(), Handed<T>> {
        let mut inner = self.lock();
        while !inner.closed && (inner.holding_back || inner.items.len() >= inner.limits.capacity) {
            inner.waiting_senders += 1;
            self.shared.changed.notify_all();
            inner = self.wait(inner);
            inner.waiting_senders -= 1;
        }
        if inner.closed {
            return Err(Handed(item));
        }
        inner.items.push_back(item);
        inner.holding_back = inner.items.len() >= inner.limits.capacity;
        self.shared.changed.notify_all();
        Ok(())
    }

    /// Takes the oldest item, waiting for one; nothing once the queue is closed and empty.
    pub fn receive(&self) -> Option<T> {
        let mut inner = self.lock();
        while !inner.closed && inner.items.is_empty() {
            inner.waiting_receivers += 1;
            self.shared.changed.notify_all();
            inner = self.wait(inner);
            inner.waiting_receivers -= 1;
        }
        let item = inner.items.pop_front();
        if inner.items.len() < inner.limits.resume_below {
            inner.holding_back = false;
        }
        self.shared.changed.notify_all();
        item
    }

    /// Takes no more items and wakes everybody who waits; those inside can still be received.
    pub fn close(&self) {
        self.lock().closed = true;
        self.shared.changed.notify_all();
    }

    /// What is inside and who waits, now.
    pub fn state(&self) -> QueueState {
        self.lock().state()
    }

    /// Waits until the state is as `wanted` says. For tests that must know what waits where without sleeping.
    pub fn wait_until(&self, wanted: impl Fn(QueueState) -> bool) -> QueueState {
        let mut inner = self.lock();
        while !wanted(inner.state()) {
            inner = self.wait(inner);
        }
        inner.state()
    }

    fn lock(&self) -> MutexGuard<'_, Inner<T>> {
        // No code of an item runs under the lock, so a poisoned lock still guards a sound state.
        self.shared.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(&self, inner: MutexGuard<'a, Inner<T>>) -> MutexGuard<'a, Inner<T>> {
        self.shared.changed.wait(inner).unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Inner<T> {
    fn state(&self) -> QueueState {
        QueueState {
            queued: self.items.len(),
            waiting_senders: self.waiting_senders,
            waiting_receivers: self.waiting_receivers,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread;

    fn state(queued: usize, waiting_senders: usize, waiting_receivers: usize) -> QueueState {
        QueueState { queued, waiting_senders, waiting_receivers }
    }

    #[test]
    fn a_full_queue_holds_exactly_five_and_goes_on_below_three() {
        let queue = Queue::new(Limits::FLOW);
        thread::scope(|scope| {
            scope.spawn(|| {
                for number in 0..12 {
                    assert_eq!(queue.send(number), Ok(()));
                }
                queue.close();
            });
            queue.wait_until(|now| now.waiting_senders == 1);
            assert_eq!(queue.state(), state(5, 1, 0));
            assert_eq!(queue.receive(), Some(0));
            assert_eq!(queue.receive(), Some(1));
            // Three are left: the sender still waits, and nothing can change that but another receive.
            assert_eq!(queue.state(), state(3, 1, 0));
            assert_eq!(queue.receive(), Some(2));
            queue.wait_until(|now| now.queued == 5 && now.waiting_senders == 1);
            assert_eq!((3..12).map(Some).collect::<Vec<_>>(), (3..12).map(|_| queue.receive()).collect::<Vec<_>>());
            assert_eq!(queue.receive(), None);
        });
    }

    #[test]
    fn an_empty_queue_makes_the_receiver_wait() {
        let queue = Queue::new(Limits::FLOW);
        thread::scope(|scope| {
            let receiver = scope.spawn(|| (queue.receive(), queue.receive()));
            queue.wait_until(|now| now == state(0, 0, 1));
            assert_eq!(queue.send(7), Ok(()));
            queue.wait_until(|now| now == state(0, 0, 1));
            queue.close();
            assert_eq!(receiver.join().ok(), Some((Some(7), None)));
        });
    }

    #[test]
    fn closing_hands_a_waiting_sender_its_item_back_and_keeps_the_rest() {
        let queue = Queue::new(Limits { capacity: 1, resume_below: 1 });
        assert_eq!(queue.send("in"), Ok(()));
        thread::scope(|scope| {
            let sender = scope.spawn(|| queue.send("back"));
            queue.wait_until(|now| now.waiting_senders == 1);
            queue.close();
            assert_eq!(sender.join().ok(), Some(Err(Handed("back"))));
        });
        assert_eq!(queue.receive(), Some("in"));
        assert_eq!(queue.receive(), None);
        assert_eq!(queue.send("late"), Err(Handed("late")));
    }

    #[test]
    fn senseless_limits_still_move_items() {
        let queue = Queue::new(Limits { capacity: 0, resume_below: 9 });
        assert_eq!(queue.send(1), Ok(()));
        assert_eq!(queue.receive(), Some(1));
    }
}

//! Who gets memory next when several wait for it.
//!
//! Higher priority first, then longer waiting. One that does not fit is passed over by smaller ones, so that memory does
//! not lie idle, but only for so long: a request that has waited longer than the patience comes before all others, and
//! where it still does not fit nobody is granted anything until it does. So every request that fits into the whole
//! budget is granted when the others give back what they hold.

use std::time::Duration;
use voiceman_base::Bytes;

/// A number that a request bears until it is granted or withdrawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(u64);

/// Somebody waits for memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request {
    /// Its number; earlier requests have smaller ones.
    pub ticket: Ticket,
    /// Larger goes first.
    pub priority: u32,
    /// For how much.
    pub bytes: Bytes,
    /// Since when, counted from the start of the run.
    pub since: Duration,
}

/// Requests that wait for memory of one budget.
#[derive(Clone, Debug)]
pub struct Waiting {
    patience: Duration,
    requests: Vec<Request>,
    next: u64,
}

impl Waiting {
    /// Nobody waits. A request may be passed over for `patience`.
    pub fn new(patience: Duration) -> Waiting {
        Waiting { patience, requests: Vec::new(), next: 0 }
    }

    /// Puts a request into the queue. It must fit into the whole budget, and be withdrawn by its owner once other
    /// programs hold so much that it cannot be granted any more: it would keep everybody waiting.
    pub fn ask(&mut self, priority: u32, bytes: Bytes, now: Duration) -> Ticket {
        let ticket = Ticket(self.next);
        self.next += 1;
        self.requests.push(Request { ticket, priority, bytes, since: now });
        ticket
    }

    /// The request that is to be granted next where `available` can be leased; it stays in the queue until it is taken.
    pub fn next(&self, now: Duration, available: Bytes) -> Option<Request> {
        let impatient = |request: &&Request| now.saturating_sub(request.since) >= self.patience;
        if let Some(oldest) =
            self.requests.iter().filter(impatient).min_by_key(|request| (request.since, request.ticket))
        {
            return Some(*oldest).filter(|request| request.bytes <= available);
        }
        let fitting = self.requests.iter().filter(|request| request.bytes <= available);
        fitting.min_by_key(|request| (u32::MAX - request.priority, request.since, request.ticket)).copied()
    }

    /// Takes a request out, because it was granted or is withdrawn; nothing where it is gone already.
    pub fn take(&mut self, ticket: Ticket) -> Option<Request> {
        let position = self.requests.iter().position(|request| request.ticket == ticket)?;
        Some(self.requests.remove(position))
    }

    /// How many wait.
    pub fn len(&self) -> usize {
        self.requests.len()
    }

    /// Whether nobody waits.
    pub fn is_empty(&self) -> bool {
        self.requests.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Budget, Lease};
    use super::*;
    use proptest::prelude::*;

    const PATIENCE: Duration = Duration::from_secs(10);

    fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn priority_goes_before_age_and_what_fits_before_what_does_not() {
        let mut waiting = Waiting::new(PATIENCE);
        let early = waiting.ask(1, Bytes::new(10), at(0));
        let large = waiting.ask(9, Bytes::new(100), at(1));
        let late = waiting.ask(5, Bytes::new(10), at(2));
        let next = |waiting: &Waiting, bytes| waiting.next(at(3), Bytes::new(bytes)).map(|request| request.ticket);
        assert_eq!(next(&waiting, 100), Some(large));
        assert_eq!(next(&waiting, 50), Some(late));
        assert_eq!(waiting.take(late).map(|request| request.ticket), Some(late));
        assert_eq!(next(&waiting, 50), Some(early));
        assert_eq!(next(&waiting, 9), None);
        assert_eq!(waiting.take(late), None);
        assert_eq!(waiting.len(), 2);
    }

    #[test]
    fn one_that_was_passed_over_too_long_holds_the_others_back() {
        let mut waiting = Waiting::new(PATIENCE);
        let large = waiting.ask(0, Bytes::new(100), at(0));
        let small = waiting.ask(9, Bytes::new(10), at(5));
        let next = |now, bytes| waiting.next(at(now), Bytes::new(bytes)).map(|request| request.ticket);
        assert_eq!(next(9, 50), Some(small));
        assert_eq!(next(10, 50), None);
        assert_eq!(next(10, 100), Some(large));
    }

    proptest! {
        /// Requests come at every second and hold what they get for a while. In the end each was granted, none before
        /// its memory was there, and none waited longer than its patience and the longest holdings before it.
        #[test]
        fn everybody_is_served(
            arrivals in prop::collection::vec((0..4_u32, 1..=100_u64, 1..8_u64), 1..60),
        ) {
            let budget = Budget::new(Bytes::new(100));
            let mut waiting = Waiting::new(PATIENCE);
            let mut held: Vec<(u64, Lease)> = Vec::new();
            let mut holds = Vec::new();
            let mut granted = 0;
            let all = arrivals.len();
            let mut arrivals = arrivals.into_iter();
            for second in 0..2_000 {
                held.retain(|(until, _)| *until > second);
                if let Some((priority, bytes, hold)) = arrivals.next() {
                    waiting.ask(priority, Bytes::new(bytes), at(second));
                    holds.push(hold);
                }
                while let Some(request) = waiting.next(at(second), budget.state().available()) {
                    let lease = budget.lease(request.bytes, "test");
                    prop_assert!(lease.is_ok());
                    let Request { ticket: Ticket(number), .. } = request;
                    let before = number as usize;
                    // Those before it in line may each make it wait for one holding time once patience has run out.
                    prop_assert!(at(second) <= request.since + PATIENCE + at(8 * (before as u64 + 1)));
                    held.extend(lease.ok().map(|lease| (second + holds[before], lease)));
                    waiting.take(request.ticket);
                    granted += 1;
                }
                prop_assert!(budget.state().leased <= budget.state().total);
            }
            prop_assert_eq!(granted, all);
            prop_assert!(waiting.is_empty());
        }
    }
}

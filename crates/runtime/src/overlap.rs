//! Three steps over many jobs: prepare, middle, last. Overlapping, each step works on another job at the same time.
//!
//! Every job gets exactly one [`Outcome`], in the order of the jobs. An error or a panic concerns its job alone.

use crate::panic::{Panicked, catch};
use crate::{CancelToken, Handed, Limits, Queue};
use std::sync::mpsc;
use std::thread;

/// What became of a job.
#[derive(Debug, PartialEq)]
pub enum Outcome<E> {
    /// All steps are done.
    Done,
    /// A step failed; the later ones did not run.
    Failed(Failure<E>),
    /// The run was cancelled before the job was done.
    NotReached,
}

/// How a step failed.
#[derive(Debug, PartialEq)]
pub enum Failure<E> {
    /// It returned an error.
    Error(E),
    /// It panicked.
    Panic(Panicked),
}

/// How the steps are run. The results do not depend on it.
#[derive(Clone, Debug)]
pub struct Chain {
    /// Whether the steps run beside each other on their own threads.
    pub overlap: bool,
    /// How much waits between two steps.
    pub limits: Limits,
    /// Stops the run.
    pub cancel: CancelToken,
}

impl Chain {
    /// Takes `jobs` jobs, numbered from 0, through the steps and tells `settled` of each as soon as it is over.
    ///
    /// Cancelled, no new step is begun; steps that run go on until they look at the token themselves.
    pub fn run<A: Send, B: Send, E: Send>(
        &self,
        jobs: usize,
        mut prepare: impl FnMut(usize) -> Result<A, E> + Send,
        mut middle: impl FnMut(usize, A) -> Result<B, E> + Send,
        mut last: impl FnMut(usize, B) -> Result<(), E> + Send,
        mut settled: impl FnMut(usize, &Outcome<E>),
    ) -> Vec<Outcome<E>> {
        let mut outcomes: Vec<Option<Outcome<E>>> = Vec::new();
        outcomes.resize_with(jobs, || None);
        let mut note = |job: usize, outcome: Outcome<E>| {
            settled(job, &outcome);
            outcomes[job] = Some(outcome);
        };
        if self.overlap && jobs > 1 {
            let queues = (Queue::new(self.limits), Queue::new(self.limits));
            self.side_by_side(jobs, &mut prepare, &mut middle, &mut last, &mut note, queues);
        } else {
            for job in (0..jobs).take_while(|_| !self.cancel.is_cancelled()) {
                let outcome = step(&self.cancel, || prepare(job))
                    .and_then(|prepared| step(&self.cancel, || middle(job, prepared)))
                    .and_then(|result| step(&self.cancel, || last(job, result)));
                note(job, outcome.err().unwrap_or(Outcome::Done));
            }
        }
        outcomes.into_iter().map(|outcome| outcome.unwrap_or(Outcome::NotReached)).collect()
    }

    /// One thread a step, a queue between two neighbours, and the outcomes told on the caller's thread.
    fn side_by_side<A: Send, B: Send, E: Send>(
        &self,
        jobs: usize,
        prepare: &mut (impl FnMut(usize) -> Result<A, E> + Send),
        middle: &mut (impl FnMut(usize, A) -> Result<B, E> + Send),
        last: &mut (impl FnMut(usize, B) -> Result<(), E> + Send),
        note: &mut impl FnMut(usize, Outcome<E>),
        (prepared, results): Between<A, B>,
    ) {
        let (tell, told) = mpsc::channel();
        let cancel = &self.cancel;
        thread::scope(|scope| {
            let (to_middle, tell_first) = (Closing(prepared.clone()), tell.clone());
            scope.spawn(move || {
                for job in (0..jobs).take_while(|_| !cancel.is_cancelled()) {
                    let sent = step(cancel, || prepare(job)).map(|item| to_middle.0.send((job, item)));
                    if !go_on(job, sent, &tell_first) {
                        break;
                    }
                }
            });
            let (from_first, to_last, tell_middle) = (Closing(prepared), Closing(results.clone()), tell.clone());
            scope.spawn(move || {
                while let Some((job, item)) = from_first.0.receive() {
                    let sent = step(cancel, || middle(job, item)).map(|item| to_last.0.send((job, item)));
                    if !go_on(job, sent, &tell_middle) {
                        break;
                    }
                }
            });
            let from_middle = Closing(results);
            scope.spawn(move || {
                while let Some((job, item)) = from_middle.0.receive() {
                    let outcome = step(cancel, || last(job, item)).err().unwrap_or(Outcome::Done);
                    if tell.send((job, outcome)).is_err() {
                        break;
                    }
                }
            });
            // Ends when the three threads have dropped their senders, that is, have ended.
            told.iter().for_each(|(job, outcome)| note(job, outcome));
        });
    }
}

/// The queues between the first and the second, and between the second and the third step.
type Between<A, B> = (Queue<(usize, A)>, Queue<(usize, B)>);

/// Closes the queue when the thread at one of its ends is over, in whatever way, so that the other end never waits
/// for it.
struct Closing<T>(Queue<T>);

impl<T> Drop for Closing<T> {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// Runs one step of one job unless the run is cancelled.
fn step<T, E>(cancel: &CancelToken, work: impl FnOnce() -> Result<T, E>) -> Result<T, Outcome<E>> {
    if cancel.is_cancelled() {
        return Err(Outcome::NotReached);
    }
    match catch(work) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(Outcome::Failed(Failure::Error(error))),
        Err(panicked) => Err(Outcome::Failed(Failure::Panic(panicked))),
    }
}

/// Tells of a job that ended early; whether the thread should take the next job.
fn go_on<T, E>(
    job: usize,
    sent: Result<Result<(), Handed<T>>, Outcome<E>>,
    tell: &mpsc::Sender<(usize, Outcome<E>)>,
) -> bool {
    match sent {
        Ok(Ok(())) => true,
        Ok(Err(Handed(_))) => false,
        Err(outcome) => tell.send((job, outcome)).is_ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;
    use std::sync::atomic::{AtomicUsize, Ordering};

    fn chain(overlap: bool) -> Chain {
        Chain { overlap, limits: Limits::FLOW, cancel: CancelToken::new() }
    }

    /// Each step fails or panics on some jobs; nothing else may be touched by that.
    fn mixed(overlap: bool) -> (Vec<Outcome<String>>, Vec<(usize, usize)>) {
        let kept = Mutex::new(Vec::new());
        let outcomes = chain(overlap).run(
            40,
            |job| if job % 10 == 1 { Err(format!("prepare {job}")) } else { Ok(job * 2) },
            |job, value| match job % 10 {
                2 => Err(format!("middle {job}")),
                3 => panic!("middle {job}"),
                _ => Ok(value + 1),
            },
            |job, value| {
                assert!(job % 10 != 4, "last {job}");
                kept.lock().map_err(|_| "lock".to_owned())?.push((job, value));
                Ok(())
            },
            |_, _| {},
        );
        (outcomes, kept.into_inner().unwrap_or_default())
    }

    #[test]
    fn failures_stay_with_their_job_and_overlap_changes_nothing() {
        crate::install_quiet_hook();
        let (outcomes, kept) = mixed(true);
        assert_eq!((&outcomes, &kept), (&mixed(false).0, &mixed(false).1));
        for (job, outcome) in outcomes.iter().enumerate() {
            match (job % 10, outcome) {
                (1, Outcome::Failed(Failure::Error(error))) => assert_eq!(*error, format!("prepare {job}")),
                (2, Outcome::Failed(Failure::Error(error))) => assert_eq!(*error, format!("middle {job}")),
                (3, Outcome::Failed(Failure::Panic(panicked))) => assert_eq!(panicked.message, format!("middle {job}")),
                (4, Outcome::Failed(Failure::Panic(panicked))) => assert_eq!(panicked.message, format!("last {job}")),
                (1..=4, other) => panic!("job {job}: {other:?}"),
                (_, other) => assert_eq!((other, kept.contains(&(job, job * 2 + 1))), (&Outcome::Done, true)),
            }
        }
    }

    #[test]
    fn seven_jobs_are_prepared_ahead_of_a_slow_middle_and_no_more() {
        let (prepared, results) = (Queue::new(Limits::FLOW), Queue::new(Limits::FLOW));
        let (ahead, watched) = (AtomicUsize::new(0), prepared.clone());
        let middle_has_begun = Queue::new(Limits::FLOW);
        let mut seen = 0;
        let seen_by_middle = &mut seen;
        let mut outcomes = Vec::new();
        chain(true).side_by_side(
            20,
            &mut |job| {
                if job == 1 {
                    middle_has_begun.receive();
                }
                ahead.fetch_add(1, Ordering::SeqCst);
                Ok::<_, ()>(job)
            },
            &mut |job, item| {
                if job == 0 {
                    middle_has_begun.send(()).map_err(|_| ())?;
                    watched.wait_until(|now| now.waiting_senders == 1);
                    *seen_by_middle = ahead.load(Ordering::SeqCst);
                }
                Ok(item)
            },
            &mut |_, _| Ok(()),
            &mut |job, outcome| outcomes.push((job, outcome)),
            (prepared, results),
        );
        // One in the middle's hands, five in the queue, one in the hands of the waiting sender.
        assert_eq!(seen, 7);
        assert_eq!(outcomes, (0..20).map(|job| (job, Outcome::Done)).collect::<Vec<_>>());
    }

    #[test]
    fn steps_work_on_different_jobs_at_the_same_time() {
        // The middle step of job 0 waits until job 1 is prepared, the last of job 0 until the middle of job 1 runs:
        // one after another, this would never end.
        let (prepare_one, middle_one) = (Queue::new(Limits::FLOW), Queue::new(Limits::FLOW));
        let send = |queue: &Queue<()>, job: usize| if job == 1 { queue.send(()).map_err(|_| ()) } else { Ok(()) };
        let outcomes = chain(true).run(
            2,
            |job| send(&prepare_one, job),
            |job, ()| {
                if job == 0 {
                    prepare_one.receive();
                }
                send(&middle_one, job)
            },
            |job, ()| {
                if job == 0 {
                    middle_one.receive();
                }
                Ok(())
            },
            |_, _| {},
        );
        assert_eq!(outcomes, vec![Outcome::Done, Outcome::Done]);
    }

    #[test]
    fn cancelled_in_the_middle_keeps_what_is_done_and_begins_nothing_new() {
        for overlap in [true, false] {
            let chain = chain(overlap);
            let begun = AtomicUsize::new(0);
            let outcomes = chain.run(
                1000,
                Ok::<_, ()>,
                |job, item| {
                    if job == 3 {
                        chain.cancel.cancel();
                    }
                    Ok(item)
                },
                |_, _| {
                    begun.fetch_add(1, Ordering::SeqCst);
                    Ok(())
                },
                |_, _| {},
            );
            let done = outcomes.iter().filter(|outcome| **outcome == Outcome::Done).count();
            assert_eq!(outcomes.len(), 1000);
            assert_eq!(done, begun.load(Ordering::SeqCst));
            assert!(done <= 3, "{done}");
            assert!(outcomes[3..].iter().all(|outcome| *outcome == Outcome::NotReached));
            assert!(overlap || done == 3);
        }
    }

    #[test]
    fn a_run_cancelled_before_it_begins_does_nothing() {
        let chain = chain(true);
        chain.cancel.cancel();
        let outcomes =
            chain.run(3, |_| -> Result<(), ()> { panic!("begun") }, |_, ()| Ok(()), |_, ()| Ok(()), |_, _| {});
        assert_eq!(outcomes, vec![Outcome::NotReached, Outcome::NotReached, Outcome::NotReached]);
    }

    #[test]
    fn each_outcome_is_told_once_as_it_happens() {
        for overlap in [true, false] {
            let mut told = Vec::new();
            chain(overlap).run(
                9,
                |job| if job % 2 == 0 { Ok(()) } else { Err(job) },
                |_, ()| Ok(()),
                |_, ()| Ok(()),
                |job, _| told.push(job),
            );
            told.sort_unstable();
            assert_eq!(told, (0..9).collect::<Vec<_>>());
        }
    }
}

//! The threads that carry out what the scheduler decides. Nothing here sleeps: what must wait, waits for a message.

#![allow(clippy::expect_used, reason = "tests")]

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread::{self, ThreadId};
use std::time::Duration;
use voiceman_base::{
    BatchShape, Bytes, ClipTime, Cost, DeviceFacts, DeviceReading, Event, EventSink, NoticeKind, RecordingKey, Watch,
};
use voiceman_runtime::device::Device;
use voiceman_runtime::heat::Limits;
use voiceman_runtime::learnt::Costs;
use voiceman_runtime::schedule::{JobSpec, NodeId, NodeSpec, Place, Rules};
use voiceman_runtime::{CancelToken, Drive, Executor, Failure, Node, Outcome, Trouble, install_quiet_hook};

/// What the tests look at.
#[derive(Default)]
struct Seen {
    events: Mutex<Vec<Event>>,
    /// Recordings of each batch, by node.
    batches: Mutex<BTreeMap<NodeId, Vec<Vec<usize>>>>,
    threads: Mutex<BTreeMap<&'static str, Vec<ThreadId>>>,
    built: AtomicUsize,
    kept: Mutex<Vec<usize>>,
}

impl EventSink for Seen {
    fn emit(&self, event: Event) {
        self.events.lock().expect("events").push(event);
    }
}

impl Seen {
    fn told(&self, kind: NoticeKind) -> usize {
        let events = self.events.lock().expect("events");
        events.iter().filter(|event| matches!(event, Event::Notice { kind: told, .. } if *told == kind)).count()
    }

    fn batches(&self, node: NodeId) -> Vec<Vec<usize>> {
        self.batches.lock().expect("batches").get(&node).cloned().unwrap_or_default()
    }
}

/// What a node does with a recording.
type Act = dyn Fn(usize, &dyn Watch) -> Result<(), Trouble<String>> + Send + Sync;

struct Acting {
    node: NodeId,
    seen: Arc<Seen>,
    act: Arc<Act>,
}

impl Executor<usize, String> for Acting {
    fn run(&mut self, batch: &[Arc<usize>], watch: &dyn Watch) -> Vec<Result<(), Trouble<String>>> {
        let jobs: Vec<usize> = batch.iter().map(|job| **job).collect();
        self.seen.batches.lock().expect("batches").entry(self.node).or_default().push(jobs.clone());
        self.seen.threads.lock().expect("threads").entry("batch").or_default().push(thread::current().id());
        jobs.into_iter().map(|job| (self.act)(job, watch)).collect()
    }
}

struct Cold;

impl Device for Cold {
    fn facts(&self) -> DeviceFacts {
        DeviceFacts { kind: "cpu", name: "on paper".into(), memory_bytes: None, has_thermometer: false }
    }

    fn read(&self) -> DeviceReading {
        DeviceReading::default()
    }

    fn thermal_limits(&self) -> Option<Limits> {
        None
    }
}

/// A flow of two nodes: one that opens, one on the device that takes up to four items, one a recording.
struct Bench {
    seen: Arc<Seen>,
    cancel: CancelToken,
    rules: Rules,
    per_item: Bytes,
    budget: Bytes,
    place: Place,
    /// What hears is made at once, and this is done while it is.
    preload: Option<Arc<dyn Fn() + Send + Sync>>,
}

impl Bench {
    fn new() -> Bench {
        Bench {
            seen: Arc::default(),
            cancel: CancelToken::new(),
            rules: Rules::DEFAULT,
            per_item: Bytes::default(),
            budget: Bytes::mebi(1 << 20),
            place: Place::Device { accelerator: None },
            preload: None,
        }
    }

    fn node(&self, node: NodeId, place: Place, act: Arc<Act>) -> Node<usize, String> {
        let shape = BatchShape {
            item: "recording",
            default: 4,
            min: 1,
            max: 4,
            memory_fixed: Bytes::default(),
            memory_per_item: self.per_item,
        };
        let spec = NodeSpec {
            name: ["open", "hear"][node],
            after: if node == 0 { Vec::new() } else { vec![0] },
            place,
            shape: if node == 0 { BatchShape::recordings(Bytes::default()) } else { shape },
            instances: 1,
            holds_memory: false,
            after_kept: false,
            keeps: node == 1,
        };
        let (seen, keeper) = (Arc::clone(&self.seen), Arc::clone(&self.seen));
        let making = self.preload.clone().filter(|_| node == 1);
        let preload = making.is_some();
        Node {
            spec,
            cost: Box::new(|_| Some(Cost { items: 1, audio: ClipTime::from_seconds(1.0) })),
            build: Arc::new(move |_| {
                seen.built.fetch_add(1, Ordering::SeqCst);
                if let Some(making) = &making {
                    making();
                }
                Ok(Box::new(Acting { node, seen: Arc::clone(&seen), act: Arc::clone(&act) }) as Box<dyn Executor<_, _>>)
            }),
            keep: Some(Arc::new(move |job| {
                keeper.threads.lock().expect("threads").entry("keep").or_default().push(thread::current().id());
                keeper.kept.lock().expect("kept").push(*job);
                Ok(())
            })),
            preload,
        }
    }

    fn run(
        &self,
        jobs: usize,
        open: impl Fn(usize, &dyn Watch) -> Result<(), Trouble<String>> + Send + Sync + 'static,
        hear: impl Fn(usize, &dyn Watch) -> Result<(), Trouble<String>> + Send + Sync + 'static,
    ) -> Vec<Outcome<String>> {
        let drive = Drive {
            nodes: vec![self.node(0, Place::Io, Arc::new(open)), self.node(1, self.place, Arc::new(hear))],
            devices: vec![Arc::new(Cold)],
            budgets: vec![self.budget],
            io_threads: 1,
            compute_threads: 1,
            rules: self.rules.clone(),
            limits: Limits::SPECIFICATION,
            poll: Duration::from_secs(5),
            costs: Costs::unknown("on paper"),
            cancel: self.cancel.clone(),
            events: self.seen.clone(),
        };
        let specs: Vec<JobSpec> = (0..jobs).map(|job| JobSpec { key: RecordingKey(job) }).collect();
        let mut outcomes: Vec<Option<Outcome<String>>> = (0..jobs).map(|_| None).collect();
        drive.run(&specs, |job| job, |job, outcome| assert!(outcomes[job].replace(outcome).is_none()));
        outcomes.into_iter().map(|outcome| outcome.expect("every recording has an outcome")).collect()
    }
}

fn nothing(_: usize, _: &dyn Watch) -> Result<(), Trouble<String>> {
    Ok(())
}

/// A place where one thread waits until another lets it go on.
fn gate() -> (Sender<()>, Mutex<Receiver<()>>) {
    let (open, wait) = channel();
    (open, Mutex::new(wait))
}

/// Opens recordings, and the gate when five wait behind the first, which is as many as the queue takes.
fn opens_after_five(gate: Sender<()>) -> impl Fn(usize, &dyn Watch) -> Result<(), Trouble<String>> + Send + Sync {
    let opened = AtomicUsize::new(0);
    move |_: usize, _: &dyn Watch| {
        if opened.fetch_add(1, Ordering::SeqCst) == 5 {
            gate.send(()).expect("somebody waits");
        }
        Ok(())
    }
}

#[test]
fn everything_is_done_once_and_kept_by_other_threads_than_those_that_compute() {
    let bench = Bench::new();
    assert!(bench.run(50, nothing, nothing).iter().all(|outcome| *outcome == Outcome::Done));
    let mut heard = bench.seen.batches(1).concat();
    heard.sort_unstable();
    assert_eq!(heard, (0..50).collect::<Vec<_>>());
    let mut kept = bench.seen.kept.lock().expect("kept").clone();
    kept.sort_unstable();
    assert_eq!(kept, heard);
    // One executor for each node, whatever the number of recordings.
    assert_eq!(bench.seen.built.load(Ordering::SeqCst), 2);
    assert!(bench.seen.events.lock().expect("events").iter().any(|event| matches!(event, Event::Machine { .. })));
}

#[test]
fn models_are_made_while_the_first_recording_is_read_and_only_once() {
    let (making, made) = gate();
    let making = move || making.send(()).expect("somebody waits");
    let bench = Bench { preload: Some(Arc::new(making)), ..Bench::new() };
    // The first recording is not opened before that happens.
    let open = move |job: usize, _: &dyn Watch| match job {
        0 => made
            .lock()
            .expect("made")
            .recv_timeout(Duration::from_secs(60))
            .map_err(|_| Trouble::Failed("no model".into())),
        _ => Ok(()),
    };
    assert!(bench.run(20, open, nothing).iter().all(|outcome| *outcome == Outcome::Done));
    assert_eq!(bench.seen.built.load(Ordering::SeqCst), 2);
}

#[test]
fn a_model_that_is_never_loaded_does_not_keep_the_run_from_ending() {
    let (open, wait) = gate();
    let hangs = move || {
        let _ = wait.lock().expect("the gate").recv();
    };
    let mut bench = Bench { preload: Some(Arc::new(hangs)), ..Bench::new() };
    bench.rules.time_limit.base = Duration::from_millis(200);
    bench.rules.time_limit.per_audio = 0.0;
    bench.rules.time_limit.grace = Duration::from_millis(100);
    let outcomes = bench.run(1, nothing, nothing);
    assert!(matches!(outcomes[0], Outcome::Failed(Failure::Stuck { stage: "hear", .. })), "{:?}", outcomes[0]);
    drop(open);
}

#[test]
fn recordings_that_wait_are_taken_together_up_to_the_size_of_a_batch() {
    let bench = Bench::new();
    let (open, wait) = gate();
    let hearing = move |job: usize, _: &dyn Watch| {
        if job == 0 {
            wait.lock().expect("the gate").recv().expect("opened");
        }
        Ok(())
    };
    assert!(bench.run(6, opens_after_five(open), hearing).iter().all(|outcome| *outcome == Outcome::Done));
    assert_eq!(bench.seen.batches(1), [vec![0], vec![1, 2, 3, 4], vec![5]]);
}

#[test]
fn one_that_fails_or_panics_in_company_is_found_out_alone() {
    install_quiet_hook();
    let bench = Bench::new();
    let hear = |job: usize, _: &dyn Watch| match job {
        3 => panic!("recording three"),
        7 => Err(Trouble::Failed("recording seven".to_owned())),
        _ => Ok(()),
    };
    let outcomes = bench.run(12, nothing, hear);
    for (job, outcome) in outcomes.iter().enumerate() {
        match job {
            3 => assert!(
                matches!(outcome, Outcome::Failed(Failure::Panic(panicked)) if panicked.message == "recording three"),
                "{outcome:?}"
            ),
            7 => assert_eq!(*outcome, Outcome::Failed(Failure::Error("recording seven".to_owned()))),
            _ => assert_eq!(*outcome, Outcome::Done, "{job}"),
        }
    }
    let last_with = |job| bench.seen.batches(1).into_iter().rfind(|batch| batch.contains(&job));
    assert_eq!((last_with(3), last_with(7)), (Some(vec![3]), Some(vec![7])));
}

#[test]
fn a_stage_that_never_comes_back_is_left_behind() {
    let mut bench = Bench::new();
    bench.rules.time_limit.base = Duration::from_millis(200);
    bench.rules.time_limit.per_audio = 0.0;
    bench.rules.time_limit.grace = Duration::from_millis(100);
    let (open, wait) = gate();
    let wait = Arc::new(wait);
    let waiting = Arc::clone(&wait);
    let hear = move |job: usize, _: &dyn Watch| {
        if job == 2 {
            // Until the end of the test: it hears of nothing, and nobody waits for it.
            let _ = waiting.lock().expect("the gate").recv();
        }
        Ok(())
    };
    let outcomes = bench.run(5, nothing, hear);
    assert!(matches!(outcomes[2], Outcome::Failed(Failure::Stuck { stage: "hear", .. })), "{:?}", outcomes[2]);
    assert_eq!(outcomes.iter().filter(|outcome| **outcome == Outcome::Done).count(), 4);
    assert!(bench.seen.told(NoticeKind::Stuck) >= 1);
    drop((open, wait));
}

#[test]
fn a_batch_that_finds_no_memory_is_halved_and_the_rest_goes_on() {
    let bench = Bench { per_item: Bytes::mebi(1), ..Bench::new() };
    let (open, wait) = gate();
    let hear = move |job: usize, watch: &dyn Watch| {
        if job == 0 {
            wait.lock().expect("the gate").recv().expect("opened");
        }
        // Two at once fit, three do not; the seventh never does.
        let at_once = watch.next_batch(4).map_err(|_| Trouble::Cancelled)?;
        if at_once > 2 || job == 7 { Err(Trouble::OutOfMemory) } else { Ok(()) }
    };
    let outcomes = bench.run(12, opens_after_five(open), hear);
    assert!(matches!(outcomes[7], Outcome::Failed(Failure::OutOfMemory { stage: "hear", .. })), "{:?}", outcomes[7]);
    assert_eq!(outcomes.iter().filter(|outcome| **outcome == Outcome::Done).count(), 11);
    assert!(bench.seen.told(NoticeKind::Halved) >= 1);
}

#[test]
fn a_budget_bounds_what_is_in_memory_at_once() {
    // Three items fit; the program itself takes some of the budget as well.
    let held = voiceman_runtime::device::process_memory().unwrap_or_default();
    let item = Bytes::mebi(512);
    let budget = Bytes::new(held.get() + 3 * item.get() + (256 << 20));
    // Not on a device: there, what these batches really take would soon count instead.
    let bench = Bench { per_item: item, budget, place: Place::Compute, ..Bench::new() };
    assert!(bench.run(40, nothing, nothing).iter().all(|outcome| *outcome == Outcome::Done));
    assert!(bench.seen.batches(1).iter().all(|batch| batch.len() <= 3), "{:?}", bench.seen.batches(1));
    let too_small = Bench { budget: Bytes::mebi(256), ..Bench { per_item: item, ..Bench::new() } };
    let outcomes = too_small.run(2, nothing, nothing);
    let short = |outcome: &Outcome<String>| matches!(outcome, Outcome::Failed(Failure::OutOfMemory { .. }));
    assert!(outcomes.iter().all(short), "{outcomes:?}");
}

#[test]
fn a_wish_to_stop_ends_what_runs_and_begins_nothing_new() {
    let bench = Bench::new();
    let cancel = bench.cancel.clone();
    let hear = move |job: usize, watch: &dyn Watch| {
        if job == 3 {
            cancel.cancel();
        }
        watch.check().map_err(|_| Trouble::Cancelled)
    };
    let outcomes = bench.run(1_000, nothing, hear);
    let done = outcomes.iter().filter(|outcome| **outcome == Outcome::Done).count();
    let left = outcomes.iter().filter(|outcome| **outcome == Outcome::NotReached).count();
    assert_eq!(done + left, 1_000, "nothing failed");
    assert!(done <= 3, "{done}");
}

#[test]
fn one_after_another_works_on_one_thing_at_a_time() {
    let bench = Bench { rules: Rules { overlap: false, ..Rules::DEFAULT }, ..Bench::new() };
    let busy = Arc::new(AtomicUsize::new(0));
    let alone = move |_: usize, _: &dyn Watch| {
        assert_eq!(busy.fetch_add(1, Ordering::SeqCst), 0);
        busy.fetch_sub(1, Ordering::SeqCst);
        Ok(())
    };
    let also = alone.clone();
    assert!(bench.run(20, alone, also).iter().all(|outcome| *outcome == Outcome::Done));
    assert!(bench.seen.batches(1).iter().all(|batch| batch.len() == 1));
}

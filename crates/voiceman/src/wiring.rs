//! Turns stages and steps into nodes of the runtime: results that are there already, keeping new ones, telling.

use crate::error::RecordingError;
use crate::flow::Run;
use crate::maker::{BoxedStage, Maker};
use crate::selection::StageName;
use crate::subject::{Opened, Place as Slot, Subject};
use crate::watching::BatchWatch;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::sync::Arc;
use std::time::Instant;
use voiceman_base::{
    Artifact, BatchShape, Bytes, ClipTime, Cost, Event, EventSink, StageError, StageErrorKind, StageIdentity, Watch,
};
use voiceman_runtime::device::process_memory;
use voiceman_runtime::schedule::{NodeId, NodeSpec, Place};
use voiceman_runtime::{Executor, KeepResult, Node, Trouble};

/// A node over recordings.
pub(crate) type FlowNode = Node<Subject, RecordingError>;

/// What a stage takes from a recording.
type TakeInput<I> = fn(&Subject) -> Result<I, StageError>;
/// Where its result comes to lie.
type FindSlot<O> = fn(&Subject) -> &Slot<O>;

/// Memory of a recording whose sound is decoded: what is kept in memory of its samples, at its own rate and at 16 kHz.
const SOUND: Bytes = Bytes::mebi(32);

/// A stage as a node.
pub(crate) fn stage<I, O>(
    run: &Arc<Run>,
    name: StageName,
    after: &[NodeId],
    place: Place,
    maker: Maker<I, O>,
    (input, slot): (TakeInput<I>, FindSlot<O>),
) -> FlowNode
where
    I: Send + 'static,
    O: Serialize + DeserializeOwned + Send + Sync + 'static,
{
    let Maker { identity, shape, cost, build, several } = maker;
    let several = place == Place::Compute && (several || identity.models.is_empty());
    let spec = NodeSpec {
        name: name.name(),
        after: after.to_vec(),
        place,
        shape,
        // What holds no model, or a very small one, may be there several times.
        instances: if several { run.settings.run.threads_for_computing() } else { 1 },
        holds_memory: false,
        after_kept: false,
        keeps: true,
    };
    let asked = move |subject: &Subject| {
        let opened = subject.opened.get()?;
        let open = opened.keys.stage(name).is_some() && !opened.nothing_left && slot(subject).get().is_none();
        open.then(|| input(subject).map_or(Cost { items: 1, audio: opened.facts.duration }, |input| cost(&input)))
    };
    let (teller, models) = (Arc::clone(&run.teller), identity.clone());
    let build = {
        let run = Arc::clone(run);
        move |device| {
            let (begun, before) = (Instant::now(), process_memory());
            let stage = build(device).map_err(|error| RecordingError::Setup(Box::new(error)))?;
            let grown = before.zip(process_memory()).map(|(before, now)| now.get().saturating_sub(before.get()));
            for model in &models.models {
                let (name, seconds) = (model.name.clone(), begun.elapsed().as_secs_f64());
                teller.emit(Event::ModelLoaded { name, seconds, memory_bytes: grown });
            }
            let run = Arc::clone(&run);
            Ok(Box::new(StageExecutor { run, name, stage, input, slot, cost }) as Box<dyn Executor<_, _>>)
        }
    };
    let preload = run.preload && !identity.models.is_empty() && run.selection.has(name);
    let keep = Some(keep_result(run, name, identity, slot));
    Node { spec, cost: Box::new(asked), build: Arc::new(build), keep, preload }
}

/// Writes the result of a stage into the case.
fn keep_result<O: Serialize + Send + Sync + 'static>(
    run: &Arc<Run>,
    name: StageName,
    identity: StageIdentity,
    slot: FindSlot<O>,
) -> Arc<KeepResult<Subject, RecordingError>> {
    let run = Arc::clone(run);
    Arc::new(move |subject| {
        let key = subject.opened.get().and_then(|opened| opened.keys.stage(name));
        if let (Some(key), Some(value)) = (key, slot(subject).get()) {
            run.case.store(&Artifact::new(&identity, key.inputs.clone(), &**value))?;
        }
        Ok(())
    })
}

/// The first node: opens a recording.
pub(crate) fn first(
    run: &Arc<Run>,
    name: &'static str,
    open: fn(&Run, &Subject, &dyn Watch) -> Result<Opened, RecordingError>,
) -> FlowNode {
    let work = move |run: &Run, subject: &Subject, watch: &dyn Watch| {
        let opened = open(run, subject, watch)?;
        let _ = subject.opened.set(opened);
        Ok(())
    };
    let cost = |subject: &Subject| {
        let open = subject.opened.get().is_none();
        open.then_some(Cost { items: 1, audio: ClipTime::ZERO })
    };
    let instances = run.settings.run.threads_for_files();
    step(run, name, (&[], true, instances), cost, work)
}

/// The last node: writes what people read.
pub(crate) fn last(
    run: &Arc<Run>,
    name: &'static str,
    after: &[NodeId],
    write: fn(&Run, &Subject) -> Result<(), RecordingError>,
) -> FlowNode {
    let cost = |subject: &Subject| {
        let opened = subject.opened.get().filter(|opened| !opened.nothing_left)?;
        Some(Cost { items: 1, audio: opened.facts.duration })
    };
    let work = move |run: &Run, subject: &Subject, _: &dyn Watch| write(run, subject);
    step(run, name, (after, false, run.settings.run.threads_for_files()), cost, work)
}

/// A node of the I/O threads.
fn step(
    run: &Arc<Run>,
    name: &'static str,
    (after, holds_memory, instances): (&[NodeId], bool, usize),
    cost: fn(&Subject) -> Option<Cost>,
    work: impl Fn(&Run, &Subject, &dyn Watch) -> Result<(), RecordingError> + Copy + Send + Sync + 'static,
) -> FlowNode {
    let spec = NodeSpec {
        name,
        after: after.to_vec(),
        place: Place::Io,
        shape: BatchShape::recordings(if holds_memory { SOUND } else { Bytes::default() }),
        instances,
        holds_memory,
        after_kept: !holds_memory,
        keeps: false,
    };
    let run = Arc::clone(run);
    let build = move |_| Ok(Box::new(StepExecutor { run: Arc::clone(&run), work }) as Box<dyn Executor<_, _>>);
    Node { spec, cost: Box::new(cost), build: Arc::new(build), keep: None, preload: false }
}

/// Runs a stage on batches of recordings.
struct StageExecutor<I, O> {
    run: Arc<Run>,
    name: StageName,
    stage: BoxedStage<I, O>,
    input: TakeInput<I>,
    slot: FindSlot<O>,
    cost: fn(&I) -> Cost,
}

impl<I: Send, O: Send> Executor<Subject, RecordingError> for StageExecutor<I, O> {
    fn run(&mut self, batch: &[Arc<Subject>], watch: &dyn Watch) -> Vec<Result<(), Trouble<RecordingError>>> {
        let (teller, name) = (&self.run.teller, self.name.name());
        let inputs: Result<Vec<I>, StageError> = batch.iter().map(|subject| (self.input)(subject)).collect();
        let inputs = match inputs {
            Ok(inputs) => inputs,
            // The batch is tried again one by one; then the fault finds its recording.
            Err(error) => {
                let mut results = vec![Err(trouble(error))];
                results.extend(batch.iter().skip(1).map(|_| Err(Trouble::Cancelled)));
                return results;
            }
        };
        let costs: Vec<Cost> = inputs.iter().map(self.cost).collect();
        batch.iter().for_each(|subject| teller.stage_started(subject.key, name));
        let begun = Instant::now();
        let recordings = batch.iter().zip(&costs).map(|(subject, cost)| (subject.key, cost.audio)).collect();
        let results = self.stage.run(inputs, &BatchWatch::new(&**teller, recordings, name, watch));
        let took = begun.elapsed();
        let items: usize = costs.iter().map(|cost| cost.items).sum();
        let mut ended = Vec::with_capacity(batch.len());
        let mut results = results.into_iter();
        for (subject, cost) in batch.iter().zip(&costs) {
            ended.push(match results.next() {
                Some(Ok(value)) => {
                    let _ = (self.slot)(subject).set(Arc::new(value));
                    let duration = subject.opened.get().map_or(cost.audio, |opened| opened.facts.duration);
                    // A recording's part of the time is its part of the work.
                    let part = cost.items as f64 / items.max(1) as f64;
                    teller.stage_finished(subject.key, name, took.mul_f64(part), duration);
                    Ok(())
                }
                Some(Err(error)) => Err(trouble(error)),
                None => Err(trouble(StageError {
                    stage: name,
                    at: None,
                    kind: StageErrorKind::BadModelOutput,
                    source: None,
                })),
            });
        }
        ended
    }

    fn release_caches(&mut self) {
        self.stage.release_caches();
    }
}

/// Runs a step on one recording after another.
struct StepExecutor<F> {
    run: Arc<Run>,
    work: F,
}

impl<F> Executor<Subject, RecordingError> for StepExecutor<F>
where
    F: Fn(&Run, &Subject, &dyn Watch) -> Result<(), RecordingError> + Send,
{
    fn run(&mut self, batch: &[Arc<Subject>], watch: &dyn Watch) -> Vec<Result<(), Trouble<RecordingError>>> {
        let one = |subject: &Arc<Subject>| {
            (self.work)(&self.run, subject, watch).map_err(|error| match error.is_cancelled() {
                true => Trouble::Cancelled,
                false => Trouble::Failed(error),
            })
        };
        batch.iter().map(one).collect()
    }
}

fn trouble(error: StageError) -> Trouble<RecordingError> {
    match error.kind {
        StageErrorKind::Cancelled => Trouble::Cancelled,
        StageErrorKind::OutOfMemory => Trouble::OutOfMemory,
        StageErrorKind::DeviceLost => Trouble::DeviceLost,
        _ => Trouble::Failed(RecordingError::Stage(error)),
    }
}

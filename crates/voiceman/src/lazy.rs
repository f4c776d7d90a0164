//! A stage that is built when it is first needed, and thrown away when it panics.

use crate::{Error, RecordingError};
use std::time::Instant;
use voiceman_base::{Event, EventSink, Stage, StageError, StageErrorKind, StageIdentity, Watch};

/// A stage of whatever kind.
pub type BoxedStage<I, O> = Box<dyn Stage<Input = I, Output = O>>;

/// Builds a stage, loading its models; called again after a panic.
pub type Build<I, O> = Box<dyn Fn() -> Result<BoxedStage<I, O>, Error> + Send>;

/// A stage whose models are not loaded before somebody needs a result that is not there yet.
pub struct Lazy<I, O> {
    identity: StageIdentity,
    build: Build<I, O>,
    built: Option<BoxedStage<I, O>>,
}

impl<I: Send + 'static, O: Send + 'static> Lazy<I, O> {
    /// A stage of which only the identity is known.
    pub fn new(identity: StageIdentity, build: Build<I, O>) -> Lazy<I, O> {
        Lazy { identity, build, built: None }
    }

    /// What its results depend on.
    pub fn identity(&self) -> &StageIdentity {
        &self.identity
    }

    /// Runs it on one recording.
    pub(crate) fn run(&mut self, input: I, watch: &dyn Watch, events: &dyn EventSink) -> Result<O, RecordingError> {
        // Taken out, so that a panic throws it away with whatever state it was in.
        let mut stage = match self.built.take() {
            Some(stage) => stage,
            None => self.load(events)?,
        };
        let result = stage.run(vec![input], watch).pop();
        self.built = Some(stage);
        let missing =
            || StageError { stage: self.identity.id, at: None, kind: StageErrorKind::BadModelOutput, source: None };
        result.unwrap_or_else(|| Err(missing())).map_err(RecordingError::Stage)
    }

    fn load(&self, events: &dyn EventSink) -> Result<BoxedStage<I, O>, RecordingError> {
        let begun = Instant::now();
        let stage = (self.build)().map_err(|error| RecordingError::Setup(Box::new(error)))?;
        for model in &self.identity.models {
            events.emit(Event::ModelLoaded { name: model.name.clone(), seconds: begun.elapsed().as_secs_f64() });
        }
        Ok(stage)
    }
}

//! A stage that is made when it is first needed, with its models, once on each device.

use crate::Error;
use std::sync::Arc;
use voiceman_base::{BatchShape, Cost, Stage, StageIdentity};
use voiceman_runtime::schedule::DeviceId;

/// A stage of whatever kind.
pub type BoxedStage<I, O> = Box<dyn Stage<Input = I, Output = O>>;

/// Makes a stage for a device, loading its models; called again after a panic.
pub type Build<I, O> = Arc<dyn Fn(DeviceId) -> Result<BoxedStage<I, O>, Error> + Send + Sync>;

/// A stage of which only the identity and the cost are known, and how to make it.
pub struct Maker<I, O> {
    /// What its results depend on.
    pub identity: StageIdentity,
    /// How its work is divided.
    pub shape: BatchShape,
    /// What a recording asks of it.
    pub cost: fn(&I) -> Cost,
    /// Makes it.
    pub build: Build<I, O>,
    /// Whether it may be there several times although it holds a model.
    pub several: bool,
}

impl<I: Send + 'static, O: Send + 'static> Maker<I, O> {
    /// A stage of type `S`, made by `build`.
    pub fn new<S>(
        identity: StageIdentity,
        build: impl Fn(DeviceId) -> Result<S, Error> + Send + Sync + 'static,
    ) -> Maker<I, O>
    where
        S: Stage<Input = I, Output = O> + 'static,
    {
        let build = Arc::new(move |device| Ok(Box::new(build(device)?) as BoxedStage<I, O>));
        Maker { identity, shape: S::shape(), cost: S::cost, build, several: false }
    }

    /// Its models are so small, and each runs on one thread, that it may be there several times.
    pub fn several(self) -> Maker<I, O> {
        Maker { several: true, ..self }
    }
}

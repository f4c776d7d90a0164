//! How networks fail, in words that a stage understands.

use voiceman_base::{StageErrorKind, Watch};

/// The network could not be run. [`NoMemory`] where that was for want of memory, [`NoDevice`] where its device is gone.
pub type NetworkError = Box<dyn std::error::Error + Send + Sync>;

/// There was not enough memory for a batch.
#[derive(Clone, Debug, thiserror::Error)]
#[error("not enough memory: {0}")]
pub struct NoMemory(pub String);

/// The device that the network runs on does not answer any more.
#[derive(Clone, Debug, thiserror::Error)]
#[error("the device does not answer: {0}")]
pub struct NoDevice(pub String);

/// What kind of failure of the network it was.
pub(crate) fn kind_of(error: &NetworkError, watch: &dyn Watch) -> StageErrorKind {
    if watch.is_cancelled() {
        StageErrorKind::Cancelled
    } else if error.is::<NoMemory>() {
        StageErrorKind::OutOfMemory
    } else if error.is::<NoDevice>() {
        StageErrorKind::DeviceLost
    } else {
        StageErrorKind::RunModel
    }
}

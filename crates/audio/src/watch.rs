//! For callers that never stop a decode.

use voiceman_base::{ClipTime, Watch};

/// Nobody watches, and nobody asks to stop.
pub(crate) struct Unwatched;

impl Watch for Unwatched {
    fn progress(&self, _: ClipTime, _: ClipTime) {}

    fn is_cancelled(&self) -> bool {
        false
    }
}

//! Operators of our own for CPUs, where ONNX Runtime has none that fits a beam search.
//!
//! - [`CrossAttention`]: the sequences of a window read the window's keys and values once, from 16-bit floats.
//! - [`HistoryAttention`]: keys and values of earlier tokens are never copied; every sequence says in which rows its
//!   own past lies.
//!
//! Why, and what it gains: `docs/decisions/0012-attention-kernels.md`.

mod cross;
mod dispatch;
mod history;
mod softmax;
mod vector;

use ort::operator::OperatorDomain;
use std::sync::Arc;

pub(crate) use cross::CrossAttention;
pub(crate) use history::HistoryAttention;

/// Domain of our operators in graphs.
pub(crate) const DOMAIN: &str = "voiceman";
/// Width of an attention head; all published Whisper models have this one.
pub(crate) const HEAD: usize = 64;

/// The operators, to be registered with a session.
#[expect(clippy::arc_with_non_send_sync, reason = "the inference library's builder takes nothing else")]
pub(crate) fn operators() -> ort::Result<Arc<OperatorDomain>> {
    Ok(Arc::new(OperatorDomain::new(DOMAIN)?.add(CrossAttention)?.add(HistoryAttention)?))
}

/// A pointer to an operator's output that tasks share. Every task writes only to places that are its own.
#[derive(Clone, Copy)]
struct SharedOutput(*mut f32);

#[expect(unsafe_code, reason = "see the comment on safety")]
// SAFETY: the pointer is only used to write disjoint places while the output is alive, see `write`.
unsafe impl Send for SharedOutput {}
#[expect(unsafe_code, reason = "see the comment on safety")]
// SAFETY: as above.
unsafe impl Sync for SharedOutput {}

impl SharedOutput {
    /// Writes `numbers` from position `at` on.
    ///
    /// # Safety
    /// `at + numbers.len()` must not exceed the output, and no other task may write to or read from that range.
    #[expect(unsafe_code, reason = "tasks of one operator write disjoint parts of its output")]
    unsafe fn write(self, at: usize, numbers: &[f32]) {
        // SAFETY: the caller promises that the range is inside the output and this task's own.
        unsafe { std::ptr::copy_nonoverlapping(numbers.as_ptr(), self.0.add(at), numbers.len()) };
    }
}

/// A wrong shape, told as an error of the inference library.
fn wrong(what: &str) -> ort::Error {
    ort::Error::new(format!("operator of domain {DOMAIN}: {what}"))
}

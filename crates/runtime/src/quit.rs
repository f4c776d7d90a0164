//! The end of a process that must not wait for anything.

/// Ends the process without the destructors of the libraries: the inference library's would free what other threads are
/// still working with, and the process would die of that instead of ending with its code.
#[allow(unsafe_code, reason = "the standard library offers only an end with destructors")]
pub fn quit_at_once(code: i32) -> ! {
    // SAFETY: takes an integer, touches no memory of ours and does not return.
    unsafe { libc::_exit(code) }
}

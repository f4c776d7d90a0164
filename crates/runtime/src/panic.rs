//! A panic is a bug of ours. It ends the recording it happened on, not the run.

use std::cell::{Cell, RefCell};
use std::panic::{self, AssertUnwindSafe};

/// A panic that was caught.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("internal error: {message}{}", location.as_ref().map(|at| format!(" ({at})")).unwrap_or_default())]
pub struct Panicked {
    /// What the panic said.
    pub message: String,
    /// Source file and line, when [`install_quiet_hook`] was called before.
    pub location: Option<String>,
}

thread_local! {
    /// How many [`catch`] calls surround the code that runs now.
    static CATCHING: Cell<u32> = const { Cell::new(0) };
    /// Where the last caught panic of this thread happened.
    static LOCATION: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Runs `work` and turns a panic into an error.
///
/// What `work` changed before it panicked may be half done: the caller must throw such objects away.
///
/// # Errors
/// When `work` panics.
pub fn catch<T>(work: impl FnOnce() -> T) -> Result<T, Panicked> {
    CATCHING.with(|depth| depth.set(depth.get() + 1));
    let result = panic::catch_unwind(AssertUnwindSafe(work));
    CATCHING.with(|depth| depth.set(depth.get() - 1));
    result.map_err(|payload| {
        let message = payload
            .downcast_ref::<&str>()
            .map(|text| (*text).to_owned())
            .or_else(|| payload.downcast_ref::<String>().cloned())
            .unwrap_or_else(|| "a panic without words".to_owned());
        Panicked { message, location: LOCATION.with(RefCell::take) }
    })
}

/// Makes panics inside [`catch`] remember where they happened instead of writing to stderr, where they would tear
/// progress bars; the caller of [`catch`] reports them. Other panics go the way they went before.
pub fn install_quiet_hook() {
    let before = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        if CATCHING.with(Cell::get) == 0 {
            before(info);
        } else {
            let location = info.location().map(|at| format!("{}:{}", at.file(), at.line()));
            LOCATION.with(|slot| slot.replace(location));
        }
    }));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_words_of_a_panic() {
        install_quiet_hook();
        assert_eq!(catch(|| 3), Ok(3));
        let text = catch(|| -> () { panic!("broken {}", 7) }).map_err(|panicked| panicked.message);
        assert_eq!(text, Err("broken 7".to_owned()));
        let place = catch(|| -> () { panic!("where") }).map_err(|panicked| panicked.location);
        assert!(matches!(place, Err(Some(at)) if at.contains("panic.rs:")));
        let odd = catch(|| -> () { panic::panic_any(7_u8) }).map_err(|panicked| panicked.message);
        assert_eq!(odd, Err("a panic without words".to_owned()));
    }
}

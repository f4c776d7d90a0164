//! The memory of this process, now and at its peak.

use super::tree;
use std::fs;
use std::sync::atomic::{AtomicU64, Ordering};
use voiceman_base::Bytes;

/// Peaks that were forgotten by the system because a measurement began after them.
static FORGOTTEN_PEAK: AtomicU64 = AtomicU64::new(0);

/// Memory of this process that is in use now (`VmRSS`); nothing on systems that do not tell.
pub fn process_memory() -> Option<Bytes> {
    status("VmRSS")
}

/// Most memory that this process has held so far, measurements of [`PeakMemory`] notwithstanding.
pub fn process_peak() -> Option<Bytes> {
    let forgotten = Bytes::new(FORGOTTEN_PEAK.load(Ordering::Relaxed));
    status("VmHWM").map(|peak| peak.max(forgotten))
}

/// Measures by how much the memory of the process grows at most while something runs.
///
/// The system keeps one peak for the whole process: what runs beside it is measured too, and only one measurement may go
/// on at a time. A peak that other programs read from the outside, such as that of `time`, begins anew as well.
#[derive(Debug)]
pub struct PeakMemory {
    /// In use at the beginning; nothing where the peak could not be reset.
    before: Option<Bytes>,
}

impl PeakMemory {
    /// Begins now.
    pub fn start() -> PeakMemory {
        let peak = status("VmHWM").unwrap_or_default();
        FORGOTTEN_PEAK.fetch_max(peak.get(), Ordering::Relaxed);
        // 5 resets the peak to what is in use: Linux, Documentation/filesystems/proc.rst.
        let reset = fs::write("/proc/self/clear_refs", "5").is_ok();
        PeakMemory { before: process_memory().filter(|_| reset) }
    }

    /// Ends; by how much memory grew at most beyond what was held at the beginning. Nothing where that cannot be told.
    pub fn grown(self) -> Option<Bytes> {
        let (before, peak) = (self.before?, status("VmHWM")?);
        Some(Bytes::new(peak.get().saturating_sub(before.get())))
    }
}

fn status(key: &str) -> Option<Bytes> {
    let text = fs::read_to_string("/proc/self/status").ok()?;
    tree::kilobytes(&text, key).map(Bytes::new)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use std::hint::black_box;
    use std::sync::{Mutex, PoisonError};

    /// Measurements are of the whole process: one at a time.
    static ALONE: Mutex<()> = Mutex::new(());

    const MEBI: u64 = 1 << 20;

    #[test]
    fn a_peak_is_measured_after_its_memory_is_gone() {
        let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        let measure = |mebibytes: usize| {
            let peak = PeakMemory::start();
            drop(black_box(vec![1_u8; mebibytes << 20]));
            peak.grown().expect("Linux tells").get() / MEBI
        };
        // Other tests run beside this one and take some too.
        let (large, small) = (measure(256), measure(8));
        assert!((240..400).contains(&large), "{large} MiB");
        assert!(small < 160, "the large one is forgotten: {small} MiB");
        assert!(process_peak().expect("Linux tells").get() >= 256 * MEBI, "but not for the process");
        assert!(process_memory().expect("Linux tells") <= process_peak().expect("Linux tells"));
    }
}

//! What a run works with: the processor and accelerators, what they are and how they are now.
//!
//! Everything is asked from the system's files and from the driver's own library, which is loaded when the program
//! runs. What is not told is absent; no number is ever assumed in its place.

mod cgroup;
mod cpu;
mod nvidia;
mod nvml;
mod process;
mod thermometer;
mod tree;

pub use cpu::{Cpu, CpuFacts};
pub use nvidia::{Gpu, GpuMemory, Nvidia, Unanswered};
pub use process::{PeakMemory, process_memory, process_peak};

use crate::heat::Limits;
use std::sync::Arc;
use voiceman_base::{DeviceFacts, DeviceReading};

/// A device that work runs on. Reading may take milliseconds: not for a thread that computes.
pub trait Device: Send + Sync {
    /// What it is. Does not change during a run.
    fn facts(&self) -> DeviceFacts;

    /// How it is now.
    fn read(&self) -> DeviceReading;

    /// Temperatures to keep to, where the device tells enough to derive them.
    fn thermal_limits(&self) -> Option<Limits>;

    /// Whether the last reading said that the device is gone.
    fn is_lost(&self) -> bool {
        false
    }
}

/// The devices of this machine: the processor, then the NVIDIA GPUs that this process may use, in the driver's order.
pub fn devices() -> Vec<Arc<dyn Device>> {
    let host = Arc::new(Cpu::host());
    let gpus = nvml::gpus().into_iter().map(|gpu| Arc::new(Nvidia::new(gpu, Arc::clone(&host))) as Arc<dyn Device>);
    let gpus: Vec<Arc<dyn Device>> = gpus.collect();
    let mut devices: Vec<Arc<dyn Device>> = vec![host];
    devices.extend(gpus);
    devices
}

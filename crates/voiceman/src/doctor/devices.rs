//! The devices of this machine: whether each can be had, and whether it computes.

use super::{Check, Health};
use std::error::Error;
use std::path::Path;
use voiceman_infer::store::ModelStore;
use voiceman_infer::{Device, DeviceError, Runtime, load_runtime_for, self_test};

/// Most GPUs that are looked for.
const MOST_GPUS: u32 = 16;

/// Examines the GPUs. Gives the inference library as well where one could be loaded that runs on them: a process loads
/// only one, and that one serves the processor too.
pub(super) fn gpus(store: &ModelStore) -> (Vec<Check>, Option<Runtime>) {
    let here: Vec<Device> = (0..MOST_GPUS).filter(|number| is_here(*number)).map(Device::Cuda).collect();
    match load_runtime_for(store, Device::Cuda(0)) {
        Ok(runtime) => {
            let devices = if here.is_empty() { vec![Device::Cuda(0)] } else { here };
            (devices.into_iter().map(|device| tested(&runtime, device)).collect(), Some(runtime))
        }
        Err(DeviceError::Libraries { .. }) if here.is_empty() => {
            let found = "none is set up; for an NVIDIA GPU, `make gpu` fetches what it needs";
            (vec![Check::ok("device cuda", found)], None)
        }
        Err(error) => (vec![failed(Device::Cuda(0), &error, Health::Warning)], None),
    }
}

/// Whether the driver shows GPU `number`.
fn is_here(number: u32) -> bool {
    Path::new(&format!("/dev/nvidia{number}")).exists()
}

/// Computes on `device`.
pub(super) fn tested(runtime: &Runtime, device: Device) -> Check {
    match self_test(runtime, device) {
        Ok(passed) => {
            let milliseconds = passed.took.as_secs_f64() * 1e3;
            let found = format!("{milliseconds:.1} ms for a product of matrices, {:.0} GFLOP/s", passed.gigaflops());
            Check::ok(&format!("device {device}"), found)
        }
        Err(error) => failed(device, &error, Health::Failure),
    }
}

fn failed(device: Device, error: &DeviceError, health: Health) -> Check {
    let mut found = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        found = format!("{found}: {error}");
        cause = error.source();
    }
    Check::bad(&format!("device {device}"), health, found.trim_end(), error.hint())
}

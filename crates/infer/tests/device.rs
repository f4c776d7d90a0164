//! Devices on a machine as it is: the processor computes, and a GPU that cannot be had is an error.

use std::error::Error;
use voiceman_infer::store::ModelStore;
use voiceman_infer::{Device, DeviceError, load_runtime_for, self_test};

type Outcome = Result<(), Box<dyn Error>>;

#[test]
fn the_processor_passes_its_self_test() -> Outcome {
    let runtime = load_runtime_for(&ModelStore::open(None)?, Device::Cpu)?;
    let passed = self_test(&runtime, Device::Cpu)?;
    assert_eq!((passed.device, passed.provider.as_str()), (Device::Cpu, "CPUExecutionProvider"));
    assert!(passed.gigaflops() > 0.0 && passed.gigaflops().is_finite());
    Ok(())
}

#[test]
fn the_library_for_processors_does_not_pretend_to_run_on_a_gpu() -> Outcome {
    let runtime = load_runtime_for(&ModelStore::open(None)?, Device::Cpu)?;
    let Err(error) = self_test(&runtime, Device::Cuda(0)) else {
        return Err("a library without CUDA ran on CUDA".into());
    };
    assert!(matches!(error, DeviceError::Infer { device: Device::Cuda(0), .. }), "{error:?}");
    let cause = error.source().map(ToString::to_string).unwrap_or_default();
    assert!(cause.contains("CUDA"), "{cause}");
    Ok(())
}

//! Finds and loads the libraries of a device: the inference library, NVIDIA's libraries, the driver.

use super::{Device, DeviceError};
use crate::store::{ModelStore, StoreError};
use std::error::Error;
use std::path::{Path, PathBuf};

/// The model in the store that holds the inference library for GPUs and NVIDIA's libraries.
pub(crate) const MODEL: &str = "onnxruntime-gpu";

/// The library that comes with the driver and with nothing else.
const DRIVER: &str = "libcuda.so.1";

/// NVIDIA's libraries, each after those that it needs. The inference library asks for them by these names, and the
/// loader gives it those that are loaded already, wherever they lie.
const LIBRARIES: &[&str] = &[
    "libcudart.so.13",
    "libcublasLt.so.13",
    "libcublas.so.13",
    "libcurand.so.10",
    "libnvrtc-builtins.so.13.5",
    "libnvrtc.so.13",
    "libcufft.so.12",
    "libcudnn_graph.so.9",
    "libcudnn_ops.so.9",
    "libcudnn_cnn.so.9",
    "libcudnn_adv.so.9",
    "libcudnn_ext.so.9",
    "libcudnn_heuristic.so.9",
    "libcudnn_engines_precompiled.so.9",
    "libcudnn_engines_tensor_ir.so.9",
    "libcudnn_engines_runtime_compiled.so.9",
    "libcudnn.so.9",
];

/// Whether the files of `device` are in the store and its driver is installed; gives the folder of the files.
///
/// # Errors
/// When either is missing.
pub(super) fn check(store: &ModelStore, device: Device) -> Result<PathBuf, DeviceError> {
    let folder = store.folder(MODEL).map_err(|source| DeviceError::Libraries { device, source })?;
    ort::util::preload_dylib(DRIVER).map_err(|error| DeviceError::Driver {
        device,
        library: DRIVER,
        detail: reason(&error),
    })?;
    Ok(folder)
}

/// Loads what the inference library for `device` needs, and says where that library lies.
///
/// # Errors
/// When something is missing or cannot be loaded.
pub(super) fn prepare(store: &ModelStore, device: Device) -> Result<PathBuf, DeviceError> {
    let missing = |source: StoreError| DeviceError::Libraries { device, source };
    match device {
        Device::Cpu => store.runtime_library().map_err(missing),
        Device::Cuda(_) => {
            let folder = check(store, device)?;
            LIBRARIES.iter().try_for_each(|library| preload(&folder, library, device))?;
            let library = store.manifest().find(MODEL).map_err(missing)?.weights().name();
            Ok(folder.join(library))
        }
    }
}

fn preload(folder: &Path, library: &str, device: Device) -> Result<(), DeviceError> {
    ort::util::preload_dylib(folder.join(library)).map_err(|error| DeviceError::Library {
        device,
        library: library.to_owned(),
        detail: reason(&error),
    })
}

/// What the system's loader says, which is the cause of the error that comes back.
fn reason(error: &dyn Error) -> String {
    error.source().map_or_else(|| error.to_string(), ToString::to_string)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Manifest;

    #[test]
    fn every_library_that_is_loaded_is_fetched() -> Result<(), StoreError> {
        let manifest = Manifest::of_this_program()?;
        let model = manifest.models().iter().find(|model| model.name() == MODEL);
        let files: Vec<&str> =
            model.map(|model| model.files().iter().map(|file| file.name()).collect()).unwrap_or_default();
        for library in
            LIBRARIES.iter().chain(&["libonnxruntime_providers_cuda.so", "libonnxruntime_providers_shared.so"])
        {
            assert!(files.contains(library), "{library}");
        }
        Ok(())
    }
}

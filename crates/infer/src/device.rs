//! Devices that graphs run on: how one is chosen, what it needs on this machine, and a test that it computes.
//!
//! Nothing here falls back: a device that was asked for and cannot be had is an error that says what is missing. Only
//! [`DeviceChoice::Auto`] may take the processor, and then before anything was loaded.

mod libraries;
mod self_test;

pub(crate) use libraries::MODEL as GPU_MODEL;
pub use self_test::{SelfTest, self_test};

use crate::session::{InferError, Runtime, SessionOptions};
use crate::store::{ModelStore, StoreError};
use ort::ep::{self, ArenaExtendStrategy};
use ort::session::builder::SessionBuilder;
use std::fmt;
use std::str::FromStr;

/// Session setting that refuses a graph of which a part would run on the processor.
const NO_PROCESSOR_KEY: &str = "session.disable_cpu_ep_fallback";

/// A device that graphs run on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Device {
    /// The processor.
    #[default]
    Cpu,
    /// An NVIDIA GPU, by its number.
    Cuda(u32),
}

impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Device::Cpu => f.write_str("cpu"),
            Device::Cuda(number) => write!(f, "cuda:{number}"),
        }
    }
}

/// The device that a user asks for: `auto`, `cpu`, `cuda` or `cuda:N`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum DeviceChoice {
    /// The first GPU where there is one with everything it needs, else the processor.
    #[default]
    Auto,
    /// This one and no other.
    Only(Device),
}

impl fmt::Display for DeviceChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DeviceChoice::Auto => f.write_str("auto"),
            DeviceChoice::Only(device) => device.fmt(f),
        }
    }
}

/// A text that names no device.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("find a device called `{0}`; there are `auto`, `cpu`, `cuda` and `cuda:N`, where N is the number of a GPU")]
pub struct UnknownDevice(String);

impl FromStr for DeviceChoice {
    type Err = UnknownDevice;

    fn from_str(text: &str) -> Result<DeviceChoice, UnknownDevice> {
        let number = |digits: &str| {
            // `parse` alone would take a sign.
            let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
            plain.then(|| digits.parse().ok()).flatten()
        };
        match text {
            "auto" => Ok(DeviceChoice::Auto),
            "cpu" => Ok(DeviceChoice::Only(Device::Cpu)),
            "cuda" => Ok(DeviceChoice::Only(Device::Cuda(0))),
            _ => text
                .strip_prefix("cuda:")
                .and_then(number)
                .map(|number| DeviceChoice::Only(Device::Cuda(number)))
                .ok_or_else(|| UnknownDevice(text.to_owned())),
        }
    }
}

impl DeviceChoice {
    /// The device that this choice means on this machine.
    ///
    /// `auto` looks whether the GPU's libraries are in the store and its driver is installed; it does not compute
    /// anything on it: see [`self_test`]. What was asked for by name is not looked at here.
    pub fn resolve(self, store: &ModelStore) -> Device {
        match self {
            DeviceChoice::Only(device) => device,
            DeviceChoice::Auto if libraries::check(store, Device::Cuda(0)).is_ok() => Device::Cuda(0),
            DeviceChoice::Auto => Device::Cpu,
        }
    }
}

/// A device cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DeviceError {
    /// The inference library for it, or a library that it needs, was not fetched.
    #[error("run on {device}: its libraries are not here")]
    Libraries {
        /// Which device.
        device: Device,
        /// What is missing.
        #[source]
        source: StoreError,
    },
    /// Its driver is missing.
    #[error("run on {device}: NVIDIA's driver (`{library}`) is not on this machine: {detail}")]
    Driver {
        /// Which device.
        device: Device,
        /// The library that belongs to the driver.
        library: &'static str,
        /// What the loader says.
        detail: String,
    },
    /// A library that it needs is there and cannot be loaded.
    #[error("run on {device}: load `{library}`: {detail}")]
    Library {
        /// Which device.
        device: Device,
        /// Which library.
        library: String,
        /// What the loader says.
        detail: String,
    },
    /// The inference library failed.
    #[error("run on {device}")]
    Infer {
        /// Which device.
        device: Device,
        /// How.
        #[source]
        source: InferError,
    },
    /// The self-test did not run where it was to.
    #[error("run on {device}: the self-test ran on {ran_on}")]
    Elsewhere {
        /// Which device.
        device: Device,
        /// The execution providers that took part.
        ran_on: String,
    },
    /// The self-test gave wrong numbers.
    #[error("run on {device}: its self-test gave wrong numbers in {wrong} of {checked} rows")]
    WrongNumbers {
        /// Which device.
        device: Device,
        /// Rows with a wrong number.
        wrong: usize,
        /// Rows looked at.
        checked: usize,
    },
}

impl DeviceError {
    /// What the user can do about it.
    pub fn hint(&self) -> String {
        match self {
            DeviceError::Libraries { source: StoreError::NotForThisPlatform { .. }, .. } => {
                "there is no GPU build of the inference library for this machine; take `--device cpu`".to_owned()
            }
            DeviceError::Libraries { .. } => {
                "run `make gpu`, or `voiceman models pull onnxruntime-gpu`, or take `--device cpu`".to_owned()
            }
            DeviceError::Driver { .. } => {
                "install NVIDIA's driver for CUDA 13 (580 or newer), or take `--device cpu`".to_owned()
            }
            DeviceError::Library { .. } => {
                "run `voiceman models verify onnxruntime-gpu`; pull it again if it is damaged".to_owned()
            }
            DeviceError::Infer { .. } => {
                "check with `nvidia-smi` that this GPU is there and free, or take `--device cpu`".to_owned()
            }
            DeviceError::Elsewhere { .. } | DeviceError::WrongNumbers { .. } => {
                "do not trust this device; take `--device cpu` and report it".to_owned()
            }
        }
    }
}

/// Loads the inference library for `device`, once per process; see [`Runtime::load`]. The library for a GPU also runs
/// graphs on the processor, that for the processor runs them nowhere else: a process that uses a GPU loads it first.
///
/// # Errors
/// When the library, one that it needs, or the driver is missing.
pub fn load_runtime_for(store: &ModelStore, device: Device) -> Result<Runtime, DeviceError> {
    let path = libraries::prepare(store, device)?;
    Runtime::load(&path).map_err(|source| DeviceError::Infer { device, source })
}

/// Puts the execution provider of the device into a session's options.
pub(crate) fn configure(builder: SessionBuilder, options: SessionOptions) -> ort::Result<SessionBuilder> {
    match options.device {
        Device::Cpu => Ok(builder),
        Device::Cuda(number) => {
            let provider = ep::CUDA::default()
                .with_device_id(i32::try_from(number).unwrap_or(i32::MAX))
                // As much as is asked for: the memory that batches may take is leased, and doubling would overrun it.
                .with_arena_extend_strategy(ArenaExtendStrategy::SameAsRequested)
                // Trying every algorithm takes longer than two convolutions can win back.
                .with_conv_algorithm_search(ep::cuda::ConvAlgorithmSearch::Heuristic)
                .with_cuda_graph(options.replay)
                .build()
                .error_on_failure();
            Ok(builder.with_execution_providers([provider])?.with_config_entry(NO_PROCESSOR_KEY, "1")?)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn choices_are_read_as_they_are_written() {
        for (text, choice) in [
            ("auto", DeviceChoice::Auto),
            ("cpu", DeviceChoice::Only(Device::Cpu)),
            ("cuda:0", DeviceChoice::Only(Device::Cuda(0))),
            ("cuda:13", DeviceChoice::Only(Device::Cuda(13))),
        ] {
            assert_eq!(text.parse(), Ok(choice));
            assert_eq!(choice.to_string(), text);
        }
        assert_eq!("cuda".parse(), Ok(DeviceChoice::Only(Device::Cuda(0))));
        for text in ["", "CPU", "gpu", "cuda:", "cuda:-1", "cuda:+1", "cuda:x", "cuda:99999999999", "cpu:0"] {
            assert_eq!(text.parse::<DeviceChoice>(), Err(UnknownDevice(text.to_owned())), "{text}");
        }
    }

    #[test]
    fn a_store_without_the_libraries_of_a_gpu_means_the_processor() -> Result<(), Box<dyn std::error::Error>> {
        let home = tempfile::tempdir()?;
        let store = ModelStore::open(Some(home.path()))?;
        assert_eq!(DeviceChoice::Auto.resolve(&store), Device::Cpu);
        assert_eq!(DeviceChoice::Only(Device::Cuda(1)).resolve(&store), Device::Cuda(1));
        Ok(())
    }

    #[test]
    fn a_gpu_without_its_libraries_is_an_error_that_says_how_to_get_them() -> Result<(), Box<dyn std::error::Error>> {
        let home = tempfile::tempdir()?;
        let store = ModelStore::open(Some(home.path()))?;
        let Err(error) = load_runtime_for(&store, Device::Cuda(2)) else {
            return Err("an empty store gave a library".into());
        };
        assert_eq!(error.to_string(), "run on cuda:2: its libraries are not here");
        let cause = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
        assert!(cause.contains("onnxruntime-gpu"), "{cause}");
        if cfg!(all(target_os = "linux", target_arch = "x86_64")) {
            assert!(error.hint().contains("make gpu"), "{}", error.hint());
        }
        assert!(error.hint().contains("--device cpu"));
        Ok(())
    }
}

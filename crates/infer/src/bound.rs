//! A graph whose inputs and outputs are bound to memory of its device, so that what stays there is never copied.

use crate::device::Device;
use crate::session::{InferError, Runtime, SessionOptions, Tensor, open};
use ort::memory::{AllocationDevice, Allocator, AllocatorType, MemoryInfo, MemoryType};
use ort::session::{IoBinding, RunOptions};
use ort::value::{DynTensor, TensorElementType};
use std::path::Path;

/// Memory of a device, for tensors that several graphs share.
pub(crate) struct Memory {
    allocator: Allocator,
    host: Allocator,
}

/// Numbers in the memory of a device.
pub(crate) type Buffer = DynTensor;

/// Name of the setting of a run that tells recordings of one graph apart.
const RECORDING_KEY: &str = "gpu_graph_id";

impl Memory {
    /// A new buffer; what is in it is not known.
    pub(crate) fn buffer(&self, kind: TensorElementType, shape: &[usize]) -> Result<Buffer, InferError> {
        allocate(&self.allocator, kind, shape)
    }

    /// Memory of the host that the device can read fast: pinned, where it is a GPU.
    pub(crate) fn staging(&self, kind: TensorElementType, shape: &[usize]) -> Result<Buffer, InferError> {
        allocate(&self.host, kind, shape)
    }
}

fn allocate(allocator: &Allocator, kind: TensorElementType, shape: &[usize]) -> Result<Buffer, InferError> {
    DynTensor::new(allocator, kind, shape.to_vec())
        .map_err(|error| InferError::Tensor { tensor: format!("{shape:?}"), detail: error.to_string() })
}

/// Copies all of `from` to `to`, which may be on another device.
pub(crate) fn copy(from: &Buffer, to: &mut Buffer) -> Result<(), InferError> {
    let shape = format!("{:?}", from.shape());
    from.copy_into(to).map_err(|error| InferError::Tensor { tensor: shape, detail: error.to_string() })
}

/// A loaded graph and what its inputs and outputs are bound to.
pub(crate) struct Bound {
    session: ort::session::Session,
    binding: IoBinding,
    name: String,
    device: Device,
}

impl Bound {
    /// Loads the graph in file `path`.
    ///
    /// # Errors
    /// [`InferError::Load`].
    pub(crate) fn load(runtime: &Runtime, path: &Path, options: SessionOptions) -> Result<Bound, InferError> {
        let (session, name) = open(runtime, path, options)?;
        let fail = |error: ort::Error| InferError::Load { graph: name.clone(), detail: error.to_string() };
        let binding = session.create_binding().map_err(fail)?;
        Ok(Bound { session, binding, name, device: options.device })
    }

    /// Memory of the device that this graph runs on.
    ///
    /// # Errors
    /// When the device gives none.
    pub(crate) fn memory(&self) -> Result<Memory, InferError> {
        let allocator = |device, kind| {
            let number = match self.device {
                Device::Cpu => 0,
                Device::Cuda(number) => i32::try_from(number).unwrap_or(i32::MAX),
            };
            let info = MemoryInfo::new(device, number, AllocatorType::Device, kind);
            info.and_then(|info| Allocator::new(&self.session, info)).map_err(|error| self.failed(&error))
        };
        match self.device {
            Device::Cpu => Ok(Memory {
                allocator: allocator(AllocationDevice::CPU, MemoryType::Default)?,
                host: allocator(AllocationDevice::CPU, MemoryType::Default)?,
            }),
            Device::Cuda(_) => Ok(Memory {
                allocator: allocator(AllocationDevice::CUDA, MemoryType::Default)?,
                host: allocator(AllocationDevice::CUDA_PINNED, MemoryType::CPUInput)?,
            }),
        }
    }

    /// Forgets what was bound.
    pub(crate) fn clear(&mut self) {
        self.binding.clear();
    }

    /// Reads the input `name` from `buffer`.
    pub(crate) fn read(&mut self, name: &str, buffer: &Buffer) -> Result<(), InferError> {
        self.binding.bind_input(name, buffer).map_err(|error| self.failed(&error))
    }

    /// Writes the output `name` into `buffer`.
    pub(crate) fn write(&mut self, name: &str, buffer: &mut Buffer) -> Result<(), InferError> {
        self.binding.bind_output(name, buffer).map_err(|error| self.failed(&error))
    }

    /// Gives the input `name` integers; they are few, and copied.
    pub(crate) fn integers(&mut self, name: &str, shape: &[usize], numbers: Vec<i64>) -> Result<(), InferError> {
        let tensor = ort::value::Tensor::from_array((shape.to_vec(), numbers)).map_err(|error| self.failed(&error))?;
        self.binding.bind_input(name, &tensor).map_err(|error| self.failed(&error))
    }

    /// Gives the input `name` floats; they are few, and copied.
    pub(crate) fn floats(&mut self, name: &str, shape: &[usize], numbers: Vec<f32>) -> Result<(), InferError> {
        let tensor = ort::value::Tensor::from_array((shape.to_vec(), numbers)).map_err(|error| self.failed(&error))?;
        self.binding.bind_input(name, &tensor).map_err(|error| self.failed(&error))
    }

    /// Wants the output `name` in the memory of the host.
    pub(crate) fn fetch(&mut self, name: &str) -> Result<(), InferError> {
        let host = MemoryInfo::new(AllocationDevice::CPU, 0, AllocatorType::Device, MemoryType::CPUOutput);
        host.and_then(|host| self.binding.bind_output_to_device(name, &host)).map_err(|error| self.failed(&error))
    }

    /// Runs the graph and gives the outputs `fetched`, in that order. `recording` tells what was recorded for replay:
    /// a new number for every set of buffers that are bound.
    ///
    /// # Errors
    /// [`InferError::Run`].
    pub(crate) fn run(&mut self, fetched: &[&str], recording: Option<u64>) -> Result<Vec<Tensor>, InferError> {
        let fail = |error: &dyn std::fmt::Display| InferError::Run {
            graph: self.name.clone(),
            inputs: "that are bound".to_owned(),
            detail: error.to_string(),
        };
        let mut options = RunOptions::new().map_err(|error| fail(&error))?;
        if let Some(recording) = recording {
            options.set(RECORDING_KEY, recording.to_string()).map_err(|error| fail(&error))?;
        }
        let mut results =
            self.session.run_binding_with_options(&self.binding, &options).map_err(|error| fail(&error))?;
        fetched
            .iter()
            .map(|name| results.remove(*name).map(Tensor).ok_or_else(|| fail(&format!("there is no output `{name}`"))))
            .collect()
    }

    fn failed(&self, error: &ort::Error) -> InferError {
        InferError::Run { graph: self.name.clone(), inputs: "to be bound".to_owned(), detail: error.to_string() }
    }
}

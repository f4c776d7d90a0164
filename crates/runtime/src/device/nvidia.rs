//! An NVIDIA GPU: what follows from what its driver tells.
//!
//! Machines with unified memory (GB10, Jetson) have a GPU without memory of its own, and the driver says that it does
//! not support the question. There the memory that the host has available counts.

use super::{Cpu, Device};
use crate::heat::Limits;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use voiceman_base::{Bytes, DeviceFacts, DeviceReading};

/// Why a driver gave no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unanswered {
    /// This GPU has nothing of the kind.
    #[error("ask the GPU what it has not")]
    NotSupported,
    /// The GPU is gone.
    #[error("reach the GPU")]
    Lost,
    /// It did not work this time, or this driver cannot.
    #[error("get an answer from the driver")]
    Failed,
}

/// Memory of a GPU.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GpuMemory {
    /// All of it.
    pub total: Bytes,
    /// What nobody uses.
    pub free: Bytes,
}

/// What a driver can be asked about one GPU.
pub trait Gpu: Send + Sync {
    /// The name that its maker gave it.
    fn name(&self) -> Result<String, Unanswered>;
    /// Temperature in degrees Celsius.
    fn temperature_c(&self) -> Result<f64, Unanswered>;
    /// Temperature in degrees Celsius at which it slows itself down.
    fn slowdown_c(&self) -> Result<f64, Unanswered>;
    /// Temperature in degrees Celsius at which it shuts down.
    fn shutdown_c(&self) -> Result<f64, Unanswered>;
    /// Its own memory; [`Unanswered::NotSupported`] where it uses the host's.
    fn memory(&self) -> Result<GpuMemory, Unanswered>;
    /// Share of the last moments, at most a second, in which it worked.
    fn busy(&self) -> Result<f64, Unanswered>;
    /// Power in watts.
    fn power_w(&self) -> Result<f64, Unanswered>;
}

/// An NVIDIA GPU.
pub struct Nvidia<G> {
    gpu: G,
    host: Arc<Cpu>,
    facts: DeviceFacts,
    limits: Option<Limits>,
    lost: AtomicBool,
}

impl<G: Gpu> Nvidia<G> {
    /// A GPU beside `host`.
    pub fn new(gpu: G, host: Arc<Cpu>) -> Nvidia<G> {
        let memory = gpu.memory();
        let unified = memory == Err(Unanswered::NotSupported);
        let facts = DeviceFacts {
            kind: if unified { "unified" } else { "cuda" },
            name: gpu.name().unwrap_or_else(|_| "NVIDIA GPU".to_owned()),
            memory_bytes: match memory {
                Ok(memory) => Some(memory.total.get()),
                Err(Unanswered::NotSupported) => host.cpu_facts().memory.map(Bytes::get),
                Err(Unanswered::Lost | Unanswered::Failed) => None,
            },
            has_thermometer: gpu.temperature_c().is_ok(),
        };
        let limits = Limits::from_device(gpu.slowdown_c().ok(), gpu.shutdown_c().ok());
        Nvidia { gpu, host, facts, limits, lost: AtomicBool::new(false) }
    }

    /// An answer, if there is one. That the GPU is gone is remembered: a driver does not bring it back.
    fn answer<T>(&self, answer: Result<T, Unanswered>) -> Option<T> {
        if matches!(answer, Err(Unanswered::Lost)) {
            self.lost.store(true, Ordering::SeqCst);
        }
        answer.ok()
    }
}

impl<G: Gpu> Device for Nvidia<G> {
    fn facts(&self) -> DeviceFacts {
        self.facts.clone()
    }

    fn read(&self) -> DeviceReading {
        let free_bytes = match self.facts.kind {
            "unified" => self.host.free_memory().map(Bytes::get),
            _ => self.answer(self.gpu.memory()).map(|memory| memory.free.get()),
        };
        DeviceReading {
            temperature_c: self.answer(self.gpu.temperature_c()),
            busy: self.answer(self.gpu.busy()),
            free_bytes,
            power_w: self.answer(self.gpu.power_w()),
        }
    }

    fn thermal_limits(&self) -> Option<Limits> {
        self.limits
    }

    fn is_lost(&self) -> bool {
        self.lost.load(Ordering::SeqCst)
    }
}

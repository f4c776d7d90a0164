//! The driver's own library (NVML), loaded when the program runs. Where there is none there is no GPU: no error.

use super::nvidia::{Gpu, GpuMemory, Unanswered};
use nvml_wrapper::enum_wrappers::device::{TemperatureSensor, TemperatureThreshold};
use nvml_wrapper::error::NvmlError;
use nvml_wrapper::{Device, Nvml};
use std::sync::Arc;
use voiceman_base::Bytes;

/// The variable with which CUDA is told which GPUs a process may use.
const VISIBLE: &str = "CUDA_VISIBLE_DEVICES";

/// A GPU by its number in the driver.
pub(super) struct NvmlGpu {
    library: Arc<Nvml>,
    number: u32,
}

/// The GPUs that this process may use.
///
/// In the order of the driver, which is that of the slots. CUDA's own order may differ on a machine with different GPUs,
/// unless `CUDA_DEVICE_ORDER=PCI_BUS_ID` is set.
pub(super) fn gpus() -> Vec<NvmlGpu> {
    let Ok(library) = Nvml::init() else { return Vec::new() };
    let library = Arc::new(library);
    let numbers = 0..library.device_count().unwrap_or(0);
    let name = |number| library.device_by_index(number).and_then(|gpu| gpu.uuid()).unwrap_or_default();
    let names: Vec<String> = numbers.map(name).collect();
    let wanted = std::env::var(VISIBLE).ok();
    let numbers = visible(&names, wanted.as_deref()).into_iter();
    numbers.map(|number| NvmlGpu { library: Arc::clone(&library), number }).collect()
}

/// Which of the GPUs with these unique names a process may use, as CUDA reads its variable: numbers, or beginnings of
/// unique names, in the order in which they are to be counted; the first that names none ends the list. Parts of GPUs
/// (names that begin with `MIG`) are none of them.
fn visible(names: &[String], wanted: Option<&str>) -> Vec<u32> {
    let number = |index: usize| u32::try_from(index).ok();
    let Some(wanted) = wanted else { return (0..names.len()).filter_map(number).collect() };
    let find = |word: &str| {
        let by_number = word.parse::<usize>().ok().filter(|index| *index < names.len());
        let is_named = |name: &String| word.starts_with("GPU-") && name.starts_with(word);
        by_number.or_else(|| names.iter().position(is_named)).and_then(number)
    };
    let mut found = Vec::new();
    for gpu in wanted.split(',').map(|word| find(word.trim())) {
        match gpu.filter(|gpu| !found.contains(gpu)) {
            Some(gpu) => found.push(gpu),
            None => break,
        }
    }
    found
}

impl NvmlGpu {
    fn ask<T>(&self, question: impl FnOnce(&Device) -> Result<T, NvmlError>) -> Result<T, Unanswered> {
        let answer = self.library.device_by_index(self.number).and_then(|gpu| question(&gpu));
        answer.map_err(|error| match error {
            NvmlError::NotSupported => Unanswered::NotSupported,
            NvmlError::GpuLost => Unanswered::Lost,
            _ => Unanswered::Failed,
        })
    }

    fn threshold(&self, threshold: TemperatureThreshold) -> Result<f64, Unanswered> {
        self.ask(|gpu| gpu.temperature_threshold(threshold)).map(f64::from)
    }
}

impl Gpu for NvmlGpu {
    fn name(&self) -> Result<String, Unanswered> {
        self.ask(|gpu| gpu.name())
    }

    fn temperature_c(&self) -> Result<f64, Unanswered> {
        self.ask(|gpu| gpu.temperature(TemperatureSensor::Gpu)).map(f64::from)
    }

    fn slowdown_c(&self) -> Result<f64, Unanswered> {
        self.threshold(TemperatureThreshold::Slowdown)
    }

    fn shutdown_c(&self) -> Result<f64, Unanswered> {
        self.threshold(TemperatureThreshold::Shutdown)
    }

    fn memory(&self) -> Result<GpuMemory, Unanswered> {
        let memory = self.ask(|gpu| gpu.memory_info())?;
        Ok(GpuMemory { total: Bytes::new(memory.total), free: Bytes::new(memory.free) })
    }

    fn busy(&self) -> Result<f64, Unanswered> {
        self.ask(|gpu| gpu.utilization_rates()).map(|rates| f64::from(rates.gpu) / 100.0)
    }

    fn power_w(&self) -> Result<f64, Unanswered> {
        self.ask(|gpu| gpu.power_usage()).map(|milliwatts| f64::from(milliwatts) / 1000.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_variable_is_read_as_cuda_reads_it() {
        let names = ["GPU-aa11", "GPU-aa22", "GPU-bb33"].map(str::to_owned);
        let visible = |wanted| visible(&names, wanted);
        assert_eq!(visible(None), [0, 1, 2]);
        assert_eq!(visible(Some("2,0")), [2, 0]);
        assert_eq!(visible(Some("GPU-bb, 1")), [2, 1]);
        assert!(visible(Some("")).is_empty());
        assert!(visible(Some("-1")).is_empty());
        assert_eq!(visible(Some("1,7,0")), [1]);
        assert_eq!(visible(Some("1,1")), [1]);
        assert!(visible(Some("MIG-aa11")).is_empty());
    }
}

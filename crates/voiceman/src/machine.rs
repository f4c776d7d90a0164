//! The machine that a run works with: its devices, the memory it may take, and what was learnt about it before.

use crate::error::{RecordingError, chain};
use crate::flow::Run;
use crate::run_settings::{HeatSettings, MemoryLimit, RunSettings};
use crate::subject::Subject;
use crate::wiring::FlowNode;
use crate::{Error, SettingsError};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use voiceman_base::{Bytes, NoticeKind};
use voiceman_infer::store::ModelStore;
use voiceman_infer::{self as infer, DeviceChoice, load_runtime_for, self_test};
use voiceman_runtime::device::{Cpu, Device, devices, process_memory};
use voiceman_runtime::learnt::{Costs, NotUsed};
use voiceman_runtime::{CancelToken, Drive, heat};

/// Share of the free memory that a run takes unless it is told otherwise.
const SHARE_OF_FREE: f64 = 0.8;
/// Share of the memory that a run is given which it leases; the rest is for what nobody leases, such as the case.
const SHARE_OF_LIMIT: f64 = 0.92;
/// Name of the file with measured costs in the data folder.
const COSTS_FILE: &str = "costs.json";

/// The machine as a run sees it.
pub(crate) struct Machine {
    /// The processor, then accelerators.
    devices: Vec<Arc<dyn Device>>,
    /// Memory that may be taken on each.
    budgets: Vec<Bytes>,
    /// Temperatures at which something is done.
    limits: heat::Limits,
    /// Where measured costs are kept; nowhere in tests.
    costs: Option<PathBuf>,
    /// The accelerator as the inference library knows it.
    accelerator: Option<infer::Device>,
    /// Why a GPU that is there is not used.
    refused: Option<String>,
}

impl Machine {
    /// The machine that this is, as far as `settings` let a run use it.
    ///
    /// # Errors
    /// When a device was asked for that is not there.
    pub(crate) fn found(settings: &RunSettings, store: &ModelStore) -> Result<Machine, Error> {
        let mut machine = Machine::processor(settings)?;
        machine.costs = Some(store.home().join(COSTS_FILE));
        let wanted = settings.device;
        let infer::Device::Cuda(number) = wanted.resolve(store) else { return Ok(machine) };
        let usable = gpu(store, number);
        match usable {
            Ok(found) => machine.add(number, found),
            // Asked for by name, nothing else will do. Found by itself, it is told why it is left out.
            Err(error) if matches!(wanted, DeviceChoice::Only(_)) => return Err(error),
            Err(error) => machine.refused = Some(error.sentence()),
        }
        Ok(machine)
    }

    /// Work for accelerators goes to this GPU.
    fn add(&mut self, number: u32, gpu: Arc<dyn Device>) {
        let free = gpu.read().free_bytes.unwrap_or_default();
        self.budgets.push(Bytes::new((free as f64 * SHARE_OF_FREE) as u64));
        self.devices.push(gpu);
        self.accelerator = Some(infer::Device::Cuda(number));
    }

    /// The accelerator that models run on.
    pub(crate) fn accelerator(&self) -> Option<infer::Device> {
        self.accelerator
    }

    /// Says what an operator should know before the run begins.
    pub(crate) fn tell(&self, run: &Run) {
        if let Some(why) = &self.refused {
            run.teller.notice(NoticeKind::MovedToCpu, format!("a GPU is there and is not used: {why}"));
        }
    }

    /// The processor alone.
    ///
    /// # Errors
    /// When the temperatures in the settings make no sense.
    pub(crate) fn processor(settings: &RunSettings) -> Result<Machine, Error> {
        let processor = Cpu::host();
        let held = process_memory().unwrap_or_default();
        let budget = match settings.memory {
            MemoryLimit::AtMost(bytes) => Bytes::new((bytes.get() as f64 * SHARE_OF_LIMIT) as u64),
            MemoryLimit::Auto => {
                let free = processor.read().free_bytes.unwrap_or_default();
                Bytes::new((free as f64 * SHARE_OF_FREE) as u64 + held.get())
            }
        };
        let HeatSettings { throttle_c, release_c, critical_c } = settings.heat;
        let limits = heat::Limits::new(throttle_c, throttle_c, release_c, critical_c);
        let limits = limits.map_err(|error| Error::Settings(SettingsError::Together(error.to_string())))?;
        Ok(Machine {
            devices: vec![Arc::new(processor)],
            budgets: vec![budget],
            limits,
            costs: None,
            accelerator: None,
            refused: None,
        })
    }

    /// What batches have taken here so far.
    fn known_costs(&self, run: &Run) -> Costs {
        let name = self.devices.first().map(|device| device.facts().name).unwrap_or_default();
        let Some(path) = &self.costs else { return Costs::unknown(&name) };
        let (costs, not_used) = Costs::load(path, &name);
        if let Some(not_used) = not_used {
            run.teller.notice(NoticeKind::Learnt, unread(&not_used));
        }
        costs
    }

    /// Keeps what was learnt in a run. That it cannot be kept is no failure of the run.
    pub(crate) fn learnt(&self, run: &Run, costs: &Costs) {
        if let Some(Err(error)) = self.costs.as_deref().map(|path| costs.save(path)) {
            let text = format!("failed to {}; the next run measures it anew", chain(&error));
            run.teller.notice(NoticeKind::Learnt, text);
        }
    }

    /// What drives `nodes` on it.
    pub(crate) fn drive(
        &self,
        run: &Run,
        nodes: Vec<FlowNode>,
        cancel: &CancelToken,
    ) -> Drive<Subject, RecordingError> {
        let settings = &run.settings.run;
        Drive {
            nodes,
            devices: self.devices.clone(),
            budgets: self.budgets.clone(),
            io_threads: settings.threads_for_files(),
            compute_threads: settings.threads_for_computing(),
            rules: settings.rules(),
            limits: self.limits,
            poll: Duration::from_secs_f64(settings.poll_s),
            costs: self.known_costs(run),
            cancel: cancel.clone(),
            events: run.teller.clone(),
        }
    }
}

/// The GPU of this number, after it has shown that what is asked of it is computed there.
fn gpu(store: &ModelStore, number: u32) -> Result<Arc<dyn Device>, Error> {
    let device = infer::Device::Cuda(number);
    let runtime = load_runtime_for(store, device)?;
    self_test(&runtime, device)?;
    // The processor comes first.
    devices().into_iter().nth(1 + number as usize).ok_or(Error::Unwatched { device })
}

/// Says that the file of measured costs is not used, why, and what follows.
fn unread(not_used: &NotUsed) -> String {
    format!("failed to {}; it is measured anew", chain(not_used))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_costs_that_is_not_used_is_named_with_the_reason() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join(COSTS_FILE);
        for (text, why) in [("{\"version\": ", "EOF"), ("{\"version\": 0}", "version 0"), ("[]", "invalid")] {
            std::fs::write(&path, text).expect("written");
            let (_, not_used) = Costs::load(&path, "this machine");
            let told = not_used.map(|not_used| unread(&not_used)).unwrap_or_default();
            let whole = told.contains(why) && told.contains(COSTS_FILE) && told.ends_with("measured anew");
            assert!(whole, "{text}: {told}");
        }
    }
}

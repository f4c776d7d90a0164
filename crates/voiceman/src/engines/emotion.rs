//! The stage of emotion: the model that is part of the program, and speech networks where they are asked.

use super::{Source, unchecked};
use crate::Error;
use crate::maker::Maker;
use crate::run_settings::RunSettings;
use crate::settings::Settings;
use std::sync::Arc;
use voiceman_base::{BatchShape, Bytes, EmotionAnalysis, ModelIdentity, Precision};
use voiceman_infer::store::{ModelStore, Role};
use voiceman_infer::{AcousticEmotion, Device, DeviceChoice, SessionOptions, load_emotion, model_identity_on};
use voiceman_runtime::schedule::Place;
use voiceman_stages::emotion::{self, EmotionInput, EmotionModel, EmotionStage, Weighted};

/// Memory that an accelerator must have free before networks go there.
const ACCELERATOR_MEMORY: Bytes = Bytes::mebi(8 * 1024);
/// Batches of networks: stretches, of whatever recordings. Memory is what the large ones need for ten seconds, and for eight
/// times that on an accelerator, which hears eight at a time; besides the sound of each.
const HEARING: BatchShape = BatchShape {
    item: "stretch",
    default: 8,
    min: 1,
    max: emotion::AT_ONCE,
    memory_fixed: Bytes::mebi(1500),
    memory_per_item: Bytes::mebi(1),
};

/// The stage, and where it runs.
pub(super) fn emotion(
    settings: &Settings,
    asked: bool,
    source: &Arc<Source>,
) -> Result<(Maker<EmotionInput, EmotionAnalysis>, Place), Error> {
    let names: Vec<(String, f64)> =
        settings.emotion.networks().map(|(name, weight)| (name.to_owned(), weight)).collect();
    let of = settings.emotion.clone();
    if names.is_empty() || !asked {
        let identity = emotion::identity(&of, vec![AcousticEmotion::identity()]);
        let maker = Maker::new(identity, move |_| {
            EmotionStage::new(vec![embedded(of.weight_embedded)?], of.clone()).map_err(unchecked)
        });
        return Ok((maker, Place::Compute));
    }
    let accelerator = accelerator(&settings.run, source.accelerator)?;
    let precision_on = move |device: Device| if device == Device::Cpu { Precision::Float32 } else { of.gpu_precision };
    let mut models = vec![AcousticEmotion::identity()];
    for (name, _) in &names {
        let device = accelerator.unwrap_or_default();
        models.push(network(&source.store, name, precision_on(device), device)?);
    }
    let of = settings.emotion.clone();
    let source = Arc::clone(source);
    let mut maker = Maker::new(emotion::identity(&of, models), move |device| {
        // Number 0 is the processor; an accelerator that is lost or full leaves its work to it.
        let device = accelerator.filter(|_| device > 0).unwrap_or_default();
        let options = SessionOptions { device, replay: source.replay, ..SessionOptions::on_cpu(source.threads) };
        let runtime = source.runtime()?;
        let mut models = vec![embedded(of.weight_embedded)?];
        for (name, weight) in &names {
            let loaded = load_emotion(&source.store, &runtime, name, precision_on(device), options)?;
            models.push((*weight, Box::new(loaded)));
        }
        EmotionStage::new(models, of.clone()).map_err(unchecked)
    });
    maker.shape = HEARING;
    maker.cost = emotion::cost_in_stretches;
    Ok((maker, Place::Device { accelerator: accelerator.map(|_| ACCELERATOR_MEMORY) }))
}

fn embedded(weight: f64) -> Result<Weighted, Error> {
    let model: Box<dyn EmotionModel> = Box::new(AcousticEmotion::embedded().map_err(unchecked)?);
    Ok((weight, model))
}

/// The identity of a speech network on `device`.
fn network(store: &ModelStore, name: &str, precision: Precision, device: Device) -> Result<ModelIdentity, Error> {
    let model = store.model(name)?;
    if model.role() != Role::Emotion {
        let model = name.to_owned();
        return Err(Error::Role { model, to: "say how speech sounded", role: store.model(name)?.role().name() });
    }
    if !model.precisions().contains(&precision) {
        return Err(Error::Precision { model: name.to_owned(), precision });
    }
    Ok(model_identity_on(store, name, precision, device)?)
}

/// The accelerator that networks of emotion run on: that of the other models, unless the settings keep them off it.
fn accelerator(run: &RunSettings, there: Option<Device>) -> Result<Option<Device>, Error> {
    match (run.gpu_ser, run.ser_device) {
        (false, _) | (true, DeviceChoice::Only(Device::Cpu)) => Ok(None),
        (true, DeviceChoice::Auto) => Ok(there),
        (true, DeviceChoice::Only(wanted)) if there == Some(wanted) => Ok(there),
        (true, DeviceChoice::Only(wanted)) => Err(Error::SerDevice { wanted }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_run_beside_the_other_models_or_on_the_processor() {
        let mut run = Settings::defaults().expect("the built-in file").run;
        let gpu = Some(Device::Cuda(0));
        let of = |run: &RunSettings, there| accelerator(run, there).map_err(|error| error.sentence());
        assert_eq!((of(&run, None), of(&run, gpu)), (Ok(None), Ok(gpu)));
        run.ser_device = DeviceChoice::Only(Device::Cuda(0));
        assert_eq!(of(&run, gpu), Ok(gpu));
        assert!(of(&run, None).is_err_and(|error| error.contains("cuda:0")));
        assert!(of(&run, Some(Device::Cuda(1))).is_err());
        run.gpu_ser = false;
        assert_eq!((of(&run, None), of(&run, gpu)), (Ok(None), Ok(None)));
        run.gpu_ser = true;
        run.ser_device = DeviceChoice::Only(Device::Cpu);
        assert_eq!(of(&run, gpu), Ok(None));
    }
}

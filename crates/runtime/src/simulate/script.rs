//! The script of a simulated night: machine, stages, recordings, and what goes wrong when.

use crate::limits::Limits;
use crate::schedule::{NodeSpec, Place, Rules};
use serde::Deserialize;
use std::time::Duration;
use voiceman_base::{BatchShape, Bytes};

/// A simulated run.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Script {
    /// Draws the lengths of the recordings: the same seed gives the same night.
    #[serde(default)]
    pub seed: u64,
    /// Whether recordings overlap.
    #[serde(default = "yes")]
    pub overlap: bool,
    /// Whether memory is managed.
    #[serde(default = "yes")]
    pub memory: bool,
    /// Whether temperatures are heeded.
    #[serde(default = "yes")]
    pub heat: bool,
    /// Threads for input and output.
    #[serde(default = "one")]
    pub io_threads: usize,
    /// Threads for computing.
    #[serde(default = "one")]
    pub compute_threads: usize,
    /// Recordings that may wait for a stage.
    #[serde(default)]
    pub queue: Option<usize>,
    /// The processor, then accelerators.
    #[serde(rename = "device")]
    pub devices: Vec<SimulatedDevice>,
    /// In the order of the flow.
    #[serde(rename = "stage")]
    pub stages: Vec<SimulatedStage>,
    /// Recordings, in groups.
    #[serde(rename = "recordings")]
    pub recordings: Vec<SimulatedRecordings>,
    /// What happens besides.
    #[serde(default, rename = "event")]
    pub events: Vec<SimulatedEvent>,
}

/// A device: its memory, its speed and its warmth.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SimulatedDevice {
    /// Memory in MiB.
    pub memory_mb: u64,
    /// Memory that may be leased, in MiB; all of it where nothing is said.
    pub budget_mb: Option<u64>,
    /// Speed relative to what the stages say.
    #[serde(default = "unit")]
    pub speed: f64,
    /// How it warms up; a device without this has no thermometer.
    pub heat: Option<SimulatedHeat>,
}

/// Newton's law: temperature approaches that of the load, with one time constant.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SimulatedHeat {
    /// Temperature at rest, in degrees Celsius.
    pub idle_c: f64,
    /// Temperature that it would come to if it always worked.
    pub full_c: f64,
    /// Seconds in which 63 % of a change have happened.
    pub time_constant_s: f64,
}

/// A stage: what it takes, in truth and by its own account.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SimulatedStage {
    /// Its name.
    pub name: String,
    /// Stages before it.
    #[serde(default)]
    pub after: Vec<String>,
    /// Where it runs.
    pub place: SimulatedPlace,
    /// Memory in MiB that an accelerator must have free for it.
    #[serde(default)]
    pub accelerator_free_mb: u64,
    /// Batch sizes.
    #[serde(default = "one")]
    pub default: usize,
    /// Fewest items.
    #[serde(default = "one")]
    pub min: usize,
    /// Most items.
    #[serde(default = "one")]
    pub max: usize,
    /// MiB of a batch whatever is in it.
    #[serde(default)]
    pub batch_mb: u64,
    /// MiB an item by its own account.
    #[serde(default)]
    pub item_mb: u64,
    /// MiB an item in truth, where that differs.
    pub true_item_mb: Option<u64>,
    /// Seconds of sound of an item; a recording is one item where nothing is said.
    pub item_audio_s: Option<f64>,
    /// Seconds of work for a batch, whatever is in it.
    #[serde(default)]
    pub batch_s: f64,
    /// Seconds of work for an item.
    #[serde(default)]
    pub item_s: f64,
    /// Seconds of work for a second of sound.
    #[serde(default)]
    pub audio_s: f64,
    /// Its memory stays in use until the recording is over.
    #[serde(default)]
    pub holds_memory: bool,
    /// Seconds for writing its result; not written where nothing is said.
    pub keep_s: Option<f64>,
    /// Waits until all results are written.
    #[serde(default)]
    pub after_kept: bool,
}

/// Where a stage runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SimulatedPlace {
    /// Threads that may wait for disks.
    Io,
    /// Processor threads.
    Compute,
    /// The processor's own device thread.
    Processor,
    /// An accelerator where there is one.
    Accelerator,
}

/// Recordings of one kind.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SimulatedRecordings {
    /// How many.
    pub count: usize,
    /// Shortest and longest, in seconds; lengths between are equally probable on a logarithmic scale.
    pub audio_s: [f64; 2],
}

/// Something that happens at a time, or to a recording.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum SimulatedEvent {
    /// Another program takes memory, or gives it back (negative).
    MemoryTaken {
        /// When.
        at_s: f64,
        /// Where.
        device: usize,
        /// How much, in MiB.
        mb: i64,
    },
    /// The room gets warmer, or cooler.
    Warmer {
        /// When.
        at_s: f64,
        /// Where.
        device: usize,
        /// By how much.
        by_c: f64,
    },
    /// The thermometer stops answering.
    ThermometerFails {
        /// When.
        at_s: f64,
        /// Where.
        device: usize,
    },
    /// The device stops answering.
    Lost {
        /// When.
        at_s: f64,
        /// Which.
        device: usize,
    },
    /// The whole program stands still.
    Suspended {
        /// When.
        at_s: f64,
        /// For how long.
        for_s: f64,
    },
    /// The user asks to stop.
    Cancel {
        /// When.
        at_s: f64,
    },
    /// A stage fails on a recording.
    Fails {
        /// Position of the recording.
        recording: usize,
        /// Where.
        stage: String,
    },
    /// A stage does not come to an end with a recording.
    Hangs {
        /// Position of the recording.
        recording: usize,
        /// Where.
        stage: String,
        /// Whether it stops when it is asked to.
        obeys: bool,
    },
    /// A stage runs out of memory with a recording, however small the batch, on every device.
    NeverFits {
        /// Position of the recording.
        recording: usize,
        /// Where.
        stage: String,
    },
}

impl Script {
    /// Reads a script.
    ///
    /// # Errors
    /// With the place in the text.
    pub fn parse(text: &str) -> Result<Script, toml::de::Error> {
        toml::from_str(text)
    }

    /// How work is arranged.
    pub fn rules(&self) -> Rules {
        let capacity = self.queue.unwrap_or(Limits::FLOW.capacity);
        let queue = Limits { capacity, resume_below: (capacity * 3 / 5).max(1) };
        Rules { overlap: self.overlap, memory: self.memory, heat: self.heat, queue, ..Rules::DEFAULT }
    }

    /// The stages as the scheduler knows them. Names live as long as the program: scripts are few.
    pub(super) fn nodes(&self) -> Vec<NodeSpec> {
        let number = |name: &String| self.stages.iter().position(|stage| stage.name == *name);
        let node = |stage: &SimulatedStage| NodeSpec {
            name: Box::leak(stage.name.clone().into_boxed_str()),
            after: stage.after.iter().filter_map(number).collect(),
            place: match stage.place {
                SimulatedPlace::Io => Place::Io,
                SimulatedPlace::Compute => Place::Compute,
                SimulatedPlace::Processor => Place::Device { accelerator: None },
                SimulatedPlace::Accelerator => {
                    Place::Device { accelerator: Some(Bytes::mebi(stage.accelerator_free_mb)) }
                }
            },
            shape: BatchShape {
                item: "item",
                default: stage.default,
                min: stage.min,
                max: stage.max.max(stage.default),
                memory_fixed: Bytes::mebi(stage.batch_mb),
                memory_per_item: Bytes::mebi(stage.item_mb),
            },
            instances: self.io_threads.max(self.compute_threads),
            holds_memory: stage.holds_memory,
            after_kept: stage.after_kept,
            keeps: stage.keep_s.is_some(),
        };
        self.stages.iter().map(node).collect()
    }
}

impl SimulatedStage {
    /// Items of a recording of `audio_s` seconds.
    pub(super) fn items(&self, audio_s: f64) -> usize {
        self.item_audio_s.map_or(1, |item| (audio_s / item).ceil().max(1.0) as usize)
    }

    /// Seconds of work on a device of this speed.
    pub(super) fn takes(&self, items: usize, audio_s: f64, speed: f64) -> Duration {
        let seconds = self.batch_s + self.item_s * items as f64 + self.audio_s * audio_s;
        Duration::from_secs_f64((seconds / speed).max(1e-6))
    }
}

fn yes() -> bool {
    true
}

fn one() -> usize {
    1
}

fn unit() -> f64 {
    1.0
}

//! Settings of how a run is arranged. None of them changes a result.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;
use std::time::Duration;
use voiceman_base::Bytes;
use voiceman_infer::DeviceChoice;
use voiceman_runtime::Limits;
use voiceman_runtime::schedule::{Rules, TimeLimit};

/// What changes speed and nothing else.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunSettings {
    /// Processor threads for the models; 0 takes all cores.
    pub threads: usize,
    /// Where the models run.
    #[serde(with = "as_text")]
    pub device: DeviceChoice,
    /// Where speech networks of emotion run; a GPU only if it is that of the other models.
    #[serde(with = "as_text")]
    pub ser_device: DeviceChoice,
    /// Whether speech networks of emotion may run on a GPU.
    pub gpu_ser: bool,
    /// Whether graphs of a fixed shape are recorded once and replayed on a GPU.
    pub replay: bool,
    /// Whether models are loaded while the first recordings are read, where some recording is pending.
    pub preload: bool,
    /// Recordings that are read and measured at the same time; 0 follows the cores.
    pub jobs: usize,
    /// Memory that the run may take.
    #[serde(with = "as_text")]
    pub memory: MemoryLimit,
    /// Recordings that may wait for a stage.
    pub queue: usize,
    /// A full queue takes more again when fewer than this wait.
    pub queue_resume_below: usize,
    /// Seconds between two readings of the devices.
    pub poll_s: f64,
    /// Seconds that a stage may take, whatever the length of the sound.
    pub stage_limit_s: f64,
    /// Seconds that it may take besides for each second of sound.
    pub stage_limit_per_audio_s: f64,
    /// Whether recordings are worked on beside each other.
    pub pipeline_overlap: bool,
    /// Whether memory is leased and batches follow what is free.
    pub unified_memory: bool,
    /// Whether temperatures are heeded.
    pub thermal_manager: bool,
    /// Temperatures at which something is done.
    pub heat: HeatSettings,
}

/// Temperatures at which something is done, in degrees Celsius. A device that tells its own limits lowers them, never
/// raises them.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeatSettings {
    /// Batches are halved and pauses put between them.
    pub throttle_c: f64,
    /// Full speed returns below this.
    pub release_c: f64,
    /// Nothing is begun until the device has cooled down below the release temperature.
    pub critical_c: f64,
}

impl RunSettings {
    /// Cores of this machine that this process may use.
    fn cores() -> usize {
        std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
    }

    /// Threads that read, decode and write.
    pub(crate) fn threads_for_files(&self) -> usize {
        // One core decodes some hundred times faster than real time.
        if self.jobs > 0 { self.jobs } else { RunSettings::cores().div_ceil(8) }
    }

    /// Threads that compute beside the models.
    pub(crate) fn threads_for_computing(&self) -> usize {
        if self.jobs > 0 { self.jobs } else { RunSettings::cores().div_ceil(4) }
    }

    /// How the runtime arranges work.
    pub(crate) fn rules(&self) -> Rules {
        Rules {
            overlap: self.pipeline_overlap,
            memory: self.unified_memory,
            heat: self.thermal_manager,
            queue: Limits { capacity: self.queue, resume_below: self.queue_resume_below },
            time_limit: TimeLimit {
                base: Duration::from_secs_f64(self.stage_limit_s),
                per_audio: self.stage_limit_per_audio_s,
                ..Rules::DEFAULT.time_limit
            },
            ..Rules::DEFAULT
        }
    }

    /// Rules that the values must keep, with what is said when they do not.
    pub(crate) fn checks(&self) -> [(bool, &'static str); 6] {
        let HeatSettings { throttle_c, release_c, critical_c } = self.heat;
        [
            (self.queue >= 1, "run.queue must be 1 or more"),
            ((1..=self.queue).contains(&self.queue_resume_below), "run.queue_resume_below must be from 1 to run.queue"),
            ((0.1..=3600.0).contains(&self.poll_s), "run.poll_s must be from 0.1 to 3600"),
            ((1.0..=1e7).contains(&self.stage_limit_s), "run.stage_limit_s must be from 1 to 10000000"),
            (
                (0.0..=1e4).contains(&self.stage_limit_per_audio_s),
                "run.stage_limit_per_audio_s must be from 0 to 10000",
            ),
            (
                0.0 < release_c && release_c < throttle_c && throttle_c < critical_c && critical_c <= 150.0,
                "run.heat must have release_c below throttle_c below critical_c, which is at most 150",
            ),
        ]
    }
}

/// Memory that a run may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemoryLimit {
    /// Most of what is free when the run begins.
    Auto,
    /// So much, by the whole process.
    AtMost(Bytes),
}

/// A text that is no amount of memory.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("read `{0}` as an amount of memory: write `auto`, or a number with a unit, such as `2GB`, `1.5GiB` or `800MB`")]
pub struct NoAmount(String);

/// Units of memory, decimal and binary.
const UNITS: [(&str, f64); 5] = [("GIB", 1_073_741_824.0), ("MIB", 1_048_576.0), ("GB", 1e9), ("MB", 1e6), ("KB", 1e3)];

impl FromStr for MemoryLimit {
    type Err = NoAmount;

    fn from_str(text: &str) -> Result<MemoryLimit, NoAmount> {
        let upper = text.trim().to_ascii_uppercase();
        if upper == "AUTO" {
            return Ok(MemoryLimit::Auto);
        }
        let amount = UNITS.iter().find_map(|(unit, size)| {
            let number: f64 = upper.strip_suffix(unit)?.trim().parse().ok()?;
            (number > 0.0 && number.is_finite()).then(|| Bytes::new((number * size) as u64))
        });
        amount.map(MemoryLimit::AtMost).ok_or_else(|| NoAmount(text.chars().take(40).collect()))
    }
}

impl fmt::Display for MemoryLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            MemoryLimit::Auto => f.write_str("auto"),
            MemoryLimit::AtMost(bytes) => write!(f, "{}KB", bytes.get() / 1000),
        }
    }
}

/// Values that are written as text.
mod as_text {
    use super::{Deserialize, Deserializer, FromStr, Serializer, fmt};

    pub(super) fn serialize<T: fmt::Display, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(value)
    }

    pub(super) fn deserialize<'de, T, D>(deserializer: D) -> Result<T, D::Error>
    where
        T: FromStr,
        T::Err: fmt::Display,
        D: Deserializer<'de>,
    {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_a_number_with_a_unit() {
        let read = |text: &str| text.parse::<MemoryLimit>();
        assert_eq!(read("2GB"), Ok(MemoryLimit::AtMost(Bytes::new(2_000_000_000))));
        assert_eq!(read(" 1.5 gib "), Ok(MemoryLimit::AtMost(Bytes::mebi(1536))));
        assert_eq!(read("auto"), Ok(MemoryLimit::Auto));
        for wrong in ["", "2", "-1GB", "GB", "infGB", "NaNGB", "2TB"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}

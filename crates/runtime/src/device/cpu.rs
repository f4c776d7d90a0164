//! The processor and the memory beside it, as far as this process may use them.

use super::Device;
use super::cgroup::Groups;
use super::thermometer::Thermometer;
use super::tree::Tree;
use crate::heat::Limits;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use voiceman_base::{Bytes, DeviceFacts, DeviceReading};

/// Instruction sets that change how fast models run: the system's name, and the usual one.
const INSTRUCTION_SETS: [(&str, &str); 12] = [
    ("sse4_2", "SSE4.2"),
    ("avx", "AVX"),
    ("avx2", "AVX2"),
    ("fma", "FMA"),
    ("avx512f", "AVX-512"),
    ("avx_vnni", "AVX-VNNI"),
    ("avx512_vnni", "AVX-512 VNNI"),
    ("amx_tile", "AMX"),
    ("asimd", "NEON"),
    ("asimddp", "dot product"),
    ("i8mm", "I8MM"),
    ("sve", "SVE"),
];

/// The processor.
pub struct Cpu {
    tree: Tree,
    groups: Groups,
    thermometer: Thermometer,
    facts: CpuFacts,
    /// Numbers of the cores that this process may run on; empty where the system does not tell.
    cores: Vec<usize>,
    /// Time that these cores have worked and passed at the last reading, in ticks.
    last: Mutex<Option<Ticks>>,
}

/// What a processor is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CpuFacts {
    /// The name that its maker gave it.
    pub name: String,
    /// Cores that this process may keep busy: those it may run on, or fewer where a container limits it; at least one.
    pub cores: usize,
    /// Instruction sets that change how fast models run.
    pub instruction_sets: Vec<&'static str>,
    /// Groups of cores with memory of their own; at least one.
    pub numa_nodes: usize,
    /// All memory that this process may use: the machine's, or less in a container.
    pub memory: Option<Bytes>,
    /// Whether a container limits the memory.
    pub memory_is_limited: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Ticks {
    busy: u64,
    passed: u64,
}

impl Cpu {
    /// The processor of this machine.
    pub fn host() -> Cpu {
        Cpu::below("/")
    }

    /// The processor that the files below `root` tell of, which stands for `/`.
    pub fn below(root: impl Into<PathBuf>) -> Cpu {
        let tree = Tree::new(root);
        let groups = Groups::find(&tree);
        let thermometer = Thermometer::find(&tree);
        let allowed = tree.value("proc/self/status", "Cpus_allowed_list");
        let cores = allowed.map(|list| numbers(&list)).unwrap_or_default();
        let facts = facts(&tree, &groups, &cores);
        Cpu { tree, groups, thermometer, facts, cores, last: Mutex::new(None) }
    }

    /// What it is.
    pub fn cpu_facts(&self) -> &CpuFacts {
        &self.facts
    }

    /// Memory that this process can still take: what the machine has available, or what the container leaves.
    pub fn free_memory(&self) -> Option<Bytes> {
        let available = self.tree.kilobytes("proc/meminfo", "MemAvailable");
        let allowed = self.groups.memory(&self.tree).map(|allowed| allowed.free);
        [available, allowed].into_iter().flatten().min().map(Bytes::new)
    }

    /// Share of the time since the last call in which the cores of this process worked, for whomever.
    fn busy(&self) -> Option<f64> {
        let now = ticks(&self.tree.text("proc/stat")?, &self.cores)?;
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let before = last.replace(now)?;
        let passed = now.passed.checked_sub(before.passed).filter(|passed| *passed > 0)?;
        Some((now.busy.saturating_sub(before.busy) as f64 / passed as f64).min(1.0))
    }
}

impl Device for Cpu {
    fn facts(&self) -> DeviceFacts {
        DeviceFacts {
            kind: "cpu",
            name: self.facts.name.clone(),
            memory_bytes: self.facts.memory.map(Bytes::get),
            has_thermometer: self.thermometer.is_there(),
        }
    }

    fn read(&self) -> DeviceReading {
        DeviceReading {
            temperature_c: self.thermometer.read(&self.tree),
            busy: self.busy(),
            free_bytes: self.free_memory().map(Bytes::get),
            power_w: None,
        }
    }

    fn thermal_limits(&self) -> Option<Limits> {
        self.thermometer.limits()
    }
}

fn facts(tree: &Tree, groups: &Groups, cores: &[usize]) -> CpuFacts {
    let text = tree.text("proc/cpuinfo").unwrap_or_default();
    let field = |name: &str| {
        let has_name = |line: &&str| line.split(':').next().is_some_and(|key| key.trim() == name);
        text.lines().find(has_name)?.split_once(':').map(|(_, value)| value.trim().to_owned())
    };
    let flags = field("flags").or_else(|| field("Features")).unwrap_or_default();
    let has = |flag: &str| flags.split_whitespace().any(|word| word == flag);
    // Arm's files name no model, but the machine.
    let name = field("model name").or_else(|| tree.text("proc/device-tree/model"));
    let runnable = match cores.len() {
        0 => std::thread::available_parallelism().map_or(1, |cores| cores.get()),
        cores => cores,
    };
    // Part of a core is not worth a thread.
    let allowed = groups.cores(tree).map_or(runnable, |cores| cores as usize);
    let nodes = tree.names("sys/devices/system/node");
    let is_node = |name: &&String| name.strip_prefix("node").is_some_and(|number| number.parse::<u32>().is_ok());
    let installed = tree.kilobytes("proc/meminfo", "MemTotal");
    let limit = groups.memory(tree).map(|allowed| allowed.limit);
    CpuFacts {
        name: name.unwrap_or_else(|| format!("{} processor", std::env::consts::ARCH)),
        cores: allowed.clamp(1, runnable.max(1)),
        instruction_sets: INSTRUCTION_SETS.iter().filter(|(flag, _)| has(flag)).map(|(_, name)| *name).collect(),
        numa_nodes: nodes.iter().filter(is_node).count().max(1),
        memory: [installed, limit].into_iter().flatten().min().map(Bytes::new),
        memory_is_limited: limit.is_some_and(|limit| installed.is_none_or(|installed| limit < installed)),
    }
}

/// Numbers in a list such as `0-3,8`.
fn numbers(list: &str) -> Vec<usize> {
    /// More cores than any machine has: a longer range is an error.
    const MOST: usize = 1 << 16;
    let range = |part: &str| {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last): (usize, usize) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
        (last < MOST).then_some(first..=last)
    };
    list.split(',').filter_map(range).flatten().collect()
}

/// The time that `cores` have worked and passed since the machine was started, by `/proc/stat`; of all cores where the
/// list is empty. Time of guests is part of user time; time that a host took away has not been worked.
fn ticks(stat: &str, cores: &[usize]) -> Option<Ticks> {
    let mut sum = None;
    for line in stat.lines() {
        let mut fields = line.split_whitespace();
        let Some(number) = fields.next().and_then(|name| name.strip_prefix("cpu")) else { continue };
        let wanted = match number.parse::<usize>() {
            Ok(number) => cores.contains(&number),
            Err(_) => cores.is_empty(),
        };
        let times: Vec<u64> = fields.take(8).map_while(|field| field.parse().ok()).collect();
        if !wanted || times.len() < 4 {
            continue;
        }
        let at = |index: usize| times.get(index).copied().unwrap_or(0);
        let (idle, stolen) = (at(3) + at(4), at(7));
        let passed: u64 = times.iter().sum();
        let Ticks { busy, passed: before } = sum.unwrap_or(Ticks { busy: 0, passed: 0 });
        sum = Some(Ticks { busy: busy + passed - idle - stolen, passed: before + passed });
    }
    sum
}

//! Devices on machines that are described by files: a board, containers, a virtual machine, unified memory.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tempfile::TempDir;
use voiceman_base::{Bytes, DeviceReading};
use voiceman_runtime::device::{Cpu, CpuFacts, Device, Gpu, GpuMemory, Nvidia, Unanswered};
use voiceman_runtime::heat::Limits;

const KIBI: u64 = 1024;
const GIBI: u64 = 1 << 30;

/// Lays out the files of a machine.
fn machine(name: &str) -> TempDir {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/machines").join(format!("{name}.txt"));
    let text = fs::read_to_string(&path).expect("the machine is committed");
    let root = tempfile::tempdir().expect("a folder");
    for file in text.split("== ").filter(|file| !file.is_empty()) {
        let (name, content) = file.split_once('\n').expect("a name and a content");
        write(root.path(), name, content);
    }
    root
}

fn write(root: &Path, name: &str, content: &str) {
    let path = root.join(name);
    fs::create_dir_all(path.parent().expect("a folder")).expect("made");
    fs::write(path, content).expect("written");
}

fn bytes(kilobytes: u64) -> Option<Bytes> {
    Some(Bytes::new(kilobytes * KIBI))
}

#[test]
fn a_board_with_an_arm_processor() {
    let root = machine("raspberry-pi");
    let cpu = Cpu::below(root.path());
    let expected = CpuFacts {
        name: "Raspberry Pi 5 Model B Rev 1.0".to_owned(),
        cores: 4,
        instruction_sets: vec!["NEON", "dot product"],
        numa_nodes: 1,
        memory: bytes(8_257_168),
        memory_is_limited: false,
    };
    assert_eq!(*cpu.cpu_facts(), expected);
    assert_eq!((cpu.facts().kind, cpu.facts().has_thermometer), ("cpu", true));
    assert_eq!(cpu.read().temperature_c, Some(61.7));
    assert_eq!(cpu.read().free_bytes, Some(7_340_032 * KIBI));
    // It shuts down at 110 °C, which says nothing about what it bears for long.
    assert_eq!(cpu.thermal_limits(), Some(Limits::SPECIFICATION));
}

#[test]
fn a_container_with_two_gigabytes_on_a_large_machine() {
    let root = machine("container-2gb");
    let cpu = Cpu::below(root.path());
    let facts = cpu.cpu_facts();
    assert_eq!((facts.cores, facts.numa_nodes), (2, 2));
    assert_eq!((facts.memory, facts.memory_is_limited), (Some(Bytes::new(2 * GIBI)), true));
    assert_eq!(facts.instruction_sets, ["SSE4.2", "AVX", "AVX2", "FMA"]);
    // 2 GiB less the 1 GiB in use, of which the system could drop a quarter at once.
    assert_eq!(cpu.free_memory(), Some(Bytes::new(GIBI + GIBI / 4)));
    // The true temperature, and no limits from what is a convention of the driver.
    assert_eq!(cpu.read().temperature_c, Some(55.0));
    assert_eq!(cpu.thermal_limits(), None);
    // The container fills up.
    write(root.path(), "sys/fs/cgroup/memory.current", "2147483648\n");
    assert_eq!(cpu.free_memory(), Some(Bytes::new(GIBI / 4)));
    // The machine fills up: what is really there counts.
    write(root.path(), "proc/meminfo", "MemTotal: 263850616 kB\nMemAvailable: 1024 kB\n");
    assert_eq!(cpu.free_memory(), bytes(1024));
}

#[test]
fn a_container_of_an_older_host_names_groups_that_it_cannot_see() {
    let root = machine("old-container");
    let cpu = Cpu::below(root.path());
    let facts = cpu.cpu_facts();
    assert_eq!(facts.cores, 1, "half a core is one thread");
    assert_eq!((facts.memory, facts.memory_is_limited), (Some(Bytes::new(4 * GIBI)), true));
    assert_eq!(cpu.free_memory(), Some(Bytes::new(2 * GIBI)));
    // The hottest of the processor's own sensors; neither the disk nor the mainboard.
    assert_eq!(cpu.read().temperature_c, Some(74.0));
    let limits = cpu.thermal_limits().expect("the driver tells them");
    assert_eq!((limits.critical_c(), limits.throttle_c(), limits.release_c()), (95.0, 90.0, 80.0));
}

#[test]
fn the_tightest_group_counts() {
    let root = machine("nested-groups");
    let cpu = Cpu::below(root.path());
    assert_eq!(cpu.cpu_facts().cores, 3);
    assert_eq!(cpu.cpu_facts().memory, Some(Bytes::new(4 * GIBI)));
    // 3 GiB are left in its own group, but only half a GiB in the one above.
    assert_eq!(cpu.free_memory(), Some(Bytes::new(GIBI / 2)));
}

#[test]
fn a_machine_without_sensors_has_no_temperature() {
    let root = machine("no-sensors");
    let cpu = Cpu::below(root.path());
    assert!(!cpu.facts().has_thermometer);
    assert_eq!(cpu.cpu_facts().cores, 1);
    assert_eq!(cpu.thermal_limits(), None);
    let first = cpu.read();
    assert_eq!((first.temperature_c, first.busy, first.power_w), (None, None, None));
    // Of 100 ticks core 1 works 75; what core 0 does is not ours, and stolen time is not work.
    write(root.path(), "proc/stat", "cpu  0 0 0 0\ncpu0 999 0 300 2400 0 0 0 0 0 0\ncpu1 150 0 120 810 5 3 2 10 0 0\n");
    assert_eq!(cpu.read().busy, Some(0.75));
    // A clock that stands still, or goes back, gives no share.
    assert_eq!(cpu.read().busy, None);
    write(root.path(), "proc/stat", "cpu1 1 0 1 1 0 0 0 0 0 0\n");
    assert_eq!(cpu.read().busy, None);
}

#[test]
fn a_system_that_tells_nothing_still_has_a_processor() {
    let root = tempfile::tempdir().expect("a folder");
    let cpu = Cpu::below(root.path());
    assert!(cpu.cpu_facts().cores >= 1);
    assert_eq!(cpu.cpu_facts().memory, None);
    assert_eq!(cpu.read(), DeviceReading::default());
    assert!(!cpu.facts().name.is_empty());
}

#[test]
fn damaged_files_tell_nothing() {
    let root = machine("container-2gb");
    for (name, content) in [
        ("proc/meminfo", "MemTotal: many kB\nMemAvailable: 12 pages\n"),
        ("proc/self/status", "Cpus_allowed_list: 3-,x,99999999999,0-99999999\n"),
        ("proc/self/cgroup", "0\n::\nx:memory\n0::/../../etc\n"),
        ("proc/stat", "cpu x y z\n"),
        ("sys/fs/cgroup/memory.max", "-5"),
        ("sys/fs/cgroup/cpu.max", "0 0"),
        ("sys/class/hwmon/hwmon0/temp2_input", "warm"),
    ] {
        write(root.path(), name, content);
    }
    let cpu = Cpu::below(root.path());
    assert!(cpu.cpu_facts().cores >= 1);
    assert_eq!(cpu.cpu_facts().memory, None);
    assert_eq!(cpu.read(), DeviceReading::default());
}

#[test]
#[cfg(target_os = "linux")]
fn this_machine_has_a_processor_with_memory() {
    let devices = voiceman_runtime::device::devices();
    let facts = devices[0].facts();
    assert_eq!(facts.kind, "cpu");
    let (memory, free) = (facts.memory_bytes.expect("Linux tells"), devices[0].read().free_bytes.expect("Linux tells"));
    assert!(free <= memory, "{free} of {memory}");
    assert!(devices[1..].iter().all(|device| matches!(device.facts().kind, "cuda" | "unified")));
}

/// A driver that answers as it is told.
struct FakeGpu {
    memory: Result<GpuMemory, Unanswered>,
    thermal: Result<f64, Unanswered>,
    lost: Arc<AtomicBool>,
}

impl FakeGpu {
    fn answer<T>(&self, answer: Result<T, Unanswered>) -> Result<T, Unanswered> {
        if self.lost.load(Ordering::SeqCst) { Err(Unanswered::Lost) } else { answer }
    }
}

impl Gpu for FakeGpu {
    fn name(&self) -> Result<String, Unanswered> {
        self.answer(Ok("NVIDIA Something".to_owned()))
    }
    fn temperature_c(&self) -> Result<f64, Unanswered> {
        self.answer(self.thermal)
    }
    fn slowdown_c(&self) -> Result<f64, Unanswered> {
        self.answer(self.thermal.map(|_| 90.0))
    }
    fn shutdown_c(&self) -> Result<f64, Unanswered> {
        self.answer(self.thermal.map(|_| 95.0))
    }
    fn memory(&self) -> Result<GpuMemory, Unanswered> {
        self.answer(self.memory)
    }
    fn busy(&self) -> Result<f64, Unanswered> {
        self.answer(Ok(0.93))
    }
    fn power_w(&self) -> Result<f64, Unanswered> {
        self.answer(Err(Unanswered::NotSupported))
    }
}

fn gpu(
    memory: Result<GpuMemory, Unanswered>,
    thermal: Result<f64, Unanswered>,
) -> (Nvidia<FakeGpu>, Arc<AtomicBool>, TempDir) {
    let root = machine("no-sensors");
    let lost = Arc::new(AtomicBool::new(false));
    let fake = FakeGpu { memory, thermal, lost: Arc::clone(&lost) };
    (Nvidia::new(fake, Arc::new(Cpu::below(root.path()))), lost, root)
}

#[test]
fn a_gpu_with_its_own_memory() {
    let memory = GpuMemory { total: Bytes::new(80 * GIBI), free: Bytes::new(70 * GIBI) };
    let (gpu, lost, _root) = gpu(Ok(memory), Ok(64.0));
    let facts = gpu.facts();
    assert_eq!((facts.kind, facts.name.as_str()), ("cuda", "NVIDIA Something"));
    assert_eq!((facts.memory_bytes, facts.has_thermometer), (Some(80 * GIBI), true));
    let reading =
        DeviceReading { temperature_c: Some(64.0), busy: Some(0.93), free_bytes: Some(70 * GIBI), power_w: None };
    assert_eq!(gpu.read(), reading);
    // It slows down at 90 and shuts down at 95 °C: ten below that is where work stops.
    assert_eq!(gpu.thermal_limits(), Some(Limits::SPECIFICATION));
    assert!(!gpu.is_lost());
    lost.store(true, Ordering::SeqCst);
    assert_eq!(gpu.read(), DeviceReading::default());
    assert!(gpu.is_lost());
    lost.store(false, Ordering::SeqCst);
    gpu.read();
    assert!(gpu.is_lost(), "it does not come back");
}

#[test]
fn a_gpu_that_shares_the_memory_of_the_host() {
    let (gpu, lost, root) = gpu(Err(Unanswered::NotSupported), Ok(50.0));
    assert_eq!((gpu.facts().kind, gpu.facts().memory_bytes), ("unified", Some(2_048_000 * KIBI)));
    assert_eq!(gpu.read().free_bytes, Some(1_500_000 * KIBI));
    write(root.path(), "proc/meminfo", "MemTotal: 2048000 kB\nMemAvailable: 1000 kB\n");
    assert_eq!(gpu.read().free_bytes, Some(1000 * KIBI));
    lost.store(true, Ordering::SeqCst);
    gpu.read();
    assert!(gpu.is_lost());
}

#[test]
fn a_driver_that_fails_to_tell_the_memory_does_not_make_it_shared() {
    let (gpu, _, _root) = gpu(Err(Unanswered::Failed), Err(Unanswered::NotSupported));
    assert_eq!((gpu.facts().kind, gpu.facts().memory_bytes), ("cuda", None));
    assert!(!gpu.facts().has_thermometer);
    assert_eq!((gpu.read().free_bytes, gpu.read().temperature_c), (None, None));
    assert_eq!(gpu.thermal_limits(), None);
}

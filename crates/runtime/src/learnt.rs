//! What batches really took in memory, kept per machine and used instead of the table once it is known.
//!
//! For each machine, kind of device, stage and batch size (in powers of two) the file keeps the last [`KEPT`] measured
//! peaks. What counts is their upper decile, not their mean: a mean would be too little every other time.
//!
//! A peak is measured as growth, and memory that a runtime library kept from the batch before does not grow again. So a
//! measurement of less than a quarter of what is known is not believed. A stage that needs far less than it once did
//! stays expensive until the file is removed: the safe side.
//!
//! The file is a convenience. One that is missing, damaged or of another version makes the program start anew, with a
//! warning for the last two; never does a run fail because of it.

use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, VecDeque};
use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use voiceman_base::Bytes;

/// Version of the file. Raised when its meaning changes; other versions are not read.
const VERSION: u32 = 1;
/// Measurements that are kept for each batch size.
const KEPT: usize = 64;
/// Measurements from which on they count.
const ENOUGH: usize = 3;
/// The part of the measurements that lies at or below what counts.
const QUANTILE: f64 = 0.9;
/// Share of what is known below which a measurement is not believed.
const BELIEVED: f64 = 0.25;
/// A larger file is not ours.
const LARGEST_FILE: u64 = 16 << 20;

/// What batches take on this machine.
#[derive(Clone, Debug, PartialEq)]
pub struct Costs {
    machine: String,
    machines: BTreeMap<String, Vec<Measured>>,
}

/// The file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: u32,
    machines: BTreeMap<String, Vec<Measured>>,
}

/// Peaks of batches of about one size.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Measured {
    device: String,
    stage: String,
    /// The largest batch that belongs here, a power of two; the smallest is half of it and one more.
    up_to_items: usize,
    /// The last batches, oldest first.
    batches: VecDeque<Batch>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Batch {
    items: usize,
    bytes: u64,
}

/// The file was not used, and the program starts anew.
#[derive(Debug, thiserror::Error)]
#[error("read what batches took in memory from `{}`", path.display())]
pub struct NotUsed {
    /// The file.
    pub path: PathBuf,
    /// Why not.
    #[source]
    pub why: WhyNot,
}

/// Why a file was not used.
#[derive(Debug, thiserror::Error)]
pub enum WhyNot {
    /// It could not be read.
    #[error("read the file")]
    Unreadable(#[source] std::io::Error),
    /// It is far larger than such a file can be.
    #[error("take a file of {0}")]
    TooLarge(Bytes),
    /// It is damaged.
    #[error("make sense of the file")]
    Damaged(#[source] serde_json::Error),
    /// It was written by another version of the program.
    #[error("understand version {0}")]
    OtherVersion(u32),
}

/// The file could not be written.
#[derive(Debug, thiserror::Error)]
#[error("write what batches took in memory to `{}`", path.display())]
pub struct SaveError {
    /// The file.
    pub path: PathBuf,
    /// Why not.
    #[source]
    pub source: std::io::Error,
}

impl Costs {
    /// Nothing is known yet. `machine` names the machine: a home directory may be shared by several.
    pub fn unknown(machine: &str) -> Costs {
        Costs { machine: machine.to_owned(), machines: BTreeMap::new() }
    }

    /// What is known by the file; nothing where there is none, or where it cannot be used, which is told.
    pub fn load(path: &Path, machine: &str) -> (Costs, Option<NotUsed>) {
        match read(path) {
            Ok(machines) => (Costs { machine: machine.to_owned(), machines }, None),
            Err(why) => (Costs::unknown(machine), Some(NotUsed { path: path.to_owned(), why })),
        }
    }

    /// A batch with `items` of a stage in memory at once took `peak` on a device of this kind, beyond what was held
    /// before it.
    pub fn observe(&mut self, device: &str, stage: &str, items: usize, peak: Bytes) {
        if items == 0 || peak == Bytes::default() {
            return;
        }
        let batch = Batch { items, bytes: peak.get() };
        let known = self.machines.entry(self.machine.clone()).or_default();
        let up_to_items = items.next_power_of_two();
        match known.iter_mut().find(|known| known.is(device, stage) && known.up_to_items == up_to_items) {
            Some(known) => known.observe(batch),
            None => known.push(Measured {
                device: device.to_owned(),
                stage: stage.to_owned(),
                up_to_items,
                batches: VecDeque::from([batch]),
            }),
        }
    }

    /// Memory of one item of a stage on a device of this kind, by the largest batches that were measured often enough.
    ///
    /// A smaller batch may take more an item, because part of what a batch takes does not depend on its size; it takes
    /// less in all. [`Costs::batch`] tells what one of a certain size took.
    pub fn per_item(&self, device: &str, stage: &str) -> Option<Bytes> {
        let largest = self.known(device, stage).max_by_key(|known| known.up_to_items)?;
        Some(Bytes::new(largest.quantile(Batch::per_item)))
    }

    /// Memory that a batch with `items` takes in all, by batches of about that size, or of the next smaller one that was
    /// measured often enough; never less than smaller batches took, nor more than larger ones did.
    pub fn batch(&self, device: &str, stage: &str, items: usize) -> Option<Bytes> {
        let up_to_items = items.max(1).next_power_of_two();
        let (smaller, larger): (Vec<&Measured>, Vec<&Measured>) =
            self.known(device, stage).partition(|known| known.up_to_items <= up_to_items);
        let nearest = smaller.iter().map(|known| known.up_to_items).max();
        let took = |known: &Measured, items: usize| known.quantile(Batch::per_item).saturating_mul(items as u64);
        let least = smaller
            .iter()
            .map(|known| took(known, if Some(known.up_to_items) == nearest { items } else { known.up_to_items }));
        let most = larger.iter().map(|known| took(known, known.up_to_items)).min();
        let told = match (least.max(), most) {
            (Some(least), Some(most)) => Some(least.min(most)),
            (least, most) => least.or(most),
        };
        told.map(Bytes::new)
    }

    /// Writes the file, whole or not at all.
    ///
    /// # Errors
    /// [`SaveError`] when the folder cannot be made or the file not be written.
    pub fn save(&self, path: &Path) -> Result<(), SaveError> {
        let file = File { version: VERSION, machines: self.machines.clone() };
        write(path, &file).map_err(|source| SaveError { path: path.to_owned(), source })
    }

    /// Classes of batch sizes that were measured often enough.
    fn known(&self, device: &str, stage: &str) -> impl Iterator<Item = &Measured> {
        let here = self.machines.get(&self.machine).into_iter().flatten();
        here.filter(move |known| known.is(device, stage) && known.batches.len() >= ENOUGH)
    }
}

impl Measured {
    fn is(&self, device: &str, stage: &str) -> bool {
        self.device == device && self.stage == stage
    }

    fn observe(&mut self, batch: Batch) {
        if (batch.per_item() as f64) < self.quantile(Batch::per_item) as f64 * BELIEVED {
            return;
        }
        while self.batches.len() >= KEPT {
            self.batches.pop_front();
        }
        self.batches.push_back(batch);
    }

    /// The upper decile of some measure of the batches.
    fn quantile(&self, measure: impl Fn(&Batch) -> u64) -> u64 {
        let mut values: Vec<u64> = self.batches.iter().map(measure).collect();
        values.sort_unstable();
        let position = (values.len() as f64 * QUANTILE).ceil() as usize;
        values.get(position.saturating_sub(1)).copied().unwrap_or_default()
    }
}

impl Batch {
    /// Rounded up.
    fn per_item(&self) -> u64 {
        self.bytes.div_ceil(self.items.max(1) as u64)
    }
}

fn read(path: &Path) -> Result<BTreeMap<String, Vec<Measured>>, WhyNot> {
    let size = match fs::metadata(path) {
        Ok(metadata) => metadata.len(),
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(BTreeMap::new()),
        Err(error) => return Err(WhyNot::Unreadable(error)),
    };
    if size > LARGEST_FILE {
        return Err(WhyNot::TooLarge(Bytes::new(size)));
    }
    let bytes = fs::read(path).map_err(WhyNot::Unreadable)?;
    // The version first: a file of another one need not have these fields.
    #[derive(Deserialize)]
    struct Versioned {
        version: u32,
    }
    let Versioned { version } = serde_json::from_slice(&bytes).map_err(WhyNot::Damaged)?;
    if version != VERSION {
        return Err(WhyNot::OtherVersion(version));
    }
    let File { machines, .. } = serde_json::from_slice(&bytes).map_err(WhyNot::Damaged)?;
    Ok(machines)
}

fn write(path: &Path, file: &File) -> std::io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let mut temporary = named(folder)?;
    serde_json::to_writer_pretty(&mut temporary, file)?;
    temporary.flush()?;
    temporary.as_file().sync_all()?;
    temporary.persist(path).map_err(|error| error.error)?;
    Ok(())
}

/// A file that may be read by whom a new one may: other accounts of a shared data folder learn from it too.
fn named(folder: &Path) -> std::io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(folder)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn mega(count: u64) -> Bytes {
        Bytes::new(count * 1_000_000)
    }

    fn observed(batches: &[(usize, u64)]) -> Costs {
        let mut costs = Costs::unknown("this one");
        batches.iter().for_each(|(items, peak)| costs.observe("cpu", "stt", *items, mega(*peak)));
        costs
    }

    #[test]
    fn counts_from_the_third_measurement_and_takes_the_upper_decile() {
        assert_eq!(observed(&[(8, 800), (8, 800)]).per_item("cpu", "stt"), None);
        let mut batches = vec![(8, 400); 17];
        batches.extend([(8, 1_600); 3]);
        let costs = observed(&batches);
        assert_eq!(costs.per_item("cpu", "stt"), Some(mega(200)));
        assert_eq!(costs.per_item("cuda", "stt"), None);
        assert_eq!(costs.per_item("cpu", "ser"), None);
        // One in twenty is not the upper decile.
        batches.truncate(17);
        batches.extend([(8, 400), (8, 400), (8, 1_600)]);
        assert_eq!(observed(&batches).per_item("cpu", "stt"), Some(mega(50)));
    }

    #[test]
    fn the_largest_batches_tell_what_an_item_takes() {
        // 500 MB whatever the size, and 20 MB an item.
        let batches: Vec<(usize, u64)> =
            [1, 8, 32].into_iter().flat_map(|items| [(items, 500 + 20 * items as u64); 3]).collect();
        let costs = observed(&batches);
        assert_eq!(costs.per_item("cpu", "stt"), Some(Bytes::new(35_625_000)));
        let batch = |items| costs.batch("cpu", "stt", items);
        assert_eq!(batch(1), Some(mega(520)));
        assert_eq!(batch(8), Some(mega(660)));
        assert_eq!(batch(32), Some(mega(1_140)));
        // Beyond what was measured, as much for each item as there.
        assert_eq!(batch(64), Some(Bytes::new(64 * 35_625_000)));
        // Between what was measured, no more than the larger ones.
        assert_eq!(batch(4), Some(mega(660)));
        assert_eq!(observed(&[(8, 660); 3]).batch("cpu", "stt", 2), Some(mega(660)));
        assert_eq!(observed(&[(8, 660); 2]).batch("cpu", "stt", 8), None);
    }

    #[test]
    fn memory_that_was_kept_from_the_batch_before_is_not_taken_for_thrift() {
        let mut batches = vec![(8, 800); 3];
        batches.extend([(8, 0), (8, 3), (8, 150)].into_iter().cycle().take(300));
        assert_eq!(observed(&batches).per_item("cpu", "stt"), Some(mega(100)));
        // Half of it is believed, once it has been seen for long enough.
        batches.extend([(8, 400); KEPT]);
        assert_eq!(observed(&batches).per_item("cpu", "stt"), Some(mega(50)));
    }

    #[test]
    fn what_is_saved_is_loaded_and_machines_are_kept_apart() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("made/when/needed/costs.json");
        let costs = observed(&[(4, 100), (4, 120), (4, 110), (16, 300)]);
        costs.save(&path).expect("saved");
        let (loaded, warning) = Costs::load(&path, "this one");
        assert!(warning.is_none());
        assert_eq!(loaded, costs);
        let (mut other, _) = Costs::load(&path, "the other one");
        assert_eq!(other.per_item("cpu", "stt"), None);
        (0..3).for_each(|_| other.observe("cpu", "stt", 4, mega(40)));
        other.save(&path).expect("saved over the first");
        let (first, second) = (Costs::load(&path, "this one").0, Costs::load(&path, "the other one").0);
        assert_eq!(first.per_item("cpu", "stt"), Some(mega(30)));
        assert_eq!(second.per_item("cpu", "stt"), Some(mega(10)));
        let left: Vec<_> = fs::read_dir(path.parent().expect("its folder")).expect("readable").collect();
        assert_eq!(left.len(), 1, "no temporary file is left");
    }

    #[test]
    fn a_file_that_cannot_be_used_is_told_and_replaced() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("costs.json");
        assert!(Costs::load(&path, "this one").1.is_none(), "a missing file is nothing to tell");
        let costs = observed(&[(4, 100); 3]);
        costs.save(&path).expect("saved");
        let whole = fs::read(&path).expect("readable");
        let cut = &whole[..whole.len() / 2];
        for damaged in [b"".as_slice(), b"{}", b"\xff\xfe", b"[1, 2]", cut, br#"{"version": 1, "machines": 3}"#] {
            fs::write(&path, damaged).expect("written");
            let (empty, warning) = Costs::load(&path, "this one");
            assert!(matches!(warning, Some(NotUsed { why: WhyNot::Damaged(_), .. })), "{damaged:?}");
            assert_eq!(empty, Costs::unknown("this one"));
        }
        fs::write(&path, br#"{"version": 2, "something": "new"}"#).expect("written");
        let warning = Costs::load(&path, "this one").1;
        assert!(matches!(warning, Some(NotUsed { why: WhyNot::OtherVersion(2), .. })));
        assert!(matches!(Costs::load(folder.path(), "this one").1, Some(NotUsed { why: WhyNot::Unreadable(_), .. })));
        costs.save(&path).expect("saved over it");
        assert_eq!(Costs::load(&path, "this one").0, costs);
    }

    #[cfg(unix)]
    #[test]
    fn whoever_may_read_a_new_file_may_read_what_was_learnt() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().expect("a folder");
        let (path, new) = (folder.path().join("costs.json"), folder.path().join("new"));
        observed(&[(4, 100)]).save(&path).expect("saved");
        fs::write(&new, "").expect("written");
        let mode = |path: &Path| fs::metadata(path).expect("there").permissions().mode() & 0o777;
        assert_eq!(mode(&path), mode(&new));
    }

    #[test]
    fn a_folder_that_cannot_be_written_is_an_error_of_saving() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("file");
        fs::write(&file, "").expect("written");
        let error = observed(&[(4, 100)]).save(&file.join("costs.json")).expect_err("a file is no folder");
        assert!(error.to_string().starts_with("write what batches took in memory to `"));
    }

    proptest! {
        /// With a fixed and a proportional part and noise, a batch is never told to take less than it took nine times
        /// in ten, and more items never take less.
        #[test]
        fn a_batch_is_not_underestimated(
            fixed in 0..1_000_000_u64,
            item in 1_000..100_000_u64,
            noise in prop::collection::vec((1..=64_usize, 0.9..1.1_f64), 40..200),
        ) {
            let mut costs = Costs::unknown("this one");
            let took = |items: usize, noise: f64| ((fixed + item * items as u64) as f64 * noise) as u64;
            noise.iter().for_each(|(items, noise)| costs.observe("cpu", "stt", *items, Bytes::new(took(*items, *noise))));
            let mut before = 0;
            for items in (0..=7).map(|power| 1 << power) {
                let Some(told) = costs.batch("cpu", "stt", items) else { continue };
                prop_assert!(told.get() >= before);
                prop_assert!(told.get() as f64 >= took(items, 0.89) as f64);
                before = told.get();
            }
        }
    }
}

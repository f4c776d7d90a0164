//! A disk that fills up under the program, wherever that happens: it says so, and goes on when there is room.

#![cfg(target_os = "linux")]
#![allow(clippy::expect_used, reason = "tests")]

mod common;

use common::{Run, ended, reading, recordings, voiceman};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

/// Sizes of the disk, in percent of what the whole case takes: full while the database is made, during the first
/// recording, between recordings, and close to the end.
const SIZES: [u64; 6] = [12, 20, 30, 55, 75, 90];

/// Bytes of a page of memory, of which such a disk is made.
const PAGE: u64 = 4096;

/// What runs in a room of its own, where a small disk can be put in place of the case folder: the program, then the same
/// with room enough, then what it left is carried out.
const SCRIPT: &str = r#"
case=$1 size=$2 kept=$3; shift 3
mount -t tmpfs -o "size=${size}k" voiceman-test "$case" || exit 99
"$@"; first=$?
mount -o remount,size=64m "$case" || exit 98
echo "--- $first" >&2
"$@"; second=$?
cp -r "$case/." "$kept" || exit 97
exit $second
"#;

/// A command that may mount: as an ordinary user in name spaces of its own, as root in one for mounts.
fn room() -> Command {
    let ways: [&[&str]; 2] = [&["--user", "--map-root-user", "--mount"], &["--mount"]];
    let works = |way: &&&[&str]| {
        let probe = ["sh", "-c", "mount -t tmpfs -o size=64k voiceman-test /mnt"];
        Command::new("unshare").args(**way).args(probe).output().is_ok_and(|output| output.status.success())
    };
    let way = ways.iter().find(works).expect(
        "a test needs a small disk: allow user name spaces (sysctl user.max_user_namespaces, or the policy of the \
         container), or run it as root",
    );
    let mut command = Command::new("unshare");
    command.args(*way);
    command
}

/// Every result of a case by its path: all but what says when it was made and how long that took.
fn results(case: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![case.join("recordings")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.file_name().is_some_and(|name| name != "report.html") {
                let name = path.strip_prefix(case).expect("it lies there").to_string_lossy().into_owned();
                found.insert(name, fs::read(path).expect("a result"));
            }
        }
    }
    found
}

/// What a folder takes on a disk of pages, in KiB.
fn size_of(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    entries
        .map(|path| match fs::metadata(&path).expect("an entry") {
            facts if facts.is_dir() => size_of(&path),
            facts => facts.len().div_ceil(PAGE) * PAGE / 1024,
        })
        .sum()
}

fn analysis(input: &Path, case: &Path) -> Command {
    let mut command = voiceman();
    command.arg("analyze").arg(input).arg("--out").arg(case).args(["--stages", "vad", "--progress", "plain"]);
    command
}

#[test]
fn a_full_disk_is_said_and_what_is_missing_is_done_when_there_is_room() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    fs::create_dir(at("in")).expect("a folder");
    let whole = fs::read(reading()).expect("the sample");
    for number in 0..5_u8 {
        // One sample differs, so that each is another recording.
        let mut bytes = whole.clone();
        bytes[44] = number;
        fs::write(at("in").join(format!("{number}.wav")), bytes).expect("a file");
    }
    let run = ended(analysis(&at("in"), &at("undisturbed")).output().expect("starts"));
    assert_eq!(run.code, Some(0), "{}", run.err);
    let undisturbed = results(&at("undisturbed"));
    assert_eq!(undisturbed.len(), 10, "an analysis and a listening copy each");

    for percent in SIZES {
        let size = size_of(&at("undisturbed")) * percent / 100;
        let (case, kept) = (at(&format!("case {size}")), at(&format!("kept {size}")));
        fs::create_dir(&case).expect("a folder");
        fs::create_dir(&kept).expect("a folder");
        let program = analysis(&at("in"), &case);
        let mut command = room();
        command.args(["sh", "-c", SCRIPT, "sh"]).arg(&case).arg(size.to_string()).arg(&kept);
        command.arg(program.get_program()).args(program.get_args());
        for (name, value) in program.get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        let Run { code, err, .. } = ended(command.output().expect("unshare starts"));
        let (first, second) = err.split_once("--- ").unwrap_or_else(|| panic!("{size} KiB: {code:?}: {err}"));
        assert!(second.starts_with("2\n"), "{size} KiB: {err}");
        assert!(first.contains("no space is left") && first.contains("help: free some space"), "{size} KiB: {first}");
        assert!(!first.contains("panic") && !first.contains("mistake in voiceman"), "{size} KiB: {first}");
        assert_eq!(code, Some(0), "{size} KiB: {second}");
        assert!(recordings(&kept).iter().all(|(_, entry)| entry["status"] == "done"), "{size} KiB");
        assert!(results(&kept) == undisturbed, "{size} KiB: other results than without the full disk");
    }
}

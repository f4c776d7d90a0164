//! The current fails while a case is written: what was done by then is there, and what was not is gone as a whole.
//!
//! A file system may lose of a file what was written after it was last brought onto the disk, sector by sector and in any
//! order. For the database that is the end of its log, and while the log is worked in, the database itself. Everything
//! else is renamed into place, before the database says that it is there.

mod common;

use common::*;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use voiceman_base::{ClipTime, Digest};
use voiceman_case::{Case, CaseStatus, Finished, RecordingStatus};

type Files = BTreeMap<PathBuf, Vec<u8>>;
type Anything = Box<dyn std::error::Error>;

const SECTOR: usize = 512;
const LOG: &str = "case.db-wal";
const DATABASE: &str = "case.db";

/// Opens a case of these files, as the next run does, and says what it holds. What is said to be done must be there.
fn state_of(files: &Files) -> Result<CaseStatus, Anything> {
    let folder = tempfile::tempdir()?;
    let root = folder.path().join("CASE");
    for (name, bytes) in files {
        let path = root.join(name);
        fs::create_dir_all(path.parent().ok_or("no folder")?)?;
        fs::write(path, bytes)?;
    }
    drop(Case::create_or_open(&root, &made_by())?);
    let status = CaseStatus::read(&root)?;
    for recording in status.with(RecordingStatus::Done) {
        let folder = root.join("recordings").join(recording.folder.as_deref().ok_or("done without a folder")?);
        for file in &recording.files {
            assert_eq!(Digest::of(&fs::read(folder.join(&file.name))?), file.sha256);
        }
    }
    Ok(status)
}

/// `new`, of which only the sectors that `kept` picks reached the disk over `old`.
fn partly(old: &[u8], new: &[u8], mut kept: impl FnMut(usize) -> bool) -> Vec<u8> {
    let mut bytes = old.to_vec();
    for (sector, part) in new.chunks(SECTOR).enumerate() {
        if kept(sector) {
            let start = sector * SECTOR;
            bytes.resize(bytes.len().max(start + part.len()), 0);
            bytes[start..start + part.len()].copy_from_slice(part);
        }
    }
    bytes
}

/// Ways in which `new` may have reached the disk over `old`: up to a moment, or here and there. The last is all of it.
fn ways(old: &[u8], new: &[u8]) -> Vec<Vec<u8>> {
    let sectors = new.len().div_ceil(SECTOR);
    let changed: Vec<usize> = (0..sectors)
        .filter(|sector| {
            let range = sector * SECTOR..(sector * SECTOR + SECTOR).min(new.len());
            old.get(range.clone()) != Some(&new[range])
        })
        .collect();
    let mut ways = Vec::new();
    for quarter in 0..4 {
        let until = changed.get(changed.len() * quarter / 4).copied().unwrap_or(sectors);
        ways.push(partly(old, new, |sector| sector < until));
        // The multiplier spreads the bits; any odd number would do.
        let seed = (quarter as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        ways.push(partly(old, new, |sector| seed.rotate_left(sector as u32) & 1 == 1));
    }
    if let Some(cut) = new.len().checked_sub(1).filter(|cut| *cut >= old.len()) {
        ways.push(new[..cut].to_vec());
    }
    ways.push(new.to_vec());
    ways
}

fn log(files: &Files) -> &[u8] {
    files.get(Path::new(LOG)).map_or(&[], Vec::as_slice)
}

#[test]
fn after_a_power_cut_a_case_is_as_it_was_after_its_last_step_or_the_one_before() -> TestResult {
    let (_folder, root, case) = new_case()?;
    let mut moments = vec![files_below(&root)?];
    let mut note = || files_below(&root).map(|files| moments.push(files));
    for number in 0..3 {
        let (path, content) = (format!("/in/{number}.wav"), format!("sound {number}"));
        let id = add(&case, &path)?;
        note()?;
        let id = case.identify(id, Digest::of(content.as_bytes()))?;
        note()?;
        if number == 1 {
            case.fail(id, "no sound")?;
            note()?;
            continue;
        }
        let files = vec![case.write(id, "analysis.json", format!("{{\"of\":\"{path}\"}}\n").as_bytes())?];
        note()?;
        let artifacts = artifacts_of(content.as_bytes());
        case.finish(id, Finished { duration: ClipTime::from_millis(1_000), artifacts, files })?;
        note()?;
    }
    let states = moments.iter().map(state_of).collect::<Result<Vec<CaseStatus>, _>>()?;
    let mut lost = 0;
    for (step, pair) in moments.windows(2).enumerate() {
        let ways = ways(log(&pair[0]), log(&pair[1]));
        let whole = ways.len() - 1;
        for (way, log) in ways.into_iter().enumerate() {
            // Files are in their place before the database speaks of them, and the index is written after that.
            let mut files = pair[0].clone();
            files.extend(
                pair[1].iter().filter(|(name, _)| name.starts_with("recordings")).map(|(n, b)| (n.clone(), b.clone())),
            );
            files.insert(LOG.into(), log);
            let state = state_of(&files)?;
            assert!(state == states[step] || state == states[step + 1], "step {step}, way {way}: {state:#?}");
            if way == whole {
                assert_eq!(state, states[step + 1], "step {step} was on the disk");
            } else {
                lost += usize::from(state != states[step + 1]);
            }
        }
    }
    assert!(lost > 50, "only {lost} cuts lost anything: they do not fall where they should");
    Ok(())
}

#[test]
fn a_power_cut_while_the_log_is_worked_into_the_database_loses_nothing() -> TestResult {
    let (_folder, root, case) = new_case()?;
    for number in 0..20 {
        finish(&case, &format!("/in/{number}.wav"), format!("sound {number}").as_bytes())?;
    }
    let before = files_below(&root)?;
    drop(case);
    let after = files_below(&root)?;
    let (old, new) = (&before[Path::new(DATABASE)], &after[Path::new(DATABASE)]);
    assert_ne!(old, new, "closing works the log into the database");
    let whole = state_of(&before)?;
    for database in ways(old, new) {
        let mut files = before.clone();
        files.insert(DATABASE.into(), database);
        assert_eq!(state_of(&files)?, whole);
    }
    Ok(())
}

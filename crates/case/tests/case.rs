//! A case over its life: registered, finished, failed, run again, changed, moved, lost in parts.

mod common;

use common::*;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};
use voiceman_base::{ClipTime, Digest, RecordingKey};
use voiceman_case::{
    Case, CaseErrorKind, CaseStatus, CaseWarning, Finished, MadeBy, PerformanceRecorder, RecordingStatus, is_case,
};

#[test]
fn the_index_of_a_large_case_is_written_now_and_then_and_complete_in_the_end() -> TestResult {
    let (_folder, root, case) = new_case()?;
    let paths: Vec<PathBuf> = (0..1_000).map(|number| format!("/in/{number}.wav").into()).collect();
    let failed = || -> Result<u64, Box<dyn std::error::Error>> {
        let index: serde_json::Value = serde_json::from_slice(&fs::read(root.join("case.json"))?)?;
        Ok(index["totals"]["failed"].as_u64().ok_or("no number")?)
    };
    let mut behind = 0;
    for (done, id) in (1..).zip(case.add(&paths)?) {
        case.fail(id, "no sound")?;
        behind = behind.max(done - failed()?);
    }
    assert!((1..=1_000 / 64).contains(&behind), "{behind}");
    drop(case);
    assert_eq!(failed()?, 1_000);
    Ok(())
}

#[test]
fn a_run_and_the_same_run_again() -> TestResult {
    let (_folder, root, case) = new_case()?;
    let paths = ["/in/a.wav", "/in/b.wav", "/in/c.wav"].map(PathBuf::from);
    let ids = case.add(&paths)?;
    assert_eq!(CaseStatus::read(&root)?.totals.pending, 3);

    let done = finish(&case, "/in/a.wav", b"a")?;
    assert_eq!(done, ids[0]);
    case.fail(ids[1], "decode `b.wav`: no sound")?;
    let status = CaseStatus::read(&root)?;
    assert_eq!((status.totals.done, status.totals.failed, status.totals.pending), (1, 1, 1));
    assert_eq!(status.totals.audio_s, 61.5);
    let failed: Vec<_> = status.with(RecordingStatus::Failed).collect();
    assert_eq!(failed[0].error.as_deref(), Some("decode `b.wav`: no sound"));
    drop(case);

    let before = fs::read(root.join("case.json"))?;
    let case = Case::create_or_open(&root, &made_by())?;
    assert_eq!(case.add(&paths)?, ids, "known paths keep their numbers");
    assert_eq!(case.identify(ids[0], Digest::of(b"a"))?, ids[0]);
    assert!(case.is_done(ids[0], &artifacts_of(b"a"))?);
    assert!(!case.is_done(ids[0], &artifacts_of(b"other settings"))?);
    assert!(!case.is_done(ids[1], &artifacts_of(b"b"))?);
    assert_eq!(case.take_warnings(), Vec::new());
    assert_eq!(fs::read(root.join("case.json"))?, before, "a second run changes no byte of the index");
    Ok(())
}

#[test]
fn two_runs_of_the_same_work_differ_only_where_they_may() -> TestResult {
    let make = || -> Result<_, Box<dyn std::error::Error>> {
        let (folder, root, case) = new_case()?;
        finish(&case, "/in/a.wav", b"a")?;
        case.store(&artifact(b"a"))?;
        drop(case);
        let mut files = files_below(&root)?;
        files.retain(|name, _| !name.to_string_lossy().starts_with("case.db"));
        drop(folder);
        Ok(files)
    };
    assert_eq!(make()?, make()?);
    Ok(())
}

#[test]
fn a_failed_recording_can_be_done_later() -> TestResult {
    let (_folder, root, case) = new_case()?;
    let id = add(&case, "/in/a.amr")?;
    case.fail(id, "decode `a.amr`: ffmpeg is missing")?;
    assert_eq!(index(&root)?["recordings"][0]["sha256"], serde_json::Value::Null);
    assert_eq!(finish(&case, "/in/a.amr", b"a")?, id);
    assert_eq!(case.recording(id)?.error, None);
    Ok(())
}

#[test]
fn the_same_bytes_at_two_places_are_two_recordings_with_two_folders_and_one_artifact() -> TestResult {
    let (_folder, root, case) = new_case()?;
    let one = finish(&case, "/in/one/call.wav", b"sound")?;
    let two = finish(&case, "/in/two/call.wav", b"sound")?;
    let upper = finish(&case, "/in/three/CALL.wav", b"sound")?;
    let hash = Digest::of(b"sound").short();
    let name = |id| case.recording(id).map(|recording| recording.folder.unwrap_or_default());
    assert_eq!(name(one)?, format!("call-{hash}"));
    assert_eq!(name(two)?, format!("call-{hash}-2"));
    assert_eq!(name(upper)?, format!("CALL-{hash}-3"), "no two names that differ only in case");
    case.store(&artifact(b"sound"))?;
    let artifacts = files_below(&root.join("artifacts"))?;
    assert_eq!(artifacts.len(), 1);
    Ok(())
}

#[test]
fn composed_and_decomposed_names_are_two_recordings_with_two_folders() -> TestResult {
    let (_folder, _root, case) = new_case()?;
    let composed = finish(&case, "/in/통화.wav", b"sound")?;
    let decomposed = finish(&case, "/in/\u{1110}\u{1169}\u{11BC}\u{1112}\u{116A}.wav", b"sound")?;
    assert_ne!(composed, decomposed);
    let hash = Digest::of(b"sound").short();
    assert_eq!(case.recording(composed)?.folder, Some(format!("통화-{hash}")));
    assert_eq!(case.recording(decomposed)?.folder, Some(format!("통화-{hash}-2")));
    Ok(())
}

#[test]
fn another_file_at_the_same_path_is_another_recording_and_the_old_one_stays() -> TestResult {
    let (_folder, _root, case) = new_case()?;
    let old = finish(&case, "/in/a.wav", b"old")?;
    let new = case.identify(add(&case, "/in/a.wav")?, Digest::of(b"new"))?;
    assert_ne!(old, new);
    assert_eq!(case.recording(old)?.status, RecordingStatus::Done);
    assert_eq!(case.recording(new)?.status, RecordingStatus::Pending);
    // And back again: the old bytes are known.
    assert_eq!(case.identify(add(&case, "/in/a.wav")?, Digest::of(b"old"))?, old);
    assert_eq!(case.recordings()?.len(), 2);
    Ok(())
}

#[cfg(unix)]
#[test]
fn a_name_that_is_not_text_survives_index_and_database() -> TestResult {
    use std::os::unix::ffi::OsStrExt;
    let (_folder, root, case) = new_case()?;
    let path = PathBuf::from(std::ffi::OsStr::from_bytes(b"/in/\xFF\xFEcaf\xE9\n\"x\".wav"));
    let id = case.identify(add(&case, &path)?, Digest::of(b"sound"))?;
    case.fail(id, "decode: no sound")?;
    assert_eq!(index(&root)?["recordings"][0]["path"], "/in/\\xFF\\xFEcaf\\xE9\n\"x\".wav");
    assert_eq!(CaseStatus::read(&root)?.recordings[0].path, path);
    drop(case);
    fs::remove_file(root.join("case.db"))?;
    let case = Case::create_or_open(&root, &made_by())?;
    assert_eq!(case.recording(id)?.path, path);
    assert_eq!(add(&case, &path)?, id);
    Ok(())
}

#[test]
fn a_lost_database_is_made_again_from_the_index() -> TestResult {
    let (_folder, root, case) = new_case()?;
    let id = finish(&case, "/in/a.wav", b"a")?;
    case.fail(add(&case, "/in/b.wav")?, "decode: broken")?;
    let recordings = case.recordings()?;
    drop(case);
    fs::remove_file(root.join("case.db"))?;
    let case = Case::create_or_open(&root, &made_by())?;
    assert_eq!(case.take_warnings(), vec![CaseWarning::DatabaseRebuilt]);
    assert_eq!(case.recordings()?, recordings);
    assert!(case.is_done(id, &artifacts_of(b"a"))?);
    Ok(())
}

#[test]
fn a_lost_or_torn_index_is_made_again_from_the_database() -> TestResult {
    let (_folder, root, case) = new_case()?;
    finish(&case, "/in/a.wav", b"a")?;
    drop(case);
    let whole = fs::read(root.join("case.json"))?;
    for damage in [None, Some(&whole[..whole.len() / 2]), Some(&b""[..]), Some(&b"[]"[..])] {
        match damage {
            Some(bytes) => fs::write(root.join("case.json"), bytes)?,
            None => fs::remove_file(root.join("case.json"))?,
        }
        assert_eq!(CaseStatus::read(&root).expect_err("no index").kind(), CaseErrorKind::DamagedIndex);
        let case = Case::create_or_open(&root, &made_by())?;
        assert_eq!(case.take_warnings(), vec![CaseWarning::IndexRebuilt]);
        assert_eq!(fs::read(root.join("case.json"))?, whole);
    }
    Ok(())
}

#[test]
fn without_database_a_damaged_index_is_an_error_and_stays_as_it_is() -> TestResult {
    let (_folder, root, case) = new_case()?;
    finish(&case, "/in/a.wav", b"a")?;
    drop(case);
    fs::remove_file(root.join("case.db"))?;
    fs::write(root.join("case.json"), b"{\"schema\": \"voiceman.case/1\", torn")?;
    for _ in 0..2 {
        let error = Case::create_or_open(&root, &made_by()).map(drop).expect_err("a damaged index");
        assert_eq!(error.kind(), CaseErrorKind::DamagedIndex);
        assert!(error.hint().contains("case.json"));
        assert!(fs::read_to_string(root.join("case.json"))?.ends_with("torn"));
    }
    Ok(())
}

#[test]
fn an_index_whose_names_lead_out_of_the_case_is_refused() -> TestResult {
    for name in ["../../home", "/etc", "a/b", "..", ".", "", "a\\b"] {
        let (_folder, root, case) = new_case()?;
        finish(&case, "/in/a.wav", b"a")?;
        drop(case);
        fs::remove_file(root.join("case.db"))?;
        let mut json = index(&root)?;
        json["recordings"][0]["folder"] = name.into();
        fs::write(root.join("case.json"), serde_json::to_vec(&json)?)?;
        let error = Case::create_or_open(&root, &made_by()).map(drop).expect_err("a name that leads out");
        assert_eq!(error.kind(), CaseErrorKind::DamagedIndex, "{name:?}");
    }
    Ok(())
}

#[test]
fn an_index_that_contradicts_itself_is_refused() -> TestResult {
    let (_folder, root, case) = new_case()?;
    finish(&case, "/in/a.wav", b"a")?;
    drop(case);
    fs::remove_file(root.join("case.db"))?;
    let mut json = index(&root)?;
    let twice = json["recordings"][0].clone();
    json["recordings"].as_array_mut().expect("a list").push(twice);
    fs::write(root.join("case.json"), serde_json::to_vec(&json)?)?;
    let error = Case::create_or_open(&root, &made_by()).map(drop).expect_err("a number twice");
    assert_eq!(error.kind(), CaseErrorKind::DamagedIndex);
    Ok(())
}

#[test]
fn a_damaged_database_is_an_error_that_says_what_to_do() -> TestResult {
    let (_folder, root, case) = new_case()?;
    finish(&case, "/in/a.wav", b"a")?;
    drop(case);
    let database = root.join("case.db");
    let whole = fs::read(&database)?;
    let mut scrambled = whole.clone();
    scrambled[100..].iter_mut().for_each(|byte| *byte ^= 0x5A);
    for damaged in [&b"this is no database, but a text that is longer than its header is"[..], &scrambled] {
        fs::write(&database, damaged)?;
        let error = Case::create_or_open(&root, &made_by()).map(drop).expect_err("a damaged database");
        assert_eq!(error.kind(), CaseErrorKind::DamagedDatabase, "{error}");
        assert!(error.hint().contains("move case.db"), "{}", error.hint());
        assert_eq!(fs::read(&database)?, damaged, "it is left as it was");
    }
    // Doing what the hint says helps.
    fs::remove_file(&database)?;
    assert_eq!(Case::create_or_open(&root, &made_by())?.recordings()?.len(), 1);
    Ok(())
}

#[test]
fn another_programs_database_is_refused() -> TestResult {
    let (_folder, root, case) = new_case()?;
    drop(case);
    fs::remove_file(root.join("case.db"))?;
    let other = rusqlite::Connection::open(root.join("case.db"))?;
    other.execute_batch("CREATE TABLE t (x); PRAGMA user_version = 1;")?;
    drop(other);
    let error = Case::create_or_open(&root, &made_by()).map(drop).expect_err("another program's database");
    assert_eq!(error.kind(), CaseErrorKind::DamagedDatabase);
    Ok(())
}

#[test]
fn newer_formats_are_refused_and_left_as_they_are() -> TestResult {
    let (_folder, root, case) = new_case()?;
    drop(case);
    let mut json = index(&root)?;
    json["schema"] = "voiceman.case/2".into();
    let newer = serde_json::to_vec(&json)?;
    let older = fs::read(root.join("case.json"))?;
    fs::write(root.join("case.json"), &newer)?;
    let expected = CaseErrorKind::NewerSchema { found: 2, known: 1 };
    let error = Case::create_or_open(&root, &made_by()).map(drop).expect_err("a newer index");
    assert_eq!(error.kind(), expected);
    assert_eq!(CaseStatus::read(&root).expect_err("a newer index").kind(), expected);
    assert_eq!(fs::read(root.join("case.json"))?, newer);

    fs::write(root.join("case.json"), older)?;
    let database = rusqlite::Connection::open(root.join("case.db"))?;
    database.pragma_update(None, "user_version", 7)?;
    drop(database);
    let error = Case::create_or_open(&root, &made_by()).map(drop).expect_err("a newer database");
    assert_eq!(error.kind(), CaseErrorKind::NewerSchema { found: 7, known: 1 });
    assert!(error.hint().contains("newer version"));
    Ok(())
}

#[test]
fn keys_of_a_later_addition_are_read_over() -> TestResult {
    let (_folder, root, case) = new_case()?;
    finish(&case, "/in/a.wav", b"a")?;
    drop(case);
    let mut json = index(&root)?;
    json["later"] = "addition".into();
    json["recordings"][0]["later"] = 1.into();
    fs::write(root.join("case.json"), serde_json::to_vec(&json)?)?;
    assert_eq!(CaseStatus::read(&root)?.totals.done, 1);
    Ok(())
}

#[test]
fn a_folder_with_other_things_is_not_made_a_case() -> TestResult {
    let folder = tempfile::tempdir()?;
    fs::write(folder.path().join("holiday.jpg"), b"picture")?;
    let error = Case::create_or_open(folder.path(), &made_by()).map(drop).expect_err("a folder in use");
    assert_eq!(error.kind(), CaseErrorKind::NotACase);
    assert_eq!(fs::read_dir(folder.path())?.count(), 1);
    assert_eq!(Case::open(folder.path()).map(drop).expect_err("no case").kind(), CaseErrorKind::NotACase);
    assert_eq!(CaseStatus::read(folder.path()).expect_err("no case").kind(), CaseErrorKind::NotACase);
    assert!(!is_case(folder.path()));
    Ok(())
}

#[test]
fn a_place_that_cannot_be_written_is_an_error_with_a_hint() -> TestResult {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("recording.wav");
    fs::write(&file, b"sound")?;
    for root in [file.clone(), file.join("CASE"), file.join("deep/er/CASE")] {
        let error = Case::create_or_open(&root, &made_by()).map(drop).expect_err("no folder can be there");
        assert_eq!(error.kind(), CaseErrorKind::NotAFolder, "{root:?}");
        assert!(!error.hint().is_empty());
    }
    assert_eq!(fs::read(&file)?, b"sound");
    // A file system that nobody may write to, whoever asks.
    #[cfg(target_os = "linux")]
    {
        let error = Case::create_or_open(Path::new("/proc/CASE"), &made_by()).map(drop).expect_err("not writable");
        assert!(matches!(error.kind(), CaseErrorKind::NotWritable | CaseErrorKind::Io), "{error:?}");
    }
    Ok(())
}

#[cfg(unix)]
#[test]
fn a_linked_folder_within_the_case_is_refused() -> TestResult {
    let (folder, root, case) = new_case()?;
    let originals = folder.path().join("originals");
    fs::create_dir(&originals)?;
    let id = case.identify(add(&case, "/in/a.wav")?, Digest::of(b"a"))?;
    let place = root.join("recordings").join(case.recording(id)?.folder.unwrap_or_default());
    std::os::unix::fs::symlink(&originals, &place)?;
    assert_eq!(case.write(id, "analysis.json", b"{}").expect_err("a link").kind(), CaseErrorKind::NotAFolder);
    assert_eq!(fs::read_dir(&originals)?.count(), 0);
    Ok(())
}

#[test]
fn names_that_are_no_plain_file_names_are_refused() -> TestResult {
    let (_folder, _root, case) = new_case()?;
    let id = case.identify(add(&case, "/in/a.wav")?, Digest::of(b"a"))?;
    for name in ["", ".", "..", "a/b", "../x", "/x", "a\\b", ".voiceman-x.tmp", "a\0b"] {
        assert_eq!(case.write(id, name, b"").expect_err(name).kind(), CaseErrorKind::BadFileName, "{name:?}");
    }
    for name in ["case.json", "case.db", "case.db-wal", "performance.json", "recordings", "artifacts", "../x"] {
        assert_eq!(case.write_case_file(name, b"").expect_err(name).kind(), CaseErrorKind::BadFileName, "{name:?}");
    }
    case.write_case_file("report.html", b"<p>")?;
    let unidentified = add(&case, "/in/b.wav")?;
    assert_eq!(case.write(unidentified, "x", b"").expect_err("no digest").kind(), CaseErrorKind::UnknownRecording);
    Ok(())
}

#[test]
fn writing_again_makes_a_done_recording_pending_until_it_is_finished() -> TestResult {
    let (_folder, root, case) = new_case()?;
    let id = finish(&case, "/in/a.wav", b"a")?;
    case.write(id, "analysis.json", b"{\"new\":true}")?;
    assert_eq!(CaseStatus::read(&root)?.recordings[0].status, RecordingStatus::Pending);
    assert!(!case.is_done(id, &artifacts_of(b"a"))?);
    Ok(())
}

#[test]
fn files_of_an_earlier_analysis_go_and_those_of_the_same_stay() -> TestResult {
    let (_folder, _root, case) = new_case()?;
    let id = case.identify(add(&case, "/in/a.wav")?, Digest::of(b"a"))?;
    let finished = |artifacts: &[u8], names: &[&str]| -> TestResult {
        let files = names.iter().map(|name| case.write(id, name, artifacts)).collect::<Result<_, _>>()?;
        let artifacts = artifacts_of(artifacts);
        Ok(case.finish(id, Finished { duration: ClipTime::ZERO, artifacts, files })?)
    };
    let there = || -> Result<Vec<String>, Box<dyn std::error::Error>> {
        let listed: Vec<String> = case.recording(id)?.files.into_iter().map(|file| file.name).collect();
        let on_disk = files_below(&case.folder(id)?)?.into_keys().map(|name| name.to_string_lossy().into_owned());
        assert_eq!(on_disk.collect::<Vec<_>>(), listed);
        Ok(listed)
    };
    finished(b"first", &["analysis.json", "transcript.srt"])?;
    finished(b"first", &["report.html"])?;
    assert_eq!(there()?, ["analysis.json", "report.html", "transcript.srt"]);
    finished(b"second", &["analysis.json"])?;
    assert_eq!(there()?, ["analysis.json"]);
    Ok(())
}

#[test]
fn a_missing_or_cut_result_file_means_not_done() -> TestResult {
    let (_folder, _root, case) = new_case()?;
    let id = finish(&case, "/in/a.wav", b"a")?;
    let file = case.folder(id)?.join("analysis.json");
    fs::write(&file, b"{")?;
    assert!(!case.is_done(id, &artifacts_of(b"a"))?);
    fs::remove_file(&file)?;
    assert!(!case.is_done(id, &artifacts_of(b"a"))?);
    Ok(())
}

#[test]
fn a_tampered_artifact_is_absent_with_a_warning_and_can_be_stored_again() -> TestResult {
    let (_folder, root, case) = new_case()?;
    let artifact = artifact(b"sound");
    case.store(&artifact)?;
    assert_eq!(case.load::<Vec<u8>>(&artifact.id)?, Some(artifact.clone()));
    let id = artifact.id.to_string();
    let path = root.join("artifacts").join(&id[..2]).join(format!("{id}.json"));
    let text = fs::read_to_string(&path)?.replace("[115,", "[116,");
    fs::write(&path, text)?;
    assert_eq!(case.load::<Vec<u8>>(&artifact.id)?, None);
    let warnings = case.take_warnings();
    assert!(matches!(warnings[..], [CaseWarning::ArtifactDistrusted { .. }]), "{warnings:?}");
    case.store(&artifact)?;
    assert_eq!(case.load::<Vec<u8>>(&artifact.id)?, Some(artifact));
    Ok(())
}

#[test]
fn performance_is_written_beside_the_index_and_into_the_history() -> TestResult {
    let (_folder, root, case) = new_case()?;
    let id = finish(&case, "/in/a.wav", b"a")?;
    assert_eq!(index(&root)?["performance"], serde_json::Value::Null);
    for run in 0..2 {
        let mut recorder = PerformanceRecorder::new(UNIX_EPOCH + Duration::from_secs(run));
        recorder.take(Duration::from_secs(1), &vad_finished(RecordingKey(0)));
        case.write_performance(&recorder.finish(Duration::from_secs(1), None, |_| id))?;
    }
    assert_eq!(index(&root)?["performance"], "performance.json");
    drop(case);
    let database = rusqlite::Connection::open(root.join("case.db"))?;
    let runs: i64 = database.query_row("SELECT count(*) FROM runs", [], |row| row.get(0))?;
    assert_eq!(runs, 2);
    Ok(())
}

#[test]
fn a_case_moved_elsewhere_goes_on() -> TestResult {
    let (folder, root, case) = new_case()?;
    let id = finish(&case, "/in/a.wav", b"a")?;
    drop(case);
    let moved = folder.path().join("moved");
    fs::rename(root, &moved)?;
    let other = MadeBy { version: "0.2.0".to_owned(), ..made_by() };
    let case = Case::create_or_open(&moved, &other)?;
    assert!(case.is_done(id, &artifacts_of(b"a"))?);
    assert_eq!(case.made_by()?, other);
    drop(case);
    assert_eq!(Case::open(&moved)?.made_by()?, other, "opening for reports changes nothing");
    Ok(())
}

#[test]
fn several_threads_may_use_a_case() -> TestResult {
    let (_folder, root, case) = new_case()?;
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let case = &case;
            scope.spawn(move || {
                for number in 0..5 {
                    let path = format!("/in/{thread}/{number}.wav");
                    finish(case, &path, path.as_bytes()).expect("finished");
                    case.store(&artifact(path.as_bytes())).expect("stored");
                }
            });
        }
    });
    assert_eq!(CaseStatus::read(&root)?.totals.done, 20);
    assert_eq!(files_below(&root.join("artifacts"))?.len(), 20);
    Ok(())
}

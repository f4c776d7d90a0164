//! Real files against the JSON Schemas in `docs/formats`, and files that version 1 wrote.

mod common;

use common::*;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};
use voiceman_base::{
    Bytes, ClipTime, DeviceFacts, DeviceReading, Digest, Event, MachineReading, NoticeKind, QueueReading, RecordingKey,
};
use voiceman_case::{Case, CaseStatus, CaseWarning, Performance, PerformanceRecorder, RecordingStatus};

/// Where a case that version 1 wrote is kept.
fn version_1() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/case-v1")
}

fn validator(schema: &str) -> Result<jsonschema::Validator, Box<dyn std::error::Error>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/formats");
    let schema: Value = serde_json::from_slice(&fs::read(folder.join(schema))?)?;
    Ok(jsonschema::validator_for(&schema)?)
}

fn errors(validator: &jsonschema::Validator, value: &Value) -> Vec<String> {
    validator.iter_errors(value).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

/// A case with everything that can be in one.
fn full_case(root: &Path) -> TestResult {
    let case = Case::create_or_open(root, &made_by())?;
    let done = finish(&case, "/evidence/통화 녹음.m4a", b"sound")?;
    case.store(&artifact(b"sound"))?;
    let broken = add(&case, "/evidence/broken.wav")?;
    case.fail(broken, "decode `broken.wav` at 0:01.500: the file ends here; copy it again from the phone")?;
    add(&case, "/evidence/left.opus")?;
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt;
        let path = PathBuf::from(std::ffi::OsStr::from_bytes(b"/evidence/caf\xE9.wav"));
        case.identify(add(&case, path)?, Digest::of(b"more sound"))?;
    }
    let mut recorder = PerformanceRecorder::new(UNIX_EPOCH + Duration::from_secs(1_790_000_000));
    for (second, event) in (1..).zip(every_event()) {
        recorder.take(Duration::from_secs(second), &event);
    }
    let ids = [done, broken];
    let performance = recorder.finish(Duration::from_secs(9), Some(Bytes::mebi(700)), |key| ids[key.0]);
    case.write_performance(&performance)?;
    Ok(())
}

/// A run of two recordings, the second of which is broken, with everything that is told on the way.
fn every_event() -> Vec<Event> {
    let device = |kind, has_thermometer| DeviceFacts {
        kind,
        name: "a device".into(),
        memory_bytes: Some(8_000_000_000),
        has_thermometer,
    };
    let reading = |temperature_c| MachineReading {
        devices: vec![
            DeviceReading::default(),
            DeviceReading { temperature_c, busy: Some(0.9), free_bytes: Some(7_000), power_w: Some(300.0) },
        ],
        process_bytes: Some(500_000_000),
        leased_bytes: 200_000_000,
        queues: vec![QueueReading { stage: "vad", waiting: 1, running: 1 }],
    };
    vec![
        Event::CaseStarted { recordings: 2, file_bytes: vec![5, 0] },
        Event::Machine {
            devices: vec![device("cpu", false), device("cuda", true)],
            memory_budget_bytes: 2_000_000_000,
        },
        Event::ModelLoaded { name: "whisper-base".into(), seconds: 0.712, memory_bytes: Some(300_000_000) },
        Event::Reading(reading(Some(84.0))),
        Event::Notice {
            kind: NoticeKind::Throttled,
            stage: Some("vad"),
            device: Some(1),
            recording: Some(RecordingKey(0)),
            text: "84 °C".into(),
        },
        Event::BatchFinished {
            stage: "vad",
            device: 1,
            recordings: 1,
            items: 3,
            allowed: 4,
            took: Duration::from_millis(80),
            waited: Duration::from_millis(10),
            memory_bytes: Some(9_000),
        },
        vad_finished(RecordingKey(0)),
        Event::Reading(reading(None)),
        Event::RecordingFailed { recording: RecordingKey(1), error: "decode `broken.wav`".into() },
    ]
}

#[test]
fn real_files_are_as_the_schemas_say() -> TestResult {
    let folder = tempfile::tempdir()?;
    let root = folder.path().join("CASE");
    full_case(&root)?;
    for (file, schema) in [("case.json", "case.schema.json"), ("performance.json", "performance.schema.json")] {
        let value: Value = serde_json::from_slice(&fs::read(root.join(file))?)?;
        let errors = errors(&validator(schema)?, &value);
        assert!(errors.is_empty(), "{file}: {errors:#?}");
    }
    let bytes = fs::read(root.join("performance.json"))?;
    let performance: Performance = serde_json::from_slice(&bytes)?;
    assert_eq!(performance.stages[0].fill, Some(0.75));
    assert_eq!(performance.devices[1].throttled_s, 4.0);
    let again: Value = serde_json::to_value(&performance)?;
    assert_eq!(again, serde_json::from_slice::<Value>(&bytes)?);
    let empty = folder.path().join("EMPTY");
    drop(Case::create_or_open(&empty, &made_by())?);
    assert!(errors(&validator("case.schema.json")?, &index(&empty)?).is_empty());
    Ok(())
}

#[test]
fn the_schemas_refuse_what_is_wrong() -> TestResult {
    let folder = tempfile::tempdir()?;
    full_case(&folder.path().join("CASE"))?;
    let good = index(&folder.path().join("CASE"))?;
    let validator = validator("case.schema.json")?;
    let changes: [(&str, Value); 6] = [
        ("/schema", "voiceman.case/2".into()),
        ("/recordings/0/sha256", "abc".into()),
        ("/recordings/0/status", "finished".into()),
        ("/recordings/0/folder", Value::Null),
        ("/recordings/1/error", Value::Null),
        ("/recordings/0/files/0/name", "../analysis.json".into()),
    ];
    for (place, value) in changes {
        let mut wrong = good.clone();
        *wrong.pointer_mut(place).ok_or(place)? = value;
        assert!(!errors(&validator, &wrong).is_empty(), "{place}");
    }
    Ok(())
}

#[test]
fn the_schema_of_performance_refuses_what_is_wrong() -> TestResult {
    let folder = tempfile::tempdir()?;
    full_case(&folder.path().join("CASE"))?;
    let good: Value = serde_json::from_slice(&fs::read(folder.path().join("CASE/performance.json"))?)?;
    let validator = validator("performance.schema.json")?;
    let changes: [(&str, Value); 7] = [
        ("/devices/0/has_thermometer", Value::Null),
        ("/devices/1/busy_mean", 1.5.into()),
        ("/bottleneck/share", "most".into()),
        ("/stages/0/fill", (-1).into()),
        ("/notices/0/kind", "hot".into()),
        ("/notice_counts", serde_json::json!({ "hot": 1 })),
        ("/readings/0/devices/1/temperature_c", "84".into()),
    ];
    for (place, value) in changes {
        let mut wrong = good.clone();
        *wrong.pointer_mut(place).ok_or(place)? = value;
        assert!(!errors(&validator, &wrong).is_empty(), "{place}");
    }
    Ok(())
}

#[test]
fn keys_stand_in_the_order_of_the_document() -> TestResult {
    let folder = tempfile::tempdir()?;
    full_case(&folder.path().join("CASE"))?;
    let text = fs::read_to_string(folder.path().join("CASE/case.json"))?;
    let keys = [
        "schema",
        "tool",
        "settings_sha256",
        "recordings",
        "id",
        "path",
        "sha256",
        "status",
        "error",
        "folder",
        "duration_s",
        "artifacts",
        "files",
        "totals",
        "performance",
    ];
    let mut from = 0;
    for key in keys {
        let place = text[from..].find(&format!("\"{key}\":")).ok_or(format!("`{key}` is not where it should be"))?;
        from += place;
    }
    Ok(())
}

/// Writes a case as this version writes it into the folder that `VOICEMAN_FIXTURE` names. `tests/data/case-v1` was made
/// by it and is never made again: it stands for what is on people's disks.
#[test]
#[ignore = "makes a fixture for a new schema"]
fn make_fixture() -> TestResult {
    let target = std::env::var_os("VOICEMAN_FIXTURE").ok_or("VOICEMAN_FIXTURE names no folder")?;
    full_case(Path::new(&target))
}

#[cfg(unix)]
fn check_version_1(case: &Case) -> TestResult {
    use std::os::unix::ffi::OsStrExt;
    let recordings = case.recordings()?;
    let statuses: Vec<_> = recordings.iter().map(|recording| recording.status).collect();
    use RecordingStatus::{Done, Failed, Pending};
    assert_eq!(statuses, [Done, Failed, Pending, Pending]);
    let done = &recordings[0];
    assert_eq!(done.path, Path::new("/evidence/통화 녹음.m4a"));
    assert_eq!(done.sha256, Some(Digest::of(b"sound")));
    assert_eq!(done.duration, Some(ClipTime::from_millis(61_500)));
    assert!(case.is_done(done.id, &artifacts_of(b"sound"))?);
    assert_eq!(recordings[1].error.as_deref().map(|error| error.starts_with("decode `broken.wav`")), Some(true));
    assert_eq!(recordings[3].path.as_os_str().as_bytes(), b"/evidence/caf\xE9.wav");
    Ok(())
}

#[cfg(unix)]
#[test]
fn a_case_of_version_1_is_read_and_goes_on() -> TestResult {
    let folder = tempfile::tempdir()?;
    let root = folder.path().join("CASE");
    copy_folder(&version_1(), &root)?;
    let status = CaseStatus::read(&root)?;
    assert_eq!((status.totals.done, status.totals.failed, status.totals.pending), (1, 1, 2));
    let case = Case::create_or_open(&root, &made_by())?;
    check_version_1(&case)?;
    let id = voiceman_base::ArtifactId::from_digest(
        "d06da17beb558f192fc78559b29d9eda9f865d8990950cf3665a85320fb1be3d".parse()?,
    );
    assert_eq!(case.load::<Vec<u8>>(&id)?.map(|artifact| artifact.value), Some(b"sound".to_vec()));
    assert_eq!(case.take_warnings(), Vec::new());
    finish(&case, "/evidence/left.opus", b"left")?;
    let performance: Performance = serde_json::from_slice(&fs::read(root.join("performance.json"))?)?;
    assert_eq!(performance.total_s, 9.0);
    assert_eq!((performance.bottleneck, performance.readings), (None, Vec::new()));
    Ok(())
}

#[cfg(unix)]
#[test]
fn an_index_of_version_1_alone_is_enough() -> TestResult {
    let folder = tempfile::tempdir()?;
    let root = folder.path().join("CASE");
    copy_folder(&version_1(), &root)?;
    fs::remove_file(root.join("case.db"))?;
    let case = Case::create_or_open(&root, &made_by())?;
    assert_eq!(case.take_warnings(), vec![CaseWarning::DatabaseRebuilt]);
    check_version_1(&case)
}

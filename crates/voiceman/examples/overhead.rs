//! What the runtime itself takes for a recording: `overhead [RECORDINGS]` (500 unless told) takes recordings through a flow of
//! thirteen nodes that do nothing, and prints milliseconds a recording: with queues, leases and threads alone; with the lines
//! in the database and the index of a case besides; and with thirteen artifacts and a result file, brought onto the disk.

#![expect(clippy::print_stdout, reason = "the numbers are what the program is for")]

use std::error::Error;
use std::fs;
use std::sync::Arc;
use std::time::{Duration, Instant};
use voiceman_base::{
    Artifact, ArtifactId, BatchShape, Bytes, ClipTime, Cost, DeviceFacts, DeviceReading, Digest, Event, EventSink,
    RecordingKey, StageIdentity, Watch,
};
use voiceman_case::{Case, Finished, MadeBy, RecordingId};
use voiceman_runtime::device::Device;
use voiceman_runtime::heat::Limits;
use voiceman_runtime::learnt::Costs;
use voiceman_runtime::schedule::{JobSpec, NodeSpec, Place, Rules};
use voiceman_runtime::{CancelToken, Drive, Executor, Node, Outcome, Trouble};

/// As many as the program's own flow has.
const NODES: [&str; 13] = [
    "decode",
    "vad",
    "transcribe",
    "align",
    "diarize",
    "attribute",
    "quality",
    "acoustics",
    "emotion",
    "language",
    "crosscheck",
    "score",
    "write",
];
/// Size of an artifact and of the result, in bytes.
const KEPT: usize = 8_000;

/// A recording of a case, and whether its results are kept.
struct InCase {
    case: Arc<Case>,
    recording: RecordingId,
    with_results: bool,
}

/// A recording, of a case or of none.
struct Subject(Option<InCase>);

struct Idle;

impl Executor<Subject, String> for Idle {
    fn run(&mut self, batch: &[Arc<Subject>], _: &dyn Watch) -> Vec<Result<(), Trouble<String>>> {
        batch.iter().map(|_| Ok(())).collect()
    }
}

struct OnPaper;

impl Device for OnPaper {
    fn facts(&self) -> DeviceFacts {
        DeviceFacts { kind: "cpu", name: "on paper".into(), memory_bytes: None, has_thermometer: false }
    }

    fn read(&self) -> DeviceReading {
        DeviceReading::default()
    }

    fn thermal_limits(&self) -> Option<Limits> {
        None
    }
}

struct Deaf;

impl EventSink for Deaf {
    fn emit(&self, _: Event) {}
}

fn artifact(stage: &'static str, recording: RecordingId) -> Artifact<String> {
    let own = ArtifactId::from_digest(Digest::of(&recording.number().to_le_bytes()));
    let identity = StageIdentity { id: stage, version: 1, settings: Digest::of(b""), models: Vec::new() };
    Artifact::new(&identity, vec![own], "x".repeat(KEPT))
}

/// Keeps what `stage` gave, and after the last one all that makes a recording finished.
fn keep(stage: &'static str, subject: &Subject) -> Result<(), String> {
    let Some(InCase { case, recording, with_results }) = &subject.0 else { return Ok(()) };
    let told = |error: voiceman_case::CaseError| error.to_string();
    if *with_results {
        case.store(&artifact(stage, *recording)).map_err(told)?;
    }
    if stage == "write" {
        let result = with_results.then(|| case.write(*recording, "analysis.json", "x".repeat(KEPT).as_bytes()));
        let files = result.transpose().map_err(told)?.into_iter().collect();
        let artifacts = NODES.iter().map(|stage| ((*stage).to_owned(), artifact(stage, *recording).id)).collect();
        let duration = ClipTime::from_seconds(10.0);
        case.finish(*recording, Finished { duration, artifacts, files }).map_err(told)?;
    }
    Ok(())
}

fn node(number: usize) -> Node<Subject, String> {
    let stage = NODES[number];
    let place = match stage {
        "decode" | "write" => Place::Io,
        "transcribe" => Place::Device { accelerator: None },
        _ => Place::Compute,
    };
    let spec = NodeSpec {
        name: stage,
        after: number.checked_sub(1).into_iter().collect(),
        place,
        shape: BatchShape::recordings(Bytes::mebi(1)),
        instances: 1,
        holds_memory: number == 0,
        after_kept: stage == "write",
        keeps: true,
    };
    Node {
        spec,
        cost: Box::new(|_| Some(Cost { items: 1, audio: ClipTime::from_seconds(10.0) })),
        build: Arc::new(|_| Ok(Box::new(Idle) as Box<dyn Executor<_, _>>)),
        keep: Some(Arc::new(move |subject| keep(stage, subject))),
        preload: false,
    }
}

/// Milliseconds a recording.
fn taken(count: usize, subject: impl Fn(usize) -> Subject) -> f64 {
    let drive = Drive {
        nodes: (0..NODES.len()).map(node).collect(),
        devices: vec![Arc::new(OnPaper)],
        budgets: vec![Bytes::mebi(4096)],
        io_threads: 2,
        compute_threads: 2,
        rules: Rules::DEFAULT,
        limits: Limits::SPECIFICATION,
        poll: Duration::from_secs(5),
        costs: Costs::unknown("on paper"),
        cancel: CancelToken::new(),
        events: Arc::new(Deaf),
    };
    let jobs: Vec<JobSpec> = (0..count).map(|job| JobSpec { key: RecordingKey(job) }).collect();
    let began = Instant::now();
    drive.run(&jobs, subject, |job, outcome| assert!(outcome == Outcome::Done, "{job}: {outcome:?}"));
    began.elapsed().as_secs_f64() * 1e3 / count as f64
}

fn main() -> Result<(), Box<dyn Error>> {
    let recordings: usize = std::env::args().nth(1).map_or(Ok(500), |number| number.parse())?;
    let folder = tempfile::tempdir_in(".")?;
    let sources = folder.path().join("sources");
    fs::create_dir(&sources)?;
    let paths: Vec<_> = (0..recordings).map(|number| sources.join(format!("{number}.wav"))).collect();
    for path in &paths {
        fs::write(path, path.display().to_string())?;
    }
    let made_by = MadeBy { tool: "overhead".into(), version: "0".into(), settings_sha256: Digest::of(b"") };
    let case = Arc::new(Case::create_or_open(&folder.path().join("case"), &made_by)?);
    let added = case.add(&paths)?;
    for (id, path) in added.iter().zip(&paths) {
        case.identify(*id, Digest::of(path.display().to_string().as_bytes()))?;
    }
    let of_case = |job: usize, with_results| {
        Subject(Some(InCase { case: Arc::clone(&case), recording: added[job], with_results }))
    };
    println!("{recordings} recordings through {} nodes that do nothing, ms a recording:", NODES.len());
    println!("queues, leases and threads      {:.3}", taken(recordings, |_| Subject(None)));
    println!("and the database and the index  {:.3}", taken(recordings, |job| of_case(job, false)));
    println!("and all results on the disk     {:.3}", taken(recordings, |job| of_case(job, true)));
    Ok(())
}

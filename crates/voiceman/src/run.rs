//! Analysing a list of files and folders into a case, and writing its reports again.

use crate::discover::{Found, discover};
use crate::engines::Engines;
use crate::error::{Error, ErrorKind, RecordingError};
use crate::flow::{self, Run};
use crate::keys::{Identities, REPORT, report_id};
use crate::machine::Machine;
use crate::outputs::{LISTENING_FILE, Outputs, REPORT_FILE};
use crate::selection::{Selection, StageName};
use crate::settings::Settings;
use crate::subject::Subject;
use crate::watching::Teller;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use voiceman_base::{Event, EventSink, ModelIdentity, ProducedBy, RecordingAnalysis, RecordingKey};
use voiceman_case::{Case, CaseWarning, Finished, MadeBy, Performance, RecordingStatus};
use voiceman_infer::store::{Model, ModelStore, Role};
use voiceman_runtime::schedule::{JobSpec, best_order};
use voiceman_runtime::{CancelToken, Failure, Outcome};

#[cfg(test)]
mod tests;

const TOOL: &str = "voiceman";

/// What is to be analysed.
#[derive(Clone, Debug)]
pub struct AnalyzeRequest {
    /// Files and folders.
    pub paths: Vec<PathBuf>,
    /// Case folder; created when missing.
    pub case: PathBuf,
    /// All settings.
    pub settings: Settings,
    /// Which stages.
    pub selection: Selection,
    /// Which files.
    pub outputs: Outputs,
}

/// What became of a run.
#[derive(Debug)]
pub struct CaseSummary {
    /// The case folder.
    pub case: PathBuf,
    /// The report over the case, if there is one.
    pub report: Option<PathBuf>,
    /// All recordings of the run, in order.
    pub recordings: Vec<RecordingSummary>,
    /// The user asked to stop before everything was done.
    pub interrupted: bool,
    /// What a person should know about the case.
    pub warnings: Vec<CaseWarning>,
    /// Names of recordings that are not in the report over the case, because this version cannot read their results.
    pub unread: Vec<String>,
    /// What the run took, if it did anything.
    pub performance: Option<Performance>,
}

/// What became of one recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordingSummary {
    /// Where it lies.
    pub path: PathBuf,
    /// What became of it.
    pub outcome: RecordingOutcome,
}

/// What became of one recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecordingOutcome {
    /// Its results are in the case.
    Done {
        /// They were there already.
        cached: bool,
    },
    /// It could not be analysed, and why.
    Failed(String),
    /// The run was interrupted before it was done.
    Left,
}

impl CaseSummary {
    /// How many recordings have results.
    pub fn done(&self) -> usize {
        self.count(|outcome| matches!(outcome, RecordingOutcome::Done { .. }))
    }

    /// How many could not be analysed.
    pub fn failed(&self) -> usize {
        self.count(|outcome| matches!(outcome, RecordingOutcome::Failed(_)))
    }

    /// Whether everything was there already.
    pub fn did_nothing(&self) -> bool {
        self.count(|outcome| *outcome == RecordingOutcome::Done { cached: true }) == self.recordings.len()
    }

    fn count(&self, which: impl Fn(&RecordingOutcome) -> bool) -> usize {
        self.recordings.iter().filter(|recording| which(&recording.outcome)).count()
    }
}

/// Analyses recordings into a case. Running it again goes on where it stopped; nothing finished is done twice.
///
/// # Errors
/// When the run cannot begin or go on: nothing to analyse, case folder not usable, model or library missing. What is wrong
/// with one recording is no error: it stands in the summary and in the case.
pub fn analyze(
    request: &AnalyzeRequest,
    events: &Arc<dyn EventSink>,
    cancel: &CancelToken,
) -> Result<CaseSummary, Error> {
    let store = Arc::new(ModelStore::open(None)?);
    let run = || {
        let machine = Machine::found(&request.settings.run, &store)?;
        let engines = Engines::new(&request.settings, &request.selection, &store, machine.accelerator())?;
        analyze_with(request, engines, &machine, events, cancel)
    };
    // Where one model is missing, all that are missing are named at once.
    run().map_err(|error| match missing_models(&store, request) {
        Ok(names) if error.kind() == ErrorKind::Missing && !names.is_empty() => Error::ModelsMissing(names),
        _ => error,
    })
}

/// Models that the request needs, the inference library included, and that are not on this machine.
fn missing_models(store: &ModelStore, request: &AnalyzeRequest) -> Result<Vec<String>, Error> {
    let mut needed = vec![store.default_for(Role::Runtime)?, store.default_for(Role::Vad)?];
    if request.selection.has(StageName::Transcribe) {
        needed.push(store.manifest().find(&request.settings.models.stt)?);
    }
    if request.selection.has(StageName::Acoustics) && request.settings.acoustics.second_pitch.estimate {
        needed.push(store.default_for(Role::Pitch)?);
    }
    if request.selection.has(StageName::Emotion) {
        for (name, _) in request.settings.emotion.networks() {
            needed.push(store.model(name)?);
        }
    }
    if request.selection.has(StageName::Language) {
        needed.push(store.default_for(Role::Morphemes)?);
    }
    let present = |model: &Model| match model.role() {
        Role::Runtime => store.runtime_library().is_ok(),
        _ => store.folder(model.name()).is_ok(),
    };
    Ok(needed.into_iter().filter(|model| !present(model)).map(|model| model.name().to_owned()).collect())
}

/// As [`analyze`], with given stages.
pub(crate) fn analyze_with(
    request: &AnalyzeRequest,
    engines: Engines,
    machine: &Machine,
    events: &Arc<dyn EventSink>,
    cancel: &CancelToken,
) -> Result<CaseSummary, Error> {
    let found = discover(&request.paths, Some(&request.case));
    if found.is_empty() {
        return Err(Error::NoRecording(
            request.paths.iter().map(|path| format!("`{}`", crate::shown(path))).collect::<Vec<_>>().join(", "),
        ));
    }
    let produced_by = produced_by(&request.settings, &request.selection, &engines);
    let case = Arc::new(open(request, &produced_by)?);
    let paths: Vec<PathBuf> = found.iter().map(|found| found.path().to_owned()).collect();
    let teller = Arc::new(Teller::new(Arc::clone(events), case.add(&paths)?));
    let file_bytes = paths.iter().map(|path| std::fs::metadata(path).map_or(0, |facts| facts.len())).collect();
    teller.emit(Event::CaseStarted { recordings: found.len(), file_bytes });

    let mut recordings: Vec<RecordingSummary> =
        paths.iter().map(|path| RecordingSummary { path: path.clone(), outcome: RecordingOutcome::Left }).collect();
    let mut case_failure = None;
    let mut fail = |key: RecordingKey, error: String| {
        case_failure = case.fail(teller.id(key), &error).err().or(case_failure.take());
        teller.recording_failed(key, error);
    };
    let mut usable = Vec::new();
    for (index, found) in found.iter().enumerate() {
        match found {
            Found::Recording(_) => usable.push(index),
            Found::Unusable(path, why) => {
                let key = RecordingKey(index);
                teller.recording_started(key, path);
                let error = RecordingError::from(why.clone()).with_hint();
                recordings[index].outcome = RecordingOutcome::Failed(error.clone());
                fail(key, error);
            }
        }
    }
    let preload = request.settings.run.preload
        && case.recordings()?.iter().any(|recording| recording.status == RecordingStatus::Pending);
    let run = Arc::new(Run {
        case: Arc::clone(&case),
        settings: request.settings.clone(),
        selection: request.selection.clone(),
        outputs: request.outputs.clone(),
        identities: Identities::new(
            voiceman_audio::identity(&request.settings.decode),
            &engines,
            &produced_by,
            &request.outputs,
        ),
        produced_by,
        teller: Arc::clone(&teller),
        preload,
    });
    let mut setup = None;
    let jobs: Vec<(RecordingKey, PathBuf)> = in_good_order(&usable, &paths);
    machine.tell(&run);
    let drive = machine.drive(&run, flow::nodes(&run, engines), cancel);
    let specs: Vec<JobSpec> = jobs.iter().map(|(key, _)| JobSpec { key: *key }).collect();
    let make = |job: usize| Subject::new(jobs[job].0, jobs[job].1.clone());
    let costs = drive.run(&specs, make, |job, outcome| {
        let key = jobs[job].0;
        match outcome {
            Outcome::Done => {
                let cached = teller.was_cached(key);
                recordings[key.0].outcome = RecordingOutcome::Done { cached };
            }
            Outcome::NotReached => {}
            // No other recording can be analysed either.
            Outcome::Failed(Failure::Error(RecordingError::Setup(error))) => {
                setup = setup.take().or(Some(*error));
                cancel.cancel();
            }
            Outcome::Failed(failure) => {
                // It may have failed before it was opened.
                teller.recording_started(key, &jobs[job].1);
                let error = RecordingError::from(failure).with_hint();
                recordings[key.0].outcome = RecordingOutcome::Failed(error.clone());
                fail(key, error);
            }
        }
    });
    machine.learnt(&run, &costs);
    case.settle()?;
    if let Some(error) = setup {
        return Err(error);
    }
    if let Some(error) = case_failure {
        return Err(Error::Case(error));
    }
    let interrupted = recordings.iter().any(|recording| recording.outcome == RecordingOutcome::Left);
    let mut summary = CaseSummary {
        case: request.case.clone(),
        report: None,
        recordings,
        interrupted,
        warnings: Vec::new(),
        unread: Vec::new(),
        performance: None,
    };
    let report = request.case.join(REPORT_FILE);
    // A run that found everything done keeps the figures of the run that did it.
    if summary.count(|outcome| *outcome == RecordingOutcome::Done { cached: false }) > 0 {
        let performance = teller.performance();
        case.write_performance(&performance)?;
        summary.performance = Some(performance);
    }
    if !summary.did_nothing() || !report.is_file() {
        summary.unread = request.outputs.write_case(&case)?;
    }
    teller.emit(Event::CaseFinished { done: summary.done(), failed: summary.failed() });
    summary.report = Some(report);
    summary.warnings = case.take_warnings();
    Ok(summary)
}

/// Recordings in the order in which the whole takes least, as far as their files' sizes tell.
fn in_good_order(usable: &[usize], paths: &[PathBuf]) -> Vec<(RecordingKey, PathBuf)> {
    let size = |index: &usize| std::fs::metadata(&paths[*index]).map_or(0.0, |file| file.len() as f64);
    // Parts of the time that opening, hearing and the rest take; only their proportions matter.
    let times: Vec<[f64; 3]> = usable.iter().map(size).map(|size| [0.1 * size, size, 0.1 * size]).collect();
    let job = |place: usize| (RecordingKey(usable[place]), paths[usable[place]].clone());
    best_order(&times).into_iter().map(job).collect()
}

fn open(request: &AnalyzeRequest, produced_by: &ProducedBy) -> Result<Case, Error> {
    let made_by = MadeBy {
        tool: produced_by.tool.clone(),
        version: produced_by.version.clone(),
        settings_sha256: produced_by.settings_sha256,
    };
    Ok(Case::create_or_open(&request.case, &made_by)?)
}

fn produced_by(settings: &Settings, selection: &Selection, engines: &Engines) -> ProducedBy {
    let mut models: Vec<ModelIdentity> = Vec::new();
    for stage in StageName::ALL.into_iter().filter(|stage| selection.has(*stage)) {
        let new = engines.models_of(stage).iter().filter(|model| !models.contains(model)).cloned().collect::<Vec<_>>();
        models.extend(new);
    }
    ProducedBy {
        tool: TOOL.to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        settings_sha256: settings.sha256(),
        models,
        lexicons: engines.lexicons.clone(),
    }
}

/// What came of writing reports again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reported {
    /// The report over the case.
    pub report: PathBuf,
    /// Names of recordings that are not in it, because this version cannot read their results. Their own reports stay as
    /// they were.
    pub unread: Vec<String>,
}

/// Writes the reports of a case again from what the case holds, without models.
///
/// # Errors
/// When there is no case, or it cannot be read or written.
pub fn report(root: &Path, outputs: &Outputs) -> Result<Reported, Error> {
    let case = Case::open(root)?;
    for recording in case.recordings()?.into_iter().filter(|recording| recording.status == RecordingStatus::Done) {
        let (Some(analysis_id), Some(listening_id)) =
            (recording.artifacts.get("analysis"), recording.artifacts.get("listening"))
        else {
            continue;
        };
        let Some(analysis) = case.load::<RecordingAnalysis>(analysis_id)? else { continue };
        let listening = std::fs::read(case.folder(recording.id)?.join(LISTENING_FILE)).ok();
        let written = outputs.write(&case, recording.id, &analysis.value, listening.as_deref())?;
        let kept = recording.files.iter().filter(|file| file.name == LISTENING_FILE).cloned();
        let mut artifacts = recording.artifacts.clone();
        artifacts.insert(REPORT.to_owned(), report_id(outputs, *analysis_id, *listening_id));
        let duration = analysis.value.source.duration;
        case.finish(recording.id, Finished { duration, artifacts, files: written.into_iter().chain(kept).collect() })?;
    }
    let unread = outputs.write_case(&case)?;
    Ok(Reported { report: root.join(REPORT_FILE), unread })
}

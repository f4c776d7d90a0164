//! `voiceman analyze`.

use crate::args::{AnalyzeArgs, ProgressMode};
use crate::exit::Exit;
use crate::interrupt;
use crate::metrics::Metrics;
use crate::out;
use crate::problem::Problem;
use crate::progress;
use crate::took;
use clap::ArgMatches;
use clap::parser::ValueSource;
use std::sync::Arc;
use voiceman::{AnalyzeRequest, CaseSummary, LinkRequest, Origin, Outputs, Selection, Settings, SettingsSources};

/// Environment variable of `run.ser_device`.
const SER_DEVICE: &str = "SER_DEVICE";

/// Analyses, and says where the report is.
pub fn run(args: AnalyzeArgs, matches: Option<&ArgMatches>) -> Result<Exit, Problem> {
    let settings = Settings::read(&sources(&args, matches)).map_err(voiceman::Error::from)?;
    let request = AnalyzeRequest {
        paths: args.paths,
        case: args.out,
        settings,
        selection: selection(&args.stages, &args.skip)?,
        outputs: Outputs { formats: args.outputs.format, language: args.outputs.report_language },
    };
    let mut events = progress::sink(args.talk);
    if let Some(address) = args.metrics {
        events = Arc::new(Metrics::serve(address, events)?);
    }
    let summary = voiceman::analyze(&request, &events, &interrupt::token())?;
    let told = !args.talk.quiet && matches!(args.talk.progress, ProgressMode::Auto | ProgressMode::Plain);
    if let Some(performance) = summary.performance.as_ref().filter(|_| told) {
        took::lines(performance).iter().for_each(|line| out::say(line));
    }
    if args.link_speakers {
        let links = voiceman::link(
            &request.case,
            &LinkRequest { language: Some(request.outputs.language), ..LinkRequest::default() },
        )?;
        if !args.talk.quiet {
            out::say(&format!("{} pairs of speakers sound alike; `voiceman link` lists them", links.proposals.len()));
        }
    }
    tell(&summary, args.talk.quiet)
}

/// Options that are settings, as the layer they were given in.
fn sources(args: &AnalyzeArgs, matches: Option<&ArgMatches>) -> SettingsSources {
    let mut sources = SettingsSources { config: args.config.clone(), ..SettingsSources::default() };
    let options = [
        ("language", "transcribe.languages", &args.language),
        ("model", "models.stt", &args.model),
        ("beam", "transcribe.beam", &args.beam),
        ("speakers", "diarize.speakers", &args.speakers),
        ("min_speakers", "diarize.min_speakers", &args.min_speakers),
        ("max_speakers", "diarize.max_speakers", &args.max_speakers),
        ("threads", "run.threads", &args.threads),
        ("device", "run.device", &args.device),
        ("memory", "run.memory", &args.memory),
        ("jobs", "run.jobs", &args.jobs),
    ];
    for (option, key, value) in options {
        let Some(value) = value else { continue };
        let assignment = if option == "language" { languages(key, value) } else { format!("{key}={value}") };
        if matches.and_then(|matches| matches.value_source(option)) == Some(ValueSource::EnvVariable) {
            let name = format!("VOICEMAN_{}", option.to_uppercase());
            sources.environment.push((assignment, Origin::Environment(name)));
        } else {
            sources
                .command_line
                .push((assignment, Origin::CommandLine(format!("--{} {value}", option.replace('_', "-")))));
        }
    }
    // The specification's own name for it.
    if let Ok(device) = std::env::var(SER_DEVICE) {
        let origin = Origin::Environment(SER_DEVICE.to_owned());
        sources.environment.push((format!("run.ser_device={device}"), origin));
    }
    for assignment in &args.set {
        sources.command_line.push((assignment.clone(), Origin::CommandLine(format!("--set {assignment}"))));
    }
    sources
}

/// `auto` leaves the choice to the model, one code gives the language, several restrict the choice.
fn languages(key: &str, value: &str) -> String {
    let codes: Vec<String> = value.split(',').filter(|code| *code != "auto").map(|code| format!("{code:?}")).collect();
    format!("{key}=[{}]", codes.join(", "))
}

fn selection(stages: &[voiceman::StageName], skip: &[voiceman::StageName]) -> Result<Selection, Problem> {
    let chosen = if stages.is_empty() { Selection::default() } else { Selection::of(stages) };
    let chosen = chosen.without(skip);
    if chosen.is_empty() {
        return Err(Problem::usage("no stage is left to run", "ask for fewer stages in --skip"));
    }
    Ok(chosen)
}

/// The last words, the path of the report on stdout, and the exit code.
fn tell(summary: &CaseSummary, quiet: bool) -> Result<Exit, Problem> {
    let (done, failed, total) = (summary.done(), summary.failed(), summary.recordings.len());
    let case = voiceman::shown(&summary.case);
    if summary.interrupted {
        out::say(&format!("interrupted: {done} of {total} recordings are done and kept in {case}"));
        out::say(&format!("to go on, run it again: {}", interrupt::typed_command()));
        return Ok(Exit::Interrupted);
    }
    out::unread(&summary.unread);
    if failed > 0 {
        out::say(&format!("{failed} of {total} recordings failed; {case}/case.json says which and why"));
    } else if !quiet && summary.did_nothing() {
        out::say(&format!("nothing to do: all {total} recordings were done already"));
    }
    if let Some(report) = &summary.report {
        out::line(&report.display().to_string())?;
    }
    Ok(Exit::of(done, failed))
}

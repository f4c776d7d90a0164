//! The voiceman command line: arguments, progress, messages, exit codes. No analysis.

mod analyze;
mod args;
mod docs;
mod doctor;
mod egemaps;
mod exit;
mod inspect;
mod interrupt;
mod link;
mod metrics;
mod models;
mod out;
mod problem;
mod progress;
mod report;
mod status;
mod took;

use args::{Cli, Command};
use clap::{CommandFactory, FromArgMatches};
use exit::Exit;
use problem::Problem;
use std::process::ExitCode;

fn main() -> ExitCode {
    voiceman::install_quiet_hook();
    problem::set_style();
    let exit = voiceman::catch(run).unwrap_or_else(|panicked| Err(Problem::bug(&panicked)));
    exit.unwrap_or_else(Problem::tell).into()
}

/// Does what was typed.
fn run() -> Result<Exit, Problem> {
    let matches = command().get_matches();
    let cli = Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    match cli.command {
        Command::Analyze(args) => analyze::run(*args, matches.subcommand_matches("analyze")),
        Command::Report(args) => report::run(&args),
        Command::Inspect(args) => inspect::run(&args),
        Command::Status(args) => status::run(&args),
        Command::Link(args) => link::run(&args),
        Command::Egemaps(args) => egemaps::run(&args),
        Command::Models(command) => models::run(command),
        Command::Doctor => doctor::run(),
        Command::Help(args) => docs::help(args.topic.as_deref()),
        Command::GenerateDocs { folder } => docs::generate(&folder),
    }
}

/// The command line with the versions of the libraries inside.
fn command() -> clap::Command {
    Cli::command().long_version(voiceman::versions())
}

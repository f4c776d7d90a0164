//! `voiceman help`, and the manual page and completions that an installation takes along.

use crate::exit::Exit;
use crate::out;
use crate::problem::Problem;
use clap_complete::Shell;
use std::fs;
use std::io;
use std::path::Path;

/// Prints help: for the program, one of its commands, or the settings.
pub fn help(topic: Option<&str>) -> Result<Exit, Problem> {
    let mut command = crate::command();
    command.build();
    let text = match topic {
        Some("settings") => voiceman::DEFAULT_SETTINGS.to_owned(),
        None => command.render_long_help().to_string(),
        Some(topic) => match command.find_subcommand_mut(topic) {
            Some(command) => command.render_long_help().to_string(),
            None => return Err(Problem::usage(format!("there is no help on `{topic}`"), "try `voiceman help`")),
        },
    };
    out::text(&text)?;
    Ok(Exit::Done)
}

/// Writes `voiceman.1` and a completion file for each shell into `folder`.
pub fn generate(folder: &Path) -> Result<Exit, Problem> {
    write_all(folder).map_err(|error| {
        let shown = voiceman::shown(folder);
        Problem::usage(format!("failed to write into `{shown}`: {error}"), "choose a folder that can be written")
    })?;
    Ok(Exit::Done)
}

fn write_all(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let mut command = crate::command();
    clap_mangen::generate_to(command.clone(), folder)?;
    for shell in [Shell::Bash, Shell::Zsh, Shell::Fish, Shell::PowerShell] {
        clap_complete::generate_to(shell, &mut command, "voiceman", folder)?;
    }
    Ok(())
}

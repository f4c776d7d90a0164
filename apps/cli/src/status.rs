//! `voiceman status`.

use crate::args::StatusArgs;
use crate::exit::Exit;
use crate::out;
use crate::problem::Problem;

/// Prints a line for every recording of the case.
pub fn run(args: &StatusArgs) -> Result<Exit, Problem> {
    let recordings = voiceman::status(&args.case)?;
    for recording in &recordings {
        if args.json {
            let line = serde_json::to_string(recording).map_err(|error| Problem::output(error.into()))?;
            out::line(&line)?;
        } else {
            let why = recording.error.as_ref().map(|error| format!(": {error}")).unwrap_or_default();
            out::line(&format!("{:<8} {}{why}", recording.status, recording.path))?;
        }
    }
    Ok(Exit::Done)
}

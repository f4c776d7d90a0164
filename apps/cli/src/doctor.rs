//! `voiceman doctor`.

use crate::exit::Exit;
use crate::out;
use crate::problem::Problem;
use voiceman::Health;

/// Prints a line for everything an analysis needs, with what to do where something is wrong.
pub fn run() -> Result<Exit, Problem> {
    let mut exit = Exit::Done;
    for check in voiceman::doctor() {
        let word = match check.health {
            Health::Ok => "ok",
            Health::Warning => "warning",
            Health::Failure => {
                exit = Exit::Missing;
                "failure"
            }
        };
        out::line(&format!("{word:<8} {:<18} {}", check.what, check.found))?;
        if let Some(advice) = &check.advice {
            out::line(&format!("{:<27} -> {advice}", ""))?;
        }
    }
    Ok(exit)
}

//! `voiceman report`.

use crate::args::ReportArgs;
use crate::exit::Exit;
use crate::out;
use crate::problem::Problem;
use voiceman::Outputs;

/// Writes the reports of a case again, and says where they are.
pub fn run(args: &ReportArgs) -> Result<Exit, Problem> {
    let outputs = Outputs { formats: args.outputs.format.clone(), language: args.outputs.report_language };
    let reported = voiceman::report(&args.case, &outputs)?;
    out::unread(&reported.unread);
    out::line(&reported.report.display().to_string())?;
    Ok(Exit::Done)
}

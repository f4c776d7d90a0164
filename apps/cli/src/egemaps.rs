//! `voiceman egemaps`.

use crate::args::EgemapsArgs;
use crate::exit::Exit;
use crate::out;
use crate::problem::Problem;
use voiceman::shown;

/// Writes the functionals of every recording of a case that is done, and prints where they are.
pub fn run(args: &EgemapsArgs) -> Result<Exit, Problem> {
    let (mut good, mut bad) = (0, 0);
    let mut failure = None;
    voiceman::egemaps(&args.case, args.corrected, &mut |path, written| {
        match written {
            Ok(file) => {
                good += 1;
                failure = out::line(&file.display().to_string()).err();
            }
            Err(error) => {
                bad += 1;
                out::say(&format!("{}: {}", shown(path), error.with_hint()));
            }
        }
        failure.is_none()
    })?;
    if let Some(problem) = failure {
        return Err(problem);
    }
    Ok(Exit::of(good, bad))
}

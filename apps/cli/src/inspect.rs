//! `voiceman inspect`.

use crate::args::InspectArgs;
use crate::exit::Exit;
use crate::out;
use crate::problem::Problem;
use voiceman::{SourceFacts, shown};

/// Prints what the files say about themselves; no model is needed.
pub fn run(args: &InspectArgs) -> Result<Exit, Problem> {
    let (mut good, mut bad) = (0, 0);
    let mut failure = None;
    voiceman::inspect(&args.paths, &mut |path, facts| {
        let said = match facts {
            Ok(facts) => {
                good += 1;
                if args.json { json(&facts).and_then(|line| out::line(&line)) } else { out::text(&text(path, &facts)) }
            }
            Err(error) => {
                bad += 1;
                out::say(&format!("{}: {}", shown(path), error.with_hint()));
                Ok(())
            }
        };
        failure = said.err();
        failure.is_none()
    });
    if let Some(problem) = failure {
        return Err(problem);
    }
    Ok(match (good, bad) {
        (_, 0) => Exit::Done,
        (0, _) => Exit::AllFailed,
        _ => Exit::SomeFailed,
    })
}

fn json(facts: &SourceFacts) -> Result<String, Problem> {
    serde_json::to_string(facts).map_err(|error| Problem::output(error.into()))
}

fn text(path: &std::path::Path, facts: &SourceFacts) -> String {
    let mut text = format!(
        "{}\n  container  {}\n  codec      {}\n  sound      {} Hz, {} channel{}, {} samples, {}\n  decoder    {} {}\n  \
         trimming   {}\n  file       {} bytes, SHA-256 {}\n  samples    SHA-256 {}\n",
        shown(path),
        facts.container,
        facts.codec,
        facts.sample_rate,
        facts.channels,
        if facts.channels == 1 { "" } else { "s" },
        facts.samples,
        facts.duration,
        facts.decoder.name,
        facts.decoder.version,
        facts.trimming,
        facts.file.bytes,
        facts.file.sha256,
        facts.samples_sha256,
    );
    for warning in &facts.warnings {
        text.push_str(&format!("  warning    {}\n", warning.text));
    }
    text
}

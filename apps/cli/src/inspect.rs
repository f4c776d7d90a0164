//! `voiceman inspect`.

mod quality;

use crate::args::InspectArgs;
use crate::exit::Exit;
use crate::out;
use crate::problem::Problem;
use voiceman::{Inspection, shown};

/// Prints what the files say about themselves; no model is needed.
pub fn run(args: &InspectArgs) -> Result<Exit, Problem> {
    let (mut good, mut bad) = (0, 0);
    let mut failure = None;
    voiceman::inspect(&args.paths, &mut |path, inspection| {
        let said = match inspection {
            Ok(inspection) => {
                good += 1;
                match args.json {
                    true => json(&inspection).and_then(|line| out::line(&line)),
                    false => out::text(&text(path, &inspection)),
                }
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
    Ok(Exit::of(good, bad))
}

fn json(inspection: &Inspection) -> Result<String, Problem> {
    serde_json::to_string(inspection).map_err(|error| Problem::output(error.into()))
}

fn text(path: &std::path::Path, Inspection { facts, quality, verdicts }: &Inspection) -> String {
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
    text + &quality::measures(quality) + &quality::verdicts(verdicts)
}

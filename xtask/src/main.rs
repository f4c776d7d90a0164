//! Checks and generators of the workspace: `cargo xtask layering`, `cargo xtask licences [--list]`,
//! `cargo xtask-generate onnx-proto`.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "its users sit before a terminal")]

mod layering;
mod licences;
#[cfg(feature = "generate")]
mod onnx_proto;
mod workspace;

use std::error::Error;
use std::process::ExitCode;

/// Result of a task; the error is printed as it is.
type TaskResult = Result<(), Box<dyn Error>>;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let task = arguments.join(" ");
    match run(&task) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask {task}:\n{error}");
            ExitCode::FAILURE
        }
    }
}

fn run(task: &str) -> TaskResult {
    match task {
        "layering" => layering::check(),
        "licences" => licences::check(false),
        "licences --list" => licences::check(true),
        #[cfg(feature = "generate")]
        "onnx-proto" => onnx_proto::generate(),
        #[cfg(not(feature = "generate"))]
        "onnx-proto" => Err("needs its feature: cargo xtask-generate onnx-proto".into()),
        _ => Err("tasks are: layering, licences, licences --list, onnx-proto".into()),
    }
}

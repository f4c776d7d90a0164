//! Checks and generators of the workspace: `cargo xtask layering`, `cargo xtask licences`, `cargo xtask onnx-proto`.

#[cfg(feature = "generate")]
mod onnx_proto;

use std::error::Error;
use std::process::ExitCode;

/// Result of a task; the error is printed as it is.
type TaskResult = Result<(), Box<dyn Error>>;

fn main() -> ExitCode {
    let task = std::env::args().nth(1).unwrap_or_default();
    match run(&task) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask {task}: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(task: &str) -> TaskResult {
    match task {
        #[cfg(feature = "generate")]
        "onnx-proto" => onnx_proto::generate(),
        #[cfg(not(feature = "generate"))]
        "onnx-proto" => Err("needs its feature: cargo xtask-generate onnx-proto".into()),
        _ => Err("tasks are: layering, licences, onnx-proto".into()),
    }
}

//! A product of two matrices, timed: are the numbers right, and did the device that was asked compute them?

use super::{Device, DeviceError, configure};
use crate::compile::matrix_product;
use crate::session::{InferError, Runtime, SessionOptions};
use ort::session::builder::GraphOptimizationLevel;
use ort::value::TensorRef;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::fmt;
use std::fs;
use std::time::{Duration, Instant};

/// Rows and columns of the matrices: enough work to be timed, little enough for a tenth of a second on one core.
const SIZE: usize = 1_024;
/// Runs before the one that is timed.
const WARM_UP: usize = 2;
const GRAPH: &str = "self-test";

/// A device that passed.
#[derive(Clone, Debug, PartialEq)]
pub struct SelfTest {
    /// Which device.
    pub device: Device,
    /// The execution provider that computed.
    pub provider: String,
    /// How long one product took, copies included.
    pub took: Duration,
}

impl SelfTest {
    /// Floating-point operations a second, in billions. Copies are included, so it says little about a GPU's peak.
    pub fn gigaflops(&self) -> f64 {
        2.0 * (SIZE as f64).powi(3) / self.took.as_secs_f64().max(1e-9) / 1e9
    }
}

impl fmt::Display for SelfTest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (device, milliseconds) = (self.device, self.took.as_secs_f64() * 1e3);
        write!(f, "{device}: product of {SIZE} x {SIZE} in {milliseconds:.1} ms by {}", self.provider)
    }
}

/// What the profile says of a step.
#[derive(Deserialize)]
struct ProfileEvent {
    #[serde(default)]
    args: ProfileArguments,
}

#[derive(Default, Deserialize)]
struct ProfileArguments {
    provider: Option<String>,
}

/// Computes on `device`, checks the numbers exactly, and asks the library's own profile where they were computed.
///
/// # Errors
/// When the device cannot be used, computes wrongly, or something else computed in its place.
pub fn self_test(runtime: &Runtime, device: Device) -> Result<SelfTest, DeviceError> {
    let (left, right) = (matrix(7, 3), matrix(5, 11));
    let (product, took, providers) =
        run(runtime, device, &left, &right).map_err(|source| DeviceError::Infer { device, source })?;
    let wanted = match device {
        Device::Cpu => "CPUExecutionProvider",
        Device::Cuda(_) => "CUDAExecutionProvider",
    };
    if providers.iter().map(String::as_str).ne([wanted]) {
        let ran_on = providers.into_iter().collect::<Vec<_>>().join(", ");
        return Err(DeviceError::Elsewhere { device, ran_on });
    }
    match wrong_rows(&left, &right, &product) {
        0 => Ok(SelfTest { device, provider: wanted.to_owned(), took }),
        wrong => Err(DeviceError::WrongNumbers { device, wrong, checked: SIZE }),
    }
}

/// Small whole numbers: their products and sums are exact in any order and at any precision from 16 bit up.
fn matrix(row_step: usize, column_step: usize) -> Vec<f32> {
    let number = |row: usize, column: usize| ((row * row_step + column * column_step) % 5) as f32 - 2.0;
    (0..SIZE).flat_map(|row| (0..SIZE).map(move |column| number(row, column))).collect()
}

/// Rows in which `product` is not that of `left` and `right`.
///
/// Freivalds 1977: `product x = left (right x)` for a vector `x`; with `x` the powers of an odd number modulo 2^64, two
/// different rows do not agree but by chance of one in 2^50 or less.
fn wrong_rows(left: &[f32], right: &[f32], product: &[f32]) -> usize {
    let mut power = 1_u64;
    let vector: Vec<u64> = (0..SIZE)
        .map(|_| {
            power = power.wrapping_mul(0x9e37_79b9_7f4a_7c15);
            power
        })
        .collect();
    let times = |matrix: &[f32], vector: &[u64]| -> Vec<u64> {
        let whole = |number: f32| (number as i64).cast_unsigned();
        let row = |row: &[f32]| {
            row.iter()
                .zip(vector)
                .fold(0_u64, |sum, (number, factor)| sum.wrapping_add(whole(*number).wrapping_mul(*factor)))
        };
        matrix.chunks_exact(SIZE).map(row).collect()
    };
    let (found, wanted) = (times(product, &vector), times(left, &times(right, &vector)));
    let fractions = product.chunks_exact(SIZE).map(|row| row.iter().any(|number| number.fract() != 0.0));
    found.iter().zip(&wanted).zip(fractions).filter(|((found, wanted), fraction)| found != wanted || *fraction).count()
        + SIZE.saturating_sub(found.len())
}

/// The product, the time of the last run, and the providers that computed.
fn run(
    runtime: &Runtime,
    device: Device,
    left: &[f32],
    right: &[f32],
) -> Result<(Vec<f32>, Duration, BTreeSet<String>), InferError> {
    let load = |error: &dyn fmt::Display| InferError::Load { graph: GRAPH.to_owned(), detail: error.to_string() };
    let run = |error: &dyn fmt::Display| InferError::Run {
        graph: GRAPH.to_owned(),
        inputs: format!("left[{SIZE}, {SIZE}] right[{SIZE}, {SIZE}]"),
        detail: error.to_string(),
    };
    let folder = tempfile::tempdir().map_err(|error| load(&error))?;
    let mut builder = ort::session::Session::builder(runtime.environment()).map_err(|error| load(&error))?;
    builder = builder.with_optimization_level(GraphOptimizationLevel::Level3).map_err(|error| load(&error))?;
    builder = builder.with_profiling(folder.path().join("profile")).map_err(|error| load(&error))?;
    let options = SessionOptions { threads: 1, device, replay: false };
    builder = builder.with_intra_threads(options.threads).map_err(|error| load(&error))?;
    builder = configure(builder, options).map_err(|error| load(&error))?;
    let mut session = builder.commit_from_memory(&matrix_product(SIZE)).map_err(|error| load(&error))?;
    let mut product = Vec::new();
    let mut took = Duration::ZERO;
    for _ in 0..=WARM_UP {
        let tensor = |numbers| TensorRef::from_array_view(([SIZE, SIZE], numbers)).map_err(|error| run(&error));
        let inputs = ort::inputs!["left" => tensor(left)?, "right" => tensor(right)?];
        let begun = Instant::now();
        let results = session.run(inputs).map_err(|error| run(&error))?;
        took = begun.elapsed();
        product = results["product"].try_extract_tensor::<f32>().map_err(|error| run(&error))?.1.to_vec();
    }
    let profile = session.end_profiling().map_err(|error| run(&error))?;
    let text = fs::read(profile).map_err(|error| run(&error))?;
    let events: Vec<ProfileEvent> = serde_json::from_slice(&text).map_err(|error| run(&error))?;
    Ok((product, took, events.into_iter().filter_map(|event| event.args.provider).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_single_wrong_number_is_found() {
        // The identity, so that the product is known without computing it.
        let left: Vec<f32> = (0..SIZE * SIZE).map(|index| if index % (SIZE + 1) == 0 { 1.0 } else { 0.0 }).collect();
        let right = matrix(5, 11);
        assert_eq!(wrong_rows(&left, &right, &right), 0);
        for (place, change) in [(0, 1.0), (SIZE * SIZE - 1, -1.0), (SIZE * 7 + 3, 0.25), (12_345, f32::NAN)] {
            let mut product = right.clone();
            product[place] += change;
            assert_eq!(wrong_rows(&left, &right, &product), 1, "{place}");
        }
        assert_eq!(wrong_rows(&left, &right, &right[..SIZE * 2]), SIZE - 2);
    }
}

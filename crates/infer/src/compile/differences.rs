//! Weights of a CAM++ network that differ a little from the published ones: what was learnt here, without the rest.

use super::CompileError;
use crate::checkpoint::{Checkpoint, CheckpointError, CheckpointTensor, TensorData};
use half::f16;

/// What is added to the weights of a CAM++ network, made by `reference/train_narrow_band.py`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct EmbeddingDifferences<'a> {
    /// Little-endian binary16: for each changed tensor in order of its name what is added to it, row-major.
    pub(crate) float16: &'a [u8],
}

impl EmbeddingDifferences<'_> {
    /// The checkpoint with the differences added.
    pub(super) fn added(&self, checkpoint: &Checkpoint) -> Result<Checkpoint, CompileError> {
        let (values, rest) = self.float16.as_chunks::<2>();
        let mut values = values.iter().map(|value| f16::from_le_bytes(*value).to_f32());
        let mut changed = Checkpoint::default();
        for (name, tensor) in checkpoint.tensors() {
            let tensor = match changes(name).then(|| tensor.to_f32()).flatten() {
                None => tensor.clone(),
                Some(published) => {
                    let sum: Vec<f32> = published.iter().zip(&mut values).map(|(value, more)| value + more).collect();
                    if sum.len() != published.len() {
                        return Err(other_network(name));
                    }
                    CheckpointTensor { shape: tensor.shape.clone(), data: TensorData::Float32(sum) }
                }
            };
            changed.insert(name.to_owned(), tensor);
        }
        match (values.next(), rest) {
            (None, []) => Ok(changed),
            _ => Err(other_network("the last one")),
        }
    }
}

/// Whether a tensor is changed: convolutions over frequency and time, scale and offset of normalisations, the first and the
/// last linear layer.
fn changes(name: &str) -> bool {
    let learnt = !["running_mean", "running_var", "num_batches_tracked"].iter().any(|end| name.ends_with(end));
    let within = ["head.", "xvector.tdnn.linear.", "xvector.dense.linear."].iter().any(|begin| name.starts_with(begin));
    learnt && (within || name.contains(".batchnorm."))
}

fn other_network(at: &str) -> CompileError {
    CompileError::Checkpoint(CheckpointError::Differences { at: at.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checkpoint() -> Checkpoint {
        let mut checkpoint = Checkpoint::default();
        for (name, values) in [
            ("head.bn1.running_mean", vec![5.0]),
            ("head.bn1.weight", vec![1.0, 2.0]),
            ("xvector.block1.tdnnd1.linear1.weight", vec![7.0]),
            ("xvector.block1.tdnnd1.nonlinear1.batchnorm.bias", vec![3.0]),
        ] {
            let tensor = CheckpointTensor { shape: vec![values.len()], data: TensorData::Float32(values) };
            checkpoint.insert(name.to_owned(), tensor);
        }
        checkpoint
    }

    fn bytes(values: &[f32]) -> Vec<u8> {
        values.iter().flat_map(|value| f16::from_f32(*value).to_le_bytes()).collect()
    }

    #[test]
    fn differences_go_to_the_changed_tensors_in_order() {
        let float16 = bytes(&[0.5, -0.5, 0.25]);
        let changed = EmbeddingDifferences { float16: &float16 }.added(&checkpoint()).unwrap();
        assert_eq!(changed.f32("head.bn1.weight", &[2]).unwrap(), [1.5, 1.5]);
        assert_eq!(changed.f32("head.bn1.running_mean", &[1]).unwrap(), [5.0]);
        assert_eq!(changed.f32("xvector.block1.tdnnd1.linear1.weight", &[1]).unwrap(), [7.0]);
        assert_eq!(changed.f32("xvector.block1.tdnnd1.nonlinear1.batchnorm.bias", &[1]).unwrap(), [3.25]);
    }

    #[test]
    fn differences_of_another_network_are_refused() {
        for number in [0, 2, 4] {
            let float16 = bytes(&vec![0.5; number]);
            assert!(EmbeddingDifferences { float16: &float16 }.added(&checkpoint()).is_err(), "{number}");
        }
    }
}

//! Published checkpoints as named tensors. A new format is a new reader; the compilers see only [`Checkpoint`].

mod ctranslate2;
mod pickle;
mod pytorch;
mod safetensors;

pub use ctranslate2::read_ctranslate2;
pub use pytorch::read_pytorch;
pub use safetensors::read_safetensors;

use std::collections::BTreeMap;

/// Numbers of a tensor as the checkpoint stores them.
#[derive(Clone, Debug, PartialEq)]
pub enum TensorData {
    /// 32-bit floats.
    Float32(Vec<f32>),
    /// 16-bit floats (IEEE binary16).
    Float16(Vec<half::f16>),
    /// 8-bit integers; their scales are another tensor.
    Int8(Vec<i8>),
    /// 16-bit integers.
    Int16(Vec<i16>),
    /// 32-bit integers.
    Int32(Vec<i32>),
}

/// A tensor of a checkpoint, row-major.
#[derive(Clone, Debug, PartialEq)]
pub struct CheckpointTensor {
    /// Dimensions, slowest first.
    pub shape: Vec<usize>,
    /// Numbers, as many as the dimensions multiply to.
    pub data: TensorData,
}

impl CheckpointTensor {
    /// The numbers as 32-bit floats, if they are floating point.
    pub fn to_f32(&self) -> Option<Vec<f32>> {
        match &self.data {
            TensorData::Float32(values) => Some(values.clone()),
            TensorData::Float16(values) => Some(values.iter().map(|value| value.to_f32()).collect()),
            TensorData::Int8(_) | TensorData::Int16(_) | TensorData::Int32(_) => None,
        }
    }
}

/// Tensors by name.
#[derive(Debug, Default)]
pub struct Checkpoint {
    tensors: BTreeMap<String, CheckpointTensor>,
}

/// A checkpoint that cannot be read or lacks something.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    /// The file ends in the middle.
    #[error("read the checkpoint: it ends at byte {at} in the middle of {what}")]
    Truncated {
        /// Offset of what is cut.
        at: usize,
        /// What was being read.
        what: &'static str,
    },
    /// Not a version this program knows.
    #[error("read the checkpoint: format version {version} is not known")]
    Version {
        /// The version found.
        version: u32,
    },
    /// Something that cannot be.
    #[error("read the checkpoint: {what} at byte {at}")]
    Malformed {
        /// Where.
        at: usize,
        /// What is wrong.
        what: &'static str,
    },
    /// Not an archive of tensors.
    #[error("read the checkpoint: it is not an archive that PyTorch writes ({detail})")]
    Archive {
        /// What is wrong with it.
        detail: String,
    },
    /// An archive without tensors by name.
    #[error("read the checkpoint: there is no state dictionary in it")]
    NoStateDict,
    /// A tensor reaches beyond the numbers that are stored for it.
    #[error("read tensor `{name}` of the checkpoint: it reaches beyond its numbers")]
    OutsideStorage {
        /// Its name.
        name: String,
    },
    /// A tensor that the network needs is not there.
    #[error("find tensor `{name}` in the checkpoint")]
    Missing {
        /// Its name.
        name: String,
    },
    /// A tensor has other dimensions than the network needs.
    #[error("use tensor `{name}` of the checkpoint: its shape is {found:?}, not {wanted:?}")]
    Shape {
        /// Its name.
        name: String,
        /// Dimensions found.
        found: Vec<usize>,
        /// Dimensions needed.
        wanted: Vec<usize>,
    },
    /// Differences that belong to another network.
    #[error("add the learnt differences to the checkpoint: they do not fit it at tensor `{at}`")]
    Differences {
        /// Where that was found.
        at: String,
    },
    /// A tensor is stored as integers where floats are needed.
    #[error("use tensor `{name}` of the checkpoint: it is stored as integers; take a float16 or float32 conversion")]
    NotFloat {
        /// Its name.
        name: String,
    },
}

impl Checkpoint {
    /// Adds a tensor.
    pub fn insert(&mut self, name: String, tensor: CheckpointTensor) {
        self.tensors.insert(name, tensor);
    }

    /// The tensor called `name`.
    ///
    /// # Errors
    /// [`CheckpointError::Missing`].
    pub fn get(&self, name: &str) -> Result<&CheckpointTensor, CheckpointError> {
        self.tensors.get(name).ok_or_else(|| CheckpointError::Missing { name: name.to_owned() })
    }

    /// The length of dimension `axis` of the tensor called `name`.
    ///
    /// # Errors
    /// When it is missing, or has no such dimension.
    pub fn length(&self, name: &str, axis: usize) -> Result<usize, CheckpointError> {
        let shape = &self.get(name)?.shape;
        let wrong =
            || CheckpointError::Shape { name: name.to_owned(), found: shape.clone(), wanted: vec![0; axis + 1] };
        shape.get(axis).copied().ok_or_else(wrong)
    }

    /// The same tensors without `prefix`; those that do not begin with it are left out.
    pub fn within(self, prefix: &str) -> Checkpoint {
        let tensors = self.tensors.into_iter();
        Checkpoint {
            tensors: tensors
                .filter_map(|(name, tensor)| Some((name.strip_prefix(prefix)?.to_owned(), tensor)))
                .collect(),
        }
    }

    /// Adds all tensors of `other`, whose names are put behind `prefix`.
    pub fn extend(&mut self, prefix: &str, other: Checkpoint) {
        self.tensors.extend(other.tensors.into_iter().map(|(name, tensor)| (format!("{prefix}{name}"), tensor)));
    }

    /// All tensors, in order of their names.
    pub fn tensors(&self) -> impl Iterator<Item = (&str, &CheckpointTensor)> {
        self.tensors.iter().map(|(name, tensor)| (name.as_str(), tensor))
    }

    /// Whether there is a tensor called `name`.
    pub fn contains(&self, name: &str) -> bool {
        self.tensors.contains_key(name)
    }

    /// The numbers of `name` as 32-bit floats; its shape must be `shape`.
    ///
    /// # Errors
    /// When it is missing, has another shape, or is stored as integers.
    pub fn f32(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>, CheckpointError> {
        let tensor = self.get(name)?;
        if tensor.shape != shape {
            let (found, wanted) = (tensor.shape.clone(), shape.to_vec());
            return Err(CheckpointError::Shape { name: name.to_owned(), found, wanted });
        }
        tensor.to_f32().ok_or_else(|| CheckpointError::NotFloat { name: name.to_owned() })
    }
}

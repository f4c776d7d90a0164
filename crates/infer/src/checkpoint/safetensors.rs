//! Reader of safetensors files: the length of a header in eight bytes, the header as JSON, and the numbers of all tensors,
//! row-major and little-endian.
//!
//! Layout: `README.md` of huggingface/safetensors, "Format".

use super::{Checkpoint, CheckpointError, CheckpointTensor, TensorData};
use serde::Deserialize;
use std::collections::BTreeMap;

/// Longest header that the format allows, in bytes.
const LONGEST_HEADER: u64 = 100_000_000;

#[derive(Deserialize)]
#[serde(untagged)]
enum Entry {
    Tensor {
        dtype: String,
        shape: Vec<usize>,
        /// Begin and end, counted from the end of the header.
        data_offsets: [usize; 2],
    },
    /// `__metadata__`: texts about the file.
    Metadata(#[expect(dead_code, reason = "read over")] BTreeMap<String, String>),
}

/// Reads all tensors of floats; others, which count training steps, are left out.
///
/// # Errors
/// When the header is no description of tensors, or a tensor lies outside of the file.
pub fn read_safetensors(bytes: &[u8]) -> Result<Checkpoint, CheckpointError> {
    let (length, rest) =
        bytes.split_first_chunk::<8>().ok_or(CheckpointError::Truncated { at: 0, what: "its header" })?;
    let length = u64::from_le_bytes(*length);
    if length > LONGEST_HEADER {
        return Err(CheckpointError::Malformed { at: 0, what: "a header longer than any" });
    }
    let cut = usize::try_from(length).ok().filter(|length| *length <= rest.len());
    let (header, numbers) = rest.split_at(cut.ok_or(CheckpointError::Truncated { at: 8, what: "its header" })?);
    let entries: BTreeMap<String, Entry> = serde_json::from_slice(header)
        .map_err(|_| CheckpointError::Malformed { at: 8, what: "a header that describes no tensors" })?;
    let mut checkpoint = Checkpoint::default();
    for (name, entry) in entries {
        let Entry::Tensor { dtype, shape, data_offsets: [begin, end] } = entry else { continue };
        let outside = || CheckpointError::OutsideStorage { name: name.clone() };
        let stored = numbers.get(begin..end).ok_or_else(outside)?;
        let total = shape.iter().try_fold(1_usize, |total, length| total.checked_mul(*length)).ok_or_else(outside)?;
        let data = match dtype.as_str() {
            "F32" => TensorData::Float32(each(stored, |bytes| f32::from_le_bytes(*bytes))),
            "F16" => TensorData::Float16(each(stored, |bytes| half::f16::from_le_bytes(*bytes))),
            // Every bfloat16 is a float32.
            "BF16" => TensorData::Float32(each(stored, |bytes| half::bf16::from_le_bytes(*bytes).to_f32())),
            _ => continue,
        };
        let width = if dtype == "F32" { 4 } else { 2 };
        if total.checked_mul(width) != Some(stored.len()) {
            return Err(outside());
        }
        checkpoint.insert(name, CheckpointTensor { shape, data });
    }
    Ok(checkpoint)
}

fn each<const N: usize, T>(bytes: &[u8], read: impl Fn(&[u8; N]) -> T) -> Vec<T> {
    bytes.as_chunks::<N>().0.iter().map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(header: &str, numbers: &[u8]) -> Vec<u8> {
        let length = (header.len() as u64).to_le_bytes();
        [&length[..], header.as_bytes(), numbers].concat()
    }

    #[test]
    fn floats_of_three_widths_are_read_and_others_left_out() {
        let header = r#"{"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]},
            "b":{"dtype":"BF16","shape":[],"data_offsets":[8,10]},"c":{"dtype":"F16","shape":[1],"data_offsets":[10,12]},
            "d":{"dtype":"I64","shape":[1],"data_offsets":[12,20]}}"#;
        let mut numbers = [1.5_f32.to_le_bytes(), (-2.0_f32).to_le_bytes()].concat();
        numbers.extend(half::bf16::from_f32(0.25).to_le_bytes());
        numbers.extend(half::f16::from_f32(8.0).to_le_bytes());
        numbers.extend([0; 8]);
        let checkpoint = read_safetensors(&file(header, &numbers)).unwrap();
        assert_eq!(checkpoint.f32("a", &[1, 2]).unwrap(), [1.5, -2.0]);
        assert_eq!(checkpoint.f32("b", &[]).unwrap(), [0.25]);
        assert_eq!(checkpoint.f32("c", &[1]).unwrap(), [8.0]);
        assert!(!checkpoint.contains("d") && !checkpoint.contains("__metadata__"));
    }

    #[test]
    fn what_lies_outside_of_the_file_is_an_error() {
        for (shape, offsets) in [("[3]", "[0,12]"), ("[2]", "[4,8]"), ("[2]", "[8,0]"), ("[3]", "[0,8]")] {
            let header = format!(r#"{{"w":{{"dtype":"F32","shape":{shape},"data_offsets":{offsets}}}}}"#);
            let read = read_safetensors(&file(&header, &[0; 8]));
            assert!(matches!(read, Err(CheckpointError::OutsideStorage { name }) if name == "w"), "{shape} {offsets}");
        }
    }

    #[test]
    fn other_files_are_refused() {
        let long = u64::MAX.to_le_bytes();
        for bytes in [&b""[..], b"PK\x03\x04", &long, &file("{", b""), &file("[1]", b"")] {
            assert!(read_safetensors(bytes).is_err(), "{bytes:?}");
        }
        assert!(read_safetensors(&file("{}", b"")).is_ok());
    }

    proptest::proptest! {
        #[test]
        fn rubbish_never_panics(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..200)) {
            let _ = read_safetensors(&bytes);
        }
    }
}

//! Reader of what `torch.save` writes since PyTorch 1.6: a zip archive of one pickle, `NAME/data.pkl`, that describes the
//! tensors, and one uncompressed entry `NAME/data/KEY` for the numbers of each storage.
//!
//! Layout: `torch/serialization.py`, `_save` and `torch/_utils.py`, `_rebuild_tensor_v2` of PyTorch 2.

use super::pickle::{Id, Object, Pickle, read_pickle};
use super::{Checkpoint, CheckpointError, CheckpointTensor, TensorData};
use std::io::{Cursor, Read};
use zip::{CompressionMethod, ZipArchive};

/// Where training programs put the state dictionary when they keep more beside it.
const STATE_KEYS: [&str; 3] = ["state_dict", "model_state_dict", "model"];
/// A tensor of more numbers than this is no weight of any network that this program runs.
const MOST_NUMBERS: usize = 1 << 32;

/// Reads the state dictionary of a checkpoint; where others lie beside it, the one that training programs mean.
/// Tensors of 64-bit integers, which count training steps, are left out.
///
/// # Errors
/// When the bytes are no such archive, or a tensor lies outside of its storage.
pub fn read_pytorch(bytes: &[u8]) -> Result<Checkpoint, CheckpointError> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|error| not_an_archive(&error))?;
    let mut names = archive.file_names().filter_map(Result::ok);
    let described = names.find(|name| name.ends_with("/data.pkl")).map(|name| name.into_owned());
    let described = described.ok_or(CheckpointError::NoStateDict)?;
    drop(names);
    let folder = described.trim_end_matches("data.pkl").to_owned();
    if entry(&mut archive, &format!("{folder}byteorder")).is_ok_and(|order| order == b"big") {
        return Err(CheckpointError::Malformed { at: 0, what: "numbers in big-endian order" });
    }
    let pickle = read_pickle(&entry(&mut archive, &described)?)?;
    let mut checkpoint = Checkpoint::default();
    for (name, tensor) in state_dict(&pickle).ok_or(CheckpointError::NoStateDict)? {
        let Some(name) = pickle.text(*name) else { continue };
        let Some(description) = describe(&pickle, *tensor) else { continue };
        let storage = entry(&mut archive, &format!("{folder}data/{}", description.storage))?;
        if let Some(tensor) = description.tensor(name, &storage)? {
            checkpoint.insert(name.to_owned(), tensor);
        }
    }
    Ok(checkpoint)
}

fn state_dict(pickle: &Pickle) -> Option<&[(Id, Id)]> {
    let within = STATE_KEYS.iter().find_map(|key| pickle.entry(pickle.root, key));
    within.and_then(|id| pickle.dict(id)).or_else(|| pickle.dict(pickle.root))
}

/// A tensor as the pickle describes it.
struct Description {
    kind: String,
    storage: String,
    offset: usize,
    shape: Vec<usize>,
    strides: Vec<usize>,
}

/// `_rebuild_tensor_v2(storage, offset, shape, strides, ...)`, perhaps within `_rebuild_parameter(tensor, ...)`.
fn describe(pickle: &Pickle, id: Id) -> Option<Description> {
    let (mut name, mut arguments) = pickle.call(id)?;
    if name == "torch._utils _rebuild_parameter" {
        (name, arguments) = pickle.call(*arguments.first()?)?;
    }
    if name != "torch._utils _rebuild_tensor_v2" {
        return None;
    }
    let counts = |id: Id| pickle.sequence(id)?.iter().map(|id| pickle.count(*id)).collect::<Option<Vec<usize>>>();
    let [storage, offset, shape, strides, ..] = arguments else { return None };
    let Object::Persistent(key) = pickle.object(*storage) else { return None };
    let [_, kind, key, ..] = pickle.sequence(*key)? else { return None };
    let Object::Global(kind) = pickle.object(*kind) else { return None };
    Some(Description {
        kind: kind.clone(),
        storage: pickle.text(*key)?.to_owned(),
        offset: pickle.count(*offset)?,
        shape: counts(*shape)?,
        strides: counts(*strides)?,
    })
}

impl Description {
    fn tensor(&self, name: &str, storage: &[u8]) -> Result<Option<CheckpointTensor>, CheckpointError> {
        let data = match self.kind.as_str() {
            "torch FloatStorage" => {
                TensorData::Float32(self.numbers(name, storage, |bytes| f32::from_le_bytes(*bytes))?)
            }
            "torch HalfStorage" => {
                TensorData::Float16(self.numbers(name, storage, |bytes| half::f16::from_le_bytes(*bytes))?)
            }
            // Every bfloat16 is a float32.
            "torch BFloat16Storage" => {
                TensorData::Float32(self.numbers(name, storage, |bytes| half::bf16::from_le_bytes(*bytes).to_f32())?)
            }
            _ => return Ok(None),
        };
        Ok(Some(CheckpointTensor { shape: self.shape.clone(), data }))
    }

    /// The numbers in row-major order, whatever the order in the storage.
    fn numbers<const N: usize, T>(
        &self,
        name: &str,
        storage: &[u8],
        read: impl Fn(&[u8; N]) -> T,
    ) -> Result<Vec<T>, CheckpointError> {
        let outside = || CheckpointError::OutsideStorage { name: name.to_owned() };
        let total = self.shape.iter().try_fold(1_usize, |total, length| total.checked_mul(*length));
        let total = total.filter(|total| *total <= MOST_NUMBERS && self.shape.len() == self.strides.len());
        let total = total.ok_or_else(outside)?;
        let (stored, _) = storage.as_chunks::<N>();
        let mut numbers = Vec::with_capacity(total.min(stored.len()));
        for flat in 0..total {
            let mut rest = flat;
            let mut place = self.offset;
            for (length, stride) in self.shape.iter().zip(&self.strides).rev() {
                let step = (rest % length).checked_mul(*stride).and_then(|step| place.checked_add(step));
                place = step.ok_or_else(outside)?;
                rest /= length;
            }
            numbers.push(read(stored.get(place).ok_or_else(outside)?));
        }
        Ok(numbers)
    }
}

fn entry(archive: &mut ZipArchive<Cursor<&[u8]>>, name: &str) -> Result<Vec<u8>, CheckpointError> {
    let missing = || CheckpointError::Missing { name: name.to_owned() };
    let mut entry = archive.by_name(name).map_err(|_| missing())?;
    // PyTorch compresses nothing; what is compressed could unpack to more than the machine holds.
    if entry.compression() != CompressionMethod::Stored {
        return Err(CheckpointError::Malformed { at: 0, what: "a compressed entry" });
    }
    let mut bytes = Vec::new();
    entry.read_to_end(&mut bytes).map_err(|error| not_an_archive(&error))?;
    Ok(bytes)
}

fn not_an_archive(error: &dyn std::error::Error) -> CheckpointError {
    CheckpointError::Archive { detail: error.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use zip::write::SimpleFileOptions;

    /// An archive as `torch.save({"state_dict": OrderedDict(w=tensor)})` writes it; the tensor is `shape` with `strides`.
    fn archive(compression: CompressionMethod, shape: &str, strides: &str, storage: &[u8]) -> Vec<u8> {
        let pickle = format!(
            "\x02}}(X\x0a\0\0\0state_dictccollections\nOrderedDict\n)R(X\x01\0\0\0wctorch._utils\n_rebuild_tensor_v2\n((X\x07\0\0\0storagectorch\nFloatStorage\nX\x01\0\0\x000X\x03\0\0\0cpuK\x06tQK\0{shape}{strides}\
             N)tRuu."
        );
        let mut bytes = vec![0x80];
        // The text above is Latin-1: tuple codes lie beyond ASCII.
        bytes.extend(pickle.chars().map(|character| u8::try_from(u32::from(character)).unwrap()));
        let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
        let options = SimpleFileOptions::default().compression_method(compression);
        for (name, content) in [("archive/data.pkl", bytes.as_slice()), ("archive/data/0", storage)] {
            writer.start_file(name, options).unwrap();
            writer.write_all(content).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    fn storage() -> Vec<u8> {
        (0..6_u8).flat_map(|number| f32::from(number).to_le_bytes()).collect()
    }

    #[test]
    fn a_transposed_tensor_comes_out_in_row_major_order() {
        let bytes = archive(CompressionMethod::Stored, "K\x02K\x03\u{86}", "K\x01K\x02\u{86}", &storage());
        let checkpoint = read_pytorch(&bytes).unwrap();
        assert_eq!(checkpoint.f32("w", &[2, 3]).unwrap(), [0.0, 2.0, 4.0, 1.0, 3.0, 5.0]);
    }

    #[test]
    fn what_lies_outside_of_its_storage_is_an_error() {
        for (shape, strides) in [("K\x03K\x03\u{86}", "K\x03K\x01\u{86}"), ("K\x02\u{85}", "K\x03K\x01\u{86}")] {
            let bytes = archive(CompressionMethod::Stored, shape, strides, &storage());
            assert!(matches!(read_pytorch(&bytes), Err(CheckpointError::OutsideStorage { name }) if name == "w"));
        }
    }

    #[test]
    fn compressed_archives_and_other_files_are_refused() {
        let packed = archive(CompressionMethod::Deflated, "K\x06\u{85}", "K\x01\u{85}", &storage());
        assert!(matches!(read_pytorch(&packed), Err(CheckpointError::Malformed { .. })));
        assert!(matches!(read_pytorch(b"\x80\x02}."), Err(CheckpointError::Archive { .. })));
        let whole = archive(CompressionMethod::Stored, "K\x06\u{85}", "K\x01\u{85}", &storage());
        assert!(read_pytorch(&whole).is_ok());
        assert!(read_pytorch(&whole[..whole.len() / 2]).is_err());
    }
}

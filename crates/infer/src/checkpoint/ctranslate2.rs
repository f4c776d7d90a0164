//! Reader of CTranslate2's `model.bin`.
//!
//! Layout (`python/ctranslate2/specs/model_spec.py` of CTranslate2 4.x, `_serialize`), little-endian: format version
//! (u32); name of the model specification (u16 length with the closing zero byte, bytes); its revision (u32); number
//! of tensors (u32); then per tensor its name, rank (u8), dimensions (u32 each), type (u8: 0 float32, 1 int8,
//! 2 int16, 3 int32, 4 float16), number of bytes (u32) and the bytes; then the number of aliases (u32) and pairs of
//! names (alias, target).

use super::{Checkpoint, CheckpointError, CheckpointTensor, TensorData};

const OLDEST_VERSION: u32 = 4;
const NEWEST_VERSION: u32 = 6;
const MAX_RANK: u8 = 8;

/// Reads the bytes of a `model.bin`.
///
/// # Errors
/// When the bytes are not a complete checkpoint of a known version.
pub fn read_ctranslate2(bytes: &[u8]) -> Result<Checkpoint, CheckpointError> {
    let mut cursor = Cursor { bytes, at: 0 };
    let version = cursor.u32("the format version")?;
    if !(OLDEST_VERSION..=NEWEST_VERSION).contains(&version) {
        return Err(CheckpointError::Version { version });
    }
    cursor.text("the specification's name")?;
    cursor.u32("the specification's revision")?;
    let mut checkpoint = Checkpoint::default();
    for _ in 0..cursor.u32("the number of tensors")? {
        let name = cursor.text("a tensor's name")?;
        let tensor = cursor.tensor()?;
        checkpoint.insert(name, tensor);
    }
    for _ in 0..cursor.u32("the number of aliases")? {
        let alias = cursor.text("an alias")?;
        let target = cursor.text("an alias's target")?;
        let tensor = checkpoint.get(&target)?.clone();
        checkpoint.insert(alias, tensor);
    }
    Ok(checkpoint)
}

struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    fn take(&mut self, length: usize, what: &'static str) -> Result<&'a [u8], CheckpointError> {
        let end = self.at.checked_add(length).filter(|end| *end <= self.bytes.len());
        let end = end.ok_or(CheckpointError::Truncated { at: self.at, what })?;
        let taken = &self.bytes[self.at..end];
        self.at = end;
        Ok(taken)
    }

    fn u8(&mut self, what: &'static str) -> Result<u8, CheckpointError> {
        Ok(self.take(1, what)?[0])
    }

    fn u32(&mut self, what: &'static str) -> Result<u32, CheckpointError> {
        let bytes = self.take(4, what)?;
        Ok(u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
    }

    fn text(&mut self, what: &'static str) -> Result<String, CheckpointError> {
        let at = self.at;
        let length = self.take(2, what)?;
        let bytes = self.take(usize::from(u16::from_le_bytes([length[0], length[1]])), what)?;
        let bytes = bytes.strip_suffix(&[0]).unwrap_or(bytes);
        let text = std::str::from_utf8(bytes);
        text.map(str::to_owned).map_err(|_| CheckpointError::Malformed { at, what: "a name that is not UTF-8" })
    }

    fn tensor(&mut self) -> Result<CheckpointTensor, CheckpointError> {
        let at = self.at;
        let malformed = |what| CheckpointError::Malformed { at, what };
        let rank = self.u8("a tensor's rank")?;
        if rank > MAX_RANK {
            return Err(malformed("a tensor of impossible rank"));
        }
        let shape = (0..rank)
            .map(|_| self.u32("a tensor's dimensions").map(|dimension| dimension as usize))
            .collect::<Result<Vec<_>, _>>()?;
        let kind = self.u8("a tensor's type")?;
        let length = self.u32("a tensor's length")? as usize;
        let bytes = self.take(length, "a tensor's numbers")?;
        let data = match kind {
            0 => TensorData::Float32(numbers(bytes, f32::from_le_bytes)),
            1 => TensorData::Int8(bytes.iter().map(|byte| byte.cast_signed()).collect()),
            2 => TensorData::Int16(numbers(bytes, i16::from_le_bytes)),
            3 => TensorData::Int32(numbers(bytes, i32::from_le_bytes)),
            4 => TensorData::Float16(numbers(bytes, half::f16::from_le_bytes)),
            _ => return Err(malformed("a tensor of unknown type")),
        };
        let width = [4, 1, 2, 4, 2][usize::from(kind)];
        let count = shape.iter().try_fold(1_usize, |product, dimension| product.checked_mul(*dimension));
        if count.and_then(|count| count.checked_mul(width)) != Some(length) {
            return Err(malformed("a tensor whose length does not fit its dimensions"));
        }
        Ok(CheckpointTensor { shape, data })
    }
}

fn numbers<T, const WIDTH: usize>(bytes: &[u8], convert: fn([u8; WIDTH]) -> T) -> Vec<T> {
    bytes.as_chunks::<WIDTH>().0.iter().map(|chunk| convert(*chunk)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn name(text: &str) -> Vec<u8> {
        let mut bytes = (text.len() as u16 + 1).to_le_bytes().to_vec();
        bytes.extend(text.as_bytes());
        bytes.push(0);
        bytes
    }

    fn sample() -> Vec<u8> {
        let mut bytes = 6_u32.to_le_bytes().to_vec();
        bytes.extend(name("WhisperSpec"));
        bytes.extend(3_u32.to_le_bytes());
        bytes.extend(1_u32.to_le_bytes());
        bytes.extend(name("a/weight"));
        bytes.push(2);
        bytes.extend(1_u32.to_le_bytes());
        bytes.extend(2_u32.to_le_bytes());
        bytes.push(4);
        bytes.extend(4_u32.to_le_bytes());
        bytes.extend(half::f16::from_f32(0.5).to_le_bytes());
        bytes.extend(half::f16::from_f32(-2.0).to_le_bytes());
        bytes.extend(1_u32.to_le_bytes());
        bytes.extend(name("b/weight"));
        bytes.extend(name("a/weight"));
        bytes
    }

    #[test]
    fn reads_tensors_and_aliases() -> Result<(), CheckpointError> {
        let checkpoint = read_ctranslate2(&sample())?;
        assert_eq!(checkpoint.f32("b/weight", &[1, 2])?, [0.5, -2.0]);
        assert!(matches!(checkpoint.f32("b/weight", &[2, 1]), Err(CheckpointError::Shape { .. })));
        assert!(matches!(checkpoint.get("c"), Err(CheckpointError::Missing { .. })));
        Ok(())
    }

    #[test]
    fn a_cut_anywhere_is_an_error() {
        let bytes = sample();
        for length in 0..bytes.len() {
            assert!(read_ctranslate2(&bytes[..length]).is_err(), "cut at {length}");
        }
    }

    proptest! {
        #[test]
        fn damage_never_panics(at in 0_usize..90, byte: u8) {
            let mut bytes = sample();
            let at = at % bytes.len();
            bytes[at] = byte;
            let _ = read_ctranslate2(&bytes);
        }
    }
}

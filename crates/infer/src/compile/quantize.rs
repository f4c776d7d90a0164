//! 8-bit weights in blocks, as the `MatMulNBits` operator of ONNX Runtime wants them.

/// Numbers that share a scale.
pub(crate) const BLOCK: usize = 128;
/// The byte that stands for zero.
const ZERO_POINT: i32 = 128;

/// Rows of bytes with a scale per block: `weight = (byte - 128) * scale`.
pub(crate) struct QuantizedRows {
    /// `[rows, blocks, BLOCK]`, the last block of a row filled up with zeros.
    pub(crate) bytes: Vec<u8>,
    /// `[rows, blocks]`.
    pub(crate) scales: Vec<f32>,
}

/// Quantizes rows of `columns` numbers, each block symmetrically to its largest magnitude.
pub(crate) fn quantize_rows(numbers: &[f32], columns: usize) -> QuantizedRows {
    let mut bytes = Vec::with_capacity(numbers.len());
    let mut scales = Vec::with_capacity(numbers.len() / BLOCK + 1);
    for row in numbers.chunks(columns.max(1)) {
        for block in row.chunks(BLOCK) {
            let largest = block.iter().fold(0.0_f32, |largest, number| largest.max(number.abs()));
            let scale = largest / 127.0;
            let inverse = if scale > 0.0 { 1.0 / scale } else { 0.0 };
            bytes.extend(
                block.iter().map(|number| ((number * inverse).round() as i32 + ZERO_POINT).clamp(0, 255) as u8),
            );
            bytes.extend(std::iter::repeat_n(ZERO_POINT as u8, BLOCK - block.len()));
            scales.push(scale);
        }
    }
    QuantizedRows { bytes, scales }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn error_is_at_most_half_a_step() {
        // One whole block and a part of another in each row.
        let columns = BLOCK + 40;
        let numbers: Vec<f32> = (0..3 * columns).map(|index| ((index * 37 % 101) as f32 - 50.0) / 17.0).collect();
        let quantized = quantize_rows(&numbers, columns);
        assert_eq!((quantized.bytes.len(), quantized.scales.len()), (3 * 2 * BLOCK, 3 * 2));
        for (row, numbers) in numbers.chunks(columns).enumerate() {
            for (column, number) in numbers.iter().enumerate() {
                let scale = quantized.scales[row * 2 + column / BLOCK];
                let restored = (f32::from(quantized.bytes[row * 2 * BLOCK + column]) - 128.0) * scale;
                assert!((restored - number).abs() <= scale / 2.0 + 1e-6);
            }
        }
    }

    #[test]
    fn a_block_of_zeros_stays_zero() {
        let quantized = quantize_rows(&[0.0; BLOCK], BLOCK);
        assert!(quantized.bytes.iter().all(|byte| *byte == 128) && quantized.scales == [0.0]);
    }
}

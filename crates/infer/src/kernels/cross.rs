//! Attention of several rows of queries to the keys and values of their window.

use super::dispatch::{for_every_isa, isa};
use super::softmax::softmax;
use super::vector::Vector;
use super::{HEAD, SharedOutput, wrong};
use half::f16;
use ort::operator::{ComputeContext, Kernel, KernelContext, Operator, OperatorInput, OperatorOutput};
use ort::value::TensorElementType;

/// Rows of queries that are worked on at once: their sums fit the registers.
const ROWS: usize = 6;

/// `query` f32 `[N, S, heads * 64]`, `key` f16 `[W, heads, 64, frames]`, `value` f16 `[W, heads, frames, 64]` to
/// f32 `[N, S, heads * 64]`. Sequences `N / W * w ..` of the queries belong to window `w`, and what is left over to the last
/// one; there is no mask.
pub(crate) struct CrossAttention;

impl Operator for CrossAttention {
    type Kernel<'attr> = CrossAttentionKernel;

    fn name(&self) -> &str {
        "CrossAttention"
    }

    fn inputs(&self) -> impl IntoIterator<Item = OperatorInput> {
        [
            OperatorInput::required(TensorElementType::Float32),
            OperatorInput::required(TensorElementType::Float16),
            OperatorInput::required(TensorElementType::Float16),
        ]
    }

    fn outputs(&self) -> impl IntoIterator<Item = OperatorOutput> {
        [OperatorOutput::required(TensorElementType::Float32)]
    }

    fn create_kernel<'attr>(&self, _context: &KernelContext<'attr>) -> ort::Result<CrossAttentionKernel> {
        Ok(CrossAttentionKernel)
    }
}

pub(crate) struct CrossAttentionKernel;

impl Kernel for CrossAttentionKernel {
    #[expect(unsafe_code, reason = "tasks write disjoint parts of the output")]
    fn compute(&mut self, context: &ComputeContext) -> ort::Result<()> {
        let input = |index| context.input(index)?.ok_or_else(|| wrong("an input of CrossAttention is missing"));
        let (query, key, value) = (input(0)?, input(1)?, input(2)?);
        let (query_shape, queries) = query.try_extract_tensor::<f32>()?;
        let (key_shape, keys) = key.try_extract_tensor::<f16>()?;
        let (_, values) = value.try_extract_tensor::<f16>()?;
        let size = |dimension: &i64| usize::try_from(*dimension).unwrap_or(0);
        let (sequences, tokens, width) = (size(&query_shape[0]), size(&query_shape[1]), size(&query_shape[2]));
        let (windows, heads, frames) = (size(&key_shape[0]), size(&key_shape[1]), size(&key_shape[3]));
        let numbers = windows * heads * frames * HEAD;
        if width != heads * HEAD
            || windows == 0
            || sequences < windows
            || keys.len() != numbers
            || values.len() != numbers
        {
            return Err(wrong("the shapes of CrossAttention do not fit together"));
        }
        let mut output =
            context.output(0, query_shape.clone())?.ok_or_else(|| wrong("CrossAttention has no output"))?;
        let output = SharedOutput(output.try_extract_tensor_mut::<f32>()?.1.as_mut_ptr());
        let (isa, per_window, all) = (isa(), sequences / windows * tokens, sequences * tokens);
        context.par_for(windows * heads, 0, move |task| {
            let (window, head) = (task / heads, task % heads);
            let place = task * frames * HEAD..(task + 1) * frames * HEAD;
            let (keys, values) = (&keys[place.clone()], &values[place]);
            let mut scores = vec![0.0; ROWS * frames];
            let end = if window + 1 == windows { all } else { (window + 1) * per_window };
            for first in (window * per_window..end).step_by(ROWS) {
                let count = ROWS.min(end - first);
                let mut rows = [[0.0; HEAD]; ROWS];
                for (index, row) in rows[..count].iter_mut().enumerate() {
                    let start = (first + index) * width + head * HEAD;
                    row.copy_from_slice(&queries[start..start + HEAD]);
                }
                match count {
                    1 => attend::<1>(isa, &mut rows, keys, values, frames, &mut scores),
                    2 => attend::<2>(isa, &mut rows, keys, values, frames, &mut scores),
                    3 => attend::<3>(isa, &mut rows, keys, values, frames, &mut scores),
                    4 => attend::<4>(isa, &mut rows, keys, values, frames, &mut scores),
                    5 => attend::<5>(isa, &mut rows, keys, values, frames, &mut scores),
                    _ => attend::<6>(isa, &mut rows, keys, values, frames, &mut scores),
                }
                for (index, row) in rows[..count].iter().enumerate() {
                    let start = (first + index) * width + head * HEAD;
                    // SAFETY: `start + HEAD` is at most `all * width`; these rows of this head are this task's own.
                    unsafe { output.write(start, row) };
                }
            }
        })
    }
}

for_every_isa! {
    /// Replaces the first `COUNT` rows of queries by what they attend to.
    fn attend[COUNT](
        rows: &mut [[f32; HEAD]; ROWS],
        keys: &[f16],
        values: &[f16],
        frames: usize,
        scores: &mut [f32],
    ) = attend_body
}

/// # Safety
/// The processor must have the instruction set of `V`.
#[inline(always)]
#[expect(unsafe_code, reason = "vector instructions over slices whose lengths are checked here")]
unsafe fn attend_body<V: Vector, const BLOCK: usize, const COUNT: usize>(
    rows: &mut [[f32; HEAD]; ROWS],
    keys: &[f16],
    values: &[f16],
    frames: usize,
    scores: &mut [f32],
) {
    let step = V::WIDTH * BLOCK;
    let vectored = if frames >= step { frames } else { 0 };
    let mut first = 0;
    while first < vectored {
        // The last block reaches back over frames that were done: the same numbers come out again.
        first = first.min(frames - step);
        let mut sums = [[unsafe { V::splat(0.0) }; BLOCK]; COUNT];
        for dimension in 0..HEAD {
            let row_of_keys = &keys[dimension * frames + first..dimension * frames + first + step];
            for block in 0..BLOCK {
                // SAFETY: `row_of_keys` holds BLOCK vectors.
                let key = unsafe { V::load_half(&row_of_keys[block * V::WIDTH..]) };
                for (sum, row) in sums.iter_mut().zip(rows.iter()) {
                    // SAFETY: the caller promises the instruction set.
                    sum[block] = unsafe { V::splat(row[dimension]).multiply_add(key, sum[block]) };
                }
            }
        }
        for (row, sums) in sums.iter().enumerate() {
            for (block, sum) in sums.iter().enumerate() {
                let place = row * frames + first + block * V::WIDTH;
                // SAFETY: the slice holds one vector.
                unsafe { sum.store(&mut scores[place..place + V::WIDTH]) };
            }
        }
        first += step;
    }
    for frame in vectored..frames {
        for row in 0..COUNT {
            scores[row * frames + frame] =
                (0..HEAD).map(|dimension| rows[row][dimension] * keys[dimension * frames + frame].to_f32()).sum();
        }
    }
    for row in 0..COUNT {
        softmax(&mut scores[row * frames..(row + 1) * frames], 1.0 / (HEAD as f32).sqrt());
    }
    for lane in (0..HEAD).step_by(step) {
        // SAFETY: the caller promises the instruction set.
        let mut sums = [[unsafe { V::splat(0.0) }; BLOCK]; COUNT];
        for frame in 0..frames {
            let row_of_values = &values[frame * HEAD + lane..frame * HEAD + lane + step];
            for block in 0..BLOCK {
                // SAFETY: `row_of_values` holds BLOCK vectors.
                let value = unsafe { V::load_half(&row_of_values[block * V::WIDTH..]) };
                for (row, sum) in sums.iter_mut().enumerate() {
                    // SAFETY: the caller promises the instruction set.
                    sum[block] = unsafe { V::splat(scores[row * frames + frame]).multiply_add(value, sum[block]) };
                }
            }
        }
        for (row, sums) in rows.iter_mut().zip(&sums) {
            for (block, sum) in sums.iter().enumerate() {
                let place = lane + block * V::WIDTH;
                // SAFETY: the slice holds one vector.
                unsafe { sum.store(&mut row[place..place + V::WIDTH]) };
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::dispatch::available;
    use super::*;

    /// The definition, in double precision.
    fn exact(query: &[f32], keys: &[f16], values: &[f16], frames: usize) -> Vec<f64> {
        let dot = |frame: usize| -> f64 {
            (0..HEAD).map(|d| f64::from(query[d]) * f64::from(keys[d * frames + frame].to_f32())).sum()
        };
        let scores: Vec<f64> = (0..frames).map(|frame| dot(frame) / 8.0).collect();
        let largest = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let weights: Vec<f64> = scores.iter().map(|score| (score - largest).exp()).collect();
        let total: f64 = weights.iter().sum();
        (0..HEAD)
            .map(|d| {
                let sum: f64 = weights
                    .iter()
                    .enumerate()
                    .map(|(f, weight)| weight * f64::from(values[f * HEAD + d].to_f32()))
                    .sum();
                sum / total
            })
            .collect()
    }

    #[test]
    fn every_instruction_set_computes_the_definition() {
        for frames in [1, 255, 256, 257, 1_500] {
            let number = |index: usize| ((index * 2_654_435_761) % 1_000) as f32 / 500.0 - 1.0;
            let keys: Vec<f16> = (0..frames * HEAD).map(|index| f16::from_f32(number(index))).collect();
            let values: Vec<f16> = (0..frames * HEAD).map(|index| f16::from_f32(number(index + 7))).collect();
            for isa in available() {
                let mut rows = [[0.0; HEAD]; ROWS];
                rows.iter_mut().flatten().enumerate().for_each(|(index, slot)| *slot = number(index + 3));
                let queries = rows;
                let mut scores = vec![0.0; ROWS * frames];
                attend::<5>(isa, &mut rows, &keys, &values, frames, &mut scores);
                for (row, query) in rows[..5].iter().zip(&queries) {
                    for (found, wanted) in row.iter().zip(exact(query, &keys, &values, frames)) {
                        assert!((f64::from(*found) - wanted).abs() < 1e-4, "{isa:?} {frames}: {found} {wanted}");
                    }
                }
                assert_eq!(rows[5], queries[5], "a row beyond the count was touched");
            }
        }
    }
}

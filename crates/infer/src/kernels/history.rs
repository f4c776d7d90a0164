//! Attention of new tokens to the texts so far, without copying the texts.

use super::dispatch::{for_every_isa, isa};
use super::softmax::softmax;
use super::vector::Vector;
use super::{HEAD, SharedOutput, wrong};
use ort::operator::{ComputeContext, Kernel, KernelContext, Operator, OperatorInput, OperatorOutput};
use ort::value::TensorElementType;

/// `query`, `key`, `value` f32 `[N, S, heads * 64]` of S new tokens of N sequences; `keys` and `values` f32
/// `[rows, heads * 64]` of all earlier tokens of all sequences; `history` i64 `[N, T]`: the rows that are a sequence's
/// own past, oldest first. To f32 `[N, S, heads * 64]`. A new token sees the past and the new tokens up to itself.
pub(crate) struct HistoryAttention;

impl Operator for HistoryAttention {
    type Kernel<'attr> = HistoryAttentionKernel;

    fn name(&self) -> &str {
        "HistoryAttention"
    }

    fn inputs(&self) -> impl IntoIterator<Item = OperatorInput> {
        let float = || OperatorInput::required(TensorElementType::Float32);
        [float(), float(), float(), float(), float(), OperatorInput::required(TensorElementType::Int64)]
    }

    fn outputs(&self) -> impl IntoIterator<Item = OperatorOutput> {
        [OperatorOutput::required(TensorElementType::Float32)]
    }

    fn create_kernel<'attr>(&self, _context: &KernelContext<'attr>) -> ort::Result<HistoryAttentionKernel> {
        Ok(HistoryAttentionKernel)
    }
}

pub(crate) struct HistoryAttentionKernel;

impl Kernel for HistoryAttentionKernel {
    #[expect(unsafe_code, reason = "tasks write disjoint parts of the output")]
    fn compute(&mut self, context: &ComputeContext) -> ort::Result<()> {
        let input = |index| context.input(index)?.ok_or_else(|| wrong("an input of HistoryAttention is missing"));
        let (query, key, value, keys, values) = (input(0)?, input(1)?, input(2)?, input(3)?, input(4)?);
        let history = input(5)?;
        let (shape, queries) = query.try_extract_tensor::<f32>()?;
        let (_, new_keys) = key.try_extract_tensor::<f32>()?;
        let (_, new_values) = value.try_extract_tensor::<f32>()?;
        let (_, keys) = keys.try_extract_tensor::<f32>()?;
        let (_, values) = values.try_extract_tensor::<f32>()?;
        let (_, history) = history.try_extract_tensor::<i64>()?;
        let size = |index: usize| usize::try_from(shape[index]).unwrap_or(0);
        let (sequences, tokens, width) = (size(0), size(1), size(2));
        let fits = sequences > 0 && width % HEAD == 0 && history.len() % sequences == 0 && keys.len() == values.len();
        let rows = keys.len() / width.max(1);
        let known = |row: &i64| usize::try_from(*row).is_ok_and(|row| row < rows);
        if !fits || new_keys.len() != queries.len() || new_values.len() != queries.len() || !history.iter().all(known) {
            return Err(wrong("the shapes of HistoryAttention do not fit together"));
        }
        let (past, heads) = (history.len() / sequences, width / HEAD);
        let mut output = context.output(0, shape.clone())?.ok_or_else(|| wrong("HistoryAttention has no output"))?;
        let output = SharedOutput(output.try_extract_tensor_mut::<f32>()?.1.as_mut_ptr());
        let isa = isa();
        context.par_for(sequences, 0, move |sequence| {
            let own = sequence * tokens * width..(sequence + 1) * tokens * width;
            let (own_keys, own_values) = (&new_keys[own.clone()], &new_values[own.clone()]);
            let history = &history[sequence * past..(sequence + 1) * past];
            let row = |row: &i64| *row as usize * width;
            let mut scores = vec![0.0; past + tokens];
            for token in 0..tokens {
                for head in 0..heads {
                    let place = |start: usize| start + head * HEAD..start + (head + 1) * HEAD;
                    let query = &queries[place(own.start + token * width)];
                    let new = (0..=token).map(|token| token * width);
                    let seen_keys: Vec<&[f32]> = history
                        .iter()
                        .map(|index| &keys[place(row(index))])
                        .chain(new.clone().map(|start| &own_keys[place(start)]))
                        .collect();
                    let seen_values: Vec<&[f32]> = history
                        .iter()
                        .map(|index| &values[place(row(index))])
                        .chain(new.map(|start| &own_values[place(start)]))
                        .collect();
                    let mut attended = [0.0; HEAD];
                    attend(isa, query, &seen_keys, &seen_values, &mut scores, &mut attended);
                    let start = own.start + token * width + head * HEAD;
                    // SAFETY: `start + HEAD` lies in the output; this sequence's rows are this task's own.
                    unsafe { output.write(start, &attended) };
                }
            }
        })
    }
}

for_every_isa! {
    /// What one query attends to among `keys` with their `values`, each 64 numbers long.
    fn attend[](
        query: &[f32],
        keys: &[&[f32]],
        values: &[&[f32]],
        scores: &mut [f32],
        attended: &mut [f32; HEAD],
    ) = attend_body
}

/// # Safety
/// The processor must have the instruction set of `V`; keys and values must be [`HEAD`] long.
#[inline(always)]
#[expect(unsafe_code, reason = "vector instructions over slices whose lengths are checked here")]
unsafe fn attend_body<V: Vector, const BLOCK: usize>(
    query: &[f32],
    keys: &[&[f32]],
    values: &[&[f32]],
    scores: &mut [f32],
    attended: &mut [f32; HEAD],
) {
    let scores = &mut scores[..keys.len()];
    let query = &query[..HEAD];
    for (score, key) in scores.iter_mut().zip(keys) {
        let key = &key[..HEAD];
        // SAFETY: the caller promises the instruction set; every slice holds at least one vector.
        let sum = (0..HEAD).step_by(V::WIDTH).fold(unsafe { V::splat(0.0) }, |sum, at| unsafe {
            V::load(&query[at..at + V::WIDTH]).multiply_add(V::load(&key[at..at + V::WIDTH]), sum)
        });
        let mut parts = [0.0; 16];
        // SAFETY: no vector is wider than the array.
        unsafe { sum.store(&mut parts) };
        *score = parts.iter().sum();
    }
    softmax(scores, 1.0 / (HEAD as f32).sqrt());
    for lane in (0..HEAD).step_by(V::WIDTH * BLOCK) {
        // SAFETY: the caller promises the instruction set.
        let mut sums = [unsafe { V::splat(0.0) }; BLOCK];
        for (weight, value) in scores.iter().zip(values) {
            let value = &value[lane..lane + V::WIDTH * BLOCK];
            for (block, sum) in sums.iter_mut().enumerate() {
                // SAFETY: `value` holds BLOCK vectors.
                *sum = unsafe { V::splat(*weight).multiply_add(V::load(&value[block * V::WIDTH..]), *sum) };
            }
        }
        for (block, sum) in sums.iter().enumerate() {
            let place = lane + block * V::WIDTH;
            // SAFETY: the slice holds one vector.
            unsafe { sum.store(&mut attended[place..place + V::WIDTH]) };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::dispatch::available;
    use super::*;

    #[test]
    fn every_instruction_set_computes_the_definition() {
        let number = |index: usize| ((index * 2_654_435_761) % 1_000) as f32 / 500.0 - 1.0;
        let rows: Vec<Vec<f32>> = (0..37).map(|row| (0..HEAD).map(|d| number(row * HEAD + d)).collect()).collect();
        let keys: Vec<&[f32]> = rows.iter().map(Vec::as_slice).collect();
        let values: Vec<&[f32]> = rows.iter().rev().map(Vec::as_slice).collect();
        let query: Vec<f32> = (0..HEAD).map(|d| number(d + 11)).collect();
        let dots =
            keys.iter().map(|key| key.iter().zip(&query).map(|(k, q)| f64::from(*k) * f64::from(*q)).sum::<f64>());
        let weights: Vec<f64> = dots.map(|dot| (dot / 8.0).exp()).collect();
        let total: f64 = weights.iter().sum();
        for isa in available() {
            let mut attended = [0.0; HEAD];
            attend(isa, &query, &keys, &values, &mut [0.0; 40], &mut attended);
            for (dimension, found) in attended.iter().enumerate() {
                let wanted: f64 = weights.iter().zip(&values).map(|(w, value)| w * f64::from(value[dimension])).sum();
                assert!((f64::from(*found) - wanted / total).abs() < 1e-5, "{isa:?}: {found}");
            }
        }
    }
}

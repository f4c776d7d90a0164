//! Token times from decoder attention: which frames a token listened to.
//!
//! As Whisper's `timing.py` (commit 517a43ecd132a2089d85f4ebc044728a71d49f6e): the alignment heads' weights are
//! normalised per frame over the tokens, smoothed by a median over seven frames, averaged over the heads, and the
//! cheapest monotonic path (dynamic time warping, Sakoe and Chiba 1978) says where each token starts.

use crate::transcribe::Attention;

/// Encoder frames a second.
pub const FRAMES_PER_SECOND: f64 = 50.0;
const MEDIAN_WIDTH: usize = 7;

/// First and last frame (exclusive) of each of `texts` tokens that follow `prompt` tokens; frames are 20 ms.
///
/// `frames` is how many frames of the window hold sound. Row `i` of the attention is the query that predicts token
/// `i + 1`, so the rows from the last prompt token on belong to the text.
pub fn token_frames(attention: &Attention, prompt: usize, text: usize, frames: usize) -> Vec<(usize, usize)> {
    let frames = frames.clamp(1, attention.frames.max(1));
    let first = prompt.saturating_sub(1);
    if text == 0 || attention.tokens < first + text + 1 {
        return Vec::new();
    }
    let rows = text + 1;
    let mut mean = vec![0.0_f32; rows * frames];
    for head in 0..attention.heads {
        let all = normalised(attention, head, frames);
        for (target, row) in mean.chunks_exact_mut(frames).zip(all.chunks_exact(frames).skip(first)) {
            median_filter(row, target);
        }
    }
    let starts = path_starts(&mean, rows, frames);
    (0..text).map(|token| (starts[token], starts[token + 1])).collect()
}

/// One head's weights over `frames`, each row adding up to 1 again, then standardised per frame over all tokens.
fn normalised(attention: &Attention, head: usize, frames: usize) -> Vec<f32> {
    let tokens = attention.tokens;
    let mut weights = Vec::with_capacity(tokens * frames);
    for token in 0..tokens {
        let start = (head * tokens + token) * attention.frames;
        let row = &attention.weights[start..start + frames];
        let scale = 1.0 / row.iter().sum::<f32>().max(f32::MIN_POSITIVE);
        weights.extend(row.iter().map(|weight| weight * scale));
    }
    let mut mean = vec![0.0_f32; frames];
    let mut variance = vec![0.0_f32; frames];
    for row in weights.chunks_exact(frames) {
        mean.iter_mut().zip(row).for_each(|(mean, weight)| *mean += weight / tokens as f32);
    }
    for row in weights.chunks_exact(frames) {
        let squares = row.iter().zip(&mean).map(|(weight, mean)| (weight - mean) * (weight - mean) / tokens as f32);
        variance.iter_mut().zip(squares).for_each(|(variance, square)| *variance += square);
    }
    let inverse: Vec<f32> = variance.iter().map(|variance| 1.0 / variance.sqrt().max(1e-10)).collect();
    for row in weights.chunks_exact_mut(frames) {
        for ((weight, mean), inverse) in row.iter_mut().zip(&mean).zip(&inverse) {
            *weight = (*weight - mean) * inverse;
        }
    }
    weights
}

/// Adds the running median of `row`, reflected at its ends, to `target`.
fn median_filter(row: &[f32], target: &mut [f32]) {
    let half = MEDIAN_WIDTH / 2;
    let last = row.len() as i64 - 1;
    let at = |index: i64| {
        let reflected = if index < 0 {
            -index
        } else if index > last {
            2 * last - index
        } else {
            index
        };
        row[reflected.clamp(0, last) as usize]
    };
    for (centre, slot) in target.iter_mut().enumerate() {
        let mut window = [0.0_f32; MEDIAN_WIDTH];
        for (offset, value) in window.iter_mut().enumerate() {
            *value = at(centre as i64 + offset as i64 - half as i64);
        }
        window.sort_unstable_by(f32::total_cmp);
        *slot += window[half];
    }
}

/// First frame of each row on the monotonic path of the largest sum through `[rows, frames]`.
fn path_starts(similarity: &[f32], rows: usize, frames: usize) -> Vec<usize> {
    #[derive(Clone, Copy, PartialEq)]
    enum Step {
        Both,
        Row,
        Frame,
    }
    let width = frames + 1;
    let mut cost = vec![f32::INFINITY; width];
    cost[0] = 0.0;
    let mut steps = vec![Step::Frame; (rows + 1) * width];
    for row in 1..=rows {
        let mut diagonal = cost[0];
        cost[0] = f32::INFINITY;
        for frame in 1..=frames {
            let (both, above, left) = (diagonal, cost[frame], cost[frame - 1]);
            let (best, step) = if both < above && both < left {
                (both, Step::Both)
            } else if above < both && above < left {
                (above, Step::Row)
            } else {
                (left, Step::Frame)
            };
            diagonal = cost[frame];
            cost[frame] = best - similarity[(row - 1) * frames + frame - 1];
            steps[row * width + frame] = step;
        }
    }
    let mut starts = vec![0; rows];
    let (mut row, mut frame) = (rows, frames);
    while row > 0 && frame > 0 {
        starts[row - 1] = frame - 1;
        match steps[row * width + frame] {
            Step::Both => (row, frame) = (row - 1, frame - 1),
            Step::Row => row -= 1,
            Step::Frame => frame -= 1,
        }
    }
    starts
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn tokens_are_found_where_they_listen() {
        // Prompt of one token, three text tokens that listen to frames 10-29, 30-59 and 60-99; then silence.
        let (tokens, frames) = (5, 120);
        let spans = [(0, 10), (10, 30), (30, 60), (60, 100), (100, 120)];
        let mut weights = vec![0.001; tokens * frames];
        // Row i listens to what token i + 1 says; row 0 is the prompt's last token.
        for (row, (start, end)) in spans[1..].iter().enumerate() {
            weights[row * frames + start..row * frames + end].fill(1.0);
        }
        let attention = Attention { heads: 1, tokens, frames, weights };
        let found = token_frames(&attention, 1, 3, frames);
        for ((start, end), (wanted_start, wanted_end)) in found.iter().zip(&spans[1..4]).skip(1) {
            assert!(start.abs_diff(*wanted_start) <= 2 && end.abs_diff(*wanted_end) <= 2, "{found:?}");
        }
    }

    proptest! {
        #[test]
        fn times_never_run_backwards(weights in proptest::collection::vec(0.0_f32..1.0, 2 * 8 * 50), frames in 1_usize..60) {
            let attention = Attention { heads: 2, tokens: 8, frames: 50, weights };
            let found = token_frames(&attention, 3, 5, frames);
            prop_assert_eq!(found.len(), 5);
            prop_assert!(found.iter().all(|(start, end)| start <= end && *end <= frames.min(50)));
            prop_assert!(found.windows(2).all(|pair| pair[0].1 == pair[1].0));
        }
    }
}

//! From log-probabilities to texts: beam search, seeded sampling, and falling back from one to the other.
//!
//! As in Whisper's `decoding.py` and `transcribe.py` (commit 517a43ecd132a2089d85f4ebc044728a71d49f6e): a search ends
//! when `beam` texts have ended; texts are ranked by mean log-probability; a text that repeats itself or is improbable
//! is decoded again at the next temperature.

use super::compression::compression_ratio;
use super::network::{FORBIDDEN, Step, WhisperNetwork};
use super::vocabulary::Vocabulary;
use super::{Fallback, TranscribeSettings};
use crate::network::NetworkError;
use voiceman_base::Watch;

/// A decoded window.
#[derive(Clone, Debug, PartialEq)]
pub struct Decoded {
    /// Tokens of the text, the end token not included.
    pub tokens: Vec<u32>,
    /// Natural log-probability of each token.
    pub logprobs: Vec<f32>,
    /// Sum of all log-probabilities, that of the end token included.
    pub total: f64,
    /// Temperature it was accepted at.
    pub temperature: f64,
}

impl Decoded {
    /// Mean log-probability per token, the end token included.
    pub fn avg_logprob(&self) -> f64 {
        self.total / (self.tokens.len() + 1) as f64
    }

    /// What texts of one window are ranked by: as Whisper's `MaximumLikelihoodRanker`, the end token counts for the
    /// probability and not for the length. Counting it for both would favour texts that leave words out.
    fn rank(&self) -> f64 {
        self.total / self.tokens.len().max(1) as f64
    }
}

/// What is added to the logits: nothing is suppressed twice, and time tokens never come.
pub struct Biases {
    start: Vec<f32>,
    later: Vec<f32>,
    none: Vec<f32>,
}

impl Biases {
    /// Biases for a vocabulary.
    pub fn new(vocabulary: &Vocabulary) -> Biases {
        let special = &vocabulary.special;
        let mut later = vec![0.0; vocabulary.len()];
        let forbid = |bias: &mut [f32], token: u32| {
            if let Some(slot) = bias.get_mut(token as usize) {
                *slot = FORBIDDEN;
            }
        };
        let time_tokens = special.first_timestamp..u32::try_from(vocabulary.len()).unwrap_or(u32::MAX);
        for token in
            special.suppressed.iter().copied().chain(time_tokens).chain([special.no_timestamps, special.no_speech])
        {
            forbid(&mut later, token);
        }
        let mut start = later.clone();
        special.suppressed_at_start.iter().for_each(|token| forbid(&mut start, *token));
        Biases { start, later, none: vec![0.0; vocabulary.len()] }
    }

    /// No bias at all, to read the probabilities of steering tokens.
    pub fn none(&self) -> &[f32] {
        &self.none
    }
}

/// Everything a search needs besides the network.
pub struct Search<'a> {
    /// Vocabulary of the network.
    pub vocabulary: &'a Vocabulary,
    /// Biases of that vocabulary.
    pub biases: &'a Biases,
    /// Settings.
    pub settings: &'a TranscribeSettings,
    /// Most tokens of a text, prompt not included.
    pub max_tokens: usize,
}

impl Search<'_> {
    /// Decodes the windows, of which `prompts` holds one prompt each, all equally long; falls back where needed.
    ///
    /// `no_speech` is the probability that the window holds none: an improbable text over no speech is not tried again.
    ///
    /// # Errors
    /// When the network cannot be run or the user asked to stop.
    pub fn decode(
        &self,
        network: &mut dyn WhisperNetwork,
        prompts: &[Vec<u32>],
        no_speech: &[f64],
        watch: &dyn Watch,
    ) -> Result<Vec<Decoded>, NetworkError> {
        let all: Vec<usize> = (0..prompts.len()).collect();
        let mut decoded = self.beam(network, &all, prompts, watch)?;
        let Fallback { temperatures, best_of, seed, .. } = &self.settings.fallback;
        for (round, temperature) in temperatures.iter().enumerate() {
            let again: Vec<usize> =
                all.iter().copied().filter(|w| self.needs_fallback(&decoded[*w], no_speech[*w])).collect();
            if again.is_empty() {
                break;
            }
            let seed = seed.wrapping_add(round as u64);
            let sampled = self.sample(network, &again, prompts, *temperature, *best_of as usize, seed, watch)?;
            for (window, sampled) in again.into_iter().zip(sampled) {
                decoded[window] = sampled;
            }
        }
        Ok(decoded)
    }

    fn needs_fallback(&self, decoded: &Decoded, no_speech: f64) -> bool {
        let fallback = &self.settings.fallback;
        let improbable = decoded.avg_logprob() < fallback.logprob_threshold;
        if improbable && no_speech > fallback.no_speech_threshold {
            return false;
        }
        let text = self.vocabulary.decode(decoded.tokens.iter().copied());
        improbable || compression_ratio(text.trim()) > fallback.compression_ratio_threshold
    }

    /// Beam search over all `windows` at once.
    fn beam(
        &self,
        network: &mut dyn WhisperNetwork,
        windows: &[usize],
        prompts: &[Vec<u32>],
        watch: &dyn Watch,
    ) -> Result<Vec<Decoded>, NetworkError> {
        let beam = self.settings.beam as usize;
        let end = self.vocabulary.special.end_of_text;
        let mut searches: Vec<BeamSearch> = windows.iter().map(|_| BeamSearch::new(beam)).collect();
        let mut active: Vec<usize> = (0..windows.len()).collect();
        let mut sequences_per_window = 1;
        let mut logprobs = self.begin(network, windows, prompts, 1)?;
        let mut bases: Vec<usize> = (0..windows.len()).collect();
        for length in 0..self.max_tokens {
            watch.check()?;
            for (search, base) in active.iter().zip(&bases) {
                let rows =
                    &logprobs[base * self.vocabulary.len()..(base + sequences_per_window) * self.vocabulary.len()];
                searches[*search].advance(rows, self.vocabulary.len(), end);
            }
            let still: Vec<(usize, usize)> = active
                .iter()
                .copied()
                .zip(bases.iter().copied())
                .filter(|(search, _)| !searches[*search].is_done())
                .collect();
            if still.is_empty() || length + 1 == self.max_tokens {
                break;
            }
            let parents: Vec<usize> = still
                .iter()
                .flat_map(|(search, base)| searches[*search].parents.iter().map(move |parent| base + parent))
                .collect();
            let tokens: Vec<u32> = still.iter().flat_map(|(search, _)| searches[*search].last_tokens()).collect();
            active = still.iter().map(|(search, _)| *search).collect();
            let remaining: Vec<usize> = active.iter().map(|search| windows[*search]).collect();
            let step = Step {
                windows: &remaining,
                parents: Some(&parents),
                tokens: &tokens,
                sequences: tokens.len(),
                bias: &self.biases.later,
            };
            logprobs = network.step(&step)?;
            sequences_per_window = beam;
            bases = (0..active.len()).map(|index| index * beam).collect();
        }
        Ok(searches.into_iter().map(BeamSearch::best).collect())
    }

    /// Draws `best_of` texts per window at `temperature` and keeps the most probable. The numbers drawn depend on the
    /// seed, the try and the step, not on which other windows are decoded.
    #[expect(clippy::too_many_arguments, reason = "a private continuation of `decode`")]
    fn sample(
        &self,
        network: &mut dyn WhisperNetwork,
        windows: &[usize],
        prompts: &[Vec<u32>],
        temperature: f64,
        best_of: usize,
        seed: u64,
        watch: &dyn Watch,
    ) -> Result<Vec<Decoded>, NetworkError> {
        let end = self.vocabulary.special.end_of_text;
        let count = windows.len() * best_of;
        let mut texts: Vec<Decoded> =
            (0..count).map(|_| Decoded { tokens: Vec::new(), logprobs: Vec::new(), total: 0.0, temperature }).collect();
        let mut ended = vec![false; count];
        let mut randoms: Vec<SplitMix> =
            (0..count).map(|sequence| SplitMix(seed ^ ((sequence % best_of) as u64) << 32)).collect();
        let mut logprobs = self.begin(network, windows, prompts, best_of)?;
        for _ in 0..self.max_tokens {
            watch.check()?;
            let mut tokens = vec![end; count];
            for sequence in 0..count {
                if ended[sequence] {
                    continue;
                }
                let row = &logprobs[sequence * self.vocabulary.len()..(sequence + 1) * self.vocabulary.len()];
                let token = draw(row, temperature, &mut randoms[sequence]);
                tokens[sequence] = token;
                let text = &mut texts[sequence];
                text.total += f64::from(row[token as usize]);
                if token == end {
                    ended[sequence] = true;
                } else {
                    text.tokens.push(token);
                    text.logprobs.push(row[token as usize]);
                }
            }
            if ended.iter().all(|ended| *ended) {
                break;
            }
            let parents: Vec<usize> = (0..count).collect();
            let step =
                Step { windows, parents: Some(&parents), tokens: &tokens, sequences: count, bias: &self.biases.later };
            logprobs = network.step(&step)?;
        }
        let best = |texts: &[Decoded]| texts.iter().max_by(|a, b| a.rank().total_cmp(&b.rank())).cloned();
        Ok(texts.chunks(best_of).filter_map(best).collect())
    }

    /// Begins anew with the prompts of `windows`.
    fn begin<'n>(
        &self,
        network: &'n mut dyn WhisperNetwork,
        windows: &[usize],
        prompts: &[Vec<u32>],
        sequences_per_window: usize,
    ) -> Result<&'n [f32], NetworkError> {
        let prompts = windows.iter().map(|window| &prompts[*window]);
        let tokens: Vec<u32> =
            prompts.flat_map(|prompt| std::iter::repeat_n(prompt, sequences_per_window).flatten().copied()).collect();
        let sequences = windows.len() * sequences_per_window;
        network.step(&Step { windows, parents: None, tokens: &tokens, sequences, bias: &self.biases.start })
    }
}

/// The search of one window.
struct BeamSearch {
    beam: usize,
    live: Vec<Decoded>,
    finished: Vec<Decoded>,
    /// For each live text, which text of the step before it continues.
    parents: Vec<usize>,
}

impl BeamSearch {
    fn new(beam: usize) -> BeamSearch {
        let root = Decoded { tokens: Vec::new(), logprobs: Vec::new(), total: 0.0, temperature: 0.0 };
        BeamSearch { beam, live: vec![root], finished: Vec::new(), parents: Vec::new() }
    }

    fn is_done(&self) -> bool {
        self.finished.len() >= self.beam
    }

    fn last_tokens(&self) -> impl Iterator<Item = u32> + '_ {
        self.live.iter().map(|text| text.tokens.last().copied().unwrap_or_default())
    }

    /// Extends the live texts by the best tokens; `rows` holds log-probabilities `[live, vocabulary]`.
    fn advance(&mut self, rows: &[f32], vocabulary: usize, end: u32) {
        // One more than the beam per text: enough even if the end token is among them.
        let wanted = self.beam + 1;
        let mut candidates: Vec<(f64, usize, u32, f32)> = Vec::with_capacity(self.live.len() * wanted);
        for (index, (text, row)) in self.live.iter().zip(rows.chunks_exact(vocabulary)).enumerate() {
            for (token, logprob) in top(row, wanted) {
                candidates.push((text.total + f64::from(logprob), index, token, logprob));
            }
        }
        candidates.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)).then(a.2.cmp(&b.2)));
        let mut live = Vec::with_capacity(self.beam);
        self.parents.clear();
        for (total, parent, token, logprob) in candidates {
            let mut text = Decoded { total, ..self.live[parent].clone() };
            if token == end {
                if self.finished.len() < self.beam {
                    self.finished.push(text);
                }
                continue;
            }
            text.tokens.push(token);
            text.logprobs.push(logprob);
            live.push(text);
            self.parents.push(parent);
            if live.len() == self.beam {
                break;
            }
        }
        self.live = live;
    }

    /// The text of highest rank; texts that never ended count only where none did.
    fn best(self) -> Decoded {
        let texts = if self.finished.is_empty() { self.live } else { self.finished };
        let best = texts.into_iter().max_by(|a, b| a.rank().total_cmp(&b.rank()));
        best.unwrap_or(Decoded { tokens: Vec::new(), logprobs: Vec::new(), total: 0.0, temperature: 0.0 })
    }
}

/// The `count` largest numbers of `row`, largest first, the earlier token first where equal.
fn top(row: &[f32], count: usize) -> Vec<(u32, f32)> {
    let mut best: Vec<(u32, f32)> = Vec::with_capacity(count + 1);
    let mut lowest = f32::NEG_INFINITY;
    // Blocks without a candidate are passed over by a comparison that the compiler turns into SIMD.
    for (block, numbers) in row.chunks(64).enumerate() {
        if !numbers.iter().fold(false, |any, number| any | (*number > lowest)) {
            continue;
        }
        for (offset, number) in numbers.iter().enumerate() {
            if *number > lowest {
                let position = best.partition_point(|(_, other)| *other >= *number);
                best.insert(position, ((block * 64 + offset) as u32, *number));
                best.truncate(count);
                if best.len() == count {
                    lowest = best[count - 1].1;
                }
            }
        }
    }
    best
}

/// Draws a token from log-probabilities sharpened by `temperature`.
fn draw(row: &[f32], temperature: f64, random: &mut SplitMix) -> u32 {
    let largest = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let weight = |logprob: f32| (f64::from(logprob - largest) / temperature).exp();
    let total: f64 = row.iter().map(|logprob| weight(*logprob)).sum();
    let mut left = random.unit() * total;
    for (token, logprob) in row.iter().enumerate() {
        left -= weight(*logprob);
        if left < 0.0 {
            return token as u32;
        }
    }
    row.iter().position(|logprob| *logprob == largest).unwrap_or(0) as u32
}

/// SplitMix64 (Steele, Lea, Flood 2014): a small generator with a fixed sequence on every machine.
struct SplitMix(u64);

impl SplitMix {
    /// A number in `[0, 1)`.
    fn unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        (mixed >> 11) as f64 / (1_u64 << 53) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn top_finds_the_largest_in_order() {
        let row: Vec<f32> = (0..1_000).map(|index| ((index * 7_919) % 1_009) as f32).collect();
        let mut sorted: Vec<(u32, f32)> = row.iter().copied().enumerate().map(|(i, v)| (i as u32, v)).collect();
        sorted.sort_by(|a, b| b.1.total_cmp(&a.1));
        assert_eq!(top(&row, 6), sorted[..6]);
        assert_eq!(top(&[1.0, 1.0, 1.0], 2), [(0, 1.0), (1, 1.0)]);
    }

    #[test]
    fn beam_prefers_the_better_whole_over_the_better_start() {
        // Tokens 0 to 2, end is 2. Starting with 0 looks best but leads nowhere good.
        let mut search = BeamSearch::new(2);
        search.advance(&[-0.5, -1.0, -9.0], 3, 2);
        search.advance(&[-5.0, -5.0, -4.0, -5.0, -5.0, -0.01], 3, 2);
        assert_eq!(search.finished.iter().map(|text| text.tokens.clone()).collect::<Vec<_>>(), [vec![1], vec![0]]);
        assert_eq!(search.best().tokens, [1]);
    }

    #[test]
    fn drawing_follows_the_probabilities_and_the_seed() {
        let row = [0.7_f32.ln(), 0.3_f32.ln(), FORBIDDEN];
        let mut random = SplitMix(7);
        let drawn: Vec<u32> = (0..2_000).map(|_| draw(&row, 1.0, &mut random)).collect();
        let zeros = drawn.iter().filter(|token| **token == 0).count();
        assert!((1_300..1_500).contains(&zeros), "{zeros}");
        assert!(!drawn.contains(&2));
        let mut again = SplitMix(7);
        assert!(drawn.iter().all(|token| *token == draw(&row, 1.0, &mut again)));
    }
}

//! How alike voices are.
//!
//! Two groups of pieces are as alike as their pieces are on average, weighted by length. That average follows from the mean
//! embedding and the spread of pitches of each group alone, so no group needs to remember its pieces.
//!
//! An excited voice lies higher and sounds less like itself: over the emotions of one actor the cosine similarity of
//! embeddings falls by about 0.24 per octave between the pitches of the pieces, and between actors it hardly falls
//! (`docs/decisions/0015-emotion-must-not-split-a-person.md`). Pieces are granted what their pitches explain.

use super::DiarizeSettings;

/// Pitches are told apart to this part of an octave.
const BINS_PER_OCTAVE: f64 = 12.0;
/// Pitch of bin 0 in hertz.
const LOWEST_HZ: f64 = 50.0;
/// Octaves between the pitches of two pieces where one of them has none.
const UNKNOWN_OCTAVES: f64 = 0.29;

/// A piece of a voice, or a group of pieces.
#[derive(Clone, Debug)]
pub(super) struct Voice {
    /// Sum of embeddings of length 1, each weighted by its seconds.
    sum: Vec<f64>,
    /// Seconds.
    pub(super) weight: f64,
    /// Sum of the squares of the seconds of the pieces.
    squares: f64,
    /// Seconds by pitch; `None` where pitch could not be told.
    pitches: Vec<(Option<i32>, f64)>,
}

/// Pairs of pieces of one voice.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Pairs {
    /// Sum over the pairs of the product of their seconds.
    pub(super) weight: f64,
    /// Sum of their similarities, each weighted by that product.
    pub(super) alike: f64,
}

impl Voice {
    /// A piece of `seconds` with an embedding and a median pitch. Nothing if the embedding has no direction.
    pub(super) fn new(embedding: &[f32], pitch_hz: Option<f64>, seconds: f64) -> Option<Voice> {
        let norm = embedding.iter().map(|value| f64::from(*value).powi(2)).sum::<f64>().sqrt();
        let usable = norm.is_finite() && norm > 0.0 && seconds > 0.0;
        let bin = pitch_hz.map(|pitch| ((pitch / LOWEST_HZ).log2() * BINS_PER_OCTAVE).round() as i32);
        usable.then(|| Voice {
            sum: embedding.iter().map(|value| f64::from(*value) / norm * seconds).collect(),
            weight: seconds,
            squares: seconds * seconds,
            pitches: vec![(bin, seconds)],
        })
    }

    /// All of `voices` as one.
    pub(super) fn together<'v>(voices: impl IntoIterator<Item = &'v Voice>) -> Option<Voice> {
        voices.into_iter().fold(None, |all, voice| match all {
            None => Some(voice.clone()),
            Some(mut all) => {
                all.sum.iter_mut().zip(&voice.sum).for_each(|(sum, value)| *sum += value);
                all.weight += voice.weight;
                all.squares += voice.squares;
                for (bin, seconds) in &voice.pitches {
                    match all.pitches.iter_mut().find(|(known, _)| known == bin) {
                        Some((_, known)) => *known += seconds,
                        None => all.pitches.push((*bin, *seconds)),
                    }
                }
                Some(all)
            }
        })
    }

    /// Mean similarity of the pieces of two voices.
    pub(super) fn similarity(&self, other: &Voice, settings: &DiarizeSettings) -> f64 {
        let scale = self.weight * other.weight;
        let cosine = self.sum.iter().zip(&other.sum).map(|(a, b)| a * b).sum::<f64>() / scale;
        let mut octaves = 0.0;
        for (a, seconds) in &self.pitches {
            for (b, others) in &other.pitches {
                let apart = match (a, b) {
                    (Some(a), Some(b)) => f64::from((a - b).abs()) / BINS_PER_OCTAVE,
                    _ => UNKNOWN_OCTAVES,
                };
                octaves += seconds * others * apart.min(settings.max_octaves);
            }
        }
        cosine + settings.per_octave * octaves / scale
    }

    /// Mean similarity of a piece of this voice to the others of it; nothing if there are none.
    pub(super) fn to_the_rest(&self, piece: &Voice, settings: &DiarizeSettings) -> Option<f64> {
        let rest = self.weight - piece.weight;
        let own = piece.similarity(piece, settings);
        (rest > 1e-6).then(|| (self.weight * self.similarity(piece, settings) - piece.weight * own) / rest)
    }

    /// Mean similarity of the pieces of this voice to each other; nothing if it is a single one.
    pub(super) fn cohesion(&self, settings: &DiarizeSettings) -> Option<f64> {
        let pairs = self.pairs(settings);
        (pairs.weight > 1e-6).then(|| pairs.alike / pairs.weight)
    }

    /// The pairs of different pieces of this voice. A piece compared with itself has cosine 1 and no distance in pitch.
    pub(super) fn pairs(&self, settings: &DiarizeSettings) -> Pairs {
        let all = self.weight * self.weight * self.similarity(self, settings);
        let weight = self.weight * self.weight - self.squares;
        Pairs { weight: weight / 2.0, alike: if weight > 1e-6 { (all - self.squares) / 2.0 } else { 0.0 } }
    }

    /// The pitch of a single piece, to a semitone.
    pub(super) fn pitch_hz(&self) -> Option<f64> {
        let (bin, _) = self.pitches.first()?;
        bin.map(|bin| LOWEST_HZ * (f64::from(bin) / BINS_PER_OCTAVE).exp2())
    }

    /// Mean embedding, of length 1.
    pub(super) fn direction(&self) -> Vec<f32> {
        let norm = self.sum.iter().map(|value| value * value).sum::<f64>().sqrt().max(f64::MIN_POSITIVE);
        self.sum.iter().map(|value| (value / norm) as f32).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece(angle: f32, pitch: f64, seconds: f64) -> Voice {
        Voice::new(&[angle.cos(), angle.sin()], Some(pitch), seconds).unwrap()
    }

    #[test]
    fn groups_are_as_alike_as_their_pieces_on_average() {
        let settings = DiarizeSettings::default();
        let left = [piece(0.0, 100.0, 1.0), piece(0.4, 200.0, 2.0)];
        let right = [piece(1.0, 100.0, 3.0), piece(1.5, 400.0, 0.5)];
        let mut wanted = 0.0;
        for a in &left {
            for b in &right {
                wanted += a.weight * b.weight * a.similarity(b, &settings);
            }
        }
        wanted /= 3.0 * 3.5;
        let (left, right) = (Voice::together(&left).unwrap(), Voice::together(&right).unwrap());
        assert!((left.similarity(&right, &settings) - wanted).abs() < 1e-9);
    }

    #[test]
    fn cohesion_is_that_of_different_pieces() {
        let settings = DiarizeSettings { per_octave: 0.0, ..DiarizeSettings::default() };
        let pieces = [piece(0.0, 100.0, 1.0), piece(0.5, 100.0, 1.0), piece(1.0, 100.0, 1.0)];
        let voice = Voice::together(&pieces).unwrap();
        let wanted = f64::from((2.0 * 0.5_f32.cos() + 1.0_f32.cos()) / 3.0);
        assert!((voice.cohesion(&settings).unwrap() - wanted).abs() < 1e-6);
        let rest = f64::from((0.5_f32.cos() + 1.0_f32.cos()) / 2.0);
        assert!((voice.to_the_rest(&pieces[0], &settings).unwrap() - rest).abs() < 1e-6);
        assert_eq!(pieces[0].cohesion(&settings), None);
    }

    #[test]
    fn a_distance_in_pitch_makes_pieces_more_alike_up_to_a_limit() {
        let settings = DiarizeSettings::default();
        let alike = |pitch| piece(0.0, 100.0, 1.0).similarity(&piece(1.0, pitch, 1.0), &settings);
        assert!((alike(200.0) - alike(100.0) - settings.per_octave).abs() < 1e-9);
        assert!((alike(800.0) - alike(100.0) - settings.per_octave * settings.max_octaves).abs() < 1e-9);
    }

    #[test]
    fn an_embedding_without_direction_is_no_voice() {
        assert!(Voice::new(&[0.0, 0.0], None, 1.0).is_none());
        assert!(Voice::new(&[f32::NAN, 0.0], None, 1.0).is_none());
    }
}

//! The cheapest way to give words to speakers: uncovered seconds against changes (Viterbi 1967).

use super::AttributeSettings;

/// A word, and how much of it each speaker covers.
pub(super) struct Candidate {
    pub(super) seconds: f64,
    /// By speaker, in `[0, 1]`.
    pub(super) covered: Vec<f64>,
    /// Whether a change of speaker is likely before it.
    pub(super) may_change: bool,
}

/// The speaker of each word, as a place in `covered`. Equal costs go to the speaker who was there before, then to the
/// one with the smaller number.
pub(super) fn cheapest(words: &[Candidate], settings: &AttributeSettings) -> Vec<usize> {
    let speakers = words.first().map_or(0, |word| word.covered.len());
    let mut costs = vec![0.0; speakers];
    let mut came_from: Vec<Vec<usize>> = Vec::with_capacity(words.len());
    for (index, word) in words.iter().enumerate() {
        let change = if word.may_change { settings.easy_change_s } else { settings.change_s };
        let best = (0..speakers).fold(0, |best, next| if costs[next] < costs[best] { next } else { best });
        let mut next = Vec::with_capacity(speakers);
        let mut from = Vec::with_capacity(speakers);
        for (speaker, covered) in word.covered.iter().enumerate() {
            let stays = index == 0 || costs[speaker] <= costs[best] + change;
            from.push(if stays { speaker } else { best });
            let before = if stays { costs[speaker] } else { costs[best] + change };
            next.push(before + word.seconds * (1.0 - covered));
        }
        costs = next;
        came_from.push(from);
    }
    let mut speaker = (0..speakers).fold(0, |best, next| if costs[next] < costs[best] { next } else { best });
    let mut path = vec![0; words.len()];
    for (index, from) in came_from.iter().enumerate().rev() {
        path[index] = speaker;
        speaker = from[speaker];
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(seconds: f64, first: f64, second: f64, may_change: bool) -> Candidate {
        Candidate { seconds, covered: vec![first, second], may_change }
    }

    fn path(words: &[Candidate]) -> Vec<usize> {
        cheapest(words, &AttributeSettings::default())
    }

    #[test]
    fn one_short_word_does_not_tear_a_sentence() {
        let words = [word(0.3, 1.0, 0.0, false), word(0.2, 0.0, 1.0, false), word(0.3, 1.0, 0.0, false)];
        assert_eq!(path(&words), [0, 0, 0]);
    }

    #[test]
    fn a_long_word_and_one_between_pauses_keep_their_speaker() {
        let long = [word(0.3, 1.0, 0.0, false), word(0.5, 0.0, 1.0, false), word(0.3, 1.0, 0.0, false)];
        assert_eq!(path(&long), [0, 1, 0]);
        let apart = [word(0.3, 1.0, 0.0, false), word(0.2, 0.0, 1.0, true), word(0.3, 1.0, 0.0, true)];
        assert_eq!(path(&apart), [0, 1, 0]);
    }

    #[test]
    fn a_change_comes_at_the_end_of_a_sentence_rather_than_beside_it() {
        // The boundary of the turns lies one word too early.
        let words = [
            word(0.3, 1.0, 0.0, false),
            word(0.12, 0.4, 0.6, false),
            word(0.3, 0.0, 1.0, true),
            word(0.3, 0.0, 1.0, false),
        ];
        assert_eq!(path(&words), [0, 0, 1, 1]);
    }

    #[test]
    fn words_without_time_follow_their_neighbours() {
        let words = [word(0.3, 0.0, 1.0, false), word(0.0, 0.0, 0.0, false), word(0.3, 0.0, 1.0, false)];
        assert_eq!(path(&words), [1, 1, 1]);
        assert!(path(&[]).is_empty());
    }
}

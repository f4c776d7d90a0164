//! The best path through the pitch candidates of all frames (Boersma 1993, section 4), by Viterbi's algorithm.

use super::pitch::{Candidate, PitchSettings};

/// A possible state of one frame, and the best way to it.
#[derive(Clone, Copy)]
struct Node {
    /// Frequency in hertz and its logarithm to base 2, or nothing for voicelessness.
    voiced: Option<(f64, f64)>,
    /// Strength of the best path that ends here.
    score: f64,
    /// Place of the node before on that path, counted over all nodes.
    before: usize,
}

/// Collects frames one after another and then tells the best path.
pub(crate) struct PathFinder<'a> {
    settings: &'a PitchSettings,
    ceiling: f64,
    jump_cost: f64,
    voicing_cost: f64,
    nodes: Vec<Node>,
    /// Where each frame's nodes begin.
    starts: Vec<usize>,
}

impl<'a> PathFinder<'a> {
    /// A path over frames that are `step` seconds apart, with frequencies below `ceiling` in hertz.
    pub(crate) fn new(settings: &'a PitchSettings, step: f64, ceiling: f64) -> PathFinder<'a> {
        // The costs are meant for steps of 10 ms; shorter steps make each change between neighbours cheaper.
        let correction = 0.01 / step;
        PathFinder {
            settings,
            ceiling,
            jump_cost: settings.octave_jump_cost * correction,
            voicing_cost: settings.voiced_unvoiced_cost * correction,
            nodes: Vec::new(),
            starts: Vec::new(),
        }
    }

    /// Adds a frame with its periodic candidates; that it is voiceless is always possible besides. `loudness` is the
    /// highest absolute sample near the frame's middle over that of the whole sound, in `[0, 1]`.
    pub(crate) fn push(&mut self, loudness: f64, candidates: &[Candidate]) {
        let begin = self.nodes.len();
        self.nodes.push(Node { voiced: None, score: self.voiceless_strength(loudness), before: 0 });
        // A candidate above the ceiling would count as one more way of being voiceless, equal to the first.
        let below = candidates.iter().filter(|candidate| candidate.frequency < self.ceiling);
        self.nodes.extend(below.map(|candidate| Node {
            voiced: Some((candidate.frequency, candidate.frequency.log2())),
            score: candidate.strength - self.settings.octave_cost * (self.ceiling / candidate.frequency).log2(),
            before: 0,
        }));
        if let Some(earlier) = self.starts.last().copied() {
            self.connect(earlier, begin);
        }
        self.starts.push(begin);
    }

    /// Frequency of every frame in hertz, or nothing where the best path is voiceless.
    pub(crate) fn finish(self) -> Vec<Option<f64>> {
        let Some(last) = self.starts.last().copied() else { return Vec::new() };
        let mut place = first_best(&self.nodes, last, |node| node.score).0;
        let mut path: Vec<Option<f64>> = Vec::with_capacity(self.starts.len());
        for _ in &self.starts {
            path.push(self.nodes[place].voiced.map(|(frequency, _)| frequency));
            place = self.nodes[place].before;
        }
        path.reverse();
        path
    }

    /// Strength of the voiceless candidate: the voicing threshold, and more where the sound is nearly silent.
    fn voiceless_strength(&self, loudness: f64) -> f64 {
        let PitchSettings { silence_threshold, voicing_threshold, .. } = *self.settings;
        let quiet =
            if silence_threshold > 0.0 { 2.0 - loudness * (1.0 + voicing_threshold) / silence_threshold } else { 0.0 };
        voicing_threshold + quiet.max(0.0)
    }

    /// Finds the best way from the nodes `earlier..current` to each of `current..`.
    fn connect(&mut self, earlier: usize, current: usize) {
        let (before, here) = self.nodes.split_at_mut(current);
        for node in here {
            let (place, score) = first_best(before, earlier, |previous| {
                previous.score
                    - match (previous.voiced, node.voiced) {
                        (None, None) => 0.0,
                        (Some((_, from)), Some((_, to))) => self.jump_cost * (from - to).abs(),
                        _ => self.voicing_cost,
                    }
            });
            node.score += score;
            node.before = place;
        }
    }
}

/// Place and score of the best of `nodes[begin..]`, the first of equals.
fn first_best(nodes: &[Node], begin: usize, score: impl Fn(&Node) -> f64) -> (usize, f64) {
    let mut best = (begin, f64::NEG_INFINITY);
    for (offset, node) in nodes[begin..].iter().enumerate() {
        let value = score(node);
        if value > best.1 {
            best = (begin + offset, value);
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidate(frequency: f64, strength: f64) -> Candidate {
        Candidate { frequency, strength }
    }

    fn path(frames: &[&[Candidate]]) -> Vec<Option<f64>> {
        let settings = PitchSettings::default();
        let mut finder = PathFinder::new(&settings, 0.01, 500.0);
        for frame in frames {
            finder.push(1.0, frame);
        }
        finder.finish()
    }

    #[test]
    fn an_octave_jump_of_one_frame_is_bridged() {
        let steady = [candidate(100.0, 0.9), candidate(200.0, 0.85)];
        let jumping = [candidate(100.0, 0.9), candidate(200.0, 0.99)];
        let found = path(&[&steady, &steady, &jumping, &steady, &steady]);
        let low = vec![Some(100.0); 5];
        let high = vec![Some(200.0); 5];
        assert!(found == low || found == high, "one voice does not jump there and back: {found:?}");
    }

    #[test]
    fn weak_and_quiet_frames_are_voiceless() {
        assert_eq!(path(&[&[candidate(120.0, 0.3)], &[]]), [None, None]);
        let settings = PitchSettings::default();
        let mut finder = PathFinder::new(&settings, 0.01, 500.0);
        finder.push(0.001, &[candidate(120.0, 0.99)]);
        assert_eq!(finder.finish(), [None], "quieter than the silence threshold");
    }

    #[test]
    fn no_frames_give_no_path() {
        assert!(path(&[]).is_empty());
    }
}

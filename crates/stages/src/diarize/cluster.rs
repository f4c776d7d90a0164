//! From pieces of voices to speakers: agglomerative clustering with average linkage (Sokal & Michener 1958), which ends by
//! itself where the closest two groups are no longer one voice.

use super::DiarizeSettings;
use super::voice::{Pairs, Voice};
use voiceman_base::SpeakerNote;

/// Pieces that are compared with each other at once. Longer recordings are grouped in blocks first, so that neither memory
/// nor time grow with the square of their length.
const BLOCK: usize = 1_000;
/// How much more alike pieces of a block must be to be grouped before blocks are compared.
const BLOCK_CAUTION: f64 = 0.1;
/// Square seconds of pairs that make the cohesion of a group count half.
const FEW_PAIRS: f64 = 8.0;
/// Most rounds in which pieces are put to other speakers.
const ROUNDS: usize = 5;

/// Which speaker each piece belongs to, from 0 without gaps, and what must be said about it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Speakers {
    pub(super) labels: Vec<usize>,
    pub(super) notes: Vec<SpeakerNote>,
}

/// Groups `pieces`, which are in time order. Pieces of a pair in `apart` talk at the same time and are never one speaker,
/// unless a number of speakers is asked for that nothing else allows.
pub(super) fn cluster(pieces: &[Voice], apart: &[(usize, usize)], settings: &DiarizeSettings) -> Speakers {
    let mut groups: Vec<Vec<usize>> = (0..pieces.len()).map(|piece| vec![piece]).collect();
    if pieces.len() > BLOCK {
        groups = blocks(pieces, apart, settings);
    }
    let tree = Tree::grow(&groups, pieces, apart, settings);
    let choice = Choice { groups: &groups, pieces, tree: &tree, settings };
    let (mut labels, notes) = choice.speakers();
    reassign(&mut labels, pieces, apart, settings);
    number_by_appearance(&mut labels);
    Speakers { labels, notes }
}

/// Puts pieces to the speaker whose other pieces they are most like, until nothing changes: what was grouped early was
/// grouped with less knowledge. No speaker loses the last piece, and nobody comes to talk at the same time as himself.
fn reassign(labels: &mut [usize], pieces: &[Voice], apart: &[(usize, usize)], settings: &DiarizeSettings) {
    for _ in 0..ROUNDS {
        let voices = voices(labels, pieces);
        let mut moved = false;
        for (index, piece) in pieces.iter().enumerate() {
            let own = labels[index];
            let Some(usual) = voices[own].as_ref().and_then(|voice| voice.to_the_rest(piece, settings)) else {
                continue;
            };
            let others = voices.iter().enumerate().filter(|(label, _)| *label != own);
            let others = others.filter_map(|(label, voice)| voice.as_ref().map(|voice| (label, voice)));
            let best = others
                .map(|(label, voice)| (voice.similarity(piece, settings), label))
                .max_by(|a, b| a.0.total_cmp(&b.0));
            let Some((_, label)) = best.filter(|(alike, _)| *alike > usual) else { continue };
            let together = |other: usize| labels[other] == label;
            let free = !apart.iter().any(|(a, b)| (*a == index && together(*b)) || (*b == index && together(*a)));
            if free && labels.iter().filter(|other| **other == own).count() > 1 {
                labels[index] = label;
                moved = true;
            }
        }
        if !moved {
            break;
        }
    }
}

/// Groups of pieces that are surely one voice, each within a block.
fn blocks(pieces: &[Voice], apart: &[(usize, usize)], settings: &DiarizeSettings) -> Vec<Vec<usize>> {
    let cautious = settings.same_voice + BLOCK_CAUTION;
    let starts = (0..pieces.len()).step_by(BLOCK);
    starts
        .flat_map(|start| {
            let groups: Vec<Vec<usize>> = (start..(start + BLOCK).min(pieces.len())).map(|piece| vec![piece]).collect();
            let tree = Tree::grow(&groups, pieces, apart, settings);
            let labels = tree.labels(tree.level(cautious));
            let mut joined = vec![Vec::new(); count(&labels)];
            labels.iter().zip(&groups).for_each(|(label, group)| joined[*label].extend(group));
            joined
        })
        .collect()
}

/// All mergers of groups, from each on its own to all in one.
struct Tree {
    leaves: usize,
    mergers: Vec<Merger>,
}

/// Two groups become one, which keeps the number of the first.
struct Merger {
    first: usize,
    second: usize,
    closeness: Closeness,
}

/// How close two groups are; larger is closer.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
struct Closeness {
    /// Whether they never talk at the same time.
    may_be_one: bool,
    /// Mean similarity, less what is asked of groups that are more coherent than usual.
    alike: f64,
}

impl Tree {
    fn grow(groups: &[Vec<usize>], pieces: &[Voice], apart: &[(usize, usize)], settings: &DiarizeSettings) -> Tree {
        let leaves = groups.len();
        let mut table = Table::new(groups, pieces, apart, settings);
        let mut closest: Vec<usize> = (0..leaves).map(|group| table.closest(group)).collect();
        let mut mergers = Vec::with_capacity(leaves.saturating_sub(1));
        while table.alive.len() > 1 {
            let key = |group: usize| table.closeness(group, closest[group]);
            let closer = |best: usize, next: usize| if key(next) > key(best) { next } else { best };
            let Some(group) = table.alive.iter().copied().reduce(closer) else { break };
            let (first, second) = (group.min(closest[group]), group.max(closest[group]));
            mergers.push(Merger { first, second, closeness: table.closeness(first, second) });
            table.merge(first, second);
            for group in table.alive.clone() {
                if group == first || closest[group] == first || closest[group] == second {
                    closest[group] = table.closest(group);
                } else if table.closeness(group, first) > table.closeness(group, closest[group]) {
                    closest[group] = first;
                }
            }
        }
        Tree { leaves, mergers }
    }

    /// How many groups are left when the closest two are less alike than `least`, or all that are left talk at the same
    /// time.
    fn level(&self, least: f64) -> usize {
        let one = |closeness: &Closeness| closeness.may_be_one && closeness.alike >= least;
        let ends = self.mergers.iter().position(|merger| !one(&merger.closeness));
        self.leaves - ends.unwrap_or(self.mergers.len())
    }

    /// The group of each leaf when `count` groups are left, from 0 without gaps.
    fn labels(&self, count: usize) -> Vec<usize> {
        let mut root: Vec<usize> = (0..self.leaves).collect();
        for merger in &self.mergers[..self.leaves.saturating_sub(count.max(1))] {
            root[merger.second] = merger.first;
        }
        // A group is merged into one with a smaller number, which is looked up before it.
        for leaf in 0..self.leaves {
            root[leaf] = root[root[leaf]];
        }
        let mut labels = root;
        number_by_appearance(&mut labels);
        labels
    }
}

/// How alike the groups are that are left.
struct Table<'a> {
    settings: &'a DiarizeSettings,
    leaves: usize,
    alive: Vec<usize>,
    weights: Vec<f64>,
    pairs: Vec<Pairs>,
    /// Mean similarity of each pair of groups, `[leaves, leaves]`.
    alike: Vec<f32>,
    /// Whether they talk at the same time, `[leaves, leaves]`.
    apart: Vec<bool>,
}

impl<'a> Table<'a> {
    fn new(
        groups: &[Vec<usize>],
        pieces: &[Voice],
        apart: &[(usize, usize)],
        settings: &'a DiarizeSettings,
    ) -> Table<'a> {
        let leaves = groups.len();
        let voices: Vec<Option<Voice>> =
            groups.iter().map(|group| Voice::together(group.iter().map(|piece| &pieces[*piece]))).collect();
        let mut alike = vec![0.0_f32; leaves * leaves];
        for (a, left) in voices.iter().enumerate() {
            for (b, right) in voices.iter().enumerate().take(a) {
                if let (Some(left), Some(right)) = (left, right) {
                    let similarity = left.similarity(right, settings) as f32;
                    (alike[a * leaves + b], alike[b * leaves + a]) = (similarity, similarity);
                }
            }
        }
        Table {
            settings,
            leaves,
            alive: (0..leaves).collect(),
            weights: voices.iter().map(|voice| voice.as_ref().map_or(0.0, |voice| voice.weight)).collect(),
            pairs: voices
                .iter()
                .map(|voice| voice.as_ref().map(|voice| voice.pairs(settings)).unwrap_or_default())
                .collect(),
            alike,
            apart: kept_apart(groups, apart),
        }
    }

    fn closeness(&self, a: usize, b: usize) -> Closeness {
        let place = a * self.leaves + b;
        let cohesion = self.cohesion(a).min(self.cohesion(b));
        let asked = self.settings.cohesion_weight * (cohesion - self.settings.usual_cohesion);
        Closeness { may_be_one: !self.apart[place], alike: f64::from(self.alike[place]) - asked }
    }

    /// Mean similarity within a group, taken for usual as long as there are few pairs to tell.
    fn cohesion(&self, group: usize) -> f64 {
        let Pairs { weight, alike } = self.pairs[group];
        (alike + FEW_PAIRS * self.settings.usual_cohesion) / (weight + FEW_PAIRS)
    }

    /// The group that is closest to `group`.
    fn closest(&self, group: usize) -> usize {
        let others = self.alive.iter().copied().filter(|other| *other != group);
        let closer = |best: usize, next: usize| match self.closeness(group, next) > self.closeness(group, best) {
            true => next,
            false => best,
        };
        others.reduce(closer).unwrap_or(group)
    }

    fn merge(&mut self, first: usize, second: usize) {
        let leaves = self.leaves;
        let (left, right) = (self.weights[first], self.weights[second]);
        let between = f64::from(self.alike[first * leaves + second]);
        let added = self.pairs[second];
        self.pairs[first].weight += added.weight + left * right;
        self.pairs[first].alike += added.alike + left * right * between;
        self.weights[first] += right;
        self.alive.retain(|group| *group != second);
        for other in self.alive.iter().copied().filter(|other| *other != first) {
            let (a, b) = (first * leaves + other, second * leaves + other);
            let sum = left * f64::from(self.alike[a]) + right * f64::from(self.alike[b]);
            let similarity = (sum / (left + right).max(f64::MIN_POSITIVE)) as f32;
            let apart = self.apart[a] || self.apart[b];
            for place in [a, other * leaves + first] {
                (self.alike[place], self.apart[place]) = (similarity, apart);
            }
        }
    }
}

/// For each pair of groups, whether any of their pieces talk at the same time.
fn kept_apart(groups: &[Vec<usize>], apart: &[(usize, usize)]) -> Vec<bool> {
    let leaves = groups.len();
    let mut home = std::collections::BTreeMap::new();
    for (group, pieces) in groups.iter().enumerate() {
        home.extend(pieces.iter().map(|piece| (*piece, group)));
    }
    let mut matrix = vec![false; leaves * leaves];
    for (a, b) in apart {
        if let (Some(a), Some(b)) = (home.get(a), home.get(b)) {
            (matrix[a * leaves + b], matrix[b * leaves + a]) = (a != b, a != b);
        }
    }
    matrix
}

/// Chooses how many groups there are.
struct Choice<'a> {
    groups: &'a [Vec<usize>],
    pieces: &'a [Voice],
    tree: &'a Tree,
    settings: &'a DiarizeSettings,
}

impl Choice<'_> {
    fn speakers(&self) -> (Vec<usize>, Vec<SpeakerNote>) {
        let (fewest, most) = self.settings.limits();
        let leaves = self.tree.leaves;
        let mut notes = Vec::new();
        if self.settings.speakers > 0 && !self.pieces.is_empty() {
            notes.push(SpeakerNote::NumberGiven);
        }
        let usual = self.tree.level(self.settings.same_voice);
        let mut labels = self.absorbed(usual);
        if count(&labels) > most {
            notes.push(SpeakerNote::JoinedToLimit);
            let fitting = (1..usual).rev().map(|level| self.absorbed(level)).find(|labels| count(labels) <= most);
            labels = fitting.unwrap_or_else(|| self.absorbed(1));
        } else if count(&labels) < fewest && !self.pieces.is_empty() {
            let splitting =
                (usual + 1..=leaves).map(|level| self.absorbed(level)).find(|labels| count(labels) == fewest);
            // Where no cut leaves enough substantial groups, the insubstantial ones count as well.
            labels = splitting.unwrap_or_else(|| self.plain(fewest.min(leaves)));
            notes.push(match count(&labels) < fewest {
                true => SpeakerNote::FewerThanAsked,
                false => SpeakerNote::SplitToLimit,
            });
        }
        (labels, notes)
    }

    /// The label of each piece when `level` groups are left.
    fn plain(&self, level: usize) -> Vec<usize> {
        let mut labels = vec![0; self.pieces.len()];
        for (label, group) in self.tree.labels(level).into_iter().zip(self.groups) {
            group.iter().for_each(|piece| labels[*piece] = label);
        }
        labels
    }

    /// The same, with pieces of groups that say too little for a speaker put to the closest group that does not. What short
    /// pieces sound like is mostly chance, so only what a piece is longer than those counts.
    fn absorbed(&self, level: usize) -> Vec<usize> {
        let mut labels = self.plain(level);
        let voices = voices(&labels, self.pieces);
        let mut told = vec![0.0; voices.len()];
        for (label, piece) in labels.iter().zip(self.pieces) {
            told[*label] += (piece.weight - self.settings.min_piece_s).max(0.0);
        }
        let most = told.iter().copied().fold(0.0, f64::max);
        let share = self.settings.min_speaker_share * told.iter().sum::<f64>();
        let enough = self.settings.min_speaker_s.min(share).min(most);
        let is_speaker = |label: usize| told[label] >= enough;
        let speakers: Vec<(usize, Voice)> = voices
            .into_iter()
            .enumerate()
            .filter(|(label, _)| is_speaker(*label))
            .filter_map(|(label, voice)| voice.map(|voice| (label, voice)))
            .collect();
        let moved: Vec<usize> = labels
            .iter()
            .zip(self.pieces)
            .map(|(label, piece)| match is_speaker(*label) {
                true => *label,
                false => closest(piece, &speakers, self.settings).unwrap_or(*label),
            })
            .collect();
        labels = moved;
        number_by_appearance(&mut labels);
        labels
    }
}

fn closest(piece: &Voice, speakers: &[(usize, Voice)], settings: &DiarizeSettings) -> Option<usize> {
    let alike = speakers.iter().map(|(label, voice)| (voice.similarity(piece, settings), *label));
    alike.max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, label)| label)
}

/// All that each label has been given, as one voice.
fn voices(labels: &[usize], pieces: &[Voice]) -> Vec<Option<Voice>> {
    let of = |label: usize| {
        let own = labels.iter().zip(pieces).filter(move |(other, _)| **other == label);
        Voice::together(own.map(|(_, piece)| piece))
    };
    (0..count(labels)).map(of).collect()
}

fn count(labels: &[usize]) -> usize {
    labels.iter().max().map_or(0, |last| last + 1)
}

/// Gives the label that comes first the number 0, the next new one 1, and so on.
fn number_by_appearance(labels: &mut [usize]) {
    let mut numbers = std::collections::BTreeMap::new();
    for label in labels {
        let next = numbers.len();
        *label = *numbers.entry(*label).or_insert(next);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A voice near corner `corner` of a cube with many dimensions.
    fn voice(corner: usize, wobble: f32, seconds: f64) -> Voice {
        let mut embedding = vec![wobble * 0.1; 12];
        embedding[corner] = 1.0;
        Voice::new(&embedding, Some(120.0), seconds).unwrap()
    }

    fn conversation(corners: &[usize]) -> Vec<Voice> {
        corners.iter().enumerate().map(|(index, corner)| voice(*corner, (index % 5) as f32 / 5.0, 2.0)).collect()
    }

    fn labels(corners: &[usize], settings: &DiarizeSettings) -> Vec<usize> {
        cluster(&conversation(corners), &[], settings).labels
    }

    #[test]
    fn speakers_are_found_and_numbered_by_appearance() {
        let settings = DiarizeSettings::default();
        assert_eq!(labels(&[3, 3, 1, 3, 1, 7, 7, 1], &settings), [0, 0, 1, 0, 1, 2, 2, 1]);
        assert_eq!(labels(&[3, 3, 3], &settings), [0, 0, 0]);
        assert!(labels(&[], &settings).is_empty());
    }

    #[test]
    fn numbers_asked_for_are_kept_exactly() {
        let corners = [3, 3, 1, 3, 1, 7, 7, 1, 3, 1, 7, 3];
        for number in 1..=corners.len() {
            let settings = DiarizeSettings { speakers: number, ..DiarizeSettings::default() };
            let found = cluster(&conversation(&corners), &[], &settings);
            assert_eq!(count(&found.labels), number);
            assert!(found.notes.contains(&SpeakerNote::NumberGiven));
        }
        let settings = DiarizeSettings { speakers: 20, ..DiarizeSettings::default() };
        let found = cluster(&conversation(&corners), &[], &settings);
        assert_eq!(count(&found.labels), corners.len());
        assert!(found.notes.contains(&SpeakerNote::FewerThanAsked));
        let settings = DiarizeSettings { max_speakers: 2, ..DiarizeSettings::default() };
        let found = cluster(&conversation(&corners), &[], &settings);
        assert_eq!((count(&found.labels), found.notes), (2, vec![SpeakerNote::JoinedToLimit]));
        let settings = DiarizeSettings { min_speakers: 4, ..DiarizeSettings::default() };
        let found = cluster(&conversation(&corners), &[], &settings);
        assert_eq!((count(&found.labels), found.notes), (4, vec![SpeakerNote::SplitToLimit]));
    }

    #[test]
    fn those_who_talk_at_the_same_time_are_two() {
        let pieces = conversation(&[3, 3, 3, 3]);
        let found = cluster(&pieces, &[(0, 1), (2, 3)], &DiarizeSettings::default());
        assert_eq!(count(&found.labels), 2);
        assert!(found.labels[0] != found.labels[1] && found.labels[2] != found.labels[3]);
    }

    #[test]
    fn a_short_outlier_goes_to_the_closest_speaker() {
        let mut pieces = conversation(&[3, 3, 3, 1, 1, 1]);
        pieces.push(voice(9, 0.9, 0.5));
        let found = cluster(&pieces, &[], &DiarizeSettings::default());
        assert_eq!(count(&found.labels), 2);
    }

    #[test]
    fn long_recordings_are_grouped_in_blocks_with_the_same_result() {
        let corners: Vec<usize> = (0..2_500).map(|index| [3, 1, 7, 3, 1][index * 7 % 5]).collect();
        let found = labels(&corners, &DiarizeSettings::default());
        let first = corners.iter().map(|corner| labels_of(*corner)).collect::<Vec<_>>();
        assert_eq!(found, first);
    }

    fn labels_of(corner: usize) -> usize {
        [3, 7, 1].iter().position(|known| *known == corner).unwrap()
    }

    proptest! {
        #[test]
        fn labels_have_no_gaps_and_limits_hold(
            corners in proptest::collection::vec((0_usize..12, 0.0_f32..3.0, 0.2_f64..4.0), 1..40),
            limits in (1_usize..6, 0_usize..8),
        ) {
            let pieces: Vec<Voice> = corners.iter().map(|(corner, wobble, seconds)| voice(*corner, *wobble, *seconds)).collect();
            let most = if limits.1 == 0 { 0 } else { limits.1.max(limits.0) };
            let settings = DiarizeSettings { min_speakers: limits.0, max_speakers: most, ..DiarizeSettings::default() };
            let found = cluster(&pieces, &[], &settings);
            let number = count(&found.labels);
            prop_assert!(number >= limits.0.min(pieces.len()));
            prop_assert!(most == 0 || number <= most);
            prop_assert!((0..number).all(|label| found.labels.contains(&label)));
        }
    }
}

//! Which speakers of different recordings sound alike: proposals for a person to confirm or refuse, each with how often
//! such a likeness was found between different people, and missed in one. Nothing is decided here.

use std::cmp::Ordering;

/// The embedding model that the rates were measured with; they say nothing about another one.
pub const MEASURED_MODEL: &str = "campplus-zh-en";
/// Pairs that are less similar than this are not proposed. Chosen on the actors 03 and 11 of EmoDB, where false alarms and
/// misses were about equal at 0.66 with directions learnt on those two alone.
pub const LEAST_SIMILARITY: f64 = 0.65;

/// How often pairs are wrong at a similarity.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rates {
    /// Cosine of the mean embeddings of two speakers.
    pub similarity: f64,
    /// Share of pairs of recordings of different people that are at least so similar, in `[0, 1]`.
    pub false_alarm: f64,
    /// The same of the two people who are most often so similar.
    pub worst_false_alarm: f64,
    /// Share of pairs of recordings of one person that are less similar, in `[0, 1]`.
    pub miss: f64,
}

/// What was measured, by `benches/links.py`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measurement {
    /// People in it. The rates hold for them; with so few, no more than a hint at what holds for others.
    pub people: u32,
    /// Pairs of recordings of one person.
    pub pairs_of_one: u32,
    /// Pairs of recordings of different people.
    pub pairs_of_two: u32,
    /// Rates by similarity, ascending.
    pub rates: &'static [Rates],
}

const fn rates(similarity: f64, false_alarm: f64, worst_false_alarm: f64, miss: f64) -> Rates {
    Rates { similarity, false_alarm, worst_false_alarm, miss }
}

/// Four actors of EmoDB (08, 09, 10, 12) whom nothing was learnt from or chosen by: neutral and emotional speech, clean, in
/// rooms, in noise and over a telephone, 10 to 15 s of speech in each recording. The two people who are most alike are
/// the worst pair among six actors, one of whom at least was learnt from.
pub const MEASURED: Measurement = Measurement {
    people: 4,
    pairs_of_one: 688,
    pairs_of_two: 2_352,
    rates: &[
        rates(0.65, 0.001, 0.105, 0.295),
        rates(0.70, 0.0, 0.049, 0.391),
        rates(0.75, 0.0, 0.021, 0.452),
        rates(0.80, 0.0, 0.006, 0.554),
        rates(0.85, 0.0, 0.0, 0.772),
        rates(0.90, 0.0, 0.0, 0.939),
    ],
};

/// A speaker of a recording.
#[derive(Clone, Copy, Debug)]
pub struct LinkedVoice<'a> {
    /// Number of the recording; speakers of one are never compared.
    pub recording: usize,
    /// Mean embedding of length 1.
    pub direction: &'a [f32],
}

/// Two speakers of different recordings who sound alike.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Likeness {
    /// Place of one among the voices.
    pub first: usize,
    /// Place of the other, behind the first.
    pub second: usize,
    /// Cosine of their embeddings, in `[-1, 1]`.
    pub similarity: f64,
}

/// Pairs of voices of different recordings with a similarity of at least `least`, the most similar first. Embeddings of
/// another length, or without a direction, are like nothing.
pub fn likenesses(voices: &[LinkedVoice<'_>], least: f64) -> Vec<Likeness> {
    let mut found = Vec::new();
    for (second, voice) in voices.iter().enumerate() {
        for (first, other) in voices[..second].iter().enumerate() {
            if voice.recording == other.recording {
                continue;
            }
            if let Some(similarity) = cosine(other.direction, voice.direction).filter(|similarity| *similarity >= least)
            {
                found.push(Likeness { first, second, similarity });
            }
        }
    }
    let by_place = |a: &Likeness, b: &Likeness| (a.first, a.second).cmp(&(b.first, b.second));
    found.sort_by(|a, b| match b.similarity.total_cmp(&a.similarity) {
        Ordering::Equal => by_place(a, b),
        order => order,
    });
    found
}

/// What was measured at the highest similarity that is not above `similarity`; nothing below all of them.
pub fn rates_at(similarity: f64, measured: &Measurement) -> Option<Rates> {
    measured.rates.iter().rev().find(|rates| rates.similarity <= similarity).copied()
}

fn cosine(first: &[f32], second: &[f32]) -> Option<f64> {
    if first.len() != second.len() {
        return None;
    }
    let product = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum::<f64>();
    let scale = (product(first, first) * product(second, second)).sqrt();
    let cosine = product(first, second) / scale;
    (scale > 0.0 && cosine.is_finite()).then(|| cosine.clamp(-1.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speakers_of_one_recording_are_never_compared() {
        let (one, near, far) = ([1.0, 0.0], [0.8, 0.6], [-1.0, 0.1]);
        let voice = |recording, direction| LinkedVoice { recording, direction };
        let voices = [voice(0, &one[..]), voice(0, &one[..]), voice(1, &near[..]), voice(2, &far[..])];
        let found = likenesses(&voices, 0.5);
        assert_eq!(found.iter().map(|pair| (pair.first, pair.second)).collect::<Vec<_>>(), [(0, 2), (1, 2)]);
        assert!(found.iter().all(|pair| (pair.similarity - 0.8).abs() < 1e-6));
    }

    #[test]
    fn what_has_no_direction_is_like_nothing() {
        let (nothing, broken, long, one) = ([0.0, 0.0], [f32::NAN, 1.0], [1.0, 0.0, 0.0], [1.0, 0.0]);
        let directions: [&[f32]; 5] = [&nothing, &broken, &long, &one, &[]];
        let voices: Vec<LinkedVoice<'_>> =
            directions.iter().enumerate().map(|(recording, direction)| LinkedVoice { recording, direction }).collect();
        assert!(likenesses(&voices, -1.0).is_empty());
    }

    #[test]
    fn rates_are_those_that_were_measured_at_or_below() {
        static TABLE: [Rates; 2] = [rates(0.5, 0.4, 0.9, 0.0), rates(0.7, 0.1, 0.3, 0.2)];
        let measured = Measurement { people: 2, pairs_of_one: 1, pairs_of_two: 1, rates: &TABLE };
        assert_eq!(rates_at(0.69, &measured), Some(TABLE[0]));
        assert_eq!(rates_at(0.7, &measured), Some(TABLE[1]));
        assert_eq!(rates_at(0.49, &measured), None);
    }

    #[test]
    fn the_committed_table_is_in_order_and_begins_where_proposals_do() {
        assert!(MEASURED.rates.first().is_some_and(|rates| rates.similarity <= LEAST_SIMILARITY));
        for pair in MEASURED.rates.windows(2) {
            assert!(pair[0].similarity < pair[1].similarity);
            assert!(pair[0].false_alarm >= pair[1].false_alarm && pair[0].miss <= pair[1].miss);
            assert!(pair[0].worst_false_alarm >= pair[1].worst_false_alarm);
        }
        let share = |share: f64| (0.0..=1.0).contains(&share);
        assert!(MEASURED.rates.iter().all(|rates| share(rates.worst_false_alarm) && share(rates.miss)));
        assert!(MEASURED.rates.iter().all(|rates| rates.false_alarm <= rates.worst_false_alarm));
    }
}

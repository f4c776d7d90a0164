//! Who takes over from whom, and how long after the other has ended: the floor transfer offset.
//!
//! M. Heldner and J. Edlund 2010, "Pauses, gaps and overlaps in conversations", Journal of Phonetics 38, 555-568: a turn
//! that begins after the other speaker has ended makes a gap, one that begins before and goes on after the other's end an
//! overlap between speakers, with a negative offset. A turn that lies within the other's takes nothing over.

use super::statistics::{median, quantile};
use voiceman_base::{ClipTime, Diarization, Measured, Response, ResponseTimes, SpeakerId, Turn, UndefinedReason};

/// Responses with a time without which there are no quartiles: with fewer, each is an end of the range itself.
const LEAST_RESPONSES: usize = 5;

/// A turn that takes over, and whether it counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Takeover {
    pub(crate) response: Response,
    /// Not doubtful, and not later than an answer comes.
    pub(crate) counts: bool,
}

/// All turns that take over from another speaker, in time order. Later than `latest` after the other's end it is a new
/// beginning rather than an answer.
pub(crate) fn takeovers(diarization: &Diarization, latest: ClipTime) -> Vec<Takeover> {
    let mut found = Vec::new();
    // The turn that ends last of all that have begun: its speaker has the floor.
    let mut floor: Option<&Turn> = None;
    for turn in &diarization.turns {
        let Some(before) = floor else {
            floor = Some(turn);
            continue;
        };
        if turn.span.end() <= before.span.end() {
            continue;
        }
        if turn.speaker != before.speaker {
            let latency = turn.span.start() - before.span.end();
            found.push(Takeover {
                response: Response {
                    turn: turn.id,
                    speaker: turn.speaker,
                    after: before.id,
                    to: before.speaker,
                    latency,
                },
                counts: told(turn) && told(before) && latency <= latest,
            });
        }
        floor = Some(turn);
    }
    found
}

/// Whether it is told reliably who speaks.
fn told(turn: &Turn) -> bool {
    turn.doubts.is_empty()
}

/// How fast `speaker` takes over.
pub(crate) fn response_times(takeovers: &[Takeover], speaker: SpeakerId) -> ResponseTimes {
    let own = || takeovers.iter().filter(|takeover| takeover.response.speaker == speaker);
    let times: Vec<f64> =
        own().filter(|takeover| takeover.counts).map(|takeover| takeover.response.latency.seconds()).collect();
    let overlaps = times.iter().filter(|time| **time < 0.0).count();
    let enough = times.len() >= LEAST_RESPONSES;
    let time = |value: Option<f64>| {
        let time = value.filter(|_| enough).map(ClipTime::from_seconds);
        Measured::from_option(time, UndefinedReason::TooFewResponses)
    };
    ResponseTimes {
        gaps: (times.len() - overlaps) as u32,
        overlaps: overlaps as u32,
        left_out: own().filter(|takeover| !takeover.counts).count() as u32,
        lower: time(quantile(&times, 0.25)),
        median: time(median(&times)),
        upper: time(quantile(&times, 0.75)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use voiceman_base::{Span, TurnDoubt, TurnId};

    fn diarization(turns: &[(u32, i64, i64, bool)]) -> Diarization {
        let turn = |(index, (speaker, start, end, doubtful)): (usize, &(u32, i64, i64, bool))| Turn {
            id: TurnId(index as u32),
            speaker: SpeakerId(*speaker),
            span: Span::clamped(ClipTime::from_millis(*start), ClipTime::from_millis(*end)),
            margin: Measured::Value(0.5),
            doubts: if *doubtful { vec![TurnDoubt::Close] } else { Vec::new() },
        };
        Diarization { turns: turns.iter().enumerate().map(turn).collect(), ..Diarization::silent() }
    }

    fn latencies(turns: &[(u32, i64, i64, bool)]) -> Vec<(u32, u32, i64, bool)> {
        let found = takeovers(&diarization(turns), ClipTime::from_millis(5_000));
        let plain = |takeover: &Takeover| {
            let Response { turn, after, latency, .. } = takeover.response;
            (turn.0, after.0, latency.micros() / 1_000, takeover.counts)
        };
        found.iter().map(plain).collect()
    }

    #[test]
    fn gaps_are_above_zero_and_overlaps_below() {
        let turns = [(0, 0, 2_000, false), (1, 2_300, 4_000, false), (0, 3_800, 6_000, false)];
        assert_eq!(latencies(&turns), [(1, 0, 300, true), (2, 1, -200, true)]);
    }

    #[test]
    fn agreement_within_a_turn_takes_nothing_over() {
        let turns = [(0, 0, 5_000, false), (1, 2_000, 2_400, false), (1, 5_500, 6_000, false)];
        assert_eq!(latencies(&turns), [(2, 0, 500, true)]);
    }

    #[test]
    fn the_same_speaker_going_on_answers_nobody() {
        let turns = [(0, 0, 1_000, false), (0, 1_500, 2_000, false), (1, 2_100, 3_000, false)];
        assert_eq!(latencies(&turns), [(2, 1, 100, true)]);
    }

    #[test]
    fn doubtful_and_late_ones_do_not_count() {
        let turns = [(0, 0, 1_000, false), (1, 1_200, 2_000, true), (0, 2_200, 3_000, false), (1, 8_001, 9_000, false)];
        assert_eq!(latencies(&turns), [(1, 0, 200, false), (2, 1, 200, false), (3, 2, 5_001, false)]);
        assert!(latencies(&[]).is_empty());
    }

    #[test]
    fn quartiles_need_a_handful() {
        let turns: Vec<_> =
            (0..12).map(|index| ((index % 2) as u32, index * 1_000, index * 1_000 + 900, false)).collect();
        let found = takeovers(&diarization(&turns), ClipTime::from_millis(5_000));
        let second = response_times(&found, SpeakerId(1));
        assert_eq!((second.gaps, second.overlaps, second.left_out), (6, 0, 0));
        assert_eq!(second.median, Measured::Value(ClipTime::from_millis(100)));
        let few = response_times(&found[..4], SpeakerId(1));
        assert_eq!(few.median, Measured::Undefined(UndefinedReason::TooFewResponses));
        assert_eq!(few.gaps, 2, "how many there are is known all the same");
    }
}

//! How each speaker of a recording sounds, over all of his or her utterances.

use super::baseline::baseline;
use super::ceilings::Ceilings;
use super::pauses::speaking_time;
use super::range::Ranges;
use super::responses::{Takeover, response_times};
use super::settings::AcousticsSettings;
use super::statistics::median;
use super::trend::trend;
use std::collections::BTreeSet;
use voiceman_base::{
    ClipTime, Diarization, Measured, PauseTotals, PitchAgreement, Span, SpeakerAcoustics, SpeakerId, UndefinedReason,
    UtteranceAcoustics,
};

/// One entry per speaker that was found or that is known to have said something, by number.
pub(crate) fn speakers(
    utterances: &[UtteranceAcoustics],
    diarization: Option<&Diarization>,
    takeovers: &[Takeover],
    (ranges, ceilings): (&Ranges, &Ceilings),
    settings: &AcousticsSettings,
) -> Vec<SpeakerAcoustics> {
    let found = diarization.iter().flat_map(|found| found.speakers.iter().map(|speaker| speaker.id));
    let all: BTreeSet<SpeakerId> = found.chain(utterances.iter().filter_map(|utterance| utterance.speaker)).collect();
    let entry = |speaker: SpeakerId| {
        let own = utterances.iter().filter(move |utterance| utterance.speaker == Some(speaker));
        SpeakerAcoustics {
            speaker,
            utterances: own.clone().count() as u32,
            pitch_range: ranges.of(Some(speaker)),
            f0_agreement: agreement(own.clone()),
            formant_ceiling: ceilings.of(Some(speaker)),
            baseline: baseline(own.clone(), settings.min_baseline_utterances),
            speech_rate: rate(own.clone(), |utterance| utterance.speech_rate, |utterance| utterance.span.length()),
            articulation_rate: rate(
                own.clone(),
                |utterance| utterance.articulation_rate,
                |utterance| speaking_time(utterance.span, &utterance.pauses),
            ),
            pauses: pauses(own.clone()),
            response: response_times(takeovers, speaker),
            f0_trend: trend(
                &over_time(own.clone(), |utterance| utterance.f0_median.value().map(f64::from)),
                &settings.trend,
            ),
            intensity_trend: trend(
                &over_time(own, |utterance| utterance.intensity.value().map(f64::from)),
                &settings.trend,
            ),
        }
    };
    all.into_iter().map(entry).collect()
}

/// Over all utterances where it is known how far the two estimates of pitch agree; otherwise why the first has none.
fn agreement<'a>(utterances: impl Iterator<Item = &'a UtteranceAcoustics> + Clone) -> Measured<PitchAgreement> {
    let known = utterances.clone().filter_map(|utterance| utterance.f0_agreement.value());
    let sum =
        known.reduce(|sum, more| PitchAgreement { voiced: sum.voiced + more.voiced, agreed: sum.agreed + more.agreed });
    let first = utterances.map(|utterance| utterance.f0_agreement).find_map(|found| match found {
        Measured::Value(_) => None,
        Measured::Undefined(reason) => Some(reason),
    });
    Measured::from_option(sum, first.unwrap_or(UndefinedReason::TooLittleVoice))
}

/// Syllables of all utterances that have a rate by the time of these: a long utterance counts for more than a short one.
fn rate<'a>(
    utterances: impl Iterator<Item = &'a UtteranceAcoustics> + Clone,
    rate: fn(&UtteranceAcoustics) -> Measured<f64>,
    time: fn(&UtteranceAcoustics) -> ClipTime,
) -> Measured<f64> {
    let timed = utterances.clone().filter_map(|utterance| Some((rate(utterance).value()?, time(utterance).seconds())));
    let (syllables, seconds) =
        timed.fold((0.0, 0.0), |(syllables, seconds), (rate, time)| (syllables + rate * time, seconds + time));
    if seconds > 0.0 {
        return Measured::Value(syllables / seconds);
    }
    let first = utterances.map(rate).find_map(|rate| match rate {
        Measured::Value(_) => None,
        Measured::Undefined(reason) => Some(reason),
    });
    Measured::Undefined(first.unwrap_or(UndefinedReason::NoWords))
}

fn pauses<'a>(utterances: impl Iterator<Item = &'a UtteranceAcoustics>) -> PauseTotals {
    let lengths: Vec<ClipTime> =
        utterances.flat_map(|utterance| &utterance.pauses).map(|pause| pause.span.length()).collect();
    let seconds: Vec<f64> = lengths.iter().map(|length| length.seconds()).collect();
    PauseTotals {
        count: lengths.len() as u32,
        total: lengths.iter().copied().sum(),
        median: Measured::from_option(median(&seconds).map(ClipTime::from_seconds), UndefinedReason::NoPauses),
    }
}

/// Middle of each utterance in seconds and its value, in time order.
fn over_time<'a>(
    utterances: impl Iterator<Item = &'a UtteranceAcoustics>,
    value: fn(&UtteranceAcoustics) -> Option<f64>,
) -> Vec<(f64, f64)> {
    let middle = |span: Span| 0.5 * (span.start().seconds() + span.end().seconds());
    let mut points: Vec<(f64, f64)> =
        utterances.filter_map(|utterance| Some((middle(utterance.span), value(utterance)?))).collect();
    points.sort_by(|left, right| left.0.total_cmp(&right.0));
    points
}

//! How it sounded, in physical terms.

use super::{millis, span};
use voiceman_base::{
    AcousticFeatures, AlignedUtterance, Baseline, BaselineOf, ChangeSpan, ChangedQuantity, ClipTime, ContourPoint,
    Decibels, Formant, FormantCeiling, FormantCeilingBasis, Hertz, Jitter, Measured, MeasuredChannel, Pause,
    PauseTotals, PitchAgreement, PitchRange, PitchRangeBasis, Response, ResponseTimes, Shimmer, Speaker,
    SpeakerAcoustics, SpeakerId, SyllableBasis, Trend, TurnId, UndefinedReason, UtteranceAcoustics, VoiceMeasures,
    VoiceSpectrum,
};

/// A voice that is a little different in every utterance.
pub fn voice(index: usize, defined: bool) -> VoiceMeasures {
    let reason = UndefinedReason::TooFewPeriods;
    let change = 1.0 + 0.05 * (index * 3 % 7) as f64;
    let hertz =
        |value: f64| Measured::from_option(Hertz::new(value * (0.9 + 0.1 * change)).filter(|_| defined), reason);
    let decibels = |value: f64| Measured::from_option(Decibels::new(value * change).filter(|_| defined), reason);
    let share = |value: f64| Measured::from_option(Some(value * change).filter(|_| defined), reason);
    let formant = |value: f64| Formant { mean: hertz(value), median: hertz(value - 8.0) };
    let bands = (0..17).map(|band| Decibels::new(-3.0 - f64::from(band))).collect::<Option<Vec<_>>>();
    VoiceMeasures {
        jitter: Jitter {
            absolute_s: share(0.000_083_1),
            local: share(0.0158),
            rap: share(0.0074),
            ppq5: share(0.0081),
        },
        shimmer: Shimmer {
            local: share(0.083),
            local_db: decibels(0.79),
            apq3: share(0.031),
            apq5: share(0.042),
            apq11: share(0.068),
        },
        harmonicity: decibels(14.2),
        prominence: decibels(11.3),
        formants: [formant(540.0), formant(1_610.0), formant(2_720.0), formant(3_890.0)],
        formant_ceiling: Hertz::new(5_500.0).expect("a finite number"),
        first_harmonics: decibels(4.6),
        spectrum: VoiceSpectrum {
            bands: Measured::from_option(bands.filter(|_| defined), reason),
            tilt: decibels(-7.1),
            alpha_ratio: decibels(-12.4),
            hammarberg: decibels(21.8),
            centroid: hertz(612.0),
        },
    }
}

pub fn acoustics(utterances: &[AlignedUtterance], duration: i64) -> AcousticFeatures {
    let measures = utterances.iter().enumerate().map(|(index, line)| {
        let f0 = 190.0 + 11.0 * (index % 5) as f64;
        let defined = index % 4 != 3;
        let hertz = |value: f64| match Hertz::new(value) {
            Some(value) if defined => Measured::Value(value),
            _ => Measured::Undefined(UndefinedReason::TooFewVoicedFrames),
        };
        UtteranceAcoustics {
            utterance: line.utterance.id,
            speaker: line.speaker,
            span: line.utterance.span,
            pitch_range: own_range(),
            f0_agreement: match defined {
                true => Measured::Value(PitchAgreement { voiced: 200, agreed: 191 }),
                false => Measured::Undefined(UndefinedReason::TooFewVoicedFrames),
            },
            f0_mean: hertz(f0),
            f0_median: hertz(f0 - 2.5),
            f0_sd: hertz(21.7),
            voice: voice(index, defined),
            intensity: Measured::from_option(Decibels::new(62.0 + index as f64 / 3.0), UndefinedReason::Silent),
            syllables_from: SyllableBasis::Text,
            speech_rate: Measured::Value(4.3),
            articulation_rate: Measured::Value(5.1),
            pauses: if index == 1 { vec![Pause { span: span(5_000, 5_400) }] } else { Vec::new() },
        }
    });
    let voiced =
        |time: i64| utterances.iter().any(|line| line.utterance.span.contains(millis(time))) && time % 700 > 130;
    let contour = (0..duration / 10).map(|index| {
        let time = index * 10;
        let wave = (time as f64 / 310.0).sin() + 0.4 * (time as f64 / 47.0).sin();
        ContourPoint {
            time: millis(time),
            f0: voiced(time).then(|| Hertz::new(200.0 + 45.0 * wave)).flatten(),
            intensity: Decibels::new(if voiced(time) { 64.0 + 6.0 * wave } else { 31.0 + 1.5 * wave }),
        }
    });
    AcousticFeatures {
        channel: MeasuredChannel::Single,
        utterances: measures.collect(),
        baseline: Baseline {
            f0: Measured::from_option(Hertz::new(198.4), UndefinedReason::NoBaseline),
            f0_mad: Measured::from_option(Hertz::new(9.2), UndefinedReason::NoBaseline),
            intensity: Measured::from_option(Decibels::new(64.2), UndefinedReason::NoBaseline),
            intensity_mad: Measured::from_option(Decibels::new(1.3), UndefinedReason::NoBaseline),
        },
        speakers: vec![heard(SpeakerId(0)), unheard_speaker(SpeakerId(1))],
        responses: vec![Response {
            turn: TurnId(1),
            speaker: SpeakerId(1),
            after: TurnId(0),
            to: SpeakerId(0),
            latency: millis(-120),
        }],
        changes: [(ChangedQuantity::Level, 4.2, 64.2), (ChangedQuantity::Pitch, 0.17, 198.4)]
            .map(|(quantity, mean_deviation, baseline)| ChangeSpan {
                span: span(4_000, 6_500),
                speaker: Some(SpeakerId(0)),
                quantity,
                mean_deviation,
                baseline,
                baseline_of: BaselineOf::Speaker(SpeakerId(0)),
            })
            .to_vec(),
        contour: contour.collect(),
    }
}

pub fn own_range() -> PitchRange {
    let hertz = |value| Hertz::new(value).expect("finite");
    PitchRange { floor: hertz(118.0), ceiling: hertz(560.0), basis: PitchRangeBasis::TwoPass }
}

fn ceiling(hertz: f64, basis: FormantCeilingBasis) -> FormantCeiling {
    FormantCeiling { frequency: Hertz::new(hertz).expect("finite"), basis }
}

/// A speaker of whom everything could be measured.
pub fn heard(speaker: SpeakerId) -> SpeakerAcoustics {
    let time = |time| Measured::Value(millis(time));
    SpeakerAcoustics {
        speaker,
        utterances: 4,
        pitch_range: own_range(),
        f0_agreement: Measured::Value(PitchAgreement { voiced: 800, agreed: 764 }),
        formant_ceiling: ceiling(4_750.0, FormantCeilingBasis::LeastVariance),
        baseline: Baseline {
            f0: Measured::from_option(Hertz::new(198.4), UndefinedReason::NoBaseline),
            f0_mad: Measured::from_option(Hertz::new(9.2), UndefinedReason::NoBaseline),
            intensity: Measured::from_option(Decibels::new(64.2), UndefinedReason::NoBaseline),
            intensity_mad: Measured::from_option(Decibels::new(1.3), UndefinedReason::NoBaseline),
        },
        speech_rate: Measured::Value(4.3),
        articulation_rate: Measured::Value(5.1),
        pauses: PauseTotals { count: 1, total: millis(400), median: time(400) },
        response: ResponseTimes {
            gaps: 5,
            overlaps: 2,
            left_out: 1,
            lower: time(-120),
            median: time(210),
            upper: time(640),
        },
        f0_trend: Measured::Value(Trend { per_minute: 2.4, low: -0.3, high: 5.1, utterances: 14 }),
        intensity_trend: Measured::Value(Trend { per_minute: -0.2, low: -0.9, high: 0.4, utterances: 14 }),
    }
}

/// A speaker of whom nothing could be measured.
pub fn unheard_speaker(speaker: SpeakerId) -> SpeakerAcoustics {
    let none = || Measured::Undefined(UndefinedReason::TooFewResponses);
    SpeakerAcoustics {
        speaker,
        utterances: 1,
        pitch_range: PitchRange { basis: PitchRangeBasis::LittleVoice, ..own_range() },
        f0_agreement: Measured::Undefined(UndefinedReason::TooFewVoicedFrames),
        formant_ceiling: ceiling(5_500.0, FormantCeilingBasis::Settings),
        baseline: Baseline {
            f0: Measured::Undefined(UndefinedReason::NoBaseline),
            f0_mad: Measured::Undefined(UndefinedReason::NoBaseline),
            intensity: Measured::Undefined(UndefinedReason::NoBaseline),
            intensity_mad: Measured::Undefined(UndefinedReason::NoBaseline),
        },
        speech_rate: Measured::Undefined(UndefinedReason::TooLittleSpeech),
        articulation_rate: Measured::Undefined(UndefinedReason::TooLittleSpeech),
        pauses: PauseTotals { count: 0, total: ClipTime::ZERO, median: Measured::Undefined(UndefinedReason::NoPauses) },
        response: ResponseTimes { gaps: 0, overlaps: 1, left_out: 0, lower: none(), median: none(), upper: none() },
        f0_trend: Measured::Undefined(UndefinedReason::TooFewUtterances),
        intensity_trend: Measured::Undefined(UndefinedReason::TooFewUtterances),
    }
}

//! When findings arise, what strength they have, and properties over many recordings.

use super::*;
use proptest::prelude::*;
use voiceman_base::{
    AlignedUtterance, Baseline, BaselineOf, Decibels, Family, Flag, FormantCeiling, FormantCeilingBasis, Hertz,
    LanguageCode, LanguageVote, Measured, MeasuredChannel, PatternHitId, PauseTotals, PitchRange, PitchRangeBasis,
    ResponseTimes, Span, SpeakerAcoustics, SpeakerId, SyllableBasis, Timing, UndefinedReason, Utterance,
    UtteranceAcoustics, UtteranceId, VoiceMeasures, Word, WordId,
};

/// Words in each utterance of the recordings made here.
const WORDS: u32 = 4;

fn span(utterance: u32) -> Span {
    let start = i64::from(utterance) * 5_000;
    Span::clamped(ClipTime::from_millis(start), ClipTime::from_millis(start + 4_000))
}

/// A recording with an utterance for each list of word confidences.
fn transcript(confidences: &[[f64; WORDS as usize]], flags: &[(u32, Flag)]) -> Arc<AlignedTranscript> {
    let utterance = |(index, confidences): (usize, &[f64; WORDS as usize])| {
        let number = index as u32;
        let word = |(place, confidence): (usize, &f64)| Word {
            id: WordId(number * WORDS + place as u32),
            text: "word".to_owned(),
            timing: Timing::Interpolated { span: span(number) },
            confidence: Prob::saturating(*confidence),
            attribution: None,
        };
        AlignedUtterance {
            utterance: Utterance {
                id: UtteranceId(number),
                span: span(number),
                text: "word word word word".to_owned(),
                tokens: Vec::new(),
                language: LanguageCode::ENGLISH,
                avg_logprob: -0.2,
                no_speech: Prob::ZERO,
                compression_ratio: 1.0,
                temperature: 0.0,
                flags: flags.iter().filter(|(at, _)| *at == number).map(|(_, flag)| *flag).collect(),
            },
            words: confidences.iter().enumerate().map(word).collect(),
            speaker: None,
        }
    };
    Arc::new(AlignedTranscript {
        language: LanguageVote::Given(LanguageCode::ENGLISH),
        utterances: confidences.iter().enumerate().map(utterance).collect(),
    })
}

fn level(decibels: f64) -> Measured<Decibels> {
    Measured::from_option(Decibels::new(decibels), UndefinedReason::TooShort)
}

fn pitch(hertz: f64) -> Measured<Hertz> {
    Measured::from_option(Hertz::new(hertz), UndefinedReason::TooFewVoicedFrames)
}

fn ceiling() -> Hertz {
    Hertz::new(5_500.0).expect("a finite number")
}

/// Acoustics with a level and a median pitch for each utterance, and the given baseline.
fn acoustics(utterances: &[(f64, f64)], baseline: Baseline) -> Option<Arc<AcousticFeatures>> {
    Some(Arc::new(features(utterances, baseline)))
}

/// As [`acoustics`], of nobody known.
fn features(utterances: &[(f64, f64)], baseline: Baseline) -> AcousticFeatures {
    let hertz = |value| Hertz::new(value).expect("finite");
    let pitch_range = PitchRange { floor: hertz(75.0), ceiling: hertz(500.0), basis: PitchRangeBasis::SpeakerUnknown };
    let utterance = |(index, (decibels, hertz)): (usize, &(f64, f64))| UtteranceAcoustics {
        utterance: UtteranceId(index as u32),
        speaker: None,
        span: span(index as u32),
        pitch_range,
        f0_agreement: Measured::Undefined(UndefinedReason::NoSecondEstimate),
        f0_mean: pitch(*hertz),
        f0_median: pitch(*hertz),
        f0_sd: pitch(10.0),
        intensity: level(*decibels),
        voice: VoiceMeasures::undefined(UndefinedReason::TooFewVoicedFrames, ceiling()),
        syllables_from: SyllableBasis::Text,
        speech_rate: Measured::Undefined(UndefinedReason::NoWords),
        articulation_rate: Measured::Undefined(UndefinedReason::NoWords),
        pauses: Vec::new(),
    };
    AcousticFeatures {
        channel: MeasuredChannel::Single,
        utterances: utterances.iter().enumerate().map(utterance).collect(),
        baseline,
        speakers: Vec::new(),
        responses: Vec::new(),
        changes: Vec::new(),
        contour: Vec::new(),
    }
}

/// A speaker with this baseline.
fn speaker(number: u32, baseline: Baseline) -> SpeakerAcoustics {
    let hertz = |value| Hertz::new(value).expect("finite");
    let none = UndefinedReason::TooFewUtterances;
    SpeakerAcoustics {
        speaker: SpeakerId(number),
        utterances: 7,
        pitch_range: PitchRange { floor: hertz(75.0), ceiling: hertz(500.0), basis: PitchRangeBasis::LittleVoice },
        f0_agreement: Measured::Undefined(UndefinedReason::NoSecondEstimate),
        formant_ceiling: FormantCeiling { frequency: ceiling(), basis: FormantCeilingBasis::Settings },
        baseline,
        speech_rate: Measured::Undefined(UndefinedReason::NoWords),
        articulation_rate: Measured::Undefined(UndefinedReason::NoWords),
        pauses: PauseTotals { count: 0, total: ClipTime::ZERO, median: Measured::Undefined(UndefinedReason::NoPauses) },
        response: ResponseTimes {
            gaps: 0,
            overlaps: 0,
            left_out: 0,
            lower: Measured::Undefined(UndefinedReason::TooFewResponses),
            median: Measured::Undefined(UndefinedReason::TooFewResponses),
            upper: Measured::Undefined(UndefinedReason::TooFewResponses),
        },
        f0_trend: Measured::Undefined(none),
        intensity_trend: Measured::Undefined(none),
    }
}

/// Usual are 60 dB and 200 Hz, give or take half a decibel and 4 Hz.
fn usual() -> Baseline {
    Baseline { f0: pitch(200.0), f0_mad: pitch(4.0), intensity: level(60.0), intensity_mad: level(0.5) }
}

/// Seven utterances as usual, but for the first, which has this level and pitch.
fn first_one(decibels: f64, hertz: f64) -> Option<Arc<AcousticFeatures>> {
    let mut utterances = vec![(60.0, 200.0); 7];
    utterances[0] = (decibels, hertz);
    acoustics(&utterances, usual())
}

fn hit(number: u32, utterance: u32, words: &[u32]) -> PatternHit {
    PatternHit {
        id: PatternHitId(number),
        pattern: "en.threat.direct.kill".to_owned(),
        family: Family::Threat,
        subtype: "direct".to_owned(),
        severity: Prob::saturating(0.9),
        status: PatternStatus::Asserted,
        language: LanguageCode::ENGLISH,
        utterance: UtteranceId(utterance),
        words: words.iter().copied().map(WordId).collect(),
        span: span(utterance),
    }
}

fn sure() -> Arc<AlignedTranscript> {
    transcript(&[[0.95; 4]; 7], &[])
}

fn found(
    transcript: Arc<AlignedTranscript>,
    acoustics: Option<Arc<AcousticFeatures>>,
    patterns: Vec<PatternHit>,
) -> Vec<Finding> {
    let input = CrosscheckInput { transcript, acoustics, patterns: Arc::new(patterns) };
    findings(&input, &CrosscheckSettings::default())
}

fn kinds(findings: &[Finding]) -> Vec<FindingKind> {
    findings.iter().map(|finding| finding.kind).collect()
}

fn raised(acoustics: Option<Arc<AcousticFeatures>>) -> Option<Finding> {
    let findings = found(sure(), acoustics, vec![hit(0, 0, &[0, 1])]);
    findings.into_iter().find(|finding| finding.kind == FindingKind::WordingWithRaisedVoice)
}

#[test]
fn asserted_wording_gives_a_finding_with_its_place_and_negated_wording_none() {
    let negated = PatternHit { status: PatternStatus::Negated, ..hit(1, 1, &[4]) };
    let findings = found(sure(), None, vec![hit(0, 0, &[1, 2]), negated]);
    assert_eq!(kinds(&findings), vec![FindingKind::Wording]);
    assert_eq!(findings[0].strength.value(), 0.9);
    let place = &findings[0].evidence[0];
    assert_eq!((place.pattern, place.utterance, place.span), (PatternHitId(0), UtteranceId(0), span(0)));
    assert_eq!(place.words, vec![WordId(1), WordId(2)]);
}

#[test]
fn a_louder_voice_is_found_from_three_decibels_on() {
    assert!(raised(first_one(62.9, 200.0)).is_none());
    let finding = raised(first_one(63.0, 200.0)).expect("3 dB over the baseline");
    assert_eq!(finding.strength.value(), 0.25);
    let measure = &finding.evidence[0].measures[0];
    assert_eq!((measure.name.as_str(), measure.value, measure.baseline), ("intensity_db", 63.0, 60.0));
    assert_eq!(raised(first_one(75.0, 200.0)).expect("15 dB over").strength, Prob::ONE);
}

#[test]
fn a_higher_voice_is_found_from_ten_percent_on() {
    assert!(raised(first_one(60.0, 219.0)).is_none());
    let finding = raised(first_one(60.0, 240.0)).expect("20 % over the baseline");
    assert!((finding.strength.value() - 0.5).abs() < 1e-12);
    assert_eq!(finding.evidence[0].measures[0].name, "f0_median_hz");
}

#[test]
fn both_measures_stand_in_the_evidence_and_the_clearer_gives_the_strength() {
    let finding = raised(first_one(66.0, 230.0)).expect("louder and higher");
    assert_eq!(finding.evidence[0].measures.len(), 2);
    assert_eq!(finding.strength.value(), 0.5);
}

#[test]
fn a_quieter_or_lower_voice_is_not_raised() {
    assert!(raised(first_one(40.0, 120.0)).is_none());
}

#[test]
fn a_rise_must_exceed_what_is_usual_variation() {
    let lively = Baseline { intensity_mad: level(3.0), ..usual() };
    let loud = |decibels: f64| acoustics(&[&[(decibels, 200.0)][..], &[(60.0, 200.0); 6]].concat(), lively);
    assert!(raised(loud(69.0)).is_none());
    assert!(raised(loud(69.1)).is_some());
    let unknown = Baseline { intensity_mad: Measured::Undefined(UndefinedReason::NoBaseline), ..usual() };
    assert!(raised(acoustics(&[&[(64.0, 200.0)][..], &[(60.0, 200.0); 6]].concat(), unknown)).is_some());
}

#[test]
fn without_enough_other_utterances_or_a_baseline_there_is_no_raised_voice() {
    assert!(raised(acoustics(&[&[(80.0, 200.0)][..], &[(60.0, 200.0); 5]].concat(), usual())).is_some());
    assert!(raised(acoustics(&[&[(80.0, 200.0)][..], &[(60.0, 200.0); 4]].concat(), usual())).is_none());
    let none = Baseline {
        f0: Measured::Undefined(UndefinedReason::NoBaseline),
        f0_mad: Measured::Undefined(UndefinedReason::NoBaseline),
        intensity: Measured::Undefined(UndefinedReason::NoBaseline),
        intensity_mad: Measured::Undefined(UndefinedReason::NoBaseline),
    };
    assert!(raised(acoustics(&[(80.0, 400.0); 9], none)).is_none());
    assert!(raised(first_one(f64::NAN, f64::NAN)).is_none(), "an utterance that could not be measured");
    assert!(raised(None).is_none(), "acoustics was not run");
}

#[test]
fn a_voice_is_compared_with_its_own_speaker() {
    // A low voice of seven utterances at 120 Hz and 60 dB, and a high one of seven at 220 Hz and 66 dB.
    let low = Baseline { f0: pitch(120.0), f0_mad: pitch(2.0), intensity: level(60.0), intensity_mad: level(0.5) };
    let high = Baseline { f0: pitch(220.0), f0_mad: pitch(4.0), intensity: level(66.0), intensity_mad: level(0.5) };
    let all = Baseline { f0: pitch(170.0), f0_mad: pitch(2.0), intensity: level(63.0), intensity_mad: level(0.5) };
    let sound = [&[(60.0, 120.0); 7][..], &[(66.0, 220.0); 7]].concat();
    let told_apart = |first: f64, second: f64| {
        let mut found = features(&sound, all);
        found.speakers = vec![speaker(0, low), speaker(1, high)];
        for (index, utterance) in found.utterances.iter_mut().enumerate() {
            utterance.speaker = Some(SpeakerId(u32::from(index >= 7)));
        }
        found.utterances[0].f0_median = pitch(first);
        found.utterances[7].f0_median = pitch(second);
        Some(Arc::new(found))
    };
    let hits = vec![hit(0, 0, &[0]), hit(1, 7, &[28])];
    let raised = |acoustics| {
        let findings = found(transcript(&[[0.95; 4]; 14], &[]), acoustics, hits.clone());
        findings.into_iter().filter(|finding| finding.kind == FindingKind::WordingWithRaisedVoice).collect::<Vec<_>>()
    };
    assert!(raised(told_apart(120.0, 220.0)).is_empty(), "each is as usual, high and loud as the second one is");
    let found = raised(told_apart(150.0, 220.0));
    assert_eq!(found.len(), 1, "the low voice is raised, though it stays below the recording's median");
    let measure = &found[0].evidence[0].measures[0];
    assert_eq!((measure.baseline, measure.baseline_of), (120.0, BaselineOf::Speaker(SpeakerId(0))));

    let unknown = raised(acoustics(&sound, all));
    assert_eq!(unknown.len(), 1, "without speakers the high voice looks raised");
    assert_eq!(unknown[0].evidence[0].measures[0].baseline_of, BaselineOf::Recording, "and the measure says why");
}

#[test]
fn doubtful_words_give_a_warning_beside_the_wording() {
    let mut confidences = [[0.95; 4]; 7];
    confidences[0] = [0.95, 0.5, 0.6, 0.95];
    let findings = found(transcript(&confidences, &[]), None, vec![hit(0, 0, &[1, 2])]);
    assert_eq!(kinds(&findings), vec![FindingKind::Wording, FindingKind::WordingOverDoubtfulWords]);
    // 1 - (mean + least) / 2 = 1 - (0.55 + 0.5) / 2
    assert!((findings[1].strength.value() - 0.475).abs() < 1e-12);
    let names: Vec<&str> = findings[1].evidence[0].measures.iter().map(|measure| measure.name.as_str()).collect();
    assert_eq!(names, vec!["word_confidence_mean", "word_confidence_least"]);
    assert!(findings[1].evidence[0].measures.iter().all(|measure| measure.baseline == 0.95));
}

#[test]
fn one_very_doubtful_word_is_enough() {
    let mut confidences = [[0.95; 4]; 7];
    confidences[0] = [0.95, 0.29, 0.95, 0.95];
    let findings = found(transcript(&confidences, &[]), None, vec![hit(0, 0, &[0, 1, 2, 3])]);
    assert_eq!(findings.len(), 2);
    let elsewhere = found(transcript(&confidences, &[]), None, vec![hit(0, 0, &[0, 2, 3])]);
    assert_eq!(elsewhere.len(), 1, "the doubtful word is not one of the hit's");
}

#[test]
fn flags_of_the_utterance_put_its_words_in_doubt() {
    for flag in [Flag::LowProbability, Flag::Loop, Flag::OverSilence] {
        let findings = found(transcript(&[[0.95; 4]; 7], &[(0, flag)]), None, vec![hit(0, 0, &[1]), hit(1, 1, &[4])]);
        assert_eq!(
            kinds(&findings),
            vec![FindingKind::Wording, FindingKind::WordingOverDoubtfulWords, FindingKind::Wording]
        );
        assert_eq!(findings[1].strength.value(), 0.5);
    }
    for flag in [Flag::TooFast, Flag::UntimedWords, Flag::LanguageUncertain] {
        assert_eq!(found(transcript(&[[0.95; 4]; 7], &[(0, flag)]), None, vec![hit(0, 0, &[1])]).len(), 1);
    }
}

#[test]
fn settings_are_checked_and_enter_the_identity() -> Result<(), Box<dyn std::error::Error>> {
    assert!(toml::from_str::<CrosscheckSettings>("raised_level = 4.0").is_err());
    let louder: CrosscheckSettings = toml::from_str("raised_level_db = 4.0")?;
    assert_ne!(louder.digest(), CrosscheckSettings::default().digest());
    assert_eq!(CrosscheckStage::new(louder)?.identity().id, "crosscheck");
    let crossed = CrosscheckSettings { raised_level_db: 13.0, ..CrosscheckSettings::default() };
    let error = CrosscheckStage::new(crossed).expect_err("threshold above full strength");
    assert_eq!(error.to_string(), "crosscheck.full_level_db is 12, but must be at least raised_level_db");
    let not_a_number = CrosscheckSettings { flagged_doubt: f64::NAN, ..CrosscheckSettings::default() };
    assert!(CrosscheckStage::new(not_a_number).is_err());
    Ok(())
}

prop_compose! {
    fn any_hit()(number in 0_u32..1_000, utterance in 0_u32..9, words in proptest::collection::vec(0_u32..40, 1..4),
        family in proptest::sample::select(Family::ALL.to_vec()), severity in 0.0..=1.0_f64, asserted: bool)
        -> PatternHit {
        PatternHit {
            family,
            severity: Prob::saturating(severity),
            status: if asserted { PatternStatus::Asserted } else { PatternStatus::Negated },
            ..hit(number, utterance, &words)
        }
    }
}

proptest! {
    #[test]
    fn every_asserted_hit_has_exactly_one_wording_and_findings_are_numbered_in_time(
        hits in proptest::collection::vec(any_hit(), 0..30),
        sound in proptest::collection::vec((30.0..90.0_f64, 60.0..500.0_f64), 0..9),
        confidences in proptest::collection::vec(proptest::array::uniform4(0.0..=1.0_f64), 0..8),
        flagged in 0_u32..8,
    ) {
        let transcript = transcript(&confidences, &[(flagged, Flag::Loop)]);
        let findings = found(transcript.clone(), acoustics(&sound, usual()), hits.clone());
        let asserted = hits.iter().filter(|hit| hit.status == PatternStatus::Asserted).count();
        let of_kind = |kind| findings.iter().filter(|finding| finding.kind == kind).count();
        prop_assert_eq!(of_kind(FindingKind::Wording), asserted);
        for (index, finding) in findings.iter().enumerate() {
            prop_assert_eq!(finding.id, FindingId(index as u32));
            prop_assert_eq!(finding.evidence.len(), 1);
            for measure in &finding.evidence[0].measures {
                prop_assert!(measure.value.is_finite() && measure.baseline.is_finite());
            }
        }
        prop_assert!(findings.windows(2).all(|pair| pair[0].evidence[0].span <= pair[1].evidence[0].span));

        let unheard = found(transcript, None, hits);
        prop_assert!(unheard.iter().all(|finding| finding.kind != FindingKind::WordingWithRaisedVoice));
    }

    #[test]
    fn the_order_of_hits_does_not_matter(hits in proptest::collection::vec(any_hit(), 0..20)) {
        let mut numbered = hits;
        for (index, hit) in numbered.iter_mut().enumerate() {
            hit.id = PatternHitId(index as u32);
        }
        let backwards: Vec<PatternHit> = numbered.iter().rev().cloned().collect();
        prop_assert_eq!(found(sure(), None, numbered), found(sure(), None, backwards));
    }

    #[test]
    fn louder_is_never_weaker(decibels in 40.0..90.0_f64, more in 0.0..20.0_f64) {
        let strength = |decibels| raised(first_one(decibels, 200.0)).map_or(0.0, |finding| finding.strength.value());
        prop_assert!(strength(decibels + more) >= strength(decibels));
    }
}

//! What a person's decisions do to the report over a case made by hand.

use super::*;
use crate::link::tests::{FAR, MODEL, NEAR, ONE, analysis, fill};
use crate::link::{LINKS_FILE, LinkRequest, link};
use std::fs;
use std::path::Path;
use voiceman_base::{
    AcousticFeatures, Baseline, BaselineOf, Decibels, EvidenceRef, Family, Finding, FindingId, Hertz, MeasureRef,
    MeasuredChannel, PatternHitId, PitchRange, PitchRangeBasis, Prob, Span, SyllableBasis, UtteranceAcoustics,
    VoiceMeasures,
};
use voiceman_report::ReportLanguage;

const NONE: UndefinedReason = UndefinedReason::NoBaseline;

/// The recording with utterances of its first speaker at these pitches, one a second.
fn speaking(name: &str, voice: [f32; 2], pitches: &[f64]) -> RecordingAnalysis {
    let hertz = |value| Hertz::new(value).expect("finite");
    let level = Measured::<Decibels>::Undefined(NONE);
    let utterance = |(place, pitch): (usize, &f64)| UtteranceAcoustics {
        utterance: UtteranceId(place as u32),
        speaker: Some(SpeakerId(0)),
        span: Span::clamped(
            ClipTime::from_millis(1_000 * place as i64),
            ClipTime::from_millis(1_000 * place as i64 + 900),
        ),
        pitch_range: PitchRange { floor: hertz(75.0), ceiling: hertz(500.0), basis: PitchRangeBasis::Fixed },
        f0_agreement: Measured::Undefined(UndefinedReason::NoSecondEstimate),
        f0_mean: Measured::Value(hertz(*pitch)),
        f0_median: Measured::Value(hertz(*pitch)),
        f0_sd: Measured::Value(hertz(5.0)),
        intensity: level,
        voice: VoiceMeasures::undefined(NONE, hertz(5_500.0)),
        syllables_from: SyllableBasis::Text,
        speech_rate: Measured::Undefined(NONE),
        articulation_rate: Measured::Undefined(NONE),
        pauses: Vec::new(),
    };
    let none = Measured::Undefined(NONE);
    let mut made = analysis(name, &[voice], 1, MODEL);
    made.acoustics = Some(AcousticFeatures {
        channel: MeasuredChannel::Single,
        utterances: pitches.iter().enumerate().map(utterance).collect(),
        baseline: Baseline { f0: none, f0_mad: none, intensity: level, intensity_mad: level },
        speakers: Vec::new(),
        responses: Vec::new(),
        changes: Vec::new(),
        contour: Vec::new(),
    });
    made
}

fn page(root: &Path) -> String {
    fs::read_to_string(root.join("report.html")).expect("a report")
}

/// Decides on the first proposal, and gives it.
fn decide(root: &Path, confirm: bool, place: usize) -> Proposal {
    let id = link(root, &LinkRequest::default()).expect("links").proposals[place].id.clone();
    let (confirm, refuse) = if confirm { (vec![id], Vec::new()) } else { (Vec::new(), vec![id]) };
    let request = LinkRequest { confirm, refuse, by: Some("K. Lee <clerk>".to_owned()), ..LinkRequest::default() };
    link(root, &request).expect("links").proposals[place].clone()
}

/// What the case's files hold together.
fn voices(root: &Path, analyses: &[RecordingAnalysis]) -> CaseVoices {
    let links = crate::link::read(root).expect("readable").expect("there");
    let mut heard = HeardVoices::of(&links);
    let speakers = links.proposals.iter().flat_map(|one| [&one.first, &one.second]);
    for speaker in speakers {
        let of = analyses.iter().find(|one| one.source.file.name == speaker.recording).expect("its analysis");
        heard.hear(&speaker.analysis, of, "recordings/r/report.html");
    }
    heard.shown(&links)
}

#[test]
fn before_a_person_decides_nothing_is_usual_over_the_case() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path().join("case");
    let analyses = [speaking("a.wav", ONE, &[100.0; 6]), speaking("b.wav", NEAR, &[140.0; 6])];
    fill(&root, &analyses, b"1");
    link(&root, &LinkRequest { language: Some(ReportLanguage::En), ..LinkRequest::default() }).expect("links");
    let page = page(&root);
    assert!(page.contains("nobody has decided") && page.contains("No pair was confirmed"));
    assert!(page.contains("It does not say who anyone is"));
    // The rates of the highest measured level that is not above the similarity.
    assert!(page.contains("none of 2\u{202f}352; of the two people most alike, 0.0%"), "{page}");
    assert!(voices(&root, &analyses).baselines.is_empty());
}

#[test]
fn what_is_raised_over_the_case_need_not_be_raised_in_its_recording() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path().join("case");
    // Calm in the first, higher all through the second: there, 140 Hz is usual.
    let calm = [99.0, 100.0, 101.0, 102.0, 98.0, 100.0, 101.0, 99.0, 100.0];
    let analyses = [speaking("a.wav", ONE, &calm), speaking("b.wav", NEAR, &[140.0, 141.0, 139.0])];
    fill(&root, &analyses, b"1");
    let proposal = decide(&root, true, 0);
    assert_eq!(proposal.decision, LinkDecision::Confirmed);
    let shown = voices(&root, &analyses);
    let [baseline] = shown.baselines.as_slice() else { panic!("{:?}", shown.baselines) };
    // Twelve values: 98 99 99 100 100 100 101 101 102 139 140 141; the middle two are 100 and 101, and half of all are at
    // most 1.5 Hz away.
    assert_eq!(baseline.pitch, Some(Measured::Value(Usual { median: 100.5, deviation: 1.5, utterances: 12 })));
    let raised: Vec<_> = baseline.raised.iter().map(|one| (one.voice.recording.as_str(), one.pitch)).collect();
    assert_eq!(raised, [("b.wav", 140.0), ("b.wav", 141.0), ("b.wav", 139.0)]);
    assert!(
        baseline
            .raised
            .iter()
            .all(|one| one.over_recording.is_some_and(|(over, raised)| over.abs() < 0.01 && raised.is_none()))
    );
    assert!((baseline.raised[0].over_case - (140.0 / 100.5 - 1.0)).abs() < 1e-12);
    let decision = shown.proposals[0].decision.as_ref().expect("decided");
    assert_eq!((decision.confirmed, decision.by.as_deref()), (true, Some("K. Lee <clerk>")));
    assert!(decision.at.as_ref().is_some_and(|at| at.len() == 20 && at.ends_with('Z')));
    let page = page(&root);
    assert!(page.contains("taken for one") && page.contains("K. Lee &lt;clerk&gt;") && page.contains("+39.3%"));
}

#[test]
fn findings_of_a_raised_voice_are_held_against_the_case() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path().join("case");
    // In the first recording 120 Hz stands out; over the case, where the same voice is mostly at 120 Hz, it does not. In the
    // second 150 Hz does both times.
    let quiet = [100.0, 100.0, 101.0, 99.0, 100.0, 100.0, 120.0];
    let loud = [120.0, 120.0, 121.0, 119.0, 120.0, 120.0, 122.0, 120.0, 119.0, 150.0];
    let mut analyses = [speaking("a.wav", ONE, &quiet), speaking("b.wav", NEAR, &loud)];
    analyses[0].findings = Some(vec![raised_voice(6, &["f0_median_hz"]), raised_voice(2, &["intensity_db"])]);
    analyses[1].findings = Some(vec![raised_voice(9, &["intensity_db", "f0_median_hz"])]);
    fill(&root, &analyses, b"1");
    decide(&root, true, 0);
    let shown = voices(&root, &analyses);
    let [baseline] = shown.baselines.as_slice() else { panic!("{:?}", shown.baselines) };
    let found: Vec<_> = baseline
        .findings
        .iter()
        .map(|one| {
            let utterance = one.voice.utterance.map(|id| id.0);
            (one.voice.recording.as_str(), utterance, one.level, one.pitch, one.over_case.map(|(_, raised)| raised))
        })
        .collect();
    assert_eq!(
        found,
        [
            ("a.wav", Some(2), true, false, Some(false)),
            ("a.wav", Some(6), false, true, Some(false)),
            ("b.wav", Some(9), true, true, Some(true))
        ]
    );
    let [raised] = baseline.raised.as_slice() else { panic!("{:?}", baseline.raised) };
    assert_eq!((raised.pitch, raised.over_recording.and_then(|(_, raised)| raised)), (150.0, Some(true)));
    let page = page(&root);
    assert!(page.contains("not raised over the case") && page.contains("raised over the case too"), "{page}");
}

/// A finding of wording with raised voice in an utterance, by these measures.
fn raised_voice(utterance: u32, measures: &[&str]) -> Finding {
    let measure = |name: &&str| MeasureRef {
        name: (*name).to_owned(),
        value: 1.0,
        baseline: 0.0,
        baseline_of: BaselineOf::Speaker(SpeakerId(0)),
    };
    Finding {
        id: FindingId(utterance),
        kind: FindingKind::WordingWithRaisedVoice,
        family: Family::Threat,
        strength: Prob::ONE,
        evidence: vec![EvidenceRef {
            span: Span::clamped(ClipTime::ZERO, ClipTime::from_millis(1)),
            utterance: UtteranceId(utterance),
            words: Vec::new(),
            pattern: PatternHitId(0),
            measures: measures.iter().map(measure).collect(),
        }],
    }
}

#[test]
fn decisions_that_contradict_each_other_give_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path().join("case");
    let analyses =
        [speaking("a.wav", ONE, &[100.0; 6]), speaking("b.wav", ONE, &[100.0; 6]), speaking("c.wav", ONE, &[150.0; 6])];
    fill(&root, &analyses, b"1");
    decide(&root, true, 0);
    decide(&root, true, 1);
    decide(&root, false, 2);
    let shown = voices(&root, &analyses);
    let [baseline] = shown.baselines.as_slice() else { panic!("{:?}", shown.baselines) };
    assert!(baseline.voices.len() == 3 && baseline.pitch.is_none() && baseline.raised.is_empty());
    assert!(page(&root).contains("As long as they contradict each other, nothing is told over the case."));
}

#[test]
fn five_utterances_are_too_few_and_a_lively_voice_is_measured_against_its_own_liveliness() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path().join("case");
    let analyses = [
        speaking("a.wav", ONE, &[100.0, 100.0, 150.0]),
        speaking("b.wav", ONE, &[100.0, 100.0]),
        speaking("c.wav", FAR, &[80.0, 120.0, 100.0, 90.0]),
        speaking("d.wav", FAR, &[110.0, 130.0, 100.0]),
    ];
    fill(&root, &analyses, b"1");
    decide(&root, true, 0);
    decide(&root, true, 1);
    let shown = voices(&root, &analyses);
    let of = |name: &str| {
        let has = |baseline: &&CaseBaseline| baseline.voices.iter().any(|(voice, _)| voice.recording == name);
        shown.baselines.iter().find(has).expect("a baseline")
    };
    assert_eq!(of("a.wav").pitch, Some(Measured::Undefined(UndefinedReason::NoBaseline)));
    assert!(of("a.wav").raised.is_empty());
    // Median 100, deviation 10: 130 is 30 % over it, but not over three deviations.
    assert_eq!(of("c.wav").pitch, Some(Measured::Value(Usual { median: 100.0, deviation: 10.0, utterances: 7 })));
    assert!(of("c.wav").raised.is_empty());
}

#[test]
fn a_decision_on_an_earlier_analysis_is_kept_and_does_not_hold() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path().join("case");
    let analyses = [speaking("a.wav", ONE, &[100.0; 6]), speaking("b.wav", ONE, &[100.0; 6])];
    fill(&root, &analyses, b"1");
    decide(&root, true, 0);
    fill(&root, &analyses, b"2");
    let links =
        link(&root, &LinkRequest { language: Some(ReportLanguage::Ko), ..LinkRequest::default() }).expect("links");
    assert_eq!((links.proposals[0].decision, links.decisions.len()), (LinkDecision::Open, 1));
    assert!(page(&root).contains("판단 1건은"));
    // Without a wish, the language of the report that is there stays.
    link(&root, &LinkRequest::default()).expect("links");
    assert!(page(&root).contains("<html lang=\"ko\""));
    let schema = serde_json::from_str(include_str!("../../../../docs/formats/links.schema.json")).expect("a schema");
    let schema = jsonschema::validator_for(&schema).expect("a valid schema");
    let written = fs::read_to_string(root.join(LINKS_FILE)).expect("a file");
    assert!(schema.is_valid(&serde_json::from_str(&written).expect("JSON")));
}

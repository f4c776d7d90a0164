//! Properties that a review priority must have, known values, and the worked example of `docs/methods/score.md`.

use super::*;
use proptest::prelude::*;
use voiceman_base::{
    Cancelled, EvidenceRef, FindingKind, PatternHitId, Prob, Span, SpeechRegion, Unwatched, UtteranceId, WordId,
};

/// Rounding to hundredths may move a family's share by one of them.
const ONE_HUNDREDTH: f64 = 0.010_001;

/// One wording with what stands beside it.
#[derive(Clone, Debug)]
struct Said {
    family: Family,
    severity: f64,
    raised: Option<f64>,
    doubt: Option<f64>,
    words: Vec<u32>,
}

fn said(family: Family, severity: f64) -> Said {
    Said { family, severity, raised: None, doubt: None, words: Vec::new() }
}

/// The findings that the cross-check would make of `said`, one hit each.
fn findings(said: &[Said]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (index, one) in said.iter().enumerate() {
        let kinds = [
            (FindingKind::Wording, Some(one.severity)),
            (FindingKind::WordingWithRaisedVoice, one.raised),
            (FindingKind::WordingOverDoubtfulWords, one.doubt),
        ];
        for (kind, strength) in kinds {
            let Some(strength) = strength else { continue };
            findings.push(Finding {
                id: FindingId(findings.len() as u32),
                kind,
                family: one.family,
                strength: Prob::saturating(strength),
                evidence: vec![EvidenceRef {
                    span: Span::clamped(ClipTime::ZERO, ClipTime::from_millis(1)),
                    utterance: UtteranceId(index as u32),
                    words: one.words.iter().copied().map(WordId).collect(),
                    pattern: PatternHitId(index as u32),
                    measures: Vec::new(),
                }],
            });
        }
    }
    findings
}

fn scored(said: &[Said], minutes: f64) -> Scored {
    assess(&findings(said), ClipTime::from_seconds(minutes * 60.0), &ScoreSettings::default()).recording
}

fn value(scored: &Scored, family: Family) -> f64 {
    scored.categories.iter().find(|category| category.category == family).map_or(f64::NAN, |category| category.value)
}

fn family() -> impl Strategy<Value = Family> {
    proptest::sample::select(Family::ALL.to_vec())
}

fn one_said() -> impl Strategy<Value = Said> {
    let part = || proptest::option::of(0.0..=1.0_f64);
    (family(), 0.0..=1.0_f64, part(), part(), proptest::collection::vec(0_u32..40, 0..5))
        .prop_map(|(family, severity, raised, doubt, words)| Said { family, severity, raised, doubt, words })
}

fn conversation() -> impl Strategy<Value = Vec<Said>> {
    proptest::collection::vec(one_said(), 0..25)
}

/// Whole hundredths behind a printed number.
fn hundredths(points: f64) -> i64 {
    (points * 100.0).round() as i64
}

proptest! {
    #[test]
    fn parts_add_up_exactly_and_stay_in_range(said in conversation(), minutes in 0.0..300.0_f64) {
        let scored = scored(&said, minutes);
        prop_assert!((0.0..=100.0).contains(&scored.priority));
        prop_assert_eq!(scored.level, PriorityLevel::of(scored.priority));
        prop_assert!(scored.interval.low <= scored.priority && scored.priority <= scored.interval.high);
        prop_assert_eq!(scored.categories.iter().map(|category| hundredths(category.value)).sum::<i64>(),
            hundredths(scored.priority));
        for category in &scored.categories {
            let sum: i64 = category.contributions.iter().map(|contribution| hundredths(contribution.points)).sum();
            prop_assert_eq!(sum, hundredths(category.value));
            prop_assert!(category.value >= 0.0);
            prop_assert!(category.interval.low <= category.value && category.value <= category.interval.high);
            for contribution in &category.contributions {
                prop_assert_eq!(contribution.points, hundredths(contribution.points) as f64 / 100.0);
            }
        }
    }

    #[test]
    fn every_contribution_has_its_finding_and_only_warnings_take_away(said in conversation(), minutes in 0.0..60.0_f64) {
        let findings = findings(&said);
        let scored = scored(&said, minutes);
        for category in &scored.categories {
            for contribution in &category.contributions {
                let finding = findings.iter().find(|finding| finding.id == contribution.finding).expect("listed finding");
                prop_assert_eq!(finding.family, category.category);
                if finding.kind == FindingKind::WordingOverDoubtfulWords {
                    prop_assert!(contribution.points <= 0.0);
                } else {
                    prop_assert!(contribution.points >= 0.0);
                }
            }
        }
        let listed: usize = scored.categories.iter().map(|category| category.contributions.len()).sum();
        prop_assert_eq!(listed, findings.len());
    }

    #[test]
    fn another_statement_never_lowers(said in conversation(), more in one_said(), minutes in 0.0..300.0_f64) {
        let before = scored(&said, minutes);
        let with: Vec<Said> = said.into_iter().chain([more.clone()]).collect();
        let after = scored(&with, minutes);
        prop_assert!(after.priority >= before.priority);
        prop_assert!(value(&after, more.family) >= value(&before, more.family) - ONE_HUNDREDTH);
    }

    #[test]
    fn a_raised_voice_never_lowers_and_a_doubt_never_raises(
        said in conversation(), more in one_said(), strength in 0.0..=1.0_f64, minutes in 0.0..300.0_f64,
    ) {
        let with = |raised, doubt| {
            let last = Said { raised, doubt, ..more.clone() };
            scored(&said.iter().cloned().chain([last]).collect::<Vec<_>>(), minutes).priority
        };
        prop_assert!(with(Some(strength), None) >= with(None, None));
        prop_assert!(with(None, Some(strength)) <= with(None, None));
    }

    #[test]
    fn harmless_speech_never_raises(said in conversation(), minutes in 0.0..300.0_f64, more in 0.0..300.0_f64) {
        prop_assert!(scored(&said, minutes + more).priority <= scored(&said, minutes).priority);
    }

    #[test]
    fn a_call_twice_as_long_with_twice_as_much_is_not_worse(said in conversation(), minutes in 1.0..300.0_f64) {
        let words_later = |one: &Said| Said { words: one.words.iter().map(|word| word + 1_000).collect(), ..one.clone() };
        let twice: Vec<Said> = said.iter().cloned().chain(said.iter().map(words_later)).collect();
        let (once, twice) = (scored(&said, minutes).priority, scored(&twice, 2.0 * minutes).priority);
        prop_assert!((once - twice).abs() <= ONE_HUNDREDTH, "{} and {}", once, twice);
    }

    #[test]
    fn the_ends_of_the_interval_are_scores_themselves(said in conversation(), minutes in 0.0..300.0_f64) {
        let without: Vec<Said> = said.iter().filter(|one| one.doubt.is_none()).cloned().collect();
        let trusted: Vec<Said> = said.iter().map(|one| Said { doubt: None, ..one.clone() }).collect();
        let scored_all = scored(&said, minutes);
        prop_assert!((scored_all.interval.low - scored(&without, minutes).priority).abs() <= ONE_HUNDREDTH);
        prop_assert!((scored_all.interval.high - scored(&trusted, minutes).priority).abs() <= ONE_HUNDREDTH);
    }

    #[test]
    fn shares_add_up(total in 0_u32..1_000_000, weights in proptest::collection::vec(0.0..1e6_f64, 1..200)) {
        let parts = allocate(total, &weights);
        let expected = if weights.iter().sum::<f64>() > 0.0 { total } else { 0 };
        prop_assert_eq!(parts.iter().sum::<u32>(), expected);
        let sum: f64 = weights.iter().sum();
        for (part, weight) in parts.iter().zip(&weights) {
            prop_assert!((f64::from(*part) - f64::from(total) * weight / sum.max(f64::MIN_POSITIVE)).abs() < 1.001);
        }
    }
}

#[test]
fn nothing_found_is_zero_and_minimal() {
    let scored = scored(&[], 12.0);
    assert_eq!(scored.priority, 0.0);
    assert_eq!(scored.level, PriorityLevel::Minimal);
    assert_eq!(scored.interval, Interval { low: 0.0, high: 0.0 });
    assert_eq!(scored.categories.len(), 6);
    assert!(scored.categories.iter().all(|category| category.value == 0.0 && category.contributions.is_empty()));
}

#[test]
fn one_death_threat_in_an_hour_is_still_moderate() {
    let scored = scored(&[said(Family::Threat, 1.0)], 60.0);
    assert_eq!(scored.level, PriorityLevel::Moderate, "{}", scored.priority);
}

#[test]
fn one_mild_insult_is_minimal_and_a_flood_of_threats_is_high() {
    assert_eq!(scored(&[said(Family::Harassment, 0.5)], 10.0).level, PriorityLevel::Minimal);
    let flood: Vec<Said> = (0..60).map(|_| said(Family::Threat, 1.0)).collect();
    assert_eq!(scored(&flood, 10.0).level, PriorityLevel::High);
}

#[test]
fn everything_at_its_fullest_gives_each_family_its_weight() {
    let all: Vec<Said> = Family::ALL.iter().flat_map(|family| std::iter::repeat_n(said(*family, 1.0), 100)).collect();
    let scored = scored(&all, 1.0);
    assert_eq!(scored.priority, 100.0);
    for category in &scored.categories {
        let weight = ScoreSettings::default().weights.of(category.category);
        assert!((category.value - 100.0 * weight).abs() <= ONE_HUNDREDTH, "{category:?}");
    }
}

#[test]
fn the_same_words_under_two_patterns_count_once() {
    let once = Said { words: vec![3, 4], ..said(Family::Threat, 0.9) };
    let again = Said { words: vec![3, 4], ..said(Family::Threat, 0.8) };
    let (alone, both) = (scored(std::slice::from_ref(&once), 2.0), scored(&[once, again], 2.0));
    assert_eq!(alone.priority, both.priority);
    let points: Vec<f64> = both.categories[1].contributions.iter().map(|contribution| contribution.points).collect();
    assert_eq!(points, vec![alone.priority, 0.0]);
}

#[test]
fn a_statement_in_two_families_counts_in_both() {
    let words = vec![7, 8, 9];
    let threat = Said { words: words.clone(), ..said(Family::Threat, 0.8) };
    let extortion = Said { words, ..said(Family::Extortion, 0.8) };
    let scored = scored(&[threat, extortion], 5.0);
    assert!(value(&scored, Family::Threat) > 0.0 && value(&scored, Family::Extortion) > 0.0);
}

#[test]
fn findings_beside_no_wording_give_nothing() {
    let mut lone = findings(&[Said { raised: Some(1.0), doubt: Some(0.5), ..said(Family::Threat, 1.0) }]);
    lone.remove(0);
    let assessment = assess(&lone, ClipTime::from_seconds(60.0), &ScoreSettings::default());
    assert_eq!(assessment.recording.priority, 0.0);
}

#[test]
fn the_committed_weights_are_complete_and_add_up_to_one() -> Result<(), Box<dyn std::error::Error>> {
    let table: toml::Table = toml::from_str(WEIGHTS_FILE)?;
    assert_eq!(table.len(), 8, "every key of the settings stands in the file, so that no default hides");
    let settings: ScoreSettings = toml::from_str(WEIGHTS_FILE)?;
    settings.check()?;
    assert_eq!(settings, ScoreSettings::default());
    let printed = settings.printed();
    assert_eq!(printed.version, "1");
    assert_eq!(printed.families.iter().map(|(family, _)| *family).collect::<Vec<_>>(), Family::ALL.to_vec());
    Ok(())
}

#[test]
fn unusable_settings_are_refused() -> Result<(), Box<dyn std::error::Error>> {
    assert!(toml::from_str::<ScoreSettings>("saturaton = 2.0").is_err());
    let partly: ScoreSettings = toml::from_str("saturation = 2.0")?;
    assert_eq!(partly.printed().version, "1, modified");
    assert_ne!(partly.digest(), ScoreSettings::default().digest());

    let mut heavy = ScoreSettings::default();
    heavy.weights.threat = 0.30;
    let error = ScoreStage::new(heavy).expect_err("weights that add up to 1.05");
    assert!(error.to_string().contains("add up to 1.05"), "{error}");
    for broken in [f64::NAN, f64::INFINITY, -1.0, 0.0] {
        assert!(ScoreStage::new(ScoreSettings { saturation: broken, ..ScoreSettings::default() }).is_err());
        assert!(ScoreStage::new(ScoreSettings { least_speech_s: broken, ..ScoreSettings::default() }).is_err());
    }
    Ok(())
}

/// Interrupted before anything began.
struct Interrupted;

impl Watch for Interrupted {
    fn progress(&self, _done: ClipTime, _total: ClipTime) {}
    fn is_cancelled(&self) -> bool {
        true
    }
    fn check(&self) -> Result<(), Cancelled> {
        Err(Cancelled)
    }
}

#[test]
fn the_stage_answers_each_recording_of_a_batch() -> Result<(), Box<dyn std::error::Error>> {
    let span = Span::new(ClipTime::ZERO, ClipTime::from_seconds(600.0))?;
    let speech = Arc::new(SpeechMap::new(vec![SpeechRegion { span, speech: Prob::ONE }])?);
    let input = |said: &[Said]| ScoreInput { findings: Arc::new(findings(said)), speech: speech.clone() };
    let batch = || vec![input(&[]), input(&[said(Family::Threat, 1.0)])];
    let mut stage = ScoreStage::new(ScoreSettings::default())?;
    let results = stage.run(batch(), &Unwatched).into_iter().collect::<Result<Vec<_>, _>>()?;
    assert_eq!(results[0].recording.priority, 0.0);
    assert_eq!(results[1].recording, scored(&[said(Family::Threat, 1.0)], 10.0));
    assert!(stage.run(batch(), &Interrupted).iter().all(Result::is_err));
    assert_eq!(stage.identity().id, "score");
    Ok(())
}

/// Recomputes the worked example and looks for every number of it in the document.
#[test]
fn the_worked_example_of_the_document_holds() {
    let document = include_str!("../../../../docs/methods/score.md");
    let said = [
        Said { raised: Some(0.5), words: vec![10, 11], ..said(Family::Threat, 0.9) },
        Said { doubt: Some(0.4), words: vec![40, 41, 42], ..said(Family::Threat, 0.7) },
        Said { words: vec![80, 81, 82], ..said(Family::Gaslighting, 0.8) },
    ];
    let scored = scored(&said, 10.0);
    let mut lines = vec![format!(
        "| priority | {:.2} | {:.2} to {:.2} |",
        scored.priority, scored.interval.low, scored.interval.high
    )];
    for category in scored.categories.iter().filter(|category| category.value > 0.0) {
        let Interval { low, high } = category.interval;
        lines.push(format!("| {} | {:.2} | {low:.2} to {high:.2} |", category.category.name(), category.value));
        for Contribution { finding, points } in &category.contributions {
            lines.push(format!("| finding {} | {points:.2} |  |", finding.0));
        }
    }
    let missing: Vec<&String> = lines.iter().filter(|line| !document.contains(line.as_str())).collect();
    assert!(missing.is_empty(), "not in docs/methods/score.md: {missing:#?}\nall of it:\n{}", lines.join("\n"));
}

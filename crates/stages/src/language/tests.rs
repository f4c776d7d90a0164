use super::*;
use proptest::prelude::*;
use std::error::Error;
use std::sync::atomic::{AtomicUsize, Ordering};
use voiceman_base::{
    Cancelled, LanguageVote, ModelIdentity, PatternStatus, Precision, Prob, Timing, UntimedReason, Utterance,
    UtteranceId, Word,
};

type Result<T = ()> = std::result::Result<T, Box<dyn Error>>;

const ENGLISH: &str = r#"
schema = "voiceman.lexicon/1"
version = "1.0.0"
language = "en"
skip = ["really", "not", "n't"]

[[patterns]]
id = "en.threat.direct.find"
family = "threat"
subtype = "direct"
severity = 1.0
any_of = ["i will find you", "i will find you ..2 tomorrow"]
match = ["I will find you.", "I'll find you."]
no_match = ["I will find it."]

[[patterns]]
id = "en.harassment.insult.fool"
family = "harassment"
subtype = "insult"
severity = 0.7
any_of = ["you fool"]
match = ["You fool!", "You fool."]
no_match = ["A fool."]
"#;

const KOREAN: &str = r#"
schema = "voiceman.lexicon/1"
version = "1.0.0"
language = "ko"
skip = ["/J", "안/MAG"]

[[patterns]]
id = "ko.threat.direct.find"
family = "threat"
subtype = "direct"
severity = 1.0
any_of = ["너/NP 찾/VV", "너/NP 탓/NNG 이/VCP|!아니/VCN"]
match = ["너 찾는다", "너를 찾는다"]
no_match = ["찾는다"]
"#;

/// Reads texts that are written in morphemes: `너/NP 찾/VV+는다/EF`, `+` joining what stands in one word.
struct Written;

impl MorphemeAnalyzer for Written {
    fn identity(&self) -> ModelIdentity {
        ModelIdentity {
            role: "morphemes".to_owned(),
            name: "written".to_owned(),
            sha256: Digest::of(b"written"),
            precision: Precision::Exact,
            runtime: "none".to_owned(),
        }
    }

    fn analyze(&self, text: &str) -> std::result::Result<Vec<Morpheme>, MorphemeError> {
        let mut found = Vec::new();
        let mut start = 0;
        for word in text.split(' ') {
            let range = start..start + word.len();
            start = range.end + 1;
            found.extend(word.split('+').filter_map(|part| part.split_once('/')).map(|(lemma, tag)| Morpheme {
                surface: word.to_owned(),
                lemma: lemma.to_owned(),
                tag: tag.to_owned(),
                range: range.clone(),
            }));
        }
        Ok(found)
    }
}

fn statuses(text: &str) -> Result<Vec<PatternStatus>> {
    let lexicon = Lexicon::parse(KOREAN)?;
    Ok(lexicon.find(text, Some(&Written))?.into_iter().map(|hit| hit.status).collect())
}

#[test]
fn korean_negation_follows_the_described_rules() -> Result {
    use PatternStatus::{Asserted, Negated};
    let cases = [
        ("너/NP+를/JKO 찾/VV+는다/EF", Asserted),
        ("너/NP 안/MAG 찾/VV+는다/EF", Negated),
        ("너/NP 찾/VV+지/EC 않/VX+을게/EF", Negated),
        ("너/NP 찾/VV+는다고/EC 안/MAG 하/VV+았/EP+어/EF", Negated),
        ("너/NP 찾/VV+는다는/ETM 말/NNG+은/JX 하/VV+ㄴ/ETM 적/NNB 없/VA+어/EF", Negated),
        ("너/NP 찾/VV+려고/EC 하/VV+ㄴ/ETM 거/NNB 아니/VCN+야/EF", Negated),
        // The negation belongs to another clause.
        ("너/NP 찾/VV+아서/EC 안/MAG 가/VV+았/EP+어/EF", Asserted),
        ("너/NP 찾/VV+는다/EF ./SF 안/MAG 가/VV+아/EF", Asserted),
        ("너/NP 찾/VV+기/ETN 전/NNG+에/JKB 하/VV+지/EC 말/VX+아/EF", Asserted),
        // Two negations.
        ("너/NP 안/MAG 찾/VV+는다고/EC 안/MAG 하/VV+았/EP+어/EF", Asserted),
        // An option that turns the status round.
        ("너/NP 탓/NNG+이/VCP+야/EF", Asserted),
        ("너/NP 탓/NNG+이/JKC 아니/VCN+야/EF", Negated),
    ];
    for (text, status) in cases {
        assert_eq!(statuses(text)?, [status], "{text}");
    }
    assert_eq!(statuses("찾/VV+는다/EF")?, []);
    Ok(())
}

/// The written form decides: 잖 grew out of 지 않 but affirms.
#[test]
fn affirming_jana_is_no_negation() -> Result {
    struct Spoken;
    impl MorphemeAnalyzer for Spoken {
        fn identity(&self) -> ModelIdentity {
            Written.identity()
        }
        fn analyze(&self, text: &str) -> std::result::Result<Vec<Morpheme>, MorphemeError> {
            let all = 0..text.len();
            let morpheme = |(lemma, tag): (&str, &str)| Morpheme {
                surface: text.to_owned(),
                lemma: lemma.to_owned(),
                tag: tag.to_owned(),
                range: all.clone(),
            };
            Ok([("너", "NP"), ("찾", "VV"), ("지", "EC"), ("않", "VX"), ("아", "EF")].map(morpheme).to_vec())
        }
    }
    let lexicon = Lexicon::parse(KOREAN)?;
    assert_eq!(lexicon.find("너찾잖아", Some(&Spoken))?[0].status, PatternStatus::Asserted);
    assert_eq!(lexicon.find("너찾지않아", Some(&Spoken))?[0].status, PatternStatus::Negated);
    Ok(())
}

#[test]
fn english_negation_follows_the_described_rules() -> Result {
    use PatternStatus::{Asserted, Negated};
    let lexicon = Lexicon::parse(ENGLISH)?;
    let cases = [
        ("I will find you", Asserted),
        ("I'll really find you", Asserted),
        ("I won't find you", Negated),
        ("I will not find you", Negated),
        ("I didn't say I will find you", Negated),
        ("I never said that I'll find you", Negated),
        ("I didn't say I won't find you", Asserted),
        ("If you don't leave I will find you", Asserted),
        ("No, I will find you", Asserted),
        ("I can't wait. I will find you", Asserted),
        ("You are not listening so I will find you", Asserted),
    ];
    for (text, status) in cases {
        let found: Vec<PatternStatus> = lexicon.find(text, None)?.into_iter().map(|hit| hit.status).collect();
        assert_eq!(found, [status], "{text}");
    }
    Ok(())
}

#[test]
fn all_places_are_found_and_the_longest_counts() -> Result {
    let lexicon = Lexicon::parse(ENGLISH)?;
    let text = "I'll find you. You fool, I'll find you for sure tomorrow, and I'll find you.";
    let found: Vec<&str> = lexicon.find(text, None)?.iter().map(|hit| &text[hit.range.clone()]).collect();
    assert_eq!(found, ["I'll find you", "You fool", "I'll find you for sure tomorrow", "I'll find you"]);
    Ok(())
}

#[test]
fn what_is_wrong_with_a_lexicon_is_said() {
    let refused = |from: &str, to: &str| {
        Lexicon::parse(&ENGLISH.replacen(from, to, 1)).map(|_| ()).expect_err("accepted").to_string()
    };
    assert_eq!(
        refused("lexicon/1", "lexicon/9"),
        "use a lexicon of schema `voiceman.lexicon/9`, this program reads `voiceman.lexicon/1`"
    );
    assert_eq!(refused("\"en\"", "\"de\""), "use a lexicon for `de`, only `ko` and `en` can be searched");
    assert_eq!(
        refused("en.harassment.insult.fool", "en.threat.direct.find"),
        "use the lexicon, two patterns are named `en.threat.direct.find`"
    );
    assert_eq!(
        refused("en.threat.direct.find", "threat.find"),
        "use pattern `threat.find`, its name should begin with `en.threat.direct.`"
    );
    assert_eq!(
        refused("\"I will find you.\", ", ""),
        "use pattern `en.threat.direct.find`, it needs a sequence, two examples that match and one that does not"
    );
    assert_eq!(
        refused("i will find you\"", "i will {them}\""),
        "read sequence `i will {them}` of `en.threat.direct.find`"
    );
    assert_eq!(refused("severity = 1.0", "severity = 1.1"), "read the lexicon");
    assert_eq!(refused("severity = 1.0", "severity = 1.0\nweight = 2"), "read the lexicon");
}

fn word(id: u32, text: &str, span: Option<(i64, i64)>) -> Word {
    let span = span.map(|(start, end)| Span::clamped(ClipTime::from_millis(start), ClipTime::from_millis(end)));
    let timing = match span {
        Some(span) => Timing::Aligned { span, score: Prob::ONE },
        None => Timing::Untimed { why: UntimedReason::NoFrames },
    };
    Word { id: WordId(id), text: text.to_owned(), timing, confidence: Prob::ONE, attribution: None }
}

fn utterance(id: u32, language: LanguageCode, span: (i64, i64), words: Vec<Word>) -> AlignedUtterance {
    let text = words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ");
    let span = Span::clamped(ClipTime::from_millis(span.0), ClipTime::from_millis(span.1));
    let utterance = Utterance {
        id: UtteranceId(id),
        span,
        text,
        tokens: Vec::new(),
        language,
        avg_logprob: -0.1,
        no_speech: Prob::ZERO,
        compression_ratio: 1.0,
        temperature: 0.0,
        flags: Vec::new(),
    };
    AlignedUtterance { utterance, words, speaker: None }
}

fn transcript() -> AlignedTranscript {
    let utterances = vec![
        utterance(
            0,
            LanguageCode::ENGLISH,
            (0, 2_000),
            vec![
                word(0, "Well,", Some((0, 300))),
                word(1, "I'll", Some((400, 600))),
                word(2, "find", None),
                word(3, "you,", Some((900, 1_100))),
                word(4, "tomorrow.", Some((1_200, 1_800))),
            ],
        ),
        utterance(
            1,
            LanguageCode::KOREAN,
            (2_000, 4_000),
            vec![word(5, "너/NP+를/JKO", None), word(6, "찾/VV+는다/EF", None)],
        ),
        utterance(
            2,
            "de".parse().expect("a language"),
            (4_000, 5_000),
            vec![word(7, "you", None), word(8, "fool", None)],
        ),
    ];
    AlignedTranscript { language: LanguageVote::Given(LanguageCode::ENGLISH), utterances }
}

struct Patient;

impl Watch for Patient {
    fn progress(&self, done: ClipTime, total: ClipTime) {
        assert!(done <= total);
    }
    fn is_cancelled(&self) -> bool {
        false
    }
}

fn stage(settings: LanguageSettings) -> Result<LanguageStage> {
    let lexicons = vec![Arc::new(Lexicon::parse(ENGLISH)?), Arc::new(Lexicon::parse(KOREAN)?)];
    Ok(LanguageStage::new(lexicons, Some(Box::new(Written)), settings)?)
}

fn run(stage: &mut LanguageStage, watch: &dyn Watch) -> Vec<std::result::Result<Vec<PatternHit>, StageError>> {
    stage.run(vec![LanguageInput { transcript: Arc::new(transcript()) }], watch)
}

#[test]
fn hits_have_words_and_times() -> Result {
    let mut stage = stage(LanguageSettings::default())?;
    let hits = run(&mut stage, &Patient).remove(0)?;
    let seen: Vec<_> = hits.iter().map(|hit| (hit.id.0, hit.pattern.as_str(), hit.words.clone(), hit.span)).collect();
    let span = |start, end| Span::clamped(ClipTime::from_millis(start), ClipTime::from_millis(end));
    assert_eq!(
        seen,
        [
            (0, "en.threat.direct.find", (1..=4).map(WordId).collect(), span(400, 1_800)),
            // None of its words has a time.
            (1, "ko.threat.direct.find", vec![WordId(5), WordId(6)], span(2_000, 4_000)),
        ]
    );
    assert_eq!(stage.languages(), [LanguageCode::ENGLISH, LanguageCode::KOREAN]);
    Ok(())
}

#[test]
fn families_that_were_not_asked_for_are_left_out() -> Result {
    let settings = LanguageSettings { families: vec![Family::Harassment] };
    assert_eq!(run(&mut stage(settings)?, &Patient).remove(0)?, []);
    Ok(())
}

#[test]
fn identity_tells_lexicons_settings_and_dictionary() -> Result {
    let full = stage(LanguageSettings::default())?.identity();
    assert_eq!(full.models.len(), 1);
    let fewer = stage(LanguageSettings { families: vec![Family::Threat] })?.identity();
    assert_ne!(full.settings, fewer.settings);
    let edited = Arc::new(Lexicon::parse(&format!("{ENGLISH}# edited\n"))?);
    let lexicons = vec![edited, Arc::new(Lexicon::parse(KOREAN)?)];
    let edited = LanguageStage::new(lexicons, Some(Box::new(Written)), LanguageSettings::default())?.identity();
    assert_ne!(full.settings, edited.settings);
    let mut reversed = LanguageSettings::default();
    reversed.families.reverse();
    assert_eq!(LanguageSettings::default().digest(), reversed.digest());
    Ok(())
}

#[test]
fn a_stage_that_could_not_search_is_not_built() -> Result {
    let korean = Arc::new(Lexicon::parse(KOREAN)?);
    let without = LanguageStage::new(vec![korean.clone()], None, LanguageSettings::default());
    assert_eq!(without.err(), Some(LanguageError::NoMorphemes));
    let twice = LanguageStage::new(vec![korean.clone(), korean], Some(Box::new(Written)), LanguageSettings::default());
    assert_eq!(twice.err(), Some(LanguageError::TwoLexicons(LanguageCode::KOREAN)));
    Ok(())
}

#[test]
fn the_stage_stops_when_asked() -> Result {
    struct Hasty(AtomicUsize);
    impl Watch for Hasty {
        fn progress(&self, _: ClipTime, _: ClipTime) {}
        fn is_cancelled(&self) -> bool {
            self.0.fetch_add(1, Ordering::Relaxed) > 0
        }
        fn check(&self) -> std::result::Result<(), Cancelled> {
            if self.is_cancelled() { Err(Cancelled) } else { Ok(()) }
        }
    }
    let error = run(&mut stage(LanguageSettings::default())?, &Hasty(AtomicUsize::new(0))).remove(0);
    assert_eq!(error.map_err(|error| error.kind), Err(StageErrorKind::Cancelled));
    Ok(())
}

proptest! {
    /// Hits of one pattern are disjoint, lie on character borders, and come sorted, whatever the text.
    #[test]
    fn hits_are_sorted_and_disjoint(words in prop::collection::vec("I|will|I'll|find|you|fool|not|tomorrow|[.,!]|\\PC", 0..60)) {
        let lexicon = Lexicon::parse(ENGLISH).expect("lexicon");
        let text = words.join(" ");
        let hits = lexicon.find(&text, None).expect("hits");
        let mut last: std::collections::BTreeMap<&str, usize> = std::collections::BTreeMap::new();
        let mut start = 0;
        for hit in &hits {
            prop_assert!(text.get(hit.range.clone()).is_some_and(|found| !found.is_empty()));
            prop_assert!(hit.range.start >= start);
            start = hit.range.start;
            let end = last.insert(&hit.pattern.id, hit.range.end).unwrap_or_default();
            prop_assert!(hit.range.start >= end);
        }
    }
}

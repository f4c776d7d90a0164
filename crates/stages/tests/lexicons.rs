//! Both lexicons against their schema and the severities of the method; the English one against its examples and
//! against harmless sentences. The Korean examples need a dictionary and run in `voiceman-infer`.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::path::{Path, PathBuf};
use voiceman_base::{Family, LanguageCode, PatternStatus};
use voiceman_stages::language::{Lexicon, LexiconPattern};

type Result<T = ()> = std::result::Result<T, Box<dyn Error>>;

/// Fewest patterns per family and language.
const MIN_PATTERNS: usize = 15;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn text_of(language: &str) -> Result<String> {
    Ok(std::fs::read_to_string(root().join(format!("lexicon/{language}.toml")))?)
}

fn both() -> Result<[Lexicon; 2]> {
    Ok([Lexicon::parse(&text_of("ko")?)?, Lexicon::parse(&text_of("en")?)?])
}

#[test]
fn lexicons_keep_to_their_schema() -> Result {
    let schema = std::fs::read_to_string(root().join("docs/formats/lexicon.schema.json"))?;
    let validator = jsonschema::validator_for(&serde_json::from_str(&schema)?)?;
    for language in ["ko", "en"] {
        let value: serde_json::Value = toml::from_str(&text_of(language)?)?;
        let errors: Vec<String> =
            validator.iter_errors(&value).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert_eq!(errors, Vec::<String>::new(), "{language}");
        let mut broken = value.clone();
        broken["patterns"][0]["severity"] = 1.5.into();
        assert!(!validator.is_valid(&broken), "the schema lets a severity of 1.5 pass");
    }
    Ok(())
}

#[test]
fn every_family_is_well_covered_in_each_language() -> Result {
    for lexicon in both()? {
        for family in Family::ALL {
            let count = lexicon.patterns().iter().filter(|pattern| pattern.family == family).count();
            assert!(count >= MIN_PATTERNS, "{} has {count} patterns of {}", lexicon.language(), family.name());
        }
    }
    Ok(())
}

#[test]
fn severities_are_those_of_the_method() -> Result {
    let expected = [
        ("gaslighting denial", 0.8),
        ("gaslighting countering", 0.7),
        ("gaslighting trivialising", 0.6),
        ("gaslighting diverting", 0.5),
        ("gaslighting blocking", 0.7),
        ("gaslighting blame_shifting", 0.9),
        ("gaslighting reality_distortion", 0.85),
        ("threat direct", 1.0),
        ("threat conditional", 0.9),
        ("threat veiled", 0.7),
        ("threat economic", 0.8),
        ("threat social", 0.75),
        ("coercion emotional", 0.8),
        ("coercion guilt", 0.75),
        ("coercion isolation", 0.85),
        ("harassment insult", 0.7),
        ("harassment harassment", 0.7),
        ("harassment stalking", 0.8),
        ("extortion extortion", 0.9),
        ("extortion fraud", 0.8),
    ];
    for lexicon in both()? {
        let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for pattern in lexicon.patterns() {
            let key = format!("{} {}", pattern.family.name(), pattern.subtype);
            found.entry(key).or_default().insert(pattern.severity.value().to_string());
        }
        for (subtype, severity) in expected {
            assert_eq!(found.get(subtype), Some(&BTreeSet::from([severity.to_string()])), "{subtype}");
        }
        assert!(found.values().all(|severities| severities.len() == 1), "a subtype has two severities: {found:?}");
    }
    Ok(())
}

#[test]
fn the_method_names_every_subtype() -> Result {
    let method = std::fs::read_to_string(root().join("docs/methods/language.md"))?;
    for lexicon in both()? {
        for pattern in lexicon.patterns() {
            let said = format!("{} {}", pattern.subtype, pattern.severity.value());
            let said_whole = format!("{} {:.1}", pattern.subtype, pattern.severity.value());
            assert!(method.contains(&said) || method.contains(&said_whole), "{said} is not in the method");
        }
    }
    Ok(())
}

fn statuses(lexicon: &Lexicon, pattern: &LexiconPattern, text: &str) -> Result<Vec<PatternStatus>> {
    let hits = lexicon.find(text, None)?;
    Ok(hits.into_iter().filter(|hit| hit.pattern.id == pattern.id).map(|hit| hit.status).collect())
}

#[test]
fn english_examples_hold() -> Result {
    let lexicon = Lexicon::parse(&text_of("en")?)?;
    for pattern in lexicon.patterns() {
        for (texts, status) in
            [(&pattern.examples, PatternStatus::Asserted), (&pattern.negated, PatternStatus::Negated)]
        {
            for text in texts {
                let found = statuses(&lexicon, pattern, text)?;
                assert!(!found.is_empty(), "{} is not in `{text}`", pattern.id);
                assert!(found.iter().all(|found| *found == status), "{} in `{text}` is {found:?}", pattern.id);
            }
        }
        for text in &pattern.no_match {
            let found: Vec<String> = lexicon.find(text, None)?.into_iter().map(|hit| hit.pattern.id.clone()).collect();
            assert_eq!(found, Vec::<String>::new(), "in the harmless `{text}` of {}", pattern.id);
        }
    }
    Ok(())
}

#[test]
fn harmless_english_gives_no_hits() -> Result {
    let lexicon = Lexicon::parse(&text_of("en")?)?;
    assert_eq!(lexicon.language(), LanguageCode::ENGLISH);
    let harmless = std::fs::read_to_string(root().join("crates/stages/tests/data/harmless_en.txt"))?;
    assert!(harmless.lines().count() >= 200);
    for line in harmless.lines() {
        let found: Vec<String> = lexicon.find(line, None)?.into_iter().map(|hit| hit.pattern.id.clone()).collect();
        assert_eq!(found, Vec::<String>::new(), "in `{line}`");
    }
    // As one long speech as well: patterns must not reach over the ends of sentences.
    assert_eq!(lexicon.find(&harmless.replace('\n', " "), None)?, Vec::new());
    Ok(())
}

#[test]
fn korean_without_morphemes_is_refused() -> Result {
    let [korean, _] = both()?;
    assert!(korean.needs_morphemes());
    assert!(korean.find("안녕하세요", None).is_err());
    Ok(())
}

/// A lexicon of one pattern with one of its sequences, for each of them.
fn sequences_one_by_one(language: &str) -> Result<Vec<Lexicon>> {
    let whole: toml::Table = toml::from_str(&text_of(language)?)?;
    let patterns = whole.get("patterns").and_then(toml::Value::as_array).ok_or("no patterns")?;
    let mut lexicons = Vec::new();
    for pattern in patterns {
        for sequence in pattern.get("any_of").and_then(toml::Value::as_array).ok_or("no sequences")? {
            let (mut single, mut pattern) = (whole.clone(), pattern.clone());
            pattern["any_of"] = toml::Value::Array(vec![sequence.clone()]);
            single.insert("patterns".to_owned(), toml::Value::Array(vec![pattern]));
            lexicons.push(Lexicon::parse(&toml::to_string(&single)?)?);
        }
    }
    Ok(lexicons)
}

/// A sequence that no example needs was never tried, and may be needless or wrong.
#[test]
fn every_english_sequence_has_an_example() -> Result {
    for lexicon in sequences_one_by_one("en")? {
        let [pattern] = lexicon.patterns() else { return Err("not one pattern".into()) };
        let mut found = 0;
        for text in pattern.examples.iter().chain(&pattern.negated) {
            found += lexicon.find(text, None)?.len();
        }
        assert!(found > 0, "no example of {} needs `{}`", pattern.id, pattern.any_of[0]);
    }
    Ok(())
}

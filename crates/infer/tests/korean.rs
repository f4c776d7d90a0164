//! Korean morphemes on the real dictionary, and the Korean lexicon on them.

use proptest::prelude::*;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::OnceLock;
use voiceman_base::{PatternStatus, Precision};
use voiceman_infer::korean::KoreanMorphemes;
use voiceman_infer::store::{ModelStore, Role};
use voiceman_stages::language::{LanguageSettings, LanguageStage, Lexicon, Morpheme, MorphemeAnalyzer};

type Result<T = ()> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

fn dictionary() -> Result<PathBuf> {
    let store = ModelStore::open(None)?;
    let name = store.default_for(Role::Morphemes)?.name().to_owned();
    store.folder(&name).map_err(|error| format!("{error}: run `make models`").into())
}

fn morphemes() -> Result<KoreanMorphemes> {
    Ok(KoreanMorphemes::open(&dictionary()?)?)
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn lexicon() -> Result<Lexicon> {
    Ok(Lexicon::parse(&fs::read_to_string(root().join("lexicon/ko.toml"))?)?)
}

fn written(morphemes: &[Morpheme]) -> String {
    let all: Vec<String> = morphemes.iter().map(|found| format!("{}/{}", found.lemma, found.tag)).collect();
    all.join(" ")
}

/// What MeCab with the same dictionary says, entries that melted together opened.
#[test]
fn words_come_apart_as_mecab_takes_them_apart() -> Result {
    let analyzer = morphemes()?;
    let cases = [
        (
            "내가 너 죽여 버린다고 안 했잖아",
            "내/NP 가/JKS 너/NP 죽이/VV 어/EC 버리/VX ㄴ다고/EC 안/MAG 하/VV 았/EP 지/EC 않/VX 아/EC",
        ),
        ("죽이겠다는 말은 한 적 없어", "죽이/VV 겠/EP 다는/ETM 말/NNG 은/JX 하/VV ㄴ/ETM 적/NNB 없/VA 어/EC"),
        ("배고파 죽겠어", "배고프/VA ㅏ/EC 죽/VV 겠/EP 어/EC"),
        ("그건 네 착각이야.", "그거/NP ㄴ/JX 너/NP 의/JKG 착각/NNG 이/VCP 야/EF ./SF"),
    ];
    for (text, expected) in cases {
        assert_eq!(written(&analyzer.analyze(text)?), expected, "{text}");
    }
    Ok(())
}

#[test]
fn spacing_and_composition_do_not_matter() -> Result {
    let analyzer = morphemes()?;
    let spaced = written(&analyzer.analyze("죽여 버릴 거야")?);
    assert_eq!(written(&analyzer.analyze("죽여버릴거야")?), spaced);
    // The same text with every syllable taken apart into conjoining letters.
    let decomposed = decompose("죽여 버릴 거야");
    let found = analyzer.analyze(&decomposed)?;
    assert_eq!(written(&found), spaced);
    assert_eq!(&decomposed[found[0].range.clone()], decompose("죽여"));
    Ok(())
}

/// Unicode's canonical decomposition of Hangul syllables.
fn decompose(text: &str) -> String {
    let apart = |sign: char| -> Vec<char> {
        let code = u32::from(sign);
        if !(0xac00..=0xd7a3).contains(&code) {
            return vec![sign];
        }
        let index = code - 0xac00;
        let parts = [0x1100 + index / 588, 0x1161 + index % 588 / 28, 0x11a7 + index % 28];
        parts.into_iter().filter(|part| *part != 0x11a7).filter_map(char::from_u32).collect()
    };
    text.chars().flat_map(apart).collect()
}

#[test]
fn places_are_those_of_the_text() -> Result {
    let analyzer = morphemes()?;
    let text = "  너,  죽여버린다고?\t했잖아\n";
    let found = analyzer.analyze(text)?;
    let surfaces: Vec<&str> = found.iter().map(|found| &text[found.range.clone()]).collect();
    let parts = |surface: &'static str, count: usize| std::iter::repeat_n(surface, count);
    let expected: Vec<&str> = ["너", ","]
        .into_iter()
        .chain(parts("죽여버린다고", 4))
        .chain(parts("?", 1))
        .chain(parts("했잖아", 5))
        .collect();
    assert_eq!(surfaces, expected);
    assert!(found.iter().all(|found| text[found.range.clone()] == found.surface));
    Ok(())
}

fn check(text: &str) -> std::result::Result<(), TestCaseError> {
    static ANALYZER: OnceLock<std::sync::Mutex<KoreanMorphemes>> = OnceLock::new();
    let analyzer = ANALYZER.get_or_init(|| std::sync::Mutex::new(morphemes().expect("dictionary")));
    let analyzer = analyzer.lock().map_err(|error| TestCaseError::fail(error.to_string()))?;
    let found = analyzer.analyze(text).map_err(|error| TestCaseError::fail(format!("{error:?}")))?;
    let mut last = 0..0;
    for morpheme in found {
        prop_assert!(text.get(morpheme.range.clone()).is_some_and(|written| !written.is_empty()), "{morpheme:?}");
        prop_assert!(morpheme.range == last || morpheme.range.start >= last.end, "{morpheme:?} after {last:?}");
        prop_assert!(!morpheme.lemma.is_empty() && !morpheme.tag.is_empty(), "{morpheme:?}");
        last = morpheme.range;
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn any_text_comes_apart(text in any::<String>()) {
        check(&text)?;
    }

    #[test]
    fn any_korean_text_comes_apart(text in "[가-힣ㄱ-ㅎㅏ-ㅣ\u{1100}-\u{11ff}a-z0-9 .,!?~ㅋㅠ😀\u{0}\u{ffff}\u{feff}]{0,200}") {
        check(&text)?;
    }
}

#[test]
fn hostile_texts_come_apart() -> Result {
    let texts = [
        String::new(),
        " ".repeat(10_000),
        "\u{0}".to_owned(),
        "\u{ffff}\u{10ffff}\u{fffe}".to_owned(),
        "ㅋ".repeat(50_000),
        "가".repeat(50_000),
        "죽여버린다고 안 했잖아 ".repeat(5_000),
        "😀🇰🇷👨‍👩‍👧".repeat(1_000),
        "\u{1112}\u{1161}\u{11ab}".repeat(10_000),
        "\u{11ab}\u{1161}\u{1112}".to_owned(),
        "한\u{200b}글\u{feff}과 \r\n\t 제어\u{1b}[31m문자".to_owned(),
        "a+b/c,d*e".to_owned(),
    ];
    for text in &texts {
        check(text).map_err(|error| format!("{error}"))?;
    }
    Ok(())
}

#[test]
fn the_dictionary_is_named_by_its_digest() -> Result {
    let store = ModelStore::open(None)?;
    let identity = morphemes()?.identity();
    assert_eq!(&identity.sha256, store.default_for(Role::Morphemes)?.weights().sha256());
    assert_eq!((identity.role.as_str(), identity.precision), ("morphemes", Precision::Exact));
    Ok(())
}

/// A copy of the small files; `sys.dic` as given.
fn copy_with(folder: &Path, system: &[u8]) -> Result {
    for name in ["unk.dic", "matrix.bin", "char.bin"] {
        fs::copy(dictionary()?.join(name), folder.join(name))?;
    }
    Ok(fs::write(folder.join("sys.dic"), system)?)
}

#[test]
fn a_damaged_dictionary_is_refused() -> Result {
    let whole = fs::read(dictionary()?.join("sys.dic"))?;
    let folder = tempfile::tempdir()?;
    let message = |system: &[u8]| -> Result<String> {
        copy_with(folder.path(), system)?;
        Ok(KoreanMorphemes::open(folder.path()).map(|_| ()).expect_err("opened").to_string())
    };
    assert!(message(&whole[..whole.len() / 2])?.ends_with("its parts do not add up to its length"));
    assert!(message(b"")?.ends_with("it is too short"));
    assert!(message(&[0; 100])?.ends_with("its version is not 102"));
    let mut wrong = whole;
    wrong[0] ^= 1;
    assert!(message(&wrong)?.ends_with("its length is not what its head says"));
    wrong[0] ^= 1;
    copy_with(folder.path(), &wrong)?;
    fs::remove_file(folder.path().join("char.bin"))?;
    let missing = KoreanMorphemes::open(folder.path()).map(|_| ()).expect_err("opened");
    assert!(missing.to_string().starts_with("read `") && missing.to_string().contains("char.bin"), "{missing}");
    Ok(())
}

/// A folder with spaces and Korean letters in its name, and not of the store: the digest is then computed.
#[test]
fn a_dictionary_elsewhere_works_too() -> Result {
    let folder = tempfile::tempdir()?;
    let place = folder.path().join("내 사전 폴더");
    fs::create_dir(&place)?;
    copy_with(&place, &fs::read(dictionary()?.join("sys.dic"))?)?;
    assert_eq!(KoreanMorphemes::open(&place)?.identity(), morphemes()?.identity());
    Ok(())
}

#[test]
fn korean_examples_hold() -> Result {
    let (lexicon, analyzer) = (lexicon()?, morphemes()?);
    for pattern in lexicon.patterns() {
        for (texts, status) in
            [(&pattern.examples, PatternStatus::Asserted), (&pattern.negated, PatternStatus::Negated)]
        {
            for text in texts {
                let hits = lexicon.find(text, Some(&analyzer))?;
                let found: Vec<_> =
                    hits.iter().filter(|hit| hit.pattern.id == pattern.id).map(|hit| hit.status).collect();
                let said = written(&analyzer.analyze(text)?);
                assert!(!found.is_empty(), "{} is not in `{text}`: {said}", pattern.id);
                assert!(found.iter().all(|found| *found == status), "{} in `{text}` is {found:?}: {said}", pattern.id);
            }
        }
        for text in &pattern.no_match {
            let hits = lexicon.find(text, Some(&analyzer))?;
            let found: Vec<&str> = hits.iter().map(|hit| hit.pattern.id.as_str()).collect();
            assert_eq!(found, Vec::<&str>::new(), "in the harmless `{text}` of {}", pattern.id);
        }
    }
    Ok(())
}

#[test]
fn harmless_korean_gives_no_hits() -> Result {
    let (lexicon, analyzer) = (lexicon()?, morphemes()?);
    let harmless = fs::read_to_string(root().join("crates/stages/tests/data/harmless_ko.txt"))?;
    assert!(harmless.lines().count() >= 200);
    for line in harmless.lines() {
        let hits = lexicon.find(line, Some(&analyzer))?;
        let found: Vec<&str> = hits.iter().map(|hit| hit.pattern.id.as_str()).collect();
        assert_eq!(found, Vec::<&str>::new(), "in `{line}`: {}", written(&analyzer.analyze(line)?));
    }
    // As one long speech as well: patterns must not reach over the ends of sentences.
    assert_eq!(lexicon.find(&harmless.replace('\n', " "), Some(&analyzer))?, Vec::new());
    Ok(())
}

#[test]
fn endings_and_spacing_do_not_matter() -> Result {
    let (lexicon, analyzer) = (lexicon()?, morphemes()?);
    for text in
        ["너 죽여 버릴 거야", "너를 죽여버릴거야", "넌 내가 죽여버린다", "널 죽여 버리겠어요", "당신을 죽이겠습니다"]
    {
        let hits = lexicon.find(text, Some(&analyzer))?;
        let found = hits.iter().any(|hit| hit.pattern.id == "ko.threat.direct.kill");
        assert!(found, "not in `{text}`: {}", written(&analyzer.analyze(text)?));
    }
    Ok(())
}

#[test]
fn the_stage_takes_the_dictionary() -> Result {
    let lexicons = vec![Arc::new(lexicon()?)];
    let stage = LanguageStage::new(lexicons, Some(Box::new(morphemes()?)), LanguageSettings::default())?;
    let identity = voiceman_base::Stage::identity(&stage);
    assert_eq!(identity.models.len(), 1);
    Ok(())
}

/// A lexicon of one pattern with one of its sequences, for each of them.
fn sequences_one_by_one() -> Result<Vec<Lexicon>> {
    let whole: toml::Table = toml::from_str(&fs::read_to_string(root().join("lexicon/ko.toml"))?)?;
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
fn every_korean_sequence_has_an_example() -> Result {
    let analyzer = morphemes()?;
    for lexicon in sequences_one_by_one()? {
        let [pattern] = lexicon.patterns() else { return Err("not one pattern".into()) };
        let mut found = 0;
        for text in pattern.examples.iter().chain(&pattern.negated) {
            found += lexicon.find(text, Some(&analyzer))?.len();
        }
        assert!(found > 0, "no example of {} needs `{}`", pattern.id, pattern.any_of[0]);
    }
    Ok(())
}

//! Korean morphemes as tokens, and Korean negation.

use super::morpheme::Morpheme;
use super::pattern::Match;
use super::token::{Sentence, Token};
use voiceman_base::PatternStatus;

/// Farthest a negation is looked for after a phrase, in morphemes.
const REACH: usize = 14;

/// Endings that only hand a verb to the next one, so that a negation there still concerns the phrase: quotation
/// ("-다고 안 했어"), intention ("-려고 한 게 아니야").
const OPEN_ENDINGS: &[&str] = &[
    "다고",
    "ㄴ다고",
    "는다고",
    "라고",
    "으라고",
    "아라고",
    "어라고",
    "이라고",
    "자고",
    "냐고",
    "려고",
    "으려고",
    "려",
    "으려",
    "겠다고",
    "ㄹ려고",
    "라",
    "단",
    "란",
    "ㄹ라고",
];

/// Nouns that carry a whole clause: "죽인다는 말", "죽일 생각", "죽인 적".
const CLAUSE_NOUNS: &[&str] = &[
    "말",
    "말씀",
    "소리",
    "얘기",
    "이야기",
    "적",
    "생각",
    "뜻",
    "의도",
    "마음",
    "맘",
    "것",
    "거",
    "게",
    "건",
    "리",
    "일",
    "수",
    "줄",
    "의미",
    "이유",
    "필요",
];

/// Verbs of saying and doing that a negation may pass: "그런 말 한 적 없어".
const LIGHT_VERBS: &[&str] =
    &["하", "그러", "그렇", "이러", "되", "말하", "얘기하", "이야기하", "꺼내", "드리", "싶", "있"];

/// Small words that a negation may pass.
const SMALL_WORDS: &[&str] =
    &["절대", "절대로", "전혀", "결코", "한", "번", "나", "내", "저", "제", "너", "네", "우리", "진짜", "정말", "그런"];

/// The sentences of a text. Symbols are left out; commas stay as pauses.
pub(super) fn sentences(text: &str, morphemes: Vec<Morpheme>) -> Vec<Sentence> {
    let mut sentences = Vec::new();
    let mut sentence = Sentence::new();
    let mut last_end = 0;
    for morpheme in morphemes {
        let between = text.get(last_end..morpheme.range.start).unwrap_or_default();
        last_end = morpheme.range.end;
        let sign = morpheme.tag.starts_with('S') && !matches!(morpheme.tag.as_str(), "SL" | "SH" | "SN");
        let ends = sign && morpheme.surface.contains(['.', '!', '?', '\u{2026}', '。', '！', '？']);
        if ends || between.contains('\n') {
            sentences.push(std::mem::take(&mut sentence));
        }
        if !sign {
            sentence.push(Token { form: morpheme.lemma, tag: morpheme.tag, range: morpheme.range, pause: false });
        } else if morpheme.tag == "SC" {
            sentence.push(Token { form: ",".to_owned(), tag: morpheme.tag, range: morpheme.range, pause: true });
        }
    }
    sentences.push(sentence);
    sentences
}

/// Whether the phrase was said or denied.
///
/// Denied is a phrase whose verb has 안 or 못 before it that no element asked for, and one that is followed, in the same
/// clause and over nothing but endings, particles, light verbs and nouns that carry a clause, by -지 않다, -지 말다,
/// -지 못하다, by 안 or 못 with a verb, or by 없다 or 아니다.
pub(super) fn status(text: &str, sentence: &[Token], found: &Match) -> PatternStatus {
    let inside = found.loose.iter().filter(|&&at| is_negating_adverb(&sentence[at])).count();
    let before = found
        .start
        .checked_sub(1)
        .is_some_and(|at| is_negating_adverb(&sentence[at]) && is_verb(&sentence[found.start]));
    let after = negated_after(text, sentence, found.end);
    let negations = inside + found.turns + usize::from(before) + usize::from(after);
    if negations.is_multiple_of(2) { PatternStatus::Asserted } else { PatternStatus::Negated }
}

fn is_negating_adverb(token: &Token) -> bool {
    token.tag == "MAG" && (token.form == "안" || token.form == "못")
}

fn is_verb(token: &Token) -> bool {
    ["VV", "VA", "VX", "XSV", "XSA"].iter().any(|tag| token.tag.starts_with(tag))
}

fn negated_after(text: &str, sentence: &[Token], end: usize) -> bool {
    for at in end..sentence.len().min(end + REACH) {
        let token = &sentence[at];
        let next = sentence.get(at + 1);
        let form = token.form.as_str();
        let passes = match token.tag.as_str() {
            "MAG" if is_negating_adverb(token) => return next.is_some_and(is_verb),
            "VCN" => return true,
            "VA" if form == "없" => return true,
            "VX" if matches!(form, "않" | "말" | "못하") => {
                // 잖 grew out of 지 않 but affirms: 죽인다고 했잖아.
                let written = text.get(token.range.clone()).unwrap_or_default();
                return !written.contains(['잖', '찮']);
            }
            "VV" | "VA" => LIGHT_VERBS.contains(&form),
            "EC" => {
                OPEN_ENDINGS.contains(&form)
                    || form == "지"
                    || next.is_some_and(|next| next.tag == "VX")
                    || (form == "게" && next.is_some_and(|next| LIGHT_VERBS.contains(&next.form.as_str())))
            }
            "ETN" => form != "기",
            "NNG" | "NNB" => CLAUSE_NOUNS.contains(&form),
            "NP" | "MM" | "NNBC" | "MAG" => SMALL_WORDS.contains(&form) || CLAUSE_NOUNS.contains(&form),
            tag => matches!(tag, "EP" | "ETM" | "VX" | "XSV" | "XSA" | "VCP" | "XSN") || tag.starts_with('J'),
        };
        if !passes {
            return false;
        }
    }
    false
}

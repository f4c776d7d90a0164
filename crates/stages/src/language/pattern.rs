//! The pattern language: a handful of signs, read once into [`Sequence`]s. `docs/formats/lexicon.md` describes it.
//!
//! ```text
//! sequence  = element { " " element }
//! element   = ".." number            up to that many tokens of any kind
//!           | choice [ "?" ]         one token, or perhaps none
//! choice    = option { "|" option }
//! option    = [ "!" ] form [ "/" tag ]   this form; its tag begins so; `!`: and it turns the status round
//!           | [ "!" ] "/" tag            any form whose tag begins so
//!           | "{" name "}"               the options of a set of the lexicon
//! ```

use super::token::Token;
use std::collections::BTreeMap;

/// Most elements a sequence may have.
const MAX_ELEMENTS: usize = 16;
/// Most tokens a gap may leave out.
const MAX_GAP: usize = 6;
/// Most tokens that may be stepped over between two elements.
const MAX_SKIPPED: usize = 3;

/// A sequence that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// Nothing in it.
    #[error("the sequence is empty")]
    Empty,
    /// Too long.
    #[error("the sequence has {0} elements, more than {MAX_ELEMENTS}")]
    TooLong(usize),
    /// Begins or ends with something that may be nothing.
    #[error("the sequence begins or ends with a gap or an optional element")]
    LooseEnd,
    /// Begins with an option that has a tag only.
    #[error("the first element has an option without a form")]
    FormlessStart,
    /// A gap that is no number or too wide.
    #[error("`{0}` is not a gap of 1 to {MAX_GAP} tokens")]
    Gap(String),
    /// An option that is nothing.
    #[error("`{0}` has an option that is empty or holds a sign out of place")]
    Option(String),
    /// A set that the lexicon does not have.
    #[error("the lexicon has no set named `{0}`")]
    UnknownSet(String),
}

/// One way a token can satisfy an element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Alternative {
    form: Option<String>,
    tag: String,
    turns: bool,
}

impl Alternative {
    fn accepts(&self, token: &Token) -> bool {
        self.form.as_ref().is_none_or(|form| *form == token.form) && token.tag.starts_with(&self.tag)
    }
}

/// The ways a token can satisfy an element.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Choice(Vec<Alternative>);

/// Named sets of options.
pub(super) type Sets = BTreeMap<String, Choice>;

impl Choice {
    /// Reads options separated by `|`.
    pub fn parse(text: &str, sets: &Sets) -> Result<Choice, PatternError> {
        let mut alternatives = Vec::new();
        for option in text.split('|') {
            match option.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
                Some(name) => {
                    let set = sets.get(name).ok_or_else(|| PatternError::UnknownSet(name.to_owned()))?;
                    alternatives.extend(set.0.iter().cloned());
                }
                None => alternatives.push(parse_option(option).ok_or_else(|| PatternError::Option(text.to_owned()))?),
            }
        }
        Ok(Choice(alternatives))
    }

    /// Options given one by one.
    pub fn parse_all(options: &[String], sets: &Sets) -> Result<Choice, PatternError> {
        let choices = options.iter().map(|option| Choice::parse(option, sets)).collect::<Result<Vec<_>, _>>()?;
        Ok(Choice(choices.into_iter().flat_map(|choice| choice.0).collect()))
    }

    /// Whether `token` is one of the options.
    pub fn accepts(&self, token: &Token) -> bool {
        self.accepting(token).is_some()
    }

    fn accepting(&self, token: &Token) -> Option<&Alternative> {
        self.0.iter().find(|alternative| alternative.accepts(token))
    }
}

fn parse_option(option: &str) -> Option<Alternative> {
    let (turns, option) = option.strip_prefix('!').map_or((false, option), |rest| (true, rest));
    let (form, tag) = option.split_once('/').unwrap_or((option, ""));
    let stray = |text: &str| text.contains(['{', '}', '?', '/', '|', '!']) || text.starts_with("..");
    if stray(form) || stray(tag) || (form.is_empty() && tag.is_empty()) {
        return None;
    }
    Some(Alternative { form: (!form.is_empty()).then(|| form.to_owned()), tag: tag.to_owned(), turns })
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Element {
    One(Choice),
    Maybe(Choice),
    Gap(usize),
}

/// A row of elements.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sequence(Vec<Element>);

/// Where a sequence was found in a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Match {
    /// First token.
    pub start: usize,
    /// The token after the last.
    pub end: usize,
    /// Tokens in between that no element asked for: in gaps, or stepped over.
    pub loose: Vec<usize>,
    /// How many elements were satisfied by an option that turns the status round.
    pub turns: usize,
}

impl Sequence {
    /// Reads a sequence.
    pub fn parse(text: &str, sets: &Sets) -> Result<Sequence, PatternError> {
        let elements = text.split_whitespace().map(|word| parse_element(word, sets)).collect::<Result<Vec<_>, _>>()?;
        if elements.len() > MAX_ELEMENTS {
            return Err(PatternError::TooLong(elements.len()));
        }
        match (elements.first(), elements.last()) {
            (Some(Element::One(first)), Some(Element::One(_))) => {
                if first.0.iter().any(|alternative| alternative.form.is_none()) {
                    return Err(PatternError::FormlessStart);
                }
            }
            (None, _) => return Err(PatternError::Empty),
            _ => return Err(PatternError::LooseEnd),
        }
        Ok(Sequence(elements))
    }

    /// The forms a match can begin with.
    pub fn first_forms(&self) -> impl Iterator<Item = &str> {
        let first = match self.0.first() {
            Some(Element::One(choice)) => choice.0.as_slice(),
            _ => &[],
        };
        first.iter().filter_map(|alternative| alternative.form.as_deref())
    }

    /// The longest match that begins at token `start`. `skip` may be stepped over between elements.
    pub fn match_at(&self, tokens: &[Token], start: usize, skip: &Choice) -> Option<Match> {
        let mut search = Search { tokens, skip, start, loose: Vec::new(), turns: 0, best: None, seen: BTreeMap::new() };
        search.follow(&self.0, start, MAX_SKIPPED);
        search.best
    }
}

fn parse_element(word: &str, sets: &Sets) -> Result<Element, PatternError> {
    if let Some(number) = word.strip_prefix("..") {
        let width = number.parse().ok().filter(|width| (1..=MAX_GAP).contains(width));
        return width.map(Element::Gap).ok_or_else(|| PatternError::Gap(word.to_owned()));
    }
    match word.strip_suffix('?') {
        Some(choice) => Choice::parse(choice, sets).map(Element::Maybe),
        None => Choice::parse(word, sets).map(Element::One),
    }
}

/// Tries all ways through a sequence. A place in it that was reached before with as few loose tokens is not followed
/// again, so the work per start grows with the length of the sequence times the tokens it can reach, whatever the text.
struct Search<'a> {
    tokens: &'a [Token],
    skip: &'a Choice,
    start: usize,
    loose: Vec<usize>,
    turns: usize,
    best: Option<Match>,
    /// Fewest loose tokens with which (elements left, token, skips left) was reached.
    seen: BTreeMap<(usize, usize, usize), usize>,
}

impl Search<'_> {
    fn follow(&mut self, elements: &[Element], at: usize, skips_left: usize) {
        let Some((element, rest)) = elements.split_first() else {
            // Longer wins; among equally long ones the one that leaves less unasked for, so that `not` counts as asked.
            let better = self
                .best
                .as_ref()
                .is_none_or(|best| at > best.end || (at == best.end && self.loose.len() < best.loose.len()));
            if better {
                self.best = Some(Match { start: self.start, end: at, loose: self.loose.clone(), turns: self.turns });
            }
            return;
        };
        let state = (elements.len(), at, skips_left);
        if self.seen.get(&state).is_some_and(|&fewest| fewest <= self.loose.len()) {
            return;
        }
        self.seen.insert(state, self.loose.len());
        match element {
            Element::One(choice) => self.take(choice, rest, at, skips_left),
            Element::Maybe(choice) => {
                self.follow(rest, at, skips_left);
                self.take(choice, rest, at, skips_left);
            }
            Element::Gap(width) => {
                let depth = self.loose.len();
                for end in at..=(at + width).min(self.tokens.len()) {
                    self.loose.extend(at..end);
                    self.follow(rest, end, MAX_SKIPPED);
                    self.loose.truncate(depth);
                }
            }
        }
    }

    /// Takes the token at `at`, or steps over it and tries the next.
    fn take(&mut self, choice: &Choice, rest: &[Element], at: usize, skips_left: usize) {
        let Some(token) = self.tokens.get(at) else { return };
        if let Some(alternative) = choice.accepting(token) {
            let turn = usize::from(alternative.turns);
            self.turns += turn;
            self.follow(rest, at + 1, MAX_SKIPPED);
            self.turns -= turn;
        }
        if at > self.start && skips_left > 0 && (token.pause || self.skip.accepts(token)) {
            self.loose.push(at);
            self.take(choice, rest, at + 1, skips_left - 1);
            self.loose.pop();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Whatever stands in a lexicon is read or refused, and what was read keeps its matches inside the text.
        #[test]
        fn any_sequence_is_read_or_refused(text in "[a-c!?|/{} .0-9]{0,40}|\\PC*", words in "[a-c]( [a-c,]){0,20}") {
            let skip = Choice::parse("c", &Sets::new()).expect("skip");
            let tokens = tokens(&words);
            if let Ok(sequence) = Sequence::parse(&text, &Sets::new()) {
                prop_assert!(sequence.first_forms().next().is_some());
                for start in 0..tokens.len() {
                    if let Some(found) = sequence.match_at(&tokens, start, &skip) {
                        prop_assert!(found.start == start && start < found.end && found.end <= tokens.len());
                        prop_assert!(found.loose.iter().all(|at| (start..found.end).contains(at)));
                    }
                }
            }
        }
    }

    fn tokens(text: &str) -> Vec<Token> {
        let token = |(form, tag): (&str, &str)| Token {
            form: form.to_owned(),
            tag: tag.to_owned(),
            range: 0..0,
            pause: form == ",",
        };
        text.split(' ').map(|word| token(word.split_once('/').unwrap_or((word, "")))).collect()
    }

    fn found(sequence: &str, text: &str) -> Option<(usize, Vec<usize>)> {
        let sets = Sets::from([("you".to_owned(), Choice::parse("you|ya", &Sets::new()).expect("set"))]);
        let skip = Choice::parse("really|/J", &sets).expect("skip");
        let found = Sequence::parse(sequence, &sets).expect("sequence").match_at(&tokens(text), 0, &skip);
        found.map(|found| (found.end, found.loose))
    }

    #[test]
    fn elements_mean_what_the_manual_says() {
        assert_eq!(found("kill {you}", "kill ya"), Some((2, vec![])));
        assert_eq!(found("kill {you}", "kill him"), None);
        assert_eq!(found("i will? kill", "i kill"), Some((2, vec![])));
        assert_eq!(found("i will? kill", "i will kill"), Some((3, vec![])));
        assert_eq!(found("i ..2 kill", "i a b kill"), Some((4, vec![1, 2])));
        assert_eq!(found("i ..2 kill", "i a b c kill"), None);
        assert_eq!(found("i kill", "i really , kill"), Some((4, vec![1, 2])));
        assert_eq!(found("i kill", "i really really really really kill"), None);
        assert_eq!(found("손/N 죽/VV", "손/NNG 에/JKB 죽/VV"), Some((3, vec![1])));
        assert_eq!(found("손/N 죽/VV", "손/NNG 죽/NNG"), None);
        assert_eq!(found("손 /VV", "손/NNG 먹/VV"), Some((2, vec![])));
    }

    #[test]
    fn the_longest_way_wins_and_asked_for_tokens_are_not_loose() {
        assert_eq!(found("go ..3 go", "go go go x"), Some((3, vec![1])));
        assert_eq!(found("do not? ..1 go", "do not go"), Some((3, vec![])));
    }

    /// Without remembering where it has been, the search would try some 7^7 ways here.
    #[test]
    fn many_gaps_do_not_multiply() {
        let sequence = format!("a{} b", " ..6 a".repeat(7));
        assert_eq!(found(&sequence, &format!("{}c", "a ".repeat(60))), None);
        assert!(found(&sequence, &format!("{}b", "a ".repeat(40))).is_some());
    }

    #[test]
    fn what_cannot_be_read_is_refused() {
        let parse = |text: &str| Sequence::parse(text, &Sets::new()).expect_err(text);
        assert_eq!(parse(""), PatternError::Empty);
        assert_eq!(parse("..2 kill"), PatternError::LooseEnd);
        assert_eq!(parse("kill you?"), PatternError::LooseEnd);
        assert_eq!(parse("kill ..9 you"), PatternError::Gap("..9".to_owned()));
        assert_eq!(parse("/VV kill"), PatternError::FormlessStart);
        assert_eq!(parse("kill {you}"), PatternError::UnknownSet("you".to_owned()));
        assert_eq!(parse("kill a||b c"), PatternError::Option("a||b".to_owned()));
        assert_eq!(parse(&"a ".repeat(17)), PatternError::TooLong(17));
    }
}

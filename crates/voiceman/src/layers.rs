//! Settings come in layers: the built-in defaults, a file, the environment, the command line. Later ones win.
//!
//! The built-in file is the schema: a key that it does not have is an error that names the place and the nearest key.
//! Every value is tried as soon as it is laid on, so that an error names the very value that caused it.

use serde::de::DeserializeOwned;
use std::fmt;
use std::path::Path;
use toml::de::{DeTable, DeValue};
use toml::{Spanned, Table, Value};

/// Where a value was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// In a settings file.
    File {
        /// The file, written for people.
        path: String,
        /// Line, counted from 1.
        line: usize,
    },
    /// In an environment variable.
    Environment(String),
    /// On the command line, as the option that was given.
    CommandLine(String),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::File { path, line } => write!(f, "{path}:{line}"),
            Origin::Environment(name) => write!(f, "environment variable {name}"),
            Origin::CommandLine(option) => write!(f, "{option}"),
        }
    }
}

/// Settings could not be understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// The settings file could not be read.
    #[error("read settings from `{path}`: {reason}")]
    Read {
        /// The file.
        path: String,
        /// What the system says.
        reason: String,
    },
    /// The settings file is not TOML.
    #[error("{origin}: not valid TOML: {reason}")]
    Syntax {
        /// Where.
        origin: Origin,
        /// What the parser says.
        reason: String,
    },
    /// There is no such setting.
    #[error("{origin}: there is no setting `{key}`")]
    UnknownKey {
        /// Where.
        origin: Origin,
        /// The key as it was written.
        key: String,
        /// The most similar key that exists.
        nearest: String,
    },
    /// The value does not fit the setting.
    #[error("{origin}: `{key}` cannot be {value}: {reason}")]
    BadValue {
        /// Where.
        origin: Origin,
        /// The setting.
        key: String,
        /// The value as it was written.
        value: String,
        /// Why not.
        reason: String,
    },
    /// Every value fits its setting, but not the others.
    #[error("settings do not fit together: {0}")]
    Together(String),
    /// Something on the command line is not of the form `key=value`.
    #[error("{0}: write it as key=value")]
    NotAnAssignment(Origin),
}

impl SettingsError {
    /// What the user can do.
    pub fn hint(&self) -> String {
        match self {
            SettingsError::Read { .. } => "check the path given with --config".into(),
            SettingsError::Syntax { .. } => "`voiceman help settings` prints a whole file to start from".into(),
            SettingsError::UnknownKey { nearest, .. } => {
                format!("did you mean `{nearest}`? `voiceman help settings` lists all settings")
            }
            SettingsError::BadValue { .. } | SettingsError::Together(_) | SettingsError::NotAnAssignment(_) => {
                "`voiceman help settings` explains every setting and its values".into()
            }
        }
    }
}

/// Layers being laid on the defaults.
#[derive(Clone, Debug)]
pub(crate) struct Layers {
    values: Table,
    /// Keys that exist but have no value by default.
    optional: &'static [&'static str],
}

impl Layers {
    /// Starts with the built-in file, which is known to be right.
    pub(crate) fn new(defaults: &str, optional: &'static [&'static str]) -> Result<Layers, SettingsError> {
        let values = defaults.parse().map_err(|error: toml::de::Error| SettingsError::Syntax {
            origin: Origin::File { path: "built-in settings".into(), line: line_of(defaults, error.span()) },
            reason: error.message().to_owned(),
        })?;
        Ok(Layers { values, optional })
    }

    /// Lays a settings file on.
    pub(crate) fn file<T: DeserializeOwned>(&mut self, path: &Path) -> Result<(), SettingsError> {
        let shown = crate::shown(path);
        let text = std::fs::read_to_string(path)
            .map_err(|error| SettingsError::Read { path: shown.clone(), reason: error.to_string() })?;
        self.text::<T>(&text, &shown)
    }

    /// Lays the text of a settings file on.
    pub(crate) fn text<T: DeserializeOwned>(&mut self, text: &str, path: &str) -> Result<(), SettingsError> {
        let origin = |span| Origin::File { path: path.to_owned(), line: line_of(text, span) };
        let table = DeTable::parse(text).map_err(|error| SettingsError::Syntax {
            origin: origin(error.span()),
            reason: error.message().to_owned(),
        })?;
        let mut leaves = Vec::new();
        self.leaves(table.get_ref(), "", &mut leaves);
        for (key, span, value) in leaves {
            self.set::<T>(&key, value, origin(Some(span)))?;
        }
        Ok(())
    }

    /// Lays on what the environment says: `VOICEMAN_VAD_THRESHOLD` for `vad.threshold`.
    pub(crate) fn environment<T: DeserializeOwned>(
        &mut self,
        read: impl Fn(&str) -> Option<String>,
    ) -> Result<(), SettingsError> {
        for key in self.keys() {
            let name = format!("VOICEMAN_{}", key.to_uppercase().replace('.', "_"));
            if let Some(text) = read(&name) {
                self.word::<T>(&key, &text, Origin::Environment(name))?;
            }
        }
        Ok(())
    }

    /// Lays on `key=value` as it was given by an option.
    pub(crate) fn assignment<T: DeserializeOwned>(&mut self, text: &str, origin: Origin) -> Result<(), SettingsError> {
        let Some((key, value)) = text.split_once('=') else {
            return Err(SettingsError::NotAnAssignment(origin));
        };
        self.word::<T>(key.trim(), value.trim(), origin)
    }

    /// The settings as they are now.
    pub(crate) fn typed<T: DeserializeOwned>(&self) -> Result<T, toml::de::Error> {
        Value::Table(self.values.clone()).try_into()
    }

    /// All keys that exist, sorted.
    pub(crate) fn keys(&self) -> Vec<String> {
        let mut keys: Vec<String> = self.optional.iter().map(|key| (*key).to_owned()).collect();
        collect_keys(&self.values, "", &mut keys);
        keys.sort();
        keys.dedup();
        keys
    }

    /// Lays on a value that was written as a word: as text where the default is text, otherwise as TOML if it is any.
    fn word<T: DeserializeOwned>(&mut self, key: &str, text: &str, origin: Origin) -> Result<(), SettingsError> {
        let parsed = format!("value = {text}").parse::<Table>().ok().and_then(|mut table| table.remove("value"));
        let word = Value::String(text.to_owned());
        match (self.get(key), parsed) {
            (Some(Value::String(_)) | None, Some(Value::String(quoted))) => {
                self.set::<T>(key, Value::String(quoted), origin)
            }
            (Some(Value::String(_)), _) | (_, None) => self.set::<T>(key, word, origin),
            (Some(_), Some(parsed)) => self.set::<T>(key, parsed, origin),
            // Without a default nothing says what is meant: a number where one fits, otherwise text.
            (None, Some(parsed)) => {
                self.set::<T>(key, parsed, origin.clone()).or_else(|_| self.set::<T>(key, word, origin))
            }
        }
    }

    fn set<T: DeserializeOwned>(&mut self, key: &str, value: Value, origin: Origin) -> Result<(), SettingsError> {
        let known = self.keys();
        if !known.iter().any(|name| name == key) {
            return Err(SettingsError::UnknownKey { origin, key: key.to_owned(), nearest: nearest(key, &known) });
        }
        let shown = value.to_string();
        // A whole number is a number too.
        let value = match (self.get(key), value) {
            (Some(Value::Float(_)), Value::Integer(number)) => Value::Float(number as f64),
            (_, value) => value,
        };
        let mut next = self.values.clone();
        insert(&mut next, key, value);
        Value::Table(next.clone()).try_into::<T>().map_err(|error| SettingsError::BadValue {
            origin,
            key: key.to_owned(),
            value: shown,
            reason: error.message().trim().to_owned(),
        })?;
        self.values = next;
        Ok(())
    }

    fn get(&self, key: &str) -> Option<&Value> {
        let mut parts = key.split('.');
        let first = self.values.get(parts.next()?)?;
        parts.try_fold(first, |value, part| value.get(part))
    }

    /// The values of `table` with full keys and places. A table that stands where the defaults have a plain value, or
    /// nothing, is a leaf: it will be refused with its own key.
    fn leaves(&self, table: &DeTable<'_>, above: &str, into: &mut Vec<(String, std::ops::Range<usize>, Value)>) {
        for (name, value) in table {
            let key = if above.is_empty() { name.get_ref().to_string() } else { format!("{above}.{}", name.get_ref()) };
            match value.get_ref() {
                DeValue::Table(inner) if self.get(&key).is_some_and(Value::is_table) => self.leaves(inner, &key, into),
                _ => into.push((key, name.span(), plain(value))),
            }
        }
        into.sort_by_key(|(_, span, _)| span.start);
    }
}

fn collect_keys(table: &Table, above: &str, into: &mut Vec<String>) {
    for (name, value) in table {
        let key = if above.is_empty() { name.clone() } else { format!("{above}.{name}") };
        match value {
            Value::Table(inner) => collect_keys(inner, &key, into),
            _ => into.push(key),
        }
    }
}

fn insert(table: &mut Table, key: &str, value: Value) {
    match key.split_once('.') {
        None => {
            table.insert(key.to_owned(), value);
        }
        Some((first, rest)) => {
            if let Value::Table(inner) = table.entry(first).or_insert_with(|| Value::Table(Table::new())) {
                insert(inner, rest, value);
            }
        }
    }
}

/// A parsed value without its places.
fn plain(value: &Spanned<DeValue<'_>>) -> Value {
    match value.get_ref() {
        DeValue::String(text) => Value::String(text.to_string()),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
            .map_or_else(|_| Value::String(number.as_str().to_owned()), Value::Integer),
        DeValue::Float(number) => {
            number.as_str().parse().map_or_else(|_| Value::String(number.as_str().to_owned()), Value::Float)
        }
        DeValue::Boolean(flag) => Value::Boolean(*flag),
        DeValue::Datetime(moment) => Value::Datetime(*moment),
        DeValue::Array(items) => Value::Array(items.iter().map(plain).collect()),
        DeValue::Table(table) => {
            Value::Table(table.iter().map(|(name, value)| (name.get_ref().to_string(), plain(value))).collect())
        }
    }
}

/// Line of the start of `span` in `text`, counted from 1.
fn line_of(text: &str, span: Option<std::ops::Range<usize>>) -> usize {
    let start = span.map_or(0, |span| span.start).min(text.len());
    text.as_bytes()[..start].iter().filter(|byte| **byte == b'\n').count() + 1
}

/// The key most like `wanted`: fewest letters to change, a key that ends the same way first.
fn nearest(wanted: &str, keys: &[String]) -> String {
    let last = |key: &str| key.rsplit('.').next().unwrap_or_default().to_owned();
    keys.iter()
        .min_by_key(|key| edit_distance(wanted, key).min(edit_distance(&last(wanted), &last(key)) + 1))
        .cloned()
        .unwrap_or_default()
}

/// Letters to insert, remove or replace to make one text of the other. Wagner & Fischer 1974.
fn edit_distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (index, letter) in left.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], index + 1);
        for (column, other) in right.iter().enumerate() {
            let replaced = diagonal + usize::from(letter != *other);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Shape {
        vad: Vad,
        run: Run,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Vad {
        threshold: f64,
        steps: Option<u8>,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Run {
        language: String,
        threads: u16,
        overlap: bool,
    }

    const DEFAULTS: &str = "[vad]\nthreshold = 0.5\n[run]\nlanguage = \"auto\"\nthreads = 0\noverlap = true\n";

    fn layers() -> Layers {
        Layers::new(DEFAULTS, &["vad.steps"]).expect("the defaults")
    }

    fn option(text: &str) -> Origin {
        Origin::CommandLine(format!("--set {text}"))
    }

    #[test]
    fn later_layers_win() {
        let mut layers = layers();
        layers.text::<Shape>("[vad]\nthreshold = 1\n[run]\nthreads = 0x10\n", "s.toml").expect("the file");
        let environment = |name: &str| match name {
            "VOICEMAN_RUN_THREADS" => Some("3".to_owned()),
            "VOICEMAN_RUN_LANGUAGE" => Some("ko".to_owned()),
            _ => None,
        };
        layers.environment::<Shape>(environment).expect("the environment");
        layers.assignment::<Shape>("run.language = 12", option("")).expect("a word");
        layers.assignment::<Shape>("vad.steps=4", option("")).expect("a number without default");
        let typed: Shape = layers.typed().expect("a shape");
        let run = Run { language: "12".into(), threads: 3, overlap: true };
        assert_eq!(typed, Shape { vad: Vad { threshold: 1.0, steps: Some(4) }, run });
    }

    #[test]
    fn an_unknown_key_names_its_line_and_the_nearest() {
        let error = layers().text::<Shape>("# a comment\n[vad]\ntreshold = 0.1\n", "s.toml").expect_err("unknown");
        assert_eq!(error.to_string(), "s.toml:3: there is no setting `vad.treshold`");
        assert!(error.hint().starts_with("did you mean `vad.threshold`?"));
        let error = layers().text::<Shape>("[vud]\nthreshold = 0.1\n", "s.toml").expect_err("unknown");
        assert_eq!(error.to_string(), "s.toml:1: there is no setting `vud`");
        let error = layers().assignment::<Shape>("threads=2", option("threads=2")).expect_err("unknown");
        assert_eq!(error.to_string(), "--set threads=2: there is no setting `threads`");
        assert!(error.hint().contains("`run.threads`"));
    }

    #[test]
    fn a_value_that_does_not_fit_names_itself() {
        let error = layers().text::<Shape>("[run]\n\nthreads = -1\n", "s.toml").expect_err("negative");
        assert!(error.to_string().starts_with("s.toml:3: `run.threads` cannot be -1: "), "{error}");
        let environment = |name: &str| (name == "VOICEMAN_VAD_THRESHOLD").then(|| "much".to_owned());
        let error = layers().environment::<Shape>(environment).expect_err("text");
        assert!(error.to_string().starts_with("environment variable VOICEMAN_VAD_THRESHOLD: "), "{error}");
        let error = layers().text::<Shape>("[vad.threshold]\na = 1\n", "s.toml").expect_err("a table");
        assert!(error.to_string().contains("`vad.threshold` cannot be"), "{error}");
    }

    #[test]
    fn what_is_no_toml_names_its_line() {
        let error = layers().text::<Shape>("[vad]\nthreshold = = 1\n", "s.toml").expect_err("no TOML");
        assert!(error.to_string().starts_with("s.toml:2: not valid TOML"), "{error}");
        assert!(matches!(layers().assignment::<Shape>("x", option("x")), Err(SettingsError::NotAnAssignment(_))));
        assert!(matches!(layers().file::<Shape>(Path::new("/nowhere/s.toml")), Err(SettingsError::Read { .. })));
    }

    #[test]
    fn edit_distance_of_known_words() {
        assert_eq!(
            (edit_distance("kitten", "sitting"), edit_distance("", "abc"), edit_distance("말", "말")),
            (3, 3, 0)
        );
    }
}

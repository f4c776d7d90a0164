//! The files in which a system tells about itself, below a root that tests may choose.

use std::fs;
use std::path::PathBuf;

/// A tree of small files.
#[derive(Clone, Debug)]
pub(super) struct Tree {
    root: PathBuf,
}

impl Tree {
    pub(super) fn new(root: impl Into<PathBuf>) -> Tree {
        Tree { root: root.into() }
    }

    /// The text of a file, without what surrounds it; nothing where it cannot be read.
    pub(super) fn text(&self, path: &str) -> Option<String> {
        let text = fs::read_to_string(self.root.join(path)).ok()?;
        // Files of the device tree end in a zero.
        Some(text.trim_matches(|letter: char| letter.is_whitespace() || letter == '\0').to_owned())
    }

    /// A file that holds one whole number.
    pub(super) fn number(&self, path: &str) -> Option<i64> {
        self.text(path)?.parse().ok()
    }

    /// A file that holds a temperature in thousandths of a degree Celsius, in degrees.
    pub(super) fn celsius(&self, path: &str) -> Option<f64> {
        self.number(path).map(|thousandths| thousandths as f64 / 1000.0)
    }

    /// The value after `key` in a file of lines such as `MemTotal:  24684084 kB`, or `inactive_file 4096`.
    pub(super) fn value(&self, path: &str, key: &str) -> Option<String> {
        value(&self.text(path)?, key).map(str::to_owned)
    }

    /// Like [`Tree::value`], in bytes; the file says kB.
    pub(super) fn kilobytes(&self, path: &str, key: &str) -> Option<u64> {
        kilobytes(&self.text(path)?, key)
    }

    /// Names in a folder, sorted; empty where there is none.
    pub(super) fn names(&self, folder: &str) -> Vec<String> {
        let entries = fs::read_dir(self.root.join(folder)).into_iter().flatten().flatten();
        let mut names: Vec<String> = entries.filter_map(|entry| entry.file_name().into_string().ok()).collect();
        names.sort();
        names
    }

    /// Whether a folder exists.
    pub(super) fn has_folder(&self, path: &str) -> bool {
        self.root.join(path).is_dir()
    }
}

/// The value after `key`, in lines of keys and values with a colon or a space between.
pub(super) fn value<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    let rest =
        text.lines().find_map(|line| line.strip_prefix(key).filter(|rest| rest.starts_with([':', ' ', '\t'])))?;
    Some(rest.trim_start().trim_start_matches(':').trim())
}

/// Like [`value`], in bytes, where the text says kB.
pub(super) fn kilobytes(text: &str, key: &str) -> Option<u64> {
    value(text, key)?.strip_suffix("kB")?.trim().parse::<u64>().ok()?.checked_mul(1024)
}

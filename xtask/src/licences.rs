//! Every package we depend on has a licence we can live with, and every one we name has its reason written down.

use crate::workspace::{self, Package};
use std::collections::BTreeMap;
use std::fs;

/// Licences that ask for no more than to be named.
const ALLOWED: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "CC0-1.0",
    "ISC",
    "MIT",
    "MIT-0",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// Packages whose licence asks for more, by the beginning of their name, and why that is no trouble.
const EXCEPTIONS: &[(&str, &str, &str)] = &[(
    "symphonia",
    "MPL-2.0",
    "file-level copyleft: used unchanged, its source is at its registry, and NOTICE says so",
)];

const REASONS: &str = "docs/decisions/0001-dependencies.md";

/// Checks all packages; with `list`, prints them by licence.
pub fn check(list: bool) -> crate::TaskResult {
    let packages = workspace::packages()?;
    let reasons = fs::read_to_string(REASONS)?;
    let mut breaches = Vec::new();
    let mut by_licence: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for package in &packages {
        if package.is_ours {
            breaches.extend(without_reason(package, &reasons));
            continue;
        }
        let licence = package.licence.as_deref().unwrap_or("none stated");
        by_licence.entry(licence).or_default().push(format!("{} {}", package.name, package.version));
        if !is_allowed(&package.name, licence) {
            breaches.push(format!("{} {}: licence {licence}", package.name, package.version));
        }
    }
    if list {
        for (licence, packages) in &by_licence {
            println!("{licence}: {}", packages.join(", "));
        }
    }
    if breaches.is_empty() { Ok(()) } else { Err(breaches.join("\n").into()) }
}

/// Dependencies that a manifest of ours names but the record of decisions does not.
fn without_reason(package: &Package, reasons: &str) -> Vec<String> {
    let named = package.dependencies.iter().filter(|dependency| !dependency.is_ours);
    let missing = named.filter(|dependency| !reasons.contains(&format!("`{}`", dependency.name)));
    missing.map(|dependency| format!("{}: {} has no reason in {REASONS}", package.name, dependency.name)).collect()
}

/// Whether `licence` leaves a choice that is allowed for `package`.
fn is_allowed(package: &str, licence: &str) -> bool {
    let accepts = |term: &str| {
        ALLOWED.contains(&term)
            || EXCEPTIONS.iter().any(|(name, exception, _)| package.starts_with(name) && term == *exception)
    };
    Expression { words: words(licence), position: 0 }.any(&accepts)
}

/// Words of an SPDX expression; the old `/` between licences means `OR`.
fn words(licence: &str) -> Vec<String> {
    let spaced = licence.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    spaced.split_whitespace().map(str::to_owned).collect()
}

/// An SPDX expression being read; `AND` binds more tightly than `OR`.
struct Expression {
    words: Vec<String>,
    position: usize,
}

impl Expression {
    fn any(&mut self, accepts: &dyn Fn(&str) -> bool) -> bool {
        let mut accepted = self.all(accepts);
        while self.take("OR") {
            accepted |= self.all(accepts);
        }
        accepted
    }

    fn all(&mut self, accepts: &dyn Fn(&str) -> bool) -> bool {
        let mut accepted = self.one(accepts);
        while self.take("AND") {
            accepted &= self.one(accepts);
        }
        accepted
    }

    fn one(&mut self, accepts: &dyn Fn(&str) -> bool) -> bool {
        if self.take("(") {
            let accepted = self.any(accepts);
            return self.take(")") && accepted;
        }
        let Some(term) = self.words.get(self.position).cloned() else { return false };
        self.position += 1;
        if self.take("WITH") {
            // Exceptions only ever allow more.
            self.position += 1;
        }
        accepts(&term)
    }

    fn take(&mut self, word: &str) -> bool {
        let found = self.words.get(self.position).is_some_and(|next| next == word);
        self.position += usize::from(found);
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_are_read_as_spdx_means_them() {
        for licence in [
            "MIT",
            "MIT/Apache-2.0",
            "GPL-3.0 OR MIT",
            "(MIT OR Apache-2.0) AND Unicode-3.0",
            "Apache-2.0 WITH LLVM-exception",
            "GPL-2.0 AND BSD-3-Clause OR ISC",
        ] {
            assert!(is_allowed("x", licence), "{licence}");
        }
        for licence in ["", "none stated", "GPL-3.0", "MIT AND GPL-3.0", "(MIT OR ISC) AND GPL-3.0", "MPL-2.0", "(MIT"]
        {
            assert!(!is_allowed("x", licence), "{licence}");
        }
        assert!(is_allowed("symphonia-core", "MPL-2.0"));
    }
}

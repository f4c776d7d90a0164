//! Holds the crates to `docs/ARCHITECTURE.md`: who may use whom, and where `unsafe`, `async`, files and threads are
//! allowed.

use crate::workspace::{self, Package};
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

/// Each of our packages and those of ours it may use.
const MAY_USE: &[(&str, &[&str])] = &[
    ("voiceman-base", &[]),
    ("voiceman-audio", &["voiceman-base"]),
    ("voiceman-stages", &["voiceman-base", "voiceman-audio"]),
    ("voiceman-infer", &["voiceman-base", "voiceman-audio", "voiceman-stages"]),
    ("voiceman-runtime", &["voiceman-base"]),
    ("voiceman-case", &["voiceman-base"]),
    ("voiceman-report", &["voiceman-base"]),
    (
        "voiceman",
        &[
            "voiceman-base",
            "voiceman-audio",
            "voiceman-stages",
            "voiceman-infer",
            "voiceman-runtime",
            "voiceman-case",
            "voiceman-report",
        ],
    ),
    ("voiceman-cli", &["voiceman"]),
    ("xtask", &["voiceman-base"]),
];

/// A word that may stand only in the code of some packages.
struct Confined {
    /// Any of these.
    words: &'static [&'static str],
    /// Where they may not stand.
    forbidden_in: fn(&str) -> bool,
    /// Said when they do.
    rule: &'static str,
}

const CONFINED: &[Confined] = &[
    Confined {
        words: &["(unsafe_code"],
        forbidden_in: |package| !matches!(package, "voiceman-infer" | "voiceman-runtime" | "xtask"),
        rule: "`unsafe` stands only in infer and runtime",
    },
    Confined {
        words: &["async fn", "async move", "async {", ".await"],
        forbidden_in: |package| !matches!(package, "voiceman-cli" | "xtask"),
        rule: "`async` stands only in apps",
    },
    Confined {
        words: &["std::fs", "std::thread", "std::net", "std::process", "std::env"],
        forbidden_in: |package| matches!(package, "voiceman-base" | "voiceman-stages"),
        rule: "base and stages do no input or output and own no thread",
    },
    Confined {
        words: &["println!", "print!"],
        forbidden_in: |package| !matches!(package, "voiceman-cli" | "xtask"),
        rule: "only the command line writes to the terminal",
    },
];

/// Checks all rules and lists every breach.
pub fn check() -> crate::TaskResult {
    let packages = workspace::packages()?;
    let mut breaches = Vec::new();
    for package in packages.iter().filter(|package| package.is_ours) {
        check_uses(package, &mut breaches);
        check_manifest(package, &mut breaches)?;
        for path in rust_files(&package.folder.join("src"))? {
            check_source(package, &path, &fs::read_to_string(&path)?, &mut breaches);
        }
    }
    if breaches.is_empty() { Ok(()) } else { Err(breaches.join("\n").into()) }
}

fn check_uses(package: &Package, breaches: &mut Vec<String>) {
    let Some((_, allowed)) = MAY_USE.iter().find(|(name, _)| *name == package.name) else {
        breaches.push(format!("{} has no place in the layers; give it one in xtask/src/layering.rs", package.name));
        return;
    };
    let ours = package.dependencies.iter().filter(|dependency| dependency.is_ours);
    for dependency in ours.filter(|dependency| !allowed.contains(&dependency.name.as_str())) {
        breaches.push(format!("{} may not use {}", package.name, dependency.name));
    }
}

/// The lints of the workspace deny `unsafe`; a package that does not take them over escapes all rules.
fn check_manifest(package: &Package, breaches: &mut Vec<String>) -> crate::TaskResult {
    let manifest: toml::Table = fs::read_to_string(package.folder.join("Cargo.toml"))?.parse()?;
    let inherits = manifest.get("lints").and_then(|lints| lints.get("workspace")).and_then(toml::Value::as_bool);
    if inherits != Some(true) {
        breaches.push(format!("{} does not take over the lints of the workspace", package.name));
    }
    Ok(())
}

fn check_source(package: &Package, path: &Path, text: &str, breaches: &mut Vec<String>) {
    for (index, line) in code_lines(text) {
        for confined in CONFINED.iter().filter(|confined| (confined.forbidden_in)(&package.name)) {
            if confined.words.iter().any(|word| line.contains(word)) {
                breaches.push(format!("{}:{}: {}", path.display(), index + 1, confined.rule));
            }
        }
    }
}

/// Lines of code with their numbers, counted from 0: no comments, and nothing after the first test module, which by
/// custom ends a file.
fn code_lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines()
        .enumerate()
        .take_while(|(_, line)| line.trim() != "#[cfg(test)]")
        .map(|(index, line)| (index, line.split("//").next().unwrap_or_default()))
}

/// Rust files under `folder`, tests aside.
fn rust_files(folder: &Path) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let is_test = path.file_stem().is_some_and(|stem| stem == "tests");
        if path.is_dir() && !is_test {
            files.extend(rust_files(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "rs") && !is_test {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn breaches_of(name: &str, text: &str) -> Vec<String> {
        let package = Package {
            name: name.to_owned(),
            version: String::new(),
            licence: None,
            folder: PathBuf::new(),
            is_ours: true,
            dependencies: vec![workspace::Dependency { name: "voiceman-infer".to_owned(), is_ours: true }],
        };
        let mut breaches = Vec::new();
        check_source(&package, Path::new("x.rs"), text, &mut breaches);
        check_uses(&package, &mut breaches);
        breaches
    }

    #[test]
    fn a_forbidden_word_and_a_forbidden_use_are_found() {
        let text = "use std::fs;\n// std::fs\n#[cfg(test)]\nuse std::fs;\n";
        assert_eq!(
            breaches_of("voiceman-stages", text),
            [
                "x.rs:1: base and stages do no input or output and own no thread",
                "voiceman-stages may not use voiceman-infer"
            ]
        );
        assert!(breaches_of("voiceman", text).is_empty());
    }

    #[test]
    fn the_workspace_keeps_its_layers() -> crate::TaskResult {
        check()
    }
}

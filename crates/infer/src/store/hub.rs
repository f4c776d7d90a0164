//! Files from a model hub: a repository at a fixed commit, read over HTTP by `curl`, which knows the user's proxies and
//! certificates. A transfer that was cut is gone on with; what arrives is checked like everything else.

use super::{HubSource, ModelFile, StoreError, disk};
use std::env;
use std::fs::{self, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Transfers that end early and had each brought something, after which it is given up.
const MAX_ATTEMPTS: usize = 20;

/// Seconds for reaching the hub.
const CONNECT_SECONDS: &str = "30";

/// Seconds without a byte after which a transfer is given up.
const SILENT_SECONDS: &str = "60";

/// What curl's exit codes mean here: the server does not send parts of files, or sent more than there should be.
const NO_RANGES: i32 = 33;
const BAD_RESUME: i32 = 36;

/// A model hub.
#[derive(Clone, Debug, Default)]
pub struct Hub {
    /// Address in front of a repository's name, without a slash at its end.
    endpoint: Option<String>,
    /// What lets one in where a repository is not open to all.
    token: Option<String>,
}

impl Hub {
    /// The hub that `HF_ENDPOINT` names, else the one that the hub's own client library knows; `HF_TOKEN` is given to it.
    pub fn of_environment() -> Hub {
        let variable =
            |name| env::var(name).ok().map(|value| value.trim().to_owned()).filter(|value| !value.is_empty());
        Hub { endpoint: variable("HF_ENDPOINT").or_else(endpoint_of_library), token: variable("HF_TOKEN") }
    }

    #[cfg(test)]
    pub fn at(endpoint: &str, token: Option<&str>) -> Hub {
        Hub { endpoint: Some(endpoint.to_owned()), token: token.map(str::to_owned) }
    }

    /// Fetches `file` into `folder` and checks its digest. What an earlier transfer left there is gone on with.
    ///
    /// # Errors
    /// When the hub is not known or cannot be reached, has no such file, or sends something else. What has arrived is
    /// kept for the next time, unless it was something else.
    pub fn fetch(&self, source: &HubSource, file: &ModelFile, folder: &Path) -> Result<PathBuf, StoreError> {
        let Some(endpoint) = &self.endpoint else {
            return Err(StoreError::NoHub { repository: source.repository().to_owned() });
        };
        let part = part_of(folder, file);
        let mut begun_before = arrived(&part) > 0;
        if arrived(&part) > file.bytes() {
            remove(&part)?;
        }
        let mut attempts = 0;
        loop {
            while arrived(&part) < file.bytes() {
                let before = arrived(&part);
                let ended = self.transfer(&address(endpoint, source, file), before, file.bytes(), &part)?;
                let after = arrived(&part);
                attempts += 1;
                if ended.code == Some(0) {
                    break;
                }
                if before > 0 && ended.code.is_some_and(|code| [NO_RANGES, BAD_RESUME].contains(&code)) {
                    remove(&part)?;
                } else if after <= before || attempts >= MAX_ATTEMPTS {
                    return Err(StoreError::Hub {
                        repository: source.repository().to_owned(),
                        revision: source.revision().to_owned(),
                        file: file.name().to_owned(),
                        message: ended.message,
                    });
                }
            }
            let found = disk::digest_of(&part)?;
            if found == *file.sha256() {
                return Ok(part);
            }
            remove(&part)?;
            // The beginning may have come from somewhere else, long ago.
            if !std::mem::take(&mut begun_before) {
                let what = format!("{} of {}", file.name(), source.repository());
                return Err(StoreError::wrong_digest(what, *file.sha256(), found));
            }
        }
    }

    /// One transfer into `part`, behind the `from` bytes that are there; at most one byte more than `bytes` in all, so that
    /// what is too long cannot have the right digest.
    fn transfer(&self, address: &str, from: u64, bytes: u64, part: &Path) -> Result<Transfer, StoreError> {
        let mut command = Command::new("curl");
        // The first option: curl's own settings file could send the answer elsewhere.
        command.args(["--disable", "--fail", "--location", "--silent", "--show-error", "--globoff"]);
        command.args(["--proto", "=http,https", "--connect-timeout", CONNECT_SECONDS]);
        command.args(["--speed-limit", "1", "--speed-time", SILENT_SECONDS]);
        if is_this_machine(address) {
            // No proxy leads back here.
            command.args(["--noproxy", "*"]);
        }
        if from > 0 {
            command.args(["--continue-at", &from.to_string()]);
        }
        command.args(["--config", "-"]);
        let fail = |source| StoreError::NoClient { client: "curl".to_owned(), source };
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().map_err(fail)?;
        // Everybody on the machine can read a command line, so the token goes another way.
        let mut settings = format!("url = {}\n", quoted(address));
        if let Some(token) = &self.token {
            settings.push_str(&format!("header = {}\n", quoted(&format!("Authorization: Bearer {token}"))));
        }
        if let Some(mut input) = child.stdin.take() {
            input.write_all(settings.as_bytes()).map_err(fail)?;
        }
        let kept = match child.stdout.take() {
            Some(output) => append(part, output.take(bytes.saturating_add(1) - from)),
            None => Ok(()),
        };
        // Its output is closed by now: a client that still wants to write ends by itself.
        let output = child.wait_with_output().map_err(fail)?;
        kept.map_err(|source| StoreError::io("write", part, source))?;
        Ok(Transfer { code: output.status.code(), message: message_of(&output.stderr) })
    }
}

/// How a transfer ended.
struct Transfer {
    /// The client's exit code; nothing if it was killed.
    code: Option<i32>,
    /// The last thing it said.
    message: String,
}

/// Puts what comes behind what is in `part`. What was written stays when it fails.
fn append(part: &Path, mut input: impl Read) -> io::Result<()> {
    let mut file = OpenOptions::new().create(true).append(true).open(part)?;
    io::copy(&mut input, &mut file)?;
    Ok(())
}

/// The name under which a file arrives. It says what the file will be, so that only that is gone on with.
pub fn part_of(folder: &Path, file: &ModelFile) -> PathBuf {
    folder.join(format!("{}.part", file.sha256()))
}

/// Where the hub has the file.
fn address(endpoint: &str, source: &HubSource, file: &ModelFile) -> String {
    let path = file.members().first().map_or(file.name(), String::as_str);
    format!("{}/{}/resolve/{}/{path}", endpoint.trim_end_matches('/'), source.repository(), source.revision())
}

/// Whether an address is one of this machine to itself.
fn is_this_machine(address: &str) -> bool {
    let after_scheme = address.split_once("://").map_or(address, |(_, rest)| rest);
    let host = after_scheme.split(['/', ':']).next().unwrap_or_default();
    ["localhost", "127.0.0.1"].contains(&host)
}

/// The address that the hub's Python library uses, where it is installed.
fn endpoint_of_library() -> Option<String> {
    let script = "from huggingface_hub import constants; print(constants.ENDPOINT)";
    let output = Command::new("python3").args(["-c", script]).stdin(Stdio::null()).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    Some(text.trim().to_owned()).filter(|text| output.status.success() && text.starts_with("http"))
}

/// A value in curl's settings.
fn quoted(value: &str) -> String {
    let escaped = value.chars().filter(|letter| !letter.is_control()).fold(String::new(), |mut text, letter| {
        if matches!(letter, '"' | '\\') {
            text.push('\\');
        }
        text.push(letter);
        text
    });
    format!("\"{escaped}\"")
}

fn arrived(part: &Path) -> u64 {
    fs::metadata(part).map_or(0, |facts| facts.len())
}

fn remove(part: &Path) -> Result<(), StoreError> {
    match fs::remove_file(part) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => Err(StoreError::io("remove", part, source)),
        _ => Ok(()),
    }
}

/// What curl said, without its own name.
fn message_of(stderr: &[u8]) -> String {
    let text = String::from_utf8_lossy(stderr);
    let last = text.lines().map(str::trim).rfind(|line| !line.is_empty()).unwrap_or("the transfer failed");
    last.strip_prefix("curl: ").unwrap_or(last).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_is_known_by_its_name() {
        for (address, here) in [
            ("http://127.0.0.1:80/a", true),
            ("https://localhost/a", true),
            ("https://localhost.example/127.0.0.1", false),
        ] {
            assert_eq!(is_this_machine(address), here, "{address}");
        }
    }

    #[test]
    fn nothing_breaks_out_of_a_quoted_value() {
        assert_eq!(quoted(r#"a"b\c"#), r#""a\"b\\c""#);
        assert_eq!(quoted("a\noutput = x"), "\"aoutput = x\"");
    }
}

//! How a path is written in messages: on one line, whatever bytes it holds.

use std::fmt::Write as _;
use std::path::Path;

/// The path for people: control characters as `\n` or `\u{7}`, bytes that are not UTF-8 as `\xNN`.
pub fn shown(path: &Path) -> String {
    let mut text = String::new();
    for chunk in path.as_os_str().as_encoded_bytes().utf8_chunks() {
        for character in chunk.valid().chars() {
            if character.is_control() {
                text.extend(character.escape_default());
            } else {
                text.push(character);
            }
        }
        for byte in chunk.invalid() {
            // Writing to a string cannot fail.
            let _ = write!(text, "\\x{byte:02x}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stays_on_one_line() {
        assert_eq!(shown(Path::new("통화 \"a\"\n.wav")), "통화 \"a\"\\n.wav");
        #[cfg(unix)]
        {
            use std::os::unix::ffi::OsStrExt;
            let bytes = std::ffi::OsStr::from_bytes(b"a\xff\xfe.wav");
            assert_eq!(shown(Path::new(bytes)), "a\\xff\\xfe.wav");
        }
    }
}

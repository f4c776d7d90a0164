//! Ctrl-C: the first one finishes the write in hand and stops, the second one quits at once.

use crate::exit::Exit;
use crate::out;
use voiceman::{CancelToken, quit_at_once};

/// A token that Ctrl-C cancels.
pub fn token() -> CancelToken {
    let token = CancelToken::new();
    let heard = token.clone();
    // Fails only when a handler exists already; the system's own way of interrupting is what remains then.
    let _ = ctrlc::set_handler(move || {
        if heard.cancel() {
            out::say("\nstopping; what is being written is finished first. Ctrl-C again quits at once");
        } else {
            quit_at_once(i32::from(Exit::Interrupted.code()));
        }
    });
    token
}

/// The command that was typed, fit to be typed again.
pub fn typed_command() -> String {
    std::env::args_os().map(|word| quoted(&word.to_string_lossy())).collect::<Vec<_>>().join(" ")
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./=,:+@%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_survive_the_shell() {
        assert_eq!(quoted("통화/a-1.wav"), "통화/a-1.wav");
        assert_eq!(quoted("my call's.wav"), r"'my call'\''s.wav'");
        assert_eq!(quoted(""), "''");
    }
}

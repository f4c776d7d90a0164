//! What ends the program early: a message, what to do about it, and the exit code.

use crate::exit::Exit;
use crate::out;
use std::error::Error;
use std::fmt;
use std::io::{self, ErrorKind};
use voiceman::Panicked;

/// Messages are not wrapped: commands and paths in them are there to be copied.
pub fn set_style() {
    // Fails only when a style was set before.
    let _ = miette::set_hook(Box::new(|_| Box::new(miette::MietteHandlerOpts::new().wrap_lines(false).build())));
}

/// Something that ends the program.
#[derive(Debug)]
pub struct Problem {
    message: String,
    hint: Option<String>,
    exit: Exit,
    /// Nothing is said about it.
    silent: bool,
}

impl Problem {
    /// Wrong use.
    pub fn usage(message: impl Into<String>, hint: impl Into<String>) -> Problem {
        Problem { message: message.into(), hint: Some(hint.into()), exit: Exit::Usage, silent: false }
    }

    /// A panic of ours.
    pub fn bug(panicked: &Panicked) -> Problem {
        Problem {
            message: panicked.to_string(),
            hint: Some(
                "this is a mistake in voiceman; please report it with the command you ran and this message".into(),
            ),
            exit: Exit::Bug,
            silent: false,
        }
    }

    /// Standard output could not be written. A reader that has seen enough, such as `head`, is no failure.
    pub fn output(error: io::Error) -> Problem {
        let gone = error.kind() == ErrorKind::BrokenPipe;
        Problem {
            message: format!("failed to write to standard output: {error}"),
            hint: None,
            exit: if gone { Exit::Done } else { Exit::Usage },
            silent: gone,
        }
    }

    /// Tells the user, and gives the exit code.
    pub fn tell(self) -> Exit {
        let exit = self.exit;
        if !self.silent {
            out::say(format!("{:?}", miette::Report::new(self)).trim_end());
        }
        exit
    }
}

impl From<voiceman::Error> for Problem {
    fn from(error: voiceman::Error) -> Problem {
        let exit = match error.kind() {
            voiceman::ErrorKind::Usage => Exit::Usage,
            voiceman::ErrorKind::NoRecording => Exit::AllFailed,
            voiceman::ErrorKind::Missing => Exit::Missing,
            voiceman::ErrorKind::Bug => Exit::Bug,
        };
        Problem { message: error.sentence(), hint: error.hint(), exit, silent: false }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for Problem {}

impl miette::Diagnostic for Problem {
    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.hint.as_ref().map(|hint| Box::new(hint) as Box<dyn fmt::Display>)
    }
}

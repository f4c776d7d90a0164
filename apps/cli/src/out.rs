//! Standard output carries data and nothing else.

use crate::problem::Problem;
use std::io::{self, Write};

/// Writes a line of data.
pub fn line(text: &str) -> Result<(), Problem> {
    writeln!(io::stdout().lock(), "{text}").map_err(Problem::output)
}

/// Writes text as it is.
pub fn text(text: &str) -> Result<(), Problem> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(Problem::output)
}

/// Says which recordings are not in the report over a case, and what to do.
pub fn unread(names: &[String]) {
    for name in names {
        say(&format!(
            "{name} is not in the report over the case: this version cannot read what the case holds of it; analyse it again \
             with `voiceman analyze`"
        ));
    }
}

/// Says something to a person. Whether anybody reads it does not matter.
pub fn say(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

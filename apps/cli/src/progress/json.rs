//! One event a line as JSON, for programs.

use std::io::Write;
use std::sync::{Mutex, PoisonError};
use voiceman::{Event, EventSink};

/// Writes events as JSON lines.
pub struct Json<W>(Mutex<W>);

impl<W: Write + Send> Json<W> {
    /// Writes to `out`.
    pub fn new(out: W) -> Json<W> {
        Json(Mutex::new(out))
    }
}

impl<W: Write + Send> EventSink for Json<W> {
    fn emit(&self, event: Event) {
        if let Ok(mut line) = serde_json::to_vec(&event) {
            line.push(b'\n');
            // Nobody listens any more when this fails; the work goes on.
            let _ = self.0.lock().unwrap_or_else(PoisonError::into_inner).write_all(&line);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use voiceman::RecordingKey;

    #[test]
    fn one_object_a_line() {
        let json = Json::new(Vec::new());
        json.emit(Event::CaseStarted { recordings: 2, file_bytes: vec![9, 0] });
        json.emit(Event::Warning { recording: RecordingKey(1), text: "cut\nshort".into() });
        let text = String::from_utf8(json.0.into_inner().unwrap_or_default()).unwrap_or_default();
        assert_eq!(
            text,
            "{\"event\":\"case_started\",\"recordings\":2,\"file_bytes\":[9,0]}\n{\"event\":\"warning\",\"recording\":1,\"text\":\"cut\\nshort\"}\n"
        );
    }
}

//! Events as lines of text.

use super::{spell, times_real_time};
use std::collections::BTreeMap;
use std::io::Write;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use voiceman::{Event, EventSink, RecordingKey};

/// How much is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Detail {
    /// Only what went wrong.
    Failures,
    /// A line a recording.
    Recordings,
    /// A line a stage.
    Stages,
}

/// Writes events as lines.
pub struct Plain<W> {
    state: Mutex<(Wording, W)>,
}

impl<W: Write + Send> Plain<W> {
    /// Writes to `out`.
    pub fn new(out: W, detail: Detail) -> Plain<W> {
        Plain { state: Mutex::new((Wording::new(detail), out)) }
    }
}

impl<W: Write + Send> EventSink for Plain<W> {
    fn emit(&self, event: Event) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(line) = state.0.line(&event) {
            // Nobody reads any more when this fails; the work goes on.
            let _ = writeln!(state.1, "{line}");
        }
    }
}

/// Puts events into words; shared by lines and bars.
pub struct Wording {
    detail: Detail,
    recordings: usize,
    began: Instant,
    names: BTreeMap<RecordingKey, Recording>,
}

struct Recording {
    name: String,
    worked: Duration,
    audio: f64,
}

impl Wording {
    /// Words for as much as `detail` says.
    pub fn new(detail: Detail) -> Wording {
        Wording { detail, recordings: 0, began: Instant::now(), names: BTreeMap::new() }
    }

    /// `[2/5] name`.
    pub fn label(&self, key: RecordingKey) -> String {
        let name = self.names.get(&key).map_or("", |recording| &recording.name);
        format!("[{}/{}] {name}", key.0 + 1, self.recordings)
    }

    /// What is to be said about `event`, if anything.
    pub fn line(&mut self, event: &Event) -> Option<String> {
        match event {
            Event::CaseStarted { recordings, .. } => {
                (self.recordings, self.began) = (*recordings, Instant::now());
                let plural = if *recordings == 1 { "" } else { "s" };
                self.from(Detail::Recordings, || format!("{recordings} recording{plural}"))
            }
            Event::ModelLoaded { name, seconds, .. } => self.from(Detail::Stages, || {
                format!("loaded {name} in {}", spell(Duration::from_secs_f64(seconds.max(0.0))))
            }),
            Event::RecordingStarted { recording, name } => {
                let entry = Recording { name: name.clone(), worked: Duration::ZERO, audio: 0.0 };
                self.names.insert(*recording, entry);
                self.from(Detail::Stages, || self.label(*recording))
            }
            Event::StageStarted { .. }
            | Event::StageProgress { .. }
            | Event::Machine { .. }
            | Event::Reading(_)
            | Event::BatchFinished { .. } => None,
            Event::Notice { text, .. } => Some(text.clone()),
            Event::StageFinished { recording, stage, took, audio, cached } => {
                if let Some(entry) = self.names.get_mut(recording) {
                    entry.worked += *took;
                    entry.audio = entry.audio.max(audio.seconds());
                }
                self.from(Detail::Stages, || {
                    let how = if *cached { "was there already".to_owned() } else { speed(*took, audio.seconds()) };
                    format!("{}: {stage}: {how}", self.label(*recording))
                })
            }
            Event::Warning { recording, text } => {
                self.from(Detail::Recordings, || format!("{}: warning: {text}", self.label(*recording)))
            }
            Event::RecordingFinished { recording, cached: true } => {
                self.from(Detail::Recordings, || format!("{}: nothing to do", self.label(*recording)))
            }
            Event::RecordingFinished { recording, cached: false } => {
                let how = self.names.get(recording).map(|entry| speed(entry.worked, entry.audio)).unwrap_or_default();
                self.from(Detail::Recordings, || format!("{}: done, {how}", self.label(*recording)))
            }
            Event::RecordingFailed { recording, error } => Some(format!("{}: failed: {error}", self.label(*recording))),
            Event::CaseFinished { done, failed } => self.from(Detail::Recordings, || {
                let audio: f64 = self.names.values().map(|recording| recording.audio).sum();
                let how = speed(self.began.elapsed(), audio);
                format!("{done} done, {failed} failed: {} of sound in {how}", spell(Duration::from_secs_f64(audio)))
            }),
        }
    }

    fn from(&self, least: Detail, words: impl FnOnce() -> String) -> Option<String> {
        (self.detail >= least).then(words)
    }
}

fn speed(took: Duration, audio: f64) -> String {
    match times_real_time(audio, took) {
        Some(factor) => format!("{} ({factor})", spell(took)),
        None => spell(took),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use voiceman::ClipTime;

    fn said(detail: Detail) -> String {
        let plain = Plain::new(Vec::new(), detail);
        let (first, second) = (RecordingKey(0), RecordingKey(1));
        let finished = |stage, cached| Event::StageFinished {
            recording: first,
            stage,
            took: Duration::from_millis(500),
            audio: ClipTime::from_millis(11_000),
            cached,
        };
        for event in [
            Event::CaseStarted { recordings: 2, file_bytes: vec![9, 0] },
            Event::RecordingStarted { recording: first, name: "a.wav".into() },
            Event::RecordingStarted { recording: second, name: "b.wav".into() },
            finished("vad", true),
            finished("transcribe", false),
            Event::RecordingFailed { recording: second, error: "the file is empty".into() },
            Event::RecordingFinished { recording: first, cached: false },
            Event::CaseFinished { done: 1, failed: 1 },
        ] {
            plain.emit(event);
        }
        let (_, bytes) = plain.state.into_inner().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8(bytes).unwrap_or_default()
    }

    #[test]
    fn says_as_much_as_asked_for() {
        assert_eq!(said(Detail::Failures), "[2/2] b.wav: failed: the file is empty\n");
        let said_of_recordings = said(Detail::Recordings);
        let lines: Vec<&str> = said_of_recordings.lines().collect();
        let head =
            ["2 recordings", "[2/2] b.wav: failed: the file is empty", "[1/2] a.wav: done, 1.0 s (11 x real time)"];
        assert_eq!(lines[..3], head);
        assert!(lines[3].starts_with("1 done, 1 failed: 11.0 s of sound in "), "{}", lines[3]);
        assert!(said(Detail::Stages).contains("[1/2] a.wav: vad: was there already\n"));
        assert!(said(Detail::Stages).contains("[1/2] a.wav: transcribe: 0.5 s (22 x real time)\n"));
    }
}

//! Turns voice recordings into an evidence file. This is the whole program but for its command line.
//!
//! [`analyze`] takes recordings through [`flow`](self) into a case; [`report`], [`status`] and [`inspect`] show what is
//! there. Someone who has read `flow.rs` and the types of `voiceman_base` knows the program.

#![cfg_attr(test, allow(clippy::expect_used))]

mod case_voices;
mod discover;
mod doctor;
mod egemaps;
mod engines;
mod error;
mod flow;
mod inspect;
mod keys;
mod layers;
mod lexicons;
mod link;
mod machine;
mod maker;
pub mod models;
mod outputs;
mod run;
mod run_settings;
mod selection;
mod settings;
mod shown;
mod status;
mod subject;
mod utc;
mod watching;
mod wiring;

pub use discover::{EXTENSIONS, Found, Unusable, discover};
pub use doctor::{Check, Health, doctor, versions};
pub use egemaps::{EGEMAPS_FILE, egemaps};
pub use error::{Error, ErrorKind, RecordingError};
pub use inspect::{Inspection, inspect};
pub use layers::{Origin, SettingsError};
pub use link::{
    Decided, LINKS_FILE, LINKS_SCHEMA, LinkDecision, LinkRequest, LinkedSpeaker, Links, MeasuredOn, NotCompared,
    Proposal, link,
};
pub use outputs::{Outputs, TextFormat};
pub use run::{AnalyzeRequest, CaseSummary, RecordingOutcome, RecordingSummary, Reported, analyze, report};
pub use run_settings::{HeatSettings, MemoryLimit, NoAmount, RunSettings};
pub use selection::{Selection, StageName, UnknownStage};
pub use settings::{DEFAULT_SETTINGS, ModelSettings, Settings, SettingsSources};
pub use shown::shown;
pub use status::{RecordingState, status};

pub use voiceman_base::{
    Bytes, ClipTime, Condition, DeviceFacts, DeviceReading, Dropout, Dropouts, Event, EventSink, Hum, MachineReading,
    NoEvents, NoticeKind, Obstacle, Quality, QueueReading, RecordingKey, SignalQuality, SourceFacts, Verdict,
    VoiceMeasure,
};
pub use voiceman_case::Performance;
pub use voiceman_report::ReportLanguage;
pub use voiceman_runtime::{CancelToken, Panicked, catch, install_quiet_hook, quit_at_once};

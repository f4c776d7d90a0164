//! The report: one tree of sections and statements made from a [`voiceman_base::RecordingAnalysis`], and its renderings.
//!
//! [`build`] makes the [`tree::Report`]; [`html`] shows it. [`analysis_json`], [`srt`], [`vtt`], [`txt`], [`rttm`],
//! [`textgrid`], [`acoustics_csv`] and [`emotion_csv`] are made from the same facts. Everything here is pure: values in, text out; no files,
//! no clock, no machine.
//!
//! Two rules hold throughout. Every statement names its place in the recording ([`tree::Place`]). Everything that
//! comes from a recording or a file name is data: it is escaped where it is written, and control characters are made
//! visible ([`text::visible`]).

mod base64;
mod build;
mod case;
mod csv;
mod cues;
mod curves;
mod html;
mod json;
mod messages;
mod performance;
mod rttm;
mod spacing;
mod subtitles;
pub mod text;
mod textgrid;
pub mod tree;
mod txt;

pub use build::build;
pub use case::{
    CaseBaseline, CaseDecision, CaseFailure, CaseFinding, CaseProposal, CaseRaised, CaseRecording, CaseReport,
    CaseVoice, CaseVoices, case_html,
};
pub use csv::{acoustics_csv, emotion_csv};
pub use html::html;
pub use json::{ANALYSIS_SCHEMA, analysis_json};
pub use performance::{CaseDevice, CasePerformance, CaseStage};
pub use rttm::rttm;
pub use subtitles::{srt, vtt};
pub use textgrid::textgrid;
pub use txt::txt;

use serde::{Deserialize, Serialize};

/// Language a report is written in; what was said stays in its own language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReportLanguage {
    /// Korean.
    Ko,
    /// English.
    En,
}

impl ReportLanguage {
    /// Both languages.
    pub const ALL: [ReportLanguage; 2] = [ReportLanguage::Ko, ReportLanguage::En];

    /// The language code, `ko` or `en`.
    pub fn code(self) -> &'static str {
        match self {
            ReportLanguage::Ko => "ko",
            ReportLanguage::En => "en",
        }
    }
}

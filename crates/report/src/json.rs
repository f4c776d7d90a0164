//! `analysis.json`: everything known about a recording, for other programs. Described in `docs/formats/analysis.md`.
//!
//! Keys stand in the order of the structs below. No field holds a time of day, a path or anything else that differs
//! between two runs over the same file with the same settings and models.

mod emotion;
mod number;
mod quality;
mod tempo;
mod view;
mod voice;

use number::DecimalFormatter;
use serde::Serialize;
use voiceman_base::RecordingAnalysis;

/// Name and number of the format.
pub const ANALYSIS_SCHEMA: &str = "voiceman.analysis/1";

/// The content of `analysis.json`: UTF-8, two spaces of indentation, a line feed at the end. Same analysis, same bytes.
pub fn analysis_json(analysis: &RecordingAnalysis) -> String {
    let mut bytes = Vec::new();
    let mut serializer = serde_json::Serializer::with_formatter(&mut bytes, DecimalFormatter::new());
    // Neither can happen: the view has only string keys, and writing to memory does not fail.
    let written = view::analysis(analysis).serialize(&mut serializer);
    debug_assert!(written.is_ok());
    bytes.push(b'\n');
    String::from_utf8(bytes).unwrap_or_default()
}

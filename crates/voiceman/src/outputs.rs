//! The files of a case that people and programs read: made from an analysis, written into the case.

use voiceman_base::{Digest, IdHasher, RecordingAnalysis};
use voiceman_case::{Case, CaseError, RecordingId, RecordingStatus, WrittenFile};
use voiceman_report::{CaseFailure, CaseRecording, CaseReport, ReportLanguage};

/// Raised whenever files differ for the same analysis.
const OUTPUTS_VERSION: u64 = 1;
/// Name of the listening copy in the folder of a recording.
pub(crate) const LISTENING_FILE: &str = "listening.ogg";
/// Name of a report, of a recording and of the case.
pub(crate) const REPORT_FILE: &str = "report.html";

/// Which files are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outputs {
    /// Transcript files.
    pub formats: Vec<TextFormat>,
    /// Language of the reports.
    pub language: ReportLanguage,
}

/// Kinds of transcript file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TextFormat {
    /// SubRip subtitles.
    Srt,
    /// WebVTT subtitles.
    Vtt,
    /// Text to read.
    Txt,
}

impl TextFormat {
    /// All kinds.
    pub const ALL: [TextFormat; 3] = [TextFormat::Srt, TextFormat::Vtt, TextFormat::Txt];

    /// The name on the command line and at the end of the file's name.
    pub fn name(self) -> &'static str {
        match self {
            TextFormat::Srt => "srt",
            TextFormat::Vtt => "vtt",
            TextFormat::Txt => "txt",
        }
    }
}

impl std::fmt::Display for TextFormat {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

impl Outputs {
    /// Digest of what changes the files; the order of the formats does not.
    pub(crate) fn digest(&self) -> Digest {
        let mut hasher = IdHasher::new("outputs");
        hasher.number(OUTPUTS_VERSION).text(env!("CARGO_PKG_VERSION")).text(self.language.code());
        for format in TextFormat::ALL.into_iter().filter(|format| self.formats.contains(format)) {
            hasher.text(format.name());
        }
        hasher.finish()
    }

    /// Writes all files of one recording.
    pub(crate) fn write(
        &self,
        case: &Case,
        id: RecordingId,
        analysis: &RecordingAnalysis,
        listening: Option<&[u8]>,
    ) -> Result<Vec<WrittenFile>, CaseError> {
        let json = voiceman_report::analysis_json(analysis);
        let html = voiceman_report::html(analysis, self.language, listening);
        let mut files =
            vec![case.write(id, "analysis.json", json.as_bytes())?, case.write(id, REPORT_FILE, html.as_bytes())?];
        for format in TextFormat::ALL.into_iter().filter(|format| self.formats.contains(format)) {
            let text = match format {
                TextFormat::Srt => voiceman_report::srt(analysis),
                TextFormat::Vtt => voiceman_report::vtt(analysis),
                TextFormat::Txt => voiceman_report::txt(analysis, self.language),
            };
            if let Some(text) = text {
                files.push(case.write(id, &format!("transcript.{}", format.name()), text.as_bytes())?);
            }
        }
        Ok(files)
    }

    /// Writes the report over the whole case, from the results it holds.
    pub(crate) fn write_case(&self, case: &Case) -> Result<(), CaseError> {
        let mut report = CaseReport::default();
        for recording in case.recordings()? {
            let name = recording.path.file_name().map(|name| crate::shown(name.as_ref())).unwrap_or_default();
            match (recording.status, &recording.folder, recording.artifacts.get("analysis")) {
                (RecordingStatus::Done, Some(folder), Some(id)) => {
                    if let Some(analysis) = case.load::<RecordingAnalysis>(id)? {
                        let page = format!("recordings/{folder}/{REPORT_FILE}");
                        report.recordings.push(CaseRecording::new(&analysis.value, page));
                    }
                }
                (RecordingStatus::Failed, ..) => {
                    let reason = recording.error.clone().unwrap_or_default();
                    report.failures.push(CaseFailure { name, reason });
                }
                _ => {}
            }
        }
        let page = voiceman_report::case_html(&report, self.language);
        case.write_case_file(REPORT_FILE, page.as_bytes())
    }
}

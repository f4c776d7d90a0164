//! The files of a case that people and programs read: made from an analysis, written into the case.

use crate::case_voices::HeardVoices;
use crate::error::Error;
use voiceman_base::{Bytes, ClipTime, Digest, IdHasher, RecordingAnalysis};
use voiceman_case::{Case, CaseError, Performance, RecordingId, RecordingStatus, WrittenFile};
use voiceman_report::{CaseDevice, CaseFailure, CasePerformance, CaseRecording, CaseReport, CaseStage, ReportLanguage};

/// Raised whenever files differ for the same analysis.
const OUTPUTS_VERSION: u64 = 8;
/// Name of the listening copy in the folder of a recording.
pub(crate) const LISTENING_FILE: &str = "listening.ogg";
/// Name of the table of emotion, which is written with that of acoustics.
const EMOTION_FILE: &str = "emotion.csv";
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

/// Kinds of file for other programs and for reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TextFormat {
    /// SubRip subtitles.
    Srt,
    /// WebVTT subtitles.
    Vtt,
    /// Text to read.
    Txt,
    /// Who speaks when, for other programs.
    Rttm,
    /// Speakers, utterances, words, pitch and level for Praat.
    TextGrid,
    /// Acoustics of every utterance, and emotion of every stretch, for spreadsheets.
    Csv,
}

impl TextFormat {
    /// All kinds.
    pub const ALL: [TextFormat; 6] =
        [TextFormat::Srt, TextFormat::Vtt, TextFormat::Txt, TextFormat::Rttm, TextFormat::TextGrid, TextFormat::Csv];

    /// The name on the command line and at the end of the file's name.
    pub fn name(self) -> &'static str {
        match self {
            TextFormat::Srt => "srt",
            TextFormat::Vtt => "vtt",
            TextFormat::Txt => "txt",
            TextFormat::Rttm => "rttm",
            TextFormat::TextGrid => "textgrid",
            TextFormat::Csv => "csv",
        }
    }

    /// The name of the file.
    fn file(self) -> String {
        match self {
            TextFormat::Rttm => "speakers.rttm".to_owned(),
            // Praat's own spelling.
            TextFormat::TextGrid => "transcript.TextGrid".to_owned(),
            TextFormat::Csv => "acoustics.csv".to_owned(),
            _ => format!("transcript.{}", self.name()),
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
                TextFormat::Rttm => voiceman_report::rttm(analysis),
                TextFormat::TextGrid => voiceman_report::textgrid(analysis),
                TextFormat::Csv => voiceman_report::acoustics_csv(analysis),
            };
            if let Some(text) = text {
                files.push(case.write(id, &format.file(), text.as_bytes())?);
            }
            let emotion = (format == TextFormat::Csv).then(|| voiceman_report::emotion_csv(analysis)).flatten();
            if let Some(text) = emotion {
                files.push(case.write(id, EMOTION_FILE, text.as_bytes())?);
            }
        }
        Ok(files)
    }

    /// Writes the report over the whole case, from the results it holds; gives the names of those that cannot be read.
    pub(crate) fn write_case(&self, case: &Case) -> Result<Vec<String>, Error> {
        write_case(case, self.language)
    }
}

/// Writes the report over the whole case in `language`, from the results it holds; gives the names of recordings whose results
/// this version cannot read, which are named in it too.
pub(crate) fn write_case(case: &Case, language: ReportLanguage) -> Result<Vec<String>, Error> {
    let links = crate::link::read(case.root())?;
    let mut report = CaseReport::default();
    let mut heard = links.as_ref().map(HeardVoices::of);
    for recording in case.recordings()? {
        let name = recording.path.file_name().map(|name| crate::shown(name.as_ref())).unwrap_or_default();
        match (recording.status, &recording.folder, recording.artifacts.get("analysis")) {
            (RecordingStatus::Done, Some(folder), Some(id)) => {
                let Some(analysis) = case.load::<RecordingAnalysis>(id)? else {
                    report.unread.push(name);
                    continue;
                };
                let page = format!("recordings/{folder}/{REPORT_FILE}");
                if let Some(heard) = &mut heard {
                    heard.hear(id, &analysis.value, &page);
                }
                report.recordings.push(CaseRecording::new(&analysis.value, page));
            }
            (RecordingStatus::Failed, ..) => {
                let reason = recording.error.clone().unwrap_or_default();
                report.failures.push(CaseFailure { name, reason });
            }
            _ => {}
        }
    }
    report.voices = links.as_ref().zip(heard).map(|(links, heard)| heard.shown(links));
    report.performance = case.performance().map(|performance| shown(&performance));
    let page = voiceman_report::case_html(&report, language);
    case.write_case_file(REPORT_FILE, page.as_bytes())?;
    Ok(report.unread)
}

/// What a run took, as the report over the case shows it. Stages in the order of their work.
fn shown(performance: &Performance) -> CasePerformance {
    let time = ClipTime::from_seconds;
    let stage = |stage: &voiceman_case::StagePerformance| CaseStage {
        name: stage.stage.clone(),
        runs: stage.runs,
        cached: stage.cached,
        active: time(stage.active_s),
        rate: stage.audio_s_per_s,
    };
    let device = |device: &voiceman_case::DevicePerformance| CaseDevice {
        name: device.name.clone(),
        busy: device.busy_mean,
        temperature_c: device.temperature_mean_c.zip(device.temperature_max_c),
        throttled: time(device.throttled_s),
    };
    let mut stages: Vec<CaseStage> = performance.stages.iter().map(stage).collect();
    stages.sort_by_key(|stage| std::cmp::Reverse(stage.active));
    CasePerformance {
        total: time(performance.total_s),
        audio: time(performance.audio_s),
        mean: performance.mean_recording_s.map(time),
        slowest: performance.bottleneck.as_ref().map(|slowest| (slowest.stage.clone(), slowest.share)),
        peak: performance.peak_rss_bytes.map(Bytes::new),
        budget: performance.memory.budget_bytes.map(Bytes::new),
        devices: performance.devices.iter().map(device).collect(),
        stages,
    }
}

//! The report over a case: every recording with its priority, what failed and why, and how it was made.

mod voices;

pub use voices::{CaseBaseline, CaseDecision, CaseFinding, CaseProposal, CaseRaised, CaseVoice, CaseVoices};

use crate::ReportLanguage;
use crate::build::{disclaimer_statements, produced_by_tables};
use crate::html::page::{self, Page};
use crate::html::{Setting, statements, table};
use crate::messages::{Messages, messages};
use crate::performance::{self, CasePerformance};
use crate::text::{clock, fixed, grouped, visible};
use crate::tree::Block;
use maud::{Markup, html};
use std::collections::BTreeMap;
use voiceman_base::{ClipTime, Digest, LanguageCode, PriorityLevel, ProducedBy, RecordingAnalysis, SourceWarning};

/// Everything in a case.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CaseReport {
    /// Recordings with results, in any order.
    pub recordings: Vec<CaseRecording>,
    /// Recordings without, in any order.
    pub failures: Vec<CaseFailure>,
    /// Names of recordings whose results this version cannot read, in any order.
    pub unread: Vec<String>,
    /// Voices across the recordings, where that was asked for.
    pub voices: Option<CaseVoices>,
    /// What the last run took, where that is known.
    pub performance: Option<CasePerformance>,
}

/// A recording of the case.
#[derive(Clone, Debug, PartialEq)]
pub struct CaseRecording {
    /// File name.
    pub name: String,
    /// Where its own report is, from the folder of the case report, with `/` between folders.
    pub report: String,
    /// Digest of the file, for a name that occurs twice.
    pub sha256: Digest,
    /// Length.
    pub duration: ClipTime,
    /// Language.
    pub language: CaseLanguage,
    /// How many speakers were told apart, if asked for.
    pub speakers: Option<usize>,
    /// Priority and its level, if asked for.
    pub priority: Option<(f64, PriorityLevel)>,
    /// How many findings, if asked for.
    pub findings: Option<usize>,
    /// What must be known about the file.
    pub warnings: Vec<SourceWarning>,
    /// What made the results.
    pub produced_by: ProducedBy,
}

/// The language of a recording of the case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CaseLanguage {
    /// This one.
    Decided(LanguageCode),
    /// Nobody speaks.
    NoSpeech,
    /// No transcript was asked for.
    NotAskedFor,
}

/// A recording that could not be analysed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseFailure {
    /// File name.
    pub name: String,
    /// What failed, on what, where, and what to do.
    pub reason: String,
}

impl CaseRecording {
    /// What the case report says about one recording, whose own report is at `report`.
    pub fn new(analysis: &RecordingAnalysis, report: impl Into<String>) -> CaseRecording {
        let language = analysis.transcript.as_ref().map_or(CaseLanguage::NotAskedFor, |transcript| {
            transcript.language.decided().map_or(CaseLanguage::NoSpeech, CaseLanguage::Decided)
        });
        CaseRecording {
            name: analysis.source.file.name.clone(),
            report: report.into(),
            sha256: analysis.source.file.sha256,
            duration: analysis.source.duration,
            language,
            speakers: analysis.diarization.as_ref().map(|found| found.speakers.len()),
            priority: analysis
                .assessment
                .as_ref()
                .map(|assessment| (assessment.recording.priority, assessment.recording.level)),
            findings: analysis.findings.as_ref().map(Vec::len),
            warnings: analysis.source.warnings.clone(),
            produced_by: analysis.produced_by.clone(),
        }
    }
}

/// The report over a case as a page that works offline; links lead to the recordings' own reports beside it.
pub fn case_html(case: &CaseReport, language: ReportLanguage) -> String {
    let messages = messages(language);
    let setting = Setting { messages, sound: false };
    let mut recordings: Vec<_> = case.recordings.iter().collect();
    recordings.sort_by(|one, other| {
        let priority = |recording: &CaseRecording| recording.priority.map_or(f64::NEG_INFINITY, |(value, _)| value);
        priority(other)
            .total_cmp(&priority(one))
            .then_with(|| one.name.cmp(&other.name))
            .then_with(|| one.sha256.cmp(&other.sha256))
            .then_with(|| one.report.cmp(&other.report))
    });
    let mut failures: Vec<_> = case.failures.iter().collect();
    failures.sort_by(|one, other| (&one.name, &one.reason).cmp(&(&other.name, &other.reason)));
    let total: ClipTime = recordings.iter().map(|recording| recording.duration).sum();
    let tool = recordings
        .first()
        .map(|recording| {
            format!("{} {}", visible(&recording.produced_by.tool), visible(&recording.produced_by.version))
        })
        .unwrap_or_else(|| "voiceman".to_owned());
    let summary = (messages.case_summary)(recordings.len(), failures.len(), &clock(total));
    let section = |id: &str, heading: &str, content: Markup| {
        html! {
            section id=(id) aria-labelledby={ (id) "-h" } { h2 id={ (id) "-h" } { (heading) } (content) }
        }
    };
    let body = html! {
        (page::head_matter(messages, messages.case_title, None, &tool))
        div.frame.single {
            main #report tabindex="-1" {
                p.lead { (summary) }
                (section("recordings", messages.case_recordings, html! {
                    (overview(messages, &recordings, total))
                    (unread(messages, &case.unread))
                }))
                (section("failures", messages.case_failures, failed(messages, &failures)))
                @match &case.voices {
                    Some(found) => {
                        (section("likeness", messages.case_voices.likeness, voices::likeness(messages, found)))
                        (section("baselines", messages.case_voices.baselines, voices::baselines(messages, found)))
                    }
                    None if recordings.len() > 1 => {
                        (section("likeness", messages.case_voices.likeness, html! { p { (messages.case_voices.not_asked) } }))
                    }
                    None => {}
                }
                @if let Some(performance) = &case.performance {
                    (section("performance", messages.performance_title, performance::section(messages, performance)))
                }
                (section("method", (messages.section)(crate::tree::SectionId::Method), method(setting, &recordings)))
                (section("disclaimer", (messages.section)(crate::tree::SectionId::Disclaimer), disclaimer(setting)))
            }
        }
    };
    page::render(Page { language, title: messages.case_title, body, script: None })
}

fn overview(messages: &Messages, recordings: &[&CaseRecording], total: ClipTime) -> Markup {
    if recordings.is_empty() {
        return html! { p { (messages.case_none) } };
    }
    let findings: usize = recordings.iter().filter_map(|recording| recording.findings).sum();
    let warnings: usize = recordings.iter().map(|recording| recording.warnings.len()).sum();
    html! {
        p.help { (messages.case_order) " " (messages.priority_help) " " (messages.levels_explained) }
        div.scroll {
            table.case {
                caption.unseen { (messages.case_recordings) }
                thead { tr {
                    th scope="col" { (messages.priority_label) }
                    th scope="col" { (messages.case_level) }
                    th scope="col" { (messages.file_name) }
                    th scope="col" { (messages.duration) }
                    th scope="col" { (messages.language_label) }
                    th scope="col" { (messages.case_speakers) }
                    th scope="col" { (messages.case_findings) }
                    th scope="col" { (messages.case_warnings) }
                } }
                tbody { @for recording in recordings { (row(messages, recording)) } }
                tfoot { tr {
                    th scope="row" colspan="3" { (messages.case_total) }
                    td.number { (clock(total)) }
                    td {}
                    td {}
                    td.number { (grouped(findings as u64)) }
                    td.number { (grouped(warnings as u64)) }
                } }
            }
        }
    }
}

fn row(messages: &Messages, recording: &CaseRecording) -> Markup {
    html! {
        tr {
            @match recording.priority {
                Some((value, level)) => {
                    td.number.priority-value { (fixed(value, 1)) }
                    td { ((messages.level)(level)) }
                }
                None => td colspan="2" { span.reason { (messages.case_not_asked) } },
            }
            th scope="row" {
                a href=(relative_link(&recording.report)) { bdi { (visible(&recording.name)) } }
                span.digest title=(recording.sha256) { (recording.sha256.short()) }
            }
            td.number { (clock(recording.duration)) }
            td {
                @match recording.language {
                    CaseLanguage::Decided(code) => (messages.language_or_code(code.as_str())),
                    CaseLanguage::NoSpeech => span.reason { (messages.case_unknown_language) },
                    CaseLanguage::NotAskedFor => span.reason { (messages.case_not_asked) },
                }
            }
            @for count in [recording.speakers, recording.findings] {
                @match count {
                    Some(count) => td.number { (count) },
                    None => td { span.reason { (messages.case_not_asked) } },
                }
            }
            td {
                @if recording.warnings.is_empty() { "–" } @else {
                    ul.contributions {
                        @for warning in &recording.warnings {
                            li title=(visible(&warning.text)) { ((messages.source_warning)(warning.kind)) }
                        }
                    }
                }
            }
        }
    }
}

/// What is not shown though it was analysed: an earlier version wrote it, or it is damaged.
fn unread(messages: &Messages, names: &[String]) -> Markup {
    let mut names: Vec<_> = names.iter().collect();
    names.sort();
    html! {
        @if !names.is_empty() {
            ul.statements { li.caution {
                (messages.case_unread)
                ul.contributions { @for name in names { li { bdi { (visible(name)) } } } }
            } }
        }
    }
}

fn failed(messages: &Messages, failures: &[&CaseFailure]) -> Markup {
    if failures.is_empty() {
        return html! { p { (messages.case_no_failures) } };
    }
    html! {
        div.scroll {
            table {
                caption.unseen { (messages.case_failures) }
                thead { tr { th scope="col" { (messages.file_name) } th scope="col" { (messages.reason) } } }
                tbody {
                    @for failure in failures {
                        tr {
                            th scope="row" { bdi { (visible(&failure.name)) } }
                            td { bdi { (visible(&failure.reason)) } }
                        }
                    }
                }
            }
        }
    }
}

/// Program and settings, how many recordings each was used for, and every model and lexicon used.
fn method(setting: Setting, recordings: &[&CaseRecording]) -> Markup {
    let messages = setting.messages;
    let mut runs: BTreeMap<(&str, &str, Digest), usize> = BTreeMap::new();
    let mut used: Option<ProducedBy> = None;
    for made in recordings.iter().map(|recording| &recording.produced_by) {
        *runs.entry((&made.tool, &made.version, made.settings_sha256)).or_default() += 1;
        let used = used.get_or_insert_with(|| ProducedBy { models: Vec::new(), lexicons: Vec::new(), ..made.clone() });
        for model in made.models.iter().filter(|model| !used.models.contains(model)).cloned().collect::<Vec<_>>() {
            used.models.push(model);
        }
        for lexicon in made.lexicons.iter().filter(|one| !used.lexicons.contains(one)).cloned().collect::<Vec<_>>() {
            used.lexicons.push(lexicon);
        }
    }
    if let Some(used) = &mut used {
        used.models
            .sort_by(|one, other| (&one.role, &one.name, one.sha256).cmp(&(&other.role, &other.name, other.sha256)));
        used.lexicons.sort_by(|one, other| (&one.name, one.sha256).cmp(&(&other.name, other.sha256)));
    }
    html! {
        @for ((tool, version, settings), count) in runs {
            p { ((messages.case_settings)(count)) }
            dl.facts {
                div { dt { (messages.program) } dd { (visible(tool)) " " (visible(version)) } }
                div { dt { (messages.settings_sha256) } dd { code { (settings) } } }
            }
        }
        @if let Some(used) = &used {
            @for block in produced_by_tables(messages, used) {
                @match &block {
                    Block::Table(content) => (table(setting, content)),
                    Block::Statements(list) => (statements(setting, list)),
                    _ => {}
                }
            }
        }
    }
}

fn disclaimer(setting: Setting) -> Markup {
    statements(setting, &disclaimer_statements(setting.messages))
}

/// A link to a file beside the page: everything but plain letters is percent-encoded, so that a folder's name can be
/// neither a scheme nor a query.
fn relative_link(path: &str) -> String {
    let mut link = "./".to_owned();
    for byte in path.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' | b'/' => link.push(char::from(byte)),
            byte => link.push_str(&format!("%{byte:02X}")),
        }
    }
    link
}

#[cfg(test)]
mod tests {
    use super::relative_link;

    #[test]
    fn a_link_is_a_path_and_nothing_else() {
        assert_eq!(relative_link("recordings/a b#?/report.html"), "./recordings/a%20b%23%3F/report.html");
        assert_eq!(relative_link("javascript:alert(1)"), "./javascript%3Aalert%281%29");
        assert_eq!(relative_link("각"), "./%EA%B0%81");
    }
}

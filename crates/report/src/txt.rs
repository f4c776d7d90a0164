//! A transcript to read: one utterance a line with its start and speaker, after a head that says what it is.

use crate::ReportLanguage;
use crate::messages::messages;
use crate::text::{clock, plain, visible};
use voiceman_base::RecordingAnalysis;

/// The transcript as text; nothing when no transcript was asked for.
pub fn txt(analysis: &RecordingAnalysis, language: ReportLanguage) -> Option<String> {
    let messages = messages(language);
    let transcript = analysis.transcript.as_ref()?;
    let source = &analysis.source;
    let mut head = vec![
        (messages.file_name, visible(&source.file.name)),
        (messages.file_sha256, source.file.sha256.to_string()),
        (messages.duration, source.duration.to_string()),
    ];
    if let Some(code) = transcript.language.decided() {
        head.push((messages.language_label, messages.language_or_code(code.as_str())));
    }
    head.push((
        messages.program,
        format!("{} {}", visible(&analysis.produced_by.tool), visible(&analysis.produced_by.version)),
    ));
    let mut text = format!("{} - {}\n\n", messages.draft, messages.draft_long);
    for (label, value) in head {
        text.push_str(&format!("{label}: {value}\n"));
    }
    text.push('\n');
    if transcript.utterances.is_empty() {
        text.push_str(&format!("{}\n", messages.txt_no_utterances));
    }
    if analysis.diarization.as_ref().is_some_and(|found| !found.speakers.is_empty()) {
        text.push_str(&format!("{}\n\n", messages.speakers_are_numbers));
    }
    for spoken in &transcript.utterances {
        let utterance = &spoken.utterance;
        let speaker = match (&analysis.diarization, spoken.speaker) {
            (None, _) => String::new(),
            (Some(_), Some(speaker)) => format!("{speaker}: "),
            (Some(_), None) => format!("({}): ", messages.speaker_unknown),
        };
        text.push_str(&format!("[{}] {speaker}{}\n", clock(utterance.span.start()), plain(&utterance.text)));
        if !utterance.flags.is_empty() {
            let flags: Vec<_> = utterance.flags.iter().map(|flag| (messages.flag)(*flag)).collect();
            text.push_str(&format!("    ({}: {})\n", messages.listen_because, flags.join("; ")));
        }
    }
    Some(text)
}

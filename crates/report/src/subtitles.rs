//! SubRip and WebVTT. Rules and escapes stand in `docs/formats/subtitles.md`.

use crate::cues::{Cue, Label, cues, in_line};
use voiceman_base::RecordingAnalysis;

/// SubRip subtitles, lines ended by a line feed; nothing when no transcript was asked for. Empty when nobody speaks.
///
/// The format has no escapes: `<`, `{` and `}`, which players take for markup and hide, become `‹`, `(` and `)`, and
/// `-->` becomes `→`. Where speakers were told apart, the text begins with `SPEAKER_00: `.
pub fn srt(analysis: &RecordingAnalysis) -> Option<String> {
    let mut text = String::new();
    for (index, cue) in all(analysis, Label::InLine)?.iter().enumerate() {
        let (start, end) = (stamp(cue.start_ms, ','), stamp(cue.end_ms, ','));
        text.push_str(&format!("{}\n{start} --> {end}\n", index + 1));
        for part in &cue.parts {
            text.extend(part.speaker.map(in_line));
            for line in &part.lines {
                text.push_str(&line.replace("-->", "→").replace('<', "‹").replace('{', "(").replace('}', ")"));
                text.push('\n');
            }
        }
        text.push('\n');
    }
    Some(text)
}

/// WebVTT subtitles, lines ended by a line feed; nothing when no transcript was asked for. `&`, `<` and `>` are escaped.
/// Where speakers were told apart, the text stands in a voice tag, `<v SPEAKER_00>`, which players show or not.
pub fn vtt(analysis: &RecordingAnalysis) -> Option<String> {
    let mut text = "WEBVTT\n\nNOTE DRAFT / 초안\n".to_owned();
    for cue in all(analysis, Label::Apart)? {
        text.push_str(&format!("\n{} --> {}\n", stamp(cue.start_ms, '.'), stamp(cue.end_ms, '.')));
        for part in &cue.parts {
            text.extend(part.speaker.map(|speaker| format!("<v {speaker}>")));
            let escaped = |line: &String| line.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
            text.push_str(&part.lines.iter().map(escaped).collect::<Vec<_>>().join("\n"));
            // A voice that has the cue to itself ends with it.
            if part.speaker.is_some() && cue.parts.len() > 1 {
                text.push_str("</v>");
            }
            text.push('\n');
        }
    }
    Some(text)
}

fn all(analysis: &RecordingAnalysis, label: Label) -> Option<Vec<Cue>> {
    let transcript = analysis.transcript.as_ref()?;
    Some(cues(&transcript.utterances, analysis.source.duration, label))
}

/// `00:01:02,345`.
fn stamp(millis: i64, point: char) -> String {
    let (hours, minutes, seconds) = (millis / 3_600_000, millis / 60_000 % 60, millis / 1_000 % 60);
    format!("{hours:02}:{minutes:02}:{seconds:02}{point}{:03}", millis % 1_000)
}

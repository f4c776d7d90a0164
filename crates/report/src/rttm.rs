//! Who speaks when as RTTM (Rich Transcription Time Marked, NIST RT-09): one line a turn.

use crate::text::is_steering;
use voiceman_base::RecordingAnalysis;

/// One `SPEAKER` line a turn, in time order; nothing when speakers were not asked for, empty when nobody speaks.
pub fn rttm(analysis: &RecordingAnalysis) -> Option<String> {
    let diarization = analysis.diarization.as_ref()?;
    let name = file_id(&analysis.source.file.name);
    let line = |turn: &voiceman_base::Turn| {
        let (start, length) = (turn.span.start().seconds(), turn.span.length().seconds());
        format!("SPEAKER {name} 1 {start:.3} {length:.3} <NA> <NA> {} <NA> <NA>\n", turn.speaker)
    };
    Some(diarization.turns.iter().map(line).collect())
}

/// The name of the recording without its extension; fields end at white space, so there may be none in it.
fn file_id(name: &str) -> String {
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let plain = |character: char| if character.is_whitespace() || is_steering(character) { '_' } else { character };
    let id: String = stem.chars().map(plain).collect();
    if id.is_empty() { "recording".to_owned() } else { id }
}

#[cfg(test)]
mod tests {
    use super::file_id;

    #[test]
    fn a_file_id_is_one_field() {
        assert_eq!(file_id("call 1.wav"), "call_1");
        assert_eq!(file_id("a\u{202e}b.tar.gz"), "a_b.tar");
        assert_eq!(file_id(".wav"), "recording");
    }
}

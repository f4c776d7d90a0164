//! Where words join without a space: Whisper's words carry no surrounding space, the utterance's text does.

use voiceman_base::AlignedUtterance;

/// For each word of `utterance` whether it stands close to the one before it, or nothing when the words do not add up
/// to the utterance's text.
pub(crate) fn joins(utterance: &AlignedUtterance) -> Option<Vec<bool>> {
    let mut rest = utterance.utterance.text.as_str();
    let mut joined = Vec::with_capacity(utterance.words.len());
    for word in &utterance.words {
        let trimmed = rest.trim_start();
        joined.push(!joined.is_empty() && trimmed.len() == rest.len());
        rest = trimmed.strip_prefix(word.text.as_str())?;
    }
    rest.trim().is_empty().then_some(joined)
}

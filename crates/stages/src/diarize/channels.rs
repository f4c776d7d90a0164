//! Speakers of a recording whose two channels carry different ones: each channel by itself.

use super::sides::sides;
use super::turns::{Clock, Spoken, diarization as turns_of};
use super::{Band, DiarizeInput, DiarizeSettings, Failure, Subject};
use std::sync::Arc;
use voiceman_base::{Diarization, SpeakerBasis, SpeakerNote, Watch};

/// Voices of one channel must be this much less alike than others before they are two: that two people share a channel is
/// rarer than that one person is excited.
const SURELY_ANOTHER: f64 = 0.1;
/// And the second one must speak for this long, in seconds, not counting the first `min_piece_s` of each piece: about 8 s in
/// pieces of usual length.
const LEAST_OF_ANOTHER_S: f64 = 5.6;

/// The channels of a recording, if they carry different speakers.
pub(super) fn subjects(
    input: &DiarizeInput,
    clock: Clock,
    band: Band,
    watch: &dyn Watch,
) -> Result<Option<Vec<Subject>>, Failure> {
    let Some(lead) = sides(&input.clip, &input.speech, watch)? else { return Ok(None) };
    let lead = Arc::new(lead);
    let channel = |channel: usize| -> Result<Subject, Failure> {
        Ok(Subject {
            audio: Arc::new(input.clip.channel_16k_watched(channel, watch)?),
            speech: Arc::clone(&input.speech),
            clock,
            band,
            side: Some((Arc::clone(&lead), channel)),
            pieces: Vec::new(),
            voices: Vec::new(),
            compared: Vec::new(),
        })
    };
    Ok(Some(vec![channel(0)?, channel(1)?]))
}

/// Turns of the speakers of all channels, one a channel unless there are clearly more. Nothing where that is another number
/// of speakers than was asked for, or where a channel turns out to have no voice.
pub(super) fn diarization(channels: &[Subject], settings: &DiarizeSettings) -> Option<Diarization> {
    let clock = channels.first()?.clock;
    let within = DiarizeSettings {
        speakers: 0,
        min_speakers: 1,
        max_speakers: 0,
        same_voice: settings.same_voice - SURELY_ANOTHER,
        same_voice_narrow: settings.same_voice_narrow - SURELY_ANOTHER,
        min_speaker_s: settings.min_speaker_s.max(LEAST_OF_ANOTHER_S),
        min_speaker_share: 1.0,
        ..settings.clone()
    };
    let mut all: Vec<Spoken<'_>> = Vec::new();
    let mut several = false;
    for channel in channels {
        let (spoken, _) = channel.spoken(&within);
        let before = all.iter().map(|spoken| spoken.speaker + 1).max().unwrap_or(0);
        several |= spoken.iter().map(|spoken| spoken.speaker).max()? > 0;
        all.extend(spoken.into_iter().map(|spoken| Spoken { speaker: before + spoken.speaker, ..spoken }));
    }
    all.sort_by_key(|spoken| (spoken.piece.frames.start, spoken.speaker));
    let given = (settings.speakers > 0).then_some(SpeakerNote::NumberGiven);
    let several = several.then_some(SpeakerNote::SeveralOnChannel);
    let narrow = channels.iter().find_map(Subject::narrow);
    let notes = given.into_iter().chain(several).chain(narrow).collect();
    let found = turns_of(&all, SpeakerBasis::Channels, notes, &clock, settings);
    let (fewest, most) = settings.limits();
    (found.speakers.len() >= fewest.max(2) && found.speakers.len() <= most).then_some(found)
}

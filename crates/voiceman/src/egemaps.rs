//! eGeMAPSv02 of the recordings of a case, for other tools' models: `egemaps.csv` beside the results of each recording, on
//! demand only, because the sound is read and measured again. `docs/formats/egemaps-csv.md`.

use crate::error::{Error, RecordingError};
use std::path::{Path, PathBuf};
use voiceman_audio::{AudioClip, DecodeSettings, decode};
use voiceman_base::{
    ArtifactId, ClipTime, Diarization, Measured, RecordingAnalysis, Span, SpeakerId, StageError, StageErrorKind,
    UndefinedReason, VoiceMeasure,
};
use voiceman_case::{Case, Finished, Recording, RecordingStatus};
use voiceman_stages::acoustics::egemaps::{Convention, Egemaps, EgemapsExtractor, EgemapsSettings, NAMES};

/// Name of the file in the folder of a recording.
pub const EGEMAPS_FILE: &str = "egemaps.csv";

/// Longer sound is not measured as one: everything is held in memory at once.
const LONGEST: ClipTime = ClipTime::from_millis(30 * 60 * 1_000);

/// Reads the originals of a case again and writes `egemaps.csv` for each recording that is done; `corrected` follows the
/// paper where openSMILE departs from it. Hands each file's path or what failed to `tell`, until that says no.
///
/// # Errors
/// When there is no case, or it cannot be read.
pub fn egemaps(
    root: &Path,
    corrected: bool,
    tell: &mut dyn FnMut(&Path, Result<PathBuf, RecordingError>) -> bool,
) -> Result<(), Error> {
    let case = Case::open(root)?;
    let settings =
        EgemapsSettings { convention: if corrected { Convention::Corrected } else { Convention::OpenSmile } };
    for recording in case.recordings()?.into_iter().filter(|recording| recording.status == RecordingStatus::Done) {
        let Some(id) = recording.artifacts.get("analysis") else { continue };
        let written = of_recording(&case, &recording, id, &settings);
        if !tell(&recording.path, written) {
            break;
        }
    }
    Ok(())
}

fn of_recording(
    case: &Case,
    recording: &Recording,
    analysis: &ArtifactId,
    settings: &EgemapsSettings,
) -> Result<PathBuf, RecordingError> {
    let other = || RecordingError::OtherSound(crate::shown(&recording.path));
    let unread = || RecordingError::NoAnalysis(crate::shown(&recording.path));
    let analysis = case.load::<RecordingAnalysis>(analysis)?.ok_or_else(unread)?.value;
    let clip = decode(&recording.path, &DecodeSettings::default())?;
    // The file may have been exchanged, or decoded by another rule: then spans and speakers are not this sound's.
    if clip.facts().samples_sha256 != analysis.source.samples_sha256 {
        return Err(other());
    }
    let text = table(&clip, &analysis, settings)?;
    let file = case.write(recording.id, EGEMAPS_FILE, text.as_bytes())?;
    let (duration, artifacts) = (analysis.source.duration, recording.artifacts.clone());
    let files = recording.files.iter().filter(|known| known.name != EGEMAPS_FILE).cloned().chain([file]).collect();
    case.finish(recording.id, Finished { duration, artifacts, files })?;
    Ok(case.folder(recording.id)?.join(EGEMAPS_FILE))
}

/// What a row is of.
struct Stretch {
    scope: &'static str,
    speaker: Option<SpeakerId>,
    utterance: Option<u32>,
    /// Joined one after the other.
    spans: Vec<Span>,
}

/// A line of names, then one for the recording, one for each speaker and one for each utterance.
fn table(clip: &AudioClip, analysis: &RecordingAnalysis, settings: &EgemapsSettings) -> Result<String, RecordingError> {
    let mut text = head();
    let mut extractor = EgemapsExtractor::new(clip.sample_rate(), settings);
    for stretch in stretches(clip, analysis) {
        let sound: ClipTime = stretch.spans.iter().map(|span| span.length()).sum();
        let measured = if sound > LONGEST {
            None
        } else {
            let samples = read(clip, &stretch.spans)?;
            let none = || Egemaps::undefined(UndefinedReason::NarrowBand);
            Some(extractor.as_mut().map_or_else(none, |extractor| extractor.measure(&samples)))
        };
        text.push_str(&row(analysis, &stretch, sound, measured.as_ref(), settings));
    }
    Ok(text)
}

fn head() -> String {
    let mut head: Vec<String> = ["scope", "speaker", "utterance", "start_s", "end_s", "sound_s", "convention", "gated"]
        .map(str::to_owned)
        .to_vec();
    head.extend(NAMES.iter().flat_map(|name| [(*name).to_owned(), format!("{name}_undefined")]));
    line(&head)
}

fn row(
    analysis: &RecordingAnalysis,
    stretch: &Stretch,
    sound: ClipTime,
    measured: Option<&Egemaps>,
    settings: &EgemapsSettings,
) -> String {
    let ends = stretch.spans.first().zip(stretch.spans.last());
    let mut row = vec![
        stretch.scope.to_owned(),
        stretch.speaker.map(|speaker| speaker.to_string()).unwrap_or_default(),
        stretch.utterance.map(|number| number.to_string()).unwrap_or_default(),
        ends.map(|(first, _)| seconds(first.start())).unwrap_or_default(),
        ends.map(|(_, last)| seconds(last.end())).unwrap_or_default(),
        seconds(sound),
        match settings.convention {
            Convention::OpenSmile => "opensmile",
            Convention::Corrected => "corrected",
        }
        .to_owned(),
        if analysis.quality.is_some() { "yes" } else { "no" }.to_owned(),
    ];
    for (index, name) in NAMES.iter().enumerate() {
        let allowed =
            |measure| analysis.quality.as_ref().map_or(Ok(()), |quality| quality.allows(measure, stretch.speaker));
        let value =
            measured.map(|measured| measured.values[index].where_allowed(measure_of(name).map_or(Ok(()), allowed)));
        row.extend(match value {
            Some(Measured::Value(value)) => [value.to_string(), String::new()],
            Some(Measured::Undefined(reason)) => [String::new(), reason.code().to_owned()],
            None => [String::new(), "too_long".to_owned()],
        });
    }
    line(&row)
}

/// What the quality gate is asked before a functional is told; nothing where no measure of it is like it.
fn measure_of(name: &str) -> Option<VoiceMeasure> {
    let begins = |beginnings: &[&str]| beginnings.iter().any(|beginning| name.starts_with(beginning));
    Some(match name {
        _ if begins(&[
            "F0semitone",
            "VoicedSegments",
            "MeanVoiced",
            "StddevVoiced",
            "MeanUnvoiced",
            "StddevUnvoiced",
        ]) =>
        {
            VoiceMeasure::Pitch
        }
        _ if begins(&["loudness", "equivalentSoundLevel"]) => VoiceMeasure::Level,
        _ if begins(&["jitter"]) => VoiceMeasure::Jitter,
        _ if begins(&["shimmer"]) => VoiceMeasure::Shimmer,
        _ if begins(&["HNR"]) => VoiceMeasure::Harmonicity,
        _ if begins(&["F1"]) => VoiceMeasure::Formant1,
        _ if begins(&["F2"]) => VoiceMeasure::Formant2,
        // The amplitude of the third formant is the other half of H1-A3.
        _ if begins(&["F3", "logRelF0-H1-A3"]) => VoiceMeasure::Formant3,
        _ if begins(&["spectralFlux", "mfcc", "logRelF0", "alphaRatio", "hammarberg", "slope"]) => {
            VoiceMeasure::Spectrum
        }
        _ => return None,
    })
}

fn stretches(clip: &AudioClip, analysis: &RecordingAnalysis) -> Vec<Stretch> {
    let whole = Span::clamped(ClipTime::ZERO, clip.duration());
    let mut stretches = vec![Stretch { scope: "recording", speaker: None, utterance: None, spans: vec![whole] }];
    if let Some(found) = &analysis.diarization {
        stretches.extend(found.speakers.iter().map(|speaker| Stretch {
            scope: "speaker",
            speaker: Some(speaker.id),
            utterance: None,
            spans: alone(found, speaker.id),
        }));
    }
    let spoken = analysis.transcript.iter().flat_map(|transcript| &transcript.utterances);
    stretches.extend(spoken.map(|spoken| Stretch {
        scope: "utterance",
        speaker: spoken.speaker,
        utterance: Some(spoken.utterance.id.0),
        spans: vec![spoken.utterance.span],
    }));
    stretches
}

/// The turns of `speaker` without what others talk over, in time order.
fn alone(found: &Diarization, speaker: SpeakerId) -> Vec<Span> {
    let mut spans = Vec::new();
    for turn in found.turns.iter().filter(|turn| turn.speaker == speaker) {
        let mut from = turn.span.start();
        let mut others: Vec<Span> = found
            .within(turn.span)
            .filter(|other| other.speaker != speaker)
            .filter_map(|other| other.span.intersection(turn.span))
            .collect();
        others.sort();
        for other in others {
            spans.push(Span::clamped(from, other.start()));
            from = from.max(other.end());
        }
        spans.push(Span::clamped(from, turn.span.end()));
    }
    spans.retain(|span| span.length() > ClipTime::ZERO);
    spans.sort();
    spans
}

/// The mean of all channels over the spans, one after the other.
fn read(clip: &AudioClip, spans: &[Span]) -> Result<Vec<f32>, RecordingError> {
    let mut samples = Vec::new();
    for span in spans {
        let read = clip.read_mean_span(*span);
        samples.extend(read.map_err(|error| StageError::new("egemaps", StageErrorKind::ReadSamples, error))?);
    }
    Ok(samples)
}

fn seconds(time: ClipTime) -> String {
    time.seconds().to_string()
}

/// No field holds text of a recording, so that none needs quotation marks.
fn line(fields: &[String]) -> String {
    format!("{}\r\n", fields.join(","))
}

#[cfg(test)]
mod tests;

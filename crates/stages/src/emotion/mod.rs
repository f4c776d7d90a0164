//! How it sounded to models of emotion: turns, or pieces of them, judged by one model or several.
//!
//! What comes out is what a model trained on some speech says, with its doubt, and nothing about what a person felt.
//! Methods, numbers and limits: `docs/methods/emotion.md`.

pub mod descriptors;
mod ensemble;
mod model;
mod segments;
mod settings;

pub use ensemble::together;
pub use model::{EmotionModel, Judgement};
pub use settings::{EmotionSettings, EmotionSettingsError};

use crate::network::kind_of;
use segments::Stretch;
use std::collections::BTreeMap;
use std::sync::Arc;
use voiceman_audio::Mono16k;
use voiceman_base::{
    ArousalLabel, BatchShape, Bytes, ClipTime, Cost, Diarization, EmotionAnalysis, EmotionReason, Measured,
    ModelIdentity, RecordingQuality, SegmentEmotion, SpeakerEmotion, SpeakerId, SpeechMap, Stage, StageError,
    StageErrorKind, StageIdentity, VoiceMeasure, Watch,
};

/// Name of the stage.
pub const STAGE: &str = "emotion";

/// Stretches that a model hears at once.
const AT_ONCE: usize = 16;

/// What results of this stage depend on.
pub fn identity(settings: &EmotionSettings, models: Vec<ModelIdentity>) -> StageIdentity {
    StageIdentity { id: STAGE, version: 1, settings: settings.digest(), models }
}

/// What the stage needs of a recording.
#[derive(Clone, Debug)]
pub struct EmotionInput {
    /// The sound.
    pub audio: Arc<Mono16k>,
    /// Where someone speaks.
    pub speech: Arc<SpeechMap>,
    /// Who speaks when, if speakers were told apart.
    pub diarization: Option<Arc<Diarization>>,
    /// What may be measured.
    pub quality: Arc<RecordingQuality>,
}

/// A model with its weight among others.
pub type Weighted = (f64, Box<dyn EmotionModel>);

/// The stage.
pub struct EmotionStage {
    models: Vec<Weighted>,
    settings: EmotionSettings,
}

/// A stretch with what every model needs of it to judge it.
type Heard = (usize, Vec<Vec<f64>>);

impl EmotionStage {
    /// A stage over these models, with their weights.
    ///
    /// # Errors
    /// When a setting cannot be worked with.
    pub fn new(models: Vec<Weighted>, settings: EmotionSettings) -> Result<EmotionStage, EmotionSettingsError> {
        settings.check()?;
        Ok(EmotionStage { models, settings })
    }

    fn recording(&mut self, input: &EmotionInput, watch: &dyn Watch) -> Result<EmotionAnalysis, StageError> {
        let diarization = input.diarization.as_deref();
        let mut segments = Vec::new();
        let mut open: Vec<(usize, Vec<f32>)> = Vec::new();
        let mut heard: Vec<Heard> = Vec::new();
        let total = input.audio.duration();
        for stretch in segments::stretches(&input.speech, diarization) {
            watch.check().map_err(|_| StageError::cancelled(STAGE))?;
            let read = |span| {
                let samples = input.audio.read_span(span);
                samples.map_err(|error| StageError::new(STAGE, StageErrorKind::ReadSamples, error).at(span))
            };
            let spans = match stretch.span.length().seconds() > self.settings.longest_piece_s {
                true => segments::pieces(stretch.span, &read(stretch.span)?, &self.settings),
                false => vec![stretch.span],
            };
            for span in spans {
                let piece = Stretch { span, ..stretch };
                let number = segments.len();
                let why = self.against(&piece, input).err();
                if why.is_none() {
                    open.push((number, read(span)?));
                }
                segments.push(SegmentEmotion {
                    turn: piece.turn,
                    speaker: piece.speaker,
                    span,
                    // What is heard gets its judgement below; what no model could judge keeps this.
                    sounded: Measured::Undefined(why.unwrap_or(EmotionReason::Unreadable)),
                });
            }
            if open.len() >= AT_ONCE {
                self.listen(&mut open, &mut segments, &mut heard, watch)?;
            }
            watch.progress(stretch.span.end(), total);
        }
        self.listen(&mut open, &mut segments, &mut heard, watch)?;
        self.judge(&heard, &mut segments);
        let facts = self.models.iter().map(|(_, model)| model.facts()).collect();
        let speakers = speakers(&segments);
        Ok(EmotionAnalysis { models: facts, segments, speakers })
    }

    /// What stands against judging a stretch.
    fn against(&self, piece: &Stretch, input: &EmotionInput) -> Result<(), EmotionReason> {
        segments::long_enough(piece.span, &self.settings)?;
        let quality = &input.quality;
        let own = quality.speakers.iter().find(|one| Some(one.speaker) == piece.speaker);
        let verdicts = own.map_or(&quality.verdicts, |own| &own.verdicts);
        let verdict = verdicts.iter().find(|verdict| verdict.measure == VoiceMeasure::Emotion);
        if !verdict.is_some_and(|verdict| verdict.bears()) {
            return Err(EmotionReason::Quality);
        }
        match segments::is_overlapped(piece, input.diarization.as_deref(), self.settings.most_overlapped) {
            true => Err(EmotionReason::Overlapped),
            false => Ok(()),
        }
    }

    /// Lets every model hear the open stretches.
    fn listen(
        &mut self,
        open: &mut Vec<(usize, Vec<f32>)>,
        segments: &mut [SegmentEmotion],
        heard: &mut Vec<Heard>,
        watch: &dyn Watch,
    ) -> Result<(), StageError> {
        let (numbers, mut sounds): (Vec<usize>, Vec<Vec<f32>>) = open.drain(..).unzip();
        let mut found: Vec<Result<Vec<Vec<f64>>, EmotionReason>> = vec![Ok(Vec::new()); numbers.len()];
        let mut begin = 0;
        while begin < numbers.len() {
            let left = numbers.len() - begin;
            let size = watch.next_batch(left.min(AT_ONCE)).map_err(|_| StageError::cancelled(STAGE))?.clamp(1, left);
            let batch: Vec<Vec<f32>> = sounds.drain(..size).collect();
            for (_, model) in &mut self.models {
                let answers = model.listen(&batch).map_err(|error| {
                    let kind = kind_of(&error, watch);
                    StageError { stage: STAGE, at: None, kind, source: Some(error) }
                })?;
                if answers.len() != batch.len() {
                    return Err(StageError {
                        stage: STAGE,
                        at: None,
                        kind: StageErrorKind::BadModelOutput,
                        source: None,
                    });
                }
                for (slot, answer) in found[begin..].iter_mut().zip(answers) {
                    match (slot.as_mut(), answer) {
                        (Ok(all), Measured::Value(values)) => all.push(values),
                        (Ok(_), Measured::Undefined(why)) => *slot = Err(why),
                        (Err(_), _) => {}
                    }
                }
            }
            begin += size;
        }
        for (number, found) in numbers.into_iter().zip(found) {
            match found {
                Ok(all) => heard.push((number, all)),
                Err(why) => segments[number].sounded = Measured::Undefined(why),
            }
        }
        Ok(())
    }

    /// Judges what was heard, voice by voice.
    fn judge(&self, heard: &[Heard], segments: &mut [SegmentEmotion]) {
        let mut voices: BTreeMap<Option<SpeakerId>, Vec<&Heard>> = BTreeMap::new();
        for one in heard {
            voices.entry(segments[one.0].speaker).or_default().push(one);
        }
        for (speaker, stretches) in voices {
            let judged: Vec<(f64, Vec<Judgement>)> = self
                .models
                .iter()
                .enumerate()
                .map(|(index, (weight, model))| {
                    let own: Vec<Vec<f64>> = stretches.iter().filter_map(|(_, all)| all.get(index)).cloned().collect();
                    (*weight, model.judge(&own, speaker.is_some()))
                })
                .collect();
            for (place, (number, _)) in stretches.iter().enumerate() {
                let said: Option<Vec<(f64, Judgement)>> =
                    judged.iter().map(|(weight, all)| Some((*weight, *all.get(place)?))).collect();
                if let Some(sounded) = said.and_then(|said| together(&said)) {
                    segments[*number].sounded = Measured::Value(sounded);
                }
            }
        }
    }
}

/// Speakers of whom something was measured, by number.
fn speakers(segments: &[SegmentEmotion]) -> Vec<SpeakerEmotion> {
    let mut found: BTreeMap<SpeakerId, SpeakerEmotion> = BTreeMap::new();
    for segment in segments {
        let (Some(speaker), Measured::Value(sounded)) = (segment.speaker, &segment.sounded) else { continue };
        let zero = ClipTime::ZERO;
        let one = found.entry(speaker).or_insert(SpeakerEmotion { speaker, measured: zero, high: zero, low: zero });
        let length = segment.span.length();
        one.measured = one.measured + length;
        match sounded.arousal {
            ArousalLabel::High => one.high = one.high + length,
            ArousalLabel::Low => one.low = one.low + length,
            ArousalLabel::Undetermined => {}
        }
    }
    found.into_values().collect()
}

impl Stage for EmotionStage {
    type Input = EmotionInput;
    type Output = EmotionAnalysis;

    fn identity(&self) -> StageIdentity {
        identity(&self.settings, self.models.iter().map(|(_, model)| model.facts().model).collect())
    }

    fn shape() -> BatchShape {
        // Sixteen stretches of ten seconds, one long turn of half an hour, and the frames of one stretch.
        BatchShape::recordings(Bytes::mebi(160))
    }

    fn cost(input: &EmotionInput) -> Cost {
        Cost { items: 1, audio: input.speech.speech_time() }
    }

    fn run(&mut self, batch: Vec<EmotionInput>, watch: &dyn Watch) -> Vec<Result<EmotionAnalysis, StageError>> {
        batch.iter().map(|input| self.recording(input, watch)).collect()
    }

    fn release_caches(&mut self) {
        self.models.iter_mut().for_each(|(_, model)| model.release_caches());
    }
}

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

use crate::network::{NetworkError, kind_of};
use segments::Stretch;
use std::collections::BTreeMap;
use std::sync::Arc;
use voiceman_audio::Mono16k;
use voiceman_base::{
    ArousalLabel, BatchShape, Bytes, ClipTime, Cost, Diarization, EmotionAnalysis, EmotionReason, Measured,
    ModelIdentity, RecordingQuality, SegmentEmotion, Span, SpeakerEmotion, SpeakerId, SpeechMap, Stage, StageError,
    StageErrorKind, StageIdentity, VoiceMeasure, Watch,
};

/// Name of the stage.
pub const STAGE: &str = "emotion";

/// Most stretches that a model hears at once: the specification's largest batch of this kind.
pub const AT_ONCE: usize = 32;

/// What results of this stage depend on.
pub fn identity(settings: &EmotionSettings, models: Vec<ModelIdentity>) -> StageIdentity {
    StageIdentity { id: STAGE, version: 3, settings: settings.digest(), models }
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

/// What a recording costs where batches are made of stretches: as many as it is cut into, or some more.
pub fn cost_in_stretches(input: &EmotionInput) -> Cost {
    let usual = EmotionSettings::default();
    let stretches = segments::stretches(&input.speech, input.diarization.as_deref());
    let pieces = |stretch: &Stretch| (stretch.span.length().seconds() / usual.longest_piece_s).ceil().max(1.0) as usize;
    Cost { items: stretches.iter().map(pieces).sum::<usize>().max(1), audio: input.speech.speech_time() }
}

/// A model with its weight among others.
pub type Weighted = (f64, Box<dyn EmotionModel>);

/// The stage.
pub struct EmotionStage {
    models: Vec<Weighted>,
    settings: EmotionSettings,
}

/// What every model needs of a stretch to judge it.
type Needed = Vec<Vec<f64>>;

/// A stretch with that.
type Heard = (usize, Needed);

/// A recording on its way.
struct Begun {
    /// All of it, each with what stands against judging it, until it is judged.
    segments: Vec<SegmentEmotion>,
    /// Which of them nothing stands against.
    open: Vec<usize>,
    /// What models heard in them.
    heard: Vec<Heard>,
}

impl EmotionStage {
    /// A stage over these models, with their weights.
    ///
    /// # Errors
    /// When a setting cannot be worked with.
    pub fn new(models: Vec<Weighted>, settings: EmotionSettings) -> Result<EmotionStage, EmotionSettingsError> {
        settings.check()?;
        Ok(EmotionStage { models, settings })
    }

    /// Cuts a recording into what is judged by itself.
    fn cut(&self, input: &EmotionInput, watch: &dyn Watch) -> Result<Begun, StageError> {
        let mut begun = Begun { segments: Vec::new(), open: Vec::new(), heard: Vec::new() };
        for stretch in segments::stretches(&input.speech, input.diarization.as_deref()) {
            watch.check().map_err(|_| StageError::cancelled(STAGE))?;
            let spans = match stretch.span.length().seconds() > self.settings.longest_piece_s {
                true => segments::pieces(stretch.span, &read(input, stretch.span)?, &self.settings),
                false => vec![stretch.span],
            };
            for span in spans {
                let piece = Stretch { span, ..stretch };
                let why = self.against(&piece, input).err();
                if why.is_none() {
                    begun.open.push(begun.segments.len());
                }
                begun.segments.push(SegmentEmotion {
                    turn: piece.turn,
                    speaker: piece.speaker,
                    span,
                    // What no model could judge, although nothing stood against it, keeps this.
                    sounded: Measured::Undefined(why.unwrap_or(EmotionReason::Unreadable)),
                });
            }
        }
        Ok(begun)
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

    /// Lets every model hear the open stretches of all recordings, as many at once as may be, whichever they are of.
    fn listen(
        &mut self,
        inputs: &[EmotionInput],
        begun: &mut [Result<Begun, StageError>],
        watch: &dyn Watch,
    ) -> Result<(), Failure> {
        let open: Vec<(usize, usize)> = begun
            .iter()
            .enumerate()
            .flat_map(|(recording, begun)| {
                let segments = begun.as_ref().map_or(&[][..], |begun| &begun.open);
                segments.iter().map(move |segment| (recording, *segment))
            })
            .collect();
        let total: ClipTime = inputs.iter().map(|input| input.audio.duration()).sum();
        let mut begin = 0;
        while begin < open.len() {
            let left = open.len() - begin;
            let size = watch.next_batch(left.min(AT_ONCE)).map_err(|_| Failure::Cancelled)?.clamp(1, left);
            let mut places = Vec::with_capacity(size);
            let mut sounds = Vec::with_capacity(size);
            for (recording, segment) in &open[begin..begin + size] {
                let Ok(of) = &begun[*recording] else { continue };
                match read(&inputs[*recording], of.segments[*segment].span) {
                    Ok(sound) => {
                        places.push((*recording, *segment));
                        sounds.push(sound);
                    }
                    Err(error) => begun[*recording] = Err(error),
                }
            }
            for ((recording, segment), answer) in places.into_iter().zip(self.hear(&sounds)?) {
                let Ok(of) = &mut begun[recording] else { continue };
                match answer {
                    Ok(all) => of.heard.push((segment, all)),
                    Err(why) => of.segments[segment].sounded = Measured::Undefined(why),
                }
            }
            begin += size;
            let (recording, segment) = open[begin - 1];
            let before: ClipTime = inputs[..recording].iter().map(|input| input.audio.duration()).sum();
            let done = begun[recording].as_ref().map_or(ClipTime::ZERO, |of| of.segments[segment].span.end());
            watch.progress(before + done, total);
        }
        Ok(())
    }

    /// What every model needs of each sound to judge it, in the order of the models.
    fn hear(&mut self, sounds: &[Vec<f32>]) -> Result<Vec<Result<Needed, EmotionReason>>, Failure> {
        let mut found: Vec<Result<Needed, EmotionReason>> = vec![Ok(Vec::new()); sounds.len()];
        for (_, model) in &mut self.models {
            let answers = model.listen(sounds).map_err(Failure::Network)?;
            if answers.len() != sounds.len() {
                return Err(Failure::BadOutput);
            }
            for (slot, answer) in found.iter_mut().zip(answers) {
                match (slot.as_mut(), answer) {
                    (Ok(all), Measured::Value(values)) => all.push(values),
                    (Ok(_), Measured::Undefined(why)) => *slot = Err(why),
                    (Err(_), _) => {}
                }
            }
        }
        Ok(found)
    }

    /// Judges what was heard of a recording.
    fn analysis(&self, mut begun: Begun) -> EmotionAnalysis {
        self.judge(&begun.heard, &mut begun.segments);
        let models = self.models.iter().map(|(_, model)| model.facts()).collect();
        let speakers = speakers(&begun.segments);
        EmotionAnalysis { models, segments: begun.segments, speakers }
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

/// What fails for all recordings of a batch.
enum Failure {
    Network(NetworkError),
    BadOutput,
    Cancelled,
}

impl Failure {
    fn error(&self, watch: &dyn Watch) -> StageError {
        match self {
            Failure::Network(error) => StageError::new(STAGE, kind_of(error, watch), error.to_string()),
            Failure::BadOutput => {
                StageError { stage: STAGE, at: None, kind: StageErrorKind::BadModelOutput, source: None }
            }
            Failure::Cancelled => StageError::cancelled(STAGE),
        }
    }
}

/// The sound of `span`.
fn read(input: &EmotionInput, span: Span) -> Result<Vec<f32>, StageError> {
    let samples = input.audio.read_span(span);
    samples.map_err(|error| StageError::new(STAGE, StageErrorKind::ReadSamples, error).at(span))
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
        // Thirty-two stretches of ten seconds, one long turn of half an hour, and the frames of one stretch.
        BatchShape::recordings(Bytes::mebi(176))
    }

    fn cost(input: &EmotionInput) -> Cost {
        Cost { items: 1, audio: input.speech.speech_time() }
    }

    fn run(&mut self, batch: Vec<EmotionInput>, watch: &dyn Watch) -> Vec<Result<EmotionAnalysis, StageError>> {
        let mut begun: Vec<_> = batch.iter().map(|input| self.cut(input, watch)).collect();
        match self.listen(&batch, &mut begun, watch) {
            Ok(()) => begun.into_iter().map(|begun| begun.map(|begun| self.analysis(begun))).collect(),
            Err(failure) => batch.iter().map(|_| Err(failure.error(watch))).collect(),
        }
    }

    fn release_caches(&mut self) {
        self.models.iter_mut().for_each(|(_, model)| model.release_caches());
    }
}

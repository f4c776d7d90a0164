//! What clustering starts from, for those who choose its settings or compare it with another.

use super::{DiarizeInput, DiarizeStage, SpeakerEmbedder, SpeakerSegmenter, Subject, voice_of};
use super::{pieces::Piece, turns::Clock};
use serde::Serialize;
use std::ops::Range;
use voiceman_base::{Span, StageError, Watch};

/// All that is said in a recording, in pieces of one voice each, before it is known whose.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Heard {
    /// In time order.
    pub pieces: Vec<HeardPiece>,
    /// Pairs of pieces, by their places in `pieces`, whose voices talk at the same time.
    pub apart: Vec<(usize, usize)>,
}

/// Something that one voice says.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct HeardPiece {
    /// The voice that is followed here from window to window; one person may be followed as several.
    pub track: usize,
    /// Where the voice talks.
    pub talking: Vec<Span>,
    /// The piece whose voice stands for that of this one, by its place: itself, or the closest one that has a voice.
    pub stands_for: Option<usize>,
    /// What its voice is like, if that could be described.
    pub voice: Option<HeardVoice>,
}

/// What a voice is like.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct HeardVoice {
    /// Embedding of length 1, `[dimensions]`, without the directions that the embedder says are no matter of the speaker.
    pub embedding: Vec<f32>,
    /// Sound that it was described by, in seconds.
    pub seconds: f64,
    /// Median pitch in hertz, to a semitone.
    pub pitch_hz: Option<f64>,
    /// The sound that it was described by, as ranges of samples at 16 kHz.
    pub samples: Vec<(u64, u64)>,
}

impl<S: SpeakerSegmenter, E: SpeakerEmbedder> DiarizeStage<S, E> {
    /// What clustering would start from. Channels are put together.
    ///
    /// # Errors
    /// As when the stage runs.
    pub fn heard(&mut self, input: &DiarizeInput, watch: &dyn Watch) -> Result<Heard, StageError> {
        let clock = self.clock(input);
        let band = self.band(input, watch).map_err(|failure| failure.error(watch))?;
        let mut subject = [Subject::whole(input, clock, band)];
        self.hear(&mut subject, watch).map_err(|failure| failure.error(watch))?;
        let [subject] = subject;
        let (with_voice, voices) = subject.voices_of_pieces();
        let place = |voice: usize| with_voice.get(voice).copied();
        let pieces = subject.pieces.iter().zip(&subject.voices).zip(&voices).map(|((piece, voice), stands_for)| {
            let voice = voice.as_ref().map(|voice| HeardVoice {
                embedding: voice.direction(),
                seconds: voice.weight,
                pitch_hz: voice.pitch_hz(),
                samples: samples_of(voice_of(piece, &self.settings, &clock), &clock),
            });
            HeardPiece {
                track: piece.track,
                talking: talking(piece, &clock),
                stands_for: stands_for.and_then(place),
                voice,
            }
        });
        let pieces = pieces.collect();
        let apart = subject.apart(&voices).into_iter().filter_map(|(a, b)| place(a).zip(place(b))).collect();
        Ok(Heard { pieces, apart })
    }
}

fn samples_of(ranges: &[Range<usize>], clock: &Clock) -> Vec<(u64, u64)> {
    ranges.iter().map(|frames| (clock.sample(frames.start), clock.sample(frames.end))).collect()
}

fn talking(piece: &Piece, clock: &Clock) -> Vec<Span> {
    piece.talking.iter().map(|frames: &Range<usize>| clock.span(frames)).collect()
}

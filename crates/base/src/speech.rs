//! Where someone speaks.

use crate::{ClipTime, Prob, Span};
use serde::{Deserialize, Serialize};

/// A stretch in which speech was found.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct SpeechRegion {
    /// When.
    pub span: Span,
    /// Mean speech probability over the stretch.
    pub speech: Prob,
}

/// All speech of a recording: sorted by start, disjoint.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Vec<SpeechRegion>", into = "Vec<SpeechRegion>")]
pub struct SpeechMap(Vec<SpeechRegion>);

/// Two regions overlap or stand in the wrong order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("speech region {index} starts before the one before it ends")]
pub struct SpeechMapError {
    /// Index of the later region.
    pub index: usize,
}

impl SpeechMap {
    /// A map of `regions`, which must be sorted and disjoint.
    pub fn new(regions: Vec<SpeechRegion>) -> Result<SpeechMap, SpeechMapError> {
        match regions.windows(2).position(|pair| pair[1].span.start() < pair[0].span.end()) {
            Some(index) => Err(SpeechMapError { index: index + 1 }),
            None => Ok(SpeechMap(regions)),
        }
    }

    /// The regions, sorted and disjoint.
    pub fn regions(&self) -> &[SpeechRegion] {
        &self.0
    }

    /// Whether nobody speaks.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How long speech lasts in all.
    pub fn speech_time(&self) -> ClipTime {
        self.0.iter().map(|region| region.span.length()).sum()
    }

    /// How much of `span` is speech.
    pub fn speech_within(&self, span: Span) -> ClipTime {
        self.0.iter().filter_map(|region| region.span.intersection(span)).map(Span::length).sum()
    }
}

impl TryFrom<Vec<SpeechRegion>> for SpeechMap {
    type Error = SpeechMapError;
    fn try_from(regions: Vec<SpeechRegion>) -> Result<SpeechMap, SpeechMapError> {
        SpeechMap::new(regions)
    }
}

impl From<SpeechMap> for Vec<SpeechRegion> {
    fn from(map: SpeechMap) -> Self {
        map.0
    }
}

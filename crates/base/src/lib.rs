//! Nouns and contracts: units, time, and the types that stages hand to one another.
//!
//! No I/O, no threads, no models. Someone who has read this crate and `voiceman::flow` knows the program.
//!
//! Three rules hold throughout. Time is integer microseconds ([`ClipTime`]). Absence has a reason
//! ([`Measured::Undefined`], [`Timing::Untimed`]). Same inputs, same id ([`ArtifactId`]).

mod acoustic;
mod analysis;
mod artifact;
mod assessment;
mod digest;
mod emotion;
mod event;
mod finding;
mod language;
mod measured;
mod median;
mod pattern;
mod quality;
mod quantity;
mod source;
mod speaker;
mod speech;
mod stage;
mod tempo;
mod time;
mod transcript;
mod units;
mod verdict;
mod voice;

pub use acoustic::{
    AcousticFeatures, Baseline, ContourPoint, MeasuredChannel, Pause, PitchAgreement, SyllableBasis, UtteranceAcoustics,
};
pub use analysis::{LexiconUsed, ModelUsed, ProducedBy, RecordingAnalysis};
pub use artifact::{Artifact, ArtifactId, IdHasher};
pub use assessment::{Assessment, CategoryScore, Contribution, Interval, PriorityLevel, ScoreWeights, Scored};
pub use digest::{Digest, ParseDigestError};
pub use emotion::{
    ArousalLabel, EmotionAccuracy, EmotionAnalysis, EmotionClass, EmotionCondition, EmotionDimensions, EmotionLabel,
    EmotionModelFacts, EmotionReason, ModelSaid, SegmentEmotion, Sounded, SpeakerEmotion,
};
pub use event::{
    DeviceFacts, DeviceReading, Event, EventSink, MachineReading, NoEvents, NoticeKind, QueueReading, RecordingKey,
};
pub use finding::{EvidenceRef, Finding, FindingId, FindingKind, MeasureRef};
pub use language::{LanguageCandidate, LanguageCode, LanguageVote, ParseLanguageError};
pub use measured::{Measured, UndefinedReason};
pub use median::median;
pub use pattern::{Family, PatternHit, PatternHitId, PatternStatus};
pub use quality::{
    Dropout, DropoutKind, Dropouts, Hum, Quality, QualityReason, RecordingQuality, SignalQuality, SpeakerQuality,
};
pub use quantity::{Usual, VoiceQuantity};
pub use source::{DecoderId, SourceFacts, SourceFile, SourceWarning, SourceWarningKind};
pub use speaker::{Diarization, Speaker, SpeakerBasis, SpeakerId, SpeakerNote, Turn, TurnDoubt, TurnId};
pub use speech::{SpeechMap, SpeechMapError, SpeechRegion};
pub use stage::{
    BatchShape, Cancelled, Cost, ModelIdentity, Precision, Stage, StageError, StageErrorKind, StageIdentity, Unwatched,
    Watch,
};
pub use tempo::{
    BaselineOf, ChangeSpan, ChangedQuantity, PauseTotals, PitchRange, PitchRangeBasis, Response, ResponseTimes,
    SpeakerAcoustics, Trend,
};
pub use time::{ClipTime, Span, SpanError};
pub use transcript::{
    AlignedTranscript, AlignedUtterance, Attribution, AttributionDoubt, Flag, Timing, Token, Transcript, UntimedReason,
    Utterance, UtteranceId, Word, WordId,
};
pub use units::{Bytes, Decibels, Hertz, Prob, ProbError};
pub use verdict::{Condition, Obstacle, Untold, Verdict, VoiceMeasure};
pub use voice::{Formant, FormantCeiling, FormantCeilingBasis, Jitter, Shimmer, VoiceMeasures, VoiceSpectrum};

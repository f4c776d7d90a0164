//! Inference: ONNX Runtime behind [`Session`] and [`Tensor`], the model compiler, the model store, and the networks
//! that implement the traits of the stages.

#![cfg_attr(test, allow(clippy::unwrap_used))]

mod accelerated;
mod bound;
pub mod checkpoint;
mod compile;
mod device;
mod emotion;
mod kernels;
pub mod korean;
#[rustfmt::skip]
mod onnx;
mod load;
mod pitch;
mod session;
mod silero;
mod speakers;
mod speech;
pub mod store;
mod whisper;

pub use accelerated::AcceleratedWhisper;
pub use compile::{
    CompileError, CompiledNetwork, CompiledWhisper, EmbeddingShape, RelativePositions, SegmentationShape,
    SpeakerSource, SpeechFile, SpeechOutputs, SpeechShape, SpeechSource, Target, WhisperShape, WhisperSource,
    compile_campplus, compile_segmentation, compile_speech, compile_whisper,
};
pub use device::{Device, DeviceChoice, DeviceError, SelfTest, UnknownDevice, load_runtime_for, self_test};
pub use emotion::{AcousticEmotion, EmotionModelError, SpeechEmotion};
pub use load::{
    LoadError, LoadedWhisper, compile_emotion, compile_model, load_accelerated, load_embedder, load_emotion,
    load_pitch, load_recogniser, load_runtime, load_segmenter, load_silero, load_vocabulary, load_whisper,
    model_identity, model_identity_on,
};
pub use pitch::SwiftF0;
pub use session::{InferError, Input, LOWEST_RUNTIME, Runtime, Session, SessionOptions, Tensor};
pub use silero::SileroVad;
pub use speakers::{Embedder, Segmenter};
pub use speech::{Batching, SpeechNetwork};
pub use whisper::{VocabularyError, Whisper, read_vocabulary};

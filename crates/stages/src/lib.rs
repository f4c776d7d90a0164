//! The pipeline: one module a stage, in the order data meets them. Pure: no threads, paths or devices.

#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod acoustics;
pub mod align;
pub mod attribute;
pub mod crosscheck;
pub mod diarize;
pub mod emotion;
pub mod language;
pub mod link;
pub mod network;
pub mod quality;
pub mod score;
pub mod settings;
pub mod transcribe;
pub mod vad;

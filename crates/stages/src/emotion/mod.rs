//! How it sounded to a model of emotion.

pub mod descriptors;

//! .
pub mod acoustics;
pub mod crosscheck;
pub mod language;
pub mod score;

//! What the sound itself says about what can be measured on it.

use crate::{Decibels, Hertz, Measured};
use serde::{Deserialize, Serialize};

/// Measures of a whole recording that need no model. Methods and limits: `docs/methods/quality.md`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct SignalQuality {
    /// Largest absolute sample of any channel, in dB relative to full scale; above 0 in formats that allow it.
    pub peak_dbfs: Measured<Decibels>,
    /// Mean of the samples of the channel in which it is furthest from 0, as a part of full scale.
    pub dc_offset: Measured<f64>,
    /// Share of clipped samples in `[0, 1]`, of the channel that is clipped most.
    pub clipped_share: Measured<f64>,
    /// Highest frequency that was recorded: the edge above which there is next to nothing, or half the sample rate where
    /// there is no such edge.
    pub bandwidth_hz: Measured<Hertz>,
}

//! A machine that exists only on paper: its own clock, memory, temperature and speed, from a script.
//!
//! It plays a run through on the [`Scheduler`](crate::schedule::Scheduler) that also drives real machines, in virtual
//! time: a night takes a moment, and the same script gives the same night.

mod machine;
mod script;

pub use machine::{Begun, Played, Told, play};
pub use script::{
    Script, SimulatedDevice, SimulatedEvent, SimulatedHeat, SimulatedPlace, SimulatedRecordings, SimulatedStage,
};

//! Physical quantities. Each is finite by construction: not-a-number never leaves the place where it arose.

use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! quantity {
    ($(#[$doc:meta])* $name:ident, $unit:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize, Deserialize)]
        #[serde(try_from = "f64", into = "f64")]
        pub struct $name(f64);

        impl $name {
            /// The quantity, or nothing when `value` is infinite or not a number.
            pub fn new(value: f64) -> Option<Self> {
                value.is_finite().then_some(Self(value))
            }

            /// The bare number.
            pub fn value(self) -> f64 {
                self.0
            }
        }

        impl TryFrom<f64> for $name {
            type Error = &'static str;
            fn try_from(value: f64) -> Result<Self, Self::Error> {
                Self::new(value).ok_or(concat!("not a finite number of ", $unit))
            }
        }

        impl From<$name> for f64 {
            fn from(quantity: $name) -> f64 {
                quantity.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:.*} {}", f.precision().unwrap_or(1), self.0, $unit)
            }
        }
    };
}

quantity!(
    /// A frequency.
    Hertz, "Hz"
);
quantity!(
    /// A level or a ratio of levels; what it refers to is said where it is used.
    Decibels, "dB"
);

/// A probability in `[0, 1]`.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Prob(f64);

/// A number outside `[0, 1]`, or not a number.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error("{0} is not a probability")]
pub struct ProbError(pub f64);

impl Prob {
    /// Impossible.
    pub const ZERO: Prob = Prob(0.0);
    /// Certain.
    pub const ONE: Prob = Prob(1.0);

    /// A probability; refuses what is outside `[0, 1]`.
    pub fn new(value: f64) -> Result<Prob, ProbError> {
        if (0.0..=1.0).contains(&value) { Ok(Prob(value)) } else { Err(ProbError(value)) }
    }

    /// Clamps rounding errors of a computation into `[0, 1]`; not-a-number becomes 0, the cautious side.
    pub fn saturating(value: f64) -> Prob {
        if value.is_nan() { Prob::ZERO } else { Prob(value.clamp(0.0, 1.0)) }
    }

    /// The bare number.
    pub fn value(self) -> f64 {
        self.0
    }
}

impl TryFrom<f64> for Prob {
    type Error = ProbError;
    fn try_from(value: f64) -> Result<Prob, ProbError> {
        Prob::new(value)
    }
}

impl From<Prob> for f64 {
    fn from(prob: Prob) -> f64 {
        prob.0
    }
}

/// An amount of memory or storage.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Bytes(u64);

impl Bytes {
    /// That many bytes.
    pub const fn new(bytes: u64) -> Bytes {
        Bytes(bytes)
    }

    /// That many mebibytes.
    pub const fn mebi(mebibytes: u64) -> Bytes {
        Bytes(mebibytes << 20)
    }

    /// The bare number of bytes.
    pub const fn get(self) -> u64 {
        self.0
    }
}

/// `1.5 MB`, decimal multiples.
impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            bytes if bytes < 1_000 => write!(f, "{bytes} B"),
            bytes if bytes < 1_000_000 => write!(f, "{:.1} kB", bytes as f64 / 1e3),
            bytes if bytes < 1_000_000_000 => write!(f, "{:.1} MB", bytes as f64 / 1e6),
            bytes => write!(f, "{:.1} GB", bytes as f64 / 1e9),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn not_a_number_is_no_quantity() {
        assert_eq!(Hertz::new(f64::NAN), None);
        assert!(Prob::new(f64::NAN).is_err());
        assert!(Prob::new(1.000_001).is_err());
        assert_eq!(Prob::saturating(f64::NAN), Prob::ZERO);
    }
}

//! Numbers as decimals with at most six digits after the point, never with an exponent; otherwise as `serde_json`
//! prints with two spaces of indentation.

use serde_json::ser::{Formatter, PrettyFormatter};
use std::io::{Result, Write};

/// Prints JSON for people, numbers as decimals.
pub(super) struct DecimalFormatter(PrettyFormatter<'static>);

impl DecimalFormatter {
    pub(super) fn new() -> DecimalFormatter {
        DecimalFormatter(PrettyFormatter::new())
    }
}

/// At most six digits after the point, at least one, so that a reader sees that it is not a whole number by nature.
fn decimal(value: f64) -> String {
    let text = format!("{value:.6}");
    let short = text.trim_end_matches('0');
    let short = if short.ends_with('.') { format!("{short}0") } else { short.to_owned() };
    if short == "-0.0" { "0.0".to_owned() } else { short }
}

impl Formatter for DecimalFormatter {
    fn write_f64<W: ?Sized + Write>(&mut self, writer: &mut W, value: f64) -> Result<()> {
        writer.write_all(decimal(value).as_bytes())
    }

    fn begin_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> Result<()> {
        self.0.begin_array(writer)
    }

    fn end_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> Result<()> {
        self.0.end_array(writer)
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> Result<()> {
        self.0.begin_array_value(writer, first)
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> Result<()> {
        self.0.end_array_value(writer)
    }

    fn begin_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> Result<()> {
        self.0.begin_object(writer)
    }

    fn end_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> Result<()> {
        self.0.end_object(writer)
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> Result<()> {
        self.0.begin_object_key(writer, first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> Result<()> {
        self.0.begin_object_value(writer)
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> Result<()> {
        self.0.end_object_value(writer)
    }
}

#[cfg(test)]
mod tests {
    use super::decimal;
    use proptest::prelude::*;

    #[test]
    fn decimals_have_no_exponent() {
        assert_eq!(decimal(0.000_001), "0.000001");
        assert_eq!(decimal(3.0), "3.0");
        assert_eq!(decimal(-0.000_000_1), "0.0");
        assert_eq!(decimal(86_400.123_456), "86400.123456");
    }

    proptest! {
        #[test]
        fn microseconds_round_trip(micros in 0_i64..400_000_000_000) {
            let read: f64 = decimal(micros as f64 / 1e6).parse().unwrap_or(f64::NAN);
            prop_assert_eq!((read * 1e6).round() as i64, micros);
        }
    }
}

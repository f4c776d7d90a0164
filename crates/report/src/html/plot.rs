//! Pitch and level as one drawing over a common time axis.

use super::Setting;
use crate::curves::time_ticks;
use crate::text::{clock, clock_span, fixed, seconds};
use crate::tree::{Curves, Panel};
use maud::{Markup, html};
use std::fmt::Write as _;
use voiceman_base::{ClipTime, Span};

const WIDTH: f64 = 960.0;
const LEFT: f64 = 58.0;
const RIGHT: f64 = 898.0;
const PITCH: (f64, f64) = (14.0, 134.0);
const LEVEL: (f64, f64) = (164.0, 264.0);
const HEIGHT: f64 = 304.0;

/// A drawing with its caption.
pub(super) fn figure(setting: Setting, curves: &Curves) -> Markup {
    let across = |time: ClipTime| across(curves.span, time);
    let name = format!("{}, {}: {}", curves.pitch.label, curves.level.label, clock_span(curves.span));
    html! {
        figure {
            svg.plot viewBox={ "0 0 " (number(WIDTH)) " " (number(HEIGHT)) } role="img" aria-label=(name)
                data-from=(seconds(curves.span.start())) data-to=(seconds(curves.span.end()))
                data-left=(number(LEFT)) data-right=(number(RIGHT)) data-width=(number(WIDTH)) {
                @for band in curves.bands.iter().filter_map(|band| band.intersection(curves.span)) {
                    rect.band x=(number(across(band.start()))) y=(number(PITCH.0))
                        width=(number((across(band.end()) - across(band.start())).max(1.0)))
                        height=(number(LEVEL.1 - PITCH.0)) {}
                }
                (panel(curves, &curves.pitch, PITCH, setting))
                (panel(curves, &curves.level, LEVEL, setting))
                @for time in time_ticks(curves.span) {
                    line.tick x1=(number(across(time))) x2=(number(across(time))) y1=(number(LEVEL.1)) y2=(number(LEVEL.1 + 5.0)) {}
                    text x=(number(across(time))) y=(number(LEVEL.1 + 18.0)) text-anchor="middle" { (mark(time)) }
                }
                text.axis x=(number(RIGHT)) y=(number(HEIGHT - 6.0)) text-anchor="end" { (setting.messages.time_axis) }
                line.head x1=(number(LEFT)) x2=(number(LEFT)) y1=(number(PITCH.0)) y2=(number(LEVEL.1)) {}
            }
            figcaption {
                (curves.caption)
                @if setting.sound { span.screen { " " (setting.messages.curves_click) } }
            }
        }
    }
}

fn panel(curves: &Curves, panel: &Panel, (top, bottom): (f64, f64), setting: Setting) -> Markup {
    let up = |value: f64| bottom - (value - panel.low) / (panel.high - panel.low) * (bottom - top);
    let step = panel.ticks.windows(2).map(|pair| pair[1] - pair[0]).next().unwrap_or(1.0);
    let digits = usize::from(step < 1.0);
    let mut path = String::new();
    for column in &panel.columns {
        // A stroke of no length with round ends is a dot.
        let x = number(across(curves.span, column.time));
        let _ = write!(path, "M{x} {}V{}", number(up(column.low)), number(up(column.high)));
    }
    html! {
        text.axis x=(number(LEFT)) y=(number(top - 4.0)) { (panel.label) }
        @for tick in &panel.ticks {
            line.grid x1=(number(LEFT)) x2=(number(RIGHT)) y1=(number(up(*tick))) y2=(number(up(*tick))) {}
            text x=(number(LEFT - 8.0)) y=(number(up(*tick) + 4.0)) text-anchor="end" { (fixed(*tick, digits)) }
        }
        @if !path.is_empty() { path.curve d=(path) {} }
        @if let Some(usual) = panel.usual {
            line.usual x1=(number(LEFT)) x2=(number(RIGHT)) y1=(number(up(usual))) y2=(number(up(usual))) {}
            text.usual x=(number(RIGHT + 6.0)) y=(number(up(usual) - 2.0)) { (setting.messages.usual) }
            text.usual x=(number(RIGHT + 6.0)) y=(number(up(usual) + 12.0)) { (fixed(usual, 1)) }
        }
    }
}

fn across(span: Span, time: ClipTime) -> f64 {
    let share = (time - span.start()).micros() as f64 / span.length().micros().max(1) as f64;
    LEFT + share.clamp(0.0, 1.0) * (RIGHT - LEFT)
}

/// A length in the drawing, to a tenth; never not-a-number, which would blank the whole drawing.
pub(super) fn number(value: f64) -> String {
    let text = fixed(if value.is_finite() { value } else { 0.0 }, 1);
    text.strip_suffix(".0").map(str::to_owned).unwrap_or(text)
}

/// A time on the axis: whole seconds without tenths.
pub(super) fn mark(time: ClipTime) -> String {
    let text = clock(time);
    text.strip_suffix(".0").map(str::to_owned).unwrap_or(text)
}

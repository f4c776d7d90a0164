//! Who speaks when, a row per speaker over a common time axis.

use super::Setting;
use super::blocks::colour;
use super::plot::{mark, number};
use crate::curves::time_ticks;
use crate::text::{clock_span, seconds};
use crate::tree::{TurnChart, TurnMark, TurnRow};
use maud::{Markup, html};
use std::fmt::Write as _;
use voiceman_base::{ClipTime, Span};

const WIDTH: f64 = 960.0;
const LEFT: f64 = 108.0;
const RIGHT: f64 = 926.0;
const TOP: f64 = 8.0;
const ROW: f64 = 28.0;

/// Turns closer than this cannot be told apart in the drawing and become one stroke, so that its size has a limit.
const LEAST_APART: f64 = 1.0;

/// A drawing with its caption.
pub(super) fn figure(setting: Setting, chart: &TurnChart) -> Markup {
    let bottom = TOP + ROW * chart.rows.len() as f64;
    let name = format!("{}: {}", setting.messages.turns_axis, clock_span(chart.span));
    html! {
        figure {
            svg.plot.turns viewBox={ "0 0 " (number(WIDTH)) " " (number(bottom + 40.0)) } role="img" aria-label=(name)
                data-from=(seconds(chart.span.start())) data-to=(seconds(chart.span.end()))
                data-left=(number(LEFT)) data-right=(number(RIGHT)) data-width=(number(WIDTH)) {
                @for (index, row) in chart.rows.iter().enumerate() {
                    (turns(chart.span, row, TOP + ROW * (index as f64 + 0.5)))
                }
                @for time in time_ticks(chart.span) {
                    @let x = number(across(chart.span, time));
                    line.tick x1=(x) x2=(x) y1=(number(bottom)) y2=(number(bottom + 5.0)) {}
                    text x=(x) y=(number(bottom + 18.0)) text-anchor="middle" { (mark(time)) }
                }
                text.axis x=(number(RIGHT)) y=(number(bottom + 34.0)) text-anchor="end" { (setting.messages.time_axis) }
                line.head x1=(number(LEFT)) x2=(number(LEFT)) y1=(number(TOP)) y2=(number(bottom)) {}
            }
            @if let Some(caption) = &chart.caption {
                figcaption {
                    (caption)
                    @if setting.sound { span.screen { " " (setting.messages.curves_click) } }
                }
            }
        }
    }
}

fn turns(span: Span, row: &TurnRow, middle: f64) -> Markup {
    let colour = row.speaker.id.map(colour).unwrap_or_default();
    html! {
        line.grid x1=(number(LEFT)) x2=(number(RIGHT)) y1=(number(middle)) y2=(number(middle)) {}
        text.axis x=(number(LEFT - 10.0)) y=(number(middle + 4.0)) text-anchor="end" { (row.speaker.label) }
        @for (class, doubtful) in [("turn", false), ("turn thin", true)] {
            @let path = strokes(span, row.turns.iter().filter(|turn| turn.doubtful == doubtful), middle);
            @if !path.is_empty() { path class={ (class) " " (colour) } d=(path) {} }
        }
    }
}

fn strokes<'a>(span: Span, turns: impl Iterator<Item = &'a TurnMark>, middle: f64) -> String {
    let mut strokes: Vec<(f64, f64)> = Vec::new();
    for turn in turns.filter_map(|turn| turn.span.intersection(span)) {
        let (from, to) = (across(span, turn.start()), across(span, turn.end()));
        match strokes.last_mut() {
            Some((_, end)) if from < *end + LEAST_APART => *end = end.max(to),
            _ => strokes.push((from, to.max(from + LEAST_APART))),
        }
    }
    let mut path = String::new();
    for (from, to) in strokes {
        let _ = write!(path, "M{} {}H{}", number(from), number(middle), number(to));
    }
    path
}

fn across(span: Span, time: ClipTime) -> f64 {
    let share = (time - span.start()).micros() as f64 / span.length().micros().max(1) as f64;
    LEFT + share.clamp(0.0, 1.0) * (RIGHT - LEFT)
}

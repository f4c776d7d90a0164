//! Review priority with every contribution.

use super::Setting;
use super::blocks::speaker;
use super::table::place_link;
use crate::text::{clock_span, fixed};
use crate::tree::{CategoryEntry, PriorityEntry};
use maud::{Markup, html};

pub(super) fn priority(setting: Setting, entry: &PriorityEntry) -> Markup {
    let messages = setting.messages;
    let interval = (messages.priority_interval)(&fixed(entry.interval.0, 1), &fixed(entry.interval.1, 1));
    let sum = fixed(entry.points_sum, 2);
    let adds_up = if entry.points_sum > entry.priority + 0.005 {
        (messages.priority_capped)(&sum)
    } else {
        (messages.priority_sum)(&sum, &fixed(entry.priority, 2))
    };
    html! {
        div.priority {
            p.score {
                span.value { (fixed(entry.priority, 1)) } " " span.of { (messages.priority_of_100) } " "
                strong.level { (entry.level_word) }
            }
            (scale(entry))
            p { (interval) " " (messages.levels_explained) }
            p { (messages.priority_help) }
        }
        div.scroll {
            table.categories {
                caption { (messages.priority_label) }
                thead { tr {
                    th scope="col" { (messages.category) }
                    th scope="col" { (messages.weight) }
                    th scope="col" { (messages.points) }
                    th scope="col" { (messages.interval) }
                    th scope="col" { (messages.contributions) }
                } }
                tbody { @for category in &entry.categories { (row(setting, category)) } }
                tfoot { tr {
                    th scope="row" colspan="2" { (messages.case_total) }
                    td.number { (sum) }
                    td.number {}
                    td { (adds_up) }
                } }
            }
        }
    }
}

/// The priority on a line from 0 to 100 with its range; the numbers stand beside it.
fn scale(entry: &PriorityEntry) -> Markup {
    let at = |value: f64| fixed(if value.is_finite() { value.clamp(0.0, 100.0) * 4.0 } else { 0.0 }, 1);
    let (low, high) = (entry.interval.0.min(entry.interval.1), entry.interval.0.max(entry.interval.1));
    html! {
        svg.scale viewBox="-12 0 424 30" aria-hidden="true" focusable="false" {
            line.rail x1="0" x2="400" y1="10" y2="10" {}
            @for mark in [0.0, 20.0, 40.0, 60.0, 80.0, 100.0] {
                line.tick x1=(at(mark)) x2=(at(mark)) y1="5" y2="15" {}
                text x=(at(mark)) y="27" text-anchor="middle" { (fixed(mark, 0)) }
            }
            line.range x1=(at(low)) x2=(at(high)) y1="10" y2="10" {}
            circle cx=(at(entry.priority)) cy="10" r="5" {}
        }
    }
}

fn row(setting: Setting, category: &CategoryEntry) -> Markup {
    let messages = setting.messages;
    html! {
        tr {
            th scope="row" { (category.name) }
            td.number { @if let Some(weight) = category.weight { (fixed(weight, 2)) } @else { "–" } }
            td.number { (fixed(category.points, 2)) }
            td.number { (fixed(category.interval.0, 1)) "–" (fixed(category.interval.1, 1)) }
            td {
                @if category.contributions.is_empty() { span.reason { (messages.no_contributions) } }
                @else {
                    ul.contributions {
                        @for contribution in &category.contributions {
                            li {
                                a href={ "#f" (contribution.finding.0) } { (contribution.heading) }
                                @if let Some(tag) = &contribution.speaker { " " (speaker(tag)) }
                                @if let Some(place) = &contribution.place {
                                    " " (place_link(setting, place, &clock_span(place.span)))
                                }
                                " " span.points { (fixed(contribution.points, 2)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

//! Facts, tables and links to places.

use super::Setting;
use crate::text::{clock_span, grouped, seconds};
use crate::tree::{Cell, CellKind, Fact, Place, Table};
use maud::{Markup, html};

/// Longer tables scroll in a window of their own on a screen; in print they are whole.
const LONG_TABLE: usize = 40;

/// A link that plays a place, or leads to its utterance where there is no sound.
pub(crate) fn place_link(setting: Setting, place: &Place, text: &str) -> Markup {
    let target = place.utterance.map_or_else(|| "#curves".to_owned(), |id| format!("#u{}", id.0));
    let label = (setting.messages.play_from)(text);
    html! {
        a.at href=(target) data-from=(seconds(place.span.start())) title=(samples(setting, place))
            aria-label=[setting.sound.then_some(label)] { (text) }
    }
}

/// First and last sample of a place, in words.
pub(crate) fn samples(setting: Setting, place: &Place) -> String {
    let range = (setting.messages.samples_range)(&grouped(place.first_sample), &grouped(place.end_sample));
    format!("{}, {range}", clock_span(place.span))
}

fn value(setting: Setting, cell: &Cell) -> Markup {
    html! {
        @match (&cell.place, cell.kind) {
            (Some(place), _) => (place_link(setting, place, &cell.text)),
            (None, CellKind::Code) => code { bdi { (cell.text) } },
            (None, CellKind::Text) => bdi { (cell.text) },
            (None, CellKind::Number) => (cell.text),
            (None, CellKind::Reason) => span.reason { (cell.text) },
        }
    }
}

pub(crate) fn facts(setting: Setting, facts: &[Fact]) -> Markup {
    html! {
        dl.facts {
            @for fact in facts {
                div { dt { (fact.label) } dd { (value(setting, &fact.value)) } }
            }
        }
    }
}

pub(crate) fn table(setting: Setting, table: &Table) -> Markup {
    html! {
        div.scroll.long[table.rows.len() > LONG_TABLE] {
            table {
                @if !table.caption.is_empty() { caption { (table.caption) } }
                thead { tr { @for head in &table.head { th scope="col" { (head) } } } }
                tbody {
                    @for row in &table.rows {
                        tr { @for cell in row { td class=[class(cell.kind)] { (value(setting, cell)) } } }
                    }
                }
            }
        }
    }
}

fn class(kind: CellKind) -> Option<&'static str> {
    (kind == CellKind::Number).then_some("number")
}

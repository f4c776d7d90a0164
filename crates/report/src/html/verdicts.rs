//! What may be measured: a row per measure, a column per group of people.

use super::Setting;
use crate::tree::{VerdictRow, VerdictTable};
use maud::{Markup, html};

pub(super) fn table(setting: Setting, table: &VerdictTable) -> Markup {
    let words = setting.messages.quality;
    html! {
        div.scroll {
            table.verdicts {
                caption { (table.caption) }
                thead { tr {
                    th scope="col" { (words.measure) }
                    @for whose in &table.whose { th scope="col" { (whose) } }
                    th scope="col" { (words.against) }
                } }
                tbody { @for row in &table.rows { (verdict(setting, row)) } }
            }
        }
    }
}

fn verdict(setting: Setting, row: &VerdictRow) -> Markup {
    let words = setting.messages.quality;
    html! {
        tr {
            th scope="row" { (row.measure) }
            @for bears in &row.bears {
                @match bears {
                    Some(true) => td.bears { (words.yes) },
                    Some(false) => td.bears-not { (words.no) },
                    None => td { "–" },
                }
            }
            td {
                @if row.against.is_empty() {
                    span.reason { (words.nothing_against) }
                } @else {
                    ul.against { @for against in &row.against { li { (against) } } }
                }
            }
        }
    }
}

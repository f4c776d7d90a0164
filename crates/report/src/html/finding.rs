//! Findings: heading, sound, words in context, measures, plot.

use super::blocks::speaker;
use super::table::{facts, place_link};
use super::{Setting, plot};
use crate::text::{clock_span, fixed, grouped, seconds, signed};
use crate::tree::{EvidenceEntry, FindingGroup, MeasureRow, QuotedWord, SpeakerTag};
use maud::{Markup, html};

pub(super) fn findings(setting: Setting, groups: &[FindingGroup]) -> Markup {
    html! { @for group in groups { (card(setting, group)) } }
}

fn card(setting: Setting, group: &FindingGroup) -> Markup {
    let rows: Vec<&MeasureRow> = group.findings.iter().flat_map(|finding| &finding.measures).collect();
    html! {
        article.finding.warning[group.findings.iter().any(|finding| finding.warning)] {
            @for finding in &group.findings {
                h3 id={ "f" (finding.id.0) } {
                    (finding.heading)
                    @if let Some(tag) = &finding.speaker { " " (speaker(tag)) }
                }
                p {
                    (finding.explanation) " "
                    span.strength { (setting.messages.strength) " " (fixed(finding.strength, 2)) }
                }
            }
            @for evidence in &group.evidence { (place(setting, evidence)) }
            @if !rows.is_empty() { (measures(setting, &rows)) }
            @for evidence in &group.evidence {
                @if let Some(curves) = &evidence.curves { (plot::figure(setting, curves)) }
                @if !evidence.facts.is_empty() { (facts(setting, &evidence.facts)) }
            }
        }
    }
}

fn place(setting: Setting, evidence: &EvidenceEntry) -> Markup {
    let messages = setting.messages;
    let span = clock_span(evidence.place.span);
    let range = (messages.samples_range)(&grouped(evidence.place.first_sample), &grouped(evidence.place.end_sample));
    html! {
        p.where {
            @if setting.sound {
                button.play type="button" data-from=(seconds(evidence.listen.start()))
                    data-until=(seconds(evidence.listen.end())) aria-label=((messages.play_with_context)(&span)) {
                    span.icon aria-hidden="true" {} (messages.play)
                }
            }
            (place_link(setting, &evidence.place, &span))
            span.samples { (range) }
        }
        blockquote {
            @if let Some(before) = &evidence.before {
                p.context { span.side { (messages.context_before) } (said_by(&evidence.before_speaker)) bdi { (before) } }
            }
            p.quote dir="auto" {
                (said_by(&evidence.quote_speaker))
                @for word in &evidence.quote { @if !word.joined { " " } (quoted(word)) }
            }
            @if let Some(after) = &evidence.after {
                p.context { span.side { (messages.context_after) } (said_by(&evidence.after_speaker)) bdi { (after) } }
            }
        }
    }
}

fn said_by(tag: &Option<SpeakerTag>) -> Markup {
    html! { @if let Some(tag) = tag { (speaker(tag)) " " } }
}

fn quoted(word: &QuotedWord) -> Markup {
    let class = word.doubtful.then_some("w doubt");
    html! {
        @if word.marked { mark class=[class] { (word.text) } } @else { span class=[class] { (word.text) } }
    }
}

fn measures(setting: Setting, rows: &[&MeasureRow]) -> Markup {
    let messages = setting.messages;
    html! {
        div.scroll {
            table.measures {
                caption { (messages.measured_here) }
                thead { tr {
                    th scope="col" { (messages.quantity) }
                    th scope="col" { (messages.value_here) }
                    th scope="col" { (messages.value_usual) }
                    th scope="col" { (messages.difference) }
                } }
                tbody {
                    @for row in rows {
                        tr {
                            td { (row.label) }
                            td.number { (fixed(row.value, row.digits)) }
                            td.number { (fixed(row.usual, row.digits)) " (" (row.usual_of) ")" }
                            td.number { (signed(row.value - row.usual, row.digits)) }
                        }
                    }
                }
            }
        }
    }
}

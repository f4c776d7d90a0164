//! One function per kind of block.

use super::table::{facts, place_link, table};
use super::{Setting, finding, plot, priority, turns, verdicts};
use crate::text::{clock, seconds};
use crate::tree::{Block, Evidence, Line, SpeakerTag, Statement, Weight, WordMark};
use maud::{Markup, html};
use voiceman_base::SpeakerId;

pub(super) fn block(setting: Setting, block: &Block) -> Markup {
    match block {
        Block::Statements(list) => statements(setting, list),
        Block::Facts(list) => facts(setting, list),
        Block::Table(content) => table(setting, content),
        Block::Verdicts(verdicts) => verdicts::table(setting, verdicts),
        Block::Turns(chart) => turns::figure(setting, chart),
        Block::Conversation(lines) => conversation(setting, lines),
        Block::Curves(curves) => plot::figure(setting, curves),
        Block::Findings(entries) => finding::findings(setting, entries),
        Block::Priority(entry) => priority::priority(setting, entry),
        Block::Heading(text) => html! { h3.part { (text) } },
        Block::Fold(fold) => html! {
            details.fold { summary { (fold.summary) } @for inner in &fold.blocks { (self::block(setting, inner)) } }
        },
    }
}

/// Sentences; one alone is a paragraph.
pub(crate) fn statements(setting: Setting, list: &[Statement]) -> Markup {
    html! {
        ul.statements {
            @for statement in list {
                li.caution[statement.weight == Weight::Caution] {
                    (statement.text)
                    @if let Evidence::Places { listed, total } = &statement.evidence {
                        span.places {
                            @for place in listed { " " (place_link(setting, place, &clock(place.span.start()))) }
                            @if *total > listed.len() { " " ((setting.messages.and_more)(total - listed.len())) }
                        }
                    }
                }
            }
        }
    }
}

/// What the marks on words mean. Each is told apart by its shape, not by colour alone.
pub(super) fn legend(setting: Setting, lines: &[Line]) -> Markup {
    let speakers = lines.iter().any(|line| line.speaker.is_some());
    let messages = setting.messages;
    html! {
        @if setting.sound { p.help.screen { (messages.conversation_help) } }
        ul.legend aria-label=(messages.legend) {
            li { span.w.doubt { (messages.sample_word) } (messages.mark_doubtful) }
            li { span.w.between { (messages.sample_word) } (messages.mark_interpolated) }
            li { span.w.untimed { (messages.sample_word) } (messages.mark_untimed) }
            @if speakers { li { span.w.whose { (messages.sample_word) } (messages.mark_whose) } }
            li { span.w.found { (messages.sample_word) } (messages.mark_finding) }
        }
    }
}

fn conversation(setting: Setting, lines: &[Line]) -> Markup {
    html! { ol.conversation #words { @for entry in lines { (line(setting, entry)) } } }
}

fn line(setting: Setting, line: &Line) -> Markup {
    let messages = setting.messages;
    let time = clock(line.place.span.start());
    let number = (messages.utterance)(line.utterance.0.saturating_add(1));
    html! {
        li.line.told[line.speaker.is_some()] id={ "u" (line.utterance.0) } data-from=(seconds(line.place.span.start()))
            data-to=(seconds(line.place.span.end())) {
            @if setting.sound {
                button.start type="button" data-from=(seconds(line.place.span.start()))
                    aria-label={ (number) ". " ((messages.play_from)(&time)) } { (time) }
            } @else {
                span.start title=(number) { (time) }
            }
            @if let Some(tag) = &line.speaker { (speaker(tag)) }
            div {
                p.words lang=(line.language) dir="auto" {
                    @for mark in &line.words {
                        @if !mark.joined { " " }
                        (word(mark))
                    }
                }
                @if line.other_language.is_some() || !line.notes.is_empty() || !line.findings.is_empty() {
                    p.notes {
                        @if let Some(language) = &line.other_language { span { ((messages.in_language)(language)) } }
                        @if !line.notes.is_empty() {
                            span.flag { (messages.listen_because) ": " (line.notes.join("; ")) }
                        }
                        @for finding in &line.findings {
                            a href={ "#f" (finding.0) } { ((messages.finding_link)(finding.0.saturating_add(1))) }
                        }
                    }
                }
            }
        }
    }
}

/// The name of a speaker, with a colour of its own beside it.
pub(super) fn speaker(tag: &SpeakerTag) -> Markup {
    let class = match tag.id {
        Some(id) => format!("speaker {}", colour(id)),
        None => "speaker unknown".to_owned(),
    };
    html! { span class=(class) { (tag.label) } }
}

/// The class that gives a speaker one of six colours; the name tells apart those that share one.
pub(super) fn colour(id: SpeakerId) -> String {
    format!("s{}", id.0 % 6)
}

/// A word. It is no button of its own: a page of thirty thousand buttons could not be read aloud. Keys reach it through
/// the script; the utterance's button comes first.
fn word(mark: &WordMark) -> Markup {
    let mut classes = "w".to_owned();
    if mark.doubtful {
        classes.push_str(" doubt");
    }
    match mark.span {
        None => classes.push_str(" untimed"),
        Some(_) if mark.interpolated => classes.push_str(" between"),
        Some(_) => {}
    }
    if mark.whose {
        classes.push_str(" whose");
    }
    if mark.in_finding {
        classes.push_str(" found");
    }
    let title = (!mark.notes.is_empty()).then(|| mark.notes.join("; "));
    html! {
        span class=(classes) title=[title] data-s=[mark.span.map(|span| seconds(span.start()))]
            data-e=[mark.span.map(|span| seconds(span.end()))] { (mark.text) }
    }
}

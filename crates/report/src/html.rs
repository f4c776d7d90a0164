//! The report as one page: no network, no file beside it. Content comes from the tree alone.

mod blocks;
mod finding;
pub(crate) mod page;
mod plot;
mod priority;
mod table;
mod turns;
mod verdicts;

pub(crate) use blocks::statements;
pub(crate) use table::table;

use crate::messages::{Messages, messages};
use crate::text::clock;
use crate::tree::{Block, Report};
use crate::{ReportLanguage, base64, build};
use maud::{Markup, html};
use page::{Page, SCRIPT};
use voiceman_base::RecordingAnalysis;

/// What the renderers of blocks need besides the block.
#[derive(Clone, Copy)]
pub(crate) struct Setting {
    pub messages: &'static Messages,
    /// The page holds the sound.
    pub sound: bool,
}

/// The report on one recording as a page that works offline.
///
/// `listening_copy` is the recording as Ogg Opus; it is embedded, so that a click plays its place. Without it the page
/// says so and links lead to the text only.
pub fn html(analysis: &RecordingAnalysis, language: ReportLanguage, listening_copy: Option<&[u8]>) -> String {
    render(&build(analysis, language), listening_copy)
}

/// Renders a report tree.
fn render(report: &Report, listening_copy: Option<&[u8]>) -> String {
    let messages = messages(report.language);
    let setting = Setting { messages, sound: listening_copy.is_some() };
    let body = html! {
        (page::head_matter(messages, &report.title, Some(&report.source.name), &report.tool))
        div.frame {
            (contents(report, messages))
            main #report tabindex="-1" {
                @for section in &report.sections {
                    section id=(section.id.anchor()) aria-labelledby={ (section.id.anchor()) "-h" } {
                        h2 id={ (section.id.anchor()) "-h" } { (section.heading) }
                        @for block in &section.blocks {
                            @if let Block::Conversation(lines) = block { (blocks::legend(setting, lines)) }
                            (blocks::block(setting, block))
                        }
                    }
                }
            }
        }
        (player(report, setting, listening_copy))
    };
    page::render(Page {
        language: report.language,
        title: &format!("{} · {}", report.source.name, report.title),
        body,
        script: Some(SCRIPT),
    })
}

fn contents(report: &Report, messages: &Messages) -> Markup {
    html! {
        nav.contents aria-label=(messages.contents) {
            p.contents-title { (messages.contents) }
            ol {
                @for section in &report.sections {
                    li { a href={ "#" (section.id.anchor()) } { (section.heading) } }
                }
            }
        }
    }
}

fn player(report: &Report, setting: Setting, listening_copy: Option<&[u8]>) -> Markup {
    let messages = setting.messages;
    html! {
        @match listening_copy {
            None => footer.player.silent { p { (messages.no_sound) } },
            Some(sound) => footer.player role="region" aria-label=(messages.player) {
                audio #sound preload="auto" src={ "data:audio/ogg;base64," (base64::encode(sound)) } {}
                button #toggle type="button" data-play=(messages.play) data-pause=(messages.pause)
                    aria-label=(messages.play) { span.icon aria-hidden="true" {} }
                output #now { "0:00.0" }
                input #seek type="range" min="0" step="0.1" value="0"
                    max=(crate::text::seconds(report.source.duration)) aria-label=(messages.position);
                span.total { (clock(report.source.duration)) }
                label { span { (messages.speed) }
                    select #speed {
                        @for (rate, shown) in [("0.5", "0.5×"), ("0.75", "0.75×"), ("1", "1×"), ("1.25", "1.25×"), ("1.5", "1.5×")] {
                            option value=(rate) selected[rate == "1"] { (shown) }
                        }
                    }
                }
                label.follow { input #follow type="checkbox" checked; span { (messages.follow) } }
                span.keys title=(messages.keys_help) aria-label=(messages.keys_help) role="note" { "?" }
            }
        }
    }
}

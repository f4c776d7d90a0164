//! The frame of every page: head, content security policy, styles, script.
//!
//! The policy allows nothing but the page's own style and script, named by their digests, and sound inside the page.

use crate::messages::Messages;
use crate::{ReportLanguage, base64};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use voiceman_base::Digest;

/// Style of all pages.
pub(crate) const STYLE: &str = include_str!("../../assets/report.css");
/// Script of the recording's page.
pub(crate) const SCRIPT: &str = include_str!("../../assets/report.js");

/// What a page is made of.
pub(crate) struct Page<'a> {
    pub language: ReportLanguage,
    pub title: &'a str,
    pub body: Markup,
    pub script: Option<&'static str>,
}

/// The whole page.
pub(crate) fn render(page: Page<'_>) -> String {
    let digest = |text: &str| format!("'sha256-{}'", base64::encode(Digest::of(text.as_bytes()).as_bytes()));
    let script_policy = page.script.map_or_else(|| "'none'".to_owned(), digest);
    let policy = format!(
        "default-src 'none'; script-src {script_policy}; style-src {}; media-src data:; base-uri 'none'; form-action 'none'",
        digest(STYLE)
    );
    let markup = html! {
        (DOCTYPE)
        html lang=(page.language.code()) {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="referrer" content="no-referrer";
                meta name="color-scheme" content="light dark";
                title { (page.title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                (page.body)
                @if let Some(script) = page.script { script { (PreEscaped(script)) } }
            }
        }
    };
    markup.into_string()
}

/// Title, subject and the draft mark.
pub(crate) fn head_matter(messages: &Messages, title: &str, subject: Option<&str>, tool: &str) -> Markup {
    html! {
        a.skip href="#report" { (messages.skip_to_content) }
        header.head {
            div {
                h1 { (title) }
                @if let Some(subject) = subject { p.subject { bdi { (subject) } } }
                p.tool { ((messages.made_by)(tool)) }
            }
            div.draft { strong { (messages.draft) } span { (messages.draft_long) } }
        }
    }
}

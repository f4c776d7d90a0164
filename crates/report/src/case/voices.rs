//! Voices across the recordings of a case: who sounds like whom, what a person said of it, and what is then usual of a
//! voice over the case.

use super::relative_link;
use crate::messages::{CaseVoiceMessages, Messages};
use crate::text::{clock, fixed, grouped, percent_to_tenth, signed, visible};
use maud::{Markup, html};
use voiceman_base::{ClipTime, Measured, Usual, UtteranceId};

/// Most utterances listed of one voice; the recordings' own reports have all.
const MAX_RAISED: usize = 60;

/// What was compared across recordings.
#[derive(Clone, Debug, PartialEq)]
pub struct CaseVoices {
    /// The model that voices were compared by.
    pub model: String,
    /// People that its errors were measured on.
    pub people: u32,
    /// Pairs of recordings of one person among them.
    pub pairs_of_one: u32,
    /// Pairs of recordings of different people among them.
    pub pairs_of_two: u32,
    /// Pairs that are less similar are not listed.
    pub least_similarity: f64,
    /// The most similar first.
    pub proposals: Vec<CaseProposal>,
    /// Speakers who were compared with nobody, and why, by the names used in files.
    pub not_compared: Vec<(CaseVoice, Vec<String>)>,
    /// Decisions on analyses that are no longer those of the case.
    pub earlier_decisions: usize,
    /// What is usual over the case, of voices that a person took for one.
    pub baselines: Vec<CaseBaseline>,
}

/// A speaker of a recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseVoice {
    /// File name of the recording.
    pub recording: String,
    /// `SPEAKER_00`.
    pub speaker: String,
    /// Where the recording's own report is, from the folder of the case report.
    pub page: Option<String>,
    /// An utterance to hear the speaker by.
    pub utterance: Option<UtteranceId>,
}

/// Two speakers who sound alike.
#[derive(Clone, Debug, PartialEq)]
pub struct CaseProposal {
    /// Names the pair on the command line.
    pub id: String,
    /// One of them.
    pub first: CaseVoice,
    /// The other.
    pub second: CaseVoice,
    /// Cosine of their mean embeddings.
    pub similarity: f64,
    /// Share of the measured pairs of different people that were at least so similar.
    pub false_alarm: f64,
    /// The same of the two people most often so similar.
    pub worst_false_alarm: f64,
    /// Share of the measured pairs of one person that were less similar.
    pub miss: f64,
    /// What a person said; nothing where nobody has decided.
    pub decision: Option<CaseDecision>,
}

/// What a person said of a pair.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseDecision {
    /// The person takes both for one; otherwise for two.
    pub confirmed: bool,
    /// Who decided, if that was said.
    pub by: Option<String>,
    /// When, if that is known.
    pub at: Option<String>,
}

/// What is usual over the case, of voices that a person took for one.
#[derive(Clone, Debug, PartialEq)]
pub struct CaseBaseline {
    /// Each voice with what is usual in its own recording.
    pub voices: Vec<(CaseVoice, Measured<Usual>)>,
    /// What is usual over all of them; nothing where other decisions take two of them for different people.
    pub pitch: Option<Measured<Usual>>,
    /// Utterances that are raised over it, in the order of the recordings and in time order.
    pub raised: Vec<CaseRaised>,
    /// The findings of wording with raised voice in the recordings, in that order too.
    pub findings: Vec<CaseFinding>,
}

/// A finding of wording with raised voice, which rests on one recording, held against what is usual over the case.
#[derive(Clone, Debug, PartialEq)]
pub struct CaseFinding {
    /// Whose; leads to the utterance.
    pub voice: CaseVoice,
    /// When in its recording.
    pub start: ClipTime,
    /// Whether the level is raised in its recording. Over recordings it is not compared.
    pub level: bool,
    /// Whether the pitch is.
    pub pitch: bool,
    /// Pitch over what is usual over the case, as a fraction, and whether it is raised over that; nothing where one of them
    /// has no value.
    pub over_case: Option<(f64, bool)>,
}

/// An utterance whose pitch is raised over what is usual over the case.
#[derive(Clone, Debug, PartialEq)]
pub struct CaseRaised {
    /// Whose; leads to the utterance.
    pub voice: CaseVoice,
    /// When in its recording.
    pub start: ClipTime,
    /// Its median pitch in hertz.
    pub pitch: f64,
    /// Over what is usual over the case, as a fraction.
    pub over_case: f64,
    /// Over what is usual for the speaker in its recording, as a fraction, and whether it is raised over that, where enough
    /// utterances tell; nothing where nothing is usual there.
    pub over_recording: Option<(f64, Option<bool>)>,
    /// Whether asserted wording of the lexicon is in it.
    pub wording: bool,
}

/// The section on likeness.
pub(super) fn likeness(messages: &Messages, voices: &CaseVoices) -> Markup {
    let words = messages.case_voices;
    html! {
        ul.statements {
            li.caution { (words.no_match) }
            li.caution { ((words.measured_on)(voices)) }
            li { (words.who_decides) }
        }
        @if voices.proposals.is_empty() {
            p { ((words.none)(&fixed(voices.least_similarity, 2))) }
        } @else {
            div.scroll.alike { table {
                caption.unseen { (words.likeness) }
                thead { tr {
                    @for head in [words.similarity, words.one, words.other, words.false_alarm, words.miss, words.decision, words.id] {
                        th scope="col" { (head) }
                    }
                } }
                tbody { @for proposal in &voices.proposals { (row(words, voices, proposal)) } }
            } }
        }
        @if voices.earlier_decisions > 0 { p.help { ((words.earlier)(voices.earlier_decisions)) } }
        @if !voices.not_compared.is_empty() {
            details.fold {
                summary { ((words.not_compared)(voices.not_compared.len())) }
                div.scroll { table {
                    thead { tr { th scope="col" { (messages.speaker_label) } th scope="col" { (messages.reason) } } }
                    tbody { @for (voice, why) in &voices.not_compared {
                        tr {
                            td { (who(voice)) }
                            td { span.reason { (why.iter().map(|why| reason(words, why)).collect::<Vec<_>>().join("; ")) } }
                        }
                    } }
                } }
            }
        }
    }
}

fn row(words: &CaseVoiceMessages, voices: &CaseVoices, proposal: &CaseProposal) -> Markup {
    let of_two = |share: f64| match share > 0.0 {
        true => percent_to_tenth(share),
        false => (words.no_pair)(&grouped(u64::from(voices.pairs_of_two))),
    };
    let alarm = (words.alarm)(&of_two(proposal.false_alarm), &percent_to_tenth(proposal.worst_false_alarm));
    html! {
        tr {
            td.number { (fixed(proposal.similarity, 2)) }
            td { (who(&proposal.first)) }
            td { (who(&proposal.second)) }
            td { (alarm) }
            td.number { (percent_to_tenth(proposal.miss)) }
            td { @match &proposal.decision {
                None => span.reason { (words.open) },
                Some(decision) => {
                    @if decision.confirmed { strong { (words.confirmed) } } @else { strong { (words.refused) } }
                    span.samples { " " (who_and_when(words, decision)) }
                }
            } }
            td { code { (visible(&proposal.id)) } }
        }
    }
}

fn who_and_when(words: &CaseVoiceMessages, decision: &CaseDecision) -> Markup {
    html! {
        @match &decision.by { Some(by) => bdi { (visible(by)) }, None => (words.nobody_named) }
        @if let Some(at) = &decision.at { ", " (visible(&at.replace('T', " ").replace('Z', " UTC"))) }
    }
}

/// Recording and speaker, with a link to an utterance to hear.
fn who(voice: &CaseVoice) -> Markup {
    html! {
        @match &voice.page {
            Some(page) => a href=(link(page, voice.utterance)) { bdi { (visible(&voice.recording)) } },
            None => bdi { (visible(&voice.recording)) },
        }
        " " span.speaker { (visible(&voice.speaker)) }
    }
}

fn link(page: &str, utterance: Option<UtteranceId>) -> String {
    let anchor = utterance.map_or_else(|| "#speakers".to_owned(), |id| format!("#u{}", id.0));
    format!("{}{anchor}", relative_link(page))
}

fn reason(words: &CaseVoiceMessages, why: &str) -> String {
    (words.why)(why).map_or_else(|| visible(why), str::to_owned)
}

/// The section on what is usual over the case.
pub(super) fn baselines(messages: &Messages, voices: &CaseVoices) -> Markup {
    let words = messages.case_voices;
    html! {
        ul.statements {
            li { (words.baselines_explained) }
            li.caution { (words.rests_on_decision) }
        }
        @if voices.baselines.is_empty() { p { (words.no_confirmed) } }
        @for (place, baseline) in voices.baselines.iter().enumerate() {
            h3.part { ((words.voice)(place + 1)) }
            (one_baseline(messages, baseline))
        }
    }
}

fn one_baseline(messages: &Messages, baseline: &CaseBaseline) -> Markup {
    let words = messages.case_voices;
    let usual = |usual: &Measured<Usual>| {
        html! { @match usual {
            Measured::Value(usual) => {
                td.number { (fixed(usual.median, 1)) " ± " (fixed(usual.deviation, 1)) }
                td.number { (usual.utterances) }
            }
            Measured::Undefined(why) => { td { span.reason { ((messages.undefined)(*why)) } } td { "–" } }
        } }
    };
    html! {
        div.scroll { table {
            caption { (words.usual_pitch) }
            thead { tr { th scope="col" { (messages.speaker_label) } th scope="col" { (messages.pitch_usual) } th scope="col" { (messages.utterances_label) } } }
            tbody { @for (voice, own) in &baseline.voices { tr { td { (who(voice)) } (usual(own)) } } }
            @if let Some(pitch) = &baseline.pitch { tfoot { tr { th scope="row" { (words.over_case) } (usual(pitch)) } } }
        } }
        @match &baseline.pitch {
            None => ul.statements { li.caution { (words.contradiction) } },
            Some(Measured::Undefined(_)) => {},
            Some(Measured::Value(_)) if baseline.raised.is_empty() => p { (words.none_raised) },
            Some(Measured::Value(_)) => {
                div.scroll { table {
                    caption { (words.raised) }
                    thead { tr { @for head in [messages.start, messages.speaker_label, words.pitch_here, words.above_case, words.above_recording, words.with_wording] {
                        th scope="col" { (head) }
                    } } }
                    tbody { @for raised in baseline.raised.iter().take(MAX_RAISED) { (raised_row(words, raised)) } }
                } }
                @if baseline.raised.len() > MAX_RAISED { p.help { ((messages.and_more)(baseline.raised.len() - MAX_RAISED)) } }
            }
        }
        @if !baseline.findings.is_empty() {
            div.scroll { table {
                caption { (words.findings) }
                thead { tr { @for head in [messages.start, messages.speaker_label, words.raised_by, words.above_case, words.held_against] {
                    th scope="col" { (head) }
                } } }
                tbody { @for finding in baseline.findings.iter().take(MAX_RAISED) { (finding_row(words, finding)) } }
            } }
            @if baseline.findings.len() > MAX_RAISED { p.help { ((messages.and_more)(baseline.findings.len() - MAX_RAISED)) } }
        }
    }
}

fn share(fraction: f64) -> String {
    format!("{}%", signed(100.0 * fraction, 1))
}

/// When in which recording, with a link to the utterance.
fn place(voice: &CaseVoice, start: ClipTime) -> Markup {
    html! {
        td.number { @match &voice.page {
            Some(page) => a href=(link(page, voice.utterance)) { (clock(start)) },
            None => (clock(start)),
        } }
        td { bdi { (visible(&voice.recording)) } " " span.speaker { (visible(&voice.speaker)) } }
    }
}

fn finding_row(words: &CaseVoiceMessages, finding: &CaseFinding) -> Markup {
    let by = [(finding.level, words.level), (finding.pitch, words.pitch)];
    let by: Vec<&str> = by.into_iter().filter_map(|(raised, name)| raised.then_some(name)).collect();
    html! {
        tr {
            (place(&finding.voice, finding.start))
            td { (by.join(", ")) }
            @match finding.over_case {
                Some((over, raised)) => {
                    td.number { (share(over)) }
                    td { @if raised { strong { (words.over_case_too) } } @else { (words.not_over_case) } }
                }
                None => td colspan="2" { span.reason { (words.not_compared_over_case) } },
            }
        }
    }
}

fn raised_row(words: &CaseVoiceMessages, raised: &CaseRaised) -> Markup {
    html! {
        tr {
            (place(&raised.voice, raised.start))
            td.number { (fixed(raised.pitch, 1)) }
            td.number { (share(raised.over_case)) }
            td { @match raised.over_recording {
                Some((over, raised)) => {
                    span.number { (share(over)) }
                    @match raised {
                        Some(true) => { ", " (words.raised_there) },
                        Some(false) => { ", " strong { (words.not_raised_there) } },
                        None => {},
                    }
                }
                None => span.reason { (words.nothing_usual) },
            } }
            td { @if raised.wording { (words.yes) } @else { "–" } }
        }
    }
}

//! Places to listen to, each with its words, its context on both sides, and its measures beside the usual ones.

use super::{Context, DOUBTFUL_BELOW, fact, whole_file};
use crate::curves::{Labels, curves};
use crate::spacing::joins;
use crate::text::{clock, clock_span, fixed, visible};
use crate::tree::{Block, Cell, EvidenceEntry, FindingEntry, FindingGroup, MeasureRow, QuotedWord, Table};
use std::collections::{BTreeSet, HashMap};
use voiceman_base::{AlignedUtterance, ClipTime, EvidenceRef, Finding, FindingKind, PatternHit, PatternHitId, Span};

/// Sound before and after the words: enough to hear how the speaker came to them and went on.
const LISTEN_MARGIN: ClipTime = ClipTime::from_millis(2_000);

/// Stretch before and after the words in a finding's plot.
const CURVE_MARGIN: ClipTime = ClipTime::from_millis(4_000);

pub(super) fn blocks(context: &Context<'_>) -> Vec<Block> {
    let messages = context.messages;
    let Some(findings) = &context.analysis.findings else { return context.not_asked_for() };
    let mut blocks = Vec::new();
    if findings.is_empty() {
        blocks.push(Block::Statements(vec![whole_file(messages.no_findings)]));
    } else {
        blocks.push(Block::Findings(groups(findings).iter().map(|group| group_entry(context, group)).collect()));
    }
    let used: BTreeSet<_> =
        findings.iter().flat_map(|finding| &finding.evidence).map(|evidence| evidence.pattern).collect();
    let others: Vec<_> = context.analysis.patterns.iter().flatten().filter(|hit| !used.contains(&hit.id)).collect();
    if !others.is_empty() {
        blocks.push(Block::Table(Table {
            caption: messages.other_hits.to_owned(),
            head: hit_head(context),
            rows: others.into_iter().map(|hit| hit_row(context, hit)).collect(),
        }));
    }
    blocks
}

fn hit_head(context: &Context<'_>) -> Vec<String> {
    let messages = context.messages;
    let mut head = vec![messages.start];
    head.extend(context.analysis.diarization.as_ref().map(|_| messages.speaker_label));
    head.extend([messages.words, messages.family_label, messages.status_label, messages.severity, messages.pattern]);
    head.into_iter().map(str::to_owned).collect()
}

fn hit_row(context: &Context<'_>, hit: &PatternHit) -> Vec<Cell> {
    let messages = context.messages;
    let words: Vec<_> = hit.words.iter().filter_map(|id| context.word(*id)).map(|word| visible(&word.text)).collect();
    let place = context.place(hit.span, Some(hit.utterance), &hit.words);
    let mut row = vec![Cell::number(clock(hit.span.start())).at(place)];
    row.extend(Context::tag_cell(context.sayer(hit.utterance)));
    row.extend([
        Cell::text(words.join(" ")),
        Cell::text((messages.family)(hit.family)),
        Cell::text((messages.status)(hit.status)),
        Cell::number(fixed(hit.severity.value(), 2)),
        Cell::code(visible(&hit.pattern)),
    ]);
    row
}

/// Heading of a finding; people count from 1.
pub(super) fn heading(context: &Context<'_>, finding: &Finding) -> String {
    let messages = context.messages;
    let kind = (messages.finding_kind)(finding.kind);
    (messages.finding_heading)(finding.id.0.saturating_add(1), (messages.family)(finding.family), kind)
}

/// Findings that rest on the same hits, in the order of the first of each.
pub(super) fn groups(findings: &[Finding]) -> Vec<Vec<&Finding>> {
    let mut groups: Vec<Vec<&Finding>> = Vec::new();
    let mut known: HashMap<Vec<PatternHitId>, usize> = HashMap::new();
    for finding in findings {
        let hits = finding.evidence.iter().map(|evidence| evidence.pattern).collect();
        let index = *known.entry(hits).or_insert(groups.len());
        match groups.get_mut(index) {
            Some(group) => group.push(finding),
            None => groups.push(vec![finding]),
        }
    }
    groups
}

fn group_entry(context: &Context<'_>, group: &[&Finding]) -> FindingGroup {
    let evidence = group.first().map_or(&[][..], |finding| &finding.evidence);
    FindingGroup {
        findings: group.iter().map(|finding| entry(context, finding)).collect(),
        evidence: evidence.iter().map(|evidence| evidence_entry(context, evidence)).collect(),
    }
}

fn entry(context: &Context<'_>, finding: &Finding) -> FindingEntry {
    let messages = context.messages;
    let measures = finding.evidence.iter().flat_map(|evidence| &evidence.measures).map(|measure| {
        let (label, digits) = messages.evidence_measure(&measure.name);
        let usual_of = context.baseline_name(measure.baseline_of);
        MeasureRow { label, digits, value: measure.value, usual: measure.baseline, usual_of }
    });
    FindingEntry {
        id: finding.id,
        heading: heading(context, finding),
        speaker: context.finding_sayer(finding),
        explanation: (messages.finding_explained)(finding.kind).to_owned(),
        warning: finding.kind == FindingKind::WordingOverDoubtfulWords,
        strength: finding.strength.value(),
        measures: measures.collect(),
    }
}

fn evidence_entry(context: &Context<'_>, evidence: &EvidenceRef) -> EvidenceEntry {
    let messages = context.messages;
    let (before, here, after) = context.around(evidence.utterance);
    let text = |spoken: &AlignedUtterance| visible(&spoken.utterance.text);
    let mut facts = Vec::new();
    if let Some(hit) = context.hit(evidence.pattern) {
        facts.push(fact(messages.status_label, Cell::text((messages.status)(hit.status))));
        facts.push(fact(messages.severity, Cell::number(fixed(hit.severity.value(), 2))));
        facts.push(fact(messages.subtype, Cell::code(visible(&hit.subtype))));
        facts.push(fact(messages.pattern, Cell::code(visible(&hit.pattern))));
    }
    let around = |margin: ClipTime| {
        let end = (evidence.span.end() + margin).min(context.analysis.source.duration);
        Span::clamped(evidence.span.start().saturating_sub(margin), end.max(evidence.span.end()))
    };
    let plot = context.analysis.acoustics.as_ref().and_then(|features| {
        let labels = Labels {
            pitch: messages.pitch_axis.to_owned(),
            level: messages.level_axis.to_owned(),
            caption: (messages.curves_of_finding)(&clock_span(evidence.span)),
        };
        curves(features, around(CURVE_MARGIN), vec![evidence.span], labels)
    });
    EvidenceEntry {
        place: context.place(evidence.span, Some(evidence.utterance), &evidence.words),
        listen: around(LISTEN_MARGIN),
        before: before.map(text),
        before_speaker: before.and_then(|spoken| context.tag(spoken.speaker)),
        quote: here.map_or_else(Vec::new, |spoken| quote(spoken, evidence)),
        quote_speaker: here.and_then(|spoken| context.tag(spoken.speaker)),
        after: after.map(text),
        after_speaker: after.and_then(|spoken| context.tag(spoken.speaker)),
        facts,
        curves: plot,
    }
}

fn quote(spoken: &AlignedUtterance, evidence: &EvidenceRef) -> Vec<QuotedWord> {
    let joined = joins(spoken).unwrap_or_else(|| vec![false; spoken.words.len()]);
    let words = spoken.words.iter().zip(joined).map(|(word, joined)| QuotedWord {
        text: visible(&word.text),
        joined,
        marked: evidence.words.contains(&word.id),
        doubtful: word.confidence.value() < DOUBTFUL_BELOW,
    });
    words.collect()
}

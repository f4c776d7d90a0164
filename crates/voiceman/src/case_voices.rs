//! Voices across the recordings of a case, as the report over the case shows them: the proposals of `links.json`, and what
//! is usual over the case of voices that a person took for one.

use crate::link::{LinkDecision, LinkedSpeaker, Links, Proposal};
use std::collections::{BTreeMap, BTreeSet};
use voiceman_base::{
    ArtifactId, ClipTime, FindingKind, Measured, RecordingAnalysis, SpeakerId, UndefinedReason, Usual, UtteranceId,
};
use voiceman_report::{CaseBaseline, CaseDecision, CaseFinding, CaseProposal, CaseRaised, CaseVoice, CaseVoices};
use voiceman_stages::crosscheck::{CrosscheckSettings, RaisedBar};

/// A speaker of an analysis.
type Key = (String, String);

/// What is taken from the analyses of the speakers that `links.json` names, one analysis after the other.
pub(crate) struct HeardVoices {
    wanted: BTreeSet<Key>,
    heard: BTreeMap<Key, Heard>,
}

/// What is known of a speaker.
struct Heard {
    page: String,
    /// The longest, to hear the voice by.
    utterance: Option<UtteranceId>,
    pitches: Vec<Pitch>,
}

/// The median pitch of an utterance.
struct Pitch {
    utterance: UtteranceId,
    start: ClipTime,
    hertz: Measured<f64>,
    wording: bool,
    /// Whether a finding of its recording says that wording in it was said with raised voice, by level, by pitch.
    finding: Option<(bool, bool)>,
}

impl HeardVoices {
    pub(crate) fn of(links: &Links) -> HeardVoices {
        let proposed = links.proposals.iter().flat_map(|proposal| [&proposal.first, &proposal.second]);
        let left_out = links.not_compared.iter().map(|one| &one.speaker);
        HeardVoices { wanted: proposed.chain(left_out).map(key).collect(), heard: BTreeMap::new() }
    }

    /// Takes what is wanted of an analysis whose report is at `page`.
    pub(crate) fn hear(&mut self, id: &ArtifactId, analysis: &RecordingAnalysis, page: &str) {
        let speakers = analysis.diarization.iter().flat_map(|found| &found.speakers);
        for speaker in speakers {
            let key = (id.to_string(), speaker.id.to_string());
            if self.wanted.contains(&key) {
                self.heard.insert(key, heard(analysis, speaker.id, page));
            }
        }
    }

    /// What the report shows.
    pub(crate) fn shown(&self, links: &Links) -> CaseVoices {
        let current: BTreeSet<&str> = links.proposals.iter().map(|proposal| proposal.id.as_str()).collect();
        let earlier = links.decisions.iter().filter(|decided| !current.contains(decided.id.as_str()));
        CaseVoices {
            model: links.measured.model.clone(),
            people: links.measured.people,
            pairs_of_one: links.measured.pairs_of_one,
            pairs_of_two: links.measured.pairs_of_two,
            least_similarity: links.least_similarity,
            proposals: links.proposals.iter().map(|proposal| self.proposal(links, proposal)).collect(),
            not_compared: links
                .not_compared
                .iter()
                .map(|one| (self.voice(&one.speaker, None), one.why.clone()))
                .collect(),
            earlier_decisions: earlier.count(),
            baselines: groups(links).iter().map(|group| self.baseline(links, group)).collect(),
        }
    }

    fn proposal(&self, links: &Links, proposal: &Proposal) -> CaseProposal {
        let last = links.decisions.iter().rev().find(|decided| decided.id == proposal.id);
        let decision = |confirmed| CaseDecision {
            confirmed,
            by: last.and_then(|decided| decided.by.clone()),
            at: last.map(|decided| decided.at.clone()),
        };
        CaseProposal {
            id: proposal.id.clone(),
            first: self.voice(&proposal.first, None),
            second: self.voice(&proposal.second, None),
            similarity: proposal.similarity,
            false_alarm: proposal.false_alarm,
            worst_false_alarm: proposal.worst_false_alarm,
            miss: proposal.miss,
            decision: match proposal.decision {
                LinkDecision::Open => None,
                LinkDecision::Confirmed => Some(decision(true)),
                LinkDecision::Refused => Some(decision(false)),
            },
        }
    }

    /// `speaker`, with a link to `utterance`, or to one to hear the voice by.
    fn voice(&self, speaker: &LinkedSpeaker, utterance: Option<UtteranceId>) -> CaseVoice {
        let heard = self.heard.get(&key(speaker));
        CaseVoice {
            recording: speaker.recording.clone(),
            speaker: speaker.speaker.clone(),
            page: heard.map(|heard| heard.page.clone()),
            utterance: utterance.or_else(|| heard.and_then(|heard| heard.utterance)),
        }
    }

    fn pitches(&self, speaker: &LinkedSpeaker) -> &[Pitch] {
        self.heard.get(&key(speaker)).map_or(&[], |heard| &heard.pitches)
    }

    fn baseline(&self, links: &Links, group: &[LinkedSpeaker]) -> CaseBaseline {
        let usual = |speaker: &LinkedSpeaker| Usual::of(self.pitches(speaker).iter().map(|pitch| pitch.hertz));
        let voices = group.iter().map(|speaker| (self.voice(speaker, None), usual(speaker))).collect();
        if contradicted(links, group) {
            return CaseBaseline { voices, pitch: None, raised: Vec::new(), findings: Vec::new() };
        }
        let all = group.iter().flat_map(|speaker| self.pitches(speaker)).map(|pitch| pitch.hertz);
        let over_case = match Usual::of(all) {
            Measured::Value(usual) if bar(usual).is_none() => Measured::Undefined(UndefinedReason::NoBaseline),
            other => other,
        };
        let (mut raised, mut findings) = (Vec::new(), Vec::new());
        for speaker in group {
            let own = usual(speaker).value();
            for pitch in self.pitches(speaker) {
                let voice = || self.voice(speaker, Some(pitch.utterance));
                let case = pitch.hertz.value().and_then(|hertz| over(hertz, over_case.value()?));
                if let Some((level, by_pitch)) = pitch.finding {
                    findings.push(CaseFinding {
                        voice: voice(),
                        start: pitch.start,
                        level,
                        pitch: by_pitch,
                        over_case: case,
                    });
                }
                if let (Measured::Value(hertz), Some((above, true))) = (pitch.hertz, case) {
                    raised.push(CaseRaised {
                        voice: voice(),
                        start: pitch.start,
                        pitch: hertz,
                        over_case: above,
                        over_recording: own
                            .map(|own| (hertz / own.median - 1.0, bar(own).map(|bar| bar.is_raised(hertz)))),
                        wording: pitch.wording,
                    });
                }
            }
        }
        CaseBaseline { voices, pitch: Some(over_case), raised, findings }
    }
}

/// From where on a pitch is raised over what is usual; nothing where that rests on too little. The rule of the cross-check with
/// its default thresholds: recordings of a case may have been analysed with others.
fn bar(usual: Usual) -> Option<RaisedBar> {
    RaisedBar::pitch(usual.median, Some(usual.deviation), usual.utterances as usize, &CrosscheckSettings::default())
}

/// How far `hertz` is over what is usual, as a fraction, and whether it is raised over that.
fn over(hertz: f64, usual: Usual) -> Option<(f64, bool)> {
    bar(usual).map(|bar| (hertz / usual.median - 1.0, bar.is_raised(hertz)))
}

fn key(speaker: &LinkedSpeaker) -> Key {
    (speaker.analysis.to_string(), speaker.speaker.clone())
}

fn heard(analysis: &RecordingAnalysis, speaker: SpeakerId, page: &str) -> Heard {
    let said = analysis.transcript.iter().flat_map(|transcript| &transcript.utterances);
    let longest = said
        .filter(|utterance| utterance.speaker == Some(speaker))
        .max_by_key(|utterance| (utterance.utterance.span.length(), std::cmp::Reverse(utterance.utterance.id)));
    let wording: BTreeSet<UtteranceId> = analysis
        .findings
        .iter()
        .flatten()
        .filter(|finding| finding.kind == FindingKind::Wording)
        .flat_map(|finding| finding.evidence.iter().map(|evidence| evidence.utterance))
        .collect();
    let mut raised: BTreeMap<UtteranceId, (bool, bool)> = BTreeMap::new();
    let kind = FindingKind::WordingWithRaisedVoice;
    for evidence in
        analysis.findings.iter().flatten().filter(|finding| finding.kind == kind).flat_map(|finding| &finding.evidence)
    {
        let by = |name| evidence.measures.iter().any(|measure| measure.name == name);
        let found = raised.entry(evidence.utterance).or_default();
        *found = (found.0 || by("intensity_db"), found.1 || by("f0_median_hz"));
    }
    let measured = analysis.acoustics.iter().flat_map(|features| &features.utterances);
    let own = measured.filter(|utterance| utterance.speaker == Some(speaker));
    let pitch = |utterance: &voiceman_base::UtteranceAcoustics| Pitch {
        utterance: utterance.utterance,
        start: utterance.span.start(),
        hertz: utterance.f0_median.map(f64::from),
        wording: wording.contains(&utterance.utterance),
        finding: raised.get(&utterance.utterance).copied(),
    };
    Heard {
        page: page.to_owned(),
        utterance: longest.map(|utterance| utterance.utterance.id),
        pitches: own.map(pitch).collect(),
    }
}

/// Speakers that confirmed pairs hold together, each group and each speaker in the order of the proposals.
fn groups(links: &Links) -> Vec<Vec<LinkedSpeaker>> {
    let mut groups: Vec<Vec<LinkedSpeaker>> = Vec::new();
    for proposal in links.proposals.iter().filter(|proposal| proposal.decision == LinkDecision::Confirmed) {
        let mut joined = Vec::new();
        for side in [&proposal.first, &proposal.second] {
            match groups.iter().position(|group| group.contains(side)) {
                Some(place) => joined.extend(groups.remove(place)),
                None if joined.contains(side) => {}
                None => joined.push(side.clone()),
            }
        }
        groups.push(joined);
    }
    groups
}

/// Whether a person took two of the group for different people, or two of them speak in one recording, where they were
/// told apart.
fn contradicted(links: &Links, group: &[LinkedSpeaker]) -> bool {
    let refused = links.proposals.iter().any(|proposal| {
        proposal.decision == LinkDecision::Refused
            && group.contains(&proposal.first)
            && group.contains(&proposal.second)
    });
    let recordings: BTreeSet<String> = group.iter().map(|speaker| speaker.analysis.to_string()).collect();
    refused || recordings.len() < group.len()
}

#[cfg(test)]
mod tests;

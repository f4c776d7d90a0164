//! From an analysis to the report tree, one plain function per section.

mod conversation;
mod emotion;
mod examined;
mod findings;
mod limits;
mod measures;
mod method;
mod priority;
mod quality;
mod speakers;
mod summary;
mod voice;
mod voices;

pub(crate) use method::produced_by_tables;

use crate::ReportLanguage;
use crate::messages::{Messages, Part, messages};
use crate::text::visible;
use crate::tree::{
    Block, Cell, Evidence, Fact, Place, Report, Section, SectionId, SourceRef, SpeakerTag, Statement, Weight,
};
use std::collections::HashMap;
use voiceman_base::{
    AlignedUtterance, BaselineOf, ClipTime, Finding, FindingId, PatternHit, PatternHitId, RecordingAnalysis, Span,
    SpeakerId, UtteranceId, Word, WordId,
};

/// Words with a lower confidence are marked as doubtful. Half: below it the recogniser itself held the word for more
/// likely wrong than right.
pub(crate) const DOUBTFUL_BELOW: f64 = 0.5;

/// Most places listed behind one statement; the conversation shows the others.
const MAX_PLACES: usize = 12;

/// Makes the report on one recording.
pub fn build(analysis: &RecordingAnalysis, language: ReportLanguage) -> Report {
    let context = Context::new(analysis, language);
    let source = &analysis.source;
    let section =
        |id: SectionId, blocks: Vec<Block>| Section { id, heading: (context.messages.section)(id).to_owned(), blocks };
    let emotion = analysis.emotion.as_ref().map(|found| section(SectionId::Emotion, emotion::blocks(&context, found)));
    Report {
        language,
        source: SourceRef {
            name: visible(&source.file.name),
            sha256: source.file.sha256,
            sample_rate: source.sample_rate,
            duration: source.duration,
        },
        tool: format!("{} {}", visible(&analysis.produced_by.tool), visible(&analysis.produced_by.version)),
        title: context.messages.report_title.to_owned(),
        // Left out entirely where it was not asked for.
        sections: [
            Some(section(SectionId::Summary, summary::blocks(&context))),
            Some(section(SectionId::Examined, examined::blocks(&context))),
            Some(section(SectionId::Method, method::blocks(&context))),
            Some(section(SectionId::Quality, quality::blocks(&context))),
            Some(section(SectionId::Limits, limits::blocks(&context))),
            Some(section(SectionId::Language, limits::language_blocks(&context))),
            Some(section(SectionId::Speakers, speakers::blocks(&context))),
            Some(section(SectionId::Conversation, conversation::blocks(&context))),
            Some(section(SectionId::Curves, measures::curve_blocks(&context))),
            Some(section(SectionId::Voices, voices::blocks(&context))),
            emotion,
            Some(section(SectionId::Findings, findings::blocks(&context))),
            Some(section(SectionId::Priority, priority::blocks(&context))),
            Some(section(SectionId::NotMeasured, measures::missing_blocks(&context))),
            Some(section(SectionId::Disclaimer, vec![Block::Statements(disclaimer_statements(context.messages))])),
        ]
        .into_iter()
        .flatten()
        .collect(),
    }
}

/// An analysis with what the sections look up again and again.
pub(crate) struct Context<'a> {
    pub(crate) analysis: &'a RecordingAnalysis,
    pub(crate) messages: &'static Messages,
    utterances: HashMap<UtteranceId, usize>,
    words: HashMap<WordId, &'a Word>,
    hits: HashMap<PatternHitId, &'a PatternHit>,
    findings_of_word: HashMap<WordId, Vec<FindingId>>,
}

impl<'a> Context<'a> {
    pub(crate) fn new(analysis: &'a RecordingAnalysis, language: ReportLanguage) -> Context<'a> {
        let mut context = Context {
            analysis,
            messages: messages(language),
            utterances: HashMap::new(),
            words: HashMap::new(),
            hits: HashMap::new(),
            findings_of_word: HashMap::new(),
        };
        for (index, utterance) in context.spoken().iter().enumerate() {
            context.utterances.insert(utterance.utterance.id, index);
            context.words.extend(utterance.words.iter().map(|word| (word.id, word)));
        }
        context.hits.extend(analysis.patterns.iter().flatten().map(|hit| (hit.id, hit)));
        for finding in analysis.findings.iter().flatten() {
            for word in finding.evidence.iter().flat_map(|evidence| &evidence.words) {
                context.findings_of_word.entry(*word).or_default().push(finding.id);
            }
        }
        context
    }

    /// All utterances in time order; none without a transcript.
    pub(crate) fn spoken(&self) -> &'a [AlignedUtterance] {
        self.analysis.transcript.as_ref().map_or(&[], |transcript| &transcript.utterances)
    }

    /// The utterance `id` and those before and after it.
    fn around(
        &self,
        id: UtteranceId,
    ) -> (Option<&'a AlignedUtterance>, Option<&'a AlignedUtterance>, Option<&'a AlignedUtterance>) {
        let Some(&index) = self.utterances.get(&id) else { return (None, None, None) };
        let spoken = self.spoken();
        (index.checked_sub(1).and_then(|index| spoken.get(index)), spoken.get(index), spoken.get(index + 1))
    }

    fn word(&self, id: WordId) -> Option<&'a Word> {
        self.words.get(&id).copied()
    }

    fn hit(&self, id: PatternHitId) -> Option<&'a PatternHit> {
        self.hits.get(&id).copied()
    }

    /// Findings that rest on the word, in order, each once.
    fn findings_of(&self, word: WordId) -> &[FindingId] {
        self.findings_of_word.get(&word).map_or(&[], Vec::as_slice)
    }

    /// `speaker` as shown; nothing where speakers were not asked for.
    fn tag(&self, speaker: Option<SpeakerId>) -> Option<SpeakerTag> {
        self.analysis.diarization.as_ref()?;
        let label = speaker.map_or_else(|| self.messages.speaker_unknown.to_owned(), |speaker| speaker.to_string());
        Some(SpeakerTag { id: speaker, label })
    }

    /// Who said the utterance.
    fn sayer(&self, id: UtteranceId) -> Option<SpeakerTag> {
        self.tag(self.around(id).1.and_then(|spoken| spoken.speaker))
    }

    /// Who said the words that the finding rests on; not known where several did.
    fn finding_sayer(&self, finding: &Finding) -> Option<SpeakerTag> {
        let mut said = finding.evidence.iter().map(|evidence| self.around(evidence.utterance).1?.speaker);
        let first = said.next().flatten();
        self.tag(first.filter(|_| said.all(|other| other == first)))
    }

    /// Whose usual values, in words.
    pub(crate) fn baseline_name(&self, of: BaselineOf) -> String {
        match of {
            BaselineOf::Recording => self.messages.usual_of_recording.to_owned(),
            BaselineOf::Speaker(speaker) => speaker.to_string(),
        }
    }

    /// The tag as a cell of a table, where there are speakers.
    fn tag_cell(tag: Option<SpeakerTag>) -> Option<Cell> {
        tag.map(|tag| if tag.id.is_some() { Cell::text(tag.label) } else { Cell::reason(tag.label) })
    }

    /// `span` as a place in the file.
    pub(crate) fn place(&self, span: Span, utterance: Option<UtteranceId>, words: &[WordId]) -> Place {
        let rate = self.analysis.source.sample_rate;
        Place {
            span,
            first_sample: span.start().to_sample(rate),
            end_sample: span.end().to_sample(rate),
            utterance: utterance.filter(|id| self.utterances.contains_key(id)),
            words: words.to_vec(),
        }
    }

    /// The place of a whole utterance.
    fn utterance_place(&self, utterance: &AlignedUtterance) -> Place {
        self.place(utterance.utterance.span, Some(utterance.utterance.id), &[])
    }

    /// The whole recording.
    fn whole(&self) -> Span {
        Span::clamped(ClipTime::ZERO, self.analysis.source.duration)
    }

    /// Parts that were not asked for.
    pub(crate) fn parts_left_out(&self) -> Vec<Part> {
        let analysis = self.analysis;
        [
            (Part::Speech, analysis.speech.is_none()),
            (Part::Transcript, analysis.transcript.is_none()),
            (Part::Speakers, analysis.diarization.is_none()),
            (Part::Quality, analysis.quality.is_none()),
            (Part::Acoustics, analysis.acoustics.is_none()),
            (Part::Patterns, analysis.patterns.is_none()),
            (Part::Findings, analysis.findings.is_none()),
            (Part::Assessment, analysis.assessment.is_none()),
        ]
        .into_iter()
        .filter_map(|(part, absent)| absent.then_some(part))
        .collect()
    }

    /// One sentence that lists the parts that were not asked for, if there are any.
    fn left_out_statement(&self) -> Option<Statement> {
        let parts = self.parts_left_out();
        let names: Vec<_> = parts.into_iter().map(self.messages.part).collect();
        (!names.is_empty()).then(|| whole_file((self.messages.not_asked_for)(&names.join(", "))))
    }

    /// Says that the section's stage was not asked for.
    fn not_asked_for(&self) -> Vec<Block> {
        vec![Block::Statements(vec![whole_file(self.messages.section_not_asked_for)])]
    }

    /// The language of the recording in words, if there is speech.
    fn language_name(&self) -> Option<String> {
        let code = self.analysis.transcript.as_ref()?.language.decided()?;
        Some(self.messages.language_or_code(code.as_str()))
    }
}

/// What the report is not.
pub(crate) fn disclaimer_statements(messages: &Messages) -> Vec<Statement> {
    messages.disclaimer.iter().map(|text| whole_file(*text)).collect()
}

/// A statement about the whole file.
fn whole_file(text: impl Into<String>) -> Statement {
    Statement { text: text.into(), weight: Weight::Normal, evidence: Evidence::WholeFile }
}

/// A statement about `places`, of which the first are listed.
fn about(text: impl Into<String>, mut places: Vec<Place>) -> Statement {
    let total = places.len();
    places.truncate(MAX_PLACES);
    Statement { text: text.into(), weight: Weight::Normal, evidence: Evidence::Places { listed: places, total } }
}

/// The statement as something to keep in mind.
fn caution(statement: Statement) -> Statement {
    Statement { weight: Weight::Caution, ..statement }
}

fn fact(label: &str, value: Cell) -> Fact {
    Fact { label: label.to_owned(), value }
}

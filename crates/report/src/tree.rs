//! The report as a tree: sections of blocks of statements. Renderers read it and add nothing of their own.

use crate::ReportLanguage;
use voiceman_base::{ClipTime, Digest, FindingId, PriorityLevel, Span, SpeakerId, UtteranceId, WordId};

/// A report on one recording.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// Language of everything that was not said in the recording.
    pub language: ReportLanguage,
    /// What all places in the report point into.
    pub source: SourceRef,
    /// `voiceman 0.1.0`.
    pub tool: String,
    /// Heading of the report.
    pub title: String,
    /// In reading order.
    pub sections: Vec<Section>,
}

/// The file that all places point into.
#[derive(Clone, Debug, PartialEq)]
pub struct SourceRef {
    /// Name with steering characters made visible.
    pub name: String,
    /// Digest of its bytes.
    pub sha256: Digest,
    /// Samples a second of the decoded sound.
    pub sample_rate: u32,
    /// Length of the decoded sound.
    pub duration: ClipTime,
}

/// A section with a heading.
#[derive(Clone, Debug, PartialEq)]
pub struct Section {
    /// Which.
    pub id: SectionId,
    /// Heading.
    pub heading: String,
    /// In reading order.
    pub blocks: Vec<Block>,
}

/// Sections in reading order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SectionId {
    /// What matters, in a few sentences.
    Summary,
    /// File, container, decoder, digests.
    Examined,
    /// Program, models, lexicons, settings.
    Method,
    /// What the sound is like, and what may be measured on it.
    Quality,
    /// What this recording and this run do not allow to say.
    Limits,
    /// Language and its candidates.
    Language,
    /// Who speaks how much, and how sure that is.
    Speakers,
    /// Who said what when, as far as words go.
    Conversation,
    /// Pitch and level over time.
    Curves,
    /// How each speaker sounds, and how the voices and the conversation move in time.
    Voices,
    /// How it sounded to models of emotion; only where that was asked for.
    Emotion,
    /// Places to listen to.
    Findings,
    /// What to hear first, with all contributions.
    Priority,
    /// What has no value, and why.
    NotMeasured,
    /// What the report is and is not.
    Disclaimer,
}

impl SectionId {
    /// The anchor used in pages.
    pub fn anchor(self) -> &'static str {
        match self {
            SectionId::Summary => "summary",
            SectionId::Examined => "examined",
            SectionId::Method => "method",
            SectionId::Quality => "quality",
            SectionId::Limits => "limits",
            SectionId::Language => "language",
            SectionId::Speakers => "speakers",
            SectionId::Conversation => "conversation",
            SectionId::Curves => "curves",
            SectionId::Voices => "voices",
            SectionId::Emotion => "emotion",
            SectionId::Findings => "findings",
            SectionId::Priority => "priority",
            SectionId::NotMeasured => "not-measured",
            SectionId::Disclaimer => "disclaimer",
        }
    }
}

/// A part of a section.
#[derive(Clone, Debug, PartialEq)]
pub enum Block {
    /// Sentences, each with its places.
    Statements(Vec<Statement>),
    /// Names and values.
    Facts(Vec<Fact>),
    /// Rows and columns.
    Table(Table),
    /// What may be measured, and what stands against the rest.
    Verdicts(VerdictTable),
    /// Turns of the speakers over a part of the recording.
    Turns(TurnChart),
    /// The transcript.
    Conversation(Vec<Line>),
    /// Pitch and level over the whole recording.
    Curves(Curves),
    /// Places to listen to, each with all findings about it.
    Findings(Vec<FindingGroup>),
    /// What to hear first.
    Priority(PriorityEntry),
    /// What the blocks after it are about.
    Heading(String),
    /// What a reader opens who wants it.
    Fold(Fold),
}

/// Blocks that stand folded under a line that says what they are.
#[derive(Clone, Debug, PartialEq)]
pub struct Fold {
    /// What is inside.
    pub summary: String,
    /// In reading order.
    pub blocks: Vec<Block>,
}

/// A sentence and what it rests on.
#[derive(Clone, Debug, PartialEq)]
pub struct Statement {
    /// The sentence.
    pub text: String,
    /// How much it asks of the reader's attention.
    pub weight: Weight,
    /// What it rests on.
    pub evidence: Evidence,
}

/// How much a statement asks of the reader's attention.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// To be read.
    Normal,
    /// To be kept in mind when reading the rest.
    Caution,
}

/// What a statement rests on.
#[derive(Clone, Debug, PartialEq)]
pub enum Evidence {
    /// The whole file.
    WholeFile,
    /// Places in it, the first of `total`.
    Places {
        /// As many as are listed.
        listed: Vec<Place>,
        /// How many there are; those not listed stand in the conversation.
        total: usize,
    },
}

/// A stretch of the source file.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    /// When.
    pub span: Span,
    /// First sample per channel, at the file's own rate.
    pub first_sample: u64,
    /// The sample after the last.
    pub end_sample: u64,
    /// The utterance that holds it, if one does.
    pub utterance: Option<UtteranceId>,
    /// The words meant, if words are.
    pub words: Vec<WordId>,
}

/// A name and its value.
#[derive(Clone, Debug, PartialEq)]
pub struct Fact {
    /// Name.
    pub label: String,
    /// Value.
    pub value: Cell,
}

/// A table with a caption.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// What it shows.
    pub caption: String,
    /// Column headings.
    pub head: Vec<String>,
    /// Rows, each as long as `head`.
    pub rows: Vec<Vec<Cell>>,
}

/// A text in a table.
#[derive(Clone, Debug, PartialEq)]
pub struct Cell {
    /// The text.
    pub text: String,
    /// How it is set.
    pub kind: CellKind,
    /// Where it leads.
    pub place: Option<Place>,
}

/// How a cell is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CellKind {
    /// Words.
    Text,
    /// A digest or a name that machines use.
    Code,
    /// A number with its unit in the heading.
    Number,
    /// A reason why there is no number.
    Reason,
}

/// What may be measured, a row per measure.
#[derive(Clone, Debug, PartialEq)]
pub struct VerdictTable {
    /// What it shows.
    pub caption: String,
    /// Of whom: the whole recording and the speakers; those with the same answers share a column.
    pub whose: Vec<String>,
    /// In the order of the measures.
    pub rows: Vec<VerdictRow>,
}

/// What is said of one measure.
#[derive(Clone, Debug, PartialEq)]
pub struct VerdictRow {
    /// Its name.
    pub measure: String,
    /// Whether it may be measured, by `whose`; nothing where that was not judged.
    pub bears: Vec<Option<bool>>,
    /// What stands against it, with what was found and what is needed; with whom where that differs.
    pub against: Vec<String>,
}

/// A speaker as shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpeakerTag {
    /// Which, if that is known.
    pub id: Option<SpeakerId>,
    /// `SPEAKER_00`, or that nobody is known.
    pub label: String,
}

/// Who speaks when, a row per speaker.
#[derive(Clone, Debug, PartialEq)]
pub struct TurnChart {
    /// The stretch shown.
    pub span: Span,
    /// By number.
    pub rows: Vec<TurnRow>,
    /// What is shown, in words; under the last chart of a recording.
    pub caption: Option<String>,
}

/// The turns of one speaker.
#[derive(Clone, Debug, PartialEq)]
pub struct TurnRow {
    /// Who.
    pub speaker: SpeakerTag,
    /// Those within the chart, sorted by start.
    pub turns: Vec<TurnMark>,
}

/// One turn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TurnMark {
    /// When.
    pub span: Span,
    /// It is doubtful who speaks it.
    pub doubtful: bool,
}

/// One utterance of the conversation.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// Which.
    pub utterance: UtteranceId,
    /// Where.
    pub place: Place,
    /// Who said it, where speakers were told apart.
    pub speaker: Option<SpeakerTag>,
    /// Code of the language it was transcribed in.
    pub language: String,
    /// Name of the language, where it is not the recording's.
    pub other_language: Option<String>,
    /// The words.
    pub words: Vec<WordMark>,
    /// Why a person should listen, in words.
    pub notes: Vec<String>,
    /// Findings that rest on it.
    pub findings: Vec<FindingId>,
}

/// One word of the conversation.
#[derive(Clone, Debug, PartialEq)]
pub struct WordMark {
    /// Which.
    pub id: WordId,
    /// The word with steering characters made visible.
    pub text: String,
    /// Stands close to the word before it.
    pub joined: bool,
    /// When, if that is known.
    pub span: Option<Span>,
    /// What a reader must know about it, in words; empty for an ordinary word.
    pub notes: Vec<String>,
    /// The recogniser doubted it.
    pub doubtful: bool,
    /// Its time was placed between its neighbours.
    pub interpolated: bool,
    /// It is doubtful who said it.
    pub whose: bool,
    /// A finding rests on it.
    pub in_finding: bool,
}

/// Pitch and level over a stretch.
#[derive(Clone, Debug, PartialEq)]
pub struct Curves {
    /// The stretch shown.
    pub span: Span,
    /// Pitch in Hz.
    pub pitch: Panel,
    /// Level in dB.
    pub level: Panel,
    /// Stretches to point out.
    pub bands: Vec<Span>,
    /// What is shown, in words.
    pub caption: String,
}

/// One quantity over time.
#[derive(Clone, Debug, PartialEq)]
pub struct Panel {
    /// Name with unit.
    pub label: String,
    /// Lower end of the axis.
    pub low: f64,
    /// Upper end of the axis, above `low`.
    pub high: f64,
    /// Where the axis is marked.
    pub ticks: Vec<f64>,
    /// Sorted by time; nothing where nothing was measured.
    pub columns: Vec<Column>,
    /// What is usual in this recording or for the speaker, if that could be told and lies on the axis.
    pub usual: Option<f64>,
}

/// Lowest and highest value of a short stretch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Column {
    /// Middle of the stretch.
    pub time: ClipTime,
    /// Lowest value.
    pub low: f64,
    /// Highest value.
    pub high: f64,
}

/// Findings that rest on the same wording, and the places where it was said.
#[derive(Clone, Debug, PartialEq)]
pub struct FindingGroup {
    /// At least one, in order.
    pub findings: Vec<FindingEntry>,
    /// Each place with its context.
    pub evidence: Vec<EvidenceEntry>,
}

/// What was found at a place.
#[derive(Clone, Debug, PartialEq)]
pub struct FindingEntry {
    /// Which.
    pub id: FindingId,
    /// Family and kind, in words.
    pub heading: String,
    /// Who said the words, where speakers were told apart.
    pub speaker: Option<SpeakerTag>,
    /// What was found, in words.
    pub explanation: String,
    /// It warns that the words may be wrong.
    pub warning: bool,
    /// Strength in `[0, 1]`.
    pub strength: f64,
    /// Values beside what is usual.
    pub measures: Vec<MeasureRow>,
}

/// A place with its context on both sides.
#[derive(Clone, Debug, PartialEq)]
pub struct EvidenceEntry {
    /// Where.
    pub place: Place,
    /// From where to where to listen: the place and some sound on both sides.
    pub listen: Span,
    /// The utterance before.
    pub before: Option<String>,
    /// Who said that, where speakers were told apart.
    pub before_speaker: Option<SpeakerTag>,
    /// The utterance with the words meant marked.
    pub quote: Vec<QuotedWord>,
    /// Who said it, where speakers were told apart.
    pub quote_speaker: Option<SpeakerTag>,
    /// The utterance after.
    pub after: Option<String>,
    /// Who said that, where speakers were told apart.
    pub after_speaker: Option<SpeakerTag>,
    /// Pattern, subtype, status, severity.
    pub facts: Vec<Fact>,
    /// Pitch and level around the place, if measured.
    pub curves: Option<Curves>,
}

/// A word of a quotation.
#[derive(Clone, Debug, PartialEq)]
pub struct QuotedWord {
    /// The word.
    pub text: String,
    /// Stands close to the word before it.
    pub joined: bool,
    /// It is one of the words meant.
    pub marked: bool,
    /// The recogniser doubted it.
    pub doubtful: bool,
}

/// A measured value beside what is usual.
#[derive(Clone, Debug, PartialEq)]
pub struct MeasureRow {
    /// Name with unit.
    pub label: String,
    /// Decimals worth showing.
    pub digits: usize,
    /// Value at the place.
    pub value: f64,
    /// What is usual in the recording.
    pub usual: f64,
    /// For whom, in words.
    pub usual_of: String,
}

/// What to hear first.
#[derive(Clone, Debug, PartialEq)]
pub struct PriorityEntry {
    /// 0 to 100: `points_sum`, at most 100.
    pub priority: f64,
    /// Word for it.
    pub level: PriorityLevel,
    /// The word in the report's language.
    pub level_word: String,
    /// Without, and with full trust in, doubtful words.
    pub interval: (f64, f64),
    /// Sum over `categories`, before the limit of 100.
    pub points_sum: f64,
    /// One per family.
    pub categories: Vec<CategoryEntry>,
    /// Version of the weights.
    pub weights_version: String,
}

/// Points of one family.
#[derive(Clone, Debug, PartialEq)]
pub struct CategoryEntry {
    /// Name of the family.
    pub name: String,
    /// Weight of the family, if the weights name it.
    pub weight: Option<f64>,
    /// Sum of `contributions`.
    pub points: f64,
    /// Without, and with full trust in, doubtful words.
    pub interval: (f64, f64),
    /// Where the points come from.
    pub contributions: Vec<ContributionEntry>,
}

/// Points that one finding gives.
#[derive(Clone, Debug, PartialEq)]
pub struct ContributionEntry {
    /// Which finding.
    pub finding: FindingId,
    /// Its heading.
    pub heading: String,
    /// Who said the words, where speakers were told apart.
    pub speaker: Option<SpeakerTag>,
    /// Where it is, if it is among the findings.
    pub place: Option<Place>,
    /// Points.
    pub points: f64,
}

impl Report {
    /// The section `id`, if the report has it.
    pub fn section(&self, id: SectionId) -> Option<&Section> {
        self.sections.iter().find(|section| section.id == id)
    }
}

impl Cell {
    /// Words.
    pub fn text(text: impl Into<String>) -> Cell {
        Cell { text: text.into(), kind: CellKind::Text, place: None }
    }

    /// A digest or a name that machines use.
    pub fn code(text: impl Into<String>) -> Cell {
        Cell { text: text.into(), kind: CellKind::Code, place: None }
    }

    /// A number.
    pub fn number(text: impl Into<String>) -> Cell {
        Cell { text: text.into(), kind: CellKind::Number, place: None }
    }

    /// A reason why there is no number.
    pub fn reason(text: impl Into<String>) -> Cell {
        Cell { text: text.into(), kind: CellKind::Reason, place: None }
    }

    /// Leads to `place`.
    pub fn at(self, place: Place) -> Cell {
        Cell { place: Some(place), ..self }
    }
}

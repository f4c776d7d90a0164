//! Every label and sentence of the reports, in one table per language. A language that lacks one does not compile.

mod case_voices;
mod emotion;
mod en;
mod ko;
mod quality;
mod voice;

pub(crate) use quality::{QualityMessages, SoundProperty};

pub(crate) use case_voices::CaseVoiceMessages;
pub(crate) use emotion::{EmotionMessages, Shown};
pub(crate) use voice::{VoiceGroup, VoiceMessages};

use crate::ReportLanguage;
use crate::tree::SectionId;
use voiceman_base::{
    AttributionDoubt, ChangedQuantity, Family, FindingKind, Flag, MeasuredChannel, PatternStatus, PitchRangeBasis,
    PriorityLevel, SourceWarningKind, SpeakerBasis, SpeakerNote, TurnDoubt, UndefinedReason, UntimedReason,
};

/// Parts of an analysis that can be asked for or left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Speech,
    Transcript,
    Speakers,
    Quality,
    Acoustics,
    Patterns,
    Findings,
    Assessment,
}

/// A measure by its name in `analysis.json`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Measure {
    F0Mean,
    F0Median,
    F0Sd,
    Intensity,
    SpeechRate,
    ArticulationRate,
}

impl Measure {
    pub(crate) const ALL: [Measure; 6] = [
        Measure::F0Mean,
        Measure::F0Median,
        Measure::F0Sd,
        Measure::Intensity,
        Measure::SpeechRate,
        Measure::ArticulationRate,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Measure::F0Mean => "f0_mean_hz",
            Measure::F0Median => "f0_median_hz",
            Measure::F0Sd => "f0_sd_hz",
            Measure::Intensity => "intensity_db",
            Measure::SpeechRate => "speech_rate_syl_s",
            Measure::ArticulationRate => "articulation_rate_syl_s",
        }
    }

    fn of_name(name: &str) -> Option<Measure> {
        Measure::ALL.into_iter().find(|measure| measure.name() == name)
    }
}

/// What lies how far above what.
pub(crate) struct ChangeWords {
    pub quantity: ChangedQuantity,
    /// With sign and unit.
    pub deviation: String,
    /// With unit.
    pub usual: String,
}

/// All messages of one language. Plain labels are texts; sentences with something in them are functions.
pub(crate) struct Messages {
    // Head of every report.
    pub draft: &'static str,
    pub draft_long: &'static str,
    pub report_title: &'static str,
    pub contents: &'static str,
    pub skip_to_content: &'static str,
    pub made_by: fn(tool: &str) -> String,
    pub section: fn(SectionId) -> &'static str,

    /// How speech sounded to models of emotion.
    pub emotion: &'static EmotionMessages,

    // Words for what base names.
    pub part: fn(Part) -> &'static str,
    pub family: fn(Family) -> &'static str,
    pub finding_kind: fn(FindingKind) -> &'static str,
    pub finding_explained: fn(FindingKind) -> &'static str,
    pub level: fn(PriorityLevel) -> &'static str,
    pub status: fn(PatternStatus) -> &'static str,
    pub flag: fn(Flag) -> &'static str,
    pub untimed: fn(UntimedReason) -> &'static str,
    pub undefined: fn(UndefinedReason) -> &'static str,
    pub source_warning: fn(SourceWarningKind) -> &'static str,
    pub measure: fn(Measure) -> &'static str,
    pub language_name: fn(&str) -> Option<&'static str>,
    pub model_role: fn(&str) -> Option<&'static str>,
    pub speaker_note: fn(SpeakerNote) -> &'static str,
    pub turn_doubt: fn(TurnDoubt) -> &'static str,
    pub attribution_doubt: fn(AttributionDoubt) -> &'static str,
    pub channel: fn(MeasuredChannel, channels: u16) -> String,

    // Summary.
    pub speech_found: fn(speech: &str, total: &str) -> String,
    pub no_speech: &'static str,
    pub transcribed: fn(words: usize, utterances: usize, language: &str) -> String,
    pub findings_found: fn(usize) -> String,
    pub listen_first: &'static str,
    pub no_findings: &'static str,
    pub priority_is: fn(priority: &str, level: &str) -> String,
    pub warnings_found: fn(usize) -> String,
    pub not_asked_for: fn(parts: &str) -> String,
    pub section_not_asked_for: &'static str,

    // What was examined.
    pub file_name: &'static str,
    pub file_size: &'static str,
    pub size: fn(bytes: &str, human: &str) -> String,
    pub file_sha256: &'static str,
    pub container: &'static str,
    pub codec: &'static str,
    pub sample_rate: &'static str,
    pub channels: &'static str,
    pub duration: &'static str,
    pub duration_with_samples: fn(duration: &str, samples: &str) -> String,
    pub decoder: &'static str,
    pub trimming: &'static str,
    pub samples_sha256: &'static str,
    pub missing_sound: fn(duration: &str) -> String,

    // Method.
    pub program: &'static str,
    pub settings_sha256: &'static str,
    pub models: &'static str,
    pub no_models: &'static str,
    pub role: &'static str,
    pub name: &'static str,
    pub precision: &'static str,
    pub runtime: &'static str,
    pub sha256: &'static str,
    pub lexicons: &'static str,
    pub version: &'static str,
    pub method_speech: &'static str,
    pub method_transcript: &'static str,
    pub method_speakers: fn(SpeakerBasis) -> &'static str,
    pub method_attribution: &'static str,
    pub method_acoustics: fn(channel: &str) -> String,
    pub method_patterns: &'static str,
    pub method_findings: &'static str,
    pub method_priority: fn(version: &str) -> String,
    pub method_same_result: &'static str,

    // Quality of the sound, and what it bears.
    pub quality: &'static QualityMessages,

    // Limits.
    pub limit_draft: &'static str,
    pub limit_speakers: &'static str,
    pub limit_usual_of_all: &'static str,
    pub limit_doubtful: fn(doubtful: usize, words: usize, share: &str, threshold: &str) -> String,
    pub limit_flag: fn(utterances: usize, flag: &str) -> String,
    pub limit_bandwidth: fn(rate: u32, top: &str) -> String,
    pub limit_channels: fn(u16) -> String,
    pub limit_little_speech: fn(speech: &str) -> String,
    pub limit_language_vote: fn(language: &str, share: &str) -> String,
    pub limit_no_lexicon: fn(language: &str) -> String,
    pub limit_no_baseline: fn(reason: &str) -> String,

    // Language.
    pub language_given: fn(&str) -> String,
    pub language_voted: fn(language: &str, share: &str) -> String,
    pub language_candidates: &'static str,
    pub language_label: &'static str,
    pub share: &'static str,

    // Conversation.
    pub conversation_help: &'static str,
    pub mark_doubtful: &'static str,
    pub mark_untimed: &'static str,
    pub mark_interpolated: &'static str,
    pub mark_finding: &'static str,
    pub mark_whose: &'static str,
    pub legend: &'static str,
    pub sample_word: &'static str,
    pub word_doubtful: fn(confidence: &str) -> String,
    pub word_interpolated: &'static str,
    pub word_untimed: fn(reason: &str) -> String,
    pub word_whose: fn(reason: &str) -> String,
    pub listen_because: &'static str,
    pub in_language: fn(&str) -> String,
    pub utterance: fn(number: u32) -> String,
    pub no_words: &'static str,
    pub finding_link: fn(number: u32) -> String,

    // Speakers.
    pub speaker_unknown: &'static str,
    pub speakers_are_numbers: &'static str,
    pub speakers_found: fn(usize, SpeakerBasis) -> String,
    pub no_speakers: &'static str,
    pub limit_voices: &'static str,
    pub limit_channel_speakers: &'static str,
    pub doubtful_turns: fn(doubtful: usize, turns: usize, reasons: &str) -> String,
    pub no_doubtful_turns: &'static str,
    pub speakers_caption: &'static str,
    pub speaker_label: &'static str,
    pub first_heard: &'static str,
    pub speech_time: &'static str,
    pub speech_share: &'static str,
    pub turns: &'static str,
    pub overlapped: &'static str,
    pub interruptions: &'static str,
    pub interruptions_explained: &'static str,
    pub cohesion: &'static str,
    pub cohesion_explained: &'static str,
    pub turns_axis: &'static str,
    pub turns_caption: &'static str,
    pub turn_margin: &'static str,

    // Curves.
    pub pitch_axis: &'static str,
    pub level_axis: &'static str,
    pub time_axis: &'static str,
    pub usual: &'static str,
    pub curves_caption: fn(columns_seconds: &str) -> String,
    pub curves_of_finding: fn(span: &str) -> String,
    pub curves_empty: &'static str,
    pub curves_click: &'static str,
    pub measures_caption: &'static str,
    pub start: &'static str,
    pub pauses: &'static str,
    pub baseline_caption: &'static str,
    pub quantity: &'static str,
    pub median: &'static str,
    pub deviation: &'static str,

    // Voices.
    pub voices_explained: &'static str,
    pub voices_not_apart: &'static str,
    pub voices_caption: &'static str,
    pub utterances_label: &'static str,
    pub pitch_range: &'static str,
    pub pitch_agreement: &'static str,
    pub pitch_agreement_explained: &'static str,
    pub range_basis: fn(PitchRangeBasis) -> &'static str,
    pub pitch_usual: &'static str,
    pub pitch_trend: &'static str,
    pub level_usual: &'static str,
    pub level_trend: &'static str,
    pub trends_explained: &'static str,
    pub tempo_caption: &'static str,
    pub speech_rate: &'static str,
    pub articulation_rate: &'static str,
    pub pauses_total: &'static str,
    pub pause_median: &'static str,
    pub response_gaps: &'static str,
    pub response_overlaps: &'static str,
    pub response_left_out: &'static str,
    pub response_lower: &'static str,
    pub response_median: &'static str,
    pub response_upper: &'static str,
    pub responses_explained: &'static str,
    pub curves_of_speaker: fn(speaker: &str) -> String,
    pub changes_explained: &'static str,
    pub changes_caption: &'static str,
    pub no_changes: &'static str,
    pub length: &'static str,
    pub change_label: &'static str,
    pub change: fn(&ChangeWords) -> String,
    pub usual_of: &'static str,
    pub usual_of_recording: &'static str,

    /// What each measure of the voice is called and says.
    pub voice: &'static VoiceMessages,

    // Findings.
    pub finding_heading: fn(number: u32, family: &str, kind: &str) -> String,
    pub strength: &'static str,
    pub samples_range: fn(first: &str, end: &str) -> String,
    pub pattern: &'static str,
    pub subtype: &'static str,
    pub status_label: &'static str,
    pub severity: &'static str,
    pub measured_here: &'static str,
    pub word_confidence_mean: &'static str,
    pub word_confidence_least: &'static str,
    pub value_here: &'static str,
    pub value_usual: &'static str,
    pub difference: &'static str,
    pub context_before: &'static str,
    pub context_after: &'static str,
    pub other_hits: &'static str,
    pub family_label: &'static str,
    pub words: &'static str,

    // Priority.
    pub priority_label: &'static str,
    pub priority_of_100: &'static str,
    pub priority_help: &'static str,
    pub priority_interval: fn(low: &str, high: &str) -> String,
    pub priority_sum: fn(sum: &str, priority: &str) -> String,
    pub priority_capped: fn(sum: &str) -> String,
    pub category: &'static str,
    pub weight: &'static str,
    pub points: &'static str,
    pub interval: &'static str,
    pub contributions: &'static str,
    pub no_contributions: &'static str,
    pub levels_explained: &'static str,

    // Not measured.
    pub not_measured_caption: &'static str,
    pub reason: &'static str,
    pub count: &'static str,
    pub first_places: &'static str,
    pub everything_measured: &'static str,
    pub word_times: &'static str,
    pub baseline_of: fn(&str) -> String,
    pub quantity_of: fn(quantity: &str, speaker: &str) -> String,

    // Disclaimer.
    pub disclaimer: &'static [&'static str],

    // Player and buttons.
    pub player: &'static str,
    pub play: &'static str,
    pub pause: &'static str,
    pub play_from: fn(time: &str) -> String,
    pub play_with_context: fn(span: &str) -> String,
    pub position: &'static str,
    pub speed: &'static str,
    pub follow: &'static str,
    pub keys_help: &'static str,
    pub no_sound: &'static str,
    pub and_more: fn(usize) -> String,

    // Case.
    pub case_voices: &'static CaseVoiceMessages,
    pub case_title: &'static str,
    pub case_summary: fn(done: usize, failed: usize, duration: &str) -> String,
    pub case_recordings: &'static str,
    pub case_order: &'static str,
    pub case_failures: &'static str,
    pub case_no_failures: &'static str,
    pub case_none: &'static str,
    /// Names follow.
    pub case_unread: &'static str,
    pub case_speakers: &'static str,
    pub case_findings: &'static str,
    pub case_warnings: &'static str,
    pub case_total: &'static str,
    pub case_level: &'static str,
    pub case_not_asked: &'static str,
    pub case_unknown_language: &'static str,
    pub case_settings: fn(recordings: usize) -> String,
    pub performance_title: &'static str,
    pub performance_help: &'static str,
    pub performance_total: &'static str,
    pub performance_audio: &'static str,
    pub performance_rate: &'static str,
    pub performance_mean: &'static str,
    pub performance_slowest: &'static str,
    pub performance_peak: &'static str,
    pub performance_no_sensor: &'static str,
    pub performance_stage: &'static str,
    pub performance_runs: &'static str,
    pub performance_cached: &'static str,
    pub performance_active: &'static str,
    pub performance_busy: fn(share: &str) -> String,
    pub performance_temperature: fn(mean: &str, highest: &str) -> String,
    pub performance_throttled: fn(time: &str) -> String,

    // Text transcript.
    pub txt_no_utterances: &'static str,
}

/// The messages of `language`.
pub(crate) fn messages(language: ReportLanguage) -> &'static Messages {
    match language {
        ReportLanguage::Ko => &ko::MESSAGES,
        ReportLanguage::En => &en::MESSAGES,
    }
}

impl Messages {
    /// The name of a language, or its code.
    pub(crate) fn language_or_code(&self, code: &str) -> String {
        (self.language_name)(code).map_or_else(|| code.to_owned(), str::to_owned)
    }

    /// The label of a measure named in evidence, or the name used in files, and how many decimals it is shown with.
    pub(crate) fn evidence_measure(&self, name: &str) -> (String, usize) {
        match (name, Measure::of_name(name)) {
            (_, Some(measure)) => ((self.measure)(measure).to_owned(), 1),
            ("word_confidence_mean", _) => (self.word_confidence_mean.to_owned(), 2),
            ("word_confidence_least", _) => (self.word_confidence_least.to_owned(), 2),
            _ => (crate::text::visible(name), 2),
        }
    }
}

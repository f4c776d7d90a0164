//! The shape of `analysis.json`.

use super::ANALYSIS_SCHEMA;
use super::emotion::{EmotionView, ModelFactsView, SpeakerEmotionView, models, segments, speakers as emotion_speakers};
use super::quality::{QualityView, quality};
use super::tempo::{self, BaselineName, ChangeView, RangeView, ResponseView, SpeakerAcousticsView};
use super::voice::VoiceView;
use serde::{Serialize, Serializer};
use std::collections::HashMap;
use voiceman_base::{
    AcousticFeatures, AlignedUtterance, Assessment, AttributionDoubt, Baseline, CategoryScore, ClipTime, Diarization,
    Digest, EvidenceRef, Family, Finding, FindingId, FindingKind, Flag, LanguageCode, LanguageVote, Measured,
    MeasuredChannel, PatternHit, PatternHitId, PatternStatus, PitchAgreement, Precision, PriorityLevel, Prob,
    ProducedBy, RecordingAnalysis, SourceFacts, SourceWarningKind, Span, Speaker, SpeakerBasis, SpeakerId, SpeakerNote,
    SyllableBasis, Timing, Turn, TurnDoubt, TurnId, UntimedReason, UtteranceAcoustics, UtteranceId, Word, WordId,
};

#[derive(Serialize)]
pub(super) struct Analysis<'a> {
    schema: &'static str,
    /// Parts that are missing because nobody asked for them.
    not_asked_for: Vec<&'static str>,
    source: Source<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    language: Option<Language>,
    #[serde(skip_serializing_if = "Option::is_none")]
    speech: Option<Vec<Region>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    utterances: Option<Vec<UtteranceView<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    diarization: Option<DiarizationView<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    turns: Option<Vec<TurnView<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    speakers: Option<Vec<SpeakerView>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    quality: Option<QualityView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    acoustics: Option<Vec<AcousticsView>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    acoustics_baseline: Option<BaselineView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    acoustics_speakers: Option<Vec<SpeakerAcousticsView>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    responses: Option<Vec<ResponseView>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    changes: Option<Vec<ChangeView>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    emotion: Option<Vec<EmotionView<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    emotion_models: Option<Vec<ModelFactsView<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    emotion_speakers: Option<Vec<SpeakerEmotionView>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    patterns: Option<Vec<PatternView<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    findings: Option<Vec<FindingView<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    assessment: Option<AssessmentView<'a>>,
    produced_by: ProducedByView<'a>,
}

#[derive(Serialize)]
struct Source<'a> {
    name: &'a str,
    bytes: u64,
    sha256: Digest,
    container: &'a str,
    codec: &'a str,
    sample_rate_hz: u32,
    channels: u16,
    duration_s: f64,
    samples: u64,
    samples_sha256: Digest,
    decoder: Decoder<'a>,
    trimming: &'a str,
    warnings: Vec<Warning<'a>>,
}

#[derive(Serialize)]
struct Decoder<'a> {
    name: &'a str,
    version: &'a str,
}

#[derive(Serialize)]
struct Warning<'a> {
    kind: SourceWarningKind,
    at_s: Option<f64>,
    missing_s: Option<f64>,
    text: &'a str,
}

#[derive(Serialize)]
struct Language {
    code: Option<LanguageCode>,
    probability: Option<f64>,
    decided_by: &'static str,
    candidates: Vec<Candidate>,
}

#[derive(Serialize)]
struct Candidate {
    code: LanguageCode,
    share: f64,
}

#[derive(Serialize)]
struct Region {
    start: f64,
    end: f64,
    probability: f64,
}

#[derive(Serialize)]
struct UtteranceView<'a> {
    id: UtteranceId,
    start: f64,
    end: f64,
    speaker: Option<SpeakerName>,
    language: LanguageCode,
    text: &'a str,
    words: Vec<WordView<'a>>,
    avg_logprob: f64,
    no_speech_prob: f64,
    compression_ratio: f64,
    temperature: f64,
    flags: &'a [Flag],
}

#[derive(Serialize)]
struct WordView<'a> {
    id: WordId,
    text: &'a str,
    start: Option<f64>,
    end: Option<f64>,
    timing: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    timing_score: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    untimed_why: Option<UntimedReason>,
    confidence: f64,
    #[serde(flatten)]
    attribution: Option<AttributionView>,
}

/// Who said a word; missing as a whole where speakers were not asked for.
#[derive(Serialize)]
struct AttributionView {
    speaker: Option<SpeakerName>,
    speaker_margin: Option<f64>,
    speaker_doubt: Option<AttributionDoubt>,
}

/// A speaker as `SPEAKER_00`.
pub(super) struct SpeakerName(pub(super) SpeakerId);

impl Serialize for SpeakerName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

#[derive(Serialize)]
struct DiarizationView<'a> {
    basis: SpeakerBasis,
    notes: &'a [SpeakerNote],
}

#[derive(Serialize)]
struct TurnView<'a> {
    id: TurnId,
    speaker: SpeakerName,
    start: f64,
    end: f64,
    margin: Measured<f64>,
    doubts: &'a [TurnDoubt],
}

#[derive(Serialize)]
struct SpeakerView {
    id: SpeakerName,
    speech_s: f64,
    overlapped_s: f64,
    share: f64,
    turns: u32,
    interruptions: u32,
    cohesion: Measured<f64>,
}

#[derive(Serialize)]
struct AcousticsView {
    utterance: UtteranceId,
    speaker: Option<SpeakerName>,
    start: f64,
    end: f64,
    f0_range_hz: RangeView,
    f0_agreement_share: Measured<f64>,
    f0_mean_hz: Measured<f64>,
    f0_median_hz: Measured<f64>,
    f0_sd_hz: Measured<f64>,
    intensity_db: Measured<f64>,
    #[serde(flatten)]
    voice: VoiceView,
    syllables_from: SyllableBasis,
    speech_rate_syl_s: Measured<f64>,
    articulation_rate_syl_s: Measured<f64>,
    pauses: Vec<SpanView>,
}

#[derive(Serialize)]
struct SpanView {
    start: f64,
    end: f64,
}

#[derive(Serialize)]
pub(super) struct BaselineView {
    channel: MeasuredChannel,
    f0_median_hz: Measured<f64>,
    f0_median_mad_hz: Measured<f64>,
    intensity_db: Measured<f64>,
    intensity_mad_db: Measured<f64>,
}

#[derive(Serialize)]
struct PatternView<'a> {
    id: PatternHitId,
    pattern: &'a str,
    family: Family,
    subtype: &'a str,
    status: PatternStatus,
    language: LanguageCode,
    utterance: UtteranceId,
    speaker: Option<SpeakerName>,
    start: f64,
    end: f64,
    words: &'a [WordId],
    severity: f64,
}

#[derive(Serialize)]
struct FindingView<'a> {
    id: FindingId,
    kind: FindingKind,
    family: Family,
    strength: f64,
    speaker: Option<SpeakerName>,
    evidence: Vec<EvidenceView<'a>>,
}

#[derive(Serialize)]
struct EvidenceView<'a> {
    start: f64,
    end: f64,
    utterance: UtteranceId,
    words: &'a [WordId],
    pattern: PatternHitId,
    measures: Vec<MeasureView<'a>>,
}

#[derive(Serialize)]
struct MeasureView<'a> {
    name: &'a str,
    value: f64,
    baseline: f64,
    baseline_of: BaselineName,
}

#[derive(Serialize)]
struct AssessmentView<'a> {
    recording: ScoredView,
    weights: WeightsView<'a>,
}

#[derive(Serialize)]
struct ScoredView {
    priority: f64,
    level: PriorityLevel,
    interval: IntervalView,
    categories: Vec<CategoryView>,
}

#[derive(Serialize)]
struct IntervalView {
    low: f64,
    high: f64,
}

#[derive(Serialize)]
struct CategoryView {
    category: Family,
    value: f64,
    interval: IntervalView,
    contributions: Vec<ContributionView>,
}

#[derive(Serialize)]
struct ContributionView {
    finding: FindingId,
    points: f64,
}

#[derive(Serialize)]
struct WeightsView<'a> {
    version: &'a str,
    families: Vec<WeightView>,
}

#[derive(Serialize)]
struct WeightView {
    family: Family,
    weight: f64,
}

#[derive(Serialize)]
struct ProducedByView<'a> {
    tool: &'a str,
    version: &'a str,
    settings_sha256: Digest,
    models: Vec<ModelView<'a>>,
    lexicons: Vec<LexiconView<'a>>,
}

#[derive(Serialize)]
struct ModelView<'a> {
    role: &'a str,
    name: &'a str,
    sha256: Digest,
    precision: Precision,
    runtime: &'a str,
}

#[derive(Serialize)]
struct LexiconView<'a> {
    name: &'a str,
    version: &'a str,
    sha256: Digest,
}

pub(super) fn analysis(analysis: &RecordingAnalysis) -> Analysis<'_> {
    let transcript = analysis.transcript.as_ref();
    let diarization = analysis.diarization.as_ref();
    let sayers = Sayers::new(analysis);
    let not_asked_for = [
        ("speech", analysis.speech.is_none()),
        ("language", transcript.is_none()),
        ("utterances", transcript.is_none()),
        ("diarization", analysis.diarization.is_none()),
        ("turns", analysis.diarization.is_none()),
        ("speakers", analysis.diarization.is_none()),
        ("quality", analysis.quality.is_none()),
        ("acoustics", analysis.acoustics.is_none()),
        ("acoustics_baseline", analysis.acoustics.is_none()),
        ("acoustics_speakers", analysis.acoustics.is_none()),
        ("responses", analysis.acoustics.is_none()),
        ("changes", analysis.acoustics.is_none()),
        ("emotion", analysis.emotion.is_none()),
        ("emotion_models", analysis.emotion.is_none()),
        ("emotion_speakers", analysis.emotion.is_none()),
        ("patterns", analysis.patterns.is_none()),
        ("findings", analysis.findings.is_none()),
        ("assessment", analysis.assessment.is_none()),
    ];
    Analysis {
        schema: ANALYSIS_SCHEMA,
        not_asked_for: not_asked_for.into_iter().filter_map(|(key, absent)| absent.then_some(key)).collect(),
        source: source(&analysis.source),
        language: transcript.map(|transcript| language(&transcript.language)),
        speech: analysis.speech.as_ref().map(|speech| {
            let regions = speech.regions().iter();
            regions
                .map(|region| Region {
                    start: region.span.start().seconds(),
                    end: region.span.end().seconds(),
                    probability: region.speech.value(),
                })
                .collect()
        }),
        utterances: transcript.map(|transcript| {
            transcript.utterances.iter().map(|spoken| utterance(spoken, diarization.is_some())).collect()
        }),
        diarization: diarization.map(|found| DiarizationView { basis: found.basis, notes: &found.notes }),
        turns: diarization.map(|found| found.turns.iter().map(turn).collect()),
        speakers: diarization.map(speakers),
        quality: analysis.quality.as_ref().map(quality),
        acoustics: analysis.acoustics.as_ref().map(|features| features.utterances.iter().map(acoustics).collect()),
        acoustics_baseline: analysis.acoustics.as_ref().map(baseline),
        acoustics_speakers: analysis.acoustics.as_ref().map(tempo::speakers),
        responses: analysis.acoustics.as_ref().map(tempo::responses),
        changes: analysis.acoustics.as_ref().map(tempo::changes),
        emotion: analysis.emotion.as_ref().map(segments),
        emotion_models: analysis.emotion.as_ref().map(models),
        emotion_speakers: analysis.emotion.as_ref().map(emotion_speakers),
        patterns: analysis.patterns.as_ref().map(|hits| hits.iter().map(|hit| pattern(hit, &sayers)).collect()),
        findings: analysis
            .findings
            .as_ref()
            .map(|findings| findings.iter().map(|found| finding(found, &sayers)).collect()),
        assessment: analysis.assessment.as_ref().map(assessment),
        produced_by: produced_by(&analysis.produced_by),
    }
}

fn source(source: &SourceFacts) -> Source<'_> {
    let warnings = source.warnings.iter().map(|warning| Warning {
        kind: warning.kind,
        at_s: warning.at.map(ClipTime::seconds),
        missing_s: warning.missing.map(ClipTime::seconds),
        text: &warning.text,
    });
    Source {
        name: &source.file.name,
        bytes: source.file.bytes,
        sha256: source.file.sha256,
        container: &source.container,
        codec: &source.codec,
        sample_rate_hz: source.sample_rate,
        channels: source.channels,
        duration_s: source.duration.seconds(),
        samples: source.samples,
        samples_sha256: source.samples_sha256,
        decoder: Decoder { name: &source.decoder.name, version: &source.decoder.version },
        trimming: &source.trimming,
        warnings: warnings.collect(),
    }
}

fn language(vote: &LanguageVote) -> Language {
    let code = vote.decided();
    match vote {
        LanguageVote::Given(_) => Language { code, probability: None, decided_by: "user", candidates: Vec::new() },
        LanguageVote::NoSpeech => Language { code, probability: None, decided_by: "no_speech", candidates: Vec::new() },
        LanguageVote::Voted(candidates) => Language {
            code,
            probability: candidates.first().map(|candidate| candidate.share.value()),
            decided_by: "vote",
            candidates: candidates
                .iter()
                .map(|candidate| Candidate { code: candidate.code, share: candidate.share.value() })
                .collect(),
        },
    }
}

/// Who said each utterance, where that is known.
struct Sayers(HashMap<UtteranceId, SpeakerId>);

impl Sayers {
    fn new(analysis: &RecordingAnalysis) -> Sayers {
        let spoken = analysis.transcript.iter().flat_map(|transcript| &transcript.utterances);
        Sayers(spoken.filter_map(|spoken| Some((spoken.utterance.id, spoken.speaker?))).collect())
    }

    fn of(&self, utterance: UtteranceId) -> Option<SpeakerName> {
        self.0.get(&utterance).copied().map(SpeakerName)
    }

    /// The one who said all of the evidence; nobody where several did.
    fn of_all(&self, evidence: &[EvidenceRef]) -> Option<SpeakerName> {
        let mut all = evidence.iter().map(|evidence| self.0.get(&evidence.utterance).copied());
        let first = all.next()??;
        all.all(|other| other == Some(first)).then_some(SpeakerName(first))
    }
}

fn turn(turn: &Turn) -> TurnView<'_> {
    TurnView {
        id: turn.id,
        speaker: SpeakerName(turn.speaker),
        start: turn.span.start().seconds(),
        end: turn.span.end().seconds(),
        margin: turn.margin,
        doubts: &turn.doubts,
    }
}

fn speakers(diarization: &Diarization) -> Vec<SpeakerView> {
    let view = |speaker: &Speaker| SpeakerView {
        id: SpeakerName(speaker.id),
        speech_s: speaker.speech.seconds(),
        overlapped_s: speaker.overlapped.seconds(),
        share: speaker.share,
        turns: speaker.turns,
        interruptions: speaker.interruptions,
        cohesion: speaker.cohesion,
    };
    diarization.speakers.iter().map(view).collect()
}

fn utterance(spoken: &AlignedUtterance, told_apart: bool) -> UtteranceView<'_> {
    let utterance = &spoken.utterance;
    UtteranceView {
        id: utterance.id,
        start: utterance.span.start().seconds(),
        end: utterance.span.end().seconds(),
        speaker: spoken.speaker.map(SpeakerName),
        language: utterance.language,
        text: &utterance.text,
        words: spoken.words.iter().map(|said| word(said, told_apart)).collect(),
        avg_logprob: utterance.avg_logprob,
        no_speech_prob: utterance.no_speech.value(),
        compression_ratio: utterance.compression_ratio,
        temperature: utterance.temperature,
        flags: &utterance.flags,
    }
}

fn word(word: &Word, told_apart: bool) -> WordView<'_> {
    let span = word.timing.span();
    let (timing, timing_score, untimed_why) = match word.timing {
        Timing::Aligned { score, .. } => ("aligned", Some(score.value()), None),
        Timing::Interpolated { .. } => ("interpolated", None, None),
        Timing::Untimed { why } => ("untimed", None, Some(why)),
    };
    WordView {
        id: word.id,
        text: &word.text,
        start: span.map(|span| span.start().seconds()),
        end: span.map(|span| span.end().seconds()),
        timing,
        timing_score,
        untimed_why,
        confidence: word.confidence.value(),
        attribution: told_apart.then(|| AttributionView {
            speaker: word.attribution.map(|attribution| SpeakerName(attribution.speaker)),
            speaker_margin: word.attribution.map(|attribution| attribution.margin),
            speaker_doubt: word.attribution.and_then(|attribution| attribution.doubt),
        }),
    }
}

fn acoustics(measures: &UtteranceAcoustics) -> AcousticsView {
    AcousticsView {
        utterance: measures.utterance,
        speaker: measures.speaker.map(SpeakerName),
        start: measures.span.start().seconds(),
        end: measures.span.end().seconds(),
        f0_range_hz: tempo::range(measures.pitch_range),
        f0_agreement_share: measures.f0_agreement.map(PitchAgreement::share),
        f0_mean_hz: measures.f0_mean.map(f64::from),
        f0_median_hz: measures.f0_median.map(f64::from),
        f0_sd_hz: measures.f0_sd.map(f64::from),
        intensity_db: measures.intensity.map(f64::from),
        voice: VoiceView::of(&measures.voice),
        syllables_from: measures.syllables_from,
        speech_rate_syl_s: measures.speech_rate,
        articulation_rate_syl_s: measures.articulation_rate,
        pauses: measures.pauses.iter().map(|pause| span(pause.span)).collect(),
    }
}

fn span(span: Span) -> SpanView {
    SpanView { start: span.start().seconds(), end: span.end().seconds() }
}

fn baseline(features: &AcousticFeatures) -> BaselineView {
    baseline_of_all(features.channel, &features.baseline)
}

pub(super) fn baseline_of_all(channel: MeasuredChannel, baseline: &Baseline) -> BaselineView {
    BaselineView {
        channel,
        f0_median_hz: baseline.f0.map(f64::from),
        f0_median_mad_hz: baseline.f0_mad.map(f64::from),
        intensity_db: baseline.intensity.map(f64::from),
        intensity_mad_db: baseline.intensity_mad.map(f64::from),
    }
}

fn pattern<'a>(hit: &'a PatternHit, sayers: &Sayers) -> PatternView<'a> {
    PatternView {
        id: hit.id,
        pattern: &hit.pattern,
        family: hit.family,
        subtype: &hit.subtype,
        status: hit.status,
        language: hit.language,
        utterance: hit.utterance,
        speaker: sayers.of(hit.utterance),
        start: hit.span.start().seconds(),
        end: hit.span.end().seconds(),
        words: &hit.words,
        severity: hit.severity.value(),
    }
}

fn finding<'a>(finding: &'a Finding, sayers: &Sayers) -> FindingView<'a> {
    FindingView {
        id: finding.id,
        kind: finding.kind,
        family: finding.family,
        strength: Prob::value(finding.strength),
        speaker: sayers.of_all(&finding.evidence),
        evidence: finding.evidence.iter().map(evidence).collect(),
    }
}

fn evidence(evidence: &EvidenceRef) -> EvidenceView<'_> {
    let measures = evidence.measures.iter().map(|measure| MeasureView {
        name: &measure.name,
        value: measure.value,
        baseline: measure.baseline,
        baseline_of: BaselineName(measure.baseline_of),
    });
    EvidenceView {
        start: evidence.span.start().seconds(),
        end: evidence.span.end().seconds(),
        utterance: evidence.utterance,
        words: &evidence.words,
        pattern: evidence.pattern,
        measures: measures.collect(),
    }
}

fn assessment(assessment: &Assessment) -> AssessmentView<'_> {
    let scored = &assessment.recording;
    AssessmentView {
        recording: ScoredView {
            priority: scored.priority,
            level: scored.level,
            interval: IntervalView { low: scored.interval.low, high: scored.interval.high },
            categories: scored.categories.iter().map(category).collect(),
        },
        weights: WeightsView {
            version: &assessment.weights.version,
            families: assessment
                .weights
                .families
                .iter()
                .map(|(family, weight)| WeightView { family: *family, weight: *weight })
                .collect(),
        },
    }
}

fn category(category: &CategoryScore) -> CategoryView {
    let contributions = category
        .contributions
        .iter()
        .map(|contribution| ContributionView { finding: contribution.finding, points: contribution.points });
    CategoryView {
        category: category.category,
        value: category.value,
        interval: IntervalView { low: category.interval.low, high: category.interval.high },
        contributions: contributions.collect(),
    }
}

fn produced_by(made: &ProducedBy) -> ProducedByView<'_> {
    let models = made.models.iter().map(|model| ModelView {
        role: &model.role,
        name: &model.name,
        sha256: model.sha256,
        precision: model.precision,
        runtime: &model.runtime,
    });
    let lexicons = made.lexicons.iter().map(|lexicon| LexiconView {
        name: &lexicon.name,
        version: &lexicon.version,
        sha256: lexicon.sha256,
    });
    ProducedByView {
        tool: &made.tool,
        version: &made.version,
        settings_sha256: made.settings_sha256,
        models: models.collect(),
        lexicons: lexicons.collect(),
    }
}

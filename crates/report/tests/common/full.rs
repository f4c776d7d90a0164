//! A recording with everything in it.

use super::acoustics::acoustics;
use super::conversation::conversation;
use super::quality::of_a_call;
use super::speakers::{attribute, diarization};
use super::{bare, millis, prob, span};
use voiceman_base::{
    AlignedTranscript, AlignedUtterance, Assessment, BaselineOf, CategoryScore, Contribution, Digest, EvidenceRef,
    Family, Finding, FindingId, FindingKind, Flag, Interval, LanguageCandidate, LanguageCode, LanguageVote,
    LexiconUsed, MeasureRef, ModelIdentity, PatternHit, PatternHitId, PatternStatus, Precision, PriorityLevel,
    RecordingAnalysis, ScoreWeights, Scored, SourceWarning, SourceWarningKind, Span, Speaker, SpeakerId, SpeechMap,
    SpeechRegion, Timing, UntimedReason, UtteranceId, WordId,
};

pub fn assessment(points: Vec<(Family, FindingId, f64)>) -> Assessment {
    let weights = [0.25, 0.25, 0.20, 0.10, 0.10, 0.10];
    let categories = Family::ALL.map(|family| {
        let contributions: Vec<_> = points
            .iter()
            .filter(|(of, _, _)| *of == family)
            .map(|(_, finding, points)| Contribution { finding: *finding, points: *points })
            .collect();
        let value = contributions.iter().map(|contribution| contribution.points).sum();
        CategoryScore {
            category: family,
            value,
            interval: Interval { low: value * 0.8, high: value * 1.1 },
            contributions,
        }
    });
    let sum: f64 = categories.iter().map(|category| category.value).sum();
    let priority = sum.clamp(0.0, 100.0);
    Assessment {
        recording: Scored {
            priority,
            level: PriorityLevel::of(priority),
            interval: Interval { low: priority * 0.8, high: (priority * 1.1).min(100.0) },
            categories: categories.to_vec(),
        },
        weights: ScoreWeights { version: "1".to_owned(), families: Family::ALL.into_iter().zip(weights).collect() },
    }
}

/// A recording with everything in it: `lines` of one language, two hits that became findings and one that did not.
pub fn full(
    name: &str,
    language: LanguageCode,
    lines: &[(i64, i64, &str)],
    hit_words: [&[u32]; 3],
) -> RecordingAnalysis {
    let duration = lines.last().map_or(1_000, |line| line.1) + 1_500;
    let mut analysis = bare(name, duration);
    let mut utterances = conversation(language, lines);
    let of_word = |utterances: &[AlignedUtterance], id: u32| -> (UtteranceId, Span) {
        let found = utterances.iter().find_map(|utterance| {
            let word = utterance.words.iter().find(|word| word.id.0 == id)?;
            Some((utterance.utterance.id, word.timing.span().unwrap_or(utterance.utterance.span)))
        });
        found.unwrap_or((UtteranceId(0), span(0, 1)))
    };
    let places: Vec<_> = hit_words
        .iter()
        .map(|words| {
            let (utterance, first) = of_word(&utterances, words[0]);
            let (_, last) = of_word(&utterances, words[words.len() - 1]);
            (utterance, first.hull(last), words.iter().map(|id| WordId(*id)).collect::<Vec<_>>())
        })
        .collect();
    for id in &places[1].2 {
        for word in utterances.iter_mut().flat_map(|utterance| &mut utterance.words).filter(|word| word.id == *id) {
            word.confidence = prob(0.34);
        }
    }
    if let Some(last) = utterances.last_mut() {
        last.utterance.flags = vec![Flag::OverSilence, Flag::LowProbability];
        if let Some(word) = last.words.last_mut() {
            word.timing = Timing::Untimed { why: UntimedReason::NoFrames };
            word.confidence = prob(0.21);
        }
        if let Some(word) = last.words.first_mut()
            && let Some(span) = word.timing.span()
        {
            word.timing = Timing::Interpolated { span };
        }
    }
    let diarization = diarization(&utterances);
    attribute(&mut utterances, &diarization);
    analysis.quality = Some(of_a_call(&diarization));
    analysis.diarization = Some(diarization);
    analysis.source.warnings.push(SourceWarning {
        kind: SourceWarningKind::Truncated,
        at: Some(millis(duration)),
        missing: Some(millis(12_400)),
        text: "the index names 1,540 packets, 1,006 are there".to_owned(),
    });
    let regions = utterances.iter().map(|line| SpeechRegion { span: line.utterance.span, speech: prob(0.97) });
    analysis.speech = SpeechMap::new(regions.collect()).ok();
    analysis.acoustics = Some(acoustics(&utterances, duration));
    let families = [Family::Threat, Family::Coercion, Family::Threat];
    let code = language.as_str().to_owned();
    let hits: Vec<_> = places
        .iter()
        .enumerate()
        .map(|(index, (utterance, span, words))| PatternHit {
            id: PatternHitId(index as u32),
            pattern: format!("{code}.{}.sample.{index}", families[index].name()),
            family: families[index],
            subtype: ["direct", "guilt", "direct"][index].to_owned(),
            severity: prob([1.0, 0.75, 1.0][index]),
            status: if index == 2 { PatternStatus::Negated } else { PatternStatus::Asserted },
            language,
            utterance: *utterance,
            words: words.clone(),
            span: *span,
        })
        .collect();
    let evidence = |index: usize, measures: Vec<MeasureRef>| EvidenceRef {
        span: places[index].1,
        utterance: places[index].0,
        words: places[index].2.clone(),
        pattern: PatternHitId(index as u32),
        measures,
    };
    let measure = |name: &str, value: f64, baseline: f64| MeasureRef {
        name: name.to_owned(),
        value,
        baseline,
        baseline_of: BaselineOf::Speaker(SpeakerId(0)),
    };
    let finding = |id: u32, kind: FindingKind, family: Family, strength: f64, evidence: EvidenceRef| Finding {
        id: FindingId(id),
        kind,
        family,
        strength: prob(strength),
        evidence: vec![evidence],
    };
    let doubt = vec![measure("word_confidence_mean", 0.34, 0.93), measure("word_confidence_least", 0.34, 0.93)];
    let raised = vec![measure("intensity_db", 71.3, 64.2), measure("f0_median_hz", 246.1, 198.4)];
    analysis.findings = Some(vec![
        finding(0, FindingKind::Wording, Family::Threat, 1.0, evidence(0, Vec::new())),
        finding(1, FindingKind::WordingWithRaisedVoice, Family::Threat, 0.82, evidence(0, raised)),
        finding(2, FindingKind::WordingOverDoubtfulWords, Family::Coercion, 0.41, evidence(1, doubt)),
    ]);
    analysis.patterns = Some(hits);
    analysis.assessment = Some(assessment(vec![
        (Family::Threat, FindingId(0), 25.0),
        (Family::Threat, FindingId(1), 6.25),
        (Family::Coercion, FindingId(2), 6.4),
    ]));
    let other = if language == LanguageCode::KOREAN { LanguageCode::ENGLISH } else { LanguageCode::KOREAN };
    let candidates = [(language, 0.94), (other, 0.06)];
    analysis.transcript = Some(AlignedTranscript {
        language: LanguageVote::Voted(
            candidates.iter().map(|(code, share)| LanguageCandidate { code: *code, share: prob(*share) }).collect(),
        ),
        utterances,
    });
    let model = |role: &str, name: &str, precision: Precision| ModelIdentity {
        role: role.to_owned(),
        name: name.to_owned(),
        sha256: Digest::of(name.as_bytes()),
        precision,
        runtime: "onnxruntime 1.31.1".to_owned(),
    };
    analysis.produced_by.models = vec![
        model("vad", "silero-vad-6.2.3", Precision::Float32),
        model("stt", "whisper-base", Precision::Weights8),
        model("segmentation", "segmentation-3.0", Precision::Float32),
        model("embedding", "wespeaker-resnet34", Precision::Float32),
    ];
    analysis.produced_by.lexicons =
        vec![LexiconUsed { name: code, version: "1.0.0".to_owned(), sha256: Digest::of(b"lexicon") }];
    analysis
}

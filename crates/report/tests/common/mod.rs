//! Analyses to make reports from: a Korean call, an English one, and bare ones.
#![allow(
    dead_code,
    clippy::expect_used,
    reason = "each test file uses a part of this; a failed expectation fails the test"
)]

pub mod emotion;

use voiceman_base::{
    AcousticFeatures, AlignedTranscript, AlignedUtterance, Assessment, Attribution, AttributionDoubt, Baseline,
    BaselineOf, CategoryScore, ChangeSpan, ChangedQuantity, ClipTime, Condition, ContourPoint, Contribution, Decibels,
    DecoderId, Diarization, Digest, Dropout, DropoutKind, Dropouts, EvidenceRef, Family, Finding, FindingId,
    FindingKind, Flag, Formant, Hertz, Hum, Interval, Jitter, LanguageCandidate, LanguageCode, LanguageVote,
    LexiconUsed, MeasureRef, Measured, MeasuredChannel, ModelIdentity, Obstacle, PatternHit, PatternHitId,
    PatternStatus, Pause, PauseTotals, PitchAgreement, PitchRange, PitchRangeBasis, Precision, PriorityLevel, Prob,
    ProducedBy, QualityReason, RecordingAnalysis, RecordingQuality, Response, ResponseTimes, ScoreWeights, Scored,
    Shimmer, SignalQuality, SourceFacts, SourceFile, SourceWarning, SourceWarningKind, Span, Speaker, SpeakerAcoustics,
    SpeakerBasis, SpeakerId, SpeakerNote, SpeakerQuality, SpeechMap, SpeechRegion, Timing, Trend, Turn, TurnDoubt,
    TurnId, UndefinedReason, UntimedReason, Untold, Utterance, UtteranceAcoustics, UtteranceId, Verdict, VoiceMeasure,
    VoiceMeasures, VoiceSpectrum, Word, WordId,
};

pub fn millis(millis: i64) -> ClipTime {
    ClipTime::from_millis(millis)
}

pub fn span(start: i64, end: i64) -> Span {
    Span::clamped(millis(start), millis(end))
}

pub fn prob(value: f64) -> Prob {
    Prob::saturating(value)
}

/// A recording of which nothing but the file is known.
pub fn bare(name: &str, duration_ms: i64) -> RecordingAnalysis {
    RecordingAnalysis {
        source: SourceFacts {
            file: SourceFile { name: name.to_owned(), bytes: 1_234_567, sha256: Digest::of(name.as_bytes()) },
            container: "mp4".to_owned(),
            codec: "aac-lc".to_owned(),
            sample_rate: 44_100,
            channels: 1,
            samples: duration_ms as u64 * 441 / 10,
            duration: millis(duration_ms),
            decoder: DecoderId { name: "symphonia".to_owned(), version: "0.6.1".to_owned() },
            trimming: "edit list: 1024 samples of encoder delay removed".to_owned(),
            samples_sha256: Digest::of(b"samples"),
            warnings: Vec::new(),
        },
        speech: None,
        transcript: None,
        diarization: None,
        quality: None,
        acoustics: None,
        emotion: None,
        patterns: None,
        findings: None,
        assessment: None,
        produced_by: ProducedBy {
            tool: "voiceman".to_owned(),
            version: "0.1.0".to_owned(),
            settings_sha256: Digest::of(b"settings"),
            models: Vec::new(),
            lexicons: Vec::new(),
        },
    }
}

/// The quality of a recording in which there is nothing to hear.
fn unheard() -> RecordingQuality {
    let why = QualityReason::Silent;
    let verdict = |measure| Verdict {
        measure,
        obstacles: vec![Obstacle::Unknown { condition: Condition::Speech, why: QualityReason::NoSpeech }],
        untold: vec![Untold { condition: Condition::AutomaticGain, why }],
    };
    let signal = SignalQuality {
        peak_dbfs: Measured::Undefined(why),
        dc_offset: Measured::Undefined(why),
        clipped_share: Measured::Undefined(why),
        bandwidth_hz: Measured::Undefined(why),
        noise_floor_dbfs: Measured::Undefined(why),
        speech_level_dbfs: Measured::Undefined(why),
        speech_time: Measured::Undefined(why),
        snr_db: Measured::Undefined(why),
        dropouts: Measured::Undefined(why),
        hum: Measured::Undefined(why),
        fall_db_per_s: Measured::Undefined(why),
        pause_rise_db: Measured::Undefined(why),
    };
    RecordingQuality { signal, verdicts: VoiceMeasure::ALL.map(verdict).to_vec(), speakers: Vec::new() }
}

/// The quality of a call over a line, as a whole and for the speakers told apart.
fn of_a_call(diarization: &Diarization) -> RecordingQuality {
    let decibels = |value: f64| Measured::from_option(Decibels::new(value), QualityReason::TooShort);
    let db = |value: f64| Decibels::new(value).expect("finite");
    let hz = |value: f64| Hertz::new(value).expect("finite");
    let lost = |start, end| Dropout { span: span(start, end), kind: DropoutKind::Constant };
    let signal = SignalQuality {
        peak_dbfs: decibels(-1.25),
        dc_offset: Measured::Value(-0.000_12),
        clipped_share: Measured::Value(0.000_123),
        bandwidth_hz: Measured::Value(hz(3_412.4)),
        noise_floor_dbfs: decibels(-48.26),
        speech_level_dbfs: decibels(-23.1),
        speech_time: Measured::Value(millis(20_400)),
        snr_db: decibels(25.2),
        dropouts: Measured::Value(Dropouts {
            count: 2,
            total: millis(90),
            first: vec![lost(4_200, 4_260), lost(13_500, 13_530)],
        }),
        hum: Measured::Value(Hum { line_hz: hz(60.0), over_neighbourhood_db: db(1.3), level_dbfs: db(-71.4) }),
        fall_db_per_s: Measured::Undefined(QualityReason::TooFewFalls),
        pause_rise_db: decibels(4.6),
    };
    let noise = Obstacle::Noise { snr_db: db(25.2), needed_db: db(30.0) };
    let bandwidth = |needed: f64| Obstacle::Bandwidth { bandwidth_hz: hz(3_412.4), needed_hz: hz(needed) };
    let gain = Obstacle::AutomaticGain { rise_db: db(4.6), most_db: db(2.0) };
    let clipping = Obstacle::Clipping { share: 0.000_123, most: 0.000_1 };
    let untold = Untold { condition: Condition::Reverberation, why: QualityReason::TooFewFalls };
    let verdicts = |speech: ClipTime| {
        let verdict = |measure: VoiceMeasure| {
            let (mut obstacles, asks_for_room, seconds) = match measure {
                VoiceMeasure::Pitch => (Vec::new(), false, 1.0),
                VoiceMeasure::SpeechRate => (Vec::new(), false, 5.0),
                VoiceMeasure::Level => (vec![clipping, gain], false, 1.0),
                VoiceMeasure::Jitter => (vec![noise, clipping], true, 1.0),
                VoiceMeasure::Shimmer => (vec![noise, bandwidth(5_000.0), clipping, gain], true, 1.0),
                VoiceMeasure::Harmonicity => (vec![noise, bandwidth(5_000.0), clipping], true, 1.0),
                VoiceMeasure::Formant1 | VoiceMeasure::Formant3 => (vec![bandwidth(4_100.0)], true, 1.0),
                VoiceMeasure::Formant4 | VoiceMeasure::Spectrum => (vec![bandwidth(5_000.0)], true, 1.0),
                VoiceMeasure::Formant2 => (Vec::new(), true, 1.0),
                VoiceMeasure::Emotion => (Vec::new(), true, 2.0),
                VoiceMeasure::SpeakerComparison => (Vec::new(), true, 10.0),
            };
            let needed = ClipTime::from_seconds(seconds);
            if speech < needed {
                obstacles.insert(0, Obstacle::LittleSpeech { speech, needed });
            }
            Verdict { measure, obstacles, untold: if asks_for_room { vec![untold] } else { Vec::new() } }
        };
        VoiceMeasure::ALL.map(verdict).to_vec()
    };
    let speakers = diarization.speakers.iter().map(|speaker| {
        let net_speech = speaker.speech.saturating_sub(speaker.overlapped);
        SpeakerQuality { speaker: speaker.id, net_speech, verdicts: verdicts(net_speech) }
    });
    RecordingQuality { signal, verdicts: verdicts(millis(20_400)), speakers: speakers.collect() }
}

/// A recording in which nobody speaks, all parts asked for.
pub fn silent() -> RecordingAnalysis {
    let mut analysis = bare("silence.wav", 600_000);
    analysis.speech = Some(SpeechMap::default());
    analysis.transcript = Some(AlignedTranscript { language: LanguageVote::NoSpeech, utterances: Vec::new() });
    analysis.diarization = Some(Diarization::silent());
    analysis.quality = Some(unheard());
    analysis.acoustics = Some(AcousticFeatures {
        channel: MeasuredChannel::Single,
        utterances: Vec::new(),
        baseline: Baseline {
            f0: Measured::Undefined(UndefinedReason::NoBaseline),
            f0_mad: Measured::Undefined(UndefinedReason::NoBaseline),
            intensity: Measured::Undefined(UndefinedReason::NoBaseline),
            intensity_mad: Measured::Undefined(UndefinedReason::NoBaseline),
        },
        speakers: Vec::new(),
        responses: Vec::new(),
        changes: Vec::new(),
        contour: Vec::new(),
    });
    analysis.patterns = Some(Vec::new());
    analysis.findings = Some(Vec::new());
    analysis.assessment = Some(assessment(Vec::new()));
    analysis
}

/// An utterance whose words are evenly spread over it.
pub fn spoken(id: u32, first_word: u32, language: LanguageCode, at: Span, text: &str) -> AlignedUtterance {
    let texts: Vec<&str> = text.split_whitespace().collect();
    let length = at.length().micros() / texts.len().max(1) as i64;
    let words = texts.iter().enumerate().map(|(index, text)| {
        let start = at.start() + ClipTime::from_micros(length * index as i64);
        Word {
            id: WordId(first_word + index as u32),
            text: (*text).to_owned(),
            timing: Timing::Aligned {
                span: Span::clamped(start, start + ClipTime::from_micros(length * 9 / 10)),
                score: prob(0.9),
            },
            confidence: prob(0.93),
            attribution: None,
        }
    });
    AlignedUtterance {
        words: words.collect(),
        utterance: Utterance {
            id: UtteranceId(id),
            span: at,
            text: text.to_owned(),
            tokens: Vec::new(),
            language,
            avg_logprob: -0.231_234_567_8,
            no_speech: prob(0.012),
            compression_ratio: 1.31,
            temperature: 0.0,
            flags: Vec::new(),
        },
        speaker: None,
    }
}

/// A conversation of `lines`, each from its start to its end in milliseconds.
pub fn conversation(language: LanguageCode, lines: &[(i64, i64, &str)]) -> Vec<AlignedUtterance> {
    let mut first_word = 0;
    let mut spoken_lines = Vec::new();
    for (id, (start, end, text)) in lines.iter().enumerate() {
        let line = spoken(id as u32, first_word, language, span(*start, *end), text);
        first_word += line.words.len() as u32;
        spoken_lines.push(line);
    }
    spoken_lines
}

/// Who says which line of six; the threats are all by the second speaker.
const SPEAKERS: [u32; 6] = [0, 1, 0, 1, 1, 0];

/// Two speakers over `lines`: a turn a line. The third of six lines begins while the one before it still runs, the fourth
/// is in a voice close to the other one, and the last is too short to tell.
pub fn diarization(lines: &[AlignedUtterance]) -> Diarization {
    let overlap = millis(250);
    let mut turns: Vec<Turn> = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        let before = turns.last().map(|turn| turn.span);
        let start = match before {
            Some(before) if index % 6 == 2 => before.end().saturating_sub(overlap),
            _ => line.utterance.span.start(),
        };
        let (margin, doubts) = match index % 6 {
            3 => (Measured::Value(0.031), vec![TurnDoubt::Close]),
            5 => (Measured::Undefined(UndefinedReason::TooLittleVoice), vec![TurnDoubt::Short]),
            _ => (Measured::Value(0.342), Vec::new()),
        };
        turns.push(Turn {
            id: TurnId(index as u32),
            speaker: SpeakerId(SPEAKERS[index % 6]),
            span: Span::clamped(start, line.utterance.span.end()),
            margin,
            doubts,
        });
    }
    let ids: std::collections::BTreeSet<SpeakerId> = turns.iter().map(|turn| turn.speaker).collect();
    let all: ClipTime = turns.iter().map(|turn| turn.span.length()).sum();
    let speaker = |id: SpeakerId| {
        let own: Vec<&Turn> = turns.iter().filter(|turn| turn.speaker == id).collect();
        let speech: ClipTime = own.iter().map(|turn| turn.span.length()).sum();
        let others = || turns.iter().filter(move |turn| turn.speaker != id);
        let common = |turn: &Turn| -> ClipTime {
            others().filter_map(|other| other.span.intersection(turn.span)).map(Span::length).sum()
        };
        let interrupts = |turn: &&&Turn| {
            let begins_in =
                |other: &Turn| other.span.start() < turn.span.start() && turn.span.start() < other.span.end();
            others().any(|other| begins_in(other) && other.span.end() < turn.span.end())
        };
        Speaker {
            id,
            speech,
            overlapped: own.iter().map(|turn| common(turn)).sum(),
            share: speech.seconds() / all.seconds().max(0.001),
            turns: own.len() as u32,
            interruptions: own.iter().filter(interrupts).count() as u32,
            cohesion: Measured::Value(0.71 - 0.06 * f64::from(id.0)),
        }
    };
    Diarization {
        basis: SpeakerBasis::Voices,
        notes: vec![SpeakerNote::NumberGiven],
        speakers: ids.iter().map(|id| speaker(*id)).collect(),
        voices: ids.iter().map(|id| vec![1.0 - id.0 as f32, id.0 as f32]).collect(),
        turns,
    }
}

/// Gives every line and its words to the speaker of its turn, with what is doubtful about it.
pub fn attribute(lines: &mut [AlignedUtterance], diarization: &Diarization) {
    for (index, (line, turn)) in lines.iter_mut().zip(&diarization.turns).enumerate() {
        line.speaker = Some(turn.speaker);
        for word in &mut line.words {
            let mut others = diarization.turns.iter().filter(|other| other.speaker != turn.speaker);
            let (margin, doubt) = match word.timing.span() {
                None => (0.0, Some(AttributionDoubt::Gap)),
                Some(span) if others.any(|other| other.span.intersection(span).is_some()) => {
                    (0.25, Some(AttributionDoubt::Overlap))
                }
                Some(_) if index % 6 == 3 => (1.0, Some(AttributionDoubt::Voice)),
                Some(_) => (1.0, None),
            };
            word.attribution = Some(Attribution { speaker: turn.speaker, margin, doubt });
        }
        let doubted = |doubt| line.words.iter().any(|word| word.attribution.is_some_and(|a| a.doubt == Some(doubt)));
        let flags = [(Flag::Overlap, AttributionDoubt::Overlap), (Flag::SpeakerUncertain, AttributionDoubt::Voice)];
        let held: Vec<_> = flags.into_iter().filter(|(_, doubt)| doubted(*doubt)).map(|(flag, _)| flag).collect();
        line.utterance.flags.extend(held);
    }
}

/// The analysis as it is where speakers were not asked for.
pub fn without_speakers(mut analysis: RecordingAnalysis) -> RecordingAnalysis {
    analysis.diarization = None;
    analysis.quality.iter_mut().for_each(|quality| quality.speakers.clear());
    for line in analysis.transcript.iter_mut().flat_map(|transcript| &mut transcript.utterances) {
        line.speaker = None;
        line.utterance.flags.retain(|flag| !matches!(flag, Flag::Overlap | Flag::SpeakerUncertain));
        line.words.iter_mut().for_each(|word| word.attribution = None);
    }
    if let Some(features) = &mut analysis.acoustics {
        features.speakers.clear();
        features.responses.clear();
        features.changes.iter_mut().for_each(|change| {
            change.speaker = None;
            change.baseline_of = BaselineOf::Recording;
        });
        features.utterances.iter_mut().for_each(|utterance| utterance.speaker = None);
    }
    let findings = analysis.findings.iter_mut().flatten().flat_map(|finding| &mut finding.evidence);
    for measure in findings.flat_map(|evidence| &mut evidence.measures) {
        measure.baseline_of = BaselineOf::Recording;
    }
    analysis
}

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

/// A voice that is a little different in every utterance.
fn voice(index: usize, defined: bool) -> VoiceMeasures {
    let reason = UndefinedReason::TooFewPeriods;
    let change = 1.0 + 0.05 * (index * 3 % 7) as f64;
    let hertz =
        |value: f64| Measured::from_option(Hertz::new(value * (0.9 + 0.1 * change)).filter(|_| defined), reason);
    let decibels = |value: f64| Measured::from_option(Decibels::new(value * change).filter(|_| defined), reason);
    let share = |value: f64| Measured::from_option(Some(value * change).filter(|_| defined), reason);
    let formant = |value: f64| Formant { mean: hertz(value), median: hertz(value - 8.0) };
    let bands = (0..17).map(|band| Decibels::new(-3.0 - f64::from(band))).collect::<Option<Vec<_>>>();
    VoiceMeasures {
        jitter: Jitter {
            absolute_s: share(0.000_083_1),
            local: share(0.0158),
            rap: share(0.0074),
            ppq5: share(0.0081),
        },
        shimmer: Shimmer {
            local: share(0.083),
            local_db: decibels(0.79),
            apq3: share(0.031),
            apq5: share(0.042),
            apq11: share(0.068),
        },
        harmonicity: decibels(14.2),
        prominence: decibels(11.3),
        formants: [formant(540.0), formant(1_610.0), formant(2_720.0), formant(3_890.0)],
        formant_ceiling: Hertz::new(5_500.0).expect("a finite number"),
        first_harmonics: decibels(4.6),
        spectrum: VoiceSpectrum {
            bands: Measured::from_option(bands.filter(|_| defined), reason),
            tilt: decibels(-7.1),
            alpha_ratio: decibels(-12.4),
            hammarberg: decibels(21.8),
            centroid: hertz(612.0),
        },
    }
}

fn acoustics(utterances: &[AlignedUtterance], duration: i64) -> AcousticFeatures {
    let measures = utterances.iter().enumerate().map(|(index, line)| {
        let f0 = 190.0 + 11.0 * (index % 5) as f64;
        let defined = index % 4 != 3;
        let hertz = |value: f64| match Hertz::new(value) {
            Some(value) if defined => Measured::Value(value),
            _ => Measured::Undefined(UndefinedReason::TooFewVoicedFrames),
        };
        UtteranceAcoustics {
            utterance: line.utterance.id,
            speaker: line.speaker,
            span: line.utterance.span,
            pitch_range: own_range(),
            f0_agreement: match defined {
                true => Measured::Value(PitchAgreement { voiced: 200, agreed: 191 }),
                false => Measured::Undefined(UndefinedReason::TooFewVoicedFrames),
            },
            f0_mean: hertz(f0),
            f0_median: hertz(f0 - 2.5),
            f0_sd: hertz(21.7),
            voice: voice(index, defined),
            intensity: Measured::from_option(Decibels::new(62.0 + index as f64 / 3.0), UndefinedReason::Silent),
            speech_rate: Measured::Value(4.3),
            articulation_rate: Measured::Value(5.1),
            pauses: if index == 1 { vec![Pause { span: span(5_000, 5_400) }] } else { Vec::new() },
        }
    });
    let voiced =
        |time: i64| utterances.iter().any(|line| line.utterance.span.contains(millis(time))) && time % 700 > 130;
    let contour = (0..duration / 10).map(|index| {
        let time = index * 10;
        let wave = (time as f64 / 310.0).sin() + 0.4 * (time as f64 / 47.0).sin();
        ContourPoint {
            time: millis(time),
            f0: voiced(time).then(|| Hertz::new(200.0 + 45.0 * wave)).flatten(),
            intensity: Decibels::new(if voiced(time) { 64.0 + 6.0 * wave } else { 31.0 + 1.5 * wave }),
        }
    });
    AcousticFeatures {
        channel: MeasuredChannel::Single,
        utterances: measures.collect(),
        baseline: Baseline {
            f0: Measured::from_option(Hertz::new(198.4), UndefinedReason::NoBaseline),
            f0_mad: Measured::from_option(Hertz::new(9.2), UndefinedReason::NoBaseline),
            intensity: Measured::from_option(Decibels::new(64.2), UndefinedReason::NoBaseline),
            intensity_mad: Measured::from_option(Decibels::new(1.3), UndefinedReason::NoBaseline),
        },
        speakers: vec![heard(SpeakerId(0)), unheard_speaker(SpeakerId(1))],
        responses: vec![Response {
            turn: TurnId(1),
            speaker: SpeakerId(1),
            after: TurnId(0),
            to: SpeakerId(0),
            latency: millis(-120),
        }],
        changes: [(ChangedQuantity::Level, 4.2, 64.2), (ChangedQuantity::Pitch, 0.17, 198.4)]
            .map(|(quantity, mean_deviation, baseline)| ChangeSpan {
                span: span(4_000, 6_500),
                speaker: Some(SpeakerId(0)),
                quantity,
                mean_deviation,
                baseline,
                baseline_of: BaselineOf::Speaker(SpeakerId(0)),
            })
            .to_vec(),
        contour: contour.collect(),
    }
}

fn own_range() -> PitchRange {
    let hertz = |value| Hertz::new(value).expect("finite");
    PitchRange { floor: hertz(118.0), ceiling: hertz(560.0), basis: PitchRangeBasis::TwoPass }
}

/// A speaker of whom everything could be measured.
fn heard(speaker: SpeakerId) -> SpeakerAcoustics {
    let time = |time| Measured::Value(millis(time));
    SpeakerAcoustics {
        speaker,
        utterances: 4,
        pitch_range: own_range(),
        f0_agreement: Measured::Value(PitchAgreement { voiced: 800, agreed: 764 }),
        baseline: Baseline {
            f0: Measured::from_option(Hertz::new(198.4), UndefinedReason::NoBaseline),
            f0_mad: Measured::from_option(Hertz::new(9.2), UndefinedReason::NoBaseline),
            intensity: Measured::from_option(Decibels::new(64.2), UndefinedReason::NoBaseline),
            intensity_mad: Measured::from_option(Decibels::new(1.3), UndefinedReason::NoBaseline),
        },
        speech_rate: Measured::Value(4.3),
        articulation_rate: Measured::Value(5.1),
        pauses: PauseTotals { count: 1, total: millis(400), median: time(400) },
        response: ResponseTimes {
            gaps: 5,
            overlaps: 2,
            left_out: 1,
            lower: time(-120),
            median: time(210),
            upper: time(640),
        },
        f0_trend: Measured::Value(Trend { per_minute: 2.4, low: -0.3, high: 5.1, utterances: 14 }),
        intensity_trend: Measured::Value(Trend { per_minute: -0.2, low: -0.9, high: 0.4, utterances: 14 }),
    }
}

/// A speaker of whom nothing could be measured.
fn unheard_speaker(speaker: SpeakerId) -> SpeakerAcoustics {
    let none = || Measured::Undefined(UndefinedReason::TooFewResponses);
    SpeakerAcoustics {
        speaker,
        utterances: 1,
        pitch_range: PitchRange { basis: PitchRangeBasis::LittleVoice, ..own_range() },
        f0_agreement: Measured::Undefined(UndefinedReason::TooFewVoicedFrames),
        baseline: Baseline {
            f0: Measured::Undefined(UndefinedReason::NoBaseline),
            f0_mad: Measured::Undefined(UndefinedReason::NoBaseline),
            intensity: Measured::Undefined(UndefinedReason::NoBaseline),
            intensity_mad: Measured::Undefined(UndefinedReason::NoBaseline),
        },
        speech_rate: Measured::Undefined(UndefinedReason::TooLittleSpeech),
        articulation_rate: Measured::Undefined(UndefinedReason::TooLittleSpeech),
        pauses: PauseTotals { count: 0, total: ClipTime::ZERO, median: Measured::Undefined(UndefinedReason::NoPauses) },
        response: ResponseTimes { gaps: 0, overlaps: 1, left_out: 0, lower: none(), median: none(), upper: none() },
        f0_trend: Measured::Undefined(UndefinedReason::TooFewUtterances),
        intensity_trend: Measured::Undefined(UndefinedReason::TooFewUtterances),
    }
}

/// Three hours, two thousand utterances, thirty thousand words.
pub fn three_hours() -> RecordingAnalysis {
    let text = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen";
    let lines: Vec<_> = (0..2_000).map(|index| (index * 5_400, index * 5_400 + 5_000, text)).collect();
    full("long.m4a", LanguageCode::ENGLISH, &lines, [&[10, 11], &[20_000, 20_001], &[29_000]])
}

/// A Korean call.
pub fn korean() -> RecordingAnalysis {
    full(
        "통화 녹음 2026-03-02.m4a",
        LanguageCode::KOREAN,
        &[
            (320, 3_100, "여보세요, 지금 통화 괜찮으세요?"),
            (3_600, 8_900, "내가 몇 번을 말해야 알아듣겠어. 오늘까지 돈 안 보내면 가만 안 둘 거야."),
            (9_400, 12_200, "그런 말씀은 하지 말아 주세요."),
            (12_800, 17_900, "네가 나를 정말 생각한다면 이 정도는 해 줄 수 있는 거잖아."),
            (18_500, 21_300, "죽인다고 한 적 없어. 오해하지 마."),
            (22_100, 24_000, "네, 알겠습니다."),
        ],
        [&[10, 11, 12, 13, 14, 15, 16], &[24, 25, 26, 27], &[33, 34, 35, 36]],
    )
}

/// An English call.
pub fn english() -> RecordingAnalysis {
    full(
        "call with landlord.m4a",
        LanguageCode::ENGLISH,
        &[
            (320, 3_100, "Hello, is this a good time to talk?"),
            (3_600, 8_900, "I told you twice already. If the money is not here tonight you will regret it, I promise."),
            (9_400, 12_200, "Please do not speak to me like that."),
            (12_800, 17_900, "If you really cared about this family you would just sign the paper."),
            (18_500, 21_300, "I never said I would hurt you."),
            (22_100, 24_000, "All right, goodbye."),
        ],
        [&[13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23], &[34, 35, 36, 37, 38, 39, 40], &[50, 51, 52, 53]],
    )
}

/// What a run took, with a hot device and one without a sensor.
pub fn performance() -> voiceman_report::CasePerformance {
    let time = ClipTime::from_seconds;
    let device = |name: &str, temperature_c, throttled| voiceman_report::CaseDevice {
        name: name.to_owned(),
        busy: Some(0.93),
        temperature_c,
        throttled: time(throttled),
    };
    let stage = |name: &str, runs, active, rate| voiceman_report::CaseStage {
        name: name.to_owned(),
        runs,
        cached: 1,
        active: time(active),
        rate,
    };
    voiceman_report::CasePerformance {
        total: time(650.4),
        audio: time(21_066.0),
        mean: Some(time(3.6)),
        slowest: Some(("transcribe".to_owned(), 0.97)),
        peak: Some(voiceman_base::Bytes::new(812_000_000)),
        budget: Some(voiceman_base::Bytes::new(2_000_000_000)),
        devices: vec![device("a <fast> processor", None, 0.0), device("a card", Some((71.2, 84.0)), 62.0)],
        stages: vec![stage("transcribe", 181, 630.9, Some(33.4)), stage("score", 0, 0.0, None)],
    }
}

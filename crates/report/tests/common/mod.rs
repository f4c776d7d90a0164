//! Analyses to make reports from: a Korean call, an English one, and bare ones.
#![allow(
    dead_code,
    unused_imports,
    clippy::expect_used,
    reason = "each test file uses a part of this; a failed expectation fails the test"
)]

pub mod acoustics;
pub mod case;
pub mod conversation;
pub mod emotion;
pub mod full;
pub mod quality;
pub mod speakers;

pub use case::{performance, voices};
pub use conversation::{conversation, spoken};
pub use full::{assessment, full};
pub use speakers::{diarization, without_speakers};

use quality::unheard;
use voiceman_base::{
    AcousticFeatures, AlignedTranscript, Baseline, ClipTime, DecoderId, Diarization, Digest, LanguageCode,
    LanguageVote, Measured, MeasuredChannel, Prob, ProducedBy, RecordingAnalysis, SourceFacts, SourceFile, Span,
    SpeechMap, UndefinedReason,
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

//! Proposals over a case made by hand.

use super::*;
use std::collections::BTreeMap;
use voiceman_base::{
    Artifact, ClipTime, DecoderId, Diarization, Measured, Obstacle, Precision, ProducedBy, Quality, QualityReason,
    RecordingQuality, SignalQuality, SourceFacts, SourceFile, Speaker, SpeakerQuality, StageIdentity,
};
use voiceman_case::{Finished, MadeBy};

const SECONDS: ClipTime = ClipTime::from_millis(12_000);

/// A recording whose speakers have these voices; those after the first `enough` say too little.
pub(crate) fn analysis(name: &str, voices: &[[f32; 2]], enough: usize, model: &str) -> RecordingAnalysis {
    let silent = || Quality::Undefined(QualityReason::Silent);
    let signal = SignalQuality {
        peak_dbfs: silent(),
        dc_offset: Quality::Undefined(QualityReason::Silent),
        clipped_share: Quality::Undefined(QualityReason::Silent),
        bandwidth_hz: Quality::Undefined(QualityReason::Silent),
        noise_floor_dbfs: silent(),
        speech_level_dbfs: silent(),
        speech_time: Quality::Undefined(QualityReason::Silent),
        snr_db: silent(),
        dropouts: Quality::Undefined(QualityReason::Silent),
        hum: Quality::Undefined(QualityReason::Silent),
        fall_db_per_s: silent(),
        pause_rise_db: silent(),
    };
    let speaker = |id: usize| Speaker {
        id: SpeakerId(id as u32),
        speech: SECONDS,
        overlapped: ClipTime::ZERO,
        share: 1.0 / voices.len() as f64,
        turns: 1,
        interruptions: 0,
        cohesion: Measured::Value(0.6),
    };
    let quality = |id: usize| SpeakerQuality {
        speaker: SpeakerId(id as u32),
        net_speech: SECONDS,
        verdicts: vec![Verdict {
            measure: VoiceMeasure::SpeakerComparison,
            obstacles: match id < enough {
                true => Vec::new(),
                false => vec![Obstacle::LittleSpeech { speech: ClipTime::from_millis(900), needed: SECONDS }],
            },
            untold: Vec::new(),
        }],
    };
    RecordingAnalysis {
        source: SourceFacts {
            file: SourceFile { name: name.to_owned(), bytes: 1, sha256: Digest::of(name.as_bytes()) },
            container: "wav".to_owned(),
            codec: "pcm_s16le".to_owned(),
            sample_rate: 16_000,
            channels: 1,
            samples: 192_000,
            duration: SECONDS,
            decoder: DecoderId { name: "none".to_owned(), version: "0".to_owned() },
            trimming: "none".to_owned(),
            samples_sha256: Digest::of(name.as_bytes()),
            warnings: Vec::new(),
        },
        speech: None,
        transcript: None,
        diarization: Some(Diarization {
            speakers: (0..voices.len()).map(speaker).collect(),
            voices: voices.iter().map(|voice| voice.to_vec()).collect(),
            ..Diarization::silent()
        }),
        quality: Some(RecordingQuality {
            signal,
            verdicts: Vec::new(),
            speakers: (0..voices.len()).map(quality).collect(),
        }),
        acoustics: None,
        emotion: None,
        patterns: None,
        findings: None,
        assessment: None,
        produced_by: ProducedBy {
            tool: "voiceman".to_owned(),
            version: "0".to_owned(),
            settings_sha256: Digest::of(b""),
            models: vec![ModelIdentity {
                role: "embedding".to_owned(),
                name: model.to_owned(),
                sha256: Digest::of(model.as_bytes()),
                precision: Precision::Float32,
                runtime: "none".to_owned(),
            }],
            lexicons: Vec::new(),
        },
    }
}

/// Puts recordings into the case in `root`, done.
pub(crate) fn fill(root: &Path, analyses: &[RecordingAnalysis], settings: &[u8]) {
    let made_by =
        MadeBy { tool: "voiceman".to_owned(), version: "0".to_owned(), settings_sha256: Digest::of(settings) };
    let case = Case::create_or_open(root, &made_by).expect("a case");
    let identity = StageIdentity { id: "analysis", version: 1, settings: Digest::of(settings), models: Vec::new() };
    for analysis in analyses {
        let file = &analysis.source.file;
        let id = case.add(&[root.join(&file.name)]).expect("added")[0];
        let id = case.identify(id, file.sha256).expect("identified");
        let artifact = Artifact::new(&identity, vec![ArtifactId::from_digest(file.sha256)], analysis.clone());
        case.store(&artifact).expect("stored");
        let artifacts = BTreeMap::from([("analysis".to_owned(), artifact.id)]);
        case.finish(id, Finished { duration: SECONDS, artifacts, files: Vec::new() }).expect("finished");
    }
}

pub(crate) const MODEL: &str = link::MEASURED_MODEL;
pub(crate) const ONE: [f32; 2] = [1.0, 0.0];
pub(crate) const NEAR: [f32; 2] = [0.96, 0.28];
pub(crate) const FAR: [f32; 2] = [0.0, 1.0];

#[test]
fn alike_speakers_of_different_recordings_are_proposed_and_nothing_else() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path().join("case");
    fill(
        &root,
        &[
            analysis("a.wav", &[ONE, NEAR, ONE], 2, MODEL),
            analysis("b.wav", &[FAR, NEAR], 2, MODEL),
            analysis("c.wav", &[ONE], 1, "another-model"),
        ],
        b"1",
    );
    let links = link(&root, &LinkRequest::default()).expect("links");
    let pairs: Vec<_> = links
        .proposals
        .iter()
        .map(|one| [&one.first, &one.second].map(|speaker| format!("{} {}", speaker.recording, speaker.speaker)))
        .collect();
    assert_eq!(pairs, [["a.wav SPEAKER_01", "b.wav SPEAKER_01"], ["a.wav SPEAKER_00", "b.wav SPEAKER_01"]]);
    assert!((links.proposals[1].similarity - 0.96).abs() < 1e-6);
    assert!(links.proposals.iter().all(|one| one.decision == LinkDecision::Open));
    let left_out: Vec<_> =
        links.not_compared.iter().map(|one| (one.speaker.recording.as_str(), one.why.join(" "))).collect();
    let written = fs::read_to_string(root.join(LINKS_FILE)).expect("a file");
    let schema = serde_json::from_str(include_str!("../../../../docs/formats/links.schema.json")).expect("a schema");
    let schema = jsonschema::validator_for(&schema).expect("a valid schema");
    let complaints: Vec<_> =
        schema.iter_errors(&serde_json::from_str(&written).expect("JSON")).map(|error| error.to_string()).collect();
    assert!(complaints.is_empty(), "{complaints:?}");
    assert_eq!(left_out, [("a.wav", "little_speech".to_owned()), ("c.wav", "no_measured_rates".to_owned())]);
}

#[test]
fn decisions_stay_as_long_as_the_analyses_do() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path().join("case");
    let analyses = [analysis("a.wav", &[ONE], 1, MODEL), analysis("b.wav", &[NEAR], 1, MODEL)];
    fill(&root, &analyses, b"1");
    let id = link(&root, &LinkRequest::default()).expect("links").proposals[0].id.clone();
    let refuse = LinkRequest { refuse: vec![id.clone()], ..LinkRequest::default() };
    assert_eq!(link(&root, &refuse).expect("links").proposals[0].decision, LinkDecision::Refused);
    assert_eq!(link(&root, &LinkRequest::default()).expect("links").proposals[0].decision, LinkDecision::Refused);
    let before = fs::read(root.join(LINKS_FILE)).expect("a file");
    let wrong = LinkRequest { confirm: vec!["00000000".to_owned()], ..LinkRequest::default() };
    assert!(matches!(link(&root, &wrong), Err(Error::NoProposal(_))));
    assert_eq!(fs::read(root.join(LINKS_FILE)).expect("a file"), before);
    let reopen = LinkRequest { reopen: vec![id.clone()], ..LinkRequest::default() };
    assert_eq!(link(&root, &reopen).expect("links").proposals[0].decision, LinkDecision::Open);
    // Another analysis may number speakers differently: what was decided on the old one does not hold for it.
    link(&root, &LinkRequest { confirm: vec![id.clone()], ..LinkRequest::default() }).expect("links");
    fill(&root, &analyses, b"2");
    let again = link(&root, &LinkRequest::default()).expect("links");
    assert!(again.proposals[0].decision == LinkDecision::Open && again.proposals[0].id != id);
}

#[test]
fn a_damaged_file_is_not_written_over() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path().join("case");
    fill(&root, &[analysis("a.wav", &[ONE], 1, MODEL)], b"1");
    for damage in ["{", "{\"schema\":\"voiceman.links/9\"}"] {
        fs::write(root.join(LINKS_FILE), damage).expect("written");
        assert!(matches!(link(&root, &LinkRequest::default()), Err(Error::Links(_))));
        assert_eq!(fs::read_to_string(root.join(LINKS_FILE)).expect("a file"), damage);
    }
    fs::remove_file(root.join(LINKS_FILE)).expect("removed");
    assert!(link(&root, &LinkRequest::default()).expect("links").proposals.is_empty());
}

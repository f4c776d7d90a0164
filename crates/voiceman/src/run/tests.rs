//! The whole flow over real files with stand-ins for the models: caching, resuming, isolation, order.

use super::*;
use crate::engines::{Analysis, Hearing};
use crate::maker::Maker;
use std::collections::BTreeMap;
use std::fs;
use std::sync::Mutex;
use voiceman_base::{
    AlignedTranscript, AlignedUtterance, BatchShape, Bytes, ClipTime, Cost, Diarization, EmotionAnalysis, LanguageCode,
    LanguageVote, Measured, Precision, Prob, Span, Speaker, SpeakerId, SpeechMap, SpeechRegion, Stage, StageError,
    StageErrorKind, StageIdentity, Timing, Transcript, Turn, TurnId, UndefinedReason, Utterance, UtteranceId, Watch,
    Word, WordId,
};
use voiceman_report::ReportLanguage;
use voiceman_runtime::schedule::Place;
use voiceman_stages::acoustics::AcousticsStage;
use voiceman_stages::align::{self, AlignInput};
use voiceman_stages::attribute::{self, AttributeStage};
use voiceman_stages::crosscheck::CrosscheckStage;
use voiceman_stages::diarize::{self, DiarizeInput};
use voiceman_stages::emotion;
use voiceman_stages::language::LanguageStage;
use voiceman_stages::quality::{self, QualityStage};
use voiceman_stages::score::ScoreStage;
use voiceman_stages::transcribe::{self, TranscribeInput};
use voiceman_stages::vad::{self, VadInput};

/// A stage that does what a function says, and counts.
struct Fake<F> {
    identity: StageIdentity,
    counts: Counts,
    work: F,
}

/// How often each stage was built and run, as `build vad` and `run vad`.
#[derive(Clone, Default)]
struct Counts(Arc<Mutex<BTreeMap<String, usize>>>);

impl Counts {
    fn add(&self, what: &str, stage: &str) {
        *self.0.lock().expect("counts").entry(format!("{what} {stage}")).or_default() += 1;
    }

    fn take(&self) -> BTreeMap<String, usize> {
        std::mem::take(&mut *self.0.lock().expect("counts"))
    }
}

/// A marker type for the input and output of a fake.
struct FakeOf<I, O, F>(Fake<F>, std::marker::PhantomData<fn(I) -> O>);

impl<I: Send, O: Send, F: FnMut(I, &dyn Watch) -> Result<O, StageError> + Send> Stage for FakeOf<I, O, F> {
    type Input = I;
    type Output = O;

    fn identity(&self) -> StageIdentity {
        self.0.identity.clone()
    }

    fn shape() -> BatchShape {
        BatchShape::recordings(Bytes::default())
    }

    fn cost(_input: &I) -> Cost {
        Cost { items: 1, audio: ClipTime::ZERO }
    }

    fn run(&mut self, batch: Vec<I>, watch: &dyn Watch) -> Vec<Result<O, StageError>> {
        self.0.counts.add("run", self.0.identity.id);
        batch.into_iter().map(|input| (self.0.work)(input, watch)).collect()
    }
}

fn fake<I, O, F>(identity: StageIdentity, counts: &Counts, work: F) -> Maker<I, O>
where
    I: Send + 'static,
    O: Send + 'static,
    F: Fn(I, &dyn Watch) -> Result<O, StageError> + Clone + Send + Sync + 'static,
{
    let (counts, named) = (counts.clone(), identity.clone());
    Maker::new(identity, move |_| {
        counts.add("build", named.id);
        let inner = Fake { identity: named.clone(), counts: counts.clone(), work: work.clone() };
        Ok(FakeOf(inner, std::marker::PhantomData))
    })
}

/// A real stage, counted.
fn real<S: Stage + Clone + 'static>(stage: S, counts: &Counts) -> Maker<S::Input, S::Output>
where
    S::Input: 'static,
    S::Output: 'static,
{
    let identity = stage.identity();
    let shared = Arc::new(Mutex::new(stage));
    fake(identity, counts, move |input, watch: &dyn Watch| {
        let mut stage = shared.lock().expect("stage");
        stage.run(vec![input], watch).pop().expect("one result")
    })
}

fn model(role: &str, settings: &Settings) -> ModelIdentity {
    ModelIdentity {
        role: role.into(),
        name: settings.models.stt.clone(),
        sha256: voiceman_base::Digest::of(role.as_bytes()),
        precision: Precision::Float32,
        runtime: "none 1".into(),
    }
}

/// Recordings tell the fakes what to do by the loudness of their first sample.
const PANICS: i16 = 30_001;
const FAILS: i16 = 30_002;

fn first_sample(audio: &voiceman_audio::Mono16k) -> i16 {
    let first = audio.read(0..1).expect("samples").first().copied().unwrap_or(0.0);
    (first * 32_768.0).round() as i16
}

fn whole(audio: &voiceman_audio::Mono16k) -> SpeechMap {
    let span = Span::new(ClipTime::ZERO, audio.duration()).expect("a span");
    SpeechMap::new(vec![SpeechRegion { span, speech: Prob::ONE }]).expect("a map")
}

fn transcript(input: &TranscribeInput) -> Transcript {
    let span = input.speech.regions()[0].span;
    let utterance = Utterance {
        id: UtteranceId(0),
        span,
        text: format!("I never said that {}", first_sample(&input.audio)),
        tokens: Vec::new(),
        language: LanguageCode::ENGLISH,
        avg_logprob: -0.2,
        no_speech: Prob::ZERO,
        compression_ratio: 1.0,
        temperature: 0.0,
        flags: Vec::new(),
    };
    Transcript { language: LanguageVote::Given(LanguageCode::ENGLISH), utterances: vec![utterance] }
}

fn words(transcript: &Transcript) -> AlignedTranscript {
    let utterances = transcript.utterances.iter().map(|utterance| {
        let word = |(id, text): (usize, &str)| Word {
            id: WordId(id as u32),
            text: text.to_owned(),
            timing: Timing::Aligned { span: utterance.span, score: Prob::ONE },
            confidence: Prob::saturating(0.9),
            attribution: None,
        };
        let words = utterance.text.split(' ').enumerate().map(word).collect();
        AlignedUtterance { utterance: utterance.clone(), words, speaker: None }
    });
    AlignedTranscript { utterances: utterances.collect(), language: transcript.language.clone() }
}

/// Everything is said by one speaker.
fn one_speaker(speech: &SpeechMap) -> Diarization {
    let span = speech.regions()[0].span;
    let margin = Measured::Undefined(UndefinedReason::OnlyOneSpeaker);
    let turn = Turn { id: TurnId(0), speaker: SpeakerId(0), span, margin, doubts: Vec::new() };
    let speaker = Speaker {
        id: SpeakerId(0),
        speech: span.length(),
        overlapped: ClipTime::ZERO,
        share: 1.0,
        turns: 1,
        interruptions: 0,
        cohesion: Measured::Value(0.6),
    };
    Diarization { speakers: vec![speaker], turns: vec![turn], ..Diarization::silent() }
}

/// Stand-ins for the models, and the real stages of the analysis branch. `cancel_on` interrupts the run while the
/// recording that begins with this sample is transcribed.
fn engines(settings: &Settings, counts: &Counts, cancel_on: Option<(i16, CancelToken)>) -> Engines {
    let error = |kind| Err(StageError { stage: "transcribe", at: None, kind, source: None });
    let hearing = Hearing {
        vad: fake(vad::identity(&settings.vad, model("vad", settings)), counts, |input: VadInput, _: &dyn Watch| {
            Ok(whole(&input.audio))
        }),
        transcribe: fake(
            transcribe::identity(&settings.transcribe, model("stt", settings)),
            counts,
            move |input: TranscribeInput, watch: &dyn Watch| {
                let first = first_sample(&input.audio);
                if let Some((_, cancel)) = cancel_on.as_ref().filter(|(on, _)| *on == first) {
                    cancel.cancel();
                }
                match first {
                    _ if watch.is_cancelled() => error(StageErrorKind::Cancelled),
                    PANICS => panic!("the network is on fire"),
                    FAILS => error(StageErrorKind::RunModel),
                    _ => Ok(transcript(&input)),
                }
            },
        ),
        align: fake(align::identity(&settings.align), counts, |input: AlignInput, _: &dyn Watch| {
            Ok(words(&input.transcript))
        }),
        diarize: fake(
            diarize::identity(&settings.diarize, vec![model("segmentation", settings), model("embedding", settings)]),
            counts,
            |input: DiarizeInput, _: &dyn Watch| Ok(one_speaker(&input.speech)),
        ),
        attribute: {
            let settings = settings.attribute.clone();
            fake(attribute::identity(&settings), counts, move |input, watch: &dyn Watch| {
                let mut stage = AttributeStage::new(settings.clone()).expect("settings");
                stage.run(vec![input], watch).pop().expect("one result")
            })
        },
        quality: {
            let settings = settings.quality.clone();
            fake(quality::identity(&settings), counts, move |input, watch: &dyn Watch| {
                let mut stage = QualityStage::new(settings.clone()).expect("settings");
                stage.run(vec![input], watch).pop().expect("one result")
            })
        },
    };
    let lexicon = Arc::new(
        voiceman_stages::language::Lexicon::parse(include_str!("../../../../lexicon/en.toml")).expect("lexicon"),
    );
    let used = lexicon.used();
    let language_settings = settings.language.clone();
    let identity =
        LanguageStage::new(vec![Arc::clone(&lexicon)], None, language_settings.clone()).expect("stage").identity();
    let language = fake(identity, counts, move |input, watch: &dyn Watch| {
        let stage = LanguageStage::new(vec![Arc::clone(&lexicon)], None, language_settings.clone());
        stage.expect("stage").run(vec![input], watch).pop().expect("one result")
    });
    let analysis = Analysis {
        acoustics: {
            let settings = settings.acoustics;
            let identity = AcousticsStage::new(settings).expect("settings").identity();
            fake(identity, counts, move |input, watch: &dyn Watch| {
                AcousticsStage::new(settings).expect("settings").run(vec![input], watch).pop().expect("one result")
            })
        },
        emotion: {
            let settings = settings.emotion.clone();
            fake(
                emotion::identity(&settings, vec![voiceman_infer::AcousticEmotion::identity()]),
                counts,
                |_, _: &dyn Watch| {
                    Ok(EmotionAnalysis { models: Vec::new(), segments: Vec::new(), speakers: Vec::new() })
                },
            )
        },
        language,
        crosscheck: real(CrosscheckStage::new(settings.crosscheck).expect("settings"), counts),
        score: real(ScoreStage::new(settings.score.clone()).expect("settings"), counts),
    };
    Engines {
        hearing,
        analysis,
        lexicons: vec![used],
        transcribe_memory: Bytes::default(),
        emotion_place: Place::Compute,
    }
}

/// A WAV file of 0.4 s whose first sample is `first`, followed by a tone of `first` hertz.
fn wav(folder: &Path, name: &str, first: i16) {
    let tone = |index: u32| (f64::from(index) * f64::from(first) / 16_000.0 * std::f64::consts::TAU).sin();
    let samples: Vec<i16> =
        std::iter::once(first).chain((1..6_400).map(|index| (tone(index) * 8_000.0) as i16)).collect();
    let data: Vec<u8> = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
    let mut bytes = b"RIFF".to_vec();
    bytes.extend((36 + data.len() as u32).to_le_bytes());
    bytes.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    bytes.extend(16_000_u32.to_le_bytes());
    bytes.extend(32_000_u32.to_le_bytes());
    bytes.extend(b"\x02\0\x10\0data");
    bytes.extend((data.len() as u32).to_le_bytes());
    bytes.extend(data);
    fs::write(folder.join(name), bytes).expect("a file");
}

struct Bench {
    folder: tempfile::TempDir,
    settings: Settings,
    selection: Selection,
    counts: Counts,
}

impl Bench {
    fn new(recordings: &[(&str, i16)]) -> Bench {
        let folder = tempfile::tempdir().expect("a folder");
        fs::create_dir(folder.path().join("in")).expect("a folder");
        recordings.iter().for_each(|(name, first)| wav(&folder.path().join("in"), name, *first));
        let settings = Settings::defaults().expect("settings");
        Bench { folder, settings, selection: Selection::default(), counts: Counts::default() }
    }

    fn request(&self, case: &str) -> AnalyzeRequest {
        AnalyzeRequest {
            paths: vec![self.folder.path().join("in")],
            case: self.folder.path().join(case),
            settings: self.settings.clone(),
            selection: self.selection.clone(),
            outputs: Outputs { formats: crate::TextFormat::ALL.to_vec(), language: ReportLanguage::En },
        }
    }

    fn run(&self, case: &str) -> CaseSummary {
        self.run_cancelling(case, None)
    }

    fn run_cancelling(&self, case: &str, on: Option<i16>) -> CaseSummary {
        let cancel = CancelToken::new();
        let engines = engines(&self.settings, &self.counts, on.map(|on| (on, cancel.clone())));
        self.run_on(case, engines, &cancel).expect("a run")
    }

    fn run_on(&self, case: &str, engines: Engines, cancel: &CancelToken) -> Result<CaseSummary, Error> {
        let machine = Machine::processor(&self.settings.run).expect("a machine");
        let events: Arc<dyn EventSink> = Arc::new(voiceman_base::NoEvents);
        analyze_with(&self.request(case), engines, &machine, &events, cancel)
    }

    fn analysis(&self, case: &str, stem: &str) -> serde_json::Value {
        let recordings = fs::read_dir(self.folder.path().join(case).join("recordings")).expect("recordings");
        let folder = recordings
            .filter_map(Result::ok)
            .find(|entry| entry.file_name().to_string_lossy().starts_with(&format!("{stem}-")))
            .expect("the recording's folder");
        serde_json::from_slice(&fs::read(folder.path().join("analysis.json")).expect("analysis")).expect("JSON")
    }

    /// All files of a case that must not depend on how it was run.
    fn files(&self, case: &str) -> BTreeMap<PathBuf, Vec<u8>> {
        fn collect(folder: &Path, root: &Path, into: &mut BTreeMap<PathBuf, Vec<u8>>) {
            for entry in fs::read_dir(folder).expect("a folder").filter_map(Result::ok) {
                let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
                if path.is_dir() {
                    collect(&path, root, into);
                } else if name != "performance.json"
                    && !name.starts_with("case.db")
                    // The report over the case tells times.
                    && (folder != root || name != "report.html")
                {
                    let below = path.strip_prefix(root).expect("below the root").to_owned();
                    into.insert(below, fs::read(&path).expect("a file"));
                }
            }
        }
        let (root, mut files) = (self.folder.path().join(case), BTreeMap::new());
        collect(&root, &root, &mut files);
        files
    }
}

fn counted(pairs: &[(&str, usize)]) -> BTreeMap<String, usize> {
    pairs.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect()
}

#[test]
fn overlapping_and_one_after_another_give_the_same_bytes() {
    let names: Vec<String> = (0..9).map(|number| format!("{number}.wav")).collect();
    let recordings: Vec<(&str, i16)> =
        names.iter().zip(1..).map(|(name, first)| (name.as_str(), first * 100)).collect();
    let mut bench = Bench::new(&recordings);
    assert!(bench.settings.run.pipeline_overlap);
    assert_eq!(bench.run("overlapping").done(), 9);
    bench.settings.run.pipeline_overlap = false;
    assert_eq!(bench.run("sequential").done(), 9);
    let (one, other) = (bench.files("overlapping"), bench.files("sequential"));
    assert_eq!(one.keys().collect::<Vec<_>>(), other.keys().collect::<Vec<_>>());
    for (path, bytes) in &one {
        assert!(other[path] == *bytes, "{} differs", path.display());
    }
    assert!(one.keys().filter(|path| path.ends_with("analysis.json")).count() == 9);
}

#[test]
fn a_second_run_does_nothing_and_builds_nothing() {
    let bench = Bench::new(&[("a.wav", 100), ("b.wav", 200)]);
    let first = bench.run("case");
    assert_eq!((first.done(), first.failed(), first.did_nothing(), first.interrupted), (2, 0, false, false));
    let built_once = bench.counts.take();
    assert!(
        built_once.iter().all(|(what, count)| *count == if what.starts_with("build") { 1 } else { 2 }),
        "{built_once:?}"
    );
    let before = bench.files("case");
    let second = bench.run("case");
    assert!(second.did_nothing());
    assert_eq!(bench.counts.take(), BTreeMap::new());
    assert_eq!(bench.files("case"), before);
}

#[test]
fn a_changed_setting_redoes_only_what_rests_on_it() {
    let mut bench = Bench::new(&[("a.wav", 100)]);
    bench.run("case");
    bench.counts.take();
    bench.settings.score.saturation = 2.0;
    bench.run("case");
    assert_eq!(bench.counts.take(), counted(&[("build score", 1), ("run score", 1)]));
    bench.settings.transcribe.beam = 1;
    bench.run("case");
    // The fake hears the same text at any beam, but the words come from another transcript all the same.
    let all = ["transcribe", "align", "attribute", "acoustics", "language", "crosscheck", "score"];
    let expected: BTreeMap<String, usize> =
        all.iter().flat_map(|stage| [(format!("build {stage}"), 1), (format!("run {stage}"), 1)]).collect();
    assert_eq!(bench.counts.take(), expected);
    // Back to what was: everything is still there.
    bench.settings.transcribe.beam = 5;
    let back = bench.run("case");
    assert_eq!((bench.counts.take(), back.did_nothing()), (BTreeMap::new(), false));
}

#[test]
fn one_bad_recording_hurts_no_other() {
    voiceman_runtime::install_quiet_hook();
    for overlap in [true, false] {
        let mut bench = Bench::new(&[("1.wav", 100), ("2 panics.wav", PANICS), ("3 fails.wav", FAILS), ("4.wav", 400)]);
        fs::write(bench.folder.path().join("in/5 empty.wav"), b"").expect("a file");
        fs::write(bench.folder.path().join("in/6 text.mp3"), b"this is no sound").expect("a file");
        bench.settings.run.pipeline_overlap = overlap;
        let summary = bench.run("case");
        assert_eq!((summary.done(), summary.failed()), (2, 4));
        let reasons: Vec<&str> = summary
            .recordings
            .iter()
            .filter_map(|recording| match &recording.outcome {
                RecordingOutcome::Failed(reason) => Some(reason.as_str()),
                _ => None,
            })
            .collect();
        assert!(
            reasons[0].starts_with("internal error: the network is on fire (crates/voiceman/src/run/tests.rs:"),
            "{reasons:?}"
        );
        assert!(reasons[1].starts_with("failed to transcribe: run the model"), "{reasons:?}");
        assert!(reasons[2].contains("the file is empty") && reasons[2].contains("5 empty.wav"), "{reasons:?}");
        assert!(reasons[3].contains("not a sound format"), "{reasons:?}");
        // The stage that panicked was thrown away and built again.
        assert_eq!(bench.counts.take().get("build transcribe"), Some(&2));
        let states = crate::status(&bench.folder.path().join("case")).expect("status");
        let states: Vec<_> = states.iter().map(|state| (state.status, state.error.is_some())).collect();
        let failed = ("failed", true);
        assert_eq!(states, [("done", false), failed, failed, ("done", false), failed, failed]);
        assert!(bench.folder.path().join("case/report.html").is_file());
    }
}

#[test]
fn an_interrupted_run_goes_on_where_it_stopped() {
    let recordings = [("1.wav", 100), ("2.wav", 200), ("3.wav", 300), ("4.wav", 400)];
    let mut bench = Bench::new(&recordings);
    bench.settings.run.pipeline_overlap = false;
    let summary = bench.run_cancelling("case", Some(300));
    assert_eq!((summary.done(), summary.failed(), summary.interrupted), (2, 0, true));
    let outcomes: Vec<_> = summary.recordings.iter().map(|recording| recording.outcome.clone()).collect();
    assert_eq!(outcomes[2..], [RecordingOutcome::Left, RecordingOutcome::Left]);
    assert_eq!(bench.counts.take()["run transcribe"], 3);
    let summary = bench.run("case");
    assert_eq!((summary.done(), summary.interrupted), (4, false));
    let counts = bench.counts.take();
    // Speech of the third was found before the interruption, its transcript was not.
    assert_eq!((counts["run vad"], counts["run transcribe"]), (1, 2));
    let whole = bench.files("case");
    assert_eq!(bench.run("other").done(), 4);
    assert_eq!(whole, bench.files("other"));
}

#[test]
fn a_missing_model_ends_the_run_and_fails_no_recording() {
    let bench = Bench::new(&[("1.wav", 100), ("2.wav", 200)]);
    let mut engines = engines(&bench.settings, &bench.counts, None);
    let missing = || Error::Language("the model is not there".into());
    engines.hearing.transcribe.build = Arc::new(move |_| Err(missing()));
    let error = bench.run_on("case", engines, &CancelToken::new());
    assert_eq!(error.expect_err("no model").kind(), ErrorKind::Missing);
    let states = crate::status(&bench.folder.path().join("case")).expect("status");
    assert!(states.iter().all(|state| state.status == "pending"));
    // What needs no transcript is kept, and a later run goes on from there.
    assert_eq!(bench.run("case").done(), 2);
}

#[test]
fn parts_that_were_not_asked_for_are_not_there() {
    let mut bench = Bench::new(&[("a.wav", 100)]);
    bench.selection = Selection::of(&[StageName::Transcribe]);
    bench.run("case");
    let analysis = bench.analysis("case", "a");
    assert_eq!(analysis["utterances"][0]["text"], "I never said that 100");
    for absent in ["acoustics", "patterns", "findings", "assessment"] {
        assert!(analysis.get(absent).is_none_or(serde_json::Value::is_null), "{absent}");
    }
    assert!(!bench.counts.take().contains_key("run acoustics"));
    bench.selection = Selection::default();
    bench.run("case");
    let counts = bench.counts.take();
    assert_eq!((counts.get("run transcribe"), counts["run score"]), (None, 1));
    assert!(bench.analysis("case", "a")["assessment"].is_object());
}

#[test]
fn the_same_sound_at_two_places_is_heard_once_and_reported_twice() {
    let mut bench = Bench::new(&[("a.wav", 100), ("b.wav", 100)]);
    bench.settings.run.pipeline_overlap = false;
    assert_eq!(bench.run("case").done(), 2);
    assert_eq!(bench.counts.take()["run transcribe"], 1);
    assert_eq!(bench.analysis("case", "a")["source"]["name"], "a.wav");
    assert_eq!(bench.analysis("case", "b")["source"]["name"], "b.wav");
}

#[test]
fn what_was_deleted_or_damaged_in_a_case_is_made_again() {
    let bench = Bench::new(&[("a.wav", 100)]);
    bench.run("case");
    let whole = bench.files("case");
    bench.counts.take();
    for path in whole.keys().filter(|path| path.starts_with("recordings") || path.starts_with("artifacts")) {
        let place = bench.folder.path().join("case").join(path);
        fs::write(&place, b"damaged").expect("a file");
        assert_eq!(bench.run("case").done(), 1, "{}", path.display());
        // An artifact that no file of the recording needs any more stays as it is until somebody asks for it.
        let matters = path.starts_with("recordings");
        assert!(!matters || fs::read(&place).expect("made again") == whole[path], "{}", path.display());
        fs::remove_file(&place).expect("a file");
        assert_eq!(bench.run("case").done(), 1, "{}", path.display());
        assert!(!matters || fs::read(&place).expect("made again") == whole[path], "{}", path.display());
    }
}

#[test]
fn reports_are_written_again_without_models() {
    let bench = Bench::new(&[("a.wav", 100)]);
    bench.run("case");
    let (root, english) = (bench.folder.path().join("case"), bench.files("case"));
    let outputs = |language| Outputs { formats: vec![crate::TextFormat::Txt], language };
    let reported = report(&root, &outputs(ReportLanguage::Ko)).expect("a report");
    assert_eq!(reported, Reported { report: root.join("report.html"), unread: Vec::new() });
    let page = |files: &BTreeMap<PathBuf, Vec<u8>>| {
        let page = files.iter().find(|(path, _)| path.ends_with("report.html"));
        page.map(|(_, bytes)| bytes.clone()).expect("the recording's report")
    };
    assert_ne!(page(&english), page(&bench.files("case")));
    bench.counts.take();
    // The same request as at first writes the English files again, from the cache.
    assert!(!bench.run("case").did_nothing());
    assert_eq!(bench.counts.take(), BTreeMap::new());
    let again = bench.files("case");
    assert!(page(&again) == page(&english));
    assert!(again == english);
}

#[test]
fn results_that_cannot_be_read_are_named() {
    let bench = Bench::new(&[("a.wav", 100), ("b.wav", 300)]);
    let summary = bench.run("case");
    assert!(summary.unread.is_empty());
    let root = bench.folder.path().join("case");
    let case = Case::open(&root).expect("a case");
    let entries = case.recordings().expect("recordings");
    let entry = entries.iter().find(|entry| entry.path.ends_with("b.wav")).expect("b.wav");
    let id = entry.artifacts["analysis"].to_string();
    drop(case);
    let of_b = |path: &PathBuf| path.to_string_lossy().contains(&id);
    let path = bench.files("case").into_keys().find(of_b).expect("its analysis");
    fs::write(root.join(path), b"{\"schema\": \"of an earlier version\"}").expect("a file");
    let outputs = Outputs { formats: Vec::new(), language: ReportLanguage::En };
    let reported = report(&root, &outputs).expect("a report");
    assert_eq!(reported.unread, ["b.wav"]);
    let page = fs::read_to_string(&reported.report).expect("a page");
    assert!(page.contains("cannot read what the case holds") && page.contains("<bdi>b.wav</bdi>"), "{page}");
    // Analysed again, it is there again.
    assert!(bench.run("case").unread.is_empty());
    assert!(!fs::read_to_string(&reported.report).expect("a page").contains("cannot read what the case holds"));
}

#[test]
fn nothing_to_analyse_is_an_error_of_its_own() {
    let bench = Bench::new(&[]);
    let engines = engines(&bench.settings, &bench.counts, None);
    let error = bench.run_on("case", engines, &CancelToken::new());
    assert_eq!(error.expect_err("an empty folder").kind(), ErrorKind::NoRecording);
    assert!(!bench.folder.path().join("case").exists());
}

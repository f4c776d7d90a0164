//! The acoustics stage over speakers: ranges of pitch of their own, baselines, changes, trends, responses.

#![expect(clippy::print_stdout, reason = "the errors found are the result that people look for")]

mod common;

use common::{clip, speech};
use proptest::prelude::*;
use serde::Deserialize;
use std::error::Error;
use std::path::Path;
use std::sync::Arc;
use voiceman_audio::AudioClip;
use voiceman_base::{
    AcousticFeatures, AlignedTranscript, BaselineOf, ChangedQuantity, ClipTime, Diarization, Hertz, LanguageCode,
    LanguageVote, Measured, PitchRangeBasis, Span, Speaker, SpeakerAcoustics, SpeakerId, Stage, Turn, TurnId,
    UndefinedReason, Unwatched,
};
use voiceman_stages::acoustics::{
    AcousticsInput, AcousticsSettings, AcousticsStage, PitchSettings, PitchTracker, RangeMethod,
};

type TestResult = Result<(), Box<dyn Error>>;

/// Largest error of a frequency, as a share: a fifth of the smallest pitch difference people hear in speech.
const MAX_F0_ERROR: f64 = 0.005;

/// Samples a second of the sounds made here.
const RATE: u32 = 16_000;

fn span(start: f64, end: f64) -> Span {
    Span::clamped(ClipTime::from_seconds(start), ClipTime::from_seconds(end))
}

/// Utterances from, to, by whom.
type Said<'a> = &'a [(f64, f64, Option<u32>)];

fn transcript(said: Said<'_>) -> AlignedTranscript {
    let utterance = |(index, (start, end, speaker)): (usize, &(f64, f64, Option<u32>))| {
        common::said(index, span(*start, *end), "said before", speaker.map(SpeakerId))
    };
    AlignedTranscript {
        language: LanguageVote::Given(LanguageCode::ENGLISH),
        utterances: said.iter().enumerate().map(utterance).collect(),
    }
}

/// A turn for each utterance of somebody known.
fn diarization(said: Said<'_>) -> Diarization {
    let known = said.iter().filter_map(|(start, end, speaker)| Some((*start, *end, (*speaker)?)));
    let turn = |(index, (start, end, speaker)): (usize, (f64, f64, u32))| Turn {
        id: TurnId(index as u32),
        speaker: SpeakerId(speaker),
        span: span(start, end),
        margin: Measured::Value(0.5),
        doubts: Vec::new(),
    };
    let turns: Vec<Turn> = known.enumerate().map(turn).collect();
    let mut ids: Vec<SpeakerId> = turns.iter().map(|turn| turn.speaker).collect();
    ids.sort();
    ids.dedup();
    let speaker = |id: SpeakerId| Speaker {
        id,
        speech: ClipTime::ZERO,
        overlapped: ClipTime::ZERO,
        share: 0.5,
        turns: 0,
        interruptions: 0,
        cohesion: Measured::Undefined(UndefinedReason::TooLittleVoice),
    };
    Diarization { speakers: ids.into_iter().map(speaker).collect(), turns, ..Diarization::silent() }
}

fn run_with(settings: AcousticsSettings, clip: AudioClip, said: Said<'_>) -> Result<AcousticFeatures, Box<dyn Error>> {
    let input = AcousticsInput {
        audio: Arc::new(clip.mono_16k()?),
        clip: Arc::new(clip),
        transcript: Arc::new(transcript(said)),
        diarization: Some(Arc::new(diarization(said))),
        quality: None,
    };
    let mut stage = AcousticsStage::new(settings)?;
    Ok(stage.run(vec![input], &Unwatched).pop().ok_or("one result per input")??)
}

fn run(samples: Vec<f32>, said: Said<'_>) -> Result<AcousticFeatures, Box<dyn Error>> {
    run_with(AcousticsSettings::default(), clip(RATE, &[samples])?, said)
}

/// A voice of `seconds` whose pitch and gain (1 is plain) depend on the time: eight harmonics that fall by 6 dB an octave.
fn voice(seconds: f64, pitch: impl Fn(f64) -> f64, gain: impl Fn(f64) -> f64) -> Vec<f32> {
    let mut phase = 0.0;
    let sample = |index: u32| {
        let time = f64::from(index) / f64::from(RATE);
        phase += std::f64::consts::TAU * pitch(time) / f64::from(RATE);
        let wave: f64 = (1..=8).map(|harmonic| (f64::from(harmonic) * phase).sin() / f64::from(harmonic)).sum();
        (0.05 * gain(time) * wave) as f32
    };
    (0..(seconds * f64::from(RATE)) as u32).map(sample).collect()
}

fn plain(_: f64) -> f64 {
    1.0
}

fn of(features: &AcousticFeatures, speaker: u32) -> Result<&SpeakerAcoustics, &'static str> {
    features.speakers.iter().find(|of| of.speaker == SpeakerId(speaker)).ok_or("no such speaker")
}

#[derive(Deserialize)]
struct Golden {
    files: Vec<GoldenFile>,
}

#[derive(Deserialize)]
struct GoldenFile {
    file: String,
    floor_hz: f64,
    ceiling_hz: f64,
    f0_mean_hz: f64,
    f0_median_hz: f64,
    f0_sd_hz: f64,
    first: f64,
    frequencies: Vec<f64>,
}

fn golden() -> Result<Golden, Box<dyn Error>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/acoustics/praat_ranges.json");
    let golden: Golden = serde_json::from_str(&std::fs::read_to_string(path)?)?;
    assert!(golden.files.len() >= 10, "the golden file lists its recordings");
    Ok(golden)
}

#[test]
fn every_frame_of_a_range_is_as_praat_has_it() -> TestResult {
    for entry in &golden()?.files {
        let (rate, samples) = speech(&entry.file)?;
        let defaults = PitchSettings::default();
        let settings = PitchSettings { floor_hz: entry.floor_hz, ceiling_hz: entry.ceiling_hz, ..defaults };
        let mut tracker = PitchTracker::with_step(rate, &settings, defaults.frame_step()).ok_or("rate too low")?;
        let track = tracker.track(&samples).ok_or("too short")?;
        assert_eq!(track.frequencies.len(), entry.frequencies.len(), "{}: frames", entry.file);
        assert!((track.first - entry.first).abs() < 1e-6, "{}: {} {}", entry.file, track.first, entry.first);
        let pairs = || track.frequencies.iter().zip(&entry.frequencies);
        let voicing = pairs().filter(|(ours, theirs)| ours.is_some() == (**theirs > 0.0)).count();
        let both = pairs().filter_map(|(ours, theirs)| ours.filter(|_| *theirs > 0.0).map(|ours| ours / theirs - 1.0));
        let errors: Vec<f64> = both.map(f64::abs).collect();
        let right = errors.iter().filter(|error| **error <= MAX_F0_ERROR).count();
        let worst = errors.iter().copied().fold(0.0, f64::max);
        println!(
            "{}: voicing {voicing} of {}, {right} of {} right, worst {worst:.1e}",
            entry.file,
            entry.frequencies.len(),
            errors.len()
        );
        assert!(voicing as f64 >= 0.98 * entry.frequencies.len() as f64, "{}: voicing", entry.file);
        assert!(right as f64 >= 0.99 * errors.len() as f64, "{}: frequency", entry.file);
    }
    Ok(())
}

#[test]
fn two_passes_are_as_in_praat() -> TestResult {
    let mut settings = AcousticsSettings::default();
    settings.range.min_voiced_frames = 1;
    // The golden file has the whole recordings, quiet ends and all.
    settings.quiet_share = 0.0;
    for entry in &golden()?.files {
        let (rate, samples) = speech(&entry.file)?;
        let seconds = samples.len() as f64 / f64::from(rate);
        let found = run_with(settings, clip(rate, &[samples])?, &[(0.0, seconds, Some(0))])?;
        let utterance = found.utterances.first().ok_or("one utterance")?;
        let range = utterance.pitch_range;
        assert_eq!(range.basis, PitchRangeBasis::TwoPass);
        // A quartile that lies next to a whole number of hertz may fall to either side.
        assert!((range.floor.value() - entry.floor_hz).abs() <= 1.0, "{}: {range:?}", entry.file);
        assert!((range.ceiling.value() - entry.ceiling_hz).abs() <= 1.0, "{}: {range:?}", entry.file);
        for (what, ours, theirs) in [
            ("mean", utterance.f0_mean, entry.f0_mean_hz),
            ("median", utterance.f0_median, entry.f0_median_hz),
            ("spread", utterance.f0_sd, entry.f0_sd_hz),
        ] {
            let ours = ours.value().map(Hertz::value).ok_or_else(|| format!("{}: no {what}", entry.file))?;
            println!("{}: {}-{} Hz, {what} {:+.2e}", entry.file, range.floor, range.ceiling, ours / theirs - 1.0);
            assert!((ours - theirs).abs() <= MAX_F0_ERROR * entry.f0_mean_hz, "{}: {what} {ours} {theirs}", entry.file);
        }
    }
    Ok(())
}

#[test]
fn voices_outside_the_fixed_range_are_found_in_their_own() -> TestResult {
    // A creaky voice at 63 Hz and a shrill one at 530 Hz: below and above 75 to 500 Hz.
    let said = [(0.0, 4.0, Some(0)), (5.0, 9.0, Some(1))];
    let mut samples = voice(5.0, |time| 63.0 + time, |time| if time < 4.0 { 1.0 } else { 0.0 });
    samples.extend(voice(4.0, |time| 530.0 - 4.0 * time, plain));
    let own = run(samples.clone(), &said)?;
    let pitch = |features: &AcousticFeatures, index: usize| {
        features.utterances[index].f0_median.value().map_or(f64::NAN, Hertz::value)
    };
    assert!((pitch(&own, 0) - 65.0).abs() < 0.5, "{}", pitch(&own, 0));
    assert!((pitch(&own, 1) - 522.0).abs() < 2.0, "{}", pitch(&own, 1));
    assert_eq!(of(&own, 0)?.pitch_range.floor.value(), 48.0, "three quarters of 64 Hz");
    let mut settings = AcousticsSettings::default();
    settings.pitch.range = RangeMethod::Fixed;
    let fixed = run_with(settings, clip(RATE, &[samples])?, &said)?;
    assert_eq!(of(&fixed, 0)?.pitch_range.basis, PitchRangeBasis::Fixed);
    assert_eq!(fixed.utterances[0].f0_median, Measured::Undefined(UndefinedReason::TooFewVoicedFrames));
    assert!((pitch(&fixed, 1) - 261.0).abs() < 2.0, "the octave below: {}", pitch(&fixed, 1));
    Ok(())
}

#[test]
fn little_voice_and_unknown_speakers_keep_the_fixed_range() -> TestResult {
    let samples = voice(6.0, |_| 120.0, plain);
    let found = run(samples, &[(0.0, 1.0, Some(0)), (2.0, 5.0, None)])?;
    for (utterance, basis) in
        found.utterances.iter().zip([PitchRangeBasis::LittleVoice, PitchRangeBasis::SpeakerUnknown])
    {
        let range = utterance.pitch_range;
        assert_eq!((range.floor.value(), range.ceiling.value(), range.basis), (75.0, 500.0, basis));
    }
    Ok(())
}

#[test]
fn each_speaker_has_a_baseline_and_two_utterances_make_none() -> TestResult {
    // Low and high voices take turns of a second; the third speaker has two.
    let said: Vec<_> = (0..8)
        .map(|index| (f64::from(index), f64::from(index) + 1.0, Some([0, 1, 0, 1, 0, 1, 2, 2][index as usize])))
        .collect();
    let pitch = |time: f64| [110.0, 210.0, 112.0, 214.0, 114.0, 218.0, 300.0, 300.0][time as usize];
    let found = run(voice(8.0, pitch, plain), &said)?;
    let usual = |speaker| Ok::<_, &str>(of(&found, speaker)?.baseline.f0.value().map(Hertz::value));
    assert!(usual(0)?.is_some_and(|pitch| (pitch - 112.0).abs() < 0.5), "{:?}", usual(0)?);
    assert!(usual(1)?.is_some_and(|pitch| (pitch - 214.0).abs() < 0.5), "{:?}", usual(1)?);
    assert_eq!(of(&found, 2)?.baseline.f0, Measured::Undefined(UndefinedReason::NoBaseline));
    assert_eq!(of(&found, 0)?.utterances, 3);
    assert_eq!(found.usual(Some(SpeakerId(0))).0, BaselineOf::Speaker(SpeakerId(0)));
    assert_eq!(found.usual(None).0, BaselineOf::Recording);
    assert!(found.baseline.f0.value().is_some(), "the recording's stays");
    Ok(())
}

/// Twelve utterances of 3 s by one speaker, half a second apart.
fn monologue() -> Vec<(f64, f64, Option<u32>)> {
    (0..12).map(|index| f64::from(index) * 3.5).map(|start| (start, start + 3.0, Some(0))).collect()
}

#[test]
fn changes_are_found_where_they_were_put() -> TestResult {
    let raised = |time: f64| (14.5..16.5).contains(&time);
    let pitch = |time: f64| if (28.2..30.2).contains(&time) { 150.0 } else { 120.0 };
    let gain = |time: f64| if raised(time) { 2.0 } else { 1.0 };
    let found = run(voice(42.0, pitch, gain), &monologue())?;
    assert_eq!(found.changes.len(), 2, "{:?}", found.changes);
    let [level, pitch] = &found.changes[..] else { return Err("two".into()) };
    let near = |time: ClipTime, seconds: f64| (time.seconds() - seconds).abs() < 0.1;
    assert_eq!((level.quantity, level.speaker), (ChangedQuantity::Level, Some(SpeakerId(0))));
    assert!(near(level.span.start(), 14.5) && near(level.span.end(), 16.5), "{level:?}");
    assert!((level.mean_deviation - 6.02).abs() < 0.3, "{level:?}");
    assert_eq!((pitch.quantity, pitch.baseline_of), (ChangedQuantity::Pitch, BaselineOf::Speaker(SpeakerId(0))));
    assert!(near(pitch.span.start(), 28.2) && near(pitch.span.end(), 30.2), "{pitch:?}");
    assert!((pitch.mean_deviation - 0.25).abs() < 0.01, "{pitch:?}");

    let steady = run(voice(42.0, |_| 120.0, plain), &monologue())?;
    assert!(steady.changes.is_empty(), "{:?}", steady.changes);
    let short = run(voice(42.0, |_| 120.0, |time| if (14.5..15.2).contains(&time) { 2.0 } else { 1.0 }), &monologue())?;
    assert!(short.changes.is_empty(), "{:?}", short.changes);
    Ok(())
}

#[test]
fn another_voice_over_this_one_makes_no_change() -> TestResult {
    let mut samples = voice(42.0, |_| 120.0, plain);
    let other = voice(2.0, |_| 240.0, |_| 4.0);
    let at = (14.2 * f64::from(RATE)) as usize;
    samples[at..at + other.len()].iter_mut().zip(&other).for_each(|(sample, other)| *sample += other);
    let mut said = monologue();
    said.push((14.1, 16.3, Some(1)));
    said.sort_by(|left, right| left.0.total_cmp(&right.0));
    let found = run(samples, &said)?;
    assert!(found.changes.iter().all(|change| change.speaker != Some(SpeakerId(0))), "{:?}", found.changes);
    Ok(())
}

#[test]
fn a_voice_that_rises_has_a_trend() -> TestResult {
    // Fifteen utterances of a second, ten seconds apart; 6 Hz a minute up, 2 dB a minute down.
    let said: Vec<_> =
        (0..15).map(|index| f64::from(index) * 10.0).map(|start| (start, start + 1.0, Some(0))).collect();
    let gain = |time: f64| 10_f64.powf(-2.0 * time / 60.0 / 20.0);
    let found = run(voice(142.0, |time| 120.0 + 6.0 * time / 60.0, gain), &said)?;
    let speaker = of(&found, 0)?;
    let pitch = speaker.f0_trend.value().ok_or("a trend")?;
    assert!((pitch.per_minute - 6.0).abs() < 0.1 && pitch.low > 5.0 && pitch.high < 7.0, "{pitch:?}");
    let level = speaker.intensity_trend.value().ok_or("a trend")?;
    assert!((level.per_minute + 2.0).abs() < 0.1, "{level:?}");
    let few = run(voice(42.0, |_| 120.0, plain), &monologue())?;
    assert_eq!(of(&few, 0)?.f0_trend, Measured::Undefined(UndefinedReason::TooFewUtterances), "42 s are too short");
    Ok(())
}

#[test]
fn responses_follow_the_turns() -> TestResult {
    let said = [(0.0, 1.0, Some(0)), (1.2, 2.0, Some(1)), (1.9, 3.0, Some(0))];
    let found = run(voice(3.0, |_| 120.0, plain), &said)?;
    let latencies: Vec<i64> = found.responses.iter().map(|response| response.latency.micros() / 1_000).collect();
    assert_eq!(latencies, [200, -100]);
    assert_eq!((of(&found, 1)?.response.gaps, of(&found, 0)?.response.overlaps), (1, 1));
    assert_eq!(of(&found, 0)?.response.median, Measured::Undefined(UndefinedReason::TooFewResponses));
    Ok(())
}

#[test]
fn nobody_and_nothing_are_no_harm() -> TestResult {
    let nothing = run(vec![0.0; 800], &[])?;
    assert!(nothing.speakers.is_empty() && nothing.changes.is_empty() && nothing.responses.is_empty());
    let silent = run(vec![0.0; 80_000], &[(0.0, 2.0, Some(0)), (2.0, 4.0, Some(1)), (4.0, 5.0, Some(0))])?;
    assert!(silent.changes.is_empty());
    assert_eq!(of(&silent, 0)?.baseline.f0, Measured::Undefined(UndefinedReason::NoBaseline));
    assert_eq!(of(&silent, 0)?.pitch_range.basis, PitchRangeBasis::LittleVoice);
    let sample = run(vec![0.5], &[(0.0, 0.1, Some(0))])?;
    assert_eq!(of(&sample, 0)?.utterances, 1);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn any_turns_give_finite_numbers_in_order(
        lengths in proptest::collection::vec((0.05..1.5_f64, -0.4..0.8_f64, proptest::option::of(0_u32..3)), 0..14_usize),
        pitch in 70.0..450.0_f64,
    ) {
        let mut said = Vec::new();
        let mut now: f64 = 0.0;
        for (length, gap, speaker) in lengths {
            let start = (now + gap).max(0.0);
            said.push((start, start + length, speaker));
            now = start + length;
        }
        said.sort_by(|left: &(f64, f64, Option<u32>), right| left.0.total_cmp(&right.0));
        let found = run(voice(12.0, |time| pitch + 3.0 * time, |time| 1.0 + time), &said).expect("a result");
        prop_assert!(found.changes.windows(2).all(|pair| pair[0].span <= pair[1].span));
        for change in &found.changes {
            prop_assert!(change.mean_deviation.is_finite() && change.span.length() >= ClipTime::from_millis(999));
        }
        for speaker in &found.speakers {
            prop_assert!(speaker.pitch_range.floor < speaker.pitch_range.ceiling);
        }
    }
}

//! The acoustics stage on recordings: conditions, pauses, rates, baseline, contour, and inputs meant to break it.

mod common;

use common::{clip, noise, speech};
use std::error::Error;
use std::slice::from_ref;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use voiceman_audio::AudioClip;
use voiceman_base::{
    AcousticFeatures, AlignedTranscript, AlignedUtterance, ClipTime, Decibels, Hertz, LanguageCode, LanguageVote,
    Measured, MeasuredChannel, Prob, Span, Stage, StageErrorKind, SyllableBasis, Timing, UndefinedReason, Unwatched,
    UtteranceAcoustics, UtteranceId, Watch, Word, WordId,
};
use voiceman_stages::acoustics::{AcousticsInput, AcousticsSettings, AcousticsStage};

/// Most that any value may change when silence is appended, as a share.
const MAX_CHANGE_BY_SILENCE: f64 = 0.01;

type TestResult = Result<(), Box<dyn Error>>;

/// Asks to stop after the first utterance.
struct Impatient(AtomicBool);

impl Watch for Impatient {
    fn progress(&self, _done: ClipTime, _total: ClipTime) {
        self.0.store(true, Ordering::SeqCst);
    }
    fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

fn span(start: f64, end: f64) -> Span {
    Span::clamped(ClipTime::from_seconds(start), ClipTime::from_seconds(end))
}

fn utterance(start: f64, end: f64, text: &str, words: &[(&str, f64, f64)]) -> AlignedUtterance {
    let word = |(index, (text, start, end)): (usize, &(&str, f64, f64))| Word {
        id: WordId(index as u32),
        text: (*text).to_owned(),
        timing: Timing::Aligned { span: span(*start, *end), score: Prob::ONE },
        confidence: Prob::ONE,
        attribution: None,
    };
    AlignedUtterance {
        words: words.iter().enumerate().map(word).collect(),
        ..common::said(0, span(start, end), text, None)
    }
}

fn transcript(utterances: Vec<AlignedUtterance>) -> AlignedTranscript {
    let numbered = utterances.into_iter().enumerate().map(|(index, mut utterance)| {
        utterance.utterance.id = UtteranceId(index as u32);
        utterance
    });
    AlignedTranscript { language: LanguageVote::Given(LanguageCode::ENGLISH), utterances: numbered.collect() }
}

/// Without speakers and quality.
fn input(clip: AudioClip, utterances: Vec<AlignedUtterance>) -> Result<AcousticsInput, Box<dyn Error>> {
    let transcript = Arc::new(transcript(utterances));
    let audio = Arc::new(clip.mono_16k()?);
    Ok(AcousticsInput { clip: Arc::new(clip), audio, transcript, diarization: None, quality: None })
}

fn run(clip: AudioClip, utterances: Vec<AlignedUtterance>) -> Result<AcousticFeatures, Box<dyn Error>> {
    run_with(AcousticsSettings::default(), clip, utterances)
}

fn run_with(
    settings: AcousticsSettings,
    clip: AudioClip,
    utterances: Vec<AlignedUtterance>,
) -> Result<AcousticFeatures, Box<dyn Error>> {
    let mut stage = AcousticsStage::new(settings)?;
    let input = input(clip, utterances)?;
    Ok(stage.run(vec![input], &Unwatched).pop().ok_or("one result per input")??)
}

/// The whole of one channel as one utterance.
fn measure(rate: u32, samples: &[f32]) -> Result<UtteranceAcoustics, Box<dyn Error>> {
    let seconds = samples.len() as f64 / f64::from(rate);
    let features = run(clip(rate, &[samples.to_vec()])?, vec![utterance(0.0, seconds, "said", &[])])?;
    Ok(features.utterances.into_iter().next().ok_or("one entry per utterance")?)
}

fn reasons(measured: &UtteranceAcoustics) -> [Option<UndefinedReason>; 4] {
    fn reason<T>(measured: Measured<T>) -> Option<UndefinedReason> {
        match measured {
            Measured::Value(_) => None,
            Measured::Undefined(reason) => Some(reason),
        }
    }
    [reason(measured.f0_mean), reason(measured.f0_median), reason(measured.f0_sd), reason(measured.intensity)]
}

/// Mean, median and spread of pitch in hertz, level in decibels.
fn values(measured: &UtteranceAcoustics) -> Result<[f64; 4], Box<dyn Error>> {
    let hertz = |value: Measured<Hertz>| value.value().map(Hertz::value);
    let all = [
        hertz(measured.f0_mean),
        hertz(measured.f0_median),
        hertz(measured.f0_sd),
        measured.intensity.value().map(Decibels::value),
    ];
    let [Some(mean), Some(median), Some(spread), Some(level)] = all else {
        return Err(format!("not measured: {:?}", reasons(measured)).into());
    };
    Ok([mean, median, spread, level])
}

#[test]
fn gain_changes_only_the_level() -> TestResult {
    let (rate, samples) = speech("leopard_en.wav")?;
    let plain = values(&measure(rate, &samples)?)?;
    let quieter: Vec<f32> = samples.iter().map(|sample| 0.1 * sample).collect();
    let quiet = values(&measure(rate, &quieter)?)?;
    for index in 0..3 {
        assert!((quiet[index] / plain[index] - 1.0).abs() < 1e-4, "{index}: {} and {}", quiet[index], plain[index]);
    }
    assert!((plain[3] - quiet[3] - 20.0).abs() < 0.01, "{} and {}", plain[3], quiet[3]);
    Ok(())
}

#[test]
fn appended_silence_changes_next_to_nothing() -> TestResult {
    for name in ["leopard_en.wav", "leopard_de.wav", "leopard_ko.wav", "librivox_0880.wav", "jfk_44100.wav"] {
        let (rate, samples) = speech(name)?;
        let plain = values(&measure(rate, &samples)?)?;
        for seconds in [0.25, 1.0] {
            let mut longer = samples.clone();
            longer.resize(samples.len() + (seconds * f64::from(rate)) as usize, 0.0);
            let changed = values(&measure(rate, &longer)?)?;
            for (what, (before, after)) in ["mean", "median", "spread", "level"].iter().zip(plain.iter().zip(changed)) {
                let change = (after / before - 1.0).abs();
                assert!(change < MAX_CHANGE_BY_SILENCE, "{name}: {what} from {before} to {after} with {seconds} s");
            }
        }
    }
    Ok(())
}

#[test]
fn noise_has_no_pitch_and_no_level_of_voice() -> TestResult {
    for rate in [8_000, 16_000, 44_100] {
        for (index, tilt) in [0.0, 0.3, 0.5, 0.7, 0.8, 1.0].into_iter().enumerate() {
            for seconds in [1.0, 3.0] {
                let measured = measure(rate, &noise(rate, seconds, tilt, index as u64 + u64::from(rate)))?;
                let expected = [Some(UndefinedReason::TooFewVoicedFrames); 4];
                assert_eq!(reasons(&measured), expected, "tilt {tilt} at {rate}, {seconds} s");
            }
        }
    }
    Ok(())
}

#[test]
fn speech_in_noise_is_still_measured() -> TestResult {
    for name in ["leopard_en.wav", "leopard_ko.wav", "pyannote_telephone.wav", "emodb_10b01Lb.wav"] {
        let (rate, samples) = speech(name)?;
        let power = samples.iter().map(|sample| f64::from(*sample).powi(2)).sum::<f64>() / samples.len() as f64;
        let mut hiss = noise(rate, samples.len() as f64 / f64::from(rate), 0.0, 7);
        hiss.resize(samples.len(), 0.0);
        let hiss_power = hiss.iter().map(|sample| f64::from(*sample).powi(2)).sum::<f64>() / hiss.len() as f64;
        // 10 dB below the speech.
        let gain = (0.1 * power / hiss_power).sqrt() as f32;
        let noisy: Vec<f32> = samples.iter().zip(&hiss).map(|(sample, hiss)| sample + gain * hiss).collect();
        let plain = values(&measure(rate, &samples)?)?;
        let found = values(&measure(rate, &noisy)?)?;
        assert!((found[1] / plain[1] - 1.0).abs() < 0.05, "{name}: median {} for {}", found[1], plain[1]);
    }
    Ok(())
}

#[test]
fn silence_gives_reasons_and_no_numbers() -> TestResult {
    let silent = measure(16_000, &vec![0.0; 32_000])?;
    assert_eq!(reasons(&silent), [Some(UndefinedReason::Silent); 4]);
    let constant = measure(16_000, &vec![0.25; 32_000])?;
    assert_eq!(reasons(&constant), [Some(UndefinedReason::Silent); 4]);
    let features = run(clip(16_000, &[vec![0.0; 32_000]])?, vec![utterance(0.0, 2.0, "said", &[])])?;
    assert!(features.contour.is_empty(), "nothing to draw");
    assert_eq!(features.baseline.f0, Measured::Undefined(UndefinedReason::NoBaseline));
    Ok(())
}

#[test]
fn short_sounds_give_reasons_and_no_numbers() -> TestResult {
    let (rate, samples) = speech("leopard_en.wav")?;
    // In the middle of a vowel, where 0.3 s are plenty.
    let at = (2.0 * f64::from(rate)) as usize;
    let cut = |seconds: f64| &samples[at..at + (seconds * f64::from(rate)) as usize];
    assert_eq!(reasons(&measure(rate, cut(0.03))?), [Some(UndefinedReason::TooShort); 4]);
    // A window of pitch fits, but too few frames for a voice, whatever is in them.
    assert_eq!(reasons(&measure(rate, cut(0.08))?)[0], Some(UndefinedReason::TooFewVoicedFrames));
    for seconds in [0.1, 0.2, 0.3] {
        for value in reasons(&measure(rate, cut(seconds))?) {
            assert!(matches!(value, None | Some(UndefinedReason::TooFewVoicedFrames)), "{value:?} in {seconds} s");
        }
    }
    Ok(())
}

#[test]
fn clipped_sound_has_no_level_and_when_it_is_much_no_pitch() -> TestResult {
    let (rate, samples) = speech("leopard_en.wav")?;
    let peak = samples.iter().fold(0.0_f32, |peak, sample| peak.max(sample.abs()));
    let overdriven =
        |gain: f32| -> Vec<f32> { samples.iter().map(|sample| (gain * sample / peak).clamp(-1.0, 1.0)).collect() };
    let loudest = measure(rate, &overdriven(0.999))?;
    assert_eq!(reasons(&loudest), [None; 4], "full scale is not clipping");
    let some = measure(rate, &overdriven(1.5))?;
    assert_eq!(reasons(&some), [None, None, None, Some(UndefinedReason::Clipped)]);
    let much = measure(rate, &overdriven(5.0))?;
    assert_eq!(reasons(&much), [Some(UndefinedReason::Clipped); 4]);
    // One bad channel of two is enough.
    let pair = clip(rate, &[samples.clone(), overdriven(1.5)])?;
    let features = run(pair, vec![utterance(0.0, 5.0, "said", &[])])?;
    assert_eq!(features.utterances[0].intensity, Measured::Undefined(UndefinedReason::Clipped));
    Ok(())
}

#[test]
fn channels_are_averaged() -> TestResult {
    let (rate, samples) = speech("leopard_ko.wav")?;
    let said = || vec![utterance(0.0, 3.8, "said", &[])];
    let single = run(clip(rate, from_ref(&samples))?, said())?;
    let both = run(clip(rate, &[samples.clone(), samples.clone()])?, said())?;
    assert_eq!(single.channel, MeasuredChannel::Single);
    assert_eq!(both.channel, MeasuredChannel::Mean);
    assert_eq!(single.utterances, both.utterances, "twice the same is the same");
    let half = run(clip(rate, &[samples.clone(), vec![0.0; samples.len()]])?, said())?;
    let (whole, half) = (values(&single.utterances[0])?, values(&half.utterances[0])?);
    assert!((whole[3] - half[3] - 20.0 * 2.0_f64.log10()).abs() < 0.01, "half the pressure");
    assert!((whole[1] / half[1] - 1.0).abs() < 1e-6);
    Ok(())
}

#[test]
fn rates_and_pauses_come_from_words_and_text() -> TestResult {
    let (rate, samples) = speech("leopard_en.wav")?;
    let words = [("Mr.", 0.2, 0.5), ("Quilter", 0.5, 1.0), ("is", 1.4, 1.6), ("late.", 1.8, 2.2)];
    let timed = utterance(0.2, 2.2, "Mr. Quilter is late.", &words);
    let mut untimed = timed.clone();
    untimed.words[1].timing = Timing::Untimed { why: voiceman_base::UntimedReason::NoFrames };
    let silent = utterance(2.5, 3.5, " ... ", &[]);
    let digits = utterance(3.5, 4.5, "At 5.", &[("At", 3.5, 3.7), ("5.", 3.7, 4.0)]);
    // The whole spans, so that their lengths are known.
    let whole = AcousticsSettings { quiet_share: 0.0, ..AcousticsSettings::default() };
    let features = run_with(whole, clip(rate, &[samples])?, vec![timed, untimed, silent, digits])?;
    let [timed, untimed, silent, digits] = &features.utterances[..] else { return Err("four utterances".into()) };
    // Six syllables in 2 s, 0.4 s of them a pause; 0.2 s is none.
    assert_eq!(timed.speech_rate, Measured::Value(3.0));
    assert!(timed.articulation_rate.value().is_some_and(|found| (found - 6.0 / 1.6).abs() < 1e-9));
    assert_eq!(timed.pauses.iter().map(|pause| pause.span).collect::<Vec<_>>(), [span(1.0, 1.4)]);
    assert_eq!(untimed.speech_rate, Measured::Value(3.0));
    assert_eq!(untimed.articulation_rate, Measured::Undefined(UndefinedReason::Untimed));
    assert!(untimed.pauses.is_empty());
    assert_eq!(silent.speech_rate, Measured::Undefined(UndefinedReason::NoWords));
    // The writing of a digit does not tell how many syllables it has; the sound does.
    assert_eq!((timed.syllables_from, digits.syllables_from), (SyllableBasis::Text, SyllableBasis::Sound));
    assert!(digits.speech_rate.value().is_some_and(|found| (1.0..=8.0).contains(&found)), "{:?}", digits.speech_rate);
    Ok(())
}

#[test]
fn the_baseline_is_the_median_utterance() -> TestResult {
    let rate = 16_000_u32;
    let mut samples = Vec::new();
    // Tones of 100, 110 and 150 Hz, the last 6 dB louder, a second each.
    for (frequency, amplitude) in [(100.0, 0.1), (110.0, 0.1), (150.0, 0.2)] {
        let wave = |n: u32| amplitude * (std::f64::consts::TAU * frequency * f64::from(n) / f64::from(rate)).sin();
        samples.extend((0..rate).map(|n| wave(n) as f32));
    }
    let said =
        |count: usize| (0..count).map(|index| utterance(index as f64, index as f64 + 1.0, "said", &[])).collect();
    let three = run(clip(rate, from_ref(&samples))?, said(3))?;
    let hertz = |value: Measured<Hertz>| value.value().map_or(f64::NAN, Hertz::value);
    let decibels = |value: Measured<Decibels>| value.value().map_or(f64::NAN, Decibels::value);
    assert!((hertz(three.baseline.f0) - 110.0).abs() < 0.1, "{:?}", three.baseline);
    assert!((hertz(three.baseline.f0_mad) - 10.0).abs() < 0.1, "{:?}", three.baseline);
    let level = 20.0 * (0.1 / 2.0_f64.sqrt() / 2e-5).log10();
    assert!((decibels(three.baseline.intensity) - level).abs() < 0.1, "{:?}", three.baseline);
    assert!(decibels(three.baseline.intensity_mad) < 0.1, "{:?}", three.baseline);
    let two = run(clip(rate, &[samples])?, said(2))?;
    assert_eq!(two.baseline.f0, Measured::Undefined(UndefinedReason::NoBaseline));
    assert_eq!(two.baseline.intensity_mad, Measured::Undefined(UndefinedReason::NoBaseline));
    Ok(())
}

#[test]
fn the_contour_stays_small_and_inside_the_utterances() -> TestResult {
    let (rate, samples) = speech("pyannote_telephone.wav")?;
    let said = || vec![utterance(0.5, 3.0, "said", &[]), utterance(4.0, 7.5, "said", &[])];
    let full = run(clip(rate, from_ref(&samples))?, said())?;
    let times: Vec<ClipTime> = full.contour.iter().map(|point| point.time).collect();
    assert!(times.is_sorted());
    assert!(times.len() > 500, "10 ms apart");
    assert!(times.iter().all(|time| span(0.5, 3.0).contains(*time) || span(4.0, 7.5).contains(*time)));
    let few = AcousticsSettings { max_contour_points: 50, ..AcousticsSettings::default() };
    let thinned = run_with(few, clip(rate, &[samples])?, said())?;
    assert!((20..=52).contains(&thinned.contour.len()), "{}", thinned.contour.len());
    assert_eq!(thinned.utterances, full.utterances, "thinning concerns the plot alone");
    Ok(())
}

#[test]
fn long_utterances_are_measured_in_pieces() -> TestResult {
    let (rate, samples) = speech("pyannote_telephone.wav")?;
    let said = || vec![utterance(0.0, 8.0, "said", &[])];
    let whole = run(clip(rate, from_ref(&samples))?, said())?;
    let pieces = AcousticsSettings { max_piece_s: 3.0, ..AcousticsSettings::default() };
    let cut = run_with(pieces, clip(rate, &[samples])?, said())?;
    let (whole, cut) = (values(&whole.utterances[0])?, values(&cut.utterances[0])?);
    for index in [0, 1, 3] {
        assert!((whole[index] / cut[index] - 1.0).abs() < 0.02, "{whole:?} {cut:?}");
    }
    Ok(())
}

#[test]
fn spans_beyond_the_sound_are_no_harm() -> TestResult {
    let (rate, samples) = speech("leopard_ko.wav")?;
    let said = vec![
        utterance(-5.0, -1.0, "before", &[]),
        utterance(1.0, 1.0, "empty", &[]),
        utterance(3.85, 900.0, "over the end", &[]),
        utterance(90_000.0, 90_001.0, "after", &[]),
    ];
    let features = run(clip(rate, &[samples])?, said)?;
    assert_eq!(features.utterances.len(), 4);
    for utterance in &features.utterances {
        assert_eq!(reasons(utterance)[3], Some(UndefinedReason::TooShort), "{utterance:?}");
    }
    let nothing = run(clip(16_000, &[vec![0.1; 1_600]])?, Vec::new())?;
    assert!(nothing.utterances.is_empty() && nothing.contour.is_empty());
    Ok(())
}

#[test]
fn very_high_rates_work() -> TestResult {
    let rate = 384_000_u32;
    let wave = |n: u32| (0.3 * (std::f64::consts::TAU * 200.0 * f64::from(n) / f64::from(rate)).sin()) as f32;
    let tone: Vec<f32> = (0..rate / 2).map(wave).collect();
    let found = values(&measure(rate, &tone)?)?;
    assert!((found[0] - 200.0).abs() < 0.1, "{found:?}");
    Ok(())
}

#[test]
fn interrupting_gives_no_partial_result() -> TestResult {
    let (rate, samples) = speech("leopard_ko.wav")?;
    let said = vec![utterance(0.0, 1.0, "one", &[]), utterance(1.0, 2.0, "two", &[])];
    let input = input(clip(rate, &[samples])?, said)?;
    let mut stage = AcousticsStage::new(AcousticsSettings::default())?;
    let result = stage.run(vec![input.clone()], &Impatient(AtomicBool::new(false))).pop();
    assert!(matches!(result, Some(Err(error)) if error.kind == StageErrorKind::Cancelled));
    let cost = AcousticsStage::cost(&input);
    assert_eq!(cost.audio, ClipTime::from_seconds(2.0));
    Ok(())
}

//! Which measures degraded recordings bear.

mod common;

use common::{clip, mixed, noise, speech};
use std::error::Error;
use voiceman_audio::AudioClip;
use voiceman_base::{ClipTime, Obstacle, Quality, QualityReason, Unwatched, Verdict, VoiceMeasure};
use voiceman_stages::quality::{QualitySettings, signal_quality, verdicts};

type TestResult = Result<(), Box<dyn Error>>;

fn judged(clip: &AudioClip) -> Result<Vec<Verdict>, Box<dyn Error>> {
    let quality = signal_quality(clip, &Unwatched)?;
    Ok(verdicts(&quality, clip.facts(), quality.speech_time, &QualitySettings::default()))
}

fn of(verdicts: &[Verdict], measure: VoiceMeasure) -> Result<&Verdict, Box<dyn Error>> {
    Ok(verdicts.iter().find(|verdict| verdict.measure == measure).ok_or("no verdict")?)
}

/// Measures that are refused.
fn refused(verdicts: &[Verdict]) -> Vec<VoiceMeasure> {
    verdicts.iter().filter(|verdict| !verdict.bears()).map(|verdict| verdict.measure).collect()
}

#[test]
fn a_good_recording_bears_everything_there_is_enough_speech_for() -> TestResult {
    let (rate, samples) = speech("leopard_de.wav")?;
    let twice = [samples.clone(), samples.clone(), samples].concat();
    let verdicts = judged(&clip(rate, &[twice])?)?;
    assert_eq!(verdicts.iter().map(|verdict| verdict.measure).collect::<Vec<_>>(), VoiceMeasure::ALL);
    assert_eq!(refused(&verdicts), [], "{verdicts:?}");
    Ok(())
}

#[test]
fn a_telephone_line_takes_shimmer_harmonicity_and_high_formants() -> TestResult {
    let (rate, samples) = speech("pyannote_telephone.wav")?;
    let verdicts = judged(&clip(rate, &[samples])?)?;
    for measure in [
        VoiceMeasure::Shimmer,
        VoiceMeasure::Harmonicity,
        VoiceMeasure::Formant3,
        VoiceMeasure::Formant4,
        VoiceMeasure::Spectrum,
    ] {
        let obstacles = &of(&verdicts, measure)?.obstacles;
        assert!(obstacles.iter().any(|obstacle| matches!(obstacle, Obstacle::Bandwidth { .. })), "{measure:?}");
    }
    for measure in [VoiceMeasure::Pitch, VoiceMeasure::Formant2, VoiceMeasure::SpeechRate] {
        assert!(of(&verdicts, measure)?.bears(), "{measure:?}: {verdicts:?}");
    }
    Ok(())
}

#[test]
fn clipping_takes_level_before_pitch() -> TestResult {
    let (rate, samples) = speech("leopard_en.wav")?;
    let peak = samples.iter().fold(0.0_f32, |peak, sample| peak.max(sample.abs()));
    let cut: Vec<f32> = samples.iter().map(|sample| (1.5 * sample / peak).clamp(-1.0, 1.0)).collect();
    let verdicts = judged(&clip(rate, &[cut])?)?;
    assert!(matches!(of(&verdicts, VoiceMeasure::Level)?.obstacles[..], [Obstacle::Clipping { .. }]), "{verdicts:?}");
    assert!(of(&verdicts, VoiceMeasure::Pitch)?.bears());
    Ok(())
}

#[test]
fn noise_takes_one_measure_after_the_other() -> TestResult {
    let (rate, samples) = speech("leopard_en.wav")?;
    let mut before = 0;
    for snr in [40.0, 25.0, 12.0, 7.0, 2.0] {
        let verdicts = judged(&clip(rate, &[mixed(rate, &samples, &noise(rate, 6.0, 0.5, 3), snr)])?)?;
        let noisy =
            |verdict: &&Verdict| verdict.obstacles.iter().any(|obstacle| matches!(obstacle, Obstacle::Noise { .. }));
        let count = verdicts.iter().filter(noisy).count();
        assert!(count >= before, "{snr}: {verdicts:?}");
        before = count;
    }
    assert_eq!(before, VoiceMeasure::ALL.len());
    Ok(())
}

#[test]
fn lost_sound_takes_what_goes_from_period_to_period() -> TestResult {
    let (rate, mut samples) = speech("leopard_en.wav")?;
    // 10 ms in the middle of a vowel.
    samples[14_080..14_240].fill(0.0);
    let verdicts = judged(&clip(rate, &[samples])?)?;
    for measure in [VoiceMeasure::Jitter, VoiceMeasure::Shimmer] {
        let obstacles = &of(&verdicts, measure)?.obstacles;
        assert!(matches!(obstacles[..], [Obstacle::Dropouts { .. }]), "{measure:?}: {obstacles:?}");
    }
    assert!(of(&verdicts, VoiceMeasure::Pitch)?.bears());
    Ok(())
}

#[test]
fn codecs_that_leave_much_out_are_told_by_their_rate() -> TestResult {
    let (rate, samples) = speech("leopard_en.wav")?;
    let clip = clip(rate, &[samples])?;
    let quality = signal_quality(&clip, &Unwatched)?;
    let mut facts = clip.facts().clone();
    for (codec, kilobits, bears) in [("opus", 24.0, false), ("opus", 96.0, true), ("pcm_s16le", 24.0, true)] {
        facts.codec = codec.into();
        facts.file.bytes = (kilobits * 125.0 * facts.duration.seconds()) as u64;
        let verdicts = verdicts(&quality, &facts, quality.speech_time, &QualitySettings::default());
        assert_eq!(of(&verdicts, VoiceMeasure::Shimmer)?.bears(), bears, "{codec} at {kilobits}");
        assert!(of(&verdicts, VoiceMeasure::Pitch)?.bears(), "{codec} at {kilobits}");
    }
    Ok(())
}

#[test]
fn what_a_speaker_says_can_be_too_little() -> TestResult {
    let (rate, samples) = speech("leopard_en.wav")?;
    let clip = clip(rate, &[samples])?;
    let quality = signal_quality(&clip, &Unwatched)?;
    let speech = Quality::Value(ClipTime::from_seconds(0.8));
    let verdicts = verdicts(&quality, clip.facts(), speech, &QualitySettings::default());
    assert_eq!(refused(&verdicts), VoiceMeasure::ALL);
    Ok(())
}

#[test]
fn hints_that_could_not_be_had_are_told() -> TestResult {
    let (rate, samples) = speech("leopard_en.wav")?;
    let verdicts = judged(&clip(rate, &[samples])?)?;
    let level = of(&verdicts, VoiceMeasure::Level)?;
    assert!(level.bears());
    assert_eq!(level.untold.iter().map(|untold| untold.why).collect::<Vec<_>>(), [QualityReason::TooFewPauses]);
    Ok(())
}

#[test]
fn nothing_bears_nothing() -> TestResult {
    let square: Vec<f32> = (0..32_000).map(|n| if n / 80 % 2 == 0 { 1.0 } else { -1.0 }).collect();
    for (name, rate, samples) in [
        ("none", 16_000, vec![]),
        ("one", 16_000, vec![0.5]),
        ("silence", 16_000, vec![0.0; 48_000]),
        ("white noise", 16_000, noise(16_000, 3.0, 0.0, 1)),
        ("noise at 8 kHz", 8_000, noise(8_000, 3.0, 0.5, 1)),
        ("0.3 s", 16_000, noise(16_000, 0.3, 0.0, 1)),
        ("clipped", 16_000, square),
    ] {
        let Ok(clip) = clip(rate, &[samples]) else {
            assert_eq!(name, "none", "could not be decoded");
            continue;
        };
        assert_eq!(refused(&judged(&clip)?), VoiceMeasure::ALL, "{name}");
    }
    Ok(())
}

#[test]
fn settings_are_read_and_unknown_ones_refused() -> TestResult {
    let read: QualitySettings = toml::from_str("[pitch]\nsnr_db = 3.0")?;
    assert_eq!((read.pitch.snr_db, read.pitch.clipped_share), (Some(3.0), None));
    assert_eq!(read.level, QualitySettings::default().level);
    assert!(toml::from_str::<QualitySettings>("[pitch]\nsnr = 3.0").is_err());
    assert_ne!(read.digest(), QualitySettings::default().digest());
    QualitySettings::default().check()?;
    for text in ["gain_above_db = nan", "[emotion]\nspeech_s = -1.0", "[level]\nclipped_share = 1.5"] {
        assert!(toml::from_str::<QualitySettings>(text)?.check().is_err(), "{text}");
    }
    Ok(())
}

//! Voice measures of real recordings against Praat: every pulse, every frame, every value. The golden file is made by
//! `reference/generate_voice.py`. With `-- --nocapture` it prints the errors that `docs/methods/acoustics.md` states.

#![expect(clippy::print_stdout, reason = "the errors found are the result that people look for")]

use serde::Deserialize;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use voiceman_audio::{DecodeSettings, decode};
use voiceman_stages::acoustics::{
    FORMANTS, PeriodRules, PitchSettings, PitchTracker, VoiceMeter, VoiceSettings, VoiceTrack, jitter, mean, median,
    shimmer,
};

/// Furthest that a pulse may lie from Praat's, in seconds; the golden file is rounded to 0.1 µs.
const MAX_PULSE_ERROR: f64 = 1e-6;

/// Largest error of a jitter or shimmer: a hundredth of the 0.1 points that are promised.
const MAX_PERTURBATION_ERROR: f64 = 1e-5;

/// Largest error of a level in decibels that is a mean over frames, of the 0.5 dB that are promised.
const MAX_LEVEL_ERROR: f64 = 0.1;

/// Largest error of a mean or median formant, as a share, of the 3 % that are promised.
const MAX_FORMANT_ERROR: f64 = 0.01;

/// Share of the frames that must be as good as is promised: 0.5 dB, 3 %.
const MIN_GOOD_FRAMES: f64 = 0.99;

#[derive(Deserialize)]
struct Golden {
    files: Vec<GoldenFile>,
}

#[derive(Deserialize)]
struct GoldenFile {
    file: String,
    sample_rate: u32,
    samples: usize,
    pulses: Vec<f64>,
    jitter_local: f64,
    jitter_absolute_s: f64,
    jitter_rap: f64,
    jitter_ppq5: f64,
    shimmer_local: f64,
    shimmer_db: f64,
    shimmer_apq3: f64,
    shimmer_apq5: f64,
    shimmer_apq11: f64,
    hnr_db: f64,
    hnr: GoldenFrames,
    formants: GoldenFormants,
    cpps_db: f64,
    cpp: GoldenFrames,
    h1_h2_db: f64,
    spectral_tilt_db_oct: Option<f64>,
    ltas_db: Option<Vec<f64>>,
    alpha_ratio_db: Option<f64>,
    hammarberg_db: Option<f64>,
    spectral_centroid_hz: Option<f64>,
}

#[derive(Deserialize)]
struct GoldenFrames {
    first: f64,
    step: f64,
    frames: Vec<Option<f64>>,
}

#[derive(Deserialize)]
struct GoldenFormants {
    mean_hz: Vec<f64>,
    median_hz: Vec<f64>,
    first: f64,
    step: f64,
    frames: Vec<Option<Vec<Option<f64>>>>,
}

/// The largest errors found over all files, and how many frames were as promised.
#[derive(Default)]
struct Found {
    errors: Vec<(&'static str, f64, f64, String)>,
    frames: Vec<(&'static str, usize, usize)>,
}

impl Found {
    /// Notes an error that must not exceed `most`.
    fn error(&mut self, what: &'static str, file: &str, ours: f64, theirs: f64, most: f64) {
        let error = (ours - theirs).abs();
        assert!(error <= most, "{file}: {what} {ours} is further than {most} from Praat's {theirs}");
        match self.errors.iter_mut().find(|entry| entry.0 == what) {
            Some(entry) => {
                entry.1 += 1.0;
                if error > entry.2 {
                    (entry.2, entry.3) = (error, file.to_owned());
                }
            }
            None => self.errors.push((what, 1.0, error, file.to_owned())),
        }
    }

    /// Counts a frame.
    fn frame(&mut self, what: &'static str, good: bool) {
        match self.frames.iter_mut().find(|entry| entry.0 == what) {
            Some(entry) => (entry.1, entry.2) = (entry.1 + usize::from(good), entry.2 + 1),
            None => self.frames.push((what, usize::from(good), 1)),
        }
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The golden frame at `time`.
fn at<T>(frames: &[T], first: f64, step: f64, time: f64) -> Option<&T> {
    frames.get(((time - first) / step).round() as usize)
}

#[test]
fn everything_is_as_praat_has_it() -> Result<(), Box<dyn Error>> {
    let text = fs::read_to_string(root().join("crates/stages/tests/data/acoustics/voice.json"))?;
    let golden: Golden = serde_json::from_str(&text)?;
    assert!(golden.files.len() >= 40, "the golden file lists its recordings");
    let mut found = Found::default();
    for entry in &golden.files {
        let file = entry.file.as_str();
        let clip = decode(&root().join(file), &DecodeSettings::default())?;
        let samples = clip.read(0, 0..clip.len())?;
        assert_eq!((clip.sample_rate(), samples.len()), (entry.sample_rate, entry.samples), "{file}");
        let mut tracker = PitchTracker::new(entry.sample_rate, &PitchSettings::default()).ok_or("rate too low")?;
        let pitch = tracker.track(&samples).ok_or("too short")?;
        let mut track = VoiceTrack::default();
        VoiceMeter::new(entry.sample_rate, &VoiceSettings::default()).measure(&samples, &pitch, 0.0, &mut track);
        periods(entry, &track, &mut found)?;
        frames(entry, &track, &mut found)?;
        spectrum(entry, &track, &mut found)?;
    }
    for (what, count, worst, file) in &found.errors {
        println!("{what}: furthest {worst:.2e} of {count} ({file})");
    }
    for (what, good, all) in &found.frames {
        let share = *good as f64 / *all as f64;
        println!("{what}: {:.3} % of {all} frames", 100.0 * share);
        assert!(share >= MIN_GOOD_FRAMES, "{what}: {share}");
    }
    Ok(())
}

/// Pulses, jitter, shimmer, H1-H2.
fn periods(entry: &GoldenFile, track: &VoiceTrack, found: &mut Found) -> Result<(), Box<dyn Error>> {
    let file = entry.file.as_str();
    assert_eq!(track.pulses.len(), entry.pulses.len(), "{file}: pulses");
    for (ours, theirs) in track.pulses.iter().zip(&entry.pulses) {
        found.error("pulse, s", file, *ours, *theirs, MAX_PULSE_ERROR);
    }
    let rules = PeriodRules::default();
    let (jitter, shimmer) = (jitter(&track.pulses, &rules), shimmer(&track.amplitudes, &rules));
    for (what, ours, theirs) in [
        ("jitter_local", jitter.local, entry.jitter_local),
        ("jitter_absolute, s", jitter.absolute_s, entry.jitter_absolute_s),
        ("jitter_rap", jitter.rap, entry.jitter_rap),
        ("jitter_ppq5", jitter.ppq5, entry.jitter_ppq5),
        ("shimmer_local", shimmer.local, entry.shimmer_local),
        ("shimmer_apq3", shimmer.apq3, entry.shimmer_apq3),
        ("shimmer_apq5", shimmer.apq5, entry.shimmer_apq5),
        ("shimmer_apq11", shimmer.apq11, entry.shimmer_apq11),
    ] {
        found.error(what, file, ours.ok_or("too few periods")?, theirs, MAX_PERTURBATION_ERROR);
    }
    let local_db = shimmer.local_db.ok_or("too few periods")?;
    found.error("shimmer, dB", file, local_db, entry.shimmer_db, MAX_LEVEL_ERROR);
    let first_harmonics = mean(&track.harmonics).ok_or("too few periods")?;
    found.error("h1_h2, dB", file, first_harmonics, entry.h1_h2_db, MAX_LEVEL_ERROR);
    Ok(())
}

/// Harmonicity, cepstral peaks, formants.
fn frames(entry: &GoldenFile, track: &VoiceTrack, found: &mut Found) -> Result<(), Box<dyn Error>> {
    let file = entry.file.as_str();
    for (what, whole, ours, theirs, golden_mean) in [
        ("hnr within 0.5 dB", "hnr, dB", &track.harmonicity, &entry.hnr, entry.hnr_db),
        ("cpp within 0.5 dB", "cpps, dB", &track.prominence, &entry.cpp, entry.cpps_db),
    ] {
        let voiced = theirs.frames.iter().filter(|frame| frame.is_some()).count();
        assert!(ours.len().abs_diff(voiced) <= 1, "{file}: {what}: {} frames for {voiced}", ours.len());
        for (time, value) in ours {
            let golden = at(&theirs.frames, theirs.first, theirs.step, *time).copied().flatten();
            found.frame(what, golden.is_some_and(|golden| (golden - value).abs() <= 0.5));
        }
        let values: Vec<f64> = ours.iter().map(|(_, value)| *value).collect();
        found.error(whole, file, mean(&values).ok_or("no voice")?, golden_mean, MAX_LEVEL_ERROR);
    }
    let theirs = &entry.formants;
    for number in 0..FORMANTS {
        let what = ["f1 within 3 %", "f2 within 3 %", "f3 within 3 %", "f4 within 3 %"][number];
        for (time, ours) in &track.formants {
            let golden = at(&theirs.frames, theirs.first, theirs.step, *time).ok_or("no frame")?;
            let golden = golden.as_ref().ok_or("a voiceless frame")?[number];
            let good = match (ours[number], golden) {
                (Some(ours), Some(golden)) => (ours / golden - 1.0).abs() <= 0.03,
                (ours, golden) => ours.is_none() && golden.is_none(),
            };
            found.frame(what, good);
        }
        let values: Vec<f64> = track.formants.iter().filter_map(|(_, ours)| ours[number]).collect();
        let (ours, golden) = (mean(&values).ok_or("no voice")?, theirs.mean_hz[number]);
        found.error("mean formant, share", file, ours / golden, 1.0, MAX_FORMANT_ERROR);
        let (ours, golden) = (median(&values).ok_or("no voice")?, theirs.median_hz[number]);
        found.error("median formant, share", file, ours / golden, 1.0, MAX_FORMANT_ERROR);
    }
    Ok(())
}

/// The long-term spectrum.
fn spectrum(entry: &GoldenFile, track: &VoiceTrack, found: &mut Found) -> Result<(), Box<dyn Error>> {
    let file = entry.file.as_str();
    let Some(bands) = &entry.ltas_db else {
        assert_eq!(track.spectrum.measures(1), None, "{file} does not reach 5 kHz");
        return Ok(());
    };
    let ours = track.spectrum.measures(1).ok_or("no spectrum")?;
    for (ours, theirs) in ours.bands_db.iter().zip(bands) {
        found.error("band, dB", file, *ours, *theirs, MAX_LEVEL_ERROR);
    }
    for (what, ours, theirs) in [
        ("spectral_tilt, dB", ours.tilt_db_oct, entry.spectral_tilt_db_oct),
        ("alpha_ratio, dB", ours.alpha_ratio_db, entry.alpha_ratio_db),
        ("hammarberg, dB", ours.hammarberg_db, entry.hammarberg_db),
        ("spectral_centroid, Hz", ours.centroid_hz, entry.spectral_centroid_hz),
    ] {
        found.error(what, file, ours, theirs.ok_or("not in the golden file")?, MAX_LEVEL_ERROR);
    }
    Ok(())
}

//! Pitch and level of real recordings against Praat, frame by frame. The golden file is made by
//! `reference/generate_acoustics.py`. With `-- --nocapture` it prints the errors that `docs/methods/acoustics.md` states.

#![expect(clippy::print_stdout, reason = "the errors found are the result that people look for")]

use serde::Deserialize;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use voiceman_stages::acoustics::{
    IntensityMeter, IntensitySettings, PitchSettings, PitchTracker, energy_mean_level, mean, median, standard_deviation,
};

/// Largest error of a frequency, as a share: a fifth of the smallest pitch difference people hear in speech.
const MAX_F0_ERROR: f64 = 0.005;

/// Largest error of the standard deviation of pitch, as a share of the mean pitch.
const MAX_F0_SD_ERROR: f64 = 0.005;

/// Largest error of a level in decibels: a tenth of the smallest level difference people hear.
const MAX_LEVEL_ERROR: f64 = 0.1;

/// Share of all frames whose voicing must be as Praat's.
const MIN_SAME_VOICING: f64 = 0.98;

/// Share of the frames voiced for both whose frequency must be right; the rest may sit on another octave.
const MIN_SAME_FREQUENCY: f64 = 0.99;

#[derive(Deserialize)]
struct Golden {
    files: Vec<GoldenFile>,
}

#[derive(Deserialize)]
struct GoldenFile {
    file: String,
    sample_rate: u32,
    samples: usize,
    f0_mean_hz: f64,
    f0_median_hz: f64,
    f0_sd_hz: f64,
    intensity_db: f64,
    pitch: GoldenPitch,
    intensity: GoldenIntensity,
}

#[derive(Deserialize)]
struct GoldenPitch {
    first: f64,
    step: f64,
    frequencies: Vec<f64>,
}

#[derive(Deserialize)]
struct GoldenIntensity {
    first: f64,
    step: f64,
    levels: Vec<f64>,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/acoustics")
}

/// Samples of a WAV file of one 16-bit channel, found by its `data` chunk.
fn read_wav(path: &Path) -> Result<Vec<f32>, Box<dyn Error>> {
    let bytes = fs::read(path)?;
    let mut at = 12;
    while let Some(head) = bytes.get(at..at + 8) {
        let length = u32::from_le_bytes([head[4], head[5], head[6], head[7]]) as usize;
        if &head[..4] == b"data" {
            let data = bytes.get(at + 8..at + 8 + length).ok_or("data chunk is cut short")?;
            let sample = |pair: &[u8]| f32::from(i16::from_le_bytes([pair[0], pair[1]])) / 32_768.0;
            return Ok(data.chunks_exact(2).map(sample).collect());
        }
        at += 8 + length + length % 2;
    }
    Err("no data chunk".into())
}

fn close(what: &str, file: &str, ours: f64, theirs: f64, tolerance: f64) {
    assert!(
        (ours - theirs).abs() <= tolerance,
        "{file}: {what} {ours} is further than {tolerance} from Praat's {theirs}"
    );
}

#[test]
fn every_frame_is_as_praat_has_it() -> Result<(), Box<dyn Error>> {
    let golden: Golden = serde_json::from_str(&fs::read_to_string(folder().join("praat.json"))?)?;
    assert!(golden.files.len() >= 10, "the golden file lists its recordings");
    for entry in &golden.files {
        let file = entry.file.as_str();
        let samples = read_wav(&folder().join(file))?;
        assert_eq!(samples.len(), entry.samples, "{file}");

        let mut tracker = PitchTracker::new(entry.sample_rate, &PitchSettings::default()).ok_or("rate too low")?;
        let pitch = tracker.track(&samples).ok_or("too short")?;
        let theirs = &entry.pitch.frequencies;
        assert_eq!(pitch.frequencies.len(), theirs.len(), "{file}: frames");
        close("first frame", file, pitch.first, entry.pitch.first, 1e-6);
        close("step", file, pitch.step, entry.pitch.step, 1e-6);
        let pairs = || pitch.frequencies.iter().zip(theirs);
        let same_voicing = pairs().filter(|(ours, theirs)| ours.is_some() == (**theirs > 0.0)).count();
        let both: Vec<(f64, f64)> =
            pairs().filter_map(|(ours, theirs)| ours.filter(|_| *theirs > 0.0).map(|ours| (ours, *theirs))).collect();
        let same_frequency =
            both.iter().filter(|(ours, theirs)| (ours - theirs).abs() <= MAX_F0_ERROR * theirs).count();
        let worst = both.iter().map(|(ours, theirs)| (ours / theirs - 1.0).abs()).fold(0.0, f64::max);
        let share = |part: usize, whole: usize| part as f64 / whole as f64;
        println!(
            "{file}: voicing same in {:.3} %, frequency same in {:.3} % of {} frames, worst {worst:.2e}",
            100.0 * share(same_voicing, theirs.len()),
            100.0 * share(same_frequency, both.len()),
            both.len(),
        );
        assert!(share(same_voicing, theirs.len()) >= MIN_SAME_VOICING, "{file}: voicing");
        assert!(share(same_frequency, both.len()) >= MIN_SAME_FREQUENCY, "{file}: frequency");

        let meter = IntensityMeter::new(entry.sample_rate, &IntensitySettings::default()).ok_or("rate too low")?;
        let level = meter.measure(&samples).ok_or("too short")?;
        assert_eq!(level.levels.len(), entry.intensity.levels.len(), "{file}: level frames");
        close("first level frame", file, level.first, entry.intensity.first, 1e-6);
        close("level step", file, level.step, entry.intensity.step, 1e-6);
        let mut worst_level: f64 = 0.0;
        for (ours, theirs) in level.levels.iter().zip(&entry.intensity.levels) {
            worst_level = worst_level.max((ours - theirs).abs());
            close("level", file, *ours, *theirs, MAX_LEVEL_ERROR);
        }

        let frequencies: Vec<f64> = pitch.voiced().map(|(_, frequency)| frequency).collect();
        let f0_mean = mean(&frequencies).ok_or("no voice")?;
        let f0_median = median(&frequencies).ok_or("no voice")?;
        let f0_sd = standard_deviation(&frequencies).ok_or("no voice")?;
        let intensity = energy_mean_level(&pitch, &level).ok_or("no level")?;
        close("mean pitch", file, f0_mean, entry.f0_mean_hz, MAX_F0_ERROR * entry.f0_mean_hz);
        close("median pitch", file, f0_median, entry.f0_median_hz, MAX_F0_ERROR * entry.f0_median_hz);
        close("pitch spread", file, f0_sd, entry.f0_sd_hz, MAX_F0_SD_ERROR * entry.f0_mean_hz);
        close("intensity", file, intensity, entry.intensity_db, MAX_LEVEL_ERROR);
        println!(
            "    mean {:+.2e}, median {:+.2e}, spread {:+.2e} Hz, level {:+.2e} dB, worst level frame {worst_level:.2e} dB",
            f0_mean / entry.f0_mean_hz - 1.0,
            f0_median / entry.f0_median_hz - 1.0,
            f0_sd - entry.f0_sd_hz,
            intensity - entry.intensity_db,
        );
    }
    Ok(())
}

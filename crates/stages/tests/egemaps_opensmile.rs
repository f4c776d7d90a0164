//! eGeMAPSv02 against openSMILE on the same recordings. The golden file is made by `reference/generate_egemaps.py`; the
//! floors beside it are what was found, less a margin. With `-- --nocapture` it prints the table in
//! `docs/methods/egemaps.md`.

#![expect(clippy::print_stdout, reason = "the agreement found is the result that people look for")]

use serde::Deserialize;
use std::collections::HashMap;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use voiceman_audio::{DecodeSettings, decode};
use voiceman_stages::acoustics::egemaps::{EgemapsExtractor, EgemapsSettings, NAMES};
use voiceman_stages::acoustics::{mean, median};

#[derive(Deserialize)]
struct Golden {
    names: Vec<String>,
    files: Vec<GoldenFile>,
}

#[derive(Deserialize)]
struct GoldenFile {
    file: String,
    values: Vec<f64>,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/acoustics").join(name)
}

/// Pearson's correlation and the slope of the regression of `theirs` on `ours`.
fn pearson(pairs: &[(f64, f64)]) -> Option<(f64, f64)> {
    let (ours, theirs): (Vec<f64>, Vec<f64>) = pairs.iter().copied().unzip();
    let (mean_ours, mean_theirs) = (mean(&ours)?, mean(&theirs)?);
    let mut sums = (0.0, 0.0, 0.0);
    for (ours, theirs) in pairs {
        let (left, right) = (ours - mean_ours, theirs - mean_theirs);
        sums = (sums.0 + left * left, sums.1 + right * right, sums.2 + left * right);
    }
    Some((sums.2 / (sums.0 * sums.1).sqrt(), sums.2 / sums.0))
}

/// Each value replaced by its place in order.
fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|left, right| values[*left].total_cmp(&values[*right]));
    let mut ranks = vec![0.0; values.len()];
    for (rank, index) in order.into_iter().enumerate() {
        ranks[index] = rank as f64;
    }
    ranks
}

fn spearman(pairs: &[(f64, f64)]) -> Option<f64> {
    let (ours, theirs): (Vec<f64>, Vec<f64>) = pairs.iter().copied().unzip();
    let ranked: Vec<(f64, f64)> = ranks(&ours).into_iter().zip(ranks(&theirs)).collect();
    pearson(&ranked).map(|(correlation, _)| correlation)
}

#[test]
fn functionals_agree_with_opensmile_as_far_as_stated() -> Result<(), Box<dyn Error>> {
    let golden: Golden = serde_json::from_str(&fs::read_to_string(data("opensmile.json"))?)?;
    assert_eq!(golden.names, NAMES, "the published names in the published order");
    assert!(golden.files.len() >= 60, "the golden file lists its recordings");
    let mut pairs: Vec<Vec<(f64, f64)>> = vec![Vec::new(); NAMES.len()];
    for entry in &golden.files {
        let clip = decode(&root().join(&entry.file), &DecodeSettings::default())?;
        let samples = clip.read(0, 0..clip.len())?;
        let mut extractor =
            EgemapsExtractor::new(clip.sample_rate(), &EgemapsSettings::default()).ok_or("rate too low")?;
        let found = extractor.measure(&samples);
        for ((pairs, ours), theirs) in pairs.iter_mut().zip(&found.values).zip(&entry.values) {
            pairs.extend(ours.value().map(|ours| (ours, *theirs)));
        }
    }
    let floors = fs::read_to_string(data("opensmile_floors.csv"))?;
    let floors: HashMap<&str, (f64, f64)> = floors
        .lines()
        .skip(1)
        .filter_map(|line| {
            let mut fields = line.split(',');
            Some((fields.next()?, (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?)))
        })
        .collect();
    println!("| functional | r | rank r | openSMILE, median | ours, median | slope |\n|---|---|---|---|---|---|");
    let mut failures = Vec::new();
    let (mut above_95, mut above_80) = (0, 0);
    for (name, pairs) in NAMES.iter().zip(&pairs) {
        let (correlation, slope) = pearson(pairs).ok_or("no pairs")?;
        let rank_correlation = spearman(pairs).ok_or("no pairs")?;
        let (ours, theirs): (Vec<f64>, Vec<f64>) = pairs.iter().copied().unzip();
        let (ours, theirs) = (median(&ours).ok_or("none")?, median(&theirs).ok_or("none")?);
        let number = |value: f64| if value.abs() < 1.0 { format!("{value:.4}") } else { format!("{value:.2}") };
        println!(
            "| `{name}` | {correlation:.3} | {rank_correlation:.3} | {} | {} | {slope:.2} |",
            number(theirs),
            number(ours),
        );
        above_95 += usize::from(rank_correlation > 0.95);
        above_80 += usize::from(rank_correlation > 0.8);
        let Some((floor, rank_floor)) = floors.get(name) else {
            failures.push(format!("{name} has no floor"));
            continue;
        };
        if correlation < *floor || rank_correlation < *rank_floor {
            failures
                .push(format!("{name}: {correlation:.3} and {rank_correlation:.3} are below {floor} and {rank_floor}"));
        }
        // Most sounds have all functionals: what is undefined is left out of the table, so that must stay rare.
        if pairs.len() * 10 < golden.files.len() * 9 {
            failures.push(format!("{name} is undefined in {} recordings", golden.files.len() - pairs.len()));
        }
    }
    println!(
        "\nrank correlation above 0.95: {above_95} of 88, above 0.8: {above_80}; {} recordings",
        golden.files.len()
    );
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    Ok(())
}

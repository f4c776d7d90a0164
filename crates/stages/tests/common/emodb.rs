//! The clips of EmoDB's actors and what people labelled in them.

#![allow(dead_code, reason = "each program uses a part of it")]

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::PathBuf;
use voiceman_audio::{DecodeSettings, decode};

type Found<T> = Result<T, Box<dyn Error>>;
/// Lines about each clip, in the order of the file.
type ByClip<T> = BTreeMap<String, Vec<T>>;

fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../benches/speech/emodb"))
}

/// The actors on whose clips numbers of the acoustics are reported, and whose labels are here.
const ACTORS: [&str; 6] = ["03", "08", "09", "10", "11", "12"];

/// Names of the clips of these actors, ascending; the first two characters are the actor.
pub fn clips() -> Found<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder())? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        let of_them = ACTORS.iter().any(|actor| name.starts_with(actor));
        names.extend(name.strip_suffix(".flac").filter(|_| of_them).map(str::to_owned));
    }
    names.sort();
    Ok(names)
}

/// Rate and samples of a clip.
pub fn sound(clip: &str) -> Found<(u32, Vec<f32>)> {
    let clip = decode(&folder().join(format!("{clip}.flac")), &DecodeSettings::default())?;
    Ok((clip.sample_rate(), clip.read(0, 0..clip.len())?))
}

/// The fields of the lines about each clip, in the order of the file.
fn table(name: &str) -> Found<ByClip<Vec<String>>> {
    let text = fs::read_to_string(folder().join(name))?;
    let mut found: ByClip<Vec<String>> = BTreeMap::new();
    for line in text.lines().skip(1) {
        let mut fields = line.split(',').map(str::to_owned);
        let clip = fields.next().ok_or("a clip in every line")?;
        found.entry(clip).or_default().push(fields.collect());
    }
    Ok(found)
}

/// By clip, where each syllable begins, in seconds, and its text: `.` where nothing is said, `(` where somebody breathes.
pub fn syllables() -> Found<ByClip<(f64, String)>> {
    let read = |fields: &Vec<String>| Ok((fields[0].parse()?, fields[1].clone()));
    table("syllables.csv")?
        .into_iter()
        .map(|(clip, lines)| Ok((clip, lines.iter().map(read).collect::<Found<_>>()?)))
        .collect()
}

/// By clip, the vowels: begin and end in seconds, and which.
pub fn vowels() -> Found<ByClip<(f64, f64, String)>> {
    let read = |fields: &Vec<String>| Ok((fields[0].parse()?, fields[1].parse()?, fields[2].clone()));
    table("vowels.csv")?
        .into_iter()
        .map(|(clip, lines)| Ok((clip, lines.iter().map(read).collect::<Found<_>>()?)))
        .collect()
}

/// Syllables of a clip that are wholly in its sound: how many, and from where to where they reach, in seconds.
pub fn whole_syllables(syllables: &[(f64, String)], duration: f64) -> Option<(usize, f64, f64)> {
    let inside: Vec<&(f64, String)> = syllables.iter().filter(|(start, _)| *start <= duration).collect();
    let (first, last) = (inside.first()?, inside.last()?);
    let said = inside[..inside.len() - 1].iter().filter(|(_, text)| text != "." && text != "(");
    Some((said.count(), first.0, last.0))
}

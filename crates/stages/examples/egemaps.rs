//! Prints the eGeMAPSv02 functionals of recordings as CSV: `egemaps FILE...`, one line a file, its first channel, at its
//! own sample rate. Where a functional is undefined its field is empty. `reference/train_emotion.py` trains on this. With
//! `--corrected` first, by the paper's definitions instead of openSMILE's.

#![expect(clippy::print_stdout, reason = "the table is what the program is for")]

use std::error::Error;
use voiceman_audio::{DecodeSettings, decode};
use voiceman_stages::acoustics::egemaps::{Convention, EgemapsExtractor, EgemapsSettings, NAMES};

fn main() -> Result<(), Box<dyn Error>> {
    println!("file,{}", NAMES.join(","));
    let mut settings = EgemapsSettings::default();
    for path in std::env::args_os().skip(1) {
        if path == "--corrected" {
            settings.convention = Convention::Corrected;
            continue;
        }
        let clip = decode(path.as_ref(), &DecodeSettings::default())?;
        let samples = clip.read(0, 0..clip.len())?;
        let mut extractor = EgemapsExtractor::new(clip.sample_rate(), &settings)
            .ok_or_else(|| format!("{}: the sample rate is too low", path.display()))?;
        let fields: Vec<String> = extractor
            .measure(&samples)
            .values
            .iter()
            .map(|value| value.value().map_or_else(String::new, |value| value.to_string()))
            .collect();
        println!("\"{}\",{}", path.display().to_string().replace('"', "\"\""), fields.join(","));
    }
    Ok(())
}

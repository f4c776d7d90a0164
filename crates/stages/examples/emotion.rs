//! Prints the descriptors of the emotion model of recordings as CSV: `emotion FILE...`, one line a file. Recordings whose
//! descriptors are undefined have a line with the reason. `reference/train_emotion.py` trains on this.

#![expect(clippy::print_stdout, reason = "the table is what the program is for")]

use std::error::Error;
use voiceman_audio::{DecodeSettings, decode};
use voiceman_base::Measured;
use voiceman_stages::emotion::descriptors::{DescriptorMeter, names};

fn main() -> Result<(), Box<dyn Error>> {
    println!("file,{}", names().join(","));
    let mut meter = DescriptorMeter::new().ok_or("no meter")?;
    for path in std::env::args_os().skip(1) {
        let mono = decode(path.as_ref(), &DecodeSettings::default())?.mono_16k()?;
        let name = path.display().to_string().replace('"', "\"\"");
        match meter.measure(&mono.read(0..mono.len())?) {
            Measured::Value(values) => {
                let fields: Vec<String> = values.iter().map(f64::to_string).collect();
                println!("\"{name}\",{}", fields.join(","));
            }
            Measured::Undefined(reason) => println!("\"{name}\",{reason}"),
        }
    }
    Ok(())
}

//! How often the two estimates of pitch agree, and what their disagreement is worth:
//! `cargo run --release -p voiceman-infer --example pitch_agreement -- RECORDING...`
//!
//! Autocorrelation searches each recording in a range of its own, in two passes as the stage does. First every recording as it
//! is: of the frames that autocorrelation finds voiced, in how many the network finds nearly the same pitch, another one, or
//! none. Then with noise of the spectrum of the speech: what is known there is the pitch of the clean recording where both
//! estimates agree. Of each of the three kinds of frames it prints how many have no pitch in the clean recording, and how
//! many have one over 20 % away from it.

#![expect(clippy::print_stdout, reason = "the numbers are what people look for")]

use std::error::Error;
use voiceman_audio::{AudioClip, DecodeSettings, decode};
use voiceman_base::{ClipTime, Span, Unwatched};
use voiceman_infer::store::ModelStore;
use voiceman_infer::{SessionOptions, SwiftF0, load_pitch, load_runtime};
use voiceman_stages::acoustics::{
    AcousticsSettings, PitchSettings, PitchTrack, PitchTracker, SecondPitchSettings, SecondTrack,
};

#[path = "../../stages/tests/common/mod.rs"]
mod common;

/// Signal-to-noise ratios that are measured, in dB.
const RATIOS: [f64; 4] = [20.0, 10.0, 5.0, 0.0];

/// What the second estimate says of a frame that the first finds voiced.
#[derive(Clone, Copy, PartialEq)]
enum Second {
    Agrees,
    Differs,
    Voiceless,
}

const KINDS: [(Second, &str); 3] =
    [(Second::Agrees, "agree"), (Second::Differs, "differ"), (Second::Voiceless, "voiceless to the network")];

/// One voiced frame of a noisy recording: what the second says, and the pitch in hertz beside that of the clean recording.
struct Frame {
    second: Second,
    found: f64,
    /// Nothing where the clean recording is voiceless; where its own two estimates disagree, the frame is left out.
    clean: Option<f64>,
}

struct Ears {
    network: SwiftF0,
    settings: AcousticsSettings,
}

impl Ears {
    fn second(&mut self, clip: &AudioClip) -> Result<SecondTrack, Box<dyn Error>> {
        let audio = clip.mono_16k()?;
        let whole = Span::clamped(ClipTime::ZERO, audio.duration());
        let settings = &self.settings.second_pitch;
        Ok(SecondTrack::listen(&mut self.network, &audio, whole, settings, &Unwatched)?)
    }

    /// The two passes of the stage on one recording.
    fn first(&self, rate: u32, samples: &[f32]) -> Option<PitchTrack> {
        let search = |floor, ceiling| {
            let pitch = PitchSettings { floor_hz: floor, ceiling_hz: ceiling, ..self.settings.pitch };
            PitchTracker::with_step(rate, &pitch, self.settings.pitch.frame_step())?.track(samples)
        };
        let range = &self.settings.range;
        let wide = search(range.first_floor_hz, range.first_ceiling_hz)?;
        let pitches: Vec<f64> = wide.voiced().map(|(_, pitch)| pitch).collect();
        match range.of(&pitches) {
            Some((floor, ceiling)) => search(floor.value(), ceiling.value()),
            None => search(self.settings.pitch.floor_hz, self.settings.pitch.ceiling_hz),
        }
    }
}

fn kind(first: f64, second: Option<f64>, settings: &SecondPitchSettings) -> Second {
    match second {
        None => Second::Voiceless,
        found if settings.agree(first, found) => Second::Agrees,
        Some(_) => Second::Differs,
    }
}

fn percent(part: usize, whole: usize) -> f64 {
    100.0 * part as f64 / whole.max(1) as f64
}

fn main() -> Result<(), Box<dyn Error>> {
    let store = ModelStore::open(None)?;
    let network = load_pitch(&store, &load_runtime(&store)?, SessionOptions::on_cpu(1))?;
    let mut ears = Ears { network, settings: AcousticsSettings::default() };
    let mut clean = Vec::new();
    let (mut heard_by_both, mut only_network) = (0, 0);
    let mut noisy: Vec<Vec<Frame>> = RATIOS.iter().map(|_| Vec::new()).collect();
    for path in std::env::args().skip(1) {
        let clip = decode(path.as_ref(), &DecodeSettings::default())?;
        let (rate, samples) = (clip.sample_rate(), clip.read_mean(0..clip.len())?);
        let Some(first) = ears.first(rate, &samples) else { continue };
        let second = ears.second(&clip)?;
        let settings = ears.settings.second_pitch;
        let kinds: Vec<Second> = first.voiced().map(|(time, pitch)| kind(pitch, second.at(time), &settings)).collect();
        let voiced = second.frames().iter().enumerate().filter(|(_, frame)| frame.is_some());
        for (index, _) in voiced {
            let time = index as f64 * 0.016;
            let near = ((time - first.first) / first.step).round().max(0.0) as usize;
            let both = first.frequencies.get(near).is_some_and(Option::is_some);
            heard_by_both += usize::from(both);
            only_network += usize::from(!both);
        }
        let agreed = kinds.iter().filter(|kind| **kind == Second::Agrees).count();
        println!("{path}: {} voiced frames, agreement {:.1} %", kinds.len(), percent(agreed, kinds.len()));
        clean.extend(kinds);
        let noise = common::noise_like(&samples, 7)?;
        for (ratio, frames) in RATIOS.iter().zip(&mut noisy) {
            let mixed = common::mixed(rate, &samples, &noise, *ratio);
            let Some(track) = ears.first(rate, &mixed) else { continue };
            let heard = ears.second(&common::clip(rate, &[mixed])?)?;
            for (time, found) in track.voiced() {
                let near = ((time - first.first) / first.step).round().max(0.0) as usize;
                let Some(clean) = first.frequencies.get(near).copied() else { continue };
                if clean.is_some_and(|pitch| !settings.agree(pitch, second.at(time))) {
                    continue;
                }
                frames.push(Frame { second: kind(found, heard.at(time), &settings), found, clean });
            }
        }
    }
    println!("\n{} frames voiced to autocorrelation:", clean.len());
    for (kind, name) in KINDS {
        println!("  {name}: {:.2} %", percent(clean.iter().filter(|found| **found == kind).count(), clean.len()));
    }
    println!(
        "{} frames voiced to the network, {:.1} % of them voiceless to autocorrelation",
        heard_by_both + only_network,
        percent(only_network, heard_by_both + only_network)
    );
    for (ratio, frames) in RATIOS.iter().zip(&noisy) {
        println!(
            "\nspeech {ratio} dB above noise of its own spectrum, {} frames voiced to autocorrelation:",
            frames.len()
        );
        for (kind, name) in KINDS {
            let of: Vec<&Frame> = frames.iter().filter(|frame| frame.second == kind).collect();
            let voiceless = of.iter().filter(|frame| frame.clean.is_none()).count();
            let gross =
                of.iter().filter(|frame| frame.clean.is_some_and(|clean| (frame.found / clean - 1.0).abs() > 0.2));
            println!(
                "  {name}: {:.1} % of them; {:.1} % have no pitch without the noise, {:.2} % of the others a gross error",
                percent(of.len(), frames.len()),
                percent(voiceless, of.len()),
                percent(gross.count(), of.len() - voiceless)
            );
        }
    }
    Ok(())
}

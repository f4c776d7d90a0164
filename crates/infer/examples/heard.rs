//! Prints what telling speakers apart starts from: `heard [--wide] FILE...`, one line of JSON a recording, its pieces with their
//! embeddings as the network gives them; with `--wide` that for wide bands, whatever a recording holds. `reference/compare_clusterings.py` groups them in several ways.

#![expect(clippy::print_stdout, reason = "the lines are what the program is for")]

use serde::Serialize;
use std::error::Error;
use std::sync::Arc;
use voiceman_audio::{DecodeSettings, decode};
use voiceman_base::{ModelIdentity, Stage, Unwatched};
use voiceman_infer::store::ModelStore;
use voiceman_infer::{Embedder, SessionOptions, load_embedder, load_runtime, load_segmenter, load_silero};
use voiceman_stages::diarize::{Band, DiarizeInput, DiarizeSettings, DiarizeStage, Heard, SpeakerEmbedder};
use voiceman_stages::network::NetworkError;
use voiceman_stages::vad::{VadInput, VadSettings, VadStage};

/// A network whose embeddings keep what is no matter of the speaker, so that it can be taken away afterwards; the narrowest
/// band that it tells from others.
struct Whole(Embedder, Band);

impl SpeakerEmbedder for Whole {
    fn identity(&self) -> ModelIdentity {
        self.0.identity()
    }

    fn bands(&self) -> usize {
        self.0.bands()
    }

    fn dimensions(&self) -> usize {
        self.0.dimensions()
    }

    fn hears_narrow_band(&self) -> bool {
        self.1 == Band::Narrow && self.0.hears_narrow_band()
    }

    fn embed(&mut self, band: Band, features: &[f32], frames: usize) -> Result<Vec<f32>, NetworkError> {
        self.0.embed(band, features, frames)
    }
}

#[derive(Serialize)]
struct Line {
    file: String,
    #[serde(flatten)]
    heard: Heard,
}

fn main() -> Result<(), Box<dyn Error>> {
    let store = ModelStore::open(None)?;
    let runtime = load_runtime(&store)?;
    let options = SessionOptions::on_cpu(0);
    let mut vad = VadStage::new(load_silero(&store, &runtime)?, VadSettings::default());
    let segmenter = load_segmenter(&store, &runtime, options)?;
    let mut files: Vec<_> = std::env::args_os().skip(1).collect();
    let narrowest = match files.first().is_some_and(|first| first == "--wide") {
        true => Band::Wide,
        false => Band::Narrow,
    };
    files.retain(|file| file != "--wide");
    let embedder = Whole(load_embedder(&store, &runtime, options)?, narrowest);
    let mut stage = DiarizeStage::new(segmenter, embedder, DiarizeSettings::default())?;
    for path in files {
        let clip = Arc::new(decode(path.as_ref(), &DecodeSettings::default())?);
        let audio = Arc::new(clip.mono_16k()?);
        let heard = vad.run(vec![VadInput { audio: Arc::clone(&audio) }], &Unwatched);
        let speech = Arc::new(heard.into_iter().next().ok_or("no speech map")??);
        let heard = stage.heard(&DiarizeInput { audio, clip, speech }, &Unwatched)?;
        println!("{}", serde_json::to_string(&Line { file: path.display().to_string(), heard })?);
    }
    Ok(())
}

//! Speaker networks behind [`SpeakerSegmenter`] and [`SpeakerEmbedder`].

use crate::compile::{CompiledNetwork, EmbeddingDifferences, EmbeddingShape, SegmentationShape};
use crate::session::{InferError, Input, Runtime, Session, SessionOptions, network_error};
use voiceman_base::{Digest, ModelIdentity};
use voiceman_stages::diarize::{Band, SpeakerEmbedder, SpeakerSegmenter};
use voiceman_stages::network::NetworkError;

/// A segmentation network of pyannote's layout.
pub struct Segmenter {
    session: Session,
    shape: SegmentationShape,
    identity: ModelIdentity,
}

/// A CAM++ network.
pub struct Embedder {
    session: Session,
    /// The same network for what a telephone carries, where there is one.
    narrow: Option<Session>,
    shape: EmbeddingShape,
    identity: ModelIdentity,
    nuisance: Vec<Vec<f32>>,
    /// Fewest pieces of a call: with fewer than there are threads, the library lets several threads share a piece, with
    /// other rounding, and a result would depend on how many pieces are beside it.
    fewest: usize,
}

impl Segmenter {
    /// Loads a compiled network.
    ///
    /// # Errors
    /// When the graph cannot be loaded.
    pub fn load(
        runtime: &Runtime,
        compiled: &CompiledNetwork<SegmentationShape>,
        identity: ModelIdentity,
        options: SessionOptions,
    ) -> Result<Segmenter, InferError> {
        let session = Session::load(runtime, &compiled.graph, options)?;
        Ok(Segmenter { session, shape: compiled.shape, identity })
    }
}

impl Embedder {
    /// Loads a compiled network, and that for narrow bands if there is one.
    ///
    /// # Errors
    /// When a graph cannot be loaded.
    pub fn load(
        runtime: &Runtime,
        compiled: &CompiledNetwork<EmbeddingShape>,
        narrow: Option<&CompiledNetwork<EmbeddingShape>>,
        identity: ModelIdentity,
        options: SessionOptions,
    ) -> Result<Embedder, InferError> {
        let session = Session::load(runtime, &compiled.graph, options)?;
        let threads = match options.threads {
            0 => std::thread::available_parallelism().map_or(1, usize::from),
            threads => threads,
        };
        let narrow = narrow.map(|narrow| Session::load(runtime, &narrow.graph, options)).transpose()?;
        let nuisance = learnt_for(&identity.sha256).map(|learnt| rows(learnt.nuisance)).unwrap_or_default();
        Ok(Embedder { session, narrow, shape: compiled.shape, identity, nuisance, fewest: threads })
    }
}

impl SpeakerSegmenter for Segmenter {
    fn identity(&self) -> ModelIdentity {
        self.identity.clone()
    }

    fn frame_step(&self) -> usize {
        self.shape.frame_step()
    }

    fn frame_length(&self) -> usize {
        self.shape.frame_length()
    }

    fn classes(&self) -> usize {
        self.shape.classes
    }

    fn segment(&mut self, sound: &[f32], length: usize) -> Result<Vec<f32>, NetworkError> {
        let shape = [sound.len() / length.max(1), 1, length];
        run(&mut self.session, ("sound", &shape, sound), "log_probabilities")
    }

    fn release_caches(&mut self) {
        self.session.shrink_at_next_run();
    }
}

impl SpeakerEmbedder for Embedder {
    fn identity(&self) -> ModelIdentity {
        self.identity.clone()
    }

    fn bands(&self) -> usize {
        self.shape.bands
    }

    fn dimensions(&self) -> usize {
        self.shape.dimensions
    }

    fn hears_narrow_band(&self) -> bool {
        self.narrow.is_some()
    }

    fn nuisance(&self) -> &[Vec<f32>] {
        &self.nuisance
    }

    fn embed(&mut self, band: Band, features: &[f32], frames: usize) -> Result<Vec<f32>, NetworkError> {
        let size = (frames * self.shape.bands).max(1);
        let pieces = features.len() / size;
        let session = match (band, &mut self.narrow) {
            (Band::Narrow, Some(narrow)) => narrow,
            _ => &mut self.session,
        };
        if pieces == 0 || pieces >= self.fewest {
            return run(session, ("features", &[pieces, frames, self.shape.bands], features), "embeddings");
        }
        let filled =
            features.iter().chain(std::iter::repeat(&0.0)).take(self.fewest * size).copied().collect::<Vec<f32>>();
        let shape = [self.fewest, frames, self.shape.bands];
        let mut embeddings = run(session, ("features", &shape, &filled), "embeddings")?;
        embeddings.truncate(pieces * self.shape.dimensions);
        Ok(embeddings)
    }

    fn release_caches(&mut self) {
        self.session.shrink_at_next_run();
        self.narrow.iter_mut().for_each(Session::shrink_at_next_run);
    }
}

/// What was learnt about a published network.
struct Learnt {
    /// Digest of its weights.
    sha256: &'static str,
    /// Directions in which a telephone and emotions move embeddings (`reference/measure_speaker_nuisance.py`).
    nuisance: &'static [u8],
    /// What makes it hear voices over a telephone (`reference/train_narrow_band.py`).
    narrow: &'static [u8],
}

const LEARNT: [Learnt; 1] = [Learnt {
    sha256: "92f29b94e6948786a26778c9e302525d185bb08c8b9f5252ed98776902840199",
    nuisance: include_bytes!("campplus_zh_en.f32"),
    narrow: include_bytes!("campplus_zh_en_narrow.f16"),
}];

fn learnt_for(sha256: &Digest) -> Option<&'static Learnt> {
    let digest = sha256.to_string();
    LEARNT.iter().find(|learnt| learnt.sha256 == digest)
}

/// What the weights of digest `sha256` differ by in a network that hears voices over a telephone, if that was learnt.
pub(crate) fn narrow_band(sha256: &Digest) -> Option<EmbeddingDifferences<'static>> {
    learnt_for(sha256).map(|learnt| EmbeddingDifferences { float16: learnt.narrow })
}

/// Directions, `[any, 192]` little-endian floats.
fn rows(bytes: &'static [u8]) -> Vec<Vec<f32>> {
    const DIMENSIONS: usize = 192;
    let rows = bytes.as_chunks::<4>().0.chunks_exact(DIMENSIONS);
    rows.map(|row| row.iter().map(|value| f32::from_le_bytes(*value)).collect()).collect()
}

fn run(
    session: &mut Session,
    (name, shape, numbers): (&str, &[usize], &[f32]),
    output: &str,
) -> Result<Vec<f32>, NetworkError> {
    if shape[0] == 0 {
        return Ok(Vec::new());
    }
    let results = session.run(&[(name, Input::Float(shape, numbers))], &[output]).map_err(network_error)?;
    Ok(results.first().map_or(Ok(&[][..]), |tensor| tensor.floats())?.to_vec())
}

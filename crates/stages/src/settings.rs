//! What all settings of stages share.

use serde::Serialize;
use voiceman_base::Digest;

/// The digest of settings that change results: over their JSON, whose keys stand in the order of the struct.
pub fn settings_digest<T: Serialize>(settings: &T) -> Digest {
    // Settings are plain numbers, texts and lists: writing them as JSON cannot fail.
    Digest::of(&serde_json::to_vec(settings).unwrap_or_default())
}
